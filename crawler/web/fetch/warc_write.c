/* SPDX-License-Identifier: Apache-2.0
 *
 * Records and files. A record is put together in `plain`, compressed as one gzip member
 * after what waits in `out`, and described by one line in `lines`, if it is a capture.
 *
 *     write: plain ─deflate─> out ─1 MiB or flush─> FILE.open      lines ─before out─> INDEX.open
 *     close: flush, sync, sort INDEX.open into INDEX, rename FILE.open to FILE, sync the folder
 *
 * Index lines reach the system before the records that they describe, so that no record
 * there is without its line; lines without a record are cut by recovery.
 *
 * spec: WARC 1.1 is ISO 28500:2017, sections 5 (fields), 6 (types), annex C (a member a
 * record).
 */
#include "crawler/web/fetch/warc_write.h"

#include "base/alloc.h"
#include "base/date.h"
#include "base/hash.h"
#include "base/limits.h"
#include "crawler/web/fetch/cdxj.h"
#include "base/wire/fields.h"
#include "crawler/web/fetch/warc_int.h"

#include <errno.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CRLF "\r\n"

/* Blocks up to that (requests, metadata) come out as short at the lowest level, sooner. */
#define SMALL EM_KIB
/* Beside the block: the record's own header. */
#define MAX_RECORD (EM_MAX_BLOCK + 64 * EM_KIB)
/* Kept between records; a larger buffer is given back. */
#define KEEP (4 * EM_MIB)

struct em_warc_writer {
    struct em_warc_writer_options options;
    char *dir, *prefix;
    struct em_buf info; /* block of the warcinfo record */
    struct libdeflate_compressor *slow, *fast;
    struct em_sha1 *sha1;
    struct em_buf plain, block, out, lines, path;
    int fd, index_fd;
    uint32_t serial;
    uint64_t written; /* bytes of the file that are with the system */
    bool has_exchange, failed, closed;
    struct em_warc_mark mark;
    uint64_t seed[2], counter;
    char info_id[EM_WARC_ID];
    struct em_warc_writer_stats stats;
};

void em_warc_writer_options_init(struct em_warc_writer_options *options)
{
    *options = (struct em_warc_writer_options){
        .prefix = "crawl",
        .max_bytes = 1024 * EM_MIB,
        .level = 2,
        .date = -1,
    };
}

/* --- files ------------------------------------------------------------------------------- */

static enum em_status warc_write_path_of(struct em_warc_writer *w, const char *suffix,
                                         struct em_err *err)
{
    enum em_status status = em_warc_path(&w->path, w->dir, w->prefix, w->serial, suffix);
    return status < 0 ? em_fail(err, status, "warc", "%s", em_status_text(status))
                      : EM_OK;
}

static enum em_status open_path(struct em_warc_writer *w, const char *suffix, int flags,
                                int *fd, struct em_err *err)
{
    EM_TRY(warc_write_path_of(w, suffix, err));
    *fd = open(w->path.data, flags | O_WRONLY | O_APPEND | O_CLOEXEC, 0644);
    if (*fd < 0)
        return em_fail(err, EM_ERR_IO, "warc", "cannot open '%.180s': %s", w->path.data,
                       strerror(errno));
    return EM_OK;
}

static enum em_status warc_write_move(struct em_warc_writer *w, const char *from,
                                      const char *to, struct em_err *err)
{
    struct em_buf target;
    em_buf_init(&target, w->path.max);
    enum em_status status = em_warc_path(&target, w->dir, w->prefix, w->serial, to);
    if (status == EM_OK)
        status = warc_write_path_of(w, from, err);
    if (status == EM_OK && rename(w->path.data, target.data) != 0)
        status = em_fail(err, EM_ERR_IO, "warc", "cannot rename '%.180s': %s",
                         w->path.data, strerror(errno));
    em_buf_release(&target);
    return status;
}

static void remove_file(struct em_warc_writer *w, const char *suffix)
{
    if (warc_write_path_of(w, suffix, NULL) == EM_OK)
        unlink(w->path.data);
}

