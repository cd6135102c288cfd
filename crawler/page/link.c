/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/link.h"

#include "base/doc.h"
#include "base/limits.h"

struct parts {
    struct em_view scheme, authority, path, query;
    bool has_authority, has_query;
};

static bool is_alpha(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

static size_t scheme_length(struct em_view v)
{
    size_t n = 0;
    if (!v.len || !is_alpha(v.data[0]))
        return 0;
    while (n < v.len && (is_alpha(v.data[n]) || (v.data[n] >= '0' && v.data[n] <= '9') ||
                         v.data[n] == '+' || v.data[n] == '-' || v.data[n] == '.'))
        n++;
    return n < v.len && v.data[n] == ':' ? n : 0;
}

static size_t until(struct em_view v, const char *set)
{
    size_t n = 0;
    while (n < v.len && !(v.data[n] && strchr(set, v.data[n])))
        n++;
    return n;
}

/* spec: RFC3986 appendix B, without the fragment. */
static struct parts split(struct em_view v)
{
    struct parts p = {.has_authority = false};
    v = em_view_sub(v, 0, until(v, "#"));
    size_t n = scheme_length(v);
    if (n) {
        p.scheme = em_view_sub(v, 0, n);
        v = em_view_sub(v, n + 1, v.len);
    }
    if (em_view_starts(v, EM_VIEW("//"))) {
        v = em_view_sub(v, 2, v.len);
        n = until(v, "/?");
        p.has_authority = true;
        p.authority = em_view_sub(v, 0, n);
        v = em_view_sub(v, n, v.len);
    }
    n = until(v, "?");
    p.path = em_view_sub(v, 0, n);
    p.has_query = n < v.len;
    p.query = em_view_sub(v, n + 1, v.len);
    return p;
}

/* --- writing ------------------------------------------------------------------------------ */

static enum em_status put_low(struct em_buf *out, struct em_view v)
{
    for (size_t i = 0; i < v.len; i++) {
        char c = v.data[i];
        EM_TRY(em_buf_putc(out, c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c));
    }
    return EM_OK;
}

static enum em_status put_escaped(struct em_buf *out, struct em_view v)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < v.len; i++) {
        unsigned char c = (unsigned char)v.data[i];
        if (c > ' ' && c < 0x7F && c != '"' && c != '<' && c != '>') {
            EM_TRY(em_buf_putc(out, (char)c));
        } else {
            const char code[3] = {'%', hex[c >> 4], hex[c & 15]};
            EM_TRY(em_buf_append(out, code, 3));
        }
    }
    return EM_OK;
}

/* "." and "..", each dot perhaps as %2e: the number of dots, else 0. */
static int dots(struct em_view segment)
{
    int n = 0;
    while (segment.len && n < 3) {
        if (segment.data[0] == '.')
            segment = em_view_sub(segment, 1, segment.len);
        else if (em_view_istarts(segment, EM_VIEW("%2e")))
            segment = em_view_sub(segment, 3, segment.len);
        else
            return 0;
        n++;
    }
    return n < 3 ? n : 0;
}

/* Appends a path's segments; `root`: where the path begins in `out`. spec: RFC3986 5.2.4 */
static enum em_status put_path(struct em_buf *out, size_t root, struct em_view path)
{
    while (path.len) {
        /* Always at the '/' in front of a segment, but for the first of a relative path. */
        size_t skip = path.data[0] == '/';
        size_t n = until(em_view_sub(path, skip, path.len), "/");
        struct em_view segment = em_view_sub(path, skip, n);
        bool last = skip + n == path.len;
        int up = dots(segment);
        path = em_view_sub(path, skip + n, path.len);
        if (up == 2) {
            while (out->len > root && out->data[out->len - 1] != '/')
                out->len--;
            if (out->len > root)
                out->len--;
        }
        if (up && last)
            EM_TRY(em_buf_putc(out, '/'));
        if (up)
            continue;
        EM_TRY(em_buf_putc(out, '/'));
        EM_TRY(put_escaped(out, segment));
    }
    return EM_OK;
}

