/* SPDX-License-Identifier: Apache-2.0
 *
 * Fields of an HTTP header: what a crawler and a reader of archives ask of them.
 * Tolerant of what servers send (bare LF, blanks around names, folded lines); linear in the
 * length of the header; views point into it. Pure functions; thread-safe.
 */
#ifndef EM_BASE_WIRE_FIELDS_H
#define EM_BASE_WIRE_FIELDS_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

/* The next field from byte *pos on (0: begins after the start line, if there is one). Values are trimmed;
 * folded lines stay in them. Lines that are no field are skipped. False at the end. */
bool em_field_next(struct em_view header, size_t *pos, struct em_view *name,
                   struct em_view *value);

/* Value of the first field called `name` in any case; empty where there is none. */
struct em_view em_field_get(struct em_view header, struct em_view name);

/* Several Content-Length fields that do not say the same, and no Transfer-Encoding that would
 * overrule them: where the body ends cannot be known (spec: RFC9112 6.3). */
bool em_field_lengths_differ(struct em_view header);

/* Status code of a start line, 100 to 999; 0 where there is none. */
int em_field_status(struct em_view header);

/* What may be sent back as If-None-Match: the entity tag with its quotes and W/; empty
 * where it is missing, longer than EM_MAX_VALIDATOR or not well-formed (spec: RFC9110
 * 8.8.3). */
struct em_view em_field_etag(struct em_view header);
/* What may be sent back as If-Modified-Since: Last-Modified as received if it is a date. */
struct em_view em_field_last_modified(struct em_view header);

/* Cache-Control (spec: RFC9111 5.2.2): seconds of max-age, -1 where it says nothing. */
int64_t em_field_max_age(struct em_view header);

/* One link of a Link field's value (spec: RFC8288 3). */
struct em_field_link {
    struct em_view target; /* between '<' and '>', as written */
    struct em_view rel,
        type; /* without quotes; empty where it has none. Of two, the first */
};
/* The next link from byte *at on (0: the first); what is malformed is left out. */
bool em_field_link_next(struct em_view value, size_t *at, struct em_field_link *link);
/* Is a link with rel=license, of that type, to that address, one to RSL? It has its media
 * type, or none and an address that ends in ".xml". */
bool em_field_link_rsl(struct em_view type, struct em_view target);

/* "text/html" of a Content-Type value, in `out` in lower case; empty where there is none
 * or it is longer than 127 bytes. The view is of `out`. */
struct em_view em_field_mime(struct em_view header, char out[128]);

#endif
