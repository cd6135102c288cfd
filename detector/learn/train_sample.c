/* SPDX-License-Identifier: Apache-2.0
 *
 * Which windows to learn from, what each weighs, and the words kept as they are.
 */
#include "base/alloc.h"
#include "base/hash.h"
#include "detector/learn/metrics.h"
#include "detector/token.h"
#include "detector/learn/sources.h"
#include "detector/learn/train_int.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

/* Seeds of the draws, so that none depends on how many another made. */
enum { DRAW_ORDER = 1, DRAW_LENGTH = 2, DRAW_PLACE = 3 };

/* Words of text for each further window of it: overlap is kept small. */
enum { WORDS_A_WINDOW = 150 };

static uint64_t draw_seed(const struct em_train_work *work, uint64_t which)
{
    return em_mix64(work->options->seed * 16 + which);
}

static enum em_status sample_push(struct em_train_work *work, struct em_sample sample)
{
    if (work->n == work->cap) {
        uint32_t cap = work->cap ? 2 * work->cap : 4096;
        struct em_sample *more = em_realloc_array(work->samples, cap, sizeof(*more));
        if (!more)
            return EM_ERR_NOMEM;
        work->samples = more;
        work->cap = cap;
    }
    work->samples[work->n++] = sample;
    return EM_OK;
}

static enum em_status add_window(struct em_train_work *work, uint32_t example)
{
    const struct em_train_options *o = work->options;
    const struct em_example *e = &work->examples->items[example];
    uint64_t k = work->n;
    double u = (double)(em_random_at(draw_seed(work, DRAW_LENGTH), k) >> 11) * 0x1p-53;
    double lo = o->window_min, hi = o->window_max;
    double words = o->window_log ? lo * pow(hi / lo, u) : lo + u * (hi - lo);
    uint32_t want = (uint32_t)(words + 0.5);
    struct em_sample sample = {example, 0, e->len, e->source, e->label, e->old};
    if (e->words > want) {
        uint32_t first = (uint32_t)em_random_below(draw_seed(work, DRAW_PLACE), k,
                                                   e->words - want + 1);
        struct em_view text = em_view_make(e->text, e->len);
        bool unspaced = em_lang_unspaced(em_view_of(work->options->lang));
        sample.start = (uint32_t)em_word_start(text, unspaced, first);
        sample.len = (uint32_t)em_word_start(text, unspaced, first + want) - sample.start;
    }
    return sample_push(work, sample);
}

struct order {
    uint64_t key;
    uint32_t example;
};

static int by_key(const void *a, const void *b)
{
    const struct order *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->example > y->example) - (x->example < y->example);
}

/* Windows of one source and class: each of up to `cap` texts gives one. Where texts are
 * few, long ones then give further ones while the cap allows. */
static enum em_status plan_group(struct em_train_work *work, struct order *order,
                                 uint32_t n)
{
    const struct em_train_options *o = work->options;
    uint32_t taken = 0, rounds = n < o->few_texts ? o->windows_a_text : 1;
    qsort(order, n, sizeof(*order), by_key);
    for (uint32_t round = 0; round < rounds; round++)
        for (uint32_t i = 0; i < n && taken < o->cap; i++) {
            const struct em_example *e = &work->examples->items[order[i].example];
            if (e->words < round * WORDS_A_WINDOW || e->words < o->window_min / 2)
                continue;
            EM_TRY(add_window(work, order[i].example));
            taken++;
        }
    return EM_OK;
}

/* windows ^ -balance of an owner and class; sources with both classes weigh more, texts of
 * old models less. `counts`: by owner and class. */
static void weigh_owners(struct em_train_work *work, uint32_t *counts)
{
    const struct em_train_options *o = work->options;
    for (uint32_t i = 0; i < work->n; i++) {
        const struct em_sample *s = &work->samples[i];
        counts[2 * work->owner[s->source] + (s->label > 0)]++;
    }
    for (uint32_t i = 0; i < work->n; i++) {
        const struct em_sample *s = &work->samples[i];
        const uint32_t *both = counts + 2 * work->owner[s->source];
        double w = pow(both[s->label > 0], -o->balance);
        if (both[0] && both[1])
            w *= o->paired;
        work->weights[i] = (float)(s->old ? w * o->old : w);
    }
}

/* The weight of all its texts ^ -registers for a register and class: what is written much of
 * does not decide alone. `totals`: by register and class. */
static void weigh_registers(struct em_train_work *work, double *totals)
{
    for (uint32_t i = 0; i < work->n; i++) {
        const struct em_sample *s = &work->samples[i];
        totals[2 * work->reg[s->source] + (s->label > 0)] += (double)work->weights[i];
    }
    for (uint32_t i = 0; i < work->n; i++) {
        const struct em_sample *s = &work->samples[i];
        double total = totals[2 * work->reg[s->source] + (s->label > 0)];
        if (total > 0)
            work->weights[i] *= (float)pow(total, -work->options->registers);
    }
}

/* Owners and registers as above; the classes weigh the same; the mean is 1. */
static enum em_status sample_weigh(struct em_train_work *work, struct em_err *err)
{
    uint32_t n = work->examples->sources.n, groups = 2 * (n ? n : 1);
    uint32_t *counts = em_calloc(groups, sizeof(*counts));
    double *totals = em_calloc(groups, sizeof(*totals)), sum[2] = {0, 0};
    work->weights = em_malloc((work->n ? work->n : 1) * sizeof(float));
    work->owner = em_calloc(groups, sizeof(*work->owner));
    bool room = counts && totals && work->weights && work->owner;
    if (room) {
        work->reg = work->owner + n;
        em_source_groups(work->options->facts, work->examples->sources.names, n,
                         work->owner, work->reg);
        weigh_owners(work, counts);
        weigh_registers(work, totals);
    }
    em_free(counts);
    em_free(totals);
    if (!room)
        return EM_ERR_NOMEM;
    for (uint32_t i = 0; i < work->n; i++)
        sum[work->samples[i].label > 0] += (double)work->weights[i];
    if (!(sum[0] > 0) || !(sum[1] > 0))
        return em_fail(err, EM_ERR_FORMAT, "train",
                       "training needs texts of both classes");
    for (uint32_t i = 0; i < work->n; i++)
        work->weights[i] *= (float)(work->n / 2.0 / sum[work->samples[i].label > 0]);
    return EM_OK;
}

