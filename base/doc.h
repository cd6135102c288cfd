/* SPDX-License-Identifier: Apache-2.0
 *
 * A doc: what a page says, as UTF-8 text in blocks. Filled by crawler/page, read by the
 * detector and everything after it. Views point into the page it was made from or into
 * the extractor's memory: valid until that extractor's next document.
 */
#ifndef EM_BASE_DOC_H
#define EM_BASE_DOC_H

#include "base/view.h"

#include <stdbool.h>

#include <stdint.h>

enum em_block_kind {
    EM_BLOCK_PARAGRAPH,
    EM_BLOCK_HEADING,
    EM_BLOCK_LIST_ITEM,
    EM_BLOCK_TABLE_CELL,
    EM_BLOCK_PREFORMATTED,
    EM_BLOCK_QUOTE,
    EM_BLOCK_OTHER,
};

enum em_block_flag {
    EM_BLOCK_MAIN = 1,   /* main content; otherwise boilerplate */
    EM_BLOCK_HIDDEN = 2, /* not shown to a reader (display:none, hidden, ...) */
};

struct em_block {
    uint32_t start, end; /* bytes into em_doc.text */
    /* Bytes into em_page.body, as served and in its own encoding: from the first character
     * of the block to after its last, tags and comments between them included. These bytes
     * read as a page in em_doc.charset give the block's text again (in ISO-2022-JP after the
     * escape sequence in force there). */
    uint32_t page_start, page_end;
    uint32_t link_chars; /* bytes of the block's text inside <a> */
    uint8_t kind;        /* enum em_block_kind */
    uint8_t flags;       /* enum em_block_flag, or-ed */
};

enum em_link_rel { /* words of a link's rel attribute */
                   EM_LINK_NOFOLLOW = 1,
                   EM_LINK_UGC = 2,
                   EM_LINK_SPONSORED = 4,
                   EM_LINK_AUTHOR = 8,
                   EM_LINK_TAG = 16,
                   EM_LINK_NEXT = 32,
                   EM_LINK_PREV = 64,
                   EM_LINK_LICENSE = 128,
};

struct em_link {
    struct em_view href; /* absolute where the page's address is known, else as written */
    struct em_view text;
    uint32_t page_start; /* of the start tag, in the page body */
    uint8_t rel;         /* enum em_link_rel, or-ed */
    bool main;           /* its text lies in main content */
};

/* An address of the head, not of the text. */
enum em_head_kind {
    EM_HEAD_REFRESH, /* <meta http-equiv=refresh> sends the reader on to it */
    EM_HEAD_FEED,    /* <link rel=alternate> of RSS, Atom or JSON Feed */
    EM_HEAD_LICENCE, /* <link rel=license> */
};

struct em_head_link {
    struct em_view href; /* absolute where the page's address is known, else as written */
    uint8_t kind;        /* enum em_head_kind */
    bool rsl;            /* of a licence: its type says that it is RSL */
};

struct em_robots; /* base/wire/robots_meta.h */

struct em_doc {
    uint32_t
        noscript_bytes; /* text of <noscript> and <template>: not hidden, not shown */
    struct em_view
        text; /* UTF-8, blocks separated by "\n\n"; main ones only unless asked */
    const struct em_block *blocks;
    size_t n_blocks;
    struct em_view source;    /* of an HTML page: what the blocks' page_start counts in */
    struct em_view title;     /* of the article where the page names one, else <title> */
    struct em_view author;    /* names, comma-separated; or empty */
    struct em_view site;      /* its name; or empty */
    struct em_view excerpt;   /* the page's own description, else the first paragraph */
    struct em_view canonical; /* absolute address the page gives itself; or empty */
    struct em_view lang_attribute;  /* of <html>, as written; or empty */
    const struct em_robots *robots; /* what <meta> and X-Robots-Tag ask for; or NULL */
    const struct em_link *links;    /* only where asked for */
    size_t n_links;
    const struct em_head_link
        *heads; /* only where asked for; of pages without text, too */
    size_t n_heads;
    struct em_view lang;      /* ISO 639-1 code ("en"), or CLD2's code; "un" unknown */
    float lang_confidence;    /* 0 to 1 */
    struct em_view published; /* ISO 8601 or empty */
    struct em_view
        published_by; /* "meta", "jsonld", "url", "visible", ...: docs/FORMATS.md */
    struct em_view
        page_type; /* "article", "forum", ...: docs/FORMATS.md; empty for plain text */
    float page_type_score;  /* its probability */
    uint32_t words;         /* white-space separated runs in text */
    uint32_t hidden_bytes;  /* text not shown to readers, kept out of `text` */
    uint32_t replaced;      /* invalid byte sequences that became U+FFFD */
    struct em_view charset; /* encoding used, WHATWG name */
    bool cut;               /* a limit ended the text early */
};

#endif
