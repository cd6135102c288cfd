/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer refs build|add|list`: reference sets.
 */
#include "base/limits.h"
#include "cli/commands.h"
#include "detector/prints.h"
#include "pipeline/refs_set.h"
#include "report/refs_rows.h"

#include <string.h>

enum { MAX_NAMED = 10 };

struct arguments {
    struct em_refs_request set;
    const char *output, *index;
    struct em_strings common;
    bool json, quiet;
};

static void name_bad(const char *path, uint64_t record, const char *why, uint64_t nth)
{
    if (nth <= MAX_NAMED)
        em_error("%s: record %llu: %s", path, (unsigned long long)record, why);
    if (nth == MAX_NAMED + 1)
        em_error("further bad records are counted and not listed");
}

/* -o FILE, DIR/refs/NAME.emr, or NAME.emr. */
static enum em_status choose_path(const struct arguments *a, struct em_buf *path,
                                  struct em_err *err)
{
    if (!a->output && a->index)
        return em_refs_set_path(path, a->index, a->set.name, err);
    enum em_status status = a->output ? em_buf_printf(path, "%s", a->output)
                                      : em_buf_printf(path, "%s.emr", a->set.name);
    return status < 0 ? em_fail(err, status, "refs", "%s", em_status_text(status))
                      : EM_OK;
}

static enum em_status report(const char *path, const struct em_refs_outcome *outcome,
                             struct em_err *err)
{
    struct em_refs *made;
    EM_TRY(em_refs_open(&made, path, err));
    em_refs_made(stderr, path, made, outcome->without_text);
    em_refs_free(made);
    return EM_OK;
}

static int build_or_add(struct arguments *a, char **names, int n, bool add)
{
    struct em_inputs inputs = {.note = em_tell_input};
    struct em_refs_outcome outcome = {.bad = 0};
    struct em_err err = {.status = EM_OK};
    struct em_buf path;
    em_buf_init(&path, 2 * EM_MAX_URL);
    a->set.tell_bad = name_bad;
    a->set.common = a->common.items;
    a->set.n_common = a->common.n;
    enum em_status status =
        add ? em_buf_printf(&path, "%s", names[0]) : choose_path(a, &path, &err);
    for (int i = add ? 1 : 0; i < n && status == EM_OK; i++)
        status = em_inputs_add(&inputs, names[i], &err);
    if (status == EM_OK)
        status = em_refs_set_make(&a->set, path.data, add, &inputs, &outcome, &err);
    if (status == EM_OK && !a->quiet)
        status = report(path.data, &outcome, &err);
    if (status < 0)
        em_error_report("refs", &err);
    em_inputs_release(&inputs);
    em_buf_release(&path);
    return status < 0                      ? EM_EXIT_FAILED
           : outcome.bad || outcome.failed ? EM_EXIT_DAMAGED
                                           : EM_EXIT_OK;
}

static int list(const struct arguments *a, char **names, int n)
{
    struct em_refs_sets sets;
    struct em_err err = {.status = EM_OK};
    enum em_status status = EM_OK;
    int code = EM_EXIT_OK;
    em_refs_sets_init(&sets);
    if (a->index)
        status = em_refs_open_index_dir(&sets, a->index, &err);
    if (!a->json)
        em_refs_rows_header(stdout);
    for (size_t i = 0; i < sets.n && status == EM_OK; i++)
        status = em_refs_row(stdout, a->json, "", sets.sets[i]);
    if (status < 0) {
        em_error_report("refs", &err);
        code = EM_EXIT_FAILED;
    }
    em_refs_sets_release(&sets);
    /* A damaged one is named; the others are still listed. */
    for (int i = 0; i < n; i++) {
        struct em_refs *refs;
        status = em_refs_open(&refs, names[i], &err);
        if (status == EM_OK)
            status = em_refs_row(stdout, a->json, names[i], refs);
        if (status < 0) {
            em_error_report("refs", &err);
            code = EM_EXIT_FAILED;
        } else {
            em_refs_free(refs);
        }
    }
    return code;
}

/* --- command ---------------------------------------------------------------------------- */

static int check_build(struct arguments *a, int operands)
{
    enum em_refs_kind kind;
    if (!a->set.name || !a->set.name[0] || strchr(a->set.name, '/') ||
        strlen(a->set.name) > 200)
        return em_usage_error(&cmd_refs, "build needs --name NAME, without slashes");
    if (!a->set.kind || !em_refs_kind_parse(em_view_of(a->set.kind), &kind))
        return em_usage_error(&cmd_refs,
                              "--kind is model-output, benchmark or human, not '%s'",
                              a->set.kind ? a->set.kind : "");
    if (a->output && a->index)
        return em_usage_error(&cmd_refs, "use either -o FILE or --index DIR");
    if (operands < 1)
        return em_usage_error(&cmd_refs, "name the files to build the set from");
    if (a->set.t == 0)
        a->set.t = a->set.k + (EM_PRINTS_T - EM_PRINTS_K);
    if (a->set.k < 1 || a->set.k > EM_PRINTS_MAX_K || a->set.t < a->set.k ||
        a->set.t > EM_PRINTS_MAX_T)
        return em_usage_error(&cmd_refs, "--k is 1 to %d, --t is k to %d",
                              EM_PRINTS_MAX_K, EM_PRINTS_MAX_T);
    if (a->set.common_after > 1000)
        return em_usage_error(&cmd_refs, "--common-after is at most 1000");
    return EM_EXIT_OK;
}

static int run(int argc, char **argv)
{
    struct arguments a = {.set.k = EM_PRINTS_K};
    const struct em_option options[] = {
        {EM_OPT_STRING, 0, "name", &a.set.name, "NAME",
         "Name the set; matches are reported under this name. build requires it."},
        {EM_OPT_STRING, 0, "kind", &a.set.kind, "KIND",
         "Say what the items are: model-output (a match is evidence of a machine), "
         "benchmark (of contamination) or human (of a person). build requires it."},
        {EM_OPT_STRING, 0, "model", &a.set.model, "NAME",
         "Name the model that wrote the texts (default: unknown)."},
        {EM_OPT_STRING, 0, "since", &a.set.since, "DATE",
         "Say when the texts appeared, as YYYY[-MM[-DD]]: a match in an older document "
         "does not move its verdict (default: unknown)."},
        {EM_OPT_STRING, 'o', "output", &a.output, "FILE",
         "Write the set to this file (default: NAME.emr)."},
        {EM_OPT_STRING, 0, "index", &a.index, "DIR",
         "Put the set into the index in this folder, where `scan --index DIR` uses it. "
         "With list, show the sets of that index."},
        {EM_OPT_STRING, 0, "id", &a.set.id, "FIELD",
         "Take an item's name from this field (default: id)."},
        {EM_OPT_STRING, 0, "field", &a.set.field, "FIELD",
         "Take an item's text from this field. Default: the first of text, output, "
         "completion, response, answer, content, raw_content and body that exists."},
        {EM_OPT_STRING, 0, "question", &a.set.question, "FIELD",
         "Take a benchmark item's question from this field."},
        {EM_OPT_STRING, 0, "answer", &a.set.answer, "FIELD",
         "Take a benchmark item's answer from this field."},
        {EM_OPT_STRING, 0, "passage", &a.set.passage, "FIELD",
         "Take a benchmark item's passage from this field."},
        {EM_OPT_STRINGS, 0, "common", &a.common, "FILE",
         "Ignore the text of this file wherever it occurs in items; use it for licences "
         "and templates. The option may be repeated."},
        {EM_OPT_U64, 0, "common-after", &a.set.common_after, "N",
         "Ignore runs of words that occur in more than N texts of the set (default 20)."},
        {EM_OPT_U64, 'k', "k", &a.set.k, "N",
         "Find no shared run shorter than N words (default 6)."},
        {EM_OPT_U64, 't', "t", &a.set.t, "N",
         "Find every shared run of at least N words (default: k + 5)."},
        {EM_OPT_FLAG, 0, "json", &a.json, NULL,
         "With list, print one JSON object a line."},
        {EM_OPT_FLAG, 'q', "quiet", &a.quiet, NULL, "Do not report what was built."},
        EM_OPTIONS_END};
    int operands, code = em_options_parse(&cmd_refs, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    const char *what = operands ? argv[1] : "";
    if (strcmp(what, "list") == 0) {
        if (operands < 2 && !a.index)
            return em_usage_error(&cmd_refs, "list needs FILE... or --index DIR");
        return list(&a, argv + 2, operands - 1);
    }
    if (strcmp(what, "add") == 0) {
        if (operands < 3)
            return em_usage_error(&cmd_refs, "add needs SET.emr INPUT...");
        return build_or_add(&a, argv + 2, operands - 1, true);
    }
    if (strcmp(what, "build") != 0)
        return em_usage_error(&cmd_refs, "build, add or list, not '%s'", what);
    code = check_build(&a, operands - 1);
    return code == EM_EXIT_OK ? build_or_add(&a, argv + 2, operands - 1, false) : code;
}

const struct em_command cmd_refs = {
    .keeps_pipes = true,
    .meters = true,
    .name = "refs",
    .arguments = "build INPUT... | add SET.emr INPUT... | list FILE...",
    .summary = "build sets of known model output, benchmarks or human text to look for",
    .description =
        "Builds a set from what `scan` reads (JSONL and Parquet: one item a line or row; "
        "WARC, WET,\n"
        "WACZ, pages and texts: the main text of each document, named by its address; or "
        "folders of\n"
        "them), adds items to one, or lists sets. `scan --refs FILE` and `detect --refs "
        "FILE` then\n"
        "report which passages of which items a text shares, where, and how much of the "
        "item that\n"
        "is. Every shared run of --t words is found, and none shorter than --k.\n"
        "\n"
        "  echometer refs build alpaca.jsonl --name alpaca --kind model-output \\\n"
        "      --model text-davinci-003 --since 2022-11\n"
        "  echometer refs build quiz.jsonl --name quiz --kind benchmark --question q "
        "--answer a\n"
        "  echometer refs list alpaca.emr\n"
        "  echometer scan --refs alpaca.emr crawl.warc.gz",
    .run = run,
};
