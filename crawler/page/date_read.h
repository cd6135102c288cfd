/* SPDX-License-Identifier: Apache-2.0
 *
 * Calendar days as pages write them: ISO 8601 and its relatives, "17.05.2024", "May 17,
 * 2024", "17 de mayo de 2024", "2024年5月17日", in the languages of date_months.c. Only days
 * from EM_DAY_FIRST_YEAR to EM_DAY_LAST_YEAR exist here: older ones are what a page is
 * about, not when it was written. Linear in the text.
 */
#ifndef EM_CRAWLER_PAGE_DATE_READ_H
#define EM_CRAWLER_PAGE_DATE_READ_H

#include "base/view.h"

#include <stdint.h>

enum { EM_DAY_FIRST_YEAR = 1990, EM_DAY_LAST_YEAR = 2100 };

/* year 0: no day. Ordered as number: year * 10000 + month * 100 + day. */
struct em_day {
    uint16_t year;
    uint8_t month, day;
};

/* What 05/06/2020 means. */
enum em_day_order {
    EM_DAY_UNSURE, /* nothing: such days are not found */
    EM_DAY_DAY_FIRST,
    EM_DAY_MONTH_FIRST,
};

struct em_day_match {
    struct em_day day;
    size_t start, end; /* bytes into the text */
    bool numeric;      /* "5/6/2020": only the order told day and month apart */
    bool short_year;   /* "17.05.24" */
};

static inline uint32_t em_day_number(struct em_day d)
{
    return d.year * 10000u + d.month * 100u + d.day;
}

/* The first day in `text` at or after byte `from`; false when there is none. */
bool em_day_find(struct em_view text, size_t from, enum em_day_order order,
                 struct em_day_match *match);

/* What day a value made for machines names (attribute, JSON string): the first day found in
 * its first bytes, also eight digits, or seconds or milliseconds since 1970. */
bool em_day_read(struct em_view value, enum em_day_order order, struct em_day *day);

/* YYYY-MM-DD and a NUL. */
void em_day_write(struct em_day day, char out[11]);

/* The day after today where the clock is (a page from farther east), 2026-12-31 at least. */
struct em_day em_day_today(void);

/* 1 to 12 for a month's name or abbreviation in any language known, any case; else 0. */
unsigned em_month_find(struct em_view word);

/* Days that exist, in the years above. */
bool em_day_valid(unsigned year, unsigned month, unsigned day);

#endif
