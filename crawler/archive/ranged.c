/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/ranged.h"

#include "crawler/archive/remote.h"

/* The first bytes of a remote one tell its length, and whether it is still the same later. */
static enum em_status file_measure_remote(struct em_ranged *file, struct em_err *err)
{
    struct em_remote *remote;
    char head[4];
    size_t got = 0;
    EM_TRY(em_remote_open(&remote, file->pool, file->name, 0, sizeof(head), err));
    enum em_status status = em_remote_read(remote, head, sizeof(head), &got, err);
    if (status == EM_OK)
        em_remote_identity(remote, &file->object);
    file->size = em_remote_size(remote);
    em_remote_close(remote);
    return status;
}

enum em_status em_ranged_open(struct em_ranged *file, const char *name,
                              struct em_remote_pool *pool, struct em_err *err)
{
    *file = (struct em_ranged){.pool = pool};
    file->name = strcmp(name, "-") == 0 ? "/dev/stdin" : name;
    if (em_remote_named(name))
        return file_measure_remote(file, err);
    struct em_input in;
    EM_TRY(em_input_open(&in, file->name, err));
    file->size = in.size;
    bool pipe = in.size == 0 && strcmp(name, "-") == 0;
    em_input_close(&in);
    return pipe ? em_fail(err, EM_ERR_UNSUPPORTED, "ranged",
                          "this format is read from files and objects, not from a pipe: "
                          "it begins at its end")
                : EM_OK;
}

enum em_status em_ranged_part(struct em_ranged *file, struct em_input *in, uint64_t from,
                              uint64_t to, struct em_err *err)
{
    if (file->memory.data) {
        em_input_open_memory(
            in, em_view_sub(file->memory, (size_t)from, (size_t)(to - from)), file->name);
        in->offset = from;
        in->to = to;
        return EM_OK;
    }
    if (!em_remote_named(file->name))
        return em_input_open_part(in, file->name, NULL, from, to, err);
    struct em_remote *remote;
    EM_TRY(em_remote_open_same(&remote, file->pool, file->name, from, to, &file->object,
                               err));
    em_input_open_remote(in, remote, file->name, from, to);
    return EM_OK;
}
