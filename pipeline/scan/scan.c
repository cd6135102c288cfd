/* SPDX-License-Identifier: Apache-2.0
 *
 * See scan.h for the picture. Locks: `reading` guards the source and the sequence counter;
 * `writing` guards the ring, the pool of free batches, the totals and the callbacks. A
 * thread never holds both.
 */
#include "pipeline/scan/scan.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/limits.h"
#include "pipeline/scan/batch.h"
#include "pipeline/scan/tally.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PROGRESS_SECONDS 0.5

#define NO_PLACE UINT64_MAX

struct scan {
    const struct em_scan_options *options;

    pthread_mutex_t reading;
    struct em_source *source; /* NULL: open the next file */
    size_t file;              /* index of the source's file, or of the next */
    uint64_t file_id;         /* of the file in the index */
    uint64_t file_records;    /* read from the source so far */
    uint64_t first, next;     /* of a piece: where its first record began; where the next
                                 one that is not in it does. NO_PLACE: not seen yet */
    uint64_t number;          /* of the next record of a piece, at least */
    uint64_t placed;          /* of the newest record that can be read on from */
    bool sound;               /* the record before was whole */
    size_t found;             /* records of the file's picks that were met */
    uint64_t sequence;
    /* Stored bytes of finished files, of all; and those of both that the index had. */
    size_t known_files;
    uint64_t bytes_done, bytes_total, known_done, known_total;
    bool size_known;

    pthread_mutex_t writing;
    pthread_cond_t changed; /* a batch became free, or the scan failed */
    struct em_batch **batches, **idle, **ring;
    size_t n_batches, n_idle;
    uint64_t next_out;
    bool failed;
    enum em_status status;
    struct em_err *err;
    struct em_summary *total;
    struct em_tally tally;
    double started, shown;
    uint32_t model; /* hash of its name; 0: none */
};

static uint64_t file_size(const char *path)
{
    struct stat st;
    if (strcmp(path, "-") == 0 || stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return 0;
    return (uint64_t)st.st_size;
}

/* Stored bytes of a file, or of a piece of it. */
static uint64_t input_size(const struct scan *s, size_t file)
{
    const struct em_range *range = s->options->ranges ? &s->options->ranges[file] : NULL;
    return range && range->to ? range->to - range->from
                              : file_size(s->options->files[file]);
}

/* Stored bytes of an input that need not be read: the index has what is in them. */
static uint64_t input_known(const struct scan *s, size_t file)
{
    const struct em_plan *plan =
        s->options->recorder ? em_recorder_plan(s->options->recorder, file) : NULL;
    if (!plan)
        return 0;
    return plan->complete || plan->changed ? input_size(s, file) : plan->at;
}

static void measure_inputs(struct scan *s)
{
    s->size_known = true;
    for (size_t i = 0; i < s->options->n_files; i++) {
        uint64_t size = input_size(s, i);
        s->bytes_total += size;
        s->known_total += input_known(s, i);
        s->size_known &= size > 0;
    }
}

static struct em_range range_of(const struct scan *s)
{
    return s->options->ranges ? s->options->ranges[s->file] : (struct em_range){0, 0};
}

static struct em_scan_share share_of(double done, double all, double known, double came)
{
    done = done < all ? done : all;
    double left = all - known, fresh = left > 0 ? (done - came) / left : 0;
    return (struct em_scan_share){all > 0 ? done / all : 1, fresh > 0 ? fresh : 0};
}

/* By files, where sizes are only known once they are open. */
static struct em_scan_share share_of_files(const struct scan *s)
{
    double done = (double)s->file, known = (double)s->known_files;
    uint64_t size = s->source ? em_source_size(s->source) : 0;
    if (size)
        done += (double)em_source_position(s->source) / (double)size;
    if (!s->options->source.remote || !s->options->n_files)
        return (struct em_scan_share){-1, 0};
    return share_of(done, (double)s->options->n_files, known, known);
}

static struct em_scan_share share_read(const struct scan *s)
{
    if (!s->size_known || s->bytes_total == 0)
        return share_of_files(s);
    uint64_t done = s->bytes_done, known = s->known_done;
    if (s->source) {
        uint64_t at = em_source_position(s->source), from = range_of(s).from;
        done += at > from ? at - from : 0;
        known += input_known(s, s->file);
    }
    return share_of((double)done, (double)s->bytes_total, (double)s->known_total,
                    (double)known);
}

static bool scan_stopped(const struct scan *s)
{
    return s->options->stop &&
           atomic_load_explicit(s->options->stop, memory_order_relaxed) != 0;
}

static void scan_fail(struct scan *s, enum em_status status, const struct em_err *err)
{
    pthread_mutex_lock(&s->writing);
    if (!s->failed) {
        s->failed = true;
        s->status = status;
        if (s->err && err->status == status)
            *s->err = *err;
        else
            em_fail(s->err, status, "scan", "%s", em_status_text(status));
    }
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->writing);
}

