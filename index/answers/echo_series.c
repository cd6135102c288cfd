/* SPDX-License-Identifier: Apache-2.0 */
#include "index/answers/echo_series.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { CLASSES = EM_ECHO_SERIES_CLASSES };

/* A site, or a page that is judged human, has a passage of a class. */
struct sight {
    uint64_t site; /* its name's hash; the page's reference */
    int64_t date;
    uint8_t class;
};

struct sights {
    struct sight *items;
    size_t n, cap;
};

const char *em_echo_series_name(enum em_echo_series_class which)
{
    static const char *const names[CLASSES] = {"known", "machine", "human", "unclear"};
    return names[which];
}

/* "1 passage", "2 passages" */
static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

void em_echo_series_sentence(const struct em_echo_series *s,
                             char out[EM_ECHO_SERIES_SENTENCE])
{
    uint64_t other = s->hidden - s->hidden_known;
    uint64_t other_pages = s->hidden_pages - s->hidden_known_pages;
    int n = 0;
    out[0] = '\0';
    if (s->hidden_known)
        n = snprintf(out, EM_ECHO_SERIES_SENTENCE,
                     "%" PRIu64 " passage%s of known model output echo%s from site to "
                     "site inside pages that are judged human: %" PRIu64 " page%s.",
                     s->hidden_known, plural(s->hidden_known),
                     s->hidden_known == 1 ? "es" : "", s->hidden_known_pages,
                     plural(s->hidden_known_pages));
    if (other)
        snprintf(out + n, EM_ECHO_SERIES_SENTENCE - (size_t)n,
                 "%s%" PRIu64 " %spassage%s judged machine-written echo%s inside %" PRIu64
                 " page%s judged human.",
                 n ? " " : "", other, n ? "other " : "", plural(other),
                 other == 1 ? "es" : "", other_pages, plural(other_pages));
}

/* --- which passages, on which sites --------------------------------------------------------- */

static enum em_status sight_add(struct sights *s, uint64_t site, int64_t date,
                                enum em_echo_series_class class)
{
    if (s->n == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 1024;
        void *more = em_realloc_array(s->items, cap, sizeof(s->items[0]));
        if (!more)
            return EM_ERR_NOMEM;
        s->items = more;
        s->cap = cap;
    }
    s->items[s->n++] = (struct sight){site, date, (uint8_t) class};
    return EM_OK;
}

/* The pages judged human that have a machine's passage. */
static enum em_status hidden_add(struct sights *pages, struct em_echo_series *out,
                                 const struct em_echo *echo, bool known)
{
    out->hidden += echo->human > 0;
    out->hidden_known += known && echo->human > 0;
    for (size_t i = 0; i < echo->n_sites; i++)
        if (echo->sites[i].judged_human)
            EM_TRY(sight_add(pages, echo->sites[i].reference, EM_DATE_UNKNOWN,
                             known ? EM_ECHO_SERIES_KNOWN : EM_ECHO_SERIES_MACHINE));
    return EM_OK;
}

static enum em_status sights_of(struct sights *s, struct sights *pages,
                                struct em_echo_series *out, const struct em_echo *echo)
{
    static const enum em_echo_series_class of[] = {
        [EM_ECHO_WRITTEN_UNCLEAR] = EM_ECHO_SERIES_UNCLEAR,
        [EM_ECHO_WRITTEN_HUMAN] = EM_ECHO_SERIES_HUMAN,
        [EM_ECHO_WRITTEN_MACHINE] = EM_ECHO_SERIES_MACHINE,
        [EM_ECHO_WRITTEN_KNOWN] = EM_ECHO_SERIES_MACHINE,
    };
    enum em_echo_written written = em_echo_written(echo);
    bool known = written == EM_ECHO_WRITTEN_KNOWN;
    if (echo->kind != EM_ECHO_ECHO && !known)
        return EM_OK;
    out->passages[of[written]]++;
    out->passages[EM_ECHO_SERIES_KNOWN] += known;
    if (of[written] == EM_ECHO_SERIES_MACHINE)
        EM_TRY(hidden_add(pages, out, echo, known));
    for (size_t i = 0; i < echo->n_sites; i++) {
        const struct em_echo_site *site = &echo->sites[i];
        uint64_t name = em_name_hash(site->domain);
        EM_TRY(sight_add(s, name, site->date, of[written]));
        if (known)
            EM_TRY(sight_add(s, name, site->date, EM_ECHO_SERIES_KNOWN));
    }
    return EM_OK;
}

