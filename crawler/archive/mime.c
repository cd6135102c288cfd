/* SPDX-License-Identifier: Apache-2.0
 *
 * MIME types of pages, declared and sniffed. spec: MIMESNIFF
 */
#include "crawler/archive/mime.h"

#include <stdint.h>

/* spec: MIMESNIFF 5.2: the resource header. */
#define RESOURCE_HEADER 1445
/* How far a comment or declaration in front of a document is followed. */
#define PROLOG 4096

struct type {
    struct em_view essence;
    enum em_mime mime;
};

#define TYPE(text, mime)                                                                 \
    {                                                                                    \
        {text, sizeof(text) - 1}, mime                                                   \
    }

static const struct type types[] = {
    TYPE("text/html", EM_MIME_HTML),
    TYPE("application/xhtml+xml", EM_MIME_HTML),
    TYPE("application/vnd.wap.xhtml+xml", EM_MIME_HTML),
    TYPE("text/plain", EM_MIME_TEXT),
    TYPE("text/markdown", EM_MIME_TEXT),
    TYPE("text/x-markdown", EM_MIME_TEXT),
    TYPE("text/xml", EM_MIME_XML),
    TYPE("application/xml", EM_MIME_XML),
    /* spec: MIMESNIFF 7: types that mean "unknown". */
    TYPE("unknown/unknown", EM_MIME_UNKNOWN),
    TYPE("application/unknown", EM_MIME_UNKNOWN),
    TYPE("*/*", EM_MIME_UNKNOWN),
    /* What servers and archivers say for want of better. */
    TYPE("application/octet-stream", EM_MIME_UNKNOWN),
    TYPE("binary/octet-stream", EM_MIME_UNKNOWN),
    TYPE("application/x-unknown", EM_MIME_UNKNOWN),
    TYPE("application/x-unknown-content-type", EM_MIME_UNKNOWN),
    TYPE("content/unknown", EM_MIME_UNKNOWN),
    TYPE("no-type", EM_MIME_UNKNOWN),
    TYPE("unk", EM_MIME_UNKNOWN),
};

enum em_mime em_mime_of(struct em_view essence)
{
    if (essence.len == 0)
        return EM_MIME_UNKNOWN;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (em_view_eq(essence, types[i].essence))
            return types[i].mime;
    return EM_MIME_OTHER;
}

static bool mime_ends_with(struct em_view v, struct em_view end)
{
    return v.len >= end.len && em_view_eq(em_view_sub(v, v.len - end.len, end.len), end);
}

bool em_mime_is_textual(struct em_view essence)
{
    if (essence.len == 0 || em_view_starts(essence, EM_VIEW("text/")))
        return true;
    return mime_ends_with(essence, EM_VIEW("+xml")) ||
           mime_ends_with(essence, EM_VIEW("+json")) ||
           mime_ends_with(essence, EM_VIEW("/xml")) ||
           mime_ends_with(essence, EM_VIEW("/json")) ||
           mime_ends_with(essence, EM_VIEW("/javascript"));
}

/* --- bytes ------------------------------------------------------------------------------- */

/* spec: MIMESNIFF 3 "binary data byte": controls but TAB, LF, FF, CR, ESC */
#define BINARY_BYTES                                                                     \
    (~(UINT32_C(1) << 9 | UINT32_C(1) << 10 | UINT32_C(1) << 12 | UINT32_C(1) << 13 |    \
       UINT32_C(1) << 27))

static size_t count_bytes(const char *p, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        count += c < 0x20 && (BINARY_BYTES >> c & 1) != 0;
    }
    return count;
}

/* How many binary data bytes there are. Eight at once where none is below 0x20, which is
 * nearly always: this looks at every page. */
static size_t count_binary(const char *p, size_t n)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    size_t count = 0, i = 0;
    for (; n - i >= 8; i += 8) {
        uint64_t word;
        memcpy(&word, p + i, 8);
        if (((word - 0x20 * ones) & ~word & 0x80 * ones) != 0)
            count += count_bytes(p + i, 8);
    }
    return count + count_bytes(p + i, n - i);
}

static bool has_utf16_bom(struct em_view v)
{
    return em_view_starts(v, EM_VIEW("\xFE\xFF")) ||
           em_view_starts(v, EM_VIEW("\xFF\xFE"));
}

bool em_mime_is_plain(struct em_view body)
{
    if (has_utf16_bom(body))
        return true;
    size_t n = body.len < RESOURCE_HEADER ? body.len : RESOURCE_HEADER;
    return count_binary(body.data, n) == 0;
}

