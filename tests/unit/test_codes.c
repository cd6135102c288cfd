/* SPDX-License-Identifier: Apache-2.0
 *
 * Hexadecimal, base32 and base64: the vectors of RFC 4648 section 10, both ways, and what is
 * refused. Whole files: read, written whole, read by lines.
 */
#include "tests/unit/scratch.h"

#include "base/file.h"
#include "base/wire/codes.h"

static void vectors_both_ways(void **state)
{
    static const struct {
        const char *plain, *hex, *base32, *base64;
    } cases[] = {{"", "", "", ""},
                 {"f", "66", "MY", "Zg=="},
                 {"fo", "666f", "MZXQ", "Zm8="},
                 {"foo", "666f6f", "MZXW6", "Zm9v"},
                 {"foob", "666f6f62", "MZXW6YQ", "Zm9vYg=="},
                 {"fooba", "666f6f6261", "MZXW6YTB", "Zm9vYmE="},
                 {"foobar", "666f6f626172", "MZXW6YTBOI", "Zm9vYmFy"},
                 {"\xff\xfe\xfd", "fffefd", "777P2", "//79"}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct em_view plain = em_view_of(cases[i].plain);
        char text[32];
        uint8_t back[16];
        size_t n = plain.len, bytes;
        em_hex_write(text, plain);
        assert_string_equal(text, cases[i].hex);
        assert_int_equal(strlen(text), EM_HEX_SIZE(n));
        assert_true(em_hex_read(em_view_of(text), back, n));
        assert_memory_equal(back, plain.data, n);
        em_base32_write(text, plain);
        assert_string_equal(text, cases[i].base32);
        assert_int_equal(strlen(text), EM_BASE32_SIZE(n));
        assert_true(em_base32_read(em_view_of(text), back, n));
        assert_memory_equal(back, plain.data, n);
        em_base64_write(text, plain);
        assert_string_equal(text, cases[i].base64);
        assert_int_equal(strlen(text), EM_BASE64_SIZE(n));
        assert_true(em_base64_bytes(em_view_of(text), &bytes));
        assert_int_equal(bytes, n);
        assert_true(em_base64_read(em_view_of(text), back, n));
        assert_memory_equal(back, plain.data, n);
    }
}

static void other_spellings_and_refusals(void **state)
{
    uint8_t back[16];
    size_t n;
    (void)state;
    assert_true(em_hex_read(EM_VIEW("fFfE"), back, 2));
    assert_int_equal(back[0], 0xff);
    assert_true(em_base32_read(EM_VIEW("mzxw6==="), back, 3));
    assert_memory_equal(back, "foo", 3);
    assert_true(em_base64_read(EM_VIEW("__79"), back, 3));
    assert_int_equal(back[2], 0xfd);
    assert_false(em_hex_read(EM_VIEW("666"), back, 1));
    assert_false(em_hex_read(EM_VIEW("6g"), back, 1));
    assert_false(em_hex_read(EM_VIEW("6666"), back, 1));
    assert_false(em_base32_read(EM_VIEW("MZXW1"), back, 3));
    assert_false(em_base32_read(EM_VIEW("MZXW6"), back, 4));
    assert_false(em_base64_read(EM_VIEW("Zm9*"), back, 3));
    assert_false(em_base64_read(EM_VIEW("Zm9v"), back, 2));
    assert_false(em_base64_bytes(EM_VIEW("Zm9"), &n));
    assert_int_equal(em_hex_digit('9'), 9);
    assert_int_equal(em_hex_digit('F'), 15);
    assert_int_equal(em_hex_digit('g'), -1);
    assert_int_equal(em_hex_digit('/'), -1);
}

static void files_whole_and_by_lines(void **state)
{
    char path[4096], part[4200];
    struct em_buf out;
    struct em_err err = {.status = EM_OK};
    (void)state;
    em_buf_init(&out, 64);
    scratch(path, "a/b/file");
    assert_int_equal(em_file_write(path, EM_VIEW("one\r\n\nlast"), &err), EM_OK);
    snprintf(part, sizeof(part), "%s.part", path);
    assert_int_equal(access(part, F_OK), -1);
    assert_int_equal(em_read_file(path, &out, &err), EM_OK);
    assert_string_equal(out.data, "one\r\n\nlast");
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    assert_int_equal(em_line_read(in, &out), EM_OK);
    assert_string_equal(out.data, "one");
    assert_int_equal(em_line_read(in, &out), EM_OK);
    assert_int_equal(out.len, 0);
    assert_int_equal(em_line_read(in, &out), EM_OK);
    assert_string_equal(out.data, "last");
    assert_int_equal(em_line_read(in, &out), EM_END);
    fclose(in);
    /* What is larger than the buffer may be is an error, and a folder is no file. */
    char large[100];
    memset(large, 'x', sizeof(large));
    em_buf_clear(&out);
    assert_int_equal(em_file_write(path, em_view_make(large, sizeof(large)), &err),
                     EM_OK);
    assert_int_equal(em_read_file(path, &out, &err), EM_ERR_LIMIT);
    /* What fills it to the last byte is not, and is added to what it holds. */
    em_buf_clear(&out);
    assert_int_equal(em_buf_append_view(&out, EM_VIEW("head")), EM_OK);
    assert_int_equal(em_file_write(path, em_view_make(large, 60), &err), EM_OK);
    assert_int_equal(em_read_file(path, &out, &err), EM_OK);
    assert_int_equal(out.len, 64);
    assert_memory_equal(out.data, "headxx", 6);
    assert_int_equal(em_file_write(path, EM_VIEW(""), &err), EM_OK);
    em_buf_clear(&out);
    assert_int_equal(em_read_file(path, &out, &err), EM_OK);
    assert_int_equal(out.len, 0);
    assert_int_equal(em_file_write(scratch(path, "a/b"), EM_VIEW("x"), &err), EM_ERR_IO);
    assert_true(em_read_file(scratch(path, "none"), &out, &err) < 0);
    em_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_both_ways),
        cmocka_unit_test(other_spellings_and_refusals),
        cmocka_unit_test(files_whole_and_by_lines),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
