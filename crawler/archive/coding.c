/* SPDX-License-Identifier: Apache-2.0
 *
 * Codings of HTTP bodies, undone from the last applied to the first. Each step reads the
 * bytes before it and writes to one of two buffers:
 *
 *     body --chunked--> buffers[0] --gzip--> buffers[1] --gzip--> buffers[0]
 *
 * A step that cannot decode its input looks at it: plain bytes under a declared coding are
 * taken as they are (archives store bodies inflated under the old header), bytes that came
 * before damage are kept and flagged. gzip and deflate go through libdeflate in one call
 * and through zlib, which gives the bytes before the damage, when that fails.
 */
#define ZSTD_STATIC_LINKING_ONLY /* ZSTD_createDCtx_advanced: memory through alloc.h */
#include "crawler/archive/coding.h"

#include "base/alloc.h"
#include "base/utf8.h"
#include "crawler/archive/mime.h"

#include <brotli/decode.h>
#include <libdeflate.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* One step of a streaming decoder's output. */
#define STEP (64 * EM_KIB)
/* First guess of what raw deflate and zlib inflate to, which do not say; HTML has 4 to 6. */
#define DEFLATE_RATIO 8
/* deflate cannot do better than 1032 to 1: a larger ISIZE is a lie. */
#define DEFLATE_MAX_RATIO 1040
/* spec: RFC9659 3: a window of at most 8 MiB for the content coding zstd. */
#define ZSTD_WINDOW_LOG 23
/* A buffer that grew beyond this for one body is given back before the next. */
#define KEEP (4 * EM_MIB)

struct em_coder {
    struct em_buf buffers[2];
    struct libdeflate_decompressor *whole;
    z_stream pieces;
    bool pieces_ready;
    ZSTD_DCtx *zstd;
};

/* What a step found. */
enum outcome {
    WHOLE, /* decoded to its end */
    PART,  /* cut or damaged; what came before is in the buffer */
    FULL,  /* over EM_MAX_BODY */
    NOMEM,
};

static void *hook_alloc(void *opaque, size_t size)
{
    (void)opaque;
    return em_malloc(size);
}

static void hook_free(void *opaque, void *ptr)
{
    (void)opaque;
    em_free(ptr);
}

static void *zlib_alloc(void *opaque, unsigned count, unsigned size)
{
    (void)opaque;
    return em_calloc(count, size);
}

enum em_status em_coder_new(struct em_coder **out)
{
    *out = em_calloc(1, sizeof(**out));
    if (!*out)
        return EM_ERR_NOMEM;
    /* One byte more, to tell a body of the largest size from a larger one. */
    em_buf_init(&(*out)->buffers[0], EM_MAX_BODY + 1);
    em_buf_init(&(*out)->buffers[1], EM_MAX_BODY + 1);
    return EM_OK;
}

void em_coder_free(struct em_coder *coder)
{
    if (!coder)
        return;
    em_buf_release(&coder->buffers[0]);
    em_buf_release(&coder->buffers[1]);
    libdeflate_free_decompressor(coder->whole);
    if (coder->pieces_ready)
        inflateEnd(&coder->pieces);
    ZSTD_freeDCtx(coder->zstd);
    em_free(coder);
}

/* Room for another step: *space bytes, always as many at the same place, however large the
 * buffer grew before: what a decoder gives before damage may depend on it. False: *outcome
 * says why not. */
static bool coding_room(struct em_buf *out, size_t *space, enum outcome *outcome)
{
    if (out->len > EM_MAX_BODY) {
        *outcome = FULL;
        return false;
    }
    *space = out->max - out->len;
    if (*space > STEP)
        *space = STEP;
    if (em_buf_reserve(out, *space) != EM_OK) {
        *outcome = NOMEM;
        return false;
    }
    return true;
}

static unsigned char byte_at(struct em_view v, size_t i)
{
    return i < v.len ? (unsigned char)v.data[i] : 0;
}

/* --- chunked ----------------------------------------------------------------------------- */

struct chunk {
    struct em_view data;
    size_t next; /* after the chunk and its line end */
    bool last;   /* size 0 */
    bool cut;    /* the input ends in it */
    bool crlf;   /* its size line ends in CRLF */
    bool closed; /* a line end follows the data, as it must */
};

/* spec: RFC9112 7.1: chunk-size [ chunk-ext ] CRLF chunk-data CRLF. Blanks around the size
 * and bare LF are tolerated. False when there is no size line at `pos`. */
