/* SPDX-License-Identifier: Apache-2.0
 *
 * Dates as the index keeps them: seconds since 1970-01-01T00:00:00Z, months as year * 12 +
 * month - 1 (so that 2022-11 is 24274), both proleptic Gregorian and UTC. Text is ISO 8601
 * in the profile of the W3C note: YYYY, YYYY-MM, YYYY-MM-DD, YYYY-MM-DDThh:mm[:ss[.f]] with
 * Z or an offset; WARC's and HTML's dates are among these.
 */
#ifndef EM_BASE_DATE_H
#define EM_BASE_DATE_H

#include "base/view.h"

#include <stdint.h>

#define EM_DATE_UNKNOWN  INT64_MIN
#define EM_MONTH_UNKNOWN 0u

/* 2022-11-30T00:00:00Z: ChatGPT's first day. Text from before cannot be its output. */
#define EM_DATE_CHATGPT INT64_C(1669766400)

/* Years 1 to 9999. EM_DATE_UNKNOWN where `text` is not such a date; what is left out is
 * the earliest (a month is its first day, a day its midnight). A time without zone is
 * taken to be UTC. */
int64_t em_date_parse(struct em_view text);

/* Month of a date; EM_MONTH_UNKNOWN for EM_DATE_UNKNOWN. */
uint32_t em_date_month(int64_t seconds);

/* First second of a month; EM_DATE_UNKNOWN for EM_MONTH_UNKNOWN. */
int64_t em_month_start(uint32_t month);

/* "2022-11-30T00:00:00Z", "2022-11-30" and "2022-11"; "" where unknown. */
void em_date_format(int64_t seconds, char out[24]);
void em_date_format_day(int64_t seconds, char out[16]);
void em_month_format(uint32_t month, char out[16]);

#endif
