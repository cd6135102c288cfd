/* SPDX-License-Identifier: Apache-2.0
 *
 * What a stretch of records adds to the ledger and the tables of an index, on its way from a
 * worker to the recorder. Parts of one input add up in any grouping. Private to pipeline/.
 */
#ifndef EM_PIPELINE_PART_H
#define EM_PIPELINE_PART_H

#include "base/doc.h"
#include "base/page.h"
#include "base/verdict.h"
#include "index/ledger.h"
#include "index/table.h"
#include "pipeline/scan/texts.h"

struct em_part {
    const char *file;     /* as in options.files: compared by address */
    struct em_ledger sum; /* counts only; complete and failed are or-ed */
    uint64_t known_records, known_documents; /* of it, in the index before */
    bool piece; /* not the whole file is read: a range, or chosen records */
};

/* Damage of one kind found in a part. */
struct em_part_damage {
    size_t part;           /* which */
    char *reason;          /* owned */
    uint64_t count, first; /* places; the stored byte of the first */
};

struct em_parts {
    struct em_part *parts;
    size_t n, cap;
    struct em_part_damage *damage; /* of all parts, as it was found */
    size_t n_damage, cap_damage;
    struct em_rows rows;
    struct em_buf licence; /* scratch */
};

void em_parts_init(struct em_parts *parts);
void em_parts_clear(struct em_parts *parts);
void em_parts_release(struct em_parts *parts);
/* The part of `file`, begun where there is none; NULL when memory runs out. Valid until the
 * next call. */
struct em_part *em_parts_of(struct em_parts *parts, const char *file);

/* A damaged place of `file`. Beyond EM_LEDGER_DAMAGES kinds in one part it is counted only. */
EM_MUST_CHECK enum em_status em_parts_damage(struct em_parts *parts, const char *file,
                                             uint64_t offset, const char *reason);

/* What is the same for all records of one input and one model. */
struct em_record_context {
    const char *file;
    bool index;       /* rows are wanted */
    uint64_t file_id; /* with index: em_recorder_file() */
    uint32_t model;   /* hash; 0: no verdicts */
    bool text_known;  /* read before, under another model: only verdicts are new */
    bool resumes; /* the file can be read on from this record's place; `number` is its */
    uint64_t number;
    double weight; /* inverse probability of having been sampled; 0: 1 */
};

/* One document's rows for every table. `verdict` may be NULL. */
EM_MUST_CHECK enum em_status
em_parts_add_document(struct em_parts *parts, const struct em_record_context *context,
                      const struct em_page *page, const struct em_doc *doc,
                      const struct em_verdict *verdict, struct em_texts *texts);

#endif
