/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys and lines; sorting is in cdxj_sort.c. The key follows IAURLCanonicalizer, in its
 * order: escapes undone as long as there are any and the fewest made again, then the Internet
 * Archive's rules. Not followed: session ids inside paths of ASP.NET.
 */
#include "crawler/web/fetch/cdxj.h"

#include "base/date.h"
#include "base/json.h"
#include "base/limits.h"

#include <stdlib.h>

/* --- SURT --------------------------------------------------------------------------------- */

static char cdxj_lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static int cdxj_hex(char c)
{
    c = cdxj_lower(c);
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Escapes undone until none is left: looking back after every byte does in one pass what
 * repeated passes do ("%2541" is "A"). */
static enum em_status unescape(struct em_buf *out, struct em_view in)
{
    em_buf_clear(out);
    for (size_t i = 0; i < in.len; i++) {
        EM_TRY(em_buf_putc(out, in.data[i]));
        while (out->len >= 3 && out->data[out->len - 3] == '%' &&
               cdxj_hex(out->data[out->len - 2]) >= 0 &&
               cdxj_hex(out->data[out->len - 1]) >= 0) {
            int c = cdxj_hex(out->data[out->len - 2]) * 16 +
                    cdxj_hex(out->data[out->len - 1]);
            out->len -= 2;
            out->data[out->len - 1] = (char)c;
        }
    }
    return EM_OK;
}

/* The fewest escapes, everything in lower case. */
static enum em_status put_escaped(struct em_buf *out, struct em_view in)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < in.len; i++) {
        unsigned char c = (unsigned char)in.data[i];
        if (c <= ' ' || c >= 0x7F || c == '#' || c == '%') {
            const char escaped[3] = {'%', digits[c >> 4], digits[c & 15]};
            EM_TRY(em_buf_append(out, escaped, 3));
        } else {
            EM_TRY(em_buf_putc(out, cdxj_lower((char)c)));
        }
    }
    return EM_OK;
}

static bool alphanumeric(struct em_view v)
{
    for (size_t i = 0; i < v.len; i++) {
        char c = cdxj_lower(v.data[i]);
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')))
            return false;
    }
    return true;
}

static bool is_session(struct em_view parameter)
{
    static const char *const names[] = {"jsessionid=", "phpsessid=", "sid="};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct em_view name = em_view_of(names[i]);
        if (em_view_istarts(parameter, name) && parameter.len == name.len + 32)
            return alphanumeric(em_view_sub(parameter, name.len, 32));
    }
    return em_view_istarts(parameter, EM_VIEW("aspsessionid")) && parameter.len == 45 &&
           parameter.data[20] == '=' && alphanumeric(em_view_sub(parameter, 21, 24));
}

/* By name, then by value; a name without '=' has an empty value. */
static int cdxj_by_name(const void *a, const void *b)
{
    const struct em_view *x = a, *y = b;
    for (size_t i = 0;; i++) {
        bool x_name = i < x->len && x->data[i] != '=';
        bool y_name = i < y->len && y->data[i] != '=';
        if (!x_name || !y_name) {
            if (x_name != y_name)
                return x_name ? 1 : -1;
            break;
        }
        if (x->data[i] != y->data[i])
            return (unsigned char)x->data[i] < (unsigned char)y->data[i] ? -1 : 1;
    }
    size_t n = x->len < y->len ? x->len : y->len;
    int order = n ? memcmp(x->data, y->data, n) : 0;
    return order ? order : (x->len > y->len) - (x->len < y->len);
}

static enum em_status put_query(struct em_buf *out, struct em_view query)
{
    struct em_view parameters[EM_MAX_URL_PARAMETERS];
    size_t n = 0;
    for (size_t at = 0; at <= query.len;) {
        size_t end = em_view_find(query, at, EM_VIEW("&"));
        struct em_view p = em_view_sub(query, at, end - at);
        at = end + 1;
        if (is_session(p))
            continue;
        if (n == EM_MAX_URL_PARAMETERS) { /* too many to sort: as they are */
            EM_TRY(em_buf_putc(out, '?'));
            return em_buf_append_view(out, query);
        }
        parameters[n++] = p;
    }
    if (n == 0 || (n == 1 && parameters[0].len == 0))
        return EM_OK;
    qsort(parameters, n, sizeof(parameters[0]), cdxj_by_name);
    for (size_t i = 0; i < n; i++) {
        EM_TRY(em_buf_putc(out, i ? '&' : '?'));
        EM_TRY(em_buf_append_view(out, parameters[i]));
    }
    return EM_OK;
}

