/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* mkdir */
#include "pipeline/refs_set.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/json_read.h"
#include "base/limits.h"
#include "crawler/archive/archive.h"
#include "crawler/page/extract.h"
#include "detector/prints.h"
#include "index/refs/refs_build.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* One text's words and prints; an item has up to three at once. */
struct prepared {
    struct em_prints prints;
    struct em_print_word *words;
    size_t n, cap;
};

struct em_refs_set {
    const struct em_refs_request *a;
    struct em_refs_build *build;
    struct em_json_reader *json;
    struct em_page_decoder *decoder; /* of pages, archives and texts, */
    struct em_extractor *extractor;  /* which give what `scan` reads in them */
    struct em_prints_options winnow;
    struct prepared parts[EM_REFS_PARTS];
    const char *path;
    struct em_buf id, source;
    struct em_refs *old; /* of `refs add` */
    struct em_refs_outcome outcome;
};

static void refs_set_init(struct em_refs_set *s, const struct em_refs_request *a)
{
    *s = (struct em_refs_set){.a = a};
    for (int i = 0; i < EM_REFS_PARTS; i++)
        em_prints_init(&s->parts[i].prints);
    em_buf_init(&s->id, EM_MAX_URL);
    em_buf_init(&s->source, 64 * EM_KIB);
}

static void refs_set_release(struct em_refs_set *s)
{
    em_refs_build_free(s->build);
    em_refs_free(s->old);
    em_json_reader_free(s->json);
    em_page_decoder_free(s->decoder);
    em_extractor_free(s->extractor);
    for (int i = 0; i < EM_REFS_PARTS; i++) {
        em_prints_release(&s->parts[i].prints);
        em_free(s->parts[i].words);
    }
    em_buf_release(&s->id);
    em_buf_release(&s->source);
}

/* --- reading items ---------------------------------------------------------------------- */

static enum em_status prepare(struct em_refs_set *s, struct em_view text,
                              enum em_refs_part part, struct em_refs_text *out)
{
    struct prepared *p = &s->parts[part];
    text = em_view_sub(text, 0, EM_MAX_TEXT);
    EM_TRY(em_prints_words(&p->prints, text, &p->words, &p->n, &p->cap));
    EM_TRY(em_prints_make(&p->prints, &s->winnow, text));
    *out = (struct em_refs_text){.part = part,
                                 .words = p->words,
                                 .n_words = p->n,
                                 .prints = p->prints.winnowed,
                                 .n_prints = p->prints.n_winnowed};
    return EM_OK;
}

/* Corpora call an item's text by one of these when nothing else is said. */
static const char *const usual[] = {"text",   "output",  "completion",  "response",
                                    "answer", "content", "raw_content", "body"};
enum { USUAL = sizeof(usual) / sizeof(usual[0]) };

static bool find_text(struct em_refs_set *s, struct em_view *text)
{
    if (s->a->field)
        return em_json_get_string(s->json, s->a->field, text);
    for (size_t i = 0; i < USUAL; i++)
        if (em_json_get_string(s->json, usual[i], text))
            return true;
    return false;
}

static enum em_status json_item(struct em_refs_set *s, struct em_refs_text *texts,
                                size_t *n, struct em_view *id)
{
    const struct em_refs_request *a = s->a;
    const char *const fields[EM_REFS_PARTS] = {NULL, a->question, a->answer, a->passage};
    struct em_view text;
    int64_t number;
    const char *id_field = a->id ? a->id : "id";
    if (!em_json_get_string(s->json, id_field, id) &&
        em_json_get_i64(s->json, id_field, &number)) {
        em_buf_clear(&s->id);
        EM_TRY(em_buf_printf(&s->id, "%" PRId64, number));
        *id = em_buf_view(&s->id);
    }
    *n = 0;
    if (!a->question && !a->answer && !a->passage) {
        if (find_text(s, &text))
            EM_TRY(prepare(s, text, EM_REFS_TEXT, &texts[(*n)++]));
        return EM_OK;
    }
    for (int part = EM_REFS_QUESTION; part < EM_REFS_PARTS; part++)
        if (fields[part] && em_json_get_string(s->json, fields[part], &text) && text.len)
            EM_TRY(prepare(s, text, (enum em_refs_part)part, &texts[(*n)++]));
    return EM_OK;
}

static void count_bad(struct em_refs_set *s, const char *path,
                      const struct em_record *record, const char *why)
{
    s->outcome.bad++;
    if (s->a->tell_bad)
        s->a->tell_bad(path, record->origin.number + 1, why, s->outcome.bad);
}

/* The text of a page, a record of an archive or a file: main content, as `scan` reads it.
 * The item is named by its address. What is no document (a request, an image) gives none. */
