/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/link.h"

#include "base/doc.h"

static size_t until(struct em_view v, const char *set)
{
    size_t n = 0;
    while (n < v.len && !(v.data[n] && strchr(set, v.data[n])))
        n++;
    return n;
}

enum em_status em_link_resolve(struct em_buf *out, struct em_url *url,
                               struct em_view href, const struct em_url *base)
{
    if (base && !base->href.len)
        base = NULL;
    enum em_status status = em_url_parse(url, href, base);
    if (status < 0)
        return status == EM_ERR_NOMEM ? status : EM_OK;
    if (url->scheme != EM_SCHEME_HTTP && url->scheme != EM_SCHEME_HTTPS)
        return EM_OK;
    struct em_view all = em_url_href(url);
    if (url->fragment != EM_URL_NONE)
        all.len = url->fragment;
    return em_buf_append_view(out, all);
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
