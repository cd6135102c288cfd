/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/block_features.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "crawler/page/block_scale.h"
#include "crawler/page/marks.h"

enum {
    SHAPES = 4096,    /* slots that count elements of one shape; collisions add up */
    MARK_LEVELS = 10, /* elements looked at for marks */
    WRAPPER = 70, /* percent of the page's text: marks of larger elements say nothing */
    CLASS_LEVELS = 8, /* elements whose classes are added up */
    CLASS_WORDS = 12,
    STRIDE = 32, /* columns are padded to whole vectors */
};

void em_block_features_init(struct em_block_features *f)
{
    *f = (struct em_block_features){0};
}

void em_block_features_release(struct em_block_features *f)
{
    em_free(f->data);
    em_free(f->nodes);
    em_free(f->scores);
    em_free(f->sums);
    em_free(f->groups);
    em_free(f->slots);
    em_free(f->leans);
    em_block_features_init(f);
}

static enum em_status reserve_groups(struct em_block_features *f,
                                     const struct em_outline *o)
{
    size_t slots = 64;
    while (slots < 2 * o->n_nodes)
        slots *= 2;
    if (slots > f->cap_slots) {
        uint32_t *more = em_realloc_array(f->slots, slots, sizeof(*more));
        if (!more)
            return EM_ERR_NOMEM;
        f->slots = more;
        struct em_group *groups =
            em_realloc_array(f->groups, slots / 2 + 1, sizeof(*groups));
        if (!groups)
            return EM_ERR_NOMEM;
        f->groups = groups;
        f->cap_slots = slots;
    }
    f->slot_mask = slots - 1;
    memset(f->slots, 0, slots * sizeof(*f->slots));
    f->groups[0] = (struct em_group){0};
    f->n_groups = 1;
    if (o->n_classes > f->cap_leans) {
        int16_t *leans = em_realloc_array(f->leans, o->n_classes, sizeof(*leans));
        if (!leans)
            return EM_ERR_NOMEM;
        f->leans = leans;
        f->cap_leans = o->n_classes;
    }
    return EM_OK;
}

static enum em_status reserve(struct em_block_features *f, const struct em_outline *o)
{
    f->n = o->n_blocks;
    f->stride = (f->n + STRIDE - 1) / STRIDE * STRIDE;
    size_t need = f->stride * EM_FEATURES_2;
    if (need > f->cap) {
        uint8_t *data = em_realloc(f->data, need);
        if (!data)
            return EM_ERR_NOMEM;
        f->data = data;
        f->cap = need;
    }
    if (o->n_nodes > f->cap_nodes) {
        struct node_sums *nodes =
            em_realloc_array(f->nodes, o->n_nodes, sizeof(*f->nodes));
        if (!nodes)
            return EM_ERR_NOMEM;
        f->nodes = nodes;
        f->cap_nodes = o->n_nodes;
    }
    if (f->stride > f->cap_scores) {
        int32_t *scores = em_realloc_array(f->scores, f->stride, sizeof(*scores));
        if (!scores)
            return EM_ERR_NOMEM;
        f->scores = scores;
        int64_t *sums = em_realloc_array(f->sums, 3 * (f->stride + 1), sizeof(*sums));
        if (!sums)
            return EM_ERR_NOMEM;
        f->sums = sums;
        f->cap_scores = f->stride;
    }
    memset(f->data, 0, need);
    return reserve_groups(f, o);
}

/* --- the block -------------------------------------------------------------------------- */

/* First or last character: what kind; 1 to 3 and 7 are parts of words. */
static const uint8_t
    kinds[256] =
        {
            [0 ... '!' - 1] = 9, ['!'] = 4,           ['"'] = 6,
            ['#' ... '&'] = 9,   ['\''] = 6,          ['('] = 9,
            [')'] = 6,           ['*' ... '+'] = 9,   [','] = 8,
            ['-'] = 9,           ['.'] = 4,           ['/'] = 9,
            ['0' ... '9'] = 3,   [':'] = 5,           [';'] = 8,
            ['<' ... '>'] = 9,   ['?'] = 4,           ['@'] = 9,
            ['A' ... 'Z'] = 2,   ['[' ... '`'] = 9,   ['a' ... 'z'] = 1,
            ['{' ... 0x7F] = 9,  [0x80 ... 0xFF] = 7,
};

static bool is_word(char c)
{
    uint8_t kind = kinds[(unsigned char)c];
    return kind <= 3 || kind == 7;
}

