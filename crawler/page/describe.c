/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/describe.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "crawler/page/classify.h"
#include "crawler/page/date_read.h"
#include "crawler/page/link.h"
#include "crawler/page/sink.h"
#include "crawler/page/tokenizer.h"

enum { SHORT_LINE = 512, EXCERPT_BYTES = 300, AUTHOR_BYTES = 100 };

void em_description_init(struct em_description *d)
{
    *d = (struct em_description){0};
    em_buf_init(&d->title, EM_MAX_TITLE);
    em_buf_init(&d->author, SHORT_LINE);
    em_buf_init(&d->site, SHORT_LINE);
    em_buf_init(&d->excerpt, EM_MAX_TITLE);
    em_buf_init(&d->canonical, EM_MAX_URL);
    em_url_init(&d->base, EM_MAX_URL);
    em_url_init(&d->url, EM_MAX_URL);
    em_buf_init(&d->hrefs, EM_MAX_TEXT);
    em_buf_init(&d->scratch, EM_MAX_URL);
    em_buf_init(&d->head_text, EM_META_HEADS * 4 * EM_MAX_URL);
}

void em_description_release(struct em_description *d)
{
    em_buf_release(&d->title);
    em_buf_release(&d->author);
    em_buf_release(&d->site);
    em_buf_release(&d->excerpt);
    em_buf_release(&d->canonical);
    em_url_release(&d->base);
    em_url_release(&d->url);
    em_buf_release(&d->hrefs);
    em_buf_release(&d->scratch);
    em_buf_release(&d->head_text);
    em_free(d->links);
    em_description_init(d);
}

/* A limit cuts; it is no failure here. */
static enum em_status soft(enum em_status status)
{
    return status == EM_ERR_LIMIT ? EM_OK : status;
}

/* --- title -------------------------------------------------------------------------------- */

enum { FEW_WORDS = 3, MANY_WORDS = 5, SHORT = 15, LONG = 150, AT_LEAST = 4 };

struct separator {
    size_t start, end; /* with the blanks around it; start == end: none */
    bool colon;
};

static size_t count_words(struct em_view v)
{
    size_t words = 0;
    for (size_t i = 0; i < v.len; i++)
        words += v.data[i] != ' ' && (i == 0 || v.data[i - 1] == ' ');
    return words;
}

/* The first or last " | ", " - ", " – ", " » ", ": " and so on. */
static struct separator find_separator(struct em_view v, bool last, bool colon)
{
    static const struct em_view marks[] = {{"|", 1},
                                           {"-", 1},
                                           {"\342\200\223", 3},
                                           {"\342\200\224", 3},
                                           {"\\", 1},
                                           {"/", 1},
                                           {">", 1},
                                           {"\302\273", 2},
                                           {"\302\267", 2},
                                           {"\342\200\272", 3},
                                           {"::", 2},
                                           {"*", 1}};
    struct separator s = {.colon = colon};
    for (size_t i = 1; i + 1 < v.len; i++) {
        if (colon) {
            if (v.data[i] == ':' && v.data[i + 1] == ' ') {
                s.start = i;
                s.end = i + 2;
                if (!last)
                    return s;
            }
            continue;
        }
        for (size_t k = 0; v.data[i - 1] == ' ' && k < sizeof(marks) / sizeof(marks[0]);
             k++) {
            size_t end = i + marks[k].len;
            if (end < v.len && v.data[end] == ' ' &&
                em_view_starts(em_view_sub(v, i, v.len), marks[k])) {
                s.start = i - 1;
                s.end = end + 1;
                if (!last)
                    return s;
            }
        }
    }
    return s;
}

/* A heading says `text`, in whatever case. */
static bool is_heading(const struct em_outline *o, struct em_view text)
{
    for (size_t i = 0; i < o->n_blocks; i++) {
        const struct em_raw_block *b = &o->blocks[i];
        if (b->kind == EM_BLOCK_HEADING && b->end - b->start == text.len &&
            em_view_ieq(em_view_make(o->text.data + b->start, text.len), text))
            return true;
    }
    return false;
}

static struct em_view only_h1(const struct em_outline *o)
{
    struct em_view found = EM_VIEW_NONE;
    for (size_t i = 0; i < o->n_blocks; i++) {
        const struct em_raw_block *b = &o->blocks[i];
        if (b->tag != EM_TAG_H1)
            continue;
        if (found.len)
            return EM_VIEW_NONE;
        found = em_view_make(o->text.data + b->start, b->end - b->start);
    }
    return found;
}

