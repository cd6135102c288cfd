/* SPDX-License-Identifier: Apache-2.0
 *
 * Scope and traps: what is cut and for which reason, and, as much, what is not: honest URLs
 * of many kinds. Records that are stored, and damaged ones.
 */
#include "base/hash.h"
#include "base/limits.h"
#include "crawler/web/frontier/trap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct em_url url;

static int setup(void **state)
{
    (void)state;
    em_url_init(&url, 4 * EM_MAX_URL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    em_url_release(&url);
    return 0;
}

static const struct em_url *parsed(const char *text)
{
    assert_int_equal(em_url_parse(&url, em_view_of(text), NULL), EM_OK);
    return &url;
}

/* --- scope ----------------------------------------------------------------------------------- */

static struct em_scope *scope_of(enum em_scope_kind kind, const char *seed)
{
    struct em_scope *scope;
    struct em_scope_options options = {.kind = kind, .max_depth = 5};
    assert_int_equal(em_scope_new(&scope, &options, NULL), EM_OK);
    assert_int_equal(em_scope_seed(scope, parsed(seed), NULL), EM_OK);
    return scope;
}

static void test_kinds(void **state)
{
    static const struct {
        enum em_scope_kind kind;
        const char *seed, *url;
        enum em_cut cut;
    } cases[] = {
        {EM_SCOPE_ANY, "http://a.example/", "https://b.org/x", EM_CUT_NONE},
        {EM_SCOPE_HOST, "http://a.example/x", "https://a.example:8080/y", EM_CUT_NONE},
        {EM_SCOPE_HOST, "http://a.example/", "http://www.a.example/", EM_CUT_SCOPE_HOST},
        {EM_SCOPE_DOMAIN, "http://a.foo.co.uk/", "http://b.foo.co.uk/", EM_CUT_NONE},
        {EM_SCOPE_DOMAIN, "http://foo.co.uk/", "http://bar.co.uk/", EM_CUT_SCOPE_DOMAIN},
        {EM_SCOPE_PREFIX, "http://a.example/x/y", "https://a.example/x/z/1", EM_CUT_NONE},
        {EM_SCOPE_PREFIX, "http://a.example/x/y", "http://a.example/x",
         EM_CUT_SCOPE_PREFIX},
        {EM_SCOPE_PREFIX, "http://a.example/x/", "http://a.example/xy/",
         EM_CUT_SCOPE_PREFIX},
        {EM_SCOPE_PREFIX, "http://a.example/x/", "http://b.example/x/",
         EM_CUT_SCOPE_PREFIX},
        {EM_SCOPE_ANY, "http://a.example/", "mailto:a@b.c", EM_CUT_SCHEME},
        {EM_SCOPE_ANY, "http://a.example/", "ftp://a.example/", EM_CUT_SCHEME},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct em_scope *scope = scope_of(cases[i].kind, cases[i].seed);
        enum em_cut cut = em_scope_url(scope, parsed(cases[i].url), 1);
        if (cut != cases[i].cut)
            fail_msg("%s: %s", cases[i].url, em_cut_name(cut));
        em_scope_free(scope);
    }
    struct em_scope *scope = scope_of(EM_SCOPE_HOST, "http://h.example/");
    for (int i = 0; i < 1000; i++) {
        char text[64];
        snprintf(text, sizeof(text), "http://h%d.example/", i);
        assert_int_equal(em_scope_seed(scope, parsed(text), NULL), EM_OK);
        assert_int_equal(em_scope_url(scope, &url, 5), EM_CUT_NONE);
        assert_int_equal(em_scope_url(scope, &url, 6), EM_CUT_DEPTH);
    }
    em_scope_free(scope);
}

static void test_patterns(void **state)
{
    static const char *const mimes[] = {"text/html", "application/", NULL};
    static const char *const languages[] = {"en", "pt", NULL};
    struct em_scope_options options = {.max_depth = UINT32_MAX,
                                       .include = "/(news|blog)/",
                                       .exclude = "\\.(jpg|png)$",
                                       .mimes = mimes,
                                       .languages = languages};
    struct em_scope *scope;
    struct em_err err;
    (void)state;
    assert_int_equal(em_scope_new(&scope, &options, &err), EM_OK);
    assert_int_equal(em_scope_url(scope, parsed("http://a.example/news/1"), 9),
                     EM_CUT_NONE);
    assert_int_equal(em_scope_url(scope, parsed("http://a.example/new/1"), 9),
                     EM_CUT_SCOPE_INCLUDE);
    assert_int_equal(em_scope_url(scope, parsed("http://a.example/news/1.jpg"), 9),
                     EM_CUT_SCOPE_EXCLUDE);
    assert_int_equal(em_scope_mime(scope, EM_VIEW("Text/HTML")), EM_CUT_NONE);
    assert_int_equal(em_scope_mime(scope, EM_VIEW("text/htm")), EM_CUT_MIME);
    assert_int_equal(em_scope_mime(scope, EM_VIEW("application/pdf")), EM_CUT_NONE);
    assert_int_equal(em_scope_mime(scope, EM_VIEW_NONE), EM_CUT_NONE);
    assert_int_equal(em_scope_language(scope, EM_VIEW("pt-BR")), EM_CUT_NONE);
    assert_int_equal(em_scope_language(scope, EM_VIEW("de")), EM_CUT_LANGUAGE);
    assert_int_equal(em_scope_language(scope, EM_VIEW("enm")), EM_CUT_LANGUAGE);
    em_scope_free(scope);
    options.include = "(a)\\1";
    assert_int_equal(em_scope_new(&scope, &options, &err), EM_ERR_USAGE);
    options.include = "(a";
    assert_int_equal(em_scope_new(&scope, &options, &err), EM_ERR_USAGE);
    assert_null(scope);
    for (int i = 0; i < EM_CUT_COUNT; i++)
        assert_true(em_cut_name((enum em_cut)i)[0] && em_cut_text((enum em_cut)i)[0]);
    assert_string_equal(em_cut_name(EM_CUT_COUNT), "unknown");
}

/* --- the URL alone ---------------------------------------------------------------------------- */

static void test_urls(void **state)
{
    static const struct {
        const char *url;
        enum em_cut cut;
    } cases[] = {
        {"/a/b/c", EM_CUT_NONE},
        {"/en/docs/en/index/en", EM_CUT_NONE},
        {"/a/a", EM_CUT_NONE},
        {"/a/a/a", EM_CUT_TRAP_REPEAT},
        {"/a/b/a/b/a/b", EM_CUT_TRAP_REPEAT},
        {"/x/a/b/c/a/b/c/a/b/c/y", EM_CUT_TRAP_REPEAT},
        {"/a/1/a/2/a/3/a/4", EM_CUT_TRAP_REPEAT},
        {"/tiles/0/0/0", EM_CUT_NONE},
        {"/2001/01/01/01/", EM_CUT_NONE},
        {"/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u", EM_CUT_TRAP_SEGMENTS},
        {"/?a=1&b=2&c=3", EM_CUT_NONE},
        {"/?f=1&f=2&f=3&f=4", EM_CUT_TRAP_PARAMETERS},
        {"/?f[]=1&f[]=2&f[]=3&f[]=4&f[]=5", EM_CUT_NONE},
        {"/?f%5B%5D=1&f%5B%5D=2&f%5B%5D=3&f%5B%5D=4", EM_CUT_NONE},
        {"/?a&b&c&d&e&f&g&h&i&j&k&l&m&n&o&p&q&r&s&t&u&v&w&x&y", EM_CUT_TRAP_PARAMETERS},
        {"/item/12345678901234567890", EM_CUT_NONE},
        {"/item/123456789012345678901", EM_CUT_TRAP_DIGITS},
        {"/?id=123456789012345678901", EM_CUT_TRAP_DIGITS},
        {"/%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82/%E4%B8%AD%E6%96%87%20%31", EM_CUT_NONE},
        {"/2024/05/17/title", EM_CUT_NONE},
        {"/2026/01/", EM_CUT_NONE},
        {"/2031/05/", EM_CUT_TRAP_CALENDAR},
        {"/events/2031-05-17", EM_CUT_TRAP_CALENDAR},
        {"/1750/05/", EM_CUT_TRAP_CALENDAR},
        {"/archive/1865-04-15/", EM_CUT_NONE},
        {"/cal?month=2093-01", EM_CUT_TRAP_CALENDAR},
        {"/cal?year=2093", EM_CUT_TRAP_CALENDAR},
        {"/cal?year=2024&month=3", EM_CUT_NONE},
        {"/cal?d=20930101", EM_CUT_TRAP_CALENDAR},
        {"/product/20930101x", EM_CUT_NONE},
        {"/product/93012345", EM_CUT_NONE},
        {"/p/4096/8192", EM_CUT_NONE},
    };
    struct em_trap_options options;
    (void)state;
    em_trap_options_init(&options);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[256];
        snprintf(text, sizeof(text), "http://a.example%s", cases[i].url);
        enum em_cut cut = em_trap_url(&options, NULL, parsed(text), 2025);
        if (cut != cases[i].cut)
            fail_msg("%s: %s", cases[i].url, em_cut_name(cut));
    }
}

