/* SPDX-License-Identifier: Apache-2.0 */
#include "report/refs_rows.h"

#include "base/json.h"
#include "base/limits.h"

#include <inttypes.h>

void em_refs_rows_header(FILE *out)
{
    fprintf(out, "%-20s %-13s %-20s %10s %12s %3s %3s  %s\n", "name", "kind", "model",
            "items", "prints", "k", "t", "built from");
}

static void write_info(struct em_json *json, const char *path,
                       const struct em_refs_info *info)
{
    const struct {
        const char *key;
        uint64_t value;
    } numbers[] = {{"items", info->items},
                   {"texts", info->texts},
                   {"words", info->words},
                   {"prints", info->prints},
                   {"common", info->common},
                   {"common_after", info->common_after},
                   {"duplicates", info->duplicates},
                   {"too_short", info->too_short},
                   {"k", info->k},
                   {"t", info->t},
                   {"bytes", info->bytes}};
    em_json_object(json);
    em_json_key(json, "name");
    em_json_string(json, info->name);
    em_json_key(json, "kind");
    em_json_string(json, em_view_of(em_refs_kind_name(info->kind)));
    em_json_key(json, "model");
    em_json_string_or_null(json, info->model);
    em_json_key(json, "since");
    em_json_string_or_null(json, info->since);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        em_json_key(json, numbers[i].key);
        em_json_u64(json, numbers[i].value);
    }
    em_json_key(json, "source");
    em_json_string_or_null(json, info->source);
    em_json_key(json, "file");
    em_json_string_or_null(json, em_view_of(path));
    em_json_end(json);
}

enum em_status em_refs_row(FILE *out, bool json_form, const char *path,
                           const struct em_refs *refs)
{
    struct em_refs_info info;
    struct em_buf line;
    struct em_json json;
    em_refs_describe(refs, &info);
    if (!json_form) {
        fprintf(out, "%-20.*s %-13s %-20.*s %10" PRIu64 " %12" PRIu64 " %3u %3u  %.*s\n",
                EM_VIEW_ARGS(info.name), em_refs_kind_name(info.kind),
                EM_VIEW_ARGS(info.model), info.items, info.prints, info.k, info.t,
                EM_VIEW_ARGS(info.source));
        return EM_OK;
    }
    em_buf_init(&line, EM_MIB);
    em_json_init(&json, &line);
    write_info(&json, path, &info);
    enum em_status status = em_json_finish(&json);
    if (status == EM_OK && fwrite(line.data, 1, line.len, out) != line.len)
        status = EM_ERR_IO;
    em_buf_release(&line);
    return status;
}

void em_refs_made(FILE *out, const char *path, const struct em_refs *refs,
                  uint64_t without_text)
{
    struct em_refs_info info;
    em_refs_describe(refs, &info);
    fprintf(out,
            "%s: %" PRIu64 " items, %" PRIu64 " words, %" PRIu64 " prints (k %u, t %u), "
            "%" PRIu64 " common; %" PRIu64 " duplicates, %" PRIu64 " too short, %" PRIu64
            " without text; %.1f MB\n",
            path, info.items, info.words, info.prints, info.k, info.t, info.common,
            info.duplicates, info.too_short, without_text, (double)info.bytes / 1e6);
}
