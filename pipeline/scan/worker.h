/* SPDX-License-Identifier: Apache-2.0
 *
 * One thread's working memory and the way of one record through it: page, doc, verdict,
 * line. Private to pipeline/.
 */
#ifndef EM_PIPELINE_WORKER_H
#define EM_PIPELINE_WORKER_H

#include "crawler/page/extract.h"
#include "pipeline/scan/part.h"
#include "pipeline/scan/scan.h"
#include "pipeline/scan/texts.h"

/* Something damaged, to be reported when its turn comes. */
struct em_damage_note {
    const char *file; /* as in options.files */
    uint64_t offset;
    uint64_t order; /* `at` of the result, then the order of being noted */
    char reason[300];
};

enum { EM_MAX_DAMAGE_NOTES = 1024 };

/* What a batch, or a stretch of records, came to. */
struct em_result {
    struct em_buf lines;
    struct em_scan_values values;
    struct em_summary counts;
    struct em_damage_note *notes;
    size_t n_notes, cap_notes;
    size_t at;             /* of what is noted now, in input order */
    struct em_parts parts; /* empty without an index */
};

struct em_worker {
    const struct em_scan_options *options;
    struct em_page_decoder *decoder;
    struct em_extractor *extractor;
    struct em_detector *detector;   /* NULL without a model */
    struct em_match_maker *matches; /* NULL without reference sets */
    struct em_texts *texts;         /* rows from text; made when the first are wanted */
    struct em_buf id;
    struct em_scan_again *again; /* a second worker; made when it is asked for first */
};

EM_MUST_CHECK enum em_status em_worker_init(struct em_worker *worker,
                                            const struct em_scan_options *options,
                                            struct em_err *err);
void em_worker_release(struct em_worker *worker);

/* Appends to the result. Fails only when memory runs out or on our own mistakes. */
EM_MUST_CHECK enum em_status em_worker_record(struct em_worker *worker,
                                              const struct em_record *record,
                                              const struct em_record_context *context,
                                              struct em_result *result,
                                              struct em_err *err);

void em_result_init(struct em_result *result);
void em_result_clear(struct em_result *result);
void em_result_release(struct em_result *result);
/* Notes in the order of their input, where reading and judging took turns by batches. */
void em_result_sort_notes(struct em_result *result);
/* Something damaged; counted. */
EM_MUST_CHECK enum em_status em_result_note(struct em_result *result, const char *file,
                                            uint64_t offset, const char *reason);
/* The same, and the index keeps it: of a record read, which is not read again. */
EM_MUST_CHECK enum em_status em_result_damage(struct em_result *result, const char *file,
                                              uint64_t offset, const char *reason);
/* The same, not counted: what is said of a file that was read before. */
EM_MUST_CHECK enum em_status em_result_tell(struct em_result *result, const char *file,
                                            uint64_t offset, const char *reason);

#endif
