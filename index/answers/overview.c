/* SPDX-License-Identifier: Apache-2.0 */
#include "index/answers/overview.h"

void em_overview_add(struct em_overview *o, const struct em_ledger *entry)
{
    if (entry->model != o->model)
        return;
    o->inputs++;
    o->incomplete += !entry->complete;
    o->failed += entry->failed;
    o->records += entry->records;
    o->documents += entry->documents;
    o->forgotten += entry->forgotten;
    o->damaged += entry->damaged;
    o->words += entry->words;
    for (int i = 0; i < EM_DROP_COUNT; i++)
        o->drops[i] += entry->drops[i];
}

enum em_status em_overview_months(struct em_overview *o, struct em_store *store,
                                  uint32_t model, struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    EM_TRY(em_cursor_open(&cursor, store, EM_TABLE_MONTHS, EM_VIEW_NONE, err));
    enum em_status status;
    while ((status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
        struct em_cell cell;
        struct em_cell_key at;
        status = em_cell_read(&at, &cell, EM_TABLE_MONTHS, key, value);
        if (status < 0)
            break;
        if (at.model != model)
            continue;
        em_cell_add(&o->all, &cell);
        if (at.month == EM_MONTH_UNKNOWN)
            continue;
        if (o->first_month == EM_MONTH_UNKNOWN)
            o->first_month = at.month;
        o->last_month = at.month;
    }
    em_cursor_free(cursor);
    return status < 0 ? status : EM_OK;
}

static enum em_status overview_add_entry(void *context, const struct em_ledger *entry)
{
    em_overview_add(context, entry);
    return EM_OK;
}

enum em_status em_overview_read(struct em_overview *o, struct em_store *store,
                                uint32_t model, struct em_err *err)
{
    *o = (struct em_overview){.model = model};
    EM_TRY(em_store_ledger_each(store, overview_add_entry, o, err));
    return em_overview_months(o, store, model, err);
}
