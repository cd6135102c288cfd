/* SPDX-License-Identifier: Apache-2.0 */
#include "base/net/rate.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_RATE     50.0 /* requests a second */
#define FIRST_RATE       10.0
#define LEAST_RATE       0.05
#define DEFAULT_BACKOFF  1.0
#define MOST_BACKOFF     300.0
#define DEFAULT_PATIENCE 900.0
/* Answers that mean "far too much" are waited out so much longer. */
#define LONG_WAIT 10.0
/* Times further ahead than this are from before the machine was started again. */
#define FAR_AHEAD 86400.0
#define SLICE     0.05

/* All zero: nothing known. */
struct server {
    uint64_t name;
    double next;    /* clock: when the next request may begin */
    double hold;    /* clock: none before this */
    double rate;    /* requests a second */
    double since;   /* clock: the first "slow down" after the last answer; 0: none */
    double slowed;  /* clock: the newest */
    double broken;  /* clock: the circuit is broken until then; 0: it is not */
    uint32_t times; /* "slow down" after the last answer */
    int32_t status; /* HTTP, of the newest */
};

/* In the mapped file as well. */
struct table {
    char magic[16];
    struct server servers[EM_RATE_SERVERS];
};

static const char magic[16] = "echometer-rate1";

struct em_rate {
    struct em_rate_options options;
    struct table *table; /* own, or mapped */
    struct table own;
    int fd; /* -1: own */
    pthread_mutex_t mutex;
    bool begun; /* the jitter of the first request is over */
    uint64_t random;
};

