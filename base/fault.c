/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* sigaction, siginfo_t */
#include "base/fault.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* How far after a mapping a wrong length in it may lead. */
#define BEHIND ((uint64_t)1 << 32)

static volatile sig_atomic_t fault_exit_code = -1;

/* --- only what may be called in a signal handler ----------------------------------------- */

static void put_text(const char *text)
{
    size_t n = strlen(text);
    while (n > 0) {
        ssize_t done = write(STDERR_FILENO, text, n);
        if (done <= 0)
            return;
        text += done;
        n -= (size_t)done;
    }
}

static _Noreturn void end_with(const char *file, const char *what)
{
    put_text("echometer: '");
    put_text(file);
    put_text("': ");
    put_text(what);
    put_text("\n");
    _exit(fault_exit_code);
}

static const char *read_hex(const char *p, uint64_t *value)
{
    *value = 0;
    for (;; p++) {
        int digit = *p >= '0' && *p <= '9'   ? *p - '0'
                    : *p >= 'a' && *p <= 'f' ? *p - 'a' + 10
                                             : -1;
        if (digit < 0)
            return p;
        *value = *value * 16 + (uint64_t)digit;
    }
}

/* A line of /proc/self/maps: "from-to rwxp offset dev inode   /path". The path, where the
 * mapping is a file's that holds the address, or with `after` one that ends before it. */
static const char *path_at(const char *line, uint64_t address, bool behind)
{
    uint64_t from, to;
    const char *p = read_hex(line, &from);
    p = read_hex(*p == '-' ? p + 1 : p, &to);
    const char *path = strchr(p, '/');
    bool data = path && !strstr(p, " r-xp ") && !strstr(path, ".so");
    if (!data || address < from)
        return NULL;
    return address < to || (behind && address - to < BEHIND) ? path : NULL;
}

/* The file that is mapped where `address` is, into `path`. */
static bool find_file(uint64_t address, bool behind, char *path, size_t room)
{
    static char text[1 << 16];
    size_t have = 0;
    bool found = false;
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    for (;;) {
        ssize_t n = fd < 0 ? 0 : read(fd, text + have, sizeof(text) - 1 - have);
        if (n <= 0)
            break;
        have += (size_t)n;
        text[have] = '\0';
        char *line = text, *end;
        while ((end = strchr(line, '\n')) != NULL) {
            *end = '\0';
            const char *hit = path_at(line, address, behind);
            if (hit && strlen(hit) < room) {
                memcpy(path, hit, strlen(hit) + 1);
                found = true;
            }
            line = end + 1;
        }
        have = strlen(line);
        memmove(text, line, have);
        if (have == sizeof(text) - 1)
            have = 0;
    }
    if (fd >= 0)
        close(fd);
    return found;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    static char path[4200];
    (void)context;
    uint64_t address = (uint64_t)(uintptr_t)info->si_addr;
    /* Numbers above 0: sent by the kernel, for an access. */
    if (info->si_code > 0 && find_file(address, number == SIGSEGV, path, sizeof(path)))
        end_with(path, number == SIGBUS
                           ? "the file is shorter than its pages say, or cannot "
                             "be read: it was cut, also while in use, or its "
                             "disk fails"
                           : "pages of the file are damaged");
    signal(number, SIG_DFL); /* and the access is tried again */
}

/* --- */

void em_fault_catch(int exit_code)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO};
    action.sa_sigaction = on_fault;
    sigemptyset(&action.sa_mask);
    fault_exit_code = exit_code;
    sigaction(SIGBUS, &action, NULL);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    sigaction(SIGSEGV, &action, NULL);
#endif
}

void em_fault_damaged(const char *file, const char *what)
{
    if (fault_exit_code >= 0)
        end_with(file, what);
}