static bool has_failed(struct scan *s)
{
    pthread_mutex_lock(&s->writing);
    bool failed = s->failed;
    pthread_mutex_unlock(&s->writing);
    return failed;
}

static const struct em_plan *plan_of(const struct scan *s)
{
    static const struct em_plan all = {.skip = 0};
    return s->options->recorder ? em_recorder_plan(s->options->recorder, s->file) : &all;
}

static const struct em_picks *picks_of(const struct scan *s)
{
    static const struct em_picks all = {.items = NULL};
    return s->options->picks ? &s->options->picks[s->file] : &all;
}

/* Counts for the ledger and the tally. `read`: to its end. */
static enum em_status end_file(struct scan *s, struct em_result *result, bool read,
                               uint64_t stored)
{
    struct em_part *part = em_parts_of(&result->parts, s->options->files[s->file]);
    if (!part)
        return EM_ERR_NOMEM;
    part->sum.complete |= read;
    part->sum.failed |= !read;
    part->sum.stored_bytes += stored;
    part->sum.first = s->first;
    part->sum.next = s->next;
    part->piece = range_of(s).to || picks_of(s)->n;
    return EM_OK;
}

/* Damage found by an earlier run, as that reported it; places of one kind as one. */
static enum em_status tell_known_damage(const struct em_plan *plan, const char *file,
                                        struct em_result *result)
{
    char what[400];
    uint64_t left = plan->damaged;
    result->counts.known_damaged += plan->damaged;
    for (uint32_t i = 0; i < plan->n_damage; i++) {
        const struct em_plan_damage *d = &plan->damage[i];
        left -= d->count < left ? d->count : left;
        if (d->count > 1)
            snprintf(what, sizeof(what), "%s (and %llu more such places, found before)",
                     d->reason, (unsigned long long)d->count - 1);
        else
            snprintf(what, sizeof(what), "%s (found before)", d->reason);
        EM_TRY(em_result_tell(result, file, d->first, what));
    }
    if (left == 0)
        return EM_OK;
    snprintf(what, sizeof(what), "%llu %sdamaged %s found when it was read before",
             (unsigned long long)left, plan->n_damage ? "more " : "",
             left == 1 ? "place was" : "places were");
    return em_result_tell(result, file, EM_SCAN_WHOLE, what);
}

/* What the index has of a file already, read or to be read on. */
static enum em_status count_known(struct scan *s, struct em_result *result)
{
    const struct em_plan *plan = plan_of(s);
    const char *file = s->options->files[s->file];
    EM_TRY(tell_known_damage(plan, file, result));
    if (plan->complete && !plan->documents && range_of(s).to == 0) {
        result->counts.files_without++;
        EM_TRY(em_result_tell(result, file, EM_SCAN_WHOLE,
                              "gave no document when it was read before"));
    }
    result->counts.known_documents += plan->documents;
    if (!plan->documents || plan->complete)
        return EM_OK;
    struct em_part *part = em_parts_of(&result->parts, file);
    if (!part)
        return EM_ERR_NOMEM;
    part->known_records = plan->skip;
    part->known_documents = plan->documents;
    return EM_OK;
}

/* Read to its end: where that is. What cannot be divided is in the first piece whole. */
static void end_piece(struct scan *s)
{
    uint64_t size = em_source_size(s->source);
    if (s->next == NO_PLACE)
        s->next = size;
    if (s->first == NO_PLACE)
        s->first = s->next;
}

static enum em_status close_source(struct scan *s, struct em_result *result, bool read)
{
    uint64_t stored = em_source_position(s->source);
    if (range_of(s).to) {
        end_piece(s);
        stored = s->next > s->first ? s->next - s->first : 0;
    }
    result->counts.stored_bytes += stored;
    s->bytes_done += input_size(s, s->file);
    s->known_done += input_known(s, s->file);
    em_source_free(s->source);
    s->source = NULL;
    enum em_status status = end_file(s, result, read, stored);
    s->file++;
    return status;
}

