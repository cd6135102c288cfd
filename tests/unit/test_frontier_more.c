/* SPDX-License-Identifier: Apache-2.0
 *
 * The frontier, one promise at a time: revisits when due and when a sitemap says so, turns
 * under a focus (nothing starves), budgets, notes and files, one writer, tasks at a time by
 * chance against a naive twin, damaged files, and every allocation failing once.
 */
#include "base/alloc.h"
#include "base/hash.h"
#include "crawler/web/frontier/frontier.h"
#include "tests/unit/scratch.h"

#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>

static const int64_t START = INT64_C(1750000000000), DAY = 86400000;

struct test {
    struct em_frontier *f;
    struct em_frontier_options options;
    struct em_url url;
    int64_t now;
    char dir[4096];
    struct em_err err;
};

static void begin(struct test *t, const char *name)
{
    *t = (struct test){.now = START};
    scratch(t->dir, name);
    em_frontier_options_init(&t->options);
    t->options.no_sync = true;
    em_url_init(&t->url, 8192);
}

static void reopen(struct test *t)
{
    em_frontier_free(t->f);
    if (em_frontier_open(&t->f, t->dir, EM_FRONTIER_WRITE, &t->options, t->now, &t->err))
        fail_msg("%s", t->err.text);
}

static void end(struct test *t)
{
    em_frontier_free(t->f);
    em_url_release(&t->url);
    if (em_frontier_open(&t->f, t->dir, EM_FRONTIER_READ, NULL, t->now, &t->err) ||
        em_frontier_validate(t->f, &t->err))
        fail_msg("%s", t->err.text);
    em_frontier_free(t->f);
}

static enum em_cut add(struct test *t, const char *text, enum em_link_source source,
                       int64_t lastmod)
{
    struct em_frontier_link link = {
        .source = source, .depth = 1, .linking = NAN, .lastmod_ms = lastmod};
    enum em_cut cut;
    assert_int_equal(em_url_parse(&t->url, em_view_of(text), NULL), EM_OK);
    assert_int_equal(em_frontier_add(t->f, &t->url, &link, &cut, &t->err), EM_OK);
    return cut;
}

static void commit(struct test *t)
{
    if (em_frontier_commit(t->f, t->now, NULL, 0, EM_COMMIT_SIEVE, &t->err) != EM_OK)
        fail_msg("%s", t->err.text);
}

static struct em_frontier_host *next_host(struct test *t)
{
    struct em_frontier_host *host;
    enum em_status status = em_frontier_host_next(t->f, t->now, &host, NULL, &t->err);
    assert_true(status == EM_OK || status == EM_END);
    return host;
}

static bool next_task(struct test *t, uint64_t host, struct em_frontier_task *task)
{
    enum em_status status = em_frontier_task_next(t->f, host, t->now, task, &t->err);
    assert_true(status == EM_OK || status == EM_END);
    return status == EM_OK;
}

static void done(struct test *t, const struct em_frontier_task *task,
                 const struct em_frontier_result *result)
{
    assert_int_equal(em_frontier_done(t->f, task, result, &t->err), EM_OK);
}

static void why(struct test *t, const char *text, struct em_frontier_why *out)
{
    assert_int_equal(em_url_parse(&t->url, em_view_of(text), NULL), EM_OK);
    assert_int_equal(em_frontier_why(t->f, &t->url, t->now, out, &t->err), EM_OK);
}

static struct em_frontier_counts counts(struct test *t)
{
    struct em_frontier_counts c;
    assert_int_equal(em_frontier_count(t->f, &c, &t->err), EM_OK);
    return c;
}

/* Fetches the only URL there is. */
static void fetch_one(struct test *t, enum em_outcome outcome, const char *etag,
                      const uint8_t digest[20], bool revisit)
{
    struct em_frontier_task task;
    struct em_frontier_host *host = next_host(t);
    assert_non_null(host);
    assert_true(next_task(t, host->id, &task));
    assert_int_equal(task.revisit, revisit);
    if (revisit) {
        assert_true(em_view_eq(task.etag, EM_VIEW("\"one\"")));
        assert_true(task.digest_known && task.digest[0] == 7);
        assert_int_equal(task.fetched_ms < t->now, 1);
    }
    struct em_frontier_result result = {.outcome = outcome,
                                        .http_status = 200,
                                        .now_ms = t->now,
                                        .etag = em_view_of(etag),
                                        .digest = digest,
                                        .score = NAN};
    done(t, &task, &result);
    assert_false(next_task(t, host->id, &task));
    em_frontier_host_release(t->f, host->id, t->now);
    commit(t);
}

