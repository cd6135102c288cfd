/* SPDX-License-Identifier: Apache-2.0
 *
 * Reference sets: building, opening, what is found and what is not, and that damage and a
 * want of memory are clean errors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/hash.h"
#include "detector/prints.h"
#include "index/refs/refs_build.h"
#include "index/refs/refs_format.h"
#include "index/refs/refs_match.h"
#include "pipeline/scan/match.h"
#include "tests/unit/scratch.h"

#include <math.h>

static uint64_t seed;

static uint32_t below(uint32_t n)
{
    seed += 0x9E3779B97F4A7C15u;
    return (uint32_t)(em_mix64(seed) % n);
}

/* `n` made-up words, numbered from `first` on or drawn at random. */
static void words(struct em_buf *out, uint32_t first, uint32_t n, bool random)
{
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(em_buf_printf(out, "%sw%u", out->len ? " " : "",
                                       random ? first + below(1000000) : first + i),
                         EM_OK);
}

struct maker {
    struct em_refs_build *build;
    struct em_prints prints[3];
    struct em_print_word *words[3];
    size_t cap[3];
    struct em_prints_options winnow;
};

static const struct em_refs_build_options defaults = {
    .name = {"set", 3},
    .model = {"some-model", 10},
    .source = {"made up", 7},
    .kind = EM_REFS_MODEL_OUTPUT,
    .k = 8,
    .t = 13,
};

static enum em_status maker_start(struct maker *m, const char *path,
                                  const struct em_refs_build_options *options)
{
    memset(m, 0, sizeof(*m));
    m->winnow = (struct em_prints_options){.k = options->k, .t = options->t};
    return em_refs_build_new(&m->build, path, options, NULL);
}

static void maker_end(struct maker *m)
{
    em_refs_build_free(m->build);
    for (int i = 0; i < 3; i++) {
        em_prints_release(&m->prints[i]);
        em_free(m->words[i]);
    }
}

static enum em_status add_parts(struct maker *m, const char *id,
                                const char *const texts[3],
                                const enum em_refs_part *parts, size_t n)
{
    struct em_refs_text list[3];
    for (size_t i = 0; i < n; i++) {
        size_t n_words;
        struct em_view text = em_view_of(texts[i]);
        EM_TRY(em_prints_words(&m->prints[i], text, &m->words[i], &n_words, &m->cap[i]));
        EM_TRY(em_prints_make(&m->prints[i], &m->winnow, text));
        list[i] = (struct em_refs_text){parts[i], m->words[i], n_words,
                                        m->prints[i].winnowed, m->prints[i].n_winnowed};
    }
    return em_refs_build_item(m->build, em_view_of(id), list, n);
}

static enum em_status add(struct maker *m, const char *id, const char *text)
{
    static const enum em_refs_part part = EM_REFS_TEXT;
    const char *const texts[3] = {text};
    return add_parts(m, id, texts, &part, 1);
}

/* A document against sets. */
struct finder {
    struct em_refs_sets sets;
    struct em_match_maker *maker;
    struct em_verdict verdict;
};

static void finder_start(struct finder *f, const char *path)
{
    em_refs_sets_init(&f->sets);
    assert_int_equal(em_refs_sets_add(&f->sets, path, NULL), EM_OK);
    assert_int_equal(em_match_maker_new(&f->maker, &f->sets, NULL), EM_OK);
}

static void finder_end(struct finder *f)
{
    em_match_maker_free(f->maker);
    em_refs_sets_release(&f->sets);
}

static size_t look_for(struct finder *f, const char *text, const char *date)
{
    f->verdict =
        (struct em_verdict){.kind = EM_VERDICT_UNSURE, .score = 0.5, .style = 0.4};
    assert_int_equal(
        em_match_text(f->maker, em_view_of(text), em_view_of(date), &f->verdict, NULL),
        EM_OK);
    return f->verdict.n_matches;
}

static const char *file(const char *name)
{
    static char paths[2][4096];
    static int which;
    which = !which;
    return scratch(paths[which], name);
}

static void read_file(const char *path, struct em_buf *out)
{
    char block[4096];
    size_t n;
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    em_buf_clear(out);
    while ((n = fread(block, 1, sizeof(block), in)) > 0)
        assert_int_equal(em_buf_append(out, block, n), EM_OK);
    fclose(in);
}

