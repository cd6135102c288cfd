/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of the models table.
 */
#include "index/model.h"

#include "index/pack.h"

enum { MODEL_VERSION = 1 };

enum em_status em_index_model_row(struct em_rows *rows, uint8_t number,
                                  const struct em_index_member *member)
{
    struct em_buf key, value;
    em_buf_init(&key, EM_MAX_KEY);
    em_buf_init(&value, EM_MAX_VALUE);
    enum em_status status = em_pack_be(&key, em_model_hash(member->whole), 4);
    if (status == EM_OK)
        status = em_pack_be(&key, number, 1);
    if (status == EM_OK)
        status = em_buf_putc(&value, MODEL_VERSION);
    const struct em_view parts[] = {member->whole, member->name, member->lang,
                                    member->block};
    for (size_t i = 0; i < 4 && status == EM_OK; i++)
        status = em_pack_view(&value, parts[i]);
    if (status == EM_OK)
        status =
            em_rows_add(rows, EM_TABLE_MODELS, em_buf_view(&key), em_buf_view(&value));
    em_buf_release(&key);
    em_buf_release(&value);
    return status;
}

enum em_status em_index_model_read(struct em_view key, struct em_view value,
                                   uint32_t *hash, struct em_index_member *member)
{
    struct em_unpack in = em_unpack_of(key);
    *hash = (uint32_t)em_unpack_be(&in, 4);
    (void)em_unpack_be(&in, 1);
    if (!em_unpack_done(&in))
        return EM_ERR_FORMAT;
    in = em_unpack_of(value);
    uint64_t version = em_unpack_be(&in, 1);
    member->whole = em_unpack_view(&in);
    member->name = em_unpack_view(&in);
    member->lang = em_unpack_view(&in);
    member->block = em_unpack_view(&in);
    return em_unpack_done(&in) && version == MODEL_VERSION &&
                   member->whole.len < EM_INDEX_MODEL_NAME &&
                   em_model_hash(member->whole) == *hash
               ? EM_OK
               : EM_ERR_FORMAT;
}

enum em_status em_index_model_json(struct em_json *json, struct em_view key,
                                   struct em_view value)
{
    struct em_index_member m;
    struct em_calibration block;
    uint32_t hash;
    EM_TRY(em_index_model_read(key, value, &hash, &m));
    em_calibration_init(&block);
    enum em_status status = m.block.len ? em_calibration_unpack(&block, m.block) : EM_OK;
    em_json_key(json, "model");
    em_json_string(json, m.whole);
    em_json_key(json, "member");
    em_json_string(json, m.name);
    em_json_key(json, "lang");
    em_json_string(json, m.lang);
    em_json_key(json, "sources");
    em_json_u64(json, block.n);
    em_json_key(json, "block_hash");
    em_json_hex(json, em_name_hash(m.block));
    em_calibration_release(&block);
    return status < 0 ? EM_ERR_FORMAT : json->status;
}
