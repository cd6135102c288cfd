/* SPDX-License-Identifier: Apache-2.0
 *
 * From texts to a reference set's file (refs_format.h), in three steps:
 *
 *     items ──> words, ids, pieces (temporary files), prints (sorted by hash)
 *     prints ─> found ones: (hash, value) and postings; common ones: marks on words
 *     words + marks, pieces, ids, table, postings ──> the file
 */
#include "index/refs/refs_build.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/limits.h"
#include "index/refs/refs_sort.h"
#include "index/refs/refs_write.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COMMON_AFTER = 20 };

/* A set of 64-bit hashes. Open addressing, at most two thirds full; 0 stands for 1. */
struct hash_set {
    uint64_t *slots;
    size_t n, cap;
};

struct em_refs_build {
    struct em_refs_header header;
    char *path, *temporary, *dir;
    struct em_buf strings;
    FILE *words, *ids, *pieces;       /* temporary */
    FILE *slots, *postings, *counted; /* temporary, while finishing */
    uint64_t n_words, ids_len;
    uint64_t n_postings;
    struct em_sort prints, marks, commons;
    struct hash_set texts, common;
    uint16_t *line; /* words of one text */
    size_t cap_line;
    bool made; /* `temporary` exists */
};

static size_t refs_build_slot_of(const struct hash_set *set, uint64_t hash)
{
    size_t i = (size_t)em_mix64(hash) & (set->cap - 1);
    while (set->slots[i] && set->slots[i] != hash)
        i = (i + 1) & (set->cap - 1);
    return i;
}

static bool set_has(const struct hash_set *set, uint64_t hash)
{
    return set->n && set->slots[refs_build_slot_of(set, hash ? hash : 1)] != 0;
}

static enum em_status set_add(struct hash_set *set, uint64_t hash, bool *was_there)
{
    hash = hash ? hash : 1;
    if (3 * (set->n + 1) > 2 * set->cap) {
        struct hash_set larger = {.cap = set->cap ? 2 * set->cap : 1024};
        larger.slots = em_calloc(larger.cap, sizeof(larger.slots[0]));
        if (!larger.slots)
            return EM_ERR_NOMEM;
        for (size_t i = 0; i < set->cap; i++)
            if (set->slots[i])
                larger.slots[refs_build_slot_of(&larger, set->slots[i])] = set->slots[i];
        larger.n = set->n;
        em_free(set->slots);
        *set = larger;
    }
    size_t i = refs_build_slot_of(set, hash);
    *was_there = set->slots[i] != 0;
    set->slots[i] = hash;
    set->n += !*was_there;
    return EM_OK;
}

static enum em_status take_strings(struct em_refs_build *b,
                                   const struct em_refs_build_options *o)
{
    struct em_refs_header *h = &b->header;
    EM_TRY(em_buf_append_view(&b->strings, o->name));
    EM_TRY(em_buf_append_view(&b->strings, o->model));
    EM_TRY(em_buf_append_view(&b->strings, o->source));
    EM_TRY(em_buf_append_view(&b->strings, o->since));
    h->name_len = (uint32_t)o->name.len;
    h->model_len = (uint32_t)o->model.len;
    h->source_len = (uint32_t)o->source.len;
    h->since_len = (uint32_t)o->since.len;
    return EM_OK;
}

static enum em_status take_path(struct em_refs_build *b, const char *path)
{
    size_t len = strlen(path);
    const char *slash = strrchr(path, '/');
    b->path = em_strdup(path);
    b->dir = slash == path ? em_strdup("/")
             : slash       ? em_strndup(path, (size_t)(slash - path))
                           : em_strdup(".");
    b->temporary = em_malloc(len + 16);
    if (!b->path || !b->dir || !b->temporary)
        return EM_ERR_NOMEM;
    snprintf(b->temporary, len + 16, "%s.XXXXXX", path);
    return EM_OK;
}

static enum em_status open_files(struct em_refs_build *b, struct em_err *err)
{
    FILE **const files[] = {&b->words, &b->ids,      &b->pieces,
                            &b->slots, &b->postings, &b->counted};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        *files[i] = em_sort_file(b->dir);
        if (!*files[i])
            return em_fail(err, EM_ERR_IO, "refs", "cannot write in '%s': %s", b->dir,
                           strerror(errno));
    }
    return EM_OK;
}

static bool options_hold(const struct em_refs_build_options *o)
{
    return o->name.len > 0 && o->name.len <= EM_REFS_MAX_NAME &&
           em_refs_kind_name(o->kind) && o->k >= 1 && o->k <= o->t && o->k <= 64 &&
           o->t <= 256 && o->common_after <= EM_REFS_MAX_COMMON_AFTER;
}