/* Unknown dates last. */
static int by_class_site_date(const void *a, const void *b)
{
    const struct sight *x = a, *y = b;
    bool no_x = x->date == EM_DATE_UNKNOWN, no_y = y->date == EM_DATE_UNKNOWN;
    if (x->class != y->class)
        return x->class < y->class ? -1 : 1;
    if (x->site != y->site)
        return x->site < y->site ? -1 : 1;
    if (no_x || no_y)
        return no_x - no_y;
    return (x->date > y->date) - (x->date < y->date);
}

static void sights_sort(struct sights *s)
{
    if (s->n > 1)
        qsort(s->items, s->n, sizeof(s->items[0]), by_class_site_date);
}

/* Each page once, however many such passages it has. */
static void hidden_count(struct em_echo_series *out, struct sights *pages)
{
    sights_sort(pages);
    for (size_t i = 0; i < pages->n; i++) {
        const struct sight *page = &pages->items[i];
        if (i && page->site == page[-1].site && page->class == page[-1].class)
            continue;
        out->hidden_pages++;
        out->hidden_known_pages += page->class == EM_ECHO_SERIES_KNOWN;
    }
}

/* --- months --------------------------------------------------------------------------------- */

static struct em_echo_month *month_of(struct em_echo_series *s, uint32_t month)
{
    size_t low = 0, high = s->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->months[middle].month < month)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->n && s->months[low].month == month ? &s->months[low] : NULL;
}

/* Months with documents: no site has a passage in another. */
static enum em_status months_make(struct em_echo_series *out,
                                  const struct em_exposure *seen)
{
    out->months = em_calloc(seen->n ? seen->n : 1, sizeof(out->months[0]));
    if (!out->months)
        return EM_ERR_NOMEM;
    for (uint32_t i = 0; i < seen->n; i++) {
        if (seen->documents[i] == 0)
            continue;
        out->months[out->n++] = (struct em_echo_month){.month = seen->first + i,
                                                       .documents = seen->documents[i]};
        out->all.documents += seen->documents[i];
    }
    return EM_OK;
}

/* One site's sights of one class, in order of time: counts it in its months. */
static void site_count(struct em_echo_series *out, const struct sight *sights, size_t n)
{
    uint32_t last = EM_MONTH_UNKNOWN;
    unsigned class = sights[0].class;
    out->all.sites[class]++;
    out->all.total[class]++;
    for (size_t i = 0; i < n && sights[i].date != EM_DATE_UNKNOWN; i++) {
        uint32_t month = em_date_month(sights[i].date);
        struct em_echo_month *m = month_of(out, month);
        if (!m || month == last)
            continue;
        last = month;
        m->sites[class]++;
        m->total[class] += i == 0; /* new ones; added up at the end */
    }
}

static void month_settle(struct em_echo_month *m, const struct em_echo_month *before)
{
    for (int c = 0; c < CLASSES && before; c++)
        m->total[c] += before->total[c];
    uint64_t machine = m->sites[EM_ECHO_SERIES_MACHINE];
    uint64_t n = machine + m->sites[EM_ECHO_SERIES_HUMAN];
    m->share = m->low = m->high = NAN;
    if (n == 0)
        return;
    m->share = (double)machine / (double)n;
    em_echo_share(machine, n, &m->low, &m->high);
}

/* --- growth --------------------------------------------------------------------------------- */

static int64_t first_of(const int64_t *times, size_t n)
{
    int64_t first = times[0];
    for (size_t i = 1; i < n; i++)
        first = times[i] < first ? times[i] : first;
    return first;
}

/* How fast sites that carry the class for the first time come to be: `times` of all of them,
 * whose first is where it begins. */
static void growth_of(struct em_growth *out, int64_t *times, size_t n, int64_t end,
                      const struct em_exposure *seen)
{
    size_t after = 0;
    int64_t first = n ? first_of(times, n) : 0;
    for (size_t i = 0; i < n; i++)
        if (times[i] > first)
            times[after++] = times[i];
    em_growth_fit(out, first, n ? end : first, times, after, seen);
}

/* --- all of it ------------------------------------------------------------------------------ */

