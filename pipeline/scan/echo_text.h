/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of a passage, read again from where its first document was scanned.
 */
#ifndef EM_PIPELINE_SCAN_ECHO_TEXT_H
#define EM_PIPELINE_SCAN_ECHO_TEXT_H

#include "index/answers/echo.h"

enum {
    EM_ECHO_TEXT = 4000, /* bytes shown of a passage at most */
    EM_ECHO_START = 700, /* of a document's beginning */
};

struct em_echo_reader;

EM_MUST_CHECK enum em_status em_echo_reader_new(struct em_echo_reader **out,
                                                const char *text_field,
                                                struct em_err *err);
void em_echo_reader_free(struct em_echo_reader *reader);

/* Passages are judged by themselves from here on, by the shipped models where `whole` (the
 * name of the model whose verdicts the index has) is theirs; by others nothing is judged,
 * because what was called machine-written would be something else. */
void em_echo_reader_judge_by(struct em_echo_reader *reader, const char *whole);
/* Fills in `scored` and what goes with it, where the passage is long enough. */
void em_echo_judge(struct em_echo_reader *reader, struct em_view text,
                   struct em_echo *echo);

/* From the first to the last of the passage's prints, in `out`. False where the source is not
 * there any more, does not have the passage, or has several records without a name in its
 * place; then `out` is empty. Of a passage without prints the beginning of its document. */
bool em_echo_read(struct em_echo_reader *reader, const struct em_echo *echo,
                  struct em_buf *out);

#endif
