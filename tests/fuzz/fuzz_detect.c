/* SPDX-License-Identifier: Apache-2.0
 *
 * A text through normalisation, tokens, features, leaks, score and evidence: no crash, all
 * offsets inside the text, a finite score.
 */
#include "base/doc.h"
#include "detector/explain.h"
#include "tests/unit/small_model.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_verdict(const struct em_verdict *v, size_t size)
{
    check(isfinite(v->log_odds) && v->score >= 0 && v->score <= 1);
    for (size_t i = 0; i < v->n_leaks; i++)
        check(v->leaks[i].start <= v->leaks[i].end && v->leaks[i].end <= size);
    for (size_t i = 0; i < v->n_spans; i++)
        check(v->spans[i].start < v->spans[i].end && v->spans[i].end <= size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct em_model *model;
    static struct em_detector *detector;
    static struct em_evidence evidence[50];
    struct em_detect_options options = {.spans = true};
    struct em_err err = {0};
    if (!model) {
        model = small_model();
        check(model != NULL);
        model->min_words = 3;
        model->words_per_window = 20;
        check(em_detector_new(&detector, model, &options, &err) == EM_OK);
    }
    struct em_doc doc = {.text = em_view_make((const char *)data, size),
                         .lang = EM_VIEW("en")};
    struct em_verdict v;
    struct em_evidence_rest rest;
    size_t n;
    check(em_detect(detector, &doc, &v, &err) == EM_OK);
    check_verdict(&v, size);
    check(em_explain(detector, evidence, 50, &n, &rest) == EM_OK);
    for (size_t i = 0; i < n; i++)
        check(evidence[i].end <= size && isfinite(evidence[i].log_odds));
    double sum = rest.start + rest.lighter;
    for (size_t i = 0; i < n; i++)
        sum += evidence[i].log_odds;
    check(fabs(sum - v.log_odds) < 1e-6 * (1 + fabs(v.log_odds)));
    return 0;
}