static enum em_status skip_file(struct scan *s, struct em_result *result)
{
    const struct em_plan *plan = plan_of(s);
    const char *file = s->options->files[s->file];
    s->bytes_done += input_size(s, s->file);
    s->known_done += input_known(s, s->file);
    s->known_files++;
    if (!plan->changed && !plan->repeat)
        EM_TRY(count_known(s, result));
    s->file++;
    if (plan->repeat)
        return EM_OK;
    if (plan->changed) {
        result->counts.files_failed++;
        return em_result_tell(result, file, EM_SCAN_WHOLE,
                              "is not what it was when the index read it; not read");
    }
    result->counts.known_files++;
    result->counts.known_records += plan->skip;
    return EM_OK;
}

/* Ranges of some kB each are asked for before their turn, or each would cost a round trip. */
static void expect_parts(const struct scan *s)
{
    struct em_source_options options = s->options->source;
    for (size_t i = s->file + 1; i < s->options->n_files && i < s->file + 4; i++) {
        options.part_from = s->options->ranges[i].from;
        options.part_to = s->options->ranges[i].to;
        if (s->options->picks[i].n)
            em_source_expect(s->options->files[i], &options);
    }
}

/* The weight of a record that is one of the file's picks. */
static bool scan_picked(struct scan *s, const struct em_record *record, double *weight)
{
    const struct em_picks *picks = picks_of(s);
    size_t low = 0, high = picks->n;
    *weight = picks->weight;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (picks->items[middle].offset < record->origin.offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (picks->n == 0)
        return true;
    if (low == picks->n || picks->items[low].offset != record->origin.offset ||
        record->type == EM_RECORD_DAMAGE)
        return false;
    *weight = picks->items[low].weight;
    s->found++;
    return true;
}

/* From which records the file could be read on: whole ones with places of their own, after
 * whole ones. */
static bool resumes(struct scan *s, const struct em_record *record)
{
    bool whole = record->type != EM_RECORD_DAMAGE && !record->error;
    bool here = s->options->recorder && whole && s->sound && range_of(s).to == 0 &&
                record->origin.offset > s->placed && em_source_divisible(s->source);
    s->sound = whole;
    if (record->origin.offset > s->placed)
        s->placed = record->origin.offset;
    return here;
}

static enum em_status open_source(struct scan *s, struct em_result *result,
                                  struct em_err *err)
{
    struct em_source_options options = s->options->source;
    s->file_records = 0;
    s->file_id =
        s->options->recorder ? em_recorder_file(s->options->recorder, s->file) : 0;
    s->first = s->next = NO_PLACE;
    s->number = 0;
    s->placed = 0;
    s->found = 0;
    s->sound = true;
    const struct em_plan *plan = plan_of(s);
    if (picks_of(s)->n) {
        options.part_from = range_of(s).from;
        options.part_to = range_of(s).to;
        expect_parts(s);
    } else if (range_of(s).from) {
        options.start_offset = range_of(s).from;
        options.start_anywhere = true;
    } else if (plan->at) {
        options.start_offset = plan->at;
        s->file_records = options.start_number = plan->at_number;
        result->counts.known_records += plan->at_number;
    }
    EM_TRY(em_source_open(&s->source, s->options->files[s->file], &options, err));
    result->counts.files++;
    return count_known(s, result);
}

/* A file that cannot be opened or read on is noted and left: the others go on. */
static enum em_status leave_file(struct scan *s, struct em_result *result,
                                 enum em_status status, const struct em_err *err)
{
    if (status < 0) {
        result->counts.files_failed++;
        const char *file = s->options->files[s->file];
        const char *why = err->text[0] ? err->text : em_status_text(status);
        EM_TRY(s->file_records
                   ? em_result_note(result, file, em_source_position(s->source), why)
                   : em_result_tell(result, file, EM_SCAN_WHOLE, why));
    }
    if (status == EM_END && s->found < picks_of(s)->n)
        EM_TRY(em_result_damage(result, s->options->files[s->file], range_of(s).from,
                                "records of the plan are not where it says"));
    if (s->source)
        return close_source(s, result, status == EM_END);
    EM_TRY(end_file(s, result, false, 0));
    s->file++;
    return EM_OK;
}

/* The record's place in a piece and its number: where it is stored, or, where several are
 * stored as one, the next number that is free. EM_END for the first record after it. */
static enum em_status place_record(struct scan *s, struct em_record *record)
{
    struct em_range range = range_of(s);
    if (range.to == 0 || !em_source_divisible(s->source))
        return EM_OK;
    uint64_t at = record->origin.offset;
    if (s->first == NO_PLACE)
        s->first = at;
    if (at >= range.to) {
        s->next = at;
        return EM_END;
    }
    record->origin.number = at > s->number ? at : s->number;
    s->number = record->origin.number + 1;
    return EM_OK;
}

/* The next record of the inputs that an index does not know yet, in order. EM_END after the
 * last. */
static enum em_status next_record(struct scan *s, struct em_result *result,
                                  struct em_record *record,
                                  struct em_record_context *context)
{
    while (s->file < s->options->n_files) {
        struct em_err err = {.status = EM_OK};
        const struct em_plan *plan = plan_of(s);
        enum em_status status = EM_OK;
        if (plan->complete || plan->changed) {
            EM_TRY(skip_file(s, result));
            continue;
        }
        if (!s->source)
            status = open_source(s, result, &err);
        if (status == EM_OK)
            status = em_source_next(s->source, record, &err);
        if (status == EM_OK)
            status = place_record(s, record);
        if (status == EM_OK) {
            double weight;
            if (!scan_picked(s, record, &weight))
                continue;
            uint64_t number = s->file_records++;
            *context = (struct em_record_context){.file = s->options->files[s->file],
                                                  .index = s->options->recorder != NULL,
                                                  .file_id = s->file_id,
                                                  .model = s->model,
                                                  .text_known = number < plan->text_known,
                                                  .resumes = resumes(s, record),
                                                  .number = number,
                                                  .weight = weight};
            if (number >= plan->skip)
                return EM_OK;
            result->counts.known_records++;
            if (number % 1024 == 0 && scan_stopped(s))
                return EM_END;
        } else if (status == EM_ERR_INTERRUPTED && scan_stopped(s)) {
            return EM_END;
        } else if (status == EM_ERR_NOMEM) {
            return status;
        } else {
            EM_TRY(leave_file(s, result, status, &err));
        }
    }
    return EM_END;
}

/* Under `writing`: what was delivered so far becomes part of the index. */
static void scan_commit(struct scan *s)
{
    const struct em_scan_options *o = s->options;
    uint64_t length = 0;
    if (!o->recorder || s->failed)
        return;
    if (!o->flush(o->context, &length)) {
        s->failed = true;
        s->status = em_fail(s->err, EM_ERR_IO, "scan", "cannot write the output");
        return;
    }
    s->status = em_recorder_commit(o->recorder, length, s->err);
    s->failed = s->status < 0;
}

/* Inputs that have ended and gave no document. */
static void tell_without(struct scan *s, const struct em_result *result)
{
    const struct em_scan_options *o = s->options;
    char why[300];
    for (size_t i = 0; i < result->parts.n; i++)
        if (em_tally_part(&s->tally, &result->parts.parts[i], o->source.text_field, why,
                          sizeof(why))) {
            s->total->files_without++;
            o->damage(o->context, s->tally.file, EM_SCAN_WHOLE, why);
        }
}

/* Under `writing`, in input order. */
static void scan_deliver(struct scan *s, struct em_result *result,
                         struct em_scan_share share)
{
    const struct em_scan_options *o = s->options;
    double now = em_clock_now();
    em_summary_add(s->total, &result->counts);
    s->total->seconds = now - s->started;
    for (size_t i = 0; i < result->n_notes; i++)
        o->damage(o->context, result->notes[i].file, result->notes[i].offset,
                  result->notes[i].reason);
    tell_without(s, result);
    if (result->lines.len && !s->failed &&
        !o->write(o->context, em_buf_view(&result->lines))) {
        s->failed = true;
        s->status = em_fail(s->err, EM_ERR_IO, "scan", "cannot write the output");
    }
    for (const void *v = NULL;
         !s->failed && o->reduce && (v = em_scan_values_next(&result->values, v));) {
        s->status = o->reduce(o->context, v, s->err);
        s->failed = s->status < 0;
    }
    if (o->recorder && !s->failed) {
        enum em_status status = em_recorder_add(o->recorder, &result->parts);
        if (status < 0) {
            s->failed = true;
            s->status = em_fail(s->err, status, "scan", "cannot keep rows: %s",
                                em_status_text(status));
        } else if (em_recorder_due(o->recorder)) {
            scan_commit(s);
        }
    }
    if (o->progress && now - s->shown > PROGRESS_SECONDS) {
        s->shown = now;
        o->progress(o->context, s->total, &share);
    }
}

/* --- one thread: records in place ---------------------------------------------------- */

static enum em_status scan_in_place(struct scan *s, struct em_worker *worker,
                                    struct em_result *result, struct em_err *err)
{
    struct em_record record;
    struct em_record_context context;
    enum em_status status = EM_OK;
    while (!scan_stopped(s) && !s->failed) {
        double clock = em_clock_now();
        status = next_record(s, result, &record, &context);
        result->counts.stage_seconds[EM_STAGE_READ] += em_clock_now() - clock;
        if (status != EM_OK)
            break;
        EM_TRY(em_worker_record(worker, &record, &context, result, err));
        if (result->lines.len > EM_BATCH_BYTES / 8 || result->n_notes ||
            result->values.bytes > EM_BATCH_BYTES / 8 ||
            result->parts.rows.bytes.len > EM_BATCH_BYTES ||
            result->counts.block_bytes > EM_BATCH_BYTES) {
            scan_deliver(s, result, share_read(s));
            em_result_clear(result);
        }
    }
    scan_deliver(s, result, share_read(s));
    return status < 0 ? status : EM_OK;
}

static void run_single(struct scan *s)
{
    struct em_worker worker;
    struct em_result result;
    struct em_err err = {.status = EM_OK};
    em_result_init(&result);
    enum em_status status = em_worker_init(&worker, s->options, &err);
    if (status == EM_OK) {
        status = scan_in_place(s, &worker, &result, &err);
        em_worker_release(&worker);
    }
    if (status < 0)
        scan_fail(s, status, &err);
    em_result_release(&result);
}

/* --- many threads: batches ------------------------------------------------------------ */

static struct em_batch *take_idle(struct scan *s)
{
    struct em_batch *batch = NULL;
    pthread_mutex_lock(&s->writing);
    while (s->n_idle == 0 && !s->failed)
        pthread_cond_wait(&s->changed, &s->writing);
    if (!s->failed)
        batch = s->idle[--s->n_idle];
    pthread_mutex_unlock(&s->writing);
    return batch;
}

static void give_idle(struct scan *s, struct em_batch *batch)
{
    pthread_mutex_lock(&s->writing);
    s->idle[s->n_idle++] = batch;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->writing);
}

