/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of prevalence: how its options are written, and what its answers are called.
 */
#include "index/answers/prevalence.h"

#include <string.h>

bool em_prevalence_parse_by(const char *text, struct em_prevalence_options *o)
{
    enum { RAW = 1 << 8 };
    static const struct {
        const char *name;
        unsigned bit;
    } names[] = {{"month", EM_PREVALENCE_MONTH},
                 {"lang", EM_PREVALENCE_LANG},
                 {"domain", EM_PREVALENCE_DOMAIN},
                 {"tld", EM_PREVALENCE_TLD},
                 {"host", EM_PREVALENCE_HOST},
                 {"all", 0},
                 {"raw", RAW}};
    unsigned by = 0;
    while (*text) {
        size_t n = strcspn(text, ","), k = 0;
        while (k < 7 && !em_view_eq(em_view_make(text, n), em_view_of(names[k].name)))
            k++;
        if (k == 7)
            return false;
        by |= names[k].bit;
        text += n + (text[n] == ',');
    }
    o->by = by & ~(unsigned)RAW;
    o->pool = !(by & RAW);
    return true;
}

bool em_prevalence_parse_anchor(const char *text, enum em_prevalence_anchor *anchor)
{
    static const char *const names[] = {"auto", "site", "none"};
    for (int k = 0; k < 3; k++)
        if (strcmp(text, names[k]) == 0) {
            *anchor = (enum em_prevalence_anchor)k;
            return true;
        }
    return false;
}

bool em_prevalence_parse_axis(const char *text, enum em_prevalence_axis *axis)
{
    static const char *const names[] = {"crawl", "published", "first-seen", "auto"};
    for (int k = 0; k < 4; k++)
        if (strcmp(text, names[k]) == 0) {
            *axis = (enum em_prevalence_axis)k;
            return true;
        }
    return false;
}

const char *em_prevalence_note_text(enum em_prevalence_note note)
{
    static const char *const texts[] = {
        [EM_PREVALENCE_FINE] = NULL,
        [EM_PREVALENCE_FEW] = "too few documents",
        [EM_PREVALENCE_UNCALIBRATED] = "no calibration",
        [EM_PREVALENCE_NOT_SAMPLED] = "no sample: a focused crawl",
        [EM_PREVALENCE_MANY] = "too many strata",
    };
    return texts[note];
}

const char *em_prevalence_estimator(const struct em_prevalence_row *row)
{
    static const char *const names[] = {
        "mixture, the model's human sources", "mixture, own human slice",
        "mixture, own human slice by date of publication",
        "mixture, old documents of its sites, drawn to all sites'"};
    return row->note == EM_PREVALENCE_FINE ? names[row->slice] : NULL;
}
