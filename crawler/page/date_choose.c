/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/date_choose.h"

#include "base/limits.h"
#include "crawler/page/classify.h"
#include "crawler/page/marks.h"
#include "crawler/page/scan.h"

/* Points. What machines are told beats what people are shown; what says "published" beats
 * what says only "date". */
enum {
    P_META = 900,
    P_JSONLD = 880,
    P_ITEMPROP = 860,
    P_URL = 840,
    P_TIME_PUBLISHED = 820,
    P_TIME = 700,
    P_META_WEAK = 650,
    P_JSONLD_OTHER = 640,
    P_VISIBLE = 500,
    P_MODIFIED = 250,
    P_LEAST = 200,
    P_MOST = 850, /* of what is on the page: less than what it tells machines outright */
};

/* How far is looked, in blocks around the title; and bytes of a block. */
enum {
    BEFORE_TITLE = 15,
    BEHIND_TITLE = 40,
    BLOCK_BYTES = 600,
    HINT_BYTES = 60,
    FAR_BLOCKS = 3000,
    NEAR_BLOCKS = 8, /* around the title a date is the page's own */
    MANY_TIMES = 3,
    SEVERAL_TIMES = 2,
    LONG_WORDS = 25,
};

struct chooser {
    const struct em_outline *o;
    const struct em_date_clues *clues;
    enum em_day_order order;
    uint32_t latest;        /* day number; nothing later was published */
    uint32_t captured;      /* day number when the page was fetched; 0: not known */
    unsigned times_far;     /* <time> and its like far from the title: a list's */
    unsigned times_outside; /* in what stands beside the page's own text */
    struct em_day partial;  /* year and month of the address; year 0: none */
    size_t title;           /* block; n_blocks when there is none */
    bool has_title;
    size_t text_begins; /* the first long paragraph of main content; or n_blocks */
    int points;
    enum em_date_by by;
    struct em_day day;
};

struct em_view em_date_by_name(enum em_date_by by)
{
    static const char *const names[] = {
        [EM_DATE_BY_NOTHING] = "",
        [EM_DATE_BY_SOURCE] = "source",
        [EM_DATE_BY_META] = "meta",
        [EM_DATE_BY_JSONLD] = "jsonld",
        [EM_DATE_BY_MICRODATA] = "microdata",
        [EM_DATE_BY_TIME] = "time",
        [EM_DATE_BY_URL] = "url",
        [EM_DATE_BY_VISIBLE] = "visible",
        [EM_DATE_BY_MODIFIED] = "modified",
        [EM_DATE_BY_SCRIPT] = "script",
    };
    return em_view_of(names[by]);
}

/* --- the address -------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "/2024/05/17/", "2024-05-17", "17-05-2024": between separators. */
static bool url_written(struct em_view url, struct em_day *day)
{
    struct em_day_match m;
    for (size_t at = 0; em_day_find(url, at, EM_DAY_UNSURE, &m); at = m.end) {
        bool free_end = m.end >= url.len || !is_digit(url.data[m.end]);
        if (free_end && !m.short_year) {
            *day = m.day;
            return true;
        }
    }
    return false;
}

/* "20240517", "17052024": eight digits alone. */
static bool url_eight(struct em_view url, struct em_day *day)
{
    for (size_t i = 0; i + 8 <= url.len; i++) {
        size_t n = 0;
        unsigned v = 0;
        while (i + n < url.len && n < 15 && is_digit(url.data[i + n])) {
            if (n < 8)
                v = v * 10 + (unsigned)(url.data[i + n] - '0');
            n++;
        }
        struct em_day a = {(uint16_t)(v / 10000), (uint8_t)(v / 100 % 100),
                           (uint8_t)(v % 100)};
        struct em_day b = {(uint16_t)(v % 10000), (uint8_t)(v / 10000 % 100),
                           (uint8_t)(v / 1000000)};
        if (n == 8 && em_day_valid(a.year, a.month, a.day)) {
            *day = a;
            return true;
        }
        if (n == 8 && em_day_valid(b.year, b.month, b.day)) {
            *day = b;
            return true;
        }
        i += n;
    }
    return false;
}

