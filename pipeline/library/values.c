/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/library/library_int.h"

#include <stdio.h>
#include <string.h>

void em_library_hand_out(void *out, size_t theirs, const void *ours, size_t size)
{
    memcpy(out, ours, theirs < size ? theirs : size);
    if (theirs > size)
        memset((char *)out + size, 0, theirs - size);
}

int em_library_explain(enum em_status status, const struct em_err *err, char *why,
                       size_t len)
{
    if (status < 0 && why && len)
        snprintf(why, len, "%s",
                 err->status == status && err->text[0] ? err->text
                                                       : em_status_text(status));
    return status;
}

static const struct echometer_block *document_blocks(struct em_arena *arena,
                                                     const struct em_doc *doc)
{
    struct echometer_block *blocks =
        em_arena_alloc(arena, (doc->n_blocks + 1) * sizeof(*blocks));
    for (size_t i = 0; blocks && i < doc->n_blocks; i++) {
        const struct em_block *b = &doc->blocks[i];
        blocks[i] = (struct echometer_block){.start = b->start,
                                             .end = b->end,
                                             .page_start = b->page_start,
                                             .page_end = b->page_end,
                                             .link_bytes = b->link_chars,
                                             .kind = b->kind,
                                             .flags = b->flags};
    }
    return blocks;
}

/* The header's names for rules, kinds and flags are the rooms' own numbers. */
_Static_assert((int)ECHOMETER_NOINDEX == EM_ROBOTS_NOINDEX &&
                   (int)ECHOMETER_NOAI == EM_ROBOTS_NOAI &&
                   (int)ECHOMETER_UNAVAILABLE_AFTER == EM_ROBOTS_UNAVAILABLE,
               "robots rules");
_Static_assert((int)ECHOMETER_OTHER == EM_BLOCK_OTHER &&
                   (int)ECHOMETER_QUOTE == EM_BLOCK_QUOTE &&
                   (int)ECHOMETER_MAIN == EM_BLOCK_MAIN &&
                   (int)ECHOMETER_HIDDEN == EM_BLOCK_HIDDEN,
               "kinds and flags of blocks");
_Static_assert((int)ECHOMETER_HUMAN == EM_VERDICT_HUMAN &&
                   (int)ECHOMETER_MACHINE == EM_VERDICT_MACHINE &&
                   (int)ECHOMETER_UNSURE == EM_VERDICT_UNSURE &&
                   (int)ECHOMETER_ABSTAIN == EM_VERDICT_ABSTAIN,
               "verdicts");

bool em_library_document(struct em_arena *a, const struct em_page *page,
                         const struct em_doc *doc, const char *file,
                         struct echometer_document *out)
{
    *out = (struct echometer_document){
        .id = em_arena_copy(a, page->id.len ? page->id : page->origin.record).data,
        .url = em_arena_copy(a, page->url).data,
        .date = em_arena_copy(a, page->date).data,
        .published = em_arena_copy(a, doc->published).data,
        .title = em_arena_copy(a, doc->title).data,
        .lang = em_arena_copy(a, doc->lang).data,
        .text = em_arena_copy(a, doc->text).data,
        .text_len = doc->text.len,
        .words = doc->words,
        .file = file,
        .offset = page->origin.offset,
        .published_by = em_arena_copy(a, doc->published_by).data,
        .author = em_arena_copy(a, doc->author).data,
        .site = em_arena_copy(a, doc->site).data,
        .excerpt = em_arena_copy(a, doc->excerpt).data,
        .canonical = em_arena_copy(a, doc->canonical).data,
        .lang_attribute = em_arena_copy(a, doc->lang_attribute).data,
        .robots = doc->robots ? doc->robots->rules : 0,
        .blocks = document_blocks(a, doc),
        .n_blocks = doc->n_blocks,
        .charset = em_arena_copy(a, doc->charset).data,
        .replaced = doc->replaced,
        .hidden_bytes = doc->hidden_bytes,
        .noscript_bytes = doc->noscript_bytes,
        .cut = doc->cut,
    };
    return out->blocks && out->charset && out->published_by && out->author && out->site &&
           out->excerpt && out->canonical && out->lang_attribute && out->id && out->url &&
           out->date && out->published && out->title && out->lang && out->text;
}

/* --- verdict ----------------------------------------------------------------------------- */

static bool verdict_copy_leaks(struct em_arena *arena, const struct em_verdict *v,
                               struct echometer_verdict *out)
{
    struct echometer_leak *leaks =
        em_arena_alloc(arena, (v->n_leaks + 1) * sizeof(*leaks));
    bool ok = leaks != NULL;
    for (size_t i = 0; ok && i < v->n_leaks; i++) {
        const struct em_leak *from = &v->leaks[i];
        leaks[i] = (struct echometer_leak){.kind = from->kind,
                                           .text = em_arena_copy(arena, from->text).data,
                                           .start = from->start,
                                           .end = from->end};
        ok = leaks[i].text != NULL;
    }
    out->leaks = leaks;
    out->n_leaks = v->n_leaks;
    return ok;
}

static bool verdict_copy_matches(struct em_arena *arena, const struct em_verdict *v,
                                 struct echometer_verdict *out)
{
    struct echometer_match *matches =
        em_arena_alloc(arena, (v->n_matches + 1) * sizeof(*matches));
    bool ok = matches != NULL;
    for (size_t i = 0; ok && i < v->n_matches; i++) {
        const struct em_match *from = &v->matches[i];
        matches[i] =
            (struct echometer_match){.set = em_arena_copy(arena, from->set).data,
                                     .item = em_arena_copy(arena, from->item).data,
                                     .kind = from->kind,
                                     .contained = from->contained,
                                     .words = from->words,
                                     .start = from->start,
                                     .end = from->end};
        ok = matches[i].set && matches[i].item;
    }
    out->matches = matches;
    out->n_matches = v->n_matches;
    return ok;
}

static bool verdict_copy_spans(struct em_arena *arena, const struct em_verdict *v,
                               struct echometer_verdict *out)
{
    struct echometer_span *spans =
        em_arena_alloc(arena, (v->n_spans + 1) * sizeof(*spans));
    for (size_t i = 0; spans && i < v->n_spans; i++)
        spans[i] = (struct echometer_span){v->spans[i].start, v->spans[i].end,
                                           v->spans[i].score};
    out->spans = spans;
    out->n_spans = v->n_spans;
    return spans != NULL;
}

static bool verdict_copy_families(struct em_arena *arena, const struct em_verdict *v,
                                  struct echometer_verdict *out)
{
    struct echometer_family *families =
        em_arena_alloc(arena, (v->n_families + 1) * sizeof(*families));
    for (size_t i = 0; families && i < v->n_families; i++)
        families[i] =
            (struct echometer_family){v->families[i].name, v->families[i].probability};
    out->families = families;
    out->n_families = v->n_families;
    return families != NULL;
}

bool em_library_verdict(struct em_arena *arena, const struct em_verdict *v,
                        struct echometer_verdict *out)
{
    *out = (struct echometer_verdict){.kind = (enum echometer_verdict_kind)v->kind,
                                      .score = v->score,
                                      .log_odds = v->log_odds,
                                      .words = v->words,
                                      .abstained = em_abstain_name(v->abstain),
                                      .model = v->model,
                                      .share = v->share,
                                      .share_error = v->share < 0 ? -1 : v->share_error};
    return verdict_copy_leaks(arena, v, out) && verdict_copy_matches(arena, v, out) &&
           verdict_copy_spans(arena, v, out) && verdict_copy_families(arena, v, out);
}