/* Things that texts about a page have, as bits; 1 in the table: look closer. */
static const uint8_t patterns[256] = {['|'] = 64, ['@'] = 32, ['/'] = 8,  ['$'] = 4,
                                      ['\n'] = 2, [':'] = 1,  [0xC2] = 1, [0xE2] = 1};

static uint8_t pattern(const char *p, size_t n)
{
    unsigned bits = 0;
    size_t look = n < 160 ? n : 160;
    for (size_t i = 0; i < look; i++) {
        uint8_t hit = patterns[(unsigned char)p[i]];
        if (hit != 1) {
            bits |= hit;
            continue;
        }
        unsigned char c = (unsigned char)p[i],
                      d = i + 1 < n ? (unsigned char)p[i + 1] : 0;
        if (c == 0xC2 && d == 0xA9)
            bits |= 128;
        else if (c == ':' && d == '/' && i + 2 < n && p[i + 2] == '/')
            bits |= 16;
        else if (c == 0xE2 && d == 0x82 && i + 2 < n)
            bits |= 4;
    }
    return (uint8_t)bits;
}

/* Words of the title as a small set; collisions are few and harmless. */
struct title_set {
    uint64_t bits[16];
};

static uint32_t next_word(const char *text, size_t n, size_t *at, uint32_t *hash)
{
    size_t i = *at;
    while (i < n && !is_word(text[i]))
        i++;
    uint32_t h = 2166136261u;
    size_t start = i;
    for (; i < n && is_word(text[i]); i++)
        h = (h ^ ((unsigned char)text[i] | 0x20u)) * 16777619u;
    *at = i;
    *hash = h;
    return (uint32_t)(i - start);
}

static void title_words(const struct em_outline *o, struct title_set *set)
{
    *set = (struct title_set){0};
    uint32_t hash;
    for (size_t at = 0; next_word(o->title.data, o->title.len, &at, &hash);)
        set->bits[hash >> 6 & 15] |= 1ull << (hash & 63);
}

/* The first words of a block: how many are in the title, and what they say. */
static void word_columns(struct em_block_features *f, const struct title_set *set,
                         const char *text, size_t n, uint8_t *out)
{
    const int8_t *weights = f->lexicon->words;
    uint32_t hash, before = 0, words = 0, known = 0;
    int lean = 0;
    for (size_t at = 0; words < EM_LEXICON_LOOK && next_word(text, n, &at, &hash);
         words++) {
        known += (uint32_t)(set->bits[hash >> 6 & 15] >> (hash & 63) & 1);
        lean += weights[em_lexicon_word(hash)] + weights[em_lexicon_pair(before, hash)];
        before = hash;
    }
    if (n < 400)
        out[EM_F_TITLE * f->stride] = words ? em_share(known, words) : 0;
    out[EM_F_LEXICAL * f->stride] = em_clamp8(128 + lean / 4);
}

size_t em_block_words(const char *text, size_t n, uint32_t *slots)
{
    uint32_t hash, before = 0;
    size_t words = 0;
    for (size_t at = 0; words < EM_LEXICON_LOOK && next_word(text, n, &at, &hash);
         words++) {
        slots[2 * words] = em_lexicon_word(hash);
        slots[2 * words + 1] = em_lexicon_pair(before, hash);
        before = hash;
    }
    return 2 * words;
}

static void block_columns(struct em_block_features *f, const struct em_outline *o)
{
    struct title_set title;
    uint8_t seen[SHAPES] = {0};
    title_words(o, &title);
    for (size_t i = 0; i < f->n; i++) {
        const struct em_raw_block *b = &o->blocks[i];
        const char *text = o->text.data + b->start;
        uint32_t len = em_block_length(b);
        uint8_t *out = f->data + i;
        size_t s = f->stride;
        out[EM_F_WORDS * s] = em_scale_log(b->words);
        out[EM_F_LINK_SHARE * s] = em_share(b->link_bytes, len);
        out[EM_F_STOPS * s] = em_scale_log(b->stops);
        out[EM_F_COMMAS * s] = em_scale_log(b->commas);
        out[EM_F_DIGITS * s] = em_share(b->digits, len);
        out[EM_F_CAPITALS * s] = em_share(b->capitals, len);
        out[EM_F_BOLD * s] = b->bold;
        out[EM_F_LINKS * s] = em_scale_log(b->links);
        out[EM_F_KIND * s] = b->kind;
        out[EM_F_TAG * s] = b->tag;
        out[EM_F_FIRST * s] = kinds[(unsigned char)text[0]];
        out[EM_F_LAST * s] = kinds[(unsigned char)text[len - 1]];
        out[EM_F_PATTERN * s] = pattern(text, len);
        uint64_t h = em_hash64(text, len < 64 ? len : 64, len);
        uint8_t *count = &seen[h % SHAPES];
        out[EM_F_REPEATED * s] = *count;
        *count = (uint8_t)(*count + (*count < 255));
        word_columns(f, &title, text, len, out);
    }
}

