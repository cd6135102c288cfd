/* SPDX-License-Identifier: Apache-2.0
 *
 * Sitemaps and feeds: bytes to items.
 *
 *     bytes ─ gzip? ─┬─ XML push parser ─ elements ─ entry ─ items
 *                    └─ lines of text ────────────────────────┘
 *
 * Elements are known by their local name: namespaces in the wild are wrong more often than
 * they are needed. What counts is the parent, so that <image:loc> is not <loc>.
 */
#include "crawler/web/sitemap.h"

#include "base/wire/loose_date.h"
#include "crawler/web/xml_clean.h"

#include "base/alloc.h"
#include "base/date.h"
#include "base/limits.h"

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdlib.h>
#include <zlib.h>

/* Local name, element. The order is that of the enum. */
#define ELEMENTS(X)                                                                      \
    X(URLSET, "urlset")                                                                  \
    X(SITEMAPINDEX, "sitemapindex")                                                      \
    X(RSS, "rss")                                                                        \
    X(RDF, "RDF")                                                                        \
    X(FEED, "feed")                                                                      \
    X(URL, "url")                                                                        \
    X(SITEMAP, "sitemap")                                                                \
    X(ITEM, "item")                                                                      \
    X(ENTRY, "entry")                                                                    \
    X(IMAGE, "image")                                                                    \
    X(VIDEO, "video")                                                                    \
    X(NEWS, "news")                                                                      \
    X(LOC, "loc")                                                                        \
    X(CONTENT_LOC, "content_loc")                                                        \
    X(PLAYER_LOC, "player_loc")                                                          \
    X(LASTMOD, "lastmod")                                                                \
    X(CHANGEFREQ, "changefreq")                                                          \
    X(PRIORITY, "priority")                                                              \
    X(PUBLICATION_DATE, "publication_date")                                              \
    X(LINK, "link")                                                                      \
    X(GUID, "guid")                                                                      \
    X(PUBDATE, "pubDate")                                                                \
    X(DATE, "date")                                                                      \
    X(PUBLISHED, "published")                                                            \
    X(ISSUED, "issued")                                                                  \
    X(UPDATED, "updated")                                                                \
    X(MODIFIED, "modified")

enum element {
    E_OTHER,
#define X(name, text) E_##name,
    ELEMENTS(X)
#undef X
};

enum source { SOURCE_UNKNOWN, SOURCE_XML, SOURCE_TEXT };

enum tag { TAG_NONE, TAG_OPEN, TAG_ELEMENT };
enum { MAX_TAG_QUOTES = 256 };

struct em_sitemap {
    em_sitemap_fn fn;
    void *context;
    enum em_status failed; /* of fn or memory: ends all */
    struct em_sitemap_counts counts;
    struct em_url base, url;
    bool has_base;
    /* input */
    enum source source;
    struct em_buf head; /* bytes until the kind is known; then the line of a text */
    z_stream zip;
    bool zipped, magic_known;
    bool zip_over;    /* nothing more to inflate */
    uint64_t members; /* gzip members that ended well */
    size_t total;     /* bytes after inflating */
    xmlParserCtxtPtr xml;
    struct em_xml_cleaner cleaner;
    struct em_buf clean;
    bool raw;    /* not ASCII's superset (UTF-16): given to the parser as it is */
    uint8_t tag; /* how far the raw bytes are into a tag */
    size_t tag_bytes, tag_quotes;
    /* where we are */
    uint8_t stack[EM_MAX_SITEMAP_DEPTH];
    size_t depth;
    /* the entry that is open: <url>, <sitemap>, <item>, <entry> */
    struct em_buf text, loc, second, changefreq;
    int64_t lastmod, published;
    float priority;
    bool open, collecting;
    bool none; /* it is no sitemap: nothing more is wanted */
};

const char *em_sitemap_kind_name(enum em_sitemap_kind kind)
{
    static const char *const names[] = {"unknown", "urlset", "index",
                                        "text",    "rss",    "atom"};
    return names[kind];
}

const char *em_sitemap_item_name(enum em_sitemap_item_type type)
{
    static const char *const names[] = {"page", "sitemap", "image", "video", "alternate"};
    return names[type];
}

/* --- items ------------------------------------------------------------------------------ */

/* Lines that are no addresses before the first that is one: then it is no sitemap. */
enum { MAX_STRAY_LINES = 100 };

