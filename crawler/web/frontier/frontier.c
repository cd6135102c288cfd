/* SPDX-License-Identifier: Apache-2.0
 *
 * See frontier.h: opening, URLs in, counts and notes.
 */
#include "crawler/web/frontier/frontier_int.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"

#include <math.h>

void em_frontier_options_init(struct em_frontier_options *options)
{
    *options = (struct em_frontier_options){
        .rules = EM_URL_RULES_DEFAULT,
        .max_hosts = 20000,
        .host_urls = 50,
        .batch = EM_MAX_SIEVE_BATCH / 4,
        .max_queue_host = EM_MAX_HOST_QUEUE,
    };
    em_trap_options_init(&options->trap);
    em_polite_options_init(&options->polite);
    em_focus_options_init(&options->focus);
    em_revisit_options_init(&options->revisit);
}

static size_t frontier_clamp(size_t value, size_t low, size_t high)
{
    return value < low ? low : value > high ? high : value;
}

static void frontier_init(struct em_frontier *f,
                          const struct em_frontier_options *options)
{
    if (options)
        f->options = *options;
    else
        em_frontier_options_init(&f->options);
    struct em_frontier_options *o = &f->options;
    o->max_hosts = frontier_clamp(o->max_hosts, 1, EM_MAX_FRONTIER_HOSTS);
    o->host_urls = frontier_clamp(o->host_urls, 1, EM_MAX_HOST_TASKS);
    o->batch = frontier_clamp(o->batch, 16, EM_MAX_SIEVE_BATCH);
    f->lock = -1;
    f->next_seq = 1; /* 0 stands for "none done" */
    f->next_due = INT64_MAX;
    em_buf_init(&f->batch.bytes, EM_MAX_SIEVE_BYTES + 2 * EM_MAX_FRONTIER_STAGED);
    em_buf_init(&f->pages.bytes, EM_MAX_FRONTIER_STAGED);
    em_buf_init(&f->dues.bytes, EM_MAX_FRONTIER_STAGED);
    em_buf_init(&f->notes, EM_MAX_FRONTIER_STAGED);
    em_buf_init(&f->scratch, 16 * EM_MAX_URL + 4096);
    em_buf_init(&f->key, 512);
    em_buf_init(&f->value, EM_MAX_ROBOTS_FORM + 64);
    em_url_init(&f->url, 2 * EM_MAX_URL);
}

enum em_status em_frontier_open(struct em_frontier **out, const char *dir,
                                enum em_frontier_mode mode,
                                const struct em_frontier_options *options, int64_t now_ms,
                                struct em_err *err)
{
    *out = NULL;
    struct em_frontier *f = em_calloc(1, sizeof(*f));
    if (!f)
        return em_fail(err, EM_ERR_NOMEM, "frontier", "out of memory");
    frontier_init(f, options);
    f->reader = mode == EM_FRONTIER_READ;
    f->open_ms = f->now_ms = now_ms;
    f->dir = em_strdup(dir);
    if (!f->reader)
        f->cache = em_calloc((size_t)1 << EM_CACHE_BITS, sizeof(f->cache[0]));
    enum em_status status = f->dir && (f->reader || f->cache)
                                ? em_db_open(f, err)
                                : em_fail(err, EM_ERR_NOMEM, "frontier", "out of memory");
    if (status < 0) {
        em_frontier_free(f);
        return status;
    }
    /* 0: a commit looks for what is due before the first host is asked for */
    if (f->options.revisit.enabled && f->counts.due)
        f->next_due = 0;
    *out = f;
    return EM_OK;
}

void em_frontier_free(struct em_frontier *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->cap_active; i++)
        if (f->active[i]) {
            em_host_unload(f, f->active[i]);
            em_host_clear(f->active[i]);
            em_free(f->active[i]);
        }
    em_free(f->active);
    em_db_close(f);
    for (int t = 0; t < EM_FAMILY_COUNT; t++)
        em_free(f->families[t].runs);
    em_free(f->batch.items);
    em_buf_release(&f->batch.bytes);
    em_rowset_release(&f->pages);
    em_rowset_release(&f->dues);
    em_buf_release(&f->notes);
    em_buf_release(&f->scratch);
    em_buf_release(&f->key);
    em_buf_release(&f->value);
    em_url_release(&f->url);
    em_free(f->cache);
    em_free(f->dir);
    em_free(f);
}

