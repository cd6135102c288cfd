/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/wacz.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/json_read.h"
#include "base/limits.h"
#include "crawler/archive/digest.h"
#include "crawler/archive/ranged.h"
#include "crawler/archive/remote.h"

#include <stdio.h>
#include <sys/stat.h>
#include <zip.h>

struct em_wacz {
    struct em_ranged file;
    char *path;
    struct em_input in; /* where the zip file is read now */
    bool reading;
    uint64_t at;         /* next byte of the zip file for libzip */
    struct em_err error; /* of the input: what libzip cannot say */
    zip_error_t zip_error;
    zip_t *zip;
    uint64_t *members; /* indexes of what lies in archive/ */
    size_t n_members;
    struct em_buf package; /* datapackage.json */
    char why[240];

    char *name; /* of the member in hand */
    zip_file_t *member;
    uint64_t size, offset;
    struct em_digest_run digest;
    bool in_order, ended, empty; /* empty: the entry has no bytes in the zip file */
    const char *damage;
};

/* --- names ------------------------------------------------------------------------------ */

static bool wacz_ends(struct em_view v, const char *end)
{
    size_t n = strlen(end);
    return v.len > n && em_view_ieq(em_view_sub(v, v.len - n, n), em_view_of(end));
}

bool em_wacz_named(const char *path)
{
    struct em_view v = em_view_of(path);
    return wacz_ends(em_view_sub(v, 0, em_view_find(v, 0, EM_VIEW("?"))), ".wacz");
}

bool em_wacz_begins(struct em_view head)
{
    return em_view_starts(head, EM_VIEW("PK\3\4")) ||
           em_view_starts(head, EM_VIEW("PK\5\6"));
}

size_t em_wacz_split(const char *path)
{
    struct stat st;
    struct em_view v = em_view_of(path);
    bool remote = em_remote_named(path);
    size_t at = em_view_find(v, 0, EM_VIEW("!"));
    if (at == v.len || (!remote && stat(path, &st) == 0))
        return 0;
    for (; at < v.len; at = em_view_find(v, at + 1, EM_VIEW("!"))) {
        struct em_view front = em_view_sub(v, 0, at);
        char *file = at ? em_strndup(front.data, front.len) : NULL;
        bool found = file && (em_wacz_named(file) ||
                              (!remote && stat(file, &st) == 0 && S_ISREG(st.st_mode)));
        em_free(file);
        if (found)
            return at;
    }
    return 0;
}

/* --- the zip file, as libzip reads it ------------------------------------------------------
 */

static zip_int64_t source_read(struct em_wacz *w, void *to, zip_uint64_t n)
{
    enum em_status status = EM_OK;
    if (w->at >= w->file.size)
        return 0;
    if (!w->reading)
        status = em_ranged_part(&w->file, &w->in, w->at, w->file.size, &w->error);
    w->reading |= status == EM_OK;
    if (status == EM_OK)
        status = em_input_seek(&w->in, w->at, &w->error);
    if (status == EM_OK)
        status = em_input_want(&w->in, 1, &w->error);
    if (status < 0) {
        zip_error_set(&w->zip_error, ZIP_ER_READ, 0);
        return -1;
    }
    struct em_view v = em_view_sub(em_input_view(&w->in), 0, (size_t)n);
    if (v.len)
        memcpy(to, v.data, v.len);
    em_input_consume(&w->in, v.len);
    w->at += v.len;
    return (zip_int64_t)v.len;
}

static zip_int64_t source_stat(const struct em_wacz *w, void *data)
{
    zip_stat_t *st = data;
    zip_stat_init(st);
    st->size = w->file.size;
    st->valid = ZIP_STAT_SIZE;
    return (zip_int64_t)sizeof(*st);
}

