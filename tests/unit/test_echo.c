/* SPDX-License-Identifier: Apache-2.0
 *
 * Echoes in a made-up web whose echoes are known: sites, first sights and kinds are found
 * as they were planted, in any order of documents and any grouping of commits; values that
 * keep the first sites merge as one would.
 */
#include "base/alloc.h"
#include "index/answers/echo.h"
#include "index/forget.h"

#include "tests/unit/scratch.h"

#include "tests/unit/made_echo.h"

#include <math.h>

#define DAY   INT64_C(86400)
#define START INT64_C(1672531200) /* 2023-01-01 */

/* --- the planted web ------------------------------------------------------------------------ */

enum plant {
    P_ECHO,     /* 14 sites, from each other's neighbours: 120 words */
    P_TEMPLATE, /* 30 pages of one site */
    P_LICENCE,  /* 15 sites before 2022-11 */
    P_QUOTE,    /* five sites, in quotation marks */
    P_PRESS,    /* a whole document on eight sites in two days */
    P_MIRROR,   /* eight documents on two sites */
    P_NEST,     /* a document copied whole by one site; a paragraph of it by 20 more */
    P_NOISE,
    PLANTS
};

static const int counts[PLANTS] = {14, 30, 15, 5, 8, 16, 22, 120};

static void site_name(char out[64], const char *kind, int i)
{
    snprintf(out, 64, "%s%d.example", kind, i);
}

static void plant(struct made *m, enum plant what, int i)
{
    char domain[64];
    uint64_t at = (uint64_t)what * 1000 + (uint64_t)i, own = 77000 + at;
    int64_t date = START + i * DAY;
    bool filler = what != P_PRESS && what != P_MIRROR && !(what == P_NEST && i < 2);
    const char *const names[PLANTS] = {"echo",  "templ",  "lic",  "quote",
                                       "press", "mirror", "nest", "noise"};
    site_name(domain, names[what], what == P_TEMPLATE ? 0 : what == P_MIRROR ? i % 2 : i);
    if (filler)
        made_words(m, own, 200, 0, 0);
    made_check(em_buf_append(&m->text, "\n\n", 2));
    switch (what) {
    case P_ECHO:
        date = START + (i < 3 ? 30 * i : 60 + 2 * i) * DAY;
        made_words(m, 1, 120, 0, 0);
        break;
    case P_TEMPLATE:
        made_words(m, 2, 80, 0, 0);
        break;
    case P_LICENCE:
        date = INT64_C(1546300800) + i * 20 * DAY;
        made_words(m, 3, 150, 0, 0);
        break;
    case P_QUOTE:
        date = START + i * 9 * DAY;
        made_check(em_buf_append(&m->text, "\xE2\x80\x9C", 3));
        made_words(m, 4, 100, 0, 0);
        made_check(em_buf_append(&m->text, "\xE2\x80\x9D said one.", 13));
        break;
    case P_PRESS:
        date = START + i * DAY / 4;
        made_words(m, 5, 300, 0, 0);
        break;
    case P_MIRROR:
        date = START + i / 2 * DAY;
        made_words(m, 600 + (uint64_t)(i / 2), 200, 0, 0);
        break;
    case P_NEST:
        if (i < 2)
            made_words(m, 7, 600, 0, 0);
        made_words(m, 8, 150, 0, 0);
        if (i < 2)
            made_words(m, 9, 600, 0, 0);
        break;
    default:
        break;
    }
    if (filler)
        made_check(em_buf_append(&m->text, "\n\n", 2));
    if (filler)
        made_words(m, own + 500000, 100, 0, 0);
    made_document(m, domain, date, at, at % 4 ? EM_VERDICT_MACHINE : EM_VERDICT_HUMAN);
}

/* All plants, beginning with the `from`th in an order of steps of `step`, committed every
 * `each` documents. */