/* EM_END when there was nothing left to read and nothing to report. */
static enum em_status scan_fill(struct scan *s, struct em_batch *batch)
{
    struct em_record record;
    struct em_record_context context;
    enum em_status status = EM_OK;
    em_batch_clear(batch);
    pthread_mutex_lock(&s->reading);
    double clock = em_clock_now();
    while (status == EM_OK && !em_batch_full(batch) && !scan_stopped(s)) {
        batch->result.at = 2 * batch->n;
        status = next_record(s, &batch->result, &record, &context);
        if (status == EM_OK)
            status = em_batch_add(batch, &record, &context);
    }
    batch->share = share_read(s);
    struct em_summary *counts = &batch->result.counts;
    counts->stage_seconds[EM_STAGE_READ] += em_clock_now() - clock;
    if (status == EM_END &&
        (batch->n || batch->result.n_notes || counts->files || counts->stored_bytes ||
         counts->known_records || counts->known_files))
        status = EM_OK;
    if (status == EM_OK && scan_stopped(s) && batch->n == 0)
        status = EM_END;
    if (status == EM_OK)
        batch->sequence = s->sequence++;
    pthread_mutex_unlock(&s->reading);
    return status;
}

/* Put the batch into the ring; deliver all that are complete, oldest first. */
static void scan_finish(struct scan *s, struct em_batch *batch)
{
    pthread_mutex_lock(&s->writing);
    batch->ready = true;
    s->ring[batch->sequence % s->n_batches] = batch;
    for (;;) {
        struct em_batch *next = s->ring[s->next_out % s->n_batches];
        if (!next || next->sequence != s->next_out)
            break;
        s->ring[s->next_out % s->n_batches] = NULL;
        scan_deliver(s, &next->result, next->share);
        s->next_out++;
        s->idle[s->n_idle++] = next;
    }
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->writing);
}

