/* SPDX-License-Identifier: Apache-2.0
 *
 * One address for one page: what the URL standard leaves apart but servers answer alike is
 * made equal, by rules that can be switched one by one (url.h lists them). The rewritten
 * URL is parsed again, so that the result is always a serialised URL.
 */
#include "base/wire/url_int.h"

#include "base/limits.h"

#include <stdlib.h>
#include <strings.h>

static const struct {
    unsigned rule;
    const char *name;
} names[] = {
#define X(name, bit, on, text, what) {EM_URL_RULE_##name, text},
    EM_URL_RULE_LIST(X)
#undef X
};

enum { N_RULES = sizeof(names) / sizeof(names[0]) };

const char *em_url_rule_name(unsigned rule)
{
    for (size_t i = 0; i < N_RULES; i++)
        if (names[i].rule == rule)
            return names[i].name;
    return NULL;
}

unsigned em_url_rule_of(struct em_view name)
{
    for (size_t i = 0; i < N_RULES; i++)
        if (em_view_eq(name, em_view_of(names[i].name)))
            return names[i].rule;
    return 0;
}

/* --- parameters ------------------------------------------------------------------------- */

/* Names that mean a session and nothing else. */
static const char *const session_names[] = {
    "phpsessid",    "jsessionid",    "_jsessionid", "sessionid",    "_sessionid",
    "session_id",   "session-id",    "sessid",      "bv_sessionid", "oscsid",
    "aspsessionid", "cfid",          "cftoken",     "zenid",        "nsid",
    "viewstate",    "shopsessionid", NULL};

/* Names that also mean other things: a session only with a long opaque value. */
static const char *const perhaps_session_names[] = {"sid",     "_sid",  "s",
                                                    "session", "token", NULL};

static const char *const tracking_names[] = {
    "gclid",     "gclsrc",     "dclid",
    "gbraid",    "wbraid",     "fbclid",
    "msclkid",   "yclid",      "ymclid",
    "twclid",    "ttclid",     "igshid",
    "igsh",      "mc_cid",     "mc_eid",
    "_hsenc",    "_hsmi",      "hsctatracking",
    "mkt_tok",   "vero_id",    "oly_anon_id",
    "vero_conv", "wickedid",   "oly_enc_id",
    "_openstat", "srsltid",    "li_fat_id",
    "epik",      "_ga",        "_gl",
    "s_cid",     "rb_clickid", "_branch_match_id",
    NULL};

static const char *const tracking_prefixes[] = {"utm_",    "pk_",  "piwik_", "mtm_",
                                                "matomo_", "hsa_", NULL};

static bool url_normalise_listed(struct em_view name, const char *const *list)
{
    for (; *list; list++)
        if (em_view_ieq(name, em_view_of(*list)))
            return true;
    return false;
}

/* 20 letters and digits or more, both among them: no word and no count. */
static bool opaque_value(struct em_view value)
{
    bool letter = false, digit = false;
    for (size_t i = 0; i < value.len; i++) {
        letter |= em_url_alpha(value.data[i]);
        digit |= em_url_digit(value.data[i]);
        if (!em_url_alpha(value.data[i]) && !em_url_digit(value.data[i]))
            return false;
    }
    return value.len >= 20 && letter && digit;
}

static bool is_session(struct em_view name, struct em_view value)
{
    /* ASPSESSIONID with eight random letters after it */
    return url_normalise_listed(name, session_names) ||
           em_view_istarts(name, EM_VIEW("aspsessionid")) ||
           (url_normalise_listed(name, perhaps_session_names) && opaque_value(value));
}

static bool is_tracking(struct em_view name)
{
    for (size_t i = 0; tracking_prefixes[i]; i++)
        if (em_view_istarts(name, em_view_of(tracking_prefixes[i])))
            return true;
    return url_normalise_listed(name, tracking_names);
}

static bool drop_parameter(struct em_view parameter, unsigned rules)
{
    size_t equals = em_view_find(parameter, 0, EM_VIEW("="));
    struct em_view name = em_view_sub(parameter, 0, equals);
    struct em_view value = em_view_sub(parameter, equals + 1, parameter.len);
    return ((rules & EM_URL_RULE_EMPTY_QUERY) && name.len == 0) ||
           ((rules & EM_URL_RULE_SESSION) && is_session(name, value)) ||
           ((rules & EM_URL_RULE_TRACKING) && is_tracking(name));
}

