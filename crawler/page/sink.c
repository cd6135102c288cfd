/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/sink.h"

#include "base/utf8.h"
#include "crawler/page/entities.h"
#include "crawler/page/scan.h"

enum { PIECE = 16384 };

static uint16_t clamp16(size_t n)
{
    return (uint16_t)(n < UINT16_MAX ? n : UINT16_MAX);
}

/* --- what a block is made of ------------------------------------------------------------ */

enum { C_PLAIN, C_SPACE, C_STOP, C_COMMA, C_DIGIT, C_UPPER, C_HIGH };

static const uint8_t class_of[256] = {
    [' '] = C_SPACE,         ['\n'] = C_SPACE,         ['\t'] = C_SPACE,
    ['.'] = C_STOP,          ['!'] = C_STOP,           ['?'] = C_STOP,
    [','] = C_COMMA,         [';'] = C_COMMA,          ['0' ... '9'] = C_DIGIT,
    ['A' ... 'Z'] = C_UPPER, [0xE0 ... 0xEF] = C_HIGH,
};

/* East Asian text has no spaces: two characters count as a word, as its dictionaries have
 * it on average. */
static void wide(const char *p, const char *end, size_t *stops, size_t *commas,
                 size_t *characters)
{
    if (end - p < 3)
        return;
    uint32_t cp;
    em_utf8_decode(p, end, &cp);
    if (cp == 0x3002 || cp == 0xFF01 || cp == 0xFF1F || cp == 0x2026)
        (*stops)++;
    else if (cp == 0xFF0C || cp == 0x3001)
        (*commas)++;
    *characters += (cp >= 0x3040 && cp < 0xA000) || (cp >= 0xAC00 && cp < 0xD7B0);
}

/* Four counters in one word, a byte each: what one byte of text adds. */
static const uint32_t adds[256] = {
    [' '] = 1,
    ['\n'] = 1,
    ['\t'] = 1,
    [','] = 1 << 8,
    [';'] = 1 << 8,
    ['0' ... '9'] = 1 << 16,
    ['A' ... 'Z'] = 1 << 24,
};

/* Bytes that need a closer look. */
static void sink_look_at(const char *p, const char *end, size_t counts[C_HIGH + 1],
                         size_t *characters)
{
    uint8_t class = class_of[(unsigned char)*p];
    if (class == C_STOP) {
        /* A stop inside a word or number ("3.14", "a.b.c") ends no sentence. */
        counts[C_STOP] += p + 1 >= end || class_of[(unsigned char)p[1]] == C_SPACE ||
                          p[1] == '"' || p[1] == ')';
    } else if (class == C_SPACE) {
        counts[C_SPACE] -= class_of[(unsigned char)p[1]] == C_SPACE;
    } else {
        wide(p, end, &counts[C_STOP], &counts[C_COMMA], characters);
    }
}

static const uint8_t closer[256] = {
    ['.'] = 1, ['!'] = 1, ['?'] = 1, ['\n'] = 1, ['\t'] = 1, [0xE0 ... 0xEF] = 1};

static void count_bytes(const char *p, const char *stop, const char *end, bool pre,
                        size_t counts[C_HIGH + 1], size_t *characters)
{
    uint32_t sum = 0; /* at most 255 bytes at a time */
    for (; p < stop; p++) {
        unsigned char c = (unsigned char)*p;
        sum += adds[c];
        if (EM_UNLIKELY(closer[c] || (pre && c == ' ')))
            sink_look_at(p, end, counts, characters);
    }
    counts[C_SPACE] += sum & 255;
    counts[C_COMMA] += sum >> 8 & 255;
    counts[C_DIGIT] += sum >> 16 & 255;
    counts[C_UPPER] += sum >> 24;
}

#if defined(__SSE2__)
static __m128i between(__m128i v, char low, char high)
{
    return _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8((char)(low - 1))),
                         _mm_cmplt_epi8(v, _mm_set1_epi8((char)(high + 1))));
}

static __m128i is(__m128i v, char c)
{
    return _mm_cmpeq_epi8(v, _mm_set1_epi8(c));
}

static size_t sum_bytes(__m128i v)
{
    __m128i sums = _mm_sad_epu8(v, _mm_setzero_si128());
    return (size_t)_mm_cvtsi128_si64(sums) +
           (size_t)_mm_cvtsi128_si64(_mm_srli_si128(sums, 8));
}

