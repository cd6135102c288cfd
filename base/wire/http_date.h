/* SPDX-License-Identifier: Apache-2.0
 *
 * Dates as HTTP writes them, and the one field that tells a client to wait. Every part of
 * the program that reads either reads it here. Pure functions; thread-safe.
 */
#ifndef EM_BASE_WIRE_HTTP_DATE_H
#define EM_BASE_WIRE_HTTP_DATE_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

/* Seconds since 1970 of IMF-fixdate, RFC 850 or asctime (spec: RFC9110 5.6.7); a missing
 * zone, UTC, Z and numeric offsets are read too, as servers send them. EM_DATE_UNKNOWN
 * (base/date.h) for anything else. `now`, in seconds, decides the century of a year with two
 * digits. */
int64_t em_http_date(struct em_view text, int64_t now);

/* The value of a Retry-After field (spec: RFC9110 10.2.3) as milliseconds from `now_ms`: a
 * number of seconds or a date. A date in the past is 0, more than a year is a year, and
 * an empty value or one that makes no sense is -1. */
int64_t em_http_retry_after(struct em_view value, int64_t now_ms);

#endif
