/* SPDX-License-Identifier: Apache-2.0
 *
 * After a crash: the folder is made to hold what a mark says. Everything is done in an
 * order that a second crash cannot spoil: doing it again gives the same.
 *
 *   1. nothing is touched before the file that the mark ends in is seen to be long enough
 *   2. files after the mark are removed, and leftovers of sorting
 *   3. the file of the mark is cut, and gets its open name if it had its final one
 *   4. its index keeps the lines whose records are left
 *
 * Where no mark is known, members are inflated one after another: the last one that ends
 * well is where the file is cut. Linear in the file, constant memory.
 */
#include "crawler/web/fetch/warc_write.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "crawler/web/fetch/cdxj.h"
#include "crawler/web/fetch/warc_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* --- the end of the last whole member --------------------------------------------------- */

struct scan {
    int fd;
    z_stream z;
    unsigned char *in, *out;
    uint64_t read;  /* bytes of the file given to zlib's input */
    uint64_t whole; /* where the last whole member ends */
};

enum { SCAN = 256 * 1024 };

static enum em_status scan_members(struct scan *s, struct em_err *err)
{
    for (;;) {
        if (s->z.avail_in == 0) {
            ssize_t n = read(s->fd, s->in, SCAN);
            if (n < 0 && errno == EINTR)
                continue;
            if (n < 0)
                return em_fail(err, EM_ERR_IO, "warc", "cannot read: %s",
                               strerror(errno));
            if (n == 0)
                return EM_OK;
            s->z.next_in = s->in;
            s->z.avail_in = (uInt)n;
            s->read += (uint64_t)n;
        }
        s->z.next_out = s->out;
        s->z.avail_out = SCAN;
        int code = inflate(&s->z, Z_NO_FLUSH);
        if (code == Z_MEM_ERROR)
            return em_fail(err, EM_ERR_NOMEM, "warc", "out of memory");
        if (code == Z_STREAM_END) {
            s->whole = s->read - s->z.avail_in;
            if (inflateReset(&s->z) != Z_OK)
                return em_fail(err, EM_ERR_INTERNAL, "warc", "zlib");
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            return EM_OK; /* what follows is no member of ours */
        }
    }
}

static enum em_status whole_members(const char *path, uint64_t *length,
                                    struct em_err *err)
{
    struct scan s = {.fd = open(path, O_RDONLY | O_CLOEXEC)};
    if (s.fd < 0)
        return em_fail(err, EM_ERR_IO, "warc", "cannot open '%.180s': %s", path,
                       strerror(errno));
    s.in = em_malloc(SCAN);
    s.out = em_malloc(SCAN);
    enum em_status status = EM_OK;
    if (!s.in || !s.out || inflateInit2(&s.z, 15 + 16) != Z_OK) {
        status = em_fail(err, EM_ERR_NOMEM, "warc", "out of memory");
    } else {
        status = scan_members(&s, err);
        inflateEnd(&s.z);
    }
    *length = s.whole;
    em_free(s.in);
    em_free(s.out);
    close(s.fd);
    return status;
}

bool em_warc_first_id(const char *path, char out[EM_WARC_ID])
{
    enum { ENOUGH = 4096 }; /* the id is the third line */
    unsigned char in[ENOUGH], plain[ENOUGH];
    const struct em_view name = EM_VIEW("\r\nWARC-Record-ID: <");
    z_stream z = {.next_in = in, .next_out = plain, .avail_out = ENOUGH};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, in, ENOUGH) : -1;
    if (fd >= 0)
        close(fd);
    out[0] = '\0';
    if (n <= 0 || inflateInit2(&z, 15 + 16) != Z_OK)
        return false;
    z.avail_in = (uInt)n;
    (void)inflate(&z, Z_SYNC_FLUSH);
    inflateEnd(&z);
    struct em_view text = em_view_make((const char *)plain, ENOUGH - z.avail_out);
    size_t at = em_view_find(text, 0, name) + name.len;
    size_t end = em_view_find(text, at, EM_VIEW(">"));
    if (at >= text.len || end >= text.len || end - at != EM_WARC_ID - 1)
        return false;
    memcpy(out, text.data + at, EM_WARC_ID - 1);
    out[EM_WARC_ID - 1] = '\0';
    return true;
}

