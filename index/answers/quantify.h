/* SPDX-License-Identifier: Apache-2.0
 *
 * How much of a set of documents is machine-written, from the histogram of the detector's
 * log-odds: estimators side by side, with intervals. Pure functions; no input or output.
 *
 *   raw        share at or above the detector's threshold
 *   adjusted   that, corrected for misses and false alarms (Rogan and Gladen 1978), with the
 *              interval of Lang and Reiczigel 2014
 *   posterior  mean of the calibrated probabilities, corrected likewise (PACC; Bella 2010)
 *   em         the prior that explains the calibrated posteriors (Saerens, Latinne and
 *              Decaestecker 2002)
 *   histogram  the mixture of two fixed histograms nearest in Hellinger distance (HDy;
 *              Gonzalez-Castro 2013)
 *   mixture    penalised maximum likelihood over mixtures of the histograms of all
 *              calibration sources: both classes may be any blend of them
 *
 * and two from words alone, without the detector's model (detector/lexical.h):
 *
 *   words      token-occurrence mixture (Liang and others 2024): maximum likelihood over the
 *              histogram of lexical log-likelihood ratios
 *   excess     a lower bound (Kobak and others 2025): how many more documents contain a
 *              marker word than the human slice lets expect; there is none without one
 *
 * What varies from replicate to replicate: the scores of the target's documents (who they
 * are is given), the sites of the human slice, and the calibration's sources.
 *
 * Calibration is by source (base/calibration.h: scores of sources the detector never saw). What
 * dominates the error is that a corpus is like none of them, so every replicate of the
 * bootstrap draws the sources again, and the interval is widened by what was left over in
 * simulations with sources left out. A slice of the corpus known to be human (dated before
 * 2022-11-30) takes the place of the human sources.
 *
 * The same input gives the same numbers whatever order clusters come in.
 */
#ifndef EM_INDEX_QUANTIFY_H
#define EM_INDEX_QUANTIFY_H

#include "base/calibration.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    EM_QUANTIFY_BINS = EM_SCORE_BINS,
    /* What a document counts in: its log-odds' bin, its lexical ratio's, one for a marker. */
    EM_QUANTIFY_LEXICAL = EM_QUANTIFY_BINS,
    EM_QUANTIFY_MARKED = 2 * EM_QUANTIFY_BINS,
    EM_QUANTIFY_COLUMNS,
    EM_QUANTIFY_FITTED = 32, /* pairs of them */
    EM_QUANTIFY_MAX_SOURCES = EM_CALIBRATION_SOURCES,
    EM_QUANTIFY_MAX_REPLICATES = 1000,
};

enum em_quantify_method {
    EM_QUANTIFY_RAW,
    EM_QUANTIFY_ADJUSTED,
    EM_QUANTIFY_POSTERIOR,
    EM_QUANTIFY_EM,
    EM_QUANTIFY_HISTOGRAM,
    EM_QUANTIFY_MIXTURE,
    EM_QUANTIFY_SCORES, /* those before it are made from scores */
    EM_QUANTIFY_WORDS = EM_QUANTIFY_SCORES,
    EM_QUANTIFY_EXCESS,
    EM_QUANTIFY_METHODS
};
const char *em_quantify_name(enum em_quantify_method method);

/* Histograms and their bootstrap replicates: row 0 is as counted; in row b every cluster
 * counts Poisson(1) times, drawn from its hash and b alone. */
struct em_quantify_sample {
    uint32_t rows; /* replicates + 1 */
    float *bins;   /* owned: rows x EM_QUANTIFY_COLUMNS */
    uint64_t clusters;
    double squares; /* sum of squared cluster sizes: how much the largest weigh */
};
/* EM_ERR_LIMIT beyond the maximum. */
EM_MUST_CHECK enum em_status em_quantify_sample_init(struct em_quantify_sample *sample,
                                                     uint32_t replicates);
void em_quantify_sample_release(struct em_quantify_sample *sample);
/* Counts of one cluster (a registrable domain); all of its documents in one or several
 * calls with the same hash. `first`: the first call for this cluster. */
void em_quantify_sample_add(struct em_quantify_sample *sample, uint64_t hash, bool first,
                            const uint64_t counts[EM_QUANTIFY_COLUMNS], double weight);
/* Documents with a score; with a lexical ratio. */
double em_quantify_sample_size(const struct em_quantify_sample *sample);
double em_quantify_sample_lexical(const float row[EM_QUANTIFY_COLUMNS]);

struct em_quantify_options {
    double prior_human,
        prior_machine; /* documents' worth of pull to the mean of sources */
    double prior_site; /* machine sources that are sites of the web count so many times in
                          that mean, against answers, essays and pages made to order */
    /* What the bootstrap leaves out, as standard deviations added to the mixture's: a
     * constant, and one times the root of the share (machine texts unlike any source). */
    double shift_human;
    double shift_machine; /* without a slice */
    double shift_slice;   /* with one */
    /* The answer is about documents that these stand for: sites of the target are drawn
     * again. Else it is about these, and only their scores might have come out otherwise. */
    bool sampled;
    bool anchored; /* the slice counts however small it is (index/answers/anchor.h) */
    const uint8_t *leave; /* NULL, or one byte a source: 1 leaves it out (simulations) */
    /* NULL: the slice's share of documents with a marker is what human text would have.
     * Else that, one number a row of the target: a trend drawn further. */
    const double *baseline;
};
/* As chosen on simulations from training sources (docs/PREVALENCE.md). */
void em_quantify_defaults(struct em_quantify_options *options);

struct em_estimate {
    double value, low, high; /* NaN where there is none */
};

struct em_quantify_result {
    struct em_estimate by[EM_QUANTIFY_METHODS];
    bool sliced; /* a human slice was used */
};

/* Share of machine text in `target`. `slice`: documents of the same kind known to be human,
 * or NULL; used from EM_QUANTIFY_SLICE_LEAST documents on. Samples must have the same
 * number of rows. All NaN for an empty target. EM_ERR_NOMEM only. */
enum { EM_QUANTIFY_SLICE_LEAST = 100, EM_QUANTIFY_LEAST = 50 };
EM_MUST_CHECK enum em_status em_quantify(const struct em_calibration *block,
                                         const struct em_quantify_sample *target,
                                         const struct em_quantify_sample *slice,
                                         const struct em_quantify_options *options,
                                         struct em_quantify_result *out);

/* Rogan-Gladen with the interval of Lang and Reiczigel: `p` of n flagged, sensitivity and
 * specificity measured on so many (effective) documents. Clipped to [0, 1]. */
struct em_estimate em_quantify_adjusted(double p, double n, double se, double n_se,
                                        double sp, double n_sp);
/* argmax over a in [0, 1] of sum counts[k] log(1 - a + a ratio[k]): concave. */
double em_quantify_share(const double *counts, const double *ratio, unsigned n);

#endif
