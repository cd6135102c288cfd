/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/web/crawl_stats.h"

#include "base/pack.h"

const char *em_crawl_end_name(enum em_crawl_end end)
{
    static const char *const names[] = {"done", "asleep", "max-pages", "max-time",
                                        "stopped"};
    return (unsigned)end < sizeof(names) / sizeof(names[0]) ? names[end] : "unknown";
}

/* Numbers are written one by one, never a struct as it lies in memory: its padding is not
 * defined, and its size changes with every counter that is added. */
enum { STATS_VERSION = 1, STATS_SCALARS = 19 };

static void stats_scalars(struct em_crawl_stats *s, uint64_t *at[STATS_SCALARS])
{
    uint64_t *const scalars[STATS_SCALARS] = {
        &s->pages,     &s->requests,    &s->robots,    &s->tdmrep,   &s->probes,
        &s->redirects, &s->unchanged,   &s->failed,    &s->sitemaps, &s->links,
        &s->bytes,     &s->withheld,    &s->truncated, &s->foreign,  &s->machine,
        &s->judged,    &s->warc.length, &s->ai_txt,    &s->licences};
    memcpy(at, scalars, sizeof(scalars));
}

static enum em_status stats_pack_all(struct em_buf *out, const uint64_t *values, size_t n)
{
    EM_TRY(em_pack_u64(out, n));
    for (size_t i = 0; i < n; i++)
        EM_TRY(em_pack_u64(out, values[i]));
    return EM_OK;
}

enum em_status em_crawl_stats_pack(struct em_buf *out, const struct em_crawl_stats *stats)
{
    struct em_crawl_stats copy = *stats;
    uint64_t *at[STATS_SCALARS];
    stats_scalars(&copy, at);
    EM_TRY(em_pack_u64(out, STATS_VERSION));
    EM_TRY(em_pack_u64(out, stats->warc.serial));
    EM_TRY(em_pack_u64(out, STATS_SCALARS));
    for (size_t i = 0; i < STATS_SCALARS; i++)
        EM_TRY(em_pack_u64(out, *at[i]));
    EM_TRY(stats_pack_all(out, stats->statuses, 6));
    EM_TRY(stats_pack_all(out, stats->errors, EM_FETCH_ERROR_COUNT));
    return stats_pack_all(out, stats->optouts, 32);
}

/* Fewer than there are now: the others were not counted then. */
static bool stats_unpack_all(struct em_unpack *in, uint64_t *values, size_t most)
{
    uint64_t n = em_unpack_u64(in);
    if (n > most)
        return false;
    for (size_t i = 0; i < n; i++)
        values[i] = em_unpack_u64(in);
    return true;
}

enum em_status em_crawl_stats_unpack(struct em_crawl_stats *stats, struct em_view bytes)
{
    struct em_unpack in = em_unpack_of(bytes);
    uint64_t *at[STATS_SCALARS], scalars[STATS_SCALARS] = {0};
    struct em_crawl_stats read = *stats;
    uint64_t version = em_unpack_u64(&in), serial = em_unpack_u64(&in);
    bool fine = version == STATS_VERSION && serial <= UINT32_MAX &&
                stats_unpack_all(&in, scalars, STATS_SCALARS) &&
                stats_unpack_all(&in, read.statuses, 6) &&
                stats_unpack_all(&in, read.errors, EM_FETCH_ERROR_COUNT) &&
                stats_unpack_all(&in, read.optouts, 32);
    if (!fine || !em_unpack_done(&in))
        return EM_ERR_VERSION;
    stats_scalars(&read, at);
    for (size_t i = 0; i < STATS_SCALARS; i++)
        *at[i] = scalars[i];
    read.warc.serial = (uint32_t)serial;
    *stats = read;
    return EM_OK;
}
