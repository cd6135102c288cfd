/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/crawl_options.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "base/wire/domain.h"

#include <math.h>
#include <string.h>

/* What a settings file has no business with. */
static const char *const not_settings[] = {"config", "status", "show-config", "output",
                                           "quiet",  "help",   NULL};

static const char *const text_types[] = {"text/",
                                         "application/xhtml+xml",
                                         "application/xml",
                                         "application/rss+xml",
                                         "application/atom+xml",
                                         NULL};

static void defaults(struct em_crawl_arguments *a)
{
    em_crawl_options_init(&a->crawl);
    const struct em_crawl_options *c = &a->crawl;
    a->scope = "host";
    a->focus = "uniform";
    a->optouts = "obey";
    a->sync = "flush";
    a->warc_prefix = c->warc.prefix;
    a->depth = 1000;
    a->per_ip = 1;
    a->ipv6_prefix = c->ipv6_prefix;
    a->family = "any";
    a->connections = c->max_active;
    a->hosts = c->frontier.max_hosts;
    a->threads = 1;
    a->max_body = c->fetch.max_body;
    a->warc_level = (uint64_t)c->warc.level;
    a->max_redirects = c->max_redirects;
    a->attempts = c->frontier.polite.max_attempts;
    a->delay = (double)c->frontier.polite.delay_ms / 1000;
    a->max_crawl_delay = (double)c->frontier.polite.max_crawl_delay_ms / 1000;
    a->response_factor = c->frontier.polite.response_factor;
    a->linger = (double)c->linger_ms / 1000;
    a->commit_every = (double)c->commit_ms / 1000;
    a->share = c->frontier.focus.share;
    a->revisit_min = (double)c->frontier.revisit.min_ms / 1000;
    a->revisit_max = (double)c->frontier.revisit.max_ms / 1000;
    a->connect_timeout = (double)c->fetch.connect_ms / 1000;
    a->answer_timeout = (double)c->fetch.first_byte_ms / 1000;
    a->slow_timeout = (double)c->fetch.slow_ms / 1000;
    a->total_timeout = (double)c->fetch.total_ms / 1000;
}

