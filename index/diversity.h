/* SPDX-License-Identifier: Apache-2.0
 *
 * How alike texts are: sums over documents from which measures of homogenisation follow, by
 * month, language and one of 32 groups of sites.
 *
 *   key    month(4)  lang NUL  group(1)      month of the capture
 *   value  see docs/FORMATS.md
 *
 * Every document counts the same and at equal length, since all such measures depend on
 * it: the first EM_DIVERSITY_BYTES bytes for compression, the first EM_DIVERSITY_WORDS words for
 * the rest; shorter documents are not measured. Everything is a sum of integers, so rows
 * add exactly in any order. A site is in one group (by a hash of its registrable domain), so
 * leaving out one group after the other gives intervals that allow for documents of one
 * site being alike (delete-a-group jackknife: Kott 2001).
 */
#ifndef EM_INDEX_DIVERSITY_H
#define EM_INDEX_DIVERSITY_H

#include "base/print.h"
#include "index/document.h"
#include "index/store.h"

enum {
    EM_DIVERSITY_BYTES = 2000,
    EM_DIVERSITY_WORDS = 200,
    EM_DIVERSITY_GROUPS = 32,
    EM_DIVERSITY_BUCKETS = 1024, /* two for each of 512 signed dimensions */
    EM_DIVERSITY_NGRAM = 4,
    /* Bytes of text looked at for the words: with more of them a word it is not prose. */
    EM_DIVERSITY_TEXT = 16 * EM_DIVERSITY_WORDS,
};

struct em_diversity {
    uint64_t documents;
    uint64_t compressed;                    /* bytes, by deflate */
    uint64_t distinct[EM_DIVERSITY_NGRAM];  /* different n-grams */
    uint64_t entropy[2];                    /* of words and pairs, millionths of a bit */
    uint64_t norm;                          /* squared length of the signed vectors */
    uint64_t buckets[EM_DIVERSITY_BUCKETS]; /* pairs of words, by hash */
};

struct em_diversity_key {
    uint32_t month;
    struct em_view lang;
    uint8_t group;
};

struct em_diversity_maker; /* one thread's */
EM_MUST_CHECK enum em_status em_diversity_maker_new(struct em_diversity_maker **out);
void em_diversity_maker_free(struct em_diversity_maker *maker);

/* A row, where the document is long enough. `words`: of the beginning of `text`. */
EM_MUST_CHECK enum em_status
em_diversity_rows(struct em_diversity_maker *maker, struct em_rows *rows,
                  const struct em_document *document, struct em_view text,
                  const struct em_print_word *words, size_t n);

EM_MUST_CHECK enum em_status em_diversity_read(struct em_diversity_key *key,
                                               struct em_diversity *sums,
                                               struct em_view key_bytes,
                                               struct em_view value);
EM_MUST_CHECK enum em_status em_diversity_value(struct em_buf *out,
                                                const struct em_diversity *sums);
void em_diversity_add(struct em_diversity *into, const struct em_diversity *from);
em_combine_fn em_diversity_combine;
em_row_json_fn em_diversity_json;

/* --- measures ------------------------------------------------------------------------------ */

enum em_measure {
    EM_MEASURE_COMPRESSION, /* bytes in a compressed byte: more is more alike */
    EM_MEASURE_DISTINCT_1,  /* different words in a word */
    EM_MEASURE_DISTINCT_2,
    EM_MEASURE_DISTINCT_3,
    EM_MEASURE_DISTINCT_4,
    EM_MEASURE_ENTROPY_1, /* bits */
    EM_MEASURE_ENTROPY_2,
    EM_MEASURE_SIMILARITY, /* mean cosine of two documents of different groups of sites */
    EM_MEASURE_DRIFT,      /* Jensen-Shannon divergence from before 2022-11, bits */
    EM_MEASURES
};

struct em_estimate {
    double value, low, high; /* 95 %; NAN where not to be had */
};

struct em_diversity_row {
    uint32_t month;
    struct em_view lang;
    uint64_t documents, reference; /* the latter: documents of the language before */
    uint32_t groups;
    struct em_estimate measures[EM_MEASURES];
};

typedef enum em_status em_diversity_fn(void *context, const struct em_diversity_row *row);
/* Rows in order of month and language; only `lang` where it is not empty. */
EM_MUST_CHECK enum em_status em_diversity_each(struct em_store *store,
                                               struct em_view lang, em_diversity_fn *fn,
                                               void *context, struct em_err *err);
const char *em_measure_name(enum em_measure measure);

/* First sights of prints on sites, by month: all, and those that another site had before.
 * Of prints on more sites than an entry names only the first ones count. */
struct em_reuse {
    uint32_t month;
    uint64_t prints, again;
};
typedef enum em_status em_reuse_fn(void *context, const struct em_reuse *reuse);
EM_MUST_CHECK enum em_status em_reuse_each(struct em_store *store, em_reuse_fn *fn,
                                           void *context, struct em_err *err);

#endif
