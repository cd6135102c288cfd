/* SPDX-License-Identifier: Apache-2.0
 *
 * Codings undone: every coding, in rows and wrongly declared, cut at every byte, bombs, and
 * each allocation failing. Compressed bytes are made here, never committed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "crawler/archive/coding.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

static struct em_coder *coder;

static int make_coder(void **state)
{
    (void)state;
    return em_coder_new(&coder) == EM_OK ? 0 : -1;
}

static int free_coder(void **state)
{
    (void)state;
    em_coder_free(coder);
    return 0;
}

/* What em_http_decode makes of `body` under the two header values (NULL: none). */
static enum em_status decode(const char *content, const char *transfer,
                             struct em_view body, struct em_http_body *out)
{
    static struct em_http_head head;
    static char text[256];
    snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\n%s%s%s%s%s%s\r\n",
             content ? "Content-Encoding: " : "", content ? content : "",
             content ? "\r\n" : "", transfer ? "Transfer-Encoding: " : "",
             transfer ? transfer : "", transfer ? "\r\n" : "");
    assert_true(em_http_parse(em_view_of(text), &head));
    head.body = body;
    return em_http_decode(coder, &head, out);
}

enum { ROOM = 1 << 16 };

/* wrapper: 31 gzip, 15 zlib, -15 raw */
static struct em_view deflated(struct em_view in, int wrapper, char *room)
{
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)in.data,
                  .avail_in = (unsigned)in.len,
                  .next_out = (unsigned char *)room,
                  .avail_out = ROOM};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, wrapper, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return em_view_make(room, z.total_out);
}

static struct em_view zstded(struct em_view in, char *room)
{
    return em_view_make(room, ZSTD_compress(room, ROOM, in.data, in.len, 3));
}

/* brotli has no encoder among our libraries: an uncompressed meta-block and the empty last
 * one. spec: RFC7932 9.1, 9.2: WBITS 0 (16); ISLAST 0, MNIBBLES 00 (4), MLEN - 1 in 16
 * bits, ISUNCOMPRESSED 1; padding; bytes; then ISLAST 1, ISLASTEMPTY 1. */
static struct em_view brotlied(struct em_view in, char *room)
{
    uint32_t bits = (uint32_t)(in.len - 1) << 4 | 1u << 20;
    assert_in_range(in.len, 1, 65536);
    room[0] = (char)bits;
    room[1] = (char)(bits >> 8);
    room[2] = (char)(bits >> 16);
    memcpy(room + 3, in.data, in.len);
    room[3 + in.len] = 3;
    return em_view_make(room, in.len + 4);
}

#define TEXT                                                                             \
    "<html><body><p>A page that says the same thing, and the same thing again, and "     \
    "the same thing once more: caf\xC3\xA9.</p></body></html>"

static const struct {
    const char *clause, *body, *want;
    bool truncated, as_is;
} chunks[] = {
    {"RFC9112 7.1", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world", 0, 0},
    {"one chunk", "5\r\nhello\r\n0\r\n\r\n", "hello", 0, 0},
    {"RFC9112 7.1 no chunks", "0\r\n\r\n", "", 0, 0},
    {"RFC9112 7.1.1 extensions", "5;a=b;c=\"d\"\r\nhello\r\n1 ; x\r\n!\r\n0;y\r\n\r\n",
     "hello!", 0, 0},
    {"RFC9112 7.1.2 trailers", "5\r\nhello\r\n0\r\nX: y\r\nZ: w\r\n\r\n", "hello", 0, 0},
    {"RFC9112 7.1 leading zeros, case",
     "000A\r\n0123456789\r\n0b\r\nabcdefghijk\r\n000\r\n\r\n", "0123456789abcdefghijk", 0,
     0},
    {"padded sizes", "5  \r\nhello\r\n 1\r\n!\r\n0   \r\n\r\n", "hello!", 0, 0},
    {"RFC9112 2.2 bare LF", "5\nhello\n1\n!\n0\n\n", "hello!", 0, 0},
    {"RFC9112 8 last chunk missing", "5\r\nhello\r\n", "hello", 1, 0},
    {"cut in a chunk", "5\r\nhello\r\nff\r\n wor", "hello wor", 1, 0},
    {"cut in the first chunk", "ff\r\n<html>", "<html>", 1, 0},
    {"cut in a size", "5\r\nhello\r\n1", "hello", 1, 0},
    {"bad size later", "5\r\nhello\r\nzz\r\n world\r\n0\r\n\r\n", "hello", 1, 0},
    {"no line end behind a later chunk", "5\r\nhello\r\n6\r\n worldX0\r\n\r\n",
     "hello world", 1, 0},
    {"size that overflows", "5\r\nhello\r\nffffffffffffffffff\r\nxyz", "helloxyz", 1, 0},
    {"size with a sign", "+5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", 0, 1},
    {"declared, dechunked", "<html>hello", "<html>hello", 0, 1},
    {"declared, dechunked, begins like hex", "Dead or alive", "Dead or alive", 0, 1},
    {"first line is a number", "2023\nwas a year", "2023\nwas a year", 0, 1},
    {"first line is a number, short", "3\r\nThis is not it", "3\r\nThis is not it", 0, 1},
    {"zero", "0", "0", 0, 1},
    {"zero, LF, text", "0\nitems", "0\nitems", 0, 1},
    {"nothing", "", "", 0, 1},
};

static void test_chunked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
        struct em_http_body out;
        assert_int_equal(decode(NULL, "chunked", em_view_of(chunks[i].body), &out),
                         EM_OK);
        if (!em_view_eq(out.body, em_view_of(chunks[i].want)) ||
            (out.cut != NULL) != chunks[i].truncated ||
            (out.as_is == 1) != chunks[i].as_is)
            fail_msg("%s: '%.*s' truncated %d as is %d", chunks[i].clause,
                     EM_VIEW_ARGS(out.body), (out.cut != NULL), out.as_is);
    }
}

