/* SPDX-License-Identifier: Apache-2.0
 *
 * The basic URL parser (spec: WHATWG URL 4.4). The standard's states appear as functions of
 * the same names; where it moves a pointer back, ours has not moved yet. The result is
 * written straight into one buffer, in the order in which it is serialised (4.5).
 *
 *     scheme ─┬─ special authority ─┬─ authority ─ host ─ port ─ path start ─ path ─ query ─ fragment
 *             ├─ path or authority ─┘                              │
 *             ├─ file ─ file slash ─ file host ────────────────────┤
 *             ├─ relative ─ relative slash ────────────────────────┘
 *             └─ opaque path
 *
 * Invariant: every byte of the result is ASCII; the buffer is reserved for the worst case
 * (three bytes a byte of input, and the base) before anything is written.
 */
#include "base/wire/url_int.h"

#include "base/utf8.h"

struct parser {
    struct em_url *url;
    const struct em_url *base;
    const char *p, *end;
    bool special;
};

/* --- writing ---------------------------------------------------------------------------- */

static uint32_t here(const struct em_url *url)
{
    return (uint32_t)url->href.len;
}

/* Room was reserved by em_url_parse. */
static void url_put(struct em_url *url, char c)
{
    if (url->href.len < url->href.cap)
        url->href.data[url->href.len++] = c;
}

static void put_view(struct em_url *url, struct em_view v)
{
    if (v.len && v.len <= url->href.cap - url->href.len) {
        memcpy(url->href.data + url->href.len, v.data, v.len);
        url->href.len += v.len;
    }
}

static void put_encoded(struct em_url *url, char c, unsigned set)
{
    static const char hex[] = "0123456789ABCDEF";
    if (!em_url_in(c, set)) {
        url_put(url, c);
        return;
    }
    url_put(url, '%');
    url_put(url, hex[(unsigned char)c >> 4]);
    url_put(url, hex[(unsigned char)c & 15]);
}

static enum em_status url_fail(struct parser *s, const char *reason)
{
    s->url->reason = reason;
    return EM_ERR_FORMAT;
}

static bool slash(const struct parser *s, char c)
{
    return c == '/' || (s->special && c == '\\');
}

static bool at_slash(const struct parser *s)
{
    return s->p < s->end && slash(s, *s->p);
}

/* --- query and fragment states ---------------------------------------------------------- */

/* s->p is at '?', '#' or the end. */
static enum em_status query_and_fragment(struct parser *s)
{
    struct em_url *url = s->url;
    if (s->p < s->end && *s->p == '?') {
        unsigned set = s->special ? SET_SPECIAL_QUERY : SET_QUERY;
        url->query = here(url);
        url_put(url, *s->p++);
        for (; s->p < s->end && *s->p != '#'; s->p++)
            put_encoded(url, *s->p, set);
    }
    if (s->p < s->end) {
        url->fragment = here(url);
        url_put(url, *s->p++);
        for (; s->p < s->end; s->p++)
            put_encoded(url, *s->p, SET_FRAGMENT);
    }
    return EM_OK;
}

/* --- path ------------------------------------------------------------------------------- */

/* spec: WHATWG URL 4.4, Windows drive letter: "C:" or "C|" at p */
static bool drive_letter(const char *p, size_t n)
{
    return n == 2 && em_url_alpha(p[0]) && (p[1] == ':' || p[1] == '|');
}

static bool starts_with_drive_letter(const char *p, const char *end)
{
    return end - p >= 2 && drive_letter(p, 2) &&
           (end - p == 2 || memchr("/\\?#", p[2], 4) != NULL);
}

/* spec: WHATWG URL 4.4, shorten a URL's path */
static void shorten(struct em_url *url)
{
    size_t len = url->href.len - url->path;
    const char *path = url->href.data + url->path;
    if (len == 0)
        return;
    if (url->scheme == EM_SCHEME_FILE && len == 3 && em_url_alpha(path[1]) &&
        path[2] == ':')
        return; /* only a normalized drive letter: it stays */
    while (len > 0 && path[len - 1] != '/')
        len--;
    url->href.len = url->path + (len ? len - 1 : 0);
}

