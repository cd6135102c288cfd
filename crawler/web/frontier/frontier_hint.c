/* SPDX-License-Identifier: Apache-2.0
 *
 * Hints: a URL that waits in a low class, and to which a page with a high score links later.
 * Most sites list their pages before anything is known of them, so without hints what a page
 * says about those it links to would come too late. Rows on disk stay where they are: a hint
 * has its row taken before its turn. Hints are kept for hosts in memory, a few each, with a
 * focus and a budget only (the gate); one whose URL is not among the next EM_HINT_ROWS of a
 * class (it has been fetched, or stands too far back) is forgotten.
 */
#include "crawler/web/frontier/frontier_int.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"

/* Rows of a class that are looked through. */
enum { EM_HINT_ROWS = 256 };
/* With more rows taken out of order than this no further ones are. */
enum { EM_HINT_AHEAD = EM_MAX_HOST_AHEAD / 4 };

/* One more link to it. Of several pages with high scores each alone may link to anything;
 * what two of class HIGH link to is better than what one does. */
static void hint_again(struct em_hint *hint, enum em_class class, uint64_t page)
{
    if (class == EM_CLASS_HIGH && hint->class == EM_CLASS_HIGH && hint->page != page)
        hint->class = EM_GATE_SEVERAL;
    else if (class < hint->class)
        hint->class = (uint8_t) class;
    hint->page = page;
}

void em_hint_add(struct em_frontier *f, uint64_t id, uint64_t hash, double linking)
{
    enum em_class class =
        em_focus_class(em_focus_priority(&f->options.focus, 0, linking));
    struct em_host *host = class == EM_CLASS_LOW ? NULL : em_host_find(f, id);
    if (!host || !host->active)
        return;
    for (size_t i = 0; i < host->n_entries; i++)
        if (host->entries[i].hash == hash)
            return; /* taken, or about to be */
    for (size_t i = 0; i < host->n_hints; i++)
        if (host->hints[i].hash == hash) {
            hint_again(&host->hints[i], class, f->settled);
            return;
        }
    if (!host->hints)
        host->hints = em_malloc(EM_HOST_HINTS * sizeof(host->hints[0]));
    if (!host->hints) /* the order is another, nothing is lost */
        return;
    if (host->n_hints == EM_HOST_HINTS) /* the oldest gives way */
        memmove(host->hints, host->hints + 1, --host->n_hints * sizeof(host->hints[0]));
    host->hints[host->n_hints++] =
        (struct em_hint){.hash = hash, .page = f->settled, .class = (uint8_t) class};
    host->hints_new = true;
}

/* The hint for this row of the host's queue, or NULL. */
static struct em_hint *hint_of(struct em_frontier *f, struct em_host *host,
                               struct em_view key, struct em_view value)
{
    struct em_url_row row;
    if (em_record_unpack_url(&row, key, value) < 0)
        return NULL; /* reported when it is read in its turn */
    em_buf_clear(&f->scratch);
    if (em_buf_append_view(&f->scratch, em_buf_view(&host->origin)) < 0 ||
        em_buf_append_view(&f->scratch, row.path) < 0)
        return NULL;
    uint64_t hash = em_hash64(f->scratch.data, f->scratch.len, 0);
    for (size_t i = 0; i < host->n_hints; i++)
        if (host->hints[i].hash == hash)
            return &host->hints[i];
    return NULL;
}

static enum em_status check_class(struct em_frontier *f, struct em_host *host,
                                  struct em_scan *scan, unsigned class,
                                  struct em_err *err)
{
    char from[17];
    struct em_view key, value;
    if (host->queued[class] == 0)
        return EM_OK;
    em_put_be(from, host->pub.id, 8);
    from[8] = (char)class;
    em_put_be(from + 9, host->done_to[class] + 1, 8);
    EM_TRY(em_scan_open(scan, f, f->read, EM_FAMILY_QUEUE, em_view_make(from, 17), err));
    enum em_status status = EM_OK;
    for (unsigned n = 0; n < EM_HINT_ROWS && status == EM_OK; n++) {
        status = em_scan_next(scan, f, &key, &value, err);
        if (status != EM_OK || key.len != 17 || memcmp(key.data, from, 9) != 0)
            break;
        uint64_t seq = em_get_be(key.data + 9, 8);
        if (em_host_has_row(host, seq))
            continue;
        struct em_hint *hint = hint_of(f, host, key, value);
        if (hint) {
            hint->seq = seq;
            hint->row_class = (uint8_t) class;
        }
    }
    em_scan_close(scan);
    return status < 0 ? status : EM_OK;
}

enum em_status em_hint_check(struct em_frontier *f, struct em_host *host,
                             struct em_scan *scan, struct em_err *err)
{
    static const uint8_t classes[] = {EM_CLASS_MIDDLE, EM_CLASS_LOW, EM_CLASS_UNIFORM,
                                      EM_CLASS_RESERVE};
    size_t kept = 0;
    host->hints_new = false;
    for (size_t i = 0; i < host->n_hints; i++)
        host->hints[i].seq = 0;
    if (host->n_ahead < EM_HINT_AHEAD)
        for (size_t i = 0; i < sizeof(classes); i++)
            EM_TRY(check_class(f, host, scan, classes[i], err));
    for (size_t i = 0; i < host->n_hints; i++)
        if (host->hints[i].seq && host->hints[i].class < host->hints[i].row_class)
            host->hints[kept++] = host->hints[i];
    host->n_hints = kept;
    return EM_OK;
}

bool em_hint_take(struct em_host *host, struct em_hint *out)
{
    size_t best = 0;
    if (host->n_hints == 0)
        return false;
    for (size_t i = 1; i < host->n_hints; i++)
        if (host->hints[i].class < host->hints[best].class)
            best = i;
    *out = host->hints[best];
    memmove(host->hints + best, host->hints + best + 1,
            (--host->n_hints - best) * sizeof(host->hints[0]));
    return true;
}
