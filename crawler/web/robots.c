/* SPDX-License-Identifier: Apache-2.0
 *
 * robots.txt: reading lines into the compact form (robots.h has its layout). What the form
 * answers is in robots_match.c.
 */
#include "crawler/web/robots_int.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "base/wire/optout.h"

/* A line is read up to here; google/robotstxt: eight times the longest URL of an old
 * browser. */
enum { MAX_LINE = 2083 * 8 };

struct reader {
    struct em_buf *form;
    size_t group;    /* place of the open group's record; 0: none */
    bool rules_seen; /* the open group has rules: the next agent begins another */
    uint32_t line;
    struct em_buf work;
};

/* --- the form --------------------------------------------------------------------------- */

static enum em_status put_record(struct reader *r, char tag, struct em_view bytes)
{
    char head[EM_ROBOTS_HEAD] = {tag, 0};
    size_t len = bytes.len <= UINT16_MAX ? bytes.len : UINT16_MAX;
    em_robots_put_u16(head + 2, (uint16_t)len);
    em_robots_put_u32(head + 4, r->line);
    EM_TRY(em_buf_append(r->form, head, sizeof(head)));
    return em_buf_append(r->form, bytes.data, len);
}

static void close_group(struct reader *r)
{
    if (r->group)
        em_robots_put_u32(r->form->data + r->group + EM_ROBOTS_HEAD,
                          (uint32_t)(r->form->len - r->group - EM_ROBOTS_HEAD - 4));
    r->group = 0;
    r->rules_seen = false;
}

/* --- fields ----------------------------------------------------------------------------- */

static enum em_status put_agent(struct reader *r, struct em_view name)
{
    char token[EM_MAX_ROBOTS_AGENT];
    if (name.len == 0 || name.len > sizeof(token))
        return EM_OK; /* names nobody, but the group is there */
    for (size_t i = 0; i < name.len; i++)
        token[i] = (char)(name.data[i] >= 'A' && name.data[i] <= 'Z' ? name.data[i] + 32
                                                                     : name.data[i]);
    return put_record(r, 'u', em_view_make(token, name.len));
}

/* Names and commas and nothing else: no field value of an agent looks like that, so it is
 * meant as a list. */
static bool is_agent_list(struct em_view value)
{
    for (size_t at = 0; at <= value.len;) {
        size_t comma = em_view_find(value, at, EM_VIEW(","));
        struct em_view name = em_robots_trim(em_view_sub(value, at, comma - at));
        if (name.len == 0 || em_robots_token(name, true).len != name.len)
            return false;
        at = comma + 1;
    }
    return true;
}

/* spec: RFC9309 2.2.1. A product token has letters, '_' and '-'; what is behind them is
 * ignored, as in "FooBot/1.0". Digits are kept: agents named "MJ12bot" ask for them. A '*'
 * before white space is for all agents. */
static enum em_status agent_line(struct reader *r, struct em_view value)
{
    if (r->group && r->rules_seen)
        close_group(r);
    if (!r->group) {
        size_t place = r->form->len;
        EM_TRY(put_record(r, 'g', em_view_make("\0\0\0", 4)));
        r->group = place;
    }
    if (value.len && value.data[0] == '*' &&
        (value.len == 1 || em_robots_space(value.data[1])))
        return put_record(r, 'u', EM_VIEW("*"));
    if (!is_agent_list(value))
        return put_agent(r, em_robots_token(value, true));
    for (size_t at = 0; at <= value.len;) {
        size_t comma = em_view_find(value, at, EM_VIEW(","));
        EM_TRY(put_agent(r, em_robots_trim(em_view_sub(value, at, comma - at))));
        at = comma + 1;
    }
    return EM_OK;
}

/* spec: RFC9309 2.2.2. An empty pattern matches nothing, but ends the list of agents. */
static enum em_status rule_line(struct reader *r, char tag, struct em_view value)
{
    if (!r->group)
        return EM_OK;
    r->rules_seen = true;
    if (value.len == 0)
        return EM_OK;
    em_buf_clear(&r->work);
    EM_TRY(em_robots_upper_escapes(&r->work, value));
    EM_TRY(put_record(r, tag, em_buf_view(&r->work)));
    if (tag == 'd') {
        size_t raw = r->work.len;
        EM_TRY(em_robots_normal(&r->work, value, true));
        struct em_view normal = em_view_sub(em_buf_view(&r->work), raw, r->work.len);
        if (!em_view_eq(normal, em_view_sub(em_buf_view(&r->work), 0, raw)))
            return put_record(r, 'n', normal);
        return EM_OK;
    }
    /* Google reads "Allow: /a/index.html" as a wish to allow /a/ as well. */
    size_t slash = r->work.len;
    while (slash > 0 && r->work.data[slash - 1] != '/')
        slash--;
    if (slash > 0 &&
        em_view_starts(em_view_sub(em_buf_view(&r->work), slash, r->work.len),
                       EM_VIEW("index.htm"))) {
        r->work.data[slash] = '$';
        return put_record(r, 'a', em_view_make(r->work.data, slash + 1));
    }
    return EM_OK;
}