/* The same, 16 bytes at a time; returns where fewer are left. */
static const char *count_vectors(const char *p, const char *end,
                                 size_t counts[C_HIGH + 1], size_t *characters)
{
    while (end - p >= 16) {
        __m128i space = _mm_setzero_si128(), comma = space, digit = space, upper = space;
        /* A mask is -1: subtracting counts, and 255 of them fit in a byte. */
        for (int i = 0; i < 255 && end - p >= 16; i++, p += 16) {
            __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
            __m128i tabs = _mm_or_si128(is(v, '\n'), is(v, '\t'));
            __m128i stops =
                _mm_or_si128(is(v, '.'), _mm_or_si128(is(v, '!'), is(v, '?')));
            __m128i wide_lead = between(v, (char)0xE0, (char)0xEF);
            space = _mm_sub_epi8(space, _mm_or_si128(is(v, ' '), tabs));
            comma = _mm_sub_epi8(comma, _mm_or_si128(is(v, ','), is(v, ';')));
            digit = _mm_sub_epi8(digit, between(v, '0', '9'));
            upper = _mm_sub_epi8(upper, between(v, 'A', 'Z'));
            unsigned mask = (unsigned)_mm_movemask_epi8(
                _mm_or_si128(tabs, _mm_or_si128(stops, wide_lead)));
            for (; mask; mask &= mask - 1)
                sink_look_at(p + __builtin_ctz(mask), end, counts, characters);
        }
        counts[C_SPACE] += sum_bytes(space);
        counts[C_COMMA] += sum_bytes(comma);
        counts[C_DIGIT] += sum_bytes(digit);
        counts[C_UPPER] += sum_bytes(upper);
    }
    return p;
}
#endif

static void count_block(struct em_raw_block *b, const char *text)
{
    const char *p = text + b->start, *end = text + b->end;
    size_t counts[C_HIGH + 1] = {0}, characters = 0;
    bool pre = b->kind == EM_BLOCK_PREFORMATTED;
#if defined(__SSE2__)
    if (!pre)
        p = count_vectors(p, end, counts, &characters);
#endif
    for (const char *stop; p < end; p = stop) {
        stop = end - p > 255 ? p + 255 : end;
        count_bytes(p, stop, end, pre, counts, &characters);
    }
    b->words = clamp16(counts[C_SPACE] + 1 + characters / 2);
    b->stops = clamp16(counts[C_STOP]);
    b->commas = clamp16(counts[C_COMMA]);
    b->digits = clamp16(counts[C_DIGIT]);
    b->capitals = clamp16(counts[C_UPPER]);
}

/* --- blocks ----------------------------------------------------------------------------- */

static void keep_status(struct em_sink *s, enum em_status status)
{
    if (status == EM_ERR_LIMIT) {
        s->full = true;
        s->outline->cut = true;
    } else if (status < 0) {
        s->full = true;
        s->status = status;
    }
}

void em_sink_flush(struct em_sink *s)
{
    s->space = s->breaks = 0;
    if (s->beside && s->beside->open)
        em_sink_flush(s->beside);
    if (!s->open)
        return;
    s->open = false;
    struct em_raw_block *b = &s->block;
    b->end = (uint32_t)s->outline->text.len;
    /* <pre> may end in white space. */
    const char *text = s->outline->text.data;
    while (b->end > b->start && em_is_space(text[b->end - 1]))
        b->end--;
    if (b->end == b->start)
        return;
    count_block(b, text);
    uint32_t len = b->end - b->start;
    b->bold = (uint8_t)(s->bold_bytes >= len ? 255 : 255ull * s->bold_bytes / len);
    if (b->link_bytes > len)
        b->link_bytes = len;
    keep_status(s, em_outline_add_block(s->outline, b));
}

static uint32_t offset_of(const struct em_sink *s, const char *p)
{
    return s->page_at + (uint32_t)(p - s->page);
}

static void open_block(struct em_sink *s, const char *p,
                       const struct em_sink_style *style)
{
    s->open = true;
    s->bold_bytes = 0;
    s->block = (struct em_raw_block){
        .start = (uint32_t)s->outline->text.len,
        .page_start = offset_of(s, p),
        .node = style->node,
        .kind = style->kind,
        .tag = style->tag,
        .links = style->link,
    };
}

