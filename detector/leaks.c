/* SPDX-License-Identifier: Apache-2.0
 *
 * Matching of leaks (see leaks.h) and telling them from quotations.
 *
 * A match is a quotation when a quote mark or back quote stands right before or after it,
 * when it stands between quote marks of one sentence, or when the text before it speaks of
 * phrases, prompts or answers. Marks of citations are only looked at for back quotes and
 * commas on both sides (lists of marks); nobody writes them in a sentence.
 */
#include "detector/leaks.h"

#include "base/alloc.h"

enum { SLOTS = 1024, FILTER_BITS = 4096, NEAR = 160, HOLE_MAX = 40 };

struct slot {
    uint64_t hash;    /* 0: empty */
    uint16_t pattern; /* several patterns of one anchor follow each other */
    uint16_t before;  /* bytes of the pattern before the anchor */
    uint16_t anchor;  /* its bytes */
};

struct em_leaks {
    struct slot slots[SLOTS];
    uint64_t filter[FILTER_BITS / 64];
};

static bool letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The anchor: the longest ASCII word, or else the last sign beyond ASCII (3 bytes). */
static struct em_view anchor_of(const char *pattern)
{
    struct em_view best = {pattern, 0}, sign = {pattern, 0};
    for (const char *p = pattern; *p;) {
        const char *begin = p;
        while (letter(*p))
            p++;
        if (p > begin && p[0] == '\'' && letter(p[1]))
            for (p++; letter(*p);)
                p++;
        bool whole = (unsigned char)*p < 0x80 &&
                     (begin == pattern || (unsigned char)begin[-1] < 0x80 ||
                      (unsigned char)begin[-1] == 0xA0);
        if (p > begin) {
            if (whole && (size_t)(p - begin) > best.len)
                best = em_view_make(begin, (size_t)(p - begin));
            continue;
        }
        if ((unsigned char)*p >= 0xE2)
            sign = em_view_make(p, 3);
        p++;
    }
    return best.len ? best : sign;
}

static uint64_t anchor_hash(struct em_view anchor)
{
    if ((unsigned char)anchor.data[0] < 0x80)
        return em_word_hash(anchor);
    return em_sign_hash(anchor);
}

enum em_status em_leaks_new(struct em_leaks **out)
{
    struct em_leaks *leaks = em_calloc(1, sizeof(*leaks));
    *out = leaks;
    if (!leaks)
        return EM_ERR_NOMEM;
    for (size_t i = 0; i < em_leak_pattern_count; i++) {
        const char *pattern = em_leak_patterns[i].pattern;
        struct em_view anchor = anchor_of(pattern);
        uint64_t hash = anchor_hash(anchor);
        size_t k = (size_t)(hash % SLOTS);
        while (leaks->slots[k].hash != 0)
            k = (k + 1) % SLOTS;
        leaks->slots[k] = (struct slot){
            hash, (uint16_t)i, (uint16_t)(anchor.data - pattern), (uint16_t)anchor.len};
        leaks->filter[(hash % FILTER_BITS) / 64] |= (uint64_t)1 << (hash % 64);
    }
    return EM_OK;
}

void em_leaks_free(struct em_leaks *leaks)
{
    em_free(leaks);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Match p[0..n) backwards from text[at); the beginning of the match, or SIZE_MAX. */
static size_t match_before(struct em_view text, size_t at, const char *p, size_t n)
{
    while (n > 0) {
        char c = p[--n];
        if (c == '#') {
            if (at == 0 || !digit(text.data[at - 1]))
                return SIZE_MAX;
            while (at > 0 && digit(text.data[at - 1]))
                at--;
        } else {
            if (at == 0 || lower(text.data[at - 1]) != c)
                return SIZE_MAX;
            at--;
        }
    }
    return at;
}

/* Match p forwards from text[at); the end of the match, or SIZE_MAX. */
static size_t match_after(struct em_view text, size_t at, const char *p)
{
    for (; *p; p++) {
        size_t from = at;
        if (*p == '#') {
            while (at < text.len && digit(text.data[at]))
                at++;
        } else if (*p == '@') {
            while (at < text.len && at - from < HOLE_MAX && text.data[at] != '[' &&
                   text.data[at] != ']')
                at++;
        } else if (at < text.len && lower(text.data[at]) == *p) {
            at++;
        }
        if (at == from)
            return SIZE_MAX;
    }
    return at;
}

static bool quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

static bool small(char c)
{
    return c >= 'a' && c <= 'z';
}

/* `word` in `text`, any case, from the beginning of a word to its end or to a plural's s; a
 * capital goes on in code only ("assertEqual"). Words it merely begins ("promptly",
 * "assertion") are others. */
static bool contains(struct em_view text, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= text.len; i++) {
        size_t k = 0;
        while (k < n && lower(text.data[i + k]) == word[k])
            k++;
        if (k < n || (i > 0 && small(lower(text.data[i - 1]))))
            continue;
        size_t end = i + n;
        if (end < text.len && text.data[end] == 's')
            end++;
        if (end == text.len || !small(text.data[end]) || !small(word[n - 1]))
            return true;
    }
    return false;
}

