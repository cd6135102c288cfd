/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"

#include <stddef.h>

const char *em_check_fate_name(enum em_check_fate fate)
{
    static const char *const names[EM_CHECK_FATES] = {
        [EM_CHECK_OTHER] = "code or data",         [EM_CHECK_GENERATED] = "generated",
        [EM_CHECK_VENDORED] = "of other projects", [EM_CHECK_EMPTY] = "without prose",
        [EM_CHECK_TOO_LARGE] = "too large",        [EM_CHECK_UNREADABLE] = "unreadable",
    };
    return fate < EM_CHECK_FATES ? names[fate] : NULL;
}

void em_check_count(struct em_check_counts *counts, const struct em_check_result *result)
{
    counts->files++;
    counts->fates[result->fate]++;
    if (result->fate != EM_CHECK_JUDGED)
        return;
    counts->verdicts[result->kind]++;
    counts->abstained[result->abstain]++;
}
