/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows of what depends on a document's text alone: prints of its passages, and what it adds
 * to the measures of homogenisation. One thread's, with the memory it takes. Private to
 * pipeline/.
 */
#ifndef EM_PIPELINE_TEXTS_H
#define EM_PIPELINE_TEXTS_H

#include "base/doc.h"
#include "index/document.h"

struct em_texts;

EM_MUST_CHECK enum em_status em_texts_new(struct em_texts **out);
void em_texts_free(struct em_texts *texts);

EM_MUST_CHECK enum em_status em_texts_rows(struct em_texts *texts, struct em_rows *rows,
                                           const struct em_document *document,
                                           const struct em_doc *doc);

#endif
