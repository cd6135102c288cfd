/* SPDX-License-Identifier: Apache-2.0
 *
 * zstd as a container: frames, the WARC dictionary frame, damage.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/make_archive.h"

#define DICTIONARY 0x184D2A5Du
static const char dictionary_text[] =
    "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://example.org/\r\n"
    "WARC-Date: 2024-05-18T01:58:10Z\r\nWARC-Record-ID: <urn:uuid:>\r\nContent-Length: ";

struct fixture {
    struct bytes info, response, info_zst, response_zst;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    add_info(&f->info);
    add_response(&f->response);
    add_frame(&f->info_zst, view_of(&f->info));
    add_frame(&f->response_zst, view_of(&f->response));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    drop(&f->info);
    drop(&f->response);
    drop(&f->info_zst);
    drop(&f->response_zst);
    free(f);
    return 0;
}

static void add_all(struct bytes *b, const struct bytes *from)
{
    add(b, from->data, from->len);
}

static void test_frame_a_record(void **state)
{
    struct fixture *f = *state;
    struct bytes b = {NULL, 0, 0};
    struct seen seen;
    add_all(&b, &f->info_zst);
    add_all(&b, &f->response_zst);
    expect_records(view_of(&b), "warcinfo response", &seen);
    assert_int_equal(seen.offset[1], f->info_zst.len);
    assert_int_equal(seen.length[1], f->response_zst.len);
    drop(&b);
}

static void test_one_frame(void **state)
{
    struct fixture *f = *state;
    struct bytes plain = {NULL, 0, 0}, b = {NULL, 0, 0};
    for (int i = 0; i < 30; i++) {
        add_all(&plain, &f->info);
        add_all(&plain, &f->response);
    }
    add_frame(&b, view_of(&plain));
    struct seen seen;
    struct em_source_options options = {.keep_all = true};
    for (options.chunk = 0; options.chunk < 50; options.chunk += 3) {
        read_with(&seen, view_of(&b), &options);
        assert_int_equal(seen.n, 60);
        assert_int_equal(seen.reason[0], 0);
    }
    drop(&plain);
    drop(&b);
}

/* spec: IIPC, WARC Compressed with Zstandard 1.0: the dictionary is the first frame, plain or
 * compressed itself. Reading may begin at any record. */
static void test_dictionary(void **state)
{
    struct fixture *f = *state;
    struct em_view dictionary = em_view_of(dictionary_text);
    for (int compressed = 0; compressed < 2; compressed++) {
        struct bytes b = {NULL, 0, 0}, packed = {NULL, 0, 0};
        struct seen seen, rest;
        add_frame(&packed, dictionary);
        add_skippable(&b, DICTIONARY, compressed ? view_of(&packed) : dictionary);
        size_t at = b.len;
        add_frame_with(&b, view_of(&f->info), dictionary);
        add_skippable(&b, 0x184D2A50u, EM_VIEW("passed over"));
        add_frame_with(&b, view_of(&f->response), dictionary);
        expect_records(view_of(&b), "warcinfo response", &seen);
        assert_int_equal(seen.offset[0], at);
        struct em_source_options options = {.keep_all = true,
                                            .start_offset = seen.offset[1]};
        read_with(&rest, view_of(&b), &options);
        assert_string_equal(rest.text, "response");
        assert_int_equal(rest.offset[0], seen.offset[1]);
        drop(&b);
        drop(&packed);
    }
}

static void test_dictionary_that_is_none(void **state)
{
    struct fixture *f = *state;
    struct bytes b = {NULL, 0, 0};
    struct seen seen;
    struct em_source_options options = {.keep_all = true};
    add_frame_with(&b, view_of(&f->info), em_view_of(dictionary_text));
    read_with(&seen, view_of(&b), &options);
    assert_true(seen.reason[0] != '\0'); /* the frames need one */
    drop(&b);
    add_skippable(&b, DICTIONARY, EM_VIEW("\x28\xB5\x2F\xFDnot a frame"));
    add_all(&b, &f->info_zst);
    expect_records(view_of(&b), "damage! warcinfo", NULL);
    drop(&b);
    add(&b, "\x5D\x2A\x4D\x18\xFF\xFF\xFF\xFFshort", 13);
    read_with(&seen, view_of(&b), &options);
    assert_string_equal(seen.text, "damage!");
    drop(&b);
}

/* One raw block "x" in a frame that is sound and that is not read: the reason is said.
 * spec: RFC8878 3.1.1.1 */
