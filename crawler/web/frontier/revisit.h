/* SPDX-License-Identifier: Apache-2.0
 *
 * When to look again. A page's changes are taken as a Poisson process whose rate is
 * estimated from visits at irregular times (Cho & Garcia-Molina, "Estimating frequency of
 * change", 2003, section 5: maximum likelihood from intervals with and without a change),
 * with a log-normal prior so that one visit says little. The next visit is due when a change has
 * become as likely as `target`, within bounds. Sitemaps' lastmod and feeds' dates say when a
 * page changed without asking it: such a page is due at once.
 */
#ifndef EM_CRAWLER_WEB_FRONTIER_REVISIT_H
#define EM_CRAWLER_WEB_FRONTIER_REVISIT_H

#include "base/buf.h"

#include <stdint.h>

struct em_revisit_options {
    bool enabled;        /* false: pages are visited once */
    int64_t min_ms;      /* 3,600,000: an hour */
    int64_t max_ms;      /* 90 days */
    int64_t first_ms;    /* before a second visit, without other knowledge; 7 days */
    double target;       /* probability of change at which a visit is due; 0.5 */
    double prior_ms;     /* mean time between changes before seeing any; 14 days */
    double prior_weight; /* of it, in changes; 1.0 */
};
void em_revisit_options_init(struct em_revisit_options *options); /* the values above */

enum {
    EM_REVISIT_VISITS = 12
}; /* intervals kept a page; older ones are forgotten, so
                                    that a page whose habit changes is followed */

struct em_revisit {
    uint32_t interval_s[EM_REVISIT_VISITS];
    uint16_t changed; /* bit i: interval i ended with a change */
    uint8_t n, next;  /* intervals kept; where the next is written */
};

/* A visit `interval_ms` after the one before it found the page changed or not. */
void em_revisit_learn(struct em_revisit *history, int64_t interval_ms, bool changed);
/* Changes a second, at least a tiny number. */
double em_revisit_rate(const struct em_revisit_options *options,
                       const struct em_revisit *history);
/* Milliseconds until the next visit; INT64_MAX where revisits are off. `jitter` in [0, 1)
 * (from the URL's hash) spreads pages that were found together over 10 %. */
int64_t em_revisit_wait(const struct em_revisit_options *options,
                        const struct em_revisit *history, double jitter);

/* For storing; bytes may be damaged (EM_ERR_FORMAT). */
EM_MUST_CHECK enum em_status em_revisit_pack(struct em_buf *out,
                                             const struct em_revisit *history);
EM_MUST_CHECK enum em_status em_revisit_unpack(struct em_revisit *history,
                                               struct em_view bytes);

#endif
