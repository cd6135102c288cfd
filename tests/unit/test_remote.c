/* SPDX-License-Identifier: Apache-2.0
 *
 * Remote inputs without a network: signatures against the published example, addresses,
 * profiles, header lines, the rate shared through a file, samples' weights.
 */
#include "base/clock.h"
#include "base/limits.h"
#include "crawler/archive/cdx.h"
#include "crawler/archive/remote_head.h"
#include "base/net/rate.h"
#include "crawler/archive/remote_s3.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* The documentation's example of a GET with a range. */
static void test_signature(void **state)
{
    (void)state;
    const struct em_s3 s3 = {.key = "AKIAIOSFODNN7EXAMPLE",
                             .secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                             .region = "us-east-1"};
    struct em_buf out;
    em_buf_init(&out, 16 * EM_KIB);
    assert_int_equal(
        em_s3_sign(&s3, EM_VIEW("https://examplebucket.s3.amazonaws.com/test.txt"),
                   "bytes=0-9", 1369353600, &out),
        EM_OK);
    struct em_view all = em_buf_view(&out);
    struct em_view want =
        EM_VIEW("SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature="
                "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    assert_true(em_view_find(all, 0, want) < all.len);
    assert_true(em_view_find(all, 0, EM_VIEW("x-amz-date: 20130524T000000Z")) < all.len);
    em_buf_release(&out);
}

static void test_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *endpoint, *name, *url;
    } cases[] = {
        {"", "s3://commoncrawl/crawl-data/a b+c.gz",
         "https://commoncrawl.s3.us-east-1.amazonaws.com/crawl-data/a%20b%2Bc.gz"},
        {"", "s3://my.bucket/k", "https://s3.us-east-1.amazonaws.com/my.bucket/k"},
        {"http://127.0.0.1:9000/", "s3://b/k/%", "http://127.0.0.1:9000/b/k/%25"},
        {"", "s3://bucket", NULL},
        {"", "s3:///key", NULL},
        {"", "s3://a?b/key", NULL},
        {"ftp://x", "s3://b/k", NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct em_s3 s3 = {.region = "us-east-1"};
        struct em_buf url;
        snprintf(s3.endpoint, sizeof(s3.endpoint), "%s", cases[i].endpoint);
        em_buf_init(&url, EM_MAX_URL);
        enum em_status status = em_s3_url(&s3, cases[i].name, &url, NULL);
        assert_int_equal(status, cases[i].url ? EM_OK : EM_ERR_FORMAT);
        if (cases[i].url)
            assert_string_equal(url.data, cases[i].url);
        em_buf_release(&url);
    }
}

static void test_profiles(void **state)
{
    (void)state;
    struct em_s3 s3 = {.key = ""};
    em_s3_read_profile(&s3,
                       EM_VIEW("[default]\naws_access_key_id=A\n[work]\n"
                               "aws_access_key_id = B\r\naws_secret_access_key=x=y\n"),
                       "work", false);
    em_s3_read_profile(&s3,
                       EM_VIEW("[work]\nregion=no\n[profile work]\ns3 =\n region=no\n"
                               "region = eu-west-1\n"),
                       "work", true);
    assert_string_equal(s3.key, "B");
    assert_string_equal(s3.secret, "x=y");
    assert_string_equal(s3.region, "eu-west-1");
}

static enum em_status answer(struct em_remote_object *seen, uint64_t from, uint64_t *skip,
                             const char *lines)
{
    struct em_remote_head head;
    struct em_view rest = em_view_of(lines);
    em_remote_head_init(&head);
    while (rest.len) {
        size_t end = em_view_find(rest, 0, EM_VIEW("\n"));
        em_remote_head_line(&head, em_view_sub(rest, 0, end));
        rest = em_view_sub(rest, end + 1, rest.len);
    }
    return em_remote_head_check(&head, seen, from, skip, NULL);
}

