/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a URL of a crawl and its host stand, by which rule, until when.
 */
#ifndef EM_REPORT_WHY_TEXT_H
#define EM_REPORT_WHY_TEXT_H

#include "base/buf.h"
#include "crawler/web/frontier/frontier.h"

#include <stdio.h>

void em_why_text(FILE *out, struct em_view url, const struct em_frontier_why *why,
                 int64_t now_ms);
/* One object, one line. */
EM_MUST_CHECK enum em_status em_why_json(struct em_buf *out, struct em_view url,
                                         const struct em_frontier_why *why);

#endif
