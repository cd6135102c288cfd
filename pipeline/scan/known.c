/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/scan/known.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_BYTES (64 * EM_KIB)

struct known_input {
    uint64_t file, size, head, device, inode; /* inode 0: no such file now */
    int64_t changed;
    char *name;
};

struct em_known {
    struct known_input *inputs;
    size_t n, cap;
};

uint64_t em_known_head(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
        return 0;
    char *bytes = em_malloc(HEAD_BYTES);
    int fd = bytes ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    ssize_t n = fd >= 0 ? pread(fd, bytes, HEAD_BYTES, 0) : 0;
    if (fd >= 0)
        close(fd);
    uint64_t head = n > 0 ? em_hash64(bytes, (size_t)n, 0) : 0;
    em_free(bytes);
    return head;
}

static enum em_status known_take_entry(void *context, const struct em_ledger *entry)
{
    struct em_known *k = context;
    struct stat st;
    if (k->n && k->inputs[k->n - 1].file == entry->file)
        return EM_OK; /* another model's, or another piece */
    if (k->n == k->cap) {
        size_t cap = k->cap ? 2 * k->cap : 64;
        void *more = em_realloc_array(k->inputs, cap, sizeof(k->inputs[0]));
        if (!more)
            return EM_ERR_NOMEM;
        k->inputs = more;
        k->cap = cap;
    }
    struct known_input *in = &k->inputs[k->n];
    *in = (struct known_input){.file = entry->file,
                               .size = entry->size,
                               .head = entry->head,
                               .changed = entry->changed};
    in->name = em_strndup(entry->name.data ? entry->name.data : "", entry->name.len);
    if (!in->name)
        return EM_ERR_NOMEM;
    k->n++;
    if (stat(in->name, &st) == 0 && S_ISREG(st.st_mode)) {
        in->device = (uint64_t)st.st_dev;
        in->inode = (uint64_t)st.st_ino;
    }
    return EM_OK;
}

enum em_status em_known_read(struct em_known **out, struct em_store *store,
                             struct em_err *err)
{
    struct em_known *known = em_calloc(1, sizeof(*known));
    *out = NULL;
    if (!known)
        return em_fail(err, EM_ERR_NOMEM, "index", "out of memory");
    enum em_status status = em_store_ledger_each(store, known_take_entry, known, err);
    if (status < 0) {
        em_known_free(known);
        return status;
    }
    *out = known;
    return EM_OK;
}

void em_known_free(struct em_known *known)
{
    if (!known)
        return;
    for (size_t i = 0; i < known->n; i++)
        em_free(known->inputs[i].name);
    em_free(known->inputs);
    em_free(known);
}

static const char *known_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *em_known_find(const struct em_known *known, const char *path)
{
    struct stat st;
    uint64_t head = 0;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return NULL;
    for (size_t i = 0; i < known->n; i++) {
        const struct known_input *in = &known->inputs[i];
        if (in->inode && in->inode == (uint64_t)st.st_ino &&
            in->device == (uint64_t)st.st_dev)
            return in->name;
    }
    for (size_t i = 0; i < known->n; i++) {
        const struct known_input *in = &known->inputs[i];
        if (!in->head || in->inode || in->size != (uint64_t)st.st_size ||
            in->changed != (int64_t)st.st_mtime ||
            strcmp(known_base(in->name), known_base(path)) != 0)
            continue;
        head = head ? head : em_known_head(path);
        if (head == in->head)
            return in->name;
    }
    return NULL;
}
