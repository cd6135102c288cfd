/* SPDX-License-Identifier: Apache-2.0 */
#include "index/answers/trend.h"

void em_trend_add(struct em_trend *t, const float row[EM_QUANTIFY_COLUMNS],
                  uint32_t month, double sign)
{
    double n = sign * em_quantify_sample_lexical(row), x = month;
    double marked = sign * (double)row[EM_QUANTIFY_MARKED];
    t->w += n;
    t->wx += n * x;
    t->wxx += n * x * x;
    t->wy += marked;
    t->wxy += marked * x;
}

double em_trend_at(const struct em_trend *t, uint32_t month)
{
    if (!(t->w > 0))
        return 0;
    double mean = t->wy / t->w, centre = t->wx / t->w;
    double spread = t->wxx - t->wx * centre;
    double slope = spread > 0 ? (t->wxy - t->wx * mean) / spread : 0;
    double value = slope > 0 && month > centre ? mean + slope * (month - centre) : mean;
    return value < 0 ? 0 : value > 1 ? 1 : value;
}
