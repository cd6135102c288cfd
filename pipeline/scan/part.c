/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/scan/part.h"

#include "base/page_type.h"
#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/wire/domain.h"
#include "detector/lexical.h"
#include "index/cell.h"
#include "index/document.h"
#include "base/wire/optout.h"
#include "index/hit.h"
#include "pipeline/licences.h"

/* The name by which robots rules may speak to us alone. */
#define AGENT "echometer"

void em_parts_init(struct em_parts *parts)
{
    *parts = (struct em_parts){.parts = NULL};
    em_rows_init(&parts->rows);
    em_buf_init(&parts->licence, EM_MAX_LICENCE);
}

void em_parts_clear(struct em_parts *parts)
{
    for (size_t i = 0; i < parts->n_damage; i++)
        em_free(parts->damage[i].reason);
    parts->n = parts->n_damage = 0;
    em_rows_clear(&parts->rows);
}

void em_parts_release(struct em_parts *parts)
{
    em_parts_clear(parts);
    em_free(parts->damage);
    em_free(parts->parts);
    em_rows_release(&parts->rows);
    em_buf_release(&parts->licence);
    em_parts_init(parts);
}

struct em_part *em_parts_of(struct em_parts *parts, const char *file)
{
    /* The latest is nearly always the one. */
    for (size_t i = parts->n; i-- > 0;)
        if (parts->parts[i].file == file)
            return &parts->parts[i];
    if (parts->n == parts->cap) {
        size_t cap = parts->cap ? 2 * parts->cap : 4;
        void *more = em_realloc_array(parts->parts, cap, sizeof(parts->parts[0]));
        if (!more)
            return NULL;
        parts->parts = more;
        parts->cap = cap;
    }
    parts->parts[parts->n] = (struct em_part){.file = file};
    return &parts->parts[parts->n++];
}

enum em_status em_parts_damage(struct em_parts *parts, const char *file, uint64_t offset,
                               const char *reason)
{
    struct em_part *part = em_parts_of(parts, file);
    size_t at = part ? (size_t)(part - parts->parts) : 0, kinds = 0;
    if (!part)
        return EM_ERR_NOMEM;
    part->sum.damaged++;
    for (size_t i = 0; i < parts->n_damage; i++) {
        struct em_part_damage *d = &parts->damage[i];
        if (d->part == at && strcmp(d->reason, reason) == 0) {
            d->count++;
            return EM_OK;
        }
        kinds += d->part == at;
    }
    if (kinds == EM_LEDGER_DAMAGES)
        return EM_OK;
    if (parts->n_damage == parts->cap_damage) {
        size_t cap = parts->cap_damage ? 2 * parts->cap_damage : 4;
        void *more = em_realloc_array(parts->damage, cap, sizeof(parts->damage[0]));
        if (!more)
            return EM_ERR_NOMEM;
        parts->damage = more;
        parts->cap_damage = cap;
    }
    char *copy = em_strdup(reason);
    if (!copy)
        return EM_ERR_NOMEM;
    parts->damage[parts->n_damage++] = (struct em_part_damage){at, copy, 1, offset};
    return EM_OK;
}

static bool has_kind(const struct em_document *d, struct em_view kind)
{
    for (uint32_t i = 0; i < d->leak_kinds; i++)
        if (em_view_eq(d->leaks[i], kind))
            return true;
    return false;
}

static void add_verdict(struct em_document *d, const struct em_verdict *v)
{
    bool judged = v->recorded != EM_VERDICT_ABSTAIN;
    d->kind = (uint8_t)v->recorded;
    d->abstain = (uint8_t)(judged ? EM_ABSTAIN_NONE : v->abstain);
    d->flags |= judged ? EM_DOCUMENT_SCORED : 0;
    d->flags |= judged && v->raw_style >= 0 ? EM_DOCUMENT_STYLE : 0;
    d->log_odds = judged ? (float)v->raw_log_odds : 0;
    d->share = v->share >= 0 ? (float)v->share : -1;
    d->edited = judged && v->edited >= 0 ? (float)v->edited : -1;
    for (size_t i = 0; i < v->n_matches; i++)
        if (strcmp(v->matches[i].kind, "model-output") == 0)
            d->flags |= EM_DOCUMENT_KNOWN;
    d->style = (float)v->raw_style;
    d->n_leaks = (uint32_t)v->n_leaks;
    d->n_matches = (uint32_t)v->n_matches;
    for (size_t i = 0; i < v->n_leaks && d->leak_kinds < EM_DOCUMENT_LEAKS; i++)
        if (!has_kind(d, em_view_of(v->leaks[i].kind)))
            d->leaks[d->leak_kinds++] = em_view_of(v->leaks[i].kind);
}

