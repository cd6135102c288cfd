/* SPDX-License-Identifier: Apache-2.0 */
#include "index/refs/refs_write.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"
#include "index/refs/refs_sort.h"

#include <unistd.h>

enum {
    FILL_OF_TEN = 7 /* slots used of ten: a line of eight is full in one of twelve */
};

enum em_status em_refs_writer_init(struct em_refs_writer *w, FILE *file)
{
    static const char zeros[sizeof(struct em_refs_header)];
    *w = (struct em_refs_writer){.file = file, .block = em_malloc(EM_MIB)};
    if (!w->block)
        return EM_ERR_NOMEM;
    if (fwrite(zeros, 1, sizeof(zeros), file) != sizeof(zeros))
        return EM_ERR_IO;
    w->at = sizeof(zeros);
    return EM_OK;
}

void em_refs_writer_release(struct em_refs_writer *w)
{
    em_free(w->block);
    w->block = NULL;
}

enum em_status em_refs_section_begin(struct em_refs_writer *w,
                                     struct em_refs_span *section)
{
    static const char zeros[EM_REFS_ALIGN];
    size_t pad = (size_t)(-w->at % EM_REFS_ALIGN);
    if (fwrite(zeros, 1, pad, w->file) != pad)
        return EM_ERR_IO;
    w->at += pad;
    w->section = section;
    *section = (struct em_refs_span){.offset = w->at};
    w->filled = 0;
    return EM_OK;
}

static enum em_status refs_write_flush(struct em_refs_writer *w)
{
    if (w->filled == 0)
        return EM_OK;
    w->section->sum = em_hash64(w->block, w->filled, w->section->sum);
    w->section->length += w->filled;
    w->at += w->filled;
    if (fwrite(w->block, 1, w->filled, w->file) != w->filled)
        return EM_ERR_IO;
    w->filled = 0;
    return EM_OK;
}

enum em_status em_refs_section_put(struct em_refs_writer *w, const void *data, size_t len)
{
    const char *p = data;
    while (len > 0) {
        size_t n = EM_MIB - w->filled;
        n = n < len ? n : len;
        memcpy(w->block + w->filled, p, n);
        w->filled += n;
        p += n;
        len -= n;
        if (w->filled == EM_MIB)
            EM_TRY(refs_write_flush(w));
    }
    return EM_OK;
}

enum em_status em_refs_section_end(struct em_refs_writer *w)
{
    return refs_write_flush(w);
}

enum em_status em_refs_section_copy(struct em_refs_writer *w,
                                    struct em_refs_span *section, FILE *from)
{
    char block[8192];
    size_t n;
    EM_TRY(em_refs_section_begin(w, section));
    if (fseeko(from, 0, SEEK_SET) != 0)
        return EM_ERR_IO;
    while ((n = fread(block, 1, sizeof(block), from)) > 0)
        EM_TRY(em_refs_section_put(w, block, n));
    if (ferror(from))
        return EM_ERR_IO;
    return em_refs_section_end(w);
}

static enum em_status put_zeros(struct em_refs_writer *w, uint64_t numbers)
{
    static const uint64_t zero = 0;
    while (numbers-- > 0)
        EM_TRY(em_refs_section_put(w, &zero, sizeof(zero)));
    return EM_OK;
}

/* One of the two tables: the hashes, or with `values` what belongs to them. */
static enum em_status write_column(struct em_refs_writer *w, uint64_t n_lines,
                                   FILE *pairs, bool values)
{
    struct em_pair pair;
    uint64_t slot = 0;
    if (fseeko(pairs, 0, SEEK_SET) != 0)
        return EM_ERR_IO;
    while (fread(&pair, sizeof(pair), 1, pairs) == 1) {
        uint64_t own = em_refs_line(pair.key, n_lines) * EM_REFS_LINE;
        if (own > slot) {
            EM_TRY(put_zeros(w, own - slot));
            slot = own;
        }
        EM_TRY(em_refs_section_put(w, values ? &pair.value : &pair.key, 8));
        slot++;
    }
    if (ferror(pairs))
        return EM_ERR_IO;
    uint64_t lines = (slot + EM_REFS_LINE - 1) / EM_REFS_LINE;
    lines = (lines < n_lines ? n_lines : lines) + 1;
    return put_zeros(w, lines * EM_REFS_LINE - slot);
}

enum em_status em_refs_write_table(struct em_refs_writer *w,
                                   struct em_refs_header *header, FILE *pairs)
{
    header->n_lines = header->n_prints * 10 / (EM_REFS_LINE * FILL_OF_TEN) + 1;
    EM_TRY(em_refs_section_begin(w, &header->sections[EM_REFS_HASHES]));
    EM_TRY(write_column(w, header->n_lines, pairs, false));
    EM_TRY(em_refs_section_end(w));
    EM_TRY(em_refs_section_begin(w, &header->sections[EM_REFS_VALUES]));
    EM_TRY(write_column(w, header->n_lines, pairs, true));
    return em_refs_section_end(w);
}

enum em_status em_refs_write_header(struct em_refs_writer *w,
                                    struct em_refs_header *header)
{
    header->sum = em_hash64(header, offsetof(struct em_refs_header, sum), 0);
    if (fseeko(w->file, 0, SEEK_SET) != 0 ||
        fwrite(header, sizeof(*header), 1, w->file) != 1 || fflush(w->file) != 0 ||
        fsync(fileno(w->file)) != 0)
        return EM_ERR_IO;
    return EM_OK;
}
