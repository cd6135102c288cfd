/* SPDX-License-Identifier: Apache-2.0
 *
 * See web.h. Ordinary sites (siteN.test) are made by number; every oddity is a row of the
 * table `urls`.
 */
#include "tests/web/web.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* --- text ----------------------------------------------------------------------------------- */

struct text {
    char *data;
    size_t len, cap;
};

static void add(struct text *t, const void *bytes, size_t n)
{
    if (t->len + n + 1 > t->cap) {
        t->cap = 2 * (t->len + n) + 1024;
        t->data = realloc(t->data, t->cap);
        if (!t->data)
            abort();
    }
    memcpy(t->data + t->len, bytes, n);
    t->len += n;
    t->data[t->len] = '\0';
}

__attribute__((format(printf, 2, 3))) static void put(struct text *t, const char *format,
                                                      ...)
{
    char line[4096];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    add(t, line, n > 0 && (size_t)n < sizeof(line) ? (size_t)n : 0);
}

static uint32_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

static void sentence(struct text *t, uint64_t *state)
{
    static const char *const words[] = {
        "the",       "river",    "of",     "a",        "small",    "town",
        "in",        "winter",   "was",    "never",    "as",       "quiet",
        "people",    "who",      "lived",  "there",    "said",     "because",
        "boats",     "came",     "from",   "north",    "with",     "timber",
        "and",       "salt",     "market", "on",       "Friday",   "old",
        "bridge",    "had",      "been",   "built",    "by",       "masons",
        "stone",     "taken",    "hills",  "east",     "children", "walked",
        "to",        "school",   "along",  "bank",     "when",     "water",
        "low",       "road",     "open",   "carried",  "their",    "shoes",
        "hand",      "until",    "they",   "could",    "see",      "church",
        "clock",     "which",    "always", "ten",      "minutes",  "late",
        "farmers",   "sold",     "apples", "honey",    "bread",    "while",
        "musicians", "played",   "near",   "fountain", "evening",  "lamps",
        "were",      "lit",      "one",    "after",    "another",  "night",
        "watch",     "began",    "rounds", "through",  "narrow",   "streets",
        "behind",    "library",  "garden", "letters",  "written",  "grandmother",
        "described", "every",    "season", "careful",  "detail",   "harvest",
        "storm",     "visitors", "brought"};
    unsigned n = 8 + next(state) % 14;
    for (unsigned i = 0; i < n; i++) {
        const char *word = words[next(state) % (sizeof(words) / sizeof(words[0]))];
        put(t, "%s%c%s", i ? " " : "", i ? word[0] : word[0] & ~0x20, word + 1);
    }
    put(t, ". ");
}

static void paragraphs(struct text *t, uint64_t seed, unsigned n)
{
    uint64_t state = seed * 0x9E3779B97F4A7C15u + 12345;
    for (unsigned i = 0; i < 8; i++)
        next(&state);
    for (unsigned i = 0; i < n; i++) {
        put(t, "<p>");
        for (unsigned j = 0; j < 6; j++)
            sentence(t, &state);
        put(t, "</p>\n");
    }
}

static void open_page(struct text *t, const char *title, const char *head)
{
    put(t,
        "<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>%s</title>%s"
        "</head><body><main><h1>%s</h1>\n",
        title, head, title);
}

static void finish(struct web_answer *a, struct text *t)
{
    a->body = t->data;
    a->len = t->len;
}

/* --- ordinary sites ----------------------------------------------------------------------- */

static void site_page(const struct web *web, unsigned host, unsigned page,
                      const struct web_request *request, struct web_answer *a)
{
    struct text t = {NULL, 0, 0};
    char etag[64], title[64];
    bool changed = web->changed && page % 2;
    snprintf(etag, sizeof(etag), "\"%u-%u-%d\"", host, page, changed);
    /* One page of three has no validator, one both, one a date alone. */
    const char *date =
        changed ? "Wed, 02 Sep 2026 10:00:00 GMT" : "Tue, 01 Sep 2026 10:00:00 GMT";
    if (page % 3 == 1)
        snprintf(a->extra, sizeof(a->extra), "ETag: %s\r\nLast-Modified: %s\r\n", etag,
                 date);
    else if (page % 3 == 2)
        snprintf(a->extra, sizeof(a->extra), "Last-Modified: %s\r\n", date);
    if ((page % 3 == 1 && strcmp(request->etag, etag) == 0) ||
        (page % 3 == 2 && strcmp(request->since, date) == 0)) {
        a->status = 304;
        a->type = NULL;
        return;
    }
    snprintf(title, sizeof(title), "Page %u of site %u", page, host);
    open_page(&t, title, "");
    if (page % 7 == 3)
        put(&t, "<p>As an AI language model, I cannot browse the river in winter, but I "
                "hope this overview of the town helps. Certainly! Here is a revised "
                "version of the paragraph.</p>\n");
    paragraphs(&t, 1000003u * host + 2u * page + changed, 4);
    for (unsigned child = 2 * page + 1; child <= 2 * page + 2; child++)
        if (child < web->pages)
            put(&t, "<p><a href=\"/p/%u\">More about part %u</a></p>\n", child, child);
    if (page == 0)
        put(&t,
            "<p><a href=\"http://site%u.test/\">A neighbour</a> "
            "<a href=\"/private/secret\">private</a> <a href=\"/feed.xml\">feed</a> "
            "<a rel=nofollow href=\"/nofollow/%u\">not this way</a></p>\n",
            (host + 1) % web->hosts, host);
    put(&t, "</main></body></html>\n");
    finish(a, &t);
}

