/* SPDX-License-Identifier: Apache-2.0
 *
 * See workbench.h. Hosts and IPs lie in two arrays, are named by their place there, and are
 * found by two open hash tables. Three kinds of heaps hold places:
 *
 *   bench->ready    IPs that may be granted: not fully busy, with a host that waits
 *   bench->resting  IPs without hosts whose time has not passed
 *   ip->hosts       the hosts of an IP that wait (not fully busy, not leaving)
 *
 * Invariant: an IP is in ready exactly if ip->busy < per_ip and ip->n_waiting > 0; in resting
 * exactly if it has no host at all. em_workbench_validate() says so in code.
 */
#include "crawler/web/frontier/workbench.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <string.h>

#define NONE UINT32_MAX

enum { IN_NONE, IN_READY, IN_RESTING };

struct host {
    uint64_t id, order; /* order: who was put back first */
    int64_t next;
    uint32_t ip, busy;
    uint32_t place; /* in its IP's heap, or NONE; next free one */
    bool leaving, used;
};

struct ip {
    struct em_workbench_ip address;
    uint64_t hash;
    int64_t next;
    uint32_t *waiting; /* heap of hosts */
    uint32_t n_waiting, cap_waiting;
    uint32_t n_hosts, busy;
    uint32_t place; /* in ready or resting; next free one */
    uint8_t in;
    bool used;
};

struct heap {
    uint32_t *items;
    size_t n, cap;
};

/* Places by hash: open addressing, linear probing, deletion by moving back. */
struct table {
    uint32_t *places;
    size_t mask, n;
};

struct em_workbench {
    struct em_workbench_options options;
    struct host *hosts;
    struct ip *ips;
    size_t n_hosts_used, n_ips_used; /* of the arrays, free ones included */
    size_t cap_hosts, cap_ips;
    uint32_t free_host, free_ip;
    size_t n_hosts, busy;
    struct table by_id, by_ip;
    struct heap ready, resting;
    uint64_t order;
    int64_t now; /* the latest seen */
};

/* --- tables ------------------------------------------------------------------------------ */

static uint64_t hash_at(const struct em_workbench *bench, const struct table *table,
                        uint32_t place)
{
    return table == &bench->by_id ? em_mix64(bench->hosts[place].id)
                                  : bench->ips[place].hash;
}

static enum em_status table_grow(const struct em_workbench *bench, struct table *table)
{
    size_t cap = table->places ? 2 * (table->mask + 1) : 64;
    struct table bigger = {.mask = cap - 1, .n = table->n};
    bigger.places = em_malloc(cap * sizeof(bigger.places[0]));
    if (!bigger.places)
        return EM_ERR_NOMEM;
    memset(bigger.places, 0xFF, cap * sizeof(bigger.places[0]));
    for (size_t i = 0; table->places && i <= table->mask; i++) {
        if (table->places[i] == NONE)
            continue;
        size_t at = hash_at(bench, table, table->places[i]) & bigger.mask;
        while (bigger.places[at] != NONE)
            at = (at + 1) & bigger.mask;
        bigger.places[at] = table->places[i];
    }
    em_free(table->places);
    *table = bigger;
    return EM_OK;
}

/* Room for one more. */
static enum em_status table_reserve(const struct em_workbench *bench, struct table *table)
{
    if (table->places && 2 * (table->n + 1) <= table->mask + 1)
        return EM_OK;
    return table_grow(bench, table);
}

static void table_put(const struct em_workbench *bench, struct table *table,
                      uint32_t place)
{
    size_t at = hash_at(bench, table, place) & table->mask;
    while (table->places[at] != NONE)
        at = (at + 1) & table->mask;
    table->places[at] = place;
    table->n++;
}

