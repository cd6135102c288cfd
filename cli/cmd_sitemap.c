/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer sitemap`: what a sitemap or feed names, a JSON line each.
 */
#include "base/date.h"
#include "base/json.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "crawler/web/sitemap.h"

#include <errno.h>
#include <string.h>

struct state {
    struct em_buf out;
    struct em_url base, page;
    bool has_base;
};

static void write_date(struct em_json *json, const char *key, int64_t seconds)
{
    char text[24];
    em_date_format(seconds, text);
    em_json_key(json, key);
    em_json_string_or_null(json, em_view_of(text));
}

static enum em_status write_item(void *context, const struct em_sitemap_item *item)
{
    struct state *s = context;
    struct em_json json;
    em_buf_clear(&s->out);
    em_json_init(&json, &s->out);
    em_json_object(&json);
    em_json_key(&json, "type");
    em_json_string(&json, em_view_of(em_sitemap_item_name(item->type)));
    em_json_key(&json, "loc");
    em_json_string(&json, item->loc);
    write_date(&json, "lastmod", item->lastmod);
    write_date(&json, "published", item->published);
    em_json_key(&json, "changefreq");
    em_json_string_or_null(&json, item->changefreq);
    em_json_key(&json, "priority");
    if (item->priority >= 0)
        em_json_fixed(&json, (double)item->priority, 2);
    else
        em_json_null(&json);
    if (s->has_base) {
        EM_TRY(em_url_parse(&s->page, item->loc, NULL));
        em_json_key(&json, "covered");
        em_json_bool(&json, em_sitemap_covers(&s->base, &s->page, false));
    }
    em_json_end(&json);
    EM_TRY(em_json_finish(&json));
    return fwrite(s->out.data, 1, s->out.len, stdout) == s->out.len ? EM_OK : EM_ERR_IO;
}

/* Pushed in pieces, as the network would. */
static enum em_status read_all(struct em_sitemap *sitemap, FILE *in)
{
    char bytes[16384];
    size_t n;
    while ((n = fread(bytes, 1, sizeof(bytes), in)) > 0) {
        enum em_status status = em_sitemap_push(sitemap, em_view_make(bytes, n));
        if (status != EM_OK)
            return status;
    }
    return ferror(in) ? EM_ERR_IO : EM_OK;
}

static int sitemap_read_file(struct state *s, FILE *in, const char *path)
{
    struct em_sitemap *sitemap;
    struct em_sitemap_counts counts = {0};
    enum em_status status =
        em_sitemap_new(&sitemap, s->has_base ? &s->base : NULL, write_item, s);
    if (status == EM_OK) {
        status = read_all(sitemap, in);
        enum em_status finished = em_sitemap_finish(sitemap, &counts);
        status = status < 0 ? status : finished;
        em_sitemap_free(sitemap);
    }
    if (status < 0) {
        em_error("%s: %s", path, em_status_text(status));
        return EM_EXIT_FAILED;
    }
    fprintf(stderr, "%s: %s, %llu items, %llu without a usable address%s%s\n", path,
            em_sitemap_kind_name(counts.kind), (unsigned long long)counts.items,
            (unsigned long long)counts.invalid, counts.broken ? ", damaged" : "",
            counts.cut ? ", cut at a limit" : "");
    return counts.broken || counts.cut || counts.kind == EM_SITEMAP_UNKNOWN
               ? EM_EXIT_DAMAGED
               : EM_EXIT_OK;
}

static int sitemap_run(int argc, char **argv)
{
    struct state s = {.has_base = false};
    const char *url = NULL;
    const struct em_option options[] = {
        {EM_OPT_STRING, 0, "url", &url, "URL",
         "Say where the sitemap was fetched from. Relative addresses are then resolved, "
         "and each line says whether the sitemap may speak for the address "
         "(\"covered\")."},
        EM_OPTIONS_END};
    int operands, code = em_options_parse(&cmd_sitemap, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    if (operands > 1)
        return em_usage_error(&cmd_sitemap, "one file at a time");
    const char *path = operands ? argv[1] : "-";
    em_url_init(&s.base, EM_MAX_URL);
    em_url_init(&s.page, EM_MAX_URL);
    em_buf_init(&s.out, EM_MAX_LINE);
    s.has_base = url && em_url_parse(&s.base, em_view_of(url), NULL) == EM_OK;
    if (url && !s.has_base) {
        code = em_usage_error(&cmd_sitemap, "'%s' is no URL", url);
    } else {
        FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
        if (in) {
            code = sitemap_read_file(&s, in, path);
            if (in != stdin)
                fclose(in);
        } else {
            em_error("cannot open '%s': %s", path, strerror(errno));
            code = EM_EXIT_FAILED;
        }
    }
    em_url_release(&s.base);
    em_url_release(&s.page);
    em_buf_release(&s.out);
    return code;
}

const struct em_command cmd_sitemap = {
    .name = "sitemap",
    .arguments = "[FILE|-]",
    .summary = "list what a sitemap or feed names",
    .description =
        "Reads a sitemap (urlset, index or text; gzip too) or a feed (RSS, RDF, Atom) "
        "and writes\n"
        "{\"type\",\"loc\",\"lastmod\",\"published\",\"changefreq\",\"priority\"} for "
        "each page, sitemap,\n"
        "image, video and alternate address. A count goes to standard error. The exit "
        "code is 3\n"
        "when the input is damaged, cut at a limit, or not a sitemap.\n"
        "\n"
        "  echometer sitemap --url https://example.com/sitemap.xml sitemap.xml.gz",
    .run = sitemap_run,
    .plumbing = true,
};
