/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* stat */
#include "pipeline/clean/clean_review.h"

#include "base/alloc.h"
#include "base/json_read.h"
#include "crawler/archive/inputs.h"
#include "crawler/archive/archive.h"

#include <stdio.h>
#include <sys/stat.h>

enum { MAX_PATH_BYTES = 4096 };

struct em_clean_review {
    const char *dir, *reason; /* borrowed while reading */
    uint64_t limit;
    struct em_json_reader *json;
    char **lines; /* owned: the first `limit` that are wanted */
    size_t n, cap;
    uint64_t of; /* that there are */
};

static enum em_status review_take_line(void *context, struct em_view line)
{
    struct em_clean_review *r = context;
    char wanted[64];
    if (r->reason) {
        snprintf(wanted, sizeof(wanted), "{\"reason\":\"%.40s\",", r->reason);
        if (!em_view_starts(line, em_view_of(wanted)))
            return EM_OK;
    }
    r->of++;
    if (r->n == r->limit)
        return EM_OK;
    if (r->n == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 64;
        void *grown = em_realloc_array(r->lines, cap, sizeof(r->lines[0]));
        if (!grown)
            return EM_ERR_NOMEM;
        r->lines = grown;
        r->cap = cap;
    }
    r->lines[r->n] = em_strndup(line.data, line.len);
    return r->lines[r->n++] ? EM_OK : EM_ERR_NOMEM;
}

static enum em_status read_passages(struct em_clean_review *r, struct em_err *err)
{
    struct em_inputs inputs = {.paths = NULL};
    char folder[MAX_PATH_BYTES];
    struct stat st;
    snprintf(folder, sizeof(folder), "%.4000s/passages", r->dir);
    if (stat(folder, &st) != 0)
        return em_fail(err, EM_ERR_NOTFOUND, "clean",
                       "'%s' is no result of clean: it has no passages/", r->dir);
    enum em_status status = em_inputs_add(&inputs, folder, err);
    for (size_t i = 0; i < inputs.n && status == EM_OK; i++)
        status = em_source_each_json(inputs.paths[i], review_take_line, r, err);
    em_inputs_release(&inputs);
    return status;
}

enum em_status em_clean_review_get(struct em_clean_review *r, size_t i,
                                   struct em_review *e)
{
    int64_t offset = 0;
    *e = (struct em_review){.value = 0};
    enum em_status status = em_json_reader_parse(r->json, em_view_of(r->lines[i]), NULL);
    if (status < 0)
        return status == EM_ERR_NOMEM ? status : EM_AGAIN;
    struct {
        const char *name;
        struct em_view *to;
    } fields[] = {{"reason", &e->reason},   {"what", &e->what},
                  {"item", &e->item},       {"done", &e->done},
                  {"id", &e->id},           {"url", &e->url},
                  {"file", &e->file},       {"before", &e->before},
                  {"passage", &e->passage}, {"after", &e->after}};
    for (size_t k = 0; k < sizeof(fields) / sizeof(fields[0]); k++)
        if (!em_json_get_string(r->json, fields[k].name, fields[k].to))
            *fields[k].to = EM_VIEW_NONE;
    if (!em_json_get_double(r->json, "value", &e->value))
        e->value = 0;
    em_json_get_i64(r->json, "offset", &offset);
    e->offset = (uint64_t)offset;
    return EM_OK;
}

enum em_status em_clean_review_read(struct em_clean_review **out, const char *dir,
                                    const char *reason, uint64_t limit,
                                    struct em_err *err)
{
    struct em_clean_review *r = em_calloc(1, sizeof(*r));
    *out = NULL;
    if (!r)
        return em_fail(err, EM_ERR_NOMEM, "clean", "out of memory");
    r->dir = dir;
    r->reason = reason;
    r->limit = limit;
    enum em_status status = em_json_reader_new(&r->json);
    if (status == EM_OK)
        status = read_passages(r, err);
    if (status == EM_OK)
        *out = r;
    else
        em_clean_review_free(r);
    return status;
}

void em_clean_review_free(struct em_clean_review *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n; i++)
        em_free(r->lines[i]);
    em_free(r->lines);
    em_json_reader_free(r->json);
    em_free(r);
}

size_t em_clean_review_size(const struct em_clean_review *r, uint64_t *of)
{
    *of = r->of;
    return r->n;
}
