/* SPDX-License-Identifier: Apache-2.0 */
#include "report/check_rows.h"

#include "base/json.h"

#include <string.h>

/* --- for people -------------------------------------------------------------------------- */

enum em_status em_check_text(struct em_buf *out, const struct em_check_result *f)
{
    EM_TRY(em_buf_printf(out, "%s:%u-%u: looks machine-written, probability %.3f",
                         f->path, f->first_line, f->last_line, f->score));
    if (f->leak[0])
        EM_TRY(em_buf_printf(out, ", chat-client residue (%s)", f->leak));
    return em_buf_printf(out, "\n    \"%s%s\"\n", f->quote,
                         strlen(f->quote) + 8 > sizeof(f->quote) ? "..." : "");
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

static enum em_status check_put_skipped(struct em_buf *out,
                                        const struct em_check_counts *counts)
{
    uint64_t skipped = counts->files - counts->fates[EM_CHECK_JUDGED];
    if (skipped == 0)
        return EM_OK;
    EM_TRY(em_buf_printf(out, "not read   %llu file%s (", (unsigned long long)skipped,
                         plural(skipped)));
    const char *comma = "";
    for (int f = 0; f < EM_CHECK_FATES; f++) {
        if (f == EM_CHECK_JUDGED || counts->fates[f] == 0)
            continue;
        EM_TRY(em_buf_printf(out, "%s%llu %s", comma,
                             (unsigned long long)counts->fates[f],
                             em_check_fate_name((enum em_check_fate)f)));
        comma = ", ";
    }
    return em_buf_printf(out, ")\n");
}

static enum em_status check_put_abstained(struct em_buf *out,
                                          const struct em_check_counts *counts)
{
    static const struct {
        enum em_abstain why;
        const char *text;
    } reasons[] = {{EM_ABSTAIN_TOO_SHORT, "too short"},
                   {EM_ABSTAIN_LANGUAGE, "in a language without a model"},
                   {EM_ABSTAIN_NOT_PROSE, "lists, tables or code"}};
    uint64_t n = counts->verdicts[EM_VERDICT_ABSTAIN];
    if (n == 0)
        return EM_OK;
    EM_TRY(
        em_buf_printf(out, "no verdict %llu file%s (", (unsigned long long)n, plural(n)));
    const char *comma = "";
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (counts->abstained[reasons[i].why] == 0)
            continue;
        EM_TRY(em_buf_printf(out, "%s%llu %s", comma,
                             (unsigned long long)counts->abstained[reasons[i].why],
                             reasons[i].text));
        comma = ", ";
    }
    return em_buf_printf(out, ")\n");
}

enum em_status em_check_summary_text(struct em_buf *out,
                                     const struct em_check_counts *counts,
                                     const struct em_check_rate *rate)
{
    uint64_t found = counts->verdicts[EM_VERDICT_MACHINE];
    uint64_t judged =
        counts->fates[EM_CHECK_JUDGED] - counts->verdicts[EM_VERDICT_ABSTAIN];
    EM_TRY(em_buf_printf(out, "checked    %llu file%s: %llu look%s machine-written\n",
                         (unsigned long long)judged, plural(judged),
                         (unsigned long long)found, found == 1 ? "s" : ""));
    EM_TRY(check_put_abstained(out, counts));
    EM_TRY(check_put_skipped(out, counts));
    if (judged == 0)
        return EM_OK;
    EM_TRY(em_buf_printf(
        out,
        "threshold  %g%%: set to flag that share of human texts; on %u human texts of %u "
        "sources\n           it flagged %.2f%% to %.2f%% (95%% interval). Model %s.\n",
        100 * rate->fpr, rate->texts, rate->sources, 100 * rate->low, 100 * rate->high,
        rate->model));
    if (found)
        EM_TRY(em_buf_printf(out,
                             "           A finding is a reason to look, not proof: do "
                             "not use it to judge a person.\n"));
    return EM_OK;
}

/* --- JSON lines -------------------------------------------------------------------------- */

static void check_rows_put_text(struct em_json *json, const char *key, const char *value)
{
    em_json_key(json, key);
    em_json_string(json, em_view_of(value));
}

static void put_count(struct em_json *json, const char *key, uint64_t value)
{
    em_json_key(json, key);
    em_json_u64(json, value);
}

static void put_share(struct em_json *json, const char *key, double value)
{
    em_json_key(json, key);
    em_json_fixed(json, value, 6);
}

enum em_status em_check_json(struct em_buf *out, const struct em_check_result *f)
{
    struct em_json json;
    em_json_init(&json, out);
    em_json_object(&json);
    check_rows_put_text(&json, "file", f->path);
    put_count(&json, "first_line", f->first_line);
    put_count(&json, "last_line", f->last_line);
    check_rows_put_text(&json, "verdict", em_verdict_name(f->kind));
    put_share(&json, "score", f->score);
    em_json_key(&json, "log_odds");
    em_json_fixed(&json, f->log_odds, 4);
    put_count(&json, "words", f->words);
    em_json_key(&json, "leak");
    em_json_string_or_null(&json, em_view_of(f->leak));
    check_rows_put_text(&json, "quote", f->quote);
    check_rows_put_text(&json, "model", f->model);
    em_json_end(&json);
    return em_json_finish(&json);
}