static void test_what_is_found(void **state)
{
    (void)state;
    struct maker m;
    struct finder f;
    struct em_buf text;
    em_buf_init(&text, 1 << 20);
    assert_int_equal(maker_start(&m, file("a.emr"), &defaults), EM_OK);
    for (uint32_t i = 0; i < 20; i++) {
        char id[20];
        snprintf(id, sizeof(id), "item-%u", i);
        em_buf_clear(&text);
        words(&text, i * 1000, 100, false);
        assert_int_equal(add(&m, id, text.data), EM_OK);
    }
    assert_int_equal(add(&m, "again", text.data), EM_OK); /* a duplicate */
    assert_int_equal(add(&m, "short", "only a few words"), EM_OK);
    assert_int_equal(em_refs_build_finish(m.build, NULL), EM_OK);
    maker_end(&m);
    finder_start(&f, file("a.emr"));
    struct em_refs_info info;
    em_refs_describe(f.sets.sets[0], &info);
    assert_int_equal(info.items, 20);
    assert_int_equal(info.duplicates, 1);
    assert_int_equal(info.too_short, 1);
    assert_int_equal(info.words, 2000);
    assert_true(em_view_eq(info.model, EM_VIEW("some-model")));

    /* Half an item in the middle of something else: exactly that half. */
    em_buf_clear(&text);
    words(&text, 900000, 50, false);
    size_t start = text.len + 1;
    words(&text, 3020, 50, false);
    size_t end = text.len;
    words(&text, 910000, 50, false);
    assert_int_equal(look_for(&f, text.data, ""), 1);
    const struct em_match *match = f.verdict.matches;
    assert_true(em_view_eq(match->item, EM_VIEW("item-3")));
    assert_int_equal(match->words, 50);
    assert_int_equal(match->of, 100);
    assert_true(match->contained == 0.5f);
    assert_true(match->low < 0.5f && match->high > 0.45f && match->high < 0.75f);
    assert_int_equal(match->start, start);
    assert_int_equal(match->end, end);
    assert_int_equal(match->n_stretches, 1);
    assert_string_equal(match->kind, "model-output");
    /* A third of the text: evidence, but the verdict stays. */
    assert_int_equal(f.verdict.kind, EM_VERDICT_UNSURE);

    /* Every tenth word changed, one lost, three put in: still nine tenths, in one piece. */
    em_buf_clear(&text);
    for (uint32_t i = 0; i < 100; i++) {
        if (i == 57)
            continue;
        words(&text, i % 10 == 4 ? 800000 + i : 5000 + i, 1, false);
        if (i == 71)
            words(&text, 700000, 3, false);
    }
    assert_int_equal(look_for(&f, text.data, ""), 1);
    match = f.verdict.matches;
    assert_true(em_view_eq(match->item, EM_VIEW("item-5")));
    assert_int_equal(match->words, 85); /* of 89: two islands of two words are lost */
    assert_int_equal(match->n_stretches, 1);
    assert_int_equal(match->end, text.len);
    assert_true(match->high < 0.5f); /* of unchanged runs of eight words */
    /* Nearly all of the text is known output: the verdict says so, style stays apart. */
    assert_int_equal(f.verdict.kind, EM_VERDICT_MACHINE);
    assert_true(f.verdict.score > 0.9899 && f.verdict.style == 0.4);

    /* Two copies, far apart: two stretches, counted once. */
    em_buf_clear(&text);
    words(&text, 9000, 100, false);
    words(&text, 900000, 60, false);
    words(&text, 9000, 40, false);
    assert_int_equal(look_for(&f, text.data, ""), 1);
    assert_int_equal(f.verdict.matches[0].words, 100);
    assert_int_equal(f.verdict.matches[0].n_stretches, 2);
    assert_int_equal(f.verdict.matches[0].start, 0);

    /* Twelve words are not enough; nor is nothing. */
    em_buf_clear(&text);
    words(&text, 900000, 50, false);
    words(&text, 3020, 12, false);
    words(&text, 910000, 50, false);
    assert_int_equal(look_for(&f, text.data, ""), 0);
    assert_int_equal(look_for(&f, "", ""), 0);
    finder_end(&f);
    em_buf_release(&text);
}

