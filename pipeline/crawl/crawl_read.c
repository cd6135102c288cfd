/* SPDX-License-Identifier: Apache-2.0
 *
 * One fetched page: what it says of its use, its text, links and items. The page goes the
 * same way as a record of an archive (em_page_decode, em_extract), so a crawl and a scan of
 * its WARC see the same text.
 */
#include "pipeline/crawl/crawl_work.h"

#include "base/alloc.h"
#include "base/doc.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/date.h"
#include "crawler/archive/archive.h"
#include "crawler/archive/coding.h"
#include "crawler/page/extract.h"
#include "crawler/page/meta.h"
#include "base/wire/fields.h"
#include "crawler/web/frontier/trap.h"
#include "base/wire/optout.h"
#include "crawler/web/sitemap.h"
#include "detector/prints.h"
#include "index/passage.h"
#include "pipeline/licences.h"

#include <math.h>
#include <stdio.h>

struct em_reader {
    struct em_work_options options;
    struct em_page_decoder *decoder;
    struct em_coder *coder;
    struct em_extractor *extractor;
    struct em_detector *detector; /* NULL without a model */
    struct em_prints prints;
    struct em_http_head head;
    struct em_url base;
    struct em_work *work; /* the one whose items are being read */
    enum em_sitemap_kind kind;
};

enum em_status em_reader_new(struct em_reader **out,
                             const struct em_work_options *options, struct em_err *err)
{
    static const struct em_extract_options extract = {.links = true};
    struct em_reader *reader = em_calloc(1, sizeof(*reader));
    *out = NULL;
    if (!reader)
        return em_fail(err, EM_ERR_NOMEM, "crawl", "out of memory");
    reader->options = *options;
    em_url_init(&reader->base, EM_MAX_URL);
    em_prints_init(&reader->prints);
    enum em_status status = em_page_decoder_new(&reader->decoder, NULL, err);
    if (status == EM_OK)
        status = em_coder_new(&reader->coder);
    if (status == EM_OK)
        status = em_extractor_new(&reader->extractor, &extract, err);
    if (status == EM_OK && options->model) {
        struct em_detect_options detect = {.fpr = 0};
        status = em_detector_new(&reader->detector, options->model, &detect, err);
    }
    if (status == EM_OK)
        *out = reader;
    else
        em_reader_free(reader);
    return status;
}

void em_reader_free(struct em_reader *reader)
{
    if (!reader)
        return;
    em_page_decoder_free(reader->decoder);
    em_coder_free(reader->coder);
    em_extractor_free(reader->extractor);
    em_detector_free(reader->detector);
    em_url_release(&reader->base);
    em_prints_release(&reader->prints);
    em_free(reader);
}

/* --- links and items ----------------------------------------------------------------------- */

/* Links that do not fit are left out: the page has had its share. */
static void add_link(struct em_work *work, enum em_work_link_type type, uint8_t rel,
                     int64_t lastmod_ms, struct em_view url)
{
    struct em_work_link link = {.lastmod_ms = lastmod_ms,
                                .len = (uint32_t)url.len,
                                .type = (uint8_t)type,
                                .rel = rel};
    if (url.len == 0 || url.len > EM_MAX_URL ||
        em_buf_reserve(&work->links, sizeof(link) + url.len) != EM_OK ||
        em_buf_append(&work->links, &link, sizeof(link)) != EM_OK ||
        em_buf_append_view(&work->links, url) != EM_OK)
        return;
    work->n_links++;
}

static enum em_status take_item(void *context, const struct em_sitemap_item *item)
{
    struct em_reader *reader = context;
    int64_t changed = item->lastmod != EM_DATE_UNKNOWN ? item->lastmod : item->published;
    int64_t ms = changed > 0 && changed < INT64_MAX / 1000 ? 1000 * changed : 0;
    if (item->type == EM_ITEM_SITEMAP)
        add_link(reader->work, EM_WORK_SITEMAP, 0, ms, item->loc);
    else if (item->type == EM_ITEM_PAGE)
        add_link(reader->work, EM_WORK_SITEMAP_PAGE, 0, ms, item->loc);
    return EM_OK;
}

