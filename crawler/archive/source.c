/* SPDX-License-Identifier: Apache-2.0
 *
 * A source: finds the format, steps over the record handed out before, and gives the next
 * one, or what lies between records as one of damage.
 */
#include "crawler/archive/digest.h"
#include "crawler/archive/foreign.h"
#include "crawler/archive/json_shape.h"
#include "crawler/archive/parquet.h"
#include "crawler/archive/reader.h"
#include "crawler/archive/remote.h"
#include "crawler/archive/wacz.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <sys/stat.h>

/* Looked at to find the format. */
#define SNIFF_BYTES (4 * EM_KIB)

size_t em_source_text_leaf(const struct em_source *source)
{
    return source->parquet ? em_parquet_text_leaf(source->parquet) : SIZE_MAX;
}

enum em_status em_source_writer(const struct em_source *source,
                                struct em_parquet_writer **out,
                                bool (*write)(void *context, struct em_view bytes),
                                void *context, struct em_err *err)
{
    return em_parquet_writer_of(source->parquet, out, write, context, err);
}

const char *em_source_skipped(const struct em_source *source)
{
    return source->parquet ? em_parquet_skipped(source->parquet) : "";
}

const char *em_source_text_column(const struct em_source *source)
{
    return source->parquet ? em_parquet_text_column(source->parquet) : NULL;
}

const char *em_record_type_name(enum em_record_type type)
{
    static const char *const names[EM_RECORD_TYPE_COUNT] = {
        "warcinfo", "response",   "resource",     "request", "metadata",
        "revisit",  "conversion", "continuation", "unknown", "arc_header",
        "arc",      "json",       "file",         "damage"};
    return (unsigned)type < EM_RECORD_TYPE_COUNT ? names[type] : "unknown";
}

const char *em_source_format(const struct em_source *source)
{
    static const char *const names[] = {"empty", "warc", "arc",    "jsonl",
                                        "text",  "html", "parquet"};
    return names[source->format];
}

const char *em_source_container(const struct em_source *source)
{
    const struct em_stream *st = &source->stream;
    if (st->container == EM_CONTAINER_PLAIN)
        return "plain";
    if (st->container == EM_CONTAINER_ZSTD)
        return "zstd";
    return st->units <= 1 && source->number > 1 ? "gzip-stream" : "gzip";
}

/* --- format ------------------------------------------------------------------------- */

static struct em_view skip_blanks(struct em_view v)
{
    while (v.len && (v.data[0] == '\r' || v.data[0] == '\n' || v.data[0] == ' ' ||
                     v.data[0] == '\t'))
        v = em_view_sub(v, 1, v.len);
    return v;
}

static bool is_json(struct em_view v)
{
    if (v.data[0] != '{')
        return false;
    v = skip_blanks(em_view_sub(v, 1, v.len));
    return v.len && (v.data[0] == '"' || v.data[0] == '}');
}

/* A tag, comment, declaration or processing instruction. */
static bool is_markup(struct em_view v)
{
    char c = v.len > 1 ? v.data[1] : ' ';
    return v.data[0] == '<' && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                c == '!' || c == '?' || c == '/');
}

/* "WARC" at the very beginning is meant to be one, whatever its version says. */
static enum em_format source_sniff(struct em_view head)
{
    struct em_view v = head;
    if (em_view_starts(v, EM_VIEW("\xEF\xBB\xBF")))
        v = em_view_sub(v, 3, v.len);
    v = skip_blanks(v);
    if (v.len == 0)
        return head.len ? EM_FORMAT_TEXT : EM_FORMAT_EMPTY;
    if (em_view_istarts(v, EM_VIEW("WARC/")))
        return EM_FORMAT_WARC;
    if (em_view_istarts(v, EM_VIEW("filedesc:")) ||
        em_arc_begins(v, true) == EM_BEGIN_YES)
        return EM_FORMAT_ARC;
    if (is_json(v))
        return EM_FORMAT_JSONL;
    if (is_markup(v))
        return EM_FORMAT_HTML;
    /* An archive whose first bytes are lost. */
    for (size_t i = 0; i + 20 < v.len; i++)
        if (v.data[i] == '\n' &&
            em_warc_begins(em_view_sub(v, i + 1, v.len), true) == EM_BEGIN_YES)
            return EM_FORMAT_WARC;
    return EM_FORMAT_TEXT;
}

