/* SPDX-License-Identifier: Apache-2.0
 *
 * A mapped file that lost its pages: the process says which file it was and ends with the
 * code it was told; what is no mapped file's fault ends it by the signal, as ever. Each in a
 * process of its own.
 */
#include "scratch.h"

#include "base/fault.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { CODE = 42 };

/* Runs `act` in a child; its status, and in `said` what it wrote to standard error. */
static int child_run(void (*act)(const char *path), const char *path, char said[1024])
{
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        act(path);
        _exit(0);
    }
    close(ends[1]);
    size_t n = 0;
    for (ssize_t got; (got = read(ends[0], said + n, 1023 - n)) > 0;)
        n += (size_t)got;
    said[n] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void touch_cut(const char *path)
{
    em_fault_catch(CODE);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || ftruncate(fd, 8192) != 0)
        _exit(1);
    volatile char *page = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED || ftruncate(fd, 0) != 0)
        _exit(1);
    _exit(page[4096] ? 2 : 3); /* neither: it has no such page */
}

static void say_damaged(const char *path)
{
    em_fault_catch(CODE);
    em_fault_damaged(path, "a page has no end");
}

static void say_uncaught(const char *path)
{
    em_fault_damaged(path, "a page has no end");
}

static void send_bus(const char *path)
{
    (void)path;
    em_fault_catch(CODE);
    raise(SIGBUS); /* sent by a process, for no access */
    raise(SIGBUS);
}

static void cut_file_is_named(void **state)
{
    (void)state;
    char path[4096], said[1024];
    int status = child_run(touch_cut, scratch(path, "cut.mdb"), said);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), CODE);
    assert_non_null(strstr(said, "echometer: '"));
    assert_non_null(strstr(said, "cut.mdb"));
    assert_non_null(strstr(said, "the file is shorter than its pages say"));
}

static void damage_found_by_others(void **state)
{
    (void)state;
    char said[1024];
    int status = child_run(say_damaged, "some/data.mdb", said);
    assert_int_equal(WEXITSTATUS(status), CODE);
    assert_string_equal(said, "echometer: 'some/data.mdb': a page has no end\n");
    /* In a library, where nobody asked for it, the caller continues. */
    status = child_run(say_uncaught, "some/data.mdb", said);
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_string_equal(said, "");
}

static void other_signals_stay(void **state)
{
    (void)state;
    char said[1024];
    int status = child_run(send_bus, "", said);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGBUS);
    assert_string_equal(said, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_file_is_named),
        cmocka_unit_test(damage_found_by_others),
        cmocka_unit_test(other_signals_stay),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
