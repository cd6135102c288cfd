/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/leak_extent.h"

#include "detector/leak_sentence.h"

/* A mark is short: beyond this many bytes what looks like its end belongs to something else. */
enum { MARK_MAX = 400 };

static const char lenticular_open[] = "\xE3\x80\x90", lenticular_close[] = "\xE3\x80\x91";

enum em_leak_reach em_leak_reach(struct em_view kind)
{
    static const char *const sentences[] = {"knowledge-cutoff", "self-reference",
                                            "chat-offer", "placeholder"};
    if (em_view_eq(kind, EM_VIEW("refusal")))
        return EM_LEAK_PARAGRAPH;
    for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
        if (em_view_eq(kind, em_view_of(sentences[i])))
            return EM_LEAK_WHOLE_SENTENCE;
    return EM_LEAK_MARKER;
}

/* --- places in a line ------------------------------------------------------------------ */

static bool extent_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_';
}

static bool starts_at(struct em_view text, size_t at, const char *word)
{
    return em_view_istarts(em_view_sub(text, at, text.len), em_view_of(word));
}

static bool ends_at(struct em_view text, size_t at, const char *word)
{
    size_t n = strlen(word);
    return at >= n && starts_at(text, at - n, word);
}

/* After the first `word` from `at` on, in this line and near; SIZE_MAX: there is none. */
static size_t line_find_end(struct em_view text, size_t at, const char *word)
{
    size_t most = at + MARK_MAX < text.len ? at + MARK_MAX : text.len;
    for (; at < most && text.data[at] != '\n'; at++)
        if (starts_at(text, at, word))
            return at + strlen(word);
    return SIZE_MAX;
}

/* The last `word` that begins before `at`, in this line and near; SIZE_MAX: there is none. */
static size_t line_find_before(struct em_view text, size_t at, const char *word)
{
    for (size_t n = 0; at > 0 && n < MARK_MAX && text.data[at - 1] != '\n'; n++)
        if (starts_at(text, --at, word))
            return at;
    return SIZE_MAX;
}

/* After the bracket that closes the one at `open`; SIZE_MAX: none does in this line. */
static size_t bracket_end(struct em_view text, size_t open)
{
    const char from = text.data[open], to = from == '(' ? ')' : from == '[' ? ']' : '}';
    size_t depth = 0;
    for (size_t i = open; i < text.len && i - open < MARK_MAX && text.data[i] != '\n';
         i++) {
        depth += text.data[i] == from;
        if (text.data[i] == to && --depth == 0)
            return i + 1;
    }
    return SIZE_MAX;
}

/* The bracket before `at` that is still open there; SIZE_MAX: none is. */
static size_t bracket_before(struct em_view text, size_t at, char open, char close)
{
    size_t depth = 1;
    for (size_t n = 0; at > 0 && n < MARK_MAX && text.data[at - 1] != '\n'; n++) {
        char c = text.data[--at];
        depth += c == close;
        if (c == open && --depth == 0)
            return at;
    }
    return SIZE_MAX;
}

/* After an address that continues at `at`. */
static size_t address_end(struct em_view text, size_t at)
{
    while (at < text.len && (unsigned char)text.data[at] > ' ' &&
           !strchr("<>\"()[]{}|`", text.data[at]))
        at++;
    while (at > 0 && strchr(".,;:!?", text.data[at - 1]))
        at--;
    return at;
}

/* --- citation marks -------------------------------------------------------------------- */

/* "[label](address)" around an address, or the address alone. */
static struct em_leak_extent link_around(struct em_view text, struct em_leak_extent e)
{
    size_t open = bracket_before(text, e.start, '(', ')');
    if (open != SIZE_MAX && open > 0 && text.data[open - 1] == ']') {
        size_t end = bracket_end(text, open);
        size_t label = bracket_before(text, open - 1, '[', ']');
        if (end != SIZE_MAX && label != SIZE_MAX) {
            label -= label > 0 && text.data[label - 1] == '!';
            return (struct em_leak_extent){label, end};
        }
    }
    while (e.start > 0 && (unsigned char)text.data[e.start - 1] > ' ' &&
           !strchr("<>\"()[]{}|`", text.data[e.start - 1]))
        e.start--;
    e.end = address_end(text, e.end);
    return e;
}

