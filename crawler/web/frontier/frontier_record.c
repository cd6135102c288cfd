/* SPDX-License-Identifier: Apache-2.0
 *
 * The frontier's values, packed and unpacked. What is read may be damaged: a seal is checked
 * first (base/seal.h), then every field against its range, and that nothing is left over.
 * docs/FORMATS.md has the layouts.
 */
#include "crawler/web/frontier/frontier_int.h"

#include "base/alloc.h"
#include "base/limits.h"

enum { MAX_ORIGIN = 512 }; /* bytes of an origin: scheme, 255 of a name, port */

static enum em_status open_value(struct em_unpack *in, struct em_view key,
                                 struct em_view value)
{
    if (!em_unseal(key, &value))
        return EM_ERR_CHECKSUM;
    *in = em_unpack_of(value);
    return EM_OK;
}

static uint64_t at_most(struct em_unpack *in, uint64_t max)
{
    uint64_t value = em_unpack_u64(in);
    if (value > max)
        in->bad = true;
    return in->bad ? 0 : value;
}

/* Floats that are stored are finite and in [0, max]. */
static float record_unit(struct em_unpack *in, float max)
{
    float value = em_unpack_f32(in);
    if (!(value >= 0 && value <= max))
        in->bad = true;
    return in->bad ? 0 : value;
}

static enum em_status pack_f64(struct em_buf *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return em_pack_be(out, bits, 8);
}

static double unpack_sum(struct em_unpack *in)
{
    uint64_t bits = em_unpack_be(in, 8);
    double value;
    memcpy(&value, &bits, sizeof(value));
    if (!(value >= 0 && value < 1e18))
        in->bad = true;
    return in->bad ? 0 : value;
}

/* --- host -------------------------------------------------------------------------------- */

static enum em_status pack_polite(struct em_buf *out, const struct em_polite *p)
{
    const int64_t times[] = {p->next_ms, p->last_ms, p->suspended_ms, p->robots_bad_ms};
    for (size_t i = 0; i < 4; i++)
        EM_TRY(em_pack_i64(out, times[i]));
    EM_TRY(em_pack_f32(out, p->response_ms));
    EM_TRY(em_pack_f32(out, p->factor));
    EM_TRY(em_pack_u64(out, p->crawl_delay_ms));
    EM_TRY(em_pack_u64(out, p->errors));
    EM_TRY(em_pack_u64(out, p->trips));
    EM_TRY(em_pack_u64(out, p->circuit));
    return em_pack_u64(out, p->reason);
}

static void unpack_polite(struct em_unpack *in, struct em_polite *p)
{
    p->next_ms = em_unpack_i64(in);
    p->last_ms = em_unpack_i64(in);
    p->suspended_ms = em_unpack_i64(in);
    p->robots_bad_ms = em_unpack_i64(in);
    p->response_ms = record_unit(in, 1e12f);
    p->factor = record_unit(in, 1e6f);
    p->crawl_delay_ms = (uint32_t)at_most(in, UINT32_MAX);
    p->errors = (uint32_t)at_most(in, UINT32_MAX);
    p->trips = (uint32_t)at_most(in, UINT32_MAX);
    p->circuit = (uint8_t)at_most(in, EM_CIRCUIT_HALF);
    p->reason = (uint8_t)at_most(in, EM_WAIT_COUNT - 1);
}

static enum em_status pack_counters(struct em_buf *out, const struct em_host *host)
{
    const struct em_frontier_host *pub = &host->pub;
    const uint64_t counts[] = {pub->fetched,  pub->settled, pub->failed, pub->cut,
                               pub->last_cut, pub->error,   pub->robots};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        EM_TRY(em_pack_u64(out, counts[i]));
    EM_TRY(em_pack_i64(out, pub->robots_ms));
    EM_TRY(pack_f64(out, pub->score.sum));
    EM_TRY(em_pack_u64(out, pub->score.n));
    for (size_t c = 0; c < EM_CLASS_COUNT; c++) {
        EM_TRY(em_pack_u64(out, host->done_to[c]));
        EM_TRY(em_pack_u64(out, host->queued[c]));
    }
    EM_TRY(em_pack_u64(out, host->n_ahead));
    for (size_t i = 0; i < host->n_ahead; i++)
        EM_TRY(em_pack_u64(out, host->ahead[i]));
    return EM_OK;
}

