/* SPDX-License-Identifier: Apache-2.0
 *
 * Text as the detector reads it: storage accidents and tricks undone, each counted, and a
 * map from every byte back to the original.
 *
 *   NFKC; curly quotes straight; every dash ("--", " - ", en, em) one U+2014; ellipsis
 *   three dots; zero-width, bidi and other control characters gone; Greek, Cyrillic and
 *   Armenian look-alikes inside Latin words folded; phonetic and boxed letters plain;
 *   combining marks that no letter has, gone; HTML entities read, escaped once or more often;
 *   stretches under a right-to-left override turned; words broken at the end of a line
 *   joined; all white space one space; Markdown left in the text gone (headings, bold, code
 *   marks, fenced code, list marks, tables); "s p a c e d" words joined; a text all in
 *   capitals, without any or iN wAvEs written as sentences are. What needs a vocabulary is
 *   disguise.h's.
 *
 * White space never reaches the features: re-wrapping, doubled spaces and paragraph breaks
 * give the same result. Line breaks are read for two purposes, to recognise the marks of a
 * list of fragments ("- eggs\n- flour"; a mark after a sentence end or a colon is
 * recognised without them) and hyphens that break a word; wide gaps for one, to tell words
 * whose letters all stand apart.
 *
 * Linear time; memory bounded by EM_MAX_SCORED_BYTES.
 */
#ifndef EM_DETECTOR_NORMALISE_H
#define EM_DETECTOR_NORMALISE_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

struct em_normal_counts {
    uint32_t homoglyphs; /* letters of another script folded */
    uint32_t zero_width; /* U+200B-200D, 2060, FEFF inside, tags, variation selectors */
    uint32_t bidi;       /* U+200E-200F, 202A-202E, 2066-2069 */
    uint32_t odd_spaces; /* any space that is not U+0020 */
    uint32_t soft_hyphens;
    uint32_t controls;    /* C0 and C1, U+FFFD */
    uint32_t private_use; /* citation marks of chat clients among them */
    uint32_t compat;   /* runs that NFKC changed: ligatures, full-width, mathematical */
    uint32_t quotes;   /* curly or angle ones */
    uint32_t dashes;   /* written in any other way than U+2014 */
    uint32_t emphasis; /* **, __, *x*, _x_, ` */
    uint32_t headings, list_marks, fences, pipes, quote_marks;
    uint32_t spaced;   /* words whose letters stood apart */
    uint32_t capitals; /* made small in a text all in capitals, or iN WaVeS */
    uint32_t small;    /* letters made capital in a text without capitals */
    uint32_t entities; /* of HTML, left in the text */
    uint32_t marks;    /* combining, which no letter of a language has */
    uint32_t phonetic; /* letters of phonetic alphabets and in circles or squares */
    uint32_t reversed; /* stretches written from after under U+202E */
    uint32_t hyphens;  /* words joined that the end of a line had broken */
    uint32_t gaps;     /* wide ones after a letter that stands alone */

    uint32_t disguised; /* words undone by em_disguise_undo() */
};

/* From `normal` on, the original is at `original` + distance; until the next one. */
struct em_normal_segment {
    uint32_t normal, original;
};

struct em_normal {
    char *text; /* EM_NORMAL_PAD zero bytes follow */
    size_t len;
    struct em_normal_counts counts;
    struct em_normal_segment *segments;
    size_t n_segments;
    const char *source; /* the original, borrowed */
    size_t source_len;  /* bytes of the original that were read */
    bool cut;           /* the original is longer than what was read */
    size_t cap, cap_segments;
    char *turned; /* the source with reversed stretches turned, where it has any */
    size_t cap_turned;
};

/* Zero bytes after the text, so that words may be read 16 bytes at a time. */
enum { EM_NORMAL_PAD = 64 };

void em_normal_init(struct em_normal *normal);
void em_normal_release(struct em_normal *normal);

/* Replace the contents by `text` normalised. EM_ERR_NOMEM only. */
EM_MUST_CHECK enum em_status em_normalise(struct em_normal *normal, struct em_view text);

/* Words and letters that stood in a disguise: whoever looked at the original saw others. */
uint32_t em_normal_disguised(const struct em_normal *normal);

/* The byte of the original that `at` (<= len) came from. */
uint32_t em_normal_original(const struct em_normal *normal, uint32_t at);

/* Where the character of the original ends that the byte before `end` came from: the end of
 * a stretch, as em_normal_original() is its beginning. Never beyond what was read. */
uint32_t em_normal_original_end(const struct em_normal *normal, uint32_t end);

#endif
