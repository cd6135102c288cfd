/* SPDX-License-Identifier: Apache-2.0
 *
 * The header that gated data asks for, from a file, so that it stands in no command line. It
 * is a secret: nothing here says what is in the file.
 */
#include "crawler/archive/remote_int.h"

#include "base/limits.h"

#include <errno.h>
#include <stdio.h>

static bool header_is_name(struct em_view v)
{
    for (size_t i = 0; i < v.len; i++) {
        char c = v.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_')
            return false;
    }
    return v.len > 0;
}

/* Those that say what is asked for are ours to set. */
static bool header_is_ours(struct em_view name)
{
    static const char *const ours[] = {"host",     "range",          "if-match",
                                       "accept",   "if-none-match",  "content-length",
                                       "if-range", "accept-encoding"};
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
        if (em_view_ieq(name, em_view_of(ours[i])))
            return true;
    return false;
}

static const char *header_check(struct em_view line)
{
    size_t colon = em_view_find(line, 0, EM_VIEW(":"));
    struct em_view name = em_view_sub(line, 0, colon),
                   value = em_view_trim(em_view_sub(line, colon + 1, line.len));
    if (colon == line.len || !header_is_name(name) || value.len == 0)
        return "is not NAME: VALUE";
    if (header_is_ours(name))
        return "sets a field that is set by the program";
    for (size_t i = 0; i < line.len; i++)
        if ((unsigned char)line.data[i] < 0x20 || line.data[i] == 0x7F)
            return "has a control character";
    return NULL;
}

static enum em_status header_take(struct em_remote_pool *pool, struct em_view text,
                                  const char *path, struct em_err *err)
{
    size_t number = 0, n = 0;
    while (text.len) {
        size_t end = em_view_find(text, 0, EM_VIEW("\n"));
        struct em_view line = em_view_trim(em_view_sub(text, 0, end));
        text = em_view_sub(text, end + 1, text.len);
        number++;
        if (line.len == 0 || line.data[0] == '#')
            continue;
        const char *why = header_check(line);
        if (!why && n == EM_REMOTE_HEADER_LINES)
            why = "is one too many";
        if (why)
            return em_fail(err, EM_ERR_USAGE, "remote",
                           "header file '%.100s': line %zu %s", path, number, why);
        n++;
        EM_TRY(em_buf_append_view(&pool->header, line));
        EM_TRY(em_buf_putc(&pool->header, '\0'));
    }
    const char *at = pool->header.data;
    for (size_t i = 0; i < n; i++, at += strlen(at) + 1)
        pool->header_lines[i] = at;
    return n ? EM_OK
             : em_fail(err, EM_ERR_USAGE, "remote", "header file '%.100s' is empty",
                       path);
}

enum em_status em_remote_read_header(struct em_remote_pool *pool, const char *path,
                                     struct em_err *err)
{
    char text[16 * 1024];
    FILE *file = fopen(path, "rb");
    if (!file)
        return em_fail(err, EM_ERR_USAGE, "remote",
                       "cannot open header file '%.100s': %s", path, strerror(errno));
    size_t n = fread(text, 1, sizeof(text), file);
    bool bad = ferror(file) || n == sizeof(text);
    fclose(file);
    em_buf_init(&pool->header, 2 * sizeof(text));
    enum em_status status =
        bad ? em_fail(err, EM_ERR_USAGE, "remote",
                      "header file '%.100s' cannot be read, or is longer than 16 KiB",
                      path)
            : header_take(pool, em_view_make(text, n), path, err);
    memset(text, 0, sizeof(text));
    return status;
}