static void expect(const char *what, const char *content, const char *transfer,
                   struct em_view body, struct em_view want, bool truncated)
{
    struct em_http_body out;
    enum em_status status = decode(content, transfer, body, &out);
    if (status != EM_OK || !em_view_eq(out.body, want) || (out.cut != NULL) != truncated)
        fail_msg("%s: %s, %zu bytes instead of %zu, truncated %d", what,
                 em_status_text(status), out.body.len, want.len, (out.cut != NULL));
}

static void test_every_coding(void **state)
{
    (void)state;
    static char a[ROOM], b[ROOM];
    struct em_view text = EM_VIEW(TEXT), v;
    expect("none", NULL, NULL, text, text, 0);
    expect("RFC9110 8.4.1.3", "gzip", NULL, deflated(text, 31, a), text, 0);
    expect("RFC9110 8.4.1.2", "deflate", NULL, deflated(text, 15, a), text, 0);
    expect("deflate without zlib", "deflate", NULL, deflated(text, -15, a), text, 0);
    expect("deflate that is gzip", "deflate", NULL, deflated(text, 31, a), text, 0);
    expect("RFC7932", "br", NULL, brotlied(text, a), text, 0);
    expect("RFC8878", "zstd", NULL, zstded(text, a), text, 0);
    expect("two in a row", "gzip, br", NULL, brotlied(deflated(text, 31, a), b), text, 0);
    expect("twice", "gzip, gzip", NULL, deflated(deflated(text, 31, a), 31, b), text, 0);
    expect("transfer coding", NULL, "gzip", deflated(text, 31, a), text, 0);
    v = deflated(text, 31, a);
    int n = snprintf(b, sizeof(b), "%zx\r\n", v.len);
    memcpy(b + n, v.data, v.len);
    memcpy(b + n + v.len, "\r\n0\r\n\r\n", 7);
    v = em_view_make(b, (size_t)n + v.len + 7);
    expect("chunked gzip", "gzip", "chunked", v, text, 0);
    expect("an empty body", "gzip", NULL, EM_VIEW_NONE, EM_VIEW_NONE, 0);
}

static void test_members_and_padding(void **state)
{
    (void)state;
    static char a[ROOM], b[ROOM];
    struct em_view text = EM_VIEW(TEXT), twice = EM_VIEW(TEXT TEXT);
    static const char *const names[] = {"gzip", "zstd"};
    for (int kind = 0; kind < 2; kind++) {
        struct em_view v = kind ? zstded(text, a) : deflated(text, 31, a);
        memcpy(b, v.data, v.len);
        memcpy(b + v.len, v.data, v.len);
        expect("RFC1952 2.2, RFC8878 3.1: members", names[kind], NULL,
               em_view_make(b, 2 * v.len), twice, 0);
        memcpy(b + v.len, "\0\0\0\0padding", 11);
        expect("padding", names[kind], NULL, em_view_make(b, v.len + 11), text, 0);
    }
}

