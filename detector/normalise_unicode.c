/* SPDX-License-Identifier: Apache-2.0
 *
 * Normalisation, the half beyond ASCII: NFKC (spec: UAX #15, by utf8proc), typographic
 * signs, invisible characters, look-alikes (spec: UTS #39, the part that occurs in
 * attacks). This is the only file that sees utf8proc for normalisation.
 */
#include "detector/normalise_int.h"

#include "base/utf8.h"

#include <utf8proc.h>

enum {
    RUN_MAX = 64,   /* code points handed to NFKC at once */
    EXPANSION = 18, /* the most code points one becomes: U+FDFA */
    WORD_MAX = 64,  /* letters of a word looked at for look-alikes */
    FOLDED_OFTEN = 12
};

/* Letters that look like an ASCII letter, by block; 0: none. */
static const struct {
    uint16_t from;
    char to;
} look_alikes[] = {
    /* Greek */
    {0x0391, 'A'},
    {0x0392, 'B'},
    {0x0395, 'E'},
    {0x0396, 'Z'},
    {0x0397, 'H'},
    {0x0399, 'I'},
    {0x039A, 'K'},
    {0x039C, 'M'},
    {0x039D, 'N'},
    {0x039F, 'O'},
    {0x03A1, 'P'},
    {0x03A4, 'T'},
    {0x03A5, 'Y'},
    {0x03A7, 'X'},
    {0x03B1, 'a'},
    {0x03B3, 'y'},
    {0x03B9, 'i'},
    {0x03BA, 'k'},
    {0x03BD, 'v'},
    {0x03BF, 'o'},
    {0x03C1, 'p'},
    {0x03C4, 't'},
    {0x03C5, 'u'},
    {0x03C7, 'x'},
    {0x03C9, 'w'},
    {0x03F2, 'c'},
    {0x03F3, 'j'},
    {0x03F9, 'C'},
    /* Cyrillic */
    {0x0405, 'S'},
    {0x0406, 'I'},
    {0x0408, 'J'},
    {0x0410, 'A'},
    {0x0412, 'B'},
    {0x0415, 'E'},
    {0x0417, '3'},
    {0x041A, 'K'},
    {0x041C, 'M'},
    {0x041D, 'H'},
    {0x041E, 'O'},
    {0x0420, 'P'},
    {0x0421, 'C'},
    {0x0422, 'T'},
    {0x0423, 'Y'},
    {0x0425, 'X'},
    {0x0430, 'a'},
    {0x0432, 'b'},
    {0x0433, 'r'},
    {0x0435, 'e'},
    {0x043A, 'k'},
    {0x043C, 'm'},
    {0x043D, 'h'},
    {0x043E, 'o'},
    {0x043F, 'n'},
    {0x0440, 'p'},
    {0x0441, 'c'},
    {0x0442, 't'},
    {0x0443, 'y'},
    {0x0445, 'x'},
    {0x0455, 's'},
    {0x0456, 'i'},
    {0x0458, 'j'},
    {0x0475, 'v'},
    {0x04AE, 'Y'},
    {0x04AF, 'y'},
    {0x04BB, 'h'},
    {0x04BD, 'e'},
    {0x04C0, 'I'},
    {0x04CF, 'l'},
    {0x0501, 'd'},
    {0x0511, 'e'},
    {0x051B, 'q'},
    {0x051C, 'W'},
    {0x051D, 'w'},
    /* Armenian */
    {0x0555, 'O'},
    {0x0561, 'w'},
    {0x0570, 'h'},
    {0x0578, 'n'},
    {0x057D, 'u'},
    {0x0581, 'g'},
    {0x0584, 'f'},
    {0x0585, 'o'},
};

char em_look_alike(uint32_t cp)
{
    size_t low = 0, high = sizeof(look_alikes) / sizeof(look_alikes[0]);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (look_alikes[middle].from < cp)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < sizeof(look_alikes) / sizeof(look_alikes[0]) && look_alikes[low].from == cp)
        return look_alikes[low].to;
    return 0;
}

