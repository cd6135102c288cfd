/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer records`: what is in an archive, a line a record. Conformance suites drive it.
 */
#include "base/json.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "crawler/archive/inputs.h"
#include "crawler/archive/archive.h"
#include "crawler/archive/mime.h"

struct arguments {
    const char *output, *type;
    bool no_verify, quiet, summary, fields;
};

struct totals {
    uint64_t files, failed, damaged, records[EM_RECORD_TYPE_COUNT];
};

/* ARC records have no types; readers of both call them response and arc_header. */
static struct em_view type_name(const struct em_record *r)
{
    if (r->type == EM_RECORD_ARC)
        return EM_VIEW("response");
    if (r->type == EM_RECORD_UNKNOWN && r->type_text.len)
        return r->type_text;
    if (r->type == EM_RECORD_JSON && r->origin.in_group)
        return EM_VIEW("row");
    return em_view_of(em_record_type_name(r->type));
}

static const char *digest_name(enum em_digest_state state)
{
    return state == EM_DIGEST_OK ? "ok" : state == EM_DIGEST_BAD ? "bad" : "absent";
}

static void put_string(struct em_json *j, const char *key, struct em_view value)
{
    em_json_key(j, key);
    em_json_string_or_null(j, value);
}

static void put_u64(struct em_json *j, const char *key, uint64_t value)
{
    em_json_key(j, key);
    em_json_u64(j, value);
}

static enum em_status write_record(struct em_buf *line, const struct em_record *r,
                                   bool fields)
{
    struct em_json j;
    bool http = r->http_header.len > 0;
    em_buf_clear(line);
    em_json_init(&j, line);
    em_json_object(&j);
    put_string(&j, "file", r->origin.file);
    put_u64(&j, "offset", r->origin.offset);
    put_u64(&j, "length", r->origin.length);
    if (r->origin.in_group) {
        put_u64(&j, "row_group", r->origin.row_group);
        put_u64(&j, "row", r->origin.row);
    }
    put_string(&j, "type", type_name(r));
    put_string(&j, "url", r->url);
    put_string(&j, "date", r->date);
    put_string(&j, "mime", http && r->http_mime.len ? r->http_mime : r->mime);
    em_json_key(&j, "http_status");
    if (r->http_status)
        em_json_i64(&j, r->http_status);
    else
        em_json_null(&j);
    /* What is there of a truncated record; what is declared of one too big to be held. */
    uint64_t block = r->error && !r->too_big ? r->block.len : r->block_length;
    put_u64(&j, "payload_length", http ? block - (r->block.len - r->payload.len) : block);
    put_string(&j, "block_digest", em_view_of(digest_name(r->block_digest)));
    put_string(&j, "payload_digest", em_view_of(digest_name(r->payload_digest)));
    put_string(&j, "truncated", r->truncated);
    put_string(&j, "error", em_view_of(r->error));
    if (fields && r->origin.in_group && r->type == EM_RECORD_JSON && !r->error) {
        em_json_key(&j, "fields");
        em_json_raw(&j, r->block);
    }
    em_json_end(&j);
    return em_json_finish(&j);
}

static void report_damage(const struct em_record *r)
{
    const char *digest = r->block_digest == EM_DIGEST_BAD     ? "block digest"
                         : r->payload_digest == EM_DIGEST_BAD ? "payload digest"
                                                              : NULL;
    if (r->error)
        em_error("%.*s: at byte %llu: %s", EM_VIEW_ARGS(r->origin.file),
                 (unsigned long long)r->origin.offset, r->error);
    if (digest)
        em_error("%.*s: at byte %llu: %s does not match", EM_VIEW_ARGS(r->origin.file),
                 (unsigned long long)r->origin.offset, digest);
}

static enum em_status list_file(const struct arguments *a, const char *path, FILE *out,
                                struct totals *t, struct em_buf *line, struct em_err *err)
{
    struct em_source *source;
    struct em_record r;
    struct em_source_options options = {.verify = !a->no_verify,
                                        .keep_all = true,
                                        .text_optional = true,
                                        .all_columns = true};
    EM_TRY(em_source_open(&source, path, &options, err));
    if (em_source_skipped(source)[0] && !a->quiet)
        em_error("%s: not read, as they lie in maps or in lists of lists: %s", path,
                 em_source_skipped(source));
    enum em_status status;
    uint64_t n = 0;
    while ((status = em_source_next(source, &r, err)) == EM_OK) {
        n++;
        t->records[r.type]++;
        if (r.type == EM_RECORD_FILE && !r.error && em_mime_is_binary(r.block))
            r.error = "is no archive, and not text either";
        bool bad = r.error || r.block_digest == EM_DIGEST_BAD ||
                   r.payload_digest == EM_DIGEST_BAD;
        t->damaged += bad;
        if (bad && !a->quiet)
            report_damage(&r);
        if (a->type && !em_view_eq(em_view_of(a->type), type_name(&r)))
            continue;
        status = write_record(line, &r, a->fields);
        if (status != EM_OK || fwrite(line->data, 1, line->len, out) != line->len)
            break;
    }
    em_source_free(source);
    if (status == EM_END && n == 0)
        return em_fail(err, EM_ERR_FORMAT, "records", "holds no record: it is empty");
    return status == EM_END ? EM_OK : status;
}

static void print_summary(const struct totals *t)
{
    fprintf(stderr, "%llu files, %llu failed, %llu records damaged\n",
            (unsigned long long)t->files, (unsigned long long)t->failed,
            (unsigned long long)t->damaged);
    for (int i = 0; i < EM_RECORD_TYPE_COUNT; i++)
        if (t->records[i])
            fprintf(stderr, "%10llu %s\n", (unsigned long long)t->records[i],
                    em_record_type_name((enum em_record_type)i));
}

static int list_all(const struct arguments *a, const struct em_inputs *inputs)
{
    struct totals t = {.files = 0};
    struct em_buf line;
    FILE *out = em_output_apart(a->output, inputs) ? em_output_open(a->output) : NULL;
    if (!out)
        return EM_EXIT_FAILED;
    em_buf_init(&line, EM_MAX_LINE);
    em_inputs_meter(inputs, "reading records");
    for (size_t i = 0; i < inputs->n && !ferror(out); i++) {
        struct em_err err = {.status = EM_OK};
        if (list_file(a, inputs->paths[i], out, &t, &line, &err) < 0) {
            em_error_report(inputs->paths[i], &err);
            t.failed++;
        }
        t.files++;
    }
    em_buf_release(&line);
    if (a->summary)
        print_summary(&t);
    if (!em_output_end(out, a->output, t.failed < t.files) || t.failed == t.files)
        return EM_EXIT_FAILED;
    return t.damaged || inputs->no_files || t.failed ? EM_EXIT_DAMAGED : EM_EXIT_OK;
}

static int cmd_records_run(int argc, char **argv)
{
    struct arguments a = {.output = NULL};
    const struct em_option options[] = {
        {EM_OPT_STRING, 'o', "output", &a.output, "FILE",
         "Write to this file instead of standard output."},
        {EM_OPT_STRING, 0, "type", &a.type, "TYPE",
         "List only records of this type: response, request, conversion, damage and so "
         "on (default: all)."},
        {EM_OPT_FLAG, 0, "no-verify", &a.no_verify, NULL,
         "Do not compute digests; they are then listed as absent."},
        {EM_OPT_FLAG, 0, "fields", &a.fields, NULL,
         "For Parquet, include the row's values as a JSON object."},
        {EM_OPT_FLAG, 0, "summary", &a.summary, NULL,
         "Print counts by type on standard error at the end."},
        {EM_OPT_FLAG, 'q', "quiet", &a.quiet, NULL,
         "Do not list damage on standard error."},
        EM_OPTIONS_END,
    };
    int operands;
    int code = em_options_parse(&cmd_records, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    if (operands == 0)
        return em_usage_error(&cmd_records, "name at least one file");
    struct em_inputs inputs = {.note = em_tell_input};
    struct em_err err = {.status = EM_OK};
    enum em_status status = EM_OK;
    for (int i = 1; i <= operands && status == EM_OK; i++)
        status = em_inputs_add(&inputs, argv[i], &err);
    if (status == EM_OK) {
        code = list_all(&a, &inputs);
    } else {
        em_error_report("records", &err);
        code = EM_EXIT_FAILED;
    }
    em_inputs_release(&inputs);
    return code;
}

const struct em_command cmd_records = {
    .keeps_pipes = true,
    .meters = true,
    .name = "records",
    .arguments = "FILE...",
    .summary = "list the records of an archive, one JSON line each",
    .description =
        "Reads WARC, ARC, WET, corpus files (plain, gzip, zstd) and Parquet (- is "
        "standard input)\n"
        "and writes for every record: file, offset, length (bytes as stored), type, url, "
        "date,\n"
        "mime, http_status, payload_length, block_digest and payload_digest (ok, bad or "
        "absent),\n"
        "truncated, error. Damage is listed on standard error, and the exit code is then "
        "3.\n"
        "\n"
        "  echometer records crawl.warc.gz\n"
        "  echometer records --type response --no-verify crawl.warc.gz | jq -r .url",
    .run = cmd_records_run,
    .plumbing = true,
};
