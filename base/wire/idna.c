/* SPDX-License-Identifier: Apache-2.0
 *
 * UTS46 ToASCII in fixed memory. All arrays are bounded by EM_IDNA_MAX; the quadratic steps
 * (Punycode, reordering of combining marks) are bounded by its square, some milliseconds.
 *
 *     domain ─ map each code point ─ NFC ─ labels ─ decode xn-- ─ validity ─ bidi ─ xn--
 */
#include "base/wire/idna.h"

#include "base/utf8.h"

#include <utf8proc.h>

enum { ZWNJ = 0x200C, ZWJ = 0x200D, SHARP_S = 0xDF, FINAL_SIGMA = 0x3C2 };
enum { DECOMPOSED_MAX = 32 }; /* the longest NFKC decomposition has 18 code points */

/* The domain as code points, labels separated by '.', before and after Punycode is undone. */
struct domain {
    int32_t cp[EM_IDNA_MAX];
    size_t n;
};

/* --- mapping (spec: UTS46 7) ------------------------------------------------------------ */

enum cp_status { CP_VALID, CP_MAPPED, CP_IGNORED, CP_DISALLOWED };

/* Characters excluded although their properties would let them pass (UTS46 7, step 3):
 * bidirectional controls, tags, replacement characters. */
static bool excluded(int32_t cp)
{
    return cp == 0x61C || cp == 0x200E || cp == 0x200F ||
           (cp >= 0x202A && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x2069) ||
           cp == 0xFFFC || cp == 0xFFFD || (cp >= 0xE0001 && cp <= 0xE007F);
}

/* Ideographs assigned after Unicode 15, which utf8proc 2.8 does not know: extension I (15.1)
 * and extension J (17). Letters that map to themselves, from left to right. */
static bool later_ideograph(int32_t cp)
{
    return (cp >= 0x2EBF0 && cp <= 0x2EE5D) || (cp >= 0x323B0 && cp <= 0x33479);
}

/* Base valid set: neither control, format, private, unassigned nor a separator, and no
 * ideographic description character (symbols that take arguments). */
static bool base_valid(int32_t cp)
{
    if (cp < 0x80)
        return true; /* UseSTD3ASCIIRules = false */
    if (cp >= 0x2FF0 && cp <= 0x2FFF)
        return false;
    switch (utf8proc_category(cp)) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return false;
    default:
        return true;
    }
}

static size_t decompose(int32_t cp, int options, int32_t out[DECOMPOSED_MAX])
{
    int boundclass = 0;
    utf8proc_ssize_t n = utf8proc_decompose_char(
        cp, out, DECOMPOSED_MAX, (utf8proc_option_t)(options | UTF8PROC_DECOMPOSE),
        &boundclass);
    return n < 0 || n > DECOMPOSED_MAX ? 0 : (size_t)n;
}

/* Status of a code point that is not ASCII, and what it maps to, canonically decomposed. */
static enum cp_status map_cp(int32_t cp, int32_t out[DECOMPOSED_MAX], size_t *n)
{
    int32_t canonical[DECOMPOSED_MAX];
    out[0] = cp;
    *n = 1;
    if (cp == SHARP_S || cp == FINAL_SIGMA || cp == ZWNJ || cp == ZWJ)
        return CP_VALID; /* deviations, non-transitional */
    if (cp == 0x3002 || cp == 0xFF0E || cp == 0xFF61) {
        out[0] = '.';
        return CP_MAPPED;
    }
    if (cp == 0x1E9E) {
        out[0] = SHARP_S;
        return CP_MAPPED;
    }
    if (later_ideograph(cp))
        return CP_VALID;
    if (excluded(cp) || utf8proc_category(cp) == UTF8PROC_CATEGORY_CN)
        return CP_DISALLOWED;
    size_t nc = decompose(cp, 0, canonical);
    *n = decompose(cp, UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE, out);
    if (*n == nc && memcmp(out, canonical, nc * sizeof(int32_t)) == 0)
        return base_valid(cp) ? CP_VALID : CP_DISALLOWED;
    if (*n == 0)
        return CP_IGNORED;
    for (size_t i = 0; i < *n; i++)
        if (!base_valid(out[i]) || out[i] == '.' || out[i] == 0x3002)
            return CP_DISALLOWED;
    return CP_MAPPED;
}

