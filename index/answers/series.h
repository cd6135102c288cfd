/* SPDX-License-Identifier: Apache-2.0
 *
 * What happened to a series of estimates, each with its standard error: an interrupted time
 * series at a date that is given, and change points at dates that are not. Pure functions.
 */
#ifndef EM_INDEX_SERIES_H
#define EM_INDEX_SERIES_H

#include "index/answers/quantify.h"

#include <stddef.h>

enum { EM_SERIES_MAX = 2400 }; /* points: two hundred years of months */

struct em_point {
    double time;  /* in months, rising */
    double value; /* NaN: skipped */
    double error; /* standard error, above 0 */
};

struct em_interruption {
    struct em_estimate level; /* change at the date, in units of the values */
    struct em_estimate slope; /* change of slope, per unit of time */
    size_t before, after;     /* points used */
};

/* The estimates of rows as points (room for n), those that are none left out; their number.
 * An interval's wider half is 1.96 standard errors: where an estimate sits at 0 its interval
 * is one-sided. */
struct em_prevalence_row;
size_t em_series_points(struct em_point *points, const struct em_prevalence_row *rows,
                        size_t n);

/* Segmented regression (Wagner 2002) by weighted least squares: value = a + b t + level
 * [t >= at] + slope (t - at)[t >= at]; standard errors are scaled up where the points
 * scatter more than their own errors say. False with fewer than three points on a side. */
bool em_series_interrupted(const struct em_point *points, size_t n, double at,
                           struct em_interruption *out);

/* Indices of points at which the level changes, rising; their number is returned (at most
 * `cap`). Optimal partitioning (Jackson 2005) of weighted squares with a penalty of
 * 3 ln(points) + 4 a change, at least two points a segment: on constant series of 12 to 120 points it
 * finds a change in fewer than 5 of 100 (tests). The points' errors must be right: too small
 * ones make changes of noise. */
size_t em_series_changes(const struct em_point *points, size_t n, size_t *at, size_t cap);

#endif
