/* SPDX-License-Identifier: Apache-2.0
 *
 * URLs and robots.txt: how many a CPU second.
 *
 *     bench_web urls LINKS [BASE]     a link a line: resolved against BASE, as a page's links
 *                                     are; beside libcurl's URL API where it is installed
 *     bench_web robots FILE...        robots.txt files: parsed; then asked about twelve paths
 *                                     for three agents each, as parsed forms
 *
 * libcurl is opened at run time, so that nothing else of the project needs it here. Best of
 * five rounds, CPU time of this process.
 */
#define _GNU_SOURCE
#include "base/alloc.h"
#include "base/limits.h"
#include "base/wire/domain.h"
#include "crawler/web/robots.h"
#include "base/wire/url.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 5 };

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static bool read_file(const char *path, struct em_buf *out)
{
    char bytes[65536];
    size_t n;
    FILE *in = fopen(path, "rb");
    em_buf_init(out, 1024 * EM_MIB);
    if (!in) {
        perror(path);
        return false;
    }
    while ((n = fread(bytes, 1, sizeof(bytes), in)) > 0)
        if (em_buf_append(out, bytes, n) != EM_OK)
            break;
    fclose(in);
    return true;
}

/* --- URLs ------------------------------------------------------------------------------- */

struct links {
    struct em_view *link;
    size_t n, bytes;
    struct em_url base;
    char *base_text;
};

struct result {
    size_t parsed, bytes;
};

static struct result parse_ours(const struct links *links)
{
    struct result r = {0, 0};
    struct em_url url;
    em_url_init(&url, EM_MAX_URL);
    for (size_t i = 0; i < links->n; i++)
        if (em_url_parse(&url, links->link[i], &links->base) == EM_OK) {
            r.parsed++;
            r.bytes += em_url_href(&url).len;
        }
    em_url_release(&url);
    return r;
}

static struct result normalise_ours(const struct links *links)
{
    struct result r = {0, 0};
    struct em_url url;
    struct em_buf scratch;
    em_url_init(&url, EM_MAX_URL);
    em_buf_init(&scratch, 9 * EM_MAX_URL + 64);
    for (size_t i = 0; i < links->n; i++)
        if (em_url_parse(&url, links->link[i], &links->base) == EM_OK &&
            em_url_normalise(&url, EM_URL_RULES_DEFAULT, &scratch) == EM_OK) {
            r.parsed++;
            r.bytes += em_url_href(&url).len;
        }
    em_url_release(&url);
    em_buf_release(&scratch);
    return r;
}

static struct result domains_ours(const struct links *links)
{
    struct result r = {0, 0};
    struct em_url url;
    struct em_domain domain;
    em_url_init(&url, EM_MAX_URL);
    for (size_t i = 0; i < links->n; i++)
        if (em_url_parse(&url, links->link[i], &links->base) == EM_OK &&
            em_domain_of(em_url_href(&url), &domain)) {
            r.parsed++;
            r.bytes += domain.registrable.len;
        }
    em_url_release(&url);
    return r;
}

static struct {
    void *(*url)(void);
    void (*cleanup)(void *);
    int (*set)(void *, int, const char *, unsigned);
    int (*get)(void *, int, char **, unsigned);
    void (*free)(void *);
} curl;

#define LOAD(lib, target, name)                                                          \
    (*(void **)&(target) = dlsym((lib), (name)), (target) != NULL)

static bool load_curl(void)
{
    void *lib = dlopen("libcurl.so.4", RTLD_NOW);
    return lib && LOAD(lib, curl.url, "curl_url") &&
           LOAD(lib, curl.cleanup, "curl_url_cleanup") &&
           LOAD(lib, curl.set, "curl_url_set") && LOAD(lib, curl.get, "curl_url_get") &&
           LOAD(lib, curl.free, "curl_free");
}

/* CURLUPART_URL is 0; flags: non-supported schemes, encode, allow spaces (1<<3, 1<<7, 1<<11) */
static struct result parse_curl(const struct links *links)
{
    struct result r = {0, 0};
    char text[EM_MAX_URL + 1];
    for (size_t i = 0; i < links->n; i++) {
        struct em_view v = links->link[i];
        void *url = curl.url();
        if (!url || v.len > EM_MAX_URL)
            continue;
        memcpy(text, v.data, v.len);
        text[v.len] = '\0';
        char *href = NULL;
        if (curl.set(url, 0, links->base_text, 0) == 0 &&
            curl.set(url, 0, text, 1u << 3 | 1u << 7 | 1u << 11) == 0 &&
            curl.get(url, 0, &href, 0) == 0) {
            r.parsed++;
            r.bytes += strlen(href);
        }
        curl.free(href);
        curl.cleanup(url);
    }
    return r;
}

static void report(const char *name, const struct links *links,
                   struct result (*fn)(const struct links *))
{
    double best = 1e9;
    struct result r = {0, 0};
    for (int i = 0; i < ROUNDS; i++) {
        double start = cpu_seconds();
        r = fn(links);
        double seconds = cpu_seconds() - start;
        best = seconds < best ? seconds : best;
    }
    printf("%-28s %8.2f million/s  %7.1f MB/s in  %zu of %zu, %zu bytes out\n", name,
           (double)links->n / best / 1e6, (double)links->bytes / best / 1e6, r.parsed,
           links->n, r.bytes);
}

