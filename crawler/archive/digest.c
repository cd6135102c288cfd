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

/* The algorithm, or NULL; *possible: the value could be one of it. */
static const EVP_MD *digest_read(struct em_view declared, unsigned char want[64],
                                 size_t *size, bool *possible)
{
    size_t colon = em_view_find(declared, 0, EM_VIEW(":"));
    struct em_view text = em_view_trim(em_view_sub(declared, colon + 1, declared.len));
    const EVP_MD *md = algorithm(em_view_trim(em_view_sub(declared, 0, colon)), size);
    *possible =
        md && (em_hex_read(text, want, *size) || em_base32_read(text, want, *size) ||
               em_base64_read(text, want, *size));
    return md;
}

enum em_status em_digest_check(struct em_view declared, struct em_view bytes,
                               enum em_digest_state *state)
{
    unsigned char want[64], got[EVP_MAX_MD_SIZE];
    size_t size = 0;
    bool possible;
    const EVP_MD *md = digest_read(declared, want, &size, &possible);
    *state = !md ? EM_DIGEST_ABSENT : EM_DIGEST_BAD;
    if (!md || !possible)
        return EM_OK;
    unsigned made = 0;
    if (EVP_Digest(bytes.data ? bytes.data : "", bytes.len, got, &made, md, NULL) != 1)
        return EM_ERR_NOMEM;
    *state = made == size && memcmp(want, got, size) == 0 ? EM_DIGEST_OK : EM_DIGEST_BAD;
    return EM_OK;
}

enum em_status em_digest_begin(struct em_digest_run *run, struct em_view declared)
{
    bool possible;
    *run = (struct em_digest_run){.context = NULL};
    const EVP_MD *md = digest_read(declared, run->want, &run->size, &possible);
    run->impossible = md && !possible;
    if (!md || !possible)
        return EM_OK;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context || EVP_DigestInit_ex(context, md, NULL) != 1) {
        EVP_MD_CTX_free(context);
        return EM_ERR_NOMEM;
    }
    run->context = context;
    return EM_OK;
}

void em_digest_update(struct em_digest_run *run, struct em_view bytes)
{
    if (run->context && bytes.len)
        EVP_DigestUpdate(run->context, bytes.data, bytes.len);
}

enum em_digest_state em_digest_end(struct em_digest_run *run)
{
    unsigned char got[EVP_MAX_MD_SIZE];
    unsigned made = 0;
    enum em_digest_state state = run->impossible ? EM_DIGEST_BAD : EM_DIGEST_ABSENT;
    if (run->context) {
        bool same = EVP_DigestFinal_ex(run->context, got, &made) == 1 &&
                    made == run->size && memcmp(run->want, got, made) == 0;
        state = same ? EM_DIGEST_OK : EM_DIGEST_BAD;
    }
    EVP_MD_CTX_free(run->context);
    run->context = NULL;
    run->impossible = false;
    return state;
}