/* <title> without the site's name, as Readability has it: what stands in front of the last
 * separator, unless that leaves too little. */
static struct em_view article_title(const struct em_outline *o, struct em_view whole)
{
    struct em_view title = whole;
    struct separator last = find_separator(whole, true, false);
    if (last.end) {
        title = em_view_sub(whole, 0, last.start);
        if (count_words(title) < FEW_WORDS) {
            struct separator first = find_separator(whole, false, false);
            title = em_view_sub(whole, first.end, whole.len);
        }
    } else if ((last = find_separator(whole, true, true)).end && !is_heading(o, whole)) {
        struct separator first = find_separator(whole, false, true);
        title = em_view_sub(whole, last.end, whole.len);
        if (count_words(title) < FEW_WORDS)
            title = em_view_sub(whole, first.end, whole.len);
        else if (count_words(em_view_sub(whole, 0, first.start)) > MANY_WORDS)
            title = whole;
    } else if (whole.len > LONG || whole.len < SHORT) {
        struct em_view h1 = only_h1(o);
        return count_words(h1) > AT_LEAST ? h1 : whole;
    }
    title = em_view_trim(title);
    return count_words(title) <= AT_LEAST && !is_heading(o, title) ? whole : title;
}

/* Length of the title without the site's name, where a heading or the site's own name says
 * that it is one: "Heading | Site", "Heading - Part | Site". */
static size_t without_site(const struct em_outline *o, struct em_view title,
                           struct em_view site)
{
    struct separator last = find_separator(title, true, false);
    struct em_view front = em_view_sub(title, 0, last.start);
    struct em_view behind = em_view_sub(title, last.end, title.len);
    if (!last.end)
        return title.len;
    if (is_heading(o, front) ||
        (count_words(front) >= FEW_WORDS && em_view_ieq(behind, site)))
        return front.len;
    front = em_view_sub(title, 0, find_separator(title, false, false).start);
    return is_heading(o, front) ? front.len : title.len;
}

static void drop_site(struct em_description *d, const struct em_outline *o)
{
    d->title.len = without_site(o, em_buf_view(&d->title), em_buf_view(&d->site));
    d->title.data[d->title.len] = '\0';
}

static enum em_status find_title(struct em_description *d, const struct em_outline *o)
{
    /* Where the headline is something else than the name, <title> tells which is meant. */
    const struct em_said name = {o->meta.title_name, 1, true};
    struct em_view whole = em_buf_view(&o->title);
    EM_TRY(soft(em_said_append(&d->title, &name)));
    if (d->title.len && em_view_find(whole, 0, em_buf_view(&d->title)) < whole.len)
        return EM_OK;
    em_buf_clear(&d->title);
    EM_TRY(soft(em_said_append(&d->title, &o->meta.fields[EM_FIELD_TITLE])));
    if (!d->title.len)
        EM_TRY(soft(em_buf_append_view(&d->title, article_title(o, whole))));
    if (d->title.len)
        drop_site(d, o);
    return EM_OK;
}

/* --- author ------------------------------------------------------------------------------- */

static struct em_view cut_end(struct em_view v)
{
    static const char *const days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday",    "on"};
    for (bool more = true; more;) {
        more = false;
        v = em_view_trim(v);
        while (v.len && strchr(" ,;:|-@/(", v.data[v.len - 1])) {
            v.len--;
            more = true;
        }
        /* U+2013, U+2014, U+2022, U+00B7 */
        if (v.len >= 3 && v.data[v.len - 3] == '\342' && v.data[v.len - 2] == '\200') {
            v.len -= 3;
            more = true;
        } else if (v.len >= 2 && v.data[v.len - 2] == '\302') {
            v.len -= 2;
            more = true;
        }
        for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
            struct em_view day = em_view_of(days[i]);
            if (v.len > day.len && v.data[v.len - day.len - 1] == ' ' &&
                em_view_ieq(em_view_sub(v, v.len - day.len, day.len), day)) {
                v.len -= day.len;
                more = true;
            }
        }
    }
    return v;
}

/* Without "By" in front and the date after; the first line. */
static struct em_view plain_author(struct em_view v)
{
    static const struct em_view by[] = {
        {"by ", 3},           {"by: ", 4},         {"von ", 4},        {"par ", 4},
        {"por ", 4},          {"written by ", 11}, {"posted by:", 10}, {"posted by ", 10},
        {"reviewed by ", 12}, {"author: ", 8}};
    struct em_day_match date;
    v = em_view_trim(em_view_sub(v, 0, em_view_find(v, 0, EM_VIEW("\n"))));
    if (em_day_find(em_view_sub(v, 0, 2 * AUTHOR_BYTES), 0, EM_DAY_DAY_FIRST, &date))
        v = em_view_sub(v, 0, date.start);
    for (size_t i = 0; i < sizeof(by) / sizeof(by[0]); i++)
        if (em_view_istarts(v, by[i]))
            return cut_end(em_view_sub(v, by[i].len, v.len));
    return cut_end(v);
}

