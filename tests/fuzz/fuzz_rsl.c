/* SPDX-License-Identifier: Apache-2.0
 *
 * Licences (RSL): only flags that a licence can state, forms of bounded size, and any bytes can
 * be asked as a form.
 */
#include "base/limits.h"
#include "crawler/web/rsl.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(struct em_view form)
{
    static const char *const urls[] = {"https://example.com/news/a?b=c", "http://a/", "",
                                       "https://x.example.com:8080/a*b$"};
    const uint32_t known = EM_OPTOUT_LICENCE | EM_OPTOUT_LICENCE_PAID |
                           EM_OPTOUT_SEARCH_NO | EM_OPTOUT_AI_INPUT_NO |
                           EM_OPTOUT_AI_TRAIN_NO;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
        if (em_rsl_flags(form, em_view_of(urls[i])) & ~known)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct em_view input = em_view_make((const char *)data, size);
    struct em_buf form;
    em_buf_init(&form, EM_MAX_RSL_FORM);
    enum em_status status = em_rsl_parse(&form, input);
    if (status != EM_OK && form.len > 0)
        abort();
    ask(em_buf_view(&form));
    ask(input);
    em_buf_release(&form);
    return 0;
}
