/* SPDX-License-Identifier: Apache-2.0
 *
 * See scope.h. Hosts, domains and folders are kept as a set of 64-bit hashes: a scope of a
 * million seeds takes 16 MB. (Two of them with one hash, and the scope is one name wider:
 * 10^-7 for ten million seeds.)
 */
#include "crawler/web/frontier/scope.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/wire/domain.h"

#include <regex.h>
#include <stdint.h>

struct em_scope {
    enum em_scope_kind kind;
    uint32_t max_depth;
    regex_t include, exclude;
    bool has_include, has_exclude;
    char **mimes, **languages; /* end with NULL; NULL: all */
    uint64_t *set;             /* open addressing; 0: free */
    size_t cap, n;
};

const char *em_cut_name(enum em_cut cut)
{
    static const char *const names[] = {
#define X(name, text, what) text,
        EM_CUT_LIST(X)
#undef X
    };
    return (unsigned)cut < EM_CUT_COUNT ? names[cut] : "unknown";
}

const char *em_cut_text(enum em_cut cut)
{
    static const char *const texts[] = {
#define X(name, text, what) what,
        EM_CUT_LIST(X)
#undef X
    };
    return (unsigned)cut < EM_CUT_COUNT ? texts[cut] : "unknown";
}

/* --- making one -------------------------------------------------------------------------- */

static enum em_status compile(regex_t *out, bool *has, const char *pattern,
                              struct em_err *err)
{
    char why[160];
    if (!pattern)
        return EM_OK;
    for (const char *p = pattern; *p; p++)
        if (*p == '\\' && p[1]) {
            if (p[1] >= '1' && p[1] <= '9')
                return em_fail(err, EM_ERR_USAGE, "scope",
                               "'%s': back-references take exponential time", pattern);
            p++;
        }
    int rc = regcomp(out, pattern, REG_EXTENDED | REG_NOSUB);
    if (rc != 0) {
        regerror(rc, out, why, sizeof(why));
        return em_fail(err, rc == REG_ESPACE ? EM_ERR_NOMEM : EM_ERR_USAGE, "scope",
                       "'%s': %s", pattern, why);
    }
    *has = true;
    return EM_OK;
}

static enum em_status copy_list(char ***out, const char *const *list, struct em_err *err)
{
    size_t n = 0;
    if (!list)
        return EM_OK;
    while (list[n])
        n++;
    if (n > EM_MAX_SCOPE_ITEMS)
        return em_fail(err, EM_ERR_LIMIT, "scope", "%zu names", n);
    *out = em_calloc(n + 1, sizeof((*out)[0]));
    for (size_t i = 0; *out && i < n; i++)
        if (((*out)[i] = em_strdup(list[i])) == NULL)
            return em_fail(err, EM_ERR_NOMEM, "scope", "out of memory");
    return *out ? EM_OK : em_fail(err, EM_ERR_NOMEM, "scope", "out of memory");
}

enum em_status em_scope_new(struct em_scope **out, const struct em_scope_options *options,
                            struct em_err *err)
{
    struct em_scope *scope = em_calloc(1, sizeof(*scope));
    *out = NULL;
    if (!scope)
        return em_fail(err, EM_ERR_NOMEM, "scope", "out of memory");
    scope->kind = options->kind;
    scope->max_depth = options->max_depth;
    enum em_status status =
        compile(&scope->include, &scope->has_include, options->include, err);
    if (status == EM_OK)
        status = compile(&scope->exclude, &scope->has_exclude, options->exclude, err);
    if (status == EM_OK)
        status = copy_list(&scope->mimes, options->mimes, err);
    if (status == EM_OK)
        status = copy_list(&scope->languages, options->languages, err);
    if (status < 0) {
        em_scope_free(scope);
        return status;
    }
    *out = scope;
    return EM_OK;
}

static void free_list(char **list)
{
    for (size_t i = 0; list && list[i]; i++)
        em_free(list[i]);
    em_free(list);
}

void em_scope_free(struct em_scope *scope)
{
    if (!scope)
        return;
    if (scope->has_include)
        regfree(&scope->include);
    if (scope->has_exclude)
        regfree(&scope->exclude);
    free_list(scope->mimes);
    free_list(scope->languages);
    em_free(scope->set);
    em_free(scope);
}

/* --- the set ----------------------------------------------------------------------------- */

static bool set_has(const struct em_scope *scope, uint64_t key)
{
    key += key == 0;
    if (scope->cap == 0)
        return false;
    for (size_t at = key & (scope->cap - 1); scope->set[at];
         at = (at + 1) & (scope->cap - 1))
        if (scope->set[at] == key)
            return true;
    return false;
}

static void set_insert(uint64_t *set, size_t cap, uint64_t key)
{
    size_t at = key & (cap - 1);
    while (set[at])
        at = (at + 1) & (cap - 1);
    set[at] = key;
}

