/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows and sentences of prevalence over many made indexes whose truth is known: "nothing
 * speaks against" is never said while the truth is outside the interval, and is said of most
 * that give no reason not to. And the rule that chooses the model, pools, old documents.
 */
#include "base/hash.h"
#include "include/echometer.h"
#include "index/answers/sites.h"
#include "index/answers/statement.h"
#include "index/cell.h"
#include "index/document.h"
#include "tests/unit/scratch.h"

#include "tests/unit/made_block.h"

#include <inttypes.h>

enum { REPLICATES = 40 };

static uint64_t state;

static double uniform(void)
{
    return made_uniform(&state);
}

struct world {
    unsigned documents, sites;
    double old;     /* share captured before 2022-11 */
    double undated; /* share without a date */
    double foreign; /* share in a language without a model */
    double shorts;  /* share too short */
    double machine; /* share of machine text among later documents */
    double giant;   /* share of documents on one site */
    bool unknown;   /* machine text that scores like half human */
    bool published; /* captured in one month; old ones say so by meta elements */
    bool no_urls;
};

struct counted {
    uint64_t judged, machine, documents;
};

static struct em_document made_document(const struct world *w, uint64_t i,
                                        char domain[40], char url[80],
                                        struct counted *counted)
{
    unsigned site = uniform() < w->giant ? 0 : (unsigned)(uniform() * w->sites);
    bool old = uniform() < w->old, dated = uniform() >= w->undated;
    bool machine = !old && uniform() < w->machine;
    uint64_t at = 77 * (site + 1);
    double home = -3.4 + 0.5 * made_normal(&at);
    double kind = w->unknown ? -1 : site % 2 ? 4 : 2.2;
    double score =
        machine ? kind + 1.7 * made_normal(&state) : home + 1.3 * made_normal(&state);
    int64_t late = INT64_C(1672531200) + (int64_t)(uniform() * 60e6); /* 2023, 2024 */
    int64_t early = INT64_C(1577836800) + (int64_t)(uniform() * 80e6);
    snprintf(domain, 40, "site%u.example", site);
    snprintf(url, 80, "https://site%u.example/%" PRIu64, site, i);
    struct em_document d = {
        .domain = w->no_urls ? EM_VIEW_NONE : em_view_of(domain),
        .date = !dated         ? EM_DATE_UNKNOWN
                : w->published ? INT64_C(1738000000)
                : old          ? early
                               : late,
        .published = w->published ? (old ? early : late) : EM_DATE_UNKNOWN,
        .published_by = w->published ? EM_PUBLISHED_META : EM_PUBLISHED_UNKNOWN,
        .file = em_name_hash(EM_VIEW("made")),
        .number = i,
        .model = em_model_hash(EM_VIEW("made@00000001")),
        .flags = EM_DOCUMENT_SCORED | EM_DOCUMENT_STYLE,
        .kind = score >= 1.5   ? EM_VERDICT_MACHINE
                : score < -1.1 ? EM_VERDICT_HUMAN
                               : EM_VERDICT_UNSURE,
        .log_odds = (float)score,
        .style = 0.5f,
        .weight = 1,
        .words = 300,
        .edited = -1,
        .share = -1,
        .lang = EM_VIEW("en"),
        .url = em_view_of(url),
    };
    bool foreign = uniform() < w->foreign, small = uniform() < w->shorts;
    if (foreign || small) {
        d.flags = 0;
        d.log_odds = 0;
        d.kind = EM_VERDICT_ABSTAIN;
        d.abstain = foreign ? EM_ABSTAIN_LANGUAGE : EM_ABSTAIN_TOO_SHORT;
        d.lang = foreign ? EM_VIEW("fr") : EM_VIEW("en");
    }
    d.url_hash = em_name_hash(d.url);
    counted->documents++;
    counted->judged += d.kind != EM_VERDICT_ABSTAIN;
    counted->machine += d.kind != EM_VERDICT_ABSTAIN && machine;
    return d;
}

