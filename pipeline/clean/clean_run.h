/* SPDX-License-Identifier: Apache-2.0
 *
 * The job of `clean`: inputs to outputs under one policy. Files are done one after the
 * other, each by all threads; the coordinator puts what comes of them into input order. A
 * file's outputs are written beside their names (.part) and renamed together when all are
 * whole; then a line in DIR/state says so, which is what a resumed run looks at.
 *
 *   em_clean_new ─ em_clean_add, for each operand ─ em_clean_run ─ em_clean_about ─ em_clean_free
 *
 * Nothing is printed here: what there is to tell on the way goes to the listener, what it
 * came to is a card (base/card.h).
 */
#ifndef EM_PIPELINE_CLEAN_RUN_H
#define EM_PIPELINE_CLEAN_RUN_H

#include "crawler/archive/inputs.h"
#include "pipeline/clean/clean_lines.h"
#include "pipeline/clean/clean_loss.h"

enum { EM_CLEAN_MAX_THREADS = 1024 };

/* What is looked for; a bit each. */
enum em_clean_signal {
    EM_CLEAN_STYLE = 1,
    EM_CLEAN_LEAKS = 2,
    EM_CLEAN_MATCHES = 4,
    EM_CLEAN_LANGUAGES = 8,
    EM_CLEAN_OPTOUTS = 16,
    EM_CLEAN_ECHOES = 32,
};

/* Any of the functions may be NULL. They are called from whichever thread writes. */
struct em_clean_listener {
    void *context;
    em_inputs_note *input;                 /* of names that add nothing to the inputs */
    em_scan_damage_fn *damage;             /* of the inputs */
    em_scan_damage_fn *calibration_damage; /* of the texts of calibration */
    void (*basis)(void *context, const struct em_clean_basis *basis);
    void (*echoes)(void *context, uint64_t runs, uint64_t records, unsigned halvings);
};

/* Everything is borrowed and must outlive the job. */
struct em_clean_options {
    struct em_clean_policy policy;
    unsigned signals; /* enum em_clean_signal */
    const char *output, *text_field;
    const struct em_model *model;    /* NULL: neither style nor leaks are looked for */
    const struct em_refs_sets *refs; /* may be empty */
    uint32_t threads;                /* 0: one for each processor */
    double fpr;                      /* 0: the default */
    uint64_t echo_memory;
    double echo_contained;
    bool dry_run;
    const char *const *calibrate; /* none: the threshold is the policy's */
    size_t n_calibrate;
    struct em_clean_loss loss; /* used with texts of calibration */
    const atomic_int *stop;    /* becomes non-zero: end with EM_ERR_INTERRUPTED */
    struct em_clean_listener listener;
};

struct em_clean;

EM_MUST_CHECK enum em_status em_clean_new(struct em_clean **out,
                                          const struct em_clean_options *options,
                                          struct em_err *err);
void em_clean_free(struct em_clean *clean); /* NULL is allowed */

/* A file or a folder. EM_ERR_USAGE where two inputs would be written to the same file. */
EM_MUST_CHECK enum em_status em_clean_add(struct em_clean *clean, const char *operand,
                                          struct em_err *err);
EM_MUST_CHECK enum em_status em_clean_run(struct em_clean *clean, struct em_err *err);

/* After em_clean_run(), also after one that failed. */
struct em_clean_outcome {
    const struct em_card *card; /* of all files */
    uint64_t files, done_before;
    uint64_t failed;  /* files that could not be read, told one by one */
    bool damaged;     /* some records of the inputs were */
    bool few_sources; /* it failed since the calibration has too few for its promise */
};
struct em_clean_outcome em_clean_outcome(const struct em_clean *clean);

/* Writes contamination.jsonl and gathers what the card says beside its counts. `about`
 * borrows from the job; its command and version are the caller's to fill in. */
EM_MUST_CHECK enum em_status
em_clean_about(struct em_clean *clean, struct em_card_about *about, struct em_err *err);

#endif
