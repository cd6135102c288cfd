/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* sigaction, stat */
#include "cli/clean_run.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "cli/clean_card.h"
#include "cli/clean_passages.h"
#include "cli/inputs.h"
#include "cli/models.h"
#include "detector/model.h"
#include "index/refs/refs.h"
#include "pipeline/clean/clean_stream.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_LISTED = 50, MAX_POLICY = 16384, MAX_STATE = 1 << 23 };

struct clean {
    const struct em_clean_arguments *arguments;
    struct em_clean_policy policy;
    struct em_clean_format format;
    const struct em_model *model; /* NULL: neither style nor leaks are looked for */
    const struct em_refs_sets *refs;
    struct em_clean_echoes *echoes;
    struct em_buf policy_text;
    char threshold_text[EM_CLEAN_TOLD];
    struct em_clean_stream *streams[EM_CLEAN_OUTPUTS]; /* of the file in hand */
    struct em_card card, total;                        /* of the file in hand, of all */
    uint64_t listed, done_before, files, failed_files;
    bool damaged;
    struct em_err err; /* of a writer */
};

static atomic_int interrupted;

static void on_signal(int number)
{
    (void)number;
    atomic_store(&interrupted, 1);
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* --- names ----------------------------------------------------------------------------- */

static const char *const folders[EM_CLEAN_OUTPUTS] = {"kept", "removed", "bad",
                                                      "attributes", "passages"};

static bool ends_with(struct em_view v, const char *suffix)
{
    size_t n = strlen(suffix);
    return v.len > n && memcmp(v.data + v.len - n, suffix, n) == 0;
}

/* DIR/folder/name; where the input is not JSON lines, what is written is (but for texts that
 * are kept), and says so before the suffix of its compression. */
static enum em_status output_name(struct em_buf *out, const char *dir, const char *folder,
                                  struct em_view name, bool same)
{
    struct em_view suffix = EM_VIEW_NONE;
    if (!same && (ends_with(name, ".gz") || ends_with(name, ".zst"))) {
        size_t n = ends_with(name, ".gz") ? 3 : 4;
        suffix = em_view_sub(name, name.len - n, n);
        name.len -= n;
    }
    em_buf_clear(out);
    return em_buf_printf(out, "%s/%s/%.*s%s%.*s", dir, folder, EM_VIEW_ARGS(name),
                         same ? "" : ".jsonl", EM_VIEW_ARGS(suffix));
}

/* --- writing --------------------------------------------------------------------------- */

static void tally(struct em_card *card, const struct em_clean_frame *f)
{
    card->records++;
    card->bad += f->fate == EM_CLEAN_IS_BAD;
    card->other += f->fate == EM_CLEAN_NONE;
    if (f->fate != EM_CLEAN_IS_KEPT && f->fate != EM_CLEAN_IS_REMOVED)
        return;
    bool kept = f->fate == EM_CLEAN_IS_KEPT;
    struct em_card_pair *pairs[3] = {em_card_language_of(card, em_view_of(f->lang)),
                                     em_card_year_of(card, f->year),
                                     em_card_domain_of(card, em_view_of(f->domain))};
    for (int i = 0; i < 3; i++) {
        *(kept ? &pairs[i]->kept : &pairs[i]->removed) += 1;
        *(kept ? &pairs[i]->kept_words : &pairs[i]->removed_words) +=
            kept ? f->kept_words : f->words;
    }
    if (f->scored)
        card->bins[f->cluster % EM_CARD_CLUSTERS][f->bin % EM_CARD_BINS]++;
    card->kept += kept;
    card->removed += !kept;
    card->cut += kept && f->cut;
    card->kept_words += kept ? f->kept_words : 0;
    card->removed_words += kept ? f->words - f->kept_words : f->words;
    card->scored += f->scored;
    card->flagged += f->flagged;
    card->kept_scored += kept && f->scored;
    card->kept_flagged += kept && f->flagged;
    for (int r = 0; r < EM_CLEAN_REASONS && r < EM_CARD_REASONS; r++)
        if (!kept && (f->reasons & 1u << r)) {
            card->reason[r]++;
            card->reason_words[r] += f->words;
        }
}

static bool write_frames(void *context, struct em_view frames)
{
    struct clean *c = context;
    while (frames.len) {
        struct em_clean_frame f;
        memcpy(&f, frames.data, sizeof(f));
        frames = em_view_sub(frames, sizeof(f), frames.len);
        tally(&c->card, &f);
        for (int i = 0; i < EM_CLEAN_OUTPUTS; i++) {
            struct em_view part = em_view_sub(frames, 0, f.lengths[i]);
            frames = em_view_sub(frames, part.len, frames.len);
            if (c->streams[i] && em_clean_stream_write(c->streams[i], part, &c->err) < 0)
                return false;
        }
    }
    return true;
}

static enum em_status format_record(void *context, struct em_buf *lines,
                                    const struct em_record *record,
                                    const struct em_page *page, const struct em_doc *doc,
                                    const struct em_verdict *verdict, enum em_drop drop)
{
    struct clean *c = context;
    return em_clean_frame_write(&c->format, lines, record, page, doc, verdict, drop);
}

static void list_damage(void *context, const char *file, uint64_t offset,
                        const char *reason)
{
    struct clean *c = context;
    c->damaged = true;
    if (!c->arguments->quiet && c->listed++ < MAX_LISTED)
        em_error("%s: at byte %llu: %s", file, (unsigned long long)offset, reason);
}

static struct em_scan_options scan_options(struct clean *c, const char *const *path)
{
    const struct em_clean_arguments *a = c->arguments;
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t cpus = n > 0 && n <= EM_CLEAN_MAX_THREADS ? (uint32_t)n : 1;
    return (struct em_scan_options){
        .files = path,
        .n_files = 1,
        .threads = a->threads ? (uint32_t)a->threads : cpus,
        .source = {.text_field = a->text_field},
        /* Style needs the language: the model has one. */
        .extract = {.no_language = !(a->signals & (EM_CLEAN_STYLE | EM_CLEAN_LANGUAGES))},
        .detect = {.fpr = a->fpr, .leaks_only = !(a->signals & EM_CLEAN_STYLE)},
        .model = c->model,
        .refs = c->refs,
        .match_alone = true,
        .format_record = format_record,
        .stop = &interrupted,
        .write = write_frames,
        .damage = list_damage,
        .context = c,
    };
}

/* --- one file -------------------------------------------------------------------------- */

static void close_streams(struct clean *c)
{
    for (int i = 0; i < EM_CLEAN_OUTPUTS; i++) {
        em_clean_stream_free(c->streams[i]);
        c->streams[i] = NULL;
    }
}

/* What the input is, from its content; its own failing is the run's business. */
static enum em_status look(const char *path, const struct em_source_options *options,
                           enum em_clean_codec *codec, bool *json, bool *text,
                           struct em_err *err)
{
    struct em_source *source;
    EM_TRY(em_source_open(&source, path, options, err));
    const char *container = em_source_container(source), *kind = em_source_format(source);
    *codec = strncmp(container, "gzip", 4) == 0 ? EM_CLEAN_GZIP
             : strcmp(container, "zstd") == 0   ? EM_CLEAN_ZSTD
                                                : EM_CLEAN_PLAIN;
    *json = strcmp(kind, "jsonl") == 0 || strcmp(kind, "empty") == 0;
    *text = strcmp(kind, "text") == 0;
    em_source_free(source);
    return EM_OK;
}

static enum em_status open_streams(struct clean *c, const char *path, struct em_view name,
                                   struct em_err *err)
{
    enum em_clean_codec codec;
    bool json, text;
    struct em_buf out;
    struct em_source_options options = {.text_field = c->arguments->text_field};
    EM_TRY(look(path, &options, &codec, &json, &text, err));
    c->format.raw_text = text;
    em_buf_init(&out, MAX_POLICY);
    enum em_status status = EM_OK;
    for (int i = 0; i < EM_CLEAN_OUTPUTS && status == EM_OK; i++) {
        if (c->arguments->dry_run && i != EM_CLEAN_ATTRIBUTES && i != EM_CLEAN_PASSAGES)
            continue;
        status = output_name(&out, c->arguments->output, folders[i], name,
                             json || (text && i == EM_CLEAN_KEPT));
        if (status == EM_OK)
            status = em_clean_stream_open(&c->streams[i], out.data, codec, err);
    }
    em_buf_release(&out);
    return status;
}

/* The state file's first lines: what must be the same for the file to be done already. */
static enum em_status state_head(struct clean *c, const char *path, struct em_buf *out)
{
    struct stat st;
    if (stat(path, &st) != 0)
        st.st_size = 0, st.st_mtime = 0;
    return em_buf_printf(out, "echometer-clean 1\n%s\n%s\n%lld %lld\n", path,
                         c->policy_text.data, (long long)st.st_size,
                         (long long)st.st_mtime);
}

static enum em_status state_name(struct clean *c, struct em_view name, struct em_buf *out)
{
    return em_buf_printf(out, "%s/state/%.*s.done", c->arguments->output,
                         EM_VIEW_ARGS(name));
}

/* Whether the file is done; its counts then. Another policy's result is refused. */
static enum em_status is_done(struct clean *c, const char *path, struct em_view name,
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
                             c->arguments->output);
    }
    em_buf_release(&file);
    em_buf_release(&state);
    em_buf_release(&head);
    return status;
}