/* Names of JSON lines: where the first line is none, the others may well be. */
static bool named_jsonl(struct em_view name)
{
    static const char *const ends[] = {".gz", ".zst", ".jsonl", ".ndjson", ".jsonlines"};
    for (size_t i = 0; i < 5; i++) {
        struct em_view end = em_view_of(ends[i]);
        bool there = name.len > end.len &&
                     em_view_ieq(em_view_sub(name, name.len - end.len, end.len), end);
        if (there && i >= 2)
            return true;
        name.len -= there ? end.len : 0;
    }
    return false;
}

/* A first member that is damaged says nothing of the format: the next one does. What was
 * passed is the first record. */
static enum em_status pass_lead(struct em_source *s, struct em_err *err)
{
    struct em_stream *st = &s->stream;
    while (em_stream_view(st).len == 0 && st->damage) {
        if (!s->lead_error)
            s->lead_error = st->damage;
        enum em_status status = em_stream_recover(st, err);
        if (status < 0)
            return status;
        s->lead_length = st->in.offset;
        if (status == EM_END)
            break;
        EM_TRY(em_stream_want(st, SNIFF_BYTES, err));
    }
    return EM_OK;
}

/* A WACZ as a whole is no input: why it was not unpacked, or how to name what is in it. */
static enum em_status refuse_whole(const char *path,
                                   const struct em_source_options *options,
                                   struct em_err *err)
{
    struct em_wacz *wacz;
    EM_TRY(em_wacz_open(&wacz, path, options->remote, EM_VIEW_NONE, err));
    enum em_status status =
        em_wacz_count(wacz)
            ? em_fail(err, EM_ERR_UNSUPPORTED, "source",
                      "a WACZ: name an archive in it, as in '%.80s!%.80s'", path,
                      em_wacz_name(wacz, 0))
            : em_fail(err, EM_ERR_FORMAT, "source", "a WACZ without archives");
    em_wacz_close(wacz);
    return status;
}

/* JSON in UTF-16, as some exports write it. spec: RFC8259 8.1: UTF-8 */
static bool is_wide_json(struct em_view v)
{
    return (em_view_starts(v, EM_VIEW("\xFF\xFE")) && v.len > 3 && v.data[2] == '{') ||
           (em_view_starts(v, EM_VIEW("\xFE\xFF")) && v.len > 3 && v.data[3] == '{');
}

/* "[{...}, ...]", as many exports write a corpus. */
static bool is_json_array(struct em_view v)
{
    if (em_view_starts(v, EM_VIEW("\xEF\xBB\xBF")))
        v = em_view_sub(v, 3, v.len);
    v = skip_blanks(v);
    if (!em_view_starts(v, EM_VIEW("[")))
        return false;
    v = skip_blanks(em_view_sub(v, 1, v.len));
    return v.len && is_json(v);
}

static enum em_status refuse_foreign(const struct em_source *s, struct em_view head,
                                     struct em_err *err)
{
    const char *what = em_foreign_kind(head);
    if (!what && is_wide_json(head))
        what = "is JSON in UTF-16; JSON lines are UTF-8: iconv -f UTF-16 -t UTF-8 FILE";
    /* Under the name of JSON lines the first may be a broken one. */
    if (!what && is_json_array(head) &&
        (!named_jsonl(em_view_of(s->name)) || em_json_over_lines(head)))
        what = "is a JSON array; JSON lines have one object a line: jq -c '.[]' FILE";
    if (!what && s->format == EM_FORMAT_JSONL && em_json_over_lines(head))
        what =
            "is a JSON document over several lines; JSON lines have one object a line: "
            "jq -c . FILE";
    return what ? em_fail(err, EM_ERR_UNSUPPORTED, "source", "%s", what) : EM_OK;
}

