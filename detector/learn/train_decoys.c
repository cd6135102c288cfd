/* SPDX-License-Identifier: Apache-2.0
 *
 * Decoys: what gives the class away in the labelled text and would not on the web, given to
 * windows of the other class as well. Headings and labels ("Question:", "Conclusion") go to
 * both classes alike; names of models and their makers, and dashes, which much of the machine
 * text has and hardly any human text of before 2022, go to human text alone.
 */
#include "base/buf.h"
#include "detector/learn/metrics.h"
#include "detector/learn/train_int.h"

#include <ctype.h>

static const char *const labels[] = {"Question: ",
                                     "Answer: ",
                                     "Q: ",
                                     "A: ",
                                     "Summary: ",
                                     "Title: ",
                                     "Abstract: ",
                                     "Note: ",
                                     "Tip: ",
                                     "Overview: ",
                                     "FAQ\n",
                                     "Conclusion\n",
                                     "In summary, ",
                                     "In this chapter, ",
                                     "Introduction\n",
                                     "Key takeaways: ",
                                     "Background: ",
                                     "Frequently asked questions\n"};
static const char *const makers[] = {
    "AI",      "OpenAI",   "ChatGPT",         "GPT-4",   "Claude",          "Gemini",
    "LLMs",    "LLM",      "Anthropic",       "Copilot", "Google DeepMind", "Llama",
    "Mistral", "DeepSeek", "machine learning"};

enum {
    N_LABELS = sizeof(labels) / sizeof(labels[0]),
    N_MAKERS = sizeof(makers) / sizeof(makers[0]),
    LABEL_ONE_OF = 4, /* sentences */
    MAKER_ONE_OF = 3, /* capital words within sentences */
    DASH_ONE_OF = 3,  /* commas */
};

/* A sentence ends before the white space at i. */
static bool decoy_ends(struct em_view text, size_t i)
{
    return i > 0 && (text.data[i - 1] == '.' || text.data[i - 1] == '?');
}

/* At the beginning, and before some of the sentences. */
static enum em_status decoy_labels(uint64_t seed, struct em_view text, struct em_buf *out)
{
    uint64_t k = 0, r = em_random_at(seed, k++);
    const char *label = labels[(r >> 8) % N_LABELS];
    EM_TRY(em_buf_append(out, label, strlen(label)));
    for (size_t i = 0; i < text.len; i++) {
        EM_TRY(em_buf_putc(out, text.data[i]));
        if (!isspace((unsigned char)text.data[i]) || !decoy_ends(text, i))
            continue;
        r = em_random_at(seed, k++);
        label = labels[(r >> 8) % N_LABELS];
        if (r % LABEL_ONE_OF == 0) {
            EM_TRY(em_buf_putc(out, '\n'));
            EM_TRY(em_buf_append(out, label, strlen(label)));
        }
    }
    return EM_OK;
}

/* In place of some words that begin with a capital and no sentence. */
static enum em_status decoy_makers(uint64_t seed, struct em_view text, struct em_buf *out)
{
    uint64_t k = 0;
    for (size_t i = 0; i < text.len;) {
        size_t start = i;
        while (i < text.len && isalpha((unsigned char)text.data[i]))
            i++;
        bool inside = start > 1 && text.data[start - 1] == ' ' &&
                      islower((unsigned char)text.data[start - 2]);
        if (i > start + 2 && inside && isupper((unsigned char)text.data[start])) {
            uint64_t r = em_random_at(seed, k++);
            const char *maker = makers[(r >> 8) % N_MAKERS];
            if (r % MAKER_ONE_OF == 0)
                EM_TRY(em_buf_append(out, maker, strlen(maker)));
            else
                EM_TRY(em_buf_append(out, text.data + start, i - start));
        } else if (i > start) {
            EM_TRY(em_buf_append(out, text.data + start, i - start));
        }
        if (i < text.len && !isalpha((unsigned char)text.data[i]))
            EM_TRY(em_buf_putc(out, text.data[i++]));
    }
    return EM_OK;
}

/* In place of some commas. */
static enum em_status decoy_dashes(uint64_t seed, struct em_view text, struct em_buf *out)
{
    uint64_t k = 0, r = em_random_at(seed, k++);
    const char *dash = r & 1 ? " \xE2\x80\x94" : "\xE2\x80\x94";
    bool tight = !(r & 1);
    for (size_t i = 0; i < text.len; i++) {
        bool comma = text.data[i] == ',' && i + 1 < text.len && text.data[i + 1] == ' ';
        if (!comma || em_random_at(seed, k++) % DASH_ONE_OF != 0) {
            EM_TRY(em_buf_putc(out, text.data[i]));
            continue;
        }
        EM_TRY(em_buf_append(out, dash, strlen(dash)));
        i += tight; /* the space */
    }
    return EM_OK;
}

enum em_status em_train_decoy(uint64_t seed, struct em_view text, bool human,
                              struct em_buf *out)
{
    uint64_t r = em_random_at(seed, UINT32_MAX);
    em_buf_clear(out);
    if (r % 3 == 0)
        return decoy_labels(seed, text, out);
    if (!human)
        return em_buf_append(out, text.data, text.len);
    return r % 3 == 1 ? decoy_makers(seed, text, out) : decoy_dashes(seed, text, out);
}