/* Host, ',' for '.', from the last label to the first; addresses as they are. */
static enum em_status put_host(struct em_buf *out, struct em_view host)
{
    size_t start = 0;
    while (host.len && host.data[host.len - 1] == '.')
        host.len--;
    if (em_view_istarts(host, EM_VIEW("www"))) {
        size_t at = 3;
        while (at < host.len && host.data[at] >= '0' && host.data[at] <= '9')
            at++;
        if (at < host.len && host.data[at] == '.')
            start = at + 1;
    }
    host = em_view_sub(host, start, host.len);
    bool address = host.len && host.data[0] == '[';
    size_t last = host.len;
    while (last > 0 && host.data[last - 1] != '.')
        last--;
    address |= last < host.len && host.data[last] >= '0' && host.data[last] <= '9' &&
               alphanumeric(em_view_sub(host, last, host.len)) && last > 0;
    if (host.len == 0)
        return EM_ERR_FORMAT;
    if (address)
        return put_escaped(out, host);
    for (size_t end = host.len;; last = end) {
        last = end;
        while (last > 0 && host.data[last - 1] != '.')
            last--;
        EM_TRY(put_escaped(out, em_view_sub(host, last, end - last)));
        if (last == 0)
            return EM_OK;
        EM_TRY(em_buf_putc(out, ','));
        end = last - 1;
    }
}

static enum em_status put_path(struct em_buf *out, struct em_view path)
{
    size_t begin = out->len, session = 0;
    EM_TRY(em_buf_putc(out, '/'));
    for (size_t i = 0; i < path.len; i++)
        if (path.data[i] != '/' || out->data[out->len - 1] != '/')
            EM_TRY(em_buf_putc(out, path.data[i]));
    struct em_view made = em_view_sub(em_buf_view(out), begin, out->len);
    session = em_view_find(made, 0, EM_VIEW(";jsessionid="));
    if (made.len - session >= 44 && alphanumeric(em_view_sub(made, session + 12, 32))) {
        char *at = out->data + begin + session;
        memmove(at, at + 44, made.len - session - 44);
        out->len -= 44;
    }
    while (out->len > begin + 1 && out->data[out->len - 1] == '/')
        out->len--;
    out->data[out->len] = '\0';
    return EM_OK;
}

static enum em_status put_authority(struct em_buf *out, struct em_view authority,
                                    const char *default_port)
{
    size_t at = authority.len;
    while (at > 0 && authority.data[at - 1] != '@')
        at--;
    struct em_view host = em_view_sub(authority, at, authority.len), port = EM_VIEW_NONE;
    size_t colon = host.len;
    while (colon > 0 && host.data[colon - 1] != ':' && host.data[colon - 1] != ']')
        colon--;
    if (colon > 0 && host.data[colon - 1] == ':') {
        port = em_view_sub(host, colon, host.len);
        host.len = colon - 1;
    }
    EM_TRY(put_host(out, host));
    if (port.len && !em_view_eq(port, em_view_of(default_port))) {
        EM_TRY(em_buf_putc(out, ':'));
        EM_TRY(put_escaped(out, port));
    }
    return em_buf_putc(out, ')');
}

/* `part` unescaped, escaped and in lower case, in `made`. */
static enum em_status normalise(struct em_buf *made, struct em_buf *scratch,
                                struct em_view part)
{
    em_buf_clear(made);
    EM_TRY(unescape(scratch, part));
    return put_escaped(made, em_buf_view(scratch));
}

static enum em_status put_surt(struct em_buf *out, struct em_buf *a, struct em_buf *b,
                               struct em_view url)
{
    bool secure = em_view_istarts(url, EM_VIEW("https://"));
    if (!secure && !em_view_istarts(url, EM_VIEW("http://")))
        return EM_ERR_FORMAT;
    url.len = em_view_find(url, 0, EM_VIEW("#"));
    size_t host = secure ? 8 : 7, query = em_view_find(url, 0, EM_VIEW("?"));
    size_t path = em_view_find(url, host, EM_VIEW("/"));
    path = path < query ? path : query;
    EM_TRY(
        put_authority(out, em_view_sub(url, host, path - host), secure ? "443" : "80"));
    EM_TRY(normalise(a, b, em_view_sub(url, path, query - path)));
    EM_TRY(put_path(out, em_buf_view(a)));
    EM_TRY(normalise(a, b, em_view_sub(url, query + 1, url.len)));
    return put_query(out, em_buf_view(a));
}

enum em_status em_cdxj_surt(struct em_buf *out, struct em_view url)
{
    struct em_buf a, b;
    size_t before = out->len;
    em_buf_init(&a, EM_MAX_CDXJ_LINE);
    em_buf_init(&b, EM_MAX_CDXJ_LINE);
    enum em_status status = put_surt(out, &a, &b, url);
    if (status < 0)
        out->len = before;
    em_buf_release(&a);
    em_buf_release(&b);
    return status;
}

/* --- lines -------------------------------------------------------------------------------- */

