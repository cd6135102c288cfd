/* SPDX-License-Identifier: Apache-2.0
 *
 * Says how likely the text on standard input was written by a machine, and shows the leaks.
 *
 *     cc judge.c $(pkg-config --cflags --libs echometer) -o judge && ./judge < text.txt
 */
#include <echometer.h>

#include <stdio.h>

int main(void)
{
    static char text[1 << 20];
    struct echometer_options options = ECHOMETER_OPTIONS_INIT;
    struct echometer_verdict v;
    struct echometer *em;
    char why[256];
    size_t len = fread(text, 1, sizeof(text), stdin);

    if (echometer_open(&em, &options, why, sizeof(why)) < 0) {
        fprintf(stderr, "judge: %s\n", why);
        return 2;
    }
    int status = echometer_judge(em, text, len, NULL, &v);
    if (status < 0)
        fprintf(stderr, "judge: %s\n", echometer_strerror(status));
    else if (v.kind == ECHOMETER_ABSTAIN)
        printf("no verdict: %s\n", v.abstained);
    else
        printf("probability %.3f by %s\n", v.score, v.model);
    for (size_t i = 0; status == 0 && i < v.n_leaks; i++)
        printf("leak at byte %u: %s\n", v.leaks[i].start, v.leaks[i].text);
    echometer_close(em);
    return status < 0 ? 2 : 0;
}
