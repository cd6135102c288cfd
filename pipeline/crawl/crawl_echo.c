/* SPDX-License-Identifier: Apache-2.0
 *
 * Buckets of eight slots by the print's hash, the most recently used first: what is pushed
 * out of a full bucket is what was not seen for longest. A slot has no room for the number of
 * its host: it has a place in a table of hosts, where a newer host takes an older one's.
 */
#include "pipeline/crawl/crawl_echo.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <math.h>
#include <string.h>

enum { WAYS = 8, BUCKETS = EM_CRAWL_ECHO_SLOTS / WAYS, HOSTS = 1 << 16 };

struct slot {
    uint64_t print; /* 0: free */
    uint32_t site;  /* hash of the latest site */
    uint16_t host;  /* place of the latest host */
    uint16_t sites; /* how often the site changed: at most as many as there are, and not
                       counted beyond EM_CRAWL_ECHO_COMMON */
};

struct host_place {
    uint64_t host; /* 0: none */
    uint32_t site;
};

struct em_crawl_echo {
    struct slot slots[BUCKETS][WAYS];
    struct host_place hosts[HOSTS];
};

enum em_status em_crawl_echo_new(struct em_crawl_echo **out)
{
    *out = em_calloc(1, sizeof(**out));
    return *out ? EM_OK : EM_ERR_NOMEM;
}

void em_crawl_echo_free(struct em_crawl_echo *echo)
{
    em_free(echo);
}

/* The print's slot, moved to the front of its bucket; new ones have no sites. */
static struct slot *crawl_echo_find(struct em_crawl_echo *echo, uint64_t print)
{
    struct slot *bucket = echo->slots[em_mix64(print) % BUCKETS],
                found = {.print = print};
    unsigned at = 0;
    while (at < WAYS - 1 && bucket[at].print != print)
        at++;
    if (bucket[at].print == print)
        found = bucket[at];
    memmove(bucket + 1, bucket, at * sizeof(bucket[0]));
    bucket[0] = found;
    return bucket;
}

static uint16_t host_place(struct em_crawl_echo *echo, uint32_t site, uint64_t host)
{
    uint16_t place = (uint16_t)(em_mix64(host) % HOSTS);
    echo->hosts[place] = (struct host_place){.host = host, .site = site};
    return place;
}

/* One print more that the slot's host had first. */
static void first_add(const struct em_crawl_echo *echo, const struct slot *slot,
                      struct em_crawl_echo_first firsts[EM_CRAWL_ECHO_FIRSTS])
{
    const struct host_place *had = &echo->hosts[slot->host];
    if (had->site != slot->site) /* another host has taken its place */
        return;
    for (unsigned i = 0; i < EM_CRAWL_ECHO_FIRSTS; i++)
        if (firsts[i].host == had->host || firsts[i].host == 0) {
            firsts[i].host = had->host;
            firsts[i].share++;
            return;
        }
}

double em_crawl_echo_score(struct em_crawl_echo *echo, struct em_view site, uint64_t host,
                           const uint64_t *prints, size_t n,
                           struct em_crawl_echo_first firsts[EM_CRAWL_ECHO_FIRSTS])
{
    uint32_t hash = (uint32_t)em_hash64(site.data ? site.data : "", site.len, 0) | 1;
    uint16_t place = host_place(echo, hash, host);
    size_t seen = 0, counted = 0;
    memset(firsts, 0, EM_CRAWL_ECHO_FIRSTS * sizeof(firsts[0]));
    for (size_t i = 0; i < n; i++) {
        struct slot *slot = crawl_echo_find(echo, prints[i] | 1);
        bool again = slot->sites > 0 && slot->site != hash;
        if (again && slot->sites == 1)
            first_add(echo, slot, firsts);
        if ((again || slot->sites == 0) && slot->sites <= EM_CRAWL_ECHO_COMMON)
            slot->sites++;
        slot->site = hash;
        slot->host = place;
        if (slot->sites > EM_CRAWL_ECHO_COMMON)
            continue;
        counted++;
        seen += again || slot->sites > 1;
    }
    for (unsigned i = 0; i < EM_CRAWL_ECHO_FIRSTS && firsts[i].host; i++)
        firsts[i].share /= (double)counted;
    return counted < EM_CRAWL_ECHO_LEAST ? NAN : (double)seen / (double)counted;
}
