/* SPDX-License-Identifier: Apache-2.0
 *
 * What a site says of the use of its pages outside of them and of robots.txt: TDMRep's
 * /.well-known/tdmrep.json, /ai.txt, and the licences (RSL) that robots.txt or a page names,
 * wherever they lie. Read once in the time that a robots.txt is good for, and kept as notes
 * of the frontier.
 */
#include "pipeline/crawl/crawl_int.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"

#include <inttypes.h>
#include <stdio.h>

/* What fits a note of the frontier, its time before it. */
#define MAX_NOTE (60 * EM_KIB)

enum { NOTE_NAME = 32 };

/* --- notes ----------------------------------------------------------------------------------- */

static struct em_view note_name(const char *kind, uint64_t id, char out[NOTE_NAME])
{
    int n = snprintf(out, NOTE_NAME, "%s/%016" PRIx64, kind, id);
    return em_view_make(out, (size_t)n);
}

/* The text after its time, where it is not too old; valid until c->text is used. */
static bool note_load(struct em_crawl *c, struct em_view name, struct em_view *text)
{
    int64_t read_ms;
    em_buf_clear(&c->text);
    if (em_frontier_note_get(c->frontier, name, &c->text, NULL) < 0 ||
        c->text.len < sizeof(read_ms))
        return false;
    memcpy(&read_ms, c->text.data, sizeof(read_ms));
    int64_t age = em_crawl_now(c) - read_ms;
    *text = em_view_sub(em_buf_view(&c->text), sizeof(read_ms), c->text.len);
    return age >= 0 && age < c->o->frontier.polite.robots_ttl_ms;
}

/* One that is too long is asked for again with the host's next turn. `text` is not c->text. */
static void note_store(struct em_crawl *c, struct em_view name, struct em_view text)
{
    int64_t now = em_crawl_now(c);
    if (text.len > MAX_NOTE)
        return;
    em_buf_clear(&c->text);
    enum em_status status = em_buf_append(&c->text, &now, sizeof(now));
    if (status == EM_OK)
        status = em_buf_append_view(&c->text, text);
    if (status == EM_OK)
        status = em_frontier_note_put(c->frontier, name, em_buf_view(&c->text), c->err);
    em_crawl_fail(c, status);
    c->dirty++;
}

/* --- files of the site ------------------------------------------------------------------------ */

static const struct {
    const char *path, *note;
    size_t max;
} files[EM_CRAWL_FILES] = {
    [EM_FILE_TDMREP] = {"/.well-known/tdmrep.json", "tdm", EM_MAX_TDMREP},
    [EM_FILE_AI_TXT] = {"/ai.txt", "ai", EM_MAX_AI_TXT},
};

const char *em_crawl_file_path(enum em_crawl_file file)
{
    return files[file].path;
}

/* ai.txt is written as robots.txt is, so it is kept as that is; what is no text with a rule,
 * such as a page that a site sends for whatever it is asked, states nothing. */
static struct em_view as_kept(struct em_crawl *c, enum em_crawl_file file,
                              struct em_view text)
{
    if (file != EM_FILE_AI_TXT || text.len == 0)
        return text;
    struct em_view head = em_view_trim(em_view_sub(text, 0, 512));
    enum em_status status = em_robots_txt_parse(&c->robots, text);
    em_crawl_fail(c, status);
    struct em_view form = em_robots_txt_form(&c->robots);
    bool page = head.len && head.data[0] == '<';
    return status < 0 || page || form.len <= 8 ? EM_VIEW_NONE : form;
}

static void file_keep(struct em_crawl *c, struct em_crawl_host *host,
                      enum em_crawl_file file, struct em_view text)
{
    struct em_crawl_site_file *kept = &host->files[file];
    text = as_kept(c, file, text);
    em_free(kept->text);
    kept->text = text.len ? em_strndup(text.data, text.len) : NULL;
    kept->len = text.len;
    kept->known = true;
    if (text.len && !kept->text)
        em_crawl_fail(c, EM_ERR_NOMEM);
}