/* 1 for ".", 2 for "..", %2e included; 0 for other segments. */
static int dots(const char *p, size_t n)
{
    int count = 0;
    for (size_t i = 0; i < n; count++) {
        if (p[i] == '.')
            i++;
        else if (n - i >= 3 && p[i] == '%' && p[i + 1] == '2' && (p[i + 2] | 32) == 'e')
            i += 3;
        else
            return 0;
        if (count == 2)
            return 0;
    }
    return count;
}

/* The segment that begins with the '/' at `start` is complete; `more`: a slash follows. */
static void end_segment(struct parser *s, size_t start, bool more)
{
    struct em_url *url = s->url;
    char *segment = url->href.data + start + 1;
    size_t len = url->href.len - start - 1;
    int n = len > 0 && len <= 6 && (segment[0] == '.' || segment[0] == '%')
                ? dots(segment, len)
                : 0;
    if (n == 0) {
        if (url->scheme == EM_SCHEME_FILE && start == url->path &&
            drive_letter(segment, len))
            segment[1] = ':';
        return;
    }
    url->href.len = start;
    if (n == 2)
        shorten(url);
    if (!more)
        url_put(url, '/');
}

/* Path state: from the first byte after a slash. What is in the path already stays. */
static enum em_status path(struct parser *s)
{
    struct em_url *url = s->url;
    for (;;) {
        size_t start = url->href.len;
        url_put(url, '/');
        while (s->p < s->end && !slash(s, *s->p) && *s->p != '?' && *s->p != '#')
            put_encoded(url, *s->p++, SET_PATH);
        bool more = at_slash(s);
        end_segment(s, start, more);
        if (!more)
            break;
        s->p++;
    }
    size_t len = url->href.len - url->path;
    if (url->host_kind == EM_HOST_NULL && len >= 2 &&
        url->href.data[url->path + 1] == '/') {
        /* spec: WHATWG URL 4.5 step 3: else the path would be read as a host */
        put_view(url, EM_VIEW("/."));
        memmove(url->href.data + url->path + 2, url->href.data + url->path, len);
        memcpy(url->href.data + url->path, "/.", 2);
        url->path += 2;
    }
    return query_and_fragment(s);
}

static enum em_status path_start(struct parser *s)
{
    s->url->path = here(s->url);
    if (!s->special && !at_slash(s))
        return query_and_fragment(s);
    if (at_slash(s))
        s->p++;
    return path(s);
}

static enum em_status opaque_path(struct parser *s)
{
    struct em_url *url = s->url;
    url->opaque_path = true;
    url->path = here(url);
    for (; s->p < s->end && *s->p != '?' && *s->p != '#'; s->p++) {
        bool last = s->end - s->p > 1 && (s->p[1] == '?' || s->p[1] == '#');
        if (*s->p == ' ' && last)
            put_view(url, EM_VIEW("%20"));
        else
            put_encoded(url, *s->p, SET_C0);
    }
    return query_and_fragment(s);
}

/* --- authority, host, port -------------------------------------------------------------- */

static void no_authority(struct em_url *url)
{
    url->user = url->user_end = url->pass_end = here(url);
    url->host = url->host_end = url->authority_end = here(url);
}

/* "//" and no user name: a host comes next. */
static void open_authority(struct em_url *url)
{
    put_view(url, EM_VIEW("//"));
    no_authority(url);
}

static void credentials(struct parser *s, const char *at)
{
    struct em_url *url = s->url;
    const char *p = s->p;
    while (p < at && *p != ':')
        put_encoded(url, *p++, SET_USERINFO);
    url->user_end = url->pass_end = here(url);
    if (at - p > 1) {
        url_put(url, ':');
        for (p++; p < at; p++)
            put_encoded(url, *p, SET_USERINFO);
        url->pass_end = here(url);
    }
    if (url->pass_end > url->user)
        url_put(url, '@');
    url->host = url->host_end = here(url);
    s->p = at + 1;
}

