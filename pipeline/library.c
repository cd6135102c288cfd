/* SPDX-License-Identifier: Apache-2.0
 *
 * The installed interface (include/echometer.h) over the rooms: no logic of its own.
 */
#include "include/echometer.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/limits.h"
#include "crawler/archive/archive.h"
#include "crawler/page/extract.h"
#include "detector/detector.h"

#include <stdio.h>

struct echometer {
    struct em_model *model;
    struct em_detector *detector;
    struct em_extractor *extractor;
    struct em_extractor *whole; /* made when it is first asked for */
    struct em_page_decoder *decoder;
    struct em_source *source;
    struct em_arena arena; /* strings of the document handed out */
    char *path;
    struct echometer_counts counts;
};

const char *echometer_version(void)
{
    return EM_VERSION;
}

const char *echometer_strerror(int status)
{
    return em_status_text((enum em_status)status);
}

static int explain(enum em_status status, const struct em_err *err, char *why, size_t len)
{
    if (status < 0 && why && len)
        snprintf(why, len, "%s",
                 err->status == status && err->text[0] ? err->text
                                                       : em_status_text(status));
    return status;
}

static enum em_status open_parts(struct echometer *em, const char *model_path,
                                 struct em_err *err)
{
    struct em_extract_options extract = {.all = false};
    struct em_detect_options detect = {.fpr = 0};
    EM_TRY(em_extractor_new(&em->extractor, &extract, err));
    EM_TRY(em_page_decoder_new(&em->decoder, NULL, err));
    if (!model_path)
        return EM_OK;
    EM_TRY(em_model_load(&em->model, model_path, err));
    return em_detector_new(&em->detector, em->model, &detect, err);
}

int echometer_open(struct echometer **out, const char *model_path, char *why,
                   size_t why_len)
{
    struct em_err err = {.status = EM_OK};
    struct echometer *em = em_calloc(1, sizeof(*em));
    *out = em;
    if (!em)
        return explain(EM_ERR_NOMEM, &err, why, why_len);
    em_arena_init(&em->arena, EM_ARENA_MAX);
    enum em_status status = open_parts(em, model_path, &err);
    if (status < 0) {
        echometer_close(em);
        *out = NULL;
    }
    return explain(status, &err, why, why_len);
}

void echometer_close(struct echometer *em)
{
    if (!em)
        return;
    em_source_free(em->source);
    em_detector_free(em->detector);
    em_model_free(em->model);
    em_extractor_free(em->extractor);
    em_extractor_free(em->whole);
    em_page_decoder_free(em->decoder);
    em_arena_release(&em->arena);
    em_free(em->path);
    em_free(em);
}

int echometer_read(struct echometer *em, const char *path, char *why, size_t why_len)
{
    struct em_err err = {.status = EM_OK};
    struct em_source_options options = {.verify = false};
    em_source_free(em->source);
    em->source = NULL;
    em->counts = (struct echometer_counts){.records = 0};
    em_free(em->path);
    em->path = em_strdup(path);
    enum em_status status = EM_ERR_NOMEM;
    if (em->path)
        status = em_source_open(&em->source, path, &options, &err);
    return explain(status, &err, why, why_len);
}

static const struct echometer_block *copy_blocks(struct em_arena *arena,
                                                 const struct em_doc *doc)
{
    struct echometer_block *blocks =
        em_arena_alloc(arena, (doc->n_blocks + 1) * sizeof(*blocks));
    for (size_t i = 0; blocks && i < doc->n_blocks; i++) {
        const struct em_block *b = &doc->blocks[i];
        blocks[i] = (struct echometer_block){.start = b->start,
                                             .end = b->end,
                                             .page_start = b->page_start,
                                             .page_end = b->page_end,
                                             .link_bytes = b->link_chars,
                                             .kind = b->kind,
                                             .flags = b->flags};
    }
    return blocks;
}

