/* SPDX-License-Identifier: Apache-2.0
 *
 * What becomes of a page: opt-outs decide what is kept of it, redirects and links go to the
 * frontier, the exchange goes into the WARC, and the frontier hears that it is done.
 *
 * A page whose owner reserves it (noarchive, noindex, TDMRep, ...: em_optout_forbids) is
 * written with its header and without its body, marked as truncated: the archive says that
 * it was there and what was said of it, and no scan of the archive can use its text.
 */
#include "pipeline/crawl/crawl_int.h"

#include "base/alloc.h"
#include "base/doc.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/wire/codes.h"
#include "base/wire/domain.h"
#include "crawler/web/sitemap.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* What no archive and no index may have the text of. */
enum { EM_WITHHOLD = EM_USE_ARCHIVE | EM_USE_LIST | EM_USE_ANALYSE };

static void done(struct em_crawl *c, struct em_crawl_fetch *fetch,
                 const struct em_frontier_result *result)
{
    uint64_t id = fetch->host;
    em_crawl_fail(c, em_frontier_done(c->frontier, &fetch->task, result, c->err));
    em_crawl_fetch_free(c, fetch);
    c->dirty++;
    c->taken_pages--;
    c->paced_ms = result->now_ms;
    em_crawl_host_settled(c, id);
}

void em_crawl_settle_failed(struct em_crawl *c, struct em_crawl_fetch *fetch,
                            const struct em_fetch_result *r)
{
    struct em_frontier_result result = {.outcome = EM_OUTCOME_FAILED,
                                        .http_status = r->status,
                                        .error = (uint8_t)r->error,
                                        .now_ms = em_crawl_now(c),
                                        .score = NAN};
    if (r->error == EM_FETCH_CANCELLED || r->error == EM_FETCH_EXHAUSTED) {
        result.outcome = EM_OUTCOME_RETURNED; /* the host is not to blame */
    } else if (fetch->unwanted) {
        result.outcome = EM_OUTCOME_CUT;
        result.cut = EM_CUT_MIME;
        result.no_revisit = true;
    } else if (r->error == EM_FETCH_BLOCKED) {
        result.outcome = EM_OUTCOME_CUT;
        result.cut = EM_CUT_ADDRESS;
    } else {
        c->stats->failed++;
    }
    done(c, fetch, &result);
}

void em_crawl_settle_returned(struct em_crawl *c, struct em_crawl_fetch *fetch)
{
    const struct em_frontier_result result = {
        .outcome = EM_OUTCOME_RETURNED, .now_ms = em_crawl_now(c), .score = NAN};
    done(c, fetch, &result);
}

/* --- links ------------------------------------------------------------------------------ */

static struct em_crawl_hop *hop_of(struct em_crawl *c, uint64_t url)
{
    return &c->hops[em_mix64(url) % EM_CRAWL_HOPS];
}

/* The scope follows a seed that has moved; the note makes it hold after a restart. */
static void widen(struct em_crawl *c, const struct em_url *url)
{
    enum em_status status = em_scope_seed(c->scope, url, c->err);
    if (status == EM_OK)
        status = em_buf_append_view(&c->widened, em_url_href(url));
    if (status == EM_OK)
        status = em_buf_putc(&c->widened, '\n');
    if (status == EM_OK)
        status = em_frontier_note_put(c->frontier, EM_VIEW("scope"),
                                      em_buf_view(&c->widened), c->err);
    if (status != EM_ERR_LIMIT)
        em_crawl_fail(c, status);
}

/* How the URL of a task came about. */
static struct em_crawl_hop hop_before(struct em_crawl *c,
                                      const struct em_frontier_task *task)
{
    struct em_crawl_hop before = *hop_of(c, task->hash);
    if (before.url != task->hash)
        before = (struct em_crawl_hop){.hops = 0};
    before.seed |= task->source == EM_LINK_SEED;
    return before;
}

