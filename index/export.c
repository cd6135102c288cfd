/* SPDX-License-Identifier: Apache-2.0 */
#include "index/export.h"

#include <string.h>

enum { CHUNK = 1 << 16 };

struct export
{
    struct em_buf lines;
    em_export_fn *write;
    void *context;
};

static enum em_status drain(struct export *x, size_t beyond)
{
    if (x->lines.len <= beyond)
        return EM_OK;
    bool written = x->write(x->context, em_buf_view(&x->lines));
    em_buf_clear(&x->lines);
    return written ? EM_OK : EM_ERR_IO;
}

static void export_begin(struct em_json *json, struct export *x, const char *table)
{
    em_json_init(json, &x->lines);
    em_json_object(json);
    em_json_key(json, "table");
    em_json_string(json, em_view_of(table));
}

static enum em_status export_entry(void *context, const struct em_ledger *entry)
{
    struct export *x = context;
    struct em_json json;
    export_begin(&json, x, "ledger");
    em_ledger_write(&json, entry);
    em_json_end(&json);
    EM_TRY(em_json_finish(&json));
    return drain(x, CHUNK);
}

static enum em_status export_row(struct export *x, const struct em_table_spec *spec,
                                 struct em_view key, struct em_view value)
{
    struct em_json json;
    export_begin(&json, x, spec->name);
    enum em_status status = spec->json ? spec->json(&json, key, value) : EM_OK;
    em_json_end(&json);
    if (status == EM_OK)
        status = em_json_finish(&json);
    return status == EM_OK ? drain(x, CHUNK) : status;
}

static enum em_status export_table(struct export *x, struct em_store *store,
                                   enum em_table table, struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    const struct em_table_spec *spec = em_table_spec(table);
    EM_TRY(em_cursor_open(&cursor, store, table, EM_VIEW_NONE, err));
    enum em_status status;
    while ((status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
        status = export_row(x, spec, key, value);
        if (status < 0) {
            if (status != EM_ERR_IO)
                em_fail(err, status, "export", "table %s: a row cannot be written: %s",
                        spec->name, em_status_text(status));
            break;
        }
    }
    em_cursor_free(cursor);
    return status < 0 ? status : EM_OK;
}

static bool wanted(const char *table, const char *name)
{
    return !table || strcmp(table, name) == 0;
}

enum em_status em_index_export(struct em_store *store, const char *table,
                               em_export_fn *write, void *context, struct em_err *err)
{
    struct export x = {.write = write, .context = context};
    bool known = wanted(table, "ledger");
    enum em_status status = EM_OK;
    em_buf_init(&x.lines, 2 * (size_t)EM_MAX_VALUE);
    if (known)
        status = em_store_ledger_each(store, export_entry, &x, err);
    for (int t = 0; t < EM_TABLE_COUNT && status == EM_OK; t++) {
        if (!wanted(table, em_table_spec((enum em_table)t)->name))
            continue;
        known = true;
        status = export_table(&x, store, (enum em_table)t, err);
    }
    if (status == EM_OK && !known)
        status = em_fail(err, EM_ERR_USAGE, "export", "there is no table '%s'", table);
    if (status == EM_OK)
        status = drain(&x, 0);
    em_buf_release(&x.lines);
    return status;
}