static enum em_status set_put(struct em_scope *scope, uint64_t key, struct em_err *err)
{
    key += key == 0;
    if (set_has(scope, key))
        return EM_OK;
    if (scope->n >= EM_MAX_SCOPE_ITEMS)
        return em_fail(err, EM_ERR_LIMIT, "scope", "more than %d seeds",
                       EM_MAX_SCOPE_ITEMS);
    if (2 * (scope->n + 1) > scope->cap) {
        size_t cap = scope->cap ? 2 * scope->cap : 64;
        uint64_t *set = em_calloc(cap, sizeof(set[0]));
        if (!set)
            return em_fail(err, EM_ERR_NOMEM, "scope", "out of memory");
        for (size_t i = 0; i < scope->cap; i++)
            if (scope->set[i])
                set_insert(set, cap, scope->set[i]);
        em_free(scope->set);
        scope->set = set;
        scope->cap = cap;
    }
    set_insert(scope->set, scope->cap, key);
    scope->n++;
    return EM_OK;
}

static uint64_t key_of(struct em_view v)
{
    return em_hash64(v.data, v.len, 0);
}

/* "example.com:8080" and its path up to a slash, in one: the path lies after the host. */
static struct em_view folder(const struct em_url *url, size_t path_bytes)
{
    struct em_view href = em_url_href(url);
    return em_view_sub(href, url->host, url->path - url->host + path_bytes);
}

enum em_status em_scope_seed(struct em_scope *scope, const struct em_url *seed,
                             struct em_err *err)
{
    struct em_domain domain;
    struct em_view path = em_url_pathname(seed);
    size_t slash = path.len;
    switch (scope->kind) {
    case EM_SCOPE_HOST:
        return set_put(scope, key_of(em_url_hostname(seed)), err);
    case EM_SCOPE_DOMAIN:
        if (!em_domain_of(em_url_href(seed), &domain))
            return em_fail(err, EM_ERR_USAGE, "scope", "a seed without a host");
        return set_put(scope, key_of(domain.registrable), err);
    case EM_SCOPE_PREFIX:
        while (slash && path.data[slash - 1] != '/')
            slash--;
        return set_put(scope, key_of(folder(seed, slash)), err);
    case EM_SCOPE_ANY:
    default:
        return EM_OK;
    }
}

/* --- asking ------------------------------------------------------------------------------ */

static bool in_folders(const struct em_scope *scope, const struct em_url *url)
{
    struct em_view path = em_url_pathname(url);
    /* Folders of a host hash one by one: a path of 8 kB of slashes would cost 8 kB each, so
     * no more than the 64 outermost are looked at. */
    unsigned looked = 0;
    for (size_t i = 0; i < path.len && looked < 64; i++)
        if (path.data[i] == '/') {
            looked++;
            if (set_has(scope, key_of(folder(url, i + 1))))
                return true;
        }
    return false;
}

static enum em_cut in_seeds(const struct em_scope *scope, const struct em_url *url)
{
    struct em_domain domain;
    if (scope->kind == EM_SCOPE_HOST && !set_has(scope, key_of(em_url_hostname(url))))
        return EM_CUT_SCOPE_HOST;
    if (scope->kind == EM_SCOPE_DOMAIN && !(em_domain_of(em_url_href(url), &domain) &&
                                            set_has(scope, key_of(domain.registrable))))
        return EM_CUT_SCOPE_DOMAIN;
    if (scope->kind == EM_SCOPE_PREFIX && !in_folders(scope, url))
        return EM_CUT_SCOPE_PREFIX;
    return EM_CUT_NONE;
}

enum em_cut em_scope_url(const struct em_scope *scope, const struct em_url *url,
                         uint32_t depth)
{
    if (url->scheme != EM_SCHEME_HTTP && url->scheme != EM_SCHEME_HTTPS)
        return EM_CUT_SCHEME;
    if (em_url_hostname(url).len == 0)
        return EM_CUT_URL_BAD;
    if (em_url_href(url).len > EM_MAX_URL)
        return EM_CUT_URL_LENGTH;
    if (depth > scope->max_depth)
        return EM_CUT_DEPTH;
    enum em_cut cut = in_seeds(scope, url);
    if (cut != EM_CUT_NONE)
        return cut;
    /* A parsed URL ends with a NUL (buf.h) and has none inside. */
    const char *text = url->href.data;
    if (scope->has_include && regexec(&scope->include, text, 0, NULL, 0) != 0)
        return EM_CUT_SCOPE_INCLUDE;
    if (scope->has_exclude && regexec(&scope->exclude, text, 0, NULL, 0) == 0)
        return EM_CUT_SCOPE_EXCLUDE;
    return EM_CUT_NONE;
}

enum em_cut em_scope_mime(const struct em_scope *scope, struct em_view mime)
{
    if (!scope->mimes || mime.len == 0)
        return EM_CUT_NONE;
    for (char **wanted = scope->mimes; *wanted; wanted++) {
        struct em_view w = em_view_of(*wanted);
        bool prefix = w.len && w.data[w.len - 1] == '/';
        if (prefix ? em_view_istarts(mime, w) : em_view_ieq(mime, w))
            return EM_CUT_NONE;
    }
    return EM_CUT_MIME;
}

enum em_cut em_scope_language(const struct em_scope *scope, struct em_view language)
{
    if (!scope->languages || language.len == 0)
        return EM_CUT_NONE;
    for (char **wanted = scope->languages; *wanted; wanted++) {
        struct em_view w = em_view_of(*wanted);
        if (em_view_istarts(language, w) &&
            (language.len == w.len || language.data[w.len] == '-'))
            return EM_CUT_NONE;
    }
    return EM_CUT_LANGUAGE;
}
