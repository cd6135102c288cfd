/* SPDX-License-Identifier: Apache-2.0
 *
 * Every invariant of an index, checked by reading all of it:
 *
 *   runs       checksums of all blocks; keys rise; as many rows and blocks as were written
 *   rows       keys and values are what docs/FORMATS.md says
 *   hosts      what the documents add up to, by domain, month, language and model
 *   months     what the hosts add up to
 *   ledger     documents + drops = records; as many documents of each input and model in
 *              the table as the entry says, less those forgotten
 */
#ifndef EM_INDEX_VALIDATE_H
#define EM_INDEX_VALIDATE_H

#include "index/store.h"

/* One thing found wrong. */
typedef void em_validate_fn(void *context, const char *what);

struct em_validation {
    uint64_t rows[EM_TABLE_COUNT], blocks, inputs, problems;
};

/* EM_OK also where problems were found (they are counted and told); negative where the
 * check itself could not be done. */
EM_MUST_CHECK enum em_status em_index_validate(struct em_store *store,
                                               em_validate_fn *tell, void *context,
                                               struct em_validation *result,
                                               struct em_err *err);

#endif
