/* SPDX-License-Identifier: Apache-2.0 */
#include "index/document.h"

#include "base/page_type.h"
#include "base/hash.h"
#include "index/pack.h"

#include <math.h>

#define SECONDS_DAY INT64_C(86400)

enum { OLD_VERSION = 1, VALUE_VERSION = 2 };
enum extra { EXTRA_TYPE = 1, EXTRA_EDITED, EXTRA_OPTOUTS, EXTRA_PUBLISHED, EXTRA_SHARE };

enum em_status em_document_domain_prefix(struct em_buf *out, struct em_view domain)
{
    EM_TRY(em_buf_append_view(out, domain));
    return em_buf_putc(out, '\0');
}

enum em_status em_document_url_prefix(struct em_buf *out, struct em_view domain,
                                      uint64_t url_hash)
{
    EM_TRY(em_document_domain_prefix(out, domain));
    return em_pack_be(out, url_hash, 8);
}

enum em_status em_document_key(struct em_buf *out, const struct em_document *d)
{
    EM_TRY(em_document_url_prefix(out, d->domain, d->url_hash));
    EM_TRY(em_pack_be(out, (uint64_t)d->date ^ (UINT64_C(1) << 63), 8));
    EM_TRY(em_pack_be(out, d->file, 8));
    EM_TRY(em_pack_be(out, d->number, 6));
    return em_pack_be(out, d->model, 4);
}

/* Dates are kept from 0001-01-01, so that the unknown one is the shortest. */
static uint64_t date_code(int64_t seconds)
{
    return seconds == EM_DATE_UNKNOWN ? 0
                                      : (uint64_t)(seconds + INT64_C(62135596800)) + 1;
}

static int64_t date_of(uint64_t code)
{
    return code ? (int64_t)(code - 1) - INT64_C(62135596800) : EM_DATE_UNKNOWN;
}

static uint64_t share_code(float share)
{
    return (uint64_t)llround(65535.0 * fmin(fmax((double)share, 0), 1));
}

static float share_of(uint64_t code)
{
    return (float)((double)code / 65535);
}

static enum em_status put_extra(struct em_buf *out, enum extra tag,
                                const struct em_buf *bytes)
{
    EM_TRY(em_buf_putc(out, (char)tag));
    return em_pack_view(out, em_buf_view(bytes));
}

static enum em_status extra_bytes(struct em_buf *bytes, enum extra tag,
                                  const struct em_document *d)
{
    em_buf_clear(bytes);
    switch (tag) {
    case EXTRA_TYPE:
        if (d->page_type == 0)
            return EM_OK;
        EM_TRY(em_buf_putc(bytes, (char)d->page_type));
        return em_pack_be(bytes, share_code(d->page_type_score), 2);
    case EXTRA_EDITED:
        return d->edited < 0 ? EM_OK : em_pack_be(bytes, share_code(d->edited), 2);
    case EXTRA_OPTOUTS:
        if (d->optouts == 0 && d->licence.len == 0)
            return EM_OK;
        EM_TRY(em_pack_u64(bytes, d->optouts));
        return em_buf_append_view(bytes, d->licence);
    case EXTRA_PUBLISHED:
        return d->published_by ? em_buf_putc(bytes, (char)d->published_by) : EM_OK;
    case EXTRA_SHARE:
        return d->share < 0 ? EM_OK : em_pack_be(bytes, share_code(d->share), 2);
    }
    return EM_OK;
}

static enum em_status document_put_extras(struct em_buf *out, const struct em_document *d)
{
    struct em_buf bytes;
    enum em_status status = EM_OK;
    em_buf_init(&bytes, EM_MAX_VALUE);
    for (int tag = EXTRA_TYPE; tag <= EXTRA_SHARE && status == EM_OK; tag++) {
        status = extra_bytes(&bytes, (enum extra)tag, d);
        if (status == EM_OK && bytes.len)
            status = put_extra(out, (enum extra)tag, &bytes);
    }
    em_buf_release(&bytes);
    return status;
}

