/* SPDX-License-Identifier: Apache-2.0
 *
 * libechometer: reads documents out of web archives and corpora, and estimates how likely
 * each of them was written by a machine. The only installed header.
 *
 *     struct echometer_options options = ECHOMETER_OPTIONS_INIT;
 *     struct echometer *em;
 *     struct echometer_document doc;
 *     struct echometer_verdict verdict;
 *     char why[256];
 *
 *     if (echometer_open(&em, &options, why, sizeof(why)) < 0)
 *         ...;
 *     if (echometer_read(em, "crawl.warc.gz", why, sizeof(why)) < 0)
 *         ...;
 *     while (echometer_next(em, &doc) == 0)
 *         if (echometer_judge(em, doc.text, doc.text_len, doc.lang, &verdict) == 0)
 *             printf("%s %.3f\n", doc.url, verdict.score);
 *     echometer_close(em);
 *
 * Return values: 0 done, 1 end of input, negative for errors (echometer_strerror() names
 * them). Where a call takes `why`, it may be NULL; on an error it receives what failed,
 * where and why, as one line.
 *
 * Memory that a call hands out belongs to the handle: a document and all it points to is
 * valid until the next call that reads or extracts with the same handle, a verdict until the
 * next call that judges. One handle serves one thread at a time; echometer_clone() makes
 * further ones that share the model. The library never prints and never exits. All strings
 * are UTF-8 with a final NUL.
 *
 * Binary compatibility: the structs below may grow at their end. ECHOMETER_OPTIONS_INIT
 * records the sizes that the calling program was compiled with, and the library neither
 * reads nor writes beyond them.
 */
#ifndef ECHOMETER_H
#define ECHOMETER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ECHOMETER_API __attribute__((visibility("default")))
#else
#define ECHOMETER_API
#endif

struct echometer;

enum echometer_block_kind {
    ECHOMETER_PARAGRAPH,
    ECHOMETER_HEADING,
    ECHOMETER_LIST_ITEM,
    ECHOMETER_TABLE_CELL,
    ECHOMETER_PREFORMATTED,
    ECHOMETER_QUOTE,
    ECHOMETER_OTHER,
};

enum echometer_block_flag {
    ECHOMETER_MAIN = 1,   /* main content; otherwise navigation, teasers and the like */
    ECHOMETER_HIDDEN = 2, /* not shown to a reader: display:none, off the screen ... */
};

struct echometer_block {
    uint32_t start, end;           /* bytes of the document's text */
    uint32_t page_start, page_end; /* bytes of the page it came from, as given */
    uint32_t link_bytes;           /* of its text in links */
    uint8_t kind;                  /* enum echometer_block_kind */
    uint8_t flags;                 /* enum echometer_block_flag, or-ed */
};

struct echometer_document {
    const char *id, *url, *date, *published; /* "" where not known */
    const char *title;
    const char *lang; /* "en"; "un" when it could not be identified */
    const char *text; /* main text, blocks separated by blank lines */
    size_t text_len;
    uint32_t words;
    const char *file; /* where it came from */
    uint64_t offset;
    /* What the page says of itself; "" where it does not. The title is the article's where
     * the page names one, else that of <title>. */
    const char *published_by; /* how `published` was found: "meta", "jsonld", "visible" */
    const char *author, *site, *excerpt;
    const char *canonical;      /* absolute address */
    const char *lang_attribute; /* of <html>, as written */
    uint32_t robots; /* enum echometer_robots, or-ed: <meta> and X-Robots-Tag */
    const struct echometer_block *blocks; /* of the text, in order */
    size_t n_blocks;
    const char *charset;     /* encoding the page was read in, WHATWG name */
    uint32_t replaced;       /* invalid byte sequences that became U+FFFD */
    uint32_t hidden_bytes;   /* of text that styles and attributes hide from readers */
    uint32_t noscript_bytes; /* of text for browsers without scripts, and of templates */
    int cut;                 /* a limit ended the text early */
};

enum echometer_robots {
    ECHOMETER_NOINDEX = 1,
    ECHOMETER_NOFOLLOW = 2,
    ECHOMETER_NOARCHIVE = 4,
    ECHOMETER_NOSNIPPET = 8,
    ECHOMETER_NOIMAGEINDEX = 16,
    ECHOMETER_NOTRANSLATE = 32,
    ECHOMETER_NOAI = 64,
    ECHOMETER_NOIMAGEAI = 128,
    ECHOMETER_UNAVAILABLE_AFTER = 256,
};

enum echometer_verdict_kind {
    ECHOMETER_HUMAN,
    ECHOMETER_MACHINE,
    ECHOMETER_UNSURE,
    ECHOMETER_ABSTAIN,
};

/* A stretch of the text, in bytes. */
struct echometer_span {
    uint32_t start, end;
    double score; /* probability that it is machine-written, given the whole text */
};

