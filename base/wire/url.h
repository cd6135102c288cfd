/* SPDX-License-Identifier: Apache-2.0
 *
 * URLs as browsers read them (spec: WHATWG URL), kept as one serialised string with the
 * places of its parts, so that a parsed URL is one buffer and a part is a view:
 *
 *     https://user:pass@example.com:1234/foo/bar?baz#quux
 *           |     |   | |          |    |       |   |
 *           |     |   | |          |    |       |   fragment
 *           |     |   | |          |    path    query
 *           |     |   | host       host_end, port
 *           |     user_end, pass_end
 *           scheme_end
 *
 * A struct em_url owns its buffers and is used again for the next URL: once they have
 * grown, parsing allocates nothing. One URL object, one thread; the base of a parse may be
 * shared by threads as long as nobody parses into it.
 *
 *     struct em_url base, url;
 *     em_url_init(&base, EM_MAX_URL);
 *     em_url_init(&url, EM_MAX_URL);
 *     if (em_url_parse(&base, page_url, NULL) == EM_OK &&
 *         em_url_parse(&url, link, &base) == EM_OK)
 *             use(em_url_href(&url));
 */
#ifndef EM_CRAWLER_WEB_URL_H
#define EM_CRAWLER_WEB_URL_H

#include "base/buf.h"

#define EM_URL_NONE UINT32_MAX

enum em_url_scheme {
    EM_SCHEME_OTHER, /* not special */
    EM_SCHEME_HTTP,
    EM_SCHEME_HTTPS,
    EM_SCHEME_WS,
    EM_SCHEME_WSS,
    EM_SCHEME_FTP,
    EM_SCHEME_FILE,
};

enum em_url_host {
    EM_HOST_NULL, /* no authority */
    EM_HOST_EMPTY,
    EM_HOST_DOMAIN,
    EM_HOST_IPV4,
    EM_HOST_IPV6,   /* in brackets in the string */
    EM_HOST_OPAQUE, /* of a scheme that is not special */
};

struct em_url {
    struct em_buf href;  /* serialised; empty after a failure */
    struct em_buf clean; /* input without tabs, line ends and invalid UTF-8 */
    size_t max;
    const char *reason;      /* why the last parse failed; static; NULL after success */
    uint32_t scheme_end;     /* after the colon */
    uint32_t user, user_end; /* equal: no username */
    uint32_t pass_end;       /* == user_end: no password, else it begins at user_end+1 */
    uint32_t host, host_end; /* equal where empty or null */
    uint32_t authority_end;  /* after the port */
    uint32_t path;           /* a leading "/." that is no part of the path is before it */
    uint32_t query, fragment; /* at '?' and '#', or EM_URL_NONE */
    uint32_t port;            /* EM_URL_NONE: none, or the scheme's own */
    uint8_t scheme;           /* enum em_url_scheme */
    uint8_t host_kind;        /* enum em_url_host */
    bool opaque_path;
};

/* `max`: longest input and longest result in bytes (at most 256 MiB). */
void em_url_init(struct em_url *url, size_t max);
void em_url_release(struct em_url *url);

/* Parse `input` (UTF-8; invalid bytes are read as U+FFFD) against `base`, which may be
 * NULL and must not be `url`. EM_ERR_FORMAT: not a URL, with url->reason; EM_ERR_LIMIT:
 * longer than max; EM_ERR_NOMEM. Linear time, but for a host that is not ASCII (idna.h). */
EM_MUST_CHECK enum em_status em_url_parse(struct em_url *url, struct em_view input,
                                          const struct em_url *base);

/* A copy that does not depend on `from`. */
EM_MUST_CHECK enum em_status em_url_copy(struct em_url *url, const struct em_url *from);

/* Views into url->href, valid until the next parse. As the URL API gives them: protocol
 * with its colon, search with "?" and hash with "#" (both empty where only that character
 * is there), host with the port, hostname without; empty where absent. */
