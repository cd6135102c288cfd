/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/lang.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* Too short to be sure, and less confident than of a sentence. */
static void test_short(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"hyvästi", "fi"},
                                           {"бабочка", "ru"},
                                           {"Schraubenschlüssel", "de"},
                                           {"vrouwelijk", "nl"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct em_view code;
        float confidence;
        em_lang_detect(em_view_of(cases[i][0]), EM_VIEW_NONE, &code, &confidence);
        assert_true(em_view_eq(code, em_view_of(cases[i][1])));
        assert_true(confidence > 0.0f && confidence < 0.9f);
    }
}

static void test_codes(void **state)
{
    (void)state;
    check("大門又掉下來了，沒有人知道為什麼會這樣，也沒有人去修理它。", "", "zh");
    check(
        "Porten falt av igjen, og ingen kunne si hvorfor det hadde skjedd denne gangen.",
        "", "no");
    check("\U00010330\U0001033F \U00010330\U00010344\U00010344\U00010330 "
          "\U0001033F\U0001033D\U00010343\U00010330\U00010342",
          "", "un"); /* Gothic letters are no language CLD2 knows */
}

/* CLD2 throws where there is no memory left: no language then, and no end of the process. */
static void test_without_memory(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    skip(); /* their allocators need address space of their own */
#else
    static const char text[] =
        "Porten falt av igjen, og ingen kunne si hvorfor det hadde skjedd denne gangen.";
    int end;
    pid_t child = fork();
    if (child == 0) {
        struct rlimit none = {0, 0};
        struct em_view code;
        float confidence;
        setrlimit(RLIMIT_CORE, &none);
        setrlimit(RLIMIT_AS, &none);
        /* Kept in view: a compiler may leave out an allocation that nobody reads. */
        void *volatile taken;
        for (size_t n = 1 << 20; n >= 16; n /= 2)
            do
                taken = malloc(n);
            while (taken);
        em_lang_detect(em_view_of(text), EM_VIEW_NONE, &code, &confidence);
        _exit(em_view_eq(code, EM_VIEW("un")) && confidence <= 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &end, 0), child);
    assert_true(WIFEXITED(end));
    assert_int_equal(WEXITSTATUS(end), 0);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_languages),      cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_short),          cmocka_unit_test(test_codes),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
