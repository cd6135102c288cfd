/* SPDX-License-Identifier: Apache-2.0
 *
 * The store under an index: one LMDB environment in a directory, written only by sorted
 * appends.
 *
 *   rows ─ sort, combine ─> blocks (about 2 kB, checksummed) ─ MDB_APPEND ─> generation n
 *   eight generations of one level ─ k-way merge ─> one of the next level
 *   readers: a cursor over all generations of a table, equal keys combined
 *
 * A commit is one LMDB transaction: the rows of a batch, and the ledger entries that say how
 * far each input was read. So after any crash the index holds exactly what the ledger says.
 * There is one writer at a time (a second is refused, with the first's process number);
 * readers see the state of the last commit before they opened, whole, and never block.
 *
 * Thread rule: one store, one thread at a time.
 */
#ifndef EM_INDEX_STORE_H
#define EM_INDEX_STORE_H

#include "index/ledger.h"
#include "index/table.h"

enum {
    EM_STORE_FORMAT = 3,    /* docs/FORMATS.md; others are refused with EM_ERR_VERSION */
    EM_STORE_OLD_FORMAT = 2 /* but this one, which is read */
};

enum em_store_mode {
    EM_STORE_READ,   /* EM_ERR_NOTFOUND where there is no index */
    EM_STORE_WRITE,  /* makes the directory and the index where there is none */
    EM_STORE_CREATE, /* as WRITE, but refuses an index that is already there */
};

struct em_store;
struct em_cursor;

EM_MUST_CHECK enum em_status em_store_open(struct em_store **out, const char *dir,
                                           enum em_store_mode mode, struct em_err *err);
void em_store_free(struct em_store *store); /* NULL is allowed; nothing is committed */

/* All or nothing: rows (sorted here) and ledger entries. On EM_ERR_IO (disk full, ...) the
 * index is as before and the rows still belong to the caller, so that the caller can retry. */
EM_MUST_CHECK enum em_status em_store_commit(struct em_store *store, struct em_rows *rows,
                                             const struct em_ledger *ledger,
                                             size_t n_ledger, struct em_err *err);

/* The same with a note: a name and a number kept beside the ledger (how long an output file
 * was). */
struct em_note {
    struct em_view name;
    uint64_t value;
};
EM_MUST_CHECK enum em_status
em_store_commit_noted(struct em_store *store, struct em_rows *rows,
                      const struct em_ledger *ledger, size_t n_ledger,
                      const struct em_note *note, struct em_err *err);
/* EM_ERR_NOTFOUND. */
EM_MUST_CHECK enum em_status em_store_note_get(struct em_store *store,
                                               struct em_view name, uint64_t *value,
                                               struct em_err *err);

/* Rows of a table whose keys begin with `prefix` (all for an empty one), in order of keys,
 * equal keys combined. A cursor is valid until the next commit on the same store. */
EM_MUST_CHECK enum em_status em_cursor_open(struct em_cursor **out,
                                            struct em_store *store, enum em_table table,
                                            struct em_view prefix, struct em_err *err);
/* EM_OK, EM_END, or negative. Views are valid until the next call. EM_ERR_CHECKSUM where a
 * block is damaged. */
EM_MUST_CHECK enum em_status em_cursor_next(struct em_cursor *cursor, struct em_view *key,
                                            struct em_view *value, struct em_err *err);
void em_cursor_free(struct em_cursor *cursor);

/* The value of one key, appended to *value; EM_ERR_NOTFOUND. */
EM_MUST_CHECK enum em_status em_store_get(struct em_store *store, enum em_table table,
                                          struct em_view key, struct em_buf *value,
                                          struct em_err *err);

/* Entries of the ledger, in order of their keys. */
typedef enum em_status em_ledger_fn(void *context, const struct em_ledger *entry);
EM_MUST_CHECK enum em_status em_store_ledger_each(struct em_store *store,
                                                  em_ledger_fn *fn, void *context,
                                                  struct em_err *err);
/* EM_ERR_NOTFOUND. Views of *entry are valid until the next call or commit. Of a file that
 * was read in pieces it is the entry of the first piece that is there. */
EM_MUST_CHECK enum em_status em_store_ledger_get(struct em_store *store, uint64_t file,
                                                 uint32_t model, struct em_ledger *entry,
                                                 struct em_err *err);

/* The same of the piece of a file that begins at byte `from`. */
EM_MUST_CHECK enum em_status
em_store_ledger_get_piece(struct em_store *store, uint64_t file, uint32_t model,
                          uint64_t from, struct em_ledger *entry, struct em_err *err);

/* The entry that the record with this number is counted in: of the whole file or of a piece
 * (whose records are numbered by their places). */
EM_MUST_CHECK enum em_status em_store_ledger_get_at(struct em_store *store, uint64_t file,
                                                    uint32_t model, uint64_t number,
                                                    struct em_ledger *entry,
                                                    struct em_err *err);

/* The most records read of a file under any model; 0 for a file that is not there. */
EM_MUST_CHECK enum em_status em_store_ledger_most(struct em_store *store, uint64_t file,
                                                  uint64_t *records, struct em_err *err);
/* The same of a piece. */
EM_MUST_CHECK enum em_status em_store_ledger_most_piece(struct em_store *store,
                                                        uint64_t file, uint64_t from,
                                                        uint64_t *records,
                                                        struct em_err *err);

#endif