/* A file of ours that is there already is never written over. */
static enum em_status check_absent(struct em_warc_writer *w, struct em_err *err)
{
    static const char *const suffixes[] = {".warc.gz", ".warc.gz" EM_WARC_OPEN, ".cdxj",
                                           ".cdxj" EM_WARC_OPEN};
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        struct stat st;
        EM_TRY(warc_write_path_of(w, suffixes[i], err));
        if (stat(w->path.data, &st) == 0)
            return em_fail(err, EM_ERR_USAGE, "warc", "'%.200s' is there already",
                           w->path.data);
    }
    return EM_OK;
}

/* --- records ------------------------------------------------------------------------------ */

struct record {
    const char *type, *content_type;
    const char *id;
    struct em_view uri, ip, concurrent;
    int64_t date;
    int http_version;
    const char *profile, *truncated;
    struct em_view inclusion;
    const struct em_warc_earlier *earlier; /* of a revisit */
    const char *payload_digest;            /* NULL: none */
    struct em_view block, more;            /* the block is both, one after another */
    bool coded;                            /* compressed already: not worth effort */
};

static void make_id(struct em_warc_writer *w, char out[EM_WARC_ID])
{
    uint64_t n = ++w->counter * UINT64_C(0x9E3779B97F4A7C15);
    uint64_t a = em_mix64(w->seed[0] + n), b = em_mix64(w->seed[1] ^ n);
    /* spec: RFC9562 5.4: version 4, variant 10 */
    snprintf(out, EM_WARC_ID, "urn:uuid:%08x-%04x-4%03x-%04x-%012llx",
             (unsigned)(a >> 32), (unsigned)(a >> 16 & 0xFFFF), (unsigned)(a & 0xFFF),
             (unsigned)(b >> 48 & 0x3FFF) | 0x8000u,
             (unsigned long long)(b & UINT64_C(0xFFFFFFFFFFFF)));
}

/* "Name: value"; what would end the line becomes a space. Nothing for an empty value. */
static enum em_status warc_write_put(struct em_buf *out, const char *name,
                                     struct em_view value)
{
    if (value.len == 0)
        return EM_OK;
    EM_TRY(em_buf_printf(out, "%s: ", name));
    size_t at = out->len;
    EM_TRY(em_buf_append_view(out, value));
    for (; at < out->len; at++)
        if ((unsigned char)out->data[at] < ' ' || out->data[at] == 0x7F)
            out->data[at] = ' ';
    return em_buf_append(out, CRLF, 2);
}

static enum em_status put_id(struct em_buf *out, const char *name, struct em_view id)
{
    return id.len ? em_buf_printf(out, "%s: <%.*s>" CRLF, name, EM_VIEW_ARGS(id)) : EM_OK;
}

static enum em_status put_earlier(struct em_buf *out, const struct record *r)
{
    char date[24];
    struct em_view url = r->earlier->url.len ? r->earlier->url : r->uri;
    EM_TRY(warc_write_put(out, "WARC-Profile", em_view_of(r->profile)));
    EM_TRY(put_id(out, "WARC-Refers-To", r->earlier->record_id));
    EM_TRY(warc_write_put(out, "WARC-Refers-To-Target-URI", url));
    em_date_format(r->earlier->date, date);
    return warc_write_put(out, "WARC-Refers-To-Date", em_view_of(date));
}

static enum em_status put_header(struct em_warc_writer *w, const struct record *r)
{
    struct em_buf *out = &w->plain;
    char date[24], digest[EM_WARC_DIGEST];
    EM_TRY(em_sha1_label(w->sha1, r->block, r->more, digest));
    em_date_format(r->date, date);
    EM_TRY(em_buf_printf(out,
                         "WARC/1.1" CRLF "WARC-Type: %s" CRLF "WARC-Record-ID: <%s>" CRLF
                         "WARC-Date: %s" CRLF,
                         r->type, r->id, date));
    EM_TRY(warc_write_put(out, "WARC-Target-URI", r->uri));
    EM_TRY(put_id(out, "WARC-Concurrent-To", r->concurrent));
    EM_TRY(warc_write_put(out, "WARC-IP-Address", r->ip));
    if (r->http_version == 20)
        EM_TRY(warc_write_put(out, "WARC-Protocol", EM_VIEW("h2")));
    if (r->profile)
        EM_TRY(put_earlier(out, r));
    if (strcmp(r->type, "warcinfo") == 0) {
        char name[EM_WARC_NAME];
        em_warc_writer_name(w, w->serial, name);
        EM_TRY(warc_write_put(out, "WARC-Filename", em_view_of(name)));
    } else {
        EM_TRY(put_id(out, "WARC-Warcinfo-ID", em_view_of(w->info_id)));
    }
    if (r->truncated)
        EM_TRY(warc_write_put(out, "WARC-Truncated", em_view_of(r->truncated)));
    if (r->inclusion.len)
        EM_TRY(warc_write_put(out, "Echometer-Inclusion", r->inclusion));
    if (r->payload_digest)
        EM_TRY(warc_write_put(out, "WARC-Payload-Digest", em_view_of(r->payload_digest)));
    EM_TRY(warc_write_put(out, "WARC-Block-Digest", em_view_of(digest)));
    return em_buf_printf(out, "Content-Type: %s" CRLF "Content-Length: %zu" CRLF CRLF,
                         r->content_type, r->block.len + r->more.len);
}