static int bench_urls(const char *path, const char *base)
{
    struct em_buf text;
    struct links links = {0};
    if (!read_file(path, &text))
        return 1;
    struct em_view all = em_buf_view(&text);
    links.link = em_calloc(all.len / 2 + 1, sizeof(*links.link));
    em_url_init(&links.base, EM_MAX_URL);
    if (!links.link || em_url_parse(&links.base, em_view_of(base), NULL) != EM_OK)
        return 1;
    links.base_text = (char *)(uintptr_t)base;
    for (size_t at = 0; at < all.len;) {
        size_t end = em_view_find(all, at, EM_VIEW("\n"));
        if (end > at) {
            links.link[links.n++] = em_view_sub(all, at, end - at);
            links.bytes += end - at;
        }
        at = end + 1;
    }
    report("parse and resolve", &links, parse_ours);
    report("... and normalise", &links, normalise_ours);
    report("... and registrable domain", &links, domains_ours);
    if (load_curl())
        report("libcurl's URL API", &links, parse_curl);
    em_free(links.link);
    em_url_release(&links.base);
    em_buf_release(&text);
    return 0;
}

/* --- robots.txt ------------------------------------------------------------------------- */

static const char *const paths[] = {"/",
                                    "/index.html",
                                    "/search?q=1&page=2",
                                    "/wp-admin/admin.php",
                                    "/a/b/c/d/e.html",
                                    "/user/login",
                                    "/products/1234/reviews?sort=new",
                                    "/~joe/",
                                    "/images/logo.png",
                                    "/tag/news/page/17/",
                                    "/api/v1/items?id=5",
                                    "/%E3%83%84/x"};
static const char *const agents[] = {"echometer", "Googlebot", "CCBot"};

enum { N_PATHS = sizeof(paths) / sizeof(paths[0]), N_AGENTS = 3 };

struct texts {
    struct em_buf text, form;
};

static size_t parse_all(struct texts *texts, size_t n, bool keep, struct em_robots_txt *r)
{
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++) {
        if (em_robots_txt_parse(r, em_buf_view(&texts[i].text)) != EM_OK)
            continue;
        bytes += em_robots_txt_form(r).len;
        em_buf_init(&texts[i].form, keep ? EM_MAX_ROBOTS_FORM : 0);
        if (keep && em_buf_append_view(&texts[i].form, em_robots_txt_form(r)) != EM_OK)
            continue;
    }
    return bytes;
}

static size_t ask_all(const struct texts *texts, size_t n, struct em_robots_query *query)
{
    size_t allowed = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t p = 0; p < N_PATHS; p++) {
            if (em_robots_query_set(query, em_view_of(paths[p])) != EM_OK)
                continue;
            for (size_t a = 0; a < N_AGENTS; a++)
                allowed += em_robots_txt_allows(em_buf_view(&texts[i].form),
                                                em_view_of(agents[a]), query, NULL);
        }
    return allowed;
}

static int bench_robots(char **files, size_t n)
{
    struct texts *texts = em_calloc(n, sizeof(*texts));
    struct em_robots_txt robots;
    struct em_robots_query query;
    size_t bytes = 0, form = 0, allowed = 0, rounds = ROUNDS;
    double parse = 1e9, ask = 1e9;
    if (!texts)
        return 1;
    em_robots_txt_init(&robots);
    em_robots_query_init(&query);
    for (size_t i = 0; i < n; i++) {
        if (!read_file(files[i], &texts[i].text))
            return 1;
        bytes += texts[i].text.len;
    }
    while (rounds--) {
        double start = cpu_seconds();
        form = parse_all(texts, n, false, &robots);
        double seconds = cpu_seconds() - start;
        parse = seconds < parse ? seconds : parse;
    }
    parse_all(texts, n, true, &robots);
    for (rounds = ROUNDS; rounds--;) {
        double start = cpu_seconds();
        allowed = ask_all(texts, n, &query);
        double seconds = cpu_seconds() - start;
        ask = seconds < ask ? seconds : ask;
    }
    size_t asked = n * N_PATHS * N_AGENTS;
    printf("%-28s %8.0f files/s  %7.1f MB/s  mean %.0f bytes, parsed form %.0f\n",
           "robots.txt parsed", (double)n / parse, (double)bytes / parse / 1e6,
           (double)bytes / (double)n, (double)form / (double)n);
    printf("%-28s %8.3f million/s  %zu of %zu allowed\n", "decisions",
           (double)asked / ask / 1e6, allowed, asked);
    for (size_t i = 0; i < n; i++) {
        em_buf_release(&texts[i].text);
        em_buf_release(&texts[i].form);
    }
    em_free(texts);
    em_robots_txt_release(&robots);
    em_robots_query_release(&query);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc >= 3 && strcmp(argv[1], "urls") == 0)
        return bench_urls(argv[2],
                          argc > 3 ? argv[3] : "https://www.example.com/a/b.html");
    if (argc >= 3 && strcmp(argv[1], "robots") == 0)
        return bench_robots(argv + 2, (size_t)argc - 2);
    fputs("usage: bench_web urls LINKS [BASE] | bench_web robots FILE...\n", stderr);
    return 2;
}
