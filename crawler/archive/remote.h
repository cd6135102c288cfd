/* SPDX-License-Identifier: Apache-2.0
 *
 * Objects after http://, https:// and s3:// as bytes, read ahead of whoever reads them.
 *
 *     object ── connection ──> transfer thread ── ring of EM_REMOTE_AHEAD ──> em_remote_read
 *
 * Nothing is staged: memory is one ring an open object. A connection that is cut continues by
 * range at the byte where it stopped, on the condition that the object is still the same
 * (ETag, else Last-Modified, and size); where it is not, reading fails with a clear reason
 * and no byte of the other object is given.
 *
 * Whatever a process opens goes through one pool: its rate of requests, how long a server
 * asked to be left alone, its idle connections and the cache. With a rate file all processes
 * of a node share the rate (remote_rate.h).
 *
 * Threads: a pool is shared by any number; one em_remote belongs to one reader.
 */
#ifndef EM_CRAWLER_ARCHIVE_REMOTE_H
#define EM_CRAWLER_ARCHIVE_REMOTE_H

#include "base/status.h"
#include "base/view.h"

#include <stdatomic.h>
#include <stdint.h>

struct em_remote_options {
    const char
        *rate_file;      /* shared by the processes of a node; NULL: this process's own */
    double rate;         /* most requests a second to one server; 0: 50 */
    double backoff;      /* seconds of the first wait after "slow down"; 0: 1 */
    double patience;     /* seconds without an answer until it is given up; 0: 900 */
    double jitter;       /* the first request waits up to so long; 0: none */
    double stall;        /* seconds without a byte until a connection is cut; 0: 60 */
    const char *cache;   /* folder; NULL: none */
    uint64_t cache_size; /* bytes it may hold; 0: 10 GB */
    bool anonymous;      /* no credentials, even where there are some */
    const char
        *header_file;     /* lines "Name: value" that are sent to the first server asked,
                                http or https, and not along redirects; NULL: none */
    bool requester_pays;  /* s3: who asks agrees to pay */
    const char *s3_style; /* "path", "virtual"; NULL: what settings say, else as usual */
    bool allow_private; /* ask private networks wherever a name or redirect leads there */
    const atomic_int *stop; /* becomes non-zero: waits end; may be NULL */
    /* Told once of each server, when a try failed and it is tried again; from the thread of
     * the transfer. May be NULL. */
    void (*trouble)(const char *name, const char *why, double patience);
};

struct em_remote_pool;
struct em_remote;

/* "http://", "https://" or "s3://" before a name. */
bool em_remote_named(const char *path);

/* Options are copied, the texts in them as well. Credentials of s3:// are looked for in the
 * environment and the files it names, now. */
EM_MUST_CHECK enum em_status em_remote_pool_new(struct em_remote_pool **out,
                                                const struct em_remote_options *options,
                                                struct em_err *err);
/* All its objects are closed before. */
void em_remote_pool_free(struct em_remote_pool *pool);

/* The user has named this address: its server may be asked wherever it is, also on this
 * machine or in a private network. What a list or a redirect leads to may not, but with
 * allow_private. */
EM_MUST_CHECK enum em_status em_remote_pool_name(struct em_remote_pool *pool,
                                                 const char *url);

/* What was asked for so far. */
struct em_remote_counts {
    uint64_t requests, bytes, slowed, cuts, cached;
};
struct em_remote_counts em_remote_pool_counts(const struct em_remote_pool *pool);

/* Begins to read bytes [from, to) of the object; `to` 0: to its end. `pool` NULL: one of its
 * own with the defaults, in which `url` is named. What fails later is told by em_remote_read(). */
EM_MUST_CHECK enum em_status em_remote_open(struct em_remote **out,
                                            struct em_remote_pool *pool, const char *url,
                                            uint64_t from, uint64_t to,
                                            struct em_err *err);
/* The same of the object that `object` says (remote_head.h): where it is another one by now,
 * reading fails with EM_ERR_CHECKSUM. */
struct em_remote_object;
EM_MUST_CHECK enum em_status
em_remote_open_same(struct em_remote **out, struct em_remote_pool *pool, const char *url,
                    uint64_t from, uint64_t to, const struct em_remote_object *object,
                    struct em_err *err);
/* What it is, once bytes of it were read. */
void em_remote_identity(struct em_remote *remote, struct em_remote_object *object);
void em_remote_close(struct em_remote *remote);

/* Begins to read what will be opened soon, in the background; em_remote_open() with the
 * same place takes it over. Does nothing where enough is under way. */
void em_remote_prefetch(struct em_remote_pool *pool, const char *url, uint64_t from,
                        uint64_t to);

/* At least one byte unless at the end: *got 0. EM_ERR_NOTFOUND; EM_ERR_IO with the reason;
 * EM_ERR_CHECKSUM: the object is another one now; EM_ERR_TRUNCATED: it has not the length
 * that was declared. */
EM_MUST_CHECK enum em_status em_remote_read(struct em_remote *remote, char *to, size_t n,
                                            size_t *got, struct em_err *err);
/* Go on at byte `at` of the same object. */
EM_MUST_CHECK enum em_status em_remote_seek(struct em_remote *remote, uint64_t at,
                                            struct em_err *err);
/* Bytes of the whole object; 0 while not known. */
uint64_t em_remote_size(struct em_remote *remote);

#endif
