/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/texts.h"

#include "base/alloc.h"
#include "detector/prints.h"
#include "index/passage.h"

struct em_texts {
    struct em_prints prints;
};

enum em_status em_texts_new(struct em_texts **out)
{
    struct em_texts *texts = em_calloc(1, sizeof(*texts));
    *out = texts;
    if (!texts)
        return EM_ERR_NOMEM;
    em_prints_init(&texts->prints);
    return EM_OK;
}

void em_texts_free(struct em_texts *texts)
{
    if (!texts)
        return;
    em_prints_release(&texts->prints);
    em_free(texts);
}

enum em_status em_texts_rows(struct em_texts *texts, struct em_rows *rows,
                             const struct em_document *document, const struct em_doc *doc)
{
    const struct em_prints_options options = {.sample_k = EM_PASSAGE_WORDS,
                                              .fraction = EM_PASSAGE_FRACTION};
    EM_TRY(em_prints_make(&texts->prints, &options, doc->text));
    return em_passage_rows(rows, document, doc, texts->prints.sampled,
                           texts->prints.n_sampled);
}