static uint64_t shape(const char *text)
{
    return em_trap_shape(parsed(text));
}

static void test_shapes(void **state)
{
    (void)state;
    assert_true(shape("http://a/p/12") == shape("http://a/p/99999"));
    assert_true(shape("http://a/p12.html") == shape("http://a/p7.html"));
    assert_true(shape("http://a/x?id=1&s=b") == shape("http://a/x?id=77&s=c"));
    assert_true(shape("http://a/x/3f9a8b7c6d5e4f3a") ==
                shape("http://a/x/0a1b2c3d4e5f6a7b"));
    assert_true(shape("http://a/p/12") != shape("http://a/q/12"));
    assert_true(shape("http://a/x?id=1") != shape("http://a/x?no=1"));
    assert_true(shape("http://a/news/a-title") != shape("http://a/news/another-title"));
}

/* --- by count --------------------------------------------------------------------------------- */

static size_t taken(struct em_trap_host *host, const char *format, unsigned n,
                    enum em_cut expected)
{
    struct em_trap_options options;
    size_t count = 0;
    em_trap_options_init(&options);
    for (unsigned i = 0; i < n; i++) {
        char text[256];
        unsigned long long r = em_mix64(i + 1);
        snprintf(text, sizeof(text), format, r, i);
        enum em_cut cut = em_trap_url(&options, host, parsed(text), 2025);
        if (cut == EM_CUT_NONE) {
            em_trap_take(host, &url);
            count++;
        } else if (cut != expected) {
            fail_msg("%s: %s", text, em_cut_name(cut));
        }
    }
    return count;
}

