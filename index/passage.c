/* SPDX-License-Identifier: Apache-2.0 */
#include "index/passage.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "index/pack.h"

#include <math.h>
#include <stdlib.h>

enum { VALUE_VERSION = 1, FLAG_MORE = 1, REGISTER_BITS = 10, MAX_RANK = 55 };

#define MAX_DOCUMENTS (UINT64_C(1) << 62)
#define DOMAIN_SEED   UINT64_C(0xEC40)

/* --- order ------------------------------------------------------------------------------ */

/* Unknown dates last: shifting by one makes the smallest number the largest. */
static uint64_t date_rank(int64_t date)
{
    return ((uint64_t)date ^ (UINT64_C(1) << 63)) - 1;
}

static int by_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_bytes(struct em_view a, struct em_view b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.data, b.data, n) : 0;
    return order ? (order > 0) - (order < 0) : by_u64(a.len, b.len);
}

int em_passage_order(const struct em_passage_post *a, const struct em_passage_post *b)
{
    int order = by_u64(date_rank(a->date), date_rank(b->date));
    return order ? order : by_bytes(a->domain, b->domain);
}

/* Of two documents of one domain the first; total, so that which one is kept does not
 * depend on the order of merges. */
static int by_document(const struct em_passage_post *a, const struct em_passage_post *b)
{
    int order = by_u64(date_rank(a->date), date_rank(b->date));
    if (order == 0)
        order = by_u64(a->reference, b->reference);
    if (order == 0)
        order = by_u64(a->word, b->word);
    if (order == 0)
        order = by_u64(a->url, b->url);
    return order ? order : (int)a->quoted - (int)b->quoted;
}

/* --- values ------------------------------------------------------------------------------- */

static enum em_status put_post(struct em_buf *out, const struct em_passage_post *p)
{
    EM_TRY(em_pack_i64(out, p->date));
    EM_TRY(em_pack_be(out, p->reference, 8));
    EM_TRY(em_pack_be(out, p->url, 4));
    EM_TRY(em_pack_u64(out, p->word));
    EM_TRY(em_pack_u64(out, p->documents << 1 | p->quoted));
    return em_pack_view(out, p->domain);
}

enum em_status em_passage_value(struct em_buf *out, const struct em_passage *passage)
{
    EM_TRY(em_buf_putc(out, VALUE_VERSION));
    EM_TRY(em_buf_putc(out, passage->more ? FLAG_MORE : 0));
    EM_TRY(em_pack_u64(out, passage->documents));
    EM_TRY(em_pack_u64(out, passage->n));
    for (uint32_t i = 0; i < passage->n; i++)
        EM_TRY(put_post(out, &passage->posts[i]));
    return passage->more ? em_buf_append_view(out, passage->registers) : EM_OK;
}

static bool read_post(struct em_unpack *in, struct em_passage_post *p)
{
    p->date = em_unpack_i64(in);
    p->reference = em_unpack_be(in, 8);
    p->url = (uint32_t)em_unpack_be(in, 4);
    uint64_t word = em_unpack_u64(in);
    uint64_t documents = em_unpack_u64(in);
    p->word = (uint32_t)word;
    p->quoted = documents & 1;
    p->documents = documents >> 1;
    p->domain = em_unpack_view(in);
    return !in->bad && word <= UINT32_MAX && p->documents <= MAX_DOCUMENTS &&
           p->domain.len > 0 && p->domain.len < 256;
}

static bool registers_sound(struct em_view registers)
{
    for (size_t i = 0; i < registers.len; i++)
        if ((uint8_t)registers.data[i] > MAX_RANK)
            return false;
    return true;
}

enum em_status em_passage_read(struct em_passage *passage, struct em_view key,
                               struct em_view value)
{
    struct em_unpack in = em_unpack_of(key);
    passage->hash = em_unpack_be(&in, 8);
    if (!em_unpack_done(&in))
        return EM_ERR_FORMAT;
    in = em_unpack_of(value);
    uint64_t version = em_unpack_be(&in, 1), flags = em_unpack_be(&in, 1);
    passage->documents = em_unpack_u64(&in);
    uint64_t n = em_unpack_u64(&in);
    passage->more = flags & FLAG_MORE;
    passage->registers = EM_VIEW_NONE;
    passage->n = 0;
    if (in.bad || version != VALUE_VERSION || flags > FLAG_MORE || n == 0 ||
        n > EM_PASSAGE_DOMAINS || passage->documents > MAX_DOCUMENTS)
        return EM_ERR_FORMAT;
    for (; passage->n < n; passage->n++) {
        struct em_passage_post *p = &passage->posts[passage->n];
        if (!read_post(&in, p) || (passage->n && em_passage_order(p - 1, p) >= 0) ||
            (passage->more && p->documents))
            return EM_ERR_FORMAT;
    }
    if (passage->more) {
        if ((size_t)(in.end - in.p) < EM_PASSAGE_REGISTERS)
            return EM_ERR_FORMAT;
        passage->registers = em_view_make((const char *)in.p, EM_PASSAGE_REGISTERS);
        in.p += EM_PASSAGE_REGISTERS;
    }
    return em_unpack_done(&in) && registers_sound(passage->registers) ? EM_OK
                                                                      : EM_ERR_FORMAT;
}

