/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/scan/status_dir.h"

#include "base/alloc.h"
#include "base/json_read.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Shards of one run: a file each is read. */
enum { MAX_SHARDS = 1000000, MAX_FILE = 64 << 10, FEWEST_TO_COMPARE = 4 };

/* --- reading ------------------------------------------------------------------------------- */

static uint64_t status_dir_number(struct em_json_reader *in, const char *name)
{
    int64_t value;
    return em_json_get_i64(in, name, &value) && value > 0 ? (uint64_t)value : 0;
}

static double real(struct em_json_reader *in, const char *name)
{
    double value;
    return em_json_get_double(in, name, &value) && value > 0 ? value : 0;
}

static void text(struct em_json_reader *in, const char *name, char *out, size_t room)
{
    struct em_view v = EM_VIEW_NONE;
    if (em_json_get_string(in, name, &v))
        snprintf(out, room, "%.*s", (int)(v.len < room ? v.len : room - 1), v.data);
}

static bool read_shard(struct em_json_reader *in, struct em_shard *s)
{
    struct em_view state;
    *s = (struct em_shard){.state = EM_SHARD_WAITING};
    if (!em_json_get_string(in, "state", &state) ||
        !em_shard_state_find(state, &s->state))
        return false;
    s->attempt = status_dir_number(in, "attempt");
    s->threads = status_dir_number(in, "threads");
    s->records =
        status_dir_number(in, "records") + status_dir_number(in, "known_records");
    s->documents = status_dir_number(in, "documents");
    s->damaged = status_dir_number(in, "damaged");
    s->files_failed = status_dir_number(in, "files_failed");
    s->block_bytes = status_dir_number(in, "block_bytes");
    s->started = (int64_t)status_dir_number(in, "started");
    s->updated = (int64_t)status_dir_number(in, "updated");
    s->fraction = s->state == EM_SHARD_DONE ? 1 : real(in, "fraction");
    s->fraction = s->fraction > 1 ? 1 : s->fraction;
    s->seconds = real(in, "seconds");
    s->cpu = real(in, "cpu_seconds");
    text(in, "host", s->host, sizeof(s->host));
    text(in, "job", s->job, sizeof(s->job));
    text(in, "error", s->error, sizeof(s->error));
    return true;
}

/* "shard-00003-of-00040.json" */
static bool parse_name(const char *name, uint64_t *shard, uint64_t *of)
{
    int end = 0;
    return sscanf(name, "shard-%" SCNu64 "-of-%" SCNu64 ".json%n", shard, of, &end) ==
               2 &&
           end && name[end] == '\0' && *of <= MAX_SHARDS && *shard < *of;
}

static int is_shard(const struct dirent *entry)
{
    uint64_t shard, of;
    return parse_name(entry->d_name, &shard, &of);
}

static bool status_dir_read_file(struct em_json_reader *in, struct em_buf *bytes,
                                 const char *dir, const char *name,
                                 struct em_shard *shard)
{
    char path[4096];
    int n = snprintf(path, sizeof(path), "%s/%s", dir, name);
    em_buf_clear(bytes);
    return n > 0 && (size_t)n < sizeof(path) &&
           em_read_file(path, bytes, NULL) == EM_OK &&
           em_json_reader_parse(in, em_buf_view(bytes), NULL) == EM_OK &&
           read_shard(in, shard);
}

/* The run with most files is the one that is meant. */
static uint64_t find_run(struct dirent **entries, int n)
{
    uint64_t best = 0, best_files = 0, shard, of, other;
    for (int i = 0; i < n; i++) {
        uint64_t files = 0;
        if (!parse_name(entries[i]->d_name, &shard, &of) || of == best)
            continue;
        for (int k = i; k < n; k++)
            files += parse_name(entries[k]->d_name, &shard, &other) && other == of;
        if (files > best_files) {
            best = of;
            best_files = files;
        }
        if (best_files * 2 > (uint64_t)n)
            break;
    }
    return best;
}

