/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/parquet_column.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "crawler/archive/parquet_thrift.h"

#include <libdeflate.h>

enum {
    PAGE_DATA = 0,
    PAGE_DICTIONARY = 2,
    PAGE_DATA_V2 = 3,
    /* Old writers leave the dictionary page's header out of the chunk's length. spec:
     * PARQUET-816 */
    CHUNK_SLACK = 100,
    /* A read goes so far after what is wanted. */
    READ_AHEAD = 512 * 1024,
    /* Most page headers are shorter. */
    HEADER_BYTES = 256
};

struct page_header {
    int64_t type, size, stored; /* bytes inflated, as stored */
    int64_t n, encoding, def_encoding, rep_encoding;
    int64_t def_bytes, rep_bytes; /* of PAGE_DATA_V2 */
    uint32_t crc;
    bool has_crc, packed;
};

/* --- life --------------------------------------------------------------------------------- */

void em_parquet_column_init(struct em_parquet_column *c, struct em_ranged *file,
                            struct em_parquet_inflater *inflater,
                            const struct em_parquet_node *node)
{
    *c = (struct em_parquet_column){.file = file, .inflater = inflater, .node = node};
    em_parquet_values_init(&c->values);
    em_buf_init(&c->page, EM_MAX_PARQUET_PAGE);
    em_buf_init(&c->dictionary_bytes, EM_MAX_PARQUET_PAGE);
}

static void column_close(struct em_parquet_column *c)
{
    if (c->open)
        em_input_close(&c->in);
    c->open = false;
}

void em_parquet_column_release(struct em_parquet_column *c)
{
    column_close(c);
    em_parquet_values_release(&c->values);
    em_parquet_dictionary_release(&c->dictionary);
    em_buf_release(&c->page);
    em_buf_release(&c->dictionary_bytes);
}

enum em_status em_parquet_column_begin(struct em_parquet_column *c,
                                       const struct em_parquet_chunk *chunk,
                                       struct em_err *err)
{
    column_close(c);
    c->chunk = chunk;
    c->left = (uint64_t)chunk->n_values;
    c->page_left = 0;
    c->pending = 0;
    c->page_at = chunk->begin;
    c->leveled = c->has_dictionary = c->lost = false;
    c->damage = chunk->refused;
    if (!c->damage && !em_parquet_codec_supported(chunk->codec))
        c->damage = chunk->codec == EM_PARQUET_LZO ? "its codec LZO is not supported"
                                                   : "it has a codec that is not known";
    if (c->damage) {
        c->lost = true;
        return EM_ERR_FORMAT;
    }
    uint64_t end = chunk->begin + chunk->size, slack = c->file->size - end;
    end += slack < CHUNK_SLACK ? slack : CHUNK_SLACK;
    EM_TRY(em_ranged_part(c->file, &c->in, chunk->begin, end, err));
    c->open = true;
    return EM_OK;
}

/* --- page headers ---------------------------------------------------------------------------
 */

static void header_read_data(struct em_thrift *t, struct page_header *h)
{
    struct em_thrift_field f = {.id = 0};
    while (em_thrift_field(t, &f))
        if (f.id == 1)
            h->n = em_thrift_int(t, f.type);
        else if (f.id == 2)
            h->encoding = em_thrift_int(t, f.type);
        else if (f.id == 3 && h->type == PAGE_DATA)
            h->def_encoding = em_thrift_int(t, f.type);
        else if (f.id == 4 && h->type == PAGE_DATA)
            h->rep_encoding = em_thrift_int(t, f.type);
        else
            em_thrift_skip(t, f.type);
}

static void header_read_data_v2(struct em_thrift *t, struct page_header *h)
{
    struct em_thrift_field f = {.id = 0};
    while (em_thrift_field(t, &f))
        if (f.id == 1)
            h->n = em_thrift_int(t, f.type);
        else if (f.id == 4)
            h->encoding = em_thrift_int(t, f.type);
        else if (f.id == 5)
            h->def_bytes = em_thrift_int(t, f.type);
        else if (f.id == 6)
            h->rep_bytes = em_thrift_int(t, f.type);
        else if (f.id == 7)
            h->packed = em_thrift_bool(t, f.type);
        else
            em_thrift_skip(t, f.type);
}

