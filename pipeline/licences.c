/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/licences.h"

#include "base/limits.h"
#include "base/wire/fields.h"
#include "base/wire/url.h"

/* rel is a list of words. */
static bool says_licence(struct em_view rel)
{
    for (size_t at = 0, end; at < rel.len; at = end + 1) {
        for (end = at; end < rel.len && rel.data[end] != ' ' && rel.data[end] != '\t';)
            end++;
        struct em_view word = em_view_sub(rel, at, end - at);
        if (em_view_ieq(word, EM_VIEW("license")) ||
            em_view_ieq(word, EM_VIEW("licence")))
            return true;
    }
    return false;
}

static enum em_status take_target(struct em_view target, struct em_view page,
                                  em_licence_fn *fn, void *context)
{
    struct em_url base, url;
    em_url_init(&base, EM_MAX_URL);
    em_url_init(&url, EM_MAX_URL);
    enum em_status status = em_url_parse(&base, page, NULL);
    bool absolute = status == EM_OK;
    if (status != EM_ERR_NOMEM)
        status = em_url_parse(&url, target, absolute ? &base : NULL);
    if (status == EM_OK &&
        (url.scheme == EM_SCHEME_HTTP || url.scheme == EM_SCHEME_HTTPS))
        status = fn(context, em_url_href(&url));
    else if (status != EM_ERR_NOMEM)
        status = EM_OK; /* no address: nothing is named */
    em_url_release(&base);
    em_url_release(&url);
    return status;
}

enum em_status em_licences_of(struct em_view header, const struct em_doc *doc,
                              struct em_view page, em_licence_fn *fn, void *context)
{
    struct em_view name, value;
    struct em_field_link link;
    size_t pos = 0;
    while (header.len && em_field_next(header, &pos, &name, &value)) {
        if (!em_view_ieq(name, EM_VIEW("link")))
            continue;
        for (size_t at = 0; em_field_link_next(value, &at, &link);)
            if (says_licence(link.rel) && em_field_link_rsl(link.type, link.target))
                EM_TRY(take_target(link.target, page, fn, context));
    }
    for (size_t i = 0; doc && i < doc->n_heads; i++)
        if (doc->heads[i].kind == EM_HEAD_LICENCE && doc->heads[i].rsl)
            EM_TRY(take_target(doc->heads[i].href, page, fn, context));
    return EM_OK;
}
