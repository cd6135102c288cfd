/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens to outline. Decides for each element whether its text is
 * shown, is a link, begins a block, and what its class and role say of it.
 */
#include "crawler/page/builder.h"
#include "crawler/page/entities.h"
#include "crawler/page/hide.h"
#include "crawler/page/link.h"
#include "crawler/page/marks.h"
#include "crawler/page/meta.h"
#include "crawler/page/scan.h"
#include "crawler/page/tokenizer.h"
#include "crawler/page/tree.h"

#include <stdint.h>

enum { SHORT_CLASS = 48 };

/* What the attributes of one start tag say. */
struct looks {
    uint32_t marks, shape;
    unsigned role;
    unsigned hide; /* enum em_hide of the style attribute */
    struct em_view class, id;
    struct em_seen_class *seen; /* of the class */
    bool hidden, aria_hidden, dated, author;
    bool shadow_root; /* a <template> whose content is shown */
    bool dialog, modal, open, panel;
};

/* --- attributes ------------------------------------------------------------------------- */

static uint32_t hash_of(struct em_view v)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < v.len; i++)
        h = (h ^ ((unsigned char)v.data[i] | 0x20u)) * 16777619u;
    return h;
}

static unsigned role_of(struct em_view v)
{
    static const struct {
        const char *name;
        unsigned role;
    } roles[] = {
        {"navigation", EM_ROLE_NAV},     {"banner", EM_ROLE_HEADER},
        {"contentinfo", EM_ROLE_FOOTER}, {"complementary", EM_ROLE_ASIDE},
        {"search", EM_ROLE_FORM},        {"form", EM_ROLE_FORM},
        {"article", EM_ROLE_ARTICLE},    {"main", EM_ROLE_MAIN},
        {"dialog", EM_ROLE_CONTROL},     {"alertdialog", EM_ROLE_CONTROL},
        {"menu", EM_ROLE_NAV},           {"menubar", EM_ROLE_NAV},
        {"tablist", EM_ROLE_CONTROL},    {"toolbar", EM_ROLE_CONTROL},
    };
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if (em_view_ieq(v, em_view_of(roles[i].name)))
            return roles[i].role;
    return 0;
}

static void look_at_class(struct em_builder *b, struct em_view v, struct looks *l)
{
    uint64_t head = 0, tail = 0;
    if (v.len >= 8) {
        memcpy(&head, v.data, 8);
        memcpy(&tail, v.data + v.len - 8, 8);
    } else {
        memcpy(&head, v.data, v.len);
    }
    uint64_t mixed = (head ^ tail * 31 ^ v.len) * 0x9E3779B97F4A7C15u;
    struct em_seen_class *seen = &b->seen[mixed >> 56];
    if (seen->value.len != v.len || memcmp(seen->value.data, v.data, v.len) != 0)
        *seen = (struct em_seen_class){v, em_marks_of(v), hash_of(v), 0};
    l->marks |= seen->marks;
    l->shape = seen->shape;
    l->seen = seen;
}

/* The first letter is asked first: most attributes are others of the same length. */
static bool is_named(const struct em_attr *a, struct em_view name)
{
    return (a->name.data[0] | 0x20) == name.data[0] && em_view_ieq(a->name, name);
}

/* Something on the page shows and hides the element of this name: what a click unfolds. */
static void note_panel(struct em_builder *b, struct em_view id)
{
    uint32_t h = hash_of(id);
    b->panels[h >> 6 & (EM_PANEL_WORDS - 1)] |= 1ull << (h & 63);
}

