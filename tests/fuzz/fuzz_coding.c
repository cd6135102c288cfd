/* SPDX-License-Identifier: Apache-2.0
 *
 * Codings undone: the first bytes choose up to four codings, the rest is the body. What
 * comes out is bounded and readable, and the same the second time.
 */
#include "base/hash.h"
#include "crawler/archive/coding.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                 \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);              \
            abort();                                                                     \
        }                                                                                \
    } while (0)

/* data[0]: number of codings (2 bits), type (1 bit); data[1]: 4 bits a coding. */
static enum em_status decode(struct em_coder *coder, const uint8_t *data, size_t size,
                             struct em_http_body *out, uint64_t *hash)
{
    static struct em_http_head head;
    head.body = em_view_make((const char *)data + 3, size - 3);
    head.mime = data[0] & 8 ? EM_VIEW("text/html") : EM_VIEW("image/png");
    head.n_codings = (uint8_t)(data[0] & 7);
    if (head.n_codings > EM_MAX_CODINGS)
        head.n_codings = EM_MAX_CODINGS;
    for (int i = 0; i < head.n_codings; i++)
        head.codings[i] = (uint8_t)((data[1 + i / 2] >> (4 * (i & 1)) & 15) %
                                    (EM_CODING_UNSUPPORTED + 1));
    enum em_status status = em_http_decode(coder, &head, out);
    *hash = em_hash64(out->body.data ? out->body.data : "", out->body.len, 1);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct em_coder *used;
    struct em_coder *fresh;
    struct em_http_body a, b;
    uint64_t hash_a, hash_b;
    if (size < 3 || (!used && em_coder_new(&used) != EM_OK) ||
        em_coder_new(&fresh) != EM_OK)
        return 0;
    enum em_status status = decode(used, data, size, &a, &hash_a);
    enum em_status again = decode(fresh, data, size, &b, &hash_b);
    CHECK(status == again && hash_a == hash_b && a.cut == b.cut);
    CHECK(a.body.len <= EM_MAX_BODY || a.body.len <= size);
    CHECK(status == EM_OK || a.body.len == 0);
    CHECK(a.undone + a.as_is <= EM_MAX_CODINGS);
    em_coder_free(fresh);
    return 0;
}
