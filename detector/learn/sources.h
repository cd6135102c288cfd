/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of the sources of labelled text beside their texts (configs/sources.tsv).
 */
#ifndef EM_DETECTOR_SOURCES_H
#define EM_DETECTOR_SOURCES_H

#include "base/status.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

/* Lines of source, owner, register, kind of machine text, year and, where there is one, the
 * expert (detector/experts.h) that its machine text teaches, with tabs between; "-" where it is
 * not known; "#" begins a comment. */
struct em_source_fact {
    char name[112], owner[96], reg[32], kind[32], expert[16];
    uint16_t year;
};
struct em_source_facts {
    struct em_source_fact *items; /* owned; by name */
    size_t n;
};
/* EM_ERR_FORMAT with the number of the line. */
EM_MUST_CHECK enum em_status em_source_facts_read(struct em_source_facts *facts,
                                                  struct em_view text,
                                                  struct em_err *err);
void em_source_facts_release(struct em_source_facts *facts);
/* NULL where the source is not listed; `facts` may be NULL. */
const struct em_source_fact *em_source_fact(const struct em_source_facts *facts,
                                            const char *name);

/* For each of names[0..n): the first of them that has the same owner, and the first that has
 * the same register. One that is not listed is its own owner; all of these are one register. */
void em_source_groups(const struct em_source_facts *facts, char *const *names, uint32_t n,
                      uint32_t *owner, uint32_t *reg);

#endif
