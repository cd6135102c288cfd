/* SPDX-License-Identifier: Apache-2.0
 *
 * The one door to the heap, so that tests can fail the nth allocation (`make check-oom`)
 * and count what is live. Sizes are checked for overflow. All return NULL on failure and
 * never exit. Thread-safe.
 */
#ifndef EM_BASE_ALLOC_H
#define EM_BASE_ALLOC_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void *em_malloc(size_t size);
void *em_calloc(size_t count, size_t size);
/* Zeroed, for a table of megabytes that is read all over: on huge pages where the system
 * has some to give. Freed with em_free(). */
void *em_calloc_large(size_t size);
void *em_realloc(void *ptr, size_t size);
void *em_realloc_array(void *ptr, size_t count, size_t size);
char *em_strdup(const char *text);
char *em_strndup(const char *text, size_t len);
void em_free(void *ptr);

/* Test hook: the nth allocation from now on (1 = the next) fails once; 0 switches off.
 * With `sticky`, all later ones fail as well. */
void em_alloc_fail_at(long nth, int sticky);

/* Allocations made since the last em_alloc_fail_at() call, the failed one included. */
long em_alloc_count(void);

#ifdef __cplusplus
}
#endif

#endif
