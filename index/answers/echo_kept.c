/* SPDX-License-Identifier: Apache-2.0
 *
 * What kind of thing a passage is; which passages are kept, and in what order.
 */
#include "index/answers/echo.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "index/answers/echo_private.h"

#include <stdlib.h>

#define DAY INT64_C(86400)

enum {
    WIDE_DOMAINS = 100,
    WIDE_PERCENT = 2,
    OLD_DOMAINS = 10,
    QUOTE_WORDS = 150,
    PRESS_DOMAINS = 5,
    PRESS_DAYS = 7,
};

void em_echo_release(struct em_echo *echo)
{
    em_free(echo->sites);
    em_buf_release(&echo->names);
    em_buf_release(&echo->texts);
    em_buf_release(&echo->known);
    echo->sites = NULL;
}

void em_echoes_release(struct em_echoes *echoes)
{
    for (size_t i = 0; i < echoes->n; i++)
        em_echo_release(&echoes->list[i]);
    em_free(echoes->list);
    *echoes = (struct em_echoes){.n = 0};
}

/* --- what kind --------------------------------------------------------------------------------- */

static size_t sites_before(const struct em_echo *echo, int64_t end)
{
    size_t n = 0;
    for (size_t i = 0; i < echo->n_sites; i++)
        n += echo->sites[i].date != EM_DATE_UNKNOWN && echo->sites[i].date < end;
    return n;
}

/* Whether the passage is most of the document it was first seen in. */
static enum em_status is_whole(struct em_echo_work *w, const struct em_echo *echo,
                               bool *whole)
{
    struct em_document d;
    struct em_buf row;
    em_buf_init(&row, EM_MAX_VALUE);
    *whole = false;
    enum em_status status = em_echo_document(w, &echo->sites[0], &d, &row);
    if (status == EM_OK)
        *whole = 5 * (uint64_t)echo->words >= 4 * (uint64_t)d.words;
    em_buf_release(&row);
    return status == EM_ERR_NOTFOUND ? EM_OK : status;
}

static enum em_status echo_kind_of(struct em_echo_work *w, struct em_echo *echo)
{
    uint64_t wide = w->out->domains * WIDE_PERCENT / 100;
    size_t quoted = 0;
    bool whole;
    echo->kind = EM_ECHO_ECHO;
    if ((echo->domains >= WIDE_DOMAINS && echo->domains >= wide) ||
        sites_before(echo, EM_DATE_CHATGPT) >= OLD_DOMAINS) {
        echo->kind = EM_ECHO_BOILERPLATE;
        return EM_OK;
    }
    for (size_t i = 0; i < echo->n_sites; i++)
        quoted += echo->sites[i].quoted;
    if (echo->words <= QUOTE_WORDS && 2 * quoted >= echo->n_sites) {
        echo->kind = EM_ECHO_QUOTATION;
        return EM_OK;
    }
    int64_t first = echo->sites[0].date;
    if (echo->n_sites < PRESS_DOMAINS || first == EM_DATE_UNKNOWN ||
        5 * sites_before(echo, first + PRESS_DAYS * DAY) < 4 * echo->n_sites)
        return EM_OK;
    EM_TRY(is_whole(w, echo, &whole));
    if (whole)
        echo->kind = EM_ECHO_SYNDICATION;
    return EM_OK;
}

/* --- which are kept ----------------------------------------------------------------------------- */

static int by_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Unknown dates last. */
static int by_date(const struct em_echo *a, const struct em_echo *b)
{
    const uint64_t bit = UINT64_C(1) << 63;
    return by_u64(((uint64_t)a->sites[0].date ^ bit) - 1,
                  ((uint64_t)b->sites[0].date ^ bit) - 1);
}

static int by_identity(const struct em_echo *a, const struct em_echo *b)
{
    int order = by_u64(a->sites[0].reference, b->sites[0].reference);
    if (order == 0)
        order = by_u64(a->word, b->word);
    return order ? order : by_u64(a->hashes[0], b->hashes[0]);
}

static int by_spread(const void *x, const void *y)
{
    const struct em_echo *a = x, *b = y;
    int order = by_u64(b->domains, a->domains);
    if (order == 0)
        order = by_u64(b->words, a->words);
    if (order == 0)
        order = by_date(a, b);
    return order ? order : by_identity(a, b);
}

static int by_growth(const void *x, const void *y)
{
    const struct em_echo *a = x, *b = y;
    if (a->growth.known != b->growth.known)
        return a->growth.known ? -1 : 1;
    if (a->growth.known && a->growth.low != b->growth.low)
        return a->growth.low > b->growth.low ? -1 : 1;
    return by_spread(x, y);
}

static int by_sight(const void *x, const void *y)
{
    int order = by_date(x, y);
    return order ? order : by_spread(x, y);
}

static void keep_most(struct em_echo_work *w)
{
    struct em_echoes *out = w->out;
    if (out->n > 1)
        qsort(out->list, out->n, sizeof(out->list[0]),
              w->options->sort == EM_ECHO_GROWTH ? by_growth : by_spread);
    while (out->n > w->options->limit)
        em_echo_release(&out->list[--out->n]);
}

enum em_status em_echo_offer(struct em_echo_work *w, struct em_echo *echo)
{
    struct em_echoes *out = w->out;
    enum em_status status = echo_kind_of(w, echo);
    if (status == EM_OK)
        out->found[echo->kind]++;
    if (status < 0 || !w->options->kinds[echo->kind]) {
        em_echo_release(echo);
        return status;
    }
    if (out->n >= 2 * w->options->limit + 64)
        keep_most(w);
    if (out->n == out->cap) {
        size_t cap = out->cap ? 2 * out->cap : 64;
        void *more = em_realloc_array(out->list, cap, sizeof(out->list[0]));
        if (!more) {
            em_echo_release(echo);
            return EM_ERR_NOMEM;
        }
        out->list = more;
        out->cap = cap;
    }
    out->list[out->n++] = *echo;
    return EM_OK;
}

void em_echo_settle(struct em_echo_work *w)
{
    struct em_echoes *out = w->out;
    keep_most(w);
    if (w->options->sort == EM_ECHO_FIRST && out->n > 1)
        qsort(out->list, out->n, sizeof(out->list[0]), by_sight);
}
