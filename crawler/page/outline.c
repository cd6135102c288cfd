/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/outline.h"

#include "base/alloc.h"
#include "base/limits.h"

void em_outline_init(struct em_outline *o)
{
    *o = (struct em_outline){0};
    em_buf_init(&o->text, EM_MAX_TEXT);
    em_buf_init(&o->title, EM_MAX_TITLE);
    em_buf_init(&o->lang, 64);
    em_buf_init(&o->scratch, EM_MAX_JSONLD);
}

void em_outline_release(struct em_outline *o)
{
    em_buf_release(&o->text);
    em_buf_release(&o->title);
    em_buf_release(&o->lang);
    em_buf_release(&o->scratch);
    em_free(o->nodes);
    em_free(o->blocks);
    em_free(o->links);
    em_outline_init(o);
}

void em_outline_clear(struct em_outline *o)
{
    o->noscript_bytes = 0;
    em_buf_clear(&o->text);
    em_buf_clear(&o->title);
    em_buf_clear(&o->lang);
    o->n_nodes = o->n_blocks = o->n_links = 0;
    o->hidden_bytes = o->replaced = 0;
    o->title_found = o->cut = false;
    em_meta_clear(&o->meta);
}

enum em_status em_outline_add_block(struct em_outline *o,
                                    const struct em_raw_block *block)
{
    if (o->n_blocks >= EM_MAX_BLOCKS)
        return EM_ERR_LIMIT;
    if (o->n_blocks == o->cap_blocks) {
        size_t cap = o->cap_blocks ? 2 * o->cap_blocks : 256;
        struct em_raw_block *blocks =
            em_realloc_array(o->blocks, cap, sizeof(*o->blocks));
        if (!blocks)
            return EM_ERR_NOMEM;
        o->blocks = blocks;
        o->cap_blocks = cap;
    }
    o->blocks[o->n_blocks++] = *block;
    return EM_OK;
}

enum em_status em_outline_add_node(struct em_outline *o, const struct em_node *node,
                                   uint32_t *index)
{
    if (o->n_nodes >= EM_MAX_NODES)
        return EM_ERR_LIMIT;
    if (o->n_nodes == o->cap_nodes) {
        size_t cap = o->cap_nodes ? 2 * o->cap_nodes : 1024;
        struct em_node *nodes = em_realloc_array(o->nodes, cap, sizeof(*o->nodes));
        if (!nodes)
            return EM_ERR_NOMEM;
        o->nodes = nodes;
        o->cap_nodes = cap;
    }
    *index = (uint32_t)o->n_nodes;
    o->nodes[o->n_nodes++] = *node;
    return EM_OK;
}

enum em_status em_outline_add_link(struct em_outline *o, const struct em_raw_link *link)
{
    if (o->n_links >= EM_MAX_LINKS)
        return EM_OK;
    if (o->n_links == o->cap_links) {
        size_t cap = o->cap_links ? 2 * o->cap_links : 128;
        struct em_raw_link *links = em_realloc_array(o->links, cap, sizeof(*o->links));
        if (!links)
            return EM_ERR_NOMEM;
        o->links = links;
        o->cap_links = cap;
    }
    o->links[o->n_links++] = *link;
    return EM_OK;
}

void em_outline_sum(struct em_outline *o)
{
    for (size_t i = 0; i < o->n_blocks; i++) {
        const struct em_raw_block *b = &o->blocks[i];
        struct em_node *n = &o->nodes[b->node];
        n->text += b->end - b->start;
        n->links += b->link_bytes;
        n->blocks++;
    }
    for (size_t i = o->n_nodes; i-- > 1;) {
        const struct em_node *n = &o->nodes[i];
        struct em_node *parent = &o->nodes[n->parent];
        parent->text += n->text;
        parent->links += n->links;
        parent->blocks += n->blocks;
    }
}
