/* SPDX-License-Identifier: Apache-2.0
 *
 * Curve of the store: fingerprints inserted a second, bytes a fingerprint and time of a
 * look-up from 10^5 rows to the number asked for, through em_store_commit as a scan does it
 * (random keys, sorted in commits, generations merged). Beside it, in the same run, LMDB
 * with one random insert a row (until it takes too long) and one sorted append a row.
 *
 *   bench_store [ROWS [ROWS-PER-COMMIT]] [--keep]
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "index/store.h"

#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOKUPS = 20000, VALUE = 20, BASELINE_SECONDS = 60 };

static char root[64] = "bench-store-XXXXXX";

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "bench_store: %s: %s\n", what, why);
    exit(2);
}

static void key_of(uint64_t i, char key[8])
{
    uint64_t hash = em_mix64(i + 1);
    for (int b = 0; b < 8; b++)
        key[b] = (char)(hash >> 8 * (7 - b));
}

static double megabytes(const char *dir)
{
    char path[128];
    struct stat st;
    snprintf(path, sizeof(path), "%s/data.mdb", dir);
    return stat(path, &st) == 0 ? (double)st.st_size / 1e6 : 0;
}

/* Memory of our own, in MB: the mapped file is the system's to keep or drop. */
static double own_megabytes(void)
{
    char line[128];
    double kilobytes = 0;
    FILE *in = fopen("/proc/self/status", "r");
    while (in && fgets(line, sizeof(line), in))
        if (strncmp(line, "RssAnon:", 8) == 0)
            kilobytes = strtod(line + 8, NULL);
    if (in)
        fclose(in);
    return kilobytes / 1e3;
}

/* Microseconds for one look-up: rows that are there, rows that are not. */
static void look_up(const char *dir, uint64_t rows, double *hit, double *miss)
{
    struct em_store *store;
    struct em_err err = {.text = ""};
    struct em_buf value;
    if (em_store_open(&store, dir, EM_STORE_READ, &err) < 0)
        fail("open", err.text);
    em_buf_init(&value, 1 << 16);
    for (int pass = 0; pass < 2; pass++) {
        double from = em_clock_now();
        for (uint64_t i = 0; i < LOOKUPS; i++) {
            char key[8];
            uint64_t n = em_mix64(i * 7919 + 13) % rows;
            key_of(pass ? n + rows + 1 : n, key);
            em_buf_clear(&value);
            enum em_status status = em_store_get(store, EM_TABLE_DIVERSITY,
                                                 em_view_make(key, 8), &value, &err);
            if (status != (pass ? EM_ERR_NOTFOUND : EM_OK))
                fail("look-up", "a row is missing, or one too many is there");
        }
        *(pass ? miss : hit) = (em_clock_now() - from) / LOOKUPS * 1e6;
    }
    em_buf_release(&value);
    em_store_free(store);
}

static void run_store(uint64_t total, uint64_t each)
{
    struct em_store *store;
    struct em_rows rows;
    struct em_err err = {.text = ""};
    char dir[96], value[VALUE];
    double spent = 0, last_spent = 0, hit, miss;
    uint64_t next_report = 100000, last = 0;
    snprintf(dir, sizeof(dir), "%s/store", root);
    em_rows_init(&rows);
    if (em_store_open(&store, dir, EM_STORE_CREATE, &err) < 0)
        fail("open", err.text);
    printf("%12s %10s %10s %9s %8s %9s %9s %8s\n", "rows", "rows/s", "lately", "MB",
           "B/row", "hit us", "miss us", "own MB");
    for (uint64_t done = 0; done < total;) {
        uint64_t until = done + each < total ? done + each : total;
        if (done < next_report && until > next_report)
            until = next_report;
        double from = em_clock_now();
        em_rows_clear(&rows);
        for (; done < until; done++) {
            char key[8];
            key_of(done, key);
            memset(value, (int)(done & 0xFF), sizeof(value));
            memcpy(value, &done, sizeof(done));
            if (em_rows_add(&rows, EM_TABLE_DIVERSITY, em_view_make(key, 8),
                            em_view_make(value, sizeof(value))) < 0)
                fail("rows", "out of memory");
        }
        if (em_store_commit(store, &rows, NULL, 0, &err) < 0)
            fail("commit", err.text);
        spent += em_clock_now() - from;
        if (done < next_report && done < total)
            continue;
        look_up(dir, done, &hit, &miss);
        printf("%12llu %10.0f %10.0f %9.1f %8.1f %9.1f %9.1f %8.0f\n",
               (unsigned long long)done, (double)done / spent,
               (double)(done - last) / (spent - last_spent), megabytes(dir),
               megabytes(dir) * 1e6 / (double)done, hit, miss, own_megabytes());
        fflush(stdout);
        last = done;
        last_spent = spent;
        next_report *= 10;
    }
    em_store_free(store);
    em_rows_release(&rows);
}

static int by_key(const void *a, const void *b)
{
    return memcmp(a, b, 8);
}

/* LMDB as it comes, one entry a row. */
static void run_lmdb(uint64_t total, bool sorted)
{
    char dir[96], value[VALUE] = {0};
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    uint64_t batch = 100000, done = 0;
    snprintf(dir, sizeof(dir), "%s/%s", root, sorted ? "append" : "random");
    mkdir(dir, 0777);
    char(*keys)[8] = malloc(total * 8);
    if (!keys || mdb_env_create(&env) || mdb_env_set_mapsize(env, (size_t)64 << 30) ||
        mdb_env_open(env, dir, 0, 0666))
        fail("lmdb", "cannot open");
    for (uint64_t i = 0; i < total; i++)
        key_of(i, keys[i]);
    double from = em_clock_now();
    if (sorted)
        qsort(keys, total, 8, by_key);
    while (done < total && em_clock_now() - from < BASELINE_SECONDS) {
        if (mdb_txn_begin(env, NULL, 0, &txn) || mdb_dbi_open(txn, NULL, 0, &dbi))
            fail("lmdb", "cannot begin");
        for (uint64_t i = 0; i < batch && done < total; i++, done++) {
            MDB_val k = {8, keys[done]}, v = {VALUE, value};
            if (mdb_put(txn, dbi, &k, &v, sorted ? MDB_APPEND : 0))
                fail("lmdb", "cannot put");
        }
        if (mdb_txn_commit(txn))
            fail("lmdb", "cannot commit");
    }
    double seconds = em_clock_now() - from;
    printf("LMDB, one %s a row: %llu rows, %.0f rows/s, %.1f B/row\n",
           sorted ? "sorted append (sorting counted)" : "random insert",
           (unsigned long long)done, (double)done / seconds,
           megabytes(dir) * 1e6 / (double)done);
    free(keys);
    mdb_env_close(env);
}

int main(int argc, char **argv)
{
    uint64_t rows = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000000;
    uint64_t each = argc > 2 ? strtoull(argv[2], NULL, 10) : 2000000;
    char command[128];
    if (rows == 0 || each == 0 || !mkdtemp(root))
        fail("usage", "bench_store [ROWS [ROWS-PER-COMMIT]]");
    run_store(rows, each);
    uint64_t beside = rows < 10000000 ? rows : 10000000;
    run_lmdb(beside, true);
    run_lmdb(beside, false);
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    return system(command) == 0 ? 0 : 2;
}
