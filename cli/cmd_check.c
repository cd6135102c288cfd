/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer check`: a gate for repositories and documentation.
 */
#include "base/meter.h"
#include "base/alloc.h"
#include "cli/commands.h"
#include "crawler/archive/inputs.h"
#include "detector/model.h"
#include "detector/shipped.h"
#include "pipeline/check/check.h"
#include "report/check_rows.h"

#include <string.h>

enum { OUT_MAX = 256 << 20 };

struct arguments {
    const char *model, *format, *output, *manifest;
    double fpr;
    bool quiet;
};

struct run {
    const struct arguments *a;
    struct em_inputs inputs;
    struct em_model *model;
    struct em_checker *checker;
    struct em_check_rate rate;
    struct em_check_counts counts;
    struct em_check_result *findings; /* owned; for SARIF, which is one object */
    size_t n_findings;
    struct em_buf text;
    FILE *out;
};

static bool format_is(const struct run *r, const char *name)
{
    return strcmp(r->a->format, name) == 0;
}

static enum em_status write_text(struct run *r, FILE *out)
{
    bool ok = fwrite(r->text.data, 1, r->text.len, out) == r->text.len;
    em_buf_clear(&r->text);
    return ok ? EM_OK : EM_ERR_IO;
}

static enum em_status keep_finding(struct run *r, const struct em_check_result *result)
{
    void *more = em_realloc_array(r->findings, r->n_findings + 1, sizeof(*result));
    if (!more)
        return EM_ERR_NOMEM;
    r->findings = more;
    r->findings[r->n_findings++] = *result;
    return EM_OK;
}

static enum em_status check_file(struct run *r, const char *path, struct em_err *err)
{
    struct em_check_result result;
    struct em_err why = {.status = EM_OK};
    enum em_status status = em_checker_file(r->checker, path, &result, &why);
    if (status < 0) {
        *err = why;
        return status;
    }
    em_check_count(&r->counts, &result);
    if (result.fate == EM_CHECK_UNREADABLE)
        em_error("check: %s", why.text);
    if (result.fate != EM_CHECK_JUDGED || result.kind != EM_VERDICT_MACHINE)
        return EM_OK;
    if (format_is(r, "sarif"))
        return keep_finding(r, &result);
    EM_TRY(format_is(r, "json") ? em_check_json(&r->text, &result)
                                : em_check_text(&r->text, &result));
    return write_text(r, r->out);
}

static enum em_status check_all(struct run *r, struct em_err *err)
{
    em_meter_begin(EM_METER_STEPS, "reading files", r->inputs.n);
    for (size_t i = 0; i < r->inputs.n; i++) {
        EM_TRY(check_file(r, r->inputs.paths[i], err));
        em_meter_add(EM_METER_STEPS, 1);
    }
    if (format_is(r, "sarif")) {
        EM_TRY(
            em_check_sarif(&r->text, r->findings, r->n_findings, &r->rate, EM_VERSION));
        EM_TRY(write_text(r, r->out));
    }
    if (format_is(r, "json")) {
        EM_TRY(em_check_summary_json(&r->text, &r->counts, &r->rate));
        return write_text(r, r->out);
    }
    if (r->a->quiet)
        return EM_OK;
    EM_TRY(em_check_summary_text(&r->text, &r->counts, &r->rate));
    return write_text(r, stderr);
}

static enum em_status open_checker(struct run *r, struct em_err *err)
{
    EM_TRY(em_models_load("check", r->a->model, true, &r->model, err));
    struct em_model_threshold t;
    EM_TRY(em_model_threshold_at(r->model, r->a->fpr, &t, err));
    r->rate = (struct em_check_rate){.fpr = t.fpr,
                                     .low = t.fpr_low,
                                     .high = t.fpr_high,
                                     .texts = t.n_human,
                                     .sources = t.n_sources,
                                     .model = em_model_name(r->model)};
    return em_checker_new(&r->checker, r->model, r->a->fpr, err);
}

static int exit_code(const struct run *r)
{
    const struct em_check_counts *n = &r->counts;
    if (n->fates[EM_CHECK_JUDGED] == 0) {
        em_error("check: no file with prose among %llu; nothing was checked",
                 (unsigned long long)n->files);
        return EM_EXIT_FAILED;
    }
    if (n->verdicts[EM_VERDICT_MACHINE])
        return EM_EXIT_FINDINGS;
    return n->fates[EM_CHECK_UNREADABLE] ? EM_EXIT_DAMAGED : EM_EXIT_OK;
}

static int run_check(struct run *r, int operands, char **argv)
{
    struct em_err err = {.status = EM_OK};
    enum em_status status = EM_OK;
    r->inputs.note = em_tell_input;
    for (int i = 1; i <= operands && status == EM_OK; i++)
        status = em_inputs_add(&r->inputs, argv[i], &err);
    if (status == EM_OK && r->a->manifest)
        status = em_inputs_add_manifest(&r->inputs, r->a->manifest, &err);
    if (status == EM_OK)
        status = open_checker(r, &err);
    r->out = status == EM_OK ? em_output_open(r->a->output) : NULL;
    if (status == EM_OK)
        status = r->out ? check_all(r, &err) : EM_ERR_IO;
    if (r->out && !em_output_end(r->out, r->a->output, status >= 0) && status == EM_OK)
        status = EM_ERR_IO;
    if (status == EM_OK)
        return exit_code(r);
    if (err.status == EM_OK && status == EM_ERR_IO) /* the output, which has been told */
        return EM_EXIT_FAILED;
    if (err.status == EM_OK)
        em_fail(&err, status, "check", "%s", em_status_text(status));
    em_error_report("check", &err);
    return status == EM_ERR_USAGE ? EM_EXIT_USAGE : EM_EXIT_FAILED;
}

static int cmd_check_run(int argc, char **argv)
{
    struct arguments a = {.format = "text", .fpr = 0.001};
    const struct em_option options[] = {
        {EM_OPT_DOUBLE, 0, "fpr", &a.fpr, "RATE",
         "Report a file when at most this share of human texts would be reported too "
         "(default 0.001, which is one in a thousand)."},
        {EM_OPT_STRING, 0, "format", &a.format, "FORMAT",
         "Print findings as text (the default), as json (one object for each finding, "
         "then a summary) or as sarif (for code scanning)."},
        {EM_OPT_STRING, 'o', "output", &a.output, "FILE",
         "Write findings to FILE instead of standard output."},
        {EM_OPT_STRING, 0, "manifest", &a.manifest, "FILE",
         "Also check the files listed in FILE, one a line; \"-\" reads the list from "
         "standard input."},
        {EM_OPT_STRING, 0, "model", &a.model, "FILE",
         "Use this model instead of the installed ones."},
        {EM_OPT_FLAG, 'q', "quiet", &a.quiet, NULL, "Print findings only, no summary."},
        EM_OPTIONS_END,
    };
    int operands;
    int code = em_options_parse(&cmd_check, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    if (operands == 0 && !a.manifest)
        return em_usage_error(&cmd_check, "name at least one file or folder");
    if (strcmp(a.format, "text") != 0 && strcmp(a.format, "json") != 0 &&
        strcmp(a.format, "sarif") != 0)
        return em_usage_error(&cmd_check, "--format is text, json or sarif");
    if (!(a.fpr > 0 && a.fpr < 1))
        return em_usage_error(&cmd_check, "--fpr is a share between 0 and 1");
    struct run r = {.a = &a};
    em_buf_init(&r.text, OUT_MAX);
    code = run_check(&r, operands, argv);
    em_checker_free(r.checker);
    em_model_free(r.model);
    em_inputs_release(&r.inputs);
    em_buf_release(&r.text);
    em_free(r.findings);
    return code;
}

const struct em_command cmd_check = {
    .keeps_pipes = true,
    .meters = true,
    .name = "check",
    .arguments = "PATH...",
    .summary = "report the files of a repository that look machine-written",
    .description =
        "Reads the prose of a repository: Markdown, reStructuredText, AsciiDoc, Org, "
        "HTML and plain\n"
        "text. Code blocks, tables and front matter are left out; code, data, generated "
        "files and\n"
        "folders of other projects (node_modules, vendor, third_party) are counted and "
        "not read.\n"
        "\n"
        "Exit code 1 when a file looks machine-written, 0 when none does, 2 when nothing "
        "could be\n"
        "checked. The rate is a promise about human texts in general, not about yours: "
        "run `check`\n"
        "on documents you know to be human first, and raise or lower --fpr by what it "
        "reports.\n"
        "\n"
        "  echometer check docs/ README.md\n"
        "  echometer check --format sarif -o findings.sarif .\n"
        "  git diff --cached --name-only -z --diff-filter=AM | tr '\\0' '\\n' |\n"
        "      echometer check --manifest -",
    .run = cmd_check_run,
};