/* What is fetched, and how politely; returns how many rows. */
static size_t rows_of_pages(struct em_crawl_arguments *a, struct em_option *options)
{
    const struct em_option rows[] = {
        {EM_OPT_STRING, 'o', "output", &a->output, "DIR", "Folder of the crawl."},
        {EM_OPT_STRING, 0, "config", &a->config, "FILE",
         "Read settings from FILE first (configs/crawl.yaml has all of them)."},
        {EM_OPT_STRING, 0, "contact", &a->contact, "TEXT",
         "Mail address or page of whoever runs the crawl; goes into the user agent (and "
         "the "
         "From field). Required beyond one host."},
        {EM_OPT_STRINGS, 0, "seeds", &a->seed_files, "FILE",
         "More seeds, one a line. May be given several times."},
        {EM_OPT_STRINGS, 0, "sitemap", &a->sitemaps, "URL",
         "Read this sitemap or feed, too; it widens the scope as a seed does."},
        {EM_OPT_STRING, 0, "scope", &a->scope, "host|domain|prefix|any",
         "How far from the seeds: their hosts, registrable domains, folders, or "
         "anywhere."},
        {EM_OPT_U64, 0, "depth", &a->depth, "N", "Links away from a seed at most."},
        {EM_OPT_STRING, 0, "include", &a->include, "REGEX",
         "Only URLs that match this POSIX extended pattern."},
        {EM_OPT_STRING, 0, "exclude", &a->exclude, "REGEX", "No URLs that match this."},
        {EM_OPT_STRINGS, 0, "mime", &a->mimes, "TYPE",
         "Types to keep, 'text/' for all below; the default is text and XML."},
        {EM_OPT_STRINGS, 0, "language", &a->languages, "CODE",
         "Languages to keep ('en'); the default is all."},
        {EM_OPT_U64, 0, "max-pages", &a->max_pages, "N",
         "Stop after so many pages, earlier runs included; 0: never."},
        {EM_OPT_U64, 0, "max-pages-host", &a->max_pages_host, "N",
         "No more than so many pages of one host; 0: any number."},
        {EM_OPT_DOUBLE, 0, "max-time", &a->max_time, "SECONDS",
         "Stop after that; 0: never."},
        {EM_OPT_U64, 0, "attempts", &a->attempts, "N",
         "Of one URL, where no answer or a server error came."},
        {EM_OPT_U64, 0, "max-redirects", &a->max_redirects, "N", "Followed in a row."},
        {EM_OPT_DOUBLE, 0, "delay", &a->delay, "SECONDS",
         "Between two requests to one host, and to one address."},
        {EM_OPT_DOUBLE, 0, "max-crawl-delay", &a->max_crawl_delay, "SECONDS",
         "A longer Crawl-delay of robots.txt is cut to this."},
        {EM_OPT_DOUBLE, 0, "response-factor", &a->response_factor, "K",
         "A host that takes long is left alone for K times as long."},
        {EM_OPT_U64, 0, "per-ip", &a->per_ip, "N",
         "Requests to one address at a time: only for servers of your own."},
        {EM_OPT_U64, 0, "ipv6-prefix", &a->ipv6_prefix, "BITS",
         "So much of an IPv6 address counts as one address."},
        {EM_OPT_STRING, 0, "optouts", &a->optouts, "obey|record",
         "What opt-outs forbid is not done, or only recorded (docs/POLITENESS.md)."},
        {EM_OPT_FLAG, 0, "no-sitemaps", &a->no_sitemaps, NULL,
         "Do not read sitemaps that robots.txt names."},
        {EM_OPT_FLAG, 0, "no-tdmrep", &a->no_tdmrep, NULL,
         "Do not ask for /.well-known/tdmrep.json."},
        {EM_OPT_FLAG, 0, "no-soft404", &a->no_soft404, NULL,
         "Do not ask each host for one page that cannot exist."},
        {EM_OPT_STRING, 0, "focus", &a->focus, "uniform|synthetic|echo",
         "What comes first: first seen; hosts and links with machine-written text; or "
         "those "
         "whose passages other sites had before."},
        {EM_OPT_DOUBLE, 0, "share", &a->share, "SHARE",
         "Of fetches that stay uniform under a focus, for unbiased estimates."},
        {EM_OPT_U64, 0, "seed", &a->seed, "N", "Of the focus's random draws."},
    };
    memcpy(options, rows, sizeof(rows));
    return sizeof(rows) / sizeof(rows[0]);
}

