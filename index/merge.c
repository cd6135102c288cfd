/* SPDX-License-Identifier: Apache-2.0
 *
 * The tree of steps of a merge. OUT.merge/plan says what is merged; a group that is there
 * under its own name is complete, and those it was made from are not needed any more.
 */
#include "index/merge_private.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files open for each index: its environment, and LMDB's lock. */
enum { FILES_PER_INDEX = 2, FILES_SPARE = 32, MAX_LEVELS = 24, PATH_ROOM = 4096 };

struct tree {
    const struct em_merge_options *options;
    uint32_t threads;
    size_t fan_in;
    size_t levels;            /* of groups, the last one being OUT */
    size_t width[MAX_LEVELS]; /* indexes on each: width[0] = n_dirs */
    uint64_t fingerprint;
    char root[PATH_ROOM - 64]; /* OUT.merge */
    /* progress */
    size_t step, steps;
    uint64_t blocks, done, weight; /* of all dirs; in weights: finished, of this step */
    double shown;
};

static bool merge_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

static bool is_index(const char *dir)
{
    char path[PATH_ROOM + 16];
    snprintf(path, sizeof(path), "%s/data.mdb", dir);
    return merge_exists(path);
}

static void name_group(const struct tree *t, size_t level, size_t i, char *path)
{
    if (level == 0)
        snprintf(path, PATH_ROOM, "%s", t->options->dirs[i]);
    else if (level == t->levels)
        snprintf(path, PATH_ROOM, "%s", t->options->out);
    else
        snprintf(path, PATH_ROOM, "%s/g%zu.%zu", t->root, level, i);
}

static void show_step(void *context, const char *table, uint64_t read, uint64_t all,
                      uint64_t rows, bool resumed)
{
    struct tree *t = context;
    double now = em_clock_now();
    if (!t->options->show || now - t->shown < 0.25)
        return;
    t->shown = now;
    double share = all ? (double)read / (double)all : 1;
    double whole = (double)(t->options->n_dirs * t->levels);
    struct em_merge_progress progress = {
        .table = table,
        .fraction = ((double)t->done + (share < 1 ? share : 1) * (double)t->weight) /
                    (whole > 0 ? whole : 1),
        .step = t->step,
        .steps = t->steps,
        .rows = rows,
        .resumed = resumed};
    t->options->show(t->options->context, &progress);
}

/* How many of the dirs are below a group. */
static size_t leaves_below(const struct tree *t, size_t level, size_t i)
{
    size_t from = i, to = i + 1;
    for (; level > 0; level--) {
        from *= t->fan_in;
        to *= t->fan_in;
    }
    size_t n = t->options->n_dirs;
    return (to < n ? to : n) - (from < n ? from : n);
}

static enum em_status merge_group(struct tree *t, size_t level, size_t i, size_t from,
                                  size_t n, struct em_err *err)
{
    char(*names)[PATH_ROOM] = em_calloc(n ? n : 1, sizeof(names[0]));
    const char **dirs = em_calloc(n ? n : 1, sizeof(dirs[0]));
    char out[PATH_ROOM];
    enum em_status status = names && dirs ? EM_OK : EM_ERR_NOMEM;
    for (size_t k = 0; status == EM_OK && k < n; k++) {
        name_group(t, level - 1, from + k, names[k]);
        dirs[k] = names[k];
    }
    name_group(t, level, i, out);
    const struct em_merge_step step = {
        .out = out,
        .dirs = dirs,
        .n_dirs = n,
        .threads = t->threads,
        .fingerprint = em_mix64(t->fingerprint + level * 1000003 + i),
        .stop = t->options->stop,
        .show = show_step,
        .context = t,
    };
    t->step++;
    t->weight = leaves_below(t, level, i);
    if (status == EM_OK)
        status = em_merge_step_run(&step, err);
    t->done += t->weight;
    for (size_t k = 0; status == EM_OK && level > 1 && k < n; k++)
        em_index_remove(names[k]);
    em_free(names);
    em_free(dirs);
    return status;
}

/* Depth first, so that no more groups than needed lie on the disk at a time. */
static enum em_status make_group(struct tree *t, size_t level, size_t i,
                                 struct em_err *err)
{
    char path[PATH_ROOM];
    if (level == 0)
        return EM_OK;
    size_t from = i * t->fan_in, n = t->width[level - 1] - from;
    n = n < t->fan_in ? n : t->fan_in;
    name_group(t, level, i, path);
    if (level < t->levels && merge_exists(path)) {
        t->done += leaves_below(t, level, i) * level;
        /* Killed between its end and this. */
        for (size_t k = 0; level > 1 && k < n; k++) {
            name_group(t, level - 1, from + k, path);
            em_index_remove(path);
        }
        return EM_OK;
    }
    for (size_t k = 0; k < n; k++)
        EM_TRY(make_group(t, level - 1, from + k, err));
    return merge_group(t, level, i, from, n, err);
}

/* --- the plan ------------------------------------------------------------------------------ */

/* Whatever groups are in OUT.merge, for another merge under this name may have left more of
 * them. */
static void remove_tree(const struct tree *t)
{
    char path[PATH_ROOM + 256];
    DIR *root = opendir(t->root);
    if (!root)
        return;
    const struct dirent *entry;
    while ((entry = readdir(root)) != NULL) {
        snprintf(path, sizeof(path), "%s/%s", t->root, entry->d_name);
        if (entry->d_name[0] == 'g')
            em_index_remove(path);
    }
    closedir(root);
    snprintf(path, sizeof(path), "%s/plan", t->root);
    (void)unlink(path);
    (void)rmdir(t->root);
}

