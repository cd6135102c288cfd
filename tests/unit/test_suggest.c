/* SPDX-License-Identifier: Apache-2.0
 *
 * What a misspelt name may have been meant to be: letters changed, added, left out, swapped;
 * beginnings; names too far away; the nearer of two.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/suggest.h"

#include <string.h>

static const char *nearest(const char *typed)
{
    static const char *const names[] = {"scan", "serve", "sample", "prevalence", "merge"};
    struct em_suggestion s = {.typed = typed, .typed_len = strlen(typed)};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        em_suggest(&s, names[i]);
    return s.name;
}

static void names_near(void **state)
{
    (void)state;
    static const struct {
        const char *typed, *meant;
    } cases[] = {
        {"scan", "scan"},
        {"scam", "scan"},
        {"scna", "scan"},
        {"sca", "scan"},
        {"scann", "scan"},
        {"mrege", "merge"},
        {"pre", "prevalence"},
        {"prevalance", "prevalence"},
        {"prevlence", "prevalence"},
        {"sevre", "serve"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *name = nearest(cases[i].typed);
        if (!name || strcmp(name, cases[i].meant) != 0)
            fail_msg("'%s' is taken for '%s'", cases[i].typed, name ? name : "nothing");
    }
}

static void names_far(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",      "s",      "sc",
        "xyzan", "report", "a-name-that-is-far-longer-than-any-command-could-be",
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (nearest(cases[i]))
            fail_msg("'%s' is taken for '%s'", cases[i], nearest(cases[i]));
}

static void nearer_of_two(void **state)
{
    (void)state;
    struct em_suggestion s = {.typed = "trend", .typed_len = 5};
    em_suggest(&s, "tread");
    em_suggest(
        &s, "trends"); /* begins with what was typed, but is no nearer: the first stays */
    assert_string_equal(s.name, "tread");
    assert_int_equal(s.edits, 1);
    em_suggest(&s, "trend");
    assert_string_equal(s.name, "tread"); /* a whole name counts as a beginning */
    /* Only the typed bytes are looked at, not what follows them ("--fpr=1"). */
    struct em_suggestion cut = {.typed = "fprx=0.01", .typed_len = 4};
    em_suggest(&cut, "fpr");
    assert_string_equal(cut.name, "fpr");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_near),
        cmocka_unit_test(names_far),
        cmocka_unit_test(nearer_of_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