static void look_at(struct em_builder *b, const struct em_attr *a, struct looks *l,
                    bool block)
{
    switch (a->name.len) {
    case 3:
        if (is_named(a, EM_VIEW("rel")))
            l->author |= em_view_ieq(a->value, EM_VIEW("author"));
        break;
    case 2:
        if (block && is_named(a, EM_VIEW("id"))) {
            l->marks |= em_marks_of(a->value);
            l->id = a->value;
        }
        break;
    case 4:
        if (is_named(a, EM_VIEW("role"))) {
            l->role |= role_of(a->value);
            l->panel |= em_view_ieq(a->value, EM_VIEW("tabpanel"));
            l->dialog |= em_view_ieq(a->value, EM_VIEW("dialog")) ||
                         em_view_ieq(a->value, EM_VIEW("alertdialog"));
        } else if (is_named(a, EM_VIEW("open"))) {
            l->open = true;
        }
        break;
    case 5:
        if (is_named(a, EM_VIEW("class"))) {
            /* Of an element in a line only what marks date and author: short ones. */
            if (a->value.len && (block || a->value.len <= SHORT_CLASS))
                look_at_class(b, a->value, l);
            l->class = a->value;
        } else if (is_named(a, EM_VIEW("style"))) {
            l->hide |= em_hide_of_style(a->value);
        }
        break;
    case 6:
        if (is_named(a, EM_VIEW("hidden")))
            l->hidden |= !em_view_ieq(a->value, EM_VIEW("until-found"));
        break;
    case 8:
        if (is_named(a, EM_VIEW("itemprop"))) {
            l->dated |= em_view_istarts(a->value, EM_VIEW("date"));
            l->author |= em_view_istarts(a->value, EM_VIEW("author"));
            if (em_view_ieq(a->value, EM_VIEW("articleBody")))
                l->role |= EM_ROLE_ARTICLE;
        }
        break;
    case 11:
        if (is_named(a, EM_VIEW("aria-hidden")) && em_view_ieq(a->value, EM_VIEW("true")))
            l->aria_hidden = true;
        if (is_named(a, EM_VIEW("data-target")) && a->value.len && *a->value.data == '#')
            note_panel(b, em_view_sub(a->value, 1, a->value.len));
        break;
    case 10: /* "shadowroot", as it was called */
    case 14:
        if (is_named(a, EM_VIEW("aria-modal")))
            l->modal = em_view_ieq(a->value, EM_VIEW("true"));
        else if (is_named(a, EM_VIEW("data-bs-target")) && a->value.len &&
                 *a->value.data == '#')
            note_panel(b, em_view_sub(a->value, 1, a->value.len));
        else if (is_named(a, EM_VIEW("shadowroot")) ||
                 is_named(a, EM_VIEW("shadowrootmode")))
            l->shadow_root = em_view_ieq(a->value, EM_VIEW("open")) ||
                             em_view_ieq(a->value, EM_VIEW("closed"));
        break;
    case 13:
        if (is_named(a, EM_VIEW("aria-controls")))
            note_panel(b, a->value);
        break;
    default:
        break;
    }
}

static bool is_panel(const struct em_builder *b, const struct looks *l)
{
    uint32_t h = hash_of(l->id);
    bool controlled =
        l->id.len && b->panels[h >> 6 & (EM_PANEL_WORDS - 1)] >> (h & 63) & 1;
    return controlled || l->panel;
}

/* Blocks that a click unfolds are content like others, and so is what only assistive
 * technology passes over; a dialog that is shut is not. */
static void find_hidden(const struct em_builder *b, enum em_tag tag, struct looks *l,
                        bool block)
{
    bool dialog = tag == EM_TAG_DIALOG || l->dialog;
    bool folded = l->hidden || (l->hide & EM_HIDE_ALL);
    if (block && (l->aria_hidden || (folded && !dialog && is_panel(b, l)))) {
        l->marks |= EM_MARK_HIDE;
        if (folded && !dialog && is_panel(b, l)) {
            l->hidden = false;
            l->hide &= ~(unsigned)EM_HIDE_ALL;
        }
    }
    l->hidden |= l->aria_hidden && (!block || dialog);
}

/* What asks for consent, to sign up or to log in; nothing of it is the page's text. */
static bool is_dialog(const struct em_builder *b, enum em_tag tag, const struct looks *l)
{
    if (b->outline->show_dialogs || tag == EM_TAG_BODY)
        return false;
    return l->dialog || l->modal || (tag == EM_TAG_DIALOG && !l->open);
}