enum em_status em_record_pack_host(struct em_buf *out, const struct em_host *host)
{
    char key[8];
    em_put_be(key, host->pub.id, 8);
    EM_TRY(em_seal_begin(out));
    EM_TRY(em_pack_view(out, em_buf_view(&host->origin)));
    EM_TRY(em_pack_u64(out, host->place));
    EM_TRY(em_pack_u64(out, host->ranked));
    EM_TRY(em_pack_u64(out, host->rank));
    EM_TRY(em_pack_u64(out, host->number));
    EM_TRY(em_pack_i64(out, host->asleep_ms));
    EM_TRY(pack_polite(out, &host->pub.polite));
    EM_TRY(pack_counters(out, host));
    EM_TRY(em_trap_pack(out, &host->pub.trap)); /* to the end */
    em_seal(em_view_make(key, 8), out);
    return EM_OK;
}

static enum em_status unpack_counters(struct em_unpack *in, struct em_host *host)
{
    struct em_frontier_host *pub = &host->pub;
    pub->fetched = em_unpack_u64(in);
    pub->settled = em_unpack_u64(in);
    pub->failed = em_unpack_u64(in);
    pub->cut = em_unpack_u64(in);
    pub->last_cut = (uint8_t)at_most(in, EM_CUT_COUNT - 1);
    pub->error = (uint8_t)at_most(in, UINT8_MAX);
    pub->robots = (uint8_t)at_most(in, EM_ROBOTS_DEAD);
    pub->robots_ms = em_unpack_i64(in);
    pub->score.sum = unpack_sum(in);
    pub->score.n = em_unpack_u64(in);
    pub->queued = 0;
    for (size_t c = 0; c < EM_CLASS_COUNT; c++) {
        host->done_to[c] = em_unpack_u64(in);
        host->queued[c] = at_most(in, UINT32_MAX);
        pub->queued += host->queued[c];
    }
    host->n_ahead = (size_t)at_most(in, EM_MAX_HOST_AHEAD);
    if (in->bad)
        return EM_ERR_FORMAT;
    if (host->n_ahead > host->cap_ahead) {
        uint64_t *ahead =
            em_realloc_array(host->ahead, EM_MAX_HOST_AHEAD, sizeof(ahead[0]));
        if (!ahead) {
            host->n_ahead = 0;
            return EM_ERR_NOMEM;
        }
        host->ahead = ahead;
        host->cap_ahead = EM_MAX_HOST_AHEAD;
    }
    for (size_t i = 0; i < host->n_ahead; i++) {
        host->ahead[i] = em_unpack_u64(in);
        if (i && host->ahead[i] <= host->ahead[i - 1])
            in->bad = true;
    }
    return in->bad ? EM_ERR_FORMAT : EM_OK;
}

enum em_status em_record_unpack_host(struct em_host *host, uint64_t id,
                                     struct em_view value)
{
    char key[8];
    struct em_unpack in;
    em_put_be(key, id, 8);
    EM_TRY(open_value(&in, em_view_make(key, 8), value));
    struct em_view origin = em_unpack_view(&in);
    if (in.bad || origin.len == 0 || origin.len > MAX_ORIGIN)
        return EM_ERR_FORMAT;
    em_buf_clear(&host->origin);
    EM_TRY(em_buf_append_view(&host->origin, origin));
    host->pub.id = id;
    host->pub.origin = em_buf_view(&host->origin);
    host->place = (enum em_host_place)at_most(&in, EM_PLACE_DEAD);
    host->ranked = at_most(&in, 1);
    host->rank = (uint16_t)at_most(&in, UINT16_MAX);
    host->number = em_unpack_u64(&in);
    host->asleep_ms = em_unpack_i64(&in);
    unpack_polite(&in, &host->pub.polite);
    EM_TRY(unpack_counters(&in, host));
    host->stored = true;
    return em_trap_unpack(&host->pub.trap,
                          em_view_make((const char *)in.p, (size_t)(in.end - in.p)));
}

/* --- URL rows ---------------------------------------------------------------------------- */

enum { ROW_REVISIT = 1 };

enum em_status em_record_pack_url(struct em_buf *out, struct em_view key,
                                  const struct em_url_row *row)
{
    EM_TRY(em_seal_begin(out));
    EM_TRY(em_pack_u64(out, row->revisit ? ROW_REVISIT : 0));
    EM_TRY(em_pack_u64(out, row->source));
    EM_TRY(em_pack_u64(out, row->class));
    EM_TRY(em_pack_u64(out, row->depth));
    EM_TRY(em_pack_u64(out, row->attempts));
    EM_TRY(em_pack_f32(out, row->inclusion));
    EM_TRY(em_pack_i64(out, row->found_ms));
    EM_TRY(em_pack_u64(out, row->host));
    EM_TRY(em_buf_append_view(out, row->path));
    em_seal(key, out);
    return EM_OK;
}

