/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP message heads (RFC 9112), read as leniently as browsers do. Tolerated, because
 * archives are full of it:
 *   - lines that end in LF, CR CR LF or CRLF, mixed       (spec: RFC9112 2.2)
 *   - blank lines before the start line                   (spec: RFC9112 2.2)
 *   - no reason phrase, no or an odd version, "ICY 200 OK" (spec: RFC9112 4)
 *   - folded field lines                                  (spec: RFC9112 5.2)
 *   - white space between field name and colon            (spec: RFC9112 5.1)
 *   - field lines without a colon: skipped
 *   - no blank line: the body begins at a line that opens markup, or is empty
 *   - interim responses in front of the final one         (spec: RFC9110 15.2)
 * Content-Type given more than once: the last one that parses wins, and lends its charset
 * from an earlier one of the same type, as browsers do (spec: Fetch "extract a MIME type";
 * RFC9110 8.3 says that recipients often use the last syntactically valid member).
 */
#include "crawler/archive/http.h"

/* --- characters ------------------------------------------------------------------------ */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* spec: RFC9110 5.6.2 tchar */
static bool is_token_char(char c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c))
        return true;
    return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static bool is_token(struct em_view v)
{
    for (size_t i = 0; i < v.len; i++)
        if (!is_token_char(v.data[i]))
            return false;
    return v.len > 0;
}

static struct em_view slice(struct em_view v, size_t start, size_t end)
{
    return (struct em_view){v.data + start, end - start};
}

/* --- lines and fields -------------------------------------------------------------------- */

/* Length of the line at `pos` without its end; *next is where the following one begins. */
static size_t line_length(struct em_view v, size_t pos, size_t *next)
{
    const char *start = v.data + pos;
    const char *lf = memchr(start, '\n', v.len - pos);
    size_t len = lf ? (size_t)(lf - start) : v.len - pos;
    *next = pos + len + (lf ? 1 : 0);
    while (len > 0 && start[len - 1] == '\r')
        len--;
    return len;
}

enum line { LINE_FIELD, LINE_JUNK, LINE_BLANK, LINE_MARKUP };

/* One field line with its folded lines, or another line. *pos moves after it; after
 * LINE_MARKUP it stays. *lines counts what was passed. */
static enum line field_line(struct em_view v, size_t *pos, size_t *lines,
                            struct em_view *name, struct em_view *value)
{
    size_t start = *pos, next;
    size_t len = line_length(v, start, &next);
    if (v.data[start] == '<')
        return LINE_MARKUP;
    ++*lines;
    if (len == 0) {
        *pos = next;
        return LINE_BLANK;
    }
    const char *colon = memchr(v.data + start, ':', len);
    size_t end = start + len;
    /* spec: RFC9112 5.2 obs-fold */
    while (next < v.len && (v.data[next] == ' ' || v.data[next] == '\t')) {
        size_t more = next;
        end = more + line_length(v, more, &next);
        ++*lines;
    }
    *pos = next;
    if (!colon)
        return LINE_JUNK;
    size_t at = (size_t)(colon - v.data);
    *name = em_view_trim(slice(v, start, at));
    *value = em_view_trim(slice(v, at + 1, end));
    return LINE_FIELD;
}

bool em_http_field_next(struct em_view header, size_t *pos, struct em_view *name,
                        struct em_view *value)
{
    size_t lines = 0;
    if (*pos == 0 && header.len > 0)
        line_length(header, 0, pos);
    while (*pos < header.len) {
        enum line kind = field_line(header, pos, &lines, name, value);
        if (kind == LINE_FIELD)
            return true;
        if (kind == LINE_MARKUP)
            break;
    }
    return false;
}

static enum em_status http_unfold(struct em_view *value, struct em_buf *joined)
{
    em_buf_clear(joined);
    size_t i = 0;
    while (i < value->len) {
        size_t start = i;
        while (i < value->len && value->data[i] != '\r' && value->data[i] != '\n')
            i++;
        size_t end = i;
        if (i < value->len) { /* spec: RFC9112 5.2: a fold is replaced by one SP */
            while (end > start && is_blank(value->data[end - 1]))
                end--;
            while (i < value->len && is_blank(value->data[i]))
                i++;
        }
        EM_TRY(em_buf_append(joined, value->data + start, end - start));
        if (i < value->len)
            EM_TRY(em_buf_putc(joined, ' '));
    }
    *value = em_buf_view(joined);
    return EM_OK;
}

