/* SPDX-License-Identifier: Apache-2.0
 *
 * Compressed outputs: which names ask for them, and that what zlib and libzstd read back is
 * what was written, in pieces of any size, in chunks of a mebibyte.
 */
#include "scratch.h"

#include "base/compress.h"

#include <stdbool.h>
#include <zlib.h>
#include <zstd.h>

enum { LARGE = (1 << 20) + 12345 };

static void names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool wanted;
    } cases[] = {
        {"a.gz", true},    {"a.GZ", true}, {"a.jsonl.zst", true},
        {"a.zstd", false}, {".gz", false}, /* an ending is no name */
        {"gz", false},     {"", false},    {"a.gz.txt", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (em_compress_wanted(cases[i].name) != cases[i].wanted)
            fail_msg("'%s'", cases[i].name);
    assert_ptr_equal(em_compress_over(stdout, "plain.txt"), stdout);
}

/* `n` bytes through a stream for `path`, `step` at a time. */
static void write_through(const char *path, const char *bytes, size_t n, size_t step)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    FILE *over = em_compress_over(file, path);
    assert_non_null(over);
    assert_ptr_not_equal(over, file);
    for (size_t at = 0; at < n; at += step) {
        size_t some = n - at < step ? n - at : step;
        assert_int_equal(fwrite(bytes + at, 1, some, over), some);
    }
    assert_int_equal(fclose(over), 0);
}

static size_t file_load(const char *path, char *out, size_t room)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t n = fread(out, 1, room, file);
    fclose(file);
    return n;
}

static size_t gzip_load(const char *path, char *out, size_t room)
{
    gzFile file = gzopen(path, "rb");
    assert_non_null(file);
    int n = gzread(file, out, (unsigned)room);
    assert_true(n >= 0);
    assert_false(gzdirect(file)); /* not a file that is no gzip */
    gzclose(file);
    return (size_t)n;
}

static size_t zstd_load(const char *path, char *out, size_t room)
{
    char *packed = malloc(room);
    assert_non_null(packed);
    size_t n = file_load(path, packed, room);
    assert_true(n > 0);
    size_t plain = ZSTD_decompress(out, room, packed, n); /* all frames */
    free(packed);
    assert_false(ZSTD_isError(plain));
    return plain;
}

static void both_ways(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 1000, 1 << 20, LARGE};
    static const size_t steps[] = {1 << 22, 4096, 777};
    char path[4096];
    char *bytes = malloc(LARGE), *back = malloc(2 * LARGE);
    assert_non_null(bytes);
    assert_non_null(back);
    uint64_t x = 1;
    for (size_t i = 0; i < LARGE; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = (char)('a' + (x >> 33) % 23);
    }
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
        for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
            write_through(scratch(path, "x.gz"), bytes, sizes[s], steps[k]);
            assert_int_equal(gzip_load(path, back, 2 * LARGE), sizes[s]);
            assert_int_equal(memcmp(back, bytes, sizes[s]), 0);
            write_through(scratch(path, "x.zst"), bytes, sizes[s], steps[k]);
            assert_int_equal(zstd_load(path, back, 2 * LARGE), sizes[s]);
            assert_int_equal(memcmp(back, bytes, sizes[s]), 0);
        }
    free(bytes);
    free(back);
}

/* What cannot be written below is an error above, at the latest when it is closed. */
static void a_full_disk(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "wb");
    if (!full)
        skip();
    FILE *over = em_compress_over(full, "x.gz");
    assert_non_null(over);
    bool written = fwrite("text", 1, 4, over) == 4;
    assert_false(fclose(over) == 0 && written);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(both_ways),
        cmocka_unit_test(a_full_disk),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