static void test_revisit(void **state)
{
    static const uint8_t digest[20] = {7};
    struct test t;
    struct em_frontier_why w;
    struct em_frontier_host *host;
    int64_t wake;
    (void)state;
    begin(&t, "revisit");
    t.options.revisit.enabled = true;
    reopen(&t);
    add(&t, "http://a.example/", EM_LINK_SEED, 0);
    commit(&t);
    fetch_one(&t, EM_OUTCOME_FETCHED, "\"one\"", digest, false);
    why(&t, "http://a.example/", &w);
    assert_int_equal(w.state, EM_URL_DONE);
    int64_t due = w.due_ms;
    assert_true(due > t.now + 6 * DAY && due < t.now + 8 * DAY);
    assert_int_equal(em_frontier_host_next(t.f, t.now, &host, &wake, &t.err), EM_END);
    assert_int_equal(wake, due);
    t.now = due;
    assert_null(next_host(&t)); /* a commit brings it */
    commit(&t);
    fetch_one(&t, EM_OUTCOME_UNCHANGED, "", NULL, true);
    why(&t, "http://a.example/", &w);
    assert_int_equal(w.outcome, EM_OUTCOME_UNCHANGED);
    assert_true(w.due_ms - t.now > 8 * DAY); /* it changes less often than thought */
    assert_int_equal(w.history.n, 1);
    /* A sitemap says that it changed since, after a restart: due at once; once. */
    reopen(&t);
    t.now += DAY;
    add(&t, "http://a.example/", EM_LINK_SITEMAP, t.now - 3 * DAY);
    commit(&t);
    assert_null(next_host(&t));
    add(&t, "http://a.example/", EM_LINK_SITEMAP, t.now - 1000);
    commit(&t);
    add(&t, "http://a.example/", EM_LINK_SITEMAP, t.now - 500);
    commit(&t);
    assert_int_equal(counts(&t).queued, 1);
    fetch_one(&t, EM_OUTCOME_FETCHED, "\"two\"", digest, true);
    assert_null(next_host(&t));
    /* The time at which it was due before has been overtaken: nothing happens then. */
    why(&t, "http://a.example/", &w);
    due = w.due_ms;
    assert_int_equal(counts(&t).revisits, 2);
    t.now = due - 1;
    commit(&t);
    assert_null(next_host(&t));
    assert_int_equal(counts(&t).seen, 1);
    end(&t);
}

/* One host is all machine text, the others are not. Under a focus it comes first, again and
 * again; the others get their share of turns all the same. */
static void test_turns(void **state)
{
    enum { HOSTS = 12, PAGES = 200 };
    struct test t;
    unsigned fetched[HOSTS] = {0}, turns = 0;
    struct em_frontier_task task;
    (void)state;
    begin(&t, "turns");
    t.options.max_hosts = 1;
    t.options.host_urls = 5;
    t.options.focus.focus = EM_FOCUS_SYNTHETIC;
    reopen(&t);
    for (int h = 0; h < HOSTS; h++)
        for (int p = 0; p < PAGES; p++) {
            char text[64];
            snprintf(text, sizeof(text), "http://h%02d.example/%d", h, p);
            assert_int_equal(add(&t, text, EM_LINK_PAGE, 0), EM_CUT_NONE);
        }
    commit(&t);
    for (; turns < 240; turns++) {
        struct em_frontier_host *host = next_host(&t);
        assert_non_null(host);
        unsigned h = (unsigned)strtoul(host->origin.data + 8, NULL, 10), n = 0;
        while (next_task(&t, host->id, &task)) {
            struct em_frontier_result result = {.outcome = EM_OUTCOME_FETCHED,
                                                .http_status = 200,
                                                .now_ms = t.now,
                                                .score = h == 3 ? 1 : 0};
            done(&t, &task, &result);
            fetched[h]++;
            n++;
        }
        assert_true(n <= 5);
        em_frontier_host_release(t.f, host->id, t.now);
        commit(&t);
    }
    assert_int_equal(fetched[3], PAGES); /* all of it, the reserve last */
    for (int h = 0; h < HOSTS; h++)
        assert_true(fetched[h] >= 10);
    end(&t);
}

