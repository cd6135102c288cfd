/* SPDX-License-Identifier: Apache-2.0
 *
 * Steps of training that do not depend on each other, a thread each. What a job gives depends
 * on its number alone, so that any number of threads gives the same bytes.
 */
#include "detector/learn/train_int.h"

#include <pthread.h>

enum { JOBS_THREADS = 16 };

struct jobs {
    em_train_job *run;
    void *context;
    uint32_t n, next;
    enum em_status status; /* the first failure */
    pthread_mutex_t lock;
};

static void *jobs_work(void *argument)
{
    struct jobs *jobs = argument;
    for (;;) {
        pthread_mutex_lock(&jobs->lock);
        uint32_t job = jobs->status < 0 ? jobs->n : jobs->next++;
        pthread_mutex_unlock(&jobs->lock);
        if (job >= jobs->n)
            return NULL;
        enum em_status status = jobs->run(jobs->context, job);
        if (status >= 0)
            continue;
        pthread_mutex_lock(&jobs->lock);
        if (jobs->status >= 0)
            jobs->status = status;
        pthread_mutex_unlock(&jobs->lock);
    }
}

enum em_status em_train_jobs(uint32_t threads, uint32_t n, em_train_job *run,
                             void *context)
{
    struct jobs jobs = {
        .run = run, .context = context, .n = n, .lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t others[JOBS_THREADS];
    uint32_t started = 0;
    threads = threads < n ? threads : n;
    /* A thread that cannot be had is done without. */
    while (started + 1 < threads && started < JOBS_THREADS &&
           pthread_create(&others[started], NULL, jobs_work, &jobs) == 0)
        started++;
    jobs_work(&jobs);
    for (uint32_t i = 0; i < started; i++)
        pthread_join(others[i], NULL);
    pthread_mutex_destroy(&jobs.lock);
    return jobs.status;
}
