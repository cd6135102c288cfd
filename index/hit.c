/* SPDX-License-Identifier: Apache-2.0 */
#include "index/hit.h"

#include "base/hash.h"
#include "index/pack.h"
#include "index/refs/refs.h"

#include <stdio.h>

enum { VALUE_VERSION = 1, HASH_DIGITS = 16 };

/* Names without NUL, cut to what a key holds. A cut item keeps its identity by its hash. */
static enum em_status put_name(struct em_buf *out, struct em_view name, size_t most,
                               bool hashed)
{
    const char *nul = name.len ? memchr(name.data, '\0', name.len) : NULL;
    size_t len = nul ? (size_t)(nul - name.data) : name.len;
    if (len <= most && !nul)
        EM_TRY(em_buf_append(out, name.data, len));
    else if (!hashed)
        EM_TRY(em_buf_append(out, name.data, len < most ? len : most));
    else
        EM_TRY(em_buf_printf(
            out, "%.*s~%016llx",
            (int)(len < most - HASH_DIGITS - 1 ? len : most - HASH_DIGITS - 1), name.data,
            (unsigned long long)em_hash64(name.data, name.len, 0)));
    return em_buf_putc(out, '\0');
}

enum em_status em_hit_prefix(struct em_buf *out, struct em_view set, struct em_view item)
{
    if (set.len == 0)
        return EM_OK;
    EM_TRY(put_name(out, set, EM_HIT_SET, false));
    return item.len ? put_name(out, item, EM_HIT_ITEM, true) : EM_OK;
}

static enum em_status put_key(struct em_buf *out, const struct em_document *d,
                              const struct em_match *m)
{
    EM_TRY(put_name(out, m->set, EM_HIT_SET, false));
    EM_TRY(put_name(out, m->item, EM_HIT_ITEM, true));
    EM_TRY(em_pack_be(out, (uint64_t)d->date ^ (UINT64_C(1) << 63), 8));
    return em_pack_be(out, em_document_reference(d), 8);
}

static bool hit_continues(struct em_view text, size_t at)
{
    return at < text.len && ((unsigned char)text.data[at] & 0xC0) == 0x80;
}

/* Bytes from..to, within the text and without parts of characters at its ends. */
static struct em_view excerpt(struct em_view text, size_t from, size_t to)
{
    while (hit_continues(text, from))
        from++;
    while (to > from && hit_continues(text, to))
        to--;
    return em_view_sub(text, from, to > from ? to - from : 0);
}

static enum em_status put_context(struct em_buf *out, const struct em_match *m,
                                  struct em_view text)
{
    size_t start = m->start < text.len ? m->start : text.len;
    size_t end = m->end < text.len ? m->end : text.len;
    size_t cut = end - start > EM_HIT_EXCERPT ? start + EM_HIT_EXCERPT : end;
    size_t from = start > EM_HIT_CONTEXT ? start - EM_HIT_CONTEXT : 0;
    size_t to = text.len - end > EM_HIT_CONTEXT ? end + EM_HIT_CONTEXT : text.len;
    EM_TRY(em_pack_view(out, excerpt(text, from, start)));
    EM_TRY(em_pack_view(out, excerpt(text, start, cut)));
    return em_pack_view(out, excerpt(text, end, to));
}

static enum em_status put_value(struct em_buf *out, const struct em_document *d,
                                const struct em_match *m, struct em_view text)
{
    enum em_refs_kind kind;
    bool known = em_refs_kind_parse(em_view_of(m->kind), &kind);
    EM_TRY(em_buf_putc(out, VALUE_VERSION));
    EM_TRY(em_buf_putc(out, known ? (char)kind : 0));
    EM_TRY(em_pack_f32(out, m->contained));
    EM_TRY(em_pack_f32(out, m->low));
    EM_TRY(em_pack_f32(out, m->high));
    EM_TRY(em_pack_u64(out, m->words));
    EM_TRY(em_pack_u64(out, m->of));
    EM_TRY(em_pack_u64(out, m->start));
    EM_TRY(em_pack_u64(out, m->end));
    EM_TRY(em_pack_be(out, d->file, 8));
    EM_TRY(em_pack_u64(out, d->number));
    EM_TRY(em_pack_u64(out, d->offset));
    EM_TRY(em_pack_i64(out, d->published));
    EM_TRY(em_pack_view(out, m->model));
    EM_TRY(em_pack_view(out, d->domain));
    EM_TRY(em_pack_view(out, d->url.len ? d->url : d->id));
    return put_context(out, m, text);
}