static void site_sitemap(const struct web *web, unsigned host, struct web_answer *a)
{
    struct text t = {NULL, 0, 0};
    put(&t,
        "<?xml version=\"1.0\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/"
        "sitemap/0.9\">\n<url><loc>http://site%u.test/</loc></url>\n",
        host);
    for (unsigned i = 0; i < 2; i++)
        put(&t, "<url><loc>http://site%u.test/orphan/%u</loc></url>\n", host, i);
    /* It may not speak for others. */
    put(&t, "<url><loc>http://site%u.test/smuggled/%u</loc></url>\n</urlset>\n",
        (host + 1) % web->hosts, host);
    a->type = "application/xml";
    finish(a, &t);
}

static void site_feed(unsigned host, struct web_answer *a)
{
    struct text t = {NULL, 0, 0};
    put(&t,
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Site %u</title>"
        "<item><link>http://site%u.test/news/1</link>"
        "<pubDate>Tue, 01 Sep 2026 10:00:00 GMT</pubDate></item></channel></rss>\n",
        host, host);
    a->type = "application/rss+xml";
    finish(a, &t);
}

static void site_robots(unsigned host, struct web_answer *a)
{
    struct text t = {NULL, 0, 0};
    a->type = "text/plain";
    if (host % 5 == 4) {
        a->status = 404;
        put(&t, "none\n");
    } else {
        put(&t,
            "User-agent: *\nDisallow: /private/\nSitemap: "
            "http://site%u.test/sitemap.xml\n",
            host);
    }
    finish(a, &t);
}

static bool site(const struct web *web, unsigned host, const struct web_request *request,
                 struct web_answer *a)
{
    const char *path = request->path;
    unsigned page;
    char end;
    if (strcmp(path, "/robots.txt") == 0)
        site_robots(host, a);
    else if (strcmp(path, "/") == 0)
        site_page(web, host, 0, request, a);
    else if (sscanf(path, "/p/%u%c", &page, &end) == 1 && page < web->pages)
        site_page(web, host, page, request, a);
    else if (strcmp(path, "/sitemap.xml") == 0)
        site_sitemap(web, host, a);
    else if (strcmp(path, "/feed.xml") == 0)
        site_feed(host, a);
    else if (sscanf(path, "/orphan/%u%c", &page, &end) == 1 ||
             sscanf(path, "/news/%u%c", &page, &end) == 1 ||
             strncmp(path, "/private/", 9) == 0 || strncmp(path, "/nofollow/", 10) == 0 ||
             strncmp(path, "/smuggled/", 10) == 0) {
        struct text t = {NULL, 0, 0};
        open_page(&t, path, "");
        paragraphs(&t, 77 + host * 131 + (unsigned char)path[1] + strlen(path), 3);
        put(&t, "</main></body></html>\n");
        finish(a, &t);
    } else {
        return false;
    }
    return true;
}

/* --- oddities ------------------------------------------------------------------------------ */

/* Answers that need more than a row. */
enum special {
    PLAIN, /* the row's body, or made-up paragraphs after `head` where it is NULL */
    LINKS, /* links to all rows of the host */
    CALENDAR,
    MAZE,
    CHAIN, /* one redirect after another without end */
    BUSY,  /* 429 for the first request */
    BOMB,
    HEADERS,
    FLOOD,  /* the same page under any address */
    NEAR,   /* nearly the same page at one address after another */
    MONTHS, /* a calendar without end */
    PAGER,
    TURNS,    /* one text under shapes that take turns */
    RELATIVE, /* relative links that lead deeper */
    BUSTER,   /* a random value of a query */
    TRAPS, /* links into every kind of trap that a URL alone shows, or the number of them */
};

