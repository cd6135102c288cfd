/* SPDX-License-Identifier: Apache-2.0
 *
 * Output files. A file is written beside its place (NAME.part) and renamed when it is whole,
 * so that what was there before stays until then, and stays where the command fails. What is
 * no regular file (a pipe, a terminal, /dev/null) is written to as it is.
 */
#define _GNU_SOURCE /* realpath, fchmod */
#include "base/alloc.h"
#include "base/compress.h"
#include "base/terminal.h"
#include "cli/cli.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Commands have two or three open at once. */
enum { MAX_OPEN = 8 };

static struct output {
    FILE *file;
    char *part, *path; /* path: where links lead */
} outputs[MAX_OPEN];

static struct output *output_of(const FILE *file)
{
    for (int i = 0; i < MAX_OPEN; i++)
        if (outputs[i].file == file)
            return &outputs[i];
    return NULL;
}

/* The entry is empty before its memory goes: a signal may look at it in between. */
static void output_forget(struct output *o)
{
    struct output old = *o;
    *o = (struct output){.file = NULL};
    atomic_signal_fence(memory_order_seq_cst);
    free(old.path);
    em_free(old.part);
}

/* A command that ends without closing its outputs has failed. */
static void remove_parts(void)
{
    for (int i = 0; i < MAX_OPEN; i++)
        if (outputs[i].file)
            remove(outputs[i].part);
}

/* Takes the parts away and ends as if nobody had listened. */
static void on_end(int number)
{
    for (int i = 0; i < MAX_OPEN; i++)
        if (outputs[i].part)
            unlink(outputs[i].part);
    raise(number);
}

/* A command that is ended by a signal leaves no part either. Those that end by themselves
 * when they are asked to (em_stop_catch) are left alone, and so is what is ignored. */
static void remove_parts_at_end(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_end,
                               .sa_flags = (int)SA_RESETHAND | SA_NODEFER};
    struct sigaction old;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
            sigaction(numbers[i], &action, NULL);
    atexit(remove_parts);
}

static FILE *open_beside(const char *path, const struct stat *old)
{
    static bool registered;
    struct output *o = output_of(NULL);
    char *real = realpath(path, NULL);
    const char *target = real ? real : path;
    size_t n = strlen(target) + sizeof(".part");
    char *part = o ? em_malloc(n) : NULL;
    if (!part) {
        free(real);
        return fopen(path, "wb");
    }
    snprintf(part, n, "%s.part", target);
    FILE *file = fopen(part, "wb");
    if (file && old && fchmod(fileno(file), old->st_mode & 07777) != 0)
        errno = 0; /* another's file: ours has the usual mode */
    if (file)
        file = em_compress_over(file, path);
    if (!file) {
        int code = errno;
        em_free(part);
        free(real);
        errno = code;
        return NULL;
    }
    if (!registered)
        remove_parts_at_end();
    registered = true;
    *o = (struct output){file, part, real ? real : strdup(path)};
    return file;
}

FILE *em_output_open(const char *path)
{
    struct stat st;
    if (!path || strcmp(path, "-") == 0)
        return stdout;
    bool there = stat(path, &st) == 0;
    FILE *out = there && !S_ISREG(st.st_mode) ? fopen(path, "wb")
                                              : open_beside(path, there ? &st : NULL);
    if (!out)
        em_error("cannot write '%s': %s", path, strerror(errno));
    return out ? em_terminal_over(out) : NULL;
}

bool em_output_apart(const char *path, const struct em_inputs *inputs)
{
    if (!path || strcmp(path, "-") == 0 || !em_inputs_holds(inputs, path))
        return true;
    em_error("'%s' is an input: it is not written over; name another output", path);
    return false;
}

bool em_output_unread(FILE *out)
{
    struct pollfd end = {.fd = fileno(out), .events = POLLOUT};
    return poll(&end, 1, 0) > 0 && (end.revents & POLLERR);
}

bool em_output_end(FILE *out, const char *path, bool keep)
{
    static bool told; /* of standard output, which main() ends as well */
    struct output *o = out == stdout ? NULL : output_of(out);
    errno = 0;
    bool failed = fflush(out) != 0 || ferror(out);
    bool unread = failed && em_output_unread(out);
    if (out != stdout)
        failed |= fclose(out) != 0;
    if (o && keep && !failed)
        failed = !o->path || rename(o->part, o->path) != 0;
    int code = errno;
    if (o && (failed || !keep))
        remove(o->part);
    if (o)
        output_forget(o);
    if (unread)
        em_output_broken();
    if (failed && !(out == stdout && told))
        em_error("cannot write %s%s%s: %s", path ? "'" : "", path ? path : "the output",
                 path ? "'" : "", code ? strerror(code) : "write error");
    told |= failed && out == stdout;
    return !failed;
}

bool em_output_close(FILE *out, const char *path)
{
    return em_output_end(out, path, true);
}
