/* SPDX-License-Identifier: Apache-2.0
 *
 * What `clean` writes of one record, on its way from the threads that decide to the one place
 * that writes: what is counted, and the bytes for each output.
 */
#ifndef EM_PIPELINE_CLEAN_LINES_H
#define EM_PIPELINE_CLEAN_LINES_H

#include "base/card.h"
#include "pipeline/clean/clean_echoes.h"
#include "pipeline/scan/values.h"

enum em_clean_output {
    EM_CLEAN_KEPT,
    EM_CLEAN_REMOVED,
    EM_CLEAN_BAD,
    EM_CLEAN_ATTRIBUTES,
    EM_CLEAN_PASSAGES, /* what was found, in its context: for people to look at */
    EM_CLEAN_OUTPUTS
};

enum em_clean_fate {
    EM_CLEAN_IS_KEPT,
    EM_CLEAN_IS_REMOVED,
    EM_CLEAN_IS_BAD,
    EM_CLEAN_NONE
};

struct em_clean_frame {
    struct em_view parts[EM_CLEAN_OUTPUTS]; /* bytes for each output */
    enum em_clean_fate fate;
    unsigned reasons;
    uint32_t words, kept_words, year;
    bool cut, scored, flagged;
    bool human;                 /* dated before ChatGPT's first day */
    unsigned char page_type;    /* enum em_page_type; EM_PAGE_TYPES: not known */
    signed char tier;           /* or EM_CLEAN_NO_TIER */
    unsigned char bin, cluster; /* of the score; of the domain */
    char lang[12];
    char domain[64];               /* registrable; empty: no URL */
    char source[2 * EM_CARD_NAME]; /* as the line names it, else the file */
};

struct em_clean_format {
    const struct em_clean_policy *policy;
    const char *text_field;         /* NULL: the usual ones */
    size_t text_leaf;               /* Parquet: number of the text's column */
    bool raw_text;                  /* a tree of texts: what is kept is the text itself */
    bool optout;                    /* look for what owners say */
    struct em_clean_echoes *echoes; /* NULL: they are not looked for */
    size_t file;                    /* number of the input, for them */
};

/* em_scan_map_fn's work: adds the frame of a record to `values`. */
EM_MUST_CHECK enum em_status em_clean_frame_map(const struct em_clean_format *format,
                                                struct em_scan_values *values,
                                                const struct em_scan_item *item);

#endif