static void add_row(struct em_rows *rows, const struct em_document *d)
{
    struct em_buf key, value;
    em_buf_init(&key, EM_MAX_KEY);
    em_buf_init(&value, 1 << 16);
    assert_int_equal(em_document_key(&key, d), EM_OK);
    assert_int_equal(em_document_value(&value, d), EM_OK);
    assert_int_equal(
        em_rows_add(rows, EM_TABLE_DOCUMENTS, em_buf_view(&key), em_buf_view(&value)),
        EM_OK);
    assert_int_equal(em_cell_rows(rows, d), EM_OK);
    em_buf_release(&key);
    em_buf_release(&value);
}

static void add_model(struct em_rows *rows, const char *whole)
{
    struct em_calibration block;
    struct em_buf bytes;
    em_buf_init(&bytes, 1 << 24);
    assert_int_equal(made_block_fill(&block), EM_OK);
    assert_int_equal(em_calibration_pack(&bytes, &block), EM_OK);
    const struct em_index_member member = {em_view_of(whole), em_view_of(whole),
                                           EM_VIEW("en"), em_buf_view(&bytes)};
    assert_int_equal(em_index_model_row(rows, 0, &member), EM_OK);
    em_calibration_release(&block);
    em_buf_release(&bytes);
}

static struct em_store *made_index(const struct world *w, const char *dir,
                                   struct counted *counted)
{
    struct em_store *store;
    struct em_rows rows;
    struct em_err err = {.text = ""};
    *counted = (struct counted){0, 0, 0};
    em_rows_init(&rows);
    assert_int_equal(em_store_open(&store, dir, EM_STORE_CREATE, &err), EM_OK);
    add_model(&rows, "made@00000001");
    for (uint64_t i = 0; i < w->documents; i++) {
        char domain[40], url[80];
        struct em_document d = made_document(w, i, domain, url, counted);
        add_row(&rows, &d);
    }
    const struct em_ledger entry = {.file = em_name_hash(EM_VIEW("made")),
                                    .model = em_model_hash(EM_VIEW("made@00000001")),
                                    .name = EM_VIEW("made"),
                                    .model_name = EM_VIEW("made@00000001"),
                                    .records = w->documents,
                                    .documents = w->documents,
                                    .complete = true};
    assert_int_equal(em_store_commit(store, &rows, &entry, 1, &err), EM_OK);
    em_rows_release(&rows);
    return store;
}

struct answer {
    struct em_prevalence_row total;
    struct em_statement said;
    bool covered;
};

static void answer_of(const struct world *w, const char *name, struct answer *out)
{
    char path[4096];
    struct counted counted;
    struct em_index_model model;
    struct em_prevalence *p;
    struct em_err err = {.text = ""};
    size_t n;
    struct em_store *store = made_index(w, scratch(path, name), &counted);
    assert_int_equal(em_index_model_choose(store, NULL, &model, &err), EM_OK);
    const struct em_prevalence_options options = {.axis = EM_PREVALENCE_AUTO,
                                                  .model = &model,
                                                  .replicates = REPLICATES,
                                                  .now = INT64_C(1790000000)};
    assert_int_equal(em_prevalence_run(&p, store, &options, &err), EM_OK);
    const struct em_prevalence_row *rows = em_prevalence_rows(p, &n);
    assert_int_equal(n, 1);
    out->total = rows[0];
    em_statement_make(&out->said, &rows[0], &model);
    assert_int_equal(rows[0].documents, counted.documents);
    assert_int_equal(rows[0].judged, counted.judged);
    const struct em_estimate *e = &rows[0].result.by[EM_QUANTIFY_MIXTURE];
    double truth = counted.judged ? (double)counted.machine / (double)counted.judged : 0;
    out->covered = e->low <= truth && truth <= e->high;
    em_prevalence_free(p);
    em_index_model_release(&model);
    em_store_free(store);
}

