/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/scan/texts.h"

#include "base/alloc.h"
#include "detector/prints.h"
#include "index/diversity.h"
#include "index/passage.h"

struct em_texts {
    struct em_prints prints;
    struct em_diversity_maker *diversity;
    struct em_print_word *words;
    size_t cap;
};

enum em_status em_texts_new(struct em_texts **out)
{
    struct em_texts *texts = em_calloc(1, sizeof(*texts));
    *out = texts;
    if (!texts)
        return EM_ERR_NOMEM;
    em_prints_init(&texts->prints);
    enum em_status status = em_diversity_maker_new(&texts->diversity);
    if (status < 0) {
        em_texts_free(texts);
        *out = NULL;
    }
    return status;
}

void em_texts_free(struct em_texts *texts)
{
    if (!texts)
        return;
    em_prints_release(&texts->prints);
    em_diversity_maker_free(texts->diversity);
    em_free(texts->words);
    em_free(texts);
}

/* Without a site there is nobody to echo. */
static enum em_status passages(struct em_texts *texts, struct em_rows *rows,
                               const struct em_document *document,
                               const struct em_doc *doc)
{
    const struct em_prints_options options = {.sample_k = EM_PASSAGE_WORDS,
                                              .fraction = EM_PASSAGE_FRACTION};
    EM_TRY(em_prints_make(&texts->prints, &options, doc->text));
    return em_passage_rows(rows, document, doc, texts->prints.sampled,
                           texts->prints.n_sampled);
}

enum em_status em_texts_rows(struct em_texts *texts, struct em_rows *rows,
                             const struct em_document *document, const struct em_doc *doc)
{
    size_t n;
    if (document->domain.len)
        EM_TRY(passages(texts, rows, document, doc));
    if (doc->text.len < EM_DIVERSITY_BYTES)
        return EM_OK;
    struct em_view head = em_view_sub(doc->text, 0, EM_DIVERSITY_TEXT);
    EM_TRY(em_prints_words(&texts->prints, head, &texts->words, &n, &texts->cap));
    return em_diversity_rows(texts->diversity, rows, document, doc->text, texts->words,
                             n);
}
