/* SPDX-License-Identifier: Apache-2.0 */
#include "index/model.h"

#include "base/alloc.h"
#include "index/pack.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { MODELS = 64 };

static enum em_status model_rows_of(struct em_store *store, uint32_t hash,
                                    struct em_cursor **cursor, struct em_err *err)
{
    const char prefix[4] = {(char)(hash >> 24), (char)(hash >> 16), (char)(hash >> 8),
                            (char)hash};
    return em_cursor_open(cursor, store, EM_TABLE_MODELS,
                          em_view_make(prefix, sizeof(prefix)), err);
}

enum em_status em_index_model_known(struct em_store *store, uint32_t hash, bool *known,
                                    struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    EM_TRY(model_rows_of(store, hash, &cursor, err));
    enum em_status status = em_cursor_next(cursor, &key, &value, err);
    em_cursor_free(cursor);
    *known = status == EM_OK;
    return status < 0 ? status : EM_OK;
}

/* --- the rule ---------------------------------------------------------------------------- */

struct model_count {
    char name[EM_INDEX_MODEL_NAME];
    uint64_t documents;
};

struct model_counts {
    struct model_count models[MODELS];
    size_t n;
};

static enum em_status model_count(void *context, const struct em_ledger *entry)
{
    struct model_counts *c = context;
    size_t i = 0;
    if (entry->model == 0 || entry->model_name.len >= EM_INDEX_MODEL_NAME)
        return EM_OK;
    while (i < c->n && !em_view_eq(em_view_of(c->models[i].name), entry->model_name))
        i++;
    if (i == MODELS)
        return EM_OK;
    if (i == c->n) {
        c->n++;
        snprintf(c->models[i].name, EM_INDEX_MODEL_NAME, "%.*s",
                 EM_VIEW_ARGS(entry->model_name));
    }
    c->models[i].documents += entry->documents - entry->forgotten;
    return EM_OK;
}

static bool model_part(struct em_view part, struct em_view named)
{
    return em_view_eq(part, named) ||
           (part.len > named.len && part.data[named.len] == '@' &&
            em_view_eq(em_view_sub(part, 0, named.len), named));
}

/* The whole name, one of its parts, or a part's name without the hash. */
static bool model_named(const char *name, const char *named)
{
    struct em_view wanted = em_view_of(named);
    if (strcmp(name, named) == 0)
        return true;
    for (const char *p = name; *p;) {
        size_t n = strcspn(p, "+");
        if (model_part(em_view_make(p, n), wanted))
            return true;
        p += n + (p[n] == '+');
    }
    return false;
}

static enum em_status model_refuse(const struct model_counts *c, const char *named,
                                   bool several, struct em_err *err)
{
    char list[300] = "";
    size_t n = 0;
    for (size_t i = 0; i < c->n && n < sizeof(list); i++)
        n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%.100s", i ? ", " : "",
                              c->models[i].name);
    if (several)
        return em_fail(err, EM_ERR_USAGE, "index",
                       "several models of this index are named '%.60s': %.240s", named,
                       list);
    return em_fail(err, EM_ERR_NOTFOUND, "index",
                   "no model of this index is named '%.60s': it has %.240s", named,
                   c->n ? list : "none");
}

static bool model_before(const struct model_count *a, const struct model_count *b)
{
    return a->documents != b->documents ? a->documents > b->documents
                                        : strcmp(a->name, b->name) < 0;
}

static enum em_status model_pick(const struct model_counts *c, const char *named,
                                 const struct model_count **out, struct em_err *err)
{
    bool exact = false;
    *out = NULL;
    for (size_t i = 0; i < c->n; i++) {
        const struct model_count *m = &c->models[i];
        if (named && !model_named(m->name, named))
            continue;
        if (named && *out && !exact && strcmp(m->name, named) != 0)
            return model_refuse(c, named, true, err);
        bool better =
            !*out || (named ? strcmp(m->name, named) == 0 : model_before(m, *out));
        if (better)
            *out = m;
        exact |= named && strcmp(m->name, named) == 0;
    }
    return named && !*out ? model_refuse(c, named, false, err) : EM_OK;
}

static enum em_status model_load_blocks(struct em_store *store,
                                        struct em_index_model *out, struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    EM_TRY(model_rows_of(store, out->hash, &cursor, err));
    enum em_status status;
    while ((status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
        struct em_index_member member;
        uint32_t hash;
        status = em_index_model_read(key, value, &hash, &member);
        if (status < 0 || out->n_blocks == EM_INDEX_MEMBERS)
            break;
        if (member.block.len == 0)
            continue;
        snprintf(out->members[out->n_blocks], sizeof(out->members[0]), "%.*s",
                 EM_VIEW_ARGS(member.name));
        status = em_calibration_unpack(&out->blocks[out->n_blocks++], member.block);
        if (status < 0)
            break;
    }
    em_cursor_free(cursor);
    size_t n = 0;
    for (uint32_t i = 0; i < out->n_blocks && n < sizeof(out->label); i++)
        n += (size_t)snprintf(out->label + n, sizeof(out->label) - n, "%s%s",
                              n ? "+" : "", out->members[i]);
    if (n == 0)
        memcpy(out->label, out->name, sizeof(out->label));
    if (status < 0)
        return em_fail(err, status, "index", "model %.100s: its calibration block: %s",
                       out->name, em_status_text(status));
    return EM_OK;
}

enum em_status em_index_model_choose(struct em_store *store, const char *named,
                                     struct em_index_model *out, struct em_err *err)
{
    const struct model_count *chosen = NULL;
    *out = (struct em_index_model){.hash = 0};
    struct model_counts *c = em_calloc(1, sizeof(*c));
    if (!c)
        return EM_ERR_NOMEM;
    enum em_status status = em_store_ledger_each(store, model_count, c, err);
    if (status == EM_OK)
        status = model_pick(c, named, &chosen, err);
    if (status == EM_OK && chosen) {
        memcpy(out->name, chosen->name, sizeof(out->name));
        out->hash = em_model_hash(em_view_of(out->name));
        out->documents = chosen->documents;
        out->others = (uint32_t)c->n - 1;
        status = model_load_blocks(store, out, err);
    }
    em_free(c);
    if (status < 0)
        em_index_model_release(out);
    return status;
}

void em_index_model_release(struct em_index_model *model)
{
    for (uint32_t i = 0; i < model->n_blocks; i++)
        em_calibration_release(&model->blocks[i]);
    model->n_blocks = 0;
}

const struct em_calibration *em_index_model_block(const struct em_index_model *model,
                                                  struct em_view lang,
                                                  const char **member)
{
    for (uint32_t i = 0; i < model->n_blocks; i++) {
        struct em_view own = em_view_of(model->blocks[i].lang);
        size_t n = own.len;
        if (lang.len < n || !em_view_ieq(em_view_sub(lang, 0, n), own) ||
            (lang.len > n && lang.data[n] != '-' && lang.data[n] != '_'))
            continue;
        if (member)
            *member = model->members[i];
        return &model->blocks[i];
    }
    return NULL;
}
