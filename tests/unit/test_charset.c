/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "base/utf8.h"
#include "crawler/page/charset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
/* cmocka.h needs the four above it. */
#include <cmocka.h>

static void check(struct em_view body, const char *label, const char *name,
                  const char *text, uint32_t replaced)
{
    struct em_charset *charset;
    struct em_decoded out;
    assert_int_equal(em_charset_new(&charset), EM_OK);
    assert_int_equal(em_charset_decode(charset, body, em_view_of(label), true, &out),
                     EM_OK);
    assert_string_equal(out.name.data, name);
    if (text) {
        assert_int_equal(out.text.len, strlen(text));
        assert_memory_equal(out.text.data, text, out.text.len);
        assert_int_equal(out.replaced, replaced);
    }
    em_charset_free(charset);
}

static void test_order(void **state)
{
    (void)state;
    /* spec: HTML 13.2.3.2: mark, then HTTP, then <meta>. */
    check(EM_VIEW("\xEF\xBB\xBF<meta charset=koi8-r>"), "latin1", "UTF-8", NULL, 0);
    check(EM_VIEW("<meta charset=koi8-r>"), "latin1", "windows-1252", NULL, 0);
    check(EM_VIEW("<meta charset=koi8-r>"), "no such thing", "KOI8-R", NULL, 0);
    check(EM_VIEW("<meta charset=utf-16le>"), NULL, "UTF-8", NULL, 0);
    check(EM_VIEW("<meta charset=x-user-defined>"), NULL, "windows-1252", NULL, 0);
    check(EM_VIEW("<meta http-equiv=content-type content='text/html; charset=gbk'>"),
          NULL, "GBK", NULL, 0);
    check(EM_VIEW("<meta content='text/html; charset=gbk'>"), NULL, "UTF-8", NULL, 0);
    check(EM_VIEW("<!-- <meta charset=gbk> --><p>x"), NULL, "UTF-8", NULL, 0);
    check(EM_VIEW("<?xml version='1.0' encoding='euc-kr'?><p>"), NULL, "EUC-KR", NULL, 0);
    check(EM_VIEW("caf\xE9 au lait"), NULL, "windows-1252", "caf\xC3\xA9 au lait", 0);
    check(EM_VIEW("caf\xC3\xA9"), NULL, "UTF-8", "caf\xC3\xA9", 0);
}

static void test_labels(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"ISO-8859-1", "windows-1252"},
                                           {" US-ASCII\n", "windows-1252"},
                                           {"shift-jis", "Shift_JIS"},
                                           {"ks_c_5601-1987", "EUC-KR"},
                                           {"gb2312", "GBK"},
                                           {"UTF8", "UTF-8"},
                                           {"unicode", "UTF-16LE"},
                                           {"hz-gb-2312", "replacement"}};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        assert_string_equal(em_encoding_name(em_encoding_find(em_view_of(pairs[i][0]))),
                            pairs[i][1]);
    assert_null(em_encoding_find(EM_VIEW("utf-9")));
    assert_null(em_encoding_find(EM_VIEW("utf8\0x")));
    assert_null(em_encoding_find(EM_VIEW_NONE));
}

static void test_legacy(void **state)
{
    (void)state;
    check(EM_VIEW("\x80\x81\x9F"), "latin1", "windows-1252", "€\xC2\x81Ÿ", 0);
    check(EM_VIEW("\xF0\xD2\xC9"), "koi8-r", "KOI8-R", "При", 0);
    check(EM_VIEW("\x82\xB1\x82\xF1 \x87\x40"), "sjis", "Shift_JIS", "こん ①", 0);
    check(EM_VIEW("\xB0\xA1\x8C\x63"), "euc-kr", "EUC-KR", "가똠", 0);
    check(EM_VIEW("\xC4\xE3\x94\x39\xDA\x33"), "gb2312", "GBK", "你💩", 0);
    check(EM_VIEW("\xA7\x41"), "big5", "Big5", "你", 0);
    check(EM_VIEW("h\0i\0=\xD8\xA9\xDC"), "utf-16le", "UTF-16LE", "hi💩", 0);
    check(EM_VIEW("\xFE\xFF\0h\0i\xD8"), NULL, "UTF-16BE", "hi\xEF\xBF\xBD", 1);
    check(EM_VIEW("\xA1"), "windows-1255", "windows-1255", "¡", 0);
    check(EM_VIEW("a\xFF"
                  "b"),
          "windows-1253", "windows-1253",
          "a\xEF\xBF\xBD"
          "b",
          1);
    /* An error gives an ASCII second byte back (spec: the lead alone is replaced). */
    check(EM_VIEW("\x81<b"), "gbk", "GBK", "\xEF\xBF\xBD<b", 1);
    check(EM_VIEW("anything"), "iso-2022-kr", "replacement", "\xEF\xBF\xBD", 1);
}