/* Every run of t words that a document shares with an item is reported, at its place; a
 * document that shares no run of k words has no match. */
static void test_guarantee(void **state)
{
    (void)state;
    struct maker m;
    struct finder f;
    struct em_buf texts[50], text;
    seed = 7;
    em_buf_init(&text, 1 << 20);
    assert_int_equal(maker_start(&m, file("g.emr"), &defaults), EM_OK);
    for (int i = 0; i < 50; i++) {
        em_buf_init(&texts[i], 1 << 20);
        words(&texts[i], 0, 13 + below(300), true);
        assert_int_equal(add(&m, "x", texts[i].data), EM_OK);
    }
    assert_int_equal(em_refs_build_finish(m.build, NULL), EM_OK);
    maker_end(&m);
    finder_start(&f, file("g.emr"));
    for (int round = 0; round < 1000; round++) {
        const struct em_buf *item = &texts[below(50)];
        em_buf_clear(&text);
        words(&text, 2000000, below(100), true);
        /* A run of words from a random place of the item, found by its blanks. */
        const char *p = item->data, *from, *end;
        uint32_t blanks = 0, n = 13 + below(20), skip;
        for (const char *q = p; *q; q++)
            blanks += *q == ' ';
        if (blanks + 1 < n)
            n = 13;
        skip = below(blanks + 2 - n);
        for (from = p; skip > 0; from++)
            skip -= *from == ' ';
        for (end = from, skip = n; *end; end++)
            if (*end == ' ' && --skip == 0)
                break;
        size_t start = text.len ? text.len + 1 : 0;
        assert_int_equal(
            em_buf_printf(&text, "%s%.*s", text.len ? " " : "", (int)(end - from), from),
            EM_OK);
        size_t stop = text.len;
        words(&text, 2000000, below(100), true);
        assert_int_equal(look_for(&f, text.data, ""), 1);
        assert_int_equal(f.verdict.matches[0].words, n);
        assert_int_equal(f.verdict.matches[0].start, start);
        assert_int_equal(f.verdict.matches[0].end, stop);
        /* The same run with every eighth word changed. */
        char *c = text.data + start;
        for (uint32_t i = 1; c < text.data + stop; c++)
            if (*c == ' ' && ++i % 8 == 0)
                c[1] = 'v';
        assert_int_equal(look_for(&f, text.data, ""), 0);
    }
    finder_end(&f);
    for (int i = 0; i < 50; i++)
        em_buf_release(&texts[i]);
    em_buf_release(&text);
}

static void test_common_runs_do_not_count(void **state)
{
    (void)state;
    struct maker m;
    struct finder f;
    struct em_buf text, licence;
    struct em_prints all;
    em_buf_init(&text, 1 << 20);
    em_buf_init(&licence, 1 << 20);
    em_prints_init(&all);
    words(&licence, 500000, 60, false);
    assert_int_equal(maker_start(&m, file("c.emr"), &defaults), EM_OK);
    assert_int_equal(
        em_prints_make(&all, &(struct em_prints_options){.sample_k = 8, .fraction = 1},
                       em_buf_view(&licence)),
        EM_OK);
    assert_int_equal(em_refs_build_common(m.build, all.sampled, all.n_sampled), EM_OK);
    for (uint32_t i = 0; i < 30; i++) {
        em_buf_clear(&text);
        words(&text, i * 1000, 40, false);
        words(&text, 400000, 40, false); /* in thirty texts: learned */
        if (i == 0)
            words(&text, 500000, 60, false); /* in one: told */
        assert_int_equal(add(&m, "x", text.data), EM_OK);
    }
    assert_int_equal(em_refs_build_finish(m.build, NULL), EM_OK);
    maker_end(&m);
    finder_start(&f, file("c.emr"));
    struct em_refs_info info;
    em_refs_describe(f.sets.sets[0], &info);
    assert_true(info.common >= 53 + 6);
    em_buf_clear(&text);
    words(&text, 900000, 20, false);
    words(&text, 400000, 40, false);
    words(&text, 910000, 20, false);
    words(&text, 500000, 60, false);
    assert_int_equal(look_for(&f, text.data, ""), 0);
    /* What is the item's own is found, and is all of what counts (the words at a common
     * run's edge belong to runs that are not common). */
    em_buf_clear(&text);
    words(&text, 0, 40, false);
    words(&text, 400000, 40, false);
    assert_int_equal(look_for(&f, text.data, ""), 1);
    assert_true(f.verdict.matches[0].contained > 0.85f);
    assert_in_range(f.verdict.matches[0].of, 40, 52);
    finder_end(&f);
    em_prints_release(&all);
    em_buf_release(&text);
    em_buf_release(&licence);
}