static bool stopped(const struct em_sitemap *s)
{
    return s->failed < 0 || s->counts.cut || s->none;
}

/* First failure stays. */
static void sitemap_note(struct em_sitemap *s, enum em_status status)
{
    if (status < 0 && s->failed == EM_OK)
        s->failed = status;
}

static void emit(struct em_sitemap *s, enum em_sitemap_item_type type, struct em_view loc)
{
    if (stopped(s))
        return;
    loc = em_view_trim(loc);
    bool relative = s->has_base && s->source == SOURCE_XML;
    enum em_status status = em_url_parse(&s->url, loc, relative ? &s->base : NULL);
    if (status == EM_ERR_NOMEM) {
        sitemap_note(s, status);
        return;
    }
    if (loc.len == 0 || status != EM_OK ||
        (s->url.scheme != EM_SCHEME_HTTP && s->url.scheme != EM_SCHEME_HTTPS)) {
        s->counts.invalid++;
        s->none |= s->source == SOURCE_TEXT && s->counts.items == 0 &&
                   s->counts.invalid >= MAX_STRAY_LINES;
        return;
    }
    bool whole = type == EM_ITEM_PAGE || type == EM_ITEM_SITEMAP;
    struct em_sitemap_item item = {
        .type = type,
        .loc = em_url_href(&s->url),
        .lastmod = whole ? s->lastmod : EM_DATE_UNKNOWN,
        .published = whole ? s->published : EM_DATE_UNKNOWN,
        .changefreq = whole ? em_buf_view(&s->changefreq) : EM_VIEW_NONE,
        .priority = whole ? s->priority : -1,
    };
    s->counts.items++;
    sitemap_note(s, s->fn(s->context, &item));
    if (s->counts.items >= EM_MAX_SITEMAP_ITEMS)
        s->counts.cut = true;
}

static void open_entry(struct em_sitemap *s)
{
    em_buf_clear(&s->loc);
    em_buf_clear(&s->second);
    em_buf_clear(&s->changefreq);
    s->lastmod = s->published = EM_DATE_UNKNOWN;
    s->priority = -1;
    s->open = true;
}

static bool is_http(struct em_view text)
{
    return em_view_istarts(text, EM_VIEW("http://")) ||
           em_view_istarts(text, EM_VIEW("https://"));
}

/* Keep the first address that an entry names. */
static void sitemap_keep(struct em_sitemap *s, struct em_buf *where, struct em_view text)
{
    text = em_view_trim(text);
    if (where->len == 0 && text.len && text.len <= EM_MAX_URL)
        sitemap_note(s, em_buf_append_view(where, text));
}

static void close_entry(struct em_sitemap *s, enum em_sitemap_item_type type)
{
    struct em_view bare = em_view_trim(em_buf_view(&s->text));
    if (is_http(bare))
        sitemap_keep(s, &s->second, bare);
    struct em_view loc = em_buf_view(s->loc.len ? &s->loc : &s->second);
    if (s->open && loc.len)
        emit(s, type, loc);
    else if (s->open)
        s->counts.invalid++;
    s->open = false;
}

/* --- elements --------------------------------------------------------------------------- */