static zip_int64_t on_source(void *context, void *data, zip_uint64_t n,
                             zip_source_cmd_t command)
{
    struct em_wacz *w = context;
    zip_int64_t to;
    switch (command) {
    case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(
            ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT,
            ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL,
            ZIP_SOURCE_SUPPORTS, -1);
    case ZIP_SOURCE_OPEN:
        w->at = 0;
        return 0;
    case ZIP_SOURCE_READ:
        return source_read(w, data, n);
    case ZIP_SOURCE_STAT:
        return source_stat(w, data);
    case ZIP_SOURCE_TELL:
        return (zip_int64_t)w->at;
    case ZIP_SOURCE_SEEK:
        to = zip_source_seek_compute_offset(w->at, w->file.size, data, n, &w->zip_error);
        if (to < 0)
            return -1;
        w->at = (uint64_t)to;
        return 0;
    case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&w->zip_error, data, n);
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE:
        return 0;
    default:
        zip_error_set(&w->zip_error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
}

/* --- opening ------------------------------------------------------------------------------- */

static enum em_status wacz_fail(struct em_wacz *w, zip_error_t *error, struct em_err *err)
{
    if (w->error.status < 0) {
        if (err)
            *err = w->error;
        return w->error.status;
    }
    return em_fail(err, EM_ERR_FORMAT, "wacz", "the zip file cannot be read: %s",
                   zip_error_strerror(error));
}

static enum em_status wacz_open_zip(struct em_wacz *w, struct em_err *err)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_function_create(on_source, w, &error);
    w->zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    enum em_status status = w->zip ? EM_OK : wacz_fail(w, &error, err);
    if (source && !w->zip)
        zip_source_free(source);
    zip_error_fini(&error);
    return status;
}

/* Archives, and each WACZ of a collection, which is refused by its name when it is opened. */
static enum em_status wacz_list(struct em_wacz *w, struct em_err *err)
{
    zip_int64_t n = zip_get_num_entries(w->zip, 0);
    w->members = em_calloc(n > 0 ? (size_t)n : 1, sizeof(w->members[0]));
    if (!w->members)
        return EM_ERR_NOMEM;
    for (zip_int64_t i = 0; i < n; i++) {
        struct em_view name = em_view_of(zip_get_name(w->zip, (zip_uint64_t)i, 0));
        bool archive =
            em_view_starts(name, EM_VIEW("archive/")) && name.data[name.len - 1] != '/';
        if (archive || wacz_ends(name, ".wacz"))
            w->members[w->n_members++] = (uint64_t)i;
    }
    bool package = zip_name_locate(w->zip, "datapackage.json", 0) >= 0;
    return w->n_members || package
               ? EM_OK
               : em_fail(err, EM_ERR_FORMAT, "wacz",
                         "a zip file that is no WACZ: it has no archive/ and no "
                         "datapackage.json");
}

/* Up to `most` bytes of a small member. */
static enum em_status wacz_read_small(struct em_wacz *w, const char *name, size_t most,
                                      struct em_buf *out)
{
    zip_file_t *file = zip_fopen(w->zip, name, 0);
    zip_int64_t got = 1;
    enum em_status status = file ? EM_OK : EM_ERR_NOTFOUND;
    while (status == EM_OK && got > 0 && out->len <= most) {
        status = em_buf_reserve(out, 64 * EM_KIB);
        if (status == EM_OK)
            got = zip_fread(file, out->data + out->len, 64 * EM_KIB);
        if (status == EM_OK && got > 0)
            out->len += (size_t)got;
    }
    if (file)
        zip_fclose(file);
    return status < 0 ? status : got < 0 || out->len > most ? EM_ERR_FORMAT : EM_OK;
}

static enum em_status wacz_set_up(struct em_wacz *w, const char *path,
                                  struct em_remote_pool *pool, struct em_view memory,
                                  struct em_err *err)
{
    w->path = em_strdup(path);
    if (!w->path)
        return EM_ERR_NOMEM;
    if (memory.data)
        w->file = (struct em_ranged){.memory = memory, .size = memory.len};
    else
        EM_TRY(em_ranged_open(&w->file, w->path, pool, err));
    if (memory.data || strcmp(path, "-") != 0)
        w->file.name = w->path;
    EM_TRY(wacz_open_zip(w, err));
    EM_TRY(wacz_list(w, err));
    enum em_status status =
        wacz_read_small(w, "datapackage.json", EM_MAX_WACZ_PACKAGE, &w->package);
    if (status != EM_OK)
        em_buf_clear(&w->package);
    return status == EM_ERR_NOMEM ? status : EM_OK;
}

