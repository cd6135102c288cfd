/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scan_estimate.h"

#include "cli/cli.h"
#include "pipeline/scan/estimate.h"
#include "report/estimate_text.h"

int em_scan_estimate_print(const struct em_scan_options *options, bool json, double price)
{
    struct em_estimate e;
    struct em_buf out;
    struct em_err err = {.status = EM_OK};
    em_buf_init(&out, 1 << 16);
    enum em_status status = em_scan_estimate(&e, options, &err);
    if (status == EM_OK && json)
        status = em_estimate_json(&out, &e, price);
    if (status < 0)
        em_error_report("scan", &err);
    else if (json)
        fwrite(out.data, 1, out.len, stdout);
    else
        em_estimate_text(stdout, &e, price);
    em_buf_release(&out);
    return status < 0                           ? EM_EXIT_FAILED
           : e.unknown && e.unknown == e.inputs ? EM_EXIT_FAILED
                                                : EM_EXIT_OK;
}