static enum element element_of(const char *name)
{
    static const char *const names[] = {
#define X(id, text) text,
        ELEMENTS(X)
#undef X
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return (enum element)(i + 1);
    return E_OTHER;
}

static enum element parent_of(const struct em_sitemap *s, size_t up)
{
    return s->depth > up && s->depth <= EM_MAX_SITEMAP_DEPTH
               ? (enum element)s->stack[s->depth - 1 - up]
               : E_OTHER;
}

/* The value of an attribute by its whole name, as in "xml:base". */
static struct em_view sitemap_attribute(const xmlChar **attributes, const char *name)
{
    for (; attributes && attributes[0]; attributes += 2)
        if (attributes[1] && strcmp((const char *)attributes[0], name) == 0)
            return em_view_of((const char *)attributes[1]);
    return EM_VIEW_NONE;
}

/* "&amp;" in attribute values comes as "&#38;" where entities are not substituted. */
static void keep_attribute(struct em_sitemap *s, struct em_buf *where, struct em_view v)
{
    if (where->len || v.len > EM_MAX_URL)
        return;
    for (size_t i = 0; i < v.len && s->failed == EM_OK;) {
        struct em_view rest = em_view_sub(v, i, v.len);
        bool amp = em_view_starts(rest, EM_VIEW("&#38;"));
        sitemap_note(s, em_buf_putc(where, rest.data[0]));
        i += amp ? 5 : 1;
    }
}

/* xml:base changes what relative addresses of a feed mean. */
static void set_base(struct em_sitemap *s, struct em_view base)
{
    struct em_url now;
    if (base.len == 0)
        return;
    em_url_init(&now, EM_MAX_URL);
    enum em_status status = em_url_parse(&now, base, s->has_base ? &s->base : NULL);
    if (status == EM_OK) {
        sitemap_note(s, em_url_copy(&s->base, &now));
        s->has_base = true;
    } else if (status == EM_ERR_NOMEM) {
        sitemap_note(s, status);
    }
    em_url_release(&now);
}

/* <link> of Atom, and of Atom in RSS: the first that leads to the page itself. */
static void link_element(struct em_sitemap *s, const xmlChar **attributes)
{
    struct em_view href = sitemap_attribute(attributes, "href");
    struct em_view rel = sitemap_attribute(attributes, "rel");
    enum element parent = parent_of(s, 0);
    if (href.len == 0)
        return;
    if (parent == E_URL) { /* xhtml:link */
        if (em_view_ieq(rel, EM_VIEW("alternate"))) {
            em_buf_clear(&s->text);
            keep_attribute(s, &s->text, href);
            emit(s, EM_ITEM_ALTERNATE, em_buf_view(&s->text));
        }
    } else if ((parent == E_ENTRY || parent == E_ITEM) &&
               (rel.len == 0 || em_view_ieq(rel, EM_VIEW("alternate")))) {
        keep_attribute(s, parent == E_ENTRY ? &s->loc : &s->second, href);
    }
}

static void root_element(struct em_sitemap *s, enum element e)
{
    s->counts.kind = e == E_URLSET              ? EM_SITEMAP_URLSET
                     : e == E_SITEMAPINDEX      ? EM_SITEMAP_INDEX
                     : e == E_RSS || e == E_RDF ? EM_SITEMAP_RSS
                     : e == E_FEED              ? EM_SITEMAP_ATOM
                                                : EM_SITEMAP_UNKNOWN;
    s->none = s->counts.kind == EM_SITEMAP_UNKNOWN;
}

/* libxml2 drops every reference after the first flaw of a document; it is told to forget the
 * flaw, which has been noted. */
static void forgive(struct em_sitemap *s)
{
    if (!s->xml || s->xml->wellFormed)
        return;
    s->counts.broken = true;
    s->xml->wellFormed = 1;
}

static void on_start(void *context, const xmlChar *name, const xmlChar **attributes)
{
    struct em_sitemap *s = context;
    if (stopped(s))
        return;
    forgive(s);
    const char *whole = (const char *)name, *colon = strchr(whole, ':');
    enum element e = element_of(colon ? colon + 1 : whole);
    /* <media:...> and <itunes:...> have items and links of their own */
    if (strncmp(whole, "media:", 6) == 0 || strncmp(whole, "itunes:", 7) == 0)
        e = E_OTHER;
    if (s->depth == 0)
        root_element(s, e);
    if (s->none)
        return;
    if (e == E_URL || e == E_SITEMAP || e == E_ITEM || e == E_ENTRY) {
        if (s->open) /* the end of the one before is missing */
            close_entry(s, parent_of(s, 0) == E_SITEMAP ? EM_ITEM_SITEMAP : EM_ITEM_PAGE);
        open_entry(s);
    }
    if (e == E_FEED || e == E_ENTRY || e == E_RSS || e == E_ITEM)
        set_base(s, sitemap_attribute(attributes, "xml:base"));
    if (e == E_LINK)
        link_element(s, attributes);
    /* some write an address without <loc> around it */
    s->collecting = e >= E_LOC || e == E_URL || e == E_SITEMAP;
    em_buf_clear(&s->text);
    if (s->depth < EM_MAX_SITEMAP_DEPTH)
        s->stack[s->depth] = (uint8_t)e;
    else if (s->depth > 4 * EM_MAX_SITEMAP_DEPTH) /* the parser's own stack grows too */
        s->counts.broken = s->none = true;
    s->depth++;
}

static float read_priority(struct em_view text)
{
    char copy[16];
    text = em_view_trim(text);
    if (text.len == 0 || text.len >= sizeof(copy))
        return -1;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    float value = strtof(copy, NULL);
    return value >= 0 && value <= 1 ? value : -1;
}

static void keep_date(int64_t *where, struct em_view text)
{
    if (*where == EM_DATE_UNKNOWN)
        *where = em_loose_date(text);
}

/* A leaf of an entry ended: s->text is what it held. */
static void leaf(struct em_sitemap *s, enum element e, enum element parent)
{
    struct em_view text = em_buf_view(&s->text);
    bool entry =
        parent == E_URL || parent == E_SITEMAP || parent == E_ITEM || parent == E_ENTRY;
    if (parent == E_IMAGE && e == E_LOC)
        emit(s, EM_ITEM_IMAGE, text);
    else if (parent == E_VIDEO && (e == E_CONTENT_LOC || e == E_PLAYER_LOC))
        emit(s, EM_ITEM_VIDEO, text);
    else if (parent == E_NEWS && e == E_PUBLICATION_DATE)
        keep_date(&s->published, text);
    if (!entry)
        return;
    if (e == E_LOC || (e == E_LINK && parent == E_ITEM))
        sitemap_keep(s, &s->loc, text);
    else if (e == E_GUID && is_http(em_view_trim(text)))
        sitemap_keep(s, &s->second, text);
    else if (e == E_LASTMOD || e == E_UPDATED || e == E_MODIFIED)
        keep_date(&s->lastmod, text);
    else if (e == E_PUBDATE || e == E_DATE || e == E_PUBLISHED || e == E_ISSUED)
        keep_date(&s->published, text);
    else if (e == E_PRIORITY)
        s->priority = read_priority(text);
    else if (e == E_CHANGEFREQ && em_view_trim(text).len <= 16)
        sitemap_keep(s, &s->changefreq, text);
}

static void on_end(void *context, const xmlChar *name)
{
    struct em_sitemap *s = context;
    (void)name;
    if (stopped(s))
        return;
    forgive(s);
    enum element e = parent_of(s, 0), parent = parent_of(s, 1);
    if (s->depth == 0)
        return;
    if (e >= E_LOC)
        leaf(s, e, parent);
    else if (e == E_URL || e == E_ITEM || e == E_ENTRY)
        close_entry(s, EM_ITEM_PAGE);
    else if (e == E_SITEMAP)
        close_entry(s, EM_ITEM_SITEMAP);
    s->collecting = false;
    em_buf_clear(&s->text);
    s->depth--;
}

static void on_text(void *context, const xmlChar *text, int len)
{
    struct em_sitemap *s = context;
    forgive(s);
    if (stopped(s) || !s->collecting || len <= 0 || s->text.len > EM_MAX_URL)
        return;
    size_t n = (size_t)len, room = EM_MAX_URL + 1 - s->text.len;
    sitemap_note(s, em_buf_append(&s->text, text, n < room ? n : room));
}

/* XML's own five; nothing a document declares exists. */
static xmlEntityPtr on_entity(void *context, const xmlChar *name)
{
    (void)context;
    return xmlGetPredefinedEntity(name);
}

/* --- XML -------------------------------------------------------------------------------- */

static enum em_status start_xml(struct em_sitemap *s)
{
    xmlSAXHandler sax;
    memset(&sax, 0, sizeof(sax));
    /* the old interface: the one with namespaces looks each prefix up among all that are
     * open, which a document can make slow */
    sax.startElement = on_start;
    sax.endElement = on_end;
    sax.characters = on_text;
    sax.cdataBlock = on_text;
    sax.getEntity = on_entity;
    s->xml = xmlCreatePushParserCtxt(&sax, s, NULL, 0, NULL);
    if (!s->xml)
        return EM_ERR_NOMEM;
    xmlCtxtUseOptions(s->xml, XML_PARSE_NONET | XML_PARSE_RECOVER | XML_PARSE_NOERROR |
                                  XML_PARSE_NOWARNING);
    return EM_OK;
}

/* Encodings in which '<', '>' and quotes are themselves and nothing else is. */
static bool plain_encoding(const xmlChar *name)
{
    static const char *const plain[] = {
        "utf-8",    "utf8",  "utf-16",      "us-ascii",  "ascii",  "iso-8859-",
        "iso8859-", "latin", "windows-125", "cp125",     "gb2312", "gbk",
        "gb18030",  "big5",  "euc-",        "shift_jis", "koi8-",  "tis-620"};
    if (!name)
        return true;
    struct em_view v = em_view_of((const char *)name);
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        if (em_view_istarts(v, em_view_of(plain[i])))
            return true;
    return false;
}

static enum em_status push_chunks(struct em_sitemap *s, struct em_view bytes, bool last)
{
    while ((bytes.len || last) && !stopped(s)) {
        size_t n = bytes.len < 64 * EM_KIB ? bytes.len : 64 * EM_KIB;
        bool end = last && n == bytes.len;
        int code = xmlParseChunk(s->xml, bytes.data, (int)n, end);
        if (code == XML_ERR_NO_MEMORY)
            return EM_ERR_NOMEM;
        s->counts.broken |= !s->xml->wellFormed && !s->none;
        if (!plain_encoding(s->xml->encoding))
            s->counts.broken = s->none = true;
        if (end || s->xml->disableSAX)
            break;
        bytes = em_view_sub(bytes, n, bytes.len);
    }
    return s->failed;
}

/* libxml2 compares every attribute of a tag with all before it. A tag longer
 * than any real one, or with more quotes, is not handed over: bytes up to it are. */
static size_t before_huge_tag(struct em_sitemap *s, struct em_view bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        char c = bytes.data[i];
        if (s->tag == TAG_NONE) {
            const char *open = memchr(bytes.data + i, '<', bytes.len - i);
            if (!open)
                break;
            i = (size_t)(open - bytes.data);
            s->tag = TAG_OPEN;
            s->tag_bytes = s->tag_quotes = 0;
        } else if (s->tag == TAG_OPEN) {
            if (c != '\0') /* UTF-16 */
                s->tag = c == '!' || c == '?' || c == '/' ? TAG_NONE : TAG_ELEMENT;
        } else if (c == '>') {
            s->tag = TAG_NONE;
        } else {
            s->tag_quotes += c == '"' || c == '\'';
            if (++s->tag_bytes > EM_MAX_SITEMAP_TAG || s->tag_quotes > MAX_TAG_QUOTES)
                return i;
        }
    }
    return bytes.len;
}

