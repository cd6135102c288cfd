/* SPDX-License-Identifier: Apache-2.0
 *
 * How fast the text column of a Parquet file is read, by processor time: its values alone,
 * and as records. bench/parquet.mjs puts DuckDB beside it.
 *
 *     bench_parquet FILE [PASSES]
 *
 * CSV: what, rows, bytes of text, best MB/s, median MB/s.
 */
#define _GNU_SOURCE
#include "crawler/archive/parquet_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MAX_PASSES = 101 };

struct result {
    uint64_t rows, bytes;
};

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "bench_parquet: %s\n", what);
    exit(2);
}

static struct result read_values(const char *path)
{
    const struct em_source_options options = {.text_field = NULL};
    struct em_err err = {.status = EM_OK};
    struct result result = {0, 0};
    struct em_parquet *p;
    if (em_parquet_open(&p, path, EM_VIEW_NONE, &options, &err) < 0)
        die(err.text);
    struct parquet_column *c = &p->columns[p->text];
    for (size_t g = 0; g < p->meta.n_groups; g++) {
        struct em_parquet_cell cell;
        enum em_status status =
            em_parquet_column_begin(&c->column, &p->meta.groups[g].chunks[c->leaf], &err);
        while (status == EM_OK &&
               (status = em_parquet_column_next(&c->column, &cell, &err)) == EM_OK) {
            result.rows++;
            result.bytes += cell.bytes.len;
        }
        if (status != EM_END)
            die(c->column.damage ? c->column.damage : err.text);
    }
    em_parquet_free(p);
    return result;
}

static struct result read_records(const char *path)
{
    const struct em_source_options options = {.text_field = NULL};
    struct em_err err = {.status = EM_OK};
    struct result result = {0, 0};
    struct em_source *source;
    struct em_record r;
    enum em_status status = em_source_open(&source, path, &options, &err);
    if (status < 0)
        die(err.text);
    while ((status = em_source_next(source, &r, &err)) == EM_OK) {
        result.rows++;
        result.bytes += r.block.len;
    }
    if (status != EM_END)
        die(err.text);
    em_source_free(source);
    return result;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void measure(const char *name, struct result (*run)(const char *path),
                    const char *path, int passes)
{
    double seconds[MAX_PASSES];
    struct result result = run(path);
    for (int i = 0; i < passes; i++) {
        double from = cpu_seconds();
        result = run(path);
        seconds[i] = cpu_seconds() - from;
    }
    qsort(seconds, (size_t)passes, sizeof(seconds[0]), compare);
    double mb = (double)result.bytes / 1e6;
    printf("%s,%llu,%llu,%.0f,%.0f\n", name, (unsigned long long)result.rows,
           (unsigned long long)result.bytes, mb / seconds[0], mb / seconds[passes / 2]);
}

int main(int argc, char **argv)
{
    int passes = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 7;
    if (argc < 2 || passes < 1 || passes > MAX_PASSES)
        die("FILE [PASSES]");
    puts("what,rows,bytes,best_mb_s,median_mb_s");
    measure("values", read_values, argv[1], passes);
    measure("records", read_records, argv[1], passes);
    return 0;
}
