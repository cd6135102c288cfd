/* SPDX-License-Identifier: Apache-2.0
 *
 * Decoded bodies of every HTTP response in the real archives against the SHA-1 that an
 * independent reader (warcio) found, row by row of truth-records.tsv. Every difference must
 * be in the table below with the reason why ours is right, or the test fails; so must an
 * explanation that no longer applies. Skipped where the shared assets are absent.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crawler/archive/archive.h"
#include "crawler/archive/coding.h"
#include "crawler/archive/digest.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    FILE_NAME,
    INDEX,
    OFFSET,
    TYPE,
    FORMAT,
    URI,
    DECODED = 18,
    SHA1 = 19,
    COLUMNS = 22
};
enum { MAX_ROWS = 8000, MAX_PATH = 4096 };

struct row {
    char *line;
    const char *column[COLUMNS];
    bool is_response, used;
};

static struct row rows[MAX_ROWS];
static size_t n_rows;
static char folder[MAX_PATH];

/* Where warcio is not followed: what is right instead, and why. */
static struct {
    const char *file;
    uint64_t record;  /* number in the file, from 0 */
    const char *sha1; /* of the right body */
    const char *why;
    bool used;
} explained[] = {
    {"derived/content-length-hex-record-2.warc", 2, "RY7PLBUFQNI2FFV5FTUQK72W6SNPXLQU",
     "warcio reads no block; this is the body of the file it was made from", false},
    {"derived/content-length-neg-record-2.warc", 2, "RY7PLBUFQNI2FFV5FTUQK72W6SNPXLQU",
     "the same", false},
    {"derived/no-content-length-record-2.warc", 2, "RY7PLBUFQNI2FFV5FTUQK72W6SNPXLQU",
     "warcio reads to the end of the file; the body ends before the next record", false},
    {"openpreserve+jhove/invalid-warcheaderfieldpolicy-11.warc", 0,
     "3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ", "the file ends after the record header", false},
    {"openpreserve+jhove/invalid-warcrecord-3.warc", 1,
     "ZJZPM5TYGII2P4AXKF6V6XTNM6HG2GZT",
     "Content-Length is 100 too large: warcio takes bytes of the next record", false},
    {"richardlehane+webarchive/hello-world.arc", 1, "WYVWAISQPIAHX4TVPQIXP2JHDTJB3D2K",
     "no blank line: warcio takes <HTML> for a header field", false},
    {"ukwa+webarchive-discovery/transfer_compression_brotli.warc", 2,
     "YXEHY6U7U5PWVRSVDUH5YGXNN6VV2JXL",
     "warcio had no brotli; this is what `brotli -d` gives", false},
    {"webrecorder+warcio/example-wrong-chunks.warc.gz", 0,
     "B2LTWWPUOYAH7UIPQ7ZUPQ4VMBSVC36A",
     "record split over gzip members; this is its WARC-Payload-Digest", false},
};
enum { EXPLAINED = sizeof(explained) / sizeof(explained[0]) };

static bool find_assets(void)
{
    FILE *pipe = popen("tests/assets.sh warc 2>/dev/null", "r");
    bool found = pipe && fgets(folder, sizeof(folder), pipe);
    folder[strcspn(folder, "\n")] = '\0';
    return (pipe && pclose(pipe) == 0) && found;
}

static void read_truth(void)
{
    char path[MAX_PATH + 32];
    snprintf(path, sizeof(path), "%s/truth-records.tsv", folder);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    char *line = NULL;
    size_t room = 0;
    while (n_rows < MAX_ROWS && getline(&line, &room, in) > 0) {
        struct row *row = &rows[n_rows];
        row->line = strdup(line);
        char *rest = row->line;
        for (int i = 0; i < COLUMNS; i++) {
            char *column = strsep(&rest, "\t\n");
            row->column[i] = column ? column : "";
        }
        row->is_response = strcasestr(row->column[TYPE], "response") &&
                           strncasecmp(row->column[URI], "http", 4) == 0;
        n_rows++;
    }
    free(line);
    fclose(in);
    assert_in_range(n_rows, 2, MAX_ROWS - 1);
}

struct tally {
    unsigned same, explained, different, more, missing;
};

/* The truth about the record: the row with the same stored offset, else the same number,
 * else the first unused one of the same URL (where one of us counts damage as a record). */
static struct row *find_row(struct row *first, struct row *end,
                            const struct em_record *record)
{
    struct row *by_number = NULL, *by_url = NULL;
    for (struct row *row = first; row < end; row++) {
        if (row->used || !row->is_response ||
            !em_view_eq(em_view_of(row->column[URI]), record->url))
            continue;
        if (strtoull(row->column[OFFSET], NULL, 10) == record->origin.offset)
            return row;
        if (strtoull(row->column[INDEX], NULL, 10) == record->origin.number)
            by_number = row;
        if (!by_url)
            by_url = row;
    }
    return by_number ? by_number : by_url;
}

