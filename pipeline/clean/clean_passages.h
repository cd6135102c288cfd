/* SPDX-License-Identifier: Apache-2.0
 *
 * What `clean` found, in its context, for people to look at: DIR/passages/, a JSON line for
 * each passage that was cut, tagged or was the reason of a removal, and one for each reason
 * that is about a whole document, with how that begins.
 *
 *   {"reason","what","item","value","done","id","url","file","offset","start","end",
 *    "before","passage","after"}
 *
 * `done`: removed, cut or tagged. `start`, `end`: bytes of the document's text. Passages are
 * quoted up to EM_CLEAN_QUOTED bytes, longer ones without their middle; before and after are
 * EM_CLEAN_CONTEXT characters.
 */
#ifndef EM_PIPELINE_CLEAN_PASSAGES_H
#define EM_PIPELINE_CLEAN_PASSAGES_H

#include "pipeline/clean/clean.h"
#include "pipeline/scan/scan.h"

enum { EM_CLEAN_QUOTED = 1200, EM_CLEAN_CONTEXT = 160 };

EM_MUST_CHECK enum em_status em_clean_passages_write(struct em_buf *lines,
                                                     const struct em_record *record,
                                                     const struct em_page *page,
                                                     struct em_view text,
                                                     const struct em_verdict *verdict,
                                                     const struct em_clean_plan *plan);

/* DIR/passages/ of a finished run to DIR/contamination.jsonl: each benchmark's items in
 * order, with the documents they were found in, the fullest first, at most
 * EM_CLEAN_EXAMPLES of them. And the sums by benchmark, for the card; the caller frees them
 * (em_free). Items beyond EM_CLEAN_ITEMS are left out; their documents and passages
 * still count. */
enum { EM_CLEAN_EXAMPLES = 3, EM_CLEAN_ITEMS = 20000 }; /* some 3 kB an example */
struct em_card_benchmark;
EM_MUST_CHECK enum em_status em_clean_contamination(const char *dir,
                                                    struct em_card_benchmark **benchmarks,
                                                    size_t *n, struct em_err *err);

#endif
