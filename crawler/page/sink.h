/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the text of a page collects into blocks: white space collapsed (CSS Text 4.1.1) or
 * kept (<pre>), references decoded, invalid UTF-8 replaced, control characters dropped. A
 * block ends where its element says so, or at an empty line made of <br>.
 */
#ifndef EM_CRAWLER_PAGE_SINK_H
#define EM_CRAWLER_PAGE_SINK_H

#include "crawler/page/outline.h"

struct em_sink {
    struct em_sink *beside; /* flushed with this one; or NULL */
    struct em_outline *outline;
    const char *page; /* what text lies in; its first byte is ... */
    uint32_t page_at; /* ... this one of the page */
    struct em_raw_block block;
    uint32_t bold_bytes;
    unsigned space, breaks; /* white space and <br> waiting for what follows */
    bool open;              /* the block has text */
    bool full;              /* a limit was reached: the rest is left out */
    enum em_status status;  /* EM_OK, or EM_ERR_NOMEM for good */
};

struct em_sink_style {
    bool pre, link, bold;
    uint32_t node;
    uint8_t tag, kind;
};

/* Raw text [p, end) of the page; `references`: '&' may begin one. */
void em_sink_text(struct em_sink *sink, const char *p, const char *end, bool references,
                  const struct em_sink_style *style);
void em_sink_break(struct em_sink *sink); /* <br> */
void em_sink_flush(struct em_sink *sink); /* the block ends */

/* Bytes that [p, end) would add as text, about: white space runs count one. */
uint32_t em_sink_measure(const char *p, const char *end);

/* Append to `out` as one line of text: references decoded, white space collapsed and
 * trimmed. Cut at the buffer's maximum. */
EM_MUST_CHECK enum em_status em_sink_line(struct em_buf *out, struct em_view raw,
                                          bool in_attribute);

#endif
