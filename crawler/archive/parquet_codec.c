/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/parquet_codec.h"

#include "base/alloc.h"

#include <brotli/decode.h>
#include <libdeflate.h>
#include <limits.h>
#include <lz4.h>
#include <snappy-c.h>
#include <zstd.h>

struct em_parquet_inflater {
    ZSTD_DCtx *zstd;
    struct libdeflate_decompressor *gzip;
};

static const char *const names[EM_PARQUET_CODECS] = {
    "UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW"};

const char *em_parquet_codec_name(int codec)
{
    return codec >= 0 && codec < EM_PARQUET_CODECS ? names[codec] : NULL;
}

bool em_parquet_codec_supported(int codec)
{
    return codec >= 0 && codec < EM_PARQUET_CODECS && codec != EM_PARQUET_LZO;
}

enum em_status em_parquet_inflater_new(struct em_parquet_inflater **out)
{
    struct em_parquet_inflater *p = em_calloc(1, sizeof(*p));
    *out = NULL;
    if (!p)
        return EM_ERR_NOMEM;
    p->zstd = ZSTD_createDCtx();
    p->gzip = libdeflate_alloc_decompressor();
    if (!p->zstd || !p->gzip) {
        em_parquet_inflater_free(p);
        return EM_ERR_NOMEM;
    }
    *out = p;
    return EM_OK;
}

void em_parquet_inflater_free(struct em_parquet_inflater *p)
{
    if (!p)
        return;
    ZSTD_freeDCtx(p->zstd);
    libdeflate_free_decompressor(p->gzip);
    em_free(p);
}

/* Several members one after the other are one page: Hadoop writes such. */
static bool inflate_gzip(struct em_parquet_inflater *p, struct em_view in, char *out,
                         size_t size)
{
    size_t done = 0;
    while (in.len) {
        size_t used, made;
        if (libdeflate_gzip_decompress_ex(p->gzip, in.data, in.len, out + done,
                                          size - done, &used,
                                          &made) != LIBDEFLATE_SUCCESS)
            return false;
        done += made;
        in = em_view_sub(in, used, in.len);
    }
    return done == size;
}

static bool inflate_lz4(struct em_view in, char *out, size_t size)
{
    return in.len <= INT_MAX && size <= INT_MAX &&
           LZ4_decompress_safe(in.data, out, (int)in.len, (int)size) == (int)size;
}

static size_t big_endian(const char *p)
{
    const unsigned char *b = (const unsigned char *)p;
    return (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
}

/* Blocks, each after its two lengths. spec: Compression.md, LZ4 */
static bool inflate_hadoop_lz4(struct em_view in, char *out, size_t size)
{
    size_t done = 0;
    while (in.len >= 8) {
        size_t whole = big_endian(in.data), packed = big_endian(in.data + 4);
        if (whole > size - done || packed > in.len - 8 ||
            !inflate_lz4(em_view_sub(in, 8, packed), out + done, whole))
            return false;
        done += whole;
        in = em_view_sub(in, 8 + packed, in.len);
    }
    return in.len == 0 && done == size;
}

static bool inflate_brotli(struct em_view in, char *out, size_t size)
{
    size_t made = size;
    return BrotliDecoderDecompress(in.len, (const uint8_t *)in.data, &made,
                                   (uint8_t *)out) == BROTLI_DECODER_RESULT_SUCCESS &&
           made == size;
}

static bool inflate_snappy(struct em_view in, char *out, size_t size)
{
    size_t made = 0;
    /* The length is checked before anything is written. */
    return snappy_uncompressed_length(in.data, in.len, &made) == SNAPPY_OK &&
           made == size && snappy_uncompress(in.data, in.len, out, &made) == SNAPPY_OK &&
           made == size;
}

static bool inflate_any(struct em_parquet_inflater *p, int codec, struct em_view in,
                        char *out, size_t size)
{
    switch (codec) {
    case EM_PARQUET_SNAPPY:
        return inflate_snappy(in, out, size);
    case EM_PARQUET_GZIP:
        return inflate_gzip(p, in, out, size);
    case EM_PARQUET_BROTLI:
        return inflate_brotli(in, out, size);
    case EM_PARQUET_LZ4:
        return inflate_hadoop_lz4(in, out, size) || inflate_lz4(in, out, size);
    case EM_PARQUET_ZSTD:
        return ZSTD_decompressDCtx(p->zstd, out, size, in.data, in.len) == size;
    case EM_PARQUET_LZ4_RAW:
        return inflate_lz4(in, out, size);
    default:
        if (in.len != size)
            return false;
        memcpy(out, in.data, size);
        return true;
    }
}

const char *em_parquet_inflate(struct em_parquet_inflater *p, int codec,
                               struct em_view bytes, size_t size, struct em_buf *out)
{
    if (em_buf_reserve(out, size + 1) < 0)
        return "a page takes too much memory";
    /* Of a page of nulls nothing may be stored at all. */
    bool good = size == 0 && bytes.len == 0;
    if (!good && !inflate_any(p, codec, bytes, out->data + out->len, size))
        return "a page cannot be inflated to the length that it declares";
    out->len += size;
    out->data[out->len] = '\0';
    return NULL;
}
