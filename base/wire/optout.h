/* SPDX-License-Identifier: Apache-2.0
 *
 * What site owners say about the use of their pages, in one set of flags: robots meta and
 * X-Robots-Tag words, TDMRep (header, meta; its file is read by crawler/web/tdmrep.h),
 * Content-Signal and Content-Usage (robots.txt lines and headers), RSL licences
 * (crawler/web/rsl.h). docs/POLITENESS.md says what each means.
 *
 * A flag is a statement, not a decision; em_optout_forbids() is the decision.
 */
#ifndef EM_BASE_WIRE_OPTOUT_H
#define EM_BASE_WIRE_OPTOUT_H

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
    X(AI_TRAIN_YES, 13, "ai-train=yes", 0)                                               \
    X(MAX_SNIPPET, 14, "max-snippet", EM_USE_QUOTE)                                      \
    X(UNAVAILABLE, 15, "unavailable_after", 0)                                           \
    X(LICENCE, 16, "licence", 0)                                                         \
    X(LICENCE_PAID, 17, "licence-payment", 0)                                            \
    X(AI_TXT, 18, "ai.txt", 0)                                                           \
    X(AI_TXT_NO, 19, "ai.txt=no", EM_USE_TRAIN)                                          \
    X(USAGE_OTHER, 20, "content-usage", 0)

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

/* Both are of robots.txt lines and headers. A first word that begins with '/' is the path it is
 * about (robots.txt only) and goes to *path, which may be NULL. Unknown words state nothing;
 * said both ways: no.
 *
 * Content-Signal: "search=yes, ai-train=no", read leniently. Content-Usage (AI preferences of
 * the IETF): a structured dictionary, "train-ai=n". Of one that is not well-formed, or has
 * other values than y and n, only what is said against a use counts. Where it has tokens that
 * state nothing to us, USAGE_OTHER is set: whoever reads it can record the value as it is. */
uint32_t em_optout_signal(struct em_view value, struct em_view *path);
uint32_t em_optout_usage(struct em_view value, struct em_view *path);

/* The flags of one use ("ai-train", "search", "all") that is forbidden, or permitted. */
uint32_t em_optout_use(struct em_view use, bool no);

/* TDMRep 5.1: the value of the header field or meta element "tdm-reservation". */
uint32_t em_optout_tdm(struct em_view value);

/* What robots words say to all and to `agent` by name (NULL: to all). */
struct em_robots;
uint32_t em_optout_robots(const struct em_robots *robots, const char *agent);

/* What a response header says: X-Robots-Tag, tdm-reservation, Content-Signal, Content-Usage. */
uint32_t em_optout_header(struct em_view header, const char *agent);

/* All of a page: its site (robots.txt, files), its header, then itself: the special beats
 * the general for the matter it is about. */
uint32_t em_optout_page(uint32_t site, uint32_t header, uint32_t page);

#endif
