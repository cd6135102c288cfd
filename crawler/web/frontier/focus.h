/* SPDX-License-Identifier: Apache-2.0
 *
 * Drawn to the echo: which URLs come first, from the verdicts so far, with a share of the
 * crawl that verdicts cannot touch, so that prevalence can still be estimated.
 *
 * Every new URL draws two numbers from its hash and the crawl's seed, independent of all
 * else. One decides whether it belongs to the *uniform* stream (probability `share`), the
 * other whether the *focus* stream takes it, with a probability q that grows with its
 * priority. A URL that neither takes goes to the reserve, fetched when nothing else is left.
 * So the probability that a URL is drawn is known when it is drawn:
 *
 *     inclusion = 1 - (1 - share) x (1 - q)           (1 with EM_FOCUS_UNIFORM)
 *
 * and weights of 1 / inclusion would make sums over drawn documents unbiased for the *frame*,
 * the URLs that the crawl has seen and not cut (Horvitz & Thompson 1952), if everything that
 * was drawn were fetched. Crawls with a focus end before that, and what they have fetched then
 * depends on scores: no estimate is made from them (pipeline/crawl/crawl_settle.c), and the
 * crawl sets `floor` to 1, so that nothing is left to chance.
 *
 * Priority: the host's mean verdict, shrunk towards the crawl's, and the verdict of the page
 * that carries the link (one hop), the larger of the two.
 */
#ifndef EM_CRAWLER_WEB_FRONTIER_FOCUS_H
#define EM_CRAWLER_WEB_FRONTIER_FOCUS_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum em_focus {
    EM_FOCUS_UNIFORM,   /* no focus: every URL taken, first seen first fetched */
    EM_FOCUS_SYNTHETIC, /* towards machine-written text: score is the verdict's */
    EM_FOCUS_ECHO,      /* towards passages seen elsewhere: score is the echoed share */
};
/* "synthetic"; NULL for other numbers. */
const char *em_focus_name(enum em_focus focus);
EM_MUST_CHECK enum em_status em_focus_of(enum em_focus *out, struct em_view name);

struct em_focus_options {
    enum em_focus focus;
    double share;    /* of fetches kept uniform; 0.2 */
    double floor;    /* least q; 0.05 */
    double strength; /* of the shrinking, in pages; 5 */
    double hop;      /* weight of the linking page beside its host; 0.8 */
    uint64_t seed;   /* the same seed draws the same */
};
void em_focus_options_init(struct em_focus_options *options);

/* Queues of a host, in order of fetching; stored, so only append. */
enum em_class {
    EM_CLASS_FIRST,   /* seeds and redirects; retries and revisits keep their class */
    EM_CLASS_HIGH,    /* focus stream, priority of 2/3 and more */
    EM_CLASS_MIDDLE,  /* 1/3 and more */
    EM_CLASS_LOW,     /* less */
    EM_CLASS_UNIFORM, /* the uniform stream; all URLs without a focus */
    EM_CLASS_RESERVE, /* drawn by neither */
    EM_CLASS_COUNT
};
/* "uniform"; "unknown" for other numbers. */
const char *em_class_name(enum em_class class);

/* Sums of scores in [0, 1]: one for the crawl, one a host. */
struct em_focus_mean {
    double sum;
    uint64_t n;
};
/* A score that is not in [0, 1] (no verdict) is left out. */
void em_focus_learn(struct em_focus_mean *mean, double score);
/* A page whose score was learnt deserved `more` than it had; the mean stays within 1. */
void em_focus_correct(struct em_focus_mean *mean, double more);
/* Host mean shrunk towards the crawl's, which is shrunk towards 0.1. */
double em_focus_host(const struct em_focus_options *options,
                     const struct em_focus_mean *crawl, const struct em_focus_mean *host);
/* Priority of a link in [0, 1]; `linking`: score of the page it appears on, or NAN. */
double em_focus_priority(const struct em_focus_options *options, double host_score,
                         double linking);

/* HIGH, MIDDLE or LOW: the class of the focus stream for a priority. */
enum em_class em_focus_class(double priority);

struct em_focus_draw {
    enum em_class class;
    bool uniform;    /* belongs to the uniform stream (EM_CLASS_UNIFORM) */
    bool focus;      /* the focus stream would take it, too */
    float inclusion; /* probability of being drawn; 0 in the reserve */
};
/* Depends on its arguments only. */
struct em_focus_draw em_focus_draw(const struct em_focus_options *options,
                                   uint64_t url_hash, double priority);

/* Counts of a class: URLs drawn, and fetched (or settled in another way). */
struct em_focus_stream {
    uint64_t drawn, settled;
};

#endif
