/* SPDX-License-Identifier: Apache-2.0
 *
 * See rsl.h. The form is records of u32 flags, u16 length (little-endian) and the pattern of a
 * content, in the order of the document.
 */
#include "crawler/web/rsl.h"

#include "base/limits.h"
#include "crawler/web/robots_int.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

enum {
    RSL_USES = EM_OPTOUT_SEARCH_NO | EM_OPTOUT_AI_INPUT_NO | EM_OPTOUT_AI_TRAIN_NO,
    RSL_HEAD = 6,
    RSL_TEXT = 4096, /* of one list of words */
};

enum rsl_element { RSL_OTHER, RSL_PERMITS, RSL_PROHIBITS };

struct rsl_reader {
    struct em_buf *form, pattern, text;
    enum em_status failed;
    xmlParserCtxtPtr xml;
    unsigned depth;
    bool known; /* the first element was <rsl>, or one with its prefix has come */
    /* the content that is open */
    bool content, server;
    uint32_t free, paid;
    unsigned licences;
    /* the licence that is open: uses, as the flags that forbid them */
    bool licence, permits_said;
    uint32_t permitted, prohibited, unpaid;
    bool payment_said;
    enum rsl_element collecting;
};

static struct em_view rsl_attribute(const xmlChar **attributes, const char *name)
{
    for (; attributes && attributes[0]; attributes += 2)
        if (strcmp((const char *)attributes[0], name) == 0 && attributes[1])
            return em_view_of((const char *)attributes[1]);
    return EM_VIEW_NONE;
}

/* --- contents ------------------------------------------------------------------------------ */

static void open_content(struct rsl_reader *r, const xmlChar **attributes)
{
    struct em_view url = em_view_trim(rsl_attribute(attributes, "url"));
    r->content = true;
    r->server = em_view_trim(rsl_attribute(attributes, "server")).len > 0;
    r->free = r->paid = 0;
    r->licences = 0;
    em_buf_clear(&r->pattern);
    if (url.len == 0)
        url = EM_VIEW("/");
    if (url.len > EM_MAX_URL || em_robots_upper_escapes(&r->pattern, url) < 0)
        r->content = false;
}

static void close_content(struct rsl_reader *r)
{
    char head[RSL_HEAD];
    uint32_t flags = EM_OPTOUT_LICENCE;
    if (!r->content)
        return;
    r->content = false;
    uint32_t free = r->licences ? r->free : RSL_USES, paid = r->paid;
    if (r->server) { /* spec: RSL 1.0 3.2: a licence has to be had from there, even a free one */
        paid |= free;
        free = 0;
    }
    flags |= RSL_USES & ~free;
    flags |= paid & ~free ? EM_OPTOUT_LICENCE_PAID : 0;
    if (r->form->len + sizeof(head) + r->pattern.len > EM_MAX_RSL_FORM)
        return;
    em_robots_put_u32(head, flags);
    em_robots_put_u16(head + 4, (uint16_t)r->pattern.len);
    r->failed = em_buf_append(r->form, head, sizeof(head));
    if (r->failed == EM_OK)
        r->failed = em_buf_append_view(r->form, em_buf_view(&r->pattern));
}

/* --- licences ------------------------------------------------------------------------------ */

static void open_licence(struct rsl_reader *r)
{
    r->licence = true;
    r->permits_said = r->payment_said = false;
    r->permitted = r->prohibited = r->unpaid = 0;
    r->licences++;
}

/* Licences are offers: what one of them gives is given. */
static void close_licence(struct rsl_reader *r)
{
    uint32_t given = (r->permits_said ? r->permitted : RSL_USES) & ~r->prohibited;
    uint32_t unpaid = r->payment_said ? r->unpaid : RSL_USES;
    if (!r->licence)
        return;
    r->licence = false;
    r->free |= given & unpaid;
    r->paid |= given & ~unpaid;
}

/* Of several payments one may choose. spec: RSL 1.0 3.7 */
static void take_payment(struct rsl_reader *r, struct em_view type)
{
    bool free =
        em_view_ieq(type, EM_VIEW("free")) || em_view_ieq(type, EM_VIEW("attribution"));
    r->payment_said = true;
    if (free)
        r->unpaid = RSL_USES;
    else if (em_view_ieq(type, EM_VIEW("training")))
        r->unpaid |= RSL_USES & ~(uint32_t)EM_OPTOUT_AI_TRAIN_NO;
    else if (em_view_ieq(type, EM_VIEW("use")) || em_view_ieq(type, EM_VIEW("inference")))
        r->unpaid |= RSL_USES & ~(uint32_t)EM_OPTOUT_AI_INPUT_NO;
}

