/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/block_features.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "crawler/page/marks.h"

enum {
    SHAPES = 4096,    /* slots that count elements of one shape; collisions add up */
    MARK_LEVELS = 10, /* elements looked at for marks */
    WRAPPER = 70, /* percent of the page's text: marks of larger elements say nothing */
    GOOD_WORDS = 10, /* a paragraph for these purposes */
    STRIDE = 32,     /* columns are padded to whole vectors */
};

struct node_sums {
    uint32_t paragraphs; /* bytes of good blocks below */
    uint32_t last;       /* index of its last descendant */
    int64_t score;       /* second pass: score times words */
    uint32_t words;
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
    em_block_features_init(f);
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
    return EM_OK;
}

/* --- scales ----------------------------------------------------------------------------- */

/* Eighths of a binary logarithm, 0 for 0. */
static uint8_t scale_log(uint32_t x)
{
    if (x == 0)
        return 0;
    unsigned e = 31u - (unsigned)__builtin_clz(x);
    unsigned fraction = e >= 3 ? x >> (e - 3) & 7 : x << (3 - e) & 7;
    return (uint8_t)(1 + 8 * e + fraction <= 255 ? 1 + 8 * e + fraction : 255);
}

static uint8_t share(uint64_t part, uint64_t whole)
{
    if (whole == 0)
        return 0;
    return (uint8_t)(part >= whole ? 255 : part * 255 / whole);
}

static uint8_t clamp8(int64_t x)
{
    return (uint8_t)(x < 0 ? 0 : x > 255 ? 255 : x);
}

static uint32_t length(const struct em_raw_block *b)
{
    return b->end - b->start;
}

static bool is_good(const struct em_raw_block *b)
{
    return b->words >= GOOD_WORDS && b->link_bytes * 3 < length(b);
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

static uint8_t title_share(const struct title_set *set, const char *text, size_t n)
{
    uint32_t hash, words = 0, known = 0;
    for (size_t at = 0; words < 40 && next_word(text, n, &at, &hash); words++)
        known += (uint32_t)(set->bits[hash >> 6 & 15] >> (hash & 63) & 1);
    return words ? share(known, words) : 0;
}

static void block_columns(struct em_block_features *f, const struct em_outline *o)
{
    struct title_set title;
    uint8_t seen[SHAPES] = {0};
    title_words(o, &title);
    for (size_t i = 0; i < f->n; i++) {
        const struct em_raw_block *b = &o->blocks[i];
        const char *text = o->text.data + b->start;
        uint32_t len = length(b);
        uint8_t *out = f->data + i;
        size_t s = f->stride;
        out[EM_F_WORDS * s] = scale_log(b->words);
        out[EM_F_LINK_SHARE * s] = share(b->link_bytes, len);
        out[EM_F_STOPS * s] = scale_log(b->stops);
        out[EM_F_COMMAS * s] = scale_log(b->commas);
        out[EM_F_DIGITS * s] = share(b->digits, len);
        out[EM_F_CAPITALS * s] = share(b->capitals, len);
        out[EM_F_BOLD * s] = b->bold;
        out[EM_F_LINKS * s] = scale_log(b->links);
        out[EM_F_KIND * s] = b->kind;
        out[EM_F_TAG * s] = b->tag;
        out[EM_F_FIRST * s] = kinds[(unsigned char)text[0]];
        out[EM_F_LAST * s] = kinds[(unsigned char)text[len - 1]];
        out[EM_F_PATTERN * s] = pattern(text, len);
        uint64_t h = em_hash64(text, len < 64 ? len : 64, len);
        uint8_t *count = &seen[h % SHAPES];
        out[EM_F_REPEATED * s] = *count;
        *count = (uint8_t)(*count + (*count < 255));
        if (len < 400)
            out[EM_F_TITLE * s] = title_share(&title, text, len);
    }
}

/* --- elements --------------------------------------------------------------------------- */

static void sum_nodes(struct em_block_features *f, const struct em_outline *o)
{
    for (size_t i = 0; i < o->n_nodes; i++)
        f->nodes[i] = (struct node_sums){.last = (uint32_t)i};
    for (size_t i = 0; i < o->n_blocks; i++)
        if (is_good(&o->blocks[i]))
            f->nodes[o->blocks[i].node].paragraphs += length(&o->blocks[i]);
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
        out[0] = scale_log(n->text);
        out[f->stride] = share(n->links, n->text);
        out[2 * f->stride] = scale_log(n->blocks);
        out[3 * f->stride] = share(f->nodes[node].paragraphs, f->nodes[0].paragraphs);
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
        out[EM_F_DEPTH * s] = clamp8(n->depth);
        for (size_t r = 0; r < 8; r++)
            out[(EM_F_ROLE_NAV + r) * s] = n->roles >> r & 1;
        out[EM_F_SHAPE * s] = scale_log(shapes[n->shape % SHAPES]);
        out[EM_F_SHAPE_PARENT * s] = scale_log(shapes[up->shape % SHAPES]);
        for (size_t t = 0; t < 3; t++)
            out[(EM_F_TOP35 + t) * s] = node >= tops[t] && node <= f->nodes[tops[t]].last;
        out[EM_F_TOP_DISTANCE * s] = clamp8(128 + n->depth - o->nodes[tops[1]].depth);
        level_columns(f, o, i);
        mark_columns(f, o, i);
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
        sums[i + 1] =
            sums[i] + (is_good(&o->blocks[i]) ? (int64_t)length(&o->blocks[i]) : 0);
    size_t last_good = 0;
    bool have = false;
    for (size_t i = 0; i < n; i++) {
        uint8_t *out = f->data + i;
        out[EM_F_INDEX * s] = scale_log((uint32_t)i + 1);
        out[EM_F_POSITION * s] = share(o->blocks[i].start, o->text.len);
        out[EM_F_PARAGRAPH_POSITION * s] = share((uint64_t)sums[i], (uint64_t)sums[n]);
        int64_t away = (int64_t)i - (int64_t)heading;
        out[EM_F_HEADING_DISTANCE * s] = heading == n
                                             ? 0
                                             : clamp8(128 + (away > 100    ? 100
                                                             : away < -100 ? -100
                                                                           : away));
        out[EM_F_GOOD_BEFORE * s] = have ? clamp8((int64_t)(i - last_good)) : 255;
        if (is_good(&o->blocks[i])) {
            last_good = i;
            have = true;
        }
        for (size_t r = 0; r < 3; r++) {
            size_t from = i > reach[r] ? i - reach[r] : 0;
            size_t to = i + reach[r] + 1 < n ? i + reach[r] + 1 : n;
            out[(EM_F_WINDOW2 + r) * s] = scale_log((uint32_t)(sums[to] - sums[from]));
        }
    }
    size_t next_good = n;
    for (size_t i = n; i-- > 0;) {
        f->data[EM_F_GOOD_AFTER * s + i] =
            next_good == n ? 255 : clamp8((int64_t)(next_good - i));
        if (is_good(&o->blocks[i]))
            next_good = i;
    }
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
            out[0] = scale_log(b->words);
            out[f->stride] = share(b->link_bytes, length(b));
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
        in_main += roles & EM_ROLE_MAIN ? length(b) : 0;
        in_article += roles & EM_ROLE_ARTICLE ? length(b) : 0;
        in_lists += b->kind == EM_BLOCK_LIST_ITEM || b->kind == EM_BLOCK_TABLE_CELL
                        ? length(b)
                        : 0;
    }
    const uint8_t values[] = {scale_log((uint32_t)f->n),
                              scale_log((uint32_t)all),
                              share(f->nodes[0].paragraphs, all),
                              share(o->nodes[0].links, all),
                              share(in_main, all),
                              share(in_article, all),
                              share(in_lists, all)};
    for (size_t k = 0; k < sizeof(values); k++)
        memset(em_feature_column(f, EM_F_PAGE_BLOCKS + k), values[k], f->n);
}

