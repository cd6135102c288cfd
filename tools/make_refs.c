/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes many items for a reference set: the ITEMS given (JSONL: id, text) and then made-up
 * ones, each as long as a random real one and of words drawn from random places of the real
 * texts, until there are N. Their runs of words are as good as unique, which is what fills a
 * table; their words are as frequent as real ones. Deterministic.
 *
 *     make_refs ITEMS N > OUT.jsonl
 */
#include "base/alloc.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/limits.h"
#include "crawler/archive/archive.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_ITEMS = 1000000 };

static uint64_t seed = 1;

static size_t below(size_t n)
{
    seed += 0x9E3779B97F4A7C15u;
    return (size_t)(em_mix64(seed) % n);
}

static void need(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "make_refs: %s\n", what);
        exit(2);
    }
}

static void write_item(struct em_buf *line, const char *id, struct em_view text)
{
    struct em_json json;
    em_buf_clear(line);
    em_json_init(&json, line);
    em_json_object(&json);
    em_json_key(&json, "id");
    em_json_string(&json, em_view_of(id));
    em_json_key(&json, "text");
    em_json_string(&json, text);
    em_json_end(&json);
    need(em_json_finish(&json) == EM_OK, "out of memory");
    need(fwrite(line->data, 1, line->len, stdout) == line->len, "cannot write");
}

static size_t read_items(const char *path, struct em_view *items)
{
    struct em_source *source;
    struct em_record r;
    struct em_json_reader *json;
    const struct em_source_options options = {.text_field = NULL};
    size_t n = 0;
    need(em_json_reader_new(&json) == EM_OK, "out of memory");
    need(em_source_open(&source, path, &options, NULL) == EM_OK, path);
    while (em_source_next(source, &r, NULL) == EM_OK && n < MAX_ITEMS) {
        struct em_view text;
        if (em_json_reader_parse(json, r.block, NULL) != EM_OK ||
            !em_json_get_string(json, "text", &text) || text.len == 0)
            continue;
        char *copy = em_strndup(text.data, text.len);
        need(copy != NULL, "out of memory");
        items[n++] = em_view_make(copy, text.len);
    }
    em_source_free(source);
    em_json_reader_free(json);
    return n;
}

static bool blank(char c)
{
    return (unsigned char)c <= ' ';
}

/* The word that begins after a random byte of a random item; empty at an item's end. */
static struct em_view random_word(const struct em_view *items, size_t n)
{
    struct em_view text = items[below(n)];
    size_t at = below(text.len);
    while (at < text.len && !blank(text.data[at]))
        at++;
    while (at < text.len && blank(text.data[at]))
        at++;
    size_t from = at;
    while (at < text.len && !blank(text.data[at]))
        at++;
    return em_view_sub(text, from, at - from);
}

int main(int argc, char **argv)
{
    static struct em_view items[MAX_ITEMS];
    struct em_buf line, text;
    if (argc != 3) {
        fprintf(stderr, "usage: make_refs ITEMS N\n");
        return 129;
    }
    size_t n = read_items(argv[1], items), want = strtoul(argv[2], NULL, 10);
    need(n > 0, "no items");
    em_buf_init(&line, EM_MAX_RESULT);
    em_buf_init(&text, EM_MAX_TEXT);
    for (size_t i = 0; i < want; i++) {
        char id[32];
        if (i < n) {
            snprintf(id, sizeof(id), "real-%zu", i);
            write_item(&line, id, items[i]);
            continue;
        }
        size_t len = items[below(n)].len;
        em_buf_clear(&text);
        while (text.len < len) {
            struct em_view word = random_word(items, n);
            need(em_buf_append_view(&text, word) == EM_OK &&
                     em_buf_putc(&text, ' ') == EM_OK,
                 "out of memory");
        }
        snprintf(id, sizeof(id), "made-%zu", i);
        write_item(&line, id, em_buf_view(&text));
    }
    em_buf_release(&line);
    em_buf_release(&text);
    return 0;
}
