/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading the table, in as many passes as its shared rows take.
 */
#include "index/answers/echo.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "index/cell.h"
#include "index/answers/echo_private.h"

#include <math.h>

enum { MAX_MONTHS = 12 * 200 };

struct em_echo_options em_echo_defaults(void)
{
    return (struct em_echo_options){.min_domains = 2,
                                    .min_prints = 2,
                                    .contained = 0.3,
                                    .limit = 100,
                                    .sort = EM_ECHO_FIRST,
                                    .kinds = {[EM_ECHO_ECHO] = true},
                                    .memory = EM_ECHO_MEMORY};
}

static const char *const kind_names[EM_ECHO_KINDS] = {"echo", "boilerplate", "quotation",
                                                      "syndication"};

const char *em_echo_kind_name(enum em_echo_kind kind)
{
    return kind_names[kind];
}

bool em_echo_kind_parse(struct em_view name, enum em_echo_kind *kind)
{
    for (int i = 0; i < EM_ECHO_KINDS; i++)
        if (em_view_eq(name, em_view_of(kind_names[i]))) {
            *kind = (enum em_echo_kind)i;
            return true;
        }
    return false;
}

void em_echo_share(uint64_t count, uint64_t n, double *low, double *high)
{
    const double z = 1.959964;
    *low = 0;
    *high = 1;
    if (n == 0)
        return;
    double m = (double)n, p = (double)count / m, zz = z * z / m;
    double middle = (p + zz / 2) / (1 + zz);
    double half = z / (1 + zz) * sqrt(p * (1 - p) / m + zz / (4 * m));
    *low = middle - half > 0 ? middle - half : 0;
    *high = middle + half < 1 ? middle + half : 1;
}

/* --- reading the table ---------------------------------------------------------------------------- */

static enum em_status hold(struct em_echo_work *w, const struct em_passage *passage,
                           uint32_t first, struct em_view value)
{
    if (w->n_prints == w->cap_prints) {
        size_t cap = w->cap_prints ? 2 * w->cap_prints : 4096;
        void *more = em_realloc_array(w->prints, cap, sizeof(w->prints[0]));
        if (!more)
            return EM_ERR_NOMEM;
        w->prints = more;
        w->cap_prints = cap;
    }
    w->prints[w->n_prints++] = (struct em_echo_print){
        passage->posts[first].reference, passage->hash, w->values.len,
        (uint32_t)value.len, passage->posts[first].word};
    return em_buf_append_view(&w->values, value);
}

struct pass {
    uint64_t part, parts;
    size_t bytes; /* that all shared rows take */
};

/* The first post that still has a document. */
static bool first_of(const struct em_passage *passage, uint32_t *first)
{
    for (*first = 0; *first < passage->n; ++*first)
        if (passage->posts[*first].reference)
            return true;
    return false;
}

static void count_row(struct em_echoes *out, const struct em_passage *passage,
                      bool shared)
{
    out->rows++;
    out->shared += shared;
    out->templates += passage->n == 1 && passage->documents > 1;
    for (uint32_t i = passage->n; i-- > 0;)
        if (passage->posts[i].date != EM_DATE_UNKNOWN) {
            if (passage->posts[i].date > out->end)
                out->end = passage->posts[i].date;
            break;
        }
}

/* Counts everything the first time; holds the rows of the part while they fit. */
static enum em_status read_row(struct em_echo_work *w, struct pass *p, bool counting,
                               struct em_view key, struct em_view value)
{
    struct em_passage passage;
    uint32_t first;
    EM_TRY(em_passage_read(&passage, key, value));
    bool shared = em_passage_domains(&passage) >= w->options->min_domains &&
                  passage.n > 1 && first_of(&passage, &first);
    if (counting) {
        count_row(w->out, &passage, shared);
        if (shared)
            p->bytes += value.len + sizeof(w->prints[0]);
    }
    if (!shared || passage.posts[first].reference % p->parts != p->part ||
        (counting && p->bytes > w->options->memory))
        return EM_OK;
    return hold(w, &passage, first, value);
}

static enum em_status read_table(struct em_echo_work *w, struct pass *p, bool counting)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    enum em_status status;
    w->n_prints = 0;
    em_buf_clear(&w->values);
    w->out->passes++;
    EM_TRY(em_cursor_open(&cursor, w->store, EM_TABLE_PASSAGES, EM_VIEW_NONE, w->err));
    while ((status = em_cursor_next(cursor, &key, &value, w->err)) == EM_OK) {
        status = read_row(w, p, counting, key, value);
        if (status < 0)
            break;
    }
    em_cursor_free(cursor);
    return status < 0 ? status : EM_OK;
}

