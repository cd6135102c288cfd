/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scan_estimate.h"

#include "base/json.h"
#include "base/meter.h"
#include "cli/cli.h"
#include "pipeline/scan/estimate.h"
#include "report/summary.h"

static void print_text(const struct em_estimate *e, double price)
{
    char bytes[16], tried[16];
    printf("inputs     %llu, %sB stored\n", (unsigned long long)e->inputs,
           em_report_count(bytes, e->bytes));
    if (e->asked)
        printf("           (%llu addresses were asked for their size; others are taken "
               "to be like them)\n",
               (unsigned long long)e->asked);
    if (e->unknown)
        printf("unknown    %llu inputs have no size before they are read, and are not "
               "counted\n",
               (unsigned long long)e->unknown);
    if (e->seconds < 0) {
        puts("time       not known: no input is a file of this machine that could be "
             "tried");
        return;
    }
    printf("trial      %sB in %.1f s with %u threads\n",
           em_report_count(tried, e->trial_bytes), e->trial_seconds, e->threads);
    printf("time       about %.0f s (%.3g core-hours), without the network\n", e->seconds,
           e->core_hours);
    if (price > 0)
        printf("cost       about %.2f at %g a core-hour\n", e->core_hours * price, price);
}

static enum em_status write_json(struct em_buf *out, const struct em_estimate *e,
                                 double price)
{
    struct em_json j;
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {{"inputs", e->inputs},   {"bytes", e->bytes},
                   {"asked", e->asked},     {"unknown", e->unknown},
                   {"threads", e->threads}, {"trial_bytes", e->trial_bytes}};
    em_json_init(&j, out);
    em_json_object(&j);
    em_json_schema(&j, 1);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        em_json_key(&j, numbers[i].name);
        em_json_u64(&j, numbers[i].value);
    }
    const double none = (double)__builtin_nan("");
    const bool known = e->seconds >= 0;
    em_json_key(&j, "trial_seconds");
    em_json_fixed(&j, e->trial_seconds, 3);
    em_json_key(&j, "seconds");
    em_json_fixed(&j, known ? e->seconds : none, 3);
    em_json_key(&j, "core_hours");
    em_json_fixed(&j, known ? e->core_hours : none, 6);
    em_json_key(&j, "cost");
    em_json_fixed(&j, known && price > 0 ? e->core_hours * price : none, 4);
    em_json_end(&j);
    return em_json_finish(&j);
}

int em_scan_estimate_print(const struct em_scan_options *options, bool json, double price)
{
    struct em_estimate e;
    struct em_buf out;
    struct em_err err = {.status = EM_OK};
    em_buf_init(&out, 1 << 16);
    enum em_status status = em_scan_estimate(&e, options, &err);
    if (status == EM_OK && json)
        status = write_json(&out, &e, price);
    if (status < 0)
        em_error_report("scan", &err);
    else if (json)
        fwrite(out.data, 1, out.len, stdout);
    else
        print_text(&e, price);
    em_buf_release(&out);
    return status < 0                           ? EM_EXIT_FAILED
           : e.unknown && e.unknown == e.inputs ? EM_EXIT_FAILED
                                                : EM_EXIT_OK;
}
