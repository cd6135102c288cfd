/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/edited.h"

#include <math.h>
#include <string.h>

double em_edited(const char *lang, double log_odds)
{
    /* Of raidar, biscope, wetbench and claude2026_edits, each alike, scored by a model that
     * saw none of them. More inputs (style, length, share) ranked sources left out no better. */
    static const struct {
        const char *lang;
        double most, slope, middle;
    } curves[] = {{"en", 0.95, 0.4, 1.5}};
    for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
        if (strcmp(curves[i].lang, lang) == 0)
            return curves[i].most /
                   (1 + exp(-curves[i].slope * (log_odds - curves[i].middle)));
    return -1;
}
