/* SPDX-License-Identifier: Apache-2.0
 *
 * `clean --compare A B`: two results over the same inputs: what their cards say, side by
 * side, and the documents that one keeps and the other does not.
 */
#ifndef EM_CLI_CLEAN_COMPARE_H
#define EM_CLI_CLEAN_COMPARE_H

#include <stdbool.h>

/* The exit code. */
int em_clean_compare(const char *a, const char *b, bool json);

#endif