static unsigned role_of_tag(enum em_tag tag, unsigned parent)
{
    switch (tag) {
    case EM_TAG_NAV:
        return EM_ROLE_NAV;
    case EM_TAG_HEADER: /* that of an article or of <main> belongs to it */
        return parent & (EM_ROLE_ARTICLE | EM_ROLE_MAIN) ? 0 : EM_ROLE_HEADER;
    case EM_TAG_FOOTER:
        return EM_ROLE_FOOTER;
    case EM_TAG_ASIDE:
        return EM_ROLE_ASIDE;
    case EM_TAG_FORM:
    case EM_TAG_FIELDSET:
        return EM_ROLE_FORM;
    case EM_TAG_ARTICLE:
        return EM_ROLE_ARTICLE;
    case EM_TAG_MAIN:
        return EM_ROLE_MAIN;
    case EM_TAG_BUTTON:
    case EM_TAG_SELECT:
    case EM_TAG_MENU:
    case EM_TAG_TEXTAREA:
    case EM_TAG_DIALOG:
    case EM_TAG_LABEL:
    case EM_TAG_OPTION:
    case EM_TAG_LEGEND:
        return EM_ROLE_CONTROL;
    default:
        return 0;
    }
}

/* --- style of the text to come ---------------------------------------------------------- */

static uint8_t kind_of(const struct em_builder *b, enum em_tag tag)
{
    const int16_t *top = b->tree.top;
    switch (tag) {
    case EM_TAG_H1:
    case EM_TAG_H2:
    case EM_TAG_H3:
    case EM_TAG_H4:
    case EM_TAG_H5:
    case EM_TAG_H6:
        return EM_BLOCK_HEADING;
    case EM_TAG_LI:
    case EM_TAG_DT:
    case EM_TAG_DD:
        return EM_BLOCK_LIST_ITEM;
    case EM_TAG_TD:
    case EM_TAG_TH:
        return EM_BLOCK_TABLE_CELL;
    case EM_TAG_PRE:
    case EM_TAG_LISTING:
    case EM_TAG_XMP:
    case EM_TAG_PLAINTEXT:
        return EM_BLOCK_PREFORMATTED;
    case EM_TAG_BLOCKQUOTE:
        return EM_BLOCK_QUOTE;
    case EM_TAG_P:
    case EM_TAG_DIV:
    case EM_TAG_SECTION:
    case EM_TAG_ARTICLE:
    case EM_TAG_MAIN:
    case EM_TAG_BODY:
    case EM_TAG_HTML:
    case EM_TAG_CENTER:
    case EM_TAG_OTHER:
        if (b->style.pre)
            return EM_BLOCK_PREFORMATTED;
        if (top[EM_TAG_BLOCKQUOTE] >= 0)
            return EM_BLOCK_QUOTE;
        /* A paragraph alone in a list item or cell is one of that kind. */
        if (top[EM_TAG_LI] > top[EM_TAG_TABLE] && tag == EM_TAG_P)
            return EM_BLOCK_LIST_ITEM;
        return EM_BLOCK_PARAGRAPH;
    default:
        return EM_BLOCK_OTHER;
    }
}

static void restyle(struct em_builder *b)
{
    b->style.node = em_tree_node(&b->tree);
    b->style.pre = em_tree_in(&b->tree, EM_OPEN_PRE);
    b->style.link = em_tree_in(&b->tree, EM_OPEN_LINK);
    b->style.bold = em_tree_in(&b->tree, EM_OPEN_BOLD);
    b->hidden = em_tree_in(&b->tree, EM_OPEN_HIDDEN) || em_tree_hide(&b->tree);
    if (!b->hidden && b->veiled.open)
        em_sink_flush(&b->veiled);
    b->foreign = em_tree_in(&b->tree, EM_OPEN_FOREIGN);
    enum em_tag tag = (enum em_tag)b->outline->nodes[b->style.node].tag;
    if (tag != (enum em_tag)b->style.tag || !b->sink.open) {
        b->style.tag = (uint8_t)tag;
        b->style.kind = kind_of(b, tag);
    }
}

/* --- elements --------------------------------------------------------------------------- */

static enum em_status add_node(struct em_builder *b, enum em_tag tag,
                               const struct looks *l, uint32_t *index)
{
    uint32_t parent = em_tree_node(&b->tree);
    const struct em_node *p = &b->outline->nodes[parent];
    struct em_node node = {
        .parent = parent,
        .marks = l->marks,
        .above = p->above | p->marks,
        .shape = l->shape * 31 + (uint32_t)tag,
        .depth = (uint16_t)(p->depth + 1),
        .tag = (uint8_t)tag,
        .roles = (uint8_t)(p->roles | l->role | role_of_tag(tag, p->roles)),
    };
    if (l->seen && !l->seen->index)
        EM_TRY(em_outline_add_class(b->outline, l->seen->value, &l->seen->index));
    if (l->seen)
        node.class = l->seen->index;
    if (l->id.len)
        EM_TRY(em_outline_add_class(b->outline, l->id, &node.id));
    enum em_status status = em_outline_add_node(b->outline, &node, index);
    if (status == EM_ERR_LIMIT) {
        *index = parent;
        return EM_OK;
    }
    return status;
}

