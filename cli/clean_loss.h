/* SPDX-License-Identifier: Apache-2.0
 *
 * `clean --max-human-loss`: the calibration texts are scored as the corpus will be, and the
 * threshold follows from them (detector/learn/loss.h).
 */
#ifndef EM_CLI_CLEAN_LOSS_H
#define EM_CLI_CLEAN_LOSS_H

#include "pipeline/scan/scan.h"

enum { EM_CLEAN_TOLD = 320 };

/* What the promise is about. */
enum em_clean_bound {
    EM_CLEAN_BY_SOURCE, /* texts of a source that the calibration has none of */
    EM_CLEAN_BY_TEXT,   /* texts drawn like those of the calibration */
};

struct em_clean_loss {
    double allowed;
    enum em_clean_bound bound;
    const char
        *source_field; /* NULL: source, dataset, domain; else the URL's domain, else
                                 the file */
    bool quiet;
};

/* `base`: how the corpus is scanned, with the calibration files for its files. Lines labelled
 * "machine" are not human. The threshold in log-odds, and in `told` what it promises; unless
 * `quiet`, bound and basis, also by source and length, go to standard error. */
EM_MUST_CHECK enum em_status em_clean_choose(const struct em_scan_options *base,
                                             const struct em_clean_loss *options,
                                             double *threshold, char told[EM_CLEAN_TOLD],
                                             struct em_err *err);

/* Of the texts of the sources that the model was calibrated on and never saw, the shares
 * above a threshold: mean over sources, least, most. NaN where the model has none. */
void em_clean_rates(const char *model, double log_odds, double human[3],
                    double machine[3]);

#endif
