/* SPDX-License-Identifier: Apache-2.0
 *
 * `scan --estimate`: what the scan would come to.
 */
#ifndef EM_CLI_SCAN_ESTIMATE_H
#define EM_CLI_SCAN_ESTIMATE_H

#include "pipeline/scan/scan.h"

/* Prints bytes, time and, at `price` (of a core-hour; 0: none), cost to standard output, as
 * text or one JSON object. Returns em_exit. */
int em_scan_estimate_print(const struct em_scan_options *options, bool json,
                           double price);

#endif
