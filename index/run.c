/* SPDX-License-Identifier: Apache-2.0 */
#include "index/run.h"

#include "base/meter.h"
#include "base/alloc.h"

#include <errno.h>
#include <stdio.h>

void em_run_name(enum em_table table, uint32_t id, char out[EM_RUN_NAME])
{
    snprintf(out, EM_RUN_NAME, "%s.%08x", em_table_spec(table)->name, id);
}

enum em_status em_lmdb_fail(struct em_err *err, int rc, const char *doing)
{
    switch (rc) {
    case 0:
        return EM_OK;
    case MDB_MAP_FULL:
        return EM_ERR_FULL;
    case ENOMEM:
        return em_fail(err, EM_ERR_NOMEM, "index", "%s: out of memory", doing);
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_PANIC:
    case MDB_BAD_TXN:
        return em_fail(err, EM_ERR_CHECKSUM, "index", "%s: damaged (%s)", doing,
                       mdb_strerror(rc));
    case MDB_VERSION_MISMATCH:
        return em_fail(err, EM_ERR_VERSION, "index", "%s: %s", doing, mdb_strerror(rc));
    case EIO: /* LMDB's word for a write that the system cut short */
        return em_fail(err, EM_ERR_IO, "index",
                       "%s: input/output error, or no space left on the device", doing);
    default:
        return em_fail(err, EM_ERR_IO, "index", "%s: %s", doing, mdb_strerror(rc));
    }
}

/* --- writing ---------------------------------------------------------------------------- */

enum em_status em_run_begin(struct em_run_writer *writer, MDB_txn *txn,
                            enum em_table table, uint32_t id, struct em_err *err)
{
    char name[EM_RUN_NAME];
    *writer = (struct em_run_writer){.txn = txn, .run = {.table = table, .id = id}};
    em_block_writer_init(&writer->block);
    em_buf_init(&writer->value, (size_t)EM_MAX_VALUE + 8192);
    em_run_name(table, id, name);
    return em_lmdb_fail(err, mdb_dbi_open(txn, name, MDB_CREATE, &writer->run.dbi),
                        "cannot begin a run");
}

static enum em_status put_block(struct em_run_writer *writer, struct em_err *err)
{
    em_buf_clear(&writer->value);
    EM_TRY(em_block_finish(&writer->block, &writer->value));
    MDB_val key = em_mdb_val(em_buf_view(&writer->block.first));
    MDB_val value = em_mdb_val(em_buf_view(&writer->value));
    int rc = mdb_put(writer->txn, writer->run.dbi, &key, &value, MDB_APPEND);
    writer->run.blocks++;
    writer->run.rows += writer->block.count;
    em_block_clear(&writer->block);
    return em_lmdb_fail(err, rc, "cannot write a block");
}

enum em_status em_run_add(struct em_run_writer *writer, struct em_view key,
                          struct em_view value, struct em_err *err)
{
    enum em_status status = em_block_add(&writer->block, key, value);
    if (status == EM_AGAIN) {
        status = put_block(writer, err);
        if (status == EM_OK)
            status = em_block_add(&writer->block, key, value);
    }
    return status;
}

enum em_status em_run_end(struct em_run_writer *writer, struct em_err *err)
{
    return writer->block.count ? put_block(writer, err) : EM_OK;
}

void em_run_writer_release(struct em_run_writer *writer)
{
    em_block_writer_release(&writer->block);
    em_buf_release(&writer->value);
}

/* --- reading ---------------------------------------------------------------------------- */

static enum em_status run_damaged(const struct em_run_reader *reader,
                                  enum em_status status, struct em_err *err)
{
    char name[EM_RUN_NAME];
    if (status == EM_ERR_NOMEM)
        return status;
    em_run_name(reader->run->table, reader->run->id, name);
    return em_fail(err, status == EM_ERR_FORMAT ? EM_ERR_CHECKSUM : status, "index",
                   "table %s: a block is damaged", name);
}

/* A flipped bit in the size that LMDB keeps of a value would have us read past the end of the
 * file, which is a signal and not an error. A value lies within its page or, after the page
 * header, in pages of its own, whose number is in that header (lmdb 0.9: MDB_page). */
static bool lies_in_pages(const MDB_val *value, size_t page)
{
    enum { HEADER = 16, PAGES_AT = 12 };
    size_t at = (uintptr_t)value->mv_data & (page - 1);
    if (at != HEADER)
        return value->mv_size <= page - at;
    uint32_t pages;
    memcpy(&pages, (const char *)value->mv_data - HEADER + PAGES_AT, sizeof(pages));
    return value->mv_size <= (size_t)pages * page - HEADER;
}

