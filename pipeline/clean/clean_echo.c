/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/clean/clean_echo.h"

#include "base/alloc.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 1 << 12 };
#define UNKNOWN_DAY ((UINT64_C(1) << (64 - EM_CLEAN_ECHO_NUMBER_BITS)) - 1)

/* A hash is never 0 in the table: 0 is taken as 1, one run in 2^64 more. */
struct slot {
    uint64_t hash, order;
};

struct em_clean_echo {
    struct slot *slots;
    size_t n_slots, used; /* a power of two; at most three quarters used */
    size_t max_slots;
    uint64_t most; /* hashes above it are dropped */
    unsigned halvings;
};

uint64_t em_clean_echo_order(int64_t day, uint64_t number)
{
    uint64_t when = day < 0 || (uint64_t)day > UNKNOWN_DAY ? UNKNOWN_DAY : (uint64_t)day;
    return when << EM_CLEAN_ECHO_NUMBER_BITS | em_clean_echo_number(number);
}

uint64_t em_clean_echo_number(uint64_t order)
{
    return order & ((UINT64_C(1) << EM_CLEAN_ECHO_NUMBER_BITS) - 1);
}

enum em_status em_clean_echo_new(struct em_clean_echo **out, size_t memory)
{
    struct em_clean_echo *e = em_calloc(1, sizeof(*e));
    *out = e;
    if (!e)
        return EM_ERR_NOMEM;
    e->max_slots = FIRST_SLOTS;
    while (2 * e->max_slots * 2 * sizeof(struct slot) <= memory)
        e->max_slots *= 2;
    e->most = UINT64_MAX;
    e->n_slots = FIRST_SLOTS;
    e->slots = em_calloc(e->n_slots, sizeof(e->slots[0]));
    if (e->slots)
        return EM_OK;
    em_free(e);
    *out = NULL;
    return EM_ERR_NOMEM;
}

void em_clean_echo_free(struct em_clean_echo *echo)
{
    if (!echo)
        return;
    em_free(echo->slots);
    em_free(echo);
}

/* Sampled hashes are all small (below 2^64 / fraction): their low bits choose the slot. */
static struct slot *clean_echo_slot_of(struct slot *slots, size_t n_slots, uint64_t hash)
{
    size_t at = (size_t)(hash * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (n_slots - 1);
    while (slots[at].hash && slots[at].hash != hash)
        at = (at + 1) & (n_slots - 1);
    return &slots[at];
}

/* Into a table of `n_slots`, what is not above e->most. */
static enum em_status rebuild(struct em_clean_echo *e, size_t n_slots)
{
    struct slot *slots = em_calloc(n_slots, sizeof(slots[0]));
    if (!slots)
        return EM_ERR_NOMEM;
    e->used = 0;
    for (size_t i = 0; i < e->n_slots; i++) {
        if (!e->slots[i].hash || e->slots[i].hash > e->most)
            continue;
        *clean_echo_slot_of(slots, n_slots, e->slots[i].hash) = e->slots[i];
        e->used++;
    }
    em_free(e->slots);
    e->slots = slots;
    e->n_slots = n_slots;
    return EM_OK;
}

static enum em_status clean_echo_make_room(struct em_clean_echo *e)
{
    if (e->used < e->n_slots / 4 * 3)
        return EM_OK;
    if (e->n_slots < e->max_slots)
        return rebuild(e, 2 * e->n_slots);
    /* All hashes are below 2^64 / fraction at first: the first halvings that drop nothing
     * are skipped. */
    while (e->used >= e->n_slots / 4 * 3) {
        e->most = e->halvings++ ? e->most / 2 : UINT64_MAX / EM_CLEAN_ECHO_FRACTION / 2;
        EM_TRY(rebuild(e, e->n_slots));
    }
    return EM_OK;
}

enum em_status em_clean_echo_add(struct em_clean_echo *e, const uint64_t *hashes,
                                 size_t n, uint64_t order)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t hash = hashes[i] ? hashes[i] : 1;
        if (hash > e->most)
            continue;
        struct slot *s = clean_echo_slot_of(e->slots, e->n_slots, hash);
        if (!s->hash) {
            *s = (struct slot){hash, order};
            e->used++;
            EM_TRY(clean_echo_make_room(e));
        } else if (order < s->order) {
            s->order = order;
        }
    }
    return EM_OK;
}

static int clean_echo_rising(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Different ones that the table may hold, in front. */
static size_t thin(const struct em_clean_echo *e, uint64_t *hashes, size_t n)
{
    size_t kept = 0;
    if (n > 1)
        qsort(hashes, n, sizeof(hashes[0]), clean_echo_rising);
    for (size_t i = 0; i < n; i++) {
        uint64_t hash = hashes[i] ? hashes[i] : 1;
        if (hash <= e->most && (kept == 0 || hashes[kept - 1] != hash))
            hashes[kept++] = hash;
    }
    return kept;
}

bool em_clean_echo_find(const struct em_clean_echo *e, uint64_t *hashes, size_t n,
                        uint64_t order, double contained, uint64_t *room,
                        uint64_t *original, float *share)
{
    size_t earlier = 0, most = 0;
    n = thin(e, hashes, n);
    if (n < EM_CLEAN_ECHO_LEAST)
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct slot *s = clean_echo_slot_of(e->slots, e->n_slots, hashes[i]);
        if (s->hash && s->order < order)
            room[earlier++] = s->order;
    }
    if ((double)earlier < contained * (double)n)
        return false;
    if (earlier > 1)
        qsort(room, earlier, sizeof(room[0]), clean_echo_rising);
    for (size_t i = 0, j; i < earlier; i = j) {
        for (j = i + 1; j < earlier && room[j] == room[i]; j++)
            ;
        if (j - i > most) { /* of equals the earliest */
            most = j - i;
            *original = room[i];
        }
    }
    *share = (float)((double)earlier / (double)n);
    return (double)most >= contained * (double)n / 2;
}

uint64_t em_clean_echo_size(const struct em_clean_echo *echo, unsigned *halvings)
{
    *halvings = echo->halvings;
    return echo->used;
}
