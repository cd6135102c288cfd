/* SPDX-License-Identifier: Apache-2.0 */
#include "report/serve/routes.h"

#include "base/json_text.h"
#include "base/limits.h"
#include "report/crawl_text.h"
#include "report/html.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char json_type[] = "application/json";
static const char text_type[] = "text/plain; charset=utf-8";

void em_serve_response_init(struct em_serve_response *response)
{
    *response = (struct em_serve_response){.status = 200, .type = json_type};
    em_buf_init(&response->body, EM_SERVE_MAX_BODY);
}

void em_serve_response_release(struct em_serve_response *response)
{
    em_buf_release(&response->body);
}

static enum em_status answer_error(struct em_serve_response *r, unsigned status,
                                   const char *why)
{
    struct em_json json;
    r->status = status;
    r->type = json_type;
    em_buf_clear(&r->body);
    em_json_init(&json, &r->body);
    em_json_object(&json);
    em_json_key(&json, "schema");
    em_json_u64(&json, EM_SERVE_SCHEMA);
    em_json_key(&json, "error");
    em_json_string(&json, em_view_of(why));
    em_json_end(&json);
    return em_json_finish(&json);
}

/* --- arguments --------------------------------------------------------------------------- */

static const char *request_argument(const struct em_serve_request *q, const char *name)
{
    const char *value = q->argument ? q->argument(q->argument_context, name) : NULL;
    return value && *value ? value : NULL;
}

/* Digits only: no sign, no blank, no overflow. */
static bool argument_u64(const struct em_serve_request *q, const char *name,
                         uint64_t most, uint64_t *out)
{
    const char *text = request_argument(q, name);
    if (!text)
        return true;
    uint64_t value = 0;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || value > (UINT64_MAX - 9) / 10)
            return false;
        value = 10 * value + (uint64_t)(*text - '0');
    }
    *out = value;
    return value <= most;
}

/* Why the page of a list cannot be had, or NULL. */
static const char *request_page(const struct em_serve_request *q, uint64_t *offset,
                                uint64_t *limit)
{
    *offset = 0;
    *limit = EM_SERVE_LIMIT;
    if (!argument_u64(q, "offset", UINT64_MAX / 2, offset))
        return "offset is not a number";
    if (!argument_u64(q, "limit", EM_SERVE_MOST, limit) || *limit == 0)
        return "limit is a number from 1 to 1000";
    return NULL;
}

/* --- JSON -------------------------------------------------------------------------------- */

static struct em_view snapshot_part(const struct em_snapshot *s,
                                    enum em_report_part which)
{
    return em_view_trim(em_buf_view(&s->parts.bufs[which]));
}

static void put_head(struct em_json *json, const struct em_snapshot *s)
{
    em_json_object(json);
    em_json_key(json, "schema");
    em_json_u64(json, EM_SERVE_SCHEMA);
    em_json_key(json, "version");
    em_json_u64(json, s->version);
    em_json_key(json, "made");
    em_json_string_or_null(json, snapshot_part(s, EM_REPORT_MADE));
}

static void put_part(struct em_json *json, const char *key, struct em_view value)
{
    em_json_key(json, key);
    if (value.len)
        em_json_raw(json, value);
    else
        em_json_null(json);
}

static enum em_status answer_overview(const struct em_snapshot *s,
                                      struct em_serve_response *r)
{
    struct em_json json;
    em_json_init(&json, &r->body);
    put_head(&json, s);
    put_part(&json, "model", snapshot_part(s, EM_REPORT_MODEL));
    put_part(&json, "overview", snapshot_part(s, EM_REPORT_OVERVIEW));
    em_json_end(&json);
    return em_json_finish(&json);
}

static enum em_status answer_prevalence(const struct em_snapshot *s,
                                        struct em_serve_response *r)
{
    struct em_json json;
    em_json_init(&json, &r->body);
    put_head(&json, s);
    put_part(&json, "prevalence", snapshot_part(s, EM_REPORT_PREVALENCE));
    em_json_end(&json);
    return em_json_finish(&json);
}

static enum em_status answer_drops(const struct em_snapshot *s,
                                   struct em_serve_response *r)
{
    struct em_json json;
    struct em_view drops = EM_VIEW_NONE;
    (void)em_json_text_find(snapshot_part(s, EM_REPORT_OVERVIEW), em_view_of("drops"),
                            &drops);
    em_json_init(&json, &r->body);
    put_head(&json, s);
    put_part(&json, "drops", drops);
    put_part(&json, "inputs", snapshot_part(s, EM_REPORT_LISTED));
    em_json_end(&json);
    return em_json_finish(&json);
}

