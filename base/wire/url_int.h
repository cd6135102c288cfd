/* SPDX-License-Identifier: Apache-2.0
 *
 * What the URL files share: character classes and the host parser.
 */
#ifndef EM_CRAWLER_WEB_URL_INT_H
#define EM_CRAWLER_WEB_URL_INT_H

#include "base/wire/url.h"

/* Percent-encode sets (spec: WHATWG URL 1.3) and the classes of bytes in a host (3.1). */
enum {
    SET_C0 = 1,
    SET_FRAGMENT = 2,
    SET_QUERY = 4,
    SET_SPECIAL_QUERY = 8,
    SET_PATH = 16,
    SET_USERINFO = 32,
    FORBIDDEN_HOST = 64,
    FORBIDDEN_DOMAIN = 128,
};
extern const uint8_t em_url_class[256];

static inline bool em_url_in(char c, unsigned set)
{
    return em_url_class[(unsigned char)c] & set;
}

static inline bool em_url_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool em_url_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* 0 to 15, or -1. */
static inline int em_url_hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* spec: WHATWG URL 3.5. Appends the host of `text` to url->href and sets host_kind. `text`
 * is not empty where `special`. On failure a reason and EM_ERR_FORMAT, or EM_ERR_LIMIT or
 * EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_url_append_host(struct em_url *url, struct em_view text,
                                                bool special);

/* `text` with every byte of `set` percent-encoded, appended to `out`. */
EM_MUST_CHECK enum em_status em_url_append_encoded(struct em_buf *out,
                                                   struct em_view text, unsigned set);

/* "https" in lower case; EM_SCHEME_OTHER for what is not special. */
uint8_t em_url_scheme_of(struct em_view name);

/* 0: the scheme has none. */
unsigned em_url_default_port(uint8_t scheme);

/* Where the path ends, and where the query ends (which may be absent). */
size_t em_url_path_end(const struct em_url *url);
size_t em_url_query_end(const struct em_url *url);

#endif
