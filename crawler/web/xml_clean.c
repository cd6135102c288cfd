/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/web/xml_clean.h"

/* The longest reference looked for, "&#x10FFFF;", and "<![CDATA[" fit. */
enum { LOOK = 11 };
_Static_assert((int)LOOK < (int)EM_XML_TAIL, "a reference fits the tail");

static bool xml_is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

/* Length of the reference at the beginning of `v`, 0 where it is none. */
static size_t xml_reference(struct em_view v)
{
    static const struct em_view named[] = {
        {"&amp;", 5}, {"&lt;", 4}, {"&gt;", 4}, {"&quot;", 6}, {"&apos;", 6}};
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        if (em_view_starts(v, named[i]))
            return named[i].len;
    if (v.len < 4 || v.data[1] != '#')
        return 0;
    bool hex = v.data[2] == 'x';
    size_t begin = hex ? 3 : 2, at = begin;
    while (at < v.len && at < LOOK &&
           (hex ? xml_is_hex(v.data[at]) : v.data[at] >= '0' && v.data[at] <= '9'))
        at++;
    return at > begin && at < v.len && v.data[at] == ';' ? at + 1 : 0;
}

static bool xml_forbids(char c)
{
    unsigned char u = (unsigned char)c;
    return u < 0x20 && u != '\t' && u != '\n' && u != '\r';
}

/* One step at the front of `v`: appends it; how many bytes it took. */
static enum em_status xml_step(struct em_xml_cleaner *x, struct em_buf *out,
                               struct em_view v, size_t *took)
{
    const struct em_view open = EM_VIEW("<![CDATA["), close = EM_VIEW("]]>");
    char c = v.data[0];
    *took = 1;
    if (!x->cdata && c == '&') {
        *took = xml_reference(v);
        if (*took)
            return em_buf_append_view(out, em_view_sub(v, 0, *took));
        *took = 1;
        x->mended = true;
        return em_buf_append(out, "&amp;", 5);
    }
    if (em_view_starts(v, x->cdata ? close : open)) {
        *took = x->cdata ? close.len : open.len;
        x->cdata = !x->cdata;
        return em_buf_append_view(out, em_view_sub(v, 0, *took));
    }
    x->mended |= xml_forbids(c);
    return em_buf_putc(out, xml_forbids(c) ? ' ' : c);
}

/* Bytes that need no look: up to the next that may. */
static size_t xml_plain(const struct em_xml_cleaner *x, struct em_view v)
{
    size_t n = 0;
    while (n < v.len && v.data[n] != '&' && v.data[n] != '<' && !xml_forbids(v.data[n]) &&
           !(x->cdata && v.data[n] == ']'))
        n++;
    return n;
}

/* As far as it can be decided; how much was. */
static enum em_status xml_run(struct em_xml_cleaner *x, struct em_buf *out,
                              struct em_view v, bool last, size_t *done)
{
    for (*done = 0; *done < v.len;) {
        struct em_view rest = em_view_sub(v, *done, v.len);
        size_t n = xml_plain(x, rest);
        if (n) {
            EM_TRY(em_buf_append_view(out, em_view_sub(rest, 0, n)));
        } else if (rest.len <= LOOK && !last) {
            return EM_OK;
        } else {
            EM_TRY(xml_step(x, out, rest, &n));
        }
        *done += n;
    }
    return EM_OK;
}

enum em_status em_xml_clean(struct em_xml_cleaner *x, struct em_buf *out,
                            struct em_view bytes, bool last)
{
    size_t done;
    /* What was held back, with as much of the new bytes as decides it. */
    while (x->tail_len) {
        size_t n = sizeof(x->tail) - x->tail_len;
        n = n < bytes.len ? n : bytes.len;
        if (n)
            memcpy(x->tail + x->tail_len, bytes.data, n);
        bytes = em_view_sub(bytes, n, bytes.len);
        x->tail_len += n;
        EM_TRY(xml_run(x, out, em_view_make(x->tail, x->tail_len), last && !bytes.len,
                       &done));
        x->tail_len -= done;
        memmove(x->tail, x->tail + done, x->tail_len);
        if (bytes.len == 0)
            return EM_OK;
    }
    EM_TRY(xml_run(x, out, bytes, last, &done));
    struct em_view rest = em_view_sub(bytes, done, bytes.len);
    if (rest.len)
        memcpy(x->tail, rest.data, rest.len);
    x->tail_len = rest.len;
    return EM_OK;
}
