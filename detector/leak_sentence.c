/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/leak_sentence.h"

#include <stdbool.h>

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool ascii_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool ascii_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool ascii_letter(char c)
{
    return ascii_lower(c) || (c >= 'A' && c <= 'Z');
}

/* So many marks close after one sentence, and so many bytes before they were opened: text
 * that consists of them takes no longer to read than other text. */
enum { CLOSERS_MAX = 16, OPENED_WITHIN = 1000 };

static size_t line_start(struct em_view text, size_t at)
{
    while (at > 0 && text.data[at - 1] != '\n')
        at--;
    return at;
}

static size_t line_end(struct em_view text, size_t at)
{
    while (at < text.len && text.data[at] != '\n')
        at++;
    return at;
}

/* The mark of a list, a heading, a quotation or a table's cell at `at`, with the space after
 * it; 0: there is none. */
static size_t mark_length(struct em_view text, size_t at)
{
    size_t n = 0;
    struct em_view rest = em_view_sub(text, at, text.len);
    if (em_view_starts(rest, EM_VIEW("\xE2\x80\xA2"))) /* bullet */
        n = 3;
    else if (rest.len && (*rest.data == '-' || *rest.data == '*' || *rest.data == '+' ||
                          *rest.data == '>' || *rest.data == '|'))
        n = 1;
    else
        while (n < rest.len && n < 6 && rest.data[n] == '#')
            n++;
    if (n == 0 && rest.len && ascii_digit(*rest.data)) {
        while (n < rest.len && n < 3 && ascii_digit(rest.data[n]))
            n++;
        n = n < rest.len && (rest.data[n] == '.' || rest.data[n] == ')') ? n + 1 : 0;
    }
    if (n == 0 || (n < rest.len && !blank(rest.data[n]) && rest.data[n] != '\n'))
        return 0;
    return n;
}

size_t em_line_marks(struct em_view text, size_t at)
{
    for (;;) {
        while (at < text.len && blank(text.data[at]))
            at++;
        size_t n = mark_length(text, at);
        if (n == 0)
            return at;
        at += n;
    }
}

/* Length of the character that ends a sentence and ends at `at`; 0: none does. */
static size_t terminator_before(struct em_view text, size_t at)
{
    static const char *const wide[] = {"\xE3\x80\x82", "\xEF\xBC\x81", "\xEF\xBC\x9F",
                                       "\xE2\x80\xA6"};
    if (at > 0 && (text.data[at - 1] == '.' || text.data[at - 1] == '!' ||
                   text.data[at - 1] == '?'))
        return 1;
    for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]) && at >= 3; i++)
        if (memcmp(text.data + at - 3, wide[i], 3) == 0)
            return 3;
    return 0;
}

static bool closer(char c)
{
    return c == '"' || c == '\'' || c == ')' || c == ']' || c == '*' || c == '_' ||
           c == '`';
}

/* Back over quote marks, brackets and emphasis that close after a terminator. */
static size_t before_closers(struct em_view text, size_t at)
{
    for (int n = 0; n < CLOSERS_MAX && at > 0; n++) {
        if (closer(text.data[at - 1]))
            at--;
        else if (at >= 3 && (memcmp(text.data + at - 3, "\xE2\x80\x9D", 3) == 0 ||
                             memcmp(text.data + at - 3, "\xE2\x80\x99", 3) == 0))
            at -= 3;
        else
            break;
    }
    return at;
}

