/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/input.h"

#include "crawler/archive/remote.h"
#include "crawler/archive/stream.h"
#include "crawler/archive/wacz.h"

#include "base/alloc.h"
#include "base/meter.h"
#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

/* One read: long enough that system calls do not count, short enough to stay in cache. */
#define READ_BYTES (256 * EM_KIB)

/* A block with its headers, and room to look after it. */
#define MAX_WINDOW (EM_MAX_BLOCK + 2 * EM_MAX_HEADER + MIN_MOVE)
/* A window that is nearly full of one block is moved for no less than this, so that moving
 * costs a few times reading at the worst. */
#define MIN_MOVE (16 * EM_MIB)

static void input_init(struct em_input *in, const char *name)
{
    *in = (struct em_input){.fd = -1, .chunk = READ_BYTES, .name = name};
    em_buf_init(&in->buf, MAX_WINDOW);
}

enum em_status em_input_open(struct em_input *in, const char *path, struct em_err *err)
{
    input_init(in, path);
    in->own = strcmp(path, "-") != 0;
    in->fd = in->own ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (in->fd < 0)
        return em_fail(err, EM_ERR_IO, "input", "cannot open: %s", strerror(errno));
    struct stat st;
    if (fstat(in->fd, &st) == 0) {
        if (S_ISDIR(st.st_mode)) {
            em_input_close(in);
            return em_fail(err, EM_ERR_IO, "input", "cannot read: it is a folder");
        }
        off_t at = S_ISREG(st.st_mode) ? lseek(in->fd, 0, SEEK_CUR) : (off_t)-1;
        if (at >= 0 && st.st_size > at) {
            in->base = (uint64_t)at;
            in->size = (uint64_t)(st.st_size - at);
        }
    }
    return EM_OK;
}

enum em_status em_input_open_part(struct em_input *in, const char *path,
                                  struct em_remote_pool *pool, uint64_t from, uint64_t to,
                                  struct em_err *err)
{
    if (em_remote_named(path)) {
        input_init(in, path);
        EM_TRY(em_remote_open(&in->remote, pool, path, from, to, err));
    } else {
        EM_TRY(em_input_open(in, path, err));
        if (from && lseek(in->fd, (off_t)from, SEEK_CUR) == (off_t)-1) {
            em_input_close(in);
            return em_fail(err, EM_ERR_USAGE, "input", "cannot begin at byte %llu",
                           (unsigned long long)from);
        }
    }
    in->offset = from;
    in->to = to;
    return EM_OK;
}

void em_input_open_memory(struct em_input *in, struct em_view bytes, const char *name)
{
    input_init(in, name);
    in->memory = bytes;
    in->size = bytes.len;
}

void em_input_open_remote(struct em_input *in, struct em_remote *remote, const char *name,
                          uint64_t from, uint64_t to)
{
    input_init(in, name);
    in->remote = remote;
    in->offset = from;
    in->to = to;
}

void em_input_open_wacz(struct em_input *in, struct em_wacz *wacz, const char *name)
{
    input_init(in, name);
    in->wacz = wacz;
    in->size = em_wacz_size(wacz);
}

void em_input_open_stream(struct em_input *in, struct em_stream *inner)
{
    input_init(in, inner->in.name);
    in->inner = inner;
    in->chunk = inner->in.chunk;
}

void em_input_close(struct em_input *in)
{
    if (in->inner) {
        em_stream_close(in->inner);
        em_free(in->inner);
        in->inner = NULL;
    }
    em_remote_close(in->remote);
    in->remote = NULL;
    em_wacz_close(in->wacz);
    in->wacz = NULL;
    if (in->own && in->fd >= 0)
        close(in->fd);
    in->fd = -1;
    em_buf_release(&in->buf);
}

/* Space after len, by moving what is left to the front when that is cheap. */
static enum em_status make_room(struct em_input *in)
{
    size_t kept = in->pos < in->keep ? in->pos : in->keep;
    size_t from = in->pos - kept, left = in->buf.len - from;
    if (in->buf.cap - in->buf.len >= in->chunk)
        return EM_OK;
    if (from && (left <= in->buf.cap / 2 || from >= MIN_MOVE)) {
        memmove(in->buf.data, in->buf.data + from, left);
        in->buf.len = left;
        in->pos = kept;
        if (in->buf.cap - in->buf.len >= in->chunk)
            return EM_OK;
    }
    size_t extra = in->buf.cap < EM_INPUT_WINDOW ? EM_INPUT_WINDOW : in->chunk;
    return em_buf_reserve(&in->buf, extra);
}

