/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/remote_int.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "base/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* "echometer-cache 1\n" name "\n" etag "\n" size "\n" */
#define MARK     "echometer-cache 1\n"
#define MAX_HEAD (EM_MAX_URL + 1024)

struct em_cache {
    char path[4096], part[4096];
    const char *dir;
    uint64_t room, left;
    int fd;
    bool failed;
};

static bool remote_cache_path_of(const struct em_remote_options *o, const char *name,
                                 char out[4096])
{
    int n = snprintf(out, 4096, "%s/%016llx.object", o->cache,
                     (unsigned long long)em_hash64(name, strlen(name), 0));
    return n > 0 && n < 4096 - 32;
}

static bool head_of(struct em_buf *out, const char *name, const char *etag, uint64_t size)
{
    return em_buf_printf(out, MARK "%s\n%s\n%llu\n", name, etag,
                         (unsigned long long)size) == EM_OK;
}

/* The next line of `head` from *at on. */
static struct em_view line_of(struct em_view head, size_t *at)
{
    size_t end = em_view_find(head, *at, EM_VIEW("\n"));
    struct em_view line = em_view_sub(head, *at, end - *at);
    *at = end < head.len ? end + 1 : head.len;
    return line;
}

int em_cache_find(const struct em_remote_options *o, const char *name,
                  char etag[EM_REMOTE_ETAG], uint64_t *size)
{
    char path[4096], bytes[MAX_HEAD];
    unsigned long long declared = 0;
    struct stat st;
    if (!o->cache || !remote_cache_path_of(o, name, path))
        return -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = pread(fd, bytes, sizeof(bytes), 0);
    struct em_view head = em_view_make(bytes, n > 0 ? (size_t)n : 0);
    size_t at = strlen(MARK);
    bool fine = em_view_starts(head, EM_VIEW(MARK)) &&
                em_view_eq(line_of(head, &at), em_view_of(name));
    struct em_view tag = line_of(head, &at);
    fine = fine && tag.len && tag.len < EM_REMOTE_ETAG &&
           em_view_u64(line_of(head, &at), &declared) && fstat(fd, &st) == 0 &&
           (uint64_t)st.st_size == at + declared &&
           lseek(fd, (off_t)at, SEEK_SET) == (off_t)at;
    if (!fine) {
        close(fd);
        return -1;
    }
    memcpy(etag, tag.data, tag.len);
    etag[tag.len] = '\0';
    *size = declared;
    futimens(fd, NULL); /* used now: what is oldest goes first */
    return fd;
}

struct em_cache *em_cache_begin(const struct em_remote_options *o, const char *name,
                                const char *etag, uint64_t size)
{
    struct em_buf head;
    uint64_t room = o->cache_size ? o->cache_size : (uint64_t)10 << 30;
    /* A weak ETag does not say that bytes are the same. */
    if (!o->cache || etag[0] != '"' || size == UINT64_MAX || size > room)
        return NULL;
    struct em_cache *c = em_calloc(1, sizeof(*c));
    if (!c)
        return NULL;
    c->dir = o->cache;
    c->room = room;
    c->left = size;
    c->fd = -1;
    em_buf_init(&head, MAX_HEAD);
    if (remote_cache_path_of(o, name, c->path) && head_of(&head, name, etag, size)) {
        mkdir(o->cache, 0777);
        snprintf(c->part, sizeof(c->part), "%.4040s.%ld.%zx", c->path, (long)getpid(),
                 (size_t)(uintptr_t)c);
        c->fd = open(c->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        c->failed = c->fd < 0 || write(c->fd, head.data, head.len) != (ssize_t)head.len;
    } else {
        c->failed = true;
    }
    em_buf_release(&head);
    return c;
}

void em_cache_add(struct em_cache *c, const char *bytes, size_t n)
{
    if (c->failed || n > c->left) {
        c->failed = true;
        return;
    }
    c->left -= n;
    while (n && !c->failed) {
        ssize_t done = write(c->fd, bytes, n);
        if (done < 0 && errno == EINTR)
            continue;
        c->failed = done < 0;
        bytes += done > 0 ? done : 0;
        n -= done > 0 ? (size_t)done : 0;
    }
}

struct entry {
    char path[4096];
    struct timespec used;
    uint64_t size;
};

static int by_use(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->used.tv_sec != y->used.tv_sec)
        return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
    return (x->used.tv_nsec > y->used.tv_nsec) - (x->used.tv_nsec < y->used.tv_nsec);
}

static bool remote_cache_ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n > m && strcmp(name + n - m, end) == 0;
}

/* The oldest go until the others fit. Whatever fails leaves the cache as it is. */
static void remote_cache_make_room(const char *dir, uint64_t room)
{
    struct entry *all = NULL;
    size_t n = 0, cap = 0;
    uint64_t total = 0;
    struct dirent *d;
    DIR *folder = opendir(dir);
    while (folder && (d = readdir(folder)) != NULL) {
        struct stat st;
        if (!remote_cache_ends_with(d->d_name, ".object"))
            continue;
        if (n == cap) {
            void *more = em_realloc_array(all, cap ? 2 * cap : 16, sizeof(*all));
            if (!more)
                break;
            all = more;
            cap = cap ? 2 * cap : 16;
        }
        int len = snprintf(all[n].path, sizeof(all[n].path), "%s/%s", dir, d->d_name);
        if (len < 0 || (size_t)len >= sizeof(all[n].path) || stat(all[n].path, &st) != 0)
            continue;
        all[n].used = st.st_mtim;
        all[n].size = (uint64_t)st.st_size;
        total += all[n++].size;
    }
    if (folder)
        closedir(folder);
    if (n)
        qsort(all, n, sizeof(*all), by_use);
    for (size_t i = 0; i < n && total > room; i++)
        if (unlink(all[i].path) == 0)
            total -= all[i].size;
    em_free(all);
}

void em_cache_end(struct em_cache *c, bool whole)
{
    if (!c)
        return;
    if (c->fd >= 0 && close(c->fd) != 0)
        c->failed = true;
    if (!c->failed && whole && c->left == 0 && rename(c->part, c->path) == 0)
        remote_cache_make_room(c->dir, c->room);
    else if (c->fd >= 0)
        unlink(c->part);
    em_free(c);
}
