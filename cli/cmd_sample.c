/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer sample`: a plan of records, or of whole files, chosen at random with known
 * probabilities, for `scan --plan`. Indexes are read as files, never through an API.
 */
#include "base/alloc.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/remote_args.h"
#include "pipeline/scan/sample_frame.h"
#include "cli/stop.h"
#include "crawler/archive/cdx.h"

#include <stdlib.h>

/* Lines wanted of a block, as a rule: neighbours in an index are pages of one site, so that
 * more tell little; fewer make the index the greater part of the cost. */
enum { LINES_A_BLOCK = 10 };
/* Salts: which blocks, lines and files are chosen must not depend on each other. */
enum { SALT_BLOCK = 1, SALT_LINE = 2, SALT_FILE = 3 };

struct arguments {
    struct em_strings manifests;
    struct em_remote_args remote;
    const char *by, *output;
    uint64_t n, seed, blocks, gap;
    unsigned keys;
    bool dry_run, all, quiet;
};

struct sample {
    const struct arguments *a;
    struct em_remote_pool *remote;
    struct em_sample_names files;   /* cdx files, then archives */
    struct em_sample_names strata;  /* phase 1 */
    struct em_sample_block *blocks; /* of all crawls */
    size_t n_blocks, cap_blocks;
    struct em_sample_pool lines;
    struct em_json_reader *json;
    struct em_plan_record *records;
    size_t n_records;
    uint64_t index_bytes, total_lines, bad_lines;
};

static uint64_t place_hash(const struct sample *s, const char *file, uint64_t offset,
                           uint64_t salt)
{
    uint64_t h = em_hash64(file, strlen(file), em_mix64(s->a->seed * 4 + salt));
    return em_mix64(h ^ em_mix64(offset + 0x9E3779B97F4A7C15u * salt));
}

/* --- phase 1 ----------------------------------------------------------------------------- */

static enum em_status add_block(struct sample *s, const char *cluster,
                                const struct em_cdx_block *block)
{
    char name[EM_MAX_URL];
    if (s->n_blocks == s->cap_blocks) {
        size_t cap = s->cap_blocks ? 2 * s->cap_blocks : 4096;
        void *more = em_realloc_array(s->blocks, cap, sizeof(s->blocks[0]));
        if (!more)
            return EM_ERR_NOMEM;
        s->blocks = more;
        s->cap_blocks = cap;
    }
    const char *slash = strrchr(cluster, '/');
    int folder = slash ? (int)(slash - cluster + 1) : 0;
    int len = snprintf(name, sizeof(name), "%.*s%.*s", folder, cluster,
                       EM_VIEW_ARGS(block->file));
    if (len < 0 || (size_t)len >= sizeof(name))
        return EM_ERR_LIMIT;
    struct em_sample_block *b = &s->blocks[s->n_blocks];
    *b = (struct em_sample_block){.offset = block->offset, .length = block->length};
    EM_TRY(em_sample_name(&s->files, em_view_of(name), &b->file));
    b->hash = place_hash(s, name, b->offset, SALT_BLOCK);
    struct em_view tld =
        s->a->keys & EM_SAMPLE_TLD ? em_cdx_tld(block->key) : EM_VIEW_NONE;
    snprintf(name, sizeof(name), "%.*s %.*s", folder, cluster, EM_VIEW_ARGS(tld));
    EM_TRY(em_sample_name(&s->strata, em_view_of(name), &b->stratum));
    s->n_blocks++;
    return EM_OK;
}

static enum em_status read_cluster(struct sample *s, const char *path, struct em_err *err)
{
    struct em_cdx_lines lines;
    struct em_view line;
    struct em_cdx_block block;
    EM_TRY(em_cdx_lines_open(&lines, path, s->remote, 0, 0, err));
    enum em_status status;
    while ((status = em_cdx_lines_next(&lines, &line, err)) == EM_OK) {
        if (!em_cdx_block_read(&block, em_view_trim(line)))
            status = em_fail(err, EM_ERR_FORMAT, "sample",
                             "a line is none of a "
                             "cluster.idx");
        else
            status = add_block(s, path, &block);
        if (status < 0)
            break;
    }
    s->index_bytes += lines.stream.in.offset;
    em_cdx_lines_close(&lines);
    return status == EM_END ? EM_OK : status;
}

/* --- phase 2 ----------------------------------------------------------------------------- */

/* Documents: what was fetched well and has text. */
static bool is_page(const struct em_cdx *c)
{
    return em_view_eq(c->status, EM_VIEW("200")) &&
           (em_view_istarts(c->mime, EM_VIEW("text/")) ||
            em_view_istarts(c->mime, EM_VIEW("application/xhtml")));
}

static enum em_status add_line(struct sample *s, const struct em_sample_block *block,
                               struct em_view text)
{
    char group[160];
    struct em_cdx c;
    struct em_sample_line line = {.weight = block->weight};
    s->total_lines++;
    if (!em_cdx_read(&c, s->json, text)) {
        s->bad_lines++;
        return EM_OK;
    }
    if (!s->a->all && !is_page(&c))
        return EM_OK;
    unsigned keys = s->a->keys;
    struct em_view month = em_view_sub(c.timestamp, 0, keys & EM_SAMPLE_MONTH ? 6 : 0),
                   tld = keys & EM_SAMPLE_TLD ? em_cdx_tld(c.key) : EM_VIEW_NONE,
                   lang = em_view_sub(c.languages, 0, keys & EM_SAMPLE_LANG ? 3 : 0);
    snprintf(group, sizeof(group), "%.*s|%.*s|%.*s", EM_VIEW_ARGS(month),
             EM_VIEW_ARGS(tld), EM_VIEW_ARGS(lang));
    EM_TRY(em_sample_name(&s->files, c.file, &line.file));
    line.offset = c.offset;
    line.length = c.length;
    line.hash = place_hash(s, s->files.names[line.file], c.offset, SALT_LINE);
    return em_sample_add(&s->lines, em_view_of(group), &line);
}

static int by_place(const void *a, const void *b)
{
    const struct em_sample_block *x = a, *y = b;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

static enum em_status read_block(struct sample *s, const struct em_sample_block *block,
                                 struct em_err *err)
{
    struct em_cdx_lines lines;
    struct em_view line;
    EM_TRY(em_cdx_lines_open(&lines, s->files.names[block->file], s->remote,
                             block->offset, block->offset + block->length, err));
    enum em_status status;
    while ((status = em_cdx_lines_next(&lines, &line, err)) == EM_OK)
        if ((status = add_line(s, block, em_view_trim(line))) < 0)
            break;
    em_cdx_lines_close(&lines);
    return status == EM_END ? EM_OK : status;
}

/* A block that cannot be read is an error: to leave it out would bias the sample. */
static enum em_status read_blocks(struct sample *s, size_t n, struct em_err *err)
{
    enum { AHEAD = 4 };
    qsort(s->blocks, n, sizeof(s->blocks[0]), by_place);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = i + 1; k < n && k < i + AHEAD; k++) {
            const struct em_sample_block *b = &s->blocks[k];
            if (em_remote_named(s->files.names[b->file]))
                em_remote_prefetch(s->remote, s->files.names[b->file], b->offset,
                                   b->offset + b->length);
        }
        EM_TRY(read_block(s, &s->blocks[i], err));
    }
    return EM_OK;
}

static enum em_status take_lines(struct sample *s)
{
    em_sample_cut(&s->lines, (size_t)s->a->n);
    for (uint32_t g = 0; g < s->lines.groups.n; g++)
        s->n_records += s->lines.items[g].n;
    s->records = em_calloc(s->n_records ? s->n_records : 1, sizeof(s->records[0]));
    if (!s->records)
        return EM_ERR_NOMEM;
    size_t n = 0;
    for (uint32_t g = 0; g < s->lines.groups.n; g++)
        for (size_t i = 0; i < s->lines.items[g].n; i++) {
            const struct em_sample_line *l = &s->lines.items[g].lines[i];
            s->records[n++] = (struct em_plan_record){s->files.names[l->file], l->offset,
                                                      l->length, l->weight};
        }
    return EM_OK;
}

/* --- whole files ------------------------------------------------------------------------- */

static enum em_status take_files(struct sample *s, struct em_inputs *inputs)
{
    struct em_sample_block *all = em_calloc(inputs->n ? inputs->n : 1, sizeof(all[0]));
    s->records = em_calloc(inputs->n ? inputs->n : 1, sizeof(s->records[0]));
    if (!all || !s->records) {
        em_free(all);
        return EM_ERR_NOMEM;
    }
    for (size_t i = 0; i < inputs->n; i++)
        all[i] = (struct em_sample_block){
            .hash = place_hash(s, inputs->paths[i], 0, SALT_FILE), .offset = i};
    s->n_records = em_sample_blocks(all, inputs->n, 1, (size_t)s->a->n);
    for (size_t i = 0; i < s->n_records; i++)
        s->records[i] = (struct em_plan_record){.file = inputs->paths[all[i].offset],
                                                .weight = all[i].weight};
    em_free(all);
    return EM_OK;
}

/* --- output ------------------------------------------------------------------------------ */

static void cost_of(const struct sample *s, uint64_t *requests, uint64_t *bytes)
{
    uint64_t end = 0;
    *requests = *bytes = 0;
    for (size_t i = 0; i < s->n_records; i++) {
        const struct em_plan_record *r = &s->records[i];
        uint64_t ends = r->offset + r->length;
        if (i == 0 || !em_plan_joins(&r[-1], end, r, s->a->gap)) {
            ++*requests;
            *bytes += r->length;
            end = ends;
        } else if (ends > end) {
            *bytes += ends - end;
            end = ends;
        }
    }
}

static enum em_status write_plan(struct sample *s, FILE *out)
{
    struct em_buf line;
    struct em_json j;
    uint64_t requests, bytes;
    cost_of(s, &requests, &bytes);
    em_buf_init(&line, 4 * EM_MAX_URL);
    em_json_init(&j, &line);
    em_json_object(&j);
    em_json_key(&j, "plan"), em_json_string(&j, EM_VIEW("echometer sample 1"));
    em_json_key(&j, "seed"), em_json_u64(&j, s->a->seed);
    em_json_key(&j, "records"), em_json_u64(&j, s->n_records);
    em_json_key(&j, "requests"), em_json_u64(&j, requests);
    em_json_key(&j, "bytes"), em_json_u64(&j, bytes);
    em_json_end(&j);
    enum em_status status = em_json_finish(&j);
    for (size_t i = 0; i < s->n_records && status == EM_OK; i++) {
        const struct em_plan_record *r = &s->records[i];
        em_json_init(&j, &line);
        em_json_object(&j);
        em_json_key(&j, "file"), em_json_string(&j, em_view_of(r->file));
        if (r->length) {
            em_json_key(&j, "offset"), em_json_u64(&j, r->offset);
            em_json_key(&j, "length"), em_json_u64(&j, r->length);
        }
        em_json_key(&j, "weight"), em_json_fixed(&j, r->weight, 6);
        em_json_end(&j);
        status = em_json_finish(&j);
        if (line.len > EM_MAX_URL && status == EM_OK) {
            fwrite(line.data, 1, line.len, out);
            em_buf_clear(&line);
        }
    }
    fwrite(line.data ? line.data : "", 1, line.len, out);
    em_buf_release(&line);
    if (!s->a->quiet)
        fprintf(stderr, "plan: %zu %s, %llu requests, %.3f MB\n", s->n_records,
                s->n_blocks ? "records" : "whole files", (unsigned long long)requests,
                (double)bytes / 1e6);
    return status;
}

/* --- the command ------------------------------------------------------------------------- */

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0;
}

static enum em_status from_indexes(struct sample *s, const struct em_inputs *inputs,
                                   bool *done, struct em_err *err)
{
    const struct arguments *a = s->a;
    for (size_t i = 0; i < inputs->n; i++)
        if (ends_with(inputs->paths[i], "cluster.idx")) {
            enum em_status status = read_cluster(s, inputs->paths[i], err);
            if (status < 0) {
                em_error("%s: %s", inputs->paths[i],
                         err->text[0] ? err->text : em_status_text(status));
                return status;
            }
        }
    size_t want = a->blocks ? (size_t)a->blocks : (size_t)(a->n / LINES_A_BLOCK + 1);
    size_t frame = s->n_blocks;
    size_t n = em_sample_blocks(s->blocks, frame, s->strata.n, want);
    if (n == 0)
        return em_fail(err, EM_ERR_FORMAT, "sample", "the indexes have no blocks");
    uint64_t bytes = 0;
    for (size_t i = 0; i < n; i++)
        bytes += s->blocks[i].length;
    fprintf(
        stderr,
        "index: %.3f MB of cluster.idx read; %zu of %zu blocks to read: %zu requests, "
        "%.3f MB; then about %llu records, one request each where none are near\n",
        (double)s->index_bytes / 1e6, n, frame, n, (double)bytes / 1e6,
        (unsigned long long)a->n);
    *done = a->dry_run;
    if (a->dry_run)
        return EM_OK;
    s->lines.most = (size_t)a->n;
    EM_TRY(em_json_reader_new(&s->json));
    EM_TRY(read_blocks(s, n, err));
    if (s->bad_lines)
        em_error("%llu of %llu lines of the index name no record",
                 (unsigned long long)s->bad_lines, (unsigned long long)s->total_lines);
    return take_lines(s);
}

static enum em_status draw(struct sample *s, struct em_inputs *inputs, struct em_err *err)
{
    bool index = false, done = false;
    for (size_t i = 0; i < inputs->n; i++)
        index |= ends_with(inputs->paths[i], "cluster.idx");
    if (index)
        EM_TRY(em_remote_args_rebase(&s->a->remote, inputs, 0));
    EM_TRY(index ? from_indexes(s, inputs, &done, err) : take_files(s, inputs));
    if (done)
        return EM_OK;
    if (s->n_records)
        qsort(s->records, s->n_records, sizeof(s->records[0]), em_plan_by_place);
    FILE *out = s->a->dry_run ? NULL : em_output_open(s->a->output);
    if (!out)
        return s->a->dry_run ? EM_OK : EM_ERR_IO;
    enum em_status status = write_plan(s, out);
    return em_output_close(out, s->a->output) ? status : EM_ERR_IO;
}

static bool read_keys(struct arguments *a)
{
    struct em_view rest = em_view_of(a->by);
    while (rest.len) {
        size_t end = em_view_find(rest, 0, EM_VIEW(","));
        struct em_view key = em_view_trim(em_view_sub(rest, 0, end));
        unsigned bit = em_view_eq(key, EM_VIEW("month"))  ? EM_SAMPLE_MONTH
                       : em_view_eq(key, EM_VIEW("tld"))  ? EM_SAMPLE_TLD
                       : em_view_eq(key, EM_VIEW("lang")) ? EM_SAMPLE_LANG
                                                          : 0;
        if (!bit)
            return false;
        a->keys |= bit;
        rest = em_view_sub(rest, end + 1, rest.len);
    }
    return true;
}

static enum em_status run_sample(struct arguments *a, char **operands, int n,
                                 struct em_err *err)
{
    struct sample s = {.a = a};
    struct em_inputs inputs = {.paths = NULL};
    enum em_status status =
        em_remote_args_pool(&a->remote, em_stop_catch(), &s.remote, err);
    for (size_t i = 0; i < a->manifests.n && status == EM_OK; i++)
        status = em_remote_args_manifest(s.remote, &inputs, a->manifests.items[i], err);
    size_t operands_from = inputs.n;
    for (int i = 0; i < n && status == EM_OK; i++)
        status = em_inputs_push(&inputs, em_view_of(operands[i]));
    if (status == EM_OK)
        status = em_remote_args_name(s.remote, &inputs, operands_from);
    if (status == EM_OK)
        status = draw(&s, &inputs, err);
    em_json_reader_free(s.json);
    em_sample_release(&s.lines);
    em_sample_names_release(&s.files);
    em_sample_names_release(&s.strata);
    em_free(s.blocks);
    em_free(s.records);
    em_inputs_release(&inputs);
    em_remote_pool_free(s.remote);
    return status;
}

static int cmd_sample_run(int argc, char **argv)
{
    struct arguments a = {.gap = EM_PLAN_GAP, .n = 20000, .seed = 1};
    const struct em_option options[] = {
        {EM_OPT_STRINGS, 0, "manifest", &a.manifests, "FILE",
         "Names of files, one a line (plain, .gz, .zst). Where a cluster.idx is among "
         "them, records are chosen from its index, else whole files. May be given "
         "several times."},
        {EM_OPT_U64, 'n', "n", &a.n, "N",
         "About so many records or files. Default 20000."},
        {EM_OPT_U64, 0, "seed", &a.seed, "S",
         "The same seed gives the same sample. Default 1."},
        {EM_OPT_STRING, 0, "by", &a.by, "KEYS",
         "month, tld, lang, joined by commas: small groups get more than their share, "
         "with smaller weights."},
        {EM_OPT_U64, 0, "blocks", &a.blocks, "N",
         "Blocks of the index to read. Default: one for ten records."},
        {EM_OPT_U64, 0, "gap", &a.gap, "BYTES",
         "Records closer than that in one file count as one request. Default 64k."},
        {EM_OPT_FLAG, 0, "all", &a.all, NULL,
         "All captures; default: status 200 and text of some kind."},
        {EM_OPT_FLAG, 0, "dry-run", &a.dry_run, NULL,
         "Only say what reading the index will cost."},
        {EM_OPT_STRING, 'o', "output", &a.output, "FILE",
         "Write the plan there instead of standard output."},
        EM_REMOTE_OPTIONS(a.remote),
        {EM_OPT_FLAG, 'q', "quiet", &a.quiet, NULL, "Do not print what it comes to."},
        EM_OPTIONS_END,
    };
    int operands;
    int code = em_options_parse(&cmd_sample, options, argc, argv, &operands);
    if (code == EM_EXIT_OK && a.manifests.n == 0 && operands == 0)
        code = em_usage_error(&cmd_sample, "nothing to sample from");
    if (code == EM_EXIT_OK && !read_keys(&a))
        code =
            em_usage_error(&cmd_sample, "--by is of month, tld and lang, not '%s'", a.by);
    if (code == EM_EXIT_OK && (a.n == 0 || a.n > 10000000))
        code = em_usage_error(&cmd_sample, "--n is from 1 to 10M");
    if (code != EM_EXIT_OK)
        return code;
    struct em_err err = {.status = EM_OK};
    enum em_status status = run_sample(&a, argv + 1, operands, &err);
    if (status < 0 && err.status == EM_OK)
        em_fail(&err, status, "sample", "%s", em_status_text(status));
    if (status < 0)
        em_error_report("sample", &err);
    return status < 0 ? EM_EXIT_FAILED : EM_EXIT_OK;
}

const struct em_command cmd_sample = {
    .name = "sample",
    .arguments = "[FILE...]",
    .summary = "a random sample of records across crawls, as a plan for scan",
    .description =
        "Chooses records with known probabilities from indexes in the zipnum form "
        "(cluster.idx\n"
        "and its blocks, as Common Crawl has them), or whole files, and writes a plan: a "
        "JSON\n"
        "line for each with file, offset, length and weight. The indexes are read as "
        "files,\n"
        "a small part of them. `scan --plan` then reads exactly those records, and "
        "weights\n"
        "make `prevalence` an estimate for all that the indexes list "
        "(docs/REMOTE.md).\n\n"
        "  echometer sample --manifest cc-index.paths.gz --base "
        "https://data.commoncrawl.org \\\n"
        "      --n 20000 --by month,lang -o plan.jsonl\n"
        "  echometer scan --plan plan.jsonl --base https://data.commoncrawl.org --index "
        "idx",
    .run = cmd_sample_run,
};
