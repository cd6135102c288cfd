/* SPDX-License-Identifier: Apache-2.0
 *
 * Prints the address and score of every document judged machine-written in web archives and
 * corpora, on two threads.
 *
 *     cc scan.c $(pkg-config --cflags --libs echometer) -o scan && ./scan crawl.warc.gz
 */
#include <echometer.h>

#include <stdio.h>

static int print_machine(void *context, const struct echometer_document *document,
                         const struct echometer_verdict *verdict)
{
    (void)context;
    if (verdict && verdict->kind == ECHOMETER_MACHINE)
        printf("%.3f %s\n", verdict->score,
               *document->url ? document->url : document->id);
    return 0;
}

int main(int argc, char **argv)
{
    struct echometer_options options = ECHOMETER_OPTIONS_INIT;
    struct echometer_counts n;
    struct echometer *em;
    char why[256];

    options.threads = 2;
    if (echometer_open(&em, &options, why, sizeof(why)) < 0 ||
        echometer_scan(em, (const char *const *)argv + 1, (size_t)argc - 1, print_machine,
                       NULL, NULL, &n, why, sizeof(why)) < 0) {
        fprintf(stderr, "scan: %s\n", why);
        return 2;
    }
    fprintf(stderr, "%llu documents\n", (unsigned long long)n.documents);
    echometer_close(em);
    return n.documents ? 0 : 2;
}
