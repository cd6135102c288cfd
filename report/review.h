/* SPDX-License-Identifier: Apache-2.0
 *
 * One passage that cleaning found, for a person: as lines for a terminal and as a part of an
 * HTML page. All of it is strangers' text: control characters are made visible on the
 * terminal, markup is escaped on the page, which has no script and loads nothing.
 */
#ifndef EM_REPORT_REVIEW_H
#define EM_REPORT_REVIEW_H

#include "base/buf.h"
#include "base/review.h"

#include <stdint.h>

/* `number` of `of`; `colour`: ANSI escapes around the passage. */
EM_MUST_CHECK enum em_status em_review_text(struct em_buf *out,
                                            const struct em_review *review,
                                            uint64_t number, uint64_t of, bool colour);

/* A page is begin, entries, end. */
EM_MUST_CHECK enum em_status em_review_html_begin(struct em_buf *out, const char *title,
                                                  uint64_t shown, uint64_t of);
EM_MUST_CHECK enum em_status em_review_html(struct em_buf *out,
                                            const struct em_review *review);
EM_MUST_CHECK enum em_status em_review_html_end(struct em_buf *out);

#endif
