/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts come from DIR/state (what the cards were made of), documents from DIR/attributes,
 * whose lines stand in the order of the input: line n of both is the same document. Memory
 * does not grow with either.
 */
#include "cli/clean_compare.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_read.h"
#include "cli/clean_run.h"
#include "cli/inputs.h"
#include "crawler/archive/archive.h"
#include "report/card.h"

#include <math.h>
#include <stdlib.h>
#include <sys/stat.h>

enum {
    MAX_STATE = 1 << 23,
    MAX_OUT = 1 << 26,
    MAX_PATH_BYTES = 8192,
    EXAMPLES = 20,
    TOLD = 400
};

enum { BOTH_KEEP, FIRST_KEEPS, SECOND_KEEPS, NONE_KEEPS, FATES };

struct side {
    const char *dir;
    struct em_card card;
    struct em_buf policy;
    char threshold[EM_CLEAN_TOLD];
    double numbers[2]; /* log-odds of the threshold; machine text estimated after */
};

struct example {
    char *id, *file;
    unsigned reasons;
    bool second; /* the second keeps it */
};

struct comparison {
    struct side sides[2];
    uint64_t fates[FATES];
    uint64_t moved_for[EM_CLEAN_REASONS][2]; /* reasons of those one side alone removes */
    struct example examples[2 * EXAMPLES];
    size_t n_examples, shown[2];
    uint64_t files, unlike; /* unlike: files that are not in both, or other documents */
};

/* --- what was counted ------------------------------------------------------------------ */