enum em_status em_refs_build_new(struct em_refs_build **out, const char *path,
                                 const struct em_refs_build_options *options,
                                 struct em_err *err)
{
    *out = NULL;
    if (!options_hold(options))
        return em_fail(err, EM_ERR_USAGE, "refs",
                       "name, kind, k, t or common_after out of range");
    struct em_refs_build *b = em_calloc(1, sizeof(*b));
    if (!b)
        return em_fail(err, EM_ERR_NOMEM, "refs", "out of memory");
    memcpy(b->header.magic, EM_REFS_MAGIC, sizeof(b->header.magic));
    b->header.version = EM_REFS_VERSION;
    b->header.prints_version = EM_REFS_PRINTS_VERSION;
    b->header.kind = options->kind;
    b->header.k = options->k;
    b->header.t = options->t;
    b->header.common_after = options->common_after ? options->common_after : COMMON_AFTER;
    em_buf_init(&b->strings, EM_MIB);
    size_t most = options->sort_records ? options->sort_records : EM_REFS_SORT_RECORDS;
    enum em_status status = take_strings(b, options);
    if (status == EM_OK)
        status = take_path(b, path);
    em_sort_init(&b->prints, b->dir, most);
    em_sort_init(&b->marks, b->dir, most);
    em_sort_init(&b->commons, b->dir, most);
    if (status < 0)
        em_fail(err, status, "refs", "%s", em_status_text(status));
    else
        status = open_files(b, err);
    if (status < 0) {
        em_refs_build_free(b);
        return status;
    }
    *out = b;
    return EM_OK;
}

void em_refs_build_free(struct em_refs_build *b)
{
    if (!b)
        return;
    FILE *const files[] = {b->words, b->ids,      b->pieces,
                           b->slots, b->postings, b->counted};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (files[i])
            fclose(files[i]);
    if (b->made)
        unlink(b->temporary);
    em_sort_release(&b->prints);
    em_sort_release(&b->marks);
    em_sort_release(&b->commons);
    em_free(b->texts.slots);
    em_free(b->common.slots);
    em_free(b->line);
    em_buf_release(&b->strings);
    em_free(b->path);
    em_free(b->temporary);
    em_free(b->dir);
    em_free(b);
}

static bool refs_build_put(FILE *file, const void *data, size_t len)
{
    return fwrite(data, 1, len, file) == len;
}

enum em_status em_refs_build_common(struct em_refs_build *build,
                                    const struct em_print *prints, size_t n)
{
    bool was_there;
    for (size_t i = 0; i < n; i++) {
        uint64_t hash = em_refs_key(prints[i].hash);
        EM_TRY(set_add(&build->common, hash, &was_there));
        if (!was_there)
            EM_TRY(em_sort_add(&build->commons, hash, 0));
    }
    return EM_OK;
}

static enum em_status add_prints(struct em_refs_build *b, uint64_t piece,
                                 const struct em_refs_text *text, size_t n_words)
{
    for (size_t i = 0; i < text->n_prints; i++) {
        const struct em_print *p = &text->prints[i];
        if ((uint64_t)p->word + b->header.k > n_words)
            continue; /* after the cut */
        b->line[p->word] |= EM_WORD_PRINT;
        EM_TRY(em_sort_add(&b->prints, em_refs_key(p->hash), piece << 32 | p->word));
    }
    return EM_OK;
}

static enum em_status line_reserve(struct em_refs_build *b, size_t n)
{
    if (n <= b->cap_line)
        return EM_OK;
    void *grown = em_realloc_array(b->line, n + n / 2, sizeof(b->line[0]));
    if (!grown)
        return EM_ERR_NOMEM;
    b->line = grown;
    b->cap_line = n + n / 2;
    return EM_OK;
}

static enum em_status add_piece(struct em_refs_build *b, uint64_t id, size_t id_len,
                                uint64_t hash, const struct em_refs_text *text)
{
    size_t n = text->n_words < EM_MAX_REFS_WORDS ? text->n_words : EM_MAX_REFS_WORDS;
    struct em_refs_piece piece = {.words = b->n_words,
                                  .id = id,
                                  .text = hash,
                                  .n_words = (uint32_t)n,
                                  .item = (uint32_t)b->header.n_items,
                                  .id_len = (uint16_t)id_len,
                                  .part = (uint8_t)text->part};
    EM_TRY(line_reserve(b, n));
    for (size_t i = 0; i < n; i++)
        b->line[i] = (uint16_t)(text->words[i].hash >> EM_WORD_SHIFT);
    EM_TRY(add_prints(b, b->header.n_pieces, text, n));
    if (!refs_build_put(b->words, b->line, n * sizeof(b->line[0])) ||
        !refs_build_put(b->pieces, &piece, sizeof(piece)))
        return EM_ERR_IO;
    b->n_words += n;
    b->header.n_pieces++;
    return EM_OK;
}