/* One extra; of one with an unknown tag nothing is read. */
static void read_extra(struct em_document *d, struct em_unpack *in)
{
    uint64_t tag = em_unpack_be(in, 1);
    struct em_unpack bytes = em_unpack_of(em_unpack_view(in));
    switch (tag) {
    case EXTRA_TYPE:
        d->page_type = (uint8_t)em_unpack_be(&bytes, 1);
        d->page_type_score = share_of(em_unpack_be(&bytes, 2));
        break;
    case EXTRA_EDITED:
        d->edited = share_of(em_unpack_be(&bytes, 2));
        break;
    case EXTRA_OPTOUTS:
        d->optouts = em_unpack_u64(&bytes);
        d->licence = em_view_make((const char *)bytes.p, (size_t)(bytes.end - bytes.p));
        break;
    case EXTRA_PUBLISHED:
        d->published_by = (uint8_t)em_unpack_be(&bytes, 1);
        bytes.bad |= d->published_by >= EM_PUBLISHED_COUNT;
        break;
    case EXTRA_SHARE:
        d->share = share_of(em_unpack_be(&bytes, 2));
        break;
    default:
        break;
    }
    in->bad |= bytes.bad;
}

enum em_status em_document_value(struct em_buf *out, const struct em_document *d)
{
    EM_TRY(em_buf_putc(out, VALUE_VERSION));
    EM_TRY(em_buf_putc(out, (char)d->kind));
    EM_TRY(em_buf_putc(out, (char)d->abstain));
    EM_TRY(em_pack_u64(out, d->flags));
    EM_TRY(em_pack_f32(out, d->log_odds));
    EM_TRY(em_pack_f32(out, d->style));
    EM_TRY(em_pack_f32(out, d->lexical));
    EM_TRY(em_pack_f32(out, d->weight));
    EM_TRY(em_pack_u64(out, date_code(d->published)));
    EM_TRY(em_pack_u64(out, d->offset));
    EM_TRY(em_pack_u64(out, d->length));
    EM_TRY(em_pack_be(out, d->text_hash, 8));
    EM_TRY(em_pack_u64(out, d->words));
    EM_TRY(em_pack_u64(out, d->hidden_bytes));
    EM_TRY(em_pack_view(out, d->lang));
    EM_TRY(em_pack_view(out, d->url));
    EM_TRY(em_pack_view(out, d->id));
    EM_TRY(em_pack_u64(out, d->n_matches));
    EM_TRY(em_pack_u64(out, d->n_leaks));
    EM_TRY(em_pack_u64(out, d->leak_kinds));
    for (uint32_t i = 0; i < d->leak_kinds; i++)
        EM_TRY(em_pack_view(out, d->leaks[i]));
    return document_put_extras(out, d);
}

static enum em_status read_key(struct em_document *d, struct em_view key)
{
    struct em_unpack in = em_unpack_of(key);
    d->domain = em_unpack_name(&in);
    d->url_hash = em_unpack_be(&in, 8);
    d->date = (int64_t)(em_unpack_be(&in, 8) ^ (UINT64_C(1) << 63));
    d->file = em_unpack_be(&in, 8);
    d->number = em_unpack_be(&in, 6);
    d->model = (uint32_t)em_unpack_be(&in, 4);
    return em_unpack_done(&in) ? EM_OK : EM_ERR_FORMAT;
}

static uint32_t unpack_u32(struct em_unpack *in)
{
    uint64_t value = em_unpack_u64(in);
    in->bad |= value > UINT32_MAX;
    return (uint32_t)value;
}