enum em_status em_block_features_compute(struct em_block_features *f,
                                         const struct em_outline *o)
{
    EM_TRY(reserve(f, o));
    sum_nodes(f, o);
    block_columns(f, o);
    element_columns(f, o);
    position_columns(f, o);
    beside_columns(f, o);
    page_columns(f, o);
    return EM_OK;
}

/* --- second pass ------------------------------------------------------------------------ */

/* Half a unit of log odds is 8; the middle is 128. */
static uint8_t squash(int64_t score)
{
    return clamp8(128 + score / 16);
}

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
                squash(n->words ? n->score / n->words : 0);
            node = o->nodes[node].parent;
        }
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
                squash(w ? (score[to] - score[from]) / w : 0);
        }
        f->data[EM_F2_SHARE_BEFORE * s + i] = share((uint64_t)main[i], (uint64_t)main[n]);
    }
    memset(em_feature_column(f, EM_F2_PAGE), squash(words[n] ? score[n] / words[n] : 0),
           n);
}

void em_block_features_second(struct em_block_features *f, const struct em_outline *o)
{
    static const int steps[6] = {-1, -2, -3, 1, 2, 3};
    int32_t best = INT32_MIN;
    for (size_t i = 0; i < f->n; i++) {
        f->data[EM_F2_OWN * f->stride + i] = squash(f->scores[i]);
        if (f->scores[i] > best)
            best = f->scores[i];
        for (size_t k = 0; k < 6; k++) {
            int64_t j = (int64_t)i + steps[k];
            if (j >= 0 && j < (int64_t)f->n)
                f->data[(EM_F2_BESIDE + k) * f->stride + i] = squash(f->scores[j]);
        }
    }
    memset(em_feature_column(f, EM_F2_BEST), squash(best), f->n);
    second_levels(f, o);
    second_windows(f, o);
}
