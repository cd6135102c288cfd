/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/remote_int.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/wire/url.h"

bool em_remote_named(const char *path)
{
    struct em_view v = em_view_of(path);
    return em_view_istarts(v, EM_VIEW("http://")) ||
           em_view_istarts(v, EM_VIEW("https://")) ||
           em_view_istarts(v, EM_VIEW("s3://"));
}

/* --- the pool -------------------------------------------------------------------------- */

static enum em_status copy_text(const char **text)
{
    *text = *text ? em_strdup(*text) : NULL;
    return EM_OK;
}

static enum em_status copy_options(struct em_remote_options *to,
                                   const struct em_remote_options *from)
{
    *to = *from;
    EM_TRY(copy_text(&to->rate_file));
    EM_TRY(copy_text(&to->cache));
    return (from->rate_file && !to->rate_file) || (from->cache && !to->cache)
               ? EM_ERR_NOMEM
               : EM_OK;
}

enum em_status em_remote_pool_new(struct em_remote_pool **out,
                                  const struct em_remote_options *options,
                                  struct em_err *err)
{
    struct em_remote_pool *pool = em_calloc(1, sizeof(*pool));
    *out = NULL;
    if (!pool)
        return em_fail(err, EM_ERR_NOMEM, "remote", "%s", em_status_text(EM_ERR_NOMEM));
    pthread_mutex_init(&pool->mutex, NULL);
    enum em_status status = copy_options(&pool->options, options);
    em_buf_init(&pool->named, EM_MAX_NAMED);
    const struct em_rate_options rate = {
        .file = pool->options.rate_file,
        .rate = pool->options.rate,
        .backoff = pool->options.backoff,
        .patience = pool->options.patience,
        .jitter = pool->options.jitter,
        .stop = pool->options.stop,
    };
    if (status == EM_OK)
        status = em_rate_open(&pool->rate, &rate, err);
    if (status == EM_OK)
        status = em_s3_load(&pool->s3, err);
    if (status == EM_OK)
        status = em_s3_set_style(&pool->s3, options->s3_style, err);
    pool->s3.requester_pays = options->requester_pays;
    if (status == EM_OK && options->header_file)
        status = em_remote_read_header(pool, options->header_file, err);
    if (options->anonymous)
        pool->s3.key[0] = '\0';
    if (status == EM_OK && pool->s3.endpoint[0])
        status = em_remote_pool_name(pool, pool->s3.endpoint);
    if (status < 0) {
        if (status == EM_ERR_NOMEM)
            em_fail(err, status, "remote", "%s", em_status_text(status));
        em_remote_pool_free(pool);
        return status;
    }
    *out = pool;
    return EM_OK;
}

void em_remote_pool_free(struct em_remote_pool *pool)
{
    if (!pool)
        return;
    while (pool->n_parked)
        em_remote_close(pool->parked[--pool->n_parked]);
    while (pool->n_idle)
        em_get_free(pool->idle[--pool->n_idle]);
    em_rate_close(pool->rate);
    if (pool->header.data)
        memset(pool->header.data, 0, pool->header.cap);
    em_buf_release(&pool->header);
    em_buf_release(&pool->named);
    em_free((char *)(uintptr_t)pool->options.rate_file);
    em_free((char *)(uintptr_t)pool->options.cache);
    pthread_mutex_destroy(&pool->mutex);
    em_free(pool);
}

struct em_remote_counts em_remote_pool_counts(const struct em_remote_pool *pool)
{
    return (struct em_remote_counts){
        .requests = atomic_load(&pool->requests),
        .bytes = atomic_load(&pool->bytes),
        .slowed = atomic_load(&pool->slowed),
        .cuts = atomic_load(&pool->cuts),
        .cached = atomic_load(&pool->cached),
    };
}

/* --- one object ------------------------------------------------------------------------ */

static enum em_status start(struct em_remote *r, struct em_err *err)
{
    r->begin = r->len = 0;
    r->done = false;
    r->at = r->start;
    atomic_store(&r->closing, 0);
    if (pthread_create(&r->thread, NULL, em_remote_fetch, r) != 0)
        return em_fail(err, EM_ERR_NOMEM, "remote", "cannot start a thread");
    r->running = true;
    return EM_OK;
}

