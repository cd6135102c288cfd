/* SPDX-License-Identifier: Apache-2.0
 *
 * Element names as small numbers, and what the block builder must know of each (spec: HTML
 * 13.2.4.2 for special and scope, 13.2.5 for raw text). Looked up by a perfect hash over
 * the first eight lower-cased bytes of the name, which the tokenizer packs as it reads.
 */
#ifndef EM_CRAWLER_PAGE_TAGS_H
#define EM_CRAWLER_PAGE_TAGS_H

#include <stddef.h>
#include <stdint.h>

/* Sorted by name. */
#define EM_TAG_LIST(X)                                                                   \
    X(A, "a")                                                                            \
    X(ABBR, "abbr")                                                                      \
    X(ACRONYM, "acronym")                                                                \
    X(ADDRESS, "address")                                                                \
    X(APPLET, "applet")                                                                  \
    X(AREA, "area")                                                                      \
    X(ARTICLE, "article")                                                                \
    X(ASIDE, "aside")                                                                    \
    X(AUDIO, "audio")                                                                    \
    X(B, "b")                                                                            \
    X(BASE, "base")                                                                      \
    X(BASEFONT, "basefont")                                                              \
    X(BDI, "bdi")                                                                        \
    X(BDO, "bdo")                                                                        \
    X(BGSOUND, "bgsound")                                                                \
    X(BIG, "big")                                                                        \
    X(BLOCKQUOTE, "blockquote")                                                          \
    X(BODY, "body")                                                                      \
    X(BR, "br")                                                                          \
    X(BUTTON, "button")                                                                  \
    X(CANVAS, "canvas")                                                                  \
    X(CAPTION, "caption")                                                                \
    X(CENTER, "center")                                                                  \
    X(CITE, "cite")                                                                      \
    X(CODE, "code")                                                                      \
    X(COL, "col")                                                                        \
    X(COLGROUP, "colgroup")                                                              \
    X(COMMAND, "command")                                                                \
    X(DATA, "data")                                                                      \
    X(DATALIST, "datalist")                                                              \
    X(DD, "dd")                                                                          \
    X(DEL, "del")                                                                        \
    X(DETAILS, "details")                                                                \
    X(DFN, "dfn")                                                                        \
    X(DIALOG, "dialog")                                                                  \
    X(DIR, "dir")                                                                        \
    X(DIV, "div")                                                                        \
    X(DL, "dl")                                                                          \
    X(DT, "dt")                                                                          \
    X(EM, "em")                                                                          \
    X(EMBED, "embed")                                                                    \
    X(FIELDSET, "fieldset")                                                              \
    X(FIGCAPTION, "figcaption")                                                          \
    X(FIGURE, "figure")                                                                  \
    X(FONT, "font")                                                                      \
    X(FOOTER, "footer")                                                                  \
    X(FORM, "form")                                                                      \
    X(FRAME, "frame")                                                                    \
    X(FRAMESET, "frameset")                                                              \
    X(H1, "h1")                                                                          \
    X(H2, "h2")                                                                          \
    X(H3, "h3")                                                                          \
    X(H4, "h4")                                                                          \
    X(H5, "h5")                                                                          \
    X(H6, "h6")                                                                          \
    X(HEAD, "head")                                                                      \
    X(HEADER, "header")                                                                  \
    X(HGROUP, "hgroup")                                                                  \
    X(HR, "hr")                                                                          \
    X(HTML, "html")                                                                      \
    X(I, "i")                                                                            \
    X(IFRAME, "iframe")                                                                  \
    X(IMAGE, "image")                                                                    \
    X(IMG, "img")                                                                        \
    X(INPUT, "input")                                                                    \
    X(INS, "ins")                                                                        \
    X(KBD, "kbd")                                                                        \
    X(KEYGEN, "keygen")                                                                  \
    X(LABEL, "label")                                                                    \
    X(LEGEND, "legend")                                                                  \
    X(LI, "li")                                                                          \
    X(LINK, "link")                                                                      \
    X(LISTING, "listing")                                                                \
    X(MAIN, "main")                                                                      \
    X(MAP, "map")                                                                        \
    X(MARK, "mark")                                                                      \
    X(MARQUEE, "marquee")                                                                \
    X(MATH, "math")                                                                      \
    X(MENU, "menu")                                                                      \
    X(MENUITEM, "menuitem")                                                              \
    X(META, "meta")                                                                      \
    X(METER, "meter")                                                                    \
    X(NAV, "nav")                                                                        \
    X(NOBR, "nobr")                                                                      \
    X(NOEMBED, "noembed")                                                                \
    X(NOFRAMES, "noframes")                                                              \
    X(NOSCRIPT, "noscript")                                                              \
    X(OBJECT, "object")                                                                  \
    X(OL, "ol")                                                                          \
    X(OPTGROUP, "optgroup")                                                              \
    X(OPTION, "option")                                                                  \
    X(OUTPUT, "output")                                                                  \
    X(P, "p")                                                                            \
    X(PARAM, "param")                                                                    \
    X(PICTURE, "picture")                                                                \
    X(PLAINTEXT, "plaintext")                                                            \
    X(PRE, "pre")                                                                        \
    X(PROGRESS, "progress")                                                              \
    X(Q, "q")                                                                            \
    X(RB, "rb")                                                                          \
    X(RP, "rp")                                                                          \
    X(RT, "rt")                                                                          \
    X(RTC, "rtc")                                                                        \
    X(RUBY, "ruby")                                                                      \
    X(S, "s")                                                                            \
    X(SAMP, "samp")                                                                      \
    X(SCRIPT, "script")                                                                  \
    X(SEARCH, "search")                                                                  \
    X(SECTION, "section")                                                                \
    X(SELECT, "select")                                                                  \
    X(SLOT, "slot")                                                                      \
    X(SMALL, "small")                                                                    \
    X(SOURCE, "source")                                                                  \
    X(SPAN, "span")                                                                      \
    X(STRIKE, "strike")                                                                  \
    X(STRONG, "strong")                                                                  \
    X(STYLE, "style")                                                                    \
    X(SUB, "sub")                                                                        \
    X(SUMMARY, "summary")                                                                \
    X(SUP, "sup")                                                                        \
    X(SVG, "svg")                                                                        \
    X(TABLE, "table")                                                                    \
    X(TBODY, "tbody")                                                                    \
    X(TD, "td")                                                                          \
    X(TEMPLATE, "template")                                                              \
    X(TEXTAREA, "textarea")                                                              \
    X(TFOOT, "tfoot")                                                                    \
    X(TH, "th")                                                                          \
    X(THEAD, "thead")                                                                    \
    X(TIME, "time")                                                                      \
    X(TITLE, "title")                                                                    \
    X(TR, "tr")                                                                          \
    X(TRACK, "track")                                                                    \
    X(TT, "tt")                                                                          \
    X(U, "u")                                                                            \
    X(UL, "ul")                                                                          \
    X(VAR, "var")                                                                        \
    X(VIDEO, "video")                                                                    \
    X(WBR, "wbr")                                                                        \
    X(XMP, "xmp")