static enum em_status push_xml(struct em_sitemap *s, struct em_view bytes, bool last)
{
    if (!s->raw) {
        em_buf_clear(&s->clean);
        EM_TRY(em_xml_clean(&s->cleaner, &s->clean, bytes, last));
        s->counts.broken |= s->cleaner.mended && s->counts.kind != EM_SITEMAP_UNKNOWN;
        bytes = em_buf_view(&s->clean);
    }
    size_t fine = before_huge_tag(s, bytes);
    if (fine < bytes.len) {
        EM_TRY(push_chunks(s, em_view_sub(bytes, 0, fine), true));
        s->counts.broken = s->none = true;
        return s->failed;
    }
    return push_chunks(s, bytes, last);
}

/* --- text ------------------------------------------------------------------------------- */

static enum em_status push_text(struct em_sitemap *s, struct em_view bytes, bool last)
{
    for (size_t at = 0; at < bytes.len && !stopped(s);) {
        size_t end = at;
        while (end < bytes.len && bytes.data[end] != '\n' && bytes.data[end] != '\r')
            end++;
        if (s->head.len <= EM_MAX_URL) /* longer lines are no addresses */
            EM_TRY(em_buf_append_view(
                &s->head,
                em_view_sub(bytes, at,
                            end - at <= EM_MAX_URL + 1 ? end - at : EM_MAX_URL + 1)));
        if (end < bytes.len) {
            if (em_view_trim(em_buf_view(&s->head)).len)
                emit(s, EM_ITEM_PAGE, em_buf_view(&s->head));
            em_buf_clear(&s->head);
        }
        at = end + 1;
    }
    if (last && !stopped(s) && em_view_trim(em_buf_view(&s->head)).len)
        emit(s, EM_ITEM_PAGE, em_buf_view(&s->head));
    return s->failed;
}

