/* SPDX-License-Identifier: Apache-2.0
 *
 * Inputs that are no archive: known by their first bytes, and by their names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crawler/archive/foreign.h"
#include "crawler/archive/json_shape.h"

#include <string.h>

#define BYTES(text)                                                                      \
    {                                                                                    \
        text, sizeof(text) - 1                                                           \
    }

static void kinds_by_first_bytes(void **state)
{
    (void)state;
    static const struct {
        struct em_view head;
        const char *says;
    } cases[] = {
        {BYTES("\xFD"
               "7zXZ\0\0\4\xE6"),
         "xz -dc"},
        {BYTES("BZh9\x31\x41\x59\x26\x53\x59\1\2"), "bzip2 -dc"},
        {BYTES("BZh1\x17\x72\x45\x38\x50\x90\0\0"), "bzip2 -dc"}, /* empty */
        {BYTES("LZIP\1\x0C\0\1"), "lzip -dc"},
        {BYTES("\x04\x22\x4D\x18\x64"), "lz4 -dc"},
        {BYTES("\x1F\x9D\x90"), "uncompress -c"},
        {BYTES("\xFF\x06\0\0sNaPpY\1"), "framed snappy"},
        {BYTES("7z\xBC\xAF\x27\x1C\0\4"), "7-Zip"},
        {BYTES("Rar!\x1A\x07\1"), "RAR"},
        {BYTES("PK\x03\x04\x14\0"), "ZIP"},
        {BYTES("PK\x05\x06\0\0"), "empty ZIP"},
        {BYTES("ORC\x0A\0\2"), "ORC"},
        {BYTES("Obj\x01\4\x14"), "Avro"},
        {BYTES("ARROW1\0\0\xFF"), "Arrow"},
        {BYTES("SQLite format 3\0\x10"), "SQLite"},
        {BYTES("\x89HDF\r\n\x1A\n\0"), "HDF5"},
        {BYTES("version https://git-lfs.github.com/spec/v1\noid sha256:0"),
         "git lfs pull"},
        {BYTES("/annex/objects/SHA256E-s1--0"), "git annex get"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *what = em_foreign_kind(cases[i].head);
        if (!what || !strstr(what, cases[i].says))
            fail_msg("case %zu (%s): %s", i, cases[i].says, what ? what : "nothing");
    }
    char tar[512] = "name";
    memcpy(tar + 257, "ustar", 5);
    assert_non_null(strstr(em_foreign_kind(em_view_make(tar, sizeof(tar))), "tar -xf"));
    assert_null(em_foreign_kind(em_view_make(tar, 261))); /* the mark is cut */
}

static void texts_are_no_kind(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "ORC is a file format that many have heard of.",
        "BZh is no word.",
        "BZh9 is none either",
        "LZIP compresses.",
        "Rar! said the lion",
        "WARC/1.0\r\n",
        "Obj",
        "{\"text\": \"PK\"}",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (em_foreign_kind(em_view_of(texts[i])))
            fail_msg("'%s': %s", texts[i], em_foreign_kind(em_view_of(texts[i])));
    /* A level that is none, and a block's mark that is cut. */
    const struct em_view level = BYTES("BZh0\x31\x41\x59\x26\x53\x59");
    const struct em_view cut = BYTES("BZh9\x31\x41\x59");
    assert_null(em_foreign_kind(level));
    assert_null(em_foreign_kind(cut));
}

static void archives_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool any, arc, packed;
    } cases[] = {
        {"a.warc", true, false, false},
        {"a.WARC.GZ", true, false, false},
        {"dir/a.warc.wet.zst", true, false, false},
        {"a.wat.bz2", true, false, false},
        {"a.arc.gz", true, true, false},
        {"https://e.org/a.arc?x=.warc", true, true, false},
        {"https://e.org/get?file=a.warc", false, false, false},
        {"a?b.warc", true, false, false}, /* a local name has no query */
        {"a.parquet", false, false, true},
        {"s3://b/a.wacz?versionId=1", false, false, true},
        {"a.jsonl.gz", false, false, false},
        {".warc", false, false, false}, /* an ending is no name */
        {"warc", false, false, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct em_view name = em_view_of(cases[i].name);
        if (em_archive_named(name) != cases[i].any ||
            em_archive_named_arc(name) != cases[i].arc ||
            em_archive_named_packed(name) != cases[i].packed)
            fail_msg("'%s'", cases[i].name);
    }
}

static void what_is_in_place(void **state)
{
    (void)state;
    static const struct {
        struct em_view head;
        const char *says;
    } cases[] = {
        {BYTES("<?xml version='1.0'?><Error>"), "begins like XML"},
        {BYTES("\xEF\xBB\xBF <?XML"), "begins like XML"},
        {BYTES("\n <html>"), "like an HTML page"},
        {BYTES("{\"error\": 404}"), "like JSON"},
        {BYTES("Not found"), "like plain text"},
        {BYTES("\0\1\2\3\x80\xFF\0\0"), "no record begins"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (!strstr(em_foreign_in_place(cases[i].head), cases[i].says))
            fail_msg("%s: %s", cases[i].says, em_foreign_in_place(cases[i].head));
}

static void json_over_several_lines(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        bool lines;
    } cases[] = {
        {"{\n  \"text\": \"a b\",\n  \"n\": -1.5e+3\n}\n", true},
        {"\xEF\xBB\xBF\r\n{\r\n\"a\":\r\n[]}", true},
        {"{\"a\": [\n{\"b\": null},\n{}\n]}", true},
        {"{\"a\":1,\n\"b\":\"cut", true}, /* the head ends here */
        {"{\"a\":1,\n\"b\":\"cut\\", true},
        {"{\n", true},
        {"[\n {\"a\": \"}\\\"\"},\n {\"a\": 2}\n]", true},
        {"{\n}\n{\"a\":1}\n", true},
        {"{\"a\":\"\\n\"}\n{\"a\":1}\n", false},
        {"\n\n{\"a\":1}\n\n{\n\"a\":1}", false}, /* the first is a line */
        {"{\"a\":{},\n{\"a\":1}\n", false},      /* broken, then a line */
        {"{\"a\":\"b\n{\"a\":1}\n", false},
        {"{\"a\":\n}", false},
        {"{\"a\":1\n\"b\":2}", false},
        {"{\"a\":1,\n}", false},
        {"{\"a\":[1,\n]}", false},
        {"{\"a\":[1\n}", false},
        {"{\n\"a\",1}", false},
        {"[\n{\"a\":1}\n{\"a\":2}\n", false},
        {"{\n<p>", false},
        {"{\n1:2}", false},
        {"1\n2\n", false},
        {"\"a\"\n", false},
        {"]\n", false},
        {",\n", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (em_json_over_lines(em_view_of(cases[i].head)) != cases[i].lines)
            fail_msg("%s: not %d", cases[i].head, cases[i].lines);
    char deep[200] = "{\n\"a\":";
    size_t at = strlen(deep);
    memset(deep + at, '[', 63);
    assert_true(em_json_over_lines(em_view_make(deep, at + 63)));
    deep[at + 63] = '[';
    assert_false(em_json_over_lines(em_view_make(deep, at + 64)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_by_first_bytes),    cmocka_unit_test(texts_are_no_kind),
        cmocka_unit_test(archives_by_name),        cmocka_unit_test(what_is_in_place),
        cmocka_unit_test(json_over_several_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
