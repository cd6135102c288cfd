/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "cli/scan_index.h"

#include "base/alloc.h"
#include "base/compress.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "report/query_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static FILE *reopen_output(const char *path, uint64_t known)
{
    struct stat st;
    FILE *out = fopen(path, "r+b");
    if (!out || fstat(fileno(out), &st) != 0) {
        em_error("cannot go on writing '%s' where the index stopped: %s", path,
                 strerror(errno));
    } else if ((uint64_t)st.st_size < known) {
        em_error("'%s' has %llu bytes, but the index vouches for %llu: it cannot be "
                 "continued; name another output",
                 path, (unsigned long long)st.st_size, (unsigned long long)known);
    } else if (ftruncate(fileno(out), (off_t)known) != 0 ||
               fseeko(out, 0, SEEK_END) != 0) {
        em_error("cannot cut '%s' back: %s", path, strerror(errno));
    } else {
        return out;
    }
    if (out)
        fclose(out);
    return NULL;
}

/* Where links and folders lead; of a file that is not there its folder's. Heap (free). */
static char *real_path(const char *path)
{
    char *whole = realpath(path, NULL);
    if (whole || errno != ENOENT)
        return whole;
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    char *copy = em_strdup(path);
    if (!copy)
        return NULL;
    copy[slash ? (slash == path ? 1 : slash - path) : 0] = '\0';
    char *folder = realpath(copy[0] ? copy : ".", NULL);
    em_free(copy);
    size_t n = folder ? strlen(folder) + strlen(base) + 2 : 0;
    char *joined = folder ? malloc(n) : NULL;
    if (joined)
        snprintf(joined, n, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, base);
    free(folder);
    return joined;
}

/* The output's name for the index: from the index's folder, so that every spelling is the
 * same and a run's folder may be moved. */
static enum em_status output_name(struct em_buf *out, const char *dir, const char *path)
{
    char *from = real_path(dir), *to = real_path(path);
    enum em_status status = from && to ? EM_OK : EM_ERR_IO;
    size_t same = 0;
    for (size_t i = 0; status == EM_OK && from[i] == to[i] && from[i]; i++)
        if (from[i] == '/')
            same = i + 1;
    for (const char *p = from + same; status == EM_OK && p; p = strchr(p + 1, '/'))
        status = em_buf_append(out, "../", 3);
    if (status == EM_OK)
        status = em_buf_append(out, to + same, strlen(to + same));
    free(from);
    free(to);
    return status;
}

/* What an index that has records already did not write is not written over: the file is
 * another's, or was moved away from its index. */
static bool may_replace(const struct em_scan_index *index, const char *path,
                        const struct em_inputs *inputs)
{
    struct stat st;
    bool used = false;
    for (size_t i = 0; i < inputs->n; i++)
        used |= em_recorder_plan(index->recorder, i)->skip > 0;
    if (!used || stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
        return true;
    em_error(
        "'%s' is not empty, and this index, which has some of the inputs already, did "
        "not write it; name another output, or take it away",
        path);
    return false;
}

static FILE *open_output(struct em_scan_index *index, const char *dir, const char *path,
                         const struct em_inputs *inputs, struct em_err *err)
{
    struct em_buf name;
    if (!path || strcmp(path, "-") == 0)
        return stdout;
    if (em_compress_wanted(path)) {
        em_error("'%s' would be compressed, and then it cannot be continued after an "
                 "interruption; with an index, name an output that is not .gz or .zst",
                 path);
        return NULL;
    }
    em_buf_init(&name, EM_MIB);
    enum em_status status = output_name(&name, dir, path);
    if (status == EM_OK)
        status = em_recorder_output(index->recorder, name.data, &index->known, err);
    /* As older programs noted it. */
    if (status == EM_OK && !index->known)
        status = em_recorder_output(index->recorder, path, &index->known, err);
    if (status == EM_OK)
        status = em_recorder_note_output(index->recorder, name.data);
    em_buf_release(&name);
    if (status < 0) {
        if (err->status == EM_OK)
            em_fail(err, status, "scan", "cannot write there: %s", strerror(errno));
        em_error_report(path, err);
        return NULL;
    }
    if (index->known)
        return reopen_output(path, index->known);
    if (!may_replace(index, path, inputs))
        return NULL;
    FILE *out =
        fopen(path, "wb"); /* in its place: what is safe in it is noted as it grows */
    if (!out)
        em_error("cannot write '%s': %s", path, strerror(errno));
    return out;
}

FILE *em_scan_index_open(struct em_scan_index *index, const char *dir,
                         const struct em_model *model, const struct em_inputs *inputs,
                         const struct em_range *ranges, const char *path, double interval)
{
    struct em_err err = {.status = EM_OK};
    *index = (struct em_scan_index){.known = 0};
    enum em_status status = em_recorder_open_ranges(&index->recorder, dir, model,
                                                    (const char *const *)inputs->paths,
                                                    ranges, inputs->n, &err);
    if (status < 0) {
        em_error_report("scan", &err);
        return NULL;
    }
    if (interval > 0)
        em_recorder_set_interval(index->recorder, interval);
    FILE *out = open_output(index, dir, path, inputs, &err);
    if (!out)
        em_scan_index_close(index);
    return out;
}

void em_scan_index_close(struct em_scan_index *index)
{
    em_recorder_free(index->recorder);
    index->recorder = NULL;
}

bool em_scan_index_flush(FILE *out, uint64_t *length)
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

static enum em_status store_totals(struct em_store *store, const char *name,
                                   struct em_buf *json, struct em_err *err)
{
    struct em_query_rows rows;
    struct em_overview overview;
    struct em_index_model model;
    EM_TRY(em_index_model_choose(store, name, &model, err));
    em_query_rows_init(&rows, stderr, EM_FORM_TABLE, store, 0);
    enum em_status status = em_overview_read(&overview, store, model.hash, err);
    if (status == EM_OK && json) {
        struct em_json j;
        em_json_init(&j, json);
        em_json_object(&j);
        em_query_rows_overview_fields(&j, &overview, &model);
        em_json_end(&j);
        status = j.status;
    } else if (status == EM_OK) {
        fputs("\nthe whole index:\n", stderr);
        status = em_query_rows_overview(&rows, &overview, &model);
    }
    em_query_rows_release(&rows);
    em_index_model_release(&model);
    return status;
}

enum em_status em_scan_index_totals(const char *dir, const char *model,
                                    struct em_buf *json, struct em_err *err)
{
    struct em_store *store;
    EM_TRY(em_store_open(&store, dir, EM_STORE_READ, err));
    enum em_status status = store_totals(store, model, json, err);
    em_store_free(store);
    return status;
}