/* "[cite: 1, 2]", ":contentReference[oaicite:3]{index=3}", "[oai_citation:1](address)". */
static struct em_leak_extent bracketed(struct em_view text, struct em_leak_extent e)
{
    size_t open = e.start;
    while (open < e.end && text.data[open] != '[')
        open++;
    if (open == e.end)
        open = bracket_before(text, e.start, '[', ']');
    size_t end = open == SIZE_MAX ? SIZE_MAX : bracket_end(text, open);
    if (end == SIZE_MAX) {
        while (e.end < text.len && word_char(text.data[e.end]))
            e.end++;
        return e;
    }
    e.start = open < e.start ? open : e.start;
    e.end = end > e.end ? end : e.end;
    while (e.end < text.len && (text.data[e.end] == '(' || text.data[e.end] == '{') &&
           (end = bracket_end(text, e.end)) != SIZE_MAX)
        e.end = end;
    if (ends_at(text, e.start, ":contentReference"))
        e.start -= strlen(":contentReference");
    return e;
}

/* Length of the private-use character (U+E200 to U+E2FF) at `at`; 0: another one. */
static size_t private_at(struct em_view text, size_t at)
{
    return em_view_sub(text, at, 3).len == 3 && text.data[at] == '\xEE' &&
                   ((unsigned char)text.data[at + 1] & 0xFC) == 0x88
               ? 3
               : 0;
}

/* After "turn0search1" at `at`; `at`: something else stands there. */
static size_t turn_end(struct em_view text, size_t at)
{
    size_t i = at + 4, letters;
    if (!starts_at(text, at, "turn"))
        return at;
    while (i < text.len && text.data[i] >= '0' && text.data[i] <= '9')
        i++;
    for (letters = i; i < text.len && text.data[i] >= 'a' && text.data[i] <= 'z';)
        i++;
    if (i == letters || i >= text.len || !(text.data[i] >= '0' && text.data[i] <= '9'))
        return at;
    while (i < text.len && text.data[i] >= '0' && text.data[i] <= '9')
        i++;
    return i;
}

/* "citeturn0search0turn0view1", with private-use characters between them or without. */
static struct em_leak_extent turns(struct em_view text, struct em_leak_extent e)
{
    static const char *const names[] = {"filecite", "cite", "navlist", "video",
                                        "image_group"};
    size_t open = line_find_before(text, e.start, "\xEE\x88\x80");
    size_t close = line_find_end(text, e.start, "\xEE\x88\x81");
    if (open != SIZE_MAX && close != SIZE_MAX &&
        line_find_end(text, open, "\xEE\x88\x81") == close)
        return (struct em_leak_extent){open, close};
    for (size_t n = 1; n;) {
        n = turn_end(text, e.end) - e.end;
        n = n ? n : private_at(text, e.end);
        e.end += n;
    }
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !more; i++)
            if (ends_at(text, e.start, names[i])) {
                e.start -= strlen(names[i]);
                more = true;
            }
        for (size_t n = 10; n < 24 && n <= e.start && !more; n++)
            if (turn_end(text, e.start - n) == e.start) {
                e.start -= n;
                more = true;
            }
        if (!more && e.start >= 3 && private_at(text, e.start - 3)) {
            e.start -= 3;
            more = true;
        }
    }
    return e;
}

