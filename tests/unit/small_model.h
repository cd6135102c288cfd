/* SPDX-License-Identifier: Apache-2.0
 *
 * A model made on the spot from two texts: n-grams that only one of them has weigh for its
 * side. Enough to test everything that a trained model does not decide.
 */
#ifndef EM_TESTS_SMALL_MODEL_H
#define EM_TESTS_SMALL_MODEL_H

#include "base/alloc.h"
#include "detector/model.h"
#include "detector/ngram.h"

#include <stdlib.h>

#define SMALL_VOCABULARY                                                                 \
    "the\nof\nand\nto\na\nin\nis\nthat\nit\nfor\nwas\non\nwith\nas\nbe\nat\nby\nthis\n"  \
    "i\nwe\nyou\nhe\nmy\nhad\nnot\nbut\nfrom\nor\nan\nthey\nwhich\none\nall\nthere\n"    \
    "their\nhas\nhis\nso\nif\nout\nup\nwhen\nwhat\nabout\ncan\nour\nmore\nthen\nsome\n"  \
    "into\nafter\nonly\nover\nthrough\njust\nback\nits\nhow\nfirst\nwell\nnew\n"

static const char machine_text[] =
    "In today's fast-paced world, effective communication plays a crucial role in "
    "fostering "
    "meaningful relationships. Moreover, it is important to note that active listening "
    "enhances mutual understanding, builds trust, and promotes collaboration. By "
    "leveraging "
    "these strategies, individuals can navigate complex challenges with confidence. "
    "Furthermore, a comprehensive approach ensures that every voice is heard, valued, "
    "and "
    "respected. Ultimately, communication serves as the cornerstone of a vibrant "
    "community, "
    "underscoring the importance of empathy, clarity, and resilience. Additionally, it "
    "provides valuable insights into the multifaceted nature of human interaction. "
    "Overall, "
    "by embracing these principles, we can unlock our full potential and create a more "
    "inclusive, harmonious, and sustainable future for all.";

static const char human_text[] = "I had the gate off its hinges by nine and of course it "
                                 "rained. My neighbour came over to "
                                 "tell me the post was rotten, which I knew, and stood "
                                 "there with his tea while I dug. We "
                                 "found a horseshoe and some bit of an old pipe about "
                                 "two feet down. Then the spade broke. "
                                 "He went home. I sat in the shed for a while, didn't "
                                 "really want to go back out, but the "
                                 "dog was loose and the sheep next door aren't mine to "
                                 "chase. So I tied it up with twine "
                                 "and a pallet. That was three weeks ago. It's still "
                                 "there! My wife says it looks like a "
                                 "raft. Maybe I'll do it at Easter if the ground dries "
                                 "out, though last year it never did "
                                 "and I ended up doing the whole thing in wellies.";

/* So many words of `sample` in a random order, which repeats no passage. */
static inline char *drawn_text(const char *sample, size_t words, size_t *len)
{
    const char *starts[512];
    size_t n = 0;
    uint64_t random = 1;
    char *text = malloc(words * 24 + 1);
    for (const char *p = sample; n < 512 && *p; p += strcspn(p, " "), p += *p == ' ')
        starts[n++] = p;
    *len = 0;
    for (size_t i = 0; i < words; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        const char *word = starts[(random >> 33) % n];
        size_t bytes = strcspn(word, " ");
        bytes = bytes < 22 ? bytes : 22;
        memcpy(text + *len, word, bytes);
        *len += bytes;
        text[(*len)++] = i % 40 == 39 ? '\n' : ' ';
    }
    text[*len] = '\0';
    return text;
}

static inline void small_model_weigh(struct em_model *model, struct em_features *features,
                                     const char *text, int weight)
{
    const struct em_window *windows;
    size_t n;
    if (em_features_run(features, em_view_of(text), 0, &windows, &n) < 0)
        return;
    for (size_t w = 0; w < n; w++)
        for (size_t i = 0; i < windows[w].n_ids; i++) {
            uint32_t place = em_model_learn(model, windows[w].ids[i]);
            if (place == EM_NGRAM_UNKNOWN)
                continue;
            model->weights[place] = (int8_t)(model->weights[place] + weight);
        }
}

/* Fills everything that validation asks for; NULL when memory fails. */
static inline struct em_model *small_model(void)
{
    struct em_model *m;
    struct em_features *features;
    if (em_model_new(&m) < 0)
        return NULL;
    memcpy(m->name, "small-1", 8);
    memcpy(m->lang, "en", 3);
    m->words_per_window = 100;
    m->min_words = 40;
    m->human_below = -1;
    m->scale = 0.02f;
    m->n_style = (uint32_t)em_style_count();
    m->inv_sd[0] = 1;
    m->w2[0] = 1;
    m->n_bins = 2;
    m->bins[0] = (struct em_model_bin){80, 0.5f, 0};
    m->bins[1] = (struct em_model_bin){1000000, 1, 0};
    m->n_thresholds = 3;
    m->thresholds[0] = (struct em_model_threshold){0.05, 1, 0.04, 0.06, 1000, 10, "test"};
    m->thresholds[1] =
        (struct em_model_threshold){0.01, 2, 0.005, 0.02, 1000, 10, "test"};
    m->thresholds[2] = (struct em_model_threshold){0.001, 4, 0, 0.004, 1000, 10, "test"};
    if (em_model_set_vocabulary(m, EM_VIEW(SMALL_VOCABULARY)) < 0 ||
        em_model_set_provenance(m, EM_VIEW("{\"data\":\"none\"}")) < 0 ||
        em_features_new(&features, m->lang, EM_VIEW(SMALL_VOCABULARY), EM_VIEW_NONE,
                        NULL) < 0) {
        em_model_free(m);
        return NULL;
    }
    small_model_weigh(m, features, machine_text, 20);
    small_model_weigh(m, features, human_text, -20);
    em_features_free(features);
    return m;
}

#endif
