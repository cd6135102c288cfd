/* SPDX-License-Identifier: Apache-2.0
 *
 * The models that judged an index's documents: who they are and what their scores look like.
 * And the one rule that says which of them an answer is about.
 *
 *   key    model(4) member(1)
 *   value  see docs/FORMATS.md
 *
 * A scan judges with one model, or with several that are added to each other (each its
 * language): its members. Documents are kept under the whole; verdicts of two wholes are
 * never added up.
 */
#ifndef EM_INDEX_MODEL_H
#define EM_INDEX_MODEL_H

#include "base/calibration.h"
#include "index/store.h"

enum { EM_INDEX_MODEL_NAME = 256, EM_INDEX_MEMBERS = 16 };

struct em_index_member {
    struct em_view whole, name,
        lang;             /* name@hash of the whole, of the member; language */
    struct em_view block; /* calibration block; empty: it has none */
};
/* Row for the models table. */
EM_MUST_CHECK enum em_status em_index_model_row(struct em_rows *rows, uint8_t number,
                                                const struct em_index_member *member);
/* Views of the member are into `value`. EM_ERR_FORMAT. */
EM_MUST_CHECK enum em_status em_index_model_read(struct em_view key, struct em_view value,
                                                 uint32_t *hash,
                                                 struct em_index_member *member);
em_row_json_fn em_index_model_json;
/* Has the index rows of the whole with this hash? */
EM_MUST_CHECK enum em_status em_index_model_known(struct em_store *store, uint32_t hash,
                                                  bool *known, struct em_err *err);

/* The whole that an answer is about. */
struct em_index_model {
    uint32_t hash;                  /* of rows' keys; 0: nothing was judged */
    char name[EM_INDEX_MODEL_NAME]; /* name@hash, of several members joined by '+' */
    uint32_t others;                /* more wholes that have verdicts in the index */
    uint64_t documents;             /* judged by it or abstained from */
    struct em_calibration blocks[EM_INDEX_MEMBERS]; /* of members that have one; owned */
    char members[EM_INDEX_MEMBERS][64];             /* their names */
    uint32_t n_blocks;
    char label
        [EM_INDEX_MODEL_NAME]; /* whose scores answers are of: these members, or all */
};

/* The rule: the one that is `named` (its whole name; or a name, with or without hash, that
 * only one has), and without a name (NULL) the one with the most documents, of equals the
 * first by name. EM_ERR_NOTFOUND where none has that name, EM_ERR_USAGE where several have;
 * both list what there is. *out must be released. */
EM_MUST_CHECK enum em_status em_index_model_choose(struct em_store *store,
                                                   const char *named,
                                                   struct em_index_model *out,
                                                   struct em_err *err);
void em_index_model_release(struct em_index_model *model);
/* The block for texts in `lang` ("en-GB" is "en"); NULL: none. *member: whose. */
const struct em_calibration *em_index_model_block(const struct em_index_model *model,
                                                  struct em_view lang,
                                                  const char **member);

#endif
