/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/scan/heartbeat.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/json_read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Seconds between writes: 1,000 shards are 200 small files a second on a shared file
 * system at the most, and what status shows is as old as that. */
#define BEAT_SECONDS 5.0
/* One of these files: they have some 600 bytes. */
#define MAX_BEAT ((size_t)64 << 10)

static void put_host(struct em_json *json)
{
    char host[256] = "";
    const char *job = getenv("SLURM_JOB_ID");
    if (gethostname(host, sizeof(host) - 1) != 0)
        host[0] = '\0';
    em_json_key(json, "host");
    em_json_string(json, em_view_of(host));
    em_json_key(json, "pid");
    em_json_i64(json, (int64_t)getpid());
    em_json_key(json, "job");
    em_json_string_or_null(json, em_view_of(job));
}

static void put_counts(struct em_json *json, const struct em_summary *s)
{
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"files", s->files + s->known_files},
        {"files_failed", s->files_failed},
        {"records", s->records},
        {"known_records", s->known_records},
        {"documents", s->documents},
        {"damaged", s->damaged},
        {"stored_bytes", s->stored_bytes},
        {"block_bytes", s->block_bytes},
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        em_json_key(json, numbers[i].name);
        em_json_u64(json, numbers[i].value);
    }
}

static enum em_status format_beat(const struct em_heartbeat *b, struct em_buf *out,
                                  const struct em_summary *summary, double fraction,
                                  const char *state, const char *error)
{
    struct em_json json;
    em_json_init(&json, out);
    em_json_object(&json);
    em_json_schema(&json, 1);
    em_json_key(&json, "shard");
    em_json_u64(&json, b->shard);
    em_json_key(&json, "of");
    em_json_u64(&json, b->of);
    em_json_key(&json, "state");
    em_json_string(&json, em_view_of(state));
    put_host(&json);
    em_json_key(&json, "attempt");
    em_json_u64(&json, b->attempt);
    em_json_key(&json, "started");
    em_json_i64(&json, b->started);
    em_json_key(&json, "updated");
    em_json_i64(&json, (int64_t)time(NULL));
    em_json_key(&json, "threads");
    em_json_u64(&json, b->threads);
    em_json_key(&json, "inputs");
    em_json_u64(&json, b->inputs);
    put_counts(&json, summary);
    em_json_key(&json, "fraction");
    if (fraction < 0)
        em_json_null(&json);
    else
        em_json_fixed(&json, fraction, 4);
    em_json_key(&json, "seconds");
    em_json_fixed(&json, em_clock_now() - b->began + b->seconds_before, 3);
    em_json_key(&json, "cpu_seconds");
    em_json_fixed(&json, em_clock_process_cpu() + b->cpu_before, 3);
    em_json_key(&json, "error");
    em_json_string_or_null(&json, em_view_of(error));
    em_json_end(&json);
    return em_json_finish(&json);
}

static bool write_beat(const struct em_heartbeat *b, const struct em_summary *summary,
                       double fraction, const char *state, const char *error)
{
    char part[4200];
    struct em_buf text;
    em_buf_init(&text, MAX_BEAT);
    bool written = false;
    int n = snprintf(part, sizeof(part), "%s.%ld.part", b->path, (long)getpid());
    if (n > 0 && (size_t)n < sizeof(part) &&
        format_beat(b, &text, summary, fraction, state, error) == EM_OK) {
        FILE *out = fopen(part, "wb");
        if (out) {
            written = fwrite(text.data, 1, text.len, out) == text.len;
            written = fclose(out) == 0 && written && rename(part, b->path) == 0;
        }
        if (!written)
            (void)unlink(part);
    }
    em_buf_release(&text);
    return written;
}

/* What the shard's last attempt left, so that cost and attempts add up. */
static void read_before(struct em_heartbeat *b)
{
    struct em_buf text;
    struct em_json_reader *reader = NULL;
    int64_t attempt;
    em_buf_init(&text, MAX_BEAT);
    if (access(b->path, R_OK) == 0 && em_read_file(b->path, &text, NULL) == EM_OK &&
        em_json_reader_new(&reader) == EM_OK &&
        em_json_reader_parse(reader, em_buf_view(&text), NULL) == EM_OK &&
        em_json_get_i64(reader, "attempt", &attempt) && attempt > 0) {
        b->attempt = (uint64_t)attempt + 1;
        (void)em_json_get_double(reader, "seconds", &b->seconds_before);
        (void)em_json_get_double(reader, "cpu_seconds", &b->cpu_before);
    }
    em_json_reader_free(reader);
    em_buf_release(&text);
}

enum em_status em_heartbeat_open(struct em_heartbeat *b, const char *dir, uint64_t shard,
                                 uint64_t of, uint64_t threads, uint64_t inputs,
                                 struct em_err *err)
{
    static const struct em_summary nothing = {.files = 0};
    *b = (struct em_heartbeat){.shard = shard,
                               .of = of,
                               .threads = threads,
                               .inputs = inputs,
                               .attempt = 1,
                               .began = em_clock_now(),
                               .started = (int64_t)time(NULL)};
    if (!dir)
        return EM_OK;
    if (mkdir(dir, 0777) != 0 && errno != EEXIST)
        return em_fail(err, EM_ERR_IO, "status", "cannot make '%s': %s", dir,
                       strerror(errno));
    int n = snprintf(b->path, sizeof(b->path),
                     "%s/shard-%05" PRIu64 "-of-%05" PRIu64 ".json", dir, shard, of);
    if (n < 0 || (size_t)n >= sizeof(b->path)) {
        b->path[0] = '\0';
        return em_fail(err, EM_ERR_LIMIT, "status", "'%s': name too long", dir);
    }
    read_before(b);
    b->beaten = b->began;
    if (!write_beat(b, &nothing, 0, "running", NULL))
        return em_fail(err, EM_ERR_IO, "status", "cannot write '%s': %s", b->path,
                       strerror(errno));
    return EM_OK;
}

void em_heartbeat_beat(struct em_heartbeat *b, const struct em_summary *summary,
                       double fraction)
{
    double now = em_clock_now();
    if (!b->path[0] || now - b->beaten < BEAT_SECONDS)
        return;
    if (fraction < 0 && b->inputs)
        fraction = (double)(summary->files + summary->known_files) / (double)b->inputs;
    b->fraction = fraction < 1 ? fraction : 1;
    if (write_beat(b, summary, b->fraction, "running", NULL))
        b->beaten = now;
}

enum em_status em_heartbeat_end(struct em_heartbeat *b, const struct em_summary *summary,
                                const char *state, const char *error, struct em_err *err)
{
    if (b->path[0] &&
        !write_beat(b, summary, strcmp(state, "done") == 0 ? 1 : b->fraction, state,
                    error))
        return em_fail(err, EM_ERR_IO, "status", "cannot write '%s': %s", b->path,
                       strerror(errno));
    return EM_OK;
}
