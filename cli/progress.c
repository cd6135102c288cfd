/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include "base/clock.h"
#include "base/terminal.h"
#include "report/summary.h"

#include <stdio.h>
#include <unistd.h>

/* Before this much is read or this many seconds have passed an estimate is a guess. */
#define ETA_MIN_FRACTION 0.005
#define ETA_MIN_SECONDS  2.0
#define LINE_SECONDS     10.0

void em_progress_init(struct em_progress *progress, bool forced, bool quiet)
{
    *progress = (struct em_progress){
        .terminal = !quiet && isatty(STDERR_FILENO) == 1,
        .forced = forced,
        .started = em_clock_now(),
    };
}

static void print_eta(double seconds, double fraction)
{
    if (fraction < ETA_MIN_FRACTION || seconds < ETA_MIN_SECONDS)
        return;
    unsigned long left = (unsigned long)(seconds * (1 - fraction) / fraction + 0.5);
    fprintf(stderr, ", %.1f%%, ", 100 * fraction);
    if (left >= 3600)
        fprintf(stderr, "%lu h %02lu min left", left / 3600, left / 60 % 60);
    else if (left >= 60)
        fprintf(stderr, "%lu min %02lu s left", left / 60, left % 60);
    else
        fprintf(stderr, "%lu s left", left);
}

void em_progress_show(struct em_progress *progress, const struct em_summary *summary,
                      double fraction)
{
    if (!progress->terminal && !progress->forced)
        return;
    double now = em_clock_now(), seconds = now - progress->started;
    if (!progress->terminal && now - progress->last < LINE_SECONDS)
        return;
    progress->last = now;
    char records[16], drops[16], bytes[16];
    double rate = seconds > 0 ? (double)summary->block_bytes / seconds : 0;
    if (progress->terminal)
        em_terminal_own(stderr, "\r\033[K");
    fprintf(stderr, "%s records, %s dropped, %sB at %.0f MB/s",
            em_report_count(records, summary->records),
            em_report_count(drops, summary->records - summary->documents),
            em_report_count(bytes, summary->block_bytes), rate / 1e6);
    print_eta(seconds, fraction);
    if (!progress->terminal)
        fputc('\n', stderr);
    fflush(stderr);
    progress->shown = progress->terminal;
}

void em_progress_clear(struct em_progress *progress)
{
    if (progress->shown)
        em_terminal_own(stderr, "\r\033[K");
    progress->shown = false;
}
