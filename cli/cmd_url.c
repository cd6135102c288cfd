/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer url`: URLs parsed, resolved and normalised, a JSON line each.
 */
#include "base/json.h"
#include "base/json_read.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/lines.h"
#include "base/wire/domain.h"
#include "base/wire/url.h"

#include <string.h>

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

/* The unit that "\\uXXXX" at `p` names, else 0. A NUL ends the text. */
static unsigned utf16_unit(const char *p)
{
    unsigned unit = 0;
    if (p[0] != '\\' || p[1] != 'u')
        return 0;
    for (int i = 2; i < 6; i++) {
        char c = (char)(p[i] | 32);
        bool letter = c >= 'a' && c <= 'f';
        if (!letter && !(p[i] >= '0' && p[i] <= '9'))
            return 0;
        unit = unit * 16 + (unsigned)(letter ? c - 'a' + 10 : p[i] - '0');
    }
    return unit;
}

/* JSON may name halves of surrogate pairs, which no UTF-8 has: U+FFFD instead, as when a
 * browser's string becomes a URL (spec: Infra, convert to a scalar value string). */
static enum em_status mend_surrogates(struct em_buf *out, struct em_view *line)
{
    if (em_view_find(*line, 0, EM_VIEW("\\ud")) == line->len &&
        em_view_find(*line, 0, EM_VIEW("\\uD")) == line->len)
        return EM_OK;
    em_buf_clear(out);
    EM_TRY(em_buf_append_view(out, *line));
    char *text = out->data;
    for (size_t i = 0; i + 6 <= out->len; i++) {
        if (text[i] != '\\')
            continue;
        unsigned unit = utf16_unit(text + i), next = utf16_unit(text + i + 6);
        if (unit < 0xD800 || unit > 0xDFFF) {
            i++; /* the escaped character */
            continue;
        }
        bool pair = unit < 0xDC00 && next >= 0xDC00 && next <= 0xDFFF;
        if (!pair)
            memcpy(text + i + 2, "FFFD", 4);
        i += pair ? 11 : 5;
    }
    *line = em_buf_view(out);
    return EM_OK;
}

/* Reads the line, parses into s->url; a reason where there is no URL. */
static enum em_status url_parse(struct state *s, struct em_view line, const char **reason)
{
    struct em_err err;
    struct em_view input, base;
    EM_TRY(mend_surrogates(&s->line, &line));
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

/* "tracking,-session,+sort" changes the defaults; "none,fragment" begins with nothing. */
static bool read_rules(const char *text, unsigned *rules)
{
    struct em_view all = em_view_of(text);
    for (size_t at = 0; at < all.len;) {
        size_t comma = em_view_find(all, at, EM_VIEW(","));
        struct em_view name = em_view_sub(all, at, comma - at);
        bool off = name.len && name.data[0] == '-';
        at = comma + 1;
        if (name.len && (off || name.data[0] == '+'))
            name = em_view_sub(name, 1, name.len);
        if (em_view_eq(name, EM_VIEW("none"))) {
            *rules = 0;
            continue;
        }
        unsigned rule = em_url_rule_of(name);
        if (rule == 0)
            return false;
        *rules = off ? *rules & ~rule : *rules | rule;
    }
    return true;
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
    if (rules && !read_rules(rules, &s.rules))
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
        em_error("%llu lines that are not JSON objects with \"input\"",
                 (unsigned long long)s.bad);
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
