/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* termios */
#include "cli/clean_review.h"

#include "base/alloc.h"
#include "base/json_read.h"
#include "cli/cli.h"
#include "cli/inputs.h"
#include "crawler/archive/archive.h"
#include "report/review.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* A line of passages/ has some 3 kB; a screen or an entry of the page four times that. */
enum { MAX_LIMIT = 1000000, MAX_ENTRY = 1 << 22, MAX_PATH_BYTES = 4096 };

struct review {
    const struct em_clean_review *options;
    struct em_json_reader *json;
    char **lines; /* owned: the first `limit` that are wanted */
    size_t n, cap;
    uint64_t of; /* that there are */
};

/* --- reading --------------------------------------------------------------------------- */

static enum em_status take_line(struct review *r, struct em_view line)
{
    char wanted[64];
    if (r->options->reason) {
        snprintf(wanted, sizeof(wanted), "{\"reason\":\"%.40s\",", r->options->reason);
        if (!em_view_starts(line, em_view_of(wanted)))
            return EM_OK;
    }
    r->of++;
    if (r->n == r->options->limit)
        return EM_OK;
    if (r->n == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 64;
        void *grown = em_realloc_array(r->lines, cap, sizeof(r->lines[0]));
        if (!grown)
            return EM_ERR_NOMEM;
        r->lines = grown;
        r->cap = cap;
    }
    r->lines[r->n] = em_strndup(line.data, line.len);
    return r->lines[r->n++] ? EM_OK : EM_ERR_NOMEM;
}

static enum em_status take_file(struct review *r, const char *path, struct em_err *err)
{
    const struct em_source_options options = {.keep_all = false};
    struct em_source *source;
    struct em_record record;
    EM_TRY(em_source_open(&source, path, &options, err));
    enum em_status status;
    while ((status = em_source_next(source, &record, err)) == EM_OK)
        if (record.type == EM_RECORD_JSON && (status = take_line(r, record.block)) < 0)
            break;
    em_source_free(source);
    return status == EM_END ? EM_OK : status;
}

static enum em_status read_passages(struct review *r, struct em_err *err)
{
    struct em_inputs inputs = {.paths = NULL};
    char folder[MAX_PATH_BYTES];
    struct stat st;
    snprintf(folder, sizeof(folder), "%.4000s/passages", r->options->dir);
    if (stat(folder, &st) != 0)
        return em_fail(err, EM_ERR_NOTFOUND, "clean",
                       "'%s' is no result of clean: it has no passages/",
                       r->options->dir);
    enum em_status status = em_inputs_add(&inputs, folder, err);
    for (size_t i = 0; i < inputs.n && status == EM_OK; i++)
        status = take_file(r, inputs.paths[i], err);
    em_inputs_release(&inputs);
    return status;
}

/* Views last until the next entry. EM_AGAIN where the line is none of ours. */
static enum em_status read_entry(struct review *r, size_t i, struct em_review *e)
{
    int64_t offset = 0;
    *e = (struct em_review){.value = 0};
    enum em_status status = em_json_reader_parse(r->json, em_view_of(r->lines[i]), NULL);
    if (status < 0)
        return status == EM_ERR_NOMEM ? status : EM_AGAIN;
    struct {
        const char *name;
        struct em_view *to;
    } fields[] = {{"reason", &e->reason},   {"what", &e->what},
                  {"item", &e->item},       {"done", &e->done},
                  {"id", &e->id},           {"url", &e->url},
                  {"file", &e->file},       {"before", &e->before},
                  {"passage", &e->passage}, {"after", &e->after}};
    for (size_t k = 0; k < sizeof(fields) / sizeof(fields[0]); k++)
        if (!em_json_get_string(r->json, fields[k].name, fields[k].to))
            *fields[k].to = EM_VIEW_NONE;
    if (!em_json_get_double(r->json, "value", &e->value))
        e->value = 0;
    em_json_get_i64(r->json, "offset", &offset);
    e->offset = (uint64_t)offset;
    return EM_OK;
}

/* --- showing --------------------------------------------------------------------------- */

static enum em_status show(struct review *r, struct em_buf *out, size_t i, bool colour)
{
    struct em_review entry;
    em_buf_clear(out);
    enum em_status status = read_entry(r, i, &entry);
    if (status == EM_AGAIN)
        return em_buf_printf(out, "(a line that cannot be read)\n\n");
    return status < 0 ? status : em_review_text(out, &entry, i + 1, r->of, colour);
}

static enum em_status print_list(struct review *r)
{
    struct em_buf out;
    em_buf_init(&out, MAX_ENTRY);
    enum em_status status = EM_OK;
    for (size_t i = 0; i < r->n && status == EM_OK; i++) {
        status = show(r, &out, i, false);
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
static enum em_status page_through(struct review *r)
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
        status = show(r, &out, at, true);
        if (status < 0)
            break;
        fputs("\033[2J\033[H", stdout);
        fwrite(out.data, 1, out.len, stdout);
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

static enum em_status write_html(struct review *r)
{
    struct em_buf out;
    struct em_review entry;
    FILE *file = em_output_open(r->options->html);
    if (!file)
        return EM_ERR_IO;
    em_buf_init(&out, MAX_ENTRY);
    enum em_status status = em_review_html_begin(&out, r->options->dir, r->n, r->of);
    for (size_t i = 0; i <= r->n && status == EM_OK; i++) {
        fwrite(out.data ? out.data : "", 1, out.len, file);
        em_buf_clear(&out);
        if (i < r->n) {
            status = read_entry(r, i, &entry);
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
    return em_output_close(file, r->options->html) ? status : EM_ERR_IO;
}

int em_clean_review(const struct em_clean_review *options)
{
    struct review r = {.options = options};
    struct em_err err = {.status = EM_OK};
    if (options->limit > MAX_LIMIT) {
        em_error("clean: --limit is at most %d", MAX_LIMIT);
        return EM_EXIT_USAGE;
    }
    enum em_status status = em_json_reader_new(&r.json);
    if (status == EM_OK)
        status = read_passages(&r, &err);
    if (status == EM_OK && options->html)
        status = write_html(&r);
    else if (status == EM_OK && r.n == 0)
        em_error("nothing was found");
    else if (status == EM_OK && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
        status = page_through(&r);
    else if (status == EM_OK)
        status = print_list(&r);
    if (status < 0) {
        if (err.status == EM_OK)
            em_fail(&err, status, "clean", "%s", em_status_text(status));
        em_error_report("clean", &err);
    }
    for (size_t i = 0; i < r.n; i++)
        em_free(r.lines[i]);
    em_free(r.lines);
    em_json_reader_free(r.json);
    return status < 0 ? EM_EXIT_FAILED : EM_EXIT_OK;
}
