/* SPDX-License-Identifier: Apache-2.0
 *
 * What a scan came to: counts that add up, whatever the records were split into. documents
 * + the sum of drops = records, always.
 */
#ifndef EM_BASE_SUMMARY_H
#define EM_BASE_SUMMARY_H

#include "base/drop.h"
#include "base/verdict.h"

enum em_scan_stage {
    EM_STAGE_READ,    /* files, inflating, record headers */
    EM_STAGE_DECODE,  /* HTTP message, content codings, JSON */
    EM_STAGE_EXTRACT, /* charset, HTML to text, language */
    EM_STAGE_DETECT,
    EM_STAGE_INDEX, /* rows for the index */
    EM_STAGE_WRITE, /* verdict line */
    EM_STAGE_COUNT
};

enum { EM_SCAN_TOP = 5, EM_SCAN_HISTOGRAM = 20 };

/* One of the most certain machine-written documents. */
struct em_case {
    double log_odds, score;
    uint32_t words;
    char url[256];      /* or id; cut */
    char text[200];     /* beginning of the strongest evidence or of the text; cut */
    char evidence[200]; /* "leak (refusal): ...", or empty */
};

struct em_summary {
    uint64_t files, files_failed;
    uint64_t files_without;              /* read to their end, and no document in them */
    uint64_t known_files, known_records; /* in the index already: not read again */
    uint64_t known_documents, known_damaged; /* of known records: damaged places */
    uint64_t records, documents;
    uint64_t drops[EM_DROP_COUNT];
    uint64_t damaged; /* records or stretches reported as damaged */
    uint64_t stored_bytes, block_bytes, text_bytes, words;
    uint64_t verdicts[EM_VERDICT_ABSTAIN + 1];
    uint64_t abstain_reasons[EM_ABSTAIN_NOT_PROSE + 1];
    uint64_t leaks;                        /* documents with at least one */
    uint64_t histogram[EM_SCAN_HISTOGRAM]; /* scores of documents that have one */
    double stage_seconds[EM_STAGE_COUNT];  /* summed over threads, wall clock */
    double seconds;
    struct em_case top[EM_SCAN_TOP]; /* by falling log odds, then input order */
    size_t n_top;
    bool interrupted;
    bool recorded; /* in an index: the same command resumes */
};

/* Adds a part; parts must come in input order for `top` to be the same for any split. */
void em_summary_add(struct em_summary *into, const struct em_summary *part);
const char *em_scan_stage_name(enum em_scan_stage stage);

#endif
