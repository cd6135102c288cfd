/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/digest.h"

#include "base/wire/codes.h"

#include <openssl/evp.h>

static const EVP_MD *algorithm(struct em_view name, size_t *bytes)
{
    static const struct {
        const char *name;
        const EVP_MD *(*make)(void);
        size_t bytes;
    } known[] = {
        {"sha1", EVP_sha1, 20},     {"sha-1", EVP_sha1, 20},
        {"sha256", EVP_sha256, 32}, {"sha-256", EVP_sha256, 32},
        {"sha512", EVP_sha512, 64}, {"sha-512", EVP_sha512, 64},
        {"md5", EVP_md5, 16},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (em_view_ieq(name, em_view_of(known[i].name))) {
            *bytes = known[i].bytes;
            return known[i].make();
        }
    return NULL;
}

enum em_status em_digest_check(struct em_view declared, struct em_view bytes,
                               enum em_digest_state *state)
{
    unsigned char want[64], got[EVP_MAX_MD_SIZE];
    size_t size = 0, colon = em_view_find(declared, 0, EM_VIEW(":"));
    struct em_view text = em_view_trim(em_view_sub(declared, colon + 1, declared.len));
    *state = EM_DIGEST_ABSENT;
    const EVP_MD *md = algorithm(em_view_trim(em_view_sub(declared, 0, colon)), &size);
    if (!md)
        return EM_OK;
    if (!em_hex_read(text, want, size) && !em_base32_read(text, want, size) &&
        !em_base64_read(text, want, size)) {
        *state = EM_DIGEST_BAD; /* a known algorithm, but no value it could have */
        return EM_OK;
    }
    unsigned made = 0;
    if (EVP_Digest(bytes.data ? bytes.data : "", bytes.len, got, &made, md, NULL) != 1)
        return EM_ERR_NOMEM;
    *state = made == size && memcmp(want, got, size) == 0 ? EM_DIGEST_OK : EM_DIGEST_BAD;
    return EM_OK;
}