static enum em_status read_all(struct em_status_dir *out, const char *dir,
                               struct dirent **entries, int n)
{
    struct em_json_reader *in;
    struct em_buf bytes;
    uint64_t shard, of;
    out->shards = em_calloc(out->n, sizeof(out->shards[0]));
    if (!out->shards)
        return EM_ERR_NOMEM;
    EM_TRY(em_json_reader_new(&in));
    em_buf_init(&bytes, MAX_FILE);
    for (int i = 0; i < n; i++) {
        if (!parse_name(entries[i]->d_name, &shard, &of))
            continue;
        if (of != out->n)
            out->others++;
        else if (!status_dir_read_file(in, &bytes, dir, entries[i]->d_name,
                                       &out->shards[shard]))
            out->bad++;
    }
    em_buf_release(&bytes);
    em_json_reader_free(in);
    return EM_OK;
}

/* --- judging ------------------------------------------------------------------------------- */

static int status_dir_by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Seconds that a shard took, or will take if it continues as it did. */
static double duration(const struct em_shard *s)
{
    if (s->state == EM_SHARD_DONE)
        return s->seconds;
    return s->state == EM_SHARD_RUNNING && s->fraction > 0.01 ? s->seconds / s->fraction
                                                              : -1;
}

static enum em_status find_slow(struct em_status_dir *d, double slow)
{
    size_t n = 0;
    double *durations = em_calloc(d->n, sizeof(durations[0]));
    if (!durations)
        return EM_ERR_NOMEM;
    for (uint64_t i = 0; i < d->n; i++)
        if (duration(&d->shards[i]) > 0)
            durations[n++] = duration(&d->shards[i]);
    if (n >= FEWEST_TO_COMPARE) {
        qsort(durations, n, sizeof(durations[0]), status_dir_by_size);
        for (uint64_t i = 0; i < d->n; i++)
            d->shards[i].slow = d->shards[i].state == EM_SHARD_RUNNING &&
                                duration(&d->shards[i]) > slow * durations[n / 2];
    }
    em_free(durations);
    return EM_OK;
}

enum em_status em_status_dir_read(struct em_status_dir *out, const char *dir, int64_t now,
                                  double silent, double slow, struct em_err *err)
{
    struct dirent **entries;
    *out = (struct em_status_dir){.shards = NULL};
    int n = scandir(dir, &entries, is_shard, alphasort);
    if (n < 0)
        return em_fail(err, EM_ERR_IO, "status", "cannot read folder '%s': %s", dir,
                       strerror(errno));
    out->n = find_run(entries, n);
    enum em_status status =
        out->n ? read_all(out, dir, entries, n)
               : em_fail(err, EM_ERR_NOTFOUND, "status",
                         "no shard keeps its state in '%s' (scan --status-dir)", dir);
    for (int i = 0; i < n; i++)
        free(entries[i]);
    free(entries);
    for (uint64_t i = 0; status == EM_OK && i < out->n; i++)
        if (out->shards[i].state == EM_SHARD_RUNNING &&
            (double)(now - out->shards[i].updated) > silent)
            out->shards[i].state = EM_SHARD_LOST;
    if (status == EM_OK)
        status = find_slow(out, slow);
    if (status < 0)
        em_status_dir_release(out);
    return status;
}

void em_status_dir_release(struct em_status_dir *dir)
{
    em_free(dir->shards);
    *dir = (struct em_status_dir){.shards = NULL};
}

void em_status_dir_total(const struct em_status_dir *dir, struct em_status_total *t)
{
    double left = 0, speed = 0;
    *t = (struct em_status_total){.fraction = 0};
    for (uint64_t i = 0; i < dir->n; i++) {
        const struct em_shard *s = &dir->shards[i];
        t->states[s->state]++;
        t->slow += s->slow;
        t->attempts += s->attempt;
        t->records += s->records;
        t->documents += s->documents;
        t->damaged += s->damaged;
        t->files_failed += s->files_failed;
        t->block_bytes += s->block_bytes;
        t->core_hours += (double)s->threads * s->seconds / 3600;
        t->cpu_hours += s->cpu / 3600;
        t->fraction += s->fraction;
        left += 1 - s->fraction;
        double attempt = (double)(s->updated - s->started);
        if (s->state != EM_SHARD_RUNNING || attempt <= 0)
            continue;
        t->bytes_rate += (double)s->block_bytes / attempt;
        t->records_rate += (double)s->records / attempt;
        if (s->seconds > 0)
            speed += s->fraction / s->seconds;
    }
    t->fraction /= dir->n ? (double)dir->n : 1;
    t->eta = left <= 0 ? 0 : speed > 0 ? left / speed : -1;
    t->core_hours_expected = t->fraction > 0.001 ? t->core_hours / t->fraction : -1;
}
