/* SPDX-License-Identifier: Apache-2.0
 *
 * A stratum's estimates from its samples: language by language, then put together.
 */
#include "base/alloc.h"
#include "index/answers/prevalence_int.h"
#include "index/answers/quantify_fit.h"

#include <math.h>
#include <string.h>

static void no_estimates(struct em_quantify_result *result)
{
    for (int m = 0; m < EM_QUANTIFY_METHODS; m++)
        result->by[m] = (struct em_estimate){NAN, NAN, NAN};
    result->sliced = false;
}

/* What is left of a sample without another that is part of it: samples are sums, and a
 * cluster counts the same number of times in both. */
static enum em_status sample_rest(struct em_quantify_sample *out,
                                  const struct em_quantify_sample *whole,
                                  const struct em_quantify_sample *part)
{
    EM_TRY(em_quantify_sample_init(out, whole->rows - 1));
    for (size_t i = 0; i < (size_t)whole->rows * EM_QUANTIFY_COLUMNS; i++) {
        float left = whole->bins[i] - (part->bins ? part->bins[i] : 0);
        out->bins[i] = left > 0 ? left : 0;
    }
    out->squares = whole->squares;
    out->clusters = whole->clusters;
    return EM_OK;
}

/* The estimates of the part that is not known to be human, as shares of the whole. */
static void estimate_scale(struct em_quantify_result *r, double share)
{
    for (int m = 0; m < EM_QUANTIFY_METHODS; m++) {
        r->by[m].value *= share;
        r->by[m].low *= share;
        if (m != EM_QUANTIFY_EXCESS) /* a lower bound: its upper end is 1 */
            r->by[m].high *= share;
    }
}

/* What is flagged of all documents, old ones included. */
static enum em_status estimate_raw(const struct em_calibration *block,
                                   const struct em_quantify_sample *sample,
                                   struct em_estimate *out)
{
    double *shares = em_malloc(sample->rows * sizeof(*shares));
    if (!shares)
        return EM_ERR_NOMEM;
    for (uint32_t r = 0; r < sample->rows; r++) {
        const float *row = sample->bins + (size_t)r * EM_QUANTIFY_COLUMNS;
        double flagged = 0, all = 0;
        for (unsigned k = 0; k < EM_QUANTIFY_BINS; k++) {
            all += (double)row[k];
            if (em_score_bin_middle(k) >= (double)block->threshold)
                flagged += (double)row[k];
        }
        shares[r] = all > 0 ? flagged / all : 0;
    }
    *out = em_quantify_interval(shares[0], shares + 1, sample->rows - 1, 0);
    em_free(shares);
    return EM_OK;
}

/* Weighted means of independent results, with variances added. */
struct blend {
    double weight, value[EM_QUANTIFY_METHODS], below[EM_QUANTIFY_METHODS],
        above[EM_QUANTIFY_METHODS];
    bool missing[EM_QUANTIFY_METHODS], sliced;
};

static void blend_add(struct blend *b, const struct em_quantify_result *r, double weight)
{
    b->weight += weight;
    b->sliced |= r->sliced;
    for (int m = 0; m < EM_QUANTIFY_METHODS; m++) {
        const struct em_estimate *e = &r->by[m];
        b->missing[m] |= !isfinite(e->value);
        b->value[m] += weight * e->value;
        b->below[m] += pow(weight * (e->value - e->low), 2);
        b->above[m] += pow(weight * (e->high - e->value), 2);
    }
}

static void blend_end(const struct blend *b, struct em_quantify_result *out)
{
    no_estimates(out);
    out->sliced = b->sliced;
    for (int m = 0; m < EM_QUANTIFY_METHODS && b->weight > 0; m++) {
        if (b->missing[m])
            continue;
        double v = b->value[m] / b->weight, low = v - sqrt(b->below[m]) / b->weight,
               high = v + sqrt(b->above[m]) / b->weight;
        out->by[m] = (struct em_estimate){v, low > 0 ? low : 0, high < 1 ? high : 1};
    }
}

/* What share of human documents would have a marker in the row's month, by replicate;
 * *out is NULL where the slice's own share has to do. Owned by the caller. */