static enum em_status scan_work(struct scan *s, struct em_worker *worker,
                                struct em_err *err)
{
    struct em_batch *batch;
    while ((batch = take_idle(s)) != NULL) {
        enum em_status status = scan_fill(s, batch);
        if (status != EM_OK) {
            give_idle(s, batch);
            return status < 0 ? status : EM_OK;
        }
        for (size_t i = 0; i < batch->n; i++) {
            batch->result.at = 2 * i + 1; /* between what was read before and after it */
            status = em_worker_record(worker, &batch->records[i], &batch->contexts[i],
                                      &batch->result, err);
            if (status != EM_OK)
                return status; /* fail() ends everybody; batches are freed with the pool */
        }
        em_result_sort_notes(&batch->result);
        scan_finish(s, batch);
        if (has_failed(s))
            return EM_OK;
    }
    return EM_OK;
}

static void *thread_main(void *argument)
{
    struct scan *s = argument;
    struct em_worker worker;
    struct em_err err = {.status = EM_OK};
    enum em_status status = em_worker_init(&worker, s->options, &err);
    if (status == EM_OK) {
        status = scan_work(s, &worker, &err);
        em_worker_release(&worker);
    }
    if (status < 0)
        scan_fail(s, status, &err);
    return NULL;
}

static enum em_status make_batches(struct scan *s)
{
    s->n_batches = 2 * (size_t)s->options->threads + 1;
    s->batches = em_calloc(s->n_batches, sizeof(s->batches[0]));
    s->idle = em_calloc(s->n_batches, sizeof(s->idle[0]));
    s->ring = em_calloc(s->n_batches, sizeof(s->ring[0]));
    if (!s->batches || !s->idle || !s->ring)
        return EM_ERR_NOMEM;
    for (size_t i = 0; i < s->n_batches; i++) {
        EM_TRY(em_batch_new(&s->batches[i]));
        s->idle[s->n_idle++] = s->batches[i];
    }
    return EM_OK;
}

