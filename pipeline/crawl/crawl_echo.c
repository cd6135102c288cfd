/* SPDX-License-Identifier: Apache-2.0
 *
 * Buckets of eight slots by the print's hash, the most recently used first: what is pushed
 * out of a full bucket is what was not seen for longest.
 */
#include "pipeline/crawl/crawl_echo.h"

#include "base/alloc.h"
#include "base/hash.h"

#include <math.h>
#include <string.h>

enum { WAYS = 8, BUCKETS = EM_CRAWL_ECHO_SLOTS / WAYS };

struct slot {
    uint64_t print; /* 0: free */
    uint32_t site;  /* hash of the latest site */
    uint32_t sites; /* how often the site changed: at most as many as there are */
};

struct em_crawl_echo {
    struct slot slots[BUCKETS][WAYS];
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

double em_crawl_echo_score(struct em_crawl_echo *echo, struct em_view site,
                           const uint64_t *prints, size_t n)
{
    uint32_t hash = (uint32_t)em_hash64(site.data ? site.data : "", site.len, 0) | 1;
    size_t seen = 0, counted = 0;
    for (size_t i = 0; i < n; i++) {
        struct slot *slot = crawl_echo_find(echo, prints[i] | 1);
        bool again = slot->sites > 0 && slot->site != hash;
        if (again || slot->sites == 0)
            slot->sites++;
        slot->site = hash;
        if (slot->sites > EM_CRAWL_ECHO_COMMON)
            continue;
        counted++;
        seen += again || slot->sites > 1;
    }
    return counted < EM_CRAWL_ECHO_LEAST ? NAN : (double)seen / (double)counted;
}