static enum em_status baseline_of(const struct em_stratum *s,
                                  const struct em_stratum *human, uint32_t rows,
                                  bool by_month, double **out)
{
    *out = NULL;
    if (!human || !human->trend || human->trend_months < EM_PREVALENCE_TREND_LEAST ||
        s->row.doubtful || !by_month)
        return EM_OK;
    *out = em_malloc(rows * sizeof(**out));
    if (!*out)
        return EM_ERR_NOMEM;
    for (uint32_t r = 0; r < rows; r++) {
        struct em_trend t = human->trend[r];
        if (s->row.month <= EM_LAST_HUMAN_MONTH && s->row.n_months == 0)
            em_trend_add(&t, s->parts[0].sample.bins + (size_t)r * EM_QUANTIFY_COLUMNS,
                         s->row.month, -1);
        (*out)[r] = em_trend_at(&t, s->row.month);
    }
    return EM_OK;
}

struct sides {
    const struct em_quantify_sample *target, *slice;
    struct em_quantify_sample made; /* one of them, where it was made */
    double share;                   /* of the part's documents that the target is */
};

/* Rows of old months against the other old months; of other rows what is not old against
 * what is. */
static enum em_status sides_of(struct sides *x, const struct em_stratum_part *part,
                               const struct em_quantify_sample *slice, bool old_row)
{
    *x = (struct sides){.target = &part->sample, .slice = slice, .share = 1};
    if (!slice || !part->old.bins)
        return EM_OK;
    if (old_row) {
        x->slice = &x->made;
        return sample_rest(&x->made, slice, &part->old);
    }
    double all = em_quantify_sample_size(&part->sample);
    double old = em_quantify_sample_size(&part->old);
    if (!(all - old > 0) || !(old > 0))
        return EM_OK;
    x->target = &x->made;
    x->share = (all - old) / all;
    return sample_rest(&x->made, &part->sample, &part->old);
}

/* The part's documents against `slice`, and what is old of them counted as human. */
static enum em_status part_quantify(const struct em_calibration *block,
                                    const struct em_stratum_part *part,
                                    const struct sides *x,
                                    const struct em_quantify_options *options,
                                    struct em_quantify_result *out)
{
    EM_TRY(em_quantify(block, x->target, x->slice, options, out));
    if (x->share >= 1)
        return EM_OK;
    estimate_scale(out, x->share);
    return estimate_raw(block, &part->sample, &out->by[EM_QUANTIFY_RAW]);
}

static bool row_is_old(const struct em_stratum *s, const struct em_stratum_how *how)
{
    return how->by_month && !s->row.doubtful && s->row.month <= EM_LAST_HUMAN_MONTH;
}

/* With the old documents of the part's sites as human side; the zero check likewise, on
 * *zero_size documents. */
static enum em_status part_anchored(const struct em_stratum_part *part,
                                    const struct em_anchor *anchor,
                                    const struct em_calibration *block, bool sampled,
                                    struct em_quantify_result *out,
                                    struct em_quantify_result *zero, double *zero_size)
{
    struct em_quantify_options options;
    struct em_quantify_sample slice = {.bins = NULL}, target = {.bins = NULL},
                              other = {.bins = NULL};
    struct sides x = {.made = {.bins = NULL}};
    em_quantify_defaults(&options);
    options.sampled = sampled;
    options.anchored = true;
    enum em_status status = em_anchor_slice(anchor, &part->sites, &slice);
    if (status == EM_OK)
        status = sides_of(&x, part, &slice, false);
    if (status == EM_OK)
        status = part_quantify(block, part, &x, &options, out);
    if (status == EM_OK)
        status = em_anchor_zero(anchor, &part->sites, &target, &other);
    options.sampled = false;
    no_estimates(zero);
    *zero_size = status == EM_OK ? em_quantify_sample_size(&target) : 0;
    if (*zero_size >= EM_QUANTIFY_LEAST)
        status = em_quantify(block, &target, &other, &options, zero);
    em_quantify_sample_release(&x.made);
    em_quantify_sample_release(&slice);
    em_quantify_sample_release(&target);
    em_quantify_sample_release(&other);
    return status;
}

