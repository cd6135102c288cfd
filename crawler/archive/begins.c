/* SPDX-License-Identifier: Apache-2.0
 *
 * What the front of a record looks like: a WARC version line, the line of an ARC record.
 */
#include "crawler/archive/reader.h"

#include "base/limits.h"

enum { MAX_VERSION = 12 };
enum { V1_FIELDS = 5, V2_FIELDS = 10, MAX_FIELDS = 16 };

#define MAX_LINE (64 * EM_KIB)

static bool begins_digits(struct em_view v, size_t least, size_t most)
{
    if (v.len < least || v.len > most)
        return false;
    for (size_t i = 0; i < v.len; i++)
        if (v.data[i] < '0' || v.data[i] > '9')
            return false;
    return true;
}

/* The last `want` fields of the line, last first; fewer when there are not so many. */
static int split_from_end(struct em_view line, struct em_view *fields, int want,
                          size_t *rest)
{
    int n = 0;
    size_t end = line.len;
    while (n < want && end > 0) {
        size_t from = end;
        while (from > 0 && line.data[from - 1] != ' ')
            from--;
        fields[n++] = em_view_sub(line, from, end - from);
        end = from > 0 ? from - 1 : 0;
    }
    *rest = end;
    return n;
}

static bool is_address(struct em_view v)
{
    size_t marks = 0;
    for (size_t i = 0; i < v.len; i++) {
        char c = v.data[i];
        bool hex =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (!hex && c != '.' && c != ':')
            return false;
        marks += !hex;
    }
    return marks > 1;
}

/* A line that is a record's in all but its length, which is no number or not there: what
 * else it says must leave no doubt. */
static bool parse_without_length(struct em_view line, struct em_arc_line *out)
{
    for (int missing = 0; missing < 2; missing++) {
        struct em_view f[V1_FIELDS];
        size_t rest;
        int n = V1_FIELDS - 1 - missing; /* after the URL */
        if (split_from_end(line, f, n, &rest) != n || rest == 0)
            continue;
        struct em_view url = em_view_trim(em_view_sub(line, 0, rest));
        struct em_view mime = f[1 - missing], date = f[2 - missing];
        if (!begins_digits(date, 14, 14) || !is_address(f[3 - missing]) ||
            mime.len == 0 || em_view_find(url, 0, EM_VIEW(":/")) == url.len)
            continue;
        *out = (struct em_arc_line){url, date, mime, missing ? EM_VIEW_NONE : f[0]};
        return true;
    }
    return false;
}

bool em_arc_line_parse(struct em_view line, struct em_arc_line *out)
{
    struct em_view f[MAX_FIELDS];
    size_t rest;
    line = em_view_trim(line);
    /* v2: result checksum location offset filename stand between mime and length */
    int forms[] = {V1_FIELDS, V2_FIELDS};
    for (int i = 0; i < 2; i++) {
        int n = forms[i];
        if (split_from_end(line, f, n - 1, &rest) != n - 1 || rest == 0)
            continue;
        struct em_view date = f[n - 3];
        bool dated = begins_digits(date, 8, 17) || em_view_eq(date, EM_VIEW("-"));
        if (!begins_digits(f[0], 1, 19) || !dated)
            continue;
        *out = (struct em_arc_line){em_view_trim(em_view_sub(line, 0, rest)), date,
                                    f[n - 4], f[0]};
        return memchr(out->url.data, ':', out->url.len) != NULL;
    }
    return parse_without_length(line, out);
}

struct em_view em_arc_line(struct em_view v)
{
    size_t most = v.len < MAX_LINE ? v.len : MAX_LINE;
    const char *end = memchr(v.data, '\n', most);
    return end ? em_view_sub(v, 0, (size_t)(end - v.data)) : EM_VIEW_NONE;
}

enum em_begin em_arc_begins(struct em_view v, bool end)
{
    struct em_arc_line line;
    if (v.len && v.data[0] <= ' ')
        return EM_BEGIN_NO;
    struct em_view text = em_arc_line(v);
    if (text.len)
        return em_arc_line_parse(text, &line) ? EM_BEGIN_YES : EM_BEGIN_NO;
    return end || v.len >= MAX_LINE ? EM_BEGIN_NO : EM_BEGIN_MAYBE;
}

/* --- WARC ------------------------------------------------------------------------------- */

/* A version line that can be trusted in the middle of other bytes. */
enum em_begin em_warc_begins(struct em_view v, bool end)
{
    /* Archives with "warc/1.0" exist (JHOVE's upper-lower-case case). */
    size_t i = v.len < 5 ? v.len : 5;
    if (!em_view_istarts(EM_VIEW("WARC/"), em_view_sub(v, 0, i)))
        return EM_BEGIN_NO;
    while (i < v.len && i < MAX_VERSION &&
           ((v.data[i] >= '0' && v.data[i] <= '9') || v.data[i] == '.'))
        i++;
    if (i == v.len) /* cut: as far as can be seen */
        return !end ? EM_BEGIN_MAYBE : i > 5 ? EM_BEGIN_YES : EM_BEGIN_NO;
    return i > 5 && (v.data[i] == '\r' || v.data[i] == '\n') ? EM_BEGIN_YES : EM_BEGIN_NO;
}

enum em_begin em_warc_begins_within(struct em_view v, bool end)
{
    static const char *const fields[] = {"WARC-", "Content-"};
    size_t seen = v.len < 5 ? v.len : 5;
    if (!em_view_starts(EM_VIEW("WARC/"), em_view_sub(v, 0, seen)))
        return EM_BEGIN_NO;
    struct em_view line = em_view_sub(v, 0, MAX_VERSION + 2);
    size_t lf = em_view_find(line, 0, EM_VIEW("\n"));
    enum em_begin begin = em_warc_begins(v, end);
    if (begin != EM_BEGIN_YES || lf == line.len)
        return begin == EM_BEGIN_NO || end || line.len == MAX_VERSION + 2
                   ? EM_BEGIN_NO
                   : EM_BEGIN_MAYBE;
    struct em_view next = em_view_sub(v, lf + 1, v.len);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        struct em_view field = em_view_of(fields[i]);
        if (em_view_istarts(next, field))
            return EM_BEGIN_YES;
        if (!end && next.len < field.len && em_view_istarts(field, next))
            return EM_BEGIN_MAYBE;
    }
    return EM_BEGIN_NO;
}
