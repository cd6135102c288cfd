/* SPDX-License-Identifier: Apache-2.0
 *
 * Kinds of page, and the features that judge elements alike together.
 */
#include "crawler/page/classify.h"
#include "crawler/page/extract.h"
#include "crawler/page/jsonld.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs the standard headers above it. */
#include <cmocka.h>

static struct em_outline outline;
static struct em_block_features features;

static void read_page(const char *html)
{
    em_outline_clear(&outline);
    assert_int_equal(em_outline_read(&outline, em_view_of(html), false), EM_OK);
    em_outline_sum(&outline);
    assert_int_equal(em_classify(&features, &outline), EM_OK);
}

static int set_up(void **state)
{
    (void)state;
    em_outline_init(&outline);
    em_block_features_init(&features);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    em_outline_release(&outline);
    em_block_features_release(&features);
    return 0;
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(em_page_type_name(EM_PAGE_ARTICLE_TYPE), "article");
    assert_string_equal(em_page_type_name(EM_PAGE_COLLECTION_TYPE), "collection");
    assert_string_equal(em_page_type_name(EM_PAGE_TYPES), "");
    assert_int_equal(em_page_type_of(EM_VIEW("forum")), EM_PAGE_FORUM_TYPE);
    assert_int_equal(em_page_type_of(EM_VIEW("")), EM_PAGE_TYPES);
    assert_int_equal(em_page_type_of(EM_VIEW("forums")), EM_PAGE_TYPES);
}

static void test_choice(void **state)
{
    (void)state;
    int32_t scores[EM_PAGE_TYPES] = {-512, -512, -512, 1024, -512, -512, -512};
    float p;
    assert_int_equal(em_page_type_choose(scores, &p), EM_PAGE_FORUM_TYPE);
    assert_true(p > 0.5f && p <= 1.0f);
    /* All alike: one of seven. */
    memset(scores, 0, sizeof(scores));
    em_page_type_choose(scores, &p);
    assert_true(p > 0.142f && p < 0.144f);
}

static void test_subjects(void **state)
{
    (void)state;
#define LD(type)                                                                         \
    "<script type=application/ld+json>{\"@type\":" type ",\"name\":\"x\"}</script><p>a"
    static const struct {
        const char *html;
        unsigned subject;
    } cases[] = {
        {LD("\"Product\""), EM_JSONLD_PRODUCT},
        {LD("[\"Thing\",\"ProductGroup\"]"), EM_JSONLD_PRODUCT},
        {LD("\"DiscussionForumPosting\""), EM_JSONLD_FORUM},
        {LD("\"QAPage\""), EM_JSONLD_FORUM},
        {LD("\"ItemList\""), EM_JSONLD_LIST},
        {LD("\"FAQPage\""), EM_JSONLD_FAQ},
        {LD("\"TechArticle\""), EM_JSONLD_TECH},
        {LD("\"LocalBusiness\""), EM_JSONLD_BUSINESS},
        {LD("\"Event\""), EM_JSONLD_EVENT},
        {LD("\"Person\""), EM_JSONLD_PERSON},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        read_page(cases[i].html);
        assert_true(outline.meta.subjects & cases[i].subject);
    }
    read_page("<p>a");
    assert_int_equal(outline.meta.subjects, 0);
}

/* Pages that are plainly of a kind. */
static void test_kinds(void **state)
{
    (void)state;
    char *page = malloc(1 << 16);
    assert_non_null(page);
    size_t n = 0;
    for (int i = 0; i < 12; i++)
        n += (size_t)snprintf(
            page + n, (1 << 16) - n,
            "<p>The old mill beside the river had stood empty since the flood, and "
            "nobody "
            "in the village could say for certain who owned it, number %d of them said.",
            i);
    char *html = malloc(1 << 17);
    assert_non_null(html);
    snprintf(html, 1 << 17,
             "<meta property=og:type content=article><title>The mill</title>"
             "<article><h1>The mill</h1>%s</article>",
             page);
    read_page(html);
    assert_int_equal(outline.type, EM_PAGE_ARTICLE_TYPE);
    assert_true(outline.type_score > 0.5f);
    free(page);
    free(html);
}

static uint8_t column(size_t id, size_t block)
{
    return em_feature_column(&features, id)[block];
}

/* Items of a list: as many, of the same share, each block at its place. */
static void test_groups(void **state)
{
    (void)state;
    read_page("<h1>Cards</h1><div>"
              "<div class=card><h3>One</h3><p>First of four</div>"
              "<div class=card><h3>Two</h3><p>Second of four</div>"
              "<div class=card><h3>Three</h3><p>Third of four</div>"
              "<div class=card><h3>Four</h3><p>Fourth of four</div></div><p>Alone");
    assert_int_equal(outline.n_blocks, 10);
    size_t items = EM_F_GROUP + 1, place = EM_F_GROUP + 7;
    assert_int_equal(column(items, 0), 0);
    assert_int_equal(column(items, 9), 0);
    for (size_t i = 1; i < 9; i++) {
        assert_int_equal(column(items, i), column(items, 1));
        assert_true(column(items, i) > 0);
        assert_int_equal(column(place, i), (i - 1) % 2);
    }
    /* And the second pass says the same of blocks at one place of them. */
    for (size_t i = 3; i < 9; i++)
        assert_int_equal(column(EM_F2_GROUP + 2, i), column(EM_F2_GROUP + 2, i - 2));
    /* Two are no group. */
    read_page("<div><div class=card><p>One</div><div class=card><p>Two</div></div>");
    assert_int_equal(column(items, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_choice),
        cmocka_unit_test_setup_teardown(test_subjects, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_kinds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_groups, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
