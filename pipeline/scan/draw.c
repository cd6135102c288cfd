/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/scan/draw.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/json_read.h"
#include "base/limits.h"
#include "base/meter.h"
#include "crawler/archive/cdx.h"

#include <stdlib.h>

/* Lines wanted of a block, as a rule: neighbours in an index are pages of one site, so that
 * more tell little; fewer make the index the greater part of the cost. */
enum { LINES_A_BLOCK = 10 };
/* Salts: which blocks, lines and files are chosen must not depend on each other. */
enum { SALT_BLOCK = 1, SALT_LINE = 2, SALT_FILE = 3 };

struct em_draw {
    const struct em_draw_request *request;
    struct em_remote_pool *remote;
    struct em_sample_names files;   /* cdx files, then archives */
    struct em_sample_names strata;  /* phase 1 */
    struct em_sample_block *blocks; /* of all crawls; the chosen ones come first */
    size_t n_blocks, cap_blocks, n_chosen;
    struct em_sample_pool lines;
    struct em_json_reader *json;
    struct em_plan_record *records;
    size_t n_records;
    uint64_t index_bytes, total_lines, bad_lines;
};

enum em_status em_draw_new(struct em_draw **out, const struct em_draw_request *request,
                           struct em_remote_pool *remote)
{
    *out = em_calloc(1, sizeof(**out));
    if (!*out)
        return EM_ERR_NOMEM;
    (*out)->request = request;
    (*out)->remote = remote;
    return EM_OK;
}

void em_draw_free(struct em_draw *s)
{
    if (!s)
        return;
    em_json_reader_free(s->json);
    em_sample_release(&s->lines);
    em_sample_names_release(&s->files);
    em_sample_names_release(&s->strata);
    em_free(s->blocks);
    em_free(s->records);
    em_free(s);
}

static uint64_t place_hash(const struct em_draw *s, const char *file, uint64_t offset,
                           uint64_t salt)
{
    uint64_t h = em_hash64(file, strlen(file), em_mix64(s->request->seed * 4 + salt));
    return em_mix64(h ^ em_mix64(offset + 0x9E3779B97F4A7C15u * salt));
}

/* --- phase 1 ----------------------------------------------------------------------------- */

static enum em_status add_block(struct em_draw *s, const char *cluster,
                                const struct em_cdx_block *block)
{
    char name[EM_MAX_URL];
    if (s->n_blocks == s->cap_blocks) {
        size_t cap = s->cap_blocks ? 2 * s->cap_blocks : 4096;
        void *more = em_realloc_array(s->blocks, cap, sizeof(s->blocks[0]));
        if (!more)
            return EM_ERR_NOMEM;
        s->blocks = more;
        s->cap_blocks = cap;
    }
    const char *slash = strrchr(cluster, '/');
    int folder = slash ? (int)(slash - cluster + 1) : 0;
    int len = snprintf(name, sizeof(name), "%.*s%.*s", folder, cluster,
                       EM_VIEW_ARGS(block->file));
    if (len < 0 || (size_t)len >= sizeof(name))
        return EM_ERR_LIMIT;
    struct em_sample_block *b = &s->blocks[s->n_blocks];
    *b = (struct em_sample_block){.offset = block->offset, .length = block->length};
    EM_TRY(em_sample_name(&s->files, em_view_of(name), &b->file));
    b->hash = place_hash(s, name, b->offset, SALT_BLOCK);
    struct em_view tld =
        s->request->keys & EM_SAMPLE_TLD ? em_cdx_tld(block->key) : EM_VIEW_NONE;
    snprintf(name, sizeof(name), "%.*s %.*s", folder, cluster, EM_VIEW_ARGS(tld));
    EM_TRY(em_sample_name(&s->strata, em_view_of(name), &b->stratum));
    s->n_blocks++;
    return EM_OK;
}

enum em_status em_draw_read_cluster(struct em_draw *s, const char *path,
                                    struct em_err *err)
{
    struct em_cdx_lines lines;
    struct em_view line;
    struct em_cdx_block block;
    EM_TRY(em_cdx_lines_open(&lines, path, s->remote, 0, 0, err));
    enum em_status status;
    while ((status = em_cdx_lines_next(&lines, &line, err)) == EM_OK) {
        if (!em_cdx_block_read(&block, em_view_trim(line)))
            status = em_fail(err, EM_ERR_FORMAT, "sample",
                             "a line is none of a "
                             "cluster.idx");
        else
            status = add_block(s, path, &block);
        if (status < 0)
            break;
    }
    s->index_bytes += lines.stream.in.offset;
    em_cdx_lines_close(&lines);
    return status == EM_END ? EM_OK : status;
}