static enum em_status port(struct parser *s, const char *end)
{
    unsigned value = 0;
    bool any = s->p < end;
    for (; s->p < end; s->p++) {
        if (!em_url_digit(*s->p))
            return url_fail(s, "invalid port");
        value = value * 10 + (unsigned)(*s->p - '0');
        if (value > 65535)
            return url_fail(s, "port above 65535");
    }
    if (any && value != em_url_default_port(s->url->scheme)) {
        char digits[6];
        int n = 0;
        s->url->port = value;
        do
            digits[n++] = (char)('0' + value % 10);
        while (value /= 10);
        url_put(s->url, ':');
        while (n > 0)
            url_put(s->url, digits[--n]);
    } else if (any && em_url_default_port(s->url->scheme) == 0) {
        s->url->port = 0; /* ":0" where the scheme has no port of its own */
        put_view(s->url, EM_VIEW(":0"));
    }
    return EM_OK;
}

/* A domain that is not ASCII may be longer than three times its input: room again. */
static enum em_status host(struct parser *s, struct em_view text)
{
    size_t rest = (size_t)(s->end - s->p);
    EM_TRY(em_url_append_host(s->url, text, s->special));
    s->url->host_end = here(s->url);
    return em_buf_reserve(&s->url->href, 3 * rest + 64);
}

static enum em_status authority(struct parser *s)
{
    struct em_url *url = s->url;
    const char *end = s->p, *at = NULL, *colon = NULL;
    bool brackets = false;
    open_authority(url);
    for (; end < s->end && !slash(s, *end) && *end != '?' && *end != '#'; end++)
        if (*end == '@')
            at = end;
    if (at) {
        if (at + 1 == end)
            return url_fail(s, "no host after the credentials");
        credentials(s, at);
    }
    for (const char *p = s->p; p < end && !colon; p++) {
        if (*p == '[')
            brackets = true;
        else if (*p == ']')
            brackets = false;
        else if (*p == ':' && !brackets)
            colon = p;
    }
    struct em_view name = {s->p, (size_t)((colon ? colon : end) - s->p)};
    if (name.len == 0 && (colon || s->special))
        return url_fail(s, "no host");
    EM_TRY(host(s, name));
    if (colon) {
        s->p = colon + 1;
        EM_TRY(port(s, end));
    }
    url->authority_end = here(url);
    s->p = end;
    return path_start(s);
}

/* Special authority (ignore) slashes states. */
static enum em_status special_authority(struct parser *s)
{
    while (s->p < s->end && (*s->p == '/' || *s->p == '\\'))
        s->p++;
    return authority(s);
}

/* --- relative --------------------------------------------------------------------------- */

/* Everything of the base up to `end`, and what is known of it. */
static void take_base(struct parser *s, size_t end)
{
    struct em_url *url = s->url;
    const struct em_url *base = s->base;
    url->href.len = 0;
    put_view(url, em_view_sub(em_buf_view(&base->href), 0, end));
    url->user = base->user;
    url->user_end = base->user_end;
    url->pass_end = base->pass_end;
    url->host = base->host;
    url->host_end = base->host_end;
    url->authority_end = base->authority_end;
    url->path = base->path;
    url->port = base->port;
    url->host_kind = base->host_kind;
    url->opaque_path = base->opaque_path;
}

/* The base up to its authority; a path of our own follows. */
static void take_authority(struct parser *s)
{
    take_base(s, s->base->authority_end);
    s->url->path = here(s->url);
}

/* Only a query, a fragment or nothing: what is before them is the base's. */
static enum em_status no_path_state(struct parser *s)
{
    if (s->p < s->end && *s->p == '?') {
        take_base(s, em_url_path_end(s->base));
    } else {
        take_base(s, em_url_query_end(s->base));
        s->url->query = s->base->query;
    }
    return query_and_fragment(s);
}

/* The base without the last segment of its path, and our path after it. */
static enum em_status beside_base(struct parser *s)
{
    take_base(s, em_url_path_end(s->base));
    struct em_url *url = s->url;
    if (url->path > url->authority_end) {
        /* without "/.", which is put back where it is needed */
        size_t len = url->href.len - url->path;
        memmove(url->href.data + url->authority_end, url->href.data + url->path, len);
        url->href.len = url->authority_end + len;
        url->path = url->authority_end;
    }
    shorten(url);
    return path(s);
}

static enum em_status relative(struct parser *s)
{
    if (s->p == s->end || *s->p == '?' || *s->p == '#')
        return no_path_state(s);
    if (!at_slash(s))
        return beside_base(s);
    s->p++; /* relative slash */
    if (s->special && at_slash(s))
        return special_authority(s);
    if (at_slash(s)) {
        s->p++;
        return authority(s);
    }
    take_authority(s);
    return path(s);
}

