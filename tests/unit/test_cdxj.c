/* SPDX-License-Identifier: Apache-2.0
 *
 * Index keys and lines, sorting with and without files, and header fields.
 */
#include "scratch.h"

#include "base/date.h"
#include "base/limits.h"
#include "crawler/web/fetch/cdxj.h"
#include "base/wire/fields.h"

static void test_surt(void **state)
{
    (void)state;
    static const struct {
        const char *url, *key;
    } cases[] = {
        {"http://example.com/", "com,example)/"},
        {"http://example.com", "com,example)/"},
        {"https://www.Example.com:443/A/B/", "com,example)/a/b"},
        {"http://www2.example.com:8080/", "com,example:8080)/"},
        {"http://wwwx.example.com/", "com,example,wwwx)/"},
        {"http://example.com/?", "com,example)/"},
        {"http://example.com/p?b=2&a=1&B=1", "com,example)/p?a=1&b=1&b=2"},
        {"http://example.com/p?a&a=1&a2", "com,example)/p?a&a=1&a2"},
        {"http://example.com/%41%2541%C3%A9 x", "com,example)/aa%c3%a9%20x"},
        {"http://example.com//a///b", "com,example)/a/b"},
        {"http://example.com/a#frag?x", "com,example)/a"},
        {"http://user:pass@example.com/a", "com,example)/a"},
        {"http://example.com/a;jsessionid=0123456789abcdef0123456789ABCDEF?x=1",
         "com,example)/a?x=1"},
        {"http://example.com/a?sid=0123456789abcdef0123456789abcdef&x=1",
         "com,example)/a?x=1"},
        {"http://example.com/a?sid=short", "com,example)/a?sid=short"},
        {"http://192.0.2.1/x", "192.0.2.1)/x"},
        {"http://[2001:db8::1]:81/x", "[2001:db8::1]:81)/x"},
    };
    struct em_buf out;
    em_buf_init(&out, 4096);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        em_buf_clear(&out);
        assert_int_equal(em_cdxj_surt(&out, em_view_of(cases[i].url)), EM_OK);
        assert_string_equal(out.data, cases[i].key);
    }
    em_buf_clear(&out);
    assert_int_equal(em_cdxj_surt(&out, EM_VIEW("ftp://example.com/")), EM_ERR_FORMAT);
    assert_int_equal(em_cdxj_surt(&out, EM_VIEW("http:///x")), EM_ERR_FORMAT);
    assert_int_equal(out.len, 0);
    em_buf_release(&out);
}

