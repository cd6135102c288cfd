/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer export`: an index as sorted JSON lines.
 */
#include "cli/commands.h"
#include "index/export.h"

static bool write_lines(void *context, struct em_view lines)
{
    return fwrite(lines.data, 1, lines.len, context) == lines.len;
}

static int cmd_export_run(int argc, char **argv)
{
    const char *dir = NULL, *table = NULL, *output = NULL;
    const struct em_option options[] = {
        {EM_OPT_STRING, 0, "index", &dir, "DIR",
         "Export the index in this folder. It is required."},
        {EM_OPT_STRING, 0, "table", &table, "NAME",
         "Write one table only: ledger, documents, hosts, months, passages, hits or "
         "diversity (default: all)."},
        {EM_OPT_STRING, 'o', "output", &output, "FILE",
         "Write to this file instead of standard output."},
        EM_OPTIONS_END,
    };
    int operands;
    int code = em_options_parse(&cmd_export, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    if (operands || !dir)
        return em_usage_error(
            &cmd_export,
            operands ? "no arguments are accepted; name the index with --index DIR"
                     : "missing --index DIR");
    struct em_store *store;
    struct em_err err = {.status = EM_OK};
    enum em_status status = em_store_open(&store, dir, EM_STORE_READ, &err);
    if (status < 0) {
        em_error_report("export", &err);
        return EM_EXIT_FAILED;
    }
    FILE *out = em_output_open(output);
    if (out) {
        status = em_index_export(store, table, write_lines, out, &err);
        bool closed = em_output_end(out, output, status >= 0);
        if (status < 0 && status != EM_ERR_IO)
            em_error_report("export", &err);
        if (!closed && status == EM_OK)
            status = EM_ERR_IO;
    } else {
        status = EM_ERR_IO;
    }
    em_store_free(store);
    return status == EM_OK ? EM_EXIT_OK : EM_EXIT_FAILED;
}

const struct em_command cmd_export = {
    .meters = true,
    .name = "export",
    .arguments = "--index DIR",
    .summary = "write a whole index as sorted JSON lines",
    .description = "Writes the ledger and then every table in order of keys, one JSON "
                   "object for each row.\n"
                   "Indexes with the same contents give the same bytes, so that two "
                   "runs, or a merge and a\n"
                   "single run, can be compared.\n"
                   "\n"
                   "  echometer export --index idx | sha256sum\n"
                   "  echometer export --index idx --table documents | jq -r .url",
    .run = cmd_export_run,
};
