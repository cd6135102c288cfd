/* SPDX-License-Identifier: Apache-2.0
 *
 * See explain_html.h. Spans and marks may overlap in any way: the text is cut at every place
 * where one begins or ends, and each piece says what lies over it.
 */
#include "report/explain_html.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>

enum { MARKS = 200, ROWS = 30 };

/* Nothing lighter than this share of the heaviest is marked: all would be. */
#define LIGHTEST 0.2

static enum em_status explain_html_put(struct em_buf *out, const char *text)
{
    return em_buf_append_view(out, em_view_of(text));
}

static enum em_status explain_html_escaped(struct em_buf *out, struct em_view v)
{
    for (size_t i = 0; i < v.len; i++) {
        char c = v.data[i];
        const char *name = c == '<'                                            ? "&lt;"
                           : c == '>'                                          ? "&gt;"
                           : c == '&'                                          ? "&amp;"
                           : c == '"'                                          ? "&quot;"
                           : c == '\''                                         ? "&#39;"
                           : (unsigned char)c < 0x20 && c != '\n' && c != '\t' ? " "
                                                                               : NULL;
        EM_TRY(name ? explain_html_put(out, name) : em_buf_append(out, &c, 1));
    }
    return EM_OK;
}

static const char head[] =
    "<style>\n"
    ":root{color-scheme:light dark;--text:#222;--back:#fff;--line:#ccc;--span:#fff0c2;"
    "--machine:#c4511d;--human:#1d6fc4}\n"
    "@media (prefers-color-scheme:dark){:root{--text:#ddd;--back:#16181c;--line:#444;"
    "--span:#4d3f12;--machine:#ff8f5c;--human:#6cb2ff}}\n"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 "
    "1rem;color:var(--text);background:var(--back)}\n"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit;border:1px solid "
    "var(--line);padding:1rem}\n"
    ".s{background:var(--span)}.m{border-bottom:3px solid var(--machine)}"
    ".h{border-bottom:3px dashed var(--human)}\n"
    "table{border-collapse:collapse;margin:1rem 0}td,th{padding:.15rem "
    ".8rem;text-align:left;border-bottom:1px solid var(--line)}\n"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}\n"
    "</style>\n</head>\n<body>\n";

static enum em_status summary(const struct em_explained *e, struct em_buf *out)
{
    const struct em_verdict *v = e->verdict;
    EM_TRY(explain_html_put(out, "<h1>"));
    EM_TRY(explain_html_escaped(out, e->title));
    EM_TRY(em_buf_printf(out, "</h1>\n<p><strong>%s</strong>", em_verdict_name(v->kind)));
    if (v->kind == EM_VERDICT_ABSTAIN) {
        const char *why = em_abstain_name(v->abstain);
        return em_buf_printf(out, ": %s. Nothing is said of this text.</p>\n",
                             why ? why : "no reason");
    }
    EM_TRY(em_buf_printf(out, ": score %.4f (log-odds %.2f), %u words, model ", v->score,
                         v->log_odds, (unsigned)v->words));
    EM_TRY(explain_html_escaped(out, em_view_of(v->model ? v->model : "")));
    if (v->share >= 0)
        EM_TRY(em_buf_printf(out,
                             "; %.0f%% of the text machine-written (standard error %.0f)",
                             100 * v->share, 100 * v->share_error));
    return em_buf_printf(
        out,
        ".</p>\n<p>From log-odds of %.2f on a text counts as machine-written: about %g "
        "%% of human texts are there, too. The score is a probability where half of all "
        "texts are machine-written. It is one piece of evidence, not proof; "
        "docs/MODEL.md "
        "says how often it errs, and on what.</p>\n",
        e->log_odds, 100 * e->fpr);
}

/* --- the text ------------------------------------------------------------------------- */

struct cover {
    uint32_t start, end;
    const struct em_evidence *mark; /* NULL: a span */
    float score;
};

