/* SPDX-License-Identifier: Apache-2.0 */
#include "report/detect_text.h"

#include <math.h>

enum { EVIDENCE_SHOWN = 12, FAMILIES_SHOWN = 3 };

static void text_show(FILE *out, struct em_view text, size_t most)
{
    fputs("\"", out);
    for (size_t i = 0; i < text.len && i < most; i++)
        putc((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7F ? ' '
                                                                        : text.data[i],
             out);
    fputs(text.len > most ? "...\"\n" : "\"\n", out);
}

static void detect_print_threshold(FILE *out, const struct em_model *model, double fpr)
{
    struct em_model_threshold at, *t = &at;
    if (em_model_threshold_at(model, fpr, t, NULL) < 0)
        at = *em_model_default_threshold(model);
    fprintf(out,
            "threshold  log-odds %.2f: at most about %g %% of human texts above it\n",
            t->log_odds, 100 * t->fpr);
    fprintf(out,
            "           measured %.2f to %.2f %% (95 %%) on %u human texts of %u "
            "sources%s%s\n",
            100 * t->fpr_low, 100 * t->fpr_high, t->n_human, t->n_sources,
            t->measured[0] ? ": " : "", t->measured);
}

static void detect_print_verdict(FILE *out, const struct em_verdict *v,
                                 const struct em_model *model, double fpr)
{
    if (v->kind == EM_VERDICT_ABSTAIN) {
        fprintf(out, "abstain    %s", em_abstain_name(v->abstain));
        if (v->abstain == EM_ABSTAIN_TOO_SHORT)
            fprintf(out, ": %u words, the model was measured on %u and more", v->words,
                    model->min_words);
        if (v->abstain == EM_ABSTAIN_LANGUAGE)
            fprintf(out, ": no model for it");
        fprintf(out, "\n");
    } else {
        fprintf(out, "%-10s score %.4f (log-odds %.2f), %u words, model %s\n",
                em_verdict_name(v->kind), v->score, v->log_odds, v->words, v->model);
    }
    if (v->style >= 0)
        fprintf(out, "style      %.4f\n", v->style);
    for (size_t i = 0; i < v->n_leaks; i++) {
        fprintf(out, "leak       %s (%+.1f) at %u: ", v->leaks[i].kind,
                (double)v->leaks[i].log_odds, v->leaks[i].start);
        text_show(out, v->leaks[i].text, 80);
    }
    if (v->kind != EM_VERDICT_ABSTAIN)
        detect_print_threshold(out, model, fpr);
}

/* The likeliest few families, in order. */
static void detect_print_families(FILE *out, const struct em_verdict *v)
{
    bool said[EM_VERDICT_MAX_FAMILIES] = {false};
    if (v->n_families == 0)
        return;
    fprintf(out, "family     ");
    for (size_t k = 0; k < FAMILIES_SHOWN && k < v->n_families; k++) {
        size_t best = v->n_families;
        for (size_t f = 0; f < v->n_families; f++)
            if (!said[f] && (best == v->n_families ||
                             v->families[f].probability > v->families[best].probability))
                best = f;
        said[best] = true;
        fprintf(out, "%s%s %.0f %%", k ? ", " : "", v->families[best].name,
                100 * v->families[best].probability);
    }
    fprintf(out, " (of %zu, if a model wrote it)\n", v->n_families);
}

static void detect_print_matches(FILE *out, const struct em_verdict *v,
                                 struct em_view text)
{
    for (size_t i = 0; i < v->n_matches; i++) {
        const struct em_match *m = &v->matches[i];
        fprintf(out, "match      %s: %.*s of set %.*s", m->kind, EM_VIEW_ARGS(m->item),
                EM_VIEW_ARGS(m->set));
        if (m->model.len)
            fprintf(out, " (%.*s)", EM_VIEW_ARGS(m->model));
        fprintf(
            out,
            ", %u of %u words (%.0f %%; unchanged runs %.0f to %.0f %%) at %u to %u: ",
            m->words, m->of, 100 * (double)m->contained, 100 * (double)m->low,
            100 * (double)m->high, m->start, m->end);
        text_show(out, em_view_sub(text, m->start, m->end - m->start), 60);
    }
}

static void detect_print_spans(FILE *out, const struct em_verdict *v, struct em_view text)
{
    if (v->share >= 0)
        fprintf(out,
                "share      %.0f %% of the text machine-written, standard error %.0f\n",
                100 * v->share, 100 * v->share_error);
    for (size_t i = 0; i < v->n_spans; i++) {
        fprintf(out, "span       %.4f at %u to %u: ", (double)v->spans[i].score,
                v->spans[i].start, v->spans[i].end);
        text_show(
            out,
            em_view_sub(text, v->spans[i].start, v->spans[i].end - v->spans[i].start),
            60);
    }
}

/* Share of all that weighed, signs apart. */
static double evidence_weight(const struct em_detect_evidence *s)
{
    double total = 0;
    for (size_t i = 0; i < s->n; i++)
        total += fabs(s->items[i].log_odds);
    return total > 0 ? total : 1;
}

static void detect_print_side(FILE *out, const struct em_detect_evidence *s, bool machine)
{
    double total = evidence_weight(s);
    size_t shown = 0;
    fprintf(out, "\nfor %s:\n", machine ? "machine" : "human");
    for (size_t i = 0; i < s->n && shown < EVIDENCE_SHOWN; i++) {
        const struct em_evidence *e = &s->items[i];
        if ((e->log_odds > 0) != machine || e->log_odds == 0)
            continue;
        shown++;
        fprintf(out, "  %+7.3f  %5.1f %%  ", e->log_odds,
                100 * fabs(e->log_odds) / total);
        if (e->kind == EM_EVIDENCE_STYLE)
            fprintf(out, "style: %s (%+.1f sd)\n", e->text, (double)e->value);
        else if (e->kind == EM_EVIDENCE_LEAK)
            fprintf(out, "leak: %s, at %u\n", e->text, e->start);
        else
            fprintf(out, "%s\n", e->text);
    }
}

void em_detect_write_evidence(struct em_json *json, const struct em_detect_evidence *s)
{
    static const char *const kinds[] = {"ngram", "style", "leak"};
    double total = evidence_weight(s);
    em_json_array(json);
    for (size_t i = 0; i < s->n && i < 4 * EVIDENCE_SHOWN; i++) {
        const struct em_evidence *e = &s->items[i];
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

void em_detect_text(FILE *out, const struct em_verdict *verdict,
                    const struct em_model *model, double fpr, struct em_view text,
                    bool spans)
{
    detect_print_verdict(out, verdict, model, fpr);
    detect_print_families(out, verdict);
    detect_print_matches(out, verdict, text);
    if (spans)
        detect_print_spans(out, verdict, text);
}

void em_detect_text_evidence(FILE *out, const struct em_detect_evidence *evidence)
{
    detect_print_side(out, evidence, true);
    detect_print_side(out, evidence, false);
}
