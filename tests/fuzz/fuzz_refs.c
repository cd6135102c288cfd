/* SPDX-License-Identifier: Apache-2.0
 *
 * A reference set's file: opened, searched with prints that are in it, matched. Checksums
 * are put right first, so that what lies after them is reached: no crash, matches within
 * the text.
 */
#include "base/alloc.h"
#include "base/hash.h"
#include "detector/prints.h"
#include "index/refs/refs_format.h"
#include "index/refs/refs_match.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void put_sums_right(char *bytes, size_t size)
{
    struct em_refs_header h;
    if (size < sizeof(h))
        return;
    memcpy(&h, bytes, sizeof(h));
    for (int i = 0; i < EM_REFS_SECTIONS; i++) {
        struct em_refs_span *s = &h.sections[i];
        if (s->offset <= size && s->length <= size - s->offset)
            s->sum = em_refs_sum(bytes + s->offset, s->length);
    }
    h.sum = em_hash64(&h, offsetof(struct em_refs_header, sum), 0);
    memcpy(bytes, &h, sizeof(h));
}

/* Words as the set has them, from a place it names. */
static size_t make_words(const struct em_refs *r, struct em_print_word words[256])
{
    size_t n = r->n_words < 256 ? (size_t)r->n_words : 256;
    for (size_t i = 0; i < n; i++)
        words[i] = (struct em_print_word){(uint64_t)r->words[i] << EM_WORD_SHIFT,
                                          (uint32_t)(4 * i), (uint32_t)(4 * i + 3)};
    return n;
}

static void search(struct em_refs *r)
{
    struct em_refs *list[1] = {r};
    struct em_refs_sets sets = {list, 1, 1};
    struct em_refs_matcher *matcher;
    struct em_print prints[256];
    struct em_print_word words[256];
    const struct em_match *matches;
    size_t n = 0, n_words = make_words(r, words), n_matches;
    bool found;
    for (uint64_t i = 0; i < r->n_lines_all * EM_REFS_LINE && n < 250; i++)
        if (r->hashes[i])
            prints[n] = (struct em_print){r->hashes[i], 0, 0, (uint32_t)(n % 200)}, n++;
    for (uint64_t h = 1; n < 256; n++)
        prints[n] = (struct em_print){h *= 0x9E3779B97F4A7C15u, 0, 0, (uint32_t)n};
    check(em_refs_matcher_new(&matcher, &sets) == EM_OK);
    for (int round = 0; round < 2; round++) {
        em_refs_begin(matcher);
        check(em_refs_look(matcher, 0, prints, n, &found) == EM_OK);
        check(em_refs_match(matcher, words, n_words, &matches, &n_matches) == EM_OK);
        for (size_t i = 0; i < n_matches; i++) {
            check(matches[i].start <= matches[i].end && matches[i].end <= 1024);
            check(matches[i].contained >= 0 && matches[i].contained <= 1.0001f);
            check(em_hash64(matches[i].item.data, matches[i].item.len, 0) != 1);
        }
    }
    em_refs_matcher_free(matcher);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct em_refs *refs;
    struct em_refs_info info;
    char *bytes = em_malloc(size ? size : 1);
    check(bytes != NULL);
    if (size)
        memcpy(bytes, data, size);
    put_sums_right(bytes, size);
    if (em_refs_open_memory(&refs, em_view_make(bytes, size), NULL) == EM_OK) {
        em_refs_describe(refs, &info);
        check(em_refs_kind_name(info.kind) != NULL);
        search(refs);
        em_refs_free(refs);
    }
    em_free(bytes);
    return 0;
}
