/* SPDX-License-Identifier: Apache-2.0
 *
 * Hosts in memory: taken from the frontier, resolved, put on the workbench under their
 * address, and given back. A host without an address stands there under one of its own that
 * no other has (its id in the discard prefix 100::/64), so that it waits its turn as all do.
 *
 * The redirects of a robots.txt may lead to another machine: for such a hop the host stands
 * under that machine's address, whose time it then waits for.
 */
#include "pipeline/crawl/crawl_int.h"

#include "base/alloc.h"
#include "base/hash.h"

/* Taken from the frontier in one go: transfers want attention, too. */
enum { ADMIT = 512 };
/* So long an address is dead to which no connection could be made. */
#define DEAD_MS 600000

/* --- the table --------------------------------------------------------------------------- */

static size_t slot_of(const struct em_crawl *c, uint64_t id)
{
    size_t mask = c->cap_hosts - 1, i = em_mix64(id) & mask;
    while (c->hosts[i] && c->hosts[i]->id != id)
        i = (i + 1) & mask;
    return i;
}

struct em_crawl_host *em_crawl_host_of(const struct em_crawl *c, uint64_t id)
{
    return c->cap_hosts ? c->hosts[slot_of(c, id)] : NULL;
}

static enum em_status grow(struct em_crawl *c)
{
    size_t before = c->cap_hosts, cap = before ? 2 * before : 256;
    struct em_crawl_host **old = c->hosts, **hosts = em_calloc(cap, sizeof(hosts[0]));
    if (!hosts)
        return EM_ERR_NOMEM;
    c->hosts = hosts;
    c->cap_hosts = cap;
    for (size_t i = 0; i < before; i++)
        if (old[i])
            hosts[slot_of(c, old[i]->id)] = old[i];
    em_free(old);
    return EM_OK;
}

static struct em_crawl_host *insert(struct em_crawl *c, uint64_t id)
{
    if (2 * (c->n_hosts + 1) > c->cap_hosts && grow(c) != EM_OK)
        return NULL;
    struct em_crawl_host *host = em_calloc(1, sizeof(*host));
    if (!host)
        return NULL;
    host->id = id;
    c->hosts[slot_of(c, id)] = host;
    c->n_hosts++;
    return host;
}

static void host_free(struct em_crawl_host *host)
{
    em_free(host->hop);
    em_crawl_files_free(host);
    em_free(host);
}

/* Those after it in its run of slots move up. */
static void erase(struct em_crawl *c, uint64_t id)
{
    size_t mask = c->cap_hosts - 1, hole = slot_of(c, id);
    host_free(c->hosts[hole]);
    c->hosts[hole] = NULL;
    c->n_hosts--;
    for (size_t i = (hole + 1) & mask; c->hosts[i]; i = (i + 1) & mask) {
        struct em_crawl_host *moved = c->hosts[i];
        c->hosts[i] = NULL;
        c->hosts[slot_of(c, moved->id)] = moved;
    }
}

void em_crawl_hosts_release(struct em_crawl *c)
{
    for (size_t i = 0; i < c->cap_hosts; i++)
        if (c->hosts[i])
            host_free(c->hosts[i]);
    em_free(c->hosts);
    c->hosts = NULL;
    c->cap_hosts = c->n_hosts = 0;
}

/* --- addresses ---------------------------------------------------------------------------- */

static struct em_workbench_ip bench_ip(const struct em_crawl *c,
                                       const struct em_address *address, uint64_t id)
{
    struct em_workbench_ip ip = {{0}};
    em_address_net(address, c->o->ipv6_prefix, ip.bytes);
    if (address->family == 0) {
        ip.bytes[0] = 1; /* spec: RFC6666, 100::/64 */
        memcpy(ip.bytes + 8, &id, sizeof(id));
    }
    return ip;
}

static void put(struct em_crawl *c, struct em_crawl_host *host)
{
    const struct em_frontier_host *known = em_frontier_host_get(c->frontier, host->id);
    struct em_workbench_ip ip = bench_ip(c, &host->bench, host->id);
    int64_t now = em_crawl_now(c), next = known ? known->polite.next_ms : 0;
    host->stage = EM_STAGE_BENCH;
    if (known && known->polite.suspended_ms > now)
        next = now; /* its turn is to leave: who sleeps is not kept in memory */
    /* Since now, not since 1970: how late a host is tells whether the machine keeps up. */
    enum em_status status =
        em_workbench_put(c->bench, host->id, &ip, next > now ? next : now, c->err);
    if (status < 0)
        em_crawl_fail(c, status);
}

static struct em_crawl_dead *dead_of(const struct em_crawl *c,
                                     const struct em_address *address, uint64_t *hash)
{
    *hash = em_hash64(address->bytes, sizeof(address->bytes), address->port);
    return &c->dead[*hash % EM_CRAWL_DEAD];
}

static bool is_dead(const struct em_crawl *c, const struct em_address *address)
{
    uint64_t hash;
    const struct em_crawl_dead *dead = dead_of(c, address, &hash);
    return dead->address == hash && dead->until_ms > em_crawl_now(c);
}

void em_crawl_host_dead(struct em_crawl *c, const struct em_crawl_host *host)
{
    uint64_t hash;
    struct em_crawl_dead *dead = dead_of(c, &host->bench, &hash);
    *dead = (struct em_crawl_dead){hash, em_crawl_now(c) + DEAD_MS};
}

