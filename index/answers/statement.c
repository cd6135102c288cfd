/* SPDX-License-Identifier: Apache-2.0 */
#include "index/answers/statement.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Below these the interval is what it is, but little stands behind it. */
enum { FEW_DOCUMENTS = 300, FEW_SITES = 20 };
#define SHARE_WARNED 0.1  /* unjudged, undated */
#define RAW_APART    0.1  /* points between the share flagged and the interval */
#define WIDE         0.25 /* points from low to high */

/* --- kinds of machine -------------------------------------------------------------------- */

static int kind_order(const void *a, const void *b)
{
    const struct em_machine_kind *x = a, *y = b;
    if (x->caught != y->caught)
        return x->caught < y->caught ? -1 : 1;
    return strcmp(x->name, y->name);
}

static struct em_machine_kind *kind_of(struct em_machine_kind *kinds, size_t *n,
                                       const char *name)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    if (*n == EM_STATEMENT_KINDS)
        return NULL;
    struct em_machine_kind *k = &kinds[(*n)++];
    *k = (struct em_machine_kind){.sources = 0};
    snprintf(k->name, sizeof(k->name), "%s", name);
    return k;
}

/* Share of a source's texts at or above a score; of the bin it lies in, by its place. */
static double kind_share(const struct em_calibration_source *s, double log_odds)
{
    unsigned bin = em_score_bin(log_odds);
    double part = (em_score_bin_middle(bin) + 0.125 - log_odds) / 0.25, above = 0;
    for (unsigned k = bin + 1; k < EM_SCORE_BINS; k++)
        above += s->bins[k];
    above += s->bins[bin] * (part < 0 ? 0 : part > 1 ? 1 : part);
    return above / s->n;
}

size_t em_machine_kinds(const struct em_calibration *block,
                        struct em_machine_kind out[EM_STATEMENT_KINDS])
{
    size_t n = 0;
    for (uint32_t i = 0; i < block->n; i++) {
        const struct em_calibration_source *s = &block->sources[i];
        struct em_machine_kind *k =
            s->machine && s->n >= EM_QUANTIFY_LEAST ? kind_of(out, &n, s->kind) : NULL;
        if (!k)
            continue;
        k->sources++;
        k->texts += s->n;
        k->caught += kind_share(s, (double)block->threshold);
        k->human += 1 - kind_share(s, (double)block->human_below);
    }
    for (size_t i = 0; i < n; i++) {
        out[i].caught /= out[i].sources;
        out[i].human /= out[i].sources;
    }
    if (n)
        qsort(out, n, sizeof(out[0]), kind_order);
    return n;
}

/* --- sentences --------------------------------------------------------------------------- */

EM_PRINTF(2, 3)
static void statement_say(char out[EM_STATEMENT_TEXT], const char *format, ...)
{
    va_list args;
    size_t n = strlen(out);
    va_start(args, format);
    vsnprintf(out + n, EM_STATEMENT_TEXT - n, format, args);
    va_end(args);
}

/* Why documents were not judged, in order; the rest is what nothing is known of. */
static void say_unjudged(char *out, const struct em_prevalence_row *t)
{
    uint64_t without = t->documents - t->judged;
    const struct {
        uint64_t n;
        const char *why;
    } reasons[] = {{t->no_language, "in a language without a model"},
                   {t->too_short, "too short"},
                   {t->not_prose, "not prose"}};
    if (without == 0)
        return;
    statement_say(out, " (of %" PRIu64 "; not judged:", t->documents);
    uint64_t rest = without;
    const char *comma = "";
    for (size_t i = 0; i < 3; i++) {
        if (!reasons[i].n)
            continue;
        statement_say(out, "%s %" PRIu64 " %s", comma, reasons[i].n, reasons[i].why);
        rest -= reasons[i].n < rest ? reasons[i].n : rest;
        comma = ",";
    }
    if (rest)
        statement_say(out, "%s %" PRIu64 " for other reasons", comma, rest);
    statement_say(out, ")");
}

static const struct em_estimate *headline_of(const struct em_prevalence_row *t)
{
    return &t->result.by[EM_QUANTIFY_MIXTURE];
}

