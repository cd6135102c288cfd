/* SPDX-License-Identifier: Apache-2.0
 *
 * See h2.h. The peer is told that the dynamic table has no room, so that only its first
 * requests may add to it and none refers to it. Windows are not counted: bodies are smaller
 * than the 65,535 bytes of a stream that needs no window update.
 */
#include "tests/web/h2.h"

#include <stdio.h>
#include <string.h>

enum {
    FRAME = 9,
    MAX_FRAME = 16384,
    DATA = 0,
    HEADERS = 1,
    RST_STREAM = 3,
    SETTINGS = 4,
    PING = 6,
    GOAWAY = 7,
    CONTINUATION = 9,
    END_STREAM = 1,
    ACK = 1,
    END_HEADERS = 4,
    PADDED = 8,
    PRIORITY = 32,
    HUFFMAN_BITS = 15,
};

static void frame(unsigned type, unsigned flags, uint32_t stream, const void *payload,
                  size_t n, h2_out_fn out, void *context)
{
    uint8_t head[FRAME] = {
        (uint8_t)(n >> 16),      (uint8_t)(n >> 8),      (uint8_t)n,
        (uint8_t)type,           (uint8_t)flags,         (uint8_t)(stream >> 24),
        (uint8_t)(stream >> 16), (uint8_t)(stream >> 8), (uint8_t)stream};
    out(context, head, sizeof(head));
    if (n)
        out(context, payload, n);
}

/* --- HPACK ---------------------------------------------------------------------------------- */

/* spec: RFC7541 B: the code is canonical, so that lengths say it all. Those of more than
 * HUFFMAN_BITS bits (0 here) are of bytes that no field of ours has. */
static const uint8_t lengths[128] = {
    13, 0, 0, 0,  0, 0,  0,  0, 0,  0, 0, 0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
    0,  0, 0, 0,  0, 0,  0,  0, 0,  0, 6, 10, 10, 12, 13, 6,  8,  11, 10, 10, 8,  11,
    8,  6, 6, 6,  5, 5,  5,  6, 6,  6, 6, 6,  6,  6,  7,  8,  15, 6,  12, 10, 13, 6,
    7,  7, 7, 7,  7, 7,  7,  7, 7,  7, 7, 7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,
    8,  7, 8, 13, 0, 13, 14, 6, 15, 5, 6, 5,  6,  5,  6,  6,  6,  5,  7,  7,  6,  6,
    6,  5, 6, 7,  6, 5,  5,  6, 7,  7, 7, 7,  7,  15, 11, 14, 13, 0};

static bool unhuffman(const uint8_t *p, size_t n, char *to, size_t cap)
{
    size_t len = 0;
    uint32_t code = 0, first = 0; /* `first`: the smallest code of `bits` bits */
    unsigned bits = 0;
    for (size_t i = 0; i < 8 * n; i++) {
        bool found = false;
        code = code << 1 | ((uint32_t)p[i / 8] >> (7 - i % 8) & 1);
        first <<= 1;
        if (++bits > HUFFMAN_BITS)
            return false;
        for (unsigned symbol = 0; symbol < 128 && !found; symbol++) {
            if (lengths[symbol] != bits)
                continue;
            found = first++ == code;
            if (found && len + 1 < cap)
                to[len++] = (char)symbol;
        }
        if (found)
            code = first = bits = 0;
    }
    to[len] = '\0';
    return true; /* what is left is padding */
}

struct block {
    const uint8_t *p, *end;
    bool bad;
};

static uint8_t byte_of(struct block *b)
{
    if (b->p == b->end) {
        b->bad = true;
        return 0;
    }
    return *b->p++;
}

/* spec: RFC7541 5.1 */
static uint32_t number(struct block *b, uint8_t first, unsigned prefix)
{
    uint32_t mask = (1u << prefix) - 1, n = first & mask;
    if (n < mask)
        return n;
    for (unsigned shift = 0; shift < 28 && !b->bad; shift += 7) {
        uint8_t byte = byte_of(b);
        n += (uint32_t)(byte & 127) << shift;
        if (byte < 128)
            return n;
    }
    b->bad = true;
    return 0;
}

static void string(struct block *b, char *to, size_t cap)
{
    uint8_t first = byte_of(b);
    size_t n = number(b, first, 7);
    to[0] = '\0';
    if (b->bad || n > (size_t)(b->end - b->p)) {
        b->bad = true;
        return;
    }
    if (first & 128) {
        b->bad = !unhuffman(b->p, n, to, cap);
    } else if (n < cap) {
        memcpy(to, b->p, n);
        to[n] = '\0';
    } else {
        b->bad = true;
    }
    b->p += n;
}

static void field(struct web_request *r, const char *name, const char *value)
{
    if (strcmp(name, ":path") == 0)
        snprintf(r->path, sizeof(r->path), "%s", value);
    else if (strcmp(name, ":authority") == 0)
        snprintf(r->host, sizeof(r->host), "%.*s", (int)strcspn(value, ":"), value);
    else if (strcmp(name, "if-none-match") == 0)
        snprintf(r->etag, sizeof(r->etag), "%.255s", value);
    else if (strcmp(name, "if-modified-since") == 0)
        snprintf(r->since, sizeof(r->since), "%.255s", value);
    else if (strcmp(name, ":method") == 0)
        r->head = strcmp(value, "HEAD") == 0;
}

/* spec: RFC7541 A, as far as it matters here. */
static const char *static_name(uint32_t index)
{
    switch (index) {
    case 1:
        return ":authority";
    case 2:
    case 3:
        return ":method";
    case 4:
    case 5:
        return ":path";
    case 40:
        return "if-modified-since";
    case 41:
        return "if-none-match";
    default:
        return "other";
    }
}