static int by_place(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Spans, then the heaviest pieces of evidence that have a place. */
static size_t explain_html_covers(const struct em_explained *e, struct cover *out)
{
    size_t n = 0, marks = 0;
    double most = 0;
    for (size_t i = 0; i < e->verdict->n_spans; i++) {
        const struct em_span *s = &e->verdict->spans[i];
        if (s->start < s->end && s->end <= e->text.len)
            out[n++] = (struct cover){s->start, s->end, NULL, s->score};
    }
    for (size_t i = 0; i < e->n_evidence && marks < MARKS; i++) {
        const struct em_evidence *p = &e->evidence[i];
        if (p->start >= p->end || p->end > e->text.len)
            continue;
        if (marks == 0)
            most = fabs(p->log_odds);
        if (!(fabs(p->log_odds) > LIGHTEST * most))
            break; /* the rest is lighter still */
        out[n++] = (struct cover){p->start, p->end, p, 0};
        marks++;
    }
    return n;
}

struct over {
    const struct cover *span, *mark;
};

/* What lies over [start, end), which no cover begins or ends within. */
static struct over explain_html_over(const struct cover *all, size_t n, uint32_t start,
                                     uint32_t end)
{
    struct over o = {NULL, NULL};
    for (size_t i = 0; i < n; i++)
        if (all[i].start <= start && all[i].end >= end) {
            if (!all[i].mark)
                o.span = &all[i];
            else if (!o.mark) /* the heaviest comes first */
                o.mark = &all[i];
        }
    return o;
}

static enum em_status piece(struct over o, struct em_view text, struct em_buf *out)
{
    const struct em_evidence *e = o.mark ? o.mark->mark : NULL;
    if (!o.span && !e)
        return explain_html_escaped(out, text);
    EM_TRY(em_buf_printf(out, "<span class=\"%s%s%s\" title=\"", o.span ? "s" : "",
                         o.span && e ? " " : "",
                         !e                ? ""
                         : e->log_odds > 0 ? "m"
                                           : "h"));
    if (o.span)
        EM_TRY(em_buf_printf(out, "span %.3f%s", (double)o.span->score, e ? "; " : ""));
    if (e) {
        EM_TRY(explain_html_escaped(out, em_view_of(e->text)));
        EM_TRY(em_buf_printf(out, " %+.3f", e->log_odds));
    }
    EM_TRY(explain_html_put(out, "\">"));
    EM_TRY(explain_html_escaped(out, text));
    return explain_html_put(out, "</span>");
}

static enum em_status pieces(const struct em_explained *e, const struct cover *all,
                             size_t n, const uint32_t *cuts, size_t n_cuts,
                             struct em_buf *out)
{
    struct over last = {NULL, NULL};
    uint32_t from = 0;
    for (size_t i = 0; i + 1 < n_cuts; i++) {
        if (cuts[i] == cuts[i + 1])
            continue;
        struct over now = explain_html_over(all, n, cuts[i], cuts[i + 1]);
        if (now.span == last.span && now.mark == last.mark)
            continue;
        EM_TRY(piece(last, em_view_sub(e->text, from, cuts[i] - from), out));
        last = now;
        from = cuts[i];
    }
    return piece(last, em_view_sub(e->text, from, e->text.len - from), out);
}

static enum em_status marked_text(const struct em_explained *e, struct em_buf *out)
{
    size_t most = e->verdict->n_spans + MARKS;
    struct cover *all = em_malloc(most * sizeof(*all));
    uint32_t *cuts = em_malloc((2 * most + 2) * sizeof(*cuts));
    enum em_status status = all && cuts ? explain_html_put(out, "<pre>") : EM_ERR_NOMEM;
    if (status == EM_OK) {
        size_t n = explain_html_covers(e, all), n_cuts = 0;
        cuts[n_cuts++] = 0;
        cuts[n_cuts++] = (uint32_t)e->text.len;
        for (size_t i = 0; i < n; i++) {
            cuts[n_cuts++] = all[i].start;
            cuts[n_cuts++] = all[i].end;
        }
        qsort(cuts, n_cuts, sizeof(*cuts), by_place);
        status = pieces(e, all, n, cuts, n_cuts, out);
    }
    em_free(all);
    em_free(cuts);
    return status == EM_OK ? explain_html_put(out, "</pre>\n") : status;
}

/* --- the tables ----------------------------------------------------------------------- */

static enum em_status usual(double low, double high, bool known, struct em_buf *out)
{
    if (!known)
        return explain_html_put(out, "<td></td>");
    return em_buf_printf(out, "<td class=\"n\">%.3g to %.3g</td>", low, high);
}

static enum em_status row(const struct em_evidence *p, struct em_buf *out)
{
    const struct em_input_meaning *m = &p->meaning;
    bool counted = p->name && (m->ranged || (m->unit && *m->unit));
    EM_TRY(em_buf_printf(out, "<tr><td class=\"n\">%+.3f</td><td>", p->log_odds));
    EM_TRY(explain_html_escaped(out, em_view_of(p->text)));
    EM_TRY(explain_html_put(out, "</td><td class=\"n\">"));
    if (counted)
        EM_TRY(em_buf_printf(out, "%.3g%s%s", m->value, *m->unit ? " " : "", m->unit));
    EM_TRY(explain_html_put(out, "</td>"));
    EM_TRY(usual(m->human_low, m->human_high, m->ranged, out));
    EM_TRY(usual(m->machine_low, m->machine_high, m->ranged, out));
    return explain_html_put(out, "</tr>\n");
}

/* The heaviest of a side; *sum is what they come to, *n how many they are. */
static enum em_status side(const struct em_explained *e, bool machine, struct em_buf *out,
                           double *sum, size_t *n)
{
    size_t shown = 0;
    EM_TRY(em_buf_printf(out,
                         "<h2>For %s</h2>\n<table>\n<tr><th>log-odds</th><th>what</th>"
                         "<th>here</th><th>people</th><th>machines</th></tr>\n",
                         machine ? "machine" : "human"));
    for (size_t i = 0; i < e->n_evidence && shown < ROWS; i++) {
        const struct em_evidence *p = &e->evidence[i];
        if (p->log_odds == 0 || (p->log_odds > 0) != machine)
            continue;
        EM_TRY(row(p, out));
        *sum += p->log_odds;
        shown++;
    }
    *n += shown;
    return explain_html_put(out, "</table>\n");
}

static enum em_status sum_row(double log_odds, const char *what, struct em_buf *out)
{
    return em_buf_printf(out, "<tr><td class=\"n\">%+.3f</td><td>%s</td></tr>\n",
                         log_odds, what);
}

static enum em_status tables(const struct em_explained *e, struct em_buf *out)
{
    double machine = 0, human = 0;
    size_t n = 0;
    if (e->n_evidence == 0)
        return EM_OK;
    EM_TRY(side(e, true, out, &machine, &n));
    EM_TRY(side(e, false, out, &human, &n));
    EM_TRY(explain_html_put(
        out, "<p>&#8220;people&#8221; and &#8220;machines&#8221;: the middle 80 % "
             "of texts of either.</p>\n<h2>All together</h2>\n<table>\n"));
    EM_TRY(sum_row(e->rest.start,
                   "starting point: average style and no pattern that is known", out));
    EM_TRY(sum_row(machine, "listed for machine", out));
    EM_TRY(sum_row(human, "listed for human", out));
    EM_TRY(em_buf_printf(out,
                         "<tr><td class=\"n\">%+.3f</td><td>%zu lighter pieces of "
                         "evidence, not listed</td></tr>\n",
                         e->rest.log_odds - e->rest.start - machine - human,
                         e->n_evidence + e->rest.n_lighter - n));
    EM_TRY(sum_row(e->rest.log_odds, "log-odds of the verdict", out));
    return explain_html_put(out, "</table>\n");
}

enum em_status em_explain_html(const struct em_explained *explained, struct em_buf *out)
{
    EM_TRY(explain_html_put(
        out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
             "<meta charset=\"utf-8\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" "
             "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>"));
    EM_TRY(explain_html_escaped(out, explained->title));
    EM_TRY(explain_html_put(out, "</title>\n"));
    EM_TRY(explain_html_put(out, head));
    EM_TRY(summary(explained, out));
    EM_TRY(explain_html_put(
        out,
        "<p>Coloured background: passages that would be called machine-written on their "
        "own. Underlined: the evidence that contributed most, where it has a place "
        "in the text; a solid line speaks for a machine, a dashed one for a person. "
        "Point at it to see its name and weight.</p>\n"));
    EM_TRY(marked_text(explained, out));
    EM_TRY(tables(explained, out));
    return explain_html_put(out, "</body>\n</html>\n");
}
