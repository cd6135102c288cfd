/* SPDX-License-Identifier: Apache-2.0
 *
 * Kinds of input found by content, lines, whole files, files and pipes, failing memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "tests/unit/make_archive.h"

#include <unistd.h>

static const struct {
    const char *text, *format, *records;
} kinds[] = {
    {"", "empty", ""},
    {"WARC/1.0\r\nWARC-Type: metadata\r\nContent-Length: 0\r\n\r\n\r\n\r\n", "warc",
     "metadata"},
    {"\r\n\nWARC/0.18\nWARC-Type: metadata\nContent-Length: 0\n\n", "warc", "metadata"},
    {"filedesc://x 0.0.0.0 20080430204825 text/plain 5\n1 0 X\n", "arc", "arc_header"},
    {"http://e.org/ 192.0.2.1 20080430204825 text/html 3\nabc\n", "arc", "arc"},
    {"{\"text\":\"a\"}\n{\"text\":\"b\"}", "jsonl", "json json"},
    {" {\n", "text", "file"},
    {"{\\rtf1 text}", "text", "file"},
    {"<!DOCTYPE html><p>Hi", "html", "file"},
    {"\n <HTML>", "html", "file"},
    {"\xEF\xBB\xBF<html>", "html", "file"},
    {"<3 is not markup", "text", "file"},
    {"WARCs are archives.", "text", "file"},
    {"http://example.org/ is a site.\n", "text", "file"},
    {"Plain text.\n", "text", "file"},
};

static void test_kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        for (int container = 0; container < 3; container++) {
            struct bytes b = {NULL, 0, 0};
            struct em_view text = em_view_of(kinds[i].text);
            struct em_source_options options = {.keep_all = true};
            struct em_source *source;
            if (container == 0)
                add(&b, text.data, text.len);
            else if (container == 1)
                add_member(&b, text);
            else
                add_frame(&b, text);
            expect_records(view_of(&b), kinds[i].records, NULL);
            assert_int_equal(
                em_source_open_memory(&source, view_of(&b), "t", &options, NULL), EM_OK);
            assert_string_equal(em_source_format(source), kinds[i].format);
            em_source_free(source);
            drop(&b);
        }
}

static void test_lines(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":1}\r\n{\"b\":2}\nnot json\n{\"c\":3}";
    struct bytes b = {NULL, 0, 0};
    for (int compressed = 0; compressed < 2; compressed++) {
        struct seen seen, rest;
        if (compressed)
            add_member(&b, EM_VIEW(text));
        else
            add_text(&b, text);
        expect_records(view_of(&b), "json json json json", &seen);
        /* Lines have places in what is decompressed. */
        assert_int_equal(seen.offset[1], 9);
        assert_int_equal(seen.offset[3], 26);
        assert_int_equal(seen.block_length[0], 7);
        for (size_t i = 0; i < seen.n; i++) {
            struct em_source_options options = {.keep_all = true,
                                                .start_offset = seen.offset[i]};
            read_with(&rest, view_of(&b), &options);
            assert_int_equal(rest.n, seen.n - i);
            if (i)
                assert_int_equal(rest.offset[0], seen.offset[i]);
        }
        drop(&b);
    }
}

static void test_line_over_the_limit(void **state)
{
    (void)state;
    struct bytes b = {NULL, 0, 0};
    struct seen seen;
    struct em_source_options options = {.keep_all = true};
    add_text(&b, "{\"text\":\"");
    add_fill(&b, 'x', EM_MAX_LINE + 2 * EM_MIB);
    add_text(&b, "\"}\n{\"text\":\"next\"}\n");
    read_with(&seen, view_of(&b), &options);
    assert_int_equal(seen.n, 2);
    assert_string_equal(seen.text, "json!^ json");
    drop(&b);
}

static void test_lines_and_damage(void **state)
{
    (void)state;
    struct bytes b = {NULL, 0, 0};
    struct seen seen;
    struct em_source_options options = {.keep_all = true};
    add_member(&b, EM_VIEW("{\"a\":1}\n{\"b\":2}\n"));
    b.data[b.len - 6] ^= 1; /* CRC */
    add_member(&b, EM_VIEW("{\"c\":3}\n"));
    read_with(&seen, view_of(&b), &options);
    assert_string_equal(seen.text, "json json damage! json");
    drop(&b);
}

static void test_file_over_the_limit(void **state)
{
    (void)state;
    struct bytes b = {NULL, 0, 0};
    struct seen seen;
    struct em_source_options options = {.keep_all = true};
    add_fill(&b, 'x', EM_MAX_BLOCK + 1);
    read_with(&seen, view_of(&b), &options);
    assert_string_equal(seen.text, "file^");
    drop(&b);
}

/* --- files and pipes ------------------------------------------------------------------- */

static void read_path(struct seen *seen, const char *path)
{
    struct em_source *source;
    struct em_record r;
    struct em_source_options options = {.keep_all = true};
    struct em_err err = {.status = EM_OK};
    *seen = (struct seen){.hash = 1};
    assert_int_equal(em_source_open(&source, path, &options, &err), EM_OK);
    while (em_source_next(source, &r, &err) == EM_OK)
        see(seen, &r);
    assert_int_equal(err.status, EM_OK);
    em_source_free(source);
}