static void test_counts(void **state)
{
    struct em_trap_host host;
    struct em_trap_options options;
    (void)state;
    em_trap_options_init(&options);
    em_trap_host_init(&host);
    assert_int_equal(
        taken(&host, "http://a/s/%016llxab12/%u", 25000, EM_CUT_TRAP_SESSION),
        options.max_opaque);
    assert_int_equal(
        taken(&host, "http://a/list?a=%llu&b=%u&c=x", 20000, EM_CUT_TRAP_QUERY),
        options.max_queries);
    /* Honest sites are large, too: articles, a forum, ids. */
    em_trap_host_init(&host);
    assert_int_equal(taken(&host, "http://a/2024/05/%016llxab-of-%u", 15000, EM_CUT_NONE),
                     15000);
    for (unsigned i = 0; i < 20000; i++) {
        char text[128];
        snprintf(text, sizeof(text), "http://a/2024/05/title-%c%c%c-of-%u",
                 'a' + (int)(i % 26), 'a' + (int)(i / 26 % 26), 'a' + (int)(i / 676), i);
        assert_int_equal(em_trap_url(&options, &host, parsed(text), 2025), EM_CUT_NONE);
        em_trap_take(&host, &url);
    }
    assert_int_equal(
        taken(&host, "http://a/viewtopic.php?f=%llu&t=%u", 20000, EM_CUT_NONE), 20000);
    assert_int_equal(taken(&host, "http://a/item/%llu/%u", 20000, EM_CUT_NONE), 20000);
    /* Many honest paths with queries, none of them endless. */
    em_trap_host_init(&host);
    size_t cut = 0;
    for (unsigned i = 0; i < 60000; i++) {
        char text[128];
        snprintf(text, sizeof(text), "http://a/shop%c%c/list?a=%u&b=1&c=2",
                 'a' + (int)(i % 26), 'a' + (int)(i / 26 % 26), i / 676);
        cut += em_trap_url(&options, &host, parsed(text), 2025) != EM_CUT_NONE;
        em_trap_take(&host, &url);
    }
    assert_int_equal(cut, 0);
}

