/* SPDX-License-Identifier: Apache-2.0
 *
 * From the arguments of `crawl` to the options of the job.
 */
#include "cli/crawl_options.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "base/wire/domain.h"

#include <math.h>
#include <string.h>

static const char *const text_types[] = {"text/",
                                         "application/xhtml+xml",
                                         "application/xml",
                                         "application/rss+xml",
                                         "application/atom+xml",
                                         NULL};

static int64_t ms(double seconds)
{
    return seconds > 0 ? (int64_t)(1000 * seconds) : 0;
}

static bool scope_kind(const char *name, enum em_scope_kind *kind)
{
    static const char *const names[] = {"any", "host", "domain", "prefix"};
    for (unsigned i = 0; i < 4; i++)
        if (strcmp(name, names[i]) == 0) {
            *kind = (enum em_scope_kind)i;
            return true;
        }
    return false;
}

static bool sync_kind(const char *name, enum em_warc_sync *sync)
{
    static const char *const names[] = {"flush", "close", "none"};
    for (unsigned i = 0; i < 3; i++)
        if (strcmp(name, names[i]) == 0) {
            *sync = (enum em_warc_sync)i;
            return true;
        }
    return false;
}

/* One host only: then nobody else is asked. */
static bool one_host(const struct em_crawl_arguments *a)
{
    struct em_domain first, other;
    if (strcmp(a->scope, "host") != 0 && strcmp(a->scope, "prefix") != 0)
        return false;
    for (size_t i = 0; i < a->crawl.n_seeds + a->crawl.n_sitemaps; i++) {
        const char *seed = i < a->crawl.n_seeds ? a->crawl.seeds[i]
                                                : a->crawl.sitemaps[i - a->crawl.n_seeds];
        char url[EM_MAX_HOST + 64];
        snprintf(url, sizeof(url), "%s%.*s", strstr(seed, "://") ? "" : "https://",
                 EM_MAX_HOST + 32, seed);
        em_domain_of(em_view_of(url), i == 0 ? &first : &other);
        if (i > 0 && strcmp(first.host, other.host) != 0)
            return false;
    }
    return true;
}

static char *print_to(const char *format, const char *a, const char *b, const char *c)
{
    size_t n = strlen(format) + strlen(a) + strlen(b) + strlen(c) + 1;
    char *text = em_malloc(n);
    if (text)
        snprintf(text, n, "%s%s%s%s", format, a, b, c);
    return text;
}

static void set_fetch(struct em_crawl_arguments *a)
{
    struct em_fetcher_options *f = &a->crawl.fetch;
    f->user_agent = a->user_agent;
    f->from = a->contact && strchr(a->contact, '@') && !strchr(a->contact, ' ')
                  ? a->contact
                  : NULL;
    f->ca_file = a->ca;
    f->http1_only = a->http1;
    f->allow_private = a->allow_private;
    f->max_body = (size_t)a->max_body;
    f->resolve_ms = f->connect_ms = f->tls_ms = ms(a->connect_timeout);
    f->first_byte_ms = ms(a->answer_timeout);
    f->slow_ms = ms(a->slow_timeout);
    f->total_ms = ms(a->total_timeout);
    a->crawl.resolve.timeout_ms = ms(a->connect_timeout);
}

static void set_frontier(struct em_crawl_arguments *a)
{
    struct em_frontier_options *f = &a->crawl.frontier;
    f->polite.delay_ms = ms(a->delay);
    f->polite.max_crawl_delay_ms = ms(a->max_crawl_delay);
    f->polite.response_factor = a->response_factor;
    f->polite.max_attempts = (uint32_t)a->attempts;
    f->focus.share = a->share;
    f->focus.seed = a->seed;
    f->revisit.enabled = a->revisit;
    f->revisit.min_ms = ms(a->revisit_min);
    f->revisit.max_ms = ms(a->revisit_max);
    if (f->revisit.first_ms > f->revisit.max_ms)
        f->revisit.first_ms = f->revisit.max_ms;
    f->max_hosts = (size_t)a->hosts;
    f->budget_host = a->max_pages_host;
    f->no_sync = strcmp(a->sync, "flush") != 0;
}

static void set_crawl(struct em_crawl_arguments *a)
{
    struct em_crawl_options *c = &a->crawl;
    c->dir = a->output;
    c->scope.max_depth = a->depth < UINT32_MAX ? (uint32_t)a->depth : UINT32_MAX;
    c->scope.include = a->include;
    c->scope.exclude = a->exclude;
    memcpy(a->mime_list, a->mimes.items, sizeof(a->mimes.items));
    memcpy(a->language_list, a->languages.items, sizeof(a->languages.items));
    c->scope.mimes = a->mimes.n ? a->mime_list : text_types;
    c->scope.languages = a->languages.n ? a->language_list : NULL;
    c->per_ip = (uint32_t)a->per_ip;
    c->per_host = (uint32_t)a->per_ip;
    c->ipv6_prefix = (uint32_t)a->ipv6_prefix;
    c->resolve.ipv4_only = strcmp(a->family, "4") == 0;
    c->resolve.ipv6_only = strcmp(a->family, "6") == 0;
    c->threads = (uint32_t)a->threads;
    c->max_active = (uint32_t)a->connections;
    c->max_redirects = (uint32_t)a->max_redirects;
    c->max_pages = a->max_pages;
    c->max_ms = ms(a->max_time);
    c->linger_ms = ms(a->linger);
    c->commit_ms = ms(a->commit_every);
    c->obey = strcmp(a->optouts, "obey") == 0;
    c->robots_sitemaps = !a->no_sitemaps;
    c->tdmrep = !a->no_tdmrep;
    c->ai_txt = !a->no_ai_txt;
    c->licences = !a->no_licences;
    c->soft404 = !a->no_soft404;
    c->warc.prefix = a->warc_prefix;
    c->warc.level = (int)a->warc_level;
    c->warc.max_bytes = a->warc_size ? a->warc_size : a->index ? 64000000 : 1000000000;
    c->warc.software = "echometer/" EM_VERSION;
    c->warc.operator_name = a->contact;
    c->warc.user_agent = a->user_agent;
    c->warc.robots = "RFC 9309, obeyed";
}