static unsigned flags_of(enum em_tag tag, const struct looks *l)
{
    unsigned traits = em_tag_traits[tag], flags = 0;
    if (traits & EM_TRAIT_BLOCK)
        flags |= EM_OPEN_BLOCK;
    if (traits & EM_TRAIT_SKIP)
        flags |= EM_OPEN_SKIP;
    if (tag == EM_TAG_TEMPLATE && l->shadow_root)
        return EM_OPEN_BLOCK;
    if (l->hidden || (l->hide & EM_HIDE_ALL) || tag == EM_TAG_NOSCRIPT ||
        tag == EM_TAG_TEMPLATE)
        flags |= EM_OPEN_HIDDEN;
    switch (tag) {
    case EM_TAG_A:
        return flags | EM_OPEN_LINK;
    case EM_TAG_B:
    case EM_TAG_STRONG:
        return flags | EM_OPEN_BOLD;
    case EM_TAG_PRE:
    case EM_TAG_LISTING:
    case EM_TAG_XMP:
    case EM_TAG_PLAINTEXT:
    case EM_TAG_TEXTAREA:
        return flags | EM_OPEN_PRE;
    case EM_TAG_SVG:
    case EM_TAG_MATH:
        return flags | EM_OPEN_FOREIGN;
    case EM_TAG_RP:
    case EM_TAG_RT:
        return flags | EM_OPEN_SKIP;
    default:
        return flags;
    }
}

static enum em_status start_html(struct em_builder *b, const struct em_token *token)
{
    struct em_view lang;
    if (!b->outline->lang.len &&
        (em_token_attr(token, "lang", &lang) || em_token_attr(token, "xml:lang", &lang)))
        return em_sink_line(&b->outline->lang, em_view_sub(lang, 0, 32), true);
    return EM_OK;
}

static void start_void(struct em_builder *b, enum em_tag tag)
{
    if (tag == EM_TAG_BR)
        em_sink_break(&b->sink);
    else if (tag == EM_TAG_HR)
        em_sink_flush(&b->sink);
}

/* What the raw text after this tag is good for. */
static void expect_raw(struct em_builder *b, const struct em_token *token)
{
    struct em_view type;
    if (token->tag == EM_TAG_TITLE && !em_tree_in(&b->tree, EM_OPEN_FOREIGN))
        b->raw = EM_RAW_TITLE;
    else if (token->tag == EM_TAG_SCRIPT && em_token_attr(token, "type", &type) &&
             em_view_istarts(type, EM_VIEW("application/ld+json")))
        b->raw = EM_RAW_JSONLD;
    else
        b->raw = EM_RAW_NONE;
}

static void end_link(struct em_builder *b)
{
    struct em_outline *o = b->outline;
    if (b->link_open)
        o->links[o->n_links - 1].end = (uint32_t)o->text.len;
    b->link_open = false;
}

/* Its element has ended, and perhaps a dialog; one without text does not count. */
static void end_author(struct em_builder *b)
{
    struct em_outline *o = b->outline;
    if (b->dialog_depth > b->tree.depth)
        b->dialog_depth = 0;
    if (b->author_depth <= b->tree.depth)
        return;
    if (o->text.len > o->meta.author_start)
        o->meta.author_end = (uint32_t)o->text.len;
    b->author_depth = 0;
}

static enum em_status note_link(struct em_builder *b, const struct em_token *token)
{
    struct em_outline *o = b->outline;
    struct em_raw_link link = {.start = (uint32_t)o->text.len,
                               .end = (uint32_t)o->text.len,
                               .page_start = (uint32_t)(token->start - b->sink.page)};
    struct em_view rel = EM_VIEW_NONE;
    end_link(b);
    if (!em_token_attr(token, "href", &link.href) || !em_view_trim(link.href).len ||
        link.href.data[0] == '#')
        return EM_OK;
    em_token_attr(token, "rel", &rel);
    link.rel = (uint8_t)em_link_rel_of(rel);
    size_t before = o->n_links;
    EM_TRY(em_outline_add_link(o, &link));
    b->link_open = o->n_links > before && token->tag == EM_TAG_A;
    return EM_OK;
}