/* A file that is named like a WARC or ARC is read as one, whatever it begins with: its first
 * records may be lost. Where no record is found, `in_place` says what it is. */
static enum em_status expect_archive(struct em_source *s, struct em_view head,
                                     struct em_err *err)
{
    struct em_view name = em_view_of(s->name);
    if (s->format != EM_FORMAT_TEXT && s->format != EM_FORMAT_HTML &&
        s->format != EM_FORMAT_JSONL)
        return EM_OK;
    if (em_archive_named_packed(name))
        return em_fail(err, EM_ERR_UNSUPPORTED, "source", "%s",
                       em_foreign_in_place(head));
    if (!em_archive_named(name))
        return EM_OK;
    s->in_place = em_foreign_in_place(head);
    s->format = em_archive_named_arc(name) ? EM_FORMAT_ARC : EM_FORMAT_WARC;
    return EM_OK;
}

static enum em_status find_format(struct em_source *s, struct em_view memory,
                                  struct em_err *err)
{
    EM_TRY(em_stream_want(&s->stream, SNIFF_BYTES, err));
    if (em_parquet_begins(em_stream_view(&s->stream))) {
        s->format = EM_FORMAT_PARQUET;
        return s->stream.container == EM_CONTAINER_PLAIN && !s->stream.in.inner
                   ? EM_OK
                   : em_fail(err, EM_ERR_UNSUPPORTED, "source",
                             "a compressed Parquet file is not supported: decompress it "
                             "first");
    }
    EM_TRY(pass_lead(s, err));
    struct em_view v = em_view_sub(em_stream_view(&s->stream), 0, SNIFF_BYTES);
    if (em_wacz_begins(v))
        return strcmp(s->name, "-") == 0 || memory.data
                   ? em_fail(err, EM_ERR_UNSUPPORTED, "source",
                             "a zip file is not read from standard input")
                   : refuse_whole(s->name, &s->options, err);
    s->format = source_sniff(v);
    if (s->format == EM_FORMAT_TEXT ||
        (s->format == EM_FORMAT_JSONL && !em_archive_named(em_view_of(s->name))))
        EM_TRY(refuse_foreign(s, v, err));
    EM_TRY(expect_archive(s, v, err));
    if ((s->format == EM_FORMAT_TEXT || s->format == EM_FORMAT_HTML) &&
        named_jsonl(em_view_of(s->name)))
        s->format = EM_FORMAT_JSONL;
    return EM_OK;
}

/* --- opening ------------------------------------------------------------------------- */

/* A container in the container: what it holds becomes the input. */
static enum em_status open_contained(struct em_source *s, struct em_err *err)
{
    struct em_input in;
    if (s->stream.container == EM_CONTAINER_PLAIN)
        return EM_OK;
    EM_TRY(em_stream_want(&s->stream, 8, err));
    if (em_stream_sniff(em_stream_view(&s->stream)) == EM_CONTAINER_PLAIN)
        return EM_OK;
    struct em_stream *inner = em_malloc(sizeof(*inner));
    if (!inner)
        return EM_ERR_NOMEM;
    *inner = s->stream;
    em_input_open_stream(&in, inner);
    return em_stream_open(&s->stream, &in, err);
}

/* Compressed lines have places in what is decompressed, all else in what is stored. */
static enum em_status begin_at(struct em_source *s, uint64_t offset, struct em_err *err)
{
    uint64_t skipped;
    bool archive = s->format == EM_FORMAT_WARC || s->format == EM_FORMAT_ARC;
    if (archive || s->stream.container == EM_CONTAINER_PLAIN) {
        s->lead_error = NULL;
        return em_stream_seek(&s->stream, offset, err);
    }
    EM_TRY(em_stream_skip(&s->stream, offset, &skipped, err));
    return skipped == offset
               ? EM_OK
               : em_fail(err, EM_ERR_USAGE, "source", "cannot begin at byte %llu",
                         (unsigned long long)offset);
}

