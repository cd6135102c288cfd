/* SPDX-License-Identifier: Apache-2.0
 *
 * What cleaning writes of one record: the lines for each output, and what is counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "index/cell.h"
#include "pipeline/clean/clean_lines.h"

#include <stdio.h>
#include <string.h>

static const char line[] =
    "{\"id\":\"d7\",\"text\":\"one two three\",\"url\":\"http://www.a.example/x\"}";

/* A JSON line, the page and document in it, and its verdict. */
struct made {
    struct em_record record;
    struct em_page page;
    struct em_doc doc;
    struct em_verdict verdict;
    struct em_scan_item item;
    struct em_scan_values values;
};

static struct made *make(struct made *m)
{
    struct em_view block = em_view_of(line);
    *m = (struct made){
        .record = {.type = EM_RECORD_JSON,
                   .block = block,
                   .origin = {.file = EM_VIEW("in.jsonl"),
                              .offset = 40,
                              .length = block.len + 1}},
        .page = {.kind = EM_PAGE_TEXT,
                 .id = EM_VIEW("d7"),
                 .url = EM_VIEW("http://www.a.example/x"),
                 .date = EM_VIEW("2019-03-01"),
                 .body = EM_VIEW("one two three")},
        .doc = {.text = EM_VIEW("one two three"), .lang = EM_VIEW("en"), .words = 3},
        .verdict = {.kind = EM_VERDICT_MACHINE, .log_odds = 2.5, .score = 0.9},
    };
    m->item = (struct em_scan_item){
        .record = &m->record, .page = &m->page, .doc = &m->doc, .verdict = &m->verdict};
    em_scan_values_init(&m->values);
    return m;
}

static const struct em_clean_frame *frame_of(struct made *m,
                                             const struct em_clean_policy *policy)
{
    const struct em_clean_format format = {.policy = policy};
    em_scan_values_clear(&m->values);
    assert_int_equal(em_clean_frame_map(&format, &m->values, &m->item), EM_OK);
    return em_scan_values_next(&m->values, NULL);
}

static void assert_part(const struct em_clean_frame *frame, enum em_clean_output output,
                        const char *text)
{
    struct em_view part = frame->parts[output];
    assert_int_equal(part.len, strlen(text));
    if (part.len)
        assert_memory_equal(part.data, text, part.len);
}

static void kept_as_it_was(void **state)
{
    const struct em_clean_policy policy = {
        .threshold = 3, .score = true, .tier_from = {0, 1, 2, 3, 4}};
    struct made m;
    char whole[200];
    (void)state;
    const struct em_clean_frame *frame = frame_of(make(&m), &policy);
    assert_int_equal(frame->fate, EM_CLEAN_IS_KEPT);
    snprintf(whole, sizeof(whole), "%s\n", line);
    assert_part(frame, EM_CLEAN_KEPT, whole);
    assert_part(frame, EM_CLEAN_REMOVED, "");
    assert_part(frame, EM_CLEAN_BAD, "");
    assert_part(frame, EM_CLEAN_ATTRIBUTES,
                "{\"id\":\"d7\",\"attributes\":{\"echometer__score\":[[0,13,0.900000]],"
                "\"echometer__log_odds\":[[0,13,2.500000]],\"echometer__tier\":[[0,13,2."
                "000000]]}}\n");
    /* A line that ended in CR LF still does. */
    m.record.origin.length++;
    snprintf(whole, sizeof(whole), "%s\r\n", line);
    assert_part(frame_of(&m, &policy), EM_CLEAN_KEPT, whole);
    em_scan_values_release(&m.values);
}

static void removed_for_its_score(void **state)
{
    const struct em_clean_policy policy = {
        .threshold = 2, .score = true, .tier_from = {0, 1, 2, 3, 4}};
    struct made m;
    char whole[300];
    (void)state;
    const struct em_clean_frame *frame = frame_of(make(&m), &policy);
    assert_int_equal(frame->fate, EM_CLEAN_IS_REMOVED);
    assert_int_equal(frame->reasons, 1u << EM_CLEAN_SCORE);
    assert_part(frame, EM_CLEAN_KEPT, "");
    snprintf(whole, sizeof(whole),
             "{\"reasons\":[\"score\"],\"score\":0.900000,\"spans\":[],"
             "\"file\":\"in.jsonl\",\"offset\":40,\"document\":%s}\n",
             line);
    assert_part(frame, EM_CLEAN_REMOVED, whole);
    assert_part(
        frame, EM_CLEAN_ATTRIBUTES,
        "{\"id\":\"d7\",\"attributes\":{\"echometer__score\":[[0,13,0.900000]],"
        "\"echometer__log_odds\":[[0,13,2.500000]],\"echometer__tier\":[[0,13,2.000000]],"
        "\"echometer__removed\":[[0,13,1.000000]],"
        "\"echometer__why_score\":[[0,13,1.000000]]}}\n");
    em_scan_values_release(&m.values);
}

