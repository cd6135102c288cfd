/* SPDX-License-Identifier: Apache-2.0
 *
 * One line on stderr, rewritten in place: how far, how fast, how much longer. Shown when
 * stderr is a terminal, or as a line every ten seconds when asked for elsewhere.
 */
#ifndef EM_CLI_PROGRESS_H
#define EM_CLI_PROGRESS_H

#include "base/summary.h"
#include "pipeline/scan/scan.h"

struct em_progress {
    bool terminal, forced;
    double last, started;
};

void em_progress_init(struct em_progress *progress, bool forced, bool quiet);
void em_progress_show(struct em_progress *progress, const struct em_summary *summary,
                      const struct em_scan_share *share);
/* Takes the line away. */
void em_progress_clear(struct em_progress *progress);

#endif
