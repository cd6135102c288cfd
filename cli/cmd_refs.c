/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer refs build|add|list`: reference sets.
 */
#include "base/alloc.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "crawler/archive/inputs.h"
#include "crawler/archive/archive.h"
#include "detector/prints.h"
#include "index/refs/refs.h"
#include "index/refs/refs_build.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_NAMED = 10 };

struct arguments {
    const char *name, *kind, *model, *since, *output, *index;
    const char *id, *field, *question, *answer, *passage;
    struct em_strings common;
    uint64_t k, t, common_after;
    bool json, quiet;
};

/* One text's words and prints; an item has up to three at once. */
struct prepared {
    struct em_prints prints;
    struct em_print_word *words;
    size_t n, cap;
};

struct session {
    const struct arguments *a;
    struct em_refs_build *build;
    struct em_json_reader *json;
    struct em_prints_options winnow;
    struct prepared parts[EM_REFS_PARTS];
    struct em_buf path, id, source;
    struct em_refs *old; /* of `refs add` */
    uint64_t read, without, bad;
};

static void session_init(struct session *s, const struct arguments *a)
{
    *s = (struct session){.a = a};
    for (int i = 0; i < EM_REFS_PARTS; i++)
        em_prints_init(&s->parts[i].prints);
    em_buf_init(&s->path, 2 * EM_MAX_URL);
    em_buf_init(&s->id, EM_MAX_URL);
    em_buf_init(&s->source, 64 * EM_KIB);
}

static void session_release(struct session *s)
{
    em_refs_build_free(s->build);
    em_refs_free(s->old);
    em_json_reader_free(s->json);
    for (int i = 0; i < EM_REFS_PARTS; i++) {
        em_prints_release(&s->parts[i].prints);
        em_free(s->parts[i].words);
    }
    em_buf_release(&s->path);
    em_buf_release(&s->id);
    em_buf_release(&s->source);
}

/* --- reading items ---------------------------------------------------------------------- */

static enum em_status prepare(struct session *s, struct em_view text,
                              enum em_refs_part part, struct em_refs_text *out)
{
    struct prepared *p = &s->parts[part];
    text = em_view_sub(text, 0, EM_MAX_TEXT);
    EM_TRY(em_prints_words(&p->prints, text, &p->words, &p->n, &p->cap));
    EM_TRY(em_prints_make(&p->prints, &s->winnow, text));
    *out = (struct em_refs_text){.part = part,
                                 .words = p->words,
                                 .n_words = p->n,
                                 .prints = p->prints.winnowed,
                                 .n_prints = p->prints.n_winnowed};
    return EM_OK;
}

/* Corpora call an item's text by one of these when nothing else is said. */
static const char *const usual[] = {"text",   "output",  "completion",  "response",
                                    "answer", "content", "raw_content", "body"};
enum { USUAL = sizeof(usual) / sizeof(usual[0]) };

static bool find_text(struct session *s, struct em_view *text)
{
    if (s->a->field)
        return em_json_get_string(s->json, s->a->field, text);
    for (size_t i = 0; i < USUAL; i++)
        if (em_json_get_string(s->json, usual[i], text))
            return true;
    return false;
}

static enum em_status json_item(struct session *s, struct em_refs_text *texts, size_t *n,
                                struct em_view *id)
{
    const struct arguments *a = s->a;
    const char *const fields[EM_REFS_PARTS] = {NULL, a->question, a->answer, a->passage};
    struct em_view text;
    int64_t number;
    const char *id_field = a->id ? a->id : "id";
    if (!em_json_get_string(s->json, id_field, id) &&
        em_json_get_i64(s->json, id_field, &number)) {
        em_buf_clear(&s->id);
        EM_TRY(em_buf_printf(&s->id, "%" PRId64, number));
        *id = em_buf_view(&s->id);
    }
    *n = 0;
    if (!a->question && !a->answer && !a->passage) {
        if (find_text(s, &text))
            EM_TRY(prepare(s, text, EM_REFS_TEXT, &texts[(*n)++]));
        return EM_OK;
    }
    for (int part = EM_REFS_QUESTION; part < EM_REFS_PARTS; part++)
        if (fields[part] && em_json_get_string(s->json, fields[part], &text) && text.len)
            EM_TRY(prepare(s, text, (enum em_refs_part)part, &texts[(*n)++]));
    return EM_OK;
}

static void name_bad(struct session *s, const char *path, const struct em_record *record,
                     const char *why)
{
    s->bad++;
    if (s->bad <= MAX_NAMED)
        em_error("%s: record %" PRIu64 ": %s", path, record->origin.number + 1, why);
    if (s->bad == MAX_NAMED + 1)
        em_error("further bad records are only counted");
}

/* `text`: the source is plain text; pages and archives are scanned, not taken for
 * reference, and count as without text. */
static enum em_status take_record(struct session *s, const char *path, bool text,
                                  const struct em_record *record, struct em_err *err)
{
    struct em_refs_text texts[EM_REFS_PARTS];
    struct em_view id = EM_VIEW_NONE;
    struct em_err why = {.status = EM_OK};
    enum em_status status = EM_OK;
    size_t n = 0;
    if (record->error) {
        name_bad(s, path, record, record->error);
        return EM_OK;
    }
    if (record->type == EM_RECORD_JSON) {
        status = em_json_reader_parse(s->json, record->block, &why);
        if (status < 0 && status != EM_ERR_NOMEM) {
            name_bad(s, path, record, why.text[0] ? why.text : "not JSON");
            return EM_OK;
        }
        if (status == EM_OK)
            status = json_item(s, texts, &n, &id);
    } else if (record->type == EM_RECORD_FILE && text) {
        status = prepare(s, record->block, EM_REFS_TEXT, &texts[n++]);
    }
    if (status == EM_OK && id.len == 0) {
        em_buf_clear(&s->id);
        status = em_buf_printf(&s->id, "%.4000s#%" PRIu64, path, record->origin.number);
        id = em_buf_view(&s->id);
    }
    s->read++;
    s->without += n == 0;
    if (status == EM_OK && n)
        status = em_refs_build_item(s->build, id, texts, n);
    if (status < 0)
        em_fail(err, status, "refs", "'%s': %s", path, em_status_text(status));
    return status;
}

/* All runs of words of a text that counts for nothing. */
static enum em_status take_common(struct session *s, const char *path, struct em_err *err)
{
    struct em_buf text;
    struct em_prints *prints = &s->parts[0].prints;
    const struct em_prints_options all = {.sample_k = s->winnow.k, .fraction = 1};
    em_buf_init(&text, EM_MAX_TEXT);
    enum em_status status = em_read_file(path, &text, err);
    if (status == EM_OK) {
        status = em_prints_make(prints, &all, em_buf_view(&text));
        if (status == EM_OK)
            status = em_refs_build_common(s->build, prints->sampled, prints->n_sampled);
        if (status < 0)
            em_fail(err, status, "refs", "'%s': %s", path, em_status_text(status));
    }
    em_buf_release(&text);
    return status;
}

static enum em_status take_input(struct session *s, const char *path, struct em_err *err)
{
    const struct arguments *a = s->a;
    const char *columns[USUAL + 5] = {NULL};
    const char *const named[] = {a->question, a->answer, a->passage};
    size_t n = 0;
    for (size_t i = 0; i < 3; i++)
        if (named[i])
            columns[n++] = named[i];
    for (size_t i = 0; i < USUAL && n == 0 && !a->field; i++)
        columns[i] = usual[i];
    /* Of Parquet these columns are read; one that is named must be there. */
    const struct em_source_options options = {.text_field =
                                                  a->field ? a->field : named[0],
                                              .id_field = a->id,
                                              .columns = columns,
                                              .text_optional = true};
    struct em_source *source;
    struct em_record record;
    enum em_status status = em_source_open(&source, path, &options, err);
    if (status < 0)
        return status;
    while ((status = em_source_next(source, &record, err)) == EM_OK)
        if ((status = take_record(s, path, strcmp(em_source_format(source), "text") == 0,
                                  &record, err)) < 0)
            break;
    em_source_free(source);
    return status == EM_END ? EM_OK : status;
}

/* --- build and add ---------------------------------------------------------------------- */

static enum em_status make_folder(const char *path, struct em_err *err)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return em_fail(err, EM_ERR_IO, "refs", "cannot make '%s': %s", path,
                       strerror(errno));
    return EM_OK;
}

/* -o FILE, DIR/refs/NAME.emr, or NAME.emr. */
static enum em_status choose_path(struct session *s, struct em_err *err)
{
    const struct arguments *a = s->a;
    enum em_status status;
    if (a->output) {
        status = em_buf_printf(&s->path, "%s", a->output);
    } else if (a->index) {
        EM_TRY(make_folder(a->index, err));
        status = em_buf_printf(&s->path, "%s/refs", a->index);
        if (status == EM_OK)
            EM_TRY(make_folder(s->path.data, err));
        if (status == EM_OK)
            status = em_buf_printf(&s->path, "/%s.emr", a->name);
    } else {
        status = em_buf_printf(&s->path, "%s.emr", a->name);
    }
    return status < 0 ? em_fail(err, status, "refs", "%s", em_status_text(status))
                      : EM_OK;
}

/* What the set was made of: names of inputs without their folders, as far as they fit. */
static enum em_status note_sources(struct session *s, const struct em_inputs *inputs,
                                   struct em_view before)
{
    size_t most = 4096;
    EM_TRY(em_buf_append_view(&s->source, before));
    for (size_t i = 0; i < inputs->n && s->source.len < most; i++) {
        const char *slash = strrchr(inputs->paths[i], '/');
        EM_TRY(em_buf_printf(&s->source, "%s%.200s", s->source.len ? " " : "",
                             slash ? slash + 1 : inputs->paths[i]));
    }
    return EM_OK;
}

static enum em_status begin(struct session *s, const struct em_inputs *inputs, bool add,
                            struct em_err *err)
{
    const struct arguments *a = s->a;
    struct em_refs_build_options o = {.name = em_view_of(a->name),
                                      .model = em_view_of(a->model),
                                      .since = em_view_of(a->since),
                                      .k = (uint32_t)a->k,
                                      .t = (uint32_t)a->t,
                                      .common_after = (uint32_t)a->common_after};
    struct em_refs_info info = {.source = EM_VIEW_NONE};
    if (add) {
        EM_TRY(em_refs_open(&s->old, s->path.data, err));
        em_refs_describe(s->old, &info);
        o = (struct em_refs_build_options){.name = info.name,
                                           .model = info.model,
                                           .since = info.since,
                                           .kind = info.kind,
                                           .k = info.k,
                                           .t = info.t,
                                           .common_after = info.common_after};
    } else {
        em_refs_kind_parse(em_view_of(a->kind), &o.kind);
    }
    s->winnow = (struct em_prints_options){.k = o.k, .t = o.t};
    enum em_status status = note_sources(s, inputs, info.source);
    if (status == EM_OK)
        status = em_json_reader_new(&s->json);
    if (status < 0)
        return em_fail(err, status, "refs", "%s", em_status_text(status));
    o.source = em_buf_view(&s->source);
    EM_TRY(em_refs_build_new(&s->build, s->path.data, &o, err));
    return add ? em_refs_build_copy(s->build, s->old, err) : EM_OK;
}

static enum em_status make_set(struct session *s, const struct em_inputs *inputs,
                               bool add, struct em_err *err)
{
    EM_TRY(begin(s, inputs, add, err));
    for (size_t i = 0; i < s->a->common.n; i++)
        EM_TRY(take_common(s, s->a->common.items[i], err));
    for (size_t i = 0; i < inputs->n; i++)
        EM_TRY(take_input(s, inputs->paths[i], err));
    return em_refs_build_finish(s->build, err);
}

static enum em_status report(struct session *s, struct em_err *err)
{
    struct em_refs *made;
    struct em_refs_info info;
    EM_TRY(em_refs_open(&made, s->path.data, err));
    em_refs_describe(made, &info);
    fprintf(stderr,
            "%s: %" PRIu64 " items, %" PRIu64 " words, %" PRIu64 " prints (k %u, t %u), "
            "%" PRIu64 " common; %" PRIu64 " duplicates, %" PRIu64 " too short, %" PRIu64
            " without text; %.1f MB\n",
            s->path.data, info.items, info.words, info.prints, info.k, info.t,
            info.common, info.duplicates, info.too_short, s->without,
            (double)info.bytes / 1e6);
    em_refs_free(made);
    return EM_OK;
}

static int build_or_add(const struct arguments *a, char **names, int n, bool add)
{
    struct session s;
    struct em_inputs inputs = {.paths = NULL};
    struct em_err err = {.status = EM_OK};
    session_init(&s, a);
    enum em_status status = EM_OK;
    if (add)
        status = em_buf_printf(&s.path, "%s", names[0]);
    else
        status = choose_path(&s, &err);
    for (int i = add ? 1 : 0; i < n && status == EM_OK; i++)
        status = em_inputs_add(&inputs, names[i], &err);
    if (status == EM_OK)
        status = make_set(&s, &inputs, add, &err);
    if (status == EM_OK && !a->quiet)
        status = report(&s, &err);
    int code = status < 0 ? EM_EXIT_FAILED : s.bad ? EM_EXIT_DAMAGED : EM_EXIT_OK;
    if (status < 0)
        em_error_report("refs", &err);
    em_inputs_release(&inputs);
    session_release(&s);
    return code;
}

/* --- list ------------------------------------------------------------------------------- */

static void write_info(struct em_json *json, const char *path,
                       const struct em_refs_info *info)
{
    const struct {
        const char *key;
        uint64_t value;
    } numbers[] = {{"items", info->items},
                   {"texts", info->texts},
                   {"words", info->words},
                   {"prints", info->prints},
                   {"common", info->common},
                   {"common_after", info->common_after},
                   {"duplicates", info->duplicates},
                   {"too_short", info->too_short},
                   {"k", info->k},
                   {"t", info->t},
                   {"bytes", info->bytes}};
    em_json_object(json);
    em_json_key(json, "name");
    em_json_string(json, info->name);
    em_json_key(json, "kind");
    em_json_string(json, em_view_of(em_refs_kind_name(info->kind)));
    em_json_key(json, "model");
    em_json_string_or_null(json, info->model);
    em_json_key(json, "since");
    em_json_string_or_null(json, info->since);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        em_json_key(json, numbers[i].key);
        em_json_u64(json, numbers[i].value);
    }
    em_json_key(json, "source");
    em_json_string_or_null(json, info->source);
    em_json_key(json, "file");
    em_json_string_or_null(json, em_view_of(path));
    em_json_end(json);
}

static enum em_status list_set(const struct arguments *a, const char *path,
                               const struct em_refs *refs)
{
    struct em_refs_info info;
    struct em_buf line;
    struct em_json json;
    em_refs_describe(refs, &info);
    if (!a->json) {
        printf("%-20.*s %-13s %-20.*s %10" PRIu64 " %12" PRIu64 " %3u %3u  %.*s\n",
               EM_VIEW_ARGS(info.name), em_refs_kind_name(info.kind),
               EM_VIEW_ARGS(info.model), info.items, info.prints, info.k, info.t,
               EM_VIEW_ARGS(info.source));
        return EM_OK;
    }
    em_buf_init(&line, EM_MIB);
    em_json_init(&json, &line);
    write_info(&json, path, &info);
    enum em_status status = em_json_finish(&json);
    if (status == EM_OK && fwrite(line.data, 1, line.len, stdout) != line.len)
        status = EM_ERR_IO;
    em_buf_release(&line);
    return status;
}

static int list(const struct arguments *a, char **names, int n)
{
    struct em_refs_sets sets;
    struct em_err err = {.status = EM_OK};
    enum em_status status = EM_OK;
    int code = EM_EXIT_OK;
    em_refs_sets_init(&sets);
    if (a->index)
        status = em_refs_open_index_dir(&sets, a->index, &err);
    if (!a->json)
        printf("%-20s %-13s %-20s %10s %12s %3s %3s  %s\n", "name", "kind", "model",
               "items", "prints", "k", "t", "built from");
    for (size_t i = 0; i < sets.n && status == EM_OK; i++)
        status = list_set(a, "", sets.sets[i]);
    if (status < 0) {
        em_error_report("refs", &err);
        code = EM_EXIT_FAILED;
    }
    em_refs_sets_release(&sets);
    /* A damaged one is named; the others are still listed. */
    for (int i = 0; i < n; i++) {
        struct em_refs *refs;
        status = em_refs_open(&refs, names[i], &err);
        if (status == EM_OK)
            status = list_set(a, names[i], refs);
        if (status < 0) {
            em_error_report("refs", &err);
            code = EM_EXIT_FAILED;
        } else {
            em_refs_free(refs);
        }
    }
    return code;
}

/* --- command ---------------------------------------------------------------------------- */

static int check_build(struct arguments *a, int operands)
{
    enum em_refs_kind kind;
    if (!a->name || !a->name[0] || strchr(a->name, '/') || strlen(a->name) > 200)
        return em_usage_error(&cmd_refs, "build needs --name NAME, without slashes");
    if (!a->kind || !em_refs_kind_parse(em_view_of(a->kind), &kind))
        return em_usage_error(&cmd_refs,
                              "--kind is model-output, benchmark or human, not '%s'",
                              a->kind ? a->kind : "");
    if (a->output && a->index)
        return em_usage_error(&cmd_refs, "either -o FILE or --index DIR");
    if (operands < 1)
        return em_usage_error(&cmd_refs, "nothing to build from");
    if (a->t == 0)
        a->t = a->k + (EM_PRINTS_T - EM_PRINTS_K);
    if (a->k < 1 || a->k > EM_PRINTS_MAX_K || a->t < a->k || a->t > EM_PRINTS_MAX_T)
        return em_usage_error(&cmd_refs, "--k is 1 to %d, --t is k to %d",
                              EM_PRINTS_MAX_K, EM_PRINTS_MAX_T);
    if (a->common_after > 1000)
        return em_usage_error(&cmd_refs, "--common-after is at most 1000");
    return EM_EXIT_OK;
}

static int run(int argc, char **argv)
{
    struct arguments a = {.k = EM_PRINTS_K};
    const struct em_option options[] = {
        {EM_OPT_STRING, 0, "name", &a.name, "NAME", "Name of the set in matches."},
        {EM_OPT_STRING, 0, "kind", &a.kind, "KIND",
         "model-output: a match speaks for a machine; benchmark: of contamination; "
         "human: "
         "for a person."},
        {EM_OPT_STRING, 0, "model", &a.model, "NAME", "Model that wrote the texts."},
        {EM_OPT_STRING, 0, "since", &a.since, "DATE",
         "No copies before this date (YYYY[-MM[-DD]]): a match in an older document does "
         "not move its verdict."},
        {EM_OPT_STRING, 'o', "output", &a.output, "FILE",
         "The set's file; default NAME.emr."},
        {EM_OPT_STRING, 0, "index", &a.index, "DIR",
         "Put the set into an index: `scan --index DIR` uses it by itself. For list: the "
         "sets of that index."},
        {EM_OPT_STRING, 0, "id", &a.id, "FIELD", "Name of an item (default id)."},
        {EM_OPT_STRING, 0, "field", &a.field, "FIELD",
         "Text of an item; default: text, output, completion, response, answer, content, "
         "raw_content or body, whichever is there."},
        {EM_OPT_STRING, 0, "question", &a.question, "FIELD",
         "Of a benchmark: its question, ..."},
        {EM_OPT_STRING, 0, "answer", &a.answer, "FIELD", "... answer ..."},
        {EM_OPT_STRING, 0, "passage", &a.passage, "FIELD", "... and passage."},
        {EM_OPT_STRINGS, 0, "common", &a.common, "FILE",
         "A text that counts for nothing where it occurs in items: a licence, a "
         "template. "
         "May be given several times."},
        {EM_OPT_U64, 0, "common-after", &a.common_after, "N",
         "Runs of words in more than N texts of the set count for nothing (default 20)."},
        {EM_OPT_U64, 'k', "k", &a.k, "N",
         "No shared run shorter than N words is found (default 6)."},
        {EM_OPT_U64, 't', "t", &a.t, "N",
         "Every shared run of N words or more is found (default k + 5)."},
        {EM_OPT_FLAG, 0, "json", &a.json, NULL, "list: one JSON object a line."},
        {EM_OPT_FLAG, 'q', "quiet", &a.quiet, NULL, "Do not say what was built."},
        EM_OPTIONS_END};
    int operands, code = em_options_parse(&cmd_refs, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    const char *what = operands ? argv[1] : "";
    if (strcmp(what, "list") == 0) {
        if (operands < 2 && !a.index)
            return em_usage_error(&cmd_refs, "list needs FILE... or --index DIR");
        return list(&a, argv + 2, operands - 1);
    }
    if (strcmp(what, "add") == 0) {
        if (operands < 3)
            return em_usage_error(&cmd_refs, "add needs SET.emr INPUT...");
        return build_or_add(&a, argv + 2, operands - 1, true);
    }
    if (strcmp(what, "build") != 0)
        return em_usage_error(&cmd_refs, "build, add or list, not '%s'", what);
    code = check_build(&a, operands - 1);
    return code == EM_EXIT_OK ? build_or_add(&a, argv + 2, operands - 1, false) : code;
}

const struct em_command cmd_refs = {
    .name = "refs",
    .arguments = "build INPUT... | add SET.emr INPUT... | list FILE...",
    .summary = "reference sets: known model outputs, benchmarks, known human text",
    .description =
        "Makes a set from JSONL (plain, .gz, .zst; one item a line), Parquet or text "
        "files, adds "
        "items to\n"
        "one, or lists them. `scan --refs FILE` and `detect --refs FILE` then say which "
        "passages\n"
        "of which items a text shares, where, and how much of the item that is. Every "
        "shared run\n"
        "of --t words is found; none shorter than --k is.\n\n"
        "  echometer refs build alpaca.jsonl --name alpaca --kind model-output \\\n"
        "      --model text-davinci-003 --since 2022-11\n"
        "  echometer refs build quiz.jsonl --name quiz --kind benchmark --question q "
        "--answer a\n"
        "  echometer refs list alpaca.emr\n"
        "  echometer scan --refs alpaca.emr crawl.warc.gz",
    .run = run,
};
