/* SPDX-License-Identifier: Apache-2.0
 *
 * What a misspelt name may have been meant to be: of many names the one that takes the
 * fewest letters to change.
 *
 *     struct em_suggestion s = {.typed = typed, .typed_len = strlen(typed)};
 *     em_suggest(&s, "scan");   // each name that there is
 *     s.name                    // or NULL
 */
#ifndef EM_BASE_SUGGEST_H
#define EM_BASE_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

struct em_suggestion {
    const char *typed;
    size_t typed_len;
    const char *name; /* the best so far */
    unsigned edits;
};

void em_suggest(struct em_suggestion *suggestion, const char *name);

#endif