/* "search ai-train"; commas are not in the specification, but in documents. */
static void take_uses(struct rsl_reader *r)
{
    struct em_view text = em_buf_view(&r->text);
    for (size_t at = 0, end; at < text.len; at = end + 1) {
        for (end = at; end < text.len && !em_robots_space(text.data[end]) &&
                       text.data[end] != ',' && text.data[end] != ';';)
            end++;
        uint32_t uses =
            em_optout_use(em_view_sub(text, at, end - at), true) & (uint32_t)RSL_USES;
        if (r->collecting == RSL_PERMITS)
            r->permitted |= uses;
        else
            r->prohibited |= uses;
    }
}

static void open_list(struct rsl_reader *r, enum rsl_element which, struct em_view type)
{
    if (type.len && !em_view_ieq(type, EM_VIEW("usage")))
        return; /* users, countries */
    r->permits_said |= which == RSL_PERMITS;
    r->collecting = which;
    em_buf_clear(&r->text);
}

/* --- the parser ------------------------------------------------------------------------------ */

static const char *local_name(const xmlChar *name, bool *prefixed)
{
    const char *whole = (const char *)name, *colon = strchr(whole, ':');
    *prefixed = colon && colon == whole + 3 && strncmp(whole, "rsl", 3) == 0;
    return colon ? colon + 1 : whole;
}

static void rsl_stop(struct rsl_reader *r)
{
    xmlStopParser(r->xml);
}

static void rsl_on_start(void *context, const xmlChar *name, const xmlChar **attributes)
{
    struct rsl_reader *r = context;
    bool prefixed;
    const char *local = local_name(name, &prefixed);
    bool root = r->depth++ == 0;
    r->known |= prefixed || (root && strcmp(local, "rsl") == 0);
    if (r->depth > EM_MAX_RSL_DEPTH || r->failed < 0)
        rsl_stop(r);
    else if (!r->known)
        return; /* perhaps a feed with elements of RSL further down */
    else if (strcmp(local, "content") == 0)
        open_content(r, attributes);
    else if (strcmp(local, "license") == 0 && r->content)
        open_licence(r);
    else if (strcmp(local, "permits") == 0 && r->licence)
        open_list(r, RSL_PERMITS, rsl_attribute(attributes, "type"));
    else if (strcmp(local, "prohibits") == 0 && r->licence)
        open_list(r, RSL_PROHIBITS, rsl_attribute(attributes, "type"));
    else if (strcmp(local, "payment") == 0 && r->licence)
        take_payment(r, em_view_trim(rsl_attribute(attributes, "type")));
}

static void rsl_on_end(void *context, const xmlChar *name)
{
    struct rsl_reader *r = context;
    bool prefixed;
    const char *local = local_name(name, &prefixed);
    r->depth -= r->depth > 0;
    if (r->collecting != RSL_OTHER)
        take_uses(r);
    r->collecting = RSL_OTHER;
    if (strcmp(local, "license") == 0)
        close_licence(r);
    else if (strcmp(local, "content") == 0)
        close_content(r);
}

static void rsl_on_text(void *context, const xmlChar *text, int len)
{
    struct rsl_reader *r = context;
    size_t room = RSL_TEXT - r->text.len, n = len > 0 ? (size_t)len : 0;
    if (r->collecting != RSL_OTHER && r->failed == EM_OK)
        r->failed = em_buf_append(&r->text, text, n < room ? n : room);
}

/* XML's own five; nothing a document declares exists. */
static xmlEntityPtr rsl_on_entity(void *context, const xmlChar *name)
{
    (void)context;
    return xmlGetPredefinedEntity(name);
}