static void table_remove(const struct em_workbench *bench, struct table *table,
                         uint32_t place)
{
    size_t at = hash_at(bench, table, place) & table->mask;
    while (table->places[at] != place)
        at = (at + 1) & table->mask;
    table->n--;
    for (size_t next = at;;) {
        next = (next + 1) & table->mask;
        if (table->places[next] == NONE)
            break;
        size_t home = hash_at(bench, table, table->places[next]) & table->mask;
        /* Moves back unless its home lies after the gap (round the end). */
        if (((next - home) & table->mask) >= ((next - at) & table->mask)) {
            table->places[at] = table->places[next];
            at = next;
        }
    }
    table->places[at] = NONE;
}

static uint32_t find_host(const struct em_workbench *bench, uint64_t id)
{
    const struct table *t = &bench->by_id;
    if (!t->places)
        return NONE;
    for (size_t at = em_mix64(id) & t->mask; t->places[at] != NONE;
         at = (at + 1) & t->mask)
        if (bench->hosts[t->places[at]].id == id)
            return t->places[at];
    return NONE;
}

static uint32_t find_ip(const struct em_workbench *bench,
                        const struct em_workbench_ip *address, uint64_t hash)
{
    const struct table *t = &bench->by_ip;
    if (!t->places)
        return NONE;
    for (size_t at = hash & t->mask; t->places[at] != NONE; at = (at + 1) & t->mask)
        if (memcmp(&bench->ips[t->places[at]].address, address, sizeof(*address)) == 0)
            return t->places[at];
    return NONE;
}

/* --- heaps ------------------------------------------------------------------------------- */

static bool host_before(const struct em_workbench *bench, uint32_t a, uint32_t b)
{
    const struct host *x = &bench->hosts[a], *y = &bench->hosts[b];
    return x->next != y->next ? x->next < y->next : x->order < y->order;
}

static int64_t ip_due(const struct em_workbench *bench, const struct ip *ip)
{
    int64_t host = bench->hosts[ip->waiting[0]].next;
    return host > ip->next ? host : ip->next;
}

static bool ip_before(const struct em_workbench *bench, const struct heap *heap,
                      uint32_t a, uint32_t b)
{
    const struct ip *x = &bench->ips[a], *y = &bench->ips[b];
    if (heap == &bench->resting)
        return x->next < y->next;
    int64_t dx = ip_due(bench, x), dy = ip_due(bench, y);
    if (dx != dy)
        return dx < dy;
    return bench->hosts[x->waiting[0]].order < bench->hosts[y->waiting[0]].order;
}

static void ip_set(struct em_workbench *bench, struct heap *heap, size_t at, uint32_t ip)
{
    heap->items[at] = ip;
    bench->ips[ip].place = (uint32_t)at;
}

/* Puts what stands at `at` where it belongs. */
static void ip_sift(struct em_workbench *bench, struct heap *heap, size_t at)
{
    uint32_t ip = heap->items[at];
    while (at > 0 && ip_before(bench, heap, ip, heap->items[(at - 1) / 2])) {
        ip_set(bench, heap, at, heap->items[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= heap->n)
            break;
        if (child + 1 < heap->n &&
            ip_before(bench, heap, heap->items[child + 1], heap->items[child]))
            child++;
        if (!ip_before(bench, heap, heap->items[child], ip))
            break;
        ip_set(bench, heap, at, heap->items[child]);
        at = child;
    }
    ip_set(bench, heap, at, ip);
}

static struct heap *heap_of(struct em_workbench *bench, uint8_t in)
{
    return in == IN_READY ? &bench->ready : &bench->resting;
}

static void ip_leave(struct em_workbench *bench, uint32_t ip)
{
    if (bench->ips[ip].in == IN_NONE)
        return;
    struct heap *heap = heap_of(bench, bench->ips[ip].in);
    size_t at = bench->ips[ip].place;
    uint32_t last = heap->items[--heap->n];
    bench->ips[ip].in = IN_NONE;
    if (last != ip) {
        ip_set(bench, heap, at, last);
        ip_sift(bench, heap, at);
    }
}

/* Every IP has room in both heaps from its birth: this cannot fail. */
static void ip_enter(struct em_workbench *bench, uint32_t ip, uint8_t in)
{
    struct heap *heap = heap_of(bench, in);
    bench->ips[ip].in = in;
    ip_set(bench, heap, heap->n++, ip);
    ip_sift(bench, heap, heap->n - 1);
}

static void waiting_sift(struct em_workbench *bench, struct ip *ip, size_t at)
{
    uint32_t *items = ip->waiting, host = items[at];
    while (at > 0 && host_before(bench, host, items[(at - 1) / 2])) {
        items[at] = items[(at - 1) / 2];
        bench->hosts[items[at]].place = (uint32_t)at;
        at = (at - 1) / 2;
    }
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= ip->n_waiting)
            break;
        if (child + 1 < ip->n_waiting &&
            host_before(bench, items[child + 1], items[child]))
            child++;
        if (!host_before(bench, items[child], host))
            break;
        items[at] = items[child];
        bench->hosts[items[at]].place = (uint32_t)at;
        at = child;
    }
    items[at] = host;
    bench->hosts[host].place = (uint32_t)at;
}