/* --- pieces ----------------------------------------------------------------------------- */

enum { PLAIN, UNRESERVED, UNSAFE };

/* UNSAFE: left unescaped by browsers although it is no URI character. */
/* clang-format off */
static const uint8_t byte_class[256] = {
    ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1,
    ['i'] = 1, ['j'] = 1, ['k'] = 1, ['l'] = 1, ['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1,
    ['q'] = 1, ['r'] = 1, ['s'] = 1, ['t'] = 1, ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1,
    ['y'] = 1, ['z'] = 1, ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1, ['F'] = 1,
    ['G'] = 1, ['H'] = 1, ['I'] = 1, ['J'] = 1, ['K'] = 1, ['L'] = 1, ['M'] = 1, ['N'] = 1,
    ['O'] = 1, ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1, ['V'] = 1,
    ['W'] = 1, ['X'] = 1, ['Y'] = 1, ['Z'] = 1, ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1,
    ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1, ['-'] = 1, ['.'] = 1,
    ['_'] = 1, ['~'] = 1,
    ['"'] = 2, ['<'] = 2, ['>'] = 2, ['['] = 2, ['\\'] = 2, [']'] = 2, ['^'] = 2, ['`'] = 2,
    ['{'] = 2, ['|'] = 2, ['}'] = 2,
};
/* clang-format on */

/* Escapes as RFC 3986 6.2.2 would have them, and what browsers leave unescaped although
 * it is no URI character. */
static enum em_status append_escapes(struct em_buf *out, struct em_view text)
{
    static const char hex[] = "0123456789ABCDEF";
    EM_TRY(em_buf_reserve(out, 3 * text.len));
    char *to = out->data + out->len;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bool escape = byte_class[c] == UNSAFE;
        if (c == '%') {
            int high = i + 2 < text.len ? em_hex_digit(text.data[i + 1]) : -1;
            int low = high >= 0 ? em_hex_digit(text.data[i + 2]) : -1;
            escape = true; /* a lone percent sign */
            if (low >= 0) {
                c = (unsigned char)(high * 16 + low);
                i += 2;
                escape = byte_class[c] != UNRESERVED;
            }
        }
        if (escape) {
            *to++ = '%';
            *to++ = hex[c >> 4];
            *to++ = hex[c & 15];
        } else {
            *to++ = (char)c;
        }
    }
    out->len = (size_t)(to - out->data);
    return EM_OK;
}

static enum em_status append_text(struct em_buf *out, struct em_view text, unsigned rules)
{
    if (rules & EM_URL_RULE_ESCAPES)
        return append_escapes(out, text);
    return em_buf_append_view(out, text);
}

/* Bytes of ";jsessionid=..." at `at`, up to the next '/', ';' or '&'; 0 where none. */
static size_t session_matrix(struct em_view text, size_t at)
{
    struct em_view rest = em_view_sub(text, at, text.len);
    if (!em_view_istarts(rest, EM_VIEW(";jsessionid=")) &&
        !em_view_istarts(rest, EM_VIEW(";phpsessid=")) &&
        !em_view_istarts(rest, EM_VIEW(";sessionid=")))
        return 0;
    size_t n = 1;
    while (n < rest.len && !memchr("/;&", rest.data[n], 3))
        n++;
    return n;
}

/* Bytes of "(S(...))/" at `at`, an ASP.NET session in a segment of its own; 0 if none. */
static size_t session_segment(struct em_view text, size_t at)
{
    struct em_view rest = em_view_sub(text, at, text.len);
    size_t n = 3;
    if (rest.len < 6 || rest.data[0] != '(' || !em_url_alpha(rest.data[1]) ||
        rest.data[2] != '(')
        return 0;
    while (n < rest.len && (em_url_alpha(rest.data[n]) || em_url_digit(rest.data[n])))
        n++;
    if (n < 19 || !em_view_starts(em_view_sub(rest, n, 3), EM_VIEW("))/")))
        return 0;
    return n + 3;
}

