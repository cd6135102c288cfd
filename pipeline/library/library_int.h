/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside the installed interface: the handle, and the values of the rooms turned into those
 * of include/echometer.h.
 */
#ifndef EM_PIPELINE_LIBRARY_INT_H
#define EM_PIPELINE_LIBRARY_INT_H

#include "include/echometer.h"

#include "base/arena.h"
#include "base/status.h"
#include "crawler/archive/archive.h"
#include "crawler/page/extract.h"
#include "detector/detector.h"
#include "index/refs/refs.h"
#include "pipeline/scan/match.h"

#include <stdatomic.h>

/* What handles share; freed with the last of them. */
struct em_library {
    atomic_uint handles;
    struct em_model *model; /* NULL: none */
    struct em_refs_sets refs;
};

struct echometer {
    struct em_library *shared;
    struct echometer_options options; /* `model` and `refs` of it are not kept */
    struct em_detector *detector;     /* NULL without a model */
    struct em_match_maker *matches;   /* NULL without reference sets */
    struct em_extractor *extractor;
    struct em_extractor *whole; /* made when it is first asked for */
    struct em_page_decoder *decoder;
    struct em_source *source;
    struct em_arena document; /* strings of the document handed out */
    struct em_arena verdict;  /* of the verdict */
    char *path;
    struct echometer_counts counts;
};

/* Views become strings in `arena`; false when memory is short. */
bool em_library_document(struct em_arena *arena, const struct em_page *page,
                         const struct em_doc *doc, const char *file,
                         struct echometer_document *out);
bool em_library_verdict(struct em_arena *arena, const struct em_verdict *verdict,
                        struct echometer_verdict *out);

/* Copies a struct of `size` bytes to a caller whose struct has `theirs`. */
void em_library_hand_out(void *out, size_t theirs, const void *ours, size_t size);

/* Copies what happened to `why` and returns the status. */
int em_library_explain(enum em_status status, const struct em_err *err, char *why,
                       size_t len);

#endif
