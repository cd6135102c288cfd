/* SPDX-License-Identifier: Apache-2.0
 *
 * Speed of the detector on a text file, by step: bench_detector MODEL FILE [ROUNDS] [BYTES].
 * The file is cut into documents of BYTES bytes (5000). MB/s of text by CPU time of one
 * thread, best of ROUNDS (5). For instructions a byte: valgrind --tool=callgrind, ROUNDS 1.
 */
#include "base/clock.h"
#include "base/doc.h"
#include "crawler/page/lang.h"
#include "detector/detector_int.h"
#include "detector/prints.h"

#include <stdio.h>
#include <stdlib.h>

enum step {
    LANGUAGE,
    NORMALISE,
    TOKENS,
    REPEATS,
    NGRAMS,
    STYLE,
    LEAKS,
    SCORE,
    PRINTS,
    WHOLE,
    ALL,
    STEPS
};

static const char *const names[STEPS] = {
    "language",
    "normalise",
    "tokens",
    "repeats",
    "n-grams",
    "style and windows",
    "leaks",
    "model",
    "fingerprints",
    "whole detector",
    "detector and prints",
};

static const struct em_prints_options prints_options = {.k = EM_PRINTS_K,
                                                        .t = EM_PRINTS_T};

struct bench {
    const struct em_model *model;
    struct em_detector *detector;
    struct em_prints prints;
    struct em_view text;
    size_t each;
    double seconds[STEPS];
    size_t documents;
};

static double sink; /* so that nothing is optimised away */

/* One document step by step. What a step leaves in the caches the next one finds there, as
 * in em_detect(); n-grams are made twice, the first time by themselves, and the second time
 * is taken off the windows. */
static bool steps(struct bench *b, struct em_view text, double seconds[STEPS])
{
    struct em_features *f = b->detector->features;
    struct em_view code;
    float sure = 0;
    double t[STEPS + 1], start = em_clock_thread_cpu();
    em_lang_detect(text, EM_VIEW_NONE, &code, &sure);
    sink += (double)sure;
    t[0] = em_clock_thread_cpu();
    if (em_normalise(&f->normal, text) < 0)
        return false;
    t[1] = em_clock_thread_cpu();
    if (em_tokenise(&f->tokens, f->lexicon, em_view_make(f->normal.text, f->normal.len),
                    false, EM_MAX_SCORED_WORDS, &f->read) < 0)
        return false;
    t[2] = em_clock_thread_cpu();
    sink += (double)em_leaks_find(b->detector->leaks, &f->normal, &f->tokens, text,
                                  EM_VIEW_NONE, b->detector->found, EM_MAX_LEAKS);
    t[3] = em_clock_thread_cpu();
    if (em_features_distinct(f) < 0)
        return false;
    t[4] = em_clock_thread_cpu();
    if (em_features_windows(f, b->model->words_per_window) < 0)
        return false;
    t[5] = em_clock_thread_cpu();
    for (size_t i = 0; i < f->n_windows; i++)
        sink += (double)em_model_window_logit_packed(b->model, b->detector->packed,
                                                     &f->windows[i]);
    t[6] = em_clock_thread_cpu();
    if (em_prints_make(&b->prints, &prints_options, text) < 0)
        return false;
    t[7] = em_clock_thread_cpu();
    seconds[LANGUAGE] += t[0] - start;
    seconds[NORMALISE] += t[1] - t[0];
    seconds[TOKENS] += t[2] - t[1];
    seconds[LEAKS] += t[3] - t[2];
    seconds[REPEATS] += t[4] - t[3];
    seconds[STYLE] += t[5] - t[4];
    seconds[SCORE] += t[6] - t[5];
    seconds[PRINTS] += t[7] - t[6];
    return true;
}

static bool whole(struct bench *b, struct em_view text, double seconds[STEPS])
{
    struct em_doc doc = {.text = text, .lang = em_view_of(em_model_lang(b->model))};
    struct em_verdict verdict;
    struct em_err err;
    double start = em_clock_thread_cpu(), end;
    if (em_detect(b->detector, &doc, &verdict, &err) < 0)
        return false;
    end = em_clock_thread_cpu();
    seconds[WHOLE] += end - start;
    sink += verdict.log_odds;
    return true;
}