/* What turned out to be Parquet is read by ranges from here on. */
static enum em_status turn_to_table(struct em_source *s, struct em_view memory,
                                    struct em_err *err)
{
    em_stream_close(&s->stream);
    s->stream = (struct em_stream){.container = EM_CONTAINER_PLAIN};
    em_input_open_memory(&s->stream.in, EM_VIEW_NONE, s->name);
    return em_parquet_open(&s->parquet, s->name, memory, &s->options, err);
}

/* `memory`: what `in` reads, where that is memory. */
static enum em_status open_input(struct em_source **out, struct em_input *in,
                                 const char *name, struct em_view memory,
                                 const struct em_source_options *options,
                                 struct em_err *err)
{
    struct em_source *s = em_calloc(1, sizeof(*s));
    *out = NULL;
    if (!s) {
        em_input_close(in);
        return em_fail(err, EM_ERR_NOMEM, "source", "%s", em_status_text(EM_ERR_NOMEM));
    }
    s->options = *options;
    em_buf_init(&s->scratch, 4 * EM_MAX_HEADER);
    em_buf_init(&s->held, 2 * EM_MAX_HEADER);
    s->name = em_strdup(name);
    enum em_status status = s->name ? EM_OK : EM_ERR_NOMEM;
    if (status == EM_OK)
        status = em_stream_open(&s->stream, in, err);
    else
        em_input_close(in);
    s->stream.out_offset = options->part_from;
    for (int n = 1; status == EM_OK && n < EM_MAX_CONTAINERS; n++)
        status = open_contained(s, err);
    if (status == EM_OK)
        status = find_format(s, memory, err);
    if (status == EM_OK && s->format == EM_FORMAT_PARQUET)
        status = turn_to_table(s, memory, err);
    else if (status == EM_OK && options->start_offset && options->start_anywhere)
        status = em_source_resync(s, options->start_offset, err);
    else if (status == EM_OK && options->start_offset)
        status = begin_at(s, options->start_offset, err);
    s->number = options->start_number;
    if (status < 0) {
        if (status == EM_ERR_NOMEM)
            em_fail(err, status, "source", "%s", em_status_text(status));
        em_source_free(s);
        return status;
    }
    *out = s;
    return EM_OK;
}

size_t em_source_file_name(const char *path)
{
    size_t container = em_wacz_split(path);
    return container ? container : strlen(path);
}

bool em_source_facts(const char *path, uint64_t *size, int64_t *changed)
{
    struct stat st;
    char *file = em_strndup(path, em_source_file_name(path));
    bool good =
        file && strcmp(file, "-") != 0 && stat(file, &st) == 0 && S_ISREG(st.st_mode);
    em_free(file);
    *size = good ? (uint64_t)st.st_size : 0;
    *changed = good ? (int64_t)st.st_mtime : 0;
    return good;
}

/* FILE!MEMBER. */
static enum em_status open_member(struct em_source **out, const char *path,
                                  size_t container,
                                  const struct em_source_options *options,
                                  struct em_err *err)
{
    struct em_input in;
    struct em_wacz *wacz = NULL;
    char *file = em_strndup(path, container);
    enum em_status status = EM_ERR_NOMEM;
    if (file)
        status = em_wacz_open(&wacz, file, options->remote, EM_VIEW_NONE, err);
    else
        em_fail(err, status, "source", "%s", em_status_text(status));
    em_free(file);
    if (status == EM_OK)
        status = em_wacz_begin(wacz, path + container + 1, err);
    if (status < 0) {
        em_wacz_close(wacz);
        return status;
    }
    em_input_open_wacz(&in, wacz, path);
    return open_input(out, &in, path, EM_VIEW_NONE, options, err);
}

