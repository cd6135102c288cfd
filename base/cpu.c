/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cpu.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static int cpu_detect(void)
{
#if defined(__x86_64__)
    const char *env = getenv("ECHOMETER_CPU");
    if (env && strcmp(env, "portable") == 0)
        return 0;
    return __builtin_cpu_supports("avx2") ? 1 : 0;
#else
    return 0;
#endif
}

bool em_cpu_avx2(void)
{
    static atomic_int known; /* 0 not yet, 1 no, 2 yes: racing threads write the same */
    int k = atomic_load_explicit(&known, memory_order_relaxed);
    if (k == 0) {
        k = 1 + cpu_detect();
        atomic_store_explicit(&known, k, memory_order_relaxed);
    }
    return k == 2;
}
