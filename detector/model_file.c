/* SPDX-License-Identifier: Apache-2.0
 *
 * The model file (docs/FORMATS.md): untrusted input. The checksum finds damage; every
 * count, length and number is checked all the same, for a file can be made to pass it.
 *
 *     magic[8] | format u32 | sections u32 | (id u32, length u32) * sections
 *     sections, in the order of the table, without gaps | XXH3-64 of all before it
 *
 * Every section occurs exactly once and is read to its last byte. Little-endian; floats as
 * IEEE 754 single, rates and thresholds as double.
 */
#include "detector/model.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/limits.h"

#include <stdio.h>

static const char magic[8] = {'E', 'C', 'H', 'O', 'M', 'O', 'D', 'L'};

enum section {
    SECTION_META = 1,
    SECTION_VOCABULARY,
    SECTION_WEIGHTS,
    SECTION_STACK,
    SECTION_CALIBRATION,
    SECTION_THRESHOLDS,
    SECTION_PROVENANCE,
    SECTION_ANCHORS,
    SECTION_WRITERS,
    SECTION_BLOCK,
    SECTION_EXPERTS,
    SECTION_END
};

enum { N_SECTIONS = SECTION_END - 1, HEADER = 16, ENTRY = 8, CHECKSUM = 8 };
/* Files of the format before have neither a calibration block nor experts, and are read; so
 * are those of this format that were written before there were experts. */
enum { OLD_FORMAT = 3, OLD_SECTIONS = SECTION_BLOCK - 1 };

/* --- writing ---------------------------------------------------------------------------*/

struct writer {
    struct em_buf *out;
    enum em_status status; /* the first failure sticks */
};

static void put_bytes(struct writer *w, const void *data, size_t len)
{
    if (w->status >= 0)
        w->status = em_buf_append(w->out, data, len);
}

static void put_le(struct writer *w, uint64_t value, size_t bytes)
{
    unsigned char b[8];
    for (size_t i = 0; i < bytes; i++)
        b[i] = (unsigned char)(value >> (8 * i));
    put_bytes(w, b, bytes);
}

static void put_u32(struct writer *w, uint32_t value)
{
    put_le(w, value, 4);
}

static void put_float(struct writer *w, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    put_le(w, bits, 4);
}

static void put_floats(struct writer *w, const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        put_float(w, values[i]);
}

static void put_double(struct writer *w, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    put_le(w, bits, 8);
}

/* A fixed field: what follows the NUL is written as zeros, so that the same model always
 * gives the same bytes. */
static void put_field(struct writer *w, const char *text, size_t size)
{
    static const char zeros[256];
    size_t n = strnlen(text, size);
    put_bytes(w, text, n);
    put_bytes(w, zeros, size - n);
}

static void put_meta(struct writer *w, const struct em_model *m)
{
    put_field(w, m->name, sizeof(m->name));
    put_field(w, m->lang, sizeof(m->lang));
    put_u32(w, m->features_version);
    put_u32(w, EM_FEATURE_BITS);
    put_u32(w, m->words_per_window);
    put_u32(w, m->min_words);
    put_u32(w, m->prior_ppm);
    put_float(w, m->human_below);
    put_u32(w, m->norm);
    put_float(w, m->scale);
    put_float(w, m->bias);
}

static void put_stack(struct writer *w, const struct em_model *m)
{
    size_t inputs = em_model_inputs(m);
    put_u32(w, m->n_style);
    put_u32(w, m->hidden);
    put_floats(w, m->mean, inputs);
    put_floats(w, m->inv_sd, inputs);
    if (m->hidden > 0) {
        put_floats(w, m->w1, m->hidden * inputs);
        put_floats(w, m->b1, m->hidden);
    }
    put_floats(w, m->w2, m->hidden ? m->hidden : inputs);
    put_float(w, m->b2);
}