static enum em_status next_block(struct em_run_reader *reader, MDB_cursor_op op,
                                 MDB_val *key, struct em_err *err)
{
    MDB_val value;
    int rc = mdb_cursor_get(reader->cursor, key, &value, op);
    if (rc == MDB_NOTFOUND) {
        reader->ended = true;
        return EM_END;
    }
    EM_TRY(em_lmdb_fail(err, rc, "cannot read a block"));
    em_meter_add(EM_METER_BLOCKS, 1);
    if (!lies_in_pages(&value, reader->page))
        return run_damaged(reader, EM_ERR_CHECKSUM, err);
    enum em_status status =
        em_block_open(&reader->block, em_mdb_view(key), em_mdb_view(&value));
    return status < 0 ? run_damaged(reader, status, err) : EM_OK;
}

enum em_status em_run_next(struct em_run_reader *reader, struct em_err *err)
{
    while (!reader->ended) {
        MDB_val key;
        enum em_status status = em_block_next(&reader->block);
        if (status == EM_OK)
            return EM_OK;
        if (status < 0)
            return run_damaged(reader, status, err);
        status = next_block(reader, MDB_NEXT, &key, err);
        if (status != EM_OK)
            return status;
    }
    return EM_END;
}

static int run_order(struct em_view a, struct em_view b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n ? memcmp(a.data, b.data, n) : 0;
    return c ? c : (a.len > b.len) - (a.len < b.len);
}

/* The block whose first key is the last one not above `from`, or the first block. */
static enum em_status find_block(struct em_run_reader *reader, struct em_view from,
                                 struct em_err *err)
{
    MDB_val key = em_mdb_val(from), value;
    if (from.len == 0)
        return next_block(reader, MDB_FIRST, &key, err);
    int rc = mdb_cursor_get(reader->cursor, &key, &value, MDB_SET_RANGE);
    if (rc == MDB_NOTFOUND)
        return next_block(reader, MDB_LAST, &key, err);
    EM_TRY(em_lmdb_fail(err, rc, "cannot find a block"));
    if (run_order(em_mdb_view(&key), from) != 0 &&
        mdb_cursor_get(reader->cursor, &key, &value, MDB_PREV) == MDB_NOTFOUND)
        return next_block(reader, MDB_FIRST, &key, err);
    return next_block(reader, MDB_GET_CURRENT, &key, err);
}

enum em_status em_run_open(struct em_run_reader *reader, MDB_txn *txn,
                           const struct em_run *run, struct em_view from,
                           struct em_err *err)
{
    *reader = (struct em_run_reader){.run = run};
    em_block_reader_init(&reader->block);
    EM_TRY(em_lmdb_fail(err, mdb_cursor_open(txn, run->dbi, &reader->cursor),
                        "cannot read a run"));
    MDB_stat stat;
    EM_TRY(em_lmdb_fail(err, mdb_stat(txn, run->dbi, &stat), "cannot read a run"));
    reader->page = stat.ms_psize;
    enum em_status status = find_block(reader, from, err);
    return status == EM_END ? EM_OK : status;
}

void em_run_reader_release(struct em_run_reader *reader)
{
    if (reader->cursor)
        mdb_cursor_close(reader->cursor);
    reader->cursor = NULL;
    em_block_reader_release(&reader->block);
}

/* --- merging ---------------------------------------------------------------------------- */

void em_merger_init(struct em_merger *merger, enum em_table table)
{
    *merger = (struct em_merger){.table = table};
    em_buf_init(&merger->key, EM_MAX_KEY);
    em_buf_init(&merger->value, EM_MAX_VALUE);
    em_buf_init(&merger->combined, EM_MAX_VALUE);
    for (size_t i = 0; i < EM_MERGER_LEVELS; i++)
        em_buf_init(&merger->levels[i], EM_MAX_VALUE);
}

void em_merger_release(struct em_merger *merger)
{
    for (size_t i = 0; i < merger->n; i++)
        em_run_reader_release(&merger->readers[i]);
    em_free(merger->readers);
    em_free(merger->heap);
    em_buf_release(&merger->key);
    em_buf_release(&merger->value);
    em_buf_release(&merger->combined);
    for (size_t i = 0; i < EM_MERGER_LEVELS; i++)
        em_buf_release(&merger->levels[i]);
    em_merger_init(merger, merger->table);
}

enum em_status em_merger_reserve(struct em_merger *merger, size_t runs)
{
    if (runs == 0)
        return EM_OK;
    merger->readers = em_calloc(runs, sizeof(merger->readers[0]));
    merger->heap = em_calloc(runs, sizeof(merger->heap[0]));
    if (!merger->readers || !merger->heap)
        return EM_ERR_NOMEM;
    merger->cap = runs;
    return EM_OK;
}

static bool run_before(const struct em_run_reader *a, const struct em_run_reader *b)
{
    return run_order(em_buf_view(&a->block.key), em_buf_view(&b->block.key)) < 0;
}