static void put_number(struct em_json *json, const char *key, uint64_t value)
{
    char text[24];
    size_t at = sizeof(text);
    do
        text[--at] = (char)('0' + value % 10);
    while (value /= 10);
    em_json_key(json, key);
    em_json_string(json, em_view_make(text + at, sizeof(text) - at));
}

enum em_status em_cdxj_line(struct em_buf *out, const struct em_cdxj *entry)
{
    char date[24];
    struct em_json json;
    size_t before = out->len;
    enum em_status status = em_cdxj_surt(out, entry->url);
    em_date_format(entry->date, date);
    if (status == EM_OK)
        status = em_buf_putc(out, ' ');
    for (const char *p = date; *p && status == EM_OK; p++)
        if (*p >= '0' && *p <= '9')
            status = em_buf_putc(out, *p);
    if (status == EM_OK)
        status = em_buf_putc(out, ' ');
    if (status == EM_OK) {
        em_json_init(&json, out);
        em_json_object(&json);
        em_json_key(&json, "url");
        em_json_string(&json, entry->url);
        em_json_key(&json, "mime");
        em_json_string(&json, entry->mime.len ? entry->mime : EM_VIEW("unk"));
        if (entry->status)
            put_number(&json, "status", (uint64_t)entry->status);
        em_json_key(&json, "digest");
        em_json_string(&json, entry->digest.len ? entry->digest : EM_VIEW("-"));
        put_number(&json, "length", entry->length);
        put_number(&json, "offset", entry->offset);
        em_json_key(&json, "filename");
        em_json_string(&json, entry->filename);
        em_json_end(&json);
        status = em_json_finish(&json);
    }
    if (status < 0)
        out->len = before;
    return status;
}

/* The string that begins at the quote at *at, unescaped no further; past its end. */
static bool read_string(struct em_view v, size_t *at, struct em_view *out)
{
    size_t begin = *at + 1;
    if (*at >= v.len || v.data[*at] != '"')
        return false;
    for (size_t i = begin; i < v.len; i++) {
        if (v.data[i] == '\\')
            i++;
        else if (v.data[i] == '"') {
            *out = em_view_sub(v, begin, i - begin);
            *at = i + 1;
            return true;
        }
    }
    return false;
}

static void skip_blanks(struct em_view v, size_t *at)
{
    while (*at < v.len && (v.data[*at] == ' ' || v.data[*at] == '\t'))
        ++*at;
}

/* A value: strings and numbers give their text, all else is skipped. */
static bool read_value(struct em_view v, size_t *at, struct em_view *out)
{
    struct em_view inner;
    size_t depth = 0, begin = *at;
    *out = EM_VIEW_NONE;
    if (*at < v.len && v.data[*at] == '"')
        return read_string(v, at, out);
    while (*at < v.len) {
        char c = v.data[*at];
        if (c == '"') {
            if (!read_string(v, at, &inner))
                return false;
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}')) {
            *out = em_view_trim(em_view_sub(v, begin, *at - begin));
            return out->len > 0;
        }
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        ++*at;
    }
    return false;
}

static bool read_object(struct em_view v, struct em_cdxj_place *place)
{
    size_t at = 1;
    bool offset = false, length = false;
    skip_blanks(v, &at);
    if (at < v.len && v.data[at] == '}')
        return true;
    for (;;) {
        struct em_view key, value;
        unsigned long long number;
        skip_blanks(v, &at);
        if (!read_string(v, &at, &key))
            return false;
        skip_blanks(v, &at);
        if (at >= v.len || v.data[at++] != ':')
            return false;
        skip_blanks(v, &at);
        if (!read_value(v, &at, &value))
            return false;
        if (em_view_eq(key, EM_VIEW("offset")) && em_view_u64(value, &number)) {
            place->offset = number;
            offset = true;
        } else if (em_view_eq(key, EM_VIEW("length")) && em_view_u64(value, &number)) {
            place->length = number;
            length = true;
        }
        skip_blanks(v, &at);
        if (at >= v.len)
            return false;
        char c = v.data[at++];
        if (c == '}') {
            place->has_place = offset && length;
            return true;
        }
        if (c != ',')
            return false;
    }
}

bool em_cdxj_read(struct em_view line, struct em_cdxj_place *place)
{
    *place = (struct em_cdxj_place){0};
    line = em_view_trim(line);
    size_t key = em_view_find(line, 0, EM_VIEW(" "));
    size_t stamp = em_view_find(line, key + 1, EM_VIEW(" "));
    place->key = em_view_sub(line, 0, key);
    place->timestamp = em_view_sub(line, key + 1, stamp - key - 1);
    unsigned long long digits;
    struct em_view json = em_view_trim(em_view_sub(line, stamp, line.len));
    if (key == 0 || stamp >= line.len || place->timestamp.len < 14 ||
        place->timestamp.len > 17 || !em_view_u64(place->timestamp, &digits))
        return false;
    return json.len >= 2 && json.data[0] == '{' && read_object(json, place);
}