static void build(const char *dir, int step, int from, uint64_t each)
{
    struct em_store *store;
    struct em_err err = {.text = ""};
    struct made m;
    int all = 0, n = 0;
    for (int p = 0; p < PLANTS; p++)
        all += counts[p];
    made_init(&m);
    assert_int_equal(em_store_open(&store, dir, EM_STORE_CREATE, &err), EM_OK);
    for (n = 0; n < all; n++) {
        int k = (int)(((long)n * step + from) % all), what = 0;
        while (k >= counts[what])
            k -= counts[what++];
        plant(&m, (enum plant)what, k);
        if (m.number % each == 0)
            made_commit(&m, store);
    }
    made_commit(&m, store);
    made_release(&m);
    em_store_free(store);
}

static void find(struct em_echoes *echoes, const char *dir,
                 const struct em_echo_options *options)
{
    struct em_store *store;
    struct em_err err = {.text = ""};
    assert_int_equal(em_store_open(&store, dir, EM_STORE_READ, &err), EM_OK);
    assert_int_equal(em_echo_find(echoes, store, options, &err), EM_OK);
    em_store_free(store);
}

static const struct em_echo *first_on(const struct em_echoes *e, const char *domain)
{
    for (size_t i = 0; i < e->n; i++)
        if (em_view_eq(e->list[i].sites[0].domain, em_view_of(domain)))
            return &e->list[i];
    return NULL;
}

static struct em_echo_options all_kinds(void)
{
    struct em_echo_options o = em_echo_defaults();
    for (int i = 0; i < EM_ECHO_KINDS; i++)
        o.kinds[i] = true;
    return o;
}

static void test_planted_echoes(void **state)
{
    struct em_echo_options o = all_kinds();
    struct em_echoes e;
    char dir[4096];
    (void)state;
    build(scratch(dir, "planted"), 1, 0, 1000);
    find(&e, dir, &o);
    /* echo, licence, quote, press, and the nested document in three: before, the paragraph,
     * after it; mirrors say it once, the template is on one site. */
    assert_int_equal(e.n, 7);
    assert_null(first_on(&e, "templ0.example"));
    assert_null(first_on(&e, "mirror0.example"));
    assert_int_equal(e.mirrors, 1);
    assert_true(e.templates > 0);
    const struct em_echo *echo = first_on(&e, "echo0.example");
    assert_non_null(echo);
    assert_int_equal(echo->kind, EM_ECHO_ECHO);
    assert_int_equal(echo->domains, 14);
    assert_int_equal(echo->n_sites, 14);
    assert_int_equal(echo->documents, 14);
    assert_false(echo->more);
    assert_int_equal(echo->sites[0].date, START);
    assert_int_equal(echo->sites[13].date, START + 86 * DAY);
    assert_true(fabs(echo->tenth - 78) < 1e-9);
    assert_int_equal(echo->judged, 14);
    assert_int_equal(echo->machine, 10); /* numbers 0 to 13 but 0, 4, 8, 12 */
    assert_true(echo->words > 60 && echo->words < 160);
    assert_true(em_view_eq(echo->source.name, EM_VIEW("https://www.echo0.example/0")));
    assert_true(em_view_eq(echo->examples[2], EM_VIEW("https://www.echo3.example/3")));
    for (size_t i = 1; i < echo->n_sites; i++)
        assert_true(echo->sites[i - 1].date <= echo->sites[i].date);
    assert_int_equal(first_on(&e, "lic0.example")->kind, EM_ECHO_BOILERPLATE);
    assert_int_equal(first_on(&e, "quote0.example")->kind, EM_ECHO_QUOTATION);
    assert_int_equal(first_on(&e, "press0.example")->kind, EM_ECHO_SYNDICATION);
    em_echoes_release(&e);
}

