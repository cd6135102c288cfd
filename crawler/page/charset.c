/* SPDX-License-Identifier: Apache-2.0
 *
 * Decoding works in chunks of bounded output. Where each chunk began is kept, so that an
 * offset into the text leads back to the page by decoding again one chunk at most:
 *
 *     page  |-------|-----|--------|        marks[i] = {page, text}
 *     text  |---------|---------|-----|     at most CHUNK bytes each
 *
 * ISO-2022-JP has a state, which its last escape sequence says; so a mark knows that too.
 */
#include "crawler/page/charset_int.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/utf8.h"

#include <errno.h>
#include <iconv.h>

enum { CHUNK = 2048, CACHE = 4 };

struct mark {
    uint32_t page, text;
    uint32_t escape; /* bytes up to the end of the last escape sequence before it; or 0 */
};

struct em_charset {
    struct em_buf text;
    struct mark *marks;
    size_t n_marks, cap_marks;
    struct em_view body; /* after a byte order mark */
    size_t skipped;      /* bytes of the mark */
    const struct em_encoding *encoding;
    struct {
        const struct em_encoding *encoding;
        iconv_t handle;
    } cache[CACHE]; /* opening costs a table load: kept between pages */
    size_t next_cache;
};

static const struct em_encoding *by_name(const char *name)
{
    return em_encoding_find(em_view_of(name));
}

const char *em_encoding_name(const struct em_encoding *encoding)
{
    return encoding->name;
}

enum em_status em_charset_new(struct em_charset **out)
{
    struct em_charset *c = em_calloc(1, sizeof(*c));
    *out = c;
    if (!c)
        return EM_ERR_NOMEM;
    em_buf_init(&c->text, EM_MAX_DECODED);
    return EM_OK;
}

void em_charset_free(struct em_charset *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < CACHE; i++)
        if (c->cache[i].encoding)
            iconv_close(c->cache[i].handle);
    em_buf_release(&c->text);
    em_free(c->marks);
    em_free(c);
}

/* (iconv_t)-1 when the C library lacks the encoding. */
static iconv_t handle_for(struct em_charset *c, const struct em_encoding *encoding)
{
    for (size_t i = 0; i < CACHE; i++)
        if (c->cache[i].encoding == encoding)
            return c->cache[i].handle;
    iconv_t handle = iconv_open("UTF-8", encoding->iconv);
    if (handle == (iconv_t)-1)
        return handle;
    size_t slot = c->next_cache++ % CACHE;
    if (c->cache[slot].encoding)
        iconv_close(c->cache[slot].handle);
    c->cache[slot].encoding = encoding;
    c->cache[slot].handle = handle;
    return handle;
}

/* --- one chunk: bytes used of `in`, bytes written to `out` ------------------------------ */

struct step {
    const unsigned char *in, *in_end;
    const unsigned char *escape; /* after the escape sequence in force, or NULL */
    char *out, *out_end;
    uint32_t replaced;
};

static bool charset_put(struct step *s, uint32_t cp)
{
    char text[4];
    size_t n = em_utf8_encode(text, cp);
    if ((size_t)(s->out_end - s->out) < n)
        return false;
    memcpy(s->out, text, n);
    s->out += n;
    return true;
}

static void step_single(struct step *s, const uint16_t *high)
{
    while (s->in < s->in_end) {
        /* Runs of ASCII, eight bytes at a time. */
        uint64_t word;
        while (s->in_end - s->in >= 8 && s->out_end - s->out >= 8) {
            memcpy(&word, s->in, 8);
            if (word & 0x8080808080808080u)
                break;
            memcpy(s->out, &word, 8);
            s->in += 8;
            s->out += 8;
        }
        if (s->in == s->in_end)
            return;
        unsigned char c = *s->in;
        uint32_t cp = c < 0x80 ? c : high[c - 0x80];
        bool bad = c >= 0x80 && cp == 0;
        if (!charset_put(s, bad ? EM_REPLACEMENT : cp))
            return;
        s->replaced += bad;
        s->in++;
    }
}

static uint32_t unit(const unsigned char *p, bool big)
{
    return big ? (uint32_t)(p[0] << 8 | p[1]) : (uint32_t)(p[1] << 8 | p[0]);
}

