/* SPDX-License-Identifier: Apache-2.0 */
#include "report/verdict_json.h"

#include "base/wire/optout.h"

/* Whoever asks for no snippets has none in a line: where its leaks are is said, their words
 * are not. (Header fields are in doc->robots as well.) */
static bool may_quote(const struct em_doc *doc)
{
    uint32_t said = doc && doc->robots ? em_optout_robots(doc->robots, "echometer") : 0;
    return !(em_optout_forbids(said) & EM_USE_QUOTE);
}

static void write_leaks(struct em_json *json, const struct em_doc *doc,
                        const struct em_verdict *verdict)
{
    bool quote = may_quote(doc);
    em_json_key(json, "leaks");
    em_json_array(json);
    for (size_t i = 0; verdict && i < verdict->n_leaks; i++) {
        const struct em_leak *leak = &verdict->leaks[i];
        em_json_object(json);
        em_json_key(json, "kind");
        em_json_string(json, em_view_of(leak->kind));
        em_json_key(json, "text");
        em_json_string_or_null(json, quote ? leak->text : EM_VIEW_NONE);
        em_json_key(json, "start");
        em_json_u64(json, leak->start);
        em_json_key(json, "end");
        em_json_u64(json, leak->end);
        em_json_end(json);
    }
    em_json_end(json);
}

/* What is beyond the contract of DESIGN 5: whose text it is and how sure that is. */
static void write_match_details(struct em_json *json, const struct em_match *match)
{
    em_json_key(json, "kind");
    em_json_string_or_null(json, em_view_of(match->kind));
    em_json_key(json, "model");
    em_json_string_or_null(json, match->model);
    em_json_key(json, "words");
    em_json_u64(json, match->words);
    em_json_key(json, "of");
    em_json_u64(json, match->of);
    em_json_key(json, "low");
    em_json_fixed(json, (double)match->low, 3);
    em_json_key(json, "high");
    em_json_fixed(json, (double)match->high, 3);
    em_json_key(json, "stretches");
    em_json_array(json);
    for (size_t i = 0; i < match->n_stretches; i++) {
        em_json_array(json);
        em_json_u64(json, match->stretches[i].start);
        em_json_u64(json, match->stretches[i].end);
        em_json_end(json);
    }
    em_json_end(json);
}

static void write_matches(struct em_json *json, const struct em_verdict *verdict)
{
    em_json_key(json, "matches");
    em_json_array(json);
    for (size_t i = 0; verdict && i < verdict->n_matches; i++) {
        const struct em_match *match = &verdict->matches[i];
        em_json_object(json);
        em_json_key(json, "set");
        em_json_string(json, match->set);
        em_json_key(json, "item");
        em_json_string(json, match->item);
        em_json_key(json, "contained");
        em_json_fixed(json, (double)match->contained, 3);
        em_json_key(json, "start");
        em_json_u64(json, match->start);
        em_json_key(json, "end");
        em_json_u64(json, match->end);
        write_match_details(json, match);
        em_json_end(json);
    }
    em_json_end(json);
}

static void write_spans(struct em_json *json, const struct em_verdict *verdict)
{
    em_json_key(json, "spans");
    em_json_array(json);
    for (size_t i = 0; verdict && i < verdict->n_spans; i++) {
        const struct em_span *span = &verdict->spans[i];
        em_json_object(json);
        em_json_key(json, "start");
        em_json_u64(json, span->start);
        em_json_key(json, "end");
        em_json_u64(json, span->end);
        em_json_key(json, "score");
        em_json_fixed(json, (double)span->score, 4);
        em_json_end(json);
    }
    em_json_end(json);
}

static void write_share(struct em_json *json, const struct em_verdict *verdict)
{
    bool known = verdict && verdict->share >= 0;
    em_json_key(json, "share");
    if (known)
        em_json_fixed(json, verdict->share, 4);
    else
        em_json_null(json);
    em_json_key(json, "share_error");
    if (known)
        em_json_fixed(json, verdict->share_error, 4);
    else
        em_json_null(json);
}

static void write_edited(struct em_json *json, const struct em_verdict *verdict)
{
    em_json_key(json, "edited");
    if (verdict && verdict->edited >= 0)
        em_json_fixed(json, verdict->edited, 4);
    else
        em_json_null(json);
}

