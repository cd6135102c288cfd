/* SPDX-License-Identifier: Apache-2.0 */
#include "report/detect_text.h"

#include "base/terminal.h"

#include <math.h>

enum { SCORED_LESS = 5, EVIDENCE_SHOWN = 12, FAMILIES_SHOWN = 3 };

static void text_show(FILE *out, struct em_view text, size_t most)
{
    fputs("\"", out);
    for (size_t i = 0; i < text.len && i < most; i++)
        putc((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7F ? ' '
                                                                        : text.data[i],
             out);
    fputs(text.len > most ? "...\"\n" : "\"\n", out);
}

/* Nothing of it may steer the terminal. */
static void text_show_plain(FILE *out, struct em_view text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bool c1 = c == 0xC2 && i + 1 < text.len && (unsigned char)text.data[i + 1] < 0xA0;
        bool control = (c < 0x20 && c != '\n' && c != '\t') || c == 0x7F || c1;
        putc(control ? ' ' : c, out);
        i += c1;
    }
}

static void detect_print_threshold(FILE *out, const struct em_model *model, double fpr)
{
    struct em_model_threshold at, *t = &at;
    if (em_model_threshold_at(model, fpr, t, NULL) < 0)
        at = *em_model_default_threshold(model);
    fprintf(out, "threshold  log-odds %.2f: at most about %g%% of human texts above it\n",
            t->log_odds, 100 * t->fpr);
    fprintf(out,
            "           measured %.2f to %.2f%% (95 %%) on %u human texts of %u "
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
            fprintf(out, ": %u words to go by, the model was measured on %u and more",
                    v->scored, model->min_words);
        if (v->abstain == EM_ABSTAIN_LANGUAGE)
            fprintf(out, ": no model for it");
        fprintf(out, "\n");
    } else {
        fprintf(out, "%-10s score %.4f (log-odds %.2f), %u words",
                em_verdict_name(v->kind), v->score, v->log_odds, v->words);
        if (v->scored < v->words - v->words / SCORED_LESS)
            fprintf(out, " (%u scored)", v->scored);
        fprintf(out, ", model %s\n", v->model);
    }
    if (v->style >= 0)
        fprintf(out, "style      %.4f\n", v->style);
    if (v->edited >= 0)
        fprintf(
            out,
            "edited     about %.0f%% of the words changed by a model, if a person wrote "
            "it first (off by 20 on average)\n",
            100 * v->edited);
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
        fprintf(out, "%s%s %.0f%%", k ? ", " : "", v->families[best].name,
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
        fprintf(out,
                ", %u of %u words (%.0f%%; unchanged runs %.0f to %.0f%%) at %u to %u: ",
                m->words, m->of, 100 * (double)m->contained, 100 * (double)m->low,
                100 * (double)m->high, m->start, m->end);
        text_show(out, em_view_sub(text, m->start, m->end - m->start), 60);
    }
}