/* A body that is no page may be a sitemap or a feed. */
static void read_items(struct em_reader *reader, struct em_work *work,
                       struct em_view body)
{
    struct em_sitemap *sitemap;
    struct em_sitemap_counts counts = {.items = 0};
    reader->work = work;
    if (em_url_parse(&reader->base, em_buf_view(&work->url), NULL) != EM_OK ||
        em_sitemap_new(&sitemap, &reader->base, take_item, reader) != EM_OK)
        return;
    /* Whatever ends it early, the items before count. */
    enum em_status status = em_sitemap_push(sitemap, body);
    if (status >= 0)
        status = em_sitemap_finish(sitemap, &counts);
    em_sitemap_free(sitemap);
    if (counts.kind == EM_SITEMAP_TEXT && !work->named_listing) {
        em_buf_clear(&work->links);
        work->n_links = 0;
        return;
    }
    work->sitemap = counts.kind != EM_SITEMAP_UNKNOWN;
    if (counts.kind != EM_SITEMAP_RSS && counts.kind != EM_SITEMAP_ATOM)
        return;
    /* A feed speaks for whom it likes: its items are links. */
    for (size_t at = 0; at < work->links.len;) {
        struct em_work_link link;
        memcpy(&link, work->links.data + at, sizeof(link));
        link.type = EM_WORK_FEED;
        memcpy(work->links.data + at, &link, sizeof(link));
        at += sizeof(link) + link.len;
    }
}

static bool xml_like(struct em_view mime)
{
    return em_view_find(mime, 0, EM_VIEW("xml")) < mime.len ||
           em_view_find(mime, 0, EM_VIEW("gzip")) < mime.len ||
           em_view_find(mime, 0, EM_VIEW("rss")) < mime.len;
}

/* Known by what it is: XML whose first element is one of those, or gzip of anything. */
static bool looks_like_listing(struct em_view body)
{
    static const char *const roots[] = {"<urlset", "<sitemapindex", "<rss", "<feed",
                                        "<rdf:"};
    struct em_view head = em_view_sub(body, 0, 1024);
    if (em_view_starts(head, EM_VIEW("\x1F\x8B")))
        return true;
    if (em_view_starts(head, EM_VIEW("\xEF\xBB\xBF")))
        head = em_view_sub(head, 3, head.len);
    head = em_view_trim(head);
    if (head.len == 0 || head.data[0] != '<')
        return false;
    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
        if (em_view_find(head, 0, em_view_of(roots[i])) < head.len)
            return true;
    return false;
}

static void read_listing(struct em_reader *reader, struct em_work *work,
                         struct em_view mime)
{
    struct em_http_body body;
    if (!em_http_parse(em_buf_view(&work->message), &reader->head) ||
        em_http_decode(reader->coder, &reader->head, &body) != EM_OK)
        return;
    if (work->named_listing || xml_like(mime) || looks_like_listing(body.body))
        read_items(reader, work, body.body);
}

static void take_heads(struct em_work *work, const struct em_doc *doc)
{
    static const enum em_work_link_type types[] = {EM_WORK_REFRESH, EM_WORK_FEED_LINK};
    for (size_t i = 0; i < doc->n_heads; i++)
        if (doc->heads[i].kind != EM_HEAD_LICENCE)
            add_link(work, types[doc->heads[i].kind], 0, 0, doc->heads[i].href);
}

/* spec: none; browsers treat the field as they do the element. */
static void take_refresh_field(struct em_reader *reader, struct em_work *work,
                               struct em_view header)
{
    struct em_view to = em_meta_refresh(em_field_get(header, EM_VIEW("Refresh")));
    struct em_url url;
    em_url_init(&url, EM_MAX_URL);
    if (to.len && em_url_parse(&reader->base, em_buf_view(&work->url), NULL) == EM_OK &&
        em_url_parse(&url, to, &reader->base) == EM_OK)
        add_link(work, EM_WORK_REFRESH, 0, 0, em_url_href(&url));
    em_url_release(&url);
}

static void take_links(struct em_work *work, const struct em_doc *doc)
{
    for (size_t i = 0; i < doc->n_links; i++)
        add_link(work, EM_WORK_LINK, doc->links[i].rel, 0, doc->links[i].href);
}

/* --- what is said of its use -------------------------------------------------------------- */

uint32_t em_work_flags(const struct em_work *work)
{
    uint32_t flags = em_optout_page(work->general, work->header_flags, work->page_flags);
    /* What a licence gives takes back nothing that is said against a use elsewhere. */
    return em_optout_override(flags, work->licence);
}