static void header_read(struct em_thrift *t, struct page_header *h)
{
    struct em_thrift_field f = {.id = 0};
    *h = (struct page_header){.type = -1,
                              .size = -1,
                              .stored = -1,
                              .n = -1,
                              .encoding = -1,
                              .def_encoding = EM_PARQUET_RLE,
                              .rep_encoding = EM_PARQUET_RLE,
                              .packed = true};
    while (em_thrift_field(t, &f)) {
        bool open = f.type == EM_THRIFT_STRUCT;
        if (f.id == 1) {
            h->type = em_thrift_int(t, f.type);
        } else if (f.id == 2) {
            h->size = em_thrift_int(t, f.type);
        } else if (f.id == 3) {
            h->stored = em_thrift_int(t, f.type);
        } else if (f.id == 4) {
            h->crc = (uint32_t)em_thrift_int(t, f.type);
            h->has_crc = true;
        } else if (open && (f.id == 5 || f.id == 7)) {
            header_read_data(t, h);
        } else if (open && f.id == 8) {
            header_read_data_v2(t, h);
        } else {
            em_thrift_skip(t, f.type);
        }
    }
}

static const char *header_check(const struct page_header *h)
{
    if (h->size < 0 || h->stored < 0)
        return "a page header has no lengths";
    if ((uint64_t)h->size > EM_MAX_PARQUET_PAGE)
        return "a page is longer than 256 MiB";
    if ((h->type == PAGE_DATA || h->type == PAGE_DICTIONARY || h->type == PAGE_DATA_V2) &&
        (h->n < 0 || h->n > INT32_MAX))
        return "a page has an impossible number of values";
    if (h->type == PAGE_DATA_V2 &&
        (h->def_bytes < 0 || h->rep_bytes < 0 || h->def_bytes > h->stored ||
         h->rep_bytes > h->stored - h->def_bytes ||
         h->rep_bytes + h->def_bytes > h->size))
        return "a page's levels are longer than the page";
    return NULL;
}

/* The chunk is lost where its pages can no longer be separated. */
static enum em_status column_fail(struct em_parquet_column *c, const char *why, bool lost)
{
    c->damage = why;
    c->lost |= lost;
    return EM_ERR_FORMAT;
}

/* Header and bytes of the next page are in the window, and are passed with the page. */
static enum em_status column_next_page(struct em_parquet_column *c, struct page_header *h,
                                       struct em_view *stored, struct em_err *err)
{
    em_input_consume(&c->in, c->pending);
    c->pending = 0;
    c->page_at = c->in.offset;
    struct em_thrift t = {.bad = true};
    size_t head = 0;
    for (size_t want = HEADER_BYTES; t.bad && want <= EM_MAX_PARQUET_PAGE_HEADER;
         want *= 4) {
        EM_TRY(em_input_want(&c->in, want, err));
        struct em_view v = em_input_view(&c->in);
        if (v.len == 0)
            return column_fail(c, "it ends before its last page", true);
        t = em_thrift_from(v);
        header_read(&t, h);
        head = (size_t)(t.at - (const unsigned char *)v.data);
        if (v.len < want)
            break;
    }
    if (t.bad)
        return column_fail(c, "a page header cannot be read", true);
    const char *why = header_check(h);
    if (why)
        return column_fail(c, why, true);
    uint64_t there = c->in.to - c->in.offset - head;
    if ((uint64_t)h->stored > there)
        return column_fail(c, "a page is longer than its column chunk", true);
    size_t all = head + (size_t)h->stored;
    /* The window is made once as large as the page, which lies in the chunk: growing into it
     * costs a tenth of reading long pages. */
    size_t room = all + READ_AHEAD > c->in.buf.len ? all + READ_AHEAD - c->in.buf.len : 0;
    enum em_status status = em_buf_reserve(&c->in.buf, room);
    if (status == EM_OK)
        status = em_input_want(&c->in, all, err);
    if (status == EM_ERR_LIMIT)
        return column_fail(c, "a page is too long as it is stored", true);
    EM_TRY(status);
    struct em_view v = em_input_view(&c->in);
    if (v.len < all)
        return column_fail(c, "the file ends inside a page", true);
    *stored = em_view_make(v.data + head, (size_t)h->stored);
    c->pending = all;
    return EM_OK;
}

/* --- pages ------------------------------------------------------------------------------------
 */

