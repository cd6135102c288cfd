/* SPDX-License-Identifier: Apache-2.0
 *
 * The installed interface (include/echometer.h) over the rooms: no logic of its own.
 */
#include "pipeline/library/library_int.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "detector/model.h"
#include "detector/shipped.h"

#include <math.h>

const char *echometer_version(void)
{
    return EM_VERSION;
}

const char *echometer_strerror(int status)
{
    return em_status_text((enum em_status)status);
}

/* --- handles ----------------------------------------------------------------------------- */

static void library_unref(struct em_library *shared)
{
    if (!shared || atomic_fetch_sub(&shared->handles, 1) != 1)
        return;
    em_model_free(shared->model);
    em_refs_sets_release(&shared->refs);
    em_free(shared);
}

static enum em_status library_new(struct em_library **out,
                                  const struct echometer_options *options,
                                  struct em_err *err)
{
    struct em_library *shared = em_calloc(1, sizeof(*shared));
    *out = shared;
    if (!shared)
        return EM_ERR_NOMEM;
    atomic_init(&shared->handles, 1);
    em_refs_sets_init(&shared->refs);
    if (!options->without_model)
        EM_TRY(em_models_load("echometer", options->model, true, &shared->model, err));
    return em_refs_sets_add_all(&shared->refs, options->refs, options->n_refs, err);
}

static enum em_status handle_open_parts(struct echometer *em, struct em_err *err)
{
    const struct em_extract_options extract = {.all = false};
    const struct em_detect_options detect = {.fpr = em->options.fpr,
                                             .spans = em->options.spans != 0};
    EM_TRY(em_extractor_new(&em->extractor, &extract, err));
    EM_TRY(em_page_decoder_new(&em->decoder, NULL, err));
    if (em->shared->model)
        EM_TRY(em_detector_new(&em->detector, em->shared->model, &detect, err));
    if (em->shared->refs.n)
        EM_TRY(em_match_maker_new(&em->matches, &em->shared->refs, err));
    return EM_OK;
}

/* A handle on what is shared, which it owns from here on, also when this fails. */
static enum em_status handle_new(struct echometer **out, struct em_library *shared,
                                 const struct echometer_options *options,
                                 struct em_err *err)
{
    struct echometer *em = em_calloc(1, sizeof(*em));
    *out = em;
    if (!em) {
        library_unref(shared);
        return EM_ERR_NOMEM;
    }
    em->shared = shared;
    em->options = *options;
    em->options.model = NULL;
    em->options.refs = NULL;
    em_arena_init(&em->document, EM_ARENA_MAX);
    em_arena_init(&em->verdict, EM_ARENA_MAX);
    return handle_open_parts(em, err);
}

static enum em_status options_check(const struct echometer_options *options,
                                    struct em_err *err)
{
    if (options->size < offsetof(struct echometer_options, model))
        return em_fail(err, EM_ERR_USAGE, "echometer",
                       "options.size is not set: begin with ECHOMETER_OPTIONS_INIT");
    if (!(options->fpr >= 0 && options->fpr < 1))
        return em_fail(err, EM_ERR_USAGE, "echometer", "options.fpr is not in [0, 1)");
    return EM_OK;
}

int echometer_open(struct echometer **out, const struct echometer_options *options,
                   char *why, size_t why_len)
{
    const struct echometer_options defaults = ECHOMETER_OPTIONS_INIT;
    struct echometer_options known = defaults;
    struct em_library *shared = NULL;
    struct em_err err = {.status = EM_OK};
    *out = NULL;
    if (options)
        em_library_hand_out(&known, sizeof(known), options,
                            options->size < sizeof(known) ? options->size
                                                          : sizeof(known));
    enum em_status status = options_check(&known, &err);
    if (status == EM_OK)
        status = library_new(&shared, &known, &err);
    if (status == EM_OK)
        status = handle_new(out, shared, &known, &err);
    else
        library_unref(shared);
    if (status < 0) {
        echometer_close(*out);
        *out = NULL;
    }
    return em_library_explain(status, &err, why, why_len);
}

int echometer_clone(struct echometer **out, struct echometer *em, char *why,
                    size_t why_len)
{
    struct em_err err = {.status = EM_OK};
    atomic_fetch_add(&em->shared->handles, 1);
    enum em_status status = handle_new(out, em->shared, &em->options, &err);
    if (status < 0) {
        echometer_close(*out);
        *out = NULL;
    }
    return em_library_explain(status, &err, why, why_len);
}

