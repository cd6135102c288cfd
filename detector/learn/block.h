/* SPDX-License-Identifier: Apache-2.0
 *
 * The calibration block: from scores of texts whose source the model did not learn from to
 * histograms by source (base/calibration.h).
 */
#ifndef EM_DETECTOR_BLOCK_H
#define EM_DETECTOR_BLOCK_H

#include "detector/learn/train.h"

/* What is known of sources beside their texts: lines of source, owner, register, kind of
 * machine text, year, and what is for others, with tabs between; "-" where it is not known;
 * "#" begins a comment. */
struct em_source_fact {
    char name[96], owner[64], reg[32], kind[32];
    uint16_t year;
};
struct em_source_facts {
    struct em_source_fact *items; /* owned; by name */
    size_t n;
};
/* EM_ERR_FORMAT with the number of the line. */
EM_MUST_CHECK enum em_status em_source_facts_read(struct em_source_facts *facts,
                                                  struct em_view text,
                                                  struct em_err *err);
void em_source_facts_release(struct em_source_facts *facts);
/* NULL where the source is not listed; `facts` may be NULL. */
const struct em_source_fact *em_source_fact(const struct em_source_facts *facts,
                                            const char *name);

/* The model's block anew: of `unseen` (texts of `train`, as em_train() scored them) and of
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