/* --- what it is ------------------------------------------------------------------------- */

/* First byte that is neither a byte order mark nor white space decides: '<' is XML, as is
 * UTF-16 in any form; a NUL is no text at all. */
static enum source sitemap_sniff(struct em_view head, bool last, struct em_view *rest)
{
    *rest = head;
    if (em_view_starts(head, EM_VIEW("\xFF\xFE")) ||
        em_view_starts(head, EM_VIEW("\xFE\xFF")))
        return SOURCE_XML;
    if (head.len < 3 && !last)
        return SOURCE_UNKNOWN;
    if (em_view_starts(head, EM_VIEW("\xEF\xBB\xBF")))
        *rest = em_view_sub(head, 3, head.len);
    while (rest->len && strchr(" \t\r\n", rest->data[0]) && rest->data[0])
        *rest = em_view_sub(*rest, 1, rest->len);
    if (rest->len == 0)
        return SOURCE_UNKNOWN;
    if (rest->data[0] == '<' || rest->data[0] == '\0')
        return SOURCE_XML;
    return SOURCE_TEXT;
}

/* Plain bytes, gzip undone. */
static enum em_status push_plain(struct em_sitemap *s, struct em_view bytes, bool last)
{
    if (bytes.len > EM_MAX_SITEMAP - s->total) {
        EM_TRY(push_plain(s, em_view_sub(bytes, 0, EM_MAX_SITEMAP - s->total), last));
        s->counts.cut = true;
        return s->failed;
    }
    s->total += bytes.len;
    if (s->source == SOURCE_UNKNOWN) {
        struct em_view rest;
        if (s->head.len + bytes.len > EM_MAX_URL && s->head.len) {
            em_buf_clear(&s->head); /* kilobytes of white space */
            EM_TRY(em_buf_append(&s->head, " ", 1));
        }
        EM_TRY(em_buf_append_view(&s->head, bytes));
        s->source = sitemap_sniff(em_buf_view(&s->head), last, &rest);
        if (s->source == SOURCE_UNKNOWN)
            return EM_OK;
        struct em_buf head = s->head;
        em_buf_init(&s->head, 2 * EM_MAX_URL + 64);
        enum em_status status = EM_OK;
        if (s->source == SOURCE_XML) {
            status = start_xml(s);
            s->raw = rest.len && (rest.data[0] != '<' ||
                                  memchr(rest.data, 0, rest.len < 8 ? rest.len : 8));
        } else
            s->counts.kind = EM_SITEMAP_TEXT;
        if (status == EM_OK)
            status = s->source == SOURCE_XML ? push_xml(s, rest, last)
                                             : push_text(s, rest, last);
        em_buf_release(&head);
        return status;
    }
    return s->source == SOURCE_XML ? push_xml(s, bytes, last) : push_text(s, bytes, last);
}

