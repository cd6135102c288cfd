/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/scan/plan.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/json_read.h"
#include "base/limits.h"
#include "base/file.h"

#include <errno.h>
#include <stdlib.h>

struct reading {
    struct em_plan_record *records;
    size_t n, cap;
    struct em_json_reader *json;
    struct em_buf line;
    uint64_t number;
};

int em_plan_by_place(const void *a, const void *b)
{
    const struct em_plan_record *x = a, *y = b;
    int c = strcmp(x->file, y->file);
    return c ? c : (x->offset > y->offset) - (x->offset < y->offset);
}

bool em_plan_joins(const struct em_plan_record *a, uint64_t end,
                   const struct em_plan_record *b, uint64_t gap)
{
    return strcmp(a->file, b->file) == 0 && (b->offset <= end || b->offset - end <= gap);
}

static enum em_status plan_push(struct reading *r, const struct em_plan_record *record)
{
    if (r->n == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 1024;
        void *more = em_realloc_array(r->records, cap, sizeof(r->records[0]));
        if (!more)
            return EM_ERR_NOMEM;
        r->records = more;
        r->cap = cap;
    }
    r->records[r->n++] = *record;
    return EM_OK;
}

static enum em_status read_line(struct reading *r, struct em_err *err)
{
    struct em_view file;
    int64_t offset = 0, length = 0;
    struct em_plan_record record = {.weight = 1};
    enum em_status status = em_json_reader_parse(r->json, em_buf_view(&r->line), err);
    if (status == EM_ERR_NOMEM)
        return status;
    if (status == EM_OK && !em_json_get_string(r->json, "file", &file))
        return EM_OK;
    bool part = status == EM_OK && em_json_get_i64(r->json, "offset", &offset);
    bool fine = status == EM_OK && file.len && !memchr(file.data, '\0', file.len) &&
                em_json_get_double(r->json, "weight", &record.weight) &&
                record.weight >= 1 && record.weight < 1e15;
    if (part)
        fine = fine && em_json_get_i64(r->json, "length", &length) && offset >= 0 &&
               length > 0 && offset < INT64_MAX - length;
    if (!fine)
        return em_fail(err, EM_ERR_FORMAT, "plan", "line %llu of the plan is none",
                       (unsigned long long)r->number);
    record.offset = (uint64_t)offset;
    record.length = (uint64_t)length;
    record.file = em_strndup(file.data, file.len);
    if (!record.file)
        return EM_ERR_NOMEM;
    status = plan_push(r, &record);
    if (status < 0)
        em_free((char *)(uintptr_t)record.file);
    return status;
}

static enum em_status read_lines(struct reading *r, FILE *in, struct em_err *err)
{
    enum em_status status;
    while ((status = em_line_read(in, &r->line)) == EM_OK) {
        r->number++;
        if (em_view_trim(em_buf_view(&r->line)).len)
            EM_TRY(read_line(r, err));
    }
    return status == EM_END ? EM_OK : status;
}

/* An input for the records [i, *next), which lie near each other. */
static enum em_status add_input(struct reading *r, size_t i, size_t *next, uint64_t gap,
                                struct em_inputs *inputs, struct em_range **ranges,
                                struct em_plan_picks *plan)
{
    const struct em_plan_record *first = &r->records[i];
    uint64_t end = first->offset + first->length;
    size_t n = i + 1;
    EM_TRY(em_inputs_push(inputs, em_view_of(first->file)));
    void *more = em_realloc_array(*ranges, inputs->cap, sizeof(**ranges));
    if (!more)
        return EM_ERR_NOMEM;
    *ranges = more;
    more = em_realloc_array(plan->picks, inputs->cap, sizeof(*plan->picks));
    if (!more)
        return EM_ERR_NOMEM;
    plan->picks = more;
    if (first->length == 0) {
        (*ranges)[inputs->n - 1] = (struct em_range){0, 0};
        plan->picks[inputs->n - 1] = (struct em_picks){.weight = first->weight};
        while (n < r->n && strcmp(r->records[n].file, first->file) == 0)
            n++;
        *next = n;
        return EM_OK;
    }
    for (; n < r->n && em_plan_joins(first, end, &r->records[n], gap); n++) {
        uint64_t ends = r->records[n].offset + r->records[n].length;
        end = ends > end ? ends : end;
    }
    for (size_t k = i; k < n; k++)
        plan->items[k] = (struct em_pick){r->records[k].offset, r->records[k].weight};
    (*ranges)[inputs->n - 1] = (struct em_range){first->offset, end};
    plan->picks[inputs->n - 1] = (struct em_picks){.items = plan->items + i, .n = n - i};
    *next = n;
    return EM_OK;
}

static enum em_status read_plan(struct reading *r, FILE *in, uint64_t gap,
                                struct em_inputs *inputs, struct em_range **ranges,
                                struct em_plan_picks *plan, struct em_err *err)
{
    EM_TRY(em_json_reader_new(&r->json));
    EM_TRY(read_lines(r, in, err));
    if (r->n)
        qsort(r->records, r->n, sizeof(r->records[0]), em_plan_by_place);
    plan->items = em_calloc(r->n ? r->n : 1, sizeof(plan->items[0]));
    if (!plan->items)
        return EM_ERR_NOMEM;
    for (size_t i = 0; i < r->n;)
        EM_TRY(add_input(r, i, &i, gap, inputs, ranges, plan));
    return EM_OK;
}

enum em_status em_plan_read(const char *path, uint64_t gap, struct em_inputs *inputs,
                            struct em_range **ranges, struct em_plan_picks *plan,
                            struct em_err *err)
{
    struct reading r = {.records = NULL};
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (!in)
        return em_fail(err, EM_ERR_IO, "plan", "cannot open '%.150s': %s", path,
                       strerror(errno));
    em_buf_init(&r.line, EM_MAX_URL + 4096);
    enum em_status status = read_plan(&r, in, gap, inputs, ranges, plan, err);
    if (status < 0 && (!err || err->status != status))
        em_fail(err, status, "plan", "'%.150s': %s", path, em_status_text(status));
    for (size_t i = 0; i < r.n; i++)
        em_free((char *)(uintptr_t)r.records[i].file);
    em_free(r.records);
    em_json_reader_free(r.json);
    em_buf_release(&r.line);
    if (in != stdin)
        fclose(in);
    return status;
}

void em_plan_shard(struct em_plan_picks *plan, struct em_inputs *inputs,
                   struct em_range *ranges, uint64_t index, uint64_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < inputs->n; i++) {
        char *path = inputs->paths[i];
        if (em_hash64(path, strlen(path), ranges[i].from) % count == index) {
            ranges[kept] = ranges[i];
            plan->picks[kept] = plan->picks[i];
            inputs->paths[kept++] = path;
        } else {
            em_free(path);
        }
    }
    inputs->n = kept;
}

void em_plan_release(struct em_plan_picks *plan)
{
    em_free(plan->picks);
    em_free(plan->items);
}
