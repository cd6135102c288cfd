/* SPDX-License-Identifier: Apache-2.0
 *
 * SIGINT and SIGTERM as a wish to end cleanly: the first is noted, the second ends the
 * process as usual.
 */
#ifndef EM_CLI_STOP_H
#define EM_CLI_STOP_H

#include <stdatomic.h>

/* What becomes non-zero with the first signal; the process's own, never freed. */
const atomic_int *em_stop_catch(void);

/* As if the first signal had come. */
void em_stop_now(void);

#endif
