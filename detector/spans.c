/* SPDX-License-Identifier: Apache-2.0
 *
 * See spans.h. Everything is relative to the likelihood of an all-human document, in
 * doubles and rescaled at every piece, so that no length overflows.
 */
#include "detector/spans.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

const struct em_spans_model *em_spans_model_for(const char *lang)
{
    static const struct em_spans_model models[] = {
        {.lang = "en",
         .human = -0.61,
         .machine = 0.15,
         .variance = 9,
         .register_sd = 0.15,
         .rate = 0.005,
         .changes = 4,
         .mixed = 0.4,
         .most = 6,
         .full = 500,
         .least = 0.88,
         .local = 0.4},
    };
    /* Windows alone: sums of weights that were never measured say nothing. */
    static const struct em_spans_model other = {.lang = "",
                                                .variance = 1,
                                                .rate = 0.005,
                                                .changes = 4,
                                                .mixed = 0.4,
                                                .most = 6,
                                                .full = 500,
                                                .least = 0.88,
                                                .local = 1};
    for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
        if (strcmp(models[i].lang, lang) == 0)
            return &models[i];
    return &other;
}

void em_spans_init(struct em_spans *spans)
{
    memset(spans, 0, sizeof(*spans));
}

void em_spans_release(struct em_spans *spans)
{
    em_free(spans->pieces);
    em_free(spans->posterior);
    em_free(spans->forward);
    em_free(spans->turn);
    em_spans_init(spans);
}

enum em_status em_spans_reserve(struct em_spans *spans, size_t n)
{
    spans->n = 0;
    if (n <= spans->cap)
        return EM_OK;
    em_spans_release(spans);
    spans->pieces = em_calloc(2 * n, sizeof(*spans->pieces));
    spans->posterior = em_calloc(2 * n, sizeof(*spans->posterior));
    spans->forward = em_calloc(4 * n * EM_SPANS_GRID, sizeof(*spans->forward));
    spans->turn = em_calloc(2 * n, sizeof(*spans->turn));
    if (!spans->pieces || !spans->posterior || !spans->forward || !spans->turn)
        return EM_ERR_NOMEM;
    spans->cap = 2 * n;
    return EM_OK;
}

/* Pieces between two logarithms: a factor is at most e^`most`, their product a double. */
enum { LOG_EVERY = 32 };

/* One value of the register, and what the document is worth under it. */
struct point {
    double b, log_prior;
    double human;   /* log-likelihood of all human, less a constant of the document */
    double machine; /* log-odds of all machine by the sums */
    double chain;   /* log-likelihood of the chain over that of all human */
    double mean, square; /* of the machine bytes, under the chain */
    double weight[3];    /* posterior: all human, all machine, chain */
};

struct run {
    const struct em_spans_model *model;
    struct em_spans *spans;
    struct point points[EM_SPANS_GRID];
    double variance; /* of a word's evidence, the drift of the register included */
    double words, sum, bytes, offsets, offset_a_word, rate;
};

static double log_sum(double a, double b)
{
    double most = a > b ? a : b;
    return isinf(most) ? most : most + log(exp(a - most) + exp(b - most));
}

/* Spread evenly over +-2 standard deviations. */
static void place_points(struct run *r)
{
    const struct em_spans_model *m = r->model;
    double human = -INFINITY, machine = -INFINITY, width = m->machine - m->human;
    for (int g = 0; g < EM_SPANS_GRID; g++) {
        struct point *p = &r->points[g];
        double z = 4.0 * g / (EM_SPANS_GRID - 1) - 2;
        p->b = z * m->register_sd;
        p->log_prior = -z * z / 2;
        p->human = p->log_prior +
                   (p->b * (r->sum - m->human * r->words) - p->b * p->b * r->words / 2) /
                       r->variance;
        p->machine = width / r->variance *
                     (r->sum - r->words * ((m->human + m->machine) / 2 + p->b));
        human = log_sum(human, p->human);
        machine = log_sum(machine, p->human + p->machine);
    }
    for (int g = 0; g < EM_SPANS_GRID; g++)
        r->points[g].human -= human;
    r->offset_a_word = -(machine - human);
}

/* Machine to human, of a piece by itself. */
static double ratio(const struct run *r, const struct em_spans_piece *piece, double b)
{
    const struct em_spans_model *m = r->model;
    double w = piece->words;
    double x = (m->machine - m->human) / r->variance *
                   (piece->sum - w * ((m->human + m->machine) / 2 + b)) +
               piece->offset + r->offset_a_word * w;
    x = x > m->most ? m->most : x;
    return exp(x < -m->most ? -m->most : x);
}

/* Probability of the state so far, and the mean and mean square of the machine bytes so far
 * given that state. */
struct state {
    double p, mean, square;
};

static struct state spans_join(const struct state *a, double pa, const struct state *b,
                               double pb)
{
    double p = pa + pb, share = p > 0 ? pa / p : 0;
    return (struct state){p, b->mean + share * (a->mean - b->mean),
                          b->square + share * (a->square - b->square)};
}

