/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer sample`: a plan of records, or of whole files, chosen at random with known
 * probabilities, for `scan --plan`. Indexes are read as files, never through an API.
 */
#include "base/meter.h"
#include "cli/commands.h"
#include "cli/remote_args.h"
#include "pipeline/scan/draw.h"
#include "cli/stop.h"

#include <string.h>

struct arguments {
    struct em_strings manifests;
    struct em_remote_args remote;
    const char *by, *output;
    struct em_draw_request request;
    bool dry_run, quiet;
};

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0;
}

static enum em_status read_clusters(struct em_draw *draw, const struct em_inputs *inputs,
                                    struct em_err *err)
{
    em_meter_begin(EM_METER_STEPS, "reading lists of blocks", inputs->n);
    for (size_t i = 0; i < inputs->n; i++, em_meter_add(EM_METER_STEPS, 1)) {
        if (!ends_with(inputs->paths[i], "cluster.idx"))
            continue;
        enum em_status status = em_draw_read_cluster(draw, inputs->paths[i], err);
        if (status < 0) {
            em_error("%s: %s", inputs->paths[i],
                     err->text[0] ? err->text : em_status_text(status));
            return status;
        }
    }
    return EM_OK;
}

static enum em_status from_indexes(const struct arguments *a, struct em_draw *draw,
                                   const struct em_inputs *inputs, struct em_err *err)
{
    struct em_draw_frame frame;
    uint64_t bad, lines;
    EM_TRY(read_clusters(draw, inputs, err));
    EM_TRY(em_draw_blocks(draw, &frame, err));
    fprintf(
        stderr,
        "index: %.3f MB of cluster.idx read; %zu of %zu blocks to read: %zu requests, "
        "%.3f MB; then about %llu records, one request each where none are near\n",
        (double)frame.index_bytes / 1e6, frame.chosen, frame.blocks, frame.chosen,
        (double)frame.bytes / 1e6, (unsigned long long)a->request.n);
    if (a->dry_run)
        return EM_OK;
    EM_TRY(em_draw_lines(draw, &bad, &lines, err));
    if (bad)
        em_error("%llu of %llu lines of the index name no record",
                 (unsigned long long)bad, (unsigned long long)lines);
    return EM_OK;
}

static enum em_status write_plan(const struct arguments *a, const struct em_draw *draw,
                                 bool index)
{
    uint64_t requests, bytes;
    FILE *out = em_output_open(a->output);
    if (!out)
        return EM_ERR_IO;
    enum em_status status = em_draw_write(draw, out);
    em_draw_cost(draw, &requests, &bytes);
    if (!a->quiet)
        fprintf(stderr, "plan: %zu %s, %llu requests, %.3f MB\n", em_draw_size(draw),
                index ? "records" : "whole files", (unsigned long long)requests,
                (double)bytes / 1e6);
    return em_output_end(out, a->output, status >= 0) ? status : EM_ERR_IO;
}

static enum em_status make_plan(const struct arguments *a, struct em_draw *draw,
                                struct em_inputs *inputs, struct em_err *err)
{
    bool index = false;
    for (size_t i = 0; i < inputs->n; i++)
        index |= ends_with(inputs->paths[i], "cluster.idx");
    if (index)
        EM_TRY(em_remote_args_rebase(&a->remote, inputs, 0));
    EM_TRY(index ? from_indexes(a, draw, inputs, err) : em_draw_files(draw, inputs));
    return a->dry_run ? EM_OK : write_plan(a, draw, index);
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
        a->request.keys |= bit;
        rest = em_view_sub(rest, end + 1, rest.len);
    }
    return true;
}

static enum em_status run_sample(struct arguments *a, char **operands, int n,
                                 struct em_err *err)
{
    struct em_draw *draw = NULL;
    struct em_remote_pool *remote = NULL;
    struct em_inputs inputs = {.note = em_tell_input};
    enum em_status status =
        em_remote_args_pool(&a->remote, em_stop_catch(), &remote, err);
    for (size_t i = 0; i < a->manifests.n && status == EM_OK; i++)
        status = em_remote_args_manifest(remote, &inputs, a->manifests.items[i], err);
    size_t operands_from = inputs.n;
    for (int i = 0; i < n && status == EM_OK; i++)
        status = em_inputs_push(&inputs, em_view_of(operands[i]));
    if (status == EM_OK)
        status = em_remote_args_name(remote, &inputs, operands_from);
    if (status == EM_OK)
        status = em_draw_new(&draw, &a->request, remote);
    if (status == EM_OK)
        status = make_plan(a, draw, &inputs, err);
    em_draw_free(draw);
    em_inputs_release(&inputs);
    em_remote_pool_free(remote);
    return status;
}

static int cmd_sample_run(int argc, char **argv)
{
    struct arguments a = {
        .request.gap = EM_PLAN_GAP, .request.n = 20000, .request.seed = 1};
    const struct em_option options[] = {
        {EM_OPT_STRINGS, 0, "manifest", &a.manifests, "FILE",
         "Choose from the files listed in this file, one a line (plain, .gz or .zst). "
         "Where the list has a cluster.idx, records are chosen from its index, otherwise "
         "whole files. The option may be repeated."},
        {EM_OPT_U64, 'n', "n", &a.request.n, "N",
         "Choose about N records or files (default 20000)."},
        {EM_OPT_U64, 0, "seed", &a.request.seed, "S",
         "Start random choices from this number (default 1); the same seed gives the "
         "same sample."},
        {EM_OPT_STRING, 0, "by", &a.by, "KEYS",
         "Give small groups more than their share, with smaller weights; groups are by "
         "month, tld or lang, or several of them separated by commas (default: no "
         "groups)."},
        {EM_OPT_U64, 0, "blocks", &a.request.blocks, "N",
         "Read N blocks of the index (default: one for ten records)."},
        {EM_OPT_U64, 0, "gap", &a.request.gap, "BYTES",
         "Count records as one request when they are closer than this many bytes in one "
         "file (default 64k)."},
        {EM_OPT_FLAG, 0, "all", &a.request.all, NULL,
         "Choose among all captures. The default is those with status 200 and some kind "
         "of text."},
        {EM_OPT_FLAG, 0, "dry-run", &a.dry_run, NULL,
         "Only report what reading the index will cost."},
        {EM_OPT_STRING, 'o', "output", &a.output, "FILE",
         "Write the plan to this file instead of standard output."},
        EM_REMOTE_OPTIONS(a.remote),
        {EM_OPT_FLAG, 'q', "quiet", &a.quiet, NULL,
         "Do not report what the sample comes to."},
        EM_OPTIONS_END,
    };
    int operands;
    int code = em_options_parse(&cmd_sample, options, argc, argv, &operands);
    if (code == EM_EXIT_OK && a.manifests.n == 0 && operands == 0)
        code = em_usage_error(
            &cmd_sample, "name what to sample from: files, or a list with --manifest");
    if (code == EM_EXIT_OK && !read_keys(&a))
        code =
            em_usage_error(&cmd_sample, "--by is of month, tld and lang, not '%s'", a.by);
    if (code == EM_EXIT_OK && (a.request.n == 0 || a.request.n > 10000000))
        code = em_usage_error(&cmd_sample, "--n is from 1 to 10M");
    if (code != EM_EXIT_OK)
        return code;
    struct em_err err = {.status = EM_OK};
    enum em_status status = run_sample(&a, argv + 1, operands, &err);
    bool told = status == EM_ERR_IO && err.status == EM_OK; /* of the output */
    if (status < 0 && err.status == EM_OK)
        em_fail(&err, status, "sample", "%s", em_status_text(status));
    if (status < 0 && !told)
        em_error_report("sample", &err);
    return status < 0 ? EM_EXIT_FAILED : EM_EXIT_OK;
}

const struct em_command cmd_sample = {
    .keeps_pipes = true,
    .name = "sample",
    .meters = true,
    .arguments = "[FILE...]",
    .summary = "draw a random sample of records across crawls, as a plan for scan",
    .description = "Chooses records with known probabilities from indexes in the zipnum "
                   "form (cluster.idx and\n"
                   "its blocks, as Common Crawl publishes them), or whole files, and "
                   "writes a plan: a JSON\n"
                   "line for each with file, offset, length and weight. Only a small "
                   "part of each index is\n"
                   "read. `scan --plan` then reads exactly those records, and the "
                   "weights make `prevalence` an\n"
                   "estimate for everything that the indexes list (docs/REMOTE.md).\n"
                   "\n"
                   "  echometer sample --manifest cc-index.paths.gz --base "
                   "https://data.commoncrawl.org \\\n"
                   "      --n 20000 --by month,lang -o plan.jsonl\n"
                   "  echometer scan --plan plan.jsonl --base "
                   "https://data.commoncrawl.org --index idx",
    .run = cmd_sample_run,
};