/* Views become strings; false when memory is short. */
static bool hand_out(struct echometer *em, const struct em_page *page,
                     const struct em_doc *doc, struct echometer_document *document)
{
    struct em_arena *a = &em->arena;
    em_arena_reset(a);
    *document = (struct echometer_document){
        .id = em_arena_copy(a, page->id.len ? page->id : page->origin.record).data,
        .url = em_arena_copy(a, page->url).data,
        .date = em_arena_copy(a, page->date).data,
        .published = em_arena_copy(a, doc->published).data,
        .title = em_arena_copy(a, doc->title).data,
        .lang = em_arena_copy(a, doc->lang).data,
        .text = em_arena_copy(a, doc->text).data,
        .text_len = doc->text.len,
        .words = doc->words,
        .file = em->path ? em->path : "",
        .offset = page->origin.offset,
        .published_by = em_arena_copy(a, doc->published_by).data,
        .author = em_arena_copy(a, doc->author).data,
        .site = em_arena_copy(a, doc->site).data,
        .excerpt = em_arena_copy(a, doc->excerpt).data,
        .canonical = em_arena_copy(a, doc->canonical).data,
        .lang_attribute = em_arena_copy(a, doc->lang_attribute).data,
        .robots = doc->robots ? doc->robots->rules : 0,
        .blocks = copy_blocks(a, doc),
        .n_blocks = doc->n_blocks,
        .charset = em_arena_copy(a, doc->charset).data,
        .replaced = doc->replaced,
        .hidden_bytes = doc->hidden_bytes,
        .noscript_bytes = doc->noscript_bytes,
        .cut = doc->cut,
    };
    /* The header's names for the rules are these bits. */
    _Static_assert((int)ECHOMETER_NOINDEX == EM_ROBOTS_NOINDEX &&
                       (int)ECHOMETER_NOAI == EM_ROBOTS_NOAI &&
                       (int)ECHOMETER_UNAVAILABLE_AFTER == EM_ROBOTS_UNAVAILABLE,
                   "robots rules");
    _Static_assert((int)ECHOMETER_OTHER == EM_BLOCK_OTHER &&
                       (int)ECHOMETER_QUOTE == EM_BLOCK_QUOTE &&
                       (int)ECHOMETER_MAIN == EM_BLOCK_MAIN &&
                       (int)ECHOMETER_HIDDEN == EM_BLOCK_HIDDEN,
                   "kinds and flags of blocks");
    return document->blocks && document->charset && document->published_by &&
           document->author && document->site && document->excerpt &&
           document->canonical && document->lang_attribute && document->id &&
           document->url && document->date && document->published && document->title &&
           document->lang && document->text;
}

int echometer_next(struct echometer *em, struct echometer_document *document)
{
    struct em_record record;
    struct em_err err;
    if (!em->source)
        return EM_ERR_USAGE;
    enum em_status status;
    while ((status = em_source_next(em->source, &record, &err)) == EM_OK) {
        struct em_page page = {.kind = EM_PAGE_HTML};
        struct em_doc doc;
        em->counts.records++;
        em->counts.damaged += record.error != NULL;
        if (em_page_decode(em->decoder, &record, &page) == EM_DROP_NONE &&
            em_extract(em->extractor, &page, &doc) == EM_DROP_NONE) {
            em->counts.documents++;
            return hand_out(em, &page, &doc, document) ? EM_OK : EM_ERR_NOMEM;
        }
        em->counts.dropped++;
    }
    return status;
}

void echometer_counts(const struct echometer *em, struct echometer_counts *counts)
{
    *counts = em->counts;
}

static int extract(struct echometer *em, struct em_extractor *extractor, const char *html,
                   size_t len, const char *url, const char *charset,
                   struct echometer_document *document)
{
    struct em_page page = {
        .kind = EM_PAGE_HTML,
        .url = em_view_of(url),
        .charset = em_view_of(charset),
        .body = em_view_make(html, len),
    };
    struct em_doc doc;
    if (em_extract(extractor, &page, &doc) != EM_DROP_NONE)
        return EM_END;
    return hand_out(em, &page, &doc, document) ? EM_OK : EM_ERR_NOMEM;
}

int echometer_extract(struct echometer *em, const char *html, size_t len, const char *url,
                      const char *charset, struct echometer_document *document)
{
    return extract(em, em->extractor, html, len, url, charset, document);
}

int echometer_extract_all(struct echometer *em, const char *html, size_t len,
                          const char *url, const char *charset,
                          struct echometer_document *document)
{
    const struct em_extract_options options = {.all = true, .hidden = true};
    struct em_err err;
    if (!em->whole)
        EM_TRY(em_extractor_new(&em->whole, &options, &err));
    return extract(em, em->whole, html, len, url, charset, document);
}

int echometer_judge(struct echometer *em, const char *text, size_t len, const char *lang,
                    struct echometer_verdict *verdict)
{
    struct em_doc doc = {.text = em_view_make(text, len), .lang = em_view_of(lang)};
    struct em_verdict v;
    struct em_err err;
    if (!em->detector)
        return EM_ERR_USAGE;
    enum em_status status = em_detect(em->detector, &doc, &v, &err);
    if (status < 0)
        return status;
    *verdict = (struct echometer_verdict){
        .kind = (enum echometer_verdict_kind)v.kind,
        .score = v.score,
        .log_odds = v.log_odds,
        .words = v.words,
        .leaks = v.n_leaks,
        .abstained = em_abstain_name(v.abstain),
        .model = v.model,
    };
    return EM_OK;
}
