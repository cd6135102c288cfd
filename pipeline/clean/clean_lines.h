/* SPDX-License-Identifier: Apache-2.0
 *
 * What `clean` writes of one record, packed for the way from the threads that decide to the
 * one place that writes: a head with lengths and what is counted, then the bytes for each
 * output, one after the other.
 */
#ifndef EM_PIPELINE_CLEAN_LINES_H
#define EM_PIPELINE_CLEAN_LINES_H

#include "pipeline/clean/clean_echoes.h"

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
    uint32_t lengths[EM_CLEAN_OUTPUTS];
    enum em_clean_fate fate;
    unsigned reasons;
    uint32_t words, kept_words, year;
    bool cut, scored, flagged;
    unsigned char bin, cluster; /* of the score; of the domain */
    char lang[12];
    char domain[64]; /* registrable; empty: no URL */
};

struct em_clean_format {
    const struct em_clean_policy *policy;
    const char *text_field;         /* NULL: the usual ones */
    bool raw_text;                  /* a tree of texts: what is kept is the text itself */
    bool optout;                    /* look for what owners say */
    struct em_clean_echoes *echoes; /* NULL: they are not looked for */
    size_t file;                    /* number of the input, for them */
};

/* Appends a frame to `lines`. */
EM_MUST_CHECK enum em_status
em_clean_frame_write(const struct em_clean_format *format, struct em_buf *lines,
                     const struct em_record *record, const struct em_page *page,
                     const struct em_doc *doc, const struct em_verdict *verdict,
                     enum em_drop drop);

#endif
