/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/clean/clean_cut.h"

#include "base/alloc.h"
#include "detector/leak_extent.h"

#include <stdlib.h>

/* Bytes of a text that go. */
struct range {
    struct em_leak_extent bytes;
    bool
        passage; /* of a reference set: the text ends before it and begins again after it */
};

struct cuts {
    struct range *list;
    size_t n, cap;
};

static bool continues(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

size_t em_clean_back(struct em_view text, size_t at, uint32_t characters)
{
    while (at > 0 && characters) {
        at--;
        characters -= !continues(text.data[at]);
    }
    return at;
}

size_t em_clean_forward(struct em_view text, size_t at, uint32_t characters)
{
    while (at < text.len && characters) {
        at++;
        while (at < text.len && continues(text.data[at]))
            at++;
        characters--;
    }
    return at;
}

static uint64_t count_characters(struct em_view v)
{
    uint64_t n = 0;
    for (size_t i = 0; i < v.len; i++)
        n += !continues(v.data[i]);
    return n;
}

static enum em_status add_cut(struct cuts *cuts, struct em_leak_extent bytes,
                              bool passage)
{
    if (bytes.start >= bytes.end)
        return EM_OK;
    if (cuts->n == cuts->cap) {
        size_t cap = cuts->cap ? 2 * cuts->cap : 16;
        void *list = em_realloc_array(cuts->list, cap, sizeof(cuts->list[0]));
        if (!list)
            return EM_ERR_NOMEM;
        cuts->list = list;
        cuts->cap = cap;
    }
    cuts->list[cuts->n++] = (struct range){bytes, passage};
    return EM_OK;
}

static int by_place(const void *a, const void *b)
{
    const struct range *x = a, *y = b;
    if (x->bytes.start != y->bytes.start)
        return x->bytes.start < y->bytes.start ? -1 : 1;
    if (x->bytes.end != y->bytes.end)
        return x->bytes.end < y->bytes.end ? -1 : 1;
    return (int)x->passage - (int)y->passage;
}

/* One range for those that overlap or have only white space between them. */
static void merge_cuts(struct em_view text, struct cuts *cuts)
{
    size_t n = 0;
    if (cuts->n)
        qsort(cuts->list, cuts->n, sizeof(cuts->list[0]), by_place);
    for (size_t i = 0; i < cuts->n; i++) {
        struct range *last = n ? &cuts->list[n - 1] : NULL;
        const struct range next = cuts->list[i];
        size_t end = last ? last->bytes.end : 0;
        if (last &&
            (next.bytes.start <= end ||
             em_view_trim(em_view_sub(text, end, next.bytes.start - end)).len == 0)) {
            last->bytes.end = next.bytes.end > end ? next.bytes.end : end;
            last->passage |= next.passage;
        } else {
            cuts->list[n++] = next;
        }
    }
    cuts->n = n;
}

/* Marks that come with a kind of leak, once for each kind. */
static enum em_status add_companions(struct em_view text,
                                     const struct em_clean_plan *plan, size_t nth,
                                     struct cuts *cuts)
{
    struct em_leak_extent e = {0, 0};
    struct em_view kind = plan->spans[nth].what;
    for (size_t i = 0; i < nth; i++)
        if (plan->spans[i].cut && plan->spans[i].reason == EM_CLEAN_LEAK &&
            em_view_eq(plan->spans[i].what, kind))
            return EM_OK;
    while (em_leak_companion(text, kind, e.end, &e))
        EM_TRY(add_cut(cuts, e, false));
    return EM_OK;
}

static enum em_status collect_cuts(const struct em_clean_policy *policy,
                                   struct em_view text, struct em_clean_plan *plan,
                                   struct cuts *cuts)
{
    for (size_t i = 0; i < plan->n_spans; i++) {
        const struct em_clean_span *span = &plan->spans[i];
        bool leak = span->reason == EM_CLEAN_LEAK;
        struct em_leak_extent e = {span->start, span->end};
        if (!span->cut)
            continue;
        plan->cut_for |= 1u << span->reason;
        if (leak) {
            EM_TRY(add_companions(text, plan, i, cuts));
        } else {
            e.start = em_clean_back(text, e.start, policy->margin);
            e.end = em_clean_forward(text, e.end, policy->margin);
        }
        EM_TRY(add_cut(cuts, e, !leak));
    }
    merge_cuts(text, cuts);
    for (size_t i = 0; i < cuts->n; i++)
        if (!cuts->list[i].passage)
            cuts->list[i].bytes = em_leak_close(text, cuts->list[i].bytes);
    merge_cuts(text, cuts);
    return EM_OK;
}

/* What a passage has left between itself and the one before: a text of its own, from `from`
 * of plan->text on, that must be long enough. */
static enum em_status end_piece(const struct em_clean_policy *policy,
                                struct em_clean_plan *plan, size_t from, bool alone,
                                uint32_t *pieces)
{
    struct em_view piece = em_view_sub(em_buf_view(&plan->text), from, plan->text.len);
    struct em_view trimmed = em_view_trim(piece);
    if (alone && trimmed.len) {
        (*pieces)++;
        return EM_OK;
    }
    plan->text.len = from;
    if (trimmed.len == 0 || count_characters(trimmed) < policy->min_piece)
        return EM_OK;
    /* The piece is moved within the buffer, to where there is a blank line before it. */
    size_t gap = *pieces ? 2 : 0, offset = (size_t)(trimmed.data - piece.data);
    struct em_buf *out = &plan->text;
    EM_TRY(em_buf_reserve(out, gap + offset + trimmed.len));
    memmove(out->data + from + gap, out->data + from + offset, trimmed.len);
    memcpy(out->data + from, "\n\n", gap);
    out->len = from + gap + trimmed.len;
    (*pieces)++;
    return EM_OK;
}

static enum em_status write_rest(const struct em_clean_policy *policy,
                                 struct em_view text, const struct cuts *cuts,
                                 struct em_clean_plan *plan, uint32_t *pieces)
{
    size_t at = 0, piece = 0;
    bool alone = !(plan->cut_for & ~(1u << EM_CLEAN_LEAK));
    for (size_t i = 0; i < cuts->n; i++) {
        struct em_leak_extent e = cuts->list[i].bytes;
        EM_TRY(em_buf_append_view(&plan->text, em_view_sub(text, at, e.start - at)));
        at = e.end;
        if (!cuts->list[i].passage)
            continue;
        EM_TRY(end_piece(policy, plan, piece, alone, pieces));
        piece = plan->text.len;
    }
    EM_TRY(em_buf_append_view(&plan->text, em_view_sub(text, at, text.len)));
    return end_piece(policy, plan, piece, alone, pieces);
}

enum em_status em_clean_cut(const struct em_clean_policy *policy, struct em_view text,
                            struct em_clean_plan *plan)
{
    struct cuts cuts = {.list = NULL};
    uint32_t pieces = 0;
    enum em_status status = collect_cuts(policy, text, plan, &cuts);
    /* A leak that covers no text leaves it as it is. */
    if (status == EM_OK && cuts.n) {
        status = write_rest(policy, text, &cuts, plan, &pieces);
        plan->cut = true;
        bool many = plan->cut_for != 1u << EM_CLEAN_LEAK && pieces > policy->max_pieces;
        if (pieces == 0 || many)
            plan->reasons |= 1u << EM_CLEAN_PIECES | plan->cut_for;
    }
    em_free(cuts.list);
    return status;
}
