/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/meta.h"

#include "crawler/page/jsonld.h"
#include "crawler/page/sink.h"
#include "base/wire/fields.h"

/* --- names of <meta> ---------------------------------------------------------------------- */

enum name_kind { NAME_FIELD, NAME_DATE };

struct name {
    const char *name;
    uint8_t kind; /* enum name_kind */
    uint8_t what; /* enum em_field, or enum em_hint_kind */
    uint8_t rank; /* of a field */
};

/* Sorted by bytes. */
static const struct name names[] = {
    {"apple-mobile-web-app-title", NAME_FIELD, EM_FIELD_SITE, 3},
    {"application-name", NAME_FIELD, EM_FIELD_SITE, 3},
    {"article.author", NAME_FIELD, EM_FIELD_AUTHOR, 7},
    {"article.created", NAME_DATE, EM_HINT_META, 0},
    {"article.published", NAME_DATE, EM_HINT_META, 0},
    {"article.updated", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"article:author", NAME_FIELD, EM_FIELD_AUTHOR, 5},
    {"article:created_time", NAME_DATE, EM_HINT_META, 0},
    {"article:modified", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"article:modified_date", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"article:modified_time", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"article:post_date", NAME_DATE, EM_HINT_META, 0},
    {"article:published", NAME_DATE, EM_HINT_META, 0},
    {"article:published_time", NAME_DATE, EM_HINT_META, 0},
    {"article_author", NAME_FIELD, EM_FIELD_AUTHOR, 5},
    {"article_date", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"article_date_original", NAME_DATE, EM_HINT_META, 0},
    {"author", NAME_FIELD, EM_FIELD_AUTHOR, 8},
    {"bt:moddate", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"bt:pubdate", NAME_DATE, EM_HINT_META, 0},
    {"buildtime", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"byl", NAME_FIELD, EM_FIELD_AUTHOR, 7},
    {"citation_author", NAME_FIELD, EM_FIELD_AUTHOR, 7},
    {"citation_date", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"citation_online_date", NAME_DATE, EM_HINT_META, 0},
    {"citation_publication_date", NAME_DATE, EM_HINT_META, 0},
    {"citation_title", NAME_FIELD, EM_FIELD_TITLE, 8},
    {"content-language", NAME_FIELD, EM_FIELD_LANGUAGE, 5},
    {"content_create_date", NAME_DATE, EM_HINT_META, 0},
    {"content_date", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"cre", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"created", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"creation-date", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"creation_date", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"cxenseparse:recs:publishtime", NAME_DATE, EM_HINT_META, 0},
    {"date", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"date.created", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"date.issued", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"date.updated", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"date_created", NAME_DATE, EM_HINT_META, 0},
    {"date_published", NAME_DATE, EM_HINT_META, 0},
    {"datecreated", NAME_DATE, EM_HINT_META, 0},
    {"datemodified", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"datepublished", NAME_DATE, EM_HINT_META, 0},
    {"dateupdate", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"dc.created", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"dc.creator", NAME_FIELD, EM_FIELD_AUTHOR, 8},
    {"dc.date", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"dc.date.available", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"dc.date.created", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"dc.date.issued", NAME_DATE, EM_HINT_META, 0},
    {"dc.date.modified", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"dc.date.publication", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"dc.description", NAME_FIELD, EM_FIELD_EXCERPT, 7},
    {"dc.issued", NAME_DATE, EM_HINT_META, 0},
    {"dc.language", NAME_FIELD, EM_FIELD_LANGUAGE, 5},
    {"dc.modified", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"dc.title", NAME_FIELD, EM_FIELD_TITLE, 8},
    {"dc:creator", NAME_FIELD, EM_FIELD_AUTHOR, 8},
    {"dc:description", NAME_FIELD, EM_FIELD_EXCERPT, 7},
    {"dc:title", NAME_FIELD, EM_FIELD_TITLE, 8},
    {"dcterm.title", NAME_FIELD, EM_FIELD_TITLE, 8},
    {"dcterm:creator", NAME_FIELD, EM_FIELD_AUTHOR, 8},
    {"dcterm:description", NAME_FIELD, EM_FIELD_EXCERPT, 7},
    {"dcterm:title", NAME_FIELD, EM_FIELD_TITLE, 8},
    {"dcterms.available", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"dcterms.created", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"dcterms.creator", NAME_FIELD, EM_FIELD_AUTHOR, 8},
    {"dcterms.date", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"dcterms.description", NAME_FIELD, EM_FIELD_EXCERPT, 7},
    {"dcterms.issued", NAME_DATE, EM_HINT_META, 0},
    {"dcterms.language", NAME_FIELD, EM_FIELD_LANGUAGE, 5},
    {"dcterms.modified", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"dcterms.title", NAME_FIELD, EM_FIELD_TITLE, 8},
    {"dcterms:creator", NAME_FIELD, EM_FIELD_AUTHOR, 8},
    {"dcterms:title", NAME_FIELD, EM_FIELD_TITLE, 8},
    {"description", NAME_FIELD, EM_FIELD_EXCERPT, 5},
    {"displaydate", NAME_DATE, EM_HINT_META, 0},
    {"doc_date", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"eprints.date", NAME_DATE, EM_HINT_META, 0},
    {"field-name-post-date", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"firstpublished", NAME_DATE, EM_HINT_META, 0},
    {"headline", NAME_FIELD, EM_FIELD_TITLE, 4},
    {"iso-8601-publish-date", NAME_DATE, EM_HINT_META, 0},
    {"language", NAME_FIELD, EM_FIELD_LANGUAGE, 5},
    {"last-modified", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"last-update", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"last_modified", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"lastmod", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"lastmodified", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"lp.article:published_time", NAME_DATE, EM_HINT_META, 0},
    {"moddate", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"modified", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"modified_time", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"music:release_date", NAME_DATE, EM_HINT_META, 0},
    {"news_date", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"og:article:published", NAME_DATE, EM_HINT_META, 0},
    {"og:article:published_time", NAME_DATE, EM_HINT_META, 0},
    {"og:author", NAME_FIELD, EM_FIELD_AUTHOR, 5},
    {"og:description", NAME_FIELD, EM_FIELD_EXCERPT, 6},
    {"og:locale", NAME_FIELD, EM_FIELD_LANGUAGE, 3},
    {"og:modified_time", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"og:pubdate", NAME_DATE, EM_HINT_META, 0},
    {"og:publish_date", NAME_DATE, EM_HINT_META, 0},
    {"og:published_time", NAME_DATE, EM_HINT_META, 0},
    {"og:regdate", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"og:site_name", NAME_FIELD, EM_FIELD_SITE, 8},
    {"og:title", NAME_FIELD, EM_FIELD_TITLE, 7},
    {"og:type", NAME_FIELD, EM_FIELD_TYPE, 5},
    {"og:updated_time", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"og:url", NAME_FIELD, EM_FIELD_CANONICAL, 5},
    {"originaldate", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"originalpublicationdate", NAME_DATE, EM_HINT_META, 0},
    {"parsely-author", NAME_FIELD, EM_FIELD_AUTHOR, 7},
    {"parsely-pub-date", NAME_DATE, EM_HINT_META, 0},
    {"parsely-title", NAME_FIELD, EM_FIELD_TITLE, 4},
    {"pdate", NAME_DATE, EM_HINT_META, 0},
    {"prism.publicationdate", NAME_DATE, EM_HINT_META, 0},
    {"ptime", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"pub-date", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"pub_date", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"pubdate", NAME_DATE, EM_HINT_META, 0},
    {"publication-date", NAME_DATE, EM_HINT_META, 0},
    {"publication_date", NAME_DATE, EM_HINT_META, 0},
    {"publish-date", NAME_DATE, EM_HINT_META, 0},
    {"publish-time", NAME_DATE, EM_HINT_META, 0},
    {"publish_date", NAME_DATE, EM_HINT_META, 0},
    {"publish_time", NAME_DATE, EM_HINT_META, 0},
    {"publishdate", NAME_DATE, EM_HINT_META, 0},
    {"published", NAME_DATE, EM_HINT_META, 0},
    {"published-date", NAME_DATE, EM_HINT_META, 0},
    {"published_time", NAME_DATE, EM_HINT_META, 0},
    {"publisheddate", NAME_DATE, EM_HINT_META, 0},
    {"release_date", NAME_DATE, EM_HINT_META, 0},
    {"revised", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"revision_date", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"rnews:datemodified", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"rnews:datepublished", NAME_DATE, EM_HINT_META, 0},
    {"sailthru.author", NAME_FIELD, EM_FIELD_AUTHOR, 7},
    {"sailthru.date", NAME_DATE, EM_HINT_META, 0},
    {"sailthru.title", NAME_FIELD, EM_FIELD_TITLE, 4},
    {"shareaholic:article_published_time", NAME_DATE, EM_HINT_META, 0},
    {"time", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"timestamp", NAME_DATE, EM_HINT_META_WEAK, 0},
    {"title", NAME_FIELD, EM_FIELD_TITLE, 4},
    {"twitter:description", NAME_FIELD, EM_FIELD_EXCERPT, 4},
    {"twitter:title", NAME_FIELD, EM_FIELD_TITLE, 6},
    {"updated", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"updated_time", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"utime", NAME_DATE, EM_HINT_META_MODIFIED, 0},
    {"video:release_date", NAME_DATE, EM_HINT_META, 0},
    {"vr:published_time", NAME_DATE, EM_HINT_META, 0},
    {"weibo:article:description", NAME_FIELD, EM_FIELD_EXCERPT, 5},
    {"weibo:article:title", NAME_FIELD, EM_FIELD_TITLE, 8},
    {"xdate", NAME_DATE, EM_HINT_META_WEAK, 0},
};

