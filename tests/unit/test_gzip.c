/* SPDX-License-Identifier: Apache-2.0
 *
 * gzip as a container: members whole, cut, damaged and between other bytes; bombs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/make_archive.h"

#include <sys/resource.h>
#include <time.h>

/* Members of one record each: warcinfo, response, warcinfo. */
struct fixture {
    struct bytes info, response, info_gz, response_gz;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    add_info(&f->info);
    add_response(&f->response);
    add_member(&f->info_gz, view_of(&f->info));
    add_member(&f->response_gz, view_of(&f->response));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    drop(&f->info);
    drop(&f->response);
    drop(&f->info_gz);
    drop(&f->response_gz);
    free(f);
    return 0;
}

static void add_all(struct bytes *b, const struct bytes *from)
{
    add(b, from->data, from->len);
}

static void test_member_a_record(void **state)
{
    struct fixture *f = *state;
    struct bytes b = {NULL, 0, 0};
    struct seen seen;
    add_all(&b, &f->info_gz);
    add_all(&b, &f->response_gz);
    add_all(&b, &f->info_gz);
    expect_records(view_of(&b), "warcinfo response warcinfo", &seen);
    uint64_t end = 0;
    for (size_t i = 0; i < seen.n; i++) {
        assert_int_equal(seen.offset[i], end);
        end += seen.length[i];
    }
    assert_int_equal(end, b.len);
    drop(&b);
}

/* All in one, stored or deflated, or cut anywhere into two members. */
static void test_members_that_are_not_records(void **state)
{
    struct fixture *f = *state;
    struct bytes plain = {NULL, 0, 0}, b = {NULL, 0, 0};
    struct seen seen;
    add_all(&plain, &f->info);
    add_all(&plain, &f->response);
    add_all(&plain, &f->info);
    for (int level = 0; level <= 9; level += 3) {
        add_member_level(&b, view_of(&plain), level);
        expect_records(view_of(&b), "warcinfo response warcinfo", &seen);
        for (size_t i = 0; i < seen.n; i++)
            assert_int_equal(seen.offset[i], 0);
        drop(&b);
    }
    struct em_source_options options = {.keep_all = true};
    for (size_t cut = 0; cut <= plain.len; cut++) {
        add_member(&b, em_view_make(plain.data, cut));
        add_member(&b, em_view_make(plain.data + cut, plain.len - cut));
        options.chunk = cut % 3 ? 0 : 1 + cut % 90;
        read_with(&seen, view_of(&b), &options);
        assert_string_equal(seen.text, "warcinfo response warcinfo");
        drop(&b);
    }
    drop(&plain);
}

static void test_empty_members_and_padding(void **state)
{
    struct fixture *f = *state;
    struct bytes b = {NULL, 0, 0};
    struct seen seen;
    add_member(&b, EM_VIEW(""));
    add_all(&b, &f->info_gz);
    add_member(&b, EM_VIEW(""));
    add_fill(&b, 0, 700);
    size_t at = b.len;
    add_all(&b, &f->response_gz);
    add_member(&b, EM_VIEW(""));
    add_fill(&b, 0, 4096);
    expect_records(view_of(&b), "warcinfo response", &seen);
    assert_int_equal(seen.offset[1], at);
    drop(&b);

    add_member(&b, EM_VIEW(""));
    expect_records(view_of(&b), "", NULL);
    drop(&b);
}

/* spec: RFC1952 2.3: FEXTRA, FNAME, FCOMMENT, FHCRC */
static void test_optional_header_fields(void **state)
{
    struct fixture *f = *state;
    struct bytes b = {NULL, 0, 0};
    static const char head[] =
        "\x1F\x8B\x08\x1E\0\0\0\0\0\x03\x08\0sl\x04\0abcdname\0note";
    for (int good = 0; good < 2; good++) {
        add(&b, head, sizeof(head));
        unsigned long crc = crc32(0, (const Bytef *)b.data, (uInt)b.len) ^ (good ? 0 : 1);
        add(&b, &(unsigned char){(unsigned char)crc}, 1);
        add(&b, &(unsigned char){(unsigned char)(crc >> 8)}, 1);
        add(&b, f->info_gz.data + 10, f->info_gz.len - 10);
        add_all(&b, &f->response_gz);
        expect_records(view_of(&b), good ? "warcinfo response" : "damage! response",
                       NULL);
        drop(&b);
    }
}

