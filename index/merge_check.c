/* SPDX-License-Identifier: Apache-2.0 */
#include "index/merge_private.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "index/piece.h"

#include <stdlib.h>
#include <sys/stat.h>

/* One input, or a piece of one, and which index has it: to find those in two. */
struct seen {
    struct em_ledger entry; /* its views are not valid any more */
    size_t part;
    char *name; /* owned */
};

struct seen_list {
    struct seen *seen;
    size_t n, cap, part;
};

static enum em_status remember(void *context, const struct em_ledger *entry)
{
    struct seen_list *list = context;
    if (list->n == list->cap) {
        size_t cap = list->cap ? 2 * list->cap : 256;
        struct seen *more = em_realloc_array(list->seen, cap, sizeof(more[0]));
        if (!more)
            return EM_ERR_NOMEM;
        list->seen = more;
        list->cap = cap;
    }
    struct seen *seen = &list->seen[list->n];
    *seen = (struct seen){.entry = *entry, .part = list->part};
    seen->name = em_strndup(entry->name.data ? entry->name.data : "", entry->name.len);
    if (!seen->name)
        return EM_ERR_NOMEM;
    list->n++;
    return EM_OK;
}

static int merge_check_by_place(const void *a, const void *b)
{
    const struct seen *x = a, *y = b;
    if (x->entry.file != y->entry.file)
        return x->entry.file < y->entry.file ? -1 : 1;
    if (x->entry.from != y->entry.from)
        return x->entry.from < y->entry.from ? -1 : 1;
    if (x->part != y->part)
        return x->part < y->part ? -1 : 1;
    return (x->entry.model > y->entry.model) - (x->entry.model < y->entry.model);
}

static enum em_status check_pair(const struct seen *a, const struct seen *b,
                                 const char *const *dirs, struct em_err *err)
{
    if (a->entry.file != b->entry.file ||
        (a->part == b->part && a->entry.model != b->entry.model))
        return EM_OK;
    const char *problem = em_piece_problem(&a->entry, &b->entry);
    if (!problem)
        return EM_OK;
    if (a->entry.from == b->entry.from && a->entry.to == b->entry.to)
        return em_fail(err, EM_ERR_USAGE, "merge",
                       "'%.60s' was read in both '%.60s' and '%.60s'", a->name,
                       dirs[a->part], dirs[b->part]);
    return em_fail(err, EM_ERR_USAGE, "merge", "'%.50s' ('%.40s', '%.40s') %s", a->name,
                   dirs[a->part], dirs[b->part], problem);
}

/* Equal in size, time, first bytes and last part of the name. */
static int seen_by_content(const void *a, const void *b)
{
    const struct em_ledger *x = &((const struct seen *)a)->entry,
                           *y = &((const struct seen *)b)->entry;
    if (x->head != y->head)
        return x->head < y->head ? -1 : 1;
    if (x->size != y->size)
        return x->size < y->size ? -1 : 1;
    if (x->changed != y->changed)
        return x->changed < y->changed ? -1 : 1;
    return merge_check_by_place(a, b);
}

static const char *seen_base(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

/* Two names that end alike, or lead to one file here. */
static bool names_are_one(const char *a, const char *b)
{
    struct stat x, y;
    return strcmp(seen_base(a), seen_base(b)) == 0 ||
           (stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_ino == y.st_ino &&
            x.st_dev == y.st_dev);
}

/* One input under two names ("in/x", "./in/x", a link) would count twice. */
static enum em_status seen_check_spelling(const struct seen *a, const struct seen *b,
                                          const char *const *dirs, struct em_err *err)
{
    const struct em_ledger *x = &a->entry, *y = &b->entry;
    if (a->part == b->part || x->file == y->file || !x->head || x->head != y->head ||
        x->size != y->size || !x->changed || x->changed != y->changed ||
        !names_are_one(a->name, b->name))
        return EM_OK;
    return em_fail(err, EM_ERR_USAGE, "merge",
                   "'%.60s' in '%.40s' and '%.60s' in '%.40s' are the same input",
                   a->name, dirs[a->part], b->name, dirs[b->part]);
}

static uint64_t mix_store(uint64_t hash, const struct em_store *store)
{
    hash = em_hash64(store->dir, strlen(store->dir), hash);
    hash = em_mix64(hash ^ store->next_id);
    for (size_t i = 0; i < store->n_runs; i++)
        hash = em_mix64(hash + store->runs[i].rows + store->runs[i].id);
    return hash;
}

static enum em_status read_one(const char *dir, struct seen_list *list,
                               uint64_t *fingerprint, uint64_t *blocks,
                               struct em_err *err)
{
    struct em_store *store;
    EM_TRY(em_store_open(&store, dir, EM_STORE_READ, err));
    enum em_status status = em_store_ledger_each(store, remember, list, err);
    *fingerprint = mix_store(*fingerprint, store);
    for (size_t i = 0; i < store->n_runs; i++)
        *blocks += store->runs[i].blocks;
    em_store_free(store);
    return status;
}

enum em_status em_merge_check(const char *const *dirs, size_t n, uint64_t *fingerprint,
                              uint64_t *blocks, struct em_err *err)
{
    struct seen_list list = {.seen = NULL};
    enum em_status status = EM_OK;
    *fingerprint = n;
    *blocks = 0;
    for (; list.part < n && status == EM_OK; list.part++)
        status = read_one(dirs[list.part], &list, fingerprint, blocks, err);
    if (list.n)
        qsort(list.seen, list.n, sizeof(list.seen[0]), merge_check_by_place);
    for (size_t i = 1; i < list.n && status == EM_OK; i++)
        status = check_pair(&list.seen[i - 1], &list.seen[i], dirs, err);
    if (list.n)
        qsort(list.seen, list.n, sizeof(list.seen[0]), seen_by_content);
    for (size_t i = 1; i < list.n && status == EM_OK; i++)
        status = seen_check_spelling(&list.seen[i - 1], &list.seen[i], dirs, err);
    for (size_t i = 0; i < list.n; i++)
        em_free(list.seen[i].name);
    em_free(list.seen);
    return status;
}
