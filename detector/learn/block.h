/* SPDX-License-Identifier: Apache-2.0
 *
 * The calibration block: from scores of texts whose source the model did not learn from to
 * histograms by source (base/calibration.h).
 */
#ifndef EM_DETECTOR_BLOCK_H
#define EM_DETECTOR_BLOCK_H

#include "detector/learn/sources.h"
#include "detector/learn/train.h"

/* The model's new block: of `unseen` (texts of `train`, as em_train() scored them) and of
 * `others`, texts that it did not learn from, as em_detect() judges them. Machine text of
 * models before GPT-3.5 is left out. The model must be calibrated and have its thresholds. */
EM_MUST_CHECK enum em_status em_block_make(struct em_model *model,
                                           const struct em_examples *train,
                                           const struct em_train_report *unseen,
                                           const struct em_examples *others,
                                           const struct em_source_facts *facts,
                                           const char *measured, struct em_err *err);

/* The same for a model whose thresholds were set on somebody's own human texts: these are the
 * only human source, machine text stays what it was, and what is claimed is claimed of texts
 * like those. */
EM_MUST_CHECK enum em_status em_block_make_own(struct em_model *model,
                                               const struct em_examples *own,
                                               const char *measured, struct em_err *err);

#endif
