/* SPDX-License-Identifier: Apache-2.0
 *
 * Indexes of archives as files: the lines of a zipnum index (pywb, Common Crawl), which is
 * CDXJ lines sorted by key in gzip members ("blocks") of some thousand each, and a
 * `cluster.idx` with the first key and place of every block.
 *
 *   cluster.idx  com,example)/ 20240229123456 TAB cdx-00000.gz TAB offset TAB length TAB nr
 *   block        com,example)/ 20240229123456 {"url": ..., "filename": ..., "offset": ...}
 */
#ifndef EM_CRAWLER_ARCHIVE_CDX_H
#define EM_CRAWLER_ARCHIVE_CDX_H

#include "base/json_read.h"
#include "crawler/archive/remote.h"
#include "crawler/archive/stream.h"

/* One line of a cluster.idx. Views borrow from it. */
struct em_cdx_block {
    struct em_view key, timestamp; /* of its first line */
    struct em_view file;           /* beside the cluster.idx */
    uint64_t offset, length;
};
/* False where it is none. */
bool em_cdx_block_read(struct em_cdx_block *block, struct em_view line);

/* One CDXJ line. Views borrow from it and the reader. */
struct em_cdx {
    struct em_view key, timestamp;
    struct em_view file; /* the archive */
    uint64_t offset, length;
    struct em_view status, mime, languages; /* may be empty; languages "eng,deu" */
};
/* False where it is none, or names no place. */
bool em_cdx_read(struct em_cdx *cdx, struct em_json_reader *json, struct em_view line);

/* "com" of "com,example)/"; empty for addresses by number. */
struct em_view em_cdx_tld(struct em_view key);

/* Lines of a file or object, of its stored bytes [from, to) only (`to` 0: to the end), plain
 * or compressed, one at a time. */
struct em_cdx_lines {
    struct em_stream stream;
    size_t taken; /* bytes of the line handed out, with its end */
    bool open;
};
EM_MUST_CHECK enum em_status em_cdx_lines_open(struct em_cdx_lines *lines,
                                               const char *path,
                                               struct em_remote_pool *pool, uint64_t from,
                                               uint64_t to, struct em_err *err);
/* Without its end; valid until the next call. EM_END; EM_ERR_FORMAT where the container is
 * damaged or a line has no end in EM_MAX_HEADER bytes. */
EM_MUST_CHECK enum em_status em_cdx_lines_next(struct em_cdx_lines *lines,
                                               struct em_view *line, struct em_err *err);
void em_cdx_lines_close(struct em_cdx_lines *lines);

#endif