enum em_status em_http_header_get(const struct em_http_head *head, struct em_view name,
                                  size_t nth, struct em_view *value,
                                  struct em_buf *joined)
{
    size_t pos = 0;
    struct em_view found;
    *value = EM_VIEW_NONE;
    while (em_http_field_next(head->header, &pos, &found, value)) {
        if (!em_view_ieq(found, name) || nth-- > 0)
            continue;
        if (joined && value->len > 0 && memchr(value->data, '\n', value->len))
            return http_unfold(value, joined);
        return EM_OK;
    }
    *value = EM_VIEW_NONE;
    return EM_ERR_NOTFOUND;
}

/* --- Content-Type ------------------------------------------------------------------------ */

/* End of the list member at `pos`: a comma outside of quotes, or the end. */
static size_t member_end(struct em_view v, size_t pos)
{
    bool quoted = false;
    for (; pos < v.len; pos++) {
        char c = v.data[pos];
        if (quoted && c == '\\' && pos + 1 < v.len)
            pos++;
        else if (c == '"')
            quoted = !quoted;
        else if (c == ',' && !quoted)
            break;
    }
    return pos;
}

/* The value that begins at the quote at `pos`, unescaped into text[EM_MAX_CHARSET + 1];
 * empty when it does not fit, which no charset label does. Returns where it ends. */
static size_t quoted_value(struct em_view v, size_t pos, char *text,
                           struct em_view *value)
{
    size_t len = 0;
    for (pos++; pos < v.len && v.data[pos] != '"'; pos++) {
        if (v.data[pos] == '\\' && pos + 1 < v.len)
            pos++;
        if (len < EM_MAX_CHARSET)
            text[len] = v.data[pos];
        len++;
    }
    *value = len <= EM_MAX_CHARSET ? em_view_make(text, len) : EM_VIEW_NONE;
    return pos < v.len ? pos + 1 : pos;
}

/* spec: MIMESNIFF "parse a MIME type", step 11: the first parameter called charset. Beyond
 * it: blanks around '=' and single quotes, both frequent on old pages. */
static struct em_view find_charset(struct em_view v, size_t pos, char *text)
{
    while (pos < v.len) {
        while (pos < v.len && (is_blank(v.data[pos]) || v.data[pos] == ';'))
            pos++;
        size_t start = pos;
        while (pos < v.len && v.data[pos] != ';' && v.data[pos] != '=')
            pos++;
        if (pos >= v.len || v.data[pos] == ';')
            continue;
        struct em_view name = em_view_trim(slice(v, start, pos)), value;
        for (pos++; pos < v.len && is_blank(v.data[pos]);)
            pos++;
        start = pos;
        if (pos < v.len && v.data[pos] == '"') {
            pos = quoted_value(v, pos, text, &value);
            while (pos < v.len && v.data[pos] != ';')
                pos++;
        } else {
            while (pos < v.len && v.data[pos] != ';')
                pos++;
            value = em_view_trim(slice(v, start, pos));
            if (value.len > 1 && value.data[0] == '\'' &&
                value.data[value.len - 1] == '\'')
                value = slice(value, 1, value.len - 1);
        }
        value = em_view_trim(value);
        if (value.len > 0 && value.len <= EM_MAX_CHARSET &&
            em_view_ieq(name, EM_VIEW("charset")))
            return value;
    }
    return EM_VIEW_NONE;
}

/* type/subtype of one member, not yet in lower case; *end is where parameters begin. */
static struct em_view find_essence(struct em_view v, size_t *end)
{
    const char *slash = v.len > 0 ? memchr(v.data, '/', v.len) : NULL;
    if (!slash)
        return EM_VIEW_NONE;
    size_t at = (size_t)(slash - v.data), i = at + 1;
    /* The subtype ends at ';', and beyond the spec at a blank, as in Chromium:
     * "text/html charset=utf-8". */
    while (i < v.len && v.data[i] != ';' && !is_blank(v.data[i]))
        i++;
    *end = i;
    if (i > EM_MAX_MIME || !is_token(slice(v, 0, at)) || !is_token(slice(v, at + 1, i)))
        return EM_VIEW_NONE;
    return slice(v, 0, i);
}

static struct em_view http_lower(struct em_view v, char *text)
{
    bool upper = false;
    for (size_t i = 0; i < v.len; i++) {
        bool up = v.data[i] >= 'A' && v.data[i] <= 'Z';
        upper |= up;
        text[i] = (char)(up ? v.data[i] + 32 : v.data[i]);
    }
    text[v.len] = '\0';
    return upper ? em_view_make(text, v.len) : v;
}

