/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/meta.h"

#include "base/limits.h"
#include "crawler/page/scan.h"
#include "crawler/page/sink.h"

#include <stdio.h>

/* --- dates ------------------------------------------------------------------------------ */

static size_t digits(struct em_view v, size_t at, unsigned *value)
{
    size_t n = 0;
    *value = 0;
    while (at + n < v.len && n < 9 && v.data[at + n] >= '0' && v.data[at + n] <= '9')
        *value = *value * 10 + (unsigned)(v.data[at + n++] - '0');
    return n;
}

static bool give(char out[11], unsigned year, unsigned month, unsigned day)
{
    static const uint8_t lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1990 || year > 2100 || month < 1 || month > 12 || day < 1 ||
        day > lengths[month - 1])
        return false;
    /* Bounded above: the compiler cannot know that four, two and two digits are enough. */
    char text[40];
    snprintf(text, sizeof(text), "%04u-%02u-%02u", year, month, day);
    memcpy(out, text, 11);
    return true;
}

static unsigned month_of(struct em_view v, size_t at, size_t *len)
{
    static const char *const names[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                        "jul", "aug", "sep", "oct", "nov", "dec"};
    size_t n = 0;
    while (at + n < v.len && (unsigned char)((v.data[at + n] | 0x20) - 'a') < 26)
        n++;
    *len = n;
    if (n < 3)
        return 0;
    for (unsigned i = 0; i < 12; i++)
        if (em_view_ieq(em_view_sub(v, at, 3), em_view_of(names[i])))
            return i + 1;
    return 0;
}

static size_t skip(struct em_view v, size_t at, const char *set)
{
    while (at < v.len && v.data[at] && strchr(set, v.data[at]))
        at++;
    return at;
}

/* "May 17, 2024" or "17 May 2024", a weekday in front allowed. */
static bool parse_named(struct em_view v, char out[11])
{
    unsigned day, year, month;
    size_t at = 0, n;
    month = month_of(v, 0, &n);
    if (!month && n) { /* a weekday */
        at = skip(v, n, " ,.");
        month = month_of(v, at, &n);
    }
    if (month) {
        at = skip(v, at + n, " .");
        n = digits(v, at, &day);
        if (n < 1 || n > 2)
            return false;
        at = skip(v, at + n, " ,sthndr");
    } else {
        n = digits(v, at, &day);
        if (n < 1 || n > 2)
            return false;
        at = skip(v, at + n, " .-");
        month = month_of(v, at, &n);
        if (!month)
            return false;
        at = skip(v, at + n, " .,-");
    }
    return digits(v, at, &year) == 4 && give(out, year, month, day);
}

bool em_day_parse(struct em_view v, char out[11])
{
    v = em_view_trim(v);
    unsigned a, b, c;
    size_t n = digits(v, 0, &a);
    if (n == 8)
        return give(out, a / 10000, a / 100 % 100, a % 100);
    if ((n != 4 && n != 1 && n != 2) || n >= v.len)
        return parse_named(v, out);
    char sep = v.data[n];
    size_t at = n + 1, m = digits(v, at, &b);
    if ((sep != '-' && sep != '/' && sep != '.') || m < 1 || m > 2 || at + m >= v.len ||
        v.data[at + m] != sep)
        return parse_named(v, out);
    at += m + 1;
    m = digits(v, at, &c);
    if (n == 4)
        return (m == 1 || m == 2) && give(out, a, b, c);
    /* Day first with dots; with slashes only where the other order is impossible. */
    if (m != 4 || (sep == '/' && a <= 12 && b <= 12))
        return false;
    return b <= 12 ? give(out, c, b, a) : give(out, c, a, b);
}

void em_meta_date(struct em_outline *o, struct em_view value, enum em_date_rank rank)
{
    char date[11];
    if (rank > o->published_rank && em_day_parse(value, date)) {
        memcpy(o->published, date, sizeof(date));
        o->published_rank = rank;
    }
}

