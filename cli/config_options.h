/* SPDX-License-Identifier: Apache-2.0
 *
 * Settings (base/config.h) as numbers, switches and options. em_config_options() sets the
 * targets of a command's own option table from keys named like the long options, so that
 * file and command line are one list; call it before em_options_parse(), which then
 * overrides.
 */
#ifndef EM_CLI_CONFIG_OPTIONS_H
#define EM_CLI_CONFIG_OPTIONS_H

#include "base/config.h"
#include "cli/cli.h"

/* Numbers and switches: false where there is none, with `out` as it was; EM_ERR_FORMAT in
 * err->status (with file and line) where it is another thing. Switches are true, false,
 * yes, no, on, off; numbers as options take them. */
bool em_config_u64(struct em_config *config, const char *path, uint64_t *out,
                   struct em_err *err);
bool em_config_double(struct em_config *config, const char *path, double *out,
                      struct em_err *err);
bool em_config_bool(struct em_config *config, const char *path, bool *out,
                    struct em_err *err);

/* Keys below `section` ("" for the top) set the option of the same name. Strings borrow
 * from the config, which must live as long as the options' targets are used. EM_ERR_FORMAT
 * where a value does not fit its option. */
EM_MUST_CHECK enum em_status em_config_options(struct em_config *config,
                                               const char *section,
                                               const struct em_option *options,
                                               struct em_err *err);

/* The value of --NAME in an argument list that is not parsed yet ("config"); NULL where it
 * is not there. Lets a command read its settings before its command line. */
const char *em_config_named(int argc, char *const *argv, const char *name);

#endif
