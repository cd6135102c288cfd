/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/drop.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>

static void test_buf_never_grows_past_its_maximum(void **state)
{
    (void)state;
    struct em_buf b;
    em_buf_init(&b, 10);
    assert_int_equal(em_buf_append(&b, "0123456789", 10), EM_OK);
    assert_int_equal(em_buf_append(&b, "x", 1), EM_ERR_LIMIT);
    assert_string_equal(b.data, "0123456789");
    assert_int_equal(em_buf_printf(&b, "%d", 7), EM_ERR_LIMIT);
    assert_int_equal(b.len, 10);
    em_buf_release(&b);
}

static void test_buf_keeps_its_bytes_when_memory_fails(void **state)
{
    (void)state;
    struct em_buf b;
    em_buf_init(&b, 1 << 20);
    assert_int_equal(em_buf_append(&b, "abc", 3), EM_OK);
    em_alloc_fail_at(1, 0);
    assert_int_equal(em_buf_reserve(&b, 5000), EM_ERR_NOMEM);
    em_alloc_fail_at(0, 0);
    assert_string_equal(b.data, "abc");
    size_t len;
    char *mine = em_buf_take(&b, &len);
    assert_int_equal(len, 3);
    assert_null(b.data);
    em_free(mine);
}

static void test_arena_gives_aligned_memory_and_stops_at_its_maximum(void **state)
{
    (void)state;
    struct em_arena a;
    em_arena_init(&a, 2 * EM_ARENA_CHUNK);
    size_t total = 0;
    void *p;
    while ((p = em_arena_alloc(&a, 1000)) != NULL) {
        assert_int_equal((uintptr_t)p % 16, 0);
        memset(p, 0xAA, 1000);
        total += 1000;
    }
    assert_true(total > EM_ARENA_CHUNK && total <= 2 * EM_ARENA_CHUNK);
    size_t held = a.total;
    em_arena_reset(&a);
    assert_non_null(em_arena_alloc(&a, 1000));
    assert_int_equal(a.total, held);
    assert_null(em_arena_alloc(&a, SIZE_MAX));
    struct em_view copy = em_arena_copy(&a, EM_VIEW("text"));
    assert_string_equal(copy.data, "text");
    em_arena_release(&a);
}

/* spec: Unicode 15, 3.9, table 3-8: one U+FFFD per maximal subpart. */
static void test_utf8_replaces_maximal_subparts(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
        size_t replaced;
    } cases[] = {
        {"plain", "plain", 0},
        {"\xC3\xA9", "\xC3\xA9", 0},
        {"\xEF\xBF\xBD", "\xEF\xBF\xBD", 0},
        {"a\x80z", "a\xEF\xBF\xBDz", 1},
        {"\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD", 2},
        {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 3},
        {"\xF0\x9F\x98", "\xEF\xBF\xBD", 1},
        {"\xF0\x9F\x98z", "\xEF\xBF\xBDz", 1},
        {"\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD", 4},
        {"\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41",
         "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\x41", 4},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct em_buf b;
        size_t replaced;
        em_buf_init(&b, 1000);
        assert_int_equal(em_utf8_append_clean(&b, em_view_of(cases[i].in), &replaced),
                         EM_OK);
        assert_string_equal(b.data, cases[i].out);
        assert_int_equal(replaced, cases[i].replaced);
        em_buf_release(&b);
    }
}

static void test_utf8_encode_decode_round_trip(void **state)
{
    (void)state;
    for (uint32_t cp = 1; cp <= 0x10FFFF; cp += cp < 0x3000 ? 1 : 97) {
        if (cp >= 0xD800 && cp <= 0xDFFF)
            continue;
        char bytes[4];
        uint32_t back;
        size_t n = em_utf8_encode(bytes, cp);
        assert_int_equal(em_utf8_decode(bytes, bytes + n, &back), n);
        assert_int_equal(back, cp);
    }
}

