/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/scan/recorder.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "crawler/archive/archive.h"
#include "base/hash.h"
#include "detector/model.h"
#include "index/model.h"
#include "pipeline/scan/known.h"
#include "pipeline/scan/part.h"

#include <stdio.h>
#include <stdlib.h>

/* A commit costs a few synchronous writes (some 10 ms) and becomes a generation that is
 * merged again and again: rare enough to be cheap, often enough to lose little. */
#define COMMIT_BYTES   ((size_t)64 << 20)
#define COMMIT_SECONDS 15.0

/* An input with counts that are not committed yet, or not complete. */
struct open_file {
    const char *path;
    struct em_ledger entry;
    char *reasons[EM_LEDGER_DAMAGES]; /* of entry.damage; owned */
    bool changed;                     /* since the last commit */
};

struct em_recorder {
    struct em_store *store;
    const char *const *files;
    const struct em_range *ranges; /* NULL: whole files */
    size_t n_files;
    const char *
        *names; /* of the files in the index: their own, or those it has them by */
    struct em_known *known; /* owns the others; NULL: not looked for */
    struct em_plan *plans;
    const struct em_model *judge; /* NULL: none */
    bool judge_kept;              /* its rows are in the index, or on their way */
    char ids[EM_MODEL_IDS];
    struct em_view model_name; /* of `ids` */
    uint32_t model;
    struct open_file *open;
    size_t n_open, cap_open;
    struct em_rows rows;
    char *output;
    double committed, interval; /* clock; seconds */
};

static uint64_t size_of(const char *path)
{
    uint64_t size;
    int64_t changed;
    return em_source_facts(path, &size, &changed) ? size : 0;
}

static struct em_range range_of(const struct em_recorder *r, size_t i)
{
    return r->ranges ? r->ranges[i] : (struct em_range){0, 0};
}

static enum em_status find_entry(struct em_recorder *r, uint64_t file,
                                 struct em_range range, struct em_ledger *entry,
                                 struct em_err *err)
{
    return range.to ? em_store_ledger_get_piece(r->store, file, r->model, range.from,
                                                entry, err)
                    : em_store_ledger_get(r->store, file, r->model, entry, err);
}

/* A file is read whole or in pieces, and always in the same ones. */
static enum em_status check_range(struct em_recorder *r, size_t i, struct em_err *err)
{
    struct em_ledger entry;
    struct em_range range = range_of(r, i);
    uint64_t file = em_name_hash(em_view_of(r->names[i]));
    enum em_status status = em_store_ledger_get(r->store, file, r->model, &entry, err);
    bool other = status == EM_OK && (entry.to != 0) != (range.to != 0);
    if (status == EM_OK && !other && range.to) {
        status =
            em_store_ledger_get_at(r->store, file, r->model, range.to - 1, &entry, err);
        other = status == EM_OK && entry.to > range.from &&
                (entry.from != range.from || entry.to != range.to);
    }
    if (other)
        return em_fail(err, EM_ERR_USAGE, "index",
                       "'%.100s' is in this index already, divided in another way: go on "
                       "with the same --split",
                       r->files[i]);
    return status == EM_ERR_NOTFOUND ? EM_OK : status;
}

static enum em_status plan_damage(struct em_plan *plan, const struct em_ledger *entry)
{
    plan->damaged = entry->damaged;
    if (entry->n_damage == 0)
        return EM_OK;
    plan->damage = em_calloc(entry->n_damage, sizeof(plan->damage[0]));
    if (!plan->damage)
        return EM_ERR_NOMEM;
    for (uint32_t i = 0; i < entry->n_damage; i++) {
        const struct em_ledger_damage *d = &entry->damage[i];
        char *reason = em_strndup(d->reason.data ? d->reason.data : "", d->reason.len);
        if (!reason)
            return EM_ERR_NOMEM;
        plan->damage[plan->n_damage++] =
            (struct em_plan_damage){reason, d->count, d->first};
    }
    return EM_OK;
}

static void plan_release(struct em_plan *plan)
{
    for (uint32_t i = 0; i < plan->n_damage; i++)
        em_free(plan->damage[i].reason);
    em_free(plan->damage);
}

