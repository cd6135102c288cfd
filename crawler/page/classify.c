/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/classify.h"

#include "crawler/page/marks.h"

static const uint32_t bad_marks =
    (uint32_t)EM_MARK_NAV | EM_MARK_FOOTER | EM_MARK_SIDEBAR | EM_MARK_AD |
    EM_MARK_COMMENT | EM_MARK_SHARE | EM_MARK_RELATED | EM_MARK_COOKIE | EM_MARK_SIGNUP |
    EM_MARK_POPUP | EM_MARK_CRUMB | EM_MARK_TAGS | EM_MARK_PAGER | EM_MARK_SEARCH |
    EM_MARK_SRONLY | EM_MARK_HIDE;
static const unsigned bad_roles = EM_ROLE_NAV | EM_ROLE_HEADER | EM_ROLE_FOOTER |
                                  EM_ROLE_ASIDE | EM_ROLE_FORM | EM_ROLE_CONTROL;

/* Marks of wrappers around half of the page's text say nothing of one block. */
static uint32_t effective_marks(const struct em_outline *o, uint32_t node)
{
    uint32_t marks = 0, half = o->nodes[0].text / 2;
    for (int i = 0; i < 8 && node; i++) {
        const struct em_node *n = &o->nodes[node];
        if (n->text > half)
            break;
        marks |= n->marks;
        node = n->parent;
    }
    return marks;
}

static float score_block(const struct em_outline *o, const struct em_raw_block *b)
{
    const struct em_node *n = &o->nodes[b->node];
    float len = (float)(b->end - b->start), links = (float)b->link_bytes / len, s = 0.0f;
    s += b->words > 40 ? 0.9f : b->words > 15 ? 0.6f : b->words > 6 ? 0.3f : 0.1f;
    s += b->stops ? 0.2f : 0.0f;
    s -= 1.2f * links;
    if (n->roles & bad_roles)
        s -= 0.8f;
    if (n->roles & (EM_ROLE_ARTICLE | EM_ROLE_MAIN))
        s += 0.15f;
    uint32_t marks = effective_marks(o, b->node);
    if (marks & bad_marks)
        s -= 0.6f;
    if (marks & (uint32_t)(EM_MARK_ARTICLE | EM_MARK_CONTENT | EM_MARK_POST))
        s += 0.15f;
    return s;
}

static void smooth(struct em_outline *o)
{
    float before = 0.0f;
    for (size_t i = 0; i < o->n_blocks; i++) {
        struct em_raw_block *b = &o->blocks[i];
        float own = b->score;
        float after = i + 1 < o->n_blocks ? o->blocks[i + 1].score : 0.0f;
        float around = (before + after) / 2;
        if (b->kind == EM_BLOCK_HEADING && after > own)
            around = after;
        b->score = 0.65f * own + 0.35f * around;
        before = own;
    }
}

static void keep_something(struct em_outline *o)
{
    size_t main = 0, best = 0;
    for (size_t i = 0; i < o->n_blocks; i++) {
        main += o->blocks[i].score >= EM_MAIN_SCORE;
        if (o->blocks[i].score > o->blocks[best].score)
            best = i;
    }
    if (main || !o->n_blocks)
        return;
    float least = o->blocks[best].score - 0.3f;
    for (size_t i = 0; i < o->n_blocks; i++)
        if (o->blocks[i].score >= least)
            o->blocks[i].score = EM_MAIN_SCORE;
}

void em_classify(struct em_outline *o)
{
    for (size_t i = 0; i < o->n_blocks; i++)
        o->blocks[i].score = score_block(o, &o->blocks[i]);
    smooth(o);
    keep_something(o);
}
