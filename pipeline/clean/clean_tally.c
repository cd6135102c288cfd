/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/clean/clean_tally.h"

static void count_document(struct em_card_pair *pair, const struct em_clean_frame *f)
{
    bool kept = f->fate == EM_CLEAN_IS_KEPT;
    *(kept ? &pair->kept : &pair->removed) += 1;
    *(kept ? &pair->kept_words : &pair->removed_words) += kept ? f->kept_words : f->words;
    pair->human += f->human;
    pair->human_removed += f->human && !kept;
    for (int r = 0; r < EM_CLEAN_REASONS && !kept; r++)
        pair->removed_for[r] += f->reasons >> r & 1u;
}

static void count_groups(struct em_card *card, const struct em_clean_frame *f)
{
    size_t tier = f->tier == EM_CLEAN_NO_TIER ? EM_CARD_TIERS - 1 : (size_t)f->tier;
    count_document(em_card_language_of(card, em_view_of(f->lang)), f);
    count_document(em_card_year_of(card, f->year), f);
    count_document(em_card_domain_of(card, em_view_of(f->domain)), f);
    count_document(em_card_source_of(card, em_view_of(f->source)), f);
    count_document(&card->types[f->page_type], f);
    count_document(&card->tiers[tier], f);
}

static void count_reasons(struct em_card *card, const struct em_clean_frame *f)
{
    for (int r = 0; r < EM_CLEAN_REASONS; r++)
        if (f->reasons & 1u << r) {
            card->reason[r]++;
            card->reason_words[r] += f->words;
            card->reason_human[r] += f->human;
        }
}

void em_clean_tally(struct em_card *card, const struct em_clean_frame *f)
{
    bool kept = f->fate == EM_CLEAN_IS_KEPT, removed = f->fate == EM_CLEAN_IS_REMOVED;
    card->records++;
    card->bad += f->fate == EM_CLEAN_IS_BAD;
    card->other += f->fate == EM_CLEAN_NONE;
    if (!kept && !removed)
        return;
    count_groups(card, f);
    if (removed)
        count_reasons(card, f);
    if (f->scored)
        card->bins[f->cluster % EM_CARD_CLUSTERS][f->bin % EM_CARD_BINS]++;
    card->kept += kept;
    card->removed += removed;
    card->human += f->human;
    card->human_removed += f->human && removed;
    card->cut += kept && f->cut;
    card->kept_words += kept ? f->kept_words : 0;
    card->removed_words += kept ? f->words - f->kept_words : f->words;
    card->scored += f->scored;
    card->flagged += f->flagged;
    card->kept_scored += kept && f->scored;
    card->kept_flagged += kept && f->flagged;
}
