/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/wire/optout.h"
#include "base/wire/robots_meta.h"
#include "crawler/web/tdmrep.h"

static void test_signals(void **state)
{
    (void)state;
    struct em_view path;
    assert_int_equal(
        em_optout_signal(EM_VIEW("search=yes, ai-input=no, ai-train=no"), &path),
        EM_OPTOUT_SEARCH_YES | EM_OPTOUT_AI_INPUT_NO | EM_OPTOUT_AI_TRAIN_NO);
    assert_int_equal(path.len, 0);
    assert_int_equal(em_optout_signal(EM_VIEW("/news/* AI-Train=NO;search=no"), &path),
                     EM_OPTOUT_SEARCH_NO | EM_OPTOUT_AI_TRAIN_NO);
    assert_true(em_view_eq(path, EM_VIEW("/news/*")));
    assert_int_equal(em_optout_signal(EM_VIEW("train-ai=n"), NULL),
                     EM_OPTOUT_AI_TRAIN_NO);
    assert_int_equal(em_optout_signal(EM_VIEW("ai-train=maybe, x=no, ai-train"), NULL),
                     0);
    /* said both ways: no */
    assert_int_equal(em_optout_signal(EM_VIEW("ai-train=no,ai-train=yes"), NULL),
                     EM_OPTOUT_AI_TRAIN_NO);
    assert_int_equal(em_optout_signal(EM_VIEW_NONE, NULL), 0);
}

/* Content-Usage is a structured dictionary (spec: RFC9651): strict for a yes, lenient for a
 * no. */
static void test_usage(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        uint32_t flags;
    } cases[] = {
        {"train-ai=n", EM_OPTOUT_AI_TRAIN_NO},
        {"train-ai=y", EM_OPTOUT_AI_TRAIN_YES},
        {" train-ai=n ,\tsearch=y ", EM_OPTOUT_AI_TRAIN_NO | EM_OPTOUT_SEARCH_YES},
        {"train-ai=n;reason=\"a, b; train-ai=y\"", EM_OPTOUT_AI_TRAIN_NO},
        {"x=\"train-ai=n\"", EM_OPTOUT_USAGE_OTHER},
        {"x=(train-ai n)", EM_OPTOUT_USAGE_OTHER},
        {"train-ai=y, train-ai=n", EM_OPTOUT_AI_TRAIN_NO},
        {"train-ai=n, train-ai=y", EM_OPTOUT_AI_TRAIN_YES}, /* the last of equal keys */
        /* a string is no token */
        {"train-ai=\"n\"", EM_OPTOUT_USAGE_OTHER},
        {"train-ai=?0", EM_OPTOUT_USAGE_OTHER},
        {"train-ai", EM_OPTOUT_USAGE_OTHER},
        {"bots=n", EM_OPTOUT_TDM_RESERVED},
        {"exp-novel=n, train-genai=n", EM_OPTOUT_AI_TRAIN_NO | EM_OPTOUT_USAGE_OTHER},
        /* not well-formed: what is said against a use counts, what permits does not */
        {"Train-AI=n", EM_OPTOUT_AI_TRAIN_NO | EM_OPTOUT_USAGE_OTHER},
        {"train-ai=n; search=y,", EM_OPTOUT_AI_TRAIN_NO | EM_OPTOUT_USAGE_OTHER},
        {"train-ai=y,,search=n", EM_OPTOUT_SEARCH_NO | EM_OPTOUT_USAGE_OTHER},
        {"train-ai = n", EM_OPTOUT_USAGE_OTHER},
        {"", 0},
    };
    struct em_view path;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t flags = em_optout_usage(em_view_of(cases[i].value), NULL);
        if (flags != cases[i].flags)
            fail_msg("'%s': %x", cases[i].value, flags);
    }
    assert_int_equal(em_optout_usage(EM_VIEW("/news/ train-ai=n"), &path),
                     EM_OPTOUT_AI_TRAIN_NO);
    assert_true(em_view_eq(path, EM_VIEW("/news/")));
    assert_int_equal(em_optout_usage(EM_VIEW("/news/"), &path), 0);
}

static void test_header(void **state)
{
    (void)state;
    struct em_view header = EM_VIEW(
        "HTTP/1.1 200 OK\r\nX-Robots-Tag: noai | noindex\r\n"
        "X-Robots-Tag: otherbot: nofollow\r\nx-robots-tag: EchoMeter : noarchive\r\n"
        "TDM-Reservation: 1\r\ncontent-usage: train-ai=y\r\n"
        "Content-Signal: ai-train=no\r\n\r\n");
    uint32_t all = EM_OPTOUT_NOAI | EM_OPTOUT_NOINDEX | EM_OPTOUT_TDM_RESERVED |
                   EM_OPTOUT_AI_TRAIN_NO;
    assert_int_equal(em_optout_header(header, NULL), all);
    assert_int_equal(em_optout_header(header, "echometer"), all | EM_OPTOUT_NOARCHIVE);
    assert_int_equal(em_optout_header(header, "otherbot"), all | EM_OPTOUT_NOFOLLOW);
    /* Fields without a start line: the first counts as well. */
    assert_int_equal(em_optout_header(EM_VIEW("X-Robots-Tag: noai\r\n"), NULL),
                     EM_OPTOUT_NOAI);
    assert_int_equal(em_optout_header(EM_VIEW_NONE, NULL), 0);
    assert_int_equal(em_optout_page(EM_OPTOUT_TDM_RESERVED, 0, EM_OPTOUT_TDM_GRANTED),
                     EM_OPTOUT_TDM_GRANTED);
}

