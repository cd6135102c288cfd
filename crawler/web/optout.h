/* SPDX-License-Identifier: Apache-2.0
 *
 * What site owners say about the use of their pages, in one set of flags: robots meta and
 * X-Robots-Tag words (read from pages by crawler/page, put in here by whoever joins them),
 * TDMRep (W3C community report of 2024: tdmrep.json, header, meta), Content-Signal and
 * Content-Usage (robots.txt lines and headers). docs/POLITENESS.md says what each means.
 *
 * A flag is a statement, not a decision; em_optout_forbids() is the decision.
 */
#ifndef EM_CRAWLER_WEB_OPTOUT_H
#define EM_CRAWLER_WEB_OPTOUT_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

/* name, bit, text in outputs, what we do not do where it is said */
#define EM_OPTOUT_LIST(X)                                                                \
    X(NOINDEX, 0, "noindex", EM_USE_LIST)                                                \
    X(NOFOLLOW, 1, "nofollow", EM_USE_FOLLOW)                                            \
    X(NOARCHIVE, 2, "noarchive", EM_USE_ARCHIVE)                                         \
    X(NOSNIPPET, 3, "nosnippet", EM_USE_QUOTE)                                           \
    X(NOAI, 4, "noai", EM_USE_TRAIN)                                                     \
    X(NOIMAGEAI, 5, "noimageai", 0)                                                      \
    X(TDM_RESERVED, 6, "tdm-reservation", EM_USE_ANALYSE | EM_USE_TRAIN)                 \
    X(SEARCH_NO, 7, "search=no", EM_USE_LIST)                                            \
    X(AI_INPUT_NO, 8, "ai-input=no", EM_USE_ANALYSE)                                     \
    X(AI_TRAIN_NO, 9, "ai-train=no", EM_USE_TRAIN)                                       \
    X(TDM_GRANTED, 10, "tdm-reservation=0", 0)                                           \
    X(SEARCH_YES, 11, "search=yes", 0)                                                   \
    X(AI_INPUT_YES, 12, "ai-input=yes", 0)                                               \
    X(AI_TRAIN_YES, 13, "ai-train=yes", 0)

/* What can be done with a page. */
enum em_use {
    EM_USE_FOLLOW = 1,  /* take its links into the frontier */
    EM_USE_ARCHIVE = 2, /* write its body into the WARC */
    EM_USE_LIST = 4,    /* name it: a document in the index, a row with its URL */
    EM_USE_ANALYSE = 8, /* run the detector over its text */
    EM_USE_QUOTE = 16,  /* show passages of its text */
    EM_USE_TRAIN = 32,  /* train on it, or put it into a reference set */
};

enum em_optout {
#define X(name, bit, text, uses) EM_OPTOUT_##name = 1u << (bit),
    EM_OPTOUT_LIST(X)
#undef X
};

/* Uses (enum em_use, or-ed) that `flags` (enum em_optout, or-ed) forbid by default. */
unsigned em_optout_forbids(uint32_t flags);

/* "noai"; NULL for another bit. Static. */
const char *em_optout_name(uint32_t flag);

/* The flag of that name, ASCII case ignored; 0 where there is none. For words that other
 * rooms have read: "noindex" of a page is the flag "noindex". */
uint32_t em_optout_of(struct em_view name);

/* Later statements about the same thing take the place of earlier, more general ones: the
 * yes and no of one signal do not stand together. */
uint32_t em_optout_override(uint32_t general, uint32_t special);

/* The value of Content-Signal ("search=yes, ai-train=no") or Content-Usage ("train-ai=n"),
 * of a robots.txt line or a header. A first word that begins with '/' is the path it is
 * about (robots.txt only) and goes to *path, which may be NULL. Unknown words are skipped. */
uint32_t em_optout_signal(struct em_view value, struct em_view *path);

/* TDMRep 5.1: the value of the header field or meta element "tdm-reservation". */
uint32_t em_optout_tdm(struct em_view value);

/* TDMRep 5.2: /.well-known/tdmrep.json, an array of {"location","tdm-reservation",
 * "tdm-policy"}. The first entry whose location matches `path` counts; patterns have '*'
 * and a final '$' as robots.txt has. *policy (may be NULL) is the policy's URL, borrowed
 * from `json` and not unescaped, or empty. At most EM_MAX_TDMREP bytes are read. */
uint32_t em_optout_tdmrep(struct em_view json, struct em_view path,
                          struct em_view *policy);

#endif
