/* SPDX-License-Identifier: Apache-2.0
 *
 * See crawl_work.h. Two lists under one lock: pages to read, in order of arrival, and pages
 * that have been read.
 */
#include "pipeline/crawl/crawl_work.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

/* Memory kept of a page for the next one: most pages fit. */
#define KEEP (256 * EM_KIB)
/* Packed links of one page or sitemap. */
#define MAX_LINK_BYTES  (32 * EM_MIB)
#define MAX_PRINT_BYTES (8 * EM_MIB)

struct list {
    struct em_work *first, **last;
};

struct em_work_pool {
    struct em_work_options options;
    pthread_mutex_t lock;
    pthread_cond_t given;
    struct list todo, read;
    bool ending;
    pthread_t *threads;
    uint32_t n_threads;
    struct em_reader **readers;

    /* Of the thread that gives and takes. */
    struct em_work *spare;
    size_t count, bytes;
};

static void list_put(struct list *list, struct em_work *work)
{
    work->next = NULL;
    *list->last = work;
    list->last = &work->next;
}

static struct em_work *list_take(struct list *list)
{
    struct em_work *work = list->first;
    if (!work)
        return NULL;
    list->first = work->next;
    if (!list->first)
        list->last = &list->first;
    return work;
}

struct worker_context {
    struct em_work_pool *pool;
    struct em_reader *reader;
};

static void *worker_main(void *argument)
{
    struct worker_context *context = argument;
    struct em_work_pool *pool = context->pool;
    struct em_reader *reader = context->reader;
    em_free(context);
    pthread_mutex_lock(&pool->lock);
    while (!pool->ending) {
        struct em_work *work = list_take(&pool->todo);
        if (!work) {
            pthread_cond_wait(&pool->given, &pool->lock);
            continue;
        }
        pthread_mutex_unlock(&pool->lock);
        em_reader_read(reader, work);
        pthread_mutex_lock(&pool->lock);
        bool wake = pool->read.first == NULL;
        list_put(&pool->read, work);
        if (wake && pool->options.wake)
            pool->options.wake(pool->options.wake_context);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static enum em_status start_worker(struct em_work_pool *pool, struct em_err *err)
{
    uint32_t i = pool->n_threads;
    struct worker_context *context = em_malloc(sizeof(*context));
    if (!context)
        return em_fail(err, EM_ERR_NOMEM, "crawl", "out of memory");
    enum em_status status = em_reader_new(&pool->readers[i], &pool->options, err);
    if (status == EM_OK) {
        sigset_t all, before;
        *context = (struct worker_context){pool, pool->readers[i]};
        /* Signals are for the thread that waits in the loop. */
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &before);
        int code = pthread_create(&pool->threads[i], NULL, worker_main, context);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (code == 0) {
            pool->n_threads++;
            return EM_OK;
        }
        em_reader_free(pool->readers[i]);
        pool->readers[i] = NULL;
        status = em_fail(err, EM_ERR_NOMEM, "crawl", "cannot start thread %u", i + 1);
    }
    em_free(context);
    return status;
}

enum em_status em_work_pool_new(struct em_work_pool **out,
                                const struct em_work_options *options, struct em_err *err)
{
    struct em_work_pool *pool = em_calloc(1, sizeof(*pool));
    uint32_t n = options->threads ? options->threads : 1;
    *out = NULL;
    if (!pool)
        return em_fail(err, EM_ERR_NOMEM, "crawl", "out of memory");
    pool->options = *options;
    pool->todo.last = &pool->todo.first;
    pool->read.last = &pool->read.first;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->given, NULL);
    pool->threads = em_calloc(n, sizeof(pool->threads[0]));
    pool->readers = em_calloc(n, sizeof(pool->readers[0]));
    enum em_status status = EM_OK;
    if (!pool->threads || !pool->readers)
        status = em_fail(err, EM_ERR_NOMEM, "crawl", "out of memory");
    for (uint32_t i = 0; i < n && status == EM_OK; i++)
        status = start_worker(pool, err);
    if (status == EM_OK)
        *out = pool;
    else
        em_work_pool_free(pool);
    return status;
}

static void work_free(struct em_work *work)
{
    em_buf_release(&work->url);
    em_buf_release(&work->request);
    em_buf_release(&work->message);
    em_buf_release(&work->links);
    em_buf_release(&work->prints);
    em_buf_release(&work->named);
    em_free(work);
}

void em_work_pool_free(struct em_work_pool *pool)
{
    struct em_work *work;
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->ending = true;
    pthread_cond_broadcast(&pool->given);
    pthread_mutex_unlock(&pool->lock);
    for (uint32_t i = 0; i < pool->n_threads; i++) {
        pthread_join(pool->threads[i], NULL);
        em_reader_free(pool->readers[i]);
    }
    while ((work = list_take(&pool->todo)) || (work = list_take(&pool->read)))
        work_free(work);
    while ((work = pool->spare) != NULL) {
        pool->spare = work->next;
        work_free(work);
    }
    pthread_cond_destroy(&pool->given);
    pthread_mutex_destroy(&pool->lock);
    em_free(pool->threads);
    em_free(pool->readers);
    em_free(pool);
}

bool em_work_pool_full(const struct em_work_pool *pool)
{
    return pool->count >= pool->options.max_works ||
           pool->bytes >= pool->options.max_bytes;
}

size_t em_work_pool_count(const struct em_work_pool *pool)
{
    return pool->count;
}

struct em_work *em_work_new(struct em_work_pool *pool)
{
    struct em_work *work = pool->spare;
    if (work) {
        pool->spare = work->next;
        return work;
    }
    work = em_calloc(1, sizeof(*work));
    if (!work)
        return NULL;
    em_buf_init(&work->url, EM_MAX_URL);
    em_buf_init(&work->request, EM_MAX_REQUEST + EM_MAX_URL);
    em_buf_init(&work->message, EM_MAX_BLOCK);
    em_buf_init(&work->links, MAX_LINK_BYTES);
    em_buf_init(&work->prints, MAX_PRINT_BYTES);
    em_buf_init(&work->named, EM_MAX_URL);
    return work;
}

void em_work_give(struct em_work_pool *pool, struct em_work *work)
{
    pool->count++;
    pool->bytes += work->message.len;
    pthread_mutex_lock(&pool->lock);
    list_put(&pool->todo, work);
    pthread_cond_signal(&pool->given);
    pthread_mutex_unlock(&pool->lock);
}

struct em_work *em_work_take(struct em_work_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    struct em_work *work = list_take(&pool->read);
    pthread_mutex_unlock(&pool->lock);
    if (work) {
        pool->count--;
        pool->bytes -= work->message.len;
    }
    return work;
}

static void trim(struct em_buf *buf)
{
    if (buf->cap > KEEP)
        em_buf_release(buf);
    em_buf_clear(buf);
}

void em_work_drop(struct em_work_pool *pool, struct em_work *work)
{
    struct em_work empty = {.next = pool->spare,
                            .url = work->url,
                            .request = work->request,
                            .message = work->message,
                            .links = work->links,
                            .prints = work->prints,
                            .named = work->named};
    *work = empty;
    trim(&work->url);
    trim(&work->request);
    trim(&work->message);
    trim(&work->links);
    trim(&work->prints);
    trim(&work->named);
    pool->spare = work;
}
