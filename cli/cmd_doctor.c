/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer doctor`: what is built in, which models are found, what this machine allows.
 */
#include "base/cpu.h"
#include "base/json.h"
#include "base/machine.h"
#include "cli/commands.h"
#include "detector/model.h"
#include "detector/shipped.h"
#include "index/store.h"

#include <stdarg.h>
#include <string.h>

enum { DOCTOR_SCHEMA = 1, MAX_PATH = 8192, FEW_FILES = 1024 };

struct doctor {
    bool json;
    unsigned problems;
    struct em_json out;
};

static void doctor_say(struct doctor *d, const char *name, const char *format, ...)
    EM_PRINTF(3, 4);

/* A line for people, a member for programs. */
static void doctor_say(struct doctor *d, const char *name, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (d->json) {
        em_json_key(&d->out, name);
        em_json_string(&d->out, em_view_of(text));
    } else {
        printf("%-13s %s\n", name, text);
    }
}

static void tell_problem(struct doctor *d, const char *what)
{
    d->problems++;
    em_error("doctor: %s", what);
}

/* "3.2 GB"; "no limit". */
static const char *bytes_text(char out[32], uint64_t bytes)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    double value = (double)bytes;
    size_t unit = 0;
    if (bytes == EM_MACHINE_NO_LIMIT)
        return "no limit";
    while (value >= 1000 && unit < 4) {
        value /= 1000;
        unit++;
    }
    snprintf(out, 32, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
    return out;
}

static void tell_models(struct doctor *d)
{
    struct em_model *model = NULL;
    struct em_err err = {.status = EM_OK};
    struct em_buf path;
    char text[512];
    size_t n = 0;
    em_buf_init(&path, MAX_PATH);
    bool found = em_data_path("models/en.emm", &path);
    if (em_models_load("doctor", NULL, true, &model, &err) < 0) {
        tell_problem(d, err.text);
        doctor_say(d, "models", "none");
    } else {
        for (const struct em_model *m = model; m && n < sizeof(text); m = m->next)
            n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s (%s)", n ? ", " : "",
                                  em_model_name(m), em_model_lang(m));
        doctor_say(d, "models", "%s", text);
    }
    if (found)
        doctor_say(d, "model_file", "%s", path.data);
    em_model_free(model);
    em_buf_release(&path);
}

static void tell_machine(struct doctor *d)
{
    struct em_machine m;
    char a[32], b[32];
    em_machine_read(&m, ".");
    doctor_say(d, "processors", "%u%s", m.processors,
               em_cpu_avx2() ? ", with AVX2"
                             : ", without AVX2: the portable code is used");
    doctor_say(d, "memory", "%s, limit for this process: %s", bytes_text(a, m.memory),
               bytes_text(b, m.memory_limit));
    doctor_say(d, "disk", "%s free in this folder; largest file: %s",
               bytes_text(a, m.disk_free), bytes_text(b, m.file_size));
    if (m.open_files == EM_MACHINE_NO_LIMIT)
        doctor_say(d, "open_files", "no limit");
    else
        doctor_say(
            d, "open_files", "%llu%s", (unsigned long long)m.open_files,
            m.open_files <= FEW_FILES
                ? "; enough for scans, but a wide crawl needs more: ulimit -n 16384"
                : "");
}

struct names {
    char text[1024];
    size_t n;
};

static void add_library(void *context, const char *path)
{
    struct names *names = context;
    const char *slash = strrchr(path, '/');
    size_t len = strlen(slash + 1);
    if (names->n + len + 2 > sizeof(names->text))
        return;
    memcpy(names->text + names->n, slash + 1, len);
    names->n += len;
    names->text[names->n++] = ' ';
}

static enum em_status examine(struct doctor *d)
{
    struct names names = {.n = 0};
    em_machine_libraries(add_library, &names);
    doctor_say(d, "version", "%s", EM_VERSION);
    doctor_say(d, "formats", "index %d (reads %d), model %d, features %d",
               EM_STORE_FORMAT, EM_STORE_OLD_FORMAT, EM_MODEL_FORMAT,
               EM_FEATURES_VERSION);
    tell_models(d);
    tell_machine(d);
    doctor_say(d, "libraries", "%.*s", (int)(names.n ? names.n - 1 : 0), names.text);
    return EM_OK;
}

static int cmd_doctor_run(int argc, char **argv)
{
    struct doctor d = {.problems = 0};
    const struct em_option options[] = {
        {EM_OPT_FLAG, 0, "json", &d.json, NULL, "Print one JSON object."},
        EM_OPTIONS_END,
    };
    int operands;
    int code = em_options_parse(&cmd_doctor, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    if (operands)
        return em_usage_error(&cmd_doctor, "no arguments are accepted");
    struct em_buf text;
    em_buf_init(&text, 1 << 20);
    em_json_init(&d.out, &text);
    em_json_object(&d.out);
    em_json_key(&d.out, "schema");
    em_json_u64(&d.out, DOCTOR_SCHEMA);
    enum em_status status = examine(&d);
    em_json_key(&d.out, "problems");
    em_json_u64(&d.out, d.problems);
    em_json_end(&d.out);
    if (status == EM_OK)
        status = em_json_finish(&d.out);
    if (status == EM_OK && d.json)
        fwrite(text.data, 1, text.len, stdout);
    em_buf_release(&text);
    return status == EM_OK && d.problems == 0 ? EM_EXIT_OK : EM_EXIT_FAILED;
}

const struct em_command cmd_doctor = {
    .keeps_pipes = true,
    .name = "doctor",
    .arguments = "",
    .summary = "show what is built in, the models found and the limits of this machine",
    .description = "Exit code 2 when something is missing that scans need, such as a "
                   "model; the message says\n"
                   "what.\n"
                   "\n"
                   "  echometer doctor\n"
                   "  ECHOMETER_DATA=/opt/models echometer doctor --json",
    .run = cmd_doctor_run,
};