static void spans_forward(struct run *r, int g)
{
    struct em_spans *s = r->spans;
    struct point *point = &r->points[g];
    struct state human = {0.5, 0, 0}, machine = {0.5, 0, 0};
    float *ratios = s->forward + s->cap * EM_SPANS_GRID;
    double product = 1;
    point->chain = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct em_spans_piece *piece = &s->pieces[i];
        double turn = s->turn[i], stay = 1 - turn, x = ratio(r, piece, point->b),
               bytes = piece->bytes / r->bytes;
        struct state h = spans_join(&human, human.p * stay, &machine, machine.p * turn);
        struct state m = spans_join(&machine, machine.p * stay, &human, human.p * turn);
        m.square += bytes * (2 * m.mean + bytes);
        m.mean += bytes;
        m.p *= x;
        double all = h.p + m.p;
        h.p /= all;
        m.p /= all;
        product *= all;
        if (i % LOG_EVERY == LOG_EVERY - 1) {
            point->chain += log(product);
            product = 1;
        }
        s->forward[i * EM_SPANS_GRID + (size_t)g] = (float)m.p;
        ratios[i * EM_SPANS_GRID + (size_t)g] = (float)x;
        human = h;
        machine = m;
    }
    point->chain += log(product);
    point->mean = human.p * human.mean + machine.p * machine.mean;
    point->square = human.p * human.square + machine.p * machine.square;
}

/* What the points and the three kinds of document weigh, together one. */
static void spans_weigh(struct run *r)
{
    double log_one = log((1 - r->model->mixed) / 2), log_mixed = log(r->model->mixed);
    double most = -INFINITY, sum = 0;
    for (int g = 0; g < EM_SPANS_GRID; g++) {
        struct point *p = &r->points[g];
        double machine = p->machine + r->offset_a_word * r->words + r->offsets;
        p->weight[0] = p->human + log_one;
        p->weight[1] = p->human + log_one + machine;
        p->weight[2] = p->human + log_mixed + p->chain;
        for (int k = 0; k < 3; k++)
            most = p->weight[k] > most ? p->weight[k] : most;
    }
    for (int g = 0; g < EM_SPANS_GRID; g++)
        for (int k = 0; k < 3; k++)
            sum += r->points[g].weight[k] = exp(r->points[g].weight[k] - most);
    for (int g = 0; g < EM_SPANS_GRID; g++)
        for (int k = 0; k < 3; k++)
            r->points[g].weight[k] /= sum;
}

static void spans_backward(struct run *r, int g)
{
    struct em_spans *s = r->spans;
    const struct point *point = &r->points[g];
    const float *ratios = s->forward + s->cap * EM_SPANS_GRID;
    double human = 1, machine = 1;
    for (size_t i = s->n; i-- > 0;) {
        double f = (double)s->forward[i * EM_SPANS_GRID + (size_t)g];
        double m = f * machine, h = (1 - f) * human;
        s->posterior[i] += (float)(point->weight[2] * m / (m + h));
        double turn = s->turn[i];
        double e = machine * (double)ratios[i * EM_SPANS_GRID + (size_t)g];
        m = (1 - turn) * e + turn * human;
        h = (1 - turn) * human + turn * e;
        machine = m / (m + h);
        human = h / (m + h);
    }
}

void em_spans_run(struct em_spans *spans, const struct em_spans_model *model,
                  double log_odds)
{
    struct run r = {.model = model, .spans = spans};
    double whole = 0, mean = 0, square = 0;
    for (size_t i = 0; i < spans->n; i++) {
        r.words += spans->pieces[i].words;
        r.sum += spans->pieces[i].sum;
        r.bytes += spans->pieces[i].bytes;
        r.offsets += spans->pieces[i].offset;
    }
    r.variance = model->variance * (r.words > model->full ? r.words / model->full : 1);
    place_points(&r);
    r.offset_a_word = (r.offset_a_word + log_odds - r.offsets) / r.words;
    r.rate =
        model->changes / r.words < model->rate ? model->changes / r.words : model->rate;
    for (size_t i = 0; i < spans->n; i++)
        spans->turn[i] = i ? 1 - exp(-r.rate * spans->pieces[i].words) : 0;
    for (int g = 0; g < EM_SPANS_GRID; g++)
        spans_forward(&r, g);
    spans_weigh(&r);
    for (int g = 0; g < EM_SPANS_GRID; g++) {
        whole += r.points[g].weight[1];
        mean += r.points[g].weight[2] * r.points[g].mean;
        square += r.points[g].weight[2] * r.points[g].square;
    }
    for (size_t i = 0; i < spans->n; i++)
        spans->posterior[i] = (float)whole;
    for (int g = 0; g < EM_SPANS_GRID; g++)
        spans_backward(&r, g);
    mean += whole;
    square += whole;
    spans->share = mean < 1 ? mean : 1;
    spans->share_error = square > mean * mean ? sqrt(square - mean * mean) : 0;
}
