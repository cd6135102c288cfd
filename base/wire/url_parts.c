/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of a parsed URL (spec: WHATWG URL 6.1).
 */
#include "base/wire/url_int.h"

size_t em_url_path_end(const struct em_url *url)
{
    if (url->query != EM_URL_NONE)
        return url->query;
    return url->fragment != EM_URL_NONE ? url->fragment : url->href.len;
}

size_t em_url_query_end(const struct em_url *url)
{
    return url->fragment != EM_URL_NONE ? url->fragment : url->href.len;
}

static struct em_view part(const struct em_url *url, size_t from, size_t to)
{
    return em_view_sub(em_buf_view(&url->href), from, to > from ? to - from : 0);
}

struct em_view em_url_href(const struct em_url *url)
{
    return em_buf_view(&url->href);
}

struct em_view em_url_protocol(const struct em_url *url)
{
    return part(url, 0, url->scheme_end);
}

struct em_view em_url_username(const struct em_url *url)
{
    return part(url, url->user, url->user_end);
}

struct em_view em_url_password(const struct em_url *url)
{
    return part(url, url->user_end + 1, url->pass_end);
}

struct em_view em_url_host(const struct em_url *url)
{
    return part(url, url->host, url->authority_end);
}

struct em_view em_url_hostname(const struct em_url *url)
{
    return part(url, url->host, url->host_end);
}

struct em_view em_url_port(const struct em_url *url)
{
    return part(url, url->host_end + 1, url->authority_end);
}

struct em_view em_url_pathname(const struct em_url *url)
{
    return part(url, url->path, em_url_path_end(url));
}

struct em_view em_url_search(const struct em_url *url)
{
    if (url->query == EM_URL_NONE)
        return EM_VIEW_NONE;
    size_t end = em_url_query_end(url);
    return end - url->query > 1 ? part(url, url->query, end) : EM_VIEW_NONE;
}

struct em_view em_url_hash(const struct em_url *url)
{
    if (url->fragment == EM_URL_NONE || url->href.len - url->fragment < 2)
        return EM_VIEW_NONE;
    return part(url, url->fragment, url->href.len);
}

unsigned em_url_effective_port(const struct em_url *url)
{
    return url->port != EM_URL_NONE ? url->port : em_url_default_port(url->scheme);
}