/* --- file ------------------------------------------------------------------------------- */

static enum em_status file_host(struct parser *s)
{
    struct em_url *url = s->url;
    const char *end = s->p;
    open_authority(url);
    url->host_kind = EM_HOST_EMPTY;
    url->path = here(url);
    while (end < s->end && !memchr("/\\?#", *end, 4))
        end++;
    struct em_view name = {s->p, (size_t)(end - s->p)};
    if (drive_letter(name.data, name.len))
        return path(s);
    if (name.len > 0) {
        EM_TRY(host(s, name));
        struct em_view got = em_url_hostname(url);
        if (em_view_eq(got, EM_VIEW("localhost"))) {
            url->href.len = url->host;
            url->host_end = url->host;
            url->host_kind = EM_HOST_EMPTY;
        }
        url->authority_end = here(url);
    }
    s->p = end;
    return path_start(s);
}

static bool base_is_file(const struct parser *s)
{
    return s->base && s->base->scheme == EM_SCHEME_FILE;
}

static enum em_status file_slash(struct parser *s)
{
    if (at_slash(s)) {
        s->p++;
        return file_host(s);
    }
    if (!base_is_file(s)) {
        open_authority(s->url);
        s->url->host_kind = EM_HOST_EMPTY;
        s->url->path = here(s->url);
        return path(s);
    }
    take_authority(s);
    struct em_view base_path = em_url_pathname(s->base);
    if (!starts_with_drive_letter(s->p, s->end) && base_path.len >= 3 &&
        em_url_alpha(base_path.data[1]) && base_path.data[2] == ':' &&
        (base_path.len == 3 || base_path.data[3] == '/'))
        put_view(s->url, em_view_sub(base_path, 0, 3));
    return path(s);
}

static enum em_status file(struct parser *s)
{
    if (at_slash(s)) {
        s->p++;
        return file_slash(s);
    }
    if (base_is_file(s)) {
        if (s->p == s->end || *s->p == '?' || *s->p == '#')
            return no_path_state(s);
        if (!starts_with_drive_letter(s->p, s->end))
            return beside_base(s);
        take_authority(s);
        return path(s);
    }
    open_authority(s->url);
    s->url->host_kind = EM_HOST_EMPTY;
    s->url->path = here(s->url);
    return path(s);
}

/* --- scheme ----------------------------------------------------------------------------- */

/* Length of "scheme:" at s->p, or 0. */
static size_t scheme_length(const struct parser *s)
{
    const char *p = s->p;
    if (p == s->end || !em_url_alpha(*p))
        return 0;
    while (p < s->end &&
           (em_url_alpha(*p) || em_url_digit(*p) || *p == '+' || *p == '-' || *p == '.'))
        p++;
    return p < s->end && *p == ':' ? (size_t)(p - s->p) + 1 : 0;
}

static void set_scheme(struct parser *s, uint8_t scheme)
{
    s->url->scheme = scheme;
    s->special = scheme != EM_SCHEME_OTHER;
}

static enum em_status no_scheme(struct parser *s)
{
    const struct em_url *base = s->base;
    if (!base || base->href.len == 0)
        return url_fail(s, "relative URL without a base");
    if (base->opaque_path && (s->p == s->end || *s->p != '#'))
        return url_fail(s, "relative to a base with an opaque path");
    set_scheme(s, base->scheme);
    s->url->scheme_end = base->scheme_end;
    put_view(s->url, em_view_sub(em_buf_view(&base->href), 0, base->scheme_end));
    no_authority(s->url);
    if (base->opaque_path)
        return no_path_state(s);
    return base->scheme == EM_SCHEME_FILE ? file(s) : relative(s);
}

static bool same_scheme(const struct em_url *url, const struct em_url *base)
{
    return base && base->href.len &&
           em_view_eq(em_url_protocol(url), em_url_protocol(base));
}

