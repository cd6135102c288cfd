/* SPDX-License-Identifier: Apache-2.0
 *
 * The tokenizer (see token.h). A word of ASCII letters is found with one 16-byte load and
 * hashed from two 8-byte ones; everything else takes the long way.
 */
#include "detector/token.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "detector/lexicon.h"
#include "detector/normalise.h"

#include <utf8proc.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Fixed for ever; large odd numbers from the fraction of pi. */
#define K1 0x243F6A8885A308D3u
#define K2 0x13198A2E03707345u
#define K3 0xA4093822299F31D1u

#define NUMBER_HASH 0x082EFA98EC4E6C89u

enum { WORD_HASHED = 64, LETTERS_MAX = 31, TOKEN_LEN_MAX = 65535 };

/* In the order of the trial they come from: the first that fits counts. */
static const struct {
    char text[8];
    uint8_t len;
} endings[] = {
    {"", 0},     {"ization", 7}, {"ation", 5}, {"ness", 4}, {"ment", 4}, {"ities", 5},
    {"ity", 3},  {"ing", 3},     {"ed", 2},    {"ly", 2},   {"ive", 3},  {"ous", 3},
    {"ful", 3},  {"able", 4},    {"ism", 3},   {"ist", 3},  {"ers", 3},  {"er", 2},
    {"ions", 4}, {"ion", 3},     {"al", 2},    {"es", 2},   {"s", 1},
};
enum { N_ENDINGS = sizeof(endings) / sizeof(endings[0]) };

/* Endings by their last letter, in the order above; 0 at the end. */
static const uint8_t endings_by_last[26][8] = {
    ['n' - 'a'] = {1, 2, 19}, ['s' - 'a'] = {3, 5, 11, 16, 18, 21, 22},
    ['t' - 'a'] = {4, 15},    ['y' - 'a'] = {6, 9},
    ['g' - 'a'] = {7},        ['d' - 'a'] = {8},
    ['e' - 'a'] = {10, 13},   ['l' - 'a'] = {12, 20},
    ['m' - 'a'] = {14},       ['r' - 'a'] = {17},
};

uint64_t em_token_class(unsigned ending, bool capital)
{
    return em_mix64(K3 + 2 * ending + capital);
}

const char *em_token_ending(unsigned index)
{
    return index < N_ENDINGS ? endings[index].text : NULL;
}

void em_tokens_init(struct em_tokens *tokens)
{
    memset(tokens, 0, sizeof(*tokens));
}

void em_tokens_release(struct em_tokens *tokens)
{
    em_free(tokens->tokens);
    em_tokens_init(tokens);
}

static inline uint64_t token_load64(const char *p)
{
    uint64_t x;
    memcpy(&x, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    return x;
}

static inline uint64_t token_finish(uint64_t h)
{
    h ^= h >> 32;
    h *= K2;
    return h ^ h >> 29;
}

/* `len` >= 1 bytes at p, the first WORD_HASHED of them, at least 8 readable beyond; `fold`
 * is or-ed to every byte. */
static inline uint64_t hash_bytes(const char *p, size_t len, uint64_t fold)
{
    static const uint64_t first[] = {0,
                                     0xFF,
                                     0xFFFF,
                                     0xFFFFFF,
                                     0xFFFFFFFF,
                                     0xFFFFFFFFFF,
                                     0xFFFFFFFFFFFF,
                                     0xFFFFFFFFFFFFFF,
                                     0xFFFFFFFFFFFFFFFF};
    uint64_t h = 0;
    if (EM_UNLIKELY(len > 8)) {
        len = len < WORD_HASHED ? len : WORD_HASHED;
        do {
            h = (h ^ (token_load64(p) | fold)) * K1;
            h ^= h >> 31;
            p += 8;
            len -= 8;
        } while (len > 8);
    }
    uint64_t last = (token_load64(p) | fold) & first[len];
    return token_finish((h ^ last) * K1);
}

uint64_t em_word_hash(struct em_view word)
{
    char bytes[WORD_HASHED + 8] = {0};
    size_t n = word.len < WORD_HASHED ? word.len : WORD_HASHED;
    if (n == 0)
        return 0;
    memcpy(bytes, word.data, n);
    return hash_bytes(bytes, n, 0);
}

static inline bool token_letter(unsigned char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

/* Number of ASCII letters at p; *lower has a bit for each of the first 16 that is lower
 * case. The text is followed by zero bytes. */
static inline size_t letters_at(const char *p, unsigned *lower)
{
    size_t n = 0;
#ifdef __SSE2__
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i y = _mm_or_si128(x, _mm_set1_epi8(0x20));
    __m128i is = _mm_and_si128(_mm_cmpgt_epi8(y, _mm_set1_epi8('a' - 1)),
                               _mm_cmplt_epi8(y, _mm_set1_epi8('z' + 1)));
    unsigned mask = (unsigned)_mm_movemask_epi8(is);
    *lower = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x, y));
    n = (size_t)__builtin_ctz(~mask);
    if (n < 16)
        return n;
#else
    *lower = 0;
    while (n < 16 && token_letter((unsigned char)p[n])) {
        *lower |= (unsigned)(p[n] >= 'a') << n;
        n++;
    }
    if (n < 16)
        return n;
#endif
    while (token_letter((unsigned char)p[n]))
        n++;
    return n;
}

