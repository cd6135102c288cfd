/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer serve`: the report of an index over HTTP, while the index grows.
 */
#include "cli/commands.h"
#include "cli/stop.h"
#include "pipeline/crawl/crawl.h"
#include "pipeline/scan/echo_text.h"
#include "report/serve/serve.h"

#include <string.h>

enum { TOKEN_MAX = 1024, TOKEN_LEAST = 16 };

struct arguments {
    const char *dir, *crawl, *listen, *token_file, *model;
    double refresh;
    bool no_text, quiet;
};

static bool echo_words(void *context, const struct em_echo *echo, struct em_buf *out)
{
    return em_echo_read(context, echo, out);
}

static enum em_status read_crawl(void *context, struct em_crawl_stats *stats,
                                 struct em_err *err)
{
    const struct arguments *a = context;
    enum em_status status = em_crawl_status(a->crawl, stats, err);
    return status == EM_ERR_NOTFOUND
               ? em_fail(err, status, "serve",
                         "'%s' holds no crawl; name the folder that crawl was given with "
                         "-o",
                         a->crawl)
               : status;
}

static void tell_ready(void *context, uint16_t port)
{
    const struct em_serve_options *o = context;
    bool six = strchr(o->listen.address, ':') != NULL;
    em_error("serve: http://%s%s%s:%u/ (Ctrl-C ends)", six ? "[" : "", o->listen.address,
             six ? "]" : "", port);
}

static void stay_quiet(void *context, uint16_t port)
{
    (void)context;
    (void)port;
}

/* The first line of the file: never from the command line, which others can see. */
static enum em_status read_token(const char *path, struct em_buf *token,
                                 struct em_err *err)
{
    EM_TRY(em_read_file(path, token, err));
    struct em_view line = em_buf_view(token);
    const char *end = memchr(line.data, '\n', line.len);
    line = em_view_trim(em_view_sub(line, 0, end ? (size_t)(end - line.data) : line.len));
    if (line.len < TOKEN_LEAST)
        return em_fail(err, EM_ERR_USAGE, "serve",
                       "the token in '%s' has fewer than %d characters", path,
                       TOKEN_LEAST);
    memmove(token->data, line.data, line.len);
    token->len = line.len;
    return em_buf_putc(token, '\0');
}

static enum em_status serve(const struct arguments *a, struct em_serve_options *o,
                            struct em_err *err)
{
    struct em_echo_reader *reader;
    struct em_buf token;
    em_buf_init(&token, TOKEN_MAX);
    enum em_status status = em_echo_reader_new(&reader, NULL, err);
    if (status < 0)
        return status;
    if (a->token_file)
        status = read_token(a->token_file, &token, err);
    o->token = a->token_file ? token.data : NULL;
    o->from.words = a->no_text ? NULL : echo_words;
    o->from.context = reader;
    if (status == EM_OK)
        status = em_serve_run(o, err);
    em_echo_reader_free(reader);
    em_buf_release(&token);
    return status;
}

static int cmd_serve_run(int argc, char **argv)
{
    struct arguments a = {.listen = "127.0.0.1:8080", .refresh = 2};
    const struct em_option options[] = {
        {EM_OPT_STRING, 0, "index", &a.dir, "DIR",
         "Serve the index in this folder. It is required."},
        {EM_OPT_STRING, 0, "crawl", &a.crawl, "DIR",
         "Also show how far the crawl in this folder is (the folder that `crawl -o` was "
         "given), running or ended (default: show no crawl)."},
        {EM_OPT_STRING, 0, "listen", &a.listen, "ADDRESS",
         "Listen here: address:port, or a port of 127.0.0.1 (default 127.0.0.1:8080); "
         "port "
         "0 takes a free one."},
        {EM_OPT_STRING, 0, "token-file", &a.token_file, "FILE",
         "Answer only requests that carry the token in FILE (\"Authorization: Bearer\", "
         "or "
         "?token=); needed to listen where others can reach."},
        {EM_OPT_STRING, 0, "model", &a.model, "NAME",
         "Show the verdicts of this model when the index has several (default: the model "
         "with most documents)."},
        {EM_OPT_DOUBLE, 0, "refresh", &a.refresh, "SECONDS",
         "Look at the index this often, or less often where reading it takes long "
         "(default "
         "2)."},
        {EM_OPT_FLAG, 0, "no-text", &a.no_text, NULL,
         "Do not read the words of echoes from the inputs again."},
        {EM_OPT_FLAG, 'q', "quiet", &a.quiet, NULL, "Do not print the address."},
        EM_OPTIONS_END,
    };
    int operands;
    int code = em_options_parse(&cmd_serve, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    struct em_serve_options o = {.from = {.dir = a.dir, .model = a.model},
                                 .command = "echometer serve",
                                 .refresh = a.refresh,
                                 .crawl = a.crawl ? read_crawl : NULL,
                                 .crawl_context = &a,
                                 .ready = a.quiet ? stay_quiet : tell_ready,
                                 .context = &o};
    if (operands || !a.dir)
        return em_usage_error(&cmd_serve, operands ? "name the index with --index"
                                                   : "missing --index DIR");
    if (!em_serve_listen_parse(a.listen, &o.listen))
        return em_usage_error(&cmd_serve, "--listen is address:port, or a port");
    if (!(a.refresh > 0 && a.refresh <= 86400))
        return em_usage_error(&cmd_serve, "--refresh is in seconds, at most a day");
    o.stop = em_stop_catch();
    struct em_err err = {.status = EM_OK};
    enum em_status status = serve(&a, &o, &err);
    if (status == EM_OK)
        return EM_EXIT_OK;
    if (err.status == EM_OK)
        em_fail(&err, status, "serve", "%s", em_status_text(status));
    em_error_report("serve", &err);
    return status == EM_ERR_USAGE ? EM_EXIT_USAGE : EM_EXIT_FAILED;
}

const struct em_command cmd_serve = {
    .name = "serve",
    .arguments = "--index DIR",
    .summary = "show an index in the browser while it grows",
    .description =
        "Serves the page of `report`, which updates itself while a scan or a crawl "
        "writes "
        "the\nindex, and the same rows as JSON (docs/SERVE.md):\n\n"
        "  /api/v1/overview, prevalence, sites, documents, echoes, hits, drops, report, "
        "crawl\n"
        "  /metrics (Prometheus), /healthz, /readyz, /events (server-sent events)\n\n"
        "Read-only, and only on this machine unless told otherwise.\n\n"
        "  echometer serve --index idx\n"
        "  echometer serve --index idx --crawl out   # a crawl that fills it\n"
        "  echometer serve --index idx --listen 0.0.0.0:8080 --token-file token",
    .run = cmd_serve_run,
    .keeps_pipes = true,
};
