/* SPDX-License-Identifier: Apache-2.0
 *
 * Opt-outs as the cleaning sees them: what a page says of itself overrides what its server
 * says of all pages, in both directions; fields of JSON lines under either spelling.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/doc.h"
#include "base/page.h"
#include "base/wire/optout.h"
#include "base/wire/robots_meta.h"
#include "pipeline/clean/clean_optout.h"

static uint32_t page_says(const char *header, enum em_robots_tdm tdm, const char *robots)
{
    struct em_robots own = {.rules = 0, .tdm = (uint8_t)tdm};
    const struct em_page page = {.http_header = em_view_of(header)};
    const struct em_doc doc = {.robots = &own};
    if (robots)
        em_robots_header(&own, em_view_of(robots));
    return em_clean_optout_page(&page, &doc);
}

static int forbids_training(uint32_t flags)
{
    return (em_optout_forbids(flags) & EM_USE_TRAIN) != 0;
}

static void the_page_overrides_its_server(void **state)
{
    (void)state;
    static const char reserved[] = "TDM-Reservation: 1\r\n\r\n",
                      granted[] = "TDM-Reservation: 0\r\n\r\n",
                      none[] = "Date: x\r\n\r\n";
    assert_true(forbids_training(page_says(reserved, EM_TDM_UNSAID, NULL)));
    assert_false(forbids_training(page_says(reserved, EM_TDM_GRANTED, NULL)));
    assert_true(forbids_training(page_says(granted, EM_TDM_RESERVED, NULL)));
    assert_false(forbids_training(page_says(granted, EM_TDM_UNSAID, NULL)));
    assert_false(forbids_training(page_says(none, EM_TDM_UNSAID, NULL)));
    /* One vocabulary overrides itself and nothing else. */
    assert_true(forbids_training(page_says(reserved, EM_TDM_GRANTED, "noai")));
    assert_int_equal(page_says(reserved, EM_TDM_GRANTED, NULL) & EM_OPTOUT_TDM_RESERVED,
                     0);
}

static void fields_of_lines(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int forbids;
    } cases[] = {
        {"{\"text\": \"x\"}", 0},
        {"{\"tdm_reservation\": 1}", 1},
        {"{\"tdm-reservation\": \"1\"}", 1},
        {"{\"tdm_reservation\": true}", 1},
        {"{\"tdm_reservation\": 0}", 0},
        {"{\"robots\": \"noai\"}", 1},
        {"{\"x_robots_tag\": \"echometer: noai\"}", 1},
        {"{\"x_robots_tag\": \"otherbot: noai\"}", 0},
        {"{\"metadata\": {\"tdm_reservation\": 1}}", 1},
        {"{\"other\": {\"tdm_reservation\": 1}}", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (forbids_training(em_clean_optout_json(em_view_of(cases[i].line))) !=
            cases[i].forbids)
            fail_msg("%s", cases[i].line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_overrides_its_server),
        cmocka_unit_test(fields_of_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