void em_sink_break(struct em_sink *s)
{
    if (!s->open)
        return;
    if (++s->breaks >= 2)
        em_sink_flush(s);
}

/* --- text ------------------------------------------------------------------------------- */

enum { T_WORD, T_BLANK, T_REF, T_CONTROL, T_WIDE, T_NBSP };

static const uint8_t text_class[256] = {
    [0 ... 8] = T_CONTROL,       ['\t'] = T_BLANK,         ['\n'] = T_BLANK,
    [0x0B] = T_CONTROL,          ['\f'] = T_BLANK,         ['\r'] = T_BLANK,
    [0x0E ... 0x1F] = T_CONTROL, [' '] = T_BLANK,          ['&'] = T_REF,
    [0x7F] = T_CONTROL,          [0x80 ... 0xC1] = T_WIDE, [0xC2] = T_NBSP,
    [0xC3 ... 0xFF] = T_WIDE,
};

/* White space that waited goes in front of `p`; opens the block where it begins. */
static char *before_word(struct em_sink *s, char *out, const char *p,
                         const struct em_sink_style *style)
{
    if (!s->open) {
        open_block(s, p, style);
    } else if (s->breaks) {
        *out++ = '\n';
    } else if (s->space) {
        *out++ = ' ';
    }
    s->space = s->breaks = 0;
    return out;
}

static char *sink_put(char *out, const char *bytes, size_t n)
{
    memcpy(out, bytes, n);
    return out + n;
}

/* A decoded reference: white space and controls behave as if written. */
static char *put_reference(struct em_sink *s, char *out, const char *p, const char *text,
                           size_t len, const struct em_sink_style *style)
{
    bool nbsp = len == 2 && memcmp(text, "\302\240", 2) == 0;
    if (nbsp || (len == 1 && em_is_space(*text))) {
        if (style->pre && s->open)
            *out++ = nbsp ? ' ' : *text;
        else
            s->space = 1;
        return out;
    }
    if (len == 1 && (unsigned char)*text < 0x20)
        return out;
    out = before_word(s, out, p, style);
    return sink_put(out, text, len);
}

/* Non-ASCII characters from p on; returns where they end. */
static const char *put_wide(struct em_sink *s, char **out, const char *p, const char *end)
{
    while (p < end && (unsigned char)*p >= 0x80) {
        if (end - p >= 2 && p[0] == '\302' && p[1] == '\240')
            break;
        uint32_t cp;
        size_t n = em_utf8_decode(p, end, &cp);
        if (cp == EM_REPLACEMENT && !(n == 3 && (unsigned char)*p == 0xEF)) {
            s->outline->replaced++;
            *out = sink_put(*out, "\xEF\xBF\xBD", 3);
        } else {
            *out = sink_put(*out, p, n);
        }
        p += n;
    }
    return p;
}

static const char *put_blank(struct em_sink *s, char **out, const char *p,
                             const char *end, const struct em_sink_style *style)
{
    if (!style->pre) {
        s->space = 1;
        while (p < end && em_is_space(*p))
            p++;
        return p;
    }
    bool crlf = *p == '\r' && p + 1 < end && p[1] == '\n';
    if (s->open && *p != '\f')
        *(*out)++ = *p == '\r' ? '\n' : *p;
    return p + (crlf ? 2 : 1);
}

/* Plain ASCII words from p on, with the single spaces between them; returns where they
 * end. `out` has room for 16 bytes more than are copied. */
static const char *put_words(char **out, const char *p, const char *end)
{
    char *to = *out;
#if defined(__SSE2__)
    const __m128i space = _mm_set1_epi8(' '), amp = _mm_set1_epi8('&');
    const __m128i delete = _mm_set1_epi8(0x7F);
    while (end - p >= 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        _mm_storeu_si128((__m128i *)(void *)to, v);
        /* Signed: below a space are the controls and all that is not ASCII. */
        __m128i odd =
            _mm_or_si128(_mm_cmplt_epi8(v, space),
                         _mm_or_si128(_mm_cmpeq_epi8(v, amp), _mm_cmpeq_epi8(v, delete)));
        unsigned special = (unsigned)_mm_movemask_epi8(odd);
        unsigned blank = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, space));
        /* A space counts as part of the run when a plain byte follows it here. */
        unsigned stop = special | (blank & ((special | blank) >> 1 | 0x8000u));
        int n = stop ? __builtin_ctz(stop) : 16;
        p += n;
        to += n;
        if (n < 16)
            break;
    }
