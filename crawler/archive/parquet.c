/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/parquet.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "crawler/archive/parquet_int.h"
#include "crawler/archive/parquet_row.h"
#include "crawler/archive/parquet_text.h"

#include <inttypes.h>
#include <stdio.h>

/* Read with the footer's length before it is known: holds most footers, so that a remote
 * file costs one request less. */
#define TAIL_BYTES ((size_t)(32 * EM_KIB))

/* Between the texts of a list, as between the blocks of a page. */
#define BETWEEN EM_VIEW("\n\n")

/* --- opening ---------------------------------------------------------------------------- */

bool em_parquet_begins(struct em_view head)
{
    return em_view_starts(head, EM_VIEW("PAR1")) || em_view_starts(head, EM_VIEW("PARE"));
}

bool em_parquet_named(const char *name)
{
    struct em_view v = em_view_of(name), end = EM_VIEW(".parquet");
    size_t query = em_view_find(v, 0, EM_VIEW("?"));
    v = em_view_sub(v, 0, query);
    return v.len > end.len && em_view_ieq(em_view_sub(v, v.len - end.len, end.len), end);
}

static enum em_status parquet_fail(struct em_err *err, const char *why)
{
    return em_fail(err, EM_ERR_FORMAT, "parquet", "%s", why);
}

/* Bytes [from, size) to the end of the file. */
static enum em_status parquet_read_tail(struct em_parquet *p, uint64_t from,
                                        struct em_err *err)
{
    struct em_input in;
    size_t want = (size_t)(p->file.size - from);
    EM_TRY(em_ranged_part(&p->file, &in, from, p->file.size, err));
    enum em_status status = em_input_want(&in, want, err);
    em_buf_clear(&p->footer);
    if (status == EM_OK && em_input_view(&in).len < want)
        status = parquet_fail(err, "the file is shorter than it was");
    if (status == EM_OK)
        status = em_buf_append(&p->footer, em_input_view(&in).data, want);
    em_input_close(&in);
    return status;
}

/* FileMetaData, its length in four bytes, and PAR1. */
static enum em_status parquet_read_footer(struct em_parquet *p, struct em_err *err)
{
    uint64_t size = p->file.size, tail = size < TAIL_BYTES ? size : TAIL_BYTES;
    if (size < 12)
        return parquet_fail(err, "too short for a Parquet file");
    EM_TRY(parquet_read_tail(p, size - tail, err));
    const unsigned char *end = (const unsigned char *)p->footer.data + p->footer.len;
    if (memcmp(end - 4, "PARE", 4) == 0)
        return em_fail(err, EM_ERR_UNSUPPORTED, "parquet",
                       "an encrypted Parquet file is not supported");
    if (memcmp(end - 4, "PAR1", 4) != 0)
        return parquet_fail(err, "the file does not end with PAR1: it is cut, or was "
                                 "never finished");
    uint64_t len = (uint64_t)end[-8] | (uint64_t)end[-7] << 8 | (uint64_t)end[-6] << 16 |
                   (uint64_t)end[-5] << 24;
    if (len > size - 12)
        return parquet_fail(err, "the footer is longer than the file");
    if (len > EM_MAX_PARQUET_FOOTER)
        return em_fail(err, EM_ERR_LIMIT, "parquet", "the footer is longer than 64 MiB");
    if (len + 8 > tail)
        EM_TRY(parquet_read_tail(p, size - 8 - len, err));
    struct em_view footer = em_view_sub(em_buf_view(&p->footer),
                                        p->footer.len - 8 - (size_t)len, (size_t)len);
    return em_parquet_meta_read(&p->meta, footer, size - 8 - len, err);
}

static enum em_status parquet_check_magic(struct em_parquet *p, struct em_err *err)
{
    struct em_input in;
    uint64_t size = p->file.size;
    if (size < 12)
        return parquet_fail(err, "too short for a Parquet file");
    EM_TRY(em_ranged_part(&p->file, &in, 0, 4, err));
    enum em_status status = em_input_want(&in, 4, err);
    bool plain = status == EM_OK && em_view_starts(em_input_view(&in), EM_VIEW("PAR1"));
    bool encrypted = status == EM_OK && em_parquet_begins(em_input_view(&in));
    em_input_close(&in);
    if (status < 0 || plain)
        return status;
    return encrypted
               ? em_fail(err, EM_ERR_UNSUPPORTED, "parquet",
                         "an encrypted Parquet file is not supported")
               : parquet_fail(err, "the name says Parquet, but the file does not begin "
                                   "with PAR1");
}