/* --- normalisation ---------------------------------------------------------------------- */

/* NFC of what is already decomposed: canonical order, then composition. */
static size_t compose(int32_t *cp, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        utf8proc_propval_t ccc = utf8proc_get_property(cp[i])->combining_class;
        if (ccc == 0)
            continue;
        int32_t moved = cp[i];
        size_t at = i;
        while (at > 0 && utf8proc_get_property(cp[at - 1])->combining_class > ccc) {
            cp[at] = cp[at - 1];
            at--;
        }
        cp[at] = moved;
    }
    utf8proc_ssize_t composed = utf8proc_normalize_utf32(
        cp, (utf8proc_ssize_t)n, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    return composed < 0 ? 0 : (size_t)composed;
}

static bool is_nfc(const int32_t *cp, size_t n)
{
    int32_t work[EM_IDNA_MAX], part[DECOMPOSED_MAX];
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        size_t k = decompose(cp[i], 0, part);
        if (len + k > EM_IDNA_MAX)
            return false;
        memcpy(work + len, part, k * sizeof(int32_t));
        len += k;
    }
    len = compose(work, len);
    return len == n && memcmp(work, cp, n * sizeof(int32_t)) == 0;
}

/* spec: UTS46 4, steps 1 and 2 */
static enum em_status map_domain(struct em_view in, struct domain *d)
{
    const char *p = in.data, *end = in.data + in.len;
    int32_t part[DECOMPOSED_MAX];
    d->n = 0;
    while (p < end) {
        uint32_t cp;
        size_t n = 1;
        p += em_utf8_decode(p, end, &cp);
        part[0] = (int32_t)(cp >= 'A' && cp <= 'Z' ? cp + 32 : cp);
        if (cp >= 0x80) {
            enum cp_status status = map_cp((int32_t)cp, part, &n);
            if (status == CP_DISALLOWED)
                return EM_ERR_FORMAT;
            if (status == CP_IGNORED)
                continue;
        }
        if (d->n + n > EM_IDNA_MAX)
            return EM_ERR_LIMIT;
        memcpy(d->cp + d->n, part, n * sizeof(int32_t));
        d->n += n;
    }
    d->n = compose(d->cp, d->n);
    return EM_OK;
}

/* --- Punycode (spec: RFC3492 6) --------------------------------------------------------- */

enum { P_BASE = 36, P_TMIN = 1, P_TMAX = 26, P_SKEW = 38, P_DAMP = 700, P_BIAS = 72 };

static uint32_t idna_adapt(uint32_t delta, uint32_t points, bool first)
{
    uint32_t k = 0;
    delta = first ? delta / P_DAMP : delta / 2;
    delta += delta / points;
    for (; delta > ((P_BASE - P_TMIN) * P_TMAX) / 2; k += P_BASE)
        delta /= P_BASE - P_TMIN;
    return k + (P_BASE - P_TMIN + 1) * delta / (delta + P_SKEW);
}

static uint32_t threshold(uint32_t k, uint32_t bias)
{
    if (k <= bias)
        return P_TMIN;
    return k >= bias + P_TMAX ? P_TMAX : k - bias;
}

static uint32_t digit_of(char c)
{
    if (c >= 'a' && c <= 'z')
        return (uint32_t)(c - 'a');
    if (c >= 'A' && c <= 'Z')
        return (uint32_t)(c - 'A');
    if (c >= '0' && c <= '9')
        return (uint32_t)(c - '0') + 26;
    return P_BASE;
}

