/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/normalise_int.h"

#include "base/alloc.h"

enum em_status em_normal_room(struct em_normaliser *s, size_t extra)
{
    struct em_normal *out = s->out;
    size_t used = (size_t)(s->o - out->text);
    size_t need = used + (size_t)(s->end - s->p) + extra + 64;
    if (need <= out->cap)
        return EM_OK;
    need += need / 2;
    char *text = em_realloc(out->text, need + EM_NORMAL_PAD);
    if (!text)
        return EM_ERR_NOMEM;
    out->text = text;
    out->cap = need;
    s->o = text + used;
    return EM_OK;
}

enum em_status em_normal_mark(struct em_normaliser *s)
{
    struct em_normal *out = s->out;
    uint32_t normal = (uint32_t)(s->o - out->text);
    uint32_t original = (uint32_t)(s->p - s->src);
    if (out->n_segments > 0) {
        struct em_normal_segment *last = &out->segments[out->n_segments - 1];
        if (original - normal == last->original - last->normal)
            return EM_OK;
        if (last->normal == normal) {
            last->original = original;
            return EM_OK;
        }
    }
    if (out->n_segments == out->cap_segments) {
        size_t cap = out->cap_segments ? 2 * out->cap_segments : 256;
        void *grown = em_realloc_array(out->segments, cap, sizeof(*out->segments));
        if (!grown)
            return EM_ERR_NOMEM;
        out->segments = grown;
        out->cap_segments = cap;
    }
    out->segments[out->n_segments++] = (struct em_normal_segment){normal, original};
    return EM_OK;
}
