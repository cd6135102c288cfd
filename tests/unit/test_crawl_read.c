/* SPDX-License-Identifier: Apache-2.0
 *
 * One fetched page (pipeline/crawl/crawl_read.c): links, items, opt-outs of header and page.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/wire/optout.h"
#include "pipeline/crawl/crawl_int.h"
#include "pipeline/crawl/crawl_work.h"

#include <math.h>

static void read_message(struct em_work_pool *pool, struct em_reader *reader,
                         struct em_work **out, const char *header, const char *body)
{
    struct em_work *work = em_work_new(pool);
    assert_non_null(work);
    assert_int_equal(em_buf_append_view(&work->url, EM_VIEW("http://a.test/dir/page")),
                     EM_OK);
    assert_int_equal(em_buf_append_view(&work->message, em_view_of(header)), EM_OK);
    work->header_len = work->message.len;
    assert_int_equal(em_buf_append_view(&work->message, em_view_of(body)), EM_OK);
    work->status = 200;
    em_reader_read(reader, work);
    *out = work;
}

struct fixture {
    struct em_work_pool *pool;
    struct em_reader *reader;
};

static int set_up(void **state)
{
    static struct fixture f;
    struct em_work_options options = {.threads = 1,
                                      .max_works = 10,
                                      .max_bytes = EM_MIB,
                                      .links = true,
                                      .sketch = true,
                                      .agent = "echometer"};
    assert_int_equal(em_work_pool_new(&f.pool, &options, NULL), EM_OK);
    assert_int_equal(em_reader_new(&f.reader, &options, NULL), EM_OK);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    em_reader_free(f->reader);
    em_work_pool_free(f->pool);
    return 0;
}

static struct em_view link_at(const struct em_work *work, unsigned n,
                              struct em_work_link *link)
{
    size_t at = 0;
    for (;; n--) {
        memcpy(link, work->links.data + at, sizeof(*link));
        at += sizeof(*link);
        if (n == 0)
            return em_view_make(work->links.data + at, link->len);
        at += link->len;
    }
}

static void test_links(void **state)
{
    struct fixture *f = *state;
    struct em_work *work;
    struct em_work_link link;
    read_message(f->pool, f->reader, &work,
                 "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
                 "<!DOCTYPE html><p>Words of a page, <a href=other>one</a> and "
                 "<a rel=nofollow href=/top>another</a>.</p>");
    assert_int_equal(work->n_links, 2);
    struct em_view first = link_at(work, 0, &link);
    assert_true(em_view_eq(first, EM_VIEW("http://a.test/dir/other")));
    assert_int_equal(link.rel, 0);
    struct em_view second = link_at(work, 1, &link);
    assert_true(em_view_eq(second, EM_VIEW("http://a.test/top")));
    assert_int_equal(link.rel & 1, 1);
    assert_int_equal(work->drop, EM_DROP_NONE);
    assert_true(work->words > 5);
    assert_true(work->sketch != 0);
    assert_true(isnan(work->score));
    em_work_drop(f->pool, work);
}

static void test_sitemap(void **state)
{
    struct fixture *f = *state;
    struct em_work *work;
    struct em_work_link link;
    read_message(f->pool, f->reader, &work,
                 "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n\r\n",
                 "<?xml version=\"1.0\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/"
                 "sitemap/0.9\"><url><loc>http://a.test/dir/x</loc>"
                 "<lastmod>2026-01-02</lastmod></url></urlset>");
    assert_true(work->sitemap);
    assert_int_equal(work->n_links, 1);
    struct em_view first = link_at(work, 0, &link);
    assert_true(em_view_eq(first, EM_VIEW("http://a.test/dir/x")));
    assert_int_equal(link.type, EM_WORK_SITEMAP_PAGE);
    assert_int_equal(link.lastmod_ms, 1767312000000);
    em_work_drop(f->pool, work);
}

static void test_optouts(void **state)
{
    struct fixture *f = *state;
    struct em_work *work;
    read_message(
        f->pool, f->reader, &work,
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Robots-Tag: noai\r\n"
        "X-Robots-Tag: otherbot: noindex\r\nX-Robots-Tag: echometer: noarchive\r\n"
        "Content-Signal: ai-train=no\r\ntdm-reservation: 1\r\n\r\n",
        "<!DOCTYPE html><head><meta name=robots content=\"nofollow\">"
        "<META content='1' NAME='tdm-reservation'></head><p>Some words here.</p>");
    assert_int_equal(work->header_flags, EM_OPTOUT_NOAI | EM_OPTOUT_NOARCHIVE |
                                             EM_OPTOUT_AI_TRAIN_NO |
                                             EM_OPTOUT_TDM_RESERVED);
    assert_int_equal(work->page_flags & EM_OPTOUT_NOFOLLOW, EM_OPTOUT_NOFOLLOW);
    assert_int_equal(work->page_flags & EM_OPTOUT_TDM_RESERVED, EM_OPTOUT_TDM_RESERVED);
    em_work_drop(f->pool, work);
}

/* Every way in which owners write the element, and what only looks like it. */
static void test_tdm_forms(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *head;
        uint32_t flags;
    } cases[] = {
        {"<meta name=\"tdm-reservation\" content=\"1\">", EM_OPTOUT_TDM_RESERVED},
        {"<meta content = '1' name = 'tdm-reservation'>", EM_OPTOUT_TDM_RESERVED},
        {"<META\n NAME=TDM-Reservation\n\tCONTENT=1 />", EM_OPTOUT_TDM_RESERVED},
        {"<meta data-content=\"0\" name=\"tdm-reservation\" content=\" 1 \">",
         EM_OPTOUT_TDM_RESERVED},
        {"<meta property=\"tdm-reservation\" content=\"true\">", EM_OPTOUT_TDM_RESERVED},
        {"<meta http-equiv=tdm-reservation content=1>", EM_OPTOUT_TDM_RESERVED},
        {"<!-- tdm-reservation: see below --><meta name=\"tdm-reservation\" "
         "content=\"1\">",
         EM_OPTOUT_TDM_RESERVED},
        {"<title>tdm-reservation</title><meta name=tdm-reservation content='1'>",
         EM_OPTOUT_TDM_RESERVED},
        {"<meta name=tdm-reservation content=0><meta name=tdm-reservation content=1>",
         EM_OPTOUT_TDM_RESERVED},
        {"<meta name=\"tdm-reservation\" content=\"0\">", EM_OPTOUT_TDM_GRANTED},
        {"<meta name=\"tdm-reservation\" data-content=\"1\">", 0},
        {"<meta name=\"tdm-reservation\">", 0},
        {"<meta name=\"tdm-policy\" content=\"1\">", 0},
        {"<!-- <meta name=\"tdm-reservation\" content=\"1\"> -->", 0},
        {"<script>var m = '<meta name=tdm-reservation content=1>';</script>", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct em_work *work;
        char page[512];
        snprintf(page, sizeof(page),
                 "<!DOCTYPE html><html><head>%s</head><p>Some words here.</p>",
                 cases[i].head);
        read_message(f->pool, f->reader, &work,
                     "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", page);
        if (work->page_flags != cases[i].flags)
            fail_msg("%s: %x", cases[i].head, work->page_flags);
        em_work_drop(f->pool, work);
    }
    /* A page without any text has an owner, too. */
    struct em_work *work;
    read_message(f->pool, f->reader, &work,
                 "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
                 "<!DOCTYPE html><meta name=robots content='noarchive'>");
    assert_int_equal(work->page_flags, EM_OPTOUT_NOARCHIVE);
    em_work_drop(f->pool, work);
}