static void test_what_was_declared_is_not_there(void **state)
{
    (void)state;
    static const char *const names[] = {"gzip", "deflate", "br", "zstd"};
    static const char *const bodies[] = {
        TEXT,
        ";",
        "; a line that begins like an empty brotli stream, and is text",
        "short",
        "Kurz",
        "\xE4\xF6\xFC",
        "\xFF\xFE<\0h\0t\0m\0l\0>\0",
        "See that? Text which raw deflate decodes for some bytes: @ `ABC` @@ 0123456789",
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        for (size_t k = 0; k < sizeof(bodies) / sizeof(bodies[0]); k++) {
            if (k == 1 && i == 2)
                continue; /* ";" is an empty brotli stream */
            struct em_view body = em_view_of(bodies[k]);
            expect(bodies[k], names[i], NULL, body, body, 0);
        }
}

static void test_undeclared_gzip(void **state)
{
    (void)state;
    static char a[ROOM];
    struct em_view text = EM_VIEW(TEXT);
    struct em_http_head head;
    struct em_http_body out;
    struct em_view v = deflated(text, 31, a);
    em_http_parse(EM_VIEW("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"), &head);
    head.body = v;
    assert_int_equal(em_http_decode(coder, &head, &out), EM_OK);
    assert_true(em_view_eq(out.body, text) && out.undeclared);
    /* Cut: it stays what it is. */
    head.body.len -= 9;
    assert_int_equal(em_http_decode(coder, &head, &out), EM_OK);
    assert_true(out.body.data == v.data && !out.undeclared);
    /* A download stays one. */
    em_http_parse(EM_VIEW("HTTP/1.1 200 OK\r\nContent-Type: application/gzip\r\n\r\n"),
                  &head);
    head.body = v;
    assert_int_equal(em_http_decode(coder, &head, &out), EM_OK);
    assert_true(out.body.data == v.data && !out.undeclared);
}

static void test_every_cut_gives_a_prefix(void **state)
{
    (void)state;
    static char a[ROOM];
    static char text[6000];
    static const char *const names[] = {"gzip", "deflate", "deflate", "br", "zstd"};
    /* Hard to compress, so that the stream is long and prefixes are visible. */
    uint32_t seed = 7;
    for (size_t i = 0; i < sizeof(text); i++) {
        seed = seed * 1664525u + 1013904223u;
        text[i] = (char)(seed >> 24);
    }
    struct em_view whole = em_view_make(text, sizeof(text));
    for (int kind = 0; kind < 5; kind++) {
        struct em_view v = kind == 0   ? deflated(whole, 31, a)
                           : kind == 1 ? deflated(whole, 15, a)
                           : kind == 2 ? deflated(whole, -15, a)
                           : kind == 3 ? brotlied(whole, a)
                                       : zstded(whole, a);
        size_t longest = 0;
        for (size_t len = 0; len < v.len; len += 1 + len / 50) {
            char *copy = malloc(len ? len : 1); /* exact: reads past the end are seen */
            struct em_http_body out;
            assert_non_null(copy);
            memcpy(copy, v.data, len);
            enum em_status status =
                decode(names[kind], NULL, em_view_make(copy, len), &out);
            if (status == EM_OK && (out.cut != NULL)) {
                assert_true(out.body.len <= whole.len);
                assert_memory_equal(out.body.data, whole.data, out.body.len);
                longest = out.body.len > longest ? out.body.len : longest;
            } else if (status == EM_OK) { /* taken as it is: short and without controls */
                assert_true(out.body.len == len && len < 40);
            } else {
                assert_int_equal(status, EM_ERR_FORMAT);
                assert_int_equal(out.body.len, 0);
            }
            free(copy);
        }
        /* zstd gives whole blocks only; here there is one. */
        assert_true(kind == 4 || longest > 2000);
    }
}

static void test_damage_keeps_what_came_before(void **state)
{
    (void)state;
    static char a[ROOM], text[20000];
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('a' + (i * i / 7 + i / 300) % 26);
    struct em_view whole = em_view_make(text, sizeof(text));
    struct em_http_body out;
    struct em_view v = deflated(whole, 31, a);
    a[v.len - 6] ^= 1; /* the CRC: all bytes are there */
    assert_int_equal(decode("gzip", NULL, v, &out), EM_OK);
    assert_true((out.cut != NULL) && em_view_eq(out.body, whole));
    memset(a + v.len / 2, 0xFF, 64);
    assert_int_equal(decode("gzip", NULL, v, &out), EM_OK);
    assert_true((out.cut != NULL));
    assert_true(out.body.len >= 1000 && !em_view_eq(out.body, whole));
    assert_memory_equal(out.body.data, text, 1000);
}

static void test_what_cannot_be_undone(void **state)
{
    (void)state;
    static const char noise[] =
        "\x01\x02\xFF\x00\x1C\x80\x07\x06\x05\x04\x03\x02\x01\x00\xF0";
    struct em_view v = em_view_make(noise, sizeof(noise) - 1);
    struct em_http_body out;
    assert_int_equal(decode("gzip", NULL, v, &out), EM_ERR_FORMAT);
    assert_int_equal(decode("zstd", NULL, v, &out), EM_ERR_FORMAT);
    assert_int_equal(decode("compress", NULL, v, &out), EM_ERR_UNSUPPORTED);
    assert_int_equal(decode("gzip,gzip,gzip,gzip,gzip", NULL, v, &out),
                     EM_ERR_UNSUPPORTED);
    assert_int_equal(out.body.len, 0);
    /* spec: RFC9659 3: a frame that asks for a window of 2 GiB. */
    assert_int_equal(
        decode("zstd", NULL, EM_VIEW("\x28\xB5\x2F\xFD\x00\xA8\x01\x00\x00"), &out),
        EM_ERR_FORMAT);
}

/* `len` zeros under gzip or zstd. */
static struct em_view zeros(size_t len, bool zstd, char **room)
{
    size_t size = len / 100 + 4096;
    char *in = calloc(1, len);
    *room = malloc(size);
    assert_true(in && *room);
    size_t made;
    if (zstd) {
        made = ZSTD_compress(*room, size, in, len, 1);
        assert_false(ZSTD_isError(made));
    } else {
        z_stream z = {.next_in = (unsigned char *)in,
                      .avail_in = (unsigned)len,
                      .next_out = (unsigned char *)*room,
                      .avail_out = (unsigned)size};
        assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY),
                         Z_OK);
        assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
        made = z.total_out;
        deflateEnd(&z);
    }
    free(in);
    return em_view_make(*room, made);
}