enum em_status em_record_unpack_url(struct em_url_row *row, struct em_view key,
                                    struct em_view value)
{
    struct em_unpack in;
    EM_TRY(open_value(&in, key, value));
    row->revisit = at_most(&in, ROW_REVISIT) == ROW_REVISIT;
    row->source = (uint8_t)at_most(&in, EM_LINK_SOURCE_COUNT - 1);
    row->class = (uint8_t)at_most(&in, EM_CLASS_COUNT - 1);
    row->depth = (uint32_t)at_most(&in, UINT32_MAX);
    row->attempts = (uint32_t)at_most(&in, UINT16_MAX);
    row->inclusion = record_unit(&in, 1);
    row->found_ms = em_unpack_i64(&in);
    row->host = em_unpack_u64(&in);
    row->path = em_view_make((const char *)in.p, (size_t)(in.end - in.p));
    if (in.bad || row->path.len == 0 || row->path.len > EM_MAX_URL)
        return EM_ERR_FORMAT;
    return EM_OK;
}

/* --- page rows --------------------------------------------------------------------------- */

enum em_status em_record_pack_page(struct em_buf *out, struct em_view key,
                                   const struct em_page_row *row)
{
    EM_TRY(em_seal_begin(out));
    EM_TRY(em_pack_u64(out, row->outcome));
    EM_TRY(em_pack_u64(out, row->cut));
    EM_TRY(em_pack_u64(out, row->class));
    EM_TRY(em_pack_u64(out, row->http_status));
    EM_TRY(em_pack_u64(out, row->error));
    EM_TRY(em_pack_u64(out, row->depth));
    EM_TRY(em_pack_u64(out, row->attempts));
    EM_TRY(em_pack_f32(out, row->inclusion));
    EM_TRY(em_pack_i64(out, row->fetched_ms));
    EM_TRY(em_pack_i64(out, row->due_ms));
    EM_TRY(em_pack_i64(out, row->stored_ms));
    EM_TRY(em_pack_view(out, row->etag));
    EM_TRY(em_pack_view(out, row->last_modified));
    EM_TRY(em_pack_view(out, em_view_make((const char *)row->digest,
                                          row->digest_known ? sizeof(row->digest) : 0)));
    EM_TRY(em_revisit_pack(out, &row->history));
    em_seal(key, out);
    return EM_OK;
}

enum em_status em_record_unpack_page(struct em_page_row *row, struct em_view key,
                                     struct em_view value)
{
    struct em_unpack in;
    EM_TRY(open_value(&in, key, value));
    row->outcome = (uint8_t)at_most(&in, EM_OUTCOME_COUNT - 1);
    row->cut = (uint8_t)at_most(&in, EM_CUT_COUNT - 1);
    row->class = (uint8_t)at_most(&in, EM_CLASS_COUNT - 1);
    row->http_status = (uint16_t)at_most(&in, 999);
    row->error = (uint8_t)at_most(&in, UINT8_MAX);
    row->depth = (uint32_t)at_most(&in, UINT32_MAX);
    row->attempts = (uint32_t)at_most(&in, UINT16_MAX);
    row->inclusion = record_unit(&in, 1);
    row->fetched_ms = em_unpack_i64(&in);
    row->due_ms = em_unpack_i64(&in);
    row->stored_ms = em_unpack_i64(&in);
    row->etag = em_unpack_view(&in);
    row->last_modified = em_unpack_view(&in);
    struct em_view digest = em_unpack_view(&in);
    row->digest_known = digest.len != 0;
    if (in.bad || row->etag.len > EM_MAX_VALIDATOR ||
        row->last_modified.len > EM_MAX_VALIDATOR ||
        (digest.len && digest.len != sizeof(row->digest)))
        return EM_ERR_FORMAT;
    memset(row->digest, 0, sizeof(row->digest));
    if (digest.len)
        memcpy(row->digest, digest.data, digest.len);
    return em_revisit_unpack(&row->history,
                             em_view_make((const char *)in.p, (size_t)(in.end - in.p)));
}

/* --- pending ----------------------------------------------------------------------------- */

enum { PENDING_KNOWN = 1, PENDING_REVISIT = 2 };

