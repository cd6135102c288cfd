/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/lang.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

static void check(const char *text, const char *hint, const char *want)
{
    struct em_view code;
    float confidence;
    em_lang_detect(em_view_of(text), em_view_of(hint), &code, &confidence);
    assert_true(em_view_eq(code, em_view_of(want)));
    assert_true(confidence >= 0 && confidence <= 1);
    assert_true((confidence > 0) == (strcmp(want, "un") != 0));
}

static void test_languages(void **state)
{
    (void)state;
    check("The gate fell off again, and nobody could say why it had.", "", "en");
    check("Das Tor ist schon wieder abgefallen, und niemand weiß warum.", "", "de");
    check("La puerta se cayó otra vez y nadie supo decir por qué.", "", "es");
    check("Калитка опять упала, и никто не мог сказать почему.", "", "ru");
    check("門がまた外れてしまい、誰にも理由が分からなかった。", "", "ja");
    check("大门又掉下来了，没有人知道为什么会这样。", "", "zh");
    check("השער נפל שוב, ואיש לא ידע לומר מדוע זה קרה.", "", "he");
    check("The gate fell off again, and nobody could say why it had.", "de-AT", "en");
}

static void test_unknown(void **state)
{
    (void)state;
    check("", "", "un");
    check("12345 67890 -- 55", "", "un");
    /* A hint longer than any tag is not read. */
    check("The gate fell off again, and nobody could say why it had.",
          "a-very-long-tag-that-nobody-would-ever-write-in-a-page", "en");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_languages),
        cmocka_unit_test(test_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
