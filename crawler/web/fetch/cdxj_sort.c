/* SPDX-License-Identifier: Apache-2.0
 *
 * Sorting an index in bounded memory, and cutting one. Runs that fit into memory are sorted
 * and, if there is more than one, written to files TO.0, TO.1, ...; at most FAN are merged
 * at a time, into a further run, until one merge gives the result.
 */
#include "crawler/web/fetch/cdxj.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "crawler/web/fetch/warc_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FAN = 32, CHUNK = 64 * 1024 };

/* --- lines of a file ---------------------------------------------------------------------- */

struct reader {
    int fd;
    struct em_buf buf;
    size_t at;
    bool end;
    struct em_view line; /* with its line end; empty: no more */
};

static void reader_init(struct reader *r)
{
    *r = (struct reader){.fd = -1};
    em_buf_init(&r->buf, EM_MAX_CDXJ_LINE + 2 * CHUNK);
}

static void reader_release(struct reader *r)
{
    if (r->fd >= 0)
        close(r->fd);
    em_buf_release(&r->buf);
}

static enum em_status fail_path(struct em_err *err, const char *what, const char *path)
{
    return em_fail(err, EM_ERR_IO, "cdxj", "cannot %s '%.180s': %s", what, path,
                   strerror(errno));
}

static enum em_status reader_open(struct reader *r, const char *path, struct em_err *err)
{
    r->fd = open(path, O_RDONLY | O_CLOEXEC);
    return r->fd < 0 ? fail_path(err, "open", path) : EM_OK;
}

static enum em_status reader_fill(struct reader *r, struct em_err *err)
{
    size_t left = r->buf.len - r->at;
    if (left > EM_MAX_CDXJ_LINE)
        return em_fail(err, EM_ERR_LIMIT, "cdxj", "a line longer than %zu bytes",
                       EM_MAX_CDXJ_LINE);
    if (r->at && left)
        memmove(r->buf.data, r->buf.data + r->at, left);
    r->buf.len = left;
    r->at = 0;
    if (em_buf_reserve(&r->buf, CHUNK) < 0)
        return em_fail(err, EM_ERR_NOMEM, "cdxj", "out of memory");
    ssize_t n;
    do
        n = read(r->fd, r->buf.data + r->buf.len, CHUNK);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return em_fail(err, EM_ERR_IO, "cdxj", "cannot read: %s", strerror(errno));
    r->buf.len += (size_t)n;
    r->end = n == 0;
    return EM_OK;
}

/* r->line is valid until the next call. What has no line end is dropped: it was cut. */
static enum em_status reader_next(struct reader *r, struct em_err *err)
{
    size_t seen = 0;
    for (;;) {
        struct em_view rest = em_view_sub(em_buf_view(&r->buf), r->at, r->buf.len);
        size_t end = em_view_find(rest, seen, EM_VIEW("\n"));
        if (end < rest.len) {
            r->line = em_view_sub(rest, 0, end + 1);
            r->at += end + 1;
            return EM_OK;
        }
        seen = rest.len;
        if (r->end) {
            r->line = EM_VIEW_NONE;
            return EM_OK;
        }
        EM_TRY(reader_fill(r, err));
    }
}

/* --- writing ------------------------------------------------------------------------------ */

struct writer {
    int fd;
    struct em_buf buf;
};

static enum em_status writer_open(struct writer *w, const char *path, struct em_err *err)
{
    em_buf_init(&w->buf, EM_MAX_CDXJ_LINE + 4 * CHUNK);
    w->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    return w->fd < 0 ? fail_path(err, "create", path) : EM_OK;
}

static enum em_status writer_put(struct writer *w, struct em_view line,
                                 struct em_err *err)
{
    if (w->buf.len + line.len > 2 * CHUNK) {
        EM_TRY(em_write_all(w->fd, w->buf.data, w->buf.len, err));
        em_buf_clear(&w->buf);
    }
    if (line.len > 2 * CHUNK)
        return em_write_all(w->fd, line.data, line.len, err);
    return em_buf_append_view(&w->buf, line) < 0
               ? em_fail(err, EM_ERR_NOMEM, "cdxj", "out of memory")
               : EM_OK;
}