static bool estimated(const struct em_prevalence_row *t)
{
    return t->note == EM_PREVALENCE_FINE && isfinite(headline_of(t)->value);
}

static void say_headline(struct em_statement *s, const struct em_prevalence_row *t,
                         const struct em_index_model *model)
{
    const struct em_estimate *e = headline_of(t);
    char *out = s->headline;
    if (t->judged == 0) {
        statement_say(out, "None of %" PRIu64 " documents was judged", t->documents);
        say_unjudged(out, t);
        statement_say(out, ": nothing can be said.");
        return;
    }
    statement_say(out, "Of %" PRIu64 " documents judged", t->judged);
    say_unjudged(out, t);
    if (!estimated(t)) {
        statement_say(out, ", %" PRIu64 " are flagged; there is no estimate: %s.",
                      t->flagged,
                      em_prevalence_note_text(t->note) ? em_prevalence_note_text(t->note)
                                                       : "nothing was scored");
        return;
    }
    statement_say(
        out,
        ", at least %.1f %% read like the machine text that %s knows (estimate %.1f %%, "
        "95 %% "
        "interval %.1f to %.1f %%",
        100 * e->low, model->label, 100 * e->value, 100 * e->low, 100 * e->high);
    if (t->scored != t->judged)
        statement_say(out, ", from %" PRIu64 " of them", t->scored);
    statement_say(out, ").");
}

/* If half of the machine text were of the kind that is caught least: what is seen of such a
 * mix, beside what is seen of all kinds, says how much more there would be. */
static void say_unseen(struct em_statement *s, const struct em_prevalence_row *t)
{
    double mean = 0;
    if (!estimated(t) || s->n_kinds < 2)
        return;
    for (size_t i = 0; i < s->n_kinds; i++)
        mean += s->kinds[i].caught / (double)s->n_kinds;
    const struct em_machine_kind *least = &s->kinds[0];
    double seen = mean > 0 ? 0.5 + 0.5 * least->caught / mean : 1;
    double up_to = fmin(1, headline_of(t)->high / seen);
    statement_say(
        s->unseen,
        "Machine text unlike what the model knows is not in this: of %s, %.0f %% is "
        "caught; if "
        "half of the machine text were like it, there could be up to %.1f %%.",
        least->name, 100 * least->caught, 100 * up_to);
}

/* Of a count, the words that follow it. */
static const char *one_or_more(uint64_t n, const char *one, const char *more)
{
    return n == 1 ? one : more;
}

static void say_floor(struct em_statement *s, const struct em_prevalence_row *t)
{
    statement_say(s->floor,
                  "Without any model: %" PRIu64
                  " %s what a chat assistant left behind, %" PRIu64
                  " %s passages of known model output.",
                  t->leaks, one_or_more(t->leaks, "document holds", "documents hold"),
                  t->known, one_or_more(t->known, "holds", "hold"));
}

/* --- warnings ---------------------------------------------------------------------------- */

static char *warn(struct em_statement *s, enum em_warning which)
{
    s->warned[which] = true;
    s->warnings[which][0] = '\0';
    return s->warnings[which];
}