static void write_families(struct em_json *json, const struct em_verdict *verdict)
{
    em_json_key(json, "family");
    if (!verdict || verdict->n_families == 0) {
        em_json_null(json);
        return;
    }
    em_json_object(json);
    for (size_t i = 0; i < verdict->n_families; i++) {
        em_json_key(json, verdict->families[i].name);
        em_json_fixed(json, verdict->families[i].probability, 3);
    }
    em_json_end(json);
}

static void write_judgement(struct em_json *json, const struct em_doc *doc,
                            const struct em_verdict *verdict)
{
    bool scored = verdict && verdict->kind != EM_VERDICT_ABSTAIN;
    em_json_key(json, "score");
    if (scored)
        em_json_fixed(json, verdict->score, 6);
    else
        em_json_null(json);
    em_json_key(json, "log_odds");
    if (scored)
        em_json_fixed(json, verdict->log_odds, 4);
    else
        em_json_null(json);
    em_json_key(json, "verdict");
    em_json_string_or_null(json,
                           em_view_of(verdict ? em_verdict_name(verdict->kind) : NULL));
    em_json_key(json, "abstain");
    em_json_string_or_null(
        json, em_view_of(verdict ? em_abstain_name(verdict->abstain) : NULL));
    em_json_key(json, "signals");
    em_json_object(json);
    em_json_key(json, "style");
    if (verdict && verdict->style >= 0)
        em_json_fixed(json, verdict->style, 6);
    else
        em_json_null(json);
    write_leaks(json, doc, verdict);
    write_matches(json, verdict);
    em_json_end(json);
    write_spans(json, verdict);
    write_share(json, verdict);
    write_edited(json, verdict);
    write_families(json, verdict);
}

static void write_source(struct em_json *json, const struct em_page *page)
{
    em_json_key(json, "source");
    if (!page) {
        em_json_null(json);
        return;
    }
    em_json_object(json);
    em_json_key(json, "file");
    em_json_string_or_null(json, page->origin.file);
    em_json_key(json, "offset");
    em_json_u64(json, page->origin.offset);
    if (page->origin.in_group) {
        em_json_key(json, "row_group");
        em_json_u64(json, page->origin.row_group);
        em_json_key(json, "row");
        em_json_u64(json, page->origin.row);
    }
    em_json_key(json, "record");
    em_json_string_or_null(json, page->origin.record);
    em_json_end(json);
}

static void write_place(struct em_json *json, const struct em_doc *doc,
                        const struct em_page *page, struct em_view host,
                        struct em_view domain)
{
    struct em_view published = doc && doc->published.len ? doc->published
                               : page                    ? page->published
                                                         : EM_VIEW_NONE;
    em_json_key(json, "id");
    em_json_string_or_null(json, page ? page->id : EM_VIEW_NONE);
    em_json_key(json, "url");
    em_json_string_or_null(json, page ? page->url : EM_VIEW_NONE);
    em_json_key(json, "host");
    em_json_string_or_null(json, host);
    em_json_key(json, "domain");
    em_json_string_or_null(json, domain);
    em_json_key(json, "date");
    em_json_string_or_null(json, page ? page->date : EM_VIEW_NONE);
    em_json_key(json, "published");
    em_json_string_or_null(json, published);
    em_json_key(json, "page_type");
    em_json_string_or_null(json, doc ? doc->page_type : EM_VIEW_NONE);
    em_json_key(json, "page_type_score");
    if (doc && doc->page_type.len)
        em_json_fixed(json, (double)doc->page_type_score, 3);
    else
        em_json_null(json);
    em_json_key(json, "lang");
    em_json_string_or_null(json, doc ? doc->lang : EM_VIEW_NONE);
}

void em_verdict_write(struct em_json *json, const struct em_doc *doc,
                      const struct em_page *page, struct em_view host,
                      struct em_view domain, const struct em_verdict *verdict,
                      enum em_drop drop)
{
    em_json_object(json);
    write_place(json, doc, page, host, domain);
    em_json_key(json, "words");
    if (doc)
        em_json_u64(json, doc->words);
    else
        em_json_null(json);
    write_judgement(json, doc, verdict);
    write_source(json, page);
    em_json_key(json, "model");
    em_json_string_or_null(json, em_view_of(verdict ? verdict->model : NULL));
    em_json_key(json, "drop");
    em_json_string_or_null(json, em_view_of(em_drop_name(drop)));
    em_json_end(json);
}