enum em_status em_wacz_open(struct em_wacz **out, const char *path,
                            struct em_remote_pool *pool, struct em_view memory,
                            struct em_err *err)
{
    struct em_wacz *w = em_calloc(1, sizeof(*w));
    *out = NULL;
    if (!w)
        return em_fail(err, EM_ERR_NOMEM, "wacz", "%s", em_status_text(EM_ERR_NOMEM));
    zip_error_init(&w->zip_error);
    em_buf_init(&w->package, EM_MAX_WACZ_PACKAGE + EM_MIB);
    enum em_status status = wacz_set_up(w, path, pool, memory, err);
    if (status < 0) {
        if (status == EM_ERR_NOMEM)
            em_fail(err, status, "wacz", "%s", em_status_text(status));
        em_wacz_close(w);
        return status;
    }
    *out = w;
    return EM_OK;
}

static void wacz_end_member(struct em_wacz *w)
{
    if (w->member)
        zip_fclose(w->member);
    w->member = NULL;
    em_digest_end(&w->digest);
    em_free(w->name);
    w->name = NULL;
}

void em_wacz_close(struct em_wacz *w)
{
    if (!w)
        return;
    wacz_end_member(w);
    if (w->zip)
        zip_discard(w->zip);
    if (w->reading)
        em_input_close(&w->in);
    zip_error_fini(&w->zip_error);
    em_buf_release(&w->package);
    em_free(w->members);
    em_free(w->path);
    em_free(w);
}

size_t em_wacz_count(const struct em_wacz *w)
{
    return w->n_members;
}

const char *em_wacz_name(const struct em_wacz *w, size_t i)
{
    return zip_get_name(w->zip, w->members[i], 0);
}

/* --- datapackage.json ------------------------------------------------------------------------
 */

/* Path and digest of the resource of this number; false after the last. */
static bool package_resource(struct em_json_reader *json, size_t i, struct em_view *path,
                             struct em_view *hash)
{
    char key[48];
    *path = *hash = EM_VIEW_NONE;
    snprintf(key, sizeof(key), "resources.%zu.path", i);
    if (!em_json_get_string(json, key, path))
        return false;
    snprintf(key, sizeof(key), "resources.%zu.hash", i);
    if (!em_json_get_string(json, key, hash))
        *hash = EM_VIEW_NONE;
    return true;
}

/* The digest stated for a member; empty where there is none. Found names the resource. */
static enum em_status package_find(const struct em_wacz *w, const char *name,
                                   struct em_digest_run *run)
{
    struct em_json_reader *json;
    struct em_view path, hash = EM_VIEW_NONE;
    *run = (struct em_digest_run){.context = NULL};
    EM_TRY(em_json_reader_new(&json));
    enum em_status status = em_json_reader_parse(json, em_buf_view(&w->package), NULL);
    for (size_t i = 0; status == EM_OK && i < EM_MAX_WACZ_RESOURCES &&
                       package_resource(json, i, &path, &hash);
         i++)
        if (em_view_eq(path, em_view_of(name))) {
            status = em_digest_begin(run, hash);
            break;
        }
    em_json_reader_free(json);
    return status == EM_ERR_NOMEM ? status : EM_OK;
}

static void wacz_note(struct em_wacz *w, struct em_view name, const char *what)
{
    size_t n = strlen(w->why);
    snprintf(w->why + n, sizeof(w->why) - n, "%s%.*s %s", n ? "; " : "",
             (int)(name.len < 80 ? name.len : 80), name.data, what);
}

