/* SPDX-License-Identifier: Apache-2.0 */
#include "base/net/get.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "base/net/resolve.h"
#include "base/net/setup.h"
#include "base/wire/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define CONNECT_SECONDS 30.0
#define RECEIVE_BYTES   (512L * 1024)

struct em_get {
    CURL *easy;
    struct em_url url; /* the hop at hand */
    struct em_net_door door;
    const struct em_get_request *request;
    enum em_net_phase phase;
    bool redirects; /* the response at hand is a redirect that will be followed */
    bool ended;     /* by a callback of the caller */
    char message[CURL_ERROR_SIZE];
};

/* --- proxies --------------------------------------------------------------------------- */

static const char *get_environment(const char *lower, const char *upper)
{
    const char *value = getenv(lower);
    if ((!value || !value[0]) && upper)
        value = getenv(upper);
    return value && value[0] ? value : NULL;
}

/* "no_proxy": names separated by commas or blanks; each stands for itself and what is below
 * it, "*" for everything. */
static bool get_without_proxy(struct em_view host)
{
    const char *list = get_environment("no_proxy", "NO_PROXY");
    for (const char *at = list ? list : ""; *at;) {
        size_t n = strcspn(at, ", \t");
        struct em_view name = em_view_make(at, n);
        at += n + (at[n] != '\0');
        if (name.len && name.data[0] == '.')
            name = em_view_sub(name, 1, name.len);
        if (em_view_eq(name, EM_VIEW("*")))
            return true;
        if (name.len == 0 || name.len > host.len)
            continue;
        size_t before = host.len - name.len;
        if (em_view_ieq(em_view_sub(host, before, name.len), name) &&
            (before == 0 || host.data[before - 1] == '.'))
            return true;
    }
    return false;
}

const char *em_get_proxy(struct em_view text)
{
    struct em_url url;
    const char *proxy = NULL;
    em_url_init(&url, EM_MAX_URL);
    if (em_url_parse(&url, text, NULL) == EM_OK &&
        !get_without_proxy(em_url_hostname(&url))) {
        /* HTTP_PROXY in capitals is a header of CGI programs, so nobody reads it. */
        proxy = url.scheme == EM_SCHEME_HTTPS
                    ? get_environment("https_proxy", "HTTPS_PROXY")
                    : get_environment("http_proxy", NULL);
        if (!proxy)
            proxy = get_environment("all_proxy", "ALL_PROXY");
    }
    em_url_release(&url);
    return proxy;
}

/* --- callbacks of libcurl ----------------------------------------------------------------- */

static curl_socket_t get_open_socket(void *context, curlsocktype purpose,
                                     struct curl_sockaddr *to)
{
    struct em_get *g = context;
    return em_net_socket(&g->door, purpose, to);
}

static size_t get_on_header(char *line, size_t size, size_t count, void *context)
{
    struct em_get *g = context;
    long status = 0;
    g->phase = EM_NET_READING;
    (void)curl_easy_getinfo(g->easy, CURLINFO_RESPONSE_CODE, &status);
    g->redirects = g->request->follow && status >= 301 && status <= 308 && status != 304;
    if (g->request->header)
        g->request->header(g->request->context, em_view_make(line, size * count));
    return size * count;
}

static size_t get_on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct em_get *g = context;
    size_t n = size * count;
    if (g->redirects || !g->request->body ||
        g->request->body(g->request->context, bytes, n))
        return n;
    g->ended = true;
    return 0;
}

static int get_on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c,
                           curl_off_t d)
{
    struct em_get *g = context;
    (void)a, (void)b, (void)c, (void)d;
    if (!g->request->proceed || g->request->proceed(g->request->context))
        return 0;
    g->ended = true;
    return 1;
}

/* --- life ----------------------------------------------------------------------------------- */