/* The page's own licence takes the place of its site's, where it covers the page. */
static enum em_status take_licence(void *context, struct em_view url)
{
    struct em_work *work = context;
    uint64_t hash = em_hash64(url.data, url.len, 0);
    if (work->named.len)
        return EM_OK; /* the first counts */
    EM_TRY(em_buf_append_view(&work->named, url));
    work->named_unknown = true;
    for (uint32_t i = 0; i < work->n_licences; i++)
        if (work->licences[i].url == hash) {
            work->named_unknown = false;
            work->licence =
                work->licences[i].flags ? work->licences[i].flags : work->licence;
        }
    work->licence |= EM_OPTOUT_LICENCE;
    return EM_OK;
}

/* --- a page ------------------------------------------------------------------------------ */

/* The runs that the index keeps of a text (index/passage.h). A page whose prints do not fit
 * has none. */
static void take_prints(struct em_reader *reader, struct em_work *work,
                        struct em_view text)
{
    const struct em_prints_options options = {.sample_k = EM_PASSAGE_WORDS,
                                              .fraction = EM_PASSAGE_FRACTION};
    if (em_prints_make(&reader->prints, &options, text) < 0)
        return;
    for (size_t i = 0; i < reader->prints.n_sampled; i++) {
        uint64_t hash = reader->prints.sampled[i].hash;
        if (em_buf_append(&work->prints, &hash, sizeof(hash)) < 0) {
            em_buf_clear(&work->prints);
            return;
        }
    }
}

static void judge(struct em_reader *reader, struct em_work *work,
                  const struct em_doc *doc)
{
    struct em_verdict verdict;
    if (work->obey && (work->named_unknown ||
                       (em_optout_forbids(em_work_flags(work)) & EM_USE_ANALYSE)))
        return;
    if (reader->options.prints)
        take_prints(reader, work, doc->text);
    if (!reader->detector)
        return;
    if (em_detect(reader->detector, doc, &verdict, NULL) != EM_OK ||
        verdict.kind == EM_VERDICT_ABSTAIN)
        return;
    work->score = verdict.score;
    work->machine = verdict.kind == EM_VERDICT_MACHINE;
}

static void read_page(struct em_reader *reader, struct em_work *work)
{
    struct em_page page = {.kind = EM_PAGE_HTML};
    struct em_doc doc;
    struct em_record record = {.type = EM_RECORD_RESPONSE,
                               .url = em_buf_view(&work->url),
                               .mime = EM_VIEW("application/http; msgtype=response"),
                               .block = em_buf_view(&work->message),
                               .block_length = work->message.len};
    work->drop = em_page_decode(reader->decoder, &record, &page);
    if (work->drop != EM_DROP_NONE)
        return;
    page.url = em_buf_view(&work->url);
    work->drop = em_extract(reader->extractor, &page, &doc);
    if (doc.robots) /* also of a page without text */
        work->page_flags = em_optout_robots(doc.robots, reader->options.agent);
    if (em_licences_of(EM_VIEW_NONE, &doc, page.url, take_licence, work) < 0)
        return;
    if (reader->options.links)
        take_heads(work, &doc);
    if (work->drop != EM_DROP_NONE)
        return;
    work->words = doc.words;
    snprintf(work->lang, sizeof(work->lang), "%.*s", EM_VIEW_ARGS(doc.lang));
    if (reader->options.sketch) {
        work->sketch = em_trap_sketch(doc.text);
        em_trap_words(&work->said, doc.text);
    }
    if (reader->options.links)
        take_links(work, &doc);
    judge(reader, work, &doc);
}

void em_reader_read(struct em_reader *reader, struct em_work *work)
{
    struct em_view header = em_view_sub(em_buf_view(&work->message), 0, work->header_len);
    struct em_view mime = em_field_mime(header, work->mime);
    work->score = NAN;
    work->header_flags = em_optout_header(header, reader->options.agent);
    if (work->status < 200 || work->status > 299 || work->message.len == work->header_len)
        return;
    if (em_licences_of(header, NULL, em_buf_view(&work->url), take_licence, work) < 0)
        return;
    if (reader->options.links && !em_view_ieq(mime, EM_VIEW("application/xhtml+xml")))
        read_listing(reader, work, mime);
    if (!work->sitemap && reader->options.links)
        take_refresh_field(reader, work, header);
    if (!work->sitemap)
        read_page(reader, work);
}