static void test_budget(void **state)
{
    struct test t;
    struct em_frontier_task task;
    unsigned n = 0;
    (void)state;
    begin(&t, "budget");
    t.options.budget_host = 3;
    t.options.budget = 7;
    t.options.max_queue_host = 5;
    reopen(&t);
    for (int i = 0; i < 40; i++) {
        char text[64];
        snprintf(text, sizeof(text), "http://h%d.example/%d", i / 10, i);
        add(&t, text, EM_LINK_PAGE, 0);
    }
    commit(&t);
    assert_int_equal(counts(&t).cuts[EM_CUT_QUEUE_FULL], 20);
    for (struct em_frontier_host *host; (host = next_host(&t)) && n < 7;) {
        while (next_task(&t, host->id, &task)) {
            struct em_frontier_result result = {
                .outcome = EM_OUTCOME_FETCHED, .now_ms = t.now, .score = NAN};
            done(&t, &task, &result);
            n++;
        }
        assert_true(host->fetched <= 3);
        em_frontier_host_release(t.f, host->id, t.now);
    }
    commit(&t);
    assert_int_equal(n, 7);
    assert_int_equal(counts(&t).cuts[EM_CUT_BUDGET_HOST], 4);
    end(&t);
}

static enum em_status see_file(void *context, const struct em_frontier_file *file)
{
    char *seen = context;
    snprintf(seen + strlen(seen), 64, "%.*s=%llu ", EM_VIEW_ARGS(file->name),
             (unsigned long long)file->length);
    return EM_OK;
}

static void test_notes(void **state)
{
    struct test t;
    struct em_buf value;
    char seen[256] = "";
    struct em_frontier *second;
    (void)state;
    begin(&t, "notes");
    reopen(&t);
    em_buf_init(&value, 1024);
    assert_int_equal(em_frontier_note_get(t.f, EM_VIEW("x"), &value, &t.err),
                     EM_ERR_NOTFOUND);
    assert_int_equal(em_frontier_note_put(t.f, EM_VIEW("x"), EM_VIEW("one"), &t.err),
                     EM_OK);
    assert_int_equal(em_frontier_note_put(t.f, EM_VIEW("x"), EM_VIEW("two"), &t.err),
                     EM_OK);
    struct em_frontier_file files[] = {{EM_VIEW("b.warc"), 10, false},
                                       {EM_VIEW("a.warc"), 20, false}};
    assert_int_equal(em_frontier_commit(t.f, t.now, files, 2, 0, &t.err), EM_OK);
    files[0].closed = true;
    files[1].length = 30;
    assert_int_equal(em_frontier_commit(t.f, t.now, files, 2, 0, &t.err), EM_OK);
    assert_int_equal(
        em_frontier_open(&second, t.dir, EM_FRONTIER_WRITE, &t.options, t.now, &t.err),
        EM_ERR_IO);
    assert_non_null(strstr(t.err.text, "one at a time"));
    assert_null(second);
    reopen(&t);
    assert_int_equal(em_frontier_file_each(t.f, see_file, seen, &t.err), EM_OK);
    assert_string_equal(seen, "a.warc=30 ");
    assert_int_equal(em_frontier_note_get(t.f, EM_VIEW("x"), &value, &t.err), EM_OK);
    assert_true(em_view_eq(em_buf_view(&value), EM_VIEW("two")));
    em_buf_release(&value);
    end(&t);
    char path[4096];
    assert_int_equal(em_frontier_open(&second, scratch(path, "nothing"), EM_FRONTIER_READ,
                                      NULL, t.now, &t.err),
                     EM_ERR_NOTFOUND);
}

/* --- by chance -------------------------------------------------------------------------------- */

enum { C_HOSTS = 7, C_PAGES = 300, C_OUT = 40 };

/* Many tasks of a host out at a time, ending in any order, coming back, failing, and the
 * process forgetting what is out: everything is settled exactly once. */