/* Delay and signal lines do not end the list of agents (spec: RFC9309 2.2.4: other records
 * must not interfere), so "User-agent: * / Crawl-delay: 9 / User-agent: b / Disallow: /" is
 * one group, as it is to google/robotstxt.
 *
 * Seconds, perhaps with a fraction; what is no number is ignored. */
static enum em_status delay_line(struct reader *r, struct em_view value)
{
    unsigned long long ms = 0;
    size_t i = 0, digits = 0;
    unsigned scale = 1000;
    char bytes[4];
    if (!r->group)
        return EM_OK;
    for (; i < value.len && value.data[i] >= '0' && value.data[i] <= '9'; i++, digits++)
        if (ms < 1000ULL * EM_MAX_ROBOTS_DELAY)
            ms = ms * 10 + 1000ULL * (unsigned)(value.data[i] - '0');
    if (i < value.len && (value.data[i] == '.' || value.data[i] == ','))
        for (i++; i < value.len && value.data[i] >= '0' && value.data[i] <= '9';
             i++, digits++)
            ms += (scale /= 10) * (unsigned)(value.data[i] - '0');
    if (digits == 0 ||
        (i < value.len && !em_robots_space(value.data[i]) && value.data[i] != 's'))
        return EM_OK;
    if (ms > 1000ULL * EM_MAX_ROBOTS_DELAY)
        ms = 1000ULL * EM_MAX_ROBOTS_DELAY;
    em_robots_put_u32(bytes, (uint32_t)ms);
    return put_record(r, 'c', em_view_make(bytes, 4));
}

/* A Content-Usage that is recorded as it was written. */
static enum em_status usage_record(struct reader *r, struct em_view path,
                                   struct em_view value)
{
    char bytes[2] = {0};
    em_buf_clear(&r->work);
    EM_TRY(em_buf_append(&r->work, bytes, 2));
    EM_TRY(em_robots_upper_escapes(&r->work, path));
    em_robots_put_u16(r->work.data, (uint16_t)(r->work.len - 2));
    EM_TRY(em_buf_append_view(&r->work, value));
    return put_record(r, 'w', em_buf_view(&r->work));
}

static enum em_status signal_line(struct reader *r, struct em_view key,
                                  struct em_view value)
{
    struct em_view path;
    char bytes[4];
    uint32_t flags = em_view_ieq(key, EM_VIEW("content-usage"))
                         ? em_optout_usage(value, &path)
                         : em_optout_signal(value, &path);
    if (!r->group)
        return EM_OK;
    if (flags == 0)
        return EM_OK;
    em_robots_put_u32(bytes, flags);
    em_buf_clear(&r->work);
    EM_TRY(em_buf_append(&r->work, bytes, 4));
    EM_TRY(em_robots_upper_escapes(&r->work, path));
    EM_TRY(put_record(r, 'x', em_buf_view(&r->work)));
    return flags & EM_OPTOUT_USAGE_OTHER ? usage_record(r, path, value) : EM_OK;
}

/* "DisallowAITraining: /path", a proposal before Content-Signal: google's parser reads it as
 * Disallow, so do we; the signal is noted as well. */
static enum em_status ai_training_line(struct reader *r, struct em_view value)
{
    char bytes[4];
    if (!r->group || value.len == 0)
        return EM_OK;
    em_robots_put_u32(bytes, EM_OPTOUT_AI_TRAIN_NO);
    em_buf_clear(&r->work);
    EM_TRY(em_buf_append(&r->work, bytes, 4));
    EM_TRY(em_robots_upper_escapes(&r->work, value));
    return put_record(r, 'x', em_buf_view(&r->work));
}

static bool key_is(struct em_view key, const char *const *names)
{
    for (; *names; names++)
        if (em_view_istarts(key, em_view_of(*names)))
            return true;
    return false;
}

/* Names are prefixes, and misspellings count, as in google/robotstxt. */
static enum em_status field(struct reader *r, struct em_view key, struct em_view value)
{
    static const char *const agent[] = {"user-agent", "useragent", "user agent", NULL},
                             *const allow[] = {"allow", NULL},
                             *const disallow[] = {"disallow", "dissallow", "dissalow",
                                                  "disalow",  "diasllow",  "disallaw",
                                                  NULL},
                             *const sitemap[] = {"sitemap", "site-map", NULL},
                             *const delay[] = {"crawl-delay", "crawldelay", NULL},
                             *const signal[] = {"content-signal", "content-usage", NULL},
                             *const licence[] = {"license", "licence", NULL};
    if (key_is(key, agent))
        return agent_line(r, value);
    if (key_is(key, allow))
        return rule_line(r, 'a', value);
    if (key_is(key, disallow)) {
        if (em_view_ieq(key, EM_VIEW("disallowaitraining")))
            EM_TRY(ai_training_line(r, value));
        return rule_line(r, 'd', value);
    }
    if (key_is(key, sitemap)) /* spec: RFC9309 2.2.4: belongs to no group */
        return value.len ? put_record(r, 's', value) : EM_OK;
    if (key_is(key, licence)) /* spec: RSL 1.0 4.4: belongs to no group */
        return value.len ? put_record(r, 'l', value) : EM_OK;
    if (key_is(key, delay))
        return delay_line(r, value);
    if (key_is(key, signal))
        return signal_line(r, key, value);
    return EM_OK; /* spec: RFC9309 2.2.4: other records do not end a group */
}

