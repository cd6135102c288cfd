/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wire/codes.h"

bool em_hex_read(struct em_view text, uint8_t *out, size_t bytes)
{
    if (text.len != EM_HEX_SIZE(bytes))
        return false;
    for (size_t i = 0; i < bytes; i++) {
        int high = em_hex_digit(text.data[2 * i]);
        int low = em_hex_digit(text.data[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

void em_hex_write(char *out, struct em_view bytes)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.len; i++) {
        *out++ = digits[(uint8_t)bytes.data[i] >> 4];
        *out++ = digits[(uint8_t)bytes.data[i] & 15];
    }
    *out = '\0';
}

static int base32_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a';
    return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

/* Digits of `width` bits each, without padding, to `bytes` bytes; bits left over are let go. */
static bool digits_read(struct em_view text, int (*digit)(char), unsigned width,
                        uint8_t *out, size_t bytes)
{
    unsigned bits = 0, n = 0;
    size_t made = 0;
    while (text.len && text.data[text.len - 1] == '=')
        text.len--;
    if (text.len != (bytes * 8 + width - 1) / width)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        int value = digit(text.data[i]);
        if (value < 0)
            return false;
        bits = bits << width | (unsigned)value;
        n += width;
        if (n >= 8 && made < bytes) {
            n -= 8;
            out[made++] = (uint8_t)(bits >> n);
        }
        bits &= (1u << n) - 1;
    }
    return made == bytes;
}

/* Returns where it ended. */
static char *digits_write(char *out, struct em_view bytes, const char *digits,
                          unsigned width)
{
    const unsigned mask = (1u << width) - 1;
    unsigned bits = 0, n = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        bits = bits << 8 | (uint8_t)bytes.data[i];
        for (n += 8; n >= width; n -= width)
            *out++ = digits[bits >> (n - width) & mask];
        bits &= (1u << n) - 1;
    }
    if (n)
        *out++ = digits[bits << (width - n) & mask];
    return out;
}

/* spec: RFC4648 6 */
bool em_base32_read(struct em_view text, uint8_t *out, size_t bytes)
{
    return digits_read(text, base32_digit, 5, out, bytes);
}

void em_base32_write(char *out, struct em_view bytes)
{
    *digits_write(out, bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 5) = '\0';
}

/* spec: RFC4648 4 and 5 */
bool em_base64_read(struct em_view text, uint8_t *out, size_t bytes)
{
    return digits_read(text, base64_digit, 6, out, bytes);
}

bool em_base64_bytes(struct em_view text, size_t *bytes)
{
    size_t pad = 0;
    while (pad < 2 && pad < text.len && text.data[text.len - 1 - pad] == '=')
        pad++;
    *bytes = text.len / 4 * 3 - pad;
    return text.len % 4 == 0;
}

void em_base64_write(char *out, struct em_view bytes)
{
    char *end = digits_write(
        out, bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        6);
    while ((end - out) % 4)
        *end++ = '=';
    *end = '\0';
}
