/* SPDX-License-Identifier: Apache-2.0
 *
 * Options of commands that read remote inputs, and what they come to.
 */
#ifndef EM_CLI_REMOTE_ARGS_H
#define EM_CLI_REMOTE_ARGS_H

#include "cli/cli.h"
#include "crawler/archive/inputs.h"
#include "crawler/archive/remote.h"

struct em_remote_args {
    const char *base, *rate_file, *cache, *header_file, *s3_style;
    uint64_t cache_size;
    double rate, backoff, patience, jitter;
    bool anonymous, allow_private, requester_pays;
};

/* Rows of an option table. */
#define EM_REMOTE_OPTIONS(a)                                                             \
    {EM_OPT_STRING,                                                                      \
     0,                                                                                  \
     "base",                                                                             \
     &(a).base,                                                                          \
     "URL",                                                                              \
     "Put this address or folder before names in --manifest that are not addresses "     \
     "(default: none)."},                                                                \
        {EM_OPT_DOUBLE,                                                                  \
         0,                                                                              \
         "rate",                                                                         \
         &(a).rate,                                                                      \
         "N",                                                                            \
         "Send at most N requests a second to one server (default 50). The rate begins " \
         "at 10 and is halved whenever the server asks to slow down."},                  \
        {EM_OPT_STRING,                                                                  \
         0,                                                                              \
         "rate-file",                                                                    \
         &(a).rate_file,                                                                 \
         "FILE",                                                                         \
         "Share the rate with all processes on this machine that name the same file "    \
         "(default: do not share it)."},                                                 \
        {EM_OPT_DOUBLE,                                                                  \
         0,                                                                              \
         "backoff",                                                                      \
         &(a).backoff,                                                                   \
         "SECONDS",                                                                      \
         "Wait this many seconds when a server first asks to slow down without saying "  \
         "for how long (default 1); the wait doubles each time."},                       \
        {EM_OPT_DOUBLE,                                                                  \
         0,                                                                              \
         "patience",                                                                     \
         &(a).patience,                                                                  \
         "SECONDS",                                                                      \
         "Give up on a server that has not answered for this many seconds (default "     \
         "900)."},                                                                       \
        {EM_OPT_DOUBLE,                                                                  \
         0,                                                                              \
         "start-jitter",                                                                 \
         &(a).jitter,                                                                    \
         "SECONDS",                                                                      \
         "Wait up to this many seconds before the first request, so that the tasks of "  \
         "an array do not begin at once (default 0)."},                                  \
        {EM_OPT_STRING,                                                                  \
         0,                                                                              \
         "cache",                                                                        \
         &(a).cache,                                                                     \
         "DIR",                                                                          \
         "Keep whole remote inputs in this folder (default: keep none). The server is "  \
         "asked each time whether they changed."},                                       \
        {EM_OPT_U64,                                                                     \
         0,                                                                              \
         "cache-size",                                                                   \
         &(a).cache_size,                                                                \
         "BYTES",                                                                        \
         "Keep at most this many bytes in the cache, removing the oldest inputs first "  \
         "(default 10G)."},                                                              \
        {EM_OPT_STRING,                                                                  \
         0,                                                                              \
         "header-file",                                                                  \
         &(a).header_file,                                                               \
         "FILE",                                                                         \
         "Send the lines of this file (\"Authorization: Bearer ...\") to the first "     \
         "server that is asked and to no other; redirects do not receive them."},        \
        {EM_OPT_FLAG,                                                                    \
         0,                                                                              \
         "requester-pays",                                                               \
         &(a).requester_pays,                                                            \
         NULL,                                                                           \
         "Agree to pay for requests to s3:// buckets that require it."},                 \
        {EM_OPT_STRING,                                                                  \
         0,                                                                              \
         "s3-style",                                                                     \
         &(a).s3_style,                                                                  \
         "path|virtual",                                                                 \
         "Put the bucket's name into the path of an address or before the server's "     \
         "name. Default: what the AWS configuration says; otherwise path when there is " \
         "an endpoint or the name has dots, else virtual."},                             \
        {EM_OPT_FLAG,                                                                    \
         0,                                                                              \
         "allow-private",                                                                \
         &(a).allow_private,                                                             \
         NULL,                                                                           \
         "Follow redirects and lists to private, loopback and link-local addresses. "    \
         "Without this option only the servers named on the command line may have such " \
         "an address."},                                                                 \
    {                                                                                    \
        EM_OPT_FLAG, 0, "anonymous", &(a).anonymous, NULL,                               \
            "Do not sign requests for s3:// inputs, even when there are credentials."    \
    }

/* The pool that all remote inputs of a command go through. */
EM_MUST_CHECK enum em_status em_remote_args_pool(const struct em_remote_args *args,
                                                 const atomic_int *stop,
                                                 struct em_remote_pool **out,
                                                 struct em_err *err);

/* Inputs from the `from`th on that are no addresses and not absolute get `base` in front. */
EM_MUST_CHECK enum em_status em_remote_args_rebase(const struct em_remote_args *args,
                                                   struct em_inputs *inputs, size_t from);

/* Lines of a manifest as inputs. Its own server, and those its lines name if it is a file
 * of this machine, are servers that the user has named; a remote list does not speak for
 * the user. */
EM_MUST_CHECK enum em_status em_remote_args_manifest(struct em_remote_pool *pool,
                                                     struct em_inputs *inputs,
                                                     const char *manifest,
                                                     struct em_err *err);
/* The user has named the servers of the inputs from the `from`th on. */
EM_MUST_CHECK enum em_status em_remote_args_name(struct em_remote_pool *pool,
                                                 const struct em_inputs *inputs,
                                                 size_t from);

/* A line on standard error of what was asked for, where anything was. */
void em_remote_args_report(const struct em_remote_pool *pool);

#endif