/* Where an element of text says who wrote it and when; links where they are wanted. */
static enum em_status note(struct em_builder *b, const struct em_token *token,
                           const struct looks *l)
{
    struct em_outline *o = b->outline;
    bool author = l->author;
    if (l->marks & EM_MARK_META && token->tag != EM_TAG_TIME)
        author |= em_meta_class(&o->meta, token, l->class, o->text.len);
    /* The name in a line "by name, date" beats the line. */
    bool first = !b->author_depth && !o->meta.author_end;
    const struct em_node *n = &o->nodes[em_tree_node(&b->tree)];
    author &= !(n->roles & (EM_ROLE_FORM | EM_ROLE_CONTROL)) &&
              !((n->marks | n->above) & EM_MARK_COMMENT);
    if (author && (first || (l->author && !o->meta.author_sure))) {
        o->meta.author_sure = l->author;
        o->meta.author_end = 0;
        o->meta.author_start = (uint32_t)o->text.len;
        b->author_depth = b->tree.depth;
    }
    return token->tag == EM_TAG_A && o->want_links ? note_link(b, token) : EM_OK;
}

/* Words of elements that stand beside each other in a line are often apart only by style:
 * "3" "NY" "New York Knicks". */
static void note_edge(struct em_builder *b, enum em_tag tag, unsigned what)
{
    static const uint8_t within[] = {EM_TAG_SUP, EM_TAG_SUB, EM_TAG_WBR,  EM_TAG_B,
                                     EM_TAG_I,   EM_TAG_U,   EM_TAG_MARK, EM_TAG_FONT,
                                     EM_TAG_BIG, EM_TAG_CODE};
    bool apart = tag == EM_TAG_A || tag == EM_TAG_BUTTON || tag == EM_TAG_LABEL;
    if (memchr(within, (int)tag, sizeof(within)))
        b->edge = 8; /* a part of a word may be marked */
    else if (what == 1 && !(b->edge & 8))
        b->edge |= (uint8_t)(1 | (apart ? 4 : 0));
    else if (b->edge & 1)
        b->edge = (uint8_t)((b->edge & ~(apart ? 0 : 4)) | 2);
}

/* Elements that cannot be part of <svg> or <math> (spec: 13.2.6.5). */
static void break_out(struct em_builder *b, enum em_tag tag)
{
    static const uint8_t list[] = {
        EM_TAG_B,      EM_TAG_BIG,  EM_TAG_BLOCKQUOTE, EM_TAG_BODY,  EM_TAG_BR,
        EM_TAG_CENTER, EM_TAG_CODE, EM_TAG_DD,         EM_TAG_DIV,   EM_TAG_DL,
        EM_TAG_DT,     EM_TAG_EM,   EM_TAG_EMBED,      EM_TAG_H1,    EM_TAG_H2,
        EM_TAG_H3,     EM_TAG_H4,   EM_TAG_H5,         EM_TAG_H6,    EM_TAG_HEAD,
        EM_TAG_HR,     EM_TAG_I,    EM_TAG_IMG,        EM_TAG_LI,    EM_TAG_LISTING,
        EM_TAG_MENU,   EM_TAG_META, EM_TAG_NOBR,       EM_TAG_OL,    EM_TAG_P,
        EM_TAG_PRE,    EM_TAG_RUBY, EM_TAG_S,          EM_TAG_SMALL, EM_TAG_SPAN,
        EM_TAG_STRONG, EM_TAG_SUB,  EM_TAG_STRIKE,     EM_TAG_SUP,   EM_TAG_TABLE,
        EM_TAG_TT,     EM_TAG_U,    EM_TAG_UL,         EM_TAG_VAR};
    static const char *const homes[] = {
        "foreignObject", "desc", "annotation-xml", "mi", "mo", "mn", "ms", "mtext"};
    _Static_assert(sizeof(homes) / sizeof(homes[0]) == EM_HTML_HOMES, "one hash each");
    if (!memchr(list, (int)tag, sizeof(list)))
        return;
    for (size_t i = 0; i < EM_HTML_HOMES && !b->homes[EM_HTML_HOMES - 1]; i++)
        b->homes[i] = hash_of(em_view_of(homes[i]));
    em_tree_break_out(&b->tree, b->homes, EM_HTML_HOMES);
    restyle(b);
}

