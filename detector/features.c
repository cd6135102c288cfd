/* SPDX-License-Identifier: Apache-2.0
 *
 * Text to windows of features (see features.h): normalise, tokens, then each window's
 * n-grams and style. Working memory is kept between texts.
 */
#include "detector/features_int.h"

#include "base/alloc.h"
#include "base/limits.h"
#include "detector/disguise.h"
#include "detector/run_together.h"

/* A window may end this many words later than planned, where a sentence ends. */
enum { WINDOW_SLACK = 30 };

/* A piece ends with the first sentence that brings it to PIECE_MIN words (PIECE_LEAST where
 * a line ends as well: authors change between paragraphs), or at PIECE_MAX. Shorter ones
 * say too little by themselves, longer ones blur where authors change. */
enum { PIECE_LEAST = 8, PIECE_MIN = 20, PIECE_MAX = 60 };

enum em_status em_features_new(struct em_features **out, const char *lang,
                               struct em_view vocabulary, struct em_view dictionary,
                               struct em_err *err)
{
    struct em_features *f = em_calloc(1, sizeof(*f));
    *out = NULL;
    if (!f)
        return em_fail(err, EM_ERR_NOMEM, "features", "out of memory");
    f->unspaced = em_lang_unspaced(em_view_of(lang));
    em_normal_init(&f->normal);
    em_tokens_init(&f->tokens);
    em_repeats_init(&f->repeats);
    em_style_init(&f->style);
    if (em_ngrams_init(&f->ngrams, dictionary) < 0 ||
        em_lexicon_new(&f->lexicon, vocabulary) < 0) {
        em_features_free(f);
        return em_fail(err, EM_ERR_NOMEM, "features", "out of memory");
    }
    *out = f;
    return EM_OK;
}

void em_features_free(struct em_features *features)
{
    if (!features)
        return;
    em_lexicon_free(features->lexicon);
    em_normal_release(&features->normal);
    em_tokens_release(&features->tokens);
    em_repeats_release(&features->repeats);
    em_ngrams_release(&features->ngrams);
    em_free(features->windows);
    em_free(features->first);
    em_free(features->ids);
    em_free(features->styles);
    em_free(features->pieces);
    em_free(features->parts);
    em_free(features);
}

static enum em_status tokenise(struct em_features *f)
{
    return em_tokenise(&f->tokens, f->lexicon,
                       em_view_make(f->normal.text, f->normal.len), f->unspaced,
                       EM_MAX_SCORED_WORDS, &f->read);
}

enum em_status em_features_tokens(struct em_features *f, struct em_view text)
{
    f->n_windows = f->n_pieces = f->repeats.n = 0;
    EM_TRY(em_normalise(&f->normal, text));
    EM_TRY(tokenise(f));
    if (f->unspaced)
        return EM_OK;
    bool changed;
    if (EM_UNLIKELY(em_run_together_possible(&f->tokens, f->read))) {
        EM_TRY(em_run_together_undo(&f->normal, f->lexicon, f->ngrams.tags, &changed));
        return changed ? tokenise(f) : EM_OK;
    }
    if (EM_LIKELY(!em_disguise_possible(&f->tokens, f->normal.text)))
        return EM_OK;
    EM_TRY(
        em_disguise_undo(&f->normal, f->lexicon, &f->tokens, f->ngrams.tags, &changed));
    return changed ? tokenise(f) : EM_OK;
}

enum em_status em_features_distinct(struct em_features *f)
{
    return em_repeats_drop(&f->repeats, &f->tokens, f->normal.text, f->unspaced);
}

static enum em_status features_grow(void **items, size_t n, size_t size)
{
    void *grown = em_realloc_array(*items, n, size);
    if (!grown)
        return EM_ERR_NOMEM;
    *items = grown;
    return EM_OK;
}

