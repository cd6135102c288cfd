/* SPDX-License-Identifier: Apache-2.0 */
#include "report/review.h"

/* --- terminal -------------------------------------------------------------------------- */

/* Escapes and other controls of a text must not reach the terminal, C1 ones included. */
static enum em_status plain(struct em_buf *out, struct em_view v)
{
    for (size_t i = 0; i < v.len; i++) {
        unsigned char c = (unsigned char)v.data[i];
        unsigned char next = i + 1 < v.len ? (unsigned char)v.data[i + 1] : 0;
        if (c == '\n' || c == '\t') {
            EM_TRY(em_buf_putc(out, c == '\n' ? '\n' : ' '));
        } else if (c == 0xC2 && next >= 0x80 && next < 0xA0) {
            EM_TRY(em_buf_putc(out, '?'));
            i++;
        } else {
            EM_TRY(em_buf_putc(out, c < ' ' || c == 0x7F ? '?' : (char)c));
        }
    }
    return EM_OK;
}

static enum em_status review_named(struct em_buf *out, const char *name,
                                   struct em_view value)
{
    if (value.len == 0)
        return EM_OK;
    EM_TRY(em_buf_printf(out, "  %s ", name));
    return plain(out, value);
}

enum em_status em_review_text(struct em_buf *out, const struct em_review *r,
                              uint64_t number, uint64_t of, bool colour)
{
    EM_TRY(em_buf_printf(out, "%llu/%llu  ", (unsigned long long)number,
                         (unsigned long long)of));
    EM_TRY(plain(out, r->done));
    EM_TRY(em_buf_printf(out, "  "));
    EM_TRY(plain(out, r->reason));
    EM_TRY(em_buf_printf(out, " %.3f", r->value));
    EM_TRY(review_named(out, "of", r->what));
    EM_TRY(review_named(out, "item", r->item));
    EM_TRY(em_buf_printf(out, "\n  "));
    EM_TRY(plain(out, r->url.len ? r->url : r->id));
    EM_TRY(review_named(out, "in", r->file));
    EM_TRY(em_buf_printf(out, " at %llu\n\n", (unsigned long long)r->offset));
    EM_TRY(plain(out, r->before));
    EM_TRY(em_buf_printf(out, "%s", colour ? "\033[1;31m" : "[["));
    EM_TRY(plain(out, r->passage));
    EM_TRY(em_buf_printf(out, "%s", colour ? "\033[0m" : "]]"));
    EM_TRY(plain(out, r->after));
    return em_buf_printf(out, "\n\n");
}

/* --- HTML ------------------------------------------------------------------------------ */

static enum em_status review_escaped(struct em_buf *out, struct em_view v)
{
    for (size_t i = 0; i < v.len; i++) {
        char c = v.data[i];
        enum em_status status = c == '&'    ? em_buf_append(out, "&amp;", 5)
                                : c == '<'  ? em_buf_append(out, "&lt;", 4)
                                : c == '>'  ? em_buf_append(out, "&gt;", 4)
                                : c == '"'  ? em_buf_append(out, "&quot;", 6)
                                : c == '\0' ? em_buf_append(out, "?", 1)
                                            : em_buf_putc(out, c);
        EM_TRY(status);
    }
    return EM_OK;
}

enum em_status em_review_html_begin(struct em_buf *out, const char *title, uint64_t shown,
                                    uint64_t of)
{
    EM_TRY(em_buf_printf(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        "style-src 'unsafe-inline'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n"
        "<title>What was found</title>\n<style>\n"
        ":root{color-scheme:light dark}\n"
        "body{font:16px/1.5 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}\n"
        "article{border-top:1px solid #8888;padding:.7rem 0}\n"
        "h2{font-size:1rem;margin:0}\nh2 b{text-transform:uppercase;font-size:.8rem}\n"
        "p{margin:.2rem 0;overflow-wrap:anywhere}\n.place{font-size:.8rem;opacity:.75}\n"
        ".text{white-space:pre-wrap}\nmark{background:#c0392b33;color:inherit}\n"
        "</style></head><body>\n<h1>What was found in "));
    EM_TRY(review_escaped(out, em_view_of(title)));
    return em_buf_printf(
        out,
        "</h1>\n<p>%llu of %llu passages. The marked ones were cut, are the "
        "reason of a removal, or were tagged; for reasons that are about a "
        "whole document it is how that begins.</p>\n",
        (unsigned long long)shown, (unsigned long long)of);
}

enum em_status em_review_html(struct em_buf *out, const struct em_review *r)
{
    EM_TRY(em_buf_printf(out, "<article><h2><b>"));
    EM_TRY(review_escaped(out, r->done));
    EM_TRY(em_buf_printf(out, "</b> "));
    EM_TRY(review_escaped(out, r->reason));
    EM_TRY(em_buf_printf(out, " %.3f ", r->value));
    EM_TRY(review_escaped(out, r->what));
    EM_TRY(em_buf_printf(out, " "));
    EM_TRY(review_escaped(out, r->item));
    EM_TRY(em_buf_printf(out, "</h2><p class=\"place\">"));
    EM_TRY(review_escaped(out, r->url.len ? r->url : r->id));
    EM_TRY(em_buf_printf(out, " &middot; "));
    EM_TRY(review_escaped(out, r->file));
    EM_TRY(em_buf_printf(out, " at %llu</p><p class=\"text\">",
                         (unsigned long long)r->offset));
    EM_TRY(review_escaped(out, r->before));
    EM_TRY(em_buf_printf(out, "<mark>"));
    EM_TRY(review_escaped(out, r->passage));
    EM_TRY(em_buf_printf(out, "</mark>"));
    EM_TRY(review_escaped(out, r->after));
    return em_buf_printf(out, "</p></article>\n");
}

enum em_status em_review_html_end(struct em_buf *out)
{
    return em_buf_printf(out, "</body></html>\n");
}
