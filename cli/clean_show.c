/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* termios */
#include "cli/clean_show.h"

#include "base/terminal.h"
#include "cli/cli.h"
#include "pipeline/clean/clean_compare.h"
#include "pipeline/clean/clean_review.h"
#include "report/comparison.h"
#include "report/review.h"

#include <termios.h>
#include <unistd.h>

/* A line of passages/ has some 3 kB; a screen or an entry of the page four times that. */
enum { MAX_ENTRY = 1 << 22, MAX_COMPARISON = 1 << 26 };

struct shown {
    struct em_clean_review *review;
    size_t n;
    uint64_t of; /* that there are */
};

static int report_failure(enum em_status status, struct em_err *err)
{
    if (status >= 0)
        return EM_EXIT_OK;
    if (err->status == EM_OK)
        em_fail(err, status, "clean", "%s", em_status_text(status));
    em_error_report("clean", err);
    return EM_EXIT_FAILED;
}

static enum em_status show_entry(const struct shown *r, struct em_buf *out, size_t i,
                                 bool colour)
{
    struct em_review entry;
    em_buf_clear(out);
    enum em_status status = em_clean_review_get(r->review, i, &entry);
    if (status == EM_AGAIN)
        return em_buf_printf(out, "(a line that cannot be read)\n\n");
    return status < 0 ? status : em_review_text(out, &entry, i + 1, r->of, colour);
}

static enum em_status print_list(const struct shown *r)
{
    struct em_buf out;
    em_buf_init(&out, MAX_ENTRY);
    enum em_status status = EM_OK;
    for (size_t i = 0; i < r->n && status == EM_OK; i++) {
        status = show_entry(r, &out, i, false);
        if (status == EM_OK && fwrite(out.data, 1, out.len, stdout) != out.len)
            status = EM_ERR_IO;
    }
    em_buf_release(&out);
    if (r->of > r->n)
        em_error("%llu of %llu shown (--limit)", (unsigned long long)r->n,
                 (unsigned long long)r->of);
    return status;
}

static size_t next_place(size_t at, size_t n, int key)
{
    switch (key) {
    case ' ':
    case 'n':
    case 'j':
    case '\n':
        return at + 1 < n ? at + 1 : at;
    case 'b':
    case 'p':
    case 'k':
        return at > 0 ? at - 1 : 0;
    case 'g':
        return 0;
    case 'G':
        return n - 1;
    default:
        return at;
    }
}

/* Keys one by one, without their being shown; the terminal is as it was afterwards. */
static enum em_status page_through(const struct shown *r)
{
    struct termios before, keys;
    struct em_buf out;
    size_t at = 0;
    em_buf_init(&out, MAX_ENTRY);
    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return print_list(r);
    keys = before;
    keys.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
    tcsetattr(STDIN_FILENO, TCSANOW, &keys);
    enum em_status status = EM_OK;
    while (status == EM_OK) {
        status = show_entry(r, &out, at, true);
        if (status < 0)
            break;
        em_terminal_own(stdout, "\033[2J\033[H");
        em_terminal_own(stdout, out.data);
        fputs("[space, n: next  b: back  g, G: first, last  q: quit] ", stdout);
        fflush(stdout);
        int key = getchar();
        if (key == 'q' || key == EOF || key == 3 || key == 4)
            break;
        at = next_place(at, r->n, key);
    }
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
    putchar('\n');
    em_buf_release(&out);
    return status;
}

static enum em_status write_html(const struct shown *r, const char *dir, const char *html)
{
    struct em_buf out;
    struct em_review entry;
    FILE *file = em_output_open(html);
    if (!file)
        return EM_ERR_IO;
    em_buf_init(&out, MAX_ENTRY);
    enum em_status status = em_review_html_begin(&out, dir, r->n, r->of);
    for (size_t i = 0; i <= r->n && status == EM_OK; i++) {
        fwrite(out.data ? out.data : "", 1, out.len, file);
        em_buf_clear(&out);
        if (i < r->n) {
            status = em_clean_review_get(r->review, i, &entry);
            status = status == EM_AGAIN ? EM_OK
                     : status < 0       ? status
                                        : em_review_html(&out, &entry);
        }
        if (i == r->n)
            status = em_review_html_end(&out);
    }
    if (status == EM_OK)
        fwrite(out.data, 1, out.len, file);
    em_buf_release(&out);
    return em_output_end(file, html, status >= 0) ? status : EM_ERR_IO;
}

int em_clean_show_review(const struct em_clean_show *options)
{
    struct shown r = {.review = NULL};
    struct em_err err = {.status = EM_OK};
    if (options->limit > EM_CLEAN_REVIEW_MAX) {
        em_error("clean: --limit is at most %d", EM_CLEAN_REVIEW_MAX);
        return EM_EXIT_USAGE;
    }
    enum em_status status = em_clean_review_read(&r.review, options->dir, options->reason,
                                                 options->limit, &err);
    if (status == EM_OK)
        r.n = em_clean_review_size(r.review, &r.of);
    if (status == EM_OK && options->html)
        status = write_html(&r, options->dir, options->html);
    else if (status == EM_OK && r.n == 0)
        em_error("nothing was found");
    else if (status == EM_OK && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
        status = page_through(&r);
    else if (status == EM_OK)
        status = print_list(&r);
    em_clean_review_free(r.review);
    return report_failure(status, &err);
}

int em_clean_show_comparison(const char *a, const char *b, bool json)
{
    struct em_err err = {.status = EM_OK};
    struct em_comparison *c;
    struct em_buf out;
    em_buf_init(&out, MAX_COMPARISON);
    enum em_status status = em_clean_compare(&c, a, b, &err);
    if (status == EM_OK)
        status = json ? em_comparison_json(&out, c) : em_comparison_text(&out, c);
    if (status == EM_OK && fwrite(out.data, 1, out.len, stdout) != out.len)
        status = EM_ERR_IO;
    em_buf_release(&out);
    em_clean_comparison_free(c);
    return report_failure(status, &err);
}