static struct world healthy(void)
{
    return (struct world){.documents = 900 + (unsigned)(uniform() * 600),
                          .sites = 60 + (unsigned)(uniform() * 60),
                          .old = 0.3 + 0.3 * uniform(),
                          .machine = uniform() < 0.2 ? 0 : 0.5 * uniform()};
}

enum { FLAWS = 11 };

/* The same with one thing wrong. */
static struct world flawed(int flaw)
{
    struct world w = healthy();
    switch (flaw) {
    case 0:
        w.undated = 0.3 + 0.6 * uniform();
        break;
    case 1:
        w.shorts = 0.3;
        break;
    case 2:
        w.sites = 2 + (unsigned)(uniform() * 6);
        break;
    case 3: /* all machine, nothing old to hold it against */
        w.old = 0;
        w.machine = 1;
        break;
    case 4:
        w.machine = 0;
        break;
    case 5:
        w.foreign = 0.4;
        break;
    case 6:
        w.documents = 20 + (unsigned)(uniform() * 100);
        break;
    case 7:
        w.giant = 0.8;
        break;
    case 8:
        w.no_urls = true;
        break;
    case 9: /* machine text unlike any that is known, and undated */
        w.unknown = true;
        w.undated = 0.5;
        break;
    default:
        w.old = 0;
        break;
    }
    return w;
}

static void never_clear_and_wrong(void **unused)
{
    (void)unused;
    const char *slow = getenv("ECHOMETER_SLOW");
    int runs = slow && strcmp(slow, "skip") == 0 ? 44 : 300, sound = 0, clear = 0;
    state = 4242;
    for (int i = 0; i < runs; i++) {
        struct answer a;
        char name[40];
        bool good = i % 2 == 0;
        struct world w = good ? healthy() : flawed(i / 2 % FLAWS);
        snprintf(name, sizeof(name), "w%d", i);
        answer_of(&w, name, &a);
        if (a.said.clear && !a.covered)
            fail_msg("run %d (%s %d): clear, and wrong: %s", i, good ? "healthy" : "flaw",
                     i / 2 % FLAWS, a.said.headline);
        sound += good;
        clear += good && a.said.clear;
    }
    if (clear < 0.8 * sound)
        fail_msg("only %d of %d healthy indexes are clear", clear, sound);
}

static void warned_of(struct world w, const char *name, enum em_warning which)
{
    struct answer a;
    answer_of(&w, name, &a);
    assert_true(a.said.warned[which]);
    assert_true(a.said.warnings[which][0] != '\0');
    assert_false(a.said.clear);
}

static void each_flaw_is_said(void **unused)
{
    (void)unused;
    state = 7;
    warned_of(flawed(0), "undated", EM_WARNING_UNDATED);
    warned_of(flawed(1), "shorts", EM_WARNING_UNJUDGED);
    warned_of(flawed(2), "sites", EM_WARNING_FEW_SITES);
    warned_of(flawed(5), "foreign", EM_WARNING_UNJUDGED);
    warned_of(flawed(6), "tiny", EM_WARNING_FEW);
    warned_of(flawed(7), "giant", EM_WARNING_FEW_SITES);
    warned_of(flawed(8), "urls", EM_WARNING_NO_SITES);
    warned_of(flawed(10), "new", EM_WARNING_NO_SLICE);
}

