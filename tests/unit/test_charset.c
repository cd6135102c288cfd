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
        cmocka_unit_test(test_order),   cmocka_unit_test(test_labels),
        cmocka_unit_test(test_legacy),  cmocka_unit_test(test_guess),
        cmocka_unit_test(test_origins), cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
