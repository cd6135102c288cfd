/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/models.h"

#include "base/json.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "detector/model.h"

#include <stdio.h>

/* Longer accounts of a base model are dropped: quoted, they would not fit. */
enum { ACCOUNT_MAX = 30000 };

int em_models_check_rate(const struct em_command *command, const struct em_model *model,
                         double fpr)
{
    struct em_model_threshold t;
    struct em_err err = {.status = EM_OK};
    if (!model || em_model_threshold_at(model, fpr, &t, &err) == EM_OK)
        return EM_EXIT_OK;
    return em_usage_error(command, "--fpr: %s", err.text);
}

enum em_status em_models_save(const char *subject, const struct em_model *model,
                              const char *path, struct em_err *err)
{
    struct em_buf bytes;
    em_buf_init(&bytes, EM_MAX_MODEL);
    enum em_status status = em_model_save(model, &bytes, err);
    if (status == EM_OK) {
        FILE *out = em_output_open(path);
        bool ok = out && fwrite(bytes.data, 1, bytes.len, out) == bytes.len;
        if (out)
            ok = em_output_end(out, path, ok) && ok;
        if (!ok)
            status = em_fail(err, EM_ERR_IO, subject, "cannot write '%s'", path);
    }
    em_buf_release(&bytes);
    return status;
}

enum em_status em_models_account(struct em_model *model, const char *what,
                                 em_models_write *write, const void *context)
{
    struct em_buf text;
    struct em_json json;
    size_t before = model->provenance_len < ACCOUNT_MAX ? model->provenance_len : 0;
    em_buf_init(&text, EM_MODEL_MAX_PROVENANCE);
    em_json_init(&json, &text);
    em_json_object(&json);
    em_json_key(&json, "program");
    em_json_string(&json, em_view_of("echometer " EM_VERSION));
    em_json_key(&json, what);
    em_json_object(&json);
    write(&json, context);
    em_json_end(&json);
    em_json_key(&json, "base");
    em_json_string(&json, em_view_make(model->provenance, before));
    em_json_end(&json);
    enum em_status status = em_json_finish(&json);
    if (status == EM_OK)
        status = em_model_set_provenance(model, em_buf_view(&text));
    em_buf_release(&text);
    return status;
}

void em_models_rename(struct em_model *model, const char *name)
{
    char old[sizeof(model->name)];
    memcpy(old, model->name, sizeof(old));
    memset(model->name, 0, sizeof(model->name));
    if (name)
        snprintf(model->name, sizeof(model->name), "%s", name);
    else
        snprintf(model->name, sizeof(model->name), "%.24s-own", old);
}
