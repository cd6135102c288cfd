/* SPDX-License-Identifier: Apache-2.0
 *
 * The encoding of files, for tests/conformance/charset.sh: file names in, a line "NAME FROM
 * REPLACED HASH" out for each. `--label L`: as if the HTTP layer had said so. The hash is of
 * the decoded text.
 */
#include "base/hash.h"
#include "bench/eval_words.h"
#include "crawler/page/charset.h"

int main(int argc, char **argv)
{
    struct em_charset *charset;
    struct em_view label = EM_VIEW_NONE;
    char path[4096];
    if (em_charset_new(&charset) < 0)
        return 2;
    if (argc == 3 && strcmp(argv[1], "--label") == 0)
        label = em_view_of(argv[2]);
    while (fgets(path, sizeof(path), stdin)) {
        path[strcspn(path, "\n")] = '\0';
        struct em_view body = em_eval_read(path);
        struct em_decoded out;
        if (em_charset_decode(charset, body, label, true, &out) < 0)
            return 2;
        printf("%s %s %u %016llx\n", out.name.data, out.from, out.replaced,
               (unsigned long long)em_hash64(out.text.data, out.text.len, 0));
        free((void *)(uintptr_t)body.data);
    }
    em_charset_free(charset);
    return 0;
}
