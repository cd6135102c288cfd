/* SPDX-License-Identifier: Apache-2.0
 *
 * sha1 in base32, as WARC files have it (spec: WARC 1.1 5.8; RFC4648 6). 20 bytes are 32
 * digits without padding.
 */
#include "crawler/web/fetch/warc_int.h"

#include "base/wire/codes.h"

#include <openssl/evp.h>

struct em_sha1 *em_sha1_new(void)
{
    return (struct em_sha1 *)EVP_MD_CTX_new();
}

void em_sha1_free(struct em_sha1 *sha1)
{
    EVP_MD_CTX_free((EVP_MD_CTX *)sha1);
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
    em_base32_write(out + 5, em_view_make((const char *)digest, 20));
    return EM_OK;
}

enum em_status em_warc_payload_digest(struct em_view body, char out[EM_WARC_DIGEST])
{
    struct em_sha1 *sha1 = em_sha1_new();
    enum em_status status = em_sha1_label(sha1, body, EM_VIEW_NONE, out);
    em_sha1_free(sha1);
    return status;
}
