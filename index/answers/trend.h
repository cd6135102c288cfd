/* SPDX-License-Identifier: Apache-2.0
 *
 * What share of human documents would contain a marker word in a month, from earlier months:
 * a straight line by least squares, months weighted by their documents. The counterfactual
 * of the excess-vocabulary bound (Kobak and others 2025 draw theirs from two years).
 */
#ifndef EM_INDEX_TREND_H
#define EM_INDEX_TREND_H

#include "index/answers/quantify.h"

/* Sums: weight (documents with a lexical ratio), month, share with a marker. */
struct em_trend {
    double w, wx, wxx, wy, wxy;
};

/* The counts of a month; sign -1 takes them out again. */
void em_trend_add(struct em_trend *trend, const float row[EM_QUANTIFY_COLUMNS],
                  uint32_t month, double sign);
/* 0 to 1. Never below the months' mean: a falling line is not followed, so that the excess
 * over it stays a lower bound. 0 without months. */
double em_trend_at(const struct em_trend *trend, uint32_t month);

#endif
