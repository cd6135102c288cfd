/* SPDX-License-Identifier: Apache-2.0
 *
 * `echometer text`: one page to its text, as the scan sees it.
 */
#include "base/json.h"
#include "base/limits.h"
#include "base/meter.h"
#include "cli/commands.h"
#include "crawler/archive/mime.h"
#include "crawler/page/extract.h"
#include "base/wire/robots_meta.h"

static const char *const kind_names[] = {
    [EM_BLOCK_PARAGRAPH] = "paragraph", [EM_BLOCK_HEADING] = "heading",
    [EM_BLOCK_LIST_ITEM] = "list-item", [EM_BLOCK_TABLE_CELL] = "table-cell",
    [EM_BLOCK_PREFORMATTED] = "pre",    [EM_BLOCK_QUOTE] = "quote",
    [EM_BLOCK_OTHER] = "other",
};

/* A tag or doctype near the beginning. Plain text that merely mentions one is rare, and
 * loses little when it is read as HTML. */
static bool looks_like_html(struct em_view body)
{
    static const char *const signs[] = {"<!doctype", "<html",  "<head", "<body", "<div",
                                        "<p",        "<title", "<meta", "<h1",   "<table",
                                        "<script",   "<span",  "<a ",   "<br",   "<?xml"};
    struct em_view head = em_view_sub(body, 0, 4096);
    /* UTF-16 has a zero byte in every ASCII character; its mark says it is text. */
    if (em_view_starts(head, EM_VIEW("\xFF\xFE")) ||
        em_view_starts(head, EM_VIEW("\xFE\xFF")))
        return true;
    for (size_t i = 0; i < head.len; i++)
        for (size_t k = 0; head.data[i] == '<' && k < sizeof(signs) / sizeof(*signs); k++)
            if (em_view_istarts(em_view_sub(head, i, head.len), em_view_of(signs[k])))
                return true;
    return false;
}

static void write_block(struct em_json *json, const struct em_doc *doc,
                        const struct em_block *b)
{
    em_json_object(json);
    em_json_key(json, "start");
    em_json_u64(json, b->start);
    em_json_key(json, "end");
    em_json_u64(json, b->end);
    em_json_key(json, "page_start");
    em_json_u64(json, b->page_start);
    em_json_key(json, "page_end");
    em_json_u64(json, b->page_end);
    em_json_key(json, "kind");
    em_json_string(json, em_view_of(kind_names[b->kind]));
    em_json_key(json, "main");
    em_json_bool(json, (b->flags & EM_BLOCK_MAIN) != 0);
    em_json_key(json, "hidden");
    em_json_bool(json, (b->flags & EM_BLOCK_HIDDEN) != 0);
    em_json_key(json, "link_bytes");
    em_json_u64(json, b->link_chars);
    em_json_key(json, "text");
    em_json_string(json, em_view_sub(doc->text, b->start, b->end - b->start));
    em_json_end(json);
}

static void write_rules(struct em_json *json, uint32_t rules)
{
    em_json_array(json);
    for (unsigned i = 0; i < EM_ROBOTS_RULE_COUNT; i++)
        if (rules >> i & 1)
            em_json_string(json,
                           em_view_of(em_robots_name((enum em_robots_rule)(1u << i))));
    em_json_end(json);
}

static void write_robots(struct em_json *json, const struct em_robots *robots)
{
    em_json_key(json, "robots");
    write_rules(json, robots->rules);
    em_json_key(json, "tdm_reservation"); /* null: nothing is said */
    if (robots->tdm == EM_TDM_UNSAID)
        em_json_null(json);
    else
        em_json_bool(json, robots->tdm == EM_TDM_RESERVED);
    em_json_key(json, "unavailable_after");
    em_json_string_or_null(json, em_view_of(robots->unavailable_after));
    em_json_key(json, "robots_agents");
    em_json_array(json);
    for (uint32_t i = 0; i < robots->n_agents; i++) {
        em_json_object(json);
        em_json_key(json, "agent");
        em_json_string(json, em_view_of(robots->agents[i].name));
        em_json_key(json, "rules");
        write_rules(json, robots->agents[i].rules);
        em_json_end(json);
    }
    em_json_end(json);
}

