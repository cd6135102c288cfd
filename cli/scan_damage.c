/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scan_damage.h"

#include "cli/cli.h"
#include "pipeline/scan/scan.h"

/* Listed in full for each input; beyond that it is counted, and `--drops` has them all. */
enum { MAX_LISTED_DAMAGE = 50 };

void em_scan_damage_end(struct em_scan_damage *d)
{
    if (d->unlisted)
        em_error("%s: %llu more damaged places are not listed", d->file,
                 (unsigned long long)d->unlisted);
    d->listed = d->unlisted = 0;
}

/* Files that could not be read or gave nothing: named also where the run is quiet. */
static void list_file(struct em_scan_damage *d, struct em_progress *progress,
                      const char *file, const char *reason)
{
    em_progress_clear(progress);
    if (++d->files <= MAX_LISTED_DAMAGE)
        em_tell_damage(file, EM_SCAN_WHOLE, reason);
    else if (d->files == MAX_LISTED_DAMAGE + 1)
        em_error("more inputs could not be read or gave no document; the summary counts "
                 "them");
}

void em_scan_damage_tell(struct em_scan_damage *d, struct em_progress *progress,
                         const char *file, uint64_t offset, const char *reason)
{
    if (offset == EM_SCAN_WHOLE) {
        list_file(d, progress, file, reason);
        return;
    }
    if (d->quiet)
        return;
    em_progress_clear(progress);
    if (d->file != file)
        em_scan_damage_end(d);
    d->file = file;
    if (d->listed < MAX_LISTED_DAMAGE) {
        em_tell_damage(file, offset, reason);
        d->listed++;
    } else {
        d->unlisted++;
    }
}