/* Elements of an array from `offset` on, at most `limit`; all are counted. */
static uint64_t put_elements(struct em_json *json, struct em_view rows, uint64_t offset,
                             uint64_t limit)
{
    struct em_view row;
    uint64_t n = 0;
    size_t at = 0;
    em_json_key(json, "rows");
    em_json_array(json);
    for (; em_json_text_element(rows, &at, &row); n++)
        if (n >= offset && n - offset < limit)
            em_json_raw(json, row);
    em_json_end(json);
    return n;
}

/* A list of the snapshot: `total` in the index, `kept` that can be paged through. */
static enum em_status answer_list(const struct em_snapshot *s, enum em_report_part which,
                                  const struct em_serve_request *q,
                                  struct em_serve_response *r)
{
    struct em_json json;
    struct em_view part = snapshot_part(s, which), rows = EM_VIEW_NONE,
                   total = EM_VIEW_NONE;
    uint64_t offset, limit;
    const char *wrong = request_page(q, &offset, &limit);
    if (wrong)
        return answer_error(r, 400, wrong);
    (void)em_json_text_find(part, em_view_of("rows"), &rows);
    (void)em_json_text_find(part, em_view_of("total"), &total);
    em_json_init(&json, &r->body);
    put_head(&json, s);
    put_part(&json, "total", total);
    em_json_key(&json, "offset");
    em_json_u64(&json, offset);
    em_json_key(&json, "limit");
    em_json_u64(&json, limit);
    uint64_t kept = put_elements(&json, rows, offset, limit);
    em_json_key(&json, "kept");
    em_json_u64(&json, kept);
    em_json_end(&json);
    return em_json_finish(&json);
}

static const char *request_search(const struct em_serve_request *q,
                                  struct em_serve_search *search)
{
    static const char *const verdicts[] = {"machine", "human", "unsure", "abstain"};
    const char *wrong = request_page(q, &search->offset, &search->limit);
    search->verdict = request_argument(q, "verdict");
    search->domain = request_argument(q, "domain");
    search->lang = request_argument(q, "lang");
    search->month = request_argument(q, "month");
    const char *const texts[] = {search->domain, search->lang, search->month};
    for (size_t i = 0; i < 3 && !wrong; i++)
        if (texts[i] && strlen(texts[i]) > EM_SERVE_MAX_VALUE)
            wrong = "an argument is longer than 256 bytes";
    bool known = !search->verdict;
    for (size_t i = 0; i < 4 && !known; i++)
        known = strcmp(search->verdict, verdicts[i]) == 0;
    return wrong ? wrong : known ? NULL : "verdict is machine, human, unsure or abstain";
}

static enum em_status answer_documents(const struct em_snapshot *s,
                                       const struct em_serve_request *q,
                                       struct em_serve_response *r)
{
    struct em_serve_search search;
    struct em_buf lines;
    struct em_json json;
    uint64_t total = 0;
    const char *wrong = request_search(q, &search);
    if (wrong)
        return answer_error(r, 400, wrong);
    if (!q->search)
        return answer_error(r, 404, "documents cannot be searched here");
    em_buf_init(&lines, EM_SERVE_MAX_BODY);
    enum em_status status = q->search(q->search_context, &search, &lines, &total);
    em_json_init(&json, &r->body);
    put_head(&json, s);
    em_json_key(&json, "total");
    em_json_u64(&json, total);
    em_json_key(&json, "offset");
    em_json_u64(&json, search.offset);
    em_json_key(&json, "limit");
    em_json_u64(&json, search.limit);
    em_json_key(&json, "rows");
    em_json_array(&json);
    for (size_t at = 0; at < lines.len;) {
        const char *end = memchr(lines.data + at, '\n', lines.len - at);
        size_t n = end ? (size_t)(end - lines.data) - at : lines.len - at;
        if (n)
            em_json_raw(&json, em_view_make(lines.data + at, n));
        at += n + 1;
    }
    em_json_end(&json);
    em_json_end(&json);
    em_buf_release(&lines);
    EM_TRY(status);
    return em_json_finish(&json);
}

/* --- metrics ----------------------------------------------------------------------------- */

