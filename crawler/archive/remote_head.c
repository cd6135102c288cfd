/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/remote_head.h"

#include <stdio.h>

void em_remote_head_init(struct em_remote_head *head)
{
    *head = (struct em_remote_head){.total = UINT64_MAX};
}

static void remote_head_copy(char *to, size_t size, struct em_view value)
{
    to[0] = '\0';
    if (value.len >= size || (value.len && memchr(value.data, '\0', value.len)))
        return;
    if (value.len)
        memcpy(to, value.data, value.len);
    to[value.len] = '\0';
}

/* spec: RFC9110 14.4: "bytes 0-9/100", "bytes 0-9/" star, "bytes " star "/100" */
static void read_range(struct em_remote_head *head, struct em_view v)
{
    unsigned long long first, last, total;
    if (!em_view_istarts(v, EM_VIEW("bytes ")))
        return;
    v = em_view_trim(em_view_sub(v, 6, v.len));
    size_t slash = em_view_find(v, 0, EM_VIEW("/")),
           dash = em_view_find(v, 0, EM_VIEW("-"));
    if (slash < v.len && em_view_u64(em_view_sub(v, slash + 1, v.len), &total))
        head->total = total;
    if (dash < slash && em_view_u64(em_view_sub(v, 0, dash), &first) &&
        em_view_u64(em_view_sub(v, dash + 1, slash - dash - 1), &last) && first <= last &&
        last < UINT64_MAX) {
        head->has_range = true;
        head->first = first;
        head->last = last;
    }
}

void em_remote_head_line(struct em_remote_head *head, struct em_view line)
{
    unsigned long long number;
    line = em_view_trim(line);
    if (em_view_istarts(line, EM_VIEW("HTTP/"))) {
        size_t at = em_view_find(line, 0, EM_VIEW(" "));
        em_remote_head_init(head);
        if (em_view_u64(em_view_sub(line, at + 1, 3), &number))
            head->status = (int)number;
        return;
    }
    size_t colon = em_view_find(line, 0, EM_VIEW(":"));
    struct em_view name = em_view_sub(line, 0, colon),
                   value = em_view_trim(em_view_sub(line, colon + 1, line.len));
    if (em_view_ieq(name, EM_VIEW("content-length")) && em_view_u64(value, &number)) {
        head->has_length = true;
        head->length = number;
    } else if (em_view_ieq(name, EM_VIEW("content-range"))) {
        read_range(head, value);
    } else if (em_view_ieq(name, EM_VIEW("etag"))) {
        remote_head_copy(head->etag, sizeof(head->etag), value);
    } else if (em_view_ieq(name, EM_VIEW("last-modified"))) {
        remote_head_copy(head->modified, sizeof(head->modified), value);
    } else if (em_view_ieq(name, EM_VIEW("retry-after"))) {
        remote_head_copy(head->retry_after, sizeof(head->retry_after), value);
    } else if (em_view_ieq(name, EM_VIEW("x-amz-bucket-region"))) {
        remote_head_copy(head->region, sizeof(head->region), value);
    }
}

static enum em_status remote_head_compare(const struct em_remote_object *seen,
                                          const struct em_remote_object *now,
                                          struct em_err *err)
{
    if (strcmp(seen->etag, now->etag) != 0)
        return em_fail(
            err, EM_ERR_CHECKSUM, "remote",
            "the object was changed while it was read (ETag %.60s, then %.60s)",
            seen->etag[0] ? seen->etag : "none", now->etag[0] ? now->etag : "none");
    if (!seen->etag[0] && strcmp(seen->modified, now->modified) != 0)
        return em_fail(err, EM_ERR_CHECKSUM, "remote",
                       "the object was changed while it was read (Last-Modified %s, then "
                       "%s)",
                       seen->modified[0] ? seen->modified : "none",
                       now->modified[0] ? now->modified : "none");
    if (seen->size != UINT64_MAX && now->size != UINT64_MAX && seen->size != now->size)
        return em_fail(err, EM_ERR_TRUNCATED, "remote",
                       "the server declares %llu bytes, then %llu",
                       (unsigned long long)seen->size, (unsigned long long)now->size);
    return EM_OK;
}

enum em_status em_remote_head_check(const struct em_remote_head *head,
                                    struct em_remote_object *seen, uint64_t from,
                                    uint64_t *skip, struct em_err *err)
{
    struct em_remote_object now = {.known = true, .size = UINT64_MAX};
    memcpy(now.etag, head->etag, sizeof(now.etag));
    memcpy(now.modified, head->modified, sizeof(now.modified));
    *skip = 0;
    if (head->status == 206) {
        if (!head->has_range || head->first != from)
            return em_fail(err, EM_ERR_FORMAT, "remote",
                           "the server gives another range than was asked for");
        if (head->has_length && head->length != head->last - head->first + 1)
            return em_fail(err, EM_ERR_TRUNCATED, "remote",
                           "the server declares %llu bytes for a range of %llu",
                           (unsigned long long)head->length,
                           (unsigned long long)(head->last - head->first + 1));
        now.size = head->total;
        if (now.size <= head->last)
            return em_fail(err, EM_ERR_TRUNCATED, "remote",
                           "the server gives a range past the end it declares");
    } else {
        if (head->has_length)
            now.size = head->length;
        *skip = from;
    }
    if (seen->known)
        EM_TRY(remote_head_compare(seen, &now, err));
    if (!seen->known)
        *seen = now;
    else if (seen->size == UINT64_MAX)
        seen->size = now.size;
    return EM_OK;
}
