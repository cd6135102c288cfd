/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* stat */
#include "pipeline/clean/clean_run.h"

#include "crawler/archive/parquet_row.h"
#include "base/clock.h"
#include "base/meter.h"
#include "base/alloc.h"
#include "base/machine.h"
#include "base/hash.h"
#include "base/file.h"
#include "pipeline/clean/clean_card.h"
#include "pipeline/clean/clean_names.h"
#include "pipeline/clean/clean_passages.h"
#include "detector/model.h"
#include "index/refs/refs.h"
#include "pipeline/clean/clean_stream.h"
#include "pipeline/clean/clean_tally.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_POLICY = 16384, MAX_STATE = 1 << 23 };

/* Of files that are whole but perhaps not safe on the disk: their state files, which say
 * that they are done, wait for a sync. One for each file would cost more than the file. */
enum { MAX_WAITING = 512 };
#define SYNC_SECONDS 3.0

struct waiting {
    char *file, *state;
};

struct em_clean {
    const struct em_clean_options *options;
    struct em_clean_names names;
    struct em_clean_policy policy; /* with the threshold that was chosen */
    struct em_clean_format format;
    struct em_clean_echoes *echoes;
    struct em_buf policy_text;
    char threshold_text[EM_CLEAN_TOLD];
    struct em_clean_stream *streams[EM_CLEAN_OUTPUTS]; /* of the file in hand */
    struct em_parquet_writer *table; /* what is kept of a Parquet file; its bytes go into
                                        the stream. NULL: another kind of file */
    uint64_t table_group;            /* row group of the row before */
    char *text_column;               /* of a Parquet file */
    struct em_err table_err;         /* of its stream */
    struct em_card card, total;      /* of the file in hand, of all */
    uint64_t done_before, failed;
    struct waiting waiting[MAX_WAITING];
    size_t n_waiting;
    double synced;
    int lock; /* on the output folder; -1: none */
    bool damaged, few_sources;
    struct em_clean_sets sets; /* for the card */
    struct em_card_benchmark *benchmarks;
};

/* --- names ----------------------------------------------------------------------------- */

static const char *const folders[EM_CLEAN_OUTPUTS] = {"kept", "removed", "bad",
                                                      "attributes/echometer", "passages"};

/* --- writing --------------------------------------------------------------------------- */

static enum em_status map_frame(void *context, struct em_scan_values *values,
                                const struct em_scan_item *item)
{
    const struct em_clean *c = context;
    return em_clean_frame_map(&c->format, values, item);
}

static bool write_table(void *context, struct em_view bytes)
{
    struct em_clean *c = context;
    return em_clean_stream_write(c->streams[EM_CLEAN_KEPT], bytes, &c->table_err) ==
           EM_OK;
}

/* Why the stream could not be written says more than that it could not. */
static enum em_status table_result(struct em_clean *c, enum em_status status,
                                   struct em_err *err)
{
    if (status < 0 && c->table_err.status < 0)
        *err = c->table_err;
    return status;
}

static enum em_status reduce_frame(void *context, const void *value, struct em_err *err)
{
    struct em_clean *c = context;
    const struct em_clean_frame *frame = value;
    em_clean_tally(&c->card, frame);
    for (int i = 0; i < EM_CLEAN_OUTPUTS; i++)
        if (i == EM_CLEAN_KEPT && c->table && frame->parts[i].len)
            EM_TRY(table_result(
                c, em_parquet_row_write(c->table, frame->parts[i], &c->table_group, err),
                err));
        else if (c->streams[i] && frame->parts[i].len)
            EM_TRY(em_clean_stream_write(c->streams[i], frame->parts[i], err));
    return EM_OK;
}

static void list_damage(void *context, const char *file, uint64_t offset,
                        const char *reason)
{
    struct em_clean *c = context;
    const struct em_clean_listener *l = &c->options->listener;
    c->damaged = true;
    if (l->damage)
        l->damage(l->context, file, offset, reason);
}