static void write_link(struct em_json *json, const struct em_link *link)
{
    static const char *const rels[] = {"nofollow", "ugc",  "sponsored", "author",
                                       "tag",      "next", "prev",      "license"};
    em_json_object(json);
    em_json_key(json, "href");
    em_json_string(json, link->href);
    em_json_key(json, "text");
    em_json_string(json, link->text);
    em_json_key(json, "rel");
    em_json_array(json);
    for (size_t i = 0; i < sizeof(rels) / sizeof(rels[0]); i++)
        if (link->rel >> i & 1)
            em_json_string(json, em_view_of(rels[i]));
    em_json_end(json);
    em_json_key(json, "main");
    em_json_bool(json, link->main);
    em_json_key(json, "page_start");
    em_json_u64(json, link->page_start);
    em_json_end(json);
}

/* What the page says of itself. */
static void write_about(struct em_json *json, const struct em_doc *doc)
{
    const struct {
        const char *key;
        struct em_view value;
    } strings[] = {
        {"title", doc->title},
        {"author", doc->author},
        {"site", doc->site},
        {"excerpt", doc->excerpt},
        {"canonical", doc->canonical},
        {"date", doc->published},
        {"published", doc->published},
        {"published_by", doc->published_by},
        {"lang_attribute", doc->lang_attribute},
    };
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        em_json_key(json, strings[i].key);
        em_json_string_or_null(json, strings[i].value);
    }
    em_json_key(json, "page_type");
    em_json_string_or_null(json, doc->page_type);
    em_json_key(json, "page_type_score");
    if (doc->page_type.len)
        em_json_fixed(json, (double)doc->page_type_score, 3);
    else
        em_json_null(json);
    if (doc->robots)
        write_robots(json, doc->robots);
}

static enum em_status write_json(struct em_buf *out, const struct em_doc *doc,
                                 const char *url, bool links)
{
    struct em_json json;
    em_json_init(&json, out);
    em_json_object(&json);
    em_json_schema(&json, 1);
    em_json_key(&json, "url");
    em_json_string_or_null(&json, em_view_of(url));
    write_about(&json, doc);
    em_json_key(&json, "lang");
    em_json_string(&json, doc->lang);
    em_json_key(&json, "lang_confidence");
    em_json_fixed(&json, (double)doc->lang_confidence, 3);
    em_json_key(&json, "charset");
    em_json_string(&json, doc->charset);
    em_json_key(&json, "replaced");
    em_json_u64(&json, doc->replaced);
    em_json_key(&json, "words");
    em_json_u64(&json, doc->words);
    em_json_key(&json, "hidden_bytes");
    em_json_u64(&json, doc->hidden_bytes);
    em_json_key(&json, "noscript_bytes");
    em_json_u64(&json, doc->noscript_bytes);
    em_json_key(&json, "cut");
    em_json_bool(&json, doc->cut);
    em_json_key(&json, "text");
    em_json_string(&json, doc->text);
    em_json_key(&json, "blocks");
    em_json_array(&json);
    for (size_t i = 0; i < doc->n_blocks; i++)
        write_block(&json, doc, &doc->blocks[i]);
    em_json_end(&json);
    if (links) {
        em_json_key(&json, "links");
        em_json_array(&json);
        for (size_t i = 0; i < doc->n_links; i++)
            write_link(&json, &doc->links[i]);
        em_json_end(&json);
    }
    em_json_end(&json);
    return em_json_finish(&json);
}

struct arguments {
    bool all, json, links;
    const char *url, *charset, *header;
};

