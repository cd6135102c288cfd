/* SPDX-License-Identifier: Apache-2.0
 *
 * RSL 1.0 (Really Simple Licensing, https://rslstandard.org/rsl, 2025-11-06): a licence in XML
 * that says by URL what may be done with a site's pages, and at what price. Read once into a
 * compact form, then asked about URLs.
 *
 *     <rsl xmlns="https://rslstandard.org/rsl">
 *       <content url="/news/">
 *         <license>
 *           <permits type="usage">search</permits>  <prohibits type="usage">ai-train</prohibits>
 *           <payment type="crawl"> ... </payment>
 *         </license>
 *       </content>
 *     </rsl>
 *
 * Nothing that a document declares is expanded, nothing is fetched. Of a document with a flaw
 * counts what stands before it.
 */
#ifndef EM_CRAWLER_WEB_RSL_H
#define EM_CRAWLER_WEB_RSL_H

#include "base/buf.h"
#include "base/wire/optout.h"

/* The media type that makes a link with rel=license a link to RSL. */
#define EM_RSL_TYPE "application/rsl+xml"

/* Fills `form`, which has a maximum of at least EM_MAX_RSL_FORM; contents that do not fit are
 * left out. At most EM_MAX_RSL bytes are read. EM_ERR_FORMAT: it is no RSL, the form is empty.
 * EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_rsl_parse(struct em_buf *form, struct em_view xml);

/* What the licence says of `url` (absolute, as em_url_href() gives it): LICENCE where it covers
 * it, and of search, ai-input and ai-train "no" where no licence gives that use away freely;
 * LICENCE_PAID where one gives it for money or on application. Among contents that cover the
 * URL the longest pattern counts (spec: RFC9309 2.2.2), of equal ones all. A use is free where
 * <permits type="usage"> names it, or is missing, <prohibits> does not name it, and <payment>
 * is missing, "free" or "attribution" (or "training", "use": for that use only). Licences for
 * certain users and countries are read as if for all. 0: not covered. Any bytes are a form;
 * damage states nothing. */
uint32_t em_rsl_flags(struct em_view form, struct em_view url);

#endif
