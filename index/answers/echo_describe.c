/* SPDX-License-Identifier: Apache-2.0
 *
 * What the documents', hits and ledger's rows say of the passages that are returned.
 */
#include "index/answers/echo_private.h"

#include "index/pack.h"

enum { EXAMPLES = 3 };

/* Its row under `model`; 0: the first there is. */
static enum em_status find_document(struct em_echo_work *w,
                                    const struct em_echo_site *site, uint32_t model,
                                    struct em_document *document, struct em_buf *row)
{
    struct em_cursor *cursor;
    struct em_view key, value;
    struct em_buf prefix;
    enum em_status status;
    if (site->reference == 0)
        return EM_ERR_NOTFOUND;
    em_buf_init(&prefix, EM_MAX_KEY);
    status = em_document_domain_prefix(&prefix, site->domain);
    if (status == EM_OK)
        status = em_pack_be(&prefix, site->url, 4);
    if (status == EM_OK)
        status = em_cursor_open(&cursor, w->store, EM_TABLE_DOCUMENTS,
                                em_buf_view(&prefix), w->err);
    em_buf_release(&prefix);
    if (status < 0)
        return status;
    while ((status = em_cursor_next(cursor, &key, &value, w->err)) == EM_OK) {
        status = em_document_read(document, key, value);
        if (status < 0)
            break;
        if (em_document_reference(document) != site->reference ||
            (model && document->model != model))
            continue;
        em_buf_clear(row);
        status = em_buf_append_view(row, key);
        if (status == EM_OK)
            status = em_buf_append_view(row, value);
        if (status == EM_OK)
            status =
                em_document_read(document, em_view_make(row->data, key.len),
                                 em_view_make(row->data + key.len, row->len - key.len));
        break;
    }
    em_cursor_free(cursor);
    return status == EM_END ? EM_ERR_NOTFOUND : status;
}

/* A document that another model judged is shown, but its verdict is not counted. */
enum em_status em_echo_document(struct em_echo_work *w, const struct em_echo_site *site,
                                struct em_document *document, struct em_buf *row)
{
    enum em_status status = find_document(w, site, w->options->model, document, row);
    if (status != EM_ERR_NOTFOUND || !w->options->model)
        return status;
    status = find_document(w, site, 0, document, row);
    document->flags &= ~(uint32_t)EM_DOCUMENT_SCORED;
    return status;
}

/* Strings of a description go to one buffer that may move: they are noted by place first. */
struct texts {
    size_t at[2 + EXAMPLES], len[2 + EXAMPLES]; /* url, path, examples */
};

static enum em_status echo_describe_put_text(struct em_echo *e, struct texts *t,
                                             size_t which, struct em_view text)
{
    t->at[which] = e->texts.len;
    t->len[which] = text.len;
    return em_buf_append_view(&e->texts, text);
}

static struct em_view name_of(const struct em_document *d)
{
    return d->url.len ? d->url : d->id;
}

static enum em_status describe_source(struct em_echo_work *w, struct em_echo *e,
                                      const struct em_document *d, struct texts *t)
{
    struct em_ledger entry;
    e->source.known = true;
    e->source.published = d->published;
    e->source.offset = d->offset;
    e->source.words = d->words;
    if (d->words && e->words > d->words)
        e->words = d->words; /* prints' words are counted otherwise in some scripts */
    EM_TRY(echo_describe_put_text(e, t, 0, name_of(d)));
    enum em_status status =
        em_store_ledger_get(w->store, d->file, d->model, &entry, NULL);
    if (status == EM_ERR_NOTFOUND)
        return EM_OK;
    EM_TRY(status);
    return echo_describe_put_text(e, t, 1, entry.name);
}

/* Where the passage is at least half of a document, its verdict is about the passage. */
static void describe_own(struct em_echo *e, const struct em_document *d)
{
    if (d->kind == EM_VERDICT_ABSTAIN || 2 * (uint64_t)e->words < d->words)
        return;
    e->own++;
    e->own_machine += d->kind == EM_VERDICT_MACHINE;
    e->own_human += d->kind == EM_VERDICT_HUMAN;
}

static enum em_status describe_site(struct em_echo_work *w, struct em_echo *e, size_t i,
                                    struct texts *t, struct em_buf *row)
{
    struct em_document d;
    enum em_status status = em_echo_document(w, &e->sites[i], &d, row);
    if (status == EM_ERR_NOTFOUND)
        return EM_OK;
    EM_TRY(status);
    if (d.flags & EM_DOCUMENT_SCORED) {
        e->judged++;
        e->machine += d.kind == EM_VERDICT_MACHINE;
        e->human += d.kind == EM_VERDICT_HUMAN;
        e->sites[i].judged_human = d.kind == EM_VERDICT_HUMAN;
        describe_own(e, &d);
    }
    if (i == 0)
        return describe_source(w, e, &d, t);
    return i <= EXAMPLES ? echo_describe_put_text(e, t, 1 + i, name_of(&d)) : EM_OK;
}

static enum em_status echo_describe_all(struct em_echo_work *w, struct em_echo *e,
                                        struct em_buf *row)
{
    struct texts t = {.at = {0}};
    for (size_t i = 0; i < e->n_sites; i++)
        EM_TRY(describe_site(w, e, i, &t, row));
    struct em_view all = em_buf_view(&e->texts);
    e->source.name = em_view_sub(all, t.at[0], t.len[0]);
    e->source.path = em_view_sub(all, t.at[1], t.len[1]);
    for (size_t i = 0; i < EXAMPLES; i++)
        e->examples[i] = em_view_sub(all, t.at[2 + i], t.len[2 + i]);
    return EM_OK;
}

enum em_status em_echo_describe(struct em_echo_work *w)
{
    struct em_buf row;
    enum em_status status = EM_OK;
    em_buf_init(&row, EM_MAX_VALUE);
    for (size_t i = 0; i < w->out->n && status == EM_OK; i++)
        status = echo_describe_all(w, &w->out->list[i], &row);
    em_buf_release(&row);
    return status == EM_OK ? em_echo_find_known(w) : status;
}
