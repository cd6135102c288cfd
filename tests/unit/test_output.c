/* SPDX-License-Identifier: Apache-2.0
 *
 * Output files of commands: written beside their place and moved there when they are whole,
 * left out where the command fails, never over an input.
 */
#include "tests/unit/scratch.h"

#include "cli/cli.h"

#include <sys/stat.h>
#include <sys/wait.h>

static void file_write(const char *path, const char *text)
{
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
}

static void assert_file(const char *path, const char *text)
{
    char got[64] = "";
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    got[fread(got, 1, sizeof(got) - 1, in)] = '\0';
    fclose(in);
    assert_string_equal(got, text);
}

static void assert_no_part(const char *path)
{
    char part[4200];
    assert_true(strlen(path) < 4096);
    snprintf(part, sizeof(part), "%.4095s.part", path);
    assert_int_equal(access(part, F_OK), -1);
}

static FILE *output_begin(const char *path, const char *text)
{
    FILE *out = em_output_open(path);
    assert_non_null(out);
    fputs(text, out);
    fflush(out);
    return out;
}

static void what_was_there_stays_until_the_new_is_whole(void **state)
{
    char path[4096], part[4200];
    (void)state;
    file_write(scratch(path, "whole"), "old");
    snprintf(part, sizeof(part), "%s.part", path);
    FILE *out = output_begin(path, "new");
    assert_file(path, "old");
    assert_file(part, "new");
    assert_true(em_output_close(out, path));
    assert_file(path, "new");
    assert_no_part(path);
}

static void a_failed_command_leaves_what_was_there(void **state)
{
    char path[4096], none[4096];
    (void)state;
    file_write(scratch(path, "dropped"), "old");
    assert_true(em_output_end(output_begin(path, "new"), path, false));
    assert_file(path, "old");
    assert_no_part(path);
    scratch(none, "never");
    assert_true(em_output_end(output_begin(none, "new"), none, false));
    assert_int_equal(access(none, F_OK), -1);
    assert_no_part(none);
}

/* A process that ends without closing its outputs has failed. */
static void a_process_that_ends_early_leaves_no_part(void **state)
{
    char path[4096];
    int status;
    (void)state;
    file_write(scratch(path, "early"), "old");
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        FILE *out = em_output_open(path);
        exit(out && fputs("new", out) >= 0 && fflush(out) == 0 ? 7 : 8);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    assert_file(path, "old");
    assert_no_part(path);
}

static void links_and_modes_are_kept(void **state)
{
    char path[4096], link[4096];
    struct stat st;
    (void)state;
    file_write(scratch(path, "target"), "old");
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(symlink(path, scratch(link, "link")), 0);
    assert_true(em_output_close(output_begin(link, "new"), link));
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_file(path, "new");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
}

static void devices_are_written_as_they_are(void **state)
{
    (void)state;
    FILE *out = output_begin("/dev/null", "text");
    assert_no_part("/dev/null");
    assert_true(em_output_close(out, "/dev/null"));
    assert_int_equal(access("/dev/null", F_OK), 0);
    out = em_output_open("/dev/full");
    assert_non_null(out);
    fputs("text", out);
    assert_false(em_output_close(out, "/dev/full"));
}

static void no_name_is_standard_output(void **state)
{
    (void)state;
    assert_ptr_equal(em_output_open(NULL), stdout);
    assert_ptr_equal(em_output_open("-"), stdout);
    assert_true(em_output_close(stdout, NULL));
    assert_true(fflush(stdout) == 0); /* it was not closed */
}

static void a_place_that_cannot_be_written_is_none(void **state)
{
    char path[4096];
    (void)state;
    assert_null(em_output_open(scratch(path, "no/such/folder/file")));
}

/* More than are kept note of: the others are written in place, and all are whole. */
static void many_at_once(void **state)
{
    enum { MANY = 11 };
    char path[MANY][4096], name[16];
    FILE *out[MANY];
    (void)state;
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "many%d", i);
        out[i] = output_begin(scratch(path[i], name), name);
    }
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "many%d", i);
        assert_true(em_output_close(out[i], path[i]));
        assert_file(path[i], name);
        assert_no_part(path[i]);
    }
}

static void the_ending_says_how_it_is_compressed(void **state)
{
    char path[4096];
    unsigned char magic[2];
    (void)state;
    assert_true(em_output_close(output_begin(scratch(path, "text.gz"), "text"), path));
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    assert_int_equal(fread(magic, 1, 2, in), 2);
    fclose(in);
    assert_int_equal(magic[0], 0x1f);
    assert_int_equal(magic[1], 0x8b);
}

static void a_reader_that_has_gone_is_seen(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    FILE *out = fdopen(ends[1], "wb");
    assert_non_null(out);
    assert_false(em_output_unread(out));
    close(ends[0]);
    assert_true(em_output_unread(out));
    fclose(out);
}

static void inputs_are_not_written_over(void **state)
{
    char path[4096], link[4096], other[4096];
    struct em_inputs inputs = {.n = 0};
    struct em_err err = {.status = EM_OK};
    (void)state;
    file_write(scratch(path, "input.jsonl"), "{}\n");
    file_write(scratch(other, "other.jsonl"), "{}\n");
    assert_int_equal(symlink(path, scratch(link, "input-too.jsonl")), 0);
    assert_int_equal(em_inputs_add(&inputs, path, &err), EM_OK);
    assert_false(em_output_apart(path, &inputs));
    assert_false(em_output_apart(link, &inputs));
    assert_true(em_output_apart(other, &inputs));
    assert_true(em_output_apart("-", &inputs));
    assert_true(em_output_apart(NULL, &inputs));
    em_inputs_release(&inputs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_there_stays_until_the_new_is_whole),
        cmocka_unit_test(a_failed_command_leaves_what_was_there),
        cmocka_unit_test(a_process_that_ends_early_leaves_no_part),
        cmocka_unit_test(links_and_modes_are_kept),
        cmocka_unit_test(devices_are_written_as_they_are),
        cmocka_unit_test(no_name_is_standard_output),
        cmocka_unit_test(a_place_that_cannot_be_written_is_none),
        cmocka_unit_test(many_at_once),
        cmocka_unit_test(the_ending_says_how_it_is_compressed),
        cmocka_unit_test(a_reader_that_has_gone_is_seen),
        cmocka_unit_test(inputs_are_not_written_over),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
