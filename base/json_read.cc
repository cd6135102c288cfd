/* SPDX-License-Identifier: Apache-2.0
 *
 * simdjson's DOM behind a C face. Its own allocations (the tape, proportional to the
 * longest document) go through nothrow new; the padded copy of the text through alloc.h.
 * Nothing here throws: the library is used by its error codes, built with -fno-exceptions.
 *
 * JSON that the library refuses though it is valid (numbers beyond 64 bits or the range of a
 * double, deep nesting, escapes of half a surrogate pair) is looked up in as text instead.
 */
#include "base/json_read.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/json_text.h"
#include "base/limits.h"

#include <simdjson.h>

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <new>

namespace
{
/* simdjson keeps one small frame a level and counts from 0; deeper ones are read as text. */
constexpr size_t max_depth = 64;
/* A padded copy beyond this is given back before the next document. */
constexpr size_t keep = 4 * EM_MIB;
} // namespace

struct em_json_reader {
    simdjson::dom::parser parser{EM_MAX_LINE};
    simdjson::dom::element root;
    bool parsed = false;
    bool as_text = false; /* parsed, but `root` holds nothing */
    char *text = nullptr;
    size_t room = 0;
    struct em_view line = EM_VIEW_NONE; /* what is parsed, in `text` */
    struct em_arena strings;            /* of text, unescaped */
};

enum em_status em_json_reader_new(struct em_json_reader **out)
{
    void *memory = em_malloc(sizeof(em_json_reader));
    *out = memory ? new (memory) em_json_reader() : nullptr;
    if (!memory)
        return EM_ERR_NOMEM;
    em_arena_init(&(*out)->strings, 4 * EM_MAX_LINE);
    return EM_OK;
}

void em_json_reader_free(struct em_json_reader *reader)
{
    if (!reader)
        return;
    em_free(reader->text);
    em_arena_release(&reader->strings);
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

/* Did the library give up on what may be valid? */
static bool may_be_valid(simdjson::error_code error)
{
    return error == simdjson::NUMBER_ERROR || error == simdjson::DEPTH_ERROR ||
           error == simdjson::STRING_ERROR;
}

enum em_status em_json_reader_parse(struct em_json_reader *reader, struct em_view text,
                                    struct em_err *err)
{
    /* spec: RFC8259 8.1: a parser may ignore a byte order mark. */
    text = em_view_without_mark(text);
    reader->parsed = reader->as_text = false;
    em_arena_reset(&reader->strings);
    if (text.len > EM_MAX_LINE)
        return em_fail(err, EM_ERR_LIMIT, "json", "longer than %zu bytes", EM_MAX_LINE);
    if (copy_padded(reader, text) != EM_OK || make_room(reader, text) != EM_OK)
        return em_fail(err, EM_ERR_NOMEM, "json", "out of memory");
    reader->line = em_view_make(reader->text, text.len);
    simdjson::error_code error =
        reader->parser.parse(reader->text, text.len, false).get(reader->root);
    if (may_be_valid(error)) {
        enum em_status status = em_json_text_check(reader->line);
        reader->parsed = reader->as_text = status == EM_OK;
        if (status == EM_OK)
            return EM_OK;
        if (status == EM_ERR_NOMEM)
            error = simdjson::MEMALLOC;
    }
    if (error == simdjson::MEMALLOC)
        return em_fail(err, EM_ERR_NOMEM, "json", "out of memory");
    if (error)
        return em_fail(err, EM_ERR_FORMAT, "json", "%s",
                       error == simdjson::DEPTH_ERROR ? "not valid JSON"
                                                      : simdjson::error_message(error));
    reader->parsed = true;
    return EM_OK;
}

/* The value of a key: of several the last. */
static bool find_key(simdjson::dom::object object, std::string_view key,
                     simdjson::dom::element *out)
{
    bool found = false;
    for (auto field : object)
        if (field.key == key) {
            *out = field.value;
            found = true;
        }
    return found;
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
        if (find_key(object, path, out))
            return true;
        const char *dot = strchr(path, '.');
        if (!dot)
            return false;
        std::string_view first(path, static_cast<size_t>(dot - path));
        if (!find_key(object, first, &at))
            return false;
        path = dot + 1;
    }
}

/* The value at `path` as it is written. */
static bool find_text(const struct em_json_reader *reader, const char *path,
                      struct em_view *raw)
{
    return reader->parsed && em_json_text_find(reader->line, em_view_of(path), raw);
}

static bool is_number(struct em_view raw)
{
    return raw.data[0] == '-' || (raw.data[0] >= '0' && raw.data[0] <= '9');
}

/* An unescaped copy; false also when memory runs out. */
static bool string_of(struct em_json_reader *reader, struct em_view raw,
                      struct em_view *out)
{
    if (raw.len < 2 || raw.data[0] != '"')
        return false;
    char *copy = static_cast<char *>(em_arena_alloc(&reader->strings, raw.len));
    if (!copy)
        return false;
    *out =
        em_view_make(copy, em_json_text_unescape(em_view_sub(raw, 1, raw.len - 2), copy));
    return true;
}

bool em_json_get_string(struct em_json_reader *reader, const char *path,
                        struct em_view *out)
{
    simdjson::dom::element value;
    std::string_view text;
    struct em_view raw;
    if (reader->as_text)
        return find_text(reader, path, &raw) && string_of(reader, raw, out);
    if (!reader->parsed || !find(reader->root, path, &value) || value.get(text))
        return false;
    *out = em_view_make(text.data(), text.size());
    return true;
}

bool em_json_get_number(struct em_json_reader *reader, const char *path,
                        struct em_view *out)
{
    struct em_view raw;
    if (!find_text(reader, path, &raw) || !is_number(raw))
        return false;
    *out = raw;
    return true;
}

/* The number at `path` with a NUL after it; false where it is longer than any that fits a
 * double's or an integer's digits. */
static bool number_of(struct em_json_reader *reader, const char *path,
                      char (&digits)[400])
{
    struct em_view raw;
    if (!em_json_get_number(reader, path, &raw) || raw.len >= sizeof(digits))
        return false;
    memcpy(digits, raw.data, raw.len);
    digits[raw.len] = '\0';
    return true;
}

bool em_json_get_i64(struct em_json_reader *reader, const char *path, int64_t *out)
{
    simdjson::dom::element value;
    if (!reader->as_text)
        return reader->parsed && find(reader->root, path, &value) && !value.get(*out);
    char digits[400], *end;
    if (!number_of(reader, path, digits))
        return false;
    errno = 0;
    long long number = strtoll(digits, &end, 10);
    *out = number;
    return !errno && !*end;
}

bool em_json_get_double(struct em_json_reader *reader, const char *path, double *out)
{
    simdjson::dom::element value;
    if (!reader->as_text)
        return reader->parsed && find(reader->root, path, &value) && !value.get(*out);
    char digits[400];
    if (!number_of(reader, path, digits))
        return false;
    *out = strtod(digits, nullptr);
    return std::isfinite(*out);
}

bool em_json_get_bool(struct em_json_reader *reader, const char *path, bool *out)
{
    simdjson::dom::element value;
    struct em_view raw;
    if (!reader->as_text)
        return reader->parsed && find(reader->root, path, &value) && !value.get(*out);
    if (!find_text(reader, path, &raw) || (raw.data[0] != 't' && raw.data[0] != 'f'))
        return false;
    *out = raw.data[0] == 't';
    return true;
}
