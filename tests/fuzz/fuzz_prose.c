/* SPDX-License-Identifier: Apache-2.0
 *
 * What of a file is prose: any bytes, every kind of markup. The length must stay.
 */
#include "pipeline/check/prose.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct em_view text = em_view_make((const char *)data, size);
    struct em_buf out;
    em_buf_init(&out, 64 << 20);
    (void)em_prose_is_generated(text);
    for (int kind = EM_PROSE_PLAIN; kind <= EM_PROSE_HTML; kind++)
        if (em_prose_only((enum em_prose_kind)kind, text, &out) == EM_OK &&
            out.len != size)
            abort();
    em_buf_release(&out);
    return 0;
}
