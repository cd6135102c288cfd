/* SPDX-License-Identifier: Apache-2.0
 *
 * Labelled texts in memory, with where each is from; what `train` samples from.
 */
#ifndef EM_DETECTOR_TRAIN_EXAMPLES_H
#define EM_DETECTOR_TRAIN_EXAMPLES_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

/* Longer texts are cut there: windows come from the first 20,000 words or so. */
#define EM_TRAIN_MAX_TEXT ((size_t)128 * 1024)
/* Distinct data sets, domains or models; more is a file that is not what it should be. */
#define EM_TRAIN_MAX_NAMES 20000

/* Distinct strings, numbered in order of first sight. */
struct em_names {
    char **names; /* owned */
    uint32_t *hashes;
    uint32_t n, cap;
};
EM_MUST_CHECK enum em_status em_names_add(struct em_names *names, struct em_view name,
                                          uint32_t *index);
void em_names_release(struct em_names *names);

/* One line of labelled JSONL. Borrows. */
struct em_labelled {
    struct em_view text, label, dataset, domain, model, lang, edit, pair;
    int64_t human_prefix_chars; /* of a mixed text; -1 where it does not say */
};

struct em_example {
    char *text; /* owned */
    uint32_t len, words;
    uint32_t source; /* number of the data set */
    int8_t label;    /* +1 machine, -1 human */
    bool old;        /* of a model before GPT-3.5 */
    int8_t family;   /* of models, where the caller says one after adding it; else -1 */
};

struct em_examples {
    struct em_example *items;
    size_t n, cap;
    struct em_names sources;
};

/* What became of a line. */
enum em_example_fate {
    EM_EXAMPLE_KEPT,
    EM_EXAMPLE_NO_LABEL, /* neither "human" nor "machine", or no text */
    EM_EXAMPLE_LANGUAGE,
    EM_EXAMPLE_EDITED,
    EM_EXAMPLE_SHORT,
    EM_EXAMPLE_FATES
};
const char *em_example_fate_name(enum em_example_fate fate);

/* What `row` is for a model of `lang`: lines without a language are taken to be in it. */
enum em_example_fate em_labelled_fate(const struct em_labelled *row, const char *lang,
                                      bool with_edited, uint32_t min_words);

/* A copy of the text is kept; its words are counted for `lang`. An empty data set is called "-". */
EM_MUST_CHECK enum em_status em_examples_add(struct em_examples *examples,
                                             const struct em_labelled *row,
                                             const char *lang);
void em_examples_release(struct em_examples *examples);

/* Runs of bytes without ASCII white space: how texts are measured for sampling. With
 * `unspaced` (em_lang_unspaced()) each lone letter is one as well. */
uint32_t em_count_words(struct em_view text, bool unspaced);
/* Bytes of the lone letter (token.h) at p < end, 0 when there is none. */
size_t em_lone_letter_at(const char *p, const char *end);
/* The byte where word `index` begins; text.len where there are fewer. */
size_t em_word_start(struct em_view text, bool unspaced, uint32_t index);

/* Models before GPT-3.5 (davinci, curie, opt, gpt2, gpt-j, flan, llama 1, ...), by name:
 * what they wrote is measured but is not what the detector is for. */
bool em_model_name_is_old(struct em_view name);

#endif
