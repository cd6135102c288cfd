/* SPDX-License-Identifier: Apache-2.0
 *
 * See trap.h: judging URLs and pages. Storing a host's state is in trap_pack.c.
 */
#include "crawler/web/frontier/trap.h"

#include "base/hash.h"
#include "base/limits.h"

#include <stdio.h>

enum {
    MAX_PARTS = 128, /* segments and parameters looked at; more are cut anyway */
    TOKEN = 8,       /* letters and digits mixed, this long: no word */
    OPAQUE = 16,
    SKETCH_BYTES = 256 * 1024,
    MANY_PARAMETERS = 3, /* fewer are ids: a forum has a page for each */
};

void em_trap_options_init(struct em_trap_options *options)
{
    *options = (struct em_trap_options){
        .max_segments = 20,
        .max_repeats = 3,
        .max_parameters = 24,
        .max_digits = 20,
        .years_ahead = 2,
        .first_year = 1800,
        .max_dated = 20000,
        .max_opaque = 20000,
        .max_queries = 2000,
        .near_bits = 3,
        .near_run = 24,
        .near_any = 32,
        .missing_bits = 6,
        .stale_words = 100,
        .stale_run = 24,
    };
}

void em_trap_host_init(struct em_trap_host *host)
{
    memset(host, 0, sizeof(*host));
}

