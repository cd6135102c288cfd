/* SPDX-License-Identifier: Apache-2.0
 *
 * What the writer writes, our own reader reads: every record, its fields, digests, places.
 * A crash is made by leaving the writer without closing it and adding what a half-written
 * member would be.
 */
#include "scratch.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/limits.h"
#include "crawler/archive/archive.h"
#include "crawler/web/fetch/cdxj.h"
#include "base/wire/fields.h"
#include "crawler/web/fetch/warc_write.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#define HEADER                                                                           \
    "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"                      \
    "transfer-encoding: chunked\r\n\r\n"
#define REQUEST "GET /a?b=1 HTTP/1.1\r\nHost: www.example.org\r\n\r\n"

static struct em_warc_writer_options options_in(const char *dir)
{
    struct em_warc_writer_options o;
    em_warc_writer_options_init(&o);
    o.dir = dir;
    o.sync = EM_WARC_SYNC_NONE;
    o.software = "echometer-test/1";
    o.operator_name = "someone\r\nelse";
    return o;
}

static const char *folder(char path[4096], const char *name)
{
    scratch(path, name);
    assert_int_equal(mkdir(path, 0755), 0);
    return path;
}

static struct em_warc_exchange exchange(const char *body)
{
    return (struct em_warc_exchange){
        .url = EM_VIEW("https://www.example.org/a?b=1"),
        .date = 1700000000,
        .ip = EM_VIEW("192.0.2.7"),
        .http_version = 11,
        .request = EM_VIEW(REQUEST),
        .header = EM_VIEW(HEADER),
        .body = em_view_of(body),
        .metadata = EM_VIEW("fetchTimeMs: 12\r\n"),
    };
}

static struct em_warc_writer *open_writer(const struct em_warc_writer_options *o,
                                          const struct em_warc_mark *mark)
{
    struct em_warc_writer *w;
    struct em_err err;
    enum em_status status = em_warc_writer_open(&w, o, mark, &err);
    if (status < 0)
        fail_msg("%s", err.text);
    return w;
}

static void write_one(struct em_warc_writer *w, const struct em_warc_exchange *x,
                      struct em_warc_written *written)
{
    struct em_err err;
    if (em_warc_write(w, x, written, &err) < 0)
        fail_msg("%s", err.text);
}

static void close_writer(struct em_warc_writer *w)
{
    struct em_err err;
    if (em_warc_writer_close(w, &err) < 0)
        fail_msg("%s", err.text);
    em_warc_writer_free(w);
}

static struct em_buf read_file(const char *path)
{
    struct em_buf b;
    FILE *f = fopen(path, "rb");
    em_buf_init(&b, EM_MAX_BLOCK);
    assert_non_null(f);
    for (int c; (c = getc(f)) != EOF;)
        assert_int_equal(em_buf_putc(&b, (char)c), EM_OK);
    fclose(f);
    return b;
}

/* Counts of records by type; every record must be whole, with digests that are right. */
struct seen {
    int types[EM_RECORD_TYPE_COUNT], records;
    uint64_t last_offset, last_length;
    char body[8192], inclusion[32];
};

static struct seen read_archive(const char *path)
{
    struct em_source *source;
    struct em_record r;
    struct em_err err;
    struct em_source_options o = {.verify = true, .keep_all = true};
    struct seen seen = {0};
    enum em_status status = em_source_open(&source, path, &o, &err);
    if (status < 0)
        fail_msg("%s", err.text);
    while ((status = em_source_next(source, &r, &err)) == EM_OK) {
        if (r.error)
            fail_msg("%s: %s", path, r.error);
        assert_true(em_view_eq(r.version, EM_VIEW("WARC/1.1")));
        assert_int_equal(r.block_digest, EM_DIGEST_OK);
        if (r.type == EM_RECORD_RESPONSE) {
            assert_int_equal(r.payload_digest, EM_DIGEST_OK);
            snprintf(seen.body, sizeof(seen.body), "%.*s", EM_VIEW_ARGS(r.payload));
            snprintf(seen.inclusion, sizeof(seen.inclusion), "%.*s",
                     EM_VIEW_ARGS(r.inclusion));
        }
        /* spec: WARC 1.1 5.1: mandatory in every record */
        struct em_view fields[] = {EM_VIEW("WARC-Record-ID"), EM_VIEW("Content-Length"),
                                   EM_VIEW("WARC-Date"), EM_VIEW("WARC-Type")};
        for (size_t i = 0; i < 4; i++)
            assert_true(em_field_get(r.header, fields[i]).len > 0);
        seen.types[r.type]++;
        seen.records++;
        seen.last_offset = r.origin.offset;
        seen.last_length = r.origin.length;
    }
    assert_int_equal(status, EM_END);
    em_source_free(source);
    return seen;
}

