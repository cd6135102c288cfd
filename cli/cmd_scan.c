/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer scan`: every document of the inputs to a verdict line.
 */
#include "base/alloc.h"
#include "cli/commands.h"
#include "pipeline/scan/heartbeat.h"
#include "crawler/archive/inputs.h"
#include "pipeline/scan/plan.h"
#include "cli/progress.h"
#include "cli/remote_args.h"
#include "cli/scan_damage.h"
#include "cli/scan_index.h"
#include "cli/scan_line.h"
#include "cli/scan_stream.h"
#include "pipeline/scan/split.h"
#include "cli/stop.h"
#include "cli/models.h"
#include "index/refs/refs.h"
#include "pipeline/scan/scan.h"
#include "report/summary.h"
#include "report/verdict_table.h"

#include <string.h>
#include <unistd.h>

enum { MAX_THREADS = 1024 };

struct arguments {
    const char *output, *manifest, *shard, *summary, *model, *text_field, *index;
    const char *url_field, *date_field, *id_field;
    const char *status_dir, *plan;
    struct em_remote_args remote;
    struct em_strings refs;
    uint64_t threads, split, gap;
    double fpr, prior, commit;
    bool verify, drops, spans, exit_code, quiet, progress, no_output, text_only, resume;
    bool stdin_paths;
    bool files_failed, nothing; /* found by the scan; `nothing`: no document, no more */
};

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

static bool is_table(const char *output)
{
    struct em_view v = em_view_of(output), end = EM_VIEW(".parquet");
    return v.len > end.len && em_view_ieq(em_view_sub(v, v.len - end.len, end.len), end);
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
    return run->unread || em_scan_index_flush(run->out, length) || reader_left(run);
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

static uint32_t cpu_count(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 && n <= MAX_THREADS ? (uint32_t)n : 1;
}

/* A run that goes on, or finds everything done, says what the whole came to as well. */
static enum em_status print_summary(const struct arguments *a,
                                    const struct em_summary *summary, const char *model,
                                    uint32_t threads)
{
    struct em_buf text, index;
    struct em_err err = {.status = EM_OK};
    bool json = a->summary && strcmp(a->summary, "json") == 0;
    bool goes_on = a->index && model && (summary->known_records || summary->known_files);
    em_buf_init(&text, 1 << 20);
    em_buf_init(&index, 1 << 20);
    enum em_status status = EM_OK;
    if (goes_on && json)
        status = em_scan_index_totals(a->index, model, &index, &err);
    if (status == EM_OK && json)
        status = em_report_json(&text, summary, model, threads, em_buf_view(&index));
    else if (status == EM_OK)
        status = em_report_text(&text, summary,
                                goes_on && !summary->documents ? NULL : model,
                                a->fpr > 0 ? a->fpr : 0.01);
    if (status == EM_OK)
        fwrite(text.data, 1, text.len, stderr);
    if (status == EM_OK && goes_on && !json)
        status = em_scan_index_totals(a->index, model, NULL, &err);
    if (err.status < 0)
        em_error_report("scan", &err);
    em_buf_release(&text);
    em_buf_release(&index);
    return status;
}

/* Shards and pieces may have no record by chance: that is not their failure. */
static bool may_be_empty(const struct arguments *a, const struct work *work,
                         const struct em_summary *s)
{
    return (a->shard || a->stdin_paths || work->ranges) && s->records == 0 &&
           s->damaged == 0 && s->files_failed == 0 && s->files_without == 0;
}

static int exit_code(const struct arguments *a, const struct work *work,
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
                                     const struct arguments *a, const struct work *work,
                                     uint32_t threads, struct em_err *err)
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

static int run_scan(struct arguments *a, const struct work *work,
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
        .threads = a->threads ? (uint32_t)a->threads : cpu_count(),
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
    struct em_scan_index index = {.recorder = NULL};
    if (open_heartbeat(&run.heartbeat, a, work, options.threads, &err) < 0) {
        em_error_report("scan", &err);
        return EM_EXIT_FAILED;
    }
    if (!em_output_apart(a->output, &work->inputs)) {
        em_fail(&err, EM_ERR_USAGE, "scan", "the output is an input");
        end_heartbeat(&run, &summary, EM_EXIT_FAILED, &err);
        return EM_EXIT_FAILED;
    }
    run.out = a->index ? em_scan_index_open(&index, a->index, model, &work->inputs,
                                            work->ranges, a->output, a->commit)
                       : em_output_open(a->output);
    if (!run.out) {
        em_fail(&err, EM_ERR_IO, "scan", "the index or the output could not be opened");
        end_heartbeat(&run, &summary, EM_EXIT_FAILED, &err);
        return EM_EXIT_FAILED;
    }
    options.recorder = index.recorder;
    em_progress_init(&run.progress, a->progress, a->quiet);
    enum em_status status = is_table(a->output) && !a->no_output
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
    em_scan_index_close(&index);
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
        status = print_summary(a, &summary, model ? em_model_id(model) : NULL,
                               options.threads);
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
static int run_stream(struct arguments *a, const struct work *work,
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

static enum em_status collect_inputs(const struct arguments *a, char **names, int n,
                                     struct work *work, struct em_err *err)
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
static enum em_status load_refs(const struct arguments *a, struct em_refs_sets *refs,
                                struct em_err *err)
{
    for (size_t i = 0; i < a->refs.n; i++)
        EM_TRY(em_refs_sets_add(refs, a->refs.items[i], err));
    return a->index ? em_refs_open_index_dir(refs, a->index, err) : EM_OK;
}

static int check_arguments(const struct arguments *a, int operands)
{
    uint64_t index, count;
    if (is_table(a->output) && a->index)
        return em_usage_error(&cmd_scan,
                              "-o FILE.parquet and --index do not go together: a Parquet "
                              "file cannot be continued after an interruption");
    if (operands == 0 && !a->manifest && !a->stdin_paths && !a->plan)
        return em_usage_error(&cmd_scan, "name an input to scan (a file, a folder, an "
                                         "address, or - for standard input)");
    if (a->plan && (operands || a->manifest || a->stdin_paths || a->split))
        return em_usage_error(&cmd_scan,
                              "--plan says what is read; name no other inputs");
    if (a->shard && !em_inputs_parse_shard(a->shard, &index, &count))
        return em_usage_error(&cmd_scan, "--shard is I/N with 0 <= I < N, not '%s'",
                              a->shard);
    if (a->summary && strcmp(a->summary, "json") != 0 && strcmp(a->summary, "text") != 0)
        return em_usage_error(&cmd_scan, "--summary is text or json, not '%s'",
                              a->summary);
    if (a->resume && !a->index)
        return em_usage_error(&cmd_scan, "--resume needs --index DIR");
    if (a->stdin_paths && a->index)
        return em_usage_error(
            &cmd_scan,
            "--stdin-paths writes rows for merge; it cannot be used with --index");
    if (a->threads > MAX_THREADS)
        return em_usage_error(&cmd_scan, "--threads is at most %d", MAX_THREADS);
    if (a->fpr < 0 || a->fpr >= 1 || a->prior < 0 || a->prior >= 1)
        return em_usage_error(&cmd_scan, "--fpr and --prior are shares between 0 and 1");
    return EM_EXIT_OK;
}

static int scan_inputs(struct arguments *a, char **names, int n)
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
    struct arguments a = {.gap = EM_PLAN_GAP};
    const struct em_option options[] = {
        {EM_OPT_STRING, 'o', "output", &a.output, "FILE",
         "Write verdict lines to this file instead of standard output. A name that ends "
         "in .parquet gives a Parquet table."},
        {EM_OPT_U64, 't', "threads", &a.threads, "N",
         "Use N worker threads (default: one for each processor). The output is the same "
         "for any number."},
        {EM_OPT_STRING, 0, "manifest", &a.manifest, "FILE",
         "Also scan the inputs listed in this file, one a line (plain, .gz or .zst)."},
        {EM_OPT_STRING, 0, "shard", &a.shard, "I/N",
         "Scan only the inputs of shard I of N, where 0 <= I < N (default: all). A hash "
         "of its name decides which shard an input belongs to."},
        {EM_OPT_U64, 0, "split", &a.split, "BYTES",
         "Divide WARC and plain JSONL files larger than this many bytes (suffix M or G) "
         "into pieces of that size, so that shards can share them; a record belongs to "
         "the piece it begins in. Use the same value for every shard and when resuming. "
         "Default: files stay whole."},
        {EM_OPT_STRING, 0, "plan", &a.plan, "FILE",
         "Read only the records of a sample that `echometer sample` planned. Their "
         "weights are stored in the index."},
        {EM_OPT_U64, 0, "gap", &a.gap, "BYTES",
         "Fetch records of a plan in one request when they are closer than this many "
         "bytes in one file (default 64k)."},
        EM_REMOTE_OPTIONS(a.remote),
        {EM_OPT_FLAG, 0, "stdin-paths", &a.stdin_paths, NULL,
         "Read the names of inputs from standard input, and write what an index would "
         "hold as KEY TAB VALUE lines for `merge --stdin`."},
        {EM_OPT_STRING, 0, "status-dir", &a.status_dir, "DIR",
         "Keep a small file in this folder that says how far this shard is, for "
         "`echometer status DIR`."},
        {EM_OPT_STRING, 0, "model", &a.model, "FILE",
         "Score with this model only (default: the installed model of each text's "
         "language)."},
        {EM_OPT_DOUBLE, 0, "fpr", &a.fpr, "SHARE",
         "Flag at most this share of human text, from 0.0005 to 0.1 (or 0.05% to 10%; "
         "default 1%). An index always keeps the scores and the verdicts at 1%."},
        {EM_OPT_DOUBLE, 0, "prior", &a.prior, "SHARE",
         "Expect this share of machine text among the inputs (default 0.5). It moves the "
         "probabilities and not the threshold."},
        {EM_OPT_STRINGS, 0, "refs", &a.refs, "FILE",
         "Look for passages of this reference set (see `echometer refs`). The option may "
         "be repeated; sets in DIR/refs of --index are used as well."},
        {EM_OPT_STRING, 0, "text-field", &a.text_field, "NAME",
         "Take the text from this field of JSON lines or column of Parquet; a dotted "
         "path is allowed. Default: the first of text, content, raw_content, markdown "
         "and body that exists."},
        {EM_OPT_STRING, 0, "url-field", &a.url_field, "NAME",
         "Take the address from this field (default: url, metadata.url or meta.url)."},
        {EM_OPT_STRING, 0, "date-field", &a.date_field, "NAME",
         "Take the date from this field (default: date, metadata.date or created, "
         "otherwise the week in dump)."},
        {EM_OPT_STRING, 0, "id-field", &a.id_field, "NAME",
         "Take the document's id from this field (default: id)."},
        {EM_OPT_STRING, 0, "index", &a.index, "DIR",
         "Also record everything in the index in this folder, which is created if it "
         "does not exist. Inputs that it already holds are not read again, so running "
         "the same command again resumes an interrupted scan."},
        {EM_OPT_DOUBLE, 0, "commit-every", &a.commit, "SECONDS",
         "Commit to the index this often, in seconds (default 15); at most so much work "
         "is lost when the process is killed."},
        {EM_OPT_FLAG, 0, "resume", &a.resume, NULL,
         "Resume where the index stopped. This is what --index does in any case."},
        {EM_OPT_FLAG, 0, "spans", &a.spans, NULL,
         "Also report which stretches of a text look machine-written, and their share of "
         "it."},
        {EM_OPT_FLAG, 0, "drops", &a.drops, NULL,
         "Write a line with the reason for every record that did not become a document."},
        {EM_OPT_FLAG, 0, "verify", &a.verify, NULL,
         "Verify block and payload digests; a mismatch counts as damage."},
        {EM_OPT_FLAG, 0, "text-only", &a.text_only, NULL,
         "Read, extract and identify languages, but do not score."},
        {EM_OPT_FLAG, 0, "no-output", &a.no_output, NULL,
         "Write no verdict lines, only the summary."},
        {EM_OPT_STRING, 0, "summary", &a.summary, "text|json",
         "Print the summary on standard error as text (the default) or as JSON."},
        {EM_OPT_FLAG, 0, "exit-code", &a.exit_code, NULL,
         "Exit with 1 when a document is flagged as machine-written."},
        {EM_OPT_FLAG, 0, "progress", &a.progress, NULL,
         "Print progress every ten seconds even when standard error is not a terminal."},
        {EM_OPT_FLAG, 'q', "quiet", &a.quiet, NULL,
         "Print no progress, no list of damaged records and no summary."},
        EM_OPTIONS_END,
    };
    int operands;
    int code = em_options_parse(&cmd_scan, options, argc, argv, &operands);
    if (code == EM_EXIT_OK)
        code = check_arguments(&a, operands);
    return code == EM_EXIT_OK ? scan_inputs(&a, argv + 1, operands) : code;
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
