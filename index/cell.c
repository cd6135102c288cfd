/* SPDX-License-Identifier: Apache-2.0 */
#include "index/cell.h"

#include "index/pack.h"

#include <math.h>
#include <stddef.h>

void em_cell_add_document(struct em_cell *cell, const struct em_document *document)
{
    cell->documents++;
    cell->words += document->words;
    cell->flagged += document->kind == EM_VERDICT_MACHINE;
    cell->flagged_words += document->kind == EM_VERDICT_MACHINE ? document->words : 0;
    cell->unsure += document->kind == EM_VERDICT_UNSURE;
    cell->human += document->kind == EM_VERDICT_HUMAN;
    cell->abstained += document->kind == EM_VERDICT_ABSTAIN;
    cell->leaks += document->n_leaks > 0;
    cell->matches += document->n_matches > 0;
    cell->weight_milli += (uint64_t)llround(1000.0 * (double)document->weight);
    if (!document->old) {
        cell->known += (document->flags & EM_DOCUMENT_KNOWN) != 0;
        cell->no_language += document->abstain == EM_ABSTAIN_LANGUAGE;
        cell->too_short += document->abstain == EM_ABSTAIN_TOO_SHORT;
        cell->not_prose += document->abstain == EM_ABSTAIN_NOT_PROSE;
    }
    if (!(document->flags & EM_DOCUMENT_STYLE))
        return;
    if (document->flags & EM_DOCUMENT_LEXICAL) {
        cell->lexical[em_lexical_bin((double)document->lexical)]++;
        cell->marked += (document->flags & EM_DOCUMENT_MARKED) != 0;
    }
    cell->scored++;
    cell->scored_words += document->words;
    cell->bins[em_score_bin((double)document->log_odds)]++;
}

/* A cell is sums only: all fields are uint64_t, in the order of the struct. */
enum { CELL_SUMS = sizeof(struct em_cell) / sizeof(uint64_t) };
enum { CELL_PLAIN = CELL_SUMS - 2 * EM_CELL_BINS };
/* Format 2 had no version, and began with the number of documents, which is never 0. */
enum { CELL_VERSION = 2, OLD_PLAIN = offsetof(struct em_cell, known) / sizeof(uint64_t) };

void em_cell_add(struct em_cell *into, const struct em_cell *from)
{
    uint64_t sums[CELL_SUMS], more[CELL_SUMS];
    memcpy(sums, into, sizeof(sums));
    memcpy(more, from, sizeof(more));
    for (size_t i = 0; i < CELL_SUMS; i++)
        sums[i] += more[i];
    memcpy(into, sums, sizeof(sums));
}

bool em_cell_subtract(struct em_cell *from, const struct em_cell *what)
{
    uint64_t sums[CELL_SUMS], less[CELL_SUMS];
    memcpy(sums, from, sizeof(sums));
    memcpy(less, what, sizeof(less));
    for (size_t i = 0; i < CELL_SUMS; i++) {
        if (less[i] > sums[i])
            return false;
        sums[i] -= less[i];
    }
    memcpy(from, sums, sizeof(sums));
    return true;
}

enum em_status em_cell_key(struct em_buf *out, enum em_table table,
                           const struct em_cell_key *key)
{
    if (table == EM_TABLE_HOSTS) {
        EM_TRY(em_buf_append_view(out, key->domain));
        EM_TRY(em_buf_putc(out, '\0'));
    }
    EM_TRY(em_pack_be(out, key->month, 4));
    EM_TRY(em_buf_append_view(out, key->lang));
    EM_TRY(em_buf_putc(out, '\0'));
    return em_pack_be(out, key->model, 4);
}

/* A histogram: count of bins used, then (gap, count) pairs. */
static enum em_status pack_bins(struct em_buf *out, const uint64_t *bins)
{
    uint64_t used = 0, last = 0;
    for (unsigned i = 0; i < EM_CELL_BINS; i++)
        used += bins[i] != 0;
    EM_TRY(em_pack_u64(out, used));
    for (unsigned i = 0; i < EM_CELL_BINS; i++)
        if (bins[i]) {
            EM_TRY(em_pack_u64(out, i - last));
            EM_TRY(em_pack_u64(out, bins[i]));
            last = i;
        }
    return EM_OK;
}

static uint64_t unpack_bins(struct em_unpack *in, uint64_t *bins)
{
    uint64_t used = em_unpack_u64(in), at = 0, sum = 0;
    for (uint64_t i = 0; i < used && !in->bad; i++) {
        uint64_t gap = em_unpack_u64(in);
        at = gap < EM_CELL_BINS ? at + gap : EM_CELL_BINS;
        uint64_t count = em_unpack_u64(in);
        if (at >= EM_CELL_BINS || count == 0 || (i && gap == 0)) {
            in->bad = true;
            break;
        }
        bins[at] = count;
        sum += count;
    }
    return sum;
}

enum em_status em_cell_value(struct em_buf *out, const struct em_cell *cell)
{
    uint64_t sums[CELL_SUMS];
    memcpy(sums, cell, sizeof(sums));
    EM_TRY(em_pack_u64(out, 0));
    EM_TRY(em_pack_u64(out, CELL_VERSION));
    for (size_t i = 0; i < CELL_PLAIN; i++)
        EM_TRY(em_pack_u64(out, sums[i]));
    EM_TRY(pack_bins(out, cell->bins));
    return pack_bins(out, cell->lexical);
}