static void test_benchmarks_are_weighted(void **state)
{
    (void)state;
    struct maker m;
    struct finder f;
    struct em_refs_build_options options = defaults;
    options.kind = EM_REFS_BENCHMARK;
    static const enum em_refs_part parts[3] = {EM_REFS_QUESTION, EM_REFS_ANSWER,
                                               EM_REFS_PASSAGE};
    struct em_buf q, p, text;
    em_buf_init(&q, 10000);
    em_buf_init(&p, 10000);
    em_buf_init(&text, 10000);
    words(&q, 1000, 18, false);
    words(&p, 2000, 80, false);
    const char *const texts[3] = {q.data, "a42 b42", p.data};
    assert_int_equal(maker_start(&m, file("b.emr"), &options), EM_OK);
    assert_int_equal(add_parts(&m, "first", texts, parts, 3), EM_OK);
    em_buf_clear(&q);
    words(&q, 3000, 60, false);
    const char *const second[3] = {q.data, "nowhere"};
    assert_int_equal(add_parts(&m, "second", second, parts, 2), EM_OK);
    assert_int_equal(em_refs_build_finish(m.build, NULL), EM_OK);
    maker_end(&m);
    finder_start(&f, file("b.emr"));

    words(&text, 900000, 30, false);
    words(&text, 1000, 18, false);
    assert_int_equal(look_for(&f, text.data, ""), 1); /* the whole question */
    assert_true(fabsf(f.verdict.matches[0].contained - 0.7f) < 1e-6f);
    assert_int_equal(em_buf_printf(&text, " Answer: A42, b42."), EM_OK);
    assert_int_equal(look_for(&f, text.data, ""), 1);
    assert_true(fabsf(f.verdict.matches[0].contained - 0.9f) < 1e-6f);
    words(&text, 2000, 80, false);
    assert_int_equal(look_for(&f, text.data, ""), 1);
    assert_true(fabsf(f.verdict.matches[0].contained - 1.0f) < 1e-6f);
    assert_int_equal(f.verdict.kind, EM_VERDICT_UNSURE); /* contamination is no author */

    em_buf_clear(&text);
    words(&text, 1000, 17, false); /* short questions must be whole */
    assert_int_equal(look_for(&f, text.data, ""), 0);
    em_buf_clear(&text);
    words(&text, 3000, 50, false); /* long ones to four fifths */
    assert_int_equal(look_for(&f, text.data, ""), 1);
    em_buf_clear(&text);
    words(&text, 3000, 45, false);
    assert_int_equal(look_for(&f, text.data, ""), 0);
    finder_end(&f);
    em_buf_release(&q);
    em_buf_release(&p);
    em_buf_release(&text);
}

static void build_one(const char *path, const struct em_refs_build_options *options,
                      uint32_t first)
{
    struct maker m;
    struct em_buf text;
    em_buf_init(&text, 10000);
    assert_int_equal(maker_start(&m, path, options), EM_OK);
    words(&text, first, 100, false);
    assert_int_equal(add(&m, "one", text.data), EM_OK);
    assert_int_equal(em_refs_build_finish(m.build, NULL), EM_OK);
    maker_end(&m);
    em_buf_release(&text);
}

