/* SPDX-License-Identifier: Apache-2.0
 *
 * Model output that spreads from site to site in a made-up web, beside passages of people:
 * every site is counted in its month and class, growth is found where there is some, and a
 * passage that a reference set knows is known whatever was said of the pages around it.
 */
#include "base/alloc.h"
#include "index/answers/echo_series.h"
#include "index/hit.h"
#include "index/refs/refs.h"

#include "tests/unit/scratch.h"

#include "tests/unit/made_echo.h"

#include <math.h>

#define DAY   INT64_C(86400)
#define START INT64_C(1672531200) /* 2023-01-01 */

enum { MONTHS = 8 };

/* Sites that begin to carry a machine's passage in each month: they grow by a half. */
static const int machine_new[MONTHS] = {2, 3, 4, 6, 9, 13, 20, 30};
enum { HUMAN_NEW = 4, KNOWN_SITES = 6, UNCLEAR_SITES = 5, FILLER = 60 };

static int64_t date_in(int month, int i, int of)
{
    uint32_t first = em_date_month(START) + (uint32_t)month;
    int64_t from = em_month_start(first), to = em_month_start(first + 1);
    return from + (to - from) * (2 * i + 1) / (2 * of);
}

/* A document of a site of its own; `seed`: of its passage, of `words` words. */
static void page(struct made *m, const char *kind, int i, int64_t date, uint64_t seed,
                 size_t words, size_t around, enum em_verdict_kind verdict)
{
    char domain[64];
    static uint64_t at;
    snprintf(domain, sizeof(domain), "%s%d.example", kind, i);
    made_words(m, 900000 + ++at, around, 0, 0);
    made_words(m, seed, words, 0, 0);
    made_document(m, domain, date, at, verdict);
    if (strcmp(kind, "known") != 0)
        return;
    const struct em_document d = {.domain = em_view_of(domain),
                                  .date = date,
                                  .file = em_name_hash(EM_VIEW("made.jsonl")),
                                  .number = at};
    const struct em_match match = {.set = EM_VIEW("alpaca"),
                                   .item = EM_VIEW("item-7"),
                                   .kind = "model-output",
                                   .contained = 0.9f,
                                   .words = 100,
                                   .of = 110,
                                   .end = 40};
    made_check(em_hit_rows(&m->rows, &d, &match, 1, EM_VIEW("some words of the item")));
}

static void build(const char *dir)
{
    struct em_store *store;
    struct em_err err = {.text = ""};
    struct made m;
    int machine = 0, human = 0;
    made_init(&m);
    made_check(em_store_open(&store, dir, EM_STORE_CREATE, &err));
    for (int month = 0; month < MONTHS; month++) {
        for (int i = 0; i < FILLER; i++)
            page(&m, "filler", i, date_in(month, i, FILLER), 0, 0, 250, EM_VERDICT_HUMAN);
        for (int i = 0; i < machine_new[month]; i++, machine++)
            page(&m, "machine", machine, date_in(month, i, machine_new[month]),
                 1 + (uint64_t)machine % 3, 200, 40, EM_VERDICT_MACHINE);
        for (int i = 0; i < HUMAN_NEW; i++, human++)
            page(&m, "human", human, date_in(month, i, HUMAN_NEW), 11, 200, 40,
                 EM_VERDICT_HUMAN);
    }
    for (int i = 0; i < KNOWN_SITES; i++)
        page(&m, "known", i, date_in(i, 1, 2), 21, 100, 600, EM_VERDICT_HUMAN);
    for (int i = 0; i < UNCLEAR_SITES; i++)
        page(&m, "unclear", i, date_in(i, 1, 3), 31, 100, 600, EM_VERDICT_HUMAN);
    made_commit(&m, store);
    made_release(&m);
    em_store_free(store);
}

static struct em_echo_options all_models;

static struct em_store *planted(void)
{
    char dir[4096];
    struct em_store *store;
    struct em_err err = {.text = ""};
    assert_int_equal(em_store_open(&store, scratch(dir, "web"), EM_STORE_READ, &err),
                     EM_OK);
    return store;
}

