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
        {EM_OPT_STRING, 'o', "output", &a->output, "DIR",
         "Write the crawl into this folder: archives, frontier and verdicts. It is "
         "required, and running the command again with the same folder resumes the "
         "crawl."},
        {EM_OPT_STRING, 0, "config", &a->config, "FILE",
         "Read settings from this YAML file first (default: none); options on the "
         "command line override it. configs/crawl.yaml explains every setting."},
        {EM_OPT_STRING, 0, "contact", &a->contact, "TEXT",
         "Name a mail address or page where the crawl's owner can be reached. It becomes "
         "part of the user agent, and a mail address also goes into the From field. It "
         "is required for more than one host."},
        {EM_OPT_STRINGS, 0, "seeds", &a->seed_files, "FILE",
         "Read more seeds from this file, one a line. The option may be repeated."},
        {EM_OPT_STRINGS, 0, "sitemap", &a->sitemaps, "URL",
         "Read this sitemap or feed as well; like a seed, it widens the scope. The "
         "option may be repeated."},
        {EM_OPT_STRING, 0, "scope", &a->scope, "host|domain|prefix|any",
         "Follow links only within the seeds' hosts (host, the default), registrable "
         "domains (domain) or folders (prefix), or follow them anywhere (any)."},
        {EM_OPT_U64, 0, "depth", &a->depth, "N",
         "Follow at most N links away from a seed (default 1000)."},
        {EM_OPT_STRING, 0, "include", &a->include, "REGEX",
         "Fetch only URLs that match this POSIX extended regular expression (default: "
         "all)."},
        {EM_OPT_STRING, 0, "exclude", &a->exclude, "REGEX",
         "Skip URLs that match this POSIX extended regular expression (default: none)."},
        {EM_OPT_STRINGS, 0, "mime", &a->mimes, "TYPE",
         "Keep only this media type; 'text/' stands for all types that begin so "
         "(default: text and XML). The option may be repeated."},
        {EM_OPT_STRINGS, 0, "language", &a->languages, "CODE",
         "Keep only pages in this language, such as 'en' (default: all). The option may "
         "be repeated."},
        {EM_OPT_U64, 0, "max-pages", &a->max_pages, "N",
         "Stop after N pages, counting earlier runs of the same crawl (default 0: no "
         "limit)."},
        {EM_OPT_U64, 0, "max-pages-host", &a->max_pages_host, "N",
         "Fetch at most N pages from one host (default 0: no limit)."},
        {EM_OPT_DOUBLE, 0, "max-time", &a->max_time, "SECONDS",
         "Stop after this many seconds (default 0: no limit)."},
        {EM_OPT_U64, 0, "attempts", &a->attempts, "N",
         "Try a URL at most N times when there is no answer or a server error (default "
         "3)."},
        {EM_OPT_U64, 0, "max-redirects", &a->max_redirects, "N",
         "Follow at most N redirects in a row (default 10)."},
        {EM_OPT_DOUBLE, 0, "delay", &a->delay, "SECONDS",
         "Wait this many seconds between two requests to one host, and between two to "
         "one address (default 1)."},
        {EM_OPT_DOUBLE, 0, "max-crawl-delay", &a->max_crawl_delay, "SECONDS",
         "Respect a Crawl-delay in robots.txt up to this many seconds (default 60)."},
        {EM_OPT_DOUBLE, 0, "response-factor", &a->response_factor, "K",
         "Leave a host alone for K times as long as its answers take (default 2)."},
        {EM_OPT_U64, 0, "per-ip", &a->per_ip, "N",
         "Send up to N requests to one address at a time (default 1). Raise this only "
         "for your own servers."},
        {EM_OPT_U64, 0, "ipv6-prefix", &a->ipv6_prefix, "BITS",
         "Treat IPv6 addresses that share this many leading bits as one address (default "
         "64)."},
        {EM_OPT_STRING, 0, "optouts", &a->optouts, "obey|record",
         "Obey the owners' opt-outs (obey, the default), or only record them (record); "
         "docs/POLITENESS.md lists them."},
        {EM_OPT_FLAG, 0, "no-sitemaps", &a->no_sitemaps, NULL,
         "Do not read the sitemaps that robots.txt names."},
        {EM_OPT_FLAG, 0, "no-tdmrep", &a->no_tdmrep, NULL,
         "Do not ask hosts for /.well-known/tdmrep.json."},
        {EM_OPT_FLAG, 0, "no-ai-txt", &a->no_ai_txt, NULL,
         "Do not ask hosts for /ai.txt."},
        {EM_OPT_FLAG, 0, "no-licences", &a->no_licences, NULL,
         "Do not read the licences (RSL) that sites and pages name."},
        {EM_OPT_FLAG, 0, "no-soft404", &a->no_soft404, NULL,
         "Do not ask each host for one page that cannot exist, which shows what its "
         "error pages look like."},
        {EM_OPT_STRING, 0, "focus", &a->focus, "uniform|synthetic|echo",
         "Choose what is fetched first: URLs in the order they were found (uniform, the "
         "default), hosts and links with machine-written text (synthetic), or pages "
         "whose passages appeared on other sites before (echo)."},
        {EM_OPT_DOUBLE, 0, "share", &a->share, "SHARE",
         "With a focus, give this share of the fetches to hosts in turn, so that unknown "
         "ones are discovered (default 0.2)."},
        {EM_OPT_U64, 0, "seed", &a->seed, "N",
         "Start the focus's random choices from this number (default 0)."},
    };
    memcpy(options, rows, sizeof(rows));
    return sizeof(rows) / sizeof(rows[0]);
}

