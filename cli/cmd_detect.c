/* SPDX-License-Identifier: Apache-2.0
 *
 * `detect`: one text, its verdict and what contributed to it.
 */
#include "cli/cli.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/meter.h"
#include "base/utf8.h"
#include "base/words.h"
#include "cli/commands.h"
#include "cli/models.h"
#include "crawler/archive/archive.h"
#include "crawler/page/lang.h"
#include "detector/explain.h"
#include "detector/model.h"
#include "index/refs/refs.h"
#include "pipeline/field_text.h"
#include "pipeline/scan/match.h"
#include "report/detect_text.h"
#include "report/explain_html.h"
#include "report/verdict_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EVIDENCE_MAX = 4000 };

struct arguments {
    const char *model, *lang, *html, *field;
    uint64_t row;
    struct em_strings refs;
    double fpr, prior;
    bool json, explain, exit_code;
};

/* What is read, made and freed together. */
struct session {
    struct em_buf raw, text, out;
    struct em_model *model;
    struct em_detector *detector;
    struct em_evidence *evidence;
    size_t n_evidence;
    struct em_evidence_rest rest;
    struct em_refs_sets refs;
    struct em_match_maker *matches;
};

static void detect_release(struct session *s)
{
    em_buf_release(&s->raw);
    em_buf_release(&s->text);
    em_buf_release(&s->out);
    em_detector_free(s->detector);
    em_model_free(s->model);
    em_free(s->evidence);
    em_match_maker_free(s->matches);
    em_refs_sets_release(&s->refs);
}

/* One line: the verdict, and with --explain a second object of evidence. */
static enum em_status print_json(struct session *s, const struct arguments *a,
                                 const struct em_doc *doc, const char *file,
                                 const struct em_verdict *verdict)
{
    struct em_json json;
    struct em_page page = {.kind = EM_PAGE_TEXT, .origin.file = em_view_of(file)};
    em_json_init(&json, &s->out);
    em_verdict_write(&json, doc, &page, EM_VIEW_NONE, EM_VIEW_NONE, verdict,
                     EM_DROP_NONE);
    EM_TRY(em_json_finish(&json));
    if (a->explain) {
        em_json_init(&json, &s->out);
        em_detect_write_evidence(
            &json, &(struct em_detect_evidence){s->evidence, s->n_evidence, s->rest});
        EM_TRY(em_json_finish(&json));
    }
    fwrite(s->out.data, 1, s->out.len, stdout);
    return EM_OK;
}

static enum em_status write_html(const struct session *s, const struct arguments *a,
                                 const char *file, const struct em_verdict *verdict,
                                 struct em_err *err)
{
    const struct em_model_threshold *t = em_detector_threshold(s->detector);
    struct em_explained explained = {
        .title = em_view_of(strcmp(file, "-") == 0 ? "standard input" : file),
        .text = em_buf_view(&s->text),
        .verdict = verdict,
        .evidence = s->evidence,
        .n_evidence = s->n_evidence,
        .rest = s->rest,
        .fpr = t->fpr,
        .log_odds = t->log_odds,
    };
    struct em_buf page;
    em_buf_init(&page, (size_t)64 * EM_MAX_TEXT);
    enum em_status status = em_explain_html(&explained, &page);
    if (status < 0)
        status = em_fail(err, status, "detect", "%s", em_status_text(status));
    FILE *out = status == EM_OK ? em_output_open(a->html) : NULL;
    if (status == EM_OK && !out)
        status = em_fail(err, EM_ERR_IO, "detect", "cannot write '%s'", a->html);
    if (out) {
        bool ok = fwrite(page.data, 1, page.len, out) == page.len;
        ok = (out == stdout || em_output_close(out, a->html)) && ok;
        if (!ok)
            status = em_fail(err, EM_ERR_IO, "detect", "cannot write '%s'", a->html);
    }
    em_buf_release(&page);
    return status;
}

static enum em_status read_text(struct session *s, const struct arguments *a,
                                const char *file, struct em_err *err)
{
    uint64_t size = 0;
    int64_t changed;
    if (a->field) {
        em_source_facts(file, &size, &changed);
        em_meter_begin(EM_METER_BYTES, "reading rows", size);
        return em_field_text(file, a->field, a->row, &s->text, err);
    }
    em_meter_begin(EM_METER_STEPS, "reading the text", 0);
    EM_TRY(em_read_file(file, &s->raw, err));
    enum em_status status = em_utf8_append_clean(&s->text, em_buf_view(&s->raw), NULL);
    if (status < 0)
        return em_fail(err, status, "detect", "%s", em_status_text(status));
    return EM_OK;
}

static enum em_status open_model(struct session *s, const struct arguments *a,
                                 struct em_err *err)
{
    EM_TRY(em_models_load("detect", a->model, true, &s->model, err));
    struct em_detect_options options = {.fpr = a->fpr, .prior = a->prior, .spans = true};
    return em_detector_new(&s->detector, s->model, &options, err);
}

static enum em_status open_refs(struct session *s, const struct arguments *a,
                                struct em_err *err)
{
    EM_TRY(em_refs_sets_add_all(&s->refs, a->refs.items, a->refs.n, err));
    return a->refs.n ? em_match_maker_new(&s->matches, &s->refs, err) : EM_OK;
}

/* https://no-color.org */
static bool in_colour(void)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(STDOUT_FILENO) == 1 && !(no && *no) &&
           !(term && strcmp(term, "dumb") == 0);
}

