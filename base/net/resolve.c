/* SPDX-License-Identifier: Apache-2.0
 *
 * The cache, its questions, and the threads that look up.
 *
 *     ask ─> entry (known) ─> answer
 *         └> entry (pending, questions) ─> job ─> queue ─> a thread ─> done ─> poll ─> answers
 *
 * The cache belongs to the caller's thread; jobs are all that threads see, behind one
 * mutex, in memory that the last of them frees: getaddrinfo(3) cannot be interrupted and
 * nobody waits for it. A timeout counts from when a thread has taken the job (seen at the
 * next poll), so that a backlog behind dead name servers does not condemn names that
 * nobody has asked about yet.
 */
#include "base/net/resolve.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"

#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>

enum { MAX_NAME = 255, STACK = 512 * 1024, MAX_THREADS = 512 };

struct job {
    struct job *next;
    struct em_resolve_answer answer;
    int64_t seen_ms; /* a thread was seen to have it; INT64_MIN: not yet */
    bool given_up;   /* its questions were answered: timeout */
    char host[MAX_NAME + 1];
};

/* What the threads share with the resolver. */
struct pool {
    pthread_mutex_t mutex;
    pthread_cond_t work;
    struct job *first, *last; /* waiting */
    struct job *done;
    struct job *running[MAX_THREADS];
    unsigned n_running, n_threads, idle, refs;
    size_t queued;
    bool quit;
    em_resolve_fn lookup;
    void *lookup_context;
    void (*wake)(void *);
    void *wake_context;
    bool ipv4_only, ipv6_only;
};

struct question {
    struct question *next;
    void *tag;
};

struct entry {
    struct entry *next; /* in its bucket */
    struct entry *newer, *older;
    uint64_t hash;
    struct em_resolve_answer answer;
    int64_t expires_ms;
    struct question *questions, **questions_end;
    bool known;   /* `answer` is one, perhaps expired */
    bool running; /* a job is out */
    size_t len;
    char host[MAX_NAME + 1];
};

struct override {
    struct override *next;
    uint64_t hash;
    struct em_resolve_answer answer;
    size_t len;
    char host[];
};

struct em_resolver {
    struct em_resolver_options options;
    struct pool *pool;
    struct entry **buckets;
    size_t n_buckets;
    struct entry *newest, *oldest;
    struct override **overrides;
    size_t n_override_buckets, n_overrides;
    int64_t next_ms;
    struct em_resolver_stats stats;
};

void em_resolver_options_init(struct em_resolver_options *options)
{
    *options = (struct em_resolver_options){
        .threads = 32,
        .ttl_ms = 600000,
        .min_ttl_ms = 60000,
        .max_ttl_ms = 86400000,
        .negative_ttl_ms = 300000,
        .failure_ttl_ms = 30000,
        .timeout_ms = 20000,
        .max_entries = 100000,
        .max_waiting = 100000,
    };
}

/* --- threads ---------------------------------------------------------------------------- */

static enum em_resolve_result result_of(int code)
{
    switch (code) {
    case 0:
        return EM_RESOLVE_FOUND;
    case EAI_NONAME:
#ifdef EAI_NODATA
    case EAI_NODATA:
#endif
#ifdef EAI_ADDRFAMILY
    case EAI_ADDRFAMILY:
#endif
        return EM_RESOLVE_NONE;
    default:
        return EM_RESOLVE_FAILED;
    }
}

static void resolve_by_system(const char *host, int family,
                              struct em_resolve_answer *answer)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *list = NULL;
    hints.ai_family = family;
    int code = getaddrinfo(host, NULL, &hints, &list);
    answer->result = result_of(code);
    answer->detail = code ? gai_strerror(code) : "";
    for (const struct addrinfo *a = list; a && answer->n < EM_MAX_ADDRESSES;
         a = a->ai_next) {
        em_address_from_sockaddr(a->ai_addr, a->ai_addrlen,
                                 &answer->addresses[answer->n]);
        answer->n += answer->addresses[answer->n].family != 0;
    }
    if (list)
        freeaddrinfo(list);
}

