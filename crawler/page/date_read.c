/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/date_read.h"

#include <stdio.h>
#include <time.h>

/* A day's value stands at the beginning of what is made for machines; some put words or a
 * weekday in front. */
enum { VALUE_BYTES = 100, WORD_BYTES = 40 };

bool em_day_valid(unsigned year, unsigned month, unsigned day)
{
    static const uint8_t lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < EM_DAY_FIRST_YEAR || year > EM_DAY_LAST_YEAR || month < 1 || month > 12 ||
        day < 1 || day > lengths[month - 1])
        return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month != 2 || day <= (leap ? 29u : 28u);
}

void em_day_write(struct em_day d, char out[11])
{
    /* Larger than any number in the structure, as the compiler cannot know. */
    char text[32];
    snprintf(text, sizeof(text), "%04u-%02u-%02u", d.year, d.month, d.day);
    memcpy(out, text, 11);
}

static bool date_read_give(struct em_day *out, unsigned year, unsigned month,
                           unsigned day)
{
    if (!em_day_valid(year, month, day))
        return false;
    *out = (struct em_day){(uint16_t)year, (uint8_t)month, (uint8_t)day};
    return true;
}

/* --- pieces of text ---------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ASCII letters and all that is not ASCII. */
static bool is_letter(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)c >= 0x80;
}

static bool starts_at(struct em_view v, size_t at, struct em_view what)
{
    return v.len - at >= what.len && memcmp(v.data + at, what.data, what.len) == 0;
}

/* Length of the run of digits at `at` (9 stands for more); its value. */
static size_t digits(struct em_view v, size_t at, unsigned *value)
{
    size_t n = 0;
    *value = 0;
    while (n < 9 && at + n < v.len && is_digit(v.data[at + n]))
        *value = *value * 10 + (unsigned)(v.data[at + n++] - '0');
    return n;
}

/* Spaces and no-break spaces, few: dates are not laid out in columns. */
static size_t date_read_skip_space(struct em_view v, size_t at)
{
    for (int i = 0; i < 4 && at < v.len; i++) {
        if (v.data[at] == ' ' || v.data[at] == '\n' || v.data[at] == '\t')
            at++;
        else if (starts_at(v, at, EM_VIEW("\302\240")))
            at += 2;
        else
            break;
    }
    return at;
}

/* The word at `at`: letters. No-break space is none. */
static size_t word_end(struct em_view v, size_t at)
{
    size_t end = at;
    while (end < v.len && end - at < WORD_BYTES && is_letter(v.data[end]) &&
           !starts_at(v, end, EM_VIEW("\302\240")))
        end++;
    return end;
}

/* The month whose name begins at `at`; *end is behind it and its full stop. */
static unsigned month_at(struct em_view v, size_t at, size_t *end)
{
    *end = word_end(v, at);
    unsigned month = em_month_find(em_view_sub(v, at, *end - at));
    if (month && *end < v.len && v.data[*end] == '.')
        (*end)++;
    return month;
}

/* A year of four digits, or two after an apostrophe. */
static size_t year_at(struct em_view v, size_t at, unsigned *year)
{
    size_t n = digits(v, at, year);
    if (n == 4)
        return at + 4;
    if (at < v.len && v.data[at] == '\'' && digits(v, at + 1, year) == 2) {
        *year += 2000;
        return at + 3;
    }
    return 0;
}

/* What may stand between day, month and year besides spaces. */
static size_t skip_glue(struct em_view v, size_t at)
{
    static const struct em_view glue[] = {{"de ", 3},    {"del ", 4}, {"of ", 3},
                                          {"de\302", 3}, {"en ", 3},  {"d'", 2}};
    at = date_read_skip_space(v, at);
    if (at < v.len && (v.data[at] == ',' || v.data[at] == '-' || v.data[at] == '/'))
        at = date_read_skip_space(v, at + 1);
    for (size_t i = 0; i < sizeof(glue) / sizeof(glue[0]); i++)
        if (starts_at(v, at, glue[i]))
            return date_read_skip_space(v, at + glue[i].len - (i == 3));
    return at;
}

/* After the day's number: full stop, "st", "th", "er", "º". */
static size_t skip_ordinal(struct em_view v, size_t at)
{
    static const struct em_view endings[] = {{"st", 2},       {"nd", 2}, {"rd", 2},
                                             {"th", 2},       {"er", 2}, {"\302\272", 2},
                                             {"\302\252", 2}, {"ste", 3}};
    if (at < v.len && v.data[at] == '.')
        return at + 1;
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t end = at + endings[i].len;
        if (starts_at(v, at, endings[i]) && (end >= v.len || !is_letter(v.data[end])))
            return end;
    }
    return at;
}

