/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/clean_tell.h"

#include "cli/models.h"
#include "detector/model.h"
#include "cli/stop.h"
#include "detector/model.h"
#include "index/refs/refs.h"
#include "report/card_write.h"

#include <math.h>

enum { MAX_LISTED = 50, MAX_CARD = 1 << 23, MAX_PATH_BYTES = 8192 };

typedef unsigned long long ull;

/* --- on the way ------------------------------------------------------------------------ */

struct teller {
    bool quiet;
    uint64_t listed;
};

static void tell_damage(void *context, const char *file, uint64_t offset,
                        const char *reason)
{
    struct teller *t = context;
    if ((offset == EM_SCAN_WHOLE || !t->quiet) && t->listed++ < MAX_LISTED)
        em_tell_damage(file, offset, reason);
}

static void tell_calibration_damage(void *context, const char *file, uint64_t offset,
                                    const char *reason)
{
    (void)context;
    em_tell_damage(file, offset, reason);
}

static void tell_basis(void *context, const struct em_clean_basis *b)
{
    const struct teller *t = context;
    if (t->quiet)
        return;
    em_error("threshold: %s", b->told);
    for (size_t i = 0; i < b->n_strata; i++)
        em_error("  %s %s: %llu of %llu above, at most %.3f%%", b->strata[i].what,
                 b->strata[i].name, (ull)b->strata[i].above, (ull)b->strata[i].n,
                 100 * b->strata[i].bound);
    if (b->machines)
        em_error("  machine texts of the calibration: %.1f%% above, %.1f%% would stay",
                 100 * b->machines_above, 100 - 100 * b->machines_above);
    if (!isnan(b->machine[0]))
        em_error("  machine texts of the model's own sources: %.1f%% above (%.1f to %.1f "
                 "by source), %.1f%% would stay",
                 100 * b->machine[0], 100 * b->machine[1], 100 * b->machine[2],
                 100 - 100 * b->machine[0]);
}

static void tell_echoes(void *context, uint64_t runs, uint64_t records, unsigned halvings)
{
    const struct teller *t = context;
    if (!t->quiet)
        em_error(
            "echoes: %llu runs of words kept of %llu records%s", (ull)runs, (ull)records,
            halvings ? "; the table was full and thinned, short documents may not be "
                       "judged (--echo-memory)"
                     : "");
}

/* --- at the end ------------------------------------------------------------------------ */

static void tell_total(const struct em_clean_outcome *o, bool dry_run)
{
    const struct em_card *t = o->card;
    em_error(
        "%llu records = %llu kept (%llu of them cut) + %llu removed + %llu bad + %llu "
        "no documents%s",
        (ull)t->records, (ull)t->kept, (ull)t->cut, (ull)t->removed, (ull)t->bad,
        (ull)t->other, dry_run ? " (dry run: nothing was removed)" : "");
    for (int r = 0; r < EM_CLEAN_REASONS; r++)
        if (t->reason[r])
            em_error("  %s: %llu documents, %llu words",
                     em_clean_reason_name((enum em_clean_reason)r), (ull)t->reason[r],
                     (ull)t->reason_words[r]);
    if (o->done_before)
        em_error("%llu of %llu files were done already", (ull)o->done_before,
                 (ull)o->files);
}

static void tell_shares(const struct em_card_about *a)
{
    if (isnan(a->prevalence[0]))
        return;
    em_error("machine text among the scored documents, estimated: before %.1f%% (%.1f to "
             "%.1f), after %.1f%% (%.1f to %.1f)",
             100 * a->prevalence[0], 100 * a->prevalence[1], 100 * a->prevalence[2],
             100 * a->kept_prevalence[0], 100 * a->kept_prevalence[1],
             100 * a->kept_prevalence[2]);
}

static enum em_status write_card(const struct em_card *card,
                                 const struct em_card_about *about, const char *dir,
                                 struct em_err *err)
{
    struct em_buf text, path;
    em_buf_init(&text, MAX_CARD);
    em_buf_init(&path, MAX_PATH_BYTES);
    enum em_status status = EM_OK;
    for (int markdown = 0; markdown < 2 && status == EM_OK; markdown++) {
        em_buf_clear(&text);
        em_buf_clear(&path);
        status = markdown ? em_card_markdown(card, about, &text)
                          : em_card_json(card, about, &text);
        if (status == EM_OK)
            status =
                em_buf_printf(&path, "%s/%s", dir, markdown ? "CARD.md" : "card.json");
        if (status == EM_OK)
            status = em_file_write(path.data, em_buf_view(&text), err);
    }
    em_buf_release(&text);
    em_buf_release(&path);
    return status;
}