static enum em_status add_author(struct em_description *d, const struct em_said *said)
{
    em_buf_clear(&d->scratch);
    EM_TRY(soft(em_said_append(&d->scratch, said)));
    struct em_view name = plain_author(em_buf_view(&d->scratch));
    /* An address stands for a profile, not a name. */
    if (!name.len || em_view_istarts(name, EM_VIEW("http")) ||
        em_view_eq(name, em_buf_view(&d->author)))
        return EM_OK;
    if (d->author.len)
        EM_TRY(soft(em_buf_append(&d->author, ", ", 2)));
    return soft(em_buf_append_view(&d->author, name));
}

static enum em_status find_author(struct em_description *d, const struct em_outline *o)
{
    const struct em_meta *m = &o->meta;
    EM_TRY(add_author(d, &m->fields[EM_FIELD_AUTHOR]));
    for (size_t i = 0; i < 2 && m->more_authors[i].len; i++) {
        const struct em_said more = {m->more_authors[i], 1, true};
        EM_TRY(add_author(d, &more));
    }
    if (d->author.len || m->author_end <= m->author_start || m->author_end > o->text.len)
        return EM_OK;
    /* To the end of its block: what stands in the next one is something else. */
    size_t end = m->author_end;
    for (size_t k = 0; k < o->n_blocks; k++)
        if (o->blocks[k].end > m->author_start) {
            end = o->blocks[k].end < end ? o->blocks[k].end : end;
            break;
        }
    struct em_view shown =
        plain_author(em_view_make(o->text.data + m->author_start, end - m->author_start));
    if (!shown.len || shown.len > AUTHOR_BYTES)
        return EM_OK;
    return soft(em_buf_append_view(&d->author, shown));
}

/* --- excerpt, addresses ------------------------------------------------------------------- */

static enum em_status find_excerpt(struct em_description *d, const struct em_outline *o)
{
    EM_TRY(soft(em_said_append(&d->excerpt, &o->meta.fields[EM_FIELD_EXCERPT])));
    for (size_t i = 0; i < o->n_blocks && !d->excerpt.len; i++) {
        const struct em_raw_block *b = &o->blocks[i];
        if (b->score < EM_MAIN_SCORE || b->kind != EM_BLOCK_PARAGRAPH || !b->stops)
            continue;
        size_t len = b->end - b->start;
        const char *p = o->text.data + b->start;
        if (len > EXCERPT_BYTES) {
            len = EXCERPT_BYTES;
            while (len > 0 && ((unsigned char)p[len] & 0xC0) == 0x80)
                len--;
        }
        EM_TRY(soft(em_buf_append(&d->excerpt, p, len)));
    }
    return EM_OK;
}

/* An address as it stands in an attribute; what is left in `scratch` has its references
 * decoded. */
static enum em_status resolve(struct em_description *d, struct em_buf *out,
                              struct em_view raw)
{
    em_buf_clear(&d->scratch);
    enum em_status status = em_html_decode(&d->scratch, raw, true, true);
    if (status < 0) /* an address cut short is another one */
        return soft(status);
    return soft(em_link_resolve(out, &d->url, em_buf_view(&d->scratch), &d->base));
}

/* A base that cannot be parsed leaves `d->base` empty. */
static enum em_status set_base(struct em_description *d, struct em_view url)
{
    enum em_status status = em_url_parse(&d->base, url, NULL);
    bool web = status == EM_OK &&
               (d->base.scheme == EM_SCHEME_HTTP || d->base.scheme == EM_SCHEME_HTTPS);
    if (!web)
        em_buf_clear(&d->base.href);
    return status == EM_ERR_NOMEM ? status : EM_OK;
}

/* What links are relative to: <base>, itself relative to the page's address. */
static enum em_status find_base(struct em_description *d, struct em_view said,
                                struct em_view url)
{
    EM_TRY(set_base(d, url));
    if (!said.len)
        return EM_OK;
    em_buf_clear(&d->hrefs);
    EM_TRY(resolve(d, &d->hrefs, said));
    return d->hrefs.len ? set_base(d, em_buf_view(&d->hrefs)) : EM_OK;
}