static bool read_chunk(struct em_view in, size_t pos, struct chunk *chunk)
{
    size_t i = pos, digits = 0, size = 0;
    *chunk = (struct chunk){.cut = false};
    while (i < in.len && (in.data[i] == ' ' || in.data[i] == '\t'))
        i++;
    int value;
    for (; i < in.len && (value = em_hex_digit(in.data[i])) >= 0; i++, digits++)
        size = size > in.len ? size : size * 16 + (size_t)value;
    while (i < in.len && (in.data[i] == ' ' || in.data[i] == '\t'))
        i++;
    if (digits == 0)
        return false;
    if (i < in.len && in.data[i] != ';' && in.data[i] != '\r' && in.data[i] != '\n')
        return false;
    const char *lf = i < in.len ? memchr(in.data + i, '\n', in.len - i) : NULL;
    if (!lf) { /* cut in the size line */
        chunk->cut = true;
        chunk->next = in.len;
        return true;
    }
    chunk->crlf = lf > in.data && lf[-1] == '\r';
    size_t start = (size_t)(lf - in.data) + 1;
    chunk->last = size == 0;
    chunk->data = em_view_sub(in, start, size);
    chunk->cut = chunk->data.len < size;
    size_t end = start + chunk->data.len;
    if (end < in.len && in.data[end] == '\r')
        end++;
    if (end < in.len && in.data[end] == '\n') {
        end++;
        chunk->closed = true;
    }
    chunk->next = end;
    return true;
}

/* Whether the bytes are chunked at all: archives dechunk and keep the header. A body whose
 * first line happens to be a number is told by what follows the chunk it would announce. */
static bool is_chunked(struct em_view in)
{
    struct chunk first;
    if (!read_chunk(in, 0, &first))
        return false;
    if (first.last)
        return first.crlf || first.next == in.len;
    if (first.cut)
        return first.crlf;
    return first.closed || first.next == in.len;
}

static enum outcome dechunk(struct em_view in, struct em_buf *out, struct em_view *result)
{
    struct chunk chunk;
    struct em_view single = EM_VIEW_NONE;
    size_t pos = 0, parts = 0;
    enum outcome outcome = PART; /* the last chunk is missing */
    while (pos < in.len && read_chunk(in, pos, &chunk)) {
        if (chunk.last) { /* trailers follow; they say nothing about the body */
            outcome = WHOLE;
            break;
        }
        if (parts++ == 0) {
            single = chunk.data;
        } else {
            if (parts == 2 && em_buf_append_view(out, single) != EM_OK)
                return single.len > EM_MAX_BODY ? FULL : NOMEM;
            if (chunk.data.len > EM_MAX_BODY - out->len)
                return FULL;
            if (em_buf_append_view(out, chunk.data) != EM_OK)
                return NOMEM;
        }
        if (chunk.cut || !chunk.closed)
            break;
        pos = chunk.next;
    }
    *result = parts < 2 ? single : em_buf_view(out);
    return outcome;
}

/* --- gzip and deflate -------------------------------------------------------------------- */

/* At least 32 bytes of valid UTF-8 without control characters: no compressor's output (one
 * chance in 10^9 for random bytes), while raw deflate and brotli, which have no magic
 * number, decode the beginning of many a text. */
static bool is_certain_text(struct em_view in)
{
    struct em_view head = em_view_sub(in, 0, 512);
    return head.len >= 32 && em_mime_is_plain(head) &&
           em_utf8_valid_prefix(head) + 3 >= head.len;
}

enum wrapper { GZIP, ZLIB, RAW };

static bool is_gzip(struct em_view in)
{
    /* spec: RFC1952 2.3.1 */
    return in.len > 3 && byte_at(in, 0) == 0x1F && byte_at(in, 1) == 0x8B &&
           byte_at(in, 2) == 8 && (byte_at(in, 3) & 0xE0) == 0;
}

static bool is_zlib(struct em_view in)
{
    /* spec: RFC1950 2.2: CM = 8, CINFO <= 7, FCHECK, no dictionary */
    unsigned cmf = byte_at(in, 0), flg = byte_at(in, 1);
    return in.len > 2 && (cmf & 0x0F) == 8 && cmf >> 4 <= 7 && (flg & 0x20) == 0 &&
           (cmf * 256 + flg) % 31 == 0;
}

