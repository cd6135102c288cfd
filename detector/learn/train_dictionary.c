/* SPDX-License-Identifier: Apache-2.0
 *
 * Which n-grams the model knows: those seen in enough sources. What was seen in one or two
 * says what those are about, not who writes. Hashes of training windows then become places
 * in the dictionary, by the look-up that detection uses.
 */
#include "base/alloc.h"
#include "detector/learn/train_int.h"

#include <math.h>

/* A hash as far as the dictionary tells: its bucket, and its tag there. */
#define TAG_BITS 8
#define KEYS     ((size_t)1 << (EM_FEATURE_BITS - 2 + TAG_BITS))

struct census {
    uint64_t *sources; /* by key: a set of sources, modulo 64 */
    uint32_t *windows; /* by key */
};

static size_t key_of(uint32_t hash)
{
    return (size_t)(em_feature_bucket(hash) / (2 * EM_FEATURE_WAYS)) << TAG_BITS |
           em_feature_tag(hash);
}

static void train_dictionary_count(const struct em_train_work *work,
                                   struct census *census)
{
    for (uint32_t i = 0; i < work->n; i++)
        for (uint64_t k = work->offsets[i]; k < work->offsets[i + 1]; k++) {
            size_t key = key_of(work->ids[k]);
            census->sources[key] |= (uint64_t)1 << (work->samples[i].source & 63);
            census->windows[key]++;
        }
}

/* The tags of one bucket: of those seen in enough sources, the most frequent. */
static void fill_bucket(const struct census *census, size_t bucket, uint32_t least,
                        uint8_t *tags, uint32_t *left_out)
{
    const uint64_t *sources = census->sources + (bucket << TAG_BITS);
    const uint32_t *windows = census->windows + (bucket << TAG_BITS);
    size_t used = 0;
    for (size_t tag = 1; tag < (size_t)1 << TAG_BITS; tag++) {
        if (windows[tag] == 0)
            continue;
        if ((uint32_t)__builtin_popcountll(sources[tag]) < least) {
            ++*left_out;
            continue;
        }
        size_t at = used < EM_FEATURE_WAYS ? used++ : EM_FEATURE_WAYS;
        if (at == EM_FEATURE_WAYS) {
            ++*left_out;
            at--;
            if (windows[tags[at]] >= windows[tag])
                continue;
        }
        /* Most frequent first: the last is the one to give way. */
        for (; at > 0 && windows[tags[at - 1]] < windows[tag]; at--)
            tags[at] = tags[at - 1];
        tags[at] = (uint8_t)tag;
    }
}

static uint32_t sources_seen(const struct em_train_work *work)
{
    uint64_t seen = 0;
    for (uint32_t i = 0; i < work->n; i++)
        seen |= (uint64_t)1 << (work->samples[i].source & 63);
    return (uint32_t)__builtin_popcountll(seen);
}

/* Hashes to places; a window's value follows the number that it keeps. */
static void remap(struct em_train_work *work)
{
    uint64_t out = 0, k = 0;
    for (uint32_t i = 0; i < work->n; i++) {
        uint64_t from = out;
        for (uint32_t f = 0; f < EM_NGRAM_FAMILIES; f++) {
            uint32_t *known = &work->known[i * EM_NGRAM_FAMILIES + f];
            uint64_t end = k + *known, first = out;
            for (; k < end; k++) {
                uint32_t place = em_ngram_place(work->model->tags, work->ids[k]);
                if (place != EM_NGRAM_UNKNOWN)
                    work->ids[out++] = place;
            }
            *known = (uint32_t)(out - first);
        }
        work->offsets[i + 1] = out;
        double n = out > from ? (double)(out - from) : 1;
        work->values[i] =
            (float)(work->options->norm == EM_MODEL_NORM_MEAN ? 1 / n : 1 / sqrt(n));
    }
    work->n_ids = out;
}

enum em_status em_train_dictionary(struct em_train_work *work)
{
    struct census census = {
        .sources = em_calloc(KEYS, sizeof(*census.sources)),
        .windows = em_calloc(KEYS, sizeof(*census.windows)),
    };
    enum em_status status = census.sources && census.windows ? EM_OK : EM_ERR_NOMEM;
    if (status == EM_OK) {
        /* Of few sources, half must agree. */
        uint32_t half = (sources_seen(work) + 1) / 2, least = work->options->min_sources;
        least = least > half ? half : least;
        train_dictionary_count(work, &census);
        for (size_t b = 0; b < (size_t)1 << (EM_FEATURE_BITS - 2); b++)
            fill_bucket(&census, b, least, work->model->tags + b * 2 * EM_FEATURE_WAYS,
                        &work->report->pruned);
        remap(work);
    }
    em_free(census.sources);
    em_free(census.windows);
    return status;
}
