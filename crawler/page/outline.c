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
    em_free(o->classes);
    em_free(o->links);
    em_outline_init(o);
}

void em_outline_clear(struct em_outline *o)
{
    o->noscript_bytes = 0;
    em_buf_clear(&o->text);
    em_buf_clear(&o->title);
    em_buf_clear(&o->lang);
    o->n_nodes = o->n_blocks = o->n_links = o->n_classes = 0;
    o->hidden_bytes = o->replaced = o->dialog_bytes = 0;
    o->show_dialogs = false;
    o->title_found = o->cut = false;
    em_meta_clear(&o->meta);
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

/* A page that shows less than this and hides more than HIDDEN_RATIO times as much is built
 * by script: what it hides is what a reader will see. */
enum { FEW_BYTES = 600, HIDDEN_RATIO = 3 };

bool em_outline_hides_much(const struct em_outline *o)
{
    size_t shown = o->text.len;
    size_t hidden = (size_t)o->hidden_bytes + o->noscript_bytes - o->dialog_bytes;
    return shown < FEW_BYTES && hidden > HIDDEN_RATIO * shown;
}

enum em_status em_outline_read_shown(struct em_outline *o, struct em_view page)
{
    em_outline_clear(o);
    EM_TRY(em_outline_read(o, page, false));
    if (em_outline_hides_much(o)) {
        em_outline_clear(o);
        EM_TRY(em_outline_read(o, page, true));
    }
    if (o->n_blocks || !o->dialog_bytes)
        return EM_OK;
    em_outline_clear(o);
    o->show_dialogs = true;
    return em_outline_read(o, page, true);
}
