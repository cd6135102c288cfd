/* SPDX-License-Identifier: Apache-2.0
 *
 * From text to numbers: what `train` learns from and `detect` scores, by the same code.
 *
 * One pass normalises (see normalise.h), cuts tokens, takes out passages that stood before
 * (repeats.h), cuts windows, and emits for every
 * window hashed n-gram ids and a dense vector of style features. Pure: the same text gives
 * the same numbers on every machine and with every instruction set. White space other than
 * its presence never changes a feature.
 */
#ifndef EM_DETECTOR_FEATURES_H
#define EM_DETECTOR_FEATURES_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

/* Increases with any change to the numbers; stored in model files, which are refused when
 * it is older than EM_FEATURES_OLDEST, or newer. From 4 to 5 only texts changed that repeat
 * themselves or are disguised: a model made for 4 judges all others as before. */
#define EM_FEATURES_VERSION 5
#define EM_FEATURES_OLDEST  4

/* A dictionary: 1 << EM_FEATURE_BITS places, in buckets of EM_FEATURE_WAYS.
 *
 * An n-gram's hash has 32 bits. A dictionary holds the n-grams worth knowing: the hash's
 * first bits choose a bucket, eight more are the tag by which it is known there. So the
 * millions of n-grams that were seen too rarely to mean anything do not fall on those that
 * do (of hashes alone, without tags, nearly every place would be shared).
 *
 *     bucket: tag tag tag tag weight weight weight weight     8 bytes, one line of cache
 *
 * A place is named by the offset of its weight; its tag stands EM_FEATURE_WAYS before. */
#define EM_FEATURE_BITS 20
enum { EM_FEATURE_WAYS = 4 };
#define EM_DICTIONARY_BYTES ((size_t)2 << EM_FEATURE_BITS)

/* Offset of a hash's bucket. */
static inline uint32_t em_feature_bucket(uint32_t hash)
{
    return hash >> (32 - EM_FEATURE_BITS + 2) << 3;
}

/* 1 to 255; 0 marks an empty place. */
static inline uint8_t em_feature_tag(uint32_t hash)
{
    return (uint8_t)((hash & 0xFF) ? hash & 0xFF : 1);
}

/* Families of n-grams (ngram.h). */
#define EM_FEATURE_FAMILIES 6

struct em_window {
    uint32_t start, end; /* bytes into the original text */
    uint32_t words;
    const uint32_t *ids; /* n-grams of the window, each once, family by family and in
                            order of first sight: places in the dictionary of those it
                            has; without one, the hashes of all */
    size_t n_ids;
    uint32_t known[EM_FEATURE_FAMILIES]; /* ids of each family; their sum is n_ids */
    uint32_t fresh[EM_FEATURE_FAMILIES]; /* distinct n-grams, known or not */
    const float *style;                  /* em_style_count() values */
};

struct em_features;

/* `lang`: of the texts ("en"); it matters where words are not set apart by spaces.
 * `vocabulary`: the most frequent words kept as they are, one a line, or empty to keep
 * none. Copied. `dictionary`: EM_DICTIONARY_BYTES, borrowed; or empty. */
EM_MUST_CHECK enum em_status em_features_new(struct em_features **out, const char *lang,
                                             struct em_view vocabulary,
                                             struct em_view dictionary,
                                             struct em_err *err);
void em_features_free(struct em_features *features);

/* Cut `text` (UTF-8) into windows of about `words_per_window` words (0: one window) and
 * compute each. *windows is valid until the next call. EM_ERR_NOMEM only. */
EM_MUST_CHECK enum em_status em_features_run(struct em_features *features,
                                             struct em_view text,
                                             uint32_t words_per_window,
                                             const struct em_window **windows,
                                             size_t *n_windows);

/* Number of style features and the name of each ("sentence_length_mean"). */
size_t em_style_count(void);
const char *em_style_name(size_t index);

#endif