static void test_bytes_between_members(void **state)
{
    struct fixture *f = *state;
    struct bytes b = {NULL, 0, 0};
    struct seen seen;
    add_all(&b, &f->info_gz);
    add_text(&b, "GARBAGE\x1F\x8B\x08\x01GARBAGE\x1F\x8BGARBAGE");
    size_t end = b.len;
    add_all(&b, &f->response_gz);
    expect_records(view_of(&b), "warcinfo damage! response", &seen);
    assert_int_equal(seen.offset[1], f->info_gz.len);
    assert_int_equal(seen.length[1], end - f->info_gz.len);
    assert_int_equal(seen.offset[2], end);
    drop(&b);

    add_all(&b, &f->info_gz);
    add_text(&b, "trailing");
    expect_records(view_of(&b), "warcinfo damage!", NULL);
    drop(&b);
}

/* A wrong CRC or length: the record is there, and known to be damaged. */
static void test_bad_trailer(void **state)
{
    struct fixture *f = *state;
    for (size_t at = 1; at <= 8; at++) {
        struct bytes b = {NULL, 0, 0};
        struct seen seen;
        add_all(&b, &f->info_gz);
        add_all(&b, &f->response_gz);
        b.data[b.len - at] ^= 0x40;
        add_all(&b, &f->info_gz);
        expect_records(view_of(&b), "warcinfo response! warcinfo", &seen);
        assert_non_null(strstr(seen.reason, at > 4 ? "CRC" : "length"));
        assert_int_equal(seen.offset[2], f->info_gz.len + f->response_gz.len);
        drop(&b);
    }
}

/* A member cut short, at the end or with others after it: those are read as they are. */
static void run_cut(const struct fixture *f, size_t cut, bool more, struct seen *seen)
{
    struct bytes b = {NULL, 0, 0};
    struct em_source_options options = {.keep_all = true};
    add_all(&b, &f->info_gz);
    add(&b, f->response_gz.data, cut);
    size_t end = b.len;
    if (more) {
        add_all(&b, &f->response_gz);
        add_all(&b, &f->info_gz);
    }
    uint64_t hash = 0;
    for (options.chunk = 0; options.chunk < 30; options.chunk += 7) {
        read_with(seen, view_of(&b), &options);
        assert_true(options.chunk == 0 || seen->hash == hash);
        hash = seen->hash;
    }
    assert_true(seen->reason[0] != '\0');
    assert_int_equal(seen->offset[1], f->info_gz.len);
    if (more) {
        /* A record that was whole may be distinguished from the damage after it. */
        assert_true(seen->n == 4 ||
                    strcmp(seen->text, "warcinfo response damage! response warcinfo") ==
                        0);
        assert_int_equal(seen->offset[seen->n - 2], end);
        assert_int_equal(seen->offset[seen->n - 1], end + f->response_gz.len);
    } else {
        assert_int_equal(seen->n, 2);
    }
    drop(&b);
}

