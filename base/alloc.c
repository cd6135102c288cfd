/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* madvise() */
#include "base/alloc.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Zero in production: one relaxed load a call is all that the hook costs. */
static atomic_int hook_on;
static atomic_long made;
static atomic_long fail_at;
static atomic_int fail_sticky;

void em_alloc_fail_at(long nth, int sticky)
{
    atomic_store(&made, 0);
    atomic_store(&fail_at, nth);
    atomic_store(&fail_sticky, sticky);
    atomic_store(&hook_on, 1);
}

long em_alloc_count(void)
{
    return atomic_load(&made);
}

static int must_fail(void)
{
    if (!atomic_load_explicit(&hook_on, memory_order_relaxed))
        return 0;
    long n = atomic_fetch_add(&made, 1) + 1;
    long at = atomic_load(&fail_at);
    if (at == 0)
        return 0;
    return atomic_load(&fail_sticky) ? n >= at : n == at;
}

void *em_malloc(size_t size)
{
    return must_fail() ? NULL : malloc(size ? size : 1);
}

void *em_calloc(size_t count, size_t size)
{
    return must_fail() ? NULL : calloc(count ? count : 1, size ? size : 1);
}

void *em_calloc_large(size_t size)
{
    enum { HUGE_PAGE = 1 << 21 };
    void *ptr = NULL;
    if (must_fail() || posix_memalign(&ptr, HUGE_PAGE, size ? size : 1) != 0)
        return NULL;
#ifdef MADV_HUGEPAGE
    /* Only a wish: small pages do as well. */
    (void)madvise(ptr, size, MADV_HUGEPAGE);
#endif
    return memset(ptr, 0, size);
}

void *em_realloc(void *ptr, size_t size)
{
    return must_fail() ? NULL : realloc(ptr, size ? size : 1);
}

void *em_realloc_array(void *ptr, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    return em_realloc(ptr, count * size);
}

char *em_strndup(const char *text, size_t len)
{
    char *copy = em_malloc(len + 1);
    if (!copy)
        return NULL;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *em_strdup(const char *text)
{
    return em_strndup(text, strlen(text));
}

void em_free(void *ptr)
{
    free(ptr);
}