enum em_status em_document_read(struct em_document *d, struct em_view key,
                                struct em_view value)
{
    *d = (struct em_document){.edited = -1, .share = -1};
    EM_TRY(read_key(d, key));
    struct em_unpack in = em_unpack_of(value);
    uint64_t version = em_unpack_be(&in, 1);
    d->kind = (uint8_t)em_unpack_be(&in, 1);
    d->abstain = (uint8_t)em_unpack_be(&in, 1);
    d->flags = unpack_u32(&in);
    d->log_odds = em_unpack_f32(&in);
    d->style = em_unpack_f32(&in);
    d->lexical = em_unpack_f32(&in);
    d->weight = em_unpack_f32(&in);
    d->published = date_of(em_unpack_u64(&in));
    d->offset = em_unpack_u64(&in);
    d->length = em_unpack_u64(&in);
    d->text_hash = em_unpack_be(&in, 8);
    d->words = unpack_u32(&in);
    d->hidden_bytes = unpack_u32(&in);
    d->lang = em_unpack_view(&in);
    d->url = em_unpack_view(&in);
    d->id = em_unpack_view(&in);
    d->n_matches = unpack_u32(&in);
    d->n_leaks = unpack_u32(&in);
    d->old = version == OLD_VERSION;
    if (d->old && (d->flags & EM_DOCUMENT_SCORED))
        d->flags |= EM_DOCUMENT_STYLE;
    uint64_t kinds = d->old ? EM_DOCUMENT_LEAKS : em_unpack_u64(&in);
    while (!in.bad && in.p < in.end && d->leak_kinds < kinds &&
           d->leak_kinds < EM_DOCUMENT_LEAKS)
        d->leaks[d->leak_kinds++] = em_unpack_view(&in);
    in.bad |= !d->old && d->leak_kinds != kinds;
    while (!d->old && !in.bad && in.p < in.end)
        read_extra(d, &in);
    struct em_view name = d->url.len ? d->url : d->id;
    bool sound = em_unpack_done(&in) && (version == VALUE_VERSION || d->old) &&
                 d->flags <= EM_DOCUMENT_FLAGS && d->kind <= EM_VERDICT_ABSTAIN &&
                 d->abstain <= EM_ABSTAIN_NOT_PROSE && d->lang.len <= EM_MAX_LANG &&
                 isfinite(d->log_odds) && isfinite(d->lexical) && isfinite(d->weight) &&
                 d->weight >= 0 && em_name_hash(name) == d->url_hash;
    return sound ? EM_OK : EM_ERR_FORMAT;
}

static const char *const published_names[EM_PUBLISHED_COUNT] = {
    NULL, "source", "meta", "jsonld", "microdata", "time", "url", "visible", "modified"};

enum em_published_by em_document_published_by(struct em_view name)
{
    for (int i = 1; i < EM_PUBLISHED_COUNT; i++)
        if (em_view_eq(name, em_view_of(published_names[i])))
            return (enum em_published_by)i;
    return EM_PUBLISHED_UNKNOWN;
}

/* Extras, each only where it was measured. */
static void write_extras(struct em_json *json, const struct em_document *d)
{
    if (d->published_by) {
        em_json_key(json, "published_by");
        em_json_string(json, em_view_of(published_names[d->published_by]));
    }
    if (d->page_type) {
        em_json_key(json, "page_type");
        em_json_string(
            json, em_view_of(em_page_type_name((enum em_page_type)(d->page_type - 1))));
        em_json_key(json, "page_type_score");
        em_json_fixed(json, (double)d->page_type_score, 4);
    }
    if (d->edited >= 0) {
        em_json_key(json, "edited");
        em_json_fixed(json, (double)d->edited, 4);
    }
    if (d->share >= 0) {
        em_json_key(json, "share");
        em_json_fixed(json, (double)d->share, 4);
    }
    if (d->optouts || d->licence.len) {
        em_json_key(json, "optouts");
        em_json_u64(json, d->optouts);
        em_json_key(json, "licence");
        em_json_string_or_null(json, d->licence);
    }
}

static void write_date(struct em_json *json, const char *key, int64_t seconds)
{
    char text[24];
    em_date_format(seconds, text);
    em_json_key(json, key);
    em_json_string_or_null(json, em_view_of(text));
}

