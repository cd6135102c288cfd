/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the parts of index/echo*: gathering rows, cutting them into passages, describing
 * those that are kept. Private to index/.
 */
#ifndef EM_INDEX_ECHO_PRIVATE_H
#define EM_INDEX_ECHO_PRIVATE_H

#include "index/answers/echo.h"
#include "index/answers/echo_mirror.h"

/* A print on several domains, waiting for its neighbours. */
struct em_echo_print {
    uint64_t first; /* reference of the first document */
    uint64_t hash;
    size_t value; /* place of its value in `values` */
    uint32_t value_len;
    uint32_t word;
};

struct em_echo_work {
    struct em_store *store;
    const struct em_echo_options *options;
    struct em_echoes *out;
    struct em_mirrors mirrors;
    struct em_echo_print *prints;
    size_t n_prints, cap_prints;
    struct em_buf values;
    uint64_t *exposure_documents;
    struct em_exposure exposure;
    struct em_err *err;
};

/* Prints of one part, sorted, into passages; each is given to em_echo_offer. */
EM_MUST_CHECK enum em_status em_echo_cut(struct em_echo_work *work);
/* Takes the passage over, whatever comes of it. */
EM_MUST_CHECK enum em_status em_echo_offer(struct em_echo_work *work,
                                           struct em_echo *echo);
/* Those that are asked for: the most, in the order of the options. */
void em_echo_settle(struct em_echo_work *work);
void em_echo_release(struct em_echo *echo);

/* A document's row by what a passage knows of it. EM_ERR_NOTFOUND. `row` holds the bytes the
 * views point into. */
EM_MUST_CHECK enum em_status em_echo_document(struct em_echo_work *work,
                                              const struct em_echo_site *site,
                                              struct em_document *document,
                                              struct em_buf *row);
/* Everything of the passages that are returned. */
EM_MUST_CHECK enum em_status em_echo_describe(struct em_echo_work *work);
/* Which items of reference sets they are. */
EM_MUST_CHECK enum em_status em_echo_find_known(struct em_echo_work *work);

#endif