static void put_calibration(struct writer *w, const struct em_model *m)
{
    put_u32(w, m->n_bins);
    for (size_t i = 0; i < m->n_bins; i++) {
        put_u32(w, m->bins[i].max_words);
        put_float(w, m->bins[i].slope);
        put_float(w, m->bins[i].intercept);
    }
}

static void put_thresholds(struct writer *w, const struct em_model *m)
{
    put_u32(w, m->n_thresholds);
    for (size_t i = 0; i < m->n_thresholds; i++) {
        const struct em_model_threshold *t = &m->thresholds[i];
        put_double(w, t->fpr);
        put_double(w, t->log_odds);
        put_double(w, t->fpr_low);
        put_double(w, t->fpr_high);
        put_u32(w, t->n_human);
        put_u32(w, t->n_sources);
        put_field(w, t->measured, sizeof(t->measured));
    }
}

static void put_anchors(struct writer *w, const struct em_model *m)
{
    put_u32(w, m->n_anchors);
    if (m->n_anchors == 0)
        return;
    put_floats(w, m->anchor_scale, m->hidden);
    for (uint32_t i = 0; i < m->n_anchors; i++)
        put_u32(w, m->anchor_words[i]);
    put_bytes(w, m->anchors, (size_t)m->n_anchors * m->hidden);
}

static void put_writers(struct writer *w, const struct em_model *m)
{
    const struct em_writers *own = &m->writers;
    put_u32(w, own->n);
    if (own->n == 0)
        return;
    put_u32(w, own->n_rows);
    for (uint32_t f = 0; f < own->n; f++)
        put_field(w, own->names[f], sizeof(own->names[f]));
    put_floats(w, own->bias, own->n);
    put_float(w, own->scale);
    put_floats(w, own->sharpness, EM_WRITERS_BINS);
    for (size_t i = 0; i < EM_WRITERS_NGRAMS / 64; i++)
        put_le(w, own->has[i], 8);
    for (size_t i = 0; i < em_writers_rows(own, m->n_style); i++)
        put_bytes(w, own->weights + i * EM_WRITERS_MAX, own->n);
}

/* The experts' weights one expert after another, place by place. */
static void put_experts(struct writer *w, const struct em_model *m)
{
    const struct em_experts *own = &m->experts;
    put_u32(w, own->n);
    put_floats(w, own->scale, own->n);
    put_floats(w, own->bias, own->n);
    for (size_t e = 0; e < own->n && w->status >= 0; e++) {
        w->status = em_buf_reserve(w->out, EM_EXPERT_BYTES / EM_EXPERT_LANES);
        for (size_t i = e; i < EM_EXPERT_BYTES && w->status >= 0; i += EM_EXPERT_LANES)
            put_bytes(w, own->weights + i, 1);
    }
}

static void put_section(struct writer *w, const struct em_model *m, enum section id)
{
    switch (id) {
    case SECTION_META:
        put_meta(w, m);
        break;
    case SECTION_VOCABULARY:
        put_bytes(w, m->vocabulary, m->vocabulary_len);
        break;
    case SECTION_WEIGHTS:
        put_bytes(w, m->tags, EM_DICTIONARY_BYTES);
        break;
    case SECTION_STACK:
        put_stack(w, m);
        break;
    case SECTION_CALIBRATION:
        put_calibration(w, m);
        break;
    case SECTION_THRESHOLDS:
        put_thresholds(w, m);
        break;
    case SECTION_PROVENANCE:
        put_bytes(w, m->provenance, m->provenance_len);
        break;
    case SECTION_ANCHORS:
        put_anchors(w, m);
        break;
    case SECTION_WRITERS:
        put_writers(w, m);
        break;
    case SECTION_BLOCK:
        if (m->block && w->status >= 0)
            w->status = em_calibration_pack(w->out, m->block);
        break;
    case SECTION_EXPERTS:
        put_experts(w, m);
        break;
    case SECTION_END:
        break;
    }
}

