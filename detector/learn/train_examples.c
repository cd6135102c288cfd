/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/learn/train_examples.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "detector/token.h"

#include <ctype.h>

enum em_status em_names_add(struct em_names *names, struct em_view name, uint32_t *index)
{
    uint32_t hash = (uint32_t)em_hash64(name.data, name.len, 0);
    for (uint32_t i = 0; i < names->n; i++)
        if (names->hashes[i] == hash && em_view_eq(em_view_of(names->names[i]), name)) {
            *index = i;
            return EM_OK;
        }
    if (names->n >= EM_TRAIN_MAX_NAMES)
        return EM_ERR_LIMIT;
    if (names->n == names->cap) {
        uint32_t cap = names->cap ? 2 * names->cap : 32;
        char **more = em_realloc_array(names->names, cap, sizeof(*more));
        if (!more)
            return EM_ERR_NOMEM;
        names->names = more;
        uint32_t *hashes = em_realloc_array(names->hashes, cap, sizeof(*hashes));
        if (!hashes)
            return EM_ERR_NOMEM;
        names->hashes = hashes;
        names->cap = cap;
    }
    char *copy = em_strndup(name.data ? name.data : "", name.len);
    if (!copy)
        return EM_ERR_NOMEM;
    names->names[names->n] = copy;
    names->hashes[names->n] = hash;
    *index = names->n++;
    return EM_OK;
}

void em_names_release(struct em_names *names)
{
    for (uint32_t i = 0; i < names->n; i++)
        em_free(names->names[i]);
    em_free(names->names);
    em_free(names->hashes);
    *names = (struct em_names){.names = NULL};
}

const char *em_example_fate_name(enum em_example_fate fate)
{
    static const char *const names[] = {"kept", "no-label", "language", "edited",
                                        "too-short"};
    return fate < EM_EXAMPLE_FATES ? names[fate] : "";
}

static bool space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

size_t em_lone_letter_at(const char *p, const char *end)
{
    uint32_t cp;
    size_t n = (unsigned char)*p < 0x80 ? 0 : em_utf8_decode(p, end, &cp);
    return n && em_lone_letter(cp) ? n : 0;
}

/* Counts until the word `index` begins, and says where. */
static size_t walk(struct em_view text, bool unspaced, uint32_t index, uint32_t *words)
{
    bool in = false;
    *words = 0;
    for (size_t i = 0; i < text.len;) {
        const char *p = text.data + i;
        size_t lone = unspaced ? em_lone_letter_at(p, text.data + text.len) : 0;
        bool begins = lone || (!in && !space(*p));
        if (begins && (*words)++ == index)
            return i;
        in = !lone && !space(*p);
        i += lone ? lone : 1;
    }
    return text.len;
}

uint32_t em_count_words(struct em_view text, bool unspaced)
{
    uint32_t words;
    walk(text, unspaced, UINT32_MAX, &words);
    return words;
}

size_t em_word_start(struct em_view text, bool unspaced, uint32_t index)
{
    uint32_t words;
    return walk(text, unspaced, index, &words);
}

enum em_example_fate em_labelled_fate(const struct em_labelled *row, const char *lang,
                                      bool with_edited, uint32_t min_words)
{
    bool labelled = em_view_eq(row->label, EM_VIEW("human")) ||
                    em_view_eq(row->label, EM_VIEW("machine"));
    if (!labelled || row->text.len == 0)
        return EM_EXAMPLE_NO_LABEL;
    if (row->lang.len > 0 && !em_view_eq(row->lang, em_view_of(lang)))
        return EM_EXAMPLE_LANGUAGE;
    if (!with_edited && row->edit.len > 0)
        return EM_EXAMPLE_EDITED;
    if (em_count_words(row->text, em_lang_unspaced(em_view_of(lang))) < min_words)
        return EM_EXAMPLE_SHORT;
    return EM_EXAMPLE_KEPT;
}

enum em_status em_examples_add(struct em_examples *examples,
                               const struct em_labelled *row, const char *lang)
{
    struct em_view text = row->text;
    struct em_view source = row->dataset.len ? row->dataset : EM_VIEW("-");
    if (text.len > EM_TRAIN_MAX_TEXT) {
        text.len = EM_TRAIN_MAX_TEXT;
        while (text.len > 0 && !space(text.data[text.len - 1]) &&
               !(em_lang_unspaced(em_view_of(lang)) &&
                 ((unsigned char)text.data[text.len] & 0xC0) != 0x80))
            text.len--;
    }
    if (examples->n == examples->cap) {
        size_t cap = examples->cap ? 2 * examples->cap : 1024;
        struct em_example *items = em_realloc_array(examples->items, cap, sizeof(*items));
        if (!items)
            return EM_ERR_NOMEM;
        examples->items = items;
        examples->cap = cap;
    }
    struct em_example e = {
        .len = (uint32_t)text.len,
        .words = em_count_words(text, em_lang_unspaced(em_view_of(lang))),
        .label = em_view_eq(row->label, EM_VIEW("machine")) ? 1 : -1,
        .old = em_model_name_is_old(row->model),
        .family = -1,
    };
    EM_TRY(em_names_add(&examples->sources, source, &e.source));
    e.text = em_strndup(text.data, text.len);
    if (!e.text)
        return EM_ERR_NOMEM;
    examples->items[examples->n++] = e;
    return EM_OK;
}

void em_examples_release(struct em_examples *examples)
{
    for (size_t i = 0; i < examples->n; i++)
        em_free(examples->items[i].text);
    em_free(examples->items);
    em_names_release(&examples->sources);
    *examples = (struct em_examples){.items = NULL};
}

bool em_model_name_is_old(struct em_view name)
{
    /* Parts of names in lower case; those with a leading '=' are whole names. */
    static const char *const old[] = {
        "davinci",  "babbage", "curie",   "=ada",     "opt-",      "opt_",
        "gpt2",     "gpt-2",   "gptj",    "gpt-j",    "gptneo",    "gpt-neo",
        "flan",     "pythia",  "bloom",   "=llama",   "llama_7b_", "llama_13b",
        "llama-7b", "gpt-r",   "javelin", "javalion", "galactica", "llama-13b-hf",
        "llama/7b", "=t5",
    };
    char lower[128];
    size_t n = name.len < sizeof(lower) ? name.len : sizeof(lower);
    for (size_t i = 0; i < n; i++)
        lower[i] = (char)tolower((unsigned char)name.data[i]);
    struct em_view v = {lower, n};
    for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++) {
        struct em_view part = em_view_of(old[i]);
        if (old[i][0] == '=') {
            if (em_view_eq(v, em_view_sub(part, 1, part.len)))
                return true;
        } else if (em_view_find(v, 0, part) < v.len) {
            return true;
        }
    }
    return false;
}