static void test_answers(void **state)
{
    (void)state;
    struct em_remote_object seen = {.known = false};
    uint64_t skip;
    assert_int_equal(
        answer(&seen, 0, &skip,
               "HTTP/1.1 206 P\nContent-Range: bytes 0-99/100\nETag: \"a\"\n"),
        EM_OK);
    assert_int_equal(seen.size, 100);
    assert_int_equal(
        answer(&seen, 50, &skip,
               "HTTP/1.1 206 P\nContent-Range: bytes 50-99/100\nETag: \"a\"\n"),
        EM_OK);
    assert_int_equal(
        answer(&seen, 50, &skip,
               "HTTP/1.1 206 P\nContent-Range: bytes 50-99/100\nETag: \"b\"\n"),
        EM_ERR_CHECKSUM);
    assert_int_equal(
        answer(&seen, 50, &skip,
               "HTTP/1.1 206 P\nContent-Range: bytes 50-98/99\nETag: \"a\"\n"),
        EM_ERR_TRUNCATED);
    assert_int_equal(
        answer(&seen, 50, &skip,
               "HTTP/1.1 206 P\nContent-Range: bytes 40-99/100\nETag: \"a\"\n"),
        EM_ERR_FORMAT);
    assert_int_equal(
        answer(&seen, 50, &skip, "HTTP/1.1 200 OK\nContent-Length: 100\nETag: \"a\"\n"),
        EM_OK);
    assert_int_equal(skip, 50);
    assert_int_equal(answer(&seen, 0, &skip,
                            "HTTP/1.1 206 P\nContent-Length: 90\n"
                            "Content-Range: bytes 0-99/100\nETag: \"a\"\n"),
                     EM_ERR_TRUNCATED);
}

/* Two processes' worth of state on one file: what one was told holds for the other. */
static void test_rate(void **state)
{
    (void)state;
    char path[] = "/tmp/echometer-rate-XXXXXX";
    int fd = mkstemp(path);
    struct em_err err = {.status = EM_OK};
    double began;
    const struct em_rate_options options = {
        .file = path, .rate = 1e6, .backoff = 0.001, .patience = 1e-4};
    struct em_rate *a, *b;
    assert_true(fd >= 0);
    assert_int_equal(em_rate_open(&a, &options, &err), EM_OK);
    assert_int_equal(em_rate_open(&b, &options, &err), EM_OK);
    assert_int_equal(em_rate_turn(a, 7, NULL, &began, &err), EM_OK);
    em_rate_fine(a, 7);
    em_rate_slow(a, 7, em_clock_now(), 503, 3600, false);
    assert_int_equal(em_rate_turn(b, 7, NULL, &began, &err), EM_ERR_IO);
    assert_non_null(strstr(err.text, "asks to slow down (HTTP 503"));
    assert_int_equal(em_rate_turn(b, 9, NULL, &began, &err), EM_OK);
    em_rate_fine(b, 7);
    em_rate_close(a);
    em_rate_close(b);
    close(fd);
    unlink(path);
}

static void test_cdx(void **state)
{
    (void)state;
    struct em_cdx_block b;
    struct em_cdx c;
    struct em_json_reader *json;
    assert_true(em_cdx_block_read(
        &b, EM_VIEW("com,example)/ 20240101000000\tcdx-00000.gz\t188224\t248848\t2")));
    assert_int_equal(b.offset, 188224);
    assert_int_equal(b.length, 248848);
    assert_false(em_cdx_block_read(&b, EM_VIEW("com,example)/ 2024\t../x.gz\t0\t1\t2")));
    assert_false(em_cdx_block_read(&b, EM_VIEW("com,example)/ 2024\tx.gz\t0\t0\t2")));
    assert_int_equal(em_json_reader_new(&json), EM_OK);
    assert_true(
        em_cdx_read(&c, json,
                    EM_VIEW("com,example)/ 20240101000000 {\"filename\": \"a.gz\", "
                            "\"offset\": \"12\", \"length\": 34, \"mime\": \"a/b\", "
                            "\"mime-detected\": \"text/html\"}")));
    assert_int_equal(c.offset, 12);
    assert_int_equal(c.length, 34);
    assert_true(em_view_eq(c.mime, EM_VIEW("text/html")));
    assert_false(
        em_cdx_read(&c, json, EM_VIEW("com,example)/ 2024 {\"offset\": \"1\"}")));
    em_json_reader_free(json);
    assert_true(em_view_eq(em_cdx_tld(EM_VIEW("com,example)/")), EM_VIEW("com")));
    assert_int_equal(em_cdx_tld(EM_VIEW("127.0.0.1)/")).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signature), cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_profiles),  cmocka_unit_test(test_answers),
        cmocka_unit_test(test_rate),      cmocka_unit_test(test_cdx),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
