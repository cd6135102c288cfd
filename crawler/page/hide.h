/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether the inline style of an element keeps its text from a reader's eyes. Style sheets
 * are not read: what a class hides counts as shown (the block classifier sees the class).
 *
 * Not taken as hiding: `opacity: 0` (scripts fade text in as the reader scrolls), a box
 * without height but with width (folded parts that a click opens: main content on the
 * pages of the benchmarks), offsets short of a screen (sliders).
 */
#ifndef EM_CRAWLER_PAGE_HIDE_H
#define EM_CRAWLER_PAGE_HIDE_H

#include "base/view.h"

enum em_hide {
    /* For the element and all inside: display:none, content-visibility:hidden, moved off
     * the screen, clipped to nothing, a box without width and height that cuts what
     * overflows. */
    EM_HIDE_ALL = 1,
    /* Inherited, and an element inside can be shown again. */
    EM_HIDE_FONT = 2,       /* font-size: 0 */
    EM_HIDE_VISIBILITY = 4, /* visibility: hidden or collapse */
    EM_SHOW_FONT = 8,
    EM_SHOW_VISIBILITY = 16,
};

/* Or-ed em_hide of a style attribute, as written. Linear. */
unsigned em_hide_of_style(struct em_view style);

/* What holds inside an element with `own`, when `around` holds around it: EM_HIDE_FONT and
 * EM_HIDE_VISIBILITY, or-ed. */
static inline unsigned em_hide_inherit(unsigned around, unsigned own)
{
    unsigned shown = own >> 2 & (EM_HIDE_FONT | EM_HIDE_VISIBILITY);
    return (around & ~shown) | (own & (EM_HIDE_FONT | EM_HIDE_VISIBILITY));
}

#endif
