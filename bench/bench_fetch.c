/* SPDX-License-Identifier: Apache-2.0
 *
 * Fetches N pages from one server and says what it cost:
 *
 *     bench_fetch MODE BASE-URL FILES N CONCURRENCY [DIR]
 *
 * Page i is BASE-URL/i%FILES. Modes: fetch (our fetcher), warc (and every exchange written to
 * DIR), perform and socket (libcurl's multi interface with as little around it as possible:
 * curl_multi_poll and curl_multi_perform, or epoll and curl_multi_socket_action; easy
 * handles used again, bodies thrown away, the same request header as ours) and bare
 * (perform, with libcurl's own shorter request header). One line: mode, pages, errors, MB, seconds, CPU
 * seconds, pages a second, pages a CPU second.
 */
#include "base/clock.h"
#include "base/net/fetch.h"
#include "crawler/web/fetch/warc_write.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { MAX_CONCURRENCY = 10000 };

struct bench {
    const char *base, *dir;
    long files, total, concurrency;
    long started, finished, errors;
    double bytes;
    struct em_fetcher *fetcher;
    struct em_warc_writer *writer;
    struct em_address address;
};

static const char *next_url(struct bench *b, char url[512])
{
    snprintf(url, 512, "%s/%ld", b->base, b->started++ % b->files);
    return url;
}

/* --- ours ------------------------------------------------------------------------------------ */

static void start_one(struct bench *b)
{
    char url[512];
    struct em_fetch_request request = {.address = b->address};
    request.url = em_view_of(next_url(b, url));
    if (em_fetch_start(b->fetcher, &request) != EM_OK)
        b->errors++;
}

static void archive(struct bench *b, const struct em_fetch_result *r)
{
    char ip[EM_ADDRESS_TEXT];
    struct em_err err;
    struct em_warc_exchange x = {.url = r->url,
                                 .date = r->started_ms / 1000,
                                 .http_version = r->http_version,
                                 .request = r->request,
                                 .header = r->header,
                                 .body = r->body};
    em_address_format_ip(&r->address, ip);
    x.ip = em_view_of(ip);
    if (em_warc_write(b->writer, &x, NULL, &err) < 0)
        b->errors++;
}

static void done(void *context, const struct em_fetch_result *r)
{
    struct bench *b = context;
    b->finished++;
    b->bytes += (double)r->body.len;
    if (r->error != EM_FETCH_OK || r->status != 200)
        b->errors++;
    else if (b->writer)
        archive(b, r);
    if (b->started < b->total)
        start_one(b);
}

static int run_ours(struct bench *b, bool warc)
{
    struct em_fetcher_options o;
    struct em_warc_writer_options wo;
    struct em_err err;
    struct em_view host;
    em_fetcher_options_init(&o);
    o.max_transfers = (size_t)b->concurrency;
    o.allow_private = true;
    em_warc_writer_options_init(&wo);
    wo.dir = b->dir;
    if (em_fetcher_new(&b->fetcher, &o, done, b, &err) < 0)
        return 1;
    if (warc && em_warc_writer_open(&b->writer, &wo, NULL, &err) < 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    host = em_view_of(b->base + (strncmp(b->base, "https", 5) == 0 ? 8 : 7));
    host.len = strcspn(host.data, "/");
    if (!em_address_parse(host, &b->address))
        b->address.family = 0;
    while (b->started < b->total && b->started < b->concurrency)
        start_one(b);
    while (b->finished < b->started)
        if (em_fetcher_run(b->fetcher, -1, &err) < 0)
            return 1;
    if (b->writer && em_warc_writer_close(b->writer, &err) < 0)
        return 1;
    em_warc_writer_free(b->writer);
    em_fetcher_free(b->fetcher);
    return 0;
}

/* --- bare libcurl ------------------------------------------------------------------------- */

static const char *const lines[] = {
    ("User-Agent: echometer/" EM_VERSION),
    "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.5",
    "Accept-Encoding: gzip, deflate, br, zstd",
};

static size_t discard(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    ((struct bench *)context)->bytes += (double)(size * count);
    return size * count;
}

static void add(struct bench *b, CURLM *multi, CURL *easy)
{
    char url[512];
    curl_easy_setopt(easy, CURLOPT_URL, next_url(b, url));
    curl_multi_add_handle(multi, easy);
}

static void collect(struct bench *b, CURLM *multi)
{
    CURLMsg *m;
    int left;
    while ((m = curl_multi_info_read(multi, &left)) != NULL) {
        CURL *easy = m->easy_handle;
        b->errors += m->data.result != CURLE_OK;
        b->finished++;
        curl_multi_remove_handle(multi, easy);
        if (b->started < b->total)
            add(b, multi, easy);
    }
}

static int epoll_fd = -1;
static long curl_timer = -1;

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *known)
{
    struct epoll_event e = {.data.fd = fd};
    (void)easy;
    e.events = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0u) |
               (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0u);
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, &e);
        return 0;
    }
    epoll_ctl(epoll_fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e);
    curl_multi_assign(context, fd, &epoll_fd);
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *context)
{
    (void)multi;
    (void)context;
    curl_timer = ms;
    return 0;
}

