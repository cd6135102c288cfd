/* SPDX-License-Identifier: Apache-2.0
 *
 * What `check` finds of a file, as a value: made by pipeline/check, printed by report/.
 */
#ifndef EM_BASE_CHECK_H
#define EM_BASE_CHECK_H

#include "base/verdict.h"

#include <stdbool.h>

enum em_check_fate {
    EM_CHECK_JUDGED, /* result.verdict says how, abstentions included */
    EM_CHECK_OTHER,  /* code, data, pictures: by name or because it is not text */
    EM_CHECK_GENERATED,
    EM_CHECK_VENDORED,
    EM_CHECK_EMPTY, /* no prose is left without code blocks and tables */
    EM_CHECK_TOO_LARGE,
    EM_CHECK_UNREADABLE,
    EM_CHECK_FATES
};

struct em_check_result {
    const char *path;
    enum em_check_fate fate;
    /* Of a file that was judged: */
    enum em_verdict_kind kind;
    enum em_abstain abstain;
    double score, log_odds;
    uint32_t words;
    const char *model;
    uint32_t first_line, last_line; /* from 1: the stretch that looks machine-written, or
                                       the whole file */
    char leak[64];                  /* kind of the first leak, or empty */
    char quote[200];                /* how the stretch begins, on one line */
};

struct em_check_counts {
    uint64_t files, fates[EM_CHECK_FATES];
    uint64_t verdicts[EM_VERDICT_ABSTAIN + 1];
    uint64_t abstained[EM_ABSTAIN_NOT_PROSE + 1];
};

/* "code or data", ...: for counts in text. Static; NULL for EM_CHECK_JUDGED. */
const char *em_check_fate_name(enum em_check_fate fate);

void em_check_count(struct em_check_counts *counts, const struct em_check_result *result);

#endif
