/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading the text field out of JSON lines: our reader (simdjson), beside json-c and yajl
 * where they are installed, and beside finding the line ends alone, which no reader beats.
 * CPU time, best of several rounds.
 *
 *     bench_json FILE.jsonl [FIELD [ROUNDS]]
 *
 * json-c and yajl are opened at run time, so that nothing else of the project needs them.
 * Both build no more than what is asked for: json-c a tree, yajl events that are counted.
 */
#define _GNU_SOURCE
#include "base/json_read.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct input {
    char *data;
    size_t len;
    const char *field;
};

struct result {
    size_t lines, found, bytes;
};

typedef struct result (*reader_fn)(const struct input *in);

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static bool next_line(const struct input *in, size_t *pos, struct em_view *line)
{
    if (*pos >= in->len)
        return false;
    const char *start = in->data + *pos;
    const char *lf = memchr(start, '\n', in->len - *pos);
    line->data = start;
    line->len = lf ? (size_t)(lf - start) : in->len - *pos;
    *pos += line->len + 1;
    return true;
}

static struct result read_lines(const struct input *in)
{
    struct result r = {0, 0, 0};
    struct em_view line;
    for (size_t pos = 0; next_line(in, &pos, &line); r.lines++)
        r.bytes += line.len;
    return r;
}

static struct result read_ours(const struct input *in)
{
    struct result r = {0, 0, 0};
    struct em_view line, text;
    struct em_json_reader *reader;
    if (em_json_reader_new(&reader) != EM_OK)
        return r;
    for (size_t pos = 0; next_line(in, &pos, &line); r.lines++) {
        if (em_json_reader_parse(reader, line, NULL) == EM_OK &&
            em_json_get_string(reader, in->field, &text)) {
            r.found++;
            r.bytes += text.len;
        }
    }
    em_json_reader_free(reader);
    return r;
}

/* --- json-c ------------------------------------------------------------------------------ */

static struct {
    void *(*tokener_new)(void);
    void (*tokener_free)(void *);
    void (*tokener_reset)(void *);
    void *(*parse)(void *, const char *, int);
    int (*get)(const void *, const char *, void **);
    const char *(*string)(void *);
    int (*length)(const void *);
    int (*put)(void *);
} json_c;

/* dlsym gives an object pointer; POSIX lets it be read as a function's. */
#define LOAD(lib, target, name)                                                          \
    (*(void **)&(target) = dlsym((lib), (name)), (target) != NULL)

static bool load_json_c(void)
{
    void *lib = dlopen("libjson-c.so.5", RTLD_NOW);
    return lib && LOAD(lib, json_c.tokener_new, "json_tokener_new") &&
           LOAD(lib, json_c.tokener_free, "json_tokener_free") &&
           LOAD(lib, json_c.tokener_reset, "json_tokener_reset") &&
           LOAD(lib, json_c.parse, "json_tokener_parse_ex") &&
           LOAD(lib, json_c.get, "json_object_object_get_ex") &&
           LOAD(lib, json_c.string, "json_object_get_string") &&
           LOAD(lib, json_c.length, "json_object_get_string_len") &&
           LOAD(lib, json_c.put, "json_object_put");
}

static struct result read_json_c(const struct input *in)
{
    struct result r = {0, 0, 0};
    struct em_view line;
    void *tokener = json_c.tokener_new();
    for (size_t pos = 0; next_line(in, &pos, &line); r.lines++) {
        json_c.tokener_reset(tokener);
        void *value, *root = json_c.parse(tokener, line.data, (int)line.len);
        if (root && json_c.get(root, in->field, &value) && json_c.string(value)) {
            r.found++;
            r.bytes += (size_t)json_c.length(value);
        }
        json_c.put(root);
    }
    json_c.tokener_free(tokener);
    return r;
}

/* --- yajl -------------------------------------------------------------------------------- */

