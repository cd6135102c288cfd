/* SPDX-License-Identifier: Apache-2.0 */
#include "index/ledger.h"

#include "base/hash.h"
#include "index/pack.h"

#include <stddef.h>

uint64_t em_name_hash(struct em_view name)
{
    return em_hash64(name.data ? name.data : "", name.len, 0);
}

uint32_t em_model_hash(struct em_view name)
{
    uint32_t hash = (uint32_t)em_name_hash(name);
    if (name.len == 0)
        return 0;
    return hash ? hash : 1;
}

enum em_status em_ledger_key(struct em_buf *out, uint64_t file, uint32_t model)
{
    EM_TRY(em_pack_be(out, file, 8));
    return em_pack_be(out, model, 4);
}

enum em_status em_ledger_piece_key(struct em_buf *out, uint64_t file, uint32_t model,
                                   uint64_t from)
{
    EM_TRY(em_ledger_key(out, file, model));
    return em_pack_be(out, from, 8);
}

/* Of a piece, and of a file not read to its end, beside the drops and like them by name. */
struct extent {
    const char *name;
    size_t at; /* in struct em_ledger */
};
static const struct extent extents[] = {
    {"piece-to", offsetof(struct em_ledger, to)},
    {"piece-first", offsetof(struct em_ledger, first)},
    {"piece-next", offsetof(struct em_ledger, next)},
    {"resume-at", offsetof(struct em_ledger, at)},
    {"resume-number", offsetof(struct em_ledger, at_number)},
};
enum { N_EXTENTS = sizeof(extents) / sizeof(extents[0]), PIECE_EXTENTS = 3 };

/* Format 2 had no version, and began with the length of a name, which is never 0. */
enum { LEDGER_VERSION = 3 };

struct em_ledger_damage *em_ledger_damage_of(struct em_ledger *entry,
                                             struct em_view reason)
{
    for (uint32_t i = 0; i < entry->n_damage; i++)
        if (em_view_eq(entry->damage[i].reason, reason))
            return &entry->damage[i];
    if (entry->n_damage == EM_LEDGER_DAMAGES)
        return NULL;
    struct em_ledger_damage *d = &entry->damage[entry->n_damage++];
    *d = (struct em_ledger_damage){.reason = reason};
    return d;
}

static enum em_status put_damage(struct em_buf *out, const struct em_ledger *entry)
{
    EM_TRY(em_pack_u64(out, entry->n_damage));
    for (uint32_t i = 0; i < entry->n_damage; i++) {
        EM_TRY(em_pack_view(out, entry->damage[i].reason));
        EM_TRY(em_pack_u64(out, entry->damage[i].count));
        EM_TRY(em_pack_u64(out, entry->damage[i].first));
    }
    return EM_OK;
}

static void read_damage(struct em_ledger *entry, struct em_unpack *in)
{
    uint64_t n = em_unpack_u64(in);
    in->bad |= n > EM_LEDGER_DAMAGES;
    for (; !in->bad && entry->n_damage < n; entry->n_damage++) {
        struct em_ledger_damage *d = &entry->damage[entry->n_damage];
        d->reason = em_unpack_view(in);
        d->count = em_unpack_u64(in);
        d->first = em_unpack_u64(in);
    }
}

/* What stands before the numbers. */
static void read_head(struct em_ledger *entry, struct em_unpack *in)
{
    bool old = in->p < in->end && *in->p != 0;
    if (!old) {
        (void)em_unpack_u64(in);
        in->bad |= em_unpack_u64(in) != LEDGER_VERSION;
    }
    entry->name = em_unpack_view(in);
    entry->canonical = old ? EM_VIEW_NONE : em_unpack_view(in);
    entry->model_name = em_unpack_view(in);
    if (old)
        return;
    entry->changed = em_unpack_i64(in);
    entry->head = em_unpack_be(in, 8);
    read_damage(entry, in);
}

enum em_status em_ledger_value(struct em_buf *out, const struct em_ledger *entry)
{
    const uint64_t numbers[] = {
        entry->size,         entry->records,     entry->complete, entry->failed,
        entry->documents,    entry->damaged,     entry->words,    entry->text_bytes,
        entry->stored_bytes, entry->block_bytes, entry->forgotten};
    EM_TRY(em_pack_u64(out, 0));
    EM_TRY(em_pack_u64(out, LEDGER_VERSION));
    EM_TRY(em_pack_view(out, entry->name));
    EM_TRY(em_pack_view(out, entry->canonical));
    EM_TRY(em_pack_view(out, entry->model_name));
    EM_TRY(em_pack_i64(out, entry->changed));
    EM_TRY(em_pack_be(out, entry->head, 8));
    EM_TRY(put_damage(out, entry));
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        EM_TRY(em_pack_u64(out, numbers[i]));
    /* By name: the numbers of drops may change between versions. */
    for (int i = 1; i < EM_DROP_COUNT; i++)
        if (entry->drops[i]) {
            EM_TRY(em_pack_view(out, em_view_of(em_drop_name((enum em_drop)i))));
            EM_TRY(em_pack_u64(out, entry->drops[i]));
        }
    for (int i = 0; i < N_EXTENTS; i++) {
        bool there = i < PIECE_EXTENTS ? entry->to != 0
                                       : entry->at && !entry->to && !entry->complete;
        if (!there)
            continue;
        EM_TRY(em_pack_view(out, em_view_of(extents[i].name)));
        EM_TRY(em_pack_u64(
            out, *(const uint64_t *)(const void *)((const char *)entry + extents[i].at)));
    }
    return EM_OK;
}

