/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening reference sets: mapping, checksums, and the checks that make every later access
 * safe (refs_format.h has the layout).
 */
#include "index/refs/refs.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/limits.h"
#include "index/refs/refs_format.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const kinds[] = {NULL, "model-output", "benchmark", "human"};

const char *em_refs_kind_name(enum em_refs_kind kind)
{
    return kind >= EM_REFS_MODEL_OUTPUT && kind <= EM_REFS_HUMAN ? kinds[kind] : NULL;
}

bool em_refs_kind_parse(struct em_view name, enum em_refs_kind *kind)
{
    for (unsigned i = EM_REFS_MODEL_OUTPUT; i <= EM_REFS_HUMAN; i++) {
        if (em_view_eq(name, em_view_of(kinds[i]))) {
            *kind = (enum em_refs_kind)i;
            return true;
        }
    }
    return false;
}

uint64_t em_refs_sum(const void *data, size_t len)
{
    const char *p = data;
    uint64_t h = 0;
    while (len > 0) {
        size_t n = len < EM_MIB ? len : EM_MIB;
        h = em_hash64(p, n, h);
        p += n;
        len -= n;
    }
    return h;
}

static enum em_status refs_bad(struct em_err *err, const char *what)
{
    return em_fail(err, EM_ERR_FORMAT, "refs", "%s", what);
}

/* Sections in order, whole, within the file, with their checksums. */
static enum em_status check_sections(const struct em_refs *r, struct em_err *err)
{
    static const char *const names[EM_REFS_SECTIONS] = {
        "strings", "ids", "words", "pieces", "hashes", "values", "postings", "common"};
    uint64_t from = sizeof(r->header);
    for (int i = 0; i < EM_REFS_SECTIONS; i++) {
        const struct em_refs_span *s = &r->header.sections[i];
        if (s->offset % EM_REFS_ALIGN || s->offset < from ||
            s->offset - from >= EM_REFS_ALIGN)
            return refs_bad(err, "a section is out of place");
        if (s->offset > r->len || s->length > r->len - s->offset)
            return em_fail(err, EM_ERR_TRUNCATED, "refs", "section %s ends too early",
                           names[i]);
        for (; from < s->offset; from++)
            if (r->bytes[from])
                return refs_bad(err, "something lies between two sections");
        if (em_refs_sum(r->bytes + s->offset, s->length) != s->sum)
            return em_fail(err, EM_ERR_CHECKSUM, "refs",
                           "section %s: checksum does not match", names[i]);
        from = s->offset + s->length;
    }
    return from == r->len ? EM_OK
                          : refs_bad(err, "there are bytes after the last section");
}

static bool length_is(const struct em_refs *r, enum em_refs_section section,
                      uint64_t count, uint64_t size)
{
    return count <= r->len / size && r->header.sections[section].length == count * size;
}

static enum em_status check_counts(const struct em_refs *r, struct em_err *err)
{
    const struct em_refs_header *h = &r->header;
    const struct em_refs_span *s = h->sections;
    uint64_t strings =
        (uint64_t)h->name_len + h->model_len + h->source_len + h->since_len;
    if (!em_refs_kind_name((enum em_refs_kind)h->kind))
        return refs_bad(err, "unknown kind of set");
    if (h->k < 1 || h->k > h->t || h->t > 256 || h->k > 64)
        return refs_bad(err, "k and t cannot be");
    if (h->name_len == 0 || h->name_len > EM_REFS_MAX_NAME ||
        s[EM_REFS_STRINGS].length != strings)
        return refs_bad(err, "strings have another length");
    if (h->n_pieces > EM_REFS_MAX_PIECE || h->n_items > h->n_pieces ||
        !length_is(r, EM_REFS_PIECES, h->n_pieces, sizeof(struct em_refs_piece)))
        return refs_bad(err, "number of texts does not fit");
    uint64_t slots = s[EM_REFS_HASHES].length / sizeof(uint64_t);
    if (h->n_lines < 1 || slots % EM_REFS_LINE || slots / EM_REFS_LINE <= h->n_lines ||
        h->n_prints >= slots || !length_is(r, EM_REFS_HASHES, slots, sizeof(uint64_t)) ||
        !length_is(r, EM_REFS_VALUES, slots, sizeof(uint64_t)))
        return refs_bad(err, "size of the table does not fit");
    if (s[EM_REFS_WORDS].length % sizeof(uint16_t) ||
        s[EM_REFS_POSTINGS].length % sizeof(uint64_t) ||
        s[EM_REFS_COMMON].length % sizeof(uint64_t))
        return refs_bad(err, "a section has part of a number");
    return EM_OK;
}

