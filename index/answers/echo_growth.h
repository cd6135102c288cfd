/* SPDX-License-Identifier: Apache-2.0
 *
 * How fast something spreads: an exponential rate from the times of first sights.
 *
 * Model: after the first sight, further sites appear as a Poisson process whose rate is
 * exposure(t) * e^(r t) up to the end of observation T. Given their number the times are
 * independent with that density (Cox and Lewis 1966, 3.3, there with constant exposure), a
 * one-parameter exponential family in r: the maximum of the likelihood is where the mean of
 * the times is the expected one, and the 95 % interval is where twice the log likelihood
 * is less than 3.84 below its maximum. Exposure is what was looked at: documents of each
 * month; a crawl that grows does not look like an echo that does.
 */
#ifndef EM_INDEX_ECHO_GROWTH_H
#define EM_INDEX_ECHO_GROWTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Days: the rate of a month is that of a day times this. */
#define EM_GROWTH_MONTH 30.4375

/* Documents by month; month[0] is `first` (as em_date_month). */
struct em_exposure {
    uint32_t first, n;
    const uint64_t *documents;
};

struct em_growth {
    bool known;                         /* three times at least, after the first */
    double rate, low, high;             /* a day; 95 % */
    double doubling;                    /* days; NAN where the rate is not positive */
    double doubling_low, doubling_high; /* the latter NAN where there is no upper end */
};

/* `times`: seconds, all after `first` and not after `end`; only their mean counts.
 * `exposure` may be NULL: the same all the time; so too where a time falls into a month
 * without documents. */
void em_growth_fit(struct em_growth *growth, int64_t first, int64_t end,
                   const int64_t *times, size_t n, const struct em_exposure *exposure);

#endif
