/* SPDX-License-Identifier: Apache-2.0
 *
 * Damaged places of a scan, named on standard error: the first few of each input, then how
 * many more there were.
 */
#ifndef EM_CLI_SCAN_DAMAGE_H
#define EM_CLI_SCAN_DAMAGE_H

#include "cli/progress.h"

#include <stdint.h>

struct em_scan_damage {
    const char *file; /* in hand */
    uint64_t listed, unlisted, files;
    bool quiet;
};

/* As em_scan_damage_fn. */
void em_scan_damage_tell(struct em_scan_damage *damage, struct em_progress *progress,
                         const char *file, uint64_t offset, const char *reason);
/* After the last. */
void em_scan_damage_end(struct em_scan_damage *damage);

#endif
