/* SPDX-License-Identifier: Apache-2.0 */
#include "base/card.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <stdio.h>
#include <stdlib.h>

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

/* --- sources --------------------------------------------------------------------------- */

/* As the state file and both cards can hold it; cut between characters. */
static void plain_source(struct em_view name, char out[EM_CARD_NAME])
{
    size_t n = name.len < EM_CARD_NAME ? name.len : EM_CARD_NAME - 1;
    while (n && n < name.len && ((unsigned char)name.data[n] & 0xC0) == 0x80)
        n--;
    for (size_t i = 0; i < n; i++) {
        char c = name.data[i];
        bool special =
            (unsigned char)c <= ' ' || c == 0x7F || memchr("|`\\\"<>*[]", c, 10);
        out[i] = special ? '_' : c;
    }
    out[n] = 0;
    if (n == 0)
        snprintf(out, EM_CARD_NAME, "(none)");
}

struct em_card_pair *em_card_source_of(struct em_card *card, struct em_view name)
{
    char plain[EM_CARD_NAME];
    plain_source(name, plain);
    /* Documents of one source come one after the other: the last is looked at first. */
    for (size_t i = card->n_sources; i-- > 0;)
        if (strcmp(card->sources[i].name, plain) == 0)
            return &card->sources[i].count;
    if (card->n_sources == EM_CARD_SOURCES)
        return &card->sources[EM_CARD_SOURCES - 1].count;
    struct em_card_source *s = &card->sources[card->n_sources++];
    memset(s, 0, sizeof(*s));
    snprintf(s->name, sizeof(s->name), "%s",
             card->n_sources == EM_CARD_SOURCES ? "(others)" : plain);
    return &s->count;
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

void em_card_pair_add(struct em_card_pair *sum, const struct em_card_pair *one)
{
    sum->kept += one->kept;
    sum->kept_words += one->kept_words;
    sum->removed += one->removed;
    sum->removed_words += one->removed_words;
    for (size_t r = 0; r < EM_CLEAN_REASONS; r++)
        sum->removed_for[r] += one->removed_for[r];
    sum->human += one->human;
    sum->human_removed += one->human_removed;
}

/* The single numbers, in the order in which they are saved. */
enum { SINGLE = 14 };

static void singles(struct em_card *c, uint64_t *out[SINGLE])
{
    uint64_t *all[SINGLE] = {&c->records,    &c->kept,          &c->cut,
                             &c->removed,    &c->bad,           &c->other,
                             &c->kept_words, &c->removed_words, &c->scored,
                             &c->flagged,    &c->kept_scored,   &c->kept_flagged,
                             &c->human,      &c->human_removed};
    memcpy(out, all, sizeof(all));
}

static void constant_singles(const struct em_card *c, const uint64_t *out[SINGLE])
{
    const uint64_t *all[SINGLE] = {&c->records,    &c->kept,          &c->cut,
                                   &c->removed,    &c->bad,           &c->other,
                                   &c->kept_words, &c->removed_words, &c->scored,
                                   &c->flagged,    &c->kept_scored,   &c->kept_flagged,
                                   &c->human,      &c->human_removed};
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
        sum->reason_human[i] += one->reason_human[i];
    }
    for (size_t i = 0; i <= EM_PAGE_TYPES; i++)
        em_card_pair_add(&sum->types[i], &one->types[i]);
    for (size_t i = 0; i < EM_CARD_TIERS; i++)
        em_card_pair_add(&sum->tiers[i], &one->tiers[i]);
    for (size_t i = 0; i < one->n_sources; i++)
        em_card_pair_add(em_card_source_of(sum, em_view_of(one->sources[i].name)),
                         &one->sources[i].count);
    for (size_t i = 0; i < one->n_languages; i++)
        em_card_pair_add(em_card_language_of(sum, em_view_of(one->languages[i].code)),
                         &one->languages[i].count);
    for (size_t i = 0; i <= EM_CARD_YEARS; i++)
        em_card_pair_add(&sum->years[i], &one->years[i]);
    for (size_t i = 0; i < one->n_domains; i++)
        em_card_pair_add(em_card_domain_of(sum, em_view_of(one->domains[i].name)),
                         &one->domains[i].count);
    em_card_pair_add(&sum->other_domains, &one->other_domains);
    em_card_pair_add(&sum->no_domain, &one->no_domain);
    for (size_t i = 0; i < EM_CARD_CLUSTERS; i++)
        for (size_t j = 0; j < EM_CARD_BINS; j++)
            sum->bins[i][j] += one->bins[i][j];
}

/* --- kept between runs ----------------------------------------------------------------- */

static enum em_status save_pair(struct em_buf *out, char kind, const char *name,
                                const struct em_card_pair *p)
{
    EM_TRY(em_buf_printf(out, "%c %s %llu %llu %llu %llu %llu %llu", kind, name,
                         (ull)p->kept, (ull)p->kept_words, (ull)p->removed,
                         (ull)p->removed_words, (ull)p->human, (ull)p->human_removed));
    for (size_t r = 0; r < EM_CLEAN_REASONS; r++)
        EM_TRY(em_buf_printf(out, " %llu", (ull)p->removed_for[r]));
    return em_buf_printf(out, "\n");
}