static enum em_status writer_close(struct writer *w, enum em_status status, bool sync,
                                   struct em_err *err)
{
    if (status == EM_OK && w->buf.len)
        status = em_write_all(w->fd, w->buf.data, w->buf.len, err);
    if (status == EM_OK && sync && fdatasync(w->fd) != 0)
        status = em_fail(err, EM_ERR_IO, "cdxj", "cannot sync: %s", strerror(errno));
    if (w->fd >= 0 && close(w->fd) != 0 && status == EM_OK)
        status = em_fail(err, EM_ERR_IO, "cdxj", "cannot close: %s", strerror(errno));
    em_buf_release(&w->buf);
    return status;
}

/* --- sorting ------------------------------------------------------------------------------- */

struct sort {
    const char *to;
    size_t memory;
    bool sync;
    struct em_buf text;    /* lines of the run */
    struct em_view *lines; /* into it; offsets while it grows */
    size_t n_lines, cap_lines;
    unsigned first, next; /* runs in files */
    char *path;           /* of a run */
    size_t path_size;
};

static int cdxj_sort_compare(struct em_view a, struct em_view b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = memcmp(a.data, b.data, n);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_lines(const void *a, const void *b)
{
    return cdxj_sort_compare(*(const struct em_view *)a, *(const struct em_view *)b);
}

static const char *run_path(struct sort *s, unsigned run)
{
    snprintf(s->path, s->path_size, "%s.%u", s->to, run);
    return s->path;
}

static enum em_status write_run(struct sort *s, const char *path, bool sync,
                                struct em_err *err)
{
    struct writer w;
    if (s->n_lines)
        qsort(s->lines, s->n_lines, sizeof(s->lines[0]), compare_lines);
    enum em_status status = writer_open(&w, path, err);
    for (size_t i = 0; status == EM_OK && i < s->n_lines; i++)
        status = writer_put(&w, s->lines[i], err);
    status = writer_close(&w, status, sync, err);
    s->n_lines = 0;
    em_buf_clear(&s->text);
    return status;
}

/* The buffer never moves: it has its size from the beginning, so that views into it stay. */
static bool fits(const struct sort *s, struct em_view line)
{
    return s->text.len + line.len <= s->text.cap && s->n_lines < s->cap_lines;
}

static enum em_status make_runs(struct sort *s, struct reader *in, struct em_err *err)
{
    for (;;) {
        EM_TRY(reader_next(in, err));
        if (in->line.len == 0)
            break;
        if (!fits(s, in->line)) {
            EM_TRY(write_run(s, run_path(s, s->next), false, err));
            s->next++;
        }
        const char *at = s->text.data + s->text.len;
        if (em_buf_append_view(&s->text, in->line) < 0)
            return em_fail(err, EM_ERR_NOMEM, "cdxj", "out of memory");
        s->lines[s->n_lines++] = em_view_make(at, in->line.len);
    }
    if (s->next == 0) /* all of it fits */
        return write_run(s, s->to, s->sync, err);
    EM_TRY(write_run(s, run_path(s, s->next), false, err));
    s->next++;
    return EM_OK;
}

/* Few runs: looking at each one's front costs less than a heap's bookkeeping. */
static enum em_status merge_open(struct reader *runs, unsigned n, struct writer *w,
                                 struct em_err *err)
{
    for (;;) {
        struct reader *least = NULL;
        for (unsigned i = 0; i < n; i++)
            if (runs[i].line.len &&
                (!least || cdxj_sort_compare(runs[i].line, least->line) < 0))
                least = &runs[i];
        if (!least)
            return EM_OK;
        EM_TRY(writer_put(w, least->line, err));
        EM_TRY(reader_next(least, err));
    }
}

/* Runs first to first + n - 1 into `path`; they are removed. */
static enum em_status cdxj_sort_merge(struct sort *s, unsigned n, const char *path,
                                      bool sync, struct em_err *err)
{
    struct reader runs[FAN];
    struct writer w = {.fd = -1};
    enum em_status status = EM_OK;
    for (unsigned i = 0; i < n; i++)
        reader_init(&runs[i]);
    for (unsigned i = 0; status == EM_OK && i < n; i++) {
        status = reader_open(&runs[i], run_path(s, s->first + i), err);
        if (status == EM_OK)
            status = reader_next(&runs[i], err);
    }
    if (status == EM_OK)
        status = writer_open(&w, path, err);
    if (status == EM_OK)
        status = merge_open(runs, n, &w, err);
    status = writer_close(&w, status, sync, err);
    for (unsigned i = 0; i < n; i++)
        reader_release(&runs[i]);
    for (unsigned i = 0; status == EM_OK && i < n; i++)
        unlink(run_path(s, s->first + i));
    if (status == EM_OK)
        s->first += n;
    return status;
}

static enum em_status merge_all(struct sort *s, struct em_err *err)
{
    char *path = em_malloc(s->path_size);
    enum em_status status =
        path ? EM_OK : em_fail(err, EM_ERR_NOMEM, "cdxj", "out of memory");
    while (status == EM_OK && s->next - s->first > FAN) {
        snprintf(path, s->path_size, "%s.%u", s->to, s->next);
        s->next++;
        status = cdxj_sort_merge(s, FAN, path, false, err);
    }
    if (status == EM_OK)
        status = cdxj_sort_merge(s, s->next - s->first, s->to, s->sync, err);
    em_free(path);
    return status;
}

enum em_status em_cdxj_sort(const char *from, const char *to, size_t memory, bool sync,
                            struct em_err *err)
{
    struct sort s = {.to = to, .memory = memory, .sync = sync};
    struct reader in;
    if (memory < EM_MAX_CDXJ_LINE)
        s.memory = EM_MAX_CDXJ_LINE;
    /* A line has a hundred bytes at least: a third of the memory for where they are. */
    s.cap_lines = s.memory / 3 / sizeof(struct em_view);
    em_buf_init(&s.text, s.memory + CHUNK);
    reader_init(&in);
    s.path_size = strlen(to) + 16;
    s.path = em_malloc(s.path_size);
    s.lines = em_realloc_array(NULL, s.cap_lines, sizeof(struct em_view));
    enum em_status status = EM_OK;
    if (!s.path || !s.lines || em_buf_reserve(&s.text, s.memory) < 0)
        status = em_fail(err, EM_ERR_NOMEM, "cdxj", "out of memory");
    if (status == EM_OK)
        status = reader_open(&in, from, err);
    if (status == EM_OK)
        status = make_runs(&s, &in, err);
    if (status == EM_OK && s.next)
        status = merge_all(&s, err);
    if (status < 0 && s.path)
        for (unsigned i = s.first; i < s.next; i++)
            unlink(run_path(&s, i));
    reader_release(&in);
    em_buf_release(&s.text);
    em_free(s.lines);
    em_free(s.path);
    return status;
}

static enum em_status cut_lines(struct reader *in, struct writer *w, uint64_t length,
                                struct em_err *err)
{
    for (;;) {
        struct em_cdxj_place place;
        EM_TRY(reader_next(in, err));
        if (in->line.len == 0)
            return EM_OK;
        if (em_cdxj_read(in->line, &place) && place.has_place && place.length <= length &&
            place.offset <= length - place.length)
            EM_TRY(writer_put(w, in->line, err));
    }
}

enum em_status em_cdxj_cut(const char *from, const char *to, uint64_t length, bool sync,
                           struct em_err *err)
{
    struct reader in;
    struct writer w = {.fd = -1};
    reader_init(&in);
    enum em_status status = reader_open(&in, from, err);
    if (status == EM_OK)
        status = writer_open(&w, to, err);
    if (status == EM_OK)
        status = cut_lines(&in, &w, length, err);
    status = writer_close(&w, status, sync, err);
    reader_release(&in);
    return status;
}
