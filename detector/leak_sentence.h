/* SPDX-License-Identifier: Apache-2.0
 *
 * Sentences and paragraphs of a text as people write it: plain, Markdown, or lines of a page.
 */
#ifndef EM_DETECTOR_LEAK_SENTENCE_H
#define EM_DETECTOR_LEAK_SENTENCE_H

#include "base/view.h"

/* The first byte of the sentence (paragraph) that `at` is in, after marks of lists,
 * headings and quotations; and the byte after its end, spaces apart. at <= text.len. */
size_t em_sentence_start(struct em_view text, size_t at);
size_t em_sentence_end(struct em_view text, size_t start, size_t at);
size_t em_paragraph_start(struct em_view text, size_t at);
size_t em_paragraph_end(struct em_view text, size_t at);

/* After the marks that a line at `at` begins with: indent, "> ", "- ", "3. ", "## ", "| ". */
size_t em_line_marks(struct em_view text, size_t at);

#endif
