/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EM_CLI_COMMANDS_H
#define EM_CLI_COMMANDS_H

#include "cli/cli.h"

/* One line a command, in the order of `echometer help`. */
extern const struct em_command cmd_scan;
extern const struct em_command cmd_sample;
extern const struct em_command cmd_crawl;
extern const struct em_command cmd_why;
extern const struct em_command cmd_detect;
extern const struct em_command cmd_train;
extern const struct em_command cmd_eval;
extern const struct em_command cmd_calibrate;
extern const struct em_command cmd_check;
extern const struct em_command cmd_records;
extern const struct em_command cmd_text;
extern const struct em_command cmd_lang;
extern const struct em_command cmd_prints;
extern const struct em_command cmd_refs;
extern const struct em_command cmd_url;
extern const struct em_command cmd_robots;
extern const struct em_command cmd_sitemap;
extern const struct em_command cmd_query;
extern const struct em_command cmd_echo;
extern const struct em_command cmd_report;
extern const struct em_command cmd_export;
extern const struct em_command cmd_merge;
extern const struct em_command cmd_status;
extern const struct em_command cmd_forget;
extern const struct em_command cmd_validate;
extern const struct em_command cmd_prevalence;
extern const struct em_command cmd_clean;
extern const struct em_command cmd_doctor;
extern const struct em_command cmd_serve;

#endif