static void test_by_chance(void **state)
{
    struct test t;
    static struct em_frontier_task out[C_OUT];
    static unsigned settled[C_HOSTS * C_PAGES];
    size_t n_out = 0, total = 0;
    uint64_t r = 7, staged[C_HOSTS * C_PAGES], n_staged = 0;
    (void)state;
    begin(&t, "chance");
    t.options.max_hosts = 3;
    t.options.host_urls = 9;
    t.options.polite.max_attempts = 1000;
    t.options.focus.focus = EM_FOCUS_ECHO;
    reopen(&t);
    memset(settled, 0, sizeof(settled));
    unsigned found = 0;
    for (unsigned step = 0; total < C_HOSTS * C_PAGES; step++) {
        assert_true(step < 200000);
        r = em_mix64(r + 1);
        for (unsigned i = 0; found < C_HOSTS * C_PAGES && i < r % 5; i++, found++) {
            char text[64];
            snprintf(text, sizeof(text), "http://h%u.example/%u", found % C_HOSTS, found);
            assert_int_equal(add(&t, text, EM_LINK_PAGE, 0), EM_CUT_NONE);
        }
        struct em_frontier_host *host = next_host(&t);
        for (unsigned h = 0; h < C_HOSTS; h++) {
            char origin[64];
            int len = snprintf(origin, sizeof(origin), "http://h%u.example", h);
            host = em_frontier_host_get(t.f, em_hash64(origin, (size_t)len, 0));
            if (!host || em_mix64(r + h) % 3 == 0)
                continue;
            uint64_t id = host->id;
            size_t mine = 0;
            bool more = true;
            while (n_out < C_OUT && em_mix64(r + n_out) % 4 && more)
                if ((more = next_task(&t, id, &out[n_out])))
                    n_out++;
            for (size_t i = 0; i < n_out; i++)
                mine += out[i].host == id;
            if (!more && mine == 0)
                em_frontier_host_release(t.f, id, t.now);
        }
        for (size_t i = 0; i < n_out;) {
            uint64_t dice = em_mix64(r ^ out[i].seq) % 16;
            if (dice > 4) {
                i++;
                continue;
            }
            struct em_frontier_result result = {.outcome = dice == 0 ? EM_OUTCOME_FAILED
                                                           : dice == 1
                                                               ? EM_OUTCOME_RETURNED
                                                               : EM_OUTCOME_FETCHED,
                                                .now_ms = t.now,
                                                .score = (double)(out[i].hash % 2)};
            if (dice > 1) {
                const char *slash = strrchr(out[i].url.data, '/');
                unsigned page = (unsigned)strtoul(slash + 1, NULL, 10);
                staged[n_staged++] = page;
                settled[page]++;
                total++;
            }
            done(&t, &out[i], &result);
            out[i] = out[--n_out];
        }
        if (r % 7 == 0) {
            commit(&t);
            n_staged = 0;
        }
        if (r % 401 == 0) { /* everything since the last commit never happened */
            while (n_staged) {
                settled[staged[--n_staged]]--;
                total--;
            }
            n_out = 0;
            reopen(&t);
            found = (unsigned)(counts(&t).seen + counts(&t).pending);
        }
    }
    commit(&t);
    for (unsigned i = 0; i < C_HOSTS * C_PAGES; i++)
        assert_int_equal(settled[i], 1);
    assert_int_equal(counts(&t).queued, 0);
    assert_int_equal(counts(&t).outcomes[EM_OUTCOME_FETCHED], C_HOSTS * C_PAGES);
    end(&t);
}

/* --- damage and memory ------------------------------------------------------------------------- */

/* A small crawl with a bit of everything; the first failure. */
static enum em_status small(const char *dir, struct em_err *err)
{
    struct em_frontier *f = NULL;
    struct em_frontier_options options;
    struct em_frontier_host *host;
    struct em_frontier_task task;
    struct em_url url;
    struct em_frontier_link link = {
        .source = EM_LINK_PAGE, .linking = NAN, .lastmod_ms = 5};
    enum em_cut cut;
    em_frontier_options_init(&options);
    options.no_sync = true;
    options.revisit.enabled = true;
    em_url_init(&url, 8192);
    enum em_status status =
        em_frontier_open(&f, dir, EM_FRONTIER_WRITE, &options, START, err);
    for (int round = 0; round < 9 && status >= 0; round++) {
        for (int i = 0; i < 6 && status >= 0; i++) {
            char text[64];
            snprintf(text, sizeof(text), "http://h%d.example/a/%d?x=1&y=2&z=3", i % 3,
                     round * 6 + i);
            status = em_url_parse(&url, em_view_of(text), NULL);
            if (status >= 0)
                status = em_frontier_add(f, &url, &link, &cut, err);
        }
        if (status >= 0)
            status = em_frontier_commit(f, START + round * 9 * DAY, NULL, 0, 0, err);
        while (status >= 0 &&
               (status = em_frontier_host_next(f, START, &host, NULL, err)) == EM_OK) {
            uint64_t id = host->id;
            status = em_frontier_robots_set(f, id, EM_ROBOTS_RULES, EM_VIEW("rules"),
                                            START, err);
            while (status >= 0 &&
                   (status = em_frontier_task_next(f, id, START, &task, err)) == EM_OK) {
                struct em_frontier_result result = {
                    .outcome = round % 2 ? EM_OUTCOME_FETCHED : EM_OUTCOME_FAILED,
                    .now_ms = START + round * 9 * DAY,
                    .etag = EM_VIEW("e"),
                    .score = 0.5};
                status = em_frontier_done(f, &task, &result, err);
            }
            em_frontier_host_release(f, id, START);
        }
    }
    if (status >= 0)
        status = em_frontier_validate(f, err);
    em_frontier_free(f);
    em_url_release(&url);
    return status < 0 ? status : EM_OK;
}