/* What is named as Parquet is read by ranges from the start: of a remote one nothing is
 * fetched that is not used. */
static enum em_status open_table(struct em_source **out, const char *path,
                                 const struct em_source_options *options,
                                 struct em_err *err)
{
    struct em_source *s = em_calloc(1, sizeof(*s));
    if (!s)
        return em_fail(err, EM_ERR_NOMEM, "source", "%s", em_status_text(EM_ERR_NOMEM));
    em_input_open_memory(&s->stream.in, EM_VIEW_NONE, path);
    s->options = *options;
    s->format = EM_FORMAT_PARQUET;
    enum em_status status =
        em_parquet_open(&s->parquet, path, EM_VIEW_NONE, options, err);
    if (status < 0) {
        em_source_free(s);
        return status;
    }
    *out = s;
    return EM_OK;
}

enum em_status em_source_open(struct em_source **out, const char *path,
                              const struct em_source_options *options, struct em_err *err)
{
    struct em_input in;
    size_t container = em_wacz_split(path);
    *out = NULL;
    if (container)
        return open_member(out, path, container, options, err);
    if (em_wacz_named(path))
        return refuse_whole(path, options, err);
    if (em_parquet_named(path) && options->part_from == 0)
        return open_table(out, path, options, err);
    EM_TRY(em_input_open_part(&in, path, options->remote, options->part_from,
                              options->part_to, err));
    in.stop = options->stop;
    return open_input(out, &in, path, EM_VIEW_NONE, options, err);
}

void em_source_expect(const char *path, const struct em_source_options *options)
{
    if (options->remote && em_remote_named(path))
        em_remote_prefetch(options->remote, path, options->part_from, options->part_to);
}

enum em_status em_source_open_memory(struct em_source **out, struct em_view bytes,
                                     const char *name,
                                     const struct em_source_options *options,
                                     struct em_err *err)
{
    struct em_input in;
    em_input_open_memory(&in, bytes, name);
    if (options->chunk)
        in.chunk = options->chunk;
    return open_input(out, &in, name, bytes, options, err);
}

void em_source_free(struct em_source *s)
{
    if (!s)
        return;
    em_parquet_free(s->parquet);
    em_stream_close(&s->stream);
    em_buf_release(&s->scratch);
    em_buf_release(&s->held);
    em_free(s->name);
    em_free(s);
}

/* --- the next record ------------------------------------------------------------------ */

/* Over what was handed out before. */
static enum em_status step(struct em_source *s, struct em_err *err)
{
    uint64_t skipped = 0;
    em_stream_consume(&s->stream, s->pending);
    s->pending = 0;
    if (s->beyond)
        EM_TRY(em_stream_skip(&s->stream, s->beyond, &skipped, err));
    s->beyond = 0;
    return EM_OK;
}

/* Line ends between records. */
static enum em_status skip_newlines(struct em_source *s, struct em_err *err)
{
    for (;;) {
        struct em_view v = em_stream_view(&s->stream);
        size_t n = 0;
        while (n < v.len && (v.data[n] == '\r' || v.data[n] == '\n'))
            n++;
        if (n)
            em_stream_consume(&s->stream, n);
        if (n < v.len)
            return EM_OK;
        enum em_status status = em_stream_more(&s->stream, err);
        if (status != EM_OK)
            return status == EM_END ? EM_OK : status;
    }
}

static enum em_status damage_record(struct em_source *s, struct em_record *r,
                                    const char *why, struct em_err *err)
{
    em_record_begin(s, r, EM_RECORD_DAMAGE);
    EM_TRY(em_source_pass_garbage(s, true, &r->block_length, err));
    if (s->in_place && em_stream_view(&s->stream).len == 0 && !s->stream.damage)
        return em_fail(err, EM_ERR_UNSUPPORTED, "source", "%s", s->in_place);
    s->in_place = NULL;
    return em_record_broken(s, r, 0, false, why, err);
}