/* --- URLs in ----------------------------------------------------------------------------- */

void em_frontier_cut(struct em_frontier *f, enum em_cut cut)
{
    if ((unsigned)cut < EM_CUT_COUNT && cut != EM_CUT_NONE)
        f->counts.cuts[cut]++;
}

/* What is no crawlable URL at all, whatever the scope. */
static enum em_cut cut_form(const struct em_url *url)
{
    if (url->scheme != EM_SCHEME_HTTP && url->scheme != EM_SCHEME_HTTPS)
        return EM_CUT_SCHEME;
    if (em_url_hostname(url).len == 0 || url->path > 500)
        return EM_CUT_URL_BAD;
    return em_url_href(url).len > EM_MAX_URL ? EM_CUT_URL_LENGTH : EM_CUT_NONE;
}

static enum em_status cut_url(struct em_frontier *f, struct em_url *url,
                              const struct em_frontier_link *link, enum em_cut *cut,
                              struct em_err *err)
{
    *cut = cut_form(url);
    if (*cut != EM_CUT_NONE)
        return EM_OK;
    enum em_status status = em_url_normalise(url, f->options.rules, &f->scratch);
    if (status == EM_ERR_FORMAT || status == EM_ERR_LIMIT) {
        *cut = status == EM_ERR_LIMIT ? EM_CUT_URL_LENGTH : EM_CUT_URL_BAD;
        return EM_OK;
    }
    if (status < 0)
        return em_fail(err, status, "frontier", "normalising a URL");
    *cut = cut_form(url);
    if (*cut == EM_CUT_NONE && f->options.scope && link->source != EM_LINK_SEED)
        *cut = em_scope_url(f->options.scope, url, link->depth);
    return EM_OK;
}

static uint64_t hash_of(struct em_view href)
{
    return em_hash64(href.data, href.len, 0);
}

/* Where the hash would stand: one place each, the later one wins. */
static uint64_t *cached(struct em_frontier *f, uint64_t hash)
{
    return &f->cache[hash >> (64 - EM_CACHE_BITS)];
}

enum em_status em_frontier_add(struct em_frontier *f, struct em_url *url,
                               const struct em_frontier_link *link, enum em_cut *cut,
                               struct em_err *err)
{
    *cut = EM_CUT_NONE;
    if (f->broken || f->reader)
        return em_fail(err, EM_ERR_USAGE, "frontier", "not open for writing");
    if (f->batch.n >= f->options.batch || f->batch.bytes.len >= EM_MAX_SIEVE_BYTES)
        return EM_AGAIN;
    if (f->options.gate && link->source == EM_LINK_PAGE && link->linking > 0)
        em_hint_add(f, em_hash64(em_url_href(url).data, url->path, 0),
                    hash_of(em_url_href(url)), link->linking);
    /* As it was written: most links of a page are those of the page before. */
    uint64_t written = hash_of(em_url_href(url));
    if (*cached(f, written) == written && written && link->lastmod_ms <= 0) {
        f->counts.found++;
        f->counts.cached++;
        return EM_OK;
    }
    EM_TRY(cut_url(f, url, link, cut, err));
    f->counts.found++;
    if (*cut != EM_CUT_NONE) {
        f->counts.refused++;
        f->counts.cuts[*cut]++;
        return EM_OK;
    }
    struct em_view href = em_url_href(url);
    uint64_t hash = hash_of(href);
    if (*cached(f, hash) == hash && hash && link->lastmod_ms <= 0) {
        f->counts.cached++;
        return EM_OK;
    }
    struct em_pending item = {
        .hash = hash,
        .host = em_hash64(href.data, url->path, 0),
        .origin_len = url->path,
        .depth = link->depth,
        .linking = link->linking >= 0 && link->linking <= 1 ? (float)link->linking : 2,
        .inclusion = link->inclusion >= 0 && link->inclusion <= 1 ? link->inclusion : 0,
        .lastmod_ms = link->lastmod_ms,
        .found_ms = f->now_ms,
        .source = (uint8_t)link->source,
    };
    EM_TRY(em_sieve_add(f, &item, href, err));
    *cached(f, written) = written;
    *cached(f, hash) = hash;
    return EM_OK;
}

