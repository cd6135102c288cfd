/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes a realistic load: a WARC (one gzip member a record, HTTP headers) or a WET file from
 * a folder of real pages, repeated with small mutations up to the size wanted, so that no
 * two records are equal. Deterministic: the same folder, kind and size give the same bytes.
 *
 *     make_load warc FOLDER MEGABYTES OUT.warc.gz     (megabytes of payload, not of gzip)
 *     make_load wet  FOLDER MEGABYTES OUT.warc.wet.gz (megabytes of text)
 *     make_load jsonl FOLDER MEGABYTES OUT.jsonl      (the same text as a corpus)
 *     make_load plain FOLDER MEGABYTES OUT.warc       (the WARC, not compressed)
 *     make_load bomb - MEGABYTES OUT.warc.gz          (one response that inflates to so much)
 */
#define _GNU_SOURCE
#include "base/json.h"
#include "base/limits.h"
#include "crawler/page/extract.h"

#include <ftw.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { MAX_PAGES = 20000 };

static char *paths[MAX_PAGES];
static size_t n_paths;

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static int collect(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)ftw;
    const char *dot = strrchr(path, '.');
    if (flag == FTW_F && st->st_size > 0 && dot && strcmp(dot, ".html") == 0 &&
        n_paths < MAX_PAGES)
        paths[n_paths++] = strdup(path);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* xorshift64*: enough for mutations, the same everywhere. */
static uint64_t random_state = 88172645463325252u;
static uint64_t next_random(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 2685821657736338717u;
}

/* Change one lower-case letter in about every 2,000 bytes into another: enough that two
 * copies of a page differ everywhere, little enough that it stays the page it was. */
static void mutate(char *data, size_t len)
{
    for (size_t i = next_random() % 4000; i < len; i += 1 + next_random() % 4000)
        if (data[i] >= 'a' && data[i] <= 'z' && (i == 0 || data[i - 1] != '<'))
            data[i] = (char)('a' + next_random() % 26);
}

static void read_page(const char *path, struct em_buf *out)
{
    em_buf_clear(out);
    FILE *in = fopen(path, "rb");
    if (!in)
        die(path);
    char chunk[65536];
    size_t n;
    while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0)
        if (em_buf_append(out, chunk, n) != EM_OK)
            die("buffer");
    fclose(in);
}

static void write_record(FILE *out, struct libdeflate_compressor *gz,
                         const struct em_buf *record)
{
    if (!gz) {
        if (fwrite(record->data, 1, record->len, out) != record->len)
            die("write");
        return;
    }
    size_t bound = libdeflate_gzip_compress_bound(gz, record->len);
    void *packed = malloc(bound);
    if (!packed)
        die("malloc");
    size_t n = libdeflate_gzip_compress(gz, record->data, record->len, packed, bound);
    if (n == 0 || fwrite(packed, 1, n, out) != n)
        die("write");
    free(packed);
}

static void check(enum em_status status)
{
    if (status != EM_OK) {
        fprintf(stderr, "make_load: %s\n", em_status_text(status));
        exit(2);
    }
}

struct load {
    const char *kind;
    FILE *out;
    struct libdeflate_compressor *gz;
    struct em_extractor *extractor;
    struct em_buf record, http;
    uint64_t made, records;
};

static void put_warc(struct load *l, const char *type, const char *mime, const char *url,
                     struct em_view block)
{
    em_buf_clear(&l->record);
    uint64_t a = next_random(), b = next_random();
    check(em_buf_printf(&l->record,
                        "WARC/1.0\r\nWARC-Type: %s\r\nWARC-Target-URI: %s\r\n"
                        "WARC-Date: 2022-0%d-%02dT12:%02d:00Z\r\n"
                        "WARC-Record-ID: <urn:uuid:%08x-%04x-4%03x-8%03x-%012llx>\r\n"
                        "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                        type, url, (int)(1 + a % 9), (int)(1 + a / 16 % 28),
                        (int)(a / 1024 % 60), (unsigned)(a >> 32), (unsigned)(a & 0xFFFF),
                        (unsigned)(b & 0xFFF), (unsigned)(b >> 12 & 0xFFF),
                        (unsigned long long)(b >> 16 & 0xFFFFFFFFFFFF), mime, block.len));
    check(em_buf_append_view(&l->record, block));
    check(em_buf_append(&l->record, "\r\n\r\n", 4));
    write_record(l->out, l->gz, &l->record);
    l->records++;
}

static void put_page(struct load *l, struct em_view page)
{
    char url[128];
    snprintf(url, sizeof(url), "https://www.site%llu.example/page/%llu.html",
             (unsigned long long)(l->records % 997), (unsigned long long)l->records);
    em_buf_clear(&l->http);
    check(em_buf_printf(&l->http,
                        "HTTP/1.1 200 OK\r\nDate: Mon, 04 Apr 2022 12:00:00 GMT\r\n"
                        "Server: nginx\r\nContent-Type: text/html\r\n"
                        "Cache-Control: max-age=600\r\nVary: Accept-Encoding\r\n"
                        "X-Request-Id: %016llx\r\nContent-Length: %zu\r\n\r\n",
                        (unsigned long long)next_random(), page.len));
    check(em_buf_append_view(&l->http, page));
    put_warc(l, "response", "application/http; msgtype=response", url,
             em_buf_view(&l->http));
    l->made += page.len;
}

