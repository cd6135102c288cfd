/* SPDX-License-Identifier: Apache-2.0
 *
 * Cutting what a plan has found out of a text.
 *
 * Leaks are closed up: what surrounds them reads as one text. A passage of a reference set
 * goes with its margin and leaves pieces, which are texts of their own.
 */
#ifndef EM_PIPELINE_CLEAN_CUT_H
#define EM_PIPELINE_CLEAN_CUT_H

#include "pipeline/clean/clean.h"

/* Fills plan->text, `cut`, `cut_for`, and the reasons where too little is left. Spans must be
 * in order. EM_ERR_NOMEM, or EM_ERR_LIMIT where the text is longer than a block. */
EM_MUST_CHECK enum em_status em_clean_cut(const struct em_clean_policy *policy,
                                          struct em_view text,
                                          struct em_clean_plan *plan);

#endif