static void step_utf16(struct step *s, bool big)
{
    while (s->in < s->in_end) {
        size_t left = (size_t)(s->in_end - s->in), used = left < 2 ? left : 2;
        uint32_t cp = left < 2 ? EM_REPLACEMENT : unit(s->in, big);
        bool bad = left < 2;
        if (!bad && cp >= 0xD800 && cp <= 0xDFFF) {
            uint32_t low = left >= 4 && cp < 0xDC00 ? unit(s->in + 2, big) : 0;
            bad = low < 0xDC00 || low > 0xDFFF;
            used = bad ? 2 : 4;
            cp = bad ? EM_REPLACEMENT : 0x10000 + ((cp - 0xD800) << 10) + (low - 0xDC00);
        }
        if (!charset_put(s, cp))
            return;
        s->replaced += bad;
        s->in += used;
    }
}

/* Bytes one error takes (spec: the multi-byte decoders give an ASCII second byte back). */
static size_t error_length(const struct step *s)
{
    size_t left = (size_t)(s->in_end - s->in);
    bool lead = *s->in > 0x80 && *s->in < 0xFF;
    return left >= 2 && lead && s->in[1] >= 0x80 ? 2 : 1;
}

enum { ESCAPE = 3 }; /* bytes: "ESC $ B" */

static void step_iconv(struct step *s, iconv_t handle)
{
    iconv(handle, NULL, NULL, NULL, NULL);
    if (s->escape) {
        char *in = (char *)(uintptr_t)(s->escape - ESCAPE), nothing[4], *out = nothing;
        size_t in_left = ESCAPE, out_left = sizeof(nothing);
        iconv(handle, &in, &in_left, &out, &out_left);
    }
    while (s->in < s->in_end) {
        char *in = (char *)(uintptr_t)s->in;
        size_t in_left = (size_t)(s->in_end - s->in);
        size_t out_left = (size_t)(s->out_end - s->out);
        size_t n = iconv(handle, &in, &in_left, &s->out, &out_left);
        s->in = (const unsigned char *)in;
        if (n != (size_t)-1 || errno == E2BIG)
            return;
        if (!charset_put(s, EM_REPLACEMENT))
            return;
        s->replaced++;
        s->in += errno == EINVAL ? in_left : error_length(s);
    }
}

static void step_chunk(struct em_charset *c, struct step *s)
{
    const struct em_encoding *e = c->encoding;
    if (e->kind == EM_ENC_SINGLE) {
        step_single(s, e->high);
    } else if (e->kind == EM_ENC_UTF16LE || e->kind == EM_ENC_UTF16BE) {
        step_utf16(s, e->kind == EM_ENC_UTF16BE);
    } else if (e->kind == EM_ENC_ICONV) {
        iconv_t handle = handle_for(c, e);
        if (handle == (iconv_t)-1)
            step_single(s, by_name("windows-1252")->high);
        else
            step_iconv(s, handle);
    } else if (charset_put(s, EM_REPLACEMENT)) { /* spec: the replacement decoder, 14.1 */
        s->in = s->in_end;
        s->replaced++;
    }
}

/* --- a whole page ----------------------------------------------------------------------- */

/* After the last escape sequence in [p, end), or `before`. */
static const unsigned char *last_escape(const unsigned char *p, const unsigned char *end,
                                        const unsigned char *before)
{
    for (const unsigned char *q = end; q - p >= ESCAPE; q--)
        if (q[-ESCAPE] == 0x1B)
            return q;
    return before;
}

static enum em_status add_mark(struct em_charset *c, size_t page, size_t escape)
{
    if (c->n_marks == c->cap_marks) {
        size_t cap = c->cap_marks ? 2 * c->cap_marks : 64;
        struct mark *marks = em_realloc_array(c->marks, cap, sizeof(*marks));
        if (!marks)
            return EM_ERR_NOMEM;
        c->marks = marks;
        c->cap_marks = cap;
    }
    c->marks[c->n_marks++] =
        (struct mark){(uint32_t)page, (uint32_t)c->text.len, (uint32_t)escape};
    return EM_OK;
}