/* Row groups have places, rows have none of their own: reading begins with a row group. */
static enum em_status parquet_begin_at(struct em_parquet *p, struct em_err *err)
{
    uint64_t at = p->options.start_offset;
    while (p->group < p->meta.n_groups && p->meta.groups[p->group].begin < at)
        p->group++;
    bool exact = p->group < p->meta.n_groups && p->meta.groups[p->group].begin == at;
    if (at && !p->options.start_anywhere && !exact)
        return em_fail(err, EM_ERR_USAGE, "parquet",
                       "cannot begin at byte %llu: no row group begins there",
                       (unsigned long long)at);
    p->number = p->options.start_number;
    return EM_OK;
}

static enum em_status parquet_set_up(struct em_parquet *p, const char *name,
                                     struct em_view memory, struct em_err *err)
{
    em_buf_init(&p->footer, EM_MAX_PARQUET_FOOTER + EM_MIB);
    em_buf_init(&p->block, 8 * EM_MAX_LINE);
    em_buf_init(&p->joined, EM_MAX_LINE);
    em_buf_init(&p->carried, 8 * EM_MAX_LINE);
    p->name = em_strdup(name);
    if (!p->name)
        return EM_ERR_NOMEM;
    if (memory.data)
        p->file = (struct em_ranged){.memory = memory, .size = memory.len};
    else
        EM_TRY(em_ranged_open(&p->file, p->name, p->options.remote, err));
    if (memory.data || strcmp(name, "-") != 0)
        p->file.name = p->name;
    EM_TRY(parquet_check_magic(p, err));
    EM_TRY(parquet_read_footer(p, err));
    EM_TRY(em_parquet_inflater_new(&p->inflater));
    EM_TRY(em_parquet_choose(p, err));
    return parquet_begin_at(p, err);
}

enum em_status em_parquet_open(struct em_parquet **out, const char *name,
                               struct em_view memory,
                               const struct em_source_options *options,
                               struct em_err *err)
{
    struct em_parquet *p = em_calloc(1, sizeof(*p));
    *out = NULL;
    if (!p)
        return em_fail(err, EM_ERR_NOMEM, "parquet", "%s", em_status_text(EM_ERR_NOMEM));
    p->options = *options;
    p->fields = em_source_fields(options);
    enum em_status status = parquet_set_up(p, name, memory, err);
    if (status < 0) {
        if (status == EM_ERR_NOMEM)
            em_fail(err, status, "parquet", "%s", em_status_text(status));
        em_parquet_free(p);
        return status;
    }
    *out = p;
    return EM_OK;
}

void em_parquet_free(struct em_parquet *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n_columns; i++)
        em_parquet_column_release(&p->columns[i].column);
    em_free(p->columns);
    em_parquet_inflater_free(p->inflater);
    em_parquet_meta_release(&p->meta);
    em_buf_release(&p->footer);
    em_buf_release(&p->block);
    em_buf_release(&p->joined);
    em_buf_release(&p->carried);
    em_free(p->name);
    em_free(p);
}

const char *em_parquet_skipped(const struct em_parquet *p)
{
    return p->skipped;
}

const char *em_parquet_text_column(const struct em_parquet *p)
{
    /* Paths have a NUL after them. */
    return p->text < p->n_columns ? p->meta.leaves[p->columns[p->text].leaf].path.data
                                  : NULL;
}

size_t em_parquet_text_leaf(const struct em_parquet *p)
{
    return p->text < p->n_columns ? p->columns[p->text].leaf : SIZE_MAX;
}

enum em_status em_parquet_writer_of(const struct em_parquet *p,
                                    struct em_parquet_writer **out,
                                    bool (*write)(void *context, struct em_view bytes),
                                    void *context, struct em_err *err)
{
    return em_parquet_writer_like(out, write, context, &p->meta, err);
}

uint64_t em_parquet_size(const struct em_parquet *p)
{
    return p->file.size;
}

uint64_t em_parquet_position(const struct em_parquet *p)
{
    if (p->group >= p->meta.n_groups)
        return p->file.size;
    const struct em_parquet_group *g = &p->meta.groups[p->group];
    double share = g->n_rows ? (double)p->row / (double)g->n_rows : 0;
    return g->begin + (uint64_t)(share * (double)g->size);
}

/* --- rows ----------------------------------------------------------------------------------- */

