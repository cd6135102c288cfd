/* SPDX-License-Identifier: Apache-2.0
 *
 * Layout of a reference set's file, and an opened one. Private to index/refs*.c. All
 * numbers are little-endian; sections begin at multiples of 64 bytes.
 *
 *     header | strings | ids | words | pieces | hashes | values | postings | common
 *
 * hashes and values are two tables of the same shape, lines of eight 64-bit numbers: the
 * line of a print is its hash scaled to the number of lines, or, where that one was full,
 * the next with room; values[i] belongs to hashes[i]. Hashes stand in rising order, gaps
 * (0) only at the ends of lines. So a print that is not there costs one cache line, and the
 * whole table is written in one pass over sorted prints.
 *
 *     value   piece << 32 | word             of a print in one place
 *             1 << 63 | index into postings  of one in several: a count, then as above
 *     word    14 bits of its hash, PRINT where a print begins, COMMON inside common runs
 */
#ifndef EM_INDEX_REFS_FORMAT_H
#define EM_INDEX_REFS_FORMAT_H

#include "base/hash.h"
#include "index/refs/refs.h"

#define EM_REFS_MAGIC "EMREFS\n"

enum {
    EM_REFS_VERSION = 1,
    EM_REFS_PRINTS_VERSION = 1, /* detector/prints.h: hashes of another version differ */
    EM_REFS_ALIGN = 64,
    EM_REFS_LINE = 8, /* numbers */
    EM_REFS_MAX_COMMON_AFTER = 1000,
    EM_REFS_MAX_NAME = 255,
};

enum em_refs_section {
    EM_REFS_STRINGS,
    EM_REFS_IDS,
    EM_REFS_WORDS,
    EM_REFS_PIECES,
    EM_REFS_HASHES,
    EM_REFS_VALUES,
    EM_REFS_POSTINGS,
    EM_REFS_COMMON,
    EM_REFS_SECTIONS
};

enum {
    EM_WORD_HASH = 0x3FFF,
    EM_WORD_PRINT = 0x4000,
    EM_WORD_COMMON = 0x8000,
    EM_WORD_SHIFT = 50 /* of a 64-bit hash */
};

#define EM_VALUE_LIST     (UINT64_C(1) << 63)
#define EM_REFS_MAX_PIECE 0x7FFFFFFFu

struct em_refs_span {
    uint64_t offset, length; /* bytes of the file */
    uint64_t sum;            /* em_refs_sum() of the section */
};

struct em_refs_header {
    char magic[8];
    uint32_t version, prints_version;
    uint32_t kind, k, t, common_after;
    uint64_t n_pieces, n_items, n_prints, duplicates, too_short, n_lines;
    uint32_t name_len, model_len, source_len, since_len;
    struct em_refs_span sections[EM_REFS_SECTIONS];
    uint64_t reserved[27];
    uint64_t sum; /* of the bytes before it */
};

/* One text of an item; an item's pieces follow one another. */
struct em_refs_piece {
    uint64_t words; /* index of its first word */
    uint64_t id;    /* offset of the item's name */
    uint64_t text;  /* hash of its words: the same text again is not kept */
    uint32_t n_words;
    uint32_t n_counted; /* words outside common runs */
    uint32_t n_prints;  /* that are not common */
    uint32_t item;
    uint16_t id_len;
    uint8_t part; /* enum em_refs_part */
    uint8_t reserved[5];
};

_Static_assert(sizeof(struct em_refs_header) == 512, "header without holes");
_Static_assert(sizeof(struct em_refs_piece) == 48, "piece without holes");

struct em_refs {
    struct em_refs_header header;
    const char *bytes;
    size_t len;
    bool mapped;
    struct em_view strings[4]; /* name, model, source, since */
    const struct em_refs_piece *pieces;
    const char *ids;
    const uint16_t *words;
    const uint64_t *hashes, *values, *postings, *common;
    uint64_t n_words, n_postings, n_common, n_lines_all;
};

/* Checksum of a section: XXH3 of each MiB, seeded with that of the MiB before. */
uint64_t em_refs_sum(const void *data, size_t len);

/* The line where a hash is looked for first. */
static inline uint64_t em_refs_line(uint64_t hash, uint64_t n_lines)
{
    return (uint64_t)((unsigned __int128)hash * n_lines >> 64);
}

/* What is stored of a print's hash. Winnowing keeps the smallest hash of a window, so that
 * the hashes themselves crowd at the low end; mixed, they spread over all lines. 0 marks an
 * empty slot. */
static inline uint64_t em_refs_key(uint64_t hash)
{
    uint64_t key = em_mix64(hash);
    return key ? key : 1;
}

#endif
