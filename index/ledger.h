/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger: how far each input was read under each model, and what its records came to.
 *
 *   key    file(8)  model(4)  [from(8)]      hashes of the two names; a piece's first byte
 *   value  see docs/FORMATS.md
 *
 * A huge file may be read in pieces by several shards: each has an entry of its own, with
 * the stored bytes [from, to) whose records it read, where its first record began (`first`)
 * and where the first one after it begins (`next`). Each record is in exactly one piece
 * when every piece's `next` is the following one's `first`: em_pieces_check (piece.h).
 */
#ifndef EM_INDEX_LEDGER_H
#define EM_INDEX_LEDGER_H

#include "base/drop.h"
#include "base/status.h"
#include "base/view.h"

#include "base/buf.h"
#include "base/json.h"

#include <stdint.h>

enum { EM_LEDGER_DAMAGES = 16 };

/* One kind of damage found in an input, for a resumed run to report again. */
struct em_ledger_damage {
    struct em_view reason;
    uint64_t count, first; /* first: stored byte of the first place */
};

struct em_ledger {
    uint64_t file;                   /* em_name_hash of the canonical name */
    uint32_t model;                  /* em_model_hash(model_name) */
    struct em_view name, model_name; /* as given; name@hash */
    struct em_view canonical; /* the name that `file` is the hash of; empty: `name` is */
    uint64_t size;            /* bytes stored, when it was opened; 0 for a pipe */
    int64_t changed;          /* its last change, seconds since 1970; 0: not known */
    uint64_t head;            /* hash of its first 64 kB; 0: not known */
    uint64_t records;         /* read so far: the next record's number */
    bool complete;            /* read to its end */
    bool failed;              /* could not be opened, or not read on */
    uint64_t documents, damaged, words, text_bytes, stored_bytes, block_bytes;
    uint64_t from, to;      /* of a piece; to is 0 for a file read as a whole */
    uint64_t first, next;   /* of a piece, once it is complete */
    uint64_t at, at_number; /* of a file that is not complete: where a late record of
                                      those read begins, and its number; 0: not known */
    uint64_t forgotten;     /* documents taken out again (forget) */
    uint64_t drops[EM_DROP_COUNT];                     /* documents + drops = records */
    struct em_ledger_damage damage[EM_LEDGER_DAMAGES]; /* what `damaged` was made of */
    uint32_t n_damage;
};

/* The entry's line for this kind of damage; where there is none yet and room for one, a new
 * one with no places, whose reason is the view given. NULL: no room. */
struct em_ledger_damage *em_ledger_damage_of(struct em_ledger *entry,
                                             struct em_view reason);

uint64_t em_name_hash(struct em_view name);
uint32_t em_model_hash(struct em_view name); /* 0 for an empty name only */

EM_MUST_CHECK enum em_status em_ledger_key(struct em_buf *out, uint64_t file,
                                           uint32_t model);
/* Of the piece that begins at byte `from`. */
EM_MUST_CHECK enum em_status em_ledger_piece_key(struct em_buf *out, uint64_t file,
                                                 uint32_t model, uint64_t from);
EM_MUST_CHECK enum em_status em_ledger_value(struct em_buf *out,
                                             const struct em_ledger *entry);
EM_MUST_CHECK enum em_status em_ledger_read(struct em_ledger *entry, struct em_view key,
                                            struct em_view value);

/* Its fields into an open object. */
void em_ledger_write(struct em_json *json, const struct em_ledger *entry);

#endif