/* Resources, network, what is written. */
static size_t rows_of_means(struct em_crawl_arguments *a, struct em_option *options)
{
    const struct em_option rows[] = {
        {EM_OPT_FLAG, 0, "revisit", &a->revisit, NULL,
         "Come back to pages, by how often they change; the crawl does not end by "
         "itself."},
        {EM_OPT_DOUBLE, 0, "revisit-min", &a->revisit_min, "SECONDS", "Not sooner."},
        {EM_OPT_DOUBLE, 0, "revisit-max", &a->revisit_max, "SECONDS", "Not later."},
        {EM_OPT_U64, 't', "threads", &a->threads, "N",
         "That read pages and scan; fetching has a thread of its own."},
        {EM_OPT_U64, 0, "connections", &a->connections, "N",
         "Requests at a time in all."},
        {EM_OPT_U64, 0, "hosts", &a->hosts, "N", "In memory at a time."},
        {EM_OPT_U64, 0, "max-body", &a->max_body, "BYTES", "A longer body is cut there."},
        {EM_OPT_DOUBLE, 0, "connect-timeout", &a->connect_timeout, "SECONDS",
         "For each of name, connection and TLS."},
        {EM_OPT_DOUBLE, 0, "answer-timeout", &a->answer_timeout, "SECONDS",
         "From the request to the first byte."},
        {EM_OPT_DOUBLE, 0, "slow-timeout", &a->slow_timeout, "SECONDS",
         "In which 2,000 bytes must come."},
        {EM_OPT_DOUBLE, 0, "total-timeout", &a->total_timeout, "SECONDS",
         "For a whole request."},
        {EM_OPT_FLAG, 0, "http1", &a->http1, NULL, "Do not offer HTTP/2."},
        {EM_OPT_STRING, 0, "ip", &a->family, "any|4|6",
         "Addresses to use: any (in the order the system gives), or one kind only."},
        {EM_OPT_FLAG, 0, "allow-private", &a->allow_private, NULL,
         "Also connect to loopback and private addresses: tests, networks of your own."},
        {EM_OPT_STRING, 0, "resolve", &a->resolve, "FILE",
         "Lines 'host address[:port]' that come before DNS."},
        {EM_OPT_STRING, 0, "ca", &a->ca, "FILE",
         "Certificate authorities (PEM) instead of the system's."},
        {EM_OPT_U64, 0, "warc-size", &a->warc_size, "BYTES",
         "A file is closed at that size; the default is 1G, with --index 64M."},
        {EM_OPT_U64, 0, "warc-level", &a->warc_level, "N", "Of gzip, 1 to 12."},
        {EM_OPT_STRING, 0, "warc-prefix", &a->warc_prefix, "NAME",
         "Of the files' names."},
        {EM_OPT_STRING, 0, "sync", &a->sync, "flush|close|none",
         "What survives a power cut: every commit, whole files, or what the system "
         "wrote."},
        {EM_OPT_STRING, 0, "index", &a->index, "DIR",
         "Scan each closed WARC into this index, as `scan --index` would."},
        {EM_OPT_STRING, 0, "verdicts", &a->verdicts, "FILE",
         "Verdict lines of the scan; the default is verdicts.jsonl in the crawl's "
         "folder."},
        {EM_OPT_STRING, 0, "model", &a->model, "FILE",
         "Score with this one alone; default: the shipped one of each language."},
        {EM_OPT_DOUBLE, 0, "linger", &a->linger, "SECONDS",
         "When only suspended hosts are left, wait so long for the next one."},
        {EM_OPT_DOUBLE, 0, "commit-every", &a->commit_every, "SECONDS",
         "At most so much is fetched again after a crash."},
        {EM_OPT_STRING, 0, "metrics", &a->metrics, "WHERE",
         "Prometheus text: a file, or 127.0.0.1:PORT."},
        {EM_OPT_STRING, 0, "summary", &a->summary, "text|json",
         "Form of the summary and of --status."},
        {EM_OPT_STRING, 0, "status", &a->status_dir, "DIR",
         "Say how the crawl in DIR stands, and end."},
        {EM_OPT_FLAG, 0, "show-config", &a->show_config, NULL,
         "Print the settings in force as a settings file, and end."},
        {EM_OPT_FLAG, 0, "progress", &a->progress, NULL,
         "A line every ten seconds even where stderr is not a terminal."},
        {EM_OPT_FLAG, 'q', "quiet", &a->quiet, NULL, "No progress, no summary."},
    };
    memcpy(options, rows, sizeof(rows));
    return sizeof(rows) / sizeof(rows[0]);
}

void em_crawl_arguments_init(struct em_crawl_arguments *a,
                             struct em_option options[EM_CRAWL_MAX_OPTIONS])
{
    const struct em_option end = EM_OPTIONS_END;
    defaults(a);
    size_t n = rows_of_pages(a, options);
    n += rows_of_means(a, options + n);
    options[n] = end;
}

/* --- from arguments to options -------------------------------------------------------------- */

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
        return em_usage_error(&cmd_crawl, "--threads is 1 to 1024");
    if (a->per_ip < 1 || a->per_ip > 256)
        return em_usage_error(&cmd_crawl, "--per-ip is 1 to 256");
    if (a->ipv6_prefix < 1 || a->ipv6_prefix > 128)
        return em_usage_error(&cmd_crawl, "--ipv6-prefix is 1 to 128");
    if (strcmp(a->family, "any") != 0 && strcmp(a->family, "4") != 0 &&
        strcmp(a->family, "6") != 0)
        return em_usage_error(&cmd_crawl, "--ip is any, 4 or 6");
    if (a->connections < 1 || a->connections > EM_MAX_TRANSFERS)
        return em_usage_error(&cmd_crawl, "--connections is 1 to %d", EM_MAX_TRANSFERS);
    if (a->hosts < 1 || a->hosts > EM_MAX_FRONTIER_HOSTS)
        return em_usage_error(&cmd_crawl, "--hosts is 1 to %d", EM_MAX_FRONTIER_HOSTS);
    if (a->max_body < 1 || a->max_body > EM_MAX_BLOCK / 2)
        return em_usage_error(&cmd_crawl, "--max-body is 1 byte to %zu",
                              (size_t)EM_MAX_BLOCK / 2);
    if (a->warc_level < 1 || a->warc_level > 12)
        return em_usage_error(&cmd_crawl, "--warc-level is 1 to 12");
    if (a->attempts < 1 || a->attempts > 100)
        return em_usage_error(&cmd_crawl, "--attempts is 1 to 100");
    if (a->max_redirects > 100)
        return em_usage_error(&cmd_crawl, "--max-redirects is at most 100");
    if (a->delay < 0 || a->max_crawl_delay < 0 || a->response_factor < 0 ||
        a->max_time < 0 || a->linger < 0 || a->commit_every < 0)
        return em_usage_error(&cmd_crawl, "times are not negative");
    if (!(a->share >= 0 && a->share <= 1))
        return em_usage_error(&cmd_crawl, "--share is between 0 and 1");
    if (a->revisit_min < 1 || a->revisit_max < a->revisit_min)
        return em_usage_error(&cmd_crawl,
                              "--revisit-min is a second at least, and no more "
                              "than --revisit-max");
    if (a->connect_timeout <= 0 || a->answer_timeout <= 0 || a->slow_timeout <= 0 ||
        a->total_timeout <= 0)
        return em_usage_error(&cmd_crawl, "timeouts are more than 0");
    return EM_EXIT_OK;
}