static void point(struct em_refs *r)
{
    const struct em_refs_header *h = &r->header;
    const struct em_refs_span *s = h->sections;
    const char *at[EM_REFS_SECTIONS];
    for (int i = 0; i < EM_REFS_SECTIONS; i++)
        at[i] = r->bytes + s[i].offset;
    const uint32_t lens[4] = {h->name_len, h->model_len, h->source_len, h->since_len};
    const char *string = at[EM_REFS_STRINGS];
    for (int i = 0; i < 4; i++) {
        r->strings[i] = em_view_make(string, lens[i]);
        string += lens[i];
    }
    r->pieces = (const void *)at[EM_REFS_PIECES];
    r->ids = at[EM_REFS_IDS];
    r->words = (const void *)at[EM_REFS_WORDS];
    r->hashes = (const void *)at[EM_REFS_HASHES];
    r->values = (const void *)at[EM_REFS_VALUES];
    r->postings = (const void *)at[EM_REFS_POSTINGS];
    r->common = (const void *)at[EM_REFS_COMMON];
    r->n_words = s[EM_REFS_WORDS].length / sizeof(uint16_t);
    r->n_postings = s[EM_REFS_POSTINGS].length / sizeof(uint64_t);
    r->n_common = s[EM_REFS_COMMON].length / sizeof(uint64_t);
    r->n_lines_all = s[EM_REFS_HASHES].length / sizeof(uint64_t) / EM_REFS_LINE;
}

static enum em_status check_pieces(const struct em_refs *r, struct em_err *err)
{
    uint64_t ids = r->header.sections[EM_REFS_IDS].length, item = 0;
    for (uint64_t i = 0; i < r->header.n_pieces; i++) {
        const struct em_refs_piece *p = &r->pieces[i];
        if (p->words > r->n_words || p->n_words > r->n_words - p->words ||
            p->n_counted > p->n_words || p->n_prints > p->n_words || p->id > ids ||
            p->id_len > ids - p->id || p->part >= EM_REFS_PARTS || p->n_words == 0)
            return refs_bad(err, "a text lies outside its section");
        if (p->item > item || p->item + 1 < item ||
            (p->item == item && item >= r->header.n_items))
            return refs_bad(err, "items are not in order");
        item = (uint64_t)p->item + 1;
    }
    if (item != r->header.n_items)
        return refs_bad(err, "number of items does not fit");
    /* A search ends at an empty slot, and there is one in the last line. */
    const uint64_t *last = r->hashes + (r->n_lines_all - 1) * EM_REFS_LINE;
    if (last[EM_REFS_LINE - 1] != 0)
        return refs_bad(err, "the table has no end");
    return EM_OK;
}

static enum em_status check_all(struct em_refs *r, struct em_err *err)
{
    const uint16_t little = 1;
    if (*(const unsigned char *)&little != 1)
        return em_fail(err, EM_ERR_UNSUPPORTED, "refs", "big-endian machine");
    if (r->len < sizeof(r->header) || memcmp(r->bytes, EM_REFS_MAGIC, 8) != 0)
        return refs_bad(err, "not a reference set");
    memcpy(&r->header, r->bytes, sizeof(r->header));
    if (r->header.version != EM_REFS_VERSION)
        return em_fail(err, EM_ERR_VERSION, "refs",
                       "format version %u, this program reads %d; build it again",
                       r->header.version, EM_REFS_VERSION);
    if (r->header.prints_version != EM_REFS_PRINTS_VERSION)
        return em_fail(err, EM_ERR_VERSION, "refs",
                       "prints of version %u, this program makes %d; build it again",
                       r->header.prints_version, EM_REFS_PRINTS_VERSION);
    if (em_hash64(r->bytes, offsetof(struct em_refs_header, sum), 0) != r->header.sum)
        return em_fail(err, EM_ERR_CHECKSUM, "refs", "header: checksum does not match");
    EM_TRY(check_sections(r, err));
    EM_TRY(check_counts(r, err));
    point(r);
    return check_pieces(r, err);
}

enum em_status em_refs_open_memory(struct em_refs **out, struct em_view bytes,
                                   struct em_err *err)
{
    *out = NULL;
    struct em_refs *r = em_calloc(1, sizeof(*r));
    if (!r)
        return em_fail(err, EM_ERR_NOMEM, "refs", "out of memory");
    r->bytes = bytes.data;
    r->len = bytes.len;
    enum em_status status = check_all(r, err);
    if (status < 0) {
        em_free(r);
        return status;
    }
    *out = r;
    return EM_OK;
}

enum em_status em_refs_open(struct em_refs **out, const char *path, struct em_err *err)
{
    struct stat st;
    *out = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        if (fd >= 0)
            close(fd);
        return em_fail(err, EM_ERR_IO, "refs", "cannot open '%s': %s", path,
                       strerror(errno));
    }
    if (!S_ISREG(st.st_mode) || st.st_size < (off_t)sizeof(struct em_refs_header)) {
        close(fd);
        return em_fail(err, EM_ERR_FORMAT, "refs", "'%s': not a reference set", path);
    }
    size_t len = (size_t)st.st_size;
    char *bytes = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
    int why = errno;
    close(fd);
    if (bytes == MAP_FAILED)
        return em_fail(err, EM_ERR_IO, "refs", "cannot map '%s': %s", path,
                       strerror(why));
    struct em_err inner = {.status = EM_OK};
    enum em_status status = em_refs_open_memory(out, em_view_make(bytes, len), &inner);
    if (status < 0) {
        munmap(bytes, len);
        return em_fail(err, status, "refs", "'%.150s': %.90s", path, inner.text);
    }
    (*out)->mapped = true;
    return EM_OK;
}

