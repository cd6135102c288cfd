/* SPDX-License-Identifier: Apache-2.0
 *
 * /.well-known/tdmrep.json (W3C community report "TDM Reservation Protocol" of 2024): what a
 * site says of text and data mining, by path. Pure functions; thread-safe.
 */
#ifndef EM_CRAWLER_WEB_TDMREP_H
#define EM_CRAWLER_WEB_TDMREP_H

#include "base/wire/optout.h"

/* TDMRep 5.2: an array of {"location","tdm-reservation","tdm-policy"}. The first entry
 * whose location matches `path` counts; patterns have '*' and a final '$' as robots.txt has.
 * *policy (may be NULL) is the policy's URL, borrowed from `json` and not unescaped, or
 * empty. At most EM_MAX_TDMREP bytes are read; what is not JSON states nothing. */
uint32_t em_tdmrep_flags(struct em_view json, struct em_view path,
                         struct em_view *policy);

#endif