static bool read_named(struct em_ledger *entry, struct em_unpack *in)
{
    struct em_view name = em_unpack_view(in);
    uint64_t count = em_unpack_u64(in);
    for (int i = 0; i < N_EXTENTS; i++)
        if (em_view_eq(name, em_view_of(extents[i].name))) {
            *(uint64_t *)(void *)((char *)entry + extents[i].at) = count;
            return true;
        }
    for (int i = 1; i < EM_DROP_COUNT; i++)
        if (em_view_eq(name, em_view_of(em_drop_name((enum em_drop)i)))) {
            entry->drops[i] = count;
            return true;
        }
    return false;
}

enum em_status em_ledger_read(struct em_ledger *entry, struct em_view key,
                              struct em_view value)
{
    struct em_unpack in = em_unpack_of(key);
    *entry = (struct em_ledger){.file = em_unpack_be(&in, 8)};
    entry->model = (uint32_t)em_unpack_be(&in, 4);
    bool piece = in.p < in.end;
    if (piece)
        entry->from = em_unpack_be(&in, 8);
    if (!em_unpack_done(&in))
        return EM_ERR_FORMAT;
    in = em_unpack_of(value);
    read_head(entry, &in);
    entry->size = em_unpack_u64(&in);
    entry->records = em_unpack_u64(&in);
    uint64_t complete = em_unpack_u64(&in), failed = em_unpack_u64(&in);
    entry->complete = complete != 0;
    entry->failed = failed != 0;
    entry->documents = em_unpack_u64(&in);
    entry->damaged = em_unpack_u64(&in);
    entry->words = em_unpack_u64(&in);
    entry->text_bytes = em_unpack_u64(&in);
    entry->stored_bytes = em_unpack_u64(&in);
    entry->block_bytes = em_unpack_u64(&in);
    entry->forgotten = em_unpack_u64(&in);
    while (!in.bad && in.p < in.end)
        if (!read_named(entry, &in))
            return EM_ERR_FORMAT;
    if (!em_unpack_done(&in) || entry->forgotten > entry->documents || complete > 1 ||
        failed > 1 || piece != (entry->to != 0) || (piece && entry->from >= entry->to) ||
        em_name_hash(entry->canonical.len ? entry->canonical : entry->name) !=
            entry->file ||
        em_model_hash(entry->model_name) != entry->model)
        return EM_ERR_FORMAT;
    return EM_OK;
}

void em_ledger_write(struct em_json *json, const struct em_ledger *entry)
{
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"model_hash", entry->model},
        {"size", entry->size},
        {"records", entry->records},
        {"documents", entry->documents},
        {"forgotten", entry->forgotten},
        {"damaged", entry->damaged},
        {"words", entry->words},
        {"text_bytes", entry->text_bytes},
        {"stored_bytes", entry->stored_bytes},
        {"block_bytes", entry->block_bytes},
    };
    em_json_key(json, "name");
    em_json_string(json, entry->name);
    em_json_key(json, "file");
    em_json_hex(json, entry->file);
    em_json_key(json, "model");
    em_json_string_or_null(json, entry->model_name);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        em_json_key(json, numbers[i].name);
        em_json_u64(json, numbers[i].value);
    }
    for (int i = 0; i < 4 && entry->to; i++) {
        static const char *const names[] = {"from", "to", "first", "next"};
        const uint64_t values[] = {entry->from, entry->to, entry->first, entry->next};
        em_json_key(json, names[i]);
        em_json_u64(json, values[i]);
    }
    if (entry->canonical.len) {
        em_json_key(json, "canonical");
        em_json_string(json, entry->canonical);
    }
    if (entry->n_damage) {
        em_json_key(json, "damage");
        em_json_array(json);
        for (uint32_t i = 0; i < entry->n_damage; i++) {
            em_json_object(json);
            em_json_key(json, "reason");
            em_json_string(json, entry->damage[i].reason);
            em_json_key(json, "count");
            em_json_u64(json, entry->damage[i].count);
            em_json_key(json, "first");
            em_json_u64(json, entry->damage[i].first);
            em_json_end(json);
        }
        em_json_end(json);
    }
    em_json_key(json, "drops");
    em_json_object(json);
    for (int i = 1; i < EM_DROP_COUNT; i++)
        if (entry->drops[i]) {
            em_json_key(json, em_drop_name((enum em_drop)i));
            em_json_u64(json, entry->drops[i]);
        }
    em_json_end(json);
    em_json_key(json, "complete");
    em_json_bool(json, entry->complete);
    em_json_key(json, "failed");
    em_json_bool(json, entry->failed);
}
