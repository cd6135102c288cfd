/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/parquet_text.h"

#include "base/json.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { DAY = 86400, MAX_DECIMAL_BYTES = 128, NANO_DIGITS = 9 };

/* Julian day of 1970-01-01. */
#define UNIX_JULIAN_DAY 2440588

static enum em_status text_put_hex(struct em_buf *out, struct em_view bytes)
{
    static const char digits[] = "0123456789abcdef";
    if (bytes.len > SIZE_MAX / 2)
        return EM_ERR_LIMIT;
    EM_TRY(em_buf_reserve(out, 2 * bytes.len));
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.data[i];
        EM_TRY(em_buf_putc(out, digits[c >> 4]));
        EM_TRY(em_buf_putc(out, digits[c & 15]));
    }
    return EM_OK;
}

/* The shortest of a few forms that reads back to the same number. */
static enum em_status text_put_double(struct em_buf *out, double value, bool single)
{
    char text[40];
    for (int digits = single ? 6 : 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        double back = strtod(text, NULL);
        if (isnan(value) || (single ? (float)back == (float)value : back == value))
            break;
    }
    return em_buf_append(out, text, strlen(text));
}

static double half_to_double(struct em_view bytes)
{
    unsigned bits = (unsigned char)bytes.data[0] | (unsigned)(unsigned char)bytes.data[1]
                                                       << 8;
    int exponent = (int)(bits >> 10 & 31);
    double fraction = bits & 1023, value;
    if (exponent == 31)
        value = fraction > 0 ? (double)NAN : (double)INFINITY;
    else if (exponent == 0)
        value = ldexp(fraction, -24);
    else
        value = ldexp(1024 + fraction, exponent - 25);
    return bits & 0x8000 ? -value : value;
}

static double cell_double(const struct em_parquet_node *node,
                          const struct em_parquet_cell *cell)
{
    float single;
    double value;
    uint32_t low = (uint32_t)cell->bits;
    if (node->kind == EM_PARQUET_FLOAT16)
        return half_to_double(cell->bytes);
    memcpy(&single, &low, sizeof(single));
    memcpy(&value, &cell->bits, sizeof(value));
    return node->type == EM_PARQUET_FLOAT ? (double)single : value;
}

/* --- time ------------------------------------------------------------------------------- */

/* Digits after the point of a second; none where they are zero. */
static enum em_status text_put_fraction(struct em_buf *out, int64_t fraction, int digits)
{
    char text[16];
    if (fraction == 0 || digits <= 0)
        return EM_OK;
    int n = snprintf(text, sizeof(text), ".%0*" PRId64, digits, fraction);
    while (n > 1 && text[n - 1] == '0')
        n--;
    return em_buf_append(out, text, (size_t)n);
}

static int64_t power_of_ten(int n)
{
    int64_t value = 1;
    while (n-- > 0)
        value *= 10;
    return value;
}

static int64_t floor_divide(int64_t value, int64_t by, int64_t *rest)
{
    int64_t whole = value / by;
    *rest = value % by;
    if (*rest < 0) {
        *rest += by;
        whole--;
    }
    return whole;
}

/* Proleptic Gregorian, from March on, so that the leap day is a year's last: eras of 400
 * years have 146097 days. Years of other than four digits have a sign, as in ISO 8601. */
static enum em_status text_put_day(struct em_buf *out, int64_t days)
{
    int64_t day, year;
    int64_t era = floor_divide(days + 719468, 146097, &day);
    year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= 365 * year + year / 4 - year / 100;
    int64_t month = (5 * day + 2) / 153;
    day -= (153 * month + 2) / 5;
    month += month < 10 ? 3 : -9;
    year += 400 * era + (month <= 2);
    const char *format = year < 0 ? "%05" PRId64 "-%02d-%02d" : "%04" PRId64 "-%02d-%02d";
    if (year > 9999)
        EM_TRY(em_buf_putc(out, '+'));
    return em_buf_printf(out, format, year, (int)month, (int)day + 1);
}

static enum em_status text_put_time(struct em_buf *out, int64_t seconds, int64_t fraction,
                                    int digits)
{
    EM_TRY(em_buf_printf(out, "%02d:%02d:%02d", (int)(seconds / 3600 % 100),
                         (int)(seconds / 60 % 60), (int)(seconds % 60)));
    return text_put_fraction(out, fraction, digits);
}

static enum em_status text_put_timestamp(struct em_buf *out, int64_t value, int digits,
                                         bool utc)
{
    int64_t fraction, second;
    int64_t seconds = floor_divide(value, power_of_ten(digits), &fraction);
    EM_TRY(text_put_day(out, floor_divide(seconds, DAY, &second)));
    EM_TRY(em_buf_putc(out, 'T'));
    EM_TRY(text_put_time(out, second, fraction, digits));
    return utc ? em_buf_putc(out, 'Z') : EM_OK;
}

