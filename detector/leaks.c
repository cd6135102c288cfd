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
#include "base/utf8.h"

#include <math.h>

enum {
    SLOTS = 1024,
    FILTER_BITS = 4096,
    NEAR = 160,
    HOLE_MAX = 40,
    LABELLED_LEAST = 5,
    TAG_MAX = 400
};

#define CLIENT_URL "client-url"

struct slot {
    uint64_t hash;    /* 0: empty */
    uint16_t pattern; /* several patterns of one anchor follow each other */
    uint16_t before;  /* bytes of the pattern before the anchor */
    uint16_t anchor;  /* its bytes */
};

struct em_leaks {
    struct slot slots[SLOTS];
    uint64_t filter[FILTER_BITS / 64];
    float weights[SLOTS]; /* of the patterns */
};

static bool leaks_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool leaks_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* --- what a pattern weighs ---------------------------------------------------------------- */

/* One imagined place, divided as the prior has it, keeps small counts in bounds: no places
 * weigh nothing. */
static double evidence_weight(const struct em_leak_evidence *e)
{
    double odds = (e->real + EM_LEAK_PRIOR) / (e->of - e->real + 1 - EM_LEAK_PRIOR);
    return fmax(0, log(odds * (1 - EM_LEAK_PRIOR) / EM_LEAK_PRIOR));
}

double em_leak_weight(const struct em_leak_pattern *p)
{
    const struct em_leak_evidence *e = &em_leak_evidence[p->evidence];
    double weight = e->of > 0                      ? evidence_weight(e)
                    : p->machine >= LABELLED_LEAST ? EM_LEAK_UNSEEN
                                                   : EM_LEAK_UNSEEN / 2;
    if (p->human > 0 || (e->of == 0 && p->machine >= LABELLED_LEAST)) {
        double machine = (p->machine + 0.5) / (EM_LEAK_MACHINE_TEXTS + 1);
        double human = (p->human + 0.5) / (EM_LEAK_HUMAN_TEXTS + 1);
        weight = fmin(weight, log(machine / human));
    }
    return fmax(0, weight);
}

/* --- patterns by their anchors ------------------------------------------------------------ */

static bool cyrillic(const char *p)
{
    return (unsigned char)p[0] == 0xD0 || (unsigned char)p[0] == 0xD1;
}

/* Ideographs: words of one sign; not the punctuation of U+3000-303F. */
static bool ideograph(const char *p)
{
    unsigned char lead = (unsigned char)p[0];
    return lead >= 0xE4 && lead <= 0xE9;
}

/* The anchor: the longest ASCII word (of equals the last, what stands before it may be glued
 * to another word: "citeturn0news1"), else the longest Cyrillic one, else the last sign. */
static struct em_view anchor_of(const char *pattern)
{
    struct em_view best = {pattern, 0}, other = {pattern, 0}, sign = {pattern, 0};
    for (const char *p = pattern; *p;) {
        const char *begin = p;
        while (leaks_letter(*p))
            p++;
        if (p > begin && p[0] == '\'' && leaks_letter(p[1]))
            for (p++; leaks_letter(*p);)
                p++;
        bool whole = (unsigned char)*p < 0x80 &&
                     (begin == pattern || (unsigned char)begin[-1] < 0x80 ||
                      (unsigned char)begin[-1] == 0xA0);
        if (p > begin) {
            if (whole && (size_t)(p - begin) >= best.len)
                best = em_view_make(begin, (size_t)(p - begin));
            continue;
        }
        while (cyrillic(p))
            p += 2;
        if (p > begin) {
            if ((size_t)(p - begin) > other.len)
                other = em_view_make(begin, (size_t)(p - begin));
            continue;
        }
        if ((unsigned char)*p >= 0xE2)
            sign = em_view_make(p, 3);
        p++;
    }
    if (other.len)
        return other;
    return best.len ? best : sign;
}

static uint64_t anchor_hash(struct em_view anchor)
{
    bool word = (unsigned char)*anchor.data < 0x80 || cyrillic(anchor.data) ||
                ideograph(anchor.data);
    return word ? em_word_hash(anchor) : em_sign_hash(anchor);
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
        leaks->weights[i] = (float)em_leak_weight(&em_leak_patterns[i]);
        leaks->filter[(hash % FILTER_BITS) / 64] |= (uint64_t)1 << (hash % 64);
    }
    return EM_OK;
}

void em_leaks_free(struct em_leaks *leaks)
{
    em_free(leaks);
}

static char leaks_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* Latin-1 and Cyrillic capitals as small letters; patterns have no other ones. */
static uint32_t small_letter(uint32_t cp)
{
    if ((cp >= 0xC0 && cp <= 0xDE) || (cp >= 0x0410 && cp <= 0x042F))
        return cp + 32;
    return cp;
}

/* Bytes of the text at `at` that equal the character at p, capital or small; 0: none do. */
static size_t same_at(struct em_view text, size_t at, const char *p, size_t *read)
{
    *read = 1;
    if (at >= text.len)
        return 0;
    if ((unsigned char)*p < 0x80)
        return leaks_lower(text.data[at]) == *p;
    uint32_t want, got;
    *read = em_utf8_decode(p, p + strlen(p), &want);
    size_t n = em_utf8_decode(text.data + at, text.data + text.len, &got);
    return small_letter(got) == want ? n : 0;
}

