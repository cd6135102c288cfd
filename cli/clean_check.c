/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/clean_check.h"

#include "pipeline/clean/clean_rules.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool parse_action(const char *name, bool may_cut, enum em_clean_action *action)
{
    if (!name)
        return true;
    *action = strcmp(name, "drop") == 0  ? EM_CLEAN_DROP
              : strcmp(name, "cut") == 0 ? EM_CLEAN_CUT
                                         : EM_CLEAN_TAG;
    return *action == EM_CLEAN_TAG ? strcmp(name, "tag") == 0
                                   : *action == EM_CLEAN_DROP || may_cut;
}

/* "0.5%" or "0.005". */
static bool parse_share(const char *text, double *out)
{
    char *end;
    *out = strtod(text, &end);
    if (end != text && strcmp(end, "%") == 0)
        *out /= 100;
    else if (end == text || *end)
        return false;
    return *out > 0 && *out < 1;
}

/* "style,leak": bits of enum em_clean_signal. */
static bool parse_signals(const char *list, unsigned *signals)
{
    static const char *const names[] = {"style", "leak",   "match",
                                        "lang",  "optout", "echo"};
    struct em_view rest = em_view_of(list);
    *signals = 0;
    while (rest.len) {
        size_t comma = em_view_find(rest, 0, EM_VIEW(",")), i = 0;
        struct em_view name = em_view_trim(em_view_sub(rest, 0, comma));
        while (i < 6 && !em_view_eq(name, em_view_of(names[i])))
            i++;
        if (i == 6)
            return false;
        *signals |= 1u << i;
        rest = em_view_sub(rest, comma + 1, rest.len);
    }
    return *signals != 0;
}

static int check_signals(struct em_clean_arguments *a)
{
    struct em_clean_policy *p = &a->policy;
    a->signals = EM_CLEAN_STYLE | EM_CLEAN_LEAKS | EM_CLEAN_MATCHES | EM_CLEAN_LANGUAGES |
                 EM_CLEAN_OPTOUTS;
    if (a->on_echo)
        a->signals |= EM_CLEAN_ECHOES;
    if (a->only && !parse_signals(a->only, &a->signals))
        return em_usage_error(
            a->command, "--only is a list of style, leak, match, lang, optout, echo");
    if (a->languages && !(a->signals & EM_CLEAN_LANGUAGES))
        return em_usage_error(a->command, "--lang needs lang in --only");
    if (a->refs.n && !(a->signals & EM_CLEAN_MATCHES))
        return em_usage_error(a->command, "--refs needs match in --only");
    if (a->max_loss && !(a->signals & EM_CLEAN_STYLE))
        return em_usage_error(a->command, "--max-human-loss needs style in --only");
    p->score = !a->keep_style && a->signals & EM_CLEAN_STYLE;
    return EM_EXIT_OK;
}

static int check_loss(struct em_clean_arguments *a)
{
    if (a->max_loss && !parse_share(a->max_loss, &a->loss.allowed))
        return em_usage_error(a->command,
                              "--max-human-loss is a share, as 0.5%% or 0.005");
    if (!a->max_loss != !a->calibrate.n)
        return em_usage_error(a->command,
                              "--max-human-loss needs --calibrate FILE, and the reverse");
    if (a->max_loss && (a->threshold > 0 || a->keep_style))
        return em_usage_error(a->command,
                              "--max-human-loss chooses the threshold itself");
    if (a->bound && strcmp(a->bound, "source") != 0 && strcmp(a->bound, "text") != 0)
        return em_usage_error(a->command, "--bound is source or text");
    a->loss.bound =
        a->bound && strcmp(a->bound, "text") == 0 ? EM_CLEAN_BY_TEXT : EM_CLEAN_BY_SOURCE;
    a->loss.source_field = a->source_field;
    return EM_EXIT_OK;
}