static void test_what_a_match_means(void **state)
{
    (void)state;
    struct finder f;
    struct em_buf text;
    struct em_refs_build_options options = defaults;
    em_buf_init(&text, 10000);
    options.since = EM_VIEW("2022-11");
    build_one(file("m.emr"), &options, 1000);
    options.kind = EM_REFS_HUMAN;
    build_one(file("h.emr"), &options, 2000);
    finder_start(&f, file("m.emr"));
    assert_int_equal(em_refs_sets_add(&f.sets, file("h.emr"), NULL), EM_OK);

    words(&text, 1000, 100, false);
    assert_int_equal(look_for(&f, text.data, "2022-11-30"), 1);
    assert_int_equal(f.verdict.kind, EM_VERDICT_MACHINE);
    look_for(&f, text.data, "2023");
    assert_int_equal(f.verdict.kind, EM_VERDICT_MACHINE);
    /* Before there was such output, it is no copy of it. */
    assert_int_equal(look_for(&f, text.data, "2022-10-31T10:00:00Z"), 1);
    assert_int_equal(f.verdict.kind, EM_VERDICT_UNSURE);
    assert_true(f.verdict.log_odds == 0);
    /* Abstention ends, certainty is not taken away. */
    f.verdict = (struct em_verdict){
        .kind = EM_VERDICT_ABSTAIN, .abstain = EM_ABSTAIN_LANGUAGE, .style = -1};
    assert_int_equal(
        em_match_text(f.maker, em_buf_view(&text), EM_VIEW_NONE, &f.verdict, NULL),
        EM_OK);
    assert_int_equal(f.verdict.kind, EM_VERDICT_MACHINE);
    assert_int_equal(f.verdict.abstain, EM_ABSTAIN_NONE);
    assert_true(f.verdict.log_odds > 4.59 && f.verdict.style < 0);
    f.verdict = (struct em_verdict){.kind = EM_VERDICT_MACHINE, .log_odds = 9};
    assert_int_equal(
        em_match_text(f.maker, em_buf_view(&text), EM_VIEW_NONE, &f.verdict, NULL),
        EM_OK);
    assert_true(f.verdict.log_odds == 9);

    em_buf_clear(&text);
    words(&text, 2000, 100, false);
    assert_int_equal(look_for(&f, text.data, ""), 1);
    assert_int_equal(f.verdict.kind, EM_VERDICT_HUMAN);
    assert_true(f.verdict.log_odds < -4.59);
    finder_end(&f);
    em_buf_release(&text);
}

/* Random items, some alike, some repeating themselves. */
static void build_random(const char *path, const struct em_refs_build_options *options,
                         const char *old, uint32_t from, uint32_t to)
{
    struct maker m;
    struct em_buf text;
    struct em_refs *before = NULL;
    em_buf_init(&text, 1 << 20);
    assert_int_equal(maker_start(&m, path, options), EM_OK);
    if (old) {
        assert_int_equal(em_refs_open(&before, old, NULL), EM_OK);
        assert_int_equal(em_refs_build_copy(m.build, before, NULL), EM_OK);
    }
    for (uint32_t i = from; i < to; i++) {
        char id[20];
        snprintf(id, sizeof(id), "%u", i);
        seed = i;
        em_buf_clear(&text);
        words(&text, 0, 5 + below(100), true);
        if (i % 3 == 0)
            words(&text, 600000 + 1000 * (i % 5), 30, false);
        assert_int_equal(add(&m, id, text.data), EM_OK);
    }
    assert_int_equal(em_refs_build_finish(m.build, NULL), EM_OK);
    maker_end(&m);
    em_refs_free(before);
    em_buf_release(&text);
}

static void test_the_same_bytes(void **state)
{
    (void)state;
    struct em_buf a, b;
    struct em_refs_build_options options = defaults;
    em_buf_init(&a, 1 << 24);
    em_buf_init(&b, 1 << 24);
    build_random(file("one.emr"), &options, NULL, 0, 400);
    read_file(file("one.emr"), &a);
    /* In little memory, through temporary files. */
    options.sort_records = 100;
    build_random(file("two.emr"), &options, NULL, 0, 400);
    read_file(file("two.emr"), &b);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    /* In two steps. */
    build_random(file("part.emr"), &options, NULL, 0, 150);
    build_random(file("whole.emr"), &options, file("part.emr"), 150, 400);
    read_file(file("whole.emr"), &b);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    /* Onto itself. */
    build_random(file("part.emr"), &options, file("part.emr"), 150, 400);
    read_file(file("part.emr"), &b);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    em_buf_release(&a);
    em_buf_release(&b);
}

