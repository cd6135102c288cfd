/* SPDX-License-Identifier: Apache-2.0
 *
 * Damage that only a digest shows: a scan that verifies notes it, of the block and of the
 * payload, and one that does not says nothing.
 */
#include "tests/unit/scratch.h"

#include "base/file.h"
#include "pipeline/scan/scan.h"

static const char block[] =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nA page.\n";

static void write_record(const char *path, const char *digest)
{
    char text[1024];
    snprintf(text, sizeof(text),
             "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.test/\r\n"
             "WARC-Date: 2026-01-01T00:00:00Z\r\n"
             "WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000001>\r\n"
             "Content-Type: application/http; msgtype=response\r\n%s"
             "Content-Length: %zu\r\n\r\n%s\r\n\r\n",
             digest, sizeof(block) - 1, block);
    assert_int_equal(em_file_write(path, em_view_of(text), NULL), EM_OK);
}

static void take_damage(void *context, const char *file, uint64_t offset,
                        const char *reason)
{
    char *said = context;
    (void)file;
    if (offset != EM_SCAN_WHOLE)
        snprintf(said + strlen(said), 200 - strlen(said), "%s;", reason);
}

static uint64_t scan(const char *path, bool verify, char said[200])
{
    struct em_summary summary;
    struct em_err err = {.status = EM_OK};
    const struct em_scan_options options = {.files = &path,
                                            .n_files = 1,
                                            .threads = 1,
                                            .source = {.verify = verify},
                                            .damage = take_damage,
                                            .context = said};
    said[0] = '\0';
    assert_int_equal(em_scan_run(&options, &summary, &err), EM_OK);
    assert_int_equal(summary.records, 1);
    return summary.damaged;
}

static void digests_that_do_not_match_are_damage(void **state)
{
    /* "A page.\n" has another sha1 than the empty string. */
    static const struct {
        const char *digest, *said;
    } cases[] = {{"", ""},
                 {"WARC-Payload-Digest: sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ\r\n",
                  "payload digest does not match;"},
                 {"WARC-Block-Digest: sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ\r\n",
                  "block digest does not match;"},
                 {"WARC-Block-Digest: sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ\r\n"
                  "WARC-Payload-Digest: sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ\r\n",
                  "block digest does not match;"}};
    char path[4096], said[200];
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        write_record(scratch(path, "a.warc"), cases[i].digest);
        assert_int_equal(scan(path, true, said), cases[i].said[0] != '\0');
        assert_string_equal(said, cases[i].said);
        assert_int_equal(scan(path, false, said), 0);
        assert_string_equal(said, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_that_do_not_match_are_damage),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
