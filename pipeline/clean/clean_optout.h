/* SPDX-License-Identifier: Apache-2.0
 *
 * What a document's owner says about its use, where the corpus has kept it: robots meta and
 * X-Robots-Tag of pages, TDMRep's header and meta element, Content-Usage and Content-Signal
 * headers; of JSON lines the fields of those names (robots, x_robots_tag, tdm_reservation,
 * content_signal, content_usage; '-' or '_'), at the top or in `metadata`. tdmrep.json and
 * robots.txt are not in a corpus: what they say is not seen here.
 */
#ifndef EM_PIPELINE_CLEAN_OPTOUT_H
#define EM_PIPELINE_CLEAN_OPTOUT_H

#include "base/doc.h"
#include "base/page.h"

#include <stdint.h>

/* Flags of enum em_optout. */
uint32_t em_clean_optout_page(const struct em_page *page, const struct em_doc *doc);
uint32_t em_clean_optout_json(struct em_view line);

/* Those of the flags that forbid training, as words with ", " between; empty: none. */
struct em_view em_clean_optout_words(uint32_t flags, char *room, size_t cap);

#endif