enum em_status em_record_pack_pending(struct em_buf *out, struct em_view key,
                                      const struct em_pending *item, struct em_view url)
{
    EM_TRY(em_seal_begin(out));
    EM_TRY(em_pack_u64(out, (item->known ? PENDING_KNOWN : 0u) |
                                (item->revisit ? PENDING_REVISIT : 0u)));
    EM_TRY(em_pack_u64(out, item->source));
    EM_TRY(em_pack_u64(out, item->class));
    EM_TRY(em_pack_u64(out, item->depth));
    EM_TRY(em_pack_u64(out, item->attempts));
    /* 2 stands for "no score": a NaN has many forms */
    EM_TRY(
        em_pack_f32(out, item->linking >= 0 && item->linking <= 1 ? item->linking : 2));
    EM_TRY(em_pack_f32(out, item->inclusion));
    EM_TRY(em_pack_i64(out, item->lastmod_ms));
    EM_TRY(em_pack_i64(out, item->found_ms));
    EM_TRY(em_pack_be(out, item->hash, 8));
    EM_TRY(em_pack_be(out, item->host, 8));
    EM_TRY(em_pack_u64(out, item->origin_len));
    EM_TRY(em_buf_append_view(out, url));
    em_seal(key, out);
    return EM_OK;
}

enum em_status em_record_unpack_pending(struct em_pending *item, struct em_view *url,
                                        struct em_view key, struct em_view value)
{
    struct em_unpack in;
    EM_TRY(open_value(&in, key, value));
    uint64_t flags = at_most(&in, PENDING_KNOWN | PENDING_REVISIT);
    *item = (struct em_pending){.known = flags & PENDING_KNOWN,
                                .revisit = flags & PENDING_REVISIT};
    item->source = (uint8_t)at_most(&in, EM_LINK_SOURCE_COUNT - 1);
    item->class = (uint8_t)at_most(&in, EM_CLASS_COUNT - 1);
    item->depth = (uint32_t)at_most(&in, UINT32_MAX);
    item->attempts = (uint16_t)at_most(&in, UINT16_MAX);
    item->linking = record_unit(&in, 2);
    item->inclusion = record_unit(&in, 1);
    item->lastmod_ms = em_unpack_i64(&in);
    item->found_ms = em_unpack_i64(&in);
    item->hash = em_unpack_be(&in, 8);
    item->host = em_unpack_be(&in, 8);
    item->origin_len = (uint32_t)at_most(&in, MAX_ORIGIN);
    *url = em_view_make((const char *)in.p, (size_t)(in.end - in.p));
    item->len = (uint32_t)url->len;
    if (in.bad || url->len > EM_MAX_URL || item->origin_len >= url->len ||
        url->data[item->origin_len] != '/')
        return EM_ERR_FORMAT;
    return EM_OK;
}

/* --- state ------------------------------------------------------------------------------- */

/* Every counter, in the order in which they are stored. */
static size_t counters_of(struct em_frontier_counts *counts, uint64_t **out)
{
    uint64_t *const plain[] = {
        &counts->found,        &counts->refused,   &counts->cached,
        &counts->pending,      &counts->repeats,   &counts->seen,
        &counts->trapped,      &counts->queued,    &counts->revisits,
        &counts->retries,      &counts->due,       &counts->hosts,
        &counts->commits,      &counts->score.n,   &counts->hosts_waiting,
        &counts->hosts_asleep, &counts->hosts_dead};
    size_t n = 0;
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        out[n++] = plain[i];
    for (size_t i = 0; i < EM_OUTCOME_COUNT; i++)
        out[n++] = &counts->outcomes[i];
    for (size_t i = 0; i < EM_CLASS_COUNT; i++) {
        out[n++] = &counts->streams[i].drawn;
        out[n++] = &counts->streams[i].settled;
    }
    for (size_t i = 0; i < EM_CUT_COUNT; i++)
        out[n++] = &counts->cuts[i];
    return n;
}

enum { MAX_COUNTERS = 17 + EM_OUTCOME_COUNT + 2 * EM_CLASS_COUNT + EM_CUT_COUNT };

static enum em_status pack_run(struct em_buf *out, const struct em_run *run)
{
    EM_TRY(em_pack_u64(out, run->id));
    EM_TRY(em_pack_u64(out, run->level));
    EM_TRY(em_pack_u64(out, run->rows));
    return em_pack_u64(out, run->bytes);
}

