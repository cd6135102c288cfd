/* SPDX-License-Identifier: Apache-2.0
 *
 * Which lines of a text are code, a table or figures, by their signs alone: any programming
 * language, log or format looks alike here, and nothing looks like prose. Pure functions.
 */
#ifndef EM_DETECTOR_LINES_H
#define EM_DETECTOR_LINES_H

#include "base/view.h"

#include <stdbool.h>

/* One line, without its end. Marks of lists, headings and quotes at its beginning do not
 * count; a line of more than 20 words must be far denser in signs. False of an empty line. */
bool em_line_is_code(struct em_view line);

/* Share of the words (runs of letters and digits) that stand in such lines, 0 to 1; 0 of a
 * text without words. Fenced code does not count at all: the detector does not read it. */
double em_lines_code_share(struct em_view text);

#endif