/* The stream is damaged and every byte before it was given. Units that give nothing at all
 * are the same damage. */
static enum em_status broken_unit(struct em_source *s, struct em_record *r,
                                  struct em_err *err)
{
    struct em_stream *st = &s->stream;
    const char *why = st->damage;
    uint64_t from = em_stream_unit(st)->offset, end;
    bool told = s->damage_told || em_stream_unit(st)->start < s->told_until;
    enum em_status status;
    s->damage_told = false;
    do {
        status = em_stream_recover(st, err);
        if (status < 0)
            return status;
        end = st->in.offset;
        if (status == EM_OK)
            EM_TRY(em_stream_want(st, 1, err));
    } while (!told && status == EM_OK && em_stream_view(st).len == 0 && st->damage);
    if (told)
        return EM_AGAIN;
    em_record_begin(s, r, EM_RECORD_DAMAGE);
    r->error = why;
    r->origin.offset = from;
    r->origin.length = end - from;
    return EM_OK;
}

/* Does a record begin at the front of the window? Brings in what is needed to say. */
static enum em_status at_record(struct em_source *s, bool *yes, struct em_err *err)
{
    enum em_status status = EM_OK;
    for (;;) {
        enum em_begin begin =
            em_source_begins(s, em_stream_view(&s->stream), status != EM_OK);
        *yes = begin == EM_BEGIN_YES;
        if (begin != EM_BEGIN_MAYBE || status != EM_OK)
            return EM_OK;
        status = em_stream_more(&s->stream, err);
        if (status < 0 && status != EM_ERR_LIMIT)
            return status;
    }
}

static enum em_status next_archive_record(struct em_source *s, struct em_record *r,
                                          struct em_err *err)
{
    for (;;) {
        bool yes;
        uint64_t bytes;
        EM_TRY(skip_newlines(s, err));
        EM_TRY(at_record(s, &yes, err));
        struct em_view v = em_stream_view(&s->stream);
        if (v.len == 0) {
            if (!s->stream.damage)
                return EM_END;
            enum em_status status = broken_unit(s, r, err);
            if (status != EM_AGAIN)
                return status;
            s->resync = false;
            continue;
        }
        if (yes)
            return s->format == EM_FORMAT_ARC ? em_arc_record(s, r, err)
                                              : em_warc_record(s, r, err);
        /* The first thing in a file that says it is a WARC is read as one. */
        if (s->format == EM_FORMAT_WARC && s->number == 0 &&
            em_view_istarts(v, EM_VIEW("WARC/"))) {
            EM_TRY(em_warc_record(s, r, err));
            if (!r->error)
                r->error = "unknown WARC version";
            return EM_OK;
        }
        if (!s->resync)
            return damage_record(s, r, "bytes that belong to no record", err);
        s->resync = false; /* reported with the record before */
        EM_TRY(em_source_pass_garbage(s, true, &bytes, err));
    }
}

/* What the input begins with that is no record. */
static enum em_status lead_damage(struct em_source *s, struct em_record *r)
{
    em_record_begin(s, r, EM_RECORD_DAMAGE);
    r->origin.offset = 0;
    r->origin.length = s->lead_length;
    r->error = s->lead_error;
    s->lead_error = NULL;
    return EM_OK;
}

static enum em_status next_other_record(struct em_source *s, struct em_record *r,
                                        struct em_err *err)
{
    for (;;) {
        if (s->resync) { /* the rest of a line that was too long */
            uint64_t skipped;
            struct em_view v = em_stream_view(&s->stream);
            const char *end = v.len ? memchr(v.data, '\n', v.len) : NULL;
            s->resync = !end;
            EM_TRY(em_stream_skip(&s->stream, end ? (size_t)(end - v.data) + 1 : v.len,
                                  &skipped, err));
        }
        EM_TRY(em_stream_want(&s->stream, 1, err));
        if (em_stream_view(&s->stream).len) {
            if (s->resync)
                continue;
            return s->format == EM_FORMAT_JSONL ? em_line_record(s, r, err)
                                                : em_file_record(s, r, err);
        }
        if (!s->stream.damage)
            return EM_END;
        enum em_status status = broken_unit(s, r, err);
        if (status != EM_AGAIN)
            return status;
    }
}

