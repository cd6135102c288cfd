/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/clean/clean_attributes.h"

/* Characters before byte `to`, going on from *at (which is at *characters). */
static uint64_t characters_to(struct em_view text, size_t to, size_t *at,
                              uint64_t *characters)
{
    if (to < *at)
        *at = *characters = 0;
    for (; *at < to && *at < text.len; (*at)++)
        *characters += ((unsigned char)text.data[*at] & 0xC0) != 0x80;
    return *characters;
}

enum em_status em_attributes_write(struct em_buf *out, struct em_view id,
                                   struct em_view text,
                                   const struct em_attribute *attributes, size_t n)
{
    struct em_json json;
    size_t at = 0;
    uint64_t characters = 0;
    em_json_init(&json, out);
    em_json_object(&json);
    em_json_key(&json, "id");
    if (id.len)
        em_json_raw(&json, id);
    else
        em_json_null(&json);
    em_json_key(&json, "attributes");
    em_json_object(&json);
    for (size_t i = 0; i < n; i++) {
        const struct em_attribute *a = &attributes[i];
        if (i == 0 || strcmp(a->name, attributes[i - 1].name) != 0) {
            em_json_key(&json, a->name);
            em_json_array(&json);
        }
        em_json_array(&json);
        em_json_u64(&json, characters_to(text, a->start, &at, &characters));
        em_json_u64(&json, characters_to(text, a->end, &at, &characters));
        em_json_fixed(&json, a->value, 6);
        em_json_end(&json);
        if (i + 1 == n || strcmp(a->name, attributes[i + 1].name) != 0)
            em_json_end(&json);
    }
    em_json_end(&json);
    em_json_end(&json);
    return em_json_finish(&json);
}
