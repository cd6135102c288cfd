/* SPDX-License-Identifier: Apache-2.0
 *
 * A robots.txt, then (after a NUL) an agent and (after another) a URL: the compact form is
 * sound, answers are the same when asked again and when the form is copied, a naive matcher
 * agrees on every pattern. A first byte of 0xFF: the bytes after it are a form, perhaps
 * damaged, which may be refused but never misread.
 */
#include "base/limits.h"
#include "crawler/web/robots_int.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool fine)
{
    if (!fine)
        abort();
}

/* What RFC9309 2.2.3 says, by all positions that may have been reached. */
static bool naive(struct em_view pattern, struct em_view path)
{
    static bool reached[600];
    if (path.len >= sizeof(reached))
        return em_robots_pattern_matches(pattern, path);
    memset(reached, 0, sizeof(reached));
    reached[0] = true;
    for (size_t i = 0; i < pattern.len; i++) {
        char c = pattern.data[i];
        if (c == '$' && i + 1 == pattern.len)
            return reached[path.len];
        bool any = false;
        if (c == '*') {
            for (size_t k = 0; k <= path.len; k++)
                any = reached[k] = any || reached[k];
            continue;
        }
        for (size_t k = path.len; k > 0; k--)
            any |= reached[k] = reached[k - 1] && path.data[k - 1] == c;
        reached[0] = false;
        if (!any)
            return false;
    }
    return true;
}

static void ask(struct em_view form, struct em_view agent,
                const struct em_robots_query *query)
{
    struct em_robots_match match;
    struct em_view sitemap;
    size_t cursor = 0;
    bool allowed = em_robots_txt_allows(form, agent, query, &match);
    check(allowed == match.allowed);
    check(allowed == em_robots_txt_allows(form, agent, query, NULL));
    check(em_robots_txt_delay(form, agent) <= 1000L * EM_MAX_ROBOTS_DELAY);
    (void)em_robots_txt_signals(form, agent, query);
    while (em_robots_txt_sitemap(form, &cursor, &sitemap))
        check(sitemap.data >= form.data &&
              sitemap.data + sitemap.len <= form.data + form.len);
    if (match.rule.len && match.allow)
        check(naive(match.rule, query->path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char separator[1];
    struct em_view input = {(const char *)data, size}, nul = {separator, 1};
    struct em_robots_txt robots;
    struct em_robots_query query;
    size_t first = em_view_find(input, 0, nul),
           second = em_view_find(input, first + 1, nul);
    struct em_view agent =
        em_view_sub(input, first + 1, second > first ? second - first - 1 : 0);
    em_robots_txt_init(&robots);
    em_robots_query_init(&query);
    if (size && data[0] == 0xFF) {
        struct em_view form = em_view_sub(input, 1, size);
        if (em_robots_query_set(&query, EM_VIEW("/a%62c")) == EM_OK) {
            enum em_status status = em_robots_txt_check(form, NULL);
            check(status == EM_OK || status < 0);
            ask(form, EM_VIEW("a"), &query);
        }
    } else if (em_robots_txt_parse(&robots, em_view_sub(input, 0, first)) == EM_OK &&
               em_robots_query_set(&query, em_view_sub(input, second + 1, size)) ==
                   EM_OK) {
        check(em_robots_txt_check(em_robots_txt_form(&robots), NULL) == EM_OK);
        check(query.path.len > 0 && query.path.data[0] == '/');
        ask(em_robots_txt_form(&robots), agent, &query);
        check(em_robots_pattern_matches(agent, query.path) == naive(agent, query.path));
    }
    em_robots_txt_release(&robots);
    em_robots_query_release(&query);
    return 0;
}
