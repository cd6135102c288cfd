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
#include "base/card.h"
#include "base/doc.h"
#include "base/verdict.h"

#include <stdint.h>

enum em_clean_action { EM_CLEAN_TAG, EM_CLEAN_CUT, EM_CLEAN_DROP };

/* How much speaks for a model: 0 (nothing) to 4 (all but certain). */
enum { EM_CLEAN_TIERS = 5, EM_CLEAN_NO_TIER = -1 };

enum { EM_CLEAN_RULES = 64 };

/* The score's threshold for one language or one kind of page. */
struct em_clean_rule {
    char name[24];
    bool by_type;     /* of page; else a language */
    double threshold; /* log-odds; INFINITY: none of them goes */
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
    const struct em_clean_rule *rules; /* take the place of `threshold` (clean_rules.h) */
    size_t n_rules;
    bool promised; /* `threshold` keeps a promise: rules can only raise it */
    double edited_tag, edited_drop; /* from this share of words changed by a model on;
                                       0: never */
    double
        tier_from[EM_CLEAN_TIERS]; /* log-odds that a tier begins at, rising; [0] is not
                                         looked at. INFINITY: the score gives none */
};

/* What is known of a document beside its text and verdict. */
struct em_clean_facts {
    struct em_view optout;    /* words of its owner that forbid the use; or empty */
    struct em_view original;  /* the document it echoes; or empty */
    float echoed;             /* share of its runs of words that are there */
    struct em_view page_type; /* base/page_type.h; or empty */
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
    int tier; /* by score, leaks and known model output, before any cut, whatever the policy
                 does; EM_CLEAN_NO_TIER: not scored, and nothing was found */
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
