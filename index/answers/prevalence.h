/* SPDX-License-Identifier: Apache-2.0
 *
 * From an index to rows of prevalence: documents by stratum, how many are machine-written,
 * how sure that is, and the zero check.
 *
 * Two passes over the index. The first counts every stratum; the second fills bootstrap
 * samples, clustered by registrable domain, of those large enough for an estimate. Memory:
 * about 600 bytes a stratum, and 52 kB (at 100 replicates) a stratum with an estimate.
 *
 * Documents count by their weights (of a sample, or of a focused crawl). Where those are not
 * all 1 the documents are read one by one, since within a cell a weight goes with what was
 * found.
 *
 * Documents of a stratum dated before 2022-11-30 (whole months: up to 2022-10) are its
 * human slice. The rows of those months themselves are estimated with the other months as
 * slice. What the excess of marker words is measured against follows the trend of those
 * months, where there are EM_PREVALENCE_TREND_LEAST of them and it rises.
 */
#ifndef EM_INDEX_PREVALENCE_H
#define EM_INDEX_PREVALENCE_H

#include "base/date.h"
#include "index/answers/quantify.h"
#include "index/model.h"

enum em_prevalence_by {
    EM_PREVALENCE_MONTH = 1,
    EM_PREVALENCE_LANG = 2,
    EM_PREVALENCE_DOMAIN = 4,
    EM_PREVALENCE_TLD = 8,
    EM_PREVALENCE_HOST = 16,
};

enum em_prevalence_axis {
    EM_PREVALENCE_CRAWL,      /* capture date */
    EM_PREVALENCE_PUBLISHED,  /* what the page says of itself */
    EM_PREVALENCE_FIRST_SEEN, /* a URL counts once, in the month of its first capture */
};

enum {
    EM_PREVALENCE_MAX_STRATA = 500000,
    EM_PREVALENCE_MAX_ESTIMATES = 4096, /* the largest strata get one */
    EM_PREVALENCE_TREND_LEAST = 24,     /* months */
};

struct em_prevalence_options {
    unsigned by; /* enum em_prevalence_by, or-ed */
    enum em_prevalence_axis axis;
    const struct em_index_model *model; /* whose scores; outlives the rows */
    uint32_t replicates;                /* 100 */
    int64_t now;                        /* dates after it are doubtful */
};

enum em_prevalence_note {
    EM_PREVALENCE_FINE,
    EM_PREVALENCE_FEW,          /* fewer than EM_QUANTIFY_LEAST scored documents */
    EM_PREVALENCE_UNCALIBRATED, /* no sources' scores for this model */
    EM_PREVALENCE_MANY,         /* not among the largest EM_PREVALENCE_MAX_ESTIMATES */
};
/* "too few documents", ...; NULL for fine. */
const char *em_prevalence_note_text(enum em_prevalence_note note);

struct em_prevalence_row {
    uint32_t month; /* EM_MONTH_UNKNOWN: doubtful dates, or months are not asked for */
    bool doubtful;
    struct em_view lang, domain, tld, host; /* empty unless asked for */
    uint64_t documents, words, scored, flagged, domains;
    enum em_prevalence_note note;
    struct em_quantify_result result;
    /* The same estimators on the documents of this stratum from before 2022-11-30 (known
     * to be human), corrected by halves of themselves where the row is corrected by them;
     * NaN where there are too few. */
    struct em_quantify_result zero;
    uint64_t zero_documents;
};

struct em_prevalence; /* owns its rows */

EM_MUST_CHECK enum em_status
em_prevalence_run(struct em_prevalence **out, struct em_store *store,
                  const struct em_prevalence_options *options, struct em_err *err);
/* Sorted by month (doubtful dates last), then the other keys. */
const struct em_prevalence_row *em_prevalence_rows(const struct em_prevalence *p,
                                                   size_t *n);
void em_prevalence_free(struct em_prevalence *p);

/* Estimates of rows put together with weights (each at least 0): the weighted mean, with
 * the variances added as for independent strata. Rows without an estimate are left out; so
 * the sum over strata is consistent with the rows. */
struct em_estimate em_prevalence_weighted(const struct em_prevalence_row *rows,
                                          const double *weights, size_t n);

#endif