/* --- counts, files, notes ---------------------------------------------------------------- */

enum em_status em_frontier_count(struct em_frontier *f, struct em_frontier_counts *counts,
                                 struct em_err *err)
{
    (void)err;
    *counts = f->counts;
    counts->hosts_memory = f->n_active;
    return EM_OK;
}

enum em_status em_frontier_file_each(struct em_frontier *f, em_frontier_file_fn *fn,
                                     void *context, struct em_err *err)
{
    MDB_cursor *cursor;
    MDB_val key = em_lmdb_val(EM_VIEW("file:")), value;
    EM_TRY(em_db_read(f, err));
    EM_TRY(em_db_fail(err, mdb_cursor_open(f->read, f->meta, &cursor), f));
    enum em_status status = EM_OK;
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    for (; rc == 0 && status == EM_OK;
         rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
        struct em_view name = em_lmdb_view(&key), length = em_lmdb_view(&value);
        if (!em_view_starts(name, EM_VIEW("file:")))
            break;
        if (!em_unseal(name, &length) || length.len != 8) {
            status = em_fail(err, EM_ERR_CHECKSUM, "frontier", "length of file '%.*s'",
                             EM_VIEW_ARGS(name));
            break;
        }
        struct em_frontier_file file = {.name = em_view_sub(name, 5, name.len),
                                        .length = em_get_be(length.data, 8)};
        status = fn(context, &file);
    }
    mdb_cursor_close(cursor);
    if (status == EM_OK && rc != 0 && rc != MDB_NOTFOUND)
        return em_db_fail(err, rc, f);
    return status;
}

enum em_status em_frontier_note_put(struct em_frontier *f, struct em_view name,
                                    struct em_view value, struct em_err *err)
{
    if (f->broken || f->reader || name.len == 0 || name.len > 64 ||
        value.len > 64 * EM_KIB)
        return em_fail(err, EM_ERR_USAGE, "frontier", "a note too long, or no writer");
    enum em_status status = em_pack_view(&f->notes, name);
    if (status == EM_OK)
        status = em_pack_view(&f->notes, value);
    if (status < 0) {
        f->broken = true; /* half a note is staged */
        return em_fail(err, status, "frontier", "a note that waits for a commit");
    }
    return EM_OK;
}

enum em_status em_frontier_note_get(struct em_frontier *f, struct em_view name,
                                    struct em_buf *value, struct em_err *err)
{
    EM_TRY(em_db_read(f, err));
    em_buf_clear(&f->key);
    if (name.len > 64)
        return em_fail(err, EM_ERR_USAGE, "frontier", "a note's name");
    if (em_buf_printf(&f->key, "note:") < 0 || em_buf_append_view(&f->key, name) < 0)
        return em_fail(err, EM_ERR_NOMEM, "frontier", "out of memory");
    MDB_val k = em_lmdb_val(em_buf_view(&f->key)), v;
    int rc = mdb_get(f->read, f->meta, &k, &v);
    if (rc == MDB_NOTFOUND)
        return EM_ERR_NOTFOUND;
    EM_TRY(em_db_fail(err, rc, f));
    struct em_view stored = em_lmdb_view(&v);
    if (!em_unseal(em_buf_view(&f->key), &stored))
        return em_fail(err, EM_ERR_CHECKSUM, "frontier", "note '%.*s'",
                       EM_VIEW_ARGS(name));
    return em_buf_append_view(value, stored);
}