void em_crawl_files_load(struct em_crawl *c, struct em_crawl_host *host)
{
    const bool wanted[EM_CRAWL_FILES] = {c->o->tdmrep, c->o->ai_txt};
    char name[NOTE_NAME];
    struct em_view text;
    for (unsigned i = 0; i < EM_CRAWL_FILES; i++)
        if (wanted[i] && note_load(c, note_name(files[i].note, host->id, name), &text))
            file_keep(c, host, (enum em_crawl_file)i, text);
}

void em_crawl_file_done(struct em_crawl *c, struct em_crawl_host *host,
                        enum em_crawl_file file, const struct em_fetch_result *r)
{
    uint64_t id = host->id;
    char name[NOTE_NAME];
    host->reading = false;
    if (r->error == EM_FETCH_EXHAUSTED) {
        host->files[file].known = false;
    } else if (r->error != EM_FETCH_CANCELLED) {
        struct em_view text = EM_VIEW_NONE;
        if (r->error == EM_FETCH_OK && r->status == 200)
            text = em_view_sub(em_crawl_plain_body(c, r), 0, files[file].max);
        c->stats->tdmrep += file == EM_FILE_TDMREP;
        c->stats->ai_txt += file == EM_FILE_AI_TXT;
        note_store(c, note_name(files[file].note, id, name), text);
        file_keep(c, host, file, text);
    }
    em_crawl_host_settled(c, id);
}

void em_crawl_files_free(struct em_crawl_host *host)
{
    for (unsigned i = 0; i < EM_CRAWL_FILES; i++)
        em_free(host->files[i].text);
    for (uint32_t i = 0; i < host->n_licences; i++)
        em_free(host->licences[i].form);
    em_free(host->licences);
    em_free(host->licence);
    em_free(host->wanted);
}

/* --- licences --------------------------------------------------------------------------------- */

static uint64_t licence_hash(struct em_view url)
{
    return em_hash64(url.data, url.len, 0);
}

static const struct em_crawl_licence *licence_of(const struct em_crawl_host *host,
                                                 uint64_t url)
{
    for (uint32_t i = 0; i < host->n_licences; i++)
        if (host->licences[i].url == url)
            return &host->licences[i];
    return NULL;
}

static struct em_view licence_form(const struct em_crawl_licence *licence)
{
    return em_view_make(licence->form, licence->len);
}

static void licence_add(struct em_crawl *c, struct em_crawl_host *host, uint64_t url,
                        struct em_view form)
{
    if (!host->licences)
        host->licences = em_calloc(EM_CRAWL_LICENCES, sizeof(host->licences[0]));
    if (!host->licences) {
        em_crawl_fail(c, EM_ERR_NOMEM);
        return;
    }
    if (host->n_licences == EM_CRAWL_LICENCES || licence_of(host, url))
        return;
    struct em_crawl_licence *licence = &host->licences[host->n_licences++];
    *licence = (struct em_crawl_licence){.url = url, .len = form.len};
    licence->form = form.len ? em_strndup(form.data, form.len) : NULL;
    if (form.len && !licence->form)
        em_crawl_fail(c, EM_ERR_NOMEM);
}

void em_crawl_licence_skip(struct em_crawl *c, struct em_crawl_host *host,
                           struct em_view url)
{
    licence_add(c, host, licence_hash(url), EM_VIEW_NONE);
}

/* `form` empty: it states nothing. */
static void licence_keep(struct em_crawl *c, struct em_crawl_host *host,
                         struct em_view url, struct em_view form)
{
    char name[NOTE_NAME];
    uint64_t hash = licence_hash(url);
    licence_add(c, host, hash, form);
    note_store(c, note_name("rsl", hash, name), form);
}

/* Known, or so it was lately when another host named it. */
static bool licence_known(struct em_crawl *c, struct em_crawl_host *host,
                          struct em_view url)
{
    char name[NOTE_NAME];
    struct em_view form;
    uint64_t hash = licence_hash(url);
    if (licence_of(host, hash))
        return true;
    if (!note_load(c, note_name("rsl", hash, name), &form))
        return false;
    licence_add(c, host, hash, form);
    return true;
}

