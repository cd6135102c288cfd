/* SPDX-License-Identifier: Apache-2.0
 *
 * A crawl's numbers for people (a line, a summary), for programs (one JSON object) and for
 * Prometheus (text, in a file or on a loopback port).
 */
#ifndef EM_REPORT_CRAWL_TEXT_H
#define EM_REPORT_CRAWL_TEXT_H

#include "base/buf.h"
#include "crawler/web/crawl_stats.h"

#include <pthread.h>

/* "812 pages (41.2/s, 3.1 MB/s), 12 hosts asked, 88 waiting, ..." without a line end. */
EM_MUST_CHECK enum em_status em_crawl_line(struct em_buf *out,
                                           const struct em_crawl_stats *stats);
/* Several lines; `live`: of a run that has just ended, else as read from its folder. */
EM_MUST_CHECK enum em_status em_crawl_text(struct em_buf *out,
                                           const struct em_crawl_stats *stats, bool live);
EM_MUST_CHECK enum em_status em_crawl_json(struct em_buf *out,
                                           const struct em_crawl_stats *stats, bool live);
/* Why a crawl fetched no page, one line: what was cut and what failed, the most frequent first,
 * and what can be done about it. */
EM_MUST_CHECK enum em_status em_crawl_nothing(struct em_buf *out,
                                              const struct em_crawl_stats *stats);
/* Prometheus text exposition format 0.0.4. */
EM_MUST_CHECK enum em_status em_crawl_prometheus(struct em_buf *out,
                                                 const struct em_crawl_stats *stats);

struct em_crawl_metrics {
    const char *file; /* replaced by renaming; NULL: none */
    uint16_t port;    /* that the system chose, where 0 was asked for; else 0 */
    int listener;     /* -1: none */
    int wake[2];
    pthread_t thread;
    pthread_mutex_t lock;
    struct em_buf text; /* under `lock` */
    double written;
};
/* `where`: a file, or ADDRESS:PORT of an IPv4 loopback address; NULL: nowhere. */
EM_MUST_CHECK enum em_status em_crawl_metrics_open(struct em_crawl_metrics *metrics,
                                                   const char *where, struct em_err *err);
/* Takes the numbers; a file is written every few seconds, or at once with `last`. */
void em_crawl_metrics_set(struct em_crawl_metrics *metrics,
                          const struct em_crawl_stats *stats, bool last);
void em_crawl_metrics_close(struct em_crawl_metrics *metrics);

#endif
