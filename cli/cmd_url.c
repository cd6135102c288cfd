/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer url`: URLs parsed, resolved and normalised, a JSON line each.
 */
#include "base/json.h"
#include "base/json_read.h"
#include "base/json_text.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/lines.h"
#include "base/wire/domain.h"
#include "base/wire/url.h"

struct state {
    struct em_json_reader *reader;
    struct em_url url, base;
    struct em_buf out, scratch, line;
    unsigned rules;
    bool parts, normalise;
    uint64_t bad;
};

static void write_parts(struct state *s, struct em_json *json)
{
    static const struct {
        const char *name;
        struct em_view (*get)(const struct em_url *);
    } parts[] = {
        {"protocol", em_url_protocol}, {"username", em_url_username},
        {"password", em_url_password}, {"host", em_url_host},
        {"hostname", em_url_hostname}, {"port", em_url_port},
        {"pathname", em_url_pathname}, {"search", em_url_search},
        {"hash", em_url_hash},
    };
    enum em_status status;
    em_buf_clear(&s->scratch);
    em_json_key(json, "origin");
    if (em_url_origin(&s->url, &s->scratch, &status))
        em_json_string(json, em_buf_view(&s->scratch));
    else
        em_json_string(json, EM_VIEW("null"));
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        em_json_key(json, parts[i].name);
        em_json_string(json, parts[i].get(&s->url));
    }
    struct em_domain domain;
    em_json_key(json, "domain");
    if (em_domain_of(em_url_href(&s->url), &domain))
        em_json_string_or_null(json, domain.registrable);
    else
        em_json_null(json);
}

/* Reads the line, parses into s->url; a reason where there is no URL. */
static enum em_status url_parse(struct state *s, struct em_view line, const char **reason)
{
    struct em_err err;
    struct em_view input, base;
    EM_TRY(em_json_text_mend(&s->line, &line));
    enum em_status status = em_json_reader_parse(s->reader, line, &err);
    if (status == EM_ERR_NOMEM)
        return status;
    if (status < 0 || !em_json_get_string(s->reader, "input", &input)) {
        s->bad++;
        *reason = status < 0 ? "not JSON" : "no input";
        return EM_OK;
    }
    bool relative = em_json_get_string(s->reader, "base", &base) && base.len > 0;
    if (relative) {
        status = em_url_parse(&s->base, base, NULL);
        if (status != EM_OK) {
            *reason = "base is not a URL";
            return status == EM_ERR_NOMEM ? status : EM_OK;
        }
    }
    status = em_url_parse(&s->url, input, relative ? &s->base : NULL);
    if (status == EM_OK && s->normalise)
        status = em_url_normalise(&s->url, s->rules, &s->scratch);
    if (status != EM_OK)
        *reason = s->url.reason;
    return status == EM_ERR_NOMEM ? status : EM_OK;
}

static enum em_status url_answer(void *context, struct em_view line, FILE *out)
{
    struct state *s = context;
    struct em_json json;
    const char *reason = NULL;
    EM_TRY(url_parse(s, line, &reason));
    em_buf_clear(&s->out);
    em_json_init(&json, &s->out);
    em_json_object(&json);
    if (reason) {
        em_json_key(&json, "error");
        em_json_string(&json, em_view_of(reason));
    } else {
        em_json_key(&json, "href");
        em_json_string(&json, em_url_href(&s->url));
        if (s->parts)
            write_parts(s, &json);
    }
    em_json_end(&json);
    EM_TRY(em_json_finish(&json));
    return fwrite(s->out.data, 1, s->out.len, out) == s->out.len ? EM_OK : EM_ERR_IO;
}

static int url_run(int argc, char **argv)
{
    struct state s = {.rules = EM_URL_RULES_DEFAULT};
    const char *rules = NULL;
    const struct em_option options[] = {
        {EM_OPT_FLAG, 0, "parts", &s.parts, NULL,
         "Also print origin, protocol, username, password, host, hostname, port, "
         "pathname, search, hash and the registrable domain."},
        {EM_OPT_FLAG, 0, "normalise", &s.normalise, NULL,
         "Normalise for crawling, by the default rules."},
        {EM_OPT_STRING, 0, "rules", &rules, "LIST",
         "Add the rules in this list (NAME) or leave them out (-NAME), separated by "
         "commas; `none` first leaves out all. Implies --normalise."},
        EM_OPTIONS_END};
    int operands, code = em_options_parse(&cmd_url, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    if (operands > 1)
        return em_usage_error(&cmd_url, "one file at a time");
    if (rules && !em_url_rules_read(em_view_of(rules), &s.rules))
        return em_usage_error(&cmd_url, "unknown rule in '%s'", rules);
    s.normalise |= rules != NULL;
    em_url_init(&s.url, EM_MAX_URL_INPUT);
    em_url_init(&s.base, EM_MAX_URL_INPUT);
    em_buf_init(&s.out, EM_MAX_LINE);
    em_buf_init(&s.line, EM_MAX_LINE);
    em_buf_init(&s.scratch, 9 * EM_MAX_URL_INPUT);
    if (em_json_reader_new(&s.reader) < 0) {
        em_error("out of memory");
        code = EM_EXIT_FAILED;
    } else {
        code = em_lines_run(operands ? argv[1] : "-", url_answer, &s);
    }
    if (code == EM_EXIT_OK && s.bad) {
        em_error("%llu %s with \"input\"", (unsigned long long)s.bad,
                 s.bad == 1 ? "line that is not a JSON object"
                            : "lines that are not JSON objects");
        code = EM_EXIT_DAMAGED;
    }
    em_json_reader_free(s.reader);
    em_url_release(&s.url);
    em_url_release(&s.base);
    em_buf_release(&s.out);
    em_buf_release(&s.line);
    em_buf_release(&s.scratch);
    return code;
}

const struct em_command cmd_url = {
    .name = "url",
    .arguments = "[FILE|-]",
    .summary = "parse, resolve and normalise URLs",
    .description = "Reads JSON lines {\"input\",\"base\"} (base may be null, empty or "
                   "absent) and writes {\"href\"}\n"
                   "or {\"error\"} for each, in order. URLs are read as browsers read "
                   "them (WHATWG URL, UTS46).\n"
                   "\n"
                   "  echo '{\"input\":\"../a b\",\"base\":\"http://EXAMPLE.com/x/y/\"}' "
                   "| echometer url\n"
                   "  echometer url --normalise --rules=sort,-session links.jsonl\n"
                   "\n"
                   "Rules that are on by default: fragment, userinfo, host-dot, escapes, "
                   "session, tracking,\n"
                   "empty-query, slashes. Rules that are off: sort, index, "
                   "trailing-slash, www, https,\n"
                   "lower-path, query.",
    .run = url_run,
    .plumbing = true,
};
