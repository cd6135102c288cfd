/* SPDX-License-Identifier: Apache-2.0
 *
 * An output file of `clean`: plain, gzip or zstd, written to NAME.part and renamed when it
 * is whole. Bytes are cut into chunks of 1 MiB of text, each a gzip member or zstd frame of
 * its own, by the bytes alone: the same bytes give the same file, whoever wrote them in
 * whatever portions. A file nothing was written to is made all the same, of one empty
 * member or frame.
 */
#ifndef EM_PIPELINE_CLEAN_STREAM_H
#define EM_PIPELINE_CLEAN_STREAM_H

#include "base/status.h"
#include "base/view.h"

enum em_clean_codec { EM_CLEAN_PLAIN, EM_CLEAN_GZIP, EM_CLEAN_ZSTD };

struct em_clean_stream;

/* Folders of `path` are made. EM_ERR_IO, EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_clean_stream_open(struct em_clean_stream **out,
                                                  const char *path,
                                                  enum em_clean_codec codec,
                                                  struct em_err *err);
EM_MUST_CHECK enum em_status em_clean_stream_write(struct em_clean_stream *stream,
                                                   struct em_view bytes,
                                                   struct em_err *err);
/* Writes what is left and closes; the file is still NAME.part. Making it safe is the
 * caller's: one sync can be for many files. */
EM_MUST_CHECK enum em_status em_clean_stream_end(struct em_clean_stream *stream,
                                                 struct em_err *err);
/* After em_clean_stream_end(): NAME.part becomes NAME. */
EM_MUST_CHECK enum em_status em_clean_stream_keep(struct em_clean_stream *stream,
                                                  struct em_err *err);
/* Frees; takes NAME.part away where it was not kept. NULL is allowed. */
void em_clean_stream_free(struct em_clean_stream *stream);

#endif
