/* SPDX-License-Identifier: Apache-2.0
 *
 * One transfer: what libcurl is told, what it hands us, what came of it.
 *
 * The address is given with CURLOPT_CONNECT_TO, which is also part of what libcurl compares
 * before it uses a connection again: a connection to another address of the same name is
 * never taken. The guard sits in CURLOPT_OPENSOCKETFUNCTION, behind every resolution.
 *
 * The request's bytes are not read back from libcurl (its debug callback formats some
 * twenty messages a transfer); they are rebuilt from what it was told. That both are
 * the same, byte for byte, is tested. Connections that spoke HTTP/1.0 are not used again:
 * libcurl would answer in kind.
 */
#include "base/net/fetch_int.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/wire/fields.h"

#include <openssl/ssl.h>

#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* --- callbacks of libcurl ----------------------------------------------------------------- */

static curl_socket_t open_socket(void *context, curlsocktype purpose,
                                 struct curl_sockaddr *to)
{
    struct em_fetch_slot *slot = context;
    curl_socket_t fd = em_net_socket(&slot->door, purpose, to);
    slot->result.address = slot->door.address;
    if (slot->door.refused)
        return CURL_SOCKET_BAD;
    if (!slot->opened_ms)
        slot->opened_ms = em_fetch_clock();
    slot->fetcher->stats.connections++;
    if (fd != CURL_SOCKET_BAD && !em_fetch_socket_opened(slot, fd)) {
        close(fd);
        slot->stop = EM_FETCH_NOMEM;
        return CURL_SOCKET_BAD;
    }
    return fd;
}

static bool is_https(const struct em_fetch_slot *slot)
{
    return em_view_istarts(em_buf_view(&slot->url), EM_VIEW("https:"));
}

static bool is_http2(const struct em_fetch_slot *slot)
{
    return slot->line >= 0 && slot->fetcher->sockets[slot->line].http2;
}

static int before_request(void *context, char *ip, char *local_ip, int port,
                          int local_port)
{
    struct em_fetch_slot *slot = context;
    (void)local_ip;
    em_fetch_line_find(slot, (uint16_t)local_port);
    em_fetch_socket_forget(slot);
    slot->phase = EM_NET_WAITING;
    slot->sent_ms = slot->fetcher->now_ms;
    slot->request_sent = true;
    if (slot->result.address.family == 0) {
        slot->result.reused = true;
        slot->fetcher->stats.reused++;
        if (!is_http2(slot) && em_fetch_line_dirty(slot)) {
            if (!slot->fetcher->sockets[slot->line].tls)
                em_fetch_overrun_note(slot->fetcher, slot->server);
            em_fetch_line_spoil(slot);
            slot->stale = true;
            return CURL_PREREQFUNC_ABORT;
        }
    }
    if (em_address_parse(em_view_of(ip), &slot->result.address))
        slot->result.address.port = (uint16_t)port;
    return CURL_PREREQFUNC_OK;
}

/* Ends the transfer from inside a callback. */
static size_t transfer_stop(struct em_fetch_slot *slot, enum em_fetch_error error)
{
    slot->stop = error;
    return 0;
}

static void received(struct em_fetch_slot *slot, size_t n)
{
    struct em_fetcher *f = slot->fetcher;
    if (slot->phase != EM_NET_READING) {
        slot->phase = EM_NET_READING;
        slot->window_ms = f->now_ms;
        slot->window_bytes = 0;
    }
    slot->window_bytes += n;
}

/* Bytes that will be held; false where no transfer may hold more. */
static bool count_held(struct em_fetch_slot *slot, size_t n)
{
    struct em_fetcher *f = slot->fetcher;
    if (f->stats.buffered + n > f->options.max_buffered)
        return false;
    slot->counted += n;
    f->stats.buffered += n;
    if (f->stats.buffered > f->stats.buffered_peak)
        f->stats.buffered_peak = f->stats.buffered;
    return true;
}