static void run_threads(struct scan *s)
{
    struct em_err none = {.status = EM_OK};
    uint32_t n = s->options->threads, begun = 0;
    pthread_t *threads = em_calloc(n, sizeof(threads[0]));
    enum em_status status = threads ? make_batches(s) : EM_ERR_NOMEM;
    if (status < 0)
        scan_fail(s, status, &none);
    while (status == EM_OK && begun < n) {
        if (pthread_create(&threads[begun], NULL, thread_main, s) != 0) {
            em_fail(&none, EM_ERR_NOMEM, "scan", "cannot start thread %u of %u",
                    begun + 1, n);
            scan_fail(s, EM_ERR_NOMEM, &none);
            break;
        }
        begun++;
    }
    for (uint32_t i = 0; i < begun; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; s->batches && i < s->n_batches; i++)
        em_batch_free(s->batches[i]);
    em_free(s->batches);
    em_free(s->idle);
    em_free(s->ring);
    em_free(threads);
}

enum em_status em_scan_run(const struct em_scan_options *options,
                           struct em_summary *summary, struct em_err *err)
{
    char ids[EM_MODEL_IDS];
    *summary = (struct em_summary){.recorded = options->recorder != NULL};
    em_model_ids(options->model, ids);
    struct scan s = {.options = options,
                     .reading = PTHREAD_MUTEX_INITIALIZER,
                     .writing = PTHREAD_MUTEX_INITIALIZER,
                     .changed = PTHREAD_COND_INITIALIZER,
                     .err = err,
                     .total = summary,
                     .started = em_clock_now(),
                     .model = em_model_hash(em_view_of(ids))};
    s.shown = s.started;
    measure_inputs(&s);
    if (options->threads <= 1)
        run_single(&s);
    else
        run_threads(&s);
    em_source_free(s.source);
    scan_commit(&s);
    pthread_mutex_destroy(&s.reading);
    pthread_mutex_destroy(&s.writing);
    pthread_cond_destroy(&s.changed);
    summary->seconds = em_clock_now() - s.started;
    summary->interrupted = scan_stopped(&s) && !s.failed;
    return s.failed ? s.status : EM_OK;
}