static enum em_status read_value(struct em_cell *cell, struct em_view value)
{
    uint64_t sums[CELL_SUMS] = {0};
    struct em_unpack in = em_unpack_of(value);
    bool old = value.len > 0 && value.data[0] != 0;
    if (!old && (em_unpack_u64(&in), em_unpack_u64(&in)) != CELL_VERSION)
        return EM_ERR_FORMAT;
    for (size_t i = 0; i < (old ? (size_t)OLD_PLAIN : (size_t)CELL_PLAIN); i++)
        sums[i] = em_unpack_u64(&in);
    memcpy(cell, sums, sizeof(sums));
    uint64_t binned = unpack_bins(&in, cell->bins);
    uint64_t lexical = unpack_bins(&in, cell->lexical);
    bool sound =
        em_unpack_done(&in) && binned == cell->scored && cell->marked <= lexical &&
        lexical <= cell->scored &&
        cell->flagged + cell->unsure + cell->human + cell->abstained == cell->documents &&
        cell->scored <= cell->documents &&
        cell->no_language + cell->too_short + cell->not_prose <= cell->abstained &&
        cell->known <= cell->documents;
    return sound ? EM_OK : EM_ERR_FORMAT;
}

enum em_status em_cell_read(struct em_cell_key *key, struct em_cell *cell,
                            enum em_table table, struct em_view key_bytes,
                            struct em_view value)
{
    struct em_unpack in = em_unpack_of(key_bytes);
    *key = (struct em_cell_key){.domain = EM_VIEW_NONE};
    if (table == EM_TABLE_HOSTS)
        key->domain = em_unpack_name(&in);
    key->month = (uint32_t)em_unpack_be(&in, 4);
    key->lang = em_unpack_name(&in);
    key->model = (uint32_t)em_unpack_be(&in, 4);
    if (!em_unpack_done(&in))
        return EM_ERR_FORMAT;
    return read_value(cell, value);
}

enum em_status em_cell_combine(struct em_buf *out, struct em_view key, struct em_view a,
                               struct em_view b)
{
    struct em_cell sum, other;
    (void)key;
    EM_TRY(read_value(&sum, a));
    EM_TRY(read_value(&other, b));
    em_cell_add(&sum, &other);
    return em_cell_value(out, &sum);
}

static void write_bins(struct em_json *json, const char *name, const uint64_t *bins)
{
    em_json_key(json, name);
    em_json_array(json);
    for (unsigned i = 0; i < EM_CELL_BINS; i++)
        em_json_u64(json, bins[i]);
    em_json_end(json);
}

static enum em_status cell_json(struct em_json *json, enum em_table table,
                                struct em_view key_bytes, struct em_view value)
{
    static const char *const names[CELL_PLAIN] = {
        "documents", "words",    "scored",       "scored_words",  "flagged",
        "unsure",    "human",    "abstained",    "flagged_words", "leaks",
        "matches",   "marked",   "weight_milli", "known",         "no_language",
        "too_short", "not_prose"};
    struct em_cell_key key;
    struct em_cell cell;
    uint64_t sums[CELL_SUMS];
    char month[16];
    EM_TRY(em_cell_read(&key, &cell, table, key_bytes, value));
    if (table == EM_TABLE_HOSTS) {
        em_json_key(json, "domain");
        em_json_string(json, key.domain);
    }
    em_month_format(key.month, month);
    em_json_key(json, "month");
    em_json_string_or_null(json, em_view_of(month));
    em_json_key(json, "lang");
    em_json_string(json, key.lang);
    em_json_key(json, "model");
    em_json_u64(json, key.model);
    memcpy(sums, &cell, sizeof(sums));
    for (size_t i = 0; i < CELL_PLAIN; i++) {
        em_json_key(json, names[i]);
        em_json_u64(json, sums[i]);
    }
    write_bins(json, "bins", cell.bins);
    write_bins(json, "lexical", cell.lexical);
    return json->status;
}

enum em_status em_host_json(struct em_json *json, struct em_view key,
                            struct em_view value)
{
    return cell_json(json, EM_TABLE_HOSTS, key, value);
}

enum em_status em_month_json(struct em_json *json, struct em_view key,
                             struct em_view value)
{
    return cell_json(json, EM_TABLE_MONTHS, key, value);
}

enum em_status em_cell_rows(struct em_rows *rows, const struct em_document *document)
{
    struct em_cell cell = {.documents = 0};
    struct em_cell_key key = {.domain = document->domain,
                              .month = em_date_month(document->date),
                              .lang = document->lang,
                              .model = document->model};
    struct em_buf key_bytes, value;
    em_buf_init(&key_bytes, EM_MAX_KEY);
    em_buf_init(&value, 8192);
    em_cell_add_document(&cell, document);
    enum em_status status = em_cell_value(&value, &cell);
    const enum em_table tables[] = {EM_TABLE_HOSTS, EM_TABLE_MONTHS};
    for (size_t i = 0; i < 2 && status == EM_OK; i++) {
        em_buf_clear(&key_bytes);
        status = em_cell_key(&key_bytes, tables[i], &key);
        if (status == EM_OK)
            status = em_rows_add(rows, tables[i], em_buf_view(&key_bytes),
                                 em_buf_view(&value));
    }
    em_buf_release(&key_bytes);
    em_buf_release(&value);
    return status;
}