static uint64_t hash_texts(const struct em_refs_text *texts, size_t n)
{
    uint64_t h = n;
    for (size_t i = 0; i < n; i++) {
        h = em_mix64(h + texts[i].n_words + ((uint64_t)texts[i].part << 56));
        for (size_t j = 0; j < texts[i].n_words; j++)
            h = em_mix64(h ^ texts[i].words[j].hash);
    }
    return h;
}

enum em_status em_refs_build_item(struct em_refs_build *build, struct em_view id,
                                  const struct em_refs_text *texts, size_t n_texts)
{
    struct em_refs_build *b = build;
    size_t long_enough = 0;
    bool was_there;
    for (size_t i = 0; i < n_texts; i++)
        long_enough += texts[i].n_words >= b->header.k;
    if (long_enough == 0) {
        b->header.too_short += n_texts;
        return EM_OK;
    }
    uint64_t hash = hash_texts(texts, n_texts);
    EM_TRY(set_add(&b->texts, hash, &was_there));
    if (was_there) {
        b->header.duplicates++;
        return EM_OK;
    }
    if (b->header.n_pieces + n_texts > EM_REFS_MAX_PIECE)
        return EM_ERR_LIMIT;
    size_t id_len = id.len < UINT16_MAX ? id.len : UINT16_MAX;
    if (id_len && !refs_build_put(b->ids, id.data, id_len))
        return EM_ERR_IO;
    for (size_t i = 0; i < n_texts; i++) {
        bool answer = texts[i].part == EM_REFS_ANSWER && texts[i].n_words > 0;
        if (texts[i].n_words >= b->header.k || answer)
            EM_TRY(add_piece(b, b->ids_len, id_len, hash, &texts[i]));
        else
            b->header.too_short++;
    }
    b->ids_len += id_len;
    b->header.n_items++;
    return EM_OK;
}

/* --- what is there already -------------------------------------------------------------- */

static enum em_status copy_place(struct em_refs_build *b, const struct em_refs *from,
                                 uint64_t hash, uint64_t place)
{
    if (place >> 32 >= from->header.n_pieces)
        return EM_ERR_FORMAT;
    const struct em_refs_piece *piece = &from->pieces[place >> 32];
    if ((place & UINT32_MAX) + from->header.k > piece->n_words)
        return EM_ERR_FORMAT;
    return em_sort_add(&b->prints, hash, place);
}

static enum em_status copy_value(struct em_refs_build *b, const struct em_refs *from,
                                 uint64_t hash, uint64_t value)
{
    if (!(value & EM_VALUE_LIST))
        return copy_place(b, from, hash, value);
    uint64_t at = value & ~EM_VALUE_LIST;
    if (at >= from->n_postings || from->postings[at] > from->n_postings - at - 1)
        return EM_ERR_FORMAT;
    for (uint64_t i = 0; i < from->postings[at]; i++)
        EM_TRY(copy_place(b, from, hash, from->postings[at + 1 + i]));
    return EM_OK;
}

static enum em_status copy_all(struct em_refs_build *b, const struct em_refs *from)
{
    const struct em_refs_header *h = &from->header;
    uint64_t ids = h->sections[EM_REFS_IDS].length;
    bool was_there;
    for (uint64_t i = 0; i < h->n_pieces; i++)
        EM_TRY(set_add(&b->texts, from->pieces[i].text, &was_there));
    if (!refs_build_put(b->words, from->words, from->n_words * sizeof(from->words[0])) ||
        !refs_build_put(b->ids, from->ids, ids) ||
        !refs_build_put(b->pieces, from->pieces, h->n_pieces * sizeof(from->pieces[0])))
        return EM_ERR_IO;
    for (uint64_t i = 0; i < from->n_lines_all * EM_REFS_LINE; i++)
        if (from->hashes[i])
            EM_TRY(copy_value(b, from, from->hashes[i], from->values[i]));
    for (uint64_t i = 0; i < from->n_common; i++) {
        struct em_print p = {.hash = from->common[i]};
        EM_TRY(em_refs_build_common(b, &p, 1));
    }
    b->n_words = from->n_words;
    b->ids_len = ids;
    b->header.n_pieces = h->n_pieces;
    b->header.n_items = h->n_items;
    b->header.duplicates = h->duplicates;
    b->header.too_short = h->too_short;
    return EM_OK;
}