static struct em_scan_options scan_options(struct em_clean *c, const char *const *path)
{
    const struct em_clean_options *o = c->options;
    return (struct em_scan_options){
        .files = path,
        .n_files = 1,
        .threads = o->threads ? o->threads : em_machine_processors(EM_CLEAN_MAX_THREADS),
        .source = {.text_field = o->text_field},
        /* Style needs the language: the model has one. */
        .extract = {.no_language = !(o->signals & (EM_CLEAN_STYLE | EM_CLEAN_LANGUAGES))},
        .detect = {.fpr = o->fpr, .leaks_only = !(o->signals & EM_CLEAN_STYLE)},
        .model = o->model,
        .refs = o->refs,
        .match_alone = true,
        .map = map_frame,
        .reduce = reduce_frame,
        .stop = o->stop,
        .damage = list_damage,
        .context = c,
    };
}

/* --- one file -------------------------------------------------------------------------- */

static void close_streams(struct em_clean *c)
{
    em_parquet_writer_free(c->table);
    c->table = NULL;
    em_free(c->text_column);
    c->text_column = NULL;
    for (int i = 0; i < EM_CLEAN_OUTPUTS; i++) {
        em_clean_stream_free(c->streams[i]);
        c->streams[i] = NULL;
    }
}

/* An input that cannot be read is told and left: the others go on. */
static enum em_status leave(struct em_clean *c, const char *path, const char *why)
{
    c->failed++;
    list_damage(c, path, EM_SCAN_WHOLE, why);
    return EM_END;
}

/* Names are bytes of a folder: those of the outputs are longer than the input's. */
static bool name_fits(struct em_view name)
{
    enum { NAME_BYTES = 255, LONGEST_END = sizeof(".jsonl.done.part") };
    size_t from = name.len;
    while (from > 0 && name.data[from - 1] != '/')
        from--;
    return name.len - from + LONGEST_END <= NAME_BYTES;
}

/* What an input is. */
struct looked {
    enum em_clean_codec codec;
    bool json, text, table;
    struct em_source *source; /* of a table, for its schema */
};

/* From its content. */
static enum em_status clean_run_look(const char *path,
                                     const struct em_source_options *options,
                                     struct looked *l, struct em_err *err)
{
    struct em_source *source;
    *l = (struct looked){.source = NULL};
    EM_TRY(em_source_open(&source, path, options, err));
    const char *container = em_source_container(source), *kind = em_source_format(source);
    l->codec = strncmp(container, "gzip", 4) == 0 ? EM_CLEAN_GZIP
               : strcmp(container, "zstd") == 0   ? EM_CLEAN_ZSTD
                                                  : EM_CLEAN_PLAIN;
    l->json = strcmp(kind, "jsonl") == 0 || strcmp(kind, "empty") == 0;
    l->text = strcmp(kind, "text") == 0;
    l->table = strcmp(kind, "parquet") == 0;
    if (l->table)
        l->source = source;
    else
        em_source_free(source);
    return EM_OK;
}

/* A table is kept as a table: of the same schema, with all of its columns. */
static enum em_status open_table(struct em_clean *c, const struct looked *l,
                                 struct em_err *err)
{
    const char *column = em_source_text_column(l->source);
    c->text_column = em_strdup(column ? column : "");
    if (!c->text_column)
        return em_fail(err, EM_ERR_NOMEM, "clean", "out of memory");
    c->format.text_field = c->text_column;
    c->format.text_leaf = em_source_text_leaf(l->source);
    c->table_group = 0;
    c->table_err.status = EM_OK;
    return c->streams[EM_CLEAN_KEPT]
               ? table_result(
                     c, em_source_writer(l->source, &c->table, write_table, c, err), err)
               : EM_OK;
}

