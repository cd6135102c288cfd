/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wire/loose_date.h"

#include "base/date.h"
#include "base/wire/http_date.h"

#include <stdio.h>

struct loose_words {
    struct em_view text;
    size_t pos;
};

static struct em_view loose_next_word(struct loose_words *w)
{
    while (w->pos < w->text.len && strchr(" ,\t\r\n", w->text.data[w->pos]))
        w->pos++;
    size_t start = w->pos;
    while (w->pos < w->text.len && !strchr(" ,\t\r\n", w->text.data[w->pos]))
        w->pos++;
    return em_view_sub(w->text, start, w->pos - start);
}

static bool loose_number(struct em_view v, unsigned max, unsigned *out)
{
    unsigned long long value;
    if (v.len > 4 || !em_view_u64(v, &value) || value > max)
        return false;
    *out = (unsigned)value;
    return true;
}

static unsigned loose_month(struct em_view v)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (unsigned i = 0; i < 12; i++)
        if (em_view_istarts(v, em_view_make(names + 3 * i, 3)))
            return i + 1;
    return 0;
}

/* hh:mm or hh:mm:ss */
static bool loose_time(struct em_view v, unsigned hms[3])
{
    size_t at = 0;
    hms[2] = 0;
    for (int i = 0; i < 3 && at < v.len; i++) {
        size_t colon = em_view_find(v, at, EM_VIEW(":"));
        if (!loose_number(em_view_sub(v, at, colon - at), i == 0 ? 24 : 60, &hms[i]))
            return false;
        at = colon + 1;
        if (i == 0 && colon == v.len)
            return false;
    }
    return at > v.len;
}

/* Minutes east of Greenwich (spec: RFC822 5.1); unknown letters are taken as UTC. */
static int loose_zone(struct em_view v)
{
    static const struct {
        const char *name;
        int hours;
    } zones[] = {{"EST", -5}, {"EDT", -4}, {"CST", -6}, {"CDT", -5},
                 {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7}};
    unsigned hours, minutes;
    if (v.len == 6 && v.data[3] == ':') { /* +01:00, as some write */
        if (loose_number(em_view_sub(v, 1, 2), 14, &hours) &&
            loose_number(em_view_sub(v, 4, 2), 59, &minutes))
            return (v.data[0] == '-' ? -1 : 1) * (int)(hours * 60 + minutes);
    }
    if (v.len == 5 && (v.data[0] == '+' || v.data[0] == '-') &&
        loose_number(em_view_sub(v, 1, 2), 14, &hours) &&
        loose_number(em_view_sub(v, 3, 2), 59, &minutes))
        return (v.data[0] == '-' ? -1 : 1) * (int)(hours * 60 + minutes);
    for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
        if (em_view_ieq(v, em_view_of(zones[i].name)))
            return 60 * zones[i].hours;
    return 0;
}

static int64_t loose_rfc822(struct em_view text)
{
    struct loose_words w = {text, 0};
    unsigned day, year, hms[3] = {0, 0, 0};
    struct em_view word = loose_next_word(&w);
    if (word.len && (word.data[0] < '0' || word.data[0] > '9'))
        word = loose_next_word(&w); /* the weekday */
    if (!loose_number(word, 31, &day))
        return EM_DATE_UNKNOWN;
    unsigned month = loose_month(loose_next_word(&w));
    if (month == 0 || !loose_number(loose_next_word(&w), 9999, &year))
        return EM_DATE_UNKNOWN;
    if (year < 100)
        year += year < 70 ? 2000 : 1900;
    word = loose_next_word(&w);
    if (word.len && !loose_time(word, hms))
        return EM_DATE_UNKNOWN;
    char iso[64];
    int n = snprintf(iso, sizeof(iso), "%04u-%02u-%02uT%02u:%02u:%02uZ", year, month, day,
                     hms[0], hms[1], hms[2] < 60 ? hms[2] : 59);
    int64_t seconds = em_date_parse(em_view_make(iso, (size_t)n));
    return seconds == EM_DATE_UNKNOWN ? seconds
                                      : seconds - 60 * loose_zone(loose_next_word(&w));
}

int64_t em_loose_date(struct em_view text)
{
    text = em_view_trim(text);
    if (text.len > 64)
        return EM_DATE_UNKNOWN;
    int64_t seconds = em_date_parse(text);
    if (seconds == EM_DATE_UNKNOWN && text.len > 10 && text.data[10] == ' ' &&
        text.data[4] == '-') {
        /* "2004-10-01 18:23:17": a space where a T belongs */
        char iso[64];
        memcpy(iso, text.data, text.len);
        iso[10] = 'T';
        seconds = em_date_parse(em_view_make(iso, text.len));
    }
    if (seconds == EM_DATE_UNKNOWN)
        seconds = em_http_date(text, EM_DATE_CHATGPT);
    return seconds == EM_DATE_UNKNOWN ? loose_rfc822(text) : seconds;
}
