/* SPDX-License-Identifier: Apache-2.0 */
#include "base/meter.h"

#include "base/clock.h"
#include "base/terminal.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Before this much is done, or this many seconds have passed, an estimate is a guess. */
#define LEFT_MIN_SHARE   0.005
#define LEFT_MIN_SECONDS 2.0
/* Who waits less needs no line. */
#define QUIET_SECONDS 2.0
#define SHOW_NS       500000000L

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Guarded by the lock. */
static struct step {
    enum em_meter_unit unit;
    const char *what;
    uint64_t all;
    double began;
} step;
static atomic_ullong done[EM_METER_UNITS], known[EM_METER_UNITS];

static struct {
    pthread_t thread;
    pthread_cond_t changed;
    const char *command;
    bool running, stopping;
    double began;
} shower = {.changed = PTHREAD_COND_INITIALIZER};

void em_meter_begin(enum em_meter_unit unit, const char *what, uint64_t all)
{
    pthread_mutex_lock(&lock);
    step = (struct step){unit, what, all, em_clock_now()};
    atomic_store(&done[unit], 0);
    atomic_store(&known[unit], 0);
    pthread_mutex_unlock(&lock);
}

void em_meter_add(enum em_meter_unit unit, uint64_t n)
{
    atomic_fetch_add_explicit(&done[unit], n, memory_order_relaxed);
}

void em_meter_skip(enum em_meter_unit unit, uint64_t n)
{
    atomic_fetch_add_explicit(&known[unit], n, memory_order_relaxed);
    em_meter_add(unit, n);
}

void em_meter_left(char *out, size_t cap, double share, double fresh, double seconds)
{
    char left[48];
    out[0] = '\0';
    if (share < 0 || fresh < LEFT_MIN_SHARE || seconds < LEFT_MIN_SECONDS)
        return;
    unsigned long s = (unsigned long)(seconds * (1 - fresh) / fresh + 0.5);
    if (s >= 3600)
        snprintf(left, sizeof(left), "%lu h %02lu min", s / 3600, s / 60 % 60);
    else if (s >= 60)
        snprintf(left, sizeof(left), "%lu min %02lu s", s / 60, s % 60);
    else
        snprintf(left, sizeof(left), "%lu s", s);
    snprintf(out, cap, ", %.1f%%, %s left", 100 * share, left);
}

/* "3.2 GB" */
static void bytes_text(char out[24], double bytes)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    size_t unit = 0;
    while (bytes >= 1000 && unit < 4) {
        bytes /= 1000;
        unit++;
    }
    snprintf(out, 24, unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

bool em_meter_line(char *out, size_t cap, const char *command, double now)
{
    char bytes[24], left[80];
    pthread_mutex_lock(&lock);
    struct step s = step;
    uint64_t n = atomic_load(&done[s.unit]), old = atomic_load(&known[s.unit]);
    pthread_mutex_unlock(&lock);
    if (!s.what && n == 0)
        return false;
    if (s.what && s.all && n >= s.all) { /* what follows does not count */
        snprintf(out, cap, "%s: %s done, going on", command, s.what);
        return true;
    }
    double share = s.all ? (double)n / (double)s.all : -1;
    double fresh = s.all > old && n > old ? (double)(n - old) / (double)(s.all - old) : 0;
    em_meter_left(left, sizeof(left), share, fresh, now - s.began);
    bytes_text(bytes, (double)n);
    snprintf(out, cap, "%s: %s%s%s%s", command, s.what ? s.what : "reading",
             s.unit == EM_METER_BYTES ? ", " : "", s.unit == EM_METER_BYTES ? bytes : "",
             left);
    return true;
}

static void *show_lines(void *context)
{
    char line[200];
    pthread_mutex_lock(&lock);
    while (!shower.stopping) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += SHOW_NS;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&shower.changed, &lock, &until);
        double now = em_clock_now();
        if (shower.stopping || now - shower.began < QUIET_SECONDS)
            continue;
        pthread_mutex_unlock(&lock);
        if (em_meter_line(line, sizeof(line), shower.command, now))
            em_terminal_status(line);
        pthread_mutex_lock(&lock);
    }
    pthread_mutex_unlock(&lock);
    em_terminal_status(NULL);
    return context;
}

void em_meter_start(const char *command)
{
    if (shower.running || isatty(STDERR_FILENO) != 1)
        return;
    shower.command = command;
    shower.began = em_clock_now();
    shower.stopping = false;
    shower.running = pthread_create(&shower.thread, NULL, show_lines, NULL) == 0;
}

void em_meter_stop(void)
{
    if (!shower.running)
        return;
    pthread_mutex_lock(&lock);
    shower.stopping = true;
    pthread_cond_broadcast(&shower.changed);
    pthread_mutex_unlock(&lock);
    pthread_join(shower.thread, NULL);
    shower.running = false;
}
