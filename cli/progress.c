/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include "base/clock.h"
#include "base/meter.h"
#include "base/terminal.h"
#include "report/summary.h"

#include <stdio.h>
#include <unistd.h>

#define LINE_SECONDS 10.0

void em_progress_init(struct em_progress *progress, bool forced, bool quiet)
{
    *progress = (struct em_progress){
        .terminal = !quiet && isatty(STDERR_FILENO) == 1,
        .forced = forced,
        .started = em_clock_now(),
    };
}

void em_progress_show(struct em_progress *progress, const struct em_summary *summary,
                      const struct em_scan_share *share)
{
    if (!progress->terminal && !progress->forced)
        return;
    double now = em_clock_now(), seconds = now - progress->started;
    if (!progress->terminal && now - progress->last < LINE_SECONDS)
        return;
    progress->last = now;
    char records[16], drops[16], bytes[16], left[80], line[300];
    double rate = seconds > 0 ? (double)summary->block_bytes / seconds : 0;
    em_meter_left(left, sizeof(left), share->done, share->fresh, seconds);
    snprintf(line, sizeof(line), "%s records, %s dropped, %sB at %.0f MB/s%s",
             em_report_count(records, summary->records),
             em_report_count(drops, summary->records - summary->documents),
             em_report_count(bytes, summary->block_bytes), rate / 1e6, left);
    if (progress->terminal)
        em_terminal_status(line);
    else
        fprintf(stderr, "%s\n", line);
}

void em_progress_clear(struct em_progress *progress)
{
    if (progress->terminal)
        em_terminal_status(NULL);
}
