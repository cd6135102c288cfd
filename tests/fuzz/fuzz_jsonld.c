/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as JSON-LD: values lie in the input, objects are no deeper than the limit, and
 * unescaping gives at most as many bytes as there were.
 */
#include "base/limits.h"
#include "crawler/page/jsonld.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(struct em_view whole, struct em_view v)
{
    if (!v.len)
        return;
    if (v.data < whole.data || v.data + v.len > whole.data + whole.len)
        abort();
    struct em_buf out;
    em_buf_init(&out, v.len + 16);
    if (em_jsonld_unescape(&out, v) == EM_ERR_LIMIT || out.len > v.len)
        abort();
    em_buf_release(&out);
}

static void check(void *context, const struct em_jsonld_object *o)
{
    const struct em_view *whole = context;
    if (o->depth < 0 || o->depth >= EM_MAX_JSONLD_DEPTH)
        abort();
    bool any = false;
    for (int i = 0; i < EM_JSONLD_PROPERTIES; i++) {
        check_value(*whole, o->values[i]);
        any |= o->values[i].len > 0;
    }
    for (int i = 0; i < EM_JSONLD_AUTHORS - 1; i++)
        check_value(*whole, o->more_authors[i]);
    if (!any)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct em_view whole = {(const char *)data, size};
    em_jsonld_read(whole, check, &whole);
    return 0;
}