/* One bit of the deflated bytes turned over: one record suffers, never another. */
static void test_flipped_bits(void **state)
{
    struct fixture *f = *state;
    struct em_source_options options = {.keep_all = true};
    for (size_t bit = 80; bit < 8 * f->response_gz.len; bit++) {
        struct bytes b = {NULL, 0, 0};
        struct seen seen;
        add_all(&b, &f->info_gz);
        add_all(&b, &f->response_gz);
        b.data[f->info_gz.len + bit / 8] ^= (char)(1 << (bit % 8));
        add_all(&b, &f->response_gz);
        add_all(&b, &f->info_gz);
        read_with(&seen, view_of(&b), &options);
        if (seen.n < 4 || seen.n > 5)
            print_message("bit %zu: %s: %s\n", bit, seen.text, seen.reason);
        assert_in_range(seen.n, 4, 5);
        /* Some bits are only there to fill the last byte. */
        if (seen.reason[0] == '\0')
            assert_string_equal(seen.text, "warcinfo response response warcinfo");
        assert_int_equal(seen.offset[seen.n - 2], f->info_gz.len + f->response_gz.len);
        assert_int_equal(seen.block_length[seen.n - 2], strlen(HTTP_TEXT));
        assert_int_equal(seen.offset[seen.n - 1],
                         f->info_gz.len + 2 * f->response_gz.len);
        drop(&b);
    }
}

static void test_cut_member_at_the_end(void **state)
{
    struct fixture *f = *state;
    struct seen seen;
    for (size_t cut = 4; cut < f->response_gz.len; cut++)
        run_cut(f, cut, false, &seen);
}

static void test_cut_member_before_others(void **state)
{
    struct fixture *f = *state;
    struct seen seen;
    for (size_t cut = 4; cut < f->response_gz.len; cut++)
        run_cut(f, cut, true, &seen);
}

/* A record that is cut inside a member that is not: Content-Length does not reach into the
 * record of the next member. */
static void test_cut_record_in_whole_member(void **state)
{
    struct fixture *f = *state;
    for (size_t cut = 11; cut < f->response.len - 4; cut++) {
        struct bytes b = {NULL, 0, 0};
        struct seen seen;
        struct em_source_options options = {.keep_all = true, .chunk = cut % 20};
        add_all(&b, &f->info_gz);
        add_member(&b, em_view_make(f->response.data, cut));
        size_t end = b.len;
        add_all(&b, &f->response_gz);
        add_all(&b, &f->info_gz);
        read_with(&seen, view_of(&b), &options);
        assert_int_equal(seen.n, 4);
        assert_true(seen.reason[0] != '\0');
        assert_int_equal(seen.offset[1], f->info_gz.len);
        assert_int_equal(seen.offset[2], end);
        assert_int_equal(seen.block_length[2], strlen(HTTP_TEXT));
        drop(&b);
    }
}

/* A member whose Content-Length is over the limit and wrong. */
static void test_huge_length_in_a_member(void **state)
{
    struct fixture *f = *state;
    struct bytes plain = {NULL, 0, 0}, b = {NULL, 0, 0};
    add_warc_as(&plain, "response", "99000000", HTTP_TEXT, "\r\n\r\n");
    add_all(&b, &f->info_gz);
    add_member(&b, view_of(&plain));
    add_all(&b, &f->response_gz);
    add_all(&b, &f->info_gz);
    expect_records(view_of(&b), "warcinfo response! response warcinfo", NULL);
    drop(&plain);
    drop(&b);
}

/* Long members, over every threshold of the fast path. */
static void test_long_members(void **state)
{
    struct fixture *f = *state;
    static const size_t lengths[] = {300000, 5000000, 20000000};
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct bytes plain = {NULL, 0, 0}, b = {NULL, 0, 0};
        char head[100];
        uint64_t random = 1;
        snprintf(head, sizeof(head),
                 "WARC/1.0\r\nWARC-Type: resource\r\nContent-Length: %zu\r\n\r\n",
                 lengths[i]);
        add_text(&plain, head);
        for (size_t n = 0; n < lengths[i]; n++) { /* text that halves */
            random = random * 6364136223846793005u + 1442695040888963407u;
            add(&plain, &(char){(char)('a' + (random >> 60))}, 1);
        }
        add_text(&plain, "\r\n\r\n");
        add_all(&b, &f->info_gz);
        add_member_level(&b, view_of(&plain), 1);
        add_all(&b, &f->response_gz);
        struct seen whole, seen;
        struct em_source_options options = {.keep_all = true};
        read_with(&whole, view_of(&b), &options);
        assert_string_equal(whole.text, "warcinfo resource response");
        options.chunk = 50000;
        read_with(&seen, view_of(&b), &options);
        assert_int_equal(seen.hash, whole.hash);
        drop(&plain);
        drop(&b);
    }
}

