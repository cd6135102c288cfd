/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes with any label: decoding gives valid UTF-8 (but for UTF-8 itself, which is not
 * touched), every offset leads back into the page, in order, and a letter in front, which
 * moves all chunks, changes nothing. The first byte chooses the label.
 */
#include "base/utf8.h"
#include "crawler/page/charset_int.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool has_order_mark(struct em_view body)
{
    return em_view_starts(body, EM_VIEW("\xEF\xBB\xBF")) ||
           em_view_starts(body, EM_VIEW("\xFF\xFE")) ||
           em_view_starts(body, EM_VIEW("\xFE\xFF"));
}

/* The letter is one byte: not for UTF-16, nor for encodings that are not decoded. */
static void check_moved(struct em_view body, struct em_view label, struct em_view text)
{
    struct em_charset *charset;
    struct em_decoded out;
    char *moved = malloc(body.len + 1);
    if (!moved || em_charset_new(&charset) < 0)
        abort();
    moved[0] = 'x';
    memcpy(moved + 1, body.data, body.len);
    if (em_charset_decode(charset, em_view_make(moved, body.len + 1), label, true, &out) <
            0 ||
        !em_view_eq(em_view_sub(out.text, 1, out.text.len), text))
        abort();
    em_charset_free(charset);
    free(moved);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct em_charset *charset;
    struct em_decoded out;
    struct em_view label = EM_VIEW_NONE;
    if (data[0] < em_encoding_label_count)
        label = em_view_of(em_encoding_labels[data[0]].label);
    struct em_view body = {(const char *)data + 1, size - 1};
    if (em_charset_new(&charset) < 0)
        return 0;
    if (em_charset_decode(charset, body, label, true, &out) < 0)
        abort();
    if (out.text.data != body.data && !em_view_eq(out.name, EM_VIEW("UTF-8")) &&
        em_utf8_valid_prefix(out.text) != out.text.len)
        abort();
    size_t last = 0, step = out.text.len / 64 + 1;
    for (size_t i = 0; i <= out.text.len; i += step) {
        size_t at = em_charset_origin(charset, i);
        if (at < last || at > body.len)
            abort();
        last = at;
    }
    const struct em_encoding *e = em_encoding_find(label);
    if (e && (e->kind == EM_ENC_SINGLE || e->kind == EM_ENC_ICONV) &&
        !has_order_mark(body))
        check_moved(body, label, out.text);
    em_charset_free(charset);
    return 0;
}
