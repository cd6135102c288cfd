/* SPDX-License-Identifier: Apache-2.0
 *
 * Which instruction sets may be used. The portable path gives the same results always;
 * ECHOMETER_CPU=portable in the environment forces it (tests compare the two).
 */
#ifndef EM_BASE_CPU_H
#define EM_BASE_CPU_H

#include <stdbool.h>

/* True when the processor has AVX2 and the environment does not forbid it. Cheap after
 * the first call; thread-safe. */
bool em_cpu_avx2(void);

#endif