/* --- how many domains ----------------------------------------------------------------------- */

static void count_domain(uint8_t registers[EM_PASSAGE_REGISTERS], struct em_view domain)
{
    uint64_t h = em_hash64(domain.data, domain.len, DOMAIN_SEED);
    uint64_t rest = h << REGISTER_BITS | (UINT64_C(1) << (REGISTER_BITS - 1));
    uint8_t rank = (uint8_t)(__builtin_clzll(rest) + 1);
    uint8_t *r = &registers[h >> (64 - REGISTER_BITS)];
    if (*r < rank)
        *r = rank;
}

static void count_passage(uint8_t registers[EM_PASSAGE_REGISTERS],
                          const struct em_passage *passage)
{
    for (size_t i = 0; i < passage->registers.len; i++)
        if (registers[i] < (uint8_t)passage->registers.data[i])
            registers[i] = (uint8_t)passage->registers.data[i];
    for (uint32_t i = 0; i < passage->n; i++)
        count_domain(registers, passage->posts[i].domain);
}

uint64_t em_passage_domains(const struct em_passage *passage)
{
    const double m = EM_PASSAGE_REGISTERS;
    double sum = 0, empty = 0;
    if (!passage->more)
        return passage->n;
    for (size_t i = 0; i < passage->registers.len; i++) {
        sum += ldexp(1, -(int)(uint8_t)passage->registers.data[i]);
        empty += passage->registers.data[i] == 0;
    }
    double estimate = 0.7213 / (1 + 1.079 / m) * m * m / sum;
    if (estimate <= 2.5 * m && empty > 0)
        estimate = m * log(m / empty); /* linear counting: better for few */
    uint64_t domains = (uint64_t)llround(estimate);
    return domains > EM_PASSAGE_DOMAINS ? domains : EM_PASSAGE_DOMAINS + 1;
}

/* --- combining ------------------------------------------------------------------------------ */

static uint64_t passage_add(uint64_t a, uint64_t b)
{
    return a + b < MAX_DOCUMENTS ? a + b : MAX_DOCUMENTS;
}

struct union_of {
    struct em_passage_post posts[2 * EM_PASSAGE_DOMAINS];
    size_t n;
};

static int by_domain(const void *a, const void *b)
{
    const struct em_passage_post *x = a, *y = b;
    return by_bytes(x->domain, y->domain);
}

static int by_first(const void *a, const void *b)
{
    return em_passage_order(a, b);
}

/* One post a domain, the earlier, with both counts. */
static void passage_join(struct union_of *u, const struct em_passage *a,
                         const struct em_passage *b)
{
    size_t kept = 0;
    memcpy(u->posts, a->posts, a->n * sizeof(u->posts[0]));
    memcpy(u->posts + a->n, b->posts, b->n * sizeof(u->posts[0]));
    u->n = a->n + b->n;
    qsort(u->posts, u->n, sizeof(u->posts[0]), by_domain);
    for (size_t i = 1; i < u->n; i++) {
        struct em_passage_post *last = &u->posts[kept], next = u->posts[i];
        if (!em_view_eq(last->domain, next.domain)) {
            u->posts[++kept] = next;
            continue;
        }
        uint64_t documents = passage_add(last->documents, next.documents);
        if (by_document(&next, last) < 0)
            *last = next;
        last->documents = documents;
    }
    u->n = kept + 1;
    qsort(u->posts, u->n, sizeof(u->posts[0]), by_first);
}

