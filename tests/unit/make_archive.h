/* SPDX-License-Identifier: Apache-2.0
 *
 * Builds small archives in memory for the archive tests, and reads them back as one line of
 * text that names each record: "warcinfo response! damage!" ('!': with an error, '^': too
 * big). Included by tests only, after cmocka.
 */
#ifndef EM_TESTS_UNIT_MAKE_ARCHIVE_H
#define EM_TESTS_UNIT_MAKE_ARCHIVE_H

#include "base/hash.h"
#include "base/limits.h"
#include "crawler/archive/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

/* Bytes that grow; the test ends when memory does. */
struct bytes {
    char *data;
    size_t len, cap;
};

static inline struct em_view view_of(const struct bytes *b)
{
    return (struct em_view){b->data, b->len};
}

static inline void add(struct bytes *b, const void *data, size_t len)
{
    if (b->cap - b->len < len) {
        b->cap = 2 * b->cap + len;
        b->data = realloc(b->data, b->cap);
        assert_non_null(b->data);
    }
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
}

static inline void add_text(struct bytes *b, const char *text)
{
    add(b, text, strlen(text));
}

static inline void add_fill(struct bytes *b, int c, size_t n)
{
    char block[4096];
    memset(block, c, sizeof(block));
    for (; n > sizeof(block); n -= sizeof(block))
        add(b, block, sizeof(block));
    add(b, block, n);
}

static inline void drop(struct bytes *b)
{
    free(b->data);
    *b = (struct bytes){NULL, 0, 0};
}

/* --- WARC and ARC --------------------------------------------------------------------- */

#define HTTP_TEXT                                                                        \
    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello."

/* A record with `length` as its Content-Length (NULL: none), `text` as block and `end`. */
static inline void add_warc_as(struct bytes *b, const char *type, const char *length,
                               const char *text, const char *end)
{
    char head[512];
    snprintf(
        head, sizeof(head),
        "WARC/1.0\r\nWARC-Type: %s\r\nWARC-Target-URI: http://example.org/\r\n"
        "WARC-Date: 2024-05-18T01:58:10Z\r\nWARC-Record-ID: <urn:uuid:%s>\r\n%s%s%s\r\n",
        type, type, length ? "Content-Length: " : "", length ? length : "",
        length ? "\r\n" : "");
    add_text(b, head);
    add_text(b, text);
    add_text(b, end);
}

static inline void add_warc(struct bytes *b, const char *type, const char *text)
{
    char length[32];
    snprintf(length, sizeof(length), "%zu", strlen(text));
    add_warc_as(b, type, length, text, "\r\n\r\n");
}

static inline void add_info(struct bytes *b)
{
    add_warc(b, "warcinfo", "software: test\r\n");
}

static inline void add_response(struct bytes *b)
{
    add_warc(b, "response", HTTP_TEXT);
}

static inline void add_arc_as(struct bytes *b, const char *url, const char *tail,
                              const char *text, const char *end)
{
    char head[512];
    snprintf(head, sizeof(head), "%s 192.0.2.1 20080430204825 text/html %s\n", url, tail);
    add_text(b, head);
    add_text(b, text);
    add_text(b, end);
}

static inline void add_arc(struct bytes *b, const char *url, const char *text)
{
    char length[32];
    snprintf(length, sizeof(length), "%zu", strlen(text));
    add_arc_as(b, url, length, text, "\n");
}

static inline void add_filedesc(struct bytes *b)
{
    add_arc(b, "filedesc://x.arc",
            "1 0 Test\nURL IP-address Archive-date Content-type Archive-length\n");
}

/* --- containers ----------------------------------------------------------------------- */

static inline void add_member_level(struct bytes *b, struct em_view plain, int level)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)plain.data, .avail_in = (uInt)plain.len};
    assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    size_t room = deflateBound(&z, (uLong)plain.len) + 64;
    char *out = malloc(room);
    assert_non_null(out);
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    add(b, out, room - z.avail_out);
    free(out);
    deflateEnd(&z);
}

static inline void add_member(struct bytes *b, struct em_view plain)
{
    add_member_level(b, plain, 6);
}

/* A gzip member of `head`, `zeros` MiB of zeros and `tail`, made from one deflated MiB that
 * is repeated: a bomb costs nothing to make. */
