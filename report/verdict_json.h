/* SPDX-License-Identifier: Apache-2.0
 *
 * The verdict line (docs/FORMATS.md): one document, or one dropped record, as JSON.
 */
#ifndef EM_REPORT_VERDICT_JSON_H
#define EM_REPORT_VERDICT_JSON_H

#include "base/doc.h"
#include "base/drop.h"
#include "base/json.h"
#include "base/page.h"
#include "base/verdict.h"

/* Write the object; the caller ends the line (em_json_finish()). `doc` is NULL for a drop,
 * `page` may be NULL when there is none (a text by itself), `verdict` NULL when no model was
 * asked: its fields are null then. Score and log-odds are null when the verdict abstains. */
void em_verdict_write(struct em_json *json, const struct em_doc *doc,
                      const struct em_page *page, struct em_view host,
                      struct em_view domain, const struct em_verdict *verdict,
                      enum em_drop drop);

#endif