/* The sentence names what was judged, and why the rest was not. */
static void sentences(void **unused)
{
    (void)unused;
    struct answer a;
    state = 99;
    struct world w = healthy();
    w.foreign = 0.2;
    w.shorts = 0.1;
    answer_of(&w, "said", &a);
    char want[200];
    snprintf(want, sizeof(want),
             "Of %" PRIu64 " documents judged (of %" PRIu64 "; not judged: %" PRIu64
             " in a language without a model, %" PRIu64 " too short), at least ",
             a.total.judged, a.total.documents, a.total.no_language, a.total.too_short);
    assert_int_equal(strncmp(a.said.headline, want, strlen(want)), 0);
    assert_int_equal(a.said.n_kinds, 2); /* bulk and prose, the one caught least first */
    assert_string_equal(a.said.kinds[0].name, "prose");
    assert_true(a.said.kinds[0].caught < a.said.kinds[1].caught);
    assert_non_null(strstr(a.said.unseen, "of prose"));
    w.shorts = 1;
    answer_of(&w, "none", &a);
    assert_non_null(strstr(a.said.headline, "nothing can be said"));
    assert_false(a.said.clear);
}

/* Captured in one month: old by what pages say of themselves. */
static void old_by_publication(void **unused)
{
    (void)unused;
    struct answer a;
    state = 5;
    struct world w = healthy();
    w.published = true;
    w.machine = 0.3;
    answer_of(&w, "published", &a);
    assert_int_equal(a.total.slice, EM_PREVALENCE_PUBLISHED_OLD);
    assert_true(a.total.result.sliced && a.covered);
    assert_int_equal(a.total.undated, 0); /* on the axis of publication */
}

static void pools(void **unused)
{
    (void)unused;
    char path[4096];
    struct counted counted;
    struct em_index_model model;
    struct em_prevalence *p;
    struct em_err err = {.text = ""};
    size_t n;
    state = 12;
    struct world w = healthy();
    w.documents = 700;
    struct em_store *store = made_index(&w, scratch(path, "pools"), &counted);
    assert_int_equal(em_index_model_choose(store, "made", &model, &err), EM_OK);
    struct em_prevalence_options options = {.by = EM_PREVALENCE_MONTH,
                                            .pool = true,
                                            .model = &model,
                                            .replicates = REPLICATES,
                                            .now = INT64_C(1790000000)};
    assert_int_equal(em_prevalence_run(&p, store, &options, &err), EM_OK);
    const struct em_prevalence_row *rows = em_prevalence_rows(p, &n);
    uint64_t documents = 0, judged = 0, months = 0;
    for (size_t i = 0; i < n; i++) {
        documents += rows[i].documents;
        judged += rows[i].judged;
        months += rows[i].n_months ? rows[i].n_months : 1;
        assert_true(rows[i].n_months != 1);
        if (rows[i].n_months)
            assert_true(strlen(rows[i].label) == 4 || strlen(rows[i].label) == 7);
        for (uint32_t k = 1; k < rows[i].n_months; k++) {
            assert_true(rows[i].months[k - 1] < rows[i].months[k]);
            assert_int_equal(rows[i].months[0] / 12, rows[i].months[k] / 12);
        }
        if (i > 0)
            assert_true(rows[i - 1].month < rows[i].month);
        assert_true(rows[i].scored >= EM_QUANTIFY_LEAST);
    }
    assert_int_equal(documents, counted.documents);
    assert_int_equal(judged, counted.judged);
    em_prevalence_free(p);
    options.pool = false;
    assert_int_equal(em_prevalence_run(&p, store, &options, &err), EM_OK);
    (void)em_prevalence_rows(p, &n);
    assert_int_equal(n, months);
    em_prevalence_free(p);
    em_index_model_release(&model);
    em_store_free(store);
}

/* The installed interface gives the rows of the room; a caller of another version gets what
 * its struct has. */
