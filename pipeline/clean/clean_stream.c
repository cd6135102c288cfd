/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* fsync */
#include "pipeline/clean/clean_stream.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"

#include <errno.h>
#include <libdeflate.h>
#include <stdio.h>
#include <unistd.h>
#include <zstd.h>

enum { CHUNK = 1 << 20, GZIP_LEVEL = 6, ZSTD_LEVEL = 3 };

struct em_clean_stream {
    char *path, *part;
    FILE *file;
    enum em_clean_codec codec;
    struct libdeflate_compressor *gzip;
    ZSTD_CCtx *zstd;
    struct em_buf chunk, packed;
    bool begun, kept;
};

static enum em_status fail_write(const struct em_clean_stream *s, struct em_err *err)
{
    return em_fail(err, EM_ERR_IO, "clean", "cannot write '%s': %s", s->part,
                   errno ? strerror(errno) : "write error");
}

static enum em_status make(struct em_clean_stream *s, const char *path,
                           struct em_err *err)
{
    size_t n = strlen(path) + sizeof(".part");
    s->path = em_strdup(path);
    s->part = em_malloc(n);
    if (!s->path || !s->part)
        return EM_ERR_NOMEM;
    snprintf(s->part, n, "%s.part", path);
    em_buf_init(&s->chunk, CHUNK);
    em_buf_init(&s->packed, 2 * (size_t)CHUNK);
    if (s->codec == EM_CLEAN_GZIP)
        s->gzip = libdeflate_alloc_compressor(GZIP_LEVEL);
    if (s->codec == EM_CLEAN_ZSTD)
        s->zstd = ZSTD_createCCtx();
    if ((s->codec == EM_CLEAN_GZIP && !s->gzip) ||
        (s->codec == EM_CLEAN_ZSTD && !s->zstd))
        return EM_ERR_NOMEM;
    EM_TRY(em_file_make_folders(path, err));
    errno = 0;
    s->file = fopen(s->part, "wb");
    return s->file ? EM_OK : fail_write(s, err);
}

enum em_status em_clean_stream_open(struct em_clean_stream **out, const char *path,
                                    enum em_clean_codec codec, struct em_err *err)
{
    struct em_clean_stream *s = em_calloc(1, sizeof(*s));
    *out = NULL;
    if (!s)
        return em_fail(err, EM_ERR_NOMEM, "clean", "out of memory");
    s->codec = codec;
    enum em_status status = make(s, path, err);
    if (status < 0) {
        if (status == EM_ERR_NOMEM)
            em_fail(err, status, "clean", "out of memory");
        em_clean_stream_free(s);
        return status;
    }
    *out = s;
    return EM_OK;
}

static enum em_status clean_stream_put(struct em_clean_stream *s, const char *data,
                                       size_t len, struct em_err *err)
{
    errno = 0;
    return fwrite(data, 1, len, s->file) == len ? EM_OK : fail_write(s, err);
}

/* An empty file would be no gzip or zstd file: the first chunk is written even if empty. */
static enum em_status flush_chunk(struct em_clean_stream *s, struct em_err *err)
{
    struct em_view v = em_buf_view(&s->chunk);
    size_t len = 0;
    if (v.len == 0 && (s->begun || s->codec == EM_CLEAN_PLAIN))
        return EM_OK;
    s->begun = true;
    if (s->codec == EM_CLEAN_PLAIN) {
        EM_TRY(clean_stream_put(s, v.data, v.len, err));
        em_buf_clear(&s->chunk);
        return EM_OK;
    }
    size_t most = s->gzip ? libdeflate_gzip_compress_bound(s->gzip, v.len)
                          : ZSTD_compressBound(v.len);
    em_buf_clear(&s->packed);
    EM_TRY(em_buf_reserve(&s->packed, most));
    if (s->gzip)
        len = libdeflate_gzip_compress(s->gzip, v.data ? v.data : "", v.len,
                                       s->packed.data, most);
    else
        len = ZSTD_compressCCtx(s->zstd, s->packed.data, most, v.data, v.len, ZSTD_LEVEL);
    if (len == 0 || (s->zstd && ZSTD_isError(len)))
        return em_fail(err, EM_ERR_INTERNAL, "clean", "cannot compress");
    em_buf_clear(&s->chunk);
    return clean_stream_put(s, s->packed.data, len, err);
}

enum em_status em_clean_stream_write(struct em_clean_stream *s, struct em_view bytes,
                                     struct em_err *err)
{
    while (bytes.len) {
        struct em_view some = em_view_sub(bytes, 0, CHUNK - s->chunk.len);
        EM_TRY(em_buf_append_view(&s->chunk, some));
        bytes = em_view_sub(bytes, some.len, bytes.len);
        if (s->chunk.len == CHUNK)
            EM_TRY(flush_chunk(s, err));
    }
    return EM_OK;
}

enum em_status em_clean_stream_end(struct em_clean_stream *s, struct em_err *err)
{
    EM_TRY(flush_chunk(s, err));
    errno = 0;
    bool good = fflush(s->file) == 0;
    int code = errno;
    good &= fclose(s->file) == 0;
    s->file = NULL;
    if (!good && code)
        errno = code;
    return good ? EM_OK : fail_write(s, err);
}

enum em_status em_clean_stream_keep(struct em_clean_stream *s, struct em_err *err)
{
    if (rename(s->part, s->path) != 0)
        return em_fail(err, EM_ERR_IO, "clean", "cannot rename '%s': %s", s->part,
                       strerror(errno));
    s->kept = true;
    return EM_OK;
}

void em_clean_stream_free(struct em_clean_stream *s)
{
    if (!s)
        return;
    if (s->file)
        fclose(s->file);
    if (s->part && !s->kept)
        remove(s->part);
    libdeflate_free_compressor(s->gzip);
    ZSTD_freeCCtx(s->zstd);
    em_buf_release(&s->chunk);
    em_buf_release(&s->packed);
    em_free(s->path);
    em_free(s->part);
    em_free(s);
}