static enum em_status decode_all(struct em_charset *c, struct em_decoded *out)
{
    const unsigned char *in = (const unsigned char *)c->body.data, *p = in;
    const unsigned char *end = p + c->body.len, *escape = NULL;
    bool has_state = c->encoding == by_name("iso-2022-jp");
    while (p < end) {
        EM_TRY(add_mark(c, (size_t)(p - in), escape ? (size_t)(escape - in) : 0));
        enum em_status status = em_buf_reserve(&c->text, CHUNK);
        if (status == EM_ERR_LIMIT) {
            out->cut = true;
            break;
        }
        EM_TRY(status);
        char *to = c->text.data + c->text.len;
        struct step s = {p, end, escape, to, to + CHUNK, 0};
        step_chunk(c, &s);
        if (has_state)
            escape = last_escape(p, s.in, escape);
        out->replaced += s.replaced;
        c->text.len += (size_t)(s.out - to);
        if (s.in == p) /* no progress is possible: an encoder that swallows its input */
            break;
        p = s.in;
    }
    if (c->text.data)
        c->text.data[c->text.len] = '\0';
    out->text = em_buf_view(&c->text);
    return EM_OK;
}

static const struct em_encoding *from_bom(struct em_view body, size_t *length)
{
    *length = 3;
    if (em_view_starts(body, EM_VIEW("\xEF\xBB\xBF")))
        return by_name("utf-8");
    *length = 2;
    if (em_view_starts(body, EM_VIEW("\xFF\xFE")))
        return by_name("utf-16le");
    if (em_view_starts(body, EM_VIEW("\xFE\xFF")))
        return by_name("utf-16be");
    *length = 0;
    return NULL;
}

static const struct em_encoding *choose(struct em_charset *c, struct em_view body,
                                        struct em_view label, bool prescan,
                                        const char **from)
{
    *from = "bom";
    const struct em_encoding *e = from_bom(body, &c->skipped);
    if (e)
        return e;
    *from = "http";
    e = em_encoding_find(label);
    if (e)
        return e;
    *from = "meta";
    e = prescan ? em_charset_prescan(em_view_sub(body, 0, EM_PRESCAN)) : NULL;
    if (!e && prescan && body.len > EM_PRESCAN)
        e = em_charset_prescan(em_view_sub(body, 0, EM_PRESCAN_LATE));
    if (e)
        return e;
    e = em_charset_guess(body);
    *from = e->kind == EM_ENC_UTF8 ? "utf-8" : "guess";
    return e;
}

enum em_status em_charset_decode(struct em_charset *c, struct em_view body,
                                 struct em_view label, bool prescan,
                                 struct em_decoded *out)
{
    *out = (struct em_decoded){.from = ""};
    if (body.len > EM_MAX_BLOCK) {
        body.len = EM_MAX_BLOCK;
        out->cut = true;
    }
    c->encoding = choose(c, body, label, prescan, &out->from);
    c->body = em_view_sub(body, c->skipped, body.len);
    c->n_marks = 0;
    em_buf_clear(&c->text);
    if (c->text.cap > EM_ARENA_KEEP)
        em_buf_release(&c->text);
    out->name = em_view_of(c->encoding->name);
    if (c->encoding->kind == EM_ENC_UTF8) {
        out->text = c->body;
        return EM_OK;
    }
    return decode_all(c, out);
}

size_t em_charset_origin(struct em_charset *c, size_t offset)
{
    if (c->encoding->kind == EM_ENC_UTF8 || c->n_marks == 0)
        return c->skipped + (offset < c->body.len ? offset : c->body.len);
    size_t low = 0, high = c->n_marks;
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (c->marks[mid].text <= offset)
            low = mid;
        else
            high = mid;
    }
    size_t ahead = offset - c->marks[low].text;
    char scratch[CHUNK];
    const unsigned char *in = (const unsigned char *)c->body.data;
    size_t escape = c->marks[low].escape;
    struct step s = {.in = in + c->marks[low].page,
                     .in_end = in + c->body.len,
                     .escape = escape ? in + escape : NULL,
                     .out = scratch,
                     .out_end = scratch + (ahead < CHUNK ? ahead : CHUNK)};
    if (ahead)
        step_chunk(c, &s);
    return c->skipped + (size_t)(s.in - in);
}