/* Adds c->url, and remembers how it came about. */
static void add_hop(struct em_crawl *c, const struct em_frontier_link *link,
                    struct em_crawl_hop hop)
{
    enum em_cut cut;
    em_crawl_fail(c, em_crawl_add(c, &c->url, link, &cut));
    struct em_view href = em_url_href(&c->url);
    hop.url = em_hash64(href.data, href.len, 0);
    *hop_of(c, hop.url) = hop;
}

/* The reader of the task's page is sent on to `to`, which is relative to c->base. */
static void send_on(struct em_crawl *c, const struct em_crawl_fetch *fetch,
                    struct em_view to)
{
    const struct em_frontier_task *task = &fetch->task;
    struct em_crawl_hop hop = hop_before(c, task);
    struct em_frontier_link link = {
        .source = task->source == EM_LINK_LISTING ? EM_LINK_LISTING : EM_LINK_REDIRECT,
        .depth = task->depth,
        .linking = NAN,
        .inclusion = task->inclusion};
    if (em_url_parse(&c->url, to, &c->base) != EM_OK) {
        em_frontier_cut(c->frontier, EM_CUT_URL_BAD);
        return;
    }
    if (++hop.hops > c->o->max_redirects) {
        em_frontier_cut(c->frontier, EM_CUT_REDIRECTS);
        return;
    }
    if (hop.seed && (c->url.scheme == EM_SCHEME_HTTP || c->url.scheme == EM_SCHEME_HTTPS))
        widen(c, &c->url);
    add_hop(c, &link, hop);
}

/* True where the answer leads elsewhere; the target is in the frontier then, or cut. */
static bool redirect(struct em_crawl *c, const struct em_crawl_fetch *fetch,
                     const struct em_work *work, struct em_view header)
{
    struct em_view to = em_field_get(header, EM_VIEW("Location"));
    bool moved = work->status == 301 || work->status == 302 || work->status == 303 ||
                 work->status == 307 || work->status == 308;
    if (!moved || to.len == 0)
        return false;
    c->stats->redirects++;
    if (em_url_parse(&c->base, em_buf_view(&work->url), NULL) == EM_OK)
        send_on(c, fetch, to);
    return true;
}

/* Does robots.txt of the page's host name this sitemap? */
static bool vouched(struct em_crawl *c, const struct em_url *sitemap,
                    const struct em_url *page)
{
    struct em_view form, named;
    enum em_robots_state state;
    enum em_status status;
    size_t cursor = 0;
    em_buf_clear(&c->text);
    if (!em_url_origin(page, &c->text, &status) || status < 0)
        return false;
    uint64_t id = em_hash64(c->text.data, c->text.len, 0);
    if (em_frontier_robots_get(c->frontier, id, em_crawl_now(c), &state, &form, NULL) !=
            EM_OK ||
        form.len == 0)
        return false;
    while (em_robots_txt_sitemap(form, &cursor, &named))
        if (em_view_eq(named, em_url_href(sitemap)))
            return true;
    return false;
}

/* A sitemap that an index lists: indexes in indexes come to an end. */
static void add_listed(struct em_crawl *c, const struct em_crawl_fetch *fetch,
                       const struct em_frontier_link *link)
{
    struct em_crawl_hop hop = hop_before(c, &fetch->task);
    if (fetch->task.source != EM_LINK_LISTING)
        hop = (struct em_crawl_hop){.nest = 0};
    hop.seed = false;
    if (++hop.nest > EM_CRAWL_NEST)
        em_frontier_cut(c->frontier, EM_CUT_SITEMAP_NEST);
    else
        add_hop(c, link, hop);
}

