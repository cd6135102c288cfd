/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/page/hide.h"

#include "crawler/page/scan.h"

/* Off the screen: further than any screen is wide, in pixels and in letters. */
enum { FAR_PIXELS = 999, FAR_LETTERS = 99 };

enum box { BOX_FLAT = 1, BOX_THIN = 2, BOX_CUT = 4 };

struct reading {
    unsigned hide;
    bool none, away, clipped; /* the last declaration of a property counts */
    unsigned box;
};

static struct em_view trim(const char *p, const char *end)
{
    while (p < end && em_is_space(*p))
        p++;
    while (p < end && em_is_space(end[-1]))
        end--;
    return em_view_make(p, (size_t)(end - p));
}

static bool is(struct em_view v, const char *word)
{
    return em_view_istarts(v, em_view_of(word));
}

static bool ends(struct em_view v, const char *word)
{
    size_t n = strlen(word);
    return v.len >= n && em_view_ieq(em_view_sub(v, v.len - n, n), em_view_of(word));
}

/* A number and its unit: its whole part in *value, bounded; false when there is none. */
static bool hide_number(struct em_view v, int *value, bool *zero, struct em_view *unit)
{
    size_t i = 0;
    bool minus = v.len && v.data[0] == '-', digit = false;
    i += v.len && (v.data[0] == '-' || v.data[0] == '+');
    *value = 0;
    *zero = true;
    for (bool point = false; i < v.len; i++) {
        char c = v.data[i];
        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9')
            break;
        digit = true;
        *zero &= c == '0';
        if (!point && *value < 100000)
            *value = *value * 10 + (c - '0');
    }
    if (minus)
        *value = -*value;
    *unit = em_view_sub(v, i, v.len);
    return digit;
}

static bool is_zero(struct em_view v)
{
    int value;
    bool zero;
    struct em_view unit;
    return hide_number(v, &value, &zero, &unit) && zero;
}

/* So far to the left or above that no screen shows it. */
static bool is_away(struct em_view v)
{
    int value;
    bool zero;
    struct em_view unit;
    if (!hide_number(v, &value, &zero, &unit))
        return false;
    bool letters = is(unit, "em") || is(unit, "rem") || is(unit, "vw") ||
                   is(unit, "vh") || is(unit, "ch");
    return value <= -(letters ? FAR_LETTERS : FAR_PIXELS);
}

/* "rect(0, 0, 0, 0)", "rect(1px 1px 1px 1px)", "inset(50%)". */
static bool clips(struct em_view v)
{
    static const char *const ways[] = {
        "rect(0,",   "rect(0 ",   "rect(0px,",  "rect(0px ", "rect(1px,",
        "rect(1px ", "inset(50%", "inset(100%", "circle(0",  "polygon(0 0"};
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        if (is(v, ways[i]))
            return true;
    return false;
}

/* "scale(0)", "translate(-9999px, 0)", "translateX(-9999px)". */
static bool transforms_away(struct em_view v)
{
    size_t open = em_view_find(v, 0, EM_VIEW("("));
    struct em_view inside = em_view_sub(v, open + 1, v.len);
    if (is(v, "scale(") || is(v, "scale3d("))
        return is_zero(inside);
    return is(v, "translate") && is_away(inside);
}

static void read_box(struct reading *r, struct em_view name, struct em_view value)
{
    if (is(name, "overflow")) {
        bool cut = is(value, "hidden") || is(value, "clip");
        r->box = cut ? r->box | BOX_CUT : r->box & ~(unsigned)BOX_CUT;
        return;
    }
    bool wide = em_view_ieq(name, EM_VIEW("width"));
    if (!wide && !em_view_ieq(name, EM_VIEW("height")))
        return;
    unsigned bit = wide ? BOX_THIN : BOX_FLAT;
    bool small = is_zero(value) || em_view_ieq(value, EM_VIEW("1px"));
    r->box = small ? r->box | bit : r->box & ~bit;
}

static void swap(unsigned *hide, unsigned off, unsigned on)
{
    *hide = (*hide & ~off) | on;
}

static unsigned of_font_size(struct em_view v)
{
    if (is_zero(v))
        return EM_HIDE_FONT;
    /* So many times nothing is nothing. */
    bool relative = (ends(v, "em") && !ends(v, "rem")) || ends(v, "%") ||
                    is(v, "inherit") || is(v, "larger") || is(v, "smaller");
    return relative ? 0 : EM_SHOW_FONT;
}

static unsigned of_visibility(struct em_view v)
{
    if (is(v, "hidden") || is(v, "collapse"))
        return EM_HIDE_VISIBILITY;
    return is(v, "visible") ? EM_SHOW_VISIBILITY : 0;
}

static void declaration(struct reading *r, struct em_view name, struct em_view value)
{
    switch (name.data[0] | 0x20) {
    case 'd':
        if (em_view_ieq(name, EM_VIEW("display")))
            r->none = is(value, "none");
        break;
    case 'v':
        if (em_view_ieq(name, EM_VIEW("visibility")))
            swap(&r->hide, EM_HIDE_VISIBILITY | EM_SHOW_VISIBILITY, of_visibility(value));
        break;
    case 'f':
        if (em_view_ieq(name, EM_VIEW("font-size")))
            swap(&r->hide, EM_HIDE_FONT | EM_SHOW_FONT, of_font_size(value));
        break;
    case 'c':
        if (em_view_ieq(name, EM_VIEW("clip")) || em_view_ieq(name, EM_VIEW("clip-path")))
            r->clipped = clips(value);
        else if (em_view_ieq(name, EM_VIEW("content-visibility")))
            r->none = is(value, "hidden");
        break;
    case 'l':
    case 't':
        if (em_view_ieq(name, EM_VIEW("left")) || em_view_ieq(name, EM_VIEW("top")) ||
            em_view_ieq(name, EM_VIEW("text-indent")))
            r->away |= is_away(value);
        else if (em_view_ieq(name, EM_VIEW("transform")))
            r->away |= transforms_away(value);
        break;
    case 'm':
        if (em_view_ieq(name, EM_VIEW("margin-left")) ||
            em_view_ieq(name, EM_VIEW("margin-top")))
            r->away |= is_away(value);
        break;
    case 'h':
    case 'o':
    case 'w':
        read_box(r, name, value);
        break;
    default:
        break;
    }
}

unsigned em_hide_of_style(struct em_view style)
{
    struct reading r = {0};
    const char *p = style.data, *end = p + style.len;
    while (p < end) {
        const char *stop = em_scan_byte(p, end, ';');
        const char *colon = em_scan_byte(p, stop, ':');
        struct em_view name = trim(p, colon);
        if (colon < stop && name.len)
            declaration(&r, name, trim(colon + 1, stop));
        p = stop < end ? stop + 1 : end;
    }
    bool nothing = (r.box & BOX_CUT) && (r.box & BOX_FLAT) && (r.box & BOX_THIN);
    bool all = r.none || r.away || r.clipped || nothing;
    return r.hide | (all ? EM_HIDE_ALL : 0);
}