#endif
    while (p < end && text_class[(unsigned char)*p] == T_WORD)
        *to++ = *p++;
    *out = to;
    return p;
}

/* One piece; `out` has room for three bytes for each of it. */
static char *sink_copy(struct em_sink *s, char *out, const char *p, const char *end,
                       bool references, const struct em_sink_style *style)
{
    while (p < end) {
        char ref[EM_REFERENCE_MAX];
        size_t len = 0, used;
        switch (text_class[(unsigned char)*p]) {
        case T_BLANK:
            p = put_blank(s, &out, p, end, style);
            continue;
        case T_CONTROL:
            p++;
            continue;
        case T_NBSP:
            if (p + 1 < end && p[1] == '\240') {
                s->space |= !style->pre || !s->open;
                if (style->pre && s->open)
                    *out++ = ' ';
                p += 2;
                s->block.page_end = s->open ? offset_of(s, p) : 0;
                continue;
            }
            out = before_word(s, out, p, style);
            p = put_wide(s, &out, p, end);
            break;
        case T_WIDE:
            out = before_word(s, out, p, style);
            p = put_wide(s, &out, p, end);
            break;
        case T_REF:
            used = references ? em_reference_decode(p, end, false, ref, &len) : 0;
            if (used) {
                out = put_reference(s, out, p, ref, len, style);
                p += used;
                break;
            }
            out = before_word(s, out, p, style);
            *out++ = *p++;
            break;
        default:
            out = before_word(s, out, p, style);
            p = put_words(&out, p, end);
        }
        if (s->open)
            s->block.page_end = offset_of(s, p);
    }
    return out;
}

void em_sink_text(struct em_sink *s, const char *p, const char *end, bool references,
                  const struct em_sink_style *style)
{
    struct em_buf *text = &s->outline->text;
    while (p < end && !s->full) {
        const char *stop = end;
        if (end - p > PIECE) {
            /* Cut where neither a character nor a reference is: at a blank if there is one. */
            stop = p + PIECE;
            while (stop > p + PIECE / 2 && !em_is_space(stop[-1]))
                stop--;
            while (stop < end && ((unsigned char)*stop & 0xC0) == 0x80)
                stop++;
        }
        enum em_status status = em_buf_reserve(text, 3 * (size_t)(stop - p) + 32);
        if (status < 0) {
            keep_status(s, status);
            return;
        }
        size_t before = text->len;
        char *out = sink_copy(s, text->data + before, p, stop, references, style);
        text->len = (size_t)(out - text->data);
        *out = '\0';
        if (style->link)
            s->block.link_bytes += (uint32_t)(text->len - before);
        if (style->bold)
            s->bold_bytes += (uint32_t)(text->len - before);
        p = stop;
    }
}

uint32_t em_sink_measure(const char *p, const char *end)
{
    size_t n = 0;
    bool blank = true;
    for (; p < end; p++) {
        bool now = (unsigned char)*p <= ' ';
        n += !now || !blank;
        blank = now;
    }
    return (uint32_t)n;
}

enum em_status em_sink_line(struct em_buf *out, struct em_view raw, bool in_attribute)
{
    const char *p = raw.data, *end = raw.data + raw.len;
    bool blank = false;
    while (p < end) {
        char ref[EM_REFERENCE_MAX] = {*p};
        size_t len = 1, used = 1;
        if (*p == '&') {
            size_t n = em_reference_decode(p, end, in_attribute, ref, &len);
            used = n ? n : 1;
            len = n ? len : 1;
        } else if ((unsigned char)*p >= 0x80) {
            uint32_t cp;
            used = em_utf8_decode(p, end, &cp);
            len = em_utf8_encode(ref, cp);
        }
        p += used;
        if ((len == 1 && (unsigned char)ref[0] <= ' ') ||
            (len == 2 && memcmp(ref, "\302\240", 2) == 0)) {
            blank = out->len > 0;
            continue;
        }
        if (out->len + len + blank > out->max)
            return EM_OK;
        if (blank)
            EM_TRY(em_buf_putc(out, ' '));
        EM_TRY(em_buf_append(out, ref, len));
        blank = false;
    }
    return EM_OK;
}
