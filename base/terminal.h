/* SPDX-License-Identifier: Apache-2.0
 *
 * Text on its way to a terminal. What comes from archives and file names can hold bytes that
 * a terminal obeys: they would move the cursor, rename the window or hide what stands
 * there. So control characters are shown as \u001b and bytes that are no UTF-8 as \x9b;
 * tabs and line feeds stay. A stream that is no terminal gets every byte as it is.
 */
#ifndef EM_BASE_TERMINAL_H
#define EM_BASE_TERMINAL_H

#include "base/buf.h"

#include <stdio.h>

/* Append `text` as a terminal may see it. */
EM_MUST_CHECK enum em_status em_terminal_escape(struct em_buf *out, struct em_view text);

/* From now on what is printed to stdout and stderr is escaped where they are terminals. */
void em_terminal_guard(void);

/* `file`, or where it is a terminal a stream that escapes and closes it with itself. */
FILE *em_terminal_over(FILE *file);

/* Print the program's own text, control sequences and all. */
void em_terminal_own(FILE *file, const char *text);

/* Show `text` as the last line of the terminal that standard error is, in place of the one
 * shown before; NULL takes it away. Whatever is printed next to a guarded terminal takes its
 * place. Any thread. Nothing is shown while a line printed is not at its end, or where
 * standard error is no terminal. */
void em_terminal_status(const char *text);

#endif
