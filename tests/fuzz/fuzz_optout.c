/* SPDX-License-Identifier: Apache-2.0
 *
 * Content-Signal values, TDMRep values and files: only known flags, no contradictions, and
 * what is borrowed lies in the input.
 */
#include "base/wire/optout.h"
#include "base/wire/sf.h"
#include "crawler/web/tdmrep.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool fine)
{
    if (!fine)
        abort();
}

static void check_flags(uint32_t flags)
{
    check(!(flags & EM_OPTOUT_SEARCH_NO) || !(flags & EM_OPTOUT_SEARCH_YES));
    check(!(flags & EM_OPTOUT_AI_TRAIN_NO) || !(flags & EM_OPTOUT_AI_TRAIN_YES));
    for (uint32_t flag = 1; flag; flag <<= 1)
        check(!(flags & flag) || em_optout_name(flag));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct em_view input = {(const char *)data, size}, borrowed;
    check_flags(em_optout_signal(input, &borrowed));
    check(borrowed.len == 0 || (borrowed.data >= input.data &&
                                borrowed.data + borrowed.len <= input.data + size));
    check_flags(em_optout_usage(input, &borrowed));
    check_flags(em_optout_header(input, "echometer"));
    struct em_sf_member member;
    size_t at = 0, before = 0;
    while (em_sf_dictionary_next(input, &at, &member)) {
        check(at > before && at <= size && member.key.len > 0);
        before = at;
    }
    check(!em_sf_is_dictionary(input) || at >= size);
    check_flags(em_optout_tdm(input));
    check_flags(em_tdmrep_flags(input, EM_VIEW("/articles/x.pdf"), &borrowed));
    check(borrowed.len == 0 || (borrowed.data >= input.data &&
                                borrowed.data + borrowed.len <= input.data + size));
    return 0;
}