static enum em_status find_all(struct em_echo_work *w)
{
    struct pass p = {.part = 0, .parts = 1};
    EM_TRY(read_table(w, &p, true));
    if (p.bytes <= w->options->memory)
        return em_echo_cut(w);
    /* Parts are not quite equal: a quarter is left for that. */
    p.parts = p.bytes / (w->options->memory / 4 * 3 + 1) + 1;
    for (p.part = 0; p.part < p.parts; p.part++) {
        EM_TRY(read_table(w, &p, false));
        EM_TRY(em_echo_cut(w));
    }
    return EM_OK;
}

/* --- what was looked at ------------------------------------------------------------------------------ */

static enum em_status count_domains(struct em_echo_work *w)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    struct em_buf last;
    enum em_status status;
    em_buf_init(&last, EM_MAX_KEY);
    EM_TRY(em_cursor_open(&cursor, w->store, EM_TABLE_HOSTS, EM_VIEW_NONE, w->err));
    while ((status = em_cursor_next(cursor, &key, &value, w->err)) == EM_OK) {
        const char *nul = memchr(key.data, '\0', key.len);
        struct em_view domain =
            em_view_sub(key, 0, nul ? (size_t)(nul - key.data) : key.len);
        if (em_view_eq(domain, em_buf_view(&last)))
            continue;
        w->out->domains++;
        em_buf_clear(&last);
        status = em_buf_append_view(&last, domain);
        if (status < 0)
            break;
    }
    em_cursor_free(cursor);
    em_buf_release(&last);
    return status < 0 ? status : EM_OK;
}

enum em_status em_exposure_read(struct em_exposure *out, uint64_t **documents,
                                struct em_store *store, uint32_t model,
                                struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    struct em_cell cell;
    struct em_cell_key at;
    enum em_status status;
    *documents = em_calloc(MAX_MONTHS, sizeof(**documents));
    if (!*documents)
        return EM_ERR_NOMEM;
    *out = (struct em_exposure){.documents = *documents};
    EM_TRY(em_cursor_open(&cursor, store, EM_TABLE_MONTHS, EM_VIEW_NONE, err));
    while ((status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
        status = em_cell_read(&at, &cell, EM_TABLE_MONTHS, key, value);
        if (status < 0)
            break;
        if (at.month == EM_MONTH_UNKNOWN || (model && at.model != model))
            continue;
        if (out->first == 0)
            out->first = at.month; /* keys rise */
        if (at.month - out->first >= MAX_MONTHS)
            break;
        out->n = at.month - out->first + 1;
        (*documents)[at.month - out->first] += cell.documents;
    }
    em_cursor_free(cursor);
    return status < 0 ? status : EM_OK;
}

static enum em_status echo_find(struct em_echo_work *w)
{
    EM_TRY(count_domains(w));
    EM_TRY(em_exposure_read(&w->exposure, &w->exposure_documents, w->store,
                            w->options->model, w->err));
    if (!w->options->keep_mirrors)
        EM_TRY(em_mirrors_find(&w->mirrors, w->store, w->err));
    w->out->mirrors = w->mirrors.n;
    EM_TRY(find_all(w));
    em_echo_settle(w);
    return em_echo_describe(w);
}

enum em_status em_echo_find(struct em_echoes *out, struct em_store *store,
                            const struct em_echo_options *options, struct em_err *err)
{
    struct em_echo_work w = {.store = store, .options = options, .out = out, .err = err};
    *out = (struct em_echoes){.end = EM_DATE_UNKNOWN};
    if (options->limit > EM_MAX_ECHO_LIMIT || options->min_domains < 2 ||
        options->min_prints < 1 || !(options->contained >= 0 && options->contained <= 1))
        return em_fail(err, EM_ERR_USAGE, "echo", "an option is out of its range");
    em_buf_init(&w.values, 4 * options->memory + EM_MIB);
    enum em_status status = echo_find(&w);
    em_mirrors_release(&w.mirrors);
    em_free(w.prints);
    em_free(w.exposure_documents);
    em_buf_release(&w.values);
    if (status < 0)
        em_echoes_release(out);
    return status;
}