static void rows_of_the_library(void **unused)
{
    (void)unused;
    char path[4096], why[256] = "";
    struct counted counted;
    struct echometer_prevalence *rows;
    struct {
        struct echometer_prevalence_row known;
        char later[16];
    } row;
    struct echometer_prevalence_options options = ECHOMETER_PREVALENCE_INIT;
    uint64_t documents = 0, n = 0;
    state = 21;
    struct world w = healthy();
    em_store_free(made_index(&w, scratch(path, "library"), &counted));
    assert_int_equal(echometer_prevalence_open(&rows, path, NULL, why, sizeof(why)), 0);
    assert_int_equal(echometer_prevalence_next(rows, &row.known), 0);
    assert_string_equal(row.known.month, "all");
    assert_int_equal(row.known.documents, counted.documents);
    assert_int_equal(row.known.judged, counted.judged);
    assert_null(row.known.note);
    assert_string_equal(row.known.estimator, "mixture, own human slice");
    assert_string_equal(row.known.model, "made@00000001");
    assert_true(row.known.low <= row.known.estimate &&
                row.known.estimate <= row.known.high && row.known.zero_check >= 0);
    while (echometer_prevalence_next(rows, &row.known) == 0)
        documents += row.known.documents;
    assert_int_equal(documents, counted.documents); /* months, and doubtful dates */
    assert_int_equal(echometer_prevalence_next(rows, &row.known), 1);
    echometer_prevalence_close(rows);

    options.by = "tld,domain";
    options.row_size = offsetof(struct echometer_prevalence_row, documents);
    assert_int_equal(echometer_prevalence_open(&rows, path, &options, NULL, 0), 0);
    memset(&row, 0x5A, sizeof(row));
    while (echometer_prevalence_next(rows, &row.known) == 0) {
        assert_string_equal(row.known.tld, "example");
        assert_non_null(strstr(row.known.domain, ".example"));
        assert_string_equal(row.known.lang, "");
        n++;
    }
    assert_int_equal(n, w.sites);
    assert_int_equal(((unsigned char *)&row.known.documents)[0], 0x5A); /* not written */
    echometer_prevalence_close(rows);
    echometer_prevalence_close(NULL);
}

struct narrow {
    double error; /* mean, of shares of single sites */
    size_t n, anchored, held, checked;
};

/* Rows by domain of 30 sites with 40 old and 60 later documents; every third is half machine
 * text from then on. */
static void narrow_rows(struct em_store *store, const struct em_index_model *model,
                        enum em_prevalence_anchor anchor, struct narrow *out)
{
    struct em_prevalence *p;
    struct em_err err = {.text = ""};
    const struct em_prevalence_options options = {.by = EM_PREVALENCE_DOMAIN,
                                                  .anchor = anchor,
                                                  .model = model,
                                                  .replicates = REPLICATES,
                                                  .now = INT64_C(1790000000)};
    *out = (struct narrow){.n = 0};
    assert_int_equal(em_prevalence_run(&p, store, &options, &err), EM_OK);
    const struct em_prevalence_row *rows = em_prevalence_rows(p, &out->n);
    assert_int_equal(em_prevalence_anchor_sites(p),
                     anchor == EM_PREVALENCE_ANCHOR_NONE ? 0 : out->n);
    for (size_t i = 0; i < out->n; i++) {
        const struct em_estimate *e = &rows[i].result.by[EM_QUANTIFY_MIXTURE];
        long site = strtol(rows[i].domain.data + 4, NULL, 10);
        double truth = site % 3 == 0 ? 0.3 : 0; /* half of 60 in 100 */
        out->anchored += rows[i].slice == EM_PREVALENCE_ANCHORED;
        out->error += fabs(e->value - truth) / (double)out->n;
        out->checked += rows[i].zero_documents == 20; /* every second of 40 */
        out->held += e->low - 1e-9 <= truth && truth <= e->high + 1e-9;
    }
    em_prevalence_free(p);
}