enum em_status em_clean_write_whole(const char *path, struct em_view bytes,
                                    struct em_err *err)
{
    struct em_clean_stream *stream;
    EM_TRY(em_clean_stream_open(&stream, path, EM_CLEAN_PLAIN, err));
    enum em_status status = em_clean_stream_write(stream, bytes, err);
    if (status == EM_OK)
        status = em_clean_stream_end(stream, err);
    if (status == EM_OK)
        status = em_clean_stream_keep(stream, err);
    em_clean_stream_free(stream);
    return status;
}

static enum em_status keep_streams(struct clean *c, const char *path, struct em_view name,
                                   struct em_err *err)
{
    for (int i = 0; i < EM_CLEAN_OUTPUTS; i++)
        if (c->streams[i])
            EM_TRY(em_clean_stream_end(c->streams[i], err));
    for (int i = 0; i < EM_CLEAN_OUTPUTS; i++) {
        bool nothing = i == EM_CLEAN_KEPT && c->format.raw_text && c->card.kept == 0;
        if (c->streams[i] && !nothing)
            EM_TRY(em_clean_stream_keep(c->streams[i], err));
    }
    if (c->arguments->dry_run)
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
        status = em_clean_write_whole(file.data, em_buf_view(&state), err);
    em_buf_release(&file);
    em_buf_release(&state);
    return status;
}