static void stop(struct em_remote *r)
{
    if (!r->running)
        return;
    pthread_mutex_lock(&r->mutex);
    atomic_store(&r->closing, 1);
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->mutex);
    pthread_join(r->thread, NULL);
    r->running = false;
}

/* Scheme, host and port. */
static uint64_t server_of(struct em_view url)
{
    size_t at = em_view_find(url, 0, EM_VIEW("://")) + 3;
    size_t end = em_view_find(url, at, EM_VIEW("/"));
    return em_hash64(url.data, end < url.len ? end : url.len, 0);
}

/* A secret is for one server: the first that is asked. */
static bool takes_header(struct em_remote_pool *pool, uint64_t server)
{
    if (!pool->header_lines[0])
        return false;
    pthread_mutex_lock(&pool->mutex);
    if (pool->header_server == 0)
        pool->header_server = server;
    bool takes = pool->header_server == server;
    pthread_mutex_unlock(&pool->mutex);
    return takes;
}

static enum em_status locate(struct em_remote *r, struct em_err *err)
{
    em_buf_init(&r->url, EM_MAX_URL);
    bool s3 = em_view_istarts(em_view_of(r->name), EM_VIEW("s3://"));
    enum em_status status = s3 ? em_s3_url(&r->pool->s3, r->name, &r->url, err)
                               : em_buf_append(&r->url, r->name, strlen(r->name));
    if (status < 0)
        return status == EM_ERR_FORMAT
                   ? status
                   : em_fail(err, status, "remote", "%s", em_status_text(status));
    r->signs = s3 && r->pool->s3.key[0];
    r->server = server_of(em_buf_view(&r->url));
    r->headed = !s3 && takes_header(r->pool, r->server);
    return EM_OK;
}

static enum em_status init(struct em_remote *r, struct em_remote_pool *pool,
                           const char *url, uint64_t part, struct em_err *err)
{
    struct em_remote_options defaults = {.rate = 0};
    pthread_mutex_init(&r->mutex, NULL);
    pthread_cond_init(&r->changed, NULL);
    atomic_init(&r->size, UINT64_MAX);
    r->cached = -1;
    r->pool = pool;
    r->own_pool = !pool;
    if (!pool) {
        EM_TRY(em_remote_pool_new(&r->pool, &defaults, err));
        EM_TRY(em_remote_pool_name(r->pool, url));
    }
    r->name = em_strdup(url);
    r->cap = part && part < EM_REMOTE_AHEAD ? (size_t)part : EM_REMOTE_AHEAD;
    r->ring = em_malloc(r->cap);
    if (!r->name || !r->ring)
        return em_fail(err, EM_ERR_NOMEM, "remote", "%s", em_status_text(EM_ERR_NOMEM));
    return locate(r, err);
}

static enum em_status open_new(struct em_remote **out, struct em_remote_pool *pool,
                               const char *url, uint64_t from, uint64_t to,
                               const struct em_remote_object *object, struct em_err *err)
{
    struct em_remote *r = em_calloc(1, sizeof(*r));
    *out = NULL;
    if (!r)
        return em_fail(err, EM_ERR_NOMEM, "remote", "%s", em_status_text(EM_ERR_NOMEM));
    enum em_status status = init(r, pool, url, to > from ? to - from : 0, err);
    r->start = from;
    r->to = to ? to : UINT64_MAX;
    if (object)
        r->object = *object;
    if (status == EM_OK)
        status = start(r, err);
    if (status < 0) {
        em_remote_close(r);
        return status;
    }
    *out = r;
    return EM_OK;
}

/* Index of the parked one, or n_parked. The mutex is held. */
static size_t find_parked(const struct em_remote_pool *pool, const char *url,
                          uint64_t from, uint64_t to)
{
    size_t i = 0;
    for (; i < pool->n_parked; i++) {
        const struct em_remote *r = pool->parked[i];
        if (strcmp(r->name, url) == 0 && r->start == from &&
            r->to == (to ? to : UINT64_MAX))
            break;
    }
    return i;
}