void em_meta_url(struct em_outline *o, struct em_view url)
{
    enum { LONGEST = 10 }; /* YYYY-MM-DD */
    if (url.len > EM_MAX_URL)
        return;
    for (size_t i = 1; i + 8 <= url.len; i++) {
        char before = url.data[i - 1];
        char date[11];
        if ((before != '/' && before != '-' && before != '_') ||
            (url.data[i] != '1' && url.data[i] != '2'))
            continue;
        if (em_day_parse(em_view_sub(url, i, LONGEST), date)) {
            em_meta_date(o, em_view_of(date), EM_DATE_URL);
            return;
        }
    }
}

/* --- elements --------------------------------------------------------------------------- */

static bool is_one_of(struct em_view v, const char *const *list)
{
    for (; *list; list++)
        if (em_view_ieq(v, em_view_of(*list)))
            return true;
    return false;
}

static const char *const strong_names[] = {"article:published_time",
                                           "og:published_time",
                                           "og:article:published_time",
                                           "datepublished",
                                           "article.published",
                                           "publish-date",
                                           "publishdate",
                                           "pubdate",
                                           "publication_date",
                                           "parsely-pub-date",
                                           "sailthru.date",
                                           "rnews:datepublished",
                                           "citation_publication_date",
                                           "published_time",
                                           "cxenseparse:recs:publishtime",
                                           "dc.date.issued",
                                           "dcterms.created",
                                           "bt:pubdate",
                                           "article:published",
                                           NULL};
static const char *const weak_names[] = {"date",
                                         "dc.date",
                                         "dcterms.date",
                                         "dc.date.created",
                                         "created",
                                         "last-modified",
                                         "article:modified_time",
                                         "og:updated_time",
                                         "citation_date",
                                         "pub_date",
                                         NULL};

static enum em_status meta(struct em_outline *o, const struct em_token *token)
{
    struct em_view name = EM_VIEW_NONE, content = EM_VIEW_NONE;
    if (!em_token_attr(token, "content", &content))
        return EM_OK;
    if (!em_token_attr(token, "property", &name) && !em_token_attr(token, "name", &name))
        em_token_attr(token, "itemprop", &name);
    if (is_one_of(name, strong_names))
        em_meta_date(o, content, EM_DATE_META);
    else if (is_one_of(name, weak_names))
        em_meta_date(o, content, EM_DATE_META_WEAK);
    else if (em_view_ieq(name, EM_VIEW("og:title")) && !o->title.len)
        return em_sink_line(&o->title, content, true);
    return EM_OK;
}

enum em_status em_meta_element(struct em_outline *o, const struct em_token *token)
{
    if (token->tag == EM_TAG_META)
        return meta(o, token);
    struct em_view value, name;
    bool dated = em_token_attr(token, "itemprop", &name) &&
                 em_view_ieq(name, EM_VIEW("datepublished"));
    enum em_date_rank rank = dated ? EM_DATE_ITEMPROP : EM_DATE_TIME;
    if (!dated && token->tag != EM_TAG_TIME)
        return EM_OK;
    if (em_token_attr(token, "datetime", &value) ||
        em_token_attr(token, "content", &value))
        em_meta_date(o, value, rank);
    return EM_OK;
}

enum em_status em_meta_title(struct em_outline *o, struct em_view raw)
{
    if (o->title_found || !em_view_trim(raw).len)
        return EM_OK;
    o->title_found = true;
    em_buf_clear(&o->title);
    return em_sink_line(&o->title, raw, false);
}

void em_meta_jsonld(struct em_outline *o, struct em_view raw)
{
    raw = em_view_sub(raw, 0, EM_MAX_JSONLD);
    static const struct em_view key = {"\"datePublished\"", 15};
    size_t at = em_view_find(raw, 0, key);
    if (at == raw.len)
        return;
    at = skip(raw, at + key.len, " \t\r\n:");
    if (at < raw.len && raw.data[at] == '"')
        em_meta_date(o, em_view_sub(raw, at + 1, 40), EM_DATE_JSONLD);
}
