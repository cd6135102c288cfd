/* SPDX-License-Identifier: Apache-2.0
 *
 * The origin of a URL (spec: WHATWG URL 4.7): a blob's is that of the URL in its path.
 */
#include "base/wire/url_int.h"

static bool origin_append(const struct em_url *url, struct em_buf *out,
                          enum em_status *status)
{
    if (url->scheme == EM_SCHEME_OTHER || url->scheme == EM_SCHEME_FILE)
        return false;
    *status = em_buf_append_view(out, em_url_protocol(url));
    if (*status == EM_OK)
        *status = em_buf_append(out, "//", 2);
    if (*status == EM_OK)
        *status = em_buf_append_view(out, em_url_host(url));
    return *status == EM_OK;
}

bool em_url_origin(const struct em_url *url, struct em_buf *out, enum em_status *status)
{
    *status = EM_OK;
    if (!em_view_eq(em_url_protocol(url), EM_VIEW("blob:")))
        return origin_append(url, out, status);
    struct em_url inner;
    em_url_init(&inner, url->max);
    bool known = false;
    *status = em_url_parse(&inner, em_url_pathname(url), NULL);
    if (*status == EM_OK &&
        (inner.scheme == EM_SCHEME_HTTP || inner.scheme == EM_SCHEME_HTTPS))
        known = origin_append(&inner, out, status);
    else if (*status == EM_ERR_FORMAT)
        *status = EM_OK;
    em_url_release(&inner);
    return known;
}