/* Drops session marks from text that stands at out[start..len), in place. */
static void drop_sessions(struct em_buf *out, size_t start)
{
    struct em_view text = em_view_sub(em_buf_view(out), start, out->len);
    char *to = out->data + start;
    for (size_t i = 0; i < text.len;) {
        size_t n = text.data[i] == ';' ? session_matrix(text, i) : 0;
        if (text.data[i] == '(' && i > 0 && text.data[i - 1] == '/')
            n = session_segment(text, i);
        i += n;
        if (n == 0)
            *to++ = text.data[i++];
    }
    out->len = (size_t)(to - out->data);
}

/* --- path ------------------------------------------------------------------------------- */

static void one_slash(struct em_buf *out, size_t start)
{
    size_t n = start;
    for (size_t i = start; i < out->len; i++)
        if (out->data[i] != '/' || n == start || out->data[n - 1] != '/')
            out->data[n++] = out->data[i];
    out->len = n;
}

static void lower_path(struct em_buf *out, size_t start)
{
    for (size_t i = start; i < out->len; i++) {
        if (out->data[i] == '%' && i + 2 < out->len)
            i += 2; /* an escape has no case */
        else if (out->data[i] >= 'A' && out->data[i] <= 'Z')
            out->data[i] = (char)(out->data[i] + 32);
    }
}

/* index.EXT and default.EXT for EXT that servers look for. */
static bool is_index(struct em_view name)
{
    static const char *const extensions[] = {
        "html", "htm", "shtml", "xhtml", "php", "php3", "php4", "php5", "phtml", "asp",
        "aspx", "jsp", "jspa",  "jspx",  "jsf", "cfm",  "cgi",  "pl",   NULL};
    size_t dot = em_view_find(name, 0, EM_VIEW("."));
    struct em_view stem = em_view_sub(name, 0, dot);
    if (!em_view_ieq(stem, EM_VIEW("index")) && !em_view_ieq(stem, EM_VIEW("default")))
        return false;
    return url_normalise_listed(em_view_sub(name, dot + 1, name.len), extensions);
}

/* Until neither rule finds anything: the result must not change a second time. */
static void trim_path(struct em_buf *out, size_t start, unsigned rules)
{
    for (size_t before = 0; before != out->len;) {
        before = out->len;
        size_t slash = out->len;
        while (slash > start && out->data[slash - 1] != '/')
            slash--;
        if ((rules & EM_URL_RULE_INDEX) && slash > start &&
            is_index(em_view_sub(em_buf_view(out), slash, out->len)))
            out->len = slash;
        while ((rules & EM_URL_RULE_TRAILING_SLASH) && out->len > start + 1 &&
               out->data[out->len - 1] == '/')
            out->len--;
    }
}

static enum em_status append_path(struct em_buf *out, const struct em_url *url,
                                  unsigned rules)
{
    size_t start = out->len;
    EM_TRY(append_text(out, em_url_pathname(url), rules));
    if (rules & EM_URL_RULE_SESSION)
        drop_sessions(out, start);
    if (rules & EM_URL_RULE_SLASHES)
        one_slash(out, start);
    if (rules & EM_URL_RULE_LOWER_PATH)
        lower_path(out, start);
    trim_path(out, start, rules);
    return EM_OK;
}

/* --- query ------------------------------------------------------------------------------ */

static int url_normalise_by_name(const void *a, const void *b)
{
    const struct em_view *x = a, *y = b;
    size_t nx = em_view_find(*x, 0, EM_VIEW("=")), ny = em_view_find(*y, 0, EM_VIEW("="));
    int order = memcmp(x->data, y->data, nx < ny ? nx : ny);
    if (order == 0)
        order = (nx > ny) - (nx < ny);
    if (order == 0) /* equal names keep their order: they lie in one string */
        order = (x->data > y->data) - (x->data < y->data);
    return order;
}

/* Splits at '&' what lies at text, without what the rules drop. EM_MAX_URL_PARAMETERS + 1
 * where there are more. */
static size_t split_query(struct em_view text, unsigned rules,
                          struct em_view out[EM_MAX_URL_PARAMETERS])
{
    size_t n = 0;
    for (size_t at = 0; at <= text.len;) {
        size_t end = em_view_find(text, at, EM_VIEW("&"));
        struct em_view parameter = em_view_sub(text, at, end - at);
        at = end + 1;
        if (drop_parameter(parameter, rules))
            continue;
        if (n == EM_MAX_URL_PARAMETERS)
            return n + 1;
        out[n++] = parameter;
    }
    return n;
}

