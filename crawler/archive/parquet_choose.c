/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/parquet_int.h"

#include "base/alloc.h"

#include <stdio.h>

enum { MAX_NAMED = 160 };

/* "a, b, c" of the columns, as many as there is room for. */
static void parquet_list_columns(const struct em_parquet_meta *meta, struct em_view under,
                                 char *out, size_t cap)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < meta->n_leaves; i++) {
        struct em_view path = meta->leaves[i].path;
        if (!em_view_starts(path, under))
            continue;
        bool room = len + path.len + 8 < cap;
        int n = snprintf(out + len, cap - len, "%s%.*s", len ? ", " : "",
                         room ? (int)path.len : 3, room ? path.data : "...");
        len += n > 0 && (size_t)n < cap - len ? (size_t)n : 0;
        if (!room)
            return;
    }
}

static enum em_status parquet_no_column(const struct em_parquet *p, const char *named,
                                        struct em_err *err)
{
    char columns[MAX_NAMED], prefix[MAX_NAMED];
    if (!named) {
        parquet_list_columns(&p->meta, EM_VIEW_NONE, columns, sizeof(columns));
        return em_fail(err, EM_ERR_FORMAT, "parquet",
                       "no column is named as texts are; choose one of %s", columns);
    }
    snprintf(prefix, sizeof(prefix), "%s.", named);
    parquet_list_columns(&p->meta, em_view_of(prefix), columns, sizeof(columns));
    if (columns[0])
        return em_fail(err, EM_ERR_FORMAT, "parquet",
                       "'%.60s' is a group of columns; choose one of %s", named, columns);
    parquet_list_columns(&p->meta, EM_VIEW_NONE, columns, sizeof(columns));
    return em_fail(err, EM_ERR_FORMAT, "parquet", "no column '%.60s'; there are %s",
                   named, columns);
}

/* A text may stand in a list: its items are one text then. */
static enum em_status parquet_check_text(const struct em_parquet *p, size_t leaf,
                                         struct em_err *err)
{
    const struct em_parquet_node *node = em_parquet_leaf_node(&p->meta, leaf);
    struct em_view path = p->meta.leaves[leaf].path;
    if (p->options.carry && node->rep)
        return em_fail(err, EM_ERR_UNSUPPORTED, "parquet",
                       "column '%.*s' is a list: a text that is cut could not be put "
                       "back into it",
                       (int)(path.len < 100 ? path.len : 100), path.data);
    if (node->nested)
        return em_fail(err, EM_ERR_UNSUPPORTED, "parquet",
                       "column '%.*s' lies in a map or in a list of lists, which is not "
                       "supported",
                       (int)(path.len < 100 ? path.len : 100), path.data);
    if (p->meta.n_groups == 0)
        return EM_OK;
    const struct em_parquet_chunk *chunk = &p->meta.groups[0].chunks[leaf];
    const char *name = em_parquet_codec_name(chunk->codec);
    if (!chunk->refused &&
        (p->meta.groups[0].error || em_parquet_codec_supported(chunk->codec)))
        return EM_OK;
    return em_fail(err, EM_ERR_UNSUPPORTED, "parquet", "column '%.*s': %s%s",
                   (int)(path.len < 100 ? path.len : 100), path.data,
                   chunk->refused ? chunk->refused
                   : name         ? "not supported: codec "
                                  : "its codec is not known",
                   chunk->refused || !name ? "" : name);
}

/* What is decided of each column; `named` as in parquet_column. */
struct choice {
    unsigned char wanted;
    const char *named;
};

enum { WANTED_AS_IS = 1, WANTED_AS_STRING = 2, WANTED_SILENT = 4 };

/* The first of the usual names that is a column, else the first in any case; or -1. One that
 * is asked for by its own name keeps that. */
static int32_t parquet_find_usual(const struct em_parquet *p, const char *const *names,
                                  struct choice *choices)
{
    const struct em_parquet_meta *meta = &p->meta;
    for (size_t i = 0; names[i]; i++) {
        int32_t leaf = em_parquet_meta_find(meta, em_view_of(names[i]));
        if (leaf >= 0)
            return leaf;
    }
    for (size_t i = 0; names[i]; i++)
        for (size_t leaf = 0; leaf < meta->n_leaves; leaf++)
            if (em_view_ieq(meta->leaves[leaf].path, em_view_of(names[i])) &&
                (p->options.carry || !(choices[leaf].wanted & WANTED_AS_IS))) {
                choices[leaf].named = names[i];
                return (int32_t)leaf;
            }
    return -1;
}

/* One of the fields a page has: the column named for it, else the usual one. Only texts may
 * repeat. */
