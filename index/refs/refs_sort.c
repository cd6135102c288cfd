/* SPDX-License-Identifier: Apache-2.0 */
#include "index/refs/refs_sort.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 4096 /* pairs read of one run at once */ };

void em_sort_init(struct em_sort *sort, const char *dir, size_t most)
{
    *sort = (struct em_sort){.dir = dir, .most = most};
}

void em_sort_release(struct em_sort *sort)
{
    for (size_t i = 0; i < sort->n_runs; i++)
        em_free(sort->runs[i].block);
    em_free(sort->runs);
    em_free(sort->heap);
    em_free(sort->pairs);
    if (sort->file)
        fclose(sort->file);
    em_sort_init(sort, sort->dir, sort->most);
}

FILE *em_sort_file(const char *dir)
{
    size_t len = strlen(dir);
    char *path = em_malloc(len + 32);
    if (!path)
        return NULL;
    snprintf(path, len + 32, "%s/.echometer-XXXXXX", len ? dir : ".");
    int fd = mkstemp(path);
    if (fd >= 0)
        unlink(path);
    em_free(path);
    FILE *file = fd >= 0 ? fdopen(fd, "w+b") : NULL;
    if (fd >= 0 && !file)
        close(fd);
    return file;
}

static inline bool less(const struct em_pair *a, const struct em_pair *b)
{
    return a->key != b->key ? a->key < b->key : a->value < b->value;
}

static int refs_sort_compare(const void *a, const void *b)
{
    const struct em_pair *x = a, *y = b;
    return less(x, y) ? -1 : less(y, x);
}

static enum em_status refs_sort_spill(struct em_sort *sort)
{
    if (!sort->file && !(sort->file = em_sort_file(sort->dir)))
        return EM_ERR_IO;
    if (sort->n_runs == sort->cap_runs) {
        size_t cap = sort->cap_runs ? 2 * sort->cap_runs : 16;
        void *grown = em_realloc_array(sort->runs, cap, sizeof(sort->runs[0]));
        if (!grown)
            return EM_ERR_NOMEM;
        sort->runs = grown;
        sort->cap_runs = cap;
    }
    qsort(sort->pairs, sort->n, sizeof(sort->pairs[0]), refs_sort_compare);
    if (fwrite(sort->pairs, sizeof(sort->pairs[0]), sort->n, sort->file) != sort->n)
        return EM_ERR_IO;
    sort->runs[sort->n_runs++] =
        (struct em_sort_run){.at = sort->written, .left = sort->n};
    sort->written += sort->n;
    sort->n = 0;
    return EM_OK;
}

enum em_status em_sort_add(struct em_sort *sort, uint64_t key, uint64_t value)
{
    if (sort->n == sort->cap) {
        if (sort->n >= sort->most) {
            EM_TRY(refs_sort_spill(sort));
        } else {
            size_t cap = sort->cap ? 2 * sort->cap : 4096;
            cap = cap < sort->most ? cap : sort->most;
            void *grown = em_realloc_array(sort->pairs, cap, sizeof(sort->pairs[0]));
            if (!grown)
                return EM_ERR_NOMEM;
            sort->pairs = grown;
            sort->cap = cap;
        }
    }
    sort->pairs[sort->n++] = (struct em_pair){key, value};
    return EM_OK;
}

static enum em_status refs_sort_fill(struct em_sort *sort, struct em_sort_run *run)
{
    size_t n = run->left < BLOCK ? (size_t)run->left : BLOCK;
    run->n = run->next = 0;
    if (n == 0)
        return EM_OK;
    if (fseeko(sort->file, (off_t)(run->at * sizeof(struct em_pair)), SEEK_SET) != 0 ||
        fread(run->block, sizeof(struct em_pair), n, sort->file) != n)
        return EM_ERR_IO;
    run->at += n;
    run->left -= n;
    run->n = n;
    return EM_OK;
}

static const struct em_pair *head(const struct em_sort *sort, size_t heap_index)
{
    const struct em_sort_run *run = &sort->runs[sort->heap[heap_index]];
    return &run->block[run->next];
}

static void sift(struct em_sort *sort, size_t i)
{
    for (;;) {
        size_t least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < sort->n_heap;
             child++)
            if (less(head(sort, child), head(sort, least)))
                least = child;
        if (least == i)
            return;
        uint32_t moved = sort->heap[i];
        sort->heap[i] = sort->heap[least];
        sort->heap[least] = moved;
        i = least;
    }
}

enum em_status em_sort_finish(struct em_sort *sort)
{
    sort->next = 0;
    if (sort->n_runs == 0) {
        if (sort->n)
            qsort(sort->pairs, sort->n, sizeof(sort->pairs[0]), refs_sort_compare);
        return EM_OK;
    }
    if (sort->n)
        EM_TRY(refs_sort_spill(sort));
    if (fflush(sort->file) != 0)
        return EM_ERR_IO;
    em_free(sort->pairs);
    sort->pairs = NULL;
    sort->cap = 0;
    sort->heap = em_realloc_array(NULL, sort->n_runs, sizeof(sort->heap[0]));
    if (!sort->heap)
        return EM_ERR_NOMEM;
    for (size_t i = 0; i < sort->n_runs; i++) {
        struct em_sort_run *run = &sort->runs[i];
        run->block = em_realloc_array(NULL, BLOCK, sizeof(run->block[0]));
        if (!run->block)
            return EM_ERR_NOMEM;
        EM_TRY(refs_sort_fill(sort, run));
        sort->heap[sort->n_heap++] = (uint32_t)i;
    }
    for (size_t i = sort->n_heap; i-- > 0;)
        sift(sort, i);
    return EM_OK;
}

enum em_status em_sort_next(struct em_sort *sort, struct em_pair *pair)
{
    if (sort->n_runs == 0) {
        if (sort->next == sort->n)
            return EM_END;
        *pair = sort->pairs[sort->next++];
        return EM_OK;
    }
    if (sort->n_heap == 0)
        return EM_END;
    struct em_sort_run *run = &sort->runs[sort->heap[0]];
    *pair = run->block[run->next++];
    if (run->next == run->n) {
        EM_TRY(refs_sort_fill(sort, run));
        if (run->n == 0)
            sort->heap[0] = sort->heap[--sort->n_heap];
    }
    if (sort->n_heap)
        sift(sort, 0);
    return EM_OK;
}