/* How many windows, and room for all that they hold. */
static enum em_status features_room(struct em_features *f, uint32_t words_per_window,
                                    size_t *k)
{
    size_t words = f->tokens.words, n = 1;
    if (words_per_window > 0 && 2 * words > 3 * (size_t)words_per_window)
        n = (words + words_per_window / 2) / words_per_window;
    *k = n;
    if (n > f->cap_windows) {
        size_t cap = 2 * n;
        void *grown = em_realloc_array(f->windows, cap, sizeof(*f->windows));
        if (!grown)
            return EM_ERR_NOMEM;
        f->windows = grown;
        grown = em_realloc_array(f->first, cap + 1, sizeof(*f->first));
        if (!grown)
            return EM_ERR_NOMEM;
        f->first = grown;
        f->cap_windows = cap;
    }
    size_t styles = n * em_style_count(), ids = f->tokens.n * EM_NGRAM_FAMILIES + n;
    size_t pieces = f->cut ? n + f->repeats.n + f->tokens.words / PIECE_LEAST : 0;
    if (pieces > f->cap_pieces) {
        EM_TRY(features_grow((void **)&f->pieces, 2 * pieces, sizeof(*f->pieces)));
        EM_TRY(features_grow((void **)&f->parts, 2 * pieces, sizeof(*f->parts)));
        f->cap_pieces = 2 * pieces;
    }
    if (styles > f->cap_styles) {
        void *grown = em_realloc_array(f->styles, 2 * styles, sizeof(*f->styles));
        if (!grown)
            return EM_ERR_NOMEM;
        f->styles = grown;
        f->cap_styles = 2 * styles;
    }
    if (ids > f->cap_ids) {
        void *grown = em_realloc_array(f->ids, ids + ids / 2, sizeof(*f->ids));
        if (!grown)
            return EM_ERR_NOMEM;
        f->ids = grown;
        f->cap_ids = ids + ids / 2;
    }
    return EM_OK;
}

/* The end of the window that begins at token `from`: where the text's words so far reach
 * `target`, or the next sentence end if it is near. *words is advanced. */
static size_t window_end(const struct em_features *f, size_t from, size_t target,
                         size_t *words)
{
    const struct em_token *tokens = f->tokens.tokens;
    size_t n = f->tokens.n, i = from, cut = 0, cut_words = 0;
    for (; i < n && *words < target; i++)
        *words += tokens[i].kind != EM_TOKEN_SIGN;
    for (size_t j = i, w = *words; j < n && w < target + WINDOW_SLACK && !cut; j++) {
        w += tokens[j].kind != EM_TOKEN_SIGN;
        if (em_sentence_ends(tokens, n, j, f->normal.text)) {
            cut = j + 1;
            cut_words = w;
        }
    }
    if (i > from && em_sentence_ends(tokens, n, i - 1, f->normal.text))
        return i;
    if (!cut)
        return i;
    *words = cut_words;
    return cut;
}

/* Does a line of the original end after token i? */
static bool line_ends(const struct em_features *f, size_t i)
{
    const struct em_token *t = &f->tokens.tokens[i];
    uint32_t at = em_normal_original_end(&f->normal, t->start + t->len);
    for (; at < f->normal.source_len; at++) {
        char c = f->normal.source[at];
        if (c == '\n' || c == '\r')
            return true;
        if (c != ' ' && c != '\t')
            return false;
    }
    return false;
}

/* Was something taken out after token i? */
static bool repeat_follows(const struct em_features *f, size_t i)
{
    size_t low = 0, high = f->repeats.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (f->repeats.found[middle].at < i + 1)
            low = middle + 1;
        else
            high = middle;
    }
    return low < f->repeats.n && f->repeats.found[low].at == i + 1;
}

