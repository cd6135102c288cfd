/* SPDX-License-Identifier: Apache-2.0
 *
 * A growing byte buffer that owns its memory and has a maximum from birth: no input can
 * make it larger (EM_ERR_LIMIT). `data` is NULL until the first byte; when not NULL it is
 * always followed by a NUL that `len` does not count.
 *
 *     struct em_buf b;
 *     em_buf_init(&b, EM_MAX_PAGE);
 *     EM_TRY(em_buf_append(&b, bytes, n));
 *     em_buf_release(&b);
 */
#ifndef EM_BASE_BUF_H
#define EM_BASE_BUF_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

struct em_buf {
    char *data;
    size_t len;
    size_t cap; /* usable bytes, the final NUL not counted */
    size_t max;
};

void em_buf_init(struct em_buf *buf, size_t max);
void em_buf_release(struct em_buf *buf); /* frees; the buffer may be used again */

/* Room for `extra` more bytes after len; EM_ERR_LIMIT or EM_ERR_NOMEM leave it as it was. */
EM_MUST_CHECK enum em_status em_buf_reserve(struct em_buf *buf, size_t extra);
EM_MUST_CHECK enum em_status em_buf_append(struct em_buf *buf, const void *data,
                                           size_t len);
EM_MUST_CHECK enum em_status em_buf_printf(struct em_buf *buf, const char *format, ...)
    EM_PRINTF(2, 3);

static inline void em_buf_clear(struct em_buf *buf)
{
    buf->len = 0;
    if (buf->data)
        buf->data[0] = '\0';
}

EM_MUST_CHECK static inline enum em_status em_buf_append_view(struct em_buf *buf,
                                                              struct em_view v)
{
    return em_buf_append(buf, v.data, v.len);
}

EM_MUST_CHECK static inline enum em_status em_buf_putc(struct em_buf *buf, char c)
{
    if (EM_LIKELY(buf->len < buf->cap)) {
        buf->data[buf->len++] = c;
        buf->data[buf->len] = '\0';
        return EM_OK;
    }
    return em_buf_append(buf, &c, 1);
}

/* Borrowed: valid until the buffer changes. */
static inline struct em_view em_buf_view(const struct em_buf *buf)
{
    return (struct em_view){buf->data, buf->len};
}

/* The bytes become the caller's (em_free); the buffer is empty again. May be NULL. */
char *em_buf_take(struct em_buf *buf, size_t *len);

#endif
