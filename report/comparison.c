/* SPDX-License-Identifier: Apache-2.0 */
#include "report/comparison.h"

#include "base/json.h"

#include <math.h>
#include <stdio.h>

typedef unsigned long long ull;

static enum em_status append_row(struct em_buf *out, const char *name, uint64_t a,
                                 uint64_t b)
{
    return em_buf_printf(out, "%-28s %14llu %14llu %+14lld\n", name, (ull)a, (ull)b,
                         (long long)b - (long long)a);
}

static enum em_status append_moves(struct em_buf *out, const struct em_comparison *c)
{
    EM_TRY(em_buf_printf(
        out,
        "\nThe same document by document: %llu kept by both, %llu removed by both,\n"
        "%llu only the first keeps, %llu only the second keeps.\n",
        (ull)c->fates[EM_COMPARISON_BOTH_KEEP], (ull)c->fates[EM_COMPARISON_NONE_KEEPS],
        (ull)c->fates[EM_COMPARISON_FIRST_KEEPS],
        (ull)c->fates[EM_COMPARISON_SECOND_KEEPS]));
    for (int r = 0; r < EM_CLEAN_REASONS; r++)
        if (c->moved_for[r][0] || c->moved_for[r][1])
            EM_TRY(em_buf_printf(
                out, "  for %s: %llu only the first keeps, %llu only the second\n",
                em_clean_reason_name((enum em_clean_reason)r), (ull)c->moved_for[r][0],
                (ull)c->moved_for[r][1]));
    for (size_t i = 0; i < c->n_examples; i++)
        EM_TRY(em_buf_printf(out, "  only the %s keeps %s in %s\n",
                             c->examples[i].second ? "second" : "first",
                             c->examples[i].id, c->examples[i].file));
    if (c->unlike)
        EM_TRY(em_buf_printf(out,
                             "%llu files are not in both, or do not hold the same "
                             "documents: not compared.\n",
                             (ull)c->unlike));
    return EM_OK;
}

static enum em_status append_counts(struct em_buf *out, const struct em_card *a,
                                    const struct em_card *b)
{
    const struct {
        const char *name;
        uint64_t a, b;
    } rows[] = {{"records", a->records, b->records},
                {"kept", a->kept, b->kept},
                {"of these cut", a->cut, b->cut},
                {"removed", a->removed, b->removed},
                {"bad", a->bad, b->bad},
                {"words kept", a->kept_words, b->kept_words},
                {"words removed", a->removed_words, b->removed_words},
                {"flagged and kept", a->kept_flagged, b->kept_flagged}};
    char name[64];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        EM_TRY(append_row(out, rows[i].name, rows[i].a, rows[i].b));
    for (int r = 0; r < EM_CLEAN_REASONS; r++) {
        snprintf(name, sizeof(name), "removed for %s",
                 em_clean_reason_name((enum em_clean_reason)r));
        if (a->reason[r] || b->reason[r])
            EM_TRY(append_row(out, name, a->reason[r], b->reason[r]));
    }
    return EM_OK;
}

enum em_status em_comparison_text(struct em_buf *out, const struct em_comparison *c)
{
    const struct em_comparison_side *s = c->sides;
    for (int i = 0; i < 2; i++)
        EM_TRY(em_buf_printf(out, "%s: %s\n  policy %s\n  threshold %s\n",
                             i ? "second" : "first", s[i].dir,
                             s[i].policy.data ? s[i].policy.data : "", s[i].threshold));
    EM_TRY(em_buf_printf(out, "\n%-28s %14s %14s %14s\n", "", "first", "second",
                         "difference"));
    EM_TRY(append_counts(out, &s[0].card, &s[1].card));
    if (!isnan(s[0].prevalence) && !isnan(s[1].prevalence))
        EM_TRY(em_buf_printf(out, "%-28s %13.2f%% %13.2f%%\n",
                             "machine text left, estimated", 100 * s[0].prevalence,
                             100 * s[1].prevalence));
    return append_moves(out, c);
}

static void comparison_json_number(struct em_json *json, const char *key, uint64_t value)
{
    em_json_key(json, key);
    em_json_u64(json, value);
}

static void json_side(struct em_json *json, const char *key,
                      const struct em_comparison_side *s)
{
    em_json_key(json, key);
    em_json_object(json);
    em_json_key(json, "dir");
    em_json_string(json, em_view_of(s->dir));
    em_json_key(json, "policy");
    em_json_string(json, em_buf_view(&s->policy));
    em_json_key(json, "threshold");
    em_json_string(json, em_view_of(s->threshold));
    em_json_key(json, "threshold_log_odds");
    em_json_fixed(json, s->log_odds, 4);
    em_json_key(json, "prevalence_after");
    em_json_fixed(json, s->prevalence, 5);
    comparison_json_number(json, "records", s->card.records);
    comparison_json_number(json, "kept", s->card.kept);
    comparison_json_number(json, "cut", s->card.cut);
    comparison_json_number(json, "removed", s->card.removed);
    comparison_json_number(json, "bad", s->card.bad);
    comparison_json_number(json, "kept_words", s->card.kept_words);
    comparison_json_number(json, "removed_words", s->card.removed_words);
    em_json_key(json, "reasons");
    em_json_object(json);
    for (int r = 0; r < EM_CLEAN_REASONS; r++)
        comparison_json_number(json, em_clean_reason_name((enum em_clean_reason)r),
                               s->card.reason[r]);
    em_json_end(json);
    em_json_end(json);
}

static void json_example(struct em_json *json, const struct em_comparison_example *e)
{
    em_json_object(json);
    em_json_key(json, "id");
    em_json_raw(json, em_view_of(e->id));
    em_json_key(json, "file");
    em_json_string(json, em_view_of(e->file));
    em_json_key(json, "kept_by");
    em_json_string(json, em_view_of(e->second ? "second" : "first"));
    em_json_key(json, "removed_for");
    em_json_array(json);
    for (int r = 0; r < EM_CLEAN_REASONS; r++)
        if (e->reasons & 1u << r)
            em_json_string(json,
                           em_view_of(em_clean_reason_name((enum em_clean_reason)r)));
    em_json_end(json);
    em_json_end(json);
}

enum em_status em_comparison_json(struct em_buf *out, const struct em_comparison *c)
{
    struct em_json json;
    em_json_init(&json, out);
    em_json_object(&json);
    em_json_schema(&json, 1);
    json_side(&json, "first", &c->sides[0]);
    json_side(&json, "second", &c->sides[1]);
    comparison_json_number(&json, "both_keep", c->fates[EM_COMPARISON_BOTH_KEEP]);
    comparison_json_number(&json, "both_remove", c->fates[EM_COMPARISON_NONE_KEEPS]);
    comparison_json_number(&json, "first_keeps", c->fates[EM_COMPARISON_FIRST_KEEPS]);
    comparison_json_number(&json, "second_keeps", c->fates[EM_COMPARISON_SECOND_KEEPS]);
    comparison_json_number(&json, "files_not_compared", c->unlike);
    em_json_key(&json, "moved");
    em_json_array(&json);
    for (size_t i = 0; i < c->n_examples; i++)
        json_example(&json, &c->examples[i]);
    em_json_end(&json);
    em_json_end(&json);
    return em_json_finish(&json);
}
