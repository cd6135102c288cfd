/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/hash.h"
#include "base/limits.h"
#include "tests/unit/small_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct em_buf saved(const struct em_model *model)
{
    struct em_buf out;
    em_buf_init(&out, EM_MAX_MODEL);
    assert_int_equal(em_model_save(model, &out, NULL), EM_OK);
    return out;
}

static void test_saved_and_loaded_is_the_same(void **state)
{
    (void)state;
    struct em_model *a = small_model(), *b;
    assert_non_null(a);
    assert_int_equal(em_model_set_hidden(a, 3), EM_OK);
    for (size_t i = 0; i < 3 * em_model_inputs(a); i++)
        a->w1[i] = (float)i / 100;
    a->b1[1] = -0.25f;
    a->w2[2] = 1.5f;
    struct em_buf first = saved(a);
    assert_true(first.len < 4 * EM_MIB);
    struct em_err err = {0};
    assert_int_equal(em_model_load_memory(&b, em_buf_view(&first), &err), EM_OK);
    struct em_buf second = saved(b);
    assert_int_equal(first.len, second.len);
    assert_memory_equal(first.data, second.data, first.len);
    assert_string_equal(em_model_name(b), "small-1");
    assert_string_equal(em_model_lang(b), "en");
    assert_int_equal(b->vocabulary_len, strlen(SMALL_VOCABULARY));
    assert_true(b->w1[4] == a->w1[4] && b->thresholds[1].fpr == 0.01);
    em_buf_release(&first);
    em_buf_release(&second);
    em_model_free(a);
    em_model_free(b);
}

/* With a right checksum, so that the checks after it are reached. */
static enum em_status load_resealed(struct em_buf *bytes)
{
    uint64_t sum = em_hash64(bytes->data, bytes->len - 8, 0);
    for (size_t i = 0; i < 8; i++)
        bytes->data[bytes->len - 8 + i] = (char)(sum >> (8 * i));
    struct em_model *model;
    struct em_err err = {0};
    enum em_status status = em_model_load_memory(&model, em_buf_view(bytes), &err);
    assert_true(status >= 0 || err.text[0]);
    em_model_free(model);
    return status;
}

static void test_damaged_files_are_refused(void **state)
{
    (void)state;
    struct em_model *m = small_model(), *loaded;
    struct em_buf bytes = saved(m);
    struct em_err err;
    for (size_t len = 0; len < bytes.len; len += len < 300 ? 1 : 100003) {
        assert_true(em_model_load_memory(&loaded, em_view_make(bytes.data, len), &err) <
                    0);
        assert_null(loaded);
    }
    srand(5);
    for (int i = 0; i < 50; i++) {
        size_t at = (size_t)rand() % bytes.len;
        bytes.data[at] ^= 1;
        assert_true(em_model_load_memory(&loaded, em_buf_view(&bytes), &err) < 0);
        bytes.data[at] ^= 1;
    }
    assert_int_equal(em_model_load_memory(&loaded, em_buf_view(&bytes), &err), EM_OK);
    em_model_free(loaded);
    em_model_free(m);
    em_buf_release(&bytes);
}

/* Every four bytes of the head and of the small sections at the extremes. */
static void test_forged_counts_are_refused_or_harmless(void **state)
{
    (void)state;
    struct em_model *m = small_model();
    struct em_buf bytes = saved(m);
    static const unsigned char extremes[][4] = {
        {0xFF, 0xFF, 0xFF, 0xFF}, {0, 0, 0, 0x80}, {0, 0, 0xC0, 0x7F}, {0, 1, 0, 0}};
    size_t refused = 0;
    for (size_t at = 0; at + 12 < bytes.len; at += at < 160 ? 1 : 99991)
        for (size_t e = 0; e < 4; e++) {
            char old[4];
            memcpy(old, bytes.data + at, 4);
            memcpy(bytes.data + at, extremes[e], 4);
            refused += load_resealed(&bytes) < 0;
            memcpy(bytes.data + at, old, 4);
        }
    assert_true(refused > 300);
    assert_int_equal(load_resealed(&bytes), EM_OK);
    em_model_free(m);
    em_buf_release(&bytes);
}

static void test_invalid_models_are_not_saved(void **state)
{
    (void)state;
    struct em_buf out;
    em_buf_init(&out, EM_MAX_MODEL);
#define REFUSED(change)                                                                  \
    do {                                                                                 \
        struct em_model *m = small_model();                                              \
        struct em_err err = {0};                                                         \
        change;                                                                          \
        assert_true(em_model_save(m, &out, &err) < 0);                                   \
        assert_true(err.text[0]);                                                        \
        em_model_free(m);                                                                \
    } while (0)
    REFUSED(m->name[0] = '\0');
    REFUSED(memset(m->lang, 'x', sizeof(m->lang)));
    REFUSED(m->features_version++);
    REFUSED(m->words_per_window = 1);
    REFUSED(m->n_style--);
    REFUSED(m->hidden = 2);
    REFUSED(m->n_bins = 0);
    REFUSED(m->n_bins = EM_MODEL_MAX_BINS + 1);
    REFUSED(m->bins[1].max_words = m->bins[0].max_words);
    REFUSED(m->bins[0].slope = NAN);
    REFUSED(m->n_thresholds = 0);
    REFUSED(m->thresholds[0].fpr = 0.001);
    REFUSED(m->thresholds[0].log_odds = INFINITY);
    REFUSED(m->w2[0] = INFINITY);
    REFUSED(m->prior_ppm = 0);
    REFUSED(m->norm = 7);
    em_buf_release(&out);
}

