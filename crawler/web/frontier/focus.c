/* SPDX-License-Identifier: Apache-2.0
 *
 * See focus.h.
 */
#include "crawler/web/frontier/focus.h"

#include "base/hash.h"

#include <math.h>

/* What the crawl's own mean is shrunk towards, with the weight of as many pages as a host's:
 * before anything is known, few pages are interesting. */
static const double FIRST_MEAN = 0.1;
/* Priorities from which a URL is of class HIGH and MIDDLE. */
static const double HIGH = 2.0 / 3, MIDDLE = 1.0 / 3;

void em_focus_options_init(struct em_focus_options *options)
{
    *options = (struct em_focus_options){.focus = EM_FOCUS_UNIFORM,
                                         .share = 0.2,
                                         .floor = 0.05,
                                         .strength = 5,
                                         .hop = 0.8,
                                         .seed = 1};
}

static const char *const focus_names[] = {"uniform", "synthetic", "echo"};

const char *em_focus_name(enum em_focus focus)
{
    return (unsigned)focus < 3 ? focus_names[focus] : NULL;
}

enum em_status em_focus_of(enum em_focus *out, struct em_view name)
{
    for (unsigned i = 0; i < 3; i++)
        if (em_view_eq(name, em_view_of(focus_names[i]))) {
            *out = (enum em_focus)i;
            return EM_OK;
        }
    return EM_ERR_USAGE;
}

const char *em_class_name(enum em_class class)
{
    static const char *const names[EM_CLASS_COUNT] = {
        [EM_CLASS_FIRST] = "first",     [EM_CLASS_HIGH] = "high",
        [EM_CLASS_MIDDLE] = "middle",   [EM_CLASS_LOW] = "low",
        [EM_CLASS_UNIFORM] = "uniform", [EM_CLASS_RESERVE] = "reserve"};
    return (unsigned)class < EM_CLASS_COUNT ? names[class] : "unknown";
}

void em_focus_learn(struct em_focus_mean *mean, double score)
{
    if (!(score >= 0 && score <= 1))
        return;
    mean->sum += score;
    mean->n++;
}

void em_focus_correct(struct em_focus_mean *mean, double more)
{
    if (more >= 0)
        mean->sum = fmin(mean->sum + more, (double)mean->n);
}

double em_focus_host(const struct em_focus_options *options,
                     const struct em_focus_mean *crawl, const struct em_focus_mean *host)
{
    double k = options->strength > 0 ? options->strength : 1;
    double all = (crawl->sum + k * FIRST_MEAN) / ((double)crawl->n + k);
    return (host->sum + k * all) / ((double)host->n + k);
}

double em_focus_priority(const struct em_focus_options *options, double host_score,
                         double linking)
{
    double hop = linking >= 0 && linking <= 1 ? options->hop * linking : 0;
    double priority = hop > host_score ? hop : host_score;
    return priority > 0 ? (priority < 1 ? priority : 1) : 0;
}

enum em_class em_focus_class(double priority)
{
    if (priority >= HIGH)
        return EM_CLASS_HIGH;
    return priority >= MIDDLE ? EM_CLASS_MIDDLE : EM_CLASS_LOW;
}

/* In [0, 1), from 53 bits. */
static double chance(uint64_t hash, uint64_t seed)
{
    return (double)(em_mix64(hash ^ em_mix64(seed)) >> 11) * 0x1p-53;
}

static double clamp01(double x)
{
    return x > 0 ? (x < 1 ? x : 1) : 0;
}

struct em_focus_draw em_focus_draw(const struct em_focus_options *options,
                                   uint64_t url_hash, double priority)
{
    if (options->focus == EM_FOCUS_UNIFORM)
        return (struct em_focus_draw){
            .class = EM_CLASS_UNIFORM, .uniform = true, .focus = true, .inclusion = 1};
    double share = clamp01(options->share), floor = clamp01(options->floor);
    double q = floor + (1 - floor) * clamp01(priority);
    struct em_focus_draw draw = {
        .uniform = chance(url_hash, 2 * options->seed) < share,
        .focus = chance(url_hash, 2 * options->seed + 1) < q,
    };
    draw.class = draw.uniform ? EM_CLASS_UNIFORM
                 : draw.focus ? em_focus_class(priority)
                              : EM_CLASS_RESERVE;
    if (draw.uniform || draw.focus)
        draw.inclusion = (float)(1 - (1 - share) * (1 - q));
    return draw;
}
