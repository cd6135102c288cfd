/* SPDX-License-Identifier: Apache-2.0
 *
 * A line of a Dolma attribute file: {"id":...,"attributes":{"echometer__score":[[start, end,
 * value]],...}}. Places are characters (code points), as Dolma's mixer counts them, and the
 * id is the document's own JSON value, because the mixer compares the two.
 */
#ifndef EM_PIPELINE_CLEAN_ATTRIBUTES_H
#define EM_PIPELINE_CLEAN_ATTRIBUTES_H

#include "base/json.h"

#include <stdint.h>

struct em_attribute {
    const char *name;    /* "echometer__leak"; attributes of one name stand together */
    uint32_t start, end; /* bytes of the text; led to characters by the writer */
    double value;
};

/* `id`: JSON, or empty for null. Starts need not be in order. The line with its end. */
EM_MUST_CHECK enum em_status em_attributes_write(struct em_buf *out, struct em_view id,
                                                 struct em_view text,
                                                 const struct em_attribute *attributes,
                                                 size_t n);

#endif
