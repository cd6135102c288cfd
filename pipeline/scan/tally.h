/* SPDX-License-Identifier: Apache-2.0
 *
 * What each input came to, over all its batches: whether it gave any document at all, and
 * if not, why. Parts come in input order. Private to pipeline/.
 */
#ifndef EM_PIPELINE_TALLY_H
#define EM_PIPELINE_TALLY_H

#include "pipeline/scan/part.h"

struct em_tally {
    const char *file; /* the input whose parts come; as in options.files */
    struct em_ledger sum;
    bool piece;
};

/* Adds a part. True where it is the last one of an input, read to its end, that gave no
 * document: then `why` says what became of its records. Pieces of a file are not judged:
 * what one holds is chance. `text_field`: as in struct em_source_options. */
bool em_tally_part(struct em_tally *tally, const struct em_part *part,
                   const char *text_field, char *why, size_t size);

#endif