static void test_json_is_valid_whatever_the_bytes(void **state)
{
    (void)state;
    struct em_buf b;
    struct em_json j;
    em_buf_init(&b, 1000);
    em_json_init(&j, &b);
    em_json_object(&j);
    em_json_key(&j, "s");
    em_json_string(&j, em_view_make("a\"\\\n\x01\x80\xC3\xA9\0z", 10));
    em_json_key(&j, "n");
    em_json_array(&j);
    em_json_u64(&j, UINT64_MAX);
    em_json_i64(&j, -1);
    em_json_fixed(&j, 0.12345, 3);
    em_json_fixed(&j, NAN, 3);
    em_json_bool(&j, true);
    em_json_string_or_null(&j, EM_VIEW_NONE);
    em_json_end(&j);
    em_json_end(&j);
    assert_int_equal(em_json_finish(&j), EM_OK);
    assert_string_equal(b.data,
                        "{\"s\":\"a\\\"\\\\\\n\\u0001\xEF\xBF\xBD\xC3\xA9\\u0000z\","
                        "\"n\":[18446744073709551615,-1,0.123,null,true,null]}\n");
    em_buf_release(&b);
}

static void test_json_unbalanced_is_our_own_mistake(void **state)
{
    (void)state;
    struct em_buf b;
    struct em_json j;
    em_buf_init(&b, 100);
    em_json_init(&j, &b);
    em_json_object(&j);
    assert_int_equal(em_json_finish(&j), EM_ERR_INTERNAL);
    em_buf_release(&b);
}

static void test_views(void **state)
{
    (void)state;
    unsigned long long n;
    assert_true(em_view_u64(EM_VIEW("18446744073709551615"), &n));
    assert_true(n == UINT64_MAX);
    assert_false(em_view_u64(EM_VIEW("18446744073709551616"), &n));
    assert_false(em_view_u64(EM_VIEW("-1"), &n));
    assert_false(em_view_u64(EM_VIEW("0x10"), &n));
    assert_false(em_view_u64(EM_VIEW(""), &n));
    assert_true(em_view_ieq(EM_VIEW("WARC-Type"), EM_VIEW("warc-type")));
    assert_false(em_view_ieq(EM_VIEW("a"), EM_VIEW("ab")));
    assert_int_equal(em_view_trim(EM_VIEW(" \t a b\r\n")).len, 3);
    assert_int_equal(em_view_sub(EM_VIEW("abc"), 5, 9).len, 0);
    assert_int_equal(em_view_find(EM_VIEW("abcabc"), 1, EM_VIEW("abc")), 3);
    assert_int_equal(em_view_find(EM_VIEW("abc"), 0, EM_VIEW("abcd")), 3);
    assert_int_equal(em_view_find(EM_VIEW("aaab"), 0, EM_VIEW("ab")), 2);
    assert_int_equal(em_view_find(EM_VIEW("aaaa"), 1, EM_VIEW("ab")), 4);
    assert_int_equal(em_view_find(EM_VIEW("ab"), 1, EM_VIEW("b")), 1);
    assert_int_equal(em_view_find(EM_VIEW("-- a long needle is found, too --"), 2,
                                  EM_VIEW("a long needle is found, too")),
                     3);
}

static void test_hash_values_are_fixed_for_ever(void **state)
{
    (void)state;
    /* XXH3_64bits of "" and "echo" with these seeds: model files depend on them. */
    assert_true(em_hash64("", 0, 0) == 0x2D06800538D394C2u);
    assert_true(em_hash64("echo", 4, 1) != em_hash64("echo", 4, 2));
    assert_true(em_mix64(1) == 0xB456BCFC34C2CB2Cu);
}

static void test_drop_names_are_distinct(void **state)
{
    (void)state;
    for (int i = 1; i < EM_DROP_COUNT; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(em_drop_name((enum em_drop)i),
                                    em_drop_name((enum em_drop)k));
    assert_string_equal(em_drop_name((enum em_drop)999), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buf_never_grows_past_its_maximum),
        cmocka_unit_test(test_buf_keeps_its_bytes_when_memory_fails),
        cmocka_unit_test(test_arena_gives_aligned_memory_and_stops_at_its_maximum),
        cmocka_unit_test(test_utf8_replaces_maximal_subparts),
        cmocka_unit_test(test_utf8_encode_decode_round_trip),
        cmocka_unit_test(test_json_is_valid_whatever_the_bytes),
        cmocka_unit_test(test_json_unbalanced_is_our_own_mistake),
        cmocka_unit_test(test_views),
        cmocka_unit_test(test_hash_values_are_fixed_for_ever),
        cmocka_unit_test(test_drop_names_are_distinct),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