enum em_status em_refs_build_copy(struct em_refs_build *build, const struct em_refs *from,
                                  struct em_err *err)
{
    if (build->header.n_pieces || from->header.k != build->header.k ||
        from->header.t != build->header.t)
        return em_fail(err, EM_ERR_USAGE, "refs", "a set with another k or t");
    enum em_status status = copy_all(build, from);
    if (status < 0)
        em_fail(err, status, "refs", "copying the set: %s", em_status_text(status));
    return status;
}

/* --- finishing -------------------------------------------------------------------------- */

/* The places of one print, as many as may be listed. */
struct group {
    uint64_t hash, last_piece, pieces;
    size_t n;
    uint64_t places[EM_REFS_MAX_COMMON_AFTER];
    bool common;
};

/* A run that is common where it stands: its place among all words. */
static enum em_status refs_build_mark(struct em_refs_build *b, uint64_t place)
{
    struct em_refs_piece piece;
    uint64_t at = (place >> 32) * sizeof(piece);
    /* Places of one print come in order, so this mostly reads on. */
    if (fseeko(b->pieces, (off_t)at, SEEK_SET) != 0 ||
        fread(&piece, sizeof(piece), 1, b->pieces) != 1)
        return EM_ERR_IO;
    return em_sort_add(&b->marks, piece.words + (uint32_t)place, 0);
}

static enum em_status end_group(struct em_refs_build *b, struct group *g)
{
    if (g->pieces == 0 || g->common)
        return EM_OK;
    struct em_pair slot = {g->hash, g->places[0]};
    if (g->n > 1) {
        slot.value = EM_VALUE_LIST | b->n_postings;
        uint64_t count = g->n;
        if (!refs_build_put(b->postings, &count, sizeof(count)) ||
            !refs_build_put(b->postings, g->places, g->n * sizeof(g->places[0])))
            return EM_ERR_IO;
        b->n_postings += 1 + g->n;
    }
    b->header.n_prints++;
    return refs_build_put(b->slots, &slot, sizeof(slot)) ? EM_OK : EM_ERR_IO;
}

/* Too many texts have it: what was listed becomes marks, as all that follow. */
static enum em_status make_common(struct em_refs_build *b, struct group *g, bool known)
{
    g->common = true;
    if (!known)
        EM_TRY(em_sort_add(&b->commons, g->hash, 0));
    for (size_t i = 0; i < g->n; i++)
        EM_TRY(refs_build_mark(b, g->places[i]));
    return EM_OK;
}

static enum em_status next_place(struct em_refs_build *b, struct group *g, uint64_t place)
{
    bool again = g->pieces && place >> 32 == g->last_piece;
    g->last_piece = place >> 32;
    g->pieces += !again;
    if (!g->common && g->pieces > b->header.common_after)
        EM_TRY(make_common(b, g, false));
    if (g->common)
        return refs_build_mark(b, place);
    if (!again)
        g->places[g->n++] = place; /* its first place in each text is enough to find it */
    return EM_OK;
}

static enum em_status group_prints(struct em_refs_build *b, struct group *g)
{
    struct em_pair pair;
    enum em_status status;
    EM_TRY(em_sort_finish(&b->prints));
    while ((status = em_sort_next(&b->prints, &pair)) == EM_OK) {
        if (pair.key != g->hash || g->pieces == 0) {
            EM_TRY(end_group(b, g));
            g->hash = pair.key;
            g->n = g->pieces = 0;
            g->common = false;
            if (set_has(&b->common, pair.key))
                EM_TRY(make_common(b, g, true));
        }
        EM_TRY(next_place(b, g, pair.value));
    }
    EM_TRY(status);
    return end_group(b, g);
}

/* Words of one piece with the marks that lie in it; counts what remains. */
static enum em_status apply_marks(struct em_refs_build *b, struct em_refs_piece *piece,
                                  struct em_pair *next_mark, bool *more)
{
    size_t n = piece->n_words;
    uint64_t end = piece->words + n;
    while (*more && next_mark->key < end) {
        size_t at = (size_t)(next_mark->key - piece->words);
        b->line[at] &= (uint16_t)~EM_WORD_PRINT;
        for (size_t i = at; i < n && i < at + b->header.k; i++)
            b->line[i] |= EM_WORD_COMMON;
        enum em_status status = em_sort_next(&b->marks, next_mark);
        EM_TRY(status);
        *more = status == EM_OK;
    }
    piece->n_counted = piece->n_prints = 0;
    for (size_t i = 0; i < n; i++) {
        piece->n_counted += !(b->line[i] & EM_WORD_COMMON);
        piece->n_prints += (b->line[i] & EM_WORD_PRINT) != 0;
    }
    return EM_OK;
}