static void record_begin(struct em_parquet *p, struct em_record *r,
                         enum em_record_type type)
{
    memset(r, 0, sizeof(*r));
    r->type = type;
    r->origin.file = em_view_of(p->name);
    r->origin.number = p->number++;
    r->origin.in_group = true;
    r->origin.row_group = p->group;
    r->origin.row = p->row;
    if (p->group < p->meta.n_groups)
        r->origin.offset = p->meta.groups[p->group].begin;
}

static void record_damage(struct em_parquet *p, struct em_record *r, const char *why)
{
    record_begin(p, r, EM_RECORD_DAMAGE);
    snprintf(p->error, sizeof(p->error), "row group %zu: %s", p->group, why);
    r->error = p->error;
}

/* Keeps what is wrong with a column until it can be told. */
static void column_note(struct em_parquet *p, struct parquet_column *c, const char *why,
                        uint64_t rows)
{
    struct em_view path = p->meta.leaves[c->leaf].path;
    char lost[48] = "", page[40] = "";
    if (rows)
        snprintf(lost, sizeof(lost), "; %" PRIu64 " row%s lost", rows,
                 rows == 1 ? " is" : "s are");
    if (c->column.open)
        snprintf(page, sizeof(page), ", page at byte %" PRIu64, c->column.page_at);
    snprintf(c->damage, sizeof(c->damage), "column '%.*s'%s: %s%s",
             (int)(path.len < 60 ? path.len : 60), path.data, page, why, lost);
    c->telling = true;
}

/* Damage of a column that is not the text becomes a note; the values of its page, or of the
 * rest of the row group, are null. */
static enum em_status column_settle(struct em_parquet *p, struct parquet_column *c,
                                    enum em_status status)
{
    uint64_t left = p->meta.groups[p->group].n_rows - p->row, lost = left;
    const char *why = "it has fewer values than the row group has rows";
    if (status == EM_ERR_FORMAT && c->column.damage) {
        why = c->column.damage;
        lost = em_parquet_column_leave_page(&c->column);
    } else if (status != EM_END) {
        return status;
    }
    if (lost == 0 || lost > left)
        lost = left;
    column_note(p, c, why, lost);
    c->dead = lost == left;
    c->gap = lost;
    return EM_OK;
}

static enum em_status parquet_open_group(struct em_parquet *p, struct em_err *err)
{
    const struct em_parquet_group *g = &p->meta.groups[p->group];
    for (size_t i = 0; i < p->n_columns; i++) {
        struct parquet_column *c = &p->columns[i];
        const struct em_parquet_chunk *chunk = &g->chunks[c->leaf];
        c->dead = c->telling = false;
        c->gap = 0;
        EM_TRY(column_settle(p, c, em_parquet_column_begin(&c->column, chunk, err)));
        if (!c->dead && c->column.node->rep == 0 && (uint64_t)chunk->n_values > g->n_rows)
            column_note(p, c, "it has more values than the row group has rows", 0);
    }
    p->open = true;
    return EM_OK;
}

static void parquet_next_group(struct em_parquet *p)
{
    p->open = false;
    p->row = 0;
    p->group++;
}

/* The next value, and into the row that is carried. */
static enum em_status column_take(struct em_parquet *p, struct parquet_column *c,
                                  struct em_parquet_cell *cell, struct em_err *err)
{
    enum em_status status = em_parquet_column_level(&c->column, err);
    if (status != EM_OK)
        return status;
    uint32_t rep = c->column.rep_level, def = c->column.def_level;
    status = em_parquet_column_value(&c->column, cell, err);
    return status == EM_OK && p->capture
               ? em_parquet_row_value(&p->carried, c->place, c->column.node, rep, def,
                                      cell)
               : status;
}

static enum em_status column_join_text(struct em_parquet *p, struct parquet_column *c,
                                       const struct em_parquet_cell *item,
                                       struct em_parquet_cell *cell)
{
    if (item->null)
        return EM_OK;
    if (!cell->null)
        EM_TRY(em_buf_append_view(&p->joined, BETWEEN));
    cell->null = false;
    return em_parquet_text(&p->joined, c->column.node, item);
}

/* As an array. A list that is there and empty is one level below one with items; one that
 * is null further below. */
static enum em_status column_join_json(struct em_parquet *p, struct parquet_column *c,
                                       const struct em_parquet_cell *item,
                                       struct em_parquet_cell *cell)
{
    uint32_t def = c->column.def_level;
    if (def + 1 < c->list_def)
        return EM_OK;
    EM_TRY(em_buf_putc(&p->joined, cell->null ? '[' : ','));
    cell->null = false;
    return def < c->list_def ? EM_OK : em_parquet_json(&p->joined, c->column.node, item);
}