static inline void add_bomb(struct bytes *b, struct em_view head, size_t zeros,
                            struct em_view tail)
{
    static const unsigned char gzip_header[10] = {0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3};
    Bytef *mib = calloc(1, EM_MIB);
    char out[65536];
    assert_non_null(mib);
    uLong crc = crc32(0, (const Bytef *)head.data, (uInt)head.len);
    uLong crc_mib = crc32(0, mib, EM_MIB);
    z_stream z = {.next_in = (Bytef *)(uintptr_t)head.data, .avail_in = (uInt)head.len};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    add(b, gzip_header, sizeof(gzip_header));
    const struct em_view parts[] = {head, {(const char *)mib, EM_MIB}, tail};
    for (int i = 0; i < 3; i++) {
        z.next_in = (Bytef *)(uintptr_t)parts[i].data;
        z.avail_in = (uInt)parts[i].len;
        z.next_out = (Bytef *)out;
        z.avail_out = sizeof(out);
        int code = deflate(&z, i == 2 ? Z_FINISH : Z_FULL_FLUSH);
        assert_int_equal(code, i == 2 ? Z_STREAM_END : Z_OK);
        for (size_t n = i == 1 ? zeros : 1; n > 0; n--) {
            add(b, out, sizeof(out) - z.avail_out);
            if (i == 1)
                crc = crc32_combine(crc, crc_mib, EM_MIB);
        }
    }
    crc = crc32(crc, (const Bytef *)tail.data, (uInt)tail.len);
    uint64_t size = head.len + (uint64_t)zeros * EM_MIB + tail.len;
    for (int i = 0; i < 4; i++)
        add(b, &(unsigned char){(unsigned char)(crc >> (8 * i))}, 1);
    for (int i = 0; i < 4; i++)
        add(b, &(unsigned char){(unsigned char)(size >> (8 * i))}, 1);
    deflateEnd(&z);
    free(mib);
}

static inline void add_frame_with(struct bytes *b, struct em_view plain,
                                  struct em_view dictionary)
{
    size_t room = ZSTD_compressBound(plain.len);
    char *out = malloc(room);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    assert_non_null(out);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_loadDictionary(context, dictionary.data, dictionary.len);
    size_t made = ZSTD_compress2(context, out, room, plain.data, plain.len);
    assert_false(ZSTD_isError(made));
    add(b, out, made);
    ZSTD_freeCCtx(context);
    free(out);
}

static inline void add_frame(struct bytes *b, struct em_view plain)
{
    add_frame_with(b, plain, EM_VIEW_NONE);
}

static inline void add_skippable(struct bytes *b, uint32_t magic, struct em_view content)
{
    uint32_t words[2] = {magic, (uint32_t)content.len};
    for (int w = 0; w < 2; w++)
        for (int i = 0; i < 4; i++)
            add(b, &(unsigned char){(unsigned char)(words[w] >> (8 * i))}, 1);
    add(b, content.data, content.len);
}

/* --- reading back --------------------------------------------------------------------- */

struct seen {
    char text[4096];  /* the records by name */
    char reason[256]; /* the first error */
    uint64_t offset[64], length[64], block_length[64];
    uint64_t hash;
    size_t n;
};

static inline void see(struct seen *seen, const struct em_record *r)
{
    size_t at = strlen(seen->text);
    if (at + 40 < sizeof(seen->text))
        snprintf(seen->text + at, sizeof(seen->text) - at, "%s%s%s%s", at ? " " : "",
                 em_record_type_name(r->type), r->error ? "!" : "",
                 r->too_big ? "^" : "");
    if (r->error && !seen->reason[0])
        snprintf(seen->reason, sizeof(seen->reason), "%s", r->error);
    if (seen->n < 64) {
        seen->offset[seen->n] = r->origin.offset;
        seen->length[seen->n] = r->origin.length;
        seen->block_length[seen->n] = r->block_length;
    }
    assert_int_equal(r->origin.number, seen->n);
    const struct em_view views[] = {
        r->version, r->url,       r->date, r->mime,    r->header,
        r->block,   r->truncated, r->lang, r->payload, em_view_of(r->error)};
    for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++)
        seen->hash = em_hash64(views[i].data ? views[i].data : "", views[i].len,
                               seen->hash + views[i].len);
    uint64_t numbers[] = {r->origin.offset, r->block_length, (uint64_t)r->http_status};
    seen->hash = em_hash64(numbers, sizeof(numbers), seen->hash);
    seen->n++;
}

static inline void read_with(struct seen *seen, struct em_view bytes,
                             const struct em_source_options *options)
{
    struct em_source *source;
    struct em_record r;
    struct em_err err = {.status = EM_OK};
    *seen = (struct seen){.hash = 1};
    assert_int_equal(em_source_open_memory(&source, bytes, "test", options, &err), EM_OK);
    enum em_status status;
    while ((status = em_source_next(source, &r, &err)) == EM_OK)
        see(seen, &r);
    assert_int_equal(status, EM_END);
    /* The end stays the end. */
    assert_int_equal(em_source_next(source, &r, &err), EM_END);
    assert_true(em_source_position(source) <= bytes.len);
    em_source_free(source);
}

/* The records of `bytes` are `expected`, and the same whatever the portions. */
static inline void expect_records(struct em_view bytes, const char *expected,
                                  struct seen *out)
{
    static const size_t chunks[] = {1, 2, 3, 5, 7, 16, 61, 256, 1000, 4096, 65536};
    struct seen whole, parts;
    struct em_source_options options = {.keep_all = true};
    read_with(&whole, bytes, &options);
    assert_string_equal(whole.text, expected);
    for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
        options.chunk = chunks[i];
        read_with(&parts, bytes, &options);
        assert_string_equal(parts.text, expected);
        assert_int_equal(parts.hash, whole.hash);
    }
    if (out)
        *out = whole;
}

#endif