enum { NAME_BYTES = 40 };

static const struct name *find_name(struct em_view v)
{
    char low[NAME_BYTES];
    if (v.len == 0 || v.len >= sizeof(low))
        return NULL;
    for (size_t i = 0; i < v.len; i++) {
        char c = v.data[i];
        low[i] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    low[v.len] = '\0';
    size_t begin = 0, end = sizeof(names) / sizeof(names[0]);
    while (begin < end) {
        size_t middle = (begin + end) / 2;
        int order = strcmp(low, names[middle].name);
        if (order == 0)
            return &names[middle];
        if (order < 0)
            end = middle;
        else
            begin = middle + 1;
    }
    return NULL;
}

/* --- what is said ------------------------------------------------------------------------- */

void em_meta_clear(struct em_meta *m)
{
    /* The hints beyond n_dates need not be cleared. */
    memset(m->fields, 0, sizeof(m->fields));
    memset(m->more_authors, 0, sizeof(m->more_authors));
    m->base = m->title_name = EM_VIEW_NONE;
    m->robots = (struct em_robots){0};
    m->n_dates = m->n_heads = 0;
    m->subjects = 0;
    m->author_start = m->author_end = 0;
    m->author_sure = false;
}

static void say(struct em_meta *m, enum em_field field, struct em_view raw, int rank,
                bool json)
{
    struct em_said *said = &m->fields[field];
    if (rank > said->rank && em_view_trim(raw).len)
        *said = (struct em_said){raw, (uint8_t)rank, json};
}

void em_meta_date(struct em_meta *m, enum em_hint_kind kind, struct em_view value,
                  size_t at)
{
    if (m->n_dates < EM_MAX_DATE_HINTS)
        m->dates[m->n_dates++] =
            (struct em_date_hint){value, (uint32_t)at, (uint8_t)kind};
}

enum em_status em_said_append(struct em_buf *out, const struct em_said *said)
{
    if (!said->raw.len)
        return EM_OK;
    if (!said->json)
        return em_sink_line(out, said->raw, true);
    /* Escapes first, then references: pages write "Tom &amp; Jerry" there too. */
    struct em_buf plain;
    em_buf_init(&plain, 4 * said->raw.len + 16);
    enum em_status status = em_jsonld_unescape(&plain, said->raw);
    if (status == EM_OK)
        status = em_sink_line(out, em_buf_view(&plain), false);
    em_buf_release(&plain);
    return status;
}

/* --- the head's addresses ------------------------------------------------------------------ */

static bool refresh_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static size_t refresh_skip(struct em_view v, size_t at)
{
    while (at < v.len && refresh_blank(v.data[at]))
        at++;
    return at;
}

struct em_view em_meta_refresh(struct em_view v)
{
    size_t at = refresh_skip(v, 0), digits = at;
    while (at < v.len && v.data[at] >= '0' && v.data[at] <= '9')
        at++;
    if (at == digits && (at == v.len || v.data[at] != '.'))
        return EM_VIEW_NONE;
    while (at < v.len && ((v.data[at] >= '0' && v.data[at] <= '9') || v.data[at] == '.'))
        at++;
    size_t after = refresh_skip(v, at);
    if (after < v.len && (v.data[after] == ';' || v.data[after] == ','))
        after = refresh_skip(v, after + 1);
    else if (after == at)
        return EM_VIEW_NONE;
    struct em_view rest = em_view_sub(v, after, v.len);
    if (em_view_istarts(rest, EM_VIEW("url"))) {
        size_t equals = refresh_skip(rest, 3);
        if (equals < rest.len && rest.data[equals] == '=')
            rest = em_view_sub(rest, refresh_skip(rest, equals + 1), rest.len);
    }
    if (rest.len && (rest.data[0] == '"' || rest.data[0] == '\'')) {
        struct em_view quote = em_view_sub(rest, 0, 1);
        rest = em_view_sub(rest, 1, em_view_find(rest, 1, quote) - 1);
    }
    return em_view_trim(rest);
}

static void add_head(struct em_meta *m, enum em_head_kind kind, struct em_view raw,
                     bool rsl)
{
    if (m->n_heads < EM_META_HEADS && em_view_trim(raw).len)
        m->heads[m->n_heads++] = (struct em_meta_head){raw, (uint8_t)kind, rsl};
}

/* --- elements ----------------------------------------------------------------------------- */

static void meta_named(struct em_meta *m, struct em_view name, struct em_view content)
{
    const struct name *n = find_name(name);
    if (!n)
        em_robots_meta(&m->robots, name, content);
    else if (n->kind == NAME_DATE)
        em_meta_date(m, (enum em_hint_kind)n->what, content, 0);
    else
        say(m, (enum em_field)n->what, content, n->rank, false);
}

/* The next word of a list parted by spaces ("og:title twitter:title"). */
static struct em_view next_word(struct em_view *list)
{
    *list = em_view_trim(*list);
    size_t n = 0;
    while (n < list->len && (unsigned char)list->data[n] > ' ')
        n++;
    struct em_view word = em_view_sub(*list, 0, n);
    *list = em_view_sub(*list, n, list->len);
    return word;
}

static void meta(struct em_meta *m, const struct em_token *token)
{
    static const char *const attributes[] = {"property", "name", "itemprop",
                                             "http-equiv"};
    struct em_view content, value;
    if (!em_token_attr(token, "content", &content))
        return;
    for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
        if (!em_token_attr(token, attributes[i], &value))
            continue;
        if (i == 3 && em_view_ieq(em_view_trim(value), EM_VIEW("refresh")))
            add_head(m, EM_HEAD_REFRESH, content, false);
        for (int words = 0; words < 4 && em_view_trim(value).len; words++)
            meta_named(m, next_word(&value), content);
    }
}

