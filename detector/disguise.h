/* SPDX-License-Identifier: Apache-2.0
 *
 * Disguises that only a vocabulary can tell from words as they are: undone where a share of
 * the text's words becomes known by it, and left alone everywhere else.
 *
 *     dotted    t.h.e  l-e-t-t-e-r-s
 *     accented  thé wôrds
 *     leet      th3 w0rd5
 *     doubled   thhe worrds, tthhee wwoorrddss, wooords
 *     broken    wo- rds, by a line that ended there once
 */
#ifndef EM_DETECTOR_DISGUISE_H
#define EM_DETECTOR_DISGUISE_H

#include "detector/lexicon.h"
#include "detector/normalise.h"
#include "detector/token.h"

/* Could words of the text be disguised? `tokens` are of the normalised `text`: few of them
 * are known words, or nearly all, or signs stand everywhere; and many could be undone. Or
 * words end in hyphens. */
bool em_disguise_possible(const struct em_tokens *tokens, const char *text);

/* Undo what can be undone in the normalised text, the map with it; *changed says whether
 * anything was; `tokens` are of it. Rarer words are known by the tags of a dictionary
 * (features.h), if there is one. Linear. EM_ERR_NOMEM leaves the text as it was. */
EM_MUST_CHECK enum em_status em_disguise_undo(struct em_normal *normal,
                                              const struct em_lexicon *lexicon,
                                              const struct em_tokens *tokens,
                                              const uint8_t *tags, bool *changed);

#endif
