/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a source to its end for the archive fuzz targets, and holds it to its contract:
 * offsets never go back, blocks are not longer than what they declare unless damaged, every
 * view can be read, and the records do not depend on how the input arrives.
 */
#ifndef EM_TESTS_FUZZ_WALK_H
#define EM_TESTS_FUZZ_WALK_H

#include "base/hash.h"
#include "crawler/archive/archive.h"

#include <stdio.h>
#include <stdlib.h>

#define WALK_CHECK(condition)                                                            \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);              \
            abort();                                                                     \
        }                                                                                \
    } while (0)

struct walk {
    uint64_t records, hash;
    bool failed; /* out of memory: nothing to compare */
};

/* Reads every byte (a view that is not valid is caught by the sanitizers). */
static inline void walk_view(struct walk *w, struct em_view v)
{
    w->hash = em_hash64(v.data ? v.data : "", v.len, w->hash + v.len);
}

static inline void walk_number(struct walk *w, uint64_t n)
{
    w->hash = em_hash64(&n, sizeof(n), w->hash);
}

static inline void walk_record(struct walk *w, const struct em_record *r)
{
    const struct em_view views[] = {
        r->version, r->url,         r->date,         r->mime,      r->header,
        r->block,   r->lang,        r->truncated,    r->http_mime, r->http_charset,
        r->payload, r->http_header, r->origin.record};
    for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++)
        walk_view(w, views[i]);
    walk_number(w, r->type);
    walk_number(w, r->origin.offset);
    walk_number(w, r->block_length);
    walk_number(w, (uint64_t)r->http_status);
    walk_number(w, (uint64_t)r->block_digest << 8 | r->payload_digest);
    walk_view(w, em_view_of(r->error));
    WALK_CHECK(r->type < EM_RECORD_TYPE_COUNT);
    WALK_CHECK(r->origin.number == w->records);
    WALK_CHECK(r->block.len <= r->block_length || r->error);
    WALK_CHECK(r->type != EM_RECORD_DAMAGE || r->error);
}

static inline bool source_is_lines(const struct em_source *source)
{
    const char *format = em_source_format(source);
    return strcmp(format, "warc") != 0 && strcmp(format, "arc") != 0;
}

static inline struct walk walk_source(struct em_view bytes,
                                      const struct em_source_options *options)
{
    struct walk w = {.hash = 1};
    struct em_source *source;
    struct em_record r;
    struct em_err err = {.status = EM_OK};
    enum em_status status = em_source_open_memory(&source, bytes, "fuzz", options, &err);
    if (status != EM_OK) {
        /* What is no archive is refused, and told why. */
        bool refused = (status == EM_ERR_UNSUPPORTED || status == EM_ERR_FORMAT) &&
                       err.status == status && err.text[0];
        WALK_CHECK((status == EM_ERR_NOMEM || refused) && !source);
        w.failed = status == EM_ERR_NOMEM;
        w.hash = refused ? em_hash64(err.text, strlen(err.text), 2) : 1;
        return w;
    }
    uint64_t last = 0;
    while ((status = em_source_next(source, &r, NULL)) == EM_OK) {
        walk_record(&w, &r);
        w.records++;
        /* Compressed lines have offsets of their own (archive.h). */
        WALK_CHECK(r.origin.offset >= last || source_is_lines(source));
        last = r.origin.offset;
    }
    WALK_CHECK(status == EM_END || status == EM_ERR_NOMEM);
    w.failed = status != EM_END;
    em_source_free(source);
    return w;
}

/* The same records, whatever the portions. The first byte of an input chooses them. */
static inline int walk_both_ways(const uint8_t *data, size_t size, const char *prefix,
                                 size_t prefix_len)
{
    if (size == 0)
        return 0;
    struct em_source_options options = {.verify = data[0] & 1, .keep_all = data[0] & 2};
    size_t len = prefix_len + size - 1;
    char *bytes = malloc(len ? len : 1);
    WALK_CHECK(bytes);
    if (prefix_len)
        memcpy(bytes, prefix, prefix_len);
    if (size > 1)
        memcpy(bytes + prefix_len, data + 1, size - 1);
    struct em_view view = {bytes, len};
    struct walk whole = walk_source(view, &options);
    options.chunk = 1 + (data[0] >> 2);
    struct walk parts = walk_source(view, &options);
    WALK_CHECK(whole.failed || parts.failed ||
               (whole.records == parts.records && whole.hash == parts.hash));
    free(bytes);
    return 0;
}

#endif
