/* SPDX-License-Identifier: Apache-2.0
 *
 * Echoes: the earliest holds a run, what is an echo, a table that is too small, want of
 * memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "pipeline/clean/clean_echo.h"

/* Small hashes, as sampling gives them. */
static uint64_t hash_of(uint64_t i)
{
    return (i * UINT64_C(0x9E3779B97F4A7C15)) >> 5 | 1;
}

static void fill(uint64_t *hashes, uint64_t from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hashes[i] = hash_of(from + i);
}

static void the_earliest_is_the_original(void **state)
{
    (void)state;
    struct em_clean_echo *e;
    uint64_t hashes[20], room[20], original = 0;
    float share = 0;
    assert_int_equal(em_clean_echo_new(&e, 1 << 20), EM_OK);
    uint64_t undated = em_clean_echo_order(-1, 0), late = em_clean_echo_order(900, 1),
             first = em_clean_echo_order(300, 2);
    assert_true(first < late && late < undated);
    assert_int_equal(em_clean_echo_number(first), 2);
    fill(hashes, 0, 20);
    assert_int_equal(em_clean_echo_add(e, hashes, 20, undated), EM_OK);
    assert_int_equal(em_clean_echo_add(e, hashes, 20, late), EM_OK);
    assert_int_equal(em_clean_echo_add(e, hashes, 20, first), EM_OK);
    assert_false(em_clean_echo_find(e, hashes, 20, first, 0.8, room, &original, &share));
    assert_true(em_clean_echo_find(e, hashes, 20, undated, 0.8, room, &original, &share));
    assert_int_equal(original, first);
    assert_true(share == 1);
    /* Three fifths of it are somebody else's. */
    uint64_t mixed[20];
    fill(mixed, 0, 12);
    fill(mixed + 12, 100, 8);
    assert_int_equal(em_clean_echo_add(e, mixed, 20, undated + 1), EM_OK);
    assert_false(
        em_clean_echo_find(e, mixed, 20, undated + 1, 0.8, room, &original, &share));
    assert_true(
        em_clean_echo_find(e, mixed, 20, undated + 1, 0.5, room, &original, &share));
    assert_true(share > 0.59F && share < 0.61F);
    /* The same run again and again is one; three are too few to judge. */
    for (int i = 0; i < 20; i++)
        mixed[i] = hash_of((uint64_t)i % 3);
    assert_false(em_clean_echo_find(e, mixed, 20, late, 0.5, room, &original, &share));
    em_clean_echo_free(e);
}

/* Many sources, none of which has half of what is asked: a mosaic is no echo. */
static void a_mosaic_is_none(void **state)
{
    (void)state;
    struct em_clean_echo *e;
    uint64_t hashes[20], room[20], original;
    float share;
    assert_int_equal(em_clean_echo_new(&e, 1 << 20), EM_OK);
    fill(hashes, 0, 20);
    for (uint64_t i = 0; i < 20; i += 4)
        assert_int_equal(em_clean_echo_add(e, hashes + i, 4, em_clean_echo_order(1, i)),
                         EM_OK);
    assert_false(em_clean_echo_find(e, hashes, 20, em_clean_echo_order(2, 50), 0.8, room,
                                    &original, &share));
    em_clean_echo_free(e);
}

static void a_full_table_is_thinned(void **state)
{
    (void)state;
    enum { DOCUMENTS = 1500, RUNS = 50 };
    struct em_clean_echo *e;
    uint64_t hashes[RUNS], room[RUNS], original;
    unsigned halvings, found = 0, wrong = 0;
    float share;
    assert_int_equal(em_clean_echo_new(&e, 1 << 20), EM_OK);
    for (uint64_t d = 0; d < DOCUMENTS; d++) {
        fill(hashes, d * RUNS, RUNS);
        assert_int_equal(em_clean_echo_add(e, hashes, RUNS, em_clean_echo_order(-1, d)),
                         EM_OK);
    }
    uint64_t size = em_clean_echo_size(e, &halvings);
    assert_true(halvings > 0 && size * 16 <= 1 << 20);
    for (uint64_t d = 0; d < DOCUMENTS; d++) {
        fill(hashes, d * RUNS, RUNS);
        if (em_clean_echo_find(e, hashes, RUNS, em_clean_echo_order(-1, DOCUMENTS + d),
                               0.8, room, &original, &share)) {
            found++;
            wrong += em_clean_echo_number(original) != d || share < 1;
        }
    }
    assert_int_equal(wrong, 0);
    assert_true(found > DOCUMENTS / 2);
    em_clean_echo_free(e);
}

static void memory(void **state)
{
    (void)state;
    for (long nth = 1; nth < 6; nth++) {
        struct em_clean_echo *e;
        uint64_t hashes[64];
        enum em_status status = EM_OK;
        em_alloc_fail_at(nth, 0);
        if (em_clean_echo_new(&e, 1 << 20) == EM_OK) {
            for (uint64_t i = 0; i < 2000 && status == EM_OK; i++) {
                fill(hashes, i * 64, 64);
                status = em_clean_echo_add(e, hashes, 64, i);
            }
            assert_int_equal(status, EM_ERR_NOMEM);
        }
        em_alloc_fail_at(0, 0);
        em_clean_echo_free(e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_earliest_is_the_original),
        cmocka_unit_test(a_mosaic_is_none),
        cmocka_unit_test(a_full_table_is_thinned),
        cmocka_unit_test(memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