static void unpack_run(struct em_unpack *in, struct em_run *run)
{
    *run = (struct em_run){.id = (uint32_t)at_most(in, UINT32_MAX)};
    run->level = (uint32_t)at_most(in, 64);
    run->rows = em_unpack_u64(in);
    run->bytes = em_unpack_u64(in);
}

static enum em_status pack_family(struct em_buf *out, const struct em_runs *family)
{
    const struct em_run_merge *merge = &family->merge;
    EM_TRY(em_pack_u64(out, family->n));
    for (size_t i = 0; i < family->n; i++)
        EM_TRY(pack_run(out, &family->runs[i]));
    EM_TRY(em_pack_u64(out, merge->on ? merge->n : 0));
    if (!merge->on)
        return EM_OK;
    for (size_t i = 0; i < merge->n; i++)
        EM_TRY(em_pack_u64(out, merge->in[i]));
    EM_TRY(pack_run(out, &merge->out));
    return em_pack_view(out, em_view_make(merge->resume, merge->resume_len));
}

enum em_status em_record_pack_state(struct em_buf *out, const struct em_frontier *f)
{
    uint64_t *counters[MAX_COUNTERS];
    struct em_frontier_counts counts = f->counts;
    size_t n = counters_of(&counts, counters);
    EM_TRY(em_seal_begin(out));
    EM_TRY(em_pack_u64(out, f->next_run));
    EM_TRY(em_pack_u64(out, f->next_seq));
    EM_TRY(em_pack_u64(out, f->next_log));
    EM_TRY(em_pack_u64(out, f->next_number));
    EM_TRY(em_buf_append(out, f->due_mark, sizeof(f->due_mark)));
    EM_TRY(pack_f64(out, f->turns));
    EM_TRY(pack_f64(out, counts.score.sum));
    EM_TRY(em_pack_u64(out, n));
    for (size_t i = 0; i < n; i++)
        EM_TRY(em_pack_u64(out, *counters[i]));
    for (size_t i = 0; i < EM_FAMILY_COUNT; i++)
        EM_TRY(pack_family(out, &f->families[i]));
    em_seal(EM_VIEW("state"), out);
    return EM_OK;
}

static enum em_status unpack_family(struct em_unpack *in, struct em_runs *family)
{
    struct em_run_merge *merge = &family->merge;
    size_t n = (size_t)at_most(in, EM_MAX_RUNS);
    family->runs = em_calloc(n + 16, sizeof(family->runs[0]));
    if (!family->runs)
        return EM_ERR_NOMEM;
    family->cap = n + 16;
    for (family->n = 0; family->n < n && !in->bad; family->n++)
        unpack_run(in, &family->runs[family->n]);
    merge->n = (uint32_t)at_most(in, EM_RUN_FANIN);
    merge->on = merge->n != 0;
    if (!merge->on)
        return in->bad ? EM_ERR_FORMAT : EM_OK;
    for (size_t i = 0; i < merge->n; i++)
        merge->in[i] = (uint32_t)at_most(in, UINT32_MAX);
    unpack_run(in, &merge->out);
    struct em_view resume = em_unpack_view(in);
    if (in->bad || resume.len > sizeof(merge->resume))
        return EM_ERR_FORMAT;
    if (resume.len)
        memcpy(merge->resume, resume.data, resume.len);
    merge->resume_len = resume.len;
    return EM_OK;
}

enum em_status em_record_unpack_state(struct em_frontier *f, struct em_view value)
{
    uint64_t *counters[MAX_COUNTERS];
    struct em_unpack in;
    size_t n = counters_of(&f->counts, counters);
    EM_TRY(open_value(&in, EM_VIEW("state"), value));
    f->next_run = (uint32_t)at_most(&in, UINT32_MAX);
    f->next_seq = em_unpack_u64(&in);
    f->next_log = em_unpack_u64(&in);
    f->next_number = em_unpack_u64(&in);
    for (size_t i = 0; i < sizeof(f->due_mark); i++)
        f->due_mark[i] = (char)em_unpack_be(&in, 1);
    f->turns = unpack_sum(&in);
    f->counts.score.sum = unpack_sum(&in);
    /* A later program may know more reasons; one that knows fewer cannot go on. */
    if (em_unpack_u64(&in) != n || in.bad)
        return EM_ERR_VERSION;
    for (size_t i = 0; i < n; i++)
        *counters[i] = em_unpack_u64(&in);
    for (size_t i = 0; i < EM_FAMILY_COUNT; i++)
        EM_TRY(unpack_family(&in, &f->families[i]));
    return em_unpack_done(&in) ? EM_OK : EM_ERR_FORMAT;
}
