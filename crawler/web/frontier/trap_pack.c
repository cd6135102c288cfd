/* SPDX-License-Identifier: Apache-2.0
 *
 * A host's trap state as bytes, most of it zero for most hosts:
 *
 *     flags (1: missing asked, 2: missing known, 4: ring, 8: floods), then
 *     n shapes, {key be64, count}...    n paths, {key be64, count}...
 *     missing be64, where known
 *     ring: next, EM_TRAP_RING x {sketch be64, shape be64}, 0 be64, near-duplicates of any shape
 *     floods: next, EM_TRAP_CUTS x be64
 *     words (flag 16): EM_TRAP_WORD_BITS / 64 x be64, EM_TRAP_STALE x {key be64, count}
 *     near (flag 32): EM_TRAP_STALE x {key be64, count}
 *
 * Counts are varints; docs/FORMATS.md.
 */
#include "base/pack.h"
#include "crawler/web/frontier/trap.h"

enum { ASKED = 1, KNOWN = 2, RING = 4, FLOODS = 8, WORDS = 16, NEAR = 32 };

static enum em_status pack_counts(struct em_buf *out, const struct em_trap_count *counts)
{
    size_t n = 0;
    for (size_t i = 0; i < EM_TRAP_SLOTS; i++)
        n += counts[i].key != 0;
    EM_TRY(em_pack_u64(out, n));
    for (size_t i = 0; i < EM_TRAP_SLOTS; i++) {
        if (!counts[i].key)
            continue;
        EM_TRY(em_pack_be(out, counts[i].key, 8));
        EM_TRY(em_pack_u64(out, counts[i].count));
    }
    return EM_OK;
}

static void unpack_counts(struct em_unpack *in, struct em_trap_count *counts)
{
    uint64_t n = em_unpack_u64(in);
    if (n > EM_TRAP_SLOTS)
        in->bad = true;
    for (size_t i = 0; i < n && !in->bad; i++) {
        uint64_t key = em_unpack_be(in, 8), value = em_unpack_u64(in);
        if (key == 0 || value == 0 || value > UINT32_MAX)
            in->bad = true;
        counts[i] = (struct em_trap_count){.key = key, .count = (uint32_t)value};
    }
}

static enum em_status pack_runs(struct em_buf *out, const struct em_trap_count *runs)
{
    for (size_t i = 0; i < EM_TRAP_STALE; i++) {
        EM_TRY(em_pack_be(out, runs[i].key, 8));
        EM_TRY(em_pack_u64(out, runs[i].count));
    }
    return EM_OK;
}

static void unpack_runs(struct em_unpack *in, struct em_trap_count *runs)
{
    for (size_t i = 0; i < EM_TRAP_STALE; i++) {
        uint64_t key = em_unpack_be(in, 8), count = em_unpack_u64(in);
        in->bad |= count > UINT32_MAX;
        runs[i] = (struct em_trap_count){.key = key, .count = (uint32_t)count};
    }
}

enum em_status em_trap_pack(struct em_buf *out, const struct em_trap_host *host)
{
    bool ring = false, floods = false, words = false, near = false;
    for (size_t i = 0; i < EM_TRAP_STALE; i++) {
        words |= host->stale[i].key != 0;
        near |= host->near[i].count != 0;
    }
    for (size_t i = 0; i < EM_TRAP_RING; i++)
        ring |= host->ring[i] != 0;
    for (size_t i = 0; i < EM_TRAP_CUTS; i++)
        floods |= host->cut[i] != 0;
    char flags = (char)((host->missing_asked ? ASKED : 0) |
                        (host->missing_known ? KNOWN : 0) | (ring ? RING : 0) |
                        (floods ? FLOODS : 0) | (words ? WORDS : 0) | (near ? NEAR : 0));
    EM_TRY(em_buf_putc(out, flags));
    EM_TRY(pack_counts(out, host->shapes));
    EM_TRY(pack_counts(out, host->paths));
    if (host->missing_known)
        EM_TRY(em_pack_be(out, host->missing, 8));
    if (ring) {
        EM_TRY(em_pack_u64(out, host->ring_next));
        for (size_t i = 0; i < EM_TRAP_RING; i++) {
            EM_TRY(em_pack_be(out, host->ring[i], 8));
            EM_TRY(em_pack_be(out, host->ring_shape[i], 8));
        }
        EM_TRY(em_pack_be(out, 0, 8));
        EM_TRY(em_pack_u64(out, host->near_any));
    }
    if (floods) {
        EM_TRY(em_pack_u64(out, host->cut_next));
        for (size_t i = 0; i < EM_TRAP_CUTS; i++)
            EM_TRY(em_pack_be(out, host->cut[i], 8));
    }
    for (size_t i = 0; words && i < EM_TRAP_WORD_BITS / 64; i++)
        EM_TRY(em_pack_be(out, host->said[i], 8));
    if (words)
        EM_TRY(pack_runs(out, host->stale));
    return near ? pack_runs(out, host->near) : EM_OK;
}

enum em_status em_trap_unpack(struct em_trap_host *host, struct em_view bytes)
{
    struct em_unpack in = em_unpack_of(bytes);
    em_trap_host_init(host);
    uint64_t flags = em_unpack_be(&in, 1), next = 0, cut_next = 0, run = 0;
    if (flags & ~(uint64_t)(ASKED | KNOWN | RING | FLOODS | WORDS | NEAR))
        return EM_ERR_FORMAT;
    host->missing_asked = flags & ASKED;
    host->missing_known = flags & KNOWN;
    unpack_counts(&in, host->shapes);
    unpack_counts(&in, host->paths);
    if (host->missing_known)
        host->missing = em_unpack_be(&in, 8);
    if (flags & RING) {
        next = em_unpack_u64(&in);
        for (size_t i = 0; i < EM_TRAP_RING; i++) {
            host->ring[i] = em_unpack_be(&in, 8);
            host->ring_shape[i] = em_unpack_be(&in, 8);
        }
        (void)em_unpack_be(&in, 8); /* a shape, of versions before this one */
        run = em_unpack_u64(&in);
    }
    if (flags & FLOODS) {
        cut_next = em_unpack_u64(&in);
        for (size_t i = 0; i < EM_TRAP_CUTS; i++)
            host->cut[i] = em_unpack_be(&in, 8);
    }
    if (flags & WORDS) {
        for (size_t i = 0; i < EM_TRAP_WORD_BITS / 64; i++)
            host->said[i] = em_unpack_be(&in, 8);
        unpack_runs(&in, host->stale);
    }
    if (flags & NEAR)
        unpack_runs(&in, host->near);
    if (!em_unpack_done(&in) || next >= EM_TRAP_RING || cut_next >= EM_TRAP_CUTS ||
        run > UINT32_MAX) {
        em_trap_host_init(host);
        return EM_ERR_FORMAT;
    }
    host->ring_next = (uint32_t)next;
    host->cut_next = (uint8_t)cut_next;
    host->near_any = (uint32_t)run;
    return EM_OK;
}
