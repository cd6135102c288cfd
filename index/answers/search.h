/* SPDX-License-Identifier: Apache-2.0
 *
 * Documents and passages of known text that an index has, by what is wanted of them.
 */
#ifndef EM_ANSWERS_SEARCH_H
#define EM_ANSWERS_SEARCH_H

#include "index/document.h"
#include "index/hit.h"
#include "index/store.h"

/* NULL, empty, 0 and false: any. */
struct em_search {
    struct em_view domain; /* registrable; needed with `url` */
    const char *url, *verdict, *lang, *month;
    const char *model;      /* of hits: whose output the set holds */
    uint32_t judge;         /* of documents: hash of the model whose verdicts they are */
    const char *set, *item; /* of hits; an item needs its set */
    double min_score;
    bool leaks, matches;
};

/* Views are valid until it returns; a negative status ends the search. */
typedef enum em_status em_search_document_fn(void *context,
                                             const struct em_document *document,
                                             struct em_err *err);
typedef enum em_status em_search_hit_fn(void *context, const struct em_hit *hit,
                                        struct em_err *err);

/* In order of domain, page and date. */
EM_MUST_CHECK enum em_status em_search_documents(struct em_store *store,
                                                 const struct em_search *search,
                                                 em_search_document_fn *take,
                                                 void *context, struct em_err *err);
/* In order of set, item and date. */
EM_MUST_CHECK enum em_status em_search_hits(struct em_store *store,
                                            const struct em_search *search,
                                            em_search_hit_fn *take, void *context,
                                            struct em_err *err);

/* Probability of being machine-written; NaN where it was not scored. */
double em_document_score(const struct em_document *document);

#endif
