/* SPDX-License-Identifier: Apache-2.0
 *
 * Zstandard (RFC 8878), frame by frame, and the WARC profile of it (IIPC, "WARC Compressed
 * with Zstandard" 1.0): a leading skippable frame 0x184D2A5D holds the dictionary of all
 * frames that follow, itself plain or zstd-compressed.
 */
#include "crawler/archive/stream.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <zstd.h>
#include <zstd_errors.h>

/* Frames that lie whole in so much input and state a size up to the second are decoded in
 * one call. */
#define FAST_INPUT  (256 * EM_KIB)
#define FAST_OUTPUT (8 * EM_MIB)
/* One step of the others. */
#define STEP_OUTPUT (256 * EM_KIB)
/* spec: RFC8878 3.1.1.1: the longest frame header, the magic included */
#define MAX_FRAME_HEADER 18
/* spec: RFC8878 3.1.1.2 */
#define BLOCK_HEADER 3
/* What says how long it is: the magic and the descriptor. */
#define MIN_FRAME_HEADER 5

#define DICTIONARY_FRAME 0x184D2A5Du

struct zstd {
    struct em_codec codec;
    ZSTD_DCtx *context;
    size_t hint; /* input the decoder asks for next */
    bool full;   /* the last step filled its output: there may be more without input */
};

static struct zstd *zstd_of(struct em_stream *s)
{
    return (struct zstd *)s->codec;
}

static uint32_t le32(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;
    return u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 | (uint32_t)u[3] << 24;
}

static bool is_skippable(struct em_view v)
{
    return v.len >= 8 && (le32(v.data) & 0xFFFFFFF0u) == 0x184D2A50u;
}

static bool is_frame(struct em_view v)
{
    return v.len >= 4 && le32(v.data) == ZSTD_MAGICNUMBER;
}

static void zstd_damaged(struct em_stream *s, const char *why)
{
    if (!s->in_unit)
        em_stream_begin_unit(s);
    s->damage = why;
}

/* The dictionary's bytes, inflated when they are a zstd frame themselves. */
static enum em_status load_dictionary(struct em_stream *s, struct em_view bytes)
{
    ZSTD_DCtx *context = zstd_of(s)->context;
    if (!is_frame(bytes))
        return ZSTD_isError(ZSTD_DCtx_loadDictionary(context, bytes.data, bytes.len))
                   ? EM_ERR_NOMEM
                   : EM_OK;
    unsigned long long size = ZSTD_getFrameContentSize(bytes.data, bytes.len);
    /* A frame need not state its size: then it gets the largest that is allowed. */
    size_t room = size > EM_MAX_ZSTD_DICT ? EM_MAX_ZSTD_DICT : (size_t)size;
    char *plain = em_malloc(room);
    if (!plain)
        return EM_ERR_NOMEM;
    size_t made = ZSTD_decompress(plain, room, bytes.data, bytes.len);
    enum em_status status = EM_OK;
    if (ZSTD_isError(made))
        zstd_damaged(s, "zstd dictionary frame is corrupt");
    else if (ZSTD_isError(ZSTD_DCtx_loadDictionary(context, plain, made)))
        status = EM_ERR_NOMEM;
    em_free(plain);
    return status;
}

/* EM_OK: skipped; damage may be set. */
static enum em_status skippable(struct em_stream *s, struct em_err *err)
{
    uint32_t magic = le32(em_input_view(&s->in).data);
    uint32_t length = le32(em_input_view(&s->in).data + 4);
    if (magic != DICTIONARY_FRAME || s->in.offset != 0) {
        enum em_status status = em_input_skip(&s->in, 8 + (uint64_t)length, err);
        if (status == EM_END)
            zstd_damaged(s, "zstd skippable frame is truncated");
        return status < 0 ? status : EM_OK;
    }
    if (length > EM_MAX_ZSTD_DICT) {
        zstd_damaged(s, "zstd dictionary is larger than 16 MiB");
        return EM_OK;
    }
    EM_TRY(em_input_want(&s->in, 8 + (size_t)length, err));
    struct em_view in = em_input_view(&s->in);
    if (in.len < 8 + (size_t)length) {
        zstd_damaged(s, "zstd dictionary frame is truncated");
        return EM_OK;
    }
    EM_TRY(load_dictionary(s, em_view_sub(in, 8, length)));
    if (!s->damage)
        em_input_consume(&s->in, 8 + (size_t)length);
    return EM_OK;
}