/* --- elements --------------------------------------------------------------------------- */

static void sum_nodes(struct em_block_features *f, const struct em_outline *o)
{
    for (size_t i = 0; i < o->n_nodes; i++)
        f->nodes[i] = (struct node_sums){.last = (uint32_t)i};
    for (size_t i = 0; i < o->n_blocks; i++)
        if (em_block_is_good(&o->blocks[i]))
            f->nodes[o->blocks[i].node].paragraphs += em_block_length(&o->blocks[i]);
    for (size_t i = o->n_nodes; i-- > 1;) {
        struct node_sums *up = &f->nodes[o->nodes[i].parent];
        up->paragraphs += f->nodes[i].paragraphs;
        if (up->last < f->nodes[i].last)
            up->last = f->nodes[i].last;
    }
}

/* The deepest element with this percentage of the page's paragraphs. */
static uint32_t top_node(const struct em_block_features *f, const struct em_outline *o,
                         uint64_t percent)
{
    uint32_t top = 0;
    uint64_t all = f->nodes[0].paragraphs;
    for (size_t i = 0; all && i < o->n_nodes; i++)
        if (f->nodes[i].paragraphs * 100ull >= all * percent)
            top = (uint32_t)i;
    return top;
}

static void mark_columns(struct em_block_features *f, const struct em_outline *o,
                         size_t i)
{
    uint32_t seen = 0, node = o->blocks[i].node;
    uint64_t all = o->nodes[0].text;
    for (unsigned level = 0; level < MARK_LEVELS && node; level++) {
        const struct em_node *n = &o->nodes[node];
        if (n->text * 100ull > all * WRAPPER && level > 0)
            break;
        for (uint32_t fresh = n->marks & ~seen; fresh; fresh &= fresh - 1)
            f->data[(EM_F_MARK + (size_t)__builtin_ctz(fresh)) * f->stride + i] =
                (uint8_t)(MARK_LEVELS - level);
        seen |= n->marks;
        node = n->parent;
    }
}

static void level_columns(struct em_block_features *f, const struct em_outline *o,
                          size_t i)
{
    uint32_t node = o->blocks[i].node;
    for (size_t level = 0; level < EM_FEATURE_LEVELS; level++) {
        const struct em_node *n = &o->nodes[node];
        uint8_t *out = f->data + (EM_F_LEVEL + 4 * level) * f->stride + i;
        out[0] = em_scale_log(n->text);
        out[f->stride] = em_share(n->links, n->text);
        out[2 * f->stride] = em_scale_log(n->blocks);
        out[3 * f->stride] = em_share(f->nodes[node].paragraphs, f->nodes[0].paragraphs);
        node = n->parent;
    }
}

static void element_columns(struct em_block_features *f, const struct em_outline *o)
{
    uint16_t shapes[SHAPES] = {0};
    for (size_t i = 0; i < o->n_nodes; i++) {
        uint16_t *count = &shapes[o->nodes[i].shape % SHAPES];
        *count = (uint16_t)(*count + (*count < UINT16_MAX));
    }
    const uint32_t tops[3] = {top_node(f, o, 35), top_node(f, o, 55), top_node(f, o, 80)};
    for (size_t i = 0; i < f->n; i++) {
        uint32_t node = o->blocks[i].node;
        const struct em_node *n = &o->nodes[node], *up = &o->nodes[n->parent];
        uint8_t *out = f->data + i;
        size_t s = f->stride;
        out[EM_F_DEPTH * s] = em_clamp8(n->depth);
        for (size_t r = 0; r < 8; r++)
            out[(EM_F_ROLE_NAV + r) * s] = n->roles >> r & 1;
        out[EM_F_SHAPE * s] = em_scale_log(shapes[n->shape % SHAPES]);
        out[EM_F_SHAPE_PARENT * s] = em_scale_log(shapes[up->shape % SHAPES]);
        for (size_t t = 0; t < 3; t++)
            out[(EM_F_TOP35 + t) * s] = node >= tops[t] && node <= f->nodes[tops[t]].last;
        out[EM_F_TOP_DISTANCE * s] = em_clamp8(128 + n->depth - o->nodes[tops[1]].depth);
        level_columns(f, o, i);
        mark_columns(f, o, i);
    }
}