static enum em_status verify(const struct em_source *s, struct em_record *r)
{
    /* Nothing can be said of a block that is not in memory as a whole. */
    if (r->type == EM_RECORD_DAMAGE || r->block.len < r->block_length)
        return EM_OK;
    if (s->block_digest.len)
        EM_TRY(em_digest_check(s->block_digest, r->block, &r->block_digest));
    /* An unchanged capture's payload is the one it refers to. */
    if (r->type == EM_RECORD_REVISIT || s->payload_digest.len == 0)
        return EM_OK;
    bool http = r->http_header.len > 0;
    struct em_view payload = http ? r->payload : r->block;
    EM_TRY(em_digest_check(s->payload_digest, payload, &r->payload_digest));
    if (r->payload_digest != EM_DIGEST_BAD || !http)
        return EM_OK;
    /* Some writers digest the whole block (ClueWeb). */
    return em_digest_check(s->payload_digest, r->block, &r->payload_digest);
}

static void contained_damage(struct em_source *s, struct em_record *r, const char *why)
{
    em_record_begin(s, r, EM_RECORD_DAMAGE);
    r->origin.offset = em_source_outermost(s)->offset;
    r->error = why;
}

static bool is_first_member(const struct em_source *s, const struct em_wacz *wacz)
{
    struct em_view name = em_view_of(s->name);
    size_t container = em_wacz_split(s->name) + 1;
    return em_wacz_count(wacz) && em_view_eq(em_view_sub(name, container, name.len),
                                             em_view_of(em_wacz_name(wacz, 0)));
}

/* At the end of a member of a WACZ: whether it was what the WACZ says; and at the end of the
 * first one, whether all that is no archive is. */
static enum em_status tell_container(struct em_source *s, struct em_record *r,
                                     struct em_err *err)
{
    struct em_wacz *wacz = em_source_outermost(s)->wacz;
    const char *why = NULL;
    if (!wacz)
        return EM_END;
    if (s->contained_told == 0) {
        s->contained_told = 1;
        why = em_wacz_damage(wacz);
    }
    if (!why && s->contained_told == 1) {
        s->contained_told = 2;
        if (is_first_member(s, wacz))
            EM_TRY(em_wacz_verify(wacz, &why, err));
    }
    if (!why)
        return EM_END;
    contained_damage(s, r, why);
    return EM_OK;
}

static enum em_status source_next(struct em_source *s, struct em_record *r,
                                  struct em_err *err)
{
    if (s->parquet)
        return em_parquet_next(s->parquet, r, err);
    if (s->nothing)
        return EM_END;
    s->nothing = s->nothing_more;
    EM_TRY(step(s, err));
    if (s->nothing)
        return EM_END;
    if (s->lead_error)
        return lead_damage(s, r);
    bool archive = s->format == EM_FORMAT_WARC || s->format == EM_FORMAT_ARC;
    enum em_status status =
        archive ? next_archive_record(s, r, err) : next_other_record(s, r, err);
    if (status == EM_OK && s->options.verify && s->format == EM_FORMAT_WARC)
        status = verify(s, r);
    if (status == EM_ERR_NOMEM)
        em_fail(err, status, "source", "%s", em_status_text(status));
    return status;
}

enum em_status em_source_next(struct em_source *s, struct em_record *r,
                              struct em_err *err)
{
    enum em_status status = source_next(s, r, err);
    return status == EM_END ? tell_container(s, r, err) : status;
}
