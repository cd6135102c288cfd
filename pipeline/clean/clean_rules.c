/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/clean/clean_rules.h"

#include "base/page_type.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Two or three small letters, and perhaps a script or region ("zh", "sr-latn"). */
static bool is_language(struct em_view name)
{
    size_t letters = 0;
    while (letters < name.len && name.data[letters] >= 'a' && name.data[letters] <= 'z')
        letters++;
    return (letters == 2 || letters == 3) &&
           (letters == name.len || name.data[letters] == '-');
}

static bool parse_number(struct em_view text, double *out)
{
    char copy[32], *end;
    snprintf(copy, sizeof(copy), "%.*s",
             EM_VIEW_ARGS(em_view_sub(text, 0, sizeof(copy) - 1)));
    *out = strtod(copy, &end);
    return end != copy && !*end;
}

bool em_clean_rule_parse(const char *text, struct em_clean_rule *rule)
{
    struct em_view all = em_view_of(text);
    size_t equals = em_view_find(all, 0, EM_VIEW("="));
    struct em_view name = em_view_sub(all, 0, equals);
    struct em_view value = em_view_sub(all, equals + 1, all.len);
    double score;
    if (equals == all.len || name.len == 0 || name.len >= sizeof(rule->name))
        return false;
    *rule = (struct em_clean_rule){.threshold = INFINITY};
    memcpy(rule->name, name.data, name.len);
    rule->by_type = em_page_type_of(name) != EM_PAGE_TYPES;
    if (!rule->by_type && !is_language(name))
        return false;
    if (em_view_eq(value, EM_VIEW("keep")))
        return true;
    if (!parse_number(value, &score) || !(score > 0 && score < 1))
        return false;
    rule->threshold = log(score / (1 - score));
    return true;
}

bool em_clean_edited_parse(const char *text, struct em_clean_policy *policy)
{
    struct em_view rest = em_view_of(text);
    while (rest.len) {
        size_t comma = em_view_find(rest, 0, EM_VIEW(","));
        struct em_view one = em_view_trim(em_view_sub(rest, 0, comma));
        bool drop = em_view_starts(one, EM_VIEW("drop="));
        double share;
        if (!drop && !em_view_starts(one, EM_VIEW("tag=")))
            return false;
        if (!parse_number(em_view_sub(one, drop ? 5 : 4, one.len), &share) ||
            !(share > 0 && share <= 1))
            return false;
        *(drop ? &policy->edited_drop : &policy->edited_tag) = share;
        rest = em_view_sub(rest, comma + 1, rest.len);
    }
    return policy->edited_drop > 0 || policy->edited_tag > 0;
}

bool em_clean_rules_by_type(const struct em_clean_policy *policy)
{
    for (size_t i = 0; i < policy->n_rules; i++)
        if (policy->rules[i].by_type)
            return true;
    return false;
}

bool em_clean_rules_threshold(const struct em_clean_policy *policy, struct em_view lang,
                              struct em_view page_type, double *threshold)
{
    bool found = false;
    for (size_t i = 0; i < policy->n_rules; i++) {
        const struct em_clean_rule *rule = &policy->rules[i];
        if (!em_view_eq(em_view_of(rule->name), rule->by_type ? page_type : lang))
            continue;
        *threshold = found ? fmax(*threshold, rule->threshold) : rule->threshold;
        found = true;
    }
    if (found && policy->promised)
        *threshold = fmax(*threshold, policy->threshold);
    return found;
}
