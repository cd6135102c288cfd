/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer crawl`: a polite live crawl into WARC files, scanned as it goes.
 */
#include "base/alloc.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/terminal.h"
#include "cli/commands.h"
#include "cli/config_options.h"
#include "cli/crawl_options.h"
#include "cli/crawl_scan.h"
#include "report/crawl_text.h"
#include "crawler/archive/inputs.h"
#include "cli/stop.h"
#include "cli/models.h"
#include "base/clock.h"
#include "report/summary.h"

#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Without a terminal a line of progress is for a log. */
#define LINE_SECONDS 10.0

struct live {
    const struct em_crawl_arguments *arguments;
    struct em_crawl_scan *scan;
    struct em_crawl_metrics *metrics;
    struct em_buf line;
    bool terminal, shown;
    double last;
};

static void clear_line(struct live *live)
{
    if (live->shown)
        em_terminal_own(stderr, "\r\033[K");
    live->shown = false;
}

static void show_progress(void *context, const struct em_crawl_stats *stats)
{
    struct live *live = context;
    double now = em_clock_now();
    em_crawl_metrics_set(live->metrics, stats, false);
    if (live->arguments->quiet || (!live->terminal && !live->arguments->progress) ||
        (!live->terminal && now - live->last < LINE_SECONDS))
        return;
    live->last = now;
    em_buf_clear(&live->line);
    if (em_crawl_line(&live->line, stats) < 0)
        return;
    if (live->terminal)
        em_terminal_own(stderr, "\r\033[K");
    fprintf(stderr, "%s%s", live->line.data, live->terminal ? "" : "\n");
    fflush(stderr);
    live->shown = live->terminal;
}

static enum em_status file_closed(void *context, const char *path, struct em_err *err)
{
    struct live *live = context;
    return em_crawl_scan_give(live->scan, path, err);
}

static bool scan_busy(void *context)
{
    struct live *live = context;
    return em_crawl_scan_busy(live->scan);
}

/* --- the parts -------------------------------------------------------------------------------- */

static enum em_status load_model(const struct em_crawl_arguments *a,
                                 struct em_model **model, struct em_err *err)
{
    *model = NULL;
    if (!a->index && a->crawl.frontier.focus.focus != EM_FOCUS_SYNTHETIC)
        return EM_OK;
    return em_models_load("crawl", a->model, true, model, err);
}

/* The text of a summary to standard error. */
static void print(enum em_status status, struct em_buf *text)
{
    if (status == EM_OK)
        fwrite(text->data, 1, text->len, stderr);
}

static void print_summary(const struct em_crawl_arguments *a,
                          const struct em_crawl_stats *stats,
                          const struct em_crawl_scan *scan, const struct em_model *model)
{
    bool json = a->summary && strcmp(a->summary, "json") == 0;
    struct em_buf text;
    em_buf_init(&text, 4 * EM_MIB);
    print(json ? em_crawl_json(&text, stats, true) : em_crawl_text(&text, stats, true),
          &text);
    em_buf_clear(&text);
    if (a->index)
        print(json ? em_report_json(&text, &scan->total, em_model_id(model),
                                    scan->threads, EM_VIEW_NONE)
                   : em_report_text(&text, &scan->total, model, 0),
              &text);
    em_buf_release(&text);
}

/* Each connection is a descriptor, and those of hosts that wait for their turn stay open. */
static void allow_descriptors(const struct em_crawl_arguments *a)
{
    struct rlimit files;
    rlim_t wanted = 2 * (rlim_t)a->connections + 1024;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= wanted)
        return;
    files.rlim_cur = files.rlim_max < wanted ? files.rlim_max : wanted;
    (void)setrlimit(RLIMIT_NOFILE, &files);
}

/* A run that fetched no page has failed, and says why. */
static void tell_nothing(const struct em_crawl_stats *stats)
{
    struct em_buf text;
    em_buf_init(&text, EM_MIB);
    if (em_crawl_nothing(&text, stats) == EM_OK)
        em_error("crawl: %.*s", EM_VIEW_ARGS(em_buf_view(&text)));
    em_buf_release(&text);
}

static int run_crawl(struct em_crawl_arguments *a, const struct em_model *model,
                     struct em_refs_sets *refs)
{
    struct em_err err = {.status = EM_OK};
    struct em_crawl_stats stats = {.pages = 0};
    struct em_crawl_metrics metrics;
    struct em_crawl_scan scan = {.index = a->index,
                                 .verdicts = a->verdicts,
                                 .model = model,
                                 .refs = refs,
                                 .threads = a->crawl.threads};
    struct live live = {.arguments = a,
                        .scan = &scan,
                        .metrics = &metrics,
                        .terminal = isatty(STDERR_FILENO) == 1};
    em_buf_init(&live.line, EM_MIB);
    allow_descriptors(a);
    a->crawl.progress = show_progress;
    a->crawl.context = &live;
    a->crawl.stop = em_stop_catch();
    a->crawl.model = a->crawl.frontier.focus.focus == EM_FOCUS_SYNTHETIC ? model : NULL;
    enum em_status status = em_crawl_metrics_open(&metrics, a->metrics, &err);
    if (status == EM_OK && metrics.port)
        fprintf(stderr, "crawl: metrics at %.*s:%u\n",
                (int)(strrchr(a->metrics, ':') - a->metrics), a->metrics, metrics.port);
    if (status == EM_OK && a->index) {
        a->crawl.closed = file_closed;
        a->crawl.busy = scan_busy;
        if (!em_crawl_scan_start(&scan))
            status = em_fail(&err, EM_ERR_NOMEM, "crawl", "no thread for the scan");
    }
    if (status == EM_OK)
        status = em_crawl_run(&a->crawl, &stats, &err);
    clear_line(&live);
    bool scanned = em_crawl_scan_end(&scan);
    if (status < 0)
        em_error_report("crawl", &err);
    else
        em_crawl_metrics_set(&metrics, &stats, true);
    if (status == EM_OK && !a->quiet)
        print_summary(a, &stats, &scan, model);
    em_crawl_metrics_close(&metrics);
    em_buf_release(&live.line);
    if (status == EM_ERR_USAGE)
        return EM_EXIT_USAGE;
    if (status == EM_OK && stats.pages == 0 && stats.end != EM_CRAWL_STOPPED) {
        if (a->quiet || !a->summary ||
            strcmp(a->summary, "json") != 0) /* which says it */
            tell_nothing(&stats);
        return EM_EXIT_FAILED;
    }
    return status == EM_OK && scanned ? EM_EXIT_OK : EM_EXIT_FAILED;
}

static int show_status(const struct em_crawl_arguments *a)
{
    struct em_crawl_stats stats;
    struct em_err err = {.status = EM_OK};
    struct em_buf text;
    em_buf_init(&text, 4 * EM_MIB);
    bool json = a->summary && strcmp(a->summary, "json") == 0;
    enum em_status status = em_crawl_status(a->status_dir, &stats, &err);
    if (status == EM_OK)
        status = json ? em_crawl_json(&text, &stats, false)
                      : em_crawl_text(&text, &stats, false);
    if (status == EM_OK)
        fwrite(text.data, 1, text.len, stdout);
    else if (status == EM_ERR_NOTFOUND)
        em_error("crawl: '%s' holds no crawl; name the folder that was given with -o",
                 a->status_dir);
    else
        em_error_report("crawl", &err);
    em_buf_release(&text);
    return status == EM_OK ? EM_EXIT_OK : EM_EXIT_FAILED;
}

/* Seeds of files after those of the command line. */
static enum em_status collect_seeds(struct em_crawl_arguments *a, char **names, int n,
                                    struct em_inputs *seeds, struct em_err *err)
{
    for (int i = 0; i < n; i++)
        EM_TRY(em_inputs_push(seeds, em_view_of(names[i])));
    for (size_t i = 0; i < a->seed_files.n; i++)
        EM_TRY(em_inputs_add_manifest(seeds, a->seed_files.items[i], err));
    a->crawl.seeds = (const char *const *)seeds->paths;
    a->crawl.n_seeds = seeds->n;
    a->crawl.sitemaps = a->sitemaps.items;
    a->crawl.n_sitemaps = a->sitemaps.n;
    return EM_OK;
}

static int run_with(struct em_crawl_arguments *a, char **names, int n)
{
    struct em_inputs seeds = {.n = 0};
    struct em_model *model = NULL;
    struct em_refs_sets refs;
    struct em_buf overrides;
    struct em_err err = {.status = EM_OK};
    int code = EM_EXIT_FAILED;
    em_refs_sets_init(&refs);
    em_buf_init(&overrides, 64 * EM_MIB);
    enum em_status status = collect_seeds(a, names, n, &seeds, &err);
    if (status == EM_OK && a->resolve)
        status = em_read_file(a->resolve, &overrides, &err);
    a->crawl.overrides = em_buf_view(&overrides);
    if (status == EM_OK &&
        (a->command = &cmd_crawl, code = em_crawl_arguments_check(a)) != EM_EXIT_OK)
        goto out;
    if (status == EM_OK)
        status = load_model(a, &model, &err);
    if (status == EM_OK && a->index)
        status = em_refs_open_index_dir(&refs, a->index, &err);
    if (status == EM_OK) {
        code = run_crawl(a, model, &refs);
    } else {
        em_error_report("crawl", &err);
        code = EM_EXIT_FAILED;
    }
out:
    em_model_free(model);
    em_refs_sets_release(&refs);
    em_buf_release(&overrides);
    em_inputs_release(&seeds);
    return code;
}

static int cmd_crawl_run(int argc, char **argv)
{
    struct em_crawl_arguments *a = em_calloc(1, sizeof(*a));
    struct em_option options[EM_CRAWL_MAX_OPTIONS];
    struct em_config *config = NULL;
    int operands = 0, code;
    if (!a) {
        em_error("crawl: out of memory");
        return EM_EXIT_FAILED;
    }
    em_crawl_arguments_init(a, options);
    code = em_config_parse(&cmd_crawl, options, argc, argv, &operands, &config);
    if (code == EM_EXIT_OK && a->show_config)
        em_crawl_arguments_print(options, stdout);
    else if (code == EM_EXIT_OK && a->status_dir)
        code = show_status(a);
    else if (code == EM_EXIT_OK)
        code = run_with(a, argv + 1, operands);
    em_crawl_arguments_release(a);
    em_config_free(config);
    em_free(a);
    return code;
}

const struct em_command cmd_crawl = {
    .keeps_pipes = true,
    .name = "crawl",
    .arguments = "SEED... -o DIR",
    .summary = "crawl the web politely into WARC files and scan them on the way",
    .description =
        "SEED is a URL or a bare host name. Pages go to DIR/warc (WARC 1.1 and CDXJ) and "
        "the state\n"
        "to DIR/frontier. Ctrl-C ends the crawl cleanly; the same command resumes it, "
        "even after\n"
        "kill -9. By default only the seeds' hosts are crawled, with one request at a "
        "time and one\n"
        "second between two requests to a host or an address, and robots.txt and every "
        "opt-out are\n"
        "obeyed (docs/CRAWLING.md, docs/POLITENESS.md).\n"
        "\n"
        "  echometer crawl https://example.org/ -o example\n"
        "  echometer crawl --seeds hosts.txt --scope domain --contact me@example.org \\\n"
        "      --max-pages 100k -o big --index idx --focus synthetic\n"
        "  echometer crawl --config configs/crawl.yaml example.org -o out\n"
        "  echometer crawl --status out          # also while it runs\n"
        "  echometer why https://example.org/page --dir out",
    .run = cmd_crawl_run,
};