/* "/2024/05/", "/2024-05/". */
static void url_month(struct em_view url, struct em_day *partial)
{
    for (size_t i = 1; i + 6 < url.len; i++) {
        const char *p = url.data + i;
        if (p[-1] != '/' || !is_digit(p[0]) || !is_digit(p[1]) || !is_digit(p[2]) ||
            !is_digit(p[3]) || (p[4] != '/' && p[4] != '-') || !is_digit(p[5]))
            continue;
        unsigned year = (unsigned)((p[0] - '0') * 1000 + (p[1] - '0') * 100 +
                                   (p[2] - '0') * 10 + (p[3] - '0'));
        unsigned month = (unsigned)(p[5] - '0');
        size_t end = i + 6;
        if (is_digit(p[6])) {
            month = month * 10 + (unsigned)(p[6] - '0');
            end++;
        }
        if (end < url.len && url.data[end] != '/' && url.data[end] != '-')
            continue;
        if (em_day_valid(year, month, 1)) {
            *partial = (struct em_day){(uint16_t)year, (uint8_t)month, 0};
            return;
        }
    }
}

bool em_date_in_url(struct em_view url, struct em_day *day, struct em_day *partial)
{
    *day = *partial = (struct em_day){0};
    if (url.len > EM_MAX_URL)
        return false;
    /* An archive's address has its own date in front of the page's: the last one counts. */
    size_t begin = 0;
    for (size_t at = 1; (at = em_view_find(url, at, EM_VIEW("http"))) < url.len; at++)
        begin = at;
    url = em_view_sub(url, begin, url.len);
    url = em_view_sub(url, 0, em_view_find(url, 0, EM_VIEW("#")));
    url_month(url, partial);
    return url_written(url, day) || url_eight(url, day);
}

/* --- candidates --------------------------------------------------------------------------- */

static void offer(struct chooser *c, struct em_day day, int points, enum em_date_by by)
{
    uint32_t number = em_day_number(day);
    if (!day.year || number > c->latest)
        return;
    if (c->partial.year)
        points +=
            day.year == c->partial.year && day.month == c->partial.month ? 120 : -60;
    if (points > c->points) {
        c->points = points;
        c->by = by;
        c->day = day;
    }
}

