/* SPDX-License-Identifier: Apache-2.0
 *
 * What the model's inputs mean to a reader: a name in plain English, the value in a unit that
 * can be counted, the range that is usual for people and for machines, and where in the text
 * it comes from.
 */
#ifndef EM_DETECTOR_EXPLAIN_NAMES_H
#define EM_DETECTOR_EXPLAIN_NAMES_H

#include "base/verdict.h"
#include "detector/features_int.h"

struct em_input_meaning {
    const char *name; /* "em dashes"; static */
    const char *unit; /* "per 1,000 words"; "" where none would help */
    bool ranged;      /* are the ranges known? 10th to 90th percentile of windows */
    double value;     /* all in the unit */
    double human_low, human_high, machine_low, machine_high;
};

/* The 10th and the 90th percentile of windows, as the features have the values. English. */
struct em_style_range {
    const char *style;
    double human_low, human_high, machine_low, machine_high;
};
extern const struct em_style_range em_style_ranges[];
extern const size_t em_style_range_count;

/* Of style feature `index` (features.h), `value` as the features have it. Ranges are those of
 * English. */
struct em_input_meaning em_style_meaning(size_t index, double value, bool english);
/* Of an input that is no style feature, by its name (em_model_input_name()). */
const char *em_input_plain_name(const char *name);

/* The first places of what the feature counts, at most `max`, in the original text. None for
 * what the text has as a whole, such as the length of its sentences. */
size_t em_style_places(const struct em_features *features, size_t index,
                       struct em_stretch *out, size_t max);

#endif
