/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/clean/clean.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "detector/leak_extent.h"
#include "pipeline/clean/clean_cut.h"
#include "pipeline/clean/clean_rules.h"

#include <math.h>
#include <stdlib.h>

const char *em_clean_action_name(enum em_clean_action action)
{
    static const char *const names[] = {"tag", "cut", "drop"};
    return action <= EM_CLEAN_DROP ? names[action] : "unknown";
}

void em_clean_plan_init(struct em_clean_plan *plan)
{
    *plan = (struct em_clean_plan){.tier = EM_CLEAN_NO_TIER};
    em_buf_init(&plan->text, EM_MAX_BLOCK);
}

void em_clean_plan_release(struct em_clean_plan *plan)
{
    em_buf_release(&plan->text);
    em_free(plan->spans);
    plan->spans = NULL;
    plan->n_spans = 0;
}

/* --- places ---------------------------------------------------------------------------- */

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Where the words of `copy` up to `to` stand in `text`: the copy is the text with white
 * space evened out, so its other bytes are found in order. Goes on from *from and *at. */
static size_t follow(struct em_view text, struct em_view copy, size_t *from, size_t *at,
                     size_t to)
{
    for (; *from < to && *from < copy.len; (*from)++) {
        char c = copy.data[*from];
        if (is_space(c))
            continue;
        while (*at < text.len && text.data[*at] != c)
            (*at)++;
        if (*at < text.len)
            (*at)++;
    }
    return *at;
}

static int by_start(const void *a, const void *b)
{
    const struct em_clean_span *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return (int)x->reason - (int)y->reason;
}

/* Spans are in order of their starts; ends may lie in each other, so each is followed from
 * its own start. What overlaps is bounded by the number of matches a text may have. */
static void lead_back(struct em_view text, struct em_view copy,
                      struct em_clean_plan *plan)
{
    size_t from = 0, at = 0;
    if (text.data == copy.data)
        return;
    for (size_t i = 0; i < plan->n_spans; i++) {
        struct em_clean_span *span = &plan->spans[i];
        size_t start = follow(text, copy, &from, &at, span->start);
        size_t inner_from = from, inner_at = at;
        size_t end = follow(text, copy, &inner_from, &inner_at, span->end);
        while (start < end && is_space(text.data[start]))
            start++;
        span->start = (uint32_t)start;
        span->end = (uint32_t)end;
    }
}

/* --- what was found -------------------------------------------------------------------- */

/* Words of a stretch; six bytes are taken for one where there are no spaces. */
static size_t words_of(struct em_view text, struct em_stretch s)
{
    size_t words = 1, most = s.end < text.len ? s.end : text.len;
    for (size_t i = s.start; i < most; i++)
        words += is_space(text.data[i]);
    return words > (s.end - s.start) / 6 ? words : (s.end - s.start) / 6;
}

/* Common words of a match recur all over a text. A short stretch counts near the longest one
 * only: a paraphrase is made of such, a phrase pages away is a coincidence. */
static bool stretch_counts(const struct em_clean_policy *policy, struct em_view text,
                           const struct em_match *m, struct em_stretch s)
{
    enum { NEAR = 400 };
    return (s.start <= m->end + NEAR && s.end + NEAR >= m->start) ||
           words_of(text, s) >= policy->min_words;
}

