/* SPDX-License-Identifier: Apache-2.0
 *
 * The options of `crawl`, from its command line and its settings file, and what follows from
 * them for em_crawl_options.
 */
#ifndef EM_CLI_CRAWL_OPTIONS_H
#define EM_CLI_CRAWL_OPTIONS_H

#include "cli/cli.h"
#include "pipeline/crawl/crawl.h"

enum { EM_CRAWL_MAX_OPTIONS = 80 };

struct em_crawl_arguments {
    const struct em_command *command; /* whom usage errors are of */
    const char *output, *contact, *scope, *include, *exclude, *focus, *optouts, *family,
        *sync;
    const char *warc_prefix, *index, *verdicts, *model, *resolve, *ca, *metrics, *summary;
    const char *status_dir, *config;
    struct em_strings seed_files, sitemaps, mimes, languages;
    uint64_t depth, max_pages, max_pages_host, per_ip, ipv6_prefix, connections, hosts,
        threads;
    uint64_t max_body, warc_size, warc_level, seed, max_redirects, attempts;
    double delay, max_crawl_delay, response_factor, max_time, linger, commit_every, share;
    double revisit_min, revisit_max, connect_timeout, answer_timeout, slow_timeout,
        total_timeout;
    bool revisit, no_sitemaps, no_tdmrep, no_ai_txt, no_licences, no_soft404,
        allow_private, http1, progress, quiet;
    bool show_config;

    struct em_crawl_options crawl; /* filled in by em_crawl_arguments_check() */
    const char *mime_list[EM_MAX_STRINGS + 1], *language_list[EM_MAX_STRINGS + 1];
    char *user_agent, *verdict_path; /* owned */
};

/* The defaults, and the rows that set them. */
void em_crawl_arguments_init(struct em_crawl_arguments *arguments,
                             struct em_option options[EM_CRAWL_MAX_OPTIONS]);
/* EM_EXIT_OK, or a usage error that has been printed. Seeds must be in already. */
int em_crawl_arguments_check(struct em_crawl_arguments *arguments);
void em_crawl_arguments_release(struct em_crawl_arguments *arguments);
/* Every option that a settings file may have, with its value, as such a file. */
void em_crawl_arguments_print(const struct em_option *options, FILE *out);

#endif