/* Resources, network, what is written. */
static size_t rows_of_means(struct em_crawl_arguments *a, struct em_option *options)
{
    const struct em_option rows[] = {
        {EM_OPT_FLAG, 0, "revisit", &a->revisit, NULL,
         "Fetch pages again, more often the more often they change. Such a crawl does "
         "not end by itself."},
        {EM_OPT_DOUBLE, 0, "revisit-min", &a->revisit_min, "SECONDS",
         "With --revisit, wait at least this many seconds before fetching a page again "
         "(default 3600)."},
        {EM_OPT_DOUBLE, 0, "revisit-max", &a->revisit_max, "SECONDS",
         "With --revisit, wait at most this many seconds before fetching a page again "
         "(default 7776000, which is 90 days)."},
        {EM_OPT_U64, 't', "threads", &a->threads, "N",
         "Use N threads to read pages and scan them (default 1). Fetching has a thread "
         "of its own."},
        {EM_OPT_U64, 0, "connections", &a->connections, "N",
         "Keep at most N requests open at a time, over all hosts (default 1000)."},
        {EM_OPT_U64, 0, "hosts", &a->hosts, "N",
         "Keep at most N hosts in memory at a time (default 20000)."},
        {EM_OPT_U64, 0, "max-body", &a->max_body, "BYTES",
         "Cut bodies that are longer than this many bytes (default 16777216, which is 16 "
         "MiB)."},
        {EM_OPT_DOUBLE, 0, "connect-timeout", &a->connect_timeout, "SECONDS",
         "Allow this many seconds for each of name lookup, connection and TLS handshake "
         "(default 20)."},
        {EM_OPT_DOUBLE, 0, "answer-timeout", &a->answer_timeout, "SECONDS",
         "Allow this many seconds from the request to the first byte of the answer "
         "(default 30)."},
        {EM_OPT_DOUBLE, 0, "slow-timeout", &a->slow_timeout, "SECONDS",
         "Give up when fewer than 2,000 bytes arrive within this many seconds (default "
         "20)."},
        {EM_OPT_DOUBLE, 0, "total-timeout", &a->total_timeout, "SECONDS",
         "Allow this many seconds for a whole request (default 300)."},
        {EM_OPT_FLAG, 0, "http1", &a->http1, NULL,
         "Use HTTP/1.1 and do not offer HTTP/2."},
        {EM_OPT_STRING, 0, "ip", &a->family, "any|4|6",
         "Connect to addresses of either kind in the system's order (any, the default), "
         "to IPv4 only (4), or to IPv6 only (6)."},
        {EM_OPT_FLAG, 0, "allow-private", &a->allow_private, NULL,
         "Also connect to loopback and private addresses. Use this for tests and for "
         "your own networks."},
        {EM_OPT_STRING, 0, "resolve", &a->resolve, "FILE",
         "Look names up in this file before asking DNS; its lines are 'host "
         "address[:port]' (default: none)."},
        {EM_OPT_STRING, 0, "ca", &a->ca, "FILE",
         "Trust the certificate authorities in this PEM file instead of the system's."},
        {EM_OPT_U64, 0, "warc-size", &a->warc_size, "BYTES",
         "Close an archive file at this many bytes and begin another (default 1G, or 64M "
         "with --index)."},
        {EM_OPT_U64, 0, "warc-level", &a->warc_level, "N",
         "Compress archives at this gzip level, from 1 (fast) to 12 (small) (default "
         "2)."},
        {EM_OPT_STRING, 0, "warc-prefix", &a->warc_prefix, "NAME",
         "Begin the names of archive files with NAME (default: crawl)."},
        {EM_OPT_STRING, 0, "sync", &a->sync, "flush|close|none",
         "Choose what survives a power cut: every commit (flush, the default), every "
         "closed archive file (close), or only what the system happened to write "
         "(none)."},
        {EM_OPT_STRING, 0, "index", &a->index, "DIR",
         "Scan each closed archive file into the index in this folder, as `scan --index` "
         "would (default: do not scan)."},
        {EM_OPT_STRING, 0, "verdicts", &a->verdicts, "FILE",
         "Write the scan's verdict lines to this file (default: verdicts.jsonl in the "
         "crawl's folder)."},
        {EM_OPT_STRING, 0, "model", &a->model, "FILE",
         "Score with this model only (default: the installed model of each text's "
         "language)."},
        {EM_OPT_DOUBLE, 0, "linger", &a->linger, "SECONDS",
         "When only suspended hosts are left, wait for the next one if it is due within "
         "this many seconds; otherwise end (default 60)."},
        {EM_OPT_DOUBLE, 0, "commit-every", &a->commit_every, "SECONDS",
         "Commit the state this often, in seconds (default 5). After a crash, what was "
         "fetched since the last commit is fetched again."},
        {EM_OPT_STRING, 0, "metrics", &a->metrics, "WHERE",
         "Publish metrics for Prometheus: write them to this file, or serve them on "
         "127.0.0.1:PORT (default: neither)."},
        {EM_OPT_STRING, 0, "summary", &a->summary, "text|json",
         "Print the summary and the answer to --status as text (the default) or as "
         "JSON."},
        {EM_OPT_STRING, 0, "status", &a->status_dir, "DIR",
         "Print the state of the crawl in this folder and exit; this also works while it "
         "runs."},
        {EM_OPT_FLAG, 0, "show-config", &a->show_config, NULL,
         "Print the settings in force as a settings file and exit."},
        {EM_OPT_FLAG, 0, "progress", &a->progress, NULL,
         "Print a progress line every ten seconds even when standard error is not a "
         "terminal."},
        {EM_OPT_FLAG, 'q', "quiet", &a->quiet, NULL,
         "Print neither progress nor a summary."},
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
