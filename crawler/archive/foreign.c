/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/foreign.h"

#include "crawler/archive/mime.h"

struct kind {
    size_t at;
    struct em_view bytes;
    const char *what;
};

#define KIND(at, bytes, what)                                                            \
    {                                                                                    \
        at, {bytes, sizeof(bytes) - 1}, what                                             \
    }

#define PACKED(with, how)                                                                \
    "is compressed with " with ", which is not read; decompress it first: " how          \
    " FILE | echometer scan -"

static const struct kind kinds[] = {
    KIND(0,
         "\xFD"
         "7zXZ\0",
         PACKED("xz", "xz -dc")),
    KIND(0, "BZh", PACKED("bzip2", "bzip2 -dc")), /* and more: see is_bzip2() */
    KIND(0, "LZIP", PACKED("lzip", "lzip -dc")),
    KIND(0, "\x04\x22\x4D\x18", PACKED("lz4", "lz4 -dc")),
    KIND(0, "\x1F\x9D", PACKED("compress", "uncompress -c")),
    KIND(0, "\xFF\x06\0\0sNaPpY",
         "is framed snappy, which is not read; decompress it "
         "first"),
    KIND(0, "7z\xBC\xAF\x27\x1C",
         "is a 7-Zip archive, which is not read; unpack it first"),
    KIND(0, "Rar!\x1A\x07", "is a RAR archive, which is not read; unpack it first"),
    KIND(257, "ustar",
         "is a tar archive, which is not read; unpack it first: tar -xf FILE"),
    KIND(0, "PK\x03\x04",
         "is a ZIP file (a WACZ is one), which is not read; unzip it and "
         "scan the files in its folder archive/"),
    KIND(0, "PK\x05\x06", "is an empty ZIP file"),
    KIND(0, "ORC", "is an ORC file, which is not read; convert it to JSON lines"),
    KIND(0, "Obj\x01", "is an Avro file, which is not read; convert it to JSON lines"),
    KIND(0, "ARROW1\0\0",
         "is an Arrow file, which is not read; convert it to JSON lines"),
    KIND(0, "SQLite format 3\0", "is an SQLite database, which is not read"),
    KIND(0, "\x89HDF\r\n\x1A\n", "is an HDF5 file, which is not read"),
    KIND(0, "version https://git-lfs.github.com/spec/",
         "is a Git LFS pointer, not the file itself: `git lfs pull` fetches that"),
    KIND(0, "/annex/objects/",
         "is a git-annex pointer, not the file itself: `git annex get` fetches that"),
};

/* A block, or the end of a stream without blocks, must follow the level. */
static bool is_bzip2(struct em_view head)
{
    static const char block[] = "\x31\x41\x59\x26\x53\x59",
                      end[] = "\x17\x72\x45\x38\x50\x90";
    struct em_view magic = em_view_sub(head, 4, 6);
    return magic.len == 6 && head.data[3] >= '1' && head.data[3] <= '9' &&
           (memcmp(magic.data, block, 6) == 0 || memcmp(magic.data, end, 6) == 0);
}

/* Three letters may also begin a text: what follows them in a file of the kind does not. */
static bool is_text(struct em_view head)
{
    return em_mime_is_plain(em_view_sub(head, 0, EM_FOREIGN_BYTES));
}

const char *em_foreign_kind(struct em_view head)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const struct kind *k = &kinds[i];
        if (!em_view_starts(em_view_sub(head, k->at, head.len), k->bytes))
            continue;
        bool pointer = k->bytes.len > 14; /* is text itself */
        if (k->bytes.data[0] == 'B' ? !is_bzip2(head)
                                    : !pointer && k->at == 0 && is_text(head))
            continue;
        return k->what;
    }
    return NULL;
}

/* --- names ------------------------------------------------------------------------------- */

static bool name_ends(struct em_view name, const char *end)
{
    struct em_view v = em_view_of(end);
    return name.len > v.len && em_view_ieq(em_view_sub(name, name.len - v.len, v.len), v);
}

/* Without an address's query, and without the ends that compression adds. */
static struct em_view name_plain(struct em_view name)
{
    static const char *const packed[] = {".gz", ".zst", ".zstd", ".xz", ".bz2", ".lz4"};
    if (em_view_find(name, 0, EM_VIEW("://")) < name.len)
        name = em_view_sub(name, 0, em_view_find(name, 0, EM_VIEW("?")));
    for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++)
        if (name_ends(name, packed[i]))
            return em_view_sub(name, 0, name.len - strlen(packed[i]));
    return name;
}

bool em_archive_named_arc(struct em_view name)
{
    return name_ends(name_plain(name), ".arc");
}

bool em_archive_named_packed(struct em_view name)
{
    name = name_plain(name);
    return name_ends(name, ".parquet") || name_ends(name, ".wacz");
}

bool em_archive_named(struct em_view name)
{
    static const char *const ends[] = {".warc", ".arc", ".wet", ".wat"};
    name = name_plain(name);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (name_ends(name, ends[i]))
            return true;
    return false;
}

const char *em_foreign_in_place(struct em_view head)
{
    struct em_view v = em_view_trim(em_view_without_mark(head));
    if (em_view_istarts(v, EM_VIEW("<?xml")))
        return "is no archive: it begins like XML, perhaps a storage service's error";
    if (v.len && v.data[0] == '<')
        return "is no archive: it begins like an HTML page, perhaps a server's error "
               "page";
    if (v.len && v.data[0] == '{')
        return "is no archive: it begins like JSON, perhaps a server's error";
    if (em_mime_is_binary(head))
        return "is no archive: no record begins in its bytes";
    return "is no archive: it begins like plain text";
}