/* --- the folder --------------------------------------------------------------------------- */

struct recover {
    const char *dir, *prefix;
    struct em_buf path, other;
    struct em_err *err;
};

static enum em_status fail_errno(struct recover *r, const char *what)
{
    return em_fail(r->err, EM_ERR_IO, "warc", "cannot %s '%.180s': %s", what,
                   r->path.data ? r->path.data : r->dir, strerror(errno));
}

static enum em_status set_path(struct recover *r, uint32_t serial, const char *suffix)
{
    enum em_status status = em_warc_path(&r->path, r->dir, r->prefix, serial, suffix);
    return status < 0 ? em_fail(r->err, status, "warc", "%s", em_status_text(status))
                      : EM_OK;
}

/* -1: there is none. */
static int64_t file_size(struct recover *r, uint32_t serial, const char *suffix)
{
    struct stat st;
    if (set_path(r, serial, suffix) < 0 || stat(r->path.data, &st) != 0)
        return -1;
    return (int64_t)st.st_size;
}

/* "PREFIX-00007SUFFIX": the serial and where the suffix begins; false for other names. */
static bool parse_name(const struct recover *r, const char *name, uint32_t *serial,
                       const char **suffix)
{
    size_t n = strlen(r->prefix);
    unsigned long long value;
    if (strncmp(name, r->prefix, n) != 0 || name[n] != '-')
        return false;
    size_t digits = strspn(name + n + 1, "0123456789");
    if (digits < 5 || digits > 10 ||
        !em_view_u64(em_view_make(name + n + 1, digits), &value) || value > UINT32_MAX)
        return false;
    *serial = (uint32_t)value;
    *suffix = name + n + 1 + digits;
    return strncmp(*suffix, ".warc.gz", 8) == 0 || strncmp(*suffix, ".cdxj", 5) == 0;
}

static bool is_leftover(const char *suffix)
{
    return strncmp(suffix, ".cdxj.", 6) == 0 && strcmp(suffix, ".cdxj" EM_WARC_OPEN) != 0;
}

/* Removes what lies after {serial, length}, and leftovers. */
static enum em_status remove_behind(struct recover *r, const struct em_warc_mark *mark)
{
    DIR *dir = opendir(r->dir);
    enum em_status status = EM_OK;
    em_buf_clear(&r->path);
    if (!dir)
        return fail_errno(r, "open");
    for (const struct dirent *d; status == EM_OK && (d = readdir(dir)) != NULL;) {
        uint32_t serial;
        const char *suffix;
        if (!parse_name(r, d->d_name, &serial, &suffix))
            continue;
        bool behind =
            serial > mark->serial || (serial == mark->serial && mark->length == 0);
        bool sorted = serial < mark->serial && strcmp(suffix, ".cdxj" EM_WARC_OPEN) == 0;
        if (!behind && !sorted && !is_leftover(suffix))
            continue;
        em_buf_clear(&r->path);
        if (em_buf_printf(&r->path, "%s/%s", r->dir, d->d_name) < 0)
            status = em_fail(r->err, EM_ERR_NOMEM, "warc", "out of memory");
        else if (unlink(r->path.data) != 0)
            status = fail_errno(r, "remove");
    }
    closedir(dir);
    return status;
}

/* Where writing went on: the file that is open, else after the last one. */
static enum em_status find_mark(struct recover *r, struct em_warc_mark *mark)
{
    DIR *dir = opendir(r->dir);
    bool any = false, open_found = false;
    uint32_t last = 0, open_serial = 0;
    em_buf_clear(&r->path);
    if (!dir)
        return fail_errno(r, "open");
    for (const struct dirent *d; (d = readdir(dir)) != NULL;) {
        uint32_t serial;
        const char *suffix;
        if (!parse_name(r, d->d_name, &serial, &suffix))
            continue;
        if (strcmp(suffix, ".warc.gz" EM_WARC_OPEN) == 0 &&
            (!open_found || serial > open_serial)) {
            open_found = true;
            open_serial = serial;
        }
        if (strcmp(suffix, ".warc.gz") == 0 && (!any || serial > last)) {
            any = true;
            last = serial;
        }
    }
    closedir(dir);
    *mark = (struct em_warc_mark){any ? last + 1 : 0, 0};
    if (!open_found || open_serial < mark->serial)
        return EM_OK;
    mark->serial = open_serial;
    EM_TRY(set_path(r, open_serial, ".warc.gz" EM_WARC_OPEN));
    return whole_members(r->path.data, &mark->length, r->err);
}

