/* SPDX-License-Identifier: Apache-2.0
 *
 * Questions to a parsed robots.txt. The form is walked once a question; groups that do not
 * name the agent are jumped over.
 */
#define _GNU_SOURCE /* memmem, which is linear */
#include "crawler/web/robots_int.h"

#include "base/limits.h"
#include "base/wire/optout.h"

/* --- percent-encoding ------------------------------------------------------------------- */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that the escape at text[i] stands for; -1 where there is none. */
static int escaped_byte(struct em_view text, size_t i)
{
    if (text.data[i] != '%' || i + 2 >= text.len)
        return -1;
    int high = hex_value(text.data[i + 1]), low = hex_value(text.data[i + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static void put_escape(struct em_buf *out, int byte)
{
    static const char hex[] = "0123456789ABCDEF";
    out->data[out->len++] = '%';
    out->data[out->len++] = hex[byte >> 4 & 15];
    out->data[out->len++] = hex[byte & 15];
}

enum em_status em_robots_upper_escapes(struct em_buf *out, struct em_view text)
{
    EM_TRY(em_buf_reserve(out, 3 * text.len));
    for (size_t i = 0; i < text.len; i++) {
        int byte = escaped_byte(text, i);
        if (byte >= 0) {
            put_escape(out, byte);
            i += 2;
        } else if ((unsigned char)text.data[i] >= 0x80) {
            put_escape(out, (unsigned char)text.data[i]);
        } else {
            out->data[out->len++] = text.data[i];
        }
    }
    return EM_OK;
}

static bool unreserved(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.' || c == '_' || c == '~';
}

enum em_status em_robots_normal(struct em_buf *out, struct em_view text, bool pattern)
{
    EM_TRY(em_buf_reserve(out, 3 * text.len));
    for (size_t i = 0; i < text.len; i++) {
        int c = (unsigned char)text.data[i], byte = escaped_byte(text, i);
        bool special = c == '*' || c == '$';
        bool meant = pattern && (c == '*' || i + 1 == text.len);
        if (byte >= 0 && unreserved(byte))
            out->data[out->len++] = (char)byte;
        else if (byte >= 0)
            put_escape(out, byte);
        else if (c <= ' ' || c >= 0x7F || (special && !meant))
            put_escape(out, c);
        else
            out->data[out->len++] = (char)c;
        if (byte >= 0)
            i += 2;
    }
    return EM_OK;
}

/* --- the question ----------------------------------------------------------------------- */

static size_t find_any(struct em_view text, size_t from, const char *set)
{
    while (from < text.len && !strchr(set, text.data[from]))
        from++;
    return from;
}

/* Path and query of a URL, as google/robotstxt finds them; EM_VIEW_NONE where the path is
 * empty or does not begin with a slash. */
static struct em_view robots_match_path_of(struct em_view url)
{
    size_t start = em_view_starts(url, EM_VIEW("//")) ? 2 : 0;
    size_t early = find_any(url, start, "/?;");
    size_t scheme = em_view_find(url, start, EM_VIEW("://"));
    if (scheme < url.len && early >= scheme)
        start = scheme + 3;
    size_t path = find_any(url, start, "/?;"), hash = em_view_find(url, 0, EM_VIEW("#"));
    if (path >= url.len || hash < path)
        return EM_VIEW_NONE;
    return em_view_sub(url, path, hash - path);
}

void em_robots_query_init(struct em_robots_query *query)
{
    em_buf_init(&query->text, 8 * EM_MAX_URL_INPUT);
    query->path = EM_VIEW("/");
    query->normal = 0;
    query->differs = query->robots_txt = false;
}

void em_robots_query_release(struct em_robots_query *query)
{
    em_buf_release(&query->text);
}

enum em_status em_robots_query_set(struct em_robots_query *query, struct em_view url)
{
    struct em_view path = robots_match_path_of(url);
    em_buf_clear(&query->text);
    query->normal = 0;
    query->differs = false;
    if (path.len == 0) {
        path = EM_VIEW("/");
    } else if (path.data[0] != '/') {
        EM_TRY(em_buf_reserve(&query->text, 4 * path.len + 4));
        EM_TRY(em_buf_putc(&query->text, '/'));
        EM_TRY(em_buf_append_view(&query->text, path));
        path = em_buf_view(&query->text);
    }
    query->path = path;
    query->robots_txt = em_view_eq(path, EM_VIEW("/robots.txt"));
    bool plain = true;
    for (size_t i = 0; i < path.len && plain; i++) {
        char c = path.data[i];
        plain = c > ' ' && c < 0x7F && c != '%' && c != '*' && c != '$';
    }
    if (plain)
        return EM_OK;
    query->normal = query->text.len;
    EM_TRY(em_robots_normal(&query->text, path, false));
    query->differs = !em_view_eq(
        path, em_view_sub(em_buf_view(&query->text), query->normal, query->text.len));
    return EM_OK;
}

static struct em_view normal_path(const struct em_robots_query *query)
{
    if (!query->differs)
        return query->path;
    return em_view_sub(em_buf_view(&query->text), query->normal, query->text.len);
}

/* spec: RFC9309 2.2.3. The pieces between stars are found one after the other, each as far
 * to the left as possible, which never misses a match: no backtracking. */
bool em_robots_pattern_matches(struct em_view pattern, struct em_view path)
{
    bool anchored = pattern.len > 0 && pattern.data[pattern.len - 1] == '$';
    if (anchored)
        pattern.len--;
    size_t star = em_view_find(pattern, 0, EM_VIEW("*"));
    if (!em_view_starts(path, em_view_sub(pattern, 0, star)))
        return false;
    if (star == pattern.len)
        return !anchored || path.len == pattern.len;
    const char *at = path.data + star, *end = path.data + path.len;
    for (;;) {
        size_t from = star + 1;
        star = em_view_find(pattern, from, EM_VIEW("*"));
        struct em_view piece = em_view_sub(pattern, from, star - from);
        size_t left = (size_t)(end - at);
        if (star == pattern.len && anchored)
            return piece.len <= left &&
                   (piece.len == 0 ||
                    memcmp(end - piece.len, piece.data, piece.len) == 0);
        const char *found =
            piece.data && piece.len ? memmem(at, left, piece.data, piece.len) : at;
        if (!found)
            return false;
        at = found + piece.len;
        if (star == pattern.len)
            return true;
    }
}

/* --- walking the form ------------------------------------------------------------------- */

/* The record at *pos, which moves after it; false at the end or where the form is short. */
static bool next_record(struct em_view form, size_t *pos, struct em_robots_record *record)
{
    if (form.len < EM_ROBOTS_HEAD || *pos > form.len - EM_ROBOTS_HEAD)
        return false;
    const unsigned char *p = (const unsigned char *)form.data + *pos;
    size_t len = (size_t)p[2] | (size_t)p[3] << 8;
    record->tag = (char)p[0];
    record->line = em_robots_u32((const char *)p + 4);
    record->bytes = em_view_sub(form, *pos + EM_ROBOTS_HEAD, len);
    *pos += EM_ROBOTS_HEAD + len;
    return *pos <= form.len;
}

enum em_status em_robots_txt_check(struct em_view form, struct em_err *err)
{
    struct em_robots_record record;
    size_t pos = EM_ROBOTS_HEAD, group_end = 0;
    if (form.len < EM_ROBOTS_HEAD || memcmp(form.data, "EMR1", 4) != 0)
        return em_fail(err, EM_ERR_VERSION, "robots", "not a parsed robots.txt");
    if (em_robots_u32(form.data + 4) != form.len)
        return em_fail(err, EM_ERR_FORMAT, "robots", "length does not fit");
    while (pos < form.len) {
        if (!next_record(form, &pos, &record))
            return em_fail(err, EM_ERR_FORMAT, "robots", "record is cut");
        if (record.tag == '\0' || !strchr("guadncxslw", record.tag))
            return em_fail(err, EM_ERR_FORMAT, "robots", "unknown record");
        bool number = strchr("gc", record.tag) != NULL;
        if ((number && record.bytes.len != 4) ||
            (record.tag == 'x' && record.bytes.len < 4) ||
            (record.tag == 'w' &&
             (record.bytes.len < 2 ||
              2 + (size_t)em_robots_u16(record.bytes.data) > record.bytes.len)))
            return em_fail(err, EM_ERR_FORMAT, "robots", "record of wrong length");
        if (record.tag == 'g') {
            if (pos < group_end || em_robots_u32(record.bytes.data) > form.len - pos)
                return em_fail(err, EM_ERR_FORMAT, "robots", "group of wrong length");
            group_end = pos + em_robots_u32(record.bytes.data);
        } else if (group_end > 0 && pos > group_end && record.tag != 's' &&
                   record.tag != 'l') {
            return em_fail(err, EM_ERR_FORMAT, "robots", "record outside of a group");
        }
    }
    return EM_OK;
}

/* Whom a group is for. */
enum scope { SCOPE_NOBODY, SCOPE_ALL, SCOPE_AGENT };

struct walk {
    struct em_view form, agent;
    size_t pos, group_end;
    enum scope scope;
    bool digits; /* the agent's name has some: compared with all of the line's */
};

/* The product token of the asker: "FooBot/2.1 (...)" is FooBot. */
static void walk_begin(struct walk *w, struct em_view form, struct em_view agent)
{
    size_t slash = em_view_find(agent, 0, EM_VIEW("/"));
    *w = (struct walk){.form = form, .pos = EM_ROBOTS_HEAD};
    w->agent = em_view_trim(em_view_sub(agent, 0, slash));
    w->digits = em_robots_token(w->agent, false).len < w->agent.len;
}

static enum scope scope_of_group(const struct walk *w)
{
    struct em_robots_record record;
    size_t pos = w->pos;
    enum scope scope = SCOPE_NOBODY;
    while (pos < w->group_end && next_record(w->form, &pos, &record)) {
        if (record.tag == 'a' || record.tag == 'd')
            break;
        if (record.tag != 'u')
            continue; /* delays, signals, sitemaps between the agents */
        if (em_view_eq(record.bytes, EM_VIEW("*")))
            scope = scope == SCOPE_AGENT ? scope : SCOPE_ALL;
        else if (em_view_ieq(w->digits ? record.bytes
                                       : em_robots_token(record.bytes, false),
                             w->agent))
            return SCOPE_AGENT;
    }
    return scope;
}

/* The next record of a group that is for the agent or for all. */
static bool walk_next(struct walk *w, struct em_robots_record *record)
{
    while (next_record(w->form, &w->pos, record)) {
        if (record->tag == 'g' && record->bytes.len == 4) {
            w->group_end = w->pos + em_robots_u32(record->bytes.data);
            w->scope = scope_of_group(w);
            if (w->scope == SCOPE_NOBODY)
                w->pos = w->group_end;
            else
                return true;
        } else if (w->scope != SCOPE_NOBODY && w->pos <= w->group_end) {
            return true;
        }
    }
    return false;
}

/* --- answers ---------------------------------------------------------------------------- */

struct best {
    size_t allow, disallow; /* lengths of the longest patterns that match */
    struct em_robots_record allow_rule, disallow_rule;
};

static void consider(struct best *best, const struct em_robots_record *record,
                     const struct em_robots_query *query, struct em_view normal)
{
    size_t len = record->bytes.len;
    if (record->tag == 'a') {
        if (len > best->allow && em_robots_pattern_matches(record->bytes, query->path)) {
            best->allow = len;
            best->allow_rule = *record;
        }
        return;
    }
    if (len > best->disallow &&
        (em_robots_pattern_matches(record->bytes, query->path) ||
         ((normal.data || query->differs) &&
          em_robots_pattern_matches(normal.data ? normal : record->bytes,
                                    normal_path(query))))) {
        best->disallow = len;
        best->disallow_rule = *record;
    }
}

/* The normalised pattern after a disallow record, or nothing. */
static struct em_view normal_behind(const struct walk *w)
{
    struct em_robots_record record;
    size_t pos = w->pos;
    if (pos < w->group_end && next_record(w->form, &pos, &record) && record.tag == 'n')
        return record.bytes;
    return EM_VIEW_NONE;
}

static void explain(struct em_robots_match *match, const struct best *best)
{
    if (best->allow == 0 && best->disallow == 0)
        return;
    const struct em_robots_record *rule =
        best->disallow > best->allow ? &best->disallow_rule : &best->allow_rule;
    match->line = rule->line;
    match->rule = rule->bytes;
    match->allow = rule->tag == 'a';
}

bool em_robots_txt_allows(struct em_view form, struct em_view agent,
                          const struct em_robots_query *query,
                          struct em_robots_match *match)
{
    struct best own = {0}, all = {0};
    struct em_robots_record record;
    struct walk w;
    bool named = false;
    walk_begin(&w, form, agent);
    /* spec: RFC9309 2.2.1: all groups that name the agent are one; those for "*" count only
     * where no group does. */
    while (walk_next(&w, &record)) {
        named |= w.scope == SCOPE_AGENT;
        if (record.tag == 'a')
            consider(w.scope == SCOPE_AGENT ? &own : &all, &record, query, EM_VIEW_NONE);
        else if (record.tag == 'd')
            consider(w.scope == SCOPE_AGENT ? &own : &all, &record, query,
                     normal_behind(&w));
    }
    const struct best *best = named ? &own : &all;
    /* spec: RFC9309 2.2.2: the longest match; on a tie Allow; /robots.txt always */
    bool allowed = best->disallow <= best->allow || query->robots_txt;
    if (match) {
        *match = (struct em_robots_match){.allowed = allowed, .own_group = named};
        if (!query->robots_txt)
            explain(match, best);
    }
    return allowed;
}

long em_robots_txt_delay(struct em_view form, struct em_view agent)
{
    struct em_robots_record record;
    struct walk w;
    bool named = false;
    long own = -1, all = -1;
    walk_begin(&w, form, agent);
    while (walk_next(&w, &record)) {
        named |= w.scope == SCOPE_AGENT;
        if (record.tag != 'c' || record.bytes.len != 4)
            continue;
        long ms = (long)em_robots_u32(record.bytes.data);
        if (ms > 1000L * EM_MAX_ROBOTS_DELAY)
            ms = 1000L * EM_MAX_ROBOTS_DELAY;
        long *longest = w.scope == SCOPE_AGENT ? &own : &all;
        if (ms > *longest)
            *longest = ms;
    }
    return named ? own : all;
}

/* Signals about the same matter, so that a longer path's word on one leaves the others. */
static const uint32_t matters[] = {
    EM_OPTOUT_SEARCH_NO | EM_OPTOUT_SEARCH_YES,
    EM_OPTOUT_AI_INPUT_NO | EM_OPTOUT_AI_INPUT_YES,
    EM_OPTOUT_AI_TRAIN_NO | EM_OPTOUT_AI_TRAIN_YES,
    EM_OPTOUT_TDM_RESERVED | EM_OPTOUT_TDM_GRANTED,
    EM_OPTOUT_USAGE_OTHER,
};

enum { N_MATTERS = sizeof(matters) / sizeof(matters[0]) };

struct signals {
    uint32_t flags;
    size_t longest[N_MATTERS]; /* length of the path + 1 */
};

static void note_signal(struct signals *s, uint32_t flags, size_t path)
{
    for (size_t i = 0; i < N_MATTERS; i++) {
        if (!(flags & matters[i]) || path + 1 < s->longest[i])
            continue;
        s->longest[i] = path + 1;
        s->flags = (s->flags & ~matters[i]) | (flags & matters[i]);
    }
}

uint32_t em_robots_txt_signals(struct em_view form, struct em_view agent,
                               const struct em_robots_query *query)
{
    struct em_robots_record record;
    struct signals own = {0}, all = {0};
    struct walk w;
    bool named = false;
    walk_begin(&w, form, agent);
    while (walk_next(&w, &record)) {
        named |= w.scope == SCOPE_AGENT;
        if (record.tag != 'x' || record.bytes.len < 4)
            continue;
        struct em_view path = em_view_sub(record.bytes, 4, record.bytes.len);
        if (path.len == 0 || em_robots_pattern_matches(path, query->path))
            note_signal(w.scope == SCOPE_AGENT ? &own : &all,
                        em_robots_u32(record.bytes.data), path.len);
    }
    return named ? own.flags : all.flags;
}

/* The next record with that tag, whatever group it is in. */
static bool global_next(struct em_view form, char tag, size_t *cursor,
                        struct em_view *bytes)
{
    struct em_robots_record record;
    if (*cursor < EM_ROBOTS_HEAD)
        *cursor = EM_ROBOTS_HEAD;
    while (next_record(form, cursor, &record))
        if (record.tag == tag) {
            *bytes = record.bytes;
            return true;
        }
    return false;
}

bool em_robots_txt_sitemap(struct em_view form, size_t *cursor, struct em_view *url)
{
    return global_next(form, 's', cursor, url);
}

bool em_robots_txt_licence(struct em_view form, size_t *cursor, struct em_view *url)
{
    return global_next(form, 'l', cursor, url);
}

static bool group_names(struct em_view form, struct em_view agent)
{
    struct em_robots_record record;
    struct walk w;
    walk_begin(&w, form, agent);
    while (walk_next(&w, &record))
        if (w.scope == SCOPE_AGENT)
            return true;
    return false;
}

bool em_robots_txt_usage(struct em_view form, struct em_view agent,
                         const struct em_robots_query *query, size_t *cursor,
                         struct em_view *value)
{
    struct em_robots_record record;
    struct walk w;
    enum scope scope = group_names(form, agent) ? SCOPE_AGENT : SCOPE_ALL;
    walk_begin(&w, form, agent);
    while (walk_next(&w, &record)) {
        if (record.tag != 'w' || w.scope != scope || w.pos <= *cursor)
            continue;
        size_t len = em_robots_u16(record.bytes.data);
        struct em_view path = em_view_sub(record.bytes, 2, len);
        *cursor = w.pos;
        if (len && !em_robots_pattern_matches(path, query->path))
            continue;
        *value = em_view_sub(record.bytes, 2 + len, record.bytes.len);
        return true;
    }
    return false;
}