/* Index of the ending of a word of `len` ASCII bytes (its apostrophe included). */
static inline unsigned ending_of(const char *p, size_t len)
{
    unsigned last = (unsigned)((p[len - 1] | 0x20) - 'a');
    if (last >= 26 || len < 4)
        return 0;
    const uint8_t *candidate = endings_by_last[last];
    if (*candidate == 0)
        return 0;
    /* The last eight bytes in lower case, the last one uppermost. */
    uint64_t tail =
        len >= 8 ? token_load64(p + len - 8) : token_load64(p) << (64 - 8 * len);
    tail |= 0x2020202020202020u;
    for (; *candidate; candidate++) {
        size_t n = endings[*candidate].len;
        uint64_t own = token_load64(endings[*candidate].text);
        if (len > n + 2 && tail >> (64 - 8 * n) == own)
            return *candidate;
    }
    return 0;
}

/* The same letter three times in a row among the first eight. */
static inline bool token_stretched(const char *p, size_t len)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    if (len < 3)
        return false;
    uint64_t x = token_load64(p), y = x ^ x >> 8, z = y | y >> 8;
    size_t places = (len < 8 ? len : 8) - 2;
    z |= ~(uint64_t)0 << 8 * places;
    return ((z - ones) & ~z & tops) != 0;
}

/* EM_MARK_* of a word at p that is not of the vocabulary. */
static inline unsigned marks_of(const char *p, size_t len)
{
    bool possessive = len > 2 && p[len - 2] == '\'' && p[len - 1] == 's';
    return (token_stretched(p, len) ? EM_MARK_STRETCHED : 0) |
           (possessive ? EM_MARK_POSSESSIVE : 0);
}

/* The word's `len` bytes at p; `plain` where they are ASCII. Expects form and word. */
static inline void distort(struct em_token *t, const struct em_lexicon *lexicon,
                           const char *p, size_t len, bool plain)
{
    uint32_t value = em_lexicon_find(lexicon, t->word);
    t->combo = (uint8_t)value;
    if (value & EM_LEXICON_KEPT) {
        t->form |= EM_FORM_KEPT;
        t->distorted = t->word;
        return;
    }
    unsigned ending = plain ? ending_of(p, len) : 0;
    t->marks = (uint8_t)marks_of(p, len < TOKEN_LEN_MAX ? len : TOKEN_LEN_MAX);
    t->form |= (uint8_t)ending;
    t->distorted = lexicon->classes[ending][(t->form & EM_FORM_CAPITAL) != 0];
}

bool em_lone_letter(uint32_t cp)
{
    return (cp >= 0x3040 && cp <= 0x30FF) || (cp >= 0x3400 && cp <= 0x4DBF) ||
           (cp >= 0x4E00 && cp <= 0x9FFF) || (cp >= 0xF900 && cp <= 0xFAFF) ||
           (cp >= 0x20000 && cp <= 0x3FFFF) || (cp >= 0x0E00 && cp <= 0x0E7F);
}

static bool word_character(uint32_t cp)
{
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);
    return (c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO) ||
           c == UTF8PROC_CATEGORY_MN || c == UTF8PROC_CATEGORY_MC;
}