void em_resolve_system(const char *host, struct em_resolve_answer *answer)
{
    *answer = (struct em_resolve_answer){.ttl_ms = -1, .detail = ""};
    resolve_by_system(host, AF_UNSPEC, answer);
}

static void look_up(const struct pool *pool, struct job *job)
{
    job->answer = (struct em_resolve_answer){.ttl_ms = -1, .detail = ""};
    if (pool->lookup)
        pool->lookup(pool->lookup_context, job->host, &job->answer);
    else
        resolve_by_system(job->host,
                          pool->ipv4_only   ? AF_INET
                          : pool->ipv6_only ? AF_INET6
                                            : AF_UNSPEC,
                          &job->answer);
    if (job->answer.n > EM_MAX_ADDRESSES)
        job->answer.n = EM_MAX_ADDRESSES;
    if (job->answer.result == EM_RESOLVE_FOUND && job->answer.n == 0)
        job->answer.result = EM_RESOLVE_NONE;
    if (!job->answer.detail)
        job->answer.detail = "";
}

static void free_jobs(struct job *job)
{
    while (job) {
        struct job *next = job->next;
        em_free(job);
        job = next;
    }
}

/* With the mutex held, which is gone afterwards; frees the pool with its last user. */
static void pool_leave(struct pool *pool)
{
    bool last = --pool->refs == 0;
    pthread_mutex_unlock(&pool->mutex);
    if (!last)
        return;
    free_jobs(pool->first);
    free_jobs(pool->done);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->mutex);
    em_free(pool);
}

static void stop_running(struct pool *pool, const struct job *job)
{
    for (unsigned i = 0; i < pool->n_running; i++)
        if (pool->running[i] == job)
            pool->running[i] = pool->running[--pool->n_running];
}

static void *worker(void *argument)
{
    struct pool *pool = argument;
    pthread_mutex_lock(&pool->mutex);
    while (!pool->quit) {
        struct job *job = pool->first;
        if (!job) {
            pool->idle++;
            pthread_cond_wait(&pool->work, &pool->mutex);
            pool->idle--;
            continue;
        }
        pool->first = job->next;
        pool->queued--;
        pool->running[pool->n_running++] = job;
        pthread_mutex_unlock(&pool->mutex);
        look_up(pool, job);
        pthread_mutex_lock(&pool->mutex);
        stop_running(pool, job);
        job->next = pool->done;
        pool->done = job;
        if (!job->next && pool->wake && !pool->quit)
            pool->wake(pool->wake_context);
    }
    pool_leave(pool);
    return NULL;
}

/* With the mutex held. False: there is no thread at all. */
static bool pool_grow(struct pool *pool, unsigned max)
{
    pthread_attr_t attributes;
    pthread_t thread;
    /* A thread that was woken counts as idle until it runs. */
    if (pool->idle > pool->queued || pool->n_threads >= max)
        return pool->n_threads > 0;
    if (pthread_attr_init(&attributes) != 0)
        return pool->n_threads > 0;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK);
    if (pthread_create(&thread, &attributes, worker, pool) == 0) {
        pool->n_threads++;
        pool->refs++;
    }
    pthread_attr_destroy(&attributes);
    return pool->n_threads > 0;
}

/* --- the cache ---------------------------------------------------------------------------- */

static struct entry *resolve_find(const struct em_resolver *r, struct em_view host,
                                  uint64_t hash)
{
    struct entry *e = r->buckets[hash & (r->n_buckets - 1)];
    while (e && (e->hash != hash || !em_view_eq(em_view_make(e->host, e->len), host)))
        e = e->next;
    return e;
}

static void unlink_age(struct em_resolver *r, struct entry *e)
{
    *(e->newer ? &e->newer->older : &r->newest) = e->older;
    *(e->older ? &e->older->newer : &r->oldest) = e->newer;
}

static void link_newest(struct em_resolver *r, struct entry *e)
{
    e->newer = NULL;
    e->older = r->newest;
    *(r->newest ? &r->newest->newer : &r->oldest) = e;
    r->newest = e;
}

static void free_entry(struct entry *e)
{
    while (e->questions) {
        struct question *next = e->questions->next;
        em_free(e->questions);
        e->questions = next;
    }
    em_free(e);
}

