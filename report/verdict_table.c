/* SPDX-License-Identifier: Apache-2.0 */
#include "report/verdict_table.h"

#include "base/alloc.h"
#include "base/json_read.h"
#include "base/json_text.h"
#include "crawler/archive/parquet_write.h"

enum column_kind { TEXT, JSON, INTEGER, NUMBER };

/* Name of the column, where the value stands in a line, and what it is. */
static const struct {
    const char *name, *path;
    enum column_kind kind;
} columns[] = {
    {"id", "id", TEXT},
    {"url", "url", TEXT},
    {"host", "host", TEXT},
    {"domain", "domain", TEXT},
    {"date", "date", TEXT},
    {"published", "published", TEXT},
    {"lang", "lang", TEXT},
    {"words", "words", INTEGER},
    {"score", "score", NUMBER},
    {"log_odds", "log_odds", NUMBER},
    {"verdict", "verdict", TEXT},
    {"abstain", "abstain", TEXT},
    {"style", "signals.style", NUMBER},
    {"leaks", "signals.leaks", JSON},
    {"matches", "signals.matches", JSON},
    {"spans", "spans", JSON},
    {"share", "share", NUMBER},
    {"share_error", "share_error", NUMBER},
    {"family", "family", JSON},
    {"file", "source.file", TEXT},
    {"offset", "source.offset", INTEGER},
    {"row_group", "source.row_group", INTEGER},
    {"row", "source.row", INTEGER},
    {"record", "source.record", TEXT},
    {"model", "model", TEXT},
    {"drop", "drop", TEXT},
};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

struct em_verdict_table {
    struct em_parquet_writer *writer;
    struct em_json_reader *json;
    FILE *file;
};

static bool table_write(void *context, struct em_view bytes)
{
    return fwrite(bytes.data, 1, bytes.len, context) == bytes.len;
}

enum em_status em_verdict_table_new(struct em_verdict_table **out, FILE *file,
                                    struct em_err *err)
{
    static const enum em_parquet_type types[] = {EM_PARQUET_BYTES, EM_PARQUET_BYTES,
                                                 EM_PARQUET_INT64, EM_PARQUET_DOUBLE};
    struct em_parquet_field fields[COLUMNS];
    struct em_verdict_table *t = em_calloc(1, sizeof(*t));
    *out = NULL;
    for (size_t i = 0; i < COLUMNS; i++)
        fields[i] = (struct em_parquet_field){.name = columns[i].name,
                                              .type = types[columns[i].kind]};
    enum em_status status = t ? em_json_reader_new(&t->json) : EM_ERR_NOMEM;
    if (status < 0)
        em_fail(err, status, "parquet", "%s", em_status_text(status));
    if (status == EM_OK)
        status =
            em_parquet_writer_new(&t->writer, table_write, file, fields, COLUMNS, err);
    if (status < 0) {
        em_verdict_table_free(t);
        return status;
    }
    *out = t;
    return EM_OK;
}

void em_verdict_table_free(struct em_verdict_table *t)
{
    if (!t)
        return;
    em_parquet_writer_free(t->writer);
    em_json_reader_free(t->json);
    em_free(t);
}

static void table_cell(struct em_verdict_table *t, struct em_view line, size_t i,
                       struct em_parquet_cell *cell)
{
    const char *path = columns[i].path;
    int64_t whole = 0;
    double number = 0;
    struct em_view raw;
    switch (columns[i].kind) {
    case TEXT:
        cell->null = !em_json_get_string(t->json, path, &cell->bytes);
        return;
    case INTEGER:
        cell->null = !em_json_get_i64(t->json, path, &whole);
        cell->bits = (uint64_t)whole;
        return;
    case NUMBER:
        cell->null = !em_json_get_double(t->json, path, &number);
        memcpy(&cell->bits, &number, sizeof(number));
        return;
    default:
        cell->null = !em_json_text_find(line, em_view_of(path), &raw) ||
                     em_view_eq(raw, EM_VIEW("null"));
        if (!cell->null)
            cell->bytes = raw;
    }
}

static enum em_status table_add_line(struct em_verdict_table *t, struct em_view line,
                                     struct em_err *err)
{
    EM_TRY(em_json_reader_parse(t->json, line, err));
    for (size_t i = 0; i < COLUMNS; i++) {
        struct em_parquet_cell cell = {.null = true};
        table_cell(t, line, i, &cell);
        enum em_status status = em_parquet_writer_set(t->writer, i, &cell);
        if (status < 0)
            return em_fail(err, status, "parquet", "%s", em_status_text(status));
    }
    return em_parquet_writer_row(t->writer, err);
}

enum em_status em_verdict_table_add(struct em_verdict_table *t, struct em_view lines,
                                    struct em_err *err)
{
    while (lines.len) {
        size_t end = em_view_find(lines, 0, EM_VIEW("\n"));
        EM_TRY(table_add_line(t, em_view_sub(lines, 0, end), err));
        lines = em_view_sub(lines, end + 1, lines.len);
    }
    return EM_OK;
}

enum em_status em_verdict_table_end(struct em_verdict_table *t, struct em_err *err)
{
    static const char *const pairs[][2] = {
        {"echometer.schema", "verdicts"},
        {"echometer.schema_version", EM_VERDICT_TABLE_VERSION},
        {"echometer.version", EM_VERSION},
    };
    return em_parquet_writer_end(t->writer, pairs, 3, err);
}
