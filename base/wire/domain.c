/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wire/domain.h"

#include <libpsl.h>

/* The bytes between "//" and the next "/", "?", "#" or "\" (spec: WHATWG URL 4.4). */
static struct em_view authority_of(struct em_view url)
{
    size_t at = em_view_find(url, 0, EM_VIEW("://"));
    if (at == url.len)
        return EM_VIEW_NONE;
    struct em_view rest = em_view_sub(url, at + 3, url.len);
    size_t n = 0;
    while (n < rest.len && !memchr("/?#\\", rest.data[n], 4))
        n++;
    return em_view_sub(rest, 0, n);
}

static struct em_view host_of(struct em_view authority)
{
    for (size_t i = authority.len; i > 0; i--)
        if (authority.data[i - 1] == '@') {
            authority = em_view_sub(authority, i, authority.len);
            break;
        }
    if (authority.len && authority.data[0] == '[') {
        size_t close = em_view_find(authority, 0, EM_VIEW("]"));
        return em_view_sub(authority, 1, close - 1);
    }
    size_t colon = em_view_find(authority, 0, EM_VIEW(":"));
    struct em_view host = em_view_sub(authority, 0, colon);
    if (host.len && host.data[host.len - 1] == '.')
        host.len--;
    return host;
}

static bool is_address(const char *host)
{
    return strchr(host, ':') || host[strspn(host, "0123456789.")] == '\0';
}

bool em_domain_of(struct em_view url, struct em_domain *domain)
{
    struct em_view host = host_of(authority_of(url));
    domain->host[0] = '\0';
    domain->registrable = EM_VIEW_NONE;
    if (host.len == 0 || host.len > EM_MAX_HOST || memchr(host.data, '\0', host.len))
        return false;
    for (size_t i = 0; i < host.len; i++) {
        char c = host.data[i];
        domain->host[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    domain->host[host.len] = '\0';
    domain->registrable = em_view_of(domain->host);
    if (is_address(domain->host))
        return true;
    const char *found = psl_registrable_domain(psl_builtin(), domain->host);
    if (found)
        domain->registrable = em_view_of(found);
    return true;
}