static void test_arithmetic(void **state)
{
    (void)state;
    struct em_model *m = small_model();
    memset(m->weights, 0, EM_DICTIONARY_BYTES);
    m->weights[3] = 100;
    m->weights[9] = -40;
    m->scale = 0.5f;
    m->bias = 1;
    uint32_t ids[] = {3, 9, 11, 12};
    float evidence[EM_MODEL_EVIDENCE], *positive = evidence + 1,
                                       *negative = positive + EM_FEATURE_FAMILIES,
                                       *known = negative + EM_FEATURE_FAMILIES;
    struct em_window window = {.ids = ids, .n_ids = 4, .known = {3, 1}, .fresh = {6, 1}};
    em_model_evidence(m, &window, evidence);
    assert_true(fabsf(evidence[0] - (1 + 0.5f * 60 / 2)) < 1e-5f);
    assert_true(fabsf(positive[0] - 0.5f * 100 / sqrtf(3)) < 1e-5f);
    assert_true(fabsf(negative[0] - 0.5f * 40 / sqrtf(3)) < 1e-5f);
    assert_true(known[0] == 0.5f && known[1] == 1);
    assert_true(positive[1] == 0 && negative[1] == 0 && known[2] == 0);
    m->norm = EM_MODEL_NORM_MEAN;
    em_model_evidence(m, &window, evidence);
    assert_true(fabsf(evidence[0] - (1 + 0.5f * 60 / 4)) < 1e-5f);
    assert_true(fabsf(positive[0] - 0.5f * 100 / 3) < 1e-5f);
    struct em_window nothing = {.ids = ids};
    em_model_evidence(m, &nothing, evidence);
    assert_true(evidence[0] == 1);

    float style[EM_MODEL_MAX_STYLE] = {0}, inputs[EM_MODEL_MAX_INPUTS];
    style[0] = 100;
    style[1] = 0.5f;
    m->inv_sd[1] = 1;
    m->inv_sd[2] = 2;
    m->mean[2] = 0.25f;
    evidence[0] = 20;
    evidence[1] = 3;
    m->inv_sd[em_model_evidence_input(m, 1)] = 1;
    em_model_standardise(m, evidence, style, 100, inputs);
    assert_true(inputs[em_model_evidence_input(m, 1)] == 3);
    assert_string_equal(em_model_input_name(m, em_model_evidence_input(m, 1)),
                        "positive shape 1");
    assert_string_equal(em_model_input_name(m, em_model_inputs(m) - 1), "known word 2");
    assert_null(em_model_input_name(m, em_model_inputs(m)));
    assert_true(inputs[0] == 20);
    assert_true(inputs[1] == EM_MODEL_CLIP);
    assert_true(fabsf(inputs[2] - 0.5f) < 1e-6f);
    assert_true(inputs[3] == 0);

    assert_int_equal(em_model_set_hidden(m, 2), EM_OK);
    m->w1[0] = 1;
    m->w1[em_model_inputs(m)] = -1;
    m->w2[0] = 2;
    m->w2[1] = 3;
    m->b2 = 0.5f;
    inputs[0] = 4;
    assert_true(fabsf(em_model_stack(m, inputs) - 8.5f) < 1e-6f);
    inputs[0] = -4;
    assert_true(fabsf(em_model_stack(m, inputs) - 12.5f) < 1e-6f);

    assert_true(em_model_calibrate(m, 2, 80) == 1);
    assert_true(em_model_calibrate(m, 2, 81) == 2);
    assert_true(em_model_calibrate(m, 2, 4000000000u) == 2);
    struct em_model_threshold t;
    assert_int_equal(em_model_threshold_at(m, 0, &t, NULL), EM_OK);
    assert_true(t.fpr == 0.01);
    assert_int_equal(em_model_threshold_at(m, 0.001, &t, NULL), EM_OK);
    assert_true(t.fpr == 0.001);
    /* Without a calibration block nothing tells other rates. */
    assert_int_equal(em_model_threshold_at(m, 0.02, &t, NULL), EM_ERR_USAGE);
    em_model_free(m);
}

static void test_files(void **state)
{
    (void)state;
    char path[] = "/tmp/echometer-model-XXXXXX";
    int fd = mkstemp(path);
    struct em_model *m = small_model(), *loaded;
    struct em_buf bytes = saved(m);
    struct em_err err = {0};
    assert_int_equal(write(fd, bytes.data, bytes.len), (long)bytes.len);
    close(fd);
    assert_int_equal(em_model_load(&loaded, path, &err), EM_OK);
    em_model_free(loaded);
    unlink(path);
    assert_int_equal(em_model_load(&loaded, path, &err), EM_ERR_IO);
    assert_non_null(strstr(err.text, path));
    assert_true(em_model_load(&loaded, "/tmp", &err) < 0);
    em_buf_release(&bytes);
    em_model_free(m);
}

static void test_failing_memory(void **state)
{
    (void)state;
    struct em_model *m = small_model();
    struct em_buf bytes = saved(m);
    for (long nth = 1;; nth++) {
        struct em_model *loaded;
        struct em_err err = {0};
        em_alloc_fail_at(nth, 0);
        enum em_status status = em_model_load_memory(&loaded, em_buf_view(&bytes), &err);
        em_alloc_fail_at(0, 0);
        em_model_free(loaded);
        if (status == EM_OK) {
            assert_true(nth > 3);
            break;
        }
        assert_int_equal(status, EM_ERR_NOMEM);
    }
    em_buf_release(&bytes);
    em_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_saved_and_loaded_is_the_same),
        cmocka_unit_test(test_damaged_files_are_refused),
        cmocka_unit_test(test_forged_counts_are_refused_or_harmless),
        cmocka_unit_test(test_invalid_models_are_not_saved),
        cmocka_unit_test(test_arithmetic),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_failing_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