/* One member after `out`; nothing is left of it after a failure. */
static enum em_status put_record(struct em_warc_writer *w, const struct record *r,
                                 uint64_t *offset, uint64_t *length)
{
    bool quick = r->coded || r->block.len + r->more.len <= SMALL;
    struct libdeflate_compressor *c = quick ? w->fast : w->slow;
    em_buf_clear(&w->plain);
    if (r->block.len + r->more.len > EM_MAX_BLOCK)
        return EM_ERR_LIMIT;
    EM_TRY(put_header(w, r));
    EM_TRY(em_buf_append_view(&w->plain, r->block));
    EM_TRY(em_buf_append_view(&w->plain, r->more));
    EM_TRY(em_buf_append(&w->plain, CRLF CRLF, 4));
    size_t bound = libdeflate_gzip_compress_bound(c, w->plain.len);
    EM_TRY(em_buf_reserve(&w->out, bound));
    size_t n = libdeflate_gzip_compress(c, w->plain.data, w->plain.len,
                                        w->out.data + w->out.len, bound);
    if (n == 0)
        return EM_ERR_INTERNAL;
    *offset = w->written + w->out.len;
    *length = n;
    w->out.len += n;
    w->out.data[w->out.len] = '\0';
    w->stats.block_bytes += r->block.len + r->more.len;
    w->stats.stored_bytes += n;
    return EM_OK;
}

/* --- writing out --------------------------------------------------------------------------- */

static enum em_status warc_write_spill(struct em_warc_writer *w, struct em_err *err)
{
    if (w->index_fd >= 0 && w->lines.len)
        EM_TRY(em_write_all(w->index_fd, w->lines.data, w->lines.len, err));
    em_buf_clear(&w->lines);
    if (w->out.len)
        EM_TRY(em_write_all(w->fd, w->out.data, w->out.len, err));
    w->written += w->out.len;
    if (w->out.cap > KEEP)
        em_buf_release(&w->out);
    em_buf_clear(&w->out);
    return EM_OK;
}

static enum em_status sync_files(struct em_warc_writer *w, struct em_err *err)
{
    if ((w->index_fd >= 0 && fdatasync(w->index_fd) != 0) || fdatasync(w->fd) != 0)
        return em_fail(err, EM_ERR_IO, "warc", "cannot sync: %s", strerror(errno));
    return EM_OK;
}

static enum em_status failed(struct em_warc_writer *w, enum em_status status)
{
    w->failed = w->failed || status < 0;
    return status;
}

enum em_status em_warc_writer_flush(struct em_warc_writer *w, struct em_err *err)
{
    if (w->failed)
        return em_fail(err, EM_ERR_IO, "warc", "an earlier write failed");
    if (w->fd >= 0) {
        EM_TRY(failed(w, warc_write_spill(w, err)));
        if (w->options.sync == EM_WARC_SYNC_FLUSH && w->written > w->mark.length)
            EM_TRY(failed(w, sync_files(w, err)));
    }
    w->mark = (struct em_warc_mark){w->serial, w->fd >= 0 ? w->written : 0};
    return EM_OK;
}

