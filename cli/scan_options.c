/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scan_options.h"

#include "crawler/archive/inputs.h"
#include "pipeline/scan/plan.h"

#include <string.h>

bool em_scan_arguments_table(const struct em_scan_arguments *a)
{
    struct em_view v = em_view_of(a->output), end = EM_VIEW(".parquet");
    return v.len > end.len && em_view_ieq(em_view_sub(v, v.len - end.len, end.len), end);
}

int em_scan_arguments_check(const struct em_scan_arguments *a, int operands)
{
    uint64_t index, count;
    if (em_scan_arguments_table(a) && a->index)
        return em_usage_error(a->command,
                              "-o FILE.parquet and --index do not go together: a Parquet "
                              "file cannot be continued after an interruption");
    if (operands == 0 && !a->manifest && !a->stdin_paths && !a->plan)
        return em_usage_error(a->command, "name an input to scan (a file, a folder, an "
                                          "address, or - for standard input)");
    if (a->plan && (operands || a->manifest || a->stdin_paths || a->split))
        return em_usage_error(a->command,
                              "--plan says what is read; name no other inputs");
    if (a->shard && !em_inputs_parse_shard(a->shard, &index, &count))
        return em_usage_error(a->command, "--shard is I/N with 0 <= I < N, not '%s'",
                              a->shard);
    if (a->summary && strcmp(a->summary, "json") != 0 && strcmp(a->summary, "text") != 0)
        return em_usage_error(a->command, "--summary is text or json, not '%s'",
                              a->summary);
    if (a->price < 0 || (a->price > 0 && !a->estimate))
        return em_usage_error(a->command,
                              "--price needs --estimate, and is not negative");
    if (a->estimate && (a->plan || a->stdin_paths))
        return em_usage_error(
            a->command, "--estimate is of whole inputs, named here or in --manifest");
    if (a->resume && !a->index)
        return em_usage_error(a->command, "--resume needs --index DIR");
    if (a->stdin_paths && a->index)
        return em_usage_error(
            a->command,
            "--stdin-paths writes rows for merge; it cannot be used with --index");
    if (a->threads > EM_SCAN_MAX_THREADS)
        return em_usage_error(a->command, "--threads is at most %d", EM_SCAN_MAX_THREADS);
    if (a->fpr < 0 || a->fpr >= 1 || a->prior < 0 || a->prior >= 1)
        return em_usage_error(a->command, "--fpr and --prior are shares between 0 and 1");
    return EM_EXIT_OK;
}