static enum em_status plan_file(struct em_recorder *r, size_t i, struct em_err *err)
{
    struct em_ledger entry;
    struct em_plan *plan = &r->plans[i];
    struct em_range range = range_of(r, i);
    uint64_t file = em_name_hash(em_view_of(r->names[i])), size = size_of(r->files[i]);
    EM_TRY(check_range(r, i, err));
    enum em_status status = find_entry(r, file, range, &entry, err);
    /* What gave no document is no loss to read again: an error page or an empty file in
     * the place of what is there now. */
    if (status == EM_OK && entry.documents == 0 && entry.size != size &&
        strcmp(r->files[i], "-") != 0) {
        plan->replaces = true;
    } else if (status == EM_OK) {
        plan->skip = entry.records;
        plan->documents = entry.documents;
        EM_TRY(plan_damage(plan, &entry));
        plan->complete = entry.complete;
        if (range.to == 0 && entry.at_number < entry.records) {
            plan->at = entry.at;
            plan->at_number = entry.at_number;
        }
        plan->changed = entry.records && entry.size != size;
        /* What comes through a pipe next cannot be told from what came before. */
        if (plan->complete && strcmp(r->files[i], "-") == 0)
            return em_fail(err, EM_ERR_USAGE, "index",
                           "standard input was read into this index before; give this "
                           "input a name, or an index of its own");
    } else if (status != EM_ERR_NOTFOUND) {
        return status;
    }
    if (plan->replaces)
        return EM_OK;
    return range.to ? em_store_ledger_most_piece(r->store, file, range.from,
                                                 &plan->text_known, err)
                    : em_store_ledger_most(r->store, file, &plan->text_known, err);
}

struct named {
    uint64_t hash;
    size_t at;
};