static enum em_status finish_index(struct em_warc_writer *w, struct em_err *err)
{
    struct em_buf target;
    bool sync = w->options.sync != EM_WARC_SYNC_NONE;
    em_buf_init(&target, w->path.max);
    enum em_status status =
        em_warc_path(&target, w->dir, w->prefix, w->serial, ".cdxj.sorted");
    if (status == EM_OK)
        status = warc_write_path_of(w, ".cdxj" EM_WARC_OPEN, err);
    if (status == EM_OK)
        status = em_cdxj_sort(w->path.data, target.data, EM_CDXJ_SORT_MEMORY, sync, err);
    em_buf_release(&target);
    return status == EM_OK ? warc_write_move(w, ".cdxj.sorted", ".cdxj", err) : status;
}

static void close_fds(struct em_warc_writer *w)
{
    if (w->fd >= 0)
        close(w->fd);
    if (w->index_fd >= 0)
        close(w->index_fd);
    w->fd = w->index_fd = -1;
}

/* The file gets its final name, or goes where it holds no exchange. */
static enum em_status close_file(struct em_warc_writer *w, struct em_err *err)
{
    if (w->fd < 0)
        return EM_OK;
    bool index = w->index_fd >= 0;
    EM_TRY(warc_write_spill(w, err));
    if (w->options.sync != EM_WARC_SYNC_NONE)
        EM_TRY(sync_files(w, err));
    close_fds(w);
    w->written = 0;
    if (!w->has_exchange) {
        remove_file(w, ".warc.gz" EM_WARC_OPEN);
        remove_file(w, ".cdxj" EM_WARC_OPEN);
        w->mark = (struct em_warc_mark){w->serial, 0};
        return EM_OK;
    }
    if (index)
        EM_TRY(finish_index(w, err));
    EM_TRY(warc_write_move(w, ".warc.gz" EM_WARC_OPEN, ".warc.gz", err));
    remove_file(w, ".cdxj" EM_WARC_OPEN);
    if (w->options.sync != EM_WARC_SYNC_NONE)
        EM_TRY(em_warc_sync_dir(w->dir, err));
    w->stats.files++;
    w->serial++;
    w->has_exchange = false;
    w->mark = (struct em_warc_mark){w->serial, 0};
    return EM_OK;
}

static enum em_status open_file(struct em_warc_writer *w, struct em_err *err)
{
    uint64_t offset, length;
    EM_TRY(check_absent(w, err));
    EM_TRY(open_path(w, ".warc.gz" EM_WARC_OPEN, O_CREAT | O_EXCL, &w->fd, err));
    if (!w->options.no_index)
        EM_TRY(open_path(w, ".cdxj" EM_WARC_OPEN, O_CREAT | O_EXCL, &w->index_fd, err));
    if (w->options.sync == EM_WARC_SYNC_FLUSH)
        EM_TRY(em_warc_sync_dir(w->dir, err));
    w->written = 0;
    make_id(w, w->info_id);
    struct record info = {.type = "warcinfo",
                          .content_type = "application/warc-fields",
                          .id = w->info_id,
                          .date = w->options.date >= 0 ? w->options.date
                                                       : (int64_t)time(NULL),
                          .block = em_buf_view(&w->info)};
    return put_record(w, &info, &offset, &length);
}

/* --- exchanges ---------------------------------------------------------------------------- */

/* The header as stored: see warc_write.h. Into w->block. */
static enum em_status store_header(struct em_warc_writer *w,
                                   const struct em_warc_exchange *x)
{
    struct em_view header = x->header, te = EM_VIEW("Transfer-Encoding");
    size_t at = 0;
    em_buf_clear(&w->block);
    if (em_view_istarts(header, EM_VIEW("HTTP/2 ")) ||
        em_view_istarts(header, EM_VIEW("HTTP/3 "))) {
        EM_TRY(em_buf_append(&w->block, "HTTP/1.1", 8));
        at = 6;
    }
    while (at < header.len) {
        size_t end = em_view_find(header, at, EM_VIEW("\n"));
        struct em_view line = em_view_sub(header, at, end + 1 - at);
        struct em_view after = em_view_trim(em_view_sub(line, te.len, line.len));
        if (em_view_istarts(line, te) && after.len && after.data[0] == ':')
            EM_TRY(em_buf_append(&w->block, "X-Crawl-", 8));
        EM_TRY(em_buf_append_view(&w->block, line));
        at = end + 1;
    }
    return EM_OK;
}

