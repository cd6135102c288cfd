/* SPDX-License-Identifier: Apache-2.0
 *
 * The frontier without a network.
 *
 *   bench_frontier curve [DISTINCT [HOSTS]]
 *       URLs found a second and memory, while DISTINCT different URLs are found, each new
 *       one beside one found before; then what handing out and settling tasks costs.
 *   bench_frontier polite [HOSTS [SECONDS]]
 *       HOSTS hosts on as many IPs, one request a second each, simulated time: CPU time
 *       and memory of workbench and frontier together, how late requests were, and whether
 *       an IP was ever asked too early.
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "crawler/web/frontier/frontier.h"
#include "crawler/web/frontier/workbench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const int64_t START = INT64_C(1750000000000);
static char dir[64] = "bench-frontier-XXXXXX";

static void stop(const char *what, const struct em_err *err)
{
    fprintf(stderr, "bench_frontier: %s: %s\n", what, err->text);
    exit(2);
}

static double megabytes(void)
{
    char path[128];
    struct stat st;
    snprintf(path, sizeof(path), "%s/data.mdb", dir);
    return stat(path, &st) == 0 ? (double)st.st_blocks * 512 / 1e6 : 0;
}

/* Memory of our own, in MB: the mapped file is the system's to keep or drop. */
static double own_megabytes(void)
{
    char line[128];
    double kilobytes = 0;
    FILE *in = fopen("/proc/self/status", "r");
    while (in && fgets(line, sizeof(line), in))
        if (strncmp(line, "RssAnon:", 8) == 0)
            kilobytes = strtod(line + 8, NULL);
    if (in)
        fclose(in);
    return kilobytes / 1e3;
}

/* URL i: hosts of very different sizes, as on the web. */
static size_t url_of(char out[128], uint64_t i, uint64_t hosts)
{
    uint64_t r = em_mix64(i + 1);
    double u = (double)(r >> 11) * 0x1p-53;
    uint64_t host = (uint64_t)((double)hosts * u * u);
    return (size_t)snprintf(out, 128, "http://www%llu.example/%s/%llu/page-%llx.html",
                            (unsigned long long)host, r & 1 ? "articles" : "topics",
                            (unsigned long long)(r >> 1 & 63), (unsigned long long)i);
}

static void find(struct em_frontier *f, struct em_url *url, uint64_t i, uint64_t hosts,
                 int64_t now)
{
    char text[128];
    struct em_err err = {.text = ""};
    struct em_frontier_link link = {.source = EM_LINK_PAGE, .depth = 1, .linking = NAN};
    enum em_cut cut;
    size_t len = url_of(text, i, hosts);
    for (;;) {
        if (em_url_parse(url, em_view_make(text, len), NULL) != EM_OK)
            stop("parse", &err);
        enum em_status status = em_frontier_add(f, url, &link, &cut, &err);
        if (status == EM_OK)
            return;
        if (status != EM_AGAIN || em_frontier_commit(f, now, NULL, 0, 0, &err) != EM_OK)
            stop("find", &err);
    }
}

static void settle(struct em_frontier *f, uint64_t most)
{
    struct em_err err = {.text = ""};
    struct em_frontier_host *host;
    struct em_frontier_task task;
    uint64_t n = 0;
    double from = em_clock_thread_cpu(), commits = 0;
    for (bool more = true; more && n < most;) {
        for (int i = 0; i < 1000 && n < most; i++) {
            if (em_frontier_host_next(f, START, &host, NULL, &err) != EM_OK) {
                more = i > 0;
                break;
            }
            uint64_t id = host->id;
            while (em_frontier_task_next(f, id, START, &task, &err) == EM_OK) {
                struct em_frontier_result result = {.outcome = EM_OUTCOME_FETCHED,
                                                    .http_status = 200,
                                                    .now_ms = START,
                                                    .score = NAN};
                if (em_frontier_done(f, &task, &result, &err) != EM_OK)
                    stop("done", &err);
                n++;
            }
            em_frontier_host_release(f, id, START);
        }
        double begin = em_clock_thread_cpu();
        if (em_frontier_commit(f, START, NULL, 0, 0, &err) != EM_OK)
            stop("commit", &err);
        commits += em_clock_thread_cpu() - begin;
    }
    double took = em_clock_thread_cpu() - from;
    printf("handed out and settled: %llu URLs, %.0f/s CPU (%.0f %% in commits), "
           "%.0f MB own\n",
           (unsigned long long)n, (double)n / took, 100 * commits / took,
           own_megabytes());
}

