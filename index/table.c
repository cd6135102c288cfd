/* SPDX-License-Identifier: Apache-2.0
 *
 * One row a table: its name in the file format and in exports, and what its owner says of
 * it. To add a table: a name in enum em_table, a row here, a section in docs/FORMATS.md.
 */
#include "index/cell.h"
#include "index/diversity.h"
#include "index/document.h"
#include "index/hit.h"
#include "index/model.h"
#include "index/passage.h"

static const struct em_table_spec specs[EM_TABLE_COUNT] = {
    [EM_TABLE_DOCUMENTS] = {"documents", NULL, em_document_json, NULL},
    [EM_TABLE_HOSTS] = {"hosts", em_cell_combine, em_host_json, NULL},
    [EM_TABLE_MONTHS] = {"months", em_cell_combine, em_month_json, NULL},
    [EM_TABLE_PASSAGES] = {"passages", em_passage_combine, em_passage_json,
                           em_passage_forget},
    [EM_TABLE_HITS] = {"hits", em_hit_combine, em_hit_json, em_hit_forget},
    [EM_TABLE_MODELS] = {"models", NULL, em_index_model_json, NULL},
    [EM_TABLE_DIVERSITY] = {"diversity", em_diversity_combine, em_diversity_json, NULL},
};

const struct em_table_spec *em_table_spec(enum em_table table)
{
    return &specs[table];
}

enum em_status em_row_check(enum em_table table, struct em_view key, struct em_view value,
                            struct em_buf *scratch)
{
    const struct em_table_spec *spec = em_table_spec(table);
    struct em_json json;
    if (!spec->json)
        return EM_OK;
    em_buf_clear(scratch);
    em_json_init(&json, scratch);
    em_json_object(&json);
    EM_TRY(spec->json(&json, key, value));
    em_json_end(&json);
    return em_json_finish(&json);
}
