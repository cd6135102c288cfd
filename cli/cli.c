/* SPDX-License-Identifier: Apache-2.0
 *
 * Messages, output files, shipped data.
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void em_error(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    fputs("echometer: ", stderr);
    vfprintf(stderr, format, ap);
    fputc('\n', stderr);
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

FILE *em_output_open(const char *path)
{
    if (!path || strcmp(path, "-") == 0)
        return stdout;
    FILE *out = fopen(path, "wb");
    if (!out)
        em_error("cannot write '%s': %s", path, strerror(errno));
    return out;
}

bool em_output_close(FILE *out, const char *path)
{
    errno = 0;
    bool failed = fflush(out) != 0 || ferror(out);
    if (out != stdout)
        failed |= fclose(out) != 0;
    if (failed)
        em_error("cannot write %s%s%s: %s", path ? "'" : "", path ? path : "the output",
                 path ? "'" : "", errno ? strerror(errno) : "write error");
    return !failed;
}

enum em_status em_read_file(const char *path, struct em_buf *out, struct em_err *err)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *in = standard ? stdin : fopen(path, "rb");
    if (!in)
        return em_fail(err, EM_ERR_IO, "file", "cannot open '%s': %s", path,
                       strerror(errno));
    enum em_status status = EM_OK;
    char chunk[65536];
    size_t n;
    while (status == EM_OK && (n = fread(chunk, 1, sizeof(chunk), in)) > 0)
        status = em_buf_append(out, chunk, n);
    if (status != EM_OK)
        em_fail(err, status, "file", "'%s': %s", path, em_status_text(status));
    else if (ferror(in))
        status = em_fail(err, EM_ERR_IO, "file", "cannot read '%s': %s", path,
                         strerror(errno));
    if (!standard)
        fclose(in);
    return status;
}