static int extract(const struct arguments *a, struct em_extractor *extractor,
                   const char *path, struct em_view body)
{
    struct em_page page = {
        .kind = looks_like_html(body) ? EM_PAGE_HTML : EM_PAGE_TEXT,
        .url = em_view_of(a->url),
        .charset = em_view_of(a->charset),
        .http_header = em_view_of(a->header),
        .body = body,
    };
    struct em_doc doc;
    enum em_drop drop =
        page.kind == EM_PAGE_TEXT && !page.charset.len && em_mime_is_binary(body)
            ? EM_DROP_BINARY
            : em_extract(extractor, &page, &doc);
    if (drop != EM_DROP_NONE) {
        em_error("%s: no text: %s", path, em_drop_meaning(drop));
        return EM_EXIT_FAILED;
    }
    if (!a->json) {
        fwrite(doc.text.data, 1, doc.text.len, stdout);
        fputc('\n', stdout);
        return EM_EXIT_OK;
    }
    struct em_buf out;
    /* Text twice (whole and by block), each byte escaped to six at worst, and numbers. */
    em_buf_init(&out, 12 * EM_MAX_TEXT + 256 * (size_t)EM_MAX_BLOCKS +
                          (a->links ? 12 * EM_MAX_TEXT : 0) + EM_MIB);
    enum em_status status = write_json(&out, &doc, a->url, a->links);
    if (status < 0)
        em_error("%s: %s", path, em_status_text(status));
    else
        fwrite(out.data, 1, out.len, stdout);
    em_buf_release(&out);
    return status < 0 ? EM_EXIT_FAILED : EM_EXIT_OK;
}

static int text_run(int argc, char **argv)
{
    struct arguments a = {0};
    const struct em_option options[] = {
        {EM_OPT_FLAG, 'a', "all", &a.all, NULL,
         "Include boilerplate blocks; with --json, hidden ones too."},
        {EM_OPT_FLAG, 'j', "json", &a.json, NULL,
         "Print one JSON object: what the page says about itself (title, author, date "
         "and how it was found, canonical address, robots rules), language, charset, "
         "text, and blocks with their offsets."},
        {EM_OPT_FLAG, 0, "links", &a.links, NULL,
         "With --json, include links with their text and rel."},
        {EM_OPT_STRING, 0, "header", &a.header, "FIELD",
         "Take this HTTP header field into account, as in \"X-Robots-Tag: noai\"."},
        {EM_OPT_STRING, 0, "url", &a.url, "URL",
         "Say where the page came from; relative addresses are resolved against it "
         "(default: unknown)."},
        {EM_OPT_STRING, 0, "charset", &a.charset, "LABEL",
         "Use this encoding, as declared by HTTP; it overrides what the page declares "
         "(default: detect it)."},
        EM_OPTIONS_END};
    int operands, code = em_options_parse(&cmd_text, options, argc, argv, &operands);
    if (code != EM_EXIT_OK)
        return code;
    if (operands > 1)
        return em_usage_error(&cmd_text, "one file at a time");
    struct em_extract_options extract_options = {
        .all = a.all, .links = a.links, .hidden = a.all && a.json};
    const char *path = operands ? argv[1] : "-";
    struct em_err err = {.status = EM_OK};
    struct em_buf body;
    struct em_extractor *extractor = NULL;
    em_buf_init(&body, EM_MAX_BLOCK);
    code = EM_EXIT_FAILED;
    em_meter_begin(EM_METER_STEPS, "reading the page", 0);
    if (em_read_file(path, &body, &err) < 0 ||
        em_extractor_new(&extractor, &extract_options, &err) < 0)
        em_error_report(path, &err);
    else
        code = extract(&a, extractor, path, em_buf_view(&body));
    em_extractor_free(extractor);
    em_buf_release(&body);
    return code;
}

const struct em_command cmd_text = {
    .name = "text",
    .meters = true,
    .arguments = "[FILE|-]",
    .summary = "extract the main text of one page",
    .description = "Reads an HTML page or plain text (recognised by content) and writes "
                   "its main text, with\n"
                   "blocks separated by a blank line.\n"
                   "\n"
                   "  echometer text page.html\n"
                   "  curl -s URL | echometer text --url URL --json -",
    .run = text_run,
    .plumbing = true,
};
