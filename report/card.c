/* SPDX-License-Identifier: Apache-2.0 */
#include "report/card.h"

#include "base/json.h"

#include <stdio.h>

typedef unsigned long long ull;

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

void em_card_add(struct em_card *sum, const struct em_card *one)
{
    struct em_card copy = *one;
    uint64_t *to[SINGLE], *from[SINGLE];
    singles(sum, to);
    singles(&copy, from);
    for (size_t i = 0; i < SINGLE; i++)
        *to[i] += *from[i];
    for (size_t i = 0; i < EM_CARD_REASONS; i++) {
        sum->reason[i] += one->reason[i];
        sum->reason_words[i] += one->reason_words[i];
    }
    for (size_t i = 0; i < one->n_languages; i++)
        add_pair(em_card_language_of(sum, em_view_of(one->languages[i].code)),
                 &one->languages[i].count);
    for (size_t i = 0; i <= EM_CARD_YEARS; i++)
        add_pair(&sum->years[i], &one->years[i]);
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
    struct em_card copy = *card;
    uint64_t *all[SINGLE];
    char name[16];
    singles(&copy, all);
    for (size_t i = 0; i < SINGLE; i++)
        EM_TRY(em_buf_printf(out, "n %zu %llu\n", i, (ull)*all[i]));
    for (size_t i = 0; i < EM_CARD_REASONS; i++)
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
    return em_buf_printf(out, "end\n");
}

static bool load_line(struct em_card *card, const char *line)
{
    uint64_t *all[SINGLE];
    ull a, b, c, d;
    size_t i;
    char name[12];
    singles(card, all);
    if (sscanf(line, "n %zu %llu", &i, &a) == 2 && i < SINGLE) {
        *all[i] = a;
    } else if (sscanf(line, "r %zu %llu %llu", &i, &a, &b) == 3 && i < EM_CARD_REASONS) {
        card->reason[i] = a;
        card->reason_words[i] = b;
    } else if (sscanf(line, "l %11s %llu %llu %llu %llu", name, &a, &b, &c, &d) == 5) {
        *em_card_language_of(card, em_view_of(name)) = (struct em_card_pair){a, b, c, d};
    } else if (sscanf(line, "y %zu %llu %llu %llu %llu", &i, &a, &b, &c, &d) == 5 &&
               i <= EM_CARD_YEARS) {
        card->years[i] = (struct em_card_pair){a, b, c, d};
    } else {
        return false;
    }
    return true;
}