static void test_line(void **state)
{
    (void)state;
    struct em_buf out;
    struct em_cdxj_place place;
    struct em_cdxj entry = {.url = EM_VIEW("http://example.com/\"q\""),
                            .date = 1700000000,
                            .mime = EM_VIEW("text/html"),
                            .status = 200,
                            .digest = EM_VIEW("sha1:ABC"),
                            .length = 12,
                            .offset = UINT64_C(9876543210),
                            .filename = EM_VIEW("x.warc.gz")};
    em_buf_init(&out, 4096);
    assert_int_equal(em_cdxj_line(&out, &entry), EM_OK);
    assert_string_equal(
        out.data,
        "com,example)/\"q\" 20231114221320 {\"url\":\"http://example.com/\\\"q\\\"\","
        "\"mime\":\"text/html\",\"status\":\"200\",\"digest\":\"sha1:ABC\","
        "\"length\":\"12\",\"offset\":\"9876543210\",\"filename\":\"x.warc.gz\"}\n");
    assert_true(em_cdxj_read(em_buf_view(&out), &place));
    assert_true(place.has_place && place.offset == entry.offset && place.length == 12);
    assert_true(em_view_eq(place.timestamp, EM_VIEW("20231114221320")));
    em_buf_release(&out);
    assert_true(
        em_cdxj_read(EM_VIEW("k 20231114221320 { \"x\" : [1,{\"offset\":\"9\"}] , "
                             "\"length\": 5, \"offset\":7 }"),
                     &place));
    assert_true(place.has_place && place.offset == 7 && place.length == 5);
    assert_true(em_cdxj_read(EM_VIEW("k 20231114221320 {}"), &place) && !place.has_place);
    static const char *const bad[] = {"",
                                      "k",
                                      "k 2023",
                                      "k 20231114221320",
                                      "k 20231114221320 {",
                                      "k 20231114221320 {\"a\":}",
                                      "k 20231114221320 {\"a\":\"b}",
                                      "k 2023111422132x {}",
                                      " 20231114221320 {}"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(em_cdxj_read(em_view_of(bad[i]), &place));
}

/* Lines in a mixed order, with little memory and with much: the same result. */
static void test_sort(void **state)
{
    (void)state;
    char from[4096], to[4096], line[512], previous[512];
    struct em_err err;
    const unsigned n = 20000;
    FILE *out = fopen(scratch(from, "lines"), "w");
    assert_non_null(out);
    for (unsigned i = 0; i < n; i++)
        fprintf(out, "key%05u 2023 {\"padding\":\"%0*u\"}\n", i * 7919u % n,
                (int)(i % 200 + 1), i);
    fprintf(out, "cut: no line end");
    fclose(out);
    static const size_t memory[] = {0, 300000, 16 << 20};
    for (int m = 0; m < 3; m++) {
        assert_int_equal(
            em_cdxj_sort(from, scratch(to, "sorted"), memory[m], false, &err), EM_OK);
        FILE *in = fopen(to, "r");
        unsigned count = 0;
        previous[0] = '\0';
        assert_non_null(in);
        while (fgets(line, sizeof(line), in)) {
            assert_true(strcmp(previous, line) < 0);
            memcpy(previous, line, sizeof(line));
            count++;
        }
        fclose(in);
        assert_int_equal(count, n);
        char run[4200];
        snprintf(run, sizeof(run), "%s.0", to);
        assert_int_not_equal(access(run, F_OK), 0); /* temporary files are gone */
    }
    assert_int_equal(em_cdxj_sort("/nonexistent", to, 0, false, &err), EM_ERR_IO);
}

static void test_fields(void **state)
{
    (void)state;
    static const char header[] =
        "HTTP/1.1 200 OK\r\nRetry-After: 120\r\nETag: W/\"x\"\nno colon\r\n"
        "Content-Type : Text/HTML; charset=x\r\nX: a\r\n  b\r\n"
        "Cache-Control: no-cache\r\ncache-control: public, max-age=60\r\n"
        "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\nX-Body: 1\r\n";
    struct em_view h = EM_VIEW(header);
    char mime[128];
    assert_int_equal(em_field_status(h), 200);
    assert_true(em_view_eq(em_field_etag(h), EM_VIEW("W/\"x\"")));
    assert_true(em_view_eq(em_field_mime(h, mime), EM_VIEW("text/html")));
    assert_true(em_view_eq(em_field_get(h, EM_VIEW("x")), EM_VIEW("a\r\n  b")));
    assert_int_equal(em_field_max_age(h), 60);
    assert_true(em_field_last_modified(h).len == 29);
    assert_int_equal(em_field_get(h, EM_VIEW("X-Body")).len, 0);
    static const char *const etags[] = {"ETag: x", "ETag: \"a b\"", "ETag: \"a\"b\"",
                                        "ETag: w/\"x\"", "ETag: \""};
    for (size_t i = 0; i < sizeof(etags) / sizeof(etags[0]); i++) {
        char text[64];
        snprintf(text, sizeof(text), "HTTP/1.1 200 X\r\n%s\r\n\r\n", etags[i]);
        assert_int_equal(em_field_etag(em_view_of(text)).len, 0);
    }
    static const char *const lines[] = {"",
                                        "HTTP/1.1",
                                        "HTTP/1.1 20",
                                        "HTTP/1.1 2000 X",
                                        "HTTP/1.1 099 X",
                                        "HTP/1.1 200 OK"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_int_equal(em_field_status(em_view_of(lines[i])), 0);
    assert_int_equal(em_field_status(EM_VIEW("HTTP/2 204 \r\n")), 204);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_surt),
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_sort),
        cmocka_unit_test(test_fields),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