static enum em_status clean_file(struct clean *c, const char *path, struct em_view name,
                                 struct em_err *err)
{
    struct em_summary summary;
    bool done = false;
    em_card_release(&c->card);
    if (!c->arguments->dry_run)
        EM_TRY(is_done(c, path, name, &done, err));
    if (done) {
        c->done_before++;
        em_card_add(&c->total, &c->card);
        return EM_OK;
    }
    struct em_scan_options options = scan_options(c, &path);
    enum em_status status = open_streams(c, path, name, err);
    if (status == EM_OK)
        status = em_scan_run(&options, &summary, err);
    if (status < 0 && c->err.status < 0)
        *err = c->err;
    if (status == EM_OK && summary.interrupted)
        status = em_fail(err, EM_ERR_INTERRUPTED, "clean",
                         "interrupted; the same command goes on from here");
    if (status == EM_OK && summary.files_failed)
        status = em_fail(err, EM_ERR_IO, "clean", "cannot read '%s'", path);
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

static enum em_status choose_threshold(struct clean *c, struct em_err *err)
{
    struct em_scan_options options = scan_options(c, c->arguments->calibrate.items);
    options.n_files = c->arguments->calibrate.n;
    return em_clean_choose(&options, &c->arguments->loss, &c->policy.threshold,
                           c->threshold_text, err);
}

static enum em_status describe_sets(struct clean *c)
{
    for (size_t i = 0; i < c->refs->n; i++) {
        struct em_refs_info info;
        em_refs_describe(c->refs->sets[i], &info);
        EM_TRY(em_buf_printf(&c->policy_text, "%s%.*s:%llu", i ? "," : "",
                             EM_VIEW_ARGS(info.name), (unsigned long long)info.prints));
    }
    return EM_OK;
}

/* With echoes what becomes of a file depends on all of them. */
static enum em_status describe_inputs(struct clean *c, const struct em_inputs *inputs)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < inputs->n; i++) {
        struct stat st;
        long long facts[2] = {0, 0};
        if (stat(inputs->paths[i], &st) == 0)
            facts[0] = (long long)st.st_size, facts[1] = (long long)st.st_mtime;
        hash = em_hash64(inputs->paths[i], strlen(inputs->paths[i]), hash);
        hash = em_hash64(facts, sizeof(facts), hash);
    }
    return em_buf_printf(&c->policy_text, " among=%016llx", (unsigned long long)hash);
}

