/* SPDX-License-Identifier: Apache-2.0
 *
 * libechometer: documents out of archives and corpora, and how likely each was written by a
 * machine. The only installed header.
 *
 *     struct echometer *em;
 *     struct echometer_document doc;
 *     struct echometer_verdict verdict;
 *     char why[256];
 *
 *     if (echometer_open(&em, "en.emm", why, sizeof(why)) < 0)
 *         ...;
 *     if (echometer_read(em, "crawl.warc.gz", why, sizeof(why)) < 0)
 *         ...;
 *     while (echometer_next(em, &doc) == 0)
 *         if (echometer_judge(em, doc.text, doc.text_len, doc.lang, &verdict) == 0)
 *             printf("%s %.3f\n", doc.url, verdict.score);
 *     echometer_close(em);
 *
 * Return values: 0 done, 1 end of input, negative for errors (echometer_strerror names
 * them). Memory that a call hands out belongs to the handle and is valid until the next
 * call with the same handle. One handle serves one thread; handles share nothing. The
 * library never prints and never exits. All strings are UTF-8 with a final NUL.
 */
#ifndef ECHOMETER_H
#define ECHOMETER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
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
    ECHOMETER_MAIN = 1, /* main content; else what stands around it */
    ECHOMETER_HIDDEN =
        2, /* not shown to a reader: display:none, hidden, off the screen ... */
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

struct echometer_verdict {
    enum echometer_verdict_kind kind;
    double score;          /* calibrated probability, 0 to 1 */
    double log_odds;       /* its natural logarithm of odds */
    uint32_t words;        /* scored */
    size_t leaks;          /* pieces of chat-client residue found */
    const char *abstained; /* why, for ECHOMETER_ABSTAIN; else NULL */
    const char *model;
};

struct echometer_counts {
    uint64_t records, documents, dropped, damaged;
};

const char *echometer_version(void);
const char *echometer_strerror(int status);

/* `model_path` may be NULL: then echometer_judge() is EM_ERR_USAGE. On failure *out is NULL
 * and `why` (may be NULL) says what, where and why. */
int echometer_open(struct echometer **out, const char *model_path, char *why,
                   size_t why_len);
void echometer_close(struct echometer *em);

/* Begin to read an archive or corpus (a path, or "-"); an earlier one is closed. */
int echometer_read(struct echometer *em, const char *path, char *why, size_t why_len);
/* The next document; records that are none are counted and passed over. */
int echometer_next(struct echometer *em, struct echometer_document *document);
/* What was read since echometer_read(). documents + dropped = records. */
void echometer_counts(const struct echometer *em, struct echometer_counts *counts);

/* One page, as the bytes of an HTML document. `url` and `charset` may be NULL. Returns 1
 * when the page has no text. */
int echometer_extract(struct echometer *em, const char *html, size_t len, const char *url,
                      const char *charset, struct echometer_document *document);

/* The same with all text of the page, each block flagged: main content, what stands around
 * it, and what is hidden from readers. Language and words are of all of it. */
int echometer_extract_all(struct echometer *em, const char *html, size_t len,
                          const char *url, const char *charset,
                          struct echometer_document *document);

/* Judge UTF-8 text. `lang` NULL or "un": taken to be the model's where it looks like it. */
int echometer_judge(struct echometer *em, const char *text, size_t len, const char *lang,
                    struct echometer_verdict *verdict);

#ifdef __cplusplus
}
#endif

#endif