static enum em_status map_file(struct em_rate *r, struct em_err *err)
{
    const char *path = r->options.file;
    struct stat st;
    r->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (r->fd < 0 || flock(r->fd, LOCK_EX) != 0 || fstat(r->fd, &st) != 0)
        return em_fail(err, EM_ERR_IO, "remote", "cannot open rate file '%.120s': %s",
                       path, strerror(errno));
    bool fits = st.st_size == (off_t)sizeof(struct table);
    if (st.st_size != 0 && !fits)
        return em_fail(err, EM_ERR_FORMAT, "remote", "'%.120s' is no rate file", path);
    if (!fits && ftruncate(r->fd, (off_t)sizeof(struct table)) != 0)
        return em_fail(err, EM_ERR_IO, "remote", "cannot write rate file '%.120s': %s",
                       path, strerror(errno));
    void *map =
        mmap(NULL, sizeof(struct table), PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
    if (map == MAP_FAILED)
        return em_fail(err, EM_ERR_IO, "remote", "cannot map rate file '%.120s': %s",
                       path, strerror(errno));
    r->table = map;
    if (!fits)
        memcpy(r->table->magic, magic, sizeof(magic));
    bool ours = memcmp(r->table->magic, magic, sizeof(magic)) == 0;
    flock(r->fd, LOCK_UN);
    return ours ? EM_OK
                : em_fail(err, EM_ERR_FORMAT, "remote", "'%.120s' is no rate file", path);
}

enum em_status em_rate_open(struct em_rate **out, const struct em_rate_options *options,
                            struct em_err *err)
{
    struct em_rate *r = em_calloc(1, sizeof(*r));
    *out = NULL;
    if (!r)
        return EM_ERR_NOMEM;
    r->options = *options;
    if (!(r->options.rate > 0))
        r->options.rate = DEFAULT_RATE;
    if (!(r->options.backoff > 0))
        r->options.backoff = DEFAULT_BACKOFF;
    if (!(r->options.patience > 0))
        r->options.patience = DEFAULT_PATIENCE;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    r->random =
        em_mix64((uint64_t)now.tv_nsec ^ (uint64_t)getpid() << 32 ^ (uint64_t)now.tv_sec);
    r->fd = -1;
    r->table = &r->own;
    pthread_mutex_init(&r->mutex, NULL);
    enum em_status status = options->file ? map_file(r, err) : EM_OK;
    if (status < 0) {
        em_rate_close(r);
        return status;
    }
    *out = r;
    return EM_OK;
}

void em_rate_close(struct em_rate *r)
{
    if (!r)
        return;
    if (r->table != &r->own)
        munmap(r->table, sizeof(*r->table));
    if (r->fd >= 0)
        close(r->fd);
    pthread_mutex_destroy(&r->mutex);
    em_free(r);
}

/* flock keeps other processes out, the mutex this one's threads. */
static void lock(struct em_rate *r)
{
    pthread_mutex_lock(&r->mutex);
    while (r->fd >= 0 && flock(r->fd, LOCK_EX) != 0 && errno == EINTR)
        ;
}

static void unlock(struct em_rate *r)
{
    if (r->fd >= 0)
        flock(r->fd, LOCK_UN);
    pthread_mutex_unlock(&r->mutex);
}

/* Under the lock: [0, 1). */
static double rate_draw(struct em_rate *r)
{
    r->random += 0x9E3779B97F4A7C15u;
    return (double)(em_mix64(r->random) >> 11) / 9007199254740992.0;
}

/* Under the lock. Times from another boot, or from a damaged file, are forgotten. */
static struct server *rate_find(struct em_rate *r, uint64_t name, double now)
{
    struct server *s = NULL, *all = r->table->servers;
    name |= 1;
    for (int i = 0; i < EM_RATE_SERVERS && !s; i++)
        if (all[i].name == name || all[i].name == 0)
            s = &all[i];
    if (!s)
        s = &all[name % EM_RATE_SERVERS];
    bool sane = s->next < now + FAR_AHEAD && s->hold < now + FAR_AHEAD &&
                s->broken < now + FAR_AHEAD && s->since <= now && s->slowed <= now &&
                s->rate > 0;
    if (s->name == 0 || !sane)
        *s = (struct server){.name = name, .rate = FIRST_RATE};
    if (s->rate > r->options.rate)
        s->rate = r->options.rate;
    return s;
}

static bool rate_stopped(const struct em_rate *r, const atomic_int *cancel)
{
    return (cancel && atomic_load(cancel)) ||
           (r->options.stop && atomic_load(r->options.stop));
}

enum em_status em_rate_sleep(struct em_rate *r, double seconds, const atomic_int *cancel)
{
    for (double end = em_clock_now() + seconds, left = seconds; left > 0;
         left = end - em_clock_now()) {
        double nap = left < SLICE ? left : SLICE;
        struct timespec t = {0, (long)(nap * 1e9)};
        if (rate_stopped(r, cancel))
            return EM_ERR_INTERRUPTED;
        nanosleep(&t, NULL);
    }
    return rate_stopped(r, cancel) ? EM_ERR_INTERRUPTED : EM_OK;
}

double em_rate_patience(const struct em_rate *r)
{
    return r->options.patience;
}

/* Doubling, between half and all of it; the lock is held. */
static double backoff(struct em_rate *r, unsigned times)
{
    double wait = r->options.backoff;
    for (unsigned i = 1; i < times && wait < MOST_BACKOFF; i++)
        wait *= 2;
    wait = wait < MOST_BACKOFF ? wait : MOST_BACKOFF;
    return wait * (0.5 + 0.5 * rate_draw(r));
}

double em_rate_backoff(struct em_rate *r, unsigned times)
{
    lock(r);
    double wait = backoff(r, times);
    unlock(r);
    return wait;
}

static enum em_status refuse(const struct server *s, double now, struct em_err *err)
{
    return em_fail(
        err, EM_ERR_IO, "remote",
        "the server asks to slow down (HTTP %d, %u times in %.0f s): no more "
        "requests for %.0f s; go on later, with fewer workers or a lower --rate",
        (int)s->status, (unsigned)s->times, now - s->since, s->broken - now);
}

enum em_status em_rate_turn(struct em_rate *r, uint64_t server, const atomic_int *cancel,
                            double *began, struct em_err *err)
{
    double first = 0;
    lock(r);
    if (!r->begun && r->options.jitter > 0)
        first = r->options.jitter * rate_draw(r);
    r->begun = true;
    unlock(r);
    EM_TRY(em_rate_sleep(r, first, cancel));
    for (bool turn = false;;) {
        lock(r);
        double now = em_clock_now(), wait;
        struct server *s = rate_find(r, server, now);
        if (s->broken > now) {
            enum em_status status = refuse(s, now, err);
            unlock(r);
            return status;
        }
        /* One place in the queue, kept while others say "slow down" meanwhile. */
        if (!turn) {
            double at = s->next > now ? s->next : now;
            at = at > s->hold ? at : s->hold;
            s->next = at + 1 / s->rate;
            wait = at - now;
        } else {
            wait = s->hold > now ? s->hold - now + rate_draw(r) / s->rate : 0;
        }
        turn = true;
        unlock(r);
        if (wait <= 0) {
            *began = now;
            return EM_OK;
        }
        EM_TRY(em_rate_sleep(r, wait, cancel));
    }
}

void em_rate_fine(struct em_rate *r, uint64_t server)
{
    lock(r);
    struct server *s = rate_find(r, server, em_clock_now());
    s->times = 0;
    s->since = s->broken = 0;
    s->rate += 0.02 * s->rate + 0.1;
    if (s->rate > r->options.rate)
        s->rate = r->options.rate;
    unlock(r);
}

void em_rate_slow(struct em_rate *r, uint64_t server, double began, int http_status,
                  double after, bool long_wait)
{
    lock(r);
    double now = em_clock_now();
    struct server *s = rate_find(r, server, now);
    /* Requests that were under way together are told once. */
    if (began >= s->slowed) {
        s->times++;
        s->rate = s->rate / 2 > LEAST_RATE ? s->rate / 2 : LEAST_RATE;
        if (s->since == 0)
            s->since = began;
        double wait = backoff(r, s->times) * (long_wait && after < 0 ? LONG_WAIT : 1);
        wait = wait > after ? wait : after;
        s->slowed = now;
        s->status = http_status;
        if (s->hold < now + wait)
            s->hold = now + wait;
        if (s->hold - s->since > r->options.patience)
            s->broken = s->hold;
    }
    unlock(r);
}