static void narrow_index(const char *dir, struct em_store **store)
{
    struct em_rows rows;
    struct em_err err = {.text = ""};
    const struct world w = {.sites = 1};
    struct counted counted = {0, 0, 0};
    em_rows_init(&rows);
    assert_int_equal(em_store_open(store, dir, EM_STORE_CREATE, &err), EM_OK);
    add_model(&rows, "made@00000001");
    for (unsigned site = 0; site < 30; site++) {
        uint64_t at = 50 + 7 * site;
        double home = -2.6 + 0.9 * made_normal(&at);
        for (uint64_t i = 0; i < 100; i++) {
            char domain[40], url[80];
            struct em_document d =
                made_document(&w, 100 * site + i, domain, url, &counted);
            bool machine = site % 3 == 0 && i >= 70;
            snprintf(domain, sizeof(domain), "site%u.example", site);
            d.domain = em_view_of(domain);
            d.date = i < 40 ? INT64_C(1577836800) : INT64_C(1672531200);
            d.log_odds = (float)(machine ? 3 + 1.7 * made_normal(&state)
                                         : home + 1.2 * made_normal(&state));
            add_row(&rows, &d);
        }
    }
    const struct em_ledger entry = {.file = em_name_hash(EM_VIEW("made")),
                                    .model = em_model_hash(EM_VIEW("made@00000001")),
                                    .name = EM_VIEW("made"),
                                    .model_name = EM_VIEW("made@00000001"),
                                    .records = 3000,
                                    .documents = 3000,
                                    .complete = true};
    assert_int_equal(em_store_commit(*store, &rows, &entry, 1, &err), EM_OK);
    em_rows_release(&rows);
}

static void anchored_sites(void **unused)
{
    (void)unused;
    char path[4096];
    struct em_store *store;
    struct em_index_model model;
    struct em_err err = {.text = ""};
    struct narrow site, automatic, none;
    state = 77;
    narrow_index(scratch(path, "narrow"), &store);
    assert_int_equal(em_index_model_choose(store, NULL, &model, &err), EM_OK);
    narrow_rows(store, &model, EM_PREVALENCE_ANCHOR_SITE, &site);
    narrow_rows(store, &model, EM_PREVALENCE_ANCHOR_AUTO, &automatic);
    narrow_rows(store, &model, EM_PREVALENCE_ANCHOR_NONE, &none);
    assert_int_equal(site.n, 30);
    assert_int_equal(site.anchored, 30);
    assert_int_equal(automatic.anchored, 30);
    assert_int_equal(site.checked, 30);
    assert_int_equal(none.anchored, 0);
    assert_true(fabs(site.error - automatic.error) < 1e-12);
    if (!(site.error < 0.02 && site.error < 0.7 * none.error && site.held >= 27))
        fail_msg("error %f anchored, %f not; %zu of 30 intervals hold", site.error,
                 none.error, site.held);
    em_index_model_release(&model);
    em_store_free(store);
}

static void library_refuses(void **unused)
{
    (void)unused;
    char path[4096], why[256] = "";
    struct counted counted;
    struct echometer_prevalence *rows;
    const struct echometer_prevalence_options good = ECHOMETER_PREVALENCE_INIT;
    struct echometer_prevalence_options bad[5] = {good, good, good, good, good};
    static const char *const said[] = {"year", "never", "replicates is 3", "nowhere",
                                       "ECHOMETER_PREVALENCE_INIT"};
    state = 22;
    struct world w = healthy();
    em_store_free(made_index(&w, scratch(path, "refused"), &counted));
    bad[0].by = "year";
    bad[1].axis = "never";
    bad[2].replicates = 3;
    bad[3].model = "nowhere";
    bad[4].size = 0;
    for (size_t i = 0; i < 5; i++) {
        assert_true(echometer_prevalence_open(&rows, path, &bad[i], why, sizeof(why)) <
                    0);
        assert_null(rows);
        assert_non_null(strstr(why, said[i]));
    }
    assert_true(
        echometer_prevalence_open(&rows, "/nonexistent/x", NULL, why, sizeof(why)) < 0);
    assert_non_null(strstr(why, "/nonexistent/x"));
}

