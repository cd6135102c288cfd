/* SPDX-License-Identifier: Apache-2.0
 *
 * Hosts of URLs: domains, IPv4 in all its spellings, IPv6, opaque hosts (spec: WHATWG URL
 * 3). Writes the serialised host, allocates nothing of its own.
 */
#include "base/wire/idna.h"
#include "base/wire/url_int.h"

#include "base/utf8.h"

static enum em_status bad_host(struct em_url *url, const char *reason)
{
    url->reason = reason;
    return EM_ERR_FORMAT;
}

/* --- IPv6 (spec: WHATWG URL 3.5, IPv6 parser) ------------------------------------------- */

struct ipv6 {
    uint16_t piece[8];
    int n, compress;
    const char *p, *end;
};

/* The IPv4 tail of an address: four decimal numbers that fill two pieces. */
static bool ipv6_tail(struct ipv6 *a)
{
    int seen = 0;
    if (a->n > 6)
        return false;
    while (a->p < a->end) {
        int value = -1;
        if (seen > 0) {
            if (*a->p != '.' || seen >= 4)
                return false;
            a->p++;
        }
        if (a->p == a->end || !em_url_digit(*a->p))
            return false;
        for (; a->p < a->end && em_url_digit(*a->p); a->p++) {
            int digit = *a->p - '0';
            if (value == 0)
                return false; /* no leading zero */
            value = value < 0 ? digit : value * 10 + digit;
            if (value > 255)
                return false;
        }
        a->piece[a->n] = (uint16_t)(a->piece[a->n] * 256 + value);
        seen++;
        if (seen == 2 || seen == 4)
            a->n++;
    }
    return seen == 4;
}

static bool ipv6_pieces(struct ipv6 *a)
{
    while (a->p < a->end) {
        if (a->n == 8)
            return false;
        if (*a->p == ':') {
            if (a->compress >= 0)
                return false;
            a->p++;
            a->compress = ++a->n;
            continue;
        }
        const char *start = a->p;
        unsigned value = 0;
        for (; a->p < a->end && a->p - start < 4 && em_hex_digit(*a->p) >= 0; a->p++)
            value = value * 16 + (unsigned)em_hex_digit(*a->p);
        if (a->p < a->end && *a->p == '.') {
            if (a->p == start)
                return false;
            a->p = start;
            return ipv6_tail(a);
        }
        if (a->p < a->end) {
            if (*a->p != ':' || ++a->p == a->end)
                return false;
        }
        a->piece[a->n++] = (uint16_t)value;
    }
    return true;
}

static bool ipv6_parse(struct ipv6 *a)
{
    if (a->p < a->end && *a->p == ':') {
        if (a->end - a->p < 2 || a->p[1] != ':')
            return false;
        a->p += 2;
        a->compress = ++a->n;
    }
    if (!ipv6_pieces(a))
        return false;
    if (a->compress < 0)
        return a->n == 8;
    int moved = a->n - a->compress;
    for (int i = 0; i < moved && i < 8; i++) {
        int from = a->n - 1 - i, to = 7 - i;
        if (from == to)
            continue;
        a->piece[to] = a->piece[from];
        a->piece[from] = 0;
    }
    return true;
}

/* spec: WHATWG URL 3.6, IPv6 serializer: the first longest run of two or more zeros */
static size_t ipv6_write(const uint16_t piece[8], char out[48])
{
    static const char hex[] = "0123456789abcdef";
    int best = -1, best_len = 1;
    size_t n = 0;
    for (int i = 0; i < 8; i++) {
        int len = 0;
        while (i + len < 8 && piece[i + len] == 0)
            len++;
        if (len > best_len) {
            best = i;
            best_len = len;
        }
        i += len;
    }
    out[n++] = '[';
    for (int i = 0; i < 8; i++) {
        if (i == best) {
            out[n++] = ':';
            if (i == 0)
                out[n++] = ':';
            i += best_len - 1;
            continue;
        }
        bool any = false;
        for (int shift = 12; shift >= 0; shift -= 4) {
            unsigned digit = (unsigned)(piece[i] >> shift) & 15;
            any |= digit || shift == 0;
            if (any)
                out[n++] = hex[digit];
        }
        if (i < 7)
            out[n++] = ':';
    }
    out[n++] = ']';
    return n;
}

static enum em_status append_ipv6(struct em_url *url, struct em_view text)
{
    struct ipv6 a = {.n = 0, .compress = -1, .p = text.data, .end = text.data + text.len};
    char out[48];
    if (!ipv6_parse(&a))
        return bad_host(url, "invalid IPv6 address");
    url->host_kind = EM_HOST_IPV6;
    return em_buf_append(&url->href, out, ipv6_write(a.piece, out));
}

/* --- IPv4 (spec: WHATWG URL 3.5, IPv4 parser) ------------------------------------------- */

/* Decimal, 0octal or 0xhexadecimal; false where it is no number. Stops growing above 2^40. */
static bool ipv4_number(struct em_view part, uint64_t *out)
{
    unsigned radix = 10;
    uint64_t value = 0;
    if (part.len == 0)
        return false;
    if (part.len >= 2 && part.data[0] == '0' && (part.data[1] | 32) == 'x') {
        part = em_view_sub(part, 2, part.len);
        radix = 16;
    } else if (part.len >= 2 && part.data[0] == '0') {
        part = em_view_sub(part, 1, part.len);
        radix = 8;
    }
    for (size_t i = 0; i < part.len; i++) {
        int digit = em_hex_digit(part.data[i]);
        if (digit < 0 || (unsigned)digit >= radix)
            return false;
        if (value < (UINT64_C(1) << 40))
            value = value * radix + (unsigned)digit;
    }
    *out = value;
    return true;
}

