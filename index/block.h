/* SPDX-License-Identifier: Apache-2.0
 *
 * A block: consecutive rows of one table packed into one LMDB entry of about 2 kB, so that
 * appending and reading cost a fraction of an entry for each row, and damage is seen.
 *
 *   LMDB key    key of the first row
 *   LMDB value  checksum(4)  count  row...
 *   row         shared  suffix-length  value-length  suffix  value
 *
 * Numbers are varints. `shared` is how many bytes of the key are the previous row's; the
 * first row's previous key is the LMDB key itself, so it costs nothing. The checksum is the
 * low half of XXH3 over the LMDB key, then everything after the checksum.
 */
#ifndef EM_INDEX_BLOCK_H
#define EM_INDEX_BLOCK_H

#include "index/pack.h"

/* Entry of LMDB that still shares its 4 kB page with another: 2,038 bytes with its header
 * of 8 (mdb.c: me_nodemax). A row larger than that gets a block, and pages, of its own. */
enum { EM_BLOCK_BYTES = 2030 };

struct em_block_writer {
    struct em_buf first, last; /* keys */
    struct em_buf rows;
    uint64_t count;
};

void em_block_writer_init(struct em_block_writer *writer);
void em_block_writer_release(struct em_block_writer *writer);
/* EM_AGAIN, and nothing added, where the row does not fit any more: finish first. Keys must
 * rise strictly: EM_ERR_INTERNAL otherwise. */
EM_MUST_CHECK enum em_status em_block_add(struct em_block_writer *writer,
                                          struct em_view key, struct em_view value);
/* The LMDB value, appended to an empty *value; its key is `first`. Begin the next block with
 * em_block_clear. */
EM_MUST_CHECK enum em_status em_block_finish(struct em_block_writer *writer,
                                             struct em_buf *value);
void em_block_clear(struct em_block_writer *writer);

struct em_block_reader {
    struct em_unpack in;
    struct em_buf key;
    struct em_view value; /* of the current row; borrows from the block */
    uint64_t left;
};

void em_block_reader_init(struct em_block_reader *reader);
void em_block_reader_release(struct em_block_reader *reader);
/* EM_ERR_CHECKSUM. Borrows `value`. */
EM_MUST_CHECK enum em_status em_block_open(struct em_block_reader *reader,
                                           struct em_view key, struct em_view value);
/* EM_OK with key and value of the next row; EM_END; EM_ERR_FORMAT. */
EM_MUST_CHECK enum em_status em_block_next(struct em_block_reader *reader);

#endif