static enum em_status open_streams(struct em_clean *c, const char *path,
                                   struct em_view name, struct em_err *err)
{
    struct looked l;
    struct em_buf out;
    struct em_source_options options = {.text_field = c->options->text_field,
                                        .carry = true};
    struct em_err why = {.status = EM_OK};
    enum em_status status = clean_run_look(path, &options, &l, &why);
    if (status < 0)
        return status == EM_ERR_NOMEM ? em_fail(err, status, "clean", "%s", why.text)
                                      : leave(c, path, why.text);
    c->format.raw_text = l.text;
    c->format.text_field = c->options->text_field;
    em_buf_init(&out, MAX_POLICY);
    status = EM_OK;
    for (int i = 0; i < EM_CLEAN_OUTPUTS && status == EM_OK; i++) {
        if (c->options->dry_run && i != EM_CLEAN_ATTRIBUTES && i != EM_CLEAN_PASSAGES)
            continue;
        bool same = l.json || ((l.text || l.table) && i == EM_CLEAN_KEPT);
        struct em_view below =
            i == EM_CLEAN_ATTRIBUTES ? em_clean_names_document(name) : name;
        status = em_clean_names_output(&out, c->options->output, folders[i], below, same);
        if (status == EM_OK)
            status = em_clean_stream_open(&c->streams[i], out.data, l.codec, err);
    }
    em_buf_release(&out);
    if (status == EM_OK && l.table)
        status = open_table(c, &l, err);
    em_source_free(l.source);
    return status;
}

/* The state file's first lines: what must be the same for the file to be done already. */
static enum em_status state_head(struct em_clean *c, const char *path, struct em_buf *out)
{
    uint64_t size;
    int64_t changed;
    em_source_facts(path, &size, &changed);
    return em_buf_printf(out, "echometer-clean 2\n%s\n%s\n%lld %lld\n", path,
                         c->policy_text.data, (long long)size, (long long)changed);
}

static enum em_status state_name(struct em_clean *c, struct em_view name,
                                 struct em_buf *out)
{
    return em_buf_printf(out, "%s/state/%.*s.done", c->options->output,
                         EM_VIEW_ARGS(name));
}

/* Whether the file is done; its counts then. Another policy's result is refused. */
static enum em_status is_done(struct em_clean *c, const char *path, struct em_view name,
                              bool *done, struct em_err *err)
{
    struct em_buf file, state, head;
    em_buf_init(&file, MAX_POLICY);
    em_buf_init(&state, MAX_STATE);
    em_buf_init(&head, 2 * MAX_POLICY);
    *done = false;
    enum em_status status = state_name(c, name, &file);
    if (status == EM_OK)
        status = state_head(c, path, &head);
    if (status == EM_OK && access(file.data, R_OK) == 0) {
        status = em_read_file(file.data, &state, err);
        struct em_view v = em_buf_view(&state), h = em_buf_view(&head);
        if (status == EM_OK && em_view_starts(v, h))
            *done = em_card_load(&c->card, em_view_sub(v, h.len, v.len));
        else if (status == EM_OK &&
                 em_view_find(v, 0, em_buf_view(&c->policy_text)) == v.len)
            status = em_fail(err, EM_ERR_USAGE, "clean",
                             "'%s' holds the result of another policy, model or sets; "
                             "name another folder with -o",
                             c->options->output);
    }
    em_buf_release(&file);
    em_buf_release(&state);
    em_buf_release(&head);
    return status;
}

/* Makes all outputs so far safe, then says so in the state files. */
static enum em_status sync_states(struct em_clean *c, struct em_err *err)
{
    enum em_status status = EM_OK;
    c->synced = em_clock_now();
    if (c->n_waiting && em_file_sync(c->options->output) < 0)
        status = em_fail(err, EM_ERR_IO, "clean", "cannot write in '%s': %s",
                         c->options->output, strerror(errno));
    for (size_t i = 0; i < c->n_waiting; i++) {
        struct waiting *w = &c->waiting[i];
        if (status == EM_OK)
            status = em_file_put(w->file, em_view_of(w->state), err);
        em_free(w->file);
        em_free(w->state);
    }
    c->n_waiting = 0;
    return status;
}

