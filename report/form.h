/* SPDX-License-Identifier: Apache-2.0
 *
 * How rows of an answer are printed.
 */
#ifndef EM_REPORT_FORM_H
#define EM_REPORT_FORM_H

#include <math.h>
#include <stdio.h>

enum em_form {
    EM_FORM_TABLE, /* for people */
    EM_FORM_JSON,  /* one object a line */
    EM_FORM_CSV,   /* with a header */
};

/* A field of CSV after another; empty where there is no number. */
static inline void em_csv_number(FILE *out, double value, int digits)
{
    putc(',', out);
    if (isfinite(value))
        fprintf(out, "%.*f", digits, value);
}

#endif
