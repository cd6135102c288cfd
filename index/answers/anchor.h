/* SPDX-License-Identifier: Apache-2.0
 *
 * What human text of a site scores: its own old documents, drawn towards all sites'.
 *
 *   log-odds of a site's human documents ~ a distribution over bins of its own
 *   these distributions                  ~ Dirichlet(c m): m the mean of sites, c how alike
 *
 * Given x old documents by bin, n in all, the site's distribution is Dirichlet(x + c m), with
 * the mean (x + c m) / (n + c): a site with many old documents is itself, one with few is like
 * all (empirical Bayes: Efron and Morris 1975). c is where the likelihood of all sites' old
 * documents (Dirichlet-multinomial: Mosimann 1962; Minka 2000) is largest.
 *
 * The human side of a stratum is the mean over its sites, weighted by the documents they have
 * in it that are not old. Replicates draw the sites' distributions from their posteriors, and
 * m from the sites drawn again.
 */
#ifndef EM_ANSWERS_ANCHOR_H
#define EM_ANSWERS_ANCHOR_H

#include "index/answers/quantify.h"

enum {
    EM_ANCHOR_LEAST = 10,     /* old documents of a site that says how alike sites are */
    EM_ANCHOR_SITES = 20,     /* of these that there must be */
    EM_ANCHOR_KEPT = 255,     /* old documents of a site that are used, the first ones */
    EM_ANCHOR_MOST = 1000000, /* sites with old documents, the first ones */
    EM_ANCHOR_DRAWN =
        2000, /* sites of a stratum that are drawn; others stay at their mean */
};

struct em_anchor_site {
    uint64_t hash;
    size_t at; /* of its documents' bins */
    uint32_t n;
};

struct em_anchor {
    struct em_anchor_site *sites; /* owned */
    size_t n, cap;
    uint8_t *bins; /* owned: of old documents, site after site */
    size_t n_bins, cap_bins;
    size_t usable; /* sites with EM_ANCHOR_LEAST old documents and more */
    double concentration;
    uint32_t rows;
    double (*mean)[EM_QUANTIFY_FITTED]; /* owned; one a row */
};

/* A site's documents in a stratum. */
struct em_anchor_weight {
    uint64_t hash;
    double weight;
};
struct em_anchor_weights {
    struct em_anchor_weight *items; /* owned */
    size_t n, cap;
};

/* An old document; those of a site one after the other. `anchor` begins as zeros. */
EM_MUST_CHECK enum em_status em_anchor_add(struct em_anchor *anchor, uint64_t site,
                                           double log_odds);
/* Once all are there: m, c and `usable`, for samples with `rows` rows. */
EM_MUST_CHECK enum em_status em_anchor_fit(struct em_anchor *anchor, uint32_t rows);
void em_anchor_release(struct em_anchor *anchor);

EM_MUST_CHECK enum em_status em_anchor_weigh(struct em_anchor_weights *weights,
                                             uint64_t site, double weight);
void em_anchor_weights_release(struct em_anchor_weights *weights);

/* The human side of a stratum as a slice, as large as the documents it is worth: scores only,
 * no words. */
EM_MUST_CHECK enum em_status em_anchor_slice(const struct em_anchor *anchor,
                                             const struct em_anchor_weights *weights,
                                             struct em_quantify_sample *out);
/* For the zero check: every second old document of the stratum's sites as the target, and a
 * slice from the others. *target is empty where there are none. */
EM_MUST_CHECK enum em_status em_anchor_zero(const struct em_anchor *anchor,
                                            const struct em_anchor_weights *weights,
                                            struct em_quantify_sample *target,
                                            struct em_quantify_sample *slice);

#endif
