/* SPDX-License-Identifier: Apache-2.0
 *
 * gzip (RFC 1952), member by member.
 *
 * A member that lies whole in the input window and inflates to a few MB, as nearly every
 * WARC record does, goes through libdeflate in one call (about twice zlib's speed).
 * Everything else goes through zlib piece by piece in constant memory: members cut by the
 * window, huge ones, one member for a whole archive, and damaged ones, of which zlib gives
 * the bytes before the damage.
 */
#include "crawler/archive/stream.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <libdeflate.h>
#include <zlib.h>

/* Compressed bytes wanted before the fast path is tried: 99 % of the members of web crawls
 * are shorter. A longer member makes both grow fourfold, up to the second figure: trying in
 * vain costs a third of the member at most, zlib would cost twice of it. */
#define FAST_INPUT     (256 * EM_KIB)
#define MAX_FAST_INPUT (4 * EM_MIB)
/* What a member may inflate to: 1 MiB records at once, Common Crawl's of 5 MiB as well. */
#define FAST_OUTPUT     (4 * EM_MIB)
#define MAX_FAST_OUTPUT (16 * EM_MIB)
/* One step of the slow path. */
#define SLOW_OUTPUT (256 * EM_KIB)
/* What a candidate for a member must give to be believed after damage, and the bytes it may
 * use for that. Both fixed, so that what is found does not depend on how input arrives. */
#define PROBE_OUTPUT 512
#define PROBE_INPUT  (16 * EM_KIB)

struct gzip {
    struct em_codec codec;
    struct libdeflate_decompressor *fast;
    z_stream slow;
    bool slow_ready;
};

static struct gzip *gzip_of(struct em_stream *s)
{
    return (struct gzip *)s->codec;
}

static bool is_member(struct em_view v)
{
    /* spec: RFC1952 2.3.1: ID1 ID2 CM=8, reserved FLG bits zero */
    return v.len >= 4 && (unsigned char)v.data[0] == 0x1F &&
           (unsigned char)v.data[1] == 0x8B && v.data[2] == 8 &&
           ((unsigned char)v.data[3] & 0xE0) == 0;
}

/* --- fast path ---------------------------------------------------------------------- */

/* Where tests read in small portions, only those are there for the first try. */
static size_t first_input(const struct em_stream *s)
{
    return s->in.chunk < FAST_INPUT ? s->in.chunk : FAST_INPUT;
}

/* A CRC of the header (spec: RFC1952 2.3.1, FHCRC) is checked by zlib only. */
static bool is_fast(struct em_view in)
{
    return in.len >= 4 && !(in.data[3] & 2);
}

/* EM_OK: the member is in the window. EM_AGAIN: take the slow path. */
static enum em_status fast_member(struct em_stream *s, struct em_err *err)
{
    struct gzip *g = gzip_of(s);
    size_t input = first_input(s), output = FAST_OUTPUT;
    while (is_fast(em_input_view(&s->in))) {
        enum em_status status = em_stream_reserve(s, output);
        if (status == EM_ERR_LIMIT)
            return EM_AGAIN;
        EM_TRY(status);
        struct em_view in = em_input_view(&s->in);
        size_t used, made;
        enum libdeflate_result result = libdeflate_gzip_decompress_ex(
            g->fast, in.data, in.len, s->out.data + s->out.len, s->out.cap - s->out.len,
            &used, &made);
        if (result == LIBDEFLATE_SUCCESS) {
            em_stream_begin_unit(s);
            s->in_unit = false;
            em_stream_unit(s)->length = used;
            s->out.len += made;
            em_input_consume(&s->in, used);
            return EM_OK;
        }
        if (result == LIBDEFLATE_INSUFFICIENT_SPACE && output < MAX_FAST_OUTPUT) {
            output *= 4;
            continue;
        }
        /* Damaged, or not all there. */
        if (input < FAST_INPUT || input >= MAX_FAST_INPUT || in.len < input)
            return EM_AGAIN;
        input *= 4;
        EM_TRY(em_input_want(&s->in, input, err));
    }
    return EM_AGAIN;
}

/* --- slow path ---------------------------------------------------------------------- */

static enum em_status slow_begin(struct em_stream *s)
{
    struct gzip *g = gzip_of(s);
    int code = g->slow_ready ? inflateReset2(&g->slow, 15 + 16)
                             : inflateInit2(&g->slow, 15 + 16);
    if (code != Z_OK)
        return EM_ERR_NOMEM;
    g->slow_ready = true;
    em_stream_begin_unit(s);
    return EM_OK;
}

static const char *damage_of(int code, const char *message)
{
    if (code == Z_BUF_ERROR)
        return "gzip member is truncated";
    if (message && strstr(message, "data check"))
        return "gzip member has a bad CRC";
    if (message && strstr(message, "length check"))
        return "gzip member has a wrong length";
    if (message && strstr(message, "header"))
        return "gzip member has a bad header";
    return "gzip member is corrupt";
}

