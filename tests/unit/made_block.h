/* SPDX-License-Identifier: Apache-2.0
 *
 * A calibration block made of numbers: human sources around -3.5, machine sources around 3,
 * each source a little elsewhere. The same everywhere.
 */
#ifndef EM_TESTS_MADE_BLOCK_H
#define EM_TESTS_MADE_BLOCK_H

#include "base/calibration.h"
#include "base/hash.h"

#include <math.h>
#include <stdio.h>

enum { MADE_HUMAN = 24, MADE_MACHINE = 16, MADE_TEXTS = 400 };

static inline double made_uniform(uint64_t *state)
{
    return ((double)(em_mix64(++*state * 0x9E3779B97F4A7C15u) >> 11) + 0.5) * 0x1p-53;
}

static inline double made_normal(uint64_t *state)
{
    double a = made_uniform(state), b = made_uniform(state);
    return sqrt(-2 * log(a)) * cos(6.283185307179586 * b);
}

static inline enum em_status made_block_fill(struct em_calibration *block)
{
    uint64_t state = 1000;
    em_calibration_init(block);
    snprintf(block->lang, sizeof(block->lang), "en");
    snprintf(block->measured, sizeof(block->measured), "made-up texts");
    block->threshold = 1.5f;
    block->human_below = -1.1f;
    block->rate = 0.01f;
    for (int i = 0; i < MADE_HUMAN + MADE_MACHINE; i++) {
        struct em_calibration_source *s;
        bool machine = i >= MADE_HUMAN;
        const char *kind = machine ? i % 2 ? "bulk" : "prose" : "blogs";
        char name[32];
        snprintf(name, sizeof(name), "%s%02d", machine ? "m" : "h", i);
        EM_TRY(em_calibration_add(block, em_view_of(name), em_view_of(name),
                                  em_view_of(kind), machine, &s));
        double at = machine ? (i % 2 ? 4 : 2) + 0.5 * made_normal(&state)
                            : -3.5 + 0.5 * made_normal(&state);
        for (int t = 0; t < MADE_TEXTS; t++) {
            em_calibration_count(s, at + (machine ? 1.6 : 1.3) * made_normal(&state));
            double ratio = (machine ? 3 : -2) + 4 * made_normal(&state);
            s->lexical[em_lexical_bin(ratio)]++;
            s->marked += made_uniform(&state) < (machine ? 0.5 : 0.15);
        }
    }
    em_calibration_finish(block);
    return EM_OK;
}

#endif
