/* SPDX-License-Identifier: Apache-2.0
 *
 * Which fields of a JSON line, or columns of a table, are a document's text, address, date
 * and so on: those named for it, else the first of the usual names that is there.
 */
#ifndef EM_CRAWLER_ARCHIVE_PAGE_FIELDS_H
#define EM_CRAWLER_ARCHIVE_PAGE_FIELDS_H

enum em_page_field {
    EM_PAGE_FIELD_TEXT,
    EM_PAGE_FIELD_URL,
    EM_PAGE_FIELD_DATE,
    EM_PAGE_FIELD_ID,
    EM_PAGE_FIELD_LANG,
    EM_PAGE_FIELD_PUBLISHED,
    EM_PAGE_FIELD_DUMP, /* "CC-MAIN-2024-10": stands for a date where there is none */
    EM_PAGE_FIELDS
};

/* Dotted paths; NULL: the usual ones. Borrowed. */
struct em_page_fields {
    const char *text, *url, *date, *id;
};

const char *em_page_field_named(const struct em_page_fields *fields,
                                enum em_page_field field);
/* The usual names, the first first, and a NULL after them. Static. */
const char *const *em_page_field_usual(enum em_page_field field);

#endif
