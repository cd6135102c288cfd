/* SPDX-License-Identifier: Apache-2.0
 *
 * From what a cleaning counted to what its card says: shares with intervals, the estimate of
 * how much is machine text before and after, what the threshold's rates are.
 */
#ifndef EM_PIPELINE_CLEAN_CARD_H
#define EM_PIPELINE_CLEAN_CARD_H

#include "base/card.h"
#include "index/refs/refs.h"

/* Fills the shares and rates of `about` from its model and log_odds and from the counts. */
EM_MUST_CHECK enum em_status em_clean_estimates(const struct em_card *card,
                                                struct em_card_about *about);

/* Reference sets as "name: kind, n items". */
enum { EM_CLEAN_SET_TEXT = 400 };
struct em_clean_sets {
    char (*room)[EM_CLEAN_SET_TEXT]; /* owned, as the list */
    const char **list;
    size_t n;
};
EM_MUST_CHECK enum em_status em_clean_sets_describe(const struct em_refs_sets *refs,
                                                    struct em_clean_sets *sets);
void em_clean_sets_release(struct em_clean_sets *sets);

#endif