/* EM_OK: a frame begins; EM_END: the end, or damage. */
static enum em_status to_frame(struct em_stream *s, struct em_err *err)
{
    for (;;) {
        EM_TRY(em_input_want(&s->in, 18, err)); /* the longest frame header */
        struct em_view in = em_input_view(&s->in);
        if (in.len == 0)
            return EM_END;
        if (is_skippable(in))
            EM_TRY(skippable(s, err));
        else if (is_frame(in))
            break;
        else
            zstd_damaged(s, "bytes between zstd frames");
        if (s->damage)
            return EM_END;
    }
    ZSTD_DCtx_reset(zstd_of(s)->context, ZSTD_reset_session_only);
    em_stream_begin_unit(s);
    return EM_OK;
}

static size_t first_input(const struct em_stream *s)
{
    return s->in.chunk < FAST_INPUT ? s->in.chunk : FAST_INPUT;
}

/* Only the decoder that goes step by step holds frames to EM_MAX_ZSTD_WINDOW_LOG.
 * spec: RFC8878 3.1.1.1.1.2 (Single_Segment_flag), 3.1.1.1.2 (Window_Descriptor) */
static bool has_small_window(struct em_view frame)
{
    if (frame.len < 6)
        return false;
    bool single_segment = (unsigned char)frame.data[4] & 0x20;
    return single_segment ||
           ((unsigned char)frame.data[5] >> 3) + 10 < EM_MAX_ZSTD_WINDOW_LOG;
}

/* EM_OK: the frame is in the window. EM_AGAIN: go step by step. */
static enum em_status fast_frame(struct em_stream *s, struct em_err *err)
{
    EM_TRY(em_input_want(&s->in, first_input(s), err));
    struct em_view in = em_input_view(&s->in);
    unsigned long long size = ZSTD_getFrameContentSize(in.data, in.len);
    size_t stored = ZSTD_findFrameCompressedSize(in.data, in.len);
    /* Sizes not known and errors are large numbers. */
    if (size > FAST_OUTPUT || ZSTD_isError(stored) || !has_small_window(in))
        return EM_AGAIN;
    enum em_status status =
        em_stream_reserve(s, (size_t)size + 1); /* a place, if empty */
    if (status == EM_ERR_LIMIT)
        return EM_AGAIN;
    EM_TRY(status);
    size_t made = ZSTD_decompressDCtx(zstd_of(s)->context, s->out.data + s->out.len,
                                      (size_t)size, in.data, stored);
    if (ZSTD_isError(made))
        return EM_AGAIN;
    s->in_unit = false;
    em_stream_unit(s)->length = stored;
    s->out.len += made;
    em_input_consume(&s->in, stored);
    return EM_OK;
}

/* What the decoder refused: not every frame that is not read is corrupt. */
static const char *zstd_reason(size_t code)
{
    _Static_assert(EM_MAX_ZSTD_WINDOW_LOG == 27, "the message says 128 MiB");
    switch (ZSTD_getErrorCode(code)) {
    case ZSTD_error_frameParameter_windowTooLarge:
        return "zstd frame needs a window of more than 128 MiB: zstd -d --long=31 FILE";
    case ZSTD_error_dictionary_wrong:
        return "zstd frame needs a dictionary that is not in the file";
    default:
        return "zstd frame is corrupt";
    }
}

/* A step gets as much input as the decoder asked for and no more, and what is left of its
 * output is taken first: so one call decodes one block, and the bytes of the blocks before
 * damage are given whatever portions the input comes in. */
