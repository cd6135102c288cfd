/* SPDX-License-Identifier: Apache-2.0
 *
 * From an index to rows of prevalence: documents by stratum, how many are machine-written,
 * how sure that is, and the zero check.
 *
 * Two passes over the documents of one model. The first counts every stratum; small months
 * are then pooled; the second fills bootstrap samples, clustered by registrable domain, of
 * those large enough for an estimate. Memory: about 600 bytes a stratum, and 52 kB (at 100
 * replicates) for a stratum with an estimate and each language with a calibration in it.
 *
 * Documents count by their weights (of a sample); those of a focused crawl do not count.
 *
 * Old documents are known to be human: captured in a month before 2022-11; where fewer than
 * EM_QUANTIFY_SLICE_LEAST of a stratum are, also those that the page itself dates before, by
 * meta elements, JSON-LD, its address or the archive. They are the stratum's human slice.
 * Rows of old months are estimated with the other old months as slice; of other rows the old
 * documents count as human, and the estimate is of the rest. What the excess of marker words
 * is measured against follows the trend of the old months, where there are
 * EM_PREVALENCE_TREND_LEAST of them and it rises.
 */
#ifndef EM_ANSWERS_PREVALENCE_H
#define EM_ANSWERS_PREVALENCE_H

#include "base/date.h"
#include "index/answers/anchor.h"
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
    EM_PREVALENCE_AUTO, /* published where nearly all captures are of one month and half
                                 of the documents say when they were published; else crawl */
};

/* Where the human side of narrow strata (by domain, host or TLD) comes from. */
enum em_prevalence_anchor {
    EM_PREVALENCE_ANCHOR_AUTO, /* as SITE */
    EM_PREVALENCE_ANCHOR_SITE, /* the sites' own old documents, drawn to all sites', where
                                  EM_ANCHOR_SITES of them have EM_ANCHOR_LEAST */
    EM_PREVALENCE_ANCHOR_NONE, /* the stratum's old documents, or the calibration's */
};

enum {
    EM_PREVALENCE_MAX_STRATA = 500000,
    EM_PREVALENCE_MAX_ESTIMATES = 4096, /* the largest strata get one */
    EM_PREVALENCE_TREND_LEAST = 24,     /* months */
};

struct em_prevalence_options {
    unsigned by; /* enum em_prevalence_by, or-ed */
    enum em_prevalence_axis axis;
    enum em_prevalence_anchor anchor;
    bool pool; /* months with too few documents become quarters or years */
    const struct em_index_model *model; /* whose scores; outlives the rows */
    uint32_t replicates;                /* 100 */
    int64_t now;                        /* dates after it are doubtful */
};

enum em_prevalence_note {
    EM_PREVALENCE_FINE,
    EM_PREVALENCE_FEW,          /* fewer than EM_QUANTIFY_LEAST scored documents */
    EM_PREVALENCE_UNCALIBRATED, /* no sources' scores for this model */
    EM_PREVALENCE_NOT_SAMPLED,  /* all of weight 0: pages of a focused crawl */
    EM_PREVALENCE_MANY,         /* not among the largest EM_PREVALENCE_MAX_ESTIMATES */
};
/* "too few documents", ...; NULL for fine. */
const char *em_prevalence_note_text(enum em_prevalence_note note);

/* Where the human side of an estimate comes from. */
enum em_prevalence_slice {
    EM_PREVALENCE_SOURCES,       /* the human sources of the model's calibration */
    EM_PREVALENCE_CAPTURED_OLD,  /* the stratum's documents captured before 2022-11 */
    EM_PREVALENCE_PUBLISHED_OLD, /* and those published before */
    EM_PREVALENCE_ANCHORED,      /* its sites' old documents, drawn to all sites' */
};

struct em_prevalence_row {
    uint32_t
        month; /* the first; EM_MONTH_UNKNOWN: doubtful dates, or months are not asked for */
    uint32_t
        months[12]; /* that a pooled row puts together; n_months 0: it is not pooled */
    uint32_t n_months;
    char label[16]; /* "2023-07", "2023-Q3", "2023", "all"; empty for doubtful dates */
    bool doubtful;
    struct em_view lang, domain, tld, host; /* empty unless asked for */
    uint64_t documents, words;
    uint64_t judged;                            /* with a verdict */
    uint64_t scored;                            /* with a score that estimates can use */
    uint64_t no_language, too_short, not_prose; /* why others were not judged */
    uint64_t flagged, leaks, known; /* known: passages of known model output */
    uint64_t domains, undated;      /* undated: no reliable date on this axis */
    uint64_t old,
        backdated;  /* old: known to be human; backdated: published before, flagged */
    double sites;   /* as many of equal size would say as much */
    double largest; /* share of the scored documents that one site has */
    bool nameless;  /* some documents have no site: they count as one */
    enum em_prevalence_note note;
    enum em_prevalence_slice slice;
    struct em_quantify_result result;
    /* The same estimators on the documents of this stratum that are known to be human,
     * corrected by halves of themselves where the row is corrected by them; NaN where there
     * are too few. */
    struct em_quantify_result zero;
    uint64_t zero_documents;
};

/* "mixture, own human slice": which estimator the row's numbers are of, and on which human
 * texts. NULL where it has none. */
const char *em_prevalence_estimator(const struct em_prevalence_row *row);

struct em_prevalence; /* owns its rows */

/* "month,tld" or "all", with ",raw" to keep small months apart: sets `by` and `pool`; "auto",
 * "site" or "none"; "crawl", "published", "first-seen" or "auto". False for other words. */
bool em_prevalence_parse_by(const char *text, struct em_prevalence_options *options);
bool em_prevalence_parse_anchor(const char *text, enum em_prevalence_anchor *anchor);
bool em_prevalence_parse_axis(const char *text, enum em_prevalence_axis *axis);

EM_MUST_CHECK enum em_status
em_prevalence_run(struct em_prevalence **out, struct em_store *store,
                  const struct em_prevalence_options *options, struct em_err *err);
/* Sorted by month (doubtful dates last), then the other keys. */
const struct em_prevalence_row *em_prevalence_rows(const struct em_prevalence *p,
                                                   size_t *n);
/* Documents that a focused crawl has fetched: they are no sample, have the weight 0 and
 * count for no estimate. *of: all documents. Where both are equal no row has one. */
uint64_t em_prevalence_not_sampled(const struct em_prevalence *p, uint64_t *of);
/* Sites with EM_ANCHOR_LEAST old documents, where they were asked for: fewer than
 * EM_ANCHOR_SITES anchor nothing. */
size_t em_prevalence_anchor_sites(const struct em_prevalence *p);
/* The axis that was taken. */
enum em_prevalence_axis em_prevalence_axis_of(const struct em_prevalence *p);
void em_prevalence_free(struct em_prevalence *p);

/* Estimates of rows put together with weights (each at least 0): the weighted mean, with
 * the variances added as for independent strata. Rows without an estimate are left out; so
 * the sum over strata is consistent with the rows. */
struct em_estimate em_prevalence_weighted(const struct em_prevalence_row *rows,
                                          const double *weights, size_t n);

#endif