static enum em_status write_words(struct em_refs_build *b, struct em_refs_writer *w)
{
    struct em_pair next_mark;
    struct em_refs_piece piece;
    if (fseeko(b->words, 0, SEEK_SET) != 0 || fseeko(b->pieces, 0, SEEK_SET) != 0)
        return EM_ERR_IO;
    EM_TRY(em_sort_finish(&b->marks));
    enum em_status status = em_sort_next(&b->marks, &next_mark);
    EM_TRY(status);
    bool more = status == EM_OK;
    EM_TRY(em_refs_section_begin(w, &b->header.sections[EM_REFS_WORDS]));
    for (uint64_t i = 0; i < b->header.n_pieces; i++) {
        if (fread(&piece, sizeof(piece), 1, b->pieces) != 1)
            return EM_ERR_IO;
        EM_TRY(line_reserve(b, piece.n_words));
        if (fread(b->line, sizeof(b->line[0]), piece.n_words, b->words) != piece.n_words)
            return EM_ERR_IO;
        EM_TRY(apply_marks(b, &piece, &next_mark, &more));
        EM_TRY(em_refs_section_put(w, b->line, piece.n_words * sizeof(b->line[0])));
        if (!refs_build_put(b->counted, &piece, sizeof(piece)))
            return EM_ERR_IO;
    }
    return em_refs_section_end(w);
}

static enum em_status write_common(struct em_refs_build *b, struct em_refs_writer *w)
{
    struct em_pair pair;
    uint64_t last = 0;
    enum em_status status;
    EM_TRY(em_sort_finish(&b->commons));
    EM_TRY(em_refs_section_begin(w, &b->header.sections[EM_REFS_COMMON]));
    while ((status = em_sort_next(&b->commons, &pair)) == EM_OK) {
        if (pair.key != last)
            EM_TRY(em_refs_section_put(w, &pair.key, sizeof(pair.key)));
        last = pair.key;
    }
    EM_TRY(status);
    return em_refs_section_end(w);
}

static enum em_status write_sections(struct em_refs_build *b, struct em_refs_writer *w)
{
    struct em_refs_span *s = b->header.sections;
    EM_TRY(em_refs_section_begin(w, &s[EM_REFS_STRINGS]));
    EM_TRY(em_refs_section_put(w, b->strings.data, b->strings.len));
    EM_TRY(em_refs_section_end(w));
    EM_TRY(em_refs_section_copy(w, &s[EM_REFS_IDS], b->ids));
    EM_TRY(write_words(b, w));
    EM_TRY(em_refs_section_copy(w, &s[EM_REFS_PIECES], b->counted));
    EM_TRY(em_refs_write_table(w, &b->header, b->slots));
    EM_TRY(em_refs_section_copy(w, &s[EM_REFS_POSTINGS], b->postings));
    EM_TRY(write_common(b, w));
    return em_refs_write_header(w, &b->header);
}

static enum em_status write_file(struct em_refs_build *b)
{
    struct em_refs_writer writer;
    int fd = mkstemp(b->temporary);
    b->made = fd >= 0;
    FILE *file = fd >= 0 ? fdopen(fd, "w+b") : NULL;
    if (!file) {
        if (fd >= 0)
            close(fd);
        return EM_ERR_IO;
    }
    enum em_status status = em_refs_writer_init(&writer, file);
    if (status == EM_OK)
        status = write_sections(b, &writer);
    em_refs_writer_release(&writer);
    if (status == EM_OK && fchmod(fd, 0644) != 0)
        status = EM_ERR_IO;
    if (fclose(file) != 0 && status == EM_OK)
        status = EM_ERR_IO;
    if (status == EM_OK && rename(b->temporary, b->path) != 0)
        status = EM_ERR_IO;
    b->made = status != EM_OK;
    return status;
}

enum em_status em_refs_build_finish(struct em_refs_build *build, struct em_err *err)
{
    enum em_status status = EM_ERR_NOMEM;
    struct group *group = em_calloc(1, sizeof(*group));
    if (group) {
        errno = 0;
        status = group_prints(build, group);
    }
    em_free(group);
    if (status == EM_OK)
        status = write_file(build);
    if (status == EM_ERR_IO)
        return em_fail(err, status, "refs", "cannot write '%s': %s", build->path,
                       errno ? strerror(errno) : "write failed");
    if (status < 0)
        em_fail(err, status, "refs", "%s", em_status_text(status));
    return status;
}
