/* SPDX-License-Identifier: Apache-2.0
 *
 * Reference sets: known texts (model outputs, benchmarks, text known to be human) whose
 * passages are looked for in every document. A set is one file (.emr, docs/FORMATS.md),
 * mapped read-only and shared by all threads; refs_build.h makes it, refs_match.h looks
 * things up in it.
 *
 * A set's file is untrusted input: every section is checksummed, every count and offset is
 * checked when the set is opened, and what a checksum cannot promise is checked at use.
 */
#ifndef EM_INDEX_REFS_H
#define EM_INDEX_REFS_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

enum em_refs_kind {
    EM_REFS_MODEL_OUTPUT = 1, /* a match speaks for a machine */
    EM_REFS_BENCHMARK = 2,    /* a match speaks of contamination */
    EM_REFS_HUMAN = 3,        /* a match speaks for a person */
};

/* What a text of an item is. */
enum em_refs_part {
    EM_REFS_TEXT,
    EM_REFS_QUESTION,
    EM_REFS_ANSWER,
    EM_REFS_PASSAGE,
    EM_REFS_PARTS
};

struct em_refs_info {
    struct em_view name, model, source, since; /* model, since: may be empty */
    enum em_refs_kind kind;
    uint32_t k, t;         /* of winnowing */
    uint32_t common_after; /* a run in more texts than this counts for nothing */
    uint64_t items, texts, words;
    uint64_t prints;     /* different ones that can be found */
    uint64_t common;     /* prints that are too common to count */
    uint64_t duplicates; /* texts that were there already, word for word */
    uint64_t too_short;  /* texts of fewer than k words, left out */
    uint64_t bytes;      /* of the file */
};

struct em_refs;

/* EM_ERR_IO; EM_ERR_FORMAT where it is no reference set or its counts cannot be;
 * EM_ERR_VERSION for another version; EM_ERR_TRUNCATED, EM_ERR_CHECKSUM where it is
 * damaged; EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_refs_open(struct em_refs **out, const char *path,
                                          struct em_err *err);
/* The same over bytes that outlive it; 8-byte aligned. */
EM_MUST_CHECK enum em_status
em_refs_open_memory(struct em_refs **out, struct em_view bytes, struct em_err *err);
void em_refs_free(struct em_refs *refs); /* NULL is allowed */

/* Views borrow from the set. */
void em_refs_describe(const struct em_refs *refs, struct em_refs_info *info);

/* "model-output", "benchmark", "human"; NULL for others. Static. */
const char *em_refs_kind_name(enum em_refs_kind kind);
bool em_refs_kind_parse(struct em_view name, enum em_refs_kind *kind);

/* --- several sets ---------------------------------------------------------------------- */

struct em_refs_sets {
    struct em_refs **sets; /* owned */
    size_t n, cap;
};

void em_refs_sets_init(struct em_refs_sets *sets);
void em_refs_sets_release(struct em_refs_sets *sets);
EM_MUST_CHECK enum em_status em_refs_sets_add(struct em_refs_sets *sets, const char *path,
                                              struct em_err *err);
/* Each of `n` files, in their order. */
EM_MUST_CHECK enum em_status em_refs_sets_add_all(struct em_refs_sets *sets,
                                                  const char *const *paths, size_t n,
                                                  struct em_err *err);
/* Every DIR/refs/NAME.emr of an index, in order of names. An index without any is EM_OK. */
EM_MUST_CHECK enum em_status em_refs_open_index_dir(struct em_refs_sets *sets,
                                                    const char *dir, struct em_err *err);

#endif
