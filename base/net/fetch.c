/* SPDX-License-Identifier: Apache-2.0
 *
 * The fetcher's life and the start of a transfer. A URL is parsed by our own parser before
 * libcurl sees it and given to it as serialised, so that both mean the same host.
 */
#include "base/net/fetch_int.h"

#include "base/alloc.h"

#include <stdint.h>
#include <unistd.h>

void em_fetcher_options_init(struct em_fetcher_options *options)
{
    *options = (struct em_fetcher_options){
        .max_transfers = 1000,
        .max_idle = 1000,
        .max_header = 256 * EM_KIB,
        .max_header_lines = 1000,
        .max_body = 16 * EM_MIB,
        .max_buffered = 1024 * EM_MIB,
        .resolve_ms = 20000,
        .connect_ms = 20000,
        .tls_ms = 20000,
        .first_byte_ms = 30000,
        .slow_ms = 20000,
        .slow_bytes = 2000,
        .total_ms = 300000,
        .user_agent = "echometer/" EM_VERSION,
    };
}

/* A copy of "name: value", or of the value alone; where it stands in f->texts. *at is 0 for
 * no value, as the first byte there is nobody's. */
static enum em_status add_text(struct em_fetcher *f, size_t *at, const char *name,
                               const char *value, bool field, struct em_err *err)
{
    *at = 0;
    if (!value || !value[0])
        return EM_OK;
    for (const char *p = value; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7F)
            return em_fail(err, EM_ERR_USAGE, "fetch", "%s has a control character",
                           name);
    if (strlen(value) > EM_MAX_FETCH_OPTION)
        return em_fail(err, EM_ERR_USAGE, "fetch", "%s is longer than %d bytes", name,
                       EM_MAX_FETCH_OPTION);
    *at = f->texts.len;
    EM_TRY(
        em_buf_printf(&f->texts, "%s%s%s", field ? name : "", field ? ": " : "", value));
    return em_buf_append(&f->texts, "", 1);
}

/* All as lines of our own: libcurl's options for some of them (CURLOPT_USERAGENT, ...) are
 * formatted twice a transfer, byte by byte, which profiles show. */
static enum em_status make_fields(struct em_fetcher *f, struct em_err *err)
{
    const struct em_fetcher_options *o = &f->options;
    const char *accept = o->accept && o->accept[0]
                             ? o->accept
                             : "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5";
    const struct {
        const char *name, *value;
        bool field;
    } texts[] = {
        {"a CA file's name", o->ca_file, false},
        {"User-Agent", o->user_agent, true},
        {"From", o->from, true},
        {"Accept", accept, true},
        {"Accept-Encoding",
         o->accept_encoding ? o->accept_encoding : "gzip, deflate, br, zstd", true},
        {"Accept-Language", o->accept_language, true},
    };
    enum { N = sizeof(texts) / sizeof(texts[0]) };
    size_t at[N];
    if (!o->user_agent || !o->user_agent[0])
        return em_fail(err, EM_ERR_USAGE, "fetch", "no user agent");
    EM_TRY(em_buf_append(&f->texts, "", 1));
    for (size_t i = 0; i < N; i++)
        EM_TRY(add_text(f, &at[i], texts[i].name, texts[i].value, texts[i].field, err));
    f->ca_file = at[0] ? f->texts.data + at[0] : NULL;
    for (size_t i = 1; i < N; i++)
        if (at[i])
            f->fields[f->n_fields++].data = f->texts.data + at[i];
    for (unsigned i = 0; i + 1 < f->n_fields; i++)
        f->fields[i].next = &f->fields[i + 1];
    return EM_OK;
}

static enum em_status check_options(struct em_fetcher_options *o, struct em_err *err)
{
    if (o->max_transfers == 0 || o->max_transfers > EM_MAX_TRANSFERS ||
        o->max_idle > EM_MAX_TRANSFERS)
        return em_fail(err, EM_ERR_USAGE, "fetch", "1 to %d transfers at a time",
                       EM_MAX_TRANSFERS);
    if (o->max_header == 0 || o->max_body == 0 || o->max_header > EM_MAX_HEADER ||
        o->max_body > EM_MAX_BLOCK - EM_MAX_HEADER)
        return em_fail(err, EM_ERR_USAGE, "fetch",
                       "header and body must fit an archived block of %zu bytes",
                       EM_MAX_BLOCK);
    const int64_t deadlines[] = {o->resolve_ms,    o->connect_ms, o->tls_ms,
                                 o->first_byte_ms, o->slow_ms,    o->total_ms};
    for (size_t i = 0; i < sizeof(deadlines) / sizeof(deadlines[0]); i++)
        if (deadlines[i] <= 0 || deadlines[i] > INT32_MAX)
            return em_fail(err, EM_ERR_USAGE, "fetch", "a deadline is not positive");
    if (o->ca_file && access(o->ca_file, R_OK) != 0)
        return em_fail(err, EM_ERR_IO, "fetch", "cannot read '%.200s'", o->ca_file);
    return EM_OK;
}

