/* SPDX-License-Identifier: Apache-2.0 */
#include "base/page_type.h"

const char *em_page_type_name(enum em_page_type type)
{
    static const char *const names[] = {
#define X(upper, lower) lower,
        EM_PAGE_TYPE_LIST(X)
#undef X
    };
    return type < EM_PAGE_TYPES ? names[type] : "";
}

enum em_page_type em_page_type_of(struct em_view name)
{
    int type = 0;
    while (type < EM_PAGE_TYPES &&
           !em_view_eq(name, em_view_of(em_page_type_name((enum em_page_type)type))))
        type++;
    return (enum em_page_type)type;
}