static void waiting_leave(struct em_workbench *bench, uint32_t host)
{
    struct ip *ip = &bench->ips[bench->hosts[host].ip];
    uint32_t at = bench->hosts[host].place;
    if (at == NONE)
        return;
    uint32_t last = ip->waiting[--ip->n_waiting];
    bench->hosts[host].place = NONE;
    if (last != host) {
        ip->waiting[at] = last;
        bench->hosts[last].place = at;
        waiting_sift(bench, ip, at);
    }
}

/* Where host and IP belong now. */
static void workbench_settle(struct em_workbench *bench, uint32_t host, uint32_t ip_place)
{
    struct ip *ip = &bench->ips[ip_place];
    ip_leave(bench, ip_place);
    if (host != NONE) {
        struct host *h = &bench->hosts[host];
        waiting_leave(bench, host);
        if (!h->leaving && h->busy < bench->options.per_host) {
            ip->waiting[ip->n_waiting++] = host;
            waiting_sift(bench, ip, ip->n_waiting - 1);
        }
    }
    if (ip->n_hosts == 0)
        ip_enter(bench, ip_place, IN_RESTING);
    else if (ip->n_waiting && ip->busy < bench->options.per_ip)
        ip_enter(bench, ip_place, IN_READY);
}

/* --- life -------------------------------------------------------------------------------- */

enum em_status em_workbench_new(struct em_workbench **out,
                                const struct em_workbench_options *options,
                                struct em_err *err)
{
    *out = NULL;
    if (options->max_hosts == 0 || options->max_hosts >= NONE / 4 || !options->per_ip ||
        !options->per_host || options->ip_gap_ms < 0)
        return em_fail(err, EM_ERR_USAGE, "workbench",
                       "hosts, requests an IP and a host must be 1 at least");
    struct em_workbench *bench = em_calloc(1, sizeof(*bench));
    if (!bench)
        return em_fail(err, EM_ERR_NOMEM, "workbench", "out of memory");
    bench->options = *options;
    bench->free_host = bench->free_ip = NONE;
    bench->now = INT64_MIN;
    *out = bench;
    return EM_OK;
}

void em_workbench_free(struct em_workbench *bench)
{
    if (!bench)
        return;
    for (size_t i = 0; i < bench->n_ips_used; i++)
        em_free(bench->ips[i].waiting);
    em_free(bench->hosts);
    em_free(bench->ips);
    em_free(bench->by_id.places);
    em_free(bench->by_ip.places);
    em_free(bench->ready.items);
    em_free(bench->resting.items);
    em_free(bench);
}