static enum em_status fetcher_init(struct em_fetcher *f, struct em_err *err)
{
    em_buf_init(&f->texts, 16 * EM_MAX_FETCH_OPTION);
    em_buf_init(&f->request, EM_MAX_REQUEST + 8 * EM_MAX_FETCH_OPTION);
    em_url_init(&f->url, EM_MAX_URL);
    EM_TRY(check_options(&f->options, err));
    EM_TRY(make_fields(f, err));
    f->active = em_calloc(f->options.max_transfers, sizeof(struct em_fetch_slot *));
    /* One more: the slot whose result is being handed out while the others are full. */
    f->all = em_calloc(f->options.max_transfers + 1, sizeof(struct em_fetch_slot *));
    if (!f->active || !f->all)
        return EM_ERR_NOMEM;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return em_fail(err, EM_ERR_NOMEM, "fetch", "libcurl cannot be initialised");
    f->global = true;
    unsigned version = curl_version_info(CURLVERSION_NOW)->version_num;
    f->one_use = version >= 0x075300 && version < 0x080101;
    return em_fetch_loop_init(f, err);
}

enum em_status em_fetcher_new(struct em_fetcher **out,
                              const struct em_fetcher_options *options,
                              em_fetch_done_fn done, void *done_context,
                              struct em_err *err)
{
    *out = NULL;
    struct em_fetcher *f = em_calloc(1, sizeof(*f));
    if (!f)
        return em_fail(err, EM_ERR_NOMEM, "fetch", "out of memory");
    f->options = *options;
    f->done = done;
    f->done_context = done_context;
    f->epoll = f->wake = -1;
    enum em_status status = fetcher_init(f, err);
    if (status < 0) {
        em_fetcher_free(f);
        return status == EM_ERR_NOMEM
                   ? em_fail(err, EM_ERR_NOMEM, "fetch", "out of memory")
                   : status;
    }
    *out = f;
    return EM_OK;
}

void em_fetcher_free(struct em_fetcher *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->n_slots; i++)
        em_fetch_slot_free(f->all[i]);
    em_fetch_loop_release(f);
    if (f->global)
        curl_global_cleanup();
    em_free(f->active);
    em_free(f->all);
    em_buf_release(&f->texts);
    em_buf_release(&f->request);
    em_url_release(&f->url);
    em_free(f);
}

static struct em_fetch_slot *take_slot(struct em_fetcher *f)
{
    struct em_fetch_slot *slot = f->free;
    if (slot) {
        f->free = slot->next;
        slot->next = NULL;
        return slot;
    }
    if (f->n_slots > f->options.max_transfers)
        return NULL;
    slot = em_fetch_slot_new(f);
    if (slot)
        f->all[f->n_slots++] = slot;
    return slot;
}

/* A result without a transfer, for the next run. */
static void fail_later(struct em_fetch_slot *slot, enum em_fetch_error error,
                       const char *detail)
{
    struct em_fetcher *f = slot->fetcher;
    slot->stop = error;
    slot->result.detail = detail;
    slot->next = NULL;
    if (f->failed_last)
        f->failed_last->next = slot;
    else
        f->failed = slot;
    f->failed_last = slot;
}

/* Why the parsed URL is not fetched; NULL where it is. */
static const char *unfit(const struct em_url *url)
{
    if (url->scheme != EM_SCHEME_HTTP && url->scheme != EM_SCHEME_HTTPS)
        return "not http or https";
    if (em_url_username(url).len || em_url_password(url).len)
        return "credentials in the URL";
    return NULL;
}

/* Before any socket is made; the door (setup.h) asks again at each. */
static const char *refused_by_guard(const struct em_fetcher *f,
                                    const struct em_fetch_request *request)
{
    const char *refused = em_guard_refuses_port((uint16_t)em_url_effective_port(&f->url));
    if (!refused && request->address.family)
        refused = em_guard_refuses(&request->address, f->options.allow_private);
    return refused;
}

enum em_status em_fetch_start(struct em_fetcher *f,
                              const struct em_fetch_request *request)
{
    if (f->n_active >= f->options.max_transfers)
        return EM_AGAIN;
    enum em_status parsed = em_url_parse(&f->url, request->url, NULL);
    if (parsed == EM_ERR_NOMEM)
        return parsed;
    struct em_fetch_slot *slot = take_slot(f);
    if (!slot)
        return EM_ERR_NOMEM;
    enum em_status status = em_fetch_slot_prepare(slot, request);
    const char *why = parsed == EM_OK ? unfit(&f->url) : f->url.reason;
    const char *refused = parsed == EM_OK && !why ? refused_by_guard(f, request) : NULL;
    if (status == EM_OK && !why && !refused &&
        curl_multi_add_handle(f->multi, slot->easy) != CURLM_OK)
        status = EM_ERR_NOMEM;
    if (status < 0 && status != EM_ERR_LIMIT) {
        slot->next = f->free;
        f->free = slot;
        return status;
    }
    slot->at = f->n_active;
    f->active[f->n_active++] = slot;
    f->stats.started++;
    f->stats.active = f->n_active;
    if (parsed < 0 || why || status == EM_ERR_LIMIT)
        fail_later(slot, EM_FETCH_BAD_URL, why ? why : "too long");
    else if (refused)
        fail_later(slot, EM_FETCH_BLOCKED, refused);
    return EM_OK;
}

size_t em_fetcher_active(const struct em_fetcher *fetcher)
{
    return fetcher->n_active;
}

void em_fetcher_cancel(struct em_fetcher *f)
{
    for (size_t i = 0; i < f->n_active; i++)
        if (f->active[i]->stop == EM_FETCH_OK) {
            curl_multi_remove_handle(f->multi, f->active[i]->easy);
            fail_later(f->active[i], EM_FETCH_CANCELLED, "given up by the caller");
        }
}

void em_fetcher_stats(const struct em_fetcher *fetcher, struct em_fetcher_stats *stats)
{
    *stats = fetcher->stats;
    stats->active = fetcher->n_active;
}
