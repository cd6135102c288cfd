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

#define STEP_OUTPUT      (256 * EM_KIB)
#define DICTIONARY_FRAME 0x184D2A5Du

struct zstd {
    struct em_codec codec;
    ZSTD_DCtx *context;
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

static void damaged(struct em_stream *s, const char *why)
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
        damaged(s, "zstd dictionary frame is corrupt");
    else if (ZSTD_isError(ZSTD_DCtx_loadDictionary(context, plain, made)))
        status = EM_ERR_NOMEM;
    em_free(plain);
    return status;
}

/* EM_OK: passed over; damage may be set. */
static enum em_status skippable(struct em_stream *s, struct em_err *err)
{
    uint32_t magic = le32(em_input_view(&s->in).data);
    uint32_t length = le32(em_input_view(&s->in).data + 4);
    if (magic != DICTIONARY_FRAME || s->in.offset != 0) {
        enum em_status status = em_input_skip(&s->in, 8 + (uint64_t)length, err);
        if (status == EM_END)
            damaged(s, "zstd skippable frame is truncated");
        return status < 0 ? status : EM_OK;
    }
    if (length > EM_MAX_ZSTD_DICT) {
        damaged(s, "zstd dictionary is larger than 16 MiB");
        return EM_OK;
    }
    EM_TRY(em_input_want(&s->in, 8 + (size_t)length, err));
    struct em_view in = em_input_view(&s->in);
    if (in.len < 8 + (size_t)length) {
        damaged(s, "zstd dictionary frame is truncated");
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
            damaged(s, "bytes between zstd frames");
        if (s->damage)
            return EM_END;
    }
    ZSTD_DCtx_reset(zstd_of(s)->context, ZSTD_reset_session_only);
    em_stream_begin_unit(s);
    return EM_OK;
}

static enum em_status zstd_more(struct em_stream *s, struct em_err *err)
{
    size_t before = s->out.len - s->pos;
    while (s->out.len - s->pos == before) {
        if (!s->in_unit) {
            enum em_status status = to_frame(s, err);
            if (status != EM_OK)
                return status;
        }
        EM_TRY(em_stream_reserve(s, STEP_OUTPUT));
        struct em_view in = em_input_view(&s->in);
        ZSTD_inBuffer from = {in.data, in.len, 0};
        ZSTD_outBuffer to = {s->out.data + s->out.len, STEP_OUTPUT, 0};
        size_t hint = ZSTD_decompressStream(zstd_of(s)->context, &to, &from);
        s->out.len += to.pos;
        em_input_consume(&s->in, from.pos);
        if (ZSTD_isError(hint)) {
            damaged(s, "zstd frame is corrupt");
            return s->out.len - s->pos > before ? EM_OK : EM_END;
        }
        if (hint == 0) {
            s->in_unit = false;
            em_stream_unit(s)->length = s->in.offset - em_stream_unit(s)->offset;
        } else if (to.pos == 0) {
            enum em_status status = em_input_more(&s->in, err);
            if (status < 0)
                return status;
            if (status == EM_END) {
                damaged(s, "zstd frame is truncated");
                return EM_END;
            }
        }
    }
    return EM_OK;
}

static enum em_status zstd_recover(struct em_stream *s, struct em_err *err)
{
    if (s->in.offset == em_stream_unit(s)->offset) {
        EM_TRY(em_input_want(&s->in, 1, err));
        if (em_input_view(&s->in).len)
            em_input_consume(&s->in, 1);
    }
    for (;;) {
        EM_TRY(em_input_want(&s->in, 64 * EM_KIB, err));
        struct em_view in = em_input_view(&s->in);
        if (in.len < 4) {
            em_input_consume(&s->in, in.len);
            return EM_END;
        }
        size_t hit = em_view_find(in, 0, EM_VIEW("\x28\xB5\x2F\xFD"));
        em_input_consume(&s->in, hit < in.len ? hit : in.len - 3);
        if (hit < in.len)
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
