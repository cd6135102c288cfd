/* SPDX-License-Identifier: Apache-2.0
 *
 * Status codes and the error record.
 *
 * A function that can fail returns `enum em_status` (0 is success, errors are negative,
 * EM_END and EM_AGAIN are positive news) and is marked EM_MUST_CHECK. Detail goes to the
 * `struct em_err` passed last; it is filled once, where the error happens, and never
 * overwritten by callers above. Declining a document is not failing: see drop.h.
 */
#ifndef EM_BASE_STATUS_H
#define EM_BASE_STATUS_H

#include <stddef.h>

#define EM_MUST_CHECK   __attribute__((warn_unused_result))
#define EM_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define EM_LIKELY(x)    __builtin_expect(!!(x), 1)
#define EM_UNLIKELY(x)  __builtin_expect(!!(x), 0)

/* name, value, text */
#define EM_STATUS_LIST(X)                                                                \
    X(EM_OK, 0, "ok")                                                                    \
    X(EM_END, 1, "end of input")                                                         \
    X(EM_AGAIN, 2, "try again")                                                          \
    X(EM_ERR_NOMEM, -1, "out of memory")                                                 \
    X(EM_ERR_IO, -2, "input/output error")                                               \
    X(EM_ERR_FORMAT, -3, "malformed data")                                               \
    X(EM_ERR_LIMIT, -4, "limit exceeded")                                                \
    X(EM_ERR_TRUNCATED, -5, "data ends too early")                                       \
    X(EM_ERR_CHECKSUM, -6, "checksum does not match")                                    \
    X(EM_ERR_UNSUPPORTED, -7, "not supported")                                           \
    X(EM_ERR_USAGE, -8, "wrong usage")                                                   \
    X(EM_ERR_VERSION, -9, "unknown version")                                             \
    X(EM_ERR_NOTFOUND, -10, "not found")                                                 \
    X(EM_ERR_INTERRUPTED, -11, "interrupted")                                            \
    X(EM_ERR_INTERNAL, -12, "internal error")                                            \
    X(EM_ERR_FULL, -13, "no room left")

enum em_status {
#define X(name, value, text) name = value,
    EM_STATUS_LIST(X)
#undef X
};

struct em_err {
    enum em_status status;
    const char *where; /* static string: the module or step, for example "gzip" */
    char text[256];    /* what happened, no final newline; truncated to fit */
};

#ifdef __cplusplus
extern "C" {
#endif

/* The constant text of a status; "unknown status" for others. Never NULL. */
const char *em_status_text(enum em_status status);

/* Fill `err` (may be NULL) and return `status`, so that a failure reads
 * `return em_fail(err, EM_ERR_FORMAT, "warc", "no version line");`. */
enum em_status em_fail(struct em_err *err, enum em_status status, const char *where,
                       const char *format, ...) EM_PRINTF(4, 5);

#ifdef __cplusplus
}
#endif

/* Return early on failure (negative status) where nothing is owned yet. */
#define EM_TRY(call)                                                                     \
    do {                                                                                 \
        enum em_status em_try_ = (call);                                                 \
        if (em_try_ < 0)                                                                 \
            return em_try_;                                                              \
    } while (0)

#endif
