/* SPDX-License-Identifier: Apache-2.0
 *
 * The coordinator's hand on an index: what each input has in it already, and commits of
 * what the workers found, in input order.
 *
 * A commit holds the rows of all records delivered since the last one, the ledger entries
 * that say so, and how long the output file was then. So after any interruption the same
 * command continues where the last commit ended, and index and output come out as if nothing
 * had happened.
 */
#ifndef EM_PIPELINE_RECORDER_H
#define EM_PIPELINE_RECORDER_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct em_recorder;
struct em_model;

/* The part of a file whose records are read: those that begin in its stored bytes
 * [from, to). `to` 0: all of it. */
struct em_range {
    uint64_t from, to;
};

/* Damage of one kind, found when it was read before. */
struct em_plan_damage {
    char *reason;          /* the recorder's */
    uint64_t count, first; /* places; the stored byte of the first */
};

/* What the index says of an input before the scan. */
struct em_plan {
    uint64_t skip;          /* records that are in it under this model */
    uint64_t documents;     /* those of them that became documents */
    uint64_t text_known;    /* records that are in it under any model */
    uint64_t at, at_number; /* where one of them begins, to read on from, and its number;
                               0: only from the beginning */
    bool complete;          /* all of it is */
    uint64_t damaged;       /* places found damaged when they were read */
    struct em_plan_damage
        *damage; /* their kinds, the recorder's; some places may be of none */
    uint32_t n_damage;
    bool repeat;   /* an input of this run again; complete */
    bool replaces; /* the ledger's entry, which held no document: the file has changed */
    bool changed;  /* its size is not what it was: it is not read */
};

/* Opens or makes the index in `dir` for writing. `model`: what scores, or NULL; the index
 * keeps its name and calibration. It and `files` must outlive the recorder. */
EM_MUST_CHECK enum em_status em_recorder_open(struct em_recorder **out, const char *dir,
                                              const struct em_model *model,
                                              const char *const *files, size_t n_files,
                                              struct em_err *err);
/* The same with a range for each file; NULL: all of them whole. */
EM_MUST_CHECK enum em_status em_recorder_open_ranges(struct em_recorder **out,
                                                     const char *dir,
                                                     const struct em_model *model,
                                                     const char *const *files,
                                                     const struct em_range *ranges,
                                                     size_t n_files, struct em_err *err);
/* Commit after this many seconds at the latest; the default is 15. */
void em_recorder_set_interval(struct em_recorder *recorder, double seconds);
void em_recorder_free(struct em_recorder *recorder); /* what was not committed is lost */

const struct em_plan *em_recorder_plan(const struct em_recorder *recorder, size_t file);

/* What rows of the input are keyed by: the hash of the name the index has it by. */
uint64_t em_recorder_file(const struct em_recorder *recorder, size_t file);

/* Length in bytes of the output file `name` at the last commit; 0 when it has none. */
EM_MUST_CHECK enum em_status em_recorder_output(struct em_recorder *recorder,
                                                const char *name, uint64_t *length,
                                                struct em_err *err);
/* From now on commits note this output's length. NULL: none. */
EM_MUST_CHECK enum em_status em_recorder_note_output(struct em_recorder *recorder,
                                                     const char *name);

struct em_parts;
/* In input order. */
EM_MUST_CHECK enum em_status em_recorder_add(struct em_recorder *recorder,
                                             const struct em_parts *parts);
/* Enough has gathered, in bytes or seconds, for a commit to be worth its time. */
bool em_recorder_due(const struct em_recorder *recorder);
EM_MUST_CHECK enum em_status em_recorder_commit(struct em_recorder *recorder,
                                                uint64_t output_length,
                                                struct em_err *err);

#endif
