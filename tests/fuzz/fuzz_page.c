/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a page: text is valid UTF-8, blocks are in order and inside text and page.
 * The first byte chooses HTML or text, main or all, with or without hidden
 * blocks.
 */
#include "base/utf8.h"
#include "crawler/page/extract.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct em_doc *doc, size_t body)
{
    if (em_utf8_valid_prefix(doc->text) != doc->text.len ||
        em_utf8_valid_prefix(doc->title) != doc->title.len)
        abort();
    uint32_t last = 0, last_page = 0;
    for (size_t i = 0; i < doc->n_blocks; i++) {
        const struct em_block *b = &doc->blocks[i];
        if (b->start < last || b->end <= b->start || b->end > doc->text.len)
            abort();
        if (b->page_start < last_page || b->page_end < b->page_start ||
            b->page_end > body || b->link_chars > b->end - b->start)
            abort();
        last = b->end;
        last_page = b->page_start;
    }
}

static void check_about(const struct em_doc *doc, size_t body)
{
    const struct em_view strings[] = {doc->author,    doc->site,
                                      doc->excerpt,   doc->canonical,
                                      doc->published, doc->lang_attribute};
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
        if (em_utf8_valid_prefix(strings[i]) != strings[i].len)
            abort();
    if ((doc->published.len > 0) != (doc->published_by.len > 0))
        abort();
    for (size_t i = 0; i < doc->n_links; i++) {
        const struct em_link *l = &doc->links[i];
        if (!l->href.len || l->page_start > body ||
            em_utf8_valid_prefix(l->href) != l->href.len ||
            em_utf8_valid_prefix(l->text) != l->text.len)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const struct em_extract_options options = {
        .all = data[0] & 1, .hidden = data[0] & 4, .links = data[0] & 8};
    struct em_extractor *extractor;
    if (em_extractor_new(&extractor, &options, NULL) < 0)
        return 0;
    struct em_page page = {.kind = data[0] & 2 ? EM_PAGE_TEXT : EM_PAGE_HTML,
                           .body = {(const char *)data + 1, size - 1}};
    struct em_doc doc;
    if (em_extract(extractor, &page, &doc) == EM_DROP_NONE) {
        check(&doc, page.body.len);
        check_about(&doc, page.body.len);
    }
    em_extractor_free(extractor);
    return 0;
}
