/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside prevalence: strata, how small months are pooled, and how a stratum is estimated.
 */
#ifndef EM_ANSWERS_PREVALENCE_INT_H
#define EM_ANSWERS_PREVALENCE_INT_H

#include "index/answers/prevalence.h"
#include "index/answers/trend.h"

/* The last whole month before ChatGPT; the first that a date may have. */
enum { EM_LAST_HUMAN_MONTH = 2022 * 12 + 9, EM_FIRST_MONTH = 1990 * 12 };

enum { EM_SLICE_ALL, EM_SLICE_EVEN, EM_SLICE_ODD, EM_SLICES }; /* by the domain's hash */

/* A stratum's documents that one calibration is for. */
struct em_stratum_part {
    uint64_t scored, captured_old, published_old; /* of the scored ones */
    struct em_quantify_sample sample; /* of rows: all of them; its part that is old */
    struct em_quantify_sample old;
    struct em_quantify_sample slices[EM_SLICES]; /* of strata without month */
    struct em_anchor_weights
        sites; /* of documents that are not old, where it is anchored */
};

struct em_stratum {
    struct em_prevalence_row row;
    char *key; /* owned: month(4) doubtful(1) then names, each with NUL */
    uint32_t key_len;
    uint32_t into; /* the stratum it was pooled into, plus 1; 0: none */
    uint64_t last_domain, run, largest; /* scored documents of the domain being counted */
    double weight;                      /* of scored documents, together */
    double squares;                /* of domains' scored documents, those before it */
    struct em_stratum_part *parts; /* owned; one a calibration block */
    struct em_trend *trend; /* owned: one a replicate, of those with enough months */
    uint32_t trend_months;
};

struct em_strata {
    struct em_stratum *items;
    uint32_t n, cap, *slots, mask;
    uint32_t n_parts; /* of each */
};

/* The stratum of `key`; *out is NULL where there is none and `add` is false. */
EM_MUST_CHECK enum em_status em_strata_find(struct em_strata *t, struct em_view key,
                                            bool add, struct em_stratum **out);
void em_strata_release(struct em_strata *t);
/* One cell or document on its way to its stratum's counts is added to `row`'s; domains are
 * counted when they change, so documents must come by domain. */
void em_stratum_domain(struct em_stratum *s, uint64_t domain, uint64_t scored);
/* At the end: what the last domain adds. */
void em_stratum_settle(struct em_stratum *s);

/* Quarters with a month that has fewer than EM_QUANTIFY_LEAST scored documents become one row,
 * and so do years in which one of these still has fewer; old months and later ones stay
 * apart. Strata that were pooled have `into` set. */
EM_MUST_CHECK enum em_status em_prevalence_pool(struct em_strata *rows);
void em_prevalence_label(struct em_prevalence_row *row, bool months);

/* How rows are estimated. */
struct em_stratum_how {
    const struct em_index_model *model;
    const struct em_anchor
        *anchors; /* one a calibration block; NULL: nothing is anchored */
    bool by_month;
    bool sampled; /* as in struct em_quantify_options */
};
static inline const struct em_anchor *em_stratum_anchor(const struct em_anchor *anchors,
                                                        uint32_t part)
{
    return anchors && anchors[part].usable >= EM_ANCHOR_SITES ? &anchors[part] : NULL;
}
/* The row's estimates; `human` is its stratum without the month, or NULL. */
EM_MUST_CHECK enum em_status em_stratum_estimate(struct em_stratum *s,
                                                 const struct em_stratum *human,
                                                 const struct em_stratum_how *how);
EM_MUST_CHECK enum em_status em_stratum_zero_check(struct em_stratum *human,
                                                   const struct em_index_model *model);

#endif
