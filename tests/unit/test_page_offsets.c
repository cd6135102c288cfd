/* SPDX-License-Identifier: Apache-2.0
 *
 * Offsets of blocks lead to bytes of the page in its own encoding: the bytes of a block, cut
 * out and read as a page again, give the block's text. And decoding in chunks is decoding
 * the whole, wherever the chunks begin.
 */
#include "crawler/page/charset.h"
#include "crawler/page/extract.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka.h needs the standard headers above it. */
#include <cmocka.h>
#include <iconv.h>

enum { PAGE = 1 << 18 };

static const struct sample {
    const char *label, *iconv, *text;
} samples[] = {
    {"utf-8", "UTF-8", "Ein Fluß, 水 und ein Ångström 😀."},
    {"windows-1252", "CP1252", "Été à Noël – “naïve” €."},
    {"iso-8859-2", "ISO-8859-2", "Żółta łódź płynie po jeziorze."},
    {"windows-1251", "CP1251", "Вода в реке была холодная."},
    {"koi8-r", "KOI8-R", "Вода в реке была холодная."},
    {"shift_jis", "SHIFT_JIS", "これは長い文章です、漢字と ASCII も。"},
    {"euc-jp", "EUC-JP", "これは長い文章です、漢字と ASCII も。"},
    {"iso-2022-jp", "ISO-2022-JP", "これは長い文章です、漢字と ASCII も。"},
    {"gb18030", "GB18030", "这是一个很长的句子，也有 ASCII 😀。"},
    {"big5", "BIG5", "這是一個很長的句子，也有 ASCII。"},
    {"euc-kr", "EUC-KR", "이것은 긴 문장입니다, ASCII 도."},
    {"utf-16le", "UTF-16LE", "Ein Fluß, 水 und 😀."},
    {"utf-16be", "UTF-16BE", "Ein Fluß, 水 und 😀."},
};
enum { SAMPLES = sizeof(samples) / sizeof(samples[0]) };

/* Some hundred blocks with tags, references and comments inside, in UTF-8. */
static size_t make_page(char *page, const char *text)
{
    size_t n = (size_t)snprintf(page, PAGE, "<html><body>");
    for (int i = 0; i < 300; i++)
        n += (size_t)snprintf(page + n, PAGE - n,
                              i % 7 == 3
                                  ? "<pre> %s\n  %d</pre>"
                                  : "<p class=x> %s<b>%d</b> &amp; <!-- x --> %s</p>\n",
                              text, i, text);
    return n;
}

static size_t encode(const char *to, const char *in, size_t len, char *out)
{
    iconv_t handle = iconv_open(to, "UTF-8");
    assert_true(handle != (iconv_t)-1);
    char *from = (char *)(uintptr_t)in, *end = out;
    size_t left = len, room = 2 * PAGE;
    assert_true(iconv(handle, &from, &left, &end, &room) != (size_t)-1);
    iconv(handle, NULL, NULL, &end, &room);
    iconv_close(handle);
    return (size_t)(end - out);
}

static struct em_extractor *new_extractor(void)
{
    const struct em_extract_options options = {.all = true, .no_language = true};
    struct em_extractor *x;
    assert_int_equal(em_extractor_new(&x, &options, NULL), EM_OK);
    return x;
}

/* Blocks whose bytes do not give their text again. */
static size_t count_astray(struct em_view body, const char *label, size_t *blocks)
{
    struct em_extractor *whole = new_extractor(), *part = new_extractor();
    struct em_page page = {
        .kind = EM_PAGE_HTML, .body = body, .charset = em_view_of(label)};
    struct em_doc doc, piece;
    size_t astray = 0;
    assert_int_equal(em_extract(whole, &page, &doc), EM_DROP_NONE);
    *blocks = doc.n_blocks;
    for (size_t i = 0; i < doc.n_blocks; i++) {
        const struct em_block *b = &doc.blocks[i];
        char bytes[4096] = "<pre>";
        size_t n = b->page_end - b->page_start;
        struct em_view cut = em_view_sub(body, b->page_start, n);
        if (b->kind == EM_BLOCK_PREFORMATTED && strncmp(label, "utf-16", 6) != 0) {
            assert_true(n + 5 < sizeof(bytes));
            memcpy(bytes + 5, cut.data, n);
            cut = em_view_make(bytes, n + 5);
        }
        page.body = cut;
        struct em_view text = em_view_sub(doc.text, b->start, b->end - b->start);
        if (em_extract(part, &page, &piece) == EM_DROP_NONE &&
            em_view_eq(piece.text, text))
            continue;
        /* UTF-16 cannot be given a <pre>: there line ends are lost. */
        astray += b->kind != EM_BLOCK_PREFORMATTED || strncmp(label, "utf-16", 6) != 0;
    }
    em_extractor_free(whole);
    em_extractor_free(part);
    return astray;
}