static enum em_status collect(const struct em_clean_policy *policy, struct em_view text,
                              const struct em_verdict *v, struct em_clean_plan *plan)
{
    size_t n = v->n_leaks, k = 0;
    for (size_t i = 0; i < v->n_matches; i++)
        n += v->matches[i].n_stretches + 1;
    if (n == 0)
        return EM_OK;
    plan->spans = em_calloc(n, sizeof(plan->spans[0]));
    if (!plan->spans)
        return EM_ERR_NOMEM;
    for (size_t i = 0; i < v->n_leaks; i++)
        plan->spans[k++] = (struct em_clean_span){
            .start = v->leaks[i].start,
            .end = v->leaks[i].end,
            .reason = EM_CLEAN_LEAK,
            .value = 1,
            .what = em_view_of(v->leaks[i].kind),
            .cut = policy->on_leak == EM_CLEAN_CUT,
        };
    for (size_t i = 0; i < v->n_matches; i++) {
        const struct em_match *m = &v->matches[i];
        bool copy = m->kind && strcmp(m->kind, "model-output") == 0;
        bool benchmark = m->kind && strcmp(m->kind, "benchmark") == 0;
        if ((!copy && !benchmark) || m->contained < policy->contained[benchmark] ||
            m->words < policy->min_words)
            continue;
        struct em_clean_span span = {
            .start = m->start,
            .end = m->end,
            .reason = copy ? EM_CLEAN_COPY : EM_CLEAN_BENCHMARK,
            .value = m->contained,
            .what = m->set,
            .item = m->item,
            .cut = (copy ? policy->on_copy : policy->on_benchmark) == EM_CLEAN_CUT,
        };
        for (size_t j = 0; j < m->n_stretches; j++) {
            if (!stretch_counts(policy, text, m, m->stretches[j]))
                continue;
            span.start = m->stretches[j].start;
            span.end = m->stretches[j].end;
            plan->spans[k++] = span;
        }
        if (m->n_stretches == 0)
            plan->spans[k++] = span;
    }
    plan->n_spans = k;
    qsort(plan->spans, k, sizeof(plan->spans[0]), by_start);
    return EM_OK;
}

/* A leak that is cut takes with it what would not read whole without it. */
static void widen_leaks(struct em_view text, struct em_clean_plan *plan)
{
    bool moved = false;
    for (size_t i = 0; i < plan->n_spans; i++) {
        struct em_clean_span *span = &plan->spans[i];
        if (span->reason != EM_CLEAN_LEAK || !span->cut)
            continue;
        struct em_leak_extent e =
            em_leak_extent(text, span->what, span->start, span->end);
        span->start = (uint32_t)e.start;
        span->end = (uint32_t)e.end;
        moved = true;
    }
    if (moved)
        qsort(plan->spans, plan->n_spans, sizeof(plan->spans[0]), by_start);
}

/* --- the decision ---------------------------------------------------------------------- */

static bool listed(const char *languages, struct em_view lang)
{
    struct em_view rest = em_view_of(languages);
    while (rest.len) {
        size_t comma = em_view_find(rest, 0, EM_VIEW(","));
        if (em_view_eq(em_view_trim(em_view_sub(rest, 0, comma)), lang))
            return true;
        rest = em_view_sub(rest, comma + 1, rest.len);
    }
    return false;
}

static bool over(const struct em_clean_policy *policy, const struct em_doc *doc,
                 const struct em_verdict *v, const struct em_clean_facts *facts)
{
    double threshold;
    if (!policy->score || v->kind == EM_VERDICT_ABSTAIN)
        return false;
    if (em_clean_rules_threshold(policy, doc->lang,
                                 facts ? facts->page_type : EM_VIEW_NONE, &threshold))
        return v->log_odds > threshold;
    return isnan(policy->threshold) ? v->kind == EM_VERDICT_MACHINE
                                    : v->log_odds > policy->threshold;
}

/* A leak may be quoted: it is worth a second look whatever the score. An item of model output
 * that was found leaves little doubt. */
static int tier_of(const struct em_clean_policy *policy, const struct em_verdict *v,
                   const struct em_clean_plan *plan)
{
    enum { LEAK_TIER = 2, COPY_TIER = EM_CLEAN_TIERS - 1 };
    int tier = EM_CLEAN_NO_TIER;
    if (v->kind != EM_VERDICT_ABSTAIN) {
        tier = 0;
        while (tier + 1 < EM_CLEAN_TIERS && v->log_odds >= policy->tier_from[tier + 1])
            tier++;
    }
    for (size_t i = 0; i < plan->n_spans; i++) {
        int least = plan->spans[i].reason == EM_CLEAN_LEAK   ? LEAK_TIER
                    : plan->spans[i].reason == EM_CLEAN_COPY ? COPY_TIER
                                                             : tier;
        tier = least > tier ? least : tier;
    }
    return tier;
}

