/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/scan/match.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "detector/prints.h"
#include "index/refs/refs_match.h"

#include <math.h>
#include <stdlib.h>

enum { LEAST_WORDS = 25 };
#define LEAST_CONTAINED 0.5
#define LEAST_SHARE     0.5
#define CERTAIN         0.99

struct em_match_maker {
    const struct em_refs_sets *sets;
    struct em_refs_matcher *matcher;
    struct em_prints prints;
    struct em_print_word *words;
    size_t cap_words;
    struct em_stretch stretches[EM_MAX_MATCHES * EM_MAX_MATCH_STRETCHES];
};

enum em_status em_match_maker_new(struct em_match_maker **out,
                                  const struct em_refs_sets *sets, struct em_err *err)
{
    struct em_match_maker *m = em_calloc(1, sizeof(*m));
    *out = NULL;
    if (!m || em_refs_matcher_new(&m->matcher, sets) < 0) {
        em_free(m);
        return em_fail(err, EM_ERR_NOMEM, "match", "out of memory");
    }
    m->sets = sets;
    em_prints_init(&m->prints);
    *out = m;
    return EM_OK;
}

void em_match_maker_free(struct em_match_maker *maker)
{
    if (!maker)
        return;
    em_refs_matcher_free(maker->matcher);
    em_prints_release(&maker->prints);
    em_free(maker->words);
    em_free(maker);
}

/* Prints are made once for all sets that use the same k and t. */
static enum em_status match_look(struct em_match_maker *m, struct em_view text,
                                 bool *found)
{
    struct em_prints_options made = {.k = 0};
    *found = false;
    em_refs_begin(m->matcher);
    for (size_t i = 0; i < m->sets->n; i++) {
        struct em_refs_info info;
        em_refs_describe(m->sets->sets[i], &info);
        if (info.k != made.k || info.t != made.t) {
            made = (struct em_prints_options){.k = info.k, .t = info.t};
            EM_TRY(em_prints_make(&m->prints, &made, text));
        }
        EM_TRY(
            em_refs_look(m->matcher, i, m->prints.winnowed, m->prints.n_winnowed, found));
    }
    return EM_OK;
}

static int by_start(const void *x, const void *y)
{
    const struct em_stretch *a = x, *b = y;
    return a->start < b->start ? -1 : a->start > b->start;
}

/* Dates compare as text; the shorter one says less and is not before its own year. */
static bool match_before(struct em_view date, struct em_view since)
{
    size_t n = date.len < since.len ? date.len : since.len;
    return n > 0 && memcmp(date.data, since.data, n) < 0;
}

/* Share of the text in stretches of matches that count for `kind`. */
static double match_share(struct em_match_maker *m, const struct em_verdict *v,
                          const char *kind, struct em_view text, struct em_view date)
{
    size_t n = 0;
    uint64_t bytes = 0;
    uint32_t end = 0;
    for (size_t i = 0; i < v->n_matches; i++) {
        const struct em_match *match = &v->matches[i];
        if (match->kind != kind || (double)match->contained < LEAST_CONTAINED ||
            match->words < LEAST_WORDS || match_before(date, match->since))
            continue;
        for (size_t j = 0; j < match->n_stretches; j++)
            m->stretches[n++] = match->stretches[j];
    }
    if (n > 1)
        qsort(m->stretches, n, sizeof(m->stretches[0]), by_start);
    for (size_t i = 0; i < n; i++) {
        uint32_t from = m->stretches[i].start > end ? m->stretches[i].start : end;
        if (m->stretches[i].end > from) {
            bytes += m->stretches[i].end - from;
            end = m->stretches[i].end;
        }
    }
    return text.len ? (double)bytes / (double)text.len : 0;
}

static void match_decide(struct em_verdict *v, enum em_verdict_kind kind, double log_odds)
{
    bool none = v->kind == EM_VERDICT_ABSTAIN;
    if (none || (log_odds > 0 ? v->log_odds < log_odds : v->log_odds > log_odds)) {
        v->log_odds = log_odds;
        v->score = 1 / (1 + exp(-log_odds));
    }
    if (v->recorded == EM_VERDICT_ABSTAIN)
        v->raw_log_odds = log_odds;
    v->recorded = kind;
    v->kind = kind;
    v->abstain = EM_ABSTAIN_NONE;
}

enum em_status em_match_text(struct em_match_maker *maker, struct em_view text,
                             struct em_view date, struct em_verdict *verdict,
                             struct em_err *err)
{
    bool found;
    size_t n;
    verdict->matches = NULL;
    verdict->n_matches = 0;
    enum em_status status = match_look(maker, text, &found);
    if (status == EM_OK && found) {
        status =
            em_prints_words(&maker->prints, text, &maker->words, &n, &maker->cap_words);
        if (status == EM_OK)
            status = em_refs_match(maker->matcher, maker->words, n, &verdict->matches,
                                   &verdict->n_matches);
    }
    if (status < 0)
        return em_fail(err, status, "match", "%s", em_status_text(status));
    if (verdict->n_matches == 0)
        return EM_OK;
    double certain = log(CERTAIN / (1 - CERTAIN));
    double machine =
        match_share(maker, verdict, em_refs_kind_name(EM_REFS_MODEL_OUTPUT), text, date);
    double human =
        match_share(maker, verdict, em_refs_kind_name(EM_REFS_HUMAN), text, EM_VIEW_NONE);
    if (machine >= LEAST_SHARE && human < LEAST_SHARE)
        match_decide(verdict, EM_VERDICT_MACHINE, certain);
    if (human >= LEAST_SHARE && machine < LEAST_SHARE)
        match_decide(verdict, EM_VERDICT_HUMAN, -certain);
    return EM_OK;
}
