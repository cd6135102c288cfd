/* SPDX-License-Identifier: Apache-2.0
 *
 * The passages that a run of `clean` left in DIR/passages/, for a person to look at.
 */
#ifndef EM_PIPELINE_CLEAN_REVIEW_H
#define EM_PIPELINE_CLEAN_REVIEW_H

#include "base/review.h"
#include "base/status.h"

enum { EM_CLEAN_REVIEW_MAX = 1000000 }; /* of the limit */

struct em_clean_review;

/* Reads the first `limit` passages of `reason` (NULL: of any). EM_ERR_NOTFOUND where `dir` is
 * no result of clean. *out is NULL where it fails. */
EM_MUST_CHECK enum em_status em_clean_review_read(struct em_clean_review **out,
                                                  const char *dir, const char *reason,
                                                  uint64_t limit, struct em_err *err);
void em_clean_review_free(struct em_clean_review *review); /* NULL is allowed */

/* How many were read, and how many there are. */
size_t em_clean_review_size(const struct em_clean_review *review, uint64_t *of);

/* Views last until the next entry. EM_AGAIN where the line is not one of clean's. */
EM_MUST_CHECK enum em_status em_clean_review_get(struct em_clean_review *review, size_t i,
                                                 struct em_review *entry);

#endif
