/* SPDX-License-Identifier: Apache-2.0
 *
 * `detect`: one text, its verdict and what weighed in it.
 */
#include "cli/cli.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/models.h"
#include "crawler/page/lang.h"
#include "detector/explain.h"
#include "detector/model.h"
#include "index/refs/refs.h"
#include "pipeline/scan/match.h"
#include "report/explain_html.h"
#include "report/verdict_json.h"

#include <math.h>
#include <string.h>

enum { EVIDENCE_MAX = 4000, EVIDENCE_SHOWN = 12, FAMILIES_SHOWN = 3 };

struct arguments {
    const char *model, *lang, *html;
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
    struct em_refs_sets refs;
    struct em_match_maker *matches;
};

static void release(struct session *s)
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

static uint32_t count_words(struct em_view text)
{
    uint32_t words = 0;
    bool inside = false;
    for (size_t i = 0; i < text.len; i++) {
        bool space =
            text.data[i] == ' ' || (text.data[i] >= '\t' && text.data[i] <= '\r');
        words += !space && !inside;
        inside = !space;
    }
    return words;
}

static void show(const char *name, struct em_view text, size_t most)
{
    printf("%s\"", name);
    for (size_t i = 0; i < text.len && i < most; i++)
        putchar((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7F
                    ? ' '
                    : text.data[i]);
    puts(text.len > most ? "...\"" : "\"");
}

static void print_threshold(const struct em_model *model, double fpr)
{
    struct em_model_threshold at, *t = &at;
    if (em_model_threshold_at(model, fpr, t, NULL) < 0)
        at = *em_model_default_threshold(model);
    printf("threshold  log-odds %.2f: at most about %g %% of human texts above it\n",
           t->log_odds, 100 * t->fpr);
    printf("           measured %.2f to %.2f %% (95 %%) on %u human texts of %u "
           "sources%s%s\n",
           100 * t->fpr_low, 100 * t->fpr_high, t->n_human, t->n_sources,
           t->measured[0] ? ": " : "", t->measured);
}

static void print_verdict(const struct em_verdict *v, const struct em_model *model,
                          double fpr)
{
    if (v->kind == EM_VERDICT_ABSTAIN) {
        printf("abstain    %s", em_abstain_name(v->abstain));
        if (v->abstain == EM_ABSTAIN_TOO_SHORT)
            printf(": %u words, the model was measured on %u and more", v->words,
                   model->min_words);
        if (v->abstain == EM_ABSTAIN_LANGUAGE)
            printf(": no model for it");
        printf("\n");
    } else {
        printf("%-10s score %.4f (log-odds %.2f), %u words, model %s\n",
               em_verdict_name(v->kind), v->score, v->log_odds, v->words, v->model);
    }
    if (v->style >= 0)
        printf("style      %.4f\n", v->style);
    for (size_t i = 0; i < v->n_leaks; i++) {
        printf("leak       %s (%+.1f) at %u: ", v->leaks[i].kind,
               (double)v->leaks[i].log_odds, v->leaks[i].start);
        show("", v->leaks[i].text, 80);
    }
    if (v->kind != EM_VERDICT_ABSTAIN)
        print_threshold(model, fpr);
}

/* The likeliest few families, in order. */
static void print_families(const struct em_verdict *v)
{
    bool said[EM_VERDICT_MAX_FAMILIES] = {false};
    if (v->n_families == 0)
        return;
    printf("family     ");
    for (size_t k = 0; k < FAMILIES_SHOWN && k < v->n_families; k++) {
        size_t best = v->n_families;
        for (size_t f = 0; f < v->n_families; f++)
            if (!said[f] && (best == v->n_families ||
                             v->families[f].probability > v->families[best].probability))
                best = f;
        said[best] = true;
        printf("%s%s %.0f %%", k ? ", " : "", v->families[best].name,
               100 * v->families[best].probability);
    }
    printf(" (of %zu, if a model wrote it)\n", v->n_families);
}

static void print_matches(const struct em_verdict *v, struct em_view text)
{
    for (size_t i = 0; i < v->n_matches; i++) {
        const struct em_match *m = &v->matches[i];
        printf("match      %s: %.*s of set %.*s", m->kind, EM_VIEW_ARGS(m->item),
               EM_VIEW_ARGS(m->set));
        if (m->model.len)
            printf(" (%.*s)", EM_VIEW_ARGS(m->model));
        printf(", %u of %u words (%.0f %%; unchanged runs %.0f to %.0f %%) at %u to %u: ",
               m->words, m->of, 100 * (double)m->contained, 100 * (double)m->low,
               100 * (double)m->high, m->start, m->end);
        show("", em_view_sub(text, m->start, m->end - m->start), 60);
    }
}

static void print_spans(const struct em_verdict *v, struct em_view text)
{
    if (v->share >= 0)
        printf("share      %.0f %% of the text machine-written, standard error %.0f\n",
               100 * v->share, 100 * v->share_error);
    for (size_t i = 0; i < v->n_spans; i++) {
        printf("span       %.4f at %u to %u: ", (double)v->spans[i].score,
               v->spans[i].start, v->spans[i].end);
        show("",
             em_view_sub(text, v->spans[i].start, v->spans[i].end - v->spans[i].start),
             60);
    }
}

/* Share of all that weighed, signs apart. */
static double total_weight(const struct session *s)
{
    double total = 0;
    for (size_t i = 0; i < s->n_evidence; i++)
        total += fabs(s->evidence[i].log_odds);
    return total > 0 ? total : 1;
}

static void print_side(const struct session *s, bool machine)
{
    double total = total_weight(s);
    size_t shown = 0;
    printf("\nfor %s:\n", machine ? "machine" : "human");
    for (size_t i = 0; i < s->n_evidence && shown < EVIDENCE_SHOWN; i++) {
        const struct em_evidence *e = &s->evidence[i];
        if ((e->log_odds > 0) != machine || e->log_odds == 0)
            continue;
        shown++;
        printf("  %+7.3f  %5.1f %%  ", e->log_odds, 100 * fabs(e->log_odds) / total);
        if (e->kind == EM_EVIDENCE_STYLE)
            printf("style: %s (%+.1f sd)\n", e->text, (double)e->value);
        else if (e->kind == EM_EVIDENCE_LEAK)
            printf("leak: %s, at %u\n", e->text, e->start);
        else
            printf("%s\n", e->text);
    }
}

static void write_evidence(struct em_json *json, const struct session *s)
{
    static const char *const kinds[] = {"ngram", "style", "leak"};
    double total = total_weight(s);
    em_json_array(json);
    for (size_t i = 0; i < s->n_evidence && i < 4 * EVIDENCE_SHOWN; i++) {
        const struct em_evidence *e = &s->evidence[i];
        em_json_object(json);
        em_json_key(json, "kind");
        em_json_string(json, em_view_of(kinds[e->kind]));
        em_json_key(json, "text");
        em_json_string(json, em_view_of(e->text));
        em_json_key(json, "log_odds");
        em_json_fixed(json, e->log_odds, 4);
        em_json_key(json, "share");
        em_json_fixed(json, fabs(e->log_odds) / total, 4);
        em_json_key(json, "start");
        em_json_u64(json, e->start);
        em_json_key(json, "end");
        em_json_u64(json, e->end);
        em_json_end(json);
    }
    em_json_end(json);
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
        em_json_object(&json);
        em_json_key(&json, "evidence");
        write_evidence(&json, s);
        em_json_end(&json);
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

static enum em_status read_text(struct session *s, const char *file, struct em_err *err)
{
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
    for (size_t i = 0; i < a->refs.n; i++)
        EM_TRY(em_refs_sets_add(&s->refs, a->refs.items[i], err));
    return a->refs.n ? em_match_maker_new(&s->matches, &s->refs, err) : EM_OK;
}

static enum em_status judge(struct session *s, const struct arguments *a,
                            const char *file, struct em_verdict *verdict,
                            struct em_err *err)
{
    EM_TRY(open_model(s, a, err));
    EM_TRY(open_refs(s, a, err));
    EM_TRY(read_text(s, file, err));
    struct em_doc doc = {.text = em_buf_view(&s->text)};
    if (a->lang)
        doc.lang = em_view_of(a->lang);
    else
        em_lang_detect(doc.text, EM_VIEW_NONE, &doc.lang, &doc.lang_confidence);
    doc.words = count_words(doc.text);
    EM_TRY(em_detect(s->detector, &doc, verdict, err));
    if (s->matches)
        EM_TRY(em_match_text(s->matches, doc.text, EM_VIEW_NONE, verdict, err));
    if (a->explain || a->html) {
        s->evidence = em_calloc(EVIDENCE_MAX, sizeof(*s->evidence));
        enum em_status status = EM_ERR_NOMEM;
        if (s->evidence)
            status = em_explain(s->detector, s->evidence, EVIDENCE_MAX, &s->n_evidence);
        if (status < 0)
            return em_fail(err, status, "detect", "out of memory");
    }
    if (a->html)
        EM_TRY(write_html(s, a, file, verdict, err));
    if (a->json)
        return print_json(s, a, &doc, file, verdict);
    if (a->html && strcmp(a->html, "-") == 0)
        return EM_OK;
    print_verdict(verdict, em_detector_model(s->detector), a->fpr);
    print_families(verdict);
    print_matches(verdict, doc.text);
    if (a->explain) {
        print_spans(verdict, doc.text);
        print_side(s, true);
        print_side(s, false);
    }
    return EM_OK;
}

static int run(int argc, char **argv)
{
    struct arguments a = {0};
    const struct em_option options[] = {
        {EM_OPT_FLAG, 0, "json", &a.json, NULL, "Write the verdict line as `scan` does."},
        {EM_OPT_FLAG, 0, "explain", &a.explain, NULL,
         "Show the words, word shapes, style features and leaks that weighed, both ways, "
         "and the stretches that are machine-written by themselves."},
        {EM_OPT_STRING, 0, "html", &a.html, "FILE",
         "Write the same as a page: the text with spans and the heaviest patterns "
         "marked, "
         "and the evidence for either side. `-`: standard output, and nothing else "
         "there."},
        {EM_OPT_STRING, 'm', "model", &a.model, "FILE",
         "This model alone; default: the shipped one of the text's language."},
        {EM_OPT_STRINGS, 0, "refs", &a.refs, "FILE",
         "Look for passages of this reference set (`echometer refs`). May be given "
         "several "
         "times."},
        {EM_OPT_STRING, 'l', "lang", &a.lang, "CODE",
         "Language of the text (en); otherwise it is identified."},
        {EM_OPT_DOUBLE, 0, "fpr", &a.fpr, "RATE",
         "Share of human text that may be flagged, from 0.0005 to 0.1 (or 0.05% to 10%). "
         "Default 1%."},
        {EM_OPT_DOUBLE, 0, "prior", &a.prior, "P",
         "Share of machine text among texts like this one; moves the score, not the "
         "threshold."},
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
    if (judge(&s, &a, file, &verdict, &err) < 0) {
        em_error_report(NULL, &err);
        code = err.status == EM_ERR_USAGE ? EM_EXIT_USAGE : EM_EXIT_FAILED;
    } else if (a.exit_code && verdict.kind == EM_VERDICT_MACHINE) {
        code = EM_EXIT_FINDINGS;
    }
    release(&s);
    return code;
}

const struct em_command cmd_detect = {
    .name = "detect",
    .arguments = "[FILE|-]",
    .summary = "one text to a verdict, with what weighed",
    .description = "Reads plain text (UTF-8) and says whether it is machine-written: "
                   "machine, human,\n"
                   "unsure, or abstain (too short, a language without a model, not "
                   "prose), with the\n"
                   "calibrated probability and the leaks found.\n"
                   "\n"
                   "  echometer detect essay.txt\n"
                   "  echometer detect --explain < essay.txt\n"
                   "  echometer detect --html essay.html essay.txt\n"
                   "  echometer detect --json --fpr 0.001 essay.txt\n",
    .run = run,
};