/* --- what a URL looks like --------------------------------------------------------------- */

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool trap_letter(char c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

/* Escapes count as text: "%D0%B0" is a letter of another script, no number. */
static size_t escape(struct em_view text, size_t at)
{
    return text.data[at] == '%' && at + 2 < text.len ? 3 : 0;
}

struct look {
    uint64_t shape;  /* hash so far */
    uint32_t digits; /* longest run */
    bool opaque, dated;
    unsigned year; /* the furthest from now of its dates */
};

static void mark(struct look *look, unsigned char c)
{
    look->shape = (look->shape ^ c) * 0x100000001B3u; /* FNV-1a */
}

/* A run of letters and digits from `at`; its end. */
static size_t run_end(struct em_view text, size_t at, size_t *digits, size_t *letters)
{
    *digits = *letters = 0;
    for (; at < text.len; at++) {
        if (digit(text.data[at]))
            ++*digits;
        else if (trap_letter(text.data[at]))
            ++*letters;
        else
            break;
    }
    return at;
}

static unsigned value_of(struct em_view text, size_t at, size_t n)
{
    unsigned value = 0;
    for (size_t i = 0; i < n && i < 8; i++)
        value = value * 10 + (unsigned)(text.data[at + i] - '0');
    return value;
}

/* The text with every number and every opaque token as one mark each. */
static void look_at_text(struct look *look, struct em_view text)
{
    for (size_t at = 0; at < text.len;) {
        size_t digits, letters, skip = escape(text, at);
        size_t end = run_end(text, at, &digits, &letters), n = end - at;
        if (skip || n == 0) {
            for (size_t i = 0; i < (skip ? skip : 1); i++)
                mark(look, (unsigned char)text.data[at + i]);
            at += skip ? skip : 1;
            continue;
        }
        if (letters == 0 && n > look->digits)
            look->digits = (uint32_t)n;
        if (letters == 0) {
            mark(look, 1);
        } else if (n >= TOKEN && digits >= 2 && letters >= 2) {
            mark(look, 2);
            look->opaque |= n >= OPAQUE;
        } else {
            /* a word, perhaps numbered: "page12", "v2" */
            for (size_t i = at; i < end; i++) {
                bool number = digit(text.data[i]);
                if (!number || i == at || !digit(text.data[i - 1]))
                    mark(look, number ? 1 : (unsigned char)text.data[i]);
            }
        }
        at = end;
    }
}

static size_t digits_at(struct em_view text, size_t at)
{
    size_t n = 0;
    while (at + n < text.len && digit(text.data[at + n]))
        n++;
    return n;
}

/* YYYY and a month after a separator ("/2031/5/", "2031-05"), or YYYYMMDD. */
static bool date_at(struct em_view text, size_t at, unsigned *year)
{
    size_t n = digits_at(text, at);
    if (at + n < text.len && trap_letter(text.data[at + n]))
        return false; /* the beginning of a token */
    if (n == 8) {
        unsigned month = value_of(text, at + 4, 2), day = value_of(text, at + 6, 2);
        *year = value_of(text, at, 4);
        return *year >= 1000 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
    }
    if (n != 4 || at + 5 >= text.len || !memchr("/-_.", text.data[at + 4], 4))
        return false;
    size_t m = digits_at(text, at + 5);
    unsigned month = value_of(text, at + 5, m);
    *year = value_of(text, at, 4);
    return m >= 1 && m <= 2 && month >= 1 && month <= 12 && *year >= 1000;
}

static void note_year(struct look *look, unsigned year, unsigned now)
{
    unsigned far = year > now ? year - now : now - year;
    unsigned known = look->year > now ? look->year - now : now - look->year;
    if (!look->dated || far > known)
        look->year = year;
    look->dated = true;
}

static void look_for_dates(struct look *look, struct em_view text, unsigned now)
{
    unsigned year;
    for (size_t at = 0; at < text.len; at++) {
        if (!digit(text.data[at]))
            continue;
        bool fresh =
            at == 0 || (!digit(text.data[at - 1]) && !trap_letter(text.data[at - 1]) &&
                        text.data[at - 1] != '%');
        if (fresh && date_at(text, at, &year))
            note_year(look, year, now);
        at += digits_at(text, at) - 1;
    }
}

/* "year=2031", "cal_year=...", "date=20310501" */
static void look_at_parameter(struct look *look, struct em_view parameter, unsigned now)
{
    size_t equals = em_view_find(parameter, 0, EM_VIEW("="));
    struct em_view name = em_view_sub(parameter, 0, equals);
    struct em_view value = em_view_sub(parameter, equals + 1, parameter.len);
    look_at_text(look, name);
    mark(look, '=');
    if (name.len >= 4 && value.len == 4 && digits_at(value, 0) == 4 &&
        em_view_ieq(em_view_sub(name, name.len - 4, 4), EM_VIEW("year")))
        note_year(look, value_of(value, 0, 4), now);
    look_for_dates(look, value, now);
    if (value.len == 0)
        return;
    size_t digits, letters, end = run_end(value, 0, &digits, &letters);
    struct look inside = {.shape = 0};
    look_at_text(&inside, value); /* for what it finds; values are marked by kind */
    look->opaque |= inside.opaque;
    if (inside.digits > look->digits)
        look->digits = inside.digits;
    mark(look, end == value.len && letters == 0 ? 3 : end == value.len ? 4 : 5);
}

static struct em_view query_of(const struct em_url *url)
{
    struct em_view search = em_url_search(url);
    return em_view_sub(search, 1, search.len);
}

static void trap_look_at(struct look *look, const struct em_url *url, unsigned now)
{
    struct em_view path = em_url_pathname(url), query = query_of(url);
    *look = (struct look){.shape = 0xCBF29CE484222325u};
    look_at_text(look, path);
    look_for_dates(look, path, now);
    for (size_t at = 0; query.len && at <= query.len;) {
        size_t end = em_view_find(query, at, EM_VIEW("&"));
        mark(look, '&');
        look_at_parameter(look, em_view_sub(query, at, end - at), now);
        at = end + 1;
    }
    look->shape = em_mix64(look->shape);
    look->shape += look->shape == 0;
}

uint64_t em_trap_shape(const struct em_url *url)
{
    struct look look;
    trap_look_at(&look, url, 2000);
    return look.shape;
}

/* --- the URL alone ----------------------------------------------------------------------- */

/* Hashes of the parts between separators; those without a letter are 0. */
static size_t parts_of(struct em_view text, const char *separator,
                       uint64_t parts[MAX_PARTS])
{
    size_t n = 0;
    for (size_t at = 0; at <= text.len;) {
        size_t end = em_view_find(text, at, em_view_make(separator, 1));
        struct em_view part = em_view_sub(text, at, end - at);
        bool named = false;
        for (size_t i = 0; i < part.len && !named; i++)
            named = trap_letter(part.data[i]);
        at = end + 1;
        if (part.len == 0)
            continue;
        if (n == MAX_PARTS)
            return n + 1;
        parts[n++] = named ? em_hash64(part.data, part.len, 0) | 1 : 0;
    }
    return n;
}

/* A pattern of one segment or more that comes `times` times in a row, or a segment that is
 * there more often than that anywhere. */
static bool repeats(const uint64_t *parts, size_t n, size_t times)
{
    for (size_t period = 1; period * times <= n; period++) {
        size_t same = 0;
        for (size_t i = period; i < n; i++) {
            same = parts[i] && parts[i] == parts[i - period] ? same + 1 : 0;
            if (same >= period * (times - 1))
                return true;
        }
    }
    for (size_t i = 0; i < n; i++) {
        size_t trap_count = 0;
        for (size_t k = i; k < n; k++)
            trap_count += parts[i] && parts[k] == parts[i];
        if (trap_count > times)
            return true;
    }
    return false;
}

static enum em_cut cut_path(const struct em_trap_options *options,
                            const struct em_url *url)
{
    uint64_t parts[MAX_PARTS];
    size_t n = parts_of(em_url_pathname(url), "/", parts);
    if (n > MAX_PARTS || n > options->max_segments)
        return EM_CUT_TRAP_SEGMENTS;
    return repeats(parts, n, options->max_repeats < 2 ? 2 : options->max_repeats)
               ? EM_CUT_TRAP_REPEAT
               : EM_CUT_NONE;
}

/* "a[]" is a list; other names that come four times are a loop that adds to its query. */
static enum em_cut cut_query(const struct em_trap_options *options,
                             const struct em_url *url, size_t *parameters)
{
    struct em_view query = query_of(url);
    uint64_t names[MAX_PARTS];
    *parameters = 0;
    for (size_t at = 0; query.len && at <= query.len; ++*parameters) {
        size_t end = em_view_find(query, at, EM_VIEW("&"));
        struct em_view one = em_view_sub(query, at, end - at);
        size_t len = em_view_find(one, 0, EM_VIEW("="));
        at = end + 1;
        if (*parameters == MAX_PARTS || *parameters >= options->max_parameters)
            return EM_CUT_TRAP_PARAMETERS;
        bool list = len && (one.data[len - 1] == ']' || one.data[len - 1] == 'D');
        names[*parameters] = list ? *parameters : em_hash64(one.data, len, 1) | 1u << 8;
    }
    for (size_t i = 0; i < *parameters; i++) {
        size_t same = 0;
        for (size_t k = i; k < *parameters; k++)
            same += names[k] == names[i];
        if (same > 3)
            return EM_CUT_TRAP_PARAMETERS;
    }
    return EM_CUT_NONE;
}

/* --- counting ---------------------------------------------------------------------------- */

static uint32_t counted(const struct em_trap_count *counts, uint64_t key)
{
    for (size_t i = 0; i < EM_TRAP_SLOTS; i++)
        if (counts[i].key == key)
            return counts[i].count;
    return 0;
}

/* Misra & Gries: what is not among the slots takes one from all when none is free. */
static void trap_count(struct em_trap_count *counts, uint64_t key)
{
    struct em_trap_count *spare = NULL;
    for (size_t i = 0; i < EM_TRAP_SLOTS; i++) {
        if (counts[i].key == key) {
            counts[i].count += counts[i].count < UINT32_MAX;
            return;
        }
        if (counts[i].key == 0 && !spare)
            spare = &counts[i];
    }
    if (spare) {
        *spare = (struct em_trap_count){.key = key, .count = 1};
        return;
    }
    for (size_t i = 0; i < EM_TRAP_SLOTS; i++)
        if (--counts[i].count == 0)
            counts[i].key = 0;
}

static uint64_t path_key(const struct em_url *url)
{
    struct em_view path = em_url_pathname(url);
    uint64_t key = em_hash64(path.data, path.len, 2);
    return key + (key == 0);
}

static bool is_cut(const struct em_trap_host *host, uint64_t shape)
{
    for (size_t i = 0; i < EM_TRAP_CUTS; i++)
        if (host->cut[i] == shape)
            return true;
    return false;
}

bool em_trap_flooded(const struct em_trap_host *host, const struct em_url *url)
{
    return is_cut(host, em_trap_shape(url));
}

enum em_cut em_trap_url(const struct em_trap_options *options,
                        const struct em_trap_host *host, const struct em_url *url,
                        unsigned year)
{
    struct look look;
    size_t parameters;
    enum em_cut cut = cut_path(options, url);
    if (cut == EM_CUT_NONE)
        cut = cut_query(options, url, &parameters);
    if (cut != EM_CUT_NONE)
        return cut;
    trap_look_at(&look, url, year);
    if (look.digits > options->max_digits)
        return EM_CUT_TRAP_DIGITS;
    if (look.dated &&
        (look.year > year + options->years_ahead || look.year < options->first_year))
        return EM_CUT_TRAP_CALENDAR;
    if (!host)
        return EM_CUT_NONE;
    if (is_cut(host, look.shape))
        return EM_CUT_TRAP_SHAPE;
    uint32_t n = counted(host->shapes, look.shape);
    if (look.dated && !look.opaque && n >= options->max_dated)
        return EM_CUT_TRAP_CALENDAR;
    if (look.opaque && n >= options->max_opaque)
        return EM_CUT_TRAP_SESSION;
    if (parameters >= MANY_PARAMETERS &&
        counted(host->paths, path_key(url)) >= options->max_queries)
        return EM_CUT_TRAP_QUERY;
    return EM_CUT_NONE;
}

void em_trap_take(struct em_trap_host *host, const struct em_url *url)
{
    struct look look;
    struct em_view query = query_of(url);
    size_t parameters = query.len > 0;
    for (size_t i = 0; i < query.len; i++)
        parameters += query.data[i] == '&';
    trap_look_at(&look, url, 2000);
    if (look.dated || look.opaque)
        trap_count(host->shapes, look.shape);
    if (parameters >= MANY_PARAMETERS)
        trap_count(host->paths, path_key(url));
}

/* --- pages ------------------------------------------------------------------------------- */

static bool word_byte(unsigned char c)
{
    return trap_letter((char)c) || digit((char)c) || c >= 0x80;
}

/* The next word's hash, letters in lower case, a number as one mark whatever its value (empty
 * calendar pages differ in nothing else); false at the end. */
static bool trap_next_word(struct em_view text, size_t *at, uint64_t *word)
{
    while (*at < text.len && !word_byte((unsigned char)text.data[*at]))
        ++*at;
    if (*at == text.len)
        return false;
    uint64_t h = 0xCBF29CE484222325u;
    bool number = true;
    for (; *at < text.len && word_byte((unsigned char)text.data[*at]); ++*at) {
        unsigned char c = (unsigned char)text.data[*at];
        number &= digit((char)c);
        h = (h ^ (trap_letter((char)c) ? c | 32u : c)) * 0x100000001B3u;
    }
    *word = number ? 7 : h;
    return true;
}

/* How often each bit was set, in bytes: bit j + 8 k in byte k of lanes[j]. Eight additions a
 * word instead of 64, for up to 255 words. */
static void add_lanes(uint64_t lanes[8], uint32_t ones[64])
{
    for (unsigned i = 0; i < 64; i++)
        ones[i] += (uint32_t)(lanes[i % 8] >> i / 8 * 8 & 255);
    memset(lanes, 0, 8 * sizeof(lanes[0]));
}

uint64_t em_trap_sketch(struct em_view text)
{
    uint32_t ones[64] = {0};
    uint64_t lanes[8] = {0};
    uint64_t a = 0, b = 0, c, sketch = 0;
    size_t at = 0, words = 0;
    text = em_view_sub(text, 0, SKETCH_BYTES);
    while (trap_next_word(text, &at, &c)) {
        uint64_t h = em_mix64(em_mix64(em_mix64(a) ^ b) ^ c);
        for (unsigned j = 0; j < 8; j++)
            lanes[j] += h >> j & UINT64_C(0x0101010101010101);
        a = b;
        b = c;
        if (++words % 255 == 0)
            add_lanes(lanes, ones);
    }
    add_lanes(lanes, ones);
    for (unsigned i = 0; i < 64; i++)
        sketch |= (uint64_t)(2 * (size_t)ones[i] > words) << i;
    return words ? sketch + (sketch == 0) : 0;
}

void em_trap_missing_path(uint64_t seed, struct em_view origin, char out[40])
{
    uint64_t h = em_hash64(origin.data, origin.len, seed);
    snprintf(out, 40, "/%016llx%016llx", (unsigned long long)h,
             (unsigned long long)em_mix64(h + 1));
}

void em_trap_missing(struct em_trap_host *host, int http_status, uint64_t sketch)
{
    host->missing_asked = true;
    host->missing_known = http_status >= 200 && http_status < 300 && sketch != 0;
    host->missing = host->missing_known ? sketch : 0;
}

static uint32_t distance(uint64_t a, uint64_t b)
{
    return (uint32_t)__builtin_popcountll(a ^ b);
}

static void cut_shape(struct em_trap_host *host, uint64_t shape)
{
    for (size_t i = 0; i < EM_TRAP_CUTS; i++)
        if (host->cut[i] == shape)
            return;
    host->cut[host->cut_next] = shape;
    host->cut_next = (uint8_t)((host->cut_next + 1) % EM_TRAP_CUTS);
}

/* The shape's place, or that of the shortest run. */
static struct em_trap_count *run_place(struct em_trap_count *runs, uint64_t shape)
{
    struct em_trap_count *least = &runs[0];
    for (size_t i = 0; i < EM_TRAP_STALE; i++) {
        if (runs[i].key == shape)
            return &runs[i];
        if (runs[i].count < least->count)
            least = &runs[i];
    }
    *least = (struct em_trap_count){.key = shape};
    return least;
}

/* Compares a page with the last ones: is one of them nearly the same, of its shape or of any? */
static void look_back(const struct em_trap_options *options,
                      const struct em_trap_host *host, uint64_t shape, uint64_t sketch,
                      bool *near_shape, bool *near_any)
{
    *near_shape = *near_any = false;
    for (size_t i = 0; i < EM_TRAP_RING; i++) {
        if (!host->ring[i] || distance(sketch, host->ring[i]) > options->near_bits)
            continue;
        *near_any = true;
        *near_shape |= host->ring_shape[i] == shape;
    }
}

enum em_cut em_trap_page(const struct em_trap_options *options, struct em_trap_host *host,
                         const struct em_url *url, uint64_t sketch)
{
    bool near_shape, near_any;
    if (sketch == 0)
        return EM_CUT_NONE;
    if (host->missing_known && distance(sketch, host->missing) <= options->missing_bits)
        return EM_CUT_TRAP_SOFT404;
    uint64_t shape = em_trap_shape(url);
    look_back(options, host, shape, sketch, &near_shape, &near_any);
    host->ring[host->ring_next] = sketch;
    host->ring_shape[host->ring_next] = shape;
    host->ring_next = (host->ring_next + 1) % EM_TRAP_RING;
    if (near_any)
        host->near_any += host->near_any < 2 * options->near_any;
    else
        host->near_any -= host->near_any < 4 ? host->near_any : 4;
    struct em_trap_count *run = run_place(host->near, shape);
    run->count = near_shape ? run->count + 1 : 0; /* only the shape itself is acquitted */
    if (run->count >= options->near_run) {
        cut_shape(host, shape);
        return EM_CUT_TRAP_NEAR;
    }
    /* Shapes that come once are not worth a place among those that are cut: such a page is
     * cut, and where it leads to is not followed. */
    return near_any && host->near_any >= options->near_any ? EM_CUT_TRAP_NEAR
                                                           : EM_CUT_NONE;
}

/* --- words ------------------------------------------------------------------------------------- */

static uint32_t words_count(const uint64_t *bits)
{
    uint32_t n = 0;
    for (size_t i = 0; i < EM_TRAP_WORD_BITS / 64; i++)
        n += (uint32_t)__builtin_popcountll(bits[i]);
    return n;
}

void em_trap_words(struct em_trap_words *words, struct em_view text)
{
    size_t at = 0;
    uint64_t word;
    *words = (struct em_trap_words){.n = 0};
    text = em_view_sub(text, 0, SKETCH_BYTES);
    while (trap_next_word(text, &at, &word)) {
        if (word == 7) /* a number, whatever its value */
            continue;
        uint64_t bit = em_mix64(word) % EM_TRAP_WORD_BITS;
        words->bits[bit / 64] |= UINT64_C(1) << bit % 64;
    }
    words->n = words_count(words->bits);
}

enum em_cut em_trap_page_words(const struct em_trap_options *options,
                               struct em_trap_host *host, const struct em_url *url,
                               const struct em_trap_words *words)
{
    uint32_t known = 0;
    if (words->n == 0 || words->n > options->stale_words)
        return EM_CUT_NONE;
    for (size_t i = 0; i < EM_TRAP_WORD_BITS / 64; i++) {
        known += (uint32_t)__builtin_popcountll(words->bits[i] & host->said[i]);
        host->said[i] |= words->bits[i];
    }
    /* A site that has something to say fills it in a few pages, and begins again. */
    if (2 * words_count(host->said) > EM_TRAP_WORD_BITS)
        memset(host->said, 0, sizeof(host->said));
    uint64_t shape = em_trap_shape(url);
    struct em_trap_count *run = run_place(host->stale, shape);
    run->count = 10 * known >= 9 * words->n ? run->count + 1 : 0;
    if (run->count < options->stale_run)
        return EM_CUT_NONE;
    cut_shape(host, shape);
    return EM_CUT_TRAP_NEAR;
}
