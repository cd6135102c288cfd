/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* syncfs, flock */
#include "base/file.h"

#include "base/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_STEP = 65536 };

/* Room for what a file holds, or for a good piece of a stream. */
static size_t file_left(FILE *in)
{
    struct stat info;
    long at = ftell(in);
    if (fstat(fileno(in), &info) == 0 && S_ISREG(info.st_mode) && at >= 0 &&
        info.st_size > at)
        return (size_t)(info.st_size - at) + 1; /* the end is seen at the first try */
    return READ_STEP;
}

/* EM_OK with an error of the stream as well: ferror() tells. */
static enum em_status file_read_all(FILE *in, struct em_buf *out)
{
    for (size_t want = file_left(in);; want = READ_STEP) {
        size_t room = out->max - out->len;
        if (room == 0)
            return getc(in) == EOF ? EM_OK : EM_ERR_LIMIT;
        if (want > room)
            want = room;
        EM_TRY(em_buf_reserve(out, want));
        size_t n = fread(out->data + out->len, 1, want, in);
        out->len += n;
        out->data[out->len] = '\0';
        if (n < want)
            return EM_OK;
    }
}

enum em_status em_read_file(const char *path, struct em_buf *out, struct em_err *err)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *in = standard ? stdin : fopen(path, "rb");
    if (!in)
        return em_fail(err, EM_ERR_IO, "file", "cannot open '%s': %s", path,
                       strerror(errno));
    enum em_status status = file_read_all(in, out);
    if (status != EM_OK)
        em_fail(err, status, "file", "'%s': %s", path, em_status_text(status));
    else if (ferror(in))
        status = em_fail(err, EM_ERR_IO, "file", "cannot read '%s': %s", path,
                         strerror(errno));
    if (!standard)
        fclose(in);
    return status;
}

enum em_status em_file_make_folders(const char *path, struct em_err *err)
{
    char *copy = em_strdup(path);
    enum em_status status = copy ? EM_OK : EM_ERR_NOMEM;
    for (char *p = copy ? copy + 1 : NULL; p && *p && status == EM_OK; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST)
            status = em_fail(err, EM_ERR_IO, "file", "cannot make folder '%s': %s", copy,
                             strerror(errno));
        *p = '/';
    }
    em_free(copy);
    return status;
}

/* The part is whole, and with `safe` on the disk, or is taken away again. */
static enum em_status file_write_part(const char *part, struct em_view bytes, bool safe,
                                      struct em_err *err)
{
    errno = 0;
    FILE *out = fopen(part, "wb");
    bool good =
        out && fwrite(bytes.data ? bytes.data : "", 1, bytes.len, out) == bytes.len;
    good = good && fflush(out) == 0 && (!safe || fsync(fileno(out)) == 0);
    int code = errno;
    if (out && fclose(out) != 0 && good) {
        good = false;
        code = errno;
    }
    if (good)
        return EM_OK;
    if (out)
        remove(part);
    return em_fail(err, EM_ERR_IO, "file", "cannot write '%s': %s", part,
                   code ? strerror(code) : "write error");
}

static enum em_status file_write(const char *path, struct em_view bytes, bool safe,
                                 struct em_err *err)
{
    struct em_buf part;
    em_buf_init(&part, 1 << 16);
    enum em_status status = em_file_make_folders(path, err);
    if (status == EM_OK)
        status = em_buf_printf(&part, "%s.part", path);
    if (status == EM_OK)
        status = file_write_part(part.data, bytes, safe, err);
    if (status == EM_OK && rename(part.data, path) != 0)
        status = em_fail(err, EM_ERR_IO, "file", "cannot rename '%s': %s", part.data,
                         strerror(errno));
    em_buf_release(&part);
    return status;
}

enum em_status em_file_write(const char *path, struct em_view bytes, struct em_err *err)
{
    return file_write(path, bytes, true, err);
}

enum em_status em_file_put(const char *path, struct em_view bytes, struct em_err *err)
{
    return file_write(path, bytes, false, err);
}

enum em_status em_file_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return EM_ERR_IO;
    int code = syncfs(fd);
    close(fd);
    return code == 0 ? EM_OK : EM_ERR_IO;
}

enum em_status em_line_read(FILE *in, struct em_buf *line)
{
    int c;
    bool any = false;
    em_buf_clear(line);
    while ((c = getc_unlocked(in)) != EOF) {
        any = true;
        if (c == '\n')
            break;
        EM_TRY(em_buf_putc(line, (char)c));
    }
    if (ferror(in))
        return EM_ERR_IO;
    if (line->len && line->data[line->len - 1] == '\r')
        line->data[--line->len] = '\0';
    struct em_view text = em_view_without_mark(em_buf_view(line));
    if (text.len < line->len) {
        memmove(line->data, text.data, text.len + 1);
        line->len = text.len;
    }
    return any ? EM_OK : EM_END;
}

enum em_status em_file_lock(const char *path, int *fd, struct em_err *err)
{
    EM_TRY(em_file_make_folders(path, err));
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*fd < 0)
        return em_fail(err, EM_ERR_IO, "file", "cannot write '%s': %s", path,
                       strerror(errno));
    if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
        return EM_OK;
    int code = errno;
    close(*fd);
    *fd = -1;
    /* A file system without locks cannot be helped. */
    if (code != EWOULDBLOCK)
        return EM_OK;
    return em_fail(err, EM_ERR_FULL, "file", "'%s' is locked by another process", path);
}

bool em_file_lies_in(const char *path, const char *folder)
{
    char *file = realpath(path, NULL), *dir = realpath(folder, NULL);
    size_t n = dir ? strlen(dir) : 0;
    bool within = file && dir && strncmp(file, dir, n) == 0 &&
                  (file[n] == '/' || (n && dir[n - 1] == '/'));
    free(file);
    free(dir);
    return within;
}
