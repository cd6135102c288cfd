/* SPDX-License-Identifier: Apache-2.0
 *
 * How far a leak reaches when it is cut, so that what stays reads whole. A pattern is a few
 * words of what a model left behind; what goes with them depends on their kind:
 *
 *   marker     citation-marker, client-url, prompt-template, code-fence, markdown: the whole
 *              mark (":contentReference[oaicite:3]{index=3}"), of an address the parameter
 *              alone
 *   sentence   self-reference, knowledge-cutoff, chat-offer, placeholder: the sentences that
 *              it begins and ends in
 *   paragraph  refusal: what follows a refusal explains it
 *
 * An extent never leaves the paragraph the leak is in, but for what stands between the two
 * marks of a pair ("<think>" and "</think>"): that is the model's, too. A line break ends a
 * paragraph unless the line was wrapped there.
 */
#ifndef EM_DETECTOR_LEAK_EXTENT_H
#define EM_DETECTOR_LEAK_EXTENT_H

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum em_leak_reach { EM_LEAK_MARKER, EM_LEAK_WHOLE_SENTENCE, EM_LEAK_PARAGRAPH };

/* Bytes of a text. */
struct em_leak_extent {
    size_t start, end;
};

enum em_leak_reach em_leak_reach(struct em_view kind);

/* Of the leak at [start, end) of `text`; a leak that covers no text (an address after a
 * link) has none either. */
struct em_leak_extent em_leak_extent(struct em_view text, struct em_view kind,
                                     size_t start, size_t end);

/* Marks that come with leaks of this kind and are no patterns themselves, because people use
 * them too ("[INST]", the end of a fence): the first one from `from` on; false: there is
 * none. */
bool em_leak_companion(struct em_view text, struct em_view kind, size_t from,
                       struct em_leak_extent *out);

/* With the white space, brackets, emphasis and list marks that would stay after empty. To be
 * asked of extents that are merged where they touch: of each gap that is left. */
struct em_leak_extent em_leak_close(struct em_view text, struct em_leak_extent extent);

#endif
