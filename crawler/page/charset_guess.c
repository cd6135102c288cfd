/* SPDX-License-Identifier: Apache-2.0
 *
 * A guess for bytes that declare nothing: escape sequences, NULs of UTF-16, valid UTF-8,
 * and otherwise the encoding in which what is not ASCII reads most like some language
 * (charset_letters.c). ASCII says nothing: only what stands around other bytes is looked
 * at, from all over the page.
 */
#include "crawler/page/charset_int.h"

#include "base/limits.h"
#include "base/utf8.h"

enum { PARTS = 8, PART_BYTES = EM_GUESS_SAMPLE / PARTS };

bool em_utf8_is_valid(struct em_view v)
{
    size_t good = em_utf8_valid_prefix(v);
    if (good == v.len)
        return true;
    /* A page cut in the middle of a character is still UTF-8. */
    uint32_t cp;
    size_t n = em_utf8_decode(v.data + good, v.data + v.len, &cp);
    return v.len - good < 4 && good + n == v.len && good > 0 &&
           (unsigned char)v.data[good] >= 0xC2;
}

static const struct em_encoding *named(const char *name)
{
    return em_encoding_find(em_view_of(name));
}

/* --- encodings that show at a glance ---------------------------------------------------- */

/* ASCII in UTF-16 has a NUL in every second byte. */
static const struct em_encoding *guess_utf16(struct em_view body)
{
    struct em_view head = em_view_sub(body, 0, EM_GUESS_HEAD);
    size_t zeros[2] = {0, 0};
    if (!memchr(head.data ? head.data : "", 0, head.len))
        return NULL;
    for (size_t i = 0; i < head.len; i++)
        zeros[i & 1] += head.data[i] == 0;
    if (zeros[1] * 4 > head.len && zeros[0] * 16 < head.len)
        return named("utf-16le");
    if (zeros[0] * 4 > head.len && zeros[1] * 16 < head.len)
        return named("utf-16be");
    return NULL;
}

/* Bytes of seven bits that change their meaning by escape sequences (RFC 1468, RFC 1557). The
 * Korean kind is one that the standard does not let anybody decode. */
static const struct em_encoding *guess_escapes(struct em_view body)
{
    const char *p = body.data, *end = body.data + body.len;
    while (p && (p = memchr(p, 0x1B, (size_t)(end - p)))) {
        struct em_view rest = em_view_make(p, (size_t)(end - p));
        if (em_view_starts(rest, EM_VIEW("\x1B$)C")))
            return named("iso-2022-kr");
        if (em_view_starts(rest, EM_VIEW("\x1B$B")) ||
            em_view_starts(rest, EM_VIEW("\x1B$@")))
            return named("iso-2022-jp");
        p++;
    }
    return NULL;
}

/* --- a sample --------------------------------------------------------------------------- */

static bool is_high(char c)
{
    return (unsigned char)c >= 0x80;
}

/* Copies runs of bytes above 0x7F from `part`, each with the byte before and after it, and
 * a space where something was left out. */
static size_t gather(struct em_view part, char *out, size_t room)
{
    size_t n = 0, done = 0;
    for (size_t i = 0; i < part.len && n + 4 <= room; i++) {
        if (!is_high(part.data[i]))
            continue;
        size_t start = i > 0 ? i - 1 : 0;
        if (start < done)
            start = done;
        else if (start > done)
            out[n++] = ' ';
        size_t end = i + 2 < part.len ? i + 2 : part.len;
        memcpy(out + n, part.data + start, end - start);
        n += end - start;
        done = end;
    }
    return n;
}

/* A part begins after a byte that ends a character in every encoding. */
static struct em_view align(struct em_view part)
{
    size_t i = 0;
    while (i < part.len && (is_high(part.data[i]) || part.data[i] >= '0'))
        i++;
    return i < part.len ? em_view_sub(part, i, part.len) : part;
}

static struct em_view take_sample(struct em_view body, char *room)
{
    size_t n = gather(body, room, EM_GUESS_SAMPLE);
    if (n + 4 <= EM_GUESS_SAMPLE)
        return em_view_make(room, n);
    n = 0;
    for (size_t i = 0; i < PARTS; i++) {
        size_t from = body.len / PARTS * i;
        struct em_view part = em_view_sub(body, from, body.len / PARTS);
        n += gather(i ? align(part) : part, room + n, PART_BYTES);
    }
    return em_view_make(room, n);
}

const struct em_encoding *em_charset_guess(struct em_view body)
{
    const struct em_encoding *e = guess_utf16(body);
    bool valid = !e && em_utf8_is_valid(body);
    if (!e && (valid || memchr(body.data, 0x1B, body.len)))
        e = guess_escapes(body);
    if (e || valid)
        return e ? e : named("utf-8");
    char room[EM_GUESS_SAMPLE];
    return em_letters_guess(take_sample(body, room));
}
