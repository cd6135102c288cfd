/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as text with dates: matches lie in the text, in order, name days that exist,
 * and reading on behind one finds the same as reading at once. Also as a value, as an
 * address and as a month's name. The first byte chooses what 5/6/2020 means.
 */
#include "crawler/page/date_choose.h"
#include "crawler/page/date_read.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_day(struct em_day d)
{
    char text[11];
    struct em_day again;
    em_day_write(d, text);
    if (!em_day_valid(d.year, d.month, d.day) ||
        !em_day_read(em_view_of(text), EM_DAY_UNSURE, &again) ||
        em_day_number(again) != em_day_number(d))
        abort();
}

static void check_text(struct em_view text, enum em_day_order order)
{
    struct em_day_match m, alone;
    size_t last = 0;
    for (size_t at = 0; em_day_find(text, at, order, &m); at = m.end) {
        if (m.start < last || m.end <= m.start || m.end > text.len)
            abort();
        check_day(m.day);
        /* The match by itself is still one; a year cut off by the end of the text or a
         * number before it may change which. */
        if (!em_day_find(em_view_sub(text, m.start, m.end - m.start), 0, order, &alone))
            abort();
        last = m.start;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    enum em_day_order order = (enum em_day_order)(data[0] % 3);
    struct em_view text = {(const char *)data + 1, size - 1};
    struct em_day day, partial;
    check_text(text, order);
    if (em_day_read(text, order, &day))
        check_day(day);
    if (em_date_in_url(text, &day, &partial))
        check_day(day);
    if (partial.year && !em_day_valid(partial.year, partial.month, 1))
        abort();
    if (em_month_find(text) > 12)
        abort();
    return 0;
}
