/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer why`: where a URL or a host of a crawl stands, by which rule, until when.
 */
#include "base/alloc.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "crawler/web/frontier/frontier.h"
#include "report/why_text.h"

#include <string.h>
#include <time.h>

struct arguments {
    const char *dir;
    bool json;
};

/* One URL, or both schemes of a bare host name. */
static enum em_status ask(struct em_frontier *frontier, const struct arguments *a,
                          const char *text, int64_t now_ms, struct em_err *err)
{
    static const char *const prefixes[] = {"https://", "http://"};
    bool bare = strstr(text, "://") == NULL;
    struct em_url url;
    struct em_buf input, out;
    struct em_frontier_why why;
    enum em_status status = EM_OK;
    bool told = false;
    em_url_init(&url, EM_MAX_URL);
    em_buf_init(&input, EM_MAX_URL);
    em_buf_init(&out, EM_MIB);
    for (unsigned i = 0; i < (bare ? 2u : 1u) && status == EM_OK; i++) {
        em_buf_clear(&input);
        em_buf_clear(&out);
        status = em_buf_printf(&input, "%s%s", bare ? prefixes[i] : "", text);
        if (status == EM_OK)
            status = em_url_parse(&url, em_buf_view(&input), NULL);
        if (status == EM_ERR_FORMAT)
            status = em_fail(err, EM_ERR_USAGE, "why", "'%s' is no URL", text);
        if (status == EM_OK)
            status = em_frontier_why(frontier, &url, now_ms, &why, err);
        /* A host that is only known by its other scheme says nothing here. */
        if (status != EM_OK || (bare && !why.host_known && (i == 0 || told)))
            continue;
        told = true;
        if (a->json)
            status = em_why_json(&out, em_url_href(&url), &why);
        else
            em_why_text(stdout, em_url_href(&url), &why, now_ms);
        fwrite(out.data ? out.data : "", 1, out.len, stdout);
    }
    em_url_release(&url);
    em_buf_release(&input);
    em_buf_release(&out);
    return status;
}

static int cmd_why_run(int argc, char **argv)
{
    struct arguments a = {.dir = NULL};
    const struct em_option options[] = {
        {EM_OPT_STRING, 'd', "dir", &a.dir, "DIR",
         "Read the crawl in this folder. It is required."},
        {EM_OPT_FLAG, 0, "json", &a.json, NULL,
         "Print one JSON object for each URL or host."},
        EM_OPTIONS_END,
    };
    int operands;
    int code = em_options_parse(&cmd_why, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    if (!a.dir || operands == 0)
        return em_usage_error(&cmd_why,
                              "name a URL or host, and the crawl with --dir DIR");
    struct em_err err = {.status = EM_OK};
    struct em_frontier *frontier = NULL;
    struct timespec now;
    char path[4096];
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t now_ms = 1000 * (int64_t)now.tv_sec + now.tv_nsec / 1000000;
    int n = snprintf(path, sizeof(path), "%s/frontier", a.dir);
    enum em_status status =
        n > 0 && (size_t)n < sizeof(path)
            ? em_frontier_open(&frontier, path, EM_FRONTIER_READ, NULL, now_ms, &err)
            : em_fail(&err, EM_ERR_USAGE, "why", "name too long");
    for (int i = 1; i <= operands && status == EM_OK; i++)
        status = ask(frontier, &a, argv[i], now_ms, &err);
    em_frontier_free(frontier);
    if (status == EM_ERR_NOTFOUND)
        em_error("why: '%s' holds no crawl; name the folder that was given to crawl -o",
                 a.dir);
    else if (status < 0)
        em_error_report("why", &err);
    return status == EM_OK          ? EM_EXIT_OK
           : status == EM_ERR_USAGE ? EM_EXIT_USAGE
                                    : EM_EXIT_FAILED;
}

const struct em_command cmd_why = {
    .name = "why",
    .arguments = "URL|HOST... --dir DIR",
    .summary = "explain what a crawl did with a URL or host, and why",
    .description = "Shows in which queue a URL is, what was done with it or which rule "
                   "cut it, and what its\n"
                   "host is waiting for and until when. The answer is as of the last "
                   "commit, and can be asked\n"
                   "for while the crawl runs.\n"
                   "\n"
                   "  echometer why https://example.org/page --dir out\n"
                   "  echometer why example.org --dir out",
    .run = cmd_why_run,
};