/* spec: Prometheus text exposition format 0.0.4 */
static enum em_status metric_put(struct em_buf *out, const char *name, const char *type,
                                 const char *help, double value)
{
    return em_buf_printf(out,
                         "# HELP echometer_%s %s\n# TYPE echometer_%s %s\n"
                         "echometer_%s %.17g\n",
                         name, help, name, type, name, value);
}

static enum em_status answer_metrics(const struct em_snapshot *s,
                                     const struct em_serve_request *q,
                                     struct em_serve_response *r)
{
    static const struct {
        const char *key, *help;
    } counts[] = {{"inputs", "Inputs that the index knows."},
                  {"records", "Records read."},
                  {"documents", "Documents in the index."},
                  {"words", "Words of these documents."},
                  {"flagged", "Documents above the threshold."},
                  {"abstained", "Documents without a verdict."},
                  {"leaks", "Documents with chat-client residue."},
                  {"matches", "Documents with passages of reference sets."},
                  {"damaged", "Damaged records."}};
    const struct em_serve_counters *c = &q->counters;
    r->type = "text/plain; version=0.0.4; charset=utf-8";
    for (size_t i = 0; s && i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct em_view raw;
        char name[64];
        if (!em_json_text_find(snapshot_part(s, EM_REPORT_OVERVIEW),
                               em_view_of(counts[i].key), &raw))
            continue;
        snprintf(name, sizeof(name), "index_%s", counts[i].key);
        char number[32];
        snprintf(number, sizeof(number), "%.*s", (int)(raw.len < 31 ? raw.len : 31),
                 raw.data);
        EM_TRY(metric_put(&r->body, name, "gauge", counts[i].help, strtod(number, NULL)));
    }
    EM_TRY(metric_put(&r->body, "serve_requests_total", "counter", "Requests answered.",
                      (double)c->requests));
    EM_TRY(metric_put(&r->body, "serve_refused_total", "counter",
                      "Requests refused: method, host or token.", (double)c->refused));
    EM_TRY(metric_put(&r->body, "serve_refresh_failures_total", "counter",
                      "Times that the index or the crawl could not be read.",
                      (double)c->failed));
    EM_TRY(metric_put(&r->body, "serve_clients", "gauge",
                      "Pages that listen for updates.", (double)c->clients));
    EM_TRY(metric_put(&r->body, "serve_updates_total", "counter",
                      "Times that the index had changed.", (double)c->updates));
    EM_TRY(metric_put(&r->body, "serve_refresh_seconds", "gauge",
                      "Time that the last reading of the index took.",
                      c->refresh_seconds));
    return q->crawl ? em_crawl_prometheus(&r->body, q->crawl) : EM_OK;
}

/* --- routes ------------------------------------------------------------------------------ */

static enum em_status answer_text(struct em_serve_response *r, unsigned status,
                                  const char *text)
{
    r->status = status;
    r->type = text_type;
    return em_buf_append_view(&r->body, em_view_of(text));
}

static enum em_status answer_bytes(struct em_serve_response *r, const char *type,
                                   const struct em_buf *bytes)
{
    r->type = type;
    return em_buf_append_view(&r->body, em_buf_view(bytes));
}

static enum em_status answer_crawl(const struct em_snapshot *s,
                                   const struct em_crawl_stats *crawl,
                                   struct em_serve_response *r)
{
    struct em_json json;
    struct em_buf numbers;
    if (!crawl)
        return answer_error(r, 404, "no crawl is shown: start serve with --crawl DIR");
    em_buf_init(&numbers, EM_MIB);
    enum em_status status = em_crawl_json(&numbers, crawl, false);
    if (status == EM_OK) {
        em_json_init(&json, &r->body);
        put_head(&json, s);
        put_part(&json, "crawl", em_view_trim(em_buf_view(&numbers)));
        em_json_end(&json);
        status = em_json_finish(&json);
    }
    em_buf_release(&numbers);
    return status;
}

