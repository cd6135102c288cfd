/* SPDX-License-Identifier: Apache-2.0
 *
 * What a scan would come to (pipeline/scan/estimate.h), on its way to be printed.
 */
#ifndef EM_BASE_ESTIMATE_H
#define EM_BASE_ESTIMATE_H

#include <stdint.h>

struct em_estimate {
    uint64_t inputs, bytes;
    uint64_t asked;       /* addresses whose size was asked for; others like them */
    uint64_t unknown;     /* inputs without a size: pipes, what is not there */
    uint64_t trial_bytes; /* stored bytes that were scanned */
    double trial_seconds; /* 0: no trial, since no input is a file of this machine */
    double seconds;       /* of the whole; negative: not known */
    double core_hours;
    uint32_t threads;
};

#endif