enum em_status em_builder_start(struct em_builder *b, const struct em_token *token)
{
    enum em_tag tag = token->tag;
    unsigned traits = em_tag_traits[tag];
    if (tag == EM_TAG_META || tag == EM_TAG_TIME || tag == EM_TAG_LINK ||
        tag == EM_TAG_BASE)
        em_meta_element(&b->outline->meta, token, b->outline->text.len);
    if (tag == EM_TAG_HTML)
        EM_TRY(start_html(b, token));
    if (tag == EM_TAG_HTML || tag == EM_TAG_HEAD || (tag == EM_TAG_BODY && b->body_seen))
        return EM_OK;
    b->body_seen |= tag == EM_TAG_BODY;
    if (!b->balanced) {
        if (b->foreign)
            break_out(b, tag);
        em_tree_imply(&b->tree, tag);
    }
    end_author(b);
    if (traits & EM_TRAIT_VOID) {
        if (tag == EM_TAG_AREA && b->outline->want_links)
            EM_TRY(note_link(b, token));
        start_void(b, tag);
        restyle(b);
        return EM_OK;
    }
    expect_raw(b, token);
    bool block = (traits & EM_TRAIT_BLOCK) != 0;
    struct looks l = {0};
    for (uint32_t i = 0; i < token->n_attrs; i++)
        look_at(b, &token->attrs[i], &l, block);
    if (l.dated && tag != EM_TAG_TIME)
        em_meta_element(&b->outline->meta, token, b->outline->text.len);
    if (tag == EM_TAG_BODY || b->show_hidden) {
        l.hidden = false;
        l.hide = 0;
    } else {
        find_hidden(b, tag, &l, block);
    }
    bool dialog = is_dialog(b, tag, &l);
    l.hidden |= dialog;
    uint32_t node = em_tree_node(&b->tree);
    if (block) {
        em_sink_flush(&b->sink);
        EM_TRY(add_node(b, tag, &l, &node));
    }
    if (tag == EM_TAG_A && b->sink.open && b->sink.block.links < UINT16_MAX)
        b->sink.block.links++;
    if (token->closed || (token->self_closing && em_tree_in(&b->tree, EM_OPEN_FOREIGN))) {
        b->raw = EM_RAW_NONE;
        return EM_OK;
    }
    const struct em_open open = {
        .node = node,
        .name = tag == EM_TAG_OTHER ? hash_of(token->name) : 0,
        .tag = (uint8_t)tag,
        .flags = (uint8_t)flags_of(tag, &l),
        .hide = (uint8_t)em_hide_inherit(em_tree_hide(&b->tree), l.hide),
    };
    note_edge(b, tag, 2);
    em_tree_push(&b->tree, &open);
    if (dialog && !b->dialog_depth)
        b->dialog_depth = b->tree.depth;
    restyle(b);
    return note(b, token, &l);
}

enum em_status em_builder_end(struct em_builder *b, const struct em_token *token)
{
    enum em_tag tag = token->tag;
    if (tag == EM_TAG_HTML || tag == EM_TAG_BODY || tag == EM_TAG_HEAD)
        return EM_OK;
    if (tag == EM_TAG_BR) { /* spec: </br> is <br> */
        em_sink_break(&b->sink);
        return EM_OK;
    }
    if (tag == EM_TAG_P && b->tree.top[EM_TAG_P] < 0)
        em_sink_flush(&b->sink); /* spec: </p> alone is an empty paragraph */
    else
        em_tree_end(&b->tree, tag, tag == EM_TAG_OTHER ? hash_of(token->name) : 0);
    b->raw = EM_RAW_NONE;
    note_edge(b, tag, 1);
    if (tag == EM_TAG_A)
        end_link(b);
    end_author(b);
    restyle(b);
    return EM_OK;
}

/* The first byte of the text at p, a reference decoded. */
static char first_byte(const char *p, const char *stop, bool references)
{
    char ref[EM_REFERENCE_MAX];
    size_t len = 0;
    bool decoded =
        references && *p == '&' && em_reference_decode(p, stop, false, ref, &len);
    return decoded && len ? ref[0] : *p;
}

