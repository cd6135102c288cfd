/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as X-Robots-Tag, as an HTTP header and as <meta name content> (parted at the
 * first NUL), and as addresses resolved one on the other: rules are known ones, agents have
 * names, reading twice adds nothing, addresses are absolute and resolve to themselves.
 */
#include "base/limits.h"
#include "crawler/page/link.h"
#include "base/wire/robots_meta.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct em_robots *r)
{
    if (r->rules >> EM_ROBOTS_RULE_COUNT || r->n_agents > EM_ROBOTS_AGENTS)
        abort();
    for (uint32_t i = 0; i < r->n_agents; i++)
        if (!r->agents[i].name[0] || r->agents[i].rules >> EM_ROBOTS_RULE_COUNT)
            abort();
}

static void check_link(struct em_view page, struct em_view href)
{
    struct em_url base, url;
    struct em_buf once, twice;
    em_url_init(&base, EM_MAX_URL);
    em_url_init(&url, EM_MAX_URL);
    em_buf_init(&once, 4 * EM_MAX_URL);
    em_buf_init(&twice, 4 * EM_MAX_URL);
    if (em_url_parse(&base, page, NULL) == EM_OK &&
        em_link_resolve(&once, &url, href, &base) == EM_OK && once.len) {
        struct em_view v = em_buf_view(&once);
        if (!em_view_starts(v, EM_VIEW("http")) ||
            em_link_resolve(&twice, &url, v, NULL) == EM_ERR_LIMIT ||
            (twice.len && !em_view_eq(v, em_buf_view(&twice))))
            abort();
    }
    em_url_release(&base);
    em_url_release(&url);
    em_buf_release(&once);
    em_buf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct em_view whole = {(const char *)data, size};
    struct em_view nul = {"", 1};
    struct em_robots r = {.rules = 0};
    em_robots_header(&r, whole);
    check(&r);
    struct em_robots again = r;
    em_robots_header(&again, whole);
    if (again.rules != r.rules || again.n_agents != r.n_agents)
        abort();
    em_robots_http(&r, whole);
    size_t at = em_view_find(whole, 0, nul);
    struct em_view first = em_view_sub(whole, 0, at);
    struct em_view second = em_view_sub(whole, at + 1, whole.len);
    em_robots_meta(&r, first, second);
    check(&r);
    check_link(first, second);
    em_link_rel_of(whole);
    return 0;
}