/* As `scan --refs` does: the verdict, then the prints of the same text. */
static bool all(struct bench *b, struct em_view text, double seconds[STEPS])
{
    double start = em_clock_thread_cpu(), ignored[STEPS] = {0};
    if (!whole(b, text, ignored) || em_prints_make(&b->prints, &prints_options, text) < 0)
        return false;
    seconds[ALL] += em_clock_thread_cpu() - start;
    return true;
}

/* N-grams by themselves, of pieces as long as windows. */
static bool ngrams_alone(struct bench *b, struct em_view text, double seconds[STEPS])
{
    enum { TOKENS_A_WINDOW = 240 };
    struct em_features *f = b->detector->features;
    struct em_ngram_counts counts;
    uint32_t ids[TOKENS_A_WINDOW * EM_NGRAM_FAMILIES + 1];
    if (em_features_tokens(f, text) < 0)
        return false;
    double start = em_clock_thread_cpu();
    for (size_t from = 0; from < f->tokens.n; from += TOKENS_A_WINDOW) {
        size_t n = f->tokens.n - from;
        sink += (double)em_ngrams_window(&f->ngrams, f->tokens.tokens + from,
                                         n < TOKENS_A_WINDOW ? n : TOKENS_A_WINDOW, ids,
                                         &counts);
    }
    seconds[NGRAMS] += em_clock_thread_cpu() - start;
    return true;
}

/* Each kind of run goes over the whole text by itself, so that none finds the n-grams of a
 * document in the cache because another was there just before. */
static bool rounds(struct bench *b, long n)
{
    static bool (*const runs[])(struct bench *, struct em_view,
                                double *) = {steps, ngrams_alone, whole, all};
    for (long r = 0; r < n; r++) {
        double seconds[STEPS] = {0};
        for (size_t k = 0; k < sizeof(runs) / sizeof(runs[0]); k++) {
            b->documents = 0;
            for (size_t at = 0; at < b->text.len; at += b->each) {
                if (!runs[k](b, em_view_sub(b->text, at, b->each), seconds))
                    return false;
                b->documents++;
            }
        }
        seconds[STYLE] -= seconds[NGRAMS]; /* timed together above */
        for (int i = 0; i < STEPS; i++)
            if (r == 0 || seconds[i] < b->seconds[i])
                b->seconds[i] = seconds[i];
    }
    return true;
}

static char *read_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0)
        return NULL;
    long size = ftell(f);
    char *data = size > 0 ? malloc((size_t)size) : NULL;
    rewind(f);
    *len = data ? fread(data, 1, (size_t)size, f) : 0;
    fclose(f);
    return data;
}

int main(int argc, char **argv)
{
    struct em_detect_options options = {0};
    struct em_model *model = NULL;
    struct em_err err = {0};
    struct bench b = {.each = argc > 4 ? strtoul(argv[4], NULL, 10) : 5000};
    long n = argc > 3 ? strtol(argv[3], NULL, 10) : 5;
    if (argc < 3 || b.each == 0 || n < 1) {
        fprintf(stderr, "usage: bench_detector MODEL FILE [ROUNDS] [BYTES]\n");
        return 2;
    }
    char *text = read_file(argv[2], &b.text.len);
    if (!text || em_model_load(&model, argv[1], &err) < 0 ||
        em_detector_new(&b.detector, model, &options, &err) < 0) {
        fprintf(stderr, "bench_detector: %s\n", err.text[0] ? err.text : "cannot read");
        return 2;
    }
    b.text.data = text;
    em_prints_init(&b.prints);
    b.model = model;
    if (!rounds(&b, n))
        return 2;
    printf("%zu documents of %zu bytes, %.1f MB\n", b.documents, b.each,
           (double)b.text.len / 1e6);
    for (int i = 0; i < STEPS; i++)
        printf("%-20s %8.1f MB/s %6.2f ns a byte\n", names[i],
               (double)b.text.len / 1e6 / b.seconds[i],
               b.seconds[i] * 1e9 / (double)b.text.len);
    em_detector_free(b.detector);
    em_prints_release(&b.prints);
    em_model_free(model);
    free(text);
    return sink == 0.5;
}