static enum em_status page_item(struct em_refs_set *s, const struct em_record *record,
                                struct em_refs_text *texts, size_t *n, struct em_view *id)
{
    struct em_page page = {.kind = EM_PAGE_HTML};
    struct em_doc doc;
    enum em_drop drop = em_page_decode(s->decoder, record, &page);
    if (drop == EM_DROP_NONE)
        drop = em_extract(s->extractor, &page, &doc);
    if (drop != EM_DROP_NONE)
        return EM_OK;
    if (!id->len && page.url.len) {
        em_buf_clear(&s->id);
        EM_TRY(em_buf_append_view(&s->id, em_view_sub(page.url, 0, EM_MAX_URL - 1)));
        *id = em_buf_view(&s->id);
    }
    return prepare(s, doc.text, EM_REFS_TEXT, &texts[(*n)++]);
}

/* A line whose fields are named gives these; any other one what `scan` would read: the
 * turns of a conversation. */
static enum em_status line_item(struct em_refs_set *s, const struct em_record *record,
                                struct em_refs_text *texts, size_t *n, struct em_view *id)
{
    const struct em_refs_request *a = s->a;
    EM_TRY(json_item(s, texts, n, id));
    if (*n || a->field || a->question || a->answer || a->passage)
        return EM_OK;
    return page_item(s, record, texts, n, id);
}

static enum em_status take_record(struct em_refs_set *s, const char *path,
                                  const struct em_record *record, struct em_err *err)
{
    struct em_refs_text texts[EM_REFS_PARTS];
    struct em_view id = EM_VIEW_NONE;
    struct em_err why = {.status = EM_OK};
    enum em_status status = EM_OK;
    size_t n = 0;
    if (record->error) {
        count_bad(s, path, record, record->error);
        return EM_OK;
    }
    if (record->type == EM_RECORD_JSON) {
        status = em_json_reader_parse(s->json, record->block, &why);
        if (status < 0 && status != EM_ERR_NOMEM) {
            count_bad(s, path, record, why.text[0] ? why.text : "not JSON");
            return EM_OK;
        }
        if (status == EM_OK)
            status = line_item(s, record, texts, &n, &id);
    } else {
        status = page_item(s, record, texts, &n, &id);
    }
    if (status == EM_OK && id.len == 0) {
        em_buf_clear(&s->id);
        status = em_buf_printf(&s->id, "%.4000s#%" PRIu64, path, record->origin.number);
        id = em_buf_view(&s->id);
    }
    s->outcome.without_text += n == 0;
    if (status == EM_OK && n) {
        errno = 0;
        status = em_refs_build_item(s->build, id, texts, n);
        s->outcome.items += status == EM_OK;
        if (status == EM_ERR_IO)
            return em_fail(err, status, "refs", "cannot write '%s' or its parts: %s",
                           s->path, errno ? strerror(errno) : "write failed");
    }
    if (status < 0)
        em_fail(err, status, "refs", "'%s': %s", path, em_status_text(status));
    return status;
}

/* All runs of words of a text that counts for nothing. */
static enum em_status take_common(struct em_refs_set *s, const char *path,
                                  struct em_err *err)
{
    struct em_buf text;
    struct em_prints *prints = &s->parts[0].prints;
    const struct em_prints_options all = {.sample_k = s->winnow.k, .fraction = 1};
    em_buf_init(&text, EM_MAX_TEXT);
    enum em_status status = em_read_file(path, &text, err);
    if (status == EM_OK) {
        status = em_prints_make(prints, &all, em_buf_view(&text));
        if (status == EM_OK)
            status = em_refs_build_common(s->build, prints->sampled, prints->n_sampled);
        if (status < 0)
            em_fail(err, status, "refs", "'%s': %s", path, em_status_text(status));
    }
    em_buf_release(&text);
    return status;
}

/* An input that cannot be read, or gave no item, is told and left. */
static void leave_input(struct em_refs_set *s, const struct em_inputs *inputs,
                        const char *path, const char *why)
{
    s->outcome.failed++;
    if (inputs->note)
        inputs->note(path, why);
}

static enum em_status take_input(struct em_refs_set *s, const struct em_inputs *inputs,
                                 const char *path, struct em_err *err)
{
    const struct em_refs_request *a = s->a;
    const char *columns[USUAL + 5] = {NULL};
    const char *const named[] = {a->question, a->answer, a->passage};
    size_t n = 0;
    for (size_t i = 0; i < 3; i++)
        if (named[i])
            columns[n++] = named[i];
    for (size_t i = 0; i < USUAL && n == 0 && !a->field; i++)
        columns[i] = usual[i];
    /* Of Parquet these columns are read; one that is named must be there. */
    const struct em_source_options options = {.text_field =
                                                  a->field ? a->field : named[0],
                                              .id_field = a->id,
                                              .columns = columns,
                                              .text_optional = true};
    struct em_source *source;
    struct em_record record;
    struct em_err why = {.status = EM_OK};
    uint64_t before = s->outcome.items;
    enum em_status taken = EM_OK, status = em_source_open(&source, path, &options, &why);
    if (status == EM_OK) {
        while (taken == EM_OK &&
               (status = em_source_next(source, &record, &why)) == EM_OK)
            taken = take_record(s, path, &record, err);
        em_source_free(source);
    }
    if (taken < 0)
        return taken;
    if (status == EM_ERR_NOMEM)
        return em_fail(err, status, "refs", "out of memory");
    if (status < 0)
        leave_input(s, inputs, path, why.text[0] ? why.text : em_status_text(status));
    else if (s->outcome.items == before)
        leave_input(s, inputs, path, "gave no item: no text was found in it");
    return EM_OK;
}