static void ledger_of(struct em_ledger *entry, const char *file, const char *model,
                      uint64_t documents)
{
    *entry = (struct em_ledger){.file = em_name_hash(em_view_of(file)),
                                .model = em_model_hash(em_view_of(model)),
                                .name = em_view_of(file),
                                .model_name = em_view_of(model),
                                .records = documents,
                                .documents = documents};
}

static void which_model(void **unused)
{
    (void)unused;
    char path[4096];
    struct em_store *store;
    struct em_rows rows;
    struct em_index_model model;
    struct em_err err = {.text = ""};
    struct em_ledger entries[5];
    em_rows_init(&rows);
    ledger_of(&entries[0], "a", "same@00000001", 10);
    ledger_of(&entries[1], "a", "same@00000002", 10);
    ledger_of(&entries[2], "b", "same@00000002", 5);
    ledger_of(&entries[3], "a", "en@0000000a+zh@0000000b", 15);
    ledger_of(&entries[4], "c", "", 100); /* read, never judged */
    assert_int_equal(
        em_store_open(&store, scratch(path, "models"), EM_STORE_CREATE, &err), EM_OK);
    add_model(&rows, "same@00000002");
    assert_int_equal(em_store_commit(store, &rows, entries, 5, &err), EM_OK);
    /* Of equals the first by name; what nothing judged is not a model. */
    assert_int_equal(em_index_model_choose(store, NULL, &model, &err), EM_OK);
    assert_string_equal(model.name, "en@0000000a+zh@0000000b");
    assert_int_equal(model.others, 2);
    assert_int_equal(model.documents, 15);
    assert_int_equal(model.n_blocks, 0);
    em_index_model_release(&model);
    assert_int_equal(em_index_model_choose(store, "same", &model, &err), EM_ERR_USAGE);
    assert_int_equal(em_index_model_choose(store, "same@00000002", &model, &err), EM_OK);
    assert_int_equal(model.documents, 15);
    assert_int_equal(model.n_blocks, 1);
    assert_non_null(em_index_model_block(&model, EM_VIEW("en-GB"), NULL));
    assert_null(em_index_model_block(&model, EM_VIEW("enm"), NULL));
    assert_null(em_index_model_block(&model, EM_VIEW("fr"), NULL));
    em_index_model_release(&model);
    assert_int_equal(em_index_model_choose(store, "zh", &model, &err), EM_OK);
    assert_string_equal(model.name, "en@0000000a+zh@0000000b");
    em_index_model_release(&model);
    assert_int_equal(em_index_model_choose(store, "z", &model, &err), EM_ERR_NOTFOUND);
    em_rows_release(&rows);
    em_store_free(store);
}

/* P(X >= 1) of a beta-binomial with a uniform prior and 3 draws: 1 - 1/4. */
static void tails(void **unused)
{
    (void)unused;
    assert_true(em_beta_binomial_tail(0, 3, 1, 1) == 1);
    assert_true(fabs(em_beta_binomial_tail(1, 3, 1, 1) - 0.75) < 1e-9);
    assert_true(fabs(em_beta_binomial_tail(3, 3, 1, 1) - 0.25) < 1e-9);
}

static void site_document(struct em_rows *rows, unsigned site, uint64_t i, int64_t date,
                          bool flagged)
{
    char domain[40], url[80];
    snprintf(domain, sizeof(domain), "site%03u.example", site);
    snprintf(url, sizeof(url), "https://site%03u.example/%" PRIu64, site, i);
    struct em_document d = {
        .domain = em_view_of(domain),
        .url_hash = em_name_hash(em_view_of(url)),
        .date = date,
        .published = EM_DATE_UNKNOWN,
        .file = em_name_hash(EM_VIEW("made")),
        .number = 1000 * (uint64_t)site + i,
        .model = em_model_hash(EM_VIEW("made@00000001")),
        .flags = EM_DOCUMENT_SCORED | EM_DOCUMENT_STYLE,
        .kind = flagged ? EM_VERDICT_MACHINE : EM_VERDICT_HUMAN,
        .log_odds = flagged ? 3 : -3,
        .style = 0.5f,
        .weight = 1,
        .words = 300,
        .edited = -1,
        .share = -1,
        .lang = EM_VIEW("en"),
        .url = em_view_of(url),
    };
    add_row(rows, &d);
}

