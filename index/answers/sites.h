/* SPDX-License-Identifier: Apache-2.0
 *
 * Which sites turned: more of their later documents are flagged than their own old ones let
 * expect.
 *
 * A site's false alarms are drawn towards those of all sites: old documents flagged of a site
 * are beta-binomial, with mean and concentration fitted by moments over all sites that have
 * EM_SITES_LEAST old documents. The p-value is the chance that as many of the later documents
 * would be flagged at the site's own rate; q is that after Benjamini and Hochberg (1995) over
 * all sites tested, so of the sites with q up to 0.05 at most one in twenty is expected to be
 * there by chance. The month is the one from which on two rates explain the site best.
 */
#ifndef EM_ANSWERS_SITES_H
#define EM_ANSWERS_SITES_H

#include "index/model.h"

enum {
    EM_SITES_LEAST = 10
};                          /* old documents, and later ones, of a site that is tested */
#define EM_SITES_FALSE 0.05 /* share of false discoveries among sites that turned */

struct em_site {
    char *domain;              /* owned */
    uint64_t old, old_flagged; /* scored documents known to be human */
    uint64_t later, flagged;
    double
        share; /* of machine text among the later ones, corrected; NaN without calibration */
    double p, q;
    bool turned;
    uint32_t month; /* from which on it did; of sites that turned */
};

struct em_sites {
    struct em_site *items; /* owned; most machine text first, then by name */
    size_t n;
};

/* Tested sites of the model's documents in the language of its first calibration block (any,
 * where it has none). `now`: later dates are doubtful. Free with em_sites_release(). */
EM_MUST_CHECK enum em_status em_sites_find(struct em_sites *out, struct em_store *store,
                                           const struct em_index_model *model,
                                           int64_t now, struct em_err *err);
void em_sites_release(struct em_sites *sites);

/* Fills in share, p, q and `turned` of counted sites and sorts them. `recall`: share of machine
 * text that is flagged. */
void em_sites_judge(struct em_sites *sites, double recall);

/* P(X >= k) of a beta-binomial with n draws. */
double em_beta_binomial_tail(uint64_t k, uint64_t n, double a, double b);

#endif
