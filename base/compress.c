/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* fopencookie */
#include "base/compress.h"

#include "base/alloc.h"
#include "base/view.h"

#include <errno.h>
#include <libdeflate.h>
#include <zstd.h>

enum { CHUNK = 1 << 20, GZIP_LEVEL = 6, ZSTD_LEVEL = 3 };

struct compress {
    FILE *under;
    struct libdeflate_compressor *gzip;
    ZSTD_CCtx *zstd;
    char *chunk, *packed;
    size_t n, most; /* most: bytes that a packed chunk may have */
    bool begun;
};

static bool name_ends(const char *path, struct em_view end)
{
    struct em_view v = em_view_of(path);
    return v.len > end.len && em_view_ieq(em_view_sub(v, v.len - end.len, end.len), end);
}

bool em_compress_wanted(const char *path)
{
    return name_ends(path, EM_VIEW(".gz")) || name_ends(path, EM_VIEW(".zst"));
}

static void compress_free(struct compress *c)
{
    libdeflate_free_compressor(c->gzip);
    ZSTD_freeCCtx(c->zstd);
    em_free(c->chunk);
    em_free(c->packed);
    em_free(c);
}

/* An empty file would be no gzip or zstd file: the first chunk is written even if empty. */
static bool compress_put(struct compress *c)
{
    size_t len;
    if (c->n == 0 && c->begun)
        return true;
    c->begun = true;
    if (c->gzip)
        len = libdeflate_gzip_compress(c->gzip, c->chunk, c->n, c->packed, c->most);
    else
        len = ZSTD_compressCCtx(c->zstd, c->packed, c->most, c->chunk, c->n, ZSTD_LEVEL);
    c->n = 0;
    if (len == 0 || (c->zstd && ZSTD_isError(len))) {
        errno = EIO;
        return false;
    }
    return fwrite(c->packed, 1, len, c->under) == len;
}

static ssize_t compress_write(void *context, const char *data, size_t len)
{
    struct compress *c = context;
    for (size_t done = 0; done < len;) {
        size_t some = len - done < CHUNK - c->n ? len - done : CHUNK - c->n;
        memcpy(c->chunk + c->n, data + done, some);
        c->n += some;
        done += some;
        if (c->n == CHUNK && !compress_put(c))
            return 0;
    }
    return (ssize_t)len;
}

static int compress_close(void *context)
{
    struct compress *c = context;
    bool ok = compress_put(c);
    int code = errno;
    ok = fclose(c->under) == 0 && ok;
    if (!ok && code)
        errno = code;
    compress_free(c);
    return ok ? 0 : EOF;
}

static struct compress *compress_new(FILE *file, bool gzip)
{
    struct compress *c = em_calloc(1, sizeof(*c));
    if (!c)
        return NULL;
    c->under = file;
    if (gzip)
        c->gzip = libdeflate_alloc_compressor(GZIP_LEVEL);
    else
        c->zstd = ZSTD_createCCtx();
    if (c->gzip)
        c->most = libdeflate_gzip_compress_bound(c->gzip, CHUNK);
    else if (c->zstd)
        c->most = ZSTD_compressBound(CHUNK);
    c->chunk = em_malloc(CHUNK);
    c->packed = c->most ? em_malloc(c->most) : NULL;
    if (c->chunk && c->packed)
        return c;
    compress_free(c);
    return NULL;
}

FILE *em_compress_over(FILE *file, const char *path)
{
    if (!em_compress_wanted(path))
        return file;
    struct compress *c = compress_new(file, name_ends(path, EM_VIEW(".gz")));
    FILE *over = c ? fopencookie(c, "w",
                                 (cookie_io_functions_t){.write = compress_write,
                                                         .close = compress_close})
                   : NULL;
    if (over)
        return over;
    if (c)
        compress_free(c);
    fclose(file);
    errno = ENOMEM;
    return NULL;
}