static void test_records(void **state)
{
    (void)state;
    char dir[4096], path[4200];
    struct em_warc_writer_options o = options_in(folder(dir, "records"));
    struct em_warc_writer *w = open_writer(&o, NULL);
    struct em_warc_exchange x = exchange("<p>Hello");
    struct em_warc_written first, again, other;
    write_one(w, &x, &first);
    assert_int_equal(first.kind, EM_WARC_RESPONSE);
    x.earlier = (struct em_warc_earlier){.digest = em_view_of(first.digest),
                                         .date = 1700000000,
                                         .record_id = em_view_of(first.record_id)};
    x.date = 1700000100;
    write_one(w, &x, &again);
    assert_int_equal(again.kind, EM_WARC_REVISIT_SAME);
    assert_string_equal(again.digest, first.digest);
    x.header = EM_VIEW("HTTP/2 304 \r\netag: \"x\"\r\n\r\n");
    x.body = EM_VIEW_NONE;
    x.http_version = 20;
    write_one(w, &x, &other);
    assert_int_equal(other.kind, EM_WARC_REVISIT_304);
    x = exchange("");
    x.truncated = "length";
    x.request = x.metadata = EM_VIEW_NONE;
    write_one(w, &x, NULL);
    close_writer(w);
    snprintf(path, sizeof(path), "%s/crawl-00000.warc.gz", dir);
    struct seen seen = read_archive(path);
    assert_int_equal(seen.types[EM_RECORD_WARCINFO], 1);
    assert_int_equal(seen.types[EM_RECORD_RESPONSE], 2);
    assert_int_equal(seen.types[EM_RECORD_REVISIT], 2);
    assert_int_equal(seen.types[EM_RECORD_REQUEST], 3);
    assert_int_equal(seen.types[EM_RECORD_METADATA], 3);
    assert_int_equal(seen.records, 11);
}

/* The text of the record at a place. */
static struct em_buf record_at(const char *path, uint64_t offset, struct em_record *r,
                               struct em_source **source)
{
    struct em_buf header;
    struct em_err err;
    struct em_source_options o = {
        .verify = true, .keep_all = true, .start_offset = offset};
    em_buf_init(&header, EM_MAX_HEADER);
    assert_int_equal(em_source_open(source, path, &o, &err), EM_OK);
    assert_int_equal(em_source_next(*source, r, &err), EM_OK);
    assert_int_equal(em_buf_append_view(&header, r->header), EM_OK);
    return header;
}