/* What classes and ids say, by element. */
static void sum_leans(struct em_block_features *f, const struct em_outline *o)
{
    const int8_t *weights = f->lexicon->classes;
    for (size_t c = 0; c < o->n_classes; c++) {
        uint64_t keys[CLASS_WORDS];
        size_t n = em_marks_words(o->classes[c], keys, CLASS_WORDS);
        int lean = 0;
        for (size_t k = 0; k < n; k++)
            lean += weights[em_lexicon_class(keys[k])];
        f->leans[c] = (int16_t)lean;
    }
    for (size_t i = 0; i < o->n_nodes; i++) {
        const struct em_node *n = &o->nodes[i];
        f->nodes[i].lean = (int16_t)((n->class ? f->leans[n->class] : 0) +
                                     (n->id ? f->leans[n->id] : 0));
    }
}

static void class_columns(struct em_block_features *f, const struct em_outline *o)
{
    for (size_t i = 0; i < f->n; i++) {
        uint32_t node = o->blocks[i].node;
        int sums[4] = {0, 0, 0, 0};
        for (unsigned level = 0; level < CLASS_LEVELS && node; level++) {
            sums[level < 3 ? level : 3] += f->nodes[node].lean;
            node = o->nodes[node].parent;
        }
        for (size_t k = 0; k < 4; k++)
            f->data[(EM_F_CLASS + k) * f->stride + i] = em_clamp8(128 + sums[k] / 4);
    }
}

static uint32_t group_of(struct em_block_features *f, uint32_t parent, uint32_t shape)
{
    size_t slot = (parent * 0x9E3779B1u ^ shape * 0x85EBCA6Bu) >> 7;
    for (;; slot++) {
        uint32_t *index = &f->slots[slot &= f->slot_mask];
        if (!*index) {
            *index = (uint32_t)f->n_groups;
            f->groups[f->n_groups++] =
                (struct em_group){.parent = parent, .shape = shape};
            return *index;
        }
        if (f->groups[*index].parent == parent && f->groups[*index].shape == shape)
            return *index;
    }
}

/* Elements that are alike under one parent, and which of them each element lies in. */
static void find_groups(struct em_block_features *f, const struct em_outline *o)
{
    for (uint32_t i = 1; i < o->n_nodes; i++) {
        const struct em_node *n = &o->nodes[i];
        uint32_t group = group_of(f, n->parent, n->shape);
        struct em_group *g = &f->groups[group];
        g->items++;
        g->text += n->text;
        g->links += n->links;
        g->blocks += n->blocks;
        g->paragraphs += f->nodes[i].paragraphs;
        f->nodes[i].group = group;
    }
    for (size_t i = 1; i < o->n_nodes; i++) {
        struct node_sums *n = &f->nodes[i], *up = &f->nodes[o->nodes[i].parent];
        bool several = f->groups[n->group].items >= EM_SEVERAL && o->nodes[i].text > 0;
        n->inner = several ? (uint32_t)i : up->inner;
        n->outer = up->outer ? up->outer : several ? (uint32_t)i : 0;
    }
    for (size_t i = f->n; i-- > 0;)
        for (uint32_t n = o->blocks[i].node, l = 0; l < 6; l++, n = o->nodes[n].parent)
            f->nodes[n].first = (uint32_t)i;
}