static enum em_status cut_index(struct recover *r, const struct em_warc_mark *mark)
{
    bool open_there = file_size(r, mark->serial, ".cdxj" EM_WARC_OPEN) >= 0;
    if (!open_there && file_size(r, mark->serial, ".cdxj") < 0)
        return EM_OK; /* written without an index */
    EM_TRY(set_path(r, mark->serial, open_there ? ".cdxj" EM_WARC_OPEN : ".cdxj"));
    enum em_status status =
        em_warc_path(&r->other, r->dir, r->prefix, mark->serial, ".cdxj.cut");
    if (status < 0)
        return em_fail(r->err, status, "warc", "%s", em_status_text(status));
    EM_TRY(em_cdxj_cut(r->path.data, r->other.data, mark->length, true, r->err));
    EM_TRY(set_path(r, mark->serial, ".cdxj" EM_WARC_OPEN));
    if (rename(r->other.data, r->path.data) != 0)
        return fail_errno(r, "rename to");
    EM_TRY(set_path(r, mark->serial, ".cdxj"));
    if (unlink(r->path.data) != 0 && errno != ENOENT)
        return fail_errno(r, "remove");
    return EM_OK;
}

static enum em_status cut_file(struct recover *r, const struct em_warc_mark *mark,
                               bool closed)
{
    EM_TRY(set_path(r, mark->serial, closed ? ".warc.gz" : ".warc.gz" EM_WARC_OPEN));
    int fd = open(r->path.data, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(r, "open");
    bool fine = ftruncate(fd, (off_t)mark->length) == 0 && fsync(fd) == 0;
    enum em_status status = fine ? EM_OK : fail_errno(r, "cut");
    close(fd);
    if (status < 0 || !closed)
        return status;
    status =
        em_warc_path(&r->other, r->dir, r->prefix, mark->serial, ".warc.gz" EM_WARC_OPEN);
    if (status < 0)
        return em_fail(r->err, status, "warc", "%s", em_status_text(status));
    return rename(r->path.data, r->other.data) == 0 ? EM_OK : fail_errno(r, "rename");
}

static enum em_status recover(struct recover *r, const struct em_warc_mark *mark)
{
    int64_t open_size = file_size(r, mark->serial, ".warc.gz" EM_WARC_OPEN);
    int64_t size = open_size >= 0 ? open_size : file_size(r, mark->serial, ".warc.gz");
    if (mark->length > 0 && (size < 0 || (uint64_t)size < mark->length))
        return em_fail(r->err, EM_ERR_TRUNCATED, "warc",
                       "'%.150s' has %lld bytes, %llu were promised",
                       r->path.data ? r->path.data : r->dir, (long long)size,
                       (unsigned long long)mark->length);
    EM_TRY(remove_behind(r, mark));
    if (mark->length > 0) {
        EM_TRY(cut_file(r, mark, open_size < 0));
        EM_TRY(cut_index(r, mark));
    }
    return em_warc_sync_dir(r->dir, r->err);
}

enum em_status em_warc_writer_recover(const char *dir, const char *prefix,
                                      const struct em_warc_mark *mark,
                                      struct em_warc_mark *mark_out, struct em_err *err)
{
    struct recover r = {.dir = dir, .prefix = prefix, .err = err};
    struct em_warc_mark found;
    enum em_status status = EM_OK;
    em_buf_init(&r.path, 8 * EM_KIB);
    em_buf_init(&r.other, 8 * EM_KIB);
    if (mark)
        found = *mark;
    else
        status = find_mark(&r, &found);
    if (status == EM_OK)
        status = recover(&r, &found);
    if (status == EM_OK && mark_out)
        *mark_out = found;
    em_buf_release(&r.path);
    em_buf_release(&r.other);
    return status;
}
