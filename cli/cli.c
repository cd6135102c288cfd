/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages, output files, shipped data.
 */
#include "cli/cli.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Lines of one file that are named. */
enum { MAX_BAD_LINES = 10 };

void em_error(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    flockfile(stderr); /* several threads may have something to say */
    fputs("echometer: ", stderr);
    vfprintf(stderr, format, ap);
    fputc('\n', stderr);
    funlockfile(stderr);
    va_end(ap);
}

void em_error_report(const char *subject, const struct em_err *err)
{
    const char *text = err->text[0] ? err->text : em_status_text(err->status);
    if (subject)
        em_error("%s: %s", subject, text);
    else
        em_error("%s", text);
}

void em_tell_damage(const char *file, uint64_t offset, const char *reason)
{
    if (offset == UINT64_MAX)
        em_error("%s: %s", file, reason);
    else
        em_error("%s: at byte %llu: %s", file, (unsigned long long)offset, reason);
}

void em_tell_input(const char *path, const char *what)
{
    em_error("%s: %s", path, what);
}

void em_error_bad_line(const char *path, uint64_t line, const char *why, uint64_t nth)
{
    if (nth <= MAX_BAD_LINES)
        em_error("%s: record %llu: %s", path, (unsigned long long)line, why);
    if (nth == MAX_BAD_LINES + 1)
        em_error("%s: further bad lines are counted and not listed", path);
}

void em_output_broken(void)
{
    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
}

int em_usage_error(const struct em_command *command, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    fprintf(stderr, "echometer: %s: ", command->name);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fprintf(stderr,
            "\nusage: echometer %s [OPTION...] %s\n"
            "`echometer %s --help` explains.\n",
            command->name, command->arguments, command->name);
    return EM_EXIT_USAGE;
}
