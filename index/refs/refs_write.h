/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing a reference set's file section by section, with checksums on the way. Private to
 * index/refs_build*.c.
 */
#ifndef EM_INDEX_REFS_WRITE_H
#define EM_INDEX_REFS_WRITE_H

#include "index/refs/refs_format.h"

#include <stdio.h>

struct em_refs_writer {
    FILE *file;
    uint64_t at; /* bytes written */
    struct em_refs_span *section;
    char *block; /* a MiB: what the checksum is made of */
    size_t filled;
};

EM_MUST_CHECK enum em_status em_refs_writer_init(struct em_refs_writer *w, FILE *file);
void em_refs_writer_release(struct em_refs_writer *w); /* does not close the file */

EM_MUST_CHECK enum em_status em_refs_section_begin(struct em_refs_writer *w,
                                                   struct em_refs_span *section);
EM_MUST_CHECK enum em_status em_refs_section_put(struct em_refs_writer *w,
                                                 const void *data, size_t len);
EM_MUST_CHECK enum em_status em_refs_section_end(struct em_refs_writer *w);
/* A section that is the whole of a temporary file. */
EM_MUST_CHECK enum em_status
em_refs_section_copy(struct em_refs_writer *w, struct em_refs_span *section, FILE *from);
/* Both tables, from pairs (hash, value) sorted by hash. header->n_prints is set already;
 * sets header->n_lines. */
EM_MUST_CHECK enum em_status
em_refs_write_table(struct em_refs_writer *w, struct em_refs_header *header, FILE *pairs);
/* The header goes to the beginning; everything reaches the disk. */
EM_MUST_CHECK enum em_status em_refs_write_header(struct em_refs_writer *w,
                                                  struct em_refs_header *header);

#endif
