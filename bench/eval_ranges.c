/* SPDX-License-Identifier: Apache-2.0
 *
 * The usual range of every style feature, of people and of machines: labelled JSONL in, the
 * table of detector/explain_ranges.c out. A text gives its first window of about 200 words;
 * the tenth and the ninetieth percentile are those of all windows, so the caller takes as many
 * texts of each source as of any other:
 *
 *     eval_ranges MODEL < labelled.jsonl > detector/explain_ranges.c
 */
#include "base/json_read.h"
#include "base/status.h"
#include "detector/features.h"
#include "detector/model.h"

#include <stdio.h>
#include <stdlib.h>

enum { WORDS = 200, LEAST = 120, MOST = 60000 };

static void need(enum em_status status)
{
    if (status < 0) {
        fprintf(stderr, "eval_ranges: %s\n", em_status_text(status));
        exit(2);
    }
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

struct sample {
    float *values; /* feature by feature, MOST each */
    size_t n;
};

static void take(struct sample *s, const struct em_window *w)
{
    if (s->n == MOST)
        return;
    for (size_t i = 0; i < em_style_count(); i++)
        s->values[i * MOST + s->n] = w->style[i];
    s->n++;
}

static void read_all(struct em_features *features, struct sample samples[2])
{
    struct em_json_reader *reader;
    char *line = NULL;
    size_t cap = 0;
    need(em_json_reader_new(&reader));
    for (ssize_t n; (n = getline(&line, &cap, stdin)) > 0;) {
        struct em_view text, label;
        const struct em_window *w;
        size_t windows;
        need(em_json_reader_parse(reader, em_view_make(line, (size_t)n), NULL));
        if (!em_json_get_string(reader, "text", &text) ||
            !em_json_get_string(reader, "label", &label))
            continue;
        need(em_features_run(features, text, WORDS, &w, &windows));
        if (windows > 0 && w->words >= LEAST)
            take(&samples[em_view_eq(label, EM_VIEW("machine"))], w);
    }
    free(line);
    em_json_reader_free(reader);
}

int main(int argc, char **argv)
{
    struct em_err err = {0};
    struct em_model *model;
    struct em_features *features;
    struct sample samples[2];
    if (argc != 2) {
        fprintf(stderr, "usage: eval_ranges MODEL < labelled.jsonl\n");
        return 129;
    }
    need(em_model_load(&model, argv[1], &err));
    need(em_features_new(&features, em_model_lang(model),
                         em_view_make(model->vocabulary, model->vocabulary_len),
                         EM_VIEW_NONE, &err));
    for (int k = 0; k < 2; k++) {
        samples[k].n = 0;
        samples[k].values = malloc(em_style_count() * MOST * sizeof(float));
        if (!samples[k].values)
            return 2;
    }
    read_all(features, samples);
    printf(
        "/* SPDX-License-Identifier: Apache-2.0\n *\n * Made by bench/eval_ranges of %zu "
        "human and %zu machine windows.\n */\n"
        "#include \"detector/explain_names.h\"\n\n"
        "const struct em_style_range em_style_ranges[] = {\n",
        samples[0].n, samples[1].n);
    for (size_t i = 0; i < em_style_count(); i++) {
        printf("    {\"%s\"", em_style_name(i));
        for (int k = 0; k < 2; k++) {
            size_t n = samples[k].n;
            float *v = samples[k].values + i * MOST;
            qsort(v, n, sizeof(*v), by_value);
            printf(", %.4g, %.4g", n ? (double)v[n / 10] : 0,
                   n ? (double)v[n * 9 / 10] : 0);
        }
        printf("},\n");
    }
    printf("};\nconst size_t em_style_range_count = %zu;\n", em_style_count());
    for (int k = 0; k < 2; k++)
        free(samples[k].values);
    em_features_free(features);
    em_model_free(model);
    return 0;
}