static void test_fields(void **state)
{
    (void)state;
    char dir[4096], path[4200];
    struct em_warc_writer_options o = options_in(folder(dir, "fields"));
    struct em_warc_writer *w = open_writer(&o, NULL);
    struct em_warc_exchange x = exchange("body");
    struct em_warc_written first, second;
    struct em_source *source;
    struct em_record r;
    x.truncated = "length";
    write_one(w, &x, &first);
    x.earlier = (struct em_warc_earlier){.digest = em_view_of(first.digest),
                                         .date = 1600000000,
                                         .record_id = em_view_of(first.record_id)};
    x.http_version = 20;
    x.header = EM_VIEW("HTTP/2 200 \r\ncontent-type: text/plain\r\n\r\n");
    write_one(w, &x, &second);
    close_writer(w);
    snprintf(path, sizeof(path), "%s/crawl-00000.warc.gz", dir);
    struct em_buf h = record_at(path, first.offset, &r, &source);
    assert_int_equal(r.origin.length, first.length);
    assert_true(em_view_eq(r.url, x.url));
    assert_true(em_view_eq(r.date, EM_VIEW("2023-11-14T22:13:20Z")));
    assert_true(em_view_eq(r.truncated, EM_VIEW("length")));
    assert_non_null(strstr(h.data, "WARC-IP-Address: 192.0.2.7\r\n"));
    assert_non_null(strstr(h.data, first.record_id));
    assert_non_null(strstr(h.data, "Content-Type: application/http; msgtype=response"));
    assert_null(strstr(h.data, "WARC-Protocol"));
    /* The header as received, but for the name of the coding that is undone. */
    assert_true(em_view_eq(
        r.block, EM_VIEW("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
                         "X-Crawl-transfer-encoding: chunked\r\n\r\nbody")));
    em_source_free(source);
    em_buf_release(&h);
    h = record_at(path, second.offset, &r, &source);
    assert_int_equal(r.type, EM_RECORD_REVISIT);
    assert_non_null(strstr(h.data, "WARC-Protocol: h2"));
    assert_non_null(strstr(
        h.data, "WARC-Profile: "
                "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"));
    assert_non_null(
        strstr(h.data, "WARC-Refers-To-Target-URI: https://www.example.org/a?b=1"));
    assert_non_null(strstr(h.data, "WARC-Refers-To-Date: 2020-09-13T12:26:40Z"));
    assert_true(em_view_eq(r.block,
                           EM_VIEW("HTTP/1.1 200 \r\ncontent-type: text/plain\r\n\r\n")));
    em_source_free(source);
    em_buf_release(&h);
    h = record_at(path, 0, &r, &source);
    assert_int_equal(r.type, EM_RECORD_WARCINFO);
    assert_non_null(strstr(h.data, "WARC-Filename: crawl-00000.warc.gz"));
    assert_true(em_view_find(r.block, 0, EM_VIEW("operator: someone  else\r\n")) <
                r.block.len);
    em_source_free(source);
    em_buf_release(&h);
}