/* The last part of `host`, one final dot left out. */
static struct em_view last_part(struct em_view host)
{
    if (host.len && host.data[host.len - 1] == '.')
        host.len--;
    for (size_t i = host.len; i > 0; i--)
        if (host.data[i - 1] == '.')
            return em_view_sub(host, i, host.len);
    return host;
}

/* spec: WHATWG URL 3.5, ends-in-a-number checker */
static bool ends_in_number(struct em_view host)
{
    struct em_view last = last_part(host);
    size_t digits = 0;
    uint64_t value;
    while (digits < last.len && em_url_digit(last.data[digits]))
        digits++;
    return (digits == last.len && last.len > 0) || ipv4_number(last, &value);
}

static bool ipv4_parse(struct em_view host, uint32_t *out)
{
    uint64_t address = 0, value = 0;
    int parts = 0;
    if (host.len && host.data[host.len - 1] == '.')
        host.len--;
    for (size_t at = 0;; parts++) {
        size_t dot = em_view_find(host, at, EM_VIEW("."));
        if (parts == 4 || !ipv4_number(em_view_sub(host, at, dot - at), &value))
            return false;
        if (dot == host.len)
            break;
        if (value > 255)
            return false;
        address = address << 8 | value;
        at = dot + 1;
    }
    int rest = 4 - parts; /* bytes that the last number fills */
    if (value >> (8 * rest))
        return false;
    *out = (uint32_t)(address << (8 * rest) | value);
    return true;
}

/* The domain from url->host on becomes an address where it looks like one. */
static enum em_status finish_domain(struct em_url *url, size_t start)
{
    struct em_view host = em_view_sub(em_buf_view(&url->href), start, url->href.len);
    uint32_t ip;
    if (host.len == 0)
        return bad_host(url, "empty host");
    for (size_t i = 0; i < host.len; i++)
        if (em_url_in(host.data[i], FORBIDDEN_DOMAIN))
            return bad_host(url, "forbidden character in the host");
    url->host_kind = EM_HOST_DOMAIN;
    if (!ends_in_number(host))
        return EM_OK;
    if (!ipv4_parse(host, &ip))
        return bad_host(url, "invalid IPv4 address");
    url->host_kind = EM_HOST_IPV4;
    url->href.len = start;
    return em_buf_printf(&url->href, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255,
                         ip >> 8 & 255, ip & 255);
}

/* --- domains and opaque hosts ----------------------------------------------------------- */

static size_t percent_decode(struct em_view text, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        int high = -1, low = -1;
        if (text.data[i] == '%' && i + 2 < text.len) {
            high = em_hex_digit(text.data[i + 1]);
            low = em_hex_digit(text.data[i + 2]);
        }
        if (high >= 0 && low >= 0) {
            out[n++] = (char)(high * 16 + low);
            i += 2;
        } else {
            out[n++] = text.data[i];
        }
    }
    return n;
}

static enum em_status append_domain(struct em_url *url, struct em_view text)
{
    char decoded[3 * EM_IDNA_MAX_OUT], ascii[EM_IDNA_MAX_OUT];
    if (text.len > sizeof(decoded))
        return EM_ERR_LIMIT;
    struct em_view domain = {decoded, percent_decode(text, decoded)};
    /* UTF-8 decode without BOM would put U+FFFD, which no domain may hold */
    if (em_utf8_valid_prefix(domain) != domain.len)
        return bad_host(url, "host is not UTF-8");
    size_t start = url->href.len, len;
    enum em_status status = em_idna_to_ascii(domain, ascii, &len);
    if (status == EM_ERR_FORMAT)
        return bad_host(url, "invalid international domain name");
    EM_TRY(status);
    EM_TRY(em_buf_append(&url->href, ascii, len));
    return finish_domain(url, start);
}

/* Most hosts: ASCII without escapes, which only need lower case. */
static bool simple(struct em_view text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] >= 0x80 || text.data[i] == '%')
            return false;
    return true;
}

enum em_status em_url_append_host(struct em_url *url, struct em_view text, bool special)
{
    size_t start = url->href.len;
    if (text.len && text.data[0] == '[') {
        if (text.data[text.len - 1] != ']' || text.len < 2)
            return bad_host(url, "IPv6 address without closing bracket");
        return append_ipv6(url, em_view_sub(text, 1, text.len - 2));
    }
    if (!special) {
        for (size_t i = 0; i < text.len; i++)
            if (em_url_in(text.data[i], FORBIDDEN_HOST))
                return bad_host(url, "forbidden character in the host");
        url->host_kind = text.len ? EM_HOST_OPAQUE : EM_HOST_EMPTY;
        return em_url_append_encoded(&url->href, text, SET_C0);
    }
    if (!simple(text))
        return append_domain(url, text);
    EM_TRY(em_buf_reserve(&url->href, text.len));
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        url->href.data[start + i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    url->href.len = start + text.len;
    return finish_domain(url, start);
}