/* A resource that is not an archive is read whole and compared. */
static enum em_status wacz_check_resource(struct em_wacz *w, struct em_view path,
                                          struct em_view hash)
{
    char bytes[16 * 1024];
    struct em_digest_run run;
    zip_int64_t got = 0;
    char *name = em_strndup(path.data, path.len);
    enum em_status status = name ? em_digest_begin(&run, hash) : EM_ERR_NOMEM;
    if (status < 0) {
        em_free(name);
        return status;
    }
    zip_file_t *file = zip_fopen(w->zip, name, 0);
    while (file && (got = zip_fread(file, bytes, sizeof(bytes))) > 0)
        em_digest_update(&run, em_view_make(bytes, (size_t)got));
    if (file)
        zip_fclose(file);
    enum em_digest_state state = em_digest_end(&run);
    if (!file)
        wacz_note(w, path, "is not there");
    else if (got < 0)
        wacz_note(w, path, "cannot be read whole");
    else if (state == EM_DIGEST_BAD)
        wacz_note(w, path, "is not what datapackage.json says");
    em_free(name);
    return EM_OK;
}

/* datapackage-digest.json: {"path":"datapackage.json","hash":"sha256:..."}. */
static enum em_status wacz_check_package(struct em_wacz *w, struct em_json_reader *json)
{
    struct em_buf text;
    struct em_view hash;
    enum em_digest_state state = EM_DIGEST_ABSENT;
    em_buf_init(&text, EM_MAX_WACZ_PACKAGE + EM_MIB);
    enum em_status status =
        wacz_read_small(w, "datapackage-digest.json", EM_MAX_WACZ_PACKAGE, &text);
    if (status == EM_OK)
        status = em_json_reader_parse(json, em_buf_view(&text), NULL);
    if (status == EM_OK && em_json_get_string(json, "hash", &hash))
        status = em_digest_check(hash, em_buf_view(&w->package), &state);
    if (state == EM_DIGEST_BAD)
        wacz_note(w, EM_VIEW("datapackage.json"), "is not what its digest says");
    em_buf_release(&text);
    return status == EM_ERR_NOMEM ? status : EM_OK;
}

static enum em_status wacz_check_all(struct em_wacz *w, struct em_json_reader *json)
{
    struct em_view path, hash;
    if (w->package.len == 0) {
        wacz_note(w, EM_VIEW("datapackage.json"),
                  "is not there, so no digest is checked");
        return EM_OK;
    }
    EM_TRY(wacz_check_package(w, json));
    enum em_status status = em_json_reader_parse(json, em_buf_view(&w->package), NULL);
    if (status < 0) {
        wacz_note(w, EM_VIEW("datapackage.json"), "is not JSON, so no digest is checked");
        return status == EM_ERR_NOMEM ? status : EM_OK;
    }
    for (size_t i = 0;
         i < EM_MAX_WACZ_RESOURCES && package_resource(json, i, &path, &hash); i++)
        if (!em_view_starts(path, EM_VIEW("archive/")))
            EM_TRY(wacz_check_resource(w, path, hash));
    return EM_OK;
}

enum em_status em_wacz_verify(struct em_wacz *w, const char **why, struct em_err *err)
{
    struct em_json_reader *json;
    *why = NULL;
    w->why[0] = '\0';
    enum em_status status = em_json_reader_new(&json);
    if (status == EM_OK) {
        status = wacz_check_all(w, json);
        em_json_reader_free(json);
    }
    if (status < 0)
        return em_fail(err, status, "wacz", "%s", em_status_text(status));
    *why = w->why[0] ? w->why : NULL;
    return EM_OK;
}

/* --- one member ------------------------------------------------------------------------------ */