static void resolve_forget(struct em_resolver *r, struct entry *e)
{
    struct entry **at = &r->buckets[e->hash & (r->n_buckets - 1)];
    while (*at != e)
        at = &(*at)->next;
    *at = e->next;
    unlink_age(r, e);
    r->stats.entries--;
    free_entry(e);
}

/* Makes room: the least recently asked that nobody waits for. Those that are waited for
 * are skipped by moving them to the other end, so that the search is short. */
static void resolve_make_room(struct em_resolver *r)
{
    for (int tries = 0; tries < 8 && r->stats.entries >= r->options.max_entries;
         tries++) {
        struct entry *e = r->oldest;
        if (!e->running && !e->questions) {
            resolve_forget(r, e);
            continue;
        }
        unlink_age(r, e);
        link_newest(r, e);
    }
}

static void grow_buckets(struct em_resolver *r)
{
    if (r->stats.entries < r->n_buckets)
        return;
    size_t n = 2 * r->n_buckets;
    struct entry **buckets = em_calloc(n, sizeof(*buckets));
    if (!buckets)
        return; /* longer chains are slower, nothing else */
    for (size_t i = 0; i < r->n_buckets; i++)
        for (struct entry *e = r->buckets[i], *next; e; e = next) {
            next = e->next;
            e->next = buckets[e->hash & (n - 1)];
            buckets[e->hash & (n - 1)] = e;
        }
    em_free(r->buckets);
    r->buckets = buckets;
    r->n_buckets = n;
}

static struct entry *resolve_add_entry(struct em_resolver *r, struct em_view host,
                                       uint64_t hash)
{
    resolve_make_room(r);
    grow_buckets(r);
    struct entry *e = em_calloc(1, sizeof(*e));
    if (!e)
        return NULL;
    memcpy(e->host, host.data, host.len);
    e->len = host.len;
    e->hash = hash;
    e->questions_end = &e->questions;
    e->next = r->buckets[hash & (r->n_buckets - 1)];
    r->buckets[hash & (r->n_buckets - 1)] = e;
    link_newest(r, e);
    r->stats.entries++;
    return e;
}

static int64_t resolve_clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

static int64_t keep_ms(const struct em_resolver *r, const struct em_resolve_answer *a)
{
    const struct em_resolver_options *o = &r->options;
    switch (a->result) {
    case EM_RESOLVE_FOUND:
        return a->ttl_ms < 0 ? o->ttl_ms
                             : resolve_clamp(a->ttl_ms, o->min_ttl_ms, o->max_ttl_ms);
    case EM_RESOLVE_NONE:
        return o->negative_ttl_ms;
    default:
        return o->failure_ttl_ms;
    }
}

/* --- overrides ---------------------------------------------------------------------------- */

static struct override *override_find(const struct em_resolver *r, struct em_view key)
{
    if (!r->n_override_buckets)
        return NULL;
    uint64_t hash = em_hash64(key.data, key.len, 0);
    struct override *o = r->overrides[hash & (r->n_override_buckets - 1)];
    while (o && (o->hash != hash || !em_view_eq(em_view_make(o->host, o->len), key)))
        o = o->next;
    return o;
}

/* The exact name, else "*.parent" from the longest to the shortest, else "*". */
static const struct override *override_for(const struct em_resolver *r,
                                           struct em_view host)
{
    if (r->n_overrides == 0)
        return NULL;
    const struct override *o = override_find(r, host);
    for (size_t dot = 0; !o && dot < host.len; dot++) {
        char key[MAX_NAME + 3];
        if (host.data[dot] != '.')
            continue;
        int n =
            snprintf(key, sizeof(key), "*%.*s", (int)(host.len - dot), host.data + dot);
        o = override_find(r, em_view_make(key, (size_t)n));
    }
    return o ? o : override_find(r, EM_VIEW("*"));
}

static bool grow_overrides(struct em_resolver *r)
{
    if (r->n_overrides < r->n_override_buckets)
        return true;
    size_t n = r->n_override_buckets ? 2 * r->n_override_buckets : 64;
    struct override **buckets = em_calloc(n, sizeof(*buckets));
    if (!buckets)
        return false;
    for (size_t i = 0; i < r->n_override_buckets; i++)
        for (struct override *o = r->overrides[i], *next; o; o = next) {
            next = o->next;
            o->next = buckets[o->hash & (n - 1)];
            buckets[o->hash & (n - 1)] = o;
        }
    em_free(r->overrides);
    r->overrides = buckets;
    r->n_override_buckets = n;
    return true;
}

