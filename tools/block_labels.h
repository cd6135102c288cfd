/* SPDX-License-Identifier: Apache-2.0
 *
 * Which blocks of a page are main content, by gold text or gold segments; for train_blocks.
 */
#ifndef EM_TOOLS_BLOCK_LABELS_H
#define EM_TOOLS_BLOCK_LABELS_H

#include "tools/boost.h"
#include "bench/eval_words.h"
#include "crawler/page/outline.h"

static const double weight_power = 0.7;

struct set {
    uint64_t *slots;
    size_t mask;
};

static void set_init(struct set *s, size_t n)
{
    size_t cap = 16;
    while (cap < 2 * n + 2)
        cap *= 2;
    s->slots = must(calloc(cap, sizeof(*s->slots)));
    s->mask = cap - 1;
}

static bool set_has(struct set *s, uint64_t h, bool add)
{
    size_t i = h & s->mask;
    while (s->slots[i] && s->slots[i] != h)
        i = (i + 1) & s->mask;
    bool had = s->slots[i] == h;
    if (add)
        s->slots[i] = h;
    return had;
}

static uint64_t triple(const uint64_t *w)
{
    return em_hash64(w, 3 * sizeof(*w), 3) | 1;
}

static void add_gold(struct set *s, struct em_view gold)
{
    struct em_words w;
    em_words_of(gold, true, &w);
    set_init(s, w.n);
    for (size_t i = 0; i + 3 <= w.n; i++)
        set_has(s, triple(w.hashes + i), true);
    free(w.hashes);
}

static struct em_view block_text(const struct em_outline *o, size_t i)
{
    const struct em_raw_block *b = &o->blocks[i];
    return em_view_make(o->text.data + b->start, b->end - b->start);
}

/* Labels of all blocks of a page whose main text is known. */
static void label_from_text(const struct em_outline *o, struct em_view gold, float *label,
                            float *weight)
{
    struct set set;
    add_gold(&set, gold);
    size_t *ends = must(calloc(o->n_blocks + 1, sizeof(*ends)));
    struct em_words all = {must(malloc((o->text.len + 8) * sizeof(uint64_t))), 0, 0};
    for (size_t i = 0; i < o->n_blocks; i++) {
        struct em_words w;
        em_words_of(block_text(o, i), true, &w);
        memcpy(all.hashes + all.n, w.hashes, w.n * sizeof(uint64_t));
        all.n += w.n;
        ends[i + 1] = all.n;
        free(w.hashes);
    }
    bool *in = must(calloc(all.n + 3, sizeof(*in)));
    for (size_t i = 0; i + 3 <= all.n; i++)
        if (set_has(&set, triple(all.hashes + i), false))
            in[i] = in[i + 1] = in[i + 2] = true;
    double total = 0;
    for (size_t i = 0; i < o->n_blocks; i++) {
        size_t covered = 0, n = ends[i + 1] - ends[i];
        for (size_t k = ends[i]; k < ends[i + 1]; k++)
            covered += in[k];
        label[i] = n ? (float)covered / (float)n : 0;
        weight[i] = (float)pow((double)n, weight_power);
        total += weight[i];
    }
    for (size_t i = 0; i < o->n_blocks && total > 0; i++)
        weight[i] = (float)(weight[i] / total);
    free(in);
    free(ends);
    free(all.hashes);
    free(set.slots);
}

static char *squeeze(struct em_view v)
{
    char *out = must(malloc(v.len + 1));
    size_t n = 0;
    bool blank = true;
    for (size_t i = 0; i < v.len; i++) {
        bool space = (unsigned char)v.data[i] <= ' ';
        if (space && blank)
            continue;
        out[n++] = space ? ' ' : v.data[i];
        blank = space;
    }
    while (n && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
    return out;
}

/* Only blocks that a segment lies in, or that lie in one, have a label. */
static void label_from_segments(const struct em_outline *o, struct em_view gold,
                                float *label, float *weight)
{
    for (size_t i = 0; i < o->n_blocks; i++)
        label[i] = weight[i] = 0;
    while (gold.len) {
        size_t end = em_view_find(gold, 0, EM_VIEW("\n"));
        bool good = gold.data[0] == '+';
        char *want = squeeze(em_view_sub(gold, 1, end - 1));
        size_t hits = 0;
        for (int pass = 0; pass < 2; pass++) {
            for (size_t i = 0; *want && i < o->n_blocks; i++) {
                char *have = squeeze(block_text(o, i));
                if (strstr(have, want) || (strlen(have) > 30 && strstr(want, have))) {
                    hits += pass == 0;
                    if (pass == 1 && !(weight[i] > 0 && label[i] > 0 && !good)) {
                        label[i] = good;
                        weight[i] = (float)(0.15 / (double)hits);
                    }
                }
                free(have);
            }
        }
        free(want);
        gold = em_view_sub(gold, end + 1, gold.len);
    }
}

#endif