/* The member's index and size. */
static enum em_status wacz_locate(struct em_wacz *w, const char *name, struct em_err *err)
{
    zip_stat_t st;
    zip_stat_init(&st);
    if (zip_stat(w->zip, name, 0, &st) != 0 || !(st.valid & ZIP_STAT_SIZE))
        return em_fail(err, EM_ERR_NOTFOUND, "wacz", "it has no '%.120s'", name);
    if (wacz_ends(em_view_of(name), ".wacz"))
        return em_fail(err, EM_ERR_UNSUPPORTED, "wacz",
                       "a WACZ inside a WACZ is not supported: unpack it first");
    bool known = st.valid & ZIP_STAT_COMP_METHOD && st.valid & ZIP_STAT_ENCRYPTION_METHOD;
    if (known && st.encryption_method != ZIP_EM_NONE)
        return em_fail(err, EM_ERR_UNSUPPORTED, "wacz",
                       "an encrypted archive is not supported");
    if (known && st.comp_method != ZIP_CM_STORE && st.comp_method != ZIP_CM_DEFLATE)
        return em_fail(err, EM_ERR_UNSUPPORTED, "wacz",
                       "an archive compressed by zip method %d is not supported: stored "
                       "and deflated ones are",
                       st.comp_method);
    bool packed = st.valid & ZIP_STAT_COMP_SIZE;
    if (known && packed && st.comp_method == ZIP_CM_STORE && st.comp_size != st.size)
        return em_fail(err, EM_ERR_FORMAT, "wacz",
                       "the zip file's entry is damaged: it is stored as it is, in %llu "
                       "bytes of %llu",
                       (unsigned long long)st.comp_size, (unsigned long long)st.size);
    w->size = st.size;
    w->empty = !packed || st.comp_size == 0;
    return EM_OK;
}

enum em_status em_wacz_begin(struct em_wacz *w, const char *name, struct em_err *err)
{
    wacz_end_member(w);
    w->offset = 0;
    w->in_order = true;
    w->ended = false;
    w->damage = NULL;
    EM_TRY(wacz_locate(w, name, err));
    w->name = em_strdup(name);
    enum em_status status = w->name ? package_find(w, name, &w->digest) : EM_ERR_NOMEM;
    if (status < 0)
        return em_fail(err, status, "wacz", "%s", em_status_text(status));
    w->member = zip_fopen(w->zip, name, 0);
    return w->member ? EM_OK : wacz_fail(w, zip_get_error(w->zip), err);
}

uint64_t em_wacz_size(const struct em_wacz *w)
{
    return w->size;
}

enum em_status em_wacz_read(struct em_wacz *w, char *to, size_t n, size_t *got,
                            struct em_err *err)
{
    *got = 0;
    if (w->ended)
        return EM_OK;
    zip_int64_t done = zip_fread(w->member, to, n);
    if (done < 0 && w->error.status < 0)
        return wacz_fail(w, zip_file_get_error(w->member), err);
    if (done > 0) {
        *got = (size_t)done;
        w->offset += *got;
        em_digest_update(&w->digest, em_view_make(to, *got));
        return EM_OK;
    }
    w->ended = true;
    if (done < 0)
        w->damage = "the zip file's entry is damaged here: it cannot be inflated, or its "
                    "checksum does not match";
    else if (em_digest_end(&w->digest) == EM_DIGEST_BAD && w->in_order)
        w->damage = "the archive is not what datapackage.json says: its digest does not "
                    "match";
    return EM_OK;
}

enum em_status em_wacz_seek(struct em_wacz *w, uint64_t to, struct em_err *err)
{
    char bytes[16 * 1024];
    w->in_order = false;
    w->ended = false;
    em_digest_end(&w->digest);
    /* libzip 1.7 ends the program where it seeks in an entry without bytes. */
    if (!w->empty && to <= INT64_MAX &&
        zip_fseek(w->member, (zip_int64_t)to, SEEK_SET) == 0) {
        w->offset = to;
        return EM_OK;
    }
    /* A deflated one is read again, up to there. */
    if (to < w->offset) {
        zip_fclose(w->member);
        w->offset = 0;
        w->member = zip_fopen(w->zip, w->name, 0);
        if (!w->member)
            return wacz_fail(w, zip_get_error(w->zip), err);
    }
    while (w->offset < to) {
        uint64_t left = to - w->offset;
        size_t got;
        EM_TRY(em_wacz_read(w, bytes, left < sizeof(bytes) ? (size_t)left : sizeof(bytes),
                            &got, err));
        if (got == 0)
            return EM_END;
    }
    return EM_OK;
}

const char *em_wacz_damage(const struct em_wacz *w)
{
    return w->damage;
}