static enum em_status push_zip(struct em_sitemap *s, struct em_view bytes)
{
    unsigned char out[16384];
    s->zip.next_in = (unsigned char *)(uintptr_t)bytes.data;
    s->zip.avail_in = (unsigned)bytes.len;
    while (!s->zip_over && !stopped(s)) {
        s->zip.next_out = out;
        s->zip.avail_out = sizeof(out);
        int code = inflate(&s->zip, Z_NO_FLUSH);
        size_t n = sizeof(out) - s->zip.avail_out;
        if (code == Z_MEM_ERROR)
            return EM_ERR_NOMEM;
        if (n)
            EM_TRY(push_plain(s, em_view_make((const char *)out, n), false));
        if (code == Z_STREAM_END) { /* another member may follow */
            s->zip_over = inflateReset(&s->zip) != Z_OK;
            s->members++;
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            /* bytes after the last member that are none are no damage */
            s->counts.broken |= s->members == 0 || s->zip.total_in > 2;
            s->zip_over = true;
        }
        if (s->zip.avail_in == 0 && n < sizeof(out))
            break;
    }
    return EM_OK;
}

static void *zip_alloc(void *opaque, unsigned count, unsigned size)
{
    (void)opaque;
    return em_calloc(count, size);
}

static void zip_free(void *opaque, void *p)
{
    (void)opaque;
    em_free(p);
}

/* gzip by its magic, as servers call .gz files anything. Two bytes are needed. */
static enum em_status find_magic(struct em_sitemap *s, struct em_view *bytes)
{
    if (s->head.len + bytes->len < 2) {
        EM_TRY(em_buf_append_view(&s->head, *bytes));
        *bytes = EM_VIEW_NONE;
        return EM_OK;
    }
    unsigned char two[2];
    for (size_t i = 0; i < 2; i++)
        two[i] = (unsigned char)(i < s->head.len ? s->head.data[i]
                                                 : bytes->data[i - s->head.len]);
    s->magic_known = true;
    s->zipped = two[0] == 0x1F && two[1] == 0x8B;
    if (!s->zipped)
        return EM_OK;
    s->zip.zalloc = zip_alloc;
    s->zip.zfree = zip_free;
    if (inflateInit2(&s->zip, 15 + 16) != Z_OK) {
        s->zipped = false;
        return EM_ERR_NOMEM;
    }
    if (s->head.len) {
        struct em_view first = em_view_make("\x1F", 1);
        em_buf_clear(&s->head);
        return push_zip(s, first);
    }
    return EM_OK;
}

