/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer forget`: a site or a page leaves an index.
 */
#include "cli/commands.h"
#include "base/wire/domain.h"
#include "index/forget.h"

#include <ctype.h>

/* A name as people write it ("Example.COM", "https://example.com/") to the registrable
 * domain as the index keeps it. */
static bool read_domain(const char *text, struct em_domain *domain)
{
    char url[EM_MAX_HOST + 16];
    if (strstr(text, "://"))
        return em_domain_of(em_view_of(text), domain);
    int n = snprintf(url, sizeof(url), "http://%s/", text);
    return n > 0 && (size_t)n < sizeof(url) && em_domain_of(em_view_of(url), domain);
}

static int run_forget(const char *dir, const char *name, const char *url)
{
    struct em_domain domain;
    struct em_err err = {.status = EM_OK};
    uint64_t documents;
    if (!read_domain(url ? url : name, &domain))
        return em_usage_error(&cmd_forget, "'%s' names no site", url ? url : name);
    /* A host below it would take its neighbours along. */
    if (!url && !em_view_eq(domain.registrable, em_view_of(domain.host)))
        return em_usage_error(&cmd_forget,
                              "'%s' is part of '%.*s'; name that, or pages by --url",
                              name, EM_VIEW_ARGS(domain.registrable));
    struct em_forget what = {.domain = domain.registrable, .url = em_view_of(url)};
    if (em_index_forget(dir, &what, &documents, &err) < 0) {
        em_error_report("forget", &err);
        return EM_EXIT_FAILED;
    }
    printf("%llu %s of %s forgotten\n", (unsigned long long)documents,
           documents == 1 ? "document" : "documents", url ? url : domain.host);
    return EM_EXIT_OK;
}

static int cmd_forget_run(int argc, char **argv)
{
    const char *dir = NULL, *domain = NULL, *url = NULL;
    const struct em_option options[] = {
        {EM_OPT_STRING, 0, "index", &dir, "DIR",
         "Remove from the index in this folder. It is required."},
        {EM_OPT_STRING, 0, "domain", &domain, "NAME",
         "Remove all documents of this registrable domain."},
        {EM_OPT_STRING, 0, "url", &url, "URL", "Remove all captures of this page."},
        EM_OPTIONS_END,
    };
    int operands;
    int code = em_options_parse(&cmd_forget, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    if (!dir || operands)
        return em_usage_error(&cmd_forget,
                              "missing --index DIR (no other arguments are accepted)");
    if (!domain == !url)
        return em_usage_error(&cmd_forget, "name either --domain or --url, and not both");
    return run_forget(dir, domain, url);
}

const struct em_command cmd_forget = {
    .keeps_pipes = true,
    .meters = true,
    .name = "forget",
    .arguments = "--index DIR --domain NAME | --url URL",
    .summary = "remove a site or a page from an index",
    .description = "Removes the documents with every passage and match that points to "
                   "them, and corrects the\n"
                   "counts by host and month. The file is rewritten, so that nothing "
                   "remains in unused pages.\n"
                   "Sums that name nobody (diversity) stay.\n"
                   "\n"
                   "  echometer forget --index idx --domain example.com\n"
                   "  echometer query --index idx --domain example.com     # now empty",
    .run = cmd_forget_run,
};
