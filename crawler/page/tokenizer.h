/* SPDX-License-Identifier: Apache-2.0
 *
 * The tokenizer of HTML over UTF-8 bytes (spec: HTML 13.2.5), pulled token by token. It
 * copies nothing: names, values and text are views into the input, as written; character
 * references, CRs, NULs and letter case are for the reader of a token to undo
 * (em_html_decode). What the tree builder would tell a tokenizer (raw text after <script>
 * and so on) it decides itself by element name, unless told not to. Linear in the input.
 */
#ifndef EM_CRAWLER_PAGE_TOKENIZER_H
#define EM_CRAWLER_PAGE_TOKENIZER_H

#include "base/buf.h"
#include "base/limits.h"
#include "base/view.h"
#include "crawler/page/tags.h"

enum em_token_kind {
    EM_TOKEN_END_OF_INPUT,
    EM_TOKEN_TEXT,
    EM_TOKEN_START,
    EM_TOKEN_END,
    EM_TOKEN_COMMENT,
    EM_TOKEN_DOCTYPE,
};

/* Content models, by the tag before (spec: 13.2.5.1 to 13.2.5.5). */
enum em_content {
    EM_CONTENT_DATA,
    EM_CONTENT_RCDATA,
    EM_CONTENT_RAWTEXT,
    EM_CONTENT_SCRIPT,
    EM_CONTENT_PLAINTEXT,
    EM_CONTENT_CDATA,
};

struct em_attr {
    struct em_view name, value; /* as written, without quotes */
};

struct em_token {
    enum em_token_kind kind;
    enum em_tag tag; /* START and END */
    enum em_content
        content; /* TEXT: references stand for characters in DATA and RCDATA */
    bool self_closing;
    bool closed; /* START: it has no content, for it is self-closing where that counts */
    uint32_t n_attrs;            /* START; those beyond EM_MAX_ATTRIBUTES are not kept */
    struct em_view text;         /* TEXT, COMMENT, DOCTYPE (after the word): content */
    struct em_view name;         /* START and END */
    const char *start, *end;     /* the whole token in the input */
    const struct em_attr *attrs; /* valid until the next token */
};

struct em_tokenizer {
    const char *p, *end;
    enum em_content content;
    struct em_view last_start;
    bool foreign; /* inside <svg> or <math>: CDATA sections exist, no raw text elements */
    bool xml; /* the page is XML (spec: HTML 14): "<script/>" is closed, CDATA exists */
    bool lenient; /* it is served as HTML and written as XML: "<script/>" is closed where
                     nothing else closes it */
    bool no_end[EM_TAG_COUNT]; /* no end tag of this element is to come */
    bool explicit; /* content models are set by the caller only (conformance tests) */
    struct em_token token;
    struct em_attr attrs[EM_MAX_ATTRIBUTES];
};

/* `input` must outlive the tokenizer's use. */
void em_tokenizer_init(struct em_tokenizer *tokenizer, struct em_view input);

/* The next token, valid until the next call; at the end always END_OF_INPUT. */
const struct em_token *em_tokenizer_next(struct em_tokenizer *tokenizer);

/* Value of the first attribute with this lower-case name; false when absent. */
bool em_token_attr(const struct em_token *token, const char *name, struct em_view *value);

/* Append raw token text as characters: references when `references`, line ends as LF,
 * invalid UTF-8 as U+FFFD. */
EM_MUST_CHECK enum em_status em_html_decode(struct em_buf *out, struct em_view raw,
                                            bool references, bool in_attribute);

#endif
