/* SPDX-License-Identifier: Apache-2.0
 *
 * Settings files: paths and values, what is refused and at which line, options set from
 * them, every allocation failing in turn.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cli/config_options.h"

static const char sample[] = "# settings\n"
                             "margin: 1k\n"
                             "hosts:\n"
                             "  - example.org\n"
                             "  - \"x: y\"\n"
                             "fetch:\n"
                             "  wait: 2.5\n"
                             "  quick: no\n"
                             "empty:\n"
                             "by:\n"
                             "  a: {n: 1, m: 2}\n"
                             "  b: {n: 3}\n";

static struct em_config *read_sample(void)
{
    struct em_config *config;
    struct em_err err = {.status = EM_OK};
    assert_int_equal(em_config_read_memory(&config, em_view_of(sample), "s", &err),
                     EM_OK);
    return config;
}

static void values(void **state)
{
    (void)state;
    struct em_config *c = read_sample();
    struct em_err err = {.status = EM_OK};
    const char *items[4];
    size_t lengths[4];
    uint64_t margin = 0;
    double wait = 0;
    bool quick = true;
    assert_true(em_config_u64(c, "margin", &margin, &err));
    assert_int_equal(margin, 1000);
    assert_int_equal(em_config_list(c, "hosts", items, 4), 2);
    assert_string_equal(items[0], "example.org");
    assert_string_equal(items[1], "x: y");
    assert_int_equal(em_config_list(c, "margin", items, 4), 1);
    assert_true(em_config_double(c, "fetch.wait", &wait, &err));
    assert_true(wait > 2.49 && wait < 2.51);
    assert_true(em_config_bool(c, "fetch.quick", &quick, &err));
    assert_false(quick);
    assert_null(em_config_get(c, "empty"));
    assert_int_equal(em_config_keys(c, "by", items, lengths, 4), 2);
    assert_memory_equal(items[1], "b", lengths[1]);
    assert_int_equal(em_config_line(c, "fetch.wait"), 7);
    assert_int_equal(em_config_unknown(c, &err), EM_ERR_FORMAT);
    assert_non_null(strstr(err.text, "s:11: there is no setting 'by.a.n'"));
    assert_string_equal(em_config_get(c, "by.a.n"), "1");
    assert_string_equal(em_config_get(c, "by.a.m"), "2");
    assert_string_equal(em_config_get(c, "by.b.n"), "3");
    assert_int_equal(em_config_unknown(c, &err), EM_OK);
    err.status = EM_OK;
    assert_false(em_config_u64(c, "fetch.wait", &margin, &err));
    assert_int_equal(err.status, EM_ERR_FORMAT);
    em_config_free(c);
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"a: 1\nb: 2\na: 3\n", "t:3: 'a' twice"},
        {"a: &x 1\nb: *x\n", "t:1: tags and anchors"},
        {"a: *x\n", "t:1: aliases"},
        {"a: !!str 1\n", "t:1: tags"},
        {"- a\n- b\n", "t:1: this is no map"},
        {"just words\n", "t:1: this is no map"},
        {"a: 1\n---\nb: 2\n", "t:2: a second document"},
        {"a: [1, 2\n", "t:"},
        {"a:\n\tb: 1\n", "t:2: "},
        {"? [x]\n: y\n", "t:1: a key must be a name"},
        {"a: [[[[[[[[[[1]]]]]]]]]]\n", "t:1: nested too deep"},
        {"a: \"x\\0y\"\n", "t:1: a value holds a zero byte"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct em_config *config;
        struct em_err err = {.status = EM_OK};
        assert_int_equal(
            em_config_read_memory(&config, em_view_of(cases[i].text), "t", &err),
            EM_ERR_FORMAT);
        assert_null(config);
        if (!strstr(err.text, cases[i].says))
            fail_msg("'%s' says '%s'", cases[i].text, err.text);
    }
}

static void options(void **state)
{
    (void)state;
    uint64_t margin = 1;
    const char *name = NULL;
    bool quick = true;
    struct em_strings hosts = {.n = 0};
    struct em_err err = {.status = EM_OK};
    const struct em_option all[] = {
        {EM_OPT_U64, 0, "margin", &margin, "N", ""},
        {EM_OPT_STRINGS, 0, "hosts", &hosts, "H", ""},
        {EM_OPT_FLAG, 0, "quick", &quick, NULL, ""},
        {EM_OPT_STRING, 0, "wait", &name, "W", ""},
        EM_OPTIONS_END,
    };
    struct em_config *c = read_sample();
    assert_int_equal(em_config_options(c, "", all, &err), EM_OK);
    assert_int_equal(em_config_options(c, "fetch", all, &err), EM_OK);
    assert_int_equal(margin, 1000);
    assert_int_equal(hosts.n, 2);
    assert_string_equal(name, "2.5");
    assert_false(quick);
    em_config_free(c);
    char a[] = "x", b[] = "--config", d[] = "f", e[] = "--config=g", f[] = "--configs=h";
    char *argv[] = {a, b, d, e, f};
    assert_string_equal(em_config_named(3, argv, "config"), "f");
    assert_string_equal(em_config_named(5, argv, "config"), "g");
    assert_null(em_config_named(1, argv, "config"));
}

static void memory(void **state)
{
    (void)state;
    long nth = 1;
    for (; nth < 1000; nth++) {
        struct em_config *config;
        struct em_err err = {.status = EM_OK};
        em_alloc_fail_at(nth, 0);
        enum em_status status =
            em_config_read_memory(&config, em_view_of(sample), "s", &err);
        long made = em_alloc_count();
        em_alloc_fail_at(0, 0);
        assert_true(made < nth ? status == EM_OK : status == EM_ERR_NOMEM);
        em_config_free(config);
        if (made < nth)
            break;
    }
    assert_true(nth > 10 && nth < 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(refused),
        cmocka_unit_test(options),
        cmocka_unit_test(memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
