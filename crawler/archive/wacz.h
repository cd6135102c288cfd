/* SPDX-License-Identifier: Apache-2.0
 *
 * WACZ: web archives in a zip file, with their index, pages and a list of digests.
 *
 *     crawl.wacz = archive/a.warc.gz  indexes/index.cdx.gz  pages/pages.jsonl
 *                  datapackage.json (path and hash of each)  datapackage-digest.json
 *
 * Each WARC in it is an input of its own, by the name FILE!MEMBER: "crawl.wacz!archive/a.warc.gz".
 * Bytes are given as they are stored in the zip or inflated from it, and compared with the
 * digest that datapackage.json states when they have been read from the first to the last.
 * spec: https://specs.webrecorder.net/wacz/1.1.1/
 *
 * The only file that sees libzip. One object, one thread.
 */
#ifndef EM_CRAWLER_ARCHIVE_WACZ_H
#define EM_CRAWLER_ARCHIVE_WACZ_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

struct em_remote_pool;
struct em_wacz;

/* Bytes of `path` that name the zip file where it names a member of one; 0: it does not. */
size_t em_wacz_split(const char *path);
/* Whether the name says that it is one. */
bool em_wacz_named(const char *path);
/* "PK" and what follows it at the beginning of a zip file. */
bool em_wacz_begins(struct em_view head);

/* `memory` with data not NULL: these bytes instead of what `path` names. EM_ERR_FORMAT: no zip
 * file, or no WACZ. */
EM_MUST_CHECK enum em_status em_wacz_open(struct em_wacz **out, const char *path,
                                          struct em_remote_pool *pool,
                                          struct em_view memory, struct em_err *err);
void em_wacz_close(struct em_wacz *wacz);

/* What lies in archive/, in the order of the zip file. */
size_t em_wacz_count(const struct em_wacz *wacz);
const char *em_wacz_name(const struct em_wacz *wacz, size_t i);

/* What is wrong beside the archives: resources whose digest does not match, or that are not
 * there. *why: "a, b: ..." in memory of the object, or NULL. */
EM_MUST_CHECK enum em_status em_wacz_verify(struct em_wacz *wacz, const char **why,
                                            struct em_err *err);

/* Begins to read a member; one at a time. EM_ERR_NOTFOUND; EM_ERR_UNSUPPORTED: encrypted,
 * compressed by something else, or a WACZ itself. */
EM_MUST_CHECK enum em_status em_wacz_begin(struct em_wacz *wacz, const char *name,
                                           struct em_err *err);
uint64_t em_wacz_size(const struct em_wacz *wacz);
/* At least one byte unless at the end, *got 0: also where what follows is damaged. */
EM_MUST_CHECK enum em_status em_wacz_read(struct em_wacz *wacz, char *to, size_t n,
                                          size_t *got, struct em_err *err);
/* Digests say nothing after this. */
EM_MUST_CHECK enum em_status em_wacz_seek(struct em_wacz *wacz, uint64_t to,
                                          struct em_err *err);
/* At the end: what is wrong with the member's bytes; or NULL. Static. */
const char *em_wacz_damage(const struct em_wacz *wacz);

#endif