/* The items of a list, which begins with a value of repetition 0. */
static enum em_status column_join(struct em_parquet *p, struct parquet_column *c,
                                  struct em_parquet_cell *cell, struct em_err *err)
{
    struct em_parquet_cell item;
    struct em_parquet_column *column = &c->column;
    em_buf_clear(&p->joined);
    cell->null = true;
    enum em_status status = em_parquet_column_level(column, err);
    if (status != EM_OK)
        return status;
    if (column->rep_level != 0) {
        column->damage = "a row begins inside a list";
        return EM_ERR_FORMAT;
    }
    while (status == EM_OK) {
        EM_TRY(column_take(p, c, &item, err));
        EM_TRY(c->silent   ? EM_OK
               : c->string ? column_join_text(p, c, &item, cell)
                           : column_join_json(p, c, &item, cell));
        status = em_parquet_column_level(column, err);
        if (status == EM_OK && column->rep_level == 0)
            break;
    }
    if (!c->string && !c->silent && !cell->null)
        EM_TRY(em_buf_putc(&p->joined, ']'));
    cell->bytes = em_buf_view(&p->joined);
    /* Damage after this row is the next one's. */
    return status == EM_END || (status == EM_ERR_FORMAT && column->damage) ? EM_OK
                                                                           : status;
}

/* Over one row's value. */
static enum em_status column_pass(struct em_parquet *p, struct parquet_column *c,
                                  struct em_err *err)
{
    struct em_parquet_cell cell;
    p->capture = false;
    if (c->gap) {
        c->gap--;
        return EM_OK;
    }
    EM_TRY(column_settle(p, c,
                         c->column.node->rep ? column_join(p, c, &cell, err)
                                             : column_take(p, c, &cell, err)));
    c->gap -= c->gap > 0;
    return EM_OK;
}

/* Rows that cannot be had: over them in the other columns, too. */
static enum em_status parquet_lose_rows(struct em_parquet *p, size_t but, uint64_t rows,
                                        struct em_err *err)
{
    for (size_t i = 0; i < p->n_columns; i++) {
        struct parquet_column *c = &p->columns[i];
        for (uint64_t row = 0; row < rows && i != but && !c->dead; row++)
            EM_TRY(column_pass(p, c, err));
    }
    p->row += rows;
    return EM_OK;
}

/* The text is damaged: the rows of its page, or of the rest of the row group, go. */
static enum em_status parquet_lose_text(struct em_parquet *p, struct em_record *r,
                                        enum em_status status, struct em_err *err)
{
    struct parquet_column *c = &p->columns[p->text];
    uint64_t left = p->meta.groups[p->group].n_rows - p->row, lost = left;
    const char *why = status == EM_END ? "it has fewer values than the row group has rows"
                                       : c->column.damage;
    if (status == EM_ERR_FORMAT)
        lost = em_parquet_column_leave_page(&c->column);
    if (lost == 0 || lost > left)
        lost = left;
    column_note(p, c, why, lost);
    c->telling = false;
    record_damage(p, r, c->damage);
    if (lost == left) {
        parquet_next_group(p);
        return EM_OK;
    }
    return parquet_lose_rows(p, p->text, lost, err);
}

static enum em_status parquet_put_value(struct em_parquet *p, struct parquet_column *c,
                                        const struct em_parquet_cell *cell)
{
    struct em_buf *out = &p->block;
    struct em_view path = c->named ? em_view_of(c->named) : p->meta.leaves[c->leaf].path;
    EM_TRY(em_buf_putc(out, out->len > 1 ? ',' : '{'));
    if (out->len == 1 && out->data[0] == ',')
        out->data[0] = '{';
    EM_TRY(em_parquet_json_quote(out, path));
    EM_TRY(em_buf_putc(out, ':'));
    if (c->column.node->rep && !cell->null)
        return c->string ? em_parquet_json_quote(out, cell->bytes)
                         : em_buf_append_view(out, cell->bytes);
    return c->string ? em_parquet_json_string(out, c->column.node, cell)
                     : em_parquet_json(out, c->column.node, cell);
}

