/* SPDX-License-Identifier: Apache-2.0
 *
 * The options of `echometer scan`.
 */
#ifndef EM_CLI_SCAN_OPTIONS_H
#define EM_CLI_SCAN_OPTIONS_H

#include "cli/cli.h"
#include "cli/remote_args.h"

enum { EM_SCAN_MAX_OPTIONS = 64, EM_SCAN_MAX_THREADS = 1024 };

struct em_scan_arguments {
    const struct em_command *command; /* whom usage errors are of; set by the caller */
    const char *output, *manifest, *shard, *summary, *model, *text_field, *index;
    const char *url_field, *date_field, *id_field;
    const char *status_dir, *plan;
    struct em_remote_args remote;
    struct em_strings refs;
    uint64_t threads, split, gap;
    double fpr, prior, commit;
    bool verify, drops, spans, exit_code, quiet, progress, no_output, text_only, resume;
    bool stdin_paths;
    bool files_failed, nothing; /* found by the scan; `nothing`: no document, no more */
};

/* Defaults, and the option table that changes them. */
void em_scan_arguments_init(struct em_scan_arguments *a,
                            struct em_option options[EM_SCAN_MAX_OPTIONS]);

/* Refuses what does not go together or is out of range: EM_EXIT_OK, or a usage error that has
 * been printed. */
int em_scan_arguments_check(const struct em_scan_arguments *a, int operands);

/* Whether the output is a Parquet table, by its name. */
bool em_scan_arguments_table(const struct em_scan_arguments *a);

#endif