static uint32_t number(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Files change at their size; each has its index, and every line leads to its record. */
static void test_rotation(void **state)
{
    (void)state;
    char dir[4096], path[4200], url[128], body[4096];
    struct em_warc_writer_options o = options_in(folder(dir, "rotation"));
    struct em_warc_writer_stats stats;
    uint32_t random = 1;
    int captures = 0;
    o.max_bytes = 20000;
    o.prefix = "my-crawl";
    struct em_warc_writer *w = open_writer(&o, NULL);
    for (int i = 0; i < 100; i++) {
        struct em_warc_exchange x = exchange(body);
        snprintf(url, sizeof(url), "http://h%u.example.org/%d?x=%u", number(&random) % 7,
                 i, number(&random));
        for (size_t k = 0; k < sizeof(body) - 1; k++)
            body[k] = (char)('a' + number(&random) % 26);
        body[sizeof(body) - 1] = '\0';
        x.url = em_view_of(url);
        x.body = em_view_of(body);
        write_one(w, &x, NULL);
    }
    em_warc_writer_stats(w, &stats);
    uint32_t last = em_warc_writer_tell(w).serial;
    assert_true(last > 5);
    close_writer(w);
    assert_int_equal(stats.responses, 100);
    for (uint32_t serial = 0; serial <= last; serial++) {
        snprintf(path, sizeof(path), "%s/my-crawl-%05u.warc.gz", dir, serial);
        captures += read_archive(path).types[EM_RECORD_RESPONSE];
        char archive[4200], previous[1024] = "";
        snprintf(archive, sizeof(archive), "%s", path);
        snprintf(path, sizeof(path), "%s/my-crawl-%05u.cdxj", dir, serial);
        struct em_buf index = read_file(path);
        for (size_t at = 0; at < index.len;) {
            size_t end = em_view_find(em_buf_view(&index), at, EM_VIEW("\n"));
            struct em_view line = em_view_sub(em_buf_view(&index), at, end - at);
            struct em_cdxj_place place;
            struct em_source *source;
            struct em_record r;
            at = end + 1;
            assert_true(em_cdxj_read(line, &place) && place.has_place);
            struct em_buf h = record_at(archive, place.offset, &r, &source);
            assert_int_equal(r.type, EM_RECORD_RESPONSE);
            assert_int_equal(r.origin.length, place.length);
            assert_true(em_view_find(line, 0, r.url) < line.len);
            em_source_free(source);
            em_buf_release(&h);
            char current[1024];
            snprintf(current, sizeof(current), "%.*s", EM_VIEW_ARGS(line));
            assert_true(strcmp(previous, current) < 0);
            memcpy(previous, current, sizeof(previous));
            captures += 1000;
        }
        em_buf_release(&index);
    }
    assert_int_equal(captures, 100 * 1001);
    struct em_err err; /* what is there is never written over */
    assert_int_equal(em_warc_writer_open(&w, &o, NULL, &err), EM_ERR_USAGE);
}

static int files_in(const char *dir)
{
    DIR *d = opendir(dir);
    int n = 0;
    assert_non_null(d);
    for (const struct dirent *e; (e = readdir(d)) != NULL;)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static void append(const char *dir, const char *name, const void *data, size_t len)
{
    char path[4200];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "ab");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    fclose(f);
}

static int lines_in(const char *dir, const char *name)
{
    char path[4200];
    int n = 0;
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    struct em_buf b = read_file(path);
    for (size_t i = 0; i < b.len; i++)
        n += b.data[i] == '\n';
    em_buf_release(&b);
    return n;
}

/* Three exchanges committed, two more written and not, half a member after; the same with
 * files closed since. Afterwards exactly the three are there, and writing continues. */
static void crash(const char *name, uint64_t max_bytes, bool with_mark, int want)
{
    char dir[4096], path[4200];
    struct em_err err;
    struct em_warc_writer_options o = options_in(folder(dir, name));
    struct em_warc_mark mark, found;
    struct em_warc_exchange x = exchange("some text of a page");
    x.inclusion = EM_VIEW("0.250000");
    static const char half[] = "\x1F\x8B\x08\x00\x00\x00\x00\x00\x00\x03half";
    struct em_warc_writer *w = open_writer(&o, NULL);
    for (int i = 0; i < 3; i++)
        write_one(w, &x, NULL);
    assert_int_equal(em_warc_writer_flush(w, &err), EM_OK);
    mark = em_warc_writer_tell(w);
    assert_true(mark.length > 0);
    em_warc_writer_free(w);
    o.max_bytes = max_bytes;
    w = open_writer(&o, &mark);
    for (int i = 0; i < 2; i++)
        write_one(w, &x, NULL);
    assert_int_equal(em_warc_writer_flush(w, &err), EM_OK);
    uint32_t serial = em_warc_writer_tell(w).serial;
    em_warc_writer_free(w);
    char open_name[64];
    snprintf(open_name, sizeof(open_name), "crawl-%05u.warc.gz.open", serial);
    append(dir, open_name, half, sizeof(half));
    append(dir, "crawl-00000.cdxj.sorted.3", "x\n", 2);
    append(dir, "other-00000.warc.gz", "not ours", 8);
    for (int twice = 0; twice < 2;
         twice++) { /* a crash while recovering changes nothing */
        enum em_status status =
            em_warc_writer_recover(dir, "crawl", with_mark ? &mark : NULL, &found, &err);
        if (status < 0)
            fail_msg("%s", err.text);
    }
    if (with_mark) {
        assert_int_equal(found.serial, mark.serial);
        assert_int_equal(found.length, mark.length);
    }
    o.max_bytes = 1 << 20;
    w = open_writer(&o, &found);
    x.url = EM_VIEW("http://example.org/after");
    write_one(w, &x, NULL);
    close_writer(w);
    snprintf(path, sizeof(path), "%s/crawl-%05u.warc.gz", dir, found.serial);
    struct seen seen = read_archive(path);
    assert_int_equal(seen.types[EM_RECORD_RESPONSE], want + 1);
    assert_int_equal(seen.types[EM_RECORD_WARCINFO], 1);
    assert_string_equal(seen.inclusion, "0.250000");
    snprintf(open_name, sizeof(open_name), "crawl-%05u.cdxj", found.serial);
    assert_int_equal(lines_in(dir, open_name), want + 1);
    if (with_mark)
        assert_int_equal(files_in(dir), 3); /* archive, index, and what is not ours */
}

static void test_crash(void **state)
{
    (void)state;
    crash("crash-open", 1 << 20, true, 3);
    crash("crash-rotated", 1, true, 3);
    crash("crash-no-mark", 1 << 20, false, 5);
    crash("crash-no-mark-rotated", 1, false, 1);
}

static void test_recover_refuses(void **state)
{
    (void)state;
    char dir[4096];
    struct em_err err;
    struct em_warc_writer_options o = options_in(folder(dir, "refuses"));
    struct em_warc_exchange x = exchange("text");
    struct em_warc_writer *w = open_writer(&o, NULL);
    write_one(w, &x, NULL);
    assert_int_equal(em_warc_writer_flush(w, &err), EM_OK);
    struct em_warc_mark mark = em_warc_writer_tell(w), longer = mark;
    em_warc_writer_free(w);
    longer.length += 1000;
    append(dir, "crawl-00005.warc.gz", "later", 5);
    assert_int_equal(em_warc_writer_recover(dir, "crawl", &longer, NULL, &err),
                     EM_ERR_TRUNCATED);
    assert_int_equal(files_in(dir), 3); /* nothing was changed */
    assert_int_equal(em_warc_writer_recover(dir, "crawl", &mark, NULL, &err), EM_OK);
    assert_int_equal(files_in(dir), 2);
    assert_int_equal(
        em_warc_writer_recover(dir, "crawl", &(struct em_warc_mark){0}, NULL, &err),
        EM_OK);
    assert_int_equal(files_in(dir), 0);
    assert_int_equal(em_warc_writer_recover("/nonexistent", "crawl", NULL, NULL, &err),
                     EM_ERR_IO);
    o.prefix = "../up";
    assert_int_equal(em_warc_writer_open(&w, &o, NULL, &err), EM_ERR_USAGE);
    o = options_in(dir);
    w = open_writer(&o, NULL); /* nothing written: nothing left */
    close_writer(w);
    assert_int_equal(files_in(dir), 0);
    x.header = EM_VIEW_NONE;
    w = open_writer(&o, NULL);
    assert_int_equal(em_warc_write(w, &x, NULL, &err), EM_ERR_USAGE);
    close_writer(w);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    char dir[4096];
    struct em_err err;
    struct em_warc_writer_options o = options_in(folder(dir, "oom"));
    struct em_warc_exchange x = exchange("text of the page");
    struct em_warc_mark zero = {0};
    long nth = 1;
    for (; nth < 1000; nth++) {
        struct em_warc_writer *w = NULL;
        assert_int_equal(em_warc_writer_recover(dir, "crawl", &zero, NULL, &err), EM_OK);
        em_alloc_fail_at(nth, 0);
        enum em_status status = em_warc_writer_open(&w, &o, NULL, &err);
        for (int i = 0; i < 2 && status == EM_OK; i++)
            status = em_warc_write(w, &x, NULL, &err);
        if (status == EM_OK)
            status = em_warc_writer_close(w, &err);
        em_warc_writer_free(w);
        if (status == EM_OK)
            status = em_warc_writer_recover(dir, "crawl", NULL, NULL, &err);
        long made = em_alloc_count();
        em_alloc_fail_at(0, 0);
        assert_true(status == EM_OK || status == EM_ERR_NOMEM);
        if (made < nth)
            break;
    }
    assert_true(nth > 10 && nth < 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),         cmocka_unit_test(test_fields),
        cmocka_unit_test(test_rotation),        cmocka_unit_test(test_crash),
        cmocka_unit_test(test_recover_refuses), cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
