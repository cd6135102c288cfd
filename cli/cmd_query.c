/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer query`: what an index knows of a page, a site or a kind of document.
 */
#include "base/wire/domain.h"
#include "cli/commands.h"
#include "report/query_rows.h"

#include <string.h>
#include <time.h>

struct arguments {
    const char *dir, *domain, *output;
    struct em_search search;
    uint64_t limit;
    const char *sort;
    bool hits, sites, json, csv, all;
};

static bool filtered(const struct arguments *a)
{
    const struct em_search *s = &a->search;
    return s->url || a->domain || s->verdict || s->lang || s->month || s->min_score > 0 ||
           s->leaks || s->matches || a->all;
}

static const char *what_is_found(const struct arguments *a)
{
    return a->hits ? "hits" : a->sites ? "sites" : "documents";
}

static enum em_status answer(const struct arguments *a, struct em_query_rows *rows,
                             struct em_err *err)
{
    struct em_overview overview;
    struct em_index_model model;
    if (a->hits)
        return em_search_hits(rows->store, &a->search, em_query_rows_hit, rows, err);
    EM_TRY(em_index_model_choose(rows->store, a->search.model, &model, err));
    if (a->sites) {
        struct em_sites sites;
        enum em_status found =
            em_sites_find(&sites, rows->store, &model, (int64_t)time(NULL), err);
        if (found == EM_OK)
            found = em_query_rows_sites(rows, &sites, model.label);
        em_sites_release(&sites);
        em_index_model_release(&model);
        return found;
    }
    struct em_search search = a->search;
    search.judge = model.hash;
    enum em_status status = EM_OK;
    if (filtered(a)) {
        status =
            em_search_documents(rows->store, &search, em_query_rows_document, rows, err);
    } else {
        status = em_overview_read(&overview, rows->store, model.hash, err);
        if (status == EM_OK)
            status = em_query_rows_overview(rows, &overview, &model);
    }
    em_index_model_release(&model);
    return status;
}

static int run_query(const struct arguments *a)
{
    struct em_query_rows rows;
    struct em_store *store;
    struct em_err err = {.status = EM_OK};
    enum em_status status = em_store_open(&store, a->dir, EM_STORE_READ, &err);
    if (status < 0) {
        em_error_report("query", &err);
        return EM_EXIT_FAILED;
    }
    FILE *out = em_output_open(a->output);
    em_query_rows_init(&rows, out,
                       a->json  ? EM_FORM_JSON
                       : a->csv ? EM_FORM_CSV
                                : EM_FORM_TABLE,
                       store, a->all ? UINT64_MAX : a->limit);
    if (out) {
        status = answer(a, &rows, &err);
        if (status < 0)
            em_error_report("query", &err);
        else if (rows.found == 0 && (a->hits || a->sites || filtered(a)))
            em_error("query: no %s of that kind in '%s'", what_is_found(a), a->dir);
        else if (rows.found > rows.limit)
            em_error("query: %llu %s in all, %llu shown (--limit, --all)",
                     (unsigned long long)rows.found, what_is_found(a),
                     (unsigned long long)rows.limit);
        if (!em_output_end(out, a->output, status >= 0))
            status = EM_ERR_IO;
    }
    em_query_rows_release(&rows);
    em_store_free(store);
    return out && status == EM_OK ? EM_EXIT_OK : EM_EXIT_FAILED;
}

static bool is_verdict(const char *name)
{
    for (int i = 0; i <= EM_VERDICT_ABSTAIN; i++)
        if (strcmp(name, em_verdict_name((enum em_verdict_kind)i)) == 0)
            return true;
    return false;
}

static int check_arguments(const struct arguments *a, int operands)
{
    if (!a->dir || operands)
        return em_usage_error(&cmd_query,
                              "missing --index DIR (no other arguments are accepted)");
    if (a->search.url && a->domain)
        return em_usage_error(&cmd_query, "use either --url or --domain");
    if ((a->search.set || a->search.item) && !a->hits)
        return em_usage_error(&cmd_query, "--set and --item need --hits");
    if (a->sort && (!a->sites || strcmp(a->sort, "share") != 0))
        return em_usage_error(&cmd_query, "--sort accepts only share, and needs --sites");
    if (a->sites && a->hits)
        return em_usage_error(&cmd_query, "use either --sites or --hits");
    if (a->search.item && !a->search.set)
        return em_usage_error(&cmd_query, "--item needs --set");
    if (a->json && a->csv)
        return em_usage_error(&cmd_query, "use either --json or --csv");
    if (a->search.verdict && !is_verdict(a->search.verdict))
        return em_usage_error(&cmd_query,
                              "--verdict is machine, human, unsure or abstain, not '%s'",
                              a->search.verdict);
    if (a->search.month && em_date_parse(em_view_of(a->search.month)) == EM_DATE_UNKNOWN)
        return em_usage_error(&cmd_query, "--month is YYYY-MM, not '%s'",
                              a->search.month);
    return EM_EXIT_OK;
}

static int cmd_query_run(int argc, char **argv)
{
    struct arguments a = {.limit = 100};
    struct em_domain domain = {.registrable = EM_VIEW_NONE};
    char url[EM_MAX_HOST + 16];
    const struct em_option options[] = {
        {EM_OPT_STRING, 0, "index", &a.dir, "DIR",
         "Ask the index in this folder. It is required."},
        {EM_OPT_STRING, 0, "url", &a.search.url, "URL",
         "Show the captures of this page."},
        {EM_OPT_STRING, 0, "domain", &a.domain, "NAME",
         "Show the documents of this registrable domain."},
        {EM_OPT_STRING, 0, "verdict", &a.search.verdict, "KIND",
         "Show only documents with this verdict: machine, human, unsure or abstain."},
        {EM_OPT_DOUBLE, 0, "min-score", &a.search.min_score, "SCORE",
         "Show only documents with at least this score, from 0 to 1."},
        {EM_OPT_STRING, 0, "lang", &a.search.lang, "CODE",
         "Show only documents in this language."},
        {EM_OPT_STRING, 0, "month", &a.search.month, "YYYY-MM",
         "Show only captures of this month, as YYYY-MM."},
        {EM_OPT_STRING, 0, "model", &a.search.model, "NAME",
         "Show only verdicts of this model."},
        {EM_OPT_FLAG, 0, "leaks", &a.search.leaks, NULL,
         "Show only documents with residue of a chat client."},
        {EM_OPT_FLAG, 0, "matches", &a.search.matches, NULL,
         "Show only documents that match a reference set."},
        {EM_OPT_FLAG, 0, "hits", &a.hits, NULL,
         "Show matches with reference sets instead of documents, each passage in its "
         "context. --model then names the model whose output the set holds."},
        {EM_OPT_FLAG, 0, "sites", &a.sites, NULL,
         "Show sites instead of documents: those with more machine text than their own "
         "documents from before 2022-11 suggest (at least 10 of them and 10 later ones), "
         "since when, and q, the chance that such a site is listed by accident, "
         "corrected for the number of sites."},
        {EM_OPT_STRING, 0, "sort", &a.sort, "share",
         "Sort --sites by their share of machine text, which is the default and the only "
         "order."},
        {EM_OPT_STRING, 0, "set", &a.search.set, "NAME",
         "With --hits, show only hits of this set."},
        {EM_OPT_STRING, 0, "item", &a.search.item, "ID",
         "With --hits, show only hits of this item of --set."},
        {EM_OPT_U64, 0, "limit", &a.limit, "N", "Show at most N results (default 100)."},
        {EM_OPT_FLAG, 0, "all", &a.all, NULL, "Show all results."},
        {EM_OPT_FLAG, 0, "json", &a.json, NULL,
         "Print one JSON object for each document."},
        {EM_OPT_FLAG, 0, "csv", &a.csv, NULL,
         "Print comma-separated values with a header."},
        {EM_OPT_STRING, 'o', "output", &a.output, "FILE",
         "Write to this file instead of standard output."},
        EM_OPTIONS_END,
    };
    int operands;
    int code = em_options_parse(&cmd_query, options, argc, argv, &operands);
    if (code == EM_EXIT_OK)
        code = check_arguments(&a, operands);
    if (code != EM_EXIT_OK)
        return code;
    if (a.domain && !strstr(a.domain, "://")) {
        int n = snprintf(url, sizeof(url), "http://%s/", a.domain);
        if (n < 0 || (size_t)n >= sizeof(url) || !em_domain_of(em_view_of(url), &domain))
            return em_usage_error(&cmd_query, "'%s' names no site", a.domain);
    } else if (a.domain || a.search.url) {
        em_domain_of(em_view_of(a.domain ? a.domain : a.search.url), &domain);
    }
    a.search.domain = domain.registrable;
    return run_query(&a);
}

const struct em_command cmd_query = {
    .meters = true,
    .name = "query",
    .arguments = "--index DIR",
    .summary = "show what an index knows about a page, a site or a kind of document",
    .description =
        "Without a filter, shows an overview of the index. With one, shows its "
        "documents, sorted by\n"
        "domain, page and date.\n"
        "\n"
        "  echometer query --index idx\n"
        "  echometer query --index idx --domain example.com --verdict machine\n"
        "  echometer query --index idx --url https://example.com/a --json\n"
        "  echometer query --index idx --hits --set alpaca   # whose output, where, "
        "since when",
    .run = cmd_query_run,
};