/* spec: Fetch "extract a MIME type", one field line. */
void em_http_content_type(struct em_http_head *head, struct em_view value)
{
    for (size_t pos = 0; pos < value.len;) {
        size_t end = member_end(value, pos), parameters = 0;
        struct em_view member = em_view_trim(slice(value, pos, end));
        pos = end + 1;
        struct em_view essence = find_essence(member, &parameters);
        if (essence.len == 0 || em_view_eq(essence, EM_VIEW("*/*")))
            continue;
        char text[EM_MAX_CHARSET + 1];
        struct em_view charset = find_charset(member, parameters, text);
        if (charset.len > 0) {
            memcpy(head->charset_text, charset.data, charset.len);
            head->charset_text[charset.len] = '\0';
            charset.data = head->charset_text;
        }
        if (charset.len > 0 || !em_view_ieq(essence, head->mime))
            head->charset = charset;
        head->mime = http_lower(essence, head->mime_text);
    }
}

/* --- codings ----------------------------------------------------------------------------- */

static const struct {
    struct em_view name;
    enum em_coding coding;
} codings[] = {
    {{"gzip", 4}, EM_CODING_GZIP},
    {{"x-gzip", 6}, EM_CODING_GZIP}, /* spec: RFC9110 8.4.1.3 */
    {{"chunked", 7}, EM_CODING_CHUNKED},
    {{"deflate", 7}, EM_CODING_DEFLATE},
    {{"x-deflate", 9}, EM_CODING_DEFLATE},
    {{"br", 2}, EM_CODING_BROTLI}, /* spec: RFC7932 */
    {{"brotli", 6}, EM_CODING_BROTLI},
    {{"zstd", 4}, EM_CODING_ZSTD}, /* spec: RFC8878 */
    {{"x-zstd", 6}, EM_CODING_ZSTD},
    {{"compress", 8}, EM_CODING_UNSUPPORTED},
    {{"x-compress", 10}, EM_CODING_UNSUPPORTED},
    {{"bzip2", 5}, EM_CODING_UNSUPPORTED},
    {{"x-bzip2", 7}, EM_CODING_UNSUPPORTED},
    {{"lzma", 4}, EM_CODING_UNSUPPORTED},
    {{"xz", 2}, EM_CODING_UNSUPPORTED},
    {{"sdch", 4}, EM_CODING_UNSUPPORTED},
    {{"exi", 3}, EM_CODING_UNSUPPORTED},
    {{"pack200-gzip", 12}, EM_CODING_UNSUPPORTED},
    {{"aes128gcm", 9}, EM_CODING_UNSUPPORTED},
    {{"dcb", 3}, EM_CODING_UNSUPPORTED}, /* needs a dictionary that is elsewhere */
    {{"dcz", 3}, EM_CODING_UNSUPPORTED},
};

/* Names that are no coding ("identity", "none", "utf-8", "text/html": all occur) say
 * nothing about the bytes and are skipped. */
static void add_codings(struct em_http_head *head, uint8_t *list, uint8_t *n,
                        struct em_view value)
{
    for (size_t pos = 0; pos < value.len;) {
        size_t end = member_end(value, pos);
        struct em_view name = slice(value, pos, end);
        pos = end + 1;
        /* spec: RFC9112 7: transfer codings may have parameters. */
        const char *semicolon = name.len > 0 ? memchr(name.data, ';', name.len) : NULL;
        if (semicolon)
            name.len = (size_t)(semicolon - name.data);
        name = em_view_trim(name);
        for (size_t i = 0; i < sizeof(codings) / sizeof(codings[0]); i++) {
            if (!em_view_ieq(name, codings[i].name))
                continue;
            if (*n < EM_MAX_CODINGS)
                list[(*n)++] = (uint8_t)codings[i].coding;
            else
                head->too_many_codings = true;
            break;
        }
    }
}

/* --- the head ---------------------------------------------------------------------------- */

/* "HTTP/1.1 200 OK", "HTTP 200", "ICY 200 OK"; *status is 0 without a code of 3 digits,
 * which only "HTTP/" and digits may lack: "HTTP is a protocol" is prose. */
static bool status_line(struct em_view line, int *status)
{
    size_t i;
    *status = 0;
    if (em_view_istarts(line, EM_VIEW("HTTP")))
        i = 4;
    else if (em_view_starts(line, EM_VIEW("ICY")))
        i = 3;
    else
        return false;
    bool versioned =
        i == 4 && line.len > 5 && line.data[4] == '/' && is_digit(line.data[5]);
    while (i < line.len && i < 16 && line.data[i] != ' ' && line.data[i] != '\t')
        i++;
    while (i < line.len && (line.data[i] == ' ' || line.data[i] == '\t'))
        i++;
    struct em_view code = slice(line, i, line.len);
    if (code.len >= 3 && is_digit(code.data[0]) && is_digit(code.data[1]) &&
        is_digit(code.data[2]) && (code.len == 3 || !is_digit(code.data[3])) &&
        code.data[0] != '0') {
        *status =
            (code.data[0] - '0') * 100 + (code.data[1] - '0') * 10 + (code.data[2] - '0');
    }
    return versioned || *status > 0;
}

