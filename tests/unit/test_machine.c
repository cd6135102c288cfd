/* SPDX-License-Identifier: Apache-2.0
 *
 * What a process may use: processors by its mask and at most as many as asked for, limits
 * as they are set, loaded libraries by their paths.
 */
#define _GNU_SOURCE /* sched_setaffinity */
#include "scratch.h"

#include "base/machine.h"

#include <sched.h>
#include <sys/resource.h>

static void processors(void **state)
{
    (void)state;
    struct em_machine machine;
    cpu_set_t before, one;
    em_machine_read(&machine, ".");
    assert_true(machine.processors >= 1);
    assert_int_equal(em_machine_processors(UINT32_MAX), machine.processors);
    assert_int_equal(em_machine_processors(1), 1);
    if (sched_getaffinity(0, sizeof(before), &before) != 0)
        return;
    CPU_ZERO(&one);
    for (size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &before))
            CPU_SET(i, &one);
    assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
    assert_int_equal(em_machine_processors(64), 1);
    assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
    assert_int_equal(em_machine_processors(UINT32_MAX), machine.processors);
}

static void limits(void **state)
{
    (void)state;
    struct rlimit before, few;
    struct em_machine machine;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    few.rlim_cur = 64;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    em_machine_read(&machine, scratch_root);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(machine.open_files, 64);
    assert_true(machine.open_files_most >= 64);
    assert_true(machine.memory > 0);
    assert_true(machine.disk_free > 0);
    em_machine_read(&machine, "/no/such/folder");
    assert_int_equal(machine.disk_free, 0);
}

static void count_library(void *context, const char *path)
{
    int *found = context;
    assert_int_equal(path[0], '/');
    *found += strstr(path, "libc.so") != NULL || strstr(path, "libc-") != NULL;
}

static void libraries(void **state)
{
    (void)state;
    int found = 0;
    em_machine_libraries(count_library, &found);
    assert_int_equal(found, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(processors),
        cmocka_unit_test(limits),
        cmocka_unit_test(libraries),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
