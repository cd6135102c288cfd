/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a record became no document. Declining is not failing: every record read is either a
 * document or exactly one of these, and the counts add up to the records read.
 */
#ifndef EM_BASE_DROP_H
#define EM_BASE_DROP_H

/* name, text in output, what it means */
#define EM_DROP_LIST(X)                                                                  \
    X(EM_DROP_NONE, "", "not dropped")                                                   \
    X(EM_DROP_WARCINFO, "warcinfo", "describes the archive, not a page")                 \
    X(EM_DROP_REQUEST, "request", "what was asked, not what was answered")               \
    X(EM_DROP_METADATA, "metadata", "about another record")                              \
    X(EM_DROP_REVISIT, "revisit", "unchanged since an earlier capture")                  \
    X(EM_DROP_CONTINUATION, "continuation", "later segment of a split record")           \
    X(EM_DROP_UNKNOWN_TYPE, "unknown-type", "record type not known")                     \
    X(EM_DROP_DAMAGED, "damaged", "record could not be read whole")                      \
    X(EM_DROP_HTTP_STATUS, "http-status", "HTTP status is not 200 to 299")               \
    X(EM_DROP_NOT_HTTP, "not-http", "not an HTTP capture (DNS, FTP, ...)")               \
    X(EM_DROP_BAD_HTTP, "bad-http", "HTTP message cannot be read")                       \
    X(EM_DROP_MIME, "mime", "not HTML or text")                                          \
    X(EM_DROP_EMPTY, "empty", "no bytes in the body")                                    \
    X(EM_DROP_TOO_BIG, "too-big", "larger than the limit")                               \
    X(EM_DROP_BOMB, "bomb", "decodes to more than the limit")                            \
    X(EM_DROP_BAD_ENCODING, "bad-encoding", "Content-Encoding cannot be undone")         \
    X(EM_DROP_NO_TEXT, "no-text", "no readable text in the page")                        \
    X(EM_DROP_NO_FIELD, "no-field", "JSON line without the text field")                  \
    X(EM_DROP_BAD_JSON, "bad-json", "line is not valid JSON")                            \
    X(EM_DROP_BINARY, "binary", "bytes are not text")

enum em_drop {
#define X(name, text, meaning) name,
    EM_DROP_LIST(X)
#undef X
        EM_DROP_COUNT
};

/* "mime", "http-status", ...; "" for EM_DROP_NONE. Static. */
const char *em_drop_name(enum em_drop drop);
const char *em_drop_meaning(enum em_drop drop);

#endif