/* The word tables are of English; estimates are over documents with a score. */
static void add_words(struct em_document *d, const struct em_doc *doc)
{
    if (!(d->flags & EM_DOCUMENT_STYLE) || !em_view_eq(doc->lang, EM_VIEW("en")))
        return;
    struct em_lexical lexical = em_lexical_measure(doc->text);
    if (!lexical.measured)
        return;
    d->flags |= EM_DOCUMENT_LEXICAL;
    d->flags |= lexical.marked ? EM_DOCUMENT_MARKED : 0;
    d->lexical = lexical.ratio;
}

static struct em_view cut(struct em_view v, size_t max)
{
    return em_view_sub(v, 0, max);
}

/* Inverse probabilities multiply: of being crawled, and of being sampled from what was. */
static float weight_of(const struct em_record_context *context,
                       const struct em_page *page)
{
    double sampled = context->weight > 0 ? context->weight : 1;
    if (page->inclusion < 0)
        return 0;
    return (float)(page->inclusion > 0 ? sampled / (double)page->inclusion : sampled);
}

static struct em_document document_of(const struct em_record_context *context,
                                      const struct em_page *page,
                                      const struct em_doc *doc,
                                      const struct em_domain *domain,
                                      const struct em_verdict *verdict)
{
    struct em_view published = doc->published.len ? doc->published : page->published;
    struct em_document d = {
        .domain = domain->registrable,
        .date = em_date_parse(page->date),
        .file = context->file_id,
        .number = page->origin.number,
        .model = context->model,
        .flags = page->truncated ? EM_DOCUMENT_TRUNCATED : 0,
        .kind = EM_VERDICT_ABSTAIN,
        .style = -1,
        .share = -1,
        .edited = -1,
        .weight = weight_of(context, page),
        .published = em_date_parse(published),
        .offset = page->origin.offset,
        .length = page->origin.length,
        .text_hash = em_hash64(doc->text.data, doc->text.len, 0),
        .words = doc->words,
        .hidden_bytes = doc->hidden_bytes,
        .optouts = em_optout_page(0, em_optout_header(page->http_header, AGENT),
                                  doc->robots ? em_optout_robots(doc->robots, AGENT) : 0),
        .lang = cut(doc->lang, EM_MAX_LANG),
        .url = page->url,
        .id = page->url.len ? EM_VIEW_NONE : page->id,
        .published_by = doc->published.len
                            ? (uint8_t)em_document_published_by(doc->published_by)
                        : published.len ? EM_PUBLISHED_SOURCE
                                        : EM_PUBLISHED_UNKNOWN,
    };
    d.url_hash = em_name_hash(d.url.len ? d.url : d.id);
    enum em_page_type type = em_page_type_of(doc->page_type);
    if (type != EM_PAGE_TYPES) {
        d.page_type = (uint8_t)(type + 1);
        d.page_type_score = doc->page_type_score;
    }
    if (verdict)
        add_verdict(&d, verdict);
    add_words(&d, doc);
    return d;
}

static enum em_status add_document_row(struct em_rows *rows, const struct em_document *d)
{
    struct em_buf key, value;
    em_buf_init(&key, EM_MAX_KEY);
    em_buf_init(&value, EM_MAX_VALUE);
    enum em_status status = em_document_key(&key, d);
    if (status == EM_OK)
        status = em_document_value(&value, d);
    if (status == EM_OK)
        status =
            em_rows_add(rows, EM_TABLE_DOCUMENTS, em_buf_view(&key), em_buf_view(&value));
    em_buf_release(&key);
    em_buf_release(&value);
    return status;
}

/* The first counts. One that does not fit is not recorded. */
static enum em_status note_licence(void *context, struct em_view url)
{
    struct em_buf *licence = context;
    if (licence->len == 0 && url.len <= EM_MAX_LICENCE)
        return em_buf_append_view(licence, url);
    return EM_OK;
}

enum em_status em_parts_add_document(struct em_parts *parts,
                                     const struct em_record_context *context,
                                     const struct em_page *page, const struct em_doc *doc,
                                     const struct em_verdict *verdict,
                                     struct em_texts *texts)
{
    struct em_domain domain;
    em_domain_of(page->url, &domain);
    struct em_document d = document_of(context, page, doc, &domain, verdict);
    em_buf_clear(&parts->licence);
    EM_TRY(
        em_licences_of(page->http_header, doc, page->url, note_licence, &parts->licence));
    d.licence = em_buf_view(&parts->licence);
    d.optouts |= d.licence.len ? EM_OPTOUT_LICENCE : 0;
    EM_TRY(add_document_row(&parts->rows, &d));
    /* Whoever asks for no snippets has none in the index, and so in no answer. */
    bool quotable = !(em_optout_forbids((uint32_t)d.optouts) & EM_USE_QUOTE);
    if (verdict && verdict->n_matches)
        EM_TRY(em_hit_rows(&parts->rows, &d, verdict->matches, verdict->n_matches,
                           quotable ? doc->text : EM_VIEW_NONE));
    if (!context->text_known)
        EM_TRY(em_texts_rows(texts, &parts->rows, &d, doc));
    return em_cell_rows(&parts->rows, &d);
}
