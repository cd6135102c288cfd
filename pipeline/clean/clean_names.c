/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* stat */
#include "pipeline/clean/clean_names.h"

#include "base/alloc.h"
#include "crawler/archive/archive.h"

#include <string.h>
#include <sys/stat.h>

static bool name_ends_with(struct em_view v, const char *suffix)
{
    size_t n = strlen(suffix);
    return v.len > n && memcmp(v.data + v.len - n, suffix, n) == 0;
}

enum em_status em_clean_names_output(struct em_buf *out, const char *dir,
                                     const char *folder, struct em_view name, bool same)
{
    struct em_view suffix = EM_VIEW_NONE;
    if (!same && (name_ends_with(name, ".gz") || name_ends_with(name, ".zst"))) {
        size_t n = name_ends_with(name, ".gz") ? 3 : 4;
        suffix = em_view_sub(name, name.len - n, n);
        name.len -= n;
    }
    em_buf_clear(out);
    return em_buf_printf(out, "%s/%s/%.*s%s%.*s", dir, folder, EM_VIEW_ARGS(name),
                         same ? "" : ".jsonl", EM_VIEW_ARGS(suffix));
}

struct em_view em_clean_names_document(struct em_view name)
{
    const struct em_view folder = EM_VIEW("documents/");
    return em_view_starts(name, folder) ? em_view_sub(name, folder.len, name.len) : name;
}

enum em_status em_clean_names_add(struct em_clean_names *names, const char *operand,
                                  struct em_err *err)
{
    struct stat st;
    size_t before = names->inputs.n;
    if (strcmp(operand, "-") == 0)
        return em_fail(err, EM_ERR_USAGE, "clean", "inputs are files and folders");
    EM_TRY(em_inputs_add(&names->inputs, operand, err));
    size_t *roots = em_realloc_array(names->roots, names->inputs.n + 1, sizeof(roots[0]));
    if (!roots)
        return em_fail(err, EM_ERR_NOMEM, "clean", "out of memory");
    names->roots = roots;
    bool folder = stat(operand, &st) == 0 && S_ISDIR(st.st_mode);
    for (size_t i = before; i < names->inputs.n; i++) {
        const char *path = names->inputs.paths[i];
        size_t root = folder ? strlen(operand) : em_source_file_name(path);
        while (!folder && root && path[root - 1] != '/')
            root--;
        while (path[root] == '/')
            root++;
        roots[i] = root;
        for (size_t j = 0; j < i; j++)
            if (em_view_eq(em_clean_names_document(
                               em_view_of(names->inputs.paths[j] + roots[j])),
                           em_clean_names_document(em_view_of(path + root))))
                return em_fail(err, EM_ERR_USAGE, "clean",
                               "'%s' and '%s' would be written to the same file",
                               names->inputs.paths[j], path);
    }
    return EM_OK;
}

void em_clean_names_release(struct em_clean_names *names)
{
    em_inputs_release(&names->inputs);
    em_free(names->roots);
    names->roots = NULL;
}

struct em_view em_clean_names_get(const struct em_clean_names *names, size_t i)
{
    return em_view_of(names->inputs.paths[i] + names->roots[i]);
}