/* "Dr.", "e.g.", "J.": the full stop at `at` - 1 ends no sentence. */
static bool abbreviates(struct em_view text, size_t at)
{
    static const char *const words[] = {
        "mr",  "mrs", "ms",     "dr",  "prof", "st",  "vs",  "etc", "e.g",
        "i.e", "cf",  "no",     "vol", "fig",  "al",  "inc", "ltd", "jr",
        "sr",  "ca",  "approx", "p",   "pp",   "bzw", "z.b", "d.h"};
    char word[8] = {0};
    size_t from = at - 1;
    while (from > 0 && (ascii_letter(text.data[from - 1]) || text.data[from - 1] == '.'))
        from--;
    size_t n = at - 1 - from;
    if (n == 0 || n >= sizeof(word))
        return false;
    for (size_t i = 0; i < sizeof(word) - 1 && i < n; i++)
        word[i] = (char)(text.data[from + i] | 0x20);
    if (n == 1 && word[0] != 'i')
        return true;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

/* A full stop after a short word, before a small letter, abbreviates more often than not. */
static bool short_word(struct em_view text, size_t stop)
{
    size_t letters = 0;
    while (letters < stop && ascii_letter(text.data[stop - 1 - letters]))
        letters++;
    return letters < 4;
}

/* Does a sentence end in [.., at)? `next` is the first character after the space there. */
static bool ends_sentence(struct em_view text, size_t at, size_t next)
{
    size_t end = before_closers(text, at), n = terminator_before(text, end);
    if (n == 0)
        return false;
    if (next == at) /* no space: in Chinese and Japanese only */
        return n == 3 && text.data[end - 3] != '\xE2';
    if (text.data[end - 1] != '.')
        return true;
    bool small = next < text.len && ascii_lower(text.data[next]);
    return !(small && short_word(text, end - 1)) && !abbreviates(text, end);
}

/* Was the line wrapped at the break at `at`, so that the sentence continues? */
static bool wrapped(struct em_view text, size_t at)
{
    enum { SHORTEST = 50, LONGEST = 100 };
    size_t end = at, start = line_start(text, at), next = at + 1;
    while (end > start && blank(text.data[end - 1]))
        end--;
    if (end == start || next >= text.len || line_end(text, next) == next)
        return false;
    if (em_line_marks(text, next) != next || text.data[start] == '#')
        return false;
    if (terminator_before(text, before_closers(text, end)) || text.data[end - 1] == ':')
        return false;
    return text.data[end - 1] == ',' || ascii_lower(text.data[next]) ||
           (end - start >= SHORTEST && end - start <= LONGEST);
}

size_t em_paragraph_start(struct em_view text, size_t at)
{
    while (at > 0 && !(text.data[at - 1] == '\n' && !wrapped(text, at - 1)))
        at--;
    return at;
}

size_t em_paragraph_end(struct em_view text, size_t at)
{
    while (at < text.len && !(text.data[at] == '\n' && !wrapped(text, at)))
        at++;
    return at;
}

static bool in_table(struct em_view text, size_t at)
{
    size_t start = line_start(text, at);
    while (start < at && blank(text.data[start]))
        start++;
    return start < text.len && text.data[start] == '|';
}

size_t em_sentence_start(struct em_view text, size_t at)
{
    size_t first = em_paragraph_start(text, at), marks = em_line_marks(text, first);
    if (marks <= at)
        first = marks;
    bool cells = in_table(text, at);
    for (size_t i = at < text.len ? at : text.len; i > first; i--) {
        if (i == text.len)
            continue;
        if (cells && text.data[i - 1] == '|') {
            while (i < at && blank(text.data[i]))
                i++;
            return i;
        }
        if (blank(text.data[i]) || text.data[i] == '\n' ||
            ((unsigned char)text.data[i] & 0xC0) == 0x80)
            continue;
        size_t back = i;
        while (back > first &&
               (blank(text.data[back - 1]) || text.data[back - 1] == '\n'))
            back--;
        if (back > first && ends_sentence(text, back, i))
            return i;
    }
    return first;
}

/* How many of `c` stand in [start, end). */
static size_t count_of(struct em_view text, size_t start, size_t end, char c)
{
    size_t n = 0;
    for (size_t i = start; i < end; i++)
        n += text.data[i] == c;
    return n;
}

/* After the closers at `at` that were opened since `start`. */
static size_t take_closers(struct em_view text, size_t start, size_t at)
{
    if (at - start > OPENED_WITHIN)
        start = at - OPENED_WITHIN;
    for (int n = 0; n < CLOSERS_MAX && at < text.len && closer(text.data[at]);
         n++, at++) {
        char c = text.data[at];
        bool open =
            c == ')'   ? count_of(text, start, at, '(') > count_of(text, start, at, ')')
            : c == ']' ? count_of(text, start, at, '[') > count_of(text, start, at, ']')
                       : count_of(text, start, at, c) % 2 == 1;
        /* "**" is opened by two. */
        if (!open && !(at + 1 < text.len && text.data[at + 1] == c &&
                       count_of(text, start, at, c) >= 2 && (c == '*' || c == '_')))
            break;
    }
    if (em_view_starts(em_view_sub(text, at, text.len), EM_VIEW("\xE2\x80\x9D")) &&
        em_view_find(em_view_sub(text, start, at - start), 0, EM_VIEW("\xE2\x80\x9C")) <
            at - start)
        at += 3;
    return at;
}

size_t em_sentence_end(struct em_view text, size_t start, size_t at)
{
    size_t last = em_paragraph_end(text, at);
    bool cells = in_table(text, at);
    for (size_t i = at; i < last; i++) {
        if (cells && text.data[i] == '|') {
            while (i > at && blank(text.data[i - 1]))
                i--;
            return i;
        }
        if (terminator_before(text, i + 1) == 0)
            continue;
        size_t behind = i + 1;
        while (behind < last && terminator_before(text, behind + 1) == 1)
            behind++;
        size_t end = take_closers(text, start, behind), next = end;
        while (next < last && (blank(text.data[next]) || text.data[next] == '\n'))
            next++;
        if (next == last || ends_sentence(text, end, next) ||
            ends_sentence(text, behind, next))
            return end;
        i = behind - 1;
    }
    while (last > at && blank(text.data[last - 1]))
        last--;
    return last;
}
