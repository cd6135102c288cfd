/* SPDX-License-Identifier: Apache-2.0 */
#include "index/ledger.h"

#include "base/hash.h"
#include "index/pack.h"

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

enum em_status em_ledger_value(struct em_buf *out, const struct em_ledger *entry)
{
    const uint64_t numbers[] = {
        entry->size,         entry->records,     entry->complete, entry->failed,
        entry->documents,    entry->damaged,     entry->words,    entry->text_bytes,
        entry->stored_bytes, entry->block_bytes, entry->forgotten};
    EM_TRY(em_pack_view(out, entry->name));
    EM_TRY(em_pack_view(out, entry->model_name));
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        EM_TRY(em_pack_u64(out, numbers[i]));
    /* By name: the numbers of drops may change between versions. */
    for (int i = 1; i < EM_DROP_COUNT; i++)
        if (entry->drops[i]) {
            EM_TRY(em_pack_view(out, em_view_of(em_drop_name((enum em_drop)i))));
            EM_TRY(em_pack_u64(out, entry->drops[i]));
        }
    return EM_OK;
}

static bool read_drop(struct em_ledger *entry, struct em_unpack *in)
{
    struct em_view name = em_unpack_view(in);
    uint64_t count = em_unpack_u64(in);
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
    if (!em_unpack_done(&in))
        return EM_ERR_FORMAT;
    in = em_unpack_of(value);
    entry->name = em_unpack_view(&in);
    entry->model_name = em_unpack_view(&in);
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
        if (!read_drop(entry, &in))
            return EM_ERR_FORMAT;
    if (!em_unpack_done(&in) || entry->forgotten > entry->documents || complete > 1 ||
        failed > 1 || em_name_hash(entry->name) != entry->file ||
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