void echometer_close(struct echometer *em)
{
    if (!em)
        return;
    em_source_free(em->source);
    em_match_maker_free(em->matches);
    em_detector_free(em->detector);
    em_extractor_free(em->extractor);
    em_extractor_free(em->whole);
    em_page_decoder_free(em->decoder);
    em_arena_release(&em->document);
    em_arena_release(&em->verdict);
    em_free(em->path);
    library_unref(em->shared);
    em_free(em);
}

/* --- the model --------------------------------------------------------------------------- */

const char *echometer_model(const struct echometer *em)
{
    return em->shared->model ? em_model_id(em->shared->model) : NULL;
}

int echometer_threshold(const struct echometer *em, double fpr,
                        struct echometer_threshold *threshold)
{
    const struct em_model *model = em->shared->model;
    struct em_model_threshold own, *t = &own;
    if (!model || !(fpr > 0) || em_model_threshold_at(model, fpr, t, NULL) < 0)
        return EM_ERR_USAGE;
    const char *measured = model->block ? model->block->measured : "";
    for (uint32_t i = 0; i < model->n_thresholds; i++)
        if (model->thresholds[i].log_odds == own.log_odds)
            measured = model->thresholds[i].measured;
    const struct echometer_threshold ours = {.fpr = t->fpr,
                                             .log_odds = t->log_odds,
                                             .fpr_low = t->fpr_low,
                                             .fpr_high = t->fpr_high,
                                             .texts = t->n_human,
                                             .sources = t->n_sources,
                                             .measured = measured};
    em_library_hand_out(threshold, em->options.threshold_size, &ours, sizeof(ours));
    return EM_OK;
}

/* --- documents --------------------------------------------------------------------------- */

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
    if (status < 0 && err.status == status) {
        struct em_err reason = err;
        em_fail(&err, status, "read", "'%s': %s", path, reason.text);
    }
    return em_library_explain(status, &err, why, why_len);
}

static enum em_status document_hand_out(struct echometer *em, const struct em_page *page,
                                        const struct em_doc *doc,
                                        struct echometer_document *document)
{
    struct echometer_document ours;
    em_arena_reset(&em->document);
    if (!em_library_document(&em->document, page, doc, em->path ? em->path : "", &ours))
        return EM_ERR_NOMEM;
    em_library_hand_out(document, em->options.document_size, &ours, sizeof(ours));
    return EM_OK;
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
        enum em_drop drop = em_page_decode(em->decoder, &record, &page);
        em->counts.damaged += record.error || page.damage;
        if (drop == EM_DROP_NONE &&
            em_extract(em->extractor, &page, &doc) == EM_DROP_NONE) {
            em->counts.documents++;
            return document_hand_out(em, &page, &doc, document);
        }
        em->counts.dropped++;
    }
    return status;
}

void echometer_counts(const struct echometer *em, struct echometer_counts *counts)
{
    em_library_hand_out(counts, em->options.counts_size, &em->counts, sizeof(em->counts));
}

static int page_extract(struct echometer *em, struct em_extractor *extractor,
                        const char *html, size_t len, const char *url,
                        const char *charset, struct echometer_document *document)
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
    return document_hand_out(em, &page, &doc, document);
}

int echometer_extract(struct echometer *em, const char *html, size_t len, const char *url,
                      const char *charset, struct echometer_document *document)
{
    return page_extract(em, em->extractor, html, len, url, charset, document);
}

int echometer_extract_all(struct echometer *em, const char *html, size_t len,
                          const char *url, const char *charset,
                          struct echometer_document *document)
{
    const struct em_extract_options options = {.all = true, .hidden = true};
    struct em_err err;
    if (!em->whole)
        EM_TRY(em_extractor_new(&em->whole, &options, &err));
    return page_extract(em, em->whole, html, len, url, charset, document);
}

/* --- verdicts ---------------------------------------------------------------------------- */

int echometer_judge(struct echometer *em, const char *text, size_t len, const char *lang,
                    struct echometer_verdict *verdict)
{
    struct em_doc doc = {.text = em_view_make(text, len), .lang = em_view_of(lang)};
    struct em_verdict v;
    struct em_err err;
    struct echometer_verdict ours;
    if (!em->detector)
        return EM_ERR_USAGE;
    EM_TRY(em_detect(em->detector, &doc, &v, &err));
    if (em->matches)
        EM_TRY(em_match_text(em->matches, doc.text, em_view_of(""), &v, &err));
    em_arena_reset(&em->verdict);
    if (!em_library_verdict(&em->verdict, &v, &ours))
        return EM_ERR_NOMEM;
    em_library_hand_out(verdict, em->options.verdict_size, &ours, sizeof(ours));
    return EM_OK;
}