/* --- forms -------------------------------------------------------------------------------- */

struct reading {
    struct em_view text;
    enum em_day_order order;
    struct em_day_match *match;
};

static bool found(struct reading *r, size_t start, size_t end)
{
    r->match->start = start;
    r->match->end = end;
    return true;
}

/* "2024-05-17", "2024/5/17", "2024.05.17", "2024. 5. 17.", "2024年5月17日", "2024년 5월 17일". */
static bool year_first(struct reading *r, size_t start, unsigned year)
{
    static const struct em_view marks[][2] = {{{"-", 1}, {"-", 1}},
                                              {{"/", 1}, {"/", 1}},
                                              {{".", 1}, {".", 1}},
                                              {{"_", 1}, {"_", 1}},
                                              {{"\345\271\264", 3}, {"\346\234\210", 3}},
                                              {{"\353\205\204", 3}, {"\354\233\224", 3}}};
    struct em_view v = r->text;
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        unsigned month, day;
        size_t at = start + 4;
        if (!starts_at(v, at, marks[i][0]))
            continue;
        at = date_read_skip_space(v, at + marks[i][0].len);
        size_t n = digits(v, at, &month);
        if (n < 1 || n > 2 || !starts_at(v, at + n, marks[i][1]))
            return false;
        at = date_read_skip_space(v, at + n + marks[i][1].len);
        n = digits(v, at, &day);
        return n >= 1 && n <= 2 && date_read_give(&r->match->day, year, month, day) &&
               found(r, start, at + n);
    }
    return false;
}

/* "2024. május 17.", "2024-May-17", "2024 May 17". */
static bool year_then_name(struct reading *r, size_t start, unsigned year)
{
    unsigned day;
    size_t end, at = start + 4;
    if (at < r->text.len && r->text.data[at] == '.')
        at++;
    unsigned month = month_at(r->text, skip_glue(r->text, at), &end);
    if (!month)
        return false;
    at = skip_glue(r->text, end);
    size_t n = digits(r->text, at, &day);
    /* Not "2024 May 17:30". */
    if (n < 1 || n > 2 || (at + n < r->text.len && r->text.data[at + n] == ':'))
        return false;
    return date_read_give(&r->match->day, year, month, day) && found(r, start, at + n);
}

/* "17 May 2024", "17. Mai 2024", "17 de mayo de 2024", "17-May-2024", "17th of May, 2024". */
static bool day_then_name(struct reading *r, size_t start, size_t at, unsigned day)
{
    unsigned year;
    size_t end;
    at = skip_glue(r->text, skip_ordinal(r->text, at));
    unsigned month = month_at(r->text, at, &end);
    if (!month)
        return false;
    end = year_at(r->text, skip_glue(r->text, end), &year);
    return end && date_read_give(&r->match->day, year, month, day) &&
           found(r, start, end);
}

/* "May 17, 2024": from the day's number the word in front is looked at. */
static bool name_then_day(struct reading *r, size_t from, size_t start, size_t at,
                          unsigned day)
{
    const char *p = r->text.data;
    unsigned year;
    size_t end = start;
    while (end > from && (p[end - 1] == ' ' || p[end - 1] == '.' || p[end - 1] == '-' ||
                          p[end - 1] == '\n' || p[end - 1] == '/' || p[end - 1] == ','))
        end--;
    if (end > from + 1 && p[end - 2] == '\302' && p[end - 1] == '\240')
        end -= 2;
    size_t begin = end;
    while (begin > from && end - begin < WORD_BYTES && is_letter(p[begin - 1]))
        begin--;
    if (begin == end)
        return false;
    unsigned month = em_month_find(em_view_sub(r->text, begin, end - begin));
    if (!month)
        return false;
    end = year_at(r->text, skip_glue(r->text, skip_ordinal(r->text, at)), &year);
    return end && date_read_give(&r->match->day, year, month, day) &&
           found(r, begin, end);
}

static bool by_order(struct reading *r, unsigned year, unsigned a, unsigned b, char mark)
{
    r->match->numeric = mark == '/' && a <= 12 && b <= 12 && a != b;
    if (b > 12)
        return date_read_give(&r->match->day, year, a, b);
    if (r->match->numeric && r->order == EM_DAY_MONTH_FIRST)
        return date_read_give(&r->match->day, year, a, b);
    if (r->match->numeric && r->order == EM_DAY_UNSURE)
        return false;
    return date_read_give(&r->match->day, year, b, a);
}