static struct em_remote *take_parked(struct em_remote_pool *pool, const char *url,
                                     uint64_t from, uint64_t to)
{
    struct em_remote *found = NULL;
    pthread_mutex_lock(&pool->mutex);
    size_t i = find_parked(pool, url, from, to);
    if (i < pool->n_parked) {
        found = pool->parked[i];
        pool->parked[i] = pool->parked[--pool->n_parked];
    }
    pthread_mutex_unlock(&pool->mutex);
    return found;
}

enum em_status em_remote_open(struct em_remote **out, struct em_remote_pool *pool,
                              const char *url, uint64_t from, uint64_t to,
                              struct em_err *err)
{
    *out = pool ? take_parked(pool, url, from, to) : NULL;
    return *out ? EM_OK : open_new(out, pool, url, from, to, NULL, err);
}

enum em_status em_remote_open_same(struct em_remote **out, struct em_remote_pool *pool,
                                   const char *url, uint64_t from, uint64_t to,
                                   const struct em_remote_object *object,
                                   struct em_err *err)
{
    return open_new(out, pool, url, from, to, object, err);
}

void em_remote_identity(struct em_remote *r, struct em_remote_object *object)
{
    /* The thread is behind the header once there are bytes, and does not change it. */
    pthread_mutex_lock(&r->mutex);
    *object = r->object;
    pthread_mutex_unlock(&r->mutex);
}

void em_remote_prefetch(struct em_remote_pool *pool, const char *url, uint64_t from,
                        uint64_t to)
{
    struct em_remote *r;
    pthread_mutex_lock(&pool->mutex);
    bool wanted = pool->n_parked < EM_REMOTE_PARKED &&
                  find_parked(pool, url, from, to) == pool->n_parked;
    pthread_mutex_unlock(&pool->mutex);
    if (!wanted || open_new(&r, pool, url, from, to, NULL, NULL) < 0)
        return;
    pthread_mutex_lock(&pool->mutex);
    bool kept = pool->n_parked < EM_REMOTE_PARKED;
    if (kept)
        pool->parked[pool->n_parked++] = r;
    pthread_mutex_unlock(&pool->mutex);
    if (!kept)
        em_remote_close(r);
}

void em_remote_close(struct em_remote *r)
{
    if (!r)
        return;
    stop(r);
    if (r->own_pool)
        em_remote_pool_free(r->pool);
    em_buf_release(&r->url);
    em_free(r->name);
    em_free(r->ring);
    pthread_mutex_destroy(&r->mutex);
    pthread_cond_destroy(&r->changed);
    em_free(r);
}

enum em_status em_remote_read(struct em_remote *r, char *to, size_t n, size_t *got,
                              struct em_err *err)
{
    *got = 0;
    pthread_mutex_lock(&r->mutex);
    while (r->len == 0 && !r->done)
        pthread_cond_wait(&r->changed, &r->mutex);
    size_t begin = r->begin, len = r->len;
    pthread_mutex_unlock(&r->mutex);
    if (len == 0) {
        if (r->err.status < 0 && err)
            *err = r->err;
        return r->err.status < 0 ? r->err.status : EM_OK;
    }
    *got = len < n ? len : n;
    size_t behind = r->cap - begin;
    size_t first = *got < behind ? *got : behind;
    memcpy(to, r->ring + begin, first);
    memcpy(to + first, r->ring, *got - first);
    pthread_mutex_lock(&r->mutex);
    bool was_full = r->len == r->cap;
    r->begin = (begin + *got) % r->cap;
    r->len -= *got;
    if (was_full)
        pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->mutex);
    return EM_OK;
}

enum em_status em_remote_seek(struct em_remote *r, uint64_t at, struct em_err *err)
{
    stop(r);
    r->start = at;
    /* At the end exactly there is nothing to ask for. */
    if (at == atomic_load(&r->size)) {
        r->len = 0;
        r->done = true;
        r->err.status = EM_OK;
        return EM_OK;
    }
    return start(r, err);
}

uint64_t em_remote_size(struct em_remote *r)
{
    uint64_t size = atomic_load(&r->size);
    return size == UINT64_MAX ? 0 : size;
}
