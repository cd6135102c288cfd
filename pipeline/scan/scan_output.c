/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "pipeline/scan/scan_output.h"

#include "base/alloc.h"
#include "base/compress.h"
#include "base/limits.h"
#include "pipeline/scan/recorder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum em_status output_reopen(FILE **out, const char *path, uint64_t known,
                                    struct em_err *err)
{
    struct stat st;
    enum em_status status;
    FILE *file = fopen(path, "r+b");
    if (!file || fstat(fileno(file), &st) != 0)
        status =
            em_fail(err, EM_ERR_IO, "scan",
                    "cannot go on writing where the index stopped: %s", strerror(errno));
    else if ((uint64_t)st.st_size < known)
        status = em_fail(err, EM_ERR_FORMAT, "scan",
                         "has %llu bytes, but the index vouches for %llu: it cannot be "
                         "continued; name another output",
                         (unsigned long long)st.st_size, (unsigned long long)known);
    else if (ftruncate(fileno(file), (off_t)known) != 0 || fseeko(file, 0, SEEK_END) != 0)
        status =
            em_fail(err, EM_ERR_IO, "scan", "cannot be cut back: %s", strerror(errno));
    else
        status = EM_OK;
    if (status == EM_OK)
        *out = file;
    else if (file)
        fclose(file);
    return status;
}

static enum em_status path_add(struct em_buf *out, const char *path)
{
    char *real = realpath(path, NULL);
    enum em_status status = real ? em_buf_append(out, real, strlen(real)) : EM_ERR_IO;
    free(real);
    return status;
}

/* Where links and folders lead; of a file that is not there its folder's, and its name. */
static enum em_status path_real(struct em_buf *out, const char *path)
{
    enum em_status status = path_add(out, path);
    if (status != EM_ERR_IO || errno != ENOENT)
        return status;
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    char *folder = slash ? em_strndup(path, slash == path ? 1 : (size_t)(slash - path))
                         : em_strdup(".");
    status = folder ? path_add(out, folder) : EM_ERR_NOMEM;
    em_free(folder);
    if (status == EM_OK && out->data[out->len - 1] != '/')
        status = em_buf_append(out, "/", 1);
    return status == EM_OK ? em_buf_append(out, base, strlen(base)) : status;
}

enum em_status em_scan_output_name(struct em_buf *out, const char *dir, const char *path)
{
    struct em_buf from, to;
    size_t same = 0;
    em_buf_init(&from, EM_MIB);
    em_buf_init(&to, EM_MIB);
    enum em_status status = path_real(&from, dir);
    if (status == EM_OK)
        status = path_real(&to, path);
    for (size_t i = 0; status == EM_OK && from.data[i] == to.data[i] && from.data[i]; i++)
        if (from.data[i] == '/')
            same = i + 1;
    for (const char *p = from.data + same; status == EM_OK && p; p = strchr(p + 1, '/'))
        status = em_buf_append(out, "../", 3);
    if (status == EM_OK)
        status = em_buf_append(out, to.data + same, to.len - same);
    em_buf_release(&from);
    em_buf_release(&to);
    return status;
}

/* What an index that has records already did not write is not written over: the file is
 * another's, or was moved away from its index. */
static bool output_may_replace(const struct em_recorder *recorder, const char *path,
                               size_t n_files)
{
    struct stat st;
    bool used = false;
    for (size_t i = 0; i < n_files; i++)
        used |= em_recorder_plan(recorder, i)->skip > 0;
    return !used || stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0;
}

/* Bytes that the index vouches for; from now on it notes them. */
static enum em_status output_known(struct em_recorder *recorder, const char *dir,
                                   const char *path, uint64_t *known, struct em_err *err)
{
    struct em_buf name;
    em_buf_init(&name, EM_MIB);
    enum em_status status = em_scan_output_name(&name, dir, path);
    if (status == EM_OK)
        status = em_recorder_output(recorder, name.data, known, err);
    /* As older programs noted it. */
    if (status == EM_OK && !*known)
        status = em_recorder_output(recorder, path, known, err);
    if (status == EM_OK)
        status = em_recorder_note_output(recorder, name.data);
    if (status < 0 && err->status == EM_OK)
        em_fail(err, status, "scan", "cannot write there: %s", strerror(errno));
    em_buf_release(&name);
    return status;
}

enum em_status em_scan_output_open(FILE **out, struct em_recorder *recorder,
                                   const char *dir, const char *path, size_t n_files,
                                   struct em_err *err)
{
    uint64_t known = 0;
    *out = NULL;
    if (em_compress_wanted(path))
        return em_fail(err, EM_ERR_USAGE, "scan",
                       "would be compressed, and then it cannot be continued after an "
                       "interruption; with an index, name an output that is not .gz or "
                       ".zst");
    EM_TRY(output_known(recorder, dir, path, &known, err));
    if (known)
        return output_reopen(out, path, known, err);
    if (!output_may_replace(recorder, path, n_files))
        return em_fail(err, EM_ERR_USAGE, "scan",
                       "is not empty, and this index, which has some of the inputs "
                       "already, did not write it; name another output, or take it away");
    *out = fopen(path, "wb"); /* in its place: what is safe in it is noted as it grows */
    return *out ? EM_OK
                : em_fail(err, EM_ERR_IO, "scan", "cannot be written: %s",
                          strerror(errno));
}

bool em_scan_output_flush(FILE *out, uint64_t *length)
{
    if (fflush(out) != 0)
        return false;
    *length = 0;
    if (out == stdout)
        return true;
    off_t at = ftello(out);
    *length = at > 0 ? (uint64_t)at : 0;
    return at >= 0 && (fsync(fileno(out)) == 0 || errno == EINVAL || errno == ENOTSUP);
}