/* Bytes of the text that lie in items found; leaks are not known text. Spans are in order. */
static size_t known_bytes(const struct em_clean_plan *plan)
{
    size_t bytes = 0, end = 0;
    for (size_t i = 0; i < plan->n_spans; i++) {
        const struct em_clean_span *span = &plan->spans[i];
        if (span->reason != EM_CLEAN_COPY && span->reason != EM_CLEAN_BENCHMARK)
            continue;
        size_t from = span->start > end ? span->start : end;
        if (span->end > from) {
            bytes += span->end - from;
            end = span->end;
        }
    }
    return bytes;
}

/* Facts about the whole document stand before what was found in it. */
static enum em_status add_facts(const struct em_clean_policy *policy, struct em_view text,
                                const struct em_clean_facts *facts,
                                struct em_clean_plan *plan)
{
    size_t n = (size_t)(facts->optout.len > 0) + (size_t)(facts->original.len > 0);
    if (n == 0)
        return EM_OK;
    struct em_clean_span *grown =
        em_realloc_array(plan->spans, plan->n_spans + n, sizeof(grown[0]));
    if (!grown)
        return EM_ERR_NOMEM;
    plan->spans = grown;
    memmove(grown + n, grown, plan->n_spans * sizeof(grown[0]));
    plan->n_spans += n;
    struct em_clean_span whole = {.end = (uint32_t)text.len, .value = 1};
    if (facts->optout.len) {
        whole.reason = EM_CLEAN_OPTOUT;
        whole.what = facts->optout;
        grown[0] = whole;
        if (policy->on_optout == EM_CLEAN_DROP)
            plan->reasons |= 1u << EM_CLEAN_OPTOUT;
    }
    if (facts->original.len) {
        whole.reason = EM_CLEAN_ECHO;
        whole.what = facts->original;
        whole.value = facts->echoed;
        grown[n - 1] = whole;
        if (policy->on_echo == EM_CLEAN_DROP)
            plan->reasons |= 1u << EM_CLEAN_ECHO;
    }
    return EM_OK;
}

static enum em_clean_action action_for(const struct em_clean_policy *policy,
                                       enum em_clean_reason reason)
{
    return reason == EM_CLEAN_LEAK        ? policy->on_leak
           : reason == EM_CLEAN_COPY      ? policy->on_copy
           : reason == EM_CLEAN_BENCHMARK ? policy->on_benchmark
                                          : EM_CLEAN_TAG;
}

enum em_status em_clean_decide(const struct em_clean_policy *policy, struct em_view text,
                               const struct em_doc *doc, const struct em_verdict *verdict,
                               const struct em_clean_facts *facts,
                               struct em_clean_plan *plan)
{
    bool cut = false;
    if (policy->languages && !listed(policy->languages, doc->lang))
        plan->reasons |= 1u << EM_CLEAN_LANGUAGE;
    if (verdict) {
        EM_TRY(collect(policy, doc->text, verdict, plan));
        lead_back(text, doc->text, plan);
        widen_leaks(text, plan);
        plan->tier = tier_of(policy, verdict, plan);
        if (over(policy, doc, verdict, facts))
            plan->reasons |= 1u << EM_CLEAN_SCORE;
        if (policy->edited_drop > 0 && verdict->edited >= policy->edited_drop)
            plan->reasons |= 1u << EM_CLEAN_EDITED;
    }
    if (policy->known > 0 && plan->n_spans &&
        (double)known_bytes(plan) >= (double)policy->known * (double)text.len)
        plan->reasons |= 1u << EM_CLEAN_KNOWN;
    for (size_t i = 0; i < plan->n_spans; i++) {
        enum em_clean_action action = action_for(policy, plan->spans[i].reason);
        if (action == EM_CLEAN_DROP)
            plan->reasons |= 1u << plan->spans[i].reason;
        cut |= action == EM_CLEAN_CUT;
    }
    if (facts)
        EM_TRY(add_facts(policy, text, facts, plan));
    return cut && !plan->reasons ? em_clean_cut(policy, text, plan) : EM_OK;
}