/* "17.05.2024", "17. 5. 2024", "5/17/2024", "17-05-2024", "17.05.24". */
static bool numbers(struct reading *r, size_t start, size_t at, unsigned first)
{
    struct em_view v = r->text;
    unsigned second, year;
    if (at >= v.len || (v.data[at] != '.' && v.data[at] != '/' && v.data[at] != '-'))
        return false;
    char mark = v.data[at];
    at = mark == '.' ? date_read_skip_space(v, at + 1) : at + 1;
    size_t n = digits(v, at, &second);
    if (n < 1 || n > 2 || at + n >= v.len || v.data[at + n] != mark)
        return false;
    at += n + 1;
    if (mark == '.')
        at = date_read_skip_space(v, at);
    n = digits(v, at, &year);
    size_t end = at + n;
    /* Not a version or an address: "1.2.24.7", "10.12.20a". */
    bool goes_on = end < v.len &&
                   (is_letter(v.data[end]) || (v.data[end] == mark && end + 1 < v.len &&
                                               is_digit(v.data[end + 1])));
    if (n == 2 && mark != '-' && !goes_on) {
        r->match->short_year = true;
        year += year < 90 ? 2000 : 1900;
    } else if (n != 4) {
        return false;
    }
    return by_order(r, year, first, second, mark) && found(r, start, end);
}

/* What a run of digits at `start` begins, or ends. */
static bool look(struct reading *r, size_t from, size_t start, size_t n, unsigned value)
{
    const char *p = r->text.data;
    char before = start > 0 ? p[start - 1] : ' ';
    *r->match = (struct em_day_match){0};
    if (n == 4 && value >= EM_DAY_FIRST_YEAR && value <= EM_DAY_LAST_YEAR)
        return year_first(r, start, value) || year_then_name(r, start, value);
    if (n > 2 || value < 1 || value > 31)
        return false;
    if (start > 1 && (before == '.' || before == ',') && is_digit(p[start - 2]))
        return false; /* the fraction of another number */
    return numbers(r, start, start + n, value) ||
           day_then_name(r, start, start + n, value) ||
           name_then_day(r, from, start, start + n, value);
}

bool em_day_find(struct em_view text, size_t from, enum em_day_order order,
                 struct em_day_match *match)
{
    struct reading r = {text, order, match};
    for (size_t i = from; i < text.len;) {
        unsigned value;
        if (!is_digit(text.data[i])) {
            i++;
            continue;
        }
        size_t n = digits(text, i, &value);
        if (n < 9 && look(&r, from, i, n, value))
            return true;
        i += n;
        while (i < text.len && is_digit(text.data[i]))
            i++;
    }
    return false;
}

/* --- values made for machines ------------------------------------------------------------- */

/* Seconds since 1970 to a day (UTC); Howard Hinnant's civil_from_days. */
static bool from_seconds(uint64_t seconds, struct em_day *out)
{
    uint64_t z = seconds / 86400 + 719468, era = z / 146097, doe = z % 146097;
    uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    uint64_t mp = (5 * doy + 2) / 153;
    unsigned month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
    unsigned year = (unsigned)(yoe + era * 400) + (month <= 2);
    return date_read_give(out, year, month, (unsigned)(doy - (153 * mp + 2) / 5 + 1));
}

static bool only_digits(struct em_view v, struct em_day *out)
{
    unsigned long long n;
    if (!em_view_u64(v, &n))
        return false;
    if (v.len == 8 || v.len == 14 || v.len == 12) {
        while (n > 99999999)
            n /= 100;
        return date_read_give(out, (unsigned)(n / 10000), (unsigned)(n / 100 % 100),
                              (unsigned)(n % 100));
    }
    if (v.len == 13)
        n /= 1000;
    return (v.len == 10 || v.len == 13) && from_seconds(n, out);
}

struct em_day em_day_today(void)
{
    struct em_day day, least = {.year = 2026, .month = 12, .day = 31};
    time_t now = time(NULL);
    if (now < 0 || !from_seconds((uint64_t)now + 86400, &day) ||
        em_day_number(day) < em_day_number(least))
        return least;
    return day;
}

bool em_day_read(struct em_view value, enum em_day_order order, struct em_day *day)
{
    value = em_view_trim(em_view_sub(value, 0, VALUE_BYTES));
    if (only_digits(value, day))
        return true;
    /* "20240517T100000" */
    if (value.len > 8 && value.data[8] == 'T' &&
        only_digits(em_view_sub(value, 0, 8), day))
        return true;
    struct em_day_match match;
    if (!em_day_find(value, 0, order, &match))
        return false;
    *day = match.day;
    return true;
}