static void test_gzip_in_gzip(void **state)
{
    struct fixture *f = *state;
    struct bytes inner = {NULL, 0, 0}, b = {NULL, 0, 0};
    add_all(&inner, &f->info_gz);
    add_all(&inner, &f->response_gz);
    add_member(&b, view_of(&inner));
    expect_records(view_of(&b), "warcinfo response", NULL);
    drop(&inner);
    drop(&b);
}

static void test_reading_from_each_record_on(void **state)
{
    struct fixture *f = *state;
    struct bytes b = {NULL, 0, 0};
    struct seen all, rest;
    add_all(&b, &f->info_gz);
    add_all(&b, &f->response_gz);
    add_all(&b, &f->info_gz);
    struct em_source_options options = {.keep_all = true};
    read_with(&all, view_of(&b), &options);
    for (size_t i = 0; i < all.n; i++) {
        options.start_offset = all.offset[i];
        read_with(&rest, view_of(&b), &options);
        assert_int_equal(rest.n, all.n - i);
        assert_int_equal(rest.offset[0], all.offset[i]);
        assert_int_equal(rest.offset[rest.n - 1], all.offset[all.n - 1]);
    }
    drop(&b);
}

/* --- bombs ------------------------------------------------------------------------------- */

/* The address sanitizer keeps freed memory for a while. */
#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_FACTOR 3
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEMORY_FACTOR 3
#endif
#endif
#ifndef MEMORY_FACTOR
#define MEMORY_FACTOR 1
#endif

static long peak_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* 2 GiB of zeros in 2 MB (10 GiB in 10 MB with ECHOMETER_SLOW=run): one record that is too
 * big, in constant memory, and the next one is read. */
static void test_bomb(void **state)
{
    struct fixture *f = *state;
    const char *slow = getenv("ECHOMETER_SLOW");
    size_t mib = slow && strcmp(slow, "skip") == 0  ? 200
                 : slow && strcmp(slow, "run") == 0 ? 10240
                                                    : 2048;
    struct bytes head = {NULL, 0, 0}, b = {NULL, 0, 0};
    char text[200];
    uint64_t length = strlen(HTTP_TEXT) + (uint64_t)mib * EM_MIB;
    snprintf(text, sizeof(text),
             "WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\n"
             "Content-Length: %llu\r\n\r\n" HTTP_TEXT,
             (unsigned long long)length);
    add_text(&head, text);
    add_bomb(&b, view_of(&head), mib, EM_VIEW("\r\n\r\n"));
    size_t end = b.len;
    add_all(&b, &f->response_gz);
    long before = peak_kib();
    struct em_source *source;
    struct em_record r;
    struct em_source_options options = {.keep_all = true, .verify = true};
    assert_int_equal(em_source_open_memory(&source, view_of(&b), "t", &options, NULL),
                     EM_OK);
    assert_int_equal(em_source_next(source, &r, NULL), EM_OK);
    assert_true(r.too_big && !r.error);
    assert_int_equal(r.block_length, length);
    assert_int_equal(r.http_status, 200);
    assert_true(r.block.len >= 1000 && r.block.len < 8 * EM_MIB);
    assert_int_equal(em_source_next(source, &r, NULL), EM_OK);
    assert_int_equal(r.origin.offset, end);
    assert_true(!r.too_big && !r.error && r.http_status == 200);
    assert_int_equal(em_source_next(source, &r, NULL), EM_END);
    em_source_free(source);
    assert_in_range(peak_kib() - before, 0, MEMORY_FACTOR * 48 * 1024);
    drop(&head);
    drop(&b);
}