/* --- lines ------------------------------------------------------------------------------ */

/* "key: value", or two words without a colon; the comment is gone. */
static bool split_line(struct em_view line, struct em_view *key, struct em_view *value)
{
    size_t colon = em_view_find(line, 0, EM_VIEW(":"));
    if (colon == line.len) {
        for (colon = 0; colon < line.len; colon++)
            if (line.data[colon] == ' ' || line.data[colon] == '\t')
                break;
        if (colon == line.len)
            return false;
        struct em_view rest = em_view_trim(em_view_sub(line, colon, line.len));
        for (size_t i = 0; i < rest.len; i++)
            if (rest.data[i] == ' ' || rest.data[i] == '\t')
                return false;
    }
    *key = em_robots_trim(em_view_sub(line, 0, colon));
    *value = em_robots_trim(em_view_sub(line, colon + 1, line.len));
    return key->len > 0;
}

static enum em_status read_line(struct reader *r, struct em_view line)
{
    struct em_view key, value;
    r->line++;
    line = em_view_sub(line, 0, MAX_LINE - 1);
    size_t end = 0;
    while (end < line.len && line.data[end] != '#' && line.data[end] != '\0')
        end++;
    line = em_robots_trim(em_view_sub(line, 0, end));
    if (line.len == 0 || !split_line(line, &key, &value))
        return EM_OK;
    return field(r, key, value);
}

/* CR, LF and CRLF end a line (spec: RFC9309 2.2, EOL). */
static enum em_status read_lines(struct reader *r, struct em_view body, bool cut)
{
    size_t at = 0;
    while (at < body.len) {
        size_t end = at;
        while (end < body.len && body.data[end] != '\n' && body.data[end] != '\r')
            end++;
        if (end == body.len && cut)
            break;
        EM_TRY(read_line(r, em_view_sub(body, at, end - at)));
        at = end + 1;
        if (at < body.len && body.data[end] == '\r' && body.data[at] == '\n')
            at++;
    }
    return EM_OK;
}

void em_robots_txt_init(struct em_robots_txt *robots)
{
    em_buf_init(&robots->form, EM_MAX_ROBOTS_FORM);
}

void em_robots_txt_release(struct em_robots_txt *robots)
{
    em_buf_release(&robots->form);
}

/* UTF-16 with a byte order mark, which some editors write: to UTF-8. A robots.txt has to be
 * UTF-8 (spec: RFC9309 2.3), but what was meant is plain. */
static enum em_status from_utf16(struct em_buf *out, struct em_view body)
{
    bool little = body.data[0] == '\xFF';
    EM_TRY(em_buf_reserve(out, 3 * (body.len / 2)));
    for (size_t i = 2; i + 1 < body.len; i += 2) {
        unsigned char a = (unsigned char)body.data[i],
                      b = (unsigned char)body.data[i + 1];
        uint32_t unit = little ? a | (uint32_t)b << 8 : b | (uint32_t)a << 8;
        out->len += em_utf8_encode(out->data + out->len, unit); /* surrogates: U+FFFD */
    }
    return EM_OK;
}

static bool is_utf16(struct em_view body)
{
    return em_view_starts(body, EM_VIEW("\xFF\xFE")) ||
           em_view_starts(body, EM_VIEW("\xFE\xFF"));
}

enum em_status em_robots_txt_parse(struct em_robots_txt *robots, struct em_view body)
{
    struct reader r = {.form = &robots->form};
    struct em_buf utf8;
    bool cut = body.len > EM_MAX_ROBOTS;
    enum em_status status = EM_OK;
    body = em_view_sub(body, 0, EM_MAX_ROBOTS);
    em_buf_init(&utf8, 2 * EM_MAX_ROBOTS);
    if (is_utf16(body)) {
        status = from_utf16(&utf8, body);
        body = em_buf_view(&utf8);
    }
    /* UTF-8 byte order mark, or as much of it as there is */
    for (size_t i = 0; i < 3 && body.len && body.data[0] == "\xEF\xBB\xBF"[i]; i++)
        body = em_view_sub(body, 1, body.len);
    em_buf_clear(&robots->form);
    em_buf_init(&r.work, 8 * MAX_LINE);
    if (status == EM_OK)
        status = em_buf_append(&robots->form, "EMR1\0\0\0", 8);
    if (status == EM_OK)
        status = read_lines(&r, body, cut);
    if (status == EM_OK) {
        close_group(&r);
        em_robots_put_u32(robots->form.data + 4, (uint32_t)robots->form.len);
    } else {
        em_buf_clear(&robots->form);
    }
    em_buf_release(&r.work);
    em_buf_release(&utf8);
    return status;
}