static enum em_status describe_policy(struct clean *c, const struct em_inputs *inputs)
{
    const struct em_clean_policy *p = &c->policy;
    const struct em_clean_arguments *a = c->arguments;
    struct em_buf *out = &c->policy_text;
    EM_TRY(em_buf_printf(out, "score=%s", p->score ? "drop" : "tag"));
    if (!isnan(p->threshold))
        EM_TRY(em_buf_printf(out, " above=%.6f", p->threshold));
    EM_TRY(em_buf_printf(
        out,
        " fpr=%g leak=%s copy=%s benchmark=%s known=%g contained=%g,%g min-words=%u "
        "margin=%u "
        "min-piece=%u max-pieces=%u lang=%s optout=%s signals=%u text-field=%s model=%s",
        a->fpr > 0 ? a->fpr : 0.01, em_clean_action_name(p->on_leak),
        em_clean_action_name(p->on_copy), em_clean_action_name(p->on_benchmark),
        (double)p->known, (double)p->contained[0], (double)p->contained[1], p->min_words,
        p->margin, p->min_piece, p->max_pieces, p->languages ? p->languages : "all",
        em_clean_action_name(p->on_optout), a->signals,
        a->text_field ? a->text_field : "any",
        c->model ? em_model_name(c->model) : "none"));
    if (a->signals & EM_CLEAN_ECHOES) {
        EM_TRY(em_buf_printf(out, " echo=%s echo-contained=%g echo-memory=%llu",
                             em_clean_action_name(p->on_echo), a->echo_contained,
                             (unsigned long long)a->echo_memory));
        EM_TRY(describe_inputs(c, inputs));
    }
    EM_TRY(em_buf_printf(out, " refs="));
    return describe_sets(c);
}

/* The threshold that the policy comes to, in log-odds; NaN where none removes. */
static double threshold_of(const struct clean *c)
{
    if (!c->policy.score || !c->model)
        return (double)NAN;
    return isnan(c->policy.threshold)
               ? em_model_threshold_for(c->model, c->arguments->fpr)->log_odds
               : c->policy.threshold;
}

static enum em_status write_card(struct clean *c, int argc, const char *const *argv,
                                 struct em_err *err)
{
    struct em_card_benchmark *benchmarks;
    size_t n;
    EM_TRY(em_clean_contamination(c->arguments->output, &benchmarks, &n, err));
    struct em_clean_card card = {.card = &c->total,
                                 .model = c->model ? em_model_name(c->model) : NULL,
                                 .policy = c->policy_text.data,
                                 .threshold = c->threshold_text,
                                 .log_odds = threshold_of(c),
                                 .refs = c->refs,
                                 .benchmarks = benchmarks,
                                 .n_benchmarks = n,
                                 .command = argv,
                                 .n_command = argc,
                                 .quiet = c->arguments->quiet};
    enum em_status status = em_clean_card_write(&card, c->arguments->output, err);
    em_free(benchmarks);
    return status;
}

static void print_total(const struct clean *c)
{
    const struct em_card *t = &c->total;
    if (c->arguments->quiet)
        return;
    em_error(
        "%llu records = %llu kept (%llu of them cut) + %llu removed + %llu bad + %llu "
        "no documents%s",
        (unsigned long long)t->records, (unsigned long long)t->kept,
        (unsigned long long)t->cut, (unsigned long long)t->removed,
        (unsigned long long)t->bad, (unsigned long long)t->other,
        c->arguments->dry_run ? " (dry run: nothing was removed)" : "");
    for (int r = 0; r < EM_CLEAN_REASONS; r++)
        if (t->reason[r])
            em_error("  %s: %llu documents, %llu words",
                     em_clean_reason_name((enum em_clean_reason)r),
                     (unsigned long long)t->reason[r],
                     (unsigned long long)t->reason_words[r]);
    if (c->done_before)
        em_error("%llu of %llu files were done already",
                 (unsigned long long)c->done_before, (unsigned long long)c->files);
}

/* Inputs with the names that their outputs have: below a folder named, the path in it. */
struct names {
    struct em_inputs inputs;
    size_t *roots; /* bytes of each path that are not part of its name */
    size_t n;
};

static enum em_status add_names(struct names *names, const char *operand,
                                struct em_err *err)
{
    struct stat st;
    size_t before = names->inputs.n;
    if (strcmp(operand, "-") == 0)
        return em_fail(err, EM_ERR_USAGE, "clean", "inputs are files and folders");
    EM_TRY(em_inputs_add(&names->inputs, operand, err));
    size_t *roots = em_realloc_array(names->roots, names->inputs.n + 1, sizeof(roots[0]));
    if (!roots)
        return em_fail(err, EM_ERR_NOMEM, "clean", "out of memory");
    names->roots = roots;
    bool folder = stat(operand, &st) == 0 && S_ISDIR(st.st_mode);
    for (size_t i = before; i < names->inputs.n; i++) {
        const char *path = names->inputs.paths[i], *slash = strrchr(path, '/');
        size_t root = folder ? strlen(operand) : slash ? (size_t)(slash - path) + 1 : 0;
        while (path[root] == '/')
            root++;
        roots[i] = root;
        for (size_t j = 0; j < i; j++)
            if (strcmp(names->inputs.paths[j] + roots[j], path + root) == 0)
                return em_fail(err, EM_ERR_USAGE, "clean",
                               "'%s' and '%s' would be written to the same file",
                               names->inputs.paths[j], path);
    }
    return EM_OK;
}