/* Words that introduce a quotation or a list of phrases. */
static bool introduced(struct em_view before)
{
    static const char *const words[] = {
        "phrase",        "chatgpt says",   "it said",    "responded with", "its response",
        "regex",         "prompt",         "its answer", "i asked",        "disclaimer",
        "usage: tokens", "answer: (",      "gpt-4:",     "the bot",        "replied:",
        "token",         "literal string", "def test",   "assert",         "boilerplate"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (contains(before, words[i]))
            return true;
    return false;
}

/* Is [start, end) of the normalised text a quotation? `original` bytes around it show back
 * quotes, which normalisation removes. */
static bool quoted(struct em_view text, size_t start, size_t end, struct em_view original,
                   size_t o_start, size_t o_end)
{
    char left = start > 0 ? text.data[start - 1] : ' ';
    char right = end < text.len ? text.data[end] : ' ';
    if (o_start > 0 && original.data[o_start - 1] == '`')
        return true;
    if (o_end < original.len && original.data[o_end] == '`')
        return true;
    if ((quote(left) && left != '\'') || (left == '\'' && right == '\''))
        return true;
    size_t near = start > NEAR ? start - NEAR : 0;
    /* An odd number of double quotes before it in its line of thought, and one after. */
    size_t marks = 0, after = end < text.len ? text.len - end : 0;
    for (size_t i = near; i < start; i++)
        marks += text.data[i] == '"';
    if (after > 2 * NEAR)
        after = 2 * NEAR;
    bool closes = after > 0 && memchr(text.data + end, '"', after) != NULL;
    if (marks % 2 == 1 && closes)
        return true;
    return introduced(em_view_make(text.data + near, start - near));
}

static bool begins_sentence(struct em_view text, size_t start)
{
    while (start > 0 && text.data[start - 1] == ' ')
        start--;
    if (start == 0)
        return true;
    char c = text.data[start - 1];
    return c == '.' || c == '!' || c == '?' || c == ':' || c == '>' || c == ')' ||
           (unsigned char)c >= 0x80;
}

struct finder {
    const struct em_leaks *leaks;
    const struct em_normal *normal;
    struct em_view text, original, published;
    struct em_leak *out;
    size_t n, max;
};

/* Keep the heavier of matches that overlap. */
static void keep(struct finder *f, const struct em_leak *leak)
{
    if (f->n > 0 && leak->start < f->out[f->n - 1].end) {
        if (leak->log_odds > f->out[f->n - 1].log_odds)
            f->out[f->n - 1] = *leak;
        return;
    }
    if (f->n < f->max)
        f->out[f->n++] = *leak;
}

static void try_pattern(struct finder *f, const struct slot *slot, size_t at)
{
    const struct em_leak_pattern *p = &em_leak_patterns[slot->pattern];
    size_t start = match_before(f->text, at, p->pattern, slot->before);
    size_t end =
        match_after(f->text, at + slot->anchor, p->pattern + slot->before + slot->anchor);
    if (start == SIZE_MAX || end == SIZE_MAX)
        return;
    if (p->place == EM_LEAK_SENTENCE && !begins_sentence(f->text, start))
        return;
    size_t n = strlen(p->since);
    if (f->published.len >= n && memcmp(f->published.data, p->since, n) < 0)
        return;
    uint32_t o_start = em_normal_original(f->normal, (uint32_t)start);
    uint32_t o_end = em_normal_original_end(f->normal, (uint32_t)end);
    if (o_end > f->original.len || o_end <= o_start)
        o_end = o_start;
    if (quoted(f->text, start, end, f->original, o_start, o_end))
        return;
    struct em_leak leak = {p->kind, em_view_sub(f->original, o_start, o_end - o_start),
                           o_start, o_end, p->log_odds};
    keep(f, &leak);
}

/* A whole post inside a Markdown fence, with or without a line before it. */
static void find_fence(struct finder *f)
{
    static const char *const fences[] = {
        "```markdown\n---", "```yaml\ntitle:", "```markdown\n#", "```html\n<h"};
    struct em_view head = em_view_sub(f->original, 0, 400);
    for (size_t i = 0; i < sizeof(fences) / sizeof(fences[0]); i++) {
        struct em_view fence = em_view_of(fences[i]);
        size_t at = em_view_find(head, 0, fence);
        /* A heading in a fence further down is an example. */
        if (at == head.len || (at > 0 && (i > 1 || head.data[at - 1] != '\n')))
            continue;
        struct em_leak leak = {"code-fence", em_view_sub(f->original, at, fence.len),
                               (uint32_t)at, (uint32_t)(at + fence.len),
                               at == 0 ? 5.0f : 3.0f};
        keep(f, &leak);
        return;
    }
}

size_t em_leaks_find(const struct em_leaks *leaks, const struct em_normal *normal,
                     const struct em_tokens *tokens, struct em_view original,
                     struct em_view published, struct em_leak *out, size_t max)
{
    struct finder f = {leaks,    normal,    em_view_make(normal->text, normal->len),
                       original, published, out,
                       0,        max};
    if (normal->counts.fences > 0)
        find_fence(&f);
    for (size_t i = 0; i < tokens->n; i++) {
        uint64_t hash = tokens->tokens[i].word;
        if (EM_LIKELY(!(leaks->filter[(hash % FILTER_BITS) / 64] >> (hash % 64) & 1)))
            continue;
        for (size_t k = (size_t)(hash % SLOTS); leaks->slots[k].hash != 0;
             k = (k + 1) % SLOTS)
            if (leaks->slots[k].hash == hash)
                try_pattern(&f, &leaks->slots[k], tokens->tokens[i].start);
    }
    return f.n;
}

double em_leaks_log_odds(const struct em_leak *leaks, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        bool heaviest = true;
        for (size_t k = 0; k < n && heaviest; k++)
            if (strcmp(leaks[k].kind, leaks[i].kind) == 0)
                heaviest = leaks[k].log_odds < leaks[i].log_odds ||
                           (leaks[k].log_odds <= leaks[i].log_odds && k >= i);
        if (heaviest)
            sum += (double)leaks[i].log_odds;
    }
    return sum < EM_LEAKS_MOST ? sum : EM_LEAKS_MOST;
}