/* 200 sites with false alarms that differ from site to site; every fifth turns in March 2024:
 * half of what it publishes then is machine text, of which 85 % is caught. */
static void sites_that_turned(void **unused)
{
    (void)unused;
    char path[4096];
    struct em_store *store;
    struct em_rows rows;
    struct em_index_model model;
    struct em_sites sites;
    struct em_err err = {.text = ""};
    const int64_t day = 86400, early = INT64_C(1577836800), late = INT64_C(1672531200);
    const int64_t turn = INT64_C(1709251200); /* 2024-03-01 */
    state = 31;
    em_rows_init(&rows);
    assert_int_equal(
        em_store_open(&store, scratch(path, "turned"), EM_STORE_CREATE, &err), EM_OK);
    add_model(&rows, "made@00000001");
    for (unsigned site = 0; site < 200; site++) {
        double alarms = site % 7 == 0 ? 0.06 : 0.008;
        for (uint64_t i = 0; i < 30; i++)
            site_document(&rows, site, i, early + (int64_t)(uniform() * 900) * day,
                          uniform() < alarms);
        for (uint64_t i = 30; i < 70; i++) {
            int64_t date = late + (int64_t)(uniform() * 700) * day;
            bool machine = site % 5 == 0 && date >= turn && uniform() < 0.6;
            site_document(&rows, site, i, date,
                          machine ? uniform() < 0.85 : uniform() < alarms);
        }
    }
    site_document(&rows, 900, 1, late, true); /* too few to be tested */
    const struct em_ledger entry = {.file = em_name_hash(EM_VIEW("made")),
                                    .model = em_model_hash(EM_VIEW("made@00000001")),
                                    .name = EM_VIEW("made"),
                                    .model_name = EM_VIEW("made@00000001"),
                                    .records = 14001,
                                    .documents = 14001,
                                    .complete = true};
    if (em_store_commit(store, &rows, &entry, 1, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(em_index_model_choose(store, NULL, &model, &err), EM_OK);
    assert_int_equal(em_sites_find(&sites, store, &model, INT64_C(1790000000), &err),
                     EM_OK);
    assert_int_equal(sites.n, 200);
    unsigned found = 0, wrong = 0, timed = 0;
    for (size_t i = 0; i < sites.n; i++) {
        const struct em_site *s = &sites.items[i];
        unsigned site = (unsigned)strtoul(s->domain + 4, NULL, 10);
        if (i > 0)
            assert_true(sites.items[i - 1].share >= s->share);
        assert_true(s->q >= s->p && s->turned == (s->q <= EM_SITES_FALSE));
        found += s->turned && site % 5 == 0;
        wrong += s->turned && site % 5 != 0;
        int off = (int)s->month - (2024 * 12 + 2);
        timed += s->turned && site % 5 == 0 && off >= -2 && off <= 2;
    }
    assert_true(found >= 36);              /* 90 % of 40 */
    assert_true(wrong * 20 <= found + 20); /* about one in twenty at most */
    assert_true(timed * 10 >= found * 8);
    em_sites_release(&sites);
    em_index_model_release(&model);
    em_rows_release(&rows);
    em_store_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_flaw_is_said),     cmocka_unit_test(sentences),
        cmocka_unit_test(old_by_publication),    cmocka_unit_test(pools),
        cmocka_unit_test(rows_of_the_library),   cmocka_unit_test(library_refuses),
        cmocka_unit_test(anchored_sites),        cmocka_unit_test(tails),
        cmocka_unit_test(sites_that_turned),     cmocka_unit_test(which_model),
        cmocka_unit_test(never_clear_and_wrong),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
