/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a calibration block, and as a table of sources: what is read and written reads
 * as the same, rates are shares that fall with the threshold.
 */
#include "base/calibration.h"
#include "detector/learn/block.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void try_block(struct em_view bytes)
{
    struct em_calibration block, back;
    struct em_buf again, twice;
    em_buf_init(&again, 16 << 20);
    em_buf_init(&twice, 16 << 20);
    if (em_calibration_unpack(&block, bytes) == EM_OK) {
        struct em_measured_rate at, above;
        check(em_calibration_pack(&again, &block) == EM_OK);
        check(em_calibration_unpack(&back, em_buf_view(&again)) == EM_OK);
        check(em_calibration_pack(&twice, &back) == EM_OK);
        check(em_view_eq(em_buf_view(&again), em_buf_view(&twice)));
        em_calibration_release(&back);
        em_calibration_rate_at(&block, 0, &at);
        em_calibration_rate_at(&block, 2, &above);
        check(at.sources == 0 ? isnan(at.share) : above.share <= at.share + 1e-9);
        check(at.sources == 0 || (at.low <= at.share && at.share <= at.high));
        (void)em_calibration_log_odds_for(&block, 0.01);
        em_calibration_finish(&block);
    }
    em_calibration_release(&block);
    em_buf_release(&again);
    em_buf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct em_source_facts facts;
    struct em_view bytes = {(const char *)data, size};
    if (size > 1 << 18)
        return 0;
    try_block(bytes);
    if (em_source_facts_read(&facts, bytes, NULL) == EM_OK)
        em_source_facts_release(&facts);
    return 0;
}
