/* SPDX-License-Identifier: Apache-2.0
 *
 * A model in memory and in its file. `train` fills the struct and saves it; the detector
 * loads it and only reads. The arithmetic from windows to log-odds is here as well, so that
 * training, evaluation and detection cannot disagree.
 *
 *     window  ids    -> n-gram logit = bias + scale * sum(weights[id]) / sqrt(n_ids)
 *             experts: the same with weights of their own (experts.h)
 *             by family of n-grams: the sum of the positive weights, that of the negative
 *                       ones (each times scale / sqrt(ids of the family)), and the share
 *                       of its distinct n-grams that the dictionary knows
 *             inputs =  [n-gram logit, style features ..., log(words), by family ...,
 *                       experts ...],
 *                       standardised, all but the first clipped to +-EM_MODEL_CLIP
 *             stack  -> window logit (linear, or one hidden layer of ReLU units)
 *     text           -> text logit = mean of window logits weighted by words
 *                    -> log-odds = slope * text logit + intercept, by length of the text
 *
 * File (docs/FORMATS.md): magic, format version, table of sections (id, length), the
 * sections, XXH3-64 of all before it; little-endian, IEEE 754. Same struct, same bytes.
 */
#ifndef EM_DETECTOR_MODEL_H
#define EM_DETECTOR_MODEL_H

#include "base/buf.h"
#include "base/calibration.h"
#include "detector/detector.h"
#include "detector/experts.h"
#include "detector/features.h"
#include "detector/writers.h"

#define EM_MODEL_FORMAT    4
#define EM_MODEL_MAX_STYLE 256
/* What a window's n-grams come to: the logit, then positive, negative, known by family. */
#define EM_MODEL_EVIDENCE (1 + 3 * EM_FEATURE_FAMILIES)
/* After them what each expert says. */
#define EM_MODEL_MAX_EVIDENCE   (EM_MODEL_EVIDENCE + EM_EXPERTS_MAX * EM_EXPERT_EVIDENCE)
#define EM_MODEL_MAX_INPUTS     (EM_MODEL_MAX_STYLE + 1 + EM_MODEL_MAX_EVIDENCE)
#define EM_MODEL_MAX_HIDDEN     256
#define EM_MODEL_MAX_BINS       8
#define EM_MODEL_MAX_THRESHOLDS 16
#define EM_MODEL_MAX_VOCABULARY (64 * 1024)
#define EM_MODEL_MAX_PROVENANCE (64 * 1024)
#define EM_MODEL_MAX_ANCHORS    4096
#define EM_MODEL_CLIP           4.0f

/* How the sum of weights of a window is scaled. */
enum em_model_norm {
    EM_MODEL_NORM_SQRT = 0, /* by sqrt(n_ids) */
    EM_MODEL_NORM_MEAN = 1, /* by n_ids */
    EM_MODEL_NORM_COUNT
};

struct em_model_bin {
    uint32_t
        max_words; /* the bin holds texts of up to this many words; the last one all */
    float slope, intercept;
};

struct em_model_threshold {
    double fpr;               /* what it was set for */
    double log_odds;          /* machine when the calibrated log-odds reach this */
    double fpr_low, fpr_high; /* 95 % interval of the rate where it was measured */
    uint32_t n_human, n_sources;
    char measured[256]; /* on what, in words; NUL-terminated */
};

struct em_model {
    char name[32]; /* "en-2026.3" */
    char lang[8];  /* "en" */
    char id[48];   /* "en-2026.3@1f0c9a7e": em_model_identify(); empty: not known yet */
    uint32_t features_version;
    uint32_t words_per_window;
    uint32_t min_words; /* fewer: abstain */
    float human_below;  /* log-odds below it: human; from it to the threshold: unsure */
    uint32_t prior_ppm; /* share of machine text the calibration assumes, in millionths */

    char *vocabulary; /* owned; the most frequent words, one a line */
    size_t vocabulary_len;

    uint8_t *tags;   /* owned; EM_DICTIONARY_BYTES: the dictionary (features.h) */
    int8_t *weights; /* the same bytes; a place is the offset of its weight */
    float scale, bias;
    uint32_t norm; /* enum em_model_norm */
    struct em_experts experts;

    uint32_t n_style;                  /* em_style_count() when it was trained */
    float mean[EM_MODEL_MAX_INPUTS];   /* of em_model_inputs() inputs, in their order */
    float inv_sd[EM_MODEL_MAX_INPUTS]; /* 1/sd; 0 switches an input off */
    uint32_t hidden;                   /* 0: linear */
    float *w1;                         /* owned; hidden x inputs, row by row; or NULL */
    float b1[EM_MODEL_MAX_HIDDEN];     /* hidden */
    float w2[EM_MODEL_MAX_INPUTS];     /* hidden values, or (linear) one an input */
    float b2;

    /* What machine text does to the hidden units: windows of the training sources, as many
     * of each, their n-grams weighed by weights that never saw the source. With these a
     * model can be adapted to human texts alone (adapt.h). */
    uint32_t n_anchors;
    uint32_t *anchor_words;                  /* owned */
    uint8_t *anchors;                        /* owned; n_anchors x hidden */
    float anchor_scale[EM_MODEL_MAX_HIDDEN]; /* activation = byte * scale */

    struct em_writers writers; /* owned: which family of models it was */

