/* SPDX-License-Identifier: Apache-2.0
 *
 * Working state of the normaliser, shared by its ASCII and its Unicode half.
 *
 * Invariant between steps: the output has room for the rest of the source, byte for byte,
 * plus slack, so that copying plain text needs no check.
 */
#ifndef EM_DETECTOR_NORMALISE_INT_H
#define EM_DETECTOR_NORMALISE_INT_H

#include "detector/normalise.h"

struct em_normaliser {
    struct em_normal *out;
    const char *src, *p, *end; /* p: next byte of the source */
    char *o;                   /* next byte of the output */
    const char *fence_close;   /* end of a fence whose contents are kept, or NULL */
    bool no_fence;             /* no further closing fence exists */
    bool in_list;
    bool line_start, blank_line; /* of p, set after white space */
    unsigned thin; /* single odd spaces between letters that stand alone, so far */
    const char *apart_end; /* of the output, after the letter that one of them joined */
};

/* Room for `extra` bytes beyond the invariant. */
EM_MUST_CHECK enum em_status em_normal_room(struct em_normaliser *s, size_t extra);
/* Note that from here on the distance to the original changed. */
EM_MUST_CHECK enum em_status em_normal_mark(struct em_normaliser *s);

/* One space, unless at the beginning or after one. */
static inline void em_normal_space(struct em_normaliser *s)
{
    if (s->o > s->out->text && s->o[-1] != ' ')
        *s->o++ = ' ';
}

/* Handle the character at p, which is not ASCII. Advances p by at least one byte. */
EM_MUST_CHECK enum em_status em_normal_unicode(struct em_normaliser *s);

/* Markdown at p that can stand anywhere ('*', '_', '`', '|', '#', "--"): undo it, or copy
 * it as it is. False when p is at something else. */
bool em_normal_markdown(struct em_normaliser *s);
/* Marks where a word could begin: list marks, headings, quote marks, a lone dash. */
void em_normal_line_marks(struct em_normaliser *s);

/* The ASCII letter that a Greek, Cyrillic or Armenian letter looks like, or 0. */
char em_look_alike(uint32_t cp);

/* A Latin letter beyond ASCII without its accent or stroke; 0 for anything else. */
char em_plain_letter(uint32_t cp);

/* Handle the code point that `read` bytes at p stand for: an entity's. Room for it is there.
 * Advances p. */
void em_normal_point(struct em_normaliser *s, uint32_t cp, size_t read);

/* An HTML entity at p, escaped once or more often: handle what it stands for. False when p
 * is at none. */
bool em_normal_entity(struct em_normaliser *s);

/* Letters only: the map from the text to a shorter one that is made of it in place. */
struct em_normal_remap {
    struct em_normal *normal;
    struct em_normal_segment *made;
    size_t n, cap, old;
};
/* The byte at `from` of the text so far is the one at `to` of the new one. */
EM_MUST_CHECK enum em_status em_normal_remap(struct em_normal_remap *remap, uint32_t from,
                                             uint32_t to);
/* Move text[from..to) to *to_at, not after it, which is advanced; the map has them. */
EM_MUST_CHECK enum em_status em_normal_move(struct em_normal_remap *remap, size_t from,
                                            size_t to, size_t *to_at);
/* The new text is `len` bytes long: takes the map over. */
void em_normal_remapped(struct em_normal_remap *remap, size_t len);

/* Bytes of white space at p that is not ASCII (U+00A0, U+2003, ...), or 0. */
size_t em_normal_odd_space(const char *p, const char *end);

/* The second look, over the whole of what was written. EM_ERR_NOMEM leaves it as it was. */
EM_MUST_CHECK enum em_status em_normal_letters(struct em_normal *normal);

#endif
