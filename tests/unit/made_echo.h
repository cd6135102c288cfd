/* SPDX-License-Identifier: Apache-2.0
 *
 * A made-up web for tests and benches of echoes: documents of random words on named sites,
 * written into an index through the store.
 */
#ifndef EM_TESTS_MADE_ECHO_H
#define EM_TESTS_MADE_ECHO_H

#include "base/hash.h"
#include "detector/prints.h"
#include "index/cell.h"
#include "index/passage.h"
#include "index/store.h"

#include <stdio.h>
#include <stdlib.h>

struct made {
    struct em_prints prints;
    struct em_rows rows;
    struct em_buf text, key, value;
    uint64_t number; /* of the next document */
};

static inline void made_init(struct made *m)
{
    *m = (struct made){.number = 0};
    em_prints_init(&m->prints);
    em_rows_init(&m->rows);
    em_buf_init(&m->text, 1 << 24);
    em_buf_init(&m->key, EM_MAX_KEY);
    em_buf_init(&m->value, EM_MAX_VALUE);
}

static inline void made_release(struct made *m)
{
    em_prints_release(&m->prints);
    em_rows_release(&m->rows);
    em_buf_release(&m->text);
    em_buf_release(&m->key);
    em_buf_release(&m->value);
}

static inline void made_check(enum em_status status)
{
    if (status < 0) {
        fprintf(stderr, "made_echo: %s\n", em_status_text(status));
        abort();
    }
}

/* `n` words of the text named `seed`, words `from` on; each is replaced with probability
 * `changed` by one that depends on `variant`. */
static inline void made_words(struct made *m, uint64_t seed, size_t n, double changed,
                              uint64_t variant)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t w = em_mix64(em_mix64(seed) + i), v = em_mix64(w ^ em_mix64(variant));
        if ((double)(v >> 11) / 9007199254740992.0 < changed)
            w = em_mix64(v);
        made_check(em_buf_printf(&m->text, "w%llu ", (unsigned long long)(w % 30000)));
    }
}

/* The text in `text` as a document of `domain`; the text is cleared. `at`: number that
 * makes the URL, the same for any order of documents. */
static inline void made_document(struct made *m, const char *domain, int64_t date,
                                 uint64_t at, enum em_verdict_kind kind)
{
    const struct em_prints_options options = {.sample_k = EM_PASSAGE_WORDS,
                                              .fraction = EM_PASSAGE_FRACTION};
    char url[300];
    snprintf(url, sizeof(url), "https://www.%s/%llu", domain, (unsigned long long)at);
    made_check(em_prints_make(&m->prints, &options, em_buf_view(&m->text)));
    struct em_block block = {
        .end = (uint32_t)m->text.len, .kind = EM_BLOCK_PARAGRAPH, .flags = EM_BLOCK_MAIN};
    struct em_doc doc = {.text = em_buf_view(&m->text), .blocks = &block, .n_blocks = 1};
    struct em_document d = {.domain = em_view_of(domain),
                            .url_hash = em_name_hash(em_view_of(url)),
                            .date = date,
                            .file = em_name_hash(EM_VIEW("made.jsonl")),
                            .number = at,
                            .flags = EM_DOCUMENT_SCORED,
                            .kind = (uint8_t)kind,
                            .style = -1,
                            .weight = 1,
                            .published = EM_DATE_UNKNOWN,
                            .words = m->prints.words,
                            .lang = EM_VIEW("en"),
                            .url = em_view_of(url)};
    em_buf_clear(&m->key);
    em_buf_clear(&m->value);
    made_check(em_document_key(&m->key, &d));
    made_check(em_document_value(&m->value, &d));
    made_check(em_rows_add(&m->rows, EM_TABLE_DOCUMENTS, em_buf_view(&m->key),
                           em_buf_view(&m->value)));
    made_check(em_cell_rows(&m->rows, &d));
    made_check(
        em_passage_rows(&m->rows, &d, &doc, m->prints.sampled, m->prints.n_sampled));
    em_buf_clear(&m->text);
    m->number++;
}

static inline void made_commit(struct made *m, struct em_store *store)
{
    struct em_err err = {.text = ""};
    struct em_ledger entry = {.file = em_name_hash(EM_VIEW("made.jsonl")),
                              .name = EM_VIEW("made.jsonl"),
                              .records = m->number,
                              .documents = m->number};
    enum em_status status = em_store_commit(store, &m->rows, &entry, 1, &err);
    if (status < 0)
        fprintf(stderr, "made_echo: %s\n", err.text);
    made_check(status);
    em_rows_clear(&m->rows);
}

#endif
