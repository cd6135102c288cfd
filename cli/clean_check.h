/* SPDX-License-Identifier: Apache-2.0
 *
 * The arguments of `clean`: what may stand together, and the policy they come to.
 */
#ifndef EM_CLI_CLEAN_CHECK_H
#define EM_CLI_CLEAN_CHECK_H

#include "cli/clean_tell.h"

/* Fills signals, loss, policy and rules from the other fields. EM_EXIT_OK, or a usage error that
 * has been printed. `operands`: how many inputs are named. */
int em_clean_check(struct em_clean_arguments *arguments, int operands);

#endif
