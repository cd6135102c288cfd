/* SPDX-License-Identifier: Apache-2.0 */
#include "base/net/fetch.h"

static const struct {
    const char *name, *text;
} errors[] = {
#define X(name, text, what) {text, what},
    EM_FETCH_ERROR_LIST(X)
#undef X
};

const char *em_fetch_error_name(enum em_fetch_error error)
{
    return (unsigned)error < EM_FETCH_ERROR_COUNT ? errors[error].name : "unknown";
}

const char *em_fetch_error_text(enum em_fetch_error error)
{
    return (unsigned)error < EM_FETCH_ERROR_COUNT ? errors[error].text : "unknown error";
}