static void add_link(struct em_crawl *c, const struct em_crawl_fetch *fetch,
                     const struct em_work *work, const struct em_work_link *item,
                     struct em_view href, bool nofollow)
{
    static const enum em_link_source sources[] = {
        [EM_WORK_LINK] = EM_LINK_PAGE,         [EM_WORK_SITEMAP_PAGE] = EM_LINK_SITEMAP,
        [EM_WORK_SITEMAP] = EM_LINK_LISTING,   [EM_WORK_FEED] = EM_LINK_FEED,
        [EM_WORK_FEED_LINK] = EM_LINK_LISTING, [EM_WORK_REFRESH] = EM_LINK_REDIRECT};
    struct em_frontier_link link = {.source = sources[item->type],
                                    .depth = fetch->task.depth + 1,
                                    .linking = work->score,
                                    .lastmod_ms = item->lastmod_ms};
    enum em_cut cut;
    if (nofollow || (c->o->obey && (item->rel & EM_LINK_NOFOLLOW))) {
        em_frontier_cut(c->frontier, EM_CUT_NOFOLLOW);
        return;
    }
    if (item->type == EM_WORK_REFRESH) {
        send_on(c, fetch, href);
        return;
    }
    if (em_url_parse(&c->url, href, NULL) != EM_OK) {
        em_frontier_cut(c->frontier, EM_CUT_URL_BAD);
        return;
    }
    if (item->type == EM_WORK_SITEMAP) {
        link.depth = fetch->task.depth;
        add_listed(c, fetch, &link);
        return;
    }
    if (item->type == EM_WORK_SITEMAP_PAGE &&
        !em_sitemap_covers(&c->base, &c->url, false) && !vouched(c, &c->base, &c->url)) {
        c->stats->foreign++;
        return;
    }
    em_crawl_fail(c, em_crawl_add(c, &c->url, &link, &cut));
}

static void add_links(struct em_crawl *c, const struct em_crawl_fetch *fetch,
                      const struct em_work *work, bool nofollow)
{
    struct em_work_link item;
    if (em_url_parse(&c->base, em_buf_view(&work->url), NULL) != EM_OK)
        return;
    for (size_t at = 0; at + sizeof(item) <= work->links.len && c->status == EM_OK;) {
        memcpy(&item, work->links.data + at, sizeof(item));
        at += sizeof(item);
        add_link(c, fetch, work, &item, em_view_make(work->links.data + at, item.len),
                 nofollow);
        at += item.len;
    }
    c->stats->links += work->n_links;
    c->stats->sitemaps += work->sitemap;
}

/* --- the archive ----------------------------------------------------------------------------- */

static void meta_flags(struct em_buf *meta, const char *name, uint32_t flags)
{
    const char *between = "";
    if (!flags || em_buf_printf(meta, "%s: ", name) < 0)
        return;
    for (uint32_t flag = 1; flag; flag <<= 1)
        if ((flags & flag) && em_optout_name(flag)) {
            if (em_buf_printf(meta, "%s%s", between, em_optout_name(flag)) < 0)
                return;
            between = ", ";
        }
    if (em_buf_printf(meta, "\r\n") < 0)
        return;
}

/* One line for a Content-Usage with words that state nothing to us, as it was written. */
static enum em_status metadata_usage(struct em_buf *m, const char *name,
                                     struct em_view value)
{
    EM_TRY(em_buf_printf(m, "%s: ", name));
    for (size_t i = 0; i < value.len; i++) /* a folded field is one line here */
        EM_TRY(em_buf_putc(m, (unsigned char)value.data[i] < ' ' ? ' ' : value.data[i]));
    return em_buf_append_view(m, EM_VIEW("\r\n"));
}