enum em_status em_resolver_override(struct em_resolver *r, struct em_view host,
                                    const struct em_address *address)
{
    char key[MAX_NAME];
    if (host.len == 0 || host.len > sizeof(key) || r->n_overrides >= EM_MAX_OVERRIDES)
        return EM_ERR_LIMIT;
    for (size_t i = 0; i < host.len; i++) {
        char c = host.data[i];
        key[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    struct em_view name = em_view_make(key, host.len);
    struct override *o = override_find(r, name);
    if (!o) {
        if (!grow_overrides(r) || !(o = em_calloc(1, sizeof(*o) + name.len)))
            return EM_ERR_NOMEM;
        memcpy(o->host, key, name.len);
        o->len = name.len;
        o->hash = em_hash64(key, name.len, 0);
        o->answer.detail = "";
        o->next = r->overrides[o->hash & (r->n_override_buckets - 1)];
        r->overrides[o->hash & (r->n_override_buckets - 1)] = o;
        r->n_overrides++;
    }
    if (o->answer.n >= EM_MAX_ADDRESSES)
        return EM_ERR_LIMIT;
    o->answer.addresses[o->answer.n++] = *address;
    return EM_OK;
}

enum em_status em_resolver_override_text(struct em_resolver *r, struct em_view text,
                                         struct em_err *err)
{
    size_t line = 0;
    for (size_t at = 0; at < text.len;) {
        size_t end = em_view_find(text, at, EM_VIEW("\n"));
        struct em_view rest = em_view_sub(text, at, end - at);
        at = end + 1;
        line++;
        rest.len = em_view_find(rest, 0, EM_VIEW("#"));
        rest = em_view_trim(rest);
        if (rest.len == 0)
            continue;
        size_t blank = 0;
        while (blank < rest.len && rest.data[blank] != ' ' && rest.data[blank] != '\t')
            blank++;
        struct em_address address;
        if (!em_address_parse(em_view_trim(em_view_sub(rest, blank, rest.len)), &address))
            return em_fail(err, EM_ERR_FORMAT, "resolve",
                           "line %zu is not \"host address[:port]\"", line);
        enum em_status status =
            em_resolver_override(r, em_view_sub(rest, 0, blank), &address);
        if (status < 0)
            return em_fail(err, status, "resolve", "line %zu: %s", line,
                           em_status_text(status));
    }
    return EM_OK;
}

/* --- asking ------------------------------------------------------------------------------ */

static enum em_status queue_job(struct em_resolver *r, struct entry *e)
{
    struct job *job = em_calloc(1, sizeof(*job));
    if (!job)
        return EM_ERR_NOMEM;
    memcpy(job->host, e->host, e->len + 1);
    job->seen_ms = INT64_MIN;
    struct pool *pool = r->pool;
    pthread_mutex_lock(&pool->mutex);
    bool thread = pool_grow(pool, r->options.threads);
    if (thread) {
        if (pool->first)
            pool->last->next = job;
        else
            pool->first = job;
        pool->last = job;
        pool->queued++;
        pthread_cond_signal(&pool->work);
    }
    pthread_mutex_unlock(&pool->mutex);
    if (!thread) {
        em_free(job);
        return EM_ERR_NOMEM;
    }
    e->running = true;
    r->stats.lookups++;
    return EM_OK;
}

static enum em_status wait_for(struct em_resolver *r, struct entry *e, void *tag,
                               int64_t now_ms)
{
    struct question *q = em_calloc(1, sizeof(*q));
    if (!q)
        return EM_ERR_NOMEM;
    if (!e->running && queue_job(r, e) < 0) {
        em_free(q);
        return EM_ERR_NOMEM;
    }
    q->tag = tag;
    *e->questions_end = q;
    e->questions_end = &q->next;
    r->stats.waiting++;
    if (r->next_ms == INT64_MAX)
        r->next_ms = now_ms + r->options.timeout_ms;
    return EM_AGAIN;
}

enum em_status em_resolver_ask(struct em_resolver *r, struct em_view host, int64_t now_ms,
                               void *tag, struct em_resolve_answer *answer)
{
    *answer = (struct em_resolve_answer){.ttl_ms = -1, .detail = ""};
    if (host.len == 0 || host.len > MAX_NAME || memchr(host.data, 0, host.len))
        return EM_ERR_LIMIT;
    r->stats.asked++;
    if (em_address_parse(host, &answer->addresses[0])) {
        answer->n = 1;
        return EM_OK;
    }
    const struct override *given = override_for(r, host);
    if (given) {
        *answer = given->answer;
        r->stats.overrides++;
        return EM_OK;
    }
    uint64_t hash = em_hash64(host.data, host.len, 0);
    struct entry *e = resolve_find(r, host, hash);
    if (e && e->known && now_ms < e->expires_ms) {
        unlink_age(r, e);
        link_newest(r, e);
        *answer = e->answer;
        r->stats.hits++;
        r->stats.negative_hits += e->answer.result != EM_RESOLVE_FOUND;
        return EM_OK;
    }
    if (r->stats.waiting >= r->options.max_waiting) {
        answer->result = EM_RESOLVE_FAILED;
        answer->detail = "too many names wait for an answer";
        return EM_OK;
    }
    if (!e && !(e = resolve_add_entry(r, host, hash)))
        return EM_ERR_NOMEM;
    return wait_for(r, e, tag, now_ms);
}

/* --- answering ---------------------------------------------------------------------------- */

static size_t answer_questions(struct em_resolver *r, struct entry *e,
                               em_resolved_fn resolved, void *context)
{
    /* Copies: the callback may ask again, and the entry may go. */
    struct em_resolve_answer answer = e->answer;
    char host[MAX_NAME + 1];
    size_t n = 0, len = e->len;
    struct question *q = e->questions;
    memcpy(host, e->host, len + 1);
    e->questions = NULL;
    e->questions_end = &e->questions;
    while (q) {
        struct question *next = q->next;
        void *tag = q->tag;
        em_free(q);
        r->stats.waiting--;
        n++;
        resolved(context, tag, em_view_make(host, len), &answer);
        q = next;
    }
    return n;
}

static struct entry *entry_of(struct em_resolver *r, const struct job *job)
{
    struct em_view host = em_view_of(job->host);
    return resolve_find(r, host, em_hash64(host.data, host.len, 0));
}

static void count_result(struct em_resolver *r, enum em_resolve_result result)
{
    r->stats.found += result == EM_RESOLVE_FOUND;
    r->stats.none += result == EM_RESOLVE_NONE;
    r->stats.failed += result == EM_RESOLVE_FAILED;
    r->stats.timeouts += result == EM_RESOLVE_TIMEOUT;
}

/* Hosts whose look-up a thread has had for too long, into hosts[]; sets next_ms. */
static unsigned resolve_overdue(struct em_resolver *r, int64_t now_ms,
                                char hosts[][MAX_NAME + 1], unsigned max)
{
    struct pool *pool = r->pool;
    unsigned n = 0;
    r->next_ms = r->stats.waiting ? now_ms + r->options.timeout_ms : INT64_MAX;
    for (unsigned i = 0; i < pool->n_running; i++) {
        struct job *job = pool->running[i];
        if (job->seen_ms == INT64_MIN)
            job->seen_ms = now_ms;
        if (job->given_up)
            continue;
        int64_t until = job->seen_ms + r->options.timeout_ms;
        if (until > now_ms || n == max) {
            r->next_ms = until < r->next_ms ? until : r->next_ms;
            continue;
        }
        job->given_up = true;
        memcpy(hosts[n++], job->host, sizeof(job->host));
    }
    return n;
}

size_t em_resolver_poll(struct em_resolver *r, int64_t now_ms, em_resolved_fn resolved,
                        void *context)
{
    char late[16][MAX_NAME + 1];
    struct job *ordered = NULL;
    size_t answered = 0;
    pthread_mutex_lock(&r->pool->mutex);
    struct job *done = r->pool->done;
    r->pool->done = NULL;
    unsigned n_late = resolve_overdue(r, now_ms, late, 16);
    pthread_mutex_unlock(&r->pool->mutex);
    while (done) { /* the newest came first */
        struct job *next = done->next;
        done->next = ordered;
        ordered = done;
        done = next;
    }
    while (ordered) {
        struct job *job = ordered;
        struct entry *e = entry_of(r, job);
        ordered = job->next;
        if (e) { /* always: an entry with a job out is not forgotten */
            e->running = false;
            e->known = true;
            e->answer = job->answer;
            e->expires_ms = now_ms + keep_ms(r, &e->answer);
            count_result(r, e->answer.result);
            answered += answer_questions(r, e, resolved, context);
        }
        em_free(job);
    }
    for (unsigned i = 0; i < n_late; i++) {
        struct em_view host = em_view_of(late[i]);
        struct entry *e = resolve_find(r, host, em_hash64(host.data, host.len, 0));
        if (!e || !e->running)
            continue;
        e->known = true;
        e->answer = (struct em_resolve_answer){
            .result = EM_RESOLVE_TIMEOUT, .ttl_ms = -1, .detail = "no answer in time"};
        e->expires_ms = now_ms + r->options.failure_ttl_ms;
        count_result(r, EM_RESOLVE_TIMEOUT);
        answered += answer_questions(r, e, resolved, context);
    }
    return answered;
}

int64_t em_resolver_next_ms(const struct em_resolver *resolver)
{
    return resolver->stats.waiting ? resolver->next_ms : INT64_MAX;
}

void em_resolver_stats(const struct em_resolver *resolver,
                       struct em_resolver_stats *stats)
{
    *stats = resolver->stats;
}

/* --- life -------------------------------------------------------------------------------- */

static struct pool *pool_new(const struct em_resolver_options *o)
{
    struct pool *pool = em_calloc(1, sizeof(*pool));
    if (!pool)
        return NULL;
    pool->refs = 1;
    pool->lookup = o->lookup;
    pool->lookup_context = o->lookup_context;
    pool->wake = o->wake;
    pool->wake_context = o->wake_context;
    pool->ipv4_only = o->ipv4_only;
    pool->ipv6_only = o->ipv6_only;
    if (pthread_mutex_init(&pool->mutex, NULL) != 0) {
        em_free(pool);
        return NULL;
    }
    if (pthread_cond_init(&pool->work, NULL) != 0) {
        pthread_mutex_destroy(&pool->mutex);
        em_free(pool);
        return NULL;
    }
    return pool;
}

enum em_status em_resolver_new(struct em_resolver **out,
                               const struct em_resolver_options *options,
                               struct em_err *err)
{
    *out = NULL;
    if (options->threads == 0 || options->threads > MAX_THREADS ||
        options->max_entries == 0)
        return em_fail(err, EM_ERR_USAGE, "resolve", "1 to %d threads, 1 entry at least",
                       MAX_THREADS);
    struct em_resolver *r = em_calloc(1, sizeof(*r));
    if (r) {
        r->options = *options;
        r->next_ms = INT64_MAX;
        r->n_buckets = 256;
        r->buckets = em_calloc(r->n_buckets, sizeof(struct entry *));
        r->pool = pool_new(options);
    }
    if (!r || !r->buckets || !r->pool) {
        em_resolver_free(r);
        return em_fail(err, EM_ERR_NOMEM, "resolve", "out of memory");
    }
    *out = r;
    return EM_OK;
}

void em_resolver_free(struct em_resolver *r)
{
    if (!r)
        return;
    if (r->pool) {
        pthread_mutex_lock(&r->pool->mutex);
        r->pool->quit = true;
        pthread_cond_broadcast(&r->pool->work);
        pool_leave(r->pool);
    }
    for (struct entry *e = r->newest, *older; e; e = older) {
        older = e->older;
        free_entry(e);
    }
    for (size_t i = 0; i < r->n_override_buckets; i++)
        for (struct override *o = r->overrides[i], *next; o; o = next) {
            next = o->next;
            em_free(o);
        }
    em_free(r->buckets);
    em_free(r->overrides);
    em_free(r);
}