static enum em_warc_kind warc_write_kind_of(const struct em_warc_exchange *x, int status,
                                            const char *digest)
{
    const struct em_warc_earlier *e = &x->earlier;
    if (status == 304 && (e->digest.len || e->record_id.len || e->date > 0))
        return EM_WARC_REVISIT_304;
    /* spec: WARC 1.1 6.7.2. An empty payload is the same everywhere: no revisit saves
     * anything by it. */
    if (x->body.len && em_view_eq(e->digest, em_view_of(digest)))
        return EM_WARC_REVISIT_SAME;
    return EM_WARC_RESPONSE;
}

static enum em_status put_capture(struct em_warc_writer *w,
                                  const struct em_warc_exchange *x,
                                  struct em_warc_written *out)
{
    char earlier[EM_WARC_DIGEST];
    struct record r = {.type = "response",
                       .content_type = "application/http; msgtype=response",
                       .id = out->record_id,
                       .uri = x->url,
                       .ip = x->ip,
                       .date = x->date,
                       .http_version = x->http_version,
                       .truncated = x->truncated,
                       .inclusion = x->inclusion,
                       .earlier = &x->earlier,
                       .payload_digest = out->digest,
                       .more = x->body,
                       .block = em_buf_view(&w->block)};
    r.coded = x->body.len > EM_KIB &&
              em_field_get(x->header, EM_VIEW("Content-Encoding")).len > 0;
    if (out->kind != EM_WARC_RESPONSE) {
        r.type = "revisit";
        r.more = EM_VIEW_NONE;
        r.truncated = NULL;
        r.profile =
            out->kind == EM_WARC_REVISIT_SAME
                ? "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
                : "http://netpreserve.org/warc/1.1/revisit/server-not-modified";
    }
    if (out->kind == EM_WARC_REVISIT_304) {
        snprintf(earlier, sizeof(earlier), "%.*s", EM_VIEW_ARGS(x->earlier.digest));
        memcpy(out->digest, earlier, sizeof(earlier));
        r.payload_digest = earlier[0] ? out->digest : NULL;
    }
    make_id(w, out->record_id);
    return put_record(w, &r, &out->offset, &out->length);
}

static enum em_status put_others(struct em_warc_writer *w,
                                 const struct em_warc_exchange *x, const char *capture)
{
    char id[EM_WARC_ID], type[128];
    uint64_t offset, length;
    struct record r = {.type = "request",
                       .content_type = "application/http; msgtype=request",
                       .id = id,
                       .uri = x->url,
                       .ip = x->ip,
                       .date = x->date,
                       .http_version = x->http_version,
                       .concurrent = em_view_of(capture),
                       .block = x->request};
    if (x->request.len) {
        make_id(w, id);
        EM_TRY(put_record(w, &r, &offset, &length));
        w->stats.requests++;
    }
    if (x->metadata.len == 0)
        return EM_OK;
    struct em_view given =
        x->metadata_type.len ? x->metadata_type : EM_VIEW("application/warc-fields");
    snprintf(type, sizeof(type), "%.*s", EM_VIEW_ARGS(given));
    r.type = "metadata";
    r.content_type = type;
    r.ip = EM_VIEW_NONE;
    r.http_version = 0;
    r.block = x->metadata;
    make_id(w, id);
    w->stats.metadata++;
    return put_record(w, &r, &offset, &length);
}

static enum em_status put_line(struct em_warc_writer *w, const struct em_warc_exchange *x,
                               int http_status, const struct em_warc_written *out)
{
    char mime[128], name[EM_WARC_NAME];
    if (w->index_fd < 0)
        return EM_OK;
    em_warc_writer_name(w, w->serial, name);
    struct em_cdxj entry = {.url = x->url,
                            .date = x->date,
                            .mime = em_field_mime(x->header, mime),
                            .status = http_status,
                            .digest = em_view_of(out->digest),
                            .length = out->length,
                            .offset = out->offset,
                            .filename = em_view_of(name)};
    if (out->kind != EM_WARC_RESPONSE)
        entry.mime = EM_VIEW("warc/revisit");
    size_t before = w->lines.len;
    enum em_status status = em_cdxj_line(&w->lines, &entry);
    if (status < 0)
        w->lines.len = before;
    /* What has no key (it came from elsewhere than a web server) has no line. */
    return status == EM_ERR_FORMAT ? EM_OK : status;
}