/* The blank line: is this response the final one, and is its body wanted? */
static bool header_end(struct em_fetch_slot *slot)
{
    struct em_fetcher *f = slot->fetcher;
    struct em_fetch_result *r = &slot->result;
    struct em_view header = em_buf_view(&slot->header);
    unsigned long long length;
    slot->header_done = true;
    r->status = em_field_status(header);
    slot->is_final = r->status >= 200 || r->status == 101;
    if (!slot->is_final)
        return true;
    if (em_view_istarts(header, EM_VIEW("HTTP/1.0")))
        curl_easy_setopt(slot->easy, CURLOPT_FORBID_REUSE, 1L);
    if (slot->line >= 0)
        f->sockets[slot->line].http2 = em_view_istarts(header, EM_VIEW("HTTP/2"));
    if (slot->line >= 0)
        f->sockets[slot->line].tls = is_https(slot);
    slot->announced = -1;
    if (em_field_get(header, EM_VIEW("Transfer-Encoding")).len == 0 &&
        em_view_u64(em_field_get(header, EM_VIEW("Content-Length")), &length) &&
        length < INT64_MAX)
        slot->announced = (int64_t)length;
    if (f->options.max_announced &&
        em_view_u64(em_field_get(header, EM_VIEW("Content-Length")), &length) &&
        length > f->options.max_announced) {
        r->announced = length < INT64_MAX ? (int64_t)length : INT64_MAX;
        slot->stop = EM_FETCH_TOO_LARGE;
        return false;
    }
    if (em_field_lengths_differ(header)) {
        slot->stop = EM_FETCH_PROTOCOL;
        r->detail = "several Content-Length fields that differ";
        return false;
    }
    r->url = em_buf_view(&slot->url);
    r->header = header;
    if (slot->header_fn && !slot->header_fn(slot->header_context, r)) {
        r->cut = EM_FETCH_CUT_UNWANTED;
        return false;
    }
    return true;
}

static size_t on_header(char *data, size_t size, size_t count, void *context)
{
    struct em_fetch_slot *slot = context;
    struct em_fetcher *f = slot->fetcher;
    size_t n = size * count;
    received(slot, n);
    f->stats.header_bytes += n;
    slot->header_total += n;
    if (slot->header_total > f->options.max_header ||
        ++slot->header_lines > f->options.max_header_lines)
        return transfer_stop(slot, EM_FETCH_HEADER_LIMIT);
    if (slot->header_done) {
        if (slot->is_final)
            return n; /* a trailer: it is no part of the header (spec: RFC9112 7.1.2) */
        em_buf_clear(&slot->header); /* an interim response came before */
        slot->header_done = false;
    }
    if (!count_held(slot, n) || em_buf_append(&slot->header, data, n) < 0)
        return transfer_stop(slot, EM_FETCH_NOMEM);
    if ((n == 2 && data[0] == '\r' && data[1] == '\n') || (n == 1 && data[0] == '\n'))
        return header_end(slot) ? n : 0;
    return n;
}

/* Bytes that TLS has decrypted already are not seen on the socket. */
static bool tls_has_bytes(CURL *easy)
{
    struct curl_tlssessioninfo *tls = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &tls) != CURLE_OK || !tls ||
        tls->backend != CURLSSLBACKEND_OPENSSL || !tls->internals)
        return false;
    return SSL_pending(tls->internals) > 0;
}

/* The announced end of the body: what lies after it belongs to no request. */
static void look_behind_body(struct em_fetch_slot *slot)
{
    bool tls = is_https(slot);
    if (is_http2(slot))
        return;
    if (tls ? !tls_has_bytes(slot->easy) : !em_fetch_line_dirty(slot))
        return;
    slot->surplus = true;
    curl_easy_setopt(slot->easy, CURLOPT_FORBID_REUSE, 1L);
}

