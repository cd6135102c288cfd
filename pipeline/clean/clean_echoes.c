/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/clean/clean_echoes.h"

#include "base/alloc.h"
#include "base/date.h"
#include "detector/prints.h"
#include "pipeline/clean/clean_echo.h"

#include <pthread.h>
#include <stdio.h>

/* One thread's, while it has a document in hand. */
struct hands {
    struct hands *next;
    struct em_prints prints;
    uint64_t *hashes; /* twice cap: the second half is room for the search */
    size_t cap;
};

struct em_clean_echoes {
    struct em_clean_echo *table;
    const char *const *files;
    uint64_t *first; /* number of each file's first record, and the end */
    size_t n;
    size_t at; /* first pass: the file in hand */
    double contained;
    pthread_mutex_t lock;
    struct hands *idle;
};

/* --- hands ----------------------------------------------------------------------------- */

static struct hands *take_hands(struct em_clean_echoes *e)
{
    pthread_mutex_lock(&e->lock);
    struct hands *h = e->idle;
    if (h)
        e->idle = h->next;
    pthread_mutex_unlock(&e->lock);
    if (h)
        return h;
    h = em_calloc(1, sizeof(*h));
    if (h)
        em_prints_init(&h->prints);
    return h;
}

static void give_hands(struct em_clean_echoes *e, struct hands *h)
{
    pthread_mutex_lock(&e->lock);
    h->next = e->idle;
    e->idle = h;
    pthread_mutex_unlock(&e->lock);
}

/* The document's sampled hashes into h->hashes. */
static enum em_status clean_echoes_sample(struct hands *h, struct em_view text, size_t *n)
{
    const struct em_prints_options options = {.sample_k = EM_CLEAN_ECHO_K,
                                              .fraction = EM_CLEAN_ECHO_FRACTION};
    EM_TRY(em_prints_make(&h->prints, &options, text));
    *n = h->prints.n_sampled;
    if (*n > h->cap) {
        void *grown = em_realloc_array(h->hashes, 2 * *n, sizeof(h->hashes[0]));
        if (!grown)
            return EM_ERR_NOMEM;
        h->hashes = grown;
        h->cap = *n;
    }
    for (size_t i = 0; i < *n; i++)
        h->hashes[i] = h->prints.sampled[i].hash;
    return EM_OK;
}

static int64_t day_of(const struct em_page *page, const struct em_doc *doc)
{
    struct em_view date = doc->published;
    if (!date.len)
        date = page->published.len ? page->published : page->date;
    int64_t seconds = em_date_parse(date);
    return seconds == EM_DATE_UNKNOWN ? -1 : seconds / 86400;
}

/* --- first pass ------------------------------------------------------------------------ */

struct samples {
    uint64_t order;
    size_t n;
    const uint64_t *hashes;
};

static enum em_status map_sample(void *context, struct em_scan_values *values,
                                 const struct em_scan_item *item)
{
    struct em_clean_echoes *e = context;
    size_t n = 0;
    if (!item->doc)
        return EM_OK;
    struct hands *h = take_hands(e);
    if (!h)
        return EM_ERR_NOMEM;
    enum em_status status = clean_echoes_sample(h, item->doc->text, &n);
    if (status == EM_OK && n) {
        struct samples *s = em_scan_values_add(values, sizeof(*s));
        uint64_t *hashes = s ? em_scan_values_alloc(values, n * sizeof(*hashes)) : NULL;
        status = hashes ? EM_OK : EM_ERR_NOMEM;
        if (hashes) {
            memcpy(hashes, h->hashes, n * sizeof(*hashes));
            *s = (struct samples){
                em_clean_echo_order(day_of(item->page, item->doc),
                                    e->first[e->at] + item->record->origin.number),
                n, hashes};
        }
    }
    give_hands(e, h);
    return status;
}

static enum em_status reduce_sample(void *context, const void *value, struct em_err *err)
{
    struct em_clean_echoes *e = context;
    const struct samples *s = value;
    enum em_status status = em_clean_echo_add(e->table, s->hashes, s->n, s->order);
    return status < 0 ? em_fail(err, status, "clean", "the table of echoes: %s",
                                em_status_text(status))
                      : EM_OK;
}