/* --- phase 2 ----------------------------------------------------------------------------- */

/* Documents: what was fetched well and has text. */
static bool is_page(const struct em_cdx *c)
{
    return em_view_eq(c->status, EM_VIEW("200")) &&
           (em_view_istarts(c->mime, EM_VIEW("text/")) ||
            em_view_istarts(c->mime, EM_VIEW("application/xhtml")));
}

static enum em_status add_line(struct em_draw *s, const struct em_sample_block *block,
                               struct em_view text)
{
    char group[160];
    struct em_cdx c;
    struct em_sample_line line = {.weight = block->weight};
    s->total_lines++;
    if (!em_cdx_read(&c, s->json, text)) {
        s->bad_lines++;
        return EM_OK;
    }
    if (!s->request->all && !is_page(&c))
        return EM_OK;
    unsigned keys = s->request->keys;
    struct em_view month = em_view_sub(c.timestamp, 0, keys & EM_SAMPLE_MONTH ? 6 : 0),
                   tld = keys & EM_SAMPLE_TLD ? em_cdx_tld(c.key) : EM_VIEW_NONE,
                   lang = em_view_sub(c.languages, 0, keys & EM_SAMPLE_LANG ? 3 : 0);
    snprintf(group, sizeof(group), "%.*s|%.*s|%.*s", EM_VIEW_ARGS(month),
             EM_VIEW_ARGS(tld), EM_VIEW_ARGS(lang));
    EM_TRY(em_sample_name(&s->files, c.file, &line.file));
    line.offset = c.offset;
    line.length = c.length;
    line.hash = place_hash(s, s->files.names[line.file], c.offset, SALT_LINE);
    return em_sample_add(&s->lines, em_view_of(group), &line);
}

