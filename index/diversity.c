/* SPDX-License-Identifier: Apache-2.0 */
#include "index/diversity.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "index/pack.h"

#include <math.h>
#include <zlib.h>

enum { VALUE_VERSION = 1, SLOTS = 512 /* over twice the words */ };

#define MICRO 1e6
/* Sums stay there: still the same in any order. */
#define MOST (UINT64_C(1) << 62)

struct em_diversity_maker {
    z_stream deflate;
    bool ready;
    uint64_t grams[EM_DIVERSITY_WORDS];
    uint64_t slots[SLOTS];
    uint16_t counts[SLOTS];
    struct em_diversity sums;
};

static void *diversity_take(void *context, unsigned count, unsigned size)
{
    (void)context;
    return em_calloc(count, size);
}

static void diversity_give(void *context, void *memory)
{
    (void)context;
    em_free(memory);
}

enum em_status em_diversity_maker_new(struct em_diversity_maker **out)
{
    struct em_diversity_maker *m = em_calloc(1, sizeof(*m));
    *out = NULL;
    if (!m)
        return EM_ERR_NOMEM;
    m->deflate.zalloc = diversity_take;
    m->deflate.zfree = diversity_give;
    /* A window of 4 kB sees all of the chunk; little memory to clear for each document. */
    m->ready =
        deflateInit2(&m->deflate, 1, Z_DEFLATED, -12, 5, Z_DEFAULT_STRATEGY) == Z_OK;
    if (!m->ready) {
        em_free(m);
        return EM_ERR_NOMEM;
    }
    *out = m;
    return EM_OK;
}

void em_diversity_maker_free(struct em_diversity_maker *m)
{
    if (!m)
        return;
    deflateEnd(&m->deflate);
    em_free(m);
}

/* --- one document ------------------------------------------------------------------------------ */

static uint64_t compressed_bytes(struct em_diversity_maker *m, struct em_view text)
{
    unsigned char out[2 * EM_DIVERSITY_BYTES];
    deflateReset(&m->deflate);
    m->deflate.next_in = (unsigned char *)(uintptr_t)text.data;
    m->deflate.avail_in = EM_DIVERSITY_BYTES;
    m->deflate.next_out = out;
    m->deflate.avail_out = sizeof(out);
    deflate(&m->deflate, Z_FINISH); /* twice the room: it ends */
    return sizeof(out) - m->deflate.avail_out;
}

/* Counts the n grams; returns how many different ones. */
static uint64_t count_grams(struct em_diversity_maker *m, size_t n)
{
    uint64_t distinct = 0;
    memset(m->counts, 0, sizeof(m->counts));
    for (size_t i = 0; i < n; i++) {
        size_t at = m->grams[i] & (SLOTS - 1);
        while (m->counts[at] && m->slots[at] != m->grams[i])
            at = (at + 1) & (SLOTS - 1);
        distinct += m->counts[at] == 0;
        m->slots[at] = m->grams[i];
        m->counts[at]++;
    }
    return distinct;
}

static uint64_t entropy_of(const struct em_diversity_maker *m, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < SLOTS; i++)
        if (m->counts[i] > 1)
            sum += m->counts[i] * log2(m->counts[i]);
    return (uint64_t)llround((log2((double)n) - sum / (double)n) * MICRO);
}

static void measure_words(struct em_diversity_maker *m, const struct em_print_word *words)
{
    struct em_diversity *d = &m->sums;
    for (size_t i = 0; i < EM_DIVERSITY_WORDS; i++)
        m->grams[i] = em_mix64(words[i].hash);
    for (size_t n = 1; n <= EM_DIVERSITY_NGRAM; n++) {
        size_t grams = EM_DIVERSITY_WORDS - n + 1;
        d->distinct[n - 1] = count_grams(m, grams);
        if (n <= 2)
            d->entropy[n - 1] = entropy_of(m, grams);
        for (size_t i = 0; n == 2 && i < grams; i++)
            d->buckets[m->grams[i] >> 54]++;
        for (size_t i = 0; i + 1 < grams; i++)
            m->grams[i] = em_mix64(m->grams[i] * 31 + words[i + n].hash);
    }
    for (size_t i = 0; i < EM_DIVERSITY_BUCKETS; i += 2) {
        int64_t s = (int64_t)d->buckets[i] - (int64_t)d->buckets[i + 1];
        d->norm += (uint64_t)(s * s);
    }
}