/* Chat-client residue: an assistant's phrase, a citation marker, a client's URL. */
struct echometer_leak {
    const char *kind; /* "refusal", "citation-marker", ... */
    const char *text;
    uint32_t start, end;
};

/* Words shared with an item of a reference set (echometer_options.refs). */
struct echometer_match {
    const char *set, *item;
    const char *kind;    /* "model-output", "benchmark", "human" */
    double contained;    /* 0 to 1: share of the item's words that are in the text */
    uint32_t words;      /* found */
    uint32_t start, end; /* of the longest stretch */
};

/* If a model of these families wrote the text: the probability that it was one of `name`. */
struct echometer_family {
    const char *name;
    double probability;
};

struct echometer_verdict {
    enum echometer_verdict_kind kind;
    double score;          /* calibrated probability of machine-written, 0 to 1 */
    double log_odds;       /* the natural logarithm of its odds */
    uint32_t words;        /* of the text */
    const char *abstained; /* why, for ECHOMETER_ABSTAIN; otherwise NULL */
    const char *model;     /* which model judged */
    const struct echometer_leak *leaks;
    size_t n_leaks;
    const struct echometer_match *matches;
    size_t n_matches;
    const struct echometer_span *spans; /* with echometer_options.spans */
    size_t n_spans;
    double share, share_error; /* machine-written share of the text's bytes and its
                                  standard error; negative without spans */
    const struct echometer_family *families; /* only where style decides for machine */
    size_t n_families;
};

/* From which log-odds on a text is called machine-written. */
struct echometer_threshold {
    double fpr; /* the share of human texts that it was set to flag at most, 0 to 1 */
    double log_odds;
    double fpr_low, fpr_high; /* 95 % interval of the share where it was measured */
    uint32_t texts, sources;  /* human ones that it was measured on */
    const char *measured;     /* on what, in words */
};

struct echometer_counts {
    uint64_t records, documents, dropped; /* documents + dropped = records */
    uint64_t damaged;                     /* records or stretches reported as damaged */
    uint64_t files, files_failed;         /* of echometer_scan() */
};

/* How to open a handle; begin with ECHOMETER_OPTIONS_INIT and change what is to differ. */
struct echometer_options {
    /* Set by ECHOMETER_OPTIONS_INIT: sizes of the structs that the caller knows. */
    size_t size, document_size, verdict_size, threshold_size, counts_size;
    const char *model;       /* a model file; NULL: the installed ones, a language each */
    int without_model;       /* nonzero: text only, no verdicts */
    int spans;               /* nonzero: verdicts come with spans and share */
    double fpr;              /* threshold: human texts flagged at most, 0 to 1; 0: 0.01 */
    const char *const *refs; /* reference sets (.emr files) to match texts with */
    size_t n_refs;
    unsigned threads; /* of echometer_scan(); 0: one */
};
/* clang-format off */
#define ECHOMETER_OPTIONS_INIT                                                            \
    {sizeof(struct echometer_options), sizeof(struct echometer_document),                 \
     sizeof(struct echometer_verdict), sizeof(struct echometer_threshold),                \
     sizeof(struct echometer_counts), NULL, 0, 0, 0.0, NULL, 0, 0}
/* clang-format on */

ECHOMETER_API const char *echometer_version(void);
ECHOMETER_API const char *echometer_strerror(int status);

/* `options` may be NULL: the installed models, one thread. On failure *out is NULL. */
ECHOMETER_API int echometer_open(struct echometer **out,
                                 const struct echometer_options *options, char *why,
                                 size_t why_len);
/* Another handle, for another thread, with the same options; the model and the reference
 * sets are shared. Handles may be closed in any order. */
ECHOMETER_API int echometer_clone(struct echometer **out, struct echometer *em, char *why,
                                  size_t why_len);
ECHOMETER_API void echometer_close(struct echometer *em); /* NULL is allowed */

/* The model's name, or NULL without a model. */
ECHOMETER_API const char *echometer_model(const struct echometer *em);
/* The threshold for a rate of human texts flagged. Negative where the model was not measured
 * for that rate, or there is no model. */
ECHOMETER_API int echometer_threshold(const struct echometer *em, double fpr,
                                      struct echometer_threshold *threshold);

/* Begin to read an archive or corpus (a path, or "-"); an earlier one is closed. */
ECHOMETER_API int echometer_read(struct echometer *em, const char *path, char *why,
                                 size_t why_len);
/* The next document. Records that hold none are counted and skipped. */
ECHOMETER_API int echometer_next(struct echometer *em,
                                 struct echometer_document *document);
/* What was read since echometer_read(). */
ECHOMETER_API void echometer_counts(const struct echometer *em,
                                    struct echometer_counts *counts);

/* One page, as the bytes of an HTML document. `url` and `charset` (what the HTTP header
 * says) may be NULL. Returns 1 when the page has no text. */
ECHOMETER_API int echometer_extract(struct echometer *em, const char *html, size_t len,
                                    const char *url, const char *charset,
                                    struct echometer_document *document);

