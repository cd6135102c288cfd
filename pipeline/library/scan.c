/* SPDX-License-Identifier: Apache-2.0
 *
 * echometer_scan(): whole inputs through the coordinator, each document a value that is
 * handed to the caller in input order.
 */
#include "pipeline/library/library_int.h"

#include "pipeline/scan/scan.h"

_Static_assert(ECHOMETER_WHOLE_FILE == EM_SCAN_WHOLE, "damage of whole files");

struct visited {
    struct echometer_document document;
    struct echometer_verdict verdict;
    bool judged;
};

struct visitor {
    struct echometer *em;
    echometer_visit *visit;
    echometer_damage *damage;
    void *context;
    bool ended; /* by `visit` */
};

/* The structs of a caller compiled against another version of the header. */
union theirs {
    struct echometer_document document;
    struct echometer_verdict verdict;
    char room[4096];
};

static enum em_status visit_map(void *context, struct em_scan_values *values,
                                const struct em_scan_item *item)
{
    (void)context;
    if (!item->doc)
        return EM_OK;
    struct visited *v = em_scan_values_add(values, sizeof(*v));
    struct em_view file = em_scan_values_copy(values, item->page->origin.file);
    if (!v || !file.data)
        return EM_ERR_NOMEM;
    values->bytes += item->doc->text.len;
    v->judged = item->verdict != NULL;
    if (!em_library_document(&values->arena, item->page, item->doc, file.data,
                             &v->document) ||
        (v->judged && !em_library_verdict(&values->arena, item->verdict, &v->verdict)))
        return EM_ERR_NOMEM;
    return EM_OK;
}

static enum em_status visit_reduce(void *context, const void *value, struct em_err *err)
{
    struct visitor *visitor = context;
    const struct visited *v = value;
    const struct echometer_options *o = &visitor->em->options;
    union theirs document, verdict;
    em_library_hand_out(&document, o->document_size, &v->document, sizeof(v->document));
    if (v->judged)
        em_library_hand_out(&verdict, o->verdict_size, &v->verdict, sizeof(v->verdict));
    if (visitor->visit(visitor->context, &document.document,
                       v->judged ? &verdict.verdict : NULL) == 0)
        return EM_OK;
    visitor->ended = true;
    return em_fail(err, EM_ERR_INTERRUPTED, "scan", "ended by the caller");
}

static void visit_damage(void *context, const char *file, uint64_t offset,
                         const char *reason)
{
    struct visitor *visitor = context;
    if (visitor->damage)
        visitor->damage(visitor->context, file, offset, reason);
}

static struct echometer_counts counts_of(const struct em_summary *summary)
{
    return (struct echometer_counts){.records = summary->records,
                                     .documents = summary->documents,
                                     .dropped = summary->records - summary->documents,
                                     .damaged = summary->damaged,
                                     .files = summary->files,
                                     .files_failed = summary->files_failed};
}

int echometer_scan(struct echometer *em, const char *const *inputs, size_t n_inputs,
                   echometer_visit *visit, echometer_damage *damage, void *context,
                   struct echometer_counts *counts, char *why, size_t why_len)
{
    struct visitor visitor = {em, visit, damage, context, false};
    struct em_summary summary;
    struct em_err err = {.status = EM_OK};
    const struct em_scan_options options = {
        .files = inputs,
        .n_files = n_inputs,
        .threads = em->options.threads ? em->options.threads : 1,
        .detect = {.fpr = em->options.fpr, .spans = em->options.spans != 0},
        .model = em->shared->model,
        .refs = &em->shared->refs,
        .map = visit_map,
        .reduce = visit_reduce,
        .damage = visit_damage,
        .context = &visitor};
    if (em->options.document_size > sizeof(union theirs) ||
        em->options.verdict_size > sizeof(union theirs) || !visit)
        return em_library_explain(EM_ERR_USAGE, &err, why, why_len);
    enum em_status status = em_scan_run(&options, &summary, &err);
    const struct echometer_counts ours = counts_of(&summary);
    if (counts)
        em_library_hand_out(counts, em->options.counts_size, &ours, sizeof(ours));
    if (visitor.ended)
        return EM_END;
    return em_library_explain(status, &err, why, why_len);
}
