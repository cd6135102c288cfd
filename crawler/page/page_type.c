/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/page_type.h"

#include "crawler/page/block_features.h"
#include "crawler/page/block_scale.h"
#include "crawler/page/forest.h"
#include "crawler/page/jsonld.h"
#include "crawler/page/marks.h"

#include <math.h>

/* --- what is summed up over the blocks -------------------------------------------------- */

enum { LONG_WORDS = 40, SHORT_WORDS = 10, KINDS = 8 };

struct sums {
    uint64_t text, marks[EM_FEATURE_MARKS], roles[8], kinds[KINDS];
    uint64_t by_length[3]; /* long, middle, short */
    uint64_t prices, questions, links, digits, stops, commas, words;
    uint32_t long_blocks, headings, price_blocks, h1;
    int64_t lean;
};

static void sum_marks(const struct em_block_features *f, const struct em_outline *o,
                      struct sums *s)
{
    for (size_t m = 0; m < EM_FEATURE_MARKS; m++) {
        const uint8_t *column = em_feature_column(f, EM_F_MARK + m);
        for (size_t i = 0; i < f->n; i++)
            s->marks[m] += column[i] ? em_block_length(&o->blocks[i]) : 0;
    }
}

static void sum_blocks(const struct em_block_features *f, const struct em_outline *o,
                       struct sums *s)
{
    enum { PRICE = 4 }; /* of EM_F_PATTERN */
    const uint8_t *patterns = em_feature_column(f, EM_F_PATTERN);
    const uint8_t *leans = em_feature_column(f, EM_F_LEXICAL);
    for (size_t i = 0; i < f->n; i++) {
        const struct em_raw_block *b = &o->blocks[i];
        uint32_t len = em_block_length(b);
        unsigned roles = o->nodes[b->node].roles;
        s->text += len;
        for (unsigned r = 0; r < 8; r++)
            s->roles[r] += roles >> r & 1 ? len : 0;
        s->kinds[b->kind < KINDS ? b->kind : KINDS - 1] += len;
        s->by_length[b->words >= LONG_WORDS ? 0 : b->words >= SHORT_WORDS ? 1 : 2] += len;
        bool price = (patterns[i] & PRICE) && b->digits && b->words < SHORT_WORDS;
        s->prices += price ? len : 0;
        s->price_blocks += price;
        s->questions += o->text.data[b->end - 1] == '?';
        s->links += b->links;
        s->digits += b->digits;
        s->stops += b->stops;
        s->commas += b->commas;
        s->words += b->words;
        s->long_blocks += b->words >= LONG_WORDS && b->link_bytes * 3 < len;
        s->headings += b->kind == EM_BLOCK_HEADING;
        s->h1 += b->tag == EM_TAG_H1;
        s->lean += (leans[i] - 128) * (int64_t)b->words;
    }
}

/* --- groups ------------------------------------------------------------------------------ */

static uint8_t *put_group(uint8_t *out, const struct em_group *g, uint64_t all)
{
    *out++ = em_scale_log(g->items);
    *out++ = em_share(g->text, all);
    *out++ = em_share(g->links, g->text);
    *out++ = em_scale_log(g->items ? g->text / g->items : 0);
    *out++ = em_scale_log(g->items ? 8 * g->blocks / g->items : 0);
    *out++ = em_share(g->paragraphs, g->text);
    return out;
}

/* The group with the most text, of all and of those whose items are more than a paragraph;
 * and the one with the most items of some size. */
static uint8_t *put_groups(uint8_t *out, const struct em_block_features *f, uint64_t all)
{
    struct em_group none = {0};
    const struct em_group *text = &none, *rich = &none, *many = &none;
    uint32_t n = 0;
    for (size_t i = 1; i < f->n_groups; i++) {
        const struct em_group *g = &f->groups[i];
        if (g->items < EM_SEVERAL || !g->text)
            continue;
        n++;
        if (g->text > text->text)
            text = g;
        if (g->blocks >= 2 * g->items && g->text > rich->text)
            rich = g;
        if (g->text > 40 * g->items && g->items > many->items)
            many = g;
    }
    out = put_group(out, text, all);
    out = put_group(out, rich, all);
    out = put_group(out, many, all);
    *out++ = em_scale_log(n);
    return out;
}

/* --- what the page says of itself -------------------------------------------------------- */

static uint8_t open_graph_type(struct em_view v)
{
    static const char *const types[] = {"article", "website", "product", "profile",
                                        "video"};
    v = em_view_trim(v);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (em_view_istarts(v, em_view_of(types[i])))
            return (uint8_t)(i + 2);
    return em_view_istarts(v, EM_VIEW("og:product")) ? 4 : v.len > 0;
}