enum em_status em_hit_rows(struct em_rows *rows, const struct em_document *document,
                           const struct em_match *matches, size_t n, struct em_view text)
{
    struct em_buf key, value;
    enum em_status status = EM_OK;
    em_buf_init(&key, EM_MAX_KEY);
    em_buf_init(&value, EM_MAX_VALUE);
    for (size_t i = 0; i < n && status == EM_OK; i++) {
        em_buf_clear(&key);
        em_buf_clear(&value);
        status = put_key(&key, document, &matches[i]);
        if (status == EM_OK)
            status = put_value(&value, document, &matches[i], text);
        if (status == EM_OK)
            status =
                em_rows_add(rows, EM_TABLE_HITS, em_buf_view(&key), em_buf_view(&value));
    }
    em_buf_release(&key);
    em_buf_release(&value);
    return status;
}

static uint32_t unpack_u32(struct em_unpack *in)
{
    uint64_t value = em_unpack_u64(in);
    in->bad |= value > UINT32_MAX;
    return (uint32_t)value;
}

static bool hit_share(float x)
{
    return x >= 0 && x <= 1; /* false for NaN */
}

enum em_status em_hit_read(struct em_hit *hit, struct em_view key, struct em_view value)
{
    struct em_unpack in = em_unpack_of(key);
    *hit = (struct em_hit){.kind = 0};
    hit->set = em_unpack_name(&in);
    hit->item = em_unpack_name(&in);
    hit->date = (int64_t)(em_unpack_be(&in, 8) ^ (UINT64_C(1) << 63));
    hit->reference = em_unpack_be(&in, 8);
    if (!em_unpack_done(&in))
        return EM_ERR_FORMAT;
    in = em_unpack_of(value);
    uint64_t version = em_unpack_be(&in, 1);
    hit->kind = (uint8_t)em_unpack_be(&in, 1);
    hit->contained = em_unpack_f32(&in);
    hit->low = em_unpack_f32(&in);
    hit->high = em_unpack_f32(&in);
    hit->words = unpack_u32(&in);
    hit->of = unpack_u32(&in);
    hit->start = unpack_u32(&in);
    hit->end = unpack_u32(&in);
    hit->file = em_unpack_be(&in, 8);
    hit->number = em_unpack_u64(&in);
    hit->offset = em_unpack_u64(&in);
    hit->published = em_unpack_i64(&in);
    hit->model = em_unpack_view(&in);
    hit->domain = em_unpack_view(&in);
    hit->url = em_unpack_view(&in);
    hit->before = em_unpack_view(&in);
    hit->text = em_unpack_view(&in);
    hit->after = em_unpack_view(&in);
    bool sound = em_unpack_done(&in) && version == VALUE_VERSION && hit->set.len &&
                 hit->kind <= EM_REFS_HUMAN && hit_share(hit->contained) &&
                 hit_share(hit->low) && hit_share(hit->high) && hit->start <= hit->end;
    return sound ? EM_OK : EM_ERR_FORMAT;
}

static void put_date(struct em_json *json, const char *name, int64_t date)
{
    char text[24];
    em_date_format(date, text);
    em_json_key(json, name);
    em_json_string_or_null(json, em_view_of(text));
}

static void put_string(struct em_json *json, const char *name, struct em_view value)
{
    em_json_key(json, name);
    em_json_string_or_null(json, value);
}