/* The digest of the right body: the truth's, or that of the table. */
static const char *right_digest(const struct row *row, const struct em_record *record,
                                bool *from_table)
{
    *from_table = false;
    for (size_t i = 0; i < EXPLAINED; i++) {
        if (strcmp(explained[i].file, row->column[FILE_NAME]) != 0 ||
            explained[i].record != record->origin.number)
            continue;
        explained[i].used = strcmp(explained[i].sha1, row->column[SHA1]) != 0;
        *from_table = true;
        return explained[i].sha1;
    }
    return row->column[SHA1];
}

static void compare(struct tally *tally, struct em_coder *coder, const struct row *row,
                    const struct em_record *record)
{
    static struct em_http_head head;
    struct em_http_body body;
    char digest[64];
    enum em_digest_state state = EM_DIGEST_ABSENT;
    em_http_parse(record->block, &head);
    enum em_status status = em_http_decode(coder, &head, &body);
    bool from_table;
    snprintf(digest, sizeof(digest), "sha1:%s", right_digest(row, record, &from_table));
    if (status == EM_OK)
        assert_int_equal(em_digest_check(em_view_of(digest), body.body, &state), EM_OK);
    if (state == EM_DIGEST_OK) {
        tally->same += !from_table;
        tally->explained += from_table;
        return;
    }
    tally->different++;
    print_message("%s record %llu offset %llu %.*s: %s, %zu bytes (stored %zu) instead "
                  "of %s%s%s%s\n",
                  row->column[FILE_NAME], (unsigned long long)record->origin.number,
                  (unsigned long long)record->origin.offset, EM_VIEW_ARGS(record->url),
                  em_status_text(status), body.body.len, head.body.len,
                  row->column[DECODED], body.cut ? " truncated" : "",
                  body.as_is ? " as-is" : "", record->error ? record->error : "");
}

static bool is_lz4(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && strcmp(dot, ".lz4") == 0;
}

static void compare_file(struct tally *tally, struct em_coder *coder, struct row *first,
                         struct row *end)
{
    char path[2 * MAX_PATH];
    struct em_source_options options = {.keep_all = true};
    struct em_source *source;
    struct em_record record;
    snprintf(path, sizeof(path), "%s/%s", folder, first->column[FILE_NAME]);
    if (is_lz4(path)) /* refused by name */
        return;
    if (em_source_open(&source, path, &options, NULL) != EM_OK) {
        tally->different++;
        print_message("cannot open %s\n", path);
        return;
    }
    while (em_source_next(source, &record, NULL) == EM_OK) {
        if (record.type != EM_RECORD_RESPONSE && record.type != EM_RECORD_ARC)
            continue;
        if (!em_view_istarts(record.url, EM_VIEW("http")))
            continue;
        struct row *row = find_row(first, end, &record);
        if (row) {
            row->used = true;
            compare(tally, coder, row, &record);
        } else {
            tally->more++;
        }
    }
    em_source_free(source);
}

static void test_decoded_bodies_are_what_warcio_found(void **state)
{
    (void)state;
    if (!find_assets()) {
        print_message("skipped: no shared assets\n");
        skip();
    }
    read_truth();
    struct em_coder *coder;
    struct tally tally = {0};
    unsigned truth = 0;
    assert_int_equal(em_coder_new(&coder), EM_OK);
    for (size_t i = 1; i < n_rows;) {
        size_t end = i;
        while (end < n_rows &&
               strcmp(rows[end].column[FILE_NAME], rows[i].column[FILE_NAME]) == 0) {
            truth += rows[end].is_response;
            end++;
        }
        compare_file(&tally, coder, &rows[i], &rows[end]);
        i = end;
    }
    em_coder_free(coder);
    for (size_t i = 0; i < n_rows; i++) {
        if (rows[i].is_response && !rows[i].used) {
            tally.missing++;
            tally.different += !is_lz4(rows[i].column[FILE_NAME]);
        }
        free(rows[i].line);
    }
    print_message("decoded bodies: of %u responses %u the same, %u explained, %u in .lz4 "
                  "not read; %u more found\n",
                  truth, tally.same, tally.explained, tally.missing, tally.more);
    assert_int_equal(tally.different, 0);
    assert_int_equal(tally.same + tally.explained + tally.missing, truth);
    for (size_t i = 0; i < EXPLAINED; i++)
        if (!explained[i].used)
            fail_msg("no longer differs from warcio: %s", explained[i].file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decoded_bodies_are_what_warcio_found),
    };
    return cmocka_run_group_tests_name("decoded", tests, NULL, NULL);
}