static void test_guess(void **state)
{
    (void)state;
    struct em_view koi = EM_VIEW("\xF0\xD2\xC9\xD7\xC5\xD4 \xCB\xC1\xCB \xC4\xC5\xCC\xC1 "
                                 "\xD3\xC5\xC7\xCF\xC4\xCE\xD1");
    assert_string_equal(em_encoding_name(em_charset_guess(koi)), "KOI8-R");
    struct em_view jp =
        EM_VIEW("\x82\xB1\x82\xF1\x82\xC9\x82\xBF\x82\xCD\x90\xA2\x8A\x45");
    assert_string_equal(em_encoding_name(em_charset_guess(jp)), "Shift_JIS");
    assert_string_equal(em_encoding_name(em_charset_guess(EM_VIEW("h\0e\0l\0l\0o\0"))),
                        "UTF-16LE");
    /* Cut in a character: still UTF-8. */
    assert_string_equal(
        em_encoding_name(em_charset_guess(EM_VIEW("na\xC3\xAFve \xE2\x82"))), "UTF-8");
}

/* One sentence in each encoding, which says nothing of itself. */
static const struct {
    const char *encoding, *text;
} undeclared[] = {
    {"windows-1252", "Der K\xE4\x66\x65r l\xE4uft \xFC\x62\x65r die Stra\xDF\x65, w\xE4"
                     "hrend es drau\xDF\x65n regnet."},
    {"windows-1252", "L'\xE9t\xE9 dernier, nous avons mang\xE9 des cr\xEApes pr\xE8s "
                     "de la for\xEAt."},
    {"windows-1250", "P\xF8\xEDli\x9A \x9Elu\x9Dou\xE8k\xFD k\xF9\xF2 \xFAp\xECl \xEF"
                     "\xE1\x62\x65lsk\xE9 \xF3\x64y na konci m\xECsta."},
    {"windows-1250", "Wczoraj poszli\x9Cmy do s\xB9siad\xF3w, \xBF\x65\x62y zobaczy\xE6"
                     " now\xB9 \xB3\xF3\x64\x9F."},
    {"ISO-8859-2", "Wczoraj poszli\xB6my do s\xB1siad\xF3w, \xBF\x65\x62y zobaczy\xE6"
                   " now\xB1 \xB3\xF3\x64\xBC."},
    {"windows-1250", "A szomsz\xE9\x64 kertj\xE9\x62\x65n n\xF5tt a legszebb f\xFBzfa"
                     ", \xE9s sok\xE1ig \xF5rizt\xE9k."},
    {"windows-1251", "\xC2\xF7\xE5\xF0\xE0 \xEC\xFB \xF5\xEE\xE4\xE8\xEB\xE8 \xE2 \xEB"
                     "\xE5\xF1 \xE8 \xF1\xEE\xE1\xE8\xF0\xE0\xEB\xE8 \xE3\xF0\xE8\xE1"
                     "\xFB \xE4\xEE \xF1\xE0\xEC\xEE\xE3\xEE \xE2\xE5\xF7\xE5\xF0\xE0"
                     "."},
    {"KOI8-R", "\xF7\xDE\xC5\xD2\xC1 \xCD\xD9 \xC8\xCF\xC4\xC9\xCC\xC9 \xD7 \xCC"
               "\xC5\xD3 \xC9 \xD3\xCF\xC2\xC9\xD2\xC1\xCC\xC9 \xC7\xD2\xC9\xC2"
               "\xD9 \xC4\xCF \xD3\xC1\xCD\xCF\xC7\xCF \xD7\xC5\xDE\xC5\xD2\xC1"
               "."},
    {"ISO-8859-5", "\xB2\xE7\xD5\xE0\xD0 \xDC\xEB \xE5\xDE\xD4\xD8\xDB\xD8 \xD2 \xDB"
                   "\xD5\xE1 \xD8 \xE1\xDE\xD1\xD8\xE0\xD0\xDB\xD8 \xD3\xE0\xD8\xD1"
                   "\xEB \xD4\xDE \xE1\xD0\xDC\xDE\xD3\xDE \xD2\xD5\xE7\xD5\xE0\xD0"
                   "."},
    {"IBM866", "\x82\xE7\xA5\xE0\xA0 \xAC\xEB \xE5\xAE\xA4\xA8\xAB\xA8 \xA2 \xAB"
               "\xA5\xE1 \xA8 \xE1\xAE\xA1\xA8\xE0\xA0\xAB\xA8 \xA3\xE0\xA8\xA1"
               "\xEB \xA4\xAE \xE1\xA0\xAC\xAE\xA3\xAE \xA2\xA5\xE7\xA5\xE0\xA0"
               "."},
    {"windows-1253", "\xD7\xE8\xE5\xF2 \xF0\xDE\xE3\xE1\xEC\xE5 \xF3\xF4\xEF \xE4\xDC"
                     "\xF3\xEF\xF2 \xEA\xE1\xE9 \xEC\xE1\xE6\xDD\xF8\xE1\xEC\xE5 \xEC"
                     "\xE1\xED\xE9\xF4\xDC\xF1\xE9\xE1 \xEC\xDD\xF7\xF1\xE9 \xF4\xEF "
                     "\xE2\xF1\xDC\xE4\xF5."},
    {"windows-1254", "D\xFCn ak\xFE\x61m kom\xFEular\xFDm\xFDzla birlikte yeni a\xE7\xFD"
                     "lan \xE7\x61y bah\xE7\x65sine gittik."},
    {"windows-1255", "\xE0\xFA\xEE\xE5\xEC \xE4\xEC\xEB\xF0\xE5 \xEC\xE9\xF2\xF8 \xE5"
                     "\xE0\xF1\xF4\xF0\xE5 \xF4\xE8\xF8\xE9\xE5\xFA \xF2\xE3 \xE4\xF2"
                     "\xF8\xE1"},
    {"windows-1256", "\xD0\xE5\xC8\xE4\xC7 \xC3\xE3\xD3 \xC5\xE1\xEC \xC7\xE1\xDB\xC7"
                     "\xC8\xC9 \xE6\xCC\xE3\xDA\xE4\xC7 \xC7\xE1\xDD\xD8\xD1 \xCD\xCA"
                     "\xEC \xC7\xE1\xE3\xD3\xC7\xC1"},
    {"windows-1257", "Vakar mes \xEBjome \xE1 mi\xF0k\xE0 ir iki pat vakaro rinkome \xFE"
                     "\xE0s\xF8 plunksnas."},
    {"windows-874", "\xE0\xC1\xD7\xE8\xCD\xC7\xD2\xB9\xB9\xD5\xE9\xE0\xC3\xD2\xE4\xBB"
                    "\xE0\xB4\xD4\xB9\xE0\xC5\xE8\xB9\xE3\xB9\xBB\xE8\xD2\xE1\xC5\xD0"
                    "\xE0\xA1\xE7\xBA\xE0\xCB\xE7\xB4\xA8\xB9\xB6\xD6\xA7\xE0\xC2\xE7"
                    "\xB9"},
    {"Shift_JIS", "\x8D\xF0\x93\xFA\x82\xCD\x90X\x82\xD6\x8Ds\x82\xC1\x82\xC4\x81\x41"
                  "\x97[\x95\xFB\x82\xDC\x82\xC5\x82\xAB\x82\xCC\x82\xB1\x82\xF0\x8F"
                  "W\x82\xDF\x82\xDC\x82\xB5\x82\xBD\x81\x42"},
    {"EUC-JP", "\xBA\xF2\xC6\xFC\xA4\xCF\xBF\xB9\xA4\xD8\xB9\xD4\xA4\xC3\xA4\xC6"
               "\xA1\xA2\xCD\xBC\xCA\xFD\xA4\xDE\xA4\xC7\xA4\xAD\xA4\xCE\xA4\xB3"
               "\xA4\xF2\xBD\xB8\xA4\xE1\xA4\xDE\xA4\xB7\xA4\xBF\xA1\xA3"},
    {"ISO-2022-JP", "\x1B$B:rF|$O\x3F\x39$X9T$C$F!\x22M<J}$^$G$-$N$3$r=8$a$^$7$\x3F!"
                    "#\x1B(B"},
    {"gb18030", "\xD7\xF2\xCC\xEC\xCE\xD2\xC3\xC7\xC8\xA5\xC1\xCB\xC9\xAD\xC1\xD6"
                "\xA3\xAC\xD2\xBB\xD6\xB1\xB2\xC9\xC4\xA2\xB9\xBD\xB5\xBD\xCD\xED"
                "\xC9\xCF\xA1\xA3"},
    {"Big5", "\xACQ\xA4\xD1\xA7\xDA\xAD\xCC\xA5h\xA4\x46\xB4\xCB\xAAL\xA1\x41"
             "\xA4@\xAA\xBD\xB1\xC4\xC4\xA8\xDB\xA3\xA8\xEC\xB1\xDF\xA4W\xA1\x43"},
    {"EUC-KR", "\xBE\xEE\xC1\xA6 \xBF\xEC\xB8\xAE\xB4\xC2 \xBD\xA3\xBF\xA1 \xB0"
               "\xA1\xBC\xAD \xC0\xFA\xB3\xE1\xB1\xEE\xC1\xF6 \xB9\xF6\xBC\xB8\xC0"
               "\xBB \xB6\xA4\xBD\xC0\xB4\xCF\xB4\xD9."},
};

