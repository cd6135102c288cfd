/* SPDX-License-Identifier: Apache-2.0
 *
 * Pages that are streamed out of order (React's server rendering and what is built on it):
 * what was late comes hidden at the end of the page, and a call moves it to where it belongs.
 *
 *     <template id="B:0"></template> waiting ... <!--/$-->     a boundary and what it shows meanwhile
 *     <div hidden id="S:0"> ... </div>                          the content
 *     <script>$RC("B:0","S:0")</script>                         the call
 *
 * $RC and $RR put content in the place of a boundary, $RS in the place of a lone template; a
 * boundary named by $RX failed and keeps what it shows.
 */
#ifndef EM_CRAWLER_PAGE_STREAMED_H
#define EM_CRAWLER_PAGE_STREAMED_H

#include "crawler/page/tokenizer.h"

enum { EM_STREAMED_MOVES = 128 };

struct em_streamed {
    bool looked; /* for calls: done at the first template that has a name */
    size_t n;
    struct em_move {
        struct em_view place, content; /* names */
        bool boundary, used;
        enum em_tag tag;            /* of the content's element */
        const char *start, *inside; /* of its start tag and after it; NULL: not there */
        const char *end;            /* after its end tag, once it was read */
    } moves[EM_STREAMED_MOVES];
};

/* The move to the place that a start tag names; NULL for none. `page` is looked through at the
 * first template with a name. */
struct em_move *em_streamed_to(struct em_streamed *streamed, struct em_view page,
                               const struct em_token *token);

/* The move whose content begins with this start tag and was read already; or NULL. */
const struct em_move *em_streamed_read(const struct em_streamed *streamed,
                                       const struct em_token *token);

/* After what a boundary shows meanwhile: after the comment that ends it. NULL where there is
 * none. */
const char *em_streamed_behind(const char *p, const char *end);

#endif