static void test_calendar_loop(void **state)
{
    struct em_trap_host host;
    struct em_trap_options options;
    size_t count = 0;
    (void)state;
    em_trap_options_init(&options);
    em_trap_host_init(&host);
    for (unsigned year = 1900; year < 2027; year++)
        for (unsigned day = 0; day < 336; day++) {
            char text[128];
            snprintf(text, sizeof(text), "http://a/cal/%u/%02u/%02u", year, 1 + day / 28,
                     1 + day % 28);
            if (em_trap_url(&options, &host, parsed(text), 2025) != EM_CUT_NONE)
                continue;
            em_trap_take(&host, &url);
            count++;
        }
    assert_int_equal(count, options.max_dated);
}

/* --- pages ------------------------------------------------------------------------------------ */

static void text_of(char out[8000], uint64_t seed, unsigned words, unsigned number)
{
    size_t at = 0;
    for (unsigned i = 0; i < words; i++) {
        uint64_t r = em_mix64(seed * 1000 + i);
        at += (size_t)snprintf(out + at, 8000 - at, "%c%c%c%c%u ", 'a' + (int)(r % 20),
                               'a' + (int)(r >> 8 & 15), 'a' + (int)(r >> 16 & 15),
                               'a' + (int)(r >> 24 & 15), (unsigned)(r >> 40 & 7));
    }
    snprintf(out + at, 8000 - at, "page %u", number);
}

static uint64_t sketch(uint64_t seed, unsigned number)
{
    char text[8000];
    text_of(text, seed, 300, number);
    return em_trap_sketch(em_view_of(text));
}

static void test_sketches(void **state)
{
    (void)state;
    assert_int_equal(em_trap_sketch(EM_VIEW("  ... \n")), 0);
    assert_true(em_trap_sketch(EM_VIEW("one")) != 0);
    assert_true(sketch(1, 5) == sketch(1, 77777)); /* numbers are all alike */
    for (uint64_t i = 1; i < 50; i++)
        assert_true(__builtin_popcountll(sketch(i, 0) ^ sketch(i + 1, 0)) > 8);
}

