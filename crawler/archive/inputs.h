/* SPDX-License-Identifier: Apache-2.0
 *
 * From what was named on the command line to the list of files: folders become the regular
 * files in them (sorted by name, so that every run has the same order; names that begin
 * with a dot are left out), a manifest becomes its lines.
 */
#ifndef EM_ARCHIVE_INPUTS_H
#define EM_ARCHIVE_INPUTS_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

struct em_inputs {
    char **paths; /* owned */
    size_t n, cap;
};

void em_inputs_release(struct em_inputs *inputs);
/* One input as it is named. */
EM_MUST_CHECK enum em_status em_inputs_push(struct em_inputs *inputs,
                                            struct em_view path);
EM_MUST_CHECK enum em_status em_inputs_add(struct em_inputs *inputs, const char *path,
                                           struct em_err *err);
/* Lines of `path` (plain, gzip or zstd; "-" is standard input); blank ones and those that
 * begin with '#' are skipped. Relative names are taken as they are. */
EM_MUST_CHECK enum em_status em_inputs_add_manifest(struct em_inputs *inputs,
                                                    const char *path, struct em_err *err);
/* The same; where it is remote, through `pool` (may be NULL). */
struct em_remote_pool;
EM_MUST_CHECK enum em_status em_inputs_add_manifest_from(struct em_inputs *inputs,
                                                         const char *path,
                                                         struct em_remote_pool *pool,
                                                         struct em_err *err);
/* Those that are named .wacz become the archives in them, which em_inputs_add() does for
 * what is here. */
EM_MUST_CHECK enum em_status em_inputs_unpack(struct em_inputs *inputs,
                                              struct em_remote_pool *pool,
                                              struct em_err *err);
/* "I/N" with 0 <= I < N. */
bool em_inputs_parse_shard(const char *text, uint64_t *index, uint64_t *count);

#endif