    uint32_t n_bins;
    struct em_model_bin bins[EM_MODEL_MAX_BINS]; /* max_words ascending */
    uint32_t n_thresholds;
    struct em_model_threshold thresholds[EM_MODEL_MAX_THRESHOLDS]; /* fpr descending */

    struct em_calibration *block; /* owned: scores of sources it did not see; or NULL */

    struct em_model *next; /* owned: for another language (em_model_add()), or NULL */

    char *provenance; /* owned; JSON text: data, counts, seeds, licences */
    size_t provenance_len;
};

/* An empty model: weights all 0, nothing else set. em_model_free() frees it. The setters
 * copy. */
EM_MUST_CHECK enum em_status em_model_new(struct em_model **out);
EM_MUST_CHECK enum em_status em_model_set_vocabulary(struct em_model *model,
                                                     struct em_view text);
EM_MUST_CHECK enum em_status em_model_set_provenance(struct em_model *model,
                                                     struct em_view text);
/* Room for hidden x inputs values in w1 (n_style and the experts must be set), zeroed. */
EM_MUST_CHECK enum em_status em_model_set_hidden(struct em_model *model, uint32_t hidden);

/* Room for so many anchors (hidden must be set), zeroed. */
EM_MUST_CHECK enum em_status em_model_set_anchors(struct em_model *model, uint32_t n);

/* An empty calibration block in place of the one there was. */
EM_MUST_CHECK enum em_status em_model_new_block(struct em_model *model,
                                                struct em_calibration **out);

/* Takes the block away, where there is one. */
void em_model_drop_block(struct em_model *model);

/* Fills in `id` from the bytes that the file would have: whoever changes a model calls it
 * again. */
EM_MUST_CHECK enum em_status em_model_identify(struct em_model *model,
                                               struct em_err *err);

/* Every count, order and number checked: what load refuses, save refuses too. */
EM_MUST_CHECK enum em_status em_model_validate(const struct em_model *model,
                                               struct em_err *err);

/* Append the file's bytes to `out`. */
EM_MUST_CHECK enum em_status em_model_save(const struct em_model *model,
                                           struct em_buf *out, struct em_err *err);

/* The arithmetic, step by step. */
static inline size_t em_model_evidence_size(const struct em_model *model)
{
    return EM_MODEL_EVIDENCE + (size_t)model->experts.n * EM_EXPERT_EVIDENCE;
}
static inline size_t em_model_inputs(const struct em_model *model)
{
    return model->n_style + 1u + em_model_evidence_size(model);
}
/* Number of the input that is evidence[i] (below). */
static inline size_t em_model_evidence_input(const struct em_model *model, size_t i)
{
    return i == 0 ? 0 : model->n_style + 1u + i;
}
/* "sentence_words_mean", "length", "positive word 2"; static text. */
const char *em_model_input_name(const struct em_model *model, size_t input);
/* The place of an n-gram, taken for it when it has none; EM_NGRAM_UNKNOWN (ngram.h) when
 * its bucket is full. */
uint32_t em_model_learn(struct em_model *model, uint32_t hash);
static inline struct em_view em_model_dictionary(const struct em_model *model)
{
    return em_view_make((const char *)model->tags, EM_DICTIONARY_BYTES);
}
/* em_model_evidence_size() values of a window, at most EM_MODEL_MAX_EVIDENCE. */
void em_model_evidence(const struct em_model *model, const struct em_window *window,
                       float *out);
/* Standardised and clipped inputs of a window; `out` has room for EM_MODEL_MAX_INPUTS. */
void em_model_standardise(const struct em_model *model, const float *evidence,
                          const float *style, uint32_t words, float *out);
/* Activation of one hidden unit, 0 and more. */
float em_model_unit(const struct em_model *model, size_t unit, const float *inputs);
/* The stack over standardised inputs. */
float em_model_stack(const struct em_model *model, const float *inputs);
/* All of the above for one window. */
float em_model_window_logit(const struct em_model *model, const struct em_window *window);

/* A copy of the hidden layer's weights in an order that is quicker to read, for whoever
 * scores many windows; freed with em_free(). The model must not change meanwhile. The two
 * below give the same numbers as those above, bit for bit. EM_ERR_NOMEM only. */
enum { EM_MODEL_PACK = 32 };
EM_MUST_CHECK enum em_status em_model_pack(const struct em_model *model, float **packed);
float em_model_stack_packed(const struct em_model *model, const float *packed,
                            const float *inputs);
float em_model_window_logit_packed(const struct em_model *model, const float *packed,
                                   const struct em_window *window);
/* Calibrated log-odds of a text of so many words from its mean logit. */
double em_model_calibrate(const struct em_model *model, double logit, uint32_t words);
/* The model's own threshold nearest to 1 %: what it flags by default. Never NULL of a model
 * that was validated. */
const struct em_model_threshold *em_model_default_threshold(const struct em_model *model);
/* The threshold for a rate of human text (0: the default): one of the model's own, or made
 * from its calibration block. What may be claimed of it is in the interval. EM_ERR_USAGE for
 * a rate that the model cannot tell; the message says which it can. */
EM_MUST_CHECK enum em_status em_model_threshold_at(const struct em_model *model,
                                                   double fpr,
                                                   struct em_model_threshold *out,
                                                   struct em_err *err);

#endif
