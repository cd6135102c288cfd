/* SPDX-License-Identifier: Apache-2.0
 *
 * Which model of an index an answer is about: the one with the most documents that are still
 * there, whatever the order of names and of commits.
 */
#include "scratch.h"

#include "base/hash.h"
#include "index/model.h"

static struct em_ledger entry_of(const char *file, const char *model, uint64_t documents,
                                 uint64_t forgotten)
{
    struct em_ledger entry = {.name = em_view_of(file),
                              .model_name = em_view_of(model),
                              .records = documents,
                              .documents = documents,
                              .forgotten = forgotten};
    entry.file = em_name_hash(entry.name);
    entry.model = em_model_hash(entry.model_name);
    return entry;
}

static void assert_chosen(const char *dir, const struct em_ledger *entries, size_t n,
                          const char *name, uint64_t documents)
{
    struct em_store *store;
    struct em_rows rows;
    struct em_index_model model;
    struct em_err err = {.status = EM_OK};
    em_rows_init(&rows);
    assert_int_equal(em_store_open(&store, dir, EM_STORE_WRITE, &err), EM_OK);
    assert_int_equal(em_store_commit(store, &rows, entries, n, &err), EM_OK);
    assert_int_equal(em_index_model_choose(store, NULL, &model, &err), EM_OK);
    assert_string_equal(model.name, name);
    assert_int_equal(model.documents, documents);
    em_index_model_release(&model);
    em_store_free(store);
    em_rows_release(&rows);
}

static void the_one_with_most_documents(void **state)
{
    (void)state;
    char dir[4096];
    const struct em_ledger late[] = {entry_of("1", "a@1", 5, 0),
                                     entry_of("1", "b@1", 9, 0)};
    assert_chosen(scratch(dir, "late"), late, 2, "b@1", 9);
    const struct em_ledger early[] = {entry_of("1", "a@1", 9, 0),
                                      entry_of("1", "b@1", 5, 0)};
    assert_chosen(scratch(dir, "early"), early, 2, "a@1", 9);
    /* Summed over inputs; what was forgotten no longer counts. */
    const struct em_ledger sums[] = {entry_of("1", "a@1", 6, 0),
                                     entry_of("2", "a@1", 6, 0),
                                     entry_of("1", "b@1", 11, 0)};
    assert_chosen(scratch(dir, "sums"), sums, 3, "a@1", 12);
    const struct em_ledger gone[] = {entry_of("1", "a@1", 12, 2),
                                     entry_of("1", "b@1", 11, 0)};
    assert_chosen(scratch(dir, "gone"), gone, 2, "b@1", 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_one_with_most_documents),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
