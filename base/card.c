/* SPDX-License-Identifier: Apache-2.0 */
#include "base/card.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <stdio.h>

typedef unsigned long long ull;

const char *em_clean_reason_name(enum em_clean_reason reason)
{
    static const char *const names[] = {"score",  "leak",     "copy",  "benchmark",
                                        "pieces", "language", "known", "echo",
                                        "optout", "edited"};
    return reason < EM_CLEAN_REASONS ? names[reason] : "unknown";
}

void em_card_init(struct em_card *card)
{
    memset(card, 0, sizeof(*card));
}

void em_card_release(struct em_card *card)
{
    em_free(card->domains);
    em_free(card->slots);
    em_card_init(card);
}

struct em_card_pair *em_card_language_of(struct em_card *card, struct em_view code)
{
    char name[12];
    snprintf(name, sizeof(name), "%.*s", (int)(code.len < 11 ? code.len : 11),
             code.len ? code.data : "un");
    if (code.len == 0)
        snprintf(name, sizeof(name), "un");
    for (size_t i = 0; i < card->n_languages; i++)
        if (strcmp(card->languages[i].code, name) == 0)
            return &card->languages[i].count;
    if (card->n_languages == EM_CARD_LANGUAGES)
        return &card->languages[EM_CARD_LANGUAGES - 1].count;
    struct em_card_language *l = &card->languages[card->n_languages++];
    memset(l, 0, sizeof(*l));
    bool last = card->n_languages == EM_CARD_LANGUAGES;
    snprintf(l->code, sizeof(l->code), "%s", last ? "other" : name);
    return &l->count;
}

struct em_card_pair *em_card_year_of(struct em_card *card, uint32_t year)
{
    bool known = year >= EM_CARD_FIRST_YEAR && year < EM_CARD_FIRST_YEAR + EM_CARD_YEARS;
    return &card->years[known ? year - EM_CARD_FIRST_YEAR + 1 : 0];
}

/* --- domains --------------------------------------------------------------------------- */

static uint32_t *card_slot_of(const struct em_card *card, struct em_view name)
{
    size_t at = (size_t)em_hash64(name.data, name.len, 0) & (card->n_slots - 1);
    while (card->slots[at]) {
        const char *other = card->domains[card->slots[at] - 1].name;
        if (strlen(other) == name.len && memcmp(other, name.data, name.len) == 0)
            break;
        at = (at + 1) & (card->n_slots - 1);
    }
    return &card->slots[at];
}

/* Room for one more; false: there is none. */
static bool grow_domains(struct em_card *card)
{
    if (card->n_domains < card->cap_domains)
        return true;
    size_t cap = card->cap_domains ? 2 * card->cap_domains : 64, slots = 2 * cap;
    if (cap > EM_CARD_DOMAINS)
        cap = EM_CARD_DOMAINS;
    if (card->n_domains == EM_CARD_DOMAINS)
        return false;
    void *grown = em_realloc_array(card->domains, cap, sizeof(card->domains[0]));
    if (!grown)
        return false;
    card->domains = grown;
    uint32_t *table = em_calloc(slots, sizeof(table[0]));
    if (!table)
        return false;
    em_free(card->slots);
    card->slots = table;
    card->n_slots = slots;
    card->cap_domains = cap;
    for (size_t i = 0; i < card->n_domains; i++)
        *card_slot_of(card, em_view_of(card->domains[i].name)) = (uint32_t)i + 1;
    return true;
}

/* What the state file and a table in Markdown can hold: strangers choose these names. */
static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_' || c == ':' || (unsigned char)c >= 0x80;
}

struct em_card_pair *em_card_domain_of(struct em_card *card, struct em_view name)
{
    if (name.len == 0)
        return &card->no_domain;
    char plain[EM_CARD_NAME];
    name = em_view_sub(name, 0, EM_CARD_NAME - 1);
    for (size_t i = 0; i < name.len; i++)
        plain[i] = is_plain(name.data[i]) ? name.data[i] : '?';
    name.data = plain;
    uint32_t *slot = card->n_slots ? card_slot_of(card, name) : NULL;
    if (slot && *slot)
        return &card->domains[*slot - 1].count;
    if (!grow_domains(card))
        return &card->other_domains;
    struct em_card_domain *d = &card->domains[card->n_domains];
    memset(d, 0, sizeof(*d));
    memcpy(d->name, name.data, name.len);
    *card_slot_of(card, name) = (uint32_t)++card->n_domains;
    return &d->count;
}

/* --- sums ------------------------------------------------------------------------------ */

static void add_pair(struct em_card_pair *sum, const struct em_card_pair *one)
{
    sum->kept += one->kept;
    sum->kept_words += one->kept_words;
    sum->removed += one->removed;
    sum->removed_words += one->removed_words;
}

/* The single numbers, in the order in which they are saved. */
enum { SINGLE = 12 };

static void singles(struct em_card *c, uint64_t *out[SINGLE])
{
    uint64_t *all[SINGLE] = {&c->records, &c->kept,    &c->cut,         &c->removed,
                             &c->bad,     &c->other,   &c->kept_words,  &c->removed_words,
                             &c->scored,  &c->flagged, &c->kept_scored, &c->kept_flagged};
    memcpy(out, all, sizeof(all));
}

static void constant_singles(const struct em_card *c, const uint64_t *out[SINGLE])
{
    const uint64_t *all[SINGLE] = {&c->records,    &c->kept,          &c->cut,
                                   &c->removed,    &c->bad,           &c->other,
                                   &c->kept_words, &c->removed_words, &c->scored,
                                   &c->flagged,    &c->kept_scored,   &c->kept_flagged};
    memcpy(out, all, sizeof(all));
}

