/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/scan/split.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <sys/stat.h>

/* Of one file: more are a --split too small for it. */
enum { MAX_PIECES = 1 << 20 };

static uint64_t pieces_of(const char *path, uint64_t size, uint64_t *bytes)
{
    struct stat st;
    *bytes = 0;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size <= size)
        return 1;
    *bytes = (uint64_t)st.st_size;
    return (*bytes - 1) / size + 1;
}

/* Every piece has a copy of the path: the pieces of a file are distinguished by address. */
static enum em_status add_pieces(struct em_inputs *out, struct em_range **ranges,
                                 const char *path, uint64_t size, struct em_err *err)
{
    uint64_t bytes, n = pieces_of(path, size, &bytes);
    if (n > MAX_PIECES)
        return em_fail(err, EM_ERR_USAGE, "inputs",
                       "'%s' would be divided into %llu pieces; --split a larger size",
                       path, (unsigned long long)n);
    for (uint64_t i = 0; i < n; i++) {
        EM_TRY(em_inputs_push(out, em_view_of(path)));
        struct em_range *more = em_realloc_array(*ranges, out->cap, sizeof(more[0]));
        if (!more)
            return EM_ERR_NOMEM;
        *ranges = more;
        more[out->n - 1] = (struct em_range){0, 0};
        if (bytes)
            more[out->n - 1] =
                (struct em_range){i * size, i + 1 < n ? (i + 1) * size : bytes};
    }
    return EM_OK;
}

enum em_status em_split_inputs(struct em_inputs *inputs, uint64_t size,
                               struct em_range **ranges, struct em_err *err)
{
    struct em_inputs out = {.no_files = inputs->no_files, .repeats = inputs->repeats};
    enum em_status status = EM_OK;
    *ranges = NULL;
    for (size_t i = 0; i < inputs->n && status == EM_OK; i++)
        status = add_pieces(&out, ranges, inputs->paths[i], size, err);
    if (status == EM_OK) {
        em_inputs_release(inputs);
        *inputs = out;
        return EM_OK;
    }
    if (status == EM_ERR_NOMEM)
        em_fail(err, status, "inputs", "%s", em_status_text(status));
    em_inputs_release(&out);
    em_free(*ranges);
    *ranges = NULL;
    return status;
}

void em_split_shard(struct em_inputs *inputs, struct em_range *ranges, uint64_t index,
                    uint64_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < inputs->n; i++) {
        char *path = inputs->paths[i];
        uint64_t from = ranges ? ranges[i].from : 0;
        if (em_hash64(path, strlen(path), from) % count == index) {
            if (ranges)
                ranges[kept] = ranges[i];
            inputs->paths[kept++] = path;
        } else {
            em_free(path);
        }
    }
    inputs->n = kept;
}
