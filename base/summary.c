/* SPDX-License-Identifier: Apache-2.0
 *
 * Adding up what was counted. Sums only, and a top list with a total order: the result does
 * not depend on how the records were split into parts, only on their order.
 */
#include "base/summary.h"

const char *em_scan_stage_name(enum em_scan_stage stage)
{
    static const char *const names[EM_STAGE_COUNT] = {"read",   "decode", "extract",
                                                      "detect", "index",  "write"};
    return (unsigned)stage < EM_STAGE_COUNT ? names[stage] : "unknown";
}

static void add_case(struct em_summary *into, const struct em_case *c)
{
    size_t at = into->n_top;
    while (at > 0 && into->top[at - 1].log_odds < c->log_odds)
        at--;
    if (at == EM_SCAN_TOP)
        return;
    size_t last = into->n_top < EM_SCAN_TOP ? into->n_top : EM_SCAN_TOP - 1;
    memmove(&into->top[at + 1], &into->top[at], (last - at) * sizeof(into->top[0]));
    into->top[at] = *c;
    if (into->n_top < EM_SCAN_TOP)
        into->n_top++;
}

static void add_counts(uint64_t *into, const uint64_t *part, size_t n)
{
    for (size_t i = 0; i < n; i++)
        into[i] += part[i];
}

void em_summary_add(struct em_summary *into, const struct em_summary *part)
{
    into->files += part->files;
    into->files_failed += part->files_failed;
    into->known_files += part->known_files;
    into->files_without += part->files_without;
    into->known_records += part->known_records;
    into->known_documents += part->known_documents;
    into->known_damaged += part->known_damaged;
    into->records += part->records;
    into->documents += part->documents;
    into->damaged += part->damaged;
    into->stored_bytes += part->stored_bytes;
    into->block_bytes += part->block_bytes;
    into->text_bytes += part->text_bytes;
    into->words += part->words;
    into->leaks += part->leaks;
    add_counts(into->drops, part->drops, EM_DROP_COUNT);
    add_counts(into->verdicts, part->verdicts, EM_VERDICT_ABSTAIN + 1);
    add_counts(into->abstain_reasons, part->abstain_reasons, EM_ABSTAIN_NOT_PROSE + 1);
    add_counts(into->histogram, part->histogram, EM_SCAN_HISTOGRAM);
    for (size_t i = 0; i < EM_STAGE_COUNT; i++)
        into->stage_seconds[i] += part->stage_seconds[i];
    for (size_t i = 0; i < part->n_top; i++)
        add_case(into, &part->top[i]);
}
