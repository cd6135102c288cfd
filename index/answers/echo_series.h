/* SPDX-License-Identifier: Apache-2.0
 *
 * How model output spreads from site to site, month by month: the sites that carry passages
 * of known model output or passages that are machine-written, beside the sites that carry
 * passages people wrote.
 *
 * Every passage that is on several sites counts, with all sites that have it, its first one
 * too. A site belongs to the month in which the first of its documents with the passage was
 * captured. Boilerplate and syndicated articles count where they are of known model output.
 */
#ifndef EM_ANSWERS_ECHO_SERIES_H
#define EM_ANSWERS_ECHO_SERIES_H

#include "index/answers/echo.h"

enum em_echo_series_class {
    EM_ECHO_SERIES_KNOWN,   /* of known model output */
    EM_ECHO_SERIES_MACHINE, /* that, or machine-written by the verdicts */
    EM_ECHO_SERIES_HUMAN,
    EM_ECHO_SERIES_UNCLEAR, /* not long enough in any document for its verdict to count */
    EM_ECHO_SERIES_CLASSES
};

struct em_echo_month {
    uint32_t month; /* EM_MONTH_UNKNOWN in `all` */
    uint64_t documents;
    uint64_t sites[EM_ECHO_SERIES_CLASSES]; /* a site counts once a month and class */
    uint64_t total[EM_ECHO_SERIES_CLASSES]; /* different ones up to its end */
    /* Of the sites that carry passages whose writer is clear, those that carry a machine's;
     * 95 % interval (Wilson); NaN where there are none. */
    double share, low, high;
};

struct em_echo_series {
    struct em_echo_month *months; /* owned; those with documents or sites, in order */
    size_t n;
    struct em_echo_month all; /* sites without a date as well */
    uint64_t passages[EM_ECHO_SERIES_CLASSES];
    /* Passages of machines that pages judged human have, and those of known model output
     * among them. A page counts once among the pages of the latter, and once among the pages
     * of the others; hidden_pages is the sum. */
    uint64_t hidden, hidden_pages, hidden_known, hidden_known_pages;
    uint64_t left_out; /* passages beyond the widest EM_MAX_ECHO_LIMIT */
    /* Of the number of sites that carry such a passage for the first time. */
    struct em_growth growth[EM_ECHO_SERIES_CLASSES];
};

/* Judges a passage by itself where it can: fills in `scored` and what goes with it. */
typedef void em_echo_judge_fn(void *context, struct em_echo *echo);
enum { EM_ECHO_SERIES_JUDGED = 2000 }; /* passages that are judged so, the widest */

/* What em_echo_find() has to find for a series: passages of all kinds that count, as many as
 * it can keep. `model`: whose verdicts; 0: the first in the documents' rows. A caller may set
 * what a passage is: min_domains, min_prints, contained, keep_mirrors. */
struct em_echo_options em_echo_series_options(uint32_t model);
/* Of what was found with these options. `judge` is asked about passages whose writer would be
 * unclear; NULL: they stay so. Release in any case. */
EM_MUST_CHECK enum em_status em_echo_series_of(struct em_echo_series *out,
                                               struct em_echoes *echoes,
                                               struct em_store *store, uint32_t model,
                                               em_echo_judge_fn *judge, void *context,
                                               struct em_err *err);
/* Finds them as well. Release in any case. */
EM_MUST_CHECK enum em_status em_echo_series_make(struct em_echo_series *out,
                                                 struct em_store *store,
                                                 const struct em_echo_options *options,
                                                 em_echo_judge_fn *judge, void *context,
                                                 struct em_err *err);
void em_echo_series_release(struct em_echo_series *series);
/* "12 passages of known model output ... are on 31 pages judged human ...": what the verdicts
 * on whole pages miss. Empty where nothing was found. */
enum { EM_ECHO_SERIES_SENTENCE = 400 };
void em_echo_series_sentence(const struct em_echo_series *series,
                             char out[EM_ECHO_SERIES_SENTENCE]);
/* "known", "machine", "human", "unclear" */
const char *em_echo_series_name(enum em_echo_series_class which);

#endif
