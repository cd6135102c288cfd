/* SPDX-License-Identifier: Apache-2.0
 *
 * The licences (RSL) that a page names: `Link: <...>; rel="license"` in its header, then
 * <link rel=license> in itself.
 */
#ifndef EM_PIPELINE_LICENCES_H
#define EM_PIPELINE_LICENCES_H

#include "base/doc.h"
#include "base/status.h"

typedef enum em_status em_licence_fn(void *context, struct em_view url);

/* Calls `fn` with the address of each, absolute where `page` is. `header` may be empty, `doc`
 * NULL. EM_ERR_NOMEM, and what `fn` returns. */
EM_MUST_CHECK enum em_status em_licences_of(struct em_view header,
                                            const struct em_doc *doc, struct em_view page,
                                            em_licence_fn *fn, void *context);

#endif
