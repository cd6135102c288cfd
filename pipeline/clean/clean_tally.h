/* SPDX-License-Identifier: Apache-2.0
 *
 * Counting what became of a record: from its frame to the card (base/card.h).
 */
#ifndef EM_PIPELINE_CLEAN_TALLY_H
#define EM_PIPELINE_CLEAN_TALLY_H

#include "base/card.h"
#include "pipeline/clean/clean_lines.h"

void em_clean_tally(struct em_card *card, const struct em_clean_frame *frame);

#endif