static void warn_documents(struct em_statement *s, const struct em_prevalence_row *t)
{
    uint64_t unjudged = t->documents - t->judged;
    if ((double)unjudged > SHARE_WARNED * (double)t->documents)
        statement_say(warn(s, EM_WARNING_UNJUDGED),
                      "%" PRIu64 " of %" PRIu64
                      " documents %s not judged: the answer is not about %s.",
                      unjudged, t->documents, one_or_more(unjudged, "was", "were"),
                      one_or_more(unjudged, "it", "them"));
    if ((double)t->undated > SHARE_WARNED * (double)t->documents)
        statement_say(warn(s, EM_WARNING_UNDATED),
                      "%" PRIu64 " of %" PRIu64
                      " documents %s no reliable date: %s in the total and in no month.",
                      t->undated, t->documents, one_or_more(t->undated, "has", "have"),
                      one_or_more(t->undated, "it is", "they are"));
    if (t->scored < FEW_DOCUMENTS)
        statement_say(warn(s, EM_WARNING_FEW), "Only %" PRIu64 " %s in the estimate.",
                      t->scored, one_or_more(t->scored, "document is", "documents are"));
    if (t->nameless)
        statement_say(warn(s, EM_WARNING_NO_SITES),
                      "Documents without an address count as one "
                      "site: the interval cannot tell how "
                      "much they depend on each other.");
    else if (t->sites < FEW_SITES)
        statement_say(
            warn(s, EM_WARNING_FEW_SITES),
            "The documents say as much as %.0f %s of equal size would (the largest has "
            "%.0f %% of them).",
            t->sites < 1 ? 1 : t->sites,
            one_or_more(t->sites >= 1.5 ? 2 : 1, "site", "sites"), 100 * t->largest);
    if (t->backdated > 0 && t->slice == EM_PREVALENCE_PUBLISHED_OLD &&
        (double)t->backdated > 0.02 * (double)t->old)
        statement_say(
            warn(s, EM_WARNING_BACKDATED),
            "%" PRIu64
            " %s before 2022-11-30 %s flagged: dates may be wrong, and the human slice "
            "with them.",
            t->backdated,
            one_or_more(t->backdated, "page that dates itself",
                        "pages that date themselves"),
            one_or_more(t->backdated, "is", "are"));
}

static void warn_estimate(struct em_statement *s, const struct em_prevalence_row *t)
{
    static const enum em_quantify_method others[] = {
        EM_QUANTIFY_ADJUSTED, EM_QUANTIFY_POSTERIOR, EM_QUANTIFY_HISTOGRAM,
        EM_QUANTIFY_WORDS};
    const struct em_estimate *e = headline_of(t);
    const struct em_estimate *zero = &t->zero.by[EM_QUANTIFY_MIXTURE];
    double raw = (double)t->flagged / (double)(t->judged ? t->judged : 1);
    if (t->slice == EM_PREVALENCE_SOURCES)
        statement_say(warn(s, EM_WARNING_NO_SLICE),
                      "There are too few documents from before "
                      "2022-11-30: what human text scores here "
                      "is taken from the model's own sources.");
    if (isfinite(zero->value) && (zero->low > 0 || zero->value > 0.02))
        statement_say(
            warn(s, EM_WARNING_ZERO),
            "The zero check says %.1f %% of documents that no chat model can have "
            "written.",
            100 * zero->value);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        const struct em_estimate *o = &t->result.by[others[i]];
        if (!s->warned[EM_WARNING_DISAGREE] && isfinite(o->value) &&
            (o->low > e->high || o->high < e->low))
            statement_say(warn(s, EM_WARNING_DISAGREE),
                          "Another estimator (%s) says %.1f %% [%.1f, %.1f].",
                          em_quantify_name(others[i]), 100 * o->value, 100 * o->low,
                          100 * o->high);
    }
    if (raw > e->high + RAW_APART || raw < e->low - RAW_APART)
        statement_say(
            warn(s, EM_WARNING_RAW),
            "%.1f %% of the documents judged are flagged, which is far from the "
            "estimate.",
            100 * raw);
    if (e->high - e->low > WIDE)
        statement_say(warn(s, EM_WARNING_WIDE), "The interval is %.0f points wide.",
                      100 * (e->high - e->low));
}

void em_statement_make(struct em_statement *s, const struct em_prevalence_row *t,
                       const struct em_index_model *model)
{
    const struct em_calibration *block = model->n_blocks ? &model->blocks[0] : NULL;
    memset(s, 0, sizeof(*s));
    if (block)
        s->n_kinds = em_machine_kinds(block, s->kinds);
    say_headline(s, t, model);
    say_unseen(s, t);
    say_floor(s, t);
    warn_documents(s, t);
    if (estimated(t))
        warn_estimate(s, t);
    if (block && block->own)
        statement_say(
            warn(s, EM_WARNING_OWN),
            "The model is calibrated on somebody's own texts (%.200s): what it says "
            "holds for "
            "texts like those.",
            block->measured);
    s->clear = estimated(t);
    for (int w = 0; w < EM_WARNING_COUNT; w++)
        s->clear &= !s->warned[w];
}