static void test_nested_spread_is_not_merged(void **state)
{
    struct em_echo_options o = em_echo_defaults();
    struct em_echoes e;
    char dir[4096];
    size_t wide = 0, narrow = 0;
    (void)state;
    find(&e, scratch(dir, "planted"), &o);
    for (size_t i = 0; i < e.n; i++) {
        if (!em_view_eq(e.list[i].sites[0].domain, EM_VIEW("nest0.example")))
            continue;
        wide += e.list[i].domains == 22;
        narrow += e.list[i].domains == 2;
        assert_true(e.list[i].domains == 22 || e.list[i].domains == 2);
    }
    assert_int_equal(wide, 1);
    assert_int_equal(narrow, 2);
    em_echoes_release(&e);
}

static void test_rules_can_be_switched(void **state)
{
    struct em_echo_options o = em_echo_defaults();
    struct em_echoes e;
    char dir[4096];
    (void)state;
    scratch(dir, "planted");
    o.keep_mirrors = true;
    find(&e, dir, &o);
    assert_int_equal(first_on(&e, "mirror0.example")->domains, 2);
    assert_null(first_on(&e, "press0.example"));
    em_echoes_release(&e);
    o = all_kinds();
    o.min_domains = 15;
    o.sort = EM_ECHO_DOMAINS;
    find(&e, dir, &o);
    assert_int_equal(e.n, 2);
    assert_int_equal(e.list[0].domains, 22);
    assert_int_equal(e.list[1].domains, 15);
    em_echoes_release(&e);
    o.min_domains = 2;
    o.limit = 3;
    find(&e, dir, &o);
    assert_int_equal(e.n, 3); /* the widest */
    assert_int_equal(e.list[2].domains, 14);
    em_echoes_release(&e);
}

/* Everything that is printed of the passages, as one hash. */
static uint64_t print_of(const struct em_echoes *e)
{
    uint64_t h = e->n + e->rows + e->shared + e->unverified;
    for (size_t i = 0; i < e->n; i++) {
        const struct em_echo *x = &e->list[i];
        uint64_t numbers[] = {x->kind,    x->prints, x->words,   x->documents, x->domains,
                              x->mirrors, x->judged, x->machine, x->n_sites};
        h = em_hash64(numbers, sizeof(numbers), h);
        h = em_hash64(x->hashes, x->n_hashes * sizeof(x->hashes[0]), h);
        h = em_hash64(x->names.data, x->names.len, h);
        h = em_hash64(x->texts.data, x->texts.len, h);
        h = em_hash64(&x->growth.rate, sizeof(x->growth.rate), h);
        for (size_t k = 0; k < x->n_sites; k++)
            h = em_hash64(&x->sites[k].date, sizeof(int64_t), h);
    }
    return h;
}

static void test_any_order_and_memory(void **state)
{
    struct em_echo_options o = all_kinds();
    struct em_echoes e;
    char dir[4096];
    (void)state;
    find(&e, scratch(dir, "planted"), &o);
    uint64_t first = print_of(&e);
    assert_int_equal(e.passes, 1);
    em_echoes_release(&e);
    o.memory = 9000;
    find(&e, dir, &o);
    assert_true(e.passes > 3);
    assert_true(print_of(&e) == first);
    em_echoes_release(&e);
    o.memory = (size_t)1 << 20;
    build(scratch(dir, "turned"), 7, 100, 13);
    find(&e, dir, &o);
    assert_true(print_of(&e) == first);
    em_echoes_release(&e);
}

static void test_forgotten_sites_are_gone(void **state)
{
    struct em_forget what = {.domain = EM_VIEW("echo3.example")};
    struct em_echo_options o = em_echo_defaults();
    struct em_err err = {.text = ""};
    struct em_echoes e;
    uint64_t gone;
    char dir[4096];
    (void)state;
    scratch(dir, "turned");
    assert_int_equal(em_index_forget(dir, &what, &gone, &err), EM_OK);
    assert_int_equal(gone, 1);
    what = (struct em_forget){.domain = EM_VIEW("echo0.example"),
                              .url = EM_VIEW("https://www.echo0.example/0")};
    assert_int_equal(em_index_forget(dir, &what, &gone, &err), EM_OK);
    assert_int_equal(gone, 1);
    find(&e, dir, &o);
    const struct em_echo *echo = first_on(&e, "echo1.example");
    assert_non_null(echo);
    assert_int_equal(echo->domains, 12);
    assert_null(first_on(&e, "echo0.example"));
    for (size_t i = 0; i < echo->n_sites; i++)
        assert_false(em_view_eq(echo->sites[i].domain, EM_VIEW("echo3.example")));
    em_echoes_release(&e);
}