/* spec: RFC9112 3: method SP target SP version. */
static bool request_line(struct em_view line)
{
    const char *space = line.len > 0 ? memchr(line.data, ' ', line.len) : NULL;
    if (!space || !is_token(slice(line, 0, (size_t)(space - line.data))))
        return false;
    line = em_view_trim(line);
    for (size_t i = line.len; i > 0 && line.len - i < 10; i--)
        if (line.data[i - 1] == ' ')
            return em_view_starts(slice(line, i, line.len), EM_VIEW("HTTP/"));
    return false;
}

struct lists {
    uint8_t content[EM_MAX_CODINGS], transfer[EM_MAX_CODINGS];
    uint8_t n_content, n_transfer;
};

static void take_field(struct em_http_head *head, struct lists *lists,
                       struct em_view name, struct em_view value)
{
    unsigned long long number;
    switch (name.len) {
    case 12:
        if (em_view_ieq(name, EM_VIEW("Content-Type")))
            em_http_content_type(head, value);
        break;
    case 14:
        if (!head->has_length && em_view_ieq(name, EM_VIEW("Content-Length")) &&
            em_view_u64(value, &number)) {
            head->has_length = true;
            head->content_length = number;
        }
        break;
    case 16:
        if (em_view_ieq(name, EM_VIEW("Content-Encoding"))) {
            add_codings(head, lists->content, &lists->n_content, value);
            if (head->content_encoding.len == 0)
                head->content_encoding = value;
        }
        break;
    case 17:
        if (em_view_ieq(name, EM_VIEW("Transfer-Encoding"))) {
            add_codings(head, lists->transfer, &lists->n_transfer, value);
            if (head->transfer_encoding.len == 0)
                head->transfer_encoding = value;
        }
        break;
    default:
        break;
    }
}

/* Content codings were applied before transfer codings (spec: RFC9110 8.4, RFC9112 6.1). */
static void join_lists(struct em_http_head *head, const struct lists *lists)
{
    if (lists->n_content + lists->n_transfer > EM_MAX_CODINGS)
        head->too_many_codings = true;
    if (head->too_many_codings)
        return;
    memcpy(head->codings, lists->content, lists->n_content);
    memcpy(head->codings + lists->n_content, lists->transfer, lists->n_transfer);
    head->n_codings = (uint8_t)(lists->n_content + lists->n_transfer);
}

/* The fields from `pos` on. False when a limit was reached. */
static bool take_fields(struct em_view block, size_t start, size_t pos,
                        struct em_http_head *head)
{
    struct lists lists = {.n_content = 0};
    struct em_view limited = block;
    if (limited.len > start + EM_MAX_HEADER)
        limited.len = start + EM_MAX_HEADER;
    size_t lines = 0, end = pos;
    enum line kind = LINE_JUNK;
    while (pos < limited.len && lines < EM_MAX_HEADER_LINES) {
        struct em_view name, value;
        kind = field_line(limited, &pos, &lines, &name, &value);
        if (kind == LINE_BLANK || kind == LINE_MARKUP)
            break;
        if (kind == LINE_FIELD)
            take_field(head, &lists, name, value);
        end = pos;
    }
    head->header = slice(block, start, end);
    join_lists(head, &lists);
    if (kind == LINE_BLANK || kind == LINE_MARKUP) {
        head->body = slice(block, pos, block.len);
        return true;
    }
    head->body = slice(block, block.len, block.len);
    head->cut = pos >= block.len;
    head->oversized = !head->cut;
    return !head->oversized;
}

bool em_http_parse(struct em_view block, struct em_http_head *head)
{
    size_t pos = 0;
    for (;;) {
        memset(head, 0, offsetof(struct em_http_head, mime_text));
        head->body = block;
        while (pos < block.len && (block.data[pos] == '\r' || block.data[pos] == '\n'))
            pos++;
        size_t start = pos;
        if (start == block.len)
            return false;
        struct em_view line = {block.data + start, 0};
        line.len = line_length(block, start, &pos);
        if (!status_line(line, &head->status)) {
            if (!request_line(line))
                return false;
            head->is_request = true;
        }
        head->is_http = true;
        if (!take_fields(block, start, pos, head) || head->is_request)
            return true;
        /* spec: RFC9110 15.2: the final response follows in the same block. */
        if (head->status < 100 || head->status > 199 || head->status == 101)
            return true;
        int status;
        pos = block.len - head->body.len;
        while (pos < block.len && (block.data[pos] == '\r' || block.data[pos] == '\n'))
            pos++;
        if (pos == block.len)
            return true;
        size_t next;
        line.data = block.data + pos;
        line.len = line_length(block, pos, &next);
        if (!status_line(line, &status))
            return true;
    }
}