/* Nanoseconds of a day, and a Julian day. Writers come to these from microseconds in 64 bits,
 * which run over for years after 290000; running over again leads back. */
static enum em_status text_put_int96(struct em_buf *out, struct em_view bytes)
{
    uint64_t nanos = 0;
    uint32_t day = 0;
    for (int i = 0; i < 8; i++)
        nanos |= (uint64_t)(unsigned char)bytes.data[i] << 8 * i;
    for (int i = 0; i < 4; i++)
        day |= (uint32_t)(unsigned char)bytes.data[8 + i] << 8 * i;
    int64_t rest, fraction, second;
    int64_t micros = floor_divide((int64_t)nanos, 1000, &rest);
    int64_t days = (int64_t)(int32_t)day - UNIX_JULIAN_DAY;
    micros = (int64_t)((uint64_t)days * DAY * 1000000u + (uint64_t)micros);
    int64_t seconds = floor_divide(micros, 1000000, &fraction);
    EM_TRY(text_put_day(out, floor_divide(seconds, DAY, &second)));
    EM_TRY(em_buf_putc(out, 'T'));
    return text_put_time(out, second, fraction * 1000 + rest, NANO_DIGITS);
}

/* --- numbers ------------------------------------------------------------------------------ */

/* `digits` as they are counted from the right, with a point before the last `scale`. */
static enum em_status text_put_scaled(struct em_buf *out, const char *digits, size_t n,
                                      bool negative, int32_t scale)
{
    if (scale < 0 || scale > 4 * MAX_DECIMAL_BYTES)
        scale = 0;
    if (negative)
        EM_TRY(em_buf_putc(out, '-'));
    for (size_t i = n > (size_t)scale ? n : (size_t)scale + 1; i-- > 0;) {
        EM_TRY(em_buf_putc(out, i < n ? digits[i] : '0'));
        if (scale && i == (size_t)scale)
            EM_TRY(em_buf_putc(out, '.'));
    }
    return EM_OK;
}

static enum em_status text_put_decimal_int(struct em_buf *out, int64_t value,
                                           int32_t scale)
{
    char digits[24];
    size_t n = 0;
    uint64_t left = value < 0 ? ~(uint64_t)value + 1 : (uint64_t)value;
    do
        digits[n++] = (char)('0' + left % 10);
    while (left /= 10);
    return text_put_scaled(out, digits, n, value < 0, scale);
}

/* Big-endian two's complement of any length. */
static enum em_status text_put_decimal(struct em_buf *out, struct em_view bytes,
                                       int32_t scale)
{
    unsigned char number[MAX_DECIMAL_BYTES];
    char digits[3 * MAX_DECIMAL_BYTES];
    size_t n = 0, from = 0;
    if (bytes.len > sizeof(number))
        return text_put_hex(out, bytes);
    bool negative = bytes.len && (unsigned char)bytes.data[0] & 0x80;
    unsigned carry = negative;
    for (size_t i = bytes.len; i-- > 0;) {
        unsigned c = (unsigned char)bytes.data[i];
        c = (negative ? (~c & 0xFF) : c) + carry;
        number[i] = (unsigned char)c;
        carry = negative ? c >> 8 : 0;
    }
    do {
        unsigned rest = 0;
        for (size_t i = from; i < bytes.len; i++) {
            unsigned c = rest << 8 | number[i];
            number[i] = (unsigned char)(c / 10);
            rest = c % 10;
        }
        digits[n++] = (char)('0' + rest);
        while (from < bytes.len && number[from] == 0)
            from++;
    } while (from < bytes.len);
    return text_put_scaled(out, digits, n, negative, scale);
}

static enum em_status text_put_integer(struct em_buf *out,
                                       const struct em_parquet_node *node, uint64_t bits)
{
    if (node->kind != EM_PARQUET_UNSIGNED)
        return em_buf_printf(out, "%" PRId64, (int64_t)bits);
    if (node->type == EM_PARQUET_INT32)
        bits &= UINT32_MAX;
    return em_buf_printf(out, "%" PRIu64, bits);
}

static enum em_status text_put_uuid(struct em_buf *out, struct em_view bytes)
{
    static const size_t groups[] = {4, 2, 2, 2, 6};
    size_t at = 0;
    for (int i = 0; i < 5; i++) {
        if (i)
            EM_TRY(em_buf_putc(out, '-'));
        EM_TRY(text_put_hex(out, em_view_sub(bytes, at, groups[i])));
        at += groups[i];
    }
    return EM_OK;
}