static enum em_status append_query(struct em_buf *out, const struct em_url *url,
                                   unsigned rules)
{
    struct em_view parameters[EM_MAX_URL_PARAMETERS];
    size_t question = out->len;
    if (url->query == EM_URL_NONE || (rules & EM_URL_RULE_QUERY))
        return EM_OK;
    EM_TRY(em_buf_putc(out, '?'));
    EM_TRY(append_text(out, em_view_sub(em_url_search(url), 1, url->href.len), rules));
    if (rules & EM_URL_RULE_SESSION)
        drop_sessions(out, question);
    struct em_view text = em_view_sub(em_buf_view(out), question + 1, out->len);
    size_t n = split_query(text, rules, parameters);
    if (n <= EM_MAX_URL_PARAMETERS) {
        /* the parameters are written after the text they come from, then moved over it */
        size_t from = out->len, len = 0;
        if (rules & EM_URL_RULE_SORT)
            qsort(parameters, n, sizeof(parameters[0]), url_normalise_by_name);
        EM_TRY(em_buf_reserve(out, text.len + 1)); /* was reserved: views stay valid */
        char *to = out->data + from;
        for (size_t i = 0; i < n; i++) {
            if (i > 0)
                to[len++] = '&';
            memcpy(to + len, parameters[i].data, parameters[i].len);
            len += parameters[i].len;
        }
        memmove(out->data + question + 1, to, len);
        out->len = question + 1 + len;
    }
    if (out->len == question + 1 && (rules & EM_URL_RULE_EMPTY_QUERY))
        out->len = question;
    return EM_OK;
}

/* --- whole URL -------------------------------------------------------------------------- */

static struct em_view normal_host(const struct em_url *url, unsigned rules)
{
    struct em_view host = em_url_hostname(url);
    if (url->host_kind != EM_HOST_DOMAIN)
        return host;
    size_t dots = 0;
    while ((rules & EM_URL_RULE_HOST_DOT) && dots < host.len &&
           host.data[host.len - dots - 1] == '.')
        dots++;
    if (dots < host.len)
        host.len -= dots;
    while ((rules & EM_URL_RULE_WWW) && em_view_starts(host, EM_VIEW("www."))) {
        struct em_view rest = em_view_sub(host, 4, host.len);
        if (em_view_find(rest, 0, EM_VIEW(".")) >= rest.len - (rest.len > 0))
            break; /* "www.com": nothing would be left but a top-level domain */
        host = rest;
    }
    return host;
}

static enum em_status append_authority(struct em_buf *out, const struct em_url *url,
                                       unsigned rules)
{
    bool https = (rules & EM_URL_RULE_HTTPS) && url->scheme == EM_SCHEME_HTTP &&
                 url->port == EM_URL_NONE;
    EM_TRY(em_buf_append_view(out, https ? EM_VIEW("https:") : em_url_protocol(url)));
    EM_TRY(em_buf_append(out, "//", 2));
    if (!(rules & EM_URL_RULE_USERINFO))
        EM_TRY(em_buf_append_view(
            out, em_view_sub(em_buf_view(&url->href), url->user, url->host - url->user)));
    EM_TRY(em_buf_append_view(out, normal_host(url, rules)));
    return em_buf_append_view(out, em_view_sub(em_buf_view(&url->href), url->host_end,
                                               url->authority_end - url->host_end));
}

enum em_status em_url_normalise(struct em_url *url, unsigned rules,
                                struct em_buf *scratch)
{
    if (url->scheme != EM_SCHEME_HTTP && url->scheme != EM_SCHEME_HTTPS)
        return EM_OK;
    em_buf_clear(scratch);
    /* Room for all at once: views into the buffer are used while it grows. */
    EM_TRY(em_buf_reserve(scratch, 8 * url->href.len + 64));
    EM_TRY(append_authority(scratch, url, rules));
    EM_TRY(append_path(scratch, url, rules));
    EM_TRY(append_query(scratch, url, rules));
    if (!(rules & EM_URL_RULE_FRAGMENT))
        EM_TRY(em_buf_append_view(scratch, em_url_hash(url)));
    return em_url_parse(url, em_buf_view(scratch), NULL);
}

bool em_url_rules_read(struct em_view all, unsigned *rules)
{
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