static void wait_socket(CURLM *multi)
{
    struct epoll_event events[256];
    int running, n = epoll_wait(epoll_fd, events, 256, (int)curl_timer);
    for (int i = 0; i < n; i++)
        curl_multi_socket_action(multi, events[i].data.fd,
                                 (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                                     (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0),
                                 &running);
    if (n == 0 || curl_timer == 0)
        curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

static int run_bare(struct bench *b, bool sockets, bool header)
{
    struct curl_slist *fields = NULL;
    static CURL *easies[MAX_CONCURRENCY];
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURLM *multi = curl_multi_init();
    for (size_t i = 0; header && i < sizeof(lines) / sizeof(lines[0]); i++)
        fields = curl_slist_append(fields, lines[i]);
    epoll_fd = epoll_create1(0);
    if (sockets) {
        curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
        curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, multi);
        curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    }
    for (long i = 0; i < b->concurrency && b->started < b->total; i++) {
        easies[i] = curl_easy_init();
        curl_easy_setopt(easies[i], CURLOPT_WRITEFUNCTION, discard);
        curl_easy_setopt(easies[i], CURLOPT_WRITEDATA, b);
        curl_easy_setopt(easies[i], CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easies[i], CURLOPT_HTTPHEADER, fields);
        add(b, multi, easies[i]);
    }
    while (b->finished < b->started) {
        int running;
        if (sockets) {
            wait_socket(multi);
        } else {
            curl_multi_perform(multi, &running);
            if (running)
                curl_multi_poll(multi, NULL, 0, 1000, NULL);
        }
        collect(b, multi);
    }
    for (long i = 0; i < b->concurrency; i++)
        if (easies[i])
            curl_easy_cleanup(easies[i]);
    curl_multi_cleanup(multi);
    curl_slist_free_all(fields);
    curl_global_cleanup();
    close(epoll_fd);
    return 0;
}

int main(int argc, char **argv)
{
    struct bench b = {0};
    if (argc < 6) {
        fprintf(stderr, "usage: bench_fetch fetch|warc|perform|socket|bare URL FILES N "
                        "CONCURRENCY [DIR]\n");
        return 2;
    }
    const char *mode = argv[1];
    b.base = argv[2];
    b.files = strtol(argv[3], NULL, 10);
    b.total = strtol(argv[4], NULL, 10);
    b.concurrency = strtol(argv[5], NULL, 10);
    b.dir = argc > 6 ? argv[6] : ".";
    if (b.files < 1 || b.concurrency < 1 || b.concurrency > MAX_CONCURRENCY)
        return 2;
    double begin = em_clock_now(), cpu = em_clock_process_cpu();
    int failed = strcmp(mode, "fetch") == 0     ? run_ours(&b, false)
                 : strcmp(mode, "warc") == 0    ? run_ours(&b, true)
                 : strcmp(mode, "perform") == 0 ? run_bare(&b, false, true)
                 : strcmp(mode, "bare") == 0    ? run_bare(&b, false, false)
                 : strcmp(mode, "socket") == 0  ? run_bare(&b, true, true)
                                                : 2;
    double seconds = em_clock_now() - begin;
    cpu = em_clock_process_cpu() - cpu;
    printf("%s\t%ld\t%ld\t%.1f\t%.2f\t%.2f\t%.0f\t%.0f\n", mode, b.finished, b.errors,
           b.bytes / 1e6, seconds, cpu, (double)b.finished / seconds,
           (double)b.finished / cpu);
    return failed || b.errors != 0;
}