static enum em_status scheme_start(struct parser *s)
{
    struct em_url *url = s->url;
    size_t n = scheme_length(s);
    if (n == 0)
        return no_scheme(s);
    for (size_t i = 0; i < n; i++) {
        char c = s->p[i];
        url_put(url, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
    }
    uint8_t scheme = em_url_scheme_of(em_view_make(url->href.data, n - 1));
    s->p += n;
    url->scheme_end = here(url);
    no_authority(url);
    set_scheme(s, scheme);
    bool slashes = s->end - s->p >= 2 && s->p[0] == '/' && s->p[1] == '/';
    if (scheme == EM_SCHEME_FILE)
        return file(s);
    if (s->special)
        return same_scheme(url, s->base) && !slashes ? relative(s) : special_authority(s);
    if (slashes) {
        s->p += 2;
        return authority(s);
    }
    if (at_slash(s)) {
        s->p++;
        url->path = here(url);
        return path(s);
    }
    return opaque_path(s);
}

/* --- input ------------------------------------------------------------------------------ */

/* Without leading and trailing C0 controls and spaces, tabs and line ends; valid UTF-8. */
static enum em_status clean_input(struct em_url *url, struct em_view *input)
{
    struct em_view v = *input;
    bool tabs = false, high = false;
    while (v.len && (unsigned char)v.data[0] <= ' ') {
        v.data++;
        v.len--;
    }
    while (v.len && (unsigned char)v.data[v.len - 1] <= ' ')
        v.len--;
    for (size_t i = 0; i < v.len; i++) {
        char c = v.data[i];
        tabs |= c == '\t' || c == '\n' || c == '\r';
        high |= (unsigned char)c >= 0x80;
    }
    high = high && em_utf8_valid_prefix(v) != v.len;
    *input = v;
    if (!tabs && !high)
        return EM_OK;
    em_buf_clear(&url->clean);
    if (high)
        EM_TRY(em_utf8_append_clean(&url->clean, v, NULL));
    else
        EM_TRY(em_buf_append_view(&url->clean, v));
    size_t n = 0;
    for (size_t i = 0; i < url->clean.len; i++) {
        char c = url->clean.data[i];
        if (c != '\t' && c != '\n' && c != '\r')
            url->clean.data[n++] = c;
    }
    url->clean.len = n;
    *input = em_buf_view(&url->clean);
    return EM_OK;
}

static void reset(struct em_url *url)
{
    em_buf_clear(&url->href);
    url->reason = NULL;
    url->scheme_end = 0;
    no_authority(url);
    url->path = 0;
    url->query = url->fragment = url->port = EM_URL_NONE;
    url->scheme = EM_SCHEME_OTHER;
    url->host_kind = EM_HOST_NULL;
    url->opaque_path = false;
}

void em_url_init(struct em_url *url, size_t max)
{
    if (max > 256 * 1024 * (size_t)1024)
        max = 256 * 1024 * (size_t)1024;
    em_buf_init(&url->href, 7 * max + 32 * 1024);
    em_buf_init(&url->clean, 3 * max + 1);
    url->max = max;
    reset(url);
}

void em_url_release(struct em_url *url)
{
    em_buf_release(&url->href);
    em_buf_release(&url->clean);
    reset(url);
}

enum em_status em_url_parse(struct em_url *url, struct em_view input,
                            const struct em_url *base)
{
    reset(url);
    enum em_status status = EM_ERR_LIMIT;
    if (!input.data)
        input = EM_VIEW("");
    if (input.len <= url->max)
        status = clean_input(url, &input);
    if (status == EM_OK)
        status =
            em_buf_reserve(&url->href, 3 * input.len + (base ? base->href.len : 0) + 64);
    if (status == EM_OK) {
        struct parser s = {url, base, input.data, input.data + input.len, false};
        status = scheme_start(&s);
    }
    if (status == EM_OK && url->href.len > url->max)
        status = EM_ERR_LIMIT;
    if (status < 0) {
        const char *reason = url->reason;
        reset(url);
        url->reason = reason                   ? reason
                      : status == EM_ERR_LIMIT ? "too long"
                                               : em_status_text(status);
        return status;
    }
    url->href.data[url->href.len] = '\0';
    return EM_OK;
}

enum em_status em_url_copy(struct em_url *url, const struct em_url *from)
{
    struct em_url copy = *from;
    em_buf_clear(&url->href);
    EM_TRY(em_buf_append_view(&url->href, em_buf_view(&from->href)));
    copy.href = url->href;
    copy.clean = url->clean;
    copy.max = url->max;
    *url = copy;
    return EM_OK;
}