bool em_card_load(struct em_card *card, struct em_view text)
{
    char line[128];
    *card = (struct em_card){.records = 0};
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

/* --- told ------------------------------------------------------------------------------ */

static void json_number(struct em_json *json, const char *key, uint64_t value)
{
    em_json_key(json, key);
    em_json_u64(json, value);
}

static void json_pair(struct em_json *json, const struct em_card_pair *p)
{
    json_number(json, "kept", p->kept);
    json_number(json, "kept_words", p->kept_words);
    json_number(json, "removed", p->removed);
    json_number(json, "removed_words", p->removed_words);
    em_json_end(json);
}

static void json_share(struct em_json *json, const char *key, const double share[3])
{
    em_json_key(json, key);
    em_json_array(json);
    for (int i = 0; i < 3; i++)
        em_json_fixed(json, share[i], 5);
    em_json_end(json);
}

static void json_counts(struct em_json *json, const struct em_card *c,
                        const struct em_card_about *about)
{
    json_number(json, "records", c->records);
    json_number(json, "kept", c->kept);
    json_number(json, "cut", c->cut);
    json_number(json, "removed", c->removed);
    json_number(json, "bad", c->bad);
    json_number(json, "no_documents", c->other);
    json_number(json, "kept_words", c->kept_words);
    json_number(json, "removed_words", c->removed_words);
    em_json_key(json, "reasons");
    em_json_array(json);
    for (size_t i = 0; i < EM_CARD_REASONS; i++) {
        em_json_object(json);
        em_json_key(json, "reason");
        em_json_string(json, em_view_of(about->reasons[i]));
        json_number(json, "documents", c->reason[i]);
        json_number(json, "words", c->reason_words[i]);
        em_json_end(json);
    }
    em_json_end(json);
}

enum em_status em_card_json(const struct em_card *c, const struct em_card_about *about,
                            struct em_buf *out)
{
    struct em_json json;
    em_json_init(&json, out);
    em_json_object(&json);
    json_counts(&json, c, about);
    em_json_key(&json, "languages");
    em_json_array(&json);
    for (size_t i = 0; i < c->n_languages; i++) {
        em_json_object(&json);
        em_json_key(&json, "lang");
        em_json_string(&json, em_view_of(c->languages[i].code));
        json_pair(&json, &c->languages[i].count);
    }
    em_json_end(&json);
    em_json_key(&json, "years");
    em_json_array(&json);
    for (size_t i = 0; i <= EM_CARD_YEARS; i++) {
        if (!c->years[i].kept && !c->years[i].removed)
            continue;
        em_json_object(&json);
        json_number(&json, "year", i ? i + EM_CARD_FIRST_YEAR - 1 : 0);
        json_pair(&json, &c->years[i]);
    }
    em_json_end(&json);
    json_number(&json, "scored", c->scored);
    json_number(&json, "flagged", c->flagged);
    json_share(&json, "flagged_before", about->flagged);
    json_share(&json, "flagged_after", about->kept_flagged);
    em_json_key(&json, "model");
    em_json_string_or_null(&json, em_view_of(about->model));
    em_json_key(&json, "version");
    em_json_string(&json, em_view_of(about->version));
    em_json_key(&json, "policy");
    em_json_string(&json, em_view_of(about->policy));
    em_json_key(&json, "threshold");
    em_json_string(&json, em_view_of(about->threshold));
    em_json_key(&json, "command");
    em_json_array(&json);
    for (int i = 0; i < about->n_command; i++)
        em_json_string(&json, em_view_of(about->command[i]));
    em_json_end(&json);
    em_json_end(&json);
    return em_json_finish(&json);
}

static enum em_status table_row(struct em_buf *out, const char *name,
                                const struct em_card_pair *p)
{
    return em_buf_printf(out, "| %s | %llu | %llu | %llu | %llu |\n", name, (ull)p->kept,
                         (ull)p->kept_words, (ull)p->removed, (ull)p->removed_words);
}

static enum em_status markdown_tables(const struct em_card *c, struct em_buf *out)
{
    char name[16];
    EM_TRY(em_buf_printf(out, "\n## By language\n\n| language | kept | words | removed | "
                              "words |\n|---|---|---|---|---|\n"));
    for (size_t i = 0; i < c->n_languages; i++)
        EM_TRY(table_row(out, c->languages[i].code, &c->languages[i].count));
    EM_TRY(em_buf_printf(out, "\n## By year\n\n| year | kept | words | removed | words "
                              "|\n|---|---|---|---|---|\n"));
    for (size_t i = 0; i <= EM_CARD_YEARS; i++) {
        if (!c->years[i].kept && !c->years[i].removed)
            continue;
        snprintf(name, sizeof(name), "%zu", i + EM_CARD_FIRST_YEAR - 1);
        EM_TRY(table_row(out, i ? name : "unknown", &c->years[i]));
    }
    return EM_OK;
}

enum em_status em_card_markdown(const struct em_card *c,
                                const struct em_card_about *about, struct em_buf *out)
{
    EM_TRY(em_buf_printf(
        out,
        "# Data card\n\n"
        "Made by echometer %s, model %s.\n\n"
        "| | documents | words |\n|---|---|---|\n"
        "| kept | %llu | %llu |\n| of these cut | %llu | |\n| removed | %llu | %llu |\n"
        "| could not be read | %llu | |\n| no documents | %llu | |\n"
        "| records read | %llu | |\n\n"
        "kept + removed + could not be read + no documents = records read.\n\n"
        "## Removed, by reason\n\nA document may have several.\n\n"
        "| reason | documents | words |\n|---|---|---|\n",
        about->version, about->model ? about->model : "none", (ull)c->kept,
        (ull)c->kept_words, (ull)c->cut, (ull)c->removed, (ull)c->removed_words,
        (ull)c->bad, (ull)c->other, (ull)c->records));
    for (size_t i = 0; i < EM_CARD_REASONS; i++)
        EM_TRY(em_buf_printf(out, "| %s | %llu | %llu |\n", about->reasons[i],
                             (ull)c->reason[i], (ull)c->reason_words[i]));
    EM_TRY(markdown_tables(c, out));
    EM_TRY(em_buf_printf(
        out,
        "\n## Flagged as machine-written\n\n"
        "Share of the scored documents over the model's threshold (a rate of flags, not "
        "an "
        "estimate of prevalence), with the exact 95 %% interval.\n\n"
        "| | share | low | high |\n|---|---|---|---|\n"
        "| before | %.4f | %.4f | %.4f |\n| after | %.4f | %.4f | %.4f |\n"
        "\n## Policy\n\n    %s\n    %s\n\n## Command\n\n   ",
        about->flagged[0], about->flagged[1], about->flagged[2], about->kept_flagged[0],
        about->kept_flagged[1], about->kept_flagged[2], about->policy, about->threshold));
    for (int i = 0; i < about->n_command; i++)
        EM_TRY(em_buf_printf(out, " %s", about->command[i]));
    return em_buf_printf(out, "\n");
}