static void counted_as_planted(void **unused)
{
    (void)unused;
    struct em_echo_series s;
    struct em_err err = {.text = ""};
    struct em_store *store = planted();
    uint64_t machine = 0;
    assert_int_equal(em_echo_series_make(&s, store, &all_models, NULL, NULL, &err),
                     EM_OK);
    assert_int_equal(s.n, MONTHS);
    assert_int_equal(s.left_out, 0);
    assert_int_equal(s.passages[EM_ECHO_SERIES_MACHINE], 4);
    assert_int_equal(s.passages[EM_ECHO_SERIES_KNOWN], 1);
    assert_int_equal(s.passages[EM_ECHO_SERIES_HUMAN], 1);
    assert_int_equal(s.passages[EM_ECHO_SERIES_UNCLEAR], 1);
    for (int i = 0; i < MONTHS; i++) {
        const struct em_echo_month *m = &s.months[i];
        uint64_t known = i < KNOWN_SITES, here = (uint64_t)machine_new[i] + known;
        machine += here;
        assert_int_equal(m->month, em_date_month(START) + (uint32_t)i);
        assert_int_equal(m->documents, (uint64_t)FILLER + (uint64_t)machine_new[i] +
                                           HUMAN_NEW + known + (i < UNCLEAR_SITES));
        assert_int_equal(m->sites[EM_ECHO_SERIES_MACHINE], here);
        assert_int_equal(m->sites[EM_ECHO_SERIES_KNOWN], known);
        assert_int_equal(m->sites[EM_ECHO_SERIES_HUMAN], HUMAN_NEW);
        assert_int_equal(m->total[EM_ECHO_SERIES_MACHINE], machine);
        assert_true(fabs(m->share - (double)here / (double)(here + HUMAN_NEW)) < 1e-9);
        assert_true(m->low < m->share && m->share < m->high);
    }
    assert_int_equal(s.all.sites[EM_ECHO_SERIES_MACHINE], machine);
    char said[EM_ECHO_SERIES_SENTENCE];
    em_echo_series_sentence(&s, said);
    assert_string_equal(said, "1 passage of known model output echoes from site to site "
                              "inside pages that are judged human: 6 pages.");
    s.hidden += 2;
    s.hidden_pages += 3;
    em_echo_series_sentence(&s, said);
    assert_non_null(strstr(said, " 2 other passages judged machine-written echo inside 3 "
                                 "pages judged human."));
    assert_int_equal(s.all.sites[EM_ECHO_SERIES_HUMAN], MONTHS * HUMAN_NEW);
    assert_int_equal(s.all.sites[EM_ECHO_SERIES_UNCLEAR], UNCLEAR_SITES);
    em_echo_series_release(&s);
    em_store_free(store);
}

/* From 3 to 30 new sites in seven months is a rate of 0.33; the crawl itself grows by a third
 * in that time. */
static void growth_where_there_is_some(void **unused)
{
    (void)unused;
    struct em_echo_series s;
    struct em_err err = {.text = ""};
    struct em_store *store = planted();
    assert_int_equal(em_echo_series_make(&s, store, &all_models, NULL, NULL, &err),
                     EM_OK);
    const struct em_growth *machine = &s.growth[EM_ECHO_SERIES_MACHINE];
    const struct em_growth *human = &s.growth[EM_ECHO_SERIES_HUMAN];
    assert_true(machine->known && human->known && s.growth[EM_ECHO_SERIES_KNOWN].known);
    if (!(30.4 * machine->rate > 0.25 && 30.4 * machine->rate < 0.42 &&
          machine->low > 0.4 * machine->rate && machine->high < 1.6 * machine->rate))
        fail_msg("%f [%f, %f] a month", 30.4 * machine->rate, 30.4 * machine->low,
                 30.4 * machine->high);
    assert_true(human->low < 0 && human->high > -0.01);
    em_echo_series_release(&s);
    em_store_free(store);
}

/* What the pages around it are does not matter to a passage whose words are known, nor to
 * one judged by itself. */
static void who_wrote_it(void **unused)
{
    (void)unused;
    struct em_echoes echoes;
    struct em_echo_options options = em_echo_defaults();
    struct em_err err = {.text = ""};
    struct em_store *store = planted();
    int known = 0;
    assert_int_equal(em_echo_find(&echoes, store, &options, &err), EM_OK);
    for (size_t i = 0; i < echoes.n; i++) {
        struct em_echo *e = &echoes.list[i];
        if (!e->shared_item)
            continue;
        known++;
        assert_int_equal(e->set_kind, EM_REFS_MODEL_OUTPUT);
        assert_int_equal(e->judged, KNOWN_SITES);
        assert_int_equal(e->machine, 0);
        assert_int_equal(em_echo_written(e), EM_ECHO_WRITTEN_KNOWN);
        assert_true(fabs(e->contained - 0.9) < 1e-6);
        e->set_kind = EM_REFS_HUMAN;
        assert_int_equal(em_echo_written(e), EM_ECHO_WRITTEN_HUMAN);
        e->set_kind = EM_REFS_BENCHMARK; /* says nothing of who wrote it */
        assert_int_equal(em_echo_written(e), EM_ECHO_WRITTEN_UNCLEAR);
        e->scored = true;
        e->score_kind = EM_VERDICT_MACHINE;
        assert_int_equal(em_echo_written(e), EM_ECHO_WRITTEN_MACHINE);
        e->score_kind = EM_VERDICT_UNSURE;
        assert_int_equal(em_echo_written(e), EM_ECHO_WRITTEN_UNCLEAR);
    }
    assert_int_equal(known, 1);
    em_echoes_release(&echoes);
    em_store_free(store);
}

static void judge_machine(void *context, struct em_echo *echo)
{
    ++*(int *)context;
    echo->scored = true;
    echo->score_kind = EM_VERDICT_MACHINE;
}

