/* SPDX-License-Identifier: Apache-2.0
 *
 * `crawl --index`: each WARC that the crawl has closed is scanned at once, in a thread of its
 * own, exactly as `scan --index` would: same rows, same lines, and an interrupted one is gone
 * on with from the index's ledger.
 */
#ifndef EM_CLI_CRAWL_SCAN_H
#define EM_CLI_CRAWL_SCAN_H

#include "detector/detector.h"
#include "index/refs/refs.h"
#include "pipeline/scan/scan.h"

#include <pthread.h>

enum { EM_CRAWL_SCAN_WAITING = 4 }; /* files that may wait before the crawl has to */

struct em_crawl_scan {
    const char *index, *verdicts; /* verdicts: NULL for none */
    const struct em_model *model;
    struct em_refs_sets *refs;
    uint32_t threads;
    struct em_summary total;

    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char **paths; /* owned; those from `next` on wait */
    size_t n, cap, next;
    bool running, ending, failed;
};

/* The members above the gap are set by the caller and outlive it. False and a message where
 * the thread cannot be started. */
bool em_crawl_scan_start(struct em_crawl_scan *scan);
/* One more file, complete. EM_ERR_NOMEM; EM_ERR_IO: scanning has failed before. */
EM_MUST_CHECK enum em_status em_crawl_scan_give(struct em_crawl_scan *scan,
                                                const char *path, struct em_err *err);
bool em_crawl_scan_busy(struct em_crawl_scan *scan);
size_t em_crawl_scan_waiting(struct em_crawl_scan *scan);
/* Waits for what was given; false where a scan failed (a message has been printed). */
bool em_crawl_scan_end(struct em_crawl_scan *scan);

#endif
