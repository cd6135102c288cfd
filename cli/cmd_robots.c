/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer robots`: decisions of robots.txt, a JSON line each.
 */
#include "base/json.h"
#include "base/json_read.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/lines.h"
#include "base/wire/optout.h"
#include "crawler/web/robots.h"

struct state {
    struct em_json_reader *reader;
    struct em_robots_txt robots;
    struct em_robots_query query;
    struct em_buf out;
    bool explain;
    uint64_t bad;
};

static void write_match(struct em_json *json, const struct em_robots_match *match)
{
    em_json_key(json, "line");
    if (match->line)
        em_json_u64(json, match->line);
    else
        em_json_null(json);
    em_json_key(json, "rule");
    if (match->line) {
        char text[256];
        int n = snprintf(
            text, sizeof(text), "%s: %.*s", match->allow ? "allow" : "disallow",
            (int)(match->rule.len < 200 ? match->rule.len : 200), match->rule.data);
        em_json_string(json, em_view_make(text, (size_t)n));
    } else {
        em_json_null(json);
    }
    em_json_key(json, "own_group");
    em_json_bool(json, match->own_group);
}

static void write_explanation(struct state *s, struct em_json *json, struct em_view agent,
                              const struct em_robots_match *match)
{
    struct em_view form = em_robots_txt_form(&s->robots), sitemap, value;
    size_t cursor = 0;
    write_match(json, match);
    long delay = em_robots_txt_delay(form, agent);
    em_json_key(json, "crawl_delay");
    if (delay >= 0)
        em_json_fixed(json, (double)delay / 1000, 3);
    else
        em_json_null(json);
    uint32_t signals = em_robots_txt_signals(form, agent, &s->query);
    em_json_key(json, "signals");
    em_json_array(json);
    for (uint32_t flag = 1; flag; flag <<= 1)
        if (signals & flag)
            em_json_string(json, em_view_of(em_optout_name(flag)));
    em_json_end(json);
    em_json_key(json, "usages");
    em_json_array(json);
    while (em_robots_txt_usage(form, agent, &s->query, &cursor, &value))
        em_json_string(json, value);
    em_json_end(json);
    em_json_key(json, "licences");
    em_json_array(json);
    for (cursor = 0; em_robots_txt_licence(form, &cursor, &value);)
        em_json_string(json, value);
    em_json_end(json);
    cursor = 0;
    em_json_key(json, "sitemaps");
    em_json_array(json);
    while (em_robots_txt_sitemap(form, &cursor, &sitemap))
        em_json_string(json, sitemap);
    em_json_end(json);
}

static enum em_status write_answer(struct state *s, struct em_view agent)
{
    struct em_robots_match match;
    struct em_json json;
    bool allowed =
        em_robots_txt_allows(em_robots_txt_form(&s->robots), agent, &s->query, &match);
    em_json_init(&json, &s->out);
    em_json_object(&json);
    em_json_key(&json, "allowed");
    em_json_bool(&json, allowed);
    if (s->explain)
        write_explanation(s, &json, agent, &match);
    em_json_end(&json);
    return em_json_finish(&json);
}

static enum em_status write_error(struct state *s, const char *text)
{
    struct em_json json;
    s->bad++;
    em_json_init(&json, &s->out);
    em_json_object(&json);
    em_json_key(&json, "error");
    em_json_string(&json, em_view_of(text));
    em_json_end(&json);
    return em_json_finish(&json);
}

static enum em_status robots_answer(void *context, struct em_view line, FILE *out)
{
    struct state *s = context;
    struct em_err err;
    struct em_view robots, agent, url;
    em_buf_clear(&s->out);
    enum em_status status = em_json_reader_parse(s->reader, line, &err);
    if (status == EM_ERR_NOMEM)
        return status;
    if (status < 0) {
        EM_TRY(write_error(s, "not JSON"));
    } else if (!em_json_get_string(s->reader, "robots", &robots) ||
               !em_json_get_string(s->reader, "agent", &agent) ||
               !em_json_get_string(s->reader, "url", &url)) {
        EM_TRY(write_error(s, "no robots, agent or url"));
    } else if (url.len > EM_MAX_URL_INPUT) {
        EM_TRY(write_error(s, "url is too long"));
    } else {
        EM_TRY(em_robots_txt_parse(&s->robots, robots));
        EM_TRY(em_robots_query_set(&s->query, url));
        EM_TRY(write_answer(s, agent));
    }
    return fwrite(s->out.data, 1, s->out.len, out) == s->out.len ? EM_OK : EM_ERR_IO;
}

static int robots_run(int argc, char **argv)
{
    struct state s = {0};
    const struct em_option options[] = {
        {EM_OPT_FLAG, 0, "explain", &s.explain, NULL,
         "Also print the rule that won and its line, whether a group names the agent, "
         "the crawl delay, content signals, usage preferences with unknown words as "
         "written, "
         "licences and sitemaps."},
        EM_OPTIONS_END};
    int operands, code = em_options_parse(&cmd_robots, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    if (operands > 1)
        return em_usage_error(&cmd_robots, "one file at a time");
    em_robots_txt_init(&s.robots);
    em_robots_query_init(&s.query);
    em_buf_init(&s.out, EM_MAX_LINE);
    if (em_json_reader_new(&s.reader) < 0) {
        em_error("out of memory");
        code = EM_EXIT_FAILED;
    } else {
        code = em_lines_run(operands ? argv[1] : "-", robots_answer, &s);
    }
    if (code == EM_EXIT_OK && s.bad) {
        em_error("%llu %s without robots, agent and url", (unsigned long long)s.bad,
                 s.bad == 1 ? "line" : "lines");
        code = EM_EXIT_DAMAGED;
    }
    em_json_reader_free(s.reader);
    em_robots_txt_release(&s.robots);
    em_robots_query_release(&s.query);
    em_buf_release(&s.out);
    return code;
}

const struct em_command cmd_robots = {
    .name = "robots",
    .arguments = "[FILE|-]",
    .summary = "decide whether a robots.txt lets an agent fetch a URL",
    .description =
        "Reads JSON lines {\"robots\",\"agent\",\"url\"}: the text of a robots.txt, a "
        "product token and a\n"
        "URL. Writes {\"allowed\":true|false} for each, in order (RFC 9309).\n"
        "\n"
        "  echo '{\"robots\":\"User-agent: *\\nDisallow: /x\",\"agent\":\"echometer\",\n"
        "         \"url\":\"https://example.com/x/y\"}' | tr -d '\\n' | echometer robots",
    .run = robots_run,
    .plumbing = true,
};