/* --- values -------------------------------------------------------------------------------- */

static void one_value(struct em_buf *out, uint64_t i, uint64_t sites)
{
    char domain[64];
    site_name(domain, "s", (int)(em_mix64(i + 99) % sites));
    struct em_passage p = {.documents = 1, .n = 1};
    p.posts[0] = (struct em_passage_post){
        .domain = em_view_of(domain),
        .date = em_mix64(i) % 17 ? START + (int64_t)(em_mix64(i) % 300) * DAY
                                 : EM_DATE_UNKNOWN,
        .reference = em_mix64(i + 5) | 1,
        .url = (uint32_t)i,
        .word = (uint32_t)(i % 50),
        .documents = 1,
        .quoted = i % 3 == 0};
    assert_int_equal(em_passage_value(out, &p), EM_OK);
}

static const struct em_view a_key = {"\1\2\3\4\5\6\7\10", 8};

/* Documents i, i + step, ... in a tree whose shape depends on `shape`. */
static void merge_tree(struct em_buf *out, const uint64_t *order, size_t n,
                       uint64_t sites, uint64_t shape)
{
    if (n == 1) {
        one_value(out, order[0], sites);
        return;
    }
    struct em_buf a, b;
    size_t left = 1 + em_mix64(shape + n) % (n - 1);
    em_buf_init(&a, EM_MAX_VALUE);
    em_buf_init(&b, EM_MAX_VALUE);
    merge_tree(&a, order, left, sites, shape + 1);
    merge_tree(&b, order + left, n - left, sites, shape + 2);
    assert_int_equal(em_passage_combine(out, a_key, em_buf_view(&a), em_buf_view(&b)),
                     EM_OK);
    assert_true(out->len < 64 * 300 + EM_PASSAGE_REGISTERS);
    em_buf_release(&a);
    em_buf_release(&b);
}

static void test_values_merge_in_any_grouping(void **state)
{
    const uint64_t sites[] = {3, 60, 64, 65, 80, 400, 5000};
    enum { N = 900 };
    uint64_t order[N];
    (void)state;
    for (size_t s = 0; s < sizeof(sites) / sizeof(sites[0]); s++) {
        struct em_buf first, value;
        struct em_passage p;
        em_buf_init(&first, EM_MAX_VALUE);
        em_buf_init(&value, EM_MAX_VALUE);
        for (uint64_t i = 0; i < N; i++)
            order[i] = i;
        merge_tree(&first, order, N, sites[s], 1);
        for (uint64_t trial = 0; trial < 12; trial++) {
            for (uint64_t i = N - 1; i > 0; i--) {
                uint64_t k = em_mix64(trial * N + i) % (i + 1), swap = order[i];
                order[i] = order[k];
                order[k] = swap;
            }
            em_buf_clear(&value);
            merge_tree(&value, order, N, sites[s], trial * 1000);
            assert_true(em_view_eq(em_buf_view(&value), em_buf_view(&first)));
        }
        assert_int_equal(em_passage_read(&p, a_key, em_buf_view(&first)), EM_OK);
        assert_int_equal(p.documents, N);
        assert_int_equal(p.more, sites[s] > 64);
        if (sites[s] <= 80)
            assert_true(fabs((double)em_passage_domains(&p) - (double)sites[s]) <=
                        (sites[s] <= 64 ? 0 : 4));
        em_buf_release(&first);
        em_buf_release(&value);
    }
}

/* --- growth --------------------------------------------------------------------------------- */

