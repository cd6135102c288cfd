/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer clean`: a corpus without model output and leaked benchmarks.
 *
 * Files are done one after the other, each by all threads; the coordinator puts what comes
 * of them into input order. A file's outputs are written beside their names (.part) and
 * renamed together when all are whole; then a line in DIR/state says so, which is what a
 * run that goes on looks at.
 */
#define _XOPEN_SOURCE 700 /* sigaction, stat */
#include "cli/clean_lines.h"
#include "cli/clean_loss.h"
#include "cli/commands.h"
#include "cli/inputs.h"
#include "crawler/archive/archive.h"
#include "base/alloc.h"
#include "detector/metrics.h"
#include "detector/model.h"
#include "index/refs.h"
#include "pipeline/clean_stream.h"
#include "report/card.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_THREADS = 1024, MAX_LISTED = 50, MAX_POLICY = 8192, MAX_STATE = 1 << 20 };

struct arguments {
    const char *output, *model, *text_field, *languages, *max_loss, *calibrate;
    const char *on_leak, *on_copy, *on_benchmark;
    struct em_strings refs;
    uint64_t threads, margin, min_piece, max_pieces, min_words;
    double fpr, threshold, contained, loss;
    bool dry_run, keep_style, quiet;
};

struct clean {
    const struct arguments *arguments;
    struct em_clean_policy policy;
    struct em_clean_format format;
    const struct em_model *model;
    const struct em_refs_sets *refs;
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
                                                      "attributes"};

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
    struct em_card_pair *pairs[2] = {em_card_language_of(card, em_view_of(f->lang)),
                                     em_card_year_of(card, f->year)};
    for (int i = 0; i < 2; i++) {
        *(kept ? &pairs[i]->kept : &pairs[i]->removed) += 1;
        *(kept ? &pairs[i]->kept_words : &pairs[i]->removed_words) +=
            kept ? f->kept_words : f->words;
    }
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
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t cpus = n > 0 && n <= MAX_THREADS ? (uint32_t)n : 1;
    return (struct em_scan_options){
        .files = path,
        .n_files = 1,
        .threads = c->arguments->threads ? (uint32_t)c->arguments->threads : cpus,
        .source = {.text_field = c->arguments->text_field},
        .detect = {.fpr = c->arguments->fpr},
        .model = c->model,
        .refs = c->refs,
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
        if (c->arguments->dry_run && i != EM_CLEAN_ATTRIBUTES)
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

static enum em_status write_whole(const char *path, struct em_view bytes,
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
        status = write_whole(file.data, em_buf_view(&state), err);
    em_buf_release(&file);
    em_buf_release(&state);
    return status;
}

static enum em_status clean_file(struct clean *c, const char *path, struct em_view name,
                                 struct em_err *err)
{
    struct em_summary summary;
    bool done = false;
    c->card = (struct em_card){.records = 0};
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

static enum em_status choose_threshold(struct clean *c, struct em_err *err)
{
    struct em_scan_options options = scan_options(c, &c->arguments->calibrate);
    return em_clean_choose(&options, c->arguments->loss, c->arguments->quiet,
                           &c->policy.threshold, c->threshold_text, err);
}

/* --- the run --------------------------------------------------------------------------- */

static enum em_status describe_policy(struct clean *c)
{
    static const char *const actions[] = {"tag", "cut", "drop"};
    const struct em_clean_policy *p = &c->policy;
    struct em_buf *out = &c->policy_text;
    EM_TRY(em_buf_printf(out, "score=%s", p->score ? "drop" : "tag"));
    if (!isnan(p->threshold))
        EM_TRY(em_buf_printf(out, " above=%.6f", p->threshold));
    EM_TRY(em_buf_printf(
        out,
        " fpr=%g leak=%s copy=%s benchmark=%s contained=%g min-words=%u margin=%u "
        "min-piece=%u max-pieces=%u lang=%s text-field=%s model=%s refs=",
        c->arguments->fpr > 0 ? c->arguments->fpr : 0.01, actions[p->on_leak],
        actions[p->on_copy], actions[p->on_benchmark], (double)p->contained, p->min_words,
        p->margin, p->min_piece, p->max_pieces, p->languages ? p->languages : "all",
        c->arguments->text_field ? c->arguments->text_field : "any",
        em_model_name(c->model)));
    for (size_t i = 0; i < c->refs->n; i++) {
        struct em_refs_info info;
        em_refs_describe(c->refs->sets[i], &info);
        EM_TRY(em_buf_printf(out, "%s%.*s:%llu", i ? "," : "", EM_VIEW_ARGS(info.name),
                             (unsigned long long)info.prints));
    }
    return EM_OK;
}

static void share(double out[3], uint64_t hits, uint64_t n)
{
    struct em_interval i = em_metric_rate(hits, n);
    out[0] = n ? (double)hits / (double)n : 0;
    out[1] = i.low;
    out[2] = i.high;
}

static enum em_status write_card(struct clean *c, int argc, const char *const *argv,
                                 struct em_err *err)
{
    const char *reasons[EM_CARD_REASONS];
    struct em_card_about about = {.model = em_model_name(c->model),
                                  .version = EM_VERSION,
                                  .policy = c->policy_text.data,
                                  .threshold = c->threshold_text,
                                  .reasons = reasons,
                                  .command = argv,
                                  .n_command = argc};
    struct em_buf text, path;
    for (int i = 0; i < EM_CARD_REASONS; i++)
        reasons[i] = em_clean_reason_name((enum em_clean_reason)i);
    share(about.flagged, c->total.flagged, c->total.scored);
    share(about.kept_flagged, c->total.kept_flagged, c->total.kept_scored);
    em_buf_init(&text, MAX_STATE);
    em_buf_init(&path, MAX_POLICY);
    enum em_status status = EM_OK;
    for (int markdown = 0; markdown < 2 && status == EM_OK; markdown++) {
        em_buf_clear(&text);
        em_buf_clear(&path);
        status = markdown ? em_card_markdown(&c->total, &about, &text)
                          : em_card_json(&c->total, &about, &text);
        if (status == EM_OK)
            status = em_buf_printf(&path, "%s/%s", c->arguments->output,
                                   markdown ? "CARD.md" : "card.json");
        if (status == EM_OK)
            status = write_whole(path.data, em_buf_view(&text), err);
    }
    em_buf_release(&text);
    em_buf_release(&path);
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

static int run_files(struct clean *c, struct names *names, int argc,
                     const char *const *argv)
{
    struct em_err err = {.status = EM_OK};
    enum em_status status = EM_OK;
    catch_signals();
    if (c->arguments->max_loss)
        status = choose_threshold(c, &err);
    if (status == EM_OK)
        status = describe_policy(c);
    c->files = names->inputs.n;
    for (size_t i = 0; i < names->inputs.n && status == EM_OK; i++) {
        const char *path = names->inputs.paths[i];
        status = clean_file(c, path, em_view_of(path + names->roots[i]), &err);
    }
    if (status == EM_OK && !c->arguments->dry_run)
        status = write_card(c, argc, argv, &err);
    if (status < 0) {
        if (err.status == EM_OK)
            em_fail(&err, status, "clean", "%s", em_status_text(status));
        em_error_report("clean", &err);
        return EM_EXIT_FAILED;
    }
    print_total(c);
    return c->total.bad || c->damaged ? EM_EXIT_DAMAGED : EM_EXIT_OK;
}

static bool parse_action(const char *name, enum em_clean_action *action)
{
    if (!name)
        return true;
    *action = strcmp(name, "drop") == 0  ? EM_CLEAN_DROP
              : strcmp(name, "cut") == 0 ? EM_CLEAN_CUT
                                         : EM_CLEAN_TAG;
    return *action != EM_CLEAN_TAG || strcmp(name, "tag") == 0;
}

/* "0.5%" or "0.005". */
static bool parse_share(const char *text, double *out)
{
    char *end;
    *out = strtod(text, &end);
    if (end != text && strcmp(end, "%") == 0)
        *out /= 100;
    else if (end == text || *end)
        return false;
    return *out > 0 && *out < 1;
}

static int check_arguments(struct arguments *a, int operands, struct em_clean_policy *p)
{
    if (operands == 0)
        return em_usage_error(&cmd_clean, "nothing to clean");
    if (!a->output)
        return em_usage_error(&cmd_clean, "-o DIR is missing");
    if (a->threads > MAX_THREADS)
        return em_usage_error(&cmd_clean, "--threads is at most %d", MAX_THREADS);
    if (!parse_action(a->on_leak, &p->on_leak) ||
        !parse_action(a->on_copy, &p->on_copy) ||
        !parse_action(a->on_benchmark, &p->on_benchmark))
        return em_usage_error(&cmd_clean, "--on-... is drop, cut or tag");
    if (a->max_loss && !parse_share(a->max_loss, &a->loss))
        return em_usage_error(&cmd_clean,
                              "--max-human-loss is a share, as 0.5%% or 0.005");
    if (!a->max_loss != !a->calibrate)
        return em_usage_error(&cmd_clean, "--max-human-loss and --calibrate go together");
    if (a->max_loss && (a->threshold > 0 || a->keep_style))
        return em_usage_error(&cmd_clean,
                              "--max-human-loss chooses the threshold itself");
    if (a->fpr < 0 || a->fpr >= 1 || a->threshold < 0 || a->threshold >= 1 ||
        !(a->contained > 0 && a->contained <= 1))
        return em_usage_error(&cmd_clean, "--fpr, --threshold, --contained are shares");
    if (a->margin > 1000000 || a->min_piece > 1000000 || a->max_pieces > 1000000 ||
        a->min_words > 1000000)
        return em_usage_error(&cmd_clean, "margins and counts are at most 1,000,000");
    p->score = !a->keep_style;
    p->threshold =
        a->threshold > 0 ? log(a->threshold / (1 - a->threshold)) : (double)NAN;
    p->contained = (float)a->contained;
    p->margin = (uint32_t)a->margin;
    p->min_piece = (uint32_t)a->min_piece;
    p->max_pieces = (uint32_t)a->max_pieces;
    p->min_words = (uint32_t)a->min_words;
    p->languages = a->languages;
    return EM_EXIT_OK;
}

static enum em_status load(const struct arguments *a, struct em_model **model,
                           struct em_refs_sets *refs, struct em_err *err)
{
    struct em_buf path;
    em_buf_init(&path, MAX_POLICY);
    enum em_status status = EM_OK;
    if (!a->model && !em_data_path("models/en.emm", &path))
        status = em_fail(err, EM_ERR_NOTFOUND, "clean",
                         "no model found; name one with --model FILE");
    if (status == EM_OK)
        status = em_model_load(model, a->model ? a->model : path.data, err);
    em_buf_release(&path);
    for (size_t i = 0; i < a->refs.n && status == EM_OK; i++)
        status = em_refs_sets_add(refs, a->refs.items[i], err);
    return status;
}

static int run_clean(struct arguments *a, struct em_clean_policy *policy, int operands,
                     char **argv, int argc, const char *const *line)
{
    struct names names = {.roots = NULL};
    struct em_model *model = NULL;
    struct em_refs_sets refs;
    struct em_err err = {.status = EM_OK};
    struct clean *c = em_calloc(1, sizeof(*c));
    int code = EM_EXIT_FAILED;
    em_refs_sets_init(&refs);
    enum em_status status =
        c ? load(a, &model, &refs, &err) : em_fail(&err, EM_ERR_NOMEM, "clean", "memory");
    for (int i = 0; i < operands && status == EM_OK; i++)
        status = add_names(&names, argv[1 + i], &err);
    if (status == EM_OK) {
        c->arguments = a;
        c->policy = *policy;
        c->format.policy = &c->policy;
        c->format.text_field = a->text_field;
        c->model = model;
        c->refs = &refs;
        snprintf(c->threshold_text, sizeof(c->threshold_text), "%s",
                 a->threshold > 0 ? "by --threshold" : "the model's own");
        em_buf_init(&c->policy_text, MAX_POLICY);
        code = run_files(c, &names, argc, line);
        em_buf_release(&c->policy_text);
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

static int cmd_clean_run(int argc, char **argv)
{
    struct arguments a = {.contained = 0.8,
                          .margin = 200,
                          .min_piece = 200,
                          .max_pieces = 10,
                          .min_words = 13};
    struct em_clean_policy policy = {
        .on_leak = EM_CLEAN_TAG, .on_copy = EM_CLEAN_DROP, .on_benchmark = EM_CLEAN_CUT};
    const struct em_option options[] = {
        {EM_OPT_STRING, 'o', "output", &a.output, "DIR",
         "Where kept/, removed/, bad/, attributes/ and the data card go."},
        {EM_OPT_U64, 't', "threads", &a.threads, "N",
         "Worker threads; default: one for each processor. The output is the same for "
         "any "
         "number."},
        {EM_OPT_STRING, 0, "text-field", &a.text_field, "NAME",
         "Field of JSON lines that holds the text; a dotted path is allowed."},
        {EM_OPT_FLAG, 0, "keep-style", &a.keep_style, NULL,
         "Do not remove documents for their score."},
        {EM_OPT_DOUBLE, 0, "fpr", &a.fpr, "SHARE",
         "Remove what the model flags at this rate of human text: 0.05, 0.01 or 0.001. "
         "Default 0.01."},
        {EM_OPT_DOUBLE, 0, "threshold", &a.threshold, "SCORE",
         "Remove scores above this instead."},
        {EM_OPT_STRING, 0, "max-human-loss", &a.max_loss, "SHARE",
         "Choose the threshold so that, with 95 % confidence, at most this share of "
         "human "
         "documents goes (0.5%)."},
        {EM_OPT_STRING, 0, "calibrate", &a.calibrate, "FILE",
         "Human texts like those of the corpus, which --max-human-loss measures on; "
         "lines "
         "with \"label\":\"machine\" show what would be caught."},
        {EM_OPT_STRINGS, 0, "refs", &a.refs, "FILE",
         "Reference set (`echometer refs`) to look for; may be given several times."},
        {EM_OPT_STRING, 0, "on-leak", &a.on_leak, "drop|cut|tag",
         "What to do with assistant phrases and the like. Default tag."},
        {EM_OPT_STRING, 0, "on-copy", &a.on_copy, "drop|cut|tag",
         "What to do with texts of sets of model output. Default drop."},
        {EM_OPT_STRING, 0, "on-benchmark", &a.on_benchmark, "drop|cut|tag",
         "What to do with benchmark items. Default cut."},
        {EM_OPT_DOUBLE, 0, "contained", &a.contained, "SHARE",
         "Matches count from this share of an item on. Default 0.8."},
        {EM_OPT_U64, 0, "min-words", &a.min_words, "N",
         "And from this many words on. Default 13."},
        {EM_OPT_U64, 0, "margin", &a.margin, "N",
         "Characters cut on each side of a match. Default 200."},
        {EM_OPT_U64, 0, "min-piece", &a.min_piece, "N",
         "Shorter pieces go, in characters. Default 200."},
        {EM_OPT_U64, 0, "max-pieces", &a.max_pieces, "N",
         "Documents in more pieces go. Default 10."},
        {EM_OPT_STRING, 0, "lang", &a.languages, "LIST",
         "Remove other languages than these (en,fr)."},
        {EM_OPT_STRING, 0, "model", &a.model, "FILE",
         "Model to score with; default: the shipped English one."},
        {EM_OPT_FLAG, 0, "dry-run", &a.dry_run, NULL,
         "Write attributes/ only, and say what would go."},
        {EM_OPT_FLAG, 'q', "quiet", &a.quiet, NULL, "No messages but errors."},
        EM_OPTIONS_END,
    };
    int operands, code = EM_EXIT_FAILED;
    /* Parsing moves the operands; the card names the line as it was. */
    const char **line = em_calloc((size_t)argc + 1, sizeof(line[0]));
    if (!line)
        return code;
    for (int i = 0; i < argc; i++)
        line[i] = argv[i];
    code = em_options_parse(&cmd_clean, options, argc, argv, &operands);
    if (code == EM_EXIT_OK)
        code = check_arguments(&a, operands, &policy);
    if (code == EM_EXIT_OK)
        code = run_clean(&a, &policy, operands, argv, argc, line);
    em_free(line);
    return code;
}

const struct em_command cmd_clean = {
    .name = "clean",
    .arguments = "INPUT... -o DIR",
    .summary = "a corpus without model output and leaked benchmarks",
    .description =
        "INPUT is JSONL (plain, .gz, .zst), a WET or WARC, a text, or a folder of them. "
        "Each\n"
        "keeps its name and its compression below DIR: kept/ (lines as they were, unless "
        "a\n"
        "passage was cut), removed/ (with the reasons), bad/ (what could not be read),\n"
        "attributes/ (Dolma's format), CARD.md and card.json. The same command goes on\n"
        "after an interruption: files that are done are not done again.\n\n"
        "  echometer clean corpus/ -o clean\n"
        "  echometer clean --max-human-loss 0.5% --calibrate human.jsonl corpus/ -o "
        "clean\n"
        "  echometer clean --refs gsm8k.emr --keep-style shard.jsonl.zst -o clean",
    .run = cmd_clean_run,
};