static enum em_status take_state(struct side *s, const char *path, struct em_err *err)
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
static enum em_status take_card(struct side *s, struct em_err *err)
{
    char path[MAX_PATH_BYTES];
    struct em_buf text;
    struct em_json_reader *json;
    struct em_view told;
    struct em_view raw;
    em_buf_init(&text, MAX_STATE);
    s->numbers[0] = s->numbers[1] = (double)NAN;
    snprintf(path, sizeof(path), "%.4000s/card.json", s->dir);
    enum em_status status = em_read_file(path, &text, err);
    if (status == EM_OK && (status = em_json_reader_new(&json)) == EM_OK) {
        status = em_json_reader_parse(json, em_buf_view(&text), err);
        if (status == EM_OK && em_json_get_string(json, "threshold", &told))
            snprintf(s->threshold, sizeof(s->threshold), "%.*s", EM_VIEW_ARGS(told));
        if (status == EM_OK)
            em_json_get_double(json, "threshold_log_odds", &s->numbers[0]);
        em_json_reader_free(json);
    }
    if (status == EM_OK &&
        em_clean_json_find(em_buf_view(&text), EM_VIEW("prevalence_after"), &raw) &&
        raw.data[0] == '[' && raw.data[1] != 'n')
        s->numbers[1] = strtod(raw.data + 1, NULL);
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

static enum em_status take_side(struct side *s, const char *dir, struct em_err *err)
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

static enum em_status add_example(struct comparison *c, struct em_view id,
                                  const char *file, unsigned reasons, bool second)
{
    if (c->shown[second] == EXAMPLES)
        return EM_OK;
    if (id.len > 400) /* a value cut short would be no JSON */
        id = EM_VIEW("null");
    struct example *e = &c->examples[c->n_examples];
    *e = (struct example){em_strndup(id.data, id.len), em_strdup(file), reasons, second};
    c->n_examples++;
    c->shown[second]++;
    return e->id && e->file ? EM_OK : EM_ERR_NOMEM;
}

static enum em_status compare_lines(struct comparison *c, struct em_view a,
                                    struct em_view b, const char *file, bool *same)
{
    struct em_view id[2];
    if (!em_clean_json_find(a, EM_VIEW("id"), &id[0]) ||
        !em_clean_json_find(b, EM_VIEW("id"), &id[1]) || !em_view_eq(id[0], id[1])) {
        *same = false;
        return EM_OK;
    }
    bool gone[2] = {has_key(a, "removed"), has_key(b, "removed")};
    c->fates[gone[0] && gone[1] ? NONE_KEEPS
             : gone[0]          ? SECOND_KEEPS
             : gone[1]          ? FIRST_KEEPS
                                : BOTH_KEEP]++;
    if (gone[0] == gone[1])
        return EM_OK;
    unsigned reasons = reasons_of(gone[0] ? a : b);
    for (int r = 0; r < EM_CLEAN_REASONS; r++)
        c->moved_for[r][gone[0]] += reasons >> r & 1;
    return add_example(c, id[0], file, reasons, gone[0]);
}

static enum em_status compare_files(struct comparison *c, const char *a, const char *b,
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
static enum em_status compare_documents(struct comparison *c, struct em_err *err)
{
    struct em_inputs inputs[2] = {{.paths = NULL}, {.paths = NULL}};
    size_t roots[2], i = 0, j = 0;
    enum em_status status = EM_OK;
    for (int k = 0; k < 2 && status == EM_OK; k++)
        status = list_files(c->sides[k].dir, "attributes", &inputs[k], &roots[k], err);
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

/* --- telling --------------------------------------------------------------------------- */

typedef unsigned long long ull;

static void print_row(const char *name, uint64_t a, uint64_t b)
{
    printf("%-28s %14llu %14llu %+14lld\n", name, (ull)a, (ull)b,
           (long long)b - (long long)a);
}

static void print_moves(const struct comparison *c)
{
    printf("\nThe same document by document: %llu kept by both, %llu removed by both,\n"
           "%llu only the first keeps, %llu only the second keeps.\n",
           (ull)c->fates[BOTH_KEEP], (ull)c->fates[NONE_KEEPS],
           (ull)c->fates[FIRST_KEEPS], (ull)c->fates[SECOND_KEEPS]);
    for (int r = 0; r < EM_CLEAN_REASONS; r++)
        if (c->moved_for[r][0] || c->moved_for[r][1])
            printf("  for %s: %llu only the first keeps, %llu only the second\n",
                   em_clean_reason_name((enum em_clean_reason)r), (ull)c->moved_for[r][0],
                   (ull)c->moved_for[r][1]);
    for (size_t i = 0; i < c->n_examples; i++)
        printf("  only the %s keeps %s in %s\n",
               c->examples[i].second ? "second" : "first", c->examples[i].id,
               c->examples[i].file);
    if (c->unlike)
        printf("%llu files are not in both, or do not hold the same documents: not "
               "compared.\n",
               (ull)c->unlike);
}

static void print_text(const struct comparison *c)
{
    const struct em_card *a = &c->sides[0].card, *b = &c->sides[1].card;
    char name[64];
    for (int i = 0; i < 2; i++)
        printf("%s: %s\n  policy %s\n  threshold %s\n", i ? "second" : "first",
               c->sides[i].dir, c->sides[i].policy.data, c->sides[i].threshold);
    printf("\n%-28s %14s %14s %14s\n", "", "first", "second", "difference");
    print_row("records", a->records, b->records);
    print_row("kept", a->kept, b->kept);
    print_row("of these cut", a->cut, b->cut);
    print_row("removed", a->removed, b->removed);
    print_row("bad", a->bad, b->bad);
    print_row("words kept", a->kept_words, b->kept_words);
    print_row("words removed", a->removed_words, b->removed_words);
    print_row("flagged and kept", a->kept_flagged, b->kept_flagged);
    for (int r = 0; r < EM_CLEAN_REASONS; r++) {
        snprintf(name, sizeof(name), "removed for %s",
                 em_clean_reason_name((enum em_clean_reason)r));
        if (a->reason[r] || b->reason[r])
            print_row(name, a->reason[r], b->reason[r]);
    }
    if (!isnan(c->sides[0].numbers[1]) && !isnan(c->sides[1].numbers[1]))
        printf("%-28s %13.2f%% %13.2f%%\n", "machine text left, estimated",
               100 * c->sides[0].numbers[1], 100 * c->sides[1].numbers[1]);
    print_moves(c);
}

static void json_number(struct em_json *json, const char *key, uint64_t value)
{
    em_json_key(json, key);
    em_json_u64(json, value);
}

static void json_side(struct em_json *json, const char *key, const struct side *s)
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
    em_json_fixed(json, s->numbers[0], 4);
    em_json_key(json, "prevalence_after");
    em_json_fixed(json, s->numbers[1], 5);
    json_number(json, "records", s->card.records);
    json_number(json, "kept", s->card.kept);
    json_number(json, "cut", s->card.cut);
    json_number(json, "removed", s->card.removed);
    json_number(json, "bad", s->card.bad);
    json_number(json, "kept_words", s->card.kept_words);
    json_number(json, "removed_words", s->card.removed_words);
    em_json_key(json, "reasons");
    em_json_object(json);
    for (int r = 0; r < EM_CLEAN_REASONS; r++)
        json_number(json, em_clean_reason_name((enum em_clean_reason)r),
                    s->card.reason[r]);
    em_json_end(json);
    em_json_end(json);
}

static enum em_status print_json(const struct comparison *c)
{
    struct em_buf out;
    struct em_json json;
    em_buf_init(&out, MAX_OUT);
    em_json_init(&json, &out);
    em_json_object(&json);
    json_side(&json, "first", &c->sides[0]);
    json_side(&json, "second", &c->sides[1]);
    json_number(&json, "both_keep", c->fates[BOTH_KEEP]);
    json_number(&json, "both_remove", c->fates[NONE_KEEPS]);
    json_number(&json, "first_keeps", c->fates[FIRST_KEEPS]);
    json_number(&json, "second_keeps", c->fates[SECOND_KEEPS]);
    json_number(&json, "files_not_compared", c->unlike);
    em_json_key(&json, "moved");
    em_json_array(&json);
    for (size_t i = 0; i < c->n_examples; i++) {
        const struct example *e = &c->examples[i];
        em_json_object(&json);
        em_json_key(&json, "id");
        em_json_raw(&json, em_view_of(e->id));
        em_json_key(&json, "file");
        em_json_string(&json, em_view_of(e->file));
        em_json_key(&json, "kept_by");
        em_json_string(&json, em_view_of(e->second ? "second" : "first"));
        em_json_key(&json, "removed_for");
        em_json_array(&json);
        for (int r = 0; r < EM_CLEAN_REASONS; r++)
            if (e->reasons & 1u << r)
                em_json_string(&json,
                               em_view_of(em_clean_reason_name((enum em_clean_reason)r)));
        em_json_end(&json);
        em_json_end(&json);
    }
    em_json_end(&json);
    em_json_end(&json);
    enum em_status status = em_json_finish(&json);
    if (status == EM_OK && fwrite(out.data, 1, out.len, stdout) != out.len)
        status = EM_ERR_IO;
    em_buf_release(&out);
    return status;
}

int em_clean_compare(const char *a, const char *b, bool json)
{
    struct em_err err = {.status = EM_OK};
    struct comparison *c = em_calloc(1, sizeof(*c));
    enum em_status status = c ? EM_OK : EM_ERR_NOMEM;
    if (status == EM_OK)
        status = take_side(&c->sides[0], a, &err);
    if (status == EM_OK)
        status = take_side(&c->sides[1], b, &err);
    if (status == EM_OK)
        status = compare_documents(c, &err);
    if (status == EM_OK && json)
        status = print_json(c);
    else if (status == EM_OK)
        print_text(c);
    if (status < 0) {
        if (err.status == EM_OK)
            em_fail(&err, status, "clean", "%s", em_status_text(status));
        em_error_report("clean", &err);
    }
    for (int i = 0; c && i < 2; i++) {
        em_card_release(&c->sides[i].card);
        em_buf_release(&c->sides[i].policy);
    }
    for (size_t i = 0; c && i < c->n_examples; i++) {
        em_free(c->examples[i].id);
        em_free(c->examples[i].file);
    }
    em_free(c);
    return status < 0 ? EM_EXIT_FAILED : EM_EXIT_OK;
}
