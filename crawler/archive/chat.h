/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of a line whose texts are elements of an array, as conversations are:
 *
 *     {"messages":[{"role":"user","content":"..."},{"role":"assistant","content":"..."}]}
 *     {"conversations":[{"from":"human","value":"..."},{"from":"gpt","value":"..."}]}
 *
 * Where elements say who speaks, only the model's turns are text (assistant, gpt, model, bot,
 * chatgpt): they are what a model trained on the line learns to write. Elements without a
 * speaker all count.
 */
#ifndef EM_ARCHIVE_CHAT_H
#define EM_ARCHIVE_CHAT_H

#include "base/buf.h"

/* The strings at `path` ("messages.content"), where one of its parts names an array of
 * objects; joined by blank lines. EM_END where `line` (valid JSON) has no such array; EM_OK
 * with an empty `out` where it has, without such strings. EM_ERR_NOMEM, EM_ERR_LIMIT. */
EM_MUST_CHECK enum em_status em_chat_text(struct em_view line, struct em_view path,
                                          struct em_buf *out);

/* The same by the usual names: messages.content, conversations.value. */
EM_MUST_CHECK enum em_status em_chat_text_usual(struct em_view line, struct em_buf *out);

#endif