static struct em_leak_extent citation(struct em_view text, struct em_leak_extent e)
{
    struct em_view hit = em_view_sub(text, e.start, e.end - e.start);
    size_t open = starts_at(text, e.start, lenticular_open)
                      ? e.start
                      : line_find_before(text, e.start, lenticular_open);
    size_t end = SIZE_MAX;
    if (em_view_find(hit, 0, EM_VIEW("\xE2\x80\xA0")) < hit.len) { /* dagger */
        end = ends_at(text, e.end, lenticular_close)
                  ? e.end
                  : line_find_end(text, e.end, lenticular_close);
        return (struct em_leak_extent){open == SIZE_MAX ? e.start : open,
                                       end == SIZE_MAX ? e.end : end};
    }
    if (starts_at(text, e.start, "turn"))
        return turns(text, e);
    if (starts_at(text, e.start, "<grok")) {
        end = line_find_end(text, e.end, "</grok:render>");
        end = end == SIZE_MAX ? line_find_end(text, e.end, ">") : end;
        return (struct em_leak_extent){e.start, end == SIZE_MAX ? e.end : end};
    }
    if (starts_at(text, e.start, ":::")) {
        end = line_find_end(text, e.end, "}");
        return (struct em_leak_extent){e.start, end == SIZE_MAX ? e.end : end};
    }
    /* A sentence about a file that is not there. */
    if (starts_at(text, e.start, "sandbox:")) {
        e.start = em_sentence_start(text, e.start);
        e.end = em_sentence_end(text, e.start, link_around(text, e).end - 1);
        return e;
    }
    if (starts_at(text, e.start, "file-service") || starts_at(text, e.start, "ppl-ai"))
        return link_around(text, e);
    if (starts_at(text, e.start, "(start_span)")) {
        open = e.start > 0 && text.data[e.start - 1] == ']'
                   ? bracket_before(text, e.start - 1, '[', ']')
                   : SIZE_MAX;
        e.start = open == SIZE_MAX ? e.start : open;
        return e;
    }
    return bracketed(text, e);
}

/* --- other marks ----------------------------------------------------------------------- */

/* A parameter of an address: the address works without it. */
static struct em_leak_extent parameter(struct em_view text, struct em_leak_extent e)
{
    static const char amp[] = "&amp;";
    while (e.end < text.len &&
           (word_char(text.data[e.end]) ||
            (strchr(".-%", text.data[e.end]) && e.end + 1 < text.len &&
             word_char(text.data[e.end + 1]))))
        e.end++;
    if (ends_at(text, e.start, amp))
        e.start -= sizeof(amp) - 1;
    else if (ends_at(text, e.start, "&"))
        e.start--;
    else if (ends_at(text, e.start, "?") && starts_at(text, e.end, amp))
        e.end += sizeof(amp) - 1;
    else if (ends_at(text, e.start, "?") && starts_at(text, e.end, "&"))
        e.end++;
    else if (ends_at(text, e.start, "?"))
        e.start--;
    return e;
}

/* The last `open` before `at` without a `close` between them; SIZE_MAX: there is none. */
static size_t pair_open(struct em_view text, size_t at, const char *open,
                        const char *close)
{
    while (at > 0) {
        at--;
        if (starts_at(text, at, open))
            return at;
        if (starts_at(text, at, close))
            return SIZE_MAX;
    }
    return SIZE_MAX;
}

/* "<|im_start|>assistant": the role goes with the mark, and what a system turn says. */
static struct em_leak_extent turn_mark(struct em_view text, struct em_leak_extent e)
{
    size_t end = line_find_end(text, e.end - 1, "|>");
    if (!ends_at(text, e.end, ">") && end != SIZE_MAX)
        e.end = end;
    struct em_view hit = em_view_sub(text, e.start, e.end - e.start);
    if (em_view_find(hit, 0, EM_VIEW("_start")) == hit.len &&
        em_view_find(hit, 0, EM_VIEW("start_")) == hit.len)
        return e;
    bool system = starts_at(text, e.end, "system");
    while (e.end < text.len && word_char(text.data[e.end]))
        e.end++;
    if (starts_at(text, e.end, "<|end_header_id|>"))
        e.end += strlen("<|end_header_id|>");
    size_t next = em_view_find(text, e.end, EM_VIEW("<|"));
    if (system && next < text.len)
        e.end = next;
    return e;
}

static struct em_leak_extent prompt(struct em_view text, struct em_leak_extent e)
{
    static const char *const pairs[][2] = {
        {"[INST]", "[/INST]"}, {"<<SYS>>", "<</SYS>>"}, {"<think>", "</think>"}};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (!starts_at(text, e.start, pairs[i][1]))
            continue;
        size_t open = pair_open(text, e.start, pairs[i][0], pairs[i][1]);
        if (open != SIZE_MAX)
            e.start = open;
        else if (i == 2) /* thoughts, as far as they can be told */
            e.start = em_line_marks(text, em_paragraph_start(text, e.start));
        return e;
    }
    return turn_mark(text, e);
}