/* Match p[0..n) backwards from text[at); the beginning of the match, or SIZE_MAX. What
 * stands before an anchor beyond ASCII has as many bytes in capitals as in small letters. */
static size_t match_before(struct em_view text, size_t at, const char *p, size_t n)
{
    while (n > 0) {
        size_t read;
        char c = p[--n];
        if (c == '#') {
            if (at == 0 || !leaks_digit(text.data[at - 1]))
                return SIZE_MAX;
            while (at > 0 && leaks_digit(text.data[at - 1]))
                at--;
            continue;
        }
        while (((unsigned char)p[n] & 0xC0) == 0x80)
            n--;
        size_t back = em_utf8_decode(p + n, p + n + strlen(p + n), &(uint32_t){0});
        if (at < back || same_at(text, at - back, p + n, &read) != back)
            return SIZE_MAX;
        at -= back;
    }
    return at;
}

/* Match p forwards from text[at); the end of the match, or SIZE_MAX. */
static size_t match_after(struct em_view text, size_t at, const char *p)
{
    for (size_t read = 1; *p; p += read) {
        size_t from = at;
        read = 1;
        if (*p == '#') {
            while (at < text.len && leaks_digit(text.data[at]))
                at++;
        } else if (*p == '@') {
            while (at < text.len && at - from < HOLE_MAX && text.data[at] != '[' &&
                   text.data[at] != ']')
                at++;
        } else {
            at += same_at(text, at, p, &read);
        }
        if (at == from)
            return SIZE_MAX;
    }
    return at;
}

static bool leaks_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

static bool leaks_small(char c)
{
    return c >= 'a' && c <= 'z';
}

/* `word` in `text`, any case, from the beginning of a word to its end or to a plural's s; a
 * capital continues in code only ("assertEqual"). Words it merely begins ("promptly",
 * "assertion") are others. */
static bool contains(struct em_view text, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= text.len; i++) {
        size_t k = 0;
        while (k < n && leaks_lower(text.data[i + k]) == word[k])
            k++;
        if (k < n || (i > 0 && leaks_small(leaks_lower(text.data[i - 1]))))
            continue;
        size_t end = i + n;
        if (end < text.len && text.data[end] == 's')
            end++;
        if (end == text.len || !leaks_small(text.data[end]) || !leaks_small(word[n - 1]))
            return true;
    }
    return false;
}

/* Words that introduce a quotation or a list of phrases. */
static bool introduced(struct em_view before)
{
    static const char *const words[] = {
        "phrase",         "chatgpt says", "it said",       "responded with",
        "its response",   "regex",        "prompt",        "its answer",
        "i asked",        "disclaimer",   "usage: tokens", "answer: (",
        "gpt-4:",         "the bot",      "replied:",      "token",
        "literal string", "def test",     "assert",        "boilerplate",
        "chatgpt:",       "assistant:",   "chatgpt said",  "you said",
        "copilot:"};
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
    if ((leaks_quote(left) && left != '\'') || (left == '\'' && right == '\''))
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

/* Is a day known to be before a month? */
static bool earlier(struct em_view published, const char *since)
{
    size_t n = strlen(since);
    return published.len >= n && memcmp(published.data, since, n) < 0;
}

struct finder {
    const struct em_leaks *leaks;
    const struct em_normal *normal;
    struct em_view text, original, published;
    struct em_leak *out;
    struct em_leak_hit *hits; /* instead of `out`, by em_leaks_hits() */
    size_t n, max;
};

/* Keep the heavier of matches that overlap. */
static void leaks_keep(struct finder *f, const struct em_leak *leak)
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
    if (earlier(f->published, p->since))
        return;
    uint32_t o_start = em_normal_original(f->normal, (uint32_t)start);
    uint32_t o_end = em_normal_original_end(f->normal, (uint32_t)end);
    if (o_end > f->original.len || o_end <= o_start)
        o_end = o_start;
    bool quotation = quoted(f->text, start, end, f->original, o_start, o_end);
    if (f->hits && f->n < f->max)
        f->hits[f->n++] = (struct em_leak_hit){(uint32_t)start, (uint32_t)end,
                                               slot->pattern, quotation};
    if (f->hits || quotation)
        return;
    struct em_leak leak = {p->kind, em_view_sub(f->original, o_start, o_end - o_start),
                           o_start, o_end, f->leaks->weights[slot->pattern]};
    leaks_keep(f, &leak);
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
        const struct em_leak_evidence *e =
            &em_leak_evidence[at == 0 ? EM_LEAK_EVIDENCE_FENCE
                                      : EM_LEAK_EVIDENCE_FENCE_LATER];
        struct em_leak leak = {"code-fence", em_view_sub(f->original, at, fence.len),
                               (uint32_t)at, (uint32_t)(at + fence.len),
                               (float)evidence_weight(e)};
        leaks_keep(f, &leak);
        return;
    }
}