struct em_view em_url_href(const struct em_url *url);
struct em_view em_url_protocol(const struct em_url *url);
struct em_view em_url_username(const struct em_url *url);
struct em_view em_url_password(const struct em_url *url);
struct em_view em_url_host(const struct em_url *url);
struct em_view em_url_hostname(const struct em_url *url);
struct em_view em_url_port(const struct em_url *url);
struct em_view em_url_pathname(const struct em_url *url);
struct em_view em_url_search(const struct em_url *url);
struct em_view em_url_hash(const struct em_url *url);

/* The port to connect to: the URL's own or the scheme's; 0 where neither is known. */
unsigned em_url_effective_port(const struct em_url *url);

/* "https://example.com:8443"; false and nothing written where the origin is opaque
 * (spec: WHATWG URL 4.7; blob: is opaque to us unless its path is http or https). */
EM_MUST_CHECK bool em_url_origin(const struct em_url *url, struct em_buf *out,
                                 enum em_status *status);

/* --- normalisation for crawling: url_normalise.c ---------------------------------------- */

/* name, bit, on by default, what it does */
#define EM_URL_RULE_LIST(X)                                                              \
    X(FRAGMENT, 0, 1, "fragment", "drop #fragment: never sent to the server")            \
    X(USERINFO, 1, 1, "userinfo", "drop user:password@")                                 \
    X(HOST_DOT, 2, 1, "host-dot", "drop the final dot of the host name")                 \
    X(ESCAPES, 3, 1, "escapes",                                                          \
      "escapes in upper case; unreserved characters unescaped, unsafe ones escaped")     \
    X(SESSION, 4, 1, "session",                                                          \
      "drop session ids (PHPSESSID, jsessionid, sid of 32 hex digits, (S(...)), ...)")   \
    X(TRACKING, 5, 1, "tracking", "drop utm_*, gclid, fbclid and the like")              \
    X(EMPTY_QUERY, 6, 1, "empty-query", "drop empty parameters and a lone ?")            \
    X(SLASHES, 7, 1, "slashes", "several slashes in the path become one")                \
    X(SORT, 8, 0, "sort", "sort parameters by name (values keep their order)")           \
    X(INDEX, 9, 0, "index", "drop index.html, default.asp and the like at the end")      \
    X(TRAILING_SLASH, 10, 0, "trailing-slash", "drop the final slash of the path")       \
    X(WWW, 11, 0, "www", "drop a leading www. of the host")                              \
    X(HTTPS, 12, 0, "https", "http becomes https where no port is given")                \
    X(LOWER_PATH, 13, 0, "lower-path", "path in lower case")                             \
    X(QUERY, 14, 0, "query", "drop the query")

enum em_url_rule {
#define X(name, bit, on, text, what) EM_URL_RULE_##name = 1u << (bit),
    EM_URL_RULE_LIST(X)
#undef X
};

enum {
#define X(name, bit, on, text, what) ((on) ? EM_URL_RULE_##name : 0) |
    EM_URL_RULES_DEFAULT = EM_URL_RULE_LIST(X) 0
#undef X
};

/* "session"; NULL for another bit. */
const char *em_url_rule_name(unsigned rule);
/* The rule of that name; 0 where there is none. */
unsigned em_url_rule_of(struct em_view name);
/* Changes *rules by a list: "tracking,-session,+sort" adds and takes away, "none,fragment"
 * begins with nothing. False where it names no rule. */
bool em_url_rules_read(struct em_view list, unsigned *rules);

/* Rewrites `url` (parsed, http or https; others are left as they are) by `rules`
 * (enum em_url_rule, or-ed). `scratch` is working memory, kept between calls. The result
 * is what parsing it again gives, and normalising it again changes nothing. Errors as
 * em_url_parse, after which `url` holds nothing. */
EM_MUST_CHECK enum em_status em_url_normalise(struct em_url *url, unsigned rules,
                                              struct em_buf *scratch);

#endif
