/* SPDX-License-Identifier: Apache-2.0
 *
 * ARC records of both versions, whole and damaged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/make_archive.h"

static void test_versions(void **state)
{
    (void)state;
    struct bytes b = {NULL, 0, 0};
    struct seen seen;
    add_filedesc(&b);
    add_arc(&b, "http://example.org/", HTTP_TEXT);
    add_arc(&b, "http://example.org/with blanks in it", HTTP_TEXT);
    add_arc_as(&b, "http://example.org/v2", "200 CHECKSUM - 1234 x.arc 68", HTTP_TEXT,
               "\n");
    add_arc(&b, "dns:example.org", "192.0.2.1\n");
    add_filedesc(&b);
    expect_records(view_of(&b), "arc_header arc arc arc arc arc_header", &seen);
    uint64_t end = 0;
    for (size_t i = 0; i < seen.n; i++) {
        assert_true(seen.offset[i] == end);
        end = seen.offset[i] + seen.length[i];
    }
    assert_int_equal(end, b.len);
    drop(&b);
}

static void expect_first(struct em_view bytes, const char *url, const char *date,
                         const char *mime, int status)
{
    struct em_source *source;
    struct em_record r;
    struct em_source_options options = {.keep_all = true};
    assert_int_equal(em_source_open_memory(&source, bytes, "t", &options, NULL), EM_OK);
    do
        assert_int_equal(em_source_next(source, &r, NULL), EM_OK);
    while (r.type == EM_RECORD_ARC_HEADER);
    assert_true(em_view_eq(r.url, em_view_of(url)));
    assert_true(em_view_eq(r.date, em_view_of(date)));
    assert_true(em_view_eq(r.mime, em_view_of(mime)));
    assert_int_equal(r.http_status, status);
    em_source_free(source);
}

static void test_fields(void **state)
{
    (void)state;
    struct bytes b = {NULL, 0, 0};
    add_filedesc(&b);
    add_arc(&b, "http://example.org/a b", HTTP_TEXT);
    expect_first(view_of(&b), "http://example.org/a b", "2008-04-30T20:48:25Z",
                 "text/html", 200);
    drop(&b);
    add_text(&b, "http://example.org/ 192.0.2.1 19970417175710 html 3\nabc\n");
    expect_first(view_of(&b), "http://example.org/", "1997-04-17T17:57:10Z", "html", 0);
    drop(&b);
    add_filedesc(&b);
    add_arc(&b, "dns:example.org", "192.0.2.1\n");
    expect_first(view_of(&b), "dns:example.org", "2008-04-30T20:48:25Z", "text/html", 0);
    drop(&b);
}

static void test_ends_and_damage(void **state)
{
    (void)state;
    static const struct {
        const char *length, *end, *expected;
    } damage[] = {
        {"68", "\n", "arc_header arc arc"},
        {"68", "", "arc_header arc arc"},
        {"68", "\r\n", "arc_header arc arc"},
        {"68", "\n\n\n", "arc_header arc arc"},
        {"90", "\n", "arc_header arc! arc"},
        {"5", "\n", "arc_header arc! arc"},
        {"99999", "\n", "arc_header arc! arc"},
        {"90000000", "\n", "arc_header arc! arc"},
        {"68", "\nnot a record\n\nnor this\n", "arc_header arc! arc"},
    };
    for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
        struct bytes b = {NULL, 0, 0};
        assert_int_equal(strlen(HTTP_TEXT), 68);
        add_filedesc(&b);
        add_arc_as(&b, "http://example.org/", damage[i].length, HTTP_TEXT, damage[i].end);
        add_arc(&b, "http://example.org/2", HTTP_TEXT);
        struct seen seen;
        struct em_source_options options = {.keep_all = true};
        read_with(&seen, view_of(&b), &options);
        if (strcmp(seen.text, damage[i].expected) != 0)
            print_message("length %s, end '%s'\n", damage[i].length, damage[i].end);
        expect_records(view_of(&b), damage[i].expected, NULL);
        drop(&b);
    }
}

/* The same bytes, a member a record. */
static void test_members(void **state)
{
    (void)state;
    struct bytes plain = {NULL, 0, 0}, b = {NULL, 0, 0};
    struct seen seen;
    add_filedesc(&plain);
    add_member(&b, view_of(&plain));
    drop(&plain);
    add_arc_as(&plain, "http://example.org/", "500", HTTP_TEXT, "\n");
    size_t at = b.len;
    add_member(&b, view_of(&plain));
    drop(&plain);
    add_arc(&plain, "http://example.org/2", HTTP_TEXT);
    add_member(&b, view_of(&plain));
    expect_records(view_of(&b), "arc_header arc! arc", &seen);
    assert_int_equal(seen.offset[1], at);
    drop(&plain);
    drop(&b);
}

/* A record whose length is no number is still a record, and the damage is its own. */
static void test_lengths_that_are_none(void **state)
{
    (void)state;
    static const char *const lengths[] = {
        "abc", "-5", "+5", "0x12", "12x", "1e3", "99999999999999999999999", "", "-"};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
        for (int last = 0; last < 2; last++) {
            struct bytes b = {NULL, 0, 0};
            struct seen seen;
            char line[256];
            add_filedesc(&b);
            add_arc(&b, "http://example.org/", HTTP_TEXT);
            snprintf(line, sizeof(line),
                     "http://bad.example/ 192.0.2.1 20080430204825 text/html%s%s\n%s\n",
                     *lengths[i] ? " " : "", lengths[i], HTTP_TEXT);
            add_text(&b, line);
            if (!last)
                add_arc(&b, "http://example.org/2", HTTP_TEXT);
            expect_records(view_of(&b),
                           last ? "arc_header arc arc!" : "arc_header arc arc! arc",
                           &seen);
            drop(&b);
        }
}

/* A version block that is declared longer than it is must not take the letters of the URL
 * after it. */
static void test_length_into_the_next_line(void **state)
{
    (void)state;
    for (int more = 1; more < 8; more++) {
        struct bytes b = {NULL, 0, 0};
        struct em_source *source;
        struct em_record r;
        const struct em_source_options options = {.keep_all = true};
        char line[256];
        snprintf(line, sizeof(line),
                 "filedesc://x.arc 0.0.0.0 20080430204825 text/plain %d\n1 0 X\n"
                 "URL IP-address Archive-date Content-type Archive-length\n",
                 62 + more);
        add_text(&b, line);
        add_arc(&b, "http://example.org/", HTTP_TEXT);
        assert_int_equal(em_source_open_memory(&source, view_of(&b), "t", &options, NULL),
                         EM_OK);
        assert_int_equal(em_source_next(source, &r, NULL), EM_OK);
        assert_int_equal(em_source_next(source, &r, NULL), EM_OK);
        if (!em_view_eq(r.url, EM_VIEW("http://example.org/")))
            fail_msg("%d more: %.*s", more, EM_VIEW_ARGS(r.url));
        em_source_free(source);
        drop(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_ends_and_damage),
        cmocka_unit_test(test_lengths_that_are_none),
        cmocka_unit_test(test_length_into_the_next_line),
        cmocka_unit_test(test_members),
    };
    return cmocka_run_group_tests_name("arc", tests, NULL, NULL);
}
