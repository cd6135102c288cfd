/* SPDX-License-Identifier: Apache-2.0
 *
 * `clean --review`: DIR/passages/ of a run, shown to a person.
 */
#ifndef EM_CLI_CLEAN_REVIEW_H
#define EM_CLI_CLEAN_REVIEW_H

#include <stdint.h>

struct em_clean_review {
    const char *dir, *reason, *html; /* reason: NULL for all; html: a file, NULL: none */
    uint64_t limit;
};

/* The exit code. On a terminal page by page with keys; otherwise a list. */
int em_clean_review(const struct em_clean_review *review);

#endif
