/* SPDX-License-Identifier: Apache-2.0 */
#include "report/estimate_text.h"

#include "base/json.h"
#include "report/summary.h"

void em_estimate_text(FILE *out, const struct em_estimate *e, double price)
{
    char bytes[16], tried[16];
    fprintf(out, "inputs     %llu, %sB stored\n", (unsigned long long)e->inputs,
            em_report_count(bytes, e->bytes));
    if (e->asked)
        fprintf(out,
                "           (%llu addresses were asked for their size; others are taken "
                "to be like them)\n",
                (unsigned long long)e->asked);
    if (e->unknown)
        fprintf(out,
                "unknown    %llu inputs have no size before they are read, and are not "
                "counted\n",
                (unsigned long long)e->unknown);
    if (e->seconds < 0) {
        fputs("time       not known: no input is a file of this machine that could be "
              "tried\n",
              out);
        return;
    }
    fprintf(out, "trial      %sB in %.1f s with %u threads\n",
            em_report_count(tried, e->trial_bytes), e->trial_seconds, e->threads);
    fprintf(out, "time       about %.0f s (%.3g core-hours), without the network\n",
            e->seconds, e->core_hours);
    if (price > 0)
        fprintf(out, "cost       about %.2f at %g a core-hour\n", e->core_hours * price,
                price);
}

enum em_status em_estimate_json(struct em_buf *out, const struct em_estimate *e,
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
