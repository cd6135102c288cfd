/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scan_line.h"

#include "base/wire/domain.h"
#include "report/verdict_json.h"

enum em_status em_scan_line(struct em_buf *lines, const struct em_page *page,
                            const struct em_doc *doc, const struct em_verdict *verdict,
                            enum em_drop drop)
{
    struct em_domain domain;
    struct em_json json;
    em_domain_of(page->url, &domain);
    em_json_init(&json, lines);
    em_verdict_write(&json, doc, page, em_view_of(domain.host), domain.registrable,
                     verdict, drop);
    return em_json_finish(&json);
}