/* Words of an address, as people name the parts of their sites. */
static unsigned address_words(struct em_view path)
{
    static const struct {
        const char *word;
        uint8_t bit;
    } words[] = {
        {"product", 0},
        {"products", 0},
        {"item", 0},
        {"shop", 0},
        {"dp", 0},
        {"p", 0},
        {"forum", 1},
        {"forums", 1},
        {"thread", 1},
        {"threads", 1},
        {"topic", 1},
        {"topics", 1},
        {"viewtopic", 1},
        {"showthread", 1},
        {"discussion", 1},
        {"questions", 1},
        {"comments", 1},
        {"community", 1},
        {"t", 1},
        {"r", 1},
        {"category", 2},
        {"categories", 2},
        {"collections", 2},
        {"collection", 2},
        {"c", 2},
        {"browse", 2},
        {"catalog", 2},
        {"archive", 3},
        {"tag", 3},
        {"tags", 3},
        {"search", 3},
        {"list", 3},
        {"top", 3},
        {"best", 3},
        {"jobs", 3},
        {"docs", 4},
        {"documentation", 4},
        {"doc", 4},
        {"guide", 4},
        {"guides", 4},
        {"api", 4},
        {"reference", 4},
        {"manual", 4},
        {"help", 4},
        {"tutorial", 4},
        {"learn", 4},
        {"wiki", 4},
        {"blog", 5},
        {"news", 5},
        {"article", 5},
        {"articles", 5},
        {"story", 5},
        {"post", 5},
        {"posts", 5},
        {"services", 6},
        {"service", 6},
        {"solutions", 6},
        {"about", 6},
        {"features", 6},
        {"pricing", 6},
        {"platform", 6},
        {"contact", 6},
        {"company", 6},
    };
    unsigned bits = 0;
    uint64_t keys[24];
    size_t n = em_marks_words(path, keys, 24);
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
            uint64_t key = 0;
            for (size_t c = 0; c < 8 && words[i].word[c]; c++)
                key |= (uint64_t)(unsigned char)words[i].word[c] << 8 * c;
            bits |= key == keys[k] ? 1u << words[i].bit : 0;
        }
    return bits;
}

static uint8_t *put_said(uint8_t *out, const struct em_outline *o)
{
    const struct em_meta *m = &o->meta;
    struct em_view url = em_view_trim(m->fields[EM_FIELD_CANONICAL].raw);
    size_t host = em_view_find(url, 0, EM_VIEW("//"));
    url = host < url.len ? em_view_sub(url, host + 2, url.len) : url;
    struct em_view path = em_view_sub(url, em_view_find(url, 0, EM_VIEW("/")), url.len);
    unsigned segments = 0, digits = 0, dashes = 0;
    for (size_t i = 0; i < path.len; i++) {
        segments += path.data[i] == '/' && i + 1 < path.len;
        digits += path.data[i] >= '0' && path.data[i] <= '9';
        dashes += path.data[i] == '-';
    }
    *out++ = open_graph_type(m->fields[EM_FIELD_TYPE].raw);
    for (unsigned bit = 0; bit < 14; bit++)
        *out++ = m->subjects >> bit & 1;
    unsigned words = address_words(path);
    for (unsigned bit = 0; bit < 7; bit++)
        *out++ = words >> bit & 1;
    *out++ = (uint8_t)(url.len ? 1 + (segments < 20 ? segments : 20) : 0);
    *out++ = em_clamp8(digits);
    *out++ = em_clamp8(dashes);
    *out++ = em_view_find(path, 0, EM_VIEW("?")) < path.len;
    *out++ = em_clamp8(m->n_dates);
    *out++ = m->fields[EM_FIELD_AUTHOR].rank;
    *out++ = m->author_end > 0;
    *out++ = em_scale_log((uint32_t)o->title.len);
    return out;
}

void em_page_type_features(const struct em_block_features *f, const struct em_outline *o,
                           uint8_t *out)
{
    struct sums s = {0};
    uint8_t *end = out + EM_TYPE_FEATURES;
    sum_marks(f, o, &s);
    sum_blocks(f, o, &s);
    for (size_t m = 0; m < EM_FEATURE_MARKS; m++)
        *out++ = em_share(s.marks[m], s.text);
    for (size_t r = 0; r < 8; r++)
        *out++ = em_share(s.roles[r], s.text);
    for (size_t k = 0; k < KINDS; k++)
        *out++ = em_share(s.kinds[k], s.text);
    for (size_t k = 0; k < 3; k++)
        *out++ = em_share(s.by_length[k], s.text);
    *out++ = em_share(o->nodes[0].links, s.text);
    *out++ = em_share(f->nodes[0].paragraphs, s.text);
    *out++ = em_share(s.prices, s.text);
    *out++ = em_scale_log(s.price_blocks);
    *out++ = em_scale_log((uint32_t)s.text);
    *out++ = em_scale_log((uint32_t)f->n);
    *out++ = em_scale_log(s.long_blocks);
    *out++ = em_scale_log(s.headings);
    *out++ = em_clamp8(s.h1);
    *out++ = em_share(4 * s.questions, f->n);
    *out++ = em_share(s.digits * 4, s.text);
    *out++ = em_share(s.stops * 16, s.text);
    *out++ = em_share(s.commas * 16, s.text);
    *out++ = em_clamp8(128 + (s.words ? s.lean / (int64_t)s.words : 0));
    out = put_groups(out, f, s.text);
    out = put_said(out, o);
    while (out < end)
        *out++ = 0;
}

void em_page_type_score(const struct em_forest *forests, const uint8_t *type_features,
                        int32_t *scores)
{
    for (size_t k = 0; k < EM_PAGE_TYPES; k++)
        em_forest_score_portable(&forests[k], type_features, 1, 1, &scores[k]);
}

enum em_page_type em_page_type_choose(const int32_t *scores, float *probability)
{
    float sum = 0, best = 0;
    enum em_page_type type = EM_PAGE_ARTICLE_TYPE;
    for (size_t k = 0; k < EM_PAGE_TYPES; k++) {
        float p = 1.0f / (1.0f + expf(-(float)scores[k] / 256.0f));
        sum += p;
        if (p > best) {
            best = p;
            type = (enum em_page_type)k;
        }
    }
    *probability = sum > 0 ? best / sum : 0;
    return type;
}

void em_page_type_columns(const int32_t *scores, uint8_t *out)
{
    for (size_t k = 0; k < EM_PAGE_TYPES; k++)
        out[k] = em_squash(scores[k]);
}