/* Of the nearest and of the farthest group that a block lies in. */
static void group_columns(struct em_block_features *f, const struct em_outline *o)
{
    for (size_t i = 0; i < f->n; i++) {
        uint32_t node = o->blocks[i].node;
        const uint32_t items[2] = {f->nodes[node].inner, f->nodes[node].outer};
        for (size_t k = 0; k < 2; k++) {
            const struct em_node *item = &o->nodes[items[k]];
            const struct node_sums *sums = &f->nodes[items[k]];
            const struct em_group *g = &f->groups[sums->group];
            uint8_t *out = f->data + (EM_F_GROUP + EM_FEATURE_GROUP * k) * f->stride + i;
            if (!items[k])
                continue;
            const uint8_t values[EM_FEATURE_GROUP] = {
                em_clamp8(1 + o->nodes[node].depth - item->depth),
                em_scale_log(g->items),
                em_share(g->text, o->nodes[0].text),
                em_share(g->links, g->text),
                em_scale_log(g->text / g->items),
                em_scale_log(8 * g->blocks / g->items),
                em_share(g->paragraphs, g->text),
                em_clamp8((int64_t)i - sums->first),
                item->tag,
            };
            for (size_t v = 0; v < EM_FEATURE_GROUP; v++)
                out[v * f->stride] = values[v];
        }
    }
}

/* --- neighbours ------------------------------------------------------------------------- */

static size_t first_heading(const struct em_outline *o)
{
    for (size_t i = 0; i < o->n_blocks; i++)
        if (o->blocks[i].tag == EM_TAG_H1)
            return i;
    return o->n_blocks;
}

/* sums[i]: bytes of good blocks before i. */
static void position_columns(struct em_block_features *f, const struct em_outline *o)
{
    int64_t *sums = f->sums;
    size_t n = f->n, s = f->stride, heading = first_heading(o);
    static const size_t reach[3] = {2, 5, 10};
    sums[0] = 0;
    for (size_t i = 0; i < n; i++)
        sums[i + 1] = sums[i] + (em_block_is_good(&o->blocks[i])
                                     ? (int64_t)em_block_length(&o->blocks[i])
                                     : 0);
    size_t last_good = 0;
    bool have = false;
    for (size_t i = 0; i < n; i++) {
        uint8_t *out = f->data + i;
        out[EM_F_INDEX * s] = em_scale_log((uint32_t)i + 1);
        out[EM_F_POSITION * s] = em_share(o->blocks[i].start, o->text.len);
        out[EM_F_PARAGRAPH_POSITION * s] = em_share((uint64_t)sums[i], (uint64_t)sums[n]);
        int64_t away = (int64_t)i - (int64_t)heading;
        out[EM_F_HEADING_DISTANCE * s] = heading == n
                                             ? 0
                                             : em_clamp8(128 + (away > 100    ? 100
                                                                : away < -100 ? -100
                                                                              : away));
        out[EM_F_GOOD_BEFORE * s] = have ? em_clamp8((int64_t)(i - last_good)) : 255;
        if (em_block_is_good(&o->blocks[i])) {
            last_good = i;
            have = true;
        }
        for (size_t r = 0; r < 3; r++) {
            size_t from = i > reach[r] ? i - reach[r] : 0;
            size_t to = i + reach[r] + 1 < n ? i + reach[r] + 1 : n;
            out[(EM_F_WINDOW2 + r) * s] = em_scale_log((uint32_t)(sums[to] - sums[from]));
        }
    }
    size_t next_good = n;
    for (size_t i = n; i-- > 0;) {
        f->data[EM_F_GOOD_AFTER * s + i] =
            next_good == n ? 255 : em_clamp8((int64_t)(next_good - i));
        if (em_block_is_good(&o->blocks[i]))
            next_good = i;
    }
}

/* The heading in force: what its words say, and how far it is. */
static void heading_columns(struct em_block_features *f, const struct em_outline *o)
{
    uint8_t lean = 128;
    size_t at = 0;
    for (size_t i = 0; i < f->n; i++) {
        if (o->blocks[i].kind == EM_BLOCK_HEADING) {
            lean = f->data[EM_F_LEXICAL * f->stride + i];
            at = i;
        }
        f->data[EM_F_HEADING_LEAN * f->stride + i] = lean;
        f->data[EM_F_HEADING_AWAY * f->stride + i] = em_clamp8((int64_t)(i - at));
        if (i > 0)
            f->data[EM_F_LEXICAL_BEFORE * f->stride + i] =
                f->data[EM_F_LEXICAL * f->stride + i - 1];
        if (i + 1 < f->n)
            f->data[EM_F_LEXICAL_AFTER * f->stride + i] =
                f->data[EM_F_LEXICAL * f->stride + i + 1];
    }
}

void em_block_features_set_type(struct em_block_features *f, const uint8_t *type)
{
    for (size_t k = 0; k < EM_PAGE_TYPES; k++)
        memset(em_feature_column(f, EM_F_TYPE + k), type[k], f->n);
}