static enum em_status metadata_usages(struct em_crawl *c, const struct em_work *work)
{
    struct em_view header = em_view_sub(em_buf_view(&work->message), 0, work->header_len);
    struct em_view name, value, form, url = em_buf_view(&work->url);
    enum em_robots_state state;
    size_t at = 0, cursor = 0;
    struct em_buf *m = &c->meta;
    if (work->general & EM_OPTOUT_USAGE_OTHER) {
        EM_TRY(em_frontier_robots_get(c->frontier,
                                      ((struct em_crawl_fetch *)work->tag)->host,
                                      em_crawl_now(c), &state, &form, NULL));
        EM_TRY(em_robots_query_set(&c->query, url));
        while (form.len && em_robots_txt_usage(form, em_view_of(c->o->agent), &c->query,
                                               &cursor, &value))
            EM_TRY(metadata_usage(m, "content-usage-site", value));
    }
    if (work->header_flags & EM_OPTOUT_USAGE_OTHER)
        while (em_field_next(header, &at, &name, &value))
            if (em_view_ieq(name, EM_VIEW("content-usage")) &&
                (em_optout_usage(value, NULL) & EM_OPTOUT_USAGE_OTHER))
                EM_TRY(metadata_usage(m, "content-usage-header", value));
    return EM_OK;
}

static enum em_status metadata(struct em_crawl *c, const struct em_crawl_fetch *fetch,
                               const struct em_work *work, uint32_t flags, bool withheld)
{
    const struct em_frontier_task *task = &fetch->task;
    struct em_buf *m = &c->meta;
    em_buf_clear(m);
    EM_TRY(em_buf_printf(m,
                         "fetchTimeMs: %" PRId64 "\r\nhopsFromSeed: %u\r\nqueue: %s\r\n",
                         work->took_ms, task->depth, em_class_name(task->class)));
    if (work->lang[0])
        EM_TRY(
            em_buf_printf(m, "language: %s\r\nwords: %u\r\n", work->lang, work->words));
    if (work->n_links)
        EM_TRY(em_buf_printf(m, "links: %u\r\n", work->n_links));
    if (!isnan(work->score))
        EM_TRY(em_buf_printf(m, "score: %.4f\r\n", work->score));
    meta_flags(m, "optout-site", work->general);
    meta_flags(m, "optout-header", work->header_flags);
    meta_flags(m, "optout-page", work->page_flags);
    meta_flags(m, "optout-licence", work->licence);
    meta_flags(m, "optout", flags);
    if (work->named.len)
        EM_TRY(em_buf_printf(m, "licence: %.*s\r\n",
                             EM_VIEW_ARGS(em_buf_view(&work->named))));
    EM_TRY(metadata_usages(c, work));
    if (withheld)
        EM_TRY(em_buf_printf(m, "withheld: body\r\n"));
    return EM_OK;
}

/* The bytes of "sha1:" and 32 digits. */
static enum em_status digest_bytes(struct em_crawl *c, const char *text, uint8_t out[20])
{
    if (em_base32_read(em_view_of(text + strlen("sha1:")), out, 20))
        return EM_OK;
    return em_fail(c->err, EM_ERR_INTERNAL, "crawl", "'%s' is no digest", text);
}

static void digest_text(const uint8_t bytes[20], char out[EM_WARC_DIGEST])
{
    memcpy(out, "sha1:", 5);
    em_base32_write(out + 5, em_view_make((const char *)bytes, 20));
}

/* A focused crawl that ends before everything is fetched, as they do, has fetched what scored
 * high and of the rest what came first: no probability of having been fetched is known that
 * would make weights right. So each of its pages says 0, "not drawn as a sample", and estimates
 * do not count it (index/answers/prevalence.h). */

/* Writes the exchange; *digest is that of the payload as it was received. A revisit refers to
 * the capture that holds the payload, not to another revisit: replay tools look no further. */
