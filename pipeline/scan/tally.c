/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/scan/tally.h"

#include <stdio.h>

static void tally_add(struct em_tally *tally, const struct em_part *part)
{
    if (tally->file != part->file)
        *tally = (struct em_tally){.file = part->file};
    struct em_ledger *sum = &tally->sum;
    sum->records += part->sum.records + part->known_records;
    sum->documents += part->sum.documents + part->known_documents;
    for (int i = 1; i < EM_DROP_COUNT; i++)
        sum->drops[i] += part->sum.drops[i];
    tally->piece |= part->piece;
}

/* The reason that most of the records have; of equals the first. */
static enum em_drop most_dropped(const struct em_ledger *sum)
{
    int most = 1;
    for (int i = 2; i < EM_DROP_COUNT; i++)
        if (sum->drops[i] > sum->drops[most])
            most = i;
    return (enum em_drop)most;
}

static void tally_explain(const struct em_ledger *sum, const char *text_field, char *why,
                          size_t size)
{
    enum em_drop most = most_dropped(sum);
    unsigned long long n = (unsigned long long)sum->records,
                       of = (unsigned long long)sum->drops[most];
    if (n == 0)
        snprintf(why, size, "gave no document: it is empty");
    else if (most == EM_DROP_NO_FIELD && of == n && text_field)
        snprintf(why, size,
                 "gave no document: none of its %llu lines has a text in the field '%s'",
                 n, text_field);
    else if (most == EM_DROP_NO_FIELD && of == n)
        snprintf(why, size,
                 "gave no document: none of its %llu lines has a text in the field text, "
                 "content, raw_content, markdown or body, and none is a conversation; "
                 "--text-field "
                 "names another",
                 n);
    else if (of == n)
        snprintf(why, size, "gave no document: %s%llu %s dropped as %s (%s)",
                 n == 1 ? "its " : "all of its ", n,
                 n == 1 ? "record was" : "records were", em_drop_name(most),
                 em_drop_meaning(most));
    else
        snprintf(
            why, size,
            "gave no document: its %llu records were dropped, %llu of them as %s (%s)", n,
            of, em_drop_name(most), em_drop_meaning(most));
}

bool em_tally_part(struct em_tally *tally, const struct em_part *part,
                   const char *text_field, char *why, size_t size)
{
    tally_add(tally, part);
    if (!part->sum.complete || tally->piece || tally->sum.documents)
        return false;
    tally_explain(&tally->sum, text_field, why, size);
    return true;
}
