/* SPDX-License-Identifier: Apache-2.0
 *
 * How far a long job is, for the person who waits. Whoever works says what there is to do
 * and adds what is done; where standard error is a terminal a thread shows it in one line,
 * rewritten in place, from the third second on.
 *
 *   em_meter_begin ─ em_meter_add, em_meter_add, ...    any thread, any room
 *   em_meter_start ───── em_meter_stop                  the command
 *
 * Nobody has to begin or to look: counting costs one addition.
 */
#ifndef EM_BASE_METER_H
#define EM_BASE_METER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum em_meter_unit {
    EM_METER_BYTES,  /* of inputs, as they are stored */
    EM_METER_BLOCKS, /* of an index */
    EM_METER_STEPS,  /* of a computation */
    EM_METER_UNITS
};

/* A new step: `what` is done to `all` units (0: not known). `what` must stay valid: a string
 * of the program. Counts of the unit begin at 0. */
void em_meter_begin(enum em_meter_unit unit, const char *what, uint64_t all);
void em_meter_add(enum em_meter_unit unit, uint64_t done);
/* Done before this run: no measure of its speed. */
void em_meter_skip(enum em_meter_unit unit, uint64_t known);

/* ", 42.0%, 1 min 05 s left": `share` of the whole is done, from 0 to 1; `fresh` is the share
 * of what this run has to do, done in `seconds`. Empty where an estimate would be a guess, or
 * `share` is negative (not known). */
void em_meter_left(char *out, size_t cap, double share, double fresh, double seconds);
/* The line: "clean: reading, 42.0%, 5 s left". False where there is nothing to say. */
bool em_meter_line(char *out, size_t cap, const char *command, double now);

/* Shows the line until em_meter_stop(); does nothing where standard error is no terminal. */
void em_meter_start(const char *command);
void em_meter_stop(void);

#endif