enum em_status em_model_save(const struct em_model *model, struct em_buf *out,
                             struct em_err *err)
{
    struct writer w = {out, EM_OK};
    size_t begin = out->len, lengths = begin + HEADER;
    EM_TRY(em_model_validate(model, err));
    put_bytes(&w, magic, sizeof(magic));
    put_u32(&w, EM_MODEL_FORMAT);
    put_u32(&w, N_SECTIONS);
    for (uint32_t id = 1; id < SECTION_END; id++) {
        put_u32(&w, id);
        put_u32(&w, 0); /* the length, below */
    }
    for (uint32_t id = 1; id < SECTION_END; id++) {
        size_t from = out->len;
        put_section(&w, model, (enum section)id);
        if (w.status < 0)
            return em_fail(err, w.status, "model", "model: %s", em_status_text(w.status));
        size_t len = out->len - from;
        for (size_t i = 0; i < 4; i++)
            out->data[lengths + (id - 1) * ENTRY + 4 + i] = (char)(len >> (8 * i));
    }
    put_le(&w, em_hash64(out->data + begin, out->len - begin, 0), CHECKSUM);
    if (w.status < 0)
        return em_fail(err, w.status, "model", "model: %s", em_status_text(w.status));
    return EM_OK;
}

/* --- reading ---------------------------------------------------------------------------*/

struct reader {
    const unsigned char *p;
    size_t left;
    bool short_; /* something asked for more than there is */
};

static uint64_t get_le(struct reader *r, size_t bytes)
{
    uint64_t value = 0;
    if (r->left < bytes) {
        r->short_ = true;
        r->left = 0;
        return 0;
    }
    for (size_t i = 0; i < bytes; i++)
        value |= (uint64_t)r->p[i] << (8 * i);
    r->p += bytes;
    r->left -= bytes;
    return value;
}

static uint32_t get_u32(struct reader *r)
{
    return (uint32_t)get_le(r, 4);
}