/* --- from outside ----------------------------------------------------------------------- */

enum em_status em_sitemap_new(struct em_sitemap **out, const struct em_url *base,
                              em_sitemap_fn fn, void *context)
{
    struct em_sitemap *s = em_calloc(1, sizeof(*s));
    if (!s)
        return EM_ERR_NOMEM;
    s->fn = fn;
    s->context = context;
    em_url_init(&s->base, EM_MAX_URL);
    em_url_init(&s->url, EM_MAX_URL);
    em_buf_init(&s->head, EM_MAX_SITEMAP + EM_MAX_URL);
    em_buf_init(&s->clean, 5 * EM_MAX_SITEMAP + 64);
    em_buf_init(&s->text, 2 * EM_MAX_URL + 64);
    em_buf_init(&s->loc, EM_MAX_URL);
    em_buf_init(&s->second, EM_MAX_URL);
    em_buf_init(&s->changefreq, 64);
    open_entry(s);
    s->open = false;
    if (base && em_url_copy(&s->base, base) != EM_OK) {
        em_sitemap_free(s);
        return EM_ERR_NOMEM;
    }
    s->has_base = base != NULL;
    *out = s;
    return EM_OK;
}

void em_sitemap_free(struct em_sitemap *s)
{
    if (!s)
        return;
    if (s->xml) {
        xmlFreeDoc(s->xml->myDoc); /* made for declarations, even with our own handlers */
        xmlFreeParserCtxt(s->xml);
    }
    if (s->zipped)
        inflateEnd(&s->zip);
    em_url_release(&s->base);
    em_url_release(&s->url);
    em_buf_release(&s->head);
    em_buf_release(&s->clean);
    em_buf_release(&s->text);
    em_buf_release(&s->loc);
    em_buf_release(&s->second);
    em_buf_release(&s->changefreq);
    em_free(s);
}

enum em_status em_sitemap_push(struct em_sitemap *s, struct em_view bytes)
{
    if (s->failed < 0)
        return s->failed;
    if (!s->magic_known)
        sitemap_note(s, find_magic(s, &bytes));
    if (s->failed == EM_OK && s->magic_known)
        sitemap_note(s, s->zipped ? push_zip(s, bytes) : push_plain(s, bytes, false));
    if (s->failed < 0)
        return s->failed;
    return stopped(s) ? EM_END : EM_OK;
}

enum em_status em_sitemap_finish(struct em_sitemap *s, struct em_sitemap_counts *counts)
{
    if (!stopped(s)) {
        s->counts.broken |=
            s->zipped && !s->zip_over && (s->members == 0 || s->zip.total_in > 0);
        sitemap_note(s, push_plain(s, EM_VIEW_NONE, true));
        if (s->open && !stopped(s)) /* the document ends within an entry */
            close_entry(s, s->counts.kind == EM_SITEMAP_INDEX ? EM_ITEM_SITEMAP
                                                              : EM_ITEM_PAGE);
    }
    if (s->none && s->counts.kind == EM_SITEMAP_UNKNOWN)
        s->counts.broken = false; /* nobody promised that a web page is XML */
    if (s->counts.kind == EM_SITEMAP_TEXT && s->counts.items == 0)
        s->counts.kind = EM_SITEMAP_UNKNOWN;
    *counts = s->counts;
    return s->failed;
}

bool em_sitemap_covers(const struct em_url *sitemap, const struct em_url *page,
                       bool vouched)
{
    if (vouched)
        return true;
    struct em_view folder = em_url_pathname(sitemap);
    while (folder.len && folder.data[folder.len - 1] != '/')
        folder.len--;
    return em_view_eq(em_url_protocol(sitemap), em_url_protocol(page)) &&
           em_view_eq(em_url_host(sitemap), em_url_host(page)) &&
           em_view_starts(em_url_pathname(page), folder);
}