static enum em_status put_key(struct em_buf *out, const struct em_document *d)
{
    uint64_t site = d->domain.len ? em_name_hash(d->domain) : em_document_reference(d);
    EM_TRY(em_pack_be(out, em_date_month(d->date), 4));
    EM_TRY(em_buf_append_view(out, d->lang));
    EM_TRY(em_buf_putc(out, '\0'));
    return em_pack_be(out, em_mix64(site) % EM_DIVERSITY_GROUPS, 1);
}

enum em_status em_diversity_rows(struct em_diversity_maker *m, struct em_rows *rows,
                                 const struct em_document *document, struct em_view text,
                                 const struct em_print_word *words, size_t n)
{
    struct em_buf key, value;
    if (text.len < EM_DIVERSITY_BYTES || n < EM_DIVERSITY_WORDS)
        return EM_OK;
    memset(&m->sums, 0, sizeof(m->sums));
    m->sums.documents = 1;
    m->sums.compressed = compressed_bytes(m, text);
    measure_words(m, words);
    em_buf_init(&key, EM_MAX_KEY);
    em_buf_init(&value, EM_MAX_VALUE);
    enum em_status status = put_key(&key, document);
    if (status == EM_OK)
        status = em_diversity_value(&value, &m->sums);
    if (status == EM_OK)
        status =
            em_rows_add(rows, EM_TABLE_DIVERSITY, em_buf_view(&key), em_buf_view(&value));
    em_buf_release(&key);
    em_buf_release(&value);
    return status;
}

/* --- rows ---------------------------------------------------------------------------------------- */

/* Documents, compressed, distinct, entropy, norm: in the order of the value. */
enum { NUMBERS = 3 + EM_DIVERSITY_NGRAM + 2 };

static void numbers_of(struct em_diversity *d, uint64_t *out[NUMBERS])
{
    size_t n = 0;
    out[n++] = &d->documents;
    out[n++] = &d->compressed;
    for (size_t i = 0; i < EM_DIVERSITY_NGRAM; i++)
        out[n++] = &d->distinct[i];
    for (size_t i = 0; i < 2; i++)
        out[n++] = &d->entropy[i];
    out[n++] = &d->norm;
}

enum em_status em_diversity_value(struct em_buf *out, const struct em_diversity *sums)
{
    struct em_diversity copy = *sums;
    uint64_t *numbers[NUMBERS], used = 0;
    size_t last = 0;
    numbers_of(&copy, numbers);
    EM_TRY(em_buf_putc(out, VALUE_VERSION));
    for (size_t i = 0; i < NUMBERS; i++)
        EM_TRY(em_pack_u64(out, *numbers[i]));
    for (size_t i = 0; i < EM_DIVERSITY_BUCKETS; i++)
        used += sums->buckets[i] > 0;
    EM_TRY(em_pack_u64(out, used));
    for (size_t i = 0; i < EM_DIVERSITY_BUCKETS; i++) {
        if (sums->buckets[i] == 0)
            continue;
        EM_TRY(em_pack_u64(out, i - last));
        EM_TRY(em_pack_u64(out, sums->buckets[i]));
        last = i;
    }
    return EM_OK;
}

static bool read_buckets(struct em_diversity *sums, struct em_unpack *in)
{
    uint64_t used = em_unpack_u64(in), at = 0;
    for (uint64_t i = 0; i < used && !in->bad; i++) {
        uint64_t step = em_unpack_u64(in);
        if ((i && step == 0) || step >= EM_DIVERSITY_BUCKETS - at)
            return false;
        at += step;
        sums->buckets[at] = em_unpack_u64(in);
        if (sums->buckets[at] == 0 || sums->buckets[at] > MOST)
            return false;
    }
    return !in->bad;
}