static enum em_status grow_hosts(struct em_workbench *bench)
{
    size_t cap = bench->cap_hosts ? 2 * bench->cap_hosts : 64;
    void *hosts = em_realloc_array(bench->hosts, cap, sizeof(bench->hosts[0]));
    if (!hosts)
        return EM_ERR_NOMEM;
    bench->hosts = hosts;
    bench->cap_hosts = cap;
    return EM_OK;
}

static enum em_status grow_ips(struct em_workbench *bench)
{
    size_t cap = bench->cap_ips ? 2 * bench->cap_ips : 64;
    struct heap *heaps[] = {&bench->ready, &bench->resting};
    for (int i = 0; i < 2; i++) {
        void *items = em_realloc_array(heaps[i]->items, cap, sizeof(heaps[i]->items[0]));
        if (!items)
            return EM_ERR_NOMEM;
        heaps[i]->items = items;
        heaps[i]->cap = cap;
    }
    void *ips = em_realloc_array(bench->ips, cap, sizeof(bench->ips[0]));
    if (!ips)
        return EM_ERR_NOMEM;
    bench->ips = ips;
    bench->cap_ips = cap;
    return EM_OK;
}

static void forget_ip(struct em_workbench *bench, uint32_t place)
{
    struct ip *ip = &bench->ips[place];
    ip_leave(bench, place);
    table_remove(bench, &bench->by_ip, place);
    em_free(ip->waiting);
    *ip = (struct ip){.place = bench->free_ip};
    bench->free_ip = place;
}

static void forget_rested(struct em_workbench *bench)
{
    while (bench->resting.n && bench->ips[bench->resting.items[0]].next <= bench->now)
        forget_ip(bench, bench->resting.items[0]);
}

static enum em_status add_ip(struct em_workbench *bench,
                             const struct em_workbench_ip *address, uint64_t hash,
                             uint32_t *place)
{
    EM_TRY(table_reserve(bench, &bench->by_ip));
    if (bench->free_ip == NONE && bench->n_ips_used == bench->cap_ips)
        EM_TRY(grow_ips(bench));
    if (bench->free_ip != NONE) {
        *place = bench->free_ip;
        bench->free_ip = bench->ips[*place].place;
    } else {
        *place = (uint32_t)bench->n_ips_used++;
    }
    bench->ips[*place] =
        (struct ip){.address = *address, .hash = hash, .next = INT64_MIN, .used = true};
    table_put(bench, &bench->by_ip, *place);
    return EM_OK;
}

/* Room for one more host in the IP's heap. */
static enum em_status reserve_waiting(struct ip *ip)
{
    if (ip->n_hosts < ip->cap_waiting)
        return EM_OK;
    uint32_t cap = ip->cap_waiting ? 2 * ip->cap_waiting : 2;
    void *waiting = em_realloc_array(ip->waiting, cap, sizeof(ip->waiting[0]));
    if (!waiting)
        return EM_ERR_NOMEM;
    ip->waiting = waiting;
    ip->cap_waiting = cap;
    return EM_OK;
}

static enum em_status add_host(struct em_workbench *bench, uint64_t id, uint32_t *place)
{
    EM_TRY(table_reserve(bench, &bench->by_id));
    if (bench->free_host == NONE && bench->n_hosts_used == bench->cap_hosts)
        EM_TRY(grow_hosts(bench));
    if (bench->free_host != NONE) {
        *place = bench->free_host;
        bench->free_host = bench->hosts[*place].place;
    } else {
        *place = (uint32_t)bench->n_hosts_used++;
    }
    bench->hosts[*place] = (struct host){.id = id, .place = NONE, .used = true};
    table_put(bench, &bench->by_id, *place);
    return EM_OK;
}

