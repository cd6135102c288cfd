/* SPDX-License-Identifier: Apache-2.0
 *
 * Inputs with the names that their outputs have: below a folder that was named the path in
 * it, else the file's own name.
 */
#ifndef EM_PIPELINE_CLEAN_NAMES_H
#define EM_PIPELINE_CLEAN_NAMES_H

#include "base/buf.h"
#include "crawler/archive/inputs.h"

struct em_clean_names {
    struct em_inputs inputs;
    size_t *roots; /* owned: bytes of each path that are not part of its name */
};

/* Begin with all zero. EM_ERR_USAGE for standard input, and where two inputs have one name. */
EM_MUST_CHECK enum em_status em_clean_names_add(struct em_clean_names *names,
                                                const char *operand, struct em_err *err);
void em_clean_names_release(struct em_clean_names *names);
struct em_view em_clean_names_get(const struct em_clean_names *names, size_t i);

/* DIR/folder/name into `out`; where the input is not JSON lines (`same` is false), what is
 * written is, and says so before the suffix of its compression. */
EM_MUST_CHECK enum em_status em_clean_names_output(struct em_buf *out, const char *dir,
                                                   const char *folder,
                                                   struct em_view name, bool same);

/* What Dolma's mixer calls the name of a document's attributes: after "documents/", which it
 * replaces by "attributes/<name>/". */
struct em_view em_clean_names_document(struct em_view name);

#endif