/* A step of the current member. Bytes made before damage are given; damage after them. */
static enum em_status slow_step(struct em_stream *s, struct em_err *err)
{
    struct gzip *g = gzip_of(s);
    uInt step = (uInt)(s->in.chunk < SLOW_OUTPUT ? s->in.chunk : SLOW_OUTPUT);
    EM_TRY(em_stream_reserve(s, step));
    for (;;) {
        struct em_view in = em_input_view(&s->in);
        g->slow.next_in = (Bytef *)(uintptr_t)in.data;
        g->slow.avail_in = in.len < UINT32_MAX ? (uInt)in.len : UINT32_MAX;
        g->slow.next_out = (Bytef *)s->out.data + s->out.len;
        g->slow.avail_out = step;
        int code = inflate(&g->slow, Z_NO_FLUSH);
        size_t made = step - g->slow.avail_out;
        s->out.len += made;
        em_input_consume(&s->in, in.len - g->slow.avail_in);
        if (code == Z_STREAM_END) {
            s->in_unit = false;
            em_stream_unit(s)->length = s->in.offset - em_stream_unit(s)->offset;
            return EM_OK;
        }
        if (code == Z_MEM_ERROR)
            return EM_ERR_NOMEM;
        if (code != Z_OK && code != Z_BUF_ERROR) {
            s->damage = damage_of(code, g->slow.msg);
            return made ? EM_OK : EM_END;
        }
        if (made)
            return EM_OK;
        enum em_status status = em_input_more(&s->in, err);
        if (status < 0)
            return status;
        if (status == EM_END) {
            s->damage = damage_of(Z_BUF_ERROR, NULL);
            return EM_END;
        }
    }
}

/* Between members: padding of zeros is nothing, other bytes are damage.
 * spec: RFC1952 2.2; gzip(1) ignores trailing zeros (tapes). */
static enum em_status to_member(struct em_stream *s, struct em_err *err)
{
    for (;;) {
        struct em_view in = em_input_view(&s->in);
        size_t zeros = 0;
        while (zeros < in.len && in.data[zeros] == 0)
            zeros++;
        em_input_consume(&s->in, zeros);
        if (zeros < in.len)
            break;
        enum em_status status = em_input_more(&s->in, err);
        if (status != EM_OK)
            return status;
    }
    EM_TRY(em_input_want(&s->in, first_input(s) < 4 ? 4 : first_input(s), err));
    if (is_member(em_input_view(&s->in)))
        return EM_OK;
    em_stream_begin_unit(s);
    s->damage = "bytes between gzip members";
    return EM_END;
}

static enum em_status gzip_more(struct em_stream *s, struct em_err *err)
{
    size_t before = s->out.len - s->pos;
    /* Round again for members that hold nothing. */
    while (s->out.len - s->pos == before && !s->damage) {
        if (!s->in_unit) {
            enum em_status status = to_member(s, err);
            if (status != EM_OK)
                return status;
            status = fast_member(s, err);
            if (status < 0)
                return status;
            if (status == EM_OK)
                continue;
            EM_TRY(slow_begin(s));
        }
        enum em_status status = slow_step(s, err);
        if (status != EM_OK)
            return status;
    }
    return s->out.len - s->pos > before ? EM_OK : EM_END;
}

/* --- after damage ------------------------------------------------------------------- */

/* Does a member that begins here inflate without error for a while? */
static bool gzip_probe(struct gzip *g, struct em_view in)
{
    char out[PROBE_OUTPUT];
    if (g->slow_ready ? inflateReset2(&g->slow, 15 + 16) != Z_OK
                      : inflateInit2(&g->slow, 15 + 16) != Z_OK)
        return false;
    g->slow_ready = true;
    g->slow.next_in = (Bytef *)(uintptr_t)in.data;
    g->slow.avail_in = (uInt)(in.len < PROBE_INPUT ? in.len : PROBE_INPUT);
    g->slow.next_out = (Bytef *)out;
    g->slow.avail_out = sizeof(out);
    int code = inflate(&g->slow, Z_SYNC_FLUSH);
    bool some = g->slow.avail_out < sizeof(out);
    return (code == Z_OK && some) || code == Z_STREAM_END;
}

static enum em_status gzip_recover(struct em_stream *s, struct em_err *err)
{
    struct gzip *g = gzip_of(s);
    EM_TRY(em_stream_search_back(s, err));
    for (;;) {
        EM_TRY(em_input_want(&s->in, FAST_INPUT, err));
        struct em_view in = em_input_view(&s->in);
        if (in.len < 4) {
            em_input_consume(&s->in, in.len);
            return EM_END;
        }
        /* Only candidates that can be looked at in full, unless the input ends here. */
        size_t stop =
            in.len > PROBE_INPUT && !s->in.eof ? in.len - PROBE_INPUT : in.len - 3;
        size_t at = 0;
        while (at < stop) {
            const char *hit = memchr(in.data + at, 0x1F, stop - at);
            at = hit ? (size_t)(hit - in.data) : stop;
            if (at < stop && is_member(em_view_sub(in, at, in.len)) &&
                gzip_probe(g, em_view_sub(in, at, in.len)))
                break;
            at += at < stop;
        }
        em_input_consume(&s->in, at);
        if (at < stop)
            return EM_OK;
    }
}

static void gzip_free(struct em_codec *codec)
{
    struct gzip *g = (struct gzip *)codec;
    libdeflate_free_decompressor(g->fast);
    if (g->slow_ready)
        inflateEnd(&g->slow);
    em_free(g);
}

static const struct em_codec_ops gzip_ops = {gzip_more, gzip_recover, gzip_free};

enum em_status em_gzip_new(struct em_codec **out)
{
    struct gzip *g = em_calloc(1, sizeof(*g));
    *out = NULL;
    if (!g)
        return EM_ERR_NOMEM;
    g->codec.ops = &gzip_ops;
    g->fast = libdeflate_alloc_decompressor();
    if (!g->fast) {
        em_free(g);
        return EM_ERR_NOMEM;
    }
    *out = &g->codec;
    return EM_OK;
}