static enum em_status put_exchange(struct em_warc_writer *w,
                                   const struct em_warc_exchange *x,
                                   struct em_warc_written *out)
{
    int http_status = em_field_status(x->header);
    EM_TRY(em_sha1_label(w->sha1, x->body, EM_VIEW_NONE, out->digest));
    EM_TRY(store_header(w, x));
    out->kind = warc_write_kind_of(x, http_status, out->digest);
    out->serial = w->serial;
    EM_TRY(put_capture(w, x, out));
    EM_TRY(put_others(w, x, out->record_id));
    EM_TRY(put_line(w, x, http_status, out));
    if (out->kind == EM_WARC_RESPONSE)
        w->stats.responses++;
    else
        w->stats.revisits++;
    return EM_OK;
}

enum em_status em_warc_write(struct em_warc_writer *w, const struct em_warc_exchange *x,
                             struct em_warc_written *written, struct em_err *err)
{
    struct em_warc_written local;
    struct em_warc_written *out = written ? written : &local;
    memset(out, 0, sizeof(*out));
    if (w->failed || w->closed)
        return em_fail(err, EM_ERR_IO, "warc", "an earlier write failed");
    if (x->header.len == 0 || x->url.len == 0)
        return em_fail(err, EM_ERR_USAGE, "warc", "no header or no address");
    if (x->header.len + 16 + x->body.len > EM_MAX_BLOCK)
        return em_fail(err, EM_ERR_LIMIT, "warc", "block over %zu bytes", EM_MAX_BLOCK);
    if (w->has_exchange && w->written + w->out.len >= w->options.max_bytes)
        EM_TRY(failed(w, close_file(w, err)));
    if (w->fd < 0)
        EM_TRY(failed(w, open_file(w, err)));
    size_t before = w->out.len;
    enum em_status status = put_exchange(w, x, out);
    if (status < 0) { /* all records of an exchange or none */
        w->out.len = before;
        return em_fail(err, status, "warc", "%s", em_status_text(status));
    }
    w->has_exchange = true;
    if (w->plain.cap > KEEP)
        em_buf_release(&w->plain);
    if (w->out.len >= EM_WARC_BUFFER)
        return failed(w, warc_write_spill(w, err));
    return EM_OK;
}

/* --- life -------------------------------------------------------------------------------- */

static bool name_is_fine(const char *prefix)
{
    size_t n = strlen(prefix);
    return n > 0 && n <= 128 && prefix[0] != '.' &&
           strspn(prefix, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                          "0123456789-_.") == n;
}

static enum em_status make_info(struct em_warc_writer *w)
{
    const struct em_warc_writer_options *o = &w->options;
    const struct {
        const char *name, *value;
    } fields[] = {
        {"software", o->software},
        {"format", "WARC File Format 1.1"},
        {"conformsTo", "http://iipc.github.io/warc-specifications/specifications/"
                       "warc-format/warc-1.1/"},
        {"operator", o->operator_name},
        {"description", o->description},
        {"http-header-user-agent", o->user_agent},
        {"http-header-from", o->from},
        {"robots", o->robots},
        {"isPartOf", o->prefix},
    };
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        EM_TRY(warc_write_put(&w->info, fields[i].name, em_view_of(fields[i].value)));
    return EM_OK;
}