enum em_status em_diversity_read(struct em_diversity_key *key, struct em_diversity *sums,
                                 struct em_view key_bytes, struct em_view value)
{
    uint64_t *numbers[NUMBERS];
    struct em_unpack in = em_unpack_of(key_bytes);
    key->month = (uint32_t)em_unpack_be(&in, 4);
    key->lang = em_unpack_name(&in);
    key->group = (uint8_t)em_unpack_be(&in, 1);
    if (!em_unpack_done(&in) || key->group >= EM_DIVERSITY_GROUPS ||
        key->lang.len > EM_MAX_LANG)
        return EM_ERR_FORMAT;
    memset(sums, 0, sizeof(*sums));
    in = em_unpack_of(value);
    uint64_t version = em_unpack_be(&in, 1);
    numbers_of(sums, numbers);
    for (size_t i = 0; i < NUMBERS; i++) {
        *numbers[i] = em_unpack_u64(&in);
        in.bad |= *numbers[i] > MOST;
    }
    bool sound = read_buckets(sums, &in) && em_unpack_done(&in) &&
                 version == VALUE_VERSION && sums->documents > 0;
    return sound ? EM_OK : EM_ERR_FORMAT;
}

static uint64_t diversity_add(uint64_t a, uint64_t b)
{
    return a + b < MOST ? a + b : MOST;
}

void em_diversity_add(struct em_diversity *into, const struct em_diversity *from)
{
    struct em_diversity copy = *from;
    uint64_t *a[NUMBERS], *b[NUMBERS];
    numbers_of(into, a);
    numbers_of(&copy, b);
    for (size_t i = 0; i < NUMBERS; i++)
        *a[i] = diversity_add(*a[i], *b[i]);
    for (size_t i = 0; i < EM_DIVERSITY_BUCKETS; i++)
        into->buckets[i] = diversity_add(into->buckets[i], from->buckets[i]);
}

enum em_status em_diversity_combine(struct em_buf *out, struct em_view key,
                                    struct em_view a, struct em_view b)
{
    struct em_diversity_key ignored;
    struct em_diversity x, y;
    EM_TRY(em_diversity_read(&ignored, &x, key, a));
    EM_TRY(em_diversity_read(&ignored, &y, key, b));
    em_diversity_add(&x, &y);
    return em_diversity_value(out, &x);
}

enum em_status em_diversity_json(struct em_json *json, struct em_view key,
                                 struct em_view value)
{
    static const char *const names[NUMBERS] = {"documents",  "compressed", "distinct_1",
                                               "distinct_2", "distinct_3", "distinct_4",
                                               "entropy_1",  "entropy_2",  "norm"};
    struct em_diversity_key at;
    struct em_diversity sums;
    uint64_t *numbers[NUMBERS];
    char month[16];
    EM_TRY(em_diversity_read(&at, &sums, key, value));
    em_month_format(at.month, month);
    em_json_key(json, "month");
    em_json_string_or_null(json, em_view_of(month));
    em_json_key(json, "lang");
    em_json_string_or_null(json, at.lang);
    em_json_key(json, "group");
    em_json_u64(json, at.group);
    numbers_of(&sums, numbers);
    for (size_t i = 0; i < NUMBERS; i++) {
        em_json_key(json, names[i]);
        em_json_u64(json, *numbers[i]);
    }
    /* What they add up to, and whether they are the same: 1,024 numbers help nobody. */
    uint64_t pairs = 0;
    for (size_t i = 0; i < EM_DIVERSITY_BUCKETS; i++)
        pairs += sums.buckets[i];
    em_json_key(json, "pairs");
    em_json_u64(json, pairs);
    em_json_key(json, "pairs_hash");
    em_json_hex(json, em_hash64(sums.buckets, sizeof(sums.buckets), 0));
    return EM_OK;
}