static int check_numbers(const struct em_crawl_arguments *a)
{
    if (a->threads < 1 || a->threads > 1024)
        return em_usage_error(a->command, "--threads is 1 to 1024");
    if (a->per_ip < 1 || a->per_ip > 256)
        return em_usage_error(a->command, "--per-ip is 1 to 256");
    if (a->ipv6_prefix < 1 || a->ipv6_prefix > 128)
        return em_usage_error(a->command, "--ipv6-prefix is 1 to 128");
    if (strcmp(a->family, "any") != 0 && strcmp(a->family, "4") != 0 &&
        strcmp(a->family, "6") != 0)
        return em_usage_error(a->command, "--ip is any, 4 or 6");
    if (a->connections < 1 || a->connections > EM_MAX_TRANSFERS)
        return em_usage_error(a->command, "--connections is 1 to %d", EM_MAX_TRANSFERS);
    if (a->hosts < 1 || a->hosts > EM_MAX_FRONTIER_HOSTS)
        return em_usage_error(a->command, "--hosts is 1 to %d", EM_MAX_FRONTIER_HOSTS);
    if (a->max_body < 1 || a->max_body > EM_MAX_BLOCK / 2)
        return em_usage_error(a->command, "--max-body is 1 byte to %zu",
                              (size_t)EM_MAX_BLOCK / 2);
    if (a->warc_level < 1 || a->warc_level > 12)
        return em_usage_error(a->command, "--warc-level is 1 to 12");
    if (a->attempts < 1 || a->attempts > 100)
        return em_usage_error(a->command, "--attempts is 1 to 100");
    if (a->max_redirects > 100)
        return em_usage_error(a->command, "--max-redirects is at most 100");
    if (a->delay < 0 || a->max_crawl_delay < 0 || a->response_factor < 0 ||
        a->max_time < 0 || a->linger < 0 || a->commit_every < 0)
        return em_usage_error(a->command, "times must not be negative");
    if (!(a->share >= 0 && a->share <= 1))
        return em_usage_error(a->command, "--share is between 0 and 1");
    if (a->revisit_min < 1 || a->revisit_max < a->revisit_min)
        return em_usage_error(a->command,
                              "--revisit-min is a second at least, and no more "
                              "than --revisit-max");
    if (a->connect_timeout <= 0 || a->answer_timeout <= 0 || a->slow_timeout <= 0 ||
        a->total_timeout <= 0)
        return em_usage_error(a->command, "timeouts must be more than 0");
    return EM_EXIT_OK;
}

int em_crawl_arguments_check(struct em_crawl_arguments *a)
{
    int code = check_numbers(a);
    if (code != EM_EXIT_OK)
        return code;
    if (a->crawl.n_seeds + a->crawl.n_sitemaps == 0)
        return em_usage_error(
            a->command, "name at least one seed (a URL or a host), or --seeds FILE");
    if (!a->output)
        return em_usage_error(a->command, "missing -o DIR, the folder for the crawl");
    if (!scope_kind(a->scope, &a->crawl.scope.kind))
        return em_usage_error(a->command, "--scope is host, domain, prefix or any");
    if (!sync_kind(a->sync, &a->crawl.warc.sync))
        return em_usage_error(a->command, "--sync is flush, close or none");
    if (em_focus_of(&a->crawl.frontier.focus.focus, em_view_of(a->focus)) < 0)
        return em_usage_error(a->command, "--focus is uniform, synthetic or echo");
    if (strcmp(a->optouts, "obey") != 0 && strcmp(a->optouts, "record") != 0)
        return em_usage_error(a->command, "--optouts is obey or record");
    if (a->summary && strcmp(a->summary, "json") != 0 && strcmp(a->summary, "text") != 0)
        return em_usage_error(a->command, "--summary is text or json");
    if (!a->contact && !one_host(a))
        return em_usage_error(
            a->command, "a crawl beyond one host needs --contact: a mail address or "
                        "page where its owner can be reached");
    a->user_agent = a->contact
                        ? print_to("echometer/" EM_VERSION " (",
                                   strchr(a->contact, '@') ? "" : "+", a->contact, ")")
                        : print_to("echometer/" EM_VERSION, "", "", "");
    if (a->index && !a->verdicts)
        a->verdict_path = print_to("", a->output, "/verdicts.jsonl", "");
    if (!a->user_agent || (a->index && !a->verdicts && !a->verdict_path)) {
        em_error("crawl: out of memory");
        return EM_EXIT_FAILED;
    }
    if (a->index && !a->verdicts)
        a->verdicts = a->verdict_path;
    set_fetch(a);
    set_frontier(a);
    set_crawl(a);
    return EM_EXIT_OK;
}
