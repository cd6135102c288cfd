/* SPDX-License-Identifier: Apache-2.0
 *
 * Policy by what is known of a document: thresholds of the score for a language or a kind of
 * page, and what is done by the degree of editing. Pure.
 */
#ifndef EM_PIPELINE_CLEAN_RULES_H
#define EM_PIPELINE_CLEAN_RULES_H

#include "pipeline/clean/clean.h"

#include <stdbool.h>

/* "de=0.99", "forum=keep": a language's code or a kind of page (base/page_type.h), and a score
 * between 0 and 1 or "keep". False: it is not that. */
bool em_clean_rule_parse(const char *text, struct em_clean_rule *rule);

/* "tag=0.2,drop=0.6", either or both: shares above 0, at most 1, into the policy's
 * edited_tag and edited_drop. False: it is not that. */
bool em_clean_edited_parse(const char *text, struct em_clean_policy *policy);

/* Whether a rule is about a kind of page. */
bool em_clean_rules_by_type(const struct em_clean_policy *policy);

/* The threshold (log-odds) that the rules have for a document: the highest of those that are
 * about it. False: none is. A threshold that keeps a promise (policy->promised) is never
 * lowered. */
bool em_clean_rules_threshold(const struct em_clean_policy *policy, struct em_view lang,
                              struct em_view page_type, double *threshold);

#endif
