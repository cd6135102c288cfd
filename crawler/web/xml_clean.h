/* SPDX-License-Identifier: Apache-2.0
 *
 * XML as people write it, made fit for a parser that stops believing in a document at its first
 * flaw: an '&' that begins no reference XML knows by itself becomes "&amp;" (so "&rsquo;" and
 * "?a=1&b=2" are text), control bytes that XML forbids become blanks. CDATA sections stay
 * as they are. Only for encodings in which ASCII is itself.
 */
#ifndef EM_CRAWLER_WEB_XML_CLEAN_H
#define EM_CRAWLER_WEB_XML_CLEAN_H

#include "base/buf.h"

enum { EM_XML_TAIL = 16 };

struct em_xml_cleaner {
    char tail[EM_XML_TAIL]; /* not decided yet: the next bytes are needed */
    size_t tail_len;
    bool cdata;
    bool mended; /* something was changed */
};

/* Appends what `bytes` come to; with `last` nothing is held back. All zero at first. */
EM_MUST_CHECK enum em_status em_xml_clean(struct em_xml_cleaner *cleaner,
                                          struct em_buf *out, struct em_view bytes,
                                          bool last);

#endif
