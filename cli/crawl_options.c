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
         "Of fetches that go to whoever's turn it is under a focus."},
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