enum em_status em_train_plan(struct em_train_work *work, struct em_err *err)
{
    const struct em_examples *all = work->examples;
    struct order *order = em_malloc((all->n ? all->n : 1) * sizeof(*order));
    if (!order)
        return EM_ERR_NOMEM;
    enum em_status status = EM_OK;
    uint64_t seed = draw_seed(work, DRAW_ORDER);
    for (uint32_t s = 0; s < all->sources.n && status == EM_OK; s++)
        for (int8_t label = -1; label <= 1 && status == EM_OK; label += 2) {
            uint32_t n = 0;
            for (size_t i = 0; i < all->n; i++)
                if (all->items[i].source == s && all->items[i].label == label)
                    order[n++] = (struct order){em_random_at(seed, i), (uint32_t)i};
            status = plan_group(work, order, n);
        }
    em_free(order);
    return status == EM_OK ? sample_weigh(work, err) : status;
}

/* --- vocabulary ---------------------------------------------------------------------- */

enum { TABLE_BITS = 20, MAX_WORD = 24 };

struct word {
    char text[MAX_WORD];
    double mass;
    uint32_t last; /* window that counted it last, + 1 */
};

/* Bytes of other scripts count as letters; U+2000 to U+2FFF is punctuation and signs. */
static bool letter_at(const char *s)
{
    unsigned char c = (unsigned char)*s;
    return isalpha(c) || (c >= 0x80 && c != 0xE2);
}

/* The next run of letters with inner apostrophes, ASCII in lower case, curly apostrophes
 * straight; with `unspaced` a lone letter is one. Longer than MAX_WORD - 1 bytes is no
 * frequent word. False at the end. */
static bool next_word(const char **p, const char *end, bool unspaced, char *out)
{
    const char *s = *p;
    size_t n = 0;
    while (s < end && !letter_at(s))
        s += *s == '\xE2' && end - s >= 3 ? 3 : 1;
    size_t lone = unspaced && s < end ? em_lone_letter_at(s, end) : 0;
    if (lone) {
        memcpy(out, s, lone);
        out[lone] = '\0';
        *p = s + lone;
        return true;
    }
    while (s < end) {
        if (unspaced && em_lone_letter_at(s, end))
            break;
        bool curly = end - s >= 3 && memcmp(s, "\xE2\x80\x99", 3) == 0;
        if (curly) {
            if (n < MAX_WORD)
                out[n] = '\'';
            s += 3;
        } else if (*s == '\'' || letter_at(s)) {
            if (n < MAX_WORD)
                out[n] = (char)tolower((unsigned char)*s);
            s++;
        } else {
            break;
        }
        n++;
    }
    *p = s;
    while (n > 0 && n < MAX_WORD && out[n - 1] == '\'')
        n--;
    out[n < MAX_WORD ? n : 0] = '\0';
    return s < end || n > 0;
}

static void count_word(struct word *table, const char *text, double weight, uint32_t mark)
{
    size_t len = strlen(text), mask = ((size_t)1 << TABLE_BITS) - 1;
    size_t at = em_hash64(text, len, 0) & mask;
    /* A full neighbourhood drops the word: only rare words come that late. */
    for (int probe = 0; probe < 64; probe++, at = (at + 1) & mask) {
        struct word *w = &table[at];
        if (!w->text[0])
            memcpy(w->text, text, len + 1);
        else if (strcmp(w->text, text) != 0)
            continue;
        if (w->last != mark)
            w->mass += weight;
        w->last = mark;
        return;
    }
}

static int by_mass(const void *a, const void *b)
{
    const struct word *x = a, *y = b;
    if (x->mass != y->mass)
        return x->mass > y->mass ? -1 : 1;
    return strcmp(x->text, y->text);
}

enum em_status em_train_vocabulary(struct em_train_work *work)
{
    size_t size = (size_t)1 << TABLE_BITS;
    struct word *table = em_calloc(size, sizeof(*table));
    if (!table)
        return EM_ERR_NOMEM;
    bool unspaced = em_lang_unspaced(em_view_of(work->options->lang));
    for (uint32_t i = 0; i < work->n; i++) {
        const struct em_sample *s = &work->samples[i];
        const char *p = work->examples->items[s->example].text + s->start;
        const char *end = p + s->len;
        char word[MAX_WORD + 1];
        while (p < end && next_word(&p, end, unspaced, word))
            if (word[0])
                count_word(table, word, (double)work->weights[i], i + 1);
    }
    qsort(table, size, sizeof(*table), by_mass);
    struct em_buf text;
    em_buf_init(&text, EM_MODEL_MAX_VOCABULARY);
    enum em_status status = EM_OK;
    for (uint32_t i = 0; i < work->options->vocabulary && status == EM_OK; i++) {
        if (!(table[i].mass > 0))
            break;
        status = em_buf_printf(&text, "%s\n", table[i].text);
    }
    if (status == EM_OK)
        status = em_model_set_vocabulary(work->model, em_buf_view(&text));
    em_buf_release(&text);
    em_free(table);
    return status;
}
