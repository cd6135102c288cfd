/* SPDX-License-Identifier: Apache-2.0
 *
 * An index line as other tools write them, or (after a NUL) a URL: what is read lies in the
 * line; a line made of the URL is read back with the same place, and has no blank in its key.
 */
#include "base/limits.h"
#include "crawler/web/fetch/cdxj.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool fine)
{
    if (!fine)
        abort();
}

static void inside(struct em_view line, struct em_view part)
{
    check(part.len == 0 ||
          (part.data >= line.data && part.data + part.len <= line.data + line.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char separator[1];
    struct em_view input = {(const char *)data, size}, nul = {separator, 1};
    size_t at = em_view_find(input, 0, nul);
    struct em_view line = em_view_sub(input, 0, at);
    struct em_cdxj entry = {.url = em_view_sub(input, at + 1, size),
                            .date = 1700000000,
                            .status = 200,
                            .length = size,
                            .offset = at,
                            .filename = EM_VIEW("a.warc.gz")};
    struct em_cdxj_place place;
    struct em_buf out;
    if (em_cdxj_read(line, &place)) {
        inside(line, place.key);
        inside(line, place.timestamp);
        check(place.key.len > 0);
    }
    em_buf_init(&out, 4 * EM_MAX_CDXJ_LINE);
    if (entry.url.len <= EM_MAX_URL && em_cdxj_line(&out, &entry) == EM_OK) {
        check(em_cdxj_read(em_buf_view(&out), &place) && place.has_place);
        check(place.offset == at && place.length == size);
        check(em_view_eq(place.timestamp, EM_VIEW("20231114221320")));
        check(em_view_find(em_buf_view(&out), 0, EM_VIEW("\n")) == out.len - 1);
    }
    em_buf_release(&out);
    return 0;
}
