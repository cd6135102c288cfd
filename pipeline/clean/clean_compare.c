/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts come from DIR/state (what the cards were made of), documents from DIR/attributes,
 * whose lines stand in the order of the input: line n of both is the same document. Memory
 * does not grow with either.
 */
#include "pipeline/clean/clean_compare.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/json_read.h"
#include "pipeline/clean/clean.h"
#include "crawler/archive/inputs.h"
#include "crawler/archive/archive.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { MAX_STATE = 1 << 23, MAX_PATH_BYTES = 8192 };

/* --- what was counted ------------------------------------------------------------------ */

static enum em_status take_state(struct em_comparison_side *s, const char *path,
                                 struct em_err *err)
{
    struct em_buf state;
    struct em_card one;
    em_buf_init(&state, MAX_STATE);
    em_card_init(&one);
    enum em_status status = em_read_file(path, &state, err);
    struct em_view v = em_buf_view(&state), policy = EM_VIEW_NONE;
    for (int line = 0; line < 4 && status == EM_OK; line++) {
        size_t end = em_view_find(v, 0, EM_VIEW("\n"));
        if (line == 2)
            policy = em_view_sub(v, 0, end);
        v = em_view_sub(v, end + 1, v.len);
    }
    if (status == EM_OK && !em_card_load(&one, v))
        status = em_fail(err, EM_ERR_FORMAT, "clean", "'%s' is no state of a run", path);
    if (status == EM_OK) {
        em_card_add(&s->card, &one);
        em_buf_clear(&s->policy);
        status = em_buf_append_view(&s->policy, policy);
    }
    em_card_release(&one);
    em_buf_release(&state);
    return status;
}

/* What the card alone says. */
static enum em_status take_card(struct em_comparison_side *s, struct em_err *err)
{
    char path[MAX_PATH_BYTES];
    struct em_buf text;
    struct em_json_reader *json;
    struct em_view told;
    struct em_view raw;
    em_buf_init(&text, MAX_STATE);
    s->log_odds = s->prevalence = (double)NAN;
    snprintf(path, sizeof(path), "%.4000s/card.json", s->dir);
    enum em_status status = em_read_file(path, &text, err);
    if (status == EM_OK && (status = em_json_reader_new(&json)) == EM_OK) {
        status = em_json_reader_parse(json, em_buf_view(&text), err);
        if (status == EM_OK && em_json_get_string(json, "threshold", &told))
            snprintf(s->threshold, sizeof(s->threshold), "%.*s", EM_VIEW_ARGS(told));
        if (status == EM_OK)
            em_json_get_double(json, "threshold_log_odds", &s->log_odds);
        em_json_reader_free(json);
    }
    if (status == EM_OK &&
        em_clean_json_find(em_buf_view(&text), EM_VIEW("prevalence_after"), &raw) &&
        raw.data[0] == '[' && raw.data[1] != 'n')
        s->prevalence = strtod(raw.data + 1, NULL);
    em_buf_release(&text);
    return status;
}

static enum em_status list_files(const char *dir, const char *folder,
                                 struct em_inputs *inputs, size_t *root,
                                 struct em_err *err)
{
    char path[MAX_PATH_BYTES];
    struct stat st;
    int n = snprintf(path, sizeof(path), "%.4000s/%s", dir, folder);
    *root = (size_t)n + 1;
    if (stat(path, &st) != 0)
        return em_fail(err, EM_ERR_NOTFOUND, "clean",
                       "'%s' is no finished result of clean: it has no %s/", dir, folder);
    return em_inputs_add(inputs, path, err);
}

static enum em_status take_side(struct em_comparison_side *s, const char *dir,
                                struct em_err *err)
{
    struct em_inputs inputs = {.paths = NULL};
    size_t root;
    s->dir = dir;
    em_card_init(&s->card);
    em_buf_init(&s->policy, 1 << 16);
    enum em_status status = list_files(dir, "state", &inputs, &root, err);
    for (size_t i = 0; i < inputs.n && status == EM_OK; i++)
        status = take_state(s, inputs.paths[i], err);
    em_inputs_release(&inputs);
    return status == EM_OK ? take_card(s, err) : status;
}

/* --- documents ------------------------------------------------------------------------- */

/* Quotes within strings of JSON are escaped: a name with its quotes is a key. */
static bool has_key(struct em_view line, const char *name)
{
    char key[64];
    snprintf(key, sizeof(key), "\"echometer__%s\":[[", name);
    return em_view_find(line, 0, em_view_of(key)) < line.len;
}

static unsigned reasons_of(struct em_view line)
{
    unsigned reasons = 0;
    for (int r = 0; r < EM_CLEAN_REASONS; r++) {
        char name[40];
        snprintf(name, sizeof(name), "why_%s",
                 em_clean_reason_name((enum em_clean_reason)r));
        reasons |= has_key(line, name) ? 1u << r : 0;
    }
    return reasons;
}