static float get_float(struct reader *r)
{
    uint32_t bits = get_u32(r);
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static double get_double(struct reader *r)
{
    uint64_t bits = get_le(r, 8);
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static void get_floats(struct reader *r, float *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        values[i] = get_float(r);
}

static void get_field(struct reader *r, char *text, size_t size)
{
    if (r->left < size) {
        r->short_ = true;
        r->left = 0;
        return;
    }
    memcpy(text, r->p, size);
    r->p += size;
    r->left -= size;
}

static enum em_status get_meta(struct reader *r, struct em_model *m, struct em_err *err)
{
    get_field(r, m->name, sizeof(m->name));
    get_field(r, m->lang, sizeof(m->lang));
    m->features_version = get_u32(r);
    uint32_t bits = get_u32(r);
    m->words_per_window = get_u32(r);
    m->min_words = get_u32(r);
    m->prior_ppm = get_u32(r);
    m->human_below = get_float(r);
    m->norm = get_u32(r);
    m->scale = get_float(r);
    m->bias = get_float(r);
    if (!r->short_ && bits != EM_FEATURE_BITS)
        return em_fail(err, EM_ERR_VERSION, "model",
                       "model: hashes to %u bits, this program to %d", (unsigned)bits,
                       EM_FEATURE_BITS);
    return EM_OK;
}

static enum em_status get_stack(struct reader *r, struct em_model *m, struct em_err *err)
{
    m->n_style = get_u32(r);
    uint32_t hidden = get_u32(r);
    if (m->n_style > EM_MODEL_MAX_STYLE || hidden > EM_MODEL_MAX_HIDDEN)
        return em_fail(err, EM_ERR_FORMAT, "model",
                       "model: size of the stack out of range");
    size_t inputs = em_model_inputs(m);
    enum em_status status = em_model_set_hidden(m, hidden);
    if (status < 0)
        return em_fail(err, status, "model", "model: %s", em_status_text(status));
    get_floats(r, m->mean, inputs);
    get_floats(r, m->inv_sd, inputs);
    if (hidden > 0) {
        get_floats(r, m->w1, hidden * inputs);
        get_floats(r, m->b1, hidden);
    }
    get_floats(r, m->w2, hidden ? hidden : inputs);
    m->b2 = get_float(r);
    return EM_OK;
}

static enum em_status get_calibration(struct reader *r, struct em_model *m,
                                      struct em_err *err)
{
    m->n_bins = get_u32(r);
    if (m->n_bins > EM_MODEL_MAX_BINS)
        return em_fail(err, EM_ERR_FORMAT, "model",
                       "model: number of length bins out of range");
    for (size_t i = 0; i < m->n_bins; i++) {
        m->bins[i].max_words = get_u32(r);
        m->bins[i].slope = get_float(r);
        m->bins[i].intercept = get_float(r);
    }
    return EM_OK;
}

static enum em_status get_thresholds(struct reader *r, struct em_model *m,
                                     struct em_err *err)
{
    m->n_thresholds = get_u32(r);
    if (m->n_thresholds > EM_MODEL_MAX_THRESHOLDS)
        return em_fail(err, EM_ERR_FORMAT, "model",
                       "model: number of thresholds out of range");
    for (size_t i = 0; i < m->n_thresholds; i++) {
        struct em_model_threshold *t = &m->thresholds[i];
        t->fpr = get_double(r);
        t->log_odds = get_double(r);
        t->fpr_low = get_double(r);
        t->fpr_high = get_double(r);
        t->n_human = get_u32(r);
        t->n_sources = get_u32(r);
        get_field(r, t->measured, sizeof(t->measured));
    }
    return EM_OK;
}

static enum em_status get_anchors(struct reader *r, struct em_model *m,
                                  struct em_err *err)
{
    uint32_t n = get_u32(r);
    if (n > EM_MODEL_MAX_ANCHORS || (n > 0 && m->hidden == 0))
        return em_fail(err, EM_ERR_FORMAT, "model",
                       "model: number of anchors out of range");
    if (n == 0)
        return EM_OK;
    enum em_status status = em_model_set_anchors(m, n);
    if (status < 0)
        return em_fail(err, status, "model", "model: %s", em_status_text(status));
    get_floats(r, m->anchor_scale, m->hidden);
    for (uint32_t i = 0; i < n; i++)
        m->anchor_words[i] = get_u32(r);
    get_field(r, (char *)m->anchors, (size_t)n * m->hidden);
    return EM_OK;
}

static enum em_status get_writers(struct reader *r, struct em_model *m,
                                  struct em_err *err)
{
    struct em_writers *own = &m->writers;
    uint32_t n = get_u32(r), rows = n ? get_u32(r) : 0;
    if (n == 0)
        return EM_OK;
    if (n > EM_WRITERS_MAX || rows > EM_WRITERS_NGRAMS)
        return em_fail(err, EM_ERR_FORMAT, "model",
                       "model: number of families of models out of range");
    enum em_status status = em_writers_reserve(own, n, rows, m->n_style);
    if (status < 0)
        return em_fail(err, status, "model", "model: %s", em_status_text(status));
    for (uint32_t f = 0; f < n; f++)
        get_field(r, own->names[f], sizeof(own->names[f]));
    get_floats(r, own->bias, n);
    own->scale = get_float(r);
    get_floats(r, own->sharpness, EM_WRITERS_BINS);
    for (size_t i = 0; i < EM_WRITERS_NGRAMS / 64; i++)
        own->has[i] = get_le(r, 8);
    for (size_t i = 0; i < em_writers_rows(own, m->n_style); i++)
        get_field(r, (char *)own->weights + i * EM_WRITERS_MAX, n);
    if (!r->short_ && !em_writers_index(own))
        return em_fail(err, EM_ERR_FORMAT, "model",
                       "model: families weigh other n-grams than they count");
    return EM_OK;
}

static enum em_status get_experts(struct reader *r, struct em_model *m,
                                  struct em_err *err)
{
    struct em_experts *own = &m->experts;
    uint32_t n = get_u32(r);
    enum em_status status = em_experts_reserve(own, n);
    if (status < 0)
        return em_fail(err, status == EM_ERR_LIMIT ? EM_ERR_FORMAT : status, "model",
                       "model: number of experts out of range");
    get_floats(r, own->scale, n);
    get_floats(r, own->bias, n);
    size_t places = EM_EXPERT_BYTES / EM_EXPERT_LANES;
    if (r->left < n * places)
        r->short_ = true;
    for (size_t e = 0; e < n && !r->short_; e++, r->p += places, r->left -= places)
        for (size_t i = 0; i < places; i++)
            own->weights[i * EM_EXPERT_LANES + e] = (int8_t)r->p[i];
    return EM_OK;
}

static enum em_status get_block(struct em_view bytes, struct em_model *m)
{
    struct em_calibration *block;
    if (bytes.len == 0)
        return EM_OK;
    EM_TRY(em_model_new_block(m, &block));
    return em_calibration_unpack(block, bytes);
}

static enum em_status get_section(struct reader *r, struct em_model *m, uint32_t id,
                                  struct em_err *err)
{
    struct em_view rest = {(const char *)r->p, r->left};
    enum em_status status = EM_OK;
    switch (id) {
    case SECTION_META:
        return get_meta(r, m, err);
    case SECTION_STACK:
        return get_stack(r, m, err);
    case SECTION_CALIBRATION:
        return get_calibration(r, m, err);
    case SECTION_THRESHOLDS:
        return get_thresholds(r, m, err);
    case SECTION_ANCHORS:
        return get_anchors(r, m, err);
    case SECTION_WRITERS:
        return get_writers(r, m, err);
    case SECTION_EXPERTS:
        return get_experts(r, m, err);
    case SECTION_WEIGHTS:
        get_field(r, (char *)m->tags, EM_DICTIONARY_BYTES);
        return EM_OK;
    case SECTION_VOCABULARY:
        status = em_model_set_vocabulary(m, rest);
        break;
    case SECTION_BLOCK:
        status = get_block(rest, m);
        break;
    default:
        status = em_model_set_provenance(m, rest);
        break;
    }
    r->left = 0;
    if (status < 0)
        return em_fail(err, status, "model", "model: %s", em_status_text(status));
    return EM_OK;
}

/* To its last byte. */
static enum em_status load_section(struct em_model *model, struct reader *r, uint32_t id,
                                   struct em_err *err)
{
    EM_TRY(get_section(r, model, id, err));
    if (r->short_ || r->left != 0)
        return em_fail(err, EM_ERR_FORMAT, "model",
                       "model file: section %u has a wrong length", (unsigned)id);
    return EM_OK;
}

/* `name_at`: where the name's field begins in a model file's bytes. */
static void load_identity(struct em_model *model, struct em_view bytes, size_t name_at)
{
    size_t behind = name_at + sizeof(model->name);
    uint64_t hash = em_hash64(bytes.data, name_at, 0);
    hash = em_hash64(bytes.data + behind, bytes.len - CHECKSUM - behind, hash);
    snprintf(model->id, sizeof(model->id), "%.*s@%08x", (int)sizeof(model->name) - 1,
             model->name, (unsigned)(hash >> 32));
}

static enum em_status model_file_load(struct em_model *model, struct em_view bytes,
                                      struct em_err *err)
{
    struct reader table = {(const unsigned char *)bytes.data, bytes.len, false};
    if (bytes.len < HEADER + CHECKSUM || memcmp(bytes.data, magic, sizeof(magic)) != 0)
        return em_fail(err, EM_ERR_FORMAT, "model", "not a model file");
    table.p += sizeof(magic);
    table.left -= sizeof(magic);
    uint32_t format = get_u32(&table), sections = get_u32(&table);
    bool whole = sections == N_SECTIONS || sections == N_SECTIONS - 1;
    if (!(format == EM_MODEL_FORMAT && whole) &&
        !(format == OLD_FORMAT && sections == OLD_SECTIONS))
        return em_fail(err, EM_ERR_VERSION, "model",
                       "model file of format %u, this program reads %d", (unsigned)format,
                       EM_MODEL_FORMAT);
    size_t at = HEADER + sections * (size_t)ENTRY, name_at = at;
    if (bytes.len < at + CHECKSUM)
        return em_fail(err, EM_ERR_FORMAT, "model", "not a model file");
    size_t body = bytes.len - CHECKSUM;
    struct reader sum = {(const unsigned char *)bytes.data + body, CHECKSUM, false};
    if (get_le(&sum, CHECKSUM) != em_hash64(bytes.data, body, 0))
        return em_fail(err, EM_ERR_CHECKSUM, "model",
                       "model file is damaged: its checksum does not match");
    struct reader parts[N_SECTIONS];
    for (uint32_t i = 0; i < sections; i++) {
        uint32_t id = get_u32(&table);
        size_t len = get_u32(&table);
        if (id != i + 1 || len > body - at)
            return em_fail(err, EM_ERR_FORMAT, "model",
                           "model file: section %u out of place", (unsigned)i + 1);
        parts[i] = (struct reader){(const unsigned char *)bytes.data + at, len, false};
        at += len;
    }
    if (at != body)
        return em_fail(err, EM_ERR_FORMAT, "model", "model file: bytes left over");
    /* How many experts there are says how wide the stack is. */
    if (sections >= SECTION_EXPERTS)
        EM_TRY(load_section(model, &parts[SECTION_EXPERTS - 1], SECTION_EXPERTS, err));
    for (uint32_t id = 1; id <= sections; id++)
        if (id != SECTION_EXPERTS)
            EM_TRY(load_section(model, &parts[id - 1], id, err));
    load_identity(model, bytes, name_at);
    return em_model_validate(model, err);
}

enum em_status em_model_identify(struct em_model *model, struct em_err *err)
{
    struct em_buf bytes;
    em_buf_init(&bytes, EM_MAX_MODEL);
    enum em_status status = em_model_save(model, &bytes, err);
    if (status == EM_OK)
        load_identity(model, em_buf_view(&bytes), HEADER + N_SECTIONS * ENTRY);
    em_buf_release(&bytes);
    return status;
}

enum em_status em_model_load_memory(struct em_model **out, struct em_view bytes,
                                    struct em_err *err)
{
    struct em_model *model;
    *out = NULL;
    if (em_model_new(&model) < 0)
        return em_fail(err, EM_ERR_NOMEM, "model", "out of memory");
    enum em_status status = model_file_load(model, bytes, err);
    if (status < 0) {
        em_model_free(model);
        return status;
    }
    *out = model;
    return EM_OK;
}

/* What is wrong with it, after the file's name: there may be several models in use. */
static enum em_status model_read_named(struct em_model **out, struct em_view bytes,
                                       const char *path, struct em_err *err)
{
    struct em_err why = {.status = EM_OK};
    enum em_status status = em_model_load_memory(out, bytes, &why);
    if (status >= 0)
        return status;
    return em_fail(err, status, "model", "'%s': %s", path,
                   why.text[0] ? why.text : em_status_text(status));
}

enum em_status em_model_load(struct em_model **out, const char *path, struct em_err *err)
{
    struct em_buf bytes;
    *out = NULL;
    em_buf_init(&bytes, EM_MAX_MODEL);
    enum em_status status = em_read_file(path, &bytes, err);
    if (status >= 0)
        status = model_read_named(out, em_buf_view(&bytes), path, err);
    em_buf_release(&bytes);
    return status;
}
