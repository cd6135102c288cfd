/* SPDX-License-Identifier: Apache-2.0
 *
 * What a scan would come to, before it is begun: the bytes of its inputs as they are stored,
 * and its time by the speed of a trial over the first of them.
 */
#ifndef EM_PIPELINE_SCAN_ESTIMATE_H
#define EM_PIPELINE_SCAN_ESTIMATE_H

#include "base/estimate.h"
#include "pipeline/scan/scan.h"

/* Seconds of the trial, at most: enough to be past the first pages. */
#define EM_ESTIMATE_SECONDS 3.0

/* Nothing is written; of `options` the callbacks and the recorder are not used. Ranges and
 * picks are not either: whole files. */
EM_MUST_CHECK enum em_status em_scan_estimate(struct em_estimate *out,
                                              const struct em_scan_options *options,
                                              struct em_err *err);

#endif
