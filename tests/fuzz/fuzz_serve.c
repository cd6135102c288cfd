/* SPDX-License-Identifier: Apache-2.0
 *
 * The dashboard's routes: a path, query arguments, a Host header and an address to listen on,
 * each a line of the input. What is answered as JSON must be JSON.
 */
#include "base/json_text.h"
#include "report/serve/routes.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINES = 8 };

static const char *line_argument(void *context, const char *name)
{
    static const char *const names[] = {"offset", "limit", "verdict",
                                        "domain", "lang",  "month"};
    char **lines = context;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], name) == 0)
            return lines[1 + i];
    return NULL;
}

static enum em_status no_documents(void *context, const struct em_serve_search *search,
                                   struct em_buf *rows, uint64_t *total)
{
    (void)context;
    (void)rows;
    *total = search->limit;
    return EM_OK;
}

static void answer(const struct em_snapshot *snapshot, char **lines)
{
    struct em_serve_request request = {.path = lines[0],
                                       .argument = line_argument,
                                       .argument_context = lines,
                                       .search = no_documents};
    struct em_serve_response r;
    em_serve_response_init(&r);
    if (em_serve_answer(snapshot, &request, &r) == EM_OK &&
        strcmp(r.type, "application/json") == 0 &&
        em_json_text_check(em_buf_view(&r.body)) != EM_OK)
        abort();
    em_serve_response_release(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct em_snapshot snapshot;
    static char rows[] = "{\"total\":3,\"rows\":[{\"a\":1},{\"b\":\"]\"},3]}";
    char *copy = malloc(size + 1), *lines[LINES], *p = copy;
    if (!snapshot.version) {
        snapshot.version = 1;
        em_report_parts_init(&snapshot.parts);
        em_buf_init(&snapshot.report, 1024);
        em_buf_init(&snapshot.page, 1024);
        (void)!em_buf_append(&snapshot.report, "{}", 2);
        (void)!em_buf_append(&snapshot.parts.bufs[EM_REPORT_BY_DOMAIN], rows,
                             sizeof(rows) - 1);
    }
    if (!copy)
        return 0;
    memcpy(copy, data, size);
    copy[size] = '\0';
    for (int i = 0; i < LINES; i++) {
        lines[i] = p;
        char *end = strchr(p, '\n');
        if (end)
            *end = '\0';
        p = end ? end + 1 : p + strlen(p);
    }
    struct em_serve_listen at;
    answer(&snapshot, lines);
    answer(NULL, lines);
    (void)em_serve_host_is_known(lines[7], "127.0.0.1");
    (void)em_serve_listen_parse(lines[7], &at);
    (void)em_serve_token_is(lines[7], "0123456789abcdef");
    free(copy);
    return 0;
}