static void test_soft404(void **state)
{
    struct em_trap_options options;
    struct em_trap_host host;
    char path[40], again[40];
    (void)state;
    em_trap_options_init(&options);
    em_trap_host_init(&host);
    em_trap_missing_path(7, EM_VIEW("http://a.example"), path);
    em_trap_missing_path(7, EM_VIEW("http://a.example"), again);
    assert_string_equal(path, again);
    em_trap_missing_path(7, EM_VIEW("http://b.example"), again);
    assert_string_not_equal(path, again);
    assert_true(em_trap_missing_wanted(&host));
    em_trap_missing(&host, 404, sketch(1, 1));
    assert_false(em_trap_missing_wanted(&host));
    assert_int_equal(em_trap_page(&options, &host, parsed("http://a/x"), sketch(1, 2)),
                     EM_CUT_NONE);
    em_trap_missing(&host, 200, sketch(1, 1));
    assert_int_equal(em_trap_page(&options, &host, parsed("http://a/x"), sketch(1, 2)),
                     EM_CUT_TRAP_SOFT404);
    assert_int_equal(em_trap_page(&options, &host, parsed("http://a/x"), sketch(2, 2)),
                     EM_CUT_NONE);
}

static void test_flood(void **state)
{
    struct em_trap_options options;
    struct em_trap_host host;
    char text[64];
    unsigned pages = 0;
    (void)state;
    em_trap_options_init(&options);
    em_trap_host_init(&host);
    /* Other pages between do not hide it. */
    for (; pages < 1000; pages++) {
        snprintf(text, sizeof(text), "http://a/cal/%u", pages);
        if (em_trap_url(&options, &host, parsed(text), 2025) != EM_CUT_NONE)
            break;
        (void)em_trap_page(&options, &host, &url, sketch(1, pages));
        snprintf(text, sizeof(text), "http://a/article/%u", pages);
        assert_int_equal(em_trap_url(&options, &host, parsed(text), 2025), EM_CUT_NONE);
        assert_int_equal(em_trap_page(&options, &host, &url, sketch(pages + 10, pages)),
                         EM_CUT_NONE);
    }
    assert_int_equal(pages, options.near_run + 1);
    assert_int_equal(em_trap_url(&options, &host, parsed("http://a/cal/9"), 2025),
                     EM_CUT_TRAP_SHAPE);
}

/* --- stored ----------------------------------------------------------------------------------- */

static void test_stored(void **state)
{
    struct em_trap_host host, back;
    struct em_trap_options options;
    struct em_buf out;
    (void)state;
    em_trap_options_init(&options);
    em_trap_host_init(&host);
    em_buf_init(&out, 1 << 16);
    assert_int_equal(em_trap_pack(&out, &host), EM_OK);
    assert_int_equal(out.len, 3); /* most hosts have nothing to tell */
    (void)taken(&host, "http://a/s/%016llxab12/%u", 50, EM_CUT_NONE);
    (void)taken(&host, "http://a/list?a=%llu&b=%u&c=x", 30, EM_CUT_NONE);
    em_trap_missing(&host, 200, sketch(9, 9));
    for (unsigned i = 0; i < 40; i++)
        (void)em_trap_page(&options, &host, parsed("http://a/cal/7"), sketch(1, i));
    em_buf_clear(&out);
    assert_int_equal(em_trap_pack(&out, &host), EM_OK);
    assert_int_equal(em_trap_unpack(&back, em_buf_view(&out)), EM_OK);
    struct em_buf second;
    em_buf_init(&second, 1 << 16);
    assert_int_equal(em_trap_pack(&second, &back), EM_OK);
    assert_true(em_view_eq(em_buf_view(&out), em_buf_view(&second)));
    /* Cut anywhere, or with more after it: refused. */
    for (size_t n = 0; n < out.len; n++)
        assert_int_equal(em_trap_unpack(&back, em_view_sub(em_buf_view(&out), 0, n)),
                         EM_ERR_FORMAT);
    assert_int_equal(em_buf_putc(&out, 0), EM_OK);
    assert_int_equal(em_trap_unpack(&back, em_buf_view(&out)), EM_ERR_FORMAT);
    em_buf_release(&out);
    em_buf_release(&second);
}

static enum em_cut say(struct em_trap_host *host, const char *address, const char *text)
{
    struct em_trap_options options;
    struct em_trap_words words;
    em_trap_options_init(&options);
    em_trap_words(&words, em_view_of(text));
    return em_trap_page_words(&options, host, parsed(address), &words);
}