static enum em_status archive(struct em_crawl *c, const struct em_crawl_fetch *fetch,
                              const struct em_work *work, uint32_t flags, bool withheld,
                              struct em_frontier_result *result, uint8_t digest[20])
{
    const struct em_frontier_task *task = &fetch->task;
    struct em_view message = em_buf_view(&work->message);
    struct em_warc_exchange exchange = {
        .url = em_buf_view(&work->url),
        .date = work->date,
        .ip = em_view_of(work->ip),
        .http_version = work->http_version,
        .request = em_buf_view(&work->request),
        .header = em_view_sub(message, 0, work->header_len),
        .body = em_view_sub(message, work->header_len, message.len),
        .truncated = work->truncated,
        .earlier.date = EM_DATE_UNKNOWN,
    };
    struct em_warc_written written;
    char text[EM_WARC_DIGEST], earlier[EM_WARC_DIGEST];
    if (c->o->frontier.focus.focus != EM_FOCUS_UNIFORM)
        exchange.inclusion = EM_VIEW("0"); /* see below */
    EM_TRY(metadata(c, fetch, work, flags, withheld));
    exchange.metadata = em_buf_view(&c->meta);
    if (withheld) {
        EM_TRY(em_warc_payload_digest(exchange.body, text));
        exchange.body = EM_VIEW_NONE;
        exchange.truncated = "unspecified";
    } else if (task->digest_known && task->stored_ms) {
        digest_text(task->digest, earlier);
        exchange.earlier.digest = em_view_of(earlier);
        exchange.earlier.url = exchange.url;
        exchange.earlier.date = task->stored_ms / 1000;
    }
    EM_TRY(em_warc_write(c->warc, &exchange, &written, c->err));
    EM_TRY(digest_bytes(c, withheld ? text : written.digest, digest));
    if (written.kind != EM_WARC_RESPONSE || work->status == 304)
        result->stored_ms = task->stored_ms;
    else
        result->stored_ms = withheld ? 0 : 1000 * work->date;
    return EM_OK;
}

/* --- a page ------------------------------------------------------------------------------------ */

/* Why a page that was read is not kept, or EM_CUT_NONE. */
static enum em_cut cut_of(struct em_crawl *c, const struct em_work *work,
                          struct em_frontier_host *known)
{
    if (work->status != 200 || work->drop != EM_DROP_NONE || work->sitemap ||
        work->words == 0)
        return EM_CUT_NONE;
    enum em_cut cut = em_scope_language(c->scope, em_view_of(work->lang));
    if (cut != EM_CUT_NONE ||
        em_url_parse(&c->url, em_buf_view(&work->url), NULL) != EM_OK)
        return cut;
    cut = em_trap_page(&c->o->frontier.trap, &known->trap, &c->url, work->sketch);
    return cut != EM_CUT_NONE ? cut
                              : em_trap_page_words(&c->o->frontier.trap, &known->trap,
                                                   &c->url, &work->said);
}

static void count_flags(struct em_crawl *c, const struct em_work *work, uint32_t flags,
                        bool withheld)
{
    for (unsigned bit = 0; bit < 32; bit++)
        c->stats->optouts[bit] += flags >> bit & 1;
    c->stats->withheld += withheld;
    c->stats->truncated += work->truncated != NULL;
    c->stats->judged += isnan(work->score) ? 0 : 1;
    c->stats->machine += work->machine ? 1 : 0;
}

/* A page that is kept: its links, its exchange, its outcome. */
static enum em_status keep(struct em_crawl *c, struct em_crawl_fetch *fetch,
                           const struct em_work *work, struct em_frontier_result *result,
                           uint8_t digest[20])
{
    const struct em_frontier_task *task = &fetch->task;
    struct em_view header = em_view_sub(em_buf_view(&work->message), 0, work->header_len);
    uint32_t flags = em_work_flags(work);
    unsigned forbids = c->o->obey ? em_optout_forbids(flags) : 0;
    bool withheld = (forbids & EM_WITHHOLD) && work->status == 200 &&
                    work->message.len > work->header_len;
    bool same;
    if (redirect(c, fetch, work, header))
        result->outcome = EM_OUTCOME_REDIRECTED;
    else if (result->outcome != EM_OUTCOME_FAILED && !work->truncated)
        result->etag = em_field_etag(header),
        result->last_modified = em_field_last_modified(header);
    add_links(c, fetch, work, (forbids & EM_USE_FOLLOW) != 0);
    EM_TRY(archive(c, fetch, work, flags, withheld, result, digest));
    count_flags(c, work, flags, withheld);
    same = task->digest_known && memcmp(task->digest, digest, 20) == 0;
    if (work->status == 304) {
        result->outcome = EM_OUTCOME_UNCHANGED;
        memcpy(digest, task->digest, 20);
        if (result->etag.len == 0)
            result->etag = task->etag;
        if (result->last_modified.len == 0)
            result->last_modified = task->last_modified;
    } else if (result->outcome == EM_OUTCOME_FETCHED && same) {
        result->outcome = EM_OUTCOME_UNCHANGED;
    }
    result->digest = work->status == 304 && !task->digest_known ? NULL : digest;
    result->no_revisit = work->status == 404 || work->status == 410;
    return EM_OK;
}