static size_t block_behind(const struct em_outline *o, uint32_t at)
{
    size_t low = 0, high = o->n_blocks;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (o->blocks[middle].end > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

enum {
    OF_OTHERS = EM_MARK_RELATED | EM_MARK_COMMENT | EM_MARK_SIDEBAR | EM_MARK_NAV |
                EM_MARK_FOOTER | EM_MARK_AD | EM_MARK_WIDGET,
    OUTSIDE = EM_ROLE_NAV | EM_ROLE_FOOTER | EM_ROLE_ASIDE | EM_ROLE_FORM,
};

static bool is_outside(const struct chooser *c, size_t i)
{
    const struct em_node *n = &c->o->nodes[c->o->blocks[i].node];
    return n->roles & OUTSIDE || (n->marks | n->above) & EM_MARK_RELATED;
}

static bool is_far(const struct chooser *c, size_t i)
{
    return (i > c->title ? i - c->title : c->title - i) > NEAR_BLOCKS;
}

/* A date of something else: one of several in what stands beside or under the page's own
 * text, or one of many that are far from the title; after the text's beginning. */
static bool of_another(const struct chooser *c, size_t i)
{
    if (i <= c->text_begins)
        return false;
    if (is_outside(c, i))
        return c->times_outside >= SEVERAL_TIMES;
    return c->has_title && is_far(c, i) && c->times_far >= MANY_TIMES;
}

/* The site's clock: over the title, outside the article, with the day of the capture. */
static bool is_clock(const struct chooser *c, size_t i, struct em_day day)
{
    const struct em_node *n = &c->o->nodes[c->o->blocks[i].node];
    for (uint32_t k = 0; k < c->o->meta.n_dates; k++) {
        const struct em_date_hint *h = &c->o->meta.dates[k];
        if (h->kind == EM_HINT_CLOCK && h->at >= c->o->blocks[i].start &&
            h->at < c->o->blocks[i].end)
            return true;
    }
    return c->captured && em_day_number(day) + 1 >= c->captured && c->has_title &&
           i < c->title && !(n->roles & (EM_ROLE_ARTICLE | EM_ROLE_MAIN));
}

/* What the elements around a block say of a date in it. */
static int around(const struct chooser *c, size_t i)
{
    const struct em_node *n = &c->o->nodes[c->o->blocks[i].node];
    int points = 0;
    for (int level = 0; level < 3 && n->depth; level++) {
        points += n->marks & EM_MARK_META ? (level ? 40 : 80) : 0;
        n = &c->o->nodes[n->parent];
    }
    n = &c->o->nodes[c->o->blocks[i].node];
    if ((n->marks | n->above) & OF_OTHERS)
        points -= 120;
    if (n->roles & OUTSIDE)
        points -= 150;
    if (n->roles & EM_ROLE_HEADER && !(n->roles & (EM_ROLE_ARTICLE | EM_ROLE_MAIN)))
        points -= 40;
    if (n->roles & (EM_ROLE_ARTICLE | EM_ROLE_MAIN))
        points += 30;
    return points;
}

/* Near the title is good, just after it best. */
static int near_title(const struct chooser *c, size_t i)
{
    if (!c->has_title)
        return 0;
    if (i >= c->title) {
        size_t d = i - c->title;
        return d <= 8 ? 200 - 15 * (int)d : d <= BEHIND_TITLE ? 40 : -60;
    }
    size_t d = c->title - i;
    return d <= 6 ? 130 - 15 * (int)d : d <= BEFORE_TITLE ? 0 : -80;
}

static bool has_any(struct em_view text, const char *const *words, size_t n)
{
    for (size_t i = 0; i + 4 <= text.len; i++)
        for (size_t k = 0; k < n; k++)
            if ((text.data[i] | 0x20) == (words[k][0] | 0x20) &&
                em_view_istarts(em_view_sub(text, i, text.len), em_view_of(words[k])))
                return true;
    return false;
}

/* What the words in front of a date say of it. */
static int words_before(struct em_view text, size_t start)
{
    static const char *const published[] = {
        "publish",      "posted",   "veröffentlicht", "erstellt", "publié",  "publicad",
        "pubblicat",    "released", "written",        "created",  "опублик", "geplaatst",
        "gepubliceerd", "opublik",  "datum",          "date:",    "vom "};
    static const char *const modified[] = {
        "updat",  "modif",      "aktualisier", "geändert",   "zuletzt",   "bearbeitet",
        "last ",  "revised",    "edited",      "mis à jour", "actualiz",  "aggiorn",
        "обновл", "bijgewerkt", "stand:",      "abgerufen",  "retrieved", "accessed"};
    static const char *const other[] = {"copyright", "©",           "bis ",    "until ",
                                        "from ",     "since ",      "seit ",   "ab ",
                                        "joined",    "registriert", "geboren", "born"};
    enum { NEAR = 32 };
    size_t begin = start > NEAR ? start - NEAR : 0;
    struct em_view before = em_view_sub(text, begin, start - begin);
    if (has_any(before, modified, sizeof(modified) / sizeof(modified[0])))
        return -150;
    if (has_any(before, published, sizeof(published) / sizeof(published[0])))
        return 80;
    return has_any(before, other, sizeof(other) / sizeof(other[0])) ? -120 : 0;
}

/* Digits joined on, or a word in front that says so: of a telephone or serial number. */
static bool is_of_number(struct em_view text, const struct em_day_match *m)
{
    static const char *const words[] = {"tel",      "phone", "fax", "isbn", "issn",
                                        "mobil",    "тел",   "sku", "doi",  "serial",
                                        "whatsapp", "call",  "ref", "iban", "hotline"};
    enum { NEAR = 16 };
    const char *p = text.data;
    size_t s = m->start, e = m->end;
    if (e + 1 < text.len && (p[e] == '-' || p[e] == '/' || p[e] == '.') &&
        is_digit(p[e + 1]))
        return true;
    if (s > 0 && p[s - 1] == '+')
        return true;
    if (s > 1 && (p[s - 1] == '-' || p[s - 1] == '/' || p[s - 1] == '.') &&
        is_digit(p[s - 2]))
        return true;
    for (size_t i = s > NEAR ? s - NEAR : 0; i < s; i++) {
        if (i > 0 && ((p[i - 1] | 0x20) >= 'a' || p[i - 1] < 0))
            continue; /* inside a word */
        for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++)
            if (em_view_istarts(em_view_sub(text, i, s - i), em_view_of(words[k])))
                return true;
    }
    return false;
}

static void visible(struct chooser *c, size_t i, int base, enum em_date_by by,
                    size_t from)
{
    const struct em_raw_block *b = &c->o->blocks[i];
    size_t len = b->end - b->start;
    struct em_view text = {c->o->text.data + b->start,
                           len < BLOCK_BYTES ? len : BLOCK_BYTES};
    struct em_day_match m;
    int place = base + around(c, i) + near_title(c, i);
    if (of_another(c, i))
        return;
    for (int n = 0; n < 3 && em_day_find(text, from, c->order, &m); n++, from = m.end) {
        if (is_of_number(text, &m) || is_clock(c, i, m.day))
            continue;
        int points = place + words_before(text, m.start);
        size_t other = len - (m.end - m.start);
        points += other < 12 ? 100 : other < 50 ? 60 : other < 150 ? 0 : -120;
        points -= m.short_year ? 30 : 0;
        points -= m.numeric ? 10 : 0;
        points -= 10 * n;
        offer(c, m.day, points < P_MOST - 20 ? points : P_MOST - 20, by);
    }
}

static void hint(struct chooser *c, const struct em_date_hint *h)
{
    static const struct {
        int points;
        enum em_date_by by;
    } kinds[] = {
        [EM_HINT_META] = {P_META, EM_DATE_BY_META},
        [EM_HINT_META_WEAK] = {P_META_WEAK, EM_DATE_BY_META},
        [EM_HINT_META_MODIFIED] = {P_MODIFIED, EM_DATE_BY_MODIFIED},
        [EM_HINT_JSONLD] = {P_JSONLD, EM_DATE_BY_JSONLD},
        [EM_HINT_JSONLD_OTHER] = {P_JSONLD_OTHER, EM_DATE_BY_JSONLD},
        [EM_HINT_JSONLD_MODIFIED] = {P_MODIFIED + 20, EM_DATE_BY_MODIFIED},
        [EM_HINT_ITEMPROP] = {P_ITEMPROP, EM_DATE_BY_MICRODATA},
        [EM_HINT_ITEMPROP_MODIFIED] = {P_MODIFIED, EM_DATE_BY_MODIFIED},
        [EM_HINT_TIME] = {P_TIME, EM_DATE_BY_TIME},
        [EM_HINT_TIME_PUBLISHED] = {P_TIME_PUBLISHED, EM_DATE_BY_TIME},
        [EM_HINT_TIME_MODIFIED] = {P_MODIFIED, EM_DATE_BY_MODIFIED},
        [EM_HINT_CLOCK] = {0, EM_DATE_BY_NOTHING},
    };
    if (h->kind == EM_HINT_CLOCK)
        return;
    int points = kinds[h->kind].points;
    enum em_date_by by = kinds[h->kind].by;
    struct em_day day;
    bool placed = h->kind >= EM_HINT_ITEMPROP;
    size_t i = placed ? block_behind(c->o, h->at) : 0;
    if (h->kind >= EM_HINT_TIME && (i >= c->o->n_blocks || of_another(c, i)))
        return;
    if (placed && i < c->o->n_blocks)
        points += (around(c, i) + near_title(c, i)) / (h->kind >= EM_HINT_TIME ? 1 : 4);
    if (placed && points > P_MOST)
        points = P_MOST;
    if (em_day_read(h->value, c->order, &day)) {
        if (h->kind < EM_HINT_TIME || !is_clock(c, i, day))
            offer(c, day, points, by);
    } else if (placed && i < c->o->n_blocks) {
        const struct em_raw_block *b = &c->o->blocks[i];
        struct em_view text = {c->o->text.data + b->start, b->end - b->start};
        size_t from = h->at > b->start ? h->at - b->start : 0;
        struct em_day_match m;
        text = em_view_sub(text, 0, from + HINT_BYTES);
        if (em_day_find(text, from, c->order, &m) && !is_clock(c, i, m.day))
            offer(c, m.day, points + words_before(text, m.start), by);
    }
}

/* --- the page ----------------------------------------------------------------------------- */

static void find_title(struct chooser *c)
{
    const struct em_outline *o = c->o;
    size_t first_h1 = o->n_blocks, first_main = o->n_blocks;
    for (size_t i = 0; i < o->n_blocks; i++) {
        const struct em_raw_block *b = &o->blocks[i];
        if (first_main == o->n_blocks && b->score >= EM_MAIN_SCORE)
            first_main = i;
        if (b->kind != EM_BLOCK_HEADING)
            continue;
        struct em_view text = {o->text.data + b->start, b->end - b->start};
        if (text.len >= 10 && text.len <= o->title.len &&
            em_view_find(em_buf_view(&o->title), 0, text) < o->title.len) {
            c->title = i;
            c->has_title = true;
            return;
        }
        if (first_h1 == o->n_blocks && b->tag == EM_TAG_H1)
            first_h1 = i;
    }
    c->title = first_h1 < o->n_blocks ? first_h1 : first_main;
    c->has_title = c->title < o->n_blocks;
}

static void count_times(struct chooser *c)
{
    bool near = false;
    const struct em_outline *o = c->o;
    size_t i = c->has_title ? c->title : 0;
    while (i < o->n_blocks &&
           (o->blocks[i].score < EM_MAIN_SCORE || o->blocks[i].words < LONG_WORDS))
        i++;
    c->text_begins = i;
    for (uint32_t k = 0; k < c->o->meta.n_dates; k++) {
        const struct em_date_hint *h = &c->o->meta.dates[k];
        i = block_behind(c->o, h->at);
        if (h->kind < EM_HINT_TIME || h->kind == EM_HINT_CLOCK || i == c->o->n_blocks)
            continue;
        c->times_outside += is_outside(c, i);
        c->times_far += is_far(c, i);
        near |= !is_far(c, i);
    }
    if (near)
        c->times_far = 0;
}

static enum em_day_order order_of(const struct em_date_clues *clues)
{
    struct em_view lang = clues->lang.len ? clues->lang : clues->lang_seen;
    if (!em_view_istarts(lang, EM_VIEW("en")))
        return EM_DAY_DAY_FIRST;
    if (lang.len >= 5)
        return em_view_ieq(em_view_sub(lang, 3, 2), EM_VIEW("us")) ? EM_DAY_MONTH_FIRST
                                                                   : EM_DAY_DAY_FIRST;
    /* English of no country: that of the address, where it has one. */
    struct em_view host = clues->url;
    size_t slashes = em_view_find(host, 0, EM_VIEW("//"));
    host = em_view_sub(host, slashes + 2, host.len);
    host = em_view_sub(host, 0, em_view_find(host, 0, EM_VIEW("/")));
    bool country = host.len > 3 && host.data[host.len - 3] == '.' &&
                   !em_view_ieq(em_view_sub(host, host.len - 2, 2), EM_VIEW("us"));
    return country ? EM_DAY_DAY_FIRST : EM_DAY_MONTH_FIRST;
}

static void look_at_text(struct chooser *c)
{
    const struct em_outline *o = c->o;
    size_t from = c->has_title && c->title > BEFORE_TITLE ? c->title - BEFORE_TITLE : 0;
    size_t to = c->has_title ? c->title + BEHIND_TITLE : FAR_BLOCKS;
    for (size_t i = from; i < o->n_blocks && i <= to; i++)
        if (o->blocks[i].digits >= 3)
            visible(c, i, P_VISIBLE, EM_DATE_BY_VISIBLE, 0);
}

static void look_everywhere(struct chooser *c)
{
    for (size_t i = 0; i < c->o->n_blocks && i < FAR_BLOCKS; i++)
        if (c->o->blocks[i].digits >= 3)
            visible(c, i, P_VISIBLE - 100, EM_DATE_BY_VISIBLE, 0);
}

enum em_date_by em_date_choose(const struct em_outline *o,
                               const struct em_date_clues *clues, struct em_day *day)
{
    struct em_day captured, in_url;
    struct chooser c = {.o = o,
                        .clues = clues,
                        .order = order_of(clues),
                        .latest = em_day_number(em_day_today()),
                        .points = P_LEAST};
    if (em_day_read(clues->captured, EM_DAY_UNSURE, &captured)) {
        c.captured = em_day_number(captured);
        c.latest = c.captured + 1;
    }
    struct em_view said = o->meta.fields[EM_FIELD_CANONICAL].raw;
    bool whole = em_date_in_url(clues->url, &in_url, &c.partial);
    if (!whole && !c.partial.year)
        whole = em_date_in_url(said, &in_url, &c.partial);
    if (whole) {
        c.partial = (struct em_day){0};
        offer(&c, in_url, P_URL, EM_DATE_BY_URL);
    }
    find_title(&c);
    count_times(&c);
    for (uint32_t i = 0; i < o->meta.n_dates; i++)
        hint(&c, &o->meta.dates[i]);
    if (c.points < P_VISIBLE + 300)
        look_at_text(&c);
    if (c.points < P_VISIBLE - 100)
        look_everywhere(&c);
    *day = c.day;
    return c.by;
}
