/* SPDX-License-Identifier: Apache-2.0
 *
 * Pages of Parquet files: every codec, every encoding, and what is wrong with each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crawler/archive/parquet_codec.h"
#include "crawler/archive/parquet_values.h"

#include <string.h>

/* "tide " twenty times, as other programs compress it (snappy and LZ4 by hand). */
static const struct {
    int codec;
    struct em_view bytes;
} pages[] = {
    {EM_PARQUET_SNAPPY, EM_VIEW("\x64\x10\x74\x69\x64\x65\x20\xfe\x05\x00\x7a\x05\x00")},
    {EM_PARQUET_GZIP,
     EM_VIEW("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x2b\xc9\x4c\x49\x55\x28"
             "\xa1\x2d\x01\x00\x48\xcb\x5d\x0e\x64\x00\x00\x00")},
    {EM_PARQUET_BROTLI,
     EM_VIEW("\x1b\x63\x00\xf8\x8d\x94\x6e\xde\xb4\x2c\x4b\xa3\x2b\x10\xb2\x40"
             "\x2d\x0a\xc8\x17")},
    {EM_PARQUET_LZ4,
     EM_VIEW("\x5f\x74\x69\x64\x65\x20\x05\x00\x47\x50\x74\x69\x64\x65\x20")},
    {EM_PARQUET_ZSTD,
     EM_VIEW("\x28\xb5\x2f\xfd\x00\x58\x65\x00\x00\x28\x74\x69\x64\x65\x20\x01"
             "\x00\x8c\xa9\x68\x01")},
    {EM_PARQUET_LZ4_RAW,
     EM_VIEW("\x5f\x74\x69\x64\x65\x20\x05\x00\x47\x50\x74\x69\x64\x65\x20")},
};
enum { N_PAGES = sizeof(pages) / sizeof(pages[0]), TEXT = 100 };

static void test_codecs(void **state)
{
    (void)state;
    struct em_parquet_inflater *inflater;
    struct em_buf out;
    assert_int_equal(em_parquet_inflater_new(&inflater), EM_OK);
    em_buf_init(&out, 1000);
    for (size_t i = 0; i < N_PAGES; i++) {
        struct em_view b = pages[i].bytes;
        em_buf_clear(&out);
        assert_true(em_parquet_codec_supported(pages[i].codec));
        assert_null(em_parquet_inflate(inflater, pages[i].codec, b, TEXT, &out));
        assert_int_equal(out.len, TEXT);
        for (size_t k = 0; k < TEXT; k++)
            assert_int_equal(out.data[k], "tide "[k % 5]);
        /* Another length than it declares, an end too early, other bytes. */
        em_buf_clear(&out);
        assert_non_null(em_parquet_inflate(inflater, pages[i].codec, b, TEXT - 1, &out));
        em_buf_clear(&out);
        assert_non_null(em_parquet_inflate(inflater, pages[i].codec, b, TEXT + 1, &out));
        em_buf_clear(&out);
        assert_non_null(em_parquet_inflate(inflater, pages[i].codec,
                                           em_view_sub(b, 0, b.len / 2), TEXT, &out));
        em_buf_clear(&out);
        assert_non_null(em_parquet_inflate(inflater, pages[i].codec,
                                           EM_VIEW("\xff\xff\xff\xff\xff"), TEXT, &out));
    }
    assert_false(em_parquet_codec_supported(EM_PARQUET_LZO));
    assert_null(em_parquet_codec_name(EM_PARQUET_CODECS));
    em_buf_release(&out);
    em_parquet_inflater_free(inflater);
}

/* Values of a page in order have these bits or bytes, and then there are no more. */
static void assert_values(enum em_parquet_type type, int length, int encoding,
                          struct em_view page, const struct em_parquet_dictionary *d,
                          const uint64_t *bits, const char *const *texts, size_t n)
{
    struct em_parquet_node node = {.type = type, .length = length};
    struct em_parquet_values v;
    struct em_parquet_cell cell;
    bool unsupported = false;
    em_parquet_values_init(&v);
    assert_null(em_parquet_values_begin(&v, &node, encoding, page, d, &unsupported));
    assert_false(unsupported);
    for (size_t i = 0; i < n; i++) {
        assert_null(em_parquet_values_next(&v, &cell));
        if (bits)
            assert_int_equal(cell.bits, bits[i]);
        else
            assert_true(em_view_eq(cell.bytes, em_view_of(texts[i])));
    }
    if (encoding != EM_PARQUET_RLE && type != EM_PARQUET_BOOLEAN)
        assert_non_null(em_parquet_values_next(&v, &cell));
    em_parquet_values_release(&v);
}