/* The bytes of a page, or the part of them that is compressed; never NULL. */
static const char *column_inflate(struct em_parquet_column *c, struct em_view stored,
                                  size_t size, struct em_buf *out, struct em_view *bytes)
{
    if (c->chunk->codec == EM_PARQUET_UNCOMPRESSED) {
        *bytes = stored;
        return stored.len == size ? NULL : "a page has not the length that it declares";
    }
    em_buf_clear(out);
    const char *why = em_parquet_inflate(c->inflater, c->chunk->codec, stored, size, out);
    *bytes = em_buf_view(out);
    return why;
}

static int bits_of(unsigned most)
{
    int bits = 0;
    for (; most; most >>= 1)
        bits++;
    return bits;
}

/* The levels that a page of the first kind begins with. */
static const char *column_take_levels(struct em_parquet_runs *runs, unsigned most,
                                      int64_t encoding, int64_t n, struct em_view *bytes)
{
    int bits = bits_of(most);
    if (bits == 0)
        return NULL;
    if (encoding == EM_PARQUET_BIT_PACKED) {
        size_t len = (size_t)(((uint64_t)n * (unsigned)bits + 7) / 8);
        if (len > bytes->len)
            return "levels are longer than their page";
        em_parquet_runs_legacy(runs, em_view_sub(*bytes, 0, len), bits, (uint64_t)n);
        *bytes = em_view_sub(*bytes, len, bytes->len);
        return NULL;
    }
    if (encoding != EM_PARQUET_RLE)
        return "its levels have an encoding that is not supported";
    const unsigned char *p = (const unsigned char *)bytes->data;
    size_t len = bytes->len >= 4 ? (size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 |
                                       (size_t)p[3] << 24
                                 : SIZE_MAX;
    if (len > bytes->len - (bytes->len < 4 ? bytes->len : 4))
        return "levels are longer than their page";
    em_parquet_runs_init(runs, em_view_sub(*bytes, 4, len), bits);
    *bytes = em_view_sub(*bytes, 4 + len, bytes->len);
    return NULL;
}

static const char *column_begin_values(struct em_parquet_column *c,
                                       const struct page_header *h, struct em_view bytes)
{
    bool unsupported;
    return em_parquet_values_begin(&c->values, c->node, (int)h->encoding, bytes,
                                   c->has_dictionary ? &c->dictionary : NULL,
                                   &unsupported);
}

static const char *column_begin_data(struct em_parquet_column *c,
                                     const struct page_header *h, struct em_view stored)
{
    struct em_view bytes;
    const char *why = column_inflate(c, stored, (size_t)h->size, &c->page, &bytes);
    if (!why)
        why = column_take_levels(&c->rep, c->node->rep, h->rep_encoding, h->n, &bytes);
    if (!why)
        why = column_take_levels(&c->def, c->node->def, h->def_encoding, h->n, &bytes);
    return why ? why : column_begin_values(c, h, bytes);
}

/* spec: in pages of the second kind levels are not compressed, and have no length before
 * them. */
static const char *column_begin_data_v2(struct em_parquet_column *c,
                                        const struct page_header *h,
                                        struct em_view stored)
{
    size_t rep = (size_t)h->rep_bytes, def = (size_t)h->def_bytes;
    em_parquet_runs_init(&c->rep, em_view_sub(stored, 0, rep), bits_of(c->node->rep));
    em_parquet_runs_init(&c->def, em_view_sub(stored, rep, def), bits_of(c->node->def));
    struct em_view bytes = em_view_sub(stored, rep + def, stored.len);
    const char *why = NULL;
    if (h->packed)
        why = column_inflate(c, bytes, (size_t)h->size - rep - def, &c->page, &bytes);
    return why ? why : column_begin_values(c, h, bytes);
}

static const char *column_read_dictionary(struct em_parquet_column *c,
                                          const struct page_header *h,
                                          struct em_view stored)
{
    struct em_view bytes;
    if (c->has_dictionary)
        return "it has a second dictionary";
    if (h->encoding != EM_PARQUET_PLAIN && h->encoding != EM_PARQUET_PLAIN_DICTIONARY)
        return "its dictionary has an encoding that is not supported";
    const char *why =
        column_inflate(c, stored, (size_t)h->size, &c->dictionary_bytes, &bytes);
    /* What is not inflated lies in the window, which moves on. */
    if (!why && c->chunk->codec == EM_PARQUET_UNCOMPRESSED) {
        em_buf_clear(&c->dictionary_bytes);
        if (em_buf_append_view(&c->dictionary_bytes, bytes) < 0)
            return "a page takes too much memory";
        bytes = em_buf_view(&c->dictionary_bytes);
    }
    if (!why)
        why = em_parquet_dictionary_read(&c->dictionary, c->node, bytes, (uint32_t)h->n);
    c->has_dictionary = !why;
    return why;
}

static const char *column_check_crc(const struct page_header *h, struct em_view stored)
{
    return h->has_crc && libdeflate_crc32(0, stored.data, stored.len) != h->crc
               ? "a page's checksum does not match"
               : NULL;
}

/* The next data page that has values. */
static enum em_status column_load(struct em_parquet_column *c, struct em_err *err)
{
    while (c->page_left == 0) {
        struct page_header h;
        struct em_view stored;
        if (c->left == 0)
            return EM_END;
        if (c->lost)
            return EM_ERR_FORMAT;
        EM_TRY(column_next_page(c, &h, &stored, err));
        const char *why = column_check_crc(&h, stored);
        if (h.type == PAGE_DICTIONARY) {
            why = why ? why : column_read_dictionary(c, &h, stored);
            if (why)
                return column_fail(c, why, true);
            continue;
        }
        if (h.type != PAGE_DATA && h.type != PAGE_DATA_V2)
            continue;
        if ((uint64_t)h.n > c->left)
            return column_fail(c, "its pages have more values than it says", true);
        c->left -= (uint64_t)h.n;
        c->page_left = (uint64_t)h.n;
        if (!why && c->page_left)
            why = h.type == PAGE_DATA ? column_begin_data(c, &h, stored)
                                      : column_begin_data_v2(c, &h, stored);
        if (why)
            return column_fail(c, why, false);
    }
    return EM_OK;
}

/* --- values ---------------------------------------------------------------------------------- */

enum em_status em_parquet_column_level(struct em_parquet_column *c, struct em_err *err)
{
    const char *why = NULL;
    if (c->leveled)
        return EM_OK;
    if (c->damage)
        return EM_ERR_FORMAT;
    if (c->page_left == 0) {
        enum em_status status = column_load(c, err);
        if (status != EM_OK)
            return status;
    }
    c->rep_level = 0;
    c->def_level = c->node->def;
    if (c->node->rep)
        why = em_parquet_runs_next(&c->rep, &c->rep_level);
    if (c->node->def && !why)
        why = em_parquet_runs_next(&c->def, &c->def_level);
    if (!why && (c->rep_level > c->node->rep || c->def_level > c->node->def))
        why = "a level is out of range";
    if (why)
        return column_fail(c, why, false);
    c->leveled = true;
    return EM_OK;
}

enum em_status em_parquet_column_value(struct em_parquet_column *c,
                                       struct em_parquet_cell *cell, struct em_err *err)
{
    *cell = (struct em_parquet_cell){.null = true};
    enum em_status status = em_parquet_column_level(c, err);
    if (status != EM_OK)
        return status;
    if (c->def_level == c->node->def) {
        cell->null = false;
        const char *why = em_parquet_values_next(&c->values, cell);
        if (why)
            return column_fail(c, why, false);
    }
    c->leveled = false;
    c->page_left--;
    return EM_OK;
}

enum em_status em_parquet_column_next(struct em_parquet_column *c,
                                      struct em_parquet_cell *cell, struct em_err *err)
{
    return em_parquet_column_value(c, cell, err);
}

uint64_t em_parquet_column_leave_page(struct em_parquet_column *c)
{
    uint64_t lost = c->page_left;
    c->page_left = 0;
    c->leveled = false;
    c->damage = NULL;
    /* Rows and values are not the same where values repeat. */
    return c->lost || c->node->rep ? UINT64_MAX : lost;
}

enum em_status em_parquet_column_skip(struct em_parquet_column *c, uint64_t n,
                                      struct em_err *err)
{
    struct em_parquet_cell cell;
    enum em_status status = EM_OK;
    for (uint64_t i = 0; i < n && status == EM_OK; i++)
        status = em_parquet_column_value(c, &cell, err);
    return status;
}
