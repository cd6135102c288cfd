/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole Parquet files of one column, put together by hand: pages of the second kind with
 * nulls and the DELTA encodings; rows that are longer than the limit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "crawler/archive/archive.h"
#include "crawler/archive/parquet_codec.h"
#include "crawler/archive/parquet_write.h"

#include <string.h>

enum { I32 = 5, I64 = 6, BINARY = 8, LIST = 9, STRUCT = 12, TRUE = 1, FALSE = 2 };

/* --- Thrift's compact protocol ------------------------------------------------------------ */

static void put(struct em_buf *out, unsigned byte)
{
    assert_int_equal(em_buf_putc(out, (char)byte), EM_OK);
}

static void put_varint(struct em_buf *out, uint64_t value)
{
    for (; value > 127; value >>= 7)
        put(out, (unsigned)(value & 127) | 128);
    put(out, (unsigned)value);
}

/* Fields of these structs are close together: the header holds the difference. */
static void put_field(struct em_buf *out, unsigned difference, unsigned type)
{
    put(out, difference << 4 | type);
}

static void put_int(struct em_buf *out, unsigned difference, unsigned type, size_t value)
{
    put_field(out, difference, type);
    put_varint(out, 2 * (uint64_t)value);
}

static void put_text(struct em_buf *out, struct em_view text)
{
    put_varint(out, text.len);
    assert_int_equal(em_buf_append_view(out, text), EM_OK);
}

/* --- a file ------------------------------------------------------------------------------- */

struct page {
    int type, encoding, codec; /* of values */
    bool packed;
    size_t rows, nulls;
    struct em_view levels, values;
};

static void put_page(struct em_buf *out, const struct page *p)
{
    size_t size = p->levels.len + p->values.len;
    put_int(out, 1, I32, 3); /* DATA_PAGE_V2 */
    put_int(out, 1, I32, size);
    put_int(out, 1, I32, size);
    put_field(out, 5, STRUCT);
    put_int(out, 1, I32, p->rows);
    put_int(out, 1, I32, p->nulls);
    put_int(out, 1, I32, p->rows);
    put_int(out, 1, I32, (size_t)p->encoding);
    put_int(out, 1, I32, p->levels.len);
    put_int(out, 1, I32, 0);
    put_field(out, 1, p->packed ? TRUE : FALSE);
    put(out, 0);
    put(out, 0);
    assert_int_equal(em_buf_append_view(out, p->levels), EM_OK);
    assert_int_equal(em_buf_append_view(out, p->values), EM_OK);
}

static void put_schema(struct em_buf *out, const struct page *p)
{
    put_field(out, 1, LIST);
    put(out, 2 << 4 | STRUCT);
    put_field(out, 4, BINARY); /* the root: name, children */
    put_text(out, EM_VIEW("root"));
    put_int(out, 1, I32, 1);
    put(out, 0);
    put_int(out, 1, I32, (size_t)p->type);
    put_int(out, 2, I32, 1); /* OPTIONAL */
    put_field(out, 1, BINARY);
    put_text(out, EM_VIEW("text"));
    put(out, 0);
}

static void put_group(struct em_buf *out, const struct page *p, size_t size)
{
    put_field(out, 1, LIST);
    put(out, 1 << 4 | STRUCT);
    put_field(out, 1, LIST); /* columns */
    put(out, 1 << 4 | STRUCT);
    put_int(out, 2, I64, 4);
    put_field(out, 1, STRUCT);
    put_int(out, 1, I32, (size_t)p->type);
    put_field(out, 1, LIST);
    put(out, 1 << 4 | I32);
    put_varint(out, 2 * (uint64_t)p->encoding);
    put_field(out, 1, LIST);
    put(out, 1 << 4 | BINARY);
    put_text(out, EM_VIEW("text"));
    put_int(out, 1, I32, (size_t)p->codec);
    put_int(out, 1, I64, p->rows);
    put_int(out, 1, I64, size);
    put_int(out, 1, I64, size);
    put_int(out, 2, I64, 4);
    put(out, 0);
    put(out, 0);
    put_int(out, 1, I64, size);
    put_int(out, 1, I64, p->rows);
    put(out, 0);
}