static bool get_setup(struct em_get *g)
{
    CURL *e = g->easy;
    int bad = !em_net_setup(e, g->message);
#define SET(option, value) bad |= curl_easy_setopt(e, option, value) != CURLE_OK
    SET(CURLOPT_USERAGENT, "echometer/" EM_VERSION);
    SET(CURLOPT_BUFFERSIZE, RECEIVE_BYTES);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, get_on_progress);
    SET(CURLOPT_XFERINFODATA, g);
    SET(CURLOPT_HEADERFUNCTION, get_on_header);
    SET(CURLOPT_HEADERDATA, g);
    SET(CURLOPT_WRITEFUNCTION, get_on_body);
    SET(CURLOPT_WRITEDATA, g);
    SET(CURLOPT_OPENSOCKETFUNCTION, get_open_socket);
    SET(CURLOPT_OPENSOCKETDATA, g);
#undef SET
    return !bad;
}

struct em_get *em_get_new(void)
{
    struct em_get *g = em_calloc(1, sizeof(*g));
    if (!g)
        return NULL;
    em_url_init(&g->url, EM_MAX_URL);
    g->easy = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_easy_init() : NULL;
    if (g->easy && get_setup(g))
        return g;
    em_get_free(g);
    return NULL;
}

void em_get_free(struct em_get *g)
{
    if (!g)
        return;
    if (g->easy)
        curl_easy_cleanup(g->easy);
    em_url_release(&g->url);
    em_free(g);
}

/* --- one hop ---------------------------------------------------------------------------------- */

static void get_fail(struct em_get_result *result, enum em_fetch_error error,
                     bool lasting, const char *detail)
{
    result->error = error;
    result->lasting = lasting;
    snprintf(result->detail, sizeof(result->detail), "%s", detail);
}

/* Why the hop is not asked at all; NULL where it is. A host that is an address is judged
 * here, as behind a proxy no socket of ours goes there. */
static const char *get_refuses(struct em_get *g)
{
    struct em_address address;
    const char *why = em_guard_refuses_port((uint16_t)em_url_effective_port(&g->url));
    if (!why && em_address_parse(em_url_hostname(&g->url), &address))
        why = em_guard_refuses(&address, g->door.allow_private);
    return why;
}

/* Names that do not exist will not exist a minute later. */
static bool get_name_is_unknown(const struct em_get *g)
{
    struct em_resolve_answer answer = {.ttl_ms = -1};
    struct em_view host = em_url_hostname(&g->url);
    char name[256];
    snprintf(name, sizeof(name), "%.*s", EM_VIEW_ARGS(host));
    em_resolve_system(name, &answer);
    return answer.result == EM_RESOLVE_NONE;
}

static bool get_error_lasts(const struct em_get *g, enum em_fetch_error error)
{
    switch (error) {
    case EM_FETCH_BAD_URL:
    case EM_FETCH_BLOCKED:
    case EM_FETCH_CERTIFICATE:
    case EM_FETCH_CERT_DATE:
    case EM_FETCH_CERT_NAME:
    case EM_FETCH_CERT_SELF:
    case EM_FETCH_NOMEM:
        return true;
    case EM_FETCH_DNS:
        return get_name_is_unknown(g);
    default:
        return false;
    }
}

static void get_explain(struct em_get *g, CURLcode code, struct em_get_result *result)
{
    char text[EM_GET_DETAIL];
    enum em_fetch_error error =
        em_net_error(g->easy, code, &g->door, g->phase, true, g->message);
    if (g->ended && error != EM_FETCH_OK)
        error = EM_FETCH_CANCELLED;
    if (code == CURLE_OUT_OF_MEMORY)
        error = EM_FETCH_NOMEM;
    if (error == EM_FETCH_OK)
        return;
    snprintf(text, sizeof(text), "%s",
             g->message[0] ? g->message : curl_easy_strerror(code));
    if (error == EM_FETCH_BLOCKED) {
        char ip[EM_ADDRESS_TEXT];
        em_address_format(&g->door.address, ip);
        snprintf(text, sizeof(text), "%.*s is at %s, which is not asked: %s",
                 EM_VIEW_ARGS(em_url_host(&g->url)), ip, g->door.refused);
    }
    get_fail(result, error, get_error_lasts(g, error), text);
}

