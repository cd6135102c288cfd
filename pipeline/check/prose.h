/* SPDX-License-Identifier: Apache-2.0
 *
 * Which files of a repository hold prose, and what of such a file is not prose: code blocks,
 * front matter, comments, tables. Pure functions over bytes.
 */
#ifndef EM_PIPELINE_CHECK_PROSE_H
#define EM_PIPELINE_CHECK_PROSE_H

#include "base/buf.h"

#include <stdbool.h>

enum em_prose_kind {
    EM_PROSE_NONE, /* code, data, pictures: not read */
    EM_PROSE_PLAIN,
    EM_PROSE_MARKDOWN,
    EM_PROSE_RST,
    EM_PROSE_ASCIIDOC,
    EM_PROSE_ORG,
    EM_PROSE_HTML,
};

/* By its name alone: the extension; names without one (README, NEWS) are plain text. */
enum em_prose_kind em_prose_kind_of(const char *path);

/* A folder of the path holds other people's files: node_modules, vendor, third_party ... */
bool em_prose_is_vendored(const char *path);

/* One of the first lines says that a program made the file and that it is not to be edited. */
bool em_prose_is_generated(struct em_view text);

/* A copy of the same length in which everything that is not prose is blanks, so that offsets
 * and line numbers stay what they were. EM_ERR_LIMIT, EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_prose_only(enum em_prose_kind kind, struct em_view text,
                                           struct em_buf *out);

#endif