static void test_memory(void **state)
{
    char path[4096], command[4200];
    struct em_err err = {.text = ""};
    (void)state;
    scratch(path, "memory");
    snprintf(command, sizeof(command), "rm -rf '%s'", path);
    em_alloc_fail_at(0, 0);
    if (small(path, &err) != EM_OK)
        fail_msg("%s", err.text);
    long all = em_alloc_count();
    assert_true(all > 500);
    const char *slow = getenv("ECHOMETER_SLOW"); /* "skip": fewer, under valgrind */
    long sample = slow && strcmp(slow, "skip") == 0 ? 15 : 150;
    /* Each of the first (opening), and a sample of those in the crawl. */
    for (long n = 1; n <= all; n += n < 40 && sample > 15 ? 1 : 1 + all / sample) {
        assert_int_equal(system(command), 0);
        em_alloc_fail_at(n, 0);
        err = (struct em_err){.text = ""};
        enum em_status status = small(path, &err);
        em_alloc_fail_at(0, 0);
        /* Only mixing the streams of a turn goes on without memory. */
        if (status != EM_ERR_NOMEM && status != EM_OK)
            fail_msg("allocation %ld: %s: %s", n, em_status_text(status), err.text);
        /* What was committed is sound, and the same crawl continues. */
        if (small(path, &err) != EM_OK)
            fail_msg("after allocation %ld: %s", n, err.text);
    }
    assert_int_equal(system(command), 0);
}

/* Bytes changed anywhere in the values: refused or harmless, never a crash, and validation
 * finds what is refused. */
static void test_damage(void **state)
{
    char path[4096], file[4200];
    struct em_err err = {.text = ""};
    struct stat st;
    unsigned refused = 0, tries = 0;
    (void)state;
    scratch(path, "damage");
    assert_int_equal(small(path, &err), EM_OK);
    snprintf(file, sizeof(file), "%s/data.mdb", path);
    assert_int_equal(stat(file, &st), 0);
    char *bytes = malloc((size_t)st.st_size);
    int fd = open(file, O_RDWR);
    assert_int_equal(pread(fd, bytes, (size_t)st.st_size, 0), st.st_size);
    /* Only text that we wrote is changed: LMDB trusts its own pages. */
    for (off_t i = 0; i + 16 < st.st_size; i++) {
        if (memcmp(bytes + i, "http://h", 8) != 0 && memcmp(bytes + i, "/a/", 3) != 0)
            continue;
        char changed = (char)(bytes[i + 1] ^ 4);
        tries++;
        assert_int_equal(pwrite(fd, &changed, 1, i + 1), 1);
        struct em_frontier *f;
        enum em_status status =
            em_frontier_open(&f, path, EM_FRONTIER_READ, NULL, START, &err);
        if (status == EM_OK) {
            status = em_frontier_validate(f, &err);
            em_frontier_free(f);
        }
        refused += status < 0;
        assert_true(status == EM_OK || status == EM_ERR_CHECKSUM ||
                    status == EM_ERR_FORMAT);
        assert_int_equal(pwrite(fd, bytes + i + 1, 1, i + 1), 1);
    }
    close(fd);
    free(bytes);
    assert_true(tries > 20 && refused > tries / 20); /* most pages are old copies */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_revisit),   cmocka_unit_test(test_turns),
        cmocka_unit_test(test_budget),    cmocka_unit_test(test_notes),
        cmocka_unit_test(test_by_chance), cmocka_unit_test(test_memory),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
