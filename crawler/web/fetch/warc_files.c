/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of an archive: their names, writing all of a buffer, making a folder's names safe.
 */
#define _GNU_SOURCE /* O_DIRECTORY */
#include "crawler/web/fetch/warc_int.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum em_status em_warc_path(struct em_buf *out, const char *dir, const char *prefix,
                            uint32_t serial, const char *suffix)
{
    em_buf_clear(out);
    return em_buf_printf(out, "%s/%s-%05u%s", dir, prefix, serial, suffix);
}

enum em_status em_write_all(int fd, const void *data, size_t len, struct em_err *err)
{
    const char *p = data;
    while (len) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return em_fail(err, EM_ERR_IO, "warc", "cannot write: %s",
                           n ? strerror(errno) : "no progress");
        p += n;
        len -= (size_t)n;
    }
    return EM_OK;
}

enum em_status em_warc_sync_dir(const char *dir, struct em_err *err)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed = fd < 0 || fsync(fd) != 0;
    int error = errno;
    if (fd >= 0)
        close(fd);
    return failed ? em_fail(err, EM_ERR_IO, "warc", "cannot sync '%.180s': %s", dir,
                            strerror(error))
                  : EM_OK;
}
