/* SPDX-License-Identifier: Apache-2.0
 *
 * Doc in, verdict out. A model is read-only and may be shared by any number of threads; a
 * detector is one thread's working memory.
 */
#ifndef EM_DETECTOR_DETECTOR_H
#define EM_DETECTOR_DETECTOR_H

#include "base/buf.h"
#include "base/doc.h"
#include "base/status.h"
#include "base/verdict.h"

struct em_model;
struct em_detector;

/* A model file is untrusted input: every count and offset in it is checked. */
EM_MUST_CHECK enum em_status em_model_load(struct em_model **out, const char *path,
                                           struct em_err *err);
EM_MUST_CHECK enum em_status
em_model_load_memory(struct em_model **out, struct em_view bytes, struct em_err *err);
void em_model_free(struct em_model *model);
/* Texts in the language of `other` are judged by it, all others by `model` as before.
 * `model` owns it from here on. */
void em_model_add(struct em_model *model, struct em_model *other);
const char *em_model_name(const struct em_model *model); /* "en-2026.3" */
const char *em_model_lang(const struct em_model *model); /* "en" */
/* "en-2026.3@1f0c9a7e"; the name alone while the content is not known. */
const char *em_model_id(const struct em_model *model);
/* Of a model and those added to it, joined by '+': what an index knows them by. */
enum { EM_MODEL_IDS = 256 };
void em_model_ids(const struct em_model *model, char out[EM_MODEL_IDS]);

struct em_detect_options {
    double fpr;      /* share of human text that may be flagged; 0: 0.01 */
    double prior;    /* share of machine text assumed; 0 = 0.5, as calibrated */
    bool spans;      /* compute spans */
    bool leaks_only; /* look for leaks and abstain from all else: several times as fast */
};

EM_MUST_CHECK enum em_status em_detector_new(struct em_detector **out,
                                             const struct em_model *model,
                                             const struct em_detect_options *options,
                                             struct em_err *err);
void em_detector_free(struct em_detector *detector);

/* The threshold of the model that judged the last document. */
struct em_model_threshold;
const struct em_model_threshold *
em_detector_threshold(const struct em_detector *detector);

/* The model that judged the last document. */
const struct em_model *em_detector_model(const struct em_detector *detector);

/* doc->text and doc->lang are read ("" or "un" language: taken to be the model's when the
 * text looks like it). *verdict borrows from the detector until its next call. */
EM_MUST_CHECK enum em_status em_detect(struct em_detector *detector,
                                       const struct em_doc *doc,
                                       struct em_verdict *verdict, struct em_err *err);

#endif
