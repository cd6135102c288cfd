/* SPDX-License-Identifier: Apache-2.0
 *
 * Building the word table (see lexicon.h). At most half full, so that a miss is short.
 */
#include "detector/lexicon.h"

#include "base/alloc.h"
#include "detector/token.h"

static size_t lexicon_count_words(struct em_view text, char separator)
{
    size_t n = 1;
    for (size_t i = 0; i < text.len; i++)
        n += text.data[i] == separator;
    return n;
}

static struct em_lexicon_slot *slot_for(struct em_lexicon *lexicon, uint64_t hash)
{
    uint32_t tag = (uint32_t)hash | 1;
    size_t i = (size_t)(hash >> lexicon->shift);
    while (lexicon->slots[i].tag != 0 && lexicon->slots[i].tag != tag)
        i = (i + 1) & lexicon->mask;
    lexicon->slots[i].tag = tag;
    return &lexicon->slots[i];
}

/* The combination with these groups, made if new; 0 when there are 255 already. */
static unsigned combo_of(struct em_lexicon *lexicon, uint64_t groups)
{
    for (unsigned i = 0; i < lexicon->n_combos; i++)
        if (lexicon->combos[i] == groups)
            return i;
    if (lexicon->n_combos == 256)
        return 0;
    lexicon->combos[lexicon->n_combos] = groups;
    return lexicon->n_combos++;
}

/* Calls for each word of `text`; `group` < 0: the vocabulary. */
static void add_words(struct em_lexicon *lexicon, struct em_view text, char separator,
                      int group)
{
    size_t start = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && text.data[i] != separator)
            continue;
        struct em_view word = em_view_trim(em_view_sub(text, start, i - start));
        start = i + 1;
        if (word.len == 0)
            continue;
        struct em_lexicon_slot *slot = slot_for(lexicon, em_word_hash(word));
        if (group < 0) {
            slot->value |= EM_LEXICON_KEPT;
            continue;
        }
        uint64_t groups = lexicon->combos[slot->value & 0xFF] | (uint64_t)1 << group;
        slot->value = (slot->value & ~0xFFu) | combo_of(lexicon, groups);
    }
}

/* What can be told beforehand. */
static void lexicon_note(struct em_lexicon *lexicon)
{
    for (unsigned i = 0; i < lexicon->n_combos; i++) {
        uint64_t groups = lexicon->combos[i];
        lexicon->notes[i] =
            (uint8_t)((groups >> EM_LEX_BE & 1 ? EM_NOTE_BE : 0) |
                      (groups >> EM_LEX_PARTICIPLE & 1 ? EM_NOTE_PARTICIPLE : 0) |
                      (groups >> EM_LEX_COORDINATOR & 1 ? EM_NOTE_COORDINATOR : 0));
    }
    for (unsigned ending = 0; ending < 32; ending++)
        for (unsigned capital = 0; capital < 2; capital++)
            lexicon->classes[ending][capital] = em_token_class(ending, capital);
}

enum em_status em_lexicon_new(struct em_lexicon **out, struct em_view vocabulary)
{
    size_t words = lexicon_count_words(vocabulary, '\n');
    unsigned bits = 10;
    *out = NULL;
    for (int g = 0; g < EM_LEX_COUNT; g++)
        words += lexicon_count_words(
            em_view_of(em_lexicon_words((enum em_lexicon_group)g)), ' ');
    while (((size_t)1 << bits) < 2 * words)
        bits++;
    struct em_lexicon *lexicon = em_calloc(1, sizeof(*lexicon));
    if (!lexicon)
        return EM_ERR_NOMEM;
    lexicon->slots = em_calloc((size_t)1 << bits, sizeof(*lexicon->slots));
    if (!lexicon->slots) {
        em_lexicon_free(lexicon);
        return EM_ERR_NOMEM;
    }
    lexicon->shift = 64 - bits;
    lexicon->mask = ((size_t)1 << bits) - 1;
    lexicon->n_combos = 1;
    add_words(lexicon, vocabulary, '\n', -1);
    for (int g = 0; g < EM_LEX_COUNT; g++)
        add_words(lexicon, em_view_of(em_lexicon_words((enum em_lexicon_group)g)), ' ',
                  g);
    lexicon_note(lexicon);
    *out = lexicon;
    return EM_OK;
}

void em_lexicon_free(struct em_lexicon *lexicon)
{
    if (!lexicon)
        return;
    em_free(lexicon->slots);
    em_free(lexicon);
}

uint64_t em_lexicon_mask(const struct em_lexicon *lexicon, unsigned combo)
{
    return combo < lexicon->n_combos ? lexicon->combos[combo] : 0;
}

unsigned em_lexicon_combos(const struct em_lexicon *lexicon)
{
    return lexicon->n_combos;
}