/* Thresholds by language and kind of page, and the degree of editing. */
static int check_rules(struct em_clean_arguments *a)
{
    struct em_clean_policy *p = &a->policy;
    if ((a->threshold_for.n || a->on_edited) && !(a->signals & EM_CLEAN_STYLE))
        return em_usage_error(a->command,
                              "--threshold-for and --on-edited need style in --only");
    if (a->threshold_for.n && a->keep_style)
        return em_usage_error(a->command, "--keep-style removes nothing for its score: "
                                          "--threshold-for would change nothing");
    if (a->threshold_for.n > EM_CLEAN_RULES)
        return em_usage_error(a->command, "--threshold-for is possible %d times",
                              EM_CLEAN_RULES);
    for (size_t i = 0; i < a->threshold_for.n; i++)
        if (!em_clean_rule_parse(a->threshold_for.items[i], &a->rules[i]))
            return em_usage_error(
                a->command,
                "--threshold-for '%s': a language's code or a kind of page (article, "
                "documentation, service, forum, listing, product, collection), then = "
                "and "
                "a score between 0 and 1 or keep",
                a->threshold_for.items[i]);
    p->rules = a->rules;
    p->n_rules = a->threshold_for.n;
    if (a->on_edited && !em_clean_edited_parse(a->on_edited, p))
        return em_usage_error(a->command, "--on-edited is tag=SHARE, drop=SHARE or both, "
                                          "as tag=0.2,drop=0.6");
    return EM_EXIT_OK;
}

static int check_numbers(struct em_clean_arguments *a)
{
    struct em_clean_policy *p = &a->policy;
    const double contained = a->contained < 0 ? 0 : a->contained;
    const double shares[] = {a->fpr, a->threshold, contained, a->known,
                             a->echo_contained};
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
        if (!(shares[i] >= 0 && shares[i] <= 1))
            return em_usage_error(a->command, "--fpr, --threshold, --contained, --known, "
                                              "--echo-contained are shares");
    if (a->fpr == 1 || a->threshold == 1 || a->echo_contained == 0)
        return em_usage_error(a->command, "--fpr and --threshold are below 1, "
                                          "--echo-contained is above 0");
    if (a->margin > 1000000 || a->min_piece > 1000000 || a->max_pieces > 1000000 ||
        a->min_words > 1000000)
        return em_usage_error(a->command, "margins and counts are at most 1,000,000");
    p->threshold =
        a->threshold > 0 ? log(a->threshold / (1 - a->threshold)) : (double)NAN;
    p->contained[0] = a->contained < 0 ? 0.8F : (float)a->contained;
    p->contained[1] = a->contained < 0 ? 0.5F : (float)a->contained;
    p->known = (float)a->known;
    p->margin = (uint32_t)a->margin;
    p->min_piece = (uint32_t)a->min_piece;
    p->max_pieces = (uint32_t)a->max_pieces;
    p->min_words = (uint32_t)a->min_words;
    p->languages = a->languages;
    return EM_EXIT_OK;
}

int em_clean_check(struct em_clean_arguments *a, int operands)
{
    struct em_clean_policy *p = &a->policy;
    if (operands == 0)
        return em_usage_error(a->command, "name a file or folder to clean");
    if (!a->output)
        return em_usage_error(a->command, "missing -o DIR, the folder for the results");
    if (a->threads > EM_CLEAN_MAX_THREADS)
        return em_usage_error(a->command, "--threads is at most %d",
                              EM_CLEAN_MAX_THREADS);
    p->on_leak = EM_CLEAN_TAG;
    p->on_copy = p->on_optout = EM_CLEAN_DROP;
    p->on_echo = EM_CLEAN_DROP;
    p->on_benchmark = EM_CLEAN_CUT;
    if (!parse_action(a->on_leak, true, &p->on_leak) ||
        !parse_action(a->on_copy, true, &p->on_copy) ||
        !parse_action(a->on_benchmark, true, &p->on_benchmark))
        return em_usage_error(a->command,
                              "--on-leak, --on-copy, --on-benchmark: drop, cut or tag");
    if (!parse_action(a->on_echo, false, &p->on_echo) ||
        !parse_action(a->on_optout, false, &p->on_optout))
        return em_usage_error(a->command, "--on-echo, --on-optout: drop or tag");
    int code = check_signals(a);
    if (code == EM_EXIT_OK)
        code = check_loss(a);
    if (code == EM_EXIT_OK)
        code = check_rules(a);
    return code == EM_EXIT_OK ? check_numbers(a) : code;
}
