/* SPDX-License-Identifier: Apache-2.0
 *
 * A text that was cut is another text: it may be over the threshold now, show a leak that
 * quotation marks hid, or echo another document. It is judged again, by the same policy, until
 * nothing more is found; so cleaning what was cleaned removes nothing more.
 */
#ifndef EM_PIPELINE_CLEAN_SETTLE_H
#define EM_PIPELINE_CLEAN_SETTLE_H

#include "pipeline/clean/clean.h"
#include "pipeline/clean/clean_lines.h"
#include "pipeline/scan/scan.h"

/* How often a text is judged again, at most; one that still changes then is removed. */
enum { EM_CLEAN_ROUNDS = 32 };

/* `page_type`: what kind of page it was before (base/page_type.h), or empty. `plan` has cut the
 * item's text. Its text becomes what is left in the end; where that would be
 * removed the plan says so, by EM_CLEAN_PIECES and what was cut for. */
EM_MUST_CHECK enum em_status em_clean_settle(const struct em_clean_format *format,
                                             const struct em_scan_item *item,
                                             struct em_view page_type,
                                             struct em_clean_plan *plan);

#endif
