/* SPDX-License-Identifier: Apache-2.0
 *
 * What a site says before its pages: robots.txt (spec: RFC9309 2.3); its other files are in
 * crawl_files.c. Redirects of robots.txt are followed five times, to other hosts
 * too, each under a grant for the address it leads to; whatever the last one says counts for
 * the host that was asked first (spec: RFC9309 2.3.1.2).
 */
#include "pipeline/crawl/crawl_int.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <math.h>
#include <stdio.h>

struct em_view em_crawl_plain_body(struct em_crawl *c, const struct em_fetch_result *r)
{
    struct em_http_body body;
    em_buf_clear(&c->message);
    if (em_buf_append_view(&c->message, r->header) < 0 ||
        em_buf_append_view(&c->message, r->body) < 0 ||
        !em_http_parse(em_buf_view(&c->message), &c->head) ||
        em_http_decode(c->coder, &c->head, &body) != EM_OK)
        return EM_VIEW_NONE;
    return body.body;
}

bool em_crawl_follow(struct em_crawl *c, struct em_crawl_host *host,
                     const struct em_fetch_result *r)
{
    struct em_view to = em_field_get(r->header, EM_VIEW("Location"));
    if (r->error != EM_FETCH_OK || r->status < 300 || r->status > 399 || to.len == 0 ||
        host->hops >= EM_POLITE_ROBOTS_REDIRECTS)
        return false;
    if (em_url_parse(&c->base, r->url, NULL) != EM_OK ||
        em_url_parse(&c->url, to, &c->base) != EM_OK ||
        (c->url.scheme != EM_SCHEME_HTTP && c->url.scheme != EM_SCHEME_HTTPS) ||
        c->url.pass_end > c->url.user)
        return false;
    struct em_view href = em_url_href(&c->url);
    char *hop = em_strndup(href.data, href.len);
    if (!hop) {
        em_crawl_fail(c, EM_ERR_NOMEM);
        return false;
    }
    em_free(host->hop);
    host->hop = hop;
    host->hops++;
    return true;
}

/* Sitemaps that it names; depth 0, as the host's first page. */
static void add_sitemaps(struct em_crawl *c, struct em_view form)
{
    struct em_frontier_link link = {.source = EM_LINK_LISTING, .linking = 0};
    struct em_view url;
    enum em_cut cut;
    size_t cursor = 0;
    while (c->status == EM_OK && em_robots_txt_sitemap(form, &cursor, &url))
        if (em_url_parse(&c->url, url, NULL) == EM_OK)
            em_crawl_fail(c, em_crawl_add(c, &c->url, &link, &cut));
}

/* A name that was typed without a scheme is tried by https first. Nothing answers there: its
 * seeds are asked for by http, and the https host is given up. */
static bool fall_back(struct em_crawl *c, struct em_frontier_host *known,
                      const struct em_fetch_result *r)
{
    struct em_frontier_link link = {.source = EM_LINK_SEED, .linking = NAN};
    enum em_cut cut;
    bool any = false;
    if (r->error == EM_FETCH_OK || r->error == EM_FETCH_BLOCKED ||
        r->error == EM_FETCH_DNS || known->fetched ||
        !em_view_starts(known->origin, EM_VIEW("https://")))
        return false;
    struct em_view name = em_view_sub(known->origin, 8, known->origin.len);
    for (size_t i = 0; i < c->o->n_seeds && c->status == EM_OK; i++) {
        struct em_view seed = em_view_of(c->o->seeds[i]);
        if (em_view_find(seed, 0, EM_VIEW("://")) < seed.len)
            continue;
        em_buf_clear(&c->text);
        if (em_buf_printf(&c->text, "http://%.*s", EM_VIEW_ARGS(seed)) < 0 ||
            em_url_parse(&c->url, em_buf_view(&c->text), NULL) != EM_OK ||
            !em_view_eq(em_url_host(&c->url), name))
            continue;
        em_crawl_fail(c, em_crawl_add(c, &c->url, &link, &cut));
        any = true;
    }
    return any;
}

static void conclude(struct em_crawl *c, struct em_crawl_host *host,
                     const struct em_fetch_result *r)
{
    struct em_frontier_host *known = em_frontier_host_get(c->frontier, host->id);
    struct em_view form = EM_VIEW_NONE, agent = em_view_of(c->o->agent);
    enum em_robots_state state;
    int64_t now = em_crawl_now(c);
    int64_t retry =
        em_http_retry_after(em_field_get(r->header, EM_VIEW("Retry-After")), now);
    enum em_status status =
        em_frontier_robots_get(c->frontier, host->id, now, &state, &form, c->err);
    bool cached = status == EM_OK && form.len > 0;
    int http = r->error == EM_FETCH_OK ? r->status : 0;
    state = em_polite_robots(&c->o->frontier.polite, &known->polite, now, http, retry,
                             cached);
    bool fresh = state == EM_ROBOTS_RULES && http >= 200 && http <= 299;
    if (status == EM_OK && fresh) {
        status = em_robots_txt_parse(&c->robots, em_crawl_plain_body(c, r));
        form = em_robots_txt_form(&c->robots);
    } else if (status == EM_OK) {
        /* The older rules are in the frontier's memory, which what follows changes. */
        em_buf_clear(&c->robots.form);
        status = em_buf_append_view(&c->robots.form, form);
        form = em_buf_view(&c->robots.form);
    }
    if (status == EM_OK && fresh) {
        long delay = em_robots_txt_delay(form, agent);
        known->polite.crawl_delay_ms = delay > 0 ? (uint32_t)delay : 0;
    }
    if (status == EM_OK)
        status = em_frontier_robots_set(c->frontier, host->id, state, form, now, c->err);
    em_crawl_fail(c, status);
    if (c->status == EM_OK && state == EM_ROBOTS_SUSPEND && fall_back(c, known, r)) {
        known =
            em_frontier_host_get(c->frontier, host->id); /* a commit may have moved it */
        known->polite.trips = c->o->frontier.polite.max_trips;
    }
    c->stats->robots++;
    c->dirty++;
    if (status == EM_OK && fresh && c->o->robots_sitemaps && c->o->scope.max_depth > 0)
        add_sitemaps(c, form);
}

void em_crawl_robots_done(struct em_crawl *c, struct em_crawl_host *host,
                          const struct em_fetch_result *r)
{
    uint64_t id = host->id;
    if (r->error != EM_FETCH_CANCELLED && r->error != EM_FETCH_EXHAUSTED &&
        host->stage != EM_STAGE_LEAVING) {
        if (em_crawl_follow(c, host, r)) {
            em_crawl_host_move(c, host);
        } else if (c->status == EM_OK) {
            bool moved = host->hop != NULL;
            conclude(c, host, r);
            em_free(host->hop);
            host->hop = NULL;
            host->hops = 0;
            if (moved)
                em_crawl_host_move(c, host);
        }
    }
    em_crawl_host_settled(c, id);
}