struct url {
    const char *host, *path; /* a path that ends with '*' is a prefix */
    int status;
    enum special special;
    enum web_manner manner;
    const char *type, *extra, *head, *body;
};

#define HTML  "text/html; charset=utf-8"
#define ALLOW "User-agent: *\nDisallow:\n"

static const struct url urls[] = {
    /* robots.txt in all its states */
    {"robots404.test", "/robots.txt", 404, PLAIN, 0, "text/plain", "", NULL, "no"},
    {"robots404.test", "/", 200, PLAIN, 0, HTML, "", "", NULL},
    {"robots500.test", "/robots.txt", 500, PLAIN, 0, "text/plain", "", NULL, "broken"},
    {"robots500.test", "/*", 200, PLAIN, 0, HTML, "", "", NULL},
    {"robotsdeny.test", "/robots.txt", 200, PLAIN, 0, "text/plain", "", NULL,
     "User-agent: *\nDisallow: /\n"},
    {"robotsdeny.test", "/*", 200, PLAIN, 0, HTML, "", "", NULL},
    {"robotsname.test", "/robots.txt", 200, PLAIN, 0, "text/plain", "", NULL,
     "User-agent: *\nDisallow:\n\nUser-agent: echometer\nDisallow: /not-you\n"},
    {"robotsname.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"robotsname.test", "/not-you", 200, PLAIN, 0, HTML, "", "", NULL},
    {"robotsname.test", "/you", 200, PLAIN, 0, HTML, "", "", NULL},
    {"robotsloop.test", "/robots.txt", 302, PLAIN, 0, NULL, "Location: /robots.txt\r\n",
     NULL, ""},
    {"robotsloop.test", "/", 200, PLAIN, 0, HTML, "", "", NULL},
    {"robotsaway.test", "/robots.txt", 301, PLAIN, 0, NULL,
     "Location: http://robotshome.test/there.txt\r\n", NULL, ""},
    {"robotsaway.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"robotsaway.test", "/away/denied", 200, PLAIN, 0, HTML, "", "", NULL},
    {"robotshome.test", "/there.txt", 200, PLAIN, 0, "text/plain", "", NULL,
     "User-agent: *\nDisallow: /away/\n"},
    {"robotsdelay.test", "/robots.txt", 200, PLAIN, 0, "text/plain", "", NULL,
     "User-agent: *\nCrawl-delay: 1\n"},
    {"robotsdelay.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"robotsdelay.test", "/one", 200, PLAIN, 0, HTML, "", "", NULL},
    /* redirects */
    {"redirect.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"redirect.test", "/to-page", 301, PLAIN, 0, NULL, "Location: page\r\n", NULL, ""},
    {"redirect.test", "/page", 200, PLAIN, 0, HTML, "", "", NULL},
    {"redirect.test", "/self", 302, PLAIN, 0, NULL, "Location: /self\r\n", NULL, ""},
    {"redirect.test", "/loop-a", 302, PLAIN, 0, NULL, "Location: /loop-b\r\n", NULL, ""},
    {"redirect.test", "/loop-b", 302, PLAIN, 0, NULL, "Location: /loop-a\r\n", NULL, ""},
    {"redirect.test", "/away", 302, PLAIN, 0, NULL, "Location: http://outside.test/\r\n",
     NULL, ""},
    {"redirect.test", "/file", 302, PLAIN, 0, NULL, "Location: file:///etc/passwd\r\n",
     NULL, ""},
    {"redirect.test", "/metadata", 302, PLAIN, 0, NULL,
     "Location: http://169.254.169.254/latest/\r\n", NULL, ""},
    {"redirect.test", "/chain/*", 302, CHAIN, 0, NULL, "", NULL, ""},
    {"redirect.test", "/nowhere", 302, PLAIN, 0, NULL, "", NULL, ""},
    {"moved.test", "/robots.txt", 404, PLAIN, 0, NULL, "", NULL, ""},
    {"moved.test", "/*", 301, PLAIN, 0, NULL, "Location: http://www.moved.test/\r\n",
     NULL, ""},
    {"www.moved.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"www.moved.test", "/inside", 200, PLAIN, 0, HTML, "", "", NULL},
    {"outside.test", "/*", 200, PLAIN, 0, HTML, "", "", NULL},
    /* opt-outs */
    {"optout.test", "/robots.txt", 200, PLAIN, 0, "text/plain", "", NULL,
     "User-agent: *\nContent-Signal: /signal ai-input=no\nDisallow:\n"},
    {"optout.test", "/.well-known/tdmrep.json", 200, PLAIN, 0, "application/json", "",
     NULL, "[{\"location\":\"/tdm-file\",\"tdm-reservation\":1}]"},
    {"optout.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"optout.test", "/noindex", 200, PLAIN, 0, HTML, "",
     "<meta name=robots content=noindex>", NULL},
    {"optout.test", "/noarchive", 200, PLAIN, 0, HTML,
     "X-Robots-Tag: noarchive\r\nETag: \"kept-back\"\r\n", "", NULL},
    {"optout.test", "/nofollow", 200, PLAIN, 0, HTML, "X-Robots-Tag: nofollow\r\n", "",
     "<!DOCTYPE html><p>A page of a few words that asks not to follow. "
     "<a href=/followed-by-mistake>there</a></p>"},
    {"optout.test", "/followed-by-mistake", 200, PLAIN, 0, HTML, "", "", NULL},
    {"optout.test", "/noai", 200, PLAIN, 0, HTML, "X-Robots-Tag: noai\r\n", "", NULL},
    {"optout.test", "/tdm-header", 200, PLAIN, 0, HTML, "tdm-reservation: 1\r\n", "",
     NULL},
    {"optout.test", "/tdm-meta", 200, PLAIN, 0, HTML, "",
     "<meta name=\"tdm-reservation\" content=\"1\">", NULL},
    {"optout.test", "/tdm-file", 200, PLAIN, 0, HTML, "", "", NULL},
    {"optout.test", "/signal", 200, PLAIN, 0, HTML, "", "", NULL},
    {"optout.test", "/by-name", 200, PLAIN, 0, HTML,
     "X-Robots-Tag: echometer: noindex\r\n", "", NULL},
    {"optout.test", "/other-name", 200, PLAIN, 0, HTML,
     "X-Robots-Tag: otherbot: noindex\r\n", "", NULL},
    /* licences (RSL), ai.txt, usage preferences */
    {"rsl.test", "/robots.txt", 200, PLAIN, 0, "text/plain", "", NULL,
     "License: http://licences.test/site.xml\nUser-agent: *\n"
     "Content-Usage: train-ai=n, of-tomorrow=y;q=1\nDisallow:\n"},
    {"rsl.test", "/ai.txt", 200, PLAIN, 0, "text/plain", "", NULL,
     "User-Agent: *\nDisallow: /ai\nAllow: /\n"},
    {"rsl.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"rsl.test", "/free/one", 200, PLAIN, 0, HTML, "", "", NULL},
    {"rsl.test", "/ai-one", 200, PLAIN, 0, HTML, "", "", NULL},
    {"rsl.test", "/news/one", 200, PLAIN, 0, HTML, "", "", NULL},
    {"rsl.test", "/shop/one", 200, PLAIN, 0, HTML, "", "", NULL},
    {"rsl.test", "/linked", 200, PLAIN, 0, HTML, "",
     "<link rel=license type='application/rsl+xml' href=/own>", NULL},
    {"rsl.test", "/header", 200, PLAIN, 0, HTML,
     "Link: </own>; rel=\"license\"; type=\"application/rsl+xml\"\r\n", "", NULL},
    {"rsl.test", "/creative", 200, PLAIN, 0, HTML, "",
     "<link rel=license href=http://licences.test/deed>", NULL},
    {"rsl.test", "/own", 302, PLAIN, 0, NULL,
     "Location: http://licences.test/own.xml\r\n", NULL, ""},
    {"licences.test", "/site.xml", 200, PLAIN, 0, "application/rsl+xml", "", NULL,
     "<?xml version=\"1.0\"?><rsl xmlns=\"https://rslstandard.org/rsl\">"
     "<content url=\"/free/\"><license><prohibits type=\"usage\">ai-train</prohibits>"
     "</license></content>"
     "<content url=\"http://rsl.test/news/*\"><license><permits type=\"usage\">search"
     "</permits></license></content>"
     "<content url=\"/shop/\"><license><payment type=\"crawl\"/></license></content>"
     "</rsl>"},
    {"licences.test", "/own.xml", 200, PLAIN, 0, "text/xml", "", NULL,
     "<rsl xmlns=\"https://rslstandard.org/rsl\"><content url=\"/\"><license>"
     "<prohibits type=\"usage\">ai-input</prohibits></license></content></rsl>"},
    /* traps */
    {"trap.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"trap.test", "/calendar/*", 200, CALENDAR, 0, HTML, "", "", NULL},
    {"trap.test", "/maze/*", 200, MAZE, 0, HTML, "", "", NULL},
    {"flood.test", "/robots.txt", 404, PLAIN, 0, NULL, "", NULL, ""},
    {"flood.test", "/*", 200, FLOOD, 0, HTML, "", "", NULL},
    {"mazes.test", "/", 200, TRAPS, 0, HTML, "", "", NULL},
    {"mazes.test", "/*", 200, PLAIN, 0, HTML, "", "", NULL},
    {"endless.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"endless.test", "/month/*", 200, MONTHS, 0, HTML, "", NULL, ""},
    {"pager.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"pager.test", "/list/*", 200, PAGER, 0, HTML, "", NULL, ""},
    {"turns.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"turns.test", "/t/*", 200, TURNS, 0, HTML, "", "", NULL},
    {"relative.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"relative.test", "/d/*", 200, RELATIVE, 0, HTML, "", "", NULL},
    {"buster.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"buster.test", "/b/*", 200, BUSTER, 0, HTML, "", "", NULL},
    {"near.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"near.test", "/n/*", 200, NEAR, 0, HTML, "", "", NULL},
    /* dates of a feed */
    {"dates.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"dates.test", "/late", 200, PLAIN, 0, HTML, "", "", NULL},
    {"dates.test", "/early", 200, PLAIN, 0, HTML, "", "", NULL},
    {"dates.test", "/feed", 200, PLAIN, 0, "application/rss+xml", "", NULL,
     "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Dates</title>"
     "<item><link>http://dates.test/late</link><pubDate>Sun, 01 Jan 2090 10:00:00 "
     "GMT</pubDate></item><item><link>http://dates.test/early</link><pubDate>Mon, 01 Jan "
     "2001 10:00:00 GMT</pubDate></item></channel></rss>"},
    /* busy */
    {"busy.test", "/robots.txt", 404, PLAIN, 0, NULL, "", NULL, ""},
    {"busy.test", "/.well-known/tdmrep.json", 404, PLAIN, 0, NULL, "", NULL, ""},
    {"busy.test", "/", 200, BUSY, 0, HTML, "", "", NULL},
    /* character sets */
    {"charset.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"charset.test", "/latin1", 200, PLAIN, 0, "text/html; charset=iso-8859-1", "", NULL,
     "<!DOCTYPE html><title>caf\xE9</title><p>Le caf\xE9 est ouvert tous les jours de la "
     "semaine, m\xEAme en \xE9t\xE9.</p>"},
    {"charset.test", "/lie", 200, PLAIN, 0, "text/html; charset=utf-8", "", NULL,
     "<!DOCTYPE html><title>caf\xE9</title><p>Le caf\xE9 \xFF\xFE est ouvert.</p>"},
    {"charset.test", "/unknown", 200, PLAIN, 0, "text/html; charset=klingon", "", NULL,
     "<!DOCTYPE html><p>Nobody knows this charset, but the words are plain.</p>"},
    {"charset.test", "/image", 200, PLAIN, 0, "image/png", "", NULL, "\x89PNG\r\n\x1a\n"},
    /* HTTP as it should not be */
    {"odd.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"odd.test", "/short", 200, PLAIN, WEB_RAW, NULL, NULL, NULL,
     "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n<p>cut"},
    {"odd.test", "/reset", 200, PLAIN, WEB_RAW_RST, NULL, NULL, NULL,
     "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n<p>cut"},
    {"odd.test", "/garbage", 0, PLAIN, WEB_RAW, NULL, NULL, NULL,
     "this is not HTTP\r\n\r\n"},
    {"odd.test", "/empty", 0, PLAIN, WEB_RAW, NULL, NULL, NULL, ""},
    {"odd2.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"odd2.test", "/badchunk", 200, PLAIN, WEB_RAW, NULL, NULL, NULL,
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n"},
    {"odd2.test", "/hugechunk", 200, PLAIN, WEB_RAW, NULL, NULL, NULL,
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nhello"},
    {"odd2.test", "/lengths", 200, PLAIN, WEB_RAW, NULL, NULL, NULL,
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello\r\n"},
    {"odd2.test", "/negative", 200, PLAIN, WEB_RAW, NULL, NULL, NULL,
     "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhello"},
    {"odd3.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"odd3.test", "/status", 999, PLAIN, WEB_RAW, NULL, NULL, NULL,
     "HTTP/1.1 999 Weird\r\nContent-Length: 2\r\n\r\nhi"},
    {"odd3.test", "/noreason", 200, PLAIN, WEB_RAW, NULL, NULL, NULL,
     "HTTP/1.1 200\r\nContent-Type: text/html\r\n\r\n<p>No reason was given for this "
     "page."},
    {"odd3.test", "/lf", 200, PLAIN, WEB_RAW, NULL, NULL, NULL,
     "HTTP/1.1 200 OK\nContent-Type: text/html\n\n<p>Lines that end as they like."},
    {"odd3.test", "/nul", 200, PLAIN, WEB_RAW, NULL, NULL, NULL,
     "HTTP/1.1 200 OK\r\nX-Bad: a\x01"
     "b\r\nContent-Length: 2\r\n\r\nhi"},
    {"odd3.test", "/http09", 0, PLAIN, WEB_RAW, NULL, NULL, NULL,
     "<html><body><p>As it was in 1991.</p></body></html>"},
    {"odd4.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"odd4.test", "/headers", 200, HEADERS, WEB_RAW, NULL, NULL, NULL, ""},
    {"odd4.test", "/drip", 200, PLAIN, WEB_DRIP, NULL, NULL, NULL,
     "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>one byte at a time, and then "
     "another, and then another, and it never ends before anyone loses patience"},
    {"odd4.test", "/hang", 0, PLAIN, WEB_HANG, NULL, NULL, NULL, ""},
    {"odd5.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"odd5.test", "/endless", 200, PLAIN, WEB_ENDLESS, NULL, NULL, NULL,
     "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>without end"},
    {"odd5.test", "/bomb", 200, BOMB, 0, HTML, "Content-Encoding: gzip\r\n", NULL, ""},
    {"odd5.test", "/notgzip", 200, PLAIN, 0, HTML, "Content-Encoding: gzip\r\n", NULL,
     "<p>This was never compressed, whatever its header says.</p>"},
    {"odd5.test", "/lost", 404, PLAIN, 0, HTML, "", NULL, "<p>Not here.</p>"},
    {"odd5.test", "/broken", 500, PLAIN, 0, HTML, "", NULL, "<p>Broken.</p>"},
    /* TLS */
    {"secure.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"secure.test", "/more", 200, PLAIN, 0, HTML, "", "", NULL},
    {"badname.test", "/*", 200, PLAIN, 0, HTML, "", "", NULL},
    {"expired.test", "/*", 200, PLAIN, 0, HTML, "", "", NULL},
    {"early.test", "/*", 200, PLAIN, 0, HTML, "", "", NULL},
    {"selfsigned.test", "/*", 200, PLAIN, 0, HTML, "", "", NULL},
    {"tosecure.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"tosecure.test", "/expired", 302, PLAIN, 0, NULL,
     "Location: https://expired.test/\r\n", NULL, ""},
    /* HTTP/2 */
    {"h2.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"h2.test", "/one", 200, PLAIN, 0, HTML, "X-Robots-Tag: noai\r\n", "", NULL},
    {"h2.test", "/to-one", 302, PLAIN, 0, NULL, "Location: /one\r\n", NULL, ""},
    {"h2.test", "/reset", 200, PLAIN, WEB_RAW_RST, NULL, NULL, NULL, ""},
    /* IPv6 */
    {"six.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"six.test", "/one", 200, PLAIN, 0, HTML, "", "", NULL},
    {"six.test", "/two", 200, PLAIN, 0, HTML, "", "", NULL},
    {"sixtoo.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"sixtoo.test", "/one", 200, PLAIN, 0, HTML, "", "", NULL},
    {"sixtoo.test", "/two", 200, PLAIN, 0, HTML, "", "", NULL},
    {"[::1]", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"[::1]", "/literal", 200, PLAIN, 0, HTML, "", "", NULL},
    {"both.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"both.test", "/one", 200, PLAIN, 0, HTML, "", "", NULL},
    {"halfdead.test", "/", 200, LINKS, 0, HTML, "", "", NULL},
    {"halfdead.test", "/one", 200, PLAIN, 0, HTML, "", "", NULL},
};
enum { N_URLS = sizeof(urls) / sizeof(urls[0]) };

static void all_links(const char *host, struct text *t)
{
    for (size_t i = 0; i < N_URLS; i++)
        if (strcmp(urls[i].host, host) == 0 && urls[i].path[1] &&
            !strchr(urls[i].path, '.') && strstr(urls[i].path, "mistake") == NULL) {
            size_t n = strcspn(urls[i].path, "*");
            put(t, "<p><a href=\"%.*s%s\">Read about it</a></p>\n", (int)n, urls[i].path,
                urls[i].path[n] ? "1" : "");
        }
}

static void bomb(struct web_answer *a)
{
    enum { ZEROS = 64 << 20 };
    static char zeros[1 << 16];
    z_stream z = {.zalloc = NULL};
    struct text t = {NULL, 0, 0};
    char out[1 << 14];
    memset(zeros, ' ', sizeof(zeros));
    if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    for (size_t done = 0; done <= ZEROS; done += sizeof(zeros)) {
        z.next_in = (unsigned char *)zeros;
        z.avail_in = sizeof(zeros);
        do {
            z.next_out = (unsigned char *)out;
            z.avail_out = sizeof(out);
            deflate(&z, done + sizeof(zeros) > ZEROS ? Z_FINISH : Z_NO_FLUSH);
            add(&t, out, sizeof(out) - z.avail_out);
        } while (z.avail_out == 0);
    }
    deflateEnd(&z);
    finish(a, &t);
}

static void traps(struct text *t)
{
    static const char *const alone[] = {
        "/r/a/b/a/b/a/b/a/b/a/b", "/events/2099-12-31",
        "/n/123456789012345678901234567890",
        "/d/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22",
        "/p?a=1&amp;b=1&amp;c=1&amp;d=1&amp;e=1&amp;f=1&amp;g=1&amp;h=1&amp;i=1&amp;j=1&"
        "amp;"
        "k=1&amp;l=1&amp;m=1&amp;n=1&amp;o=1&amp;p=1&amp;q=1&amp;r=1&amp;s=1&amp;t=1&amp;"
        "u=1&amp;"
        "v=1&amp;w=1&amp;x=1&amp;y=1"};
    for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
        put(t, "<a href=\"%s\">this way</a>\n", alone[i]);
    for (unsigned i = 0; i < 2100; i++)
        put(t, "<a href=\"/list?page=%u&amp;by=%u&amp;as=%u\">%u</a>\n", i, i % 7, i % 3,
            i);
}

static void special(const struct url *u, const struct web_request *request,
                    struct text *t, struct web_answer *a)
{
    static unsigned busy; /* requests so far */
    static const char *const months[] = {"December", "January",   "February", "March",
                                         "April",    "May",       "June",     "July",
                                         "August",   "September", "October",  "November"};
    unsigned n = 0, m = 0;
    uint64_t state = strlen(request->path);
    for (const char *p = request->path; *p; p++)
        state = state * 31 + (unsigned char)*p;
    switch (u->special) {
    case LINKS:
        all_links(u->host, t);
        break;
    case CALENDAR:
        sscanf(request->path, "/calendar/%u", &n);
        put(t, "<p><a href=\"/calendar/%u/%u/%u\">next day</a></p>\n", 1 + n,
            next(&state) % 12 + 1, next(&state) % 28 + 1);
        for (unsigned year = 2030; year < 2040; year++)
            put(t, "<a href=\"/events/%u-01-01\">%u</a>\n", year, year);
        break;
    case MAZE:
        for (unsigned i = 0; i < 3; i++)
            put(t, "<p><a href=\"%s/%s\">deeper</a></p>\n", request->path,
                i == 0   ? "a"
                : i == 1 ? "b"
                         : "a/b/a/b");
        break;
    case CHAIN:
        sscanf(request->path, "/chain/%u", &n);
        snprintf(a->extra, sizeof(a->extra), "Location: /chain/%u\r\n", n + 1);
        break;
    case BUSY:
        if (busy++ < 1) {
            a->status = 429;
            snprintf(a->extra, sizeof(a->extra), "Retry-After: 1\r\n");
        }
        break;
    case FLOOD:
        for (unsigned i = 0; i < 4; i++)
            put(t, "<p><a href=\"/x%u\">again</a></p>\n", next(&state) % 1000000);
        break;
    case NEAR:
        sscanf(request->path, "/n/%u", &n);
        for (unsigned i = 1; i < 4; i++)
            put(t, "<p><a href=\"/n/%u\">again</a></p>\n", 3 * n + i);
        break;
    case MONTHS: /* 1942 to 2109, back and forth; six to nine words a page */
        if (sscanf(request->path, "/month/%u/%u", &n, &m) < 2)
            n = 2026, m = 1;
        put(t, "<p>%s of %u: nothing is planned</p>", months[m % 12], n);
        if (n < 2109)
            put(t, "<a href=\"/month/%u/%u\">next</a>", n + m / 12, m % 12 + 1);
        if (n > 1942)
            put(t, " <a href=\"/month/%u/%u\">previous</a>", m > 1 ? n : n - 1,
                m > 1 ? m - 1 : 12);
        break;
    case PAGER:
        sscanf(request->path, "/list/?page=%u", &n);
        put(t, "<p>Page %u, no results here.</p>", n);
        for (unsigned i = 0; i < 3; i++)
            put(t, "<a href=\"/list/?page=%u&amp;sort=%s\">next</a> ", n + 1,
                i == 0   ? "name"
                : i == 1 ? "date"
                         : "price");
        break;
    case TURNS: /* one text under three shapes of addresses in turn */
        sscanf(request->path, "/t/%*[a-z?=/]%u", &n);
        put(t,
            "<p><a href=\"/t/a/%u\">one</a> <a href=\"/t/b?id=%u\">two</a> "
            "<a href=\"/t/c/d/%u\">three</a></p>",
            n + 1, n + 1, n + 1);
        break;
    case RELATIVE:
        put(t,
            "<p><a href=\"%c%c/../%c/x/\">deeper</a> <a href=\"../%c%c/\">beside</a> "
            "<a href=\"%c/y/\">further</a></p>",
            'a' + (int)(next(&state) % 26), 'a' + (int)(next(&state) % 26),
            'a' + (int)(next(&state) % 26), 'a' + (int)(next(&state) % 26),
            'a' + (int)(next(&state) % 26), 'a' + (int)(next(&state) % 26));
        break;
    case BUSTER:
        for (unsigned i = 0; i < 4; i++)
            put(t, "<p><a href=\"/b/?v=%llx\">again</a></p>\n",
                (unsigned long long)next(&state) % 100000000);
        break;
    case TRAPS:
        traps(t);
        break;
    case HEADERS:
        put(t, "HTTP/1.1 200 OK\r\n");
        for (unsigned i = 0; i < 20000; i++)
            put(t, "X-Filler-%u: and one more line of header that nobody needs\r\n", i);
        put(t, "\r\nhi");
        break;
    default:
        break;
    }
}

static void odd(const struct url *u, const struct web_request *request,
                struct web_answer *a)
{
    struct text t = {NULL, 0, 0};
    a->status = u->status;
    a->type = u->type;
    a->manner = u->manner;
    snprintf(a->extra, sizeof(a->extra), "%s", u->extra ? u->extra : "");
    if (u->special == BOMB) {
        bomb(a);
        return;
    }
    if (u->body) {
        if (u->special != PLAIN)
            special(u, request, &t, a);
        add(&t, u->body, strlen(u->body));
    } else {
        bool same = u->special == FLOOD || u->special == NEAR || u->special == TURNS ||
                    u->special == RELATIVE || u->special == BUSTER;
        open_page(&t, same ? "Again" : request->path, u->head ? u->head : "");
        uint64_t seed = 4711;
        for (const char *p = same ? u->host : request->path; *p; p++)
            seed = seed * 131 + (unsigned char)*p;
        paragraphs(&t, seed, 3);
        special(u, request, &t, a);
        put(&t, "</main></body></html>\n");
    }
    finish(a, &t);
}

void web_answer(const struct web *web, const struct web_request *request,
                struct web_answer *a)
{
    unsigned host;
    char end;
    *a = (struct web_answer){.status = 200, .type = HTML};
    for (size_t i = 0; i < N_URLS; i++) {
        size_t n = strcspn(urls[i].path, "*");
        if (strcmp(urls[i].host, request->host) == 0 &&
            strncmp(urls[i].path, request->path, n) == 0 &&
            (urls[i].path[n] == '*' || request->path[n] == '\0')) {
            odd(&urls[i], request, a);
            return;
        }
    }
    if (sscanf(request->host, "site%u.test%c", &host, &end) == 1 && host < web->hosts &&
        site(web, host, request, a))
        return;
    struct text t = {NULL, 0, 0};
    a->status = 404;
    put(&t,
        "<!DOCTYPE html><title>Not found</title><p>There is no such page here.</p>\n");
    finish(a, &t);
}

bool web_h2(const char *host)
{
    return strcmp(host, "h2.test") == 0;
}

bool web_tls(const char *host)
{
    static const char *const hosts[] = {"secure.test", "badname.test", "expired.test",
                                        "early.test", "selfsigned.test"};
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        if (strcmp(host, hosts[i]) == 0)
            return true;
    return web_h2(host);
}

enum web_family web_family(const char *host)
{
    if (strcmp(host, "six.test") == 0 || strcmp(host, "sixtoo.test") == 0 ||
        host[0] == '[')
        return WEB_SIX;
    return strcmp(host, "both.test") == 0       ? WEB_SIX_FOUR
           : strcmp(host, "halfdead.test") == 0 ? WEB_DEAD_FOUR
                                                : WEB_FOUR;
}

void web_names(const struct web *web,
               void (*name)(void *context, const char *host, unsigned number, bool tls),
               void *context)
{
    char text[64];
    unsigned odd_hosts = 0;
    for (unsigned i = 0; i < web->hosts; i++) {
        snprintf(text, sizeof(text), "site%u.test", i);
        name(context, text, i % web->ips, false);
    }
    for (size_t i = 0; i < N_URLS; i++)
        if (i == 0 || strcmp(urls[i].host, urls[i - 1].host) != 0)
            name(context, urls[i].host, web->ips + odd_hosts++, web_tls(urls[i].host));
}