/* The same with all text of the page, each block flagged: main content, what stands around
 * it, and what is hidden from readers. Language and words are of all of it. */
ECHOMETER_API int echometer_extract_all(struct echometer *em, const char *html,
                                        size_t len, const char *url, const char *charset,
                                        struct echometer_document *document);

/* Judge UTF-8 text. `lang` NULL or "un": taken to be the model's where it looks like it. */
ECHOMETER_API int echometer_judge(struct echometer *em, const char *text, size_t len,
                                  const char *lang, struct echometer_verdict *verdict);

/* A verdict without its evidence. This struct does not grow. */
struct echometer_score {
    double score, log_odds; /* as in struct echometer_verdict */
    const char *abstained;  /* why; NULL where it did not abstain. Static text */
    uint32_t words;
    int kind; /* enum echometer_verdict_kind */
};
/* n texts at once, with the threads of the options. `scores` has room for n. */
ECHOMETER_API int echometer_judge_many(struct echometer *em, const char *const *texts,
                                       const size_t *lengths, size_t n, const char *lang,
                                       struct echometer_score *scores);

/* Receives each document of echometer_scan(), in input order, from one thread at a time.
 * `verdict` is NULL without a model. Nonzero ends the scan. Both are valid until it
 * returns. */
typedef int echometer_visit(void *context, const struct echometer_document *document,
                            const struct echometer_verdict *verdict);
/* Receives what is damaged, likewise in input order: the record's offset in its file, or
 * ECHOMETER_WHOLE_FILE where the file as a whole gave nothing. */
#define ECHOMETER_WHOLE_FILE UINT64_MAX
typedef void echometer_damage(void *context, const char *file, uint64_t offset,
                              const char *reason);

/* Whole inputs (files, or "-"), with the threads of the options. Damaged and unreadable
 * inputs are reported to `damage` (may be NULL), counted, and the rest is read: that is 0.
 * Returns 1 when `visit` ended the scan. `counts` may be NULL. */
ECHOMETER_API int echometer_scan(struct echometer *em, const char *const *inputs,
                                 size_t n_inputs, echometer_visit *visit,
                                 echometer_damage *damage, void *context,
                                 struct echometer_counts *counts, char *why,
                                 size_t why_len);

/* What share of an index's documents is machine-written, as rows: those of the command
 * `echometer prevalence`, with the same defaults. */
struct echometer_prevalence;
struct echometer_prevalence_row {
    const char *month; /* "2023-07"; "2023-Q3" or "2023" where months were put together;
                          "all" for all documents; "" where the date is not known */
    const char *lang, *domain, *tld, *host; /* "" unless asked for */
    uint64_t documents, words;
    uint64_t judged, scored; /* with a verdict; with a score that estimates can use */
    uint64_t flagged;        /* judged machine-written */
    uint64_t leaks, known;   /* with chat-client residue; with passages of known output */
    double estimate, low, high; /* share, 0 to 1, and its 95 % interval; NaN: none */
    const char *estimator;      /* on which human texts; NULL where there is none */
    double zero_check, zero_low, zero_high; /* the same on documents known to be human,
                                               where the truth is 0; NaN: too few */
    const char *note;  /* why there is no estimate; NULL where there is one */
    const char *model; /* whose scores */
};
/* Begin with ECHOMETER_PREVALENCE_INIT and change what is to differ. */
struct echometer_prevalence_options {
    size_t size, row_size; /* set by ECHOMETER_PREVALENCE_INIT */
    const char *by;   /* "month", "lang", "domain", "tld", "host", or several with commas;
                            "all"; NULL: all documents, then months */
    const char *axis; /* "crawl", "published", "first-seen"; NULL: as the command */
    const char *model;   /* of an index with several; NULL: that with most documents */
    unsigned replicates; /* of the bootstrap, 20 to 1000; 0: 100 */
    const char *anchor;  /* of rows by domain, host or tld: "site", "none"; NULL: as the
                            command, "none" */
};
/* clang-format off */
#define ECHOMETER_PREVALENCE_INIT                                                         \
    {sizeof(struct echometer_prevalence_options),                                         \
     sizeof(struct echometer_prevalence_row), NULL, NULL, NULL, 0, NULL}
/* clang-format on */

/* Estimates all rows of the index in folder `index`. `options` may be NULL. On failure *out
 * is NULL. One thread at a time may use it. */
ECHOMETER_API int
echometer_prevalence_open(struct echometer_prevalence **out, const char *index,
                          const struct echometer_prevalence_options *options, char *why,
                          size_t why_len);
/* The next row; 1 after the last. What it points to is valid until it is closed. */
ECHOMETER_API int echometer_prevalence_next(struct echometer_prevalence *rows,
                                            struct echometer_prevalence_row *row);
ECHOMETER_API void echometer_prevalence_close(struct echometer_prevalence *rows);

#ifdef __cplusplus
}
#endif

#endif
