/* SPDX-License-Identifier: Apache-2.0
 *
 * Every allocation of a cleaning, of a review and of a comparison fails once, in turn: a
 * message and exit code 2, or the result that there would have been; no crash, and (under
 * ASan) no leak. What is left on disk is whole files only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cli/clean_show.h"
#include "cli/clean_tell.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_ALLOCATIONS = 20000 };

static char folder[] = "/tmp/echometer-clean-oom-XXXXXX";
static char input[64], output[64];
static int screen[2] = {-1, -1};

static const char story[] =
    "The keeper of the seventh lighthouse painted its door every spring and told nobody "
    "why, "
    "though the children who passed it on their way to school had their own ideas about "
    "the "
    "colour, which was not the same in any two years that they could remember at all.";

/* A pair of echoes, an owner's word, another language, a line that is none. */
static int make(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(input, sizeof(input), "%s/in.jsonl", folder);
    snprintf(output, sizeof(output), "%s/out", folder);
    FILE *out = fopen(input, "w");
    if (!out)
        return -1;
    fprintf(out, "{\"id\":1,\"text\":\"%s %s\",\"url\":\"http://a.example.org/\"}\n",
            story, "It was green at first.");
    fprintf(out, "{\"id\":2,\"text\":\"%s %s\",\"url\":\"http://b.example.net/\"}\n",
            story, "It was green at first.");
    fprintf(out,
            "{\"id\":3,\"text\":\"Reserved text of an owner.\",\"robots\":\"noai\"}\n");
    fprintf(out, "no JSON\n");
    return fclose(out);
}

static int clear(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
}

/* What is printed is not the test's; messages come by the thousand. */
static void silence(bool on)
{
    fflush(stdout);
    fflush(stderr);
    if (on) {
        int null = open("/dev/null", O_WRONLY);
        for (int i = 0; i < 2; i++) {
            screen[i] = dup(i + 1);
            dup2(null, i + 1);
        }
        close(null);
        return;
    }
    for (int i = 0; i < 2; i++) {
        dup2(screen[i], i + 1);
        close(screen[i]);
    }
}

static int clean(void)
{
    const char *line[] = {"clean"};
    char *operands[] = {input};
    struct em_clean_arguments a = {
        .output = output,
        .threads = 1,
        .echo_memory = 1 << 20,
        .echo_contained = 0.8,
        .quiet = true,
        .signals =
            EM_CLEAN_LANGUAGES | EM_CLEAN_OPTOUTS | EM_CLEAN_ECHOES | EM_CLEAN_MATCHES,
        .policy = {.threshold = (double)NAN,
                   .on_echo = EM_CLEAN_DROP,
                   .on_optout = EM_CLEAN_DROP},
    };
    return em_clean_tell(&a, operands, 1, 1, line);
}

static int review(void)
{
    const struct em_clean_show r = {.dir = output, .limit = 10};
    return em_clean_show_review(&r);
}

static int compare(void)
{
    return em_clean_show_comparison(output, output, true);
}

static void fail_each(int (*run)(void), int good, bool afresh)
{
    long nth = 1;
    bool broke = false;
    char again[160];
    snprintf(again, sizeof(again), "rm -rf '%s'", output);
    silence(true);
    for (; nth < MAX_ALLOCATIONS; nth++) {
        if (afresh && system(again) != 0)
            break;
        em_alloc_fail_at(nth, 0);
        int code = run();
        long made = em_alloc_count();
        em_alloc_fail_at(0, 0);
        broke |= code != good && code != EM_EXIT_FAILED;
        if (made < nth || broke)
            break;
    }
    silence(false);
    assert_false(broke);
    assert_true(nth > 10 && nth < MAX_ALLOCATIONS);
}

static void cleaning(void **state)
{
    (void)state;
    fail_each(clean, EM_EXIT_DAMAGED, true);
}

/* After the last run of the test above, which failed nowhere. */
static void looking(void **state)
{
    (void)state;
    fail_each(review, EM_EXIT_OK, false);
    fail_each(compare, EM_EXIT_OK, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cleaning),
        cmocka_unit_test(looking),
    };
    return cmocka_run_group_tests(tests, make, clear);
}