static enum em_status part_estimate(const struct em_stratum *s,
                                    const struct em_stratum *human, uint32_t p,
                                    const struct em_stratum_how *how,
                                    struct em_quantify_result *out)
{
    const struct em_calibration *block = &how->model->blocks[p];
    struct em_stratum_part *part = &s->parts[p];
    const struct em_quantify_sample *slice =
        human && human->parts[p].slices[EM_SLICE_ALL].bins
            ? &human->parts[p].slices[EM_SLICE_ALL]
            : NULL;
    bool old_row = row_is_old(s, how);
    struct em_quantify_options options;
    struct sides x;
    double *expected = NULL;
    em_quantify_defaults(&options);
    options.sampled = how->sampled;
    EM_TRY(sides_of(&x, part, slice, old_row));
    /* Nothing but old documents: what can be estimated is that of one half by the other. */
    bool all_old =
        x.target == &part->sample && slice && !old_row && part->old.bins &&
        em_quantify_sample_size(&part->old) >= em_quantify_sample_size(&part->sample);
    enum em_status status = EM_OK;
    if (all_old) {
        *out = human->row.zero;
    } else {
        if (p == 0)
            status = baseline_of(s, human, part->sample.rows, how->by_month, &expected);
        options.baseline = expected;
        if (status == EM_OK)
            status = part_quantify(block, part, &x, &options, out);
    }
    em_quantify_sample_release(&x.made);
    em_free(expected);
    return status;
}

enum em_status em_stratum_estimate(struct em_stratum *s, const struct em_stratum *human,
                                   const struct em_stratum_how *how)
{
    struct blend b = {.weight = 0}, zero = {.weight = 0};
    bool anchored = false;
    double checked = 0;
    no_estimates(&s->row.result);
    no_estimates(&s->row.zero);
    if (human)
        s->row.zero = human->row.zero;
    s->row.zero_documents = human ? human->row.zero_documents : 0;
    for (uint32_t p = 0; p < how->model->n_blocks; p++) {
        struct em_quantify_result r, z;
        double zero_size;
        const struct em_anchor *anchor = em_stratum_anchor(how->anchors, p);
        double size =
            s->parts[p].sample.bins ? em_quantify_sample_size(&s->parts[p].sample) : 0;
        if (!s->parts[p].sample.bins)
            continue;
        if (anchor && s->parts[p].sites.n && !row_is_old(s, how)) {
            EM_TRY(part_anchored(&s->parts[p], anchor, &how->model->blocks[p],
                                 how->sampled, &r, &z, &zero_size));
            checked += zero_size;
            blend_add(&zero, &z, size);
            anchored = true;
        } else {
            EM_TRY(part_estimate(s, human, p, how, &r));
        }
        blend_add(&b, &r, size);
    }
    blend_end(&b, &s->row.result);
    if (human && s->row.result.sliced)
        s->row.slice = human->row.slice;
    if (anchored) {
        blend_end(&zero, &s->row.zero);
        s->row.zero_documents = (uint64_t)(checked + 0.5);
        s->row.slice = EM_PREVALENCE_ANCHORED;
    }
    return EM_OK;
}

enum em_status em_stratum_zero_check(struct em_stratum *human,
                                     const struct em_index_model *model)
{
    struct em_quantify_options options;
    struct blend b = {.weight = 0};
    em_quantify_defaults(&options);
    human->row.zero_documents = human->row.scored;
    for (uint32_t p = 0; p < model->n_blocks; p++) {
        struct em_stratum_part *part = &human->parts[p];
        const struct em_quantify_sample *all = &part->slices[EM_SLICE_ALL];
        const struct em_quantify_sample *even = &part->slices[EM_SLICE_EVEN];
        const struct em_quantify_sample *odd = &part->slices[EM_SLICE_ODD];
        struct em_quantify_result r;
        if (!all->bins || em_quantify_sample_size(all) < EM_QUANTIFY_LEAST)
            continue;
        bool halves = em_quantify_sample_size(even) >= EM_QUANTIFY_LEAST &&
                      em_quantify_sample_size(odd) >= EM_QUANTIFY_SLICE_LEAST;
        EM_TRY(em_quantify(&model->blocks[p], halves ? even : all, halves ? odd : NULL,
                           &options, &r));
        blend_add(&b, &r, em_quantify_sample_size(all));
    }
    blend_end(&b, &human->row.zero);
    return EM_OK;
}

struct em_estimate em_prevalence_weighted(const struct em_prevalence_row *rows,
                                          const double *weights, size_t n)
{
    struct blend b = {.weight = 0};
    struct em_quantify_result out;
    for (size_t i = 0; i < n; i++)
        if (rows[i].note == EM_PREVALENCE_FINE && weights[i] > 0 &&
            isfinite(rows[i].result.by[EM_QUANTIFY_MIXTURE].value))
            blend_add(&b, &rows[i].result, weights[i]);
    blend_end(&b, &out);
    return out.by[EM_QUANTIFY_MIXTURE];
}