static size_t guess_size(struct em_view in, enum wrapper wrapper)
{
    size_t most = in.len * DEFLATE_MAX_RATIO + 64;
    size_t guess = in.len * DEFLATE_RATIO + STEP;
    if (wrapper == GZIP && in.len > 18) { /* spec: RFC1952 2.3.1 ISIZE */
        const unsigned char *p = (const unsigned char *)in.data + in.len - 4;
        guess =
            (size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 | (size_t)p[3] << 24;
    }
    if (guess > most)
        guess = most;
    return guess < EM_MAX_BODY ? guess : EM_MAX_BODY;
}

/* The whole input in one call. PART: libdeflate declines, the caller goes to zlib. */
static enum outcome inflate_whole(struct em_coder *coder, struct em_view in,
                                  enum wrapper wrapper, struct em_buf *out)
{
    if (!coder->whole && !(coder->whole = libdeflate_alloc_decompressor()))
        return NOMEM;
    if (em_buf_reserve(out, guess_size(in, wrapper) + 1) != EM_OK)
        return NOMEM;
    size_t used = 0, made = 0;
    enum libdeflate_result result;
    if (wrapper == GZIP)
        result = libdeflate_gzip_decompress_ex(coder->whole, in.data, in.len, out->data,
                                               out->cap, &used, &made);
    else if (wrapper == ZLIB)
        result = libdeflate_zlib_decompress_ex(coder->whole, in.data, in.len, out->data,
                                               out->cap, &used, &made);
    else
        result = libdeflate_deflate_decompress_ex(coder->whole, in.data, in.len,
                                                  out->data, out->cap, &used, &made);
    if (result != LIBDEFLATE_SUCCESS || is_gzip(em_view_sub(in, used, in.len)))
        return PART;
    out->len = made;
    out->data[made] = '\0';
    return made > EM_MAX_BODY ? FULL : WHOLE;
}

static bool inflate_begin(struct em_coder *coder, enum wrapper wrapper)
{
    int bits = wrapper == GZIP ? 15 + 16 : wrapper == ZLIB ? 15 : -15;
    z_stream *z = &coder->pieces;
    if (coder->pieces_ready)
        return inflateReset2(z, bits) == Z_OK;
    z->zalloc = zlib_alloc;
    z->zfree = hook_free;
    coder->pieces_ready = inflateInit2(z, bits) == Z_OK;
    return coder->pieces_ready;
}

/* Piece by piece; gzip members follow one another (spec: RFC1952 2.2), what follows them
 * and is no member is padding. */
static enum outcome inflate_pieces(struct em_coder *coder, struct em_view in,
                                   enum wrapper wrapper, struct em_buf *out)
{
    z_stream *z = &coder->pieces;
    enum outcome outcome = PART;
    if (!inflate_begin(coder, wrapper))
        return NOMEM;
    em_buf_clear(out);
    z->next_in = (unsigned char *)(uintptr_t)in.data;
    z->avail_in = (unsigned)in.len; /* at most EM_MAX_BLOCK */
    size_t space;
    while (coding_room(out, &space, &outcome)) {
        z->next_out = (unsigned char *)out->data + out->len;
        z->avail_out = (unsigned)space;
        int code = inflate(z, Z_NO_FLUSH);
        out->len += space - z->avail_out;
        out->data[out->len] = '\0';
        if (code == Z_STREAM_END) {
            struct em_view rest = {(const char *)z->next_in, z->avail_in};
            if (wrapper != GZIP || !is_gzip(rest))
                return out->len > EM_MAX_BODY ? FULL : WHOLE;
            if (inflateReset(z) != Z_OK)
                return NOMEM;
        } else if (code == Z_MEM_ERROR) {
            return NOMEM;
        } else if (code != Z_OK || (z->avail_in == 0 && z->avail_out > 0)) {
            return out->len > EM_MAX_BODY ? FULL : PART;
        }
    }
    return outcome;
}

static enum outcome inflate_as(struct em_coder *coder, struct em_view in,
                               enum wrapper wrapper, struct em_buf *out)
{
    em_buf_clear(out);
    enum outcome outcome = inflate_whole(coder, in, wrapper, out);
    return outcome == PART ? inflate_pieces(coder, in, wrapper, out) : outcome;
}

/* "deflate" is zlib by the book (spec: RFC9110 8.4.1.2), raw deflate from many servers,
 * and gzip from some. */
static enum outcome inflate_any(struct em_coder *coder, struct em_view in,
                                enum em_coding declared, struct em_buf *out)
{
    if (is_gzip(in))
        return inflate_as(coder, in, GZIP, out);
    if (declared == EM_CODING_GZIP)
        return PART;
    if (!is_zlib(in))
        return is_certain_text(in) ? PART : inflate_as(coder, in, RAW, out);
    enum outcome outcome = inflate_as(coder, in, ZLIB, out);
    if (outcome == PART && out->len == 0)
        outcome = inflate_as(coder, in, RAW, out);
    return outcome;
}

/* --- brotli and zstd --------------------------------------------------------------------- */

static enum outcome unbrotli(struct em_view in, struct em_buf *out)
{
    BrotliDecoderState *state = BrotliDecoderCreateInstance(hook_alloc, hook_free, NULL);
    if (!state)
        return NOMEM;
    em_buf_clear(out);
    enum outcome outcome = PART;
    const uint8_t *next_in = (const uint8_t *)in.data;
    size_t avail_in = in.len, space;
    while (coding_room(out, &space, &outcome)) {
        uint8_t *next_out = (uint8_t *)out->data + out->len;
        size_t avail_out = space;
        BrotliDecoderResult result = BrotliDecoderDecompressStream(
            state, &avail_in, &next_in, &avail_out, &next_out, NULL);
        out->len += space - avail_out;
        out->data[out->len] = '\0';
        if (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT)
            continue;
        if (result == BROTLI_DECODER_RESULT_SUCCESS) {
            /* ';' alone is an empty stream: text, when more follows. */
            outcome = out->len == 0 && avail_in > 0 ? PART : WHOLE;
        } else if (result == BROTLI_DECODER_RESULT_ERROR) {
            BrotliDecoderErrorCode code = BrotliDecoderGetErrorCode(state);
            if (code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
                code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES)
                outcome = NOMEM;
        }
        if (out->len > EM_MAX_BODY)
            outcome = FULL;
        break;
    }
    BrotliDecoderDestroyInstance(state);
    return outcome;
}

/* A new context each time: how far a damaged frame is decoded before the error depends on
 * the buffers that earlier frames left in a context (found by fuzzing), and a body must not
 * depend on the records before it. Bodies in zstd are rare enough for the allocation. */
static bool zstd_begin(struct em_coder *coder)
{
    ZSTD_customMem memory = {hook_alloc, hook_free, NULL};
    ZSTD_freeDCtx(coder->zstd);
    coder->zstd = ZSTD_createDCtx_advanced(memory);
    return coder->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(
                              coder->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG));
}