/* --- build and add ---------------------------------------------------------------------- */

static enum em_status make_folder(const char *path, struct em_err *err)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return em_fail(err, EM_ERR_IO, "refs", "cannot make '%s': %s", path,
                       strerror(errno));
    return EM_OK;
}

enum em_status em_refs_set_path(struct em_buf *out, const char *dir, const char *name,
                                struct em_err *err)
{
    EM_TRY(make_folder(dir, err));
    enum em_status status = em_buf_printf(out, "%s/refs", dir);
    if (status == EM_OK)
        EM_TRY(make_folder(out->data, err));
    if (status == EM_OK)
        status = em_buf_printf(out, "/%s.emr", name);
    return status < 0 ? em_fail(err, status, "refs", "%s", em_status_text(status))
                      : EM_OK;
}

/* What the set was made of: names of inputs without their folders, as far as they fit. */
static enum em_status note_sources(struct em_refs_set *s, const struct em_inputs *inputs,
                                   struct em_view before)
{
    size_t most = 4096;
    EM_TRY(em_buf_append_view(&s->source, before));
    for (size_t i = 0; i < inputs->n && s->source.len < most; i++) {
        const char *slash = strrchr(inputs->paths[i], '/');
        EM_TRY(em_buf_printf(&s->source, "%s%.200s", s->source.len ? " " : "",
                             slash ? slash + 1 : inputs->paths[i]));
    }
    return EM_OK;
}

static enum em_status pages_begin(struct em_refs_set *s, struct em_err *err)
{
    const struct em_source_options source = {.id_field = s->a->id};
    const struct em_extract_options extract = {.no_language = true};
    const struct em_page_fields fields = em_source_fields(&source);
    EM_TRY(em_page_decoder_new(&s->decoder, &fields, err));
    return em_extractor_new(&s->extractor, &extract, err);
}

static enum em_status set_begin(struct em_refs_set *s, const struct em_inputs *inputs,
                                bool add, struct em_err *err)
{
    const struct em_refs_request *a = s->a;
    struct em_refs_build_options o = {.name = em_view_of(a->name),
                                      .model = em_view_of(a->model),
                                      .since = em_view_of(a->since),
                                      .k = (uint32_t)a->k,
                                      .t = (uint32_t)a->t,
                                      .common_after = (uint32_t)a->common_after};
    struct em_refs_info info = {.source = EM_VIEW_NONE};
    if (add) {
        EM_TRY(em_refs_open(&s->old, s->path, err));
        em_refs_describe(s->old, &info);
        o = (struct em_refs_build_options){.name = info.name,
                                           .model = info.model,
                                           .since = info.since,
                                           .kind = info.kind,
                                           .k = info.k,
                                           .t = info.t,
                                           .common_after = info.common_after};
    } else {
        em_refs_kind_parse(em_view_of(a->kind), &o.kind);
    }
    s->winnow = (struct em_prints_options){.k = o.k, .t = o.t};
    enum em_status status = note_sources(s, inputs, info.source);
    if (status == EM_OK)
        status = em_json_reader_new(&s->json);
    if (status == EM_OK)
        EM_TRY(pages_begin(s, err));
    if (status < 0)
        return em_fail(err, status, "refs", "%s", em_status_text(status));
    o.source = em_buf_view(&s->source);
    EM_TRY(em_refs_build_new(&s->build, s->path, &o, err));
    return add ? em_refs_build_copy(s->build, s->old, err) : EM_OK;
}

static enum em_status make_set(struct em_refs_set *s, const struct em_inputs *inputs,
                               bool add, struct em_err *err)
{
    if (em_inputs_holds(inputs, s->path))
        return em_fail(err, EM_ERR_USAGE, "refs",
                       "'%s' is an input; the set goes to a file of its own", s->path);
    EM_TRY(set_begin(s, inputs, add, err));
    for (size_t i = 0; i < s->a->n_common; i++)
        EM_TRY(take_common(s, s->a->common[i], err));
    em_inputs_meter(inputs, "reading items");
    for (size_t i = 0; i < inputs->n; i++)
        EM_TRY(take_input(s, inputs, inputs->paths[i], err));
    s->outcome.failed += inputs->no_files;
    if (s->outcome.items == 0)
        return em_fail(err, EM_ERR_FORMAT, "refs",
                       "no item was found in %zu input%s; nothing was written", inputs->n,
                       inputs->n == 1 ? "" : "s");
    return em_refs_build_finish(s->build, err);
}

enum em_status em_refs_set_make(const struct em_refs_request *request, const char *path,
                                bool add, const struct em_inputs *inputs,
                                struct em_refs_outcome *outcome, struct em_err *err)
{
    struct em_refs_set s;
    refs_set_init(&s, request);
    s.path = path;
    enum em_status status = make_set(&s, inputs, add, err);
    *outcome = s.outcome;
    refs_set_release(&s);
    return status;
}
