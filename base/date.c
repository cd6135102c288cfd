/* SPDX-License-Identifier: Apache-2.0
 *
 * Days from civil dates after H. Hinnant, "chrono-compatible low-level date algorithms":
 * eras of 400 years, years that begin in March so that leap days come last.
 */
#include "base/date.h"

static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void civil_of(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * years + years / 4 - years / 100);
    int64_t shifted = (5 * of_year + 2) / 153;
    *day = of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted + (shifted < 10 ? 3 : -9);
    *year = years + era * 400 + (*month <= 2);
}

static bool digits(struct em_view *text, size_t n, int64_t *out)
{
    *out = 0;
    if (text->len < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = text->data[i];
        if (c < '0' || c > '9')
            return false;
        *out = *out * 10 + (c - '0');
    }
    *text = em_view_sub(*text, n, text->len);
    return true;
}

static bool date_take(struct em_view *text, char c)
{
    if (text->len == 0 || text->data[0] != c)
        return false;
    *text = em_view_sub(*text, 1, text->len);
    return true;
}

static bool zone(struct em_view *text, int64_t *offset)
{
    int64_t hours, minutes = 0;
    *offset = 0;
    if (text->len == 0 || date_take(text, 'Z') || date_take(text, 'z'))
        return text->len == 0;
    int64_t sign = text->data[0] == '-' ? -1 : 1;
    if (!date_take(text, '+') && !date_take(text, '-'))
        return false;
    if (!digits(text, 2, &hours))
        return false;
    (void)date_take(text, ':');
    if (text->len && !digits(text, 2, &minutes))
        return false;
    *offset = sign * (hours * 3600 + minutes * 60);
    return text->len == 0 && hours < 24 && minutes < 60;
}

static bool clock_of(struct em_view text, int64_t *seconds)
{
    int64_t h, m, s = 0, fraction, offset;
    if (!digits(&text, 2, &h) || !date_take(&text, ':') || !digits(&text, 2, &m))
        return false;
    if (date_take(&text, ':') && !digits(&text, 2, &s))
        return false;
    if (date_take(&text, '.') || date_take(&text, ','))
        while (digits(&text, 1, &fraction))
            ;
    if (!zone(&text, &offset) || h > 24 || m > 59 || s > 60)
        return false;
    *seconds = h * 3600 + m * 60 + s - offset;
    return true;
}

static int64_t month_length(int64_t year, int64_t month)
{
    static const int8_t length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return length[month - 1] + (month == 2 && leap);
}

int64_t em_date_parse(struct em_view text)
{
    int64_t year, month = 1, day = 1, seconds = 0;
    text = em_view_trim(text);
    if (!digits(&text, 4, &year) || year < 1)
        return EM_DATE_UNKNOWN;
    if (date_take(&text, '-') && !digits(&text, 2, &month))
        return EM_DATE_UNKNOWN;
    if (month < 1 || month > 12)
        return EM_DATE_UNKNOWN;
    if (date_take(&text, '-') && !digits(&text, 2, &day))
        return EM_DATE_UNKNOWN;
    if (day < 1 || day > month_length(year, month))
        return EM_DATE_UNKNOWN;
    bool timed = date_take(&text, 'T') || date_take(&text, 't') || date_take(&text, ' ');
    if (timed ? !clock_of(text, &seconds) : text.len != 0)
        return EM_DATE_UNKNOWN;
    return days_of(year, month, day) * 86400 + seconds;
}

uint32_t em_date_month(int64_t seconds)
{
    int64_t year, month, day;
    if (seconds == EM_DATE_UNKNOWN)
        return EM_MONTH_UNKNOWN;
    int64_t days = seconds / 86400 - (seconds % 86400 < 0);
    civil_of(days, &year, &month, &day);
    return year < 1 || year > 9999 ? EM_MONTH_UNKNOWN : (uint32_t)(year * 12 + month - 1);
}

int64_t em_month_start(uint32_t month)
{
    if (month == EM_MONTH_UNKNOWN)
        return EM_DATE_UNKNOWN;
    return days_of(month / 12, month % 12 + 1, 1) * 86400;
}

static char *date_put(char *out, int64_t value, int digits, char after)
{
    for (int i = digits - 1; i >= 0; i--, value /= 10)
        out[i] = (char)('0' + value % 10);
    out[digits] = after;
    return out + digits + 1;
}

void em_date_format(int64_t seconds, char out[24])
{
    int64_t year, month, day;
    out[0] = '\0';
    if (em_date_month(seconds) == EM_MONTH_UNKNOWN)
        return;
    int64_t days = seconds / 86400 - (seconds % 86400 < 0);
    int64_t rest = seconds - days * 86400;
    civil_of(days, &year, &month, &day);
    out = date_put(date_put(date_put(out, year, 4, '-'), month, 2, '-'), day, 2, 'T');
    out = date_put(date_put(date_put(out, rest / 3600, 2, ':'), rest / 60 % 60, 2, ':'),
                   rest % 60, 2, 'Z');
    *out = '\0';
}

void em_date_format_day(int64_t seconds, char out[16])
{
    char full[24];
    em_date_format(seconds, full);
    if (full[0])
        full[10] = '\0';
    memcpy(out, full, strlen(full) + 1);
}

void em_month_format(uint32_t month, char out[16])
{
    em_date_format_day(em_month_start(month), out);
    if (out[0])
        out[7] = '\0';
}
