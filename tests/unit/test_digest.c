/* SPDX-License-Identifier: Apache-2.0
 *
 * Declared digests in every algorithm and spelling, of "abc" (FIPS 180-4, RFC 1321).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crawler/archive/digest.h"

static const struct {
    const char *declared;
    enum em_digest_state state;
} cases[] = {
    {"sha1:A9993E364706816ABA3E25717850C26C9CD0D89D", EM_DIGEST_OK},
    {"SHA1:a9993e364706816aba3e25717850c26c9cd0d89d", EM_DIGEST_OK},
    {"sha-1: VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5", EM_DIGEST_OK},
    {"sha1:vgmt4nsha2awvor6evyxqugcnsonbwe5", EM_DIGEST_OK},
    {"sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE6", EM_DIGEST_BAD},
    {"md5:900150983CD24FB0D6963F7D28E17F72", EM_DIGEST_OK},
    {"MD5:900150983cd24fb0d6963f7d28e17f72", EM_DIGEST_OK},
    {"md5:900150983cd24fb0d6963f7d28e17f73", EM_DIGEST_BAD},
    {"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
     EM_DIGEST_OK},
    {"sha-256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ae",
     EM_DIGEST_BAD},
    {"sha512:"
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a8"
     "36ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
     EM_DIGEST_OK},
    {"crc32:352441c2", EM_DIGEST_ABSENT},
    {"", EM_DIGEST_ABSENT},
    {"A9993E364706816ABA3E25717850C26C9CD0D89D", EM_DIGEST_ABSENT},
};

static void test_spellings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum em_digest_state got;
        assert_int_equal(
            em_digest_check(em_view_of(cases[i].declared), EM_VIEW("abc"), &got), EM_OK);
        if (got != cases[i].state)
            print_message("%s\n", cases[i].declared);
        assert_int_equal(got, cases[i].state);
    }
}

/* Cut or lengthened values are never taken for a match. */
static void test_other_lengths(void **state)
{
    (void)state;
    static const char whole[] = "sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5AAAAAAAA";
    for (size_t len = 5; len < sizeof(whole); len++) {
        enum em_digest_state got;
        assert_int_equal(em_digest_check(em_view_make(whole, len), EM_VIEW("abc"), &got),
                         EM_OK);
        assert_int_equal(got == EM_DIGEST_OK, len == 37);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spellings),
        cmocka_unit_test(test_other_lengths),
    };
    return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