/* The second pass meets the same damage and says so. */
static void pass_damage(void *context, const char *file, uint64_t offset,
                        const char *reason)
{
    (void)context, (void)file, (void)offset, (void)reason;
}

static enum em_status read_file(struct em_clean_echoes *e,
                                const struct em_scan_options *base, struct em_err *err)
{
    struct em_scan_options options = *base;
    struct em_summary summary;
    options.files = &e->files[e->at];
    options.n_files = 1;
    options.model = NULL;
    options.refs = NULL;
    options.extract.no_language = true;
    options.map = map_sample;
    options.reduce = reduce_sample;
    options.damage = pass_damage;
    options.context = e;
    enum em_status status = em_scan_run(&options, &summary, err);
    if (status == EM_OK && summary.interrupted)
        status = em_fail(err, EM_ERR_INTERRUPTED, "clean",
                         "interrupted; the same command begins with the echoes again");
    if (status == EM_OK && summary.files_failed)
        status = em_fail(err, EM_ERR_IO, "clean", "cannot read '%s'", e->files[e->at]);
    e->first[e->at + 1] = e->first[e->at] + summary.records;
    return status;
}

enum em_status em_clean_echoes_read(struct em_clean_echoes **out,
                                    const struct em_scan_options *base,
                                    const char *const *files, size_t n, size_t memory,
                                    double contained, struct em_err *err)
{
    struct em_clean_echoes *e = em_calloc(1, sizeof(*e));
    *out = NULL;
    if (!e)
        return em_fail(err, EM_ERR_NOMEM, "clean", "out of memory");
    pthread_mutex_init(&e->lock, NULL);
    e->files = files;
    e->n = n;
    e->contained = contained;
    e->first = em_calloc(n + 1, sizeof(e->first[0]));
    enum em_status status = EM_OK;
    if (!e->first || em_clean_echo_new(&e->table, memory) < 0)
        status = em_fail(err, EM_ERR_NOMEM, "clean", "out of memory");
    for (e->at = 0; e->at < n && status == EM_OK; e->at++)
        status = read_file(e, base, err);
    if (status < 0) {
        em_clean_echoes_free(e);
        return status;
    }
    *out = e;
    return EM_OK;
}

uint64_t em_clean_echoes_size(const struct em_clean_echoes *e, uint64_t *records,
                              unsigned *halvings)
{
    *records = e->first[e->n];
    return em_clean_echo_size(e->table, halvings);
}

void em_clean_echoes_free(struct em_clean_echoes *e)
{
    if (!e)
        return;
    while (e->idle) {
        struct hands *h = e->idle;
        e->idle = h->next;
        em_prints_release(&h->prints);
        em_free(h->hashes);
        em_free(h);
    }
    em_clean_echo_free(e->table);
    em_free(e->first);
    pthread_mutex_destroy(&e->lock);
    em_free(e);
}

/* --- second pass ----------------------------------------------------------------------- */

static struct em_view name_of(const struct em_clean_echoes *e, uint64_t number,
                              char room[EM_CLEAN_ECHO_NAME])
{
    size_t low = 0, high = e->n; /* the last file that begins at or before it */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (e->first[middle] <= number)
            low = middle;
        else
            high = middle;
    }
    int n = snprintf(room, EM_CLEAN_ECHO_NAME, "%.400s#%llu", e->files[low],
                     (unsigned long long)(number - e->first[low]));
    return em_view_make(room, (size_t)n);
}

enum em_status em_clean_echoes_find(struct em_clean_echoes *e, size_t file,
                                    const struct em_page *page, const struct em_doc *doc,
                                    uint64_t number, char room[EM_CLEAN_ECHO_NAME],
                                    struct em_clean_facts *facts)
{
    struct hands *h = take_hands(e);
    uint64_t order = em_clean_echo_order(day_of(page, doc), e->first[file] + number);
    uint64_t original = 0;
    size_t n = 0;
    if (!h)
        return EM_ERR_NOMEM;
    enum em_status status = clean_echoes_sample(h, doc->text, &n);
    if (status == EM_OK && n &&
        em_clean_echo_find(e->table, h->hashes, n, order, e->contained,
                           h->hashes + h->cap, &original, &facts->echoed))
        facts->original = name_of(e, em_clean_echo_number(original), room);
    give_hands(e, h);
    return status;
}