static void write_score(struct em_json *json, const struct em_document *d)
{
    bool scored = d->flags & EM_DOCUMENT_SCORED;
    const char *const names[] = {"score", "log_odds", "style", "lexical"};
    const double values[] = {1 / (1 + exp(-(double)d->log_odds)), (double)d->log_odds,
                             d->style < 0 ? NAN : (double)d->style, (double)d->lexical};
    em_json_key(json, "verdict");
    em_json_string(json, em_view_of(em_verdict_name((enum em_verdict_kind)d->kind)));
    em_json_key(json, "abstain");
    em_json_string_or_null(json,
                           em_view_of(em_abstain_name((enum em_abstain)d->abstain)));
    for (size_t i = 0; i < 4; i++) {
        em_json_key(json, names[i]);
        bool there = i < 3 ? scored : (d->flags & EM_DOCUMENT_LEXICAL) != 0;
        em_json_fixed(json, there ? values[i] : NAN, 6);
    }
    em_json_key(json, "marked");
    em_json_bool(json, d->flags & EM_DOCUMENT_MARKED);
}

void em_document_write(struct em_json *json, const struct em_document *d)
{
    em_json_key(json, "url");
    em_json_string_or_null(json, d->url);
    em_json_key(json, "id");
    em_json_string_or_null(json, d->id);
    em_json_key(json, "domain");
    em_json_string_or_null(json, d->domain);
    write_date(json, "date", d->date);
    write_date(json, "published", d->published);
    em_json_key(json, "lang");
    em_json_string_or_null(json, d->lang);
    em_json_key(json, "words");
    em_json_u64(json, d->words);
    em_json_key(json, "hidden_bytes");
    em_json_u64(json, d->hidden_bytes);
    write_score(json, d);
    em_json_key(json, "leaks");
    em_json_u64(json, d->n_leaks);
    em_json_key(json, "leak_kinds");
    em_json_array(json);
    for (uint32_t i = 0; i < d->leak_kinds; i++)
        em_json_string(json, d->leaks[i]);
    em_json_end(json);
    em_json_key(json, "matches");
    em_json_u64(json, d->n_matches);
    em_json_key(json, "weight");
    em_json_fixed(json, (double)d->weight, 6);
    em_json_key(json, "known");
    em_json_bool(json, d->flags & EM_DOCUMENT_KNOWN);
    write_extras(json, d);
    em_json_key(json, "truncated");
    em_json_bool(json, d->flags & EM_DOCUMENT_TRUNCATED);
    em_json_key(json, "text_hash");
    em_json_hex(json, d->text_hash);
    em_json_key(json, "file");
    em_json_hex(json, d->file);
    em_json_key(json, "number");
    em_json_u64(json, d->number);
    em_json_key(json, "offset");
    em_json_u64(json, d->offset);
    em_json_key(json, "length");
    em_json_u64(json, d->length);
}

enum em_status em_document_json(struct em_json *json, struct em_view key,
                                struct em_view value)
{
    struct em_document d;
    EM_TRY(em_document_read(&d, key, value));
    em_document_write(json, &d);
    em_json_key(json, "model");
    em_json_u64(json, d.model);
    return json->status;
}

uint64_t em_document_reference(const struct em_document *d)
{
    return em_mix64(d->file ^ em_mix64(d->number + 1));
}

static bool doubtful(int64_t date, int64_t now)
{
    const int64_t web_begins = INT64_C(631152000); /* 1990-01-01 */
    return date == EM_DATE_UNKNOWN || date < web_begins || date > now + SECONDS_DAY;
}

bool em_document_date_doubtful(const struct em_document *d, int64_t now)
{
    return doubtful(d->date, now);
}

bool em_document_published_doubtful(const struct em_document *d, int64_t now)
{
    if (doubtful(d->published, now))
        return true;
    return d->date != EM_DATE_UNKNOWN && d->published > d->date + 2 * SECONDS_DAY;
}
