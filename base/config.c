/* SPDX-License-Identifier: Apache-2.0
 *
 * Settings files by libyaml's event parser: no document tree, no aliases, so that a file is
 * read in time and memory linear in its bytes. What libyaml itself allocates does not go
 * through base/alloc.h.
 */
#include "base/config.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct value {
    char *path, *text;
    uint32_t line;
    bool asked;
};

struct em_config {
    char *name;
    struct value *values;
    size_t n, cap;
};

/* Where the parser is: one level for each mapping or sequence that is open. */
struct level {
    bool list;
    bool has_key;
    size_t path; /* bytes of the path up to here */
    size_t item; /* of a list */
};

struct reading {
    struct em_config *config;
    struct level levels[EM_CONFIG_DEPTH];
    int depth;
    char path[EM_CONFIG_PATH];
    size_t path_len;
    struct em_err *err;
};

static enum em_status wrong(struct reading *r, size_t line, const char *what)
{
    return em_fail(r->err, EM_ERR_FORMAT, "config", "%.120s:%zu: %s", r->config->name,
                   line, what);
}

static enum em_status out_of_memory(struct em_err *err)
{
    return em_fail(err, EM_ERR_NOMEM, "config", "out of memory");
}

/* --- paths ----------------------------------------------------------------------------- */

static bool extend(struct reading *r, const char *text, size_t len)
{
    size_t dot = r->path_len > 0;
    if (len + dot + 1 > sizeof(r->path) - r->path_len)
        return false;
    if (dot)
        r->path[r->path_len++] = '.';
    memcpy(r->path + r->path_len, text, len);
    r->path_len += len;
    r->path[r->path_len] = '\0';
    return true;
}

static void cut_path(struct reading *r, size_t len)
{
    r->path_len = len;
    r->path[len] = '\0';
}

/* Before a value: the number of a list's item goes onto the path. */
static enum em_status begin_value(struct reading *r, size_t line)
{
    char number[24];
    if (r->depth == 0)
        return EM_OK;
    struct level *l = &r->levels[r->depth - 1];
    if (!l->list)
        return EM_OK;
    int n = snprintf(number, sizeof(number), "%zu", l->item++);
    return extend(r, number, (size_t)n) ? EM_OK
                                        : wrong(r, line, "keys are nested too long");
}

static void end_value(struct reading *r)
{
    if (r->depth == 0)
        return;
    struct level *l = &r->levels[r->depth - 1];
    l->has_key = false;
    cut_path(r, l->path);
}

/* --- values ---------------------------------------------------------------------------- */

static bool is_null(const yaml_event_t *e)
{
    const char *text = (const char *)e->data.scalar.value;
    return e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (!*text || strcmp(text, "~") == 0 || strcmp(text, "null") == 0);
}

static enum em_status add_value(struct reading *r, const char *text, size_t len,
                                size_t line)
{
    struct em_config *c = r->config;
    if (memchr(text, 0, len))
        return wrong(r, line, "a value holds a zero byte");
    if (c->n == EM_CONFIG_VALUES)
        return wrong(r, line, "too many values");
    if (c->n == c->cap) {
        size_t cap = c->cap ? 2 * c->cap : 64;
        struct value *grown = em_realloc_array(c->values, cap, sizeof(grown[0]));
        if (!grown)
            return out_of_memory(r->err);
        c->values = grown;
        c->cap = cap;
    }
    struct value *v = &c->values[c->n];
    *v = (struct value){em_strdup(r->path), em_strndup(text, len), (uint32_t)line, false};
    if (!v->path || !v->text) {
        em_free(v->path);
        em_free(v->text);
        return out_of_memory(r->err);
    }
    c->n++;
    return EM_OK;
}