/* One generalized variable-length integer, added to *i; false where it overflows or ends. */
static bool read_delta(struct em_view in, size_t *pos, uint32_t bias, uint32_t *i)
{
    uint64_t w = 1, sum = *i;
    for (uint32_t k = P_BASE;; k += P_BASE) {
        if (*pos >= in.len)
            return false;
        uint32_t digit = digit_of(in.data[(*pos)++]), t = threshold(k, bias);
        if (digit >= P_BASE)
            return false;
        sum += digit * w;
        if (sum > INT32_MAX)
            return false;
        if (digit < t)
            break;
        w *= P_BASE - t;
        if (w > INT32_MAX)
            return false;
    }
    *i = (uint32_t)sum;
    return true;
}

long em_punycode_decode(struct em_view in, int32_t *out, size_t cap)
{
    size_t basic = 0, n = 0, pos;
    for (size_t i = 0; i < in.len; i++)
        if (in.data[i] == '-')
            basic = i;
    if (basic > cap)
        return -1;
    for (; n < basic; n++) {
        if ((unsigned char)in.data[n] >= 0x80)
            return -1;
        out[n] = in.data[n];
    }
    pos = basic > 0 ? basic + 1 : 0;
    uint32_t cp = 0x80, bias = P_BIAS, i = 0;
    while (pos < in.len) {
        uint32_t before = i, points = (uint32_t)n + 1;
        if (n >= cap || !read_delta(in, &pos, bias, &i))
            return -1;
        bias = idna_adapt(i - before, points, before == 0);
        if (i / points > 0x10FFFF - cp)
            return -1;
        cp += i / points;
        i %= points;
        if (cp >= 0xD800 && cp <= 0xDFFF)
            return -1;
        memmove(out + i + 1, out + i, (n - i) * sizeof(*out));
        out[i++] = (int32_t)cp;
        n++;
    }
    return (long)n;
}

static size_t write_delta(uint32_t q, uint32_t bias, char *out, size_t room)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    size_t n = 0;
    for (uint32_t k = P_BASE;; k += P_BASE) {
        uint32_t t = threshold(k, bias);
        if (n >= room)
            return 0;
        if (q < t)
            break;
        out[n++] = digits[t + (q - t) % (P_BASE - t)];
        q = (q - t) / (P_BASE - t);
    }
    out[n++] = digits[q];
    return n;
}

long em_punycode_encode(const int32_t *in, size_t n, char *out, size_t cap)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i++)
        if (in[i] < 0x80) {
            if (len >= cap)
                return -1;
            out[len++] = (char)in[i];
        }
    size_t basic = len, done = len;
    if (basic > 0) {
        if (len >= cap)
            return -1;
        out[len++] = '-';
    }
    int32_t cp = 0x80;
    uint32_t bias = P_BIAS;
    uint64_t delta = 0;
    while (done < n) {
        int32_t next = INT32_MAX;
        for (size_t i = 0; i < n; i++)
            if (in[i] >= cp && in[i] < next)
                next = in[i];
        delta += (uint64_t)(next - cp) * (done + 1);
        if (delta > INT32_MAX)
            return -1;
        cp = next;
        for (size_t i = 0; i < n; i++) {
            if (in[i] < cp)
                delta++;
            if (in[i] != cp)
                continue;
            size_t k = write_delta((uint32_t)delta, bias, out + len, cap - len);
            if (k == 0)
                return -1;
            len += k;
            bias = idna_adapt((uint32_t)delta, (uint32_t)done + 1, done == basic);
            delta = 0;
            done++;
        }
        delta++;
        cp++;
    }
    return (long)len;
}

/* --- validity of a label (spec: UTS46 4.1) ---------------------------------------------- */

static char joining_type(int32_t cp)
{
    size_t low = 0, high = em_joining_range_count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        const struct em_joining_range *r = &em_joining_ranges[mid];
        if ((uint32_t)cp < r->first)
            high = mid;
        else if ((uint32_t)cp > r->last)
            low = mid + 1;
        else
            return r->type;
    }
    utf8proc_category_t category = utf8proc_category(cp);
    bool transparent = category == UTF8PROC_CATEGORY_MN ||
                       category == UTF8PROC_CATEGORY_ME ||
                       category == UTF8PROC_CATEGORY_CF;
    return transparent && cp != ZWNJ && cp != ZWJ ? 'T' : 'U';
}

