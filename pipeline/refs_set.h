/* SPDX-License-Identifier: Apache-2.0
 *
 * Making a reference set: items out of inputs of every kind that `scan` reads, to the set
 * of index/refs. A line of JSON or a row of Parquet gives the fields asked for; a text, a
 * page or a record of an archive gives its main text and is named by its address.
 */
#ifndef EM_PIPELINE_REFS_SET_H
#define EM_PIPELINE_REFS_SET_H

#include "base/buf.h"
#include "crawler/archive/inputs.h"
#include "index/refs/refs.h"

/* A record that could not be used: its number from 1, why, and the how manieth it is. */
typedef void em_refs_bad(const char *path, uint64_t record, const char *why,
                         uint64_t nth);

/* Strings are borrowed. Of a set that is added to only fields and `common` count. */
struct em_refs_request {
    const char *name, *kind, *model, *since;
    const char *id, *field, *question, *answer,
        *passage;              /* fields of JSON; may be NULL */
    const char *const *common; /* files whose runs of words are no evidence */
    size_t n_common;
    uint64_t k, t, common_after;
    em_refs_bad *tell_bad; /* may be NULL */
};

struct em_refs_outcome {
    uint64_t without_text, bad; /* records */
    uint64_t items;             /* taken */
    uint64_t failed;            /* inputs that gave none; inputs->note names them */
};

/* Writes the set at `path` out of all inputs; `add`: to the set that is there. */
EM_MUST_CHECK enum em_status em_refs_set_make(const struct em_refs_request *request,
                                              const char *path, bool add,
                                              const struct em_inputs *inputs,
                                              struct em_refs_outcome *outcome,
                                              struct em_err *err);
/* DIR/refs/NAME.emr into `out`; the folders are made. */
EM_MUST_CHECK enum em_status em_refs_set_path(struct em_buf *out, const char *dir,
                                              const char *name, struct em_err *err);

#endif
