/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/page_fields.h"

#include <stddef.h>

const char *em_page_field_named(const struct em_page_fields *fields,
                                enum em_page_field field)
{
    switch (field) {
    case EM_PAGE_FIELD_TEXT:
        return fields->text;
    case EM_PAGE_FIELD_URL:
        return fields->url;
    case EM_PAGE_FIELD_DATE:
        return fields->date;
    case EM_PAGE_FIELD_ID:
        return fields->id;
    default:
        return NULL;
    }
}

const char *const *em_page_field_usual(enum em_page_field field)
{
    /* The last two are columns of a table; of a JSON line the model's turns are taken. */
    static const char *const texts[] = {
        "text", "content",          "raw_content",         "markdown",
        "body", "messages.content", "conversations.value", NULL};
    static const char *const urls[] = {"url", "metadata.url", "meta.url", NULL};
    static const char *const dates[] = {"date", "metadata.date", "created", "timestamp",
                                        NULL};
    static const char *const ids[] = {"id", NULL};
    static const char *const langs[] = {"lang", "language", "metadata.language", NULL};
    static const char *const published[] = {"published", "metadata.published", NULL};
    static const char *const dumps[] = {"dump", "metadata.dump", NULL};
    static const char *const *const all[EM_PAGE_FIELDS] = {texts, urls,      dates, ids,
                                                           langs, published, dumps};
    return all[field];
}