static int draw_by_place(const void *a, const void *b)
{
    const struct em_sample_block *x = a, *y = b;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

static enum em_status read_block(struct em_draw *s, const struct em_sample_block *block,
                                 struct em_err *err)
{
    struct em_cdx_lines lines;
    struct em_view line;
    EM_TRY(em_cdx_lines_open(&lines, s->files.names[block->file], s->remote,
                             block->offset, block->offset + block->length, err));
    enum em_status status;
    while ((status = em_cdx_lines_next(&lines, &line, err)) == EM_OK)
        if ((status = add_line(s, block, em_view_trim(line))) < 0)
            break;
    em_cdx_lines_close(&lines);
    return status == EM_END ? EM_OK : status;
}

/* A block that cannot be read is an error: to leave it out would bias the sample. */
static enum em_status read_blocks(struct em_draw *s, size_t n, struct em_err *err)
{
    enum { AHEAD = 4 };
    qsort(s->blocks, n, sizeof(s->blocks[0]), draw_by_place);
    em_meter_begin(EM_METER_STEPS, "reading blocks of the index", n);
    for (size_t i = 0; i < n; i++, em_meter_add(EM_METER_STEPS, 1)) {
        for (size_t k = i + 1; k < n && k < i + AHEAD; k++) {
            const struct em_sample_block *b = &s->blocks[k];
            if (em_remote_named(s->files.names[b->file]))
                em_remote_prefetch(s->remote, s->files.names[b->file], b->offset,
                                   b->offset + b->length);
        }
        EM_TRY(read_block(s, &s->blocks[i], err));
    }
    return EM_OK;
}

static enum em_status take_lines(struct em_draw *s)
{
    em_sample_cut(&s->lines, (size_t)s->request->n);
    for (uint32_t g = 0; g < s->lines.groups.n; g++)
        s->n_records += s->lines.items[g].n;
    s->records = em_calloc(s->n_records ? s->n_records : 1, sizeof(s->records[0]));
    if (!s->records)
        return EM_ERR_NOMEM;
    size_t n = 0;
    for (uint32_t g = 0; g < s->lines.groups.n; g++)
        for (size_t i = 0; i < s->lines.items[g].n; i++) {
            const struct em_sample_line *l = &s->lines.items[g].lines[i];
            s->records[n++] = (struct em_plan_record){s->files.names[l->file], l->offset,
                                                      l->length, l->weight};
        }
    return EM_OK;
}

/* --- whole files ------------------------------------------------------------------------- */

enum em_status em_draw_files(struct em_draw *s, const struct em_inputs *inputs)
{
    struct em_sample_block *all = em_calloc(inputs->n ? inputs->n : 1, sizeof(all[0]));
    s->records = em_calloc(inputs->n ? inputs->n : 1, sizeof(s->records[0]));
    if (!all || !s->records) {
        em_free(all);
        return EM_ERR_NOMEM;
    }
    for (size_t i = 0; i < inputs->n; i++)
        all[i] = (struct em_sample_block){
            .hash = place_hash(s, inputs->paths[i], 0, SALT_FILE), .offset = i};
    s->n_records = em_sample_blocks(all, inputs->n, 1, (size_t)s->request->n);
    for (size_t i = 0; i < s->n_records; i++)
        s->records[i] = (struct em_plan_record){.file = inputs->paths[all[i].offset],
                                                .weight = all[i].weight};
    em_free(all);
    if (s->n_records)
        qsort(s->records, s->n_records, sizeof(s->records[0]), em_plan_by_place);
    return EM_OK;
}

void em_draw_cost(const struct em_draw *s, uint64_t *requests, uint64_t *bytes)
{
    uint64_t end = 0;
    *requests = *bytes = 0;
    for (size_t i = 0; i < s->n_records; i++) {
        const struct em_plan_record *r = &s->records[i];
        uint64_t ends = r->offset + r->length;
        if (i == 0 || !em_plan_joins(&r[-1], end, r, s->request->gap)) {
            ++*requests;
            *bytes += r->length;
            end = ends;
        } else if (ends > end) {
            *bytes += ends - end;
            end = ends;
        }
    }
}

enum em_status em_draw_write(const struct em_draw *s, FILE *out)
{
    struct em_buf line;
    struct em_json j;
    uint64_t requests, bytes;
    em_draw_cost(s, &requests, &bytes);
    em_buf_init(&line, 4 * EM_MAX_URL);
    em_json_init(&j, &line);
    em_json_object(&j);
    em_json_key(&j, "plan"), em_json_string(&j, EM_VIEW("echometer sample 1"));
    em_json_key(&j, "seed"), em_json_u64(&j, s->request->seed);
    em_json_key(&j, "records"), em_json_u64(&j, s->n_records);
    em_json_key(&j, "requests"), em_json_u64(&j, requests);
    em_json_key(&j, "bytes"), em_json_u64(&j, bytes);
    em_json_end(&j);
    enum em_status status = em_json_finish(&j);
    for (size_t i = 0; i < s->n_records && status == EM_OK; i++) {
        const struct em_plan_record *r = &s->records[i];
        em_json_init(&j, &line);
        em_json_object(&j);
        em_json_key(&j, "file"), em_json_string(&j, em_view_of(r->file));
        if (r->length) {
            em_json_key(&j, "offset"), em_json_u64(&j, r->offset);
            em_json_key(&j, "length"), em_json_u64(&j, r->length);
        }
        em_json_key(&j, "weight"), em_json_fixed(&j, r->weight, 6);
        em_json_end(&j);
        status = em_json_finish(&j);
        if (line.len > EM_MAX_URL && status == EM_OK) {
            fwrite(line.data, 1, line.len, out);
            em_buf_clear(&line);
        }
    }
    fwrite(line.data ? line.data : "", 1, line.len, out);
    em_buf_release(&line);
    return status;
}

enum em_status em_draw_blocks(struct em_draw *s, struct em_draw_frame *frame,
                              struct em_err *err)
{
    const struct em_draw_request *r = s->request;
    size_t want = r->blocks ? (size_t)r->blocks : (size_t)(r->n / LINES_A_BLOCK + 1);
    *frame = (struct em_draw_frame){.index_bytes = s->index_bytes, .blocks = s->n_blocks};
    s->n_chosen = em_sample_blocks(s->blocks, s->n_blocks, s->strata.n, want);
    if (s->n_chosen == 0)
        return em_fail(err, EM_ERR_FORMAT, "sample", "the indexes have no blocks");
    frame->chosen = s->n_chosen;
    for (size_t i = 0; i < s->n_chosen; i++)
        frame->bytes += s->blocks[i].length;
    return EM_OK;
}

enum em_status em_draw_lines(struct em_draw *s, uint64_t *bad, uint64_t *lines,
                             struct em_err *err)
{
    s->lines.most = (size_t)s->request->n;
    EM_TRY(em_json_reader_new(&s->json));
    EM_TRY(read_blocks(s, s->n_chosen, err));
    *bad = s->bad_lines;
    *lines = s->total_lines;
    EM_TRY(take_lines(s));
    if (s->n_records)
        qsort(s->records, s->n_records, sizeof(s->records[0]), em_plan_by_place);
    return EM_OK;
}

size_t em_draw_size(const struct em_draw *s)
{
    return s->n_records;
}