static void detect_print_spans(FILE *out, const struct em_verdict *v, struct em_view text)
{
    if (v->share >= 0)
        fprintf(out,
                "share      %.0f%% of the text machine-written, standard error %.0f\n",
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

/* Is it among what is shown of its side? *shown counts those of either. */
static bool evidence_shown(const struct em_evidence *e, size_t shown[2], size_t most)
{
    return e->log_odds != 0 && shown[e->log_odds > 0]++ < most;
}

static void detect_print_meaning(FILE *out, const struct em_input_meaning *m)
{
    if (!m->name || (*m->unit == '\0' && !m->ranged))
        return;
    const char *gap = *m->unit ? " " : "";
    fprintf(out, ": %.3g%s%s", m->value, gap, m->unit);
    if (m->ranged)
        fprintf(out, " (people %.3g to %.3g, machines %.3g to %.3g)", m->human_low,
                m->human_high, m->machine_low, m->machine_high);
}

static void detect_print_piece(FILE *out, const struct em_evidence *e)
{
    fprintf(out, "  %+7.3f  %s", e->log_odds, e->text);
    if (e->name)
        detect_print_meaning(out, &e->meaning);
    for (size_t k = 0; k < e->n_places; k++)
        fprintf(out, "%s %u", k ? "," : ", at", e->places[k].start);
    if (!e->name)
        fprintf(out, ", at %u", e->start);
    putc('\n', out);
}

static double detect_print_side(FILE *out, const struct em_detect_evidence *s,
                                bool machine)
{
    size_t shown[2] = {0, 0};
    double sum = 0;
    fprintf(out, "\nfor %s:\n", machine ? "machine" : "human");
    for (size_t i = 0; i < s->n; i++) {
        const struct em_evidence *e = &s->items[i];
        if ((e->log_odds > 0) != machine || !evidence_shown(e, shown, EVIDENCE_SHOWN))
            continue;
        detect_print_piece(out, e);
        sum += e->log_odds;
    }
    return sum;
}

static void detect_print_sum(FILE *out, const struct em_detect_evidence *s,
                             double machine, double human)
{
    size_t shown[2] = {0, 0}, listed = 0;
    for (size_t i = 0; i < s->n; i++)
        listed += evidence_shown(&s->items[i], shown, EVIDENCE_SHOWN);
    double lighter = s->rest.log_odds - s->rest.start - machine - human;
    fprintf(out, "\nall together:\n");
    fprintf(out, "  %+7.3f  starting point: average style and no pattern that is known\n",
            s->rest.start);
    fprintf(out, "  %+7.3f  listed for machine\n", machine);
    fprintf(out, "  %+7.3f  listed for human\n", human);
    fprintf(out, "  %+7.3f  %zu lighter pieces of evidence, not listed\n", lighter,
            s->n + s->rest.n_lighter - listed);
    fprintf(out, "  %+7.3f  log-odds of the verdict, score %.4f\n", s->rest.log_odds,
            1 / (1 + exp(-s->rest.log_odds)));
}

static void write_range(struct em_json *json, const char *key, double low, double high)
{
    em_json_key(json, key);
    em_json_array(json);
    em_json_fixed(json, low, 3);
    em_json_fixed(json, high, 3);
    em_json_end(json);
}

static void write_meaning(struct em_json *json, const struct em_evidence *e)
{
    const struct em_input_meaning *m = &e->meaning;
    em_json_key(json, "name");
    em_json_string(json, em_view_of(e->name));
    if (!m->name)
        return;
    em_json_key(json, "value");
    em_json_fixed(json, m->value, 3);
    em_json_key(json, "unit");
    em_json_string(json, em_view_of(m->unit));
    if (m->ranged) {
        write_range(json, "people", m->human_low, m->human_high);
        write_range(json, "machines", m->machine_low, m->machine_high);
    }
}

static void write_places(struct em_json *json, const struct em_evidence *e)
{
    em_json_key(json, "places");
    em_json_array(json);
    for (size_t k = 0; k < e->n_places; k++) {
        em_json_array(json);
        em_json_u64(json, e->places[k].start);
        em_json_u64(json, e->places[k].end);
        em_json_end(json);
    }
    if (e->n_places == 0 && e->end > e->start) {
        em_json_array(json);
        em_json_u64(json, e->start);
        em_json_u64(json, e->end);
        em_json_end(json);
    }
    em_json_end(json);
}

static void write_piece(struct em_json *json, const struct em_evidence *e, double total)
{
    static const char *const kinds[] = {"ngram", "style", "leak"};
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
    write_places(json, e);
    if (e->name)
        write_meaning(json, e);
    em_json_end(json);
}

void em_detect_write_evidence(struct em_json *json, const struct em_detect_evidence *s)
{
    double total = evidence_weight(s), listed = 0;
    em_json_object(json);
    em_json_key(json, "evidence");
    em_json_array(json);
    size_t n = s->n < 4 * EVIDENCE_SHOWN ? s->n : 4 * EVIDENCE_SHOWN;
    for (size_t i = 0; i < n; i++) {
        write_piece(json, &s->items[i], total);
        listed += s->items[i].log_odds;
    }
    em_json_end(json);
    em_json_key(json, "start");
    em_json_fixed(json, s->rest.start, 4);
    em_json_key(json, "listed");
    em_json_fixed(json, listed, 4);
    em_json_key(json, "lighter");
    em_json_fixed(json, s->rest.log_odds - s->rest.start - listed, 4);
    em_json_key(json, "n_lighter");
    em_json_u64(json, s->n + s->rest.n_lighter - n);
    em_json_key(json, "log_odds");
    em_json_fixed(json, s->rest.log_odds, 4);
    em_json_end(json);
}

void em_detect_text_spans(FILE *out, const struct em_verdict *v, struct em_view text)
{
    size_t at = 0;
    fprintf(out, "\n");
    for (size_t i = 0; i <= v->n_spans; i++) {
        size_t start = i < v->n_spans ? v->spans[i].start : text.len;
        size_t end = i < v->n_spans ? v->spans[i].end : text.len;
        text_show_plain(out, em_view_sub(text, at, start - at));
        if (end > start) {
            em_terminal_own(out, "\x1b[30;43m");
            text_show_plain(out, em_view_sub(text, start, end - start));
            em_terminal_own(out, "\x1b[0m");
        }
        at = end;
    }
    fprintf(out, "\n");
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
    if (evidence->n == 0)
        return;
    double machine = detect_print_side(out, evidence, true);
    double human = detect_print_side(out, evidence, false);
    detect_print_sum(out, evidence, machine, human);
}
