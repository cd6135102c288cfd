/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/inputs.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/limits.h"
#include "crawler/archive/cdx.h"
#include "crawler/archive/wacz.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Folders in folders: deeper trees are loops of links or mistakes. */
enum { MAX_FOLDER_DEPTH = 64 };

void em_inputs_release(struct em_inputs *inputs)
{
    for (size_t i = 0; i < inputs->n; i++)
        em_free(inputs->paths[i]);
    em_free(inputs->paths);
    *inputs = (struct em_inputs){.paths = NULL};
}

enum em_status em_inputs_push(struct em_inputs *inputs, struct em_view path)
{
    if (inputs->n == inputs->cap) {
        size_t cap = inputs->cap ? 2 * inputs->cap : 64;
        char **paths = em_realloc_array(inputs->paths, cap, sizeof(paths[0]));
        if (!paths)
            return EM_ERR_NOMEM;
        inputs->paths = paths;
        inputs->cap = cap;
    }
    inputs->paths[inputs->n] = em_strndup(path.data, path.len);
    if (!inputs->paths[inputs->n])
        return EM_ERR_NOMEM;
    inputs->n++;
    return EM_OK;
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static enum em_status add_path(struct em_inputs *inputs, const char *path, int depth,
                               struct em_err *err);

static enum em_status add_folder(struct em_inputs *inputs, const char *path, int depth,
                                 struct em_err *err)
{
    struct dirent **entries;
    if (depth == MAX_FOLDER_DEPTH)
        return em_fail(err, EM_ERR_LIMIT, "inputs", "'%s': folders nest too deep", path);
    int n = scandir(path, &entries, not_hidden, alphasort);
    if (n < 0)
        return em_fail(err, EM_ERR_IO, "inputs", "cannot read folder '%s': %s", path,
                       strerror(errno));
    enum em_status status = EM_OK;
    for (int i = 0; i < n; i++) {
        size_t len = strlen(path) + strlen(entries[i]->d_name) + 2;
        char *child = status == EM_OK ? em_malloc(len) : NULL;
        if (child) {
            size_t end = strlen(path);
            snprintf(child, len, "%s%s%s", path, end && path[end - 1] == '/' ? "" : "/",
                     entries[i]->d_name);
            status = add_path(inputs, child, depth + 1, err);
            em_free(child);
        } else if (status == EM_OK) {
            status = EM_ERR_NOMEM;
        }
        free(entries[i]);
    }
    free(entries);
    return status;
}

/* By its first bytes; what is not here is found when it is unpacked. */
static bool is_wacz(const char *path)
{
    char head[4];
    struct stat st;
    if (strcmp(path, "-") == 0 || stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(head, 1, sizeof(head), file) : 0;
    if (file)
        fclose(file);
    return em_wacz_begins(em_view_make(head, n));
}

/* Each archive in it is an input. One that cannot be opened stays as it is named, and is
 * reported where it is read. */
static enum em_status add_wacz(struct em_inputs *inputs, const char *path,
                               struct em_remote_pool *pool, struct em_err *err)
{
    struct em_wacz *wacz;
    enum em_status status = em_wacz_open(&wacz, path, pool, EM_VIEW_NONE, err);
    if (status < 0)
        return status == EM_ERR_NOMEM ? status : em_inputs_push(inputs, em_view_of(path));
    for (size_t i = 0; i < em_wacz_count(wacz) && status == EM_OK; i++) {
        struct em_buf name;
        em_buf_init(&name, EM_MAX_URL);
        status = em_buf_printf(&name, "%s!%s", path, em_wacz_name(wacz, i));
        if (status == EM_OK)
            status = em_inputs_push(inputs, em_buf_view(&name));
        em_buf_release(&name);
    }
    em_wacz_close(wacz);
    return status;
}

/* Inside folders only regular files count; what was named itself is opened whatever it
 * is, so that a missing file is reported where it is read. */
static enum em_status add_path(struct em_inputs *inputs, const char *path, int depth,
                               struct em_err *err)
{
    struct stat st;
    if (strcmp(path, "-") != 0 && stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return add_folder(inputs, path, depth, err);
        if (depth > 0 && !S_ISREG(st.st_mode))
            return EM_OK;
    }
    return is_wacz(path) ? add_wacz(inputs, path, NULL, err)
                         : em_inputs_push(inputs, em_view_of(path));
}

enum em_status em_inputs_unpack(struct em_inputs *inputs, struct em_remote_pool *pool,
                                struct em_err *err)
{
    struct em_inputs out = {.paths = NULL};
    enum em_status status = EM_OK;
    bool any = false;
    for (size_t i = 0; i < inputs->n; i++)
        any |= em_wacz_named(inputs->paths[i]);
    for (size_t i = 0; any && i < inputs->n && status == EM_OK; i++)
        status = em_wacz_named(inputs->paths[i])
                     ? add_wacz(&out, inputs->paths[i], pool, err)
                     : em_inputs_push(&out, em_view_of(inputs->paths[i]));
    if (status == EM_OK && any) {
        em_inputs_release(inputs);
        *inputs = out;
    } else {
        em_inputs_release(&out);
    }
    if (status == EM_ERR_NOMEM)
        em_fail(err, status, "inputs", "%s", em_status_text(status));
    return status;
}

enum em_status em_inputs_add(struct em_inputs *inputs, const char *path,
                             struct em_err *err)
{
    enum em_status status = add_path(inputs, path, 0, err);
    if (status == EM_ERR_NOMEM)
        em_fail(err, status, "inputs", "%s", em_status_text(status));
    return status;
}

enum em_status em_inputs_add_manifest(struct em_inputs *inputs, const char *path,
                                      struct em_err *err)
{
    return em_inputs_add_manifest_from(inputs, path, NULL, err);
}

enum em_status em_inputs_add_manifest_from(struct em_inputs *inputs, const char *path,
                                           struct em_remote_pool *pool,
                                           struct em_err *err)
{
    struct em_cdx_lines lines;
    struct em_view line;
    struct em_err why = {.status = EM_OK};
    enum em_status status = em_cdx_lines_open(&lines, path, pool, 0, 0, &why);
    while (status == EM_OK &&
           (status = em_cdx_lines_next(&lines, &line, &why)) == EM_OK) {
        line = em_view_trim(line);
        if (line.len && line.data[0] != '#')
            status = em_inputs_push(inputs, line);
    }
    em_cdx_lines_close(&lines);
    if (status < 0)
        return em_fail(err, status, "inputs", "manifest '%.100s': %.120s", path,
                       why.text[0] ? why.text : em_status_text(status));
    return EM_OK;
}

bool em_inputs_parse_shard(const char *text, uint64_t *index, uint64_t *count)
{
    unsigned long long i, n;
    struct em_view v = em_view_of(text);
    size_t slash = em_view_find(v, 0, EM_VIEW("/"));
    if (!em_view_u64(em_view_sub(v, 0, slash), &i) ||
        !em_view_u64(em_view_sub(v, slash + 1, v.len), &n) || i >= n)
        return false;
    *index = i;
    *count = n;
    return true;
}
