/* SPDX-License-Identifier: Apache-2.0
 *
 * A settings file (YAML 1.1, read by libyaml) as a list of paths and values:
 *
 *     margin: 200              margin     200
 *     hosts:                   hosts.0    example.org
 *       - example.org          hosts.1    example.com
 *     fetch:                   fetch.wait 10
 *       wait: 10
 *
 * Every value is text, as written; who asks for it says what it is. A file is wrong, with
 * its line, where a key comes twice, where it uses anchors, aliases or tags, and where it
 * has a key nobody asked for (em_config_unknown): a misspelt setting must not be one that
 * silently does nothing. Null values ("key:" alone, "~", "null") count as not written.
 *
 * Two ways to use it. By option: em_config_options() sets the targets of a command's own
 * option table from keys named like the long options, so that file and command line are one
 * list; call it before em_options_parse(), which then overrides. By path: em_config_get()
 * and em_config_list(), for settings that are deeper than options.
 */
#ifndef EM_CLI_CONFIG_H
#define EM_CLI_CONFIG_H

#include "cli/cli.h"

enum {
    EM_CONFIG_BYTES = 1 << 20, /* of a file: thousands of hosts by name */
    EM_CONFIG_VALUES = 50000,
    EM_CONFIG_DEPTH = 8,
    EM_CONFIG_PATH = 512, /* bytes of a path with its dots */
};

struct em_config;

/* `path`: a file, or "-". EM_ERR_IO; EM_ERR_FORMAT with file and line; EM_ERR_LIMIT;
 * EM_ERR_NOMEM. On failure *out is NULL. */
EM_MUST_CHECK enum em_status em_config_read(struct em_config **out, const char *path,
                                            struct em_err *err);
/* The same from bytes; `name` is what errors call them. */
EM_MUST_CHECK enum em_status em_config_read_memory(struct em_config **out,
                                                   struct em_view text, const char *name,
                                                   struct em_err *err);
/* What errors call it. */
const char *em_config_name(const struct em_config *config);
void em_config_free(struct em_config *config); /* NULL is allowed */

/* The value at a dotted path, and notes that it was asked for; NULL where there is none.
 * Lives as long as the config; no `config` has no values. */
const char *em_config_get(struct em_config *config, const char *path);
/* The line of it in the file, from 1; 0 where there is none. For messages. */
uint32_t em_config_line(const struct em_config *config, const char *path);
/* The texts of a list at `path`, or the one value that is no list, in the file's order.
 * At most `max` are put into `items`; the number there are. */
size_t em_config_list(struct em_config *config, const char *path, const char **items,
                      size_t max);
/* Keys directly below `path` ("" for the top), in the file's order: for maps whose keys are
 * names (hosts). `items` borrow from the config; `lengths` are theirs, as no NUL ends them. */
size_t em_config_keys(struct em_config *config, const char *path, const char **items,
                      size_t *lengths, size_t max);

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

/* After everything was asked for: EM_ERR_FORMAT, naming the first key that nobody wanted. */
EM_MUST_CHECK enum em_status em_config_unknown(const struct em_config *config,
                                               struct em_err *err);

/* The value of --NAME in an argument list that is not parsed yet ("config"); NULL where it
 * is not there. Lets a command read its settings before its command line. */
const char *em_config_named(int argc, char *const *argv, const char *name);

#endif