static void put_file(struct em_buf *out, const struct page *p)
{
    em_buf_init(out, 10000);
    assert_int_equal(em_buf_append(out, "PAR1", 4), EM_OK);
    put_page(out, p);
    size_t pages = out->len;
    put_int(out, 1, I32, 2);
    put_schema(out, p);
    put_int(out, 1, I64, p->rows);
    put_group(out, p, pages - 4);
    put(out, 0);
    size_t footer = out->len - pages;
    for (int i = 0; i < 4; i++)
        put(out, (unsigned)(footer >> 8 * i) & 255);
    assert_int_equal(em_buf_append(out, "PAR1", 4), EM_OK);
}

/* Each row's line, or the damage, one after the other with a blank after each. */
static void read_all(struct em_view file, struct em_buf *lines)
{
    const struct em_source_options options = {.text_optional = true, .all_columns = true};
    struct em_source *source;
    struct em_record record;
    struct em_err err = {.text = ""};
    em_buf_init(lines, 10000);
    if (em_source_open_memory(&source, file, "made", &options, &err) != EM_OK)
        fail_msg("%s", err.text);
    while (em_source_next(source, &record, &err) == EM_OK) {
        struct em_view text = record.error ? em_view_of(record.error) : record.block;
        assert_int_equal(em_buf_append_view(lines, text), EM_OK);
        put(lines, ' ');
    }
    put(lines, '\0');
    em_source_free(source);
}

static void assert_lines(const struct page *page, const char *wanted)
{
    struct em_buf file, lines;
    put_file(&file, page);
    read_all(em_buf_view(&file), &lines);
    assert_string_equal(lines.data, wanted);
    em_buf_release(&file);
    em_buf_release(&lines);
}

/* Which of three rows have a value: one packed group of eight levels. */
#define FIRST_AND_LAST EM_VIEW("\x03\x05")
#define ALL_NULL       EM_VIEW("\x06\x00") /* a run of three zeros */

static void test_second_kind(void **state)
{
    (void)state;
    const struct page plain = {.type = EM_PARQUET_BYTES,
                               .encoding = EM_PARQUET_PLAIN,
                               .rows = 3,
                               .nulls = 1,
                               .levels = FIRST_AND_LAST,
                               .values = EM_VIEW("\x02\0\0\0ab\x01\0\0\0c")};
    assert_lines(&plain, "{\"text\":\"ab\"} {\"text\":null} {\"text\":\"c\"} ");
    /* The flag says whether values are compressed, not the codec of the column. */
    struct page page = plain;
    page.codec = EM_PARQUET_SNAPPY;
    assert_lines(&page, "{\"text\":\"ab\"} {\"text\":null} {\"text\":\"c\"} ");
    page.packed = true;
    page.codec = EM_PARQUET_UNCOMPRESSED;
    assert_lines(&page, "{\"text\":\"ab\"} {\"text\":null} {\"text\":\"c\"} ");
}

static void test_no_values(void **state)
{
    (void)state;
    struct page page = {.type = EM_PARQUET_BYTES,
                        .encoding = EM_PARQUET_PLAIN,
                        .rows = 3,
                        .nulls = 3,
                        .levels = ALL_NULL,
                        .values = EM_VIEW("")};
    assert_lines(&page, "{\"text\":null} {\"text\":null} {\"text\":null} ");
    page.encoding = EM_PARQUET_DELTA_BYTE_ARRAY; /* no value: no header either */
    page.codec = EM_PARQUET_ZSTD;
    assert_lines(&page, "{\"text\":null} {\"text\":null} {\"text\":null} ");
}

/* Blocks of 128, four miniblocks, two values; differences are alike, so they take no bits. */
#define TWO     "\x80\x01\x04\x02"
#define NO_BITS "\0\0\0\0"

static void test_deltas(void **state)
{
    (void)state;
    const struct {
        enum em_parquet_type type;
        int encoding;
        struct em_view values;
        const char *wanted;
    } cases[] = {
        {EM_PARQUET_INT64, EM_PARQUET_DELTA_BINARY_PACKED,
         EM_VIEW(TWO "\x0e\x03" NO_BITS),
         "{\"text\":\"7\"} {\"text\":null} {\"text\":\"5\"} "},
        {EM_PARQUET_BYTES, EM_PARQUET_DELTA_LENGTH_BYTE_ARRAY,
         EM_VIEW(TWO "\x04\x01" NO_BITS "abc"),
         "{\"text\":\"ab\"} {\"text\":null} {\"text\":\"c\"} "},
        {EM_PARQUET_BYTES, EM_PARQUET_DELTA_BYTE_ARRAY,
         EM_VIEW(TWO "\0\x04" NO_BITS TWO "\x08\x05" NO_BITS "abcdx"),
         "{\"text\":\"abcd\"} {\"text\":null} {\"text\":\"abx\"} "},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct page page = {.type = (int)cases[i].type,
                                  .encoding = cases[i].encoding,
                                  .rows = 3,
                                  .nulls = 1,
                                  .levels = FIRST_AND_LAST,
                                  .values = cases[i].values};
        assert_lines(&page, cases[i].wanted);
    }
}