struct yajl_callbacks {
    int (*null)(void *);
    int (*boolean)(void *, int);
    int (*integer)(void *, long long);
    int (*real)(void *, double);
    int (*number)(void *, const char *, size_t);
    int (*string)(void *, const unsigned char *, size_t);
    int (*start_map)(void *);
    int (*map_key)(void *, const unsigned char *, size_t);
    int (*end_map)(void *);
    int (*start_array)(void *);
    int (*end_array)(void *);
};

static struct {
    void *(*alloc)(const struct yajl_callbacks *, void *, void *);
    int (*parse)(void *, const unsigned char *, size_t);
    int (*complete)(void *);
    void (*free)(void *);
} yajl;

struct yajl_state {
    struct result result;
    const char *field;
    bool wanted;
};

static int on_key(void *context, const unsigned char *key, size_t len)
{
    struct yajl_state *state = context;
    state->wanted = strlen(state->field) == len && memcmp(key, state->field, len) == 0;
    return 1;
}

static int on_string(void *context, const unsigned char *text, size_t len)
{
    struct yajl_state *state = context;
    (void)text;
    if (state->wanted) {
        state->result.found++;
        state->result.bytes += len;
        state->wanted = false;
    }
    return 1;
}

static bool load_yajl(void)
{
    void *lib = dlopen("libyajl.so.2", RTLD_NOW);
    return lib && LOAD(lib, yajl.alloc, "yajl_alloc") &&
           LOAD(lib, yajl.parse, "yajl_parse") &&
           LOAD(lib, yajl.complete, "yajl_complete_parse") &&
           LOAD(lib, yajl.free, "yajl_free");
}

static struct result read_yajl(const struct input *in)
{
    static const struct yajl_callbacks callbacks = {.string = on_string,
                                                    .map_key = on_key};
    struct yajl_state state = {.field = in->field};
    struct em_view line;
    for (size_t pos = 0; next_line(in, &pos, &line); state.result.lines++) {
        void *parser = yajl.alloc(&callbacks, NULL, &state);
        state.wanted = false;
        if (yajl.parse(parser, (const unsigned char *)line.data, line.len) == 0)
            (void)yajl.complete(parser);
        yajl.free(parser);
    }
    return state.result;
}

/* ----------------------------------------------------------------------------------------- */

static void measure(const char *name, reader_fn read, const struct input *in, int rounds)
{
    double best = 1e9;
    struct result r = {0, 0, 0};
    for (int i = 0; i < rounds; i++) {
        double start = cpu_seconds();
        r = read(in);
        double took = cpu_seconds() - start;
        best = took < best ? took : best;
    }
    printf("%s,%.0f,%zu,%zu,%zu\n", name, (double)in->len / 1e6 / best, r.lines, r.found,
           r.bytes);
}

int main(int argc, char **argv)
{
    struct input in = {NULL, 0, argc > 2 ? argv[2] : "text"};
    int rounds = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 5;
    FILE *f = argc > 1 ? fopen(argv[1], "rb") : NULL;
    if (!f || fseek(f, 0, SEEK_END) != 0) {
        fprintf(stderr, "usage: bench_json FILE.jsonl [FIELD [ROUNDS]]\n");
        return 2;
    }
    in.len = (size_t)ftell(f);
    rewind(f);
    in.data = malloc(in.len + 1);
    if (!in.data || fread(in.data, 1, in.len, f) != in.len) {
        fprintf(stderr, "bench_json: cannot read '%s'\n", argv[1]);
        return 2;
    }
    fclose(f);
    printf("reader,MB_per_cpu_second,lines,found,text_bytes\n");
    measure("line ends alone", read_lines, &in, rounds);
    measure("simdjson (ours)", read_ours, &in, rounds);
    if (load_json_c())
        measure("json-c", read_json_c, &in, rounds);
    if (load_yajl())
        measure("yajl", read_yajl, &in, rounds);
    free(in.data);
    return 0;
}