/* Times with density e^(r t) on (0, days), by inversion. */
static size_t spread(int64_t *times, size_t n, double r, double days, uint64_t seed)
{
    for (size_t i = 0; i < n; i++) {
        double u = (double)(em_mix64(seed * 1000 + i) >> 11) / 9007199254740992.0;
        double t = fabs(r) < 1e-9 ? u * days : log1p(u * expm1(r * days)) / r;
        times[i] = START + (int64_t)(t * (double)DAY) + 1;
    }
    return n;
}

static void test_growth_is_recovered(void **state)
{
    const double rates[] = {-0.01, 0, 0.01, 0.03, 0.1};
    struct em_growth g;
    int64_t times[64];
    (void)state;
    for (size_t k = 0; k < 5; k++) {
        int covered = 0;
        double sum = 0;
        for (uint64_t trial = 0; trial < 400; trial++) {
            spread(times, 30, rates[k], 200, trial + 1000 * k);
            em_growth_fit(&g, START, START + 200 * DAY, times, 30, NULL);
            assert_true(g.known && g.low <= g.rate && g.rate <= g.high);
            covered += g.low <= rates[k] && rates[k] <= g.high;
            sum += g.rate;
        }
        /* 95 % of 400 is 380; five standard deviations are 22. */
        assert_in_range(covered, 358, 400);
        assert_true(fabs(sum / 400 - rates[k]) < 0.003 + 0.05 * fabs(rates[k]));
    }
    em_growth_fit(&g, START, START + DAY, times, 2, NULL);
    assert_false(g.known);
}

/* A crawl that doubles every month, and a passage that does not grow: by time alone it
 * seems to. */
static void test_growth_allows_for_the_crawl(void **state)
{
    uint64_t documents[12];
    int64_t times[60];
    struct em_growth with, without;
    size_t n = 0;
    (void)state;
    uint32_t first = em_date_month(START);
    for (uint32_t m = 0; m < 6; m++) {
        documents[m] = UINT64_C(100) << m;
        for (size_t i = 0; i < (size_t)1 << m && n < 60; i++) {
            double u = ((double)i + 0.5) / (double)((size_t)1 << m);
            int64_t from = em_month_start(first + m), to = em_month_start(first + m + 1);
            times[n++] = from + (int64_t)(u * (double)(to - from));
        }
    }
    struct em_exposure exposure = {first, 6, documents};
    int64_t end = em_month_start(first + 6) - 1;
    em_growth_fit(&with, START, end, times, n, &exposure);
    em_growth_fit(&without, START, end, times, n, NULL);
    assert_true(without.low > 0);
    assert_true(with.low < 0 && with.high > 0);
}

/* --- failing ----------------------------------------------------------------------------------- */

static void test_no_memory(void **state)
{
    struct em_echo_options o = all_kinds();
    struct em_err err = {.text = ""};
    struct em_store *store;
    struct em_echoes e;
    char dir[4096];
    long nth = 0;
    enum em_status status;
    (void)state;
    assert_int_equal(em_store_open(&store, scratch(dir, "planted"), EM_STORE_READ, &err),
                     EM_OK);
    do {
        em_alloc_fail_at(++nth, 0);
        status = em_echo_find(&e, store, &o, &err);
        em_alloc_fail_at(0, 0);
        assert_true(status == EM_OK || status == EM_ERR_NOMEM);
        em_echoes_release(&e);
        nth += nth / 8; /* the later ones are like each other */
    } while (status != EM_OK);
    assert_true(nth > 20);
    em_store_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_planted_echoes),
        cmocka_unit_test(test_nested_spread_is_not_merged),
        cmocka_unit_test(test_rules_can_be_switched),
        cmocka_unit_test(test_any_order_and_memory),
        cmocka_unit_test(test_forgotten_sites_are_gone),
        cmocka_unit_test(test_values_merge_in_any_grouping),
        cmocka_unit_test(test_growth_is_recovered),
        cmocka_unit_test(test_growth_allows_for_the_crawl),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
