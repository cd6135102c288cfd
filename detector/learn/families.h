/* SPDX-License-Identifier: Apache-2.0
 *
 * Which family a model of labelled text belongs to, by a table of patterns: a line is an
 * extended regular expression (case ignored, on the model's name), a tab, and the family,
 * or "-" for a model that must not teach one. The first that matches counts; lines with #
 * are comments.
 */
#ifndef EM_LEARN_FAMILIES_H
#define EM_LEARN_FAMILIES_H

#include "base/status.h"
#include "base/view.h"
#include "detector/writers.h"

#include <regex.h>

enum { EM_FAMILIES_MAX_PATTERNS = 64 };

struct em_families {
    char names[EM_WRITERS_MAX][EM_WRITERS_NAME]; /* in order of first sight */
    uint32_t n;
    regex_t patterns[EM_FAMILIES_MAX_PATTERNS];
    int8_t family[EM_FAMILIES_MAX_PATTERNS]; /* number of the name; -1 for "-" */
    uint32_t n_patterns;
};

/* EM_ERR_IO, EM_ERR_FORMAT (with the line). Release in any case. */
EM_MUST_CHECK enum em_status em_families_read(struct em_families *families,
                                              const char *path, struct em_err *err);
void em_families_release(struct em_families *families);

/* The family's number; -1 where no pattern matches or the table says "-". */
int em_families_find(const struct em_families *families, struct em_view model);

#endif
