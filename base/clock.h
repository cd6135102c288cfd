/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EM_BASE_CLOCK_H
#define EM_BASE_CLOCK_H

/* Seconds on a clock that never goes back; only differences mean anything. */
double em_clock_now(void);

/* CPU seconds used by the calling thread, and by the whole process. */
double em_clock_thread_cpu(void);
double em_clock_process_cpu(void);

#endif