static void assert_damage(const struct page *page, const char *wanted)
{
    struct em_buf file, lines;
    put_file(&file, page);
    read_all(em_buf_view(&file), &lines);
    if (!strstr(lines.data, wanted))
        fail_msg("'%s' is not in '%s'", wanted, lines.data);
    em_buf_release(&file);
    em_buf_release(&lines);
}

static void test_damaged_pages(void **state)
{
    (void)state;
    struct page page = {.type = EM_PARQUET_BYTES,
                        .encoding = EM_PARQUET_PLAIN,
                        .rows = 3,
                        .levels = FIRST_AND_LAST,
                        .values = EM_VIEW("\x02\0\0\0ab")};
    /* The second value is not there: the first row stands. */
    assert_damage(&page, "{\"text\":\"ab\"} ");
    assert_damage(&page, "row group 0: column 'text'");
    page.levels = EM_VIEW("\x02\x01"); /* one level for three rows */
    assert_damage(&page, "row group 0: column 'text'");
    page.levels = EM_VIEW("\x06\x02"); /* above the highest */
    assert_damage(&page, "row group 0: column 'text'");
    page.levels = FIRST_AND_LAST;
    page.encoding =
        EM_PARQUET_DELTA_BYTE_ARRAY; /* a suffix that is longer than its page */
    page.values = EM_VIEW(TWO "\0\x04" NO_BITS TWO "\x08\x05" NO_BITS "ab");
    assert_damage(&page, "row group 0: column 'text'");
}

/* --- rows longer than the limit ----------------------------------------------------------- */

static bool append_bytes(void *context, struct em_view bytes)
{
    return em_buf_append_view(context, bytes) == EM_OK;
}

/* A row that is longer as a line than a line may be is too big, and costs no other row. */
static void test_long_row(void **state)
{
    (void)state;
    const struct em_parquet_field field = {"text", EM_PARQUET_BYTES, false};
    const size_t size = EM_MAX_LINE + 1;
    struct em_parquet_writer *w;
    struct em_buf file;
    struct em_err err = {.text = ""};
    char *bytes = em_malloc(size);
    assert_non_null(bytes);
    memset(bytes, 'a', size);
    const struct em_view texts[] = {EM_VIEW("before"), em_view_make(bytes, size),
                                    EM_VIEW("after")};
    em_buf_init(&file, 2 * size);
    assert_int_equal(em_parquet_writer_new(&w, append_bytes, &file, &field, 1, &err),
                     EM_OK);
    for (size_t i = 0; i < 3; i++) {
        const struct em_parquet_cell cell = {.bytes = texts[i]};
        assert_int_equal(em_parquet_writer_set(w, 0, &cell), EM_OK);
        assert_int_equal(em_parquet_writer_row(w, &err), EM_OK);
    }
    assert_int_equal(em_parquet_writer_end(w, NULL, 0, &err), EM_OK);
    em_parquet_writer_free(w);
    em_free(bytes);
    const struct em_source_options options = {.carry = true, .all_columns = true};
    struct em_source *source;
    struct em_record record;
    assert_int_equal(
        em_source_open_memory(&source, em_buf_view(&file), "made", &options, &err),
        EM_OK);
    for (uint64_t row = 0; row < 3; row++) {
        assert_int_equal(em_source_next(source, &record, &err), EM_OK);
        assert_int_equal(record.origin.row, row);
        assert_int_equal(record.too_big, row == 1);
        assert_int_equal(record.row.len == 0, row == 1);
        assert_int_equal(record.error != NULL, row == 1);
        assert_true(row != 1 || record.block.len < 10000);
    }
    assert_int_equal(em_source_next(source, &record, &err), EM_END);
    em_source_free(source);
    em_buf_release(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_second_kind), cmocka_unit_test(test_no_values),
        cmocka_unit_test(test_deltas),      cmocka_unit_test(test_damaged_pages),
        cmocka_unit_test(test_long_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