static enum em_status add_state(struct em_clean *c, struct em_view file,
                                struct em_view state, struct em_err *err)
{
    struct waiting w = {em_strndup(file.data, file.len),
                        em_strndup(state.data, state.len)};
    if (!w.file || !w.state) {
        em_free(w.file);
        em_free(w.state);
        return em_fail(err, EM_ERR_NOMEM, "clean", "out of memory");
    }
    c->waiting[c->n_waiting++] = w;
    if (c->n_waiting < MAX_WAITING && em_clock_now() - c->synced < SYNC_SECONDS)
        return EM_OK;
    return sync_states(c, err);
}

static enum em_status keep_streams(struct em_clean *c, const char *path,
                                   struct em_view name, struct em_err *err)
{
    if (c->table)
        EM_TRY(table_result(c, em_parquet_writer_end(c->table, NULL, 0, err), err));
    for (int i = 0; i < EM_CLEAN_OUTPUTS; i++)
        if (c->streams[i])
            EM_TRY(em_clean_stream_end(c->streams[i], err));
    for (int i = 0; i < EM_CLEAN_OUTPUTS; i++) {
        bool nothing = i == EM_CLEAN_KEPT && c->format.raw_text && c->card.kept == 0;
        if (c->streams[i] && !nothing)
            EM_TRY(em_clean_stream_keep(c->streams[i], err));
    }
    if (c->options->dry_run)
        return EM_OK;
    struct em_buf file, state;
    em_buf_init(&file, MAX_POLICY);
    em_buf_init(&state, MAX_STATE);
    enum em_status status = state_name(c, name, &file);
    if (status == EM_OK)
        status = state_head(c, path, &state);
    if (status == EM_OK)
        status = em_card_save(&c->card, &state);
    if (status == EM_OK)
        status = add_state(c, em_buf_view(&file), em_buf_view(&state), err);
    em_buf_release(&file);
    em_buf_release(&state);
    return status;
}

static enum em_status clean_file(struct em_clean *c, const char *path,
                                 struct em_view name, struct em_err *err)
{
    struct em_summary summary;
    bool done = false;
    em_card_release(&c->card);
    if (!c->options->dry_run)
        EM_TRY(is_done(c, path, name, &done, err));
    if (done) {
        uint64_t size;
        int64_t changed;
        c->done_before++;
        em_source_facts(path, &size, &changed);
        em_meter_skip(EM_METER_BYTES, size);
        em_card_add(&c->total, &c->card);
        return EM_OK;
    }
    struct em_scan_options options = scan_options(c, &path);
    if (!name_fits(name))
        return leave(c, path, "its name is too long for the outputs' names");
    enum em_status status = open_streams(c, path, name, err);
    if (c->text_column) {
        options.source.text_field = c->text_column;
        options.source.carry = options.source.all_columns = true;
    }
    if (status == EM_OK)
        status = em_scan_run(&options, &summary, err);
    if (status == EM_OK && summary.interrupted)
        status = em_fail(err, EM_ERR_INTERRUPTED, "clean",
                         "interrupted; run the same command again to resume");
    if (status == EM_OK && summary.files_failed) {
        c->failed++; /* and was told */
        status = EM_END;
    }
    if (status == EM_OK && c->card.records != summary.records)
        status = em_fail(err, EM_ERR_INTERNAL, "clean", "'%s': records were lost", path);
    if (status == EM_OK)
        status = keep_streams(c, path, name, err);
    close_streams(c);
    if (status == EM_OK)
        em_card_add(&c->total, &c->card);
    return status;
}

/* --- the run --------------------------------------------------------------------------- */