static void test_the_largest_body_and_one_byte_more(void **state)
{
    (void)state;
    for (int zstd = 0; zstd < 2; zstd++) {
        for (size_t more = 0; more < 2; more++) {
            char *room;
            struct em_http_body out;
            struct em_view v = zeros(EM_MAX_BODY + more, zstd, &room);
            enum em_status status = decode(zstd ? "zstd" : "gzip", NULL, v, &out);
            assert_int_equal(status, more ? EM_ERR_LIMIT : EM_OK);
            assert_int_equal(out.body.len, more ? 0 : EM_MAX_BODY);
            free(room);
        }
    }
}

static void test_each_allocation_fails(void **state)
{
    (void)state;
    static char a[ROOM], b[ROOM], c[ROOM];
    struct em_view text = EM_VIEW(TEXT);
    struct em_view cut = deflated(text, 31, c);
    cut.len -= 4; /* zlib too */
    const struct {
        const char *content, *transfer;
        struct em_view body;
    } rows[] = {
        {"gzip, br", NULL, brotlied(deflated(text, 31, a), b)},
        {"gzip", NULL, cut},
        {"zstd", NULL, zstded(text, a)},
        {NULL, "chunked", EM_VIEW("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")},
    };
    struct em_coder *usual = coder;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        long failed = 0;
        for (long nth = 1;; nth++) {
            struct em_http_body out;
            em_alloc_fail_at(nth, 0);
            enum em_status status = em_coder_new(&coder);
            if (status == EM_OK)
                status = decode(rows[i].content, rows[i].transfer, rows[i].body, &out);
            long made = em_alloc_count();
            em_alloc_fail_at(0, 0);
            if (status != EM_OK) {
                assert_int_equal(status, EM_ERR_NOMEM);
                failed++;
            }
            em_coder_free(coder);
            if (made < nth)
                break;
            assert_in_range(nth, 1, 1000);
        }
        assert_true(failed > 1);
    }
    coder = usual;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chunked),
        cmocka_unit_test(test_every_coding),
        cmocka_unit_test(test_members_and_padding),
        cmocka_unit_test(test_what_was_declared_is_not_there),
        cmocka_unit_test(test_undeclared_gzip),
        cmocka_unit_test(test_every_cut_gives_a_prefix),
        cmocka_unit_test(test_damage_keeps_what_came_before),
        cmocka_unit_test(test_what_cannot_be_undone),
        cmocka_unit_test(test_the_largest_body_and_one_byte_more),
        cmocka_unit_test(test_each_allocation_fails),
    };
    return cmocka_run_group_tests_name("coding", tests, make_coder, free_coder);
}
