/* SPDX-License-Identifier: Apache-2.0
 *
 * The card as JSON and as Markdown.
 */
#include "report/card_write.h"

#include "base/alloc.h"
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef unsigned long long ull;

static uint64_t size_of(const struct em_card_domain *d)
{
    return d->count.kept + d->count.removed;
}

static int card_write_by_size(const void *a, const void *b)
{
    const struct em_card_domain *const *x = a, *const *y = b;
    if (size_of(*x) != size_of(*y))
        return size_of(*x) < size_of(*y) ? 1 : -1;
    return strcmp((*x)->name, (*y)->name);
}

/* The largest domains, at most EM_CARD_LISTED, and the sum of the rest. */
static enum em_status card_write_largest(const struct em_card *c,
                                         const struct em_card_domain **list, size_t *n,
                                         struct em_card_pair *rest)
{
    const struct em_card_domain **all = em_calloc(c->n_domains + 1, sizeof(*all));
    if (!all)
        return EM_ERR_NOMEM;
    for (size_t i = 0; i < c->n_domains; i++)
        all[i] = &c->domains[i];
    if (c->n_domains)
        qsort(all, c->n_domains, sizeof(*all), card_write_by_size);
    *rest = c->other_domains;
    *n = c->n_domains < EM_CARD_LISTED ? c->n_domains : EM_CARD_LISTED;
    memcpy(list, all, *n * sizeof(*all));
    for (size_t i = *n; i < c->n_domains; i++)
        em_card_pair_add(rest, &all[i]->count);
    em_free(all);
    return EM_OK;
}

/* --- JSON ------------------------------------------------------------------------------ */

static void card_write_json_number(struct em_json *json, const char *key, uint64_t value)
{
    em_json_key(json, key);
    em_json_u64(json, value);
}

static void json_text(struct em_json *json, const char *key, const char *value)
{
    em_json_key(json, key);
    em_json_string_or_null(json, em_view_of(value));
}