/* The fence's own line; with a line of chat before it, that too. */
static struct em_leak_extent fence(struct em_view text, struct em_leak_extent e)
{
    size_t end = em_view_find(text, e.start, EM_VIEW("\n"));
    e.end = end < text.len ? end + 1 : text.len;
    size_t before = e.start;
    while (before > 0 && (unsigned char)text.data[before - 1] <= ' ')
        before--;
    if (before > 0)
        e.start = em_paragraph_start(text, before - 1);
    return e;
}

/* "Sure! Here is ...": the word that a chat begins its answer with goes with the answer. */
static size_t opener_start(struct em_view text, size_t start)
{
    static const char *const openers[] = {"Sure", "Certainly", "Absolutely", "Of course"};
    size_t at = start;
    while (at > 0 && extent_space(text.data[at - 1]))
        at--;
    if (at == start || at == 0 || (text.data[at - 1] != '!' && text.data[at - 1] != '.'))
        return start;
    at--;
    for (size_t i = 0; i < sizeof(openers) / sizeof(openers[0]); i++) {
        size_t n = strlen(openers[i]);
        if (ends_at(text, at, openers[i]) && em_sentence_start(text, at - n) == at - n)
            return at - n;
    }
    return start;
}

struct em_leak_extent em_leak_extent(struct em_view text, struct em_view kind,
                                     size_t start, size_t end)
{
    struct em_leak_extent e = {start, end};
    if (end > text.len || start >= end)
        return (struct em_leak_extent){start, start};
    switch (em_leak_reach(kind)) {
    case EM_LEAK_WHOLE_SENTENCE:
        e.start = em_sentence_start(text, start);
        e.end = em_sentence_end(text, e.start, end - 1);
        if (em_view_eq(kind, EM_VIEW("chat-offer")))
            e.start = opener_start(text, e.start);
        return e;
    case EM_LEAK_PARAGRAPH:
        e.start = em_line_marks(text, em_paragraph_start(text, start));
        e.start = e.start < start ? e.start : start;
        e.end = em_paragraph_end(text, end - 1);
        return e;
    case EM_LEAK_MARKER:
        break;
    }
    return em_view_eq(kind, EM_VIEW("citation-marker"))   ? citation(text, e)
           : em_view_eq(kind, EM_VIEW("client-url"))      ? parameter(text, e)
           : em_view_eq(kind, EM_VIEW("prompt-template")) ? prompt(text, e)
           : em_view_eq(kind, EM_VIEW("code-fence"))      ? fence(text, e)
                                                          : e;
}

/* --- companions ------------------------------------------------------------------------ */

static bool line_begins(struct em_view text, size_t at)
{
    return at == 0 || text.data[at - 1] == '\n';
}

/* The last fence, where the one that was opened first is closed by it. */
static bool closing_fence(struct em_view text, size_t from, struct em_leak_extent *out)
{
    size_t fences = 0, last = 0;
    for (size_t i = 0; i < text.len; i++)
        if (line_begins(text, i) && starts_at(text, i, "```")) {
            fences++;
            last = i;
        }
    *out = (struct em_leak_extent){last, last + 3};
    return fences > 1 && fences % 2 == 0 && last >= from;
}

static size_t companion_at(struct em_view text, struct em_view kind, size_t at)
{
    static const char *const prompts[] = {
        "[INST]", "<<SYS>>",           "<think>",          "<s>",
        "</s>",   "<|end_header_id|>", "<|begin_of_text|>"};
    static const char *const citations[] = {"[cite_end]", "(end_span)", "</grok:render>"};
    bool cites = em_view_eq(kind, EM_VIEW("citation-marker"));
    bool prompt_marks = em_view_eq(kind, EM_VIEW("prompt-template"));
    for (size_t i = 0; prompt_marks && i < sizeof(prompts) / sizeof(prompts[0]); i++)
        if (starts_at(text, at, prompts[i]))
            return strlen(prompts[i]);
    for (size_t i = 0; cites && i < sizeof(citations) / sizeof(citations[0]); i++)
        if (starts_at(text, at, citations[i]))
            return strlen(citations[i]);
    if (cites && line_begins(text, at) && starts_at(text, at, ":::") &&
        (at + 3 == text.len || text.data[at + 3] == '\n'))
        return 3;
    size_t marks = 0;
    while (em_view_eq(kind, EM_VIEW("markdown")) && line_begins(text, at) &&
           at + marks < text.len && text.data[at + marks] == '#')
        marks++;
    return marks > 1 && marks < 7 && at + marks < text.len && text.data[at + marks] == ' '
               ? marks + 1
               : 0;
}