static enum em_status writer_init(struct em_warc_writer *w, struct em_err *err)
{
    const struct em_warc_writer_options *o = &w->options;
    em_buf_init(&w->info, 16 * EM_KIB);
    em_buf_init(&w->plain, MAX_RECORD);
    em_buf_init(&w->block, 2 * EM_MAX_HEADER);
    em_buf_init(&w->out, EM_WARC_BUFFER + 3 * MAX_RECORD);
    em_buf_init(&w->lines, EM_WARC_BUFFER * 64);
    em_buf_init(&w->path, 8 * EM_KIB);
    if (!o->dir || !o->prefix || !name_is_fine(o->prefix) || o->level < 1 ||
        o->level > 12)
        return em_fail(
            err, EM_ERR_USAGE, "warc",
            "a folder, a prefix of letters, digits and -_., a level of 1 to 12");
    w->dir = em_strdup(o->dir);
    w->prefix = em_strdup(o->prefix);
    w->slow = libdeflate_alloc_compressor(o->level);
    w->fast = libdeflate_alloc_compressor(1);
    w->sha1 = em_sha1_new();
    if (!w->dir || !w->prefix || !w->slow || !w->fast || !w->sha1)
        return EM_ERR_NOMEM;
    if (getrandom(w->seed, sizeof(w->seed), 0) != sizeof(w->seed))
        return em_fail(err, EM_ERR_IO, "warc", "no random bytes: %s", strerror(errno));
    return make_info(w);
}

static enum em_status go_on(struct em_warc_writer *w, struct em_err *err)
{
    struct stat st;
    if (w->mark.length == 0)
        return check_absent(w, err);
    EM_TRY(open_path(w, ".warc.gz" EM_WARC_OPEN, 0, &w->fd, err));
    if (fstat(w->fd, &st) != 0 || (uint64_t)st.st_size != w->mark.length)
        return em_fail(err, EM_ERR_USAGE, "warc", "'%.180s' is not %llu bytes long",
                       w->path.data, (unsigned long long)w->mark.length);
    if (!w->options.no_index)
        EM_TRY(open_path(w, ".cdxj" EM_WARC_OPEN, O_CREAT, &w->index_fd, err));
    w->written = w->mark.length;
    w->has_exchange = true;
    /* Records that follow belong to the warcinfo at the front of the file; where that cannot
     * be read they name none. */
    if (warc_write_path_of(w, ".warc.gz" EM_WARC_OPEN, NULL) != EM_OK ||
        !em_warc_first_id(w->path.data, w->info_id))
        w->info_id[0] = '\0';
    return EM_OK;
}

enum em_status em_warc_writer_open(struct em_warc_writer **out,
                                   const struct em_warc_writer_options *options,
                                   const struct em_warc_mark *mark, struct em_err *err)
{
    *out = NULL;
    struct em_warc_writer *w = em_calloc(1, sizeof(*w));
    if (!w)
        return em_fail(err, EM_ERR_NOMEM, "warc", "out of memory");
    w->options = *options;
    w->fd = w->index_fd = -1;
    if (mark)
        w->mark = *mark;
    w->serial = w->mark.serial;
    enum em_status status = writer_init(w, err);
    if (status == EM_OK)
        status = go_on(w, err);
    if (status < 0) {
        em_warc_writer_free(w);
        return status == EM_ERR_NOMEM || status == EM_ERR_LIMIT
                   ? em_fail(err, status, "warc", "%s", em_status_text(status))
                   : status;
    }
    *out = w;
    return EM_OK;
}

enum em_status em_warc_writer_close(struct em_warc_writer *w, struct em_err *err)
{
    if (w->failed)
        return em_fail(err, EM_ERR_IO, "warc", "an earlier write failed");
    w->closed = true;
    return failed(w, close_file(w, err));
}

void em_warc_writer_free(struct em_warc_writer *w)
{
    if (!w)
        return;
    close_fds(w);
    libdeflate_free_compressor(w->slow);
    libdeflate_free_compressor(w->fast);
    em_sha1_free(w->sha1);
    em_buf_release(&w->info);
    em_buf_release(&w->plain);
    em_buf_release(&w->block);
    em_buf_release(&w->out);
    em_buf_release(&w->lines);
    em_buf_release(&w->path);
    em_free(w->dir);
    em_free(w->prefix);
    em_free(w);
}

struct em_warc_mark em_warc_writer_tell(const struct em_warc_writer *writer)
{
    return writer->mark;
}

void em_warc_writer_name(const struct em_warc_writer *writer, uint32_t serial,
                         char out[EM_WARC_NAME])
{
    snprintf(out, EM_WARC_NAME, "%.200s-%05u.warc.gz", writer->prefix, serial);
}

void em_warc_writer_stats(const struct em_warc_writer *writer,
                          struct em_warc_writer_stats *stats)
{
    *stats = writer->stats;
}
