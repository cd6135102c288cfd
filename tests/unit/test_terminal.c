/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

static const struct {
    const char *text, *shown;
} cases[] = {
    {"plain\ttext\n", "plain\ttext\n"},
    {"\x1b]0;owned\x07!", "\\u001b]0;owned\\u0007!"},
    {"a\rb\bc\x7f", "a\\u000db\\u0008c\\u007f"},
    /* CSI of the C1 set: as UTF-8, and as the byte itself. */
    {"\xC2\x9B"
     "2J",
     "\\u009b2J"},
    {"\x9B"
     "2J",
     "\\x9b2J"},
    {"\xC2\xA0\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80",
     "\xC2\xA0\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"},
    {"\xEF\xBF\xBD", "\xEF\xBF\xBD"},
    /* Overlong, surrogate, cut short: no UTF-8, byte for byte. */
    {"\xC0\x9B", "\\xc0\\x9b"},
    {"\xE0\x80\x9B", "\\xe0\\x80\\x9b"},
    {"\xED\xA0\x80.", "\\xed\\xa0\\x80."},
    {"\xE2\x82", "\\xe2\\x82"},
    {"\xE2\x82\x1b", "\\xe2\\x82\\u001b"},
    {"\xF0\x9F\x98\xC2\x9B", "\\xf0\\x9f\\x98\\u009b"},
};
enum { N_CASES = sizeof(cases) / sizeof(cases[0]) };

static void test_escape(void **state)
{
    (void)state;
    struct em_buf out;
    em_buf_init(&out, 1000);
    for (size_t i = 0; i < N_CASES; i++) {
        em_buf_clear(&out);
        assert_int_equal(em_terminal_escape(&out, em_view_of(cases[i].text)), EM_OK);
        assert_string_equal(out.data, cases[i].shown);
    }
    em_buf_clear(&out);
    assert_int_equal(em_terminal_escape(&out, em_view_make("\0", 1)), EM_OK);
    assert_string_equal(out.data, "\\u0000");
    assert_int_equal(em_terminal_escape(&out, EM_VIEW_NONE), EM_OK);
    em_buf_release(&out);
}

/* A terminal that changes nothing on its way; its other end into *fd. */
static FILE *open_terminal(int *fd)
{
    struct termios raw;
    *fd = posix_openpt(O_RDWR | O_NOCTTY);
    if (*fd < 0 || grantpt(*fd) != 0 || unlockpt(*fd) != 0)
        return NULL;
    int end = open(ptsname(*fd), O_RDWR | O_NOCTTY);
    if (end < 0)
        return NULL;
    assert_int_equal(tcgetattr(end, &raw), 0);
    raw.c_oflag &= (tcflag_t)~OPOST;
    assert_int_equal(tcsetattr(end, TCSANOW, &raw), 0);
    return fdopen(end, "w");
}

static void assert_arrives(int fd, const char *want)
{
    char got[200];
    size_t n = 0;
    while (n < strlen(want)) {
        ssize_t more = read(fd, got + n, sizeof(got) - 1 - n);
        assert_true(more > 0);
        n += (size_t)more;
    }
    got[n] = '\0';
    assert_string_equal(got, want);
}

/* However the text is cut into writes. */
static void test_stream(void **state)
{
    (void)state;
    int fd;
    FILE *terminal = open_terminal(&fd);
    if (!terminal)
        skip();
    FILE *out = em_terminal_over(terminal);
    assert_ptr_not_equal(out, terminal);
    for (size_t i = 0; i < N_CASES; i++) {
        for (const char *p = cases[i].text; *p; p++) {
            fputc(*p, out);
            fflush(out);
        }
        fputs("|", out);
        fflush(out);
        char want[200];
        snprintf(want, sizeof(want), "%s|", cases[i].shown);
        assert_arrives(fd, want);
    }
    em_terminal_own(out, "\x1b[0m");
    fputs("\x1b[0m\xE2\x82", out);
    /* What is left of a character is shown at the end; read first, closing hangs up. */
    fflush(out);
    assert_arrives(fd, "\x1b[0m\\u001b[0m");
    assert_int_equal(fclose(out), 0);
    close(fd);
}

static void test_no_terminal(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    char got[8] = "";
    assert_non_null(file);
    assert_ptr_equal(em_terminal_over(file), file);
    em_terminal_own(file, "\x1b[0m");
    rewind(file);
    assert_int_equal(fread(got, 1, sizeof(got), file), 4);
    assert_string_equal(got, "\x1b[0m");
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_no_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
