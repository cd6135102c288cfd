/* SPDX-License-Identifier: Apache-2.0
 *
 * A document against reference sets: prints by the detector's rules, looked up by the
 * index's, and what a match means for the verdict.
 *
 * The rule: let M be the share of the text's bytes that lie in stretches of matches with
 * model-output sets of which at least half is contained and 25 words were found; H the same
 * for human sets. A match with a set that has a date (--since) does not count for M where
 * the document is dated before it: it cannot be a copy. Where M is at least a half and H is
 * not, the text is known output: log-odds are at least ln(0.99 / 0.01), the verdict is
 * machine, also where style abstained. Where H is at least a half and M is not: at most
 * -ln(0.99 / 0.01), human. Otherwise, and by benchmarks, nothing moves. The matches are
 * always in the verdict, and `style` is what it was.
 */
#ifndef EM_PIPELINE_MATCH_H
#define EM_PIPELINE_MATCH_H

#include "base/verdict.h"
#include "index/refs/refs.h"

struct em_match_maker; /* one thread's */

/* `sets` must outlive it and may be shared. */
EM_MUST_CHECK enum em_status em_match_maker_new(struct em_match_maker **out,
                                                const struct em_refs_sets *sets,
                                                struct em_err *err);
void em_match_maker_free(struct em_match_maker *maker);

/* Fills verdict->matches (valid until the next text) and applies the rule. `date` of the
 * document: ISO 8601 or empty. */
EM_MUST_CHECK enum em_status em_match_text(struct em_match_maker *maker,
                                           struct em_view text, struct em_view date,
                                           struct em_verdict *verdict,
                                           struct em_err *err);

#endif