static void test_plain(void **state)
{
    (void)state;
    const uint64_t ints[] = {1, UINT64_MAX}, longs[] = {0x0807060504030201};
    const uint64_t bools[] = {1, 0, 1, 1};
    const char *const texts[] = {"ab", "", "c"}, *const fixed[] = {"abc", "def"};
    assert_values(EM_PARQUET_INT32, 0, EM_PARQUET_PLAIN,
                  EM_VIEW("\x01\0\0\0\xff\xff\xff\xff"), NULL, ints, NULL, 2);
    assert_values(EM_PARQUET_INT64, 0, EM_PARQUET_PLAIN,
                  EM_VIEW("\x01\x02\x03\x04\x05\x06\x07\x08"), NULL, longs, NULL, 1);
    assert_values(EM_PARQUET_BOOLEAN, 0, EM_PARQUET_PLAIN, EM_VIEW("\x0d"), NULL, bools,
                  NULL, 4);
    assert_values(EM_PARQUET_BYTES, 0, EM_PARQUET_PLAIN,
                  EM_VIEW("\x02\0\0\0ab\0\0\0\0\x01\0\0\0c"), NULL, NULL, texts, 3);
    assert_values(EM_PARQUET_FIXED, 3, EM_PARQUET_PLAIN, EM_VIEW("abcdef"), NULL, NULL,
                  fixed, 2);
}

/* The bytes of values side by side: first bytes, second bytes, ... */
static void test_split(void **state)
{
    (void)state;
    const uint64_t ints[] = {0x04030201, 0x14131211};
    assert_values(EM_PARQUET_INT32, 0, EM_PARQUET_BYTE_STREAM_SPLIT,
                  EM_VIEW("\x01\x11\x02\x12\x03\x13\x04\x14"), NULL, ints, NULL, 2);
}

static void test_dictionary(void **state)
{
    (void)state;
    struct em_parquet_node node = {.type = EM_PARQUET_BYTES};
    struct em_parquet_dictionary d = {.n = 0};
    struct em_parquet_values v;
    struct em_parquet_cell cell;
    bool unsupported;
    const char *const texts[] = {"b", "a", "b", "b"};
    struct em_view words = EM_VIEW("\x01\0\0\0a\x01\0\0\0b");
    assert_null(em_parquet_dictionary_read(&d, &node, words, 2));
    /* One bit an index: a packed run of eight (1, 0, 1, 1, ...). */
    em_parquet_values_init(&v);
    assert_null(em_parquet_values_begin(&v, &node, EM_PARQUET_PLAIN_DICTIONARY,
                                        EM_VIEW("\x01\x03\x0d"), &d, &unsupported));
    for (size_t i = 0; i < 4; i++) {
        assert_null(em_parquet_values_next(&v, &cell));
        assert_true(em_view_eq(cell.bytes, em_view_of(texts[i])));
    }
    em_parquet_values_release(&v);
    /* Index 2 of two, and more bits than an index has. */
    em_parquet_values_init(&v);
    assert_null(em_parquet_values_begin(&v, &node, EM_PARQUET_RLE_DICTIONARY,
                                        EM_VIEW("\x02\x02\x02"), &d, &unsupported));
    assert_string_equal(em_parquet_values_next(&v, &cell),
                        "a dictionary index is out of range");
    assert_non_null(em_parquet_values_begin(&v, &node, EM_PARQUET_RLE_DICTIONARY,
                                            EM_VIEW("\x21\x02\x02"), &d, &unsupported));
    assert_non_null(em_parquet_values_begin(&v, &node, EM_PARQUET_RLE_DICTIONARY,
                                            EM_VIEW("\x01\x03\x0d"), NULL, &unsupported));
    em_parquet_values_release(&v);
    em_parquet_dictionary_release(&d);
    /* Fewer than it says. */
    assert_non_null(em_parquet_dictionary_read(&d, &node, words, 3));
    em_parquet_dictionary_release(&d);
}

static void test_damage(void **state)
{
    (void)state;
    struct em_parquet_node node = {.type = EM_PARQUET_BYTES};
    struct em_parquet_values v;
    struct em_parquet_cell cell;
    bool unsupported = false;
    em_parquet_values_init(&v);
    assert_null(em_parquet_values_begin(
        &v, &node, EM_PARQUET_PLAIN, EM_VIEW("\xff\xff\xff\x7fx"), NULL, &unsupported));
    assert_string_equal(em_parquet_values_next(&v, &cell),
                        "a string is longer than its page");
    node.type = EM_PARQUET_BOOLEAN;
    assert_non_null(em_parquet_values_begin(&v, &node, EM_PARQUET_DELTA_BYTE_ARRAY,
                                            EM_VIEW("\x01"), NULL, &unsupported));
    assert_true(unsupported);
    em_parquet_values_release(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codecs), cmocka_unit_test(test_plain),
        cmocka_unit_test(test_split),  cmocka_unit_test(test_dictionary),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