static enum em_status parquet_want(const struct em_parquet *p, struct choice *choices,
                                   enum em_page_field field, int32_t *leaf,
                                   struct em_err *err)
{
    const char *named = em_page_field_named(&p->fields, field);
    *leaf = named ? em_parquet_meta_find(&p->meta, em_view_of(named))
                  : parquet_find_usual(p, em_page_field_usual(field), choices);
    if (*leaf < 0)
        return named ? parquet_no_column(p, named, err) : EM_OK;
    bool flat = em_parquet_leaf_node(&p->meta, (size_t)*leaf)->rep == 0;
    if (!flat && !named && p->options.all_columns && !p->options.carry) {
        *leaf = -1; /* every column is wanted as it is */
        return EM_OK;
    }
    if (field == EM_PAGE_FIELD_TEXT)
        EM_TRY(parquet_check_text(p, (size_t)*leaf, err));
    if (flat || field == EM_PAGE_FIELD_TEXT)
        /* An id may be a number; all else is a string to whoever reads it. */
        choices[*leaf].wanted |=
            field == EM_PAGE_FIELD_ID ? WANTED_AS_IS : WANTED_AS_STRING;
    else if (named)
        return em_fail(err, EM_ERR_UNSUPPORTED, "parquet",
                       "column '%.60s' is a list, which only a text may be", named);
    return EM_OK;
}

static enum em_status parquet_choose(const struct em_parquet *p, struct choice *choices,
                                     int32_t *text, struct em_err *err)
{
    const struct em_parquet_meta *meta = &p->meta;
    const char *const *more = p->options.columns;
    for (size_t i = 0; p->options.all_columns && i < meta->n_leaves; i++)
        choices[i].wanted = em_parquet_leaf_node(meta, i)->nested ? 0 : WANTED_AS_IS;
    for (size_t i = 0; p->options.carry && i < meta->n_leaves; i++)
        choices[i].wanted |= WANTED_SILENT;
    for (; more && *more; more++) {
        int32_t leaf = em_parquet_meta_find(meta, em_view_of(*more));
        if (leaf >= 0 && em_parquet_leaf_node(meta, (size_t)leaf)->rep == 0)
            choices[leaf].wanted |= WANTED_AS_IS;
    }
    for (int f = 0; f < EM_PAGE_FIELDS; f++) {
        int32_t leaf;
        EM_TRY(parquet_want(p, choices, (enum em_page_field)f, &leaf, err));
        if (f == EM_PAGE_FIELD_TEXT)
            *text = leaf;
    }
    if (*text < 0 && !p->options.text_optional)
        return parquet_no_column(p, NULL, err);
    return EM_OK;
}

/* Definition level of the nearest group or value that repeats. */
static uint16_t leaf_list_def(const struct em_parquet_meta *meta, size_t leaf)
{
    int32_t i = meta->leaves[leaf].node;
    while (i > 0 && meta->nodes[i].repetition != EM_PARQUET_REPEATED)
        i = meta->nodes[i].parent;
    return i > 0 ? meta->nodes[i].def : 0;
}

/* "a, b" of those that were wanted and lie in maps or in lists of lists. */
static void parquet_list_skipped(struct em_parquet *p)
{
    size_t len = 0, cap = sizeof(p->skipped);
    for (size_t i = 0; p->options.all_columns && i < p->meta.n_leaves; i++) {
        struct em_view path = p->meta.leaves[i].path;
        if (!em_parquet_leaf_node(&p->meta, i)->nested)
            continue;
        bool room = len + path.len + 8 < cap;
        int n = snprintf(p->skipped + len, cap - len, "%s%.*s", len ? ", " : "",
                         room ? (int)path.len : 3, room ? path.data : "...");
        len += n > 0 ? (size_t)n : 0;
        if (!room)
            return;
    }
}

static enum em_status parquet_make_columns(struct em_parquet *p,
                                           const struct choice *choices, int32_t text)
{
    size_t n = 0;
    for (size_t i = 0; i < p->meta.n_leaves; i++)
        n += choices[i].wanted != 0;
    p->columns = em_calloc(n ? n : 1, sizeof(p->columns[0]));
    if (!p->columns)
        return EM_ERR_NOMEM;
    p->text = SIZE_MAX;
    for (size_t i = 0; i < p->meta.n_leaves; i++) {
        if (!choices[i].wanted)
            continue;
        struct parquet_column *c = &p->columns[p->n_columns];
        c->leaf = i;
        c->named = choices[i].named;
        c->string = choices[i].wanted & WANTED_AS_STRING;
        c->silent = choices[i].wanted == WANTED_SILENT;
        c->list_def = leaf_list_def(&p->meta, i);
        em_parquet_column_init(&c->column, &p->file, p->inflater,
                               em_parquet_leaf_node(&p->meta, i));
        if (text >= 0 && (size_t)text == i)
            p->text = p->n_columns;
        p->n_columns++;
    }
    if (p->text == SIZE_MAX)
        p->text = p->n_columns;
    return EM_OK;
}

enum em_status em_parquet_choose(struct em_parquet *p, struct em_err *err)
{
    size_t n = p->meta.n_leaves;
    struct choice *choices = em_calloc(n ? n : 1, sizeof(choices[0]));
    int32_t text = -1;
    if (!choices)
        return EM_ERR_NOMEM;
    enum em_status status = parquet_choose(p, choices, &text, err);
    if (status == EM_OK)
        status = parquet_make_columns(p, choices, text);
    if (status == EM_OK)
        parquet_list_skipped(p);
    em_free(choices);
    return status;
}