/* Short pages that soon say nothing new are cut; pages with something to say are not. */
static void test_closed_vocabulary(void **state)
{
    (void)state;
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    struct em_trap_host host;
    char address[64], text[2048];
    unsigned pages = 0;
    em_trap_host_init(&host);
    enum em_cut cut = EM_CUT_NONE;
    for (; pages < 200 && cut == EM_CUT_NONE; pages++) {
        snprintf(address, sizeof(address), "http://a.test/cal/%u/%u", 1942 + pages / 12,
                 pages % 12);
        snprintf(text, sizeof(text), "%s %u: no events in this month. next",
                 months[pages % 12], 1942 + pages / 12);
        cut = say(&host, address, text);
    }
    assert_int_equal(cut, EM_CUT_TRAP_NEAR);
    assert_true(pages <= 50);
    /* Another shape of the host is not cut for it; what it has to say is new. */
    em_trap_host_init(&host);
    for (unsigned i = 0; i < 5000; i++) {
        size_t n = 0;
        snprintf(address, sizeof(address), "http://a.test/page/%u", i);
        for (unsigned w = 0; w < 40; w++)
            n += (size_t)snprintf(text + n, sizeof(text) - n, "w%cx%c%cq ",
                                  (char)('a' + (i * 7 + w * 3) % 26),
                                  (char)('a' + (i / 26 + w) % 26),
                                  (char)('a' + (i / 676 + w * w) % 26));
        assert_int_equal(say(&host, address, text), EM_CUT_NONE);
    }
}

/* --- whole sites ------------------------------------------------------------------------------- */

/* A page of a made-up site: its address and text. */
typedef void site_fn(unsigned i, char address[256], char text[8000]);

/* Pages of a site that are kept until `n` have been offered, as a crawl judges them. */
static unsigned kept_of(site_fn *site, unsigned n)
{
    struct em_trap_options options;
    struct em_trap_host host;
    struct em_trap_words words;
    char address[256], text[8000];
    unsigned kept = 0;
    em_trap_options_init(&options);
    em_trap_host_init(&host);
    for (unsigned i = 0; i < n; i++) {
        site(i, address, text);
        if (em_trap_url(&options, &host, parsed(address), 2026) != EM_CUT_NONE)
            continue;
        em_trap_take(&host, &url);
        em_trap_words(&words, em_view_of(text));
        kept += em_trap_page(&options, &host, &url, em_trap_sketch(em_view_of(text))) ==
                    EM_CUT_NONE &&
                em_trap_page_words(&options, &host, &url, &words) == EM_CUT_NONE;
    }
    return kept;
}

static const char *const month_names[] = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

/* 1942 to 2109, six to nine words. */
static void calendar(unsigned i, char address[256], char text[8000])
{
    static const char *const notes[] = {"No events", "Nothing planned this month",
                                        "There are no entries"};
    snprintf(address, 256, "http://a.test/calendar/%u/%02u", 1942 + i / 12, 1 + i % 12);
    snprintf(text, 8000, "%s %u %s previous next", month_names[i % 12], 1942 + i / 12,
             notes[i % 3]);
}

static void pager(unsigned i, char address[256], char text[8000])
{
    static const char *const orders[] = {"name", "date", "price"};
    snprintf(address, 256, "http://a.test/list?page=%u&sort=%s", i / 3, orders[i % 3]);
    snprintf(text, 8000, "Page %u sorted by %s no results on this page previous next",
             i / 3, orders[i % 3]);
}

/* Near-duplicates of 300 words under three shapes in turn, or under a new one each time. */
static void alternating(unsigned i, char address[256], char text[8000])
{
    static const char *const shapes[] = {"http://a.test/item/%u", "http://a.test/v?id=%u",
                                         "http://a.test/p%u/print"};
    snprintf(address, 256, shapes[i % 3], i);
    text_of(text, 1, 300, i);
}