static enum em_status choose_threshold(struct em_clean *c, struct em_err *err)
{
    const struct em_clean_options *o = c->options;
    struct em_scan_options options = scan_options(c, o->calibrate);
    struct em_clean_basis basis = {.threshold = 0};
    options.n_files = o->n_calibrate;
    options.damage = o->listener.calibration_damage;
    options.context = o->listener.context;
    enum em_status status = em_clean_choose(&options, &o->loss, &basis, err);
    c->few_sources = basis.few_sources;
    if (status == EM_OK) {
        c->policy.threshold = basis.threshold;
        c->policy.promised = true;
        memcpy(c->threshold_text, basis.told, sizeof(c->threshold_text));
        if (o->listener.basis)
            o->listener.basis(o->listener.context, &basis);
    }
    em_clean_basis_release(&basis);
    return status;
}

static enum em_status describe_policy_sets(struct em_clean *c)
{
    for (size_t i = 0; i < c->options->refs->n; i++) {
        struct em_refs_info info;
        em_refs_describe(c->options->refs->sets[i], &info);
        EM_TRY(em_buf_printf(&c->policy_text, "%s%.*s:%llu", i ? "," : "",
                             EM_VIEW_ARGS(info.name), (unsigned long long)info.prints));
    }
    return EM_OK;
}

/* With echoes what becomes of a file depends on all of them. */
static enum em_status describe_inputs(struct em_clean *c)
{
    const struct em_inputs *inputs = &c->names.inputs;
    uint64_t hash = 0;
    for (size_t i = 0; i < inputs->n; i++) {
        uint64_t size;
        int64_t changed;
        em_source_facts(inputs->paths[i], &size, &changed);
        long long facts[2] = {(long long)size, (long long)changed};
        hash = em_hash64(inputs->paths[i], strlen(inputs->paths[i]), hash);
        hash = em_hash64(facts, sizeof(facts), hash);
    }
    return em_buf_printf(&c->policy_text, " among=%016llx", (unsigned long long)hash);
}

/* Thresholds by language and kind of page, and what is done by the degree of editing. */
static enum em_status describe_rules(struct em_clean *c)
{
    const struct em_clean_policy *p = &c->policy;
    for (size_t i = 0; i < p->n_rules; i++)
        EM_TRY(em_buf_printf(&c->policy_text, " above-%s=%.6f", p->rules[i].name,
                             p->rules[i].threshold));
    if (p->edited_tag > 0 || p->edited_drop > 0)
        return em_buf_printf(&c->policy_text, " edited=%g,%g", p->edited_tag,
                             p->edited_drop);
    return EM_OK;
}

static enum em_status describe_policy(struct em_clean *c)
{
    const struct em_clean_policy *p = &c->policy;
    const struct em_clean_options *o = c->options;
    struct em_buf *out = &c->policy_text;
    EM_TRY(em_buf_printf(out, "score=%s", p->score ? "drop" : "tag"));
    if (!isnan(p->threshold))
        EM_TRY(em_buf_printf(out, " above=%.6f", p->threshold));
    EM_TRY(em_buf_printf(
        out,
        " fpr=%g leak=%s copy=%s benchmark=%s known=%g contained=%g,%g min-words=%u "
        "margin=%u "
        "min-piece=%u max-pieces=%u lang=%s optout=%s signals=%u text-field=%s model=%s",
        o->fpr > 0 ? o->fpr : 0.01, em_clean_action_name(p->on_leak),
        em_clean_action_name(p->on_copy), em_clean_action_name(p->on_benchmark),
        (double)p->known, (double)p->contained[0], (double)p->contained[1], p->min_words,
        p->margin, p->min_piece, p->max_pieces, p->languages ? p->languages : "all",
        em_clean_action_name(p->on_optout), o->signals,
        o->text_field ? o->text_field : "any",
        c->options->model ? em_model_id(c->options->model) : "none"));
    EM_TRY(describe_rules(c));
    if (o->signals & EM_CLEAN_ECHOES) {
        EM_TRY(em_buf_printf(out, " echo=%s echo-contained=%g echo-memory=%llu",
                             em_clean_action_name(p->on_echo), o->echo_contained,
                             (unsigned long long)o->echo_memory));
        EM_TRY(describe_inputs(c));
    }
    EM_TRY(em_buf_printf(out, " refs="));
    return describe_policy_sets(c);
}

