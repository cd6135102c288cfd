/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/jsonld.h"

#include "base/limits.h"
#include "base/utf8.h"

enum role { ROLE_NONE, ROLE_AUTHOR, ROLE_PUBLISHER };

struct frame {
    struct em_jsonld_object object;
    enum role role; /* the property of the object around it that this is the value of */
    bool array;     /* passes its role on; has no properties */
    bool any;
};

struct reader {
    const char *p, *end;
    struct frame stack[EM_MAX_JSONLD_DEPTH];
    struct em_view quote; /* as the page writes it: "\"", or "&quot;" throughout */
    int depth, beyond;    /* `beyond`: opened above the stack's end */
    struct em_view key;   /* waiting for its value; empty: none */
    em_jsonld_fn *report;
    void *context;
};

/* --- names -------------------------------------------------------------------------------- */

static int property_of(struct em_view key)
{
    static const struct {
        struct em_view name;
        int property;
    } names[] = {
        {{"datePublished", 13}, EM_JSONLD_PUBLISHED},
        {{"dateModified", 12}, EM_JSONLD_MODIFIED},
        {{"dateCreated", 11}, EM_JSONLD_CREATED},
        {{"uploadDate", 10}, EM_JSONLD_CREATED},
        {{"headline", 8}, EM_JSONLD_HEADLINE},
        {{"name", 4}, EM_JSONLD_NAME},
        {{"description", 11}, EM_JSONLD_DESCRIPTION},
        {{"inLanguage", 10}, EM_JSONLD_LANGUAGE},
        {{"author", 6}, EM_JSONLD_AUTHOR},
        {{"creator", 7}, EM_JSONLD_AUTHOR},
        {{"publisher", 9}, EM_JSONLD_PUBLISHER},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (em_view_ieq(key, names[i].name))
            return names[i].property;
    return -1;
}

static bool ends_with(struct em_view v, const char *suffix)
{
    struct em_view s = em_view_of(suffix);
    return v.len >= s.len && em_view_eq(em_view_sub(v, v.len - s.len, s.len), s);
}

static unsigned subject_of(struct em_view v)
{
    static const struct {
        const char *suffix;
        unsigned type;
    } subjects[] = {
        {"Product", EM_JSONLD_PRODUCT},     {"ProductGroup", EM_JSONLD_PRODUCT},
        {"Vehicle", EM_JSONLD_PRODUCT},     {"DiscussionForumPosting", EM_JSONLD_FORUM},
        {"QAPage", EM_JSONLD_FORUM},        {"ItemList", EM_JSONLD_LIST},
        {"CollectionPage", EM_JSONLD_LIST}, {"SearchResultsPage", EM_JSONLD_LIST},
        {"OfferCatalog", EM_JSONLD_LIST},   {"Service", EM_JSONLD_BUSINESS},
        {"Business", EM_JSONLD_BUSINESS},   {"Application", EM_JSONLD_BUSINESS},
        {"TechArticle", EM_JSONLD_TECH},    {"APIReference", EM_JSONLD_TECH},
        {"HowTo", EM_JSONLD_TECH},          {"FAQPage", EM_JSONLD_FAQ},
        {"Event", EM_JSONLD_EVENT},         {"JobPosting", EM_JSONLD_EVENT},
        {"Place", EM_JSONLD_EVENT},         {"Recipe", EM_JSONLD_EVENT},
    };
    unsigned types = 0;
    for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
        if (ends_with(v, subjects[i].suffix))
            types |= subjects[i].type;
    return types;
}

static unsigned type_of(struct em_view v)
{
    static const char *const parts[] = {"Comment", "Answer",  "Review",
                                        "Offer",   "Product", "BreadcrumbList"};
    static const char *const articles[] = {"Posting", "Report", "Recipe",
                                           "Podcast", "Thesis", "Book"};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (ends_with(v, parts[i]))
            return EM_JSONLD_PART;
    if (em_view_find(v, 0, EM_VIEW("Article")) < v.len)
        return EM_JSONLD_ARTICLE;
    for (size_t i = 0; i < sizeof(articles) / sizeof(articles[0]); i++)
        if (ends_with(v, articles[i]))
            return EM_JSONLD_ARTICLE;
    if (ends_with(v, "Page"))
        return EM_JSONLD_PAGE;
    if (ends_with(v, "WebSite"))
        return EM_JSONLD_SITE;
    if (ends_with(v, "Person"))
        return EM_JSONLD_PERSON;
    return ends_with(v, "Organization") ? EM_JSONLD_ORGANIZATION : EM_JSONLD_OTHER;
}

/* --- values ------------------------------------------------------------------------------- */

static void set(struct frame *f, int property, struct em_view value)
{
    struct em_view *to = &f->object.values[property];
    if (!value.len)
        return;
    f->any = true;
    for (int i = 0; property == EM_JSONLD_AUTHOR && to->len && i < EM_JSONLD_AUTHORS - 1;
         i++)
        to = &f->object.more_authors[i];
    if (!to->len)
        *to = value;
}

static struct frame *top(struct reader *r)
{
    return r->depth && !r->beyond ? &r->stack[r->depth - 1] : NULL;
}

/* The object that an array's elements belong to. */
static struct frame *around(struct reader *r, int from)
{
    while (from >= 0 && r->stack[from].array)
        from--;
    return from >= 0 ? &r->stack[from] : NULL;
}

static void jsonld_take(struct reader *r, struct em_view value)
{
    struct frame *f = top(r);
    if (!f)
        return;
    if (f->array) { /* "author": ["A", "B"], "@type": ["Article", "NewsArticle"] */
        struct frame *owner = around(r, r->depth - 1);
        if (owner && f->role == ROLE_AUTHOR)
            set(owner, EM_JSONLD_AUTHOR, value);
        else if (owner && em_view_eq(r->key, EM_VIEW("@type")))
            owner->object.types |= type_of(value) | subject_of(value);
        return;
    }
    if (em_view_eq(r->key, EM_VIEW("@type"))) {
        f->object.types |= type_of(value) | subject_of(value);
    } else {
        int property = property_of(r->key);
        if (property >= 0)
            set(f, property, value);
    }
    r->key = EM_VIEW_NONE;
}

/* --- structure ---------------------------------------------------------------------------- */

static void push(struct reader *r, bool array)
{
    if (r->depth == EM_MAX_JSONLD_DEPTH) {
        r->beyond++;
        return;
    }
    enum role role = ROLE_NONE;
    int property = property_of(r->key);
    if (property == EM_JSONLD_AUTHOR)
        role = ROLE_AUTHOR;
    else if (property == EM_JSONLD_PUBLISHER)
        role = ROLE_PUBLISHER;
    else if (r->depth && r->stack[r->depth - 1].array)
        role = r->stack[r->depth - 1].role;
    struct frame *f = &r->stack[r->depth];
    memset(f, 0, sizeof(*f));
    f->role = role;
    f->array = array;
    f->object.depth = r->depth++;
    /* An array of types keeps its key until the array ends. */
    if (!array || !em_view_eq(r->key, EM_VIEW("@type")))
        r->key = EM_VIEW_NONE;
}

static void pop(struct reader *r)
{
    struct frame *f = &r->stack[--r->depth];
    if (f->array)
        return;
    struct frame *owner = f->role ? around(r, r->depth - 1) : NULL;
    if (owner)
        set(owner, f->role == ROLE_AUTHOR ? EM_JSONLD_AUTHOR : EM_JSONLD_PUBLISHER,
            f->object.values[EM_JSONLD_NAME]);
    else if (f->any)
        r->report(r->context, &f->object);
}

/* Ends the innermost open one of its kind, and what was left open inside. */
static void close(struct reader *r, bool array)
{
    r->key = EM_VIEW_NONE;
    if (r->beyond) {
        r->beyond--;
        return;
    }
    int at = r->depth - 1;
    while (at >= 0 && r->stack[at].array != array)
        at--;
    while (at >= 0 && r->depth > at)
        pop(r);
}

static bool at_quote(const struct reader *r)
{
    return *r->p == r->quote.data[0] && (size_t)(r->end - r->p) >= r->quote.len &&
           memcmp(r->p, r->quote.data, r->quote.len) == 0;
}

/* A string from after its opening quote; p moves after the closing one. */
static struct em_view string(struct reader *r)
{
    const char *start = r->p;
    while (r->p < r->end && !at_quote(r))
        r->p += *r->p == '\\' && r->p + 1 < r->end ? 2 : 1;
    struct em_view v = {start, (size_t)(r->p - start)};
    if (r->p < r->end)
        r->p += r->quote.len;
    return v;
}

static void skip_space(struct reader *r)
{
    while (r->p < r->end && (unsigned char)*r->p <= ' ')
        r->p++;
}

/* Comments are no JSON, and are there. */
static void skip_comment(struct reader *r)
{
    const char *closing = r->p < r->end && *r->p == '*' ? "*/" : "\n";
    if (r->p == r->end || (*r->p != '*' && *r->p != '/'))
        return;
    struct em_view rest = {r->p, (size_t)(r->end - r->p)};
    r->p += em_view_find(rest, 1, em_view_of(closing));
}

static void string_or_key(struct reader *r)
{
    struct em_view v = string(r);
    skip_space(r);
    struct frame *f = top(r);
    bool key = f && !f->array && !r->key.len && r->p < r->end && *r->p == ':';
    if (key) {
        r->p++;
        r->key = v;
    } else {
        jsonld_take(r, v);
    }
}

/* A number or word, as a value: some write dates as seconds. */
static void bare(struct reader *r)
{
    const char *start = r->p - 1;
    while (r->p < r->end && (unsigned char)*r->p > ' ' && !strchr(",{}[]\"/", *r->p))
        r->p++;
    jsonld_take(r, em_view_make(start, (size_t)(r->p - start)));
}

void em_jsonld_read(struct em_view raw, em_jsonld_fn *report, void *context)
{
    struct reader r;
    raw = em_view_sub(raw, 0, EM_MAX_JSONLD);
    r.p = raw.data;
    r.end = raw.data + raw.len;
    r.depth = r.beyond = 0;
    r.key = EM_VIEW_NONE;
    /* Escaped as if it stood in an attribute. */
    bool escaped = em_view_find(raw, 0, EM_VIEW("\"")) == raw.len;
    r.quote = escaped ? EM_VIEW("&quot;") : EM_VIEW("\"");
    r.report = report;
    r.context = context;
    while (r.p < r.end) {
        char c = *r.p++;
        switch (c) {
        case '{':
        case '[':
            push(&r, c == '[');
            break;
        case '}':
        case ']':
            close(&r, c == ']');
            break;
        case '"':
        case '&':
            r.p--;
            if (at_quote(&r)) {
                r.p += r.quote.len;
                string_or_key(&r);
            } else {
                r.p++;
            }
            break;
        case ',':
            if (r.depth && !r.stack[r.depth - 1].array)
                r.key = EM_VIEW_NONE;
            break;
        case '/':
            skip_comment(&r);
            break;
        default:
            if ((unsigned char)c > ' ' && r.key.len)
                bare(&r);
        }
    }
    while (r.depth)
        pop(&r);
}

/* --- escapes ------------------------------------------------------------------------------ */

static bool hex4(struct em_view v, size_t at, uint32_t *out)
{
    *out = 0;
    if (v.len < at + 4)
        return false;
    for (size_t i = at; i < at + 4; i++) {
        char c = v.data[i], low = (char)(c | 0x20);
        if (c >= '0' && c <= '9')
            *out = *out * 16 + (uint32_t)(c - '0');
        else if (low >= 'a' && low <= 'f')
            *out = *out * 16 + (uint32_t)(low - 'a' + 10);
        else
            return false;
    }
    return true;
}

/* The escape after the backslash at `at`; returns the bytes of both. */
static size_t escape(struct em_view v, size_t at, uint32_t *cp)
{
    char c = v.data[at + 1];
    uint32_t unit, low;
    *cp = (unsigned char)c;
    if (c == 'u' && hex4(v, at + 2, &unit)) {
        *cp = unit;
        if (*cp >= 0xD800 && *cp < 0xDC00 && at + 7 < v.len && v.data[at + 6] == '\\' &&
            v.data[at + 7] == 'u' && hex4(v, at + 8, &low) && low >= 0xDC00 &&
            low < 0xE000) {
            *cp = 0x10000 + ((*cp - 0xD800) << 10) + (low - 0xDC00);
            return 12;
        }
        if (*cp >= 0xD800 && *cp < 0xE000)
            *cp = EM_REPLACEMENT;
        return 6;
    }
    if (c == 'n' || c == 't' || c == 'r' || c == 'f' || c == 'b')
        *cp = ' ';
    return 2;
}

enum em_status em_jsonld_unescape(struct em_buf *out, struct em_view raw)
{
    for (size_t i = 0; i < raw.len;) {
        if (raw.data[i] != '\\' || i + 1 >= raw.len ||
            (unsigned char)raw.data[i + 1] >= 0x80) {
            EM_TRY(em_buf_putc(out, raw.data[i++]));
            continue;
        }
        uint32_t cp;
        char text[8];
        i += escape(raw, i, &cp);
        size_t n = em_utf8_encode(text, cp);
        EM_TRY(em_buf_append(out, text, n));
    }
    return EM_OK;
}
