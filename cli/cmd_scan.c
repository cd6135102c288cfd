/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer scan`: every document of the inputs to a verdict line.
 */
#include "base/alloc.h"
#include "base/machine.h"
#include "cli/commands.h"
#include "cli/config_options.h"
#include "pipeline/scan/heartbeat.h"
#include "pipeline/scan/plan.h"
#include "cli/progress.h"
#include "cli/scan_damage.h"
#include "cli/scan_estimate.h"
#include "cli/scan_index.h"
#include "cli/scan_line.h"
#include "cli/scan_options.h"
#include "cli/scan_stream.h"
#include "pipeline/scan/split.h"
#include "cli/stop.h"
#include "cli/models.h"
#include "index/refs/refs.h"
#include "pipeline/scan/scan.h"
#include "pipeline/scan/scan_output.h"
#include "report/verdict_table.h"

#include <string.h>

/* What is to be scanned. */
struct work {
    struct em_inputs inputs;
    struct em_range *ranges; /* of the inputs; NULL: whole files */
    struct em_plan_picks plan;
    struct em_remote_pool *remote;
};

struct run {
    FILE *out;
    bool unread;                    /* out is a pipe whose reader has gone */
    struct em_verdict_table *table; /* lines go into it; NULL: into `out` */
    struct em_err err;              /* of the table */
    struct em_progress progress;
    struct em_heartbeat heartbeat;
    struct em_scan_damage damage;
};

/* Where nobody reads on, the scan ends as after a signal: what it has done goes to the
 * index. */
static bool reader_left(struct run *run)
{
    run->unread = em_output_unread(run->out);
    if (run->unread)
        em_stop_now();
    return run->unread;
}

static bool write_lines(void *context, struct em_view lines)
{
    struct run *run = context;
    if (run->table)
        return em_verdict_table_add(run->table, lines, &run->err) == EM_OK;
    if (run->unread || fwrite(lines.data, 1, lines.len, run->out) == lines.len)
        return true;
    return reader_left(run);
}

static bool flush_lines(void *context, uint64_t *length)
{
    struct run *run = context;
    *length = 0;
    return run->unread || em_scan_output_flush(run->out, length) || reader_left(run);
}

static void list_damage(void *context, const char *file, uint64_t offset,
                        const char *reason)
{
    struct run *run = context;
    em_scan_damage_tell(&run->damage, &run->progress, file, offset, reason);
}

static void show_progress(void *context, const struct em_summary *so_far,
                          const struct em_scan_share *share)
{
    struct run *run = context;
    em_progress_show(&run->progress, so_far, share);
    em_heartbeat_beat(&run->heartbeat, so_far, share->done);
}

/* Shards and pieces may have no record by chance: that is not their failure. */
static bool may_be_empty(const struct em_scan_arguments *a, const struct work *work,
                         const struct em_summary *s)
{
    return (a->shard || a->stdin_paths || work->ranges) && s->records == 0 &&
           s->damaged == 0 && s->files_failed == 0 && s->files_without == 0;
}

static int exit_code(const struct em_scan_arguments *a, const struct work *work,
                     const struct em_summary *s)
{
    if (s->interrupted)
        return EM_EXIT_FAILED;
    if (s->documents + s->known_documents == 0 && !may_be_empty(a, work, s)) {
        em_error("no document was found in %zu input%s", work->inputs.n,
                 work->inputs.n == 1 ? "" : "s");
        return EM_EXIT_FAILED;
    }
    if (s->damaged || s->known_damaged || s->files_failed || s->files_without ||
        work->inputs.no_files)
        return EM_EXIT_DAMAGED;
    if (a->exit_code && s->verdicts[EM_VERDICT_MACHINE])
        return EM_EXIT_FINDINGS;
    return EM_EXIT_OK;
}

static enum em_status open_heartbeat(struct em_heartbeat *heartbeat,
                                     const struct em_scan_arguments *a,
                                     const struct work *work, uint32_t threads,
                                     struct em_err *err)
{
    uint64_t shard = 0, of = 1;
    if (a->shard && !em_inputs_parse_shard(a->shard, &shard, &of))
        return EM_ERR_USAGE;
    return em_heartbeat_open(heartbeat, a->status_dir, shard, of, threads, work->inputs.n,
                             err);
}

/* How it ended, for whoever watches. */
static void end_heartbeat(struct run *run, const struct em_summary *summary, int code,
                          const struct em_err *err)
{
    const char *state = summary->interrupted     ? "interrupted"
                        : code == EM_EXIT_FAILED ? "failed"
                                                 : "done";
    const char *error = err->text[0]            ? err->text
                        : summary->files_failed ? "some inputs could not be read"
                                                : NULL;
    struct em_err failed = {.status = EM_OK};
    if (em_heartbeat_end(&run->heartbeat, summary, state, error, &failed) < 0)
        em_error_report(NULL, &failed);
}

static int run_scan(struct em_scan_arguments *a, const struct work *work,
                    const struct em_model *model, const struct em_refs_sets *refs)
{
    struct run run = {.damage.quiet = a->quiet};
    struct em_err err = {.status = EM_OK};
    struct em_summary summary = {.files = 0};
    struct em_scan_options options = {
        .files = (const char *const *)work->inputs.paths,
        .n_files = work->inputs.n,
        .ranges = work->ranges,
        .picks = work->plan.picks,
        .threads = a->threads ? (uint32_t)a->threads
                              : em_machine_processors(EM_SCAN_MAX_THREADS),
        .source = {.verify = a->verify,
                   .text_field = a->text_field,
                   .url_field = a->url_field,
                   .date_field = a->date_field,
                   .id_field = a->id_field,
                   .remote = work->remote,
                   .stop = em_stop_catch()},
        .detect = {.fpr = a->fpr, .prior = a->prior, .spans = a->spans},
        .model = model,
        .refs = refs,
        .drops = a->drops,
        .format = a->no_output ? NULL : em_scan_line,
        .stop = em_stop_catch(),
        .write = write_lines,
        .flush = flush_lines,
        .damage = list_damage,
        .progress = show_progress,
        .context = &run,
    };
    if (a->estimate)
        return em_scan_estimate_print(
            &options, a->summary && strcmp(a->summary, "json") == 0, a->price);
    struct em_recorder *recorder = NULL;
    if (open_heartbeat(&run.heartbeat, a, work, options.threads, &err) < 0) {
        em_error_report("scan", &err);
        return EM_EXIT_FAILED;
    }
    if (!em_output_apart(a->output, &work->inputs)) {
        em_fail(&err, EM_ERR_USAGE, "scan", "the output is an input");
        end_heartbeat(&run, &summary, EM_EXIT_FAILED, &err);
        return EM_EXIT_FAILED;
    }
    run.out = a->index ? em_scan_index_open(&recorder, a->index, model, &work->inputs,
                                            work->ranges, a->output, a->commit)
                       : em_output_open(a->output);
    if (!run.out) {
        em_fail(&err, EM_ERR_IO, "scan", "the index or the output could not be opened");
        end_heartbeat(&run, &summary, EM_EXIT_FAILED, &err);
        return EM_EXIT_FAILED;
    }
    options.recorder = recorder;
    em_progress_init(&run.progress, a->progress, a->quiet);
    enum em_status status = em_scan_arguments_table(a) && !a->no_output
                                ? em_verdict_table_new(&run.table, run.out, &err)
                                : EM_OK;
    if (status == EM_OK)
        status = em_scan_run(&options, &summary, &err);
    if (status == EM_OK && run.table)
        status = em_verdict_table_end(run.table, &err);
    if (status < 0 && run.err.status < 0)
        err = run.err;
    em_verdict_table_free(run.table);
    em_progress_clear(&run.progress);
    em_scan_damage_end(&run.damage);
    em_recorder_free(recorder);
    if (run.unread) {
        summary.interrupted = true;
        end_heartbeat(&run, &summary, EM_EXIT_FAILED, &err);
        em_output_broken();
    }
    /* A run without any document, of a mistyped input perhaps, leaves what was there. */
    bool keep = status >= 0 && (summary.interrupted || summary.documents || a->index ||
                                a->shard || (summary.records && a->drops));
    bool written = em_output_end(run.out, a->output, keep);
    if (status < 0)
        em_error_report("scan", &err);
    else if (!a->quiet)
        status = em_scan_index_summary(a, &summary, model, options.threads);
    if (!a->quiet)
        em_remote_args_report(work->remote);
    int code = written && status == EM_OK ? exit_code(a, work, &summary) : EM_EXIT_FAILED;
    a->files_failed = summary.files_failed > 0;
    a->nothing = written && status == EM_OK && !summary.interrupted &&
                 summary.documents + summary.known_documents == 0;
    end_heartbeat(&run, &summary, code, &err);
    return code;
}

/* As a mapper: what cannot be read fails it, so that the engine tries again; what is damaged
 * is in the rows, and a mapper that exits with 3 would be tried for nothing. */
static int run_stream(struct em_scan_arguments *a, const struct work *work,
                      const struct em_model *model, const struct em_refs_sets *refs)
{
    struct em_scan_stream stream;
    struct em_err err = {.status = EM_OK};
    const char *output = a->output;
    int code = EM_EXIT_FAILED;
    enum em_status status = em_scan_stream_begin(&stream, &err);
    a->index = stream.dir;
    a->output = NULL;
    a->no_output = true;
    if (status == EM_OK)
        code = run_scan(a, work, model, refs);
    if ((code == EM_EXIT_DAMAGED || a->nothing) && !a->files_failed)
        code = EM_EXIT_OK;
    else if (code == EM_EXIT_DAMAGED)
        code = EM_EXIT_FAILED;
    if (code == EM_EXIT_OK)
        status = em_scan_stream_rows(&stream, output, &err);
    em_scan_stream_end(&stream);
    if (status < 0)
        em_error_report("scan", &err);
    return status < 0 ? EM_EXIT_FAILED : code;
}

static enum em_status collect_inputs(const struct em_scan_arguments *a, char **names,
                                     int n, struct work *work, struct em_err *err)
{
    uint64_t index, count;
    struct em_inputs *inputs = &work->inputs;
    inputs->note = em_tell_input;
    inputs->by_name = a->shard != NULL;
    for (int i = 0; i < n; i++)
        EM_TRY(em_inputs_add(inputs, names[i], err));
    EM_TRY(em_remote_args_name(work->remote, inputs, 0));
    size_t named = inputs->n;
    if (a->manifest)
        EM_TRY(em_remote_args_manifest(work->remote, inputs, a->manifest, err));
    size_t listed = inputs->n;
    if (a->stdin_paths)
        EM_TRY(em_scan_stream_inputs(inputs, stdin, err));
    if (a->plan)
        EM_TRY(em_plan_read(a->plan, a->gap, inputs, &work->ranges, &work->plan, err));
    EM_TRY(em_remote_args_name(work->remote, inputs, listed));
    EM_TRY(em_remote_args_rebase(&a->remote, inputs, named));
    if (a->shard && a->plan && em_inputs_parse_shard(a->shard, &index, &count))
        em_plan_shard(&work->plan, inputs, work->ranges, index, count);
    if (a->plan)
        return EM_OK;
    EM_TRY(em_inputs_unpack(inputs, work->remote, err));
    if (a->split)
        EM_TRY(em_split_inputs(inputs, a->split, &work->ranges, err));
    if (a->shard && em_inputs_parse_shard(a->shard, &index, &count))
        em_split_shard(inputs, work->ranges, index, count);
    return EM_OK;
}

/* Sets named, and those that the index has. */
static enum em_status load_refs(const struct em_scan_arguments *a,
                                struct em_refs_sets *refs, struct em_err *err)
{
    EM_TRY(em_refs_sets_add_all(refs, a->refs.items, a->refs.n, err));
    return a->index ? em_refs_open_index_dir(refs, a->index, err) : EM_OK;
}

static int scan_inputs(struct em_scan_arguments *a, char **names, int n)
{
    int code;
    struct work work = {.ranges = NULL};
    struct em_model *model = NULL;
    struct em_refs_sets refs;
    struct em_err err = {.status = EM_OK};
    em_refs_sets_init(&refs);
    enum em_status status =
        em_remote_args_pool(&a->remote, em_stop_catch(), &work.remote, &err);
    if (status == EM_OK)
        status = collect_inputs(a, names, n, &work, &err);
    if (status == EM_OK)
        status =
            a->text_only ? EM_OK : em_models_load("scan", a->model, true, &model, &err);
    if (status == EM_OK)
        status = load_refs(a, &refs, &err);
    if (status == EM_OK) {
        code = em_models_check_rate(&cmd_scan, model, a->fpr);
        if (code == EM_EXIT_OK)
            code = a->stdin_paths ? run_stream(a, &work, model, &refs)
                                  : run_scan(a, &work, model, &refs);
    } else {
        em_error_report("scan", &err);
        code = EM_EXIT_FAILED;
    }
    em_model_free(model);
    em_refs_sets_release(&refs);
    em_plan_release(&work.plan);
    em_remote_pool_free(work.remote);
    em_free(work.ranges);
    em_inputs_release(&work.inputs);
    return code;
}

static int cmd_scan_run(int argc, char **argv)
{
    struct em_scan_arguments a;
    struct em_option options[EM_SCAN_MAX_OPTIONS];
    struct em_config *config;
    int operands;
    em_scan_arguments_init(&a, options);
    a.command = &cmd_scan;
    int code = em_config_parse(&cmd_scan, options, argc, argv, &operands, &config);
    if (code == EM_EXIT_OK)
        code = em_scan_arguments_check(&a, operands);
    if (code == EM_EXIT_OK)
        code = scan_inputs(&a, argv + 1, operands);
    em_config_free(config);
    return code;
}

const struct em_command cmd_scan = {
    .keeps_pipes = true,
    .name = "scan",
    .arguments = "INPUT...",
    .summary =
        "score every document of archives and corpora and print one JSON line for each",
    .description =
        "INPUT is a WARC, ARC, WET, JSONL, text or HTML file (plain, .gz, .zst), a "
        "Parquet file, a\n"
        "WACZ, a folder, an address (https://, http://, s3://bucket/key), or - for "
        "standard input.\n"
        "Its kind is recognised by its content. One JSON line for each document goes to "
        "standard\n"
        "output, in input order, and a summary goes to standard error.\n"
        "\n"
        "  echometer scan crawl.warc.gz > verdicts.jsonl\n"
        "  echometer scan --drops --summary json -o v.jsonl dump/*.warc.gz\n"
        "  zcat corpus.jsonl.gz | echometer scan --text-field content -\n"
        "  echometer scan --index idx -o verdicts.jsonl dump/*.warc.gz   # again to "
        "resume\n"
        "\n"
        "On many machines, scan one shard on each and then merge; the result does not "
        "depend on the\n"
        "number of shards (docs/SCALE.md, configs/slurm/):\n"
        "\n"
        "  echometer scan --manifest paths.gz --shard 17/400 --split 1G --index part.17 "
        "\\\n"
        "      --no-output --status-dir state\n"
        "  echometer scan --stdin-paths < paths | sort | echometer merge --stdin -o idx",
    .run = cmd_scan_run,
};