static bool has_word(struct em_view list, const char *word)
{
    for (struct em_view w = next_word(&list); w.len; w = next_word(&list))
        if (em_view_ieq(w, em_view_of(word)))
            return true;
    return false;
}

/* ASCII case; `part` is lower case. */
static bool has_part(struct em_view v, const char *part)
{
    size_t n = strlen(part);
    for (size_t i = 0; i + n <= v.len; i++)
        if ((v.data[i] | 0x20) == part[0] &&
            em_view_ieq(em_view_sub(v, i, n), em_view_make(part, n)))
            return true;
    return false;
}

static enum em_hint_kind kind_of_class(struct em_view class)
{
    bool published = has_part(class, "publish") || has_part(class, "entry-date");
    if (!published && (has_part(class, "today") || has_part(class, "clock") ||
                       has_part(class, "current-date") ||
                       has_part(class, "currentdate") || has_part(class, "current-time")))
        return EM_HINT_CLOCK;
    if (has_part(class, "modif") || has_part(class, "update"))
        return published ? EM_HINT_TIME_PUBLISHED : EM_HINT_TIME_MODIFIED;
    return published ? EM_HINT_TIME_PUBLISHED : EM_HINT_TIME;
}

bool em_meta_class(struct em_meta *m, const struct em_token *token, struct em_view class,
                   size_t at)
{
    if (has_part(class, "date") || has_part(class, "time") ||
        has_part(class, "publish") || has_part(class, "posted")) {
        struct em_view value = EM_VIEW_NONE;
        em_token_attr(token, "title", &value);
        em_meta_date(m, kind_of_class(class), value, at);
    }
    return has_part(class, "author") || has_part(class, "byline") ||
           has_part(class, "writtenby");
}