static void settle_page(struct em_crawl *c, struct em_crawl_fetch *fetch,
                        const struct em_work *work)
{
    uint8_t digest[20] = {0};
    struct em_frontier_host *known = em_frontier_host_get(c->frontier, fetch->host);
    struct em_frontier_result result = {
        .outcome = work->status == 429 || work->status >= 500 ? EM_OUTCOME_FAILED
                                                              : EM_OUTCOME_FETCHED,
        .http_status = work->status,
        .now_ms = em_crawl_now(c),
        .score = work->score};
    result.cut = cut_of(c, work, known);
    if (result.cut != EM_CUT_NONE)
        result.outcome = EM_OUTCOME_CUT;
    else
        em_crawl_fail(c, keep(c, fetch, work, &result, digest));
    c->stats->unchanged += result.outcome == EM_OUTCOME_UNCHANGED;
    c->stats->failed += result.outcome == EM_OUTCOME_FAILED;
    if (result.outcome == EM_OUTCOME_FETCHED || result.outcome == EM_OUTCOME_UNCHANGED) {
        c->stats->pages++;
        c->stats->run_pages++;
    }
    done(c, fetch, &result);
}

/* With a focus on echoes the score is the share of the page that other sites had before. What
 * they had echoes from then on, too. */
static void score_echo(struct em_crawl *c, struct em_work *work, uint64_t host)
{
    struct em_crawl_echo_first firsts[EM_CRAWL_ECHO_FIRSTS];
    struct em_domain domain;
    if (!c->echo || work->prints.len == 0)
        return;
    em_domain_of(em_buf_view(&work->url), &domain);
    work->score = em_crawl_echo_score(c->echo, domain.registrable, host,
                                      (const uint64_t *)(const void *)work->prints.data,
                                      work->prints.len / sizeof(uint64_t), firsts);
    for (unsigned i = 0; i < EM_CRAWL_ECHO_FIRSTS && firsts[i].host; i++)
        em_frontier_host_correct(c->frontier, firsts[i].host, firsts[i].share);
}

void em_crawl_settle(struct em_crawl *c, struct em_work *work)
{
    struct em_crawl_fetch *fetch = work->tag;
    struct em_frontier_host *known = em_frontier_host_get(c->frontier, fetch->host);
    if (!known) {
        em_crawl_fail(c, em_fail(c->err, EM_ERR_INTERNAL, "crawl", "a page of no host"));
        em_crawl_fetch_free(c, fetch);
    } else if (fetch->kind == EM_CRAWL_PROBE) {
        uint64_t id = fetch->host;
        c->stats->probes++;
        em_trap_missing(&known->trap, work->status, work->sketch);
        em_crawl_fetch_free(c, fetch);
        em_crawl_host_settled(c, id);
    } else if (work->named_unknown &&
               em_crawl_licence_want(c, em_crawl_host_of(c, fetch->host),
                                     em_buf_view(&work->named))) {
        em_crawl_settle_returned(
            c, fetch); /* asked for again, and then its licence is known */
    } else {
        score_echo(c, work, fetch->host);
        settle_page(c, fetch, work);
    }
    em_work_drop(c->pool, work);
}