static bool piece_ends(const struct em_features *f, size_t i, uint32_t words)
{
    const struct em_token *tokens = f->tokens.tokens;
    if (words >= PIECE_MAX)
        return true;
    if (EM_UNLIKELY(f->repeats.n > 0) && repeat_follows(f, i))
        return true;
    return words >= PIECE_LEAST && tokens[i].kind == EM_TOKEN_SIGN &&
           em_sentence_ends(tokens, f->tokens.n, i, f->normal.text) &&
           (words >= PIECE_MIN || line_ends(f, i));
}

/* The pieces of tokens[from..to), from piece f->n_pieces on; returns how many. The last one
 * takes what is left over. */
static size_t cut_pieces(struct em_features *f, size_t index, size_t from, size_t to)
{
    const struct em_token *tokens = f->tokens.tokens;
    struct em_piece *pieces = &f->pieces[f->n_pieces];
    struct em_ngram_piece *parts = &f->parts[f->n_pieces];
    size_t n = 0;
    uint32_t words = 0;
    pieces[0].words = 0;
    for (size_t i = from; i < to; i++) {
        words += tokens[i].kind != EM_TOKEN_SIGN;
        if (!piece_ends(f, i, words))
            continue;
        parts[n].end = (uint32_t)(i + 1 - from);
        pieces[n++] = (struct em_piece){(uint32_t)(i + 1), (uint32_t)index, words};
        words = 0;
    }
    n += n == 0;
    parts[n - 1].end = (uint32_t)(to - from);
    pieces[n - 1] =
        (struct em_piece){(uint32_t)to, (uint32_t)index, pieces[n - 1].words + words};
    return n;
}

static void window(struct em_features *f, size_t index, size_t from, size_t to,
                   uint32_t *ids)
{
    struct em_ngram_counts counts;
    const struct em_token *tokens = f->tokens.tokens;
    struct em_window *w = &f->windows[index];
    float *style = f->styles + index * em_style_count();
    size_t pieces = f->cut ? cut_pieces(f, index, from, to) : 0;
    f->ngrams.pieces = pieces ? &f->parts[f->n_pieces] : NULL;
    f->ngrams.n_pieces = pieces;
    f->n_pieces += pieces;
    w->ids = ids;
    w->n_ids = em_ngrams_window(&f->ngrams, tokens + from, to - from, ids, &counts);
    memcpy(w->known, counts.known, sizeof(w->known));
    memcpy(w->fresh, counts.fresh, sizeof(w->fresh));
    w->words = em_style_window(&f->style, f->lexicon, &f->normal, tokens + from,
                               to - from, &counts, style);
    w->style = style;
    w->start = w->end = 0;
    if (to > from) {
        const struct em_token *last = &tokens[to - 1];
        w->start = em_normal_original(&f->normal, tokens[from].start);
        w->end = em_normal_original_end(&f->normal, last->start + last->len);
    }
}

enum em_status em_features_windows(struct em_features *f, uint32_t words_per_window)
{
    size_t k, from = 0, words = 0;
    EM_TRY(features_room(f, words_per_window, &k));
    uint32_t *ids = f->ids;
    f->n_windows = f->n_pieces = 0;
    for (size_t i = 0; i < k && from < f->tokens.n; i++) {
        size_t to = f->tokens.n;
        if (i + 1 < k)
            to = window_end(f, from, (i + 1) * f->tokens.words / k, &words);
        window(f, f->n_windows, from, to, ids);
        f->first[f->n_windows] = (uint32_t)from;
        f->first[++f->n_windows] = (uint32_t)to;
        ids += f->windows[f->n_windows - 1].n_ids;
        from = to;
    }
    return EM_OK;
}

enum em_status em_features_run(struct em_features *features, struct em_view text,
                               uint32_t words_per_window,
                               const struct em_window **windows, size_t *n_windows)
{
    *windows = NULL;
    *n_windows = 0;
    EM_TRY(em_features_tokens(features, text));
    EM_TRY(em_features_distinct(features));
    EM_TRY(em_features_windows(features, words_per_window));
    *windows = features->windows;
    *n_windows = features->n_windows;
    return EM_OK;
}
