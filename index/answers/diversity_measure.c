/* SPDX-License-Identifier: Apache-2.0
 *
 * From sums to measures.
 *
 * - Compression ratio and distinct n-grams: Shaib, Barrow, Sun, Siu, Wallace, Nenkova 2024
 *   (Standardizing the Measurement of Text Diversity), at equal length.
 * - Similarity: with feature hashing (Weinberger et al. 2009) the products of the documents'
 *   signed vectors are on average those of their counts of word pairs, and the products of
 *   all pairs of documents follow from sums: |sum|^2. Pairs within one group of sites are
 *   left out, so templates do not count; the mean product is divided by the mean squared
 *   length.
 * - Drift: Jensen-Shannon divergence of the distribution of word pairs over 1,024 buckets
 *   from that of the language's documents before 2022-11, less the jackknife's estimate of
 *   its bias (few documents differ from any reference by chance).
 */
#include "index/diversity.h"

#include "base/alloc.h"
#include "index/passage.h"

#include <math.h>

enum { MAX_LANGS = 256, MIN_GROUPS = 4, MAX_MONTHS = 12 * 10000 };

struct reference {
    char lang[EM_MAX_LANG + 1];
    struct em_diversity sums;
};

struct each {
    struct em_view lang;
    em_diversity_fn *fn;
    void *context;
    struct reference *references[MAX_LANGS];
    size_t n;
    /* The month and language being gathered. */
    uint32_t month;
    char at[EM_MAX_LANG + 1];
    bool any;
    struct em_diversity groups[EM_DIVERSITY_GROUPS], all, rest;
    double products[EM_DIVERSITY_GROUPS]; /* squared length of each group's sum */
};

const char *em_measure_name(enum em_measure diversity_measure_measure)
{
    static const char *const names[EM_MEASURES] = {
        "compression", "distinct_1", "distinct_2", "distinct_3", "distinct_4",
        "entropy_1",   "entropy_2",  "similarity", "drift"};
    return names[diversity_measure_measure];
}

static struct reference *reference_of(struct each *e, struct em_view lang, bool make)
{
    for (size_t i = 0; i < e->n; i++)
        if (em_view_eq(em_view_of(e->references[i]->lang), lang))
            return e->references[i];
    if (!make || e->n == MAX_LANGS)
        return NULL;
    struct reference *r = em_calloc(1, sizeof(*r));
    if (!r)
        return NULL;
    memcpy(r->lang, lang.data ? lang.data : "", lang.len);
    return e->references[e->n++] = r;
}

static double squared_length(const struct em_diversity *d)
{
    double sum = 0;
    for (size_t i = 0; i < EM_DIVERSITY_BUCKETS; i += 2) {
        double s = (double)d->buckets[i] - (double)d->buckets[i + 1];
        sum += s * s;
    }
    return sum;
}

/* `without`: a group that is left out; or EM_DIVERSITY_GROUPS. */
static double similarity(const struct each *e, const struct em_diversity *sums,
                         size_t without)
{
    double inside = 0, pairs = (double)sums->documents * (double)sums->documents;
    for (size_t g = 0; g < EM_DIVERSITY_GROUPS; g++) {
        double n = (double)e->groups[g].documents;
        if (g == without)
            continue;
        inside += e->products[g];
        pairs -= n * n;
    }
    if (pairs <= 0 || sums->norm == 0)
        return NAN;
    return (squared_length(sums) - inside) / pairs /
           ((double)sums->norm / (double)sums->documents);
}

static double half_divergence(double p, double m)
{
    return p > 0 ? p * log2(p / m) / 2 : 0;
}

static double divergence(const struct em_diversity *a, const struct em_diversity *b)
{
    double na = 0, nb = 0, sum = 0;
    for (size_t i = 0; i < EM_DIVERSITY_BUCKETS; i++) {
        na += (double)a->buckets[i];
        nb += (double)b->buckets[i];
    }
    if (na == 0 || nb == 0)
        return NAN;
    for (size_t i = 0; i < EM_DIVERSITY_BUCKETS; i++) {
        double p = (double)a->buckets[i] / na, q = (double)b->buckets[i] / nb;
        sum += half_divergence(p, (p + q) / 2) + half_divergence(q, (p + q) / 2);
    }
    return sum;
}