/* Letters that a look-alike may stand among: Greek, Cyrillic, Armenian. NFKC leaves the
 * ones in these ranges as they are. */
static bool foreign_letter(uint32_t cp)
{
    return (cp >= 0x0391 && cp <= 0x03CE && cp != 0x03C2 && cp != 0x03A2) ||
           (cp >= 0x03F2 && cp <= 0x03F3) || (cp >= 0x0400 && cp <= 0x0481) ||
           (cp >= 0x048A && cp <= 0x052F) || (cp >= 0x0531 && cp <= 0x0556) ||
           (cp >= 0x0561 && cp <= 0x0586);
}

static bool ascii_letter(unsigned char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Small capitals of phonetic alphabets, Latin letters of theirs that look like plain ones,
 * letters in dark circles and squares: what NFKC leaves. And capitals of Cherokee and Lisu
 * that look like Latin ones. 0 for others. */
static char phonetic_letter(uint32_t cp)
{
    static const struct {
        uint16_t from;
        char to;
    } letters[] = {
        {0x0131, 'i'}, {0x01EB, 'q'}, {0x0251, 'a'}, {0x0261, 'g'}, {0x0262, 'g'},
        {0x0269, 'i'}, {0x026A, 'i'}, {0x0274, 'n'}, {0x0280, 'r'}, {0x028F, 'y'},
        {0x0299, 'b'}, {0x029C, 'h'}, {0x029F, 'l'}, {0x13A0, 'D'}, {0x13A1, 'R'},
        {0x13A2, 'T'}, {0x13A9, 'Y'}, {0x13AA, 'A'}, {0x13AB, 'J'}, {0x13AC, 'E'},
        {0x13B3, 'W'}, {0x13B7, 'M'}, {0x13BB, 'H'}, {0x13C0, 'G'}, {0x13C2, 'h'},
        {0x13C3, 'Z'}, {0x13C6, 'I'}, {0x13CF, 'b'}, {0x13D2, 'R'}, {0x13D4, 'W'},
        {0x13D5, 'S'}, {0x13D9, 'V'}, {0x13DA, 'S'}, {0x13DE, 'L'}, {0x13DF, 'C'},
        {0x13E2, 'P'}, {0x13E6, 'K'}, {0x13E7, 'd'}, {0x13F4, 'B'}, {0x1D00, 'a'},
        {0x1D04, 'c'}, {0x1D05, 'd'}, {0x1D07, 'e'}, {0x1D0A, 'j'}, {0x1D0B, 'k'},
        {0x1D0D, 'm'}, {0x1D0F, 'o'}, {0x1D18, 'p'}, {0x1D1B, 't'}, {0x1D1C, 'u'},
        {0x1D20, 'v'}, {0x1D21, 'w'}, {0x1D22, 'z'}, {0xA4D0, 'B'}, {0xA4D1, 'P'},
        {0xA4D3, 'D'}, {0xA4D4, 'T'}, {0xA4D6, 'G'}, {0xA4D7, 'K'}, {0xA4D9, 'J'},
        {0xA4DA, 'C'}, {0xA4DC, 'Z'}, {0xA4DD, 'F'}, {0xA4DF, 'M'}, {0xA4E0, 'N'},
        {0xA4E1, 'L'}, {0xA4E2, 'S'}, {0xA4E3, 'R'}, {0xA4E6, 'V'}, {0xA4E7, 'H'},
        {0xA4EA, 'W'}, {0xA4EB, 'X'}, {0xA4EC, 'Y'}, {0xA4EE, 'A'}, {0xA4F0, 'E'},
        {0xA4F2, 'I'}, {0xA4F3, 'O'}, {0xA4F4, 'U'}, {0xA730, 'f'}, {0xA731, 's'},
        {0xA7AF, 'q'}};
    if (EM_LIKELY(cp < 0x0251 && cp != 0x0131 && cp != 0x01EB))
        return 0;
    if ((cp >= 0x1F150 && cp <= 0x1F169) || (cp >= 0x1F170 && cp <= 0x1F189))
        return (char)('A' + (cp - 0x1F150) % 32);
    size_t low = 0, high = sizeof(letters) / sizeof(letters[0]);
    while (cp <= 0xA7AF && low < high) {
        size_t middle = (low + high) / 2;
        if (letters[middle].from == cp)
            return letters[middle].to;
        if (letters[middle].from < cp)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

/* Was the word before this one (whose letters are not written yet) Latin? Where the text
 * begins, what stands after it is asked: from `next` on. */
static bool latin_before(const struct em_normaliser *s, const char *next)
{
    const char *o = s->o;
    for (int i = 0; i < 3 && o > s->out->text && !ascii_letter((unsigned char)o[-1]); i++)
        o--;
    if (o > s->out->text)
        return ascii_letter((unsigned char)o[-1]);
    for (int i = 0; i < 24 && next < s->end; i++)
        if (ascii_letter((unsigned char)*next++))
            return true;
    return false;
}

/* The rest of a word from its first Greek, Cyrillic or Armenian letter on: folded when the
 * word has Latin letters too, or consists of close look-alikes alone among Latin words. */
static enum em_status take_foreign_word(struct em_normaliser *s, uint32_t first)
{
    const char *p = s->p;
    unsigned latin = s->o > s->out->text && ascii_letter((unsigned char)s->o[-1]);
    unsigned alike = 0, faint = 0, other = 0;
    uint32_t cps[WORD_MAX];
    uint8_t lens[WORD_MAX];
    size_t n = 0;
    while (p < s->end && n < WORD_MAX) {
        uint32_t cp = (unsigned char)*p;
        size_t len = 1;
        if (cp >= 0x80)
            len = em_utf8_decode(p, s->end, &cp);
        char phonetic = phonetic_letter(cp);
        if (cp < 0x80 ? !ascii_letter((unsigned char)cp)
                      : !foreign_letter(cp) && !phonetic)
            break;
        latin += cp < 0x80 || phonetic;
        if (phonetic)
            cp = (uint32_t)phonetic;
        else if (cp >= 0x80 && em_look_alike(cp)) {
            alike++;
            faint += strchr("brkmhntuvwgf", em_look_alike(cp)) != NULL;
        } else if (cp >= 0x80)
            other++;
        lens[n] = (uint8_t)len;
        cps[n++] = cp;
        p += len;
    }
    bool greek = first < 0x0400;
    /* Where letters were folded again and again a word of look-alikes alone is one more. */
    bool often = s->out->counts.homoglyphs >= FOLDED_OFTEN;
    bool fold = latin ? latin + alike >= other
                      : other + (often ? 0 : faint) == 0 && (often || !greek) &&
                            latin_before(s, p);
    /* "TNFa" with an alpha is a name, a lone alpha a quantity. */
    if (!often && greek && first >= 0x03AC && s->o > s->out->text && s->o[-1] <= 'Z')
        fold = false;
    EM_TRY(em_normal_room(s, 4 * n));
    for (size_t i = 0; i < n; i++) {
        EM_TRY(em_normal_mark(s));
        char to = fold && cps[i] >= 0x80 ? em_look_alike(cps[i]) : 0;
        char bytes[4];
        size_t len = em_utf8_encode(bytes, cps[i]);
        if (to) {
            *s->o++ = to;
            s->out->counts.homoglyphs++;
        } else {
            memcpy(s->o, bytes, len);
            s->o += len;
        }
        s->p += lens[i];
    }
    return EM_OK;
}

/* Nothing remains of these. True when `cp` was one, and counted. */
static bool invisible(struct em_normal_counts *counts, uint32_t cp)
{
    if ((cp >= 0x200B && cp <= 0x200D) || (cp >= 0x2060 && cp <= 0x2065) ||
        cp == 0xFEFF || cp == 0x180E || cp == 0x034F || cp == 0x061C || cp == 0x115F ||
        cp == 0x1160 || cp == 0x17B4 || cp == 0x17B5 || cp == 0x2800 || cp == 0x3164 ||
        cp == 0xFFA0 || (cp >= 0xFE00 && cp <= 0xFE0E) ||
        (cp >= 0xE0000 && cp <= 0xE01EF))
        counts->zero_width++;
    else if ((cp >= 0x200E && cp <= 0x200F) || (cp >= 0x202A && cp <= 0x202E) ||
             (cp >= 0x2066 && cp <= 0x2069))
        counts->bidi++;
    else if (cp == 0x00AD)
        counts->soft_hyphens++;
    else if (cp == EM_REPLACEMENT || cp < 0xA0 || cp == 0x206A || cp == 0xFE0F)
        counts->controls += cp != 0xFE0F; /* U+FE0F only asks for an emoji's picture */
    else if (cp >= 0xE000 && cp <= 0xF8FF)
        counts->private_use++;
    else
        return false;
    return true;
}

static void normalise_unicode_put(struct em_normaliser *s, const char *text, size_t len)
{
    memcpy(s->o, text, len);
    s->o += len;
}

/* Quotes, dashes, bullets: true when `cp` was one, and written. */
static bool typographic(struct em_normaliser *s, uint32_t cp, size_t read)
{
    bool between_digits = s->o > s->out->text && s->o[-1] >= '0' && s->o[-1] <= '9' &&
                          s->p + read < s->end && s->p[read] >= '0' && s->p[read] <= '9';
    switch (cp) {
    case 0x2018:
    case 0x2019:
    case 0x201A:
    case 0x201B:
    case 0x2032:
    case 0x2035:
    case 0x00B4:
    case 0x02B9:
    case 0x02BB:
    case 0x02BC:
    case 0x02BD:
    case 0xFF07:
    case 0x2039:
    case 0x203A:
        normalise_unicode_put(s, "'", 1);
        s->out->counts.quotes++;
        return true;
    case 0x201C:
    case 0x201D:
    case 0x201E:
    case 0x201F:
    case 0x2033:
    case 0x2036:
    case 0x00AB:
    case 0x00BB:
    case 0x301D:
    case 0x301E:
    case 0x301F:
    case 0xFF02:
        normalise_unicode_put(s, "\"", 1);
        s->out->counts.quotes++;
        return true;
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2212:
    case 0xFF0D:
    case 0xFE63:
        normalise_unicode_put(s, "-", 1);
        s->out->counts.dashes++;
        return true;
    case 0x2013:
        normalise_unicode_put(s, between_digits ? "-" : "\xE2\x80\x94",
                              between_digits ? 1 : 3);
        s->out->counts.dashes++;
        return true;
    case 0x2014:
    case 0x2015:
    case 0x2E3A:
    case 0x2E3B:
        normalise_unicode_put(s, "\xE2\x80\x94", 3);
        return true;
    case 0x00B7:
    case 0x2027:
    case 0x2219:
    case 0x22C5:
        if (s->o == s->out->text || !ascii_letter((unsigned char)s->o[-1]) ||
            s->p + read >= s->end || !ascii_letter((unsigned char)s->p[read]))
            return false;
        normalise_unicode_put(s, "-", 1); /* "l.e.t.t.e.r.s" */
        return true;
    case 0x2022:
    case 0x2023:
    case 0x25E6:
    case 0x25AA:
    case 0x25AB:
    case 0x25CF:
    case 0x25CB:
    case 0x2043:
    case 0x27A2:
    case 0x25BA:
        em_normal_space(s);
        s->out->counts.list_marks++;
        return true;
    default:
        return false;
    }
}

/* Changed by NFKC neither alone nor (but for combining marks) by what follows: Latin-1 and
 * Extended-A letters, ideographs, kana, Hangul syllables, emoji. */
static bool stable(uint32_t cp)
{
    if (cp >= 0x00C0 && cp <= 0x024F)
        return !(cp == 0x0132 || cp == 0x0133 || cp == 0x013F || cp == 0x0140 ||
                 cp == 0x0149 || cp == 0x017F || (cp >= 0x01C4 && cp <= 0x01CC) ||
                 (cp >= 0x01F1 && cp <= 0x01F3));
    return (cp >= 0x4E00 && cp <= 0x9FFF) || (cp >= 0xAC00 && cp <= 0xD7A3) ||
           (cp >= 0x3041 && cp <= 0x3096) || (cp >= 0x30A1 && cp <= 0x30FA) ||
           cp == 0x3001 || cp == 0x3002 || (cp >= 0x1F300 && cp <= 0x1FAFF);
}

static bool combining(uint32_t cp)
{
    return (cp >= 0x0300 && cp <= 0x036F) || (cp >= 0x3099 && cp <= 0x309A) ||
           (cp >= 0x1AB0 && cp <= 0x1AFF) || (cp >= 0x1DC0 && cp <= 0x1DFF) ||
           (cp >= 0x1160 && cp <= 0x11FF) || (cp >= 0x20D0 && cp <= 0x20FF);
}

static uint32_t peek(const struct em_normaliser *s, const char *p)
{
    uint32_t cp = 0;
    if (p < s->end && (unsigned char)*p >= 0x80)
        em_utf8_decode(p, s->end, &cp);
    return cp;
}

/* NFKC of a run of characters that nothing above handles; a letter just written joins it
 * when a combining mark follows. */
static enum em_status take_run(struct em_normaliser *s)
{
    utf8proc_int32_t out[(RUN_MAX + 1) * EXPANSION];
    const utf8proc_option_t compat = UTF8PROC_COMPAT | UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    utf8proc_ssize_t n = 0, most = (utf8proc_ssize_t)(sizeof(out) / sizeof(out[0]));
    const char *p = s->p, *base = s->o;
    int boundary = 0;
    uint32_t cp;
    size_t len = em_utf8_decode(p, s->end, &cp);
    if (combining(cp) && s->o > s->out->text && s->o[-1] != ' ') {
        do
            base--;
        while (base > s->out->text && ((unsigned char)*base & 0xC0) == 0x80);
        uint32_t last;
        em_utf8_decode(base, s->o, &last);
        n +=
            utf8proc_decompose_char((utf8proc_int32_t)last, out, most, compat, &boundary);
    }
    for (int i = 0; i < RUN_MAX; i++) {
        utf8proc_ssize_t k = utf8proc_decompose_char((utf8proc_int32_t)cp, out + n,
                                                     most - n, compat, &boundary);
        if (k < 0 || k > most - n)
            break;
        n += k;
        p += len;
        if (p >= s->end || (unsigned char)*p < 0x80 || foreign_letter(peek(s, p)))
            break;
        len = em_utf8_decode(p, s->end, &cp);
        if (!combining(cp))
            break;
    }
    if (p == s->p) { /* not a character to utf8proc */
        s->p += len;
        s->out->counts.controls++;
        return EM_OK;
    }
    n = utf8proc_normalize_utf32(out, n, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    size_t back = (size_t)(s->o - base);
    EM_TRY(em_normal_room(s, n > 0 ? 4 * (size_t)n : 0));
    s->o -= back;
    char *begin = s->o;
    bool latin = n > 0 && (out[0] < 0x0250 || (out[0] >= 0x1E00 && out[0] <= 0x1EFF));
    for (utf8proc_ssize_t i = 0; i < n; i++) {
        if (latin && i > 0 && combining((uint32_t)out[i]))
            s->out->counts.marks++;
        else if (out[i] == ' ')
            em_normal_space(s);
        else if (out[i] >= 0x20)
            s->o += em_utf8_encode(s->o, (uint32_t)out[i]);
    }
    size_t read = (size_t)(p - s->p), written = (size_t)(s->o - begin);
    s->out->counts.compat += written != read || memcmp(begin, s->p, read) != 0;
    s->p = p;
    return EM_OK;
}

static bool regional(uint32_t cp)
{
    return cp >= 0x1F1E6 && cp <= 0x1F1FF;
}

/* Is the regional letter at p of a word? Two are a flag. */
static bool regional_word(const struct em_normaliser *s)
{
    const char *from = s->p, *to = s->p;
    size_t n = 0;
    uint32_t cp;
    while (from - s->src >= 4 && n < 3) {
        em_utf8_decode(from - 4, s->end, &cp);
        if (!regional(cp))
            break;
        from -= 4;
        n++;
    }
    while (s->end - to >= 4 && n < 3) {
        em_utf8_decode(to, s->end, &cp);
        if (!regional(cp))
            break;
        to += 4;
        n++;
    }
    return n >= 3 || s->out->counts.phonetic >= FOLDED_OFTEN;
}

size_t em_normal_odd_space(const char *p, const char *end)
{
    if (p >= end || (unsigned char)*p < 0xC2)
        return 0;
    uint32_t cp;
    size_t len = em_utf8_decode(p, end, &cp);
    bool space = cp == 0x00A0 || cp == 0x0085 || cp == 0x1680 ||
                 (cp >= 0x2000 && cp <= 0x200A) || cp == 0x2028 || cp == 0x2029 ||
                 cp == 0x202F || cp == 0x205F || cp == 0x3000;
    return space ? len : 0;
}

enum em_status em_normal_unicode(struct em_normaliser *s)
{
    uint32_t cp;
    size_t len = em_utf8_decode(s->p, s->end, &cp);
    if (typographic(s, cp, len) || invisible(&s->out->counts, cp)) {
        s->p += len;
        return EM_OK;
    }
    if (foreign_letter(cp))
        return take_foreign_word(s, cp);
    char plain = phonetic_letter(cp);
    if (EM_UNLIKELY(regional(cp)) && regional_word(s))
        plain = (char)('A' + (cp - 0x1F1E6));
    if (EM_UNLIKELY(plain != 0)) {
        normalise_unicode_put(s, &plain, 1);
        s->p += len;
        s->out->counts.phonetic++;
        return EM_OK;
    }
    if (stable(cp) && !combining(peek(s, s->p + len))) {
        normalise_unicode_put(s, s->p, len);
        s->p += len;
        return EM_OK;
    }
    return take_run(s);
}

void em_normal_point(struct em_normaliser *s, uint32_t cp, size_t read)
{
    char bytes[4];
    size_t len = em_utf8_encode(bytes, cp);
    if (cp == ' ' || (cp >= '\t' && cp <= '\r') ||
        em_normal_odd_space(bytes, bytes + len))
        em_normal_space(s);
    else if (cp < 0x20)
        s->out->counts.controls++;
    else if (cp < 0x80 || (!typographic(s, cp, read) && !invisible(&s->out->counts, cp)))
        normalise_unicode_put(s, bytes, len);
    s->p += read;
}

char em_plain_letter(uint32_t cp)
{
    static const struct {
        uint16_t from;
        char to;
    } strokes[] = {{0xD8, 'O'},  {0xF8, 'o'},  {0x110, 'D'}, {0x111, 'd'}, {0x126, 'H'},
                   {0x127, 'h'}, {0x141, 'L'}, {0x142, 'l'}, {0x166, 'T'}, {0x167, 't'}};
    utf8proc_int32_t out[EXPANSION];
    int boundary = 0;
    if (cp < 0xC0 || (cp > 0x24F && cp < 0x1E00) || cp > 0x1EFF)
        return 0;
    for (size_t i = 0; i < sizeof(strokes) / sizeof(strokes[0]); i++)
        if (strokes[i].from == cp)
            return strokes[i].to;
    utf8proc_ssize_t n = utf8proc_decompose_char((utf8proc_int32_t)cp, out, EXPANSION,
                                                 UTF8PROC_DECOMPOSE, &boundary);
    return n > 1 && out[0] < 0x80 && ascii_letter((unsigned char)out[0]) ? (char)out[0]
                                                                         : 0;
}
