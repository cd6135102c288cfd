/* SPDX-License-Identifier: Apache-2.0
 *
 * One passage that cleaning found, in its context: read by pipeline/clean/clean_review.h,
 * printed by report/review.h.
 */
#ifndef EM_REVIEW_H
#define EM_REVIEW_H

#include "base/view.h"

#include <stdint.h>

struct em_review {
    struct em_view reason, what, item, done, id, url, file, before, passage, after;
    double value;
    uint64_t offset;
};

#endif
