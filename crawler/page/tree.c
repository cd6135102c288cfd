/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/tree.h"

/* Elements without a name of ours are distinguished by hash; so many are looked through. */
enum { LOOK_BACK = 8 };

void em_tree_init(struct em_tree *t, struct em_sink *sink)
{
    t->depth = 0;
    t->beyond = 0;
    t->special = t->scope = -1;
    t->sink = sink;
    memset(t->count, 0, sizeof(t->count));
    for (size_t i = 0; i < EM_TAG_COUNT; i++)
        t->top[i] = -1;
}

static void count_flags(struct em_tree *t, unsigned flags, int step)
{
    for (unsigned i = 0; i < EM_OPEN_KINDS; i++)
        if (flags >> i & 1)
            t->count[i] = (uint32_t)((int)t->count[i] + step);
}

static void pop(struct em_tree *t)
{
    struct em_open *e = &t->stack[--t->depth];
    t->top[e->tag] = e->same;
    t->special = e->special;
    t->scope = e->scope;
    if (e->flags & EM_OPEN_DEAD)
        return;
    if (e->flags & EM_OPEN_BLOCK)
        em_sink_flush(t->sink);
    count_flags(t, e->flags, -1);
}

static void pop_to(struct em_tree *t, int index)
{
    t->beyond = 0;
    while (t->depth > index)
        pop(t);
}

static int max2(int a, int b)
{
    return a > b ? a : b;
}

/* Ends the topmost `tag` when it lies above `barrier`. */
static void close_above(struct em_tree *t, enum em_tag tag, int barrier)
{
    if (t->top[tag] > barrier)
        pop_to(t, t->top[tag]);
}

static bool is_heading(enum em_tag tag)
{
    return tag >= EM_TAG_H1 && tag <= EM_TAG_H6;
}

static void end_formatting(struct em_tree *t, int index);

static void imply_table(struct em_tree *t, enum em_tag tag)
{
    int table = t->top[EM_TAG_TABLE];
    close_above(t, EM_TAG_TD, table);
    close_above(t, EM_TAG_TH, table);
    if (tag == EM_TAG_TD || tag == EM_TAG_TH)
        return;
    close_above(t, EM_TAG_TR, table);
    close_above(t, EM_TAG_CAPTION, table);
    if (tag == EM_TAG_TR)
        return;
    close_above(t, EM_TAG_TBODY, table);
    close_above(t, EM_TAG_THEAD, table);
    close_above(t, EM_TAG_TFOOT, table);
}

void em_tree_imply(struct em_tree *t, enum em_tag tag)
{
    if (t->beyond)
        return;
    if (em_tag_traits[tag] & EM_TRAIT_CLOSES_P)
        close_above(t, EM_TAG_P, max2(t->scope, t->top[EM_TAG_BUTTON]));
    switch (tag) {
    case EM_TAG_LI:
        close_above(t, EM_TAG_LI,
                    max2(max2(t->top[EM_TAG_UL], t->top[EM_TAG_OL]),
                         max2(t->scope, t->top[EM_TAG_MENU])));
        break;
    case EM_TAG_DD:
    case EM_TAG_DT: {
        int barrier = max2(t->top[EM_TAG_DL], t->scope);
        close_above(t, EM_TAG_DD, barrier);
        close_above(t, EM_TAG_DT, barrier);
        break;
    }
    case EM_TAG_OPTGROUP:
        close_above(t, EM_TAG_OPTGROUP, t->top[EM_TAG_SELECT]);
        /* fall through */
    case EM_TAG_OPTION:
        close_above(t, EM_TAG_OPTION, t->top[EM_TAG_SELECT]);
        break;
    case EM_TAG_BUTTON:
        close_above(t, EM_TAG_BUTTON, t->scope);
        break;
    case EM_TAG_TD:
    case EM_TAG_TH:
    case EM_TAG_TR:
    case EM_TAG_TBODY:
    case EM_TAG_THEAD:
    case EM_TAG_TFOOT:
        imply_table(t, tag);
        break;
    case EM_TAG_A:
        if (t->top[EM_TAG_A] > t->scope)
            end_formatting(t, t->top[EM_TAG_A]);
        break;
    default:
        if (is_heading(tag) && t->depth && is_heading(t->stack[t->depth - 1].tag))
            pop_to(t, t->depth - 1);
    }
}

