/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether an input that begins like JSON is JSON lines at all, by its first bytes.
 */
#ifndef EM_CRAWLER_ARCHIVE_JSON_SHAPE_H
#define EM_CRAWLER_ARCHIVE_JSON_SHAPE_H

#include "base/view.h"

/* The first object or array of `head` has a line end within it, and is valid JSON up to its
 * end or that of `head`. False for a line that is cut or broken, which others follow. */
bool em_json_over_lines(struct em_view head);

#endif
