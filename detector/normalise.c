/* SPDX-License-Identifier: Apache-2.0
 *
 * Normalisation, the ASCII half: plain runs are copied 16 bytes at a time, everything that
 * may need undoing is looked at where it stands. See normalise.h for what is undone.
 */
#include "detector/normalise_int.h"

#include "base/alloc.h"
#include "base/limits.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { THIN_LEAST = 4 };

enum {
    PLAIN = 1, /* copied as it is */
    START = 2, /* and cannot begin a list mark: may follow a space without a look */
    WHITE = 4  /* ASCII white space */
};

#define L     (PLAIN | START)
#define D     PLAIN
#define P     (PLAIN | START)
#define R8(x) x, x, x, x, x, x, x, x

/* '#', '*', '_', '`', '|' may be Markdown, '&' begin an entity; '-', '+', '>' and digits may begin a list mark
 * after a space; DEL, controls and bytes from 0x80 on are looked at. */
static const uint8_t class_of[256] = {
    0,     0,     0,     0,     0,     0,     0, 0, 0,
    WHITE, WHITE, WHITE, WHITE, WHITE, 0,     0, /* 00 */
    R8(0), R8(0),                                /* 10 */
    WHITE, P,     P,     0,     P,     P,     0, P, P,
    P,     0,     PLAIN, P,     PLAIN, P,     P, /* 20 */
    D,     D,     D,     D,     D,     D,     D, D, D,
    D,     P,     P,     P,     P,     PLAIN, P,           /* 30 */
    P,     L,     L,     L,     L,     L,     L, L, R8(L), /* 40 */
    R8(L), L,     L,     L,     P,     P,     P, P, 0,     /* 50 */
    0,     L,     L,     L,     L,     L,     L, L, R8(L), /* 60 */
    R8(L), L,     L,     L,     P,     0,     P, P, 0,     /* 70 */
};

#undef L
#undef D
#undef P
#undef R8

static bool is_white(const struct em_normaliser *s, const char *p)
{
    return p < s->end && (class_of[(unsigned char)*p] & WHITE) != 0;
}

void em_normal_init(struct em_normal *normal)
{
    memset(normal, 0, sizeof(*normal));
}

void em_normal_release(struct em_normal *normal)
{
    em_free(normal->text);
    em_free(normal->segments);
    em_free(normal->turned);
    em_normal_init(normal);
}

/* Copy what needs no look. */
static void copy_plain(struct em_normaliser *s)
{
    const char *p = s->p, *stop = s->end;
    char *o = s->o;
    size_t left = EM_MAX_SCORED_BYTES - (size_t)(o - s->out->text);
    if ((size_t)(stop - p) > left)
        stop = p + left;
#ifdef __SSE2__
    const __m128i bit5 = _mm_set1_epi8(0x20);
    while (stop - p >= 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i space = _mm_cmpeq_epi8(x, bit5);
        __m128i dash = _mm_cmpeq_epi8(x, _mm_set1_epi8('-'));
        __m128i special = _mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('*')),
                         _mm_cmpeq_epi8(x, _mm_set1_epi8('_'))),
            _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('`')),
                         _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('#')),
                                                   _mm_cmpeq_epi8(x, _mm_set1_epi8('&'))),
                                      _mm_cmpeq_epi8(_mm_or_si128(x, _mm_set1_epi8(3)),
                                                     _mm_set1_epi8(0x7F)))));
        /* |3 == 0x7F is '|', '}', '~' and DEL: the braces are rare, and looked at. */
        __m128i plain = _mm_andnot_si128(special, _mm_cmpgt_epi8(x, bit5));
        __m128i digit = _mm_and_si128(_mm_cmpgt_epi8(x, _mm_set1_epi8('0' - 1)),
                                      _mm_cmplt_epi8(x, _mm_set1_epi8('9' + 1)));
        __m128i mark = _mm_or_si128(_mm_or_si128(dash, digit),
                                    _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('+')),
                                                 _mm_cmpeq_epi8(x, _mm_set1_epi8('>'))));
        unsigned start = (unsigned)_mm_movemask_epi8(_mm_andnot_si128(mark, plain));
        unsigned dashes = (unsigned)_mm_movemask_epi8(dash);
        unsigned ok = (unsigned)_mm_movemask_epi8(plain) & ~(dashes & (dashes >> 1));
        ok |= (unsigned)_mm_movemask_epi8(space) & (start >> 1);
        ok &= ~(dashes & 0x8000u);
        _mm_storeu_si128((__m128i *)(void *)o, x);
        unsigned n = (unsigned)__builtin_ctz(~ok | 0x10000u);
        p += n;
        o += n;
        if (n == 15 && (*p == ' ' || *p == '-'))
            continue; /* only its neighbour is not known yet: look again from there */
        if (n < 16)
            break;
    }
