/* SPDX-License-Identifier: Apache-2.0
 *
 * What a body is: by its declared type, and by its first bytes where the type says nothing
 * or is known to lie (spec: MIMESNIFF 5, 7).
 */
#ifndef EM_CRAWLER_ARCHIVE_MIME_H
#define EM_CRAWLER_ARCHIVE_MIME_H

#include "base/view.h"

enum em_mime {
    EM_MIME_UNKNOWN, /* absent, or says nothing: application/octet-stream and the like */
    EM_MIME_HTML,
    EM_MIME_XML, /* HTML only when its root element is <html> */
    EM_MIME_TEXT,
    EM_MIME_OTHER,
};

/* `essence` is type/subtype in lower case. */
enum em_mime em_mime_of(struct em_view essence);

/* True for types whose bodies are read as text: a gzip body under one of them was
 * compressed for transport. The absent type counts. */
bool em_mime_is_textual(struct em_view essence);

/* HTML, XML, TEXT, or OTHER for binary and for formats known by their first bytes.
 * spec: MIMESNIFF 7.1 "rules for identifying an unknown MIME type", scriptable or not;
 * the pattern table has those types that text declares or hides. */
enum em_mime em_mime_sniff(struct em_view body);

/* The body opens with <!DOCTYPE html or <html, perhaps after a BOM, an XML declaration
 * and comments: markup that nobody writes as plain text. */
bool em_mime_is_html_document(struct em_view body);

/* No byte of the resource header (1,445 bytes) is a binary data byte, or there is a BOM of
 * UTF-16. spec: MIMESNIFF 7.2 */
bool em_mime_is_plain(struct em_view body);

/* More than 1 in 50 bytes of the resource header are binary data bytes, or the body begins like a
 * known binary format; text in UTF-16, with a BOM or without, is not binary. For bodies
 * declared to be text, where a stray control character must not lose a page. */
bool em_mime_is_binary(struct em_view body);

#endif