void em_hit_write(struct em_json *json, const struct em_hit *hit)
{
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {{"words", hit->words},   {"of", hit->of},
                   {"start", hit->start},   {"end", hit->end},
                   {"number", hit->number}, {"offset", hit->offset}};
    const struct {
        const char *name;
        float value;
    } shares[] = {{"contained", hit->contained}, {"low", hit->low}, {"high", hit->high}};
    char file[17], reference[17];
    snprintf(file, sizeof(file), "%016llx", (unsigned long long)hit->file);
    snprintf(reference, sizeof(reference), "%016llx", (unsigned long long)hit->reference);
    put_string(json, "set", hit->set);
    put_string(json, "item", hit->item);
    put_string(json, "kind", em_view_of(em_refs_kind_name((enum em_refs_kind)hit->kind)));
    put_string(json, "model", hit->model);
    put_date(json, "date", hit->date);
    put_date(json, "published", hit->published);
    put_string(json, "domain", hit->domain);
    put_string(json, "url", hit->url);
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        em_json_key(json, shares[i].name);
        em_json_fixed(json, (double)shares[i].value, 4);
    }
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        em_json_key(json, numbers[i].name);
        em_json_u64(json, numbers[i].value);
    }
    put_string(json, "before", hit->before);
    put_string(json, "text", hit->text);
    put_string(json, "after", hit->after);
    put_string(json, "file", em_view_of(file));
    put_string(json, "document", em_view_of(reference));
}

enum em_status em_hit_json(struct em_json *json, struct em_view key, struct em_view value)
{
    struct em_hit hit;
    EM_TRY(em_hit_read(&hit, key, value));
    em_hit_write(json, &hit);
    return EM_OK;
}

/* One line: white space and controls are blanks. */
static enum em_status put_line(struct em_buf *out, struct em_view text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        EM_TRY(em_buf_putc(out, c < 0x20 || c == 0x7F ? ' ' : (char)c));
    }
    return EM_OK;
}

enum em_status em_hit_format(struct em_buf *out, const struct em_hit *hit)
{
    char day[16];
    em_date_format_day(hit->date, day);
    EM_TRY(em_buf_printf(out, "%-10s  %.*s  %.*s of %.*s", day[0] ? day : "?",
                         EM_VIEW_ARGS(hit->url), EM_VIEW_ARGS(hit->item),
                         EM_VIEW_ARGS(hit->set)));
    if (hit->model.len)
        EM_TRY(em_buf_printf(out, " (%.*s)", EM_VIEW_ARGS(hit->model)));
    EM_TRY(em_buf_printf(out, ": %u of %u words, %.0f %%\n    ", hit->words, hit->of,
                         100 * (double)hit->contained));
    if (hit->text.len == 0)
        return em_buf_printf(out, "(not shown: the page asks for no passages of it)\n");
    EM_TRY(em_buf_printf(out, "..."));
    EM_TRY(put_line(out, hit->before));
    EM_TRY(em_buf_printf(out, " >> "));
    EM_TRY(put_line(out, hit->text));
    EM_TRY(
        em_buf_printf(out, hit->end - hit->start > hit->text.len ? "... << " : " << "));
    EM_TRY(put_line(out, hit->after));
    return em_buf_printf(out, "...\n");
}

enum em_status em_hit_combine(struct em_buf *out, struct em_view key, struct em_view a,
                              struct em_view b)
{
    (void)key;
    size_t n = a.len < b.len ? a.len : b.len;
    int order = memcmp(a.data, b.data, n);
    bool second = order < 0 || (order == 0 && a.len < b.len);
    return em_buf_append_view(out, second ? b : a);
}

enum em_status em_hit_forget(const struct em_forgotten *what, struct em_view key,
                             struct em_view value, struct em_buf *changed, bool *keep)
{
    struct em_hit hit;
    (void)changed;
    EM_TRY(em_hit_read(&hit, key, value));
    *keep = what->whole_domain ? !em_view_eq(hit.domain, what->domain)
                               : !em_forgotten_has(what, hit.reference);
    return EM_OK;
}
