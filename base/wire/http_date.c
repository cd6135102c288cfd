/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wire/http_date.h"

#include "base/date.h"

#include <stdio.h>

/* Whoever says more than a year means never. */
#define LONGEST_RETRY_S INT64_C(31536000)

struct date_parts {
    int64_t year, month, day, hour, minute, second, offset; /* the last in seconds */
};

static bool date_take_number(struct em_view text, size_t *at, size_t least, size_t most,
                             int64_t *out)
{
    size_t n = 0;
    *out = 0;
    while (n < most && *at + n < text.len && text.data[*at + n] >= '0' &&
           text.data[*at + n] <= '9')
        *out = *out * 10 + (text.data[*at + n++] - '0');
    *at += n;
    return n >= least;
}

static bool date_take_char(struct em_view text, size_t *at, char c)
{
    if (*at >= text.len || text.data[*at] != c)
        return false;
    ++*at;
    return true;
}

static bool date_take_blanks(struct em_view text, size_t *at)
{
    size_t from = *at;
    while (date_take_char(text, at, ' ') || date_take_char(text, at, '\t'))
        ;
    return *at > from;
}

static bool date_take_month(struct em_view text, size_t *at, int64_t *month)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int m = 0; m < 12; m++)
        if (em_view_ieq(em_view_sub(text, *at, 3), em_view_make(names + 3 * m, 3))) {
            *month = m + 1;
            *at += 3;
            return true;
        }
    return false;
}

/* A leap second is the second before: dates here have none. */
static bool date_take_time(struct em_view text, size_t *at, struct date_parts *d)
{
    if (!date_take_number(text, at, 2, 2, &d->hour) || !date_take_char(text, at, ':') ||
        !date_take_number(text, at, 2, 2, &d->minute) || !date_take_char(text, at, ':') ||
        !date_take_number(text, at, 2, 2, &d->second))
        return false;
    d->second -= d->second == 60;
    return d->hour < 24 && d->minute < 60 && d->second < 60;
}

/* What stands after the time, to the end: nothing, GMT and its other names, "+0100". */
static bool date_take_zone(struct em_view text, size_t at, struct date_parts *d)
{
    static const char *const names[] = {"", "GMT", "UTC", "UT", "Z"};
    int64_t hours, minutes;
    struct em_view zone = em_view_trim(em_view_sub(text, at, text.len));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (em_view_ieq(zone, em_view_of(names[i])))
            return true;
    size_t p = 1;
    if ((zone.data[0] != '+' && zone.data[0] != '-') ||
        !date_take_number(zone, &p, 2, 2, &hours))
        return false;
    (void)date_take_char(zone, &p, ':');
    if (!date_take_number(zone, &p, 2, 2, &minutes) || p != zone.len || hours > 14 ||
        minutes > 59)
        return false;
    d->offset = (zone.data[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

/* spec: RFC9110 5.6.7: a year that seems more than 50 years ahead is a century ago. */
static int64_t date_full_year(int64_t two_digits, int64_t now)
{
    int64_t this_year = now / 31556952 + 1970;
    int64_t year = this_year - this_year % 100 + two_digits;
    return year > this_year + 50 ? year - 100 : year;
}

/* "06 Nov 1994 08:49:37 GMT" or "06-Nov-94 08:49:37 GMT", after the day's name. */
static bool date_read_fixdate(struct em_view text, size_t at, int64_t now,
                              struct date_parts *d)
{
    (void)date_take_blanks(text, &at);
    if (!date_take_number(text, &at, 1, 2, &d->day))
        return false;
    bool dashes = date_take_char(text, &at, '-');
    if ((!dashes && !date_take_blanks(text, &at)) ||
        !date_take_month(text, &at, &d->month) ||
        !(dashes ? date_take_char(text, &at, '-') : date_take_blanks(text, &at)))
        return false;
    size_t digits = at;
    if (!date_take_number(text, &at, 2, 4, &d->year) || at - digits == 3)
        return false;
    if (at - digits == 2)
        d->year = date_full_year(d->year, now);
    return date_take_blanks(text, &at) && date_take_time(text, &at, d) &&
           date_take_zone(text, at, d);
}

/* "Nov  6 08:49:37 1994" after the day's name. */
static bool date_read_asctime(struct em_view text, size_t at, struct date_parts *d)
{
    return date_take_blanks(text, &at) && date_take_month(text, &at, &d->month) &&
           date_take_blanks(text, &at) && date_take_number(text, &at, 1, 2, &d->day) &&
           date_take_blanks(text, &at) && date_take_time(text, &at, d) &&
           date_take_blanks(text, &at) && date_take_number(text, &at, 4, 4, &d->year) &&
           date_take_zone(text, at, d);
}

int64_t em_http_date(struct em_view text, int64_t now)
{
    struct date_parts d = {.offset = 0};
    size_t name = 0;
    char iso[96];
    text = em_view_trim(text);
    while (name < text.len && name < 9 && (text.data[name] | 32) >= 'a' &&
           (text.data[name] | 32) <= 'z')
        name++;
    if (name < 3)
        return EM_DATE_UNKNOWN;
    bool read = name < text.len && text.data[name] == ','
                    ? date_read_fixdate(text, name + 1, now, &d)
                    : date_read_asctime(text, name, &d);
    if (!read)
        return EM_DATE_UNKNOWN;
    snprintf(iso, sizeof(iso), "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)d.year,
             (int)d.month, (int)d.day, (int)d.hour, (int)d.minute, (int)d.second);
    int64_t seconds =
        em_date_parse(em_view_of(iso)); /* which knows the months' lengths */
    return seconds == EM_DATE_UNKNOWN ? seconds : seconds - d.offset;
}

static bool date_all_digits(struct em_view text)
{
    size_t n = 0;
    while (n < text.len && text.data[n] >= '0' && text.data[n] <= '9')
        n++;
    return text.len > 0 && n == text.len;
}

int64_t em_http_retry_after(struct em_view value, int64_t now_ms)
{
    unsigned long long seconds;
    value = em_view_trim(value);
    if (date_all_digits(value)) /* digits that do not fit a number are more than a year */
        return 1000 * (em_view_u64(value, &seconds) && seconds < LONGEST_RETRY_S
                           ? (int64_t)seconds
                           : LONGEST_RETRY_S);
    int64_t date = em_http_date(value, now_ms / 1000);
    if (date == EM_DATE_UNKNOWN)
        return -1;
    int64_t wait = date * 1000 - now_ms;
    return wait <= 0 ? 0 : wait < 1000 * LONGEST_RETRY_S ? wait : 1000 * LONGEST_RETRY_S;
}
