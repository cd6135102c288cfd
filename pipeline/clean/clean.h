/* SPDX-License-Identifier: Apache-2.0
 *
 * What becomes of one document of a corpus: a policy, a verdict, and from them keep, cut or
 * remove, with the reasons and their places. Pure: nothing is read or written here.
 *
 * Places are bytes of the document's own text (the JSON field as it was, or what the page
 * says); the detector's places, which are in its own copy with white space evened out, are
 * led back first.
 *
 * Cutting follows the rule of the GPT-3 paper (Brown et al. 2020, appendix C): what was
 * found goes together with `margin` characters on each side; pieces of fewer than
 * `min_piece` characters go; a document in more than `max_pieces` pieces goes as a whole.
 */
#ifndef EM_PIPELINE_CLEAN_H
#define EM_PIPELINE_CLEAN_H

#include "base/json_text.h"
#include "base/buf.h"
#include "base/doc.h"
#include "base/verdict.h"

#include <stdint.h>

enum em_clean_action { EM_CLEAN_TAG, EM_CLEAN_CUT, EM_CLEAN_DROP };

/* Why; a bit each in em_clean_plan.reasons. */
enum em_clean_reason {
    EM_CLEAN_SCORE,     /* score (style, leaks and matches together) over the threshold */
    EM_CLEAN_LEAK,      /* assistant phrases and the like */
    EM_CLEAN_COPY,      /* an item of a set of model output */
    EM_CLEAN_BENCHMARK, /* an item of a benchmark */
    EM_CLEAN_PIECES,    /* cut into too many pieces, or nothing left */
    EM_CLEAN_LANGUAGE,
    EM_CLEAN_KNOWN,  /* too much of it lies in items found, whatever is done with those */
    EM_CLEAN_ECHO,   /* the corpus has an earlier document that says the same */
    EM_CLEAN_OPTOUT, /* its owner has reserved it */
    EM_CLEAN_REASONS
};

struct em_clean_policy {
    bool score;       /* remove what is over `threshold` */
    double threshold; /* log-odds; only what is strictly above goes. NaN: the verdict's */
    enum em_clean_action on_leak, on_copy, on_benchmark;
    float contained[2]; /* matches with less of their item do not count: of copies, of
                           benchmarks */
    uint32_t min_words; /* nor do matches of fewer words */
    uint32_t margin, min_piece, max_pieces; /* characters, characters, pieces */
    float known;           /* documents with this share of known text go; 0: none */
    const char *languages; /* "en,fr": others are removed; NULL: all stay */
    enum em_clean_action on_echo, on_optout; /* tag or drop */
};

/* What is known of a document beside its text and verdict. */
struct em_clean_facts {
    struct em_view optout;   /* words of its owner that forbid the use; or empty */
    struct em_view original; /* the document it echoes; or empty */
    float echoed;            /* share of its runs of words that are there */
};

struct em_clean_span {
    uint32_t start, end; /* bytes of the text */
    enum em_clean_reason reason;
    float value;         /* 1, or the share of the item that is here */
    struct em_view what; /* kind of the leak, or the set */
    struct em_view item; /* of a match */
    bool cut;            /* to be cut, by policy */
};

struct em_clean_plan {
    unsigned reasons;            /* why it is removed; 0: it stays */
    bool cut;                    /* it stays, but `text` instead of what it was */
    unsigned cut_for;            /* reasons of the cuts */
    struct em_clean_span *spans; /* what was found, in order of places */
    size_t n_spans;
    struct em_buf text;
};

void em_clean_plan_init(struct em_clean_plan *plan);
void em_clean_plan_release(struct em_clean_plan *plan);

/* `text`: the document's own text. `verdict` and `facts` may be NULL. The plan's spans
 * borrow from both. EM_ERR_NOMEM only. */
EM_MUST_CHECK enum em_status
em_clean_decide(const struct em_clean_policy *policy, struct em_view text,
                const struct em_doc *doc, const struct em_verdict *verdict,
                const struct em_clean_facts *facts, struct em_clean_plan *plan);

/* "score", "leak", "copy", "benchmark", "pieces", "language", "known", "echo", "optout".
 * Static. */
const char *em_clean_reason_name(enum em_clean_reason reason);
/* "tag", "cut", "drop". Static. */
const char *em_clean_action_name(enum em_clean_action action);

/* Characters (code points) back from and on from a byte, and how many there are. */
size_t em_clean_back(struct em_view text, size_t at, uint32_t characters);
size_t em_clean_forward(struct em_view text, size_t at, uint32_t characters);

/* Older names of em_json_text_find() and em_json_text_next(). */
static inline bool em_clean_json_find(struct em_view line, struct em_view path,
                                      struct em_view *raw)
{
    return em_json_text_find(line, path, raw);
}
static inline bool em_clean_json_next(struct em_view line, size_t *at,
                                      struct em_view *key, struct em_view *raw)
{
    return em_json_text_next(line, at, key, raw);
}

#endif