/* spec: RFC8878 3.1.1, 3.1.2: a frame's or a skippable frame's magic number. Asked for each
 * frame, since the library may also know formats from before the RFC. */
static bool is_zstd(struct em_view in)
{
    if (em_view_starts(in, EM_VIEW("\x28\xB5\x2F\xFD")))
        return true;
    return (byte_at(in, 0) & 0xF0) == 0x50 &&
           em_view_starts(em_view_sub(in, 1, 3), EM_VIEW("\x2A\x4D\x18"));
}

/* Frames that follow one another are one body (spec: RFC8878 3.1); what follows them and
 * is none is padding. */
static enum outcome unzstd(struct em_coder *coder, struct em_view in, struct em_buf *out)
{
    enum outcome outcome = PART;
    em_buf_clear(out);
    if (!is_zstd(in))
        return PART;
    if (!zstd_begin(coder))
        return NOMEM;
    ZSTD_inBuffer from = {in.data, in.len, 0};
    size_t space;
    while (coding_room(out, &space, &outcome)) {
        ZSTD_outBuffer to = {out->data, out->len + space, out->len};
        size_t code = ZSTD_decompressStream(coder->zstd, &to, &from);
        bool stuck = to.pos == out->len && from.pos == from.size;
        out->len = to.pos;
        out->data[out->len] = '\0';
        if (out->len > EM_MAX_BODY)
            return FULL;
        if (ZSTD_isError(code))
            return ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation ? NOMEM : PART;
        if (code == 0 && !is_zstd(em_view_sub(in, from.pos, in.len)))
            return WHOLE;
        if (stuck)
            return PART;
    }
    return outcome;
}

/* --- all steps --------------------------------------------------------------------------- */

static enum outcome coding_undo(struct em_coder *coder, enum em_coding coding,
                                struct em_view in, struct em_buf *out)
{
    switch (coding) {
    case EM_CODING_GZIP:
    case EM_CODING_DEFLATE:
        return inflate_any(coder, in, coding, out);
    case EM_CODING_BROTLI:
        return is_certain_text(in) ? PART : unbrotli(in, out);
    case EM_CODING_ZSTD:
        return unzstd(coder, in, out);
    default:
        return PART;
    }
}