enum em_status em_workbench_put(struct em_workbench *bench, uint64_t id,
                                const struct em_workbench_ip *address, int64_t next_ms,
                                struct em_err *err)
{
    if (find_host(bench, id) != NONE)
        return em_fail(err, EM_ERR_USAGE, "workbench", "the host is here already");
    uint64_t hash = em_hash64(address->bytes, sizeof(address->bytes), 0);
    uint32_t ip = find_ip(bench, address, hash), host;
    forget_rested(bench);
    ip = find_ip(bench, address, hash);
    if (bench->n_hosts >= bench->options.max_hosts ||
        (ip == NONE && bench->resting.n >= bench->options.max_hosts))
        return em_fail(err, EM_ERR_FULL, "workbench", "%zu hosts and %zu resting IPs",
                       bench->n_hosts, bench->resting.n);
    if (ip == NONE && add_ip(bench, address, hash, &ip) < 0)
        return em_fail(err, EM_ERR_NOMEM, "workbench", "out of memory");
    if (reserve_waiting(&bench->ips[ip]) < 0 || add_host(bench, id, &host) < 0) {
        if (bench->ips[ip].n_hosts == 0)
            workbench_settle(bench, NONE, ip);
        return em_fail(err, EM_ERR_NOMEM, "workbench", "out of memory");
    }
    struct host *h = &bench->hosts[host];
    h->ip = ip;
    h->next = next_ms;
    h->order = bench->order++;
    bench->ips[ip].n_hosts++;
    bench->n_hosts++;
    workbench_settle(bench, host, ip);
    return EM_OK;
}

/* --- work -------------------------------------------------------------------------------- */

enum em_status em_workbench_take(struct em_workbench *bench,
                                 struct em_workbench_grant *grant, int64_t now_ms)
{
    bench->now = now_ms > bench->now ? now_ms : bench->now;
    forget_rested(bench);
    if (bench->ready.n == 0)
        return EM_AGAIN;
    uint32_t place = bench->ready.items[0];
    struct ip *ip = &bench->ips[place];
    int64_t due = ip_due(bench, ip);
    if (due > now_ms)
        return EM_AGAIN;
    uint32_t host = ip->waiting[0];
    struct host *h = &bench->hosts[host];
    *grant = (struct em_workbench_grant){.host = h->id, .ip = ip->address, .due_ms = due};
    ip_leave(bench, place); /* before its key changes */
    h->busy++;
    ip->busy++;
    bench->busy++;
    h->order = bench->order++;
    if (bench->options.ip_gap_ms && ip->next < now_ms + bench->options.ip_gap_ms)
        ip->next = now_ms + bench->options.ip_gap_ms;
    workbench_settle(bench, host, place);
    return EM_OK;
}

static void drop_host(struct em_workbench *bench, uint32_t host)
{
    struct host *h = &bench->hosts[host];
    uint32_t ip = h->ip;
    ip_leave(bench, ip);
    waiting_leave(bench, host);
    table_remove(bench, &bench->by_id, host);
    *h = (struct host){.place = bench->free_host};
    bench->free_host = host;
    bench->n_hosts--;
    bench->ips[ip].n_hosts--;
    workbench_settle(bench, NONE, ip);
}

enum em_status em_workbench_release(struct em_workbench *bench, uint64_t id,
                                    int64_t ip_next_ms, int64_t host_next_ms)
{
    uint32_t host = find_host(bench, id);
    if (host == NONE || bench->hosts[host].busy == 0)
        return EM_ERR_USAGE;
    struct host *h = &bench->hosts[host];
    uint32_t place = h->ip;
    struct ip *ip = &bench->ips[place];
    ip_leave(bench, place);
    h->busy--;
    ip->busy--;
    bench->busy--;
    if (ip->next < ip_next_ms)
        ip->next = ip_next_ms;
    waiting_leave(bench, host); /* before its key changes */
    if (h->next < host_next_ms)
        h->next = host_next_ms;
    h->order = bench->order++;
    if (h->leaving && h->busy == 0)
        drop_host(bench, host);
    else
        workbench_settle(bench, host, place);
    return EM_OK;
}