static void ever_new(unsigned i, char address[256], char text[8000])
{
    snprintf(address, 256, "http://a.test/%c%c%c/%c%c", 'a' + i % 26, 'a' + i / 26 % 26,
             'a' + i / 676, 'a' + i % 7, 'a' + i % 11);
    text_of(text, 1, 300, i);
}

/* "../b/" added to the address again and again, which the parser resolves. */
static void maze(unsigned i, char address[256], char text[8000])
{
    size_t n = (size_t)snprintf(address, 256, "http://a.test/");
    for (unsigned k = 0; k <= i % 40; k++)
        n += (size_t)snprintf(address + n, 256 - n, k % 3 == 2 ? "../b/" : "%c/",
                              'a' + (int)((i * 7 + k * 5) % 13));
    text_of(text, 2, 200, 0);
}

/* One page under random values of one parameter. */
static void buster(unsigned i, char address[256], char text[8000])
{
    uint64_t r = em_mix64(i);
    snprintf(address, 256, i % 2 ? "http://a.test/x?cb=%llx" : "http://a.test/x?cb=%llu",
             (unsigned long long)r % 100000000);
    text_of(text, 3, 200, 0);
}

static void test_traps_end(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        site_fn *site;
        unsigned pages;
    } traps[] = {{"calendar", calendar, 1999},
                 {"pager", pager, 5995},
                 {"alternating", alternating, 5000},
                 {"ever new", ever_new, 5000},
                 {"maze", maze, 5000},
                 {"buster", buster, 5000}};
    for (size_t i = 0; i < sizeof(traps) / sizeof(traps[0]); i++) {
        unsigned kept = kept_of(traps[i].site, traps[i].pages);
        if (kept > 50)
            fail_msg("%s: %u pages kept", traps[i].name, kept);
    }
}

/* --- sound sites ------------------------------------------------------------------------------- */

static void articles(unsigned i, char address[256], char text[8000])
{
    snprintf(address, 256, "http://a.test/%u/%02u/article-%u", 2001 + i / 240,
             1 + i / 20 % 12, i);
    text_of(text, i + 1, 250, i);
}

/* Goods: the same page round a name and a sentence of their own. */
static void goods(unsigned i, char address[256], char text[8000])
{
    char own[8000];
    text_of(own, i + 1, 25, i);
    snprintf(address, 256, "http://a.test/shop/item?id=%u&lang=en", i);
    snprintf(text, 8000,
             "Home shop basket help. %.900s Price %u. Add to basket. Delivery within "
             "three days. "
             "Customers who bought this also bought other things.",
             own, i % 90);
}

static void forum(unsigned i, char address[256], char text[8000])
{
    snprintf(address, 256, "http://a.test/forum/viewtopic.php?f=%u&t=%u", i % 9, i);
    text_of(text, 90000 + i, 20 + i % 150, i);
}

static void dictionary(unsigned i, char address[256], char text[8000])
{
    char own[8000];
    text_of(own, 70000 + i, 6, i);
    snprintf(address, 256, "http://a.test/word/%c%c%c%c", 'a' + i % 26, 'a' + i / 26 % 26,
             'a' + i / 676, 'a' + i % 5);
    snprintf(text, 8000, "Word: %.200s", own);
}

static void test_sound_sites(void **state)
{
    (void)state;
    static site_fn *const sites[] = {articles, goods, forum, dictionary};
    for (size_t i = 0; i < sizeof(sites) / sizeof(sites[0]); i++) {
        unsigned kept = kept_of(sites[i], 5000);
        if (kept != 5000)
            fail_msg("site %zu: %u of 5000 pages kept", i, kept);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed_vocabulary),
        cmocka_unit_test(test_traps_end),
        cmocka_unit_test(test_sound_sites),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_calendar_loop),
        cmocka_unit_test(test_sketches),
        cmocka_unit_test(test_soft404),
        cmocka_unit_test(test_flood),
        cmocka_unit_test(test_stored),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
