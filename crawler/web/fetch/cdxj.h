/* SPDX-License-Identifier: Apache-2.0
 *
 * CDXJ: the index beside a WARC that replay tools look up captures in. A line is
 *
 *     com,example)/path?a=1 20260131235959 {"url":"http://example.com/path?a=1",
 *       "mime":"text/html","status":"200","digest":"sha1:...","length":"1234",
 *       "offset":"5678","filename":"crawl-00000.warc.gz"}
 *
 * (without the line breaks), sorted by bytes. The key is the SURT form as Internet Archive
 * tools make it (IAURLCanonicalizer): host reversed and without www., everything in lower
 * case, default port, session ids and a trailing slash dropped, parameters sorted. The same
 * rules on both sides are what makes a look-up find anything.
 */
#ifndef EM_CRAWLER_WEB_FETCH_CDXJ_H
#define EM_CRAWLER_WEB_FETCH_CDXJ_H

#include "base/buf.h"

#include <stdint.h>

/* Appends the SURT key of an absolute http or https URL. EM_ERR_FORMAT: it is none;
 * EM_ERR_NOMEM, EM_ERR_LIMIT. */
EM_MUST_CHECK enum em_status em_cdxj_surt(struct em_buf *out, struct em_view url);

struct em_cdxj {
    struct em_view url;
    int64_t date;        /* seconds since 1970 */
    struct em_view mime; /* "warc/revisit" for revisits, "unk" where not known */
    int status;          /* 0: none ("-") */
    struct em_view digest;
    uint64_t length, offset; /* of the member in the file */
    struct em_view filename;
};

/* Appends one line, with its line end. Errors as em_cdxj_surt. */
EM_MUST_CHECK enum em_status em_cdxj_line(struct em_buf *out,
                                          const struct em_cdxj *entry);

/* Reads a line this file writes or another tool: key and timestamp, and from the JSON
 * object offset and length, as strings or numbers. False where it is not such a line. */
struct em_cdxj_place {
    struct em_view key, timestamp; /* into the line */
    uint64_t offset, length;
    bool has_place;
};
EM_MUST_CHECK bool em_cdxj_read(struct em_view line, struct em_cdxj_place *place);

/* Sorts the lines of file `from` by bytes into file `to` (created, synced if `sync`): runs of
 * at most `memory` bytes sorted in memory, then merged, through temporary files beside
 * `to` that are gone afterwards. A last line without line end is dropped: it was cut.
 * EM_ERR_IO, EM_ERR_NOMEM; EM_ERR_LIMIT: a line longer than EM_MAX_CDXJ_LINE. */
EM_MUST_CHECK enum em_status em_cdxj_sort(const char *from, const char *to, size_t memory,
                                          bool sync, struct em_err *err);

/* Copies the whole lines whose place ends at or before `length` bytes of the WARC from file
 * `from` to `to`: what an index is after its WARC was cut. */
EM_MUST_CHECK enum em_status em_cdxj_cut(const char *from, const char *to,
                                         uint64_t length, bool sync, struct em_err *err);

#endif
