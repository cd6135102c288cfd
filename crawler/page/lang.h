/* SPDX-License-Identifier: Apache-2.0
 *
 * Language of a text by CLD2. Reads the beginning only, and more when that leaves it
 * unsure: CLD2 runs at some 17 MB/s.
 */
#ifndef EM_CRAWLER_PAGE_LANG_H
#define EM_CRAWLER_PAGE_LANG_H

#include "base/view.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `text`: valid UTF-8. `hint`: a language tag the source states ("de-AT"), or empty; it
 * only decides between close candidates. *code: ISO 639-1 where there is one, else CLD2's
 * code, "un" when unknown; static. *confidence: 0 to 1. */
void em_lang_detect(struct em_view text, struct em_view hint, struct em_view *code,
                    float *confidence);

#ifdef __cplusplus
}
#endif

#endif
