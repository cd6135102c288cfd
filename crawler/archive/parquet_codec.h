/* SPDX-License-Identifier: Apache-2.0
 *
 * Inflates and deflates the pages of Parquet files. One codec object, one thread.
 */
#ifndef EM_CRAWLER_ARCHIVE_PARQUET_CODEC_H
#define EM_CRAWLER_ARCHIVE_PARQUET_CODEC_H

#include "base/buf.h"

#include <stdbool.h>

enum em_parquet_codec {
    EM_PARQUET_UNCOMPRESSED,
    EM_PARQUET_SNAPPY,
    EM_PARQUET_GZIP,
    EM_PARQUET_LZO,
    EM_PARQUET_BROTLI,
    EM_PARQUET_LZ4, /* deprecated: Hadoop's frames, or one block */
    EM_PARQUET_ZSTD,
    EM_PARQUET_LZ4_RAW,
    EM_PARQUET_CODECS
};

/* "ZSTD", "LZO"; NULL for a number that is no codec. Static. */
const char *em_parquet_codec_name(int codec);
bool em_parquet_codec_supported(int codec);

struct em_parquet_inflater;
EM_MUST_CHECK enum em_status em_parquet_inflater_new(struct em_parquet_inflater **out);
void em_parquet_inflater_free(struct em_parquet_inflater *inflater);

/* Appends exactly `size` bytes to `out`, whose maximum `size` respects: NULL, or what is wrong (static). */
const char *em_parquet_inflate(struct em_parquet_inflater *inflater, int codec,
                               struct em_view bytes, size_t size, struct em_buf *out);

#endif
