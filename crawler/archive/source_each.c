/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/archive.h"

enum em_status em_source_each_json(const char *path, em_source_json_fn *take,
                                   void *context, struct em_err *err)
{
    const struct em_source_options options = {.keep_all = false};
    struct em_source *source;
    struct em_record record;
    EM_TRY(em_source_open(&source, path, &options, err));
    enum em_status status;
    while ((status = em_source_next(source, &record, err)) == EM_OK)
        if (record.type == EM_RECORD_JSON && (status = take(context, record.block)) < 0)
            break;
    em_source_free(source);
    return status == EM_END ? EM_OK : status;
}