static enum em_status parquet_read_value(struct em_parquet *p, struct parquet_column *c,
                                         struct em_parquet_cell *cell, struct em_err *err)
{
    *cell = (struct em_parquet_cell){.null = true};
    p->torn |= c->dead || c->gap;
    if (p->options.carry)
        EM_TRY(em_parquet_row_column(&p->carried, c->leaf, &c->place));
    if (c->dead)
        return EM_OK;
    if (c->gap) {
        c->gap--;
        return EM_OK;
    }
    return c->column.node->rep ? column_join(p, c, cell, err)
                               : column_take(p, c, cell, err);
}

/* The row as a line of JSON in the block; EM_AGAIN: the text's damage is in `r`. */
static enum em_status parquet_read_row(struct em_parquet *p, struct em_record *r,
                                       struct em_err *err)
{
    struct em_parquet_cell text = {.null = true}, cell;
    p->torn = false;
    p->capture = p->options.carry;
    if (p->options.carry)
        EM_TRY(em_parquet_row_begin(&p->carried, p->group));
    if (p->text < p->n_columns) {
        struct parquet_column *c = &p->columns[p->text];
        enum em_status status = parquet_read_value(p, c, &text, err);
        if (status == EM_END || (status == EM_ERR_FORMAT && c->column.damage)) {
            EM_TRY(parquet_lose_text(p, r, status, err));
            return EM_AGAIN;
        }
        EM_TRY(status);
    }
    em_buf_clear(&p->block);
    for (size_t i = 0; i < p->n_columns; i++) {
        struct parquet_column *c = &p->columns[i];
        cell = text;
        if (i != p->text) {
            enum em_status status = parquet_read_value(p, c, &cell, err);
            bool lost = status == EM_END || status == EM_ERR_FORMAT;
            EM_TRY(column_settle(p, c, status));
            cell.null |= lost;
            p->torn |= lost;
            c->gap -= lost && c->gap;
        }
        if (!c->silent)
            EM_TRY(parquet_put_value(p, c, &cell));
    }
    if (p->block.len == 0)
        EM_TRY(em_buf_putc(&p->block, '{'));
    return em_buf_putc(&p->block, '}');
}

static bool parquet_tell(struct em_parquet *p, struct em_record *r)
{
    for (size_t i = 0; i < p->n_columns; i++)
        if (p->columns[i].telling) {
            p->columns[i].telling = false;
            record_damage(p, r, p->columns[i].damage);
            return true;
        }
    return false;
}

/* The text of a row group may be refused when it is opened. */
static bool parquet_text_is_dead(const struct em_parquet *p)
{
    return p->text < p->n_columns && p->columns[p->text].dead;
}

static enum em_status parquet_give_row(struct em_parquet *p, struct em_record *r,
                                       struct em_err *err)
{
    struct em_err why = {.status = EM_OK};
    enum em_status status = parquet_read_row(p, r, &why);
    if (status == EM_AGAIN)
        return EM_OK;
    if (status < 0 && status != EM_ERR_LIMIT) {
        if (err)
            *err = why;
        return status;
    }
    record_begin(p, r, EM_RECORD_JSON);
    r->block = em_buf_view(&p->block);
    r->block_length = r->block.len;
    r->row = p->options.carry && !p->torn ? em_buf_view(&p->carried) : EM_VIEW_NONE;
    if (p->options.carry && p->torn)
        r->error = "a column of this row is damaged, so that it cannot be carried whole";
    p->row++;
    if (status == EM_OK && p->block.len > EM_MAX_LINE) { /* as a line of JSON lines */
        r->too_big = true;
        r->error = "row is longer than the limit";
        r->block = em_view_sub(r->block, 0, EM_KIB); /* the row stays in the file */
        r->row = EM_VIEW_NONE;
    }
    if (status == EM_OK)
        return EM_OK;
    /* The other columns stand where they stood: their rows would not fit any more. */
    r->too_big = true;
    r->error = "a row is longer than the limit; the rest of its row group is not read";
    parquet_next_group(p);
    return EM_OK;
}

enum em_status em_parquet_next(struct em_parquet *p, struct em_record *r,
                               struct em_err *err)
{
    while (p->group < p->meta.n_groups) {
        const struct em_parquet_group *g = &p->meta.groups[p->group];
        if (g->error) {
            record_damage(p, r, g->error);
            parquet_next_group(p);
            return EM_OK;
        }
        if (!p->open)
            EM_TRY(parquet_open_group(p, err));
        if (parquet_tell(p, r)) {
            if (parquet_text_is_dead(p))
                parquet_next_group(p);
            return EM_OK;
        }
        if (p->row < g->n_rows)
            return parquet_give_row(p, r, err);
        parquet_next_group(p);
    }
    return EM_END;
}
