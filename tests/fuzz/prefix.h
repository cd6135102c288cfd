/* SPDX-License-Identifier: Apache-2.0
 *
 * The page reader takes whole pages only. What stands for "chunked = whole" is that a page
 * cut short reads as its beginning: all tokens but the last are those of the whole page,
 * and so are all blocks but the last, hidden ones too. Both abort where it does not hold.
 */
#ifndef EM_TESTS_FUZZ_PREFIX_H
#define EM_TESTS_FUZZ_PREFIX_H

#include "crawler/page/outline.h"
#include "crawler/page/tokenizer.h"

#include <stdlib.h>

static inline void em_check_prefix_tokens(struct em_view page, size_t cut)
{
    static struct em_tokenizer a, b;
    em_tokenizer_init(&a, page);
    em_tokenizer_init(&b, em_view_sub(page, 0, cut));
    for (;;) {
        const struct em_token *part = em_tokenizer_next(&b);
        if (part->kind == EM_TOKEN_END_OF_INPUT || part->end == page.data + cut)
            return;
        const struct em_token *whole = em_tokenizer_next(&a);
        if (whole->kind != part->kind || whole->start != part->start ||
            whole->end != part->end || whole->content != part->content ||
            whole->text.data != part->text.data || whole->text.len != part->text.len)
            abort();
        if ((part->kind == EM_TOKEN_START || part->kind == EM_TOKEN_END) &&
            (whole->tag != part->tag || whole->n_attrs != part->n_attrs))
            abort();
    }
}

static inline void em_check_prefix_list(const struct em_outline *whole,
                                        const struct em_outline *part)
{
    for (size_t i = 0; i + 1 < part->n_blocks; i++) {
        const struct em_raw_block *a = &whole->blocks[i], *b = &part->blocks[i];
        if (i >= whole->n_blocks || a->start != b->start || a->end != b->end ||
            a->page_start != b->page_start || a->page_end != b->page_end ||
            a->node != b->node || a->kind != b->kind || a->words != b->words ||
            memcmp(whole->text.data + a->start, part->text.data + b->start,
                   b->end - b->start) != 0)
            abort();
    }
}

/* Pages in which what comes later decides what is read before: content that a call moves, and
 * XHTML served as HTML, where an element that nothing closes ends where it begins. */
static inline bool em_prefix_looks_ahead(struct em_view page)
{
    return em_view_find(page, 0, EM_VIEW("$R")) < page.len ||
           em_view_find(page, 0, EM_VIEW("<?xml")) < page.len ||
           em_view_find(page, 0, EM_VIEW("DTD XHTML")) < page.len;
}

/* The outlines are cleared and read; both have one for hidden blocks. */
static inline void em_check_prefix_blocks(struct em_outline *whole,
                                          struct em_outline *part, struct em_view page,
                                          size_t cut)
{
    if (em_prefix_looks_ahead(page))
        return;
    em_outline_clear(whole);
    em_outline_clear(whole->hidden);
    em_outline_clear(part);
    em_outline_clear(part->hidden);
    if (em_outline_read(whole, page, false) < 0 ||
        em_outline_read(part, em_view_sub(page, 0, cut), false) < 0)
        abort();
    em_check_prefix_list(whole, part);
    em_check_prefix_list(whole->hidden, part->hidden);
}

#endif