static void find_patterns(struct finder *f, const struct em_tokens *tokens)
{
    const struct em_leaks *leaks = f->leaks;
    for (size_t i = 0; i < tokens->n; i++) {
        uint64_t hash = tokens->tokens[i].word;
        if (EM_LIKELY(!(leaks->filter[(hash % FILTER_BITS) / 64] >> (hash % 64) & 1)))
            continue;
        for (size_t k = (size_t)(hash % SLOTS); leaks->slots[k].hash != 0;
             k = (k + 1) % SLOTS)
            if (leaks->slots[k].hash == hash)
                try_pattern(f, &leaks->slots[k], tokens->tokens[i].start);
    }
}

size_t em_leaks_find(const struct em_leaks *leaks, const struct em_normal *normal,
                     const struct em_tokens *tokens, struct em_view original,
                     struct em_view published, struct em_leak *out, size_t max)
{
    struct finder f = {.leaks = leaks,
                       .normal = normal,
                       .text = em_view_make(normal->text, normal->len),
                       .original = original,
                       .published = published,
                       .out = out,
                       .max = max};
    if (normal->counts.fences > 0)
        find_fence(&f);
    find_patterns(&f, tokens);
    return f.n;
}

/* The pattern that stands at `at` of the page, or em_leak_pattern_count. */
static size_t client_at(struct em_view page, size_t at)
{
    for (size_t i = 0; i < em_leak_pattern_count; i++) {
        struct em_view pattern = em_view_of(em_leak_patterns[i].pattern);
        if (strcmp(em_leak_patterns[i].kind, CLIENT_URL) == 0 &&
            em_view_eq(em_view_sub(page, at, pattern.len), pattern))
            return i;
    }
    return em_leak_pattern_count;
}

/* Leaks are in the order of the text. */
static void leaks_insert(struct em_leak *out, size_t n, const struct em_leak *leak)
{
    for (; n > 0 && out[n - 1].start > leak->start; n--)
        out[n] = out[n - 1];
    out[n] = *leak;
}

size_t em_leaks_add_link(const struct em_leaks *leaks, const struct em_doc *doc,
                         struct em_leak *out, size_t n, size_t max)
{
    struct em_view page = doc->source;
    for (size_t i = 0; i < n; i++)
        if (strcmp(out[i].kind, CLIENT_URL) == 0)
            return n;
    size_t block = 0;
    for (size_t at = 0; n < max && block < doc->n_blocks; at++) {
        at = em_view_find(page, at, EM_VIEW("utm_source="));
        if (at >= page.len)
            return n;
        /* The tag of a link that begins its block stands in front of it. */
        while (block < doc->n_blocks && doc->blocks[block].page_end <= at)
            block++;
        if (block == doc->n_blocks || !(doc->blocks[block].flags & EM_BLOCK_MAIN) ||
            at + TAG_MAX < doc->blocks[block].page_start)
            continue;
        size_t pattern = client_at(page, at);
        if (pattern == em_leak_pattern_count ||
            earlier(doc->published, em_leak_patterns[pattern].since))
            continue;
        uint32_t place = doc->blocks[block].start;
        struct em_leak leak = {
            CLIENT_URL, em_view_sub(page, at, strlen(em_leak_patterns[pattern].pattern)),
            place, place, leaks->weights[pattern]};
        leaks_insert(out, n, &leak);
        return n + 1;
    }
    return n;
}

size_t em_leaks_add_markdown(const struct em_doc *doc, struct em_leak *out, size_t n,
                             size_t max)
{
    struct em_leak leak = {.kind = NULL};
    size_t headings = 0;
    for (size_t i = 0; doc->source.len > 0 && i < doc->n_blocks; i++) {
        const struct em_block *b = &doc->blocks[i];
        struct em_view block = em_view_sub(doc->text, b->start, b->end - b->start);
        size_t marks = 0;
        while (marks < block.len && block.data[marks] == '#')
            marks++;
        if (marks < 2 || marks > 6 || marks + 1 >= block.len ||
            block.data[marks] != ' ' || !leaks_letter(block.data[marks + 1]) ||
            b->kind == EM_BLOCK_PREFORMATTED || !(b->flags & EM_BLOCK_MAIN))
            continue;
        if (headings++ == 0) {
            leak.start = b->start;
            leak.end = (uint32_t)(b->start + marks + 1);
        }
    }
    if (headings < 2 || n == max)
        return n;
    leak.kind = "markdown";
    leak.text = em_view_sub(doc->text, leak.start, leak.end - leak.start);
    leak.log_odds = (float)(EM_LEAK_UNSEEN / 2);
    leaks_insert(out, n, &leak);
    return n + 1;
}

size_t em_leaks_hits(const struct em_leaks *leaks, const struct em_normal *normal,
                     const struct em_tokens *tokens, struct em_view original,
                     struct em_leak_hit *out, size_t max)
{
    struct finder f = {.leaks = leaks,
                       .normal = normal,
                       .text = em_view_make(normal->text, normal->len),
                       .original = original,
                       .published = EM_VIEW_NONE,
                       .hits = out,
                       .max = max};
    find_patterns(&f, tokens);
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