static int by_hash(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* An input named twice is read once. */
static enum em_status plan_repeats(struct em_recorder *r)
{
    struct named *named = em_calloc(r->n_files ? r->n_files : 1, sizeof(named[0]));
    if (!named)
        return EM_ERR_NOMEM;
    for (size_t i = 0; i < r->n_files; i++)
        named[i] = (struct named){
            em_hash64(r->names[i], strlen(r->names[i]), range_of(r, i).from), i};
    qsort(named, r->n_files, sizeof(named[0]), by_hash);
    for (size_t i = 1; i < r->n_files; i++)
        if (named[i].hash == named[i - 1].hash) {
            plan_release(&r->plans[named[i].at]);
            r->plans[named[i].at] = (struct em_plan){.complete = true, .repeat = true};
        }
    em_free(named);
    return EM_OK;
}

/* Looks at the whole ledger only where the index does not know a name. */
static enum em_status name_file(struct em_recorder *r, size_t i, struct em_err *err)
{
    uint64_t records;
    const char *path = r->files[i];
    r->names[i] = path;
    enum em_status status =
        em_store_ledger_most(r->store, em_name_hash(em_view_of(path)), &records, err);
    if (status < 0 || records)
        return status;
    if (!r->known)
        EM_TRY(em_known_read(&r->known, r->store, err));
    const char *name = em_known_find(r->known, path);
    if (name)
        r->names[i] = name;
    return EM_OK;
}

static enum em_status open_recorder(struct em_recorder *r, const char *dir,
                                    struct em_err *err)
{
    r->plans = em_calloc(r->n_files ? r->n_files : 1, sizeof(r->plans[0]));
    r->names = em_calloc(r->n_files ? r->n_files : 1, sizeof(r->names[0]));
    if (!r->plans || !r->names)
        return EM_ERR_NOMEM;
    EM_TRY(em_store_open(&r->store, dir, EM_STORE_WRITE, err));
    for (size_t i = 0; i < r->n_files; i++)
        EM_TRY(name_file(r, i, err));
    EM_TRY(em_index_model_known(r->store, r->model, &r->judge_kept, err));
    for (size_t i = 0; i < r->n_files; i++)
        EM_TRY(plan_file(r, i, err));
    return plan_repeats(r);
}

enum em_status em_recorder_open(struct em_recorder **out, const char *dir,
                                const struct em_model *model, const char *const *files,
                                size_t n_files, struct em_err *err)
{
    return em_recorder_open_ranges(out, dir, model, files, NULL, n_files, err);
}

enum em_status em_recorder_open_ranges(struct em_recorder **out, const char *dir,
                                       const struct em_model *model,
                                       const char *const *files,
                                       const struct em_range *ranges, size_t n_files,
                                       struct em_err *err)
{
    struct em_recorder *r = em_calloc(1, sizeof(*r));
    *out = NULL;
    if (!r)
        return EM_ERR_NOMEM;
    em_rows_init(&r->rows);
    r->files = files;
    r->ranges = ranges;
    r->n_files = n_files;
    r->judge = model;
    em_model_ids(model, r->ids);
    r->model_name = em_view_of(r->ids);
    r->model = em_model_hash(r->model_name);
    r->committed = em_clock_now();
    r->interval = COMMIT_SECONDS;
    enum em_status status = open_recorder(r, dir, err);
    if (status < 0)
        em_recorder_free(r);
    else
        *out = r;
    return status;
}

void em_recorder_set_interval(struct em_recorder *r, double seconds)
{
    r->interval = seconds;
}

static void open_release(struct open_file *file)
{
    for (int i = 0; i < EM_LEDGER_DAMAGES; i++)
        em_free(file->reasons[i]);
}

/* Places of one kind to what the file's entry has; the kind becomes the file's own. */
static enum em_status open_add_damage(struct open_file *file, const char *reason,
                                      uint64_t count, uint64_t first)
{
    struct em_ledger *entry = &file->entry;
    struct em_ledger_damage *d = em_ledger_damage_of(entry, em_view_of(reason));
    if (!d)
        return EM_OK;
    if (d->count == 0) {
        char *own = em_strdup(reason);
        if (!own) {
            entry->n_damage--;
            return EM_ERR_NOMEM;
        }
        file->reasons[d - entry->damage] = own;
        d->reason = em_view_of(own);
        d->first = first;
    }
    d->count += count;
    return EM_OK;
}

/* What the entry came with belongs to the store. */
static enum em_status open_own_damage(struct open_file *file, const struct em_plan *plan)
{
    file->entry.n_damage = 0;
    for (uint32_t i = 0; plan && i < plan->n_damage; i++)
        EM_TRY(open_add_damage(file, plan->damage[i].reason, plan->damage[i].count,
                               plan->damage[i].first));
    return EM_OK;
}

void em_recorder_free(struct em_recorder *r)
{
    if (!r)
        return;
    em_store_free(r->store);
    em_rows_release(&r->rows);
    for (size_t i = 0; r->plans && i < r->n_files; i++)
        plan_release(&r->plans[i]);
    em_free(r->plans);
    em_free(r->names);
    em_known_free(r->known);
    for (size_t i = 0; i < r->n_open; i++)
        open_release(&r->open[i]);
    em_free(r->open);
    em_free(r->output);
    em_free(r);
}

uint64_t em_recorder_file(const struct em_recorder *r, size_t file)
{
    return em_name_hash(em_view_of(r->names[file]));
}

const struct em_plan *em_recorder_plan(const struct em_recorder *r, size_t file)
{
    return &r->plans[file];
}

enum em_status em_recorder_output(struct em_recorder *r, const char *name,
                                  uint64_t *length, struct em_err *err)
{
    enum em_status status = em_store_note_get(r->store, em_view_of(name), length, err);
    if (status == EM_ERR_NOTFOUND) {
        *length = 0;
        status = EM_OK;
    }
    return status;
}

enum em_status em_recorder_note_output(struct em_recorder *r, const char *name)
{
    em_free(r->output);
    r->output = name ? em_strdup(name) : NULL;
    return name && !r->output ? EM_ERR_NOMEM : EM_OK;
}

/* The entry of `path` as it will be in the ledger; from what is there already when this is
 * the first part of it. */
static enum em_status find_open(struct em_recorder *r, const char *path,
                                struct open_file **out)
{
    for (size_t i = r->n_open; i-- > 0;)
        if (r->open[i].path == path) {
            *out = &r->open[i];
            return EM_OK;
        }
    if (r->n_open == r->cap_open) {
        size_t cap = r->cap_open ? 2 * r->cap_open : 8;
        void *more = em_realloc_array(r->open, cap, sizeof(r->open[0]));
        if (!more)
            return EM_ERR_NOMEM;
        r->open = more;
        r->cap_open = cap;
    }
    struct open_file *file = &r->open[r->n_open];
    const char *name = path;
    struct em_range range = {0, 0};
    const struct em_plan *plan = NULL;
    /* Once a file; by address, since the pieces of one have equal names. */
    for (size_t i = 0; i < r->n_files; i++)
        if (r->files[i] == path) {
            range = range_of(r, i);
            plan = &r->plans[i];
            name = r->names[i];
            break;
        }
    uint64_t hash = em_name_hash(em_view_of(name));
    *file = (struct open_file){.path = path};
    enum em_status status = find_entry(r, hash, range, &file->entry, NULL);
    if (status == EM_ERR_NOTFOUND || (status == EM_OK && plan && plan->replaces))
        file->entry = (struct em_ledger){
            .file = hash, .model = r->model, .from = range.from, .to = range.to};
    else if (status < 0)
        return status;
    /* The names the entry came with belong to the store. */
    file->entry.name = em_view_of(name);
    file->entry.canonical = EM_VIEW_NONE;
    file->entry.model_name = r->model_name;
    if (!em_source_facts(path, &file->entry.size, &file->entry.changed))
        file->entry.size = 0, file->entry.changed = 0;
    file->entry.head = em_known_head(path);
    file->entry.failed = false;
    r->n_open++;
    EM_TRY(open_own_damage(file, plan));
    *out = file;
    return EM_OK;
}

/* The model's rows, where the index has none of it yet. */
static enum em_status keep_judge(struct em_recorder *r)
{
    struct em_buf block;
    enum em_status status = EM_OK;
    if (r->judge_kept || !r->judge)
        return EM_OK;
    em_buf_init(&block, EM_MAX_VALUE);
    uint8_t number = 0;
    for (const struct em_model *m = r->judge; m && status == EM_OK; m = m->next) {
        em_buf_clear(&block);
        if (m->block)
            status = em_calibration_pack(&block, m->block);
        struct em_index_member member = {.whole = r->model_name,
                                         .name = em_view_of(em_model_id(m)),
                                         .lang = em_view_of(em_model_lang(m)),
                                         .block = em_buf_view(&block)};
        if (status == EM_OK)
            status = em_index_model_row(&r->rows, number++, &member);
    }
    em_buf_release(&block);
    r->judge_kept = status == EM_OK;
    return status;
}

enum em_status em_recorder_add(struct em_recorder *r, const struct em_parts *parts)
{
    for (size_t i = 0; i < parts->n; i++) {
        struct open_file *file;
        const struct em_ledger *sum = &parts->parts[i].sum;
        EM_TRY(find_open(r, parts->parts[i].file, &file));
        file->changed = true;
        file->entry.records += sum->records;
        file->entry.complete |= sum->complete;
        file->entry.failed |= sum->failed;
        file->entry.documents += sum->documents;
        file->entry.damaged += sum->damaged;
        file->entry.words += sum->words;
        file->entry.text_bytes += sum->text_bytes;
        file->entry.stored_bytes += sum->stored_bytes;
        file->entry.block_bytes += sum->block_bytes;
        if (sum->at) {
            file->entry.at = sum->at;
            file->entry.at_number = sum->at_number;
        }
        if (file->entry.to && sum->complete) {
            file->entry.first = sum->first;
            file->entry.next = sum->next;
        }
        for (int d = 0; d < EM_DROP_COUNT; d++)
            file->entry.drops[d] += sum->drops[d];
        for (size_t d = 0; d < parts->n_damage; d++)
            if (parts->damage[d].part == i)
                EM_TRY(open_add_damage(file, parts->damage[d].reason,
                                       parts->damage[d].count, parts->damage[d].first));
    }
    EM_TRY(keep_judge(r));
    return em_rows_append(&r->rows, &parts->rows);
}

bool em_recorder_due(const struct em_recorder *r)
{
    return r->rows.bytes.len > COMMIT_BYTES ||
           (r->n_open && em_clock_now() - r->committed > r->interval);
}

enum em_status em_recorder_commit(struct em_recorder *r, uint64_t output_length,
                                  struct em_err *err)
{
    size_t n = 0, kept = 0;
    struct em_ledger *entries = em_calloc(r->n_open ? r->n_open : 1, sizeof(entries[0]));
    if (!entries)
        return EM_ERR_NOMEM;
    for (size_t i = 0; i < r->n_open; i++)
        if (r->open[i].changed)
            entries[n++] = r->open[i].entry;
    struct em_note note = {em_view_of(r->output), output_length};
    enum em_status status = EM_OK;
    if (n || r->rows.n)
        status = em_store_commit_noted(r->store, &r->rows, entries, n,
                                       r->output ? &note : NULL, err);
    em_free(entries);
    if (status < 0)
        return status;
    em_rows_clear(&r->rows);
    for (size_t i = 0; i < r->n_open; i++) {
        r->open[i].changed = false;
        if (!r->open[i].entry.complete)
            r->open[kept++] = r->open[i];
        else
            open_release(&r->open[i]);
    }
    r->n_open = kept;
    r->committed = em_clock_now();
    return EM_OK;
}
