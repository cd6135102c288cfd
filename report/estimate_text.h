/* SPDX-License-Identifier: Apache-2.0
 *
 * What a scan would come to, for people and for programs. `price`: of a core-hour; 0: none.
 */
#ifndef EM_REPORT_ESTIMATE_TEXT_H
#define EM_REPORT_ESTIMATE_TEXT_H

#include "base/buf.h"
#include "base/estimate.h"

#include <stdio.h>

void em_estimate_text(FILE *out, const struct em_estimate *estimate, double price);
/* One object, one line; fields in docs/FORMATS.md. */
EM_MUST_CHECK enum em_status
em_estimate_json(struct em_buf *out, const struct em_estimate *estimate, double price);

#endif
