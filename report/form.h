/* SPDX-License-Identifier: Apache-2.0
 *
 * How rows of an answer are printed.
 */
#ifndef EM_REPORT_FORM_H
#define EM_REPORT_FORM_H

enum em_form {
    EM_FORM_TABLE, /* for people */
    EM_FORM_JSON,  /* one object a line */
    EM_FORM_CSV,   /* with a header */
};

#endif
