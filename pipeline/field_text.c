/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/field_text.h"

#include "base/drop.h"
#include "base/utf8.h"
#include "crawler/archive/archive.h"

static enum em_status row_text(struct em_source *source, struct em_page_decoder *decoder,
                               const char *path, const char *field, uint64_t row,
                               struct em_buf *out, struct em_err *err)
{
    struct em_record record;
    struct em_page page = {.kind = EM_PAGE_TEXT};
    for (uint64_t i = 0; i <= row; i++) {
        enum em_status status = em_source_next(source, &record, err);
        if (status == EM_END)
            return em_fail(err, EM_ERR_NOTFOUND, "field",
                           "'%s' has %llu rows: there is no row %llu", path,
                           (unsigned long long)i, (unsigned long long)row);
        EM_TRY(status);
    }
    enum em_drop drop = em_page_decode(decoder, &record, &page);
    if (drop != EM_DROP_NONE)
        return em_fail(err, EM_ERR_NOTFOUND, "field",
                       "'%s': row %llu has no text in the field '%s': %s", path,
                       (unsigned long long)row, field, em_drop_meaning(drop));
    return em_utf8_append_clean(out, page.body, NULL);
}

enum em_status em_field_text(const char *path, const char *field, uint64_t row,
                             struct em_buf *out, struct em_err *err)
{
    const struct em_source_options options = {.text_field = field};
    const struct em_page_fields fields = em_source_fields(&options);
    struct em_source *source;
    struct em_page_decoder *decoder;
    EM_TRY(em_page_decoder_new(&decoder, &fields, err));
    enum em_status status = em_source_open(&source, path, &options, err);
    if (status == EM_OK) {
        status = row_text(source, decoder, path, field, row, out, err);
        em_source_free(source);
    }
    em_page_decoder_free(decoder);
    return status;
}
