/* SPDX-License-Identifier: Apache-2.0
 *
 * A row of the passages table: one print of a passage, and the sites it was seen on.
 *
 *   key    hash(8)      of a run of EM_PASSAGE_WORDS words; one run in EM_PASSAGE_FRACTION
 *   value  see docs/FORMATS.md
 *
 * A value keeps for each registrable domain the first document with the print (by capture
 * date, then reference), for the EM_PASSAGE_DOMAINS first domains (by date, then name). Why
 * cutting there does not depend on how rows were grouped: a domain among the first K of all
 * is among the first K wherever its first document was, since fewer than K domains come
 * before it there too. What would depend on it (documents by domain) is dropped once there
 * are more than K domains; a HyperLogLog sketch of all domains' names then gives their
 * number (Flajolet, Fusy, Gandouet, Meunier 2007; 1,024 registers, standard error 3.25 %).
 *
 * Recall: a run of n words shared word by word has n - 9 runs of ten words, each kept with
 * probability 1/16: at least one print with 1 - (15/16)^(n-9), which is 96 % at 60 words and
 * 99.7 % at 100; at least two with 84 % and 98 %.
 */
#ifndef EM_INDEX_PASSAGE_H
#define EM_INDEX_PASSAGE_H

#include "base/doc.h"
#include "base/print.h"
#include "index/document.h"

enum {
    EM_PASSAGE_WORDS = 10,    /* of a run; shorter ones are phrases that anyone writes */
    EM_PASSAGE_FRACTION = 16, /* one run in so many is kept */
    EM_PASSAGE_DOMAINS = 64,  /* kept by name: enough for a growth rate */
    EM_PASSAGE_REGISTERS = 1024,
};

/* The first document of a site that has the print. */
struct em_passage_post {
    struct em_view domain;
    int64_t date;       /* capture; EM_DATE_UNKNOWN comes last */
    uint64_t reference; /* em_document_reference(); 0: forgotten */
    uint32_t url;       /* upper half of the URL's hash: finds the document's row */
    uint32_t word;      /* number of the run's first word in its text */
    uint64_t documents; /* of the domain with the print; 0: not known (beyond K) */
    bool quoted;        /* stands in a quotation */
};

struct em_passage {
    uint64_t hash;
    uint64_t documents; /* all with the print */
    bool more;          /* domains beyond those listed: `registers` counts them */
    uint32_t n;
    struct em_passage_post posts[EM_PASSAGE_DOMAINS]; /* by date, then domain */
    struct em_view registers;
};

/* Rows for one document; nothing where it has no domain. `prints`: of its text, in order;
 * `doc` says where quotations are. */
EM_MUST_CHECK enum em_status em_passage_rows(struct em_rows *rows,
                                             const struct em_document *document,
                                             const struct em_doc *doc,
                                             const struct em_print *prints, size_t n);

/* Views borrow from the value. EM_ERR_FORMAT. */
EM_MUST_CHECK enum em_status em_passage_read(struct em_passage *passage,
                                             struct em_view key, struct em_view value);
EM_MUST_CHECK enum em_status em_passage_value(struct em_buf *out,
                                              const struct em_passage *passage);
/* How many domains have the print: exact, or the sketch's estimate. */
uint64_t em_passage_domains(const struct em_passage *passage);

/* -1, 0, 1: by date (unknown last), then domain. */
int em_passage_order(const struct em_passage_post *a, const struct em_passage_post *b);

em_combine_fn em_passage_combine;
em_row_json_fn em_passage_json;
em_forget_fn em_passage_forget;

#endif
