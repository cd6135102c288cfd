/* SPDX-License-Identifier: Apache-2.0
 *
 * Passages of benchmarks, gathered by item.
 */
#include "base/alloc.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/json_read.h"
#include "pipeline/clean/clean_passages.h"
#include "crawler/archive/inputs.h"
#include "crawler/archive/archive.h"
#include "pipeline/clean/clean_stream.h"
#include "base/card.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { MAX_BENCHMARKS = 256, SLOTS = 1 << 16, MAX_OUT = 1 << 26, MAX_NAME = 4096 };

struct example {
    char *line; /* as in passages/ */
    double contained;
};

struct item {
    char *name;
    size_t benchmark;
    uint64_t documents, passages, last; /* last: the document seen last, hashed */
    double contained;
    struct example examples[EM_CLEAN_EXAMPLES];
    size_t n_examples;
};

struct gathering {
    struct em_card_benchmark benchmarks[MAX_BENCHMARKS];
    uint64_t last[MAX_BENCHMARKS];
    size_t n_benchmarks;
    struct item *items;
    size_t n, cap;
    uint32_t slots[SLOTS];
    struct em_json_reader *json;
};

static void clean_contamination_release(struct gathering *g)
{
    for (size_t i = 0; i < g->n; i++) {
        em_free(g->items[i].name);
        for (size_t j = 0; j < g->items[i].n_examples; j++)
            em_free(g->items[i].examples[j].line);
    }
    em_free(g->items);
    em_json_reader_free(g->json);
    em_free(g);
}

static size_t benchmark_of(struct gathering *g, struct em_view name)
{
    name = em_view_sub(name, 0, EM_CARD_NAME - 1);
    for (size_t i = 0; i < g->n_benchmarks; i++)
        if (em_view_eq(em_view_of(g->benchmarks[i].name), name))
            return i;
    if (g->n_benchmarks == MAX_BENCHMARKS)
        return MAX_BENCHMARKS - 1;
    memcpy(g->benchmarks[g->n_benchmarks].name, name.data, name.len);
    return g->n_benchmarks++;
}

/* The item, a new one where there is room; *out NULL where there is none. */
static enum em_status item_of(struct gathering *g, size_t benchmark, struct em_view name,
                              struct item **out)
{
    size_t at = (size_t)em_hash64(name.data, name.len, benchmark) & (SLOTS - 1);
    for (; g->slots[at]; at = (at + 1) & (SLOTS - 1)) {
        *out = &g->items[g->slots[at] - 1];
        if ((*out)->benchmark == benchmark && em_view_eq(em_view_of((*out)->name), name))
            return EM_OK;
    }
    *out = NULL;
    if (g->n == EM_CLEAN_ITEMS)
        return EM_OK;
    g->benchmarks[benchmark].items++;
    if (g->n == g->cap) {
        size_t cap = g->cap ? 2 * g->cap : 64;
        void *grown = em_realloc_array(g->items, cap, sizeof(g->items[0]));
        if (!grown)
            return EM_ERR_NOMEM;
        g->items = grown;
        g->cap = cap;
    }
    char *copy = em_strndup(name.data, name.len);
    if (!copy)
        return EM_ERR_NOMEM;
    *out = &g->items[g->n];
    **out = (struct item){.name = copy, .benchmark = benchmark};
    g->slots[at] = (uint32_t)++g->n;
    return EM_OK;
}

/* The fullest ones stay, falling; of equals the first. */
static enum em_status add_example(struct item *item, struct em_view line,
                                  double contained)
{
    size_t at = item->n_examples;
    while (at > 0 && item->examples[at - 1].contained < contained)
        at--;
    if (at == EM_CLEAN_EXAMPLES)
        return EM_OK;
    char *copy = em_strndup(line.data, line.len);
    if (!copy)
        return EM_ERR_NOMEM;
    if (item->n_examples == EM_CLEAN_EXAMPLES)
        em_free(item->examples[--item->n_examples].line);
    memmove(item->examples + at + 1, item->examples + at,
            (item->n_examples - at) * sizeof(item->examples[0]));
    item->examples[at] = (struct example){copy, contained};
    item->n_examples++;
    return EM_OK;
}

