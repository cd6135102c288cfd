/* SPDX-License-Identifier: Apache-2.0
 *
 * Speed of prints on a text file: bench_prints FILE [ROUNDS] [BYTES]. The file is cut into
 * documents of BYTES bytes (5000). MB/s of text by CPU time of one thread, best of ROUNDS
 * (5), for words alone, winnowing, a fraction, and both.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "detector/prints.h"

#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>

static bool read_all(const char *path, struct em_buf *out)
{
    char block[65536];
    size_t n;
    FILE *in = fopen(path, "rb");
    if (!in)
        return false;
    bool ok = true;
    while (ok && (n = fread(block, 1, sizeof(block), in)) > 0)
        ok = em_buf_append(out, block, n) == EM_OK;
    fclose(in);
    return ok && out->len > 0;
}

struct bench {
    struct em_prints prints;
    struct em_view text;
    size_t each, words, made;
    struct em_print_word *list;
    size_t cap;
};

static double once(struct bench *b, const struct em_prints_options *options)
{
    double start = em_clock_thread_cpu();
    b->words = b->made = 0;
    for (size_t at = 0; at < b->text.len; at += b->each) {
        struct em_view part = em_view_sub(b->text, at, b->each);
        size_t n;
        if (options ? em_prints_make(&b->prints, options, part) < 0
                    : em_prints_words(&b->prints, part, &b->list, &n, &b->cap) < 0)
            exit(2);
        b->words += b->prints.words;
        b->made += b->prints.n_winnowed + b->prints.n_sampled;
    }
    return em_clock_thread_cpu() - start;
}

int main(int argc, char **argv)
{
    struct em_buf file;
    em_buf_init(&file, 1u << 30);
    if (argc < 2 || !read_all(argv[1], &file)) {
        fprintf(stderr, "usage: bench_prints FILE [ROUNDS] [BYTES]\n");
        return 129;
    }
    int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 5;
    struct bench b = {.text = em_buf_view(&file), .each = 5000};
    if (argc > 3)
        b.each = strtoul(argv[3], NULL, 10);
    if (b.each == 0)
        return 129;
    static const struct em_prints_options winnow = {.k = EM_PRINTS_K, .t = EM_PRINTS_T},
                                          sampled = {.sample_k = 8, .fraction = 32},
                                          both = {EM_PRINTS_K, EM_PRINTS_T, 8, 32};
    const struct em_prints_options *const kinds[] = {NULL, &winnow, &sampled, &both};
    static const char *const names[] = {"words", "winnowing", "fraction 1/32", "both"};
    em_prints_init(&b.prints);
    printf("what,MB/s,ns a word,words,prints\n");
    for (size_t k = 0; k < 4; k++) {
        double best = 1e9;
        for (int i = 0; i < rounds; i++) {
            double t = once(&b, kinds[k]);
            best = t < best ? t : best;
        }
        printf("%s,%.1f,%.1f,%zu,%zu\n", names[k], (double)b.text.len / best / 1e6,
               best * 1e9 / (double)b.words, b.words, b.made);
    }
    em_prints_release(&b.prints);
    em_free(b.list);
    em_buf_release(&file);
    return 0;
}
