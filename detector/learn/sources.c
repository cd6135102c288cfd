/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/learn/sources.h"

#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fact_order(const void *a, const void *b)
{
    return strcmp(((const struct em_source_fact *)a)->name,
                  ((const struct em_source_fact *)b)->name);
}

/* The next field of a line, cut to `room`; "-" is empty. */
static void fact_field(struct em_view *line, char *out, size_t room)
{
    size_t tab = em_view_find(*line, 0, EM_VIEW("\t"));
    struct em_view field = em_view_trim(em_view_sub(*line, 0, tab));
    if (em_view_eq(field, EM_VIEW("-")))
        field = EM_VIEW_NONE;
    snprintf(out, room, "%.*s", EM_VIEW_ARGS(em_view_sub(field, 0, room - 1)));
    *line = tab < line->len ? em_view_sub(*line, tab + 1, line->len) : EM_VIEW_NONE;
}

static enum em_status fact_add(struct em_source_facts *facts, struct em_view line)
{
    char year[16];
    struct em_source_fact f = {.year = 0};
    void *more = em_realloc_array(facts->items, facts->n + 1, sizeof(facts->items[0]));
    if (!more)
        return EM_ERR_NOMEM;
    facts->items = more;
    fact_field(&line, f.name, sizeof(f.name));
    fact_field(&line, f.owner, sizeof(f.owner));
    fact_field(&line, f.reg, sizeof(f.reg));
    fact_field(&line, f.kind, sizeof(f.kind));
    fact_field(&line, year, sizeof(year));
    f.year = (uint16_t)strtoul(year, NULL, 10);
    fact_field(&line, f.expert, sizeof(f.expert));
    if (!f.name[0] || !f.owner[0])
        return EM_ERR_FORMAT;
    facts->items[facts->n++] = f;
    return EM_OK;
}

enum em_status em_source_facts_read(struct em_source_facts *facts, struct em_view text,
                                    struct em_err *err)
{
    size_t number = 0;
    *facts = (struct em_source_facts){.items = NULL};
    while (text.len) {
        size_t end = em_view_find(text, 0, EM_VIEW("\n"));
        struct em_view line = em_view_sub(text, 0, end);
        text = end < text.len ? em_view_sub(text, end + 1, text.len) : EM_VIEW_NONE;
        number++;
        if (em_view_trim(line).len == 0 || line.data[0] == '#')
            continue;
        enum em_status status = fact_add(facts, line);
        if (status < 0) {
            em_source_facts_release(facts);
            return em_fail(
                err, status, "sources",
                "line %zu is not source, owner, register, kind, year and expert "
                "with tabs between",
                number);
        }
    }
    if (facts->n)
        qsort(facts->items, facts->n, sizeof(facts->items[0]), fact_order);
    return EM_OK;
}

void em_source_facts_release(struct em_source_facts *facts)
{
    em_free(facts->items);
    *facts = (struct em_source_facts){.items = NULL};
}

const struct em_source_fact *em_source_fact(const struct em_source_facts *facts,
                                            const char *name)
{
    struct em_source_fact key = {.year = 0};
    snprintf(key.name, sizeof(key.name), "%s", name);
    return facts && facts->n
               ? bsearch(&key, facts->items, facts->n, sizeof(key), fact_order)
               : NULL;
}

void em_source_groups(const struct em_source_facts *facts, char *const *names, uint32_t n,
                      uint32_t *owner, uint32_t *reg)
{
    for (uint32_t s = 0; s < n; s++) {
        const struct em_source_fact *own = em_source_fact(facts, names[s]);
        owner[s] = reg[s] = s;
        for (uint32_t k = 0; k < s && (owner[s] == s || reg[s] == s); k++) {
            const struct em_source_fact *f = em_source_fact(facts, names[k]);
            if (own && f && owner[s] == s && strcmp(own->owner, f->owner) == 0)
                owner[s] = k;
            bool same = own && f ? strcmp(own->reg, f->reg) == 0 : !own && !f;
            if (same && reg[s] == s)
                reg[s] = k;
        }
    }
}
