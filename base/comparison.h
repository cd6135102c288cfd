/* SPDX-License-Identifier: Apache-2.0
 *
 * Two cleanings of the same inputs side by side: pipeline/clean/clean_compare.h computes it,
 * report/comparison.h prints it.
 */
#ifndef EM_COMPARISON_H
#define EM_COMPARISON_H

#include "base/card.h"

enum { EM_COMPARISON_EXAMPLES = 20, EM_COMPARISON_TOLD = 400 };

enum em_comparison_fate {
    EM_COMPARISON_BOTH_KEEP,
    EM_COMPARISON_FIRST_KEEPS,
    EM_COMPARISON_SECOND_KEEPS,
    EM_COMPARISON_NONE_KEEPS,
    EM_COMPARISON_FATES
};

struct em_comparison_side {
    const char *dir; /* borrowed */
    struct em_card card;
    struct em_buf policy;
    char threshold[EM_COMPARISON_TOLD];
    double log_odds;   /* of the threshold; NaN: none */
    double prevalence; /* machine text estimated after; NaN: not known */
};

/* A document that only one of them keeps. */
struct em_comparison_example {
    char *id, *file; /* owned; id is JSON */
    unsigned reasons;
    bool second; /* the second keeps it */
};

struct em_comparison {
    struct em_comparison_side sides[2];
    uint64_t fates[EM_COMPARISON_FATES];
    uint64_t moved_for[EM_CLEAN_REASONS][2]; /* reasons of those one side alone removes */
    struct em_comparison_example examples[2 * EM_COMPARISON_EXAMPLES];
    size_t n_examples, shown[2];
    uint64_t files, unlike; /* unlike: files that are not in both, or other documents */
};

#endif