static void beside_columns(struct em_block_features *f, const struct em_outline *o)
{
    static const int steps[EM_FEATURE_BESIDE] = {-1, 1, -2, 2};
    for (size_t i = 0; i < f->n; i++) {
        const struct em_node *own = &o->nodes[o->blocks[i].node];
        for (size_t k = 0; k < EM_FEATURE_BESIDE; k++) {
            int64_t j = (int64_t)i + steps[k];
            if (j < 0 || j >= (int64_t)f->n)
                continue;
            const struct em_raw_block *b = &o->blocks[j];
            uint8_t *out = f->data + (EM_F_BESIDE + 4 * k) * f->stride + i;
            out[0] = em_scale_log(b->words);
            out[f->stride] = em_share(b->link_bytes, em_block_length(b));
            out[2 * f->stride] = (uint8_t)(b->kind + 1);
            out[3 * f->stride] = o->nodes[b->node].parent == own->parent;
        }
    }
}

static void page_columns(struct em_block_features *f, const struct em_outline *o)
{
    uint64_t in_main = 0, in_article = 0, in_lists = 0, all = o->nodes[0].text;
    for (size_t i = 0; i < f->n; i++) {
        const struct em_raw_block *b = &o->blocks[i];
        unsigned roles = o->nodes[b->node].roles;
        in_main += roles & EM_ROLE_MAIN ? em_block_length(b) : 0;
        in_article += roles & EM_ROLE_ARTICLE ? em_block_length(b) : 0;
        in_lists += b->kind == EM_BLOCK_LIST_ITEM || b->kind == EM_BLOCK_TABLE_CELL
                        ? em_block_length(b)
                        : 0;
    }
    const uint8_t values[] = {em_scale_log((uint32_t)f->n),
                              em_scale_log((uint32_t)all),
                              em_share(f->nodes[0].paragraphs, all),
                              em_share(o->nodes[0].links, all),
                              em_share(in_main, all),
                              em_share(in_article, all),
                              em_share(in_lists, all)};
    for (size_t k = 0; k < sizeof(values); k++)
        memset(em_feature_column(f, EM_F_PAGE_BLOCKS + k), values[k], f->n);
}

enum em_status em_block_features_compute(struct em_block_features *f,
                                         const struct em_outline *o)
{
    EM_TRY(reserve(f, o));
    sum_nodes(f, o);
    sum_leans(f, o);
    find_groups(f, o);
    block_columns(f, o);
    class_columns(f, o);
    group_columns(f, o);
    heading_columns(f, o);
    element_columns(f, o);
    position_columns(f, o);
    beside_columns(f, o);
    page_columns(f, o);
    return EM_OK;
}

/* --- second pass ------------------------------------------------------------------------ */

static void second_levels(struct em_block_features *f, const struct em_outline *o)
{
    for (size_t i = 0; i < o->n_nodes; i++) {
        f->nodes[i].score = 0;
        f->nodes[i].words = 0;
    }
    for (size_t i = 0; i < f->n; i++) {
        struct node_sums *n = &f->nodes[o->blocks[i].node];
        n->score += (int64_t)f->scores[i] * o->blocks[i].words;
        n->words += o->blocks[i].words;
    }
    for (size_t i = o->n_nodes; i-- > 1;) {
        struct node_sums *up = &f->nodes[o->nodes[i].parent];
        up->score += f->nodes[i].score;
        up->words += f->nodes[i].words;
    }
    for (size_t i = 0; i < f->n; i++) {
        uint32_t node = o->nodes[o->blocks[i].node].parent;
        for (size_t level = 0; level < EM_FEATURE_LEVELS; level++) {
            const struct node_sums *n = &f->nodes[node];
            f->data[(EM_F2_LEVEL + level) * f->stride + i] =
                em_squash(n->words ? n->score / n->words : 0);
            node = o->nodes[node].parent;
        }
    }
}

