/* SPDX-License-Identifier: Apache-2.0
 *
 * `clean --max-human-loss`: the calibration texts are scored as the corpus will be, and the
 * threshold follows from them (detector/learn/loss.h).
 */
#ifndef EM_PIPELINE_CLEAN_LOSS_H
#define EM_PIPELINE_CLEAN_LOSS_H

#include "base/calibration.h"
#include "pipeline/scan/scan.h"

enum { EM_CLEAN_TOLD = 320 };

/* What the promise is about. */
enum em_clean_bound {
    EM_CLEAN_BY_SOURCE, /* texts of a source that the calibration has none of */
    EM_CLEAN_BY_TEXT,   /* texts drawn like those of the calibration */
};

struct em_clean_loss {
    double allowed;
    enum em_clean_bound bound;
    const char
        *source_field; /* NULL: source, dataset, domain; else the URL's domain, else
                                 the file */
    bool quiet;
};

/* Human texts of calibration of one kind, and how many of them are above the threshold. */
struct em_clean_stratum {
    const char *what, *name; /* "words", "source"; borrowed from the basis */
    uint64_t above, n;
    double bound; /* share that may be above, with 95 % confidence */
};

/* What a threshold was chosen by. */
struct em_clean_basis {
    double threshold;                /* log-odds */
    char told[EM_CLEAN_TOLD];        /* what it promises */
    struct em_clean_stratum *strata; /* owned: by length, then by source */
    size_t n_strata;
    char *names;       /* owned */
    uint64_t machines; /* texts labelled "machine", and the share of them above */
    double machines_above;
    double machine[3]; /* em_clean_rates() */
    bool few_sources;  /* it failed for their number */
};

/* `base`: how the corpus is scanned, with the calibration files for its files. Lines labelled
 * "machine" are not human. The basis begins with all zero. */
EM_MUST_CHECK enum em_status em_clean_choose(const struct em_scan_options *base,
                                             const struct em_clean_loss *options,
                                             struct em_clean_basis *basis,
                                             struct em_err *err);
void em_clean_basis_release(struct em_clean_basis *basis);

/* The same of scores that are there already. */
enum { EM_CLEAN_SOURCE = 64 };
struct em_clean_score {
    double log_odds; /* -INFINITY: abstained */
    uint32_t words;
    bool machine;
    char source[EM_CLEAN_SOURCE];
};
struct em_clean_scores;
struct em_clean_scores *em_clean_scores_new(const struct em_clean_loss *options);
void em_clean_scores_free(struct em_clean_scores *scores); /* NULL is allowed */
EM_MUST_CHECK enum em_status em_clean_scores_add(struct em_clean_scores *scores,
                                                 const struct em_clean_score *score);
/* `block`: of the model, or NULL. */
EM_MUST_CHECK enum em_status em_clean_scores_choose(const struct em_clean_scores *scores,
                                                    const struct em_calibration *block,
                                                    struct em_clean_basis *basis,
                                                    struct em_err *err);

/* Of the texts of the sources that the model was calibrated on and never saw, the shares
 * above a threshold: mean over sources, least, most. NaN where the model has none. */
void em_clean_rates(const struct em_calibration *block, double log_odds, double human[3],
                    double machine[3]);

#endif
