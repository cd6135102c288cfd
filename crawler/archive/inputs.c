/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/inputs.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/meter.h"
#include "crawler/archive/cdx.h"
#include "crawler/archive/wacz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Of names that lead to a file again, these many are reported one by one. */
enum { MAX_REPEATS_NAMED = 10 };

/* Someone or something that is in the list: a file by device and inode, else a name. */
struct em_inputs_seen {
    uint64_t device, inode;
    size_t at; /* in paths, and of names also what is compared; NO_PATH: a folder */
    bool used, named;
};

#define NO_PATH SIZE_MAX

void em_inputs_release(struct em_inputs *inputs)
{
    for (size_t i = 0; i < inputs->n; i++)
        em_free(inputs->paths[i]);
    em_free(inputs->paths);
    em_free(inputs->seen);
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

/* --- what is in the list already -------------------------------------------------------- */

static uint64_t seen_hash(const struct em_inputs *inputs,
                          const struct em_inputs_seen *key)
{
    const char *name = key->named ? inputs->paths[key->at] : "";
    return em_hash64(name, strlen(name),
                     key->device * UINT64_C(0x9E3779B97F4A7C15) + key->inode);
}

static bool seen_is(const struct em_inputs *inputs, const struct em_inputs_seen *a,
                    const struct em_inputs_seen *b)
{
    if (a->named != b->named)
        return false;
    if (a->named)
        return strcmp(inputs->paths[a->at], inputs->paths[b->at]) == 0;
    return a->device == b->device && a->inode == b->inode;
}

static struct em_inputs_seen *seen_place(const struct em_inputs *inputs,
                                         const struct em_inputs_seen *key)
{
    size_t i = (size_t)seen_hash(inputs, key) & (inputs->cap_seen - 1);
    while (inputs->seen[i].used && !seen_is(inputs, &inputs->seen[i], key))
        i = (i + 1) & (inputs->cap_seen - 1);
    return &inputs->seen[i];
}

static enum em_status seen_grow(struct em_inputs *inputs)
{
    struct em_inputs more = *inputs;
    more.cap_seen = inputs->cap_seen ? 2 * inputs->cap_seen : 64;
    more.seen = em_calloc(more.cap_seen, sizeof(more.seen[0]));
    if (!more.seen)
        return EM_ERR_NOMEM;
    for (size_t i = 0; i < inputs->cap_seen; i++)
        if (inputs->seen[i].used)
            *seen_place(&more, &inputs->seen[i]) = inputs->seen[i];
    em_free(inputs->seen);
    *inputs = more;
    return EM_OK;
}

/* *first: the entry that was there before, or NULL and now there is one. */
static enum em_status seen_add(struct em_inputs *inputs, const struct em_inputs_seen *key,
                               const struct em_inputs_seen **first)
{
    if (2 * (inputs->n_seen + 1) > inputs->cap_seen)
        EM_TRY(seen_grow(inputs));
    struct em_inputs_seen *place = seen_place(inputs, key);
    *first = place->used ? place : NULL;
    if (!place->used) {
        *place = *key;
        place->used = true;
        inputs->n_seen++;
    }
    return EM_OK;
}

static void report_repeat(struct em_inputs *inputs, const char *path,
                          const struct em_inputs_seen *first)
{
    char what[512];
    inputs->repeats++;
    if (!inputs->note || inputs->repeats > MAX_REPEATS_NAMED + 1)
        return;
    if (inputs->repeats > MAX_REPEATS_NAMED)
        snprintf(what, sizeof(what),
                 "skipped, and further names of files that are "
                 "read already, which are not listed");
    else if (first->at == NO_PATH)
        snprintf(what, sizeof(what), "skipped: leads to a folder that is read already");
    else if (first->named)
        snprintf(what, sizeof(what), "skipped: named twice");
    else
        snprintf(what, sizeof(what), "skipped: the same file as '%.400s'",
                 inputs->paths[first->at]);
    inputs->note(path, what);
}

/* One input, unless its file is in the list. `st`: NULL where it is known by its name. */
static enum em_status push_once(struct em_inputs *inputs, const char *path,
                                const struct stat *st)
{
    const struct em_inputs_seen *first;
    struct em_inputs_seen key = {.at = inputs->n, .named = !st};
    if (st) {
        key.device = (uint64_t)st->st_dev;
        key.inode = (uint64_t)st->st_ino;
    }
    EM_TRY(em_inputs_push(inputs, em_view_of(path)));
    EM_TRY(seen_add(inputs, &key, &first));
    if (!first)
        return EM_OK;
    report_repeat(inputs, path, first);
    em_free(inputs->paths[--inputs->n]);
    return EM_OK;
}

bool em_inputs_holds(const struct em_inputs *inputs, const char *path)
{
    struct stat st;
    if (!inputs->cap_seen || stat(path, &st) != 0)
        return false;
    const struct em_inputs_seen key = {.device = (uint64_t)st.st_dev,
                                       .inode = (uint64_t)st.st_ino};
    return seen_place(inputs, &key)->used;
}

/* --- folders ---------------------------------------------------------------------------- */

static enum em_status add_path(struct em_inputs *inputs, const char *path, bool inside);

static int entry_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool is_link(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* The entries of a folder that are links, or those that are not. */
static enum em_status add_entries(struct em_inputs *inputs, const char *folder,
                                  struct dirent *const *entries, int n, bool links)
{
    size_t end = strlen(folder);
    const char *slash = end && folder[end - 1] == '/' ? "" : "/";
    struct em_buf child;
    em_buf_init(&child, EM_MIB);
    enum em_status status = EM_OK;
    for (int i = 0; i < n && status == EM_OK; i++) {
        em_buf_clear(&child);
        status = em_buf_printf(&child, "%s%s%s", folder, slash, entries[i]->d_name);
        if (status == EM_OK && is_link(child.data) == links)
            status = add_path(inputs, child.data, true);
    }
    em_buf_release(&child);
    return status;
}

/* A folder that cannot be read becomes an input, and is reported as one. Depth ends where
 * names grow longer than the system allows. */
static enum em_status add_folder(struct em_inputs *inputs, const char *path,
                                 const struct stat *st)
{
    struct dirent **entries;
    const struct em_inputs_seen *first;
    const struct em_inputs_seen key = {
        .device = (uint64_t)st->st_dev, .inode = (uint64_t)st->st_ino, .at = NO_PATH};
    EM_TRY(seen_add(inputs, &key, &first));
    if (first) {
        report_repeat(inputs, path, first);
        return EM_OK;
    }
    int n = scandir(path, &entries, entry_shown, alphasort);
    if (n < 0)
        return em_inputs_push(inputs, em_view_of(path));
    enum em_status status = add_entries(inputs, path, entries, n, false);
    if (status == EM_OK)
        status = add_entries(inputs, path, entries, n, true);
    for (int i = 0; i < n; i++)
        free(entries[i]);
    free(entries);
    return status;
}

/* By its first bytes; what is not here is found when it is unpacked. */
static bool is_wacz(const char *path)
{
    char head[4];
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(head, 1, sizeof(head), file) : 0;
    if (file)
        fclose(file);
    return em_wacz_begins(em_view_make(head, n));
}

/* Each archive in it is an input. One that cannot be opened or has none stays as it is named, and is
 * reported where it is read. */
static enum em_status add_wacz(struct em_inputs *inputs, const char *path,
                               struct em_remote_pool *pool)
{
    struct em_wacz *wacz;
    enum em_status status = em_wacz_open(&wacz, path, pool, EM_VIEW_NONE, NULL);
    if (status < 0)
        return status == EM_ERR_NOMEM ? status : em_inputs_push(inputs, em_view_of(path));
    if (em_wacz_count(wacz) == 0)
        status = em_inputs_push(inputs, em_view_of(path));
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

/* A regular file; where it is a WACZ, the archives in it. */
static enum em_status add_file(struct em_inputs *inputs, const char *path,
                               const struct stat *st)
{
    size_t before = inputs->n;
    EM_TRY(push_once(inputs, path, st));
    if (inputs->n == before || !is_wacz(path))
        return EM_OK;
    em_free(inputs->paths[--inputs->n]);
    return add_wacz(inputs, path, NULL);
}

/* Inside folders only regular files count, and links that lead nowhere, which are mistakes;
 * what was named itself is opened whatever it is, so that a missing file is reported where
 * it is read. */
static enum em_status add_path(struct em_inputs *inputs, const char *path, bool inside)
{
    struct stat st;
    if (strcmp(path, "-") == 0 || stat(path, &st) != 0)
        return push_once(inputs, path, NULL);
    if (S_ISDIR(st.st_mode))
        return add_folder(inputs, path, &st);
    if (S_ISREG(st.st_mode))
        return add_file(inputs, path, &st);
    return inside ? EM_OK : em_inputs_push(inputs, em_view_of(path));
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
                     ? add_wacz(&out, inputs->paths[i], pool)
                     : em_inputs_push(&out, em_view_of(inputs->paths[i]));
    if (status == EM_OK && any) {
        struct em_inputs old = {.paths = inputs->paths, .n = inputs->n};
        inputs->paths = out.paths;
        inputs->n = out.n;
        inputs->cap = out.cap;
        out = old;
    }
    em_inputs_release(&out);
    if (status == EM_ERR_NOMEM)
        em_fail(err, status, "inputs", "%s", em_status_text(status));
    return status;
}

enum em_status em_inputs_add(struct em_inputs *inputs, const char *path,
                             struct em_err *err)
{
    size_t before = inputs->n;
    uint64_t repeats = inputs->repeats;
    enum em_status status = add_path(inputs, path, false);
    if (status < 0)
        return em_fail(err, status, "inputs", "'%.200s': %s", path,
                       em_status_text(status));
    if (inputs->n == before && inputs->repeats == repeats) {
        inputs->no_files++;
        if (inputs->note)
            inputs->note(path, "no file to read in this folder");
    }
    return EM_OK;
}

/* --- manifests -------------------------------------------------------------------------- */

/* A line of a manifest. */
static enum em_status push_line(struct em_inputs *inputs, struct em_view line)
{
    struct stat st;
    struct em_buf name;
    em_buf_init(&name, EM_MIB);
    enum em_status status = em_buf_append(&name, line.data, line.len);
    bool file = status == EM_OK && !inputs->by_name && stat(name.data, &st) == 0 &&
                S_ISREG(st.st_mode);
    if (status == EM_OK)
        status = push_once(inputs, name.data, file ? &st : NULL);
    em_buf_release(&name);
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
        line = em_view_trim(em_view_without_mark(line));
        if (line.len && line.data[0] != '#')
            status = push_line(inputs, line);
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

uint64_t em_inputs_bytes(const struct em_inputs *inputs, size_t *unknown)
{
    struct stat st;
    uint64_t bytes = 0;
    size_t none = 0;
    for (size_t i = 0; i < inputs->n; i++)
        if (stat(inputs->paths[i], &st) == 0 && S_ISREG(st.st_mode))
            bytes += (uint64_t)st.st_size;
        else
            none++;
    if (unknown)
        *unknown = none;
    return bytes;
}

void em_inputs_meter(const struct em_inputs *inputs, const char *what)
{
    size_t unknown;
    uint64_t bytes = em_inputs_bytes(inputs, &unknown);
    em_meter_begin(EM_METER_BYTES, what, unknown ? 0 : bytes);
}
