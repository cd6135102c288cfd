/* SPDX-License-Identifier: Apache-2.0
 *
 * A model adapted to somebody's own texts: the weights of its hidden units, nothing else,
 * are moved so that his human texts come to lie below the 1 % threshold, and his machine
 * texts and those that the model brings along (its anchors) above it, as little as does it.
 *
 *     minimise over d: mean of log(1 + exp(+-(log-odds(d) - threshold)))
 *                      + pull / 2 * sum over units of (rms activation * d)^2
 *
 * A few dozen numbers are learned, so that a few hundred texts are enough; n-grams, style
 * and calibration stay what they were. Convex; solved by Newton's method, the same texts
 * give the same bytes.
 */
#ifndef EM_DETECTOR_ADAPT_H
#define EM_DETECTOR_ADAPT_H

#include "detector/model.h"
#include "detector/learn/train_examples.h"

/* Chosen on the human texts of four dev sources, halves of them (docs/lab/MODEL_PARTS.md). */
#define EM_ADAPT_PULL 0.01

/* Of which texts a figure is. */
enum em_adapt_kind { EM_ADAPT_HUMAN, EM_ADAPT_MACHINE, EM_ADAPT_ANCHORS, EM_ADAPT_KINDS };

struct em_adapt_report {
    uint32_t texts[EM_ADAPT_KINDS], too_short;
    /* Share above the 1 % threshold: the old one; the new one, by cross-fitting: each half
     * of the texts by a model adapted to the other half. NAN where there is none. */
    double before[EM_ADAPT_KINDS], after[EM_ADAPT_KINDS];
};

/* Changes model->w2 and the thresholds (5 and 1 %, from 1,000 human texts on 0.1 %), which
 * are set by cross-fitting on the human texts, with exact intervals; `measured` says what
 * these are. EM_ERR_USAGE for a model without hidden units, fewer than 100 human texts
 * long enough, or no machine text in a model without anchors; EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_adapt(struct em_model *model,
                                      const struct em_examples *examples, double pull,
                                      const char *measured,
                                      struct em_adapt_report *report, struct em_err *err);

#endif