static enum em_status rsl_read(struct rsl_reader *r, struct em_view xml)
{
    enum { CHUNK = 4096 };
    xmlSAXHandler sax;
    memset(&sax, 0, sizeof(sax));
    sax.startElement = rsl_on_start;
    sax.endElement = rsl_on_end;
    sax.characters = rsl_on_text;
    sax.cdataBlock = rsl_on_text;
    sax.getEntity = rsl_on_entity;
    r->xml = xmlCreatePushParserCtxt(&sax, r, NULL, 0, NULL);
    if (!r->xml)
        return EM_ERR_NOMEM;
    xmlCtxtUseOptions(r->xml, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    for (size_t at = 0; at < xml.len && r->failed == EM_OK; at += CHUNK) {
        size_t n = xml.len - at < CHUNK ? xml.len - at : CHUNK;
        if (xmlParseChunk(r->xml, xml.data + at, (int)n, at + n == xml.len) != 0)
            break;
    }
    xmlFreeParserCtxt(r->xml);
    return r->failed;
}

enum em_status em_rsl_parse(struct em_buf *form, struct em_view xml)
{
    struct rsl_reader r = {.form = form};
    em_buf_clear(form);
    em_buf_init(&r.pattern, 3 * EM_MAX_URL + 1);
    em_buf_init(&r.text, RSL_TEXT + 1);
    xml = em_view_trim(em_view_sub(xml, 0, EM_MAX_RSL));
    enum em_status status = xml.len ? rsl_read(&r, xml) : EM_OK;
    /* cut in the middle: what is open was said, and nothing is given that was not read */
    if (status == EM_OK && r.content) {
        r.licence = false;
        r.licences++;
        close_content(&r);
        status = r.failed;
    }
    em_buf_release(&r.pattern);
    em_buf_release(&r.text);
    if (status == EM_OK && !r.known)
        status = EM_ERR_FORMAT;
    if (status < 0)
        em_buf_clear(form);
    return status;
}

/* --- questions ------------------------------------------------------------------------------- */

/* "https://a.example/x?y" as "a.example" and "/x?y". */
static void split_url(struct em_view url, struct em_view *host, struct em_view *path)
{
    size_t at = em_view_find(url, 0, EM_VIEW("://"));
    at = at < url.len ? at + 3 : 0;
    size_t end = em_view_find(url, at, EM_VIEW("/"));
    *host = em_view_sub(url, at, end - at);
    *path = end < url.len ? em_view_sub(url, end, url.len) : EM_VIEW("/");
}

/* "*.example.org" covers its subdomains, "*" all. */
static bool covers_host(struct em_view pattern, struct em_view host)
{
    if (pattern.len == 0 || pattern.data[0] != '*')
        return em_view_ieq(pattern, host);
    struct em_view rest = em_view_sub(pattern, 1, pattern.len);
    return rest.len <= host.len &&
           em_view_ieq(em_view_sub(host, host.len - rest.len, rest.len), rest);
}

/* The length of what matched, and 1; 0 where the pattern does not cover the URL. */
static size_t covers(struct em_view pattern, struct em_view host, struct em_view path)
{
    struct em_view asset_host, asset = pattern;
    if (em_view_find(pattern, 0, EM_VIEW("://")) < pattern.len) {
        if (!em_view_istarts(pattern, EM_VIEW("http")))
            return 0; /* an asset that is no page */
        split_url(pattern, &asset_host, &asset);
        if (!covers_host(asset_host, host))
            return 0;
    } else if (pattern.len && pattern.data[0] != '/' && pattern.data[0] != '*') {
        return 0; /* "urn:isbn:..." */
    }
    return em_robots_pattern_matches(asset, path) ? asset.len + 1 : 0;
}

uint32_t em_rsl_flags(struct em_view form, struct em_view url)
{
    struct em_view host, path;
    uint32_t flags = 0;
    size_t longest = 0;
    split_url(url, &host, &path);
    for (size_t at = 0; at + RSL_HEAD <= form.len;) {
        uint32_t said = em_robots_u32(form.data + at);
        size_t len = em_robots_u16(form.data + at + 4);
        if (len > form.len - at - RSL_HEAD)
            break;
        struct em_view pattern = em_view_sub(form, at + RSL_HEAD, len);
        size_t covered = covers(pattern, host, path);
        at += RSL_HEAD + len;
        if (covered == 0 || covered < longest)
            continue;
        flags = covered > longest ? said : flags | said;
        longest = covered;
    }
    return flags & (RSL_USES | EM_OPTOUT_LICENCE | EM_OPTOUT_LICENCE_PAID);
}
