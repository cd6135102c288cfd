/* SPDX-License-Identifier: Apache-2.0
 *
 * What one pass over a page gives, before main content is told from the rest: the text in
 * raw blocks, the block elements they lie in as a tree of nodes (in document order, so a
 * parent comes before its children), and what the page says of itself. Memory is kept from
 * page to page.
 */
#ifndef EM_CRAWLER_PAGE_OUTLINE_H
#define EM_CRAWLER_PAGE_OUTLINE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/doc.h"
#include "crawler/page/meta.h"
#include "crawler/page/tags.h"

/* A block element. */
struct em_node {
    uint32_t parent;      /* index; the root is 0 and its own parent */
    uint32_t marks;       /* of its class and id (marks.h) */
    uint32_t above;       /* marks of all its ancestors, or-ed */
    uint32_t shape;       /* hash of tag and class: repeated ones are items of a list */
    uint32_t class, id;   /* index into the outline's classes, 0 for none */
    uint32_t text, links; /* bytes of text below it, and of those in links */
    uint32_t blocks;      /* raw blocks below it */
    uint16_t depth;
    uint8_t tag;   /* enum em_tag */
    uint8_t roles; /* enum em_role, or-ed with the parent's */
};

/* Elements and ARIA roles that say what they are; inherited. */
enum em_role {
    EM_ROLE_NAV = 1,
    EM_ROLE_HEADER = 2, /* of the page, not of an article */
    EM_ROLE_FOOTER = 4,
    EM_ROLE_ASIDE = 8,
    EM_ROLE_FORM = 16,
    EM_ROLE_ARTICLE = 32,
    EM_ROLE_MAIN = 64,
    EM_ROLE_CONTROL = 128, /* button, select, menu, dialog */
};

struct em_raw_block {
    uint32_t start, end;           /* bytes into em_outline.text */
    uint32_t page_start, page_end; /* bytes into the decoded page */
    uint32_t node;
    uint32_t link_bytes;
    uint16_t links, words, stops, commas, digits, capitals; /* clamped counts */
    uint8_t kind;                                           /* enum em_block_kind */
    uint8_t tag;                                            /* innermost block element */
    uint8_t marks; /* reserved for classification: enum em_raw_flag */
    uint8_t bold;  /* share of text in strong or b, 0 to 255 */
    float score;   /* classification */
};

/* An <a> or <area> with an href. */
struct em_raw_link {
    struct em_view href; /* as written */
    uint32_t start, end; /* of its text: bytes into em_outline.text */
    uint32_t page_start; /* of the start tag, bytes into the decoded page */
    uint8_t rel;         /* enum em_link_rel, or-ed */
};

struct em_outline {
    struct em_outline *hidden; /* takes the hidden blocks; NULL: they are only counted */
    uint32_t noscript_bytes;   /* of text in <noscript> and <template> */
    struct em_buf text;        /* of all blocks, one after the other, no separators */
    struct em_node *nodes;
    size_t n_nodes, cap_nodes;
    struct em_view *classes; /* values of class and id attributes; the first is empty */
    size_t n_classes, cap_classes;
    struct em_raw_block *blocks;
    size_t n_blocks, cap_blocks;
    bool xml;        /* pages come as XML; set by the caller */
    bool want_links; /* set by the caller; kept from page to page */
    struct em_raw_link *links;
    size_t n_links, cap_links;
    uint32_t hidden_bytes, replaced;
    uint32_t dialog_bytes; /* of hidden_bytes: of dialogs, which are asked, not told */
    bool show_dialogs;     /* set where there is nothing else */
    struct em_buf title;   /* of <title>, or what meta says when there is none */
    bool title_found;
    struct em_buf lang; /* attribute of <html>, as written */
    struct em_buf scratch;
    struct em_meta meta;
    bool cut;
    uint8_t type; /* enum em_page_type, by classification, and its probability */
    float type_score;
};

void em_outline_init(struct em_outline *outline);
void em_outline_release(struct em_outline *outline);
void em_outline_clear(struct em_outline *outline);

/* Reads `page` (UTF-8, perhaps with errors). With `show_hidden` nothing counts as hidden.
 * EM_ERR_NOMEM only; limits set `cut`. */
EM_MUST_CHECK enum em_status em_outline_read(struct em_outline *outline,
                                             struct em_view page, bool show_hidden);

/* The same, but for a page that shows little and hides much: there what it hides counts as
 * shown, for it is built by script. Clears the outline first. */
EM_MUST_CHECK enum em_status em_outline_read_shown(struct em_outline *outline,
                                                   struct em_view page);
/* True where what is hidden should count as shown. */
bool em_outline_hides_much(const struct em_outline *outline);

/* The same through libxml2's parser (libxml2.c). What is kept of the page lies in `arena`. */
EM_MUST_CHECK enum em_status em_outline_read_libxml2(struct em_outline *outline,
                                                     struct em_view page,
                                                     struct em_arena *arena,
                                                     bool show_hidden);

/* Plain text: a block a paragraph, cut at blank lines. */
EM_MUST_CHECK enum em_status em_outline_read_text(struct em_outline *outline,
                                                  struct em_view page);

/* --- for the files of this folder ------------------------------------------------------- */

/* Index of the new element; EM_ERR_LIMIT when there are enough. */
EM_MUST_CHECK enum em_status em_outline_add_block(struct em_outline *outline,
                                                  const struct em_raw_block *block);
/* Index of the value, 0 when there are enough. */
EM_MUST_CHECK enum em_status em_outline_add_class(struct em_outline *outline,
                                                  struct em_view value, uint32_t *index);
EM_MUST_CHECK enum em_status em_outline_add_node(struct em_outline *outline,
                                                 const struct em_node *node,
                                                 uint32_t *index);
/* Does nothing when there are enough. */
EM_MUST_CHECK enum em_status em_outline_add_link(struct em_outline *outline,
                                                 const struct em_raw_link *link);
/* Sums text, links and blocks of nodes upwards. */
void em_outline_sum(struct em_outline *outline);

#endif