static enum em_status take_scalar(struct reading *r, const yaml_event_t *e, size_t line)
{
    const char *text = (const char *)e->data.scalar.value;
    size_t len = e->data.scalar.length;
    struct level *l = r->depth ? &r->levels[r->depth - 1] : NULL;
    if (e->data.scalar.tag || e->data.scalar.anchor)
        return wrong(r, line, "tags and anchors are not taken");
    if (!l)
        return is_null(e) ? EM_OK : wrong(r, line, "this is no map of settings");
    if (!l->list && !l->has_key) {
        l->has_key = true;
        if (len == 0 || memchr(text, 0, len))
            return wrong(r, line, "a key without a name");
        return extend(r, text, len) ? EM_OK : wrong(r, line, "keys are nested too long");
    }
    EM_TRY(begin_value(r, line));
    enum em_status status = is_null(e) ? EM_OK : add_value(r, text, len, line);
    end_value(r);
    return status;
}

static enum em_status open_level(struct reading *r, bool list, bool tagged, size_t line)
{
    if (tagged)
        return wrong(r, line, "tags and anchors are not taken");
    if (r->depth == 0 && list)
        return wrong(r, line, "this is no map of settings");
    if (r->depth == EM_CONFIG_DEPTH)
        return wrong(r, line, "nested too deep");
    if (r->depth && !r->levels[r->depth - 1].list && !r->levels[r->depth - 1].has_key)
        return wrong(r, line, "a key must be a name");
    EM_TRY(begin_value(r, line));
    r->levels[r->depth++] = (struct level){.list = list, .path = r->path_len};
    return EM_OK;
}

static enum em_status take_event(struct reading *r, const yaml_event_t *e, int *documents)
{
    size_t line = e->start_mark.line + 1;
    switch (e->type) {
    case YAML_SCALAR_EVENT:
        return take_scalar(r, e, line);
    case YAML_MAPPING_START_EVENT:
        return open_level(
            r, false, e->data.mapping_start.tag || e->data.mapping_start.anchor, line);
    case YAML_SEQUENCE_START_EVENT:
        return open_level(
            r, true, e->data.sequence_start.tag || e->data.sequence_start.anchor, line);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        r->depth--;
        end_value(r);
        return EM_OK;
    case YAML_ALIAS_EVENT:
        return wrong(r, line, "aliases are not taken");
    case YAML_DOCUMENT_START_EVENT:
        return ++*documents > 1 ? wrong(r, line, "a second document") : EM_OK;
    default:
        return EM_OK;
    }
}

/* --- reading --------------------------------------------------------------------------- */

static int by_path(const void *a, const void *b)
{
    const struct value *const *x = a, *const *y = b;
    int order = strcmp((*x)->path, (*y)->path);
    return order ? order : ((*x)->line > (*y)->line) - ((*x)->line < (*y)->line);
}

static enum em_status check_twice(struct reading *r)
{
    struct em_config *c = r->config;
    enum em_status status = EM_OK;
    struct value **sorted = em_calloc(c->n + 1, sizeof(struct value *));
    if (!sorted)
        return out_of_memory(r->err);
    for (size_t i = 0; i < c->n; i++)
        sorted[i] = &c->values[i];
    if (c->n)
        qsort(sorted, c->n, sizeof(struct value *), by_path);
    for (size_t i = 1; i < c->n && status == EM_OK; i++)
        if (strcmp(sorted[i]->path, sorted[i - 1]->path) == 0)
            status = em_fail(r->err, EM_ERR_FORMAT, "config", "%.120s:%u: '%.80s' twice",
                             c->name, sorted[i]->line, sorted[i]->path);
    em_free(sorted);
    return status;
}