/* spec: RFC5892 A.1 and A.2 */
static bool joiner_fits(const int32_t *cp, size_t n, size_t at)
{
    if (at == 0)
        return false;
    if (utf8proc_get_property(cp[at - 1])->combining_class == 9) /* virama */
        return true;
    if (cp[at] == ZWJ)
        return false;
    size_t before = at, after = at + 1;
    while (before > 0 && joining_type(cp[before - 1]) == 'T')
        before--;
    while (after < n && joining_type(cp[after]) == 'T')
        after++;
    if (before == 0 || after == n)
        return false;
    char left = joining_type(cp[before - 1]), right = joining_type(cp[after]);
    return (left == 'L' || left == 'D') && (right == 'R' || right == 'D');
}

/* `decoded`: the label was Punycode, so nothing was mapped or normalised before. */
static bool label_valid(const int32_t *cp, size_t n, bool decoded)
{
    if (n == 0)
        return true;
    if (decoded && !is_nfc(cp, n))
        return false;
    /* CheckHyphens is off, so that "xn--" inside must be refused instead */
    if (n >= 4 && cp[0] == 'x' && cp[1] == 'n' && cp[2] == '-' && cp[3] == '-')
        return false;
    utf8proc_category_t first = utf8proc_category(cp[0]);
    if (first == UTF8PROC_CATEGORY_MN || first == UTF8PROC_CATEGORY_MC ||
        first == UTF8PROC_CATEGORY_ME)
        return false;
    for (size_t i = 0; i < n; i++) {
        int32_t mapped[DECOMPOSED_MAX];
        size_t k;
        if (cp[i] == '.' || (cp[i] >= 'A' && cp[i] <= 'Z'))
            return false;
        if (cp[i] >= 0x80 && map_cp(cp[i], mapped, &k) != CP_VALID)
            return false;
        if ((cp[i] == ZWNJ || cp[i] == ZWJ) && !joiner_fits(cp, n, i))
            return false;
    }
    return true;
}

/* --- bidi (spec: RFC5893 2) ------------------------------------------------------------- */

#define BIDI(class) (1u << UTF8PROC_BIDI_CLASS_##class)

static unsigned bidi_class(int32_t cp)
{
    return later_ideograph(cp) ? BIDI(L)
                               : 1u << (unsigned)utf8proc_get_property(cp)->bidi_class;
}

static bool bidi_label(const int32_t *cp, size_t n)
{
    const unsigned anywhere =
        BIDI(EN) | BIDI(ES) | BIDI(CS) | BIDI(ET) | BIDI(ON) | BIDI(BN) | BIDI(NSM);
    if (n == 0)
        return true;
    unsigned first = bidi_class(cp[0]), seen = 0, last = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned class = bidi_class(cp[i]);
        seen |= class;
        if (class != BIDI(NSM))
            last = class;
    }
    if (first & (BIDI(R) | BIDI(AL)))
        return !(seen & ~(anywhere | BIDI(R) | BIDI(AL) | BIDI(AN))) &&
               (last & (BIDI(R) | BIDI(AL) | BIDI(EN) | BIDI(AN))) &&
               !((seen & BIDI(EN)) && (seen & BIDI(AN)));
    return first == BIDI(L) && !(seen & ~(anywhere | BIDI(L))) &&
           (last & (BIDI(L) | BIDI(EN)));
}

static size_t label_end(const struct domain *d, size_t from)
{
    while (from < d->n && d->cp[from] != '.')
        from++;
    return from;
}

static bool bidi_valid(const struct domain *d)
{
    bool bidi = false;
    for (size_t i = 0; i < d->n && !bidi; i++)
        bidi = bidi_class(d->cp[i]) & (BIDI(R) | BIDI(AL) | BIDI(AN));
    for (size_t at = 0; bidi && at <= d->n;) {
        size_t end = label_end(d, at);
        if (!bidi_label(d->cp + at, end - at))
            return false;
        at = end + 1;
    }
    return true;
}