static void what_is_counted(void **state)
{
    const struct em_clean_policy policy = {
        .threshold = 3, .score = true, .tier_from = {0, 1, 2, 3, 4}};
    struct made m;
    (void)state;
    const struct em_clean_frame *frame = frame_of(make(&m), &policy);
    assert_int_equal(frame->words, 3);
    assert_int_equal(frame->kept_words, 3);
    assert_true(frame->scored && frame->flagged && !frame->cut);
    assert_int_equal(frame->bin, em_score_bin(2.5));
    assert_int_equal(frame->year, 2019);
    assert_string_equal(frame->lang, "en");
    /* The year it was published goes before the year it was captured. */
    m.page.published = EM_VIEW("2011-05-06");
    assert_int_equal(frame_of(&m, &policy)->year, 2011);
    m.doc.published = EM_VIEW("2010");
    assert_int_equal(frame_of(&m, &policy)->year, 2010);
    /* No verdict: nothing is scored. */
    m.verdict.kind = EM_VERDICT_ABSTAIN;
    frame = frame_of(&m, &policy);
    assert_true(!frame->scored && !frame->flagged);
    assert_part(frame, EM_CLEAN_ATTRIBUTES, "{\"id\":\"d7\",\"attributes\":{}}\n");
    em_scan_values_release(&m.values);
}

/* By registrable domain; what has no URL is grouped by its id. */
static void documents_of_a_domain_are_drawn_together(void **state)
{
    const struct em_clean_policy policy = {
        .threshold = 3, .score = true, .tier_from = {0, 1, 2, 3, 4}};
    struct made m;
    (void)state;
    const struct em_clean_frame *frame = frame_of(make(&m), &policy);
    unsigned cluster = frame->cluster, others = 0, unnamed = 0;
    assert_string_equal(frame->domain, "a.example");
    m.page.id = EM_VIEW("d8");
    m.page.url = EM_VIEW("http://other.a.example/y");
    assert_int_equal(frame_of(&m, &policy)->cluster, cluster);
    for (int i = 0; i < 20; i++) {
        char id[16], url[64];
        snprintf(url, sizeof(url), "http://b%d.example/x", i);
        m.page.url = em_view_of(url);
        others += frame_of(&m, &policy)->cluster != cluster;
        snprintf(id, sizeof(id), "n%d", i);
        m.page.id = em_view_of(id);
        m.page.url = EM_VIEW_NONE;
        frame = frame_of(&m, &policy);
        assert_string_equal(frame->domain, "");
        unnamed += frame->cluster != cluster;
    }
    assert_true(others > 10 && unnamed > 10);
    em_scan_values_release(&m.values);
}

/* Both are set aside; a line without text has its attributes all the same. */
static void lines_without_a_document(void **state)
{
    const struct em_clean_policy policy = {
        .threshold = 3, .score = true, .tier_from = {0, 1, 2, 3, 4}};
    struct made m;
    (void)state;
    make(&m)->item.doc = NULL;
    m.item.verdict = NULL;
    m.item.drop = EM_DROP_NO_FIELD;
    m.record.block = EM_VIEW("{\"id\":9}");
    const struct em_clean_frame *frame = frame_of(&m, &policy);
    assert_int_equal(frame->fate, EM_CLEAN_IS_BAD);
    assert_part(frame, EM_CLEAN_ATTRIBUTES, "{\"id\":9,\"attributes\":{}}\n");
    assert_part(frame, EM_CLEAN_BAD,
                "{\"file\":\"in.jsonl\",\"offset\":40,\"reason\":\"no-field\","
                "\"line\":\"{\\\"id\\\":9}\"}\n");
    m.item.drop = EM_DROP_BAD_JSON;
    m.record.block = EM_VIEW("{");
    frame = frame_of(&m, &policy);
    assert_int_equal(frame->fate, EM_CLEAN_IS_BAD);
    assert_part(frame, EM_CLEAN_ATTRIBUTES, "");
    assert_part(frame, EM_CLEAN_PASSAGES, "");
    /* Of an archive, what is no document is neither kept nor bad. */
    m.item.drop = EM_DROP_REQUEST;
    m.record.type = EM_RECORD_REQUEST;
    assert_int_equal(frame_of(&m, &policy)->fate, EM_CLEAN_NONE);
    em_scan_values_release(&m.values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_as_it_was),
        cmocka_unit_test(removed_for_its_score),
        cmocka_unit_test(what_is_counted),
        cmocka_unit_test(documents_of_a_domain_are_drawn_together),
        cmocka_unit_test(lines_without_a_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