static bool decode(const uint8_t *p, size_t n, struct web_request *r)
{
    struct block b = {p, p + n, false};
    char name[WEB_NAME], value[WEB_PATH];
    memset(r, 0, sizeof(*r));
    while (b.p < b.end && !b.bad) {
        uint8_t first = byte_of(&b);
        if (first & 128) { /* name and value of the static table */
            uint32_t index = number(&b, first, 7);
            if (index == 0 || index > 61)
                return false;
            if (index == 4)
                field(r, ":path", "/");
        } else if ((first & 0xE0) == 0x20) { /* the table's size */
            (void)number(&b, first, 5);
        } else {
            uint32_t index = number(&b, first, (first & 0x40) ? 6 : 4);
            if (index)
                snprintf(name, sizeof(name), "%s", static_name(index));
            else
                string(&b, name, sizeof(name));
            string(&b, value, sizeof(value));
            if (index > 61)
                return false;
            field(r, name, value);
        }
    }
    return !b.bad && r->path[0] && r->host[0];
}

struct fields {
    uint8_t bytes[MAX_FRAME];
    size_t n;
};

static void put_string(struct fields *f, const char *text, size_t n, bool lower)
{
    if (f->n + n + 4 > sizeof(f->bytes))
        return;
    if (n < 127) {
        f->bytes[f->n++] = (uint8_t)n;
    } else {
        size_t rest = n - 127;
        f->bytes[f->n++] = 127;
        for (; rest >= 128; rest >>= 7)
            f->bytes[f->n++] = (uint8_t)(rest | 128);
        f->bytes[f->n++] = (uint8_t)rest;
    }
    for (size_t i = 0; i < n; i++)
        f->bytes[f->n++] =
            (uint8_t)(lower && text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 32 : text[i]);
}

static void put_field(struct fields *f, const char *name, size_t name_len,
                      const char *value, size_t len)
{
    if (f->n < sizeof(f->bytes))
        f->bytes[f->n++] = 0; /* literal, not to be remembered, new name */
    put_string(f, name, name_len, true);
    put_string(f, value, len, false);
}

/* --- connections ---------------------------------------------------------------------------- */

void h2_hello(h2_out_fn out, void *context)
{
    static const uint8_t no_table[6] = {0, 1, 0,
                                        0, 0, 0}; /* SETTINGS_HEADER_TABLE_SIZE */
    frame(SETTINGS, 0, 0, no_table, sizeof(no_table), out, context);
}

/* A frame of `type`; 1 where *request has been filled, -1 where the connection must go. */
static int take_frame(unsigned type, unsigned flags, const uint8_t *payload, size_t len,
                      struct web_request *request, h2_out_fn out, void *context)
{
    const uint8_t *end = payload + len;
    if (type == SETTINGS && !(flags & ACK)) {
        frame(SETTINGS, ACK, 0, NULL, 0, out, context);
    } else if (type == PING && !(flags & ACK)) {
        frame(PING, ACK, 0, payload, len, out, context);
    } else if (type == GOAWAY || type == CONTINUATION) {
        return -1;
    } else if (type == HEADERS) {
        size_t pad = (flags & PADDED) && len ? *payload++ : 0;
        size_t skip = flags & PRIORITY ? 5 : 0;
        if (!(flags & END_HEADERS) || (size_t)(end - payload) < pad + skip)
            return -1;
        payload += skip;
        return decode(payload, (size_t)(end - payload) - pad, request) ? 1 : -1;
    }
    return 0;
}

long h2_take(bool first, const char *in, size_t n, struct web_request *request,
             uint32_t *stream, h2_out_fn out, void *context)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const uint8_t *p = (const uint8_t *)in;
    *stream = 0;
    if (first) {
        if (n < sizeof(preface) - 1)
            return 0;
        return memcmp(in, preface, sizeof(preface) - 1) == 0 ? (long)sizeof(preface) - 1
                                                             : -1;
    }
    if (n < FRAME)
        return 0;
    size_t len = (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];
    if (len > MAX_FRAME)
        return -1;
    if (n < FRAME + len)
        return 0;
    int got = take_frame(p[3], p[4], p + FRAME, len, request, out, context);
    if (got < 0)
        return -1;
    if (got > 0)
        *stream = (uint32_t)(p[5] & 127) << 24 | (uint32_t)p[6] << 16 |
                  (uint32_t)p[7] << 8 | p[8];
    return (long)(FRAME + len);
}

void h2_answer(uint32_t stream, const struct web_answer *a, bool head, h2_out_fn out,
               void *context)
{
    static const uint8_t internal_error[4] = {0, 0, 0, 2};
    struct fields f = {.n = 0};
    char text[24];
    if (a->manner != WEB_WHOLE) {
        frame(RST_STREAM, 0, stream, internal_error, sizeof(internal_error), out,
              context);
        return;
    }
    snprintf(text, sizeof(text), "%d", a->status);
    put_field(&f, ":status", 7, text, strlen(text));
    if (a->type)
        put_field(&f, "content-type", 12, a->type, strlen(a->type));
    for (const char *line = a->extra; *line; line += strcspn(line, "\n") + 1) {
        size_t name = strcspn(line, ":"), value = name + 1 + strspn(line + name + 1, " ");
        put_field(&f, line, name, line + value, strcspn(line + value, "\r\n"));
    }
    bool empty = head || a->len == 0;
    frame(HEADERS, END_HEADERS | (empty ? END_STREAM : 0u), stream, f.bytes, f.n, out,
          context);
    for (size_t at = 0; !empty && at < a->len; at += MAX_FRAME) {
        size_t n = a->len - at < MAX_FRAME ? a->len - at : MAX_FRAME;
        frame(DATA, at + n == a->len ? END_STREAM : 0u, stream, a->body + at, n, out,
              context);
    }
}