/* The page's whole text, as a WET record or a JSON line. */
static void put_text(struct load *l, struct em_view html)
{
    struct em_page page = {.kind = EM_PAGE_HTML, .body = html};
    struct em_doc doc;
    if (em_extract(l->extractor, &page, &doc) != EM_DROP_NONE)
        return;
    char url[128];
    snprintf(url, sizeof(url), "https://www.site%llu.example/page/%llu.html",
             (unsigned long long)(l->records % 997), (unsigned long long)l->records);
    if (strcmp(l->kind, "wet") == 0) {
        put_warc(l, "conversion", "text/plain", url, doc.text);
    } else {
        em_buf_clear(&l->record);
        struct em_json json;
        em_json_init(&json, &l->record);
        em_json_object(&json);
        em_json_key(&json, "id");
        em_json_u64(&json, l->records);
        em_json_key(&json, "url");
        em_json_string(&json, em_view_of(url));
        em_json_key(&json, "text");
        em_json_string(&json, doc.text);
        em_json_end(&json);
        check(em_json_finish(&json));
        write_record(l->out, NULL, &l->record);
        l->records++;
    }
    l->made += doc.text.len;
}

/* A response whose member inflates to `megabytes` of zeros, then an ordinary page. */
static int make_bomb(uint64_t megabytes, const char *path)
{
    gzFile out = gzopen(path, "wb9");
    if (!out)
        die(path);
    uint64_t body = megabytes * 1000000;
    gzprintf(
        out,
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://bomb.example/\r\n"
        "WARC-Date: 2022-01-01T00:00:00Z\r\n"
        "Content-Type: application/http; msgtype=response\r\n"
        "Content-Length: %llu\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
        (unsigned long long)body + 44);
    static char zeros[1 << 20];
    for (uint64_t left = body; left;) {
        unsigned n = left < sizeof(zeros) ? (unsigned)left : sizeof(zeros);
        if (gzwrite(out, zeros, n) != (int)n)
            die("gzwrite");
        left -= n;
    }
    gzputs(out, "\r\n\r\n");
    if (gzclose(out) != Z_OK)
        die("gzclose");
    out = gzopen(path, "ab6");
    if (!out)
        die(path);
    const char *page =
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
        "<title>After</title><p>This page comes after the bomb and is read.";
    gzprintf(
        out,
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://after.example/\r\n"
        "WARC-Date: 2022-01-01T00:00:00Z\r\n"
        "Content-Type: application/http; msgtype=response\r\n"
        "Content-Length: %zu\r\n\r\n%s\r\n\r\n",
        strlen(page), page);
    return gzclose(out) == Z_OK ? 0 : 2;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr,
                "usage: make_load warc|plain|wet|jsonl|bomb FOLDER MEGABYTES OUT\n");
        return 129;
    }
    uint64_t megabytes = strtoull(argv[3], NULL, 10);
    if (strcmp(argv[1], "bomb") == 0)
        return make_bomb(megabytes, argv[4]);
    struct load l = {.kind = argv[1], .out = fopen(argv[4], "wb")};
    if (!l.out)
        die(argv[4]);
    if (strcmp(l.kind, "warc") == 0 || strcmp(l.kind, "wet") == 0)
        l.gz = libdeflate_alloc_compressor(6);
    if (nftw(argv[2], collect, 32, FTW_PHYS) != 0 || n_paths == 0) {
        fprintf(stderr, "make_load: no .html files under '%s'\n", argv[2]);
        return 2;
    }
    qsort(paths, n_paths, sizeof(paths[0]), by_name);
    struct em_extract_options options = {.all = true, .no_language = true};
    check(em_extractor_new(&l.extractor, &options, NULL));
    struct em_buf page;
    em_buf_init(&page, EM_MAX_BLOCK);
    em_buf_init(&l.record, 2 * EM_MAX_BLOCK);
    em_buf_init(&l.http, 2 * EM_MAX_BLOCK);
    bool html = strcmp(l.kind, "warc") == 0 || strcmp(l.kind, "plain") == 0;
    if (html)
        put_warc(&l, "warcinfo", "application/warc-fields", "urn:load",
                 EM_VIEW("software: echometer make_load\r\n"));
    /* A stride coprime with any folder's size mixes long and short pages evenly. */
    for (size_t i = 0; l.made < megabytes * 1000000; i++) {
        read_page(paths[i * 7919 % n_paths], &page);
        mutate(page.data, page.len);
        if (html)
            put_page(&l, em_buf_view(&page));
        else
            put_text(&l, em_buf_view(&page));
    }
    if (fclose(l.out) != 0)
        die(argv[4]);
    printf("%s: %llu records, %llu bytes of %s from %zu pages\n", argv[4],
           (unsigned long long)l.records, (unsigned long long)l.made,
           html ? "payload" : "text", n_paths);
    em_buf_release(&page);
    em_buf_release(&l.record);
    em_buf_release(&l.http);
    em_extractor_free(l.extractor);
    libdeflate_free_compressor(l.gz);
    for (size_t i = 0; i < n_paths; i++)
        free(paths[i]);
    return 0;
}