/* Pairs that have a number instead of a name; empty ones are left out. */
static enum em_status save_numbered(struct em_buf *out, char kind,
                                    const struct em_card_pair *pairs, size_t n)
{
    char name[24];
    for (size_t i = 0; i < n; i++) {
        snprintf(name, sizeof(name), "%zu", i);
        if (pairs[i].kept || pairs[i].removed)
            EM_TRY(save_pair(out, kind, name, &pairs[i]));
    }
    return EM_OK;
}

enum em_status em_card_save(const struct em_card *card, struct em_buf *out)
{
    const uint64_t *all[SINGLE];
    constant_singles(card, all);
    for (size_t i = 0; i < SINGLE; i++)
        EM_TRY(em_buf_printf(out, "n %zu %llu\n", i, (ull)*all[i]));
    for (size_t i = 0; i < EM_CLEAN_REASONS; i++)
        EM_TRY(em_buf_printf(out, "r %zu %llu %llu %llu\n", i, (ull)card->reason[i],
                             (ull)card->reason_words[i], (ull)card->reason_human[i]));
    for (size_t i = 0; i < card->n_languages; i++)
        EM_TRY(save_pair(out, 'l', card->languages[i].code, &card->languages[i].count));
    EM_TRY(save_numbered(out, 'y', card->years, EM_CARD_YEARS + 1));
    EM_TRY(save_numbered(out, 'p', card->types, EM_PAGE_TYPES + 1));
    EM_TRY(save_numbered(out, 't', card->tiers, EM_CARD_TIERS));
    for (size_t i = 0; i < card->n_sources; i++)
        EM_TRY(save_pair(out, 's', card->sources[i].name, &card->sources[i].count));
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

/* The numbers of a line's rest: all, or the first four, which is what version 1 had. */
static bool load_numbers(const char *rest, uint64_t *out, size_t n)
{
    enum { FIRST_VERSION = 4 };
    size_t i = 0;
    for (; i < n && *rest; i++) {
        char *end;
        out[i] = strtoull(rest, &end, 10);
        if (end == rest)
            return false;
        rest = end;
    }
    return *rest == 0 && (i == n || i == FIRST_VERSION);
}

/* The pair that a line is about; NULL: it is none of ours. */
static struct em_card_pair *pair_named(struct em_card *card, char kind, const char *name)
{
    struct em_view v = em_view_of(name);
    unsigned long long i = 0;
    bool number = em_view_u64(v, &i);
    switch (kind) {
    case 'l':
        return em_card_language_of(card, v);
    case 'd':
        return em_card_domain_of(card, v);
    case 's':
        return em_card_source_of(card, v);
    case 'o':
        return em_view_eq(v, EM_VIEW("none")) ? &card->no_domain : &card->other_domains;
    case 'y':
        return number && i <= EM_CARD_YEARS ? &card->years[i] : NULL;
    case 'p':
        return number && i <= EM_PAGE_TYPES ? &card->types[i] : NULL;
    case 't':
        return number && i < EM_CARD_TIERS ? &card->tiers[i] : NULL;
    default:
        return NULL;
    }
}

static bool load_pair(struct em_card *card, const char *line)
{
    enum { NUMBERS = 6 + EM_CLEAN_REASONS };
    uint64_t v[NUMBERS] = {0};
    char kind, name[EM_CARD_NAME];
    int at = 0;
    struct em_card_pair *pair;
    if (sscanf(line, "%c %63s%n", &kind, name, &at) != 2 ||
        !load_numbers(line + at, v, NUMBERS) || !(pair = pair_named(card, kind, name)))
        return false;
    *pair = (struct em_card_pair){.kept = v[0],
                                  .kept_words = v[1],
                                  .removed = v[2],
                                  .removed_words = v[3],
                                  .human = v[4],
                                  .human_removed = v[5]};
    memcpy(pair->removed_for, v + 6, sizeof(pair->removed_for));
    return true;
}

static bool load_line(struct em_card *card, const char *line)
{
    uint64_t *all[SINGLE];
    ull a, b, c = 0;
    size_t i, j;
    unsigned u;
    singles(card, all);
    if (sscanf(line, "n %zu %llu", &i, &a) == 2 && i < SINGLE) {
        *all[i] = a;
    } else if (sscanf(line, "r %zu %llu %llu %llu", &i, &a, &b, &c) >= 3 &&
               i < EM_CLEAN_REASONS) {
        card->reason[i] = a;
        card->reason_words[i] = b;
        card->reason_human[i] = c;
    } else if (sscanf(line, "b %zu %zu %u", &i, &j, &u) == 3 && i < EM_CARD_CLUSTERS &&
               j < EM_CARD_BINS) {
        card->bins[i][j] = u;
    } else {
        return load_pair(card, line);
    }
    return true;
}

bool em_card_load(struct em_card *card, struct em_view text)
{
    char line[512];
    em_card_release(card);
    while (text.len) {
        size_t end = em_view_find(text, 0, EM_VIEW("\n"));
        struct em_view v = em_view_sub(text, 0, end);
        if (em_view_eq(v, EM_VIEW("end")))
            return true;
        snprintf(line, sizeof(line), "%.*s", EM_VIEW_ARGS(v));
        if (!load_line(card, line))
            break;
        text = em_view_sub(text, end + 1, text.len);
    }
    em_card_release(card);
    return false;
}