/* From another container. Where that is damaged its bytes go on after the damage: the
 * container within cannot but notice. */
static enum em_status read_inner(struct em_input *in, size_t room, size_t *got,
                                 struct em_err *err)
{
    struct em_stream *inner = in->inner;
    *got = 0;
    for (;;) {
        struct em_view v = em_stream_view(inner);
        if (v.len) {
            *got = v.len < room ? v.len : room;
            memcpy(in->buf.data + in->buf.len, v.data, *got);
            em_stream_consume(inner, *got);
            return EM_OK;
        }
        enum em_status status = em_stream_more(inner, err);
        if (status == EM_END && inner->damage)
            status = em_stream_recover(inner, err);
        if (status != EM_OK)
            return status < 0 ? status : EM_OK;
    }
}

/* A pipe may be idle for hours: it is waited for in short steps, between which a wish to stop
 * is heard, whichever thread the signal came to. */
static enum em_status wait_for_bytes(const struct em_input *in, struct em_err *err)
{
    enum { STEP_MS = 200 };
    struct pollfd wait = {.fd = in->fd, .events = POLLIN};
    if (in->size || !in->stop)
        return EM_OK;
    while (poll(&wait, 1, STEP_MS) <= 0)
        if (atomic_load_explicit(in->stop, memory_order_relaxed) != 0)
            return em_fail(err, EM_ERR_INTERRUPTED, "input", "interrupted");
    return EM_OK;
}

enum em_status em_input_more(struct em_input *in, struct em_err *err)
{
    if (in->eof)
        return EM_END;
    enum em_status status = make_room(in);
    if (status != EM_OK)
        return em_fail(err, status, "input", "%s", em_status_text(status));
    size_t room = in->buf.cap - in->buf.len, got;
    if (room > in->chunk)
        room = in->chunk;
    uint64_t read_to = in->offset + (in->buf.len - in->pos);
    if (in->to && in->to - read_to < room)
        room = in->to > read_to ? (size_t)(in->to - read_to) : 0;
    if (room == 0) {
        got = 0;
    } else if (in->remote) {
        EM_TRY(em_remote_read(in->remote, in->buf.data + in->buf.len, room, &got, err));
        in->size = em_remote_size(in->remote);
    } else if (in->wacz) {
        EM_TRY(em_wacz_read(in->wacz, in->buf.data + in->buf.len, room, &got, err));
    } else if (in->inner) {
        EM_TRY(read_inner(in, room, &got, err));
    } else if (in->fd < 0) {
        got = room < in->memory.len ? room : in->memory.len;
        if (got)
            memcpy(in->buf.data + in->buf.len, in->memory.data, got);
        in->memory = em_view_sub(in->memory, got, in->memory.len);
    } else {
        ssize_t n;
        EM_TRY(wait_for_bytes(in, err));
        do
            n = read(in->fd, in->buf.data + in->buf.len, room);
        while (n < 0 && errno == EINTR);
        if (n < 0)
            return em_fail(err, EM_ERR_IO, "input", "cannot read: %s", strerror(errno));
        got = (size_t)n;
    }
    in->eof = got == 0;
    in->buf.len += got;
    if (!in->inner)
        em_meter_add(EM_METER_BYTES, got);
    return in->eof ? EM_END : EM_OK;
}

enum em_status em_input_want(struct em_input *in, size_t want, struct em_err *err)
{
    enum em_status status = EM_OK;
    while (in->buf.len - in->pos < want && status == EM_OK)
        status = em_input_more(in, err);
    return status < 0 ? status : EM_OK;
}