static void test_override(void **state)
{
    (void)state;
    uint32_t site = EM_OPTOUT_AI_TRAIN_NO | EM_OPTOUT_SEARCH_YES | EM_OPTOUT_NOARCHIVE;
    assert_int_equal(em_optout_override(site, EM_OPTOUT_AI_TRAIN_YES),
                     EM_OPTOUT_AI_TRAIN_YES | EM_OPTOUT_SEARCH_YES | EM_OPTOUT_NOARCHIVE);
    assert_int_equal(em_optout_override(site, 0), site);
}

/* TDMRep, section 5.2, in the form of its example. */
static const char tdmrep[] =
    "[ {\"location\": \"/images/*\", \"tdm-reservation\": 0},\n"
    "  {\"location\": \"/articles/\", \"tdm-reservation\": 1, \"extra\": "
    "[1,{\"a\":\"]\"}],\n"
    "   \"tdm-policy\": \"https://provider.com/policies/policy.json\"},\n"
    "  {\"location\": \"/*.pdf$\", \"tdm-reservation\": 1} ]";

static void test_tdm(void **state)
{
    (void)state;
    struct em_view json = em_view_of(tdmrep), policy;
    assert_int_equal(em_optout_tdm(EM_VIEW(" 1 ")), EM_OPTOUT_TDM_RESERVED);
    assert_int_equal(em_optout_tdm(EM_VIEW("0")), EM_OPTOUT_TDM_GRANTED);
    assert_int_equal(em_optout_tdm(EM_VIEW("maybe")), 0);
    assert_int_equal(em_optout_tdm(EM_VIEW("True")), EM_OPTOUT_TDM_RESERVED);
    assert_int_equal(em_tdmrep_flags(json, EM_VIEW("/images/a.png"), &policy),
                     EM_OPTOUT_TDM_GRANTED);
    assert_int_equal(em_tdmrep_flags(json, EM_VIEW("/articles/1.pdf"), &policy),
                     EM_OPTOUT_TDM_RESERVED);
    assert_true(em_view_eq(policy, EM_VIEW("https://provider.com/policies/policy.json")));
    assert_int_equal(em_tdmrep_flags(json, EM_VIEW("/x.pdf"), &policy),
                     EM_OPTOUT_TDM_RESERVED);
    assert_int_equal(policy.len, 0);
    assert_int_equal(em_tdmrep_flags(json, EM_VIEW("/x.pdfs"), NULL), 0);
    /* cut anywhere before the entry is complete: nothing is stated */
    for (size_t n = 0; n < 100; n++)
        assert_int_equal(
            em_tdmrep_flags(em_view_sub(json, 0, n), EM_VIEW("/articles/"), NULL), 0);
    assert_int_equal(em_tdmrep_flags(EM_VIEW("{}"), EM_VIEW("/"), NULL), 0);
    assert_int_equal(em_tdmrep_flags(EM_VIEW("[{}]"), EM_VIEW("/"), NULL), 0);
}

static void test_policy(void **state)
{
    (void)state;
    assert_int_equal(em_optout_forbids(0), 0);
    assert_int_equal(em_optout_forbids(EM_OPTOUT_NOFOLLOW | EM_OPTOUT_NOARCHIVE),
                     EM_USE_FOLLOW | EM_USE_ARCHIVE);
    assert_true(em_optout_forbids(EM_OPTOUT_TDM_RESERVED) & EM_USE_ANALYSE);
    assert_true(em_optout_forbids(EM_OPTOUT_NOAI) & EM_USE_TRAIN);
    assert_int_equal(em_optout_forbids(EM_OPTOUT_AI_TRAIN_YES | EM_OPTOUT_TDM_GRANTED),
                     0);
    assert_string_equal(em_optout_name(EM_OPTOUT_AI_TRAIN_NO), "ai-train=no");
    assert_null(em_optout_name(1u << 31));
    assert_int_equal(em_optout_of(EM_VIEW("NoArchive")), EM_OPTOUT_NOARCHIVE);
    assert_int_equal(em_optout_of(EM_VIEW("nothing")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signals), cmocka_unit_test(test_usage),
        cmocka_unit_test(test_header),  cmocka_unit_test(test_override),
        cmocka_unit_test(test_tdm),     cmocka_unit_test(test_policy),
    };
    return cmocka_run_group_tests_name("optout", tests, NULL, NULL);
}
