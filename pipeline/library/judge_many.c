/* SPDX-License-Identifier: Apache-2.0
 *
 * echometer_judge_many(): texts in memory, judged by several threads, each with a detector
 * of its own. Which thread judges a text does not change its verdict.
 */
#include "pipeline/library/library_int.h"

#include "base/alloc.h"

#include <pthread.h>

enum { MAX_THREADS = 1024 };

struct judging {
    const char *const *texts;
    const size_t *lengths;
    const char *lang;
    struct echometer_score *scores;
    size_t n;
    atomic_size_t next;
    atomic_int status;
};

struct judge {
    struct judging *job;
    struct echometer *em;
    pthread_t thread;
    bool started;
};

static int score_text(struct echometer *em, struct judging *job, size_t i)
{
    struct em_doc doc = {.text = em_view_make(job->texts[i], job->lengths[i]),
                         .lang = em_view_of(job->lang)};
    struct em_verdict v;
    struct em_err err;
    EM_TRY(em_detect(em->detector, &doc, &v, &err));
    if (em->matches)
        EM_TRY(em_match_text(em->matches, doc.text, em_view_of(""), &v, &err));
    job->scores[i] = (struct echometer_score){.score = v.score,
                                              .log_odds = v.log_odds,
                                              .abstained = em_abstain_name(v.abstain),
                                              .words = v.words,
                                              .kind = (int)v.kind};
    return EM_OK;
}

static void *judge_main(void *argument)
{
    struct judge *judge = argument;
    struct judging *job = judge->job;
    size_t i;
    while (atomic_load(&job->status) == EM_OK &&
           (i = atomic_fetch_add(&job->next, 1)) < job->n) {
        int status = score_text(judge->em, job, i);
        if (status < 0)
            atomic_store(&job->status, status);
    }
    return NULL;
}

/* Starts the threads after the first, which is the caller's own. Fewer than asked for are
 * enough: the others take their share. */
static void judges_start(struct judge *judges, size_t n)
{
    for (size_t i = 1; i < n; i++)
        judges[i].started =
            echometer_clone(&judges[i].em, judges[0].em, NULL, 0) == EM_OK &&
            pthread_create(&judges[i].thread, NULL, judge_main, &judges[i]) == 0;
}

static void judges_join(struct judge *judges, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        if (judges[i].started)
            pthread_join(judges[i].thread, NULL);
        echometer_close(judges[i].em);
    }
}

int echometer_judge_many(struct echometer *em, const char *const *texts,
                         const size_t *lengths, size_t n, const char *lang,
                         struct echometer_score *scores)
{
    size_t threads = em->options.threads ? em->options.threads : 1;
    if (!em->detector)
        return EM_ERR_USAGE;
    threads = threads < n ? threads : n ? n : 1;
    threads = threads < MAX_THREADS ? threads : MAX_THREADS;
    struct judging job = {texts, lengths, lang, scores, n, 0, EM_OK};
    struct judge *judges = em_calloc(threads, sizeof(*judges));
    if (!judges)
        return EM_ERR_NOMEM;
    for (size_t i = 0; i < threads; i++)
        judges[i].job = &job;
    judges[0].em = em;
    judges_start(judges, threads);
    judge_main(&judges[0]);
    judges_join(judges, threads);
    em_free(judges);
    return atomic_load(&job.status);
}
