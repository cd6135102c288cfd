/* SPDX-License-Identifier: Apache-2.0
 *
 * The card of a cleaned corpus (base/card.h), for programs and for people.
 */
#ifndef EM_REPORT_CARD_WRITE_H
#define EM_REPORT_CARD_WRITE_H

#include "base/card.h"

EM_MUST_CHECK enum em_status em_card_json(const struct em_card *card,
                                          const struct em_card_about *about,
                                          struct em_buf *out);
EM_MUST_CHECK enum em_status em_card_markdown(const struct em_card *card,
                                              const struct em_card_about *about,
                                              struct em_buf *out);

#endif