static void json_pair(struct em_json *json, const struct em_card_pair *p)
{
    card_write_json_number(json, "kept", p->kept);
    card_write_json_number(json, "kept_words", p->kept_words);
    card_write_json_number(json, "removed", p->removed);
    card_write_json_number(json, "removed_words", p->removed_words);
    em_json_key(json, "removed_for");
    em_json_object(json);
    for (size_t i = 0; i < EM_CLEAN_REASONS; i++)
        if (p->removed_for[i])
            card_write_json_number(json, em_clean_reason_name((enum em_clean_reason)i),
                                   p->removed_for[i]);
    em_json_end(json);
    card_write_json_number(json, "surely_human", p->human);
    card_write_json_number(json, "surely_human_removed", p->human_removed);
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

static void json_counts(struct em_json *json, const struct em_card *c)
{
    card_write_json_number(json, "records", c->records);
    card_write_json_number(json, "kept", c->kept);
    card_write_json_number(json, "cut", c->cut);
    card_write_json_number(json, "removed", c->removed);
    card_write_json_number(json, "bad", c->bad);
    card_write_json_number(json, "no_documents", c->other);
    card_write_json_number(json, "kept_words", c->kept_words);
    card_write_json_number(json, "removed_words", c->removed_words);
    em_json_key(json, "reasons");
    em_json_array(json);
    for (size_t i = 0; i < EM_CLEAN_REASONS; i++) {
        em_json_object(json);
        json_text(json, "reason", em_clean_reason_name((enum em_clean_reason)i));
        card_write_json_number(json, "documents", c->reason[i]);
        card_write_json_number(json, "words", c->reason_words[i]);
        card_write_json_number(json, "surely_human", c->reason_human[i]);
        em_json_end(json);
    }
    em_json_end(json);
    card_write_json_number(json, "surely_human", c->human);
    card_write_json_number(json, "surely_human_removed", c->human_removed);
}

/* Tiers and kinds of page: the last of each is what has none. */
static void json_tiers(struct em_json *json, const struct em_card *c)
{
    em_json_key(json, "tiers");
    em_json_array(json);
    for (size_t i = 0; i < EM_CARD_TIERS; i++) {
        em_json_object(json);
        em_json_key(json, "tier");
        if (i + 1 < EM_CARD_TIERS)
            em_json_u64(json, i);
        else
            em_json_null(json);
        json_pair(json, &c->tiers[i]);
    }
    em_json_end(json);
    em_json_key(json, "page_types");
    em_json_array(json);
    for (size_t i = 0; i <= EM_PAGE_TYPES; i++) {
        em_json_object(json);
        em_json_key(json, "page_type");
        em_json_string_or_null(json, em_view_of(em_page_type_name((enum em_page_type)i)));
        json_pair(json, &c->types[i]);
    }
    em_json_end(json);
}

static void json_sources(struct em_json *json, const struct em_card *c)
{
    em_json_key(json, "sources");
    em_json_array(json);
    for (size_t i = 0; i < c->n_sources; i++) {
        em_json_object(json);
        json_text(json, "source", c->sources[i].name);
        json_pair(json, &c->sources[i].count);
    }
    em_json_end(json);
}

static void json_domain(struct em_json *json, const char *name,
                        const struct em_card_pair *p)
{
    em_json_object(json);
    json_text(json, "domain", name);
    json_pair(json, p);
}

static enum em_status json_groups(struct em_json *json, const struct em_card *c)
{
    const struct em_card_domain *list[EM_CARD_LISTED];
    struct em_card_pair rest;
    size_t n;
    EM_TRY(card_write_largest(c, list, &n, &rest));
    em_json_key(json, "languages");
    em_json_array(json);
    for (size_t i = 0; i < c->n_languages; i++) {
        em_json_object(json);
        json_text(json, "lang", c->languages[i].code);
        json_pair(json, &c->languages[i].count);
    }
    em_json_end(json);
    em_json_key(json, "years");
    em_json_array(json);
    for (size_t i = 0; i <= EM_CARD_YEARS; i++) {
        if (!c->years[i].kept && !c->years[i].removed)
            continue;
        em_json_object(json);
        card_write_json_number(json, "year", i ? i + EM_CARD_FIRST_YEAR - 1 : 0);
        json_pair(json, &c->years[i]);
    }
    em_json_end(json);
    em_json_key(json, "domains");
    em_json_array(json);
    for (size_t i = 0; i < n; i++)
        json_domain(json, list[i]->name, &list[i]->count);
    json_domain(json, "(others)", &rest);
    json_domain(json, "(none)", &c->no_domain);
    em_json_end(json);
    json_sources(json, c);
    json_tiers(json, c);
    return json->status;
}

static void json_benchmarks(struct em_json *json, const struct em_card_about *about)
{
    em_json_key(json, "benchmarks");
    em_json_array(json);
    for (size_t i = 0; i < about->n_benchmarks; i++) {
        const struct em_card_benchmark *b = &about->benchmarks[i];
        em_json_object(json);
        json_text(json, "benchmark", b->name);
        card_write_json_number(json, "items", b->items);
        card_write_json_number(json, "documents", b->documents);
        card_write_json_number(json, "passages", b->passages);
        card_write_json_number(json, "removed", b->removed);
        em_json_end(json);
    }
    em_json_end(json);
}

static void json_list(struct em_json *json, const char *key, const char *const *items,
                      size_t n)
{
    em_json_key(json, key);
    em_json_array(json);
    for (size_t i = 0; i < n; i++)
        em_json_string(json, em_view_of(items[i]));
    em_json_end(json);
}

enum em_status em_card_json(const struct em_card *c, const struct em_card_about *about,
                            struct em_buf *out)
{
    struct em_json json;
    em_json_init(&json, out);
    em_json_object(&json);
    em_json_schema(&json, 1);
    json_counts(&json, c);
    EM_TRY(json_groups(&json, c));
    card_write_json_number(&json, "scored", c->scored);
    card_write_json_number(&json, "flagged", c->flagged);
    json_share(&json, "flagged_before", about->flagged);
    json_share(&json, "flagged_after", about->kept_flagged);
    json_share(&json, "prevalence_before", about->prevalence);
    json_share(&json, "prevalence_after", about->kept_prevalence);
    json_text(&json, "threshold", about->threshold);
    em_json_key(&json, "threshold_log_odds");
    em_json_fixed(&json, about->log_odds, 4);
    json_share(&json, "human_above", about->human_above);
    json_share(&json, "machine_above", about->machine_above);
    json_benchmarks(&json, about);
    json_list(&json, "sets", about->sets, about->n_sets);
    json_text(&json, "model", about->model);
    json_text(&json, "version", about->version);
    json_text(&json, "policy", about->policy);
    json_list(&json, "command", about->command, (size_t)about->n_command);
    em_json_end(&json);
    return em_json_finish(&json);
}

/* --- Markdown -------------------------------------------------------------------------- */

/* "score 3, leak 1"; nothing where nothing was removed. */
static enum em_status table_reasons(struct em_buf *out, const struct em_card_pair *p)
{
    const char *before = "";
    for (size_t i = 0; i < EM_CLEAN_REASONS; i++) {
        if (!p->removed_for[i])
            continue;
        EM_TRY(em_buf_printf(out, "%s%s %llu", before,
                             em_clean_reason_name((enum em_clean_reason)i),
                             (ull)p->removed_for[i]));
        before = ", ";
    }
    return EM_OK;
}

static enum em_status table_row(struct em_buf *out, const char *name,
                                const struct em_card_pair *p)
{
    if (!p->kept && !p->removed)
        return EM_OK;
    EM_TRY(em_buf_printf(out, "| %s | %llu | %llu | %llu | %llu | ", name, (ull)p->kept,
                         (ull)p->kept_words, (ull)p->removed, (ull)p->removed_words));
    EM_TRY(table_reasons(out, p));
    return em_buf_printf(out, " | %llu of %llu |\n", (ull)p->human_removed,
                         (ull)p->human);
}

static enum em_status table_head(struct em_buf *out, const char *what)
{
    return em_buf_printf(out,
                         "\n## By %s\n\n| %s | kept | words | removed | words | for | "
                         "surely human, removed |\n|---|---|---|---|---|---|---|\n",
                         what, what);
}

static enum em_status markdown_kinds(const struct em_card *c, struct em_buf *out)
{
    static const char *const tiers[EM_CARD_TIERS] = {"0", "1", "2", "3", "4", "none"};
    EM_TRY(table_head(out, "source"));
    for (size_t i = 0; i < c->n_sources; i++)
        EM_TRY(table_row(out, c->sources[i].name, &c->sources[i].count));
    EM_TRY(table_head(out, "kind of page"));
    for (size_t i = 0; i <= EM_PAGE_TYPES; i++)
        EM_TRY(table_row(out,
                         i < EM_PAGE_TYPES ? em_page_type_name((enum em_page_type)i)
                                           : "not known",
                         &c->types[i]));
    EM_TRY(table_head(out, "tier"));
    for (size_t i = 0; i < EM_CARD_TIERS; i++)
        EM_TRY(table_row(out, tiers[i], &c->tiers[i]));
    return EM_OK;
}

static enum em_status markdown_groups(const struct em_card *c, struct em_buf *out)
{
    const struct em_card_domain *list[EM_CARD_LISTED];
    struct em_card_pair rest;
    char name[16];
    size_t n;
    EM_TRY(card_write_largest(c, list, &n, &rest));
    EM_TRY(table_head(out, "language"));
    for (size_t i = 0; i < c->n_languages; i++)
        EM_TRY(table_row(out, c->languages[i].code, &c->languages[i].count));
    EM_TRY(table_head(out, "year"));
    for (size_t i = 0; i <= EM_CARD_YEARS; i++) {
        snprintf(name, sizeof(name), "%zu", i + EM_CARD_FIRST_YEAR - 1);
        EM_TRY(table_row(out, i ? name : "unknown", &c->years[i]));
    }
    EM_TRY(table_head(out, "domain"));
    for (size_t i = 0; i < n; i++)
        EM_TRY(table_row(out, list[i]->name, &list[i]->count));
    EM_TRY(table_row(out, "(others)", &rest));
    EM_TRY(table_row(out, "(none)", &c->no_domain));
    return markdown_kinds(c, out);
}

static enum em_status share_row(struct em_buf *out, const char *name,
                                const double share[3])
{
    if (isnan(share[0]))
        return em_buf_printf(out, "| %s | no estimate | | |\n", name);
    return em_buf_printf(out, "| %s | %.4f | %.4f | %.4f |\n", name, share[0], share[1],
                         share[2]);
}

static enum em_status markdown_machine(const struct em_card_about *about,
                                       struct em_buf *out)
{
    EM_TRY(em_buf_printf(
        out,
        "\n## Machine text\n\n"
        "Flagged: share of the scored documents over the model's threshold, with the "
        "exact 95 %% interval; a rate of flags. Estimated: share of machine text by "
        "the mixture over the model's calibration sources (docs/PREVALENCE.md); after: "
        "what of it is below the threshold of this cleaning, at those sources' rates.\n\n"
        "| | share | low | high |\n|---|---|---|---|\n"));
    EM_TRY(share_row(out, "flagged before", about->flagged));
    EM_TRY(share_row(out, "flagged after", about->kept_flagged));
    EM_TRY(share_row(out, "estimated before", about->prevalence));
    EM_TRY(share_row(out, "estimated after", about->kept_prevalence));
    EM_TRY(em_buf_printf(out, "\n## Threshold\n\n%s\n", about->threshold));
    if (isnan(about->log_odds) || isnan(about->human_above[0]))
        return EM_OK;
    return em_buf_printf(out,
                         "\nAt log-odds %.4f, on the sources the model was calibrated on "
                         "and never saw (mean "
                         "over sources, least, most): of human texts %.4f (%.4f to %.4f) "
                         "are above, of machine "
                         "texts %.4f (%.4f to %.4f).\n",
                         about->log_odds, about->human_above[0], about->human_above[1],
                         about->human_above[2], about->machine_above[0],
                         about->machine_above[1], about->machine_above[2]);
}

static enum em_status markdown_benchmarks(const struct em_card_about *about,
                                          struct em_buf *out)
{
    if (about->n_benchmarks == 0)
        return EM_OK;
    EM_TRY(em_buf_printf(out,
                         "\n## Benchmarks\n\nItems found, in how many documents, and how "
                         "many of those were removed; by item with passages in "
                         "`contamination.jsonl`.\n\n| benchmark | items | documents | "
                         "passages | removed |\n|---|---|---|---|---|\n"));
    for (size_t i = 0; i < about->n_benchmarks; i++) {
        const struct em_card_benchmark *b = &about->benchmarks[i];
        EM_TRY(em_buf_printf(out, "| %s | %llu | %llu | %llu | %llu |\n", b->name,
                             (ull)b->items, (ull)b->documents, (ull)b->passages,
                             (ull)b->removed));
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
        "Surely human documents (dated before 2022-11-30, by their own date or that of "
        "their capture): %llu, removed: %llu.\n\n"
        "## Removed, by reason\n\nA document may have several.\n\n"
        "| reason | documents | words | surely human |\n|---|---|---|---|\n",
        about->version, about->model ? about->model : "none", (ull)c->kept,
        (ull)c->kept_words, (ull)c->cut, (ull)c->removed, (ull)c->removed_words,
        (ull)c->bad, (ull)c->other, (ull)c->records, (ull)c->human,
        (ull)c->human_removed));
    for (size_t i = 0; i < EM_CLEAN_REASONS; i++)
        EM_TRY(em_buf_printf(out, "| %s | %llu | %llu | %llu |\n",
                             em_clean_reason_name((enum em_clean_reason)i),
                             (ull)c->reason[i], (ull)c->reason_words[i],
                             (ull)c->reason_human[i]));
    EM_TRY(markdown_groups(c, out));
    EM_TRY(markdown_machine(about, out));
    EM_TRY(markdown_benchmarks(about, out));
    for (size_t i = 0; i < about->n_sets; i++)
        EM_TRY(em_buf_printf(out, "%s- %s\n", i ? "" : "\n## Reference sets\n\n",
                             about->sets[i]));
    EM_TRY(
        em_buf_printf(out, "\n## Policy\n\n    %s\n\n## Command\n\n   ", about->policy));
    for (int i = 0; i < about->n_command; i++)
        EM_TRY(em_buf_printf(out, " %s", about->command[i]));
    return em_buf_printf(out, "\n");
}
