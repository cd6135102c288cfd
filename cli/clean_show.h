/* SPDX-License-Identifier: Apache-2.0
 *
 * `clean --review` and `clean --compare`: results shown to a person.
 */
#ifndef EM_CLI_CLEAN_SHOW_H
#define EM_CLI_CLEAN_SHOW_H

#include <stdbool.h>
#include <stdint.h>

struct em_clean_show {
    const char *dir, *reason, *html; /* reason: NULL for all; html: a file, NULL: none */
    uint64_t limit;
};

/* The exit code. On a terminal page by page with keys; otherwise a list. */
int em_clean_show_review(const struct em_clean_show *options);
/* The exit code. */
int em_clean_show_comparison(const char *a, const char *b, bool json);

#endif
