/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/clean/clean_settle.h"

/* The page as it would be read from the output. */
static struct em_page page_again(const struct em_scan_item *item, struct em_view text)
{
    struct em_page page = *item->page;
    bool html = page.kind == EM_PAGE_HTML;
    page.kind = EM_PAGE_TEXT;
    page.body = text;
    page.charset = EM_VIEW("utf-8");
    if (html) {
        page.lang = item->doc->lang;
        page.published = item->doc->published;
        page.http_header = EM_VIEW_NONE;
    }
    return page;
}

/* What the policy says to the text that is there; *done: it stays as it is. */
static enum em_status decide_again(const struct em_clean_format *format,
                                   const struct em_scan_item *item, struct em_view text,
                                   struct em_view page_type, struct em_clean_plan *next,
                                   bool *done)
{
    const struct em_page page = page_again(item, text);
    struct em_clean_facts facts = {.page_type = page_type};
    struct em_verdict verdict;
    struct em_doc doc;
    struct em_err err = {.status = EM_OK};
    char name[EM_CLEAN_ECHO_NAME];
    enum em_drop drop;
    EM_TRY(em_scan_again(item->again, &page, &doc, &verdict, &drop, &err));
    *done = drop != EM_DROP_NONE;
    if (*done)
        return EM_OK;
    if (format->echoes)
        EM_TRY(em_clean_echoes_find(format->echoes, format->file, &page, &doc,
                                    item->record->origin.number, name, &facts));
    EM_TRY(em_clean_decide(format->policy, text, &doc, &verdict, &facts, next));
    *done = !next->cut && !next->reasons;
    return EM_OK;
}

static void remove_for_pieces(struct em_clean_plan *plan)
{
    plan->reasons |= 1u << EM_CLEAN_PIECES | plan->cut_for;
}

enum em_status em_clean_settle(const struct em_clean_format *format,
                               const struct em_scan_item *item, struct em_view page_type,
                               struct em_clean_plan *plan)
{
    bool done = plan->reasons != 0;
    for (int round = 0; !done; round++) {
        struct em_clean_plan next;
        if (round == EM_CLEAN_ROUNDS) {
            remove_for_pieces(plan);
            return EM_OK;
        }
        em_clean_plan_init(&next);
        enum em_status status =
            decide_again(format, item, em_buf_view(&plan->text), page_type, &next, &done);
        plan->cut_for |= next.cut_for;
        if (next.reasons) {
            remove_for_pieces(plan);
            done = true;
        } else if (next.cut) {
            struct em_buf text = plan->text;
            plan->text = next.text;
            next.text = text;
        }
        em_clean_plan_release(&next);
        EM_TRY(status);
    }
    return EM_OK;
}
