/* SPDX-License-Identifier: Apache-2.0
 *
 * Servers that were named on the command line: the guard lets their addresses through.
 */
#include "crawler/archive/remote_int.h"

#include "base/limits.h"
#include "base/wire/url.h"

/* "http://host:port" and a line end; nothing where the address is none or has no server of
 * its own (s3://). */
static enum em_status remote_origin(struct em_view text, struct em_buf *origin)
{
    struct em_url url;
    em_url_init(&url, EM_MAX_URL);
    enum em_status status = em_url_parse(&url, text, NULL);
    bool has = status == EM_OK && em_url_origin(&url, origin, &status);
    em_url_release(&url);
    if (status == EM_ERR_NOMEM)
        return status;
    return has ? em_buf_append(origin, "\n", 1) : EM_OK;
}

enum em_status em_remote_pool_name(struct em_remote_pool *pool, const char *url)
{
    struct em_buf origin;
    em_buf_init(&origin, EM_MAX_URL + 1);
    enum em_status status = remote_origin(em_view_of(url), &origin);
    pthread_mutex_lock(&pool->mutex);
    struct em_view all = em_buf_view(&pool->named), one = em_buf_view(&origin);
    if (status == EM_OK && em_view_find(all, 0, one) == all.len)
        status = em_buf_append_view(&pool->named, one);
    pthread_mutex_unlock(&pool->mutex);
    em_buf_release(&origin);
    return status == EM_ERR_LIMIT ? EM_OK
                                  : status; /* not named, then: the guard decides */
}

bool em_remote_is_named(struct em_remote_pool *pool, struct em_view url)
{
    struct em_buf origin;
    em_buf_init(&origin, EM_MAX_URL + 1);
    bool named = remote_origin(url, &origin) == EM_OK && origin.len > 0;
    pthread_mutex_lock(&pool->mutex);
    struct em_view all = em_buf_view(&pool->named), one = em_buf_view(&origin);
    size_t at = named ? em_view_find(all, 0, one) : all.len;
    named = at < all.len && (at == 0 || all.data[at - 1] == '\n');
    pthread_mutex_unlock(&pool->mutex);
    em_buf_release(&origin);
    return named;
}