static void test_file_pipe_and_memory_are_the_same(void **state)
{
    (void)state;
    struct bytes b = {NULL, 0, 0};
    struct seen memory, file, piped;
    struct em_source_options options = {.keep_all = true};
    add_info(&b);
    add_warc_as(&b, "response", "300000", HTTP_TEXT, "\r\n\r\n"); /* wrong */
    for (int i = 0; i < 10; i++) {
        char head[100];
        size_t length = 30000u << i % 6;
        snprintf(head, sizeof(head),
                 "WARC/1.0\r\nWARC-Type: request\r\nContent-Length: %zu\r\n\r\n", length);
        add_text(&b, head);
        add_fill(&b, 'r', length);
        add_text(&b, "\r\n\r\n");
    }
    add_response(&b);
    read_with(&memory, view_of(&b), &options);
    assert_true(memory.n == 13 || memory.n == 12);

    char path[] = "/tmp/echometer-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, b.data, b.len), (long)b.len);
    close(fd);
    read_path(&file, path);
    assert_string_equal(file.text, memory.text);
    assert_int_equal(file.hash, memory.hash);

    char command[100];
    snprintf(command, sizeof(command), "cat %s", path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    int saved = dup(STDIN_FILENO);
    assert_int_equal(dup2(fileno(pipe), STDIN_FILENO), STDIN_FILENO);
    read_path(&piped, "-");
    dup2(saved, STDIN_FILENO);
    close(saved);
    pclose(pipe);
    assert_string_equal(piped.text, memory.text);
    unlink(path);
    drop(&b);
}

static void test_what_cannot_be_opened(void **state)
{
    (void)state;
    struct em_source *source = (struct em_source *)&source;
    struct em_source_options options = {.keep_all = false};
    struct em_err err = {.status = EM_OK};
    assert_int_equal(em_source_open(&source, "/nowhere/at-all", &options, &err),
                     EM_ERR_IO);
    assert_null(source);
    assert_true(err.text[0] != '\0');
    assert_int_equal(em_source_open(&source, "/", &options, &err), EM_ERR_IO);
    options.start_offset = 1000;
    assert_int_equal(
        em_source_open_memory(&source, EM_VIEW("short"), "t", &options, &err),
        EM_ERR_USAGE);
    assert_null(source);
}

/* --- memory ----------------------------------------------------------------------------- */

/* Each allocation fails once: an error, no leak (under ASan), no crash. */
static void test_failing_memory(void **state)
{
    (void)state;
    struct bytes plain = {NULL, 0, 0}, inputs[4] = {{NULL, 0, 0}};
    add_info(&plain);
    add_response(&plain);
    add_warc_as(&plain, "response", "400000", HTTP_TEXT, "\r\n\r\n");
    add_response(&plain);
    add(&inputs[0], plain.data, plain.len);
    add_member(&inputs[1], view_of(&plain));
    add_frame(&inputs[2], view_of(&plain));
    add_member(&inputs[3], view_of(&inputs[1]));
    for (int i = 0; i < 4; i++) {
        struct em_source_options options = {.keep_all = true, .verify = true};
        long n = 1, made;
        do {
            struct em_source *source;
            struct em_record r;
            struct em_err err = {.status = EM_OK};
            em_alloc_fail_at(n, 0);
            enum em_status status =
                em_source_open_memory(&source, view_of(&inputs[i]), "t", &options, &err);
            while (status == EM_OK)
                status = em_source_next(source, &r, &err);
            made = em_alloc_count();
            em_source_free(source);
            em_alloc_fail_at(0, 0);
            assert_true(status == EM_ERR_NOMEM || status == EM_END);
            assert_true(n > made || status == EM_ERR_NOMEM);
        } while (n++ <= made);
        drop(&inputs[i]);
    }
    drop(&plain);
}

static void test_lines_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *format;
    } cases[] = {
        {"a/b.jsonl", "no JSON\n{\"text\":\"a\"}\n", "jsonl"},
        {"b.JSONL.gz", "<p>no JSON\n{\"text\":\"a\"}\n", "jsonl"},
        {"b.ndjson.zst", "\n\n", "jsonl"},
        {"b.json", "no JSON\n", "text"},
        {"jsonl", "no JSON\n", "text"},
        {".jsonl", "no JSON\n", "text"},
        {"b.jsonl", "WARC/1.0\r\n", "warc"},
        {"b.jsonl", "", "empty"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct em_source_options options = {.keep_all = true};
        struct em_source *source;
        assert_int_equal(em_source_open_memory(&source, em_view_of(cases[i].text),
                                               cases[i].name, &options, NULL),
                         EM_OK);
        assert_string_equal(em_source_format(source), cases[i].format);
        em_source_free(source);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_line_over_the_limit),
        cmocka_unit_test(test_lines_by_name),
        cmocka_unit_test(test_lines_and_damage),
        cmocka_unit_test(test_file_over_the_limit),
        cmocka_unit_test(test_file_pipe_and_memory_are_the_same),
        cmocka_unit_test(test_what_cannot_be_opened),
        cmocka_unit_test(test_failing_memory),
    };
    return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
