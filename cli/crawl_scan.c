/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/crawl_scan.h"

#include "base/alloc.h"
#include "cli/cli.h"
#include "crawler/archive/inputs.h"
#include "pipeline/scan/scan_output.h"
#include "cli/scan_index.h"
#include "cli/scan_line.h"

#include <signal.h>

struct lines {
    FILE *out;
};

static bool write_lines(void *context, struct em_view text)
{
    struct lines *lines = context;
    return fwrite(text.data, 1, text.len, lines->out) == text.len;
}

static bool flush_lines(void *context, uint64_t *length)
{
    struct lines *lines = context;
    return em_scan_output_flush(lines->out, length);
}

static void list_damage(void *context, const char *file, uint64_t offset,
                        const char *reason)
{
    (void)context;
    em_tell_damage(file, offset, reason);
}

static bool scan_file(struct em_crawl_scan *scan, char *path)
{
    struct em_err err = {.status = EM_OK};
    struct em_recorder *recorder = NULL;
    struct em_inputs inputs = {.paths = &path, .n = 1};
    struct em_summary summary;
    struct lines lines = {NULL};
    const struct em_scan_options options = {
        .files = (const char *const *)inputs.paths,
        .n_files = 1,
        .threads = scan->threads,
        .model = scan->model,
        .refs = scan->refs,
        .format = scan->verdicts ? em_scan_line : NULL,
        .write = write_lines,
        .flush = flush_lines,
        .damage = list_damage,
        .context = &lines,
    };
    lines.out = em_scan_index_open(&recorder, scan->index, scan->model, &inputs, NULL,
                                   scan->verdicts, 0);
    if (!lines.out)
        return false;
    struct em_scan_options with = options;
    with.recorder = recorder;
    enum em_status status = em_scan_run(&with, &summary, &err);
    em_recorder_free(recorder);
    bool written = em_output_close(lines.out, scan->verdicts);
    if (status < 0)
        em_error_report("scan", &err);
    em_summary_add(&scan->total, &summary);
    return written && status == EM_OK;
}

static void *scan_main(void *argument)
{
    struct em_crawl_scan *scan = argument;
    pthread_mutex_lock(&scan->lock);
    for (;;) {
        while (scan->next == scan->n && !scan->ending)
            pthread_cond_wait(&scan->changed, &scan->lock);
        if (scan->next == scan->n || scan->failed)
            break;
        char *path = scan->paths[scan->next];
        pthread_mutex_unlock(&scan->lock);
        bool good = scan_file(scan, path);
        pthread_mutex_lock(&scan->lock);
        scan->next++;
        scan->failed |= !good;
    }
    pthread_mutex_unlock(&scan->lock);
    return NULL;
}

bool em_crawl_scan_start(struct em_crawl_scan *scan)
{
    sigset_t all, before;
    pthread_mutex_init(&scan->lock, NULL);
    pthread_cond_init(&scan->changed, NULL);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    scan->running = pthread_create(&scan->thread, NULL, scan_main, scan) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!scan->running)
        em_error("crawl: cannot start a thread");
    return scan->running;
}

enum em_status em_crawl_scan_give(struct em_crawl_scan *scan, const char *path,
                                  struct em_err *err)
{
    enum em_status status = EM_OK;
    char *copy = em_strdup(path);
    pthread_mutex_lock(&scan->lock);
    if (copy && scan->n == scan->cap) {
        size_t cap = scan->cap ? 2 * scan->cap : 16;
        char **paths = em_realloc_array(scan->paths, cap, sizeof(paths[0]));
        if (paths) {
            scan->paths = paths;
            scan->cap = cap;
        }
    }
    if (scan->failed)
        status = em_fail(err, EM_ERR_IO, "crawl", "scanning has failed");
    else if (!copy || scan->n == scan->cap)
        status = em_fail(err, EM_ERR_NOMEM, "crawl", "out of memory");
    if (status == EM_OK)
        scan->paths[scan->n++] = copy;
    else
        em_free(copy);
    pthread_cond_broadcast(&scan->changed);
    pthread_mutex_unlock(&scan->lock);
    return status;
}

size_t em_crawl_scan_waiting(struct em_crawl_scan *scan)
{
    pthread_mutex_lock(&scan->lock);
    size_t waiting = scan->n - scan->next;
    pthread_mutex_unlock(&scan->lock);
    return waiting;
}

bool em_crawl_scan_busy(struct em_crawl_scan *scan)
{
    return em_crawl_scan_waiting(scan) >= EM_CRAWL_SCAN_WAITING;
}

bool em_crawl_scan_end(struct em_crawl_scan *scan)
{
    if (!scan->running)
        return true;
    pthread_mutex_lock(&scan->lock);
    scan->ending = true;
    pthread_cond_broadcast(&scan->changed);
    pthread_mutex_unlock(&scan->lock);
    pthread_join(scan->thread, NULL);
    for (size_t i = 0; i < scan->n; i++)
        em_free(scan->paths[i]);
    em_free(scan->paths);
    pthread_cond_destroy(&scan->changed);
    pthread_mutex_destroy(&scan->lock);
    scan->running = false;
    return !scan->failed;
}