/* --- the run --------------------------------------------------------------------------- */

static enum em_status clean_tell_load(const struct em_clean_arguments *a,
                                      struct em_model **model, struct em_refs_sets *refs,
                                      struct em_err *err)
{
    bool needed = a->signals & (EM_CLEAN_STYLE | EM_CLEAN_LEAKS);
    /* One language's alone: the policy's threshold and the bound are of one model. */
    if (needed)
        EM_TRY(em_models_load("clean", a->model, false, model, err));
    return em_refs_sets_add_all(refs, a->refs.items, a->refs.n, err);
}

static struct em_clean_options options_of(const struct em_clean_arguments *a,
                                          const struct em_model *model,
                                          const struct em_refs_sets *refs,
                                          struct teller *teller)
{
    return (struct em_clean_options){
        .policy = a->policy,
        .signals = a->signals,
        .output = a->output,
        .text_field = a->text_field,
        .model = model,
        .refs = refs,
        .threads = (uint32_t)a->threads,
        .fpr = a->fpr,
        .echo_memory = a->echo_memory,
        .echo_contained = a->echo_contained,
        .dry_run = a->dry_run,
        .calibrate = a->calibrate.items,
        .n_calibrate = a->max_loss ? a->calibrate.n : 0,
        .loss = a->loss,
        .stop = em_stop_catch(),
        .listener = {.context = teller,
                     .input = em_tell_input,
                     .damage = tell_damage,
                     .calibration_damage = tell_calibration_damage,
                     .basis = tell_basis,
                     .echoes = tell_echoes},
    };
}

static int clean_tell_run(struct em_clean *c, const struct em_clean_arguments *a,
                          int argc, const char *const *argv)
{
    struct em_err err = {.status = EM_OK};
    struct em_card_about about;
    enum em_status status = em_clean_run(c, &err);
    struct em_clean_outcome outcome = em_clean_outcome(c);
    if (status == EM_OK && !a->quiet)
        tell_total(&outcome, a->dry_run);
    if (status == EM_OK && !a->dry_run) {
        status = em_clean_about(c, &about, &err);
        about.version = EM_VERSION;
        about.command = argv;
        about.n_command = argc;
        if (status == EM_OK && !a->quiet)
            tell_shares(&about);
        if (status == EM_OK)
            status = write_card(outcome.card, &about, a->output, &err);
    }
    /* Lines without a text are kept, and are no documents. */
    if (status == EM_OK && outcome.card->kept_words + outcome.card->removed_words == 0) {
        em_error("clean: no document was found in %llu input%s", (ull)outcome.files,
                 outcome.files == 1 ? "" : "s");
        return EM_EXIT_FAILED;
    }
    if (status == EM_OK)
        return outcome.card->bad || outcome.failed || outcome.damaged ? EM_EXIT_DAMAGED
                                                                      : EM_EXIT_OK;
    if (outcome.few_sources)
        em_error(
            "--bound text promises something of texts like those of the calibration, "
            "and nothing of other sources");
    if (err.status == EM_OK)
        em_fail(&err, status, "clean", "%s", em_status_text(status));
    em_error_report("clean", &err);
    return EM_EXIT_FAILED;
}

int em_clean_tell(const struct em_clean_arguments *a, char *const *operands, int n,
                  int argc, const char *const *argv)
{
    struct teller teller = {.quiet = a->quiet};
    struct em_clean_options options;
    struct em_clean *c = NULL;
    struct em_model *model = NULL;
    struct em_refs_sets refs;
    struct em_err err = {.status = EM_OK};
    int code = EM_EXIT_FAILED;
    em_refs_sets_init(&refs);
    enum em_status status = clean_tell_load(a, &model, &refs, &err);
    options = options_of(a, model, &refs, &teller);
    struct em_model_threshold t;
    if (status == EM_OK && model)
        status = em_model_threshold_at(model, a->fpr, &t, &err);
    if (status == EM_OK)
        status = em_clean_new(&c, &options, &err);
    for (int i = 0; i < n && status == EM_OK; i++)
        status = em_clean_add(c, operands[i], &err);
    if (status == EM_OK) {
        code = clean_tell_run(c, a, argc, argv);
    } else {
        em_error_report("clean", &err);
        if (status == EM_ERR_USAGE)
            code = EM_EXIT_USAGE;
    }
    em_clean_free(c);
    em_model_free(model);
    em_refs_sets_release(&refs);
    return code;
}