#endif
    while (p < stop) {
        unsigned char c = (unsigned char)*p;
        bool next = p + 1 < s->end;
        unsigned char after = next ? (unsigned char)p[1] : 0;
        if (c == '-' ? after == '-' : !(class_of[c] & PLAIN)) {
            if (c != ' ' || !(class_of[after] & START))
                break;
        }
        *o++ = *p++;
#ifdef __SSE2__
        if (stop - p >= 16)
            break;
#endif
    }
    s->p = p;
    s->o = o;
}

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Does a letter stand alone before what comes next? */
static bool lone_before(const struct em_normaliser *s)
{
    const char *o = s->o;
    size_t n = (size_t)(o - s->out->text);
    return n > 0 && is_letter(o[-1]) && (n == 1 || o[-2] == ' ');
}

/* Was a word broken where the line ended, with a hyphen, so that it continues at p? */
static bool word_broken(const struct em_normaliser *s)
{
    const char *o = s->o;
    size_t n = (size_t)(o - s->out->text);
    return n > 2 && o[-1] == '-' && is_letter(o[-2]) && is_letter(o[-3]) &&
           s->p < s->end && *s->p >= 'a' && *s->p <= 'z';
}

/* Is one letter at p, and no other after it? */
static bool lone_next(const struct em_normaliser *s)
{
    return s->p < s->end && is_letter(*s->p) &&
           (s->p + 1 == s->end || !is_letter(s->p[1]));
}

/* White space of any kind at p: one space, and what is known about the line. */
static void take_white(struct em_normaliser *s)
{
    unsigned breaks = 0, plain = 0, odds = 0;
    for (;;) {
        if (is_white(s, s->p)) {
            breaks += *s->p == '\n';
            plain++;
            s->p++;
            continue;
        }
        size_t odd = em_normal_odd_space(s->p, s->end);
        if (odd == 0)
            break;
        odds++;
        s->p += odd;
    }
    s->out->counts.odd_spaces += odds;
    if (EM_UNLIKELY(breaks == 1) && word_broken(s)) {
        s->o--;
        s->out->counts.hyphens++;
        return;
    }
    if (EM_UNLIKELY(odds == 1 && plain == 0) && lone_next(s) &&
        (lone_before(s) || s->o == s->apart_end) && s->thin++ >= THIN_LEAST) {
        s->apart_end = s->o + 1;
        s->out->counts.spaced++;
        return;
    }
    if (EM_UNLIKELY(plain + odds > 1) && (lone_before(s) || s->o == s->apart_end)) {
        *s->o++ = ' ';
        *s->o++ = ' ';
        s->out->counts.gaps++;
    }
    em_normal_space(s);
    if (breaks > 0) {
        s->line_start = true;
        s->blank_line = breaks > 1;
        if (breaks > 1)
            s->in_list = false;
    }
}

/* What is neither plain nor white nor Markdown: a byte from 0x80 on, or a control. */
static enum em_status take_other(struct em_normaliser *s)
{
    unsigned char c = (unsigned char)*s->p;
    if (c >= 0x80) {
        if (em_normal_odd_space(s->p, s->end) > 0) {
            take_white(s);
            return EM_OK;
        }
        return em_normal_unicode(s);
    }
    if (c == '&' && em_normal_entity(s))
        return EM_OK;
    if (c < 0x20 || c == 0x7F) {
        s->out->counts.controls++;
        s->p++;
        return EM_OK;
    }
    *s->o++ = *s->p++;
    return EM_OK;
}

/* A list mark, heading or dash is recognised where a word could begin. */
static void begin_word(struct em_normaliser *s)
{
    if (s->o > s->out->text && s->o[-1] != ' ')
        return;
    if (is_white(s, s->p))
        take_white(s);
    if (s->p < s->end)
        em_normal_line_marks(s);
    if (is_white(s, s->p) && (s->o == s->out->text || s->o[-1] == ' '))
        take_white(s);
}

static enum em_status normalise_step(struct em_normaliser *s)
{
    const char *before = s->p;
    copy_plain(s);
    if (s->p != before) {
        s->line_start = s->blank_line = false;
        return EM_OK;
    }
    if (is_white(s, s->p))
        take_white(s);
    else if (!em_normal_markdown(s)) {
        EM_TRY(em_normal_room(s, 8));
        EM_TRY(take_other(s));
        s->line_start = s->blank_line = false;
    }
    begin_word(s);
    EM_TRY(em_normal_room(s, 8));
    return em_normal_mark(s);
}

/* The last place up to `at` where a character begins. */
static size_t cut_at(struct em_view text, size_t at)
{
    size_t low = at > 4 ? at - 4 : 0;
    while (at > low && ((unsigned char)text.data[at] & 0xC0) == 0x80)
        at--;
    return at;
}

