/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>

void em_buf_init(struct em_buf *buf, size_t max)
{
    *buf = (struct em_buf){.max = max < SIZE_MAX / 2 ? max : SIZE_MAX / 2};
}

void em_buf_release(struct em_buf *buf)
{
    em_free(buf->data);
    em_buf_init(buf, buf->max);
}

/* A larger block with the bytes in use: reallocating would copy the others too. */
static char *buf_moved(const struct em_buf *buf, size_t size)
{
    if (buf->len >= buf->cap / 2)
        return em_realloc(buf->data, size);
    char *data = em_malloc(size);
    if (!data)
        return NULL;
    memcpy(data, buf->data, buf->len);
    em_free(buf->data);
    return data;
}

enum em_status em_buf_reserve(struct em_buf *buf, size_t extra)
{
    if (extra <= buf->cap - buf->len)
        return EM_OK;
    if (extra > buf->max || buf->len > buf->max - extra)
        return EM_ERR_LIMIT;
    size_t want = buf->len + extra;
    /* Grow by half: amortised linear copying at a third less slack than doubling. */
    size_t cap = buf->cap + buf->cap / 2;
    if (cap < want)
        cap = want;
    if (cap < 64)
        cap = 64;
    if (cap > buf->max)
        cap = buf->max;
    char *data = buf_moved(buf, cap + 1);
    if (!data)
        return EM_ERR_NOMEM;
    buf->data = data;
    buf->cap = cap;
    buf->data[buf->len] = '\0';
    return EM_OK;
}

enum em_status em_buf_append(struct em_buf *buf, const void *data, size_t len)
{
    if (len == 0)
        return EM_OK;
    EM_TRY(em_buf_reserve(buf, len));
    memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
    return EM_OK;
}

enum em_status em_buf_printf(struct em_buf *buf, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    if (n < 0)
        return EM_ERR_INTERNAL;
    EM_TRY(em_buf_reserve(buf, (size_t)n));
    va_start(ap, format);
    vsnprintf(buf->data + buf->len, (size_t)n + 1, format, ap);
    va_end(ap);
    buf->len += (size_t)n;
    return EM_OK;
}

char *em_buf_take(struct em_buf *buf, size_t *len)
{
    char *data = buf->data;
    if (len)
        *len = buf->len;
    em_buf_init(buf, buf->max);
    return data;
}