static void test_damage_is_refused(void **state)
{
    (void)state;
    struct em_buf bytes;
    struct em_refs *refs;
    em_buf_init(&bytes, 1 << 24);
    build_random(file("d.emr"), &defaults, NULL, 0, 30);
    read_file(file("d.emr"), &bytes);
    assert_int_equal(em_refs_open_memory(&refs, em_buf_view(&bytes), NULL), EM_OK);
    em_refs_free(refs);
    for (size_t at = 0; at < bytes.len; at += at < 1024 ? 1 : 7) {
        bytes.data[at] ^= 0x10;
        assert_true(em_refs_open_memory(&refs, em_buf_view(&bytes), NULL) < 0);
        assert_null(refs);
        bytes.data[at] ^= 0x10;
    }
    for (size_t len = 0; len < bytes.len; len += 1 + len / 3)
        assert_true(em_refs_open_memory(&refs, em_view_make(bytes.data, len), NULL) < 0);
    /* Another version is distinguished from damage. */
    struct em_err err = {.status = EM_OK};
    bytes.data[8]++;
    assert_int_equal(em_refs_open_memory(&refs, em_buf_view(&bytes), &err),
                     EM_ERR_VERSION);
    bytes.data[8]--;
    bytes.data[12]++;
    assert_int_equal(em_refs_open_memory(&refs, em_buf_view(&bytes), &err),
                     EM_ERR_VERSION);
    em_buf_release(&bytes);
    assert_int_equal(em_refs_open(&refs, file("absent.emr"), NULL), EM_ERR_IO);
    assert_int_equal(em_refs_open(&refs, scratch_root, NULL), EM_ERR_FORMAT);
}

static enum em_status build_and_match(const char *path)
{
    struct maker m;
    struct em_buf text;
    struct em_refs_sets sets;
    struct em_match_maker *maker = NULL;
    struct em_verdict verdict = {.style = -1};
    em_buf_init(&text, 1 << 16);
    em_refs_sets_init(&sets);
    struct em_refs_build_options options = defaults;
    options.sort_records = 16;
    enum em_status status = maker_start(&m, path, &options);
    for (uint32_t i = 0; i < 30 && status == EM_OK; i++) {
        em_buf_clear(&text);
        for (uint32_t j = 0; j < 60 && status == EM_OK; j++)
            status = em_buf_printf(&text, "w%u ", j < 30 ? j : i * 1000 + j);
        if (status == EM_OK)
            status = add(&m, "x", text.data);
    }
    if (status == EM_OK)
        status = em_refs_build_finish(m.build, NULL);
    maker_end(&m);
    if (status == EM_OK)
        status = em_refs_sets_add(&sets, path, NULL);
    if (status == EM_OK)
        status = em_match_maker_new(&maker, &sets, NULL);
    if (status == EM_OK)
        status = em_match_text(maker, em_buf_view(&text), EM_VIEW_NONE, &verdict, NULL);
    if (status == EM_OK && verdict.n_matches != 1)
        status = EM_ERR_INTERNAL;
    em_match_maker_free(maker);
    em_refs_sets_release(&sets);
    em_buf_release(&text);
    return status;
}

static void test_out_of_memory(void **state)
{
    (void)state;
    char path[4096];
    scratch(path, "oom.emr");
    assert_int_equal(build_and_match(path), EM_OK);
    for (long nth = 1;; nth++) {
        em_alloc_fail_at(nth, 0);
        enum em_status status = build_and_match(path);
        bool reached = em_alloc_count() >= nth;
        em_alloc_fail_at(0, 0);
        if (!reached) {
            assert_int_equal(status, EM_OK);
            break;
        }
        if (status != EM_ERR_NOMEM && status != EM_ERR_IO)
            fail_msg("allocation %ld: status %d", nth, status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_found),
        cmocka_unit_test(test_guarantee),
        cmocka_unit_test(test_common_runs_do_not_count),
        cmocka_unit_test(test_benchmarks_are_weighted),
        cmocka_unit_test(test_what_a_match_means),
        cmocka_unit_test(test_the_same_bytes),
        cmocka_unit_test(test_damage_is_refused),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
