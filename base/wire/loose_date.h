/* SPDX-License-Identifier: Apache-2.0
 *
 * Dates as people and their programs write them in sitemaps, feeds and robots rules: W3C's
 * profile of ISO 8601 (base/date.h), with a blank for its T, HTTP's three forms, and what
 * RSS writes: "Thu, 05 Jan 2017 13:34:51 +0100", with or without weekday, time and zone.
 * Pure functions; thread-safe.
 */
#ifndef EM_BASE_WIRE_LOOSE_DATE_H
#define EM_BASE_WIRE_LOOSE_DATE_H

#include "base/view.h"

#include <stdint.h>

/* Seconds since 1970; EM_DATE_UNKNOWN (base/date.h) where it is no such date. */
int64_t em_loose_date(struct em_view text);

#endif
