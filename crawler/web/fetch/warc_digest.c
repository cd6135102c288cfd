/* SPDX-License-Identifier: Apache-2.0
 *
 * sha1 in base32, as WARC files have it (spec: WARC 1.1 5.8; RFC4648 6). 20 bytes are 32
 * digits without padding.
 */
#include "crawler/web/fetch/warc_int.h"

#include <openssl/evp.h>

struct em_sha1 *em_sha1_new(void)
{
    return (struct em_sha1 *)EVP_MD_CTX_new();
}

void em_sha1_free(struct em_sha1 *sha1)
{
    EVP_MD_CTX_free((EVP_MD_CTX *)sha1);
}

static void base32(const unsigned char in[20], char out[33])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    for (unsigned block = 0; block < 4; block++, in += 5, out += 8) {
        uint64_t bits = 0;
        for (unsigned i = 0; i < 5; i++)
            bits = bits << 8 | in[i];
        for (unsigned i = 0; i < 8; i++)
            out[i] = digits[bits >> (35 - 5 * i) & 31];
    }
    *out = '\0';
}

enum em_status em_sha1_label(struct em_sha1 *sha1, struct em_view a, struct em_view b,
                             char out[EM_WARC_DIGEST])
{
    EVP_MD_CTX *context = (EVP_MD_CTX *)sha1;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    /* Naming the digest again would look it up again, which costs as much as a small record. */
    bool known = context && EVP_MD_CTX_get0_md(context) != NULL;
    if (!context || EVP_DigestInit_ex(context, known ? NULL : EVP_sha1(), NULL) != 1 ||
        (a.len && EVP_DigestUpdate(context, a.data, a.len) != 1) ||
        (b.len && EVP_DigestUpdate(context, b.data, b.len) != 1) ||
        EVP_DigestFinal_ex(context, digest, &n) != 1 || n != 20)
        return EM_ERR_NOMEM;
    memcpy(out, "sha1:", 5);
    base32(digest, out + 5);
    return EM_OK;
}

enum em_status em_warc_payload_digest(struct em_view body, char out[EM_WARC_DIGEST])
{
    struct em_sha1 *sha1 = em_sha1_new();
    enum em_status status = em_sha1_label(sha1, body, EM_VIEW_NONE, out);
    em_sha1_free(sha1);
    return status;
}