/* The threshold that the policy comes to, in log-odds; NaN where none removes. */
static double threshold_of(const struct em_clean *c)
{
    if (!c->policy.score || !c->options->model)
        return (double)NAN;
    struct em_model_threshold t;
    if (!isnan(c->policy.threshold))
        return c->policy.threshold;
    return em_model_threshold_at(c->options->model, c->options->fpr, &t, NULL) == EM_OK
               ? t.log_odds
               : (double)NAN;
}

static enum em_status read_echoes(struct em_clean *c, struct em_err *err)
{
    const struct em_clean_options *o = c->options;
    const struct em_inputs *inputs = &c->names.inputs;
    struct em_scan_options options = scan_options(c, NULL);
    if (!(o->signals & EM_CLEAN_ECHOES))
        return EM_OK;
    em_inputs_meter(inputs, "looking for echoes");
    EM_TRY(em_clean_echoes_read(&c->echoes, &options, (const char *const *)inputs->paths,
                                inputs->n, (size_t)o->echo_memory, o->echo_contained,
                                err));
    c->format.echoes = c->echoes;
    if (o->listener.echoes) {
        unsigned halvings;
        uint64_t records, runs = em_clean_echoes_size(c->echoes, &records, &halvings);
        o->listener.echoes(o->listener.context, runs, records, halvings);
    }
    return EM_OK;
}

/* Tiers begin where the model says that these shares of human text score as high. A rate it
 * cannot set begins with the next it can. */
static void set_tiers(struct em_clean_policy *policy, const struct em_model *model)
{
    static const double rates[EM_CLEAN_TIERS] = {1, 0.1, 0.05, 0.01, 0.001};
    double next = INFINITY;
    for (int tier = EM_CLEAN_TIERS; --tier > 0;) {
        struct em_model_threshold t;
        if (model && em_model_threshold_at(model, rates[tier], &t, NULL) == EM_OK)
            next = t.log_odds;
        policy->tier_from[tier] = next;
    }
}

enum em_status em_clean_new(struct em_clean **out, const struct em_clean_options *options,
                            struct em_err *err)
{
    struct em_clean *c = em_calloc(1, sizeof(*c));
    *out = c;
    if (!c)
        return em_fail(err, EM_ERR_NOMEM, "clean", "out of memory");
    c->options = options;
    c->lock = -1;
    c->names.inputs.note = options->listener.input;
    c->policy = options->policy;
    set_tiers(&c->policy, options->model);
    c->format.policy = &c->policy;
    c->format.text_field = options->text_field;
    c->format.optout = options->signals & EM_CLEAN_OPTOUTS;
    snprintf(c->threshold_text, sizeof(c->threshold_text), "%s",
             !c->policy.score              ? "none: nothing is removed for its score"
             : !isnan(c->policy.threshold) ? "by --threshold"
                                           : "the model's own");
    em_buf_init(&c->policy_text, MAX_POLICY);
    em_card_init(&c->card);
    em_card_init(&c->total);
    return EM_OK;
}

void em_clean_free(struct em_clean *c)
{
    if (!c)
        return;
    if (c->lock >= 0)
        close(c->lock);
    em_clean_echoes_free(c->echoes);
    em_clean_sets_release(&c->sets);
    em_free(c->benchmarks);
    em_clean_names_release(&c->names);
    em_buf_release(&c->policy_text);
    em_card_release(&c->card);
    em_card_release(&c->total);
    em_free(c);
}