static void test_cut_out(void **state)
{
    (void)state;
    char *page = malloc(PAGE), *body = malloc(2 * PAGE + 8);
    assert_true(page && body);
    for (size_t i = 0; i < SAMPLES; i++) {
        size_t n = make_page(page, samples[i].text), blocks;
        n = encode(samples[i].iconv, page, n, body);
        if (count_astray(em_view_make(body, n), samples[i].label, &blocks))
            fail_msg("%s: offsets lead astray", samples[i].label);
        assert_int_equal(blocks, 300);
    }
    free(page);
    free(body);
}

/* Bytes that mean nothing become U+FFFD and still count as what they are. */
static void test_bad_bytes(void **state)
{
    (void)state;
    static const char *const labels[] = {"utf-8", "shift_jis", "gb18030", "euc-kr",
                                         "big5"};
    char *page = malloc(PAGE);
    assert_non_null(page);
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        size_t n = make_page(page, "a\xFF z \x81 b"), blocks;
        if (count_astray(em_view_make(page, n), labels[i], &blocks))
            fail_msg("%s: offsets lead astray", labels[i]);
    }
    free(page);
}

/* Offsets count the byte order mark. */
static void test_order_mark(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len, at, end;
    } cases[] = {
        {"\xEF\xBB\xBF<p>ab</p>", 12, 6, 8},
        {"\xFF\xFE<\0p\0>\0a\0b\0", 12, 8, 12},
        {"\xFE\xFF\0<\0p\0>\0a\0b", 12, 8, 12},
    };
    struct em_extractor *x = new_extractor();
    for (size_t i = 0; i < 3; i++) {
        const struct em_page page = {.kind = EM_PAGE_HTML,
                                     .body = em_view_make(cases[i].bytes, cases[i].len)};
        struct em_doc doc;
        assert_int_equal(em_extract(x, &page, &doc), EM_DROP_NONE);
        assert_int_equal(doc.n_blocks, 1);
        assert_int_equal(doc.blocks[0].page_start, cases[i].at);
        assert_int_equal(doc.blocks[0].page_end, cases[i].end);
    }
    em_extractor_free(x);
}

static struct em_view decode(struct em_charset *c, const char *label, struct em_view body)
{
    struct em_decoded out;
    assert_int_equal(em_charset_decode(c, body, em_view_of(label), false, &out), EM_OK);
    return out.text;
}

/* Letters in front move all chunk boundaries and change nothing after. */
static void check_shifts(const char *label, const char *bytes, size_t len)
{
    enum { SHIFTS = 24 };
    struct em_charset *one, *two;
    char *shifted = malloc(len + SHIFTS);
    assert_non_null(shifted);
    assert_int_equal(em_charset_new(&one), EM_OK);
    assert_int_equal(em_charset_new(&two), EM_OK);
    struct em_view want = decode(one, label, em_view_make(bytes, len));
    for (size_t k = 1; k <= SHIFTS; k++) {
        memset(shifted, 'x', k);
        memcpy(shifted + k, bytes, len);
        struct em_view got = decode(two, label, em_view_make(shifted, len + k));
        if (!em_view_eq(em_view_sub(got, k, got.len), want))
            fail_msg("%s: chunks differ from the whole, moved by %zu", label, k);
        for (size_t at = k; at <= got.len; at += got.len / 97 + 1)
            assert_int_equal(em_charset_origin(two, at),
                             em_charset_origin(one, at - k) + k);
    }
    em_charset_free(one);
    em_charset_free(two);
    free(shifted);
}

static void test_chunks(void **state)
{
    (void)state;
    char *page = malloc(PAGE), *body = malloc(2 * PAGE + 8);
    assert_true(page && body);
    for (size_t i = 0; i < SAMPLES; i++) {
        if (strncmp(samples[i].label, "utf-", 4) == 0)
            continue;
        size_t n = make_page(page, samples[i].text);
        n = encode(samples[i].iconv, page, n, body);
        check_shifts(samples[i].label, body, n < 20000 ? n : 20000);
        /* And bytes that are mostly errors. */
        uint32_t seed = 7;
        for (size_t k = 0; k < 20000; k++)
            body[k] = (char)((seed = seed * 1664525u + 1013904223u) >> 24);
        check_shifts(samples[i].label, body, 20000);
    }
    free(page);
    free(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_out),
        cmocka_unit_test(test_bad_bytes),
        cmocka_unit_test(test_order_mark),
        cmocka_unit_test(test_chunks),
    };
    return cmocka_run_group_tests_name("page offsets", tests, NULL, NULL);
}
