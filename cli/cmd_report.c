/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer report`: what an index holds as one page for people.
 */
#include "base/date.h"
#include "base/json_read.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "pipeline/scan/echo_text.h"
#include "report/collect.h"
#include "report/html.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_SHOWN = 64 }; /* arguments of the command line on the page */

struct arguments {
    const char *dir, *from, *summary, *output, *model;
    bool json, no_text, quiet;
};

/* SOURCE_DATE_EPOCH (reproducible-builds.org) stands for the clock where it is set. */
static int64_t now(void)
{
    unsigned long long seconds = (unsigned long long)time(NULL);
    const char *fixed = getenv("SOURCE_DATE_EPOCH");
    if (fixed && !em_view_u64(em_view_of(fixed), &seconds))
        seconds = 0;
    return (int64_t)seconds;
}

static enum em_status put_time(struct em_buf *out)
{
    char text[24];
    em_date_format(now(), text);
    return em_buf_append_view(out, em_view_of(text));
}

static enum em_status put_command(struct em_buf *out, int argc, char **argv)
{
    EM_TRY(em_buf_printf(out, "echometer"));
    for (int i = 0; i < argc; i++)
        EM_TRY(em_buf_printf(out, strpbrk(argv[i], " \t\n'\"\\$*?") ? " '%s'" : " %s",
                             argv[i]));
    return EM_OK;
}

/* --- where the data come from ------------------------------------------------------------------ */

static bool echo_words(void *context, const struct em_echo *echo, struct em_buf *out)
{
    return em_echo_read(context, echo, out);
}

static enum em_status from_index(struct em_report_parts *p, const struct arguments *a,
                                 struct em_err *err)
{
    struct em_echo_reader *reader;
    EM_TRY(em_echo_reader_new(&reader, NULL, err));
    const struct em_report_from from = {.dir = a->dir,
                                        .model = a->model,
                                        .now = now(),
                                        .words = a->no_text ? NULL : echo_words,
                                        .context = reader};
    enum em_status status = em_report_collect(p, &from, err);
    em_echo_reader_free(reader);
    return status;
}

static enum em_status check_json(struct em_view text, const char *file,
                                 struct em_err *err)
{
    struct em_json_reader *reader;
    EM_TRY(em_json_reader_new(&reader));
    enum em_status status = em_json_reader_parse(reader, text, err);
    text = em_view_trim(text);
    if (status == EM_OK && (text.len == 0 || text.data[0] != '{'))
        status =
            em_fail(err, EM_ERR_FORMAT, "report", "'%s' does not hold an object", file);
    em_json_reader_free(reader);
    return status;
}

/* The last line: `scan` writes messages before its summary. */
static enum em_status read_summary(struct em_buf *out, const char *file,
                                   struct em_err *err)
{
    struct em_buf all;
    em_buf_init(&all, EM_MAX_RESULT);
    enum em_status status = em_read_file(file, &all, err);
    if (status == EM_OK) {
        struct em_view text = em_view_trim(em_buf_view(&all));
        size_t start = text.len;
        while (start > 0 && text.data[start - 1] != '\n')
            start--;
        text = em_view_sub(text, start, text.len);
        status = check_json(text, file, err);
        if (status == EM_OK)
            status = em_buf_append_view(out, text);
    }
    em_buf_release(&all);
    return status;
}

static enum em_status collect(struct em_buf *data, const struct arguments *a, int argc,
                              char **argv, struct em_err *err)
{
    struct em_report_parts p;
    if (a->from) {
        EM_TRY(em_read_file(a->from, data, err));
        return check_json(em_buf_view(data), a->from, err);
    }
    em_report_parts_init(&p);
    enum em_status status = put_time(&p.bufs[EM_REPORT_MADE]);
    if (status == EM_OK)
        status = put_command(&p.bufs[EM_REPORT_COMMAND], argc, argv);
    if (status == EM_OK)
        status = em_buf_append_view(&p.bufs[EM_REPORT_SOURCE],
                                    em_view_of(a->dir ? a->dir : a->summary));
    if (status == EM_OK)
        status = a->dir ? from_index(&p, a, err)
                        : read_summary(&p.bufs[EM_REPORT_SUMMARY], a->summary, err);
    if (status == EM_OK)
        status = em_report_parts_write(data, &p);
    em_report_parts_release(&p);
    return status;
}

static int run_report(const struct arguments *a, int argc, char **argv)
{
    struct em_buf data, page;
    struct em_err err = {.status = EM_OK};
    FILE *out = NULL;
    em_buf_init(&data, EM_MAX_RESULT);
    em_buf_init(&page, EM_MAX_RESULT);
    enum em_status status = collect(&data, a, argc, argv, &err);
    if (status == EM_OK)
        status = a->json ? em_buf_append_view(&page, em_buf_view(&data))
                         : em_report_html(&page, em_buf_view(&data));
    if (status < 0) {
        if (err.status == EM_OK)
            em_fail(&err, status, "report", "%s", em_status_text(status));
        em_error_report("report", &err);
    } else if ((out = em_output_open(a->output)) != NULL) {
        fwrite(page.data, 1, page.len, out);
        if (!em_output_close(out, a->output))
            status = EM_ERR_IO;
        else if (!a->quiet && a->output && !a->json)
            em_error("report: %s, %zu kB%s", a->output, (page.len + 512) / 1024,
                     em_report_has_charts()
                         ? ""
                         : "; tables only: built without libjs-chart.js");
    }
    em_buf_release(&data);
    em_buf_release(&page);
    return out && status == EM_OK ? EM_EXIT_OK : EM_EXIT_FAILED;
}

static int cmd_report_run(int argc, char **argv)
{
    struct arguments a = {.dir = NULL};
    const struct em_option options[] = {
        {EM_OPT_STRING, 0, "index", &a.dir, "DIR", "Report on the index in this folder."},
        {EM_OPT_STRING, 0, "summary", &a.summary, "FILE",
         "Report on one scan without an index: read what `scan --summary json` wrote to "
         "standard error."},
        {EM_OPT_STRING, 0, "from", &a.from, "FILE",
         "Make the page from data that --json wrote to this file."},
        {EM_OPT_STRING, 'o', "output", &a.output, "FILE",
         "Write the page to this file instead of standard output."},
        {EM_OPT_STRING, 0, "model", &a.model, "NAME",
         "Show the verdicts of this model when the index has several (default: the model "
         "with most documents)."},
        {EM_OPT_FLAG, 0, "no-text", &a.no_text, NULL,
         "Do not read the words of echoes from the inputs again."},
        {EM_OPT_FLAG, 0, "json", &a.json, NULL,
         "Print the data of the page as one JSON object instead of the page."},
        {EM_OPT_FLAG, 'q', "quiet", &a.quiet, NULL, "Print no message at the end."},
        EM_OPTIONS_END,
    };
    /* Parsing moves operands about; the page shows the command as it was given. */
    char *line[MAX_SHOWN];
    int operands, given = argc < MAX_SHOWN ? argc : MAX_SHOWN;
    for (int i = 0; i < given; i++)
        line[i] = argv[i];
    int code = em_options_parse(&cmd_report, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    if (operands || (a.dir != NULL) + (a.summary != NULL) + (a.from != NULL) != 1)
        return em_usage_error(
            &cmd_report,
            operands ? "no arguments are accepted; name the index with --index DIR"
                     : "missing --index DIR (or --summary FILE, or --from FILE)");
    return run_report(&a, given, line);
}

const struct em_command cmd_report = {
    .meters = true,
    .name = "report",
    .arguments = "--index DIR -o FILE",
    .summary = "write what an index holds as one self-contained HTML page",
    .description = "The page shows the share of machine-written text with its interval "
                   "and the zero check, by\n"
                   "month, language and site; echoes; passages of known model output; "
                   "what was left out; and\n"
                   "how it was measured. It is one file, loads nothing from elsewhere "
                   "and can be printed.\n"
                   "\n"
                   "  echometer report --index idx -o report.html\n"
                   "  echometer scan --summary json dump/ 2> scan.json > /dev/null\n"
                   "  echometer report --summary scan.json -o report.html\n"
                   "  echometer report --index idx --json | jq .overview",
    .run = cmd_report_run,
};