void em_card_add(struct em_card *sum, const struct em_card *one)
{
    uint64_t *to[SINGLE];
    const uint64_t *from[SINGLE];
    singles(sum, to);
    constant_singles(one, from);
    for (size_t i = 0; i < SINGLE; i++)
        *to[i] += *from[i];
    for (size_t i = 0; i < EM_CLEAN_REASONS; i++) {
        sum->reason[i] += one->reason[i];
        sum->reason_words[i] += one->reason_words[i];
    }
    for (size_t i = 0; i < one->n_languages; i++)
        add_pair(em_card_language_of(sum, em_view_of(one->languages[i].code)),
                 &one->languages[i].count);
    for (size_t i = 0; i <= EM_CARD_YEARS; i++)
        add_pair(&sum->years[i], &one->years[i]);
    for (size_t i = 0; i < one->n_domains; i++)
        add_pair(em_card_domain_of(sum, em_view_of(one->domains[i].name)),
                 &one->domains[i].count);
    add_pair(&sum->other_domains, &one->other_domains);
    add_pair(&sum->no_domain, &one->no_domain);
    for (size_t i = 0; i < EM_CARD_CLUSTERS; i++)
        for (size_t j = 0; j < EM_CARD_BINS; j++)
            sum->bins[i][j] += one->bins[i][j];
}

/* --- kept between runs ----------------------------------------------------------------- */

static enum em_status save_pair(struct em_buf *out, char kind, const char *name,
                                const struct em_card_pair *p)
{
    return em_buf_printf(out, "%c %s %llu %llu %llu %llu\n", kind, name, (ull)p->kept,
                         (ull)p->kept_words, (ull)p->removed, (ull)p->removed_words);
}

enum em_status em_card_save(const struct em_card *card, struct em_buf *out)
{
    const uint64_t *all[SINGLE];
    char name[16];
    constant_singles(card, all);
    for (size_t i = 0; i < SINGLE; i++)
        EM_TRY(em_buf_printf(out, "n %zu %llu\n", i, (ull)*all[i]));
    for (size_t i = 0; i < EM_CLEAN_REASONS; i++)
        EM_TRY(em_buf_printf(out, "r %zu %llu %llu\n", i, (ull)card->reason[i],
                             (ull)card->reason_words[i]));
    for (size_t i = 0; i < card->n_languages; i++)
        EM_TRY(save_pair(out, 'l', card->languages[i].code, &card->languages[i].count));
    for (size_t i = 0; i <= EM_CARD_YEARS; i++) {
        const struct em_card_pair *p = &card->years[i];
        snprintf(name, sizeof(name), "%zu", i);
        if (p->kept || p->removed)
            EM_TRY(save_pair(out, 'y', name, p));
    }
    for (size_t i = 0; i < card->n_domains; i++)
        EM_TRY(save_pair(out, 'd', card->domains[i].name, &card->domains[i].count));
    EM_TRY(save_pair(out, 'o', "other", &card->other_domains));
    EM_TRY(save_pair(out, 'o', "none", &card->no_domain));
    for (size_t i = 0; i < EM_CARD_CLUSTERS; i++)
        for (size_t j = 0; j < EM_CARD_BINS; j++)
            if (card->bins[i][j])
                EM_TRY(em_buf_printf(out, "b %zu %zu %u\n", i, j, card->bins[i][j]));
    return em_buf_printf(out, "end\n");
}

static bool load_line(struct em_card *card, const char *line)
{
    uint64_t *all[SINGLE];
    ull a, b, c, d;
    size_t i, j;
    unsigned u;
    char name[EM_CARD_NAME];
    singles(card, all);
    if (sscanf(line, "n %zu %llu", &i, &a) == 2 && i < SINGLE) {
        *all[i] = a;
    } else if (sscanf(line, "r %zu %llu %llu", &i, &a, &b) == 3 && i < EM_CLEAN_REASONS) {
        card->reason[i] = a;
        card->reason_words[i] = b;
    } else if (sscanf(line, "l %11s %llu %llu %llu %llu", name, &a, &b, &c, &d) == 5) {
        *em_card_language_of(card, em_view_of(name)) = (struct em_card_pair){a, b, c, d};
    } else if (sscanf(line, "y %zu %llu %llu %llu %llu", &i, &a, &b, &c, &d) == 5 &&
               i <= EM_CARD_YEARS) {
        card->years[i] = (struct em_card_pair){a, b, c, d};
    } else if (sscanf(line, "d %63s %llu %llu %llu %llu", name, &a, &b, &c, &d) == 5) {
        *em_card_domain_of(card, em_view_of(name)) = (struct em_card_pair){a, b, c, d};
    } else if (sscanf(line, "o %63s %llu %llu %llu %llu", name, &a, &b, &c, &d) == 5) {
        *(strcmp(name, "none") == 0 ? &card->no_domain : &card->other_domains) =
            (struct em_card_pair){a, b, c, d};
    } else if (sscanf(line, "b %zu %zu %u", &i, &j, &u) == 3 && i < EM_CARD_CLUSTERS &&
               j < EM_CARD_BINS) {
        card->bins[i][j] = u;
    } else {
        return false;
    }
    return true;
}

bool em_card_load(struct em_card *card, struct em_view text)
{
    char line[256];
    em_card_release(card);
    while (text.len) {
        size_t end = em_view_find(text, 0, EM_VIEW("\n"));
        struct em_view v = em_view_sub(text, 0, end);
        if (em_view_eq(v, EM_VIEW("end")))
            return true;
        snprintf(line, sizeof(line), "%.*s", EM_VIEW_ARGS(v));
        if (!load_line(card, line))
            return false;
        text = em_view_sub(text, end + 1, text.len);
    }
    return false;
}
