/* SPDX-License-Identifier: Apache-2.0
 *
 * Which URLs a crawl is about. Every URL that is not taken is cut for one named reason
 * (enum em_cut), shared with the traps (trap.h) and the frontier, and counted there.
 * Nothing here keeps state but the scope itself, which is not changed after its seeds have
 * been added: threads may ask it together.
 */
#ifndef EM_CRAWLER_WEB_FRONTIER_SCOPE_H
#define EM_CRAWLER_WEB_FRONTIER_SCOPE_H

#include "base/wire/url.h"

/* name, text for people and metrics, what it means. The order is stored: only append. */
#define EM_CUT_LIST(X)                                                                   \
    X(NONE, "none", "taken")                                                             \
    X(SCHEME, "scheme", "neither http nor https")                                        \
    X(URL_LENGTH, "url-length", "longer than EM_MAX_URL")                                \
    X(URL_BAD, "url-bad", "no valid URL, or without a host")                             \
    X(SCOPE_HOST, "scope-host", "outside the hosts of the seeds")                        \
    X(SCOPE_DOMAIN, "scope-domain", "outside the registrable domains of the seeds")      \
    X(SCOPE_PREFIX, "scope-prefix", "outside the folders of the seeds")                  \
    X(SCOPE_INCLUDE, "scope-include", "does not match the pattern to include")           \
    X(SCOPE_EXCLUDE, "scope-exclude", "matches the pattern to exclude")                  \
    X(DEPTH, "depth", "too many links away from a seed")                                 \
    X(BUDGET_HOST, "budget-host", "the host has used its pages")                         \
    X(BUDGET, "budget", "the crawl has used its pages")                                  \
    X(QUEUE_FULL, "queue-full", "the host's queue has reached its maximum")              \
    X(MIME, "mime", "not a wanted type")                                                 \
    X(LANGUAGE, "language", "not a wanted language")                                     \
    X(ROBOTS, "robots", "forbidden by robots.txt")                                       \
    X(NOFOLLOW, "nofollow", "the page or the link asks not to follow")                   \
    X(ADDRESS, "address", "resolves to an address that is not asked")                    \
    X(TRAP_SEGMENTS, "trap-segments", "too many path segments")                          \
    X(TRAP_REPEAT, "trap-repeat", "path segments repeat")                                \
    X(TRAP_PARAMETERS, "trap-parameters", "too many or repeated query parameters")       \
    X(TRAP_DIGITS, "trap-digits", "a number too long to be a count, an id or a date")    \
    X(TRAP_CALENDAR, "trap-calendar", "a date far ahead or far back, or too many dates") \
    X(TRAP_SESSION, "trap-session", "endless opaque tokens in one shape of URL")         \
    X(TRAP_QUERY, "trap-query", "endless queries of one path")                           \
    X(TRAP_SHAPE, "trap-shape", "endless URLs of one shape with hardly any new text")    \
    X(TRAP_SOFT404, "trap-soft404", "the same page as for a URL that cannot exist")      \
    X(TRAP_NEAR, "trap-near", "a flood of near-duplicate pages")                         \
    X(HOST_DEAD, "host-dead", "the host did not answer for too long")                    \
    X(ATTEMPTS, "attempts", "tried too often in vain")                                   \
    X(COLLISION, "collision",                                                            \
      "two hosts with one 64-bit hash: the later one is left out")                       \
    X(REDIRECTS, "redirects", "too many redirects in a row")                             \
    X(SITEMAP_NEST, "sitemap-nest", "sitemap indexes in each other, too deep")

enum em_cut {
#define X(name, text, what) EM_CUT_##name,
    EM_CUT_LIST(X)
#undef X
        EM_CUT_COUNT
};

/* "trap-calendar"; "unknown" for other numbers. */
const char *em_cut_name(enum em_cut cut);
/* What it means, one clause. */
const char *em_cut_text(enum em_cut cut);

enum em_scope_kind {
    EM_SCOPE_ANY,
    EM_SCOPE_HOST,   /* the seeds' hosts, any scheme and port */
    EM_SCOPE_DOMAIN, /* their registrable domains */
    EM_SCOPE_PREFIX, /* their folders: the URL up to its last '/', any scheme */
};

struct em_scope_options {
    enum em_scope_kind kind;
    uint32_t max_depth;  /* links from a seed; UINT32_MAX: any. Redirects do not count. */
    const char *include; /* POSIX extended regular expressions on the whole URL; NULL: */
    const char *exclude; /* none. Without back-references (EM_ERR_USAGE). Copied. */
    /* Lists end with NULL; NULL: all. "text/html", "text/" (a prefix ends with '/');
     * "en", "de". Copied. */
    const char *const *mimes;
    const char *const *languages;
};

struct em_scope;

EM_MUST_CHECK enum em_status em_scope_new(struct em_scope **out,
                                          const struct em_scope_options *options,
                                          struct em_err *err);
void em_scope_free(struct em_scope *scope); /* NULL is allowed */

/* Makes the scope as wide as this seed (http or https, parsed). */
EM_MUST_CHECK enum em_status em_scope_seed(struct em_scope *scope,
                                           const struct em_url *seed, struct em_err *err);

/* EM_CUT_NONE or why not. `url` is parsed and normalised; `depth` counts links. Time: linear
 * in the URL but for the patterns. */
enum em_cut em_scope_url(const struct em_scope *scope, const struct em_url *url,
                         uint32_t depth);
/* `mime` without parameters, any case; an empty one passes. */
enum em_cut em_scope_mime(const struct em_scope *scope, struct em_view mime);
/* `language`: ISO 639 code; an empty one passes. "pt" covers "pt-BR". */
enum em_cut em_scope_language(const struct em_scope *scope, struct em_view language);

#endif