enum em_status em_passage_combine(struct em_buf *out, struct em_view key,
                                  struct em_view a, struct em_view b)
{
    struct em_passage x, y;
    struct union_of u;
    uint8_t registers[EM_PASSAGE_REGISTERS] = {0};
    EM_TRY(em_passage_read(&x, key, a));
    EM_TRY(em_passage_read(&y, key, b));
    passage_join(&u, &x, &y);
    bool more = x.more || y.more || u.n > EM_PASSAGE_DOMAINS;
    if (more) {
        count_passage(registers, &x);
        count_passage(registers, &y);
    }
    x.documents = passage_add(x.documents, y.documents);
    x.n = (uint32_t)(u.n < EM_PASSAGE_DOMAINS ? u.n : EM_PASSAGE_DOMAINS);
    memcpy(x.posts, u.posts, x.n * sizeof(x.posts[0]));
    for (uint32_t i = 0; more && i < x.n; i++)
        x.posts[i].documents = 0;
    x.more = more;
    x.registers = em_view_make((const char *)registers, sizeof(registers));
    return em_passage_value(out, &x);
}

/* A whole domain goes with its post. Of single documents only the first of its domain is
 * known here: the post stays, without it, for the others. Sums (documents, the sketch)
 * name nobody and stay. */
enum em_status em_passage_forget(const struct em_forgotten *what, struct em_view key,
                                 struct em_view value, struct em_buf *changed, bool *keep)
{
    struct em_passage passage;
    uint32_t kept = 0;
    bool touched = false;
    EM_TRY(em_passage_read(&passage, key, value));
    for (uint32_t i = 0; i < passage.n; i++) {
        struct em_passage_post p = passage.posts[i];
        bool ours = em_view_eq(p.domain, what->domain);
        bool gone = ours && (what->whole_domain || em_forgotten_has(what, p.reference));
        touched |= gone;
        if (gone && (what->whole_domain || p.documents == 1))
            continue;
        if (gone) {
            p.reference = 0;
            p.url = p.word = 0;
            p.quoted = false;
            p.documents -= p.documents > 0;
        }
        passage.posts[kept++] = p;
    }
    passage.n = kept;
    *keep = kept > 0;
    return touched && *keep ? em_passage_value(changed, &passage) : EM_OK;
}

/* --- rows of a document ------------------------------------------------------------------------ */

struct range {
    uint32_t start, end;
};

struct quotes {
    struct range *ranges; /* EM_MAX_QUOTES, rising */
    size_t n;
};

/* What closes a quotation that begins with `cp`; 0 for other characters. */
static uint32_t closing(uint32_t cp)
{
    switch (cp) {
    case '"':
        return '"';
    case 0x201C:
        return 0x201D;
    case 0x201E:
        return 0x201C;
    case 0xAB:
        return 0xBB;
    case 0xBB:
        return 0xAB;
    case 0x300C:
        return 0x300D;
    default:
        return 0;
    }
}

/* First bytes of those, and of the end of a block. */
static const bool marks[256] = {
    ['"'] = true, ['\n'] = true, [0xC2] = true, [0xE2] = true, [0xE3] = true};

/* Stretches between quotation marks of one block; a mark that is not closed there quotes
 * nothing. */
static void find_quotes(struct quotes *q, struct em_view text)
{
    const char *p = text.data, *end = text.data + text.len;
    uint32_t open = 0, from = 0;
    while (p < end && q->n < EM_MAX_QUOTES) {
        if (EM_LIKELY(!marks[(uint8_t)*p])) {
            p++;
            continue;
        }
        uint32_t cp = (uint8_t)*p, at = (uint32_t)(p - text.data);
        size_t len = 1;
        if (cp >= 0x80)
            len = em_utf8_decode(p, end, &cp);
        p += len;
        if (cp == '\n' && p < end && *p == '\n') {
            open = 0;
        } else if (open && cp == open) {
            q->ranges[q->n++] = (struct range){from, at};
            open = 0;
        } else if (!open && (open = closing(cp)) != 0) {
            from = at;
        }
    }
}

/* Whether the print lies in a quotation. Both come in rising order: *at goes along. */
static bool is_quoted(const struct quotes *q, size_t *at, const struct em_print *print)
{
    while (*at < q->n && q->ranges[*at].end < print->end)
        ++*at;
    return *at < q->n && q->ranges[*at].start <= print->start;
}

static bool in_quote_block(const struct em_doc *doc, size_t *at,
                           const struct em_print *print)
{
    while (*at < doc->n_blocks && doc->blocks[*at].end < print->end)
        ++*at;
    return *at < doc->n_blocks && doc->blocks[*at].kind == EM_BLOCK_QUOTE &&
           doc->blocks[*at].start <= print->start;
}