static enum em_status text_put_interval(struct em_buf *out, struct em_view bytes)
{
    uint32_t part[3] = {0, 0, 0};
    for (size_t i = 0; i < 12; i++)
        part[i / 4] |= (uint32_t)(unsigned char)bytes.data[i] << 8 * (i % 4);
    return em_buf_printf(out, "%" PRIu32 " months %" PRIu32 " days %" PRIu32 " ms",
                         part[0], part[1], part[2]);
}

/* --- any value ------------------------------------------------------------------------------ */

static enum em_status text_put_bytes(struct em_buf *out,
                                     const struct em_parquet_node *node,
                                     struct em_view bytes)
{
    switch (node->kind) {
    case EM_PARQUET_STRING:
        return em_buf_append_view(out, bytes);
    case EM_PARQUET_DECIMAL:
        return text_put_decimal(out, bytes, node->scale);
    case EM_PARQUET_UUID:
        return text_put_uuid(out, bytes);
    case EM_PARQUET_INTERVAL:
        return text_put_interval(out, bytes);
    default:
        break;
    }
    if (node->type == EM_PARQUET_INT96)
        return text_put_int96(out, bytes);
    /* Many writers do not say that what they write are strings. */
    if (node->type == EM_PARQUET_BYTES && node->kind == EM_PARQUET_AS_STORED &&
        em_utf8_valid_prefix(bytes) == bytes.len)
        return em_buf_append_view(out, bytes);
    return text_put_hex(out, bytes);
}

static bool node_is_double(const struct em_parquet_node *node)
{
    return node->type == EM_PARQUET_FLOAT || node->type == EM_PARQUET_DOUBLE ||
           node->kind == EM_PARQUET_FLOAT16;
}

enum em_status em_parquet_text(struct em_buf *out, const struct em_parquet_node *node,
                               const struct em_parquet_cell *cell)
{
    int64_t value = (int64_t)cell->bits, rest;
    if (cell->null)
        return EM_OK;
    if (node_is_double(node))
        return text_put_double(out, cell_double(node, cell),
                               node->type != EM_PARQUET_DOUBLE);
    if (node->type == EM_PARQUET_BOOLEAN)
        return em_buf_printf(out, "%s", cell->bits ? "true" : "false");
    if (node->type != EM_PARQUET_INT32 && node->type != EM_PARQUET_INT64)
        return text_put_bytes(out, node, cell->bytes);
    switch (node->kind) {
    case EM_PARQUET_DATE:
        return text_put_day(out, value);
    case EM_PARQUET_TIMESTAMP:
        return text_put_timestamp(out, value, node->scale, node->utc);
    case EM_PARQUET_TIME:
        value = floor_divide(value, power_of_ten(node->scale), &rest);
        return text_put_time(out, value < 0 ? 0 : value, rest, node->scale);
    case EM_PARQUET_DECIMAL:
        return text_put_decimal_int(out, value, node->scale);
    default:
        return text_put_integer(out, node, cell->bits);
    }
}

enum em_status em_parquet_json_quote(struct em_buf *out, struct em_view text)
{
    struct em_json json;
    em_json_init(&json, out);
    em_json_string(&json, text);
    return json.status;
}

/* Strings go straight through; what is made for the purpose is short and ASCII. */
enum em_status em_parquet_json_string(struct em_buf *out,
                                      const struct em_parquet_node *node,
                                      const struct em_parquet_cell *cell)
{
    if (cell->null)
        return em_buf_append(out, "null", 4);
    bool bytes = node->type == EM_PARQUET_BYTES || node->type == EM_PARQUET_FIXED;
    if (bytes && (node->kind == EM_PARQUET_STRING ||
                  (node->kind == EM_PARQUET_AS_STORED && node->type == EM_PARQUET_BYTES &&
                   em_utf8_valid_prefix(cell->bytes) == cell->bytes.len)))
        return em_parquet_json_quote(out, cell->bytes);
    EM_TRY(em_buf_putc(out, '"'));
    EM_TRY(em_parquet_text(out, node, cell));
    return em_buf_putc(out, '"');
}

enum em_status em_parquet_json(struct em_buf *out, const struct em_parquet_node *node,
                               const struct em_parquet_cell *cell)
{
    bool whole = (node->type == EM_PARQUET_INT32 || node->type == EM_PARQUET_INT64) &&
                 (node->kind == EM_PARQUET_AS_STORED || node->kind == EM_PARQUET_SIGNED ||
                  node->kind == EM_PARQUET_UNSIGNED);
    bool real = node_is_double(node);
    if (cell->null || (real && !isfinite(cell_double(node, cell))))
        return em_buf_append(out, "null", 4);
    if (whole || real || node->type == EM_PARQUET_BOOLEAN)
        return em_parquet_text(out, node, cell);
    return em_parquet_json_string(out, node, cell);
}
