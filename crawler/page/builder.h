/* SPDX-License-Identifier: Apache-2.0
 *
 * Tags and text to outline, for whoever reads the HTML: the tokenizer (build.c) or another
 * parser (libxml2.c).
 */
#ifndef EM_CRAWLER_PAGE_BUILDER_H
#define EM_CRAWLER_PAGE_BUILDER_H

#include "crawler/page/tokenizer.h"
#include "crawler/page/tree.h"

/* Pages use the same few class attributes over and over: what they mean is kept. */
enum { EM_SEEN_CLASSES = 256, EM_HTML_HOMES = 8, EM_PANEL_WORDS = 16 };

struct em_seen_class {
    struct em_view value;
    uint32_t marks, shape, index;
};

struct em_builder {
    struct em_seen_class seen[EM_SEEN_CLASSES];
    struct em_outline *outline;
    struct em_sink sink;
    struct em_sink veiled; /* hidden blocks, where they are wanted */
    struct em_tree tree;
    struct em_sink_style style;
    uint32_t homes[EM_HTML_HOMES];   /* hashes of names; 0 until they are needed */
    uint64_t panels[EM_PANEL_WORDS]; /* set of ids that something shows and hides */
    bool show_hidden;
    bool balanced; /* whoever calls ends what it starts, void elements apart, in order */
    uint8_t
        edge;    /* since the last text: 1 an element in the line ended, 2 one began then;
                      4 both are links or buttons */
    bool hidden; /* the text to come is */
    bool foreign; /* what comes lies in <svg> or <math> */
    bool body_seen;
    bool link_open;   /* the last link of the outline */
    int dialog_depth; /* of the outermost open dialog; 0: none open */
    int author_depth; /* of the element that names the author; 0: none open */
    enum { EM_RAW_NONE, EM_RAW_TITLE, EM_RAW_JSONLD } raw; /* what raw text to come is */
};

/* `page` is what text of the tokens points into. */
EM_MUST_CHECK enum em_status em_builder_init(struct em_builder *builder,
                                             struct em_outline *outline,
                                             struct em_view page, bool show_hidden);

/* One token each. Attribute values and raw text must stay until the outline has been read:
 * views of them are kept. No more is wanted once sink.full is set. */
EM_MUST_CHECK enum em_status em_builder_start(struct em_builder *builder,
                                              const struct em_token *token);
EM_MUST_CHECK enum em_status em_builder_end(struct em_builder *builder,
                                            const struct em_token *token);
EM_MUST_CHECK enum em_status em_builder_text(struct em_builder *builder,
                                             const struct em_token *token);

/* The first node of an outline, which all others lie in. */
EM_MUST_CHECK enum em_status em_builder_add_root(struct em_outline *outline,
                                                 enum em_tag tag);

EM_MUST_CHECK enum em_status em_builder_finish(struct em_builder *builder);

#endif