static enum em_status config_parse(struct reading *r, struct em_view text)
{
    yaml_parser_t parser;
    yaml_event_t event;
    int documents = 0;
    bool done = false;
    enum em_status status = EM_OK;
    if (!yaml_parser_initialize(&parser))
        return out_of_memory(r->err);
    yaml_parser_set_input_string(
        &parser, (const unsigned char *)(text.data ? text.data : ""), text.len);
    while (!done && status == EM_OK) {
        if (!yaml_parser_parse(&parser, &event)) {
            size_t line = parser.problem_mark.line ? parser.problem_mark.line
                                                   : parser.context_mark.line;
            status =
                parser.error == YAML_MEMORY_ERROR
                    ? out_of_memory(r->err)
                    : wrong(r, line + 1, parser.problem ? parser.problem : "no YAML");
            break;
        }
        status = take_event(r, &event, &documents);
        done = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return status == EM_OK ? check_twice(r) : status;
}

enum em_status em_config_read_memory(struct em_config **out, struct em_view text,
                                     const char *name, struct em_err *err)
{
    struct reading r = {.config = em_calloc(1, sizeof(struct em_config)), .err = err};
    *out = NULL;
    if (!r.config)
        return out_of_memory(err);
    r.config->name = em_strdup(name);
    enum em_status status = r.config->name ? EM_OK : out_of_memory(err);
    if (status == EM_OK && text.len > EM_CONFIG_BYTES)
        status =
            em_fail(err, EM_ERR_LIMIT, "config", "%.120s: too long for settings", name);
    if (status == EM_OK)
        status = config_parse(&r, text);
    if (status == EM_OK)
        *out = r.config;
    else
        em_config_free(r.config);
    return status;
}

enum em_status em_config_read(struct em_config **out, const char *path,
                              struct em_err *err)
{
    struct em_buf text;
    *out = NULL;
    em_buf_init(&text, EM_CONFIG_BYTES);
    enum em_status status = em_read_file(path, &text, err);
    if (status == EM_OK)
        status = em_config_read_memory(out, em_buf_view(&text), path, err);
    em_buf_release(&text);
    return status;
}

const char *em_config_name(const struct em_config *config)
{
    return config->name;
}

void em_config_free(struct em_config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->n; i++) {
        em_free(config->values[i].path);
        em_free(config->values[i].text);
    }
    em_free(config->values);
    em_free(config->name);
    em_free(config);
}

/* --- asking ---------------------------------------------------------------------------- */

static struct value *config_find(const struct em_config *config, const char *path)
{
    for (size_t i = 0; config && i < config->n; i++)
        if (strcmp(config->values[i].path, path) == 0)
            return &config->values[i];
    return NULL;
}

const char *em_config_get(struct em_config *config, const char *path)
{
    struct value *v = config_find(config, path);
    if (v)
        v->asked = true;
    return v ? v->text : NULL;
}

uint32_t em_config_line(const struct em_config *config, const char *path)
{
    const struct value *v = config_find(config, path);
    return v ? v->line : 0;
}

/* What follows "path." of a value's path; NULL where it does not begin so. */
static const char *below(const struct value *v, const char *path)
{
    size_t len = strlen(path);
    if (len == 0)
        return v->path;
    return strncmp(v->path, path, len) == 0 && v->path[len] == '.' ? v->path + len + 1
                                                                   : NULL;
}

size_t em_config_list(struct em_config *config, const char *path, const char **items,
                      size_t max)
{
    size_t n = 0;
    for (size_t i = 0; config && i < config->n; i++) {
        struct value *v = &config->values[i];
        const char *rest = below(v, path);
        bool item = rest && *rest && strspn(rest, "0123456789") == strlen(rest);
        if (!item && strcmp(v->path, path) != 0)
            continue;
        v->asked = true;
        if (n < max)
            items[n] = v->text;
        n++;
    }
    return n;
}

size_t em_config_keys(struct em_config *config, const char *path, const char **items,
                      size_t *lengths, size_t max)
{
    size_t n = 0;
    const char *last = NULL;
    size_t last_len = 0;
    for (size_t i = 0; config && i < config->n; i++) {
        const char *rest = below(&config->values[i], path);
        if (!rest)
            continue;
        size_t len = strcspn(rest, ".");
        if (last && len == last_len && memcmp(last, rest, len) == 0)
            continue; /* one key's values stand together */
        last = rest;
        last_len = len;
        if (n < max) {
            items[n] = rest;
            lengths[n] = len;
        }
        n++;
    }
    return n;
}

enum em_status em_config_unknown(const struct em_config *config, struct em_err *err)
{
    for (size_t i = 0; config && i < config->n; i++)
        if (!config->values[i].asked)
            return em_fail(err, EM_ERR_FORMAT, "config",
                           "%.120s:%u: there is no setting '%.80s' here", config->name,
                           config->values[i].line, config->values[i].path);
    return EM_OK;
}
