/* SPDX-License-Identifier: Apache-2.0
 *
 * Which encoding: labels, what the page declares (spec: HTML 13.2.3.3), and a guess.
 */
#include "crawler/page/charset_int.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "crawler/page/scan.h"

static struct em_view trim(struct em_view v)
{
    while (v.len && em_is_space(v.data[0]))
        v = em_view_sub(v, 1, v.len);
    while (v.len && em_is_space(v.data[v.len - 1]))
        v.len--;
    return v;
}

static int charset_sniff_compare(struct em_view v, const char *label)
{
    for (size_t i = 0; i < v.len; i++) {
        unsigned char c = (unsigned char)v.data[i];
        if (c >= 'A' && c <= 'Z')
            c |= 0x20;
        if (!label[i])
            return 1; /* longer; a NUL in `v` must not hide it */
        if (c != (unsigned char)label[i])
            return c < (unsigned char)label[i] ? -1 : 1;
    }
    return label[v.len] ? -1 : 0;
}

const struct em_encoding *em_encoding_find(struct em_view label)
{
    label = trim(label);
    size_t low = 0, high = em_encoding_label_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = charset_sniff_compare(label, em_encoding_labels[mid].label);
        if (c == 0)
            return &em_encodings[em_encoding_labels[mid].encoding];
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

/* --- <meta> ----------------------------------------------------------------------------- */

/* spec: HTML 2.6.5, "extracting a character encoding from a meta element". */
static const struct em_encoding *from_content(struct em_view v)
{
    size_t i = 0;
    for (;;) {
        while (i + 7 <= v.len && !em_view_ieq(em_view_sub(v, i, 7), EM_VIEW("charset")))
            i++;
        if (i + 7 > v.len)
            return NULL;
        i += 7;
        while (i < v.len && em_is_space(v.data[i]))
            i++;
        if (i < v.len && v.data[i] == '=')
            break;
    }
    i++;
    while (i < v.len && em_is_space(v.data[i]))
        i++;
    if (i == v.len)
        return NULL;
    char quote = v.data[i];
    size_t start = i, end = i;
    if (quote == '"' || quote == '\'') {
        start = ++end;
        while (end < v.len && v.data[end] != quote)
            end++;
        if (end == v.len)
            return NULL;
    } else {
        while (end < v.len && !em_is_space(v.data[end]) && v.data[end] != ';')
            end++;
    }
    return em_encoding_find(em_view_sub(v, start, end - start));
}

/* spec: "get an attribute". Moves *p; false when there is none left. */
static bool get_attribute(const char **p, const char *end, struct em_view *name,
                          struct em_view *value)
{
    const char *q = *p;
    while (q < end && (em_is_space(*q) || *q == '/'))
        q++;
    *p = q;
    if (q >= end || *q == '>')
        return false;
    const char *start = q;
    while (q < end && !em_is_space(*q) && *q != '/' && *q != '>' &&
           !(*q == '=' && q > start))
        q++;
    *name = em_view_make(start, (size_t)(q - start));
    *value = em_view_make(q, 0);
    const char *after = q;
    while (after < end && em_is_space(*after))
        after++;
    if (after >= end || *after != '=') {
        *p = q;
        return q < end;
    }
    q = after + 1;
    while (q < end && em_is_space(*q))
        q++;
    if (q >= end)
        return false;
    if (*q == '"' || *q == '\'') {
        const char *close = em_scan_byte(q + 1, end, *q);
        *value = em_view_make(q + 1, (size_t)(close - q - 1));
        *p = close < end ? close + 1 : end;
        return close < end;
    }
    start = q;
    while (q < end && !em_is_space(*q) && *q != '>')
        q++;
    *value = em_view_make(start, (size_t)(q - start));
    *p = q;
    return q < end;
}

/* At the attributes of a <meta>. */
static const struct em_encoding *from_meta(const char **p, const char *end)
{
    struct em_view name, value;
    bool pragma = false, need_pragma = false, have_charset = false;
    bool seen_equiv = false, seen_content = false, seen_charset = false;
    const struct em_encoding *found = NULL;
    while (get_attribute(p, end, &name, &value)) {
        if (em_view_ieq(name, EM_VIEW("http-equiv")) && !seen_equiv) {
            seen_equiv = true;
            pragma |= em_view_ieq(value, EM_VIEW("content-type"));
        } else if (em_view_ieq(name, EM_VIEW("content")) && !seen_content) {
            seen_content = true;
            const struct em_encoding *e = have_charset ? NULL : from_content(value);
            if (e) {
                found = e;
                have_charset = need_pragma = true;
            }
        } else if (em_view_ieq(name, EM_VIEW("charset")) && !seen_charset) {
            seen_charset = true;
            found = em_encoding_find(value);
            have_charset = true;
            need_pragma = false;
        }
    }
    if (*p >= end || (need_pragma && !pragma))
        return NULL;
    return found;
}

/* What a declaration inside the bytes may not say, since it was readable as ASCII. */
static const struct em_encoding *as_declared(const struct em_encoding *e)
{
    if (e && (e->kind == EM_ENC_UTF16LE || e->kind == EM_ENC_UTF16BE))
        return em_encoding_find(EM_VIEW("utf-8"));
    if (e && strcmp(e->name, "x-user-defined") == 0)
        return em_encoding_find(EM_VIEW("windows-1252"));
    return e;
}

static const struct em_encoding *from_xml(struct em_view head)
{
    if (!em_view_starts(head, EM_VIEW("<?xml")))
        return NULL;
    size_t end = em_view_find(head, 0, EM_VIEW(">"));
    struct em_view decl = em_view_sub(head, 0, end);
    size_t at = em_view_find(decl, 0, EM_VIEW("encoding"));
    if (end == head.len || at == decl.len)
        return NULL;
    const char *p = decl.data + at + 8, *stop = decl.data + decl.len;
    while (p < stop && (unsigned char)*p <= ' ')
        p++;
    if (p == stop || *p != '=')
        return NULL;
    p++;
    while (p < stop && (unsigned char)*p <= ' ')
        p++;
    if (p == stop || (*p != '"' && *p != '\''))
        return NULL;
    const char *close = em_scan_byte(p + 1, stop, *p);
    if (close == stop)
        return NULL;
    return em_encoding_find(em_view_make(p + 1, (size_t)(close - p - 1)));
}

static const char *skip_comment(const char *p, const char *end)
{
    /* "<!-->" counts: the two dashes may be the same. */
    for (p += 2; (p = em_scan_byte(p, end, '>')) < end; p++)
        if (p[-1] == '-' && p[-2] == '-')
            return p + 1;
    return end;
}

static bool is_letter(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

const struct em_encoding *em_charset_prescan(struct em_view head)
{
    const char *p = head.data, *end = head.data + head.len;
    while ((p = em_scan_byte(p, end, '<')) < end) {
        size_t left = (size_t)(end - p);
        if (left >= 4 && memcmp(p, "<!--", 4) == 0) {
            p = skip_comment(p + 2, end);
        } else if (left >= 6 && em_view_ieq(em_view_make(p + 1, 4), EM_VIEW("meta")) &&
                   (em_is_space(p[5]) || p[5] == '/')) {
            p += 5;
            const struct em_encoding *e = from_meta(&p, end);
            if (e)
                return as_declared(e);
        } else if (left >= 2 &&
                   (is_letter(p[1]) || (p[1] == '/' && left >= 3 && is_letter(p[2])))) {
            while (p < end && !em_is_space(*p) && *p != '>')
                p++;
            struct em_view name, value;
            while (get_attribute(&p, end, &name, &value))
                ;
        } else if (left >= 2 && (p[1] == '!' || p[1] == '/' || p[1] == '?')) {
            p = em_scan_byte(p, end, '>');
        } else {
            p++;
        }
    }
    return as_declared(from_xml(head));
}