static enum em_status detect_judge(struct session *s, const struct arguments *a,
                                   const char *file, struct em_verdict *verdict,
                                   struct em_err *err)
{
    EM_TRY(open_model(s, a, err));
    EM_TRY(open_refs(s, a, err));
    EM_TRY(read_text(s, a, file, err));
    em_meter_begin(EM_METER_STEPS, "judging the text", 0);
    struct em_doc doc = {.text = em_buf_view(&s->text)};
    if (a->lang)
        doc.lang = em_view_of(a->lang);
    else
        em_lang_detect(doc.text, EM_VIEW_NONE, &doc.lang, &doc.lang_confidence);
    doc.words = em_words_of(doc.text);
    EM_TRY(em_detect(s->detector, &doc, verdict, err));
    if (s->matches)
        EM_TRY(em_match_text(s->matches, doc.text, EM_VIEW_NONE, verdict, err));
    if (a->explain || a->html) {
        s->evidence = em_calloc(EVIDENCE_MAX, sizeof(*s->evidence));
        enum em_status status = EM_ERR_NOMEM;
        if (s->evidence)
            status = em_explain(s->detector, s->evidence, EVIDENCE_MAX, &s->n_evidence,
                                &s->rest);
        if (status < 0)
            return em_fail(err, status, "detect", "out of memory");
    }
    if (a->html)
        EM_TRY(write_html(s, a, file, verdict, err));
    if (a->json)
        return print_json(s, a, &doc, file, verdict);
    if (a->html && strcmp(a->html, "-") == 0)
        return EM_OK;
    em_detect_text(stdout, verdict, em_detector_model(s->detector), a->fpr, doc.text,
                   a->explain);
    if (a->explain && in_colour())
        em_detect_text_spans(stdout, verdict, doc.text);
    if (a->explain)
        em_detect_text_evidence(
            stdout, &(struct em_detect_evidence){s->evidence, s->n_evidence, s->rest});
    return EM_OK;
}

static int detect_run(int argc, char **argv)
{
    struct arguments a = {0};
    const struct em_option options[] = {
        {EM_OPT_FLAG, 0, "json", &a.json, NULL,
         "Write the verdict line that `scan` writes."},
        {EM_OPT_FLAG, 0, "explain", &a.explain, NULL,
         "Show the evidence for both sides with the usual ranges of people and of "
         "machines, where each pattern appears, and how it adds up. Stretches that are "
         "machine-written by themselves are coloured on a terminal unless NO_COLOR is "
         "set."},
        {EM_OPT_STRING, 0, "html", &a.html, "FILE",
         "Write the explanation as an HTML page to this file, with spans and the "
         "strongest patterns marked in the text. `-` writes it to standard output and "
         "prints nothing else there."},
        {EM_OPT_STRING, 'm', "model", &a.model, "FILE",
         "Score with this model only (default: the installed model of the text's "
         "language)."},
        {EM_OPT_STRINGS, 0, "refs", &a.refs, "FILE",
         "Look for passages of this reference set (see `echometer refs`). The option may "
         "be repeated."},
        {EM_OPT_STRING, 0, "field", &a.field, "NAME",
         "Read FILE as a corpus (JSON lines, Parquet) and judge the text in this field "
         "of "
         "one row."},
        {EM_OPT_U64, 0, "row", &a.row, "N",
         "With --field: judge the row with this number, counted from 0 (default 0)."},
        {EM_OPT_STRING, 'l', "lang", &a.lang, "CODE",
         "Take the text to be in this language, such as en (default: identify it)."},
        {EM_OPT_DOUBLE, 0, "fpr", &a.fpr, "RATE",
         "Flag at most this share of human text, from 0.0005 to 0.1 (or 0.05% to 10%; "
         "default 1%)."},
        {EM_OPT_DOUBLE, 0, "prior", &a.prior, "P",
         "Expect this share of machine text among texts like this one (default 0.5). It "
         "moves the score and not the threshold."},
        {EM_OPT_FLAG, 0, "exit-code", &a.exit_code, NULL,
         "Exit with 1 when the verdict is machine."},
        EM_OPTIONS_END,
    };
    int n;
    int code = em_options_parse(&cmd_detect, options, argc, argv, &n);
    if (code != EM_EXIT_OK)
        return code;
    if (n > 1)
        return em_usage_error(&cmd_detect, "one text at a time; `scan` takes many");
    if (a.fpr < 0 || a.fpr >= 1 || a.prior < 0 || a.prior >= 1)
        return em_usage_error(&cmd_detect, "--fpr and --prior are between 0 and 1");
    const char *file = n == 1 ? argv[1] : "-";
    struct session s = {0};
    struct em_verdict verdict;
    struct em_err err = {0};
    em_buf_init(&s.raw, EM_MAX_TEXT);
    em_buf_init(&s.text, 3 * EM_MAX_TEXT);
    em_buf_init(&s.out, EM_MAX_RESULT);
    code = EM_EXIT_OK;
    if (detect_judge(&s, &a, file, &verdict, &err) < 0) {
        em_error_report(NULL, &err);
        code = err.status == EM_ERR_USAGE ? EM_EXIT_USAGE : EM_EXIT_FAILED;
    } else if (a.exit_code && verdict.kind == EM_VERDICT_MACHINE) {
        code = EM_EXIT_FINDINGS;
    }
    detect_release(&s);
    return code;
}

const struct em_command cmd_detect = {
    .name = "detect",
    .meters = true,
    .arguments = "[FILE|-]",
    .summary = "judge one text and show the evidence",
    .description = "Reads plain text (UTF-8) and reports whether it is machine-written: "
                   "machine, human,\n"
                   "unsure, or abstain (too short, a language without a model, not "
                   "prose), with the calibrated\n"
                   "probability and the leaks found.\n"
                   "\n"
                   "  echometer detect essay.txt\n"
                   "  echometer detect --explain < essay.txt\n"
                   "  echometer detect --html essay.html essay.txt\n"
                   "  echometer detect --json --fpr 0.001 essay.txt",
    .run = detect_run,
};
