/* SPDX-License-Identifier: Apache-2.0 */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

const char *em_status_text(enum em_status status)
{
    switch (status) {
#define X(name, value, text)                                                             \
    case name:                                                                           \
        return text;
        EM_STATUS_LIST(X)
#undef X
    }
    return "unknown status";
}

enum em_status em_fail(struct em_err *err, enum em_status status, const char *where,
                       const char *format, ...)
{
    if (!err)
        return status;
    err->status = status;
    err->where = where;
    va_list ap;
    va_start(ap, format);
    vsnprintf(err->text, sizeof(err->text), format, ap);
    va_end(ap);
    return status;
}
