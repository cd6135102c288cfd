/* SPDX-License-Identifier: Apache-2.0
 *
 * Making a reference set. The caller gives each text as words and prints; the builder keeps
 * what is needed to find it again and to say how much of it is somewhere.
 *
 * - A text that is there already, word for word, is counted and not kept again.
 * - A text of fewer than k words gives no print: it is counted and left out, but for the
 *   answer of a question that has one.
 * - A run of words in more than `common_after` texts of the set, or in a text given to
 *   em_refs_build_common() (licences, templates), is common: it is no evidence, and its
 *   words count neither as found nor as missing.
 *
 * The file is the same for the same texts in the same order. It is written beside its name
 * and moved there when whole, so that readers see the old set or the new one.
 *
 * Memory: two buffers of EM_REFS_SORT_RECORDS records, and 8 to 16 bytes a text to know
 * repeated ones; the rest goes to temporary files in the folder of the output.
 */
#ifndef EM_INDEX_REFS_BUILD_H
#define EM_INDEX_REFS_BUILD_H

#include "base/print.h"
#include "index/refs/refs.h"

struct em_refs_build_options {
    struct em_view name, model, source, since; /* copied; name: 1 to 255 bytes */
    enum em_refs_kind kind;
    uint32_t k, t;
    uint32_t common_after; /* 0: 20 */
    size_t sort_records;   /* 0: EM_REFS_SORT_RECORDS. Tests. */
};

struct em_refs_text {
    enum em_refs_part part;
    const struct em_print_word *words;
    size_t n_words;
    const struct em_print *prints; /* winnowed with k and t */
    size_t n_prints;
};

struct em_refs_build;

EM_MUST_CHECK enum em_status
em_refs_build_new(struct em_refs_build **out, const char *path,
                  const struct em_refs_build_options *options, struct em_err *err);
/* Without em_refs_build_finish(): nothing is left behind. NULL is allowed. */
void em_refs_build_free(struct em_refs_build *build);

/* All of another set first: what `refs add` does. Name, kind, model, k, t of the options
 * stand. Must come before any item. */
EM_MUST_CHECK enum em_status em_refs_build_copy(struct em_refs_build *build,
                                                const struct em_refs *from,
                                                struct em_err *err);
/* Prints (all runs of k words, not winnowed) that are common whatever the set says. */
EM_MUST_CHECK enum em_status em_refs_build_common(struct em_refs_build *build,
                                                  const struct em_print *prints,
                                                  size_t n);
/* One item: 1 to 3 texts, of different parts. `id` at most 65535 bytes, longer ones are
 * cut. EM_ERR_LIMIT beyond 2^31 texts. */
EM_MUST_CHECK enum em_status em_refs_build_item(struct em_refs_build *build,
                                                struct em_view id,
                                                const struct em_refs_text *texts,
                                                size_t n_texts);
EM_MUST_CHECK enum em_status em_refs_build_finish(struct em_refs_build *build,
                                                  struct em_err *err);

#endif