static void sift_down(struct em_merger *merger, size_t at)
{
    struct em_run_reader **heap = merger->heap;
    for (;;) {
        size_t least = at, left = 2 * at + 1;
        for (size_t child = left; child < left + 2 && child < merger->n_heap; child++)
            if (run_before(heap[child], heap[least]))
                least = child;
        if (least == at)
            return;
        struct em_run_reader *other = heap[at];
        heap[at] = heap[least];
        heap[least] = other;
        at = least;
    }
}

static void sift_up(struct em_merger *merger, size_t at)
{
    struct em_run_reader **heap = merger->heap;
    while (at && run_before(heap[at], heap[(at - 1) / 2])) {
        struct em_run_reader *other = heap[at];
        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = other;
        at = (at - 1) / 2;
    }
}

enum em_status em_merger_add(struct em_merger *merger, MDB_txn *txn,
                             const struct em_run *run, struct em_view from,
                             struct em_err *err)
{
    if (merger->n == merger->cap)
        return EM_ERR_INTERNAL;
    struct em_run_reader *reader = &merger->readers[merger->n++];
    enum em_status status = em_run_open(reader, txn, run, from, err);
    do {
        if (status == EM_OK)
            status = em_run_next(reader, err);
    } while (status == EM_OK && run_order(em_buf_view(&reader->block.key), from) < 0);
    if (status != EM_OK)
        return status == EM_END ? EM_OK : status;
    merger->heap[merger->n_heap] = reader;
    sift_up(merger, merger->n_heap++);
    return EM_OK;
}

/* The least reader gives its row away and moves on. */
static enum em_status advance(struct em_merger *merger, struct em_err *err)
{
    enum em_status status = em_run_next(merger->heap[0], err);
    if (status == EM_END)
        merger->heap[0] = merger->heap[--merger->n_heap];
    if (status >= 0)
        sift_down(merger, 0);
    return status < 0 ? status : EM_OK;
}

/* merger->value becomes what it and `other` are together. */
static enum em_status combine(struct em_merger *merger, struct em_view other,
                              struct em_err *err)
{
    const struct em_table_spec *spec = em_table_spec(merger->table);
    struct em_view mine = em_buf_view(&merger->value);
    if (!spec->combine)
        return em_view_eq(mine, other)
                   ? EM_OK
                   : em_fail(err, EM_ERR_FORMAT, "index",
                             "table %s: two rows with one key differ", spec->name);
    em_buf_clear(&merger->combined);
    enum em_status status =
        spec->combine(&merger->combined, em_buf_view(&merger->key), mine, other);
    if (status < 0)
        return em_fail(err, status, "index", "table %s: two rows cannot be combined: %s",
                       spec->name, em_status_text(status));
    struct em_buf swap = merger->value;
    merger->value = merger->combined;
    merger->combined = swap;
    return EM_OK;
}

/* merger->value, which one row came to, carried up through the levels. */
static enum em_status carry(struct em_merger *merger, struct em_err *err)
{
    size_t level = 0;
    for (; merger->full[level] && level + 1 < EM_MERGER_LEVELS; level++) {
        EM_TRY(combine(merger, em_buf_view(&merger->levels[level]), err));
        merger->full[level] = false;
    }
    if (merger->full[level])
        EM_TRY(combine(merger, em_buf_view(&merger->levels[level]), err));
    struct em_buf swap = merger->levels[level];
    merger->levels[level] = merger->value;
    merger->value = swap;
    merger->full[level] = true;
    return EM_OK;
}

/* All rows with merger->key, of which the first is in merger->value. */
static enum em_status take_equal(struct em_merger *merger, struct em_err *err)
{
    bool any = false;
    while (merger->n_heap && em_view_eq(em_buf_view(&merger->heap[0]->block.key),
                                        em_buf_view(&merger->key))) {
        EM_TRY(carry(merger, err));
        em_buf_clear(&merger->value);
        EM_TRY(em_buf_append_view(&merger->value, merger->heap[0]->block.value));
        EM_TRY(advance(merger, err));
        any = true;
    }
    for (size_t level = 0; any && level < EM_MERGER_LEVELS; level++)
        if (merger->full[level]) {
            EM_TRY(combine(merger, em_buf_view(&merger->levels[level]), err));
            merger->full[level] = false;
        }
    return EM_OK;
}

enum em_status em_merger_next(struct em_merger *merger, struct em_err *err)
{
    if (merger->n_heap == 0)
        return EM_END;
    const struct em_block_reader *row = &merger->heap[0]->block;
    em_buf_clear(&merger->key);
    em_buf_clear(&merger->value);
    EM_TRY(em_buf_append_view(&merger->key, em_buf_view(&row->key)));
    EM_TRY(em_buf_append_view(&merger->value, row->value));
    EM_TRY(advance(merger, err));
    return take_equal(merger, err);
}
