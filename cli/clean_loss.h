/* SPDX-License-Identifier: Apache-2.0
 *
 * `clean --max-human-loss`: the calibration texts are scored as the corpus will be, and the
 * threshold follows from them (detector/loss.h).
 */
#ifndef EM_CLI_CLEAN_LOSS_H
#define EM_CLI_CLEAN_LOSS_H

#include "pipeline/scan.h"

enum { EM_CLEAN_TOLD = 256 };

/* `base`: how the corpus is scanned, with the calibration file for its files. Lines labelled
 * "machine" are not human. The threshold in log-odds, and in `told` what it promises; unless
 * `quiet`, bound and basis, also by length, go to standard error. */
EM_MUST_CHECK enum em_status em_clean_choose(const struct em_scan_options *base,
                                             double allowed, bool quiet,
                                             double *threshold, char told[EM_CLEAN_TOLD],
                                             struct em_err *err);

#endif
