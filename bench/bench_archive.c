/* SPDX-License-Identifier: Apache-2.0
 *
 * How fast an archive is read, by processor time, beside what libdeflate alone needs for the
 * same gzip members in the same run: the distance between the two is our own cost.
 *
 *     bench_archive FILE [PASSES]
 *
 * CSV: what, records (or members), bytes after decompression, best MB/s, median MB/s.
 */
#define _GNU_SOURCE
#include "base/limits.h"
#include "crawler/archive/archive.h"

#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { MAX_PASSES = 101 };

struct result {
    uint64_t items, bytes;
};

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "bench_archive: %s\n", what);
    exit(2);
}

/* --- our reading ------------------------------------------------------------------------ */

static struct result read_records(const char *path,
                                  const struct em_source_options *options)
{
    struct em_source *source;
    struct em_record r;
    struct em_err err = {.status = EM_OK};
    struct result result = {0, 0};
    if (em_source_open(&source, path, options, &err) != EM_OK)
        die(err.text);
    enum em_status status;
    while ((status = em_source_next(source, &r, &err)) == EM_OK) {
        result.items++;
        result.bytes += r.header.len + r.block_length;
    }
    if (status != EM_END)
        die(err.text);
    em_source_free(source);
    return result;
}

static struct result read_default(const char *path)
{
    struct em_source_options options = {.verify = false};
    return read_records(path, &options);
}

static struct result read_verify(const char *path)
{
    struct em_source_options options = {.verify = true, .keep_all = true};
    return read_records(path, &options);
}

/* --- libdeflate alone --------------------------------------------------------------------- */

static unsigned char *stored, *plain;
static size_t stored_len;

static void load(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        die("cannot open");
    fseek(f, 0, SEEK_END);
    stored_len = (size_t)ftell(f);
    rewind(f);
    stored = malloc(stored_len + 1);
    plain = malloc(EM_MAX_BLOCK);
    if (!stored || !plain || fread(stored, 1, stored_len, f) != stored_len)
        die("cannot load the file");
    fclose(f);
}

static struct result inflate_members(const char *path)
{
    (void)path;
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    struct result result = {0, 0};
    size_t at = 0, used, made;
    while (at < stored_len && libdeflate_gzip_decompress_ex(
                                  d, stored + at, stored_len - at, plain, EM_MAX_BLOCK,
                                  &used, &made) == LIBDEFLATE_SUCCESS) {
        at += used;
        result.items++;
        result.bytes += made;
    }
    libdeflate_free_decompressor(d);
    return result;
}

/* --- timing ------------------------------------------------------------------------------ */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(const char *what, struct result (*run)(const char *),
                    const char *path, int passes)
{
    double seconds[MAX_PASSES];
    struct result result = {0, 0};
    for (int i = 0; i < passes; i++) {
        double begin = cpu_seconds();
        result = run(path);
        seconds[i] = cpu_seconds() - begin;
    }
    qsort(seconds, (size_t)passes, sizeof(seconds[0]), by_value);
    printf("%s,%llu,%llu,%.0f,%.0f\n", what, (unsigned long long)result.items,
           (unsigned long long)result.bytes, (double)result.bytes / seconds[0] / 1e6,
           (double)result.bytes / seconds[passes / 2] / 1e6);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    int passes = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 5;
    if (argc < 2 || passes < 1 || passes > MAX_PASSES)
        die("usage: bench_archive FILE [PASSES]");
    printf("what,items,bytes,best_mb_s,median_mb_s\n");
    measure("read", read_default, argv[1], passes);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    long peak = usage.ru_maxrss;
    measure("read+verify", read_verify, argv[1], passes);
    load(argv[1]);
    if (stored_len > 2 && stored[0] == 0x1F && stored[1] == 0x8B)
        measure("libdeflate alone", inflate_members, argv[1], passes);
    printf("# peak memory while reading: %.1f MB\n", (double)peak / 1024);
    free(stored);
    free(plain);
    return 0;
}