/* A page with so much script in front; where it is the sentence counts for nothing. */
static void check_behind(size_t script, const char *text, const char *encoding)
{
    size_t n = strlen(text);
    char *page = em_malloc(script + 2 * n + 64);
    assert_non_null(page);
    memset(page, 'x', script);
    for (size_t i = 0; i < script; i += 8)
        page[i] = ' ';
    memcpy(page + script, "<p>", 3);
    memcpy(page + script + 3, text, n);
    memcpy(page + script + 3 + n, "</p>", 4);
    struct em_view body = em_view_make(page, script + n + 7);
    assert_string_equal(em_encoding_name(em_charset_guess(body)), encoding);
    em_free(page);
}

static void test_undeclared(void **state)
{
    (void)state;
    static const size_t scripts[] = {0, 10, 5000, 100000};
    for (size_t i = 0; i < sizeof(undeclared) / sizeof(undeclared[0]); i++)
        for (size_t k = 0; k < 4; k++)
            check_behind(scripts[k], undeclared[i].text, undeclared[i].encoding);
}

static const char *guess(struct em_view body)
{
    return em_encoding_name(em_charset_guess(body));
}

/* A byte that is none in UTF-8 does not make it another encoding; ASCII stays out of it. */
static void test_bad_bytes(void **state)
{
    (void)state;
    assert_string_equal(guess(EM_VIEW("caf\xC3\xA9 and na\xC3\xAFve, \x92 too")),
                        "UTF-8");
    assert_string_equal(guess(EM_VIEW("\xE2\x80\x9Cquoted\xE2\x80\x9D \xE9 end")),
                        "UTF-8");
    assert_string_equal(guess(EM_VIEW("one \xA9 2001 in ASCII")), "windows-1252");
    assert_string_equal(guess(EM_VIEW("It\x92s only a quote")), "windows-1252");
    assert_string_equal(guess(EM_VIEW("\x1B[31mred\x1B[0m is no Japanese")), "UTF-8");
    assert_string_equal(guess(EM_VIEW("")), "UTF-8");
}

