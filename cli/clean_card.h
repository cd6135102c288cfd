/* SPDX-License-Identifier: Apache-2.0
 *
 * From what a cleaning counted to its card: shares with intervals, the estimate of how much
 * is machine text before and after, what the threshold's rates are; CARD.md and card.json.
 */
#ifndef EM_CLI_CLEAN_CARD_H
#define EM_CLI_CLEAN_CARD_H

#include "index/refs/refs.h"
#include "report/card.h"

struct em_clean_card {
    const struct em_card *card;
    const char *model; /* NULL: none was used */
    const char *policy, *threshold;
    double log_odds; /* of the threshold; NaN: nothing was removed for its score */
    const struct em_refs_sets *refs;
    const struct em_card_benchmark *benchmarks;
    size_t n_benchmarks;
    const char *const *command;
    int n_command;
    bool quiet; /* else the shares are printed too */
};

EM_MUST_CHECK enum em_status em_clean_card_write(const struct em_clean_card *card,
                                                 const char *dir, struct em_err *err);

#endif
