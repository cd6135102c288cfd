/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/outline.h"

#include "base/alloc.h"
#include "base/limits.h"

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

enum em_status em_outline_add_class(struct em_outline *o, struct em_view value,
                                    uint32_t *index)
{
    *index = 0;
    if (o->n_classes >= EM_MAX_NODES)
        return EM_OK;
    if (o->n_classes + 1 >= o->cap_classes) {
        size_t cap = o->cap_classes ? 2 * o->cap_classes : 256;
        struct em_view *classes = em_realloc_array(o->classes, cap, sizeof(*o->classes));
        if (!classes)
            return EM_ERR_NOMEM;
        o->classes = classes;
        o->cap_classes = cap;
    }
    if (!o->n_classes)
        o->classes[o->n_classes++] = EM_VIEW_NONE;
    *index = (uint32_t)o->n_classes;
    o->classes[o->n_classes++] = value;
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