static void test_frames_that_are_not_read(void **state)
{
    (void)state;
    static const char window[] = "\x28\xB5\x2F\xFD\x00\x98\x09\x00\x00x", /* 2^29 */
        dictionary[] = "\x28\xB5\x2F\xFD\x01\x00\x07\x09\x00\x00x",
                      sound[] = "\x28\xB5\x2F\xFD\x00\x00\x09\x00\x00x";
    struct seen seen;
    struct em_source_options options = {.keep_all = true};
    read_with(&seen, em_view_make(window, sizeof(window) - 1), &options);
    assert_non_null(strstr(seen.reason, "window of more than 128 MiB"));
    read_with(&seen, em_view_make(dictionary, sizeof(dictionary) - 1), &options);
    assert_non_null(strstr(seen.reason, "dictionary that is not in the file"));
    read_with(&seen, em_view_make(sound, sizeof(sound) - 1), &options);
    assert_string_equal(seen.reason, "");
}

static void test_cut_and_flipped_frames(void **state)
{
    struct fixture *f = *state;
    struct em_source_options options = {.keep_all = true};
    for (size_t at = 5; at < f->response_zst.len; at++) {
        struct bytes cut = {NULL, 0, 0}, flipped = {NULL, 0, 0};
        struct seen seen;
        add_all(&cut, &f->info_zst);
        add(&cut, f->response_zst.data, at);
        size_t end = cut.len;
        add_all(&cut, &f->response_zst);
        add_all(&cut, &f->info_zst);
        options.chunk = at % 3 ? 0 : 1 + at % 40;
        read_with(&seen, view_of(&cut), &options);
        assert_true(seen.n >= 4 && seen.reason[0] != '\0');
        assert_int_equal(seen.offset[seen.n - 2], end);
        assert_int_equal(seen.offset[seen.n - 1], end + f->response_zst.len);
        drop(&cut);

        add_all(&flipped, &f->info_zst);
        add_all(&flipped, &f->response_zst);
        flipped.data[f->info_zst.len + at] ^= 0x10;
        end = flipped.len;
        add_all(&flipped, &f->response_zst);
        read_with(&seen, view_of(&flipped), &options);
        /* The reserved bits of a header may be anything. */
        assert_true(seen.reason[0] != '\0' || seen.n == 3);
        assert_int_equal(seen.offset[seen.n - 1], end);
        assert_int_equal(seen.block_length[seen.n - 1], strlen(HTTP_TEXT));
        drop(&flipped);
    }
}

static void test_bytes_between_frames(void **state)
{
    struct fixture *f = *state;
    struct bytes b = {NULL, 0, 0};
    struct seen seen;
    add_all(&b, &f->info_zst);
    add_text(&b, "GARBAGE(\xB5/\xFDGARBAGE");
    size_t end = b.len;
    add_all(&b, &f->response_zst);
    expect_records(view_of(&b), "warcinfo damage! response", &seen);
    assert_int_equal(seen.length[1], end - f->info_zst.len);
    assert_int_equal(seen.offset[2], end);
    drop(&b);
}

/* A block larger than one call decodes, and one over the limit. */
static void test_long_frames(void **state)
{
    struct fixture *f = *state;
    static const size_t lengths[] = {1 << 20, 20 << 20, (64 << 20) + 1};
    for (size_t i = 0; i < 3; i++) {
        struct bytes plain = {NULL, 0, 0}, b = {NULL, 0, 0};
        char head[100];
        struct seen seen;
        snprintf(head, sizeof(head),
                 "WARC/1.0\r\nWARC-Type: resource\r\nContent-Length: %zu\r\n\r\n",
                 lengths[i]);
        add_text(&plain, head);
        add_fill(&plain, 'z', lengths[i]);
        add_text(&plain, "\r\n\r\n");
        add_frame(&b, view_of(&plain));
        size_t end = b.len;
        add_all(&b, &f->response_zst);
        struct em_source_options options = {.keep_all = true};
        read_with(&seen, view_of(&b), &options);
        assert_string_equal(seen.text,
                            i == 2 ? "resource^ response" : "resource response");
        assert_int_equal(seen.offset[1], end);
        drop(&plain);
        drop(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frame_a_record),
        cmocka_unit_test(test_one_frame),
        cmocka_unit_test(test_dictionary),
        cmocka_unit_test(test_dictionary_that_is_none),
        cmocka_unit_test(test_frames_that_are_not_read),
        cmocka_unit_test(test_cut_and_flipped_frames),
        cmocka_unit_test(test_bytes_between_frames),
        cmocka_unit_test(test_long_frames),
    };
    return cmocka_run_group_tests_name("zstd", tests, set_up, tear_down);
}