static enum em_status slow_step(struct em_stream *s, struct em_err *err)
{
    struct zstd *z = zstd_of(s);
    size_t step = s->in.chunk < STEP_OUTPUT ? s->in.chunk : STEP_OUTPUT;
    EM_TRY(em_stream_reserve(s, step));
    struct em_view in = em_input_view(&s->in);
    /* What is asked for includes the next block's header: were that wrong, the block before
     * it would be lost with it. */
    size_t portion = z->hint > BLOCK_HEADER ? z->hint - BLOCK_HEADER : z->hint;
    if (portion > in.len || z->full)
        portion = z->full ? 0 : in.len;
    ZSTD_inBuffer from = {in.data, portion, 0};
    ZSTD_outBuffer to = {s->out.data + s->out.len, step, 0};
    size_t hint = ZSTD_decompressStream(z->context, &to, &from);
    if (ZSTD_isError(hint)) {
        zstd_damaged(s, zstd_reason(hint));
        return EM_END;
    }
    s->out.len += to.pos;
    em_input_consume(&s->in, from.pos);
    z->hint = hint;
    if (hint == 0) {
        s->in_unit = false;
        em_stream_unit(s)->length = s->in.offset - em_stream_unit(s)->offset;
        return EM_OK;
    }
    bool idle = to.pos == 0 && from.pos == 0 && !z->full;
    z->full = to.pos == step;
    if (!idle)
        return EM_OK;
    enum em_status status = em_input_more(&s->in, err);
    if (status == EM_END)
        zstd_damaged(s, "zstd frame is truncated");
    return status;
}

static enum em_status zstd_more(struct em_stream *s, struct em_err *err)
{
    size_t before = s->out.len - s->pos;
    while (s->out.len - s->pos == before) {
        if (!s->in_unit) {
            enum em_status status = to_frame(s, err);
            if (status != EM_OK)
                return status;
            status = fast_frame(s, err);
            if (status < 0)
                return status;
            if (status == EM_OK)
                continue;
            ZSTD_DCtx_reset(zstd_of(s)->context, ZSTD_reset_session_only);
            zstd_of(s)->hint = MIN_FRAME_HEADER;
            zstd_of(s)->full = false;
        }
        enum em_status status = slow_step(s, err);
        if (status != EM_OK)
            return status;
    }
    return EM_OK;
}

/* Does a frame begin here whose header can be read? */
static bool zstd_probe(struct em_view v)
{
    return is_frame(v) &&
           ZSTD_getFrameContentSize(v.data, v.len) != ZSTD_CONTENTSIZE_ERROR;
}

static enum em_status zstd_recover(struct em_stream *s, struct em_err *err)
{
    EM_TRY(em_stream_search_back(s, err));
    for (;;) {
        EM_TRY(em_input_want(&s->in, FAST_INPUT, err));
        struct em_view in = em_input_view(&s->in);
        if (in.len < 4) {
            em_input_consume(&s->in, in.len);
            return EM_END;
        }
        /* A whole header, unless the input ends here. */
        size_t stop = s->in.eof ? in.len - 3 : in.len - MAX_FRAME_HEADER;
        size_t at = em_view_find(in, 0, EM_VIEW("\x28\xB5\x2F\xFD"));
        while (at < stop && !zstd_probe(em_view_sub(in, at, in.len)))
            at = em_view_find(in, at + 1, EM_VIEW("\x28\xB5\x2F\xFD"));
        em_input_consume(&s->in, at < stop ? at : stop);
        if (at < stop)
            return EM_OK;
    }
}

static void zstd_free(struct em_codec *codec)
{
    struct zstd *z = (struct zstd *)codec;
    ZSTD_freeDCtx(z->context);
    em_free(z);
}

static const struct em_codec_ops zstd_ops = {zstd_more, zstd_recover, zstd_free};

enum em_status em_zstd_new(struct em_codec **out)
{
    struct zstd *z = em_calloc(1, sizeof(*z));
    *out = NULL;
    if (!z)
        return EM_ERR_NOMEM;
    z->codec.ops = &zstd_ops;
    z->context = ZSTD_createDCtx();
    if (!z->context || ZSTD_isError(ZSTD_DCtx_setParameter(
                           z->context, ZSTD_d_windowLogMax, EM_MAX_ZSTD_WINDOW_LOG))) {
        ZSTD_freeDCtx(z->context);
        em_free(z);
        return EM_ERR_NOMEM;
    }
    *out = &z->codec;
    return EM_OK;
}