static void curve(uint64_t distinct, uint64_t hosts)
{
    struct em_err err = {.text = ""};
    struct em_frontier_options options;
    struct em_frontier *f;
    struct em_frontier_counts counts;
    struct em_url url;
    em_frontier_options_init(&options);
    options.no_sync = true;
    options.batch = 1 << 20;
    if (em_frontier_open(&f, dir, EM_FRONTIER_WRITE, &options, START, &err) != EM_OK)
        stop("open", &err);
    em_url_init(&url, 1024);
    double begin = em_clock_now(), last = begin, cpu = em_clock_process_cpu();
    uint64_t next = 100000, before = 0;
    printf("%12s %12s %10s %10s %8s %8s %6s %10s\n", "distinct", "hosts", "found/s",
           "found/s*", "CPU s", "own MB", "runs", "file MB");
    for (uint64_t i = 0; i < distinct; i++) {
        find(f, &url, i, hosts, START);
        find(f, &url, em_mix64(i ^ 77) % (i + 1), hosts, START);
        if (i + 1 != next && i + 1 != distinct)
            continue;
        if (em_frontier_commit(f, START, NULL, 0, EM_COMMIT_SIEVE, &err) != EM_OK ||
            em_frontier_count(f, &counts, &err) != EM_OK)
            stop("commit", &err);
        double now = em_clock_now();
        printf("%12llu %12llu %10.0f %10.0f %8.1f %8.0f %6llu %10.0f\n",
               (unsigned long long)counts.seen, (unsigned long long)counts.hosts,
               2 * (double)(i + 1) / (now - begin),
               2 * (double)(i + 1 - before) / (now - last), em_clock_process_cpu() - cpu,
               own_megabytes(), (unsigned long long)counts.runs, megabytes());
        fflush(stdout);
        last = now;
        before = i + 1;
        next = next * 10 > distinct / 2 && next < distinct / 2 ? distinct / 2 : next * 10;
        if (counts.seen != i + 1)
            stop("count", &err);
    }
    printf("(found/s: from the beginning; *: since the line before. own MB: anonymous "
           "memory of the process.)\n");
    settle(f, distinct < 500000 ? distinct : 500000);
    em_url_release(&url);
    em_frontier_free(f);
}

/* --- politeness ----------------------------------------------------------------------------- */

/* A request under way, in a heap by its end. */
struct flight {
    int64_t end;
    uint64_t host;
    struct em_frontier_task task;
};

struct world {
    struct em_frontier *f;
    struct em_workbench *bench;
    struct em_frontier_options options;
    struct em_url url;
    struct flight *flights;
    size_t n_flights;
    int64_t now, *last; /* of each IP */
    uint64_t hosts, fetched, early, found;
    double late, worst;
    struct em_err err;
};

static void sift_up(struct flight *heap, size_t at)
{
    while (at && heap[at].end < heap[(at - 1) / 2].end) {
        struct flight swap = heap[at];
        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = swap;
        at = (at - 1) / 2;
    }
}

static struct flight land(struct world *w)
{
    struct flight *heap = w->flights, first = heap[0];
    heap[0] = heap[--w->n_flights];
    for (size_t at = 0;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < w->n_flights && heap[child + 1].end < heap[child].end)
            child++;
        if (child >= w->n_flights || heap[at].end <= heap[child].end)
            break;
        struct flight swap = heap[at];
        heap[at] = heap[child];
        heap[child] = swap;
        at = child;
    }
    return first;
}

static void link_to(struct world *w, uint64_t host, uint64_t page)
{
    char text[64];
    struct em_frontier_link link = {.source = EM_LINK_PAGE, .depth = 1, .linking = NAN};
    enum em_cut cut;
    int len = snprintf(text, sizeof(text), "http://h%llu.example/some/page-%llu.html",
                       (unsigned long long)(host % w->hosts), (unsigned long long)page);
    do {
        if (em_url_parse(&w->url, em_view_make(text, (size_t)len), NULL) != EM_OK)
            stop("parse", &w->err);
    } while (em_frontier_add(w->f, &w->url, &link, &cut, &w->err) == EM_AGAIN &&
             em_frontier_commit(w->f, w->now, NULL, 0, 0, &w->err) == EM_OK);
    w->found++;
}

static uint64_t number_of(struct em_view origin)
{
    return strtoull(origin.data + strlen("http://h"), NULL, 10);
}

static void take_in(struct world *w)
{
    struct em_frontier_host *host;
    while (em_frontier_host_next(w->f, w->now, &host, NULL, &w->err) == EM_OK) {
        struct em_workbench_ip ip = {{10}};
        uint64_t n = number_of(host->origin);
        for (int b = 0; b < 8; b++)
            ip.bytes[8 + b] = (uint8_t)(n >> 8 * b);
        if (em_workbench_put(w->bench, host->id, &ip, host->polite.next_ms, &w->err) !=
            EM_OK)
            stop("put", &w->err);
    }
}

static void start(struct world *w, const struct em_workbench_grant *grant)
{
    struct em_frontier_host *host = em_frontier_host_get(w->f, grant->host);
    struct flight *flight = &w->flights[w->n_flights];
    if (em_frontier_task_next(w->f, grant->host, w->now, &flight->task, &w->err) !=
        EM_OK) {
        (void)!em_workbench_release(w->bench, grant->host, 0, 0);
        (void)!em_workbench_remove(w->bench, grant->host);
        em_frontier_host_release(w->f, grant->host, w->now);
        return;
    }
    uint64_t n = number_of(host->origin);
    int64_t gap = w->now - w->last[n];
    w->early += w->last[n] && gap < w->options.polite.delay_ms;
    if (w->last[n]) {
        double late = (double)(gap - w->options.polite.delay_ms);
        w->late += late;
        w->worst = late > w->worst ? late : w->worst;
    }
    w->last[n] = w->now;
    em_polite_begin(&w->options.polite, &host->polite, w->now);
    flight->host = grant->host;
    flight->end = w->now + 50 + (int64_t)(em_mix64(flight->task.hash) % 400);
    sift_up(w->flights, w->n_flights++);
}