void em_scan_arguments_init(struct em_scan_arguments *a,
                            struct em_option options[EM_SCAN_MAX_OPTIONS])
{
    *a = (struct em_scan_arguments){.gap = EM_PLAN_GAP};
    const struct em_option all[] = {
        {EM_OPT_STRING, 'o', "output", &a->output, "FILE",
         "Write verdict lines to this file instead of standard output. A name that ends "
         "in .parquet gives a Parquet table."},
        {EM_OPT_U64, 't', "threads", &a->threads, "N",
         "Use N worker threads (default: one for each processor). The output is the same "
         "for any number."},
        {EM_OPT_STRING, 0, "config", &a->config, "FILE",
         "Read settings from this YAML file, whose keys are long options without the "
         "dashes (default: none). Options on the command line override it."},
        {EM_OPT_FLAG, 0, "estimate", &a->estimate, NULL,
         "Print the bytes of the inputs, and the time and cost of scanning them by the "
         "speed of a trial of three seconds, and end."},
        {EM_OPT_DOUBLE, 0, "price", &a->price, "X",
         "With --estimate, the price of a core-hour (default: no cost is printed)."},
        {EM_OPT_STRING, 0, "manifest", &a->manifest, "FILE",
         "Also scan the inputs listed in this file, one a line (plain, .gz or .zst)."},
        {EM_OPT_STRING, 0, "shard", &a->shard, "I/N",
         "Scan only the inputs of shard I of N, where 0 <= I < N (default: all). A hash "
         "of its name decides which shard an input belongs to."},
        {EM_OPT_U64, 0, "split", &a->split, "BYTES",
         "Divide WARC and plain JSONL files larger than this many bytes (suffix M or G) "
         "into pieces of that size, so that shards can share them; a record belongs to "
         "the piece it begins in. Use the same value for every shard and when resuming. "
         "Default: files stay whole."},
        {EM_OPT_STRING, 0, "plan", &a->plan, "FILE",
         "Read only the records of a sample that `echometer sample` planned. Their "
         "weights are stored in the index."},
        {EM_OPT_U64, 0, "gap", &a->gap, "BYTES",
         "Fetch records of a plan in one request when they are closer than this many "
         "bytes in one file (default 64k)."},
        EM_REMOTE_OPTIONS(a->remote),
        {EM_OPT_FLAG, 0, "stdin-paths", &a->stdin_paths, NULL,
         "Read the names of inputs from standard input, and write what an index would "
         "hold as KEY TAB VALUE lines for `merge --stdin`."},
        {EM_OPT_STRING, 0, "status-dir", &a->status_dir, "DIR",
         "Keep a small file in this folder that says how far this shard is, for "
         "`echometer status DIR`."},
        {EM_OPT_STRING, 0, "model", &a->model, "FILE",
         "Score with this model only (default: the installed model of each text's "
         "language)."},
        {EM_OPT_DOUBLE, 0, "fpr", &a->fpr, "SHARE",
         "Flag at most this share of human text, from 0.0005 to 0.1 (or 0.05% to 10%; "
         "default 1%). An index always keeps the scores and the verdicts at 1%."},
        {EM_OPT_DOUBLE, 0, "prior", &a->prior, "SHARE",
         "Expect this share of machine text among the inputs (default 0.5). It moves the "
         "probabilities and not the threshold."},
        {EM_OPT_STRINGS, 0, "refs", &a->refs, "FILE",
         "Look for passages of this reference set (see `echometer refs`). The option may "
         "be repeated; sets in DIR/refs of --index are used as well."},
        {EM_OPT_STRING, 0, "text-field", &a->text_field, "NAME",
         "Take the text from this field of JSON lines or column of Parquet; a dotted "
         "path is allowed. Default: the first of text, content, raw_content, markdown "
         "and body that exists, otherwise a conversation (messages, conversations)."},
        {EM_OPT_STRING, 0, "url-field", &a->url_field, "NAME",
         "Take the address from this field (default: url, metadata.url or meta.url)."},
        {EM_OPT_STRING, 0, "date-field", &a->date_field, "NAME",
         "Take the date from this field (default: date, metadata.date or created, "
         "otherwise the week in dump)."},
        {EM_OPT_STRING, 0, "id-field", &a->id_field, "NAME",
         "Take the document's id from this field (default: id)."},
        {EM_OPT_STRING, 0, "index", &a->index, "DIR",
         "Also record everything in the index in this folder, which is created if it "
         "does not exist. Inputs that it already holds are not read again, so running "
         "the same command again resumes an interrupted scan."},
        {EM_OPT_DOUBLE, 0, "commit-every", &a->commit, "SECONDS",
         "Commit to the index this often, in seconds (default 15); at most so much work "
         "is lost when the process is killed."},
        {EM_OPT_FLAG, 0, "resume", &a->resume, NULL,
         "Resume where the index stopped. This is what --index does in any case."},
        {EM_OPT_FLAG, 0, "spans", &a->spans, NULL,
         "Also report which stretches of a text look machine-written, and their share of "
         "it."},
        {EM_OPT_FLAG, 0, "drops", &a->drops, NULL,
         "Write a line with the reason for every record that did not become a document."},
        {EM_OPT_FLAG, 0, "verify", &a->verify, NULL,
         "Verify block and payload digests; a mismatch counts as damage."},
        {EM_OPT_FLAG, 0, "text-only", &a->text_only, NULL,
         "Read, extract and identify languages, but do not score."},
        {EM_OPT_FLAG, 0, "no-output", &a->no_output, NULL,
         "Write no verdict lines, only the summary."},
        {EM_OPT_STRING, 0, "summary", &a->summary, "text|json",
         "Print the summary on standard error as text (the default) or as JSON."},
        {EM_OPT_FLAG, 0, "exit-code", &a->exit_code, NULL,
         "Exit with 1 when a document is flagged as machine-written."},
        {EM_OPT_FLAG, 0, "progress", &a->progress, NULL,
         "Print progress every ten seconds even when standard error is not a terminal."},
        {EM_OPT_FLAG, 'q', "quiet", &a->quiet, NULL,
         "Print no progress, no list of damaged records and no summary."},
        EM_OPTIONS_END,
    };
    _Static_assert(sizeof(all) <= EM_SCAN_MAX_OPTIONS * sizeof(all[0]), "room");
    memcpy(options, all, sizeof(all));
}