enum em_status em_workbench_remove(struct em_workbench *bench, uint64_t id)
{
    uint32_t host = find_host(bench, id);
    if (host == NONE || bench->hosts[host].leaving)
        return EM_ERR_NOTFOUND;
    if (bench->hosts[host].busy == 0) {
        drop_host(bench, host);
        return EM_OK;
    }
    bench->hosts[host].leaving = true;
    workbench_settle(bench, host, bench->hosts[host].ip);
    return EM_OK;
}

bool em_workbench_has(const struct em_workbench *bench, uint64_t id)
{
    return find_host(bench, id) != NONE;
}

int64_t em_workbench_next_due(const struct em_workbench *bench)
{
    return bench->ready.n ? ip_due(bench, &bench->ips[bench->ready.items[0]]) : INT64_MAX;
}

void em_workbench_count(const struct em_workbench *bench,
                        struct em_workbench_counts *counts)
{
    *counts = (struct em_workbench_counts){
        .hosts = bench->n_hosts,
        .ips = bench->by_ip.n - bench->resting.n,
        .busy = bench->busy,
        .oldest_due = em_workbench_next_due(bench),
    };
    for (size_t i = 0; i < bench->ready.n; i++)
        counts->hosts_ready += bench->ips[bench->ready.items[i]].n_waiting;
}

/* --- invariants -------------------------------------------------------------------------- */

static const char *check_ip(const struct em_workbench *bench, uint32_t place)
{
    const struct ip *ip = &bench->ips[place];
    const struct heap *heap = ip->in == IN_READY ? &bench->ready : &bench->resting;
    bool ready = ip->n_waiting && ip->busy < bench->options.per_ip;
    if ((ip->in == IN_READY) != ready || (ip->in == IN_RESTING) != (ip->n_hosts == 0))
        return "an IP is in the wrong heap";
    if (ip->in != IN_NONE && (ip->place >= heap->n || heap->items[ip->place] != place))
        return "an IP does not know its place";
    if (ip->busy > bench->options.per_ip)
        return "an IP is asked too often at a time";
    if (ip->in != IN_NONE && ip->place &&
        ip_before(bench, heap, place, heap->items[(ip->place - 1) / 2]))
        return "a heap of IPs is out of order";
    for (uint32_t i = 0; i < ip->n_waiting; i++) {
        const struct host *h = &bench->hosts[ip->waiting[i]];
        if (h->place != i || h->ip != place || h->leaving ||
            h->busy >= bench->options.per_host)
            return "a waiting host should not wait here";
        if (i && host_before(bench, ip->waiting[i], ip->waiting[(i - 1) / 2]))
            return "a heap of hosts is out of order";
    }
    return NULL;
}

bool em_workbench_validate(const struct em_workbench *bench, const char **reason)
{
    size_t hosts = 0, ips = 0, busy = 0, of_ips = 0, ip_busy = 0;
    *reason = NULL;
    for (uint32_t i = 0; i < bench->n_hosts_used; i++) {
        const struct host *h = &bench->hosts[i];
        if (!h->used)
            continue;
        hosts++;
        busy += h->busy;
        if (find_host(bench, h->id) != i)
            *reason = "a host is not found";
        if ((h->place != NONE) != (!h->leaving && h->busy < bench->options.per_host))
            *reason = "a host waits that should not, or the other way round";
    }
    for (uint32_t i = 0; i < bench->n_ips_used && !*reason; i++) {
        const struct ip *ip = &bench->ips[i];
        if (!ip->used)
            continue;
        ips++;
        of_ips += ip->n_hosts;
        ip_busy += ip->busy;
        *reason = check_ip(bench, i);
        if (find_ip(bench, &ip->address, ip->hash) != i)
            *reason = "an IP is not found";
    }
    if (!*reason && (hosts != bench->n_hosts || busy != bench->busy || ip_busy != busy ||
                     of_ips != hosts || hosts != bench->by_id.n || ips != bench->by_ip.n))
        *reason = "counts do not agree";
    return !*reason;
}
