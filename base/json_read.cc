/* SPDX-License-Identifier: Apache-2.0
 *
 * simdjson's DOM behind a C face. Its own allocations (the tape, proportional to the
 * longest document) go through nothrow new; the padded copy of the text through alloc.h.
 * Nothing here throws: the library is used by its error codes, built with -fno-exceptions.
 */
#include "base/json_read.h"

#include "base/alloc.h"
#include "base/limits.h"

#include <simdjson.h>

#include <cstdlib>
#include <cstring>
#include <new>

namespace
{
/* Deep enough for any corpus; simdjson keeps one small frame a level and counts from 0. */
constexpr size_t max_depth = 64;
/* A padded copy beyond this is given back before the next document. */
constexpr size_t keep = 4 * EM_MIB;
} // namespace

struct em_json_reader {
    simdjson::dom::parser parser{EM_MAX_LINE};
    simdjson::dom::element root;
    bool parsed = false;
    char *text = nullptr;
    size_t room = 0;
};

enum em_status em_json_reader_new(struct em_json_reader **out)
{
    void *memory = em_malloc(sizeof(em_json_reader));
    *out = memory ? new (memory) em_json_reader() : nullptr;
    return memory ? EM_OK : EM_ERR_NOMEM;
}

void em_json_reader_free(struct em_json_reader *reader)
{
    if (!reader)
        return;
    em_free(reader->text);
    reader->~em_json_reader();
    em_free(reader);
}

/* The text with the padding that simdjson reads into. */
static enum em_status copy_padded(struct em_json_reader *reader, struct em_view text)
{
    size_t want = text.len + simdjson::SIMDJSON_PADDING;
    if (want > reader->room || reader->room > keep) {
        em_free(reader->text);
        /* By half as much again: lines of a corpus differ little. */
        size_t room = want + want / 2;
        reader->text = static_cast<char *>(em_malloc(room));
        reader->room = reader->text ? room : 0;
        if (!reader->text)
            return EM_ERR_NOMEM;
    }
    if (text.len > 0)
        memcpy(reader->text, text.data, text.len);
    memset(reader->text + text.len, 0, simdjson::SIMDJSON_PADDING);
    return EM_OK;
}

static enum em_status make_room(struct em_json_reader *reader, struct em_view text)
{
    /* The tape is some 5 times its text: what one huge line needed is given back. */
    if (reader->parser.capacity() > keep && text.len < keep)
        reader->parser = simdjson::dom::parser(EM_MAX_LINE);
    if (reader->parser.capacity() >= text.len &&
        reader->parser.max_depth() == max_depth + 1)
        return EM_OK;
    size_t least = text.len < 64 * EM_KIB ? 64 * EM_KIB : text.len + text.len / 2;
    if (least > EM_MAX_LINE)
        least = EM_MAX_LINE;
    simdjson::error_code error = reader->parser.allocate(least, max_depth + 1);
    return error ? EM_ERR_NOMEM : EM_OK;
}

enum em_status em_json_reader_parse(struct em_json_reader *reader, struct em_view text,
                                    struct em_err *err)
{
    reader->parsed = false;
    if (text.len > EM_MAX_LINE)
        return em_fail(err, EM_ERR_LIMIT, "json", "longer than %zu bytes", EM_MAX_LINE);
    if (copy_padded(reader, text) != EM_OK || make_room(reader, text) != EM_OK)
        return em_fail(err, EM_ERR_NOMEM, "json", "out of memory");
    simdjson::error_code error =
        reader->parser.parse(reader->text, text.len, false).get(reader->root);
    switch (error) {
    case simdjson::SUCCESS:
        reader->parsed = true;
        return EM_OK;
    case simdjson::MEMALLOC:
        return em_fail(err, EM_ERR_NOMEM, "json", "out of memory");
    case simdjson::DEPTH_ERROR:
        return em_fail(err, EM_ERR_LIMIT, "json", "nested deeper than %zu", max_depth);
    default:
        return em_fail(err, EM_ERR_FORMAT, "json", "%s", simdjson::error_message(error));
    }
}

/* The item that the first part of `path` is the number of; *path is behind that part, NULL
 * where it was the last. */
static bool find_item(simdjson::dom::array array, const char **path,
                      simdjson::dom::element *out)
{
    char *end;
    if (**path < '0' || **path > '9')
        return false;
    unsigned long long number = strtoull(*path, &end, 10);
    if (*end && *end != '.')
        return false;
    *path = *end ? end + 1 : nullptr;
    return !array.at(static_cast<size_t>(number)).get(*out);
}

/* The value at `path`: the whole path as a key first, else by its first part that is an
 * object's key, and so on. Paths have few dots; the depth is bounded by the document's. */
static bool find(simdjson::dom::element at, const char *path, simdjson::dom::element *out)
{
    for (;;) {
        simdjson::dom::object object;
        simdjson::dom::array array;
        if (!at.get(array)) {
            if (!find_item(array, &path, &at))
                return false;
            if (!path) {
                *out = at;
                return true;
            }
            continue;
        }
        if (at.get(object))
            return false;
        if (!object.at_key(path).get(*out))
            return true;
        const char *dot = strchr(path, '.');
        if (!dot)
            return false;
        std::string_view first(path, static_cast<size_t>(dot - path));
        if (object.at_key(first).get(at))
            return false;
        path = dot + 1;
    }
}

bool em_json_get_string(struct em_json_reader *reader, const char *path,
                        struct em_view *out)
{
    simdjson::dom::element value;
    std::string_view text;
    if (!reader->parsed || !find(reader->root, path, &value) || value.get(text))
        return false;
    *out = em_view_make(text.data(), text.size());
    return true;
}

bool em_json_get_i64(struct em_json_reader *reader, const char *path, int64_t *out)
{
    simdjson::dom::element value;
    return reader->parsed && find(reader->root, path, &value) && !value.get(*out);
}

bool em_json_get_double(struct em_json_reader *reader, const char *path, double *out)
{
    simdjson::dom::element value;
    return reader->parsed && find(reader->root, path, &value) && !value.get(*out);
}

bool em_json_get_bool(struct em_json_reader *reader, const char *path, bool *out)
{
    simdjson::dom::element value;
    return reader->parsed && find(reader->root, path, &value) && !value.get(*out);
}