static bool letter_at(const char *p, const char *end)
{
    uint32_t cp;
    em_utf8_decode(p, end, &cp);
    return word_character(cp) && !em_lone_letter(cp);
}

/* No lower case among the first 16 of two letters or more. Apart: it is rarely asked. */
static __attribute__((noinline)) bool shouted(unsigned lower, size_t letters)
{
    size_t seen = letters < 16 ? letters : 16;
    return letters > 1 && !(lower & (0xFFFFu >> (16 - seen)));
}

/* A word that begins at p with an ASCII letter. False when other letters follow. */
static inline bool ascii_word(struct em_token *t, const struct em_lexicon *lexicon,
                              const char *p, const char *end, size_t *len)
{
    unsigned lower;
    size_t letters = letters_at(p, &lower), n = letters;
    if (p[n] == '\'' && p[n + 1] >= 'a' && p[n + 1] <= 'z') {
        n += 2;
        while (p[n] >= 'a' && p[n] <= 'z')
            n++;
    }
    if (EM_UNLIKELY((unsigned char)p[n] >= 0x80) && letter_at(p + n, end))
        return false;
    _Static_assert(EM_FORM_CAPITAL == 1 << 5, "as shifted here");
    t->form = (uint8_t)((~lower & 1) << 5);
    if (EM_UNLIKELY((lower & 3) == 0) && shouted(lower, letters))
        t->form |= EM_FORM_SHOUTED;
    t->kind = EM_TOKEN_WORD;
    t->letters = (uint8_t)(letters < LETTERS_MAX ? letters : LETTERS_MAX);
    t->word = hash_bytes(p, n, 0x2020202020202020u);
    distort(t, lexicon, p, n, true);
    *len = n;
    return true;
}

/* A word with letters beyond ASCII at p; its bytes, or 0 when p is not at a letter. */
static size_t other_word(struct em_token *t, const struct em_lexicon *lexicon,
                         const char *p, const char *end)
{
    char lower[WORD_HASHED + 16] = {0};
    size_t used = 0, letters = 0;
    const char *q = p;
    bool capital = false, shouted = true, alone = false;
    while (q < end && !alone) {
        uint32_t cp;
        size_t n = em_utf8_decode(q, end, &cp);
        if (cp < 0x80 ? !token_letter((unsigned char)cp) : !word_character(cp))
            break;
        if (em_lone_letter(cp)) {
            if (q > p)
                break;
            alone = true;
        }
        uint32_t small = (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp);
        if (letters == 0)
            capital = small != cp;
        shouted &= small != cp;
        if (used < WORD_HASHED)
            used += em_utf8_encode(lower + used, small);
        letters++;
        q += n;
    }
    if (q == p)
        return 0;
    t->form = (uint8_t)((capital ? EM_FORM_CAPITAL : 0) |
                        (shouted && letters > 1 ? EM_FORM_SHOUTED : 0));
    t->kind = EM_TOKEN_WORD;
    t->letters = (uint8_t)(letters < LETTERS_MAX ? letters : LETTERS_MAX);
    t->word = hash_bytes(lower, used, 0);
    distort(t, lexicon, p, (size_t)(q - p), false);
    return (size_t)(q - p);
}

static size_t number_at(struct em_token *t, const char *p)
{
    size_t n = 1;
    while (p[n] >= '0' && p[n] <= '9')
        n++;
    t->kind = EM_TOKEN_NUMBER;
    t->form = 0;
    t->combo = 0;
    t->letters = (uint8_t)(n < LETTERS_MAX ? n : LETTERS_MAX);
    t->word = t->distorted = NUMBER_HASH;
    return n;
}

bool em_lang_unspaced(struct em_view lang)
{
    static const char *const langs[] = {"zh", "ja", "th"};
    for (size_t i = 0; i < sizeof(langs) / sizeof(langs[0]); i++)
        if (lang.len >= 2 && memcmp(lang.data, langs[i], 2) == 0 &&
            (lang.len == 2 || lang.data[2] == '-' || lang.data[2] == '_'))
            return true;
    return false;
}

static inline uint64_t sign_hash(uint32_t cp)
{
    return token_finish((cp + K3) * K1);
}