void em_refs_free(struct em_refs *refs)
{
    if (!refs)
        return;
    if (refs->mapped)
        munmap((void *)(uintptr_t)refs->bytes, refs->len);
    em_free(refs);
}

void em_refs_describe(const struct em_refs *refs, struct em_refs_info *info)
{
    const struct em_refs_header *h = &refs->header;
    *info = (struct em_refs_info){
        .name = refs->strings[0],
        .model = refs->strings[1],
        .source = refs->strings[2],
        .since = refs->strings[3],
        .kind = (enum em_refs_kind)h->kind,
        .k = h->k,
        .t = h->t,
        .common_after = h->common_after,
        .items = h->n_items,
        .texts = h->n_pieces,
        .words = refs->n_words,
        .prints = h->n_prints,
        .common = refs->n_common,
        .duplicates = h->duplicates,
        .too_short = h->too_short,
        .bytes = refs->len,
    };
}

/* --- several sets ---------------------------------------------------------------------- */

void em_refs_sets_init(struct em_refs_sets *sets)
{
    *sets = (struct em_refs_sets){.sets = NULL};
}

void em_refs_sets_release(struct em_refs_sets *sets)
{
    for (size_t i = 0; i < sets->n; i++)
        em_refs_free(sets->sets[i]);
    em_free(sets->sets);
    em_refs_sets_init(sets);
}

enum em_status em_refs_sets_add(struct em_refs_sets *sets, const char *path,
                                struct em_err *err)
{
    if (sets->n == EM_MAX_REFS_SETS)
        return em_fail(err, EM_ERR_LIMIT, "refs", "more than %d reference sets",
                       EM_MAX_REFS_SETS);
    if (sets->n == sets->cap) {
        size_t cap = sets->cap ? 2 * sets->cap : 8;
        void *grown = em_realloc_array(sets->sets, cap, sizeof(sets->sets[0]));
        if (!grown)
            return em_fail(err, EM_ERR_NOMEM, "refs", "out of memory");
        sets->sets = grown;
        sets->cap = cap;
    }
    EM_TRY(em_refs_open(&sets->sets[sets->n], path, err));
    sets->n++;
    return EM_OK;
}

enum em_status em_refs_sets_add_all(struct em_refs_sets *sets, const char *const *paths,
                                    size_t n, struct em_err *err)
{
    for (size_t i = 0; i < n; i++)
        EM_TRY(em_refs_sets_add(sets, paths[i], err));
    return EM_OK;
}

static int refs_by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct names {
    char **names;
    size_t n, cap;
};

static enum em_status add_name(struct names *list, const char *name)
{
    size_t len = strlen(name);
    if (name[0] == '.' || len < 5 || strcmp(name + len - 4, ".emr") != 0)
        return EM_OK;
    if (list->n == list->cap) {
        size_t cap = list->cap ? 2 * list->cap : 8;
        void *grown = em_realloc_array(list->names, cap, sizeof(list->names[0]));
        if (!grown)
            return EM_ERR_NOMEM;
        list->names = grown;
        list->cap = cap;
    }
    list->names[list->n] = em_strdup(name);
    return list->names[list->n++] ? EM_OK : EM_ERR_NOMEM;
}

enum em_status em_refs_open_index_dir(struct em_refs_sets *sets, const char *dir,
                                      struct em_err *err)
{
    struct em_buf path;
    struct names list = {.names = NULL};
    em_buf_init(&path, 2 * EM_MAX_URL);
    enum em_status status = em_buf_printf(&path, "%s/refs", dir);
    DIR *folder = status == EM_OK ? opendir(path.data) : NULL;
    if (!folder) {
        int why = errno;
        em_buf_release(&path);
        if (status < 0)
            return em_fail(err, status, "refs", "%s", em_status_text(status));
        return why == ENOENT ? EM_OK
                             : em_fail(err, EM_ERR_IO, "refs",
                                       "cannot read '%s/refs': %s", dir, strerror(why));
    }
    struct dirent *entry;
    while (status == EM_OK && (entry = readdir(folder)))
        status = add_name(&list, entry->d_name);
    closedir(folder);
    if (status < 0)
        em_fail(err, status, "refs", "out of memory");
    if (list.n && status == EM_OK)
        qsort(list.names, list.n, sizeof(list.names[0]), refs_by_name);
    for (size_t i = 0; i < list.n && status == EM_OK; i++) {
        em_buf_clear(&path);
        status = em_buf_printf(&path, "%s/refs/%s", dir, list.names[i]);
        if (status == EM_OK)
            status = em_refs_sets_add(sets, path.data, err);
        else
            em_fail(err, status, "refs", "%s", em_status_text(status));
    }
    for (size_t i = 0; i < list.n; i++)
        em_free(list.names[i]);
    em_free(list.names);
    em_buf_release(&path);
    return status;
}
