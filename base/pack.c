/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pack.h"

enum em_status em_pack_u64(struct em_buf *out, uint64_t value)
{
    char bytes[10];
    size_t n = 0;
    do {
        bytes[n++] = (char)((value & 0x7F) | (value > 0x7F ? 0x80 : 0));
        value >>= 7;
    } while (value);
    return em_buf_append(out, bytes, n);
}

enum em_status em_pack_i64(struct em_buf *out, int64_t value)
{
    return em_pack_u64(out, ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0));
}

enum em_status em_pack_be(struct em_buf *out, uint64_t value, size_t bytes)
{
    char be[8];
    for (size_t i = 0; i < bytes; i++)
        be[i] = (char)(value >> 8 * (bytes - 1 - i));
    return em_buf_append(out, be, bytes);
}

enum em_status em_pack_f32(struct em_buf *out, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return em_pack_be(out, bits, 4);
}

enum em_status em_pack_view(struct em_buf *out, struct em_view value)
{
    EM_TRY(em_pack_u64(out, value.len));
    return em_buf_append_view(out, value);
}

struct em_unpack em_unpack_of(struct em_view v)
{
    const uint8_t *p = (const uint8_t *)(v.data ? v.data : "");
    return (struct em_unpack){.p = p, .end = p + v.len};
}

static uint64_t run_out(struct em_unpack *in)
{
    in->bad = true;
    in->p = in->end;
    return 0;
}

uint64_t em_unpack_u64(struct em_unpack *in)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (in->p == in->end)
            return run_out(in);
        uint8_t byte = *in->p++;
        if (shift == 63 && byte > 1)
            return run_out(in);
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            /* One number has one form: a final zero byte would be a second. */
            return byte == 0 && shift ? run_out(in) : value;
    }
    return run_out(in);
}

int64_t em_unpack_i64(struct em_unpack *in)
{
    uint64_t value = em_unpack_u64(in);
    return (int64_t)((value >> 1) ^ (value & 1 ? UINT64_MAX : 0));
}

uint64_t em_unpack_be(struct em_unpack *in, size_t bytes)
{
    uint64_t value = 0;
    if ((size_t)(in->end - in->p) < bytes)
        return run_out(in);
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | *in->p++;
    return value;
}

float em_unpack_f32(struct em_unpack *in)
{
    uint32_t bits = (uint32_t)em_unpack_be(in, 4);
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

struct em_view em_unpack_view(struct em_unpack *in)
{
    uint64_t len = em_unpack_u64(in);
    if (in->bad || len > (size_t)(in->end - in->p)) {
        run_out(in);
        return EM_VIEW_NONE;
    }
    struct em_view v = em_view_make((const char *)in->p, (size_t)len);
    in->p += len;
    return v;
}

struct em_view em_unpack_name(struct em_unpack *in)
{
    size_t left = (size_t)(in->end - in->p);
    const uint8_t *nul = left ? memchr(in->p, 0, left) : NULL;
    if (!nul) {
        run_out(in);
        return EM_VIEW_NONE;
    }
    struct em_view v = em_view_make((const char *)in->p, (size_t)(nul - in->p));
    in->p = nul + 1;
    return v;
}

bool em_unpack_done(const struct em_unpack *in)
{
    return !in->bad && in->p == in->end;
}