enum em_status em_clean_add(struct em_clean *c, const char *operand, struct em_err *err)
{
    return em_clean_names_add(&c->names, operand, err);
}

/* One run at a time: two would write to the same parts of files. */
static enum em_status lock_output(struct em_clean *c, struct em_err *err)
{
    struct em_buf path;
    em_buf_init(&path, MAX_POLICY);
    enum em_status status = em_buf_printf(&path, "%s/.lock", c->options->output);
    if (status == EM_OK)
        status = em_file_lock(path.data, &c->lock, err);
    if (status == EM_ERR_FULL)
        em_fail(err, status, "clean",
                "another clean is writing to '%s'; wait for it, or "
                "name another folder with -o",
                c->options->output);
    em_buf_release(&path);
    return status;
}

/* No input may lie in the output folder: it would be written over, or read as an input the
 * next time. */
static enum em_status check_output(const struct em_clean *c, struct em_err *err)
{
    const struct em_inputs *inputs = &c->names.inputs;
    const char *output = c->options->output;
    if (em_inputs_holds(inputs, output))
        return em_fail(err, EM_ERR_USAGE, "clean",
                       "'%s' is an input; the outputs go to a folder of their own (-o)",
                       output);
    for (size_t i = 0; i < inputs->n; i++)
        if (em_file_lies_in(inputs->paths[i], output))
            return em_fail(err, EM_ERR_USAGE, "clean",
                           "'%s' lies in the output folder '%s'; name inputs outside it",
                           inputs->paths[i], output);
    return EM_OK;
}

enum em_status em_clean_run(struct em_clean *c, struct em_err *err)
{
    const struct em_inputs *inputs = &c->names.inputs;
    c->synced = em_clock_now();
    enum em_status status = check_output(c, err);
    if (status == EM_OK)
        status = lock_output(c, err);
    if (status == EM_OK && c->options->n_calibrate)
        status = choose_threshold(c, err);
    if (status == EM_OK)
        status = describe_policy(c);
    if (status == EM_OK)
        status = read_echoes(c, err);
    em_inputs_meter(inputs, "cleaning");
    for (size_t i = 0; i < inputs->n && status == EM_OK; i++) {
        c->format.file = i;
        status = clean_file(c, inputs->paths[i], em_clean_names_get(&c->names, i), err);
        if (status == EM_END)
            status = EM_OK;
    }
    /* What is whole stays so when the run fails later. */
    enum em_status synced = sync_states(c, status == EM_OK ? err : NULL);
    return status == EM_OK ? synced : status;
}

struct em_clean_outcome em_clean_outcome(const struct em_clean *c)
{
    const struct em_inputs *inputs = &c->names.inputs;
    return (struct em_clean_outcome){.card = &c->total,
                                     .files = c->names.inputs.n,
                                     .done_before = c->done_before,
                                     .failed = c->failed,
                                     .damaged = c->damaged || inputs->no_files,
                                     .few_sources = c->few_sources};
}

enum em_status em_clean_about(struct em_clean *c, struct em_card_about *about,
                              struct em_err *err)
{
    const struct em_clean_options *o = c->options;
    size_t n;
    EM_TRY(em_clean_contamination(o->output, &c->benchmarks, &n, err));
    *about = (struct em_card_about){.model = o->model ? em_model_id(o->model) : NULL,
                                    .block = o->model ? o->model->block : NULL,
                                    .policy = c->policy_text.data,
                                    .threshold = c->threshold_text,
                                    .log_odds = threshold_of(c),
                                    .benchmarks = c->benchmarks,
                                    .n_benchmarks = n};
    enum em_status status = em_clean_estimates(&c->total, about);
    if (status == EM_OK)
        status = em_clean_sets_describe(o->refs, &c->sets);
    about->sets = c->sets.list;
    about->n_sets = c->sets.n;
    return status == EM_ERR_NOMEM ? em_fail(err, status, "clean", "out of memory")
                                  : status;
}