enum em_tag {
    EM_TAG_OTHER,
#define X(upper, lower) EM_TAG_##upper,
    EM_TAG_LIST(X)
#undef X
        EM_TAG_COUNT
};

enum em_tag_trait {
    EM_TRAIT_BLOCK = 1 << 0,      /* begins and ends a block of text */
    EM_TRAIT_SPECIAL = 1 << 1,    /* an inline end tag does not reach past it */
    EM_TRAIT_SCOPE = 1 << 2,      /* no end tag reaches past it, but its own */
    EM_TRAIT_CLOSES_P = 1 << 3,   /* its start ends an open <p> */
    EM_TRAIT_VOID = 1 << 4,       /* has no content */
    EM_TRAIT_FORMATTING = 1 << 5, /* may end out of order (adoption agency) */
    EM_TRAIT_SKIP = 1 << 6,       /* its content is not text of the page */
    EM_TRAIT_RAWTEXT = 1 << 7,    /* content is raw text up to its end tag */
    EM_TRAIT_RCDATA = 1 << 8,     /* raw but for character references */
};

/* Or-ed em_tag_trait by tag. */
extern const uint16_t em_tag_traits[EM_TAG_COUNT];

/* `key`: the first eight bytes, lower-cased, the first in the lowest byte; `name` is read
 * only for names longer than that. Any letter case. */
enum em_tag em_tag_find(uint64_t key, const char *name, size_t len);

/* "div"; "" for EM_TAG_OTHER. Static. */
const char *em_tag_name(enum em_tag tag);

#endif
