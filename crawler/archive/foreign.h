/* SPDX-License-Identifier: Apache-2.0
 *
 * What an input is that is no archive and no corpus: known by its first bytes, so that it is
 * refused by name and with what to do, and not read as text.
 */
#ifndef EM_CRAWLER_ARCHIVE_FOREIGN_H
#define EM_CRAWLER_ARCHIVE_FOREIGN_H

#include "base/view.h"

/* Bytes from the beginning that are looked at. */
enum { EM_FOREIGN_BYTES = 512 };

/* "is compressed with xz, which ...: xz -d ..."; NULL where `head` begins nothing known.
 * Static. */
const char *em_foreign_kind(struct em_view head);

/* Does the name say WARC, ARC or a kind of WARC (WET, WAT), plain or compressed? A query
 * after the name of an address does not count. */
bool em_archive_named(struct em_view name);
bool em_archive_named_arc(struct em_view name);
/* Parquet or WACZ, which cannot be anything else where their first bytes are not theirs. */
bool em_archive_named_packed(struct em_view name);

/* What is in an archive's place: "is no archive: it begins like an HTML page, ...". Static. */
const char *em_foreign_in_place(struct em_view head);

#endif