static void diversity_measure_measure(const struct each *e,
                                      const struct em_diversity *sums, size_t without,
                                      const struct em_diversity *reference,
                                      double out[EM_MEASURES])
{
    double n = (double)sums->documents;
    out[EM_MEASURE_COMPRESSION] =
        n * EM_DIVERSITY_BYTES / (double)(sums->compressed ? sums->compressed : 1);
    for (int k = 0; k < EM_DIVERSITY_NGRAM; k++)
        out[EM_MEASURE_DISTINCT_1 + k] =
            (double)sums->distinct[k] / (n * (EM_DIVERSITY_WORDS - k));
    for (int k = 0; k < 2; k++)
        out[EM_MEASURE_ENTROPY_1 + k] = (double)sums->entropy[k] / 1e6 / n;
    out[EM_MEASURE_SIMILARITY] = similarity(e, sums, without);
    out[EM_MEASURE_DRIFT] = reference ? divergence(sums, reference) : NAN;
}

/* Student's t, 97.5 %: Cornish-Fisher; within 1 % from 4 degrees of freedom on. */
static double student(double df)
{
    const double z = 1.959964, z3 = z * z * z, z5 = z3 * z * z;
    return z + (z3 + z) / (4 * df) + (5 * z5 + 16 * z3 + 3 * z) / (96 * df * df);
}

static void subtract_group(struct em_diversity *rest, const struct em_diversity *all,
                           const struct em_diversity *group)
{
    *rest = *all;
    rest->documents -= group->documents;
    rest->compressed -= group->compressed;
    rest->norm -= group->norm;
    for (size_t i = 0; i < EM_DIVERSITY_NGRAM; i++)
        rest->distinct[i] -= group->distinct[i];
    for (size_t i = 0; i < 2; i++)
        rest->entropy[i] -= group->entropy[i];
    for (size_t i = 0; i < EM_DIVERSITY_BUCKETS; i++)
        rest->buckets[i] -= group->buckets[i];
}

static void diversity_measure_estimate(struct each *e, struct em_diversity_row *row,
                                       const struct em_diversity *reference)
{
    double whole[EM_MEASURES], left[EM_DIVERSITY_GROUPS][EM_MEASURES];
    uint32_t groups = 0;
    diversity_measure_measure(e, &e->all, EM_DIVERSITY_GROUPS, reference, whole);
    for (size_t g = 0; g < EM_DIVERSITY_GROUPS; g++) {
        if (e->groups[g].documents == 0 || e->groups[g].documents == e->all.documents)
            continue;
        subtract_group(&e->rest, &e->all, &e->groups[g]);
        diversity_measure_measure(e, &e->rest, g, reference, left[groups++]);
    }
    row->groups = groups;
    for (int k = 0; k < EM_MEASURES; k++) {
        struct em_estimate *x = &row->measures[k];
        double mean = 0, squares = 0, m = groups;
        *x = (struct em_estimate){whole[k], NAN, NAN};
        if (groups < MIN_GROUPS)
            continue;
        for (uint32_t g = 0; g < groups; g++)
            mean += left[g][k] / m;
        for (uint32_t g = 0; g < groups; g++)
            squares += (left[g][k] - mean) * (left[g][k] - mean);
        if (k == EM_MEASURE_DRIFT)
            x->value = m * whole[k] - (m - 1) * mean;
        double half = student(m - 1) * sqrt(squares * (m - 1) / m);
        x->low = x->value - half;
        x->high = x->value + half;
    }
}

static enum em_status diversity_measure_finish(struct each *e)
{
    struct em_diversity_row row = {.month = e->month, .lang = em_view_of(e->at)};
    if (!e->any)
        return EM_OK;
    memset(&e->all, 0, sizeof(e->all));
    for (size_t g = 0; g < EM_DIVERSITY_GROUPS; g++) {
        em_diversity_add(&e->all, &e->groups[g]);
        e->products[g] = squared_length(&e->groups[g]);
    }
    const struct reference *reference = reference_of(e, row.lang, false);
    row.documents = e->all.documents;
    row.reference = reference ? reference->sums.documents : 0;
    diversity_measure_estimate(e, &row, reference ? &reference->sums : NULL);
    e->any = false;
    memset(e->groups, 0, sizeof(e->groups));
    return e->fn(e->context, &row);
}

