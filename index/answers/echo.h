/* SPDX-License-Identifier: Apache-2.0
 *
 * Echoes: passages seen on several sites, put together from the passages table.
 *
 *   table ─ prints on >= 2 domains ─ by first document ─ runs of neighbours ─ passage
 *
 * A print belongs to the first document that has it, and to no other: so a passage is a
 * stretch of one document, and nothing is joined through third parties (no transitive
 * closure). Within the document neighbouring prints are one passage while no more than 128
 * words lie between them and the sites they were seen on agree (Jaccard 0.2 or more, the
 * first site not counted, with one of the three before). A site is part of the echo when
 * one document of it has at least `contained` of the passage's prints, and two.
 *
 * What is distinguished, in this order:
 *   boilerplate  on 100 domains and 2 % of all, or on ten before 2022-11-30: licences,
 *                notices, widely quoted human text
 *   quotation    at most 150 words, and within quotation marks or a quote block on at
 *                least half of the sites
 *   syndication  at least 80 % of its first document, on five sites or more, four fifths
 *                of them within seven days
 * Mirrors (index/answers/echo_mirror.h) count as one site. A site's own template is on one domain
 * and never an echo; it is counted.
 *
 * Memory: EM_ECHO_MEMORY for rows, plus the passages kept (the widest `limit`). Where rows
 * are more the table is read again for each part of the first documents. The result does
 * not depend on it.
 */
#ifndef EM_INDEX_ECHO_H
#define EM_INDEX_ECHO_H

#include "index/answers/echo_growth.h"
#include "index/hit.h"
#include "index/passage.h"
#include "index/store.h"

enum em_echo_kind {
    EM_ECHO_ECHO,
    EM_ECHO_BOILERPLATE,
    EM_ECHO_QUOTATION,
    EM_ECHO_SYNDICATION,
    EM_ECHO_KINDS
};

enum em_echo_sort { EM_ECHO_FIRST, EM_ECHO_DOMAINS, EM_ECHO_GROWTH };

enum {
    EM_ECHO_SITES = 256, /* kept of a passage, the first ones */
    EM_ECHO_PRINTS = 64, /* hashes kept of a passage, spread over it */
};

struct em_echo_options {
    uint64_t min_domains; /* 2 */
    uint64_t min_prints;  /* 2 */
    double contained;     /* 0.3 */
    uint64_t limit;       /* up to EM_MAX_ECHO_LIMIT */
    enum em_echo_sort sort;
    bool kinds[EM_ECHO_KINDS]; /* wanted */
    bool keep_mirrors;         /* count them as sites of their own */
    uint32_t model;            /* whose verdicts; 0: the first in the documents' rows */
    size_t memory;             /* EM_ECHO_MEMORY */
};

struct em_echo_site {
    struct em_view domain;
    int64_t date; /* capture of its first document with it */
    uint64_t reference;
    uint32_t url;  /* as in em_passage_post */
    uint32_t word; /* where the passage's first print stands there */
    uint32_t prints;
    bool quoted;
    bool judged_human; /* that document; known for passages that are returned */
};

/* What the first document is, and where to read it. */
struct em_echo_source {
    bool known;
    struct em_view name; /* its URL, or its id where it has none */
    struct em_view path; /* the input's name as it was scanned */
    int64_t published;
    uint64_t offset; /* of its record; others may have the same */
    uint32_t words;
};

struct em_echo {
    enum em_echo_kind kind;
    uint32_t prints;
    uint64_t hashes[EM_ECHO_PRINTS];
    size_t n_hashes;
    uint32_t word; /* of the first print in the first document */
    uint32_t words;
    uint64_t documents; /* the median over its prints */
    uint64_t domains;
    bool more;                  /* domains is a sketch's estimate */
    uint64_t mirrors;           /* sites not counted because they mirror another */
    struct em_echo_site *sites; /* by date, then domain; the first is the source */
    size_t n_sites;
    double tenth;            /* days from the first site to the tenth; NAN */
    struct em_growth growth; /* of sites */
    /* Filled for passages that are returned. */
    struct em_echo_source source;
    struct em_view examples[3]; /* URLs after the first */
    /* Sites' documents with a verdict; flagged ones; those judged human. */
    uint64_t judged, machine, human;
    /* Of these, documents of which the passage is half or more; judged machine-written;
     * human. */
    uint64_t own, own_machine, own_human;
    /* The item of a reference set that at least half of the first sites have, and two; else
     * the first document's largest; or empty. */
    struct em_view set, item, model;
    bool shared_item; /* the former */
    uint8_t set_kind; /* enum em_refs_kind */
    double
        contained; /* share of the item: in the first document, else in that with most of it */
    /* The passage judged by itself, where a caller read its words and did so. */
    bool scored;
    uint8_t score_kind;                /* enum em_verdict_kind */
    double score;                      /* probability */
    struct em_buf names, texts, known; /* what the views point into */
};

struct em_echoes {
    struct em_echo *list;
    size_t n, cap;
    uint64_t rows;       /* prints in the table */
    uint64_t shared;     /* on min_domains and more */
    uint64_t templates;  /* on several documents of one domain only */
    uint64_t single;     /* passages with fewer than min_prints */
    uint64_t unverified; /* left with fewer than min_domains by containment, mirrors */
    uint64_t found[EM_ECHO_KINDS];
    uint64_t mirrors; /* sites that mirror another */
    uint64_t domains; /* in the index */
    uint64_t passes;  /* readings of the table */
    int64_t end;      /* the last capture */
};

EM_MUST_CHECK enum em_status em_echo_find(struct em_echoes *out, struct em_store *store,
                                          const struct em_echo_options *options,
                                          struct em_err *err);
void em_echoes_release(struct em_echoes *echoes);

/* Who wrote a passage: known by a reference set, else by its own score, else by the verdicts
 * of the documents that it is half of or more. */
enum em_echo_written {
    EM_ECHO_WRITTEN_UNCLEAR,
    EM_ECHO_WRITTEN_HUMAN,
    EM_ECHO_WRITTEN_MACHINE,
    EM_ECHO_WRITTEN_KNOWN, /* model output */
};
enum em_echo_written em_echo_written(const struct em_echo *echo);
/* "unclear", "human", "machine", "known" */
const char *em_echo_written_name(enum em_echo_written written);

/* Documents by month of capture that `model` has rows of; 0: of all models, each by itself.
 * *documents is owned by the caller and must live as long. */
EM_MUST_CHECK enum em_status em_exposure_read(struct em_exposure *out,
                                              uint64_t **documents,
                                              struct em_store *store, uint32_t model,
                                              struct em_err *err);

struct em_echo_options em_echo_defaults(void);
const char *em_echo_kind_name(enum em_echo_kind kind);
bool em_echo_kind_parse(struct em_view name, enum em_echo_kind *kind);

/* The 95 % interval (Wilson 1927) of a share of n. */
void em_echo_share(uint64_t count, uint64_t n, double *low, double *high);

#endif