/* The buffer that `v` does not lie in, emptied. */
static struct em_buf *other_buffer(struct em_coder *coder, struct em_view v)
{
    const struct em_buf *first = &coder->buffers[0];
    uintptr_t at = (uintptr_t)v.data, start = (uintptr_t)first->data;
    bool inside = first->data && at >= start && at <= start + first->cap;
    struct em_buf *out = &coder->buffers[inside ? 1 : 0];
    em_buf_clear(out);
    return out;
}

static enum em_status undo_chunked(struct em_coder *coder, struct em_http_body *body)
{
    if (!is_chunked(body->body)) {
        body->as_is++;
        return EM_OK;
    }
    enum outcome outcome =
        dechunk(body->body, other_buffer(coder, body->body), &body->body);
    if (outcome == FULL)
        return EM_ERR_LIMIT;
    if (outcome == NOMEM)
        return EM_ERR_NOMEM;
    if (outcome == PART)
        body->cut = "the chunked HTTP body ends before its last chunk, or is damaged";
    body->undone++;
    return EM_OK;
}

static const char *coding_cut(enum em_coding coding)
{
    static const char *const cuts[] = {
        [EM_CODING_GZIP] = "the gzip coding of the HTTP body ends early, or is damaged",
        [EM_CODING_DEFLATE] =
            "the deflate coding of the HTTP body ends early, or is damaged",
        [EM_CODING_BROTLI] = "the br coding of the HTTP body ends early, or is damaged",
        [EM_CODING_ZSTD] = "the zstd coding of the HTTP body ends early, or is damaged",
    };
    return cuts[coding];
}

static enum em_status undo_content(struct em_coder *coder, enum em_coding coding,
                                   struct em_http_body *body)
{
    if (body->body.len == 0)
        return EM_OK;
    struct em_buf *out = other_buffer(coder, body->body);
    enum outcome outcome = coding_undo(coder, coding, body->body, out);
    if (outcome == FULL)
        return EM_ERR_LIMIT;
    if (outcome == NOMEM)
        return EM_ERR_NOMEM;
    /* Without a magic number it may as well be another coding than the one declared. */
    bool certain = is_gzip(body->body) || is_zstd(body->body);
    if (outcome == PART && !certain && em_mime_is_plain(body->body)) {
        body->as_is++;
        return EM_OK;
    }
    if (outcome == PART && (certain || out->len > 0))
        body->cut = coding_cut(coding);
    if (outcome == PART && out->len == 0)
        return EM_ERR_FORMAT;
    body->body = em_buf_view(out);
    body->undone++;
    return EM_OK;
}

/* gzip that nobody declared: undone only when it inflates to its end under a type that is
 * read as text, so that a download stays one. */
static void undo_undeclared(struct em_coder *coder, const struct em_http_head *head,
                            struct em_http_body *body)
{
    if (!is_gzip(body->body) || !em_mime_is_textual(head->mime))
        return;
    struct em_buf *out = other_buffer(coder, body->body);
    if (inflate_as(coder, body->body, GZIP, out) != WHOLE)
        return;
    body->body = em_buf_view(out);
    body->undeclared = true;
}

enum em_status em_http_decode(struct em_coder *coder, const struct em_http_head *head,
                              struct em_http_body *out)
{
    *out = (struct em_http_body){.body = head->body};
    for (int i = 0; i < 2; i++)
        if (coder->buffers[i].cap > KEEP)
            em_buf_release(&coder->buffers[i]);
    enum em_status status = EM_OK;
    if (head->too_many_codings)
        status = EM_ERR_UNSUPPORTED;
    for (size_t i = head->n_codings; status == EM_OK && i-- > 0;) {
        enum em_coding coding = (enum em_coding)head->codings[i];
        if (coding == EM_CODING_CHUNKED)
            status = undo_chunked(coder, out);
        else if (coding == EM_CODING_UNSUPPORTED)
            status = EM_ERR_UNSUPPORTED;
        else
            status = undo_content(coder, coding, out);
    }
    if (status != EM_OK) {
        *out = (struct em_http_body){.body = EM_VIEW_NONE, .cut = out->cut};
        return status;
    }
    undo_undeclared(coder, head, out);
    return EM_OK;
}