static enum em_status add_reference(struct each *e, const struct em_diversity_key *key,
                                    const struct em_diversity *sums)
{
    if (key->month == EM_MONTH_UNKNOWN || key->month >= em_date_month(EM_DATE_CHATGPT))
        return EM_OK;
    struct reference *r = reference_of(e, key->lang, true);
    if (!r)
        return e->n == MAX_LANGS ? EM_OK : EM_ERR_NOMEM;
    em_diversity_add(&r->sums, sums);
    return EM_OK;
}

static enum em_status diversity_measure_add_row(struct each *e,
                                                const struct em_diversity_key *key,
                                                const struct em_diversity *sums)
{
    if (e->any && (key->month != e->month || !em_view_eq(key->lang, em_view_of(e->at))))
        EM_TRY(diversity_measure_finish(e));
    e->any = true;
    e->month = key->month;
    memcpy(e->at, key->lang.data ? key->lang.data : "", key->lang.len);
    e->at[key->lang.len] = '\0';
    em_diversity_add(&e->groups[key->group], sums);
    return EM_OK;
}

typedef enum em_status row_fn(struct each *e, const struct em_diversity_key *key,
                              const struct em_diversity *sums);

static enum em_status read_all(struct each *e, struct em_store *store, row_fn *fn,
                               struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    struct em_diversity_key at;
    struct em_diversity sums;
    enum em_status status;
    EM_TRY(em_cursor_open(&cursor, store, EM_TABLE_DIVERSITY, EM_VIEW_NONE, err));
    while ((status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
        status = em_diversity_read(&at, &sums, key, value);
        if (status == EM_OK && (e->lang.len == 0 || em_view_eq(e->lang, at.lang)))
            status = fn(e, &at, &sums);
        if (status < 0)
            break;
    }
    em_cursor_free(cursor);
    return status < 0 ? status : EM_OK;
}

enum em_status em_diversity_each(struct em_store *store, struct em_view lang,
                                 em_diversity_fn *fn, void *context, struct em_err *err)
{
    struct each *e = em_calloc(1, sizeof(*e));
    if (!e)
        return EM_ERR_NOMEM;
    e->lang = lang;
    e->fn = fn;
    e->context = context;
    enum em_status status = read_all(e, store, add_reference, err);
    if (status == EM_OK)
        status = read_all(e, store, diversity_measure_add_row, err);
    if (status == EM_OK)
        status = diversity_measure_finish(e);
    for (size_t i = 0; i < e->n; i++)
        em_free(e->references[i]);
    em_free(e);
    return status;
}

/* --- re-use ------------------------------------------------------------------------------------- */

static void count_posts(struct em_reuse *months, const struct em_passage *passage)
{
    for (uint32_t i = 0; i < passage->n; i++) {
        uint32_t month = em_date_month(passage->posts[i].date);
        if (month >= MAX_MONTHS)
            continue;
        months[month].month = month;
        months[month].prints++;
        months[month].again += i > 0;
    }
}

enum em_status em_reuse_each(struct em_store *store, em_reuse_fn *fn, void *context,
                             struct em_err *err)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    struct em_passage passage;
    struct em_reuse *months = em_calloc(MAX_MONTHS, sizeof(months[0]));
    if (!months)
        return EM_ERR_NOMEM;
    enum em_status status =
        em_cursor_open(&cursor, store, EM_TABLE_PASSAGES, EM_VIEW_NONE, err);
    if (status == EM_OK) {
        while ((status = em_cursor_next(cursor, &key, &value, err)) == EM_OK) {
            status = em_passage_read(&passage, key, value);
            if (status < 0)
                break;
            count_posts(months, &passage);
        }
        em_cursor_free(cursor);
    }
    for (uint32_t m = 0; m < MAX_MONTHS && status >= 0; m++)
        if (months[m].prints) {
            enum em_status told = fn(context, &months[m]);
            status = told < 0 ? told : status;
        }
    em_free(months);
    return status < 0 ? status : EM_OK;
}
