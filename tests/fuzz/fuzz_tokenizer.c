/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens lie in the input, in order, without overlap, and end. The first byte chooses the
 * content model and whether the input is foreign.
 */
#include "crawler/page/tokenizer.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    static struct em_tokenizer t;
    const char *begin = (const char *)data + 1, *end = (const char *)data + size;
    em_tokenizer_init(&t, em_view_make(begin, size - 1));
    t.foreign = data[0] & 0x80;
    t.explicit = data[0] & 0x40;
    t.content = (enum em_content)(data[0] % 6);
    t.last_start = EM_VIEW("script");
    const char *last = begin;
    struct em_buf out;
    em_buf_init(&out, 8 * size + 64);
    for (const struct em_token *token;
         (token = em_tokenizer_next(&t))->kind != EM_TOKEN_END_OF_INPUT;) {
        if (token->start < last || token->end <= token->start || token->end > end)
            abort();
        last = token->end;
        em_buf_clear(&out);
        if (token->kind == EM_TOKEN_TEXT &&
            em_html_decode(&out, token->text, true, false) < 0)
            abort();
        for (uint32_t i = 0; token->kind == EM_TOKEN_START && i < token->n_attrs; i++)
            if (em_html_decode(&out, token->attrs[i].value, true, true) < 0)
                abort();
    }
    em_buf_release(&out);
    return 0;
}
