/* SPDX-License-Identifier: Apache-2.0
 *
 * Shards of a run: what they write of themselves, how that is read and added up, which are
 * slow or lost, and how inputs are dealt out to them.
 */
#include "tests/unit/scratch.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/shard.h"
#include "pipeline/scan/heartbeat.h"
#include "pipeline/scan/split.h"
#include "pipeline/scan/status_dir.h"

#include <math.h>
#include <sys/stat.h>

#define assert_near(a, b, most) assert_true(fabs((a) - (b)) <= (most))

static void write_shard(const char *dir, int shard, int of, const char *state,
                        double fraction, double seconds, long updated)
{
    char path[8192], text[512];
    snprintf(path, sizeof(path), "%s/shard-%05d-of-%05d.json", dir, shard, of);
    snprintf(text, sizeof(text),
             "{\"state\":\"%s\",\"attempt\":1,\"threads\":2,\"records\":100,"
             "\"documents\":80,\"fraction\":%g,\"seconds\":%g,\"cpu_seconds\":%g,"
             "\"block_bytes\":1000,\"started\":1000,\"updated\":%ld,\"host\":\"h\"}",
             state, fraction, seconds, seconds, updated);
    assert_int_equal(em_file_write(path, em_view_of(text), NULL), EM_OK);
}

/* Four shards take 100 s, a fifth runs and will take 1,000, a sixth 150: only the fifth is
 * slow where twice the median is. One that says nothing for long is lost. */
static void the_slow_and_the_lost(void **state)
{
    char dir[4096];
    struct em_status_dir status;
    struct em_status_total total;
    (void)state;
    scratch(dir, "status");
    assert_int_equal(mkdir(dir, 0777), 0);
    for (int i = 0; i < 4; i++)
        write_shard(dir, i, 8, "done", 1, 100, 2000);
    write_shard(dir, 4, 8, "running", 0.1, 100, 2000);
    write_shard(dir, 5, 8, "running", 0.5, 75, 2000);
    write_shard(dir, 6, 8, "running", 0.5, 10, 1700);
    assert_int_equal(em_status_dir_read(&status, dir, 2010, 180, 2, NULL), EM_OK);
    assert_int_equal(status.n, 8);
    for (int i = 0; i < 8; i++)
        assert_int_equal(status.shards[i].slow, i == 4);
    assert_int_equal(status.shards[6].state, EM_SHARD_LOST);
    assert_int_equal(status.shards[7].state, EM_SHARD_WAITING);
    em_status_dir_total(&status, &total);
    assert_int_equal(total.states[EM_SHARD_DONE], 4);
    assert_int_equal(total.states[EM_SHARD_RUNNING], 2);
    assert_int_equal(total.slow, 1);
    assert_int_equal(total.records, 700);
    assert_near(total.fraction, (4 + 0.1 + 0.5 + 0.5) / 8, 1e-9);
    assert_near(total.core_hours, 2 * (400 + 100 + 75 + 10) / 3600.0, 1e-9);
    /* Of those that run: 1,000 bytes each in the 1,000 s since they began. */
    assert_near(total.bytes_rate, 2, 1e-9);
    assert_near(total.eta, (8 - 5.1) / (0.1 / 100 + 0.5 / 75), 1e-6);
    em_status_dir_release(&status);
}

static void states_by_name(void **state)
{
    unsigned bits;
    (void)state;
    assert_true(em_shard_states_parse("failed,lost", &bits));
    assert_int_equal(bits, 1u << EM_SHARD_FAILED | 1u << EM_SHARD_LOST);
    assert_false(em_shard_states_parse("failed,dead", &bits));
    assert_false(em_shard_states_parse("", &bits));
}

/* The file of shard 1 of 3 as it stands. */
static const char *beat_text(const char *dir)
{
    static char text[4096];
    char path[4200];
    snprintf(path, sizeof(path), "%s/shard-00001-of-00003.json", dir);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
    fclose(in);
    return text;
}

/* A second attempt knows of the first; the end says how it ended. */
static void beats_add_up(void **state)
{
    char dir[4096];
    struct em_heartbeat beat;
    struct em_status_dir status;
    const struct em_summary summary = {.files = 1, .records = 7, .documents = 5};
    (void)state;
    scratch(dir, "beats");
    for (int attempt = 1; attempt <= 2; attempt++) {
        assert_int_equal(em_heartbeat_open(&beat, dir, 1, 3, 2, 4, NULL), EM_OK);
        assert_int_equal(beat.attempt, attempt);
        assert_int_equal(em_heartbeat_end(&beat, &summary,
                                          attempt == 1 ? "failed" : "done",
                                          attempt == 1 ? "why" : NULL, NULL),
                         EM_OK);
        assert_int_equal(em_status_dir_read(&status, dir, beat.started + 1, 180, 2, NULL),
                         EM_OK);
        assert_true(
            em_view_starts(em_view_of(beat_text(dir)), EM_VIEW("{\"schema\":1,")));
        const struct em_shard *s = &status.shards[1];
        assert_int_equal(s->state, attempt == 1 ? EM_SHARD_FAILED : EM_SHARD_DONE);
        assert_string_equal(s->error, attempt == 1 ? "why" : "");
        assert_int_equal(s->records, 7);
        assert_int_equal(s->attempt, attempt);
        em_status_dir_release(&status);
    }
}

/* Every piece goes to one shard; which one does not depend on how many files there are. */
static void pieces_are_dealt_once(void **state)
{
    char path[4096];
    static char bytes[2500];
    struct em_inputs inputs = {.paths = NULL};
    struct em_range *ranges;
    (void)state;
    memset(bytes, 'x', sizeof(bytes));
    scratch(path, "large");
    assert_int_equal(em_file_write(path, em_view_make(bytes, sizeof(bytes)), NULL),
                     EM_OK);
    assert_int_equal(em_inputs_push(&inputs, em_view_of(path)), EM_OK);
    assert_int_equal(em_inputs_push(&inputs, EM_VIEW("/nowhere/small")), EM_OK);
    assert_int_equal(em_split_inputs(&inputs, 1000, &ranges, NULL), EM_OK);
    assert_int_equal(inputs.n, 4);
    assert_int_equal(ranges[0].from, 0);
    assert_int_equal(ranges[0].to, 1000);
    assert_int_equal(ranges[2].from, 2000);
    assert_int_equal(ranges[2].to, 2500);
    assert_int_equal(ranges[3].to, 0);
    em_inputs_release(&inputs);
    em_free(ranges);
    size_t dealt = 0;
    for (uint64_t shard = 0; shard < 3; shard++) {
        inputs = (struct em_inputs){.paths = NULL};
        for (int i = 0; i < 30; i++) {
            char name[16];
            snprintf(name, sizeof(name), "f%d", i);
            assert_int_equal(em_inputs_push(&inputs, em_view_of(name)), EM_OK);
        }
        em_split_shard(&inputs, NULL, shard, 3);
        assert_in_range(inputs.n, 1, 29);
        dealt += inputs.n;
        em_inputs_release(&inputs);
    }
    assert_int_equal(dealt, 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_slow_and_the_lost),
        cmocka_unit_test(states_by_name),
        cmocka_unit_test(beats_add_up),
        cmocka_unit_test(pieces_are_dealt_once),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
