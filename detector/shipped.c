/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/shipped.h"

#include "base/data_path.h"
#include "detector/detector.h"

enum { MAX_PATH = 8192 };

/* Beside the English one; a language without a model abstains. */
static const char *const others[] = {"models/zh.emm"};

static enum em_status models_add_others(struct em_model *model, struct em_buf *path,
                                        struct em_err *err)
{
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct em_model *other;
        em_buf_clear(path);
        if (!em_data_path(others[i], path))
            continue;
        EM_TRY(em_model_load(&other, path->data, err));
        em_model_add(model, other);
    }
    return EM_OK;
}

enum em_status em_models_load(const char *subject, const char *named, bool all,
                              struct em_model **out, struct em_err *err)
{
    struct em_buf path;
    *out = NULL;
    if (named)
        return em_model_load(out, named, err);
    em_buf_init(&path, MAX_PATH);
    enum em_status status = EM_OK;
    if (!em_data_path("models/en.emm", &path))
        status = em_fail(err, EM_ERR_NOTFOUND, subject,
                         "no model models/en.emm is installed; name a model file, or set "
                         "ECHOMETER_DATA to the folder that holds models/");
    if (status == EM_OK)
        status = em_model_load(out, path.data, err);
    if (status == EM_OK && all)
        status = models_add_others(*out, &path, err);
    em_buf_release(&path);
    if (status != EM_OK) {
        em_model_free(*out);
        *out = NULL;
    }
    return status;
}