/* The first address from `pick` on that may be asked and is not dead, else the first that
 * may be asked; family 0 where none may. *others: how many more are as good. */
static struct em_address choose(const struct em_crawl *c, unsigned pick,
                                const struct em_resolve_answer *answer, uint8_t *others)
{
    struct em_address alive = {.family = 0}, any = {.family = 0};
    unsigned n_alive = 0;
    for (unsigned i = 0; i < answer->n; i++) {
        const struct em_address *a = &answer->addresses[(pick + i) % answer->n];
        bool wanted =
            a->family == 4 ? !c->o->resolve.ipv6_only : !c->o->resolve.ipv4_only;
        if (!wanted || em_guard_refuses(a, c->o->fetch.allow_private))
            continue;
        if (any.family == 0)
            any = *a;
        if (!is_dead(c, a) && n_alive++ == 0)
            alive = *a;
    }
    *others = (uint8_t)(n_alive ? n_alive - 1 : 0);
    return n_alive ? alive : any;
}

static void resolved(struct em_crawl *c, struct em_crawl_host *host,
                     const struct em_resolve_answer *answer)
{
    struct em_address address = {.family = 0};
    host->others = 0;
    if (answer->result == EM_RESOLVE_FOUND)
        address = choose(c, host->pick, answer, &host->others);
    if (!host->hop) {
        host->blocked =
            answer->result == EM_RESOLVE_FOUND && answer->n && address.family == 0;
        host->own = address;
    }
    host->bench = address;
    put(c, host);
}

static void on_resolved(void *context, void *tag, struct em_view name,
                        const struct em_resolve_answer *answer)
{
    struct em_crawl *c = context;
    struct em_crawl_host *host = em_crawl_host_of(c, (uint64_t)(uintptr_t)tag);
    (void)name;
    if (host && host->stage == EM_STAGE_RESOLVING)
        resolved(c, host, answer);
}

void em_crawl_hosts_poll(struct em_crawl *c)
{
    em_resolver_poll(c->resolver, em_crawl_now(c), on_resolved, c);
}

/* Asks for the address of the host, or of its robots.txt's next hop. */
static void resolve(struct em_crawl *c, struct em_crawl_host *host)
{
    const struct em_frontier_host *known = em_frontier_host_get(c->frontier, host->id);
    struct em_resolve_answer answer = {.result = EM_RESOLVE_FAILED, .detail = ""};
    struct em_view where = host->hop ? em_view_of(host->hop) : EM_VIEW_NONE;
    if (!host->hop && known)
        where = known->origin;
    host->stage = EM_STAGE_RESOLVING;
    enum em_status status = em_url_parse(&c->base, where, NULL);
    if (status == EM_OK)
        status = em_resolver_ask(c->resolver, em_url_hostname(&c->base), em_crawl_now(c),
                                 (void *)(uintptr_t)host->id, &answer);
    /* No browser asks that port: a host whose every address is refused. */
    bool refused = !host->hop && em_guard_refuses_port(
                                     (uint16_t)em_url_effective_port(&c->base)) != NULL;
    if (status == EM_ERR_NOMEM) {
        em_crawl_fail(c, status);
    } else if (refused) {
        host->blocked = true;
        put(c, host);
    } else if (status != EM_AGAIN) {
        resolved(c, host, &answer);
    }
}

void em_crawl_host_move(struct em_crawl *c, struct em_crawl_host *host)
{
    if (host->stage == EM_STAGE_BENCH && em_workbench_remove(c->bench, host->id) == EM_OK)
        resolve(c, host);
}

/* --- in and out ----------------------------------------------------------------------------- */

enum em_status em_crawl_hosts_admit(struct em_crawl *c)
{
    int64_t now = em_crawl_now(c);
    if (c->stopping || now < c->hosts_wake_ms)
        return EM_OK;
    for (unsigned n = 0; n < ADMIT && c->n_hosts < c->o->frontier.max_hosts; n++) {
        struct em_frontier_host *known;
        int64_t wake = INT64_MAX;
        enum em_status status =
            em_frontier_host_next(c->frontier, now, &known, &wake, c->err);
        if (status == EM_END) {
            /* What only a commit will bring comes with it: that asks again. */
            c->hosts_wake_ms = wake > now ? wake : INT64_MAX;
            c->pages_due = wake <= now;
            return EM_OK;
        }
        EM_TRY(status);
        struct em_crawl_host *host = insert(c, known->id);
        if (!host)
            return em_fail(c->err, EM_ERR_NOMEM, "crawl", "out of memory");
        em_crawl_files_load(c, host);
        resolve(c, host);
    }
    return EM_OK;
}

void em_crawl_host_leave(struct em_crawl *c, struct em_crawl_host *host)
{
    if (host->stage == EM_STAGE_BENCH && em_workbench_remove(c->bench, host->id) != EM_OK)
        em_crawl_fail(c, EM_ERR_INTERNAL);
    host->stage = EM_STAGE_LEAVING;
    if (host->out > 0)
        return;
    em_frontier_host_release(c->frontier, host->id, em_crawl_now(c));
    erase(c, host->id);
}

void em_crawl_host_settled(struct em_crawl *c, uint64_t id)
{
    struct em_crawl_host *host = em_crawl_host_of(c, id);
    if (!host)
        return;
    host->out--;
    if (host->out == 0 && host->stage == EM_STAGE_LEAVING)
        em_crawl_host_leave(c, host);
}