/* As written, without what a URL parser takes off it. */
static enum em_status keep_relative(struct em_description *d)
{
    struct em_view v = em_view_trim(em_buf_view(&d->scratch));
    for (size_t i = 0; i < v.len; i++)
        if (v.data[i] != '\t' && v.data[i] != '\n' && v.data[i] != '\r')
            EM_TRY(em_buf_putc(&d->hrefs, v.data[i]));
    return EM_OK;
}

enum em_status em_describe(struct em_description *d, const struct em_outline *o,
                           struct em_view url)
{
    const struct em_meta *m = &o->meta;
    em_buf_clear(&d->title);
    em_buf_clear(&d->author);
    em_buf_clear(&d->site);
    em_buf_clear(&d->excerpt);
    em_buf_clear(&d->canonical);
    d->n_links = 0;
    EM_TRY(soft(em_said_append(&d->site, &m->fields[EM_FIELD_SITE])));
    EM_TRY(find_title(d, o));
    EM_TRY(find_author(d, o));
    EM_TRY(find_excerpt(d, o));
    EM_TRY(find_base(d, m->base, url));
    if (m->fields[EM_FIELD_CANONICAL].rank)
        EM_TRY(resolve(d, &d->canonical, m->fields[EM_FIELD_CANONICAL].raw));
    return EM_OK;
}

enum em_status em_describe_heads(struct em_description *d, const struct em_outline *o,
                                 struct em_view url)
{
    const struct em_meta *m = &o->meta;
    size_t starts[EM_META_HEADS];
    em_buf_clear(&d->head_text);
    d->n_heads = 0;
    if (m->n_heads == 0)
        return EM_OK;
    EM_TRY(find_base(d, m->base, url));
    for (size_t i = 0; i < m->n_heads; i++) {
        const struct em_meta_head *head = &m->heads[i];
        size_t start = d->head_text.len;
        struct em_view raw =
            head->kind == EM_HEAD_REFRESH ? em_meta_refresh(head->raw) : head->raw;
        if (raw.len == 0)
            continue;
        EM_TRY(resolve(d, &d->head_text, raw));
        if (d->head_text.len == start)
            continue;
        starts[d->n_heads] = start;
        d->heads[d->n_heads++] = (struct em_head_link){
            {NULL, d->head_text.len - start}, head->kind, head->rsl};
    }
    for (size_t i = 0; i < d->n_heads; i++) /* the text does not move any more */
        d->heads[i].href.data = d->head_text.data + starts[i];
    return EM_OK;
}

/* --- links -------------------------------------------------------------------------------- */

static bool in_main(const struct em_outline *o, const struct em_raw_link *l,
                    size_t *block)
{
    while (*block < o->n_blocks && o->blocks[*block].end <= l->start)
        (*block)++;
    return *block < o->n_blocks && o->blocks[*block].start < l->end &&
           o->blocks[*block].score >= EM_MAIN_SCORE;
}

enum em_status em_describe_links(struct em_description *d, const struct em_outline *o)
{
    d->n_links = 0;
    em_buf_clear(&d->hrefs);
    if (o->n_links > d->cap_links) {
        struct em_link *links = em_realloc_array(d->links, o->n_links, sizeof(*links));
        if (!links)
            return EM_ERR_NOMEM;
        d->links = links;
        d->cap_links = o->n_links;
    }
    size_t block = 0;
    for (size_t i = 0; i < o->n_links; i++) {
        const struct em_raw_link *raw = &o->links[i];
        size_t at = d->hrefs.len;
        EM_TRY(resolve(d, &d->hrefs, raw->href));
        /* Relative, and nobody said where the page is: as written. */
        if (d->hrefs.len == at && !d->base.href.len)
            EM_TRY(soft(keep_relative(d)));
        if (d->hrefs.len == at)
            continue; /* javascript:, mailto:, data: */
        d->links[d->n_links++] = (struct em_link){
            .href = {NULL, d->hrefs.len - at},
            .text = em_view_trim(
                em_view_make(o->text.data + raw->start, raw->end - raw->start)),
            .page_start = raw->page_start,
            .rel = raw->rel,
            .main = in_main(o, raw, &block),
        };
    }
    /* The buffer moves while it grows: views into it are made when it does not any more. */
    const char *p = d->hrefs.data;
    for (size_t i = 0; i < d->n_links; i++) {
        d->links[i].href.data = p;
        p += d->links[i].href.len;
    }
    return EM_OK;
}
