/* SPDX-License-Identifier: Apache-2.0
 *
 * A response header: every field lies inside it, in order; what is read of it keeps its
 * promises. The first eight bytes also make an address for the guard: with private networks
 * allowed never more is refused than without.
 */
#include "base/date.h"
#include "base/limits.h"
#include "base/net/guard.h"
#include "base/wire/fields.h"
#include "base/wire/http_date.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool fine)
{
    if (!fine)
        abort();
}

static void addresses(struct em_view input)
{
    struct em_address a, b;
    char text[EM_ADDRESS_TEXT];
    if (em_address_parse(em_view_sub(input, 0, 64), &a)) {
        em_address_format(&a, text);
        check(em_address_parse(em_view_of(text), &b));
        check(memcmp(&a, &b, sizeof(a)) == 0);
    }
    memset(&a, 0, sizeof(a));
    memcpy(a.bytes, input.data, input.len < 16 ? input.len : 16);
    for (a.family = 4; a.family <= 6; a.family += 2)
        check(em_guard_refuses(&a, false) || !em_guard_refuses(&a, true));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct em_view header = {(const char *)data, size}, name, value, tag;
    const char *last = header.data;
    size_t pos = 0;
    char mime[128];
    while (em_field_next(header, &pos, &name, &value)) {
        check(name.len > 0 && name.data >= last);
        check(value.len == 0 || value.data > name.data);
        check(pos <= size && value.data + value.len <= header.data + size);
        last = value.data;
    }
    int status = em_field_status(header);
    check(status == 0 || (status >= 100 && status <= 999));
    check(em_http_retry_after(header, INT64_C(1700000000000)) >= -1);
    check(em_field_max_age(header) >= -1);
    tag = em_field_etag(header);
    check(tag.len <= EM_MAX_VALIDATOR && !memchr(tag.len ? tag.data : "", '\n', tag.len));
    tag = em_field_last_modified(header);
    check(tag.len == 0 || em_http_date(tag, 0) != EM_DATE_UNKNOWN);
    check(em_field_mime(header, mime).len < sizeof(mime));
    if (size)
        addresses(header);
    return 0;
}
