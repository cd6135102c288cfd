/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include "cli/scan_stream.h"

#include "base/limits.h"
#include "cli/cli.h"
#include "base/file.h"
#include "index/stream_rows.h"
#include "index/merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum em_status em_scan_stream_inputs(struct em_inputs *inputs, FILE *in,
                                     struct em_err *err)
{
    struct em_buf line;
    em_buf_init(&line, EM_MAX_URL);
    enum em_status status;
    while ((status = em_line_read(in, &line)) == EM_OK) {
        struct em_view path = em_view_trim(em_buf_view(&line));
        for (size_t tab; (tab = em_view_find(path, 0, EM_VIEW("\t"))) < path.len;)
            path = em_view_sub(path, tab + 1, path.len);
        if (path.len && (status = em_inputs_push(inputs, path)) < 0)
            break;
    }
    em_buf_release(&line);
    return status < 0 ? em_fail(err, status, "inputs", "paths on standard input: %s",
                                em_status_text(status))
                      : EM_OK;
}

enum em_status em_scan_stream_begin(struct em_scan_stream *stream, struct em_err *err)
{
    const char *tmp = getenv("TMPDIR");
    int n = snprintf(stream->dir, sizeof(stream->dir), "%s/echometer-rows-XXXXXX",
                     tmp && *tmp ? tmp : "/tmp");
    bool fits = n > 0 && (size_t)n < sizeof(stream->dir);
    if (fits && mkdtemp(stream->dir))
        return EM_OK;
    stream->dir[0] = '\0';
    return em_fail(err, EM_ERR_IO, "scan", "cannot make a folder in '%s' ($TMPDIR): %s",
                   tmp && *tmp ? tmp : "/tmp", fits ? strerror(errno) : "name too long");
}

enum em_status em_scan_stream_rows(const struct em_scan_stream *stream,
                                   const char *output, struct em_err *err)
{
    FILE *out = em_output_open(output);
    if (!out)
        return em_fail(err, EM_ERR_IO, "scan", "no rows were written");
    enum em_status status = em_stream_rows_write(stream->dir, out, err);
    if (!em_output_end(out, output, status >= 0) && status == EM_OK)
        status = em_fail(err, EM_ERR_IO, "scan", "rows were lost");
    return status;
}

void em_scan_stream_end(struct em_scan_stream *stream)
{
    if (stream->dir[0])
        em_index_remove(stream->dir);
    stream->dir[0] = '\0';
}