static void test_not_a_page(void **state)
{
    struct fixture *f = *state;
    struct em_work *work;
    read_message(
        f->pool, f->reader, &work,
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n",
        "\x1f\x8b\x08 not gzip after all");
    assert_true(work->drop != EM_DROP_NONE);
    assert_int_equal(work->n_links, 0);
    em_work_drop(f->pool, work);
    read_message(f->pool, f->reader, &work,
                 "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n",
                 "http://a.test/one\nhttp://a.test/two\n");
    assert_int_equal(work->n_links,
                     0); /* a text is a sitemap only where it is named so */
    em_work_drop(f->pool, work);
}

/* A body that was withheld is not there to be confirmed by 304: it is asked for again. */
static void only_kept_bodies_are_asked_for_by_condition(void **state)
{
    struct em_frontier_task task = {
        .etag = EM_VIEW("\"v1\""), .last_modified = EM_VIEW("yesterday"), .stored_ms = 5};
    struct em_fetch_request kept = {.url = EM_VIEW_NONE}, withheld = kept;
    (void)state;
    em_crawl_condition(&task, &kept);
    assert_true(em_view_eq(kept.if_none_match, task.etag));
    assert_true(em_view_eq(kept.if_modified_since, task.last_modified));
    task.stored_ms = 0;
    em_crawl_condition(&task, &withheld);
    assert_int_equal(withheld.if_none_match.len, 0);
    assert_int_equal(withheld.if_modified_since.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_kept_bodies_are_asked_for_by_condition),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_sitemap),
        cmocka_unit_test(test_optouts),
        cmocka_unit_test(test_tdm_forms),
        cmocka_unit_test(test_not_a_page),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
