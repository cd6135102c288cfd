/* SPDX-License-Identifier: Apache-2.0
 *
 * A host's URLs in memory: some are read from its queue on disk when a turn begins, handed
 * out one by one, and settled. On disk nothing moves: a host's record says up to which row
 * of each class all are done, and which few beyond that.
 *
 *     class UNIFORM   row 7   9   12   15   18 ...
 *                     done done out  done waiting        done_to = 9, ahead = {15}
 */
#include "crawler/web/frontier/frontier_int.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"

#include <math.h>
#include <stdlib.h>

/* With this much held by all hosts, a turn reads few URLs at a time. */
enum { FEW = 4 };

const char *em_outcome_name(enum em_outcome outcome)
{
    static const char *const names[EM_OUTCOME_COUNT] = {
        "fetched", "unchanged", "redirected", "cut", "failed", "returned"};
    return (unsigned)outcome < EM_OUTCOME_COUNT ? names[outcome] : "unknown";
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* All of a class before its first URL in memory that is not done is done: whatever else is
 * not done lies after what was read. What is done after that URL becomes ahead. Where
 * nothing of a class is queued, all its rows are done. */
enum em_status em_host_settle(const struct em_frontier *f, struct em_host *host)
{
    uint64_t open[EM_CLASS_COUNT];
    memset(open, 0xFF, sizeof(open));
    if (!host->cap_ahead) {
        host->ahead = em_malloc(EM_MAX_HOST_AHEAD * sizeof(host->ahead[0]));
        if (!host->ahead)
            return EM_ERR_NOMEM;
        host->cap_ahead = EM_MAX_HOST_AHEAD;
    }
    for (size_t i = 0; i < host->n_entries; i++) {
        const struct em_entry *entry = &host->entries[i];
        if (entry->state != ENTRY_DONE && entry->seq < open[entry->class])
            open[entry->class] = entry->seq;
    }
    size_t known = host->n_ahead;
    for (size_t i = 0; i < host->n_entries; i++) {
        const struct em_entry *entry = &host->entries[i];
        uint64_t *done_to = &host->done_to[entry->class];
        if (entry->state != ENTRY_DONE || entry->seq <= *done_to)
            continue;
        bool in_turn = entry->link_class == entry->class; /* else taken for a hint */
        if (in_turn && entry->seq < open[entry->class])
            *done_to = entry->seq;
        else if (!em_host_is_ahead(host, known, entry->seq) &&
                 host->n_ahead < host->cap_ahead)
            host->ahead[host->n_ahead++] = entry->seq;
    }
    qsort(host->ahead, host->n_ahead, sizeof(host->ahead[0]), by_number);
    for (size_t c = 0; c < EM_CLASS_COUNT; c++)
        if (host->queued[c] == 0 && host->done_to[c] < f->next_seq - 1)
            host->done_to[c] = f->next_seq - 1;
    return EM_OK;
}

/* Rows ahead that done_to has passed are forgotten: only rows read again can be met, and
 * those come after it. */
static void trim_ahead(struct em_host *host)
{
    uint64_t least = UINT64_MAX;
    size_t n = 0;
    for (size_t c = 0; c < EM_CLASS_COUNT; c++)
        if (host->queued[c] && host->done_to[c] < least)
            least = host->done_to[c];
    for (size_t i = 0; i < host->n_ahead; i++)
        if (host->ahead[i] > least)
            host->ahead[n++] = host->ahead[i];
    host->n_ahead = n;
}

/* Keeps what is out, and after it what came back untried; what is done has been settled. */
static void task_compact(struct em_frontier *f, struct em_host *host)
{
    size_t n = 0, out = 0;
    for (size_t i = 0; i < host->n_entries; i++) {
        if (host->entries[i].state == ENTRY_DONE) {
            em_entry_free(f, &host->entries[i]);
            continue;
        }
        struct em_entry entry = host->entries[i];
        host->entries[n++] = entry;
        if (entry.state == ENTRY_OUT) {
            host->entries[n - 1] = host->entries[out];
            host->entries[out++] = entry;
        }
    }
    host->n_entries = n;
    host->next_entry = out;
}

/* --- reading a turn ---------------------------------------------------------------------- */

static enum em_status load_page(struct em_frontier *f, struct em_entry *entry,
                                struct em_err *err)
{
    struct em_page_row page;
    enum em_status status = em_page_row_get(f, f->read, entry->hash, &page, err);
    if (status < 0)
        return status == EM_ERR_NOTFOUND ? EM_OK : status;
    size_t etag = page.etag.len, modified = page.last_modified.len;
    entry->page = em_malloc(sizeof(page) + etag + modified);
    if (!entry->page)
        return em_fail(err, EM_ERR_NOMEM, "frontier", "out of memory");
    char *text = (char *)(entry->page + 1);
    if (etag)
        memcpy(text, page.etag.data, etag);
    if (modified)
        memcpy(text + etag, page.last_modified.data, modified);
    *entry->page = page;
    entry->page->etag = em_view_make(text, etag);
    entry->page->last_modified = em_view_make(text + etag, modified);
    return EM_OK;
}

static enum em_status reserve_entry(struct em_host *host)
{
    if (host->n_entries < host->cap_entries)
        return EM_OK;
    size_t cap = host->cap_entries ? 2 * host->cap_entries : 8;
    void *entries = em_realloc_array(host->entries, cap, sizeof(host->entries[0]));
    if (!entries)
        return EM_ERR_NOMEM;
    host->entries = entries;
    host->cap_entries = cap;
    return EM_OK;
}

static enum em_status add_entry(struct em_frontier *f, struct em_host *host,
                                struct em_view key, struct em_view value,
                                struct em_err *err)
{
    struct em_url_row row;
    enum em_status status = em_record_unpack_url(&row, key, value);
    if (status < 0)
        return em_fail(err, status, "frontier", "a row of the queue of %.*s: %s",
                       EM_VIEW_ARGS(host->pub.origin), em_status_text(status));
    size_t origin = host->origin.len, len = origin + row.path.len;
    char *text = em_malloc(len + 1);
    if (!text || reserve_entry(host) < 0) {
        em_free(text);
        return em_fail(err, EM_ERR_NOMEM, "frontier", "out of memory");
    }
    memcpy(text, host->origin.data, origin);
    memcpy(text + origin, row.path.data, row.path.len);
    text[len] = '\0';
    struct em_entry *entry = &host->entries[host->n_entries];
    *entry = (struct em_entry){
        .seq = em_get_be(key.data + 9, 8),
        .hash = em_hash64(text, len, 0),
        .found_ms = row.found_ms,
        .text = text,
        .depth = row.depth,
        .url_len = (uint32_t)len,
        .inclusion = row.inclusion,
        .attempts = (uint16_t)row.attempts,
        .source = row.source,
        .class = (uint8_t)key.data[8],
        .link_class = (uint8_t)key.data[8],
    };
    status = row.revisit ? load_page(f, entry, err) : EM_OK;
    if (status < 0) {
        em_free(text);
        return status;
    }
    host->n_entries++;
    f->loaded_bytes += em_entry_bytes(entry);
    return EM_OK;
}

/* Up to `most` rows of a class from `first` on, those done or in memory left aside. */
static enum em_status read_rows(struct em_frontier *f, struct em_host *host,
                                struct em_scan *scan, unsigned class, uint64_t first,
                                size_t most, struct em_err *err)
{
    char from[17];
    struct em_view key, value;
    if (most == 0 || host->queued[class] == 0)
        return EM_OK;
    em_put_be(from, host->pub.id, 8);
    from[8] = (char)class;
    em_put_be(from + 9, first, 8);
    EM_TRY(em_scan_open(scan, f, f->read, EM_FAMILY_QUEUE, em_view_make(from, 17), err));
    enum em_status status = EM_OK;
    for (size_t n = 0; n < most && status == EM_OK;) {
        status = em_scan_next(scan, f, &key, &value, err);
        if (status != EM_OK || key.len != 17 || memcmp(key.data, from, 9) != 0)
            break;
        uint64_t seq = em_get_be(key.data + 9, 8);
        if (em_host_has_row(host, seq))
            continue;
        status = add_entry(f, host, key, value, err);
        n++;
    }
    em_scan_close(scan);
    return status < 0 ? status : EM_OK;
}

/* The same after what is done. */
static enum em_status read_class(struct em_frontier *f, struct em_host *host,
                                 struct em_scan *scan, unsigned class, size_t most,
                                 struct em_err *err)
{
    return read_rows(f, host, scan, class, host->done_to[class] + 1, most, err);
}

/* Spreads the uniform stream's entries [from, n) evenly among the others [first, from). */
static void task_mix(struct em_host *host, size_t first, size_t from)
{
    size_t n = host->n_entries - first, uniform = host->n_entries - from;
    struct em_entry *in = host->entries + first;
    struct em_entry *out = em_malloc(n * sizeof(out[0]));
    if (!out) /* not mixed: the order is another, nothing is lost */
        return;
    for (size_t i = 0, u = 0, o = 0; i < n; i++) {
        /* the i-th place belongs to the uniform stream when its count falls behind */
        bool take = u < uniform && (o == n - uniform || u * n <= i * uniform);
        out[i] = take ? in[from - first + u++] : in[o++];
    }
    memcpy(in, out, n * sizeof(out[0]));
    em_free(out);
}

/* One URL is read at a time, for the gate's reason of that moment. */
static bool gated(const struct em_frontier *f)
{
    return f->options.gate && f->options.focus.focus != EM_FOCUS_UNIFORM;
}

/* --- the gate ------------------------------------------------------------------------------
 * All hosts in memory are asked at the same pace, so a focus that only orders what is taken
 * within a host changes little. With a budget of pages the gate lets only hosts through
 * whose best URL comes close to the best of all; a share of the fetches goes to whoever asks.
 *
 * What a URL is worth: the odds of its class's mean score, times what the host's pages have
 * been worth so far beside what their classes let expect. So a host that had good links to it
 * is not better for that, and a class whose pages were of good hosts is not better either. */

/* Hosts of at least this part of the best one's value pass. */
static const double GATE = 0.7;
/* Before a class has been met: as if so many pages had been seen. */
static const double GATE_PRIOR = 5;
enum { GATE_LOOK = 16 };

static double gate_odds(double p)
{
    p = p < 0.001 ? 0.001 : p > 0.999 ? 0.999 : p;
    return p / (1 - p);
}

/* Mean score of a class in this run. */
static double gate_class_score(const struct em_frontier *f, unsigned class)
{
    static const double priors[EM_CLASS_COUNT] = {
        [EM_GATE_SEVERAL] = 0.8, [EM_CLASS_HIGH] = 0.6,     [EM_CLASS_MIDDLE] = 0.25,
        [EM_CLASS_LOW] = 0.15,   [EM_CLASS_UNIFORM] = 0.15, [EM_CLASS_RESERVE] = 0.15};
    const struct em_focus_mean *mean = &f->gate_classes[class];
    return (mean->sum + GATE_PRIOR * priors[class]) / ((double)mean->n + GATE_PRIOR);
}

/* Odds of the host's scores, beside those that the classes of its pages let expect. */
static double gate_host_lift(const struct em_frontier *f, const struct em_host *host)
{
    const struct em_focus_options *focus = &f->options.focus;
    struct em_focus_mean expected = {.sum = host->expected, .n = host->pub.score.n};
    return gate_odds(em_focus_host(focus, &f->counts.score, &host->pub.score)) /
           gate_odds(em_focus_host(focus, &f->counts.score, &expected));
}

static bool gate_hinted(const struct em_host *host, unsigned class)
{
    for (size_t i = 0; i < host->n_hints && !host->hints_new; i++)
        if (host->hints[i].class == class)
            return true;
    return false;
}

/* Value of the host's best class, and which that is. */
static double gate_value(const struct em_frontier *f, const struct em_host *host,
                         unsigned *best)
{
    double lift = gate_host_lift(f, host), most = 0;
    *best = EM_CLASS_UNIFORM;
    for (unsigned c = EM_GATE_SEVERAL; c < EM_CLASS_COUNT; c++) {
        bool queued = c != EM_GATE_SEVERAL && host->queued[c];
        double odds =
            queued || gate_hinted(host, c) ? lift * gate_odds(gate_class_score(f, c)) : 0;
        if (odds > most) {
            most = odds;
            *best = c;
        }
    }
    return most / (1 + most);
}

static double gate_best(struct em_frontier *f)
{
    unsigned class;
    if (f->gate_left > 0) {
        f->gate_left--;
        return f->gate;
    }
    f->gate = 0;
    f->gate_left = GATE_LOOK;
    for (size_t i = 0; i < f->cap_active; i++) {
        const struct em_host *host = f->active[i];
        if (!host || !host->active || host->pub.queued <= host->out)
            continue;
        double value = gate_value(f, host, &class);
        f->gate = value > f->gate ? value : f->gate;
    }
    return f->gate;
}

/* False: others first. */
static bool gate_open(struct em_frontier *f, struct em_host *host)
{
    const struct em_focus_options *focus = &f->options.focus;
    unsigned class;
    if (!gated(f))
        return true;
    host->fair = f->turns + focus->share >= 1;
    if (host->fair) { /* the uniform share's */
        f->turns += focus->share - 1;
        return true;
    }
    if (host->queued[EM_CLASS_FIRST] == 0 &&
        gate_value(f, host, &class) < GATE * gate_best(f))
        return false;
    f->turns += focus->share;
    return true;
}

static void gate_learn(struct em_frontier *f, struct em_host *host, unsigned class,
                       double score)
{
    if (!gated(f) || !(score >= 0 && score <= 1))
        return;
    host->expected += gate_class_score(f, class);
    em_focus_learn(&f->gate_classes[class], score);
}

/* A URL that stands back in its queue and is known to be of the class by a later link. Its row
 * must not have been taken since it was found. */
static enum em_status read_hinted(struct em_frontier *f, struct em_host *host,
                                  struct em_scan *scan, unsigned class,
                                  struct em_err *err)
{
    size_t begin = host->n_entries;
    struct em_hint hint;
    while (host->n_entries == begin && gate_hinted(host, class) &&
           em_hint_take(host, &hint)) {
        if (hint.seq <= host->done_to[hint.row_class] || em_host_has_row(host, hint.seq))
            continue;
        EM_TRY(read_rows(f, host, scan, hint.row_class, hint.seq, 1, err));
        if (host->n_entries > begin)
            host->entries[begin].link_class = hint.class;
    }
    return EM_OK;
}

/* The one URL for which the gate was opened. */
static enum em_status read_gated(struct em_frontier *f, struct em_host *host,
                                 struct em_scan *scan, struct em_err *err)
{
    unsigned best;
    size_t begin = host->n_entries;
    (void)gate_value(f, host, &best);
    if (!host->fair && host->queued[EM_CLASS_FIRST] == 0)
        EM_TRY(read_hinted(f, host, scan, best, err));
    const unsigned order[] = {EM_CLASS_FIRST,
                              host->fair ? EM_CLASS_UNIFORM : best,
                              best,
                              EM_CLASS_HIGH,
                              EM_CLASS_MIDDLE,
                              EM_CLASS_LOW,
                              EM_CLASS_UNIFORM,
                              EM_CLASS_RESERVE};
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        if (host->n_entries == begin)
            EM_TRY(read_class(f, host, scan, order[i], 1, err));
    return EM_OK;
}

/* How a turn divides between the uniform stream and the others: a fair turn is for the
 * uniform stream, others are not, unless no other host waits for a turn. */
static void divide(const struct em_frontier *f, const struct em_host *host, size_t turn,
                   size_t *uniform, size_t *other)
{
    *uniform = *other = turn;
    if (f->options.focus.focus == EM_FOCUS_UNIFORM)
        return;
    if (f->scan_end[0] && f->scan_end[1]) { /* all hosts are in memory */
        *uniform = (size_t)ceil((double)turn * f->options.focus.share);
        *other = turn - *uniform;
        if (host->queued[EM_CLASS_UNIFORM] < *uniform)
            *other = turn - (size_t)host->queued[EM_CLASS_UNIFORM];
    } else if (host->fair) {
        *other = 0;
    } else {
        *uniform = 0;
    }
}

static size_t task_smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* `turn` URLs at most; they stand after those that are out. */
static enum em_status read_parts(struct em_frontier *f, struct em_host *host,
                                 struct em_scan *scan, size_t turn, struct em_err *err)
{
    size_t uniform, other, begin = host->n_entries;
    divide(f, host, turn, &uniform, &other);
    EM_TRY(read_class(f, host, scan, EM_CLASS_FIRST, turn, err));
    size_t first = host->n_entries, end = begin + turn;
    for (unsigned c = EM_CLASS_HIGH; c <= EM_CLASS_LOW; c++) {
        size_t most = task_smaller(first + other, end);
        EM_TRY(read_class(f, host, scan, c,
                          most > host->n_entries ? most - host->n_entries : 0, err));
    }
    size_t from = host->n_entries;
    EM_TRY(read_class(f, host, scan, EM_CLASS_UNIFORM, task_smaller(uniform, end - from),
                      err));
    if (from > first && host->n_entries > from)
        task_mix(host, first, from);
    /* Nothing of what this turn is for: then what there is, the reserve last. */
    static const uint8_t rest[] = {EM_CLASS_HIGH, EM_CLASS_MIDDLE, EM_CLASS_LOW,
                                   EM_CLASS_UNIFORM, EM_CLASS_RESERVE};
    for (size_t i = 0; i < sizeof(rest) && host->n_entries == begin; i++)
        EM_TRY(read_class(f, host, scan, rest[i], turn, err));
    return EM_OK;
}

static enum em_status read_turn(struct em_frontier *f, struct em_host *host,
                                struct em_err *err)
{
    size_t turn = host->turn_left;
    enum em_status status = em_host_settle(f, host);
    if (status < 0)
        return em_fail(err, status, "frontier", "out of memory");
    task_compact(f, host);
    trim_ahead(host);
    if (host->next_entry < host->n_entries)
        return EM_OK;                          /* those that came back first */
    if (host->n_ahead > EM_MAX_HOST_AHEAD / 2) /* one task is out for very long: wait */
        return EM_OK;
    if (f->loaded_bytes > EM_MAX_FRONTIER_LOADED && turn > FEW)
        turn = FEW;

    struct em_scan *scan = em_calloc(1, sizeof(*scan));
    if (!scan)
        return em_fail(err, EM_ERR_NOMEM, "frontier", "out of memory");
    status = em_db_read(f, err);
    if (status == EM_OK)
        status = gated(f) ? read_gated(f, host, scan, err)
                          : read_parts(f, host, scan, turn, err);
    em_free(scan);
    return status;
}

/* --- handing out ------------------------------------------------------------------------- */

/* A turn has come to its end and other hosts wait. */
static bool turn_over(const struct em_frontier *f, const struct em_host *host)
{
    return host->turn_left == 0 && !(f->scan_end[0] && f->scan_end[1]);
}

static bool budget_left(const struct em_frontier *f, const struct em_host *host)
{
    uint64_t fetched =
        f->counts.outcomes[EM_OUTCOME_FETCHED] + f->counts.outcomes[EM_OUTCOME_UNCHANGED];
    if (f->options.budget && fetched + f->out >= f->options.budget)
        return false;
    return !f->options.budget_host ||
           host->pub.fetched + host->out < f->options.budget_host;
}

static enum em_status look_for_hints(struct em_frontier *f, struct em_host *host,
                                     struct em_err *err)
{
    struct em_scan *scan = em_calloc(1, sizeof(*scan));
    if (!scan)
        return em_fail(err, EM_ERR_NOMEM, "frontier", "out of memory");
    enum em_status status = em_db_read(f, err);
    if (status == EM_OK)
        status = em_hint_check(f, host, scan, err);
    em_free(scan);
    return status;
}

static void fill_task(struct em_frontier_task *task, const struct em_host *host,
                      const struct em_entry *entry)
{
    *task = (struct em_frontier_task){
        .host = host->pub.id,
        .seq = entry->seq,
        .hash = entry->hash,
        .url = em_view_make(entry->text, entry->url_len),
        .class = (enum em_class)entry->class,
        .source = (enum em_link_source)entry->source,
        .depth = entry->depth,
        .attempts = entry->attempts,
        .inclusion = entry->inclusion,
        .found_ms = entry->found_ms,
    };
    if (entry->page) {
        task->revisit = true;
        task->fetched_ms = entry->page->fetched_ms;
        task->stored_ms = entry->page->stored_ms;
        task->etag = entry->page->etag;
        task->last_modified = entry->page->last_modified;
        task->digest_known = entry->page->digest_known;
        memcpy(task->digest, entry->page->digest, sizeof(task->digest));
    }
}

enum em_status em_frontier_task_next(struct em_frontier *f, uint64_t id, int64_t now_ms,
                                     struct em_frontier_task *task, struct em_err *err)
{
    struct em_host *host = em_host_find(f, id);
    f->now_ms = now_ms > f->now_ms ? now_ms : f->now_ms;
    if (!host || !host->active || f->broken)
        return em_fail(err, EM_ERR_USAGE, "frontier", "no such host in memory");
    if (!budget_left(f, host))
        return EM_END;
    if (host->out >= EM_MAX_HOST_TASKS)
        return EM_END;
    if (host->hints_new)
        EM_TRY(look_for_hints(f, host, err));
    /* Held back: a place in memory is for others, where others wait. */
    if (host->pub.queued > host->out && !gate_open(f, host))
        return f->scan_end[0] && f->scan_end[1] ? EM_AGAIN : EM_END;
    if (host->next_entry == host->n_entries) {
        if (host->pub.queued <= host->out || turn_over(f, host))
            return EM_END;
        if (host->turn_left == 0)
            host->turn_left = f->options.host_urls;
        EM_TRY(read_turn(f, host, err));
        if (host->next_entry == host->n_entries)
            return EM_END;
    }
    struct em_entry *entry = &host->entries[host->next_entry++];
    entry->state = ENTRY_OUT;
    host->out++;
    f->out++;
    host->turn_left -= host->turn_left > 0;
    host->dirty = true;
    fill_task(task, host, entry);
    return EM_OK;
}

/* --- done -------------------------------------------------------------------------------- */

static enum em_status task_again(struct em_frontier *f, const struct em_host *host,
                                 const struct em_entry *entry, int64_t now_ms,
                                 struct em_err *err)
{
    struct em_pending item = {
        .hash = entry->hash,
        .host = host->pub.id,
        .origin_len = (uint32_t)host->origin.len,
        .depth = entry->depth,
        .linking = 2,
        .inclusion = entry->inclusion,
        .found_ms = now_ms,
        .attempts = (uint16_t)(entry->attempts + 1),
        .source = entry->source,
        .class = entry->class,
        .known = true,
        .revisit = entry->page != NULL,
    };
    f->counts.retries++;
    return em_sieve_add(f, &item, em_view_make(entry->text, entry->url_len), err);
}

static struct em_view validator(struct em_view v)
{
    return v.len <= EM_MAX_VALIDATOR ? v : EM_VIEW_NONE;
}

/* What is known of the page from now on, and when it is due. */
static void task_learn(const struct em_frontier *f, const struct em_entry *entry,
                       const struct em_frontier_result *result, struct em_page_row *row)
{
    bool answered =
        result->outcome == EM_OUTCOME_FETCHED || result->outcome == EM_OUTCOME_UNCHANGED;
    bool unchanged = result->outcome == EM_OUTCOME_UNCHANGED;
    *row = (struct em_page_row){
        .outcome = (uint8_t)result->outcome,
        .cut = (uint8_t)result->cut,
        .class = entry->class,
        .http_status = (uint16_t)(result->http_status > 0 && result->http_status < 1000
                                      ? result->http_status
                                      : 0),
        .error = result->error,
        .depth = entry->depth,
        .attempts = entry->attempts,
        .inclusion = entry->inclusion,
        .fetched_ms = result->now_ms,
        .stored_ms = result->stored_ms,
        .etag = validator(result->etag),
        .last_modified = validator(result->last_modified),
        .digest_known = result->digest != NULL,
    };
    if (result->digest)
        memcpy(row->digest, result->digest, sizeof(row->digest));
    const struct em_page_row *before = entry->page;
    if (before && result->outcome == EM_OUTCOME_FAILED) /* what it was before counts */
        *row = *before;
    else if (before) {
        row->history = before->history;
        bool same = unchanged || (row->digest_known && before->digest_known &&
                                  memcmp(row->digest, before->digest, 20) == 0);
        if (answered)
            em_revisit_learn(&row->history, result->now_ms - before->fetched_ms, !same);
        if (unchanged) { /* a 304 need not repeat what it is about */
            row->etag = row->etag.len ? row->etag : before->etag;
            row->last_modified =
                row->last_modified.len ? row->last_modified : before->last_modified;
            if (!row->digest_known && before->digest_known) {
                row->digest_known = true;
                memcpy(row->digest, before->digest, sizeof(row->digest));
            }
        }
    }
    int64_t wait = em_revisit_wait(&f->options.revisit, &row->history,
                                   (double)(em_mix64(entry->hash) >> 11) * 0x1p-53);
    row->due_ms = 0;
    if ((answered || (before && result->outcome == EM_OUTCOME_FAILED)) &&
        !result->no_revisit && wait != INT64_MAX) {
        /* Rows up to the mark are done with: a visit that was settled late would be lost. */
        int64_t mark = (int64_t)em_get_be(f->due_mark, 8);
        row->due_ms = result->now_ms + wait;
        if (row->due_ms <= mark)
            row->due_ms = mark + 1;
    }
}

static enum em_status store_page(struct em_frontier *f, const struct em_host *host,
                                 const struct em_entry *entry,
                                 const struct em_page_row *page)
{
    char hash[8], due[16];
    em_put_be(hash, entry->hash, 8);
    EM_TRY(em_record_pack_page(&f->value, em_view_make(hash, 8), page));
    EM_TRY(em_rowset_add(&f->pages, em_view_make(hash, 8), em_buf_view(&f->value)));
    if (page->due_ms <= 0)
        return EM_OK;
    em_put_be(due, (uint64_t)page->due_ms, 8);
    memcpy(due + 8, hash, 8);
    struct em_url_row row = {
        .path = em_view_make(entry->text + host->origin.len,
                             entry->url_len - host->origin.len),
        .host = host->pub.id,
        .depth = entry->depth,
        .inclusion = entry->inclusion,
        .found_ms = entry->found_ms,
        .source = entry->source,
    };
    EM_TRY(em_record_pack_url(&f->value, em_view_make(due, 16), &row));
    EM_TRY(em_rowset_add(&f->dues, em_view_make(due, 16), em_buf_view(&f->value)));
    f->counts.due++;
    return EM_OK;
}

static void count_done(struct em_frontier *f, struct em_host *host,
                       const struct em_entry *entry,
                       const struct em_frontier_result *result, bool retry)
{
    struct em_frontier_host *pub = &host->pub;
    f->counts.queued--;
    pub->queued--;
    host->queued[entry->class]--;
    pub->failed += result->outcome == EM_OUTCOME_FAILED;
    if (retry)
        return;
    pub->settled++;
    f->counts.outcomes[result->outcome]++;
    if (!entry->page)
        f->counts.streams[entry->class].settled++;
    if (result->outcome == EM_OUTCOME_FETCHED || result->outcome == EM_OUTCOME_UNCHANGED)
        pub->fetched++;
    enum em_cut cut = result->outcome == EM_OUTCOME_CUT      ? result->cut
                      : result->outcome == EM_OUTCOME_FAILED ? EM_CUT_ATTEMPTS
                                                             : EM_CUT_NONE;
    if (cut != EM_CUT_NONE) {
        pub->cut++;
        pub->last_cut = (uint8_t)cut;
        f->counts.cuts[cut]++;
    }
    f->settled++;
    if (entry->class != EM_CLASS_FIRST)
        gate_learn(f, host, entry->link_class, result->score);
    em_focus_learn(&pub->score, result->score);
    em_focus_learn(&f->counts.score, result->score);
}

static struct em_entry *entry_out(struct em_host *host, uint64_t seq)
{
    for (size_t i = 0; i < host->next_entry; i++)
        if (host->entries[i].seq == seq && host->entries[i].state == ENTRY_OUT)
            return &host->entries[i];
    return NULL;
}

enum em_status em_frontier_done(struct em_frontier *f,
                                const struct em_frontier_task *task,
                                const struct em_frontier_result *result,
                                struct em_err *err)
{
    struct em_host *host = em_host_find(f, task->host);
    struct em_entry *entry = host ? entry_out(host, task->seq) : NULL;
    if (!entry || (unsigned)result->outcome >= EM_OUTCOME_COUNT ||
        (unsigned)result->cut >= EM_CUT_COUNT || f->broken)
        return em_fail(err, EM_ERR_USAGE, "frontier", "no such task is out");
    host->dirty = true;
    if (result->outcome == EM_OUTCOME_RETURNED) {
        /* stays on disk; a later turn reads it again */
        entry->state = ENTRY_WAITING;
        host->out--;
        f->out--;
        return EM_OK;
    }
    bool retry = result->outcome == EM_OUTCOME_FAILED &&
                 entry->attempts + 1u < f->options.polite.max_attempts;
    enum em_status status = EM_OK;
    if (retry) {
        status = task_again(f, host, entry, result->now_ms, err);
    } else {
        struct em_page_row page;
        task_learn(f, entry, result, &page);
        if (result->outcome == EM_OUTCOME_FAILED && !entry->page) {
            page.attempts++;
            page.cut = EM_CUT_ATTEMPTS;
        }
        status = store_page(f, host, entry, &page);
        if (status < 0)
            em_fail(err, status, "frontier", "a result that waits for a commit");
    }
    if (status < 0) {
        f->broken = true; /* neither done nor not done */
        return status;
    }
    count_done(f, host, entry, result, retry);
    entry->state = ENTRY_DONE;
    host->out--;
    f->out--;
    return EM_OK;
}
