/* SPDX-License-Identifier: Apache-2.0
 *
 * A bounded window on a byte source, read with read(2): files, pipes and memory behave the
 * same. (Not mapped: a file cut while it is read must be an error, not a signal, and memory
 * must not grow with the file.)
 *
 *     ... consumed ... | pos ........ len | not read yet ...
 *                      ^ offset        window
 */
#ifndef EM_CRAWLER_ARCHIVE_INPUT_H
#define EM_CRAWLER_ARCHIVE_INPUT_H

#include "base/buf.h"

#include <stdatomic.h>

struct em_stream; /* stream.h */
struct em_remote; /* remote.h */
struct em_wacz;   /* wacz.h */

struct em_input {
    int fd; /* -1: memory */
    bool own;
    struct em_view memory;    /* what is left of it */
    struct em_stream *inner;  /* or bytes that another container holds; owned */
    struct em_remote *remote; /* or an object after a network; owned */
    struct em_wacz *wacz;     /* or a member of one; owned */
    struct em_buf buf;
    size_t pos;
    uint64_t offset; /* stored bytes consumed */
    uint64_t base; /* file position where `offset` began: standard input may be shared */
    uint64_t size; /* of a regular file or memory; 0: not known */
    uint64_t to;   /* nothing from this stored byte on is read; 0: no such place */
    bool eof;
    size_t chunk;           /* most bytes read at once; tests make it small */
    const atomic_int *stop; /* becomes non-zero: a pipe is not waited for; may be NULL */
    size_t keep;            /* consumed bytes to hold on to, for em_input_back() */
    const char *name;
};

/* `path` "-" is standard input. */
EM_MUST_CHECK enum em_status em_input_open(struct em_input *in, const char *path,
                                           struct em_err *err);
/* An object, or with `path` not remote a file, of which only the stored bytes [from, to) are
 * read; offsets are those of the whole. `to` 0: to its end. */
struct em_remote_pool;
EM_MUST_CHECK enum em_status em_input_open_part(struct em_input *in, const char *path,
                                                struct em_remote_pool *pool,
                                                uint64_t from, uint64_t to,
                                                struct em_err *err);
void em_input_open_memory(struct em_input *in, struct em_view bytes, const char *name);
/* Bytes [from, to) of `remote`, which was opened for them and is taken over. */
void em_input_open_remote(struct em_input *in, struct em_remote *remote, const char *name,
                          uint64_t from, uint64_t to);
/* The member that `wacz`, which is taken over, has begun to read. */
void em_input_open_wacz(struct em_input *in, struct em_wacz *wacz, const char *name);
/* What `inner` (heap, taken over) decompresses to. */
void em_input_open_stream(struct em_input *in, struct em_stream *inner);
void em_input_close(struct em_input *in);

static inline struct em_view em_input_view(const struct em_input *in)
{
    return (struct em_view){in->buf.data ? in->buf.data + in->pos : NULL,
                            in->buf.len - in->pos};
}

/* Read more after what is there. EM_OK: at least one byte came; EM_END; EM_ERR_IO with
 * errno's reason; EM_ERR_LIMIT: the window is full. Views taken before are void. */
EM_MUST_CHECK enum em_status em_input_more(struct em_input *in, struct em_err *err);

/* More until `want` bytes are there or the input ends: EM_OK in both cases. */
EM_MUST_CHECK enum em_status em_input_want(struct em_input *in, size_t want,
                                           struct em_err *err);

/* Up to `n` bytes that lie `ahead` bytes after the front of the window to `to`, without
 * reading on: EM_OK with *got (less at the end), or EM_ERR_UNSUPPORTED (a pipe). */
EM_MUST_CHECK enum em_status em_input_peek(const struct em_input *in, uint64_t ahead,
                                           char *to, size_t n, size_t *got);

/* n <= what is there. */
void em_input_consume(struct em_input *in, size_t n);

/* To stored offset `to`: in the window, by seeking, or forward by reading. EM_ERR_USAGE
 * where it lies after the end, or before what a pipe still holds. */
EM_MUST_CHECK enum em_status em_input_seek(struct em_input *in, uint64_t to,
                                           struct em_err *err);

/* Back over bytes that were consumed: at most n, at most `keep`, and not over what was
 * skipped by seeking. Returns how many. */
size_t em_input_back(struct em_input *in, size_t n);

/* Forward over `n` bytes: seeks where it can, reads where it must. */
EM_MUST_CHECK enum em_status em_input_skip(struct em_input *in, uint64_t n,
                                           struct em_err *err);

#endif