static enum em_status write_url(struct em_buf *out, const struct parts *base,
                                const struct parts *p)
{
    const struct parts *site = p->has_authority ? p : base;
    EM_TRY(put_low(out, p->scheme.len ? p->scheme : base->scheme));
    EM_TRY(em_buf_append(out, "://", 3));
    EM_TRY(put_low(out, site->authority));
    size_t root = out->len;
    bool own_path = p->path.len > 0 || p->has_authority;
    if (own_path && p->path.len && p->path.data[0] != '/' && !p->has_authority) {
        /* spec: RFC3986 5.2.3: behind the last slash of the base's path. */
        size_t n = base->path.len;
        while (n > 0 && base->path.data[n - 1] != '/')
            n--;
        EM_TRY(put_path(out, root, em_view_sub(base->path, 0, n ? n - 1 : 0)));
    }
    EM_TRY(put_path(out, root, own_path ? p->path : base->path));
    if (out->len == root)
        EM_TRY(em_buf_putc(out, '/'));
    bool own_query = p->has_query || own_path;
    const struct parts *query = own_query ? p : base;
    if (query->has_query) {
        EM_TRY(em_buf_putc(out, '?'));
        EM_TRY(put_escaped(out, query->query));
    }
    return EM_OK;
}

static bool is_web(struct em_view scheme)
{
    return em_view_ieq(scheme, EM_VIEW("http")) || em_view_ieq(scheme, EM_VIEW("https"));
}

/* spec: URL 4.4: blanks around, tabs and line ends anywhere are not there; a backslash is a
 * slash up to the query. */
static size_t clean(struct em_view v, char *out)
{
    size_t n = 0;
    bool path = true;
    while (v.len && (unsigned char)v.data[0] <= ' ')
        v = em_view_sub(v, 1, v.len);
    while (v.len && (unsigned char)v.data[v.len - 1] <= ' ')
        v.len--;
    for (size_t i = 0; i < v.len; i++) {
        char c = v.data[i];
        path &= c != '?' && c != '#';
        if (c != '\t' && c != '\n' && c != '\r')
            out[n++] = path && c == '\\' ? '/' : c;
    }
    return n;
}

enum em_status em_link_resolve(struct em_buf *out, struct em_view base,
                               struct em_view href)
{
    char cleaned[EM_MAX_URL];
    if (href.len > sizeof(cleaned) || base.len > sizeof(cleaned))
        return EM_OK;
    href = em_view_make(cleaned, clean(href, cleaned));
    struct parts p = split(href), b = split(base);
    bool base_good = is_web(b.scheme) && b.authority.len;
    if (p.scheme.len ? !is_web(p.scheme) || !p.authority.len : !base_good)
        return EM_OK;
    if (p.has_authority && !p.authority.len)
        return EM_OK;
    size_t before = out->len;
    enum em_status status = write_url(out, &b, &p);
    if (status < 0) {
        out->len = before;
        if (out->data)
            out->data[before] = '\0';
    }
    return status;
}

unsigned em_link_rel_of(struct em_view rel)
{
    static const struct {
        struct em_view word;
        unsigned flag;
    } words[] = {
        {{"nofollow", 8}, EM_LINK_NOFOLLOW},
        {{"ugc", 3}, EM_LINK_UGC},
        {{"sponsored", 9}, EM_LINK_SPONSORED},
        {{"author", 6}, EM_LINK_AUTHOR},
        {{"tag", 3}, EM_LINK_TAG},
        {{"next", 4}, EM_LINK_NEXT},
        {{"prev", 4}, EM_LINK_PREV},
        {{"license", 7}, EM_LINK_LICENSE},
    };
    unsigned flags = 0;
    while (rel.len) {
        rel = em_view_trim(rel);
        size_t n = until(rel, " \t\r\n\f");
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
            if (em_view_ieq(em_view_sub(rel, 0, n), words[i].word))
                flags |= words[i].flag;
        rel = em_view_sub(rel, n, rel.len);
    }
    return flags;
}