int em_crawl_arguments_check(struct em_crawl_arguments *a)
{
    int code = check_numbers(a);
    if (code != EM_EXIT_OK)
        return code;
    if (a->crawl.n_seeds + a->crawl.n_sitemaps == 0)
        return em_usage_error(&cmd_crawl, "no seed");
    if (!a->output)
        return em_usage_error(&cmd_crawl, "-o DIR says where the crawl goes");
    if (!scope_kind(a->scope, &a->crawl.scope.kind))
        return em_usage_error(&cmd_crawl, "--scope is host, domain, prefix or any");
    if (!sync_kind(a->sync, &a->crawl.warc.sync))
        return em_usage_error(&cmd_crawl, "--sync is flush, close or none");
    if (em_focus_of(&a->crawl.frontier.focus.focus, em_view_of(a->focus)) < 0)
        return em_usage_error(&cmd_crawl, "--focus is uniform, synthetic or echo");
    if (strcmp(a->optouts, "obey") != 0 && strcmp(a->optouts, "record") != 0)
        return em_usage_error(&cmd_crawl, "--optouts is obey or record");
    if (a->summary && strcmp(a->summary, "json") != 0 && strcmp(a->summary, "text") != 0)
        return em_usage_error(&cmd_crawl, "--summary is text or json");
    if (!a->contact && !one_host(a))
        return em_usage_error(
            &cmd_crawl, "a crawl beyond one host needs --contact: a mail address or "
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

void em_crawl_arguments_release(struct em_crawl_arguments *a)
{
    em_free(a->user_agent);
    em_free(a->verdict_path);
}

/* --- as a file ---------------------------------------------------------------------------- */

static void print_strings(const struct em_strings *strings, FILE *out)
{
    if (strings->n == 0)
        fputs(" ~\n", out);
    else
        fputc('\n', out);
    for (size_t i = 0; i < strings->n; i++)
        fprintf(out, "  - %s\n", strings->items[i]);
}

void em_crawl_arguments_print(const struct em_option *options, FILE *out)
{
    for (; options->kind != EM_OPT_END; options++) {
        bool setting = true;
        for (size_t i = 0; not_settings[i]; i++)
            setting &= strcmp(not_settings[i], options->name) != 0;
        if (!setting)
            continue;
        fprintf(out, "%s:", options->name);
        const char *text = "~";
        if (options->kind == EM_OPT_FLAG)
            text = *(bool *)options->target ? "true" : "false";
        else if (options->kind == EM_OPT_STRING && *(const char **)options->target)
            text = *(const char **)options->target;
        if (options->kind == EM_OPT_U64)
            fprintf(out, " %llu\n", (unsigned long long)*(uint64_t *)options->target);
        else if (options->kind == EM_OPT_DOUBLE)
            fprintf(out, " %.15g\n", *(double *)options->target);
        else if (options->kind == EM_OPT_STRINGS)
            print_strings(options->target, out);
        else
            fprintf(out, " %s\n", text);
    }
}