static void dated(struct em_meta *m, const struct em_token *token,
                  struct em_view itemprop, size_t at)
{
    struct em_view value = EM_VIEW_NONE, class = EM_VIEW_NONE, ignored;
    if (!em_token_attr(token, "datetime", &value) &&
        !em_token_attr(token, "content", &value) && token->tag != EM_TAG_TIME)
        em_token_attr(token, "title", &value);
    em_token_attr(token, "class", &class);
    enum em_hint_kind kind = kind_of_class(class);
    if (has_word(itemprop, "datePublished") || has_word(itemprop, "dateCreated"))
        kind = EM_HINT_ITEMPROP;
    else if (has_word(itemprop, "dateModified"))
        kind = EM_HINT_ITEMPROP_MODIFIED;
    else if (kind == EM_HINT_TIME && em_token_attr(token, "pubdate", &ignored))
        kind = EM_HINT_TIME_PUBLISHED;
    em_meta_date(m, kind, value, at);
}

static void link_element(struct em_meta *m, const struct em_token *token,
                         struct em_view rel, struct em_view href)
{
    static const char *const feeds[] = {"application/rss+xml", "application/atom+xml",
                                        "application/rdf+xml", "application/feed+json",
                                        "text/rss+xml"};
    struct em_view type = EM_VIEW_NONE;
    (void)em_token_attr(token, "type", &type);
    type = em_view_trim(em_view_sub(type, 0, em_view_find(type, 0, EM_VIEW(";"))));
    if (has_word(rel, "canonical"))
        say(m, EM_FIELD_CANONICAL, href, 8, false);
    if (has_word(rel, "license") || has_word(rel, "licence"))
        add_head(m, EM_HEAD_LICENCE, href, em_field_link_rsl(type, href));
    for (size_t i = 0; i < sizeof(feeds) / sizeof(feeds[0]); i++)
        if (has_word(rel, "alternate") && em_view_ieq(type, em_view_of(feeds[i])))
            add_head(m, EM_HEAD_FEED, href, false);
}