/* Every offset leads back to the byte its character came from, over several chunks. */
static void check_origins(const char *label, const char *from, size_t from_len,
                          size_t to_len)
{
    enum { TIMES = 3000 };
    struct em_charset *charset;
    struct em_decoded out;
    char *body = em_malloc(from_len * TIMES);
    assert_non_null(body);
    for (size_t i = 0; i < TIMES; i++)
        memcpy(body + i * from_len, from, from_len);
    assert_int_equal(em_charset_new(&charset), EM_OK);
    struct em_view v = {body, from_len * TIMES};
    assert_int_equal(em_charset_decode(charset, v, em_view_of(label), false, &out),
                     EM_OK);
    assert_int_equal(out.text.len, to_len * TIMES);
    for (size_t i = 0; i <= TIMES; i++)
        assert_int_equal(em_charset_origin(charset, i * to_len), i * from_len);
    em_charset_free(charset);
    em_free(body);
}

static void test_origins(void **state)
{
    (void)state;
    check_origins("latin1", "\xE9t", 2, 3);
    check_origins("koi8-r", "\xD2 x", 3, 4);
    check_origins("sjis", "\x82\xB1.", 3, 4);
    check_origins("gb18030", "\x94\x39\xDA\x33", 4, 4);
    check_origins("utf-16be", "\xD8\x3D\xDC\xA9\0a", 6, 5);
    check_origins("utf-8", "\xC3\xA9", 2, 2);
}

static void test_memory(void **state)
{
    (void)state;
    struct em_charset *charset;
    struct em_decoded out;
    for (long n = 1; n < 20; n++) {
        em_alloc_fail_at(n, 0);
        enum em_status status = em_charset_new(&charset);
        if (status == EM_OK)
            status = em_charset_decode(charset, EM_VIEW("\xE9t\xE9"), EM_VIEW("latin1"),
                                       true, &out);
        bool failed = em_alloc_count() >= n;
        em_alloc_fail_at(0, 0);
        assert_int_equal(status, failed ? EM_ERR_NOMEM : EM_OK);
        em_charset_free(charset);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),      cmocka_unit_test(test_labels),
        cmocka_unit_test(test_legacy),     cmocka_unit_test(test_guess),
        cmocka_unit_test(test_undeclared), cmocka_unit_test(test_bad_bytes),
        cmocka_unit_test(test_origins),    cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