/* Of what needs a snapshot. */
static enum em_status answer_data(const struct em_snapshot *s,
                                  const struct em_serve_request *q, const char *name,
                                  struct em_serve_response *r)
{
    static const struct {
        const char *name;
        enum em_report_part part;
    } lists[] = {{"sites", EM_REPORT_BY_DOMAIN},       {"echoes", EM_REPORT_WIDEST},
                 {"flagged", EM_REPORT_FLAGGED_PAGES}, {"turned", EM_REPORT_TURNED},
                 {"inputs", EM_REPORT_READ},           {"hits", EM_REPORT_KNOWN},
                 {"spread", EM_REPORT_SPREAD}};
    if (strcmp(name, "report") == 0)
        return answer_bytes(r, json_type, &s->report);
    if (strcmp(name, "overview") == 0)
        return answer_overview(s, r);
    if (strcmp(name, "prevalence") == 0)
        return answer_prevalence(s, r);
    if (strcmp(name, "drops") == 0)
        return answer_drops(s, r);
    if (strcmp(name, "crawl") == 0)
        return answer_crawl(s, q->crawl, r);
    if (strcmp(name, "documents") == 0)
        return answer_documents(s, q, r);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        if (strcmp(name, lists[i].name) == 0)
            return answer_list(s, lists[i].part, q, r);
    return answer_error(r, 404, "no such path; the API is described in docs/SERVE.md");
}

enum em_status em_serve_answer(const struct em_snapshot *snapshot,
                               const struct em_serve_request *request,
                               struct em_serve_response *response)
{
    static const char api[] = "/api/v1/";
    const char *path = request->path;
    if (strcmp(path, "/healthz") == 0)
        return answer_text(response, 200, "ok\n");
    if (strcmp(path, "/readyz") == 0)
        return answer_text(response, snapshot ? 200 : 503,
                           snapshot ? "ok\n" : "the index is being read\n");
    if (strcmp(path, "/metrics") == 0)
        return answer_metrics(snapshot, request, response);
    bool data = strncmp(path, api, sizeof(api) - 1) == 0;
    if (!data && strcmp(path, "/") != 0)
        return answer_error(response, 404, "no such path");
    if (!snapshot)
        return answer_error(response, 503, "the index is being read; try again soon");
    if (!data)
        return answer_bytes(response, "text/html; charset=utf-8", &snapshot->page);
    return answer_data(snapshot, request, path + sizeof(api) - 1, response);
}

/* --- who may ask ------------------------------------------------------------------------- */

/* Without port and brackets. */
static bool host_name(const char *host, char *out, size_t cap)
{
    const char *end = host + strlen(host);
    if (*host == '[') {
        const char *close = strchr(++host, ']');
        if (!close || (close[1] && close[1] != ':'))
            return false;
        end = close;
    } else {
        const char *colon = strchr(host, ':');
        end = colon ? colon : end;
    }
    size_t n = (size_t)(end - host);
    if (n == 0 || n >= cap)
        return false;
    memcpy(out, host, n);
    out[n] = '\0';
    return true;
}

static bool address_is_loopback(const char *name)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, name, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, name, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool em_serve_host_is_known(const char *host, const char *listen)
{
    char name[256];
    if (!host || !host_name(host, name, sizeof(name)))
        return false;
    return address_is_loopback(name) || strcasecmp(name, "localhost") == 0 ||
           (listen && strcasecmp(name, listen) == 0);
}

bool em_serve_listen_parse(const char *text, struct em_serve_listen *out)
{
    const char *colon = strrchr(text, ':'), *port = colon ? colon + 1 : text;
    unsigned long value = 0;
    struct in_addr v4;
    struct in6_addr v6;
    *out = (struct em_serve_listen){.address = "127.0.0.1"};
    if (!*port || strlen(port) > 5)
        return false;
    for (const char *p = port; *p; p++) {
        if (*p < '0' || *p > '9')
            return false;
        value = 10 * value + (unsigned long)(*p - '0');
    }
    if (value > 65535)
        return false;
    out->port = (uint16_t)value;
    if (colon && colon > text) {
        char host[128];
        size_t n = (size_t)(colon - text);
        if (n >= sizeof(host))
            return false;
        memcpy(host, text, n);
        host[n] = '\0';
        if (!host_name(host, out->address, sizeof(out->address)))
            return false;
        if (strcmp(out->address, "localhost") == 0)
            snprintf(out->address, sizeof(out->address), "127.0.0.1");
    }
    out->loopback = address_is_loopback(out->address);
    return inet_pton(AF_INET, out->address, &v4) == 1 ||
           inet_pton(AF_INET6, out->address, &v6) == 1;
}

bool em_serve_token_is(const char *given, const char *token)
{
    size_t n = strlen(token), m = given ? strlen(given) : 0;
    unsigned differ = n != m;
    for (size_t i = 0; i < n; i++)
        differ |= (unsigned)(unsigned char)token[i] ^
                  (unsigned)(unsigned char)(m ? given[i % m] : 0);
    return differ == 0;
}
