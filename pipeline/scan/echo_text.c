/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/scan/echo_text.h"

#include "base/wire/optout.h"

#include "base/alloc.h"
#include "crawler/archive/archive.h"
#include "crawler/page/extract.h"
#include "detector/detector.h"
#include "detector/model.h"
#include "detector/prints.h"
#include "detector/shipped.h"

#include <stdlib.h>
#include <string.h>

/* Records looked through for one that shares its place with others (a corpus compressed as
 * one stream). */
enum { MOST_RECORDS = 200000 };

struct em_echo_reader {
    struct em_page_decoder *decoder;
    struct em_extractor *extractor;
    struct em_prints prints;
    struct em_model *model; /* owned, as the next; NULL: passages are not judged */
    struct em_detector *detector;
};

enum em_status em_echo_reader_new(struct em_echo_reader **out, const char *text_field,
                                  struct em_err *err)
{
    const struct em_extract_options options = {.no_language = true};
    struct em_echo_reader *r = em_calloc(1, sizeof(*r));
    *out = NULL;
    if (!r)
        return em_fail(err, EM_ERR_NOMEM, "echo", "out of memory");
    const struct em_page_fields fields = {.text = text_field};
    em_prints_init(&r->prints);
    enum em_status status = em_page_decoder_new(&r->decoder, &fields, err);
    if (status == EM_OK)
        status = em_extractor_new(&r->extractor, &options, err);
    if (status < 0)
        em_echo_reader_free(r);
    else
        *out = r;
    return status;
}

void em_echo_reader_free(struct em_echo_reader *r)
{
    if (!r)
        return;
    em_page_decoder_free(r->decoder);
    em_extractor_free(r->extractor);
    em_prints_release(&r->prints);
    em_detector_free(r->detector);
    em_model_free(r->model);
    em_free(r);
}

void em_echo_reader_judge_by(struct em_echo_reader *r, const char *whole)
{
    const struct em_detect_options options = {.fpr = 0};
    struct em_err err;
    char ids[EM_MODEL_IDS];
    if (r->model || em_models_load("echo", NULL, true, &r->model, &err) < 0)
        return;
    em_model_ids(r->model, ids);
    if (strcmp(ids, whole) == 0 &&
        em_detector_new(&r->detector, r->model, &options, &err) == EM_OK)
        return;
    em_detector_free(r->detector);
    em_model_free(r->model);
    r->detector = NULL;
    r->model = NULL;
}

void em_echo_judge(struct em_echo_reader *r, struct em_view text, struct em_echo *echo)
{
    struct em_doc doc = {.text = text};
    struct em_verdict v;
    struct em_err err;
    if (!r->detector || text.len == 0 || em_detect(r->detector, &doc, &v, &err) < 0 ||
        v.kind == EM_VERDICT_ABSTAIN)
        return;
    echo->scored = true;
    echo->score_kind = (uint8_t)v.kind;
    echo->score = v.score;
}

static bool has_hash(const struct em_echo *echo, uint64_t hash)
{
    for (size_t i = 0; i < echo->n_hashes; i++)
        if (echo->hashes[i] == hash)
            return true;
    return false;
}

/* At most so many bytes of it, none of them the middle of a character. */
static size_t text_whole(struct em_view text, size_t most)
{
    if (text.len <= most)
        return text.len;
    while (most && ((unsigned char)text.data[most] & 0xC0) == 0x80)
        most--;
    return most;
}

/* The stretch from the first to the last of the passage's prints, where they are as many
 * as were kept of it. */
static bool take_passage(struct em_echo_reader *r, const struct em_echo *echo,
                         struct em_view text, struct em_buf *out)
{
    const struct em_prints_options options = {.sample_k = EM_PASSAGE_WORDS,
                                              .fraction = EM_PASSAGE_FRACTION};
    size_t found = 0;
    uint32_t start = 0, end = 0;
    if (echo->n_hashes == 0)
        return em_buf_append_view(
                   out, em_view_sub(text, 0, text_whole(text, EM_ECHO_START))) == EM_OK;
    if (em_prints_make(&r->prints, &options, text) < 0)
        return false;
    for (size_t i = 0; i < r->prints.n_sampled; i++) {
        const struct em_print *p = &r->prints.sampled[i];
        if (p->word < echo->word || !has_hash(echo, p->hash))
            continue;
        if (found++ == 0)
            start = p->start;
        end = p->end;
        if (found == echo->n_hashes)
            break;
    }
    if (found < echo->n_hashes)
        return false;
    struct em_view passage = em_view_sub(text, start, end - start);
    passage.len = text_whole(passage, EM_ECHO_TEXT);
    return em_buf_append_view(out, passage) == EM_OK;
}

/* As a scan names documents (pipeline/scan/worker.c); empty where it makes the name of the
 * file's and the record's number. */
static struct em_view name_of_page(const struct em_page *page)
{
    return page->url.len ? page->url : page->id.len ? page->id : page->origin.record;
}

static bool name_fits(const struct em_echo_source *source, struct em_view name)
{
    return name.len ? em_view_eq(name, source->name)
                    : em_view_starts(source->name, source->path);
}

static bool try_page(struct em_echo_reader *r, const struct em_echo *echo,
                     const struct em_page *page, struct em_buf *out)
{
    struct em_doc doc;
    if (em_extract(r->extractor, page, &doc) != EM_DROP_NONE)
        return false;
    uint32_t said =
        em_optout_page(0, em_optout_header(page->http_header, "echometer"),
                       doc.robots ? em_optout_robots(doc.robots, "echometer") : 0);
    return !(em_optout_forbids(said) & EM_USE_QUOTE) &&
           take_passage(r, echo, doc.text, out);
}

/* Does no other record share the place of the one that was read last? */
static bool stands_alone(struct em_source *source, uint64_t offset)
{
    struct em_record next;
    return em_source_next(source, &next, NULL) != EM_OK || next.origin.offset != offset;
}

/* Several records may share a place (rows of a table, a corpus compressed as one stream): they
 * are distinguished by name, and one without a name is believed only where it stands alone. */
static bool source_read(struct em_echo_reader *r, const struct em_echo *echo,
                        struct em_source *source, struct em_buf *out)
{
    struct em_record record;
    struct em_page page;
    uint64_t offset = echo->source.offset;
    for (int i = 0; i < MOST_RECORDS; i++) {
        if (em_source_next(source, &record, NULL) != EM_OK ||
            record.origin.offset > offset)
            return false;
        if (em_page_decode(r->decoder, &record, &page) != EM_DROP_NONE)
            continue;
        struct em_view name = name_of_page(&page);
        if (!name_fits(&echo->source, name))
            continue;
        bool read = try_page(r, echo, &page, out);
        if (name.len == 0)
            return read && i == 0 && stands_alone(source, offset);
        if (read)
            return true;
    }
    return false;
}

bool em_echo_read(struct em_echo_reader *r, const struct em_echo *echo,
                  struct em_buf *out)
{
    struct em_source_options options = {.start_offset = echo->source.offset};
    struct em_source *source;
    em_buf_clear(out);
    if (!echo->source.known || echo->source.path.len == 0 ||
        em_view_eq(echo->source.path, EM_VIEW("-")))
        return false;
    char *path = em_strndup(echo->source.path.data, echo->source.path.len);
    if (!path || em_source_open(&source, path, &options, NULL) < 0) {
        em_free(path);
        return false;
    }
    bool found = source_read(r, echo, source, out);
    if (!found)
        em_buf_clear(out);
    em_source_free(source);
    em_free(path);
    return found;
}
