/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of the hits table: what is written is read back, excerpts are whole characters,
 * combining does not depend on order, taking out a site or a document.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "index/hit.h"

#include <string.h>

static struct em_document document(void)
{
    return (struct em_document){
        .domain = EM_VIEW("example.org"),
        .url_hash = 1,
        .date = INT64_C(1700000000),
        .file = 0x1234,
        .number = 7,
        .offset = 99,
        .published = EM_DATE_UNKNOWN,
        .url = EM_VIEW("https://www.example.org/page"),
    };
}

static struct em_match match(uint32_t start, uint32_t end)
{
    return (struct em_match){
        .set = EM_VIEW("alpaca"),
        .item = EM_VIEW("item-17"),
        .contained = 0.75f,
        .low = 0.5f,
        .high = 0.875f,
        .words = 30,
        .of = 40,
        .start = start,
        .end = end,
        .kind = "model-output",
        .model = EM_VIEW("davinci"),
    };
}

static void test_round_trip(void **state)
{
    (void)state;
    struct em_rows rows;
    struct em_hit hit;
    struct em_document d = document();
    struct em_match m = match(6, 20);
    struct em_buf out;
    em_rows_init(&rows);
    em_buf_init(&out, 100000);
    assert_int_equal(
        em_hit_rows(&rows, &d, &m, 1, EM_VIEW("Said: known\noutput here, he did")),
        EM_OK);
    assert_int_equal(rows.n, 1);
    struct em_view key = em_row_key(&rows, 0), value = em_row_value(&rows, 0);
    assert_int_equal(em_hit_read(&hit, key, value), EM_OK);
    assert_true(em_view_eq(hit.set, EM_VIEW("alpaca")));
    assert_true(em_view_eq(hit.item, EM_VIEW("item-17")));
    assert_true(em_view_eq(hit.model, EM_VIEW("davinci")));
    assert_true(em_view_eq(hit.domain, d.domain) && em_view_eq(hit.url, d.url));
    assert_true(hit.date == d.date && hit.published == EM_DATE_UNKNOWN);
    assert_true(hit.reference == em_document_reference(&d));
    assert_true(hit.contained == 0.75f && hit.low == 0.5f && hit.high == 0.875f);
    assert_int_equal(hit.words, 30);
    assert_int_equal(hit.of, 40);
    assert_int_equal(hit.kind, 1);
    assert_true(em_view_eq(hit.before, EM_VIEW("Said: ")));
    assert_true(em_view_eq(hit.text, EM_VIEW("known\noutput h")));
    assert_true(em_view_eq(hit.after, EM_VIEW("ere, he did")));
    assert_int_equal(em_hit_format(&out, &hit), EM_OK);
    assert_string_equal(out.data,
                        "2023-11-14  https://www.example.org/page  item-17 of alpaca "
                        "(davinci): 30 of 40 words, 75%\n"
                        "    ...Said:  >> known output h << ere, he did...\n");
    em_buf_clear(&out);
    assert_int_equal(em_hit_prefix(&out, m.set, m.item), EM_OK);
    assert_true(em_view_starts(key, em_buf_view(&out)));
    /* Cut anywhere, it is no row. */
    for (size_t n = 0; n < value.len; n++)
        assert_int_equal(em_hit_read(&hit, key, em_view_make(value.data, n)),
                         EM_ERR_FORMAT);
    for (size_t n = 0; n < key.len; n++)
        assert_int_equal(em_hit_read(&hit, em_view_make(key.data, n), value),
                         EM_ERR_FORMAT);
    em_rows_release(&rows);
    em_buf_release(&out);
}

static void test_long_names_and_texts(void **state)
{
    (void)state;
    struct em_rows rows;
    struct em_hit a, b;
    struct em_document d = document();
    struct em_match m[2];
    char text[3000], long_id[1000], other_id[1000];
    em_rows_init(&rows);
    for (size_t i = 0; i + 3 <= sizeof(text); i += 3)
        memcpy(text + i, "\xE2\x82\xAC", 3);
    memset(long_id, 'x', sizeof(long_id));
    memset(other_id, 'x', sizeof(other_id));
    other_id[999] = 'y';
    m[0] = m[1] = match(700, 2600);
    m[0].item = em_view_make(long_id, sizeof(long_id));
    m[1].item = em_view_make(other_id, sizeof(other_id));
    assert_int_equal(em_hit_rows(&rows, &d, m, 2, em_view_make(text, sizeof(text))),
                     EM_OK);
    assert_int_equal(em_hit_read(&a, em_row_key(&rows, 0), em_row_value(&rows, 0)),
                     EM_OK);
    assert_int_equal(em_hit_read(&b, em_row_key(&rows, 1), em_row_value(&rows, 1)),
                     EM_OK);
    assert_int_equal(a.item.len, EM_HIT_ITEM);
    assert_false(em_view_eq(a.item, b.item));
    const struct em_view parts[] = {a.before, a.text, a.after};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(parts[i].len % 3, 0);
        assert_true(parts[i].len > 60 && (unsigned char)parts[i].data[0] == 0xE2);
    }
    em_rows_release(&rows);
}

static void test_combine_and_forget(void **state)
{
    (void)state;
    struct em_rows rows;
    struct em_buf ab, ba, changed;
    struct em_document d = document();
    struct em_match m[2] = {match(0, 3), match(0, 4)};
    em_rows_init(&rows);
    em_buf_init(&ab, 10000);
    em_buf_init(&ba, 10000);
    em_buf_init(&changed, 10000);
    assert_int_equal(em_hit_rows(&rows, &d, m, 2, EM_VIEW("text")), EM_OK);
    struct em_view key = em_row_key(&rows, 0);
    struct em_view a = em_row_value(&rows, 0), b = em_row_value(&rows, 1);
    assert_true(em_view_eq(key, em_row_key(&rows, 1)));
    assert_int_equal(em_hit_combine(&ab, key, a, b), EM_OK);
    assert_int_equal(em_hit_combine(&ba, key, b, a), EM_OK);
    assert_true(em_view_eq(em_buf_view(&ab), em_buf_view(&ba)));

    bool keep;
    uint64_t reference = em_document_reference(&d);
    struct em_forgotten what = {.domain = EM_VIEW("example.org"), .whole_domain = true};
    assert_int_equal(em_hit_forget(&what, key, a, &changed, &keep), EM_OK);
    assert_false(keep);
    what.domain = EM_VIEW("example.com");
    assert_int_equal(em_hit_forget(&what, key, a, &changed, &keep), EM_OK);
    assert_true(keep);
    what = (struct em_forgotten){
        .domain = EM_VIEW("example.org"), .references = &reference, .n_references = 1};
    assert_int_equal(em_hit_forget(&what, key, a, &changed, &keep), EM_OK);
    assert_false(keep);
    reference++;
    assert_int_equal(em_hit_forget(&what, key, a, &changed, &keep), EM_OK);
    assert_true(keep);
    em_rows_release(&rows);
    em_buf_release(&ab);
    em_buf_release(&ba);
    em_buf_release(&changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_long_names_and_texts),
        cmocka_unit_test(test_combine_and_forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