bool em_tree_push(struct em_tree *t, const struct em_open *open)
{
    enum em_tag tag = (enum em_tag)open->tag;
    if (t->depth == EM_MAX_DEPTH) {
        t->beyond++;
        return false;
    }
    int index = t->depth++;
    struct em_open *e = &t->stack[index];
    *e = *open;
    e->same = t->top[tag];
    e->special = t->special;
    e->scope = t->scope;
    t->top[tag] = (int16_t)index;
    if (em_tag_traits[tag] & EM_TRAIT_SPECIAL)
        t->special = (int16_t)index;
    if (em_tag_traits[tag] & EM_TRAIT_SCOPE)
        t->scope = (int16_t)index;
    count_flags(t, open->flags, 1);
    return true;
}

static void kill(struct em_tree *t, struct em_open *e)
{
    if (e->flags & EM_OPEN_DEAD)
        return;
    if (e->flags & EM_OPEN_BLOCK)
        em_sink_flush(t->sink);
    count_flags(t, e->flags, -1);
    e->flags |= EM_OPEN_DEAD;
}

/* spec: 13.2.6.4.7, adoption agency: special elements and formatting that lie inside stay
 * open, the element and the rest do not. */
static void end_formatting(struct em_tree *t, int index)
{
    kill(t, &t->stack[index]);
    if (t->special < index && t->depth - index <= LOOK_BACK)
        for (int i = index + 1; i < t->depth; i++)
            if (!(em_tag_traits[t->stack[i].tag] & EM_TRAIT_FORMATTING))
                kill(t, &t->stack[i]);
    while (t->depth && t->stack[t->depth - 1].flags & EM_OPEN_DEAD)
        pop(t);
}

/* HTML inside <svg> and <math> (spec: 13.2.6, HTML and MathML text integration points). */
static bool takes_html(const struct em_open *e, const uint32_t *names, size_t n)
{
    if (e->tag == EM_TAG_TITLE)
        return true;
    for (size_t i = 0; i < n && e->tag == EM_TAG_OTHER; i++)
        if (e->name == names[i])
            return true;
    return false;
}

void em_tree_break_out(struct em_tree *t, const uint32_t *names, size_t n)
{
    enum { FARTHEST = 64 };
    int foreign = max2(t->top[EM_TAG_SVG], t->top[EM_TAG_MATH]);
    for (int i = t->depth - 1; i > foreign; i--)
        if (t->depth - i > FARTHEST || takes_html(&t->stack[i], names, n))
            return;
    if (foreign >= 0 && !t->beyond)
        pop_to(t, foreign);
}

/* The open formatting element to end: those ended already do not count. */
static int find_live(const struct em_tree *t, enum em_tag tag)
{
    int index = t->top[tag];
    for (int i = 0; index >= 0 && i < LOOK_BACK; i++) {
        if (!(t->stack[index].flags & EM_OPEN_DEAD))
            return index;
        index = t->stack[index].same;
    }
    return -1;
}

static int find_named(const struct em_tree *t, uint32_t name)
{
    int index = t->top[EM_TAG_OTHER];
    for (int i = 0; index >= 0 && i < LOOK_BACK; i++) {
        if (t->stack[index].name == name)
            return index;
        index = t->stack[index].same;
    }
    return -1;
}

void em_tree_end(struct em_tree *t, enum em_tag tag, uint32_t name)
{
    if (t->beyond) {
        t->beyond--;
        return;
    }
    unsigned traits = em_tag_traits[tag];
    int index = tag == EM_TAG_OTHER ? find_named(t, name) : t->top[tag];
    if (traits & EM_TRAIT_FORMATTING) {
        index = find_live(t, tag);
        if (index >= 0 && index > t->scope)
            end_formatting(t, index);
        return;
    }
    if (index < 0 && is_heading(tag) && t->depth &&
        is_heading(t->stack[t->depth - 1].tag))
        index = t->depth - 1; /* </h2> ends an open <h3> */
    if (index < 0)
        return;
    /* Tables and their like are left only by their own end tags; a special element only
     * by those of other special elements. */
    bool own = (traits & EM_TRAIT_SCOPE) != 0;
    bool rows = tag == EM_TAG_TR || tag == EM_TAG_TBODY || tag == EM_TAG_THEAD ||
                tag == EM_TAG_TFOOT;
    int barrier = t->scope;
    if (own || rows)
        barrier = tag == EM_TAG_TABLE ? -1 : t->top[EM_TAG_TABLE];
    /* With scripts <noscript> is raw text: whatever is open in it ends with it. */
    if (tag == EM_TAG_TEMPLATE || tag == EM_TAG_OBJECT || tag == EM_TAG_NOSCRIPT)
        barrier = -1;
    if (!own && !rows && !(traits & EM_TRAIT_SPECIAL) && t->special > barrier)
        barrier = t->special;
    if (index >= barrier)
        pop_to(t, index);
}
