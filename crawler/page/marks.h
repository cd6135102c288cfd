/* SPDX-License-Identifier: Apache-2.0
 *
 * What class and id attributes say of an element: their words ("post-content",
 * "relatedPosts", "nav_main") as one bit per meaning. Words are cut at non-letters and at
 * capitals, lower-cased and known by their first eight letters.
 */
#ifndef EM_CRAWLER_PAGE_MARKS_H
#define EM_CRAWLER_PAGE_MARKS_H

#include "base/view.h"

#include <stdint.h>

enum em_mark {
    EM_MARK_NAV = 1 << 0,
    EM_MARK_HEADER = 1 << 1,
    EM_MARK_FOOTER = 1 << 2,
    EM_MARK_SIDEBAR = 1 << 3,
    EM_MARK_AD = 1 << 4,
    EM_MARK_COMMENT = 1 << 5,
    EM_MARK_SHARE = 1 << 6,
    EM_MARK_RELATED = 1 << 7,
    EM_MARK_WIDGET = 1 << 8,
    EM_MARK_COOKIE = 1 << 9,
    EM_MARK_SIGNUP = 1 << 10,
    EM_MARK_POPUP = 1 << 11,
    EM_MARK_CRUMB = 1 << 12,
    EM_MARK_META = 1 << 13,
    EM_MARK_TAGS = 1 << 14,
    EM_MARK_CAPTION = 1 << 15,
    EM_MARK_PAGER = 1 << 16,
    EM_MARK_SEARCH = 1 << 17,
    EM_MARK_GALLERY = 1 << 18,
    EM_MARK_CONTROL = 1 << 19,
    EM_MARK_SRONLY = 1 << 20,
    EM_MARK_HIDE = 1 << 21,
    EM_MARK_ARTICLE = 1 << 22,
    EM_MARK_CONTENT = 1 << 23,
    EM_MARK_POST = 1 << 24,
    EM_MARK_TEXT = 1 << 25,
    EM_MARK_MAIN = 1 << 26,
    EM_MARK_RECIPE = 1 << 27,
    EM_MARK_PRODUCT = 1 << 28,
    EM_MARK_QA = 1 << 29,
    EM_MARK_DOC = 1 << 30,
    EM_MARK_TITLE = -0x7FFFFFFF - 1, /* bit 31 */
};

/* Marks of one attribute value. */
uint32_t em_marks_of(struct em_view value);

/* Keys of an attribute value's words, at most `room`; how many there are. */
size_t em_marks_words(struct em_view value, uint64_t *keys, size_t room);

/* Of one word: its first eight letters, the first in the lowest byte. */
uint32_t em_marks_find(uint64_t key);

#endif
