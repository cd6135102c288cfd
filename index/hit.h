/* SPDX-License-Identifier: Apache-2.0
 *
 * A row of the hits table: one item of a reference set found in one document.
 *
 *   key    set NUL  item NUL  date(8)  reference(8)
 *   value  see docs/FORMATS.md
 *
 * So the copies of an item lie together in order of time, and the first of them is its first
 * sight. The key does not depend on the model that scored the document: a rescored one has
 * the same row. Where two runs used sets of one name but of different content, the row with
 * the larger value (bytes compared) stands: the same in any order of merges.
 */
#ifndef EM_INDEX_HIT_H
#define EM_INDEX_HIT_H

#include "index/document.h"

enum {
    EM_HIT_SET = 100,     /* bytes of names in keys; longer ones are cut */
    EM_HIT_ITEM = 200,    /* a longer one ends in a hash of the whole */
    EM_HIT_EXCERPT = 240, /* bytes of the passage that are kept, from its beginning */
    EM_HIT_CONTEXT = 80   /* and of what stands before and after it */
};

struct em_hit {
    /* key */
    struct em_view set, item;
    int64_t date;       /* capture, seconds; EM_DATE_UNKNOWN */
    uint64_t reference; /* em_document_reference() */
    /* value */
    uint8_t kind; /* enum em_refs_kind; 0 for others */
    struct em_view model;
    struct em_view domain, url; /* id where there is no URL */
    float contained, low, high;
    uint32_t words, of, start, end;
    uint64_t file, number, offset; /* where the document is, as in its row */
    int64_t published;
    struct em_view before, text, after; /* the passage in its context, whole characters */
};

/* Rows for all matches of a document; `text` is what their offsets refer to. */
EM_MUST_CHECK enum em_status em_hit_rows(struct em_rows *rows,
                                         const struct em_document *document,
                                         const struct em_match *matches, size_t n,
                                         struct em_view text);
/* Views borrow. EM_ERR_FORMAT. */
EM_MUST_CHECK enum em_status em_hit_read(struct em_hit *hit, struct em_view key,
                                         struct em_view value);
/* First bytes of the keys of a set, or with `item` of its copies. */
EM_MUST_CHECK enum em_status em_hit_prefix(struct em_buf *out, struct em_view set,
                                           struct em_view item);
/* Fields into an open object, as `export` and `query` show them. */
void em_hit_write(struct em_json *json, const struct em_hit *hit);
/* For a person: two lines, the second with the passage between ">>" and "<<". */
EM_MUST_CHECK enum em_status em_hit_format(struct em_buf *out, const struct em_hit *hit);

em_row_json_fn em_hit_json;
em_combine_fn em_hit_combine;
em_forget_fn em_hit_forget;

#endif