struct found {
    uint64_t hash;
    uint32_t word;
    bool quoted;
};

static int by_hash(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    int order = by_u64(x->hash, y->hash);
    return order ? order : by_u64(x->word, y->word);
}

static enum em_status add_rows(struct em_rows *rows, const struct em_document *d,
                               struct found *found, size_t n)
{
    struct em_passage passage = {.documents = 1, .n = 1};
    struct em_buf value;
    enum em_status status = EM_OK;
    em_buf_init(&value, EM_MAX_VALUE);
    qsort(found, n, sizeof(found[0]), by_hash);
    for (size_t i = 0; i < n && status == EM_OK; i++) {
        char key[8];
        if (i && found[i].hash == found[i - 1].hash)
            continue;
        for (int k = 0; k < 8; k++)
            key[k] = (char)(found[i].hash >> (56 - 8 * k));
        passage.posts[0] = (struct em_passage_post){
            .domain = d->domain,
            .date = d->date,
            .reference = em_document_reference(d),
            .url = (uint32_t)(d->url_hash >> 32),
            .word = found[i].word,
            .documents = 1,
            .quoted = found[i].quoted,
        };
        em_buf_clear(&value);
        status = em_passage_value(&value, &passage);
        if (status == EM_OK)
            status = em_rows_add(rows, EM_TABLE_PASSAGES, em_view_make(key, sizeof(key)),
                                 em_buf_view(&value));
    }
    em_buf_release(&value);
    return status;
}

enum em_status em_passage_rows(struct em_rows *rows, const struct em_document *document,
                               const struct em_doc *doc, const struct em_print *prints,
                               size_t n)
{
    size_t at_quote = 0, at_block = 0;
    struct quotes quotes = {.n = 0};
    if (n > EM_MAX_PASSAGE_PRINTS)
        n = EM_MAX_PASSAGE_PRINTS;
    if (n == 0 || document->domain.len == 0 || document->domain.len > 255)
        return EM_OK;
    struct found *found = em_malloc(n * sizeof(found[0]));
    quotes.ranges = em_malloc(EM_MAX_QUOTES * sizeof(quotes.ranges[0]));
    enum em_status status = found && quotes.ranges ? EM_OK : EM_ERR_NOMEM;
    if (status == EM_OK) {
        find_quotes(&quotes, doc->text);
        for (size_t i = 0; i < n; i++) {
            bool marked = is_quoted(&quotes, &at_quote, &prints[i]);
            bool block = in_quote_block(doc, &at_block, &prints[i]);
            found[i] = (struct found){prints[i].hash, prints[i].word, marked || block};
        }
        status = add_rows(rows, document, found, n);
    }
    em_free(found);
    em_free(quotes.ranges);
    return status;
}

/* --- export --------------------------------------------------------------------------------- */

static void write_post(struct em_json *json, const struct em_passage_post *p)
{
    char date[24];
    em_date_format(p->date, date);
    em_json_object(json);
    em_json_key(json, "domain");
    em_json_string(json, p->domain);
    em_json_key(json, "date");
    em_json_string_or_null(json, em_view_of(date));
    em_json_key(json, "document");
    em_json_hex(json, p->reference);
    em_json_key(json, "url_hash");
    em_json_u64(json, p->url);
    em_json_key(json, "word");
    em_json_u64(json, p->word);
    em_json_key(json, "documents");
    if (p->documents)
        em_json_u64(json, p->documents);
    else
        em_json_null(json);
    em_json_key(json, "quoted");
    em_json_bool(json, p->quoted);
    em_json_end(json);
}

enum em_status em_passage_json(struct em_json *json, struct em_view key,
                               struct em_view value)
{
    struct em_passage passage;
    EM_TRY(em_passage_read(&passage, key, value));
    em_json_key(json, "print");
    em_json_hex(json, passage.hash);
    em_json_key(json, "documents");
    em_json_u64(json, passage.documents);
    em_json_key(json, "domains");
    em_json_u64(json, em_passage_domains(&passage));
    em_json_key(json, "more");
    em_json_bool(json, passage.more);
    em_json_key(json, "sketch");
    if (passage.more)
        em_json_hex(json, em_hash64(passage.registers.data, passage.registers.len, 0));
    else
        em_json_null(json);
    em_json_key(json, "first");
    em_json_array(json);
    for (uint32_t i = 0; i < passage.n; i++)
        write_post(json, &passage.posts[i]);
    em_json_end(json);
    return EM_OK;
}
