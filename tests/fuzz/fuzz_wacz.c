/* SPDX-License-Identifier: Apache-2.0
 *
 * A WACZ: what the zip file holds, its list of digests, and each archive read in order and
 * from a place within.
 */
#include "crawler/archive/wacz.h"

#include <stdlib.h>

/* Entries that inflate to much more than they are: so much of each is read. */
enum { MAX_READ = 64, MAX_MEMBERS = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_member(struct em_wacz *wacz, const char *name)
{
    char bytes[4096];
    size_t got = 1, all = 0;
    if (em_wacz_begin(wacz, name, NULL) < 0)
        return;
    for (int i = 0; i < MAX_READ && got; i++) {
        if (em_wacz_read(wacz, bytes, sizeof(bytes), &got, NULL) < 0)
            return;
        all += got;
    }
    if (em_wacz_seek(wacz, all / 2, NULL) == EM_OK &&
        em_wacz_read(wacz, bytes, sizeof(bytes), &got, NULL) < 0)
        return;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct em_wacz *wacz;
    const char *why;
    struct em_view bytes = em_view_make((const char *)data, size);
    if (size == 0 || size > 1 << 18 ||
        em_wacz_open(&wacz, "fuzz.wacz", NULL, bytes, NULL) < 0)
        return 0;
    for (size_t i = 0; i < em_wacz_count(wacz) && i < MAX_MEMBERS; i++)
        read_member(wacz, em_wacz_name(wacz, i));
    if (em_wacz_verify(wacz, &why, NULL) < 0)
        abort();
    em_wacz_close(wacz);
    return 0;
}
