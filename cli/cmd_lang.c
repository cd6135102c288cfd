/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer lang`: the language of each line.
 */
#include "base/json.h"
#include "base/json_read.h"
#include "base/limits.h"
#include "base/meter.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/lines.h"
#include "crawler/page/lang.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct state {
    struct em_json_reader *reader;
    struct em_buf out, clean;
    const char *field;
    uint64_t lines, bad;
};

/* The text of a line: a JSON object's field, or the line itself. */
static bool text_of(struct state *s, struct em_view line, struct em_view *text,
                    struct em_view *hint)
{
    *text = line;
    *hint = EM_VIEW_NONE;
    if (!line.len || line.data[0] != '{')
        return true;
    struct em_err err;
    if (em_json_reader_parse(s->reader, line, &err) < 0)
        return false;
    em_json_get_string(s->reader, "lang_hint", hint);
    return em_json_get_string(s->reader, s->field, text);
}

static enum em_status lang_answer(struct state *s, struct em_view line)
{
    struct em_view text, hint, code = EM_VIEW("un");
    struct em_json json;
    float confidence = 0;
    s->lines++;
    em_buf_clear(&s->out);
    em_buf_clear(&s->clean);
    em_json_init(&json, &s->out);
    em_json_object(&json);
    if (text_of(s, line, &text, &hint)) {
        EM_TRY(em_utf8_append_clean(&s->clean, text, NULL));
        em_lang_detect(em_buf_view(&s->clean), hint, &code, &confidence);
        em_json_key(&json, "lang");
        em_json_string(&json, code);
        em_json_key(&json, "confidence");
        em_json_fixed(&json, (double)confidence, 3);
    } else {
        s->bad++;
        em_json_key(&json, "error");
        em_json_string(&json, EM_VIEW("not a JSON object with the text field"));
    }
    em_json_end(&json);
    EM_TRY(em_json_finish(&json));
    if (fwrite(s->out.data, 1, s->out.len, stdout) != s->out.len)
        return EM_ERR_IO;
    return EM_OK;
}

/* Answers that come on a terminal show how far it is themselves. */
static void meter_begin(FILE *in)
{
    struct stat facts;
    if (isatty(STDOUT_FILENO) == 1)
        return;
    bool regular = fstat(fileno(in), &facts) == 0 && S_ISREG(facts.st_mode);
    em_meter_begin(EM_METER_BYTES, "reading lines",
                   regular ? (uint64_t)facts.st_size : 0);
}

static int run_lines(struct state *s, FILE *in, const char *path)
{
    struct em_buf line;
    enum em_status status;
    em_buf_init(&line, EM_MAX_LINE);
    meter_begin(in);
    while ((status = em_line_read(in, &line)) == EM_OK) {
        em_meter_add(EM_METER_BYTES, line.len + 1);
        if ((status = lang_answer(s, em_buf_view(&line))) < 0)
            break;
    }
    em_buf_release(&line);
    if (status < 0) {
        em_error("%s: %s", path, em_status_text(status));
        return EM_EXIT_FAILED;
    }
    if (s->bad)
        em_error("%s: %llu lines have no text and were skipped", path,
                 (unsigned long long)s->bad);
    if (s->lines == 0)
        em_error("%s: the file is empty", path);
    if (s->lines == s->bad)
        return EM_EXIT_FAILED;
    return s->bad ? EM_EXIT_DAMAGED : EM_EXIT_OK;
}

static int lang_run(int argc, char **argv)
{
    struct state s = {.field = "text"};
    const struct em_option options[] = {
        {EM_OPT_STRING, 0, "text-field", &s.field, "NAME",
         "Take the text from this field of JSON lines (default: text)."},
        EM_OPTIONS_END};
    int operands, code = em_options_parse(&cmd_lang, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    if (operands > 1)
        return em_usage_error(&cmd_lang, "one file at a time");
    const char *path = operands ? argv[1] : "-";
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (!in) {
        em_error("cannot open '%s': %s", path, strerror(errno));
        return EM_EXIT_FAILED;
    }
    em_buf_init(&s.out, EM_MAX_LINE);
    em_buf_init(&s.clean, 3 * EM_MAX_LINE);
    if (em_json_reader_new(&s.reader) < 0) {
        em_error("out of memory");
        code = EM_EXIT_FAILED;
    } else {
        code = run_lines(&s, in, path);
    }
    em_json_reader_free(s.reader);
    em_buf_release(&s.out);
    em_buf_release(&s.clean);
    if (in != stdin)
        fclose(in);
    return code;
}

const struct em_command cmd_lang = {
    .name = "lang",
    .meters = true,
    .arguments = "[FILE|-]",
    .summary = "identify the language of each line of text or JSON",
    .description = "Reads lines of text, or JSON lines with a field \"text\" (and "
                   "perhaps \"lang_hint\"), and\n"
                   "writes {\"lang\",\"confidence\"} for each: an ISO 639-1 code where "
                   "there is one, \"un\" when\n"
                   "unknown.\n"
                   "\n"
                   "  echo 'Bonjour tout le monde' | echometer lang",
    .run = lang_run,
    .plumbing = true,
};