static bool same_plan(const struct tree *t)
{
    char path[PATH_ROOM], line[64] = "", wanted[64];
    snprintf(path, sizeof(path), "%s/plan", t->root);
    snprintf(wanted, sizeof(wanted), "%016" PRIx64 " %zu\n", t->fingerprint, t->fan_in);
    FILE *in = fopen(path, "rb");
    if (!in)
        return false;
    bool same = fgets(line, sizeof(line), in) && strcmp(line, wanted) == 0;
    fclose(in);
    return same;
}

/* What another merge left behind under this name goes. */
static enum em_status write_plan(struct tree *t, struct em_err *err)
{
    char path[PATH_ROOM];
    if (t->levels == 1 || same_plan(t))
        return EM_OK;
    remove_tree(t);
    snprintf(path, sizeof(path), "%s/plan", t->root);
    if (mkdir(t->root, 0777) != 0 && errno != EEXIST)
        return em_fail(err, EM_ERR_IO, "merge", "cannot make '%s': %s", t->root,
                       strerror(errno));
    FILE *out = fopen(path, "wb");
    bool written =
        out && fprintf(out, "%016" PRIx64 " %zu\n", t->fingerprint, t->fan_in) > 0;
    if (out && fclose(out) != 0)
        written = false;
    return written ? EM_OK
                   : em_fail(err, EM_ERR_IO, "merge", "cannot write '%s': %s", path,
                             strerror(errno));
}

/* As many files as the system lets us, and a clear word where that is too few. */
static enum em_status allow_files(size_t n_dirs, struct em_err *err)
{
    struct rlimit limit;
    rlim_t need = (rlim_t)(n_dirs * FILES_PER_INDEX + FILES_SPARE);
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= need)
        return EM_OK;
    limit.rlim_cur = limit.rlim_max < need ? limit.rlim_max : need;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < need)
        return em_fail(err, EM_ERR_LIMIT, "merge",
                       "%zu indexes at once need %llu open files, but only %llu are "
                       "allowed; lower --fan-in",
                       n_dirs, (unsigned long long)need,
                       (unsigned long long)limit.rlim_cur);
    return EM_OK;
}

/* *ended: OUT is there and made by this very plan; only its groups are still to be removed,
 * for it was killed at that. */
static enum em_status merge_plan(struct tree *t, bool *ended, struct em_err *err)
{
    const struct em_merge_options *o = t->options;
    int n = snprintf(t->root, sizeof(t->root), "%s.merge", o->out);
    if (n < 0 || (size_t)n >= sizeof(t->root))
        return em_fail(err, EM_ERR_LIMIT, "merge", "'%s': name too long", o->out);
    t->threads = o->threads ? o->threads : 1;
    t->fan_in = o->fan_in ? o->fan_in : EM_MERGE_FAN_IN;
    if (t->fan_in < 2 || t->fan_in > EM_MERGE_MAX_FAN_IN ||
        t->threads > EM_MERGE_MAX_THREADS)
        return em_fail(err, EM_ERR_USAGE, "merge",
                       "fan-in is between 2 and %d, threads are at most %d",
                       EM_MERGE_MAX_FAN_IN, EM_MERGE_MAX_THREADS);
    EM_TRY(em_merge_check(o->dirs, o->n_dirs, &t->fingerprint, &t->blocks, err));
    t->width[0] = o->n_dirs;
    do {
        size_t below = t->width[t->levels++];
        t->width[t->levels] = below ? (below - 1) / t->fan_in + 1 : 1;
        t->steps += t->width[t->levels];
    } while (t->width[t->levels] > 1);
    size_t at_once = o->n_dirs < t->fan_in ? o->n_dirs : t->fan_in;
    *ended = t->levels > 1 && is_index(o->out) && same_plan(t);
    if (is_index(o->out))
        (void)rmdir(t->root); /* killed at the very end, with nothing left in it */
    if (!*ended && merge_exists(o->out) && rmdir(o->out) != 0)
        return em_fail(err, EM_ERR_USAGE, "merge", "there is something in '%s' already",
                       o->out);
    return allow_files(at_once, err);
}

enum em_status em_index_merge_run(const struct em_merge_options *options,
                                  struct em_err *err)
{
    struct tree t = {.options = options};
    bool ended = false;
    EM_TRY(merge_plan(&t, &ended, err));
    EM_TRY(write_plan(&t, err));
    enum em_status status = ended ? EM_OK : make_group(&t, t.levels, 0, err);
    if (status == EM_OK && t.levels > 1)
        remove_tree(&t);
    return status;
}

/* --- with a simpler word about progress ---------------------------------------------------- */

struct simple {
    em_merge_progress_fn *progress;
    void *context;
    const char *table;
};

static void show_simple(void *context, const struct em_merge_progress *progress)
{
    struct simple *s = context;
    if (s->progress && s->table != progress->table)
        s->progress(s->context, progress->table, progress->rows);
    s->table = progress->table;
}

enum em_status em_index_merge(const char *out, const char *const *dirs, size_t n_dirs,
                              em_merge_progress_fn *progress, void *context,
                              struct em_err *err)
{
    struct simple simple = {.progress = progress, .context = context};
    const struct em_merge_options options = {
        .out = out,
        .dirs = dirs,
        .n_dirs = n_dirs,
        .show = show_simple,
        .context = &simple,
    };
    return em_index_merge_run(&options, err);
}
