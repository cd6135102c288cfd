/* SPDX-License-Identifier: Apache-2.0
 *
 * Two results of `clean` over the same inputs: what their cards say, side by side, and the
 * documents that one keeps and the other does not.
 */
#ifndef EM_PIPELINE_CLEAN_COMPARE_H
#define EM_PIPELINE_CLEAN_COMPARE_H

#include "base/comparison.h"

/* `a` and `b` are folders of results and must outlive the comparison. *out is NULL where it
 * fails. */
EM_MUST_CHECK enum em_status em_clean_compare(struct em_comparison **out, const char *a,
                                              const char *b, struct em_err *err);
void em_clean_comparison_free(struct em_comparison *comparison); /* NULL is allowed */

#endif