static bool get_set_hop(struct em_get *g, struct curl_slist *fields)
{
    const struct em_get_request *r = g->request;
    const char *proxy = em_get_proxy(em_url_href(&g->url));
    double connect = r->connect_s > 0 ? r->connect_s : CONNECT_SECONDS;
    g->door = (struct em_net_door){.proxied = proxy != NULL};
    g->door.allow_private =
        r->allow_private || (r->named && r->named(r->context, em_url_href(&g->url)));
    g->phase = EM_NET_CONNECTING;
    g->redirects = g->ended = false;
    g->message[0] = '\0';
    int bad = 0;
#define SET(option, value) bad |= curl_easy_setopt(g->easy, option, value) != CURLE_OK
    SET(CURLOPT_URL, g->url.href.data);
    SET(CURLOPT_HTTPHEADER, fields);
    SET(CURLOPT_PROXY, proxy ? proxy : "");
    SET(CURLOPT_NOPROXY, "");
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(1000 * connect));
#undef SET
    return !bad;
}

/* Bytes after the end of a response would be read as the next one's beginning. */
static void get_drop_surplus(struct em_get *g)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    char byte;
    if (curl_easy_getinfo(g->easy, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK &&
        fd != CURL_SOCKET_BAD && recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
        (void)shutdown(fd, SHUT_RDWR);
}

/* One request. True: `next`, copied into g->url, is to be asked instead. */
static bool get_hop(struct em_get *g, struct curl_slist *fields,
                    struct em_get_result *result)
{
    char *next = NULL;
    bool secure = g->url.scheme == EM_SCHEME_HTTPS;
    if (!get_set_hop(g, fields)) {
        get_fail(result, EM_FETCH_NOMEM, true, em_fetch_error_text(EM_FETCH_NOMEM));
        return false;
    }
    const char *refused = get_refuses(g);
    if (refused) {
        char text[EM_GET_DETAIL];
        snprintf(text, sizeof(text), "%.200s is not asked: %s", g->url.href.data,
                 refused);
        get_fail(result, EM_FETCH_BLOCKED, true, text);
        return false;
    }
    CURLcode code = curl_easy_perform(g->easy);
    get_drop_surplus(g);
    get_explain(g, code, result);
    if (code != CURLE_OK || !g->redirects ||
        curl_easy_getinfo(g->easy, CURLINFO_REDIRECT_URL, &next) != CURLE_OK || !next)
        return false;
    if (em_url_parse(&g->url, em_view_of(next), NULL) < 0 ||
        (g->url.scheme != EM_SCHEME_HTTPS &&
         (secure || g->url.scheme != EM_SCHEME_HTTP))) {
        get_fail(result, EM_FETCH_BAD_URL, true, "redirected to where no request may go");
        return false;
    }
    return true;
}

static struct curl_slist *get_fields(const char *const *fields, struct curl_slist *list,
                                     bool *ok)
{
    for (; fields && *fields && *ok; fields++) {
        struct curl_slist *more = curl_slist_append(list, *fields);
        *ok = more != NULL;
        list = more ? more : list;
    }
    return list;
}

void em_get_run(struct em_get *g, const struct em_get_request *request,
                struct em_get_result *result)
{
    bool ok = true;
    *result = (struct em_get_result){.error = EM_FETCH_OK};
    g->request = request;
    if (em_url_parse(&g->url, em_view_of(request->url), NULL) < 0 ||
        (g->url.scheme != EM_SCHEME_HTTP && g->url.scheme != EM_SCHEME_HTTPS)) {
        get_fail(result, EM_FETCH_BAD_URL, true, "not an http or https address");
        return;
    }
    struct curl_slist *fields = get_fields(request->fields, NULL, &ok);
    struct curl_slist *first = get_fields(request->first, NULL, &ok);
    /* Both for the first hop: those that every hop gets are once more after the others. */
    if (request->first)
        first = get_fields(request->fields, first, &ok);
    if (!ok)
        get_fail(result, EM_FETCH_NOMEM, true, em_fetch_error_text(EM_FETCH_NOMEM));
    for (int hop = 0;
         ok && get_hop(g, hop == 0 && request->first ? first : fields, result); hop++)
        if (hop == EM_GET_REDIRECTS) {
            get_fail(result, EM_FETCH_PROTOCOL, true, "redirected too often");
            break;
        }
    (void)curl_easy_setopt(g->easy, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(fields);
    curl_slist_free_all(first);
}