static void end(struct world *w)
{
    struct flight flight = land(w);
    struct em_frontier_host *host = em_frontier_host_get(w->f, flight.host);
    struct em_frontier_result result = {.outcome = EM_OUTCOME_FETCHED,
                                        .http_status = 200,
                                        .now_ms = w->now,
                                        .score = NAN};
    uint64_t n = number_of(host->origin), r = em_mix64(flight.task.hash);
    /* twenty links: most to pages of the host, most of them known */
    for (unsigned i = 0; i < 20; i++)
        link_to(w, i < 18 ? n : r >> i, (r >> i) % (w->fetched / w->hosts * 2 + 100));
    /* From the beginning of the request, as configured: response time counts apart. */
    int64_t next = host->polite.next_ms;
    if (em_frontier_done(w->f, &flight.task, &result, &w->err) != EM_OK)
        stop("done", &w->err);
    if (em_workbench_release(w->bench, flight.host, next, next) != EM_OK)
        stop("release", &w->err);
    w->fetched++;
}

static void polite(uint64_t hosts, int64_t seconds)
{
    struct world w = {.now = START, .hosts = hosts};
    struct em_workbench_options bench = {
        .max_hosts = hosts + 1, .per_ip = 1, .per_host = 1};
    em_frontier_options_init(&w.options);
    w.options.no_sync = true;
    w.options.max_hosts = hosts + 1;
    em_url_init(&w.url, 1024);
    w.flights = em_calloc(hosts + 1, sizeof(w.flights[0]));
    w.last = em_calloc(hosts, sizeof(w.last[0]));
    if (!w.flights || !w.last ||
        em_frontier_open(&w.f, dir, EM_FRONTIER_WRITE, &w.options, w.now, &w.err) !=
            EM_OK ||
        em_workbench_new(&w.bench, &bench, &w.err) != EM_OK)
        stop("open", &w.err);
    for (uint64_t h = 0; h < hosts; h++)
        for (uint64_t p = 0; p < 100; p++)
            link_to(&w, h, p);
    if (em_frontier_commit(w.f, w.now, NULL, 0, EM_COMMIT_SIEVE, &w.err) != EM_OK)
        stop("commit", &w.err);
    double cpu = em_clock_process_cpu(), most = 0;
    int64_t commit = w.now + 2000, stop_at = w.now + 1000 * seconds;
    w.found = 0;
    for (take_in(&w); w.now < stop_at;) {
        struct em_workbench_grant grant;
        while (em_workbench_take(w.bench, &grant, w.now) == EM_OK)
            start(&w, &grant);
        int64_t next = em_workbench_next_due(w.bench);
        if (w.n_flights && w.flights[0].end < next)
            next = w.flights[0].end;
        w.now = next > commit ? commit : next > w.now ? next : w.now;
        while (w.n_flights && w.flights[0].end <= w.now)
            end(&w);
        if (w.now >= commit) {
            if (em_frontier_commit(w.f, w.now, NULL, 0, 0, &w.err) != EM_OK)
                stop("commit", &w.err);
            take_in(&w);
            commit = w.now + 2000;
            double own = own_megabytes();
            most = own > most ? own : most;
        }
    }
    cpu = em_clock_process_cpu() - cpu;
    printf("%llu hosts, %lld simulated seconds: %.0f requests/s, %.0f links/s\n"
           "CPU %.1f s: %.2f of one core; own memory %.0f MB at most; file %.0f MB\n"
           "asked too early: %llu; late by %.0f ms in the mean, %.0f at most\n",
           (unsigned long long)hosts, (long long)seconds,
           (double)w.fetched / (double)seconds, (double)w.found / (double)seconds, cpu,
           cpu / (double)seconds, most, megabytes(), (unsigned long long)w.early,
           w.late / (double)(w.fetched ? w.fetched : 1), w.worst);
    em_workbench_free(w.bench);
    em_frontier_free(w.f);
    em_url_release(&w.url);
    em_free(w.flights);
    em_free(w.last);
    if (w.early)
        exit(1);
}

int main(int argc, char **argv)
{
    char command[128];
    const char *what = argc > 1 ? argv[1] : "curve";
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    uint64_t second = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    if (!mkdtemp(dir)) {
        perror("mkdtemp");
        return 2;
    }
    if (strcmp(what, "polite") == 0)
        polite(first ? first : 20000, second ? (int64_t)second : 60);
    else
        curve(first ? first : 1000000, second ? second : (first ? first : 1000000) / 100);
    snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    return system(command) == 0 ? 0 : 2;
}
