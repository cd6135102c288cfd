/* SPDX-License-Identifier: Apache-2.0
 *
 * Two cleanings side by side (base/comparison.h), for people and for programs.
 */
#ifndef EM_REPORT_COMPARISON_H
#define EM_REPORT_COMPARISON_H

#include "base/comparison.h"

EM_MUST_CHECK enum em_status em_comparison_text(struct em_buf *out,
                                                const struct em_comparison *comparison);
/* One object, one line. */
EM_MUST_CHECK enum em_status em_comparison_json(struct em_buf *out,
                                                const struct em_comparison *comparison);

#endif