/* Only what is unclear is asked about. */
static void judged_by_themselves(void **unused)
{
    (void)unused;
    struct em_store *store = planted();
    struct em_echo_series s;
    struct em_err err = {.text = ""};
    int asked = 0;
    assert_int_equal(
        em_echo_series_make(&s, store, &all_models, judge_machine, &asked, &err), EM_OK);
    assert_int_equal(asked, 1);
    assert_int_equal(s.passages[EM_ECHO_SERIES_UNCLEAR], 0);
    assert_int_equal(s.passages[EM_ECHO_SERIES_MACHINE], 5);
    assert_int_equal(s.hidden - s.hidden_known, 1);
    assert_int_equal(s.hidden_pages, KNOWN_SITES + UNCLEAR_SITES);
    em_echo_series_release(&s);
    em_store_free(store);
}

/* Three pages that are judged human have two passages each: they are three pages. */
static void pages_count_once(void **unused)
{
    (void)unused;
    char dir[4096], domain[64];
    struct em_store *store;
    struct em_echo_series s;
    struct made m;
    struct em_err err = {.text = ""};
    int asked = 0;
    made_init(&m);
    made_check(
        em_store_open(&store, scratch(dir, "two passages"), EM_STORE_CREATE, &err));
    for (uint64_t i = 0; i < 3; i++) {
        snprintf(domain, sizeof(domain), "both%d.example", (int)i);
        made_words(&m, 700 + i, 300, 0, 0);
        made_words(&m, 41, 120, 0, 0);
        made_words(&m, 800 + i, 300, 0, 0);
        made_words(&m, 42, 120, 0, 0);
        made_document(&m, domain, START + (int64_t)i * DAY, i, EM_VERDICT_HUMAN);
    }
    made_commit(&m, store);
    made_release(&m);
    made_check(em_echo_series_make(&s, store, &all_models, judge_machine, &asked, &err));
    assert_int_equal(s.hidden, 2);
    assert_int_equal(s.hidden_pages, 3);
    em_echo_series_release(&s);
    em_store_free(store);
}

/* The same documents as another model saw them: each model's months are its own. */
static void months_of_one_model(void **unused)
{
    (void)unused;
    char dir[4096];
    struct em_store *store;
    struct em_echo_series s;
    struct made m;
    struct em_err err = {.text = ""};
    struct em_document d = {.domain = EM_VIEW("one.example"),
                            .date = START,
                            .lang = EM_VIEW("en"),
                            .weight = 1,
                            .published = EM_DATE_UNKNOWN};
    made_init(&m);
    made_check(em_store_open(&store, scratch(dir, "models"), EM_STORE_CREATE, &err));
    for (d.model = 1; d.model <= 2; d.model++)
        made_check(em_cell_rows(&m.rows, &d));
    made_commit(&m, store);
    const struct em_echo_options one = em_echo_series_options(2);
    made_check(em_echo_series_make(&s, store, &one, NULL, NULL, &err));
    assert_int_equal(s.all.documents, 1);
    em_echo_series_release(&s);
    made_release(&m);
    em_store_free(store);
}

static void no_echoes(void **unused)
{
    (void)unused;
    char dir[4096];
    struct em_store *store;
    struct em_echo_series s;
    struct em_err err = {.text = ""};
    assert_int_equal(em_store_open(&store, scratch(dir, "empty"), EM_STORE_CREATE, &err),
                     EM_OK);
    assert_int_equal(em_echo_series_make(&s, store, &all_models, NULL, NULL, &err),
                     EM_OK);
    assert_int_equal(s.n, 0);
    assert_int_equal(s.all.sites[EM_ECHO_SERIES_MACHINE], 0);
    assert_true(isnan(s.all.share));
    char said[EM_ECHO_SERIES_SENTENCE];
    em_echo_series_sentence(&s, said);
    assert_string_equal(said, "");
    for (int c = 0; c < EM_ECHO_SERIES_CLASSES; c++)
        assert_false(s.growth[c].known);
    em_echo_series_release(&s);
    em_store_free(store);
}

static void no_memory(void **unused)
{
    (void)unused;
    struct em_store *store = planted();
    struct em_echo_series s;
    struct em_err err = {.text = ""};
    enum em_status status;
    long nth = 0;
    do {
        em_alloc_fail_at(++nth, 0);
        status = em_echo_series_make(&s, store, &all_models, NULL, NULL, &err);
        em_alloc_fail_at(0, 0);
        assert_true(status == EM_OK || status == EM_ERR_NOMEM);
        em_echo_series_release(&s);
        nth += nth / 8; /* the later ones are like each other */
    } while (status != EM_OK);
    assert_true(nth > 20);
    em_store_free(store);
}

static int setup(void **state)
{
    char dir[4096];
    if (scratch_setup(state) < 0)
        return -1;
    all_models = em_echo_series_options(0);
    build(scratch(dir, "web"));
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counted_as_planted),
        cmocka_unit_test(growth_where_there_is_some),
        cmocka_unit_test(who_wrote_it),
        cmocka_unit_test(pages_count_once),
        cmocka_unit_test(months_of_one_model),
        cmocka_unit_test(no_echoes),
        cmocka_unit_test(judged_by_themselves),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests_name("echo_series", tests, setup, scratch_teardown);
}
