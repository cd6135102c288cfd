/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of a text, counted in one way everywhere: what stands between white space, and
 * every ideograph and kana, which no white space sets apart.
 */
#ifndef EM_BASE_WORDS_H
#define EM_BASE_WORDS_H

#include "base/view.h"

#include <stdint.h>

uint32_t em_words_of(struct em_view text);

#endif