/* Means over the groups that a block lies in, and over blocks at one place of such items. */
static void second_groups(struct em_block_features *f, const struct em_outline *o)
{
    enum { PLACES = 1024 };
    struct {
        uint32_t key;
        uint32_t n;
        int64_t score;
    } places[PLACES] = {{0, 0, 0}};
    for (size_t i = 0; i < f->n_groups; i++) {
        f->groups[i].score = 0;
        f->groups[i].words = 0;
    }
    for (size_t i = 0; i < f->n; i++) {
        const struct em_raw_block *b = &o->blocks[i];
        const struct node_sums *n = &f->nodes[b->node];
        for (int k = 0; k < 2; k++) {
            uint32_t item = k ? n->outer : n->inner;
            struct em_group *g = &f->groups[item ? f->nodes[item].group : 0];
            if (k && n->outer == n->inner)
                break;
            g->score += (int64_t)f->scores[i] * b->words;
            g->words += b->words;
        }
    }
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < f->n; i++) {
            const struct node_sums *n = &f->nodes[o->blocks[i].node];
            uint32_t outer = n->outer ? f->nodes[n->outer].group : 0;
            const struct em_node *own = &o->nodes[o->blocks[i].node];
            uint32_t key = outer * 0x9E3779B1u ^ own->shape * 0x85EBCA6Bu ^
                           o->nodes[own->parent].shape;
            key = key ? key : 1;
            uint32_t slot = (key >> 9) % PLACES;
            for (int look = 0; look < 4 && places[slot].key && places[slot].key != key;
                 look++)
                slot = (slot + 1) % PLACES;
            if (!pass) {
                places[slot].key = places[slot].key ? places[slot].key : key;
                places[slot].score += f->scores[i];
                places[slot].n++;
                continue;
            }
            const struct em_group *inner =
                &f->groups[n->inner ? f->nodes[n->inner].group : 0];
            const struct em_group *far =
                &f->groups[n->outer ? f->nodes[n->outer].group : 0];
            uint8_t *out = f->data + EM_F2_GROUP * f->stride + i;
            out[0] = em_squash(inner->words ? inner->score / inner->words : 0);
            out[f->stride] = em_squash(far->words ? far->score / far->words : 0);
            out[2 * f->stride] = em_squash(places[slot].score / places[slot].n);
        }
}

/* Scores of the heading in force and of the next one. */
static void second_headings(struct em_block_features *f, const struct em_outline *o)
{
    uint8_t score = 128;
    for (size_t i = 0; i < f->n; i++) {
        if (o->blocks[i].kind == EM_BLOCK_HEADING)
            score = em_squash(f->scores[i]);
        f->data[EM_F2_HEADING * f->stride + i] = score;
    }
}

/* Means over windows, weighted by words; sums[0..n] scores, then words, then main words. */
static void second_windows(struct em_block_features *f, const struct em_outline *o)
{
    size_t n = f->n, s = f->stride;
    int64_t *score = f->sums, *words = score + n + 1, *main = words + n + 1;
    static const size_t reach[2] = {3, 8};
    score[0] = words[0] = main[0] = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t w = o->blocks[i].words;
        score[i + 1] = score[i] + w * f->scores[i];
        words[i + 1] = words[i] + w;
        main[i + 1] = main[i] + (f->scores[i] > 0 ? w : 0);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t r = 0; r < 2; r++) {
            size_t from = i > reach[r] ? i - reach[r] : 0;
            size_t to = i + reach[r] + 1 < n ? i + reach[r] + 1 : n;
            int64_t w = words[to] - words[from];
            f->data[(EM_F2_WINDOW3 + r) * s + i] =
                em_squash(w ? (score[to] - score[from]) / w : 0);
        }
        f->data[EM_F2_SHARE_BEFORE * s + i] =
            em_share((uint64_t)main[i], (uint64_t)main[n]);
    }
    memset(em_feature_column(f, EM_F2_PAGE),
           em_squash(words[n] ? score[n] / words[n] : 0), n);
}

void em_block_features_second(struct em_block_features *f, const struct em_outline *o)
{
    static const int steps[6] = {-1, -2, -3, 1, 2, 3};
    int32_t best = INT32_MIN;
    for (size_t i = 0; i < f->n; i++) {
        f->data[EM_F2_OWN * f->stride + i] = em_squash(f->scores[i]);
        if (f->scores[i] > best)
            best = f->scores[i];
        for (size_t k = 0; k < 6; k++) {
            int64_t j = (int64_t)i + steps[k];
            if (j >= 0 && j < (int64_t)f->n)
                f->data[(EM_F2_BESIDE + k) * f->stride + i] = em_squash(f->scores[j]);
        }
    }
    memset(em_feature_column(f, EM_F2_BEST), em_squash(best), f->n);
    second_levels(f, o);
    second_groups(f, o);
    second_headings(f, o);
    second_windows(f, o);
}