bool em_leak_companion(struct em_view text, struct em_view kind, size_t from,
                       struct em_leak_extent *out)
{
    if (em_view_eq(kind, EM_VIEW("code-fence")))
        return closing_fence(text, from, out);
    if (em_leak_reach(kind) != EM_LEAK_MARKER || em_view_eq(kind, EM_VIEW("client-url")))
        return false;
    for (size_t i = from; i < text.len; i++) {
        size_t n = companion_at(text, kind, i);
        if (n == 0)
            continue;
        *out = (struct em_leak_extent){i, i + n};
        /* "[span_3](end_span)": the label goes with it. */
        size_t open = text.data[i] == '(' && i > 0 && text.data[i - 1] == ']'
                          ? bracket_before(text, i - 1, '[', ']')
                          : SIZE_MAX;
        out->start = open == SIZE_MAX ? i : open;
        return true;
    }
    return false;
}

/* --- closing the gap ------------------------------------------------------------------- */

/* Brackets and emphasis with nothing between them. */
static struct em_leak_extent take_empty(struct em_view text, struct em_leak_extent e)
{
    static const char pairs[][2] = {{'(', ')'}, {'[', ']'}, {'*', '*'},
                                    {'_', '_'}, {'"', '"'}, {'`', '`'}};
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
            if (e.start > 0 && e.end < text.len &&
                text.data[e.start - 1] == pairs[i][0] &&
                text.data[e.end] == pairs[i][1]) {
                e.start--;
                e.end++;
                more = true;
            }
    }
    return e;
}

/* Of a line that goes as a whole: its break, so that as many are left as there were on the
 * side that had more. */
static struct em_leak_extent take_breaks(struct em_view text, struct em_leak_extent e)
{
    size_t before = e.start, after = e.end, n_before = 0, n_after = 0;
    while (before > 0 &&
           (text.data[before - 1] == '\n' || extent_space(text.data[before - 1])))
        n_before += text.data[--before] == '\n';
    while (after < text.len &&
           (text.data[after] == '\n' || extent_space(text.data[after])))
        n_after += text.data[after++] == '\n';
    if (after == text.len)
        return (struct em_leak_extent){before, after};
    if (n_after > n_before && before > 0)
        return (struct em_leak_extent){before, e.end};
    /* An indent is the next line's. */
    while (after > e.end && text.data[after - 1] != '\n')
        after--;
    return (struct em_leak_extent){e.start, after};
}

struct em_leak_extent em_leak_close(struct em_view text, struct em_leak_extent e)
{
    if (e.start >= e.end)
        return e;
    e = take_empty(text, e);
    size_t line = e.start, left = e.start, right = e.end;
    while (line > 0 && text.data[line - 1] != '\n')
        line--;
    while (left > line && extent_space(text.data[left - 1]))
        left--;
    while (right < text.len && extent_space(text.data[right]))
        right++;
    bool to_end = right == text.len || text.data[right] == '\n';
    bool from_start = left == line || em_line_marks(text, line) >= e.start;
    bool cell = !to_end && text.data[right] == '|';
    if (from_start && to_end)
        return take_breaks(text, (struct em_leak_extent){line, right});
    if (to_end)
        return (struct em_leak_extent){left, right};
    if (from_start && !cell)
        return (struct em_leak_extent){e.start, right};
    if (left < e.start && (right > e.end || strchr(".,;:!?)]", text.data[right])))
        return right > e.end && !strchr(".,;:!?)]", text.data[right])
                   ? (struct em_leak_extent){e.start, right}
                   : (struct em_leak_extent){left, right};
    return e;
}