/* First bytes of formats that are not text, whatever was declared. spec: MIMESNIFF 6 */
static const struct em_view magic[] = {
    {"%PDF-", 5},
    {"%!PS-Adobe-", 11},
    {"\x89PNG\r\n\x1A\n", 8},
    {"\xFF\xD8\xFF", 3},
    {"GIF87a", 6},
    {"GIF89a", 6},
    {"PK\x03\x04", 4},
    {"\x1F\x8B\x08", 3},
    {"\x28\xB5\x2F\xFD", 4},
    {"OggS\0", 5},
    {"wOFF\0", 5},
    {"wOF2\0", 5},
    {"\x7F"
     "ELF",
     4},
    {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8}, /* Word, Excel before 2007 */
    {"{\\rtf1", 6},
};

static bool has_magic(struct em_view body)
{
    for (size_t i = 0; i < sizeof(magic) / sizeof(magic[0]); i++)
        if (em_view_starts(body, magic[i]))
            return true;
    return false;
}

bool em_mime_is_binary(struct em_view body)
{
    if (has_magic(body))
        return true;
    if (has_utf16_bom(body))
        return false;
    size_t n = body.len < RESOURCE_HEADER ? body.len : RESOURCE_HEADER;
    size_t binary = count_binary(body.data, n);
    if (binary * 50 <= n)
        return false;
    /* UTF-16 of a mostly Latin text: every other byte is zero, the ones between never. */
    size_t zeros[2] = {0, 0};
    for (size_t i = 0; i < n; i++)
        zeros[i & 1] += body.data[i] == 0;
    size_t many = zeros[0] > zeros[1] ? zeros[0] : zeros[1];
    size_t few = zeros[0] + zeros[1] - many;
    return !(many * 5 > n && few == 0 && many == binary);
}

/* --- markup ------------------------------------------------------------------------------ */

static struct em_view skip_blank(struct em_view v)
{
    size_t i = 0;
    while (i < v.len && (v.data[i] == ' ' || (v.data[i] >= '\t' && v.data[i] <= '\r')))
        i++;
    return em_view_sub(v, i, v.len);
}

static struct em_view skip_bom(struct em_view v)
{
    if (em_view_starts(v, EM_VIEW("\xEF\xBB\xBF")))
        return em_view_sub(v, 3, v.len);
    return v;
}

/* spec: MIMESNIFF 7.1 table: each is followed by a tag-terminating byte. */
static const struct em_view tags[] = {{"<!DOCTYPE HTML", 14},
                                      {"<HTML", 5},
                                      {"<HEAD", 5},
                                      {"<SCRIPT", 7},
                                      {"<IFRAME", 7},
                                      {"<H1", 3},
                                      {"<DIV", 4},
                                      {"<FONT", 5},
                                      {"<TABLE", 6},
                                      {"<A", 2},
                                      {"<STYLE", 6},
                                      {"<TITLE", 6},
                                      {"<B", 2},
                                      {"<BODY", 5},
                                      {"<BR", 3},
                                      {"<P", 2},
                                      {"<META", 5},
                                      {"<CENTER", 7}};

static bool is_tag(struct em_view v, struct em_view tag)
{
    if (!em_view_istarts(v, tag) || v.len == tag.len)
        return false;
    char c = v.data[tag.len];
    return c == '>' || c == ' ' || (c >= '\t' && c <= '\r');
}

/* After the construct that begins here and ends with `end`; all of it when it does not
 * end in the first 4 KiB. */
static struct em_view skip_past(struct em_view v, struct em_view end)
{
    struct em_view head = em_view_sub(v, 0, PROLOG);
    size_t at = em_view_find(head, 0, end);
    return at == head.len ? em_view_sub(v, v.len, 0)
                          : em_view_sub(v, at + end.len, v.len);
}

bool em_mime_is_html_document(struct em_view body)
{
    struct em_view v = skip_blank(skip_bom(body));
    /* A few comments, declarations and processing instructions may come first. */
    for (int i = 0; i < 16; i++) {
        if (is_tag(v, tags[0]) || is_tag(v, tags[1]))
            return true;
        if (em_view_starts(v, EM_VIEW("<!--")))
            v = skip_past(v, EM_VIEW("-->"));
        else if (em_view_starts(v, EM_VIEW("<?")))
            v = skip_past(v, EM_VIEW("?>"));
        else
            return false;
        v = skip_blank(v);
    }
    return false;
}

enum em_mime em_mime_sniff(struct em_view body)
{
    if (em_mime_is_html_document(body))
        return EM_MIME_HTML;
    struct em_view v = skip_blank(skip_bom(body));
    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
        if (is_tag(v, tags[i]))
            return EM_MIME_HTML;
    if (em_view_starts(v, EM_VIEW("<!--")))
        return EM_MIME_HTML;
    if (em_view_starts(v, EM_VIEW("<?xml")))
        return EM_MIME_XML;
    if (has_magic(body) || !em_mime_is_plain(body))
        return EM_MIME_OTHER;
    return EM_MIME_TEXT;
}
