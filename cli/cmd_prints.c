/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer prints`: the prints of one text, as reference sets and echoes see them.
 */
#include "base/json.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "detector/prints.h"

static enum em_status write_print(struct em_buf *line, const struct em_print *print,
                                  const char *kind)
{
    struct em_json json;
    char hash[17];
    em_buf_clear(line);
    snprintf(hash, sizeof(hash), "%016llx", (unsigned long long)print->hash);
    em_json_init(&json, line);
    em_json_object(&json);
    em_json_key(&json, "hash");
    em_json_string(&json, em_view_of(hash));
    em_json_key(&json, "start");
    em_json_u64(&json, print->start);
    em_json_key(&json, "end");
    em_json_u64(&json, print->end);
    em_json_key(&json, "word");
    em_json_u64(&json, print->word);
    em_json_key(&json, "kind");
    em_json_string(&json, em_view_of(kind));
    em_json_end(&json);
    EM_TRY(em_json_finish(&json));
    return fwrite(line->data, 1, line->len, stdout) == line->len ? EM_OK : EM_ERR_IO;
}

static enum em_status write_all(const struct em_print *prints, size_t n, const char *kind)
{
    struct em_buf line;
    enum em_status status = EM_OK;
    em_buf_init(&line, 4096);
    for (size_t i = 0; i < n && status == EM_OK; i++)
        status = write_print(&line, &prints[i], kind);
    em_buf_release(&line);
    return status;
}

static enum em_status
print_text(const char *path, const struct em_prints_options *options, struct em_err *err)
{
    struct em_prints prints;
    struct em_buf text;
    em_prints_init(&prints);
    em_buf_init(&text, EM_MAX_TEXT);
    enum em_status status = em_read_file(path, &text, err);
    if (status == EM_OK && em_view_trim(em_buf_view(&text)).len == 0)
        status = em_fail(err, EM_ERR_FORMAT, "prints", "no text in '%s'", path);
    if (status == EM_OK) {
        status = em_prints_make(&prints, options, em_buf_view(&text));
        if (status == EM_OK)
            status = write_all(prints.winnowed, prints.n_winnowed, "winnowed");
        if (status == EM_OK)
            status = write_all(prints.sampled, prints.n_sampled, "sampled");
        if (status < 0)
            em_fail(err, status, "prints", "%s", em_status_text(status));
    }
    em_prints_release(&prints);
    em_buf_release(&text);
    return status;
}

static int prints_run(int argc, char **argv)
{
    uint64_t k = EM_PRINTS_K, t = 0, fraction = 0;
    const struct em_option options[] = {
        {EM_OPT_U64, 'k', "k", &k, "N",
         "Give a print to no shared run shorter than N words (default 6)."},
        {EM_OPT_U64, 't', "t", &t, "N",
         "Give a print to every shared run of at least N words (default: k + 5)."},
        {EM_OPT_U64, 0, "fraction", &fraction, "S",
         "Keep the runs whose hash is below 2^64/S instead of winnowing (default: "
         "winnow)."},
        EM_OPTIONS_END};
    int operands, code = em_options_parse(&cmd_prints, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    if (operands > 1)
        return em_usage_error(&cmd_prints, "one text at a time");
    if (t == 0)
        t = k + (EM_PRINTS_T - EM_PRINTS_K);
    if (k < 1 || k > EM_PRINTS_MAX_K || t < k || t > EM_PRINTS_MAX_T)
        return em_usage_error(&cmd_prints, "--k is 1 to %d, --t is k to %d",
                              EM_PRINTS_MAX_K, EM_PRINTS_MAX_T);
    struct em_prints_options how = {.k = (uint32_t)k, .t = (uint32_t)t};
    if (fraction)
        how = (struct em_prints_options){.sample_k = (uint32_t)k, .fraction = fraction};
    struct em_err err = {.status = EM_OK};
    if (print_text(operands ? argv[1] : "-", &how, &err) < 0) {
        if (!ferror(stdout)) /* that is told at the end */
            em_error_report("prints", &err);
        return EM_EXIT_FAILED;
    }
    return EM_EXIT_OK;
}

const struct em_command cmd_prints = {
    .name = "prints",
    .arguments = "[FILE|-]",
    .summary = "compute the fingerprints of a text, which are hashes of runs of words",
    .description =
        "Reads one text (UTF-8) and writes a JSON line for each of its prints:\n"
        "{\"hash\",\"start\",\"end\",\"word\",\"kind\"}. start and end are bytes, and "
        "word is the number of\n"
        "the run's first word. Texts that share a run of --t words share a print.\n"
        "\n"
        "  echometer prints essay.txt\n"
        "  echometer prints --k 5 --fraction 32 essay.txt",
    .run = prints_run,
    .plumbing = true,
};