enum em_status em_check_summary_json(struct em_buf *out,
                                     const struct em_check_counts *counts,
                                     const struct em_check_rate *rate)
{
    static const char *const fates[EM_CHECK_FATES] = {
        "judged", "other", "generated", "vendored", "empty", "too_large", "unreadable"};
    struct em_json json;
    em_json_init(&json, out);
    em_json_object(&json);
    put_count(&json, "schema", EM_CHECK_SCHEMA);
    put_count(&json, "files", counts->files);
    for (int f = 0; f < EM_CHECK_FATES; f++)
        put_count(&json, fates[f], counts->fates[f]);
    em_json_key(&json, "verdicts");
    em_json_object(&json);
    for (int k = 0; k <= EM_VERDICT_ABSTAIN; k++)
        put_count(&json, em_verdict_name((enum em_verdict_kind)k), counts->verdicts[k]);
    em_json_end(&json);
    put_share(&json, "fpr", rate->fpr);
    put_share(&json, "fpr_low", rate->low);
    put_share(&json, "fpr_high", rate->high);
    check_rows_put_text(&json, "model", rate->model);
    em_json_end(&json);
    return em_json_finish(&json);
}

/* --- SARIF ------------------------------------------------------------------------------- */

/* spec: RFC3986 2.1: what may not stand in a path as it is, is escaped. */
static enum em_status uri_of_path(struct em_buf *out, const char *path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789-._~/!$&'()*+,;=@";
    em_buf_clear(out);
    while (path[0] == '.' && path[1] == '/')
        path += 2;
    if (path[0] == '/')
        EM_TRY(em_buf_printf(out, "file://"));
    for (; *path; path++) {
        if (strchr(plain, *path))
            EM_TRY(em_buf_putc(out, *path));
        else
            EM_TRY(em_buf_printf(out, "%%%02X", (unsigned)(unsigned char)*path));
    }
    return EM_OK;
}

static void sarif_put_message(struct em_json *json, const char *key, struct em_view text)
{
    em_json_key(json, key);
    em_json_object(json);
    em_json_key(json, "text");
    em_json_string(json, text);
    em_json_end(json);
}

static enum em_status sarif_put_result(struct em_json *json,
                                       const struct em_check_result *f,
                                       struct em_buf *scratch)
{
    em_json_object(json);
    check_rows_put_text(json, "ruleId", f->leak[0] ? "chat-residue" : "machine-written");
    check_rows_put_text(json, "level", "warning");
    em_buf_clear(scratch);
    EM_TRY(em_buf_printf(scratch,
                         "Looks machine-written (probability %.3f)%s%s%s: \"%s\"",
                         f->score, f->leak[0] ? ", chat-client residue (" : "", f->leak,
                         f->leak[0] ? ")" : "", f->quote));
    sarif_put_message(json, "message", em_buf_view(scratch));
    em_json_key(json, "locations");
    em_json_array(json);
    em_json_object(json);
    em_json_key(json, "physicalLocation");
    em_json_object(json);
    em_json_key(json, "artifactLocation");
    em_json_object(json);
    EM_TRY(uri_of_path(scratch, f->path));
    em_json_key(json, "uri");
    em_json_string(json, em_buf_view(scratch));
    em_json_end(json);
    em_json_key(json, "region");
    em_json_object(json);
    put_count(json, "startLine", f->first_line);
    put_count(json, "endLine", f->last_line);
    for (int i = 0; i < 4; i++) /* region, physicalLocation, location, locations */
        em_json_end(json);
    em_json_key(json, "properties");
    em_json_object(json);
    put_share(json, "score", f->score);
    put_count(json, "words", f->words);
    em_json_end(json);
    em_json_end(json);
    return EM_OK;
}

static void sarif_put_rule(struct em_json *json, const char *id, const char *text)
{
    em_json_object(json);
    check_rows_put_text(json, "id", id);
    sarif_put_message(json, "shortDescription", em_view_of(text));
    em_json_end(json);
}

static void sarif_put_tool(struct em_json *json, const struct em_check_rate *rate,
                           const char *version)
{
    em_json_key(json, "tool");
    em_json_object(json);
    em_json_key(json, "driver");
    em_json_object(json);
    check_rows_put_text(json, "name", "echometer");
    check_rows_put_text(json, "semanticVersion", version);
    em_json_key(json, "rules");
    em_json_array(json);
    sarif_put_rule(json, "machine-written",
                   "The text reads as if a language model had written it.");
    sarif_put_rule(
        json, "chat-residue",
        "The text contains residue of a chat client or an assistant's phrase.");
    em_json_end(json);
    em_json_key(json, "properties");
    em_json_object(json);
    check_rows_put_text(json, "model", rate->model);
    put_share(json, "fpr", rate->fpr);
    em_json_end(json);
    em_json_end(json);
    em_json_end(json);
}

enum em_status em_check_sarif(struct em_buf *out, const struct em_check_result *findings,
                              size_t n, const struct em_check_rate *rate,
                              const char *version)
{
    struct em_json json;
    struct em_buf scratch;
    enum em_status status = EM_OK;
    em_buf_init(&scratch, 1 << 20);
    em_json_init(&json, out);
    em_json_object(&json);
    check_rows_put_text(&json, "$schema",
                        "https://json.schemastore.org/sarif-2.1.0.json");
    check_rows_put_text(&json, "version", "2.1.0");
    em_json_key(&json, "runs");
    em_json_array(&json);
    em_json_object(&json);
    sarif_put_tool(&json, rate, version);
    em_json_key(&json, "results");
    em_json_array(&json);
    for (size_t i = 0; i < n && status == EM_OK; i++)
        status = sarif_put_result(&json, &findings[i], &scratch);
    for (int i = 0; i < 4; i++) /* results, run, runs, log */
        em_json_end(&json);
    em_buf_release(&scratch);
    EM_TRY(status);
    return em_json_finish(&json);
}
