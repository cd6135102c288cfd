/* SPDX-License-Identifier: Apache-2.0
 *
 * From what was named on the command line to the list of files: folders become the regular
 * files in them (sorted by name, so that every run has the same order; names that begin
 * with a dot are left out), a manifest becomes its lines.
 *
 * Each file is in the list once, whatever links lead to it: files and folders are known by
 * device and inode, what is not a local file by its name. In a folder links come after all
 * else, so that a file is read under its own name where it has one there.
 */
#ifndef EM_ARCHIVE_INPUTS_H
#define EM_ARCHIVE_INPUTS_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

/* Reports what `path` is that it adds nothing to the list. */
typedef void em_inputs_note(const char *path, const char *what);

struct em_inputs {
    char **paths; /* owned */
    size_t n, cap;
    struct em_inputs_seen *seen; /* owned: a hash table */
    size_t n_seen, cap_seen;
    uint64_t repeats;  /* names that were left out: their file is in the list already */
    uint64_t no_files; /* folders named that hold no file to read; each was reported */
    em_inputs_note *note; /* set before adding, as `by_name`; NULL: nothing is reported */
    bool by_name; /* lines of manifests are compared by name alone: no look at files */
};

void em_inputs_release(struct em_inputs *inputs);
/* One input as it is named. */
EM_MUST_CHECK enum em_status em_inputs_push(struct em_inputs *inputs,
                                            struct em_view path);
/* A file, or all files of a folder and the folders in it. What cannot be read is an input all
 * the same: whoever reads it reports it. */
EM_MUST_CHECK enum em_status em_inputs_add(struct em_inputs *inputs, const char *path,
                                           struct em_err *err);
/* Whether `path` leads to a file of the list, or to a folder that was read for it. */
bool em_inputs_holds(const struct em_inputs *inputs, const char *path);
/* Lines of `path` (plain, gzip or zstd; "-" is standard input); blank ones and those that
 * begin with '#' are skipped. Relative names are taken as they are. */
EM_MUST_CHECK enum em_status em_inputs_add_manifest(struct em_inputs *inputs,
                                                    const char *path, struct em_err *err);
/* The same, each name or file once; where it is remote, through `pool` (may be NULL). */
struct em_remote_pool;
EM_MUST_CHECK enum em_status em_inputs_add_manifest_from(struct em_inputs *inputs,
                                                         const char *path,
                                                         struct em_remote_pool *pool,
                                                         struct em_err *err);
/* After everything was added: those that are named .wacz become the archives in them, which em_inputs_add() does for
 * what is here. */
EM_MUST_CHECK enum em_status em_inputs_unpack(struct em_inputs *inputs,
                                              struct em_remote_pool *pool,
                                              struct em_err *err);
/* Bytes stored of all of them; *unknown (may be NULL): how many have none that is known before
 * they are read (pipes, addresses, what is not there). */
uint64_t em_inputs_bytes(const struct em_inputs *inputs, size_t *unknown);
/* They are read next, from the first to the last: for base/meter.h. */
void em_inputs_meter(const struct em_inputs *inputs, const char *what);
/* "I/N" with 0 <= I < N. */
bool em_inputs_parse_shard(const char *text, uint64_t *index, uint64_t *count);

#endif
