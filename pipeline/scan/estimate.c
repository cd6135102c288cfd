/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/scan/estimate.h"

#include "base/alloc.h"
#include "crawler/archive/remote.h"

#include <string.h>
#include <sys/stat.h>

/* Addresses asked for their size: more would take longer than they tell. */
enum { MAX_ASKED = 8 };

struct trial {
    const atomic_int *stop; /* the caller's */
    atomic_int over;
    double done, seconds; /* when it was over; the share of the files */
};

static void drop_damage(void *context, const char *file, uint64_t offset,
                        const char *reason)
{
    (void)context;
    (void)file;
    (void)offset;
    (void)reason;
}

static void watch_trial(void *context, const struct em_summary *so_far,
                        const struct em_scan_share *share)
{
    struct trial *t = context;
    t->done = share->done;
    t->seconds = so_far->seconds;
    if (so_far->seconds >= EM_ESTIMATE_SECONDS || (t->stop && atomic_load(t->stop)))
        atomic_store(&t->over, 1);
}

/* The address's stored bytes, 0 where the server does not say. */
static uint64_t ask_size(struct em_remote_pool *pool, const char *name)
{
    struct em_remote *remote;
    char byte;
    size_t got;
    uint64_t size = 0;
    if (em_remote_open(&remote, pool, name, 0, 1, NULL) < 0)
        return 0;
    if (em_remote_read(remote, &byte, 1, &got, NULL) == EM_OK)
        size = em_remote_size(remote);
    em_remote_close(remote);
    return size;
}

/* The inputs' bytes, and in `files` those of this machine, of `known` bytes. */
static void measure(struct em_estimate *out, const struct em_scan_options *o,
                    const char **files, size_t *n_files, uint64_t *known)
{
    struct stat st;
    uint64_t remote = 0, sizes = 0, told = 0;
    for (size_t i = 0; i < o->n_files; i++) {
        const char *name = o->files[i];
        bool address = em_remote_named(name);
        remote += address;
        if (address && out->asked < MAX_ASKED) {
            uint64_t size = ask_size(o->source.remote, name);
            out->asked++;
            sizes += size;
            told += size > 0;
        } else if (!address && strcmp(name, "-") != 0 && stat(name, &st) == 0 &&
                   S_ISREG(st.st_mode)) {
            *known += (uint64_t)st.st_size;
            files[(*n_files)++] = name;
        } else if (!address) {
            out->unknown++;
        }
    }
    out->bytes = *known + (told ? sizes / told * remote : 0);
    out->unknown += told ? 0 : remote;
}

enum em_status em_scan_estimate(struct em_estimate *out,
                                const struct em_scan_options *options, struct em_err *err)
{
    struct trial trial = {.stop = options->stop};
    struct em_scan_options o = *options;
    struct em_summary summary = {.files = 0};
    uint64_t known = 0;
    size_t n = 0;
    const char **files = em_calloc(o.n_files ? o.n_files : 1, sizeof(files[0]));
    if (!files)
        return em_fail(err, EM_ERR_NOMEM, "scan", "out of memory");
    *out = (struct em_estimate){
        .inputs = o.n_files, .seconds = -1, .threads = o.threads ? o.threads : 1};
    measure(out, options, files, &n, &known);
    o.files = files;
    o.n_files = n;
    o.ranges = NULL;
    o.picks = NULL;
    o.drops = false;
    o.format = NULL;
    o.map = NULL;
    o.recorder = NULL;
    o.stop = &trial.over;
    o.damage = drop_damage;
    o.progress = watch_trial;
    o.context = &trial;
    enum em_status status = known ? em_scan_run(&o, &summary, err) : EM_OK;
    em_free(files);
    if (status < 0 || !known)
        return status;
    if (!summary.interrupted) {
        trial.done = 1;
        trial.seconds = summary.seconds;
    }
    out->trial_bytes = (uint64_t)(trial.done * (double)known);
    out->trial_seconds = trial.seconds;
    if (trial.done <= 0 || trial.seconds <= 0)
        return EM_OK;
    out->seconds = trial.seconds * (double)out->bytes / (trial.done * (double)known);
    out->core_hours = out->seconds * out->threads / 3600;
    return EM_OK;
}