/* The address of a licence as a licence is known by; false where it is none. */
static bool licence_address(struct em_crawl *c, struct em_view written,
                            struct em_view *url)
{
    if (em_url_parse(&c->url, written, NULL) != EM_OK ||
        (c->url.scheme != EM_SCHEME_HTTP && c->url.scheme != EM_SCHEME_HTTPS) ||
        c->url.pass_end > c->url.user)
        return false;
    *url = em_url_href(&c->url);
    return true;
}

static char *licence_copy(struct em_crawl *c, struct em_view url)
{
    char *copy = em_strndup(url.data, url.len);
    if (!copy)
        em_crawl_fail(c, EM_ERR_NOMEM);
    return copy;
}

char *em_crawl_licence_next(struct em_crawl *c, struct em_crawl_host *host,
                            struct em_view form)
{
    struct em_view written, url;
    size_t cursor = 0;
    char *wanted = host->wanted;
    host->wanted = NULL;
    if (wanted && !licence_known(c, host, em_view_of(wanted)))
        return wanted;
    em_free(wanted);
    while (host->n_licences < EM_CRAWL_LICENCES && form.len &&
           em_robots_txt_licence(form, &cursor, &written))
        if (licence_address(c, written, &url) && !licence_known(c, host, url))
            return licence_copy(c, url);
    return NULL;
}

bool em_crawl_licence_want(struct em_crawl *c, struct em_crawl_host *host,
                           struct em_view url)
{
    if (!c->o->licences || !host || host->n_licences >= EM_CRAWL_LICENCES ||
        licence_of(host, licence_hash(url)))
        return false;
    if (!host->wanted)
        host->wanted = licence_copy(c, url);
    return host->wanted != NULL;
}

/* What an answer says: the form in c->message, or nothing. */
static struct em_view licence_read(struct em_crawl *c, const struct em_fetch_result *r)
{
    struct em_view body = EM_VIEW_NONE;
    em_buf_clear(&c->robots.form);
    if (r->error == EM_FETCH_OK && r->status == 200)
        body = em_crawl_plain_body(c, r);
    enum em_status status = em_rsl_parse(&c->robots.form, body);
    if (status == EM_ERR_NOMEM)
        em_crawl_fail(c, status);
    return em_buf_view(&c->robots.form);
}

void em_crawl_licence_done(struct em_crawl *c, struct em_crawl_host *host,
                           const struct em_fetch_result *r)
{
    uint64_t id = host->id;
    host->reading = false;
    if (r->error != EM_FETCH_CANCELLED && r->error != EM_FETCH_EXHAUSTED &&
        host->stage != EM_STAGE_LEAVING) {
        if (!em_crawl_follow(c, host, r)) {
            licence_keep(c, host, em_view_of(host->licence), licence_read(c, r));
            c->stats->licences++;
            em_free(host->licence);
            em_free(host->hop);
            host->licence = host->hop = NULL;
            host->hops = 0;
        }
        em_crawl_host_move(c, host);
    }
    em_crawl_host_settled(c, id);
}

uint32_t em_crawl_licence_flags(const struct em_crawl_host *host, struct em_view form,
                                struct em_view url)
{
    uint32_t flags = 0;
    /* Those of pages are in the list as well, so robots.txt says which are the site's. */
    struct em_url at;
    struct em_view written;
    size_t cursor = 0;
    em_url_init(&at, EM_MAX_URL);
    while (form.len && em_robots_txt_licence(form, &cursor, &written)) {
        if (em_url_parse(&at, written, NULL) != EM_OK)
            continue;
        const struct em_crawl_licence *licence =
            licence_of(host, licence_hash(em_url_href(&at)));
        flags |= EM_OPTOUT_LICENCE;
        if (licence)
            flags |= em_rsl_flags(licence_form(licence), url);
    }
    em_url_release(&at);
    return flags;
}

void em_crawl_licences_give(const struct em_crawl_host *host, struct em_work *work)
{
    work->n_licences = host ? host->n_licences : 0;
    for (uint32_t i = 0; i < work->n_licences; i++) {
        work->licences[i].url = host->licences[i].url;
        work->licences[i].flags =
            em_rsl_flags(licence_form(&host->licences[i]), em_buf_view(&work->url));
    }
}