enum em_status em_input_peek(const struct em_input *in, uint64_t ahead, char *to,
                             size_t n, size_t *got)
{
    size_t there = in->buf.len - in->pos;
    *got = 0;
    if (in->inner || in->remote || in->wacz || in->to || (in->fd >= 0 && in->size == 0))
        return EM_ERR_UNSUPPORTED;
    if (in->offset + ahead < ahead || in->offset + ahead >= in->size)
        return EM_OK;
    if (n > in->size - in->offset - ahead)
        n = (size_t)(in->size - in->offset - ahead);
    if (ahead < there && n <= there - ahead) {
        memcpy(to, in->buf.data + in->pos + (size_t)ahead, n);
    } else if (in->fd >= 0) {
        ssize_t r = pread(in->fd, to, n, (off_t)(in->base + in->offset + ahead));
        n = r > 0 ? (size_t)r : 0;
    } else {
        /* Partly in the window: both parts are what em_input_more() would join. */
        for (size_t i = 0; i < n; i++)
            to[i] = ahead + i < there ? in->buf.data[in->pos + (size_t)ahead + i]
                                      : in->memory.data[(size_t)(ahead + i - there)];
    }
    *got = n;
    return EM_OK;
}

void em_input_consume(struct em_input *in, size_t n)
{
    in->pos += n;
    in->offset += n;
    if (in->pos < in->buf.len)
        return;
    if (in->keep == 0)
        in->pos = in->buf.len = 0;
    /* A window that one huge block stretched goes back to its usual size. */
    if (in->buf.cap > 8 * EM_INPUT_WINDOW) {
        em_buf_release(&in->buf);
        in->pos = 0;
    }
}

size_t em_input_back(struct em_input *in, size_t n)
{
    if (n > in->keep)
        n = in->keep;
    if (n > in->pos)
        n = in->pos;
    in->pos -= n;
    in->offset -= n;
    return n;
}

/* A new request costs a round trip: about what a connection brings in meanwhile. */
#define FAR_BYTES (4 * EM_MIB)

static enum em_status seek_remote(struct em_input *in, uint64_t to, struct em_err *err)
{
    EM_TRY(em_remote_seek(in->remote, to, err));
    in->pos = in->buf.len = 0;
    in->offset = to;
    in->eof = false;
    return EM_OK;
}

/* Within what is stored as one: back only by reading again, forward by reading. */
static enum em_status seek_wacz(struct em_input *in, uint64_t to, struct em_err *err)
{
    in->pos = in->buf.len = 0;
    in->offset = to;
    in->eof = false;
    return em_wacz_seek(in->wacz, to, err);
}

enum em_status em_input_seek(struct em_input *in, uint64_t to, struct em_err *err)
{
    enum em_status status = EM_OK;
    uint64_t ahead = to > in->offset ? to - in->offset : 0;
    if (in->remote && to < in->offset && in->offset - to > in->pos)
        return seek_remote(in, to, err);
    if (in->remote && ahead > in->buf.len - in->pos + FAR_BYTES)
        return seek_remote(in, to, err);
    bool held =
        to < in->offset ? in->offset - to <= in->pos : ahead <= in->buf.len - in->pos;
    if (in->wacz && !held) {
        status = seek_wacz(in, to, err);
    } else if (to < in->offset && in->offset - to <= in->pos) {
        in->pos -= (size_t)(in->offset - to);
        in->offset = to;
    } else if (to < in->offset) {
        bool file = in->fd >= 0 && in->size;
        if (!file || lseek(in->fd, (off_t)(in->base + to), SEEK_SET) == (off_t)-1)
            status = EM_END;
        in->pos = in->buf.len = 0;
        in->offset = to;
        in->eof = false;
    } else {
        status = em_input_skip(in, to - in->offset, err);
    }
    if (status == EM_END)
        return em_fail(err, EM_ERR_USAGE, "input", "cannot begin at byte %llu",
                       (unsigned long long)to);
    return status;
}

enum em_status em_input_skip(struct em_input *in, uint64_t n, struct em_err *err)
{
    while (n > 0) {
        size_t there = in->buf.len - in->pos;
        size_t now = n < there ? (size_t)n : there;
        em_input_consume(in, now);
        n -= now;
        if (n == 0)
            break;
        if (in->remote && n > FAR_BYTES && in->size > in->offset &&
            n <= in->size - in->offset)
            return seek_remote(in, in->offset + n, err);
        /* Seeking saves reading only for what is far beyond one read. */
        if (in->fd >= 0 && in->size && n > 4 * READ_BYTES && in->offset + n <= in->size &&
            lseek(in->fd, (off_t)n, SEEK_CUR) != (off_t)-1) {
            in->offset += n;
            in->pos = in->buf.len = 0;
            break;
        }
        enum em_status status = em_input_more(in, err);
        if (status != EM_OK)
            return status;
    }
    return EM_OK;
}
