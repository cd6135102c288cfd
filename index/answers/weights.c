/* SPDX-License-Identifier: Apache-2.0 */
#include "index/answers/weights.h"

#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NUMBER = 64 };

/* The number after the tab; false where it is none, or below 0. */
static bool weight_parse(struct em_view text, double *out)
{
    char number[MAX_NUMBER], *end;
    text = em_view_trim(text);
    if (text.len == 0 || text.len >= sizeof(number))
        return false;
    memcpy(number, text.data, text.len);
    number[text.len] = '\0';
    *out = strtod(number, &end);
    return end != number && !*end && *out >= 0 && *out <= 1e18;
}

static enum em_status weights_add(struct em_weights *weights, struct em_view name,
                                  double value)
{
    void *more =
        em_realloc_array(weights->items, weights->n + 1, sizeof(weights->items[0]));
    if (!more)
        return EM_ERR_NOMEM;
    weights->items = more;
    weights->items[weights->n] =
        (struct em_weight){em_strndup(name.data, name.len), value, false};
    return weights->items[weights->n++].name ? EM_OK : EM_ERR_NOMEM;
}

enum em_status em_weights_parse(struct em_weights *weights, struct em_view text,
                                const char *file, struct em_err *err)
{
    for (size_t at = 0; at < text.len;) {
        size_t end = em_view_find(text, at, EM_VIEW("\n"));
        struct em_view line = em_view_sub(text, at, end - at);
        size_t tab = em_view_find(line, 0, EM_VIEW("\t"));
        double value;
        at = end + 1;
        if (em_view_trim(line).len == 0)
            continue;
        if (tab == line.len ||
            !weight_parse(em_view_sub(line, tab + 1, line.len), &value))
            return em_fail(err, EM_ERR_FORMAT, "prevalence",
                           "'%s': a line is not \"name TAB weight\"", file);
        EM_TRY(weights_add(weights, em_view_sub(line, 0, tab), value));
    }
    return EM_OK;
}

void em_weights_release(struct em_weights *weights)
{
    for (size_t i = 0; i < weights->n; i++)
        em_free(weights->items[i].name);
    em_free(weights->items);
    *weights = (struct em_weights){.n = 0};
}

/* The weight of the row's stratum, or NULL. */
static struct em_weight *weights_find(const struct em_weights *weights,
                                      const struct em_prevalence_row *row, unsigned by)
{
    const struct em_view parts[] = {row->lang, row->domain, row->tld, row->host};
    char name[600];
    size_t n = 0;
    name[0] = '\0';
    for (size_t k = 0; k < 4; k++)
        if (by & (unsigned)EM_PREVALENCE_LANG << k && n < sizeof(name))
            n += (size_t)snprintf(name + n, sizeof(name) - n, "%s%.*s", n ? "," : "",
                                  EM_VIEW_ARGS(parts[k]));
    for (size_t i = 0; i < weights->n; i++)
        if (strcmp(weights->items[i].name, name) == 0)
            return &weights->items[i];
    return NULL;
}

double em_weights_of(const struct em_weights *weights,
                     const struct em_prevalence_row *row, unsigned by)
{
    const struct em_weight *weight = weights_find(weights, row, by);
    return weight ? weight->value : 0;
}

const char *em_weights_unmatched(struct em_weights *weights,
                                 const struct em_prevalence_row *rows, size_t n,
                                 unsigned by)
{
    for (size_t i = 0; i < n; i++) {
        struct em_weight *weight = weights_find(weights, &rows[i], by);
        if (weight)
            weight->used = true;
    }
    for (size_t i = 0; i < weights->n; i++)
        if (!weights->items[i].used)
            return weights->items[i].name;
    return NULL;
}
