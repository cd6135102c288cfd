/* SPDX-License-Identifier: Apache-2.0
 *
 * The verdict line that `scan` writes of one record, and `crawl --index` of the same.
 */
#ifndef EM_CLI_SCAN_LINE_H
#define EM_CLI_SCAN_LINE_H

#include "pipeline/scan/scan.h"

/* em_scan_format_fn. */
enum em_status em_scan_line(struct em_buf *lines, const struct em_page *page,
                            const struct em_doc *doc, const struct em_verdict *verdict,
                            enum em_drop drop);

#endif
