/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes through the block builder, before main content is chosen: text is UTF-8, blocks
 * lie in order inside text and page, nodes come after their parents; a page cut short
 * reads as its beginning. The first two bytes choose where it is cut.
 */
#include "base/utf8.h"
#include "tests/fuzz/prefix.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct em_outline *o, size_t page)
{
    uint32_t last = 0, last_page = 0;
    if (em_utf8_valid_prefix(em_buf_view(&o->text)) != o->text.len)
        abort();
    for (size_t i = 0; i < o->n_blocks; i++) {
        const struct em_raw_block *b = &o->blocks[i];
        if (b->start < last || b->end <= b->start || b->end > o->text.len ||
            b->page_start < last_page || b->page_end <= b->page_start ||
            b->page_end > page || b->link_bytes > b->end - b->start || !b->words)
            abort();
        if (o->n_nodes && b->node >= o->n_nodes)
            abort();
        last = b->end;
        last_page = b->page_start;
    }
    for (size_t i = 1; i < o->n_nodes; i++)
        if (o->nodes[i].parent >= i)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct em_outline whole, part, hidden, part_hidden;
    const struct em_view page = {(const char *)data + 2, size - 2};
    em_outline_init(&whole);
    em_outline_init(&part);
    em_outline_init(&hidden);
    em_outline_init(&part_hidden);
    whole.hidden = &hidden;
    part.hidden = &part_hidden;
    size_t cut = ((size_t)data[0] << 8 | data[1]) % (page.len + 1);
    em_check_prefix_tokens(page, cut);
    em_check_prefix_blocks(&whole, &part, page, cut);
    check(&whole, page.len);
    check(&hidden, page.len);
    em_outline_release(&whole);
    em_outline_release(&part);
    em_outline_release(&hidden);
    em_outline_release(&part_hidden);
    return 0;
}