static enum em_status read_echoes(struct clean *c, const struct names *names,
                                  struct em_err *err)
{
    const struct em_clean_arguments *a = c->arguments;
    struct em_scan_options options = scan_options(c, NULL);
    if (!(a->signals & EM_CLEAN_ECHOES))
        return EM_OK;
    EM_TRY(em_clean_echoes_read(
        &c->echoes, &options, (const char *const *)names->inputs.paths, names->inputs.n,
        (size_t)a->echo_memory, a->echo_contained, a->quiet, err));
    c->format.echoes = c->echoes;
    return EM_OK;
}

static int run_files(struct clean *c, struct names *names, int argc,
                     const char *const *argv)
{
    struct em_err err = {.status = EM_OK};
    enum em_status status = EM_OK;
    catch_signals();
    if (c->arguments->max_loss)
        status = choose_threshold(c, &err);
    if (status == EM_OK)
        status = describe_policy(c, &names->inputs);
    if (status == EM_OK)
        status = read_echoes(c, names, &err);
    c->files = names->inputs.n;
    for (size_t i = 0; i < names->inputs.n && status == EM_OK; i++) {
        const char *path = names->inputs.paths[i];
        c->format.file = i;
        status = clean_file(c, path, em_view_of(path + names->roots[i]), &err);
    }
    if (status == EM_OK)
        print_total(c);
    if (status == EM_OK && !c->arguments->dry_run)
        status = write_card(c, argc, argv, &err);
    if (status < 0) {
        if (err.status == EM_OK)
            em_fail(&err, status, "clean", "%s", em_status_text(status));
        em_error_report("clean", &err);
        return EM_EXIT_FAILED;
    }
    return c->total.bad || c->damaged ? EM_EXIT_DAMAGED : EM_EXIT_OK;
}

static enum em_status load(const struct em_clean_arguments *a, struct em_model **model,
                           struct em_refs_sets *refs, struct em_err *err)
{
    bool needed = a->signals & (EM_CLEAN_STYLE | EM_CLEAN_LEAKS);
    enum em_status status = EM_OK;
    /* One language's alone: the policy's threshold and the bound are of one model. */
    if (needed)
        status = em_models_load("clean", a->model, false, model, err);
    for (size_t i = 0; i < a->refs.n && status == EM_OK; i++)
        status = em_refs_sets_add(refs, a->refs.items[i], err);
    return status;
}

static void set_up(struct clean *c, const struct em_clean_arguments *a)
{
    c->arguments = a;
    c->policy = a->policy;
    c->format.policy = &c->policy;
    c->format.text_field = a->text_field;
    c->format.optout = a->signals & EM_CLEAN_OPTOUTS;
    snprintf(c->threshold_text, sizeof(c->threshold_text), "%s",
             !a->policy.score   ? "none: nothing is removed for its score"
             : a->threshold > 0 ? "by --threshold"
                                : "the model's own");
    em_buf_init(&c->policy_text, MAX_POLICY);
    em_card_init(&c->card);
    em_card_init(&c->total);
}

static void tear_down(struct clean *c)
{
    em_clean_echoes_free(c->echoes);
    em_buf_release(&c->policy_text);
    em_card_release(&c->card);
    em_card_release(&c->total);
}

int em_clean_run(struct em_clean_arguments *a, char *const *operands, int n, int argc,
                 const char *const *argv)
{
    struct names names = {.roots = NULL};
    struct em_model *model = NULL;
    struct em_refs_sets refs;
    struct em_err err = {.status = EM_OK};
    struct clean *c = em_calloc(1, sizeof(*c));
    int code = EM_EXIT_FAILED;
    em_refs_sets_init(&refs);
    enum em_status status = c ? load(a, &model, &refs, &err)
                              : em_fail(&err, EM_ERR_NOMEM, "clean", "out of memory");
    for (int i = 0; i < n && status == EM_OK; i++)
        status = add_names(&names, operands[i], &err);
    if (status == EM_OK) {
        set_up(c, a);
        c->model = model;
        c->refs = &refs;
        code = run_files(c, &names, argc, argv);
        tear_down(c);
    } else {
        em_error_report("clean", &err);
        if (status == EM_ERR_USAGE)
            code = EM_EXIT_USAGE;
    }
    em_free(c);
    em_free(names.roots);
    em_inputs_release(&names.inputs);
    em_model_free(model);
    em_refs_sets_release(&refs);
    return code;
}