static enum em_status add_example(struct em_comparison *c, struct em_view id,
                                  const char *file, unsigned reasons, bool second)
{
    if (c->shown[second] == EM_COMPARISON_EXAMPLES)
        return EM_OK;
    if (id.len > 400) /* a value cut short would be no JSON */
        id = EM_VIEW("null");
    struct em_comparison_example *e = &c->examples[c->n_examples];
    *e = (struct em_comparison_example){em_strndup(id.data, id.len), em_strdup(file),
                                        reasons, second};
    c->n_examples++;
    c->shown[second]++;
    return e->id && e->file ? EM_OK : EM_ERR_NOMEM;
}

static enum em_status compare_lines(struct em_comparison *c, struct em_view a,
                                    struct em_view b, const char *file, bool *same)
{
    struct em_view id[2];
    if (!em_clean_json_find(a, EM_VIEW("id"), &id[0]) ||
        !em_clean_json_find(b, EM_VIEW("id"), &id[1]) || !em_view_eq(id[0], id[1])) {
        *same = false;
        return EM_OK;
    }
    bool gone[2] = {has_key(a, "removed"), has_key(b, "removed")};
    c->fates[gone[0] && gone[1] ? EM_COMPARISON_NONE_KEEPS
             : gone[0]          ? EM_COMPARISON_SECOND_KEEPS
             : gone[1]          ? EM_COMPARISON_FIRST_KEEPS
                                : EM_COMPARISON_BOTH_KEEP]++;
    if (gone[0] == gone[1])
        return EM_OK;
    unsigned reasons = reasons_of(gone[0] ? a : b);
    for (int r = 0; r < EM_CLEAN_REASONS; r++)
        c->moved_for[r][gone[0]] += reasons >> r & 1;
    return add_example(c, id[0], file, reasons, gone[0]);
}

static enum em_status compare_files(struct em_comparison *c, const char *a, const char *b,
                                    const char *name, struct em_err *err)
{
    const struct em_source_options options = {.keep_all = false};
    struct em_source *sources[2] = {NULL, NULL};
    struct em_record records[2];
    bool same = true;
    enum em_status status = em_source_open(&sources[0], a, &options, err), ends[2];
    if (status == EM_OK)
        status = em_source_open(&sources[1], b, &options, err);
    while (status == EM_OK && same) {
        for (int i = 0; i < 2; i++)
            if ((ends[i] = em_source_next(sources[i], &records[i], err)) < 0)
                status = ends[i];
        if (status < 0 || (ends[0] == EM_END && ends[1] == EM_END))
            break;
        if (ends[0] != ends[1])
            same = false;
        else
            status = compare_lines(c, records[0].block, records[1].block, name, &same);
    }
    em_source_free(sources[0]);
    em_source_free(sources[1]);
    c->files++;
    c->unlike += !same;
    return status;
}

/* Both lists are sorted by name, as em_inputs_add() gives them. */
static enum em_status compare_documents(struct em_comparison *c, struct em_err *err)
{
    struct em_inputs inputs[2] = {{.paths = NULL}, {.paths = NULL}};
    size_t roots[2], i = 0, j = 0;
    enum em_status status = EM_OK;
    for (int k = 0; k < 2 && status == EM_OK; k++)
        status = list_files(c->sides[k].dir, "attributes/echometer", &inputs[k],
                            &roots[k], err);
    while (status == EM_OK && (i < inputs[0].n || j < inputs[1].n)) {
        const char *a = i < inputs[0].n ? inputs[0].paths[i] + roots[0] : NULL;
        const char *b = j < inputs[1].n ? inputs[1].paths[j] + roots[1] : NULL;
        int order = !a ? 1 : !b ? -1 : strcmp(a, b);
        if (order == 0)
            status = compare_files(c, inputs[0].paths[i], inputs[1].paths[j], a, err);
        else
            c->unlike++;
        i += order <= 0;
        j += order >= 0;
    }
    em_inputs_release(&inputs[0]);
    em_inputs_release(&inputs[1]);
    return status;
}

enum em_status em_clean_compare(struct em_comparison **out, const char *a, const char *b,
                                struct em_err *err)
{
    struct em_comparison *c = em_calloc(1, sizeof(*c));
    enum em_status status =
        c ? EM_OK : em_fail(err, EM_ERR_NOMEM, "clean", "out of memory");
    *out = NULL;
    if (status == EM_OK)
        status = take_side(&c->sides[0], a, err);
    if (status == EM_OK)
        status = take_side(&c->sides[1], b, err);
    if (status == EM_OK)
        status = compare_documents(c, err);
    if (status == EM_OK)
        *out = c;
    else
        em_clean_comparison_free(c);
    return status;
}

void em_clean_comparison_free(struct em_comparison *c)
{
    for (int i = 0; c && i < 2; i++) {
        em_card_release(&c->sides[i].card);
        em_buf_release(&c->sides[i].policy);
    }
    for (size_t i = 0; c && i < c->n_examples; i++) {
        em_free(c->examples[i].id);
        em_free(c->examples[i].file);
    }
    em_free(c);
}