void em_meta_element(struct em_meta *m, const struct em_token *token, size_t at)
{
    struct em_view value, rel;
    switch (token->tag) {
    case EM_TAG_META:
        meta(m, token);
        return;
    case EM_TAG_LINK:
        if (em_token_attr(token, "rel", &rel) && em_token_attr(token, "href", &value))
            link_element(m, token, rel, value);
        return;
    case EM_TAG_BASE:
        if (!m->base.len && em_token_attr(token, "href", &value))
            m->base = value;
        return;
    default:
        value = EM_VIEW_NONE;
        em_token_attr(token, "itemprop", &value);
        dated(m, token, value, at);
    }
}

/* --- JSON-LD ------------------------------------------------------------------------------ */

static void jsonld_object(void *context, const struct em_jsonld_object *o)
{
    struct em_meta *m = context;
    const struct em_view *v = o->values;
    bool article = (o->types & EM_JSONLD_ARTICLE) != 0 && !(o->types & EM_JSONLD_PART);
    bool page = (o->types & EM_JSONLD_PAGE) != 0;
    m->subjects |= o->types;
    if (o->types & EM_JSONLD_PART)
        return;
    if (v[EM_JSONLD_PUBLISHED].len)
        em_meta_date(m, article ? EM_HINT_JSONLD : EM_HINT_JSONLD_OTHER,
                     v[EM_JSONLD_PUBLISHED], 0);
    else if (v[EM_JSONLD_CREATED].len)
        em_meta_date(m, EM_HINT_JSONLD_OTHER, v[EM_JSONLD_CREATED], 0);
    if (v[EM_JSONLD_MODIFIED].len)
        em_meta_date(m, EM_HINT_JSONLD_MODIFIED, v[EM_JSONLD_MODIFIED], 0);
    if (o->types & EM_JSONLD_SITE)
        say(m, EM_FIELD_SITE, v[EM_JSONLD_NAME], 6, true);
    if (!article && !page)
        return;
    if (article && m->fields[EM_FIELD_TITLE].rank < 9) {
        struct em_view headline = v[EM_JSONLD_HEADLINE], name = v[EM_JSONLD_NAME];
        say(m, EM_FIELD_TITLE, headline.len ? headline : name, 9, true);
        m->title_name = headline.len ? name : EM_VIEW_NONE;
    }
    if (v[EM_JSONLD_AUTHOR].len && (article ? 9 : 4) > m->fields[EM_FIELD_AUTHOR].rank) {
        say(m, EM_FIELD_AUTHOR, v[EM_JSONLD_AUTHOR], article ? 9 : 4, true);
        memcpy(m->more_authors, o->more_authors, sizeof(m->more_authors));
    }
    say(m, EM_FIELD_SITE, v[EM_JSONLD_PUBLISHER], article ? 7 : 5, true);
    say(m, EM_FIELD_EXCERPT, v[EM_JSONLD_DESCRIPTION], article ? 8 : 3, true);
    say(m, EM_FIELD_LANGUAGE, v[EM_JSONLD_LANGUAGE], 2, true);
}

void em_meta_jsonld(struct em_meta *m, struct em_view raw)
{
    em_jsonld_read(raw, jsonld_object, m);
}