uint64_t em_sign_hash(struct em_view sign)
{
    uint32_t cp;
    if (sign.len == 0)
        return 0;
    em_utf8_decode(sign.data, sign.data + sign.len, &cp);
    return sign_hash(cp);
}

/* What an ideographic sign is among ASCII's; others of its width became ASCII by NFKC. */
static uint8_t ideographic_sign(uint32_t cp)
{
    return cp == 0x3002 ? '.' : cp == 0x3001 ? ',' : 0;
}

static size_t sign_at(struct em_token *t, bool unspaced, const char *p, const char *end)
{
    uint32_t cp = (unsigned char)*p;
    size_t n = 1;
    if (cp >= 0x80)
        n = em_utf8_decode(p, end, &cp);
    t->kind = EM_TOKEN_SIGN;
    t->form = 0;
    t->combo = 0;
    t->letters = (uint8_t)(cp < 0x80 ? cp : cp == 0x2014 ? EM_SIGN_DASH : EM_SIGN_OTHER);
    if (unspaced && ideographic_sign(cp))
        t->letters = ideographic_sign(cp);
    t->word = t->distorted = sign_hash(cp);
    return n;
}

static enum em_status token_grow(struct em_tokens *tokens)
{
    size_t cap = tokens->cap ? 2 * tokens->cap : 1024;
    void *grown = em_realloc_array(tokens->tokens, cap, sizeof(*tokens->tokens));
    if (!grown)
        return EM_ERR_NOMEM;
    tokens->tokens = grown;
    tokens->cap = cap;
    return EM_OK;
}

/* One token at p, which is not white; its bytes. */
static inline size_t token_at(struct em_token *t, const struct em_lexicon *lexicon,
                              bool unspaced, const char *p, const char *end)
{
    unsigned char c = (unsigned char)*p;
    size_t len;
    t->marks = 0;
    if (EM_LIKELY(token_letter(c)) && EM_LIKELY(ascii_word(t, lexicon, p, end, &len)))
        return len;
    if (c >= '0' && c <= '9')
        return number_at(t, p);
    if ((token_letter(c) || c >= 0x80) && (len = other_word(t, lexicon, p, end)) > 0)
        return len;
    return sign_at(t, unspaced, p, end);
}

enum em_status em_tokenise(struct em_tokens *tokens, const struct em_lexicon *lexicon,
                           struct em_view text, bool unspaced, uint32_t max_words,
                           size_t *read)
{
    const char *p = text.data, *end = text.data ? text.data + text.len : NULL;
    /* Not in *tokens: what is written through `t` could be that, for all a compiler knows. */
    struct em_token *t = tokens->tokens, *last = t ? t + tokens->cap : t;
    uint32_t words = 0, kept = 0, numbers = 0, stops = 0;
    tokens->n = 0;
    tokens->words = 0;
    while (p < end) {
        if (EM_UNLIKELY(*p == ' ' || *p == '_')) {
            p++;
            continue;
        }
        if (words >= max_words)
            break;
        if (EM_UNLIKELY(t == last)) {
            size_t n = tokens->cap;
            EM_TRY(token_grow(tokens));
            t = tokens->tokens + n;
            last = tokens->tokens + tokens->cap;
        }
        size_t len = token_at(t, lexicon, unspaced, p, end);
        t->start = (uint32_t)(p - text.data);
        t->len = (uint16_t)(len < TOKEN_LEN_MAX ? len : TOKEN_LEN_MAX);
        words++;
        kept += t->form >> 7;
        if (EM_UNLIKELY(t->kind != EM_TOKEN_WORD)) {
            words -= t->kind == EM_TOKEN_SIGN;
            numbers += t->kind == EM_TOKEN_NUMBER;
            stops += t->kind == EM_TOKEN_SIGN &&
                     (t->letters == '.' || t->letters == '!' || t->letters == '?');
        }
        t++;
        p += len;
        if (EM_LIKELY(*p == ' ')) /* zero bytes follow the text */
            p++;
    }
    tokens->n = (size_t)(t - tokens->tokens);
    tokens->words = words;
    tokens->numbers = numbers;
    tokens->kept = kept;
    tokens->stops = stops;
    *read = (size_t)(p - text.data);
    return EM_OK;
}
