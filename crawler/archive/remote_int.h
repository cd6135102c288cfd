/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of remote.h share: the pool, one open object, the cache. Private to
 * crawler/archive/remote*.c.
 */
#ifndef EM_CRAWLER_ARCHIVE_REMOTE_INT_H
#define EM_CRAWLER_ARCHIVE_REMOTE_INT_H

#include "base/net/get.h"
#include "base/net/rate.h"
#include "crawler/archive/remote.h"
#include "crawler/archive/remote_head.h"
#include "crawler/archive/remote_s3.h"

#include <pthread.h>

/* Idle connections kept, and objects opened ahead: more connections to one server from one
 * process are no faster and look like an attack. */
enum { EM_REMOTE_IDLE = 8, EM_REMOTE_PARKED = 4 };

/* Lines of a header file. */
enum { EM_REMOTE_HEADER_LINES = 16 };

struct em_remote_pool {
    struct em_remote_options options; /* texts owned */
    struct em_rate *rate;
    struct em_s3 s3;
    struct em_buf header; /* lines of the header file, each with its NUL: secret */
    const char *header_lines[EM_REMOTE_HEADER_LINES + 1];
    uint64_t header_server; /* the one that gets them; 0: none was asked yet */
    pthread_mutex_t mutex;
    struct em_get *idle[EM_REMOTE_IDLE];
    size_t n_idle;
    struct em_remote *parked[EM_REMOTE_PARKED];
    size_t n_parked;
    struct em_buf named; /* origins, each with a line end; guarded by mutex */
    uint64_t told;       /* the server that trouble was told of last; guarded by mutex */
    atomic_ullong requests, bytes, slowed, cuts, cached;
};

struct em_remote {
    struct em_remote_pool *pool;
    bool own_pool;
    char *name;        /* as it was given */
    struct em_buf url; /* where it is asked for */
    bool signs;
    bool headed;     /* gets the header file's lines */
    uint64_t server; /* hash of scheme, host and port */

    pthread_t thread;
    bool running;
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    char *ring;
    size_t cap, begin, len;
    bool done;          /* nothing follows what is in the ring */
    struct em_err err;  /* status EM_OK: the end */
    atomic_int closing; /* the thread is to end */
    atomic_ullong size; /* UINT64_MAX: not known */

    /* The thread's own while it runs. */
    uint64_t start, at, to; /* first byte asked for; next; end, UINT64_MAX: none */
    struct em_remote_object object;
    struct em_remote_head head;
    struct em_err refusal; /* why the response at hand is not taken */
    bool judged, taken;    /* the response at hand: looked at, taken */
    uint64_t skip;
    char message[2048]; /* beginning of an error's body */
    size_t message_len;
    double heard; /* clock: the newest byte */
    bool stalled;
    int cached;            /* file of the cache that is read instead; -1 */
    struct em_cache *copy; /* being filled; NULL */
};

/* em_remote_pool_name() was told of this address's server. */
bool em_remote_is_named(struct em_remote_pool *pool, struct em_view url);

/* --- the cache (remote_cache.c) ------------------------------------------------------------
 * A file an object: a line that names it, one with its ETag, then its bytes. Whole objects
 * with a strong ETag only; each use asks the server whether it is still the same. The
 * oldest go when there is no more room. */

struct em_cache; /* one being written */

/* The object's file, at its first byte, with its ETag and size; -1 where there is none. */
int em_cache_find(const struct em_remote_options *options, const char *name,
                  char etag[EM_REMOTE_ETAG], uint64_t *size);
/* NULL where it cannot be, which is no error. */
struct em_cache *em_cache_begin(const struct em_remote_options *options, const char *name,
                                const char *etag, uint64_t size);
void em_cache_add(struct em_cache *cache, const char *bytes, size_t n);
/* `whole`: it becomes part of the cache, unless writing failed; else it goes. */
void em_cache_end(struct em_cache *cache, bool whole);

/* --- the header file (remote_header.c) --------------------------------------------------- */

/* Into pool->header. No message holds anything of what is in it. EM_ERR_USAGE. */
EM_MUST_CHECK enum em_status em_remote_read_header(struct em_remote_pool *pool,
                                                   const char *path, struct em_err *err);

/* --- one transfer (remote_fetch.c) --------------------------------------------------------- */

/* The transfer thread: until the end, an error or `closing`. */
void *em_remote_fetch(void *remote);

#endif