static void series_count(struct em_echo_series *out, const struct sights *s,
                         int64_t *times, int64_t end, const struct em_exposure *seen)
{
    size_t n_times = 0;
    for (unsigned class = 0; class < CLASSES; class ++)
        growth_of(&out->growth[class], times, 0, end, seen);
    for (size_t i = 0, next; i < s->n; i = next) {
        const struct sight *at = &s->items[i];
        for (next = i; next < s->n && s->items[next].class == at->class &&
                       s->items[next].site == at->site;)
            next++;
        site_count(out, at, next - i);
        if (at->date != EM_DATE_UNKNOWN)
            times[n_times++] = at->date;
        if (next < s->n && s->items[next].class == at->class)
            continue;
        growth_of(&out->growth[at->class], times, n_times, end, seen);
        n_times = 0;
    }
    for (size_t i = 0; i < out->n; i++)
        month_settle(&out->months[i], i ? &out->months[i - 1] : NULL);
    month_settle(&out->all, NULL);
}

static enum em_status series_fill(struct em_echo_series *out, struct sights *s,
                                  const struct em_echoes *echoes,
                                  const struct em_exposure *seen)
{
    struct sights pages = {.n = 0};
    enum em_status status = months_make(out, seen);
    for (size_t i = 0; i < echoes->n && status == EM_OK; i++)
        status = sights_of(s, &pages, out, &echoes->list[i]);
    hidden_count(out, &pages);
    em_free(pages.items);
    EM_TRY(status);
    sights_sort(s);
    int64_t *times = em_calloc(s->n ? s->n : 1, sizeof(times[0]));
    if (!times)
        return EM_ERR_NOMEM;
    series_count(out, s, times, echoes->end, seen);
    em_free(times);
    return EM_OK;
}

static void unclear_judge(struct em_echoes *echoes, em_echo_judge_fn *judge,
                          void *context)
{
    size_t asked = 0;
    for (size_t i = 0; i < echoes->n && judge && asked < EM_ECHO_SERIES_JUDGED; i++) {
        struct em_echo *e = &echoes->list[i];
        if (e->kind != EM_ECHO_ECHO || em_echo_written(e) != EM_ECHO_WRITTEN_UNCLEAR)
            continue;
        judge(context, e);
        asked++;
    }
}

struct em_echo_options em_echo_series_options(uint32_t model)
{
    struct em_echo_options options = em_echo_defaults();
    options.limit = EM_MAX_ECHO_LIMIT;
    options.sort = EM_ECHO_DOMAINS;
    options.model = model;
    options.kinds[EM_ECHO_BOILERPLATE] = options.kinds[EM_ECHO_SYNDICATION] = true;
    return options;
}

enum em_status em_echo_series_of(struct em_echo_series *out, struct em_echoes *echoes,
                                 struct em_store *store, uint32_t model,
                                 em_echo_judge_fn *judge, void *context,
                                 struct em_err *err)
{
    const struct em_echo_options options = em_echo_series_options(model);
    struct em_exposure seen = {.n = 0};
    struct sights sights = {.n = 0};
    uint64_t *documents = NULL, found = 0;
    *out = (struct em_echo_series){.all = {.month = EM_MONTH_UNKNOWN}};
    for (int k = 0; k < EM_ECHO_KINDS; k++)
        found += options.kinds[k] ? echoes->found[k] : 0;
    out->left_out = found - echoes->n;
    unclear_judge(echoes, judge, context);
    enum em_status status = em_exposure_read(&seen, &documents, store, model, err);
    if (status == EM_OK)
        status = series_fill(out, &sights, echoes, &seen);
    em_free(documents);
    em_free(sights.items);
    return status;
}

enum em_status em_echo_series_make(struct em_echo_series *out, struct em_store *store,
                                   const struct em_echo_options *options,
                                   em_echo_judge_fn *judge, void *context,
                                   struct em_err *err)
{
    struct em_echoes echoes;
    *out = (struct em_echo_series){.n = 0};
    EM_TRY(em_echo_find(&echoes, store, options, err));
    enum em_status status =
        em_echo_series_of(out, &echoes, store, options->model, judge, context, err);
    em_echoes_release(&echoes);
    return status;
}

void em_echo_series_release(struct em_echo_series *series)
{
    em_free(series->months);
    *series = (struct em_echo_series){.n = 0};
}