static size_t on_body(char *data, size_t size, size_t count, void *context)
{
    struct em_fetch_slot *slot = context;
    struct em_fetcher *f = slot->fetcher;
    size_t n = size * count, room = slot->max_body - slot->body.len, take = n;
    received(slot, n);
    f->stats.body_bytes += n;
    if (n > room) {
        slot->result.cut = EM_FETCH_CUT_LENGTH;
        take = room;
    }
    if (!count_held(slot, take)) {
        slot->result.cut = EM_FETCH_CUT_MEMORY;
        return 0;
    }
    if (slot->body.cap == 0 && slot->body.len == 0 && take < n + 1) {
        /* The announced length, so that a large body is not copied while it grows; no more
         * than a few pieces ahead of what has come, as it is only announced. */
        curl_off_t length = -1;
        (void)curl_easy_getinfo(slot->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
        if (length > 0 && (uint64_t)length <= EM_KEEP_FETCH_BODY &&
            em_buf_reserve(&slot->body, (size_t)length) < 0)
            return transfer_stop(slot, EM_FETCH_NOMEM);
    }
    if (em_buf_append(&slot->body, data, take) < 0)
        return transfer_stop(slot, EM_FETCH_NOMEM);
    slot->received += n;
    if (take == n && slot->announced >= 0 && slot->received >= (uint64_t)slot->announced)
        look_behind_body(slot);
    return take == n ? n : 0;
}

/* --- slots ---------------------------------------------------------------------------------- */

static bool set_constants(struct em_fetch_slot *slot)
{
    const struct em_fetcher_options *o = &slot->fetcher->options;
    CURL *e = slot->easy;
    int bad = !em_net_setup(e, slot->message);
    /* No deadlines of libcurl's beside ours (but its 300 s for connecting): they cost two
     * timers a transfer. */
#define SET(option, value) bad |= curl_easy_setopt(e, option, value) != CURLE_OK
    SET(CURLOPT_PRIVATE, slot);
    SET(CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    SET(CURLOPT_NOPROGRESS, 1L);
    SET(CURLOPT_HTTP_VERSION,
        (long)(o->http1_only ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
    if (slot->fetcher->ca_file)
        SET(CURLOPT_CAINFO, slot->fetcher->ca_file);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, slot);
    SET(CURLOPT_CLOSESOCKETFUNCTION, em_fetch_socket_close);
    SET(CURLOPT_CLOSESOCKETDATA, slot->fetcher);
    SET(CURLOPT_PREREQFUNCTION, before_request);
    SET(CURLOPT_PREREQDATA, slot);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, slot);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, slot);
#undef SET
    return !bad;
}

struct em_fetch_slot *em_fetch_slot_new(struct em_fetcher *fetcher)
{
    struct em_fetch_slot *slot = em_calloc(1, sizeof(*slot));
    if (!slot)
        return NULL;
    slot->fetcher = fetcher;
    slot->socket = slot->line = -1;
    em_buf_init(&slot->url, EM_MAX_URL);
    em_buf_init(&slot->header, EM_MAX_HEADER);
    em_buf_init(&slot->body, EM_MAX_BLOCK);
    em_buf_init(&slot->conditions, 2 * EM_MAX_VALIDATOR + 64);
    slot->easy = curl_easy_init();
    if (slot->easy && set_constants(slot))
        return slot;
    em_fetch_slot_free(slot);
    return NULL;
}

/* libcurl 7.83 to 8.1.0 remembers the last header line of an easy handle beyond its transfer:
 * a folded line that comes first in the next response is then joined to freed memory
 * (curl issue 11101; any server can do that, and the test cases of curl do). There a
 * handle is used once. Connections, sessions and certificates belong to the multi handle
 * and stay. */
static enum em_status renew(struct em_fetch_slot *slot)
{
    if (slot->easy && !(slot->used && slot->fetcher->one_use))
        return EM_OK;
    if (slot->easy)
        curl_easy_cleanup(slot->easy);
    slot->easy = curl_easy_init();
    if (slot->easy && set_constants(slot))
        return EM_OK;
    if (slot->easy)
        curl_easy_cleanup(slot->easy);
    slot->easy = NULL;
    return EM_ERR_NOMEM;
}

void em_fetch_slot_free(struct em_fetch_slot *slot)
{
    em_fetch_socket_forget(slot);
    if (slot->easy) {
        curl_multi_remove_handle(slot->fetcher->multi, slot->easy);
        curl_easy_cleanup(slot->easy);
    }
    em_buf_release(&slot->url);
    em_buf_release(&slot->header);
    em_buf_release(&slot->body);
    em_buf_release(&slot->conditions);
    em_free(slot);
}

/* As before the request went out. Keeps the memory that most pages need. */
static void slot_clear(struct em_fetch_slot *slot)
{
    if (slot->header.cap > EM_KEEP_FETCH_HEADER)
        em_buf_release(&slot->header);
    if (slot->body.cap > EM_KEEP_FETCH_BODY)
        em_buf_release(&slot->body);
    em_buf_clear(&slot->header);
    em_buf_clear(&slot->body);
    slot->phase = EM_NET_CONNECTING;
    slot->opened_ms = slot->connected_ms = slot->sent_ms = slot->window_ms = 0;
    slot->window_bytes = slot->header_total = slot->header_lines = 0;
    slot->header_done = slot->request_sent = slot->is_final = false;
    slot->stale = slot->surplus = false;
    slot->received = 0;
    slot->announced = -1;
    slot->line = -1;
    slot->stop = EM_FETCH_OK;
    slot->door = (struct em_net_door){
        .allow_private = slot->fetcher->options.allow_private,
    };
    slot->message[0] = '\0';
    slot->result = (struct em_fetch_result){.detail = "", .announced = -1};
}

static void slot_reset(struct em_fetch_slot *slot)
{
    slot_clear(slot);
    em_buf_clear(&slot->url);
    em_buf_clear(&slot->conditions);
}

static bool clean_value(struct em_view v)
{
    for (size_t i = 0; i < v.len; i++)
        if ((unsigned char)v.data[i] < ' ' || v.data[i] == 0x7F)
            return false;
    return v.len > 0 && v.len <= EM_MAX_VALIDATOR;
}

static enum em_status set_fields(struct em_fetch_slot *slot,
                                 const struct em_fetch_request *request)
{
    size_t second = 0;
    struct curl_slist *first = slot->fetcher->fields;
    bool tag = clean_value(request->if_none_match);
    bool date = clean_value(request->if_modified_since);
    if (tag)
        EM_TRY(em_buf_printf(&slot->conditions, "If-None-Match: %.*s",
                             EM_VIEW_ARGS(request->if_none_match)));
    if (tag)
        EM_TRY(em_buf_append(&slot->conditions, "", 1));
    second = slot->conditions.len;
    if (date) {
        EM_TRY(em_buf_printf(&slot->conditions, "If-Modified-Since: %.*s",
                             EM_VIEW_ARGS(request->if_modified_since)));
        slot->condition[1] = (struct curl_slist){slot->conditions.data + second, first};
        first = &slot->condition[1];
    }
    if (tag) {
        slot->condition[0] = (struct curl_slist){slot->conditions.data, first};
        first = &slot->condition[0];
    }
    slot->fields = first;
    return curl_easy_setopt(slot->easy, CURLOPT_HTTPHEADER, first) == CURLE_OK
               ? EM_OK
               : EM_ERR_NOMEM;
}

static enum em_status set_address(struct em_fetch_slot *slot)
{
    struct curl_slist *pin = NULL;
    if (slot->address.family) {
        char ip[EM_ADDRESS_TEXT];
        em_address_format_ip(&slot->address, ip);
        unsigned port = slot->address.port ? slot->address.port
                                           : em_url_effective_port(&slot->fetcher->url);
        snprintf(slot->pin, sizeof(slot->pin),
                 slot->address.family == 6 ? "::[%.46s]:%u" : "::%.46s:%u", ip, port);
        slot->pin_node = (struct curl_slist){slot->pin, NULL};
        pin = &slot->pin_node;
    }
    return curl_easy_setopt(slot->easy, CURLOPT_CONNECT_TO, pin) == CURLE_OK
               ? EM_OK
               : EM_ERR_NOMEM;
}

enum em_status em_fetch_slot_prepare(struct em_fetch_slot *slot,
                                     const struct em_fetch_request *request)
{
    struct em_fetcher *f = slot->fetcher;
    struct em_view href = em_url_href(&f->url);
    struct timespec now;
    slot_reset(slot);
    slot->tag = slot->result.tag = request->tag;
    slot->header_fn = request->header;
    slot->header_context = request->header_context;
    slot->max_body = request->max_body && request->max_body < f->options.max_body
                         ? request->max_body
                         : f->options.max_body;
    slot->address = request->address;
    slot->begun_ms = f->now_ms = em_fetch_clock();
    clock_gettime(CLOCK_REALTIME, &now);
    slot->result.started_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    if (href.len == 0) /* not a URL: no transfer */
        return em_buf_append_view(&slot->url, em_view_sub(request->url, 0, EM_MAX_URL));
    if (f->url.fragment != EM_URL_NONE)
        href.len = f->url.fragment;
    EM_TRY(em_buf_append_view(&slot->url, href));
    EM_TRY(renew(slot));
    slot->used = true;
    EM_TRY(set_fields(slot, request));
    EM_TRY(set_address(slot));
    slot->again = false;
    slot->server = em_hash64(slot->url.data, f->url.authority_end, 0);
    bool alone = em_fetch_overrun(f, slot->server);
    curl_easy_setopt(slot->easy, CURLOPT_FORBID_REUSE,
                     request->no_reuse || alone ? 1L : 0L);
    curl_easy_setopt(slot->easy, CURLOPT_FRESH_CONNECT, alone ? 1L : 0L);
    return curl_easy_setopt(slot->easy, CURLOPT_URL, slot->url.data) == CURLE_OK
               ? EM_OK
               : EM_ERR_NOMEM;
}

bool em_fetch_slot_restart(struct em_fetch_slot *slot)
{
    struct em_fetcher *f = slot->fetcher;
    struct em_fetch_result before = slot->result;
    if (slot->again || slot->stop != EM_FETCH_OK)
        return false;
    f->stats.buffered -= slot->counted;
    slot->counted = 0;
    slot_clear(slot);
    slot->result.tag = before.tag;
    slot->result.started_ms = before.started_ms;
    slot->again = true;
    if (renew(slot) < 0)
        return false;
    int bad = 0;
#define SET(option, value) bad |= curl_easy_setopt(slot->easy, option, value) != CURLE_OK
    SET(CURLOPT_HTTPHEADER, slot->fields);
    SET(CURLOPT_CONNECT_TO, slot->address.family ? &slot->pin_node : NULL);
    SET(CURLOPT_URL, slot->url.data);
    SET(CURLOPT_FORBID_REUSE, 1L);
    SET(CURLOPT_FRESH_CONNECT, 1L);
#undef SET
    return !bad && curl_multi_add_handle(f->multi, slot->easy) == CURLM_OK;
}

/* --- results ---------------------------------------------------------------------------------- */

/* What libcurl wrote: see above. The host is as serialised, its port only if not the
 * scheme's own, as in the URL. */
static enum em_status rebuild_request(struct em_buf *out,
                                      const struct em_fetch_slot *slot)
{
    struct em_view url = em_buf_view(&slot->url);
    size_t host = em_view_find(url, 0, EM_VIEW("://")) + 3;
    size_t path = em_view_find(url, host, EM_VIEW("/"));
    em_buf_clear(out);
    EM_TRY(em_buf_append(out, "GET ", 4));
    EM_TRY(em_buf_append_view(out, em_view_sub(url, path, url.len)));
    EM_TRY(em_buf_append(out, " HTTP/1.1\r\nHost: ", 17));
    EM_TRY(em_buf_append_view(out, em_view_sub(url, host, path - host)));
    for (const struct curl_slist *field = slot->fields; field; field = field->next) {
        EM_TRY(em_buf_append(out, "\r\n", 2));
        EM_TRY(em_buf_append(out, field->data, strlen(field->data)));
    }
    return em_buf_append(out, "\r\n\r\n", 4);
}

static double transfer_seconds(CURL *easy, CURLINFO info)
{
    curl_off_t us = 0;
    (void)curl_easy_getinfo(easy, info, &us);
    return (double)us * 1e-6;
}

static void fill_result(struct em_fetch_slot *slot, CURLcode code)
{
    struct em_fetch_result *r = &slot->result;
    curl_off_t length = -1;
    long version = 0;
    if (slot->stop != EM_FETCH_OK) {
        r->error = slot->stop;
    } else if (r->cut != EM_FETCH_WHOLE) {
        r->error = EM_FETCH_OK;
    } else {
        r->error = em_net_error(slot->easy, code, &slot->door, slot->phase,
                                slot->header_done, slot->message);
        if (r->error == EM_FETCH_OK && !slot->is_final)
            r->error = EM_FETCH_PROTOCOL; /* an interim response and no more */
    }
    if (r->error != EM_FETCH_OK && !r->detail[0])
        r->detail = slot->door.refused ? slot->door.refused
                    : slot->message[0] ? slot->message
                                       : em_fetch_error_text(r->error);
    (void)curl_easy_getinfo(slot->easy, CURLINFO_HTTP_VERSION, &version);
    (void)curl_easy_getinfo(slot->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    r->http_version = version == CURL_HTTP_VERSION_1_0   ? 10
                      : version == CURL_HTTP_VERSION_1_1 ? 11
                      : version == CURL_HTTP_VERSION_2_0 ? 20
                                                         : 0;
    if (r->announced < 0 && slot->is_final)
        r->announced = length;
    r->times.resolved = transfer_seconds(slot->easy, CURLINFO_NAMELOOKUP_TIME_T);
    r->times.connected = transfer_seconds(slot->easy, CURLINFO_CONNECT_TIME_T);
    r->times.secured = transfer_seconds(slot->easy, CURLINFO_APPCONNECT_TIME_T);
    r->times.first_byte = transfer_seconds(slot->easy, CURLINFO_STARTTRANSFER_TIME_T);
    r->times.done = transfer_seconds(slot->easy, CURLINFO_TOTAL_TIME_T);
}

void em_fetch_slot_finish(struct em_fetch_slot *slot, CURLcode code)
{
    struct em_fetcher *f = slot->fetcher;
    struct em_fetch_result *r = &slot->result;
    bool begun = slot->fields && slot->request_sent;
    em_fetch_socket_forget(slot);
    if (slot->phase != EM_NET_CONNECTING || code != CURLE_OK)
        fill_result(slot, code);
    else
        r->error = slot->stop;
    r->url = em_buf_view(&slot->url);
    r->body = em_buf_view(&slot->body);
    r->header = slot->header_done ? em_buf_view(&slot->header) : EM_VIEW_NONE;
    if (!slot->is_final) {
        r->status = 0;
        r->header = EM_VIEW_NONE;
    }
    em_buf_clear(&f->request);
    if (begun && rebuild_request(&f->request, slot) < 0) {
        em_buf_clear(&f->request);
        r->error = EM_FETCH_NOMEM;
        r->detail = em_fetch_error_text(r->error);
    }
    r->request = em_buf_view(&f->request);
    f->active[slot->at] = f->active[--f->n_active];
    f->active[slot->at]->at = slot->at;
    f->stats.buffered -= slot->counted;
    slot->counted = 0;
    f->stats.results[r->error]++;
    f->done(f->done_context, r);
    slot->next = f->free;
    f->free = slot;
}