static enum em_status contamination_take_line(void *context, struct em_view line)
{
    struct gathering *g = context;
    struct em_view reason, what, name, file, done;
    int64_t offset = 0;
    double contained = 0;
    struct item *item;
    if (em_view_find(line, 0, EM_VIEW("\"reason\":\"benchmark\"")) == line.len)
        return EM_OK;
    enum em_status status = em_json_reader_parse(g->json, line, NULL);
    if (status == EM_ERR_NOMEM)
        return status;
    if (status < 0 || !em_json_get_string(g->json, "reason", &reason) ||
        !em_view_eq(reason, EM_VIEW("benchmark")) ||
        !em_json_get_string(g->json, "what", &what) ||
        !em_json_get_string(g->json, "item", &name) ||
        !em_json_get_string(g->json, "file", &file) ||
        !em_json_get_string(g->json, "done", &done) ||
        !em_json_get_i64(g->json, "offset", &offset) ||
        !em_json_get_double(g->json, "value", &contained))
        return EM_OK;
    size_t b = benchmark_of(g, what);
    uint64_t document = em_hash64(file.data, file.len, (uint64_t)offset) | 1;
    if (g->last[b] != document) {
        g->benchmarks[b].documents++;
        g->benchmarks[b].removed += em_view_eq(done, EM_VIEW("removed"));
        g->last[b] = document;
    }
    g->benchmarks[b].passages++;
    EM_TRY(item_of(g, b, name, &item));
    if (!item)
        return EM_OK;
    item->passages++;
    item->documents += item->last != document;
    item->last = document;
    item->contained = contained > item->contained ? contained : item->contained;
    return add_example(item, line, contained);
}

/* --- writing --------------------------------------------------------------------------- */

static int clean_contamination_by_name(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    if (x->benchmark != y->benchmark)
        return x->benchmark < y->benchmark ? -1 : 1;
    return strcmp(x->name, y->name);
}

static enum em_status write_item(struct em_buf *out, const struct gathering *g,
                                 const struct item *item)
{
    struct em_json json;
    em_json_init(&json, out);
    em_json_object(&json);
    em_json_key(&json, "benchmark");
    em_json_string(&json, em_view_of(g->benchmarks[item->benchmark].name));
    em_json_key(&json, "item");
    em_json_string(&json, em_view_of(item->name));
    em_json_key(&json, "documents");
    em_json_u64(&json, item->documents);
    em_json_key(&json, "passages");
    em_json_u64(&json, item->passages);
    em_json_key(&json, "contained");
    em_json_fixed(&json, item->contained, 3);
    em_json_key(&json, "examples");
    em_json_array(&json);
    for (size_t i = 0; i < item->n_examples; i++)
        em_json_raw(&json, em_view_of(item->examples[i].line));
    em_json_end(&json);
    em_json_end(&json);
    return em_json_finish(&json);
}

static enum em_status write_items(struct gathering *g, const char *dir,
                                  struct em_err *err)
{
    struct em_clean_stream *stream = NULL;
    struct em_buf out;
    em_buf_init(&out, MAX_OUT);
    if (g->n > 1)
        qsort(g->items, g->n, sizeof(g->items[0]), clean_contamination_by_name);
    enum em_status status = em_buf_printf(&out, "%.4000s/contamination.jsonl", dir);
    if (status == EM_OK)
        status = em_clean_stream_open(&stream, out.data, EM_CLEAN_PLAIN, err);
    for (size_t i = 0; i < g->n && status == EM_OK; i++) {
        em_buf_clear(&out);
        status = write_item(&out, g, &g->items[i]);
        if (status == EM_OK)
            status = em_clean_stream_write(stream, em_buf_view(&out), err);
    }
    if (status == EM_OK)
        status = em_clean_stream_end(stream, err);
    if (status == EM_OK)
        status = em_clean_stream_keep(stream, err);
    em_clean_stream_free(stream);
    em_buf_release(&out);
    return status;
}

enum em_status em_clean_contamination(const char *dir,
                                      struct em_card_benchmark **benchmarks, size_t *n,
                                      struct em_err *err)
{
    struct gathering *g = em_calloc(1, sizeof(*g));
    struct em_inputs inputs = {.paths = NULL};
    char folder[MAX_NAME];
    struct stat st;
    *benchmarks = NULL;
    *n = 0;
    snprintf(folder, sizeof(folder), "%.4000s/passages", dir);
    enum em_status status = g ? em_json_reader_new(&g->json) : EM_ERR_NOMEM;
    if (status == EM_OK && stat(folder, &st) == 0)
        status = em_inputs_add(&inputs, folder, err);
    for (size_t i = 0; i < inputs.n && status == EM_OK; i++)
        status = em_source_each_json(inputs.paths[i], contamination_take_line, g, err);
    if (status == EM_OK)
        status = write_items(g, dir, err);
    if (status == EM_OK && g->n_benchmarks) {
        *benchmarks = em_calloc(g->n_benchmarks, sizeof(**benchmarks));
        status = *benchmarks ? EM_OK : EM_ERR_NOMEM;
        for (size_t i = 0; i < g->n_benchmarks && *benchmarks; i++)
            (*benchmarks)[i] = g->benchmarks[i];
        *n = *benchmarks ? g->n_benchmarks : 0;
    }
    if (status == EM_ERR_NOMEM)
        em_fail(err, status, "clean", "out of memory");
    em_inputs_release(&inputs);
    if (g)
        clean_contamination_release(g);
    return status;
}