/* The same without a record around it, and as a record without Content-Length. */
static void test_bomb_of_damage(void **state)
{
    struct fixture *f = *state;
    static const char *const heads[] = {"", "WARC/1.0\r\nWARC-Type: response\r\n\r\n",
                                        "WARC/1.0\r\nWARC-Type: response\r\nX: "};
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        struct bytes b = {NULL, 0, 0};
        struct em_source *source;
        struct em_record r;
        struct em_source_options options = {.keep_all = false};
        add_all(&b, &f->info_gz);
        add_bomb(&b, em_view_of(heads[i]), 300, EM_VIEW("\r\n\r\n"));
        size_t end = b.len;
        add_all(&b, &f->response_gz);
        long before = peak_kib();
        size_t n = 0;
        assert_int_equal(em_source_open_memory(&source, view_of(&b), "t", &options, NULL),
                         EM_OK);
        bool found = false;
        while (em_source_next(source, &r, NULL) == EM_OK) {
            n++;
            found |= r.type == EM_RECORD_RESPONSE && !r.error && r.origin.offset == end;
        }
        assert_true(found);
        assert_in_range(n, 3, 4);
        em_source_free(source);
        assert_in_range(peak_kib() - before, 0, MEMORY_FACTOR * 200 * 1024);
        drop(&b);
    }
}

/* Members in members, damaged ones everywhere: linear time. */
static void test_pathological_inputs(void **state)
{
    struct fixture *f = *state;
    const struct em_view pieces[] = {
        EM_VIEW("\x1F\x8B\x08\0\0\0\0\0\0\x03"),
        EM_VIEW("\x1F\x8B\x08\0\0\0\0\0\0\x03\0\xFF\xFF\0\0abcdefghijklm"),
        EM_VIEW("\x1F\x8B\x08\x10\0\0\0\0\0\x03"),
        EM_VIEW("\x1F\x8B\x08\x04\0\0\0\0\0\x03\xFF\xFF"),
        EM_VIEW("\x1F"),
        em_view_make(f->response_gz.data, f->response_gz.len / 2),
    };
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        struct bytes b = {NULL, 0, 0};
        struct em_source *source;
        struct em_record r;
        struct em_source_options options = {.keep_all = false};
        add_all(&b, &f->info_gz);
        while (b.len < 4 * EM_MIB)
            add(&b, pieces[i].data, pieces[i].len);
        clock_t begin = clock();
        assert_int_equal(em_source_open_memory(&source, view_of(&b), "t", &options, NULL),
                         EM_OK);
        while (em_source_next(source, &r, NULL) == EM_OK &&
               clock() - begin < 120 * CLOCKS_PER_SEC)
            ;
        double took = (double)(clock() - begin) / CLOCKS_PER_SEC;
        em_source_free(source);
        if (took > 60)
            fail_msg("%.1f s for 4 MiB of piece %zu", took, i);
        drop(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bomb),
        cmocka_unit_test(test_bomb_of_damage),
        cmocka_unit_test(test_member_a_record),
        cmocka_unit_test(test_members_that_are_not_records),
        cmocka_unit_test(test_empty_members_and_padding),
        cmocka_unit_test(test_optional_header_fields),
        cmocka_unit_test(test_bytes_between_members),
        cmocka_unit_test(test_bad_trailer),
        cmocka_unit_test(test_flipped_bits),
        cmocka_unit_test(test_cut_member_at_the_end),
        cmocka_unit_test(test_cut_member_before_others),
        cmocka_unit_test(test_cut_record_in_whole_member),
        cmocka_unit_test(test_huge_length_in_a_member),
        cmocka_unit_test(test_long_members),
        cmocka_unit_test(test_gzip_in_gzip),
        cmocka_unit_test(test_reading_from_each_record_on),
        cmocka_unit_test(test_pathological_inputs),
    };
    return cmocka_run_group_tests_name("gzip", tests, set_up, tear_down);
}
