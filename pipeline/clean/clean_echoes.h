/* SPDX-License-Identifier: Apache-2.0
 *
 * `clean --on-echo`: the pass over all inputs before the cleaning, and the question asked of
 * each document afterwards (pipeline/clean/clean_echo.h). Documents stand in time by the date they
 * state of themselves, else by their capture; those without come last; of equals the first
 * in the inputs' order is the original.
 */
#ifndef EM_PIPELINE_CLEAN_ECHOES_H
#define EM_PIPELINE_CLEAN_ECHOES_H

#include "pipeline/clean/clean.h"
#include "pipeline/scan/scan.h"

struct em_clean_echoes;

enum { EM_CLEAN_ECHO_NAME = 512 };

/* Reads all `n` files; they must outlive it. `base`: how the corpus is scanned, of which
 * text alone is wanted here. EM_ERR_INTERRUPTED and what em_scan_run() gives. */
EM_MUST_CHECK enum em_status em_clean_echoes_read(struct em_clean_echoes **out,
                                                  const struct em_scan_options *base,
                                                  const char *const *files, size_t n,
                                                  size_t memory, double contained,
                                                  struct em_err *err);
void em_clean_echoes_free(struct em_clean_echoes *echoes); /* NULL is allowed */

/* Runs of words in the table, and of how many records; how many times it was halved. */
uint64_t em_clean_echoes_size(const struct em_clean_echoes *echoes, uint64_t *records,
                              unsigned *halvings);

/* Any thread. Fills facts->original (borrowing `room`) and facts->echoed where the document
 * of file number `file` is an echo. EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_clean_echoes_find(struct em_clean_echoes *echoes,
                                                  size_t file, const struct em_page *page,
                                                  const struct em_doc *doc,
                                                  uint64_t number,
                                                  char room[EM_CLEAN_ECHO_NAME],
                                                  struct em_clean_facts *facts);

#endif