/* Characters of text[from..to) from after, as they are shown. */
static void turn(char *text, size_t from, size_t to)
{
    for (size_t a = from, b = to; a + 1 < b; a++) {
        char c = text[a];
        text[a] = text[--b];
        text[b] = c;
    }
    /* The bytes of a character are in their old order again. */
    for (size_t i = from; i < to;) {
        size_t n = 0;
        while (i + n < to && n < 3 && ((unsigned char)text[i + n] & 0xC0) == 0x80)
            n++;
        for (size_t a = i, b = i + n; a < b; a++, b--) {
            char c = text[a];
            if (b >= to)
                break;
            text[a] = text[b];
            text[b] = c;
        }
        i += n + 1;
    }
}

/* A text under right-to-left overrides is read as it is shown, where it is in a script that
 * is written from the left. */
static enum em_status turn_overrides(struct em_normal *normal, struct em_view *text)
{
    const struct em_view override = EM_VIEW("\xE2\x80\xAE");
    size_t at = em_view_find(*text, 0, override);
    if (EM_LIKELY(at == text->len))
        return EM_OK;
    if (text->len > normal->cap_turned) {
        char *grown = em_realloc(normal->turned, text->len);
        if (!grown)
            return EM_ERR_NOMEM;
        normal->turned = grown;
        normal->cap_turned = text->len;
    }
    memcpy(normal->turned, text->data, text->len);
    while (at < text->len) {
        size_t from = at + override.len, to = from, letters = 0;
        for (; to < text->len && text->data[to] != '\n'; to++) {
            if (text->len - to >= 3 && memcmp(text->data + to, "\xE2\x80\xAC", 3) == 0)
                break;
            letters += is_letter(text->data[to]);
        }
        if (2 * letters > to - from) {
            turn(normal->turned, from, to);
            normal->counts.reversed++;
        }
        at = em_view_find(*text, to, override);
    }
    text->data = normal->turned;
    return EM_OK;
}

enum em_status em_normalise(struct em_normal *normal, struct em_view text)
{
    const char *source = text.data;
    memset(&normal->counts, 0, sizeof(normal->counts));
    EM_TRY(turn_overrides(normal, &text));
    struct em_normaliser s = {
        .out = normal,
        .src = text.data,
        .p = text.data,
        .end = text.data ? text.data + text.len : NULL,
        .line_start = true,
        .blank_line = true,
    };
    size_t most = EM_MAX_SCORED_BYTES;
    normal->n_segments = 0;
    normal->len = 0;
    /* The source read is bounded as well, so that room for it may be held at once. */
    if (text.len > 4 * most)
        s.end = text.data + cut_at(text, 4 * most);
    s.o = normal->text;
    EM_TRY(em_normal_room(&s, 64));
    begin_word(&s);
    EM_TRY(em_normal_mark(&s));
    while (s.p < s.end && (size_t)(s.o - normal->text) < most)
        EM_TRY(normalise_step(&s));
    while (s.o > normal->text && s.o[-1] == ' ')
        s.o--;
    normal->len = (size_t)(s.o - normal->text);
    normal->source = source;
    normal->source_len = (size_t)(s.p - s.src);
    normal->cut = normal->source_len < text.len;
    memset(normal->text + normal->len, 0, EM_NORMAL_PAD);
    return em_normal_letters(normal);
}

uint32_t em_normal_original(const struct em_normal *normal, uint32_t at)
{
    size_t low = 0, high = normal->n_segments;
    if (high == 0)
        return at;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (normal->segments[middle].normal <= at)
            low = middle;
        else
            high = middle;
    }
    uint32_t original =
        normal->segments[low].original + (at - normal->segments[low].normal);
    uint32_t last = (uint32_t)normal->source_len;
    if (low + 1 < normal->n_segments && normal->segments[low + 1].original < last)
        last = normal->segments[low + 1].original;
    return original < last ? original : last;
}

uint32_t em_normal_original_end(const struct em_normal *normal, uint32_t end)
{
    uint32_t last = (uint32_t)normal->source_len;
    uint32_t at = end > 0 ? em_normal_original(normal, end - 1) + 1 : 0;
    while (at < last && ((unsigned char)normal->source[at] & 0xC0) == 0x80)
        at++;
    return at < last ? at : last;
}

uint32_t em_normal_disguised(const struct em_normal *normal)
{
    const struct em_normal_counts *c = &normal->counts;
    return c->homoglyphs + c->zero_width + c->bidi + c->compat + c->spaced + c->marks +
           c->phonetic + c->reversed + c->disguised + c->entities + c->soft_hyphens;
}