static void part_words(struct em_builder *b, char next)
{
    const struct em_buf *text = &b->outline->text;
    if (!b->sink.open || b->sink.space || b->sink.breaks || !text->len ||
        (b->edge & 11) != 3)
        return;
    unsigned char last = (unsigned char)text->data[text->len - 1];
    bool digit = last >= '0' && last <= '9', next_digit = next >= '0' && next <= '9';
    bool letter = (unsigned char)((last | 0x20) - 'a') < 26 || last >= 0x80;
    bool capital = next >= 'A' && next <= 'Z';
    bool next_letter = (unsigned char)((next | 0x20) - 'a') < 26 || next < 0;
    if ((letter && (capital || next_digit)) || (digit && next_letter) ||
        (b->edge & 4 && (letter || digit) && (next_letter || next_digit)))
        b->sink.space = 1;
}

static enum em_status title(struct em_outline *o, struct em_view raw)
{
    if (o->title_found || !em_view_trim(raw).len)
        return EM_OK;
    o->title_found = true;
    return em_sink_line(&o->title, raw, false);
}

/* Text that is not shown, [p, stop). */
static void hide(struct em_builder *b, const char *p, const char *stop, bool references)
{
    uint32_t n = em_sink_measure(p, stop);
    const int16_t *top = b->tree.top;
    if (top[EM_TAG_NOSCRIPT] >= 0 || top[EM_TAG_TEMPLATE] >= 0) {
        b->outline->noscript_bytes += n;
        return;
    }
    b->outline->hidden_bytes += n;
    b->outline->dialog_bytes += b->dialog_depth ? n : 0;
    if (b->veiled.outline)
        em_sink_text(&b->veiled, p, stop, references, &b->style);
}

enum em_status em_builder_text(struct em_builder *b, const struct em_token *token)
{
    const char *p = token->text.data, *stop = p + token->text.len;
    if (b->raw == EM_RAW_TITLE)
        return title(b->outline, token->text);
    if (b->raw == EM_RAW_JSONLD) {
        em_meta_jsonld(&b->outline->meta, token->text);
        return EM_OK;
    }
    bool references =
        token->content == EM_CONTENT_DATA || token->content == EM_CONTENT_RCDATA;
    if (em_tree_in(&b->tree, EM_OPEN_SKIP) && !(b->hidden && b->show_hidden)) {
        if (b->hidden && token->content == EM_CONTENT_DATA)
            hide(b, p, stop, true);
        return b->veiled.status;
    }
    const char *first = em_skip_blank(p, stop);
    if (first == stop && !b->style.pre) {
        b->sink.space |= first > p;
        return EM_OK;
    }
    if (b->hidden && (!b->show_hidden || b->dialog_depth)) {
        hide(b, p, stop, references);
        return b->veiled.status;
    }
    if (b->edge >= 3 && first == p && !b->style.pre)
        part_words(b, first_byte(p, stop, references));
    b->edge = 0;
    if (b->style.link && !b->sink.open)
        b->sink.block.links = 1; /* the link began in front of the block's text */
    em_sink_text(&b->sink, p, stop, references, &b->style);
    return b->sink.status;
}

enum em_status em_builder_add_root(struct em_outline *outline, enum em_tag tag)
{
    uint32_t index;
    const struct em_node root = {.tag = (uint8_t)tag};
    return em_outline_add_node(outline, &root, &index);
}

enum em_status em_builder_init(struct em_builder *b, struct em_outline *outline,
                               struct em_view page, bool show_hidden)
{
    *b = (struct em_builder){.outline = outline,
                             .sink = {.outline = outline, .page = page.data},
                             .veiled = {.outline = outline->hidden, .page = page.data},
                             .show_hidden = show_hidden};
    b->sink.beside = &b->veiled;
    em_tree_init(&b->tree, &b->sink);
    EM_TRY(em_builder_add_root(outline, EM_TAG_HTML));
    restyle(b);
    return EM_OK;
}

enum em_status em_builder_finish(struct em_builder *b)
{
    em_sink_flush(&b->sink);
    end_link(b);
    EM_TRY(b->sink.status);
    EM_TRY(b->veiled.status);
    struct em_outline *o = b->outline;
    if (!o->title_found)
        return em_said_append(&o->title, &o->meta.fields[EM_FIELD_TITLE]);
    return EM_OK;
}
