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
 * Options of a command are set from it by cli/config_options.h.
 */
#ifndef EM_BASE_CONFIG_H
#define EM_BASE_CONFIG_H

#include "base/status.h"
#include "base/view.h"

#include <stddef.h>
#include <stdint.h>

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

/* After everything was asked for: EM_ERR_FORMAT, naming the first key that nobody wanted. */
EM_MUST_CHECK enum em_status em_config_unknown(const struct em_config *config,
                                               struct em_err *err);

#endif
