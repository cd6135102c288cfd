/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints what share of an index's documents is machine-written, in total and by month.
 *
 *     cc prevalence.c $(pkg-config --cflags --libs echometer) -o prevalence
 *     echometer scan --index idx crawl.warc.gz && ./prevalence idx
 */
#include <echometer.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    struct echometer_prevalence *rows;
    struct echometer_prevalence_row row;
    char why[256] = "usage: prevalence INDEX";
    const struct echometer_prevalence_options options = ECHOMETER_PREVALENCE_INIT;

    if (argc != 2 ||
        echometer_prevalence_open(&rows, argv[1], &options, why, sizeof(why)) < 0) {
        fprintf(stderr, "prevalence: %s\n", why);
        return 2;
    }
    while (echometer_prevalence_next(rows, &row) == 0) {
        printf("%-8s %6llu documents: ", *row.month ? row.month : "undated",
               (unsigned long long)row.documents);
        if (row.note)
            printf("%s\n", row.note);
        else
            printf("%.1f %% [%.1f, %.1f], %s\n", 100 * row.estimate, 100 * row.low,
                   100 * row.high, row.estimator);
    }
    echometer_prevalence_close(rows);
    return 0;
}
