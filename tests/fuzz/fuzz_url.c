/* SPDX-License-Identifier: Apache-2.0
 *
 * Input and base (parted by a NUL) parsed: the result is ASCII, parses to itself, its parts
 * lie in order, and normalising by any rules is stable. The first two bytes are the rules.
 */
#include "base/limits.h"
#include "base/wire/url.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool fine)
{
    if (!fine)
        abort();
}

static void check_parts(const struct em_url *u)
{
    check(u->scheme_end <= u->user && u->user <= u->user_end);
    check(u->user_end <= u->pass_end && u->pass_end <= u->host);
    check(u->host <= u->host_end && u->host_end <= u->authority_end);
    check(u->authority_end <= u->path && u->path <= u->href.len);
    check(u->query == EM_URL_NONE || (u->path <= u->query && u->query < u->href.len));
    check(u->fragment == EM_URL_NONE ||
          (u->path <= u->fragment && u->fragment < u->href.len));
    for (size_t i = 0; i < u->href.len; i++)
        check((unsigned char)u->href.data[i] > 0x1F &&
              (unsigned char)u->href.data[i] < 0x7F);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct em_url url, base, again;
    struct em_buf scratch;
    if (size < 2)
        return 0;
    struct em_view input = {(const char *)data + 2, size - 2};
    size_t nul = em_view_find(input, 0, em_view_make("", 1));
    em_url_init(&url, EM_MAX_URL);
    em_url_init(&base, EM_MAX_URL);
    em_url_init(&again, EM_MAX_URL);
    em_buf_init(&scratch, 9 * EM_MAX_URL + 64);
    bool relative =
        nul < input.len &&
        em_url_parse(&base, em_view_sub(input, nul + 1, input.len), NULL) == EM_OK;
    if (em_url_parse(&url, em_view_sub(input, 0, nul), relative ? &base : NULL) ==
        EM_OK) {
        check_parts(&url);
        check(em_url_parse(&again, em_url_href(&url), NULL) == EM_OK);
        check(em_view_eq(em_url_href(&url), em_url_href(&again)));
        unsigned rules = (unsigned)data[0] | (unsigned)data[1] << 8;
        if (em_url_normalise(&url, rules, &scratch) == EM_OK) {
            check_parts(&url);
            check(em_url_copy(&again, &url) == EM_OK);
            if (em_url_normalise(&again, rules, &scratch) == EM_OK)
                check(em_view_eq(em_url_href(&url), em_url_href(&again)));
        }
    }
    em_url_release(&url);
    em_url_release(&base);
    em_url_release(&again);
    em_buf_release(&scratch);
    return 0;
}