/* --- ToASCII (spec: UTS46 4.2) ---------------------------------------------------------- */

/* A label that begins with "xn--", decoded and checked into out[0..cap); -1 if not valid. */
static long decode_label(const int32_t *cp, size_t n, int32_t *out, size_t cap)
{
    char ascii[EM_IDNA_MAX];
    bool more = false;
    for (size_t i = 4; i < n; i++) {
        if (cp[i] >= 0x80)
            return -1;
        ascii[i - 4] = (char)cp[i];
    }
    long len = em_punycode_decode(em_view_make(ascii, n - 4), out, cap);
    for (long i = 0; i < len; i++)
        more |= out[i] >= 0x80;
    return more && label_valid(out, (size_t)len, true) ? len : -1;
}

/* Labels of `in` checked, and decoded into `out`. */
static enum em_status decode_labels(const struct domain *in, struct domain *out)
{
    out->n = 0;
    for (size_t at = 0; at <= in->n;) {
        size_t end = label_end(in, at), n = end - at;
        const int32_t *cp = in->cp + at;
        size_t room = EM_IDNA_MAX - out->n;
        if (n >= 4 && cp[0] == 'x' && cp[1] == 'n' && cp[2] == '-' && cp[3] == '-') {
            long k = decode_label(cp, n, out->cp + out->n, room);
            if (k < 0)
                return EM_ERR_FORMAT;
            out->n += (size_t)k;
        } else {
            if (!label_valid(cp, n, false))
                return EM_ERR_FORMAT;
            if (n > room)
                return EM_ERR_LIMIT;
            memcpy(out->cp + out->n, cp, n * sizeof(int32_t));
            out->n += n;
        }
        if (end < in->n) {
            if (out->n >= EM_IDNA_MAX)
                return EM_ERR_LIMIT;
            out->cp[out->n++] = '.';
        }
        at = end + 1;
    }
    return EM_OK;
}

static enum em_status encode_labels(const struct domain *d, char *out, size_t *len)
{
    size_t pos = 0;
    for (size_t at = 0; at <= d->n;) {
        size_t end = label_end(d, at);
        bool ascii = true;
        for (size_t i = at; i < end; i++)
            ascii &= d->cp[i] < 0x80;
        if (pos + (end - at) + 5 > EM_IDNA_MAX_OUT)
            return EM_ERR_LIMIT;
        if (ascii) {
            for (size_t i = at; i < end; i++)
                out[pos++] = (char)d->cp[i];
        } else {
            memcpy(out + pos, "xn--", 4);
            long n = em_punycode_encode(d->cp + at, end - at, out + pos + 4,
                                        EM_IDNA_MAX_OUT - pos - 5);
            if (n < 0)
                return EM_ERR_LIMIT;
            pos += 4 + (size_t)n;
        }
        if (end < d->n)
            out[pos++] = '.';
        at = end + 1;
    }
    *len = pos;
    return EM_OK;
}

enum em_status em_idna_to_ascii(struct em_view domain, char out[EM_IDNA_MAX_OUT],
                                size_t *len)
{
    struct domain mapped, decoded;
    bool ascii = true;
    for (size_t i = 0; i < domain.len && ascii; i++)
        ascii = (unsigned char)domain.data[i] < 0x80;
    if (ascii) {
        if (domain.len > EM_IDNA_MAX_OUT)
            return EM_ERR_LIMIT;
        for (size_t i = 0; i < domain.len; i++) {
            char c = domain.data[i];
            out[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
        }
        *len = domain.len;
        return EM_OK;
    }
    EM_TRY(map_domain(domain, &mapped));
    EM_TRY(decode_labels(&mapped, &decoded));
    if (!bidi_valid(&decoded))
        return EM_ERR_FORMAT;
    return encode_labels(&decoded, out, len);
}
