/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/digest.h"

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

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool from_hex(struct em_view text, unsigned char *out, size_t bytes)
{
    if (text.len != 2 * bytes)
        return false;
    for (size_t i = 0; i < bytes; i++) {
        int high = hex_digit(text.data[2 * i]), low = hex_digit(text.data[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

/* spec: RFC4648 6; the padding may be left out */
static bool from_base32(struct em_view text, unsigned char *out, size_t bytes)
{
    while (text.len && text.data[text.len - 1] == '=')
        text.len--;
    if (text.len != (bytes * 8 + 4) / 5)
        return false;
    unsigned bits = 0, n = 0;
    size_t made = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        unsigned value;
        if (c >= 'A' && c <= 'Z')
            value = (unsigned)(c - 'A');
        else if (c >= 'a' && c <= 'z')
            value = (unsigned)(c - 'a');
        else if (c >= '2' && c <= '7')
            value = (unsigned)(c - '2') + 26;
        else
            return false;
        bits = bits << 5 | value;
        n += 5;
        if (n >= 8 && made < bytes) {
            n -= 8;
            out[made++] = (unsigned char)(bits >> n);
        }
        bits &= (1u << n) - 1;
    }
    return made == bytes;
}

/* spec: RFC4648 4 and 5: both alphabets; some writers use them against the WARC habit */
static bool from_base64(struct em_view text, unsigned char *out, size_t bytes)
{
    while (text.len && text.data[text.len - 1] == '=')
        text.len--;
    if (text.len != (bytes * 8 + 5) / 6)
        return false;
    unsigned bits = 0, n = 0;
    size_t made = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        unsigned value;
        if (c >= 'A' && c <= 'Z')
            value = (unsigned)(c - 'A');
        else if (c >= 'a' && c <= 'z')
            value = (unsigned)(c - 'a') + 26;
        else if (c >= '0' && c <= '9')
            value = (unsigned)(c - '0') + 52;
        else if (c == '+' || c == '-')
            value = 62;
        else if (c == '/' || c == '_')
            value = 63;
        else
            return false;
        bits = bits << 6 | value;
        n += 6;
        if (n >= 8 && made < bytes) {
            n -= 8;
            out[made++] = (unsigned char)(bits >> n);
        }
        bits &= (1u << n) - 1;
    }
    return made == bytes;
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
    if (!from_hex(text, want, size) && !from_base32(text, want, size) &&
        !from_base64(text, want, size)) {
        *state = EM_DIGEST_BAD; /* a known algorithm, but no value it could have */
        return EM_OK;
    }
    unsigned made = 0;
    if (EVP_Digest(bytes.data ? bytes.data : "", bytes.len, got, &made, md, NULL) != 1)
        return EM_ERR_NOMEM;
    *state = made == size && memcmp(want, got, size) == 0 ? EM_DIGEST_OK : EM_DIGEST_BAD;
    return EM_OK;
}
